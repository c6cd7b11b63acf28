/*
 * help.c - `crux help`: a manual page from a command's row and the option table.
 *
 * A command's own page has the options that are used most, and the topics that have the
 * others; a command with few options has them all there. Nothing is written here that a table
 * knows: ranges, defaults and exit statuses are looked up, so that a page cannot be out of date.
 */
#include "io/cli/help.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "io/cli/completion.h"
#include "io/cli/explained.h"
#include "io/cli/manual.h"
#include "io/cli/presets.h"
#include "io/cli/wrap.h"

enum { WIDTH = 79, INDENT = 4, FEW = 14 /* options that need no topics */ };

/* --- laying out ---------------------------------------------------------------------- */

static const char *put_wrapped_line(FILE *out, const char *text, int indent)
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
            text = put_wrapped_line(out, text, indent);
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

/* A line of two words, further ones indented. */
static void __attribute__((format(printf, 3, 4)))
put_words(FILE *out, unsigned indent, const char *format, ...)
{
    char text[512];
    va_list values;

    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    wrap_line(out, WIDTH, indent, text);
}

/* --- the sections ---------------------------------------------------------------------- */

static void put_option(FILE *out, const struct options *defaults, const struct options_place *place)
{
    char typed[EXPLAINED_TYPED], text[EXPLAINED_TEXT];

    explained_typed(place, typed, sizeof typed);
    explained_text(defaults, place, text, sizeof text);
    (void)fprintf(out, "%*s%s\n", INDENT, "", typed);
    put_paragraphs(out, text, 2 * INDENT);
    (void)fputc('\n', out);
}

static bool has_few_options(const struct command *command)
{
    return table_count(&command->options) <= FEW;
}

static void put_topic_options(FILE *out, const struct options *defaults,
                              const struct options_topic *topic)
{
    struct options_place place = {.row = NULL};

    (void)fprintf(out, "OPTIONS: %s - %s\n", topic->name, topic->summary);
    while (table_next(defaults->table, &place))
        if (place.group->topic == topic)
            put_option(out, defaults, &place);
}

static void put_all_options(FILE *out, const struct command *command,
                            const struct options *defaults)
{
    const struct options_topic *topic;

    (void)fputc('\n', out);
    for (size_t i = 0; (topic = explained_topic_at(command, i)) != NULL; i++)
        put_topic_options(out, defaults, topic);
}

static void put_topics(FILE *out, const struct command *command)
{
    const struct options_topic *topic;

    (void)fputs("MORE OPTIONS\n", out);
    for (size_t i = 0; (topic = explained_topic_at(command, i)) != NULL; i++)
        (void)fprintf(out, "%*scrux help %s %-10s %s\n", INDENT, "", command->name, topic->name,
                      topic->summary);
    (void)fprintf(out, "%*scrux help %s %-10s %s\n\n", INDENT, "", command->name, "all",
                  "every option");
}

static void put_usual_options(FILE *out, const struct command *command,
                              const struct options *defaults)
{
    struct options_place place = {.row = NULL};

    (void)fputs("\nOPTIONS\n", out);
    while (table_next(&command->options, &place))
        if (place.row->often || has_few_options(command))
            put_option(out, defaults, &place);
    if (!has_few_options(command))
        put_topics(out, command);
}

static void put_exits(FILE *out, const struct command *command)
{
    enum exit_status status;
    const char *meaning;

    (void)fputs("EXIT STATUS\n", out);
    for (size_t i = 0; (meaning = explained_exit_at(command, i, &status)) != NULL; i++)
        (void)fprintf(out, "%*s%-4d %s\n", INDENT, "", (int)status, meaning);
}

static void put_page(FILE *out, const struct command *command, const struct options *defaults,
                     bool all)
{
    (void)fputs("NAME\n", out);
    put_words(out, 2 * INDENT, "    crux %s - %s", command->name, command->summary);
    (void)fprintf(out, "\nSYNOPSIS\n%*scrux %s%s%s [OPTION]...\n", INDENT, "", command->name,
                  command->operands[0] ? " " : "", command->operands);
    (void)fputs("\nDESCRIPTION\n", out);
    put_paragraphs(out, command->description, INDENT);
    if (all)
        put_all_options(out, command, defaults);
    else
        put_usual_options(out, command, defaults);
    put_exits(out, command);
    (void)fputs("\nEXAMPLES\n", out);
    put_verbatim(out, command->examples, INDENT);
}

/* NULL: the command has none of that name; then *error says which it has. */
static const struct options_topic *find_topic(const struct command *command, const char *name,
                                              struct crux_error *error)
{
    const struct options_topic *topic;
    char names[256] = "";
    size_t used = 0;

    for (size_t i = 0; (topic = explained_topic_at(command, i)) != NULL; i++) {
        if (strcmp(topic->name, name) == 0)
            return topic;
        used += (size_t)snprintf(names + used, sizeof names - used, "%s, ", topic->name);
        used = used < sizeof names ? used : sizeof names - 1;
    }
    (void)crux_fail(error, CRUX_INVALID,
                    "the options of crux %s have no topic '%.60s'; there are %sand all",
                    command->name, name, names);
    return NULL;
}

int help_command_page(FILE *out, const struct command *command, const char *topic,
                      struct crux_error *error)
{
    bool all = topic != NULL && strcmp(topic, "all") == 0;
    const struct options_topic *found = NULL;
    struct options defaults;
    int status;

    if (topic != NULL && !all) {
        found = find_topic(command, topic, error);
        if (found == NULL)
            return CRUX_INVALID;
    }
    status = options_default(&defaults, &command->options, command->name, error);
    if (status != CRUX_OK)
        return status;
    if (found != NULL)
        put_topic_options(out, &defaults, found);
    else
        put_page(out, command, &defaults, all);
    options_free(&defaults);
    return CRUX_OK;
}

void help_overview(FILE *out)
{
    const struct command *command;

    (void)fputs("crux - search for the step at which right and wrong reasoning part\n\n"
                "usage: crux COMMAND [OPERAND]... [OPTION]...\n\n",
                out);
    for (size_t i = 0; (command = commands_at(i)) != NULL; i++)
        put_words(out, 15, "    %-10s %s", command->name, command->summary);
    (void)fputs("\n'crux help COMMAND' says more; 'crux --version' prints the version.\n", out);
}

/* `presets`, `presets NAME`, and NAME where no command is called so. Whether it was one of them. */
static bool help_presets(const struct options *options, int *status, struct crux_error *error)
{
    const char *word = options->operands[0], *name = options->operands[1];
    bool listed = strcmp(word, "presets") == 0;
    const struct preset *preset = NULL;
    struct crux_error other;

    if (!listed)
        preset = presets_find(word, &other);
    else if (name != NULL)
        preset = presets_find(name, error);
    *status = listed && name != NULL && preset == NULL ? CRUX_INVALID : EXIT_DONE;
    if (preset != NULL)
        (void)fputs(preset->text, stdout);
    else if (listed && name == NULL)
        presets_list(stdout);
    return listed || preset != NULL;
}

static int help_run(struct options *options, struct crux_error *error)
{
    const struct command *command;
    int status;

    if (options->operand_count == 0) {
        help_overview(stdout);
        return EXIT_DONE;
    }
    if (help_presets(options, &status, error))
        return status;
    if (strcmp(options->operands[0], "man") == 0)
        return manual_page(stdout, options->operands[1], error);
    if (strcmp(options->operands[0], "completion") == 0)
        return completion_script(stdout, options->operands[1], error);
    command = commands_find(options->operands[0], error);
    return command == NULL ? CRUX_INVALID
                           : help_command_page(stdout, command, options->operands[1], error);
}

static const struct options_group *const help_groups[] = {&table_help, NULL};

const struct command help_command = {
    .name = "help",
    .options = {OPTIONS_HELP, help_groups, 0, NULL},
    .operands = "[COMMAND [TOPIC]]",
    .most_operands = 2,
    .summary = "explain a command",
    .description =
        "Prints the manual page of COMMAND with the options that are used most, or without "
        "COMMAND a list of the commands. 'crux COMMAND --help' does the same. With TOPIC "
        "(search, model, limits and others, as the page lists them) prints the options "
        "of that topic, with the topic 'all' every option. 'crux help presets' lists the presets, "
        "files of options that ship, and 'crux help presets NAME' prints one.\n"
        "'crux help man' prints the manual page crux(1) as man(1) reads it, 'crux help man "
        "COMMAND' "
        "that of a command; 'crux help completion SHELL' what bash, zsh or fish completes. Both "
        "are "
        "installed by cmake --install.",
    .examples = "crux help generate\n"
                "crux help generate search\n"
                "crux help generate all\n"
                "crux help presets mmc > mine.yaml\n"
                "crux help man solve | man -l -\n"
                "source <(crux help completion bash)",
    .run = help_run,
};
