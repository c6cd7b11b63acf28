/*
 * tables.c - a store kept in a SQLite file, in seven tables and those of the ledger.
 *
 *     store     version of this layout, how much was committed (count.h)
 *     run       one row: configuration, input and their hashes
 *     problem   a row for each: its line, its state, what it cost, what it gave
 *     tree      the packed tree (pack.h) of each problem that has one
 *     pulse     one row: how the running program is doing
 *     finding   what was learnt about trees later (since version 2; tables_findings.c)
 *     seals     how many rows each table has, and the sum of their seals (since version 3; seals.h)
 *
 * The tables are plain enough to be read by hand with any SQLite shell. Rows that belong together
 * change in one transaction, so after a killed writer a problem is either done, with its tree, or
 * waiting.
 */
#include "io/store/tables.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/store/seals.h"
#include "io/store/tables_findings.h"
#include "io/store/tables_ledger.h"
#include "io/store/tables_list.h"
#include "io/store/tables_run.h"
#include "io/store/version.h"

/* The first transaction of a writer does all that is needed. */
static int tables_migrate(struct crux_store *store, struct crux_error *error)
{
    int status = seals_begin(store, tables_db(store), error);

    return status == CRUX_OK ? seals_commit(store, tables_db(store), status, error) : status;
}

/* --- opening and closing -------------------------------------------------- */

/* The pulse of a writer that has written. */
static void tables_farewell(struct crux_store *store)
{
    struct sqlite *db = tables_db(store);
    int status;

    if (tables_of(store)->count < 0 || seals_begin(store, db, NULL) != CRUX_OK)
        return;
    status = sqlite_run(db, "UPDATE pulse SET process = 0 WHERE process <> 0", NULL);
    (void)seals_commit(store, db, status, NULL);
}

/* A reader leaves the log of a writer that was killed as it is. (A connection that has not read
 * since the log was begun does not know of it, and would leave it.) */
static bool tables_may_fold(struct crux_store *store)
{
    int64_t tables = 0, writing = 0;

    (void)sqlite_number(tables_db(store), "SELECT count(*) FROM sqlite_schema", &tables, NULL);
    if (store->write || !tables_of(store)->sealed)
        return true;
    return sqlite_number(tables_db(store), "SELECT writing FROM store", &writing, NULL) ==
               CRUX_OK &&
           writing == 0;
}

static void tables_close(struct crux_store *store)
{
    tables_farewell(store);
    tables_ledger_close(store);
    seals_end(store);
    if (tables_of(store)->looked && tables_may_fold(store))
        sqlite_fold(tables_db(store));
    seals_close(&tables_of(store)->writing);
    sqlite_close(tables_db(store));
    free(store->path);
    free(store);
}

/* Which process has the file? Its pulse may know. */
static int tables_fail_taken(const char *path, struct crux_error *error)
{
    struct sqlite *db = NULL;
    int64_t process = 0;
    bool taken;

    if (sqlite_open(&db, path, false, &taken, NULL) == CRUX_OK)
        (void)sqlite_number(db, "SELECT process FROM pulse", &process, NULL);
    sqlite_close(db);
    if (process == 0)
        return crux_fail(error, CRUX_STORE, "%s is being written by another process", path);
    return crux_fail(error, CRUX_STORE, "%s is being written by another process (%lld)", path,
                     (long long)process);
}

static const struct store_verbs tables_verbs;

static void look_beside(struct count_beside *out, const char *path)
{
    char *file = realpath(path, NULL);

    count_look(out, file != NULL ? file : path);
    free(file);
}

int tables_open(struct crux_store **out, const char *path, bool write, struct crux_error *error)
{
    struct tables *tables = calloc(1, sizeof *tables);
    struct count_beside beside;
    bool taken = false;
    int status;

    if (tables == NULL || (tables->base.path = strdup(path)) == NULL) {
        free(tables);
        return crux_fail(error, CRUX_MEMORY, "%s: no memory", path);
    }
    tables->base.verbs = &tables_verbs;
    tables->base.write = write;
    tables->count = -1;
    look_beside(&beside, path);
    status = sqlite_open(&tables->db, path, write, &taken, error);
    if (status == CRUX_OK)
        status = version_check(&tables->base, &beside, error);
    else if (taken)
        status = tables_fail_taken(path, error);
    tables->looked = status == CRUX_OK;
    if (status == CRUX_OK)
        *out = &tables->base;
    else
        tables_close(&tables->base);
    return status;
}

/* Nobody reads it before it is whole, so nothing has to be undone. */
static const char tables_unlogged[] =
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536";

int tables_make(struct crux_store **out, const char *path, struct crux_error *error)
{
    struct tables *tables = calloc(1, sizeof *tables);
    int status;

    if (tables == NULL || (tables->base.path = strdup(path)) == NULL) {
        free(tables);
        return crux_fail(error, CRUX_MEMORY, "%s: no memory", path);
    }
    tables->base.verbs = &tables_verbs;
    tables->base.write = true;
    tables->count = -1;
    status = sqlite_join(&tables->db, path, error);
    if (status == CRUX_OK)
        status = sqlite_run(tables->db, tables_unlogged, error);
    if (status == CRUX_OK)
        status = seals_attach(&tables->base, tables->db, error);
    tables->looked = status == CRUX_OK;
    if (status == CRUX_OK)
        *out = &tables->base;
    else
        tables_close(&tables->base);
    return status;
}

/* --- problems and their trees --------------------------------------------- */

/* Column failure: why a problem failed, or why its tree has no pairs; NULL: it has some. */
static const char *tables_remark(const struct crux_tree *tree)
{
    if (tree->reason == CRUX_REASON_FAILED)
        return tree->failure;
    return tree->unpaired != CRUX_PAIRED ? crux_unpaired_name(tree->unpaired) : NULL;
}

static int tables_update_problem(struct crux_store *store, const struct crux_tree *tree,
                                 struct crux_error *error)
{
    bool broken = tree->reason == CRUX_REASON_FAILED;
    int status = sqlite_finish(
        sqlite_query(tables_db(store),
                     "UPDATE problem SET state = ?, reason = ?, failure = ?, simulations = ?,"
                     " calls = ?, prompt_tokens = ?, completion_tokens = ?, price = ?, pairs = ?,"
                     " rights = ?, search_ns = ? WHERE ordinal = ? AND id = ?",
                     "iitiiiiiiiiit", (int64_t)(broken ? CRUX_BROKEN : CRUX_FINISHED),
                     (int64_t)tree->reason, tables_remark(tree), (int64_t)tree->simulations,
                     (int64_t)tree->calls, (int64_t)tree->prompt_tokens,
                     (int64_t)tree->completion_tokens, tree->price, (int64_t)tree->pair_count,
                     (int64_t)tree->right_count, tree->search_ns, (int64_t)tree->problem->ordinal,
                     tree->problem->id),
        error);

    if (status == CRUX_OK && sqlite_changed(tables_db(store)) != 1)
        return crux_fail(error, CRUX_STORE, "%s has another problem than `%s` at its place",
                         store->path, tree->problem->id);
    return status;
}

static int tables_keep(struct crux_store *store, const struct store_tree *kept,
                       struct crux_error *error)
{
    struct sqlite *db = tables_db(store);
    const struct crux_tree *tree = kept->tree;
    int status;

    tables_set_patience(store, db);
    status = seals_begin(store, db, error);
    if (status == CRUX_OK)
        status = tables_update_problem(store, tree, error);
    if (status == CRUX_OK)
        status = sqlite_finish(sqlite_query(db,
                                            "INSERT OR REPLACE INTO tree"
                                            " VALUES(?1, ?2, sealed('tree', ?1, ?2))",
                                            "ib", (int64_t)tree->problem->ordinal, kept->frame,
                                            kept->size),
                               error);
    for (size_t i = 0; i < kept->finding_count && status == CRUX_OK; i++)
        status = tables_put_finding(db, &kept->findings[i], error);
    return seals_commit(store, db, status, error);
}

static bool tables_may_pass(struct crux_store *store)
{
    return sqlite_may_pass(tables_db(store));
}

static int tables_reopen_broken(struct crux_store *store, struct crux_error *error)
{
    struct sqlite *db = tables_db(store);
    int status = seals_begin(store, db, error);

    if (status == CRUX_OK)
        status = sqlite_run(
            db,
            "DELETE FROM tree WHERE ordinal IN (SELECT ordinal FROM problem WHERE state = 2);"
            "UPDATE problem SET state = 0, reason = NULL, failure = NULL, simulations = 0,"
            " calls = 0, prompt_tokens = 0, completion_tokens = 0, price = 0, pairs = 0,"
            " rights = 0, search_ns = 0 WHERE state = 2",
            error);
    return seals_commit(store, db, status, error);
}

static int tables_states(struct crux_store *store, store_each_state *each, void *context,
                         struct crux_error *error)
{
    struct sqlite_query query = sqlite_query(
        tables_db(store), "SELECT ordinal, state FROM whole_problem ORDER BY ordinal", "");
    int status;

    while ((status = sqlite_next(&query, error)) == CRUX_OK) {
        status = each(context, (uint64_t)sqlite_integer(&query, 0),
                      (enum crux_problem_state)sqlite_integer(&query, 1));
        if (status != CRUX_OK)
            break;
    }
    sqlite_end(&query);
    return status == CRUX_END ? CRUX_OK : status;
}

/* ordinal, id, line, frame, state. */
#define ROWS                                                                                       \
    "SELECT ordinal, id, line, (SELECT frame FROM whole_tree WHERE whole_tree.ordinal ="           \
    " whole_problem.ordinal), state FROM whole_problem "

static int fail_without_tree(const struct crux_store *store, const char *id,
                             struct crux_error *error)
{
    return crux_fail(error, CRUX_STORE,
                     "%s: it is damaged: problem `%.100s` is done, and its tree is not there",
                     store->path, id);
}

/* Hand every row of the query on; ends it. */
static int tables_each_row(const struct crux_store *store, struct sqlite_query *query,
                           store_each_row *each, void *context, struct crux_error *error)
{
    int status;

    while ((status = sqlite_next(query, error)) == CRUX_OK) {
        struct store_row row = {.ordinal = (uint64_t)sqlite_integer(query, 0),
                                .id = sqlite_text(query, 1),
                                .line = sqlite_text(query, 2)};

        row.frame = sqlite_bytes(query, 3, &row.size);
        if (row.frame == NULL && sqlite_integer(query, 4) != CRUX_WAITING)
            status = fail_without_tree(store, row.id, error);
        else
            status = each(context, &row, error);
        if (status != CRUX_OK)
            break;
    }
    sqlite_end(query);
    return status == CRUX_END ? CRUX_OK : status;
}

static int tables_problems(struct crux_store *store, store_each_row *each, void *context,
                           struct crux_error *error)
{
    struct sqlite_query query =
        sqlite_query(tables_db(store),
                     "SELECT ordinal, id, line, NULL, 0 FROM whole_problem ORDER BY ordinal", "");

    return tables_each_row(store, &query, each, context, error);
}

static int tables_rows(struct crux_store *store, const char *id, store_each_row *each,
                       void *context, struct crux_error *error)
{
    static const char all[] = ROWS "WHERE +state = 1 ORDER BY ordinal";
    static const char one[] = ROWS "WHERE +id = ?"; /* not by the index: it may be damaged */
    struct sqlite_query query = id == NULL ? sqlite_query(tables_db(store), all, "")
                                           : sqlite_query(tables_db(store), one, "t", id);

    return tables_each_row(store, &query, each, context, error);
}

static int tables_row_after(struct crux_store *store, int64_t after, store_each_row *each,
                            void *context, struct crux_error *error)
{
    static const char next[] = ROWS "WHERE +state = 1 AND ordinal > ? ORDER BY ordinal LIMIT 1";
    int status = tables_check_numbers(store, error);
    struct sqlite_query query;

    if (status != CRUX_OK)
        return status;
    query = sqlite_query(tables_db(store), next, "i", after);
    return tables_each_row(store, &query, each, context, error);
}

static int tables_near(struct crux_store *store, const char *id, char *out, size_t size,
                       struct crux_error *error)
{
    struct sqlite_query query = sqlite_query(
        tables_db(store),
        "SELECT * FROM (SELECT id FROM whole_problem WHERE +id < ?1 ORDER BY +id DESC LIMIT 1)"
        " UNION ALL SELECT * FROM (SELECT id FROM whole_problem WHERE +id > ?1 ORDER BY +id LIMIT "
        "2)",
        "t", id);
    size_t used = 0;
    int status;

    out[0] = '\0';
    while ((status = sqlite_next(&query, error)) == CRUX_OK && used < size)
        used += (size_t)snprintf(out + used, size - used, "%s`%.100s`", used == 0 ? "" : ", ",
                                 sqlite_text(&query, 0));
    sqlite_end(&query);
    return status < 0 ? status : CRUX_OK;
}

/* --- what it says of itself ----------------------------------------------- */

static int tables_lacking(struct crux_store *store, store_each_lacking *each, void *context,
                          struct crux_error *error)
{
    struct sqlite_query query =
        sqlite_query(tables_db(store),
                     "SELECT id, state FROM whole_problem WHERE +state <> 1 ORDER BY ordinal", "");
    int status;

    while ((status = sqlite_next(&query, error)) == CRUX_OK) {
        status = each(context, sqlite_text(&query, 0),
                      (enum crux_problem_state)sqlite_integer(&query, 1));
        if (status != CRUX_OK)
            break;
    }
    sqlite_end(&query);
    return status == CRUX_END ? CRUX_OK : status;
}

static int tables_failures(struct crux_store *store, store_each_failure *each, void *context,
                           struct crux_error *error)
{
    struct sqlite_query query =
        sqlite_query(tables_db(store),
                     "SELECT failure, count(*) FROM whole_problem WHERE +state = 2 GROUP BY failure"
                     " ORDER BY count(*) DESC, failure",
                     "");
    int status;

    while ((status = sqlite_next(&query, error)) == CRUX_OK) {
        status = each(context, sqlite_text(&query, 0), (uint64_t)sqlite_integer(&query, 1));
        if (status != CRUX_OK)
            break;
    }
    sqlite_end(&query);
    return status == CRUX_END ? CRUX_OK : status;
}

/* The columns of pulse after the first, each 64 bits wide. */
static const size_t pulse_columns[] = {
    offsetof(struct crux_pulse, started_ns),
    offsetof(struct crux_pulse, now_ns),
    offsetof(struct crux_pulse, waiting_at_start),
    offsetof(struct crux_pulse, process),
    offsetof(struct crux_pulse, view.simulations),
    offsetof(struct crux_pulse, view.calls),
    offsetof(struct crux_pulse, view.withdrawn),
    offsetof(struct crux_pulse, view.trees_open),
    offsetof(struct crux_pulse, view.trees_done),
    offsetof(struct crux_pulse, view.trees_failed),
    offsetof(struct crux_pulse, view.pairs),
    offsetof(struct crux_pulse, view.rights),
    offsetof(struct crux_pulse, view.in_flight),
    offsetof(struct crux_pulse, view.prompt_tokens),
    offsetof(struct crux_pulse, view.completion_tokens),
    offsetof(struct crux_pulse, view.price),
};

enum { PULSE_COLUMNS = sizeof pulse_columns / sizeof *pulse_columns };

_Static_assert(sizeof(struct crux_pulse) == (PULSE_COLUMNS + 1) * sizeof(int64_t),
               "pulse has a column for every member but view.unnoted");

static int tables_save_pulse(struct crux_store *store, const struct crux_pulse *pulse,
                             struct crux_error *error)
{
    struct sqlite *db = tables_db(store);
    int64_t v[PULSE_COLUMNS];
    int status;

    tables_set_patience(store, db);
    status = seals_begin(store, db, error);
    if (status != CRUX_OK)
        return status;
    for (size_t i = 0; i < PULSE_COLUMNS; i++)
        memcpy(&v[i], (const char *)pulse + pulse_columns[i], sizeof v[i]);
    status = sqlite_finish(
        sqlite_query(db,
                     "INSERT OR REPLACE INTO pulse"
                     " VALUES(1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                     "iiiiiiiiiiiiiiii", v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9],
                     v[10], v[11], v[12], v[13], v[14], v[15]),
        error);
    return seals_commit(store, db, status, error);
}

static int tables_load_pulse(struct crux_store *store, struct crux_pulse *out,
                             struct crux_error *error)
{
    struct sqlite_query query = sqlite_query(tables_db(store), "SELECT * FROM whole_pulse", "");
    int status = sqlite_next(&query, error);

    for (size_t i = 0; i < PULSE_COLUMNS && status == CRUX_OK; i++) {
        int64_t value = sqlite_integer(&query, (int)i + 1);

        memcpy((char *)out + pulse_columns[i], &value, sizeof value);
    }
    sqlite_end(&query);
    return status < 0 ? status : CRUX_OK;
}

static int tables_load_sums(struct crux_store *store, struct crux_summary *out,
                            struct crux_error *error)
{
    struct sqlite_query query = sqlite_query(
        tables_db(store),
        "SELECT count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state = 1),"
        " count(*) FILTER (WHERE state = 2), count(*) FILTER (WHERE state = 1 AND rights > 0),"
        " sum(simulations), sum(calls), sum(prompt_tokens), sum(completion_tokens),"
        " sum(pairs) FILTER (WHERE state = 1), sum(rights) FILTER (WHERE state = 1), sum(price) "
        "FROM whole_problem",
        "");
    uint64_t *const counts[] = {&out->waiting,       &out->finished,          &out->broken,
                                &out->with_right,    &out->simulations,       &out->calls,
                                &out->prompt_tokens, &out->completion_tokens, &out->pairs,
                                &out->rights};
    int status = sqlite_next(&query, error);

    for (int i = 0; i < 10 && status == CRUX_OK; i++)
        *counts[i] = (uint64_t)sqlite_integer(&query, i);
    if (status == CRUX_OK)
        out->price = sqlite_integer(&query, 10);
    sqlite_end(&query);
    return status < 0 ? status : CRUX_OK;
}

static int tables_load_reasons(struct crux_store *store, struct crux_summary *out,
                               struct crux_error *error)
{
    struct sqlite_query query = sqlite_query(
        tables_db(store),
        "SELECT reason, count(*) FROM whole_problem WHERE state <> 0 GROUP BY reason", "");
    int status;

    while ((status = sqlite_next(&query, error)) == CRUX_OK) {
        int64_t reason = sqlite_integer(&query, 0);

        if (reason >= 0 && reason < CRUX_REASONS)
            out->reasons[reason] = (uint64_t)sqlite_integer(&query, 1);
    }
    sqlite_end(&query);
    return status < 0 ? status : CRUX_OK;
}

/* Stores of earlier programs do not say why. */
static int tables_load_unpaired(struct crux_store *store, struct crux_summary *out,
                                struct crux_error *error)
{
    struct sqlite_query query = sqlite_query(
        tables_db(store),
        "SELECT ifnull(failure, ''), count(*) FROM whole_problem WHERE +state = 1 AND +pairs = 0"
        " GROUP BY failure",
        "");
    int status;

    while ((status = sqlite_next(&query, error)) == CRUX_OK)
        for (int i = 0; i < CRUX_UNPAIREDS; i++)
            if (strcmp(sqlite_text(&query, 0), crux_unpaired_name((enum crux_unpaired)i)) == 0)
                out->unpaired[i] += (uint64_t)sqlite_integer(&query, 1);
    sqlite_end(&query);
    return status < 0 ? status : CRUX_OK;
}

/* One transaction, so that the numbers are of one instant. */
static int tables_totals(struct crux_store *store, struct crux_summary *out,
                         struct crux_error *error)
{
    struct sqlite *db = tables_db(store);
    int status = sqlite_run(db, "SAVEPOINT totals", error);

    if (status == CRUX_OK)
        status = tables_load_sums(store, out, error);
    if (status == CRUX_OK)
        status = tables_load_reasons(store, out, error);
    if (status == CRUX_OK)
        status = tables_load_unpaired(store, out, error);
    if (status == CRUX_OK)
        status = tables_load_restarts(store, out, error);
    if (status == CRUX_OK)
        status = tables_load_pulse(store, &out->pulse, error);
    (void)sqlite_run(db, "RELEASE totals", NULL);
    return status;
}

static const struct store_verbs tables_verbs = {
    .close = tables_close,
    .migrate = tables_migrate,
    .load_run = tables_load_run,
    .save_run = tables_save_run,
    .extend_run = tables_extend_run,
    .save_settings = tables_save_settings,
    .keep = tables_keep,
    .may_pass = tables_may_pass,
    .reopen_broken = tables_reopen_broken,
    .states = tables_states,
    .problems = tables_problems,
    .rows = tables_rows,
    .row_after = tables_row_after,
    .lacking = tables_lacking,
    .failures = tables_failures,
    .list = tables_list,
    .refusals = tables_refusals,
    .near = tables_near,
    .put_findings = tables_put_findings,
    .findings = tables_findings,
    .save_pulse = tables_save_pulse,
    .totals = tables_totals,
    .ledger_open = tables_ledger_open,
    .ledger_close = tables_ledger_close,
    .ledger_begin = tables_ledger_begin,
    .ledger_put_reply = tables_ledger_put_reply,
    .ledger_put_intent = tables_ledger_put_intent,
    .ledger_put_refusal = tables_ledger_put_refusal,
    .ledger_settle_intent = tables_ledger_settle_intent,
    .ledger_settle_refusal = tables_ledger_settle_refusal,
    .ledger_put_order = tables_ledger_put_order,
    .ledger_put_lasted = tables_ledger_put_lasted,
    .ledger_end = tables_ledger_end,
    .ledger_may_pass = tables_ledger_may_pass,
    .ledger_keys = tables_ledger_keys,
    .ledger_find = tables_ledger_find,
    .ledger_recall = tables_ledger_recall,
    .ledger_refused = tables_ledger_refused,
    .ledger_find_refusal = tables_ledger_find_refusal,
    .ledger_order = tables_ledger_order,
    .ledger_costs = tables_ledger_costs,
};
