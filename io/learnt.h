/*
 * learnt.h - what was learnt of the paths of a finished tree after it was finished: where a wrong
 * one goes wrong, what is to be said of it, and whether saying so helps.
 *
 *     store --crux_store_findings()--> learnt_take() ... -> learnt_sort() -> learnt_*_of()
 *
 * A tree is never rewritten. What a pass finds out lies beside it, as findings about a rollout: the
 * last of a path, so a rollout names its path. One kind for each of the structs below, one
 * JSON object each; here is the only place that writes and reads these.
 *
 * `location`: where the first wrong step of a path is, and how that is known. Of a right path: only
 * its probes.
 *
 * `critique`: what is to be said of a path, by an annotator.
 *
 * `verification`: what a critique was worth: answers refined with it, without it, and with one of
 * another path.
 *
 * `injection`: a right path with false details in it, put there by a model (injected.h).
 *
 * `detection`: a critique of such a path, and how many of the details it has found.
 *
 * The last two are about the rollout of the right path. A detection has a kind of its own, and is
 * no critique of that rollout: nothing is wrong in what that says.
 *
 * Of several makers each has its own; a maker's name says by which means it found what it found.
 *
 * Ownership. A struct learnt owns what it was given; its texts live until learnt_free(), which
 *            takes a zeroed one, too. Texts of *_json() are the caller's to free.
 * Threads.   One at a time; constant after learnt_sort().
 * Errors.    CRUX_STORE: a finding of these kinds is not as it must be; the sentence names problem,
 *            maker, rollout, field and expectation. CRUX_MEMORY.
 */
#ifndef IO_LEARNT_H
#define IO_LEARNT_H

#include "io/crux_io.h"
#include "io/injected.h"

#define LEARNT_LOCATION     "location"
#define LEARNT_CRITIQUE     "critique"
#define LEARNT_VERIFICATION "verification"
#define LEARNT_INJECTION    "injection"
#define LEARNT_DETECTION    "detection"

/* How it is known which step is the first wrong one, the more certain the later. Only the last
 * three have an index. */
enum learnt_how {
    LEARNT_NOT,       /* it is not known */
    LEARNT_BETWEEN,   /* it is one of several steps */
    LEARNT_ESTIMATED, /* by completions of one policy: some before it are right, none behind it */
    LEARNT_AGREED,    /* two policies that complete agree */
    LEARNT_PROVED,    /* by the domain */
    LEARNT_HOWS
};

/* `not`, `between`, `estimated`, `agreed`, `proved`. */
const char *learnt_how_name(enum learnt_how how);

/* Completions of a path's first steps. */
struct learnt_probe {
    uint32_t completer; /* 0; with a second policy also 1 */
    uint32_t prefix;    /* steps of the path that were gone on with */
    uint32_t right, of; /* completions with a verdict */
    uint32_t from_tree; /* of these, those that the search had made */
    double low, high;   /* 95 % interval of the chance that one is right */
};

struct learnt_location {
    enum learnt_how how;
    int64_t step;                /* index of the first wrong step, from 0; -1: not known */
    int64_t from, to;            /* BETWEEN: it is one of these, both inclusive; else -1 */
    const char *why;             /* NOT, BETWEEN: a phrase; else "" */
    struct learnt_probe *probes; /* by completer and prefix */
    size_t probe_count;
};

struct learnt_critique {
    const char *style, *model;  /* how it was written, and by which model */
    const char *text;           /* "": the annotator had nothing to say that is kept */
    const char *error_type;     /* a short word; "" */
    const char *corrected_step; /* "" */
    const char *method;         /* the check that the correction passed; "" */
    int64_t step;               /* the step that it points at, a claim; -1: none */
    enum crux_verdict verdict;  /* its word on the answer; UNKNOWN: none */
    uint8_t *steps;
    size_t step_count; /* enum crux_verdict of each step; none: 0 */
};

/* Answers of which it is known whether they are right. */
struct learnt_count {
    uint32_t right, of;
};

struct learnt_verification {
    const char *critique; /* its maker */
    const char *foreign;  /* id of the path whose critique was the control; "": there was none */
    struct learnt_count with, without, control;
    enum crux_verdict verdict_is, step_is; /* was its verdict, was the step it points at, right by
                                              what was known then? UNKNOWN: nobody could tell. What
                                              is known today views say themselves (record.h) */
};

struct learnt_injection {
    const char *model;
    struct injected path;      /* no steps: the injector gave nothing that can be used */
    const char *answer;        /* the canonical form of its answer, "": none */
    enum crux_verdict verdict; /* by the outcome critic. Only WRONG makes it a wrong path: with
                                  details that leave the answer right nothing is known of it */
};

struct learnt_detection {
    const char *injection; /* its maker */
    struct learnt_critique critique;
    double score; /* injected_score_of() */
    bool first;
};

/* A finding. */
struct learnt_item {
    uint32_t rollout;
    const char *maker;
    struct crux_paid cost; /* of finding it, by what replies say of themselves */
    union {
        struct learnt_location location;
        struct learnt_critique critique;
        struct learnt_verification verification;
        struct learnt_injection injection;
        struct learnt_detection detection;
    };
};

enum learnt_kind {
    LEARNT_LOCATIONS,
    LEARNT_CRITIQUES,
    LEARNT_VERIFICATIONS,
    LEARNT_INJECTIONS,
    LEARNT_DETECTIONS,
    LEARNT_KINDS
};

/* As findings name it. */
const char *learnt_kind_name(enum learnt_kind kind);

struct learnt_items {
    struct learnt_item *items; /* by rollout, then by maker */
    size_t count, room;
};

/* All that was learnt of one tree. Zeroed, but for tree, before the first finding. */
struct learnt {
    const struct crux_tree *tree;
    struct learnt_items of[LEARNT_KINDS];
};

/* For crux_store_findings(), with context a struct learnt. Findings of other kinds are passed by.
 * Of those about rollouts that the tree has not: CRUX_STORE. */
int learnt_take(void *context, const struct crux_finding *finding, struct crux_error *error);

/* All have been taken. */
void learnt_sort(struct learnt *learnt);

void learnt_free(struct learnt *learnt);

/* Those of a kind about a rollout: *count of them, the first is returned; NULL: none. */
const struct learnt_item *learnt_of(const struct learnt *learnt, enum learnt_kind kind,
                                    uint32_t rollout, size_t *count);

/* The one of a maker; NULL: none. */
const struct learnt_item *learnt_by(const struct learnt *learnt, enum learnt_kind kind,
                                    uint32_t rollout, const char *maker);

/* Where the wrong path of a pair goes wrong, as well as anybody knows: what the tree has proved,
 * else of what passes have found the most certain; of equally certain ones that say the same step
 * the first maker's. Where two of the most certain name different steps, or ranges of them without
 * a common one, nothing is known: NOT. The probes are those of the finding, which owns them.
 * *maker: whose word it is, "" the tree's. */
struct learnt_location learnt_location_of(const struct learnt *learnt, const struct crux_pair *pair,
                                          const char **maker);

/* As JSON objects. NULL: no memory, or a text that is not UTF-8. */
char *learnt_location_json(const struct learnt_location *location, const struct crux_paid *cost);
char *learnt_critique_json(const struct learnt_critique *critique, const struct crux_paid *cost);
char *learnt_verification_json(const struct learnt_verification *verification,
                               const struct crux_paid *cost);
char *learnt_injection_json(const struct learnt_injection *injection, const struct crux_paid *cost);
char *learnt_detection_json(const struct learnt_detection *detection, const struct crux_paid *cost);

/* Add what a reply says that it has cost. */
void learnt_pay(struct crux_paid *cost, const struct crux_reply *reply);

#endif
