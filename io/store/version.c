/*
 * version.c - whether a SQLite file is a store that this program can read, and how it is opened.
 */
#include "io/store/version.h"

#include "io/store/layout.h"
#include "io/store/seals.h"

static int count_tables(struct sqlite *db, const char *name, int64_t *out, struct crux_error *error)
{
    struct sqlite_query query = sqlite_query(
        db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?", "t", name);
    int status = sqlite_next(&query, error);

    if (status == CRUX_OK)
        *out = sqlite_integer(&query, 0);
    sqlite_end(&query);
    return status;
}

static int check_version(struct crux_store *store, struct crux_error *error)
{
    struct sqlite *db = tables_db(store);
    int64_t ours = 0, sealed = 0, version = -1;
    int status = count_tables(db, "store", &ours, error);

    if (status == CRUX_OK && ours == 1)
        status = sqlite_number(db, "SELECT version FROM store", &version, error);
    if (status >= 0)
        status = count_tables(db, "seals", &sealed, error);
    if (status < 0)
        return status;
    if (version == -1)
        return crux_fail(error, CRUX_STORE, "%s is a SQLite database, but no store of crux",
                         store->path);
    if (version < 1 || version > LAYOUT_VERSION)
        return crux_fail(error, CRUX_STORE,
                         "%s is a store of version %lld; this program reads versions 1 to %d",
                         store->path, (long long)version, LAYOUT_VERSION);
    if ((sealed == 1) != (version >= 3))
        return crux_fail(error, CRUX_STORE,
                         "%s: it is damaged: it says that it is of version %lld, and is not",
                         store->path, (long long)version);
    tables_of(store)->sealed = sealed == 1;
    return CRUX_OK;
}

static int version_fail_empty(const struct crux_store *store, struct crux_error *error)
{
    return crux_fail(error, CRUX_STORE, "%s is empty: no run has begun in it", store->path);
}

/* Is there a run, and all of it? */
static int check_begun(struct crux_store *store, struct crux_error *error)
{
    static const char *const small[] = {"run", "pulse", "problem"};
    int64_t runs = 0;
    int status = CRUX_OK;

    for (size_t i = 0; i < sizeof small / sizeof *small && status == CRUX_OK; i++)
        status = seals_check(store, tables_db(store), small[i], error);
    if (status == CRUX_OK)
        status = sqlite_number(tables_db(store), "SELECT count(*) FROM whole_run", &runs, error);
    if (status == CRUX_OK && runs == 0 && !store->write)
        return version_fail_empty(store, error);
    return status;
}

int version_check(struct crux_store *store, const struct count_beside *beside,
                  struct crux_error *error)
{
    struct sqlite *db = tables_db(store);
    int64_t tables = 0;
    int status = sqlite_number(db, "SELECT count(*) FROM sqlite_schema", &tables, error);

    if (status == CRUX_OK && tables > 0)
        status = check_version(store, error);
    if (status == CRUX_OK)
        status = seals_check_count(store, beside, error);
    if (status == CRUX_OK && tables == 0 && !store->write)
        return version_fail_empty(store, error);
    if (status == CRUX_OK)
        status = seals_attach(store, db, error);
    if (status == CRUX_OK && tables > 0)
        status = check_begun(store, error);
    return status == CRUX_OK && store->write ? sqlite_share(db, error) : status;
}
