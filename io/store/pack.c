/*
 * pack.c - packs a finished tree into bytes and reads it back, by msgpack: no other file includes
 * its headers.
 *
 * Writing and reading are loops over the same tables (pack_rows.h) and cannot
 * disagree. Reading goes through the document with a cursor and asks msgpack for
 * one plain value at a time: msgpack's own trees of objects would cost many times
 * the document, and would believe an array's claimed length before its items have
 * been seen.
 */
#include "io/store/pack.h"

#include <assert.h>
#include <math.h>
#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "io/crux_io.h"
#include "io/store/frame.h"
#include "io/store/pack_rows.h"
#include "io/problem_line.h"

enum {
    DOCUMENT_KEYS = 9, /* since schema 3 */
    OLD_KEYS = 8,
    ZONE_CHUNK = 64,
};

/* --- writing -------------------------------------------------------------- */

/* Failure is remembered: a row is written without a check a field. */
struct pack_writer {
    msgpack_sbuffer buffer;
    msgpack_packer packer;
    int failed;
};

/* Nameless nodes have no text: they are packed with an empty one. */
static void pack_write_text(struct pack_writer *writer, const char *text)
{
    if (text == NULL)
        text = "";
    writer->failed |= msgpack_pack_str_with_body(&writer->packer, text, strlen(text));
}

static void pack_write_reals(struct pack_writer *writer, const double *reals, uint32_t count)
{
    writer->failed |= msgpack_pack_array(&writer->packer, count);
    for (uint32_t i = 0; i < count; i++)
        writer->failed |= msgpack_pack_double(&writer->packer, reals[i]);
}

static void pack_write_field(struct pack_writer *writer, const struct pack_field *field,
                             const void *base)
{
    const void *at = (const char *)base + field->offset;
    msgpack_packer *packer = &writer->packer;

    switch (field->form) {
    case PACK_BYTE:
        writer->failed |= msgpack_pack_uint8(packer, *(const uint8_t *)at);
        break;
    case PACK_WORD:
        writer->failed |= msgpack_pack_uint32(packer, *(const uint32_t *)at);
        break;
    case PACK_LONG:
        writer->failed |= msgpack_pack_uint64(packer, *(const uint64_t *)at);
        break;
    case PACK_SIGNED:
        writer->failed |= msgpack_pack_int64(packer, *(const int64_t *)at);
        break;
    case PACK_BOOL:
        writer->failed |=
            *(const bool *)at ? msgpack_pack_true(packer) : msgpack_pack_false(packer);
        break;
    case PACK_REAL:
        writer->failed |= msgpack_pack_double(packer, *(const double *)at);
        break;
    case PACK_TEXT:
        pack_write_text(writer, *(const char *const *)at);
        break;
    case PACK_REALS:
        pack_write_reals(writer, *(const double *const *)at,
                         *(const uint32_t *)((const char *)base + field->length));
        break;
    }
}

static void pack_write_rows(struct pack_writer *writer, const struct pack_row *row,
                            const void *items, uint32_t count)
{
    pack_write_text(writer, row->name);
    writer->failed |= msgpack_pack_array(&writer->packer, count);
    for (uint32_t i = 0; i < count && writer->failed == 0; i++) {
        writer->failed |= msgpack_pack_array(&writer->packer, row->count);
        for (uint32_t f = 0; f < row->count; f++)
            pack_write_field(writer, &row->fields[f], (const char *)items + i * row->size);
    }
}

static void pack_write_tree(struct pack_writer *writer, const struct crux_tree *tree)
{
    pack_write_text(writer, pack_tree_row.name);
    writer->failed |= msgpack_pack_map(&writer->packer, pack_tree_row.count);
    for (uint32_t f = 0; f < pack_tree_row.count; f++) {
        pack_write_text(writer, pack_tree_row.fields[f].name);
        pack_write_field(writer, &pack_tree_row.fields[f], tree);
    }
    pack_write_text(writer, "failure");
    pack_write_text(writer, tree->failure);
}

static void pack_write_document(struct pack_writer *writer, const struct crux_tree *tree)
{
    writer->failed |= msgpack_pack_map(&writer->packer, DOCUMENT_KEYS);
    pack_write_text(writer, "schema");
    writer->failed |= msgpack_pack_uint32(&writer->packer, CRUX_TREE_SCHEMA);
    pack_write_text(writer, "problem");
    pack_write_text(writer, tree->problem->id);
    pack_write_tree(writer, tree);
    pack_write_rows(writer, &pack_node_row, tree->nodes, tree->node_count);
    pack_write_rows(writer, &pack_rollout_row, tree->rollouts, tree->rollout_count);
    pack_write_rows(writer, &pack_pair_row, tree->pairs, tree->pair_count);
    pack_write_rows(writer, &pack_remark_row, tree->remarks, tree->remark_count);
    pack_write_text(writer, "rights");
    writer->failed |= msgpack_pack_array(&writer->packer, tree->right_count);
    for (uint32_t i = 0; i < tree->right_count; i++)
        writer->failed |= msgpack_pack_uint32(&writer->packer, tree->rights[i]);
}

static int pack_no_memory(const struct crux_problem *problem, struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for the tree of problem `%s`", problem->id);
}

/* A tree without rows, as summary_only makes it, is packed as one without any. */
static struct crux_tree with_rows_only(const struct crux_tree *tree)
{
    struct crux_tree copy = *tree;

    copy.node_count = tree->nodes == NULL ? 0 : tree->node_count;
    copy.rollout_count = tree->rollouts == NULL ? 0 : tree->rollout_count;
    copy.pair_count = tree->pairs == NULL ? 0 : tree->pair_count;
    copy.right_count = tree->rights == NULL ? 0 : tree->right_count;
    copy.remark_count = tree->remarks == NULL ? 0 : tree->remark_count;
    return copy;
}

int pack_tree(void **frame, size_t *size, const struct crux_tree *tree, struct crux_error *error)
{
    struct crux_tree whole = with_rows_only(tree);
    struct pack_writer writer = {.failed = 0};
    int status = CRUX_MEMORY;

    assert(tree->problem != NULL && tree->problem->id != NULL);
    msgpack_sbuffer_init(&writer.buffer);
    msgpack_packer_init(&writer.packer, &writer.buffer, msgpack_sbuffer_write);
    pack_write_document(&writer, &whole);
    if (writer.failed == 0 && writer.buffer.size > FRAME_LIMIT)
        status = crux_fail(error, CRUX_STORE,
                           "the tree of problem `%s` has %zu bytes: more than %d cannot be kept",
                           tree->problem->id, writer.buffer.size, FRAME_LIMIT);
    else if (writer.failed == 0)
        status = frame_compress(frame, size, writer.buffer.data, writer.buffer.size);
    if (status == CRUX_MEMORY)
        (void)pack_no_memory(tree->problem, error);
    msgpack_sbuffer_destroy(&writer.buffer);
    return status;
}

/* --- reading: values ------------------------------------------------------ */

/* The first failure is kept and ends everything: each step asks only whether it
 * may go on. */
struct pack_cursor {
    const char *at, *end;
    char *texts;       /* where the next text is copied to */
    double *reals;     /* and the next array of numbers */
    msgpack_zone zone; /* msgpack wants one even for values that need no memory */
    const char *where, *field;
    size_t row;
    uint64_t schema; /* of the document */
    int status;
    struct crux_error *error;
};

static bool pack_damaged(struct pack_cursor *cursor, const char *what)
{
    if (cursor->status == CRUX_OK)
        cursor->status =
            crux_fail(cursor->error, CRUX_STORE, "the packed tree is damaged at %s %zu, %s: %s",
                      cursor->where, cursor->row, cursor->field, what);
    return false;
}

/* Arrays, maps and extensions: their sizes are claims, so msgpack must not see them. */
static bool is_container(uint8_t head)
{
    return (head >= 0x80 && head <= 0x9f) || (head >= 0xc7 && head <= 0xc9) ||
           (head >= 0xd4 && head <= 0xd8) || (head >= 0xdc && head <= 0xdf);
}

static bool pack_read_value(struct pack_cursor *cursor, msgpack_object *out)
{
    size_t used = 0;
    msgpack_unpack_return got;

    if (cursor->status != CRUX_OK)
        return false;
    if (cursor->at == cursor->end)
        return pack_damaged(cursor, "it is cut short");
    if (is_container((uint8_t)*cursor->at))
        return pack_damaged(cursor, "expected a plain value");
    got = msgpack_unpack(cursor->at, (size_t)(cursor->end - cursor->at), &used, &cursor->zone, out);
    if (got == MSGPACK_UNPACK_CONTINUE)
        return pack_damaged(cursor, "it is cut short");
    if (got != MSGPACK_UNPACK_SUCCESS && got != MSGPACK_UNPACK_EXTRA_BYTES)
        return pack_damaged(cursor, "expected a msgpack value");
    cursor->at += used;
    return true;
}

static bool pack_read_unsigned(struct pack_cursor *cursor, uint64_t *out, uint64_t most)
{
    msgpack_object value;

    if (!pack_read_value(cursor, &value))
        return false;
    if (value.type != MSGPACK_OBJECT_POSITIVE_INTEGER || value.via.u64 > most)
        return pack_damaged(cursor, "expected a smaller or a whole number");
    *out = value.via.u64;
    return true;
}

static bool pack_read_signed(struct pack_cursor *cursor, int64_t *out)
{
    msgpack_object value;

    if (!pack_read_value(cursor, &value))
        return false;
    if (value.type != MSGPACK_OBJECT_NEGATIVE_INTEGER &&
        (value.type != MSGPACK_OBJECT_POSITIVE_INTEGER || value.via.u64 > INT64_MAX))
        return pack_damaged(cursor, "expected a whole number");
    *out = value.via.i64;
    return true;
}

static bool pack_read_bool(struct pack_cursor *cursor, bool *out)
{
    msgpack_object value;

    if (!pack_read_value(cursor, &value))
        return false;
    if (value.type != MSGPACK_OBJECT_BOOLEAN)
        return pack_damaged(cursor, "expected true or false");
    *out = value.via.boolean;
    return true;
}

static bool pack_read_real(struct pack_cursor *cursor, double *out)
{
    msgpack_object value;

    if (!pack_read_value(cursor, &value))
        return false;
    if (value.type != MSGPACK_OBJECT_FLOAT64 || !isfinite(value.via.f64))
        return pack_damaged(cursor, "expected a finite real number");
    *out = value.via.f64;
    return true;
}

static bool pack_read_string(struct pack_cursor *cursor, struct crux_text *out)
{
    msgpack_object value;

    if (!pack_read_value(cursor, &value))
        return false;
    if (value.type != MSGPACK_OBJECT_STR)
        return pack_damaged(cursor, "expected a text");
    /* An empty text has no place in the document. */
    *out = (struct crux_text){value.via.str.size == 0 ? "" : value.via.str.ptr, value.via.str.size};
    return true;
}

/* In msgpack a text takes its own bytes and at least one before them, so all texts
 * with a NUL behind each fit into as many bytes as the document has. */
static bool pack_read_text(struct pack_cursor *cursor, const char **out)
{
    struct crux_text text;

    if (!pack_read_string(cursor, &text))
        return false;
    if (memchr(text.start, '\0', text.length) != NULL)
        return pack_damaged(cursor, "expected a text without NUL");
    *out = memcpy(cursor->texts, text.start, text.length);
    cursor->texts[text.length] = '\0';
    cursor->texts += text.length + 1;
    return true;
}

static bool pack_read_key(struct pack_cursor *cursor, const char *key)
{
    struct crux_text text;

    cursor->field = key;
    if (!pack_read_string(cursor, &text))
        return false;
    if (text.length != strlen(key) || memcmp(text.start, key, text.length) != 0)
        return pack_damaged(cursor, "expected this key");
    return true;
}

/* How msgpack writes the length of a container: in its first byte, or in the bytes
 * after it, the most significant first. */
struct head {
    uint8_t small, of16, of32;
};

static const struct head array_head = {0x90, 0xdc, 0xdd}, map_head = {0x80, 0xde, 0xdf};

static bool pack_read_any_length(struct pack_cursor *cursor, const struct head *head, uint32_t *out)
{
    const uint8_t *at = (const uint8_t *)cursor->at;
    size_t bytes = 0, left = (size_t)(cursor->end - cursor->at);
    uint32_t found = 0;

    if (cursor->status != CRUX_OK)
        return false;
    if (left > 0 && (at[0] & 0xf0) == head->small)
        found = at[0] & 0x0f;
    else if (left > 0 && (at[0] == head->of16 || at[0] == head->of32))
        bytes = at[0] == head->of16 ? 2 : 4;
    else
        return pack_damaged(cursor, left == 0 ? "it is cut short" : "expected rows");
    if (left < 1 + bytes)
        return pack_damaged(cursor, "it is cut short");
    for (size_t i = 1; i <= bytes; i++)
        found = found << 8 | at[i];
    cursor->at += 1 + bytes;
    *out = found;
    return true;
}

static bool pack_read_length(struct pack_cursor *cursor, const struct head *head, uint32_t expected)
{
    uint32_t found;

    return pack_read_any_length(cursor, head, &found) &&
           (found == expected || pack_damaged(cursor, "expected another number of rows"));
}

/* In msgpack a real number takes nine bytes, so all of them fit into as many bytes as the document
 * has. */
static bool pack_read_reals(struct pack_cursor *cursor, const struct pack_field *field, void *base)
{
    const double **out = (const double **)(void *)((char *)base + field->offset);
    uint32_t *count = (uint32_t *)(void *)((char *)base + field->length);

    if (!pack_read_any_length(cursor, &array_head, count))
        return false;
    if (*count > field->most)
        return pack_damaged(cursor, "expected fewer numbers");
    *out = cursor->reals;
    for (uint32_t i = 0; i < *count; i++)
        if (!pack_read_real(cursor, cursor->reals++))
            return false;
    return true;
}

/* --- reading: rows -------------------------------------------------------- */

static bool pack_read_field(struct pack_cursor *cursor, const struct pack_field *field, void *base)
{
    void *at = (char *)base + field->offset;
    uint64_t whole = 0;
    bool good = true;

    cursor->field = field->name;
    switch (field->form) {
    case PACK_BYTE:
        good = pack_read_unsigned(cursor, &whole, field->most);
        *(uint8_t *)at = (uint8_t)whole;
        return good;
    case PACK_WORD:
        good = pack_read_unsigned(cursor, &whole, field->most);
        *(uint32_t *)at = (uint32_t)whole;
        return good;
    case PACK_LONG:
        return pack_read_unsigned(cursor, at, field->most);
    case PACK_SIGNED:
        return pack_read_signed(cursor, at);
    case PACK_BOOL:
        return pack_read_bool(cursor, at);
    case PACK_REAL:
        return pack_read_real(cursor, at);
    case PACK_TEXT:
        return pack_read_text(cursor, at);
    case PACK_REALS:
        return pack_read_reals(cursor, field, base);
    }
    return good;
}

static void pack_read_rows(struct pack_cursor *cursor, const struct pack_row *row, void *items,
                           uint32_t count)
{
    cursor->where = row->name;
    (void)(pack_read_key(cursor, row->name) && pack_read_length(cursor, &array_head, count));
    for (uint32_t i = 0; i < count && cursor->status == CRUX_OK; i++) {
        cursor->row = i;
        (void)pack_read_length(cursor, &array_head, pack_row_fields(row, cursor->schema));
        for (uint32_t f = 0; f < row->count && cursor->status == CRUX_OK; f++)
            if (row->fields[f].schema <= cursor->schema)
                (void)pack_read_field(cursor, &row->fields[f], (char *)items + i * row->size);
    }
    cursor->row = 0;
}

static void pack_read_rights(struct pack_cursor *cursor, uint32_t *rights, uint32_t count,
                             uint32_t rollout_count)
{
    uint64_t right;

    cursor->where = "rights";
    (void)(pack_read_key(cursor, "rights") && pack_read_length(cursor, &array_head, count));
    for (uint32_t i = 0; i < count && cursor->status == CRUX_OK; i++) {
        cursor->row = i;
        if (pack_read_unsigned(cursor, &right, UINT32_MAX) && right < rollout_count)
            rights[i] = (uint32_t)right;
        else
            (void)pack_damaged(cursor, "expected a rollout that is there");
    }
}

static void pack_check_rows(struct pack_cursor *cursor, struct crux_tree *tree)
{
    struct pack_breach breach;

    if (cursor->status != CRUX_OK || pack_rows_fit(tree, &breach))
        return;
    cursor->where = breach.rows;
    cursor->row = breach.row;
    cursor->field = "what it points to";
    (void)pack_damaged(cursor, breach.expected);
}

/* --- reading: the document ------------------------------------------------ */

/* The tree that crux_tree_free() frees: all in one block, and this comes first. */
struct owned {
    struct crux_tree tree;
    struct crux_problem problem;
};

static void pack_read_schema(struct pack_cursor *cursor)
{
    bool old = cursor->at < cursor->end && (uint8_t)*cursor->at == (map_head.small | OLD_KEYS);

    (void)(pack_read_length(cursor, &map_head, old ? OLD_KEYS : DOCUMENT_KEYS) &&
           pack_read_key(cursor, "schema") &&
           pack_read_unsigned(cursor, &cursor->schema, UINT64_MAX));
    if (cursor->status == CRUX_OK && old != (cursor->schema < 3) &&
        cursor->schema <= CRUX_TREE_SCHEMA)
        (void)pack_damaged(cursor, "expected as many keys as its schema has");
    if (cursor->status == CRUX_OK && (cursor->schema < 1 || cursor->schema > CRUX_TREE_SCHEMA))
        cursor->status =
            crux_fail(cursor->error, CRUX_STORE,
                      "the packed tree has schema %llu; this program reads schemas 1 to %d",
                      (unsigned long long)cursor->schema, CRUX_TREE_SCHEMA);
}

static void pack_read_figures(struct pack_cursor *cursor, struct crux_tree *head)
{
    const struct pack_row *row = &pack_tree_row;

    (void)(pack_read_key(cursor, row->name) &&
           pack_read_length(cursor, &map_head, pack_row_fields(row, cursor->schema)));
    for (uint32_t f = 0; f < row->count && cursor->status == CRUX_OK; f++)
        if (row->fields[f].schema <= cursor->schema)
            (void)(pack_read_key(cursor, row->fields[f].name) &&
                   pack_read_field(cursor, &row->fields[f], head));
}

static int pack_read_head(struct pack_cursor *cursor, const struct crux_problem *problem,
                          struct crux_tree *head)
{
    struct crux_text id = {NULL, 0};

    pack_read_schema(cursor);
    (void)(pack_read_key(cursor, "problem") && pack_read_string(cursor, &id));
    if (cursor->status == CRUX_OK &&
        (id.length != strlen(problem->id) || memcmp(id.start, problem->id, id.length) != 0))
        (void)pack_damaged(cursor, "it belongs to another problem");
    pack_read_figures(cursor, head);
    return cursor->status;
}

/* One block: the tree, its problem, the rows from the strictest alignment to the
 * least, the texts. Numbers of remarks, where there are remarks, stand before rights. */
static struct owned *pack_make_room(struct pack_cursor *cursor, const struct crux_problem *problem,
                                    const struct crux_tree *head)
{
    size_t nodes = head->node_count * sizeof(struct crux_node);
    size_t rollouts = head->rollout_count * sizeof(struct crux_rollout);
    size_t pairs = head->pair_count * sizeof(struct crux_pair);
    size_t remarks = head->remark_count * sizeof(struct crux_remark);
    size_t rights = head->right_count * sizeof(uint32_t);
    size_t texts = (size_t)(cursor->end - cursor->at);
    size_t reals = head->remark_count > 0 ? texts / sizeof(double) * sizeof(double) : 0;
    size_t copy = problem_bytes(problem);
    struct owned *owned = calloc(1, sizeof *owned + copy + nodes + rollouts + pairs + remarks +
                                        reals + rights + texts);
    char *at = (char *)(owned + 1);

    if (owned == NULL) {
        cursor->status = pack_no_memory(problem, cursor->error);
        return NULL;
    }
    problem_copy(&owned->problem, at, problem);
    owned->tree = *head;
    owned->tree.problem = &owned->problem;
    owned->tree.nodes = (struct crux_node *)(void *)(at += copy);
    owned->tree.rollouts = (struct crux_rollout *)(void *)(at += nodes);
    owned->tree.pairs = (struct crux_pair *)(void *)(at += rollouts);
    owned->tree.remarks = (struct crux_remark *)(void *)(at += pairs);
    cursor->reals = (double *)(void *)(at += remarks);
    owned->tree.rights = (uint32_t *)(void *)(at += reals);
    cursor->texts = at + rights;
    return owned;
}

static int pack_read_document(struct crux_tree **out, struct pack_cursor *cursor,
                              const struct crux_problem *problem)
{
    struct crux_tree head = {.problem = problem};
    struct crux_tree *tree;
    struct owned *owned;

    if (pack_read_head(cursor, problem, &head) != CRUX_OK)
        return cursor->status;
    if (pack_rows_least(&head, cursor->schema) > (size_t)(cursor->end - cursor->at)) {
        (void)pack_damaged(cursor, "it claims more rows than it can hold");
        return cursor->status;
    }
    owned = pack_make_room(cursor, problem, &head);
    if (owned == NULL)
        return cursor->status;
    tree = &owned->tree;
    (void)(pack_read_key(cursor, "failure") && pack_read_text(cursor, &tree->failure));
    pack_read_rows(cursor, &pack_node_row, (void *)(uintptr_t)tree->nodes, tree->node_count);
    pack_read_rows(cursor, &pack_rollout_row, (void *)(uintptr_t)tree->rollouts,
                   tree->rollout_count);
    pack_read_rows(cursor, &pack_pair_row, (void *)(uintptr_t)tree->pairs, tree->pair_count);
    if (cursor->schema >= 3)
        pack_read_rows(cursor, &pack_remark_row, (void *)(uintptr_t)tree->remarks,
                       tree->remark_count);
    pack_read_rights(cursor, (uint32_t *)(uintptr_t)tree->rights, tree->right_count,
                     tree->rollout_count);
    if (cursor->status == CRUX_OK && cursor->at != cursor->end)
        (void)pack_damaged(cursor, "something follows its end");
    pack_check_rows(cursor, tree);
    pack_rows_complete(tree, cursor->schema);
    if (cursor->status == CRUX_OK)
        *out = tree;
    else
        crux_tree_free(tree);
    return cursor->status;
}

int pack_read(struct crux_tree **out, const void *frame, size_t size,
              const struct crux_problem *problem, struct crux_error *error)
{
    struct pack_cursor cursor = {.where = "document", .field = "its beginning", .error = error};
    char *document = NULL;
    size_t length = 0;
    int status = frame_decompress(&document, &length, frame, size, error);

    if (status != CRUX_OK)
        return status;
    cursor.at = document;
    cursor.end = document + length;
    if (msgpack_zone_init(&cursor.zone, ZONE_CHUNK)) {
        status = pack_read_document(out, &cursor, problem);
        msgpack_zone_destroy(&cursor.zone);
    } else {
        status = pack_no_memory(problem, error);
    }
    free(document);
    return status;
}

void crux_tree_free(struct crux_tree *tree)
{
    free(tree); /* a struct owned, which begins with it */
}
