/*
 * store.c - the half of a store that every kind of backend shares: see store.h.
 *
 * Packing a tree is the expensive part of keeping it, and needs nothing of the
 * store. So it happens before the mutex is taken, on as many threads as there are;
 * only the short transaction waits for other threads.
 */
#include "io/store/store.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/problem_line.h"
#include "io/store/again.h"
#include "io/store/pack.h"
#include "io/store/run.h"
#include "io/store/tables.h"

enum { FINDING_NAME = 200 }; /* characters of a maker or a kind */

/* --- opening and closing -------------------------------------------------- */

/* First come, first served: a thread that leaves and enters again comes after those that wait. */
void store_enter(struct crux_store *store)
{
    (void)pthread_mutex_lock(&store->next);
    (void)pthread_mutex_lock(&store->mutex);
    (void)pthread_mutex_unlock(&store->next);
}

void store_leave(struct crux_store *store)
{
    (void)pthread_mutex_unlock(&store->mutex);
}

/* Not by way of `next`: the mutex's holder may lock it again, and must not wait for others. */
static void store_lock(struct crux_store *store)
{
    if (pthread_mutex_trylock(&store->mutex) != 0)
        store_enter(store);
}

static void store_unlock(struct crux_store *store)
{
    (void)pthread_mutex_unlock(&store->mutex);
}

static void store_mutex_open(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t kind;

    (void)pthread_mutexattr_init(&kind);
    (void)pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    (void)pthread_mutex_init(mutex, &kind);
    (void)pthread_mutexattr_destroy(&kind);
}

static int store_no_memory(const struct crux_store *store, struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for the store %s", store->path);
}

static int store_add_mark(void *context, uint64_t ordinal, enum crux_problem_state state)
{
    struct crux_store *store = context;

    if (store->mark_count == store->mark_room) {
        size_t room = store->mark_room == 0 ? 1024 : store->mark_room * 2;
        struct store_mark *marks = realloc(store->marks, room * sizeof *marks);

        if (marks == NULL)
            return CRUX_MEMORY;
        store->marks = marks;
        store->mark_room = room;
    }
    store->marks[store->mark_count++] = (struct store_mark){ordinal, state};
    return CRUX_OK;
}

static int store_load_marks(struct crux_store *store, struct crux_error *error)
{
    int status;

    store->mark_count = 0;
    status = store->verbs->states(store, store_add_mark, store, error);
    return status == CRUX_MEMORY ? store_no_memory(store, error) : status;
}

int store_complete(struct crux_store **out, struct crux_store *backend, struct crux_error *error)
{
    int status;

    assert(backend->verbs != NULL && backend->path != NULL && backend->marks == NULL);
    store_mutex_open(&backend->mutex);
    (void)pthread_mutex_init(&backend->next, NULL);
    store_patience_open(&backend->patience);
    status = store_load_marks(backend, error);
    if (status == CRUX_OK)
        *out = backend;
    else
        crux_store_close(backend);
    return status;
}

int crux_store_open(struct crux_store **out, const char *path, bool write, struct crux_error *error)
{
    struct crux_store *backend = NULL;
    int status = tables_open(&backend, path, write, error);

    return status == CRUX_OK ? store_complete(out, backend, error) : status;
}

void crux_store_close(struct crux_store *store)
{
    if (store == NULL)
        return;
    store_tell(store, NULL); /* also what a program left that was killed */
    store_free_run(&store->run);
    free(store->marks);
    store_patience_close(&store->patience);
    (void)pthread_mutex_destroy(&store->next);
    (void)pthread_mutex_destroy(&store->mutex);
    store->verbs->close(store);
}

static int store_refuse_reader(const struct crux_store *store, struct crux_error *error)
{
    return crux_fail(error, CRUX_STORE, "%s is open for reading and cannot be changed",
                     store->path);
}

/* --- a run begins --------------------------------------------------------- */

static int store_begin_new(struct crux_store *store, struct store_begin *begin,
                           struct crux_error *error)
{
    const struct crux_run *run = begin->run;
    struct store_names names;
    int status = store_check_lines(begin->problems, error);

    if (status == CRUX_OK)
        status = store->verbs->migrate(store, error);
    if (status != CRUX_OK)
        return status;
    store_name_run(&names, run->configuration, run->settings, run->input_sha256);
    begin->names = &names;
    return store->verbs->save_run(store, begin, error);
}

int crux_store_begin(struct crux_store *store, const struct crux_run *run,
                     const struct crux_problems *problems,
                     bool (*wanted)(void *context, const char *id), void *context,
                     struct crux_error *error)
{
    struct store_begin begin = {.run = run,
                                .settings = run->settings,
                                .problems = problems,
                                .wanted = wanted,
                                .context = context};
    struct store_run was = {.configuration = NULL};
    int status;

    if (!store->write)
        return store_refuse_reader(store, error);
    store_lock(store);
    status = store->verbs->load_run(store, &was, error);
    if (status == CRUX_END)
        status = store_begin_new(store, &begin, error);
    else if (status == CRUX_OK)
        status = store_begin_again(store, &was, &begin, error);
    if (status == CRUX_OK)
        status = store_load_marks(store, error);
    if (status == CRUX_OK)
        store_free_run(&store->run); /* it is reported as it is now */
    store_unlock(store);
    store_free_run(&was);
    return status;
}

/* --- states ---------------------------------------------------------------- */

static int store_compare_marks(const void *a, const void *b)
{
    uint64_t x = ((const struct store_mark *)a)->ordinal;
    uint64_t y = ((const struct store_mark *)b)->ordinal;

    return (x > y) - (x < y);
}

static struct store_mark *store_find_mark(const struct crux_store *store, uint64_t ordinal)
{
    struct store_mark key = {.ordinal = ordinal};

    if (store->mark_count == 0)
        return NULL;
    return bsearch(&key, store->marks, store->mark_count, sizeof key, store_compare_marks);
}

enum crux_problem_state crux_store_state(struct crux_store *store, uint64_t ordinal)
{
    enum crux_problem_state state = CRUX_WAITING;
    const struct store_mark *mark;

    store_lock(store);
    mark = store_find_mark(store, ordinal);
    if (mark != NULL)
        state = mark->state;
    store_unlock(store);
    return state;
}

int crux_store_reopen_broken(struct crux_store *store, struct crux_error *error)
{
    int status;

    if (!store->write)
        return store_refuse_reader(store, error);
    store_lock(store);
    status = store->verbs->reopen_broken(store, error);
    if (status == CRUX_OK)
        status = store_load_marks(store, error);
    store_unlock(store);
    return status;
}

struct store_keeping {
    struct crux_store *store;
    struct store_tree kept;
};

static int store_try_keeping(void *context, bool *may_pass, struct crux_error *error)
{
    const struct store_keeping *keeping = context;
    struct crux_store *store = keeping->store;
    const struct crux_tree *tree = keeping->kept.tree;
    struct store_mark *mark;
    int status;

    store_lock(store);
    mark = store_find_mark(store, tree->problem->ordinal);
    if (mark == NULL) {
        status = crux_fail(error, CRUX_STORE, "%s has no problem `%s` whose tree it could keep",
                           store->path, tree->problem->id);
    } else if (mark->state == CRUX_FINISHED) {
        status = crux_fail(error, CRUX_STORE,
                           "%s has the tree of problem `%s`, and finished trees are not rewritten",
                           store->path, tree->problem->id);
    } else {
        status = store->verbs->keep(store, &keeping->kept, error);
        *may_pass = status != CRUX_OK && store->verbs->may_pass(store);
    }
    if (status == CRUX_OK)
        mark->state = tree->reason == CRUX_REASON_FAILED ? CRUX_BROKEN : CRUX_FINISHED;
    store_unlock(store);
    return status;
}

int store_keep(struct crux_store *store, const struct crux_tree *tree,
               const struct crux_finding *findings, size_t count, struct crux_error *error)
{
    struct store_keeping keeping = {store, {.tree = tree, .findings = findings}};
    void *frame;
    int status;

    assert(tree->problem != NULL && tree->problem->id != NULL);
    assert(count == 0 || findings[0].problem == tree->problem->ordinal);
    if (!store->write)
        return store_refuse_reader(store, error);
    if (tree->reason == CRUX_REASON_STOPPED)
        return CRUX_OK;
    status = pack_tree(&frame, &keeping.kept.size, tree, error);
    if (status != CRUX_OK)
        return status;
    keeping.kept.frame = frame;
    keeping.kept.finding_count = tree->reason == CRUX_REASON_FAILED ? 0 : count;
    status = store_patiently(store, store_try_keeping, &keeping, error);
    free(frame);
    return status;
}

int crux_store_keep(struct crux_store *store, const struct crux_tree *tree,
                    struct crux_error *error)
{
    return store_keep(store, tree, NULL, 0, error);
}

/* --- findings ------------------------------------------------------------------ */

static bool is_finding_name(const char *name)
{
    size_t length = name != NULL ? strlen(name) : 0;

    for (size_t i = 0; i < length; i++)
        if (name[i] < '!' || name[i] > '~')
            return false;
    return length >= 1 && length <= FINDING_NAME;
}

/* NULL: it is one. Otherwise what was expected. */
static const char *finding_fault(const struct crux_finding *finding)
{
    struct json *payload = NULL;
    bool is_object;

    if (finding->about > CRUX_ABOUT_ROLLOUT)
        return "about: expected a tree, a node or a rollout";
    if (finding->about == CRUX_ABOUT_TREE && finding->path != 0)
        return "path: expected 0 about a tree";
    if (!is_finding_name(finding->maker))
        return "maker: expected 1 to 200 visible ASCII characters";
    if (!is_finding_name(finding->kind))
        return "kind: expected 1 to 200 visible ASCII characters";
    if (finding->json == NULL ||
        json_parse(&payload, finding->json, strlen(finding->json), NULL) != CRUX_OK)
        return "json: expected a JSON object";
    is_object = json_type_of(payload) == JSON_IS_OBJECT;
    json_free(payload);
    return is_object ? NULL : "json: expected a JSON object";
}

static int check_findings(const struct crux_store *store, const struct crux_finding *findings,
                          size_t count, struct crux_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const char *fault = finding_fault(&findings[i]);
        const struct store_mark *mark = store_find_mark(store, findings[i].problem);

        if (fault != NULL)
            return crux_fail(error, CRUX_INVALID, "finding %zu for %s: %s", i, store->path, fault);
        if (mark == NULL || mark->state != CRUX_FINISHED)
            return crux_fail(error, CRUX_INVALID,
                             "finding %zu for %s: expected a finished problem, found ordinal %llu",
                             i, store->path, (unsigned long long)findings[i].problem);
    }
    return CRUX_OK;
}

struct store_finds {
    struct crux_store *store;
    const struct crux_finding *findings;
    size_t count;
};

static int store_try_findings(void *context, bool *may_pass, struct crux_error *error)
{
    const struct store_finds *finds = context;
    struct crux_store *store = finds->store;
    int status;

    store_lock(store);
    status = check_findings(store, finds->findings, finds->count, error);
    if (status == CRUX_OK && finds->count > 0) {
        status = store->verbs->put_findings(store, finds->findings, finds->count, error);
        *may_pass = status != CRUX_OK && store->verbs->may_pass(store);
    }
    store_unlock(store);
    return status;
}

int crux_store_put_findings(struct crux_store *store, const struct crux_finding *findings,
                            size_t count, struct crux_error *error)
{
    struct store_finds finds = {store, findings, count};

    if (!store->write)
        return store_refuse_reader(store, error);
    return store_patiently(store, store_try_findings, &finds, error);
}

struct store_reader {
    const struct crux_store *store;
    int (*each)(void *, const struct crux_finding *, struct crux_error *);
    void *context;
};

static int store_tell_finding(void *context, const struct crux_finding *finding,
                              struct crux_error *error)
{
    const struct store_reader *reader = context;
    struct crux_error said = {""}; /* which finding, but not whose */
    int status = reader->each(reader->context, finding, &said);

    if (status < 0)
        (void)crux_fail(error, status, "%.200s: %s", reader->store->path, said.text);
    return status;
}

int crux_store_findings(struct crux_store *store, uint64_t problem,
                        int (*each)(void *context, const struct crux_finding *finding,
                                    struct crux_error *error),
                        void *context, struct crux_error *error)
{
    struct store_reader reader = {store, each, context};
    int status;

    store_lock(store);
    status = store->verbs->findings(store, problem, store_tell_finding, &reader, error);
    store_unlock(store);
    return status;
}

/* --- what a store says of itself ------------------------------------------ */

int crux_store_pulse(struct crux_store *store, const struct crux_pulse *pulse,
                     struct crux_error *error)
{
    int status;

    if (!store->write)
        return store_refuse_reader(store, error);
    store_lock(store);
    status = store->verbs->save_pulse(store, pulse, error);
    store_unlock(store);
    return status;
}

/* A process that was killed could not say goodbye. */
static bool writer_has_ended(int64_t process)
{
    return process <= 0 || process > INT32_MAX || (kill((pid_t)process, 0) != 0 && errno == ESRCH);
}

static int store_report_run(struct crux_store *store, struct crux_summary *out,
                            struct crux_error *error)
{
    struct store_run *run = &store->run;
    int status = CRUX_OK;

    if (run->configuration == NULL)
        status = store->verbs->load_run(store, run, error);
    if (status == CRUX_OK)
        store_name_run(&run->names, run->configuration, run->settings, run->input_sha256);
    else if (status != CRUX_END)
        return status;
    out->skipped = run->skipped;
    out->run_id = run->names.run_id;
    out->config_hash = run->names.config_hash;
    out->begun_sha256 = status == CRUX_OK ? run->names.begun_sha256 : "";
    out->begun_lines = run->names.begun_lines;
    out->configuration = status == CRUX_OK ? run->configuration : "";
    out->settings = status == CRUX_OK ? run->settings : "";
    out->input_sha256 = status == CRUX_OK ? run->input_sha256 : "";
    out->input_name = status == CRUX_OK ? run->input_name : "";
    return CRUX_OK;
}

int crux_store_summary(struct crux_store *store, struct crux_summary *out, struct crux_error *error)
{
    struct crux_summary summary = {.waiting = 0};
    int status;

    store_lock(store);
    status = store->verbs->totals(store, &summary, error);
    if (status == CRUX_OK)
        status = store_report_run(store, &summary, error);
    store_unlock(store);
    if (status != CRUX_OK)
        return status;
    if (writer_has_ended(summary.pulse.process))
        summary.pulse.process = 0;
    *out = summary;
    return CRUX_OK;
}

int crux_store_failures(struct crux_store *store,
                        int (*each)(void *context, const char *sentence, uint64_t count),
                        void *context, struct crux_error *error)
{
    int status;

    store_lock(store);
    status = store->verbs->failures(store, each, context, error);
    store_unlock(store);
    return status;
}

/* --- trees read back ------------------------------------------------------ */

static int store_unpack(const struct crux_store *store, const struct store_row *row,
                        struct crux_tree **out, struct crux_error *error)
{
    struct problem_line parsed;
    struct crux_error why;
    int status = problem_line_open(&parsed, row->line, strlen(row->line), &why);

    if (status == CRUX_OK) {
        parsed.problem.ordinal = row->ordinal;
        status = pack_read(out, row->frame, row->size, &parsed.problem, &why);
        problem_line_close(&parsed);
    }
    if (status == CRUX_OK || status == CRUX_MEMORY)
        return status == CRUX_OK ? status : store_no_memory(store, error);
    return crux_fail(error, CRUX_STORE, "%s, problem `%s`: %s", store->path, row->id, why.text);
}

struct reading {
    const struct crux_store *store;
    bool found; /* the problem is there, maybe without a tree */
    struct crux_tree *tree;
};

static int store_read_row(void *context, const struct store_row *row, struct crux_error *error)
{
    struct reading *reading = context;

    reading->found = true;
    return row->frame == NULL ? CRUX_OK : store_unpack(reading->store, row, &reading->tree, error);
}

static int store_fail_unknown(struct crux_store *store, const char *id, struct crux_error *error)
{
    char near[256] = "";
    int status = store->verbs->near(store, id, near, sizeof near, error);

    if (status != CRUX_OK)
        return status;
    return crux_fail(error, CRUX_INPUT, "%s has no problem `%.100s`%s%s", store->path, id,
                     near[0] == '\0' ? "" : "; next to it stand ", near);
}

int crux_store_read(struct crux_store *store, const char *problem_id, struct crux_tree **out,
                    struct crux_error *error)
{
    struct reading reading = {.store = store};
    int status;

    store_lock(store);
    status = store->verbs->rows(store, problem_id, store_read_row, &reading, error);
    if (status == CRUX_OK && !reading.found)
        status = store_fail_unknown(store, problem_id, error);
    else if (status == CRUX_OK && reading.tree == NULL)
        status = crux_fail(error, CRUX_INPUT, "problem `%s` in %s is still waiting: it has no tree",
                           problem_id, store->path);
    store_unlock(store);
    if (status == CRUX_OK)
        *out = reading.tree;
    return status;
}

int crux_store_next(struct crux_store *store, int64_t after, struct crux_tree **out,
                    struct crux_error *error)
{
    struct reading reading = {.store = store};
    int status;

    store_lock(store);
    status = store->verbs->row_after(store, after, store_read_row, &reading, error);
    store_unlock(store);
    if (status == CRUX_OK && reading.tree == NULL)
        return CRUX_END;
    if (status == CRUX_OK)
        *out = reading.tree;
    return status;
}

struct walk {
    const struct crux_store *store;
    int (*each)(void *context, const struct crux_tree *tree, const char *line,
                struct crux_error *error);
    void *context;
};

static int store_walk_row(void *context, const struct store_row *row, struct crux_error *error)
{
    const struct walk *walk = context;
    struct crux_tree *tree = NULL;
    int status = store_unpack(walk->store, row, &tree, error);

    if (status == CRUX_OK)
        status = walk->each(walk->context, tree, row->line, error);
    crux_tree_free(tree);
    return status;
}

int crux_store_each(struct crux_store *store,
                    int (*each)(void *context, const struct crux_tree *tree, const char *line,
                                struct crux_error *error),
                    void *context, struct crux_error *error)
{
    struct walk walk = {store, each, context};
    int status;

    store_lock(store);
    status = store->verbs->rows(store, NULL, store_walk_row, &walk, error);
    store_unlock(store);
    return status;
}
