/*
 * plan.h - what stands behind `retrieve:`, taken apart.
 *
 *     CORPUS.db[,SETTING...]           an index that crux index has made
 *     http=SERVICE.yaml[,SETTING...]   a service of JSON (service.h)
 *
 * Threads. Any; a plan is never changed once it was read.
 * Errors.  CRUX_INVALID with a sentence that lists the settings.
 */
#ifndef POLICIES_RETRIEVE_PLAN_H
#define POLICIES_RETRIEVE_PLAN_H

#include "search/crux.h"

enum { RETRIEVE_THREADS = 4, RETRIEVE_BYTES = 2000 };

enum retrieve_refuse { RETRIEVE_REFUSE_NONE, RETRIEVE_REFUSE_PROBLEM, RETRIEVE_REFUSE_ANSWER };

struct retrieve_plan {
    char *file;       /* owned */
    bool http;        /* it describes a service */
    bool all_queries; /* of the path; else the latest */
    unsigned refuse;  /* of enum retrieve_refuse, both together are 3 */
    uint32_t bytes;   /* of a document's text at most */
    uint32_t threads; /* that search an index */
};

int retrieve_plan_read(struct retrieve_plan *out, const char *arg, struct crux_error *error);
void retrieve_plan_free(struct retrieve_plan *plan);

/* Does it name a service? */
bool retrieve_plan_asks(const char *arg);

/* The file in arg, without its settings. */
struct crux_text retrieve_plan_file(const char *arg);

#endif
