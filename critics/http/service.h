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
 * What else the file may say, besides what io/service/address.h has:
 *
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
#include "io/service/address.h"
#include "search/crux.h"

enum service_text {
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
    struct address address;
    char *texts[SERVICE_TEXTS]; /* NULL: not said */
    unsigned together;          /* one request for all candidates */
    unsigned transform, aggregate;
    double low, high;  /* range */
    double right_from; /* below 0: not said */
    struct mustache *request;
};

/* False: the file is not as it must be, or its request is no JSON when it is filled in. */
int service_read(struct service *out, const char *file, struct crux_error *error);
void service_free(struct service *service); /* a zeroed one too */

#endif
