/*
 * ensemble.h - critics `ensemble` and `agree`: several critics as one.
 *
 * All members are asked at once and answer in any order; their scores of a candidate become one by
 * a rule (critics/rule.h). What they said apart is kept in the opinion: judges is the number of
 * members who knew, spread how far apart they were, sentence the first that a member gave.
 *
 * Unknown.   A member that does not know is left out; with `agree` nothing is known then.
 * Verdicts.  The rule is applied to right = 1 and wrong = 0: above a half the answer is right,
 *            below wrong, in between unknown. While some members know a verdict, the rewards of
 *            those who do not are left out. When none does, the rule makes one reward of all, and
 *            the verdict is unknown. Where the rule itself does not know, the reward is the mean.
 *            The canonical answer is the first that a member gives.
 * Weighted.  Each member is asked several times, with different seeds; its weight is how often it
 *            says what it says most often (rule_consistency()). One that is asked in turn is asked
 *            once and weighs 1.
 * Failures.  When a member's call fails, so does the ensemble's, with its sentence: it would
 *            otherwise be a mean of others from time to time.
 *
 * It sees the reference answer when a member does, is asked in turn when a member is, and answers
 * at once when all do.
 *
 * Ownership. It owns its members and closes them.
 * Threads.   As its members.
 */
#ifndef CRITICS_ENSEMBLE_H
#define CRITICS_ENSEMBLE_H

#include "critics/members.h"
#include "critics/rule.h"

struct ensemble_manner {
    enum rule rule;
    uint32_t askings; /* of each member; 1 but for `weighted` */
};

/* From a rule's name; weighted may be weighted=N, with N from 2 to 16, else 3. */
int ensemble_manner_read(struct ensemble_manner *out, struct crux_text word,
                         struct crux_error *error);

/* Of 1 .. MEMBERS_MOST members that answer this verb, SCORE or JUDGE; takes them, also when it
 * fails. name: of its port. CRUX_INVALID: one is asked in turn and another answers late. */
int ensemble_new(struct crux_critic **out, const char *name, const struct ensemble_manner *manner,
                 struct crux_critic *const *members, uint32_t count, enum crux_verb verb,
                 struct crux_error *error);

#endif
