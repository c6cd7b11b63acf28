/*
 * problem_ends.c - notes the hash of a file at each end of a line.
 */
#include "io/problem_ends.h"

#include <stdlib.h>
#include <string.h>

/* Through the line's break, and before it. */
struct problem_end {
    unsigned char with[HASH_BYTES], without[HASH_BYTES];
};

struct problem_ends {
    struct problem_end *items;
    size_t count, room;
    bool carriage;      /* the last byte was a CR, which belongs to the break if an LF follows */
    struct hash before; /* then: the hash before it */
};

struct problem_ends *problem_ends_new(void)
{
    return calloc(1, sizeof(struct problem_ends));
}

void problem_ends_free(struct problem_ends *ends)
{
    if (ends != NULL)
        free(ends->items);
    free(ends);
}

/* What the hash would be if the file ended here. */
static void problem_ends_digest(struct hash hash, unsigned char out[HASH_BYTES])
{
    hash_end_bytes(&hash, out);
}

static bool problem_ends_break(struct problem_ends *ends, struct hash *hash)
{
    if (ends->count == ends->room) {
        size_t room = ends->room == 0 ? 1024 : ends->room * 2;
        struct problem_end *items = realloc(ends->items, room * sizeof *items);

        if (items == NULL)
            return false;
        ends->items = items;
        ends->room = room;
    }
    problem_ends_digest(ends->carriage ? ends->before : *hash, ends->items[ends->count].without);
    hash_add(hash, "\n", 1);
    problem_ends_digest(*hash, ends->items[ends->count++].with);
    ends->carriage = false;
    return true;
}

/* A piece of a line. */
static void problem_ends_go_on(struct problem_ends *ends, struct hash *hash, const char *bytes,
                               size_t size)
{
    if (size == 0)
        return;
    ends->carriage = bytes[size - 1] == '\r';
    hash_add(hash, bytes, size - ends->carriage);
    if (!ends->carriage)
        return;
    ends->before = *hash;
    hash_add(hash, "\r", 1);
}

bool problem_ends_add(struct problem_ends *ends, struct hash *hash, const char *bytes, size_t size)
{
    const char *end = bytes + size;
    bool kept = true;

    while (bytes < end && kept) {
        const char *stop = memchr(bytes, '\n', (size_t)(end - bytes));

        problem_ends_go_on(ends, hash, bytes, (size_t)((stop == NULL ? end : stop) - bytes));
        if (stop != NULL)
            kept = problem_ends_break(ends, hash);
        bytes = stop == NULL ? end : stop + 1;
    }
    return kept;
}

uint64_t problem_ends_find(const struct problem_ends *ends, const char *sha256)
{
    for (size_t i = 0; i < ends->count; i++) {
        char with[HASH_HEX], without[HASH_HEX];

        hash_text(ends->items[i].with, with);
        hash_text(ends->items[i].without, without);
        if (strcmp(sha256, with) == 0 || strcmp(sha256, without) == 0)
            return i + 1;
    }
    return 0;
}
