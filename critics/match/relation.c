/*
 * relation.c - verdicts about equations and inequalities, from left less right.
 */
#include "critics/match/relation.h"

#include "critics/match/modular.h"
#include "critics/match/range.h"
#include "critics/match/readings.h"

#include <string.h>

#define RESIDUES 3u /* places modulo the prime */
#define AGREED   5u /* places that must agree, of those where both have a value */
#define LEAST    3u /* fewer than that say nothing */

/* --- equations and inequalities
 * ------------------------------------------------------------------------- */

/* Left less right is 0, is not 0, is above 0, is at least 0. */
enum relation_sign { IS_OTHER, IS_ZERO, IS_NOT_ZERO, IS_ABOVE, IS_AT_LEAST };

struct relation_relation {
    enum relation_sign sign;
    struct match_side side;
};

static enum relation_sign sign_of(uint8_t sign)
{
    switch (sign) {
    case '=':
        return IS_ZERO;
    case MATCH_NOT_EQUAL:
        return IS_NOT_ZERO;
    case '<':
    case '>':
        return IS_ABOVE;
    case MATCH_AT_MOST:
    case MATCH_AT_LEAST:
        return IS_AT_LEAST;
    default:
        return IS_OTHER;
    }
}

/* Of two neighbours in a chain; `left < right` is that right less left is above 0. */
static struct relation_relation relation_between(const struct match_form *form, uint32_t left)
{
    uint32_t right = form->nodes[left].next;
    uint8_t sign = form->nodes[right].sign;
    bool turned = sign == '<' || sign == MATCH_AT_MOST;

    return (struct relation_relation){
        sign_of(sign), {form, turned ? right : left, turned ? left : right, NULL, {0, 0}}};
}

/* y = 2x + 1 is read as 2x + 1 of the name y. */
bool match_relation_named(const struct match_form *form, uint32_t at)
{
    const char *label = form->words + form->nodes[at].label;

    return label[0] != '\0' && strpbrk(label, "(* ") == NULL && form->nodes[at].kind != MATCH_WORDS;
}

bool match_relation_of_any(const struct match_form *form, uint32_t at)
{
    const struct match_node *node = &form->nodes[at];
    const char *label = form->words + node->label;

    return node->kind == MATCH_SYMBOL && node->value.worth == MATCH_NOTHING && label[0] != '\0' &&
           label[1] != '\0' && strstr(label, form->words + node->word) != NULL;
}

static struct relation_relation relation_of_name(const struct match_form *form, uint32_t at)
{
    return (struct relation_relation){IS_ZERO,
                                      {form, at, 0, form->words + form->nodes[at].label, {0, 0}}};
}

static enum match proportion_of_residues(const struct match_readings *points)
{
    uint64_t a[RESIDUES], b[RESIDUES];
    bool equal = true;

    for (uint32_t i = 0; i < RESIDUES; i++) {
        struct match_place one = match_readings_at_a(points, i),
                           two = match_readings_at_b(points, i);

        if (!match_modular_value(&points->a, &one, &a[i]) ||
            !match_modular_value(&points->b, &two, &b[i]) || a[i] == 0 || b[i] == 0)
            return MATCH_UNKNOWN;
        equal &= match_modular_times(a[i], b[0]) == match_modular_times(a[0], b[i]);
    }
    return equal ? MATCH_EQUAL : MATCH_UNEQUAL;
}

static enum match proportion_of_values(const struct match_readings *points)
{
    struct {
        uint32_t equal, unequal;
    } count = {0, 0};
    bool positive;

    for (uint32_t i = 1; i < MATCH_WIDE && count.equal + count.unequal < AGREED; i++) {
        struct match_place a[2] = {match_readings_at_a(points, 0), match_readings_at_a(points, i)};
        struct match_place b[2] = {match_readings_at_b(points, 0), match_readings_at_b(points, i)};
        enum match match = match_precise_proportion(&points->a, a, &points->b, b, &positive);

        count.equal += match == MATCH_EQUAL;
        count.unequal += match == MATCH_UNEQUAL;
    }
    if (count.unequal > 0)
        return count.equal == 0 ? MATCH_UNEQUAL : MATCH_UNKNOWN;
    return count.equal >= LEAST ? MATCH_EQUAL : MATCH_UNKNOWN;
}

static enum match by_proportion(const struct match_readings *points)
{
    enum match match = proportion_of_residues(points);

    return match != MATCH_UNKNOWN ? match : proportion_of_values(points);
}

/* Does something solve the one that does not solve the other? Looked for where the one is linear
 * in a variable: there it has a solution, and an inequality turns. */
static bool solves_one_only(const struct match_side *one, struct match_place at_one,
                            const struct match_side *other, struct match_place at_other,
                            const char *variable)
{
    uint64_t at[3], slope, root, value;

    for (uint64_t i = 0; i < 3; i++)
        if (!match_modular_with(one, &at_one, variable, i, &at[i]))
            return false;
    slope = match_modular_less(at[1], at[0]);
    if (slope == 0 || match_modular_less(at[2], at[1]) != slope)
        return false;
    root = match_modular_times(match_modular_less(0, at[0]), match_modular_inverse(slope));
    return match_modular_with(other, &at_other, variable, root, &value) && value != 0;
}

static enum match by_solution(const struct match_readings *points)
{
    for (uint32_t i = 0; i < points->in_a.count; i++) {
        const char *name = points->in_a.names[i];

        if (solves_one_only(&points->a, match_readings_at_a(points, 0), &points->b,
                            match_readings_at_b(points, 0), name) ||
            solves_one_only(&points->b, match_readings_at_b(points, 0), &points->a,
                            match_readings_at_a(points, 0), name))
            return MATCH_UNEQUAL;
    }
    return MATCH_UNKNOWN;
}

/* x^2 + y^2 = 1 and = 4: they differ by a number, so nothing solves both. */
static enum match by_distance(const struct match_readings *points)
{
    uint64_t a[4], b[4];

    for (uint32_t i = 0; i < 4; i++) {
        struct match_place one = match_readings_at_a(points, i),
                           two = match_readings_at_b(points, i);

        if (!match_modular_value(&points->a, &one, &a[i]) ||
            !match_modular_value(&points->b, &two, &b[i]))
            return MATCH_UNKNOWN;
        a[i] = match_modular_less(a[i], a[0] * (i > 0));
        b[i] = match_modular_less(b[i], b[0] * (i > 0));
    }
    for (uint32_t i = 2; i < 4; i++)
        if (match_modular_times(a[i], b[1]) != match_modular_times(a[1], b[i]))
            return MATCH_UNKNOWN;
    return a[1] != 0 && b[1] != 0 ? MATCH_UNEQUAL : MATCH_UNKNOWN;
}

/* They are proportional: does the sign of the proportion fit, and equality? */
static enum match fits(const struct match_readings *points, enum relation_sign a,
                       enum relation_sign b)
{
    bool positive = true;
    struct match_place one[2] = {match_readings_at_a(points, 0), match_readings_at_a(points, 1)};
    struct match_place two[2] = {match_readings_at_b(points, 0), match_readings_at_b(points, 1)};

    if (a == IS_ABOVE || a == IS_AT_LEAST)
        if (match_precise_proportion(&points->a, one, &points->b, two, &positive) != MATCH_EQUAL)
            return MATCH_UNKNOWN;
    return a == b && positive ? MATCH_EQUAL : MATCH_UNEQUAL;
}

static enum match compare_two(const struct relation_relation *a, const struct relation_relation *b)
{
    struct match_readings points = {.a = a->side, .b = b->side};
    bool ordered = a->sign == IS_ABOVE || a->sign == IS_AT_LEAST;
    enum match match;

    match_readings_look(&points.in_a, &a->side);
    match_readings_look(&points.in_b, &b->side);
    if (a->sign == IS_OTHER || ordered != (b->sign == IS_ABOVE || b->sign == IS_AT_LEAST) ||
        (!ordered && a->sign != b->sign) || points.in_a.unreadable || points.in_b.unreadable ||
        points.in_a.count == 0 || !match_readings_same_names(&points))
        return MATCH_UNKNOWN;
    match = match_readings_all(&points, by_proportion);
    if (match == MATCH_EQUAL)
        return fits(&points, a->sign, b->sign);
    if (match == MATCH_UNKNOWN || points.in_a.decimal || points.in_b.decimal)
        return MATCH_UNKNOWN;
    match = match_readings_all(&points, by_solution);
    if (match == MATCH_UNKNOWN && !ordered)
        match = match_readings_all(&points, by_distance);
    return match;
}

/* a < x < b is two of them; each must be one of the other's. */
static enum match compare_chains(const struct match_form *answer, const struct match_node *a,
                                 const struct match_form *reference, const struct match_node *b)
{
    struct relation_relation of_a[2] = {relation_between(answer, a->first),
                                        relation_between(answer, answer->nodes[a->first].next)};
    struct relation_relation of_b[2] = {
        relation_between(reference, b->first),
        relation_between(reference, reference->nodes[b->first].next)};
    bool bounded = answer->nodes[a->first].value.worth != MATCH_NOTHING &&
                   answer->nodes[a->last].value.worth != MATCH_NOTHING;
    enum match all = MATCH_EQUAL;

    for (size_t i = 0; i < 2; i++) {
        enum match one = compare_two(&of_a[i], &of_b[0]), two = compare_two(&of_a[i], &of_b[1]);

        if (one == MATCH_UNEQUAL && two == MATCH_UNEQUAL && bounded)
            return MATCH_UNEQUAL;
        if (one != MATCH_EQUAL && two != MATCH_EQUAL)
            all = MATCH_UNKNOWN;
    }
    return all;
}

static bool is_kind(const struct match_form *form, uint32_t at, enum match_kind kind)
{
    return form->nodes[at].kind == kind;
}

/* One relation, or an expression with a name before it. */
static struct relation_relation relation_at(const struct match_form *form, uint32_t at)
{
    const struct match_node *node = &form->nodes[at];

    if (node->kind != MATCH_RELATION)
        return match_relation_named(form, at) ? relation_of_name(form, at)
                                              : (struct relation_relation){.sign = IS_OTHER};
    return node->count == 2 ? relation_between(form, node->first)
                            : (struct relation_relation){.sign = IS_OTHER};
}

/* A number is no equation between two variables, but for `a + b = 7`, which may say 7. */
static bool number_and_equation(const struct match_form *form, uint32_t number,
                                const struct match_form *other, uint32_t relation)
{
    struct relation_relation between = relation_at(other, relation);
    struct match_expression found = {.count = 0};

    if (form->nodes[number].value.worth == MATCH_NOTHING || form->nodes[number].label != 0 ||
        between.sign != IS_ZERO || between.side.less == 0 ||
        other->nodes[between.side.less].value.worth != MATCH_NOTHING ||
        other->nodes[between.side.node].value.worth != MATCH_NOTHING)
        return false;
    match_readings_look(&found, &between.side);
    return !found.unreadable && found.count > 1;
}

enum match match_relation_compare(const struct match_form *answer, uint32_t a,
                                  const struct match_form *reference, uint32_t b)
{
    struct relation_relation one, two;

    if (number_and_equation(answer, a, reference, b) ||
        number_and_equation(reference, b, answer, a))
        return MATCH_UNEQUAL;
    if (match_range_of_whole(answer, a, reference, b))
        return MATCH_UNKNOWN;
    if (answer->nodes[a].count == 3 && is_kind(answer, a, MATCH_RELATION) &&
        reference->nodes[b].count == 3 && is_kind(reference, b, MATCH_RELATION))
        return compare_chains(answer, &answer->nodes[a], reference, &reference->nodes[b]);
    one = relation_at(answer, a);
    two = relation_at(reference, b);
    if (one.sign == IS_OTHER || two.sign == IS_OTHER)
        return MATCH_UNKNOWN;
    return compare_two(&one, &two);
}
