/*
 * adapt.h - how many requests an endpoint is given at a time.
 *
 * As many as are allowed until it says that it is too much; then half of them; then, if
 * still nothing came through, one. What comes through lets the number grow again: by one
 * each up to where it was halved, by a sixteenth a round from there on (additive increase,
 * multiplicative decrease: Chiu and Jain 1989; the slow start and the threshold are those
 * of TCP: Jacobson 1988).
 *
 * A burst counts once: requests that were on their way when the number was cut say nothing
 * new.
 *
 * A plain value; one thread at a time; no clock of its own; cannot fail.
 */
#ifndef IO_HTTP_ADAPT_H
#define IO_HTTP_ADAPT_H

#include <stdbool.h>
#include <stdint.h>

struct http_adapt {
    double limit, threshold;
    uint32_t most;
    int64_t cut_ns; /* when it was cut last */
    bool good;      /* something came through since then */
};

struct http_adapt http_adapt_open(uint32_t most);

static inline bool http_adapt_admits(const struct http_adapt *adapt, uint32_t in_flight)
{
    return in_flight < (uint32_t)adapt->limit;
}

/* So many at most from now on. One that has all it may have gets all of it. */
void http_adapt_allow(struct http_adapt *adapt, uint32_t most);

/* A request came through. */
void http_adapt_good(struct http_adapt *adapt);

/* A request that was sent at sent_ns was too much, or was lost because no server answers. False:
 * it belongs to a burst that has been counted. */
bool http_adapt_busy(struct http_adapt *adapt, int64_t sent_ns, int64_t now_ns);
bool http_adapt_lost(struct http_adapt *adapt, int64_t sent_ns, int64_t now_ns);

#endif
