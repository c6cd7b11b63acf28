/*
 * letters.c - answers of one letter, and a critic that reads them.
 */
#include "tests/world/letters.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void letters_join(const struct crux_step *last, char *out, size_t room)
{
    if (last == NULL)
        return;
    letters_join(last->previous, out, room);
    if (last->previous != NULL)
        strncat(out, "/", room - strlen(out) - 1);
    strncat(out, last->text, room - strlen(out) - 1);
}

static const char *letters_of(const struct letters *self, const char *steps)
{
    for (const struct letters_row *row = self->rows; row->steps != NULL; row++)
        if (strcmp(row->steps, steps) == 0)
            return row->letters;
    return "W";
}

static char letters_at(const char *row, uint32_t sample)
{
    size_t length = strlen(row);

    return row[sample < length ? sample : length - 1];
}

static void letters_log(struct letters *self, const char *steps, const struct crux_call *call)
{
    char entry[300];

    (void)snprintf(entry, sizeof entry, "%s %u+%u ", steps, call->sample, call->count);
    assert(strlen(self->log) + strlen(entry) < sizeof self->log);
    (void)strcat(self->log, entry);
    self->seed = call->seed;
    if (++self->calls == self->kill_at)
        (void)raise(SIGKILL);
    self->outstanding++;
}

static int letters_answer(struct crux_call *call, const char *row)
{
    static const char *const texts[] = {"R", "W", "U", "X"};
    struct crux_proposal *proposals = calloc(call->count, sizeof *proposals);
    uint32_t count = 0;

    for (; count < call->count && letters_at(row, call->sample + count) != '.'; count++)
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
            if (texts[i][0] == letters_at(row, call->sample + count))
                proposals[count] =
                    (struct crux_proposal){.text = texts[i], .prior = 1, .terminal = true};
    call->reply.count = count;
    call->reply.proposals = proposals;
    call->reply.owner = proposals;
    return CRUX_DONE;
}

static int letters_propose(struct crux_port *port, struct crux_call *call)
{
    struct letters *self = (struct letters *)(void *)port;
    char steps[200] = "";
    const char *row;

    assert(call->verb == CRUX_PROPOSE && call->kind == CRUX_ANSWER && call->count > 0);
    assert((call->state.last == NULL ? 0 : call->state.last->depth) == call->state.depth);
    letters_join(call->state.last, steps, sizeof steps);
    row = letters_of(self, steps);
    (void)pthread_mutex_lock(&self->lock);
    letters_log(self, steps, call);
    self->outstanding -= letters_at(row, call->sample) == 'F'; /* it has no reply */
    (void)pthread_mutex_unlock(&self->lock);
    if (letters_at(row, call->sample) != 'F')
        return letters_answer(call, row);
    call->reply.sentence = "the policy would not";
    return CRUX_FAILED;
}

static int letters_judge(struct crux_port *port, struct crux_call *call)
{
    struct letters *self =
        (struct letters *)(void *)((char *)port - offsetof(struct letters, critic));
    struct crux_outcome *outcomes = calloc(call->count, sizeof *outcomes);

    assert(call->verb == CRUX_JUDGE && call->count > 0);
    for (uint32_t i = 0; i < call->count; i++) {
        const struct crux_step *answer = &call->candidates[i];

        assert(answer->kind == CRUX_ANSWER && answer->terminal);
        assert(answer->previous == call->state.last);
        if (answer->text[0] == 'X') {
            free(outcomes);
            call->reply.sentence = "the critic would not";
            return CRUX_FAILED;
        }
        outcomes[i].verdict = answer->text[0] == 'R'   ? CRUX_RIGHT
                              : answer->text[0] == 'W' ? CRUX_WRONG
                                                       : CRUX_UNKNOWN;
    }
    call->reply.count = call->count;
    call->reply.outcomes = outcomes;
    call->reply.completion_tokens = self->tokens;
    call->reply.owner = outcomes;
    (void)pthread_mutex_lock(&self->lock);
    self->judged += call->count;
    self->outstanding++;
    (void)pthread_mutex_unlock(&self->lock);
    return CRUX_DONE;
}

static void letters_take_back(struct letters *self, struct crux_reply *reply)
{
    free(reply->owner);
    (void)pthread_mutex_lock(&self->lock);
    assert(self->outstanding > 0);
    self->outstanding--;
    (void)pthread_mutex_unlock(&self->lock);
}

static void letters_release_policy(struct crux_port *port, struct crux_reply *reply)
{
    letters_take_back((struct letters *)(void *)port, reply);
}

static void letters_release_critic(struct crux_port *port, struct crux_reply *reply)
{
    letters_take_back((struct letters *)(void *)((char *)port - offsetof(struct letters, critic)),
                      reply);
}

void letters_open(struct letters *letters, const struct letters_row *rows)
{
    *letters = (struct letters){.rows = rows};
    (void)pthread_mutex_init(&letters->lock, NULL);
    letters->policy.port = (struct crux_port){.name = "letters",
                                              .instant = true,
                                              .ask = letters_propose,
                                              .release = letters_release_policy};
    letters->critic.port = (struct crux_port){.name = "letters",
                                              .instant = true,
                                              .ask = letters_judge,
                                              .release = letters_release_critic};
    letters->critic.verbs = 1U << CRUX_JUDGE;
}
