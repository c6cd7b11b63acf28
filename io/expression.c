/*
 * expression.c - an expression becomes one statement of SQLite in memory, with a value for each
 * name.
 */
#include "io/expression.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct expression {
    sqlite3 *db;
    sqlite3_stmt *statement;
    size_t count;
    char *text;
};

static int expression_fail(const struct expression *expression, struct crux_error *error)
{
    int code = sqlite3_errcode(expression->db);

    if (code == SQLITE_NOMEM)
        return crux_fail(error, CRUX_MEMORY, "no memory for an expression");
    return crux_fail(error, CRUX_INVALID, "'%.200s' is no expression: %.200s", expression->text,
                     sqlite3_errmsg(expression->db));
}

/* SELECT (TEXT) FROM (SELECT ?1 AS name, ?2 AS name ...) */
static char *expression_sql(const char *text, const char *const *names, size_t count)
{
    size_t bytes = strlen(text) + 40, used;
    char *sql;

    for (size_t i = 0; i < count; i++)
        bytes += strlen(names[i]) + 32;
    sql = malloc(bytes);
    if (sql == NULL)
        return NULL;
    used = (size_t)snprintf(sql, bytes, "SELECT (%s\n) FROM (SELECT ", text);
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(sql + used, bytes - used, "%s?%zu AS %s", i > 0 ? ", " : "", i + 1,
                                 names[i]);
    (void)snprintf(sql + used, bytes - used, ")");
    return sql;
}

/* One statement, which reads nothing but the values: what closes the bracket early leaves a rest,
 * or another column. A name in quotes that is none must not become a text, which is more than any
 * number. */
static int expression_prepare(struct expression *expression, const char *sql,
                              struct crux_error *error)
{
    const char *rest = NULL;

    (void)sqlite3_db_config(expression->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    if (sqlite3_prepare_v2(expression->db, sql, -1, &expression->statement, &rest) != SQLITE_OK)
        return expression_fail(expression, error);
    if ((rest != NULL && *rest != '\0') || sqlite3_column_count(expression->statement) != 1)
        return crux_fail(error, CRUX_INVALID, "'%.200s' is no expression: it ends before its end",
                         expression->text);
    return CRUX_OK;
}

int expression_open(struct expression **out, const char *text, const char *const *names,
                    size_t count, struct crux_error *error)
{
    struct expression *expression = calloc(1, sizeof *expression);
    char *sql = expression_sql(text, names, count);
    int status = CRUX_MEMORY;

    if (expression != NULL)
        expression->text = strdup(text);
    if (expression == NULL || sql == NULL || expression->text == NULL ||
        sqlite3_open_v2(":memory:", &expression->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        (void)crux_fail(error, CRUX_MEMORY, "no memory for an expression");
    } else {
        expression->count = count;
        status = expression_prepare(expression, sql, error);
    }
    free(sql);
    if (status == CRUX_OK)
        *out = expression;
    else
        expression_close(expression);
    return status;
}

void expression_close(struct expression *expression)
{
    if (expression == NULL)
        return;
    (void)sqlite3_finalize(expression->statement);
    (void)sqlite3_close(expression->db);
    free(expression->text);
    free(expression);
}

/* SQLite takes NaN for NULL. */
static int expression_bind(struct expression *expression, const struct expression_value *values)
{
    int code = SQLITE_OK;

    for (size_t i = 0; i < expression->count && code == SQLITE_OK; i++)
        code = values[i].text != NULL
                   ? sqlite3_bind_text(expression->statement, (int)i + 1, values[i].text, -1,
                                       SQLITE_STATIC)
                   : sqlite3_bind_double(expression->statement, (int)i + 1, values[i].number);
    return code;
}

int expression_truth(struct expression *expression, const struct expression_value *values,
                     enum expression_truth *out, struct crux_error *error)
{
    sqlite3_stmt *statement = expression->statement;
    int status = CRUX_OK;

    if (expression_bind(expression, values) != SQLITE_OK || sqlite3_step(statement) != SQLITE_ROW) {
        status = expression_fail(expression, error);
    } else if (sqlite3_column_type(statement, 0) == SQLITE_NULL) {
        *out = EXPRESSION_UNKNOWN;
    } else {
        *out = sqlite3_column_double(statement, 0) != 0.0 ? EXPRESSION_TRUE : EXPRESSION_FALSE;
    }
    (void)sqlite3_reset(statement);
    return status;
}
