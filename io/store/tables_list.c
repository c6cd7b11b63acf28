/*
 * tables_list.c - rows about problems, a page of them at a time, and what was refused.
 */
#include "io/store/tables_list.h"

/* Once, since what is looked for by its number is not found at all when a page that leads to it is
 * damaged: is every problem found by its own? */
int tables_check_numbers(struct crux_store *store, struct crux_error *error)
{
    struct tables *tables = tables_of(store);
    int64_t lost = 0;
    int status = CRUX_OK;

    if (!tables->numbers_checked)
        status = sqlite_number(tables->db,
                               "SELECT count(*) FROM whole_problem AS all_of WHERE NOT EXISTS"
                               " (SELECT 1 FROM problem WHERE problem.ordinal = all_of.ordinal)",
                               &lost, error);
    if (status == CRUX_OK && lost > 0)
        return crux_fail(error, CRUX_STORE,
                         "%s: it is damaged: %lld problems cannot be found by their numbers",
                         store->path, (long long)lost);
    tables->numbers_checked = status == CRUX_OK;
    return status;
}

int tables_list(struct crux_store *store, const struct store_wanted *wanted, store_each_item *each,
                void *context, struct crux_error *error)
{
    int status = tables_check_numbers(store, error);
    struct sqlite_query query;

    if (status != CRUX_OK)
        return status;
    query = sqlite_query(
        tables_db(store),
        "SELECT ordinal, id, line, state, reason, ifnull(failure, ''), simulations, calls,"
        " prompt_tokens, completion_tokens, price, pairs, rights, search_ns,"
        " (SELECT frame FROM whole_tree WHERE whole_tree.ordinal = whole_problem.ordinal)"
        " FROM whole_problem WHERE ordinal > ?1 AND (?2 < 0 OR +state = ?2)"
        " AND (?3 < 0 OR (?3 = 1 AND rights > 0) OR (?3 = 0 AND +state = 1 AND rights = 0))"
        " ORDER BY ordinal LIMIT ?4",
        "iiii", wanted->after, (int64_t)wanted->state, (int64_t)wanted->right,
        (int64_t)wanted->most);
    while ((status = sqlite_next(&query, error)) == CRUX_OK) {
        struct store_item item = {
            .row = {.ordinal = (uint64_t)sqlite_integer(&query, 0),
                    .id = sqlite_text(&query, 1),
                    .line = sqlite_text(&query, 2)},
            .state = (enum crux_problem_state)sqlite_integer(&query, 3),
            .reason = sqlite_is_null(&query, 4) ? -1 : (int)sqlite_integer(&query, 4),
            .failure = sqlite_text(&query, 5),
            .simulations = (uint64_t)sqlite_integer(&query, 6),
            .calls = (uint64_t)sqlite_integer(&query, 7),
            .prompt_tokens = (uint64_t)sqlite_integer(&query, 8),
            .completion_tokens = (uint64_t)sqlite_integer(&query, 9),
            .price = sqlite_integer(&query, 10),
            .pairs = (uint64_t)sqlite_integer(&query, 11),
            .rights = (uint64_t)sqlite_integer(&query, 12),
            .search_ns = sqlite_integer(&query, 13),
        };

        item.row.frame = sqlite_bytes(&query, 14, &item.row.size);
        status = each(context, &item, error);
        if (status != CRUX_OK)
            break;
    }
    sqlite_end(&query);
    return status == CRUX_END ? CRUX_OK : status;
}

int tables_refusals(struct crux_store *store, store_each_failure *each, void *context,
                    struct crux_error *error)
{
    struct sqlite_query query = sqlite_query(tables_db(store),
                                             "SELECT why, count(*) FROM whole_refusals GROUP BY why"
                                             " ORDER BY count(*) DESC, why",
                                             "");
    int status;

    while ((status = sqlite_next(&query, error)) == CRUX_OK) {
        status = each(context, sqlite_text(&query, 0), (uint64_t)sqlite_integer(&query, 1));
        if (status != CRUX_OK)
            break;
    }
    sqlite_end(&query);
    return status > 0 ? CRUX_OK : status;
}
