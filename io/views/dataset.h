/*
 * dataset.h - is the folder that lies there a data set of ours, and nothing else?
 *
 * A folder is ours by what is in it, not by the name of a file: its manifest names crux as its
 * engine and lists every file with size and hash, every file there is listed and unchanged, and
 * there is nothing besides. A store that was kept in it, a clone's .git, a card that somebody
 * edited: each of these makes it somebody's else, and it is not replaced.
 *
 * Threads. Any; nothing is kept.
 * Errors.  CRUX_STORE with a sentence that names the first thing that is not ours; CRUX_MEMORY.
 */
#ifndef IO_VIEWS_DATASET_H
#define IO_VIEWS_DATASET_H

#include "search/crux.h"

#define DATASET_MANIFEST "manifest.json"
#define DATASET_CARD     "README.md"
#define DATASET_PAGE     "index.html"

/* CRUX_OK: an empty folder, or a whole data set and nothing else. */
int dataset_check(const char *folder, struct crux_error *error);

/* Remove what a data set consists of, whole or half built, and the folders that are empty then.
 * Anything else in it stays, and so does the folder. */
void dataset_remove(const char *folder);

#endif
