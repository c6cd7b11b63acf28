/*
 * paged.h - writing a page into a file, and saying what it holds and what it does not.
 *
 * Threads. One at a time. Errors. As crux_export.h and whole_file.h.
 */
#ifndef IO_CLI_PAGED_H
#define IO_CLI_PAGED_H

#include "io/crux_io.h"

enum { PAGED_TELL = 300 };

/* A line for people, without its end. Writes it to out and returns that. */
const char *paged_tell(char out[PAGED_TELL], const struct crux_paged *page);

/* A page of some problems of one store. */
struct paged_file {
    const char *path; /* it appears whole or not at all */
    bool force;       /* a file may be there that it replaces */
    uint64_t nodes;
    const char *const *ids;
    size_t id_count;
};

/* Write it, and say so on standard error. */
int paged_write(const struct paged_file *file, struct crux_store *store, struct crux_error *error);

#endif
