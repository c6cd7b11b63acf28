/*
 * tables_ledger.h - the ledger's tables in a SQLite store: the verbs of struct store_verbs that
 * have the same names.
 */
#ifndef IO_STORE_TABLES_LEDGER_H
#define IO_STORE_TABLES_LEDGER_H

#include "io/sqlite.h"
#include "io/store/store.h"

/* Before the reader looks for what this process has kept: the tables may have been made, or sealed,
 * since it was opened. */
int tables_ledger_attach(struct crux_store *store, struct crux_error *error);

int tables_ledger_open(struct crux_store *store, struct crux_error *error);
void tables_ledger_close(struct crux_store *store);
int tables_ledger_begin(struct crux_store *store, bool lasting, struct crux_error *error);
int tables_ledger_put_reply(struct crux_store *store, const struct store_reply *reply, bool *known,
                            struct crux_error *error);
int tables_ledger_put_intent(struct crux_store *store, const struct store_intent *intent,
                             int64_t *number, struct crux_error *error);
int tables_ledger_put_refusal(struct crux_store *store, const struct store_refusal *refusal,
                              struct crux_error *error);
int tables_ledger_settle_intent(struct crux_store *store, int64_t number,
                                const struct account_sum *left, struct crux_error *error);
int tables_ledger_settle_refusal(struct crux_store *store, int64_t number,
                                 const struct account_sum *left, bool *there,
                                 struct crux_error *error);
int tables_ledger_put_order(struct crux_store *store, const struct store_order *order,
                            struct crux_error *error);
int tables_ledger_put_lasted(struct crux_store *store, int64_t lasted_ns, struct crux_error *error);
int tables_ledger_end(struct crux_store *store, int status, struct crux_error *error);
bool tables_ledger_may_pass(struct crux_store *store);
/* The keys that a question in SQL finds. */
int tables_ledger_each_key(struct crux_store *store, const char *words, store_each_key *each,
                           void *context, struct crux_error *error);
int tables_ledger_keys(struct crux_store *store, store_each_key *each, void *context,
                       struct crux_error *error);
int tables_ledger_find(struct crux_store *store, const unsigned char *key, store_take_reply *take,
                       void *context, struct crux_error *error);
int tables_ledger_recall(struct crux_store *store, const unsigned char mark[STORE_MARK],
                         store_take_reply *take, void *context, struct crux_error *error);
int tables_ledger_refused(struct crux_store *store, store_each_key *each, void *context,
                          struct crux_error *error);
int tables_ledger_find_refusal(struct crux_store *store, const unsigned char *key,
                               store_take_refusal *take, void *context, struct crux_error *error);
int tables_ledger_order(struct crux_store *store, uint64_t problem, store_each_piece *each,
                        void *context, struct crux_error *error);
int tables_ledger_costs(struct crux_store *store, struct store_costs *costs,
                        struct crux_error *error);

#endif
