/*
 * recall.c - a reply found again by the mark of its key.
 *
 * Among ten million keys two have the same mark in one of 400,000 runs. Then the first of them by
 * key is found, each time.
 */
#include "io/ledger/inside.h"
#include "io/ledger/rows.h"

#include <string.h>

uint64_t ledger_mark(const unsigned char key[LEDGER_KEY])
{
    uint64_t mark = 0;

    for (int i = 0; i < STORE_MARK; i++)
        mark = mark << 8 | key[i];
    return mark;
}

struct recall {
    const char *backend;
    struct ledger_found *out;
};

static int take_recalled(void *context, const struct store_reply *reply, struct crux_error *error)
{
    const struct recall *recall = context;

    if (strcmp(reply->backend, recall->backend) != 0)
        return CRUX_END;
    return ledger_rows_take(recall->out, reply, error);
}

int ledger_recall(struct ledger *ledger, const char *backend, uint64_t mark,
                  struct ledger_found *out, struct crux_error *error)
{
    struct crux_store *store = ledger->store;
    struct recall recall = {backend, out};
    unsigned char bytes[STORE_MARK];
    int status;

    if (store == NULL)
        return CRUX_END;
    for (int i = STORE_MARK; i-- > 0; mark >>= 8)
        bytes[i] = (unsigned char)(mark & 0xff);
    (void)pthread_mutex_lock(&ledger->reading);
    status = store->verbs->ledger_recall(store, bytes, take_recalled, &recall, error);
    (void)pthread_mutex_unlock(&ledger->reading);
    return status;
}
