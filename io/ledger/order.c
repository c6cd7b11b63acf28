/*
 * order.c - the order in which simulations have settled since the last write: a byte string per
 * tree.
 *
 * Half a second's worth of it is all there ever is, so a tree keeps nothing here between
 * two takes, not even its record.
 */
#include "io/ledger/order.h"

#include <stdlib.h>

enum { NUMBER_BYTES = 10, ARRIVAL_BYTES = 2 + 2 * NUMBER_BYTES };

/* The record of the tree, made if there is none; NULL: no memory. */
static struct ledger_tree *record_of(struct ledger_orders *orders, uint64_t problem)
{
    struct ledger_tree *tree = NULL;

    HASH_FIND(hh, orders->trees, &problem, sizeof problem, tree);
    if (tree != NULL || (tree = calloc(1, sizeof *tree)) == NULL)
        return tree;
    tree->problem = problem;
    HASH_ADD(hh, orders->trees, problem, sizeof tree->problem, tree);
    if (tree->hh.tbl != NULL)
        return tree;
    free(tree);
    return NULL;
}

static bool record_grow(struct ledger_tree *tree)
{
    size_t room = tree->room == 0 ? 64 : 2 * tree->room;
    unsigned char *bytes;

    if (tree->room - tree->length >= ARRIVAL_BYTES)
        return true;
    bytes = realloc(tree->bytes, room);
    if (bytes == NULL)
        return false;
    tree->bytes = bytes;
    tree->room = room;
    return true;
}

static void order_put_number(struct ledger_tree *tree, uint64_t number)
{
    for (; number >= 128; number >>= 7)
        tree->bytes[tree->length++] = (unsigned char)(number | 128);
    tree->bytes[tree->length++] = (unsigned char)number;
}

bool ledger_orders_add(struct ledger_orders *orders, uint64_t problem,
                       const struct crux_arrival *arrival)
{
    struct ledger_tree *tree = record_of(orders, problem);

    if (tree == NULL || !record_grow(tree))
        return false;
    if (arrival->late > 0) {
        tree->bytes[tree->length++] = 128; /* 0 in two bytes */
        tree->bytes[tree->length++] = 0;
        order_put_number(tree, arrival->late);
    }
    order_put_number(tree, arrival->number);
    return true;
}

bool ledger_orders_forget(struct ledger_orders *orders, uint64_t problem)
{
    struct ledger_tree *tree = record_of(orders, problem);

    if (tree == NULL)
        return false;
    tree->forget = true;
    tree->length = 0;
    return true;
}

struct ledger_tree *ledger_orders_take(struct ledger_orders *orders)
{
    struct ledger_tree *first = orders->trees;

    for (struct ledger_tree *tree = first; tree != NULL; tree = tree->next)
        tree->next = tree->hh.next;
    HASH_CLEAR(hh, orders->trees);
    return first;
}

void ledger_orders_free(struct ledger_tree *first)
{
    while (first != NULL) {
        struct ledger_tree *tree = first;

        first = tree->next;
        free(tree->bytes);
        free(tree);
    }
}

/* Numbers end in a byte below 128. */
static size_t count_numbers(const unsigned char *bytes, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++)
        count += bytes[i] < 128;
    return count;
}

/* The next number; *at moves behind it. False: it has no end. *width: its bytes. */
static bool order_take_number(const unsigned char *bytes, size_t length, size_t *at,
                              uint64_t *number, size_t *width)
{
    size_t from = *at;

    *number = 0;
    for (unsigned shift = 0; *at < length; shift += 7) {
        unsigned char byte = bytes[(*at)++];

        if (shift < 64)
            *number |= (uint64_t)(byte & 127U) << shift;
        if (byte < 128) {
            *width = *at - from;
            return true;
        }
    }
    return false;
}

static bool order_take_arrival(const unsigned char *bytes, size_t length, size_t *at,
                               struct crux_arrival *out)
{
    uint64_t number = 0, late = 0;
    size_t width = 0;

    if (!order_take_number(bytes, length, at, &number, &width))
        return false;
    if (number == 0 && width == 2 &&
        (!order_take_number(bytes, length, at, &late, &width) ||
         !order_take_number(bytes, length, at, &number, &width)))
        return false;
    *out = (struct crux_arrival){number, late < UINT32_MAX ? (uint32_t)late : UINT32_MAX};
    return true;
}

bool ledger_orders_read(struct crux_arrival **out, size_t *count, const unsigned char *bytes,
                        size_t length)
{
    struct crux_arrival *arrivals;
    size_t at = 0, found = *count;

    if (length == 0)
        return true;
    arrivals = realloc(*out, (*count + count_numbers(bytes, length) + 1) * sizeof *arrivals);
    if (arrivals == NULL)
        return false;
    *out = arrivals;
    while (at < length)
        if (!order_take_arrival(bytes, length, &at, &arrivals[found++]))
            return false;
    *count = found;
    return true;
}
