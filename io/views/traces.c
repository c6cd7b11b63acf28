/*
 * traces.c - the view `traces`: a tree in the node form of verifiers, with the tokens of each step
 * and what they are worth.
 *
 * The first node is the problem; then come the tree's nodes in its order, then of each complete
 * answer what is behind its node. A value is the share of right answers through a node, as in view
 * value; an advantage is what it has more than the node above. Of a node without answers of known
 * verdict, and of an answer of unknown verdict, nothing is known: the one has advantage 0, the
 * other is not here.
 */
#include "io/views/about.h"
#include "io/views/columns.h"
#include "io/views/tokens.h"

#include <stdlib.h>
#include <string.h>

#include "io/steps.h"

/* One node of the trace. */
struct trace_node {
    uint32_t parent, node, rollout; /* node: of the tree; CRUX_NO_NODE: none of these */
    const struct view_tokens *tokens;
    double value, advantage;
    const struct crux_rollout *answer; /* that is complete here; NULL: none */
};

struct trace {
    struct record_about about; /* first */
    struct tally tally;
    struct trace_node *nodes;
    uint32_t count;
};

/* --- columns ------------------------------------------------------------------------------ */

#define TRACE_COLUMN(name, value) COLUMNS_WRITE(trace, trace, name, value)
#define TRACE_TREE                (trace->about.what->tree)

/* Of a node of the trace. */
#define STEP_COLUMN(name, value)                                                                   \
    static void name(struct json_row *out, const void *row, const void *item)                      \
    {                                                                                              \
        const struct trace *trace = row;                                                           \
        const struct trace_node *here = item;                                                      \
                                                                                                   \
        (void)trace;                                                                               \
        (void)here;                                                                                \
        value;                                                                                     \
    }

/* A list of what `put` writes of each token. */
#define TOKENS_COLUMN(name, put)                                                                   \
    static void name(struct json_row *out, const void *row, const void *item)                      \
    {                                                                                              \
        const struct trace_node *here = item;                                                      \
                                                                                                   \
        (void)row;                                                                                 \
        json_row_begin_list(out);                                                                  \
        for (size_t i = 0; here->tokens != NULL && i < here->tokens->count; i++)                   \
            put(out, here, i);                                                                     \
        json_row_end_list(out);                                                                    \
    }

static void trace_put_id(struct json_row *out, const struct trace_node *here, size_t i)
{
    json_row_integer(out, here->tokens->ids[i]);
}

static void trace_put_one(struct json_row *out, const struct trace_node *here, size_t i)
{
    (void)here;
    (void)i;
    json_row_integer(out, 1);
}

static void trace_put_logprob(struct json_row *out, const struct trace_node *here, size_t i)
{
    json_row_real(out, here->tokens->logprobs[i]);
}

static void trace_put_advantage(struct json_row *out, const struct trace_node *here, size_t i)
{
    (void)i;
    json_row_real(out, here->advantage);
}

static int64_t trace_place(uint32_t index)
{
    return index == CRUX_NO_NODE ? -1 : (int64_t)index;
}

/* A node's tokens and mean are of its own step; what is behind the last node is not counted. */
static const struct crux_node *trace_step_of(const struct trace *trace,
                                             const struct trace_node *here)
{
    static const struct crux_node none;

    return here->rollout == CRUX_NO_NODE ? &TRACE_TREE->nodes[here->node] : &none;
}

/* A step, or the rest of an answer, whose lines are steps: what is empty is none. Blanks at its
 * ends are left out, but where tokens cut it. */
static void trace_add_steps(struct json_row *out, const struct view_run *run, const char *text)
{
    struct crux_text all = {text, strlen(text)};
    struct crux_text said = run->pieces ? all : steps_bare(all);
    const char *end = said.start + said.length;
    bool beside = false;

    for (const char *at = said.start; at < end;) {
        size_t length = strcspn(at, "\n");

        length = length < (size_t)(end - at) ? length : (size_t)(end - at);
        if (length > 0 && beside)
            columns_add(out, run->between);
        json_row_add_step(out, at, length);
        beside = beside || length > 0;
        at += length + 1;
    }
}

static void trace_put_content(struct json_row *out, const struct record_about *about,
                              const struct trace_node *here)
{
    const struct crux_tree *tree = about->what->tree;

    json_row_begin_text(out);
    if (here->parent == CRUX_NO_NODE)
        columns_add_problem(out, tree->problem);
    else if (here->rollout != CRUX_NO_NODE)
        trace_add_steps(out, about->run, tree->rollouts[here->rollout].text);
    else
        trace_add_steps(out, about->run, tree->nodes[here->node].text);
    json_row_end_text(out);
}

TRACE_COLUMN(trace_version, json_row_integer(out, 1))
TRACE_COLUMN(trace_name, view_text(out, "crux"))
TRACE_COLUMN(trace_true, json_row_bool(out, true))
TRACE_COLUMN(trace_ok, json_row_bool(out, TRACE_TREE->reason != CRUX_REASON_FAILED))
TRACE_COLUMN(trace_reason, view_text(out, crux_reason_name(TRACE_TREE->reason)))
TRACE_COLUMN(trace_score, json_row_real(out, tally_value(&trace->tally.of[0])))
TRACE_COLUMN(trace_weight, json_row_real(out, 1.0))

static void trace_parent(struct json_row *out, const void *row, const void *item)
{
    const struct trace_node *here = item;

    (void)row;
    if (here->parent == CRUX_NO_NODE)
        json_row_null(out);
    else
        json_row_integer(out, here->parent);
}

STEP_COLUMN(trace_role, view_text(out, here->parent == CRUX_NO_NODE ? "user" : "assistant"))
STEP_COLUMN(trace_content, trace_put_content(out, &trace->about, here))
STEP_COLUMN(trace_sampled, json_row_bool(out, here->parent != CRUX_NO_NODE))
TOKENS_COLUMN(trace_token_ids, trace_put_id)
TOKENS_COLUMN(trace_mask, trace_put_one)
TOKENS_COLUMN(trace_token_logprobs, trace_put_logprob)
TOKENS_COLUMN(trace_advantages, trace_put_advantage)
STEP_COLUMN(trace_node, json_row_integer(out, trace_place(here->node)))
STEP_COLUMN(trace_rollout, json_row_integer(out, trace_place(here->rollout)))
STEP_COLUMN(trace_value, json_row_real(out, here->value))
STEP_COLUMN(trace_visits, json_row_integer(out, trace_step_of(trace, here)->visits))
STEP_COLUMN(trace_advantage, json_row_real(out, here->advantage))
STEP_COLUMN(trace_tokens, json_row_integer(out, trace_step_of(trace, here)->tokens))
STEP_COLUMN(trace_logprob, json_row_real(out, trace_step_of(trace, here)->logprob))
STEP_COLUMN(trace_verdict,
            view_text(out, here->answer == NULL
                               ? ""
                               : crux_verdict_name((enum crux_verdict)here->answer->verdict)))
STEP_COLUMN(trace_reward, json_row_real(out, here->answer == NULL ? 0.0 : here->answer->reward))

static const void *trace_node_after(const void *row, const void *around, const void *item)
{
    const struct trace *trace = row;
    const struct trace_node *next =
        item == NULL ? trace->nodes : (const struct trace_node *)item + 1;

    (void)around;
    return next == trace->nodes + trace->count ? NULL : next;
}

/* clang-format off */
static const struct view_field trace_fields[] = {
    {0, "id", VIEW_TEXT, "the problem's id in the input", {columns_problem_id}},
    COLUMNS_PROBLEM_ID,
    {0, "version", VIEW_INTEGER, "of verifiers' form", {trace_version}},
    {0, "task", VIEW_RECORD, "the problem", {NULL}},
    {1, "type", VIEW_TEXT, "`crux`", {trace_name}},
    {1, "key", VIEW_TEXT, "the problem's id in the input", {columns_problem_id}},
    {1, "data", VIEW_RECORD, "what it says", {NULL}},
    {2, "id", VIEW_TEXT, "the problem's id in the input", {columns_problem_id}},
    {2, "prompt", VIEW_TEXT, "the problem", {columns_problem}},
    {2, "answer", VIEW_TEXT, "the reference answer; empty if there is none",
     {columns_reference_answer}},
    {0, "agent", VIEW_RECORD, "who wrote it", {NULL}},
    {1, "name", VIEW_TEXT, "`crux`", {trace_name}},
    {1, "trainable", VIEW_BOOL, "true", {trace_true}},
    {1, "config", VIEW_RECORD, "as what", {NULL}},
    {2, "model", VIEW_TEXT, "the policy as configured", {columns_model}},
    {0, "nodes", VIEW_RECORDS,
     "the problem, the steps of the tree, then of each answer what is behind its step",
     {.next = trace_node_after}},
    {1, "parent", VIEW_PLACE, "position in this list; null of the first", {trace_parent}},
    {1, "message", VIEW_RECORD, "what is said", {NULL}},
    {2, "role", VIEW_TEXT, "`user` or `assistant`", {trace_role}},
    {2, "content", VIEW_TEXT, "the step, or the steps of the rest of the answer", {trace_content}},
    {1, "sampled", VIEW_BOOL, "by the policy", {trace_sampled}},
    {1, "token_ids", VIEW_INTEGERS,
     "the tokens as they were sampled, with `--token-ids`; else empty", {trace_token_ids}},
    {1, "mask", VIEW_INTEGERS, "1 for each of them", {trace_mask}},
    {1, "logprobs", VIEW_REALS, "of each", {trace_token_logprobs}},
    {1, "advantages", VIEW_REALS, "of each: that of the node", {trace_advantages}},
    {1, "node", VIEW_INTEGER, "of view trees; of the rest of an answer the one that it is behind",
     {trace_node}},
    {1, "rollout", VIEW_INTEGER, "of view trees, -1 of a node", {trace_rollout}},
    {1, "value", VIEW_REAL,
     "share of right ones of the answers through it whose verdict is known; 0.0 without any",
     {trace_value}},
    {1, "visits", VIEW_INTEGER, "simulations that came through it", {trace_visits}},
    {1, "advantage", VIEW_REAL, "`value` less that of the parent; 0.0 where one is not known",
     {trace_advantage}},
    {1, "tokens", VIEW_INTEGER, "as the policy counts; 0 if not known", {trace_tokens}},
    {1, "logprob", VIEW_REAL, "mean of a token's; 0.0 if not known", {trace_logprob}},
    {1, "verdict", VIEW_TEXT, "of the answer that is complete here: `right` or `wrong`; else empty",
     {trace_verdict}},
    {1, "reward", VIEW_REAL, "of that answer; 0.0 without one", {trace_reward}},
    {0, "rewards", VIEW_RECORD, "of the whole", {NULL}},
    {1, "outcome", VIEW_RECORD, "of its answers", {NULL}},
    {2, "score", VIEW_REAL, "share of right ones", {trace_score}},
    {2, "weight", VIEW_REAL, "1.0", {trace_weight}},
    {0, "is_completed", VIEW_BOOL, "true: the tree is finished", {trace_true}},
    {0, "ok", VIEW_BOOL, "it did not fail", {trace_ok}},
    {0, "stop_condition", VIEW_TEXT, "why the search ended, as in view trees", {trace_reason}},
    COLUMNS_ANSWERS,
    COLUMNS_IMAGES,
};
/* clang-format on */

/* --- nodes -------------------------------------------------------------------------------- */

static void trace_add_node(struct trace *trace, uint32_t i)
{
    const struct crux_node *node = &TRACE_TREE->nodes[i];
    const struct tally_node *of = trace->tally.of;
    bool known = i > 0 && of[i].of > 0 && of[node->parent].of > 0;

    trace->nodes[trace->count++] = (struct trace_node){
        .parent = node->parent,
        .node = i,
        .rollout = CRUX_NO_NODE,
        .tokens = tokens_of(trace->about.what, i, CRUX_NO_NODE),
        .value = tally_value(&of[i]),
        .advantage = known ? tally_value(&of[i]) - tally_value(&of[node->parent]) : 0.0};
}

/* An answer that ends with its node is that node's. */
static void trace_add_answer(struct trace *trace, uint32_t i)
{
    const struct crux_rollout *rollout = &TRACE_TREE->rollouts[i];
    double value = rollout->verdict == CRUX_RIGHT ? 1.0 : 0.0;

    if (rollout->verdict == CRUX_UNKNOWN)
        return;
    if (*rollout->text == '\0') {
        struct trace_node *node = &trace->nodes[rollout->node];

        node->answer = node->answer == NULL ? rollout : node->answer;
        return;
    }
    trace->nodes[trace->count++] =
        (struct trace_node){.parent = rollout->node,
                            .node = rollout->node,
                            .rollout = i,
                            .tokens = tokens_of(trace->about.what, CRUX_NO_NODE, i),
                            .value = value,
                            .advantage = value - tally_value(&trace->tally.of[rollout->node]),
                            .answer = rollout};
}

static int trace_fill(struct trace *trace, struct crux_error *error)
{
    const struct crux_tree *tree = TRACE_TREE;

    trace->nodes = calloc((size_t)tree->node_count + tree->rollout_count + 1, sizeof *trace->nodes);
    if (trace->nodes == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the trace of problem %s",
                         tree->problem->id);
    for (uint32_t i = 0; i < tree->node_count; i++)
        trace_add_node(trace, i);
    for (uint32_t i = 0; i < tree->rollout_count; i++)
        trace_add_answer(trace, i);
    return CRUX_OK;
}

/* A tree of which no answer has a known verdict would be all labels that nobody knows. */
static int traces_rows(const struct view_tree *what, const struct view_run *run,
                       struct view_out *out, struct crux_error *error)
{
    struct trace trace = {.about = about_tree(what, run)};
    struct paths paths;
    int status = paths_open(&paths, what->tree, error);

    if (status == CRUX_OK)
        status = tally_open(&trace.tally, &paths, error);
    if (status == CRUX_OK && trace.tally.of[0].of > 0) {
        status = trace_fill(&trace, error);
        if (status == CRUX_OK)
            status = view_put(out, &trace, VIEW_NEITHER, error);
    }
    free(trace.nodes);
    tally_close(&trace.tally);
    paths_close(&paths);
    return status;
}

const struct view view_traces = {
    .name = "traces",
    .help = "every tree in the node form of verifiers, with tokens where the server gave them",
    .story = "A row is a tree: the problem, its steps, and the answers, each node with the one "
             "that it follows. What follows a node that has several followers are samples of the "
             "same state, and their advantages compare them. Answers that nobody could judge are "
             "left out, and trees that have no others.",
    .checking = "Follow `parent` from any node up to the first: the contents from the top down are "
                "a beginning of an answer. `advantage` is `value` less that of the parent, where "
                "answers go through both.",
    .fields = trace_fields,
    .field_count = sizeof trace_fields / sizeof trace_fields[0],
    .rows = traces_rows,
};
