/*
 * final.h - is this the final answer? What a text says, not what a server says of it.
 *
 * A step is final when its last sentence is a final answer, never for a word in it. By the parts
 * `final` of a prompt (io/chat/prompt.h):
 *
 *     ####        the last line is this mark and a value: `#### 72`, not `#### Step 1: Understand`
 *     answer is   the last sentence says so of a value, up to its full stop: "So the answer is 9.",
 *                 not "whether the answer is even, we ...", nor "The answer is a whole number."; or
 *                 `Answer: 9`, `Final Answer` with a line break, `"answer": 9`, the like in other
 *                 languages (io/answer_mark.h), <answer>9</answer>
 *     \boxed{     the last line is a box and nothing else, or the last sentence says that the
 *                 answer is a box; a box in a sentence is an intermediate result
 *     ```         the last line closes a block of code
 *     others      the user's own: the last line or sentence begins with it, or the text ends in it
 *
 * What is a value, and what a remark, says io/closing.h, as it does to critic `match`, which grades
 * the last final answer: both know the same ones. Where the server says that the model went on, a
 * box on its own, code, and what is a value only maybe are no reason: the text goes on, and its end
 * will be seen.
 *
 * What stands in an open block of code is code: a `#### 9` there is a comment.
 *
 * Pure; any thread. Line breaks are '\n' or '\v'.
 */
#ifndef POLICIES_CHAT_FINAL_H
#define POLICIES_CHAT_FINAL_H

#include "io/chat/prompt.h"
#include "search/crux.h"

/* A reasoning as far as it is written, and where the piece begins that is judged. */
struct final_text {
    const char *start;
    size_t length, from;
};

/* Is the piece a final answer? The line that it goes on with counts. went_on: the model did. */
bool final_is(const struct chat_prompt *prompt, struct final_text text, bool went_on);

/* The length of what belongs to the answer. A model that rambles begins a new question behind its
 * final answer; with cut (the text has no end of its own) all behind a final answer is such. */
size_t final_length(const struct chat_prompt *prompt, struct final_text text, bool cut);

#endif
