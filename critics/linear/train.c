/*
 * train.c - crux_critic_train(): trees become rows, rows weights, weights a file.
 *
 *     gather     the rows of every finished tree
 *     divide     whole problems, by a hash of their ids: held out, for the curve, to be fitted to
 *     fit        weights, then the curve that turns scores into probabilities
 *     measure    on what was held out
 *     write
 *
 * Nothing here depends on time, on addresses or on chance: the same trees in the same order give
 * the same bytes.
 */
#include "critics/crux_critics.h"

#include "critics/linear/measure.h"
#include "critics/linear/model.h"
#include "critics/linear/report.h"
#include "io/draw.h"
#include "io/whole_file.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Of the problems that are not held out every tenth is kept for the curve. */
enum { CURVE_TENTH = 10, LEAST_PROBLEMS = 4 };

enum part { PART_FIT, PART_CURVE, PART_HELD, PARTS };

struct trainer {
    const struct crux_training *what;
    struct crux_trained *out;
    struct linear_set set;
    uint64_t *order; /* keys of problems, ascending: the first are held out */
    size_t problem_count, held_count;
    uint32_t *parts[PARTS]; /* numbers of rows */
    size_t counts[PARTS];
    double *weights;
    struct linear_curve curve;
};

struct crux_training crux_training_default(void)
{
    return (struct crux_training){
        .role = CRUX_ROLE_EXECUTION,
        .kind = CRUX_KINDS,
        .label = CRUX_LABEL_VALUE,
        .least_visits = 1,
        .most = 200,
        .hold_out = 0.2,
        .cost = 1.0,
        .seed = 1,
    };
}

static const char *rows_name(const struct trainer *trainer)
{
    return linear_compares(trainer->what->role) ? "pairs of siblings" : "judged answers";
}

/* --- gather ---------------------------------------------------------------------------- */

static int train_tree(void *context, const struct crux_tree *tree, const char *line,
                      struct crux_error *error)
{
    struct trainer *trainer = context;

    (void)line;
    trainer->out->trees++;
    return linear_set_add(&trainer->set, trainer->what, tree, error);
}

/* What is compared, for a sentence. */
static const char *compared_name(const struct crux_training *what)
{
    if (what->role == CRUX_ROLE_SUBGOAL)
        return "sub-goal";
    return what->kind == CRUX_KINDS ? "step" : crux_kind_name(what->kind);
}

/* Why no two siblings could be compared. */
static int nothing_compared(const struct trainer *trainer, struct crux_error *error)
{
    const struct crux_training *what = trainer->what;
    unsigned long long trees = trainer->out->trees;
    const char *name = compared_name(what);

    if (trainer->set.families == 0)
        return crux_fail(error, CRUX_INPUT,
                         "none of the %llu finished trees has a place with two children of kind"
                         " %s: %s",
                         trees, name,
                         what->kind == CRUX_STEP || strcmp(name, "step") == 0
                             ? "a search with more --children has them"
                             : "`crux generate --grammar cr-planner` makes such, and --subgoals"
                               " says which");
    if (what->label == CRUX_LABEL_SCORE)
        return crux_fail(error, CRUX_INPUT,
                         trainer->set.unscored == trainer->set.families
                             ? "no %s of the %llu finished trees has a score: --label score needs"
                               " a run with a critic that gave it one"
                             : "no two siblings of kind %s in the %llu finished trees have scores"
                               " that differ, by --margin or more",
                         name, trees);
    if (what->margin > 0.0)
        return crux_fail(error, CRUX_INPUT,
                         "none of the %llu finished trees has siblings of kind %s with values that"
                         " are %g or more apart, each from %u visits or more",
                         trees, name, what->margin, what->least_visits);
    return crux_fail(error, CRUX_INPUT,
                     "none of the %llu finished trees has siblings of kind %s with values that"
                     " differ, each from %u visits or more",
                     trees, name, what->least_visits);
}

/* Why there is nothing to be learnt. */
static int nothing_learnt(const struct trainer *trainer, struct crux_error *error)
{
    if (trainer->out->trees == 0)
        return crux_fail(error, CRUX_INPUT,
                         "there is no finished tree to train on: `crux generate` makes them");
    if (linear_compares(trainer->what->role))
        return nothing_compared(trainer, error);
    return crux_fail(error, CRUX_INPUT,
                     "none of the %llu finished trees has an answer that was found right or"
                     " wrong: a %s critic is trained on answers that an outcome critic has"
                     " judged",
                     (unsigned long long)trainer->out->trees, crux_role_name(trainer->what->role));
}

static int gather_rows(struct trainer *trainer, struct crux_error *error)
{
    int status = CRUX_OK;

    for (size_t i = 0; status == CRUX_OK && i < trainer->what->store_count; i++)
        status = crux_store_each(trainer->what->stores[i], train_tree, trainer, error);
    trainer->out->families = trainer->set.families;
    if (status == CRUX_OK && trainer->set.row_count == 0)
        status = nothing_learnt(trainer, error);
    return status;
}

/* --- divide ------------------------------------------------------------------------------ */

/* A problem's place in the order by which problems are divided. */
static uint64_t key_of_row(const struct trainer *trainer, const struct linear_row *row)
{
    return draw(draw_mix(trainer->what->seed + 1), trainer->set.candidates[row->candidate].problem);
}

static int by_key(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static int order_problems(struct trainer *trainer, struct crux_error *error)
{
    const struct linear_set *set = &trainer->set;
    uint64_t *order = malloc((set->row_count + 1) * sizeof *order);
    size_t kept = 0;

    trainer->order = order;
    if (order == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to divide problems");
    for (size_t i = 0; i < set->row_count; i++)
        order[i] = key_of_row(trainer, &set->rows[i]);
    qsort(order, set->row_count, sizeof *order, by_key);
    for (size_t i = 0; i < set->row_count; i++)
        if (kept == 0 || order[kept - 1] != order[i])
            order[kept++] = order[i];
    trainer->problem_count = kept;
    trainer->held_count = (size_t)((double)kept * trainer->what->hold_out + 0.5);
    if (trainer->held_count == 0)
        trainer->held_count = 1;
    if (kept >= LEAST_PROBLEMS && trainer->held_count + 2 <= kept)
        return CRUX_OK;
    return crux_fail(error, CRUX_INPUT,
                     "only %zu problems have %s: expected at least %d, so that some can be held"
                     " out and some trained on",
                     kept, rows_name(trainer), LEAST_PROBLEMS);
}

static enum part part_of_row(const struct trainer *trainer, const struct linear_row *row)
{
    uint64_t key = key_of_row(trainer, row);
    const uint64_t *place =
        bsearch(&key, trainer->order, trainer->problem_count, sizeof key, by_key);
    size_t position = (size_t)(place - trainer->order);

    if (position < trainer->held_count)
        return PART_HELD;
    return (position - trainer->held_count) % CURVE_TENTH == 0 ? PART_CURVE : PART_FIT;
}

static int divide_rows(struct trainer *trainer, struct crux_error *error)
{
    const struct linear_set *set = &trainer->set;
    int status = order_problems(trainer, error);

    for (size_t part = 0; status == CRUX_OK && part < PARTS; part++) {
        trainer->parts[part] = malloc((set->row_count + 1) * sizeof *trainer->parts[part]);
        if (trainer->parts[part] == NULL)
            status = crux_fail(error, CRUX_MEMORY, "no memory to divide problems");
    }
    for (size_t i = 0; status == CRUX_OK && i < set->row_count; i++) {
        enum part part = part_of_row(trainer, &set->rows[i]);

        trainer->parts[part][trainer->counts[part]++] = (uint32_t)i;
    }
    trainer->out->rows = trainer->counts[PART_FIT] + trainer->counts[PART_CURVE];
    trainer->out->held_rows = trainer->counts[PART_HELD];
    trainer->out->held_problems = trainer->held_count;
    trainer->out->problems = trainer->problem_count - trainer->held_count;
    return status;
}

/* --- fit ------------------------------------------------------------------------------------ */

/* Each candidate of the rows kept for the curve, as good or not. */
static int fit_trainers_curve(struct trainer *trainer, struct crux_error *error)
{
    const struct linear_set *set = &trainer->set;
    size_t rows = trainer->counts[PART_CURVE], count = 0;
    double *scores = malloc((2 * rows + 1) * sizeof *scores);
    bool *right = malloc((2 * rows + 1) * sizeof *right);
    int status;

    for (size_t i = 0; scores != NULL && right != NULL && i < rows; i++) {
        const struct linear_row *row = &set->rows[trainer->parts[PART_CURVE][i]];

        scores[count] = linear_score(trainer->weights, set, row->candidate);
        right[count++] = row->right;
        if (row->other == LINEAR_ALONE)
            continue;
        scores[count] = linear_score(trainer->weights, set, row->other);
        right[count++] = false;
    }
    status = scores != NULL && right != NULL
                 ? linear_fit_curve(&trainer->curve, scores, right, count, error)
                 : crux_fail(error, CRUX_MEMORY, "no memory to calibrate");
    free(scores);
    free(right);
    return status;
}

static int fit_rows(struct trainer *trainer, struct crux_error *error)
{
    int status;

    trainer->weights = calloc(LINEAR_FEATURES, sizeof *trainer->weights);
    if (trainer->weights == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for weights");
    status = linear_fit(trainer->weights, &trainer->set, trainer->parts[PART_FIT],
                        trainer->counts[PART_FIT], trainer->what->cost, error);
    for (uint32_t i = 0; i < LINEAR_FEATURES; i++)
        trainer->weights[i] = (double)(float)trainer->weights[i]; /* as the file has them */
    return status == CRUX_OK ? fit_trainers_curve(trainer, error) : status;
}

static int measure_held(struct trainer *trainer, struct crux_error *error)
{
    const struct linear_held held = {
        .set = &trainer->set,
        .weights = trainer->weights,
        .curve = trainer->curve,
        .trained = trainer->parts[PART_FIT],
        .trained_count = trainer->counts[PART_FIT],
        .held = trainer->parts[PART_HELD],
        .held_count = trainer->counts[PART_HELD],
    };

    return linear_measure(trainer->out, &held, error);
}

/* --- write ------------------------------------------------------------------------------------ */

static struct json *trained_json(const struct trainer *trainer)
{
    const struct crux_training *what = trainer->what;
    struct json *out = json_new_object();

    json_put(out, "label",
             json_of_string(!linear_compares(what->role)      ? "verdict"
                            : what->label == CRUX_LABEL_SCORE ? "score"
                                                              : "value"));
    json_put(out, "visits", json_of_integer(what->least_visits));
    json_put(out, "margin", json_of_real(what->margin));
    json_put(out, "siblings", json_of_string(what->siblings == CRUX_SIBLINGS_ONE ? "one" : "all"));
    json_put(out, "most", json_of_integer(what->most));
    json_put(out, "cost", json_of_real(what->cost));
    json_put(out, "hold_out", json_of_real(what->hold_out));
    json_put_count(out, "seed", what->seed);
    linear_report_put(out, trainer->out);
    return out;
}

static int write_trained(const struct trainer *trainer, const char *file, bool force,
                         struct crux_error *error)
{
    struct linear_model *model = linear_model_new();
    int status;

    if (model == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for critic linear");
    model->role = trainer->what->role;
    model->kind = linear_compares(model->role) ? trainer->what->kind : CRUX_KINDS;
    model->curve = trainer->curve;
    for (uint32_t i = 0; i < LINEAR_FEATURES; i++)
        model->weights[i] = (float)trainer->weights[i];
    status = linear_model_write(model, file, force, trained_json(trainer), error);
    linear_model_close(model);
    return status;
}

static void trainer_close(struct trainer *trainer)
{
    linear_set_free(&trainer->set);
    free(trainer->order);
    free(trainer->weights);
    for (size_t part = 0; part < PARTS; part++)
        free(trainer->parts[part]);
}

static int check_trained_role(enum crux_role role, struct crux_error *error)
{
    if (role == CRUX_ROLE_ANNOTATE)
        return crux_fail(error, CRUX_INVALID,
                         "a linear critic writes no critiques: expected outcome, execution, value"
                         " or subgoal");
    return CRUX_OK;
}

int crux_critic_train(const char *file, bool force, const struct crux_training *what,
                      struct crux_trained *out, struct crux_error *error)
{
    struct trainer trainer = {.what = what, .out = out};
    int status;

    assert(what->least_visits > 0 && what->most > 0 && what->cost > 0.0);
    assert(what->hold_out > 0.0 && what->hold_out < 1.0);
    assert(what->margin >= 0.0 && what->margin <= 1.0);
    *out = (struct crux_trained){.trees = 0};
    status = check_trained_role(what->role, error);
    if (status == CRUX_OK)
        status = whole_file_check(file, force, error);
    if (status == CRUX_OK)
        status = gather_rows(&trainer, error);
    if (status == CRUX_OK)
        status = divide_rows(&trainer, error);
    if (status == CRUX_OK)
        status = fit_rows(&trainer, error);
    if (status == CRUX_OK)
        status = measure_held(&trainer, error);
    if (status == CRUX_OK)
        status = write_trained(&trainer, file, force, error);
    trainer_close(&trainer);
    return status;
}
