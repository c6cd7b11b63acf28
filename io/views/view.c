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
#include "io/steps.h"

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

    if (!all_texts(policies) || !all_texts(critics))
        return crux_fail(error, CRUX_STORE,
                         "the recorded configuration names policies or critics that are no texts");
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
    struct view_run run = {.run_id = summary->run_id, .config_hash = summary->config_hash};
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
    free(run->annotator);
    json_free(run->configuration);
    *run = (struct view_run){.run_id = NULL};
}

/* --- rows ---------------------------------------------------------------------------------- */

/* The part of a table that is being written, and for what. */
struct cell {
    const struct view_field *field, *end;
    const void *row, *item;
};

static struct json *cell_value(struct cell cell);

/* The fields from cell.field on that are as deep as it, up to one that is less deep. */
static struct json *cell_record(struct cell cell)
{
    struct json *object = json_new_object();
    unsigned depth = cell.field < cell.end ? cell.field->depth : 0;

    for (; cell.field < cell.end && cell.field->depth >= depth; cell.field++)
        if (cell.field->depth == depth)
            json_put(object, cell.field->name, cell_value(cell));
    return object;
}

static struct json *cell_records(struct cell below, view_next *next)
{
    struct json *array = json_new_array();

    for (below.item = next(below.row, NULL); below.item != NULL;
         below.item = next(below.row, below.item))
        json_add(array, cell_record(below));
    return array;
}

static struct json *cell_value(struct cell cell)
{
    const struct view_field *field = cell.field++;

    switch (field->type) {
    case VIEW_RECORD:
        if (field->how.next != NULL)
            cell.item = field->how.next(cell.row, NULL);
        return cell_record(cell);
    case VIEW_RECORDS:
        return cell_records(cell, field->how.next);
    default:
        assert(field->how.write != NULL);
        return field->how.write(cell.row, cell.item);
    }
}

struct json *view_row(const struct view *view, const void *row)
{
    return cell_record(
        (struct cell){.field = view->fields, .end = view->fields + view->field_count, .row = row});
}

/* --- values -------------------------------------------------------------------------------- */

struct json *view_text(const char *text)
{
    return json_of_string(text == NULL ? "" : text);
}

struct json *view_step(const char *text)
{
    return steps_json(
        (struct crux_text){text == NULL ? "" : text, text == NULL ? 0 : strlen(text)});
}

struct json *view_path_id(const struct crux_problem *problem, char letter, uint32_t number)
{
    char id[512];

    (void)snprintf(id, sizeof id, "%s/%c%04u", problem->id, letter, number);
    return json_of_string(id);
}

struct json *view_numbers(const struct crux_problem *problem)
{
    struct json *array = json_new_array();
    struct numbers_problem numbers;

    (void)numbers_problem_read(&numbers, problem->line);
    for (uint32_t i = 0; i < numbers.count; i++)
        json_add(array, json_of_integer(numbers.numbers[i]));
    return array;
}

struct json *view_target(const struct crux_problem *problem)
{
    struct numbers_problem numbers;

    (void)numbers_problem_read(&numbers, problem->line);
    return json_of_integer(numbers.target);
}
