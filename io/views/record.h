/*
 * record.h - a path of a finished tree with all that is known of it: what most views make rows of.
 *
 *     tree, findings --record_walk()--> record, record, ... --view--> rows
 *
 * Each distinct wrong path that parts from a right one is a record `w` with the number of its pair;
 * each distinct right path a record `r`. A path is named so in all views, whatever row it is in.
 * Here is decided, once for all views, which of several findings counts, and what may become a
 * label:
 *
 *     location  as learnt_location_of() has it. It has an index only where one is known. A step
 *               that completions have found is none if the tree has a right answer behind it, or
 *               if it claims nothing and only opens the next one (split_opens()). Of a right path:
 *               the probes that the first maker made of it
 *     critique  the tree's own where it stands on a proof. Else, of those that makers wrote, the
 *               one for which refinement speaks most (share of right answers with it), of equal
 *               ones the first maker's; one that calls a wrong answer right, or a right one wrong,
 *               is none. Else the tree's
 *     label     of a step of a wrong path: right before the first wrong step, wrong there, unknown
 *               behind it; all unknown where no index is known, or none as certain as is asked for
 *               (view_run.least). Of a right path: right, which means what its answer is, no more
 *     support   what speaks for a path beside its answer. Against a right one speaks a critic of
 *               steps that gives one less than half, or a probe that found it lost (below)
 *     counts    completions that go through a step, of which it is known whether they are right:
 *               those of a probe behind it by the first completer, or, if these are more, the
 *               tree's own, which the search drew where it hoped for most
 *
 * Where the run asks for them (view_run.injected), paths with false details in them that are wrong
 * (learnt_injection) are records `i`, by number among those of their tree: of makers that come
 * later there may be others before it. The right path of such a record is the one that it was made
 * of. Where the first detail is stands in `inserted`. It is no location: that the step is wrong is
 * the word of the model that has changed it, and a later detail may be what makes the answer wrong.
 * So its location is NOT, and it is in no view that labels steps. Its critique is the first maker's
 * that detects anything.
 *
 * Ownership. A record and what it points to live as long as the call of each(). The tree and what
 *            lies beside it are the caller's.
 * Threads.   Pure; any thread.
 * Errors.    CRUX_STORE: a pair does not fit its paths; the sentence names the problem.
 *            CRUX_MEMORY, or what each() has returned, which ends the walk when it is negative.
 */
#ifndef IO_VIEWS_RECORD_H
#define IO_VIEWS_RECORD_H

#include "io/paths.h"
#include "io/views/tally.h"
#include "io/views/view.h"

/* What a row is about, whatever it is a row of: columns.h writes columns of it. */
struct record_about {
    const struct view_tree *what;
    const struct view_run *run;
    const char *wrong_answer, *right_answer; /* canonical forms; "" or NULL: none */
};

/* Of each the least over the steps, in [0, 1]; below 0: nobody says anything. */
struct record_support {
    double execution;   /* scores of the execution critic */
    double judge;       /* rewards of steps by the outcome critic (crux_opinion.steps) */
    double completions; /* share of right completions behind each probed prefix ... */
    uint32_t count;     /* ... and how many these were at the fewest */
    bool lost;          /* none of a prefix's was right, and the chance that one is has its 95 %
                           interval below 0.1, where `crux locate` calls a prefix dead */
};

struct record {
    struct record_about about; /* first: a record is a row for columns.h */
    const struct paths *paths;
    const struct tally *tally;
    char letter;     /* w, r or i */
    uint32_t number; /* of the pair, or of the right path */
    uint32_t rollout;
    const struct crux_pair *pair;        /* NULL: a right path */
    const struct learnt_item *injection; /* of an injected path; else NULL */
    int64_t inserted;                    /* first step with a false detail in it; else -1 */
    struct path path;                    /* its steps */
    struct path right;           /* of a wrong path: the right one from which it parts latest */
    size_t prefix;               /* steps that these two share; 0 of a right path */
    struct learnt_count *counts; /* of each step */
    struct learnt_location location;
    const char *locator;             /* whose word the location is; "": the tree's, or nobody's */
    struct learnt_critique critique; /* text "": none */
    const char *annotator;           /* whose it is; "": the tree's, or nobody's */
    const struct learnt_verification *verification; /* of that critique; NULL: none */
    const char *verifier;                           /* "": nobody */
    struct record_support support;
};

typedef int record_each(void *context, const struct record *record, struct crux_error *error);

/* All records of a tree that the run's choice keeps: wrong paths, then right ones, by number. */
int record_walk(const struct view_tree *what, const struct view_run *run, record_each *each,
                void *context, struct crux_error *error);

/* Those of injected paths, if the run asks for them: for views that tell them from others. */
int record_walk_injected(const struct view_tree *what, const struct view_run *run,
                         record_each *each, void *context, struct crux_error *error);

/* Is there an index as certain as the run asks for? */
bool record_is_located(const struct record *record);

/* Are there labels of steps: an index, or a right answer with nothing against its steps? */
bool record_is_labelled(const struct record *record);

/* The label of step i of the path. */
enum crux_verdict record_label(const struct record *record, size_t i);

/* How many steps of a labelled record have a label: the first ones, up to and with the first wrong
 * one. */
size_t record_labels(const struct record *record);

/* Of the critiques of a labelled record's path that have a verdict for each step, the first maker's
 * whose verdicts are the labels, as far as these are known. NULL: there is none. */
const struct learnt_item *record_judged(const struct record *record);

/* What is to be said of the path: its critique; of a right path without one a fixed sentence, as
 * MMC has it (section 2.2 of its paper). And who says so: a pass's maker, else the run's own
 * critic. */
const char *record_text(const struct record *record);
const char *record_annotator(const struct record *record);

/* Is the critique's verdict, and is the step that it points at, right, as far as that is known
 * today? A pass may have located the step after the critique was verified. UNKNOWN: nobody can
 * tell. */
enum crux_verdict record_verdict_is(const struct record *record);
enum crux_verdict record_step_is(const struct record *record);

/* The record's rollout. */
const struct crux_rollout *record_answer(const struct record *record);

#endif
