/*
 * problem_line.h - one line of a file of problems, parsed.
 *
 * crux_problems_read() (crux_io.h) reads whole files; a store keeps the lines and reads them
 * again one at a time. Both call problem_line_open(), so a line means the same whenever it is
 * read.
 *
 * Ownership. A parsed line owns what its problem points to, until problem_line_close().
 *            problem_copy() makes a problem that points only into the memory it was given.
 * Threads.   A parsed line belongs to one thread at a time.
 * Errors.    CRUX_INPUT: the sentence names the field, what was expected and what was found; the
 *            caller knows which file and line to put before it.
 */
#ifndef IO_PROBLEM_LINE_H
#define IO_PROBLEM_LINE_H

#include "io/json.h"
#include "search/crux.h"

enum { PROBLEM_LINE_IMAGES = 16, PROBLEM_LINE_PROMPT = 256 };

struct problem_line {
    struct crux_problem problem;
    struct json *object;
    const char *images[PROBLEM_LINE_IMAGES];
    char prompt[PROBLEM_LINE_PROMPT]; /* made for a line that has numbers and no prompt */
};

/* line[length] must be NUL. The problem's strings point into *parsed, which must not be moved, and
 * into line, which must stay. */
int problem_line_open(struct problem_line *parsed, const char *line, size_t length,
                      struct crux_error *error);
void problem_line_close(struct problem_line *parsed);

/* Copy a problem with everything it points to into memory for pointers, of
 * problem_bytes() bytes (a multiple of eight). */
size_t problem_bytes(const struct crux_problem *problem);
void problem_copy(struct crux_problem *out, void *memory, const struct crux_problem *problem);

#endif
