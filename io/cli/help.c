/*
 * help.c - `crux help`: a manual page from a command's row and the option table.
 *
 * Nothing is written here that a table knows: ranges, defaults and exit statuses are
 * looked up, so that a page cannot be out of date.
 */
#include "io/cli/commands.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 79, INDENT = 4 };

/* --- laying out ---------------------------------------------------------------------- */

static const char *put_line(FILE *out, const char *text, int indent)
{
    size_t room = (size_t)(WIDTH - indent), length = strcspn(text, "\n");

    if (length > room) {
        length = room;
        while (length > 0 && text[length] != ' ')
            length--;
        if (length == 0)
            length = strcspn(text, " \n"); /* a word longer than a line */
    }
    (void)fprintf(out, "%*s%.*s\n", indent, "", (int)length, text);
    text += length;
    return *text == ' ' || *text == '\n' ? text + 1 : text;
}

static void put_paragraphs(FILE *out, const char *text, int indent)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        const char *end = text + length;

        while (text < end)
            text = put_line(out, text, indent);
        if (*end != '\0' && end[1] != '\0')
            (void)fputc('\n', out);
        text = *end == '\0' ? end : end + 1;
    }
}

/* Lines stay as they are. */
static void put_verbatim(FILE *out, const char *text, int indent)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        (void)fprintf(out, "%*s%.*s\n", indent, "", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

/* --- the sections ---------------------------------------------------------------------- */

static void put_option(FILE *out, const struct options *defaults, const struct options_row *row)
{
    char text[1024], expected[256], value[128];
    int used = snprintf(text, sizeof text, "%s", row->help);

    (void)fprintf(out, "%*s--%s%s%s\n", INDENT, "", row->name, row->metavar[0] ? " " : "",
                  row->metavar);
    if (row->metavar[0] != '\0' && row->most != row->least) {
        options_expected(row, expected, sizeof expected);
        used += snprintf(text + used, sizeof text - (size_t)used, " %c%s", toupper(expected[0]),
                         expected + 1);
        used += snprintf(text + used, sizeof text - (size_t)used, ".");
    } else if (row->words != NULL) {
        options_expected(row, expected, sizeof expected);
        used += snprintf(text + used, sizeof text - (size_t)used, " One of %s.", expected);
    }
    options_value(defaults, row, value, sizeof value);
    if (value[0] != '\0')
        (void)snprintf(text + used, sizeof text - (size_t)used, " Default: %s.", value);
    put_paragraphs(out, text, 2 * INDENT);
    (void)fputc('\n', out);
}

static int put_options(FILE *out, const struct command *command, struct crux_error *error)
{
    struct options defaults;
    const struct options_row *row;
    size_t cursor = 0;
    int status = options_default(&defaults, command->bit, command->name, error);

    if (status != CRUX_OK)
        return status;
    (void)fputs("\nOPTIONS\n", out);
    while ((row = options_next(command->bit, &cursor)) != NULL)
        put_option(out, &defaults, row);
    options_free(&defaults);
    return CRUX_OK;
}

static const struct exit_meaning {
    enum exit_status status;
    const char *meaning;
} meanings[] = {
    {EXIT_DONE, "done"},
    {EXIT_CHECK, "a check failed, or memory was not enough"},
    {EXIT_OPTIONS, "an option or a configuration that cannot work"},
    {EXIT_INPUT, "the input is not as it must be"},
    {EXIT_STORE, "a store or an output cannot be read or written"},
    {EXIT_LIMIT, "a limit was reached or no server is left; the same command goes on"},
    {EXIT_SOME_FAILED, "some problems failed, lines were skipped, or a bench was stopped"},
    {EXIT_INTERRUPTED, "interrupted; the same command goes on"},
};

static bool may_exit(const struct command *command, enum exit_status status)
{
    if (status == EXIT_DONE || status == EXIT_OPTIONS)
        return true;
    for (size_t i = 0; i < COMMANDS_EXITS && command->exits[i] != EXIT_DONE; i++)
        if (command->exits[i] == status)
            return true;
    return false;
}

static void put_exits(FILE *out, const struct command *command)
{
    (void)fputs("EXIT STATUS\n", out);
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (may_exit(command, meanings[i].status))
            (void)fprintf(out, "%*s%-4d %s\n", INDENT, "", (int)meanings[i].status,
                          meanings[i].meaning);
}

int help_command_page(FILE *out, const struct command *command, struct crux_error *error)
{
    int status;

    (void)fprintf(out, "NAME\n%*scrux %s - %s\n", INDENT, "", command->name, command->summary);
    (void)fprintf(out, "\nSYNOPSIS\n%*scrux %s%s%s [OPTION]...\n", INDENT, "", command->name,
                  command->operands[0] ? " " : "", command->operands);
    (void)fputs("\nDESCRIPTION\n", out);
    put_paragraphs(out, command->description, INDENT);
    status = put_options(out, command, error);
    if (status != CRUX_OK)
        return status;
    put_exits(out, command);
    (void)fputs("\nEXAMPLES\n", out);
    put_verbatim(out, command->examples, INDENT);
    return CRUX_OK;
}

void help_overview(FILE *out)
{
    const struct command *command;

    (void)fputs("crux - search for the step at which right and wrong reasoning part\n\n"
                "usage: crux COMMAND [OPERAND]... [OPTION]...\n\n",
                out);
    for (size_t i = 0; (command = commands_at(i)) != NULL; i++)
        (void)fprintf(out, "%*s%-10s %s\n", INDENT, "", command->name, command->summary);
    (void)fputs("\n'crux help COMMAND' tells more; 'crux --version' tells the version.\n", out);
}

static int help_run(struct options *options, struct crux_error *error)
{
    const struct command *command;

    if (options->operand_count == 0) {
        help_overview(stdout);
        return EXIT_DONE;
    }
    command = commands_find(options->operands[0], error);
    return command == NULL ? CRUX_INVALID : help_command_page(stdout, command, error);
}

const struct command help_command = {
    .name = "help",
    .bit = OPTIONS_HELP,
    .operands = "[COMMAND]",
    .most_operands = 1,
    .summary = "explain a command",
    .description = "Prints the manual page of COMMAND, or without one a list of the commands. "
                   "'crux COMMAND --help' does the same.",
    .examples = "crux help generate",
    .run = help_run,
};
