/*
 * times.c - comparison of ratios and times of day.
 */
#include "critics/match/times.h"

#include <string.h>

/* 24-hour seconds of 3:30 pm, and whether its half of the day is named; false: it is no time. */
static bool times_seconds(const struct match_form *form, const struct match_node *node,
                          int64_t *out)
{
    const char *half = form->words + node->word;
    uint32_t second = form->nodes[node->first].next, third = form->nodes[second].next;
    int64_t hour, minute, rest = 0;

    if (node->count < 2 || node->count > 3 ||
        !match_is_integer(&form->nodes[node->first].value, &hour) ||
        !match_is_integer(&form->nodes[second].value, &minute) || hour < 0 || hour > 23 ||
        minute < 0 || minute > 59 ||
        (third != 0 && (!match_is_integer(&form->nodes[third].value, &rest) || rest > 59)))
        return false;
    if (half[0] != '\0')
        hour = hour % 12 + (half[0] == 'p' ? 12 : 0);
    *out = (hour * 60 + minute) * 60 + rest;
    return true;
}

/* Minutes and seconds are written with two digits. */
static bool may_be_time(const struct match_form *form, const struct match_node *node)
{
    int64_t seconds;

    if (!times_seconds(form, node, &seconds))
        return false;
    for (uint32_t part = form->nodes[node->first].next; part != 0; part = form->nodes[part].next)
        if (strlen(form->words + form->nodes[part].word) != 2)
            return false;
    return true;
}

/* Part i of a ratio; nothing behind its last. */
static struct match_number part(const struct match_form *form, const struct match_node *node,
                                uint32_t i)
{
    uint32_t at = node->first;

    for (; i > 0 && at != 0; i--)
        at = form->nodes[at].next;
    return at != 0 ? form->nodes[at].value : match_nothing();
}

/* Are all parts in one proportion? UNKNOWN: one is no number, or is 0. */
static enum match proportional(const struct match_form *answer, const struct match_node *a,
                               const struct match_form *reference, const struct match_node *b)
{
    struct match_number first_a = part(answer, a, 0), first_b = part(reference, b, 0);
    enum match match = a->count == b->count ? MATCH_EQUAL : MATCH_UNEQUAL;

    for (uint32_t i = 0; i < a->count && i < b->count; i++) {
        struct match_number left = match_compute(part(answer, a, i), '*', first_b);
        struct match_number right = match_compute(part(reference, b, i), '*', first_a);

        if (left.worth == MATCH_NOTHING || right.worth == MATCH_NOTHING)
            return MATCH_UNKNOWN;
        if (left.z == 0.0 || right.z == 0.0 || !match_agree(&left, &right))
            match = MATCH_UNEQUAL;
    }
    return match;
}

static enum match same_parts(const struct match_form *answer, const struct match_node *a,
                             const struct match_form *reference, const struct match_node *b)
{
    enum match match = a->count == b->count ? MATCH_EQUAL : MATCH_UNEQUAL;

    for (uint32_t i = 0; i < a->count && match != MATCH_UNEQUAL; i++) {
        struct match_number left = part(answer, a, i), right = part(reference, b, i);

        if (left.worth == MATCH_NOTHING || right.worth == MATCH_NOTHING)
            match = MATCH_UNKNOWN;
        else if (!match_agree(&left, &right))
            match = MATCH_UNEQUAL;
    }
    return match;
}

static enum match compare_times(const struct match_form *answer, const struct match_node *a,
                                const struct match_form *reference, const struct match_node *b)
{
    enum match same = same_parts(answer, a, reference, b);
    bool same_half = strcmp(answer->words + a->word, reference->words + b->word) == 0;
    int64_t one, two;

    if (same != MATCH_UNEQUAL && same_half)
        return same;
    /* A time without its half of the day is right in either. */
    if (times_seconds(answer, a, &one) && times_seconds(reference, b, &two) &&
        (one == two || ((a->word == 0 || b->word == 0) && same == MATCH_EQUAL)))
        return MATCH_EQUAL;
    return MATCH_UNEQUAL;
}

/* 3:4 is the quotient 3/4; 3:30 may be a time. */
static enum match with_number(const struct match_form *form, const struct match_node *ratio,
                              const struct match_node *other)
{
    struct match_number quotient = match_compute(part(form, ratio, 0), '/', part(form, ratio, 1));

    if (ratio->count != 2 || other->kind == MATCH_QUANTITY || quotient.worth == MATCH_NOTHING ||
        other->value.worth == MATCH_NOTHING || may_be_time(form, ratio) || ratio->word != 0)
        return MATCH_UNKNOWN;
    return match_agree(&quotient, &other->value) ? MATCH_EQUAL : MATCH_UNKNOWN;
}

enum match match_times_compare(const struct match_form *answer, uint32_t at_a,
                               const struct match_form *reference, uint32_t at_b)
{
    const struct match_node *a = &answer->nodes[at_a], *b = &reference->nodes[at_b];
    bool time_a, time_b;
    enum match ratio, same;

    if (b->kind != MATCH_RATIO)
        return with_number(answer, a, b);
    if (a->kind != MATCH_RATIO)
        return with_number(reference, b, a);
    if (a->word != 0 || b->word != 0)
        return compare_times(answer, a, reference, b);
    time_a = may_be_time(answer, a);
    time_b = may_be_time(reference, b);
    same = same_parts(answer, a, reference, b);
    if (same == MATCH_EQUAL)
        return same;
    /* 3:30:00 is 3:30 */
    if (time_a && time_b && a->count != b->count)
        return compare_times(answer, a, reference, b);
    ratio = proportional(answer, a, reference, b);
    if (ratio == MATCH_UNKNOWN)
        return same;
    return ratio == MATCH_EQUAL && time_a && time_b ? MATCH_UNKNOWN : ratio;
}
