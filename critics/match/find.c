/*
 * find.c - where the final answer of a text is.
 *
 * The kinds of place are tried one after another, the surest first, each from the end of the
 * text backwards: what comes later corrects what came before.
 */
#include "critics/match/box.h"

#include "critics/match/compare.h"
#include "critics/match/form.h"
#include "io/answer_mark.h"
#include "io/fence.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define BARE_MOST     40u   /* a text that is nothing but its answer */
#define TAIL_MOST     400u  /* a last sentence that is looked at */
#define SAID_MOST     16u   /* remarks on the answer that are looked at ... */
#define MARKS_MOST    1024u /* ... and words for it, so that no text takes long */
#define INDENT_MOST   8u    /* in front of a mark */
#define LABEL_MOST    24    /* the same with the number of a step */
#define SENTENCE_MOST 400   /* bytes of a sentence before what it says */

/* Where a text says an answer, and how surely that is its final one. */
struct place {
    struct crux_text found; /* of length 0: there is none */
    const char *at;
    enum closing_value sure;
    bool marked; /* words for an answer stand there, whatever follows */
};

static const char *answer_line_end(struct match_span text)
{
    const char *end = memchr(text.at, '\n', (size_t)(text.end - text.at));

    return end != NULL ? end : text.end;
}

/* --- #### ------------------------------------------------------------------------------ */

/* Is there nothing in front of it in its line but a small indent, or what numbers a step:
 * `Step 5:`? */
static bool leads_its_line(struct match_span all, const char *at)
{
    const char *line = at;
    size_t indent;

    while (line > all.at && line[-1] != '\n' && at - line < LABEL_MOST)
        line--;
    if (line > all.at && line[-1] != '\n')
        return false;
    indent = (size_t)(at - line);
    while (line < at && match_span_space(*line))
        line++;
    return line == at
               ? indent < INDENT_MOST
               : closing_unlabelled((struct crux_text){line, (size_t)(all.end - line)}).start == at;
}

/* Behind marks in mid-text the title of a section may stand; in the last line that is none. */
static struct place hashes_at(struct match_span all, const char *at)
{
    struct match_span text = match_span_reach(at, all.end);
    const char *end = answer_line_end(text);
    struct place place = {.found = match_span_trimmed(at + 4, end), .at = at};
    bool last = match_span_trimmed(end, all.end).length == 0;

    if (leads_its_line(all, at))
        place.sure = closing_marked((struct crux_text){at, (size_t)(end - at)}, "####");
    if (place.sure == CLOSING_NONE && !(last && at[4] == ' '))
        place.found = match_span_none();
    return place;
}

static struct place last_hashes(struct match_span text)
{
    struct place place = {.found = match_span_none()};

    for (const char *at = text.end;
         place.found.length == 0 && (at = memrchr(text.at, '#', (size_t)(at - text.at))) != NULL;)
        if (text.end - at > 4 && memcmp(at, "####", 4) == 0 && at[4] != '#' &&
            (at == text.at || at[-1] != '#'))
            place = hashes_at(text, at);
    return place;
}

/* --- the answer is ------------------------------------------------------------------------ */

/* The end of mathematics that begins here: $...$, \(...\), \[...\]. NULL: none does. */
static const char *mathematics_end(struct match_span text)
{
    static const char *const closers[] = {"\\(", "\\)", "\\[", "\\]", "$$", "$$"};

    for (size_t i = 0; i < sizeof closers / sizeof *closers; i += 2)
        if (match_span_begins(text, closers[i])) {
            const char *close =
                memmem(text.at + 2, (size_t)(text.end - text.at) - 2, closers[i + 1], 2);

            return close != NULL ? close + 2 : NULL;
        }
    if (*text.at != '$')
        return NULL;
    /* A closing dollar sign stands close to what it closes, and before no digit. */
    for (const char *at = text.at + 2; at < text.end && *at != '\n'; at++)
        if (*at == '$' && at[-1] != '\\' && (at[-1] != ' ' || text.at[1] == ' ') &&
            (at + 1 == text.end || isdigit((unsigned char)at[1]) == 0))
            return at + 1;
    return NULL;
}

/* Mr. Smith, St. Louis. */
static bool is_abbreviation(const char *start, const char *point)
{
    static const char *const titles[] = {"Mr", "Mrs", "Ms", "Dr", "St", "Prof", "Mt", "No", "Rs"};

    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        size_t length = strlen(titles[i]);

        if (match_span_ends(start, point, titles[i]) &&
            ((size_t)(point - start) == length || point[-(ptrdiff_t)length - 1] == ' '))
            return true;
    }
    return false;
}

/* A point that ends the sentence: not in 3.5, not in p.m., not in Mr. Smith. */
static bool ends_sentence(const char *start, struct match_span text)
{
    bool end = text.at + 1 == text.end || match_span_space(text.at[1]) || text.at[1] == '*';

    if (match_span_begins(text, "\xE3\x80\x82")) /* a full stop of Chinese */
        return true;
    return *text.at == '.' && end &&
           !(text.at - start > 2 && text.at[-1] == 'm' && text.at[-2] == '.') &&
           !(text.at + 1 < text.end && is_abbreviation(start, text.at)) &&
           /* D. with what stands there */
           !(text.at - start == 1 && *start >= 'A' && *start <= 'J');
}

/* Words that only say why, or go on. */
static bool begins_reason(struct match_span text)
{
    static const char *const reasons[] = {", because ", ", since ", " because ", ", as ",
                                          ", which ",   "<|",       ", not ",    ", so "};

    return match_span_skip(text, reasons, sizeof reasons / sizeof *reasons) != NULL;
}

static struct crux_text sentence(struct match_span text)
{
    const char *start = text.at, *end = mathematics_end(text);

    text.end = answer_line_end((struct match_span){end != NULL ? end : start, text.end});
    /* Words behind the mathematics may be a unit. */
    text.at = end != NULL ? end : start;
    while (text.at < text.end && !ends_sentence(start, text) && !match_span_begins(text, "**") &&
           !begins_reason(text))
        text.at++;
    return match_span_trimmed(start, text.at > start ? text.at : start);
}

/* "answer": "42" in JSON. */
static struct crux_text quoted_member(struct match_span text)
{
    const char *end = text.at + 1;

    if (*text.at == '"') {
        while (end < text.end && *end != '"')
            end += *end == '\\' && end + 1 < text.end ? 2 : 1;
        return end < text.end ? match_span_trimmed(text.at + 1, end) : match_span_none();
    }
    end = text.at;
    while (end < text.end && strchr(",}\n", *end) == NULL)
        end++;
    return match_span_trimmed(text.at, end);
}

static bool says_mathematics(struct crux_text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (isdigit((unsigned char)text.start[i]) || strchr("$\\", text.start[i]) != NULL)
            return true;
    return false;
}

/* What stands at a mark, as far as it goes. */
static struct place said_at(const char *from, const char *at, const char *end)
{
    struct place place = {.found = match_span_none(), .at = at};
    struct answer_mark mark;
    enum closing_value value;

    end = match_span_reach(at, end).end;
    if (!answer_mark_at(&mark, from, at, end))
        return place;
    place.marked = true;
    place.found = mark.quoted ? quoted_member((struct match_span){mark.behind, end})
                              : sentence((struct match_span){mark.behind, end});
    if (mark.many && !says_mathematics(place.found))
        place.found = match_span_none();
    if (place.found.length == 0)
        return place;
    place.sure = answer_mark_closes(&mark, at - from > SENTENCE_MOST ? at - SENTENCE_MOST : from);
    value = closing_value_of(place.found.start, match_span_end(place.found));
    if (value < place.sure)
        place.sure = value;
    return place;
}

/* 30! is an exclamation, or a factorial: outside of mathematics nobody can say. */
static struct crux_text unless_exclaimed(struct crux_text said)
{
    const char *end = match_span_end(said);
    bool exclaimed = said.length > 1 && end[-1] == '!' && isdigit((unsigned char)end[-2]) != 0;

    return exclaimed ? match_span_none() : said;
}

/* `The answer is reasonable` takes nothing back. */
static bool is_harmless(struct crux_text said)
{
    static const char *const doubts[] = {"not",   "no",        "wrong",   "incorrect", "isn't",
                                         "false", "incorrect", "mistake", "instead",   "but",
                                         "off",   "too",       "never",   NULL};
    const char *at = said.start, *end = match_span_end(said);
    struct crux_text word;

    if (says_mathematics(said))
        return false;
    while ((word = closing_word(&at, end)).length > 0)
        if (closing_listed(doubts, word) ||
            (word.length > 2 && strncasecmp(word.start, "un", 2) == 0))
            return false;
    return true;
}

/* The last one, or one before it, if all that was said of the answer later are remarks. */
static struct place last_said(const char *from, const char *end)
{
    struct place last = {.found = match_span_none()};
    uint32_t seen = 0, marks = 0;

    for (const char *at = end; at > from && seen < SAID_MOST && marks < MARKS_MOST; at--) {
        struct place place;

        if (!answer_mark_may_begin(at[-1]))
            continue;
        place = said_at(from, at - 1, end);
        marks += place.marked;
        if (place.found.length == 0)
            continue;
        if (place.sure != CLOSING_NONE)
            return place;
        if (last.found.length == 0)
            last = place;
        if (!is_harmless(place.found))
            return last;
        seen++;
    }
    return last;
}

/* --- tags ------------------------------------------------------------------------------------ */

/* Behind the last `tag`; NULL: there is none. */
static const char *behind_last(struct match_span text, const char *tag)
{
    size_t length = strlen(tag);

    for (const char *at = text.end; (at = memrchr(text.at, '<', (size_t)(at - text.at))) != NULL;)
        if (match_span_begins((struct match_span){at, text.end}, tag))
            return at + length;
    return NULL;
}

/* <answer> 42 </answer> */
static struct crux_text tagged(struct match_span text)
{
    const char *start = behind_last(text, "<answer>");
    const char *end =
        start != NULL ? memmem(start, (size_t)(text.end - start), "</answer>", 9) : NULL;

    return end != NULL ? match_span_trimmed(start, end) : match_span_none();
}

/* --- the last sentence ------------------------------------------------------------------------ */

/* So the total is 42 dollars. */
static struct crux_text conclusion(struct match_span text)
{
    static const char *const words[] = {"so ",
                                        "therefore",
                                        "thus",
                                        "hence",
                                        "in conclusion",
                                        "we find that",
                                        "donc",
                                        "en conclusion",
                                        "the solution is",
                                        "the solutions are",
                                        "\xE5\x9B\xA0\xE6\xAD\xA4",
                                        "\xE6\x89\x80\xE4\xBB\xA5"}; /* therefore, in Chinese */
    struct crux_text all = match_span_trimmed(text.at, text.end);
    const char *from, *at;

    if (all.length == 0)
        return match_span_none();
    text.end = match_span_end(all);
    from = all.length > TAIL_MOST ? text.end - TAIL_MOST : all.start;
    for (at = text.end - 1;
         at > from && at[-1] != '\n' &&
         !(match_span_space(*at) && ends_sentence(from, (struct match_span){at - 1, at}));
         at--) {
    }
    while (at < text.end && (match_span_space(*at) || *at == '*'))
        at++;
    text.at = at;
    if (match_span_skip(text, words, sizeof words / sizeof *words) == NULL)
        return match_span_none();
    return match_span_trimmed(at, text.end);
}

/* A text that is nothing but a number, or a letter. */
static struct crux_text bare(struct match_span text)
{
    struct crux_text all = match_span_trimmed(text.at, text.end);
    bool number = false;

    if (all.length == 0 || all.length > BARE_MOST)
        return match_span_none();
    if (all.length == 1 && *all.start >= 'A' && *all.start <= 'J')
        return all;
    for (size_t i = 0; i < all.length; i++) {
        number |= isdigit((unsigned char)all.start[i]) != 0;
        if (isdigit((unsigned char)all.start[i]) == 0 && strchr("+-.,/%$", all.start[i]) == NULL)
            return match_span_none();
    }
    return number ? all : match_span_none();
}

/* --- the whole ----------------------------------------------------------------------------- */

/* Do two places of one text name different answers? */
static bool contradict(struct crux_text one, struct crux_text two)
{
    struct match_form *a = match_read(one.start, one.length);
    struct match_form *b = match_read(two.start, two.length);
    bool different = a != NULL && b != NULL && !a->vague && !b->vague &&
                     match_compare_both(a, b) == MATCH_UNEQUAL;

    match_free(a);
    match_free(b);
    return different;
}

/* `The answer is (C)` inside a box. */
static struct crux_text inside_answer(struct crux_text found)
{
    struct crux_text said = match_span_none();

    if (found.length > 10)
        said = last_said(found.start, match_span_end(found)).found;
    return said.length > 0 ? said : found;
}

/* The later of two places that close the text, or the one that does: the text is whole, so what is
 * a final answer only maybe is one. */
static struct place later_of(struct place one, struct place two)
{
    bool first = one.found.length > 0 && one.sure != CLOSING_NONE;
    bool second = two.found.length > 0 && two.sure != CLOSING_NONE;

    if (first && second)
        return one.at > two.at ? one : two;
    return first ? one : second ? two : (struct place){.found = match_span_none()};
}

/* Is a box an intermediate result: does its sentence go on with more than a unit, maybe in a line
 * below the box? */
static bool is_passing(struct match_box box, const char *end)
{
    struct match_span text = match_span_reach(box.end, end);
    const char *line = answer_line_end(text), *next = text.at, *at = box.end;

    while (next < text.end && strchr(" $\\])", *next) != NULL)
        next++;
    if (next == line && next + 1 < text.end && islower((unsigned char)next[1]) != 0)
        return true;
    while (at < line && !ends_sentence(box.start, (struct match_span){at, line}))
        at++;
    return closing_value_of(box.start, at) == CLOSING_NONE;
}

static bool says_number(const struct match_form *form)
{
    const struct match_node *root = &form->nodes[form->root];

    if (root->kind == MATCH_QUANTITY)
        root = &form->nodes[root->first];
    return form->root != 0 && root->value.worth != MATCH_NOTHING;
}

/* Does the last sentence draw another conclusion than what was said before it? */
static bool concludes_otherwise(struct crux_text end, struct crux_text said)
{
    struct match_form *a, *b;
    bool otherwise;

    if (end.length == 0 || match_span_end(said) > end.start)
        return false;
    a = match_read(end.start, end.length);
    b = match_read(said.start, said.length);
    otherwise = a != NULL && b != NULL && says_number(a) && match_compare_both(a, b) != MATCH_EQUAL;
    match_free(a);
    match_free(b);
    return otherwise;
}

/* What counts beside a box: what closes the text behind it. A box in passing is none behind
 * another answer that closes, unless they are the same. */
static struct crux_text beside_box(struct match_span text, struct match_box box,
                                   struct crux_text found)
{
    struct match_span before = {text.at, box.start}, behind = {box.end, text.end};
    struct crux_text later = later_of(last_hashes(behind), last_said(behind.at, behind.end)).found,
                     earlier;

    if (later.length > 0)
        return unless_exclaimed(later);
    later = last_said(behind.at, behind.end).found;
    if (found.length == 0 || (later.length > 0 && contradict(found, later)) ||
        concludes_otherwise(conclusion(text), found))
        return match_span_none();
    if (!is_passing(box, text.end))
        return found;
    earlier = later_of(last_hashes(before), last_said(before.at, before.end)).found;
    return earlier.length > 0 && contradict(found, earlier) ? match_span_none() : found;
}

static struct crux_text boxed(struct match_span text)
{
    bool alone;
    struct match_box box = match_box_group(text, &alone);
    struct crux_text found;

    if (box.start == NULL)
        return match_span_none();
    if (alone && match_box_may_be_second(text, box))
        return match_span_none();
    found = alone ? match_box_whole(text, box) : match_box_together(text, box);
    if (alone && found.length > 0)
        found = inside_answer(found);
    return beside_box(text, box, found);
}

static struct crux_text without_box(struct match_span text)
{
    struct place hashes = last_hashes(text), said = last_said(text.at, text.end);
    struct crux_text found = later_of(hashes, said).found, end = conclusion(text);
    bool doubted = said.found.length > 0 && said.sure == CLOSING_NONE;

    if (found.length == 0)
        found = hashes.found.length > 0 ? hashes.found : said.found;
    if (found.length == 0)
        return end.length > 0 ? end : bare(text);
    if (concludes_otherwise(end, found) ||
        (doubted && said.at > found.start && contradict(found, said.found)))
        return match_span_none();
    return unless_exclaimed(found);
}

static struct crux_text find_in(struct match_span all)
{
    const char *thought = behind_last(all, "</think>");
    struct crux_text found;

    if (thought != NULL)
        all.at = thought;
    while (all.end > all.at && match_span_space(all.end[-1]))
        all.end--;
    found = tagged(all);
    if (found.length > 0) {
        struct crux_text within = find_in((struct match_span){found.start, match_span_end(found)});

        return within.length > 0 ? within : found;
    }
    if (match_box_last(all.at, all.end, all.end).start != NULL)
        return boxed(all);
    return without_box(all);
}

/* --- blocks of code ------------------------------------------------------------------------- */

/* False: it is JSON that says an answer. */
static bool blank_block(char *start, char *end)
{
    if (memmem(start, (size_t)(end - start), "answer\":", 8) != NULL)
        return false;
    for (char *at = start; at < end; at++)
        *at = *at == '\n' ? '\n' : ' ';
    return true;
}

/* Spaces for what stands in blocks of code that are closed; false: there are none. */
static bool blank_code(char *text, size_t length)
{
    struct fence fence = {.mark = '\0'};
    char *end = text + length, *block = NULL, *line = text;
    bool found = false;

    while (line < end) {
        char *next = memchr(line, '\n', (size_t)(end - line));

        next = next != NULL ? next : end;
        fence_read_line(&fence, line, next);
        if (fence.mark != '\0' && block == NULL)
            block = next;
        if (fence.mark == '\0' && block != NULL) {
            found |= blank_block(block, next);
            block = NULL;
        }
        line = next + 1;
    }
    return found;
}

/* What a text says outside of its code. There is none, or no memory: length 0. */
static struct crux_text find_beside_code(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    struct crux_text found = match_span_none();

    if (copy == NULL)
        return found;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (blank_code(copy, length))
        found = find_in((struct match_span){copy, copy + length});
    if (found.length > 0)
        found.start = text + (found.start - copy);
    free(copy);
    return found;
}

/* An answer in a block of code counts where there is no other: a comment there is no answer. */
struct crux_text match_find(const char *text, size_t length)
{
    struct crux_text found = match_span_none();

    if (memmem(text, length, "```", 3) != NULL || memmem(text, length, "~~~", 3) != NULL)
        found = find_beside_code(text, length);
    return found.length > 0 ? found : find_in((struct match_span){text, text + length});
}
