/*
 * prefixes.c - probes of one tree: the tree's own answers, then batches of completions; shared.
 */
#include "io/passes/prefixes.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/draw.h"

#define PREFIXES_TAIL 0.025 /* as figures_exact() has it beyond the end of an interval */

struct prefixes {
    const struct prefixes_plan *plan;
    const struct crux_tree *tree;
    uint32_t enough;
    struct learnt_count *of_node; /* what its answers are */
    struct prefixes_probe **rows; /* by seed */
    size_t mask;
};

/* --- opening and closing -----------------------------------------------------------------------
 */

static int prefixes_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for completions of the steps of paths");
}

/* Of a node that completes an answer the answers are no completions. */
static void prefixes_count_tree(struct prefixes *prefixes)
{
    const struct crux_tree *tree = prefixes->tree;

    for (uint32_t i = 0; i < tree->rollout_count; i++) {
        const struct crux_rollout *rollout = &tree->rollouts[i];
        struct learnt_count *count = &prefixes->of_node[rollout->node];

        if (tree->nodes[rollout->node].terminal)
            continue;
        count->of += rollout->verdict != CRUX_UNKNOWN;
        count->right += rollout->verdict == CRUX_RIGHT;
    }
}

int prefixes_open(struct prefixes **out, const struct prefixes_plan *plan,
                  const struct crux_tree *tree, size_t room, struct crux_error *error)
{
    struct prefixes *prefixes = calloc(1, sizeof *prefixes);
    size_t rows = 16;

    if (prefixes == NULL)
        return prefixes_no_memory(error);
    while (rows < room)
        rows *= 2;
    prefixes->plan = plan;
    prefixes->tree = tree;
    prefixes->enough = prefixes_enough(plan->below);
    prefixes->mask = rows - 1;
    prefixes->rows = calloc(rows, sizeof(struct prefixes_probe *));
    prefixes->of_node = calloc((size_t)tree->node_count + 1, sizeof *prefixes->of_node);
    if (prefixes->rows == NULL || prefixes->of_node == NULL) {
        prefixes_close(prefixes);
        return prefixes_no_memory(error);
    }
    prefixes_count_tree(prefixes);
    *out = prefixes;
    return CRUX_OK;
}

void prefixes_close(struct prefixes *prefixes)
{
    struct prefixes_probe *probe, *next;

    if (prefixes == NULL)
        return;
    for (size_t row = 0; prefixes->rows != NULL && row <= prefixes->mask; row++)
        for (probe = prefixes->rows[row]; probe != NULL; probe = next) {
            next = probe->next;
            completions_free(&probe->completions);
            free(probe->failure);
            free(probe);
        }
    free(prefixes->rows);
    free(prefixes->of_node);
    free(prefixes);
}

/* --- deciding ----------------------------------------------------------------------------------
 */

uint32_t prefixes_enough(double below)
{
    return (uint32_t)ceil(log(PREFIXES_TAIL) / log1p(-below));
}

/* How many to ask for next, when so many were asked for by so many calls, or come from the tree:
 * the double each time until there are enough to be dead, then all that may be, for those without a
 * verdict. */
static uint32_t prefixes_batch(const struct prefixes_plan *plan, uint32_t enough, uint32_t had,
                               uint32_t calls)
{
    uint32_t batch = (uint32_t)PREFIXES_BATCH << (calls < 16 ? calls : 16);
    uint32_t left = had < plan->most ? plan->most - had : 0;

    if (had >= enough)
        return left;
    batch = batch < enough - had ? batch : enough - had;
    return batch < left ? batch : left;
}

uint32_t prefixes_calls(const struct prefixes_plan *plan)
{
    uint32_t enough = prefixes_enough(plan->below), had = 0, calls = 0, batch;

    for (; (batch = prefixes_batch(plan, enough, had, calls)) > 0; calls++)
        had += batch;
    return calls;
}

static enum bisect_state prefixes_decide(const struct prefixes *prefixes, struct learnt_count count)
{
    if (count.right > 0)
        return BISECT_ALIVE;
    return count.of >= prefixes->enough ? BISECT_DEAD : BISECT_UNASKED;
}

static struct learnt_count prefixes_from_tree(const struct prefixes *prefixes, uint32_t completer,
                                              uint32_t node)
{
    assert(completer < prefixes->plan->completer_count);
    assert(node == CRUX_NO_NODE || node < prefixes->tree->node_count);
    if (node == CRUX_NO_NODE || !prefixes->plan->completers[completer].searched)
        return (struct learnt_count){0, 0};
    return prefixes->of_node[node];
}

bool prefixes_known(const struct prefixes *prefixes, uint32_t completer, uint32_t node)
{
    return prefixes_decide(prefixes, prefixes_from_tree(prefixes, completer, node)) !=
           BISECT_UNASKED;
}

static uint32_t prefixes_next_batch(const struct prefixes *prefixes,
                                    const struct prefixes_probe *probe)
{
    const struct prefixes_plan *plan = prefixes->plan;
    uint32_t had = probe->from_tree + probe->asked;

    if (!probe->filled)
        return prefixes_batch(plan, prefixes->enough, had, probe->calls);
    return had < plan->most ? plan->most - had : 0;
}

/* A probe is over, or it goes on. */
static void prefixes_settle(struct prefixes *prefixes, struct prefixes_probe *probe, bool nothing)
{
    const struct prefixes_plan *plan = prefixes->plan;

    probe->state = prefixes_decide(prefixes, (struct learnt_count){probe->right, probe->of});
    if (probe->state == BISECT_UNASKED && (nothing || prefixes_next_batch(prefixes, probe) == 0))
        probe->state = BISECT_UNDECIDED;
    if (probe->state == BISECT_UNASKED || probe->decided)
        return;
    probe->decided = true;
    probe->first = (struct learnt_count){probe->right, probe->of};
    plan->counts->probes++;
    plan->counts->by_tree += probe->calls == 0;
    plan->counts->undecided += probe->state == BISECT_UNDECIDED;
}

void prefixes_fill(struct prefixes *prefixes, struct prefixes_probe *probe)
{
    assert(probe->decided);
    if (probe->filled)
        return;
    probe->filled = true;
    if (prefixes_next_batch(prefixes, probe) > 0)
        probe->state = BISECT_UNASKED;
}

/* C(n, r) / C(n + m, r), with r right ones of n before, and m behind. */
bool prefixes_apart(struct learnt_count before, struct learnt_count behind)
{
    double chance = 1.0;

    assert(behind.right == 0);
    for (uint32_t i = 0; i < before.right; i++)
        chance *= (double)(before.of - i) / ((double)before.of + behind.of - i);
    return chance <= PREFIXES_TAIL;
}

/* --- finding -----------------------------------------------------------------------------------
 */

static uint64_t prefixes_seed(const struct prefixes *prefixes, uint32_t completer,
                              const struct crux_step *last)
{
    uint64_t hash = 0, seed;

    for (const struct crux_step *step = last; step != NULL; step = step->previous)
        hash = draw(hash, draw_text(step->text, step->length));
    seed = passes_seed(prefixes->plan->seed, prefixes->tree->problem->id, hash);
    return completer == 0 ? seed : draw(seed, completer);
}

static bool prefixes_same(const struct crux_step *a, const struct crux_step *b)
{
    for (; a != NULL && b != NULL; a = a->previous, b = b->previous)
        if (a->length != b->length || memcmp(a->text, b->text, a->length) != 0)
            return false;
    return a == b;
}

int prefixes_probe(struct prefixes *prefixes, uint32_t completer, const struct crux_step *last,
                   uint32_t node, struct prefixes_probe **out, struct crux_error *error)
{
    uint64_t seed = prefixes_seed(prefixes, completer, last);
    struct prefixes_probe **row = &prefixes->rows[seed & prefixes->mask], *probe;
    struct learnt_count known = prefixes_from_tree(prefixes, completer, node);

    for (probe = *row; probe != NULL; probe = probe->next)
        if (probe->completer == completer && prefixes_same(probe->begin.last, last)) {
            *out = probe;
            return CRUX_OK;
        }
    probe = calloc(1, sizeof *probe);
    if (probe == NULL)
        return prefixes_no_memory(error);
    probe->completer = completer;
    probe->prefix = last == NULL ? 0 : last->depth;
    probe->begin = (struct crux_state){
        .problem = prefixes->tree->problem, .last = last, .depth = probe->prefix};
    probe->seed = seed;
    probe->right = known.right;
    probe->of = probe->from_tree = known.of;
    probe->next = *row;
    *row = *out = probe;
    prefixes_settle(prefixes, probe, false);
    return CRUX_OK;
}

/* --- asking ------------------------------------------------------------------------------------
 */

static void prefixes_begin(struct prefixes *prefixes, struct prefixes_probe *probe)
{
    const struct prefixes_plan *plan = prefixes->plan;
    struct completions_order order = {.policy = plan->completers[probe->completer].policy,
                                      .outcome = plan->outcome,
                                      .state = probe->begin,
                                      .seed = probe->seed,
                                      .first = probe->asked,
                                      .count = prefixes_next_batch(prefixes, probe)};

    completions_begin(&probe->completions, &order);
    probe->batch = order.count;
    probe->asked += order.count;
    probe->calls++;
    plan->counts->asked += order.count;
    plan->counts->calls++;
}

static void prefixes_wait(struct prefixes_probe *probe, struct prefixes_waiter *waiter)
{
    if (waiter->waits)
        return;
    waiter->waits = true;
    waiter->next = probe->waiters;
    probe->waiters = waiter;
}

int prefixes_next(struct prefixes *prefixes, struct prefixes_probe *probe,
                  struct prefixes_waiter *waiter, struct passes_question **out)
{
    int status;

    if (probe->state != BISECT_UNASKED || probe->failure != NULL)
        return CRUX_END;
    if (probe->batch == 0)
        prefixes_begin(prefixes, probe);
    status = completions_next(&probe->completions, out);
    assert(status != CRUX_END);
    if (status == CRUX_PENDING)
        prefixes_wait(probe, waiter);
    return status;
}

static void prefixes_take(struct prefixes *prefixes, struct prefixes_probe *probe)
{
    struct completions *done = &probe->completions;

    probe->batch = 0;
    probe->right += done->right;
    probe->of += done->of;
    prefixes->plan->counts->judged += done->of;
    probe->cost.calls += done->cost.calls;
    probe->cost.prompt_tokens += done->cost.prompt_tokens;
    probe->cost.completion_tokens += done->cost.completion_tokens;
    probe->cost.price += done->cost.price;
    probe->failure = done->failure;
    done->failure = NULL;
    if (probe->failure == NULL)
        prefixes_settle(prefixes, probe, done->count == 0);
    completions_free(done);
}

int prefixes_answered(struct prefixes *prefixes, struct passes_question *question, int status,
                      struct crux_error *error)
{
    struct prefixes_probe *probe = (struct prefixes_probe *)(void *)question;
    struct prefixes_waiter *waiter = probe->waiters;

    status = completions_answered(&probe->completions, status, error);
    if (status == CRUX_OK && completions_done(&probe->completions))
        prefixes_take(prefixes, probe);
    for (probe->waiters = NULL; waiter != NULL; waiter = waiter->next) {
        waiter->waits = false;
        trees_wake(waiter->item);
    }
    return status;
}
