/*
 * test_arrivals.c - what crux_arrivals promises: an order that was written down gives the
 * same trees again, whenever replies come.
 *
 * The late world answers from threads, so two runs settle in different orders; a run that
 * follows the first one's must be its equal.
 */
#include "tests/world/hanging_policy.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define PROBLEMS 6u
#define NUMBERS  4096u

/* Orders by problem; those that are known are followed, the others written down. */
struct notes {
    struct crux_arrivals arrivals;
    struct crux_arrival order[PROBLEMS][NUMBERS];
    size_t count[PROBLEMS];
    bool follows;
    int refusal; /* what begin() answers instead */
};

static int begin(struct crux_arrivals *self, const struct crux_problem *problem,
                 struct crux_arrival **order, size_t *count, struct crux_error *error)
{
    struct notes *notes = (struct notes *)(void *)self;
    size_t known = notes->count[problem->ordinal];

    if (notes->refusal != CRUX_OK)
        return crux_fail(error, notes->refusal, "the order of %s is lost", problem->id);
    if (!notes->follows)
        return CRUX_OK;
    *order = malloc((known + 1) * sizeof **order);
    cr_assert_not_null(*order);
    memcpy(*order, notes->order[problem->ordinal], known * sizeof **order);
    *count = known;
    return CRUX_OK;
}

static void settled(struct crux_arrivals *self, const struct crux_problem *problem,
                    const struct crux_arrival *arrival)
{
    struct notes *notes = (struct notes *)(void *)self;
    size_t *count = &notes->count[problem->ordinal];

    if (notes->follows)
        return;
    cr_assert_lt(*count, NUMBERS);
    notes->order[problem->ordinal][(*count)++] = *arrival;
}

static struct notes *new_notes(void)
{
    struct notes *notes = calloc(1, sizeof *notes);

    cr_assert_not_null(notes);
    notes->arrivals = (struct crux_arrivals){begin, settled};
    return notes;
}

static struct search_fixture late_fixture(struct notes *notes)
{
    struct search_fixture fixture = search_fixture_of(WORLD_LATE);

    fixture.problems = PROBLEMS;
    fixture.setup.order = CRUX_ORDER_ARRIVAL;
    fixture.setup.simulations = 200;
    fixture.setup.per_tree = 16;
    fixture.setup.lanes = 1;
    fixture.setup.workers = 2;
    fixture.setup.arrivals = &notes->arrivals;
    return fixture;
}

static uint64_t digest_of(struct search_fixture *fixture)
{
    search_fixture_run(fixture);
    cr_assert_eq(fixture->status, CRUX_OK, "%s", fixture->error.text);
    cr_assert_null(search_fixture_fault(fixture), "%s", search_fixture_fault(fixture));
    return fixture->sink.digest;
}

/* Followed, the order gives the same trees, however many workers, and however many calls in
 * flight. */
Test(arrivals, an_order_that_is_followed_gives_the_same_trees)
{
    static const uint32_t workers[] = {1, 2, 4}, in_flight[] = {1, 3, 64};
    struct notes *notes = new_notes();
    struct search_fixture fixture = late_fixture(notes);
    uint64_t first = digest_of(&fixture);

    notes->follows = true;
    for (size_t i = 0; i < sizeof workers / sizeof *workers; i++) {
        fixture = late_fixture(notes);
        fixture.setup.workers = workers[i];
        fixture.setup.in_flight = in_flight[i];
        cr_assert_eq(digest_of(&fixture), first, "%u workers", workers[i]);
    }
    free(notes);
}

/* Calls that failed are settled in their turn, too. */
Test(arrivals, failures_have_their_place_in_the_order)
{
    struct notes *notes = new_notes();
    struct search_fixture fixture = late_fixture(notes);
    uint64_t first;

    fixture.script.fail_of = 9;
    first = digest_of(&fixture);
    notes->follows = true;
    fixture = late_fixture(notes);
    fixture.script.fail_of = 9;
    fixture.setup.workers = 1;
    cr_assert_eq(digest_of(&fixture), first);
    free(notes);
}

/* So are answers that are made better, whose questions depend on what has settled before. */
Test(arrivals, revisions_follow_the_order)
{
    struct notes *notes = new_notes();
    struct search_fixture fixture = late_fixture(notes);
    uint64_t first;

    fixture.script.opinions = true;
    fixture.setup.strategy = CRUX_REFINE;
    first = digest_of(&fixture);
    notes->follows = true;
    fixture = late_fixture(notes);
    fixture.script.opinions = true;
    fixture.setup.strategy = CRUX_REFINE;
    fixture.setup.workers = 1;
    fixture.setup.in_flight = 3;
    cr_assert_eq(digest_of(&fixture), first);
    free(notes);
}

static size_t late_ones(const struct notes *notes)
{
    size_t late = 0;

    for (uint32_t p = 0; p < PROBLEMS; p++)
        for (size_t i = 0; i < notes->count[p]; i++)
            late += notes->order[p][i].late > 0;
    return late;
}

/* A search some of whose calls hang until they are withdrawn; followed, none hangs, and nobody
 * looks at a clock. */
static uint64_t digest_of_hanging(struct notes *notes, enum crux_order order, uint32_t every)
{
    struct search_fixture fixture = search_fixture_of(WORLD_INSTANT);
    struct hanging_policy hanging;
    uint64_t digest;

    hanging_policy_open(&hanging, &fixture);
    hanging.every = notes->follows ? 0 : every;
    fixture.problems = PROBLEMS;
    fixture.execution = true;
    fixture.setup.order = order;
    fixture.setup.per_tree = 8;
    fixture.setup.rollouts = 2;
    fixture.setup.widen = every % 2 == 0 ? 1.0 : 0.0; /* and the others branch by entropy */
    fixture.setup.branch_high = every % 2 == 0 ? 0.0 : 2.0;
    fixture.script.knows_entropy = true;
    fixture.script.entropy = 0.5;
    fixture.setup.arrivals = &notes->arrivals;
    if (notes->follows)
        fixture.setup.deadline_ns = 0;
    digest = digest_of(&fixture);
    if (!notes->follows)
        cr_assert_gt(hanging.cancelled, 0);
    return digest;
}

/* What was late once is late again at the same place, although its reply would be there at once:
 * the trees are equal under both orders. */
Test(arrivals, what_was_late_is_late_again)
{
    for (int order = CRUX_ORDER_ARRIVAL; order <= CRUX_ORDER_ISSUED; order++) {
        for (uint32_t every = 2; every < 12; every += 3) {
            struct notes *notes = new_notes();
            uint64_t first = digest_of_hanging(notes, (enum crux_order)order, every);

            cr_assert_gt(late_ones(notes), 0);
            notes->follows = true;
            cr_assert_eq(digest_of_hanging(notes, (enum crux_order)order, every), first,
                         "order %d, every %u", order, every);
            free(notes);
        }
    }
}

/* Under the order of issue nothing is written down but what was late. */
Test(arrivals, issued_reports_what_was_late)
{
    struct notes *notes = new_notes();

    (void)digest_of_hanging(notes, CRUX_ORDER_ISSUED, 7);
    for (uint32_t p = 0; p < PROBLEMS; p++)
        for (size_t i = 0; i < notes->count[p]; i++) {
            cr_assert_gt(notes->order[p][i].late, 0);
            cr_assert(i == 0 || notes->order[p][i].number > notes->order[p][i - 1].number);
        }
    free(notes);
}

/* Each simulation that settled has one number, and every number is of one that was asked for. */
Test(arrivals, every_simulation_has_its_number)
{
    struct notes *notes = new_notes();
    struct search_fixture fixture = late_fixture(notes);
    static bool seen[NUMBERS];

    (void)digest_of(&fixture);
    for (uint32_t p = 0; p < PROBLEMS; p++) {
        memset(seen, 0, sizeof seen);
        cr_assert_geq(notes->count[p], 200);
        for (size_t i = 0; i < notes->count[p]; i++) {
            cr_assert_lt(notes->order[p][i].number, notes->count[p]);
            cr_assert_not(seen[notes->order[p][i].number]);
            seen[notes->order[p][i].number] = true;
        }
    }
    free(notes);
}

/* An order that does not fit the tree, or ends too early, is left where it fails: the search
 * goes on as replies come. */
Test(arrivals, an_order_that_does_not_fit_is_left)
{
    struct notes *notes = new_notes();
    struct search_fixture fixture = late_fixture(notes);

    (void)digest_of(&fixture);
    notes->follows = true;
    notes->order[0][7].number = 4000;        /* was never asked for */
    notes->order[1][5] = notes->order[1][4]; /* has settled */
    notes->count[2] = 10;                    /* ends too early */
    notes->count[3] = 0;                     /* nothing is known */
    fixture = late_fixture(notes);
    (void)digest_of(&fixture);
    cr_assert_eq(fixture.sink.trees, PROBLEMS);
    free(notes);
}

static void look_and_stop(struct search_fixture *fixture, const struct crux_tree *tree)
{
    (void)tree;
    crux_stop(fixture->search);
}

/* A stop in the middle of an order ends the search. */
Test(arrivals, a_stop_ends_a_search_that_follows)
{
    struct notes *notes = new_notes();
    struct search_fixture fixture = late_fixture(notes);

    (void)digest_of(&fixture);
    notes->follows = true;
    fixture = late_fixture(notes);
    fixture.setup.workers = 1;
    fixture.setup.open_trees = 3;
    fixture.look = look_and_stop;
    search_fixture_run(&fixture);
    cr_assert(fixture.status == CRUX_STOPPED || fixture.status == CRUX_OK);
    cr_assert_null(search_fixture_fault(&fixture), "%s", search_fixture_fault(&fixture));
    free(notes);
}

/* An order that cannot be had ends the run, with its sentence. */
Test(arrivals, an_order_that_is_lost_ends_the_run)
{
    struct notes *notes = new_notes();
    struct search_fixture fixture = late_fixture(notes);

    notes->refusal = CRUX_STORE;
    search_fixture_run(&fixture);
    cr_assert_eq(fixture.status, CRUX_STORE);
    cr_assert_not_null(strstr(fixture.error.text, "is lost"), "%s", fixture.error.text);
    free(notes);
}

/* Lanes that share a tree have no order. */
Test(arrivals, lanes_that_share_a_tree_are_refused)
{
    struct notes *notes = new_notes();
    struct search_fixture fixture = late_fixture(notes);

    fixture.setup.lanes = 2;
    search_fixture_run(&fixture);
    cr_assert_eq(fixture.status, CRUX_INVALID);
    free(notes);
}
