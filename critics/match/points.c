/*
 * points.c - verdicts about expressions and relations from their values at points.
 */
#include "critics/match/points.h"

#include "critics/match/modular.h"
#include "critics/match/readings.h"
#include "critics/match/relation.h"
#include "critics/match/unit.h"

#include <math.h>
#include <string.h>

#define RESIDUES 3u  /* places modulo the prime */
#define AGREED   5u  /* places above 0 that must agree, of */
#define TRIED    16u /* so many */
#define LEAST    3u  /* fewer than that say nothing */
#define RENAMED  3u  /* names that may be others */
#define SURELY   0.05
#define READINGS 8u

/* --- one reading ------------------------------------------------------------------------ */

/* UNKNOWN: one of them is no rational function. */
static enum match by_residues(const struct match_readings *points)
{
    uint32_t asked = 0;

    for (uint32_t i = 0; i < 2 * RESIDUES && asked < RESIDUES; i++) {
        struct match_place one = match_readings_at_a(points, i),
                           two = match_readings_at_b(points, i);
        uint64_t a, b;

        if (!match_modular_value(&points->a, &one, &a) ||
            !match_modular_value(&points->b, &two, &b))
            continue;
        if (a != b)
            return MATCH_UNEQUAL;
        asked++;
    }
    return asked == RESIDUES ? MATCH_EQUAL : MATCH_UNKNOWN;
}

/* How many places say what. */
struct points_count {
    uint32_t equal, unequal;
};

static void count_places(const struct match_readings *points, uint32_t from, uint32_t to,
                         uint32_t enough, struct points_count *count)
{
    for (uint32_t i = from; i < to && count->equal + count->unequal < enough; i++) {
        struct match_place one = match_readings_at_a(points, i),
                           two = match_readings_at_b(points, i);
        enum match match = match_precise_compare(&points->a, &one, &points->b, &two);

        count->equal += match == MATCH_EQUAL;
        count->unequal += match == MATCH_UNEQUAL;
    }
}

/* No variable is left: one place says all. */
static enum match by_one_value(const struct match_readings *points)
{
    struct match_place one = match_readings_at_a(points, 0), two = match_readings_at_b(points, 0);

    return match_precise_compare(&points->a, &one, &points->b, &two);
}

static enum match by_values(const struct match_readings *points)
{
    struct points_count some = {0, 0}, whole = {0, 0}, other = {0, 0};

    if (points->in_a.count == 0 && points->in_b.count == 0 && points->a.label == NULL)
        return by_one_value(points);
    count_places(points, MATCH_POSITIVE, MATCH_POSITIVE + TRIED, AGREED, &some);
    if (some.equal > 0 && some.unequal > 0)
        return MATCH_UNKNOWN;
    count_places(points, MATCH_WHOLE, MATCH_SIGNED, AGREED, &whole);
    /* (-1)^n has a value for whole numbers only. */
    if (some.equal + some.unequal == 0)
        some = whole;
    if (some.unequal >= LEAST)
        return whole.equal == 0 ? MATCH_UNEQUAL : MATCH_UNKNOWN;
    count_places(points, MATCH_SIGNED, MATCH_WIDE, LEAST, &other);
    if (points->in_a.pieces || points->in_b.pieces)
        count_places(points, MATCH_WIDE, MATCH_PLACES, MATCH_PLACES, &other);
    return some.equal >= LEAST && whole.unequal + other.unequal == 0 ? MATCH_EQUAL : MATCH_UNKNOWN;
}

static enum match by_either(const struct match_readings *points)
{
    enum match match = by_residues(points);

    return match != MATCH_UNKNOWN ? match : by_values(points);
}

/* --- readings ---------------------------------------------------------------------------- */

/* --- names --------------------------------------------------------------------------------- */

static const uint8_t orders[][RENAMED] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                          {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

/* Would they be equal with other names? Also where that takes too long to find out. */
static bool equal_renamed(struct match_readings *points, const struct match_expression *of_a,
                          const struct match_expression *of_b)
{
    bool equal = of_a->count > RENAMED;

    points->place.from = of_a;
    points->place.to = of_b;
    for (size_t i = 0; i < sizeof orders / sizeof *orders && !equal; i++) {
        bool fits = true;

        for (uint32_t j = 0; j < of_a->count; j++)
            fits &= orders[i][j] < of_a->count;
        memcpy(points->place.order, orders[i], sizeof orders[i]);
        equal = fits && match_readings_all(points, by_either) != MATCH_UNEQUAL;
    }
    points->place.from = NULL;
    points->place.to = NULL;
    return equal;
}

static bool is_single_name(const struct match_side *side)
{
    char name[MATCH_NAME_ROOM];

    return match_expression_variable(side->form, side->node, name);
}

/* --- letters that need not be variables --------------------------------------------------------
 */

/* Letters that stand side by side, and none of them in the other: `pct`. */
static uint32_t letters_in_a_row(const struct match_side *side, uint32_t at,
                                 const struct match_expression *only)
{
    const struct match_node *node = &side->form->nodes[at];
    char name[MATCH_NAME_ROOM];

    if (match_expression_variable(side->form, at, name))
        return match_expression_has(only, name) ? 1 : 0;
    if (node->kind != MATCH_PRODUCT)
        return 0;
    return letters_in_a_row(side, node->first, only) + letters_in_a_row(side, node->last, only);
}

/* 5k is 5000 to some. */
static bool in_thousands(const struct match_number *times, const struct match_number *other)
{
    double ratio = cabs(other->z) / cabs(times->z);

    return other->worth != MATCH_NOTHING && (ratio == 1e3 || ratio == 1e6 || ratio == 1e9);
}

/* m, 5m, 5m/s, m^2: nothing but numbers and letters that units have. */
static bool like_a_unit(const struct match_form *form, uint32_t at)
{
    const struct match_node *node = &form->nodes[at];

    if (node->kind == MATCH_SYMBOL && node->value.worth == MATCH_NOTHING)
        return match_unit_find(form->words + node->word) != NULL;
    if (node->kind == MATCH_PRODUCT || node->kind == MATCH_QUOTIENT)
        return like_a_unit(form, node->first) && like_a_unit(form, node->last);
    if (node->kind == MATCH_POWER || node->kind == MATCH_NEGATIVE)
        return like_a_unit(form, node->first);
    return node->value.worth != MATCH_NOTHING;
}

/* 12 V, 300 K for 12 and 300: these letters are units as well, too seldom to be always so. */
static bool with_rare_unit(const struct match_form *form, uint32_t at,
                           const struct match_number *number)
{
    const struct match_node *node = &form->nodes[at], *letter = &form->nodes[node->last];
    const char *name = form->words + letter->word;

    return node->kind == MATCH_PRODUCT && letter->kind == MATCH_SYMBOL && *name != '\0' &&
           name[1] == '\0' && strchr("VKACTFHMB", *name) != NULL &&
           match_agree(&form->nodes[node->first].value, number);
}

static bool may_be_words(const struct match_side *side, const struct match_side *other,
                         const struct match_expression *only)
{
    const struct match_node *node = &side->form->nodes[side->node];
    const struct match_number *number = &other->form->nodes[other->node].value;

    if (only->count == 0)
        return false;
    if (letters_in_a_row(side, side->node, only) > 1)
        return true;
    return number->worth != MATCH_NOTHING &&
           (like_a_unit(side->form, side->node) || with_rare_unit(side->form, side->node, number) ||
            (node->kind == MATCH_PRODUCT &&
             in_thousands(&side->form->nodes[node->first].value, number)));
}

/* --- constants of integration --------------------------------------------------------------------
 */

static bool is_constant_name(const char *name)
{
    return strchr("CcKk", name[0]) != NULL && (name[1] == '\0' || name[1] == '_');
}

/* The constant that is added to all the rest; false: there is none. */
static bool constant_added(const struct match_side *side, uint32_t at, char name[MATCH_NAME_ROOM])
{
    const struct match_node *node = &side->form->nodes[at];

    if (match_expression_variable(side->form, at, name))
        return is_constant_name(name);
    if (node->kind == MATCH_SUM || node->kind == MATCH_DIFFERENCE)
        return constant_added(side, node->last, name) || constant_added(side, node->first, name);
    return false;
}

/* Do they differ by one number everywhere? a(1) - a(0) = b(1) - b(0), and so on. */
static enum match by_growth(const struct match_readings *points)
{
    for (uint32_t i = 1; i < LEAST; i++) {
        struct match_place a[2] = {match_readings_at_a(points, 0), match_readings_at_a(points, i)};
        struct match_place b[2] = {match_readings_at_b(points, 0), match_readings_at_b(points, i)};

        if (match_precise_growth(&points->a, a, &points->b, b) != MATCH_EQUAL)
            return MATCH_UNEQUAL;
    }
    return MATCH_EQUAL;
}

/* Can the difference be that of two constants, neither of which is wrong? */
static bool excused_by_constant(struct match_readings *points,
                                const struct match_expression *only_a)
{
    char one[MATCH_NAME_ROOM], two[MATCH_NAME_ROOM];
    bool in_a = constant_added(&points->a, points->a.node, one);
    bool in_b = constant_added(&points->b, points->b.node, two);

    if (in_a && !in_b && points->in_b.count > 0)
        return match_expression_has(only_a, one);
    return in_a && in_b && strcmp(one, two) == 0 &&
           match_readings_all(points, by_growth) == MATCH_EQUAL;
}

/* --- parameters
 * -------------------------------------------------------------------------------------- */

/* An expression as a number times its one variable and a number more; false: it is none. */
static bool as_line(const struct match_side *side, const struct match_place *at, const char *name,
                    double *slope, double *start)
{
    double x[LEAST], y[LEAST];

    for (uint32_t i = 0; i < LEAST; i++) {
        struct match_place place = *at;

        place.number = i;
        x[i] = match_precise_variable(name, i);
        if (!match_precise_real(side, &place, &y[i]))
            return false;
    }
    *slope = (y[1] - y[0]) / (x[1] - x[0]);
    *start = y[0] - *slope * x[0];
    return fabs(*slope * x[2] + *start - y[2]) < 1e-9 * (fabs(y[2]) + fabs(*start));
}

static bool is_parameter(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

/* pi/4 + k pi is 5 pi/4 + k pi, for k is any whole number; and of a point on a line, whose
 * coordinates have a parameter, there are many descriptions. */
static bool excused_by_parameter(const struct match_readings *points, bool root)
{
    static const char *const counted[] = {"k", "l", "m", "n", "N", NULL};
    static const char *const running[] = {"t",        "s", "r", "u", "lambda", "mu",
                                          "\xCE\xBB", "k", "l", "m", "n",      NULL};
    struct match_place place = match_readings_at_b(points, 0);
    const char *name = points->in_a.names[0];
    double slope_a, start_a, slope_b, start_b, steps;

    if (points->in_a.count != 1 || points->in_b.count != 1 ||
        strcmp(name, points->in_b.names[0]) != 0 ||
        !as_line(&points->a, &place, name, &slope_a, &start_a) ||
        !as_line(&points->b, &place, name, &slope_b, &start_b))
        return false;
    if (!root)
        return is_parameter(name, running);
    steps = (start_a - start_b) / slope_a;
    return is_parameter(name, counted) && fabs(fabs(slope_a) - 1.0) > 1e-9 &&
           fabs(start_a) + fabs(start_b) > 1e-9 &&
           fabs(fabs(slope_b) - fabs(slope_a)) < 1e-9 * fabs(slope_a) &&
           fabs(steps - nearbyint(steps)) < 1e-9;
}

/* --- rounded numbers
 * ------------------------------------------------------------------------------- */

static enum match by_far(const struct match_readings *points)
{
    uint32_t far = 0;

    for (uint32_t i = MATCH_POSITIVE; i < MATCH_POSITIVE + TRIED; i++) {
        struct match_place one = match_readings_at_a(points, i),
                           two = match_readings_at_b(points, i);
        double apart = match_precise_apart(&points->a, &one, &points->b, &two);

        if (apart >= 0.0 && apart < SURELY)
            return MATCH_UNKNOWN;
        far += apart >= SURELY;
    }
    return far >= LEAST ? MATCH_UNEQUAL : MATCH_UNKNOWN;
}

/* --- expressions
 * -------------------------------------------------------------------------------------- */

/* 3 + 2j: engineers write j for i. */
static bool with_j_for_i(const struct match_expression *only, const struct match_expression *other)
{
    return only->count == 1 && strcmp(only->names[0], "j") == 0 && other->imaginary;
}

/* They are not equal: is there nothing that excuses it? */
static enum match confirm_unequal(struct match_readings *points)
{
    struct match_expression only_a = match_readings_only_in(&points->in_a, &points->in_b);
    struct match_expression only_b = match_readings_only_in(&points->in_b, &points->in_a);

    bool root = points->a.node == points->a.form->root && points->b.node == points->b.form->root;

    if (root && is_single_name(&points->a) && is_single_name(&points->b))
        return MATCH_UNEQUAL;
    if (with_j_for_i(&only_a, &points->in_b) || with_j_for_i(&only_b, &points->in_a))
        return MATCH_UNKNOWN;
    if (may_be_words(&points->a, &points->b, &only_a) ||
        may_be_words(&points->b, &points->a, &only_b))
        return MATCH_UNKNOWN;
    if (only_a.count > 0 && only_a.count == only_b.count && equal_renamed(points, &only_a, &only_b))
        return MATCH_UNKNOWN;
    if (excused_by_constant(points, &only_a) || excused_by_parameter(points, root))
        return MATCH_UNKNOWN;
    if (points->in_a.decimal || points->in_b.decimal)
        return match_readings_all(points, by_far);
    return MATCH_UNEQUAL;
}

static enum match compare_expressions(struct match_readings *points)
{
    enum match match;

    if (points->in_a.unreadable || points->in_b.unreadable)
        return MATCH_UNKNOWN;
    match = match_readings_all(points, by_either);
    return match == MATCH_UNEQUAL ? confirm_unequal(points) : match;
}

/* --- which is compared how
 * -------------------------------------------------------------------------------- */

/* y = 2x + 1 and x = (y - 1)/2: solved for different names. */
static bool solved_differently(const struct match_readings *points, uint32_t a, uint32_t b)
{
    const char *one = points->a.form->words + points->a.form->nodes[a].label;
    const char *two = points->b.form->words + points->b.form->nodes[b].label;

    return strcmp(one, two) != 0 &&
           (match_expression_has(&points->in_a, two) || match_expression_has(&points->in_b, one));
}

static enum match compare_any(const struct match_form *answer, uint32_t a,
                              const struct match_form *reference, uint32_t b)
{
    struct match_readings points = {.a = {.form = answer, .node = a},
                                    .b = {.form = reference, .node = b}};

    if (answer->nodes[a].kind == MATCH_RELATION || reference->nodes[b].kind == MATCH_RELATION)
        return match_relation_compare(answer, a, reference, b);
    match_readings_look(&points.in_a, &points.a);
    match_readings_look(&points.in_b, &points.b);
    if (match_relation_named(answer, a) && match_relation_named(reference, b) &&
        solved_differently(&points, a, b))
        return match_relation_compare(answer, a, reference, b);
    return compare_expressions(&points);
}

enum match match_points_compare(const struct match_form *answer, uint32_t a,
                                const struct match_form *reference, uint32_t b)
{
    enum match match = compare_any(answer, a, reference, b);

    match_precise_end();
    return match;
}

enum match match_points_numbers(const struct match_scaled *a, const struct match_scaled *b)
{
    struct match_readings points = {.a = {.form = a->form, .node = a->node, .by = a->by},
                                    .b = {.form = b->form, .node = b->node, .by = b->by}};
    enum match match = by_one_value(&points);

    match_precise_end();
    return match;
}
