/*
 * words.h - what an annotator is asked, and in which form it is to answer.
 *
 *     stage               who    its answer, one JSON object
 *     ANNOTATE_WRITE      mmc, panel's members   {"critique": TEXT, "step": N}
 *     ANNOTATE_EACH       deliberate, first      {"critiques": [TEXT for each step looked at]}
 *     ANNOTATE_AGAIN      deliberate, second     the same: each critique, criticised
 *     ANNOTATE_MERGE      deliberate, last       {"critique": TEXT, "step": N}
 *     ANNOTATE_JUDGE      blind  {"critique": TEXT, "steps": ["right" | "wrong" for each],
 *                                 "answer": "right" | "wrong"}
 *     ANNOTATE_META       panel, last            {"kept": [N], "critique": TEXT, "step": N}
 *
 * Steps are numbered from 1, and "step" is 0 where none can be named. A line break of a step is a
 * line break. ANNOTATE_JUDGE is shown the problem and one path, and neither label nor another path
 * nor which step is known to be wrong. The others are shown a wrong path B and, where there is one,
 * a right path A, which is which, what they share, and the wrong step where it is known; and are
 * told not to solve the problem again.
 *
 * Ownership. The caller frees what is written.
 * Threads.   Pure; any thread.
 */
#ifndef CRITICS_ANNOTATE_WORDS_H
#define CRITICS_ANNOTATE_WORDS_H

#include "critics/annotate/matter.h"

enum annotate_stage {
    ANNOTATE_WRITE,
    ANNOTATE_EACH,
    ANNOTATE_AGAIN,
    ANNOTATE_MERGE,
    ANNOTATE_JUDGE,
    ANNOTATE_META,
    ANNOTATE_STAGES,                  /* so many write critiques */
    ANNOTATE_INJECT = ANNOTATE_STAGES /* asks for false details (inject.h) */
};

/* Texts that were written before. */
struct annotate_list {
    char **texts; /* from malloc() each */
    uint32_t count;
};

struct annotate_asked {
    enum annotate_stage stage;
    const struct annotate_matter *matter;
    struct annotate_list first;  /* AGAIN, MERGE: critiques of steps; META: of the members */
    struct annotate_list second; /* MERGE: what was said of these */
    uint32_t details;            /* INJECT: at most */
};

struct annotate_words {
    char *system, *user;
    char *schema; /* of the object */
};

int annotate_words_write(struct annotate_words *out, const struct annotate_asked *asked,
                         struct crux_error *error);
void annotate_words_close(struct annotate_words *words); /* a zeroed one too */

#endif
