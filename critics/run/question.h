/*
 * question.h - a problem and an answer to it become a question to a jail: a program and its tests.
 *
 * The tests are members of the problem's line, as data sets have them:
 *     test, entry_point      HumanEval: a function check(candidate) of Python with assertions. The
 *                            problem is the beginning of the program if it defines the entry
 *                            point, and an answer goes on with it or writes it anew
 *     tests, or test_list    MBPP: a list of assertions of Python, test_setup_code before them; or
 *                            a list of pairs {"input": ..., "output": ...} or [input, output]:
 *                            texts that the program reads and prints, or, with entry_point, a list
 *                            of arguments and the value of the call
 * With tests=visible they are a member visible_tests or public_tests, in the forms of tests.
 *
 * With a command all that is needed is an answer; pairs of texts are its input and output.
 *
 * The program is the answer's last block of code between ``` and ``` (of those that say their
 * language, if any does: block.h), else all of the answer. Its language is what stands behind the
 * ```: c, cpp, c++, python; without a word Python. One that is in another language may be right, so
 * it asks nothing.
 *
 * Pure; any thread. A line is the caller's to free.
 */
#ifndef CRITICS_RUN_QUESTION_H
#define CRITICS_RUN_QUESTION_H

#include "critics/run/settings.h"
#include "search/crux.h"

/* What is asked about the path that ends in last, as io/sandbox/trial.h has it; equal texts for
 * equal questions. *out NULL: nothing can be asked, and *why says why. CRUX_MEMORY. */
int run_question(char **out, const struct crux_problem *problem, const struct crux_step *last,
                 const struct run_settings *settings, const char **why);

#endif
