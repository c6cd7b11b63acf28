/*
 * crux_merge.h - the stores of one run's shards become one store.
 *
 *     shard 1/3 --+
 *     shard 2/3 --+--> crux_merge() --> a store like that of one run
 *     shard 3/3 --+
 *
 * A part of crux_io.h, which includes it: include that.
 *
 * All that the stores have is in the new one: trees, the ledger (replies, refusals, what was in
 * flight when somebody was killed, the order in which trees settled, the time of all sessions) and
 * what was learnt of the trees later. It exports the same bytes as one run would have, and a run
 * goes on in it without --shard: problems that it lacks, since their shard was not there, are
 * added then. Only the last pulse is left behind: it is of a process.
 *
 * Where two shards have paid for the same question, one reply is kept under its key, that of the
 * store that was named first; the other stays in the ledger under a key that nobody asks for, so
 * that it is counted in what was paid.
 *
 * Refused, and nothing is written: a store that is none, is damaged, is being written, or is of
 * another run or input; one that is there twice, also as a copy; a problem that is done in two
 * of them. A store of an earlier version is read as it stands.
 *
 * The new store is built beside its place and renamed when it is on the disk: a program killed at
 * any instant leaves nothing under its name. One tree is in memory at a time.
 *
 * Threads. One at a time; no store that is named may be open for writing.
 * Errors.  CRUX_INVALID: not shards of one run. CRUX_STORE. CRUX_STOPPED.
 */
#ifndef CRUX_MERGE_H
#define CRUX_MERGE_H

#include "search/crux.h"

#ifdef __cplusplus
extern "C" {
#endif

struct crux_merge {
    const char *const *stores; /* their paths */
    size_t store_count;
    const char *to;
    bool force;            /* replace a store that is there and that nobody writes */
    bool (*stopped)(void); /* asked again and again; true: it is given up, CRUX_STOPPED, and leaves
                              nothing. NULL: never */
};

struct crux_merged {
    uint64_t problems, done; /* done: finished or failed */
    uint64_t replies, findings;
    uint64_t twice;  /* replies that two stores have paid for ... */
    uint64_t differ; /* ... and that do not say the same */
};

CRUX_API int crux_merge(const struct crux_merge *what, struct crux_merged *out,
                        struct crux_error *error);

#ifdef __cplusplus
}
#endif

#endif
