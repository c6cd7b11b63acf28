/*
 * test_bisect.c - what io/passes/bisect.h promises: the order in which prefixes are tried, and what
 * follows, against every path of up to eleven steps with every place to go wrong.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "io/passes/bisect.h"

enum { MOST = 12 };

/* What a path's prefixes are: a letter each (A alive, D dead, U undecided), that of all steps the
 * last one. Which are tried is written down. */
struct trial {
    const char *truth;
    size_t shared, guess;
    bool every, asks_whole; /* the whole path has no answer */
    char tried[100];
    uint8_t states[MOST + 1];
    size_t count, from, to, probes;
    enum bisect_outcome outcome;
};

static enum bisect_state state_of(char letter)
{
    return letter == 'A' ? BISECT_ALIVE : letter == 'D' ? BISECT_DEAD : BISECT_UNDECIDED;
}

static struct bisect bisect_of(const struct trial *trial)
{
    return (struct bisect){trial->states, trial->count, trial->shared, trial->guess, trial->every};
}

static void run(struct trial *trial)
{
    struct bisect bisect;
    size_t prefix;

    trial->count = strlen(trial->truth) - 1;
    if (!trial->asks_whole)
        trial->states[trial->count] = BISECT_DEAD;
    bisect = bisect_of(trial);
    while ((prefix = bisect_next(&bisect)) != BISECT_NONE) {
        char word[24];

        cr_assert_leq(prefix, trial->count);
        cr_assert_eq(trial->states[prefix], BISECT_UNASKED);
        trial->states[prefix] = (uint8_t)state_of(trial->truth[prefix]);
        trial->probes++;
        (void)snprintf(word, sizeof word, "%zu ", prefix);
        (void)strcat(trial->tried, word);
    }
    trial->outcome = bisect_conclude(&bisect, &trial->from, &trial->to);
}

static struct trial of(const char *truth)
{
    struct trial trial = {.truth = truth, .guess = BISECT_NONE};

    run(&trial);
    return trial;
}

static void insist(const struct trial *trial, const char *tried, enum bisect_outcome outcome,
                   size_t from, size_t to)
{
    cr_expect_str_eq(trial->tried, tried, "%s", trial->truth);
    cr_expect_eq(trial->outcome, outcome, "%s: %d", trial->truth, (int)trial->outcome);
    if (outcome == BISECT_FOUND || outcome == BISECT_BETWEEN)
        cr_expect(trial->from == from && trial->to == to, "%s: %zu .. %zu", trial->truth,
                  trial->from, trial->to);
}

/* First what the search stands on, then the middle, and the middle of what is left. */
Test(bisect, order)
{
    struct trial trial = of("AAAADDDDD");

    insist(&trial, "0 4 2 3 ", BISECT_FOUND, 3, 3);
    trial = of("ADDDDDDDD");
    insist(&trial, "0 4 2 1 ", BISECT_FOUND, 0, 0);
    trial = of("AAAAAAAAD");
    insist(&trial, "0 4 6 7 ", BISECT_FOUND, 7, 7);
    trial = of("AD");
    insist(&trial, "0 ", BISECT_FOUND, 0, 0);
}

/* Nothing right from the beginning: nothing else is tried. */
Test(bisect, hopeless)
{
    struct trial trial = of("DDDDD");

    insist(&trial, "0 ", BISECT_HOPELESS, 0, 0);
    trial = of("UDDDD");
    insist(&trial, "0 ", BISECT_UNCLEAR, 0, 0);
    trial = of("DD");
    insist(&trial, "0 ", BISECT_HOPELESS, 0, 0);
}

/* What a right path shares comes before the middle; steps of it are never named. */
Test(bisect, shared)
{
    struct trial trial = {.truth = "AAAADDDDD", .shared = 3, .guess = BISECT_NONE};

    run(&trial);
    insist(&trial, "3 5 4 ", BISECT_FOUND, 3, 3);
    trial = (struct trial){.truth = "AADDDDDDD", .shared = 3, .guess = BISECT_NONE};
    run(&trial);
    insist(&trial, "3 ", BISECT_HOPELESS, 0, 0);
}

/* What is known before is not asked, and is where it begins. */
Test(bisect, known)
{
    struct trial trial = {.truth = "AAAAAADDD", .guess = BISECT_NONE};

    trial.states[5] = BISECT_ALIVE;
    trial.states[7] = BISECT_DEAD;
    run(&trial);
    insist(&trial, "6 ", BISECT_FOUND, 5, 5);
}

/* Dead before alive is no order in which anything can be said. */
Test(bisect, not_monotone)
{
    struct trial trial = {.truth = "DAAAAADDD", .guess = BISECT_NONE};

    trial.states[0] = BISECT_DEAD;
    trial.states[5] = BISECT_ALIVE;
    run(&trial);
    insist(&trial, "", BISECT_NOT_MONOTONE, 0, 0);
    trial = (struct trial){.truth = "AADDADDDD", .guess = BISECT_NONE, .every = true};
    run(&trial);
    insist(&trial, "0 1 2 3 4 5 6 7 ", BISECT_NOT_MONOTONE, 0, 0);
    trial = (struct trial){.truth = "AADDDDDDD", .guess = BISECT_NONE, .every = true};
    run(&trial);
    insist(&trial, "0 1 2 3 4 5 6 7 ", BISECT_FOUND, 1, 1);
}

/* Around what stays undecided, first before it, then behind it. */
Test(bisect, undecided)
{
    struct trial trial = of("AAAUUUDDD");

    insist(&trial, "0 4 2 3 6 5 ", BISECT_BETWEEN, 2, 5);
    trial = of("AAAAAUDDD");
    insist(&trial, "0 4 6 5 ", BISECT_BETWEEN, 4, 5);
    trial = of("AAAAUAADD");
    insist(&trial, "0 4 2 3 6 7 ", BISECT_FOUND, 6, 6);
    trial = of("AUUUUUUUD");
    insist(&trial, "0 4 2 1 6 7 ", BISECT_BETWEEN, 0, 7);
    trial = of("AUD");
    insist(&trial, "0 1 ", BISECT_BETWEEN, 0, 1);
}

/* A guess is tried first, and the step behind it; a bad one costs no more than itself. */
Test(bisect, guess)
{
    struct trial trial = {.truth = "AAAADDDDD", .guess = 3};

    run(&trial);
    insist(&trial, "3 4 ", BISECT_FOUND, 3, 3);
    trial = (struct trial){.truth = "AAAADDDDD", .guess = 5};
    run(&trial);
    insist(&trial, "5 0 2 3 4 ", BISECT_FOUND, 3, 3);
    trial = (struct trial){.truth = "AAAADDDDD", .guess = 1};
    run(&trial);
    insist(&trial, "1 2 5 3 4 ", BISECT_FOUND, 3, 3);
    trial = (struct trial){.truth = "AAAAAAAAD", .guess = 7};
    run(&trial);
    insist(&trial, "7 ", BISECT_FOUND, 7, 7);
    trial = (struct trial){.truth = "DDDDDDDDD", .guess = 2};
    run(&trial);
    insist(&trial, "2 0 ", BISECT_HOPELESS, 0, 0);
}

/* A path without an answer is tried as a whole: it may only lack its end. */
Test(bisect, whole)
{
    struct trial trial = {.truth = "AAAAA", .guess = BISECT_NONE, .asks_whole = true};

    run(&trial);
    insist(&trial, "0 4 ", BISECT_WHOLE, 0, 0);
    trial = (struct trial){.truth = "AADDD", .guess = BISECT_NONE, .asks_whole = true};
    run(&trial);
    insist(&trial, "0 4 2 1 ", BISECT_FOUND, 1, 1);
    trial = (struct trial){.truth = "AADDU", .guess = BISECT_NONE, .asks_whole = true};
    run(&trial);
    insist(&trial, "0 4 ", BISECT_UNCLEAR, 0, 0);
    trial = (struct trial){.truth = "AAAAA", .guess = 3, .asks_whole = true};
    run(&trial);
    insist(&trial, "3 4 ", BISECT_WHOLE, 0, 0);
}

static size_t halvings(size_t steps)
{
    size_t count = 0;

    for (; steps > 1; steps = (steps + 1) / 2)
        count++;
    return count;
}

/* Whatever the path, whatever it shares, whatever is guessed: the step is found, with no more
 * probes than binary search takes, and its two neighbours are among them. */
Test(bisect, all_paths)
{
    for (size_t count = 1; count < MOST; count++)
        for (size_t wrong = 0; wrong < count; wrong++)
            for (size_t shared = 0; shared <= wrong; shared++)
                for (size_t guess = shared; guess <= count; guess++) {
                    char truth[MOST + 2] = "";
                    struct trial trial = {.truth = truth,
                                          .shared = shared,
                                          .guess = guess < count ? guess : BISECT_NONE};

                    memset(truth, 'D', count + 1);
                    memset(truth, 'A', wrong + 1);
                    run(&trial);
                    insist(&trial, trial.tried, BISECT_FOUND, wrong, wrong);
                    cr_expect_leq(trial.probes, 1 + halvings(count - shared) +
                                                    (guess < count && guess != wrong ? 2 : 0));
                    cr_expect_eq(trial.states[wrong], BISECT_ALIVE);
                    cr_expect_eq(trial.states[wrong + 1], BISECT_DEAD);
                    cr_expect(guess != wrong || trial.probes <= 2);
                }
}

/* With any set of prefixes that stay undecided: what is said is true, no wider than to the next
 * undecided prefix, and takes no more than twice as many probes. */
Test(bisect, all_undecided)
{
    enum { STEPS = 8 };

    for (size_t wrong = 0; wrong < STEPS; wrong++)
        for (unsigned lost = 0; lost < 1U << STEPS; lost++) {
            char truth[STEPS + 2] = "";
            struct trial trial;

            memset(truth, 'D', STEPS + 1);
            memset(truth, 'A', wrong + 1);
            for (size_t i = 0; i < STEPS; i++)
                truth[i] = lost >> i & 1U ? 'U' : truth[i];
            trial = of(truth);
            cr_expect_eq(trial.outcome == BISECT_UNCLEAR, lost & 1U);
            cr_expect_leq(trial.probes, 2 * halvings(STEPS) + 2);
            if (trial.outcome == BISECT_UNCLEAR)
                continue;
            cr_expect(trial.outcome == BISECT_FOUND || trial.outcome == BISECT_BETWEEN);
            cr_expect(trial.from <= wrong && wrong <= trial.to, "%s", truth);
            cr_expect_eq(trial.outcome == BISECT_FOUND, trial.from == trial.to);
            for (size_t i = trial.from + 1; i <= trial.to; i++)
                cr_expect(trial.states[i] == BISECT_UNDECIDED || trial.states[i] == BISECT_UNASKED);
            cr_expect(trial.from == trial.to ||
                      (truth[trial.from + 1] == 'U' && truth[trial.to] == 'U'));
        }
}
