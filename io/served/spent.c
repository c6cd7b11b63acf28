/*
 * spent.c - books what was paid before there was a backend: an intent that stays.
 *
 * Its record is its own: it is kept, and freed, by the ledger's thread, maybe after the backend is
 * closed.
 */
#include "io/served/served.h"

#include <stdio.h>
#include <stdlib.h>

#include "io/hash.h"
#include "io/served/bill.h"

struct spent {
    struct ledger_intent intent; /* first: it is found by it */
    char name[80];
    unsigned char key[LEDGER_KEY];
};

static void spent_kept(struct ledger_intent *intent, int status, const char *sentence)
{
    (void)status; /* a ledger that has failed says so to everybody */
    (void)sentence;
    free(intent);
}

/* Of no sample: no key of a sample is made of this. */
static void name_key(struct spent *record)
{
    struct hash hash;

    hash_begin(&hash);
    hash_add(&hash, "what is it: ", 12);
    hash_add(&hash, record->name, sizeof record->name);
    hash_end_bytes(&hash, record->key);
}

int served_spent(struct served *served, const struct crux_spent *spent, struct crux_error *error)
{
    const struct served_usage usage = {.prompt = (uint32_t)spent->prompt,
                                       .completion = (uint32_t)spent->completion};
    struct spent *record;

    if (spent->calls == 0 || ledger_replays(served->ledger))
        return CRUX_OK;
    record = calloc(1, sizeof *record);
    if (record == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a backend");
    (void)snprintf(record->name, sizeof record->name, "%s", served->name);
    name_key(record);
    record->intent = (struct ledger_intent){.backend = record->name,
                                            .problem = LEDGER_NO_PROBLEM,
                                            .key = record->key,
                                            .worst = served_bill_usage(served, &usage),
                                            .kept = spent_kept};
    record->intent.worst.calls = spent->calls;
    account_correct(served->account, served->payer, &(struct account_sum){.calls = 0},
                    &record->intent.worst);
    ledger_intend(served->ledger, &record->intent);
    return CRUX_OK;
}
