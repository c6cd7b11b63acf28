/*
 * cold.c - a bump allocator for texts: taken one by one, forgotten together.
 */
#include "search/tree/cold.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)64 << 10)
#define ALIGNMENT   _Alignof(max_align_t)

struct cold_chunk {
    struct cold_chunk *next;
    size_t bytes;
    _Alignas(max_align_t) unsigned char data[];
};

static bool add_chunk(struct cold *cold, size_t size)
{
    size_t bytes = size > CHUNK_BYTES ? size : CHUNK_BYTES;
    struct cold_chunk *chunk = malloc(sizeof *chunk + bytes);

    assert(size > 0 && size % ALIGNMENT == 0);
    if (chunk == NULL)
        return false;
    chunk->next = cold->chunks;
    chunk->bytes = bytes;
    cold->chunks = chunk;
    cold->next = chunk->data;
    cold->end = chunk->data + bytes;
    return true;
}

void *cold_take(struct cold *cold, size_t size)
{
    unsigned char *taken;

    assert(cold->next <= cold->end);
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if ((size_t)(cold->end - cold->next) < size && !add_chunk(cold, size))
        return NULL;
    taken = cold->next;
    cold->next += size;
    return taken;
}

char *cold_text(struct cold *cold, const char *text, size_t length)
{
    char *copy = cold_take(cold, length + 1);

    assert(text != NULL);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

const struct remark *cold_remark(struct cold *cold, const struct remark *remark)
{
    const struct crux_opinion *opinion = &remark->opinion;
    const char *sentence = opinion->sentence != NULL ? opinion->sentence : "";
    struct remark *copy = cold_take(cold, sizeof *copy);
    double *steps = cold_take(cold, (opinion->step_count + 1u) * sizeof *steps);
    char *text = cold_text(cold, sentence, strlen(sentence));

    assert(opinion->step_count == 0 || opinion->steps != NULL);
    if (copy == NULL || steps == NULL || text == NULL)
        return NULL;
    *copy = *remark;
    for (uint32_t i = 0; i < opinion->step_count; i++)
        steps[i] = opinion->steps[i];
    copy->opinion.steps = steps;
    copy->opinion.sentence = text;
    return copy;
}

void cold_reset(struct cold *cold)
{
    struct cold_chunk *keep = cold->chunks, *chunk;

    if (keep == NULL)
        return;
    while ((chunk = keep->next) != NULL) {
        keep->next = chunk->next;
        free(chunk);
    }
    cold->next = keep->data;
    cold->end = keep->data + keep->bytes;
}

void cold_close(struct cold *cold)
{
    cold_reset(cold);
    free(cold->chunks);
    *cold = (struct cold){NULL, NULL, NULL};
}

void cold_attach(struct cold_node *node, struct rollout *rollout)
{
    struct rollout *newest = atomic_load_explicit(&node->rollouts, memory_order_relaxed);

    assert(rollout != newest); /* it is put on a node once */
    do {
        rollout->next = newest;
        /* release: pairs with the acquire of a lane that walks the list. */
    } while (!atomic_compare_exchange_weak_explicit(&node->rollouts, &newest, rollout,
                                                    memory_order_release, memory_order_relaxed));
}
