/*
 * order.c - the order in which simulations have settled since the last write: a byte string per
 * tree.
 *
 * Half a second's worth of it is all there ever is, so a tree keeps nothing here between
 * two takes, not even its record.
 */
#include "io/ledger/order.h"

#include <stdlib.h>

enum { NUMBER_BYTES = 10 };

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

    if (tree->room - tree->length >= NUMBER_BYTES)
        return true;
    bytes = realloc(tree->bytes, room);
    if (bytes == NULL)
        return false;
    tree->bytes = bytes;
    tree->room = room;
    return true;
}

bool ledger_orders_add(struct ledger_orders *orders, uint64_t problem, uint64_t number)
{
    struct ledger_tree *tree = record_of(orders, problem);

    if (tree == NULL || !record_grow(tree))
        return false;
    for (; number >= 128; number >>= 7)
        tree->bytes[tree->length++] = (unsigned char)(number | 128);
    tree->bytes[tree->length++] = (unsigned char)number;
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

bool ledger_orders_read(uint64_t **out, size_t *count, const unsigned char *bytes, size_t length)
{
    uint64_t *numbers, number = 0;
    unsigned shift = 0;

    if (length == 0)
        return true;
    if (bytes[length - 1] >= 128)
        return false;
    numbers = realloc(*out, (*count + count_numbers(bytes, length)) * sizeof *numbers);
    if (numbers == NULL)
        return false;
    *out = numbers;
    for (size_t i = 0; i < length; i++) {
        if (shift < 64)
            number |= (uint64_t)(bytes[i] & 127U) << shift;
        shift += 7;
        if (bytes[i] < 128) {
            numbers[(*count)++] = number;
            number = 0;
            shift = 0;
        }
    }
    return true;
}
