/*
 * roster.h - a file that lists endpoints, and may change while it is used.
 *
 *     # the GPU jobs that run now
 *     http://node01:8000/v1
 *     http://node07:8000/v1 slots=64
 *
 * A line has an address, and behind it maybe how many samples that server works on at a time. #
 * begins a comment, at the beginning of a line or behind a blank. What else a line may be is wrong
 * with it: the line is left out with a sentence, and the others count. Behind ROSTER_NAMED such
 * lines one sentence says how many more there are.
 *
 * Ownership. A roster owns its addresses.
 * Threads.   Any; a roster one at a time.
 * Errors.    CRUX_INVALID: the file cannot be read, or is no list; CRUX_FAILED: there is none;
 *            CRUX_MEMORY.
 */
#ifndef IO_BACKENDS_ROSTER_H
#define IO_BACKENDS_ROSTER_H

#include "io/served/served.h"

#include <sys/types.h>
#include <time.h>

enum { ROSTER_MOST = 200, ROSTER_BYTES = 1 << 20, ROSTER_SLOTS_MOST = 1000000, ROSTER_NAMED = 10 };

struct roster_entry {
    char *url;
    uint32_t slots; /* 0: not said */
    uint32_t line;  /* from 1 */
};

struct roster {
    struct roster_entry *items;
    uint32_t count;
};

/* What a file looked like: another one has been written when this differs. Zeroed: like none. */
struct roster_look {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed, written;
    bool there;
};

typedef void roster_bad(void *context, const char *sentence);

/* A roster's text. like: how its servers are spoken to, since that decides which addresses are
 * taken. name: of the file, for sentences. */
int roster_parse(struct roster *out, const char *name, const char *text, size_t length,
                 const struct http_server *like, roster_bad *bad, void *context,
                 struct crux_error *error);

/* Without opening it for long; *look is like none where there is no file. */
void roster_look_at(struct roster_look *look, const char *path);
bool roster_looks_alike(const struct roster_look *a, const struct roster_look *b);

int roster_read(struct roster *out, const char *path, const struct http_server *like,
                roster_bad *bad, void *context, struct crux_error *error);

void roster_free(struct roster *roster); /* a zeroed one too */

/* The entry with this address; NULL: there is none. */
const struct roster_entry *roster_find(const struct roster *roster, const char *url);

#endif
