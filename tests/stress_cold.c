/*
 * stress_cold.c - rollouts put on one node by many threads, while others read the list.
 *
 * Runs under ThreadSanitizer. Writers make rollouts in memory of their own and put them
 * on the node; readers walk the list all the while and look at what the rollouts say.
 * Main judges after the join: every rollout is there once, and every reader saw whole ones.
 *
 *     stress_cold [ROLLOUTS]
 */
#include "search/tree/cold.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define LOOKS 40u /* walks of a reader */

static struct cold_node node;
static uint64_t rollouts_each;

struct hand {
    pthread_t thread;
    uint64_t number;
    struct cold cold;
    uint64_t torn; /* rollouts that a reader saw half made */
};

static void *write_some(void *context)
{
    struct hand *hand = context;

    for (uint64_t i = 0; i < rollouts_each; i++) {
        struct rollout *rollout = cold_take(&hand->cold, sizeof *rollout);

        *rollout = (struct rollout){.ordinal = hand->number * rollouts_each + i, .reward = 1.0};
        rollout->answer = cold_text(&hand->cold, "24", 2);
        cold_attach(&node, rollout);
    }
    return NULL;
}

static uint64_t count_list(uint64_t *torn)
{
    /* acquire: pairs with the release in cold_attach(). */
    const struct rollout *rollout = atomic_load_explicit(&node.rollouts, memory_order_acquire);
    uint64_t count = 0;

    for (; rollout != NULL; rollout = rollout->next) {
        *torn += rollout->reward < 1.0 || rollout->answer[0] != '2';
        count++;
    }
    return count;
}

static void *read_all(void *context)
{
    struct hand *hand = context;

    for (uint32_t i = 0; i < LOOKS; i++)
        (void)count_list(&hand->torn);
    return NULL;
}

/* Is every ordinal there once? */
static uint64_t missing(uint64_t total)
{
    unsigned char *seen = calloc(total, 1);
    uint64_t lost = seen == NULL ? total : 0;

    for (const struct rollout *rollout = atomic_load(&node.rollouts);
         seen != NULL && rollout != NULL; rollout = rollout->next)
        seen[rollout->ordinal]++;
    for (uint64_t i = 0; seen != NULL && i < total; i++)
        lost += seen[i] != 1;
    free(seen);
    return lost;
}

static int together(uint32_t threads)
{
    struct hand *hands = calloc(threads, sizeof *hands);
    uint64_t torn = 0, lost;

    if (hands == NULL)
        return 1;
    atomic_store(&node.rollouts, NULL);
    for (uint32_t i = 0; i < threads; i++) {
        hands[i].number = i / 2;
        (void)pthread_create(&hands[i].thread, NULL, i % 2 == 0 ? write_some : read_all, &hands[i]);
    }
    for (uint32_t i = 0; i < threads; i++)
        (void)pthread_join(hands[i].thread, NULL);
    for (uint32_t i = 0; i < threads; i++)
        torn += hands[i].torn;
    lost = missing((threads + 1) / 2 * rollouts_each);
    for (uint32_t i = 0; i < threads; i++)
        cold_close(&hands[i].cold);
    free(hands);
    if (torn + lost > 0)
        (void)printf("broken with %u threads: %llu lost, %llu half made\n", threads,
                     (unsigned long long)lost, (unsigned long long)torn);
    return torn + lost > 0;
}

int main(int count, char **arguments)
{
    static const uint32_t threads[] = {2, 4, 8, 16, 64};
    int broken = 0;

    rollouts_each = count > 1 ? (uint64_t)atoll(arguments[1]) : 200;
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
        broken += together(threads[i]);
    (void)printf("%d broken\n", broken);
    return broken == 0 ? 0 : 1;
}
