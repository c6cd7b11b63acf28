/*
 * label.c - judge of which relations only name a value or work it out, and what they then say.
 *
 * Each side but the last must be a name, or have a value where the last has one too.
 */
#include "critics/match/label.h"

#include "critics/match/node.h"
#include "critics/match/print.h"

static bool has_value(const struct match_node *node)
{
    return node->value.worth != MATCH_NOTHING;
}

static bool is_capital(const struct match_parser *p, const struct match_node *node)
{
    char letter = p->form->words[node->word];

    return node->kind == MATCH_SYMBOL && letter >= 'A' && letter <= 'Z';
}

/* AB, ABC: a segment, a figure, each letter a point. */
static bool is_figure(const struct match_parser *p, const struct match_node *node)
{
    const struct match_node *a = &p->form->nodes[node->first], *b = &p->form->nodes[node->last];
    const char *word = p->form->words + a->word;

    if (node->kind != MATCH_PRODUCT || !is_capital(p, b))
        return false;
    return is_capital(p, a) || is_figure(p, a) ||
           (a->kind == MATCH_SYMBOL &&
            (strcmp(word, "angle") == 0 || strcmp(word, "triangle") == 0)) ||
           (a->kind == MATCH_PRODUCT && p->form->nodes[a->first].kind == MATCH_SYMBOL &&
            strcmp(p->form->words + p->form->nodes[a->last].word, "angle") == 0);
}

static bool is_label(const struct match_parser *p, const struct match_node *node);

/* All items are names, and there are some. */
static bool all_labels(const struct match_parser *p, const struct match_node *node)
{
    for (uint32_t item = node->first; item != 0; item = p->form->nodes[item].next)
        if (has_value(&p->form->nodes[item]) || !is_label(p, &p->form->nodes[item]))
            return false;
    return node->first != 0;
}

/* f(x), f(5), f(x, y) */
static bool is_function_of(const struct match_parser *p, const struct match_node *node)
{
    const struct match_node *a = &p->form->nodes[node->first], *b = &p->form->nodes[node->last];
    char letter = p->form->words[a->word];

    if (node->kind != MATCH_PRODUCT || (a->kind != MATCH_SYMBOL && a->kind != MATCH_INDEXED))
        return false;
    if (b->kind == MATCH_TUPLE)
        return a->kind == MATCH_SYMBOL && b->open == '(' && all_labels(p, b);
    if (!b->wrapped)
        return false;
    return b->kind == MATCH_SYMBOL || strchr("fghpFGHP", letter) != NULL;
}

/* Can it stand before `=` and say nothing but a name: x, x_1, f(x), f(5), AB, |AB|, cos A,
 * (x, y), AB:BC, `the sum`? */
static bool is_label(const struct match_parser *p, const struct match_node *node)
{
    const struct match_node *a = &p->form->nodes[node->first], *b = &p->form->nodes[node->last];

    switch ((enum match_kind)node->kind) {
    case MATCH_SYMBOL:
    case MATCH_INDEXED:
    case MATCH_WORDS:
        return true;
    case MATCH_ABSOLUTE:
        return is_figure(p, a);
    case MATCH_APPLIED:
        return is_capital(p, a) || is_figure(p, a) ||
               (a->kind == MATCH_SYMBOL && !has_value(a) && node->first == node->last);
    case MATCH_QUOTIENT:
        return is_figure(p, a) && is_figure(p, b);
    case MATCH_TUPLE:
        return node->open == '(' && all_labels(p, node);
    case MATCH_RATIO:
        return all_labels(p, node);
    case MATCH_PRODUCT:
        return is_function_of(p, node) || is_figure(p, node);
    default:
        return false;
    }
}

static void set_label(struct match_parser *p, uint32_t node, uint32_t label)
{
    char name[64];

    if (p->failed || !is_label(p, match_node_at(p, label)))
        return;
    match_print_node(p->form, label, name, sizeof name);
    match_node_at(p, node)->label = match_node_keep(p, name);
}

/* 5 = x */
static bool turned_round(struct match_parser *p, const struct match_node *relation)
{
    const struct match_node *first = match_node_at(p, relation->first);
    const struct match_node *last = match_node_at(p, relation->last);

    return relation->count == 2 && last->sign == '=' && has_value(first) && !has_value(last) &&
           is_label(p, last);
}

/* 1/3 = 0.33: the exact value counts, and what it is nearly is no other answer. */
static uint32_t exact_side(struct match_parser *p, uint32_t relation)
{
    uint32_t last = match_node_at(p, relation)->last, before = match_node_at(p, relation)->first;
    const struct match_node *a, *b = match_node_at(p, last);

    while (match_node_at(p, before)->next != last)
        before = match_node_at(p, before)->next;
    a = match_node_at(p, before);
    if (!has_value(a) || !has_value(b) || b->step == 0.0 || a->step != 0.0 ||
        a->kind == MATCH_SYMBOL)
        return last;
    if (b->sign != MATCH_ABOUT && cabs(a->value.z - b->value.z) > b->step / 2.0 * 1.000001)
        return last;
    if (cabs(a->value.z - b->value.z) > b->step)
        return last; /* two values: the later one corrects the first */
    return before;
}

/* Is it a relation that only names what its last side is, or works it out? */
static bool only_says(struct match_parser *p, uint32_t relation)
{
    uint32_t last = match_node_at(p, relation)->last;
    bool valued =
        has_value(match_node_at(p, last)) || match_node_at(p, last)->kind == MATCH_QUANTITY;

    for (uint32_t side = match_node_at(p, relation)->first; side != last;
         side = match_node_at(p, side)->next) {
        const struct match_node *node = match_node_at(p, side);
        uint8_t sign = match_node_at(p, node->next)->sign;
        bool works = valued && (has_value(node) || node->kind == MATCH_QUANTITY);

        if ((sign != '=' && sign != MATCH_IN && sign != MATCH_ABOUT) ||
            !(works || is_label(p, node)))
            return false;
    }
    return true;
}

uint32_t match_label_reduce(struct match_parser *p, uint32_t relation)
{
    uint32_t first = match_node_at(p, relation)->first, last;

    if (turned_round(p, match_node_at(p, relation))) {
        set_label(p, first, match_node_at(p, relation)->last);
        match_node_at(p, first)->next = 0;
        return first;
    }
    if (!only_says(p, relation))
        return relation;
    last = exact_side(p, relation);
    set_label(p, last, first);
    match_node_at(p, last)->next = 0;
    return last;
}
