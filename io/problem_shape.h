/*
 * problem_shape.h - a line of somebody else's data set becomes a line of ours.
 *
 * Everybody names the members of his problems otherwise, and all say the same: an id, what is
 * asked, what is right. What is recognised:
 *
 *     id       `id`, `problem_id`, `question_id`, `task_id`, `unique_id`, `uid`, `idx`, `index`,
 *              in any case of letters; a whole number too; without one the line's number
 *     problem  `problem`, `question`, `prompt`, `query`; of a chat (`messages`, or `prompt` as a
 *              list) what its only user turn says, behind the system turn's words
 *     answer   `answer`, `final_answer`, `expected_answer`, `reference_answer`, `ground_truth`,
 *              `gold`, `answerkey`; numbers and truth values too, and a list of one. Behind "####"
 *              at the end of a worked solution (GSM8K), in the last \boxed{} of `solution` (MATH),
 *              in the assistant's turn of a chat
 *     choices  `choices` or `options`: they are written below the question, a letter each, and the
 *              answer is the letter: of an index from 0 (MMLU), a label (ARC), or a choice's text
 *
 * --fields names them where that is not enough. What was taken is there under our name and no
 * longer under its own, so that an answer stands in one place; the other members stay, behind
 * ours; what an answer was cut out of becomes `solution`. A line that is one of ours already stays
 * as it is.
 *
 * Ownership. A line is the caller's to free.
 * Threads.   Any; nothing is kept.
 * Errors.    CRUX_INPUT: the sentence names the member, what was expected and what was found.
 *            CRUX_INVALID: --fields. CRUX_MEMORY.
 */
#ifndef IO_PROBLEM_SHAPE_H
#define IO_PROBLEM_SHAPE_H

#include "io/json.h"
#include "search/crux.h"

enum { PROBLEM_FIELD = 64 };

/* Names that the user gave; "": none. */
struct problem_fields {
    char id[PROBLEM_FIELD], problem[PROBLEM_FIELD], answer[PROBLEM_FIELD];
};

/* "problem=question,answer=gold"; NULL: none. */
int problem_fields_read(struct problem_fields *out, const char *text, struct crux_error *error);

/* *out: the line in our shape, or NULL when it has that already. numbered: its id is the line's
 * number. */
int problem_shape(char **out, const struct json *line, const struct problem_fields *fields,
                  uint64_t number, bool *numbered, struct crux_error *error);

#endif
