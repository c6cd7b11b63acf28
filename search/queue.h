/*
 * queue.h - simulations of a lane that wait, the first first.
 *
 * Linked through the records themselves, so nothing is allocated and a record is in one
 * queue at most. Used by the worker that runs the lane, so nothing is atomic.
 */
#ifndef SEARCH_QUEUE_H
#define SEARCH_QUEUE_H

#include "search/simulate.h"

#include <assert.h>

struct queue {
    struct simulation *first, *last;
};

static inline void queue_put(struct queue *queue, struct simulation *sim)
{
    assert((queue->first == NULL) == (queue->last == NULL));
    sim->next = NULL;
    if (queue->last != NULL)
        queue->last->next = sim;
    else
        queue->first = sim;
    queue->last = sim;
}

static inline struct simulation *queue_take(struct queue *queue)
{
    struct simulation *sim = queue->first;

    assert(sim != NULL || queue->last == NULL);
    if (sim != NULL) {
        queue->first = sim->next;
        if (queue->first == NULL)
            queue->last = NULL;
    }
    return sim;
}

/* All of `behind`, in its order, behind what is there. */
static inline void queue_append(struct queue *queue, const struct queue *behind)
{
    assert(queue != behind);
    if (behind->first == NULL)
        return;
    if (queue->last != NULL)
        queue->last->next = behind->first;
    else
        queue->first = behind->first;
    queue->last = behind->last;
}

/* The one with this number; NULL: it is not there. */
static inline struct simulation *queue_take_number(struct queue *queue, uint64_t number)
{
    struct simulation *before = NULL, *sim = queue->first;

    assert(queue->last == NULL || queue->last->next == NULL);
    while (sim != NULL && sim->number != number) {
        before = sim;
        sim = sim->next;
    }
    if (sim == NULL)
        return NULL;
    if (before != NULL)
        before->next = sim->next;
    else
        queue->first = sim->next;
    if (queue->last == sim)
        queue->last = before;
    return sim;
}

#endif
