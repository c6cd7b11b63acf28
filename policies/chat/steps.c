/*
 * steps.c - a model's text is cut into steps.
 *
 * A reply is never longer as steps than it was as text, but for the beginnings that are put
 * before them; so one block holds all proposals of a reply.
 */
#include "policies/chat/steps.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/steps.h"
#include "policies/chat/final.h"
#include "policies/chat/thoughts.h"

#define BREAK_INSIDE '\v'

static void chat_steps_replace(char *text, size_t length, char from, char to)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] == from)
            text[i] = to;
}

/* --- what is left of a sample ----------------------------------------------------- */

/* A piece of a sample's text, and how it ended once we have looked at it. */
struct piece {
    const char *start, *end;
    enum chat_end why;
};

struct writer {
    const struct chat_context *context;
    char *before;        /* the steps so far, as chat_steps_join() writes them for the next one */
    const char *opening; /* what of it belongs to the next one */
    bool repeats;        /* the server begins with the turn that it was given */
    struct chat_proposals made;
    char *at; /* where the next text goes */
};

static size_t without_blanks_behind(const char *text, size_t length)
{
    while (length > 0 && boundary_is_blank(text[length - 1]))
        length--;
    return length;
}

static const char *behind_blanks(const char *start, const char *end)
{
    while (start < end && boundary_is_blank(*start))
        start++;
    return start;
}

/* Behind the repeated turn, maybe without the blanks at its end; the text itself: it repeats none.
 * A turn of blanks alone is not looked for. */
static const char *without_repetition(const char *text, const char *given)
{
    size_t whole = strlen(given), bare = without_blanks_behind(given, whole);

    if (bare == 0)
        return text;
    if (strncmp(text, given, whole) == 0)
        return text + whole;
    return strncmp(text, given, bare) == 0 ? boundary_said_line(text + bare) : text;
}

/* Some servers repeat the turn that they went on with (llama.cpp), and then in every sample; where
 * only some of them begin so, the model has said it again. */
static bool server_repeats(const char *given, const struct chat_sample *samples, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (*samples[i].text != '\0' && !samples[i].made &&
            without_repetition(samples[i].text, given) == samples[i].text)
            return false;
    return true;
}

/* A sample, and what of it is looked at. */
struct heard {
    const struct chat_sample *sample;
    const char *text; /* without a repeated turn, and with thoughts that came apart if they count */
    const char *cuts; /* where the sample's cuts are counted from */
    char *owned;      /* the text, if it had to be made; else NULL */
};

static int hear(struct heard *out, const struct writer *writer, const struct chat_sample *sample)
{
    const char *text = writer->repeats && !sample->made
                           ? without_repetition(sample->text, writer->context->given)
                           : sample->text;

    *out = (struct heard){sample, text, sample->text, NULL};
    if (!writer->context->thoughts_are_steps || *sample->reasoning == '\0')
        return CRUX_OK;
    out->owned = thoughts_join(text, writer->before, sample);
    if (out->owned == NULL)
        return CRUX_MEMORY;
    out->text = out->owned;
    out->cuts = out->owned + strlen(out->owned) - strlen(sample->text); /* they end alike */
    return CRUX_OK;
}

static struct piece begin_piece(struct writer *writer, const struct heard *heard)
{
    struct thoughts_piece said = {heard->text, heard->text + strlen(heard->text), 0};

    if (!writer->context->thoughts_are_steps)
        said = thoughts_drop(heard->text, writer->before, heard->sample);
    writer->made.thoughts |= said.seen;
    return (struct piece){said.start, said.end,
                          said.seen & THOUGHTS_CUT ? CHAT_END_BROKEN : heard->sample->end};
}

/* The text of the steps so far and of the piece, for those that look at both. NULL: no memory. */
static char *with_before(const struct writer *writer, const struct piece *piece,
                         struct final_text *out)
{
    size_t before = strlen(writer->before), length = (size_t)(piece->end - piece->start);
    char *text = malloc(before + length + 1);

    if (text == NULL)
        return NULL;
    memcpy(text, writer->before, before);
    memcpy(text + before, piece->start, length);
    text[before + length] = '\0';
    *out = (struct final_text){text, before + length, before};
    return text;
}

/* --- is it complete? -------------------------------------------------------------- */

static bool is_capped(const struct chat_context *context, enum chat_end why)
{
    return why == CHAT_END_LENGTH && context->boundary->cap > 0 && context->kind == CRUX_STEP;
}

static bool is_cut(const struct chat_context *context, enum chat_end why)
{
    return why == CHAT_END_BROKEN || (why == CHAT_END_LENGTH && !is_capped(context, why));
}

/* What ended at a cap may lack the end of what it was about to say: never the last step. */
static int find_terminal(bool *terminal, const struct writer *writer, const struct piece *piece)
{
    const struct chat_context *context = writer->context;
    struct final_text both;
    char *text;

    *terminal = piece->why == CHAT_END_TEXT && context->route != CHAT_NEXT;
    if (*terminal || piece->why == CHAT_END_LENGTH || piece->why == CHAT_END_BROKEN)
        return CRUX_OK;
    text = with_before(writer, piece, &both);
    if (text == NULL)
        return CRUX_MEMORY;
    *terminal = final_is(context->prompt, both, piece->why == CHAT_END_STOP);
    free(text);
    return CRUX_OK;
}

/* --- proposals -------------------------------------------------------------------- */

static void chat_steps_put(struct writer *writer, const char *start, const char *end)
{
    size_t length = (size_t)(end - start);

    memcpy(writer->at, start, length);
    chat_steps_replace(writer->at, length, '\n', BREAK_INSIDE);
    writer->at += length;
}

/* The text behind what it was made to begin with, unless it begins so itself once more. */
static void put_opened(struct writer *writer, const char *start, const char *end)
{
    const char *opening = writer->opening, *said = behind_blanks(start, end);
    size_t bare = without_blanks_behind(opening, strlen(opening));

    if (bare > 0 && (size_t)(end - said) >= bare && memcmp(said, opening, bare) == 0)
        start = said;
    else
        chat_steps_put(writer, opening, opening + strlen(opening));
    chat_steps_put(writer, start, end);
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
        .origin = sample->mark,
    };
}

static bool says_the_same(const struct writer *writer, const char *a, const char *b)
{
    struct crux_text x = steps_bare((struct crux_text){a, strlen(a)});
    struct crux_text y = steps_bare((struct crux_text){b, strlen(b)});

    if (writer->context->boundary->cap > 0)
        return strcmp(a, b) == 0;
    return x.length == y.length && memcmp(x.start, y.start, x.length) == 0;
}

/* The sibling that says the same; it weighs for both where the server did not report how likely it
 * is, and of two ends the sounder one counts. */
static bool merge(struct writer *writer, const char *text, const struct chat_sample *sample,
                  bool terminal)
{
    for (uint32_t i = 0; i < writer->made.count; i++) {
        struct crux_proposal *item = &writer->made.items[i];

        if (!says_the_same(writer, item->text, text))
            continue;
        item->prior += sample->has_logprob ? 0.0F : 1.0F;
        item->terminal = item->terminal || terminal;
        return true;
    }
    return false;
}

/* The end of the step, behind the bytes of its stop string that are its own; also where the server
 * has not looked for it. Empty lines in front of a step end none, nor those at the end of a text.
 */
static bool end_step(const struct chat_boundary *boundary, struct piece *piece)
{
    const char *from = boundary->cap > 0 ? piece->start : behind_blanks(piece->start, piece->end);
    const char *which = "", *stop = boundary_find(boundary, from, piece->end, &which);

    if (stop == NULL || (piece->why == CHAT_END_TEXT &&
                         behind_blanks(stop + strlen(which), piece->end) == piece->end))
        return false;
    piece->end = stop + boundary_before(boundary, which);
    piece->why = CHAT_END_STOP;
    return true;
}

/* By rules a step ends where the first of the text does. kept: its stop string is in the text. */
static int end_split(const struct writer *writer, struct piece *piece, bool *kept)
{
    const struct chat_boundary *boundary = writer->context->boundary;
    size_t length = (size_t)(piece->end - piece->start), stop = strlen(boundary->stops[0]);
    struct final_text both;
    char *text = with_before(writer, piece, &both);
    struct crux_text step = {"", length};
    struct split split;

    if (text == NULL)
        return CRUX_MEMORY;
    split = split_begin(boundary->way, (struct crux_text){text, both.length}, both.from);
    split.unfinished = true;
    (void)split_next(&split, &step);
    free(text);
    *kept = step.length < length ||
            (length >= stop && memcmp(piece->end - stop, boundary->stops[0], stop) == 0);
    piece->why = step.length < length ? CHAT_END_STOP : piece->why;
    piece->end = piece->start + step.length;
    return CRUX_OK;
}

/* Steps that say nothing are left out; with a cap blanks are a piece like any other. */
static bool says_nothing(const struct chat_boundary *boundary, const struct piece *piece)
{
    const char *from = boundary->cap > 0 ? piece->start : behind_blanks(piece->start, piece->end);

    return from == piece->end;
}

static int write_step(struct writer *writer, const struct heard *heard)
{
    const struct chat_context *context = writer->context;
    const struct chat_boundary *boundary = context->boundary;
    struct piece piece = begin_piece(writer, heard);
    struct crux_text closing = boundary_closing(boundary);
    bool kept = false, terminal;
    char *text = writer->at;

    if (boundary->way == SPLIT_MODEL)
        kept = end_step(boundary, &piece);
    else if (end_split(writer, &piece, &kept) != CRUX_OK)
        return CRUX_MEMORY;

    if (says_nothing(boundary, &piece) || is_cut(context, piece.why))
        return CRUX_OK;
    if (find_terminal(&terminal, writer, &piece) != CRUX_OK)
        return CRUX_MEMORY;
    put_opened(writer, piece.start, piece.end);
    if (!kept && (piece.why == CHAT_END_STOP || (piece.why == CHAT_END_EITHER && !terminal)))
        chat_steps_put(writer, closing.start, closing.start + closing.length);
    *writer->at = '\0';
    if (merge(writer, text, heard->sample, terminal))
        writer->at = text;
    else
        chat_steps_add(writer, text, heard->sample, terminal);
    return CRUX_OK;
}

/* --- whole answers ---------------------------------------------------------------- */

/* A line of the answer is a step. */
static void put_line(struct writer *writer, const char *text, const char *start, const char *end)
{
    if (start == end)
        return;
    if (writer->at > text)
        *writer->at++ = '\n';
    if (writer->at == text)
        put_opened(writer, start, end);
    else
        chat_steps_put(writer, start, end);
}

/* Blanks behind the last stop string are the last step's. */
static void write_joined_answer(struct writer *writer, struct piece piece)
{
    const struct chat_boundary *boundary = writer->context->boundary;
    const char *text = writer->at, *which = "";
    size_t between = boundary_between(boundary).length;
    bool cut = is_cut(writer->context, piece.why);

    while (behind_blanks(piece.start, piece.end) < piece.end) {
        const char *from = behind_blanks(piece.start, piece.end);
        const char *stop = boundary_find(boundary, from, piece.end, &which), *next;

        next = stop == NULL ? piece.end : stop + boundary_before(boundary, which);
        if (stop == NULL && cut)
            break;
        if (stop != NULL && !cut && behind_blanks(stop + strlen(which), piece.end) == piece.end)
            next = piece.end;
        put_line(writer, text, piece.start, next);
        piece.start = next == piece.end ? next : next + between;
    }
}

static int write_split_answer(struct writer *writer, struct piece piece)
{
    bool cut = is_cut(writer->context, piece.why);
    const char *text = writer->at;
    struct final_text both;
    char *whole = with_before(writer, &piece, &both);
    struct crux_text step;
    struct split split;

    if (whole == NULL)
        return CRUX_MEMORY;
    split = split_begin(writer->context->boundary->way, (struct crux_text){whole, both.length},
                        both.from);
    if (behind_blanks(piece.start, piece.end) == piece.end)
        split.at = split.end;
    while (split_next(&split, &step) && !(cut && split.at == split.end)) {
        put_line(writer, text, piece.start, piece.start + step.length);
        piece.start += step.length;
    }
    free(whole);
    return CRUX_OK;
}

static void write_capped_answer(struct writer *writer, struct piece piece,
                                const struct heard *heard)
{
    const struct chat_sample *sample = heard->sample;
    const char *text = writer->at;

    for (uint32_t i = 0; i <= sample->cut_count && piece.start < piece.end; i++) {
        const char *end = i == sample->cut_count ? piece.end : heard->cuts + sample->cuts[i];

        end = end < piece.end ? end : piece.end;
        if (end <= piece.start) /* in what was dropped */
            continue;
        if (i == sample->cut_count && is_cut(writer->context, piece.why))
            break;
        put_line(writer, text, piece.start, end);
        piece.start = end;
    }
}

/* Without what a model that rambles on has written behind its answer: that is whole. */
static int end_answer(const struct writer *writer, struct piece *piece)
{
    struct final_text both;
    char *text = with_before(writer, piece, &both);
    size_t length;

    if (text == NULL)
        return CRUX_MEMORY;
    length = final_length(writer->context->prompt, both, is_cut(writer->context, piece->why));
    free(text);
    if (length == both.length)
        return CRUX_OK;
    length -= both.from;
    *piece = (struct piece){
        piece->start, piece->start + without_blanks_behind(piece->start, length), CHAT_END_STOP};
    return CRUX_OK;
}

static int write_answer(struct writer *writer, const struct heard *heard)
{
    struct piece piece = begin_piece(writer, heard);
    char *text = writer->at;
    int status = CRUX_OK;

    if (end_answer(writer, &piece) != CRUX_OK)
        return CRUX_MEMORY;
    if (writer->context->boundary->cap > 0)
        write_capped_answer(writer, piece, heard);
    else if (writer->context->boundary->way != SPLIT_MODEL)
        status = write_split_answer(writer, piece);
    else
        write_joined_answer(writer, piece);
    if (status == CRUX_OK)
        chat_steps_add(writer, text, heard->sample, true);
    return status;
}

/* --- all samples ------------------------------------------------------------------ */

/* Room for a sample's text, for a beginning, the end of a stop string, and a line break wherever a
 * step may begin: at every stop string and every cut; by rules, anywhere. */
static size_t room_for(const struct chat_boundary *boundary, const struct heard *heard)
{
    size_t length = strlen(heard->text), longest = 1, shortest = length + 1;

    for (uint32_t i = 0; i < boundary->count; i++) {
        size_t stop = strlen(boundary->stops[i]);

        longest = stop > longest ? stop : longest;
        shortest = stop > 0 && stop < shortest ? stop : shortest; /* no empty one */
    }
    shortest = boundary->way != SPLIT_MODEL ? 1 : shortest;
    return length + length / shortest + heard->sample->cut_count + 2 * longest + 3;
}

/* On route next nothing was written for the model to go on with. */
static int open_writer(struct writer *writer, const struct chat_context *context)
{
    char *before = chat_steps_join(context->boundary, context->last, true);
    const char *opening = boundary_opening(context->boundary, context->last);

    *writer = (struct writer){.context = context, .before = before, .opening = opening};
    if (before == NULL)
        return CRUX_MEMORY;
    if (context->route == CHAT_NEXT) {
        before[strlen(before) - strlen(opening)] = '\0';
        writer->opening = "";
    }
    return CRUX_OK;
}

static int write_all(struct writer *writer, const struct heard *heard, uint32_t count)
{
    size_t room = 0;
    int status = CRUX_OK;

    for (uint32_t i = 0; i < count; i++)
        room += room_for(writer->context->boundary, &heard[i]);
    writer->made.block = calloc(1, count * sizeof *writer->made.items + room + 1);
    if (writer->made.block == NULL)
        return CRUX_MEMORY;
    writer->made.items = writer->made.block;
    writer->at = (char *)(writer->made.items + count);
    for (uint32_t i = 0; i < count && status == CRUX_OK; i++)
        status = writer->context->kind == CRUX_ANSWER ? write_answer(writer, &heard[i])
                                                      : write_step(writer, &heard[i]);
    if (status != CRUX_OK)
        free(writer->made.block);
    return status;
}

int chat_steps_of(struct chat_proposals *out, const struct chat_context *context,
                  const struct chat_sample *samples, uint32_t count, struct crux_error *error)
{
    struct heard *heard = calloc((size_t)count + 1, sizeof *heard);
    struct writer writer = {.before = NULL};
    int status = heard == NULL ? CRUX_MEMORY : open_writer(&writer, context);

    writer.repeats = server_repeats(context->given, samples, count);
    for (uint32_t i = 0; i < count && status == CRUX_OK; i++)
        status = hear(&heard[i], &writer, &samples[i]);
    if (status == CRUX_OK)
        status = write_all(&writer, heard, count);
    for (uint32_t i = 0; i < count && heard != NULL; i++)
        free(heard[i].owned);
    free(heard);
    free(writer.before);
    if (status != CRUX_OK)
        return crux_fail(error, CRUX_MEMORY, "no memory for steps");
    *out = writer.made;
    return CRUX_OK;
}

int chat_steps_text(char **out, enum chat_end *end, const struct chat_context *context,
                    const struct chat_sample *sample, struct crux_error *error)
{
    struct heard heard = {.owned = NULL};
    struct writer writer;
    char *text = NULL;

    if (open_writer(&writer, context) == CRUX_OK) {
        writer.repeats = server_repeats(context->given, sample, 1);
        if (hear(&heard, &writer, sample) == CRUX_OK) {
            struct piece piece = begin_piece(&writer, &heard);

            *end = piece.why;
            text = strndup(piece.start, (size_t)(piece.end - piece.start));
        }
    }
    free(heard.owned);
    free(writer.before);
    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for steps");
    *out = text;
    return CRUX_OK;
}

int chat_steps_thoughts(char **out, const struct chat_context *context,
                        const struct chat_sample *sample, struct crux_error *error)
{
    struct writer writer = {.before = NULL};
    char *thoughts = NULL;

    assert(!context->thoughts_are_steps);
    if (open_writer(&writer, context) == CRUX_OK)
        thoughts =
            thoughts_of(without_repetition(sample->text, context->given), writer.before, sample);
    free(writer.before);
    if (thoughts == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for thoughts");
    *out = thoughts;
    return CRUX_OK;
}

void chat_steps_free(struct chat_proposals *proposals)
{
    free(proposals->block);
    *proposals = (struct chat_proposals){.block = NULL};
}
