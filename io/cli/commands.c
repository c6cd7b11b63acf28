/*
 * commands.c - the table of all commands, and the exit statuses of errors.
 *
 * The order here is the order of the overview: along the way from puzzles to a data
 * set, then what measures and explains.
 */
#include "io/cli/commands.h"

#include <string.h>

#include "io/cli/options/secrecy.h"
#include "io/cli/options/suggest.h"

static const struct command *const commands[] = {
    &problems_command, &generate_command, &list_command,   &status_command,   &ctl_command,
    &cost_command,     &doctor_command,   &locate_command, &annotate_command, &verify_command,
    &inject_command,   &show_command,     &watch_command,  &merge_command,    &export_command,
    &train_command,    &index_command,    &eval_command,   &solve_command,    &compare_command,
    &prompt_command,   &bench_command,    &help_command,
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

const struct command *commands_at(size_t index)
{
    return index < COMMANDS ? commands[index] : NULL;
}

const struct options_command *commands_options_at(size_t index)
{
    return index < COMMANDS ? &commands[index]->options : NULL;
}

const struct command *commands_find(const char *name, struct crux_error *error)
{
    struct suggest suggest = {.word = name};

    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
        suggest_offer(&suggest, commands[i]->name);
    }
    (void)crux_fail(error, CRUX_INVALID, "there is no command '%.100s'%s%s%s; see 'crux help'",
                    secrecy_shown(name), suggest.best != NULL ? "; did you mean '" : "",
                    suggest.best != NULL ? suggest.best : "", suggest.best != NULL ? "'?" : "");
    return NULL;
}

int commands_exit(int status)
{
    switch (status) {
    case CRUX_INVALID:
        return EXIT_OPTIONS;
    case CRUX_INPUT:
        return EXIT_INPUT;
    case CRUX_STORE:
        return EXIT_STORE;
    case CRUX_FAILED:
    case CRUX_CANCELLED:
        return EXIT_SOME_FAILED;
    default:
        return EXIT_CHECK;
    }
}
