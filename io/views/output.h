/*
 * output.h - the files of one view while they are written: one for each part of the data set.
 *
 *     output_begin() -> output_row()... -> output_end()     output_drop(), always
 *
 * A file that is to be compressed is written plainly at first, where it has no name: how long it
 * is stands at the beginning of its frame.
 *
 * Ownership. The caller's struct, zeroed at first.
 * Threads.   One at a time.
 * Errors.    As folder.h.
 */
#ifndef IO_VIEWS_OUTPUT_H
#define IO_VIEWS_OUTPUT_H

#include "io/views/folder.h"
#include "io/views/portion.h"
#include "io/views/view.h"

enum { OUTPUT_PATH = 160 };

struct output_part {
    const char *split;      /* its name */
    char path[OUTPUT_PATH]; /* in the folder */
    uint64_t rows, right, wrong;
    uint64_t bytes; /* of rows, as they are read */
    uint64_t size;  /* of the file */
    char sha256[HASH_HEX];

    struct folder_file file;
    FILE *plain; /* NULL: rows are written into file */
};

struct output {
    const struct view *view;
    size_t part_count;
    struct output_part parts[PORTIONS_MOST];
    size_t portion; /* where the next row belongs */
};

/* portions stay the caller's, and must stay. */
int output_begin(struct output *output, const struct view *view, const struct portions *portions,
                 const struct folder *folder, bool compress, struct crux_error *error);

/* A view_emit; context is a struct output. */
int output_row(void *context, const char *row, size_t length, enum view_side side,
               struct crux_error *error);

/* Bring all files to the disk; then size and sha256 are known. */
int output_end(struct output *output, struct crux_error *error);
void output_drop(struct output *output);

/* The name in the folder of a part's file; the last part of the path is its name in the view's own
 * folder. */
const char *output_name(const struct output_part *part);

#endif
