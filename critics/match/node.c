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
