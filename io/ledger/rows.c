/*
 * rows.c - entries and intents as rows of a store, and what a store finds as the ledger's words.
 */
#include "io/ledger/rows.h"

#include <stdlib.h>
#include <string.h>

/* --- into the store ---------------------------------------------------------------------- */

struct ledger_entry *ledger_rows_entry(struct ledger_item *item)
{
    return item->is_post ? NULL : (struct ledger_entry *)(void *)item;
}

bool ledger_rows_any(const struct ledger_entry *entry)
{
    return entry->count > 0 || entry->refusal != NULL || entry->intent != 0 || entry->taken != 0;
}

static int put_intent(struct crux_store *store, struct ledger_intent *intent,
                      struct crux_error *error)
{
    const struct store_intent row = {intent->key, intent->backend, intent->problem, &intent->worst};

    return store->verbs->ledger_put_intent(store, &row, &intent->number, error);
}

static int put_refusal(struct crux_store *store, const struct ledger_entry *entry,
                       struct crux_error *error)
{
    const struct ledger_refusal *refusal = entry->refusal;
    const struct store_refusal row = {.keys = refusal->keys,
                                      .samples = refusal->samples,
                                      .backend = entry->backend,
                                      .problem = entry->problem,
                                      .body = refusal->body,
                                      .length = refusal->length,
                                      .cost = refusal->cost,
                                      .same_again = refusal->same_again,
                                      .why = refusal->why};

    return store->verbs->ledger_put_refusal(store, &row, error);
}

/* What comes with the rows of an entry. */
static int put_beside(struct crux_store *store, struct ledger_entry *entry,
                      struct crux_error *error)
{
    const struct store_verbs *verbs = store->verbs;
    int status = CRUX_OK;

    if (entry->refusal != NULL)
        status = put_refusal(store, entry, error);
    if (status == CRUX_OK && entry->intent != 0)
        status = verbs->ledger_settle_intent(store, entry->intent, &entry->left, error);
    if (status == CRUX_OK && entry->taken != 0)
        status = verbs->ledger_settle_refusal(store, entry->taken, &entry->left, &entry->was_there,
                                              error);
    return status;
}

static int put_entry(struct crux_store *store, struct ledger_entry *entry, struct crux_error *error)
{
    int status = CRUX_OK;

    for (uint32_t i = 0; i < entry->count && status == CRUX_OK; i++) {
        struct ledger_row *row = &entry->rows[i];
        const struct store_reply reply = {.key = row->key,
                                          .backend = entry->backend,
                                          .problem = entry->problem,
                                          .text = row->text,
                                          .length = row->length,
                                          .prompt = row->prompt,
                                          .cached = row->cached,
                                          .completion = row->completion,
                                          .reasoning = row->reasoning,
                                          .price = row->price,
                                          .first = row->first};

        status = store->verbs->ledger_put_reply(store, &reply, &row->known, error);
    }
    return status == CRUX_OK ? put_beside(store, entry, error) : status;
}

/* Intents, which learn their numbers, and entries, which learn what was known. */
static int put_items(struct crux_store *store, const struct ledger_lot *lot,
                     struct crux_error *error)
{
    int status = CRUX_OK;

    for (struct ledger_item *item = lot->intents; item != NULL && status == CRUX_OK;
         item = item->next)
        status = put_intent(store, (struct ledger_intent *)(void *)item, error);
    for (struct ledger_item *item = lot->items; item != NULL && status == CRUX_OK;
         item = item->next)
        if (!item->is_post)
            status = put_entry(store, ledger_rows_entry(item), error);
    return status;
}

int ledger_rows_write(struct crux_store *store, const struct ledger_lot *lot,
                      struct crux_error *error)
{
    const struct store_verbs *verbs = store->verbs;
    int status = verbs->ledger_begin(store, lot->lasting, error);

    if (status == CRUX_OK)
        status = put_items(store, lot, error);
    for (const struct ledger_tree *tree = lot->trees; tree != NULL && status == CRUX_OK;
         tree = tree->next) {
        const struct store_order order = {tree->problem, tree->forget, tree->bytes, tree->length};

        status = verbs->ledger_put_order(store, &order, error);
    }
    if (status == CRUX_OK)
        status = verbs->ledger_put_lasted(store, lot->lasted_ns, error);
    return verbs->ledger_end(store, status, error);
}

/* --- out of it ----------------------------------------------------------------------------- */

int ledger_rows_take(void *context, const struct store_reply *reply, struct crux_error *error)
{
    struct ledger_found *found = context;
    char *text = malloc(reply->length + 1);

    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a reply of the ledger");
    if (reply->length > 0)
        memcpy(text, reply->text, reply->length);
    text[reply->length] = '\0';
    *found = (struct ledger_found){.text = text,
                                   .length = reply->length,
                                   .prompt = reply->prompt,
                                   .cached = reply->cached,
                                   .completion = reply->completion,
                                   .reasoning = reply->reasoning,
                                   .price = reply->price};
    return CRUX_OK;
}

/* One block: the keys, the body and a NUL, the sentence. */
int ledger_rows_take_refusal(void *context, const struct store_refusal *row,
                             struct crux_error *error)
{
    struct ledger_unread *out = context;
    size_t keys = (size_t)row->samples * LEDGER_KEY, why = strlen(row->why) + 1;
    unsigned char *memory = malloc(keys + row->length + 1 + why);
    char *body;

    if (memory == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a reply of the ledger");
    body = (char *)memory + keys;
    if (keys > 0)
        memcpy(memory, row->keys, keys);
    if (row->length > 0)
        memcpy(body, row->body, row->length);
    body[row->length] = '\0';
    memcpy(body + row->length + 1, row->why, why);
    *out = (struct ledger_unread){.number = row->number,
                                  .refusal = {.keys = memory,
                                              .samples = row->samples,
                                              .body = body,
                                              .length = row->length,
                                              .cost = row->cost,
                                              .same_again = row->same_again,
                                              .why = body + row->length + 1},
                                  .memory = memory};
    return CRUX_OK;
}
