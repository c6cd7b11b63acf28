/*
 * verl.c - the view `verl`: problems with their reference answers, as verl's reinforcement learning
 * reads them.
 */
#include "io/views/about.h"
#include "io/views/pictures.h"

struct verl_row {
    struct record_about about; /* first */
    uint32_t rights, counts;
};

#define VERL_COLUMN(name, value) COLUMNS_WRITE(verl_row, verl, name, value)
#define VERL_PROBLEM             verl->about.what->tree->problem

VERL_COLUMN(verl_source, view_text(out, "crux/problems"))
VERL_COLUMN(verl_ability, view_text(out, "reasoning"))
VERL_COLUMN(verl_style, view_text(out, "rule"))
VERL_COLUMN(verl_index, json_row_integer(out, (int64_t)VERL_PROBLEM->ordinal))
VERL_COLUMN(verl_rights, json_row_integer(out, verl->rights))
VERL_COLUMN(verl_counts, json_row_integer(out, verl->counts))

/* As qwen_vl_utils, by which verl opens a picture, wants it said. */
static void verl_pictures(struct json_row *out, const void *row, const void *item)
{
    const struct verl_row *verl = row;

    (void)item;
    json_row_begin_list(out);
    for (uint32_t i = 0; i < VERL_PROBLEM->image_count; i++) {
        json_row_begin_object(out);
        json_row_key(out, "image");
        view_text(out, VERL_PROBLEM->images[i]);
        json_row_end_object(out);
    }
    json_row_end_list(out);
}

static const struct columns_turn verl_turns[] = {{"user", pictures_problem}, {NULL, NULL}};

static const void *verl_turn_after(const void *row, const void *around, const void *item)
{
    (void)row;
    (void)around;
    return columns_turn_after(verl_turns, item);
}

static const struct view_field verl_fields[] = {
    {0, "id", VIEW_TEXT, "the problem's id in the input", {columns_problem_id}},
    COLUMNS_PROBLEM_ID,
    {0, "data_source", VIEW_TEXT, "`crux/problems`", {verl_source}},
    {0, "prompt", VIEW_RECORDS, "the problem, as the only turn", {.next = verl_turn_after}},
    COLUMNS_TURN,
    {0, "ability", VIEW_TEXT, "`reasoning`", {verl_ability}},
    {0, "reward_model", VIEW_RECORD, "how an answer is judged", {NULL}},
    {1, "style", VIEW_TEXT, "`rule`: by comparing", {verl_style}},
    {1, "ground_truth", VIEW_TEXT, "the reference answer", {columns_reference_answer}},
    {0, "extra_info", VIEW_RECORD, "for whoever orders or filters problems", {NULL}},
    {1, "index", VIEW_INTEGER, "position in the input, from 0", {verl_index}},
    {1, "id", VIEW_TEXT, "the problem's id in the input", {columns_problem_id}},
    {1, "rights", VIEW_INTEGER, "right ones of the answers of the search", {verl_rights}},
    {1, "counts", VIEW_INTEGER, "how many these are; none of unknown verdict", {verl_counts}},
    COLUMNS_ANSWERS,
    {0,
     "images",
     VIEW_PICTURES,
     "pictures of the problem, each `image` as its line names it: a path from that file's folder, "
     "or a `data:` URL",
     {verl_pictures}},
};

/* Without a reference answer there is nothing to compare with. */
static int verl_rows(const struct view_tree *what, const struct view_run *run, struct view_out *out,
                     struct crux_error *error)
{
    const struct crux_tree *tree = what->tree;
    struct verl_row verl = {.about = about_tree(what, run)};

    if (tree->problem->answer == NULL || *tree->problem->answer == '\0')
        return CRUX_OK;
    for (uint32_t i = 0; i < tree->rollout_count; i++) {
        verl.rights += tree->rollouts[i].verdict == CRUX_RIGHT;
        verl.counts += tree->rollouts[i].verdict != CRUX_UNKNOWN;
    }
    return view_put(out, &verl, VIEW_NEITHER, error);
}

const struct view view_verl = {
    .name = "verl",
    .help = "problems with their reference answers, for verl's reinforcement learning",
    .story = "A row is a problem that has a reference answer, once. Nothing of the answers that "
             "the search found is in it but how many were right, which says how hard it is for "
             "this model. The file's name ends in `.json`, though it has JSON lines: older "
             "versions of verl read no other. Where problems have pictures each has its `<image>`.",
    .checking = "`prompt` is a problem of the input and `reward_model.ground_truth` the answer "
                "that stands beside it there.",
    .fields = verl_fields,
    .field_count = sizeof verl_fields / sizeof verl_fields[0],
    .rows = verl_rows,
    .file_ending = ".json",
    .plain_only = true,
};
