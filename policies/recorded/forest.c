/*
 * forest.c - the prefix trees: nodes in one array, found by one hash table, texts in large blocks.
 *
 * A child comes after its parent in the array. So what is to be summed upwards is summed
 * by one walk from the end, and numbers are handed down by one from the beginning; no
 * recursion, however deep an answer is.
 */
#include "policies/recorded/forest.h"

#include "io/draw.h"

#include <stdlib.h>
#include <string.h>

/* The table of nodes is our own and not uthash: four bytes per node, an index into an array that
 * moves when it grows, where a handle would take 56 and forbid the array to move. */
enum { BLOCK = 1 << 20, FIRST_NODES = 1024 };

struct recorded_block {
    struct recorded_block *next;
    size_t used, size;
    char bytes[];
};

static uint32_t hash_of_node(uint32_t parent, struct crux_text text)
{
    return (uint32_t)(draw_mix(draw_text(text.start, text.length) ^ (uint64_t)parent << 32) >> 32);
}

/* --- the table ----------------------------------------------------------------------- */

static bool is_it(const struct recorded_node *node, uint32_t hash, uint32_t parent,
                  struct crux_text text)
{
    return node->hash == hash && node->parent == parent && node->length == text.length &&
           memcmp(node->text, text.start, text.length) == 0;
}

/* The place of such a node: where it is, or where it would be. */
static uint32_t recorded_forest_place_of(const struct recorded_forest *forest, uint32_t hash,
                                         uint32_t parent, struct crux_text text)
{
    uint32_t mask = forest->table_room - 1, at = hash & mask;

    while (forest->table[at] != 0 && !is_it(&forest->nodes[forest->table[at]], hash, parent, text))
        at = (at + 1) & mask;
    return at;
}

/* Twice as large; node 0 is never looked for. */
static bool grow_table(struct recorded_forest *forest)
{
    uint32_t room = forest->table_room * 2;
    uint32_t *table = room > 0 ? calloc(room, sizeof *table) : NULL; /* 0: past 32 bits */

    if (table == NULL)
        return false;
    for (uint32_t i = ROOTS; i < forest->count; i++) {
        uint32_t at = forest->nodes[i].hash & (room - 1);

        while (table[at] != 0)
            at = (at + 1) & (room - 1);
        table[at] = i;
    }
    free(forest->table);
    forest->table = table;
    forest->table_room = room;
    return true;
}

/* --- nodes ---------------------------------------------------------------------------- */

static char *keep_text(struct recorded_forest *forest, struct crux_text text)
{
    struct recorded_block *block = forest->texts;
    size_t size = text.length + 1;
    char *copy;

    if (block == NULL || block->size - block->used < size) {
        size_t room = size < BLOCK ? BLOCK : size;

        block = malloc(sizeof *block + room);
        if (block == NULL)
            return NULL;
        *block = (struct recorded_block){forest->texts, 0, room};
        forest->texts = block;
    }
    copy = block->bytes + block->used;
    block->used += size;
    memcpy(copy, text.start, text.length);
    copy[text.length] = '\0';
    return copy;
}

/* Room for one node more, in the array and in a table that is at most half full. */
static bool recorded_forest_make_room(struct recorded_forest *forest)
{
    if (forest->count == forest->room) {
        uint32_t room = forest->room * 2;
        struct recorded_node *nodes =
            room > forest->room ? realloc(forest->nodes, room * sizeof *nodes) : NULL;

        if (nodes == NULL)
            return false;
        forest->nodes = nodes;
        forest->room = room;
    }
    return forest->count < forest->table_room / 2 || grow_table(forest);
}

bool recorded_forest_open(struct recorded_forest *forest)
{
    *forest = (struct recorded_forest){.room = FIRST_NODES, .table_room = 2 * FIRST_NODES};
    forest->nodes = calloc(forest->room, sizeof *forest->nodes);
    forest->table = calloc(forest->table_room, sizeof *forest->table);
    forest->count = ROOTS;
    if (forest->nodes != NULL && forest->table != NULL)
        return true;
    recorded_forest_close(forest);
    return false;
}

void recorded_forest_close(struct recorded_forest *forest)
{
    while (forest->texts != NULL) {
        struct recorded_block *next = forest->texts->next;

        free(forest->texts);
        forest->texts = next;
    }
    free(forest->nodes);
    free(forest->table);
    free(forest->answers);
    *forest = (struct recorded_forest){.nodes = NULL};
}

uint32_t recorded_grow(struct recorded_forest *forest, uint32_t parent, struct crux_text text)
{
    uint32_t hash = hash_of_node(parent, text), node, at;
    const char *copy;

    if (!recorded_forest_make_room(forest))
        return 0;
    at = recorded_forest_place_of(forest, hash, parent, text);
    if (forest->table[at] != 0)
        return forest->table[at];
    copy = keep_text(forest, text);
    if (copy == NULL)
        return 0;
    node = forest->count++;
    forest->nodes[node] = (struct recorded_node){
        .text = copy,
        .length = (uint32_t)text.length,
        .hash = hash,
        .parent = parent,
        .next = forest->nodes[parent].child,
    };
    forest->nodes[parent].child = node;
    forest->table[at] = node;
    return node;
}

void recorded_end(struct recorded_forest *forest, uint32_t node, double weight)
{
    forest->nodes[node].ended++;
    forest->nodes[node].below++;
    forest->nodes[node].weight += weight;
}

uint32_t recorded_find(const struct recorded_forest *forest, uint32_t parent, struct crux_text text)
{
    return forest
        ->table[recorded_forest_place_of(forest, hash_of_node(parent, text), parent, text)];
}

/* --- numbers ---------------------------------------------------------------------------- */

static void recorded_forest_sum_up(struct recorded_forest *forest)
{
    for (uint32_t i = forest->count; i-- > ROOTS;) {
        const struct recorded_node *node = &forest->nodes[i];

        forest->nodes[node->parent].below += node->below;
        forest->nodes[node->parent].weight += node->weight;
    }
}

/* Those that end at a node first, then its children's; taken[i] is the next free number
 * below node i. */
static void hand_down(struct recorded_forest *forest, uint32_t *taken)
{
    forest->nodes[ROOTS_BY_PROMPT].first = forest->nodes[ROOTS_BY_ID].below;
    for (uint32_t i = 0; i < forest->count; i++) {
        struct recorded_node *node = &forest->nodes[i];

        if (i >= ROOTS) {
            node->first = taken[node->parent];
            taken[node->parent] += node->below;
        }
        for (uint32_t j = 0; j < node->ended; j++)
            forest->answers[node->first + j] = i;
        taken[i] = node->first + node->ended;
    }
}

bool recorded_forest_number(struct recorded_forest *forest)
{
    uint32_t *taken = malloc(forest->count * sizeof *taken);
    uint32_t answers;

    recorded_forest_sum_up(forest);
    answers = forest->nodes[ROOTS_BY_ID].below + forest->nodes[ROOTS_BY_PROMPT].below;
    forest->answers = malloc((answers > 0 ? answers : 1) * sizeof *forest->answers);
    if (taken != NULL && forest->answers != NULL)
        hand_down(forest, taken);
    free(taken);
    return taken != NULL && forest->answers != NULL;
}
