/*
 * test_transposition.c - what a tree knows of equal states, claim by claim.
 *
 * One thread; stress_transposition.c asks the same with many.
 */
#include "search/tree/transposition.h"

#include <criterion/criterion.h>

#include "search/rng.h"

static struct transpositions table;

static void open_table(void)
{
    cr_assert(transposition_open(&table, 100));
}

static void close_table(void)
{
    transposition_close(&table);
}

TestSuite(transposition, .init = open_table, .fini = close_table);

static enum transposition_answer claim(uint64_t key)
{
    uint32_t value = 12345;
    enum transposition_answer answer = transposition_claim(&table, key, &value);

    cr_assert(answer == TRANSPOSITION_KNOWN || value == 12345, "a value only when it is known");
    return answer;
}

/* Who meets a state first evaluates it; others learn that meanwhile. */
Test(transposition, the_first_claim_wins)
{
    cr_assert_eq(claim(7), TRANSPOSITION_MINE);
    cr_assert_eq(claim(7), TRANSPOSITION_TAKEN);
    cr_assert_eq(claim(7), TRANSPOSITION_TAKEN);
}

/* What was settled is known ever after, 0 and 1 too. */
Test(transposition, what_is_settled_is_known)
{
    const uint32_t values[] = {0, 1, 30000, 65535};

    for (uint64_t key = 1; key <= 4; key++) {
        cr_assert_eq(claim(key), TRANSPOSITION_MINE);
        transposition_settle(&table, key, values[key - 1]);
    }
    for (uint64_t i = 0; i < 8; i++) {
        uint32_t value = 99;

        cr_assert_eq(transposition_claim(&table, i % 4 + 1, &value), TRANSPOSITION_KNOWN);
        cr_assert_eq(value, values[i % 4]);
    }
}

/* A state that was given up can be claimed anew, as often as need be. */
Test(transposition, what_is_given_up_is_free)
{
    for (uint32_t i = 0; i < 1000; i++) {
        cr_assert_eq(claim(7), TRANSPOSITION_MINE);
        cr_assert_eq(claim(7), TRANSPOSITION_TAKEN);
        transposition_withdraw(&table, 7);
    }
    cr_assert_eq(claim(7), TRANSPOSITION_MINE);
    transposition_settle(&table, 7, 5);
    cr_assert_eq(claim(7), TRANSPOSITION_KNOWN);
}

/* States do not mix, whatever their hashes look like. */
Test(transposition, states_are_kept_apart)
{
    for (uint64_t i = 1; i <= 100; i++) {
        cr_assert_eq(claim(i << 40), TRANSPOSITION_MINE);
        transposition_settle(&table, i << 40, (uint32_t)i);
    }
    for (uint64_t i = 1; i <= 100; i++) {
        uint32_t value = 0;

        cr_assert_eq(claim(i), TRANSPOSITION_MINE, "a state that nobody has met");
        cr_assert_eq(transposition_claim(&table, i << 40, &value), TRANSPOSITION_KNOWN);
        cr_assert_eq(value, i);
    }
}

/* A table has room for twice as many states as there are simulations, wherever their
 * hashes fall. */
Test(transposition, there_is_room_for_every_simulation)
{
    struct transpositions large;
    uint32_t value;

    cr_assert(transposition_open(&large, 5000));
    for (uint64_t i = 0; i < 5000; i++)
        cr_assert_eq(transposition_claim(&large, rng_join(3, i), &value), TRANSPOSITION_MINE);
    transposition_close(&large);
}

/* A full table says so, keeps what it knows, and goes on answering for it. */
Test(transposition, a_full_table_says_so)
{
    uint32_t full = 0, value = 0;

    cr_assert_eq(claim(1), TRANSPOSITION_MINE);
    transposition_settle(&table, 1, 42);
    for (uint64_t key = 2; key < 2000; key++)
        full += claim(key) == TRANSPOSITION_FULL;
    cr_assert_gt(full, 1000);
    cr_assert_eq(transposition_claim(&table, 1, &value), TRANSPOSITION_KNOWN);
    cr_assert_eq(value, 42);
}

/* A reset forgets all, in a small table and in one whose pages go back. */
Test(transposition, a_reset_forgets)
{
    const uint32_t simulations[] = {100, 100000};

    for (size_t size = 0; size < 2; size++) {
        struct transpositions fresh;
        uint32_t value;

        cr_assert(transposition_open(&fresh, simulations[size]));
        for (uint32_t turn = 0; turn < 3; turn++) {
            for (uint64_t key = 1; key <= 100; key++)
                cr_assert_eq(transposition_claim(&fresh, key, &value), TRANSPOSITION_MINE);
            transposition_settle(&fresh, 50, 1);
            transposition_reset(&fresh);
        }
        transposition_close(&fresh);
    }
}
