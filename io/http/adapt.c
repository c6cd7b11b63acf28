/*
 * adapt.c - how many requests an endpoint gets at a time: additive increase, multiplicative
 * decrease (AIMD). The limit is a real number, since increments are fractions of a request.
 */
#include "io/http/adapt.h"

#define ROUND_SHARE (1.0 / 16.0)

struct http_adapt http_adapt_open(uint32_t most)
{
    return (struct http_adapt){
        .limit = most, .threshold = most, .most = most, .cut_ns = INT64_MIN, .good = true};
}

void http_adapt_allow(struct http_adapt *adapt, uint32_t most)
{
    if (adapt->limit >= adapt->most || adapt->limit > most)
        adapt->limit = most;
    if (adapt->threshold >= adapt->most || adapt->threshold > most)
        adapt->threshold = most;
    adapt->most = most;
}

void http_adapt_good(struct http_adapt *adapt)
{
    double step = 1.0;

    if (adapt->limit >= adapt->threshold) {
        double round = adapt->limit * ROUND_SHARE;

        step = (round < 1.0 ? 1.0 : round) / adapt->limit;
    }
    adapt->limit = adapt->limit + step < adapt->most ? adapt->limit + step : adapt->most;
    adapt->good = true;
}

static bool cut(struct http_adapt *adapt, int64_t sent_ns, int64_t now_ns, bool to_one)
{
    double half = adapt->limit / 2.0 < 1.0 ? 1.0 : adapt->limit / 2.0;

    if (sent_ns <= adapt->cut_ns)
        return false;
    if (adapt->good)
        adapt->threshold = half;
    adapt->limit = to_one || !adapt->good ? 1.0 : half;
    adapt->cut_ns = now_ns;
    adapt->good = false;
    return true;
}

bool http_adapt_busy(struct http_adapt *adapt, int64_t sent_ns, int64_t now_ns)
{
    return cut(adapt, sent_ns, now_ns, false);
}

bool http_adapt_lost(struct http_adapt *adapt, int64_t sent_ns, int64_t now_ns)
{
    return cut(adapt, sent_ns, now_ns, true);
}
