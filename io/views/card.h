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

#include "io/views/output.h"
#include "io/views/sift.h"
#include "io/views/view.h"

struct card {
    const struct view_run *run;
    const struct output *outputs; /* a view each, as it was written */
    size_t output_count;
    const struct crux_paged *page; /* NULL: there is none */
    const struct sift *sift;
    uint64_t trees, with_right, broken, unfinished;
};

/* The whole text, caller frees; NULL without memory. */
char *card_text(const struct card *card);

#endif
