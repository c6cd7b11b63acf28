/*
 * kernel_transposition.c - protocol: equal states are evaluated once (tree/transposition.h).
 *
 * Threads claim one state, or two; who wins evaluates it, plainly, and settles or gives it
 * up. Asserted: one evaluates at a time and sees what the last one left (else it is a race);
 * who gets a value gets the right one, and may read what was written before the settle.
 */
#include "search/tree/transposition.h"
#include "tests/weak/weak.h"

static struct transpositions table;
static uint32_t evaluated[2]; /* belongs to the claim on each state */
static uint32_t settled[3];   /* states, by each thread, a bit each */

static void open_table(uint32_t what)
{
    (void)what;
    weak_expect(transposition_open(&table, 1), "the table opens");
    evaluated[0] = evaluated[1] = 0;
    settled[0] = settled[1] = settled[2] = 0;
}

static void ask(uint32_t thread, uint32_t state, bool gives_up)
{
    uint32_t value = 0;

    switch (transposition_claim(&table, state + 1, &value)) {
    case TRANSPOSITION_MINE:
        evaluated[state]++;
        if (gives_up) {
            transposition_withdraw(&table, state + 1);
            return;
        }
        settled[thread] |= 1u << state;
        transposition_settle(&table, state + 1, 100 + evaluated[state]);
        break;
    case TRANSPOSITION_KNOWN:
        weak_expect(value == 100 + evaluated[state], "the value that was settled");
        break;
    case TRANSPOSITION_TAKEN:
        break;
    case TRANSPOSITION_FULL:
        weak_expect(false, "there is room for both");
    }
}

static void ask_both(uint32_t thread)
{
    ask(thread, 0, false);
    ask(thread, 1, false);
}

static void ask_backwards(uint32_t thread)
{
    ask(thread, 1, false);
    ask(thread, 0, false);
}

static void ask_first(uint32_t thread)
{
    ask(thread, 0, false);
}

static void give_up(uint32_t thread)
{
    ask(thread, 0, true);
}

static void judge(uint32_t states)
{
    weak_expect((settled[0] & settled[1]) == 0, "no state is settled twice");
    weak_expect(states == 0 || (settled[0] | settled[1]) == states, "all are settled");
    weak_expect(states == 0 || evaluated[0] + evaluated[1] == 2, "each by one evaluation");
}

static const struct weak_scene scenes[] = {
    {"two states", 3, open_table, {ask_both, ask_backwards}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"one gives up", 0, open_table, {ask_first, give_up}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"three", 0, open_table, {ask_both, ask_first, give_up}, judge, 2, WEAK_ALWAYS},
    {0},
};
WEAK_MAIN(scenes)
