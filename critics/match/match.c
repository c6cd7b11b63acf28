/*
 * match.c - critic `match`: is the final answer the reference answer?
 *
 * The reference is read once per call. It may be a bare answer or a whole solution that
 * ends in one, as data sets have both.
 */
#include "critics/match/match.h"

#include "critics/match/path.h"
#include "critics/match/compare.h"

#include <stdlib.h>
#include <string.h>

struct match_critic {
    struct crux_critic critic;
    double tolerance;
};

static struct match_form *read_reference(const char *answer)
{
    struct crux_text found = match_find(answer, strlen(answer));

    return found.length > 0 ? match_read(found.start, found.length)
                            : match_read(answer, strlen(answer));
}

static const enum crux_verdict verdicts[] = {
    [MATCH_UNKNOWN] = CRUX_UNKNOWN, [MATCH_EQUAL] = CRUX_RIGHT, [MATCH_UNEQUAL] = CRUX_WRONG};

enum crux_verdict crux_grade(const char *answer, const char *reference)
{
    struct match_form *said = match_read(answer, strlen(answer));
    struct match_form *right = read_reference(reference);
    enum match match = MATCH_UNKNOWN;

    if (said != NULL && right != NULL)
        match = match_compare(said, right, 0.0);
    match_free(said);
    match_free(right);
    return verdicts[match];
}

static struct crux_outcome match_grade(const struct match_critic *self,
                                       const struct match_form *form,
                                       const struct match_form *reference)
{
    enum match match = MATCH_UNKNOWN;

    if (reference != NULL)
        match = match_compare(form, reference, self->tolerance);
    return (struct crux_outcome){.reward = match == MATCH_EQUAL ? 1.0 : 0.0,
                                 .verdict = verdicts[match],
                                 .answer = match_text(form)};
}

/* False: no memory. */
static bool judge_one(const struct match_critic *self, struct crux_call *call, uint32_t i,
                      const struct match_form *reference)
{
    char *answer = match_path_answer(&call->candidates[i]);
    struct match_form *form = answer != NULL ? match_read(answer, strlen(answer)) : NULL;

    if (form != NULL)
        match_path_put(call, i, match_grade(self, form, reference));
    match_free(form);
    free(answer);
    return form != NULL;
}

static int judge(struct crux_port *port, struct crux_call *call)
{
    struct match_critic *self = (struct match_critic *)(void *)port;
    const char *answer = call->state.problem->answer;
    struct match_form *reference = answer != NULL ? read_reference(answer) : NULL;
    bool memory = answer == NULL || reference != NULL;
    int status = match_path_reply(call);

    for (uint32_t i = 0; i < call->count && memory && status == CRUX_DONE; i++)
        memory = judge_one(self, call, i, reference);
    match_free(reference);
    if (status == CRUX_DONE && !memory) {
        match_path_release(port, &call->reply);
        call->reply = (struct crux_reply){.sentence = "no memory to judge answers"};
        status = CRUX_MEMORY;
    }
    return status;
}

static void close_match(struct crux_port *port)
{
    free(port);
}

static int read_tolerance(const char *argument, double *tolerance, struct crux_error *error)
{
    static const char name[] = "tolerance=";
    char *end = NULL;

    if (argument == NULL)
        return CRUX_OK;
    if (strncmp(argument, name, sizeof name - 1) == 0)
        *tolerance = strtod(argument + sizeof name - 1, &end);
    if (end == NULL || *end != '\0' || !(*tolerance > 0.0 && *tolerance < 1.0))
        return crux_fail(error, CRUX_INVALID,
                         "critic match takes tolerance=X with 0 < X < 1, and got `%s`", argument);
    return CRUX_OK;
}

int match_new(struct crux_critic **out, const char *argument, struct crux_backends *backends,
              struct crux_error *error)
{
    struct match_critic *self;
    double tolerance = 0.0;
    int status = read_tolerance(argument, &tolerance, error);

    (void)backends;
    if (status != CRUX_OK)
        return status;
    self = calloc(1, sizeof *self);
    if (self == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for critic match");
    self->tolerance = tolerance;
    self->critic.port = (struct crux_port){.name = "match",
                                           .instant = true,
                                           .ask = judge,
                                           .release = match_path_release,
                                           .close = close_match};
    self->critic.verbs = 1u << CRUX_JUDGE;
    self->critic.sees_reference = true;
    *out = &self->critic;
    return CRUX_OK;
}
