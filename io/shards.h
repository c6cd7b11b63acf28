/*
 * shards.h - stores that are parts of one run: are they, and which part is each?
 *
 * Stores are of one run when they have one configuration and one input, as it is today. A run
 * is called by the input that it was begun with; a shard that was begun after the input grew does
 * not know that one, so the names of the run are those of the shard that was begun first.
 *
 * A part is "I/N", as option --shard has it, among the settings of its store. A store that was
 * merged of several has the list of theirs (CRUX_MERGED), until its run goes on in it.
 *
 * Ownership. Summaries are borrowed. A list is the caller's, to be freed.
 * Threads.   Pure; any thread.
 */
#ifndef IO_SHARDS_H
#define IO_SHARDS_H

#include "io/crux_io.h"

struct json;

/* What sentences call two stores. */
struct shards_pair {
    const char *one, *other;
    const char *both;
};

/* CRUX_INVALID names what differs. */
int shards_check_pair(const struct crux_summary *one, const struct crux_summary *other,
                      const struct shards_pair *names, struct crux_error *error);

/* Is the run called by this one rather than by that other? */
bool shards_names_run(const struct crux_summary *one, const struct crux_summary *other);

/* What a store says of itself. */
struct shards_said {
    struct json *parts; /* an array; empty: it is the whole of its run, or says nothing */
    uint64_t input;     /* problems of the whole input; 0: it does not say */
};

/* CRUX_MEMORY. The parts are the caller's, to be freed. */
int shards_read(struct shards_said *out, const struct crux_summary *summary,
                struct crux_error *error);

/* One of these; NULL and 0 also where there is no memory. */
struct json *shards_parts(const struct crux_summary *summary);
uint64_t shards_input(const struct crux_summary *summary);

/* False: it is no part. */
bool shards_part_read(const char *part, uint32_t *index, uint32_t *of);

#endif
