/*
 * steps.c - a model's text is cut into steps, and steps are joined to a text again.
 *
 * A reply is never longer as steps than it was as text, but for the beginnings that are put
 * before them; so one block holds all proposals of a reply.
 */
#include "policies/chat/steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/steps.h"

#define BREAK_INSIDE '\v'
#define FENCE        "```"

static bool chat_steps_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == BREAK_INSIDE;
}

static size_t blanks(const char *text)
{
    size_t count = 0;

    while (chat_steps_is_blank(text[count]))
        count++;
    return count;
}

/* The text between two steps: blanks, then what every step begins with. */
static const char *separator(const struct chat_boundary *boundary)
{
    return boundary->cap > 0 || boundary->count == 0 ? "" : boundary->stops[0];
}

static const char *beginning(const char *stop)
{
    return stop + blanks(stop);
}

static void chat_steps_replace(char *text, size_t length, char from, char to)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] == from)
            text[i] = to;
}

/* --- joining ---------------------------------------------------------------------- */

char *chat_steps_join(const struct chat_boundary *boundary, const struct crux_step *last, bool open)
{
    const char *between = separator(boundary), *tail = last != NULL ? between : beginning(between);

    return steps_join(last, (struct crux_text){between, blanks(between)}, open ? tail : "", NULL);
}

/* One block: scopes, their values, their texts. */
int chat_steps_list(const struct crux_step *last, struct mustache_scope **block, size_t *count)
{
    size_t steps = 0, bytes = 0;
    struct mustache_scope *scopes;
    struct mustache_value *values;
    char *text;

    for (const struct crux_step *step = last; step != NULL; step = step->previous) {
        steps++;
        bytes += step->length;
    }
    scopes = calloc(1, steps * (sizeof *scopes + sizeof *values) + bytes + 1);
    if (scopes == NULL)
        return CRUX_MEMORY;
    values = (struct mustache_value *)(scopes + steps);
    text = (char *)(values + steps);
    *count = steps;
    *block = scopes;
    for (const struct crux_step *step = last; step != NULL; step = step->previous) {
        memcpy(text, step->text, step->length);
        chat_steps_replace(text, step->length, BREAK_INSIDE, '\n');
        values[--steps] = (struct mustache_value){".", {text, step->length}, NULL, 0};
        scopes[steps] = (struct mustache_scope){&values[steps], 1};
        text += step->length;
    }
    return CRUX_OK;
}

/* --- what is left of a sample ----------------------------------------------------- */

/* A piece of a sample's text, and how it ended once we have looked at it. */
struct piece {
    const char *start, *end;
    enum chat_end why;
};

/* Thoughts that a server left in the text: all up to the end of them. */
static void drop_thoughts(struct piece *piece)
{
    static const char close[] = "</think>", open[] = "<think>";
    const char *first = piece->start + blanks(piece->start), *found = NULL, *next;

    for (next = strstr(piece->start, close); next != NULL; next = strstr(next + 1, close))
        found = next;
    if (found != NULL) {
        piece->start = found + strlen(close);
    } else if (strncmp(first, open, strlen(open)) == 0) {
        piece->start = piece->end; /* all of it is thought */
        piece->why = CHAT_END_BROKEN;
    }
}

static size_t without_blanks_behind(const char *text)
{
    size_t length = strlen(text);

    while (length > 0 && chat_steps_is_blank(text[length - 1]))
        length--;
    return length;
}

/* Some servers repeat the turn that they went on with (llama.cpp), maybe without the blanks at its
 * end. A turn of blanks alone is not looked for. */
static void drop_repetition(struct piece *piece, const char *given)
{
    size_t whole = strlen(given), bare = without_blanks_behind(given);

    if (bare == 0)
        return;
    if (strncmp(piece->start, given, whole) == 0)
        piece->start += whole;
    else if (strncmp(piece->start, given, bare) == 0)
        piece->start += bare;
}

/* The first stop string in the piece; NULL: none. Of two at one place the longer. */
static const char *find_stop(const struct chat_boundary *boundary, const struct piece *piece,
                             const char **which)
{
    const char *first = NULL;

    for (uint32_t i = 0; i < boundary->count; i++) {
        const char *stop = boundary->stops[i];
        const char *found =
            memmem(piece->start, (size_t)(piece->end - piece->start), stop, strlen(stop));

        if (found != NULL &&
            (first == NULL || found < first || (found == first && strlen(stop) > strlen(*which)))) {
            first = found;
            *which = stop;
        }
    }
    return first;
}

static void chat_steps_trim(struct piece *piece)
{
    while (piece->start < piece->end && chat_steps_is_blank(*piece->start))
        piece->start++;
    while (piece->start < piece->end && chat_steps_is_blank(piece->end[-1]))
        piece->end--;
}

static struct piece begin_piece(const struct chat_context *context,
                                const struct chat_sample *sample)
{
    struct piece piece = {sample->text, sample->text + strlen(sample->text), sample->end};

    drop_repetition(&piece, context->given);
    drop_thoughts(&piece);
    return piece;
}

/* --- is it complete? -------------------------------------------------------------- */

static uint32_t fences(const char *start, const char *end)
{
    uint32_t count = 0;

    while ((start = memmem(start, (size_t)(end - start), FENCE, strlen(FENCE))) != NULL) {
        count++;
        start += strlen(FENCE);
    }
    return count;
}

/* A block of code ends in this text. */
static bool closes_fence(const struct chat_context *context, const struct piece *piece)
{
    uint32_t here = fences(piece->start, piece->end), all = here;

    for (const struct crux_step *step = context->last; step != NULL; step = step->previous)
        all += fences(step->text, step->text + step->length);
    return here > 0 && all % 2 == 0;
}

static bool chat_steps_contains(const struct piece *piece, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = piece->start; (size_t)(piece->end - at) >= length; at++)
        if (strncasecmp(at, word, length) == 0)
            return true;
    return false;
}

static bool has_final(const struct chat_context *context, const struct piece *piece)
{
    for (uint32_t i = 0; i < context->prompt->final_count; i++) {
        const char *word = context->prompt->finals[i];

        if (strcmp(word, FENCE) == 0 ? closes_fence(context, piece)
                                     : chat_steps_contains(piece, word))
            return true;
    }
    return false;
}

static bool is_capped(const struct chat_context *context, enum chat_end why)
{
    return why == CHAT_END_LENGTH && context->boundary->cap > 0 && context->kind == CRUX_STEP;
}

static bool is_cut(const struct chat_context *context, enum chat_end why)
{
    return why == CHAT_END_BROKEN || (why == CHAT_END_LENGTH && !is_capped(context, why));
}

/* What ended at a cap may lack the end of what it was about to say: never the last step. */
static bool is_terminal(const struct chat_context *context, const struct piece *piece)
{
    if (piece->why == CHAT_END_LENGTH || piece->why == CHAT_END_BROKEN)
        return false;
    if (piece->why == CHAT_END_TEXT && context->route != CHAT_NEXT)
        return true;
    return has_final(context, piece);
}

/* --- proposals -------------------------------------------------------------------- */

struct writer {
    const struct chat_context *context;
    struct chat_proposals made;
    char *at; /* where the next text goes */
};

static void chat_steps_put(struct writer *writer, const char *start, const char *end)
{
    size_t length = (size_t)(end - start);

    memcpy(writer->at, start, length);
    chat_steps_replace(writer->at, length, '\n', BREAK_INSIDE);
    writer->at += length;
}

/* A step's text behind what steps begin with, unless it begins so itself. */
static void chat_steps_put_step(struct writer *writer, const struct piece *piece, const char *begin)
{
    size_t bare = without_blanks_behind(begin), length = (size_t)(piece->end - piece->start);

    if (length < bare || memcmp(piece->start, begin, bare) != 0)
        chat_steps_put(writer, begin, begin + strlen(begin));
    chat_steps_put(writer, piece->start, piece->end);
}

static void chat_steps_add(struct writer *writer, char *text, const struct chat_sample *sample,
                           bool terminal)
{
    *writer->at++ = '\0';
    writer->made.items[writer->made.count++] = (struct crux_proposal){
        .text = text,
        .prior = sample->has_logprob ? (float)exp(sample->logprob) : 1.0F,
        .logprob = (float)sample->logprob,
        .tokens = sample->tokens,
        .terminal = terminal,
    };
}

/* The sibling that says the same; it weighs for both where the server did not report how likely it
 * is, and of two ends the sounder one counts. */
static bool merge(struct writer *writer, const char *text, const struct chat_sample *sample,
                  bool terminal)
{
    for (uint32_t i = 0; i < writer->made.count; i++) {
        struct crux_proposal *item = &writer->made.items[i];

        if (strcmp(item->text, text) != 0)
            continue;
        item->prior += sample->has_logprob ? 0.0F : 1.0F;
        item->terminal = item->terminal || terminal;
        return true;
    }
    return false;
}

static void write_step(struct writer *writer, const struct chat_sample *sample)
{
    const struct chat_context *context = writer->context;
    const struct chat_boundary *boundary = context->boundary;
    struct piece piece = begin_piece(context, sample);
    const char *which = "", *stop, *between = separator(boundary);
    char *text = writer->at;
    bool terminal;

    if (boundary->cap == 0)
        while (piece.start < piece.end && chat_steps_is_blank(*piece.start))
            piece.start++;
    stop = find_stop(boundary, &piece, &which);
    if (stop != NULL) { /* also where the server has not looked for it */
        piece.end = boundary->cap > 0 ? stop + strlen(which) : stop;
        piece.why = CHAT_END_STOP;
    }
    if (boundary->cap == 0)
        chat_steps_trim(&piece);
    if (piece.start == piece.end || is_cut(context, piece.why))
        return;
    terminal = is_terminal(context, &piece);
    chat_steps_put_step(writer, &piece, beginning(between));
    if (boundary->cap > 0 && stop == NULL && piece.why == CHAT_END_STOP && boundary->count > 0)
        chat_steps_put(writer, boundary->stops[0], boundary->stops[0] + strlen(boundary->stops[0]));
    *writer->at = '\0';
    if (merge(writer, text, sample, terminal))
        writer->at = text;
    else
        chat_steps_add(writer, text, sample, terminal);
}

/* Lines of an answer are steps. */
static void put_line(struct writer *writer, const char *text, const struct piece *line,
                     const char *begin)
{
    if (line->start == line->end)
        return;
    if (writer->at > text)
        *writer->at++ = '\n';
    chat_steps_put_step(writer, line, begin);
}

/* It is said; what a model that rambles on has behind it is none of the answer. Of code it is not
 * known here which fence closes. */
static bool ends_answer(const struct chat_context *context, const struct piece *line)
{
    for (uint32_t i = 0; i < context->prompt->final_count; i++)
        if (strcmp(context->prompt->finals[i], FENCE) != 0 &&
            chat_steps_contains(line, context->prompt->finals[i]))
            return true;
    return false;
}

static void write_joined_answer(struct writer *writer, struct piece piece)
{
    const struct chat_boundary *boundary = writer->context->boundary;
    const char *begin = beginning(separator(boundary)), *text = writer->at, *which = "";

    for (;;) {
        const char *stop = find_stop(boundary, &piece, &which);
        struct piece line = {piece.start, stop == NULL ? piece.end : stop, piece.why};

        chat_steps_trim(&line);
        if (stop != NULL || !is_cut(writer->context, piece.why))
            put_line(writer, text, &line, begin);
        if (stop == NULL)
            break;
        if (ends_answer(writer->context, &line))
            break;
        begin = beginning(which);
        piece.start = stop + strlen(which);
    }
}

static void write_capped_answer(struct writer *writer, struct piece piece,
                                const struct chat_sample *sample)
{
    const char *text = writer->at;

    for (uint32_t i = 0; i <= sample->cut_count; i++) {
        const char *end = i == sample->cut_count ? piece.end : sample->text + sample->cuts[i];
        struct piece line = {piece.start, end, piece.why};

        if (end <= piece.start) /* in what was dropped */
            continue;
        if (i == sample->cut_count && is_cut(writer->context, piece.why))
            break;
        put_line(writer, text, &line, "");
        piece.start = end;
    }
}

static void write_answer(struct writer *writer, const struct chat_sample *sample)
{
    struct piece piece = begin_piece(writer->context, sample);
    char *text = writer->at;

    if (writer->context->boundary->cap > 0)
        write_capped_answer(writer, piece, sample);
    else
        write_joined_answer(writer, piece);
    chat_steps_add(writer, text, sample, true);
}

/* Room for a sample's text, and for a beginning and a line break wherever a step may begin: at
 * every stop string and every cut. */
static size_t room_for(const struct chat_boundary *boundary, const struct chat_sample *sample)
{
    size_t length = strlen(sample->text), longest = 1, shortest = length + 1;

    for (uint32_t i = 0; i < boundary->count; i++) {
        size_t stop = strlen(boundary->stops[i]);

        longest = stop > longest ? stop : longest;
        shortest = stop > 0 && stop < shortest ? stop : shortest; /* no empty one */
    }
    return length + (length / shortest + sample->cut_count + 2) * (longest + 1) + 2;
}

int chat_steps_of(struct chat_proposals *out, const struct chat_context *context,
                  const struct chat_sample *samples, uint32_t count, struct crux_error *error)
{
    struct writer writer = {.context = context};
    size_t room = 0;

    for (uint32_t i = 0; i < count; i++)
        room += room_for(context->boundary, &samples[i]);
    writer.made.block = calloc(1, count * sizeof *writer.made.items + room + 1);
    if (writer.made.block == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for steps");
    writer.made.items = writer.made.block;
    writer.at = (char *)(writer.made.items + count);
    for (uint32_t i = 0; i < count; i++)
        if (context->kind == CRUX_ANSWER)
            write_answer(&writer, &samples[i]);
        else
            write_step(&writer, &samples[i]);
    *out = writer.made;
    return CRUX_OK;
}

void chat_steps_free(struct chat_proposals *proposals)
{
    free(proposals->block);
    *proposals = (struct chat_proposals){.block = NULL};
}
