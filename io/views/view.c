/*
 * view.c - what all views share: what they know of their run, and a row made of its table.
 *
 * What a run's configuration means to rows is read here: options are known by the names of
 * their flags, and one that a later version does not record is simply empty.
 */
#include "io/views/view.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/numbers.h"
#include "io/views/between.h"

struct crux_choice crux_choice_default(void)
{
    return (struct crux_choice){.gap = 0.1,
                                .overlap = 0.95,
                                .floor = 0.0,
                                .diverse = 1,
                                .margin = 0.0,
                                .visits = 1,
                                .siblings = CRUX_SIBLINGS_ALL};
}

/* --- what rows know of their run --------------------------------------------------------- */

/* The description behind `WHICH=` in a list of them; "" when there is none. */
static const char *described(const struct json *list, const char *which)
{
    size_t length = strlen(which);

    for (size_t i = 0; i < json_count(list); i++) {
        const char *text = json_as_string(json_at(list, i));

        if (text != NULL && strncmp(text, which, length) == 0 && text[length] == '=')
            return text + length + 1;
    }
    return "";
}

/* One policy is named alone; of several each says which kind of step it answers for. */
static char *name_policies(const struct json *list)
{
    const char *only = described(list, crux_kind_name(CRUX_STEP));
    size_t size = 1, count = json_count(list);
    char *joined;

    if (count == 1 && only[0] != '\0')
        return strdup(only);
    for (size_t i = 0; i < count; i++)
        size += strlen(json_as_string(json_at(list, i))) + 1;
    joined = calloc(size, 1);
    for (size_t i = 0; joined != NULL && i < count; i++) {
        if (i > 0)
            (void)strcat(joined, " ");
        (void)strcat(joined, json_as_string(json_at(list, i)));
    }
    return joined;
}

static bool all_texts(const struct json *list)
{
    for (size_t i = 0; i < json_count(list); i++)
        if (json_as_string(json_at(list, i)) == NULL)
            return false;
    return true;
}

static int read_run(struct view_run *run, struct crux_error *error)
{
    const struct json *policies = json_get(run->configuration, "policy");
    const struct json *critics = json_get(run->configuration, "critic");
    struct between between;
    int status;

    if (!all_texts(policies) || !all_texts(critics))
        return crux_fail(error, CRUX_STORE,
                         "the recorded configuration names policies or critics that are no texts");
    status = between_of(&between, run->configuration, error);
    if (status != CRUX_OK)
        return status;
    run->between = between.text;
    run->pieces = between.pieces;
    run->policy_model = name_policies(policies);
    run->annotator = strdup(described(critics, "annotate"));
    run->seed = json_as_integer(json_get(run->configuration, "seed"));
    if (run->policy_model == NULL || run->annotator == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the run's configuration");
    return CRUX_OK;
}

int view_run_open(struct view_run *out, const struct crux_summary *summary,
                  struct crux_error *error)
{
    struct view_run run = {.run_id = summary->run_id,
                           .config_hash = summary->config_hash,
                           .choice = crux_choice_default(),
                           .images = true};
    int status = json_parse(&run.configuration, summary->configuration,
                            strlen(summary->configuration), error);

    if (status == CRUX_OK)
        status = read_run(&run, error);
    if (status == CRUX_OK)
        *out = run;
    else
        view_run_close(&run);
    return status;
}

void view_run_close(struct view_run *run)
{
    free(run->policy_model);
    free(run->between);
    free(run->annotator);
    json_free(run->configuration);
    *run = (struct view_run){.run_id = NULL};
}

/* --- rows ---------------------------------------------------------------------------------- */

bool view_is_of_pictures(const struct view_field *field)
{
    return field->type == VIEW_IMAGES || field->type == VIEW_PICTURES;
}

/* The part of a table that is being written, and for what. */
struct cell {
    struct json_row *out;
    const struct view_field *field, *end;
    const void *row, *item;
    bool images;
};

static void cell_value(struct cell cell);

/* The fields from cell.field on that are as deep as it, up to one that is less deep. */
static void cell_record(struct cell cell)
{
    unsigned depth = cell.field < cell.end ? cell.field->depth : 0;

    json_row_begin_object(cell.out);
    for (; cell.field < cell.end && cell.field->depth >= depth; cell.field++)
        if (cell.field->depth == depth && (cell.images || !view_is_of_pictures(cell.field))) {
            json_row_key(cell.out, cell.field->name);
            cell_value(cell);
        }
    json_row_end_object(cell.out);
}

static void cell_records(struct cell below, view_next *next)
{
    const void *around = below.item;

    json_row_begin_list(below.out);
    for (below.item = next(below.row, around, NULL); below.item != NULL;
         below.item = next(below.row, around, below.item))
        cell_record(below);
    json_row_end_list(below.out);
}

static void cell_value(struct cell cell)
{
    const struct view_field *field = cell.field++;

    switch (field->type) {
    case VIEW_RECORD:
        if (field->how.next != NULL)
            cell.item = field->how.next(cell.row, cell.item, NULL);
        cell_record(cell);
        break;
    case VIEW_RECORDS:
        cell_records(cell, field->how.next);
        break;
    default:
        assert(field->how.write != NULL);
        field->how.write(cell.out, cell.row, cell.item);
    }
}

int view_rows(const struct view *view, const struct view_tree *what, const struct view_run *run,
              struct view_out *out, struct crux_error *error)
{
    out->view = view;
    out->what = what;
    out->run = run;
    return view->rows(what, run, out, error);
}

void view_out_close(struct view_out *out)
{
    json_row_free(&out->row);
}

int view_put(struct view_out *out, const void *row, enum view_side side, struct crux_error *error)
{
    const struct view *view = out->view;

    json_row_begin(&out->row);
    cell_record((struct cell){.out = &out->row,
                              .field = view->fields,
                              .end = view->fields + view->field_count,
                              .row = row,
                              .images = out->run->images});
    if (out->row.status != CRUX_OK)
        return crux_fail(error, out->row.status, "no row of problem %s in view %s: %s",
                         out->what->tree->problem->id, view->name, out->row.fault);
    return out->emit(out->context, out->row.text, out->row.length, side, error);
}

/* --- values -------------------------------------------------------------------------------- */

void view_text(struct json_row *out, const char *text)
{
    json_row_text(out, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
}

void view_step(struct json_row *out, const char *text)
{
    json_row_step(out, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
}

void view_lines(struct json_row *out, const char *text)
{
    json_row_begin_list(out);
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        if (length > 0)
            json_row_step(out, text, length);
        text += length + (text[length] == '\n');
    }
    json_row_end_list(out);
}

void view_place(struct json_row *out, uint32_t index)
{
    json_row_integer(out, index == CRUX_NO_NODE ? -1 : (int64_t)index);
}

void view_score(struct json_row *out, double score)
{
    json_row_real(out, score < 0.0 ? -1.0 : score);
}

void view_rewards(struct json_row *out, const struct crux_opinion *opinion)
{
    json_row_begin_list(out);
    for (uint32_t i = 0; opinion->steps != NULL && i < opinion->step_count; i++)
        view_score(out, opinion->steps[i]);
    json_row_end_list(out);
}

bool view_is_of_rollout(const struct crux_remark *remark)
{
    return remark->role == CRUX_ROLE_OUTCOME;
}

void view_remark_node(struct json_row *out, const struct crux_remark *remark)
{
    json_row_integer(out, view_is_of_rollout(remark) ? -1 : (int64_t)remark->path);
}

void view_remark_rollout(struct json_row *out, const struct crux_remark *remark)
{
    json_row_integer(out, view_is_of_rollout(remark) ? (int64_t)remark->path : -1);
}

void view_path_id(struct json_row *out, const struct crux_problem *problem, char letter,
                  uint32_t number)
{
    char id[512];

    (void)snprintf(id, sizeof id, "%s/%c%04u", problem->id, letter, number);
    view_text(out, id);
}

void view_images(struct json_row *out, const struct crux_problem *problem)
{
    json_row_begin_list(out);
    for (uint32_t i = 0; i < problem->image_count; i++)
        view_text(out, problem->images[i]);
    json_row_end_list(out);
}

void view_numbers(struct json_row *out, const struct crux_problem *problem)
{
    struct numbers_problem numbers;

    (void)numbers_problem_read(&numbers, problem->line);
    json_row_begin_list(out);
    for (uint32_t i = 0; i < numbers.count; i++)
        json_row_integer(out, numbers.numbers[i]);
    json_row_end_list(out);
}

void view_target(struct json_row *out, const struct crux_problem *problem)
{
    struct numbers_problem numbers;

    (void)numbers_problem_read(&numbers, problem->line);
    json_row_integer(out, numbers.target);
}
