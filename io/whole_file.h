/*
 * whole_file.h - a file that appears whole or not at all.
 *
 * It is written beside its place as `.NAME.partial`, brought to the disk and renamed: a program
 * killed at any instant leaves the old file or the new one, and maybe the partial one, too, which
 * the next writer of that name takes over.
 *
 * Threads. Any; of two that write the same file at once one is refused.
 * Errors.  CRUX_STORE with a sentence that names the file and, where force would help, --force.
 */
#ifndef IO_WHOLE_FILE_H
#define IO_WHOLE_FILE_H

#include "search/crux.h"

/* May a file be written there? What is there already is refused without force; what is no file
 * and what is a database, always. To ask before the work whose result it is. */
int whole_file_check(const char *path, bool force, struct crux_error *error);

/* whole_file_check(), and write it. */
int whole_file_write(const char *path, const char *bytes, size_t size, bool force,
                     struct crux_error *error);

/* A file that somebody else writes, by its name. */
struct whole_file {
    const char *path; /* the caller's, until the end */
    char *partial;    /* where it is to be written: there, empty and nobody else's */
    int file;         /* which keeps it so */
    bool force;
};

#define WHOLE_FILE_ANY UINT32_MAX /* as a kind: any database; the caller knows which */

/* Likewise checked, but that a database is replaced, with force, whose application_id is kind. */
int whole_file_begin(struct whole_file *out, const char *path, bool force, uint32_t kind,
                     struct crux_error *error);

/* What was begun has come to this status: CRUX_OK gives it its name, else it is taken away. The
 * status of both. Nobody writes it any more. */
int whole_file_end(struct whole_file *whole, int status, struct crux_error *error);

#endif
