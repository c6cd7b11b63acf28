/*
 * print.h - the canonical form of an answer, as text.
 */
#ifndef CRITICS_MATCH_PRINT_H
#define CRITICS_MATCH_PRINT_H

#include "critics/match/form.h"

/* The canonical form of a node, as much of it as there is room for. */
void match_print_node(const struct match_form *form, uint32_t node, char *out, size_t room);

#endif
