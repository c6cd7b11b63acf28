/*
 * test_cold.c - what cold.h promises: memory for what is read rarely.
 */
#include "search/tree/cold.h"

#include <criterion/criterion.h>
#include <string.h>

static struct cold cold;

static void tear_down(void)
{
    cold_close(&cold);
}

TestSuite(cold, .fini = tear_down, .timeout = 30);

/* What was taken is aligned for anything and stays where it is. */
Test(cold, pieces_are_aligned_and_apart)
{
    unsigned char *pieces[1000];

    for (size_t i = 0; i < 1000; i++) {
        pieces[i] = cold_take(&cold, i + 1);
        cr_assert_eq((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        memset(pieces[i], (int)(i % 251), i + 1);
    }
    for (size_t i = 0; i < 1000; i++)
        for (size_t j = 0; j <= i; j++)
            cr_assert_eq(pieces[i][j], i % 251);
}

/* A piece may be larger than a chunk. */
Test(cold, large_pieces_fit)
{
    char *piece = cold_take(&cold, (size_t)1 << 20);

    cr_assert_not_null(piece);
    memset(piece, 1, (size_t)1 << 20);
}

/* A text is copied with its length, and ends in NUL. */
Test(cold, texts_are_copies)
{
    char source[] = "ten = 10; more";
    char *copy = cold_text(&cold, source, 8);

    source[0] = '!';
    cr_assert_str_eq(copy, "ten = 10");
    cr_assert_str_eq(cold_text(&cold, "", 0), "");
}

/* A reset keeps one chunk, so the next tree begins without asking for memory. */
Test(cold, reset_keeps_a_chunk)
{
    struct cold_chunk *kept;

    for (int i = 0; i < 100; i++)
        (void)cold_take(&cold, 10000);
    cold_reset(&cold);
    kept = cold.chunks;
    cr_assert_not_null(kept);
    cr_assert_not_null(cold_take(&cold, 10000));
    cr_assert_eq(cold.chunks, kept);
}

/* A reset of what was never used, and closing twice, do nothing. */
Test(cold, nothing_can_be_forgotten)
{
    cold_reset(&cold);
    cold_close(&cold);
    cr_assert_null(cold.chunks);
}

/* The newest rollout on a node comes first, and none is lost. */
Test(cold, rollouts_are_put_on_top)
{
    struct cold_node node = {.step = NULL};
    struct rollout first = {.ordinal = 0}, second = {.ordinal = 1};

    cold_attach(&node, &first);
    cold_attach(&node, &second);
    cr_assert_eq(atomic_load(&node.rollouts), &second);
    cr_assert_eq(second.next, &first);
    cr_assert_null(first.next);
}
