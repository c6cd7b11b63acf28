/*
 * full_stop.h - where a sentence ends in a model's text, and where a full stop is none.
 *
 * A sentence ends at . ! or ? with blanks or the end of the line behind it, maybe after quotes,
 * brackets and marks of emphasis; and at the full stops of Chinese and Japanese, with nothing
 * behind. No end is the point of a decimal (nothing blank is behind it), of an abbreviation
 * (`e.g. Tom`, `vs.`), of an initial (`J. Smith`), of a number that counts (`1. Find`), one with a
 * small letter behind it (`approx. two`), and the mark of a factorial (`5! = 120`). Where it could
 * be either way it is none: two claims in one step are less bad than half of one.
 *
 * Pure; any thread. A line ends at '\n' or '\v'; pieces lie in the text that they were asked of.
 */
#ifndef IO_FULL_STOP_H
#define IO_FULL_STOP_H

/* Does the sentence that begins at start end with the mark at at? Then where the next one begins:
 * behind all blanks of the line, whose end is end. NULL: it does not. */
const char *full_stop_behind(const char *start, const char *at, const char *end);

/* Behind what counts or marks an item of a list at the beginning of a line: `1. `, `- `, `(b) `,
 * `Step 2: `; start itself: there is none. */
const char *full_stop_item(const char *start, const char *end);

#endif
