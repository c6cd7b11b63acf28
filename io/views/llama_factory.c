/*
 * llama_factory.c - the view `llama-factory`: preference-chat as LLaMA-Factory reads it, with its
 * dataset_info.json.
 */
#include "io/views/couple.h"
#include "io/views/pictures.h"

#include <stdio.h>
#include <string.h>

#include "io/json.h"

/* --- columns ------------------------------------------------------------------------------ */

COLUMNS_WRITE(record, record, factory_chosen,
              pictures_put_whole(out, record->about.run, &record->right))
COLUMNS_WRITE(record, record, factory_rejected,
              pictures_put_whole(out, record->about.run, &record->path))

static const struct columns_turn factory_turns[] = {{"human", pictures_problem}, {NULL, NULL}};
static const struct columns_turn factory_answers[] = {{"gpt", factory_chosen},
                                                      {"gpt", factory_rejected}};

static const void *factory_turn_after(const void *row, const void *around, const void *item)
{
    (void)row;
    (void)around;
    return columns_turn_after(factory_turns, item);
}

static const void *factory_right(const void *row, const void *around, const void *item)
{
    (void)row;
    (void)around;
    (void)item;
    return &factory_answers[0];
}

static const void *factory_wrong(const void *row, const void *around, const void *item)
{
    (void)row;
    (void)around;
    (void)item;
    return &factory_answers[1];
}

static const struct view_field factory_fields[] = {
    COLUMNS_ID,
    COLUMNS_PROBLEM_ID,
    {0,
     "conversations",
     VIEW_RECORDS,
     "the problem, as the only turn",
     {.next = factory_turn_after}},
    {1, "from", VIEW_TEXT, "`human`", {columns_role}},
    {1, "value", VIEW_TEXT, "what is said, with `<image>` for each picture", {columns_content}},
    {0, "chosen", VIEW_RECORD, "the right answer, whole", {.next = factory_right}},
    {1, "from", VIEW_TEXT, "`gpt`", {columns_role}},
    {1, "value", VIEW_TEXT, "it, from its first step to its last", {columns_content}},
    {0, "rejected", VIEW_RECORD, "the wrong answer, whole", {.next = factory_wrong}},
    {1, "from", VIEW_TEXT, "`gpt`", {columns_role}},
    {1, "value", VIEW_TEXT, "likewise", {columns_content}},
    COUPLE_CHOSEN_ID,
    COLUMNS_STEPS,
    COLUMNS_ANSWERS,
    COLUMNS_IMAGES,
};

static int factory_rows(const struct view_tree *what, const struct view_run *run,
                        struct view_out *out, struct crux_error *error)
{
    return record_walk(what, run, couple_put, out, error);
}

/* --- dataset_info.json -------------------------------------------------------------------- */

static struct json *factory_columns(bool images)
{
    static const char *const names[][2] = {{"messages", "conversations"},
                                           {"chosen", "chosen"},
                                           {"rejected", "rejected"},
                                           {"images", "images"}};
    struct json *columns = json_new_object();

    for (size_t i = 0; i < sizeof names / sizeof names[0] - !images; i++)
        json_put(columns, names[i][0], json_of_string(names[i][1]));
    return columns;
}

/* The split train is the data set `crux`, another one `crux_SPLIT`. */
static char *factory_info(const struct view_file *files, size_t count)
{
    struct json *info = json_new_object();
    char name[80], *text;

    for (size_t i = 0; i < count; i++) {
        struct json *entry = json_new_object();

        (void)snprintf(name, sizeof name, "crux%s%s",
                       strcmp(files[i].split, "train") == 0 ? "" : "_",
                       strcmp(files[i].split, "train") == 0 ? "" : files[i].split);
        json_put(entry, "file_name", json_of_string(files[i].name));
        json_put(entry, "formatting", json_of_string("sharegpt"));
        json_put(entry, "ranking", json_of_bool(true));
        json_put(entry, "columns", factory_columns(files[i].images));
        json_put(info, name, entry);
    }
    text = json_text(info, true);
    json_free(info);
    return text;
}

const struct view view_llama_factory = {
    .name = "llama-factory",
    .help = "a right and a wrong answer to the same problem, as LLaMA-Factory reads them",
    .story = "The rows of the view preference-chat in the form that LLaMA-Factory calls sharegpt, "
             "with the `dataset_info.json` that it asks for: set `dataset_dir` to `data/llama-"
             "factory` and `dataset` to `crux`, with `stage: dpo` or `rm`. Where problems have "
             "pictures each has its `<image>`, and `media_dir` is the folder that their paths "
             "start from.",
    .checking = "As in preference-chat: both answer the turn of `conversations`; `chosen` comes to "
                "`right_answer`, `rejected` to `wrong_answer`.",
    .fields = factory_fields,
    .field_count = sizeof factory_fields / sizeof factory_fields[0],
    .rows = factory_rows,
    .plain_only = true,
    .extra_name = "dataset_info.json",
    .extra_text = factory_info,
};
