/*
 * match_judged.h - whole texts, and what critic match must say of them: as a run judges, found,
 * read, compared.
 */
#ifndef TESTS_MATCH_JUDGED_H
#define TESTS_MATCH_JUDGED_H

#include "critics/crux_critics.h"

#include <criterion/criterion.h>
#include <string.h>

struct judged {
    const char *text, *reference;
    enum crux_verdict verdict;
};

#define RIGHT(text, reference)                                                                     \
    {                                                                                              \
        text, reference, CRUX_RIGHT                                                                \
    }
#define WRONG(text, reference)                                                                     \
    {                                                                                              \
        text, reference, CRUX_WRONG                                                                \
    }
#define UNKNOWN(text, reference)                                                                   \
    {                                                                                              \
        text, reference, CRUX_UNKNOWN                                                              \
    }

static const char *const verdict_names[] = {
    [CRUX_UNKNOWN] = "UNKNOWN", [CRUX_RIGHT] = "RIGHT", [CRUX_WRONG] = "WRONG"};

static enum crux_verdict verdict_on(struct crux_critic *critic, const char *text,
                                    const char *reference)
{
    const struct crux_problem problem = {.id = "pair", .prompt = "", .answer = reference};
    const struct crux_step step = {
        .text = text, .length = (uint32_t)strlen(text), .depth = 1, .kind = CRUX_ANSWER};
    struct crux_call call = {
        .verb = CRUX_JUDGE, .count = 1, .candidates = &step, .state = {.problem = &problem}};
    enum crux_verdict verdict;

    cr_assert_eq(critic->port.ask(&critic->port, &call), CRUX_DONE);
    verdict = call.reply.outcomes[0].verdict;
    critic->port.release(&critic->port, &call.reply);
    return verdict;
}

static void judge_all(const char *description, const struct judged *pairs, size_t count)
{
    struct crux_critic *critic = NULL;
    struct crux_error error = {""};

    cr_assert_eq(crux_critic_open(&critic, CRUX_ROLE_OUTCOME, description, NULL, &error), CRUX_OK,
                 "%s", error.text);
    for (size_t i = 0; i < count; i++) {
        enum crux_verdict verdict = verdict_on(critic, pairs[i].text, pairs[i].reference);

        cr_expect_eq(verdict, pairs[i].verdict, "`%s` to a reference of `%s` is %s, not %s",
                     pairs[i].text, pairs[i].reference, verdict_names[verdict],
                     verdict_names[pairs[i].verdict]);
    }
    crux_critic_close(critic);
}

#define JUDGE(pairs) judge_all("match", pairs, sizeof(pairs) / sizeof *(pairs))

#endif
