/*
 * usual.c - names critics by what is in the file of problems.
 */
#include "io/cli/usual.h"

#include <string.h>

#include "io/numbers.h"

enum usual_file { USUAL_NUMBERS, USUAL_TEXTS, USUAL_MIXED };

static const struct usual_row {
    const char *generate, *solve, *annotate;
} usual_rows[] = {
    [USUAL_NUMBERS] = {"numbers", "numbers", "numbers"},
    [USUAL_TEXTS] = {"match", "consistency", "none"},
    [USUAL_MIXED] = {"mixed:match", "mixed:consistency", "mixed"},
};

static enum usual_file usual_file_of(const struct crux_problems *problems)
{
    struct numbers_problem numbers;
    size_t puzzles = 0;

    for (size_t i = 0; i < problems->count; i++)
        puzzles += numbers_problem_read(&numbers, problems->items[i].line);
    if (puzzles == 0)
        return USUAL_TEXTS;
    return puzzles == problems->count ? USUAL_NUMBERS : USUAL_MIXED;
}

static bool usual_fill(char **critic, const char *name)
{
    if (*critic == NULL)
        *critic = strdup(name);
    return *critic != NULL;
}

int usual_critics(struct options *options, const struct crux_problems *problems,
                  struct crux_error *error)
{
    const struct usual_row *row = &usual_rows[usual_file_of(problems)];
    const char *outcome = options->command == OPTIONS_SOLVE ? row->solve : row->generate;

    if (!usual_fill(&options->critic[CRUX_ROLE_OUTCOME], outcome) ||
        !usual_fill(&options->critic[CRUX_ROLE_ANNOTATE], row->annotate))
        return crux_fail(error, CRUX_MEMORY, "no memory for the options");
    return CRUX_OK;
}
