/*
 * live.h - how a run is doing, as one line for people and as JSON.
 *
 *     412/1362 problems  12:10 .. 15:40 left  51233 calls  64 in flight  refused 12 (busy 9,
 *     empty 3)  812 tokens/s  2100 pairs  restarts 3/40  1.2M .. 1.5M tokens to the end
 *
 * The line fits any width: what matters least is left out, in a fixed order that no number changes,
 * so that it does not flicker. Longest stays what is done, then the time that is left, calls,
 * calls in flight, failures, refusals, tokens a second, pairs, price, restarts, tokens, what the
 * ledger knew, reasons. What there is nothing of is left out at any width.
 *
 * Beside a store that is being written the same facts lie as JSON (store_tell()), about once a
 * second, for other processes.
 *
 * Ownership. Nothing is owned; the noun is constant.
 * Threads.   Pure; any thread.
 */
#ifndef IO_CLI_LIVE_H
#define IO_CLI_LIVE_H

#include <stddef.h>

#include "io/cli/estimate.h"
#include "io/json.h"
#include "io/served/served.h"

struct live {
    const char *noun; /* "problems": what is counted; NULL: that */
    uint64_t done, problems;
    double seconds;       /* of this session */
    uint64_t simulations; /* 0: there are none */
    uint64_t calls;       /* that were answered, in this session */
    uint64_t known;       /* samples that were in the ledger, and cost nothing */
    uint64_t in_flight;   /* with a server, or answered at once */
    uint64_t unsent;      /* that are booked and wait to be sent, as while a server is busy */
    uint64_t failed, pairs;
    uint64_t tokens; /* of calls that were answered, prompt and completion */
    int64_t price;   /* of this session, in billionths of the currency */
    double tokens_a_second, simulations_a_second; /* of late */
    struct served_heard heard;
    struct estimate left;
};

/* Without an end. width: columns; 0: as many as it takes. */
enum { LIVE_LINE = 512 };
void live_line(char out[LIVE_LINE], const struct live *live, size_t width);

/* "12:10 .. 15:40"; once where both are the same; "?": not known. */
void live_duration(char *out, size_t size, const struct estimate *left);

/* An object; and what one says (what is not there is 0). NULL: no memory. */
struct json *live_json(const struct live *live);
void live_of_json(struct live *out, const struct json *object);

#endif
