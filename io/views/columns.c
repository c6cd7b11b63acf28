/*
 * columns.c - columns that many views have: a row's problem, answers and steps, and chats about it.
 */
#include "io/views/columns.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/split.h"
#include "io/steps.h"

/* --- whatever a row is about ---------------------------------------------------------------- */

#define ABOUT_COLUMN(name, value)                                                                  \
    void name(struct json_row *out, const void *row, const void *item)                             \
    {                                                                                              \
        const struct record_about *about = row;                                                    \
        const struct crux_problem *problem = about->what->tree->problem;                           \
                                                                                                   \
        (void)problem;                                                                             \
        (void)item;                                                                                \
        value;                                                                                     \
    }

ABOUT_COLUMN(columns_problem_id, view_text(out, problem->id))
ABOUT_COLUMN(columns_prompt, view_text(out, problem->prompt))
ABOUT_COLUMN(columns_images, view_images(out, problem))
ABOUT_COLUMN(columns_numbers, view_numbers(out, problem))
ABOUT_COLUMN(columns_target, view_target(out, problem))
ABOUT_COLUMN(columns_wrong_answer, view_text(out, about->wrong_answer))
ABOUT_COLUMN(columns_right_answer, view_text(out, about->right_answer))
ABOUT_COLUMN(columns_reference_answer, view_text(out, problem->answer))
ABOUT_COLUMN(columns_model, view_text(out, about->run->policy_model))

static void columns_no_memory(struct json_row *out)
{
    if (out->status == CRUX_OK) {
        out->status = CRUX_MEMORY;
        out->fault = "there is no memory for its path";
    }
}

/* --- a path ----------------------------------------------------------------------------------- */

#define RECORD_COLUMN(name, value)                                                                 \
    void name(struct json_row *out, const void *row, const void *item)                             \
    {                                                                                              \
        const struct record *record = row;                                                         \
                                                                                                   \
        (void)item;                                                                                \
        value;                                                                                     \
    }

/* A list of what `value` writes of each step i of the path. */
#define STEPS_COLUMN(name, value)                                                                  \
    void name(struct json_row *out, const void *row, const void *item)                             \
    {                                                                                              \
        const struct record *record = row;                                                         \
                                                                                                   \
        (void)item;                                                                                \
        json_row_begin_list(out);                                                                  \
        for (size_t i = 0; i < record->path.count; i++) {                                          \
            value;                                                                                 \
        }                                                                                          \
        json_row_end_list(out);                                                                    \
    }

/* Stands in for a step that is no node of the tree: of that nothing is known. */
static const struct crux_node columns_no_node = {.score = -1.0};

static const struct crux_node *columns_node(const struct record *record, const struct path *path,
                                            size_t i)
{
    uint32_t node = path_node(path, i);

    return node == CRUX_NO_NODE ? &columns_no_node : &record->about.what->tree->nodes[node];
}

static double columns_value(struct learnt_count count)
{
    return count.of == 0 ? -1.0 : (double)count.right / (double)count.of;
}

static double columns_score(const struct record *record, size_t i)
{
    double score = columns_node(record, &record->path, i)->score;

    return score < 0.0 ? -1.0 : score;
}

/* What the export asks for more certainly is not known. */
static const char *columns_how(const struct record *record)
{
    enum learnt_how how = record->location.how;

    if (record->pair == NULL)
        return "right";
    return learnt_how_name(record_is_located(record) || how == LEARNT_BETWEEN ? how : LEARNT_NOT);
}

void columns_put_tokens(struct json_row *out, const struct record *record, const struct path *path)
{
    json_row_begin_list(out);
    for (size_t i = 0; i < path->count; i++)
        json_row_integer(out, columns_node(record, path, i)->tokens);
    json_row_end_list(out);
}

void columns_put_logprobs(struct json_row *out, const struct record *record,
                          const struct path *path)
{
    json_row_begin_list(out);
    for (size_t i = 0; i < path->count; i++)
        json_row_real(out, columns_node(record, path, i)->logprob);
    json_row_end_list(out);
}

void columns_put_bare(struct json_row *out, const struct path *path, size_t count)
{
    assert(count <= path->count);
    json_row_begin_list(out);
    for (size_t i = 0; i < count; i++) {
        struct crux_text bare = steps_bare(path->steps[i]);

        json_row_step(out, bare.start, bare.length);
    }
    json_row_end_list(out);
}

RECORD_COLUMN(columns_id,
              view_path_id(out, record->about.what->tree->problem, record->letter, record->number))
RECORD_COLUMN(columns_located, view_text(out, columns_how(record)))
RECORD_COLUMN(columns_first_error,
              json_row_integer(out, record_is_located(record) ? record->location.step : -1))
RECORD_COLUMN(columns_support_execution, json_row_real(out, record->support.execution))
RECORD_COLUMN(columns_support_judge, json_row_real(out, record->support.judge))
RECORD_COLUMN(columns_support_completions, json_row_real(out, record->support.completions))
RECORD_COLUMN(columns_support_count, json_row_integer(out, record->support.count))
STEPS_COLUMN(columns_step_values, json_row_real(out, columns_value(record->counts[i])))
STEPS_COLUMN(columns_step_rights, json_row_integer(out, record->counts[i].right))
STEPS_COLUMN(columns_step_counts, json_row_integer(out, record->counts[i].of))
STEPS_COLUMN(columns_step_scores, json_row_real(out, columns_score(record, i)))
RECORD_COLUMN(columns_step_tokens, columns_put_tokens(out, record, &record->path))
RECORD_COLUMN(columns_step_logprobs, columns_put_logprobs(out, record, &record->path))

/* --- where it comes from -------------------------------------------------------------------- */

RECORD_COLUMN(columns_source, view_text(out, record->injection != NULL ? "injected" : "search"))
RECORD_COLUMN(columns_inserted_index, json_row_integer(out, record->inserted))

/* --- what a model invented ------------------------------------------------------------------ */

/* A path as one text, in which a step ends with an empty line, but where it is cut by tokens; and
 * where each begins there. */
struct columns_whole {
    char *text;
    size_t length;
    size_t *begins;
    struct crux_text *pieces; /* that were invented */
    size_t count;
};

static bool columns_has_code(const struct path *path)
{
    for (size_t i = 0; i < path->count; i++)
        if (memmem(path->steps[i].start, path->steps[i].length, "```", 3) != NULL ||
            memmem(path->steps[i].start, path->steps[i].length, "~~~", 3) != NULL)
            return true;
    return false;
}

static void columns_close_whole(struct columns_whole *whole)
{
    free(whole->text);
    free(whole->begins);
    free(whole->pieces);
}

static bool columns_open_whole(struct columns_whole *out, const struct path *path, bool pieces)
{
    size_t length = 1, apart = pieces ? 0 : 2;

    for (size_t i = 0; i < path->count; i++)
        length += path->steps[i].length + apart;
    out->text = malloc(length);
    out->begins = calloc(path->count + 1, sizeof *out->begins);
    if (out->text == NULL || out->begins == NULL)
        return false;
    for (size_t i = 0; i < path->count; i++) {
        out->begins[i] = out->length;
        memcpy(out->text + out->length, path->steps[i].start, path->steps[i].length);
        memcpy(out->text + out->length + path->steps[i].length, "\n\n", apart);
        out->length += path->steps[i].length + apart;
    }
    out->count = split_invented((struct crux_text){out->text, out->length}, NULL, 0);
    out->pieces = calloc(out->count + 1, sizeof *out->pieces);
    if (out->pieces == NULL)
        return false;
    (void)split_invented((struct crux_text){out->text, out->length}, out->pieces, out->count);
    return true;
}

static bool columns_is_invented(const struct columns_whole *whole, struct crux_text step, size_t i)
{
    const char *start = whole->text + whole->begins[i], *end = start + step.length;

    for (size_t piece = 0; piece < whole->count; piece++)
        if (whole->pieces[piece].start < end &&
            whole->pieces[piece].start + whole->pieces[piece].length > start)
            return true;
    return false;
}

void columns_invented_steps(struct json_row *out, const void *row, const void *item)
{
    const struct record *record = row;
    const struct path *path = &record->path;
    struct columns_whole whole = {.text = NULL};
    bool pieces = record->about.run->pieces, has_code = pieces || columns_has_code(path);
    bool opened = !has_code || columns_open_whole(&whole, path, pieces);

    (void)item;
    json_row_begin_list(out);
    for (size_t i = 0; has_code && opened && i < path->count; i++)
        if (columns_is_invented(&whole, path->steps[i], i))
            json_row_integer(out, (int64_t)i);
    json_row_end_list(out);
    if (!opened)
        columns_no_memory(out);
    columns_close_whole(&whole);
}

/* --- what a critique was worth ------------------------------------------------------------- */

static const struct learnt_verification columns_unverified = {
    .critique = "", .foreign = "", .verdict_is = CRUX_UNKNOWN, .step_is = CRUX_UNKNOWN};

static int64_t columns_is(enum crux_verdict verdict)
{
    return verdict == CRUX_UNKNOWN ? -1 : verdict == CRUX_RIGHT;
}

#define VERIFIED_COLUMN(name, value)                                                               \
    void name(struct json_row *out, const void *row, const void *item)                             \
    {                                                                                              \
        const struct record *record = row;                                                         \
        const struct learnt_verification *verified =                                               \
            record->verification != NULL ? record->verification : &columns_unverified;             \
                                                                                                   \
        (void)item;                                                                                \
        json_row_integer(out, value);                                                              \
    }

VERIFIED_COLUMN(columns_with_right, verified->with.right)
VERIFIED_COLUMN(columns_with_count, verified->with.of)
VERIFIED_COLUMN(columns_without_right, verified->without.right)
VERIFIED_COLUMN(columns_without_count, verified->without.of)
VERIFIED_COLUMN(columns_control_right, verified->control.right)
VERIFIED_COLUMN(columns_control_count, verified->control.of)
RECORD_COLUMN(columns_verdict_right, json_row_integer(out, columns_is(record_verdict_is(record))))
RECORD_COLUMN(columns_index_right, json_row_integer(out, columns_is(record_step_is(record))))

/* --- texts ------------------------------------------------------------------------------------ */

void columns_add(struct json_row *out, const char *text)
{
    json_row_add_text(out, text, strlen(text));
}

void columns_add_number(struct json_row *out, uint64_t number)
{
    char digits[24];

    (void)snprintf(digits, sizeof digits, "%" PRIu64, number);
    columns_add(out, digits);
}

struct crux_text columns_problem_text(const struct crux_problem *problem)
{
    const char *text = problem->prompt == NULL ? "" : problem->prompt;
    size_t length = strlen(text);

    while (length > 0 && strchr(" \t\r\n\v\f", text[length - 1]) != NULL)
        length--;
    return (struct crux_text){text, length};
}

void columns_add_problem(struct json_row *out, const struct crux_problem *problem)
{
    struct crux_text text = columns_problem_text(problem);

    json_row_add_text(out, text.start, text.length);
}

void columns_add_step(struct json_row *out, struct crux_text step)
{
    struct crux_text bare = steps_bare(step);

    json_row_add_step(out, bare.start, bare.length);
}

/* The path's steps as one text. */
static char *columns_join(const struct path *path, const char *between, size_t *length)
{
    size_t size = 1, apart = strlen(between);
    char *text, *at;

    for (size_t i = 0; i < path->count; i++)
        size += path->steps[i].length + apart;
    text = at = malloc(size);
    for (size_t i = 0; text != NULL && i < path->count; i++) {
        if (i > 0)
            at = mempcpy(at, between, apart);
        at = mempcpy(at, path->steps[i].start, path->steps[i].length);
    }
    *length = text == NULL ? 0 : (size_t)(at - text);
    return text;
}

bool columns_whole(struct json_row *out, const struct view_run *run, const struct path *path,
                   char **block, struct crux_text *whole)
{
    size_t length;

    *block = columns_join(path, run->between, &length);
    if (*block == NULL) {
        columns_no_memory(out);
        return false;
    }
    *whole = steps_bare((struct crux_text){*block, length});
    return true;
}

void columns_put_whole(struct json_row *out, const struct view_run *run, const struct path *path)
{
    struct crux_text whole;
    char *block;

    if (columns_whole(out, run, path, &block, &whole))
        json_row_step(out, whole.start, whole.length);
    free(block);
}

void columns_add_numbered(struct json_row *out, const struct path *path, size_t from)
{
    for (size_t i = 0; i < path->count; i++) {
        columns_add(out, "Step ");
        columns_add_number(out, from + i);
        columns_add(out, ": ");
        columns_add_step(out, path->steps[i]);
        columns_add(out, "\n");
    }
}

static void columns_put_problem(struct json_row *out, const struct crux_problem *problem,
                                const char *end)
{
    json_row_begin_text(out);
    columns_add_problem(out, problem);
    columns_add(out, end);
    json_row_end_text(out);
}

ABOUT_COLUMN(columns_problem, columns_put_problem(out, problem, ""))
ABOUT_COLUMN(columns_problem_line, columns_put_problem(out, problem, "\n"))

RECORD_COLUMN(columns_joined_steps, columns_put_whole(out, record->about.run, &record->path))

/* --- chats ------------------------------------------------------------------------------------ */

const void *columns_turn_after(const struct columns_turn *turns, const void *item)
{
    const struct columns_turn *next = item == NULL ? turns : (const struct columns_turn *)item + 1;

    return next->role == NULL ? NULL : next;
}

void columns_role(struct json_row *out, const void *row, const void *item)
{
    (void)row;
    view_text(out, ((const struct columns_turn *)item)->role);
}

void columns_content(struct json_row *out, const void *row, const void *item)
{
    ((const struct columns_turn *)item)->content(out, row, NULL);
}
