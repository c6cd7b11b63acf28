/*
 * alike.h - problems that were seen, in a file, and which of them one is like.
 *
 * A problem is found by bands of its sketch (shingles.h): those with all hashes of a band equal are
 * compared, set with set, so what is found is exactly as alike as it says. Bands are cut so that
 * of 1,000 problems that are just as alike as is looked for at least 995 are found, and more of
 * those that are more alike. If more than 64 share a band, the first 64 of them are compared.
 *
 * It lies in files without a name, which end with the program however it ends, but for a table of
 * at most 64 MB: memory does not grow with the number of problems above that.
 *
 * Ownership. alike_close() takes NULL.
 * Threads.   One at a time.
 * Errors.    CRUX_STORE: a file cannot be made, read or written (a full disk); CRUX_MEMORY.
 */
#ifndef IO_VIEWS_ALIKE_H
#define IO_VIEWS_ALIKE_H

#include "io/views/shingles.h"

enum { ALIKE_NAME = 208, ALIKE_USUAL_PERCENT = 80 };

struct alike;

/* What was added to an index, and comes back when it is found. */
struct alike_label {
    uint32_t number;
    char name[ALIKE_NAME];
};

struct alike_found {
    double alike; /* 0: nothing that is alike enough */
    bool same;    /* word by word */
    struct alike_label label;
};

/* least: what is at least as alike as this is found; above 0, at most 1. The files are made in a
 * folder, whose name must stay. */
int alike_open(struct alike **out, const char *folder, double least, struct crux_error *error);
void alike_close(struct alike *alike);

/* The one that it is most like; of several the first that was added. */
int alike_find(struct alike *alike, const struct shingles *shingles, struct alike_found *out,
               struct crux_error *error);
int alike_add(struct alike *alike, const struct shingles *shingles, const struct alike_label *label,
              struct crux_error *error);

#endif
