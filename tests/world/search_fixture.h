/*
 * search_fixture.h - one search of a scripted world, from crux_open() to crux_close(), and what
 * it left behind.
 *
 *     struct search_fixture fixture = search_fixture_of(WORLD_LATE);
 *
 *     fixture.setup.simulations = 30;
 *     search_fixture_run(&fixture);
 *     cr_assert_null(search_fixture_fault(&fixture));
 *
 * search_fixture_fault() holds what every search promises, whatever it was asked to do: nothing
 * in flight or claimed, exact sums, every reply released, every policy call counted.
 *
 * The search runs in a thread of its own and shows its trees to the caller's, so that
 * look() may assert.
 *
 * Ports that the setup names are kept; the others are the world's, and answer late,
 * from threads and out of order, when pace says so.
 */
#ifndef TESTS_WORLD_SEARCH_FIXTURE_H
#define TESTS_WORLD_SEARCH_FIXTURE_H

#include "tests/world/world.h"

#include <pthread.h>

enum search_fixture_pace { WORLD_INSTANT, WORLD_LATE, WORLD_PACES };

struct search_fixture {
    struct world_script script;
    struct crux_setup setup;
    enum search_fixture_pace pace;
    bool execution, value; /* ask these critics as well */
    bool wait_for_instant; /* ports that answer at once do not say so */
    uint32_t problems;
    int sink_answer; /* not CRUX_OK: what the sink says of every tree */

    /* Sees every finished tree, in the caller's thread; may be NULL. */
    void (*look)(struct search_fixture *fixture, const struct crux_tree *tree);
    void *context; /* for look */

    struct crux_source *source; /* NULL: the problems p0, p1, ... */
    pthread_t *helper;          /* joined before the search is closed; may be NULL */

    /* After search_fixture_run(): */
    struct crux_search *search; /* while it runs */
    int status;
    struct crux_error error;
    struct world world;
    struct world_sink sink;
    struct crux_view view;
    uint64_t refused; /* stale completions that were turned away */
};

struct search_fixture search_fixture_of(enum search_fixture_pace pace);
void search_fixture_run(struct search_fixture *fixture);

/* The first promise that was broken, in words; NULL: none. */
const char *search_fixture_fault(const struct search_fixture *fixture);

/* "instant" or "late", for messages. */
const char *search_fixture_pace_name(enum search_fixture_pace pace);

#endif
