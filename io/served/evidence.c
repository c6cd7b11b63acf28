/*
 * evidence.c - a series of refusals, the calls that were out when it began, and the ruling.
 */
#include "io/served/evidence.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <utlist.h>

#define NO_PROBLEM UINT64_MAX

/* True: it was not among them. Beyond EVIDENCE_MOST nobody counts. */
static bool add_problem(struct evidence_problems *problems, const struct crux_problem *problem)
{
    uint64_t ordinal = problem != NULL ? problem->ordinal : NO_PROBLEM;

    for (uint32_t i = 0; i < problems->count; i++)
        if (problems->ordinals[i] == ordinal)
            return false;
    if (problems->count < EVIDENCE_MOST)
        problems->ordinals[problems->count++] = ordinal;
    return true;
}

/* --- refusals ------------------------------------------------------------------------------ */

static bool in_series(const struct evidence *evidence)
{
    return evidence->refused.count > 0;
}

static void end_series(struct evidence *evidence)
{
    evidence->series++;
    evidence->before = evidence->calls = 0;
    evidence->refused.count = 0;
}

static struct evidence_ruling rule_on_held(struct evidence *evidence, bool run)
{
    struct evidence_ruling ruling = {evidence->held, run};
    struct evidence_case *one;

    LL_FOREACH (evidence->held, one)
        one->held = false;
    evidence->held = NULL;
    return ruling;
}

/* Has the series shown that the configuration cannot work? */
static bool is_about_all(const struct evidence *evidence)
{
    uint32_t questions = evidence->refused.count, calls = evidence->calls;
    bool enough = questions >= (evidence->came ? EVIDENCE_QUESTIONS : 1) || calls >= EVIDENCE_CALLS;

    return questions >= EVIDENCE_MOST || calls >= EVIDENCE_MOST ||
           (enough && evidence->before == 0);
}

/* Nothing that is out can tell more: what is held is ruled on. */
static struct evidence_ruling rule(struct evidence *evidence)
{
    if (!in_series(evidence))
        return (struct evidence_ruling){NULL, false};
    if (is_about_all(evidence))
        return rule_on_held(evidence, true);
    return evidence->out == 0 ? rule_on_held(evidence, false)
                              : (struct evidence_ruling){NULL, false};
}

static void come_in(struct evidence *evidence, const struct evidence_case *one)
{
    assert(evidence->out > 0);
    evidence->out--;
    if (one->series != evidence->series && evidence->before > 0)
        evidence->before--;
}

void evidence_sent(struct evidence *evidence, struct evidence_case *one,
                   const struct crux_problem *problem)
{
    *one = (struct evidence_case){.problem = problem, .series = evidence->series};
    evidence->out++;
}

struct evidence_ruling evidence_came(struct evidence *evidence, struct evidence_case *one)
{
    come_in(evidence, one);
    evidence->came = true;
    end_series(evidence);
    return rule_on_held(evidence, false);
}

struct evidence_ruling evidence_refused(struct evidence *evidence, struct evidence_case *one,
                                        bool about_all)
{
    come_in(evidence, one);
    if (!in_series(evidence)) {
        evidence->series++; /* those that are out are of the one before */
        evidence->before = evidence->out;
    }
    (void)add_problem(&evidence->refused, one->problem);
    evidence->calls += about_all;
    one->held = true;
    LL_APPEND(evidence->held, one);
    return rule(evidence);
}

struct evidence_ruling evidence_ended(struct evidence *evidence, struct evidence_case *one)
{
    come_in(evidence, one);
    return rule(evidence);
}

bool evidence_let_go(struct evidence *evidence, struct evidence_case *one)
{
    if (!one->held)
        return false;
    LL_DELETE(evidence->held, one);
    one->held = false;
    return true;
}

/* --- the guard -------------------------------------------------------------------------------- */

void evidence_used(struct evidence *evidence, enum served_way way)
{
    evidence->guards[way].used = true;
}

/* The last place counts all for which there is none. */
static void count_reason(struct evidence_guard *guard, const char *text)
{
    struct evidence_reason *reason = guard->reasons;

    while (reason < guard->reasons + EVIDENCE_REASONS - 1 && reason->count > 0 &&
           strncmp(reason->text, text, sizeof reason->text - 1) != 0)
        reason++;
    if (reason->count == 0)
        (void)snprintf(reason->text, sizeof reason->text, "%s", text);
    reason->count++;
    guard->dropped++;
}

bool evidence_dropped(struct evidence *evidence, enum served_way way,
                      const struct crux_problem *problem, const char *reason)
{
    struct evidence_guard *guard = &evidence->guards[way];

    if (guard->used)
        return false;
    count_reason(guard, reason);
    (void)add_problem(&guard->problems, problem);
    return guard->problems.count >= EVIDENCE_QUESTIONS;
}

bool evidence_barren(const struct evidence *evidence, struct crux_error *why)
{
    static const char *const ways[SERVED_WAYS] = {
        [SERVED_READ] = "could be read",
        [SERVED_STEPS] = "held a next step",
        [SERVED_ANSWERS] = "held an answer",
    };

    for (int way = 0; way < SERVED_WAYS; way++) {
        const struct evidence_guard *guard = &evidence->guards[way];
        const struct evidence_reason *most = guard->reasons;

        if (guard->used || guard->dropped == 0)
            continue;
        for (int i = 1; i < EVIDENCE_REASONS; i++)
            if (guard->reasons[i].count > most->count)
                most = &guard->reasons[i];
        (void)crux_fail(why, CRUX_INVALID,
                        "none of the %u replies to the first %u problems %s; most often (%u "
                        "times): %s",
                        guard->dropped, guard->problems.count, ways[way], most->count, most->text);
        return true;
    }
    return false;
}
