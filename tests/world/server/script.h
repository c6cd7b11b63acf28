/*
 * script.h - which request meets which fault.
 *
 * A script is a JSON array of rules (or an object with one, "faults"). The first rule
 * that matches a request decides. A rule says when and what.
 *
 * When, all of what is given:
 *     route         "/v1/completions": begins with it; default: any model route
 *     first, last   ordinals of model requests, from 1
 *     every         each N-th of them
 *     from_s, to_s  seconds since the first model request
 *     probability   drawn from the server's seed and the ordinal
 *     times         at most that number of times in all
 *     text          the request's body contains it
 *
 * What, "fault":
 *     reply     {status, body, content_type, retry_after, header}: this answer, at once;
 *               retry_after "date:S" is an HTTP date S seconds from now
 *     edit      {edit}: the right answer, spoiled: see routes.h
 *     sse       {sse}: a stream, spoiled, whether one was asked for or not: see routes.h
 *     cut       {at: head | body | end, bytes, how: close | reset | hang}: nothing is sent
 *               from that many bytes after the place on
 *     drip      {bytes, ms}: that number of bytes, then a pause
 *     late      {ms}: so much later
 *     length    {bytes}: Content-Length is wrong by so much
 *     chunked   a chunked body whose last chunk is missing; {bytes}: broken off there
 *     huge      {bytes}: a body of that number, valid JSON but for its end
 *     bomb      {bytes}: that number of gzip, which would unpack to 159 times as many
 *     headers   {count, bytes}: count more headers of that number of bytes
 *     twice     the answer is sent twice
 *     close     the connection is closed after an answer that promised to keep it
 *     down      with from_s and to_s: the port refuses connections meanwhile, and those
 *               that were open are reset
 *
 * Errors. CRUX_INVALID and a sentence that names the rule.
 */
#ifndef TESTS_WORLD_SERVER_SCRIPT_H
#define TESTS_WORLD_SERVER_SCRIPT_H

#include "search/crux.h"

enum script_kind {
    SCRIPT_REPLY,
    SCRIPT_EDIT,
    SCRIPT_SSE,
    SCRIPT_CUT,
    SCRIPT_DRIP,
    SCRIPT_LATE,
    SCRIPT_LENGTH,
    SCRIPT_CHUNKED,
    SCRIPT_HUGE,
    SCRIPT_BOMB,
    SCRIPT_HEADERS,
    SCRIPT_TWICE,
    SCRIPT_CLOSE,
    SCRIPT_DOWN,
    SCRIPT_KINDS
};

struct script_rule {
    const char *name; /* of the fault, as written */
    enum script_kind kind;
    const char *route, *text;
    int64_t first, last, every, times;
    double from_s, to_s, probability;

    int64_t status, bytes, ms, count;
    const char *body, *content_type, *retry_after, *header;
    const char *edit, *sse, *at, *how;
    int64_t met; /* how often so far */
};

struct script {
    struct json *json; /* owns the texts of the rules */
    struct script_rule *rules;
    size_t count;
    uint64_t seed;
    int64_t zero_ns; /* the first model request; 0: none yet */
};

/* Of a file, or of the script itself when it begins with '[' or '{'. NULL: no rule. */
int script_open(struct script *out, const char *source, uint64_t seed, struct crux_error *error);
void script_close(struct script *script);

struct script_request {
    const char *route, *body;
    uint64_t ordinal;
    int64_t now_ns;
};

/* The fault that a model request meets; NULL: none. */
const struct script_rule *script_match(struct script *script, const struct script_request *request);

/* Is the server down at this time? */
bool script_down(const struct script *script, int64_t now_ns);

#endif
