/*
 * unite_rows.c - copies the rows of one store behind those of others, table by table.
 *
 * Rows are read through the views that check their seals (seals.h), and sealed anew: numbers of
 * the ledger change, for each store has counted from 1. So a statement of each table is made of
 * its columns: `INSERT INTO texts VALUES(?1 + ?3, ?2, sealed('texts', ?1 + ?3, ?2))`.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "io/hash.h"
#include "io/sqlite_row.h"
#include "io/store/seals.h"
#include "io/store/unite.h"

enum { UNITE_SQL = 2048, UNITE_COLUMNS = 20, UNITE_LOOK = 1024 /* rows between two looks */ };

/* Which rows of a source are taken. */
enum unite_which {
    UNITE_RUN,   /* if it names the run */
    UNITE_OWNED, /* those about problems that are taken from here, and about problems of no store */
    UNITE_ALL
};

static const struct unite_table {
    const char *name;
    enum unite_which which;
    int problem;         /* of OWNED: the column that has it */
    const char *moved;   /* the column of numbers that move; NULL: none does */
    const char *numbers; /* ... behind the highest `id` of this table */
} unite_tables[] = {
    {"run", UNITE_RUN, 0, NULL, NULL},
    {"problem", UNITE_OWNED, 0, NULL, NULL},
    {"tree", UNITE_OWNED, 0, NULL, NULL},
    {"finding", UNITE_OWNED, 0, NULL, NULL},
    {"texts", UNITE_ALL, 0, "id", "replies"},
    {"replies", UNITE_ALL, 0, "id", "replies"},
    {"intents", UNITE_ALL, 0, "id", "intents"},
    {"bodies", UNITE_ALL, 0, "id", "refusals"},
    {"refused", UNITE_ALL, 0, "refusal", "refusals"},
    {"refusals", UNITE_ALL, 0, "id", "refusals"},
    {"arrivals", UNITE_OWNED, 1, "id", "arrivals"},
    {"sessions", UNITE_ALL, 0, "id", "sessions"},
};

/* Rows of one table on their way. */
struct unite_rows {
    struct unite *unite;
    size_t source;
    struct crux_store *from, *to;
    const struct unite_table *table;
    const struct sealed_table *sealed;
    int columns;
    int64_t offset;
    struct sqlite_query select, insert;
    uint64_t taken;
};

/* --- statements ------------------------------------------------------------------------------ */

static const struct sealed_table *unite_sealed(const char *name)
{
    size_t i = 0;

    while (strcmp(seals_table(i)->name, name) != 0)
        i++;
    return seals_table(i);
}

/* `?1 + ?3, ?2`; the number of columns. */
static int unite_values(const struct unite_rows *rows, char *out, size_t room)
{
    char columns[UNITE_SQL / 2], *rest = columns, *column;
    const char *moved = rows->table->moved;
    int count = 1, at = 0;
    size_t used = 0;

    (void)snprintf(columns, sizeof columns, "%s", rows->sealed->columns);
    for (const char *comma = columns; (comma = strchr(comma, ',')) != NULL; comma++)
        count++;
    while ((column = strsep(&rest, ",")) != NULL) {
        column += strspn(column, " ");
        at++;
        used += (size_t)snprintf(out + used, room - used, "%s?%d", at > 1 ? ", " : "", at);
        if (moved != NULL && strcmp(column, moved) == 0)
            used += (size_t)snprintf(out + used, room - used, " + ?%d", count + 1);
        assert(used < room);
    }
    return count;
}

static int unite_prepare(struct unite_rows *rows, struct crux_error *error)
{
    char values[UNITE_SQL / 4], sql[UNITE_SQL];
    const char *name = rows->table->name;
    int status = CRUX_OK;

    rows->columns = unite_values(rows, values, sizeof values);
    if (rows->table->moved != NULL) {
        (void)snprintf(sql, sizeof sql, "SELECT coalesce(max(id), 0) FROM %s",
                       rows->table->numbers);
        status = sqlite_number(tables_db(rows->to), sql, &rows->offset, error);
    }
    (void)snprintf(sql, sizeof sql, "INSERT OR %s INTO %s VALUES(%s, sealed('%s', %s))",
                   strcmp(name, "replies") == 0 ? "IGNORE" : "ABORT", name, values, name, values);
    rows->insert = sqlite_query(tables_db(rows->to), sql, "");
    (void)snprintf(sql, sizeof sql, "SELECT %s FROM whole_%s", rows->sealed->columns, name);
    rows->select = sqlite_query(tables_db(rows->from), sql, "");
    return status;
}

/* --- a reply that two stores have paid for -------------------------------------------------- */

/* The text of a reply, by a number or a key, as a hash; one that is not there is the empty text. */
static int unite_text(struct sqlite_query query, unsigned char out[HASH_BYTES],
                      struct crux_error *error)
{
    struct hash hash;
    size_t size = 0;
    int status = sqlite_next(&query, error);

    hash_begin(&hash);
    if (status == CRUX_OK) {
        const void *text = sqlite_bytes(&query, 0, &size);

        hash_add(&hash, text, size);
    }
    hash_end_bytes(&hash, out);
    sqlite_end(&query);
    return status < 0 ? status : CRUX_OK;
}

static int unite_compare_texts(struct unite_rows *rows, const void *key, size_t size,
                               struct crux_error *error)
{
    static const char theirs[] =
        "SELECT text FROM texts WHERE id = (SELECT id FROM replies WHERE key = ?)";
    unsigned char one[HASH_BYTES], other[HASH_BYTES];
    int status = unite_text(sqlite_query(tables_db(rows->to), theirs, "b", key, size), one, error);

    if (status == CRUX_OK)
        status = unite_text(sqlite_query(tables_db(rows->from),
                                         "SELECT text FROM whole_texts WHERE id = ?", "i",
                                         sqlite_integer(&rows->select, 0)),
                            other, error);
    rows->unite->merged.twice++;
    rows->unite->merged.differ += status == CRUX_OK && memcmp(one, other, sizeof one) != 0;
    return status;
}

/* It was paid for, too, so it stays: under a key that no question has. */
static int unite_put_twin(struct unite_rows *rows, struct crux_error *error)
{
    static const char why[] = "paid for in another shard, too";
    unsigned char twin[HASH_BYTES];
    size_t size = 0;
    const void *key = sqlite_bytes(&rows->select, 1, &size);
    uint32_t number = 0;
    int status = unite_compare_texts(rows, key, size, error);

    while (status == CRUX_OK) {
        struct hash hash;

        number++;
        hash_begin(&hash);
        hash_add(&hash, why, sizeof why);
        hash_add(&hash, key, size);
        hash_add(&hash, &number, sizeof number);
        hash_end_bytes(&hash, twin);
        sqlite_row_bind(&rows->insert, &rows->select, rows->columns);
        sqlite_row_set_bytes(&rows->insert, 2, twin, sizeof twin);
        status = sqlite_next(&rows->insert, error);
        if (status != CRUX_END)
            break;
        if (sqlite_changed(tables_db(rows->to)) > 0)
            return CRUX_OK;
        status = CRUX_OK; /* a third store has paid for it, too */
    }
    return status;
}

/* --- rows ------------------------------------------------------------------------------------- */

static bool unite_takes(const struct unite_rows *rows)
{
    const struct unite_mark *mark;

    if (rows->table->which != UNITE_OWNED)
        return true;
    mark = unite_find(rows->unite, (uint64_t)sqlite_integer(&rows->select, rows->table->problem));
    return mark == NULL || mark->source == rows->source;
}

static int unite_put_row(struct unite_rows *rows, struct crux_error *error)
{
    struct sqlite *db = tables_db(rows->to);
    int status;

    sqlite_row_bind(&rows->insert, &rows->select, rows->columns);
    if (rows->table->moved != NULL)
        sqlite_row_set_integer(&rows->insert, rows->columns + 1, rows->offset);
    status = sqlite_next(&rows->insert, error);
    if (status == CRUX_END && sqlite_changed(db) == 0)
        status = unite_put_twin(rows, error);
    else if (status == CRUX_END)
        status = CRUX_OK;
    if (status == CRUX_OK && rows->sealed->by_hand)
        sqlite_tally_inserted(db, rows->table->name);
    return status;
}

static int unite_stop(const struct unite *unite, struct crux_error *error)
{
    if (unite->what->stopped == NULL || !unite->what->stopped())
        return CRUX_OK;
    return crux_fail(error, CRUX_STOPPED, "stopped; %s is not written", unite->what->to);
}

static int unite_copy_rows(struct unite_rows *rows, struct crux_error *error)
{
    uint64_t seen = 0;
    int status;

    while ((status = sqlite_next(&rows->select, error)) == CRUX_OK) {
        if (unite_takes(rows)) {
            status = unite_put_row(rows, error);
            rows->taken++;
        }
        if (status == CRUX_OK && ++seen % UNITE_LOOK == 0)
            status = unite_stop(rows->unite, error);
        if (status != CRUX_OK)
            return status;
    }
    return status == CRUX_END ? CRUX_OK : status;
}

static void unite_tell(struct unite *unite, const struct unite_rows *rows)
{
    if (strcmp(rows->table->name, "replies") == 0)
        unite->merged.replies += rows->taken;
    else if (strcmp(rows->table->name, "finding") == 0)
        unite->merged.findings += rows->taken;
}

static int unite_copy_table(struct unite *unite, size_t source, const struct unite_table *table,
                            struct crux_store *from, struct crux_store *to,
                            struct crux_error *error)
{
    struct unite_rows rows = {.unite = unite,
                              .source = source,
                              .from = from,
                              .to = to,
                              .table = table,
                              .sealed = unite_sealed(table->name)};
    int status = unite_stop(unite, error);

    if (status == CRUX_OK)
        status = seals_check(from, tables_db(from), table->name, error);
    if (status == CRUX_OK)
        status = unite_prepare(&rows, error);
    if (status == CRUX_OK)
        status = unite_copy_rows(&rows, error);
    sqlite_end(&rows.select);
    sqlite_end(&rows.insert);
    unite_tell(unite, &rows);
    return status;
}

int unite_copy(struct unite *unite, size_t source, struct crux_store *from, struct crux_store *to,
               struct crux_error *error)
{
    int status = CRUX_OK;

    for (size_t i = 0; i < sizeof unite_tables / sizeof *unite_tables && status == CRUX_OK; i++)
        if (unite_tables[i].which != UNITE_RUN || unite->sources[source].names_run)
            status = unite_copy_table(unite, source, &unite_tables[i], from, to, error);
    return status;
}
