/*
 * box.c - the boxes of a text: which belong together, and what belongs to them.
 */
#include "critics/match/box.h"

#include <string.h>

#define UNCLOSED 64u  /* boxes without an end that are looked at */
#define TOGETHER 160u /* bytes between two boxes of one answer */

/* --- \boxed --------------------------------------------------------------------------- */

/* From behind the opening brace to its partner; escaped braces are of the text, or count as well.
 * NULL: it has none. */
static const char *closing_brace(struct match_span text, bool escaped)
{
    uint32_t open = 1;

    for (; text.at < text.end; text.at++) {
        if (!escaped && *text.at == '\\' && text.at + 1 < text.end) {
            text.at++;
            continue;
        }
        open += *text.at == '{';
        open -= *text.at == '}';
        if (open == 0)
            return text.at;
    }
    return NULL;
}

/* \boxed 42: to the end of the word. */
static struct match_box bare_box(struct match_span text, const char *start)
{
    const char *from = text.at;

    while (text.at < text.end && (match_span_alnum(*text.at) ||
                                  (strchr(".,-/", *text.at) != NULL && text.at + 1 < text.end &&
                                   isdigit((unsigned char)text.at[1]))))
        text.at++;
    if (text.at == from || from[-1] != ' ')
        return (struct match_box){NULL, NULL, match_span_none()};
    return (struct match_box){start, text.at, {from, (size_t)(text.at - from)}};
}

struct match_box match_box_at(const char *at, const char *end)
{
    const struct match_box no = {NULL, NULL, match_span_none()};
    struct match_span text = match_span_reach(at, end);
    struct match_box box;
    const char *close;

    if (*at != '\\' || !(match_span_begins(text, "\\boxed") || match_span_begins(text, "\\fbox")))
        return no;
    text.at += match_span_begins(text, "\\boxed") ? 6 : 5;
    while (text.at < text.end && *text.at == ' ')
        text.at++;
    if (text.at == text.end)
        return no;
    if (*text.at != '{')
        return bare_box(text, at);
    text.at++;
    close = closing_brace(text, false);
    if (close == NULL)
        close = closing_brace(text, true);
    if (close == NULL)
        return no;
    box = (struct match_box){at, close + 1, match_span_trimmed(text.at, close)};
    /* A backslash that got before the brace. */
    if (box.content.length > 1 && match_span_end(box.content)[-1] == '\\' &&
        match_span_end(box.content)[-2] != '\\')
        box.content = match_span_trimmed(box.content.start, match_span_end(box.content) - 1);
    return box.content.length > 0 ? box : no;
}

/* The last box that ends at or before limit and begins at or behind from. */
struct match_box match_box_last(const char *from, const char *limit, const char *end)
{
    uint32_t unclosed = 0;
    const char *at = limit;

    while (unclosed < UNCLOSED && (at = memrchr(from, '\\', (size_t)(at - from))) != NULL) {
        struct match_box box = match_box_at(at, end);

        if (box.start != NULL)
            return box;
        unclosed += match_span_begins((struct match_span){at, end}, "\\boxed");
    }
    return (struct match_box){NULL, NULL, match_span_none()};
}

/* --- boxes that stand together ----------------------------------------------------------- */

/* (a), (ii): which part of the question it is. */
static const char *part_end(struct match_span text)
{
    const char *at = text.at + 1;

    if (*text.at != '(')
        return NULL;
    while (at < text.end && at - text.at < 4 && match_span_alnum(*at))
        at++;
    return at < text.end && *at == ')' && at > text.at + 1 ? at + 1 : NULL;
}

/* x =, f(x) =, y_1 =, AB =: what a box is the value of. NULL: none stands here. */
static const char *name_end(struct match_span text)
{
    const char *at = text.at;

    if (!match_span_letter(*at) && *at != '\\')
        return NULL;
    for (at++; at < text.end && at - text.at < 24; at++) {
        if (*at == '=') { /* and the sign of what is in the box */
            for (at++; at < text.end && (*at == ' ' || *at == '-'); at++) {
            }
            return at;
        }
        if (!match_span_alnum(*at) && strchr("_{}()' \\", *at) == NULL)
            return NULL;
    }
    return NULL;
}

/* Does what stands between two boxes make one answer of them? */
static bool joins_boxes(const char *at, const char *end)
{
    static const char *const nothing[] = {
        "$",         "\\(",       "\\)",       "\\[",    "\\]", "\\,",     "\\;",
        "\\ ",       "\\!",       "\\qquad",   "\\quad", "~",   "\\text{", "\\mbox{",
        "\\textrm{", "\\textbf{", "\\mathrm{", "}",      "*",   "for",     "part"};
    static const char *const joiners[] = {"and", "or",           "und",          ",",           ";",
                                          "&",   "\xE5\x92\x8C", "\xEF\xBC\x8C", "\xE3\x80\x81"};
    bool joined = false, newline = false;

    while (at < end) {
        struct match_span text = {at, end};
        const char *next = match_span_skip(text, nothing, sizeof nothing / sizeof *nothing);

        newline |= *at == '\n';
        if (next == NULL && match_span_space(*at))
            next = at + 1;
        if (next == NULL) {
            next = match_span_skip(text, joiners, sizeof joiners / sizeof *joiners);
            if (next == NULL)
                next = part_end(text);
            if (next == NULL)
                next = name_end(text);
            joined = true;
        }
        if (next == NULL)
            return false;
        at = next;
    }
    return joined || !newline;
}

/* --- what touches a box --------------------------------------------------------------------- */

static const char *back_over_spaces(const char *from, const char *at)
{
    while (at > from && (at[-1] == ' ' || at[-1] == '\t'))
        at--;
    return match_span_ends(from, at, "\\,") || match_span_ends(from, at, "\\;") ? at - 2 : at;
}

/* What an operand may end with. */
static bool ends_operand(const char *from, const char *at)
{
    return at > from && (match_span_alnum(at[-1]) || strchr(")]}!%", at[-1]) != NULL);
}

/* A sign before a box: where it begins; at: there is none. NULL: the box is part of a sum. */
static const char *sign_before(const char *from, const char *at)
{
    static const char *const signs[] = {"-", "\xE2\x88\x92", "\\pm", "\xC2\xB1"};
    const char *behind = back_over_spaces(from, at);

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        const char *sign, *before;

        if (!match_span_ends(from, behind, signs[i]))
            continue;
        sign = behind - strlen(signs[i]);
        before = back_over_spaces(from, sign);
        if (behind < at && (sign == from || sign[-1] == '\n' || before < sign))
            return before > from && before[-1] == '=' ? sign : at; /* a dash, or an item */
        return ends_operand(from, before) && !(before < sign && match_span_letter(before[-1]))
                   ? NULL
                   : sign;
    }
    return at;
}

/* Is it an operand of something that begins before it? */
static bool bound_before(const char *from, const char *at)
{
    static const char *const operators[] = {"\\times",  "\\cdot", "\\div",   "\\frac",   "\\dfrac",
                                            "\\tfrac",  "\\sqrt", "\\frac{", "\\dfrac{", "\\sqrt{",
                                            "\\tfrac{", "^{",     "_{",      "^",        "_",
                                            "/",        "+"};

    at = back_over_spaces(from, at);
    if (at > from && isdigit((unsigned char)at[-1]))
        return true;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (match_span_ends(from, at, operators[i]))
            return true;
    return false;
}

/* Where mathematics ends: at its sign, or where something else is said. */
static const char *factor_end(struct match_span text)
{
    static const char *const ends[] = {"$", "\\)",      "\\]",    "=",      "\n",     ",",
                                       ";", "\\approx", "\\text", "\\quad", "\\qquad"};
    uint32_t braces = 0;

    for (; text.at < text.end; text.at++) {
        if (*text.at == '}' && braces == 0)
            return text.at;
        braces += *text.at == '{';
        braces -= *text.at == '}';
        if (match_span_skip(text, ends, sizeof ends / sizeof *ends) != NULL ||
            (*text.at == '.' && (text.at + 1 == text.end || !isdigit((unsigned char)text.at[1]))))
            return text.at;
    }
    return text.at;
}

/* Behind a word like million, else: there is none. */
static const char *scale_end(struct match_span text, const char *otherwise)
{
    static const char *const scales[] = {"million",  "billion", "thousand", "hundred",
                                         "trillion", "dozen",   "percent"};
    const char *end = match_span_skip(text, scales, sizeof scales / sizeof *scales);

    return end != NULL && !(end < text.end && match_span_letter(*end)) ? end : otherwise;
}

/* Behind a box: where what belongs to it ends; at: nothing does. */
static const char *touch_behind(const char *at, const char *end)
{
    static const char *const binders[] = {"\\times",
                                          "\\cdot",
                                          "\\%",
                                          "%",
                                          "^",
                                          "/",
                                          "+",
                                          "\\pi",
                                          "\\sqrt",
                                          "\\frac",
                                          "\\dfrac",
                                          "\\div",
                                          "\\binom",
                                          "\\text{ million}",
                                          "\\text{ billion}",
                                          "\\text{ thousand}",
                                          "\\text{ percent}",
                                          "\xC3\x97",
                                          "\xC2\xB0"};
    struct match_span text = {at, end - at > (ptrdiff_t)TOGETHER ? at + TOGETHER : end};
    const char *binder;

    while (text.at < text.end && (*text.at == ' ' || match_span_begins(text, "\\,")))
        text.at += *text.at == ' ' ? 1 : 2;
    if (text.at == text.end)
        return at;
    if (*text.at == '$' && text.end - text.at > 1 && text.at[1] == ' ')
        return scale_end((struct match_span){text.at + 2, text.end}, at);
    if (text.at == at && (match_span_alnum(*at) || *at == '{' || *at == '('))
        return factor_end(text);
    if (*text.at == '!' && text.at + 1 < text.end && text.at[1] == '$')
        return text.at + 1;
    if (*text.at == '-' && text.end - text.at > 2 && text.at[1] != '-' &&
        (text.at[1] != ' ') == (text.at == at) && text.at[1] != '\n' &&
        !match_span_letter(text.at[1 + (text.at[1] == ' ')]))
        return factor_end(text);
    binder = match_span_skip(text, binders, sizeof binders / sizeof *binders);
    if (binder == NULL)
        return scale_end(text, at);
    if (match_span_begins(text, "\\text"))
        return binder;
    return factor_end(text);
}

/* One box with all that belongs to it; none: it is part of something that begins before it. */
struct crux_text match_box_whole(struct match_span all, struct match_box box)
{
    const char *start = sign_before(all.at, box.start);
    const char *end = touch_behind(box.end, all.end);

    if (start == NULL || bound_before(all.at, start))
        return match_span_none();
    if (start == box.start && end == box.end)
        return box.content;
    return match_span_trimmed(start, end);
}

/* The name that stands right before a box: from where to where. Empty: there is none. */
static struct crux_text name_before(const char *from, const char *at)
{
    const char *end = back_over_spaces(from, at), *start;

    if (end == from || end[-1] != '=')
        return match_span_none();
    start = back_over_spaces(from, end - 1);
    while (start > from && at - start < 24 &&
           (match_span_alnum(start[-1]) || strchr("_{}()'\\", start[-1]) != NULL))
        start--;
    while (start < end && *start == '(' && (start[1] == ')' || *start == '\\'))
        start++;
    return start < end ? (struct crux_text){start, (size_t)(end - start)} : match_span_none();
}

/* Several boxes, with the name and the sign of the first. */
struct crux_text match_box_together(struct match_span all, struct match_box box)
{
    const char *sign = sign_before(all.at, box.start);
    const char *start = sign != NULL ? sign : box.start;
    struct crux_text name = name_before(all.at, start);

    if (name.length > 0)
        start = name.start;
    return (struct crux_text){start, (size_t)(box.end - start)};
}

/* The last box with those that stand before it; alone: there is one. */
struct match_box match_box_group(struct match_span all, bool *alone)
{
    struct match_box box = match_box_last(all.at, all.end, all.end);

    *alone = true;
    while (box.start != NULL) {
        const char *from =
            box.start - all.at > (ptrdiff_t)MATCH_LONGEST ? box.start - MATCH_LONGEST : all.at;
        struct match_box before = match_box_last(from, box.start, all.end);

        if (before.start == NULL)
            break;
        if (before.end >= box.end) { /* a box in a box */
            box = before;
            continue;
        }
        if (before.end > box.start || box.start - before.end > (ptrdiff_t)TOGETHER ||
            match_span_end(before.content) + MATCH_LONGEST < box.end ||
            !joins_boxes(before.end, box.start))
            break;
        box.start = before.start;
        *alone = false;
    }
    return box;
}

bool match_box_may_be_second(struct match_span all, struct match_box box)
{
    const char *from = box.start - all.at > (ptrdiff_t)TOGETHER ? box.start - TOGETHER : all.at;
    struct match_box before = match_box_last(from, box.start, all.end);
    const char *at = before.end;
    uint32_t words = 0;
    bool and = false;

    if (before.start == NULL || before.end > box.start ||
        (before.content.length == box.content.length &&
         memcmp(before.content.start, box.content.start, box.content.length) == 0))
        return false;
    while (at < box.start && strchr(".;:\n=", *at) == NULL) {
        const char *word = at;

        while (at < box.start && match_span_letter(*at))
            at++;
        and |= at - word == 3 && strncasecmp(word, "and", 3) == 0;
        words += at - word > 1;
        at += at == word;
    }
    return at == box.start && and&&words <= 3;
}

/* --- several boxes, read
 * --------------------------------------------------------------------------
 */

struct list {
    char *out;
    size_t room, length;
};

static void list_add(struct list *list, const char *text, size_t length)
{
    if (length >= list->room - list->length) {
        list->room = 0; /* there is none: the list is nothing */
        list->length = 0;
        return;
    }
    memcpy(list->out + list->length, text, length);
    list->length += length;
}

static void list_add_box(struct list *list, const char *from, struct match_box box, uint32_t count)
{
    const char *sign = sign_before(from, box.start);
    struct crux_text name = name_before(from, sign != NULL ? sign : box.start);

    if (count > 0)
        list_add(list, ", ", 2);
    if (name.length > 0)
        list_add(list, name.start, name.length);
    if (sign != NULL && sign < box.start)
        list_add(list, sign, (size_t)(box.start - sign));
    list_add(list, box.content.start, box.content.length);
}

size_t match_box_list(struct crux_text text, char *out, size_t room)
{
    struct list list = {.out = out, .room = room};
    const char *from = text.start, *end = match_span_end(text), *at = text.start;
    struct crux_text last = match_span_none();
    uint32_t count = 0, boxes = 0;

    while ((at = memchr(at, '\\', (size_t)(end - at))) != NULL && list.room > 0) {
        struct match_box box = match_box_at(at, end);

        if (box.start == NULL) {
            at++;
            continue;
        }
        /* The same again is one answer. */
        if (count == 0 || box.content.length != last.length ||
            memcmp(box.content.start, last.start, last.length) != 0)
            list_add_box(&list, from, box, count++);
        boxes++;
        last = box.content;
        at = from = box.end;
    }
    return boxes > 1 ? list.length : 0;
}
