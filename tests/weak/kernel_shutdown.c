/*
 * kernel_shutdown.c - protocol: the last lane of a tree finishes it, the last tree of the
 * run ends it (crew.h).
 *
 * Workers run lanes that write their part, plainly, and are done. Asserted: a tree is
 * finished once for each problem, by one who sees all that its lanes did (else it is a race);
 * the next problem is opened in its place; every worker ends, whatever it was about to do.
 */
#include "tests/weak/crew_alone.h"

static uint32_t written[2]; /* by each lane, for its tree */
static uint32_t finished[2];

static enum progress took_back(struct simulation *sim)
{
    (void)sim;
    return PROGRESS_WAITS;
}

enum lane_end lane_run(struct lane *lane)
{
    written[lane->number]++;
    return LANE_DONE;
}

int finish_tree(struct open_tree *open, struct crux_sink *sink, struct finish_counts *counts,
                struct crux_error *error)
{
    uint32_t *count = &finished[open - crew.open];

    (void)sink, (void)counts, (void)error;
    ++*count;
    for (uint32_t i = 0; i < crew.run.setup.lanes; i++)
        weak_expect(written[open->lanes[i].number] == *count, "all its lanes are done");
    return CRUX_OK;
}

static void open_for(struct size size)
{
    finished[0] = finished[1] = written[0] = written[1] = 0;
    size.workers += 2;
    size.places = 1;
    open_crew(size);
}

static void open_shared(uint32_t problems)
{
    open_for((struct size){.trees = 1, .lanes = 2, .problems = problems});
}

static void open_for_three(uint32_t problems)
{
    open_for((struct size){.trees = 1, .lanes = 2, .workers = 1, .problems = problems});
}

static void open_alone(uint32_t problems)
{
    open_for((struct size){.trees = 1, .lanes = 1, .problems = problems});
}

static void open_side_by_side(uint32_t problems)
{
    open_for((struct size){.trees = 2, .lanes = 1, .problems = problems});
}

static void judge(uint32_t problems)
{
    weak_expect(finished[0] + finished[1] == problems, "each problem is finished once");
    weak_expect(crew.over && crew.trees_left == 0, "the run is over");
}

static const struct weak_scene scenes[] = {
    {"lanes of one tree", 1, open_shared, {work_here, work_here}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"two trees", 2, open_side_by_side, {work_here, work_here}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"one after another", 2, open_alone, {work_here, work_here}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"both, two workers", 2, open_shared, {work_here, work_here}, judge, WEAK_ALL, WEAK_ONCE},
    {"both, three workers",
     2,
     open_for_three,
     {work_here, work_here, work_here},
     judge,
     1,
     WEAK_ONCE},
    {0},
};
WEAK_MAIN(scenes)
