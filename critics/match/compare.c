/*
 * compare.c - comparison of two forms: is the answer what the reference says?
 *
 * Both are looked at by what they are: numbers by value, quantities by unit and value,
 * collections by their items, words by their letters. What that does not decide is the
 * same if its canonical form is, and else UNKNOWN.
 */
#include "critics/match/compare.h"

#include "critics/match/amount.h"
#include "critics/match/form.h"
#include "critics/match/group.h"
#include "critics/match/points.h"
#include "critics/match/print.h"
#include "critics/match/range.h"
#include "critics/match/relation.h"
#include "critics/match/times.h"
#include "critics/match/unit.h"
#include "critics/match/words.h"

#include <string.h>

/* Two nodes to compare; a belongs to the answer, b to the reference. */
struct pair {
    const struct match_form *answer, *reference;
    const struct match_node *a, *b;
    double tolerance;
    bool percent_strict;
};

static enum match compare_compare(struct pair pair);

static enum match said(bool equal)
{
    return equal ? MATCH_EQUAL : MATCH_UNEQUAL;
}

static const char *word_a(const struct pair *pair)
{
    return pair->answer->words + pair->a->word;
}

static const char *word_b(const struct pair *pair)
{
    return pair->reference->words + pair->b->word;
}

/* --- numbers ------------------------------------------------------------------------ */

static bool compare_is_number(const struct match_node *node)
{
    return node->value.worth != MATCH_NOTHING;
}

static uint32_t index_a(const struct pair *pair)
{
    return (uint32_t)(pair->a - pair->answer->nodes);
}

static uint32_t index_b(const struct pair *pair)
{
    return (uint32_t)(pair->b - pair->reference->nodes);
}

static enum match compare_scaled(const struct pair *pair, const struct match_node *a,
                                 struct rational by_a, const struct match_node *b,
                                 struct rational by_b)
{
    const struct match_scaled one = {pair->answer, (uint32_t)(a - pair->answer->nodes), by_a};
    const struct match_scaled two = {pair->reference, (uint32_t)(b - pair->reference->nodes), by_b};

    return match_amount_scaled(&one, &two, pair->tolerance);
}

static enum match compare_numbers(const struct pair *pair)
{
    return compare_scaled(pair, pair->a, (struct rational){1, 1}, pair->b, (struct rational){1, 1});
}

/* 50% is 0.5, and 50 and 50% are one answer; when strict, 50% for 50 is not known. */
static enum match compare_percent(const struct pair *pair)
{
    const struct rational hundred = {100, 1};
    struct match_node whole;
    enum match match = compare_numbers(pair);

    if (match == MATCH_EQUAL || pair->a->kind == pair->b->kind)
        return match;
    if (pair->b->kind == MATCH_PERCENT) {
        whole = match_amount_times(pair->b, hundred);
        return match_amount_values(pair->a, &whole, pair->tolerance);
    }
    whole = match_amount_times(pair->a, hundred);
    if (match_amount_values(&whole, pair->b, pair->tolerance) == MATCH_UNEQUAL)
        return match;
    return pair->percent_strict ? MATCH_UNKNOWN
                                : match_amount_values(&whole, pair->b, pair->tolerance);
}

/* Digits in a base that is not named on the other side: which one was meant? */
static enum match compare_based(const struct pair *pair)
{
    const struct match_node *a = match_amount_based(pair->answer, pair->a);
    const struct match_node *b = match_amount_based(pair->reference, pair->b);
    const struct match_form *form = a != NULL ? pair->answer : pair->reference;
    const struct match_node *based = a != NULL ? a : b;
    const struct match_node *whole = a != NULL ? pair->a : pair->b;
    const struct match_node *other = a != NULL ? pair->b : pair->a;
    struct match_number digits = form->nodes[based->first].value;

    if (a != NULL && b != NULL)
        return match_amount_values(pair->a, pair->b, 0.0);
    if (whole != based)
        digits = match_negate(digits);
    if (match_agree(&whole->value, &other->value) || match_agree(&digits, &other->value))
        return MATCH_UNKNOWN;
    return MATCH_UNEQUAL;
}

/* --- quantities ------------------------------------------------------------------------ */

/* The value would be right in another unit of the same dimension. */
static bool right_elsewhere(const struct match_unit *unit, const struct match_node *value,
                            const struct match_node *other)
{
    const struct match_unit *next = NULL;

    while ((next = match_unit_next(unit->dimension, next)) != NULL) {
        struct match_node scaled = match_amount_times(value, unit->worth);
        struct match_node there =
            match_amount_times(&scaled, (struct rational){next->worth.under, next->worth.over});

        if (match_agree(&there.value, &other->value))
            return true;
    }
    return false;
}

/* An angle in degrees, in radians. */
static struct match_node in_radians(const struct match_node *node)
{
    struct match_node angle = *node;
    const double factor = 3.14159265358979323846 / 180.0;

    angle.value = match_compute(node->value, '*', match_real(factor));
    angle.step = node->step * factor;
    return angle;
}

static bool is_degree(const char *unit)
{
    return strcmp(unit, "degree") == 0;
}

static enum match compare_units(const struct pair *pair, const struct match_node *a,
                                const struct match_node *b)
{
    bool degree_a = is_degree(word_a(pair)), degree_b = is_degree(word_b(pair));
    struct match_measure one, two;
    struct match_node scaled_a, scaled_b;

    if (strcmp(word_a(pair), word_b(pair)) == 0)
        return compare_scaled(pair, a, (struct rational){1, 1}, b, (struct rational){1, 1});
    if ((degree_a && strcmp(word_b(pair), "radian") == 0) ||
        (degree_b && strcmp(word_a(pair), "radian") == 0)) {
        scaled_a = degree_a ? in_radians(a) : *a;
        scaled_b = degree_b ? in_radians(b) : *b;
        return match_amount_values(&scaled_a, &scaled_b, pair->tolerance);
    }
    if (!match_unit_measure(word_a(pair), &one) || !match_unit_measure(word_b(pair), &two))
        return MATCH_UNKNOWN;
    if (!match_unit_same_kind(&one, &two))
        return MATCH_UNEQUAL;
    return compare_scaled(pair, a, one.worth.ratio, b, two.worth.ratio);
}

/* 4 s and 4s: a letter that is a unit's, and one that is a factor. */
static bool letter_is_unit(const struct match_form *form, const struct match_node *product,
                           const char *unit)
{
    const struct match_node *letter = &form->nodes[product->last];

    return product->kind == MATCH_PRODUCT && letter->kind == MATCH_SYMBOL &&
           match_unit_find(form->words + letter->word) != NULL &&
           strcmp(match_unit_find(form->words + letter->word)->name, unit) == 0 &&
           compare_is_number(&form->nodes[product->first]);
}

/* pi/2 for 90 degrees: a number without unit may be in radians. */
static enum match compare_angle(const struct pair *pair, const struct match_node *a,
                                const struct match_node *b, bool degrees_in_a)
{
    struct match_node angle = in_radians(degrees_in_a ? a : b);

    return degrees_in_a ? match_amount_values(&angle, b, pair->tolerance)
                        : match_amount_values(a, &angle, pair->tolerance);
}

static enum match compare_quantities(const struct pair *pair)
{
    bool unit_a = pair->a->kind == MATCH_QUANTITY, unit_b = pair->b->kind == MATCH_QUANTITY;
    struct pair bare = *pair;
    const struct match_unit *unit;
    enum match match;

    if (unit_a)
        bare.a = &pair->answer->nodes[pair->a->first];
    if (unit_b)
        bare.b = &pair->reference->nodes[pair->b->first];
    if (unit_a && !unit_b && letter_is_unit(pair->reference, pair->b, word_a(pair)))
        bare.b = &pair->reference->nodes[pair->b->first];
    if (unit_b && !unit_a && letter_is_unit(pair->answer, pair->a, word_b(pair)))
        bare.a = &pair->answer->nodes[pair->a->first];
    if (!compare_is_number(bare.a) || !compare_is_number(bare.b)) {
        match = unit_a && unit_b ? MATCH_UNKNOWN : compare_compare(bare);
        return match == MATCH_UNEQUAL ? MATCH_UNKNOWN : match; /* a letter may be the unit */
    }
    if (unit_a && unit_b)
        return compare_units(pair, bare.a, bare.b);
    match = compare_compare(bare);
    unit = match_unit_find(unit_a ? word_a(pair) : word_b(pair));
    if (match == MATCH_UNEQUAL && is_degree(unit_a ? word_a(pair) : word_b(pair)))
        match = compare_angle(pair, bare.a, bare.b, unit_a);
    if (match != MATCH_UNEQUAL || unit == NULL)
        return match;
    return right_elsewhere(unit, unit_a ? bare.a : bare.b, unit_a ? bare.b : bare.a) ? MATCH_UNKNOWN
                                                                                     : match;
}

/* --- collections ------------------------------------------------------------------------- */

static bool is_collection(const struct match_node *node)
{
    return node->kind == MATCH_TUPLE || node->kind == MATCH_SET || node->kind == MATCH_LIST ||
           node->kind == MATCH_UNITED || node->kind == MATCH_MATRIX;
}

static bool unordered(const struct match_node *node)
{
    return node->kind == MATCH_SET || node->kind == MATCH_LIST || node->kind == MATCH_UNITED;
}

static enum match compare_items(const struct pair *pair, uint32_t a, uint32_t b)
{
    struct pair items = *pair;

    items.a = &pair->answer->nodes[a];
    items.b = &pair->reference->nodes[b];
    return compare_compare(items);
}

/* Item by item. */
static enum match compare_in_order(const struct pair *pair)
{
    enum match all = MATCH_EQUAL;
    uint32_t b = pair->b->first;

    if (pair->a->count != pair->b->count)
        return MATCH_UNEQUAL;
    for (uint32_t a = pair->a->first; a != 0; a = pair->answer->nodes[a].next) {
        enum match item = compare_items(pair, a, b);

        if (item == MATCH_UNEQUAL)
            return MATCH_UNEQUAL;
        if (item == MATCH_UNKNOWN)
            all = MATCH_UNKNOWN;
        b = pair->reference->nodes[b].next;
    }
    return all;
}

/* Has every item of one an equal one in the other? mirrored: the one is the reference. */
static enum match compare_contains(const struct pair *pair, bool mirrored)
{
    const struct match_form *one = mirrored ? pair->reference : pair->answer;
    const struct match_form *other = mirrored ? pair->answer : pair->reference;
    const struct match_node *items = mirrored ? pair->b : pair->a;
    const struct match_node *among = mirrored ? pair->a : pair->b;
    enum match all = MATCH_EQUAL;

    for (uint32_t i = items->first; i != 0; i = one->nodes[i].next) {
        enum match best = MATCH_UNEQUAL;

        for (uint32_t j = among->first; j != 0 && best != MATCH_EQUAL; j = other->nodes[j].next) {
            enum match item = compare_items(pair, mirrored ? j : i, mirrored ? i : j);

            if (item != MATCH_UNEQUAL)
                best = item;
        }
        if (best == MATCH_UNEQUAL)
            return MATCH_UNEQUAL;
        if (best == MATCH_UNKNOWN)
            all = MATCH_UNKNOWN;
    }
    return all;
}

static enum match compare_in_any_order(const struct pair *pair)
{
    enum match one = compare_contains(pair, false), two = compare_contains(pair, true);

    if (one == MATCH_UNEQUAL || two == MATCH_UNEQUAL)
        return MATCH_UNEQUAL;
    return one == MATCH_EQUAL && two == MATCH_EQUAL ? MATCH_EQUAL : MATCH_UNKNOWN;
}

/* A point or a list, and no interval. */
static bool is_point_or_list(const struct match_node *node)
{
    return node->kind == MATCH_TUPLE && (node->open == '(') == (node->close == ')');
}

static bool same_brackets(const struct match_node *a, const struct match_node *b)
{
    return a->open == b->open && a->close == b->close;
}

/* (0, 1) and [0, 1] may be intervals, which differ, or a point and a list, which need not. */
static enum match compare_tuples(const struct pair *pair)
{
    enum match match = compare_in_order(pair);
    bool mixed = !is_point_or_list(pair->a) || !is_point_or_list(pair->b);

    if (match == MATCH_UNEQUAL || same_brackets(pair->a, pair->b) || pair->a->count != 2)
        return match;
    return mixed ? MATCH_UNEQUAL : MATCH_UNKNOWN;
}

static enum match group_items(const void *context, uint32_t a, uint32_t b)
{
    return compare_items(context, a, b);
}

static struct match_group group_of(const struct pair *pair)
{
    return (struct match_group){pair->answer, pair->reference, pair->a, pair->b, group_items, pair};
}

/* A set of one is its item. */
static bool set_of_one(const struct match_node *node)
{
    return node->kind == MATCH_SET && node->count == 1;
}

static enum match compare_collections(const struct pair *pair)
{
    bool lists = pair->a->kind == MATCH_LIST || pair->b->kind == MATCH_LIST;
    struct match_group group = group_of(pair);
    enum match match;

    if (match_group_compare(&group, &match))
        return match;
    if (set_of_one(pair->a) && pair->b->kind == MATCH_TUPLE)
        return compare_items(pair, pair->a->first, (uint32_t)(pair->b - pair->reference->nodes));
    if (set_of_one(pair->b) && pair->a->kind == MATCH_TUPLE)
        return compare_items(pair, (uint32_t)(pair->a - pair->answer->nodes), pair->b->first);
    if (pair->a->kind == pair->b->kind && pair->a->kind == MATCH_TUPLE)
        return compare_tuples(pair);
    if (pair->a->kind == pair->b->kind && pair->a->kind == MATCH_MATRIX)
        return pair->a->digits == pair->b->digits ? compare_in_order(pair) : MATCH_UNEQUAL;
    match = compare_in_any_order(pair);
    if (unordered(pair->a) && unordered(pair->b)) {
        /* Twice the same root is no other set, but another list. */
        return match == MATCH_EQUAL && lists && pair->a->count != pair->b->count ? MATCH_UNKNOWN
                                                                                 : match;
    }
    if (lists && (is_point_or_list(pair->a) || is_point_or_list(pair->b)) &&
        compare_in_order(pair) == MATCH_EQUAL)
        return MATCH_EQUAL;
    return match == MATCH_UNEQUAL ? MATCH_UNEQUAL : MATCH_UNKNOWN;
}

/* One number and a collection: a set of one is its item, a point is no number. */
static enum match compare_with_single(const struct pair *pair)
{
    bool first = is_collection(pair->a);
    struct pair items = *pair;
    struct match_group group = group_of(pair);
    const struct match_node *collection = first ? pair->a : pair->b;
    bool same = collection->count > 1;
    enum match match;

    if (match_group_single(&group, first, &match))
        return match;
    if (collection->count == 1 && collection->kind == MATCH_SET) {
        if (first)
            items.a = &pair->answer->nodes[collection->first];
        else
            items.b = &pair->reference->nodes[collection->first];
        return compare_compare(items);
    }
    if (!compare_is_number(first ? pair->b : pair->a))
        return MATCH_UNKNOWN;
    for (uint32_t i = collection->first; i != 0;) {
        const struct match_node *item = &(first ? pair->answer : pair->reference)->nodes[i];

        if (!compare_is_number(item))
            return MATCH_UNKNOWN;
        same &= match_agree(&item->value, &(first ? pair->b : pair->a)->value);
        i = item->next;
    }
    return same ? MATCH_UNKNOWN : MATCH_UNEQUAL; /* a = b = 1, and (1, 1) */
}

/* --- ranges: an interval and an inequality ---------------------------------------------------- */

static enum match compare_ends(const struct pair *pair, uint32_t a, uint32_t b, bool open_differs)
{
    if (a == 0 || b == 0)
        return said(a == b);
    return open_differs ? MATCH_UNEQUAL : compare_items(pair, a, b);
}

static enum match compare_ranges(const struct pair *pair, const struct match_range *a,
                                 const struct match_range *b)
{
    enum match lower = compare_ends(pair, a->lower, b->lower, a->open_below != b->open_below);
    enum match upper = compare_ends(pair, a->upper, b->upper, a->open_above != b->open_above);

    if (lower == MATCH_UNEQUAL || upper == MATCH_UNEQUAL)
        return MATCH_UNEQUAL;
    return lower == MATCH_EQUAL ? upper : MATCH_UNKNOWN;
}

/* --- words and choices ----------------------------------------------------------------------- */

/* One letter as a name is the choice of that letter. */
static enum match compare_choice_with(const struct pair *pair, bool first)
{
    const struct match_node *choice = first ? pair->a : pair->b;
    const struct match_node *other = first ? pair->b : pair->a;
    const char *letter = first ? word_a(pair) : word_b(pair);
    const char *name = first ? word_b(pair) : word_a(pair);
    struct pair content = *pair;

    if (other->kind == MATCH_SYMBOL && name[1] == '\0' && compare_is_number(other))
        return MATCH_UNKNOWN; /* E, and the number e */
    if (other->kind == MATCH_SYMBOL && name[1] == '\0')
        return (name[0] & ~0x20) == letter[0] ? MATCH_EQUAL : MATCH_UNEQUAL;
    if (choice->first == 0)
        return MATCH_UNKNOWN;
    if (first)
        content.a = &pair->answer->nodes[choice->first];
    else
        content.b = &pair->reference->nodes[choice->first];
    return compare_compare(content);
}

static enum match compare_choices(const struct pair *pair)
{
    if (pair->a->kind == pair->b->kind)
        return said(strcmp(word_a(pair), word_b(pair)) == 0);
    return compare_choice_with(pair, pair->a->kind == MATCH_CHOICE);
}

/* --- which is compared how ---------------------------------------------------------------- */

static bool both(const struct pair *pair, enum match_kind kind)
{
    return pair->a->kind == kind && pair->b->kind == kind;
}

static bool either(const struct pair *pair, enum match_kind kind)
{
    return pair->a->kind == kind || pair->b->kind == kind;
}

static bool same_writing(const struct pair *pair)
{
    char a[MATCH_TEXT], b[MATCH_TEXT];

    match_print_node(pair->answer, index_a(pair), a, sizeof a);
    match_print_node(pair->reference, index_b(pair), b, sizeof b);
    return strcmp(a, b) == 0;
}

static bool is_empty(const struct match_form *form, const struct match_node *node)
{
    return (node->kind == MATCH_SET && node->count == 0) ||
           (node->kind == MATCH_WORDS && match_words_empty(form->words + node->word));
}

/* Is it in words, read or not? */
static bool says(const struct match_form *form, const struct match_node *node)
{
    const char *words = form->words + node->word;

    return node->kind == MATCH_WORDS ||
           (node->kind == MATCH_OPAQUE && (match_words_empty(words) || match_words_refuse(words)));
}

/* Words and something else: `no solution` is the empty set, and `undefined` is no number. */
static enum match compare_with_words(const struct pair *pair)
{
    bool first = says(pair->answer, pair->a);
    const char *words = first ? word_a(pair) : word_b(pair);
    const struct match_node *other = first ? pair->b : pair->a;

    if (is_empty(pair->answer, pair->a) && is_empty(pair->reference, pair->b))
        return MATCH_EQUAL;
    if (other->value.worth == MATCH_INFINITE)
        return match_words_many(words) && creal(other->value.z) > 0.0 ? MATCH_EQUAL : MATCH_UNKNOWN;
    if (!compare_is_number(other))
        return MATCH_UNKNOWN;
    if (match_words_empty(words)) /* of which there are 0 */
        return other->value.z == 0.0 ? MATCH_UNKNOWN : MATCH_UNEQUAL;
    return match_words_refuse(words) || match_words_many(words) ? MATCH_UNEQUAL : MATCH_UNKNOWN;
}

static enum match compare_kinds(const struct pair *pair)
{
    struct match_range one, two;

    if (either(pair, MATCH_CHOICE))
        return compare_choices(pair);
    if (either(pair, MATCH_QUANTITY))
        return compare_quantities(pair);
    if (compare_is_number(pair->a) && compare_is_number(pair->b) &&
        (match_amount_based(pair->answer, pair->a) != NULL ||
         match_amount_based(pair->reference, pair->b) != NULL))
        return compare_based(pair);
    if (compare_is_number(pair->a) && compare_is_number(pair->b))
        return either(pair, MATCH_PERCENT) ? compare_percent(pair) : compare_numbers(pair);
    if (either(pair, MATCH_RELATION) && match_range_of(pair->answer, index_a(pair), &one) &&
        match_range_of(pair->reference, index_b(pair), &two) && !both(pair, MATCH_RELATION))
        return compare_ranges(pair, &one, &two);
    if ((says(pair->answer, pair->a) || says(pair->reference, pair->b)) &&
        !both(pair, MATCH_WORDS) && !both(pair, MATCH_OPAQUE) &&
        !(is_collection(pair->a) && is_collection(pair->b)))
        return compare_with_words(pair);
    if (is_collection(pair->a) && is_collection(pair->b))
        return compare_collections(pair);
    if (is_collection(pair->a) || is_collection(pair->b))
        return compare_with_single(pair);
    if (either(pair, MATCH_RATIO))
        return match_times_compare(pair->answer, index_a(pair), pair->reference, index_b(pair));
    if (both(pair, MATCH_WORDS))
        return match_words_compare(word_a(pair), word_b(pair));
    return match_points_compare(pair->answer, index_a(pair), pair->reference, index_b(pair));
}

/* Where values do not tell, writing may: of two numbers with many digits, all of them. */
static enum match compare_writing(const struct pair *pair)
{
    bool digits = both(pair, MATCH_LITERAL) && pair->a->step == 0.0 && pair->b->step == 0.0;

    if (same_writing(pair))
        return MATCH_EQUAL;
    return digits ? MATCH_UNEQUAL : MATCH_UNKNOWN;
}

/* x = 5 and y = 5: the same number, of something else. */
static enum match compare_compare(struct pair pair)
{
    enum match match = compare_kinds(&pair);
    const char *a = pair.answer->words + pair.a->label;
    const char *b = pair.reference->words + pair.b->label;

    if (match == MATCH_UNKNOWN)
        match = compare_writing(&pair);
    if (match == MATCH_UNEQUAL && match_relation_of_any(pair.answer, index_a(&pair)) &&
        match_relation_of_any(pair.reference, index_b(&pair)))
        return MATCH_UNKNOWN; /* f(x) = x is the same */
    if (match == MATCH_EQUAL && *a != '\0' && *b != '\0' && strcmp(a, b) != 0)
        return MATCH_UNKNOWN;
    return match;
}

enum match match_compare_by(const struct match_form *answer, const struct match_form *reference,
                            const struct match_rules *rules)
{
    enum match match;
    struct pair pair = {.answer = answer,
                        .reference = reference,
                        .a = &answer->nodes[answer->root],
                        .b = &reference->nodes[reference->root],
                        .tolerance = rules->tolerance,
                        .percent_strict = rules->percent_strict};

    if (answer->root == 0 || reference->root == 0)
        return MATCH_UNKNOWN;
    match = compare_compare(pair);
    if (match == MATCH_UNEQUAL && (answer->vague || reference->vague))
        return MATCH_UNKNOWN;
    return match;
}

enum match match_compare(const struct match_form *answer, const struct match_form *reference,
                         double tolerance)
{
    return match_compare_by(answer, reference, &(struct match_rules){.tolerance = tolerance});
}

enum match match_compare_both(const struct match_form *a, const struct match_form *b)
{
    const struct match_rules rules = {.percent_strict = true};
    enum match one = match_compare_by(a, b, &rules), two = match_compare_by(b, a, &rules);

    return one == two ? one : MATCH_UNKNOWN;
}
