/*
 * inject.h - false details put into a right path, and how many of them a critique finds (Critic-V's
 * VEST, arXiv 2411.18203).
 *
 *     path --annotate_inject_write()--> a question, like those of words.h --> a served model
 *          <-- the path with its false details <--annotate_inject_read()-- sample
 *     critiques of that path --annotate_detected()--> Jaccard score
 *
 * The answer is one JSON object, {"steps": [TEXT for each], "details": [{"step": N, "original":
 * TEXT, "false": TEXT}]}, steps numbered from 1. It is refused if it does not have as many steps as
 * the path, or one of them is empty if its details are fewer than 1 or more than 5, or more than
 * were asked for if a detail's original is not in that step of the path, or what is false not in
 * the new one, or both are the same if another step than those of the details is changed, or one of
 * them is not; so the whole differs from the path What is false is the model's word: whether the
 * answer is wrong now is for a critic to say.
 *
 * Ownership. What was read owns its texts, in which a line break of a step is '\n'.
 * Threads.   Pure; any thread.
 */
#ifndef CRITICS_ANNOTATE_INJECT_H
#define CRITICS_ANNOTATE_INJECT_H

#include "critics/annotate/said.h"

enum { ANNOTATE_DETAILS = 5 };

struct annotate_detail {
    uint32_t step; /* from 0 */
    char *original, *invented;
};

struct annotate_injected {
    struct annotate_list steps;
    struct annotate_detail details[ANNOTATE_DETAILS];
    uint32_t count; /* of details */
};

/* So many false details, 1 .. ANNOTATE_DETAILS, are asked for; the path has a step. Freed with
 * annotate_words_close(). */
int annotate_inject_write(struct annotate_words *out, const struct crux_problem *problem,
                          const struct annotate_path *path, uint32_t count,
                          struct crux_error *error);

/* As annotate_said_read(). */
enum annotate_reading annotate_inject_read(struct annotate_injected *out, const char **why,
                                           const struct annotate_path *path, uint32_t count,
                                           const struct chat_sample *sample);
void annotate_injected_close(struct annotate_injected *injected); /* a zeroed one too */

/* One mistake that a critique claims to have found. */
struct annotate_claim {
    uint32_t step; /* from 0; CRUX_NO_STEP: it names none */
    const char *text;
};

/* Found among all that was put in or claimed: |both| / |either|, each detail and each claim being
 * counted once. A claim has found a detail if it names its step, or none, and quotes what is false
 * (between marks, three words of it in a row, or all of it); or if it names its step, in which
 * there is no other detail. */
double annotate_detected(const struct annotate_injected *injected,
                         const struct annotate_claim *claims, uint32_t count);

#endif
