/*
 * range.c - reads ranges off intervals and inequalities.
 */
#include "critics/match/range.h"

#include "critics/match/expression.h"

#include <string.h>

static bool is_endless(const struct match_form *form, uint32_t node)
{
    return form->nodes[node].value.worth == MATCH_INFINITE;
}

static bool range_of_interval(const struct match_form *form, const struct match_node *node,
                              struct match_range *out)
{
    bool below = is_endless(form, node->first), above = is_endless(form, node->last);

    if (node->count != 2)
        return false;
    *out = (struct match_range){below ? 0 : node->first, above ? 0 : node->last,
                                node->open == '(' || below, node->close == ')' || above};
    return (!below || creal(form->nodes[node->first].value.z) < 0.0) &&
           (!above || creal(form->nodes[node->last].value.z) > 0.0);
}

static bool strict(uint8_t sign)
{
    return sign == '<' || sign == '>';
}

static bool rises(uint8_t sign)
{
    return sign == '<' || sign == MATCH_AT_MOST;
}

static bool is_order(uint8_t sign)
{
    return rises(sign) || sign == '>' || sign == MATCH_AT_LEAST;
}

/* left sign right, where one of them is the variable: one end of the range. */
static bool put_end(const struct match_form *form, uint32_t left, bool variable_left,
                    struct match_range *out)
{
    uint32_t right = form->nodes[left].next, end = variable_left ? right : left;
    uint8_t sign = form->nodes[right].sign;

    if (!is_order(sign))
        return false;
    if (rises(sign) == variable_left) {
        out->upper = is_endless(form, end) ? 0 : end;
        out->open_above = strict(sign);
    } else {
        out->lower = is_endless(form, end) ? 0 : end;
        out->open_below = strict(sign);
    }
    return true;
}

static bool range_of_relation(const struct match_form *form, const struct match_node *node,
                              struct match_range *out)
{
    uint32_t middle = form->nodes[node->first].next;
    char name[MATCH_NAME_ROOM];

    *out = (struct match_range){0, 0, true, true};
    if (node->count == 3)
        return match_expression_variable(form, middle, name) &&
               rises(form->nodes[middle].sign) == rises(form->nodes[node->last].sign) &&
               put_end(form, node->first, false, out) && put_end(form, middle, true, out);
    if (node->count != 2)
        return false;
    if (match_expression_variable(form, node->first, name))
        return put_end(form, node->first, true, out);
    return match_expression_variable(form, node->last, name) &&
           put_end(form, node->first, false, out);
}

bool match_range_of(const struct match_form *form, uint32_t at, struct match_range *out)
{
    const struct match_node *node = &form->nodes[at];

    if (node->kind == MATCH_TUPLE)
        return range_of_interval(form, node, out);
    return node->kind == MATCH_RELATION && range_of_relation(form, node, out);
}

/* n, k: letters that stand for whole numbers as a rule. */
static bool of_whole_numbers(const struct match_form *form, const struct match_node *relation)
{
    bool whole = false;

    for (uint32_t side = relation->first; side != 0; side = form->nodes[side].next) {
        const char *name = form->words + form->nodes[side].word;

        whole |= form->nodes[side].kind == MATCH_SYMBOL && *name != '\0' && name[1] == '\0' &&
                 strchr("klmnpqKMN", *name) != NULL;
    }
    return whole;
}

/* Is the one end open, and the other the next whole number, and closed? */
static bool next_to_open(const struct match_form *one, uint32_t open,
                         const struct match_form *other, uint32_t closed, int step)
{
    struct match_number next;

    if (open == 0 || closed == 0 || one->nodes[open].value.worth != MATCH_EXACT)
        return false;
    next = match_compute(one->nodes[open].value, '+', match_integer(step));
    return next.ratio.under == 1 && match_agree(&next, &other->nodes[closed].value);
}

bool match_range_of_whole(const struct match_form *one, uint32_t a, const struct match_form *two,
                          uint32_t b)
{
    struct match_range x, y;

    if (one->nodes[a].kind != MATCH_RELATION || two->nodes[b].kind != MATCH_RELATION ||
        !of_whole_numbers(one, &one->nodes[a]) || !of_whole_numbers(two, &two->nodes[b]) ||
        !match_range_of(one, a, &x) || !match_range_of(two, b, &y))
        return false;
    return (x.open_below && !y.open_below && next_to_open(one, x.lower, two, y.lower, 1)) ||
           (y.open_below && !x.open_below && next_to_open(two, y.lower, one, x.lower, 1)) ||
           (x.open_above && !y.open_above && next_to_open(one, x.upper, two, y.upper, -1)) ||
           (y.open_above && !x.open_above && next_to_open(two, y.upper, one, x.upper, -1));
}
