/*
 * memory_store_unread.c - intents and refusals in memory: a list of what happened to them.
 */
#include "tests/world/memory_store_inside.h"

#include <stdlib.h>
#include <string.h>

void memory_store_undo_events(struct memory_store_kept *kept)
{
    for (; kept->now.events > kept->committed.events; kept->now.events--) {
        struct memory_store_event *event = &kept->events[kept->now.events - 1];

        free(event->backend);
        free(event->keys);
        free(event->body);
        free(event->why);
    }
}

static void memory_store_happened(struct memory_store_kept *kept,
                                  const struct memory_store_event *event)
{
    kept->events = memory_store_grow(kept->events, kept->now.events, sizeof *kept->events);
    kept->events[kept->now.events++] = *event;
}

/* --- what still stands ---------------------------------------------------------------------- */

/* The last word on the index-th event, among the first count. */
static const struct memory_store_event *memory_store_last_word(const struct memory_store_kept *kept,
                                                               size_t count, size_t index)
{
    const struct memory_store_event *event = &kept->events[index], *last = event;
    enum memory_store_what end = event->what == MEMORY_INTENT ? MEMORY_SETTLED : MEMORY_TAKEN;

    for (size_t i = index + 1; i < count; i++)
        if (kept->events[i].what == end && kept->events[i].number == event->number)
            last = &kept->events[i];
    return last;
}

bool memory_store_stands(const struct memory_store_kept *kept, size_t index,
                         struct account_sum *out, bool *refused)
{
    const struct memory_store_event *event = &kept->events[index];

    if (event->what == MEMORY_SETTLED || event->what == MEMORY_TAKEN)
        return false;
    *refused = event->what == MEMORY_REFUSAL;
    *out = memory_store_last_word(kept, kept->committed.events, index)->sum;
    return out->calls > 0 || out->prompt > 0 || out->completion > 0 || out->price > 0;
}

/* --- writing --------------------------------------------------------------------------------- */

int memory_store_ledger_put_intent(struct crux_store *store, const struct store_intent *intent,
                                   int64_t *number, struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_lock(store);

    (void)error;
    *number = (int64_t)kept->now.events + 1;
    memory_store_happened(
        kept, &(struct memory_store_event){.what = MEMORY_INTENT,
                                           .number = *number,
                                           .sum = *intent->worst,
                                           .backend = memory_store_text(intent->backend),
                                           .problem = intent->problem});
    return memory_store_unlock(kept, CRUX_OK);
}

int memory_store_ledger_settle_intent(struct crux_store *store, int64_t number,
                                      const struct account_sum *left, struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_lock(store);

    (void)error;
    memory_store_happened(
        kept, &(struct memory_store_event){.what = MEMORY_SETTLED, .number = number, .sum = *left});
    return memory_store_unlock(kept, CRUX_OK);
}

int memory_store_ledger_put_refusal(struct crux_store *store, const struct store_refusal *refusal,
                                    struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_lock(store);
    struct memory_store_event event = {
        .what = MEMORY_REFUSAL,
        .number = (int64_t)kept->now.events + 1,
        .sum = refusal->cost,
        .backend = memory_store_text(refusal->backend),
        .problem = refusal->problem,
        .refusal = *refusal,
        .keys = memory_store_copy(refusal->keys, (size_t)refusal->samples * STORE_KEY),
        .body = memory_store_copy(refusal->body, refusal->length),
        .why = memory_store_text(refusal->why)};

    (void)error;
    memory_store_happened(kept, &event);
    return memory_store_unlock(kept, CRUX_OK);
}

int memory_store_ledger_settle_refusal(struct crux_store *store, int64_t number,
                                       const struct account_sum *left, bool *there,
                                       struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_lock(store);
    size_t index = (size_t)number - 1;

    (void)error;
    *there = memory_store_last_word(kept, kept->now.events, index) == &kept->events[index];
    if (*there)
        memory_store_happened(kept, &(struct memory_store_event){
                                        .what = MEMORY_TAKEN, .number = number, .sum = *left});
    return memory_store_unlock(kept, CRUX_OK);
}

/* --- reading --------------------------------------------------------------------------------- */

static bool memory_store_is_refused(const struct memory_store_kept *kept, size_t index)
{
    return kept->events[index].what == MEMORY_REFUSAL &&
           memory_store_last_word(kept, kept->committed.events, index) == &kept->events[index];
}

int memory_store_ledger_refused(struct crux_store *store, store_each_key *each, void *context,
                                struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_lock(store);
    int status = CRUX_OK;

    for (size_t i = 0; i < kept->committed.events && status == CRUX_OK; i++)
        for (uint32_t j = 0;
             memory_store_is_refused(kept, i) && j < kept->events[i].refusal.samples; j++)
            if (!each(context, (unsigned char *)kept->events[i].keys + (size_t)j * STORE_KEY))
                status = crux_fail(error, CRUX_MEMORY, "no memory for the keys of the ledger");
    return memory_store_unlock(kept, status);
}

static bool memory_store_names(const struct memory_store_event *event, const unsigned char *key)
{
    for (uint32_t i = 0; i < event->refusal.samples; i++)
        if (memcmp((unsigned char *)event->keys + (size_t)i * STORE_KEY, key, STORE_KEY) == 0)
            return true;
    return false;
}

int memory_store_ledger_find_refusal(struct crux_store *store, const unsigned char *key,
                                     store_take_refusal *take, void *context,
                                     struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_lock(store);

    for (size_t i = kept->committed.events; i-- > 0;) {
        const struct memory_store_event *event = &kept->events[i];
        struct store_refusal refusal = event->refusal;

        if (!memory_store_is_refused(kept, i) || !memory_store_names(event, key))
            continue;
        refusal.number = event->number;
        refusal.keys = event->keys;
        refusal.body = event->body;
        refusal.why = event->why;
        refusal.backend = event->backend;
        return memory_store_unlock(kept, take(context, &refusal, error));
    }
    return memory_store_unlock(kept, CRUX_END);
}
