/*
 * retry.h - what a reply means for the call that got it: the classes, and how long
 * to wait.
 *
 *     DONE       200 and a body that its reader takes
 *     FATAL      401, 402, 403, 404, 3xx, most other 4xx, any of them for want of money, a
 * certificate that does not hold: not tried again. Whether it is about this call or about all,
 *                io/served decides by what becomes of others
 *     REFUSED    400 or 422 for a context that is too long, 413, a reply that is longer than is
 *                taken: this call cannot work, others can
 *     BUSY       429, 503, 529: the server asks for patience; costs the call nothing
 *     FAULTY     408, other 5xx, a broken or silent connection, a 200 that says of an error and not
 *                which: tried again a few times
 *     BAD        200 with something else in it than was promised: tried again once
 *     LATE       the call's deadline has passed
 *     CANCELLED  the answer is not wanted any more
 *
 * A 200 whose body holds an error that names a status (body.h) is judged as if it had come with
 * that one. What has been tried again after it was sent may have been paid for each time: all but
 * those refused before a model saw them, which nobody but the server knows.
 *
 * Haste or want of money? Both are 429. It is money when a code says so (insufficient_quota), and
 * haste in all other cases, whatever is written in the message: new accounts are told to wait, and
 * where to add a payment method, in one sentence.
 *
 * Waits. Retry-After is honoured as seconds (a negative one counts as 0) or as a date;
 *        what cannot be read counts as missing. Without it the wait is drawn evenly from 0
 *        to a bound that doubles each round ("full jitter": M. Brooker, "Exponential Backoff
 *        and Jitter", 2015), so that many clients do not come back at once.
 *
 * Pure functions: no clock, no state, any thread.
 */
#ifndef IO_HTTP_RETRY_H
#define IO_HTTP_RETRY_H

#include "search/crux.h"

enum http_class {
    HTTP_DONE,
    HTTP_FATAL,
    HTTP_REFUSED,
    HTTP_BUSY,
    HTTP_FAULTY,
    HTTP_BAD,
    HTTP_LATE,
    HTTP_CANCELLED,
    HTTP_CLASSES
};

/* In lower case, as written in every output. */
const char *http_class_name(enum http_class class);

/* A reply as it came. */
struct http_answer {
    int status;
    const char *body; /* ends in a NUL that length does not count */
    size_t length;
    bool anything; /* any body will do: the status is the answer */
};

struct http_verdict {
    enum http_class class;
    int status;      /* that it was judged by: its own, or the one in its body */
    bool overflow;   /* REFUSED: the context is too small for it */
    bool readable;   /* BAD or REFUSED for its form alone: who knows what was asked may read it */
    int64_t wait_ns; /* BUSY: that the body asks for; below 0: it does not */
    char sentence[320]; /* why, unless DONE: what the server says, without control characters */
};

void http_retry_judge(struct http_verdict *out, const struct http_answer *answer);

/* The wait that a header asks for, in nanoseconds; below 0: it asks for none.
 * now_s is the time of day in seconds since 1970, where the header was written. */
int64_t http_retry_after(const char *value, int64_t now_s);
int64_t http_retry_reset(const char *value, int64_t now_s); /* x-ratelimit-reset-*: "6m0s" */

/* The wait that an error's words ask for: "retryDelay": "34s", "try again in 1m2.5s", "retry after
 * 7 seconds". */
int64_t http_retry_hint(const char *body);

/* A date of HTTP, in seconds since 1970; below 0: it is none. */
int64_t http_retry_date(const char *value);

/* The wait before round 1, 2, ...; random is any 64 bits. */
int64_t http_retry_wait(uint32_t round, uint64_t random);

#endif
