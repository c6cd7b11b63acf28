/*
 * flight.c - a hash table of slots in flight, each with the list of those behind it.
 *
 * Two questions hardly ever want the same sample, so the lists are walked without care. The
 * table holds what is in flight and nothing else, so its size does not matter.
 */
#include "io/served/flight.h"

#include <string.h>

static struct served_slot **bucket_of(struct served_flight *flight, const unsigned char *key)
{
    uint32_t word;

    memcpy(&word, key, sizeof word);
    return &flight->buckets[word % SERVED_BUCKETS];
}

static struct served_slot *find(struct served_flight *flight, const unsigned char *key)
{
    struct served_slot *slot = *bucket_of(flight, key);

    while (slot != NULL && memcmp(slot->key, key, SERVED_KEY) != 0)
        slot = slot->next;
    return slot;
}

static void lead(struct served_flight *flight, struct served_slot *slot)
{
    struct served_slot **bucket = bucket_of(flight, slot->key);

    slot->state = SERVED_LEADS;
    slot->leader = NULL;
    slot->next = *bucket;
    *bucket = slot;
}

static void follow(struct served_slot *slot, struct served_slot *leader)
{
    slot->state = SERVED_FOLLOWS;
    slot->leader = leader;
    slot->next = leader->followers;
    leader->followers = slot;
}

/* What is in flight is looked for first: it becomes known before it is out of flight. */
struct served_tally served_flight_join(struct served_flight *flight, struct served_asking *asking,
                                       struct ledger *ledger)
{
    struct served_tally tally = {.known = 0};

    for (uint32_t i = 0; i < asking->question->count; i++) {
        struct served_slot *slot = &asking->slots[i], *leader;

        if (slot->state != SERVED_NEW)
            continue;
        leader = find(flight, slot->key);
        if (leader != NULL) {
            follow(slot, leader);
            asking->open++;
            tally.shared++;
        } else if (!slot->looked && ledger_knows(ledger, slot->key)) {
            slot->reads = true;
            tally.known++;
        } else {
            lead(flight, slot);
            slot->own = true;
            asking->open++;
            tally.missing++;
        }
    }
    return tally;
}

struct served_slot *served_flight_land(struct served_flight *flight, struct served_slot *slot)
{
    struct served_slot **at = bucket_of(flight, slot->key), *followers = slot->followers;

    while (*at != slot)
        at = &(*at)->next;
    *at = slot->next;
    slot->next = NULL;
    slot->followers = NULL;
    slot->state = SERVED_NEW;
    return followers;
}

void served_flight_leave(struct served_slot *slot)
{
    struct served_slot **at = &slot->leader->followers;

    while (*at != slot)
        at = &(*at)->next;
    *at = slot->next;
    slot->next = NULL;
    slot->leader = NULL;
    slot->state = SERVED_NEW;
}

struct served_slot *served_flight_promote(struct served_flight *flight,
                                          struct served_slot *followers)
{
    struct served_slot *first = followers, *rest = followers->next;

    lead(flight, first);
    first->followers = rest;
    for (; rest != NULL; rest = rest->next)
        rest->leader = first;
    return first;
}

void served_flight_begin(struct served_flight *flight, struct served_asking *asking)
{
    asking->previous = NULL;
    asking->next = flight->first;
    if (flight->first != NULL)
        flight->first->previous = asking;
    flight->first = asking;
}

void served_flight_end(struct served_flight *flight, struct served_asking *asking)
{
    if (asking->previous != NULL)
        asking->previous->next = asking->next;
    else
        flight->first = asking->next;
    if (asking->next != NULL)
        asking->next->previous = asking->previous;
}
