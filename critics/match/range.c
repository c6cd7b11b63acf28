/*
 * range.c - reads ranges off intervals and inequalities.
 */
#include "critics/match/range.h"

#include "critics/match/expression.h"

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
