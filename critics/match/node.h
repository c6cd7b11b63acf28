/*
 * node.h - making the nodes of a form while an answer is read.
 *
 * A node that cannot be made is node 0, and the reading has failed; node 0 may be passed to all of
 * them.
 */
#ifndef CRITICS_MATCH_NODE_H
#define CRITICS_MATCH_NODE_H

#include "critics/match/parse.h"

uint32_t match_node_fail(struct match_parser *p);
uint32_t match_node_make(struct match_parser *p, enum match_kind kind);
uint32_t match_node_unary(struct match_parser *p, enum match_kind kind, uint32_t a);
uint32_t match_node_binary(struct match_parser *p, enum match_kind kind, uint32_t a, uint32_t b);
uint32_t match_node_integer(struct match_parser *p, int64_t value);
uint32_t match_node_copy(struct match_parser *p, uint32_t node); /* alone, in no list */
uint32_t match_node_reals(struct match_parser *p);               /* all of them, as an interval */
void match_node_append(struct match_parser *p, uint32_t parent, uint32_t child);

/* A text among the form's words; 0 and failed: there is no room. */
uint16_t match_node_keep(struct match_parser *p, const char *text);

static inline struct match_node *match_node_at(struct match_parser *p, uint32_t node)
{
    return &p->form->nodes[node];
}

#endif
