/*
 * index.c - `crux index`: documents become a file that they are looked up in.
 *
 * All the work is in corpus_build(); here words become a plan.
 */
#include "io/cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/options/values.h"
#include "io/cli/terminal.h"
#include "io/corpus/corpus.h"
#include "io/json.h"

struct index_options {
    char *out, *fields;
    unsigned repeated; /* of index_repeated */
    bool force;
};

static const char *const index_repeated[] = {"refuse", "first", NULL};

/* --- the names of members ----------------------------------------------------------------- */

static int index_refuse_fields(const char *found, struct crux_error *error)
{
    return crux_fail(error, CRUX_INVALID,
                     "--fields: expected id=NAME, text=NAME or title=NAME, parted by commas, each "
                     "at most once, found `%.80s`",
                     found);
}

static int index_take_field(struct corpus_fields *out, const char *field, struct crux_error *error)
{
    const struct {
        const char *name;
        const char **into;
    } rows[] = {{"id=", &out->id}, {"text=", &out->text}, {"title=", &out->title}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t length = strlen(rows[i].name);

        if (strncmp(field, rows[i].name, length) != 0 || field[length] == '\0' ||
            *rows[i].into != NULL)
            continue;
        *rows[i].into = field + length;
        return CRUX_OK;
    }
    return index_refuse_fields(field, error);
}

/* The names lie in text, which is cut. */
static int index_take_fields(struct corpus_fields *out, char *text, struct crux_error *error)
{
    int status = CRUX_OK;
    char *field;

    while (status == CRUX_OK && (field = strsep(&text, ",")) != NULL)
        status = index_take_field(out, field, error);
    return status;
}

/* --- what came out -------------------------------------------------------------------------- */

static int index_print_json(const char *out, const struct corpus_about *about,
                            struct crux_error *error)
{
    struct json *row = json_new_object();
    char *text;

    json_put(row, "index", json_of_words(out));
    json_put(row, "version", json_of_integer(CORPUS_VERSION));
    json_put_count(row, "documents", about->documents);
    json_put_count(row, "left_out", about->left_out);
    json_put_count(row, "terms", about->terms);
    json_put(row, "sources_sha256", json_of_string(about->sources));
    text = json_text(row, false);
    json_free(row);
    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to print what was indexed");
    terminal_put_json(stdout, text);
    free(text);
    return CRUX_OK;
}

static int index_run(struct options *options, struct crux_error *error)
{
    const struct index_options *own = options->own;
    struct corpus_plan plan = {.out = own->out,
                               .files = (const char *const *)options->operands,
                               .file_count = options->operand_count,
                               .first = own->repeated == 1,
                               .force = own->force};
    struct corpus_about about;
    int status = index_take_fields(&plan.fields, own->fields, error);

    if (status == CRUX_OK)
        status = corpus_build(&plan, &about, error);
    if (status != CRUX_OK)
        return status;
    if (options->json)
        return index_print_json(own->out, &about, error);
    terminal_put(stdout, own->out, strlen(own->out));
    (void)printf(": %" PRIu64 " documents, %" PRIu64 " terms", about.documents, about.terms);
    if (about.left_out > 0)
        (void)printf("; %" PRIu64 " left out, whose ids were there", about.left_out);
    (void)printf("\n");
    return CRUX_OK;
}

static const struct options_row index_rows[] = {
    {"out", "CORPUS.db", &values_text, OPTIONS_COMMAND, offsetof(struct index_options, out), 0, 0,
     NULL, true, "The index to write. It appears whole or not at all."},
    {"force", "", &values_flag, OPTIONS_COMMAND, offsetof(struct index_options, force), 0, 0, NULL,
     true, "Replace an index that is there."},
    {"fields", "MINE=THEIRS", &values_text, OPTIONS_COMMAND, offsetof(struct index_options, fields),
     0, 0, NULL, true,
     "How members are called that are not called as usual: id=NAME, text=NAME, title=NAME, parted "
     "by commas."},
    {"repeated", "NAME", &values_choice, OPTIONS_COMMAND, offsetof(struct index_options, repeated),
     0, 0, index_repeated, true,
     "What comes of a document whose id an earlier one has: refuse ends the command; first leaves "
     "it out and counts it."},
    {.name = NULL}};

static const struct options_group index_group = {&table_topic_output, OPTIONS_OWN, index_rows};

static const struct options_group *const index_groups[] = {&index_group, &table_json, &table_config,
                                                           &table_help, NULL};

const struct command index_command = {
    .name = "index",
    .options = {OPTIONS_INDEX, index_groups, sizeof(struct index_options), NULL},
    .operands = "CORPUS.jsonl... --out CORPUS.db",
    .least_operands = 1,
    .most_operands = OPTIONS_OPERANDS,
    .needs = {"out"},
    .summary = "make documents searchable, for policy retrieve",
    .description =
        "Reads documents, a JSON object on each line: id, _id or docid; contents, content or text; "
        "and a title, if there is one; as Pyserini, BRIGHT and BEIR publish them. What it writes "
        "is "
        "one SQLite file with a full-text index (FTS5: BM25, words stemmed, a word of a title "
        "counted twice), which --policy doc=retrieve:CORPUS.db looks things up in. The same "
        "documents give the same index.\n"
        "Ids are unique over all files. What is not as it must be ends the command with file and "
        "line, and nothing is written.",
    .examples = "crux index theorems.jsonl --out theorems.db\n"
                "crux index one.jsonl two.jsonl --out corpus.db --fields id=key,text=body",
    .exits = {EXIT_INPUT, EXIT_STORE, EXIT_CHECK},
    .signals = COMMANDS_END,
    .run = index_run,
};
