/*
 * lane.c - one event after another, chosen from the lane's own state.
 *
 * Because the choice never looks at a clock, another lane, or how long a reply
 * took, the sequence of events is the tree's own; only CRUX_ORDER_ARRIVAL lets
 * the replies' order in, at the one place where the next to settle is chosen.
 */
#include "search/lane.h"
#include "search/strategies/strategy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TURN_EVENTS     1024u /* then other lanes have theirs */
#define COLLISION_SHARE 32u   /* one more collision allowed for so many settled */
#define HANDED_OUT      64u   /* simulations that a lane takes from its tree's budget at a time */

/* --- the window ---------------------------------------------------------------- */

static void window_add(struct lane *lane, struct simulation *sim)
{
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

static void window_remove(struct lane *lane, struct simulation *sim)
{
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

static bool make_carry(struct carry *carry, size_t levels)
{
    size_t each = sizeof *carry->slots + sizeof *carry->sums + sizeof *carry->counts;

    carry->slots = calloc(levels, each);
    if (carry->slots == NULL)
        return false;
    carry->sums = (uint64_t *)(carry->slots + levels);
    carry->counts = (uint32_t *)(carry->sums + levels);
    return true;
}

bool lane_make(struct lane *lane, struct open_tree *open, uint32_t number)
{
    const struct crux_setup *setup = &open->crew->setup;

    lane->window = setup->per_tree / setup->lanes;
    if (lane->window == 0)
        lane->window = 1;
    lane->group = setup->group < lane->window ? setup->group : lane->window;
    lane->pool = lane->window + lane->window / 2 + 4; /* the window, and collisions */
    lane->crew = open->crew;
    lane->open = open;
    lane->number = number;
    lane->records = calloc(lane->pool, sizeof *lane->records);
    if (lane->records == NULL || (setup->lanes > 1 && !make_carry(&lane->carry, setup->depth + 2)))
        return false;
    for (uint32_t i = 0; i < lane->pool; i++) {
        lane->records[i].lane = lane;
        lane->records[i].next = lane->unused;
        lane->unused = &lane->records[i];
    }
    return true;
}

void lane_open(struct lane *lane)
{
    assert(lane->in_window == 0 && lane->collisions == 0);
    lane->chunk = (struct arena_chunk){0, 0};
    lane->stash = 0;
    lane->handed = lane->handed_end = 0;
    lane->settled = lane->numbered = 0;
    lane->spent = false;
    lane->cancelled = false;
    lane->at_open = lane->counts;
    cold_reset(&lane->cold);
}

void lane_follow(struct lane *lane, uint64_t *order, size_t count)
{
    free(lane->order);
    lane->order = order;
    lane->order_count = count;
    lane->order_at = 0;
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

/* --- budget ------------------------------------------------------------------------ */

/* Is there a simulation to begin? Its number, for samples, is in lane->handed. */
static bool has_simulation(struct lane *lane)
{
    struct open_tree *open = lane->open;
    uint64_t begun;

    if (lane->stash > 0 || lane->handed < lane->handed_end)
        return true;
    /* relaxed: the number alone is what is handed out. */
    if (atomic_load_explicit(&open->begun, memory_order_relaxed) >= open->simulation_limit)
        return false;
    begun = atomic_fetch_add_explicit(&open->begun, HANDED_OUT, memory_order_relaxed);
    lane->handed = begun;
    lane->handed_end = begun + HANDED_OUT;
    if (lane->handed_end > open->simulation_limit)
        lane->handed_end = open->simulation_limit;
    return lane->handed < lane->handed_end;
}

static uint64_t take_simulation(struct lane *lane)
{
    if (lane->stash == 0)
        return lane->handed++;
    lane->stash--;
    return 0;
}

bool lane_reserve(struct lane *lane, struct simulation *sim, uint32_t calls)
{
    struct open_tree *open = lane->open;
    uint32_t limit = lane->crew->setup.calls;

    if (limit == 0)
        return true;
    /* relaxed: the number alone counts. */
    if (atomic_fetch_add_explicit(&open->reserved, calls, memory_order_relaxed) + calls > limit) {
        atomic_fetch_sub_explicit(&open->reserved, calls, memory_order_relaxed);
        return false;
    }
    sim->reserved = calls;
    return true;
}

void lane_unreserve(struct lane *lane, struct simulation *sim)
{
    if (sim->reserved == 0)
        return;
    atomic_fetch_sub_explicit(&lane->open->reserved, sim->reserved, memory_order_relaxed);
    sim->reserved = 0;
    lane->spent = false;
}

static bool ended(const struct lane *lane)
{
    /* relaxed: a lane that sees it late begins a simulation more. */
    return atomic_load_explicit(&lane->open->ended, memory_order_relaxed) >= 0;
}

/* The first reason stays. */
static void end(struct lane *lane, int reason)
{
    int none = -1;

    (void)atomic_compare_exchange_strong_explicit(&lane->open->ended, &none, reason,
                                                  memory_order_relaxed, memory_order_relaxed);
}

static bool wants_more(struct lane *lane)
{
    return !lane->spent && !ended(lane) && has_simulation(lane);
}

static bool may_go_on(struct lane *lane)
{
    return crew_halted(lane->crew) == HALT_NO && wants_more(lane);
}

static uint32_t collision_allowance(const struct lane *lane)
{
    uint64_t allowed = 1 + lane->settled / COLLISION_SHARE;
    uint32_t most = lane->pool - lane->window - 1;

    return allowed < most ? (uint32_t)allowed : most;
}

static bool may_descend(struct lane *lane)
{
    return lane->in_window + lane->group <= lane->window &&
           lane->collisions < collision_allowance(lane) && may_go_on(lane);
}

/* --- descending ----------------------------------------------------------------------- */

static void give_back(struct lane *lane, struct simulation *sim)
{
    sim->next = lane->unused;
    lane->unused = sim;
}

static void arrived(struct lane *lane, struct simulation *sim)
{
    if (lane->crew->setup.order == CRUX_ORDER_ARRIVAL)
        queue_put(&lane->ripe, sim);
}

/* Nothing below here can be searched any more; at the root that is the end. */
static void bar(struct lane *lane, struct simulation *sim)
{
    tree_bar(path_leaf(sim));
    if (sim->depth == 0)
        end(lane, CRUX_REASON_FAILED);
}

static void came_to_nothing(struct lane *lane, struct simulation *sim)
{
    lane->stash++;
    if (sim->aim == AIM_COLLIDED) {
        lane_count(&lane->counts.collisions, 1);
        sim->next = lane->collided;
        lane->collided = sim;
        lane->collisions++;
        return;
    }
    lane->spent |= sim->aim == AIM_SPENT;
    simulate_withdraw(sim);
    if (sim->aim == AIM_DEAD)
        bar(lane, sim);
    give_back(lane, sim);
}

static void begin(struct lane *lane, struct simulation *sim)
{
    switch (simulate_begin(sim)) {
    case PROGRESS_RIPE:
        window_add(lane, sim);
        arrived(lane, sim);
        break;
    case PROGRESS_WAITS:
        window_add(lane, sim);
        break;
    case PROGRESS_NOTHING:
        came_to_nothing(lane, sim);
        break;
    }
}

/* Records for a group, as far as budget and collisions allow; at least one is there. */
static uint32_t gather(struct lane *lane, struct simulation **group)
{
    uint32_t most = collision_allowance(lane) - lane->collisions, count = 0;

    if (most > lane->group)
        most = lane->group;
    while (count < most && has_simulation(lane)) {
        struct simulation *sim = lane->unused;

        assert(sim != NULL);
        lane->unused = sim->next;
        sim->started = take_simulation(lane);
        simulate_clear(sim);
        group[count++] = sim;
    }
    return count;
}

static void descend(struct lane *lane)
{
    struct simulation *group[LANE_GROUP_MOST];
    uint32_t count = gather(lane, group);

    path_flush(lane);
    if (lane->crew->setup.strategy == CRUX_SAMPLE)
        sample_descend(group, count);
    else
        mcts_descend(group, count);
    for (uint32_t i = 0; i < count; i++)
        begin(lane, group[i]);
}

/* --- settling --------------------------------------------------------------------------- */

static void release_collided(struct lane *lane)
{
    while (lane->collided != NULL) {
        struct simulation *sim = lane->collided;

        lane->collided = sim->next;
        simulate_withdraw(sim);
        give_back(lane, sim);
    }
    lane->collisions = 0;
}

static void count_answers(struct lane *lane, struct simulation *sim)
{
    struct open_tree *open = lane->open;
    const struct crux_setup *setup = &lane->crew->setup;
    bool below = sim->aim == AIM_EXPAND || sim->aim == AIM_WIDEN;
    const struct cold_node *node = below && sim->family != NULL ? &sim->family->node[0] : sim->node;
    int reason;

    if (setup->stop_right + setup->stop_wrong + setup->probe == 0)
        return;
    for (uint32_t i = 0; i < sim->rollout_count; i++) {
        uint64_t path = answers_path(node->path, sim->rollouts[i].step->text);

        if (!answers_add(&open->answers, path, sim->rollouts[i].verdict))
            return;
        reason = answers_end(&open->answers, setup);
        if (reason >= 0)
            end(lane, reason);
    }
}

static void settle_failed(struct lane *lane, struct simulation *sim)
{
    const char *none = NULL;

    simulate_withdraw(sim);
    if (sim->status == CRUX_STOPPED ||
        (sim->status == CRUX_CANCELLED && crew_halted(lane->crew) != HALT_NO)) {
        atomic_store_explicit(&lane->open->cut, true, memory_order_relaxed);
        return;
    }
    if (sim->late) { /* may be tried again */
        lane_count(&lane->counts.withdrawn, 1);
        return;
    }
    /* The first sentence stays. relaxed: who reads it, the last lane, is ordered behind all
     * others by the count of lanes left. */
    (void)atomic_compare_exchange_strong_explicit(&lane->open->failure, &none,
                                                  sim->call.reply.sentence, memory_order_relaxed,
                                                  memory_order_relaxed);
    lane_count(&lane->counts.withdrawn, 1);
    if (sim->aim != AIM_WIDEN)
        bar(lane, sim);
}

/* A root that is complete, or that nothing can follow, is all there is to know. */
static void end_if_exhausted(struct lane *lane)
{
    if (tree_tally(&lane->open->tree.root).handle == TREE_TERMINAL)
        end(lane, CRUX_REASON_EXHAUSTED);
}

static void count_settled(struct lane *lane, struct simulation *sim)
{
    lane_count(&lane->counts.simulations, 1);
    lane->settled++;
    count_answers(lane, sim);
    end_if_exhausted(lane);
}

static void settle(struct lane *lane, struct simulation *sim)
{
    struct crux_settling *settling = lane->crew->setup.settling;

    window_remove(lane, sim);
    if (settling != NULL)
        settling->settled(settling, lane->open->problem, sim->number);
    simulate_judge_in_turn(sim);
    if (sim->phase != PHASE_RIPE)
        settle_failed(lane, sim);
    else if (simulate_settle(sim))
        count_settled(lane, sim);
    else
        lane->stash++;
    lane_unreserve(lane, sim);
    give_back(lane, sim);
    release_collided(lane);
    crew_turn(lane->open);
}

static bool is_in_window(const struct lane *lane, uint64_t number)
{
    const struct simulation *sim = lane->oldest;

    while (sim != NULL && sim->number != number)
        sim = sim->newer;
    return sim != NULL;
}

/* As replies have come, or as an order says that they once came. An order of another tree, or
 * of one that a halt cuts short here, asks for what does not exist: no more of it then. */
static struct simulation *next_arrived(struct lane *lane)
{
    uint64_t number;

    if (lane->order_at == lane->order_count)
        return queue_take(&lane->ripe);
    number = lane->order[lane->order_at];
    if (is_in_window(lane, number)) {
        struct simulation *sim = queue_take_number(&lane->ripe, number);

        lane->order_at += sim != NULL;
        return sim;
    }
    lane_follow(lane, NULL, 0);
    return queue_take(&lane->ripe);
}

static struct simulation *next_to_settle(struct lane *lane)
{
    if (lane->crew->setup.order == CRUX_ORDER_ARRIVAL)
        return next_arrived(lane);
    return lane->oldest != NULL && lane->oldest->phase >= PHASE_RIPE ? lane->oldest : NULL;
}

/* --- what comes from outside --------------------------------------------------------------- */

void lane_deliver(struct lane *lane, struct simulation *sim)
{
    struct crew *crew = lane->crew;
    struct simulation *newest;

    /* The run cannot end before the record is delivered; after that, it waits
     * until nobody is in here any more. */
    atomic_fetch_add_explicit(&crew->completing, 1, memory_order_relaxed);
    crew_done(crew);
    newest = atomic_load_explicit(&lane->mailbox, memory_order_relaxed);
    do {
        sim->next = newest;
        /* seq_cst: comes before the look at the lane's state in crew_notify(); pairs
         * with collect(), which comes after the change of that state. */
    } while (!atomic_compare_exchange_weak_explicit(&lane->mailbox, &newest, sim,
                                                    memory_order_seq_cst, memory_order_relaxed));
    (void)crew_notify(crew, lane);
    /* release: pairs with the acquire in crew_run(). */
    atomic_fetch_sub_explicit(&crew->completing, 1, memory_order_release);
}

void lane_wait_to_send(struct lane *lane, struct simulation *sim)
{
    queue_put(&lane->unsent, sim);
}

static struct simulation *oldest_first(struct simulation *newest)
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

static void collect(struct lane *lane)
{
    struct simulation *sim, *next;

    /* seq_cst: comes after the lane was set to RUNNING; pairs with lane_deliver(). */
    if (atomic_load_explicit(&lane->mailbox, memory_order_seq_cst) == NULL)
        return;
    /* acquire: what was written before the delivery is there. */
    sim = oldest_first(atomic_exchange_explicit(&lane->mailbox, NULL, memory_order_acquire));
    for (; sim != NULL; sim = next) {
        next = sim->next;
        if (simulate_resume(sim) == PROGRESS_RIPE)
            arrived(lane, sim);
    }
}

/* Send what waited for a place, as far as there are places. */
static void send(struct lane *lane)
{
    struct queue waiting = lane->unsent;
    struct simulation *sim;

    if (waiting.first == NULL) {
        crew_pass_on(lane->crew);
        return;
    }
    lane->unsent = (struct queue){NULL, NULL};
    while ((sim = queue_take(&waiting)) != NULL) {
        if (crew_halted(lane->crew) != HALT_NO)
            simulate_abandon(sim);
        if (simulate_send(sim) == PROGRESS_RIPE)
            arrived(lane, sim);
        else if (lane->unsent.first != NULL)
            break; /* no place left; it is the first of the queue again */
    }
    if (sim != NULL && waiting.first != NULL) {
        lane->unsent.last->next = waiting.first;
        lane->unsent.last = waiting.last;
    }
    if (lane->unsent.first == NULL)
        crew_pass_on(lane->crew);
}

/* A limit in seconds does not wait for replies that may take hours. */
static void cancel_pending(struct lane *lane)
{
    if (lane->cancelled || crew_halted(lane->crew) != HALT_TIME)
        return;
    lane->cancelled = true;
    for (struct simulation *sim = lane->oldest; sim != NULL; sim = sim->newer)
        if (sim->phase < PHASE_RIPE)
            simulate_cancel(sim);
}

/* Calls that have had their time are given up one by one. */
static void cancel_late(struct lane *lane)
{
    int64_t now_ns;

    if (lane->crew->setup.deadline_ns == 0)
        return;
    now_ns = crew_now(lane->crew);
    for (struct simulation *sim = lane->oldest; sim != NULL; sim = sim->newer)
        simulate_cancel_late(sim, now_ns);
}

/* --- running ------------------------------------------------------------------------------------
 */

/* One event; false: there is none. */
static bool take_event(struct lane *lane)
{
    struct simulation *sim;

    collect(lane);
    send(lane);
    if (may_descend(lane)) {
        descend(lane);
        return true;
    }
    sim = next_to_settle(lane);
    if (sim == NULL)
        return false;
    settle(lane, sim);
    return true;
}

/* Nothing of its own is open and every leaf it came to was taken: other lanes of
 * the tree must settle first. */
static enum lane_end wait_for_others(struct lane *lane)
{
    release_collided(lane);
    return lane->open->instant || !crew_park(lane, lane->turns) ? LANE_MORE : LANE_WAITS;
}

static enum lane_end run(struct lane *lane)
{
    for (uint32_t i = 0; i < TURN_EVENTS; i++) {
        /* A settle after this look may be the one that frees what it collides with. */
        if (lane->collided == NULL)
            lane->turns = atomic_load_explicit(&lane->open->turns, memory_order_relaxed);
        if (take_event(lane))
            continue;
        cancel_pending(lane);
        cancel_late(lane);
        if (lane->in_window > 0)
            return LANE_WAITS;
        if (may_go_on(lane))
            return wait_for_others(lane);
        release_collided(lane);
        if (wants_more(lane))
            atomic_store_explicit(&lane->open->cut, true, memory_order_relaxed);
        crew_turn(lane->open);
        return LANE_DONE;
    }
    return LANE_MORE;
}

enum lane_end lane_run(struct lane *lane)
{
    enum lane_end end;

    cancel_late(lane); /* a lane that is always busy looks once a turn */
    end = run(lane);
    path_flush(lane);
    return end;
}
