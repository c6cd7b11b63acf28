/*
 * flight.h - which samples are being asked for, by whom, and who else waits for them.
 *
 *     NEW --served_flight_join()--> LEADS     nobody has it: this question asks
 *      |                            FOLLOWS   another question is asking already
 *      |                               '-----served_flight_land()--> FILLED, in both at once
 *      '--the ledger has it--> FILLED
 *
 * An asking is a question with a slot for each sample. Its `open` counts what it waits for:
 * each slot that leads or follows, a note to the writer thread, and whoever is at work on it.
 * Who takes it to 0 answers the question.
 *
 * Threads. Functions here are called with the lock of served.
 */
#ifndef IO_SERVED_FLIGHT_H
#define IO_SERVED_FLIGHT_H

#include "io/ledger/ledger.h"
#include "io/served/served.h"

struct served_asking;

enum served_state { SERVED_NEW, SERVED_LEADS, SERVED_FOLLOWS, SERVED_FILLED };

struct served_slot {
    unsigned char key[SERVED_KEY];
    enum served_state state;
    bool reads;    /* the ledger seems to have it: its asker looks */
    bool looked;   /* it does not */
    bool own;      /* LEADS since it joined: its asker makes the request */
    bool stranded; /* LEADS, but nobody will ask: its asking has failed */
    struct served_asking *asking;
    struct served_slot *leader;    /* FOLLOWS */
    struct served_slot *followers; /* LEADS: linked by next */
    struct served_slot *after;     /* of those to be asked for anew */
    struct served_slot *next;      /* LEADS: in its bucket */
};

struct served_asking {
    struct ledger_entry note; /* first: a note is its asking */
    bool noted;
    struct served *served;
    struct served_question *question;
    struct served_asking *next, *previous; /* of those that are pending */
    uint32_t open;
    int status; /* not CRUX_OK: it has failed */
    bool overflow;
    struct crux_error error;
    struct served_call *calls;
    struct served_sample *samples; /* texts are the asking's */
    struct served_slot slots[];    /* one a sample */
};

enum { SERVED_BUCKETS = 4096 };

struct served_flight {
    struct served_slot *buckets[SERVED_BUCKETS]; /* those that lead */
    struct served_asking *first;                 /* those that are pending */
};

struct served_tally {
    uint64_t known, shared, missing;
};

/* Find out about all NEW slots. */
struct served_tally served_flight_join(struct served_flight *flight, struct served_asking *asking,
                                       struct ledger *ledger);

/* This slot leads no more, and those that followed are handed out, linked by next. */
struct served_slot *served_flight_land(struct served_flight *flight, struct served_slot *slot);

/* This slot follows no more. */
void served_flight_leave(struct served_slot *slot);

/* The first of those that followed a slot leads the others; it is handed out. */
struct served_slot *served_flight_promote(struct served_flight *flight,
                                          struct served_slot *followers);

void served_flight_begin(struct served_flight *flight, struct served_asking *asking);
void served_flight_end(struct served_flight *flight, struct served_asking *asking);

#endif
