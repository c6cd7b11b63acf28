/*
 * node.c - the nodes of a form, made bottom up, and their values with them.
 *
 * A node that cannot be made is node 0, and the parser has failed; so callers make one
 * node after another and look once. Node 0 is there to be written to, and means nothing.
 */
#include "critics/match/node.h"

#include <string.h>

uint32_t match_node_fail(struct match_parser *p)
{
    p->failed = true;
    return 0;
}

uint32_t match_node_make(struct match_parser *p, enum match_kind kind)
{
    struct match_form *form = p->form;

    if (p->failed || form->count == MATCH_NODES)
        return match_node_fail(p);
    form->nodes[form->count] = (struct match_node){.kind = (uint8_t)kind};
    return form->count++;
}

void match_node_append(struct match_parser *p, uint32_t parent, uint32_t child)
{
    struct match_node *node = match_node_at(p, parent);

    if (p->failed)
        return;
    if (node->last != 0)
        match_node_at(p, node->last)->next = (uint16_t)child;
    else
        node->first = (uint16_t)child;
    node->last = (uint16_t)child;
    node->count++;
}

uint16_t match_node_keep(struct match_parser *p, const char *text)
{
    struct match_form *form = p->form;
    size_t length = strlen(text) + 1;
    uint32_t at = form->used;

    if (length > sizeof form->words - at)
        return (uint16_t)match_node_fail(p);
    memcpy(form->words + at, text, length);
    form->used += (uint32_t)length;
    return (uint16_t)at;
}

uint32_t match_node_binary(struct match_parser *p, enum match_kind kind, uint32_t a, uint32_t b)
{
    static const char signs[] = {[MATCH_SUM] = '+',
                                 [MATCH_DIFFERENCE] = '-',
                                 [MATCH_PRODUCT] = '*',
                                 [MATCH_QUOTIENT] = '/',
                                 [MATCH_POWER] = '^'};
    uint32_t node = match_node_make(p, kind);

    match_node_append(p, node, a);
    match_node_append(p, node, b);
    if (!p->failed)
        match_node_at(p, node)->value =
            match_compute(match_node_at(p, a)->value, signs[kind], match_node_at(p, b)->value);
    return node;
}

uint32_t match_node_unary(struct match_parser *p, enum match_kind kind, uint32_t a)
{
    uint32_t node = match_node_make(p, kind);

    match_node_append(p, node, a);
    return p->failed ? 0 : node;
}

uint32_t match_node_integer(struct match_parser *p, int64_t value)
{
    uint32_t node = match_node_make(p, MATCH_LITERAL);

    match_node_at(p, node)->value = match_integer(value);
    return node;
}

uint32_t match_node_copy(struct match_parser *p, uint32_t node)
{
    uint32_t copy = match_node_make(p, MATCH_VOID);

    if (p->failed)
        return 0;
    *match_node_at(p, copy) = *match_node_at(p, node);
    match_node_at(p, copy)->next = 0;
    return copy;
}

bool match_form_named(const struct match_form *form, const struct match_node *list)
{
    const char *first = form->words + form->nodes[list->first].label;

    for (uint32_t item = list->first; item != 0; item = form->nodes[item].next)
        if (strcmp(form->words + form->nodes[item].label, first) != 0)
            return true;
    return false;
}

static uint32_t node_infinity(struct match_parser *p, bool below)
{
    uint32_t node = match_node_make(p, MATCH_SYMBOL);

    match_node_at(p, node)->word = match_node_keep(p, "infinity");
    match_node_at(p, node)->value = match_infinity();
    if (!below)
        return node;
    node = match_node_unary(p, MATCH_NEGATIVE, node);
    match_node_at(p, node)->value = match_negate(match_infinity());
    return node;
}

uint32_t match_node_reals(struct match_parser *p)
{
    uint32_t node = match_node_make(p, MATCH_TUPLE);

    match_node_append(p, node, node_infinity(p, true));
    match_node_append(p, node, node_infinity(p, false));
    match_node_at(p, node)->open = '(';
    match_node_at(p, node)->close = ')';
    return p->failed ? 0 : node;
}
