/*
 * kernel_cold_attach.c - protocol: rollouts put on a node while others read its list (cold.h).
 *
 * Writers make rollouts in memory of their own, plainly, and attach them; a reader walks
 * the list. Asserted: a thread that finds a rollout may read all of it (else it is a race), and
 * in the end each is there once.
 */
#include "search/tree/cold.h"
#include "tests/weak/weak.h"

#define EACH 2u

static struct cold_node node;
static struct rollout rollouts[3][EACH];

static void open_node(uint32_t what)
{
    (void)what;
    atomic_store(&node.rollouts, NULL);
    for (uint32_t i = 0; i < 3 * EACH; i++)
        rollouts[i / EACH][i % EACH] = (struct rollout){.ordinal = 0};
}

static void attach(uint32_t thread)
{
    for (uint32_t i = 0; i < EACH; i++) {
        struct rollout *rollout = &rollouts[thread][i];

        rollout->ordinal = 1 + thread * EACH + i;
        cold_attach(&node, rollout);
    }
}

static void read_list(uint32_t thread)
{
    /* acquire: pairs with the release in cold_attach(). */
    const struct rollout *rollout = atomic_load_explicit(&node.rollouts, memory_order_acquire);

    (void)thread;
    for (; rollout != NULL; rollout = rollout->next)
        weak_expect(rollout->ordinal > 0, "whole rollouts");
}

static void judge(uint32_t writers)
{
    uint32_t seen = 0, found = 0;

    for (const struct rollout *rollout = atomic_load(&node.rollouts); rollout != NULL;
         rollout = rollout->next, found++)
        seen |= 1u << rollout->ordinal;
    weak_expect(found == writers * EACH, "none is lost");
    weak_expect((uint32_t)__builtin_popcount(seen) == found, "each is there once");
}

static const struct weak_scene scenes[] = {
    {"one writes, one reads", 1, open_node, {attach, read_list}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"two write", 2, open_node, {attach, attach}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"three", 2, open_node, {attach, attach, read_list}, judge, WEAK_ALL, WEAK_ALWAYS},
    {0},
};
WEAK_MAIN(scenes)
