/*
 * injected.h - a right path with false details in it (Critic-V's VEST, arXiv 2411.18203): its text,
 * a view of it as a wrong path of its tree, and how many of the details somebody has found.
 *
 *     {"steps": [TEXT for each], "details": [{"step": N, "original": TEXT, "false": TEXT}, ...]}
 *
 * is what it is written as: steps numbered from 1, a line break in one is '\n'. So an injector
 * answers (crux_call.details), and so it lies in findings (learnt.h).
 *
 * That a detail is false is the word of the model that has put it in. It is known where details
 * are, and, by an outcome critic, whether the answer is wrong with them: not, which step is the
 * first wrong one.
 *
 * Ownership. A struct owns what it was read into; a view borrows tree and injected path.
 * Threads.   Pure; any thread.
 */
#ifndef IO_INJECTED_H
#define IO_INJECTED_H

#include "search/crux.h"

struct json;

enum { INJECTED_MOST = 5 }; /* details of a path */

struct injected_detail {
    uint32_t step; /* from 0 */
    char *original, *invented;
};

struct injected_steps {
    char **texts;
    uint32_t count;
};

struct injected {
    struct injected_steps steps; /* none: nothing was put in */
    struct injected_detail details[INJECTED_MOST];
    uint32_t count; /* of details */
};

/* Read `steps` and `details` of an object: as many steps as the path has, and 1 .. INJECTED_MOST
 * details, of steps that are there; or none of both. CRUX_OK; CRUX_MEMORY; or CRUX_INVALID, and
 * *field and *expected name what is not so. *out is empty unless it is CRUX_OK. */
int injected_read(struct injected *out, const struct json *object, uint32_t steps,
                  const char **field, const char **expected);
void injected_close(struct injected *injected); /* a zeroed one too */

/* Put both into an object. */
void injected_put(struct json *object, const struct injected *injected);

/* The first step with a detail in it; there is one. */
uint32_t injected_first(const struct injected *injected);

/* Its steps as the lines of an answer, in which a line break of a step is '\v'. The caller frees;
 * NULL: no memory. */
char *injected_text(const struct injected *injected);

/* The tree with one more answer, its last: the right path with the details in it, wrong, and the
 * pair of both. Nothing is said of its first wrong step. */
struct injected_view {
    struct crux_tree tree;
    struct crux_pair pair;
    struct crux_rollout *rollouts;
    char *text;
};

/* right: a rollout, of as many steps. answer: the canonical form of its answer now. */
int injected_view_open(struct injected_view *out, const struct crux_tree *tree, uint32_t right,
                       const struct injected *injected, const char *answer,
                       struct crux_error *error);
void injected_view_close(struct injected_view *view); /* a zeroed one too */

/* What a critique of such a path has found: claims and details that are the same, of all claims and
 * details (Jaccard). Its claims are each step that it blames, as the one that it points at (-1:
 * none) or as wrong by its verdicts (enum crux_verdict of each step; NULL: none), and each detail
 * that its text quotes (quoted.h; of a step that it does not blame: clearly). A step that is blamed
 * is its detail where there is one in it; of several each that is quoted. What it says of anything
 * else is counted nowhere: there is no telling whether it is a claim. */
struct injected_score {
    double jaccard;
    bool first; /* it blames the first step with a detail, or quotes what is false there */
};

struct injected_score injected_score_of(const struct injected *injected, const char *text,
                                        int64_t step, const uint8_t *verdicts, size_t count);

#endif
