/*
 * kernel_admission.c - protocol: places among the calls in flight (admission.h).
 *
 * There are more lanes than places. A lane that gets one makes its call and gives the
 * place back; one that gets none sleeps until it is woken. Asserted: no place is forgotten
 * (a lane that is not woken sleeps for ever), also when it was offered to a lane that needs
 * it no more; all are given back.
 */
#include "tests/weak/crew_alone.h"

static uint32_t calls[2]; /* of each lane */
static bool gives_up;     /* lane 0 asks once and then needs no call any more */
static bool asks_twice;   /* for two records, one after the other */

static enum progress took_back(struct simulation *sim)
{
    (void)sim;
    return PROGRESS_WAITS;
}

int finish_tree(struct open_tree *open, struct crux_sink *sink, struct finish_counts *counts,
                struct crux_error *error)
{
    (void)open, (void)sink, (void)counts, (void)error;
    return CRUX_OK;
}

enum lane_end lane_run(struct lane *lane)
{
    bool admitted = admission_take(&crew.admission, lane);

    if (!admitted && asks_twice)
        admitted = admission_take(&crew.admission, lane);
    if (!admitted)
        return gives_up && lane->number == 0 ? LANE_DONE : LANE_WAITS;
    calls[lane->number]++;
    admission_give_back(&crew.admission);
    return LANE_DONE;
}

static void open_lanes(uint32_t lanes, uint32_t workers)
{
    struct size size = {.lanes = 1, .places = 1};

    size.trees = size.problems = lanes;
    size.workers = workers;
    open_crew(size);
    calls[0] = calls[1] = 0;
    gives_up = asks_twice = false;
}

static void open_two(uint32_t lanes)
{
    open_lanes(lanes, 2);
}

/* The only place is taken by a call that comes back meanwhile. */
static void open_taken(uint32_t lanes)
{
    open_lanes(lanes, 1);
    crew.admission.places++;
    gives_up = lanes == 2;
}

static void open_taken_for_two(uint32_t lanes)
{
    open_taken(lanes);
    asks_twice = true;
}

static void come_back(uint32_t thread)
{
    (void)thread;
    admission_give_back(&crew.admission);
}

static void judge(uint32_t lanes)
{
    for (uint32_t i = gives_up; i < lanes; i++)
        weak_expect(calls[i] == 1, "each lane had its call");
    weak_expect(admission_look(&crew.admission).in_flight == 0, "all places are given back");
}

static const struct weak_scene scenes[] = {
    {"a place comes back", 1, open_taken, {work_here, come_back}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"for two records",
     1,
     open_taken_for_two,
     {work_here, come_back},
     judge,
     WEAK_ALL,
     WEAK_ALWAYS},
    {"one gives up", 2, open_taken, {work_here, come_back}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"two lanes", 2, open_two, {work_here, work_here}, judge, WEAK_ALL, WEAK_ONCE},
    {0},
};
WEAK_MAIN(scenes)
