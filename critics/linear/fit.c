/*
 * fit.c - hands rows to liblinear and takes weights back.
 */
#include "critics/linear/fit.h"

#include <linear.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Large, so that two weights are fitted and not held down. */
#define CURVE_COST 1000.0

/* A curve that falls would turn round what the weights say is better. */
#define SLOPE_LEAST 0.01

struct fitting {
    struct problem problem;
    struct feature_node *nodes;
    struct feature_node **rows;
    double *labels;
};

static void fit_print_nothing(const char *text)
{
    (void)text;
}

static void fitting_free(struct fitting *fitting)
{
    free(fitting->nodes);
    free(fitting->rows);
    free(fitting->labels);
}

/* Room for rows that have so many features in all, and each its end. False: no memory; it is to be
 * freed all the same. */
static bool fitting_open(struct fitting *out, size_t rows, size_t features)
{
    memset(out, 0, sizeof *out);
    out->nodes = calloc(features + rows + 1, sizeof *out->nodes);
    out->rows = calloc(rows + 1, sizeof *out->rows);
    out->labels = calloc(rows + 1, sizeof *out->labels);
    out->problem.l = (int)rows;
    out->problem.x = out->rows;
    out->problem.y = out->labels;
    out->problem.bias = -1.0;
    return out->nodes != NULL && out->rows != NULL && out->labels != NULL;
}

/* Train, and take the weights for label 1. */
static void fitting_run(const struct fitting *fitting, double cost, double *weights)
{
    const struct parameter parameter = {.solver_type = L2R_LR, .eps = 0.01, .C = cost};
    struct model *model;
    double sign;

    set_print_string_function(fit_print_nothing);
    model = train(&fitting->problem, &parameter);
    sign = model->label[0] == 1 ? 1.0 : -1.0;
    for (int i = 0; i < fitting->problem.n; i++)
        weights[i] = sign * model->w[i];
    free_and_destroy_model(&model);
}

/* --- rows ---------------------------------------------------------------------------------- */

static const struct linear_candidate *candidate_at(const struct linear_set *set, uint32_t number)
{
    static const struct linear_candidate nobody = {.count = 0};

    return number == LINEAR_ALONE ? &nobody : &set->candidates[number];
}

/* The features of a without those of b, both ascending: what both have falls out. */
static struct feature_node *put_difference(struct feature_node *out, const struct linear_set *set,
                                           const struct linear_row *row, double sign)
{
    const struct linear_candidate *a = candidate_at(set, row->candidate);
    const struct linear_candidate *b = candidate_at(set, row->other);
    const uint32_t *x = set->pool + a->first, *x_end = x + a->count;
    const uint32_t *y = set->pool + b->first, *y_end = y + b->count;

    while (x < x_end || y < y_end) {
        if (x < x_end && y < y_end && *x == *y) {
            x++;
            y++;
        } else if (y == y_end || (x < x_end && *x < *y)) {
            *out++ = (struct feature_node){(int)*x++ + 1, sign};
        } else {
            *out++ = (struct feature_node){(int)*y++ + 1, -sign};
        }
    }
    *out++ = (struct feature_node){-1, 0.0};
    return out;
}

/* Of pairs every other one is turned round, since of one class nothing can be learnt. */
static void put_row(struct fitting *fitting, size_t at, struct feature_node **nodes,
                    const struct linear_set *set, const struct linear_row *row)
{
    bool turned = row->other != LINEAR_ALONE && at % 2 == 1;

    fitting->rows[at] = *nodes;
    fitting->labels[at] = row->right != turned ? 1.0 : -1.0;
    *nodes = put_difference(*nodes, set, row, turned ? -1.0 : 1.0);
}

int linear_fit(double *weights, const struct linear_set *set, const uint32_t *rows, size_t count,
               double cost, struct crux_error *error)
{
    struct fitting fitting;
    struct feature_node *nodes;
    size_t features = 0;

    for (size_t i = 0; i < count; i++)
        features += candidate_at(set, set->rows[rows[i]].candidate)->count +
                    candidate_at(set, set->rows[rows[i]].other)->count;
    if (!fitting_open(&fitting, count, features)) {
        fitting_free(&fitting);
        return crux_fail(error, CRUX_MEMORY, "no memory to fit %zu rows", count);
    }
    nodes = fitting.nodes;
    fitting.problem.n = (int)LINEAR_FEATURES;
    for (size_t i = 0; i < count; i++)
        put_row(&fitting, i, &nodes, set, &set->rows[rows[i]]);
    fitting_run(&fitting, cost, weights);
    fitting_free(&fitting);
    return CRUX_OK;
}

double linear_score(const double *weights, const struct linear_set *set, uint32_t candidate)
{
    const struct linear_candidate *what = &set->candidates[candidate];
    double score = 0.0;

    for (uint32_t i = 0; i < what->count; i++)
        score += weights[set->pool[what->first + i]];
    return score;
}

/* --- the curve ------------------------------------------------------------------------------- */

static size_t count_right(const bool *right, size_t count)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        found += right[i];
    return found;
}

int linear_fit_curve(struct linear_curve *out, const double *scores, const bool *right,
                     size_t count, struct crux_error *error)
{
    struct fitting fitting;
    size_t good = count_right(right, count);
    double weights[2];

    *out = (struct linear_curve){1.0, 0.0};
    if (good == 0 || good == count)
        return CRUX_OK;
    if (!fitting_open(&fitting, count, 2 * count)) {
        fitting_free(&fitting);
        return crux_fail(error, CRUX_MEMORY, "no memory to calibrate by %zu scores", count);
    }
    fitting.problem.n = 2;
    for (size_t i = 0; i < count; i++) {
        struct feature_node *nodes = fitting.nodes + 3 * i;

        nodes[0] = (struct feature_node){1, scores[i]};
        nodes[1] = (struct feature_node){2, 1.0};
        nodes[2] = (struct feature_node){-1, 0.0};
        fitting.rows[i] = nodes;
        fitting.labels[i] = right[i] ? 1.0 : -1.0;
    }
    fitting_run(&fitting, CURVE_COST, weights);
    fitting_free(&fitting);
    *out = weights[0] >= SLOPE_LEAST
               ? (struct linear_curve){weights[0], weights[1]}
               : (struct linear_curve){SLOPE_LEAST, log((double)good / (double)(count - good))};
    return CRUX_OK;
}
