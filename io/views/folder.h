/*
 * folder.h - a folder that appears whole or not at all.
 *
 * It is built beside its place, in `.NAME.partial-PID`, and takes its name in one
 * step when every file is on the disk. A program killed at any instant leaves the
 * old folder or the new one, and maybe a partial one beside it, which the next
 * build of the same name removes; never more of it than files of a data set. (A file system that
 * cannot exchange two folders has an instant at which the old one lies aside as
 * `.NAME.replaced-PID`.)
 *
 *     folder_open() -> folder_begin() folder_write()... folder_end() -> folder_place()
 *           '------------------------ folder_close() always -------------------'
 *
 * Ownership. The caller's structs; folder_close() frees what they hold and removes
 *            a partial folder that was not placed. Files may be open side by side.
 * Threads.   One at a time. Programs that build the same name at once do not
 *            disturb each other: a partial folder is locked by its builder.
 * Errors.    A sentence that names the file.
 */
#ifndef IO_VIEWS_FOLDER_H
#define IO_VIEWS_FOLDER_H

#include <stdio.h>

#include "io/hash.h"
#include "search/crux.h"

struct folder {
    char *to;      /* its place, without '/' at the end */
    char *parent;  /* where it and the partial one lie */
    char *name;    /* the last part of to */
    char *partial; /* NULL: placed, or never begun */
    int lock;      /* of the partial folder; -1: none */
    bool replaces; /* there is a folder to be replaced */
};

struct folder_file {
    FILE *stream;
    char *path;
    struct hash hash;
    uint64_t bytes;
};

/* Check the place and make the partial folder. What is there already is refused;
 * with force a folder is replaced if it is empty or a data set and nothing else (dataset.h). */
int folder_open(struct folder *out, const char *to, bool force, struct crux_error *error);

/* Begin a file; name is relative, folders on the way are made. */
int folder_begin(const struct folder *folder, const char *name, struct folder_file *out,
                 struct crux_error *error);
int folder_write(struct folder_file *file, const char *text, size_t length,
                 struct crux_error *error);

/* Bring it to the disk and say what its SHA-256 is; on failure too it is closed. */
int folder_end(struct folder_file *file, char sha256[HASH_HEX], struct crux_error *error);

/* Close a file that need not be right. */
void folder_drop(struct folder_file *file);

int folder_place(struct folder *folder, struct crux_error *error);
void folder_close(struct folder *folder);

#endif
