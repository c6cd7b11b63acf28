/*
 * thoughts.c - <think>, </think> and what is between and behind them.
 */
#include "policies/chat/thoughts.h"

#include <stdlib.h>
#include <string.h>

#include "policies/chat/boundary.h"

static const char thoughts_open[] = "<think>", thoughts_close[] = "</think>";

static const char *thoughts_last(const char *text, const char *mark)
{
    const char *found = NULL;

    for (const char *next = strstr(text, mark); next != NULL; next = strstr(next + 1, mark))
        found = next;
    return found;
}

/* Does the text end in the middle of thoughts? */
static bool thoughts_are_open(const char *text)
{
    const char *open = thoughts_last(text, thoughts_open);

    return open != NULL && strstr(open, thoughts_close) == NULL;
}

static struct thoughts_piece thoughts_ended(const char *start, const char *close,
                                            const char *before, const struct chat_sample *sample)
{
    const char *end = start + strlen(start), *open = strstr(start, thoughts_open);
    const char *said = boundary_said_line(close + strlen(thoughts_close));
    bool began_here = open != NULL && open < close;

    if (!began_here && *before != '\0' && strstr(before, thoughts_close) == NULL)
        return (struct thoughts_piece){start, end, THOUGHTS_STEPS};
    if (*said == '\0' && (sample->end == CHAT_END_STOP || sample->end == CHAT_END_EITHER))
        return (struct thoughts_piece){start, end, THOUGHTS_STEPS};
    return (struct thoughts_piece){said, end, THOUGHTS_LEFT};
}

struct thoughts_piece thoughts_drop(const char *start, const char *before,
                                    const struct chat_sample *sample)
{
    const char *end = start + strlen(start), *close = thoughts_last(start, thoughts_close);
    const char *first = boundary_said(start);

    if (close != NULL)
        return thoughts_ended(start, close, before, sample);
    if (strncmp(first, thoughts_open, strlen(thoughts_open)) == 0 ||
        (*first == '\0' && *sample->reasoning != '\0'))
        return (struct thoughts_piece){end, end, THOUGHTS_CUT};
    return (struct thoughts_piece){start, end, *sample->reasoning != '\0' ? THOUGHTS_LEFT : 0};
}

/* Those in the text: from their first mark, if they begin with it, to their last. */
static struct crux_text thoughts_inside(const char *start, const struct thoughts_piece *said)
{
    const char *close = thoughts_last(start, thoughts_close), *first = boundary_said(start);
    const char *end = close != NULL ? close : said->end;

    if (said->start == start || *first == '\0')
        return (struct crux_text){start, 0};
    if (strncmp(first, thoughts_open, strlen(thoughts_open)) == 0)
        start = first + strlen(thoughts_open);
    return (struct crux_text){start, (size_t)(end - start)};
}

char *thoughts_of(const char *start, const char *before, const struct chat_sample *sample)
{
    struct thoughts_piece said = thoughts_drop(start, before, sample);
    struct crux_text inside = thoughts_inside(start, &said);
    size_t apart = strlen(sample->reasoning), between = apart > 0 && inside.length > 0;
    char *out = malloc(apart + between + inside.length + 1);

    if (out == NULL)
        return NULL;
    memcpy(out, sample->reasoning, apart);
    memset(out + apart, '\n', between);
    memcpy(out + apart + between, inside.start, inside.length);
    out[apart + between + inside.length] = '\0';
    if (*boundary_said(out) == '\0')
        *out = '\0';
    return out;
}

char *thoughts_join(const char *text, const char *before, const struct chat_sample *sample)
{
    const char *reasoning = sample->reasoning, *open = "", *close = "";
    size_t room;
    char *out;

    if (*reasoning != '\0') {
        open = thoughts_are_open(before) ? "" : "<think>\n";
        close = *boundary_said(text) != '\0' ? "\n</think>\n\n" : "";
    }
    room = strlen(open) + strlen(reasoning) + strlen(close) + strlen(text) + 1;
    out = malloc(room);
    if (out != NULL)
        (void)stpcpy(stpcpy(stpcpy(stpcpy(out, open), reasoning), close), text);
    return out;
}

const char *thoughts_sentence(unsigned seen, bool kept)
{
    if (seen == THOUGHTS_CUT)
        return "the model thinks before it speaks, and its thoughts were cut off where a step ends "
               "or at the most tokens, so no step came of them: let thoughts be the steps "
               "(--thoughts steps), or switch thinking off at the server";
    if (seen == THOUGHTS_LEFT && kept)
        return "the model thinks before it speaks: its thoughts are in no step and kept beside "
               "each finished tree (crux show, view trees)";
    if (seen == THOUGHTS_LEFT)
        return "the model thinks before it speaks: its thoughts are in the ledger and in no step "
               "(--thoughts keep keeps them beside the tree, --thoughts steps makes them steps)";
    return "the model thinks before it speaks, and a step ended in its thoughts: those are steps, "
           "up to their </think> (--thoughts steps makes all of them steps)";
}
