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
    struct match_rules rules;
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

char *crux_final_answer(const char *solution)
{
    struct crux_text found = match_find(solution, strlen(solution));
    struct match_form *form = found.length > 0 ? match_read(found.start, found.length) : NULL;
    char *answer;

    if (found.length == 0)
        return strdup("");
    answer = form != NULL ? strdup(match_text(form)) : NULL;
    match_free(form);
    return answer;
}

static struct crux_outcome match_grade(const struct match_critic *self,
                                       const struct match_form *form,
                                       const struct match_form *reference)
{
    enum match match = MATCH_UNKNOWN;

    if (reference != NULL)
        match = match_compare_by(form, reference, &self->rules);
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

/* One of tolerance=X and percent=strict, which is length long. */
static bool read_rule(const char *text, size_t length, struct match_rules *rules)
{
    static const char name[] = "tolerance=", strict[] = "percent=strict";
    char *end = NULL;

    if (length == sizeof strict - 1 && memcmp(text, strict, length) == 0)
        return rules->percent_strict = true;
    if (length < sizeof name || memcmp(text, name, sizeof name - 1) != 0)
        return false;
    rules->tolerance = strtod(text + sizeof name - 1, &end);
    return end == text + length && rules->tolerance > 0.0 && rules->tolerance < 1.0;
}

static int read_rules(const char *argument, struct match_rules *rules, struct crux_error *error)
{
    for (const char *at = argument; at != NULL; at = strchr(at, ',') + 1) {
        size_t length = strcspn(at, ",");

        if (!read_rule(at, length, rules))
            return crux_fail(error, CRUX_INVALID,
                             "critic match takes tolerance=X with 0 < X < 1 and percent=strict, "
                             "with a comma between, and got `%s`",
                             argument);
        if (at[length] == '\0')
            break;
    }
    return CRUX_OK;
}

int match_new(struct crux_critic **out, const char *argument, struct crux_backends *backends,
              struct crux_error *error)
{
    struct match_critic *self;
    struct match_rules rules = {.tolerance = 0.0};
    int status = read_rules(argument, &rules, error);

    (void)backends;
    if (status != CRUX_OK)
        return status;
    self = calloc(1, sizeof *self);
    if (self == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for critic match");
    self->rules = rules;
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
