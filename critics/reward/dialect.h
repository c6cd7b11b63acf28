/*
 * dialect.h - how each kind of server is asked for rewards, and where its reply has them: a row
 * each.
 *
 *     vllm-pooling     POST /pooling   {model, input: [text]}          data[].data
 *     vllm-messages    POST /pooling   {model, messages}               data[].data: the server's
 * own chat template is applied vllm-classify    POST /classify  {model, input: [text]} data[].probs
 *     vllm-score       POST /score     {model, queries, documents}     data[] by index: score
 *     vllm-rerank      POST /rerank    {model, query, documents}       results[] by index:
 *                                                                      relevance_score
 *     sglang-classify  POST /classify  {model, text: [text]}           [].embedding
 *     llamacpp-rerank  POST /reranking {model, query, documents}       results[] by index:
 *                                                                      relevance_score
 *     tei-predict      POST /predict   {inputs: [[text]], raw_scores}  [][0].score
 *     tei-rerank       POST /rerank    {query, texts, raw_scores}      [] by index: score
 *
 * Those of the first group get one text a candidate; those with a query get problem and solution
 * apart. The models of a TEI server and their truncation are its own: truncate is false, so that a
 * text that is too long is refused and not cut in silence.
 *
 * Threads. Pure; any thread.
 * Errors.  CRUX_FAILED: the reply has not what was asked for, and the sentence says what;
 *          CRUX_MEMORY.
 */
#ifndef CRITICS_REWARD_DIALECT_H
#define CRITICS_REWARD_DIALECT_H

#include "io/json.h"
#include "io/served/served.h"

struct reward_plan;

/* One candidate, as it is sent. */
struct reward_text {
    const char *problem, *solution;
    const char *whole; /* both in one */
};

struct reward_dialect {
    const char *name, *path;
    uint32_t most;       /* candidates in one request; 0: any number */
    const char *results; /* member of the reply with the list of results; NULL: it is the list */
    bool by_index;       /* each result says in `index` whose it is */
    const char *pointer; /* in a result, to its number or numbers */
    void (*write)(struct json *body, const struct reward_text *texts, uint32_t count);
};

/* NULL: there is none of that name. */
const struct reward_dialect *reward_dialect_find(const char *name);

/* The body for these candidates; the caller frees *out. */
int reward_dialect_write(char **out, const struct reward_dialect *dialect, const char *model,
                         const struct reward_text *texts, uint32_t count, struct crux_error *error);

/* What each result has at the pointer ("": the dialect's own), as {"reward": a number or a list}
 * in the order in which the candidates were sent. */
int reward_dialect_read(const struct reward_dialect *dialect, const char *pointer, const char *body,
                        size_t length, struct served_reading *reading,
                        struct served_choice *choices, struct crux_error *error);

#endif
