/*
 * shelf.c - a store in memory: arrays that grow.
 */
#include "tests/world/shelf_inside.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct shelf_kept *everything;

struct shelf_kept *shelf_kept_by(const struct crux_store *store)
{
    return ((const struct shelf *)(const void *)store)->kept;
}

void *shelf_grow(void *items, size_t count, size_t size)
{
    void *grown = realloc(items, (count + 1) * size);

    assert(grown != NULL);
    return grown;
}

void *shelf_copy(const void *bytes, size_t size)
{
    char *copy = malloc(size + 1);

    assert(copy != NULL);
    if (size > 0)
        memcpy(copy, bytes, size);
    copy[size] = '\0';
    return copy;
}

char *shelf_text(const char *text)
{
    return text == NULL ? NULL : shelf_copy(text, strlen(text));
}

/* --- runs and trees --------------------------------------------------------------------- */

static int shelf_migrate(struct crux_store *store, struct crux_error *error)
{
    (void)store;
    (void)error;
    return CRUX_OK;
}

static int shelf_load_run(struct crux_store *store, struct store_run *out, struct crux_error *error)
{
    const struct store_run *run = &shelf_kept_by(store)->run;

    (void)error;
    if (run->configuration == NULL)
        return CRUX_END;
    *out = (struct store_run){.configuration = shelf_text(run->configuration),
                              .settings = shelf_text(run->settings),
                              .input_sha256 = shelf_text(run->input_sha256),
                              .input_name = shelf_text(run->input_name),
                              .skipped = run->skipped};
    return CRUX_OK;
}

static int shelf_save_run(struct crux_store *store, const struct store_begin *begin,
                          struct crux_error *error)
{
    struct shelf_kept *kept = shelf_kept_by(store);
    const struct crux_problems *problems = begin->problems;

    (void)error;
    kept->run = (struct store_run){.configuration = shelf_text(begin->run->configuration),
                                   .settings = shelf_text(begin->run->settings),
                                   .input_sha256 = shelf_text(begin->run->input_sha256),
                                   .input_name = shelf_text(begin->run->input_name),
                                   .skipped = begin->run->skipped};
    for (size_t i = 0; i < problems->count; i++) {
        const struct crux_problem *problem = &problems->items[i];

        if (begin->wanted != NULL && !begin->wanted(begin->context, problem->id))
            continue;
        kept->problems = shelf_grow(kept->problems, kept->problem_count, sizeof *kept->problems);
        kept->problems[kept->problem_count++] =
            (struct shelf_problem){.ordinal = problem->ordinal,
                                   .id = shelf_text(problem->id),
                                   .line = shelf_text(problems->lines[i])};
    }
    return CRUX_OK;
}

static int shelf_save_settings(struct crux_store *store, const char *settings,
                               struct crux_error *error)
{
    struct store_run *run = &shelf_kept_by(store)->run;

    (void)error;
    free(run->settings);
    run->settings = shelf_text(settings);
    return CRUX_OK;
}

struct shelf_problem *shelf_problem_at(struct shelf_kept *kept, uint64_t ordinal)
{
    for (size_t i = 0; i < kept->problem_count; i++)
        if (kept->problems[i].ordinal == ordinal)
            return &kept->problems[i];
    return NULL;
}

static void shelf_problem_clear(struct shelf_problem *problem)
{
    free(problem->frame);
    free(problem->failure);
    problem->frame = NULL;
    problem->failure = NULL;
    problem->numbers = (struct crux_tree){.simulations = 0};
    problem->state = CRUX_WAITING;
}

static int shelf_keep(struct crux_store *store, const struct crux_tree *tree, const void *frame,
                      size_t size, struct crux_error *error)
{
    struct shelf_problem *problem = shelf_problem_at(shelf_kept_by(store), tree->problem->ordinal);

    if (problem == NULL || strcmp(problem->id, tree->problem->id) != 0)
        return crux_fail(error, CRUX_STORE, "%s has another problem than `%s` at its place",
                         store->path, tree->problem->id);
    shelf_problem_clear(problem);
    problem->state = tree->reason == CRUX_REASON_FAILED ? CRUX_BROKEN : CRUX_FINISHED;
    problem->failure = shelf_text(tree->failure);
    problem->numbers = *tree;
    problem->frame = shelf_copy(frame, size);
    problem->size = size;
    return CRUX_OK;
}

static int shelf_reopen_broken(struct crux_store *store, struct crux_error *error)
{
    struct shelf_kept *kept = shelf_kept_by(store);

    (void)error;
    for (size_t i = 0; i < kept->problem_count; i++)
        if (kept->problems[i].state == CRUX_BROKEN)
            shelf_problem_clear(&kept->problems[i]);
    return CRUX_OK;
}

static int shelf_states(struct crux_store *store, store_each_state *each, void *context,
                        struct crux_error *error)
{
    const struct shelf_kept *kept = shelf_kept_by(store);
    int status = CRUX_OK;

    (void)error;
    for (size_t i = 0; i < kept->problem_count && status == CRUX_OK; i++)
        status = each(context, kept->problems[i].ordinal, kept->problems[i].state);
    return status;
}

static int shelf_row(const struct shelf_problem *problem, store_each_row *each, void *context,
                     struct crux_error *error)
{
    const struct store_row row = {problem->ordinal, problem->id, problem->line, problem->frame,
                                  problem->size};

    return each(context, &row, error);
}

static int shelf_rows(struct crux_store *store, const char *id, store_each_row *each, void *context,
                      struct crux_error *error)
{
    const struct shelf_kept *kept = shelf_kept_by(store);
    int status = CRUX_OK;

    for (size_t i = 0; i < kept->problem_count && status >= 0; i++) {
        const struct shelf_problem *problem = &kept->problems[i];

        if (id == NULL ? problem->state == CRUX_FINISHED : strcmp(problem->id, id) == 0)
            status = shelf_row(problem, each, context, error);
    }
    return status;
}

static int shelf_row_after(struct crux_store *store, int64_t after, store_each_row *each,
                           void *context, struct crux_error *error)
{
    const struct shelf_kept *kept = shelf_kept_by(store);

    for (size_t i = 0; i < kept->problem_count; i++)
        if (kept->problems[i].state == CRUX_FINISHED && (int64_t)kept->problems[i].ordinal > after)
            return shelf_row(&kept->problems[i], each, context, error);
    return CRUX_OK;
}

/* --- what it says of itself ------------------------------------------------------------- */

struct shelf_cause {
    const char *sentence;
    uint64_t count;
};

static int compare_causes(const void *a, const void *b)
{
    const struct shelf_cause *x = a, *y = b;

    return x->count != y->count ? (x->count < y->count ? 1 : -1) : strcmp(x->sentence, y->sentence);
}

static int shelf_failures(struct crux_store *store, store_each_failure *each, void *context,
                          struct crux_error *error)
{
    const struct shelf_kept *kept = shelf_kept_by(store);
    struct shelf_cause causes[16];
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
            causes[count++] = (struct shelf_cause){kept->problems[i].failure, 0};
        causes[at].count++;
    }
    qsort(causes, count, sizeof *causes, compare_causes);
    for (size_t i = 0; i < count && status == CRUX_OK; i++)
        status = each(context, causes[i].sentence, causes[i].count);
    return status;
}

/* The id that follows another (NULL: none), or comes before it; NULL: there is none. */
static const char *shelf_beside(const struct shelf_kept *kept, const char *id, bool after)
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

static int shelf_near(struct crux_store *store, const char *id, char *out, size_t size,
                      struct crux_error *error)
{
    const struct shelf_kept *kept = shelf_kept_by(store);
    const char *after = shelf_beside(kept, id, true);
    const char *const ids[] = {shelf_beside(kept, id, false), after,
                               shelf_beside(kept, after, true)};
    size_t used = 0;

    (void)error;
    out[0] = '\0';
    for (int i = 0; i < 3 && used < size; i++)
        if (ids[i] != NULL)
            used += (size_t)snprintf(out + used, size - used, "%s`%.100s`", used == 0 ? "" : ", ",
                                     ids[i]);
    return CRUX_OK;
}

static int shelf_save_pulse(struct crux_store *store, const struct crux_pulse *pulse,
                            struct crux_error *error)
{
    (void)error;
    shelf_kept_by(store)->pulse = *pulse;
    return CRUX_OK;
}

static int shelf_totals(struct crux_store *store, struct crux_summary *out,
                        struct crux_error *error)
{
    const struct shelf_kept *kept = shelf_kept_by(store);

    (void)error;
    for (size_t i = 0; i < kept->problem_count; i++) {
        const struct shelf_problem *problem = &kept->problems[i];
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
        out->with_right += finished && problem->numbers.right_count > 0;
        if (problem->state != CRUX_WAITING)
            out->reasons[problem->numbers.reason]++;
    }
    out->pulse = kept->pulse;
    return CRUX_OK;
}

/* --- findings ------------------------------------------------------------------------------ */

static int compare_findings(const void *a, const void *b)
{
    const struct crux_finding *x = &((const struct shelf_finding *)a)->finding;
    const struct crux_finding *y = &((const struct shelf_finding *)b)->finding;
    int order = (x->problem > y->problem) - (x->problem < y->problem);

    if (order == 0)
        order = (x->about > y->about) - (x->about < y->about);
    if (order == 0)
        order = (x->path > y->path) - (x->path < y->path);
    if (order == 0)
        order = strcmp(x->maker, y->maker);
    return order != 0 ? order : strcmp(x->kind, y->kind);
}

static void shelf_put_finding(struct shelf_kept *kept, const struct crux_finding *finding)
{
    struct shelf_finding made = {*finding, shelf_text(finding->maker), shelf_text(finding->kind),
                                 shelf_text(finding->json)};

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
    kept->findings = shelf_grow(kept->findings, kept->finding_count, sizeof *kept->findings);
    kept->findings[kept->finding_count++] = made;
    qsort(kept->findings, kept->finding_count, sizeof *kept->findings, compare_findings);
}

static int shelf_put_findings(struct crux_store *store, const struct crux_finding *findings,
                              size_t count, struct crux_error *error)
{
    (void)error;
    for (size_t i = 0; i < count; i++)
        shelf_put_finding(shelf_kept_by(store), &findings[i]);
    return CRUX_OK;
}

static int shelf_findings(struct crux_store *store, uint64_t problem, store_each_finding *each,
                          void *context, struct crux_error *error)
{
    const struct shelf_kept *kept = shelf_kept_by(store);
    int status = CRUX_OK;

    for (size_t i = 0; i < kept->finding_count && status >= 0; i++)
        if (kept->findings[i].finding.problem == problem)
            status = each(context, &kept->findings[i].finding, error);
    return status;
}

/* --- opening and closing ---------------------------------------------------------------------- */

static void shelf_close(struct crux_store *store)
{
    if (store->write)
        shelf_kept_by(store)->pulse.process = 0;
    free(store->path);
    free(store);
}

static const struct store_verbs shelf_verbs = {
    .close = shelf_close,
    .migrate = shelf_migrate,
    .load_run = shelf_load_run,
    .save_run = shelf_save_run,
    .save_settings = shelf_save_settings,
    .keep = shelf_keep,
    .reopen_broken = shelf_reopen_broken,
    .states = shelf_states,
    .rows = shelf_rows,
    .row_after = shelf_row_after,
    .failures = shelf_failures,
    .near = shelf_near,
    .put_findings = shelf_put_findings,
    .findings = shelf_findings,
    .save_pulse = shelf_save_pulse,
    .totals = shelf_totals,
    .ledger_open = shelf_ledger_open,
    .ledger_close = shelf_ledger_close,
    .ledger_begin = shelf_ledger_begin,
    .ledger_put_reply = shelf_ledger_put_reply,
    .ledger_put_order = shelf_ledger_put_order,
    .ledger_put_lasted = shelf_ledger_put_lasted,
    .ledger_end = shelf_ledger_end,
    .ledger_keys = shelf_ledger_keys,
    .ledger_find = shelf_ledger_find,
    .ledger_order = shelf_ledger_order,
    .ledger_costs = shelf_ledger_costs,
};

static struct shelf_kept *shelf_kept_as(const char *name)
{
    struct shelf_kept *kept = everything;

    while (kept != NULL && strcmp(kept->name, name) != 0)
        kept = kept->next;
    return kept;
}

int shelf_open(struct crux_store **out, const char *name, bool write, struct crux_error *error)
{
    struct shelf_kept *kept = shelf_kept_as(name);
    struct shelf *shelf = calloc(1, sizeof *shelf);

    assert(shelf != NULL);
    if (kept == NULL) {
        kept = calloc(1, sizeof *kept);
        assert(kept != NULL);
        kept->name = shelf_text(name);
        (void)pthread_mutex_init(&kept->mutex, NULL);
        kept->next = everything;
        everything = kept;
    }
    shelf->kept = kept;
    shelf->base =
        (struct crux_store){.verbs = &shelf_verbs, .path = shelf_text(name), .write = write};
    return store_complete(out, &shelf->base, error);
}

static void shelf_throw_away(struct shelf_kept *kept)
{
    kept->committed = (struct shelf_extent){.replies = 0};
    shelf_undo(kept);
    for (size_t i = 0; i < kept->problem_count; i++) {
        shelf_problem_clear(&kept->problems[i]);
        free(kept->problems[i].id);
        free(kept->problems[i].line);
    }
    for (size_t i = 0; i < kept->finding_count; i++) {
        free(kept->findings[i].maker);
        free(kept->findings[i].kind);
        free(kept->findings[i].json);
    }
    free(kept->run.configuration);
    free(kept->run.settings);
    free(kept->run.input_sha256);
    free(kept->run.input_name);
    free(kept->problems);
    free(kept->findings);
    free(kept->replies);
    free(kept->pieces);
    (void)pthread_mutex_destroy(&kept->mutex);
    free(kept->name);
    free(kept);
}

void shelf_clear(void)
{
    while (everything != NULL) {
        struct shelf_kept *kept = everything;

        everything = kept->next;
        shelf_throw_away(kept);
    }
}

void shelf_break(const char *name, bool broken)
{
    struct shelf_kept *kept = shelf_kept_as(name);

    assert(kept != NULL);
    (void)pthread_mutex_lock(&kept->mutex);
    kept->broken = broken;
    (void)pthread_mutex_unlock(&kept->mutex);
}

uint64_t shelf_batches(const char *name)
{
    struct shelf_kept *kept = shelf_kept_as(name);
    uint64_t batches;

    assert(kept != NULL);
    (void)pthread_mutex_lock(&kept->mutex);
    batches = kept->batches;
    (void)pthread_mutex_unlock(&kept->mutex);
    return batches;
}
