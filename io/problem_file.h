/*
 * problem_file.h - what a file of problems is, by its first bytes; and complaints, not more of them
 * than anybody reads.
 *
 * A file that is no JSON gets one sentence that says what it looks like and which command makes
 * lines of it, in place of a complaint a line.
 *
 * Ownership. What complaints hold is freed by problem_complaints_free().
 * Threads.   One at a time.
 */
#ifndef IO_PROBLEM_FILE_H
#define IO_PROBLEM_FILE_H

#include "io/crux_io.h"

/* Is the first letter a '['? */
bool problem_file_is_array(const char *bytes, size_t size);

/* CRUX_INPUT: a table, a compressed file, another encoding, an object over several lines. */
int problem_file_check(const char *bytes, size_t size, const char *name, struct crux_error *error);

enum { COMPLAINTS_OF_A_KIND = 10, COMPLAINTS_KINDS = 100 };

struct problem_complaint;

struct problem_complaints {
    crux_complaint *complain; /* or NULL */
    void *context;
    struct problem_complaint *kinds;
};

/* why is the sentence without its place; two are of a kind that differ in numbers and in what
 * stands in backquotes only. False: no memory. */
bool problem_complain(struct problem_complaints *complaints, const char *sentence, const char *why);

/* One sentence for each kind of which there were more. */
void problem_complain_rest(struct problem_complaints *complaints, const char *name);
void problem_complaints_free(struct problem_complaints *complaints);

#endif
