/*
 * refusal.h - what is no critique, whatever form it has.
 *
 * A critique that has the form is refused for what it says,
 *     empty      if there is nothing but blanks in it: it tells nothing
 *     long       if it has more than 1,200 characters: it was to be one or two sentences, and a
 * text of that length is a solution or has lost its way an answer  if all it says is the reference
 * answer, or the right path's, in whatever words say that it is one ("The correct answer is 15."):
 * it corrects nothing, and tells the answer to whoever revises with it a solution of a wrong path:
 * if the right path's final answer is in it (as a number or word of its own, not as the number of a
 * step) and no quotation of the wrong step: the annotator has solved the problem instead of looking
 * at the path elsewhere  of a wrong path: if it points at a step in front of those that the paths
 * do not share, which are in the right path, too A quotation is a piece of the wrong step between
 * marks (`...`, "...", “...”, $...$), or three words of it in a row, or all of a step of fewer;
 * where it is not known which step is wrong, of any that the paths do not share.
 *
 * Pure; any thread.
 */
#ifndef CRITICS_ANNOTATE_REFUSAL_H
#define CRITICS_ANNOTATE_REFUSAL_H

#include "critics/annotate/matter.h"

enum { ANNOTATE_LONGEST = 1200 };

/* Why a text that points at a step (CRUX_NO_STEP: at none) is no critique of this, a sentence that
 * lasts; NULL: it is one. */
const char *annotate_refusal(const char *text, uint32_t step, const struct annotate_matter *matter);

/* Why a text is none by itself; NULL: it may be one. */
const char *annotate_refusal_of_text(const char *text);

#endif
