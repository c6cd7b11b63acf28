/*
 * store_fixture.h - a folder with three problems and a store for them.
 *
 * The problems are a (numbers), b (an answer) and c, at the ordinals 0, 2 and 3.
 * What must succeed for a test to make sense is asserted here; what a test is about
 * it asks itself, with store_fixture.why as the sentence.
 *
 * What is no matter of files holds ON_BOTH kinds of store: a SQLite file, and one in memory
 * (tests/world/memory_store.h), which has nothing in common with it but the verbs.
 */
#ifndef TESTS_WORLD_STORE_FIXTURE_H
#define TESTS_WORLD_STORE_FIXTURE_H

#include "io/crux_io.h"

extern struct store_fixture {
    struct crux_problems problems;
    char path[200]; /* of a store that is not there yet */
    bool in_memory; /* it is the name of one in memory */
    struct crux_error why;
} store_fixture;

extern const struct crux_run store_fixture_run;

void store_fixture_set_up(void);
void store_fixture_set_up_in_memory(void);
void store_fixture_tear_down(void);

struct crux_store *store_fixture_open(bool write);
struct crux_store *store_fixture_begin(void); /* for writing, with the run begun */

/* The sample tree, as that of a problem (by position). */
struct crux_tree store_fixture_tree(size_t item, enum crux_reason reason, const char *failure);
int store_fixture_keep(struct crux_store *store, size_t item, enum crux_reason reason,
                       const char *failure);

/* Open what must not open, and answer how it was refused. */
int store_fixture_refusal(const char *name, bool write);

/* For crux_store_each(): notes the ids of the trees that it sees. */
struct store_fixture_seen {
    char text[200]; /* "a b " */
    int end;        /* what each() answers */
};

int store_fixture_see(void *context, const struct crux_tree *tree, const char *line,
                      struct crux_error *error);

/* The same test in a suite and in that of its name for stores in memory. */
#define ON_BOTH(suite, name)                                                                       \
    static void both_##suite##_##name(void);                                                       \
    Test(suite, name)                                                                              \
    {                                                                                              \
        both_##suite##_##name();                                                                   \
    }                                                                                              \
    Test(suite##_in_memory, name)                                                                  \
    {                                                                                              \
        both_##suite##_##name();                                                                   \
    }                                                                                              \
    static void both_##suite##_##name(void)

#endif
