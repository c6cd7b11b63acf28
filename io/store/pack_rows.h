/*
 * pack_rows.h - what the rows of a packed tree have, and how they must fit.
 *
 * A table for each struct of crux.h that is packed: one field per line, in the order of
 * pack.h. The tables are constant. To add a field, raise CRUX_TREE_SCHEMA and say so at the field;
 * no field is ever removed, so that what was written stays readable.
 */
#ifndef IO_STORE_PACK_ROWS_H
#define IO_STORE_PACK_ROWS_H

#include "search/crux.h"

enum pack_form {
    PACK_BYTE,
    PACK_WORD, /* uint32_t */
    PACK_LONG, /* uint64_t */
    PACK_SIGNED,
    PACK_BOOL,
    PACK_REAL,
    PACK_TEXT,
    PACK_REALS /* an array: const double *, and its uint32_t length at `length` */
};

struct pack_field {
    const char *name;
    size_t offset;
    enum pack_form form;
    uint64_t most;   /* of a BYTE, WORD or LONG; of REALS, how many */
    uint64_t schema; /* the first one that has it */
    size_t length;   /* offset, of REALS */
};

struct pack_row {
    const char *name;
    const struct pack_field *fields;
    uint32_t count;
    size_t size; /* of the struct */
};

extern const struct pack_row pack_tree_row, pack_node_row, pack_rollout_row, pack_pair_row,
    pack_remark_row;

/* Fields that a row has in a schema. */
uint32_t pack_row_fields(const struct pack_row *row, uint64_t schema);

/* Bytes that the rows a tree claims take at least: one per row, and one per field. */
uint64_t pack_rows_least(const struct crux_tree *tree, uint64_t schema);

/* Give the nodes of a tree in an older schema what they have no field for. */
void pack_rows_complete(struct crux_tree *tree, uint64_t schema);

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
