/*
 * flight.h - the samples that have been requested and not arrived, and the questions that wait.
 *
 *     NEW        --join, the ledger seems to have it---------> READING    its asker looks
 *     NEW        --join, another question is asking----------> FOLLOWING
 *     NEW        --join, neither-----------------------------> LEADING    its asker asks
 *     READING    --served_read_slot(), asker's thread--------> FILLED, or MISSED: it is not there
 *     MISSED     --join--------------------------------------> FOLLOWING or LEADING
 *     LEADING    --landed()----------------------------------> FILLED or LOST
 *     FOLLOWING  --landed() of its leader--------------------> FILLED or LOST; PROMOTED, when the
 *                                                              leader failed for reasons of its own
 *     FOLLOWING  --let go: its question has failed----------> LOST
 *     PROMOTED   --landed(): the writer thread had asked-----> FILLED or LOST
 *     LEADING, PROMOTED --strand: there is no request--------> STRANDED
 *     STRANDED   --let go------------------------------------> LOST; its followers are PROMOTED
 *
 * join is served_flight_join(); strand is served_strand(), or want of memory in pending_ask_for();
 * landed() and let go are pending_landed() and pending_let_go(). LEADING, PROMOTED and STRANDED
 * are in the table, by key; each has those that are FOLLOWING it. FILLED and LOST are ends.
 *
 * A pending question has a slot for each sample. Its `open` counts what it waits for: each slot
 * in the table or FOLLOWING, a message to the writer thread, and each thread that works on it.
 * The thread that takes it to 0 answers the question.
 *
 * Threads. Functions here are called with the lock of served, and states are read and written
 *          with it.
 */
#ifndef IO_SERVED_FLIGHT_H
#define IO_SERVED_FLIGHT_H

#include <uthash.h>

#include "io/ledger/ledger.h"
#include "io/served/served.h"

struct served_pending;

enum served_slot_state {
    SERVED_NEW,
    SERVED_READING,
    SERVED_MISSED,
    SERVED_LEADING,
    SERVED_FOLLOWING,
    SERVED_PROMOTED,
    SERVED_STRANDED,
    SERVED_FILLED,
    SERVED_LOST
};

struct served_slot {
    unsigned char key[SERVED_KEY];
    enum served_slot_state state;
    struct served_pending *pending;
    struct served_slot *leader;    /* FOLLOWING */
    struct served_slot *followers; /* in the table: linked by next */
    struct served_slot *next;
    struct served_slot *after; /* PROMOTED: of those to be asked for anew */
    UT_hash_handle hh;         /* in the table */
};

struct served_pending {
    struct ledger_post message; /* first: a message is its pending question */
    bool posted;                /* the message is on its way to the writer thread */
    struct served *served;
    struct served_question *question;
    struct served_pending *next, *previous; /* of all that are pending */
    uint32_t open;
    int status; /* not CRUX_OK: it has failed */
    bool overflow;
    struct crux_error error;
    struct served_call *calls;
    struct served_sample *samples; /* texts are this record's */
    struct served_slot slots[];    /* one per sample */
};

struct served_flight {
    struct served_slot *table;
    struct served_pending *first; /* all that are pending */
};

struct served_tally {
    uint64_t known, shared, missing;
};

/* Find out about all slots that are NEW or MISSED. */
struct served_tally served_flight_join(struct served_flight *flight, struct served_pending *pending,
                                       struct ledger *ledger);

/* A slot leaves the table, and those that followed are handed out, linked by next. Their states
 * are the caller's to change. */
struct served_slot *served_flight_land(struct served_flight *flight, struct served_slot *slot);

/* A slot that is FOLLOWING does so no more: it is LOST. */
void served_flight_leave(struct served_slot *slot);

/* The first of those that followed a slot is PROMOTED and leads the others; it is handed out. */
struct served_slot *served_flight_promote(struct served_flight *flight,
                                          struct served_slot *followers);

void served_flight_begin(struct served_flight *flight, struct served_pending *pending);
void served_flight_end(struct served_flight *flight, struct served_pending *pending);

#endif
