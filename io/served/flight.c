/*
 * flight.c - the table of samples that have been requested and not arrived, by key, each with the
 * list of questions that wait for it.
 *
 * Two questions hardly ever want the same sample, so the lists are walked without care. Without
 * memory for the table a slot leads outside of it: then an equal question asks, too, and the
 * ledger keeps the reply that comes first.
 */
#define HASH_NONFATAL_OOM                1
#define HASH_FUNCTION(key, length, hash) (hash) = flight_hash(key)

#include "io/served/flight.h"

#include <assert.h>
#include <string.h>
#include <utlist.h>

/* Keys are hashes already. */
static unsigned flight_hash(const void *key)
{
    unsigned word;

    memcpy(&word, key, sizeof word);
    return word;
}

static struct served_slot *flight_find(struct served_flight *flight, const unsigned char *key)
{
    struct served_slot *slot;

    HASH_FIND(hh, flight->table, key, SERVED_KEY, slot);
    return slot;
}

static void flight_lead(struct served_flight *flight, struct served_slot *slot,
                        enum served_slot_state state)
{
    slot->state = state;
    slot->leader = NULL;
    HASH_ADD(hh, flight->table, key, SERVED_KEY, slot);
}

static void flight_follow(struct served_slot *slot, struct served_slot *leader)
{
    slot->state = SERVED_FOLLOWING;
    slot->leader = leader;
    LL_PREPEND(leader->followers, slot);
}

/* What is in flight is looked for first: it becomes known before it is out of flight. */
struct served_tally served_flight_join(struct served_flight *flight, struct served_pending *pending,
                                       struct ledger *ledger)
{
    struct served_tally tally = {.known = 0};

    for (uint32_t i = 0; i < pending->question->count; i++) {
        struct served_slot *slot = &pending->slots[i], *leader;

        if (slot->state != SERVED_NEW && slot->state != SERVED_MISSED)
            continue;
        leader = flight_find(flight, slot->key);
        if (leader != NULL) {
            flight_follow(slot, leader);
            pending->open++;
            tally.shared++;
        } else if (slot->state == SERVED_NEW && ledger_knows(ledger, slot->key)) {
            slot->state = SERVED_READING;
            tally.known++;
        } else {
            flight_lead(flight, slot, SERVED_LEADING);
            pending->open++;
            tally.missing++;
        }
    }
    return tally;
}

struct served_slot *served_flight_land(struct served_flight *flight, struct served_slot *slot)
{
    struct served_slot *followers = slot->followers;

    assert(slot->state == SERVED_LEADING || slot->state == SERVED_PROMOTED ||
           slot->state == SERVED_STRANDED);
    if (slot->hh.tbl != NULL)
        HASH_DELETE(hh, flight->table, slot);
    slot->followers = NULL;
    return followers;
}

void served_flight_leave(struct served_slot *slot)
{
    assert(slot->state == SERVED_FOLLOWING);
    LL_DELETE(slot->leader->followers, slot);
    slot->leader = NULL;
    slot->state = SERVED_LOST;
}

struct served_slot *served_flight_promote(struct served_flight *flight,
                                          struct served_slot *followers)
{
    struct served_slot *first = followers, *rest = followers->next;

    flight_lead(flight, first, SERVED_PROMOTED);
    first->next = NULL;
    first->followers = rest;
    for (; rest != NULL; rest = rest->next)
        rest->leader = first;
    return first;
}

void served_flight_begin(struct served_flight *flight, struct served_pending *pending)
{
    DL_APPEND2(flight->first, pending, previous, next);
}

void served_flight_end(struct served_flight *flight, struct served_pending *pending)
{
    DL_DELETE2(flight->first, pending, previous, next);
}
