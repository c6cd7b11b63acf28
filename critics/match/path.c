/*
 * path.c - what the critics of answers share: the final answer of a whole path, and replies.
 */
#include "critics/match/path.h"

#include "critics/match/token.h"
#include "io/steps.h"

#include <stdlib.h>
#include <string.h>

char *match_path_answer(const struct crux_step *last)
{
    struct crux_text found;
    size_t length;
    char *text =
        steps_join_solution(last, (struct crux_text){"\n", 1}, last != NULL ? "\n" : "", &length);

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
