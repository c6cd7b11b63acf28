/*
 * split.c - cuts a text into steps: lines that may not be cut, pieces of them by the way, and
 * pieces joined with what they open.
 */
#include "io/split.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "io/full_stop.h"
#include "io/opening.h"

bool split_way_of(enum split_way *out, const char *name)
{
    static const char *const names[] = {"model", "paragraphs", "lines", "sentences"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum split_way)i;
            return true;
        }
    return false;
}

/* --- bytes ------------------------------------------------------------------------ */

static bool split_is_break(char c)
{
    return c == '\n' || c == '\v';
}

static bool split_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static const char *split_line_end(const char *at, const char *end)
{
    while (at < end && !split_is_break(*at))
        at++;
    return at;
}

static const char *split_behind_break(const char *at, const char *end)
{
    at = split_line_end(at, end);
    return at < end ? at + 1 : at;
}

static const char *split_said(const char *at, const char *end)
{
    while (at < end && split_is_blank(*at))
        at++;
    return at;
}

static const char *split_without_blanks(const char *start, const char *end)
{
    while (end > start && split_is_blank(end[-1]))
        end--;
    return end;
}

/* Behind all lines of blanks. */
static const char *split_behind_empty(const char *at, const char *end)
{
    for (const char *next; at < end; at = next) {
        next = split_behind_break(at, end);
        if (split_said(at, next) < next)
            return at;
    }
    return at;
}

/* --- formulas --------------------------------------------------------------------- */

static const char *const split_formulas[][2] = {
    {"$$", "$$"}, {"\\[", "\\]"}, {"\\begin{", "\\end{"}, {"[asy]", "[/asy]"}};

enum { FORMULAS = sizeof split_formulas / sizeof *split_formulas };

static bool split_at_mark(const char *at, const char *end, const char *mark)
{
    size_t length = strlen(mark);

    return (size_t)(end - at) >= length && memcmp(at, mark, length) == 0;
}

static const char *split_find(const char *at, const char *end, const char *mark)
{
    return memmem(at, (size_t)(end - at), mark, strlen(mark));
}

/* The end of an environment, with those inside of it. */
static const char *split_environment_end(const char *at, const char *end)
{
    size_t depth = 1;

    while (depth > 0 && (at = memchr(at, '\\', (size_t)(end - at))) != NULL) {
        depth += split_at_mark(at, end, "\\begin{") ? 1 : 0;
        depth -= split_at_mark(at, end, "\\end{") ? 1 : 0;
        at++;
    }
    if (at != NULL)
        at = memchr(at, '}', (size_t)(end - at));
    return at == NULL ? NULL : at + 1;
}

/* Which formula begins at at; FORMULAS: none. An escaped mark is none: `\\[2pt]`. */
static size_t split_formula_at(const char *start, const char *at, const char *end)
{
    size_t i = 0;

    if (strchr("$\\[", *at) == NULL || (at > start && at[-1] == '\\'))
        return FORMULAS;
    while (i < FORMULAS && !split_at_mark(at, end, split_formulas[i][0]))
        i++;
    return i;
}

/* The end of the formula that begins at at; NULL: none does, or it never ends. */
static const char *split_formula_end(struct split *split, const char *at)
{
    size_t which = split_formula_at(split->start, at, split->end);
    const char *behind, *close;

    if (which == FORMULAS || (split->unended & 1u << which) != 0)
        return NULL;
    behind = at + strlen(split_formulas[which][0]);
    if (strcmp(split_formulas[which][0], "\\begin{") == 0)
        close = split_environment_end(behind, split->end);
    else
        close = split_find(behind, split->end, split_formulas[which][1]);
    if (close == NULL && split->unfinished &&
        (behind == split->end || *behind < '0' || *behind > '9')) {
        split->inside = true;
        return split->end;
    }
    if (close == NULL)
        split->unended |= 1u << which;
    else if (strcmp(split_formulas[which][0], "\\begin{") != 0)
        close += strlen(split_formulas[which][1]);
    return close;
}

/* --- lines that are not cut inside ------------------------------------------------ */

struct split_line {
    const char *start, *said; /* what it says begins here ... */
    const char *bare, *end;   /* ... and ends here; with blanks and break it ends here */
    bool code;                /* it is a block of code */
    bool formula;             /* it begins with a formula */
    bool several;             /* it is several lines */
};

static const char *split_code_end(struct fence fence, const char *at, const char *end)
{
    do {
        const char *stop = split_line_end(at, end);

        fence_read_line(&fence, at, stop);
        at = stop < end ? stop + 1 : stop;
    } while (at < end && fence.mark != '\0');
    return at;
}

/* Behind all formulas that begin in the line; those at its beginning are seen. */
static const char *split_prose_end(struct split *split, struct split_line *line)
{
    const char *stop = split_line_end(line->start, split->end), *formula;

    for (const char *at = line->start; at < stop; at = formula == NULL ? at + 1 : formula) {
        formula = split_formula_end(split, at);
        line->formula = line->formula || (formula != NULL && at == line->said);
        if (formula != NULL && formula > stop) {
            stop = split_line_end(formula, split->end);
            line->several = true;
        }
    }
    return stop < split->end ? stop + 1 : stop;
}

/* A line of the text, longer where code or formulas go on over its end. */
static struct split_line split_line_at(struct split *split, const char *at)
{
    const char *stop = split_line_end(at, split->end);
    struct split_line line = {.start = at, .said = split_said(at, stop)};
    struct fence before = at == split->start ? split->fence : (struct fence){.mark = '\0'};
    struct fence fence = before;

    if (fence.mark == '\0')
        fence_read_line(&fence, at, stop);
    line.code = fence.mark != '\0';
    line.end = line.code ? split_code_end(before, at, split->end) : split_prose_end(split, &line);
    line.bare = split_without_blanks(line.start, line.end);
    return line;
}

static struct crux_text split_words(const struct split_line *line)
{
    return (struct crux_text){line->start, (size_t)(line->bare - line->start)};
}

static bool split_is_empty(const struct split_line *line)
{
    return line->bare == line->start;
}

/* --- what opens ------------------------------------------------------------------- */

/* The lines of a step, as they are seen. */
struct split_seen {
    bool any, all_open, heads; /* heads: the last one belongs to what follows */
};

static void split_see(struct split_seen *seen, const struct split_line *line)
{
    enum opening opening = OPENING_NONE;

    if (split_is_empty(line))
        return;
    if (!line->code && !line->formula && !line->several)
        opening = opening_of(split_words(line));
    seen->all_open = (seen->all_open || !seen->any) && opening != OPENING_NONE;
    seen->heads = opening == OPENING_HEADS;
    seen->any = true;
}

static bool split_seen_opens(const struct split_seen *seen)
{
    return !seen->any || seen->all_open || seen->heads;
}

/* The lines of a piece that ends where a line or a sentence does. */
static bool split_piece_opens(const struct split *split, const char *end)
{
    struct split piece = *split;
    struct split_seen seen = {.any = false};

    piece.end = end;
    piece.unended = 0;
    for (const char *at = split->at; at < end;) {
        struct split_line line = split_line_at(&piece, at);

        split_see(&seen, &line);
        at = line.end;
    }
    return split_seen_opens(&seen);
}

/* Does the sentence go on into a formula of its own line? */
static bool split_leads_to_formula(struct split *split, const char *end)
{
    const char *bare = split_without_blanks(split->at, end);
    struct split_line next;

    if (end == split->end || bare == split->at || strchr(".!?`", bare[-1]) != NULL)
        return false;
    next = split_line_at(split, end);
    return next.formula;
}

/* --- pieces: sentences, lines, paragraphs ------------------------------------------ */

/* With a word in small letters; `x = 4` begins with none. */
static bool split_begins_small(const char *at, const char *end)
{
    return end - at > 1 && islower((unsigned char)at[0]) != 0 &&
           (islower((unsigned char)at[1]) != 0 || (at[0] == 'a' && at[1] == ' '));
}

/* Does the line behind go on with the sentence of this one? */
static bool split_goes_on(struct split *split, const struct split_line *line)
{
    const char *stop = split_line_end(line->end, split->end), *next = split_said(line->end, stop);

    return !line->code && split_begins_small(next, stop) &&
           strchr(".!?:`", line->bare[-1]) == NULL && full_stop_item(next, stop) == next;
}

/* A sentence, or the rest of its lines. */
static const char *split_sentence_end(struct split *split)
{
    const char *formula, *next;
    struct split_line line;

    for (const char *start = split->at;; start = line.end) {
        line = split->line_end > start ? (struct split_line){.start = start,
                                                             .bare = split->line_bare,
                                                             .end = split->line_end}
                                       : split_line_at(split, start);
        if (line.code)
            return line.end;
        split->line_bare = line.bare;
        split->line_end = line.end;
        for (const char *at = start; at < line.bare; at = formula == NULL ? at + 1 : formula) {
            formula = split_formula_end(split, at);
            next = formula == NULL ? full_stop_behind(split->at, at, line.bare) : NULL;
            if (next != NULL && next < line.bare)
                return next;
        }
        if (split_is_empty(&line) || !split_goes_on(split, &line))
            return line.end;
    }
}

static size_t split_indent(const struct split_line *line)
{
    return (size_t)(line->said - line->start);
}

static bool split_is_item(const struct split_line *line)
{
    return !line->code && full_stop_item(line->said, line->bare) > line->said;
}

/* A list begins with this line: are its items steps? Those further in are parts of them. It ends at
 * an empty line. */
static void split_begin_list(struct split *split, struct split_line line)
{
    bool counted = strchr("-*+", *line.said) == NULL;
    size_t items = 0, worked = 0;

    split->indent = split_indent(&line);
    while (!split_is_empty(&line)) {
        bool item = split_is_item(&line) && split_indent(&line) <= split->indent;

        items += item;
        worked += item && memchr(line.said, '=', (size_t)(line.bare - line.said)) != NULL;
        split->list = line.end;
        if (line.end == split->end)
            break;
        line = split_line_at(split, line.end);
    }
    split->cuts = items > 1 && (counted || worked > 1);
}

/* Is the line behind another a new step, as an item, or as what comes behind the last one? */
static bool split_begins_item(struct split *split, const struct split_line *line)
{
    bool item = split_is_item(line);

    if (line->start >= split->list) {
        if (!item)
            return false;
        split_begin_list(split, *line);
        return split->cuts;
    }
    return split->cuts && split_indent(line) <= split->indent &&
           (item || !split_begins_small(line->said, line->bare));
}

static const char *split_paragraph_end(struct split *split)
{
    struct split_line line = split_line_at(split, split->at);

    if (line.start >= split->list && !split_is_empty(&line) && split_is_item(&line))
        split_begin_list(split, line);
    while (line.end < split->end) {
        struct split_line next = split_line_at(split, line.end);

        if (split_is_empty(&next) || split_begins_item(split, &next))
            break;
        line = next;
    }
    return line.end;
}

/* --- steps ------------------------------------------------------------------------ */

struct split split_begin(enum split_way way, struct crux_text text, size_t from)
{
    const char *start = text.start + from;

    return (struct split){.way = way,
                          .start = start,
                          .at = start,
                          .end = text.start + text.length,
                          .fence = fence_read(text.start, start),
                          .list = start,
                          .line_end = start,
                          .line_bare = start};
}

static const char *split_piece_end(struct split *split)
{
    const char *end = split->end;

    if (split->way == SPLIT_PARAGRAPHS)
        end = split_paragraph_end(split);
    else if (split->way == SPLIT_LINES)
        end = split_line_at(split, split->at).end;
    else if (split->way == SPLIT_SENTENCES)
        end = split_sentence_end(split);
    if (end > split->start && split_is_break(end[-1]))
        end = split_behind_empty(end, split->end);
    return end;
}

bool split_next(struct split *split, struct crux_text *step)
{
    const char *start = split->at;
    bool more = true;

    if (start == split->end)
        return false;
    while (more && split->at < split->end) {
        const char *end = split_piece_end(split);

        more = split->way != SPLIT_MODEL &&
               (split_piece_opens(split, end) || split_leads_to_formula(split, end));
        split->at = end;
    }
    *step = (struct crux_text){start, (size_t)(split->at - start)};
    return true;
}

/* --- steps that are cut already ----------------------------------------------------- */

bool split_opens_from(struct crux_text text, size_t from, bool *inside)
{
    struct split split = split_begin(SPLIT_LINES, text, from);
    struct split_seen seen = {.any = false};

    split.unfinished = true;
    while (split.at < split.end) {
        struct split_line line = split_line_at(&split, split.at);

        split_see(&seen, &line);
        split.at = line.end;
    }
    *inside = split.inside || fence_read(text.start, split.end).mark != '\0';
    return *inside || split_seen_opens(&seen);
}

bool split_opens(struct crux_text step)
{
    bool inside;

    return split_opens_from(step, 0, &inside);
}

/* All steps, a line break between two, and where each one ends. NULL: no memory. */
static char *split_joined(const struct crux_text *steps, size_t count, size_t *ends)
{
    size_t length = 0;
    char *text, *at;

    for (size_t i = 0; i < count; i++)
        length += steps[i].length + 1;
    text = malloc(length + 1);
    at = text;
    for (size_t i = 0; text != NULL && i < count; i++) {
        memcpy(at, steps[i].start, steps[i].length);
        at += steps[i].length;
        *at++ = '\n';
        ends[i] = (size_t)(at - text);
    }
    return text;
}

bool split_joins(const struct crux_text *steps, size_t count, bool *belongs)
{
    size_t *ends = calloc(count + 1, sizeof *ends), step = 0;
    char *text = ends == NULL ? NULL : split_joined(steps, count, ends);
    size_t length = count == 0 || text == NULL ? 0 : ends[count - 1];
    struct split split = split_begin(SPLIT_LINES, (struct crux_text){text, length}, 0);
    struct split_seen seen = {.any = false};

    for (; text != NULL && split.at < split.end;) {
        struct split_line line = split_line_at(&split, split.at);
        size_t end = (size_t)(line.end - text);

        for (; ends[step] < end; step++)
            belongs[step] = true;
        split_see(&seen, &line);
        if (ends[step] == end) {
            belongs[step++] = split_seen_opens(&seen);
            seen = (struct split_seen){.any = false};
        }
        split.at = line.end;
    }
    if (count > 0 && text != NULL)
        belongs[count - 1] = false;
    free(text);
    free(ends);
    return text != NULL;
}
