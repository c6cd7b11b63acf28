/*
 * stress_transposition.c - many threads meet the same states: each is evaluated by one at a time.
 *
 * Runs under ThreadSanitizer. Hands claim states in an order of their own. Who wins writes
 * to plain memory of that state, which only the table's orders protect, and then settles,
 * or gives it up as a hash of his turn says. Who gets KNOWN reads that memory. Main
 * judges after the join: every state was evaluated by one at a time, settled once, and
 * every value that was given is the one that was settled.
 *
 *     stress_transposition [ROUNDS]
 */
#include "search/tree/transposition.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "search/rng.h"

#define STATES  257u
#define VISITS  4u /* of every hand to every state, a round */
#define THREADS 16u

/* Plain memory: the holder of the claim writes, a hand that gets KNOWN reads. */
static struct state {
    uint64_t evaluations, settled;
    uint32_t value;
    _Atomic uint32_t inside; /* hands between claim and answer: 1 at most */
} states[STATES];

static struct transpositions table;

struct hand {
    pthread_t thread;
    uint64_t number;
    uint64_t mine, taken, known, faults;
};

static uint64_t key_of(uint64_t state)
{
    return rng_join(1, state) | 1;
}

static void evaluate(struct hand *hand, uint64_t index, uint64_t turn)
{
    struct state *state = &states[index];

    hand->mine++;
    /* relaxed: an order here would hide what the table's orders miss. */
    hand->faults += atomic_fetch_add_explicit(&state->inside, 1, memory_order_relaxed) != 0;
    state->evaluations++;
    state->value = (uint32_t)(rng_join(hand->number, turn) % 65536);
    (void)atomic_fetch_sub_explicit(&state->inside, 1, memory_order_relaxed);
    if (rng_join(turn, hand->number) % 4 != 0) {
        transposition_withdraw(&table, key_of(index));
        return;
    }
    state->settled++;
    transposition_settle(&table, key_of(index), state->value);
}

static void visit(struct hand *hand, uint64_t index, uint64_t turn)
{
    uint32_t value = 0;

    switch (transposition_claim(&table, key_of(index), &value)) {
    case TRANSPOSITION_MINE:
        evaluate(hand, index, turn);
        break;
    case TRANSPOSITION_KNOWN:
        hand->known++;
        hand->faults += value != states[index].value || states[index].settled != 1;
        break;
    case TRANSPOSITION_TAKEN:
        hand->taken++;
        break;
    case TRANSPOSITION_FULL:
        hand->faults++;
        break;
    }
}

static void *work(void *context)
{
    struct hand *hand = context;

    for (uint64_t turn = 0; turn < (uint64_t)STATES * VISITS; turn++)
        visit(hand, (turn + turn / STATES * hand->number) % STATES, turn);
    return NULL;
}

/* The number of faults. */
static uint64_t judge(const struct hand *hands, uint32_t count)
{
    uint64_t faults = 0, mine = 0, evaluations = 0;

    for (uint32_t i = 0; i < count; i++) {
        faults += hands[i].faults;
        mine += hands[i].mine;
    }
    for (uint32_t i = 0; i < STATES; i++) {
        evaluations += states[i].evaluations;
        faults += states[i].settled > 1 || states[i].evaluations == 0;
        states[i] = (struct state){.evaluations = 0};
    }
    return faults + (mine != evaluations);
}

static bool round_of(uint32_t count)
{
    struct hand hands[THREADS] = {{.number = 0}};
    uint64_t faults, taken = 0, known = 0;

    for (uint32_t i = 0; i < count; i++) {
        hands[i].number = i;
        if (pthread_create(&hands[i].thread, NULL, work, &hands[i]) != 0)
            exit(EXIT_FAILURE);
    }
    for (uint32_t i = 0; i < count; i++) {
        (void)pthread_join(hands[i].thread, NULL);
        taken += hands[i].taken;
        known += hands[i].known;
    }
    faults = judge(hands, count);
    transposition_reset(&table);
    if (faults != 0)
        (void)fprintf(stderr,
                      "stress_transposition: %u threads, %llu faults (%llu taken, %llu known)\n",
                      count, (unsigned long long)faults, (unsigned long long)taken,
                      (unsigned long long)known);
    return faults == 0;
}

int main(int argc, char **argv)
{
    uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 20;
    bool fine = transposition_open(&table, STATES);

    for (uint64_t i = 0; i < rounds && fine; i++)
        for (uint32_t count = 2; count <= THREADS && fine; count *= 2)
            fine = round_of(count);
    transposition_close(&table);
    return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
