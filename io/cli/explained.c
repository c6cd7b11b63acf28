/*
 * explained.c - sentences of the option table and of the exit statuses, for pages.
 */
#include "io/cli/explained.h"

#include <ctype.h>
#include <stdio.h>

#include "io/cli/options/record.h"

void explained_typed(const struct options_place *place, char *out, size_t size)
{
    const struct options_row *row = place->row;

    (void)snprintf(out, size, "--%s%s%s%s", table_is_flag(place->group) ? "" : "backend NAME.",
                   row->name, row->metavar[0] ? " " : "", row->metavar);
}

void explained_text(const struct options *defaults, const struct options_place *place, char *out,
                    size_t size)
{
    const struct options_row *row = place->row;
    char expected[256], value[128];
    size_t used = (size_t)snprintf(out, size, "%s", row->help);

    if (row->metavar[0] != '\0' && row->most != row->least) {
        record_expected(row, expected, sizeof expected);
        used +=
            (size_t)snprintf(out + used, size - used, " %c%s.", toupper(expected[0]), expected + 1);
    } else if (row->words != NULL) {
        record_expected(row, expected, sizeof expected);
        used += (size_t)snprintf(out + used, size - used, " One of %s.", expected);
    }
    record_value(defaults, place, value, sizeof value);
    if (value[0] != '\0')
        (void)snprintf(out + used, size - used, " Default: %s.", value);
}

const struct options_topic *explained_topic_at(const struct command *command, size_t index)
{
    const struct options_group *const *groups = command->options.groups;

    for (size_t i = 0; groups[i] != NULL; i++) {
        size_t before = 0;

        while (groups[before]->topic != groups[i]->topic)
            before++;
        if (before == i && index-- == 0)
            return groups[i]->topic;
    }
    return NULL;
}

static const struct exit_meaning {
    enum exit_status status;
    const char *meaning;
} explained_exits[] = {
    {EXIT_DONE, "done"},
    {EXIT_CHECK, "a check failed, or memory was not enough"},
    {EXIT_OPTIONS, "an option or a configuration that cannot work"},
    {EXIT_INPUT, "the input is not as it must be"},
    {EXIT_STORE, "a store or an output cannot be read or written"},
    {EXIT_LIMIT, "a limit was reached or no server is left; the same command goes on"},
    {EXIT_SOME_FAILED, "some problems failed, lines were skipped, or a bench was stopped"},
    {EXIT_INTERRUPTED, "interrupted; the same command goes on"},
};

static bool explained_may_exit(const struct command *command, enum exit_status status)
{
    if (status == EXIT_DONE || status == EXIT_OPTIONS)
        return true;
    for (size_t i = 0; i < COMMANDS_EXITS && command->exits[i] != EXIT_DONE; i++)
        if (command->exits[i] == status)
            return true;
    return false;
}

const char *explained_exit_at(const struct command *command, size_t index, enum exit_status *status)
{
    for (size_t i = 0; i < sizeof explained_exits / sizeof explained_exits[0]; i++)
        if (explained_may_exit(command, explained_exits[i].status) && index-- == 0) {
            *status = explained_exits[i].status;
            return explained_exits[i].meaning;
        }
    return NULL;
}
