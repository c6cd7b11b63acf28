/*
 * compare.c - comparison of two forms: is the answer what the reference says?
 *
 * Both are looked at by what they are: numbers by value, quantities by unit and value,
 * collections by their items, words by their letters. What that does not decide is the
 * same if its canonical form is, and else UNKNOWN.
 */
#include "critics/match/compare.h"

#include "critics/match/form.h"
#include "critics/match/points.h"
#include "critics/match/print.h"
#include "critics/match/range.h"

#include "critics/match/unit.h"

#include <math.h>
#include <string.h>

#define ROUNDED_LEAST 3u   /* digits from which a decimal number may be a rounding */
#define WHOLE_MOST    1e15 /* doubles beyond it do not tell integers apart */
#define SLACK         1.000001
#define STEM          4u

/* Two nodes to compare; a belongs to the answer, b to the reference. */
struct pair {
    const struct match_form *answer, *reference;
    const struct match_node *a, *b;
    double tolerance;
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

static bool is_real(const struct match_number *value)
{
    return cimag(value->z) == 0.0;
}

/* Equal, if doubles can tell. */
static enum match agree(const struct match_node *a, const struct match_node *b)
{
    bool exact = a->value.worth == MATCH_EXACT && b->value.worth == MATCH_EXACT;
    bool stepped = a->step > 0.0 || b->step > 0.0;

    if (!match_agree(&a->value, &b->value))
        return MATCH_UNEQUAL;
    return exact || stepped || cabs(b->value.z) < WHOLE_MOST ? MATCH_EQUAL : MATCH_UNKNOWN;
}

static bool within(const struct match_node *a, const struct match_node *b, double distance)
{
    return is_real(&a->value) && is_real(&b->value) &&
           fabs(creal(a->value.z) - creal(b->value.z)) <= distance;
}

/* Is one of them the other, rounded? */
static enum match compare_rounded(const struct match_node *a, const struct match_node *b)
{
    if (b->step > 0.0 && a->step < b->step && within(a, b, b->step / 2.0 * SLACK))
        return b->digits >= ROUNDED_LEAST ? MATCH_EQUAL : MATCH_UNKNOWN;
    if (a->step > 0.0 && b->step == 0.0 && a->digits >= ROUNDED_LEAST &&
        within(a, b, a->step / 2.0 * SLACK))
        return MATCH_UNKNOWN;
    return MATCH_UNEQUAL;
}

static enum match compare_values(const struct match_node *a, const struct match_node *b,
                                 double tolerance)
{
    bool infinite = b->value.worth == MATCH_INFINITE;
    enum match match;

    if (infinite || a->value.worth == MATCH_INFINITE)
        return said(a->value.worth == b->value.worth && creal(a->value.z) == creal(b->value.z));
    match = agree(a, b);
    if (match == MATCH_UNEQUAL && tolerance > 0.0 &&
        cabs(a->value.z - b->value.z) <= tolerance * cabs(b->value.z))
        match = MATCH_EQUAL;
    return match == MATCH_UNEQUAL ? compare_rounded(a, b) : match;
}

static uint32_t index_a(const struct pair *pair)
{
    return (uint32_t)(pair->a - pair->answer->nodes);
}

static uint32_t index_b(const struct pair *pair)
{
    return (uint32_t)(pair->b - pair->reference->nodes);
}

/* Doubles do not tell 1 from 1 - e^-40: exact expressions are compared with more digits. */
static enum match compare_numbers(const struct pair *pair)
{
    const struct match_number *a = &pair->a->value, *b = &pair->b->value;
    enum match match = compare_values(pair->a, pair->b, pair->tolerance), precise;

    if (pair->a->step > 0.0 || pair->b->step > 0.0 || a->worth == MATCH_INFINITE ||
        b->worth == MATCH_INFINITE || (a->worth == MATCH_EXACT && b->worth == MATCH_EXACT) ||
        (match == MATCH_EQUAL && !match_agree(a, b)))
        return match;
    precise = match_points_numbers(pair->answer, index_a(pair), pair->reference, index_b(pair));
    if (precise == MATCH_UNEQUAL && pair->tolerance > 0.0)
        return match;
    return precise == MATCH_UNKNOWN && match == MATCH_UNEQUAL ? match : precise;
}

static struct match_node times(const struct match_node *node, struct rational factor)
{
    struct match_node scaled = *node;
    struct match_number over = match_integer(factor.over), under = match_integer(factor.under);

    scaled.value = match_compute(match_compute(node->value, '*', over), '/', under);
    scaled.step = node->step * (double)factor.over / (double)factor.under;
    return scaled;
}

/* 50% is 0.5, and the number 50 answers a reference of 50%; the other way round it is
 * not known what was asked for. */
static enum match compare_percent(const struct pair *pair)
{
    const struct rational hundred = {100, 1};
    struct match_node whole;
    enum match match = compare_values(pair->a, pair->b, pair->tolerance);

    if (match == MATCH_EQUAL || pair->a->kind == pair->b->kind)
        return match;
    if (pair->b->kind == MATCH_PERCENT) {
        whole = times(pair->b, hundred);
        return compare_values(pair->a, &whole, pair->tolerance);
    }
    whole = times(pair->a, hundred);
    return compare_values(&whole, pair->b, pair->tolerance) == MATCH_UNEQUAL ? match
                                                                             : MATCH_UNKNOWN;
}

/* Digits in a base that is not named on the other side: which one was meant? */
static enum match compare_based(const struct pair *pair)
{
    bool both = pair->a->kind == pair->b->kind;
    const struct match_form *form = pair->a->kind == MATCH_BASED ? pair->answer : pair->reference;
    const struct match_node *based = pair->a->kind == MATCH_BASED ? pair->a : pair->b;
    const struct match_node *other = pair->a->kind == MATCH_BASED ? pair->b : pair->a;

    if (both)
        return compare_values(pair->a, pair->b, 0.0);
    if (match_agree(&based->value, &other->value) ||
        match_agree(&form->nodes[based->first].value, &other->value))
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
        struct match_node scaled = times(value, unit->worth);
        struct match_node there =
            times(&scaled, (struct rational){next->worth.under, next->worth.over});

        if (match_agree(&there.value, &other->value))
            return true;
    }
    return false;
}

static enum match compare_units(const struct pair *pair, const struct match_node *a,
                                const struct match_node *b)
{
    const struct match_unit *one = match_unit_find(word_a(pair)),
                            *two = match_unit_find(word_b(pair));
    struct match_node scaled_a, scaled_b;

    if (strcmp(word_a(pair), word_b(pair)) == 0)
        return compare_values(a, b, pair->tolerance);
    if (one == NULL || two == NULL)
        return MATCH_UNKNOWN;
    if (strcmp(one->dimension, two->dimension) != 0)
        return MATCH_UNEQUAL;
    scaled_a = times(a, one->worth);
    scaled_b = times(b, two->worth);
    return compare_values(&scaled_a, &scaled_b, pair->tolerance);
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
    if (!compare_is_number(bare.a) || !compare_is_number(bare.b)) {
        match = unit_a && unit_b ? MATCH_UNKNOWN : compare_compare(bare);
        return match == MATCH_UNEQUAL ? MATCH_UNKNOWN : match; /* a letter may be the unit */
    }
    if (unit_a && unit_b)
        return compare_units(pair, bare.a, bare.b);
    match = compare_compare(bare);
    unit = match_unit_find(unit_a ? word_a(pair) : word_b(pair));
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
static bool is_plain(const struct match_node *node)
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
    bool mixed = !is_plain(pair->a) || !is_plain(pair->b);

    if (match == MATCH_UNEQUAL || same_brackets(pair->a, pair->b) || pair->a->count != 2)
        return match;
    return mixed ? MATCH_UNEQUAL : MATCH_UNKNOWN;
}

static enum match compare_collections(const struct pair *pair)
{
    bool lists = pair->a->kind == MATCH_LIST || pair->b->kind == MATCH_LIST;
    enum match match;

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
    if (lists && (is_plain(pair->a) || is_plain(pair->b)) && compare_in_order(pair) == MATCH_EQUAL)
        return MATCH_EQUAL;
    return match == MATCH_UNEQUAL ? MATCH_UNEQUAL : MATCH_UNKNOWN;
}

/* One number and a collection: a set of one is its item, a point is no number. */
static enum match compare_with_single(const struct pair *pair)
{
    bool first = is_collection(pair->a);
    struct pair items = *pair;
    const struct match_node *collection = first ? pair->a : pair->b;

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
        i = item->next;
    }
    return MATCH_UNEQUAL;
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

/* --- ratios and times --------------------------------------------------------------------- */

/* 24-hour minutes of 3:30 pm; false: it is no time. */
static bool minutes(const struct match_form *form, const struct match_node *node, int64_t *out)
{
    const char *half = form->words + node->word;
    int64_t hour, minute;

    if (node->count != 2 || !match_is_integer(&form->nodes[node->first].value, &hour) ||
        !match_is_integer(&form->nodes[node->last].value, &minute) || hour > 23 || minute > 59)
        return false;
    if (half[0] != '\0')
        hour = hour % 12 + (half[0] == 'p' ? 12 : 0);
    *out = hour * 60 + minute;
    return true;
}

/* 2:4 and 1:2 are one ratio, and two times. */
static enum match compare_ratios(const struct pair *pair)
{
    int64_t one, two;
    bool named = pair->a->word != 0 || pair->b->word != 0;
    enum match match = compare_in_order(pair);
    struct match_number left, right;

    if (named && minutes(pair->answer, pair->a, &one) && minutes(pair->reference, pair->b, &two)) {
        bool both = pair->a->word != 0 && pair->b->word != 0;

        /* A time without its half of the day is right in either. */
        return said(one == two || (!both && match == MATCH_EQUAL));
    }
    if (match != MATCH_UNEQUAL || pair->a->count != 2 || pair->b->count != 2)
        return match;
    left = match_compute(pair->answer->nodes[pair->a->first].value, '*',
                         pair->reference->nodes[pair->b->last].value);
    right = match_compute(pair->answer->nodes[pair->a->last].value, '*',
                          pair->reference->nodes[pair->b->first].value);
    return left.worth == MATCH_NOTHING || !match_agree(&left, &right) ? MATCH_UNEQUAL
                                                                      : MATCH_UNKNOWN;
}

/* --- words and choices ----------------------------------------------------------------------- */

static size_t common(const char *a, const char *b)
{
    size_t length = 0;

    while (a[length] != '\0' && a[length] == b[length])
        length++;
    return length;
}

/* `increase` and `increasing` may say the same; `east` and `west` do not. */
static enum match compare_words(const struct pair *pair)
{
    const char *a = word_a(pair), *b = word_b(pair);
    size_t shared = common(a, b);

    if (strcmp(a, b) == 0)
        return MATCH_EQUAL;
    if (strchr(a, ' ') != NULL || strchr(b, ' ') != NULL)
        return MATCH_UNKNOWN;
    if (shared >= STEM || a[shared] == '\0' || b[shared] == '\0')
        return MATCH_UNKNOWN;
    for (const char *at = a; *at != '\0'; at++)
        if ((unsigned char)*at >= 0x80)
            return MATCH_UNKNOWN;
    for (const char *at = b; *at != '\0'; at++)
        if ((unsigned char)*at >= 0x80)
            return MATCH_UNKNOWN;
    return MATCH_UNEQUAL;
}

/* One letter as a name is the choice of that letter. */
static enum match compare_choice_with(const struct pair *pair, bool first)
{
    const struct match_node *choice = first ? pair->a : pair->b;
    const struct match_node *other = first ? pair->b : pair->a;
    const char *letter = first ? word_a(pair) : word_b(pair);
    const char *name = first ? word_b(pair) : word_a(pair);
    struct pair content = *pair;

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

/* --- which is compared how ---------------------------------------------------------------------
 */

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

static enum match compare_kinds(const struct pair *pair)
{
    struct match_range one, two;

    if (either(pair, MATCH_CHOICE))
        return compare_choices(pair);
    if (either(pair, MATCH_QUANTITY))
        return compare_quantities(pair);
    if (compare_is_number(pair->a) && compare_is_number(pair->b) && either(pair, MATCH_BASED))
        return compare_based(pair);
    if (compare_is_number(pair->a) && compare_is_number(pair->b))
        return either(pair, MATCH_PERCENT) ? compare_percent(pair) : compare_numbers(pair);
    if (either(pair, MATCH_RELATION) && match_range_of(pair->answer, index_a(pair), &one) &&
        match_range_of(pair->reference, index_b(pair), &two) && !both(pair, MATCH_RELATION))
        return compare_ranges(pair, &one, &two);
    if (is_collection(pair->a) && is_collection(pair->b))
        return compare_collections(pair);
    if (is_collection(pair->a) || is_collection(pair->b))
        return compare_with_single(pair);
    if (both(pair, MATCH_RATIO))
        return compare_ratios(pair);
    if (both(pair, MATCH_WORDS))
        return compare_words(pair);
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
    if (match == MATCH_EQUAL && *a != '\0' && *b != '\0' && strcmp(a, b) != 0)
        return MATCH_UNKNOWN;
    return match;
}

enum match match_compare(const struct match_form *answer, const struct match_form *reference,
                         double tolerance)
{
    struct pair pair = {.answer = answer,
                        .reference = reference,
                        .a = &answer->nodes[answer->root],
                        .b = &reference->nodes[reference->root],
                        .tolerance = tolerance};

    if (answer->root == 0 || reference->root == 0)
        return MATCH_UNKNOWN;
    return compare_compare(pair);
}

enum match match_compare_both(const struct match_form *a, const struct match_form *b)
{
    enum match one = match_compare(a, b, 0.0), two = match_compare(b, a, 0.0);

    return one == two ? one : MATCH_UNKNOWN;
}
