/*
 * sample.c - a finished tree as constants, and what it takes to compare and store it.
 */
#include "tests/world/sample.h"

#include <assert.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- the tree ------------------------------------------------------------- */

static const struct crux_node nodes[] = {
    {CRUX_NO_NODE, 0, 9, 0, 0.5, 1.0, -1.0, 1.0, 0.0, "", CRUX_STEP, false, false, 0},
    {0, 1, 6, 11, 0.625, 0.75, 1.0, 0.9, -0.25, "10 - 4 = 6 (left: 4 6 9)", CRUX_STEP, false, false,
     0},
    {1, 2, 3, 12, 1.0, 0.5, 0.25, 1.0, -1e-9, "6 / 4 = 3/2 (left: 3/2 9)", CRUX_REASON, true, false,
     0},
    {0, 1, 3, 13, 0.125, 0.25, 0.0, 0.1, 0.0, "9 + 10 = 19 (left: 4 6 19) \xc3\xa9", CRUX_STEP,
     false, true, 0},
};

static const struct crux_rollout rollouts[] = {
    {2, "", "24", 1.0, CRUX_RIGHT, 0},
    {1, "4 + 6 = 10\n9 + 10 = 19", "19", 0.0, CRUX_WRONG, 0},
    {3, "4 * 6 = 24", "", 0.5, CRUX_UNKNOWN, 0},
};

static const struct crux_pair pairs[] = {
    {1, 0, 1, 2, true, "From here 24 is out of reach.", "dead-end", "6 / 4 = 3/2", "search"},
    {2, 0, 0, 0, false, "", "", "", ""},
};

static const uint32_t rights[] = {0};

static const double step_rewards[] = {1.0, -1.0, 0.25};

static const struct crux_remark remarks[] = {
    {1, CRUX_ROLE_EXECUTION, 1.0, {NULL, 0, 3, 0.25, "two of three \xc3\xa9"}},
    {1, CRUX_ROLE_VALUE, -1.0, {step_rewards, 1, 0, -1.0, ""}},
    {2, CRUX_ROLE_OUTCOME, 0.5, {step_rewards, 3, 0, -1.0, "no answer"}},
};

struct crux_tree sample_tree(const struct crux_problem *problem)
{
    return (struct crux_tree){
        .problem = problem,
        .reason = CRUX_REASON_STOP,
        .node_count = sizeof nodes / sizeof *nodes,
        .rollout_count = sizeof rollouts / sizeof *rollouts,
        .pair_count = sizeof pairs / sizeof *pairs,
        .right_count = 1,
        .nodes = nodes,
        .rollouts = rollouts,
        .pairs = pairs,
        .rights = rights,
        .remarks = remarks,
        .remark_count = sizeof remarks / sizeof *remarks,
        .simulations = 9,
        .withdrawn = 2,
        .calls = 7,
        .collisions = 8,
        .prompt_tokens = 5000000000,
        .completion_tokens = 36,
        .price = -17,
        .search_ns = 123456789,
        .arena_bytes = 4096,
        .audit = {1, 9, 10, 2, 3, 4, 5, 6},
        .failure = "",
    };
}

/* --- alike? ---------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_problem(const struct crux_problem *a, const struct crux_problem *b)
{
    return same_text(a->id, b->id) && same_text(a->prompt, b->prompt) &&
           same_text(a->line, b->line) && same_text(a->answer, b->answer) &&
           a->ordinal == b->ordinal;
}

static bool same_node(const struct crux_node *a, const struct crux_node *b)
{
    return a->parent == b->parent && a->depth == b->depth && a->visits == b->visits &&
           a->tokens == b->tokens && a->value == b->value && a->prior == b->prior &&
           a->score == b->score && a->target == b->target && a->logprob == b->logprob &&
           same_text(a->text, b->text) && a->kind == b->kind && a->terminal == b->terminal &&
           a->closed == b->closed;
}

static bool same_rollout(const struct crux_rollout *a, const struct crux_rollout *b)
{
    return a->node == b->node && same_text(a->text, b->text) && same_text(a->answer, b->answer) &&
           a->reward == b->reward && a->verdict == b->verdict;
}

static bool same_pair(const struct crux_pair *a, const struct crux_pair *b)
{
    return a->wrong == b->wrong && a->right == b->right && a->prefix == b->prefix &&
           a->first_error == b->first_error && a->exact == b->exact &&
           same_text(a->critique, b->critique) && same_text(a->error_type, b->error_type) &&
           same_text(a->corrected_step, b->corrected_step) && same_text(a->method, b->method);
}

static bool same_remark(const struct crux_remark *a, const struct crux_remark *b)
{
    const struct crux_opinion *x = &a->opinion, *y = &b->opinion;
    bool same = a->path == b->path && a->role == b->role && a->score == b->score &&
                x->step_count == y->step_count && x->judges == y->judges &&
                x->spread == y->spread && same_text(x->sentence, y->sentence);

    for (uint32_t i = 0; same && i < x->step_count; i++)
        same = x->steps[i] == y->steps[i];
    return same;
}

static bool same_rows(const struct crux_tree *a, const struct crux_tree *b)
{
    bool same = a->node_count == b->node_count && a->rollout_count == b->rollout_count &&
                a->pair_count == b->pair_count && a->right_count == b->right_count &&
                a->remark_count == b->remark_count;

    for (uint32_t i = 0; same && i < a->node_count; i++)
        same = same_node(&a->nodes[i], &b->nodes[i]);
    for (uint32_t i = 0; same && i < a->rollout_count; i++)
        same = same_rollout(&a->rollouts[i], &b->rollouts[i]);
    for (uint32_t i = 0; same && i < a->pair_count; i++)
        same = same_pair(&a->pairs[i], &b->pairs[i]);
    for (uint32_t i = 0; same && i < a->right_count; i++)
        same = a->rights[i] == b->rights[i];
    for (uint32_t i = 0; same && i < a->remark_count; i++)
        same = same_remark(&a->remarks[i], &b->remarks[i]);
    return same;
}

bool sample_same(const struct crux_tree *a, const struct crux_tree *b)
{
    return same_problem(a->problem, b->problem) && same_rows(a, b) && a->reason == b->reason &&
           a->simulations == b->simulations && a->withdrawn == b->withdrawn &&
           a->calls == b->calls && a->collisions == b->collisions &&
           a->prompt_tokens == b->prompt_tokens && a->completion_tokens == b->completion_tokens &&
           a->price == b->price && a->search_ns == b->search_ns &&
           a->arena_bytes == b->arena_bytes && memcmp(&a->audit, &b->audit, sizeof a->audit) == 0 &&
           same_text(a->failure, b->failure);
}

/* --- files ------------------------------------------------------------------ */

static char folder[64];

const char *sample_folder(void)
{
    const char *place =
        access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; /* a kill spares both */

    (void)snprintf(folder, sizeof folder, "%s/crux-test-XXXXXX", place);
    assert(mkdtemp(folder) != NULL);
    return folder;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

void sample_folder_remove(void)
{
    (void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *sample_path(const char *name)
{
    static char paths[4][160];
    static unsigned turn;
    char *path = paths[turn++ % 4];

    (void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

const char *sample_file(const char *name, const void *bytes, size_t size)
{
    const char *path = sample_path(name);
    FILE *file = fopen(path, "wb");

    assert(file != NULL);
    assert(fwrite(bytes, 1, size, file) == size);
    assert(fclose(file) == 0);
    return path;
}
