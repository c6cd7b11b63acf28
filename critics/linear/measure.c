/*
 * measure.c - accuracy and calibration of held-out rows, by groups, with intervals.
 *
 * A problem's rows are summed into bins once; a draw of the bootstrap adds up the bins of the
 * problems that it has drawn.
 */
#include "critics/linear/measure.h"

#include "io/draw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = 10, DRAWS = 1000, DEPTHS_APART = 6, GROUPS = DEPTHS_APART + 4 };

/* What rows come to: how many, how sure the critic was of them, how many it had right. */
struct bin {
    double rows, sure, right;
};

struct tally_of_problem {
    uint64_t problem;
    struct bin bins[GROUPS][BINS];
};

struct measuring {
    const struct linear_held *what;
    uint64_t *seen; /* places of training, ascending */
    size_t seen_count;
    struct tally_of_problem *problems;
    size_t problem_count;
};

static const char *const group_names[GROUPS] = {
    "all",     "depth 1",        "depth 2",  "depth 3",    "depth 4",
    "depth 5", "depth 6 and on", "all seen", "one unseen", "none seen",
};

/* --- what was seen ------------------------------------------------------------------------- */

static int by_word(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static bool gather_seen(struct measuring *measuring)
{
    const struct linear_held *what = measuring->what;

    measuring->seen = malloc((2 * what->trained_count + 1) * sizeof *measuring->seen);
    if (measuring->seen == NULL)
        return false;
    for (size_t i = 0; i < what->trained_count; i++) {
        const struct linear_row *row = &what->set->rows[what->trained[i]];

        measuring->seen[measuring->seen_count++] = what->set->candidates[row->candidate].place;
        if (row->other != LINEAR_ALONE)
            measuring->seen[measuring->seen_count++] = what->set->candidates[row->other].place;
    }
    qsort(measuring->seen, measuring->seen_count, sizeof *measuring->seen, by_word);
    return true;
}

static bool was_seen(const struct measuring *measuring, uint32_t candidate)
{
    uint64_t place = measuring->what->set->candidates[candidate].place;

    return bsearch(&place, measuring->seen, measuring->seen_count, sizeof place, by_word) != NULL;
}

/* The groups of a row: all, its depth, and what of it was seen. */
static void groups_of_row(const struct measuring *measuring, const struct linear_row *row,
                          size_t groups[3])
{
    uint32_t depth = measuring->what->set->candidates[row->candidate].depth;
    size_t unseen = !was_seen(measuring, row->candidate);

    if (row->other == LINEAR_ALONE)
        unseen *= 2;
    else
        unseen += !was_seen(measuring, row->other);
    groups[0] = 0;
    groups[1] = depth == 0 ? 0 : depth < DEPTHS_APART ? depth : DEPTHS_APART;
    groups[2] = DEPTHS_APART + 1 + unseen;
}

/* --- bins ---------------------------------------------------------------------------------- */

static int by_problem(const void *a, const void *b)
{
    return by_word(&((const struct tally_of_problem *)a)->problem,
                   &((const struct tally_of_problem *)b)->problem);
}

/* The held-out problems, each once, ascending. */
static bool gather_problems(struct measuring *measuring)
{
    const struct linear_held *what = measuring->what;
    struct tally_of_problem *problems = calloc(what->held_count + 1, sizeof *problems);
    size_t kept = 0;

    measuring->problems = problems;
    if (problems == NULL)
        return false;
    for (size_t i = 0; i < what->held_count; i++) {
        const struct linear_row *row = &what->set->rows[what->held[i]];
        uint64_t problem = what->set->candidates[row->candidate].problem;

        if (kept == 0 || problems[kept - 1].problem != problem) /* rows of one lie together */
            problems[kept++].problem = problem;
    }
    qsort(problems, kept, sizeof *problems, by_problem);
    for (size_t i = 0; i < kept; i++)
        if (measuring->problem_count == 0 ||
            problems[measuring->problem_count - 1].problem != problems[i].problem)
            problems[measuring->problem_count++].problem = problems[i].problem;
    return true;
}

static double probability_of(const struct linear_held *what, const struct linear_row *row)
{
    double score = linear_score(what->weights, what->set, row->candidate);

    if (row->other == LINEAR_ALONE)
        score = what->curve.slope * score + what->curve.offset;
    else
        score = what->curve.slope * (score - linear_score(what->weights, what->set, row->other));
    return 1.0 / (1.0 + exp(-score));
}

static void count_row(struct measuring *measuring, const struct linear_row *row)
{
    double p = probability_of(measuring->what, row), sure = fmax(p, 1.0 - p);
    double right = p == 0.5 ? 0.5 : (p > 0.5) == row->right;
    size_t bin = (size_t)fmin((sure - 0.5) * 2.0 * BINS, BINS - 1), groups[3];
    struct tally_of_problem key = {.problem =
                                       measuring->what->set->candidates[row->candidate].problem};
    struct tally_of_problem *tally =
        bsearch(&key, measuring->problems, measuring->problem_count, sizeof key, by_problem);

    groups_of_row(measuring, row, groups);
    for (size_t i = 0; i < 3; i++)
        if (i == 0 || groups[i] != 0) {
            struct bin *into = &tally->bins[groups[i]][bin];

            into->rows += 1.0;
            into->sure += sure;
            into->right += right;
        }
}

/* --- figures --------------------------------------------------------------------------------- */

struct figures {
    double rows, accuracy, error;
};

static struct figures figures_of(const struct bin bins[BINS])
{
    struct figures out = {.rows = 0.0};

    for (size_t i = 0; i < BINS; i++) {
        out.rows += bins[i].rows;
        out.accuracy += bins[i].right;
        out.error += fabs(bins[i].sure - bins[i].right);
    }
    if (out.rows > 0.0) {
        out.accuracy /= out.rows;
        out.error /= out.rows;
    }
    return out;
}

static void add_bins(struct bin into[BINS], const struct bin bins[BINS])
{
    for (size_t i = 0; i < BINS; i++) {
        into[i].rows += bins[i].rows;
        into[i].sure += bins[i].sure;
        into[i].right += bins[i].right;
    }
}

static int by_real(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void measure_interval_of(double values[DRAWS], size_t count, double *low, double *high)
{
    if (count == 0)
        return;
    qsort(values, count, sizeof *values, by_real);
    *low = values[count * 25 / 1000];
    *high = values[count - 1 - count * 25 / 1000];
}

/* Draws of as many problems as there are; one in which the group has no row says nothing. */
static void draw_intervals(const struct measuring *measuring, size_t group,
                           struct crux_measured *out)
{
    double accuracy[DRAWS], error[DRAWS];
    size_t count = 0;

    for (uint64_t d = 0; d < DRAWS; d++) {
        struct bin bins[BINS] = {{.rows = 0.0}};
        struct figures figures;

        for (uint64_t i = 0; i < measuring->problem_count; i++) {
            uint64_t which = draw(draw_mix(d + 1), i) % measuring->problem_count;

            add_bins(bins, measuring->problems[which].bins[group]);
        }
        figures = figures_of(bins);
        if (figures.rows == 0.0)
            continue;
        accuracy[count] = figures.accuracy;
        error[count++] = figures.error;
    }
    measure_interval_of(accuracy, count, &out->accuracy_low, &out->accuracy_high);
    measure_interval_of(error, count, &out->error_low, &out->error_high);
}

static void measure_group(const struct measuring *measuring, size_t group, struct crux_trained *out)
{
    struct bin bins[BINS] = {{.rows = 0.0}};
    struct crux_measured *measured = &out->measured[out->measured_count];
    struct figures figures;

    *measured = (struct crux_measured){.group = group_names[group]};
    for (size_t i = 0; i < measuring->problem_count; i++) {
        const struct bin *more = measuring->problems[i].bins[group];
        bool any = false;

        for (size_t b = 0; b < BINS; b++)
            any |= more[b].rows > 0.0;
        measured->problems += any;
        add_bins(bins, more);
    }
    figures = figures_of(bins);
    if (figures.rows == 0.0)
        return;
    measured->rows = (uint64_t)figures.rows;
    measured->accuracy = figures.accuracy;
    measured->error = figures.error;
    draw_intervals(measuring, group, measured);
    out->measured_count++;
}

int linear_measure(struct crux_trained *out, const struct linear_held *what,
                   struct crux_error *error)
{
    struct measuring measuring = {.what = what};
    int status = CRUX_OK;

    _Static_assert(GROUPS <= CRUX_MEASURED_MOST, "there is room for every group");
    if (!gather_seen(&measuring) || !gather_problems(&measuring))
        status = crux_fail(error, CRUX_MEMORY, "no memory to measure a critic");
    for (size_t i = 0; status == CRUX_OK && i < what->held_count; i++)
        count_row(&measuring, &what->set->rows[what->held[i]]);
    for (size_t group = 0; status == CRUX_OK && group < GROUPS; group++)
        measure_group(&measuring, group, out);
    free(measuring.seen);
    free(measuring.problems);
    return status;
}
