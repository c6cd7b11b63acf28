/*
 * group.c - comparison of lists with names, matrices, unions of intervals, and of a list with a
 * number that it may be.
 */
#include "critics/match/group.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define INTERVALS 16u

static enum match of_all(enum match all, enum match item)
{
    if (all == MATCH_UNEQUAL || item == MATCH_UNEQUAL)
        return MATCH_UNEQUAL;
    return all == MATCH_EQUAL ? item : all;
}

/* --- names ---------------------------------------------------------------------------- */

static const char *label_of(const struct match_form *form, uint32_t item)
{
    return form->words + form->nodes[item].label;
}

/* Every item has a name, and no two the same. */
static bool all_named(const struct match_form *form, const struct match_node *list)
{
    for (uint32_t i = list->first; i != 0; i = form->nodes[i].next) {
        if (form->nodes[i].label == 0)
            return false;
        for (uint32_t j = list->first; j != i; j = form->nodes[j].next)
            if (strcmp(label_of(form, i), label_of(form, j)) == 0)
                return false;
    }
    return list->count > 1;
}

static uint32_t item_named(const struct match_form *form, const struct match_node *list,
                           const char *label)
{
    uint32_t item = list->first;

    while (item != 0 && strcmp(label_of(form, item), label) != 0)
        item = form->nodes[item].next;
    return item;
}

/* x = 1, y = 2: each name with its own. UNKNOWN where they are other names. */
static bool by_name(const struct match_group *group, enum match *match)
{
    if (!all_named(group->answer, group->a) || !all_named(group->reference, group->b))
        return false;
    *match = group->a->count == group->b->count ? MATCH_EQUAL : MATCH_UNKNOWN;
    for (uint32_t i = group->a->first; i != 0; i = group->answer->nodes[i].next) {
        uint32_t other = item_named(group->reference, group->b, label_of(group->answer, i));

        if (other == 0)
            return *match = MATCH_UNKNOWN, true;
        *match = of_all(*match, group->items(group->context, i, other));
    }
    return true;
}

static enum match in_order(const struct match_group *group)
{
    uint32_t b = group->b->first;
    enum match all = group->a->count == group->b->count ? MATCH_EQUAL : MATCH_UNEQUAL;

    for (uint32_t a = group->a->first; a != 0 && b != 0; a = group->answer->nodes[a].next) {
        all = of_all(all, group->items(group->context, a, b));
        b = group->reference->nodes[b].next;
    }
    return all;
}

/* x = 1, y = 2 and 1, 2, which may be in any order: only the same order is sure. */
static bool half_named(const struct match_group *group, enum match *match)
{
    bool a = all_named(group->answer, group->a), b = all_named(group->reference, group->b);

    if (a == b || group->a->count != group->b->count || in_order(group) != MATCH_UNEQUAL)
        return false;
    for (uint32_t i = group->a->first; i != 0; i = group->answer->nodes[i].next) {
        enum match best = MATCH_UNEQUAL;

        for (uint32_t j = group->b->first; j != 0; j = group->reference->nodes[j].next)
            if (group->items(group->context, i, j) != MATCH_UNEQUAL)
                best = MATCH_UNKNOWN;
        if (best == MATCH_UNEQUAL)
            return *match = MATCH_UNEQUAL, true;
    }
    *match = MATCH_UNKNOWN;
    return true;
}

/* --- matrices --------------------------------------------------------------------------- */

/* A matrix, or a list of rows: its size and the cells, row by row. */
struct grid {
    uint32_t rows, columns;
    uint16_t cells[MATCH_NODES];
};

static bool is_list(const struct match_node *node)
{
    return node->kind == MATCH_TUPLE || node->kind == MATCH_SET;
}

static bool grid_of(const struct match_form *form, const struct match_node *node, struct grid *grid)
{
    uint32_t count = 0;

    *grid = (struct grid){.rows = 0};
    if (node->kind == MATCH_MATRIX) {
        for (uint32_t i = node->first; i != 0; i = form->nodes[i].next)
            grid->cells[count++] = (uint16_t)i;
        grid->columns = node->digits;
        grid->rows = count / grid->columns;
        return true;
    }
    if (!is_list(node))
        return false;
    for (uint32_t row = node->first; row != 0; row = form->nodes[row].next) {
        const struct match_node *items = &form->nodes[row];

        if (!is_list(items) || (grid->rows++ > 0 && items->count != grid->columns))
            return false;
        grid->columns = items->count;
        for (uint32_t i = items->first; i != 0; i = form->nodes[i].next)
            grid->cells[count++] = (uint16_t)i;
    }
    return grid->rows > 0 && grid->columns > 0;
}

static enum match compare_cells(const struct match_group *group, const struct grid *a,
                                const struct grid *b)
{
    enum match all = MATCH_EQUAL;

    for (uint32_t i = 0; i < a->rows * a->columns; i++)
        all = of_all(all, group->items(group->context, a->cells[i], b->cells[i]));
    return all;
}

/* A column of a matrix and a list in square brackets are one vector. */
static enum match compare_vector(const struct match_group *group, const struct grid *matrix,
                                 bool first)
{
    const struct match_node *list = first ? group->b : group->a;
    enum match match;

    if (list->kind != MATCH_TUPLE || list->close != (list->open == '[' ? ']' : ')'))
        return MATCH_UNKNOWN;
    if (list->count != matrix->rows * matrix->columns)
        return MATCH_UNEQUAL;
    if (matrix->rows > 1 && matrix->columns > 1)
        return MATCH_UNKNOWN;
    match = in_order(group);
    return match == MATCH_EQUAL && list->open == '(' ? MATCH_UNKNOWN : match;
}

static bool by_cells(const struct match_group *group, enum match *match)
{
    struct grid a, b;
    bool one, two;

    if (group->a->kind != MATCH_MATRIX && group->b->kind != MATCH_MATRIX)
        return false;
    one = grid_of(group->answer, group->a, &a);
    two = grid_of(group->reference, group->b, &b);
    if (one && two)
        *match = a.rows == b.rows && a.columns == b.columns ? compare_cells(group, &a, &b)
                                                            : MATCH_UNEQUAL;
    else
        *match = compare_vector(group, one ? &a : &b, one);
    return true;
}

/* --- unions of intervals ---------------------------------------------------------------------- */

struct interval {
    double from, to;
    bool open, close; /* without its end */
};

static bool endpoint(const struct match_number *value, double *out)
{
    if (value->worth == MATCH_NOTHING || cimag(value->z) != 0.0)
        return false;
    *out = value->worth == MATCH_INFINITE ? creal(value->z) * INFINITY : creal(value->z);
    return true;
}

static bool interval_of(const struct match_form *form, const struct match_node *node,
                        struct interval *out)
{
    if (node->kind != MATCH_TUPLE || node->count != 2)
        return false;
    out->open = node->open == '(';
    out->close = node->close == ')';
    return endpoint(&form->nodes[node->first].value, &out->from) &&
           endpoint(&form->nodes[node->last].value, &out->to) && out->from < out->to;
}

static bool near(double a, double b)
{
    return a == b || fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

/* Does b go on where a ends, or before? */
static bool touches(const struct interval *a, const struct interval *b)
{
    return near(a->to, b->from) ? !(a->close && b->open) : b->from < a->to;
}

/* Ascending, and what touches is one. 0: they are not all intervals of numbers. */
static uint32_t intervals_of(const struct match_form *form, const struct match_node *node,
                             struct interval out[INTERVALS])
{
    uint32_t count = 0, kept = 0;

    if (node->kind == MATCH_TUPLE)
        return interval_of(form, node, &out[0]);
    for (uint32_t i = node->first; i != 0; i = form->nodes[i].next) {
        struct interval one;
        uint32_t at = count;

        if (count == INTERVALS || !interval_of(form, &form->nodes[i], &one))
            return 0;
        for (; at > 0 && (out[at - 1].from > one.from ||
                          (out[at - 1].from == one.from && out[at - 1].open && !one.open));
             at--)
            out[at] = out[at - 1];
        out[at] = one;
        count++;
    }
    for (uint32_t i = 1; i < count; i++) {
        if (!touches(&out[kept], &out[i])) {
            out[++kept] = out[i];
        } else if (out[i].to > out[kept].to || near(out[i].to, out[kept].to)) {
            out[kept].close = out[i].close && (out[kept].close || !near(out[i].to, out[kept].to));
            out[kept].to = fmax(out[i].to, out[kept].to);
        }
    }
    return count > 0 ? kept + 1 : 0;
}

static bool by_intervals(const struct match_group *group, enum match *match)
{
    struct interval a[INTERVALS], b[INTERVALS];
    uint32_t one, two;

    if (group->a->kind != MATCH_UNITED && group->b->kind != MATCH_UNITED)
        return false;
    one = intervals_of(group->answer, group->a, a);
    two = intervals_of(group->reference, group->b, b);
    if (one == 0 || two == 0)
        return false;
    *match = one == two ? MATCH_EQUAL : MATCH_UNEQUAL;
    for (uint32_t i = 0; i < one && *match == MATCH_EQUAL; i++)
        if (!near(a[i].from, b[i].from) || !near(a[i].to, b[i].to) || a[i].open != b[i].open ||
            a[i].close != b[i].close)
            *match = MATCH_UNEQUAL;
    /* Equal by doubles alone is for the items to say. */
    return *match == MATCH_UNEQUAL || one != group->a->count || two != group->b->count;
}

bool match_group_compare(const struct match_group *group, enum match *match)
{
    return by_cells(group, match) || by_name(group, match) || half_named(group, match) ||
           by_intervals(group, match);
}

/* --- a list that may be a number -----------------------------------------------------------------
 */

/* The digits of an integer as it was written; NULL: the item is none. */
static const char *digits_of(const struct match_form *form, uint32_t item)
{
    const struct match_node *node = &form->nodes[item];

    return node->kind == MATCH_LITERAL && node->word != 0 && node->label == 0
               ? form->words + node->word
               : NULL;
}

/* 3,14 is 3.14 where a comma is the point; so is 1.234,56. */
static bool decimal_comma(const struct match_form *form, const struct match_node *list,
                          const struct match_number *number)
{
    const struct match_node *head = &form->nodes[list->first];
    const char *whole = digits_of(form, list->first), *behind = digits_of(form, list->last);
    char text[64];
    size_t length = 0;
    struct match_number value;

    if (head->kind == MATCH_NEGATIVE || head->kind == MATCH_QUANTITY)
        whole = digits_of(form, head->first);
    if (list->count != 2 || whole == NULL || behind == NULL ||
        strlen(whole) + strlen(behind) > 40 || behind[strspn(behind, "0123456789")] != '\0')
        return false;
    for (const char *at = whole; *at != '\0'; at++)
        if (*at != '.')
            text[length++] = *at;
    (void)snprintf(text + length, sizeof text - length, ".%s", behind);
    value = match_decimal(text, strlen(text));
    if (head->kind == MATCH_NEGATIVE)
        value = match_negate(value);
    return match_agree(&value, number);
}

/* 25, 100 may be 25100. */
static bool thousands_of(const struct match_form *form, const struct match_node *list,
                         const struct match_number *number)
{
    char text[64] = "";
    size_t length = 0;
    struct match_number value;

    for (uint32_t i = list->first; i != 0; i = form->nodes[i].next) {
        const char *digits = digits_of(form, i);

        if (digits == NULL || (i == list->first && *digits == '0') || strlen(digits) > 3 ||
            (i != list->first && strlen(digits) != 3) || length > sizeof text - 4)
            return false;
        length += (size_t)snprintf(text + length, sizeof text - length, "%s", digits);
    }
    value = match_decimal(text, length);
    return list->count > 1 && match_agree(&value, number);
}

/* 3 and 1/2 may be three and a half. */
static bool mixed_of(const struct match_form *form, const struct match_node *list,
                     const struct match_number *number)
{
    const struct match_number *whole = &form->nodes[list->first].value;
    const struct match_number *part = &form->nodes[list->last].value;
    struct match_number sum = match_compute(*whole, '+', *part);
    int64_t integer;

    return list->count == 2 && match_is_integer(whole, &integer) && part->worth == MATCH_EXACT &&
           creal(part->z) > 0.0 && creal(part->z) < 1.0 && match_agree(&sum, number);
}

/* 1/2 or 0.5: the same in two ways. In a reference it may name two answers, of which one will do.
 */
static bool alternatives(const struct match_group *group, bool in_answer, enum match *match)
{
    const struct match_form *form = in_answer ? group->answer : group->reference;
    const struct match_node *list = in_answer ? group->a : group->b;
    uint32_t single = (uint32_t)(in_answer ? group->b - group->reference->nodes
                                           : group->a - group->answer->nodes);
    enum match all = MATCH_EQUAL, best = MATCH_UNEQUAL;

    if (list->kind != MATCH_LIST || !list->either)
        return false;
    for (uint32_t i = list->first; i != 0; i = form->nodes[i].next) {
        enum match item = in_answer ? group->items(group->context, i, single)
                                    : group->items(group->context, single, i);

        all = of_all(all, item);
        if (item != MATCH_UNEQUAL)
            best = MATCH_UNKNOWN;
    }
    *match = all == MATCH_EQUAL ? MATCH_EQUAL : best;
    return true;
}

bool match_group_single(const struct match_group *group, bool in_answer, enum match *match)
{
    const struct match_form *form = in_answer ? group->answer : group->reference;
    const struct match_node *list = in_answer ? group->a : group->b;
    const struct match_node *number = in_answer ? group->b : group->a;
    const struct match_form *other = in_answer ? group->reference : group->answer;

    if (alternatives(group, in_answer, match))
        return true;
    if (number->kind == MATCH_QUANTITY)
        number = &other->nodes[number->first];
    if ((list->kind != MATCH_LIST && list->kind != MATCH_TUPLE) ||
        number->value.worth == MATCH_NOTHING)
        return false;
    *match = MATCH_UNKNOWN;
    return decimal_comma(form, list, &number->value) ||
           (list->kind == MATCH_LIST &&
            (thousands_of(form, list, &number->value) || mixed_of(form, list, &number->value)));
}
