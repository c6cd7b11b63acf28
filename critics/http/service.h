/*
 * service.h - how a JSON service is asked: a YAML file says where it is, what is sent, and where in
 * the reply the answer stands.
 *
 *     url: http://127.0.0.1:8080        where it is; a list of several that are alike
 *     path: /score                      below its root, which ends before a /v1
 *     request: |                        a template (io/mustache.h) of one JSON value
 *       {"question": "{{problem|json}}", "answer": "{{solution|json}}"}
 *     score: /result/0/score            a JSON pointer (RFC 6901) to the number
 *
 * What else the file may say:
 *
 *     name         of the backend in ledger and account: letters, digits, - and _, at most 64; else
 *                  the file's, up to its first dot
 *     model        that replies name, where they name one: the first that names another is told,
 *                  and all must name the same
 *     key-env, key-file, key-header, header, retries, in-flight, answer-timeout
 *                  as the options of that name; header may be a list, the last is in seconds
 *     each         candidate (a request for each, as usual) or call (one for all of them)
 *     transform    of the number: identity (as usual: it must be in range), clip, sigmoid
 *     range        LOW,HIGH: what is 0 and what is 1 there
 *     aggregate    where the number is a list of them, one for each step: last (as usual), min,
 *                  product, mean; the list is kept
 *     verdict      a pointer to true, false or a text ...
 *     right, wrong ... which is one of these two, else the verdict is unknown
 *     right-from   without a verdict: a reward from here on is right, one below it wrong
 *     answer       a pointer to the canonical answer
 *     sentence     a pointer to a text that says why
 *
 * In the template: problem, id, seed; steps, a list of the texts of the path; candidate, the text
 * that is judged; solution, all steps and it, a line each; claim, what is said to be wrong with it
 * (critic adversary) or "". With `each: call` there is a list candidates, in which candidate and
 * solution stand, and in pointers * is a candidate's place.
 *
 * A number that is null is unknown. A verdict that nobody gives is unknown.
 *
 * Ownership. A service owns its texts.
 * Threads.   It is never changed: any thread.
 * Errors.    CRUX_INVALID: the sentence begins with file, line and column where there are some.
 */
#ifndef CRITICS_HTTP_SERVICE_H
#define CRITICS_HTTP_SERVICE_H

#include "io/mustache.h"
#include "search/crux.h"

enum { SERVICE_LISTED = 16 };

enum service_text {
    SERVICE_NAME,
    SERVICE_MODEL,
    SERVICE_PATH,
    SERVICE_KEY_ENV,
    SERVICE_KEY_FILE,
    SERVICE_KEY_HEADER,
    SERVICE_REQUEST,
    SERVICE_SCORE, /* pointers from here ... */
    SERVICE_VERDICT,
    SERVICE_ANSWER,
    SERVICE_SENTENCE, /* ... to here */
    SERVICE_RIGHT,
    SERVICE_WRONG,
    SERVICE_TEXTS
};

enum service_transform { SERVICE_IDENTITY, SERVICE_CLIP, SERVICE_SIGMOID };
enum service_aggregate { SERVICE_LAST, SERVICE_MIN, SERVICE_PRODUCT, SERVICE_MEAN };

struct service {
    char *texts[SERVICE_TEXTS]; /* NULL: not said */
    char *urls[SERVICE_LISTED], *headers[SERVICE_LISTED];
    uint32_t url_count, header_count;
    uint32_t in_flight, retries; /* 0, UINT32_MAX: not said */
    int64_t answer_ns;           /* 0: not said */
    unsigned together;           /* one request for all candidates */
    unsigned transform, aggregate;
    double low, high;  /* range */
    double right_from; /* below 0: not said */
    struct mustache *request;
};

/* False: the file is not as it must be, or its request is no JSON when it is filled in. */
int service_read(struct service *out, const char *file, struct crux_error *error);
void service_free(struct service *service); /* a zeroed one too */

#endif
