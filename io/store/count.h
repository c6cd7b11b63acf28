/*
 * count.h - how much a SQLite store has committed, so that a loss is told.
 *
 *     run.db        the store; its table `store` has the count as of its own last commit
 *     run.db-wal    SQLite's log: commits that are not folded into run.db yet
 *     run.db-count  the count after the last commit, while a run is being written
 *
 * SQLite ends a log at its first frame whose checksum is wrong, without a word: a kill or a power
 * cut leaves such frames behind the last commit, and damage makes them anywhere. So what a log has
 * lost is told from two sides.
 *
 * The count file is written after each commit has reached the disk, and is not itself flushed: it
 * never counts a commit that could still be lost, and after a kill it knows the last one. Only an
 * older count is there after a power cut, which claims less. It is there before the first commit
 * is, and goes when the writer ends well.
 *
 * Commits that were not flushed (those of intents alone) are counted by the next that is; if one of
 * them is lost, a frame that one bit makes right again tells.
 *
 * Where it is missing (store and log were copied without it), the log's own frames are read:
 * commits of the same log behind a wrong frame have once been whole. An empty or torn count file
 * claims nothing and absolves the log: a power cut may leave it so, and so may a user who has read
 * what is lost and goes on with the rest.
 *
 * Threads. One at a time.
 */
#ifndef IO_STORE_COUNT_H
#define IO_STORE_COUNT_H

#include "search/crux.h"

struct count {
    uint64_t id;      /* of the store: chosen when it was made */
    uint64_t commits; /* of all its writers */
    uint64_t replies; /* in its ledger */
};

enum { COUNT_LINE = 96 };

/* As a line of text with its own seal. */
void count_print(char out[COUNT_LINE], const struct count *count);
bool count_parse(struct count *out, const char *text, size_t length);

/* What lies beside a store. */
struct count_beside {
    enum { COUNT_MISSING, COUNT_SILENT, COUNT_SAYS } file;
    struct count says;     /* the count file */
    bool log;              /* there is one that is not empty */
    uint64_t lost_commits; /* of the log, behind a wrong frame */
    struct count lost;     /* the last of them; all 0: it had none */
    bool one_bit;          /* the frame is wrong by one bit: no power cut did that */
};

/* Before the store is opened; file is its real name. */
void count_look(struct count_beside *out, const char *file);

/* The last of the commits that the store had and has no more, as what lies beside it knows; NULL:
 * it knows of none. has: what the store itself counts; NULL: it has no count yet. */
const struct count *count_lost(const struct count_beside *beside, const struct count *has);
bool count_is_of(const struct count_beside *beside, const struct count *has);

/* Keep the count file of a store that is being written: its descriptor, or -1 with errno. */
int count_keep(const char *file, const struct count *count);
void count_put(int descriptor, const struct count *count);
void count_remove(const char *file);

#endif
