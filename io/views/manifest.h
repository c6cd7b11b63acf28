/*
 * manifest.h - manifest.json of a data set: what it was made of, what is in it, and the hash of
 * every other file.
 *
 * Nothing here is owned; any thread.
 */
#ifndef IO_VIEWS_MANIFEST_H
#define IO_VIEWS_MANIFEST_H

#include "io/views/output.h"
#include "io/views/sift.h"
#include "io/views/view.h"

struct manifest {
    const struct view_run *run;
    const struct crux_summary *summary;
    const struct crux_exported *done;
    const struct sift *sift;
    const struct output *outputs;
    const size_t *places; /* of each output's view among those of done */
    size_t output_count;
    const struct crux_paged *page; /* NULL: there is none */
    uint64_t trees, with_right;    /* also those that are left out */
    const struct json *files;      /* [{"path", "bytes", "sha256"}] */
};

/* The whole text, caller frees; NULL without memory. */
char *manifest_text(const struct manifest *manifest);

#endif
