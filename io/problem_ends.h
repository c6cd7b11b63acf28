/*
 * problem_ends.h - the hash of a file up to the end of each of its lines, so that a longer file can
 * be recognised as a shorter one with more lines.
 *
 * The shorter one may have ended with its last line's break (LF, or CR LF) or without: two hashes
 * are kept of each line, 64 bytes.
 *
 * Ownership. Freed by problem_ends_free(), which takes NULL.
 * Threads.   One at a time.
 * Errors.    False: no memory.
 */
#ifndef IO_PROBLEM_ENDS_H
#define IO_PROBLEM_ENDS_H

#include <stdbool.h>

#include "io/hash.h"

struct problem_ends;

struct problem_ends *problem_ends_new(void); /* NULL: no memory */
void problem_ends_free(struct problem_ends *ends);

/* The file's next bytes go into its hash, as hash_add() does it, and line ends among them are
 * noted. */
bool problem_ends_add(struct problem_ends *ends, struct hash *hash, const char *bytes, size_t size);

/* The number of lines after which the file had this hash; 0: it never had. */
uint64_t problem_ends_find(const struct problem_ends *ends, const char *sha256);

#endif
