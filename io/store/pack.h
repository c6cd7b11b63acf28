/*
 * pack.h - a finished tree as bytes, and back.
 *
 * The bytes are one zstd frame, with the size of its content and a checksum in it.
 * The content is one msgpack document, so that any language reads it in two calls
 * (Python: `msgpack.unpackb(zstandard.decompress(frame))`):
 *
 *     {
 *       "schema":   4,                         CRUX_TREE_SCHEMA
 *       "problem":  "game24-1-3-4-6",          the id; the problem is kept beside the frame
 *       "tree":     {"reason": 0, ...},        the numbers of struct crux_tree by name, those
 *                                              of its audit too; reason as in enum crux_reason
 *       "failure":  "",                        why, when the reason is 4 (failed)
 *       "nodes":    [[parent, kind, visits, tokens, value, prior, score,
 *                     terminal, closed, text, target, logprob], ...],
 *       "rollouts": [[node, verdict, reward, text, answer], ...],
 *       "pairs":    [[wrong, right, prefix, first_error, exact, critique,
 *                     error_type, corrected_step, method], ...],
 *       "remarks":  [[path, role, score, judges, spread, sentence, [step, ...]], ...],
 *       "rights":   [rollout, ...]
 *     }
 *
 * Fields mean what they mean in crux.h; kind, verdict and role are the numbers of their
 * enum, the root's parent is 4294967295, a node's depth follows from its parent's.
 * Keys stand in this order. A change of any of this changes CRUX_TREE_SCHEMA. Older ones are
 * still read. Up to schema 3 a pair without a proved first wrong step has there the place where its
 * paths part; without a critique that is then CRUX_NO_STEP. Schema 2 has no remarks and no logprob,
 * which is then 0. Schema 1 lacks these, too: its nodes have no target, which is then their prior,
 * and its tree has neither collisions nor audit.visits, which are then 0.
 *
 * Trust.     Bytes are believed in nothing: what they claim is bounded by what
 *            they hold before memory is asked for, and a tree is handed out only
 *            when every index in it points to something. Parents come before their
 *            children; prefix and first_error (if it is one) lie within their paths.
 * Ownership. pack_tree()'s frame is the caller's, to be freed. pack_read()'s tree is
 *            one block with everything it points to, a copy of its problem too, for
 *            crux_tree_free().
 * Threads.   Nothing is shared: any thread, any time.
 * Errors.    CRUX_STORE with a sentence that says where the bytes are damaged, or
 *            which schema they have; CRUX_MEMORY.
 */
#ifndef IO_STORE_PACK_H
#define IO_STORE_PACK_H

#include "search/crux.h"

int pack_tree(void **frame, size_t *size, const struct crux_tree *tree, struct crux_error *error);

/* problem is the one whose id the frame names. */
int pack_read(struct crux_tree **out, const void *frame, size_t size,
              const struct crux_problem *problem, struct crux_error *error);

#endif
