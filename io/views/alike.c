/*
 * alike.c - an index of sketches: a table of bands (open addressing, never more than three quarters
 * full), and in a file what they lead to, one record behind the other.
 *
 * The table is in memory up to 64 MB, which is enough for 300,000 problems, and in a file above:
 * a random write there costs ten times what all the rest does.
 *
 * Many problems may share a band, as those of one template do. So that a table of n of them does
 * not take n^2 looks, no band leads to more than BAND_MOST records.
 */
#include "io/views/alike.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/draw.h"
#include "io/views/scratch.h"

enum {
    BAND_MOST = 64,
    ALIKE_SLOTS_AT_ONCE = 64,
    ALIKE_SLOTS_FIRST = 64,
    ALIKE_SLOTS_IN_MEMORY = 1 << 23,
    ALIKE_CANDIDATES = BAND_MOST * SHINGLES_SKETCH,
    ALIKE_PER_MILLE = 995 /* of those just as alike as is looked for that are found, at least */
};

struct alike_slot {
    uint32_t band;   /* hash of its number and its part of the sketch */
    uint32_t record; /* where it begins, in eights, and 1; 0: the slot is free */
};

struct alike_record {
    uint64_t whole, count; /* shingles behind it */
    struct alike_label label;
};

_Static_assert(sizeof(struct alike_record) % 8 == 0, "records begin at eights");

struct alike_table {
    uint64_t slots, taken;     /* slots: a power of two */
    struct alike_slot *memory; /* NULL: ... */
    int file;                  /* ... there */
};

struct alike {
    const char *folder; /* of the files */
    double least;
    unsigned rows, bands; /* of the sketch: rows hashes are a band */
    struct alike_table table;
    int records;
    uint64_t length;      /* of records, in bytes */
    uint64_t *candidates; /* offsets of records */
    size_t candidate_count;
    struct shingles other; /* of a candidate */
};

static int alike_cannot(struct crux_error *error, const char *what)
{
    return crux_fail(error, errno == ENOMEM ? CRUX_MEMORY : CRUX_STORE,
                     "cannot %s the file of problems that were seen: %s", what, strerror(errno));
}

/* --- files -------------------------------------------------------------------------------- */

static int alike_read(int file, void *out, size_t length, uint64_t at, struct crux_error *error)
{
    char *to = out;

    while (length > 0) {
        ssize_t got = pread(file, to, length, (off_t)at);

        if (got == 0)
            errno = EIO;
        if (got <= 0 && errno != EINTR)
            return alike_cannot(error, "read");
        if (got > 0) {
            to += got;
            at += (uint64_t)got;
            length -= (size_t)got;
        }
    }
    return CRUX_OK;
}

static int alike_write(int file, const void *bytes, size_t length, uint64_t at,
                       struct crux_error *error)
{
    const char *from = bytes;

    while (length > 0) {
        ssize_t put = pwrite(file, from, length, (off_t)at);

        if (put < 0 && errno != EINTR)
            return alike_cannot(error, "write");
        if (put > 0) {
            from += put;
            at += (uint64_t)put;
            length -= (size_t)put;
        }
    }
    return CRUX_OK;
}

/* --- opening -------------------------------------------------------------------------------- */

/* The longest bands by which enough of those are found that are just alike enough: longer ones lead
 * to fewer that are not. */
static void alike_cut(struct alike *alike)
{
    for (alike->rows = SHINGLES_SKETCH; alike->rows > 1; alike->rows--) {
        double missed = 1.0 - pow(alike->least, alike->rows);

        alike->bands = SHINGLES_SKETCH / alike->rows;
        if (1.0 - pow(missed, alike->bands) >= ALIKE_PER_MILLE / 1000.0)
            return;
    }
    alike->bands = SHINGLES_SKETCH;
}

/* An empty one of so many slots. */
static int alike_table_open(struct alike_table *out, const char *folder, uint64_t slots,
                            struct crux_error *error)
{
    struct alike_table table = {.slots = slots, .file = -1};
    int status = CRUX_OK;

    if (slots <= ALIKE_SLOTS_IN_MEMORY) {
        table.memory = calloc(slots, sizeof *table.memory);
        if (table.memory == NULL)
            status = crux_fail(error, CRUX_MEMORY, "no memory to look for problems that are alike");
    } else {
        status = scratch_open(&table.file, folder, error);
    }
    if (table.file >= 0 && ftruncate(table.file, (off_t)(slots * sizeof *table.memory)) != 0) {
        status = alike_cannot(error, "make");
        (void)close(table.file);
    }
    if (status == CRUX_OK)
        *out = table;
    return status;
}

static void alike_table_close(struct alike_table *table)
{
    free(table->memory);
    if (table->file >= 0)
        (void)close(table->file);
}

static int alike_table_read(const struct alike_table *table, struct alike_slot *out, size_t count,
                            uint64_t at, struct crux_error *error)
{
    if (table->memory == NULL)
        return alike_read(table->file, out, count * sizeof *out, at * sizeof *out, error);
    memcpy(out, table->memory + at, count * sizeof *out);
    return CRUX_OK;
}

static int alike_table_write(struct alike_table *table, const struct alike_slot *slot, uint64_t at,
                             struct crux_error *error)
{
    table->taken++;
    if (table->memory == NULL)
        return alike_write(table->file, slot, sizeof *slot, at * sizeof *slot, error);
    table->memory[at] = *slot;
    return CRUX_OK;
}

int alike_open(struct alike **out, const char *folder, double least, struct crux_error *error)
{
    struct alike *alike = calloc(1, sizeof *alike);
    int status = CRUX_OK;

    if (alike == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to look for problems that are alike");
    *alike = (struct alike){.folder = folder, .least = least, .table = {.file = -1}, .records = -1};
    alike_cut(alike);
    alike->candidates = calloc(ALIKE_CANDIDATES, sizeof *alike->candidates);
    if (alike->candidates == NULL)
        status = crux_fail(error, CRUX_MEMORY, "no memory to look for problems that are alike");
    if (status == CRUX_OK)
        status = alike_table_open(&alike->table, folder, ALIKE_SLOTS_FIRST, error);
    if (status == CRUX_OK)
        status = scratch_open(&alike->records, folder, error);
    if (status == CRUX_OK)
        *out = alike;
    else
        alike_close(alike);
    return status;
}

void alike_close(struct alike *alike)
{
    if (alike == NULL)
        return;
    alike_table_close(&alike->table);
    if (alike->records >= 0)
        (void)close(alike->records);
    free(alike->candidates);
    shingles_close(&alike->other);
    free(alike);
}

/* --- the table -------------------------------------------------------------------------------- */

static uint32_t alike_band(const struct alike *alike, const uint64_t *sketch, unsigned band)
{
    uint64_t hash = draw(0, band);

    for (unsigned i = 0; i < alike->rows; i++)
        hash = draw_mix((hash ^ sketch[band * alike->rows + i]) * 0x9E3779B97F4A7C15u);
    return (uint32_t)(hash >> 32);
}

/* What a walk from a band's slot to the first free one has found. */
struct alike_walk {
    uint64_t records[BAND_MOST];
    size_t count;
    uint64_t free_slot;
};

/* Slots are in the order of their bands, so that a table grows from front to back. */
static int alike_walk(const struct alike_table *table, uint32_t band, struct alike_walk *out,
                      struct crux_error *error)
{
    struct alike_slot slots[ALIKE_SLOTS_AT_ONCE];
    uint64_t at = (uint64_t)band * table->slots >> 32;

    out->count = 0;
    for (;;) {
        uint64_t left = table->slots - at;
        size_t count = left < ALIKE_SLOTS_AT_ONCE ? (size_t)left : ALIKE_SLOTS_AT_ONCE;
        int status = alike_table_read(table, slots, count, at, error);

        if (status != CRUX_OK)
            return status;
        for (size_t i = 0; i < count; i++) {
            if (slots[i].record == 0) {
                out->free_slot = at + i;
                return CRUX_OK;
            }
            if (slots[i].band == band && out->count < BAND_MOST)
                out->records[out->count++] = (slots[i].record - 1) * (uint64_t)8;
        }
        at = (at + count) & (table->slots - 1);
    }
}

static int alike_put(struct alike_table *table, const struct alike_slot *slot,
                     struct crux_error *error)
{
    struct alike_walk walk;
    int status = alike_walk(table, slot->band, &walk, error);

    if (status != CRUX_OK || walk.count == BAND_MOST)
        return status;
    return alike_table_write(table, slot, walk.free_slot, error);
}

/* All that the old table has, into the new one. */
static int alike_move(struct alike_table *to, const struct alike_table *from,
                      struct crux_error *error)
{
    struct alike_slot slots[ALIKE_SLOTS_AT_ONCE];
    int status = CRUX_OK;

    for (uint64_t at = 0; status == CRUX_OK && at < from->slots; at += ALIKE_SLOTS_AT_ONCE) {
        status = alike_table_read(from, slots, ALIKE_SLOTS_AT_ONCE, at, error);
        for (size_t i = 0; status == CRUX_OK && i < ALIKE_SLOTS_AT_ONCE; i++)
            if (slots[i].record != 0)
                status = alike_put(to, &slots[i], error);
    }
    return status;
}

/* A larger table, if the bands of one more problem would fill three quarters of it. */
static int alike_make_room(struct alike *alike, struct crux_error *error)
{
    struct alike_table *table = &alike->table, grown;
    uint64_t slots = table->slots;
    int status;

    while (table->taken + alike->bands > slots / 4 * 3)
        slots *= 2;
    if (slots == table->slots)
        return CRUX_OK;
    status = alike_table_open(&grown, alike->folder, slots, error);
    if (status != CRUX_OK)
        return status;
    status = alike_move(&grown, table, error);
    alike_table_close(table);
    *table = grown;
    return status;
}

/* --- finding -------------------------------------------------------------------------------- */

static int alike_compare_offsets(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* All records that share a band, in the order in which they were added; some more than once. */
static int alike_gather(struct alike *alike, const uint64_t *sketch, struct crux_error *error)
{
    struct alike_walk walk;
    int status = CRUX_OK;

    alike->candidate_count = 0;
    for (unsigned i = 0; status == CRUX_OK && i < alike->bands; i++) {
        status = alike_walk(&alike->table, alike_band(alike, sketch, i), &walk, error);
        for (size_t j = 0; status == CRUX_OK && j < walk.count; j++)
            alike->candidates[alike->candidate_count++] = walk.records[j];
    }
    qsort(alike->candidates, alike->candidate_count, sizeof *alike->candidates,
          alike_compare_offsets);
    return status;
}

static int alike_load(struct alike *alike, const struct alike_record *record, uint64_t at,
                      struct crux_error *error)
{
    struct shingles *other = &alike->other;

    if (record->count > other->room) {
        uint64_t *grown = realloc(other->hashes, record->count * sizeof *grown);

        if (grown == NULL)
            return crux_fail(error, CRUX_MEMORY, "no memory to compare two problems");
        other->hashes = grown;
        other->room = record->count;
    }
    other->count = record->count;
    return alike_read(alike->records, other->hashes, record->count * sizeof *other->hashes,
                      at + sizeof *record, error);
}

/* Is the record at this place more like it than what was found? */
static int alike_try(struct alike *alike, const struct shingles *shingles, uint64_t at,
                     struct alike_found *best, struct crux_error *error)
{
    struct alike_record record;
    int status = alike_read(alike->records, &record, sizeof record, at, error);
    double share;

    if (status == CRUX_OK)
        status = alike_load(alike, &record, at, error);
    if (status != CRUX_OK)
        return status;
    share =
        shingles_alike(shingles->hashes, shingles->count, alike->other.hashes, alike->other.count);
    if (share >= alike->least && share > best->alike)
        *best = (struct alike_found){share, share == 1.0 && record.whole == shingles->whole,
                                     record.label};
    else if (share == 1.0 && !best->same && record.whole == shingles->whole)
        *best = (struct alike_found){1.0, true, record.label};
    return CRUX_OK;
}

int alike_find(struct alike *alike, const struct shingles *shingles, struct alike_found *out,
               struct crux_error *error)
{
    struct alike_found best = {.alike = 0.0};
    uint64_t sketch[SHINGLES_SKETCH];
    int status;

    shingles_sketch(shingles, sketch);
    status = alike_gather(alike, sketch, error);
    for (size_t i = 0; status == CRUX_OK && !best.same && i < alike->candidate_count; i++)
        if (i == 0 || alike->candidates[i] != alike->candidates[i - 1])
            status = alike_try(alike, shingles, alike->candidates[i], &best, error);
    if (status == CRUX_OK)
        *out = best;
    return status;
}

int alike_add(struct alike *alike, const struct shingles *shingles, const struct alike_label *label,
              struct crux_error *error)
{
    struct alike_record record = {
        .whole = shingles->whole, .count = shingles->count, .label = *label};
    size_t size = shingles->count * sizeof *shingles->hashes;
    uint64_t sketch[SHINGLES_SKETCH];
    int status = alike_make_room(alike, error);

    if (status == CRUX_OK && alike->length / 8 >= UINT32_MAX)
        status = crux_fail(error, CRUX_STORE, "problems of more than 32 GB cannot be compared");
    shingles_sketch(shingles, sketch);
    if (status == CRUX_OK)
        status = alike_write(alike->records, &record, sizeof record, alike->length, error);
    if (status == CRUX_OK)
        status = alike_write(alike->records, shingles->hashes, size, alike->length + sizeof record,
                             error);
    for (unsigned i = 0; status == CRUX_OK && i < alike->bands; i++) {
        const struct alike_slot slot = {alike_band(alike, sketch, i),
                                        (uint32_t)(alike->length / 8 + 1)};

        status = alike_put(&alike->table, &slot, error);
    }
    alike->length += sizeof record + size;
    return status;
}
