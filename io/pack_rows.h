/*
 * pack_rows.h - what the rows of a packed tree have, and how they must fit.
 *
 * A table for each struct of crux.h that is packed: a field a line, in the order of
 * pack.h. The tables are constant. Whoever changes one changes CRUX_TREE_SCHEMA.
 */
#ifndef IO_PACK_ROWS_H
#define IO_PACK_ROWS_H

#include "search/crux.h"

enum pack_form {
    PACK_BYTE,
    PACK_WORD, /* uint32_t */
    PACK_LONG, /* uint64_t */
    PACK_SIGNED,
    PACK_BOOL,
    PACK_REAL,
    PACK_TEXT
};

struct pack_field {
    const char *name;
    size_t offset;
    enum pack_form form;
    uint64_t most; /* of a BYTE, WORD or LONG */
};

struct pack_row {
    const char *name;
    const struct pack_field *fields;
    uint32_t count;
    size_t size; /* of the struct */
};

extern const struct pack_row pack_tree_row, pack_node_row, pack_rollout_row, pack_pair_row;

/* The first row that does not fit, and what it should have been. */
struct pack_breach {
    const char *rows;
    size_t row;
    const char *expected;
};

/* Does every index in the tree point to something? Rights are not looked at. Fills
 * in the depth of the nodes on the way, which must be the caller's to write. */
bool pack_rows_fit(struct crux_tree *tree, struct pack_breach *breach);

#endif
