/*
 * crux_policies.h - the catalogue of policies, which propose what might come next.
 *
 * A policy is opened from a description NAME[:ARG], as the command line takes it
 * and the store records it. Each answers CRUX_PROPOSE (crux.h). The caller owns
 * it and closes it with crux_policy_close() after the last search that uses it.
 *
 *     numbers[:SHARPNESS]   legal operations for Game of 24 and Countdown, as steps like
 *                           `10 - 4 = 6 (left: 4 6 9)`, drawn without replacement from a
 *                           seeded, imperfect preference; SHARPNESS 0 .. 10 (default 1) is
 *                           how strongly it prefers; 0 is uniform. Rationales are such
 *                           steps; queries are texts like `make 24 from 6 9 13`; it has no
 *                           documents of its own, but the steps that those on the path work
 *                           through it prefers. Instant.
 *     recorded:FILE[,SETTING...]
 *                           answers that people have already, from a file with a JSON object
 *                           per line: a problem's id (`problem_id`, `id`, ...; without one its
 *                           prompt, `problem` or `question`), the text of an answer
 *                           (`reasoning`, `response`, `solution`, `text`, ..., or `steps`, an
 *                           array; an array of texts is several answers), where it stands apart
 *                           the final answer (`answer`; it becomes a last step `#### 18`), and
 *                           a `weight` (1). A step is a line, joined with what it opens if it
 *                           claims nothing (an announcement, a heading, a colon at its end); code
 *                           and displayed formulas are not cut; the lines of `steps` are steps as
 *                           they are. split= with paragraphs, lines, sentences or model (an answer,
 *                           or an item of `steps`, is one step) cuts all of them so; blanks at the
 *                           ends of lines are no part of steps. The answers of a problem are merged
 *                           into a prefix tree. Steps are the distinct ones that answers with this
 *                           beginning go on with, drawn without replacement by weight; a prior is
 *                           their share. Answers are what is left of those recorded, shuffled by
 *                           the seed, all of them before one comes again, and "" where one ends
 *                           here but others go on. Settings: split=, strict (a bad line is an
 *                           error, else it is reported on standard error and skipped), and names of
 *                           fields: id=, problem=, text=, answer=, weight=. Instant.
 *     process:[timeout=SECONDS:]COMMAND
 *                           any program that reads questions and writes replies, one JSON
 *                           object per line (examples/process_policy.py). It is run by /bin/sh,
 *                           started again when it ends, and killed when it owes an answer and
 *                           gives none for SECONDS (300); calls that it had not answered are
 *                           asked again once. Equal questions in flight are asked once. With
 *                           backends its replies go through their ledger and account,
 *                           under the name `process`, and a replay never starts it. What it
 *                           writes to standard error is shown with a prefix.
 *     chat[:NAME]           a model behind an OpenAI-compatible server (vLLM, SGLang, llama.cpp,
 *                           Ollama, OpenAI, others): the backend of that name, or the one that
 *                           has none (crux_backends_add()). Steps end at stop strings, after a
 *                           number of tokens, or by rules (split of struct crux_chat); a step is
 *                           the model's text from one end to the next, byte for byte, with '\v'
 *                           where a line of it ends. By rules what claims nothing is no step: the
 *                           model is asked on within the call.
 *     retrieve:CORPUS.db[,SETTING...]
 *                           documents, for steps of kind DOC alone, from an index that `crux index`
 *                           has made; or with http=SERVICE.yaml in its place from a service of JSON
 *                           over HTTP (policies/retrieve/service.h), whose replies are in the
 *                           ledger, so that a replay asks it nothing. The query is the latest QUERY
 *                           on the path, else the latest RATIONALE, else the problem. A document is
 *                           a step `[ID] TITLE`, then its text. Those on the path and those that
 *                           the problem's line excludes (`excluded_ids`) never come. A prior is a
 *                           document's share of the scores. Settings: bytes=N of a document at most
 *                           (2,000), queries=all for all queries of the path, refuse= with problem,
 *                           answer or both for documents that say the problem's text or its
 *                           reference answer, word for word (policies/retrieve/wanted.h), and for
 *                           an index threads=N that search it (4).
 *     synthetic:B,D[,SEED]  the hash tree of the A-suite: B nameless children of equal
 *                           prior at every node, terminal at depth D. Instant. Its
 *                           critic is crux_synthetic_critic().
 */
#ifndef CRUX_POLICIES_H
#define CRUX_POLICIES_H

#include "io/crux_io.h"
#include "search/crux.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Open a policy by its description, on backends that outlive it; NULL where there are none:
 * enough for all but chat. CRUX_INVALID with a sentence that lists the names when there is none
 * of that name, or says what ARG must be. */
CRUX_API int crux_policy_open(struct crux_policy **out, const char *description,
                              struct crux_backends *backends, struct crux_error *error);

/* The names of all policies, by index; NULL after the last. */
CRUX_API const char *crux_policy_name(size_t index);

/* The backend that a policy with this description asks, "" for the one without a name; NULL: it
 * asks none. */
CRUX_API const char *crux_policy_backend(const char *description);

/* The file that such a policy reads, in the description: what is in it decides what it proposes.
 * False: it reads none. */
CRUX_API bool crux_policy_file(const char *description, struct crux_text *out);

/* NULL is fine. */
CRUX_API void crux_policy_close(struct crux_policy *policy);

/* A policy that asks inner late, from a thread of its own: a rehearsal of a
 * served model, and what the tests of order run with. `lognormal:MEAN_MS` draws
 * each delay from a log-normal distribution (sigma 0.6) by the call's seed;
 * `constant:MS` always waits the same. Does not own inner. */
CRUX_API int crux_delay_open(struct crux_policy **out, struct crux_policy *inner,
                             const char *description, struct crux_error *error);

/* The critic (SCORE) that belongs to policy synthetic with the same B, D and
 * SEED: value at depth j = 0.5 + sum over the path of (e - 0.5) / D, e the top 24 bits of
 * the child's 40-bit-shifted key (reference workload of parallel tree search). */
CRUX_API int crux_synthetic_critic(struct crux_critic **out, const char *arg,
                                   struct crux_error *error);

/* --- served models ------------------------------------------------------------------------ */

/* The first request that policy chat would send for a call; nothing is sent. */
struct crux_request {
    const char *path; /* below an endpoint's URL */
    char *body;       /* freed by the caller */
};
CRUX_API int crux_chat_request(struct crux_request *out, const struct crux_chat *chat,
                               const struct crux_call *call, struct crux_error *error);

#ifdef __cplusplus
}
#endif

#endif
