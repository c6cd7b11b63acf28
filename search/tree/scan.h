/*
 * scan.h - the scores of a block's children, a tile of eight at a time.
 *
 * Half of a search's time is spent here when nothing is waited for. There are two
 * ways to the same scores, bit for bit: plain C, and AVX2 where the machine has it;
 * scan_choose() finds out.
 *
 * Children are sorted by prior, so of the untried ones the first is as good as any:
 * a scan ends after the tile in which it meets one, and what lies behind need not
 * be looked at, nor exist.
 *
 * Threads. Pure reads of slots, together with anything; what is read is of one
 *          instant a word, not over all words.
 */
#ifndef SEARCH_TREE_SCAN_H
#define SEARCH_TREE_SCAN_H

#include "search/tree/select.h"
#include "search/tree/slot.h"

#define SCAN_TILE 8u
#define SCAN_NONE UINT32_MAX

/* Of the children looked at so far. */
struct scan_view {
    uint32_t count;   /* their number */
    uint32_t untried; /* number in the last tile that are neither tried nor closed; 0: look on */
    uint32_t best; /* index of the highest score, the first of equal ones; SCAN_NONE: all closed */
    float highest; /* -INFINITY to begin with */
};

/* Look at count slots more, until a tile has an untried one. Tries them on *view, or,
 * for a caller that needs them all, writes every score (-INFINITY: closed) behind
 * score[view->count]. */
typedef void scan_fn(const struct select_parent *parent, const struct slot *slots, uint32_t count,
                     struct scan_view *view, float *score);

/* The index of the highest of count scores, the first of equal ones; SCAN_NONE: all -INFINITY. */
typedef uint32_t scan_best_fn(const float *score, uint32_t count);

/* Put another score in place of one. (A short store into a tile that is loaded as a whole
 * next would stall the load.) */
typedef void scan_put_fn(float *score, uint32_t index, float value);

/* The best of the first tile's slots for one simulation after another, each seeing the marks
 * that those before it will make, as long as the tile decides: it is whole when nothing is
 * behind it, else while one of it is untried. How many of count were chosen; *view and the
 * tile's scores, with all those marks, are there for the caller to go on with. */
typedef uint32_t scan_share_fn(const struct select_parent *parent, const struct slot *slots,
                               bool whole, struct scan_view *view, float *score, uint32_t *choices,
                               uint32_t count);

struct scan {
    scan_fn *take_best; /* keeps the best */
    scan_fn *scores;    /* writes scores, leaves the best alone */
    scan_best_fn *best;
    scan_put_fn *put;
    scan_share_fn *share; /* NULL: the others do it */
};

/* What this machine does best; plain: plain C whatever it could do. */
struct scan scan_choose(bool plain);

/* What selection sees of a slot that `more` simulations go to besides those it knows of. */
static inline struct select_child scan_child(struct tally tally, uint32_t more)
{
    return (struct select_child){(float)tally.visits, (float)(tally.pending + more),
                                 (float)tally.sum * (1.0F / TREE_ONE),
                                 (float)tally.prior * (1.0F / TREE_ONE)};
}

/* The score of one slot that `more` simulations go to besides those it knows of. */
float scan_slot(const struct select_parent *parent, const struct slot *slot, uint32_t more);

#endif
