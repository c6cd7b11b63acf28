/*
 * bill.h - what a request to a backend costs: at most, by what its reply says, and by the rows that
 * its samples become.
 *
 * Pure functions; any thread.
 */
#ifndef IO_SERVED_BILL_H
#define IO_SERVED_BILL_H

#include "io/served/call.h"

/* One call for count samples of a question. */
struct account_sum served_bill_worst(const struct served *served,
                                     const struct served_question *question, uint32_t count);
struct account_sum served_bill_usage(const struct served *served, const struct served_usage *usage);
struct account_sum served_bill_rows(const struct ledger_row *rows, uint32_t count);

/* What may have been paid beside sum, by a reply that does not tell all: up to the worst case, but
 * no prompt where that is told. Both together are the worst case then. */
struct account_sum served_bill_rest(const struct served *served,
                                    const struct served_reading *reading,
                                    const struct account_sum *worst, const struct account_sum *sum);
struct account_sum served_bill_both(struct account_sum sum, const struct account_sum *rest);

/* Samples as rows. keys: of the first, with those of the others behind it, so many bytes apart. */
void served_bill_write(const struct served *served, const struct served_choice *choices,
                       const unsigned char *keys, size_t apart, struct ledger_row *rows,
                       uint32_t count);

#endif
