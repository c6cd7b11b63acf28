/*
 * crew_alone.h - the crew with its lanes' work replaced by the kernel's own.
 *
 * crew.c and lane.c are here as they are, private functions within reach; only lane_run()
 * is the kernel's, and simulate_resume() is what it says. So the threads of a kernel run
 * crew_work(), the loop of a worker, over lanes that do nothing but what the protocol is about.
 *
 * finish_tree() is the kernel's as well.
 */
#ifndef TESTS_WEAK_CREW_ALONE_H
#define TESTS_WEAK_CREW_ALONE_H

#include "search/crew.c" // NOLINT(bugprone-suspicious-include)

static enum progress took_back(struct simulation *sim);

#define lane_run        lane_run_whole
#define simulate_resume took_back
#include "search/lane.c" // NOLINT(bugprone-suspicious-include)
#undef lane_run
#undef simulate_resume

#include "tests/weak/weak.h"

static struct crew crew;
static uint32_t problems_left;

static int next_one(struct crux_source *self, const struct crux_problem **out,
                    struct crux_error *error)
{
    static const struct crux_problem problem = {.id = "1", .prompt = ""};

    (void)self, (void)error;
    if (problems_left == 0)
        return CRUX_END;
    problems_left--;
    *out = &problem;
    return CRUX_OK;
}

struct size {
    uint32_t trees, lanes; /* trees that are open at a time, lanes of each */
    uint32_t workers, places, problems;
};

/* Up to where crew_run() starts its workers. */
static void open_crew(struct size size)
{
    static struct crux_source source = {next_one};
    struct crux_setup setup = crux_setup_default();
    struct crux_error error;

    setup.workers = size.workers;
    setup.open_trees = size.trees;
    setup.lanes = setup.per_tree = size.lanes;
    setup.in_flight = size.places;
    setup.simulations = 1;
    problems_left = size.problems;
    memset(&crew, 0, sizeof crew);
    crew.source = &source;
    weak_expect(crew_open(&crew, &setup, &error) == CRUX_OK, "the crew opens");
    for (uint32_t i = 0; i < size.trees; i++)
        crew.open[i].instant = false;
    crew_begin_run(&crew);
}

static void work_here(uint32_t thread)
{
    (void)thread;
    (void)crew_work(&crew);
}

#endif
