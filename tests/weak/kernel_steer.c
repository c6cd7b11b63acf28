/*
 * kernel_steer.c - protocol: places are held back, given again and made more while lanes ask for
 * them (admission.h, crux_steer.h).
 *
 * A lane wants a place for its call. Meanwhile another thread resumes, adds a place, or pauses
 * while a third stops the run. Asserted: no lane sleeps for ever; a pause that comes after a stop
 * does not last, and one that lasts is not of a run that was stopped.
 */
#include "tests/weak/crew_alone.h"

static uint32_t calls;

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
    if (run_halted(lane->run) == HALT_NO) {
        if (!admission_take(&crew.admission, lane))
            return LANE_WAITS;
        calls++;
        admission_give_back(&crew.admission);
    }
    return LANE_DONE;
}

static void open_one(uint32_t what)
{
    struct size size = {.trees = 1, .lanes = 1, .workers = 1, .places = 1, .problems = 1};

    (void)what;
    open_crew(size);
    calls = 0;
}

static void open_paused(uint32_t what)
{
    open_one(what);
    admission_pause(&crew.admission);
}

/* The only place is taken by a call that never comes back. */
static void open_full(uint32_t what)
{
    open_one(what);
    crew.admission.places++;
}

static void resume(uint32_t thread)
{
    (void)thread;
    (void)admission_resume(&crew.admission);
}

static void add_place(uint32_t thread)
{
    (void)thread;
    admission_set_most(&crew.admission, 2);
}

static void stop(uint32_t thread)
{
    (void)thread;
    run_halt(&crew.run, HALT_STOP);
    crew_resume(&crew);
}

static void hold(uint32_t thread)
{
    (void)thread;
    crew_pause(&crew);
}

static void judge(uint32_t what)
{
    (void)what;
    weak_expect(calls == 1, "the lane had its call");
}

static void judge_stopped(uint32_t what)
{
    (void)what;
    weak_expect(!admission_look(&crew.admission).paused, "what was stopped is not held back");
}

static const struct weak_scene scenes[] = {
    {"goes on", 0, open_paused, {work_here, resume}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"a place more", 0, open_full, {work_here, add_place}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"stopped and paused", 0, open_one, {stop, hold}, judge_stopped, WEAK_ALL, WEAK_ALWAYS},
    {0},
};
WEAK_MAIN(scenes)
