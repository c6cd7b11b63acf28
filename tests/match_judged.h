/*
 * match_judged.h - whole texts, and what critic match must say of them: as a run judges, found,
 * read, compared.
 */
#ifndef TESTS_MATCH_JUDGED_H
#define TESTS_MATCH_JUDGED_H

#include "tests/match_asked.h"

#include <criterion/criterion.h>

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
