/*
 * test_sentences.c - what sentences.h promises, one promise per test.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "io/sentences.h"
#include "tests/world/heap.h"

static struct sentences kept;

static void set_up(void)
{
    sentences_open(&kept);
}

static void tear_down(void)
{
    sentences_close(&kept);
}

TestSuite(sentences, .init = set_up, .fini = tear_down);

/* A sentence is kept as a copy, equal ones once. */
Test(sentences, kept_once)
{
    char word[] = "it is down";
    const char *first = sentences_keep(&kept, word), *other = sentences_keep(&kept, "it is slow");

    word[0] = 'X';
    cr_assert_str_eq(first, "it is down");
    cr_assert_str_eq(other, "it is slow");
    cr_assert_eq(sentences_keep(&kept, "it is down"), first);
}

/* However many differ, memory stays bounded; those that are there stay. */
Test(sentences, bounded)
{
    const char *first = sentences_keep(&kept, "number 0");
    char word[32];

    for (int i = 1; i < 3000; i++) {
        (void)snprintf(word, sizeof word, "number %d", i);
        cr_assert_not_null(sentences_keep(&kept, word));
    }
    cr_assert_eq(kept.count, 1024);
    cr_assert_eq(sentences_keep(&kept, "number 0"), first);
    cr_assert_str_eq(sentences_keep(&kept, "another"),
                     "a call failed, like many others in other words");
}

/* Without memory there is still a sentence. */
Test(sentences, without_memory)
{
    const char *found;

    if (!heap_can_fail())
        cr_skip_test("allocations cannot be made to fail here");
    heap_fail(1);
    found = sentences_keep(&kept, "it is down");
    heap_fail(0);
    cr_assert_str_eq(found, "a call failed, like many others in other words");
    cr_assert_eq(kept.count, 0);
}
