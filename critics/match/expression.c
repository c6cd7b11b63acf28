/*
 * expression.c - one walk over an expression, which finds its variables and its doubts.
 */
#include "critics/match/expression.h"

#include "critics/match/print.h"

#include <string.h>

/* --- names ------------------------------------------------------------------------ */

static bool is_letter_of_greek(const char *name)
{
    return ((unsigned char)name[0] == 0xCE || (unsigned char)name[0] == 0xCF) && name[1] != '\0' &&
           name[2] == '\0';
}

/* One letter, or the name of a Greek one; a sign of another script is a word. */
static bool is_variable_name(const char *name)
{
    for (const char *at = name; *at != '\0'; at++)
        if ((unsigned char)*at >= 0x80)
            return is_letter_of_greek(name);
    return true;
}

bool match_expression_variable(const struct match_form *form, uint32_t node,
                               char name[MATCH_NAME_ROOM])
{
    const struct match_node *at = &form->nodes[node], *of = &form->nodes[at->first];
    char printed[MATCH_TEXT];

    if ((at->kind != MATCH_SYMBOL && at->kind != MATCH_INDEXED) || at->value.worth != MATCH_NOTHING)
        return false;
    if (!is_variable_name(form->words + (at->kind == MATCH_SYMBOL ? at : of)->word))
        return false;
    match_print_node(form, node, printed, sizeof printed);
    if (strlen(printed) >= MATCH_NAME_ROOM)
        return false;
    memcpy(name, printed, strlen(printed) + 1);
    return true;
}

bool match_expression_has(const struct match_expression *found, const char *name)
{
    for (uint32_t i = 0; i < found->count; i++)
        if (strcmp(found->names[i], name) == 0)
            return true;
    return false;
}

static uint64_t letter_bit(char letter)
{
    if (letter >= 'a' && letter <= 'z')
        return 1ull << (letter - 'a');
    return letter >= 'A' && letter <= 'Z' ? 1ull << (26 + letter - 'A') : 0;
}

const char *match_place_name(const struct match_place *place, const char *name)
{
    for (uint32_t i = 0; place->from != NULL && i < place->from->count; i++)
        if (strcmp(place->from->names[i], name) == 0)
            return place->to->names[place->order[i]];
    return name;
}

bool match_place_calls(const struct match_place *place, char letter)
{
    return (place->reading & MATCH_CALLED) != 0 && (place->functions & letter_bit(letter)) != 0;
}

uint64_t match_expression_hash(const char *name, uint64_t number)
{
    uint64_t hash = 0xCBF29CE484222325u ^ (number + 1) * 0x9E3779B97F4A7C15u;

    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001B3u;
    hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9u;
    hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBu;
    return hash ^ (hash >> 31);
}

/* --- the walk ----------------------------------------------------------------------- */

/* f(x) and the like: letters that are wont to be functions. */
char match_expression_called(const struct match_form *form, const struct match_node *product)
{
    const struct match_node *left = &form->nodes[product->first];
    const struct match_node *right = &form->nodes[product->last];
    const char *word;

    if (product->kind != MATCH_PRODUCT || !right->wrapped)
        return '\0';
    if (left->kind == MATCH_PRODUCT)
        left = &form->nodes[left->last];
    word = form->words + left->word;
    if (left->kind != MATCH_SYMBOL || left->value.worth != MATCH_NOTHING || left->wrapped ||
        word[1] != '\0')
        return '\0';
    return strchr("fghpuvy", word[0]) != NULL || (word[0] >= 'A' && word[0] <= 'Z') ? word[0]
                                                                                    : '\0';
}

static void add_variable(struct match_expression *found, const struct match_form *form,
                         uint32_t node)
{
    char name[MATCH_NAME_ROOM];

    if (!match_expression_variable(form, node, name)) {
        found->unreadable = true;
        return;
    }
    if (form->nodes[node].kind == MATCH_SYMBOL && name[1] == '\0')
        found->plain |= letter_bit(name[0]);
    if (match_expression_has(found, name))
        return;
    if (found->count == MATCH_VARIABLES) {
        found->unreadable = true;
        return;
    }
    memcpy(found->names[found->count++], name, sizeof name);
}

static void look_at_symbol(struct match_expression *found, const struct match_form *form,
                           uint32_t node)
{
    const struct match_number *value = &form->nodes[node].value;

    if (value->worth == MATCH_NOTHING)
        add_variable(found, form, node);
    found->unreadable |= value->worth == MATCH_INFINITE;
    found->imaginary |= value->worth == MATCH_INEXACT && cimag(value->z) != 0.0;
}

static void look_at_function(struct match_expression *found, const struct match_form *form,
                             const struct match_node *node)
{
    const char *name = form->words + node->word;
    bool log = strcmp(name, "log") == 0;
    bool based = node->last != node->first;

    found->bare_log |= log && !based;
    found->unreadable |= !log && (based || !match_is_computed(name));
    found->pieces |= strcmp(name, "floor") == 0 || strcmp(name, "ceil") == 0;
}

/* The letter of a call is looked at as one, and all before it as factors. */
static void look_at_product(struct match_expression *found, const struct match_form *form,
                            const struct match_node *node)
{
    char letter = match_expression_called(form, node);
    const struct match_node *left = &form->nodes[node->first];
    uint64_t plain = found->plain & letter_bit(letter);

    found->doubtful |= node->doubtful;
    if (letter != '\0' && left->kind == MATCH_PRODUCT) {
        match_expression_look(found, form, left->first);
        plain = found->plain & letter_bit(letter);
        add_variable(found, form, left->last);
    } else {
        match_expression_look(found, form, node->first);
    }
    if (letter != '\0' && plain == 0) {
        found->plain &= ~letter_bit(letter);
        found->called |= letter_bit(letter);
    }
    match_expression_look(found, form, node->last);
}

static void look_at_children(struct match_expression *found, const struct match_form *form,
                             const struct match_node *node)
{
    for (uint32_t child = node->first; child != 0; child = form->nodes[child].next)
        match_expression_look(found, form, child);
}

void match_expression_look(struct match_expression *found, const struct match_form *form,
                           uint32_t at)
{
    const struct match_node *node = &form->nodes[at];

    found->decimal |= node->step > 0.0;
    switch ((enum match_kind)node->kind) {
    case MATCH_SYMBOL:
        look_at_symbol(found, form, at);
        break;
    case MATCH_INDEXED:
        add_variable(found, form, at);
        break;
    case MATCH_PRODUCT:
        look_at_product(found, form, node);
        break;
    case MATCH_APPLIED:
        look_at_function(found, form, node);
        look_at_children(found, form, node);
        break;
    case MATCH_ABSOLUTE:
        found->pieces = true;
        look_at_children(found, form, node);
        break;
    case MATCH_LITERAL:
    case MATCH_SUM:
    case MATCH_DIFFERENCE:
    case MATCH_QUOTIENT:
    case MATCH_POWER:
    case MATCH_NEGATIVE:
    case MATCH_ROOT:
    case MATCH_FACTORIAL:
    case MATCH_CHOOSE:
        look_at_children(found, form, node);
        break;
    default:
        found->unreadable = true;
    }
}
