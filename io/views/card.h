/*
 * card.h - the README.md of a data set: what people and `datasets` read first.
 *
 * YAML front matter with a configuration and `features` for every view that has
 * rows, then prose: what the data are, what the fields mean, how they were made,
 * how to load them, how to check one by hand. The same data give the same text.
 * Nothing here is owned; any thread.
 */
#ifndef IO_VIEWS_CARD_H
#define IO_VIEWS_CARD_H

#include "io/views/view.h"

/* Where a view's rows lie, in the folder; for printf, with the view's name. */
#define CARD_DATA_FILE "data/%s/train-00000-of-00001.jsonl"

struct card_view {
    const struct view *view;
    uint64_t rows;
    uint64_t bytes; /* of its file */
};

struct card {
    const struct view_run *run;
    const struct card_view *views;
    size_t view_count;
    uint64_t trees, with_right, broken, unfinished;
};

/* The whole text, caller frees; NULL without memory. */
char *card_text(const struct card *card);

#endif
