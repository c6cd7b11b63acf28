/*
 * completion.c - scripts that complete command lines in bash, zsh and fish, made from the tables.
 */
#include "io/cli/completion.h"

#include <ctype.h>
#include <string.h>

/* The flags of a command, one by one; those of named backends are settings and no words of their
 * own. */
static bool completion_next(const struct command *command, struct options_place *place)
{
    while (table_next(&command->options, place))
        if (table_is_flag(place->group))
            return true;
    return false;
}

static bool completion_takes_value(const struct options_row *row)
{
    return row->metavar[0] != '\0';
}

static void completion_put_words(FILE *out, const struct options_row *row)
{
    for (size_t i = 0; row->words[i] != NULL; i++)
        (void)fprintf(out, "%s%s", i > 0 ? " " : "", row->words[i]);
}

static void completion_put_commands(FILE *out)
{
    const struct command *command;

    for (size_t i = 0; (command = commands_at(i)) != NULL; i++)
        (void)fprintf(out, "%s%s", i > 0 ? " " : "", command->name);
}

/* Is the first operand one of some words, by the synopsis: "pause|in-flight N"? */
static bool completion_has_topics(const struct command *command)
{
    return islower((unsigned char)command->operands[0]) != 0;
}

/* These words, parted by blanks. */
static void completion_put_topics(FILE *out, const struct command *command)
{
    const char *topic = completion_has_topics(command) ? command->operands : NULL;

    while (topic != NULL) {
        (void)fprintf(out, "%s%.*s", topic > command->operands ? " " : "",
                      (int)strcspn(topic, "| "), topic);
        topic = strchr(topic, '|');
        if (topic != NULL)
            topic++;
    }
}

/* A text between apostrophes: how each of the three shells writes one in it. */
static void completion_put_quoted(FILE *out, const char *text, size_t length,
                                  const char *apostrophe)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] == '\'')
            (void)fputs(apostrophe, out);
        else
            (void)fputc(text[i], out);
}

/* The first sentence of an option's help. */
static size_t completion_sentence(const char *help)
{
    const char *end = strstr(help, ". ");

    return end != NULL ? (size_t)(end - help) : strlen(help) - (help[strlen(help) - 1] == '.');
}

/* --- bash --------------------------------------------------------------------------------------
 */

static void completion_put_bash_command(FILE *out, const struct command *command)
{
    struct options_place place = {.row = NULL};

    (void)fprintf(out, "    %s)\n        options='", command->name);
    while (completion_next(command, &place))
        (void)fprintf(out, "--%s ", place.row->name);
    (void)fputs("'\n        case $before in\n", out);
    place = (struct options_place){.row = NULL};
    while (completion_next(command, &place)) {
        if (!completion_takes_value(place.row))
            continue;
        (void)fprintf(out, "        --%s) words='", place.row->name);
        if (place.row->words != NULL)
            completion_put_words(out, place.row);
        (void)fputs("' value=1 ;;\n", out);
    }
    (void)fputs("        esac\n        topics='", out);
    completion_put_topics(out, command);
    (void)fputs("' ;;\n", out);
}

static void completion_put_bash(FILE *out)
{
    const struct command *command;

    (void)fputs("# crux completion for bash\n"
                "_crux()\n"
                "{\n"
                "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
                "    local options= words= value= topics=\n"
                "    COMPREPLY=()\n"
                "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                "        COMPREPLY=($(compgen -W '",
                out);
    completion_put_commands(out);
    (void)fputs("' -- \"$word\"))\n"
                "        return\n"
                "    fi\n"
                "    case ${COMP_WORDS[1]} in\n",
                out);
    for (size_t i = 0; (command = commands_at(i)) != NULL; i++)
        completion_put_bash_command(out, command);
    (void)fputs("    esac\n"
                "    if [ \"${COMP_WORDS[1]}\" = help ]; then\n"
                "        options=\"",
                out);
    completion_put_commands(out);
    (void)fputs(
        " presets man completion $options\"\n"
        "    fi\n"
        "    if [ -n \"$words\" ]; then\n"
        "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
        "    elif [ -z \"$value\" ] && { [[ $word == -* ]] || [ \"${COMP_WORDS[1]}\" = help ]; }; "
        "then\n"
        "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
        "    elif [ -z \"$value\" ] && [ -n \"$topics\" ] && [ \"$COMP_CWORD\" -eq 2 ]; then\n"
        "        COMPREPLY=($(compgen -W \"$topics\" -- \"$word\"))\n"
        "    else\n"
        "        compopt -o filenames 2>/dev/null\n"
        "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
        "    fi\n"
        "}\n"
        "complete -F _crux crux\n",
        out);
}

/* --- zsh ---------------------------------------------------------------------------------------
 */

static void completion_put_zsh_option(FILE *out, const struct options_row *row)
{
    (void)fprintf(out, "            '*--%s[", row->name);
    for (size_t i = 0, length = completion_sentence(row->help); i < length; i++) {
        if (strchr("[]:\\", row->help[i]) != NULL)
            (void)fputc('\\', out);
        completion_put_quoted(out, row->help + i, 1, "'\\''");
    }
    (void)fputc(']', out);
    if (completion_takes_value(row)) {
        (void)fputs(":value:", out);
        if (row->words != NULL) {
            (void)fputc('(', out);
            completion_put_words(out, row);
            (void)fputc(')', out);
        } else {
            (void)fputs("_files", out);
        }
    }
    (void)fputs("' \\\n", out);
}

static void completion_put_zsh(FILE *out)
{
    const struct command *command;

    (void)fputs("#compdef crux\n"
                "# crux completion for zsh\n"
                "local -a commands\n"
                "commands=(\n",
                out);
    for (size_t i = 0; (command = commands_at(i)) != NULL; i++) {
        (void)fprintf(out, "    '%s:", command->name);
        completion_put_quoted(out, command->summary, strlen(command->summary), "'\\''");
        (void)fputs("'\n", out);
    }
    (void)fputs(")\n"
                "if (( CURRENT == 2 )); then\n"
                "    _describe command commands\n"
                "    return\n"
                "fi\n"
                "local name=$words[2]\n"
                "shift words\n"
                "(( CURRENT-- ))\n"
                "case $name in\n"
                "    help)\n"
                "        commands+=(presets man completion)\n"
                "        _describe command commands ;;\n",
                out);
    for (size_t i = 0; (command = commands_at(i)) != NULL; i++) {
        struct options_place place = {.row = NULL};

        if (strcmp(command->name, "help") == 0)
            continue;
        (void)fprintf(out, "    %s)\n        _arguments \\\n", command->name);
        while (completion_next(command, &place))
            completion_put_zsh_option(out, place.row);
        if (completion_has_topics(command)) {
            (void)fputs("            '1:topic:(", out);
            completion_put_topics(out, command);
            (void)fputs(")' \\\n", out);
        }
        (void)fputs("            '*:file:_files' ;;\n", out);
    }
    (void)fputs("esac\n", out);
}

/* --- fish --------------------------------------------------------------------------------------
 */

static void completion_put_fish_option(FILE *out, const struct command *command,
                                       const struct options_row *row)
{
    (void)fprintf(out, "complete -c crux -n '__fish_seen_subcommand_from %s' -l %s", command->name,
                  row->name);
    if (completion_takes_value(row))
        (void)fputs(row->words != NULL ? " -x -a '" : " -r", out);
    if (completion_takes_value(row) && row->words != NULL) {
        completion_put_words(out, row);
        (void)fputc('\'', out);
    }
    (void)fputs(" -d '", out);
    completion_put_quoted(out, row->help, completion_sentence(row->help), "\\'");
    (void)fputs("'\n", out);
}

static void completion_put_fish_topics(FILE *out, const struct command *command)
{
    (void)fprintf(out,
                  "complete -c crux -n '__fish_seen_subcommand_from %s; and not "
                  "__fish_seen_subcommand_from ",
                  command->name);
    completion_put_topics(out, command);
    (void)fputs("' -f -a '", out);
    completion_put_topics(out, command);
    (void)fputs("'\n", out);
}

static void completion_put_fish(FILE *out)
{
    const struct command *command;

    (void)fputs("# crux completion for fish\n", out);
    for (size_t i = 0; (command = commands_at(i)) != NULL; i++) {
        (void)fprintf(out, "complete -c crux -n __fish_use_subcommand -f -a %s -d '",
                      command->name);
        completion_put_quoted(out, command->summary, strlen(command->summary), "\\'");
        (void)fputs("'\n", out);
    }
    (void)fputs("complete -c crux -n '__fish_seen_subcommand_from help' -f -a '", out);
    completion_put_commands(out);
    (void)fputs(" presets man completion'\n", out);
    for (size_t i = 0; (command = commands_at(i)) != NULL; i++) {
        struct options_place place = {.row = NULL};

        while (completion_next(command, &place))
            completion_put_fish_option(out, command, place.row);
        if (completion_has_topics(command))
            completion_put_fish_topics(out, command);
    }
}

int completion_script(FILE *out, const char *shell, struct crux_error *error)
{
    static const struct {
        const char *name;
        void (*put)(FILE *out);
    } shells[] = {
        {"bash", completion_put_bash}, {"zsh", completion_put_zsh}, {"fish", completion_put_fish}};

    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (shell != NULL && strcmp(shell, shells[i].name) == 0) {
            shells[i].put(out);
            return CRUX_OK;
        }
    return crux_fail(error, CRUX_INVALID, "crux help completion needs a shell: bash, zsh or fish");
}
