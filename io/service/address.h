/*
 * address.h - where a service of JSON over HTTP is, how one is let in, and what it is called: the
 * part of the file that describes it which is the same for every kind of service.
 *
 *     url                    where it is; a list of several that are alike
 *     path                   below its root, which ends before a /v1; / as usual
 *     name                   of the backend in ledger and account: letters, digits, - and _, at
 *                            most 64; else the file's, up to its first dot
 *     model                  that replies name, where they name one: the first that names another
 *                            is told, and all must name the same
 *     key-env, key-file, key-header, header, retries, in-flight, answer-timeout
 *                            as the options of that name; header may be a list, the last is in
 *                            seconds
 *
 * Ownership. An address owns its texts.
 * Threads.   Once it is complete it is never changed: any thread.
 * Errors.    CRUX_INVALID: the sentence begins with file, line and column where there are some;
 *            CRUX_MEMORY.
 */
#ifndef IO_SERVICE_ADDRESS_H
#define IO_SERVICE_ADDRESS_H

#include "io/config.h"
#include "search/crux.h"

struct crux_backends;
struct served;

enum address_text {
    ADDRESS_NAME,
    ADDRESS_MODEL,
    ADDRESS_PATH,
    ADDRESS_KEY_ENV,
    ADDRESS_KEY_FILE,
    ADDRESS_KEY_HEADER,
    ADDRESS_TEXTS
};

enum { ADDRESS_LISTED = 16 };

/* Zeroed, address_begin() aside, before its first setting. */
struct address {
    char *texts[ADDRESS_TEXTS]; /* NULL: not said */
    char *urls[ADDRESS_LISTED], *headers[ADDRESS_LISTED];
    uint32_t url_count, header_count;
    uint32_t in_flight, retries; /* 0, UINT32_MAX: not said */
    int64_t answer_ns;           /* 0: not said */
};

struct address address_begin(void);
void address_free(struct address *address); /* a zeroed one too */

/* The keys that address_take() knows, for sentences that list all there are. */
#define ADDRESS_KEYS                                                                               \
    "url, path, name, model, key-env, key-file, key-header, header, retries, in-flight, "          \
    "answer-timeout"

/* *taken: it was a setting of an address. */
int address_take(struct address *address, const struct config_setting *setting, bool *taken,
                 struct crux_error *error);

/* What is given where nothing is said, and whether all of it can be. tail stands behind a name that
 * is the file's. It has at least one url. */
int address_complete(struct address *address, const char *file, const char *tail,
                     struct crux_error *error);

/* The backend that is there: one of backends, which own it, by the file's name and tail; where
 * backends is NULL one of its own, *own, which the caller closes. */
int address_open(struct served **out, struct served **own, const struct address *address,
                 const char *file, const char *tail, struct crux_backends *backends,
                 struct crux_error *error);

/* --- for the other settings of such a file ------------------------------------------------ */

int address_refuse(const struct config_setting *setting, const char *expected,
                   struct crux_error *error);
int address_take_text(char **out, const struct config_setting *setting, struct crux_error *error);
int address_no_memory(struct crux_error *error);

/* The whole of text as a number. */
bool address_number(double *out, const char *text);

#endif
