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

    for (size_t view = 0; view < card->view_count; view++)
        rows += card->views[view].rows;
    while (rows >= categories[i].below && categories[i].below != UINT64_MAX)
        i++;
    return categories[i].name;
}

static void put_configs(FILE *out, const struct card *card)
{
    bool first = true;

    for (size_t i = 0; i < card->view_count; i++) {
        const char *name = card->views[i].view->name;

        if (card->views[i].rows == 0)
            continue;
        if (first)
            (void)fputs("configs:\n", out);
        (void)fprintf(out,
                      "- config_name: %s\n"
                      "  data_files:\n"
                      "  - split: train\n"
                      "    path: " CARD_DATA_FILE "\n"
                      "%s",
                      name, name, first ? "  default: true\n" : "");
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
        [VIEW_RECORDS] = "list:",       [VIEW_IMAGES] = "list: string",
    };
    int column = 2 + 2 * (int)field->depth;

    (void)fprintf(out, "%*s- name: %s\n%*s%s\n", column, "", field->name, column + 2, "",
                  types[field->type]);
}

static void put_info(FILE *out, const struct card *card)
{
    bool first = true;

    for (size_t i = 0; i < card->view_count; i++) {
        const struct card_view *view = &card->views[i];

        if (view->rows == 0)
            continue;
        if (first)
            (void)fputs("dataset_info:\n", out);
        first = false;
        (void)fprintf(out, "- config_name: %s\n  features:\n", view->view->name);
        for (size_t field = 0; field < view->view->field_count; field++)
            if (view->view->fields[field].type != VIEW_IMAGES || card->run->images)
                put_feature(out, &view->view->fields[field]);
        (void)fprintf(out,
                      "  splits:\n"
                      "  - name: train\n"
                      "    num_bytes: %" PRIu64 "\n"
                      "    num_examples: %" PRIu64 "\n",
                      view->bytes, view->rows);
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
        [VIEW_TEXTS] = "list of text",
        [VIEW_IMAGES] = "list of text",
        [VIEW_INTEGERS] = "list of integers",
        [VIEW_REALS] = "list of real",
        [VIEW_RECORD] = "record",
        [VIEW_RECORDS] = "list of records",
    };
    const char *names[DEEPEST] = {NULL};

    (void)fputs("| field | type | meaning |\n|---|---|---|\n", out);
    for (size_t i = 0; i < view->field_count; i++) {
        const struct view_field *field = &view->fields[i];

        if (field->type == VIEW_IMAGES && !run->images)
            continue;
        names[field->depth] = field->name;
        (void)fputs("| `", out);
        put_name(out, names, field->depth);
        (void)fprintf(out, "` | %s | %s |\n", types[field->type], field->meaning);
    }
}

static void put_view(FILE *out, const struct card_view *view, const struct view_run *run)
{
    (void)fprintf(out, "## View `%s`: %" PRIu64 " rows\n\n%s\n\n", view->view->name, view->rows,
                  view->view->story);
    if (view->rows == 0)
        (void)fputs("Here it has no rows, and so no configuration that could be loaded.\n\n", out);
    put_fields(out, view->view, run);
    (void)fprintf(out, "\nTo check one by hand: %s\n\n", view->view->checking);
}

static void put_loading(FILE *out, const struct card *card)
{
    (void)fputs("## Loading\n\n```python\nfrom datasets import load_dataset\n\n", out);
    for (size_t i = 0; i < card->view_count; i++)
        if (card->views[i].rows > 0)
            (void)fprintf(out,
                          "%s = load_dataset(\"PATH/OF/THIS/FOLDER\", \"%s\", split=\"train\")\n",
                          card->views[i].view->name, card->views[i].view->name);
    (void)fputs("```\n\nEach file below `data/` is JSON lines, one object a line, in the order of "
                "the input; `manifest.json` has the SHA-256 of every file.\n\n",
                out);
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
    for (size_t i = 0; i < card->view_count; i++)
        put_view(out, &card->views[i], card->run);
    put_loading(out, card);
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
