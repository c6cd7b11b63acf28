/*
 * path.c - one block of memory a path, one a reply.
 *
 * The links of a path go backwards, so its text is written from the end.
 */
#include "critics/match/path.h"

#include "critics/match/token.h"

#include <stdlib.h>
#include <string.h>

static char *join(const struct crux_step *last, size_t *length)
{
    size_t total = 0;
    char *text, *at;

    for (const struct crux_step *step = last; step != NULL; step = step->previous)
        total += step->length + 1u;
    text = malloc(total + 1);
    if (text == NULL)
        return NULL;
    at = text + total;
    *at = '\0';
    for (const struct crux_step *step = last; step != NULL; step = step->previous) {
        *--at = '\n';
        at -= step->length;
        memcpy(at, step->text, step->length);
        for (char *c = at; (c = memchr(c, '\v', step->length - (size_t)(c - at))) != NULL;)
            *c = '\n'; /* a line break inside a step */
    }
    *length = total;
    return text;
}

char *match_path_answer(const struct crux_step *last)
{
    struct crux_text found;
    size_t length;
    char *text = join(last, &length);

    if (text == NULL)
        return NULL;
    found = match_find(text, length);
    if (found.length > 0)
        memmove(text, found.start, found.length);
    text[found.length] = '\0';
    return text;
}

int match_path_reply(struct crux_call *call)
{
    struct crux_outcome *outcomes = calloc(call->count, sizeof *outcomes + MATCH_TEXT);
    char *texts;

    if (outcomes == NULL) {
        call->reply.sentence = "no memory to judge answers";
        return CRUX_MEMORY;
    }
    texts = (char *)(outcomes + call->count);
    for (uint32_t i = 0; i < call->count; i++)
        outcomes[i].answer = texts + (size_t)i * MATCH_TEXT;
    call->reply.count = call->count;
    call->reply.outcomes = outcomes;
    call->reply.owner = outcomes;
    return CRUX_DONE;
}

void match_path_put(struct crux_call *call, uint32_t i, struct crux_outcome outcome)
{
    struct crux_outcome *outcomes = call->reply.owner;
    char *text = (char *)(outcomes + call->count) + (size_t)i * MATCH_TEXT;
    size_t length = strnlen(outcome.answer, MATCH_TEXT - 1);

    memcpy(text, outcome.answer, length);
    text[length] = '\0';
    outcomes[i] = outcome;
    outcomes[i].answer = text;
}

void match_path_release(struct crux_port *self, struct crux_reply *reply)
{
    (void)self;
    free(reply->owner);
}
