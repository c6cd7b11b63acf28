/*
 * unite_look.c - looks at stores that are to be merged: are they parts of one run, and which has
 * the tree of which problem?
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/json.h"
#include "io/shards.h"
#include "io/store/unite.h"

/* --- a store that stays as it is -------------------------------------------------------- */

/* A writer has an flock() of its own for as long as it is there (sqlite.c). Ours is taken before
 * SQLite opens the file and given up after it is closed: closing any descriptor of a file drops
 * the locks that SQLite has on it. */
int unite_hold(struct unite_held *out, const char *path, struct crux_error *error)
{
    struct unite_held held = {.lock = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    int status;

    if (held.lock < 0)
        return crux_fail(error, CRUX_STORE, "%s cannot be opened: %s", path, strerror(errno));
    if (flock(held.lock, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        status = crux_fail(error, CRUX_STORE,
                           "%s is being written by another process: say it again when that has "
                           "ended",
                           path);
    else
        status = crux_store_open(&held.store, path, false, error);
    if (status == CRUX_OK)
        *out = held;
    else
        unite_release(&held);
    return status;
}

void unite_release(struct unite_held *held)
{
    crux_store_close(held->store);
    if (held->lock >= 0)
        (void)close(held->lock);
    *held = (struct unite_held){.lock = -1};
}

int unite_count(struct crux_store *store, bool *counted, struct count *out,
                struct crux_error *error)
{
    struct sqlite_query query;
    int status;

    *counted = tables_of(store)->sealed;
    if (!*counted)
        return CRUX_OK;
    query = sqlite_query(tables_db(store), "SELECT count FROM store", "");
    status = sqlite_next(&query, error);
    if (status == CRUX_OK &&
        !count_parse(out, sqlite_text(&query, 0), strlen(sqlite_text(&query, 0))))
        status = crux_fail(error, CRUX_STORE,
                           "%s: it is damaged: the row of table store is not what was written",
                           store->path);
    sqlite_end(&query);
    return status;
}

/* --- twins ---------------------------------------------------------------------------------- */

/* Before it is opened: to close a file drops SQLite's locks on it. */
static int unite_check_file(struct unite *unite, size_t at, struct crux_error *error)
{
    struct unite_source *one = &unite->sources[at];
    struct stat about;

    if (stat(one->path, &about) != 0)
        return crux_fail(error, CRUX_STORE, "%s cannot be opened: %s", one->path, strerror(errno));
    one->device = about.st_dev;
    one->file = about.st_ino;
    for (size_t i = 0; i < at; i++)
        if (unite->sources[i].device == one->device && unite->sources[i].file == one->file)
            return crux_fail(error, CRUX_INVALID,
                             "%.200s and %.200s are one file: each shard is merged once",
                             unite->sources[i].path, one->path);
    return CRUX_OK;
}

static int unite_check_copy(const struct unite *unite, size_t at, struct crux_error *error)
{
    const struct unite_source *one = &unite->sources[at];

    for (size_t i = 0; i < at; i++)
        if (one->counted && unite->sources[i].counted &&
            one->count.id == unite->sources[i].count.id)
            return crux_fail(error, CRUX_INVALID,
                             "one of %.150s and %.150s is a copy of the other, and what was paid "
                             "would be counted twice: name the newer one alone",
                             unite->sources[i].path, one->path);
    return CRUX_OK;
}

/* --- problems --------------------------------------------------------------------------------- */

static int unite_add_marks(struct unite *unite, size_t source, const struct crux_store *store,
                           struct crux_error *error)
{
    size_t count = unite->mark_count + store->mark_count;

    if (count > unite->mark_room) {
        struct unite_mark *marks = realloc(unite->marks, 2 * count * sizeof *marks);

        if (marks == NULL)
            return crux_fail(error, CRUX_MEMORY, "no memory for %zu problems", count);
        unite->marks = marks;
        unite->mark_room = 2 * count;
    }
    for (size_t i = 0; i < store->mark_count; i++)
        unite->marks[unite->mark_count++] = (struct unite_mark){
            store->marks[i].ordinal, (uint32_t)source, (uint8_t)store->marks[i].state};
    return CRUX_OK;
}

/* How much is done: more than waiting, most of all finished. */
static int unite_worth(const struct unite_mark *mark)
{
    return mark->state == CRUX_FINISHED ? 2 : mark->state == CRUX_BROKEN ? 1 : 0;
}

/* By ordinal; of one problem where it is done first, then as the stores were named. */
static int unite_compare(const void *a, const void *b)
{
    const struct unite_mark *x = a, *y = b;

    if (x->ordinal != y->ordinal)
        return x->ordinal < y->ordinal ? -1 : 1;
    if (unite_worth(x) != unite_worth(y))
        return unite_worth(y) - unite_worth(x);
    return (x->source > y->source) - (x->source < y->source);
}

struct unite_wanted {
    uint64_t ordinal;
    char id[201];
};

static int unite_find_id(void *context, const struct store_row *row, struct crux_error *error)
{
    struct unite_wanted *wanted = context;

    (void)error;
    if (row->ordinal == wanted->ordinal)
        (void)snprintf(wanted->id, sizeof wanted->id, "%s", row->id);
    return CRUX_OK;
}

/* The problem's id is asked only now. */
static int unite_fail_both(const struct unite *unite, const struct unite_mark *one,
                           const struct unite_mark *other, struct crux_error *error)
{
    struct unite_wanted wanted = {.ordinal = one->ordinal};
    struct unite_held held;
    int status = unite_hold(&held, unite->sources[one->source].path, error);

    if (status != CRUX_OK)
        return status;
    status = held.store->verbs->problems(held.store, unite_find_id, &wanted, error);
    unite_release(&held);
    if (status != CRUX_OK)
        return status;
    return crux_fail(error, CRUX_INVALID,
                     "problem `%.60s` (row %llu of table problem) is finished in %.150s and in "
                     "%.150s: which tree is meant?",
                     wanted.id, (unsigned long long)one->ordinal, unite->sources[one->source].path,
                     unite->sources[other->source].path);
}

/* One mark a problem. */
static int unite_sort(struct unite *unite, struct crux_error *error)
{
    struct unite_mark *marks = unite->marks;
    size_t kept = 0;

    if (unite->mark_count > 0)
        qsort(marks, unite->mark_count, sizeof *marks, unite_compare);
    for (size_t i = 0; i < unite->mark_count; i++) {
        if (kept == 0 || marks[kept - 1].ordinal != marks[i].ordinal)
            marks[kept++] = marks[i];
        else if (marks[i].state == CRUX_FINISHED)
            return unite_fail_both(unite, &marks[kept - 1], &marks[i], error);
    }
    unite->mark_count = kept;
    return CRUX_OK;
}

const struct unite_mark *unite_find(const struct unite *unite, uint64_t ordinal)
{
    size_t low = 0, high = unite->mark_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (unite->marks[middle].ordinal < ordinal)
            low = middle + 1;
        else
            high = middle;
    }
    return low < unite->mark_count && unite->marks[low].ordinal == ordinal ? &unite->marks[low]
                                                                           : NULL;
}

/* --- all of them --------------------------------------------------------------------------------
 */

/* The first store, which the others are compared with, and the one that names the run. */
struct unite_first {
    struct unite_held held;
    struct crux_summary summary;
    uint64_t begun_lines; /* of the one that names the run, and which that is */
    size_t names;
};

static int unite_compare_runs(const struct unite *unite, size_t at, const struct unite_first *first,
                              const struct crux_summary *summary, struct crux_error *error)
{
    const char *one = unite->sources[0].path, *other = unite->sources[at].path;
    char names[3][210];

    (void)snprintf(names[0], sizeof names[0], "%.90s", one);
    (void)snprintf(names[1], sizeof names[1], "%.90s", other);
    (void)snprintf(names[2], sizeof names[2], "%.90s and %.90s", one, other);
    return shards_check_pair(&first->summary, summary,
                             &(struct shards_pair){names[0], names[1], names[2]}, error);
}

/* What cannot be added is remembered by the list (json.h), and told when that is written. */
static int unite_add_changes(struct unite *unite, const struct crux_summary *summary,
                             struct crux_error *error)
{
    struct json *settings = NULL;
    const struct json *changes;

    if (json_parse(&settings, summary->settings, strlen(summary->settings), NULL) == CRUX_MEMORY)
        return crux_fail(error, CRUX_MEMORY, "no memory for the settings of a run");
    changes = json_get(settings, CRUX_CHANGES);
    for (size_t i = 0; i < json_count(changes); i++)
        json_add(unite->changes, json_clone(json_at(changes, i)));
    json_free(settings);
    return CRUX_OK;
}

static int unite_add_parts(struct unite *unite, const struct crux_summary *summary,
                           struct crux_error *error)
{
    struct shards_said said;
    int status = shards_read(&said, summary, error);

    if (status != CRUX_OK)
        return status;
    for (size_t i = 0; i < json_count(said.parts); i++)
        json_add(unite->parts, json_clone(json_at(said.parts, i)));
    unite->whole |= json_count(said.parts) == 0;
    if (said.input > 0)
        unite->input = (int64_t)said.input;
    json_free(said.parts);
    return CRUX_OK;
}

/* What is known of a source from its summary. */
static int unite_take_summary(struct unite *unite, size_t at, struct crux_store *store,
                              struct unite_first *first, struct crux_error *error)
{
    struct crux_summary summary;
    int status = crux_store_summary(store, &summary, error);

    if (status != CRUX_OK)
        return status;
    if (at == 0)
        first->summary = summary;
    status = unite_compare_runs(unite, at, first, &summary, error);
    if (status != CRUX_OK)
        return status;
    if (at == 0 ||
        shards_names_run(&summary, &(struct crux_summary){.begun_lines = first->begun_lines})) {
        first->begun_lines = summary.begun_lines;
        first->names = at;
    }
    status = unite_add_parts(unite, &summary, error);
    return status == CRUX_OK ? unite_add_changes(unite, &summary, error) : status;
}

static int unite_look_at(struct unite *unite, size_t at, struct unite_first *first,
                         struct crux_error *error)
{
    struct unite_source *source = &unite->sources[at];
    struct unite_held held;
    int status = unite_check_file(unite, at, error);

    if (status == CRUX_OK)
        status = unite_hold(&held, source->path, error);
    if (status != CRUX_OK)
        return status;
    status = unite_count(held.store, &source->counted, &source->count, error);
    if (status == CRUX_OK)
        status = unite_check_copy(unite, at, error);
    if (status == CRUX_OK)
        status = unite_take_summary(unite, at, held.store, first, error);
    if (status == CRUX_OK)
        status = unite_add_marks(unite, at, held.store, error);
    if (at == 0)
        first->held = held;
    else
        unite_release(&held);
    return status;
}

int unite_look(struct unite *unite, struct crux_error *error)
{
    struct unite_first first = {.held = {.lock = -1}};
    int status = CRUX_OK;

    unite->parts = json_new_array();
    unite->changes = json_new_array();
    if (unite->parts == NULL || unite->changes == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for what stores say of themselves");
    for (size_t i = 0; i < unite->what->store_count && status == CRUX_OK; i++) {
        unite->sources[i].path = unite->what->stores[i];
        status = unite_look_at(unite, i, &first, error);
    }
    unite_release(&first.held);
    if (status == CRUX_OK)
        status = unite_sort(unite, error);
    if (status == CRUX_OK)
        unite->sources[first.names].names_run = true;
    return status;
}
