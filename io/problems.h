/*
 * problems.h - one line of a file of problems, for those who keep such lines.
 *
 * crux_problems_read() (crux_io.h) reads whole files; a store keeps the lines and
 * reads them again one at a time. Both go through problems_draft_open(), so a line
 * means the same whenever it is read.
 *
 * Ownership. A draft owns what its problem points to, until problems_draft_close().
 *            problems_copy() makes a problem that points only into the memory it
 *            was given.
 * Threads.   A draft belongs to one thread at a time.
 * Errors.    CRUX_INPUT: the sentence names field, what was expected and what was
 *            found; the caller knows which file and line to put before it.
 */
#ifndef IO_PROBLEMS_H
#define IO_PROBLEMS_H

#include "io/json.h"
#include "search/crux.h"

enum { PROBLEMS_IMAGES = 16, PROBLEMS_PROMPT = 256 };

struct problems_draft {
    struct crux_problem problem;
    struct json *object;
    const char *images[PROBLEMS_IMAGES];
    char prompt[PROBLEMS_PROMPT]; /* written for those that have numbers and none */
};

/* Of line, where line[length] is NUL. The problem's strings point into the draft itself, which
 * must not be moved, and to the line, which must stay. */
int problems_draft_open(struct problems_draft *draft, const char *line, size_t length,
                        struct crux_error *error);
void problems_draft_close(struct problems_draft *draft);

/* Copy a problem with everything it points to into memory for pointers, of
 * problems_bytes() bytes (a multiple of eight). */
size_t problems_bytes(const struct crux_problem *problem);
void problems_copy(struct crux_problem *out, void *memory, const struct crux_problem *problem);

#endif
