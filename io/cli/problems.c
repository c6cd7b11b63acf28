/*
 * problems.c - `crux problems game24`: puzzles to search, as lines of problems.
 *
 * An id is made of the numbers alone, so it stays the same whatever else changes.
 */
#include "io/cli/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "critics/crux_critics.h"
#include "io/json.h"

static struct json *game24_row(const int64_t numbers[4])
{
    struct json *row = json_new_object(), *list = json_new_array();
    char id[64], prompt[128];

    (void)snprintf(id, sizeof id, "game24-%lld-%lld-%lld-%lld", (long long)numbers[0],
                   (long long)numbers[1], (long long)numbers[2], (long long)numbers[3]);
    (void)snprintf(prompt, sizeof prompt,
                   "Use %lld, %lld, %lld and %lld, each exactly once, with + - * / to make 24.",
                   (long long)numbers[0], (long long)numbers[1], (long long)numbers[2],
                   (long long)numbers[3]);
    for (int i = 0; i < 4; i++)
        json_add(list, json_of_integer(numbers[i]));
    json_put(row, "id", json_of_string(id));
    json_put(row, "problem", json_of_string(prompt));
    json_put(row, "numbers", list);
    json_put(row, "target", json_of_integer(24));
    return row;
}

static int print_game24(void *context, const int64_t numbers[4])
{
    struct json *row = game24_row(numbers);
    char *text = json_text(row, false);
    int status = CRUX_OK;

    if (text == NULL)
        status = crux_fail(context, CRUX_MEMORY, "no memory for a problem");
    else if (puts(text) < 0)
        status =
            crux_fail(context, CRUX_STORE, "cannot write standard output: %s", strerror(errno));
    free(text);
    json_free(row);
    return status;
}

static int problems_run(struct options *options, struct crux_error *error)
{
    if (strcmp(options->operands[0], "game24") != 0)
        return crux_fail(error, CRUX_INVALID,
                         "there is no set of problems '%.60s'; there is game24",
                         options->operands[0]);
    return crux_game24_each(print_game24, error);
}

static const struct options_group *const problems_groups[] = {&table_help, NULL};

const struct command problems_command = {
    .name = "problems",
    .options = {OPTIONS_PROBLEMS, problems_groups, 0, NULL},
    .operands = "game24",
    .least_operands = 1,
    .most_operands = 1,
    .summary = "print a set of problems as JSON lines",
    .description =
        "game24 is every puzzle of four numbers from 1 to 13 from which 24 can be made with "
        "+ - * / and each number used exactly once: 1,362 of them, in lexicographic order, "
        "a line each with id, problem, numbers and target. The ids are stable.",
    .examples = "crux problems game24 > game24.jsonl\n"
                "crux problems game24 | crux solve -",
    .exits = {EXIT_STORE},
    .run = problems_run,
};
