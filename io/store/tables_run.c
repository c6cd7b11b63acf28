/*
 * tables_run.c - the run of a SQLite store: its row, and the rows of its problems.
 */
#include "io/store/tables_run.h"

#include <stdlib.h>
#include <string.h>

#include "io/store/seals.h"

int tables_load_run(struct crux_store *store, struct store_run *out, struct crux_error *error)
{
    struct sqlite_query query = sqlite_query(
        tables_db(store),
        "SELECT configuration, settings, input_sha256, input_name, skipped FROM whole_run", "");
    struct store_run run = {.configuration = NULL};
    char **const texts[] = {&run.configuration, &run.settings, &run.input_sha256, &run.input_name};
    int status = sqlite_next(&query, error);

    for (int i = 0; i < 4 && status == CRUX_OK; i++)
        if ((*texts[i] = strdup(sqlite_text(&query, i))) == NULL)
            status = crux_fail(error, CRUX_MEMORY, "%s: no memory", store->path);
    if (status == CRUX_OK) {
        run.skipped = (uint64_t)sqlite_integer(&query, 4);
        *out = run;
    } else {
        for (int i = 0; i < 4; i++)
            free(*texts[i]);
    }
    sqlite_end(&query);
    return status;
}

static int tables_insert_run(struct sqlite *db, const struct store_begin *begin,
                             struct crux_error *error)
{
    const struct crux_run *run = begin->run;

    return sqlite_finish(sqlite_query(db, "INSERT INTO run VALUES(1, ?, ?, ?, ?, ?, ?, ?, NULL)",
                                      "tttttti", begin->names->run_id, begin->names->config_hash,
                                      run->configuration, begin->settings, run->input_sha256,
                                      run->input_name, (int64_t)run->skipped),
                         error);
}

/* Those that are wanted, from the first new one on; to fill, those that are not there. */
static int tables_insert_problems(struct sqlite *db, const struct store_begin *begin,
                                  struct crux_error *error)
{
    static const char *const sql[] = {
        "INSERT INTO problem(ordinal, id, line) VALUES(?, ?, ?)",
        "INSERT INTO problem(ordinal, id, line) SELECT ?1, ?2, ?3 WHERE NOT EXISTS"
        " (SELECT 1 FROM problem WHERE ordinal = ?1)",
    };
    const struct crux_problems *problems = begin->problems;
    int status = CRUX_OK;

    for (size_t i = 0; i < problems->count && status == CRUX_OK; i++) {
        const struct crux_problem *problem = &problems->items[i];

        if (problem->ordinal >= begin->first &&
            (begin->wanted == NULL || begin->wanted(begin->context, problem->id)))
            status =
                sqlite_finish(sqlite_query(db, sql[begin->fills], "itt", (int64_t)problem->ordinal,
                                           problem->id, problem->line),
                              error);
    }
    return status;
}

int tables_save_run(struct crux_store *store, const struct store_begin *begin,
                    struct crux_error *error)
{
    struct sqlite *db = tables_db(store);
    int status = seals_begin(store, db, error);

    if (status != CRUX_OK)
        return status;
    status = tables_insert_run(db, begin, error);
    if (status == CRUX_OK)
        status = tables_insert_problems(db, begin, error);
    return seals_commit(store, db, status, error);
}

/* The names of the run stay: they are of the input that it was begun with. */
int tables_extend_run(struct crux_store *store, const struct store_begin *begin,
                      struct crux_error *error)
{
    struct sqlite *db = tables_db(store);
    const struct crux_run *run = begin->run;
    int status = seals_begin(store, db, error);

    if (status != CRUX_OK)
        return status;
    status = sqlite_finish(
        sqlite_query(
            db, "UPDATE run SET settings = ?, input_sha256 = ?, input_name = ?, skipped = ?",
            "ttti", begin->settings, run->input_sha256, run->input_name, (int64_t)run->skipped),
        error);
    if (status == CRUX_OK)
        status = tables_insert_problems(db, begin, error);
    return seals_commit(store, db, status, error);
}

int tables_save_settings(struct crux_store *store, const char *settings, struct crux_error *error)
{
    struct sqlite *db = tables_db(store);
    int status = seals_begin(store, db, error);

    if (status != CRUX_OK)
        return status;
    status = sqlite_finish(sqlite_query(db, "UPDATE run SET settings = ?", "t", settings), error);
    return seals_commit(store, db, status, error);
}
