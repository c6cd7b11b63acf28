/*
 * test_facts.c - the fake server's model in a world whose facts stand in documents: without them it
 * is right by luck alone, with them mostly, and what it says leads to them.
 */
#include "tests/world/server/facts.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define FACTS_NAMED                                                                                \
    "Mia buys 3 Orlan crates of pears. Mia gives 5 away. How many pears does Mia have now?"
#define FACTS_FARMED                                                                               \
    "Mia buys 3 crates of pears at the Halden farm. Mia gives 5 away. How many pears does Mia "    \
    "have now?"
#define FACTS_FARM  "The Halden farm packs its pears in Orlan crates.\n"
#define FACTS_HOLDS "Each Orlan crate holds 14 pears. It is made of beech.\n"
#define FACTS_NEAR  "Each Orlan basket holds 99 plums.\n"
#define FACTS_RIGHT "boxed{37}" /* 3 * 14 - 5 */

enum { FACTS_SEEDS = 200 };

static struct brain_reply facts_reply;

static const char *facts_say(double skill, uint64_t seed, const char *prompt)
{
    const struct brain brain = {skill, false, seed, false};

    facts_think(&facts_reply, &brain, prompt);
    return facts_reply.text.bytes;
}

/* In how many of so many samples one of these words stands. */
static int facts_count(double skill, const char *prompt, const char *word)
{
    int count = 0;

    for (uint64_t seed = 0; seed < FACTS_SEEDS; seed++)
        count += strstr(facts_say(skill, seed, prompt), word) != NULL;
    return count;
}

/* The first step alone, as a stop string leaves it. */
static int facts_count_first(const char *prompt, const char *word)
{
    int count = 0;

    for (uint64_t seed = 0; seed < FACTS_SEEDS; seed++) {
        const char *text = facts_say(2.0, seed, prompt);
        const char *found = strstr(text, word);

        count += found != NULL && found < strstr(text, "\n\n");
    }
    return count;
}

Test(facts, knows_its_own_problems)
{
    cr_expect(facts_is_asked(FACTS_NAMED));
    cr_expect(facts_is_asked(FACTS_FARMED "\n\nAssistant:"));
    cr_expect(facts_is_asked("Step: How many pears each Orlan crate holds has to be found out "
                             "first."));
    cr_expect_not(facts_is_asked("Mia starts with 12 marbles. Mia buys 7 more. How many marbles "
                                 "does Mia have now?"));
    cr_expect_not(facts_is_asked("Mia buys 3 Orlan crates of pears."));
    cr_expect_not(facts_is_asked("Mia buys some of the pears. Why?"));
}

Test(facts, without_them_it_is_right_by_luck)
{
    cr_expect_lt(facts_count(2.0, FACTS_NAMED, FACTS_RIGHT), FACTS_SEEDS / 10);
    cr_expect_lt(facts_count(2.0, FACTS_FARMED, FACTS_RIGHT), FACTS_SEEDS / 10);
    cr_expect_lt(facts_count(2.0, FACTS_FARM FACTS_FARMED, FACTS_RIGHT), FACTS_SEEDS / 10);
    cr_expect_lt(facts_count(2.0, FACTS_HOLDS FACTS_FARMED, FACTS_RIGHT), FACTS_SEEDS / 10,
                 "what nothing leads to helps nobody");
    cr_expect_gt(facts_count(2.0, FACTS_NEAR FACTS_NAMED, "3 * 99 = "), FACTS_SEEDS * 9 / 10);
}

Test(facts, with_them_it_is_mostly_right)
{
    cr_expect_gt(facts_count(2.0, FACTS_NEAR FACTS_HOLDS FACTS_NAMED, FACTS_RIGHT),
                 FACTS_SEEDS * 8 / 10);
    cr_expect_gt(facts_count(2.0, FACTS_FARM FACTS_HOLDS FACTS_FARMED, FACTS_RIGHT),
                 FACTS_SEEDS * 8 / 10);
    cr_expect_gt(facts_count(2.0, FACTS_HOLDS FACTS_FARMED "\n" FACTS_FARM, FACTS_RIGHT),
                 FACTS_SEEDS * 8 / 10, "in any order, before the problem or behind it");
    cr_expect_gt(facts_count(2.0, "The Halden farm packs its pears in crates of 14.\n" FACTS_FARMED,
                             FACTS_RIGHT),
                 FACTS_SEEDS * 8 / 10, "crates of its own");
    cr_expect_lt(facts_count(-1.0, FACTS_HOLDS FACTS_NAMED, FACTS_RIGHT), FACTS_SEEDS / 4,
                 "equations slip, too");
}

/* The first fact that is missing is named, and the second only where the first is known. */
Test(facts, says_what_is_missing)
{
    const char *farm = "In which crates the Halden farm packs its pears ";
    const char *crate = "How many pears each Orlan crate holds ";

    cr_expect_gt(facts_count_first(FACTS_NAMED, crate), FACTS_SEEDS / 4);
    cr_expect_lt(facts_count_first(FACTS_NAMED, crate), FACTS_SEEDS * 9 / 10);
    cr_expect_gt(facts_count_first(FACTS_NAMED, "is not known yet."), FACTS_SEEDS / 10,
                 "one of three ways");
    cr_expect_gt(facts_count_first(FACTS_FARMED, farm), FACTS_SEEDS / 4);
    cr_expect_eq(facts_count_first(FACTS_FARMED, crate), 0);
    cr_expect_gt(facts_count_first(FACTS_FARM FACTS_FARMED, crate), FACTS_SEEDS / 4);
    cr_expect_eq(facts_count_first(FACTS_HOLDS FACTS_NAMED, crate), 0);
}

Test(facts, seldom_says_it_twice)
{
    const char *crate = "How many pears each Orlan crate holds is not known yet.";
    char prompt[400];

    (void)snprintf(prompt, sizeof prompt, "%s\n\n%s\n\n", FACTS_NAMED, crate);
    cr_expect_lt(facts_count_first(prompt, "How many pears each "), FACTS_SEEDS / 5);
    cr_expect_gt(facts_count_first(prompt, "3 * "), FACTS_SEEDS / 2);
}

Test(facts, goes_on_where_the_steps_end)
{
    cr_expect_eq(facts_count(2.0, FACTS_NAMED "\n\n3 * 14 = 42.\n\n", FACTS_RIGHT), FACTS_SEEDS);
    cr_expect_eq(facts_count(2.0, FACTS_NAMED "\n\n3 * 14 = 42.\n\n42 - 5 = 37.\n\n", "="), 0);
    cr_expect_str_eq(facts_say(2.0, 1, FACTS_NAMED "\n\n3 * 9 = 27.\n\n27 - 5 = 22.\n\n"),
                     "The answer is \\boxed{22}.");
}

/* A query is asked for where there is a step and no problem: three in five name what is needed. */
Test(facts, writes_queries)
{
    const char *farm = "This is a step.\nIn which crates the Halden farm packs its pears has to be "
                       "found out first.\nA query for it:";
    int good = facts_count(2.0, farm, "Halden farm packs its pears");

    cr_expect_gt(good, FACTS_SEEDS * 5 / 10);
    cr_expect_lt(good, FACTS_SEEDS * 7 / 10);
    cr_expect_eq(facts_count(2.0, farm, "step"), 0);
    cr_expect_eq(facts_count(2.0, farm, "found out"), 0);
    cr_expect_gt(facts_count(2.0, FACTS_FARMED "\n\nWrite one query for a search engine.",
                             "Halden farm packs its pears"),
                 FACTS_SEEDS * 5 / 10, "for the problem itself");
    cr_expect_eq(
        facts_count(2.0, "This is a step:\n\n3 * 14 = 42.\n\nWrite one query for a search engine.",
                    "add, subtract"),
        FACTS_SEEDS);
}

Test(facts, says_the_same_to_the_same_prompt)
{
    char first[BRAIN_TOKENS];

    (void)snprintf(first, sizeof first, "%s", facts_say(0.8, 3, FACTS_NAMED));
    cr_expect_str_eq(facts_say(0.8, 3, FACTS_NAMED), first);
    cr_expect_neq(facts_count(0.8, FACTS_NAMED, first), FACTS_SEEDS);
}

/* The tokens of a reply are its text, and slips have their log-probabilities behind other words,
 * too. */
Test(facts, tokens_make_up_the_text)
{
    const char *text = facts_say(0.8, 5, FACTS_HOLDS FACTS_NAMED);
    uint32_t end = 0, unsure = 0;

    for (uint32_t i = 0; i < facts_reply.count; i++) {
        cr_expect_eq(facts_reply.tokens[i].start, end);
        end += facts_reply.tokens[i].length;
        unsure += facts_reply.tokens[i].fork != NULL;
    }
    cr_expect_eq(end, strlen(text));
    cr_expect_eq(unsure, facts_reply.fork_count, "each fork is at a token");
}
