/*
 * cost.c - sums over the replies, in one transaction.
 */
#include "io/ledger/cost.h"

#include "io/ledger/tables.h"

#define SUMS                                                                                       \
    "sum(first), count(*), sum(prompt), sum(cached), sum(completion), sum(reasoning), sum(price)"

static struct account_sum sums_of(const struct sqlite_query *query, int column)
{
    return (struct account_sum){
        .calls = (uint64_t)sqlite_integer(query, column),
        .samples = (uint64_t)sqlite_integer(query, column + 1),
        .prompt = (uint64_t)sqlite_integer(query, column + 2),
        .cached = (uint64_t)sqlite_integer(query, column + 3),
        .completion = (uint64_t)sqlite_integer(query, column + 4),
        .reasoning = (uint64_t)sqlite_integer(query, column + 5),
        .price = sqlite_integer(query, column + 6),
    };
}

static int read_all(struct sqlite *db, struct ledger_cost *cost, struct crux_error *error)
{
    struct sqlite_query query = sqlite_query(
        db,
        "SELECT " SUMS ", (SELECT sum(lasted_ns) FROM sessions), count(DISTINCT problem)"
        " FROM replies",
        "");
    int status = sqlite_next(&query, error);

    if (status == CRUX_OK) {
        cost->past.paid = sums_of(&query, 0);
        cost->past.lasted_ns = sqlite_integer(&query, 7);
        cost->problems = (uint64_t)sqlite_integer(&query, 8);
    }
    sqlite_end(&query);
    return status < 0 ? status : CRUX_OK;
}

/* A name, then the sums. */
static int read_lines(struct sqlite_query query, const struct ledger_cost *cost, enum ledger_by by,
                      struct crux_error *error)
{
    int status;

    while ((status = sqlite_next(&query, error)) == CRUX_OK) {
        const struct ledger_line line = {sqlite_text(&query, 0), sums_of(&query, 1)};

        cost->each(cost->context, by, &line);
    }
    sqlite_end(&query);
    return status < 0 ? status : CRUX_OK;
}

static int read_cost(struct sqlite *db, struct ledger_cost *cost, struct crux_error *error)
{
    static const char backends[] =
        "SELECT backend, " SUMS " FROM replies GROUP BY backend ORDER BY backend";
    static const char problems[] =
        "SELECT (SELECT id FROM problem WHERE ordinal = replies.problem), " SUMS
        " FROM replies GROUP BY problem"
        " ORDER BY sum(price) DESC, sum(prompt) + sum(completion) DESC, problem LIMIT ?";
    int status = read_all(db, cost, error);

    if (status == CRUX_OK)
        status = read_lines(sqlite_query(db, backends, ""), cost, LEDGER_BY_BACKEND, error);
    if (status == CRUX_OK && cost->most > 0)
        status = read_lines(sqlite_query(db, problems, "i", (int64_t)cost->most), cost,
                            LEDGER_BY_PROBLEM, error);
    return status;
}

int ledger_cost_read(struct ledger_cost *cost, const char *path, struct crux_error *error)
{
    struct sqlite *db = NULL;
    bool empty = true;
    int status = ledger_tables_read(&db, path, &empty, error);

    cost->past = (struct ledger_past){.lasted_ns = 0};
    cost->problems = 0;
    if (status == CRUX_OK && !empty) {
        status = sqlite_run(db, "SAVEPOINT cost", error);
        if (status == CRUX_OK)
            status = read_cost(db, cost, error);
        (void)sqlite_run(db, "RELEASE cost", NULL);
    }
    sqlite_close(db);
    return status;
}
