/*
 * thoughts.h - what a reasoning model thinks before it speaks, and what becomes of it in steps.
 *
 * Thoughts come apart from the text (`reasoning` of a sample), or in it between <think> and
 * </think>; a model whose chat template writes <think> writes only the end.
 *
 *     drop   the step is what is said behind them. Where nothing is, a stop string having ended the
 *            text with the thoughts, they are the step, for else the next one could not go on
 *            behind them. Thoughts that began in steps before are steps, up to their end
 *     keep   steps are the same, to the byte; what was dropped lies beside the tree (aside.h)
 *     steps  they are part of the text like all else. Those that came apart are put before it in
 *            marks of their own, and without the first mark where the steps are in the middle of
 *            thoughts
 *
 * Thoughts that a stop string cut off say nothing that could be dropped or kept: no step.
 * The ledger keeps all of them, always.
 *
 * Pure; any thread.
 */
#ifndef POLICIES_CHAT_THOUGHTS_H
#define POLICIES_CHAT_THOUGHTS_H

#include "io/chat/reply.h"

/* What was seen of thoughts, each worth a word to the user. */
enum {
    THOUGHTS_CUT = 1,  /* a stop string or the most tokens ended them: no step came of it */
    THOUGHTS_LEFT = 2, /* they were dropped */
    THOUGHTS_STEPS = 4 /* they were not known as such until they ended, and are steps */
};

/* The piece of a sample that is its text; in thoughts that never ended it is empty. */
struct thoughts_piece {
    const char *start, *end;
    unsigned seen;
};

/* start: the sample's text, without a repeated beginning; before: the steps so far as a text. */
struct thoughts_piece thoughts_drop(const char *start, const char *before,
                                    const struct chat_sample *sample);

/* The text with the thoughts that came apart; the caller frees. NULL: no memory. */
char *thoughts_join(const char *text, const char *before, const struct chat_sample *sample);

/* What thoughts_drop() drops of the same, byte for byte: what came apart; and what is in the text
 * before the last </think>, or all of thoughts that never ended, without a <think> that it begins
 * with. A line break parts the two where there are both. "": nothing but blanks. The caller frees.
 * NULL: no memory. */
char *thoughts_of(const char *start, const char *before, const struct chat_sample *sample);

/* The sentence for the user on one of the above. kept: what is dropped is kept beside the tree. */
const char *thoughts_sentence(unsigned seen, bool kept);

#endif
