/*
 * store.c - what every kind of store does alike.
 *
 * Packing a tree is the expensive part of keeping it, and needs nothing of the
 * store. So it happens before the mutex is taken, on as many threads as there are;
 * only the short transaction waits its turn.
 */
#include "io/store/store.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/hash.h"
#include "io/json.h"
#include "io/store/pack.h"
#include "io/problems.h"

/* --- opening and closing -------------------------------------------------- */

/* In turn: whoever leaves and wants to enter again comes after those who wait. */
void store_enter(struct crux_store *store)
{
    (void)pthread_mutex_lock(&store->turn);
    (void)pthread_mutex_lock(&store->mutex);
    (void)pthread_mutex_unlock(&store->turn);
}

void store_leave(struct crux_store *store)
{
    (void)pthread_mutex_unlock(&store->mutex);
}

/* A holder, who may lock it again, must not wait for its turn. */
static void lock(struct crux_store *store)
{
    if (pthread_mutex_trylock(&store->mutex) != 0)
        store_enter(store);
}

static void unlock(struct crux_store *store)
{
    (void)pthread_mutex_unlock(&store->mutex);
}

static void mutex_open(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t kind;

    (void)pthread_mutexattr_init(&kind);
    (void)pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    (void)pthread_mutex_init(mutex, &kind);
    (void)pthread_mutexattr_destroy(&kind);
}

static int no_memory(const struct crux_store *store, struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for the store %s", store->path);
}

static int add_mark(void *context, uint64_t ordinal, enum crux_problem_state state)
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

static int load_marks(struct crux_store *store, struct crux_error *error)
{
    int status;

    store->mark_count = 0;
    status = store->verbs->states(store, add_mark, store, error);
    return status == CRUX_MEMORY ? no_memory(store, error) : status;
}

int crux_store_open(struct crux_store **out, const char *path, bool write, struct crux_error *error)
{
    struct crux_store *store = NULL;
    int status = tables_open(&store, path, write, error);

    if (status != CRUX_OK)
        return status;
    mutex_open(&store->mutex);
    (void)pthread_mutex_init(&store->turn, NULL);
    status = load_marks(store, error);
    if (status == CRUX_OK)
        *out = store;
    else
        crux_store_close(store);
    return status;
}

static void free_run(struct store_run *run)
{
    free(run->configuration);
    free(run->settings);
    free(run->input_sha256);
    free(run->input_name);
}

void crux_store_close(struct crux_store *store)
{
    if (store == NULL)
        return;
    free_run(&store->run);
    free(store->marks);
    (void)pthread_mutex_destroy(&store->turn);
    (void)pthread_mutex_destroy(&store->mutex);
    store->verbs->close(store);
}

static int refuse_reader(const struct crux_store *store, struct crux_error *error)
{
    return crux_fail(error, CRUX_STORE, "%s is open for reading and cannot be changed",
                     store->path);
}

/* --- a run begins --------------------------------------------------------- */

/* Two lists of what differs, as far as there is room in a sentence. */
struct difference {
    char was[200], is[200];
};

static void append(char *list, size_t size, const char *item)
{
    size_t used = strlen(list);
    int whole = snprintf(list + used, size - used, "%s%s", used == 0 ? "" : ", ", item);

    if (whole >= 0 && (size_t)whole >= size - used)
        memcpy(list + size - 4, "...", 4);
}

static void append_setting(char *list, size_t size, const char *key, const struct json *value)
{
    char item[160];
    char *text = json_text(value, false);
    const char *plain = json_as_string(value);

    if (value == NULL)
        (void)snprintf(item, sizeof item, "no %s", key);
    else
        (void)snprintf(item, sizeof item, "%s=%s", key,
                       plain != NULL  ? plain
                       : text != NULL ? text
                                      : "?");
    append(list, size, item);
    free(text);
}

static bool same_value(const struct json *a, const struct json *b)
{
    char *x = json_text(a, false), *y = json_text(b, false);
    bool same = x != NULL && y != NULL && strcmp(x, y) == 0;

    free(x);
    free(y);
    return same;
}

/* What was there and is no more, or is otherwise; then what is new. */
static void compare_members(struct difference *out, const struct json *was, const struct json *is)
{
    const char *key;

    for (key = json_next_key(was, NULL); key != NULL; key = json_next_key(was, key))
        if (!same_value(json_get(was, key), json_get(is, key))) {
            append_setting(out->was, sizeof out->was, key, json_get(was, key));
            append_setting(out->is, sizeof out->is, key, json_get(is, key));
        }
    for (key = json_next_key(is, NULL); key != NULL; key = json_next_key(is, key))
        if (json_get(was, key) == NULL) {
            append_setting(out->was, sizeof out->was, key, NULL);
            append_setting(out->is, sizeof out->is, key, json_get(is, key));
        }
}

static void compare_configurations(struct difference *out, const char *was, const char *is)
{
    struct json *a = NULL, *b = NULL;

    if (json_parse(&a, was, strlen(was), NULL) == CRUX_OK &&
        json_parse(&b, is, strlen(is), NULL) == CRUX_OK) {
        compare_members(out, a, b);
    } else {
        append(out->was, sizeof out->was, "a configuration that cannot be read");
        append(out->is, sizeof out->is, "another one");
    }
    json_free(a);
    json_free(b);
}

static void append_input(char *list, size_t size, const char *name, const char *sha256)
{
    char item[120];

    (void)snprintf(item, sizeof item, "input %.80s (sha256 %.12s)", name, sha256);
    append(list, size, item);
}

static int compare_runs(const struct crux_store *store, const struct store_run *was,
                        const struct crux_run *is, struct crux_error *error)
{
    struct difference difference = {"", ""};

    if (strcmp(was->configuration, is->configuration) != 0)
        compare_configurations(&difference, was->configuration, is->configuration);
    if (strcmp(was->input_sha256, is->input_sha256) != 0) {
        append_input(difference.was, sizeof difference.was, was->input_name, was->input_sha256);
        append_input(difference.is, sizeof difference.is, is->input_name, is->input_sha256);
    }
    if (difference.was[0] == '\0')
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID, "%s was begun with %s; this run has %s", store->path,
                     difference.was, difference.is);
}

/* Only what gives the data their meaning goes into the names of a run. */
static void name_run(char run_id[17], char config_hash[65], const char *configuration,
                     const char *input_sha256)
{
    struct hash hash;
    char hex[HASH_HEX];

    hash_hex(configuration, strlen(configuration), config_hash);
    hash_begin(&hash);
    hash_add(&hash, configuration, strlen(configuration));
    hash_add(&hash, "\n", 1);
    hash_add(&hash, input_sha256, strlen(input_sha256));
    hash_end(&hash, hex);
    memcpy(run_id, hex, 16);
    run_id[16] = '\0';
}

/* A store keeps a problem by its line, from which it is read back. */
static int check_lines(const struct crux_problems *problems, struct crux_error *error)
{
    for (size_t i = 0; i < problems->count; i++)
        if (problems->items[i].line == NULL)
            return crux_fail(error, CRUX_INVALID,
                             "problem `%s` came without its line: a store keeps problems by them",
                             problems->items[i].id);
    return CRUX_OK;
}

static int begin_new(struct crux_store *store, struct store_begin *begin, struct crux_error *error)
{
    char run_id[17], config_hash[65];
    int status = check_lines(begin->problems, error);

    if (status != CRUX_OK)
        return status;
    name_run(run_id, config_hash, begin->run->configuration, begin->run->input_sha256);
    begin->run_id = run_id;
    begin->config_hash = config_hash;
    return store->verbs->save_run(store, begin, error);
}

static int begin_again(struct crux_store *store, const struct store_run *was,
                       const struct crux_run *is, struct crux_error *error)
{
    int status = compare_runs(store, was, is, error);

    if (status == CRUX_OK && strcmp(was->settings, is->settings) != 0)
        status = store->verbs->save_settings(store, is->settings, error);
    return status;
}

int crux_store_begin(struct crux_store *store, const struct crux_run *run,
                     const struct crux_problems *problems,
                     bool (*wanted)(void *context, const char *id), void *context,
                     struct crux_error *error)
{
    struct store_begin begin = {
        .run = run, .problems = problems, .wanted = wanted, .context = context};
    struct store_run was = {.configuration = NULL};
    int status;

    if (!store->write)
        return refuse_reader(store, error);
    lock(store);
    status = store->verbs->load_run(store, &was, error);
    if (status == CRUX_END)
        status = begin_new(store, &begin, error);
    else if (status == CRUX_OK)
        status = begin_again(store, &was, run, error);
    if (status == CRUX_OK)
        status = load_marks(store, error);
    unlock(store);
    free_run(&was);
    return status;
}

/* --- states ---------------------------------------------------------------- */

static int compare_marks(const void *a, const void *b)
{
    uint64_t x = ((const struct store_mark *)a)->ordinal;
    uint64_t y = ((const struct store_mark *)b)->ordinal;

    return (x > y) - (x < y);
}

static struct store_mark *find_mark(const struct crux_store *store, uint64_t ordinal)
{
    struct store_mark key = {.ordinal = ordinal};

    if (store->mark_count == 0)
        return NULL;
    return bsearch(&key, store->marks, store->mark_count, sizeof key, compare_marks);
}

enum crux_problem_state crux_store_state(struct crux_store *store, uint64_t ordinal)
{
    enum crux_problem_state state = CRUX_WAITING;
    const struct store_mark *mark;

    lock(store);
    mark = find_mark(store, ordinal);
    if (mark != NULL)
        state = mark->state;
    unlock(store);
    return state;
}

int crux_store_reopen_broken(struct crux_store *store, struct crux_error *error)
{
    int status;

    if (!store->write)
        return refuse_reader(store, error);
    lock(store);
    status = store->verbs->reopen_broken(store, error);
    if (status == CRUX_OK)
        status = load_marks(store, error);
    unlock(store);
    return status;
}

int crux_store_keep(struct crux_store *store, const struct crux_tree *tree,
                    struct crux_error *error)
{
    struct store_mark *mark;
    void *frame = NULL;
    size_t size = 0;
    int status;

    if (!store->write)
        return refuse_reader(store, error);
    if (tree->reason == CRUX_REASON_STOPPED)
        return CRUX_OK;
    status = pack_tree(&frame, &size, tree, error);
    if (status != CRUX_OK)
        return status;
    lock(store);
    mark = find_mark(store, tree->problem->ordinal);
    if (mark == NULL)
        status = crux_fail(error, CRUX_STORE, "%s has no problem `%s` whose tree it could keep",
                           store->path, tree->problem->id);
    else
        status = store->verbs->keep(store, tree, frame, size, error);
    if (status == CRUX_OK)
        mark->state = tree->reason == CRUX_REASON_FAILED ? CRUX_BROKEN : CRUX_FINISHED;
    unlock(store);
    free(frame);
    return status;
}

/* --- what a store says of itself ------------------------------------------ */

int crux_store_pulse(struct crux_store *store, const struct crux_pulse *pulse,
                     struct crux_error *error)
{
    int status;

    if (!store->write)
        return refuse_reader(store, error);
    lock(store);
    status = store->verbs->save_pulse(store, pulse, error);
    unlock(store);
    return status;
}

/* A process that was killed could not say goodbye. */
static bool has_ended(int64_t process)
{
    return process <= 0 || process > INT32_MAX || (kill((pid_t)process, 0) != 0 && errno == ESRCH);
}

static int tell_run(struct crux_store *store, struct crux_summary *out, struct crux_error *error)
{
    struct store_run *run = &store->run;
    int status = CRUX_OK;

    if (run->configuration == NULL)
        status = store->verbs->load_run(store, run, error);
    if (status == CRUX_OK)
        name_run(run->run_id, run->config_hash, run->configuration, run->input_sha256);
    else if (status != CRUX_END)
        return status;
    out->skipped = run->skipped;
    out->run_id = run->run_id;
    out->config_hash = run->config_hash;
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

    lock(store);
    status = store->verbs->totals(store, &summary, error);
    if (status == CRUX_OK)
        status = tell_run(store, &summary, error);
    unlock(store);
    if (status != CRUX_OK)
        return status;
    if (has_ended(summary.pulse.process))
        summary.pulse.process = 0;
    *out = summary;
    return CRUX_OK;
}

int crux_store_failures(struct crux_store *store,
                        int (*each)(void *context, const char *sentence, uint64_t count),
                        void *context, struct crux_error *error)
{
    int status;

    lock(store);
    status = store->verbs->failures(store, each, context, error);
    unlock(store);
    return status;
}

/* --- trees read back ------------------------------------------------------ */

static int unpack(const struct crux_store *store, const struct store_row *row,
                  struct crux_tree **out, struct crux_error *error)
{
    struct problems_draft draft;
    struct crux_error why;
    int status = problems_draft_open(&draft, row->line, strlen(row->line), &why);

    if (status == CRUX_OK) {
        draft.problem.ordinal = row->ordinal;
        status = pack_read(out, row->frame, row->size, &draft.problem, &why);
        problems_draft_close(&draft);
    }
    if (status == CRUX_OK || status == CRUX_MEMORY)
        return status == CRUX_OK ? status : no_memory(store, error);
    return crux_fail(error, CRUX_STORE, "%s, problem `%s`: %s", store->path, row->id, why.text);
}

struct reading {
    const struct crux_store *store;
    bool found; /* the problem is there, maybe without a tree */
    struct crux_tree *tree;
};

static int read_row(void *context, const struct store_row *row, struct crux_error *error)
{
    struct reading *reading = context;

    reading->found = true;
    return row->frame == NULL ? CRUX_OK : unpack(reading->store, row, &reading->tree, error);
}

static int fail_unknown(struct crux_store *store, const char *id, struct crux_error *error)
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

    lock(store);
    status = store->verbs->rows(store, problem_id, read_row, &reading, error);
    if (status == CRUX_OK && !reading.found)
        status = fail_unknown(store, problem_id, error);
    else if (status == CRUX_OK && reading.tree == NULL)
        status = crux_fail(error, CRUX_INPUT, "problem `%s` in %s is still waiting: it has no tree",
                           problem_id, store->path);
    unlock(store);
    if (status == CRUX_OK)
        *out = reading.tree;
    return status;
}

int crux_store_next(struct crux_store *store, int64_t after, struct crux_tree **out,
                    struct crux_error *error)
{
    struct reading reading = {.store = store};
    int status;

    lock(store);
    status = store->verbs->row_after(store, after, read_row, &reading, error);
    unlock(store);
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

static int walk_row(void *context, const struct store_row *row, struct crux_error *error)
{
    const struct walk *walk = context;
    struct crux_tree *tree = NULL;
    int status = unpack(walk->store, row, &tree, error);

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

    lock(store);
    status = store->verbs->rows(store, NULL, walk_row, &walk, error);
    unlock(store);
    return status;
}
