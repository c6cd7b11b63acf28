/*
 * lane.c - the loop that drives one tree: begin simulations, send calls, settle what is ready.
 *
 * Because the choice never looks at a clock, another lane, or how long a reply
 * took, the sequence of events is the tree's own; only CRUX_ORDER_ARRIVAL lets
 * the replies' order in, at the one place where the next to settle is chosen.
 */
#include "search/lane.h"

#include "search/budget.h"
#include "search/path.h"
#include "search/run.h"
#include "search/settle.h"
#include "search/strategies/strategy.h"

#include <assert.h>
#include <stdlib.h>

#define LANE_EVENTS          1024u /* in a row; then other lanes have their turn */
#define LANE_COLLISION_SHARE 32u   /* settled simulations that allow one collision more */

/* --- the window ---------------------------------------------------------------- */

static void lane_window_add(struct lane *lane, struct simulation *sim)
{
    assert(lane->in_window < lane->window);
    assert((lane->newest == NULL) == (lane->in_window == 0));
    sim->number = lane->numbered++;
    sim->older = lane->newest;
    sim->newer = NULL;
    if (lane->newest != NULL)
        lane->newest->newer = sim;
    else
        lane->oldest = sim;
    lane->newest = sim;
    lane->in_window++;
}

static void lane_window_remove(struct lane *lane, struct simulation *sim)
{
    assert(lane->in_window > 0 && sim->lane == lane);
    if (sim->older != NULL)
        sim->older->newer = sim->newer;
    else
        lane->oldest = sim->newer;
    if (sim->newer != NULL)
        sim->newer->older = sim->older;
    else
        lane->newest = sim->older;
    lane->in_window--;
}

/* --- made once, opened for each problem ------------------------------------------ */

static bool lane_make_carry(struct carry *carry, size_t levels)
{
    size_t each = sizeof *carry->slots + sizeof *carry->sums + sizeof *carry->counts;

    assert(levels > 1);
    carry->slots = calloc(levels, each);
    if (carry->slots == NULL)
        return false;
    carry->sums = (uint64_t *)(carry->slots + levels);
    carry->counts = (uint32_t *)(carry->sums + levels);
    return true;
}

/* A record's call has completed, on whatever thread: its place is free, its lane gets it back. */
static void lane_answered(struct crux_asking *asking, int status)
{
    struct simulation *sim = simulate_of(asking);
    struct admission *admission = sim->lane->admission;

    assert(sim->admitted);
    sim->status = status;
    /* The place first: once delivered, the record may be another call's. */
    admission_give_back(admission);
    schedule_deliver(sim);
}

bool lane_make(struct lane *lane, struct open_tree *open, struct admission *admission,
               uint32_t number)
{
    const struct crux_setup *setup = &open->run->setup;

    assert(lane->records == NULL);
    assert(setup->group > 0 && setup->group <= LANE_GROUP_MOST);
    lane->window = setup->per_tree / setup->lanes;
    if (lane->window == 0)
        lane->window = 1;
    lane->group = setup->group < lane->window ? setup->group : lane->window;
    lane->pool = lane->window + lane->window / 2 + 4; /* the window, and collisions */
    lane->run = open->run;
    lane->schedule = open->schedule;
    lane->admission = admission;
    lane->open = open;
    lane->number = number;
    lane->records = calloc(lane->pool, sizeof *lane->records);
    if (lane->records == NULL ||
        (setup->lanes > 1 && !lane_make_carry(&lane->carry, setup->depth + 2)))
        return false;
    for (uint32_t i = 0; i < lane->pool; i++) {
        simulate_make(&lane->records[i], lane, lane_answered);
        lane->records[i].next = lane->unused;
        lane->unused = &lane->records[i];
    }
    return true;
}

void lane_open(struct lane *lane)
{
    assert(lane->in_window == 0 && lane->collisions == 0);
    assert(lane->collided == NULL && lane->ready.first == NULL && lane->unsent.first == NULL);
    assert(atomic_load_explicit(&lane->state, memory_order_relaxed) == LANE_CLOSED);
    lane->chunk = (struct arena_chunk){0, 0};
    lane->again = 0;
    lane->taken = lane->taken_end = 0;
    lane->settled = lane->numbered = 0;
    lane->spent = false;
    lane->cancelled = false;
    lane->at_open = lane->counts;
    cold_reset(&lane->cold);
}

/* --- the order that is followed -------------------------------------------------- */

void lane_follow(struct lane *lane, struct crux_arrival *order, size_t count)
{
    assert(order != NULL || count == 0);
    free(lane->order);
    lane->order = order;
    lane->order_count = count;
    lane->order_at = 0;
    lane->order_has_late = false;
    for (size_t i = 0; i < count; i++)
        lane->order_has_late |= order[i].late > 0;
}

/* The call of the simulation with this number that was late; 0: none. A simulation that begins
 * is found about as far ahead as the window is wide. */
static uint32_t lane_late_call(const struct lane *lane, uint64_t number)
{
    bool issued = lane->run->setup.order == CRUX_ORDER_ISSUED;

    if (!lane->order_has_late)
        return 0;
    for (size_t i = lane->order_at; i < lane->order_count; i++) {
        const struct crux_arrival *arrival = &lane->order[i];

        if (arrival->late == CRUX_LATE_NOTE || (issued && arrival->number > number))
            break;
        if (arrival->number == number)
            return arrival->late;
    }
    return 0;
}

bool lane_note_is_late(const struct lane *lane, uint64_t pair)
{
    for (size_t i = lane->order_has_late ? lane->order_count : 0; i > 0; i--) {
        const struct crux_arrival *arrival = &lane->order[i - 1];

        if (arrival->late != CRUX_LATE_NOTE) /* notes are asked for when all has settled */
            break;
        if (arrival->number == pair)
            return true;
    }
    return false;
}

void lane_report(const struct lane *lane, uint64_t number, uint32_t late)
{
    const struct crux_setup *setup = &lane->run->setup;
    const struct crux_arrival arrival = {number, late};

    if (setup->arrivals != NULL && (late > 0 || setup->order == CRUX_ORDER_ARRIVAL))
        setup->arrivals->settled(setup->arrivals, lane->open->problem, &arrival);
}

void lane_close(struct lane *lane)
{
    lane_follow(lane, NULL, 0);
    if (lane->records != NULL)
        for (uint32_t i = 0; i < lane->pool; i++)
            path_free(&lane->records[i]);
    free(lane->records);
    free(lane->carry.slots);
    lane->records = NULL;
    lane->carry.slots = NULL;
    cold_close(&lane->cold);
}

static bool lane_may_go_on(struct lane *lane)
{
    return run_halted(lane->run) == HALT_NO && budget_wants_more(lane);
}

static uint32_t lane_collision_allowance(const struct lane *lane)
{
    uint64_t allowed = 1 + lane->settled / LANE_COLLISION_SHARE;
    uint32_t most = lane->pool - lane->window - 1;

    assert(lane->pool > lane->window + 1);
    return allowed < most ? (uint32_t)allowed : most;
}

static bool lane_may_descend(struct lane *lane)
{
    const struct strategy *strategy = lane->run->strategy;

    return lane->in_window + lane->group <= lane->window &&
           lane->collisions < lane_collision_allowance(lane) && lane_may_go_on(lane) &&
           (strategy->wants == NULL || strategy->wants(lane));
}

/* --- descending ----------------------------------------------------------------------- */

static void lane_give_back(struct lane *lane, struct simulation *sim)
{
    assert(sim->lane == lane);
    assert(sim->reserved == 0 && !sim->admitted);
    sim->next = lane->unused;
    lane->unused = sim;
}

static void lane_arrived(struct lane *lane, struct simulation *sim)
{
    assert(sim->phase >= PHASE_READY);
    if (lane->run->setup.order == CRUX_ORDER_ARRIVAL)
        queue_put(&lane->ready, sim);
}

/* Nothing below here can be searched any more; at the root that is the end. */
static void lane_close_leaf(struct lane *lane, struct simulation *sim)
{
    tree_close_node(path_leaf(sim));
    if (sim->depth == 0)
        budget_end(lane->open, CRUX_REASON_FAILED);
}

static void lane_came_to_nothing(struct lane *lane, struct simulation *sim)
{
    assert(sim->found >= FOUND_COLLISION && !sim->claimed);
    lane->again++;
    if (sim->found == FOUND_COLLISION) {
        lane_count(&lane->counts.collisions, 1);
        sim->next = lane->collided;
        lane->collided = sim;
        lane->collisions++;
        return;
    }
    lane->spent |= sim->found == FOUND_SPENT;
    settle_withdraw(sim);
    if (sim->found == FOUND_DEAD_END)
        lane_close_leaf(lane, sim);
    lane_give_back(lane, sim);
}

static void lane_begin(struct lane *lane, struct simulation *sim)
{
    sim->late_call = lane_late_call(lane, lane->numbered); /* if it comes into the window */
    switch (simulate_begin(sim)) {
    case PROGRESS_READY:
        lane_window_add(lane, sim);
        lane_arrived(lane, sim);
        break;
    case PROGRESS_WAITS:
        lane_window_add(lane, sim);
        break;
    case PROGRESS_UNSENT:
        lane_window_add(lane, sim);
        queue_put(&lane->unsent, sim);
        break;
    case PROGRESS_NOTHING:
        lane_came_to_nothing(lane, sim);
        break;
    }
}

/* Records for a group, as far as budget and collisions allow; at least one is there. */
static uint32_t lane_gather(struct lane *lane, struct simulation **group)
{
    uint32_t most = lane_collision_allowance(lane) - lane->collisions, count = 0;

    assert(most > 0);
    if (most > lane->group)
        most = lane->group;
    while (count < most && budget_has_simulation(lane)) {
        struct simulation *sim = lane->unused;

        assert(sim != NULL);
        lane->unused = sim->next;
        sim->started = budget_take_simulation(lane);
        simulate_clear(sim);
        group[count++] = sim;
    }
    return count;
}

static void lane_descend(struct lane *lane)
{
    struct simulation *group[LANE_GROUP_MOST];
    uint32_t count = lane_gather(lane, group);

    assert(count > 0);
    path_flush(lane);
    lane->run->strategy->descend(group, count);
    for (uint32_t i = 0; i < count; i++)
        lane_begin(lane, group[i]);
}

/* --- settling --------------------------------------------------------------------------- */

static void lane_release_collided(struct lane *lane)
{
    assert((lane->collided == NULL) == (lane->collisions == 0));
    while (lane->collided != NULL) {
        struct simulation *sim = lane->collided;

        lane->collided = sim->next;
        settle_withdraw(sim);
        lane_give_back(lane, sim);
    }
    lane->collisions = 0;
}

static void lane_count_answers(struct lane *lane, struct simulation *sim)
{
    struct open_tree *open = lane->open;
    const struct crux_setup *setup = &lane->run->setup;
    bool below = sim->found == FOUND_EXPAND || sim->found == FOUND_WIDEN;
    const struct cold_node *node = below && sim->family != NULL ? &sim->family->node[0] : sim->node;
    int reason;

    assert(sim->rollout_count == 0 || node != NULL);
    if (setup->stop_right + setup->stop_wrong + setup->probe == 0)
        return;
    for (uint32_t i = 0; i < sim->rollout_count; i++) {
        uint64_t path = answers_path(node->path, sim->rollouts[i].step->text);

        if (!answers_add(&open->answers, path, sim->rollouts[i].verdict))
            return;
        reason = answers_end(&open->answers, setup);
        if (reason >= 0)
            budget_end(lane->open, (enum crux_reason)reason);
    }
}

static void lane_settle_failed(struct lane *lane, struct simulation *sim)
{
    bool stopped = sim->status == CRUX_STOPPED ||
                   (sim->status == CRUX_CANCELLED && run_halted(lane->run) != HALT_NO);
    bool published = !stopped && !sim->late && settle_publish_unevaluated(sim);
    const char *none = NULL;

    assert(sim->phase == PHASE_FAILED);
    if (!published)
        settle_withdraw(sim);
    if (stopped) {
        atomic_store_explicit(&lane->open->cut, true, memory_order_relaxed);
        return;
    }
    lane_count(&lane->counts.withdrawn, 1);
    if (sim->late) /* may be tried again */
        return;
    /* The first sentence stays. relaxed: its reader, the last lane, is ordered behind all
     * others by the count of lanes left. */
    (void)atomic_compare_exchange_strong_explicit(&lane->open->failure, &none,
                                                  sim->call.reply.sentence, memory_order_relaxed,
                                                  memory_order_relaxed);
    /* That an answer could not be made better says nothing of what may be asked at its leaf. */
    if (!published && sim->found != FOUND_WIDEN && !simulate_revises(sim))
        lane_close_leaf(lane, sim);
}

/* A root that is complete, or that nothing can follow, is all there is to know, unless answers are
 * sampled there. */
static void lane_end_if_exhausted(struct lane *lane)
{
    if (!lane->run->strategy->samples && tree_tally(&lane->open->tree.root).handle == TREE_TERMINAL)
        budget_end(lane->open, CRUX_REASON_EXHAUSTED);
}

static void lane_count_settled(struct lane *lane, struct simulation *sim)
{
    lane_count(&lane->counts.simulations, 1);
    lane->settled++;
    lane_count_answers(lane, sim);
    lane_end_if_exhausted(lane);
}

static void lane_settle(struct lane *lane, struct simulation *sim)
{
    const struct strategy *strategy = lane->run->strategy;
    bool late = sim->phase == PHASE_FAILED && sim->late;

    assert(sim->phase >= PHASE_READY && sim->number < lane->numbered);
    lane_window_remove(lane, sim);
    lane_report(lane, sim->number, late ? sim->asked : 0);
    simulate_judge_in_turn(sim);
    if (sim->phase != PHASE_READY)
        lane_settle_failed(lane, sim);
    else if (settle_publish(sim))
        lane_count_settled(lane, sim);
    else
        lane->again++;
    if (strategy->settled != NULL)
        strategy->settled(sim);
    budget_settle(sim);
    lane_give_back(lane, sim);
    lane_release_collided(lane);
    schedule_wake_others(lane->open);
}

static bool lane_is_in_window(const struct lane *lane, uint64_t number)
{
    const struct simulation *sim = lane->oldest;

    while (sim != NULL && sim->number != number)
        sim = sim->newer;
    return sim != NULL;
}

/* As replies have come, or as an order says that they once came. An order of another tree, or
 * of one that a halt cuts short here, asks for what does not exist: no more of it then. */
static struct simulation *lane_next_arrived(struct lane *lane)
{
    uint64_t number;

    assert(lane->order_at <= lane->order_count);
    if (lane->order_at == lane->order_count)
        return queue_take(&lane->ready);
    number = lane->order[lane->order_at].number;
    if (lane_is_in_window(lane, number)) {
        struct simulation *sim = queue_take_number(&lane->ready, number);

        lane->order_at += sim != NULL;
        return sim;
    }
    lane_follow(lane, NULL, 0);
    return queue_take(&lane->ready);
}

static struct simulation *lane_next_to_settle(struct lane *lane)
{
    if (lane->run->setup.order == CRUX_ORDER_ARRIVAL)
        return lane_next_arrived(lane);
    while (lane->order_at < lane->order_count && lane->oldest != NULL &&
           lane->order[lane->order_at].late != CRUX_LATE_NOTE &&
           lane->order[lane->order_at].number < lane->oldest->number)
        lane->order_at++; /* it has been withdrawn */
    return lane->oldest != NULL && lane->oldest->phase >= PHASE_READY ? lane->oldest : NULL;
}

/* --- what comes from outside --------------------------------------------------------------- */

/* A record that has gone on: where it waits now. */
static void lane_go_on(struct lane *lane, struct simulation *sim, enum progress progress)
{
    assert(progress != PROGRESS_NOTHING); /* it has begun long ago */
    if (progress == PROGRESS_READY)
        lane_arrived(lane, sim);
    else if (progress == PROGRESS_UNSENT)
        queue_put(&lane->unsent, sim);
}

static struct simulation *lane_oldest_first(struct simulation *newest)
{
    struct simulation *list = NULL;

    while (newest != NULL) {
        struct simulation *next = newest->next;

        newest->next = list;
        list = newest;
        newest = next;
    }
    return list;
}

static void lane_collect(struct lane *lane)
{
    struct simulation *sim, *next;

    /* seq_cst: comes after the lane was set to RUNNING; pairs with schedule_deliver(). */
    if (atomic_load_explicit(&lane->mailbox, memory_order_seq_cst) == NULL)
        return;
    /* acquire: what was written before the delivery is there. */
    sim = lane_oldest_first(atomic_exchange_explicit(&lane->mailbox, NULL, memory_order_acquire));
    for (; sim != NULL; sim = next) {
        next = sim->next;
        lane_go_on(lane, sim, simulate_resume(sim));
    }
}

/* Send what waited for a place, oldest first, as far as there are places. */
static void lane_send(struct lane *lane)
{
    struct queue waiting = lane->unsent;
    struct simulation *sim;

    lane->unsent = (struct queue){NULL, NULL};
    while (lane->unsent.first == NULL && (sim = queue_take(&waiting)) != NULL) {
        if (run_halted(lane->run) != HALT_NO)
            simulate_abandon(sim);
        lane_go_on(lane, sim, simulate_send(sim));
    }
    if (lane->unsent.first == NULL)
        admission_pass_on(lane->admission);
    else
        queue_append(&lane->unsent, &waiting);
}

/* A limit in seconds does not wait for replies that may take hours. */
static void lane_cancel_pending(struct lane *lane)
{
    if (lane->cancelled || !run_hurries(lane->run))
        return;
    lane->cancelled = true;
    for (struct simulation *sim = lane->oldest; sim != NULL; sim = sim->newer)
        if (sim->phase < PHASE_READY)
            simulate_cancel(sim);
}

/* Calls that have had their time are given up one by one. */
static void lane_cancel_late(struct lane *lane)
{
    int64_t now_ns;

    if (lane->run->setup.deadline_ns == 0)
        return;
    now_ns = run_now(lane->run);
    for (struct simulation *sim = lane->oldest; sim != NULL; sim = sim->newer)
        simulate_cancel_late(sim, now_ns);
}

/* --- running ------------------------------------------------------------------------------- */

/* One event; false: there is none. */
static bool lane_take_event(struct lane *lane)
{
    struct simulation *sim;

    lane_collect(lane);
    lane_send(lane);
    if (lane_may_descend(lane)) {
        lane_descend(lane);
        return true;
    }
    sim = lane_next_to_settle(lane);
    if (sim == NULL)
        return false;
    lane_settle(lane, sim);
    return true;
}

/* Nothing of its own is open and every leaf it came to was taken: other lanes of
 * the tree must settle first. */
static enum lane_end lane_wait_for_others(struct lane *lane)
{
    assert(lane->in_window == 0);
    lane_release_collided(lane);
    return lane->open->instant || !schedule_park(lane, lane->settles) ? LANE_MORE : LANE_WAITS;
}

static enum lane_end lane_take_events(struct lane *lane)
{
    for (uint32_t i = 0; i < LANE_EVENTS; i++) {
        /* A settle after this look may be the one that frees what it collides with. */
        if (lane->collided == NULL)
            lane->settles = atomic_load_explicit(&lane->open->settles, memory_order_relaxed);
        if (lane_take_event(lane))
            continue;
        lane_cancel_pending(lane);
        lane_cancel_late(lane);
        if (lane->in_window > 0)
            return LANE_WAITS;
        if (lane_may_go_on(lane))
            return lane_wait_for_others(lane);
        lane_release_collided(lane);
        if (budget_wants_more(lane))
            atomic_store_explicit(&lane->open->cut, true, memory_order_relaxed);
        schedule_wake_others(lane->open);
        return LANE_DONE;
    }
    return LANE_MORE;
}

enum lane_end lane_run(struct lane *lane)
{
    enum lane_end end;

    assert(lane_is_running(lane));
    assert(lane->carry.levels == 0);
    lane_cancel_late(lane); /* a lane that is always busy looks once a turn */
    end = lane_take_events(lane);
    path_flush(lane);
    return end;
}
