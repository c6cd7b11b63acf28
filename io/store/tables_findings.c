/*
 * tables_findings.c - findings on finished trees in a SQLite store, one row each; a tree itself is
 * never changed.
 */
#include "io/store/tables_findings.h"

#include "io/store/seals.h"
#include "io/store/tables.h"

int tables_put_finding(struct sqlite *db, const struct crux_finding *finding,
                       struct crux_error *error)
{
    return sqlite_finish(
        sqlite_query(db,
                     "INSERT INTO finding(ordinal, about, path, maker, kind, json)"
                     " VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET json = excluded.json"
                     " WHERE json <> excluded.json",
                     "iiittt", (int64_t)finding->problem, (int64_t)finding->about,
                     (int64_t)finding->path, finding->maker, finding->kind, finding->json),
        error);
}

int tables_put_findings(struct crux_store *store, const struct crux_finding *findings, size_t count,
                        struct crux_error *error)
{
    struct sqlite *db = tables_db(store);
    int status;

    tables_set_patience(store, db);
    status = seals_begin(store, db, error);
    for (size_t i = 0; i < count && status == CRUX_OK; i++)
        status = tables_put_finding(db, &findings[i], error);
    return seals_commit(store, db, status, error);
}

/* Before version 2 there were none; a writer may have made the table since we opened the file. */
static int tables_has_findings(struct crux_store *store, bool *out, struct crux_error *error)
{
    struct sqlite *db = tables_db(store);
    int64_t tables = 0;
    int status = sqlite_number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'finding'",
                               &tables, error);

    *out = tables > 0;
    if (status == CRUX_OK && tables > 0 && !tables_of(store)->sealed && !store->write)
        status = seals_attach(store, db, error);
    return status < 0 ? status : CRUX_OK;
}

/* Once: what is gone from a table cannot be missed in a part of it. */
static int tables_check_findings(struct crux_store *store, struct crux_error *error)
{
    struct tables *tables = tables_of(store);
    int status = CRUX_OK;

    if (!tables->findings_checked)
        status = seals_check(store, tables->db, "finding", error);
    tables->findings_checked = status == CRUX_OK;
    return status;
}

int tables_findings(struct crux_store *store, uint64_t problem, store_each_finding *each,
                    void *context, struct crux_error *error)
{
    static const char sql[] = "SELECT about, path, maker, kind, json FROM whole_finding"
                              " WHERE ordinal = ? ORDER BY about, path, maker, kind";
    struct sqlite *db = tables_db(store);
    struct sqlite_query query;
    bool there = true;
    int status = tables_check_findings(store, error);

    if (status == CRUX_OK && !tables_of(store)->sealed)
        status = tables_has_findings(store, &there, error);
    if (status != CRUX_OK || !there)
        return status;
    query = sqlite_query(db, sql, "i", (int64_t)problem);
    while ((status = sqlite_next(&query, error)) == CRUX_OK) {
        const struct crux_finding finding = {.problem = problem,
                                             .about = (enum crux_about)sqlite_integer(&query, 0),
                                             .path = (uint32_t)sqlite_integer(&query, 1),
                                             .maker = sqlite_text(&query, 2),
                                             .kind = sqlite_text(&query, 3),
                                             .json = sqlite_text(&query, 4)};

        status = each(context, &finding, error);
        if (status < 0)
            break;
    }
    sqlite_end(&query);
    return status == CRUX_END ? CRUX_OK : status;
}

/* A tree has one such finding at most for each maker, and is looked up by its problem: a store may
 * have millions of others. (The `+` is for the seals: SQLite would put the word in place of the
 * kind of each row, also where the view looks whether that is what was written.) */
int tables_load_restarts(struct crux_store *store, struct crux_summary *out,
                         struct crux_error *error)
{
    static const char sql[] =
        "SELECT ifnull(sum(json_extract(json, '$.continued')), 0),"
        " ifnull(sum(json_extract(json, '$.restarts')), 0) FROM problem CROSS JOIN whole_finding"
        " AS found ON found.ordinal = problem.ordinal AND found.about = 0 AND found.path = 0"
        " WHERE +found.kind = 'restarts' AND json_valid(json)";
    struct sqlite_query query;
    bool there = true;
    int status = tables_of(store)->sealed ? CRUX_OK : tables_has_findings(store, &there, error);

    if (status != CRUX_OK || !there)
        return status;
    query = sqlite_query(tables_db(store), sql, "");
    status = sqlite_next(&query, error);
    if (status == CRUX_OK) {
        out->continued = (uint64_t)sqlite_integer(&query, 0);
        out->restarts = (uint64_t)sqlite_integer(&query, 1);
    }
    sqlite_end(&query);
    return status;
}
