/*
 * evaluated_pairs.c - figures of a critic on pairs of a better and a worse answer.
 */
#include "io/passes/evaluated.h"

#include <stdlib.h>

enum { CHOSEN_FIRST, REJECTED_FIRST, ORDERS_OF_PAIR };

/* What is counted of all pairs, and of all questions. */
struct pairs {
    uint64_t of, right[ORDERS_OF_PAIR], both, known, agree, ties;
    uint64_t questions, too_large;
    double ipi, tov; /* sums */
};

/* Of the answers in the order in which they were asked about: is the first one better? */
static int compared(const struct evaluated_row *row, int order)
{
    const double *scores = &row->scores[2 * order];

    if (scores[0] < 0.0 || scores[1] < 0.0)
        return FIGURES_UNASKED;
    return (scores[0] > scores[1]) - (scores[0] < scores[1]);
}

static void count_pair(struct pairs *all, const struct evaluated_row *row)
{
    int y = compared(row, CHOSEN_FIRST), z = compared(row, REJECTED_FIRST);

    all->of++;
    all->right[CHOSEN_FIRST] += y == 1;
    all->right[REJECTED_FIRST] += z == -1;
    all->both += y == 1 && z == -1;
    if (y == FIGURES_UNASKED || z == FIGURES_UNASKED)
        return;
    all->known++;
    all->agree += y == -z;
    all->ties += y == 0 && z == 0;
}

/* --- questions ---------------------------------------------------------------------------- */

/* A row by its question. */
struct asked_row {
    uint32_t group;
    size_t index;
};

static int by_question(const void *a, const void *b)
{
    const struct asked_row *x = a, *y = b;

    if (x->group != y->group)
        return (x->group > y->group) - (x->group < y->group);
    return (x->index > y->index) - (x->index < y->index);
}

static void put_preference(struct figures_preferences *preferences,
                           const struct labelled_pair *pair, const struct evaluated_row *row)
{
    const uint32_t *number = pair->number;

    for (int i = 0; i < 2; i++)
        if (number[i] >= preferences->count)
            preferences->count = number[i] + 1;
    if (preferences->count > FIGURES_ANSWERS || row->failure != NULL)
        return;
    preferences->y[number[0]][number[1]] = compared(row, CHOSEN_FIRST);
    preferences->y[number[1]][number[0]] = compared(row, REJECTED_FIRST);
}

static void count_question(struct pairs *all, const struct figures_preferences *preferences)
{
    double ipi;

    if (preferences->count > FIGURES_ANSWERS) {
        all->too_large++;
        return;
    }
    ipi = figures_ipi(preferences);
    if (ipi < 0.0)
        return;
    all->questions++;
    all->ipi += ipi;
    all->tov += figures_tov(preferences);
}

static void count_questions(struct pairs *all, const struct evaluated *evaluated,
                            struct asked_row *order)
{
    const struct labelled *set = evaluated->setup.set;
    struct figures_preferences preferences = figures_unasked();

    for (size_t i = 0; i < set->count; i++)
        order[i] = (struct asked_row){set->pairs[i].group, i};
    qsort(order, set->count, sizeof *order, by_question);
    for (size_t i = 0; i < set->count; i++) {
        if (i > 0 && order[i].group != order[i - 1].group)
            preferences = figures_unasked();
        put_preference(&preferences, &set->pairs[order[i].index], &evaluated->rows[order[i].index]);
        if (i + 1 == set->count || order[i + 1].group != order[i].group)
            count_question(all, &preferences);
    }
}

/* --- writing ---------------------------------------------------------------------------------- */

static struct json *pair_item(const struct evaluated_row *row, const struct labelled_pair *pair)
{
    struct json *object = json_new_object(), *orders[ORDERS_OF_PAIR];

    json_put(object, "id", json_of_string(pair->problem->id));
    if (row->failure != NULL) {
        json_put(object, "failure", json_of_words(row->failure));
        return object;
    }
    for (int i = 0; i < ORDERS_OF_PAIR; i++) {
        orders[i] = json_new_array();
        json_add(orders[i], evaluated_real(row->scores[2 * i]));
        json_add(orders[i], evaluated_real(row->scores[2 * i + 1]));
    }
    json_put(object, "chosen_first", orders[CHOSEN_FIRST]);
    json_put(object, "rejected_first", orders[REJECTED_FIRST]);
    return object;
}

static void evaluated_put_pairs(struct json *object, const struct pairs *all)
{
    struct json *orders = json_new_object();
    double questions = (double)all->questions;

    json_put(orders, "chosen_first", evaluated_share(all->right[CHOSEN_FIRST], all->of));
    json_put(orders, "rejected_first", evaluated_share(all->right[REJECTED_FIRST], all->of));
    json_put(object, "accuracy", evaluated_share(all->both, all->of));
    json_put(object, "orders", orders);
    json_put(object, "agreement", evaluated_share(all->agree, all->known));
    json_put_count(object, "ties", all->ties);
    json_put_count(object, "unknown", all->of - all->known);
    json_put_count(object, "questions", all->questions);
    json_put_count(object, "questions_too_large", all->too_large);
    json_put(object, "ipi", evaluated_real(all->questions > 0 ? all->ipi / questions : -1.0));
    json_put(object, "tov", evaluated_real(all->questions > 0 ? all->tov / questions : -1.0));
}

int evaluated_pairs(struct json *object, const struct evaluated *evaluated,
                    struct crux_error *error)
{
    const struct labelled *set = evaluated->setup.set;
    struct asked_row *order = calloc(set->count, sizeof *order);
    struct pairs all = {.of = 0};
    struct json *items;

    if (order == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the figures of a critic");
    items = json_new_array();
    for (size_t i = 0; i < set->count; i++) {
        if (evaluated->rows[i].failure == NULL)
            count_pair(&all, &evaluated->rows[i]);
        json_add(items, pair_item(&evaluated->rows[i], &set->pairs[i]));
    }
    count_questions(&all, evaluated, order);
    evaluated_put_pairs(object, &all);
    json_put(object, "items", items);
    free(order);
    return CRUX_OK;
}
