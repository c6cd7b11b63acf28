/*
 * main.c - the program: find the command, read its options, do it, say how it went.
 *
 * Whatever a command answers becomes one exit status here, and standard output is
 * flushed and checked here: what a full disk swallowed must not look like success.
 */
#include "io/cli/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "io/cli/help.h"
#include "io/cli/options/check.h"
#include "io/cli/signals.h"
#include "io/cli/terminal.h"

static int main_complain(const struct crux_error *error)
{
    (void)fputs("crux: ", stderr);
    terminal_put(stderr, error->text, strlen(error->text));
    (void)fputc('\n', stderr);
    return 0;
}

static int check_needs(const struct command *command, const struct options *options,
                       struct crux_error *error)
{
    if (options->operand_count < command->least_operands ||
        options->operand_count > command->most_operands)
        return crux_fail(error, CRUX_INVALID, "usage: crux %s %s [OPTION]...; see 'crux help %s'",
                         command->name, command->operands, command->name);
    for (size_t i = 0; i < COMMANDS_NEEDS && command->needs[i] != NULL; i++)
        if (!options_given(options, command->needs[i]))
            return crux_fail(error, CRUX_INVALID,
                             "crux %s needs --%s: crux %s %s; see 'crux help %s'", command->name,
                             command->needs[i], command->name, command->operands, command->name);
    return CRUX_OK;
}

static int do_command(const struct command *command, char **arguments, struct crux_error *error)
{
    struct options options;
    int status;

    if (command->signals != COMMANDS_DIE)
        signals_open(command->signals == COMMANDS_WAIT);
    status = options_default(&options, &command->options, command->name, error);

    if (status != CRUX_OK)
        return status;
    options.arguments = arguments;
    options.others = commands_options_at;
    status = options_parse(&options, arguments + 2, error);
    if (status == CRUX_OK && options.help)
        status = help_command_page(stdout, command, NULL, error);
    else if (status == CRUX_OK)
        status = check_options(&options, error);
    if (status == CRUX_OK && !options.help)
        status = check_needs(command, &options, error);
    if (status == CRUX_OK && !options.help)
        status = command->run(&options, error);
    options_free(&options);
    return status;
}

static int do_words(char **arguments, struct crux_error *error)
{
    const char *name = arguments[1];
    const struct command *command;

    if (name == NULL) {
        help_overview(stderr);
        return EXIT_OPTIONS;
    }
    if (strcmp(name, "--version") == 0) {
        (void)puts("crux " CRUX_VERSION);
        return EXIT_DONE;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        help_overview(stdout);
        return EXIT_DONE;
    }
    command = commands_find(name, error);
    return command == NULL ? CRUX_INVALID : do_command(command, arguments, error);
}

/* What a full disk swallowed is an error, said once. */
static int main_flush(int exit, bool complained)
{
    /* Of an earlier failure the cause is not known any more. */
    int cause = fflush(stdout) != 0 ? errno : 0;

    if (complained || (cause == 0 && !ferror(stdout)))
        return exit;
    (void)fprintf(stderr, "crux: cannot write standard output%s%s\n", cause != 0 ? ": " : "",
                  cause != 0 ? strerror(cause) : "");
    return EXIT_STORE;
}

int main(int count, char **arguments)
{
    struct crux_error error = {""};
    int status = count > 0 ? do_words(arguments, &error) : EXIT_OPTIONS;

    if (status < 0)
        main_complain(&error);
    return main_flush(status < 0 ? commands_exit(status) : status, status < 0);
}
