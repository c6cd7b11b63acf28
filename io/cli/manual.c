/*
 * manual.c - manual pages in the macros of man(7), made from the commands' rows and the option
 * table.
 */
#include "io/cli/manual.h"

#include <ctype.h>
#include <string.h>

#include "io/cli/explained.h"

/* --- text in roff ------------------------------------------------------------------------------
 */

/* A hyphen is written \-, which is the ASCII one: an option can be copied from the page. A line
 * that begins with a dot or an apostrophe would be a request: \& before it makes it text. */
static void manual_put_text(FILE *out, const char *text, size_t length)
{
    bool begins = true;

    for (size_t i = 0; i < length; i++) {
        if (begins && (text[i] == '.' || text[i] == '\''))
            (void)fputs("\\&", out);
        begins = text[i] == '\n';
        if (text[i] == '\\')
            (void)fputs("\\e", out);
        else if (text[i] == '-')
            (void)fputs("\\-", out);
        else if (text[i] == '\'')
            (void)fputs("\\(aq", out);
        else
            (void)fputc(text[i], out);
    }
}

static void manual_put(FILE *out, const char *text)
{
    manual_put_text(out, text, strlen(text));
}

static void manual_put_paragraphs(FILE *out, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        manual_put_text(out, text, length);
        (void)fputc('\n', out);
        text += length + (text[length] == '\n');
        if (*text != '\0')
            (void)fputs(".PP\n", out);
    }
}

/* The argument of a macro, in quotes. */
static void manual_put_macro(FILE *out, const char *macro, const char *text)
{
    (void)fprintf(out, ".%s \"", macro);
    for (const char *at = text; *at != '\0'; at++)
        if (*at == '"')
            (void)fputs("\\(dq", out);
        else
            manual_put_text(out, at, 1);
    (void)fputs("\"\n", out);
}

/* A term in bold, what follows is about it. */
static void manual_put_term(FILE *out, const char *term)
{
    (void)fputs(".TP\n", out);
    manual_put_macro(out, "B", term);
}

static void manual_put_heading(FILE *out, const char *name, const char *text)
{
    (void)fputs(".TH ", out);
    for (const char *at = name; *at != '\0'; at++)
        (void)fputc(toupper((unsigned char)*at), out);
    /* No hyphens and no stretched blanks: names are long, and windows are narrow. */
    (void)fprintf(out, " 1 \"\" \"crux %s\" \"crux\"\n.nh\n.ad l\n.SH NAME\n", CRUX_VERSION);
    manual_put(out, name);
    (void)fputs(" \\- ", out);
    manual_put(out, text);
    (void)fputc('\n', out);
}

/* --- a command's page --------------------------------------------------------------------------
 */

static void manual_put_options(FILE *out, const struct options *defaults,
                               const struct options_topic *topic)
{
    struct options_place place = {.row = NULL};
    char heading[160], typed[EXPLAINED_TYPED], text[EXPLAINED_TEXT];

    (void)snprintf(heading, sizeof heading, "%s: %s", topic->name, topic->summary);
    manual_put_macro(out, "SS", heading);
    while (table_next(defaults->table, &place))
        if (place.group->topic == topic) {
            explained_typed(&place, typed, sizeof typed);
            explained_text(defaults, &place, text, sizeof text);
            manual_put_term(out, typed);
            manual_put(out, text);
            (void)fputc('\n', out);
        }
}

static void manual_put_exits(FILE *out, const struct command *command)
{
    enum exit_status status;
    const char *meaning;

    (void)fputs(".SH EXIT STATUS\n", out);
    for (size_t i = 0; (meaning = explained_exit_at(command, i, &status)) != NULL; i++) {
        (void)fprintf(out, ".TP\n.B %d\n", (int)status);
        manual_put(out, meaning);
        (void)fputc('\n', out);
    }
}

static void manual_put_examples(FILE *out, const char *examples)
{
    (void)fputs(".SH EXAMPLES\n.EX\n", out);
    manual_put(out, examples);
    (void)fputs("\n.EE\n", out);
}

static void manual_put_command(FILE *out, const struct command *command,
                               const struct options *defaults)
{
    const struct options_topic *topic;
    char name[64];

    (void)snprintf(name, sizeof name, "crux-%s", command->name);
    manual_put_heading(out, name, command->summary);
    (void)fprintf(out, ".SH SYNOPSIS\n.B crux %s\n", command->name);
    manual_put(out, command->operands);
    (void)fprintf(out, "%s[OPTION]...\n.SH DESCRIPTION\n", command->operands[0] ? " " : "");
    manual_put_paragraphs(out, command->description);
    (void)fputs(".SH OPTIONS\n", out);
    for (size_t i = 0; (topic = explained_topic_at(command, i)) != NULL; i++)
        manual_put_options(out, defaults, topic);
    manual_put_exits(out, command);
    manual_put_examples(out, command->examples);
    (void)fputs(".SH SEE ALSO\n.BR crux (1)\n", out);
}

/* --- the program's page ------------------------------------------------------------------------
 */

static void manual_put_program(FILE *out)
{
    const struct command *command;

    manual_put_heading(out, "crux", "search for the step at which right and wrong reasoning part");
    (void)fputs(".SH SYNOPSIS\n.B crux\nCOMMAND [OPERAND]... [OPTION]...\n.SH DESCRIPTION\n", out);
    manual_put(out,
               "A language model reasons in steps, and most wrong answers have one first wrong "
               "step. crux searches the tree of reasoning steps: a policy proposes steps, critics "
               "score them, and finished trees give pairs of a right and a wrong path with the "
               "place where they part.\n");
    (void)fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; (command = commands_at(i)) != NULL; i++) {
        (void)fputs(".TP\n.BR crux\\-", out);
        manual_put(out, command->name);
        (void)fputs(" (1)\n", out);
        manual_put(out, command->summary);
        (void)fputc('\n', out);
    }
    (void)fputs(".SH SEE ALSO\n", out);
    for (size_t i = 0; (command = commands_at(i)) != NULL; i++) {
        (void)fputs(".BR crux\\-", out);
        manual_put(out, command->name);
        (void)fprintf(out, " (1)%s\n", commands_at(i + 1) != NULL ? "," : "");
    }
}

int manual_page(FILE *out, const char *name, struct crux_error *error)
{
    const struct command *command;
    struct options defaults;
    int status;

    if (name == NULL) {
        manual_put_program(out);
        return CRUX_OK;
    }
    command = commands_find(name, error);
    if (command == NULL)
        return CRUX_INVALID;
    status = options_default(&defaults, &command->options, command->name, error);
    if (status != CRUX_OK)
        return status;
    manual_put_command(out, command, &defaults);
    options_free(&defaults);
    return CRUX_OK;
}
