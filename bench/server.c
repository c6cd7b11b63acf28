/*
 * server.c - the model server in virtual time. Time moves in one place, idle(), and every
 * slot-second is counted there.
 *
 * The heap is ordered by due time and then by the order of asking, so that calls of
 * equal latency are answered in the order in which they were asked.
 */
#include "bench/server.h"

#include "bench/measure.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MEAN_NS         1e9
#define SIGMA           0.6 /* of the log of a latency */
#define STRAGGLER_SHARE 0.01
#define STRAGGLER_SLOW  10.0
#define UNSEEN          UINT64_MAX /* no key of a node */

/* A call in its slot; the score stays here until the reply is released. */
struct stay {
    int64_t due_ns;
    uint64_t serial;
    struct crux_call *call;
    uint64_t ticket;
    double score;
    struct stay *next; /* among the unused */
};

/* A moment, and the busy slot-nanoseconds until then. */
struct moment {
    int64_t now_ns;
    double busy_ns;
};

struct bench_server {
    struct crux_clock clock;
    struct crux_critic critic;
    struct bench_world world;
    struct stay *stays, *unused;
    struct stay **heap;
    uint32_t busy;
    uint64_t *seen; /* keys of nodes that were asked about, open addressing */
    uint64_t seen_mask;
    struct bench_server_counts counts;
    struct moment now, from, until;
    bool full, closed; /* of the window of fill: it was full; its figures are summed up */
    struct moment sum; /* of closed windows */
};

/* --- the world ------------------------------------------------------------------- */

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t bench_server_mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xBF58476D1CE4E5B9u;
    x ^= x >> 27;
    x *= 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

static uint64_t child_key(uint64_t key, uint64_t index)
{
    return bench_server_mix(key + (index + 1) * 0x9E3779B97F4A7C15u);
}

/* In [0, 1). */
static double fraction(uint64_t word)
{
    return (double)(word >> 11) * 0x1p-53;
}

static uint64_t root_key(const struct bench_world *world, uint64_t ordinal)
{
    return child_key(bench_server_mix(world->seed), ordinal);
}

double bench_server_truth(const struct bench_world *world, uint64_t ordinal,
                          const uint16_t *choices, uint32_t depth)
{
    uint64_t key = root_key(world, ordinal);
    double sum = 0.0;

    for (uint32_t i = 0; i < depth; i++) {
        key = child_key(key, choices[i]);
        sum += (double)(key >> 40) * 0x1p-24 - 0.5;
    }
    return 0.5 + sum / world->depth;
}

static uint64_t node_key(const struct bench_world *world, const struct crux_state *state)
{
    uint64_t key = root_key(world, state->problem->ordinal);

    for (uint32_t i = 0; i < state->depth; i++)
        key = child_key(key, state->choices[i]);
    return key;
}

static double noisy(const struct bench_world *world, const struct crux_state *state, uint64_t key)
{
    double truth = bench_server_truth(world, state->problem->ordinal, state->choices, state->depth);
    double score = truth + world->noise * (fraction(child_key(~key, 0)) - 0.5);

    return score < 0.0 ? 0.0 : score > 1.0 ? 1.0 : score;
}

/* Of mean MEAN_NS: a normal draw (Box and Muller 1958) in the exponent. */
static int64_t latency_ns(const struct bench_world *world, uint64_t key)
{
    double normal = sqrt(-2.0 * log(1.0 - fraction(child_key(~key, 1)))) *
                    cos(2.0 * M_PI * fraction(child_key(~key, 2)));
    double latency = MEAN_NS * exp(SIGMA * normal - SIGMA * SIGMA / 2.0);

    if (world->law == BENCH_CONSTANT)
        return (int64_t)MEAN_NS;
    if (world->law == BENCH_STRAGGLERS && fraction(child_key(~key, 3)) < STRAGGLER_SHARE)
        latency *= STRAGGLER_SLOW;
    return (int64_t)latency;
}

/* --- the heap -------------------------------------------------------------------- */

static bool before(const struct stay *a, const struct stay *b)
{
    return a->due_ns < b->due_ns || (a->due_ns == b->due_ns && a->serial < b->serial);
}

static void bench_server_swap(struct stay **a, struct stay **b)
{
    struct stay *c = *a;

    *a = *b;
    *b = c;
}

static void bench_server_put(struct bench_server *server, struct stay *stay)
{
    struct stay **heap = server->heap;
    uint32_t at = server->busy++;

    heap[at] = stay;
    while (at > 0 && before(heap[at], heap[(at - 1) / 2])) {
        bench_server_swap(&heap[at], &heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static struct stay *bench_server_take_first(struct bench_server *server)
{
    struct stay **heap = server->heap, *taken = heap[0];
    uint32_t at = 0;

    heap[0] = heap[--server->busy];
    for (;;) {
        uint32_t first = at;

        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < server->busy; child++)
            if (before(heap[child], heap[first]))
                first = child;
        if (first == at)
            return taken;
        bench_server_swap(&heap[at], &heap[first]);
        at = first;
    }
}

/* --- what is counted --------------------------------------------------------------- */

static void count_node(struct bench_server *server, uint64_t key)
{
    uint64_t at;

    server->counts.calls++;
    key -= key == UNSEEN;
    for (at = key & server->seen_mask; server->seen[at] != UNSEEN;
         at = (at + 1) & server->seen_mask)
        if (server->seen[at] == key) {
            server->counts.duplicates++;
            return;
        }
    server->seen[at] = key;
}

static void count_occupancy(struct bench_server *server)
{
    if (server->world.one_by_one)
        server->until = server->now;
    if (server->busy < server->world.slots || server->full)
        return;
    server->full = true;
    server->from = server->now;
    if (server->counts.full_resident == 0)
        server->counts.full_resident = bench_resident();
}

static void close_window(struct bench_server *server)
{
    server->sum.now_ns += server->until.now_ns - server->from.now_ns;
    server->sum.busy_ns += server->until.busy_ns - server->from.busy_ns;
    server->full = false;
    server->from = server->until = server->now;
}

void bench_server_opens(struct bench_server *server)
{
    if (server->world.one_by_one)
        close_window(server);
    else
        server->until = server->now;
}

double bench_server_fill(struct bench_server *server)
{
    close_window(server);
    return server->sum.now_ns > 0
               ? server->sum.busy_ns / ((double)server->world.slots * (double)server->sum.now_ns)
               : 0.0;
}

struct bench_server_counts bench_server_counts(const struct bench_server *server)
{
    return server->counts;
}

/* --- the ports ---------------------------------------------------------------------- */

static struct bench_server *of_critic(struct crux_port *port)
{
    return (struct bench_server *)(void *)((char *)port - offsetof(struct bench_server, critic));
}

static int bench_server_ask(struct crux_port *port, struct crux_call *call)
{
    struct bench_server *server = of_critic(port);
    uint64_t key = node_key(&server->world, &call->state);
    struct stay *stay = server->unused;

    assert(stay != NULL && server->busy < server->world.room);
    server->unused = stay->next;
    count_node(server, key);
    stay->serial = server->counts.calls;
    stay->due_ns = server->now.now_ns + latency_ns(&server->world, key);
    stay->call = call;
    stay->ticket = call->ticket;
    stay->score = noisy(&server->world, &call->state, key);
    bench_server_put(server, stay);
    count_occupancy(server);
    return CRUX_PENDING;
}

static void bench_server_release(struct crux_port *port, struct crux_reply *reply)
{
    struct bench_server *server = of_critic(port);
    struct stay *stay = reply->owner;

    stay->next = server->unused;
    server->unused = stay;
}

static int64_t now_ns(struct crux_clock *clock)
{
    return ((struct bench_server *)clock)->now.now_ns;
}

/* To the next call that is due. */
static bool jump(struct crux_clock *clock)
{
    struct bench_server *server = (struct bench_server *)clock;
    uint32_t busy = server->busy;
    struct stay *stay;
    bool taken;

    if (busy == 0)
        return false;
    stay = bench_server_take_first(server);
    server->now.busy_ns += (double)busy * (double)(stay->due_ns - server->now.now_ns);
    server->now.now_ns = stay->due_ns;
    stay->call->reply = (struct crux_reply){.count = 1, .scores = &stay->score, .owner = stay};
    taken = crux_complete(stay->call, stay->ticket, CRUX_DONE);
    assert(taken);
    (void)taken;
    return true;
}

/* --- open and close -------------------------------------------------------------------- */

struct crux_critic *bench_server_critic(struct bench_server *server)
{
    return &server->critic;
}

struct crux_clock *bench_server_clock(struct bench_server *server)
{
    return &server->clock;
}

static bool bench_server_make_room(struct bench_server *server)
{
    uint32_t stays = 2 * server->world.room; /* busy, and answered but not yet released */
    uint64_t room = 64;

    while (room < 2 * server->world.calls_most)
        room *= 2;
    server->seen_mask = room - 1;
    server->seen = malloc(room * sizeof *server->seen);
    server->stays = calloc(stays, sizeof *server->stays);
    server->heap = malloc(server->world.room * sizeof *server->heap);
    if (server->seen == NULL || server->stays == NULL || server->heap == NULL)
        return false;
    /* Written now, so that it is resident before anybody measures. */
    memset(server->seen, 0xFF, room * sizeof *server->seen);
    for (uint32_t i = 0; i < stays; i++) {
        server->stays[i].next = server->unused;
        server->unused = &server->stays[i];
    }
    return true;
}

int bench_server_open(struct bench_server **out, const struct bench_world *world,
                      struct crux_error *error)
{
    struct bench_server *server = calloc(1, sizeof *server);

    if (server != NULL) {
        server->world = *world;
        server->clock = (struct crux_clock){now_ns, jump};
        server->critic = (struct crux_critic){
            .port = {.name = "virtual server",
                     .ask = bench_server_ask,
                     .release = bench_server_release},
            .verbs = 1u << CRUX_SCORE,
        };
        if (bench_server_make_room(server)) {
            *out = server;
            return CRUX_OK;
        }
    }
    bench_server_close(server);
    return crux_fail(error, CRUX_MEMORY, "no memory for a virtual server");
}

void bench_server_close(struct bench_server *server)
{
    if (server == NULL)
        return;
    free(server->seen);
    free(server->stays);
    free(server->heap);
    free(server);
}
