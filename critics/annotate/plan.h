/*
 * plan.h - how a critique is to be written: the description of critic `critique`, read.
 *
 *     critique[:BACKEND][,KEY=VALUE]...
 *
 *     style=mmc         both paths are shown, and which is which; one or two sentences on the error
 *                       (MMC, arXiv 2504.11009). The default
 *     style=deliberate  three questions: a critique of each step up to the wrong one, a second look
 *                       at each of these by another way, and both merged (DeepCritic, arXiv
 *                       2505.00662)
 *     style=blind       one path, of which nothing is said: a verdict for each step and for the
 *                       answer, kept where it agrees with what is known (GUI-Critic-R1, arXiv
 *                       2506.04614; ThinkPRM, arXiv 2504.16828)
 *     style=panel       each of several backends writes as mmc; the first then drops what is wrong
 *                       or vague, and merges (MultiCritique, arXiv 2410.15287)
 *     backend=NAME      whom to ask; without one, the backend that has no name
 *     backends=A+B+C    style panel: 2 .. 8 of them; one that comes twice gives different samples
 *     tries=N           samples of a question at most, 1 .. 16, until one can be used; 3
 *     temperature=T     0 .. 2; without it the backend's own. MMC has 0, but then all tries but the
 *                       first are in vain where a server gives one answer at 0
 *     max=TOKENS        of a reply; without it the backend's own
 *
 * Threads. It is never changed: any thread.
 * Errors.  CRUX_INVALID with a sentence that names the setting.
 */
#ifndef CRITICS_ANNOTATE_PLAN_H
#define CRITICS_ANNOTATE_PLAN_H

#include "critics/described.h"

enum annotate_style {
    ANNOTATE_MMC,
    ANNOTATE_DELIBERATE,
    ANNOTATE_BLIND,
    ANNOTATE_PANEL,
    ANNOTATE_STYLES
};

enum { ANNOTATE_TRIES = 16, ANNOTATE_MEMBERS = 8 };

struct annotate_plan {
    unsigned style;
    char backends[ANNOTATE_MEMBERS][DESCRIBED_NAME]; /* "": the one without a name */
    uint32_t backend_count;                          /* 1, or more in style panel */
    uint32_t tries;
    double temperature;  /* below 0: the backend's own */
    uint32_t max_tokens; /* 0: the backend's own */
};

int annotate_plan_read(struct annotate_plan *out, const char *argument, struct crux_error *error);

/* The backends that a description names, by number, before it is read; false after the last. */
bool annotate_plan_backend(struct crux_text argument, size_t index, struct crux_text *out);

#endif
