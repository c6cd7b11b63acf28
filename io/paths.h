/*
 * paths.h - the paths of a finished tree: steps, nodes along them, children.
 *
 * A path is one rollout from the root, as crux_path_steps() has it: the steps down to its node
 * that are part of the solution, then the lines of its text. For a path is its steps: that a
 * rollout met them before the tree grew there does not make them others. So the nodes along a path
 * are those of its steps down to the rollout's node, then those that the tree has for the rollout's
 * own lines, found by their text. Sub-goals, queries and documents are no steps of a path.
 *
 *     paths_open() -> paths_read() ... path_close() -> paths_close(), always
 *
 * Ownership. The caller's structs; what they hold is freed by close, which takes what failed or
 *            was never begun, too. Texts belong to the tree, which must stay.
 * Threads.   One at a time; several may be open over one tree.
 * Errors.    CRUX_MEMORY, with a sentence that names the problem.
 */
#ifndef IO_PATHS_H
#define IO_PATHS_H

#include "io/json_row.h"
#include "search/crux.h"

/* A tree whose families can be walked through. */
struct paths {
    const struct crux_tree *tree;
    uint32_t *first; /* by node: its first child */
    uint32_t *next;  /* by node: its next sibling */
};

struct path {
    struct crux_text *steps;
    size_t count;
    uint32_t *nodes; /* of the first steps */
    size_t known;    /* number of those */
};

int paths_open(struct paths *out, const struct crux_tree *tree, struct crux_error *error);
void paths_close(struct paths *paths);

/* The child of a node that is this step of a solution, whatever blanks stand at its ends;
 * CRUX_NO_NODE: the tree has none. */
uint32_t paths_child(const struct paths *paths, uint32_t parent, struct crux_text step);

/* The path of a rollout. */
int paths_read(const struct paths *paths, uint32_t rollout, struct path *out,
               struct crux_error *error);
void path_close(struct path *path);

/* Its first count steps as a search has them, each linked to the one before: an array of count + 1,
 * with the texts, in one block that the caller frees. NULL: no memory. */
struct crux_step *path_chain(const struct path *path, size_t count);

/* Steps number from (from 0) up to, not including, to: a list of their texts. */
void path_put(struct json_row *out, const struct path *path, size_t from, size_t to);

/* The node that stands for step number i (from 0); CRUX_NO_NODE: the tree has none. */
uint32_t path_node(const struct path *path, size_t i);

#endif
