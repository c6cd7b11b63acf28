/*
 * kernel_completion.c - protocol: a record whose call has completed comes back to its lane,
 * which sleeps, is about to, or is being run (lane.h, schedule.h).
 *
 * Ports deliver records; a worker runs the lane whenever it is ready, and the lane collects
 * its mailbox. Asserted: each record comes back once and whole, to whichever worker runs the
 * lane (else it is a race), and no notice is lost: a lane that slept over its mail would
 * sleep for ever.
 */
#include "tests/weak/crew_alone.h"

static struct simulation records[4];
static uint32_t expected, came_back, finished;

static enum progress took_back(struct simulation *sim)
{
    weak_expect(sim->status == CRUX_FAILED, "a record comes back once");
    sim->status = CRUX_OK;
    came_back++;
    return PROGRESS_WAITS;
}

enum lane_end lane_run(struct lane *lane)
{
    lane_collect(lane);
    return came_back == expected ? LANE_DONE : LANE_WAITS;
}

int finish_tree(struct open_tree *open, struct crux_sink *sink, struct finish_counts *counts,
                struct crux_error *error)
{
    (void)open, (void)sink, (void)counts, (void)error;
    finished++;
    return CRUX_OK;
}

static void open_for(uint32_t count)
{
    expected = count;
    came_back = finished = 0;
    open_crew((struct size){.trees = 1, .lanes = 1, .workers = 2, .places = 8, .problems = 1});
    crew.admission.places += count;
    for (uint32_t i = 0; i < 4; i++)
        records[i] = (struct simulation){.lane = crew.schedule.lanes, .admitted = true};
}

static void deliver(struct simulation *sim)
{
    lane_answered(&sim->asking, CRUX_FAILED);
}

static void deliver_one(uint32_t thread)
{
    (void)thread;
    deliver(&records[0]);
}

static void deliver_two(uint32_t thread)
{
    (void)thread;
    deliver(&records[1]);
    deliver(&records[2]);
}

static void deliver_three(uint32_t thread)
{
    deliver_two(thread);
    deliver(&records[3]);
}

static void judge(uint32_t count)
{
    weak_expect(came_back == count && finished == 1, "all came back; the tree was finished");
    weak_expect(admission_look(&crew.admission).in_flight == 0 && crew.schedule.delivering == 0,
                "no place is taken any more");
}

static const struct weak_scene scenes[] = {
    {"two", 2, open_for, {work_here, deliver_two}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"two, three records", 3, open_for, {work_here, deliver_three}, judge, WEAK_ALL, WEAK_ONCE},
    {"three, two ports", 3, open_for, {work_here, deliver_two, deliver_one}, judge, 2, WEAK_ONCE},
    {"three, two workers", 2, open_for, {work_here, work_here, deliver_two}, judge, 2, WEAK_ALWAYS},
    {0},
};
WEAK_MAIN(scenes)
