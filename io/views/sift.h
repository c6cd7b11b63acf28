/*
 * sift.h - which problems go into a data set, and into which part of it.
 *
 * Asked for one problem after the other, in the order of the input: is it like one of somebody
 * else's (contamination), is it like an earlier one, and in which part is it? One that is like an
 * earlier one is in the part of that one, so that no part has what another has in other words.
 *
 * Ownership. The caller's struct; sift_close() takes a zeroed one, too.
 * Threads.   One at a time.
 * Errors.    As alike.h; CRUX_INPUT for a file that is compared with.
 */
#ifndef IO_VIEWS_SIFT_H
#define IO_VIEWS_SIFT_H

#include "io/crux_io.h"
#include "io/json.h"
#include "io/views/alike.h"
#include "io/views/portion.h"

_Static_assert(CRUX_SPLITS_MOST == (int)PORTIONS_MOST, "an export tells of every part");

enum { SIFT_NAMED = 10000 /* contaminated problems in the manifest */ };

struct sift {
    const struct crux_export *what;
    struct portions portions;
    uint64_t seed;
    struct alike *seen, *foreign; /* foreign: NULL without files */
    struct shingles shingles;
    struct json *files; /* [{"name", "sha256", "problems"}] of those that are compared */
    struct json *named; /* [{"id", "file", "like", "alike"}]: the first contaminated ones */
    uint64_t same, alike, contaminated, deduped, decontaminated;
    char contaminated_with[600];
    uint64_t problems[PORTIONS_MOST]; /* that go out */
};

/* Temporary files are made in folder, whose name must stay, and so must what. */
int sift_open(struct sift *out, const struct crux_export *what, int64_t run_seed,
              const char *folder, struct crux_error *error);
void sift_close(struct sift *sift);

/* How much alike two problems are that count as alike. */
double sift_least(const struct crux_export *what);

/* Does it go out, and where? */
int sift_problem(struct sift *sift, const struct crux_problem *problem, bool *goes, size_t *portion,
                 struct crux_error *error);

#endif
