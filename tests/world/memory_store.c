/*
 * memory_store.c - a store in memory: arrays that grow.
 */
#include "tests/world/memory_store_inside.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct memory_store_kept *everything;

struct memory_store_kept *memory_store_kept_by(const struct crux_store *store)
{
    return ((const struct memory_store *)(const void *)store)->kept;
}

void *memory_store_grow(void *items, size_t count, size_t size)
{
    void *grown = realloc(items, (count + 1) * size);

    assert(grown != NULL);
    return grown;
}

void *memory_store_copy(const void *bytes, size_t size)
{
    char *copy = malloc(size + 1);

    assert(copy != NULL);
    if (size > 0)
        memcpy(copy, bytes, size);
    copy[size] = '\0';
    return copy;
}

char *memory_store_text(const char *text)
{
    return text == NULL ? NULL : memory_store_copy(text, strlen(text));
}

/* --- runs and trees --------------------------------------------------------------------- */

static int memory_store_migrate(struct crux_store *store, struct crux_error *error)
{
    (void)store;
    (void)error;
    return CRUX_OK;
}

static int memory_store_load_run(struct crux_store *store, struct store_run *out,
                                 struct crux_error *error)
{
    const struct store_run *run = &memory_store_kept_by(store)->run;

    (void)error;
    if (run->configuration == NULL)
        return CRUX_END;
    *out = (struct store_run){.configuration = memory_store_text(run->configuration),
                              .settings = memory_store_text(run->settings),
                              .input_sha256 = memory_store_text(run->input_sha256),
                              .input_name = memory_store_text(run->input_name),
                              .skipped = run->skipped};
    return CRUX_OK;
}

static void memory_store_add_problems(struct memory_store_kept *kept,
                                      const struct store_begin *begin)
{
    const struct crux_problems *problems = begin->problems;

    for (size_t i = 0; i < problems->count; i++) {
        const struct crux_problem *problem = &problems->items[i];

        if (problem->ordinal < begin->first ||
            (begin->wanted != NULL && !begin->wanted(begin->context, problem->id)) ||
            (begin->fills && memory_store_problem_at(kept, problem->ordinal) != NULL))
            continue;
        kept->problems =
            memory_store_grow(kept->problems, kept->problem_count, sizeof *kept->problems);
        kept->problems[kept->problem_count++] =
            (struct memory_store_problem){.ordinal = problem->ordinal,
                                          .id = memory_store_text(problem->id),
                                          .line = memory_store_text(problems->items[i].line)};
    }
}

static void memory_store_free_run(struct store_run *run)
{
    free(run->configuration);
    free(run->settings);
    free(run->input_sha256);
    free(run->input_name);
}

/* The run as it is now. */
static int memory_store_save_run(struct crux_store *store, const struct store_begin *begin,
                                 struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_kept_by(store);

    (void)error;
    memory_store_free_run(&kept->run);
    kept->run = (struct store_run){.configuration = memory_store_text(begin->run->configuration),
                                   .settings = memory_store_text(begin->settings),
                                   .input_sha256 = memory_store_text(begin->run->input_sha256),
                                   .input_name = memory_store_text(begin->run->input_name),
                                   .skipped = begin->run->skipped};
    memory_store_add_problems(kept, begin);
    return CRUX_OK;
}

static int memory_store_save_settings(struct crux_store *store, const char *settings,
                                      struct crux_error *error)
{
    struct store_run *run = &memory_store_kept_by(store)->run;

    (void)error;
    free(run->settings);
    run->settings = memory_store_text(settings);
    return CRUX_OK;
}

struct memory_store_problem *memory_store_problem_at(struct memory_store_kept *kept,
                                                     uint64_t ordinal)
{
    for (size_t i = 0; i < kept->problem_count; i++)
        if (kept->problems[i].ordinal == ordinal)
            return &kept->problems[i];
    return NULL;
}

static void memory_store_problem_clear(struct memory_store_problem *problem)
{
    free(problem->frame);
    free(problem->failure);
    problem->frame = NULL;
    problem->failure = NULL;
    problem->numbers = (struct crux_tree){.simulations = 0};
    problem->state = CRUX_WAITING;
}

static int compare_findings(const void *a, const void *b)
{
    const struct crux_finding *x = &((const struct memory_store_finding *)a)->finding;
    const struct crux_finding *y = &((const struct memory_store_finding *)b)->finding;
    int order = (x->problem > y->problem) - (x->problem < y->problem);

    if (order == 0)
        order = (x->about > y->about) - (x->about < y->about);
    if (order == 0)
        order = (x->path > y->path) - (x->path < y->path);
    if (order == 0)
        order = strcmp(x->maker, y->maker);
    return order != 0 ? order : strcmp(x->kind, y->kind);
}

static void memory_store_put_finding(struct memory_store_kept *kept,
                                     const struct crux_finding *finding)
{
    struct memory_store_finding made = {*finding, memory_store_text(finding->maker),
                                        memory_store_text(finding->kind),
                                        memory_store_text(finding->json)};

    made.finding.maker = made.maker;
    made.finding.kind = made.kind;
    made.finding.json = made.json;
    for (size_t i = 0; i < kept->finding_count; i++)
        if (compare_findings(&kept->findings[i], &made) == 0) {
            free(kept->findings[i].maker);
            free(kept->findings[i].kind);
            free(kept->findings[i].json);
            kept->findings[i] = made;
            return;
        }
    kept->findings = memory_store_grow(kept->findings, kept->finding_count, sizeof *kept->findings);
    kept->findings[kept->finding_count++] = made;
    qsort(kept->findings, kept->finding_count, sizeof *kept->findings, compare_findings);
}

static int memory_store_keep(struct crux_store *store, const struct store_tree *kept,
                             struct crux_error *error)
{
    const struct crux_tree *tree = kept->tree;
    struct memory_store_problem *problem =
        memory_store_problem_at(memory_store_kept_by(store), tree->problem->ordinal);

    if (memory_store_may_pass(store))
        return crux_fail(error, CRUX_STORE, "%s: it is full", store->path);
    if (problem == NULL || strcmp(problem->id, tree->problem->id) != 0)
        return crux_fail(error, CRUX_STORE, "%s has another problem than `%s` at its place",
                         store->path, tree->problem->id);
    memory_store_problem_clear(problem);
    problem->state = tree->reason == CRUX_REASON_FAILED ? CRUX_BROKEN : CRUX_FINISHED;
    problem->failure = memory_store_text(tree->failure);
    problem->numbers = *tree;
    problem->frame = memory_store_copy(kept->frame, kept->size);
    problem->size = kept->size;
    for (size_t i = 0; i < kept->finding_count; i++)
        memory_store_put_finding(memory_store_kept_by(store), &kept->findings[i]);
    return CRUX_OK;
}

static int memory_store_reopen_broken(struct crux_store *store, struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_kept_by(store);

    (void)error;
    for (size_t i = 0; i < kept->problem_count; i++)
        if (kept->problems[i].state == CRUX_BROKEN)
            memory_store_problem_clear(&kept->problems[i]);
    return CRUX_OK;
}

static int memory_store_states(struct crux_store *store, store_each_state *each, void *context,
                               struct crux_error *error)
{
    const struct memory_store_kept *kept = memory_store_kept_by(store);
    int status = CRUX_OK;

    (void)error;
    for (size_t i = 0; i < kept->problem_count && status == CRUX_OK; i++)
        status = each(context, kept->problems[i].ordinal, kept->problems[i].state);
    return status;
}

static int memory_store_row(const struct memory_store_problem *problem, store_each_row *each,
                            void *context, struct crux_error *error)
{
    const struct store_row row = {problem->ordinal, problem->id, problem->line, problem->frame,
                                  problem->size};

    return each(context, &row, error);
}

static int memory_store_rows(struct crux_store *store, const char *id, store_each_row *each,
                             void *context, struct crux_error *error)
{
    const struct memory_store_kept *kept = memory_store_kept_by(store);
    int status = CRUX_OK;

    for (size_t i = 0; i < kept->problem_count && status >= 0; i++) {
        const struct memory_store_problem *problem = &kept->problems[i];

        if (id == NULL ? problem->state == CRUX_FINISHED : strcmp(problem->id, id) == 0)
            status = memory_store_row(problem, each, context, error);
    }
    return status;
}

static int memory_store_row_after(struct crux_store *store, int64_t after, store_each_row *each,
                                  void *context, struct crux_error *error)
{
    const struct memory_store_kept *kept = memory_store_kept_by(store);

    for (size_t i = 0; i < kept->problem_count; i++)
        if (kept->problems[i].state == CRUX_FINISHED && (int64_t)kept->problems[i].ordinal > after)
            return memory_store_row(&kept->problems[i], each, context, error);
    return CRUX_OK;
}

/* --- what it says of itself ------------------------------------------------------------- */

struct memory_store_cause {
    const char *sentence;
    uint64_t count;
};

static int compare_causes(const void *a, const void *b)
{
    const struct memory_store_cause *x = a, *y = b;

    return x->count != y->count ? (x->count < y->count ? 1 : -1) : strcmp(x->sentence, y->sentence);
}

static int memory_store_lacking(struct crux_store *store, store_each_lacking *each, void *context,
                                struct crux_error *error)
{
    const struct memory_store_kept *kept = memory_store_kept_by(store);
    int status = CRUX_OK;

    (void)error;
    for (size_t i = 0; i < kept->problem_count && status == CRUX_OK; i++)
        if (kept->problems[i].state != CRUX_FINISHED)
            status = each(context, kept->problems[i].id, kept->problems[i].state);
    return status;
}

static int memory_store_failures(struct crux_store *store, store_each_failure *each, void *context,
                                 struct crux_error *error)
{
    const struct memory_store_kept *kept = memory_store_kept_by(store);
    struct memory_store_cause causes[16];
    size_t count = 0;
    int status = CRUX_OK;

    (void)error;
    for (size_t i = 0; i < kept->problem_count; i++) {
        size_t at = 0;

        if (kept->problems[i].state != CRUX_BROKEN)
            continue;
        while (at < count && strcmp(causes[at].sentence, kept->problems[i].failure) != 0)
            at++;
        assert(at < sizeof causes / sizeof *causes);
        if (at == count)
            causes[count++] = (struct memory_store_cause){kept->problems[i].failure, 0};
        causes[at].count++;
    }
    qsort(causes, count, sizeof *causes, compare_causes);
    for (size_t i = 0; i < count && status == CRUX_OK; i++)
        status = each(context, causes[i].sentence, causes[i].count);
    return status;
}

/* The id that follows another (NULL: none), or comes before it; NULL: there is none. */
static const char *memory_store_beside(const struct memory_store_kept *kept, const char *id,
                                       bool after)
{
    const char *best = NULL;

    for (size_t i = 0; id != NULL && i < kept->problem_count; i++) {
        const char *one = kept->problems[i].id;
        bool beyond = after ? strcmp(one, id) > 0 : strcmp(one, id) < 0;

        if (beyond && (best == NULL || (after ? strcmp(one, best) < 0 : strcmp(one, best) > 0)))
            best = one;
    }
    return best;
}

static int memory_store_near(struct crux_store *store, const char *id, char *out, size_t size,
                             struct crux_error *error)
{
    const struct memory_store_kept *kept = memory_store_kept_by(store);
    const char *after = memory_store_beside(kept, id, true);
    const char *const ids[] = {memory_store_beside(kept, id, false), after,
                               memory_store_beside(kept, after, true)};
    size_t used = 0;

    (void)error;
    out[0] = '\0';
    for (int i = 0; i < 3 && used < size; i++)
        if (ids[i] != NULL)
            used += (size_t)snprintf(out + used, size - used, "%s`%.100s`", used == 0 ? "" : ", ",
                                     ids[i]);
    return CRUX_OK;
}

static int memory_store_save_pulse(struct crux_store *store, const struct crux_pulse *pulse,
                                   struct crux_error *error)
{
    (void)error;
    memory_store_kept_by(store)->pulse = *pulse;
    return CRUX_OK;
}

static int memory_store_totals(struct crux_store *store, struct crux_summary *out,
                               struct crux_error *error)
{
    const struct memory_store_kept *kept = memory_store_kept_by(store);

    (void)error;
    for (size_t i = 0; i < kept->problem_count; i++) {
        const struct memory_store_problem *problem = &kept->problems[i];
        bool finished = problem->state == CRUX_FINISHED;

        out->waiting += problem->state == CRUX_WAITING;
        out->finished += finished;
        out->broken += problem->state == CRUX_BROKEN;
        out->simulations += problem->numbers.simulations;
        out->calls += problem->numbers.calls;
        out->prompt_tokens += problem->numbers.prompt_tokens;
        out->completion_tokens += problem->numbers.completion_tokens;
        out->price += problem->numbers.price;
        out->pairs += finished ? problem->numbers.pair_count : 0;
        out->rights += finished ? problem->numbers.right_count : 0;
        if (finished && problem->numbers.pair_count == 0)
            out->unpaired[problem->numbers.unpaired]++;
        out->with_right += finished && problem->numbers.right_count > 0;
        if (problem->state != CRUX_WAITING)
            out->reasons[problem->numbers.reason]++;
    }
    out->pulse = kept->pulse;
    return CRUX_OK;
}

/* --- findings ------------------------------------------------------------------------------ */

static int memory_store_put_findings(struct crux_store *store, const struct crux_finding *findings,
                                     size_t count, struct crux_error *error)
{
    (void)error;
    for (size_t i = 0; i < count; i++)
        memory_store_put_finding(memory_store_kept_by(store), &findings[i]);
    return CRUX_OK;
}

static int memory_store_findings(struct crux_store *store, uint64_t problem,
                                 store_each_finding *each, void *context, struct crux_error *error)
{
    const struct memory_store_kept *kept = memory_store_kept_by(store);
    int status = CRUX_OK;

    for (size_t i = 0; i < kept->finding_count && status >= 0; i++)
        if (kept->findings[i].finding.problem == problem)
            status = each(context, &kept->findings[i].finding, error);
    return status;
}

/* --- opening and closing ---------------------------------------------------------------------- */

static void memory_store_close(struct crux_store *store)
{
    if (store->write)
        memory_store_kept_by(store)->pulse.process = 0;
    free(store->path);
    free(store);
}

static const struct store_verbs memory_store_verbs = {
    .close = memory_store_close,
    .migrate = memory_store_migrate,
    .load_run = memory_store_load_run,
    .save_run = memory_store_save_run,
    .extend_run = memory_store_save_run,
    .save_settings = memory_store_save_settings,
    .keep = memory_store_keep,
    .may_pass = memory_store_may_pass,
    .reopen_broken = memory_store_reopen_broken,
    .states = memory_store_states,
    .rows = memory_store_rows,
    .row_after = memory_store_row_after,
    .lacking = memory_store_lacking,
    .failures = memory_store_failures,
    .near = memory_store_near,
    .put_findings = memory_store_put_findings,
    .findings = memory_store_findings,
    .save_pulse = memory_store_save_pulse,
    .totals = memory_store_totals,
    .ledger_open = memory_store_ledger_open,
    .ledger_close = memory_store_ledger_close,
    .ledger_begin = memory_store_ledger_begin,
    .ledger_put_reply = memory_store_ledger_put_reply,
    .ledger_put_intent = memory_store_ledger_put_intent,
    .ledger_put_refusal = memory_store_ledger_put_refusal,
    .ledger_settle_intent = memory_store_ledger_settle_intent,
    .ledger_settle_refusal = memory_store_ledger_settle_refusal,
    .ledger_put_order = memory_store_ledger_put_order,
    .ledger_put_lasted = memory_store_ledger_put_lasted,
    .ledger_end = memory_store_ledger_end,
    .ledger_may_pass = memory_store_may_pass,
    .ledger_keys = memory_store_ledger_keys,
    .ledger_find = memory_store_ledger_find,
    .ledger_recall = memory_store_ledger_recall,
    .ledger_refused = memory_store_ledger_refused,
    .ledger_find_refusal = memory_store_ledger_find_refusal,
    .ledger_order = memory_store_ledger_order,
    .ledger_costs = memory_store_ledger_costs,
};

static struct memory_store_kept *memory_store_kept_as(const char *name)
{
    struct memory_store_kept *kept = everything;

    while (kept != NULL && strcmp(kept->name, name) != 0)
        kept = kept->next;
    return kept;
}

int memory_store_open(struct crux_store **out, const char *name, bool write,
                      struct crux_error *error)
{
    struct memory_store_kept *kept = memory_store_kept_as(name);
    struct memory_store *memory = calloc(1, sizeof *memory);

    assert(memory != NULL);
    if (kept == NULL) {
        kept = calloc(1, sizeof *kept);
        assert(kept != NULL);
        kept->name = memory_store_text(name);
        (void)pthread_mutex_init(&kept->mutex, NULL);
        kept->next = everything;
        everything = kept;
    }
    memory->kept = kept;
    memory->base = (struct crux_store){
        .verbs = &memory_store_verbs, .path = memory_store_text(name), .write = write};
    return store_complete(out, &memory->base, error);
}

static void memory_store_throw_away(struct memory_store_kept *kept)
{
    kept->committed = (struct memory_store_extent){.replies = 0};
    memory_store_undo(kept);
    for (size_t i = 0; i < kept->problem_count; i++) {
        memory_store_problem_clear(&kept->problems[i]);
        free(kept->problems[i].id);
        free(kept->problems[i].line);
    }
    for (size_t i = 0; i < kept->finding_count; i++) {
        free(kept->findings[i].maker);
        free(kept->findings[i].kind);
        free(kept->findings[i].json);
    }
    memory_store_free_run(&kept->run);
    free(kept->problems);
    free(kept->findings);
    free(kept->replies);
    free(kept->pieces);
    free(kept->events);
    (void)pthread_mutex_destroy(&kept->mutex);
    free(kept->name);
    free(kept);
}

void memory_store_clear(void)
{
    while (everything != NULL) {
        struct memory_store_kept *kept = everything;

        everything = kept->next;
        memory_store_throw_away(kept);
    }
}

void memory_store_break(const char *name, bool broken)
{
    struct memory_store_kept *kept = memory_store_kept_as(name);

    assert(kept != NULL);
    (void)pthread_mutex_lock(&kept->mutex);
    kept->broken = broken;
    (void)pthread_mutex_unlock(&kept->mutex);
}

void memory_store_fill(const char *name, bool full)
{
    struct memory_store_kept *kept = memory_store_kept_as(name);

    assert(kept != NULL);
    (void)pthread_mutex_lock(&kept->mutex);
    kept->full = full;
    (void)pthread_mutex_unlock(&kept->mutex);
}

uint64_t memory_store_batches(const char *name)
{
    struct memory_store_kept *kept = memory_store_kept_as(name);
    uint64_t batches;

    assert(kept != NULL);
    (void)pthread_mutex_lock(&kept->mutex);
    batches = kept->batches;
    (void)pthread_mutex_unlock(&kept->mutex);
    return batches;
}
