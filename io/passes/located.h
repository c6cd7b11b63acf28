/*
 * located.h - what completers found of one path, and what follows: between locate.c, which asks,
 * and its findings.
 *
 * Threads. Those of its pass.
 */
#ifndef IO_PASSES_LOCATED_H
#define IO_PASSES_LOCATED_H

#include "io/passes/locate.h"

/* What one completer finds. */
struct located_search {
    uint8_t *states;                /* enum bisect_state of each prefix, and of all steps */
    struct prefixes_probe **probes; /* of each prefix; NULL: not probed */
    enum bisect_outcome outcome;    /* of a wrong path, when it is over */
    size_t from, to;
    bool filled; /* what is before was asked about as often as may be */
    bool weak;   /* and still could be like what is behind, by chance */
};

/* A path. */
struct located {
    size_t count;    /* steps */
    size_t shared;   /* of them, with a right path */
    bool right;      /* it is a right path */
    uint32_t enough; /* prefixes_enough() */
    struct located_search searches[PREFIXES_COMPLETERS];
};

/* Nothing can be learnt of a wrong path with which a right one begins, or of one without steps. */
bool located_is_idle(const struct located *path);

/* A right path has a prefix that is dead to some completer. */
bool located_is_lucky(const struct located *path);

/* Of a search that has found one or several steps: are right completions before and behind told
 * apart? Behind all steps none was asked for, and it is as if so many as are dead were wrong. */
bool located_is_apart(const struct located *path, const struct located_search *search);

/* What is known when all completers are done that have a turn: a second one where the first has
 * located something. All of *out but its probes is set. */
enum locate_why located_judge(const struct located *path, uint32_t completers,
                              struct learnt_location *out);

/* All probes, by completer and prefix; there is room for one of each, that of all steps included.
 * Returns how many. */
size_t located_probes(const struct located *path, struct learnt_probe *out);

/* What its probes have cost, those that another path of the tree has paid for not again. */
void located_pay(const struct located *path, struct crux_paid *cost);

#endif
