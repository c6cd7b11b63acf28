/*
 * card.c - writes the card (README.md) of a data set. All it says about fields comes from the
 * views' own tables.
 *
 * All that goes into the YAML is words of ours and numbers; what a user or a model
 * has written (the configuration) stands below it as JSON, indented by four
 * columns, which Markdown takes as it is whatever is in it. A view without rows is
 * mentioned in the text and left out of the YAML, for `datasets` loads no empty split.
 */
#include "io/views/card.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 4 };

/* --- YAML ------------------------------------------------------------------------------ */

static uint64_t card_rows(const struct output *output)
{
    uint64_t rows = 0;

    for (size_t i = 0; i < output->part_count; i++)
        rows += output->parts[i].rows;
    return rows;
}

static const char *size_category(const struct card *card)
{
    static const struct {
        uint64_t below;
        const char *name;
    } categories[] = {
        {1000, "n<1K"},
        {10000, "1K<n<10K"},
        {100000, "10K<n<100K"},
        {1000000, "100K<n<1M"},
        {10000000, "1M<n<10M"},
        {100000000, "10M<n<100M"},
        {UINT64_MAX, "100M<n<1B"},
    };
    uint64_t rows = 0;
    size_t i = 0;

    for (size_t view = 0; view < card->output_count; view++)
        rows += card_rows(&card->outputs[view]);
    while (rows >= categories[i].below && categories[i].below != UINT64_MAX)
        i++;
    return categories[i].name;
}

static void put_configs(FILE *out, const struct card *card)
{
    bool first = true;

    for (size_t i = 0; i < card->output_count; i++) {
        const struct output *output = &card->outputs[i];

        if (card_rows(output) == 0)
            continue;
        (void)fprintf(out, "%s- config_name: %s\n  data_files:\n", first ? "configs:\n" : "",
                      output->view->name);
        for (size_t j = 0; j < output->part_count; j++)
            if (output->parts[j].rows > 0)
                (void)fprintf(out, "  - split: %s\n    path: %s\n", output->parts[j].split,
                              output->parts[j].path);
        (void)fputs(first ? "  default: true\n" : "", out);
        first = false;
    }
}

static void put_feature(FILE *out, const struct view_field *field)
{
    static const char *const types[] = {
        [VIEW_TEXT] = "dtype: string",  [VIEW_INTEGER] = "dtype: int64",
        [VIEW_REAL] = "dtype: float64", [VIEW_BOOL] = "dtype: bool",
        [VIEW_TEXTS] = "list: string",  [VIEW_INTEGERS] = "list: int64",
        [VIEW_REALS] = "list: float64", [VIEW_RECORD] = "struct:",
        [VIEW_PLACE] = "dtype: int64",  [VIEW_RECORDS] = "list:",
        [VIEW_IMAGES] = "list: string", [VIEW_PICTURES] = "list:",
    };
    int column = 2 + 2 * (int)field->depth;

    (void)fprintf(out, "%*s- name: %s\n%*s%s\n", column, "", field->name, column + 2, "",
                  types[field->type]);
    if (field->type == VIEW_PICTURES)
        (void)fprintf(out, "%*s- name: image\n%*sdtype: string\n", column + 2, "", column + 4, "");
}

static void put_splits(FILE *out, const struct output *output)
{
    (void)fputs("  splits:\n", out);
    for (size_t i = 0; i < output->part_count; i++)
        if (output->parts[i].rows > 0)
            (void)fprintf(out,
                          "  - name: %s\n"
                          "    num_bytes: %" PRIu64 "\n"
                          "    num_examples: %" PRIu64 "\n",
                          output->parts[i].split, output->parts[i].bytes, output->parts[i].rows);
}

static void put_info(FILE *out, const struct card *card)
{
    bool first = true;

    for (size_t i = 0; i < card->output_count; i++) {
        const struct view *view = card->outputs[i].view;

        if (card_rows(&card->outputs[i]) == 0)
            continue;
        if (first)
            (void)fputs("dataset_info:\n", out);
        first = false;
        (void)fprintf(out, "- config_name: %s\n  features:\n", view->name);
        for (size_t field = 0; field < view->field_count; field++)
            if (card->run->images || !view_is_of_pictures(&view->fields[field]))
                put_feature(out, &view->fields[field]);
        put_splits(out, &card->outputs[i]);
    }
}

static void put_front_matter(FILE *out, const struct card *card)
{
    (void)fprintf(out,
                  "---\n"
                  "license: other\n"
                  "language:\n"
                  "- en\n"
                  "pretty_name: \"Where right and wrong reasoning part (crux run %s)\"\n"
                  "size_categories:\n"
                  "- %s\n"
                  "task_categories:\n"
                  "- text-generation\n"
                  "- text-classification\n"
                  "tags:\n"
                  "- reasoning\n"
                  "- critique\n"
                  "- process-supervision\n"
                  "- monte-carlo-tree-search\n"
                  "- synthetic\n",
                  card->run->run_id, size_category(card));
    put_configs(out, card);
    put_info(out, card);
    (void)fputs("---\n\n", out);
}

/* --- prose ------------------------------------------------------------------------------- */

/* The name of a field with the names of the records around it, `value.wrong.mean`. */
static void put_name(FILE *out, const char *const names[DEEPEST], unsigned depth)
{
    for (unsigned i = 0; i <= depth; i++)
        (void)fprintf(out, "%s%s", i > 0 ? "." : "", names[i]);
}

static void put_fields(FILE *out, const struct view *view, const struct view_run *run)
{
    static const char *const types[] = {
        [VIEW_TEXT] = "text",
        [VIEW_INTEGER] = "integer",
        [VIEW_REAL] = "real",
        [VIEW_BOOL] = "true or false",
        [VIEW_PLACE] = "integer or null",
        [VIEW_TEXTS] = "list of text",
        [VIEW_IMAGES] = "list of text",
        [VIEW_PICTURES] = "list of records",
        [VIEW_INTEGERS] = "list of integers",
        [VIEW_REALS] = "list of real",
        [VIEW_RECORD] = "record",
        [VIEW_RECORDS] = "list of records",
    };
    const char *names[DEEPEST] = {NULL};

    (void)fputs("| field | type | meaning |\n|---|---|---|\n", out);
    for (size_t i = 0; i < view->field_count; i++) {
        const struct view_field *field = &view->fields[i];

        if (!run->images && view_is_of_pictures(field))
            continue;
        names[field->depth] = field->name;
        (void)fputs("| `", out);
        put_name(out, names, field->depth);
        (void)fprintf(out, "` | %s | %s |\n", types[field->type], field->meaning);
    }
}

/* Of the views that say which rows are right and which wrong. */
static void put_balance(FILE *out, const struct output *output)
{
    uint64_t right = 0, wrong = 0;

    for (size_t i = 0; i < output->part_count; i++) {
        right += output->parts[i].right;
        wrong += output->parts[i].wrong;
    }
    if (right + wrong > 0)
        (void)fprintf(
            out, "%" PRIu64 " rows are about what is right, %" PRIu64 " about what is wrong.\n\n",
            right, wrong);
}

static void put_view(FILE *out, const struct output *output, const struct view_run *run)
{
    uint64_t rows = card_rows(output);

    (void)fprintf(out, "## View `%s`: %" PRIu64 " rows\n\n%s\n\n", output->view->name, rows,
                  output->view->story);
    if (rows == 0)
        (void)fputs("Here it has no rows, and so no configuration that could be loaded.\n\n", out);
    put_balance(out, output);
    put_fields(out, output->view, run);
    (void)fprintf(out, "\nTo check one by hand: %s\n\n", output->view->checking);
}

/* --- prose: loading ------------------------------------------------------------------------- */

/* A view's name as a name of Python. */
static void put_python(FILE *out, const char *name)
{
    for (; *name != '\0'; name++)
        (void)fputc(*name == '-' ? '_' : *name, out);
}

/* A file that is loaded must have rows. */
static const char *card_first_split(const struct output *output)
{
    for (size_t i = 0; i < output->part_count; i++)
        if (output->parts[i].rows > 0)
            return output->parts[i].split;
    return NULL;
}

static const char parquet_story[] =
    "### As Parquet\n\n"
    "For what reads nothing else. These lines write `VIEW-SPLIT.parquet`, with the types that are "
    "declared above:\n\n"
    "```python\n"
    "import pyarrow.parquet\n"
    "from datasets import load_dataset\n\n"
    "folder, view = \"PATH/OF/THIS/FOLDER\", \"%s\"\n"
    "for split, rows in load_dataset(folder, view).items():\n"
    "    table = rows.with_format(\"arrow\")\n"
    "    with pyarrow.parquet.ParquetWriter(f\"{view}-{split}.parquet\", "
    "rows.features.arrow_schema) "
    "as file:\n"
    "        for batch in table.iter(10000):\n"
    "            file.write_table(batch)\n"
    "```\n\n";

static void put_loading(FILE *out, const struct card *card)
{
    const char *first = NULL;
    bool compressed = false;

    (void)fputs("## Loading\n\n```python\nfrom datasets import load_dataset\n\n", out);
    for (size_t i = 0; i < card->output_count; i++) {
        const struct output *output = &card->outputs[i];

        if (card_rows(output) == 0)
            continue;
        first = first == NULL ? output->view->name : first;
        compressed |= output->parts[0].size != output->parts[0].bytes;
        put_python(out, output->view->name);
        (void)fprintf(out, " = load_dataset(\"PATH/OF/THIS/FOLDER\", \"%s\", split=\"%s\")\n",
                      output->view->name, card_first_split(output));
    }
    (void)fputs("```\n\nEach file below `data/` is JSON lines, one object a line, in the order of "
                "the input; `manifest.json` has the SHA-256 of every file.",
                out);
    if (compressed)
        (void)fputs(" Each is one zstd frame; to load it `datasets` needs the package "
                    "`zstandard`.",
                    out);
    (void)fputs("\n\n", out);
    if (first != NULL)
        (void)fprintf(out, parquet_story, first);
}

/* --- prose: problems -------------------------------------------------------------------------- */

static void put_parts(FILE *out, const struct sift *sift)
{
    const struct portions *portions = &sift->portions;

    if (portions->count < 2)
        return;
    (void)fprintf(out, "Problems are split by a hash of their id and the seed %" PRId64 ":",
                  (int64_t)sift->seed);
    for (size_t i = 0; i < portions->count; i++)
        (void)fprintf(out, "%s `%s` has %" PRIu64, i > 0 ? "," : "", portions->names[i],
                      sift->problems[i]);
    (void)fputs(". No problem is in two parts, and one that is like an earlier one is where that "
                "is.\n\n",
                out);
}

static void put_alike(FILE *out, const struct sift *sift)
{
    (void)fprintf(out,
                  "%" PRIu64 " problems say word by word what an earlier one says, and %" PRIu64
                  " are like an earlier one (of their sets of three words in a row at least %g %% "
                  "are common; problems with other pictures, numbers or targets are not alike); %s"
                  "\n\n",
                  sift->same, sift->alike, 100.0 * sift_least(sift->what),
                  sift->what->dedup > 0.0 ? "they are left out." : "they are in here.");
    if (sift->foreign != NULL)
        (void)fprintf(out,
                      "Compared likewise with the files of problems that `manifest.json` names, "
                      "%" PRIu64 " are like one of theirs; %s\n\n",
                      sift->contaminated,
                      sift->what->drop_contaminated ? "they are left out." : "they are in here.");
}

static void put_page(FILE *out, const struct crux_paged *page)
{
    (void)fprintf(out,
                  "## The page\n\n"
                  "`index.html` shows the run in a browser, without a network: an index of %" PRIu64
                  " problems, and of %" PRIu64 " of them the tree, with answers, pairs and what "
                  "critics said. ",
                  page->problems, page->bodies);
    (void)fprintf(out,
                  "It holds %" PRIu64 " nodes; %" PRIu64 " nodes, %" PRIu64 " answers and %" PRIu64
                  " whole trees are not on it.\n\n",
                  page->nodes, page->left_nodes, page->left_rollouts, page->left_problems);
}

static void put_indented(FILE *out, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        (void)fprintf(out, "    %.*s\n", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static void put_making(FILE *out, const struct card *card)
{
    char *configuration = json_text(card->run->configuration, true);

    (void)fprintf(out,
                  "## How it was made\n\n"
                  "By crux %s: a search over each problem's next steps proposes, completes and "
                  "judges answers, and every finished tree is kept. Finished: %" PRIu64
                  " problems, of which %" PRIu64 " have a right path. Not in here: %" PRIu64
                  " whose calls failed, %" PRIu64
                  " not searched yet. The configuration, as far as it decides what the data are:"
                  "\n\n",
                  CRUX_VERSION, card->trees, card->with_right, card->broken, card->unfinished);
    put_indented(out, configuration == NULL ? "" : configuration);
    (void)fputs("\n", out);
    free(configuration);
}

char *card_text(const struct card *card)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    bool failed;

    if (out == NULL)
        return NULL;
    put_front_matter(out, card);
    (void)fputs("# Where right and wrong reasoning part\n\n", out);
    for (size_t i = 0; i < card->output_count; i++)
        put_view(out, &card->outputs[i], card->run);
    if (card->page != NULL)
        put_page(out, card->page);
    if (card->output_count > 0)
        put_loading(out, card);
    (void)fputs("## Problems\n\n", out);
    put_parts(out, card->sift);
    put_alike(out, card->sift);
    put_making(out, card);
    (void)fputs("## Licence\n\nThe problems are those of the input and keep their licence. Whoever "
                "publishes this folder sets `license` above.\n",
                out);
    failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}
