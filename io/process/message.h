/*
 * message.h - the language of programs: a call as a line of JSON, a line of JSON as its reply.
 *
 * A policy or a critic that a user has written in any language reads questions from its
 * standard input, a JSON object per line, and writes replies to its standard output, one line
 * per question, flushed, in any order:
 *
 *     {"id": 17, "op": "propose", "problem": {"id": "p1", "problem": "How much is ...?"},
 *      "steps": ["First, ..."], "n": 4, "seed": 123, "kind": "step", "sample": 0}
 *     {"id": 17, "steps": ["Then ...", {"text": "So ...", "prior": 2, "terminal": true}]}
 *
 *     {"id": 18, "op": "score", ..., "steps": ["First, ..."], "candidates": ["Then ...", "So ..."]}
 *     {"id": 18, "scores": [0.25, {"score": null, "why": "Nothing is claimed."}]}
 *
 *     {"id": 19, "op": "judge", ..., "candidates": ["First, ...\nSo it is 24.", "First, ..."]}
 *     {"id": 19, "outcomes": [{"reward": 1, "verdict": "right", "answer": "24"},
 *                             {"verdict": "wrong", "steps": [1, 0.2], "judges": 3, "spread": 0.1,
 *                              "why": "7 is used twice."}]}
 *
 *     {"id": 20, "op": "annotate", ..., "prefix": 1, "wrong": ["First, ...", "Then ..."],
 *      "right": ["First, ...", "So ..."]}
 *     {"id": 20, "note": {"first_error": 1, "text": "7 is used twice.", "error_type": "reuse",
 *                         "corrected_step": "So ...", "method": "recomputed", "verdict": "wrong",
 *                         "steps": ["right", "wrong"]}}
 *
 *     {"id": 21, "error": "why there is no answer"}
 *
 * In every question:
 *   problem     as a line of a file of problems has it, without the reference answer
 *   seed        all randomness should come from here, 53 bits
 * To propose:
 *   steps       the texts of the path so far, beginning with the first
 *   kind, n     what is wanted, and the largest number of them; of kind "answer" all that is
 *               missing for a complete answer, a line per step. In grammar cr-planner kinds are
 *               rationale, query, doc and answer; rationales and documents may have line breaks
 *   sample      the number of steps that were proposed here before; they should not come again
 *   a step of the reply is a text, or an object with text and, where known, prior, logprob, tokens
 *               (numbers), and terminal: with it the answer is complete
 *   Beside `steps` stands, where known, `entropy`: of the first token behind the path, in nats,
 *   whatever was drawn (for --branch entropy, which asks for one step first).
 *   `revise` stands beside them where an answer is to be better than one that was given before:
 *   {"answer": [its steps], "critique": what is said of it, or null}; `steps` are none then, and a
 *   whole answer is wanted.
 * To score: candidates are next steps of the same path. The reply has a score for each, from 0
 *   to 1; null is unknown; or an object with `score` and what is known beside it. Without
 *   candidates the path itself gets one score.
 * To judge: candidates are complete answers, each with all of its steps, a line per step. The
 *   reply has an outcome for each: a verdict (right, wrong, unknown; left out it is unknown), a
 *   reward from 0 to 1 (left out it is 1, 0 and 0.5), the final answer in canonical form (a text
 *   without line breaks; left out: none), and what is known beside it.
 *   Known beside a number, each may be left out: `steps`, a reward from 0 to 1 (null: unknown) for
 *   each step of the path and the candidate; `judges`, how many were asked, and `spread`, the
 *   standard deviation of their numbers; `why`, a text.
 * Some questions have more than others:
 *   kinds       of the candidates to score, where one is no plain step
 *   step_kinds  of steps, where one is no plain step: of grammar cr-planner reason, genquery and
 *               retrieve, which are sub-goals, and rationale, query and doc. A document's text is
 *               `[ID] TITLE`, then its contents from the next line on
 *   claim       what is said to be wrong with the only candidate, which is to be found out (critic
 *               adversary)
 * To annotate: all steps of a wrong path and of a right one; they share the first `prefix` steps.
 *   Where it is known which step is the first wrong one, `located` is its index, from 0. Where
 * wrong is null the right path is alone, and all below is about that one. first_error is the index
 * of the first wrong step, from 0, if there is one to point at; of the texts only `text` is needed.
 * `"exact": true` says that the error is proved; without it first_error is a claim and becomes no
 * label. verdict (right, wrong, unknown) is the program's own word on the answer, and steps has one
 * on each step of the path; both may be left out. "note": null says nothing. A line break is '\n'
 * in every text, also inside of a step, and may be so in a corrected step. Any reply may report
 * prompt_tokens, completion_tokens and price (integers).
 *
 * Pure, any thread. Nothing is kept.
 */
#ifndef IO_PROCESS_MESSAGE_H
#define IO_PROCESS_MESSAGE_H

#include "io/json.h"
#include "search/crux.h"

/* How every question begins, until process.c writes its number in place of the 0. */
#define PROCESS_HEAD "{\"id\": 0,"

/* The question of a call as a line that begins with PROCESS_HEAD and ends in '\n'; the caller
 * frees. It is the same text for equal calls, so it is what a reply's key is made of: a change
 * here loses the replies of every store. */
int process_question(char **out, size_t *length, const struct crux_call *call,
                     struct crux_error *error);

/* What a line says in reply to a call; the reply's memory is the block out->owner, to be freed.
 * CRUX_OK. CRUX_FAILED: the line says why there is no answer, or is not as it must be; the
 * sentence names the field and what was expected. CRUX_MEMORY. *out is untouched on failure. */
int process_reply(struct crux_reply *out, const struct crux_call *call, const struct json *line,
                  struct crux_error *error);

#endif
