/*
 * test_pack.c - what pack.h promises, one promise per test.
 *
 * First trees that come back as they went, then bytes that are not as they must be:
 * cut short, with bits turned over, and documents that are sound msgpack in a sound
 * frame and still lie.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <msgpack.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "io/crux_io.h"
#include "io/store/pack.h"
#include "tests/world/sample.h"

static const struct crux_problem problem = {.id = "p-1",
                                            .prompt = "Make 24.",
                                            .ordinal = 3,
                                            .answer = "24",
                                            .line =
                                                "{\"id\": \"p-1\", \"numbers\": [4, 6, 9, 10]}"};

static struct crux_error why;

static size_t packed(void **frame, const struct crux_tree *tree)
{
    size_t size = 0;

    cr_assert_eq(pack_tree(frame, &size, tree, &why), CRUX_OK, "%s", why.text);
    return size;
}

/* Pack a tree and read it back. */
static struct crux_tree *there_and_back(const struct crux_tree *tree)
{
    struct crux_tree *back = NULL;
    void *frame = NULL;
    size_t size = packed(&frame, tree);

    cr_assert_eq(pack_read(&back, frame, size, tree->problem, &why), CRUX_OK, "%s", why.text);
    free(frame);
    return back;
}

/* --- there and back -------------------------------------------------------- */

/* A tree comes back equal in every field. */
Test(back, as_it_was)
{
    struct crux_tree tree = sample_tree(&problem);
    struct crux_tree *back = there_and_back(&tree);

    cr_assert(sample_same(&tree, back));
    crux_tree_free(back);
}

/* The tree that comes back points at nothing of the one that went. */
Test(back, owns_everything)
{
    char *id = strdup("short-lived");
    struct crux_problem passing = {.id = id, .prompt = id};
    struct crux_tree tree = sample_tree(&passing);
    struct crux_tree *back = there_and_back(&tree);

    memset(id, 'x', strlen(id));
    free(id);
    cr_assert_str_eq(back->problem->id, "short-lived");
    cr_assert_null(back->problem->answer);
    cr_assert_null(back->problem->line);
    crux_tree_free(back);
}

/* A failed tree brings its sentence back, and a tree may be empty. */
Test(back, a_failed_tree)
{
    struct crux_tree tree = {
        .problem = &problem, .reason = CRUX_REASON_FAILED, .failure = "the world ended"};
    struct crux_tree *back = there_and_back(&tree);

    cr_assert(sample_same(&tree, back));
    crux_tree_free(back);
}

/* Of a tree without rows the rest is kept. */
Test(back, a_summary)
{
    struct crux_tree tree = sample_tree(&problem);
    struct crux_tree *back;

    tree.nodes = NULL;
    tree.rollouts = NULL;
    tree.pairs = NULL;
    tree.rights = NULL;
    tree.remarks = NULL;
    back = there_and_back(&tree);
    cr_assert_eq(back->node_count + back->rollout_count + back->pair_count + back->right_count, 0);
    cr_assert_eq(back->simulations, tree.simulations);
    crux_tree_free(back);
}

/* Numbers at both ends of their range come back. */
Test(back, extremes)
{
    struct crux_tree tree = sample_tree(&problem);
    struct crux_node nodes[] = {
        {.parent = CRUX_NO_NODE,
         .visits = UINT32_MAX,
         .value = -0.0,
         .score = 1e-300,
         .text = NULL},
        {.depth = 1, .prior = 1e300, .target = 5e-324, .kind = CRUX_ANSWER, .text = ""},
    };
    struct crux_rollout rollouts[] = {{0, "", "", 1.0, CRUX_RIGHT, 0}};
    struct crux_tree *back;

    tree.nodes = nodes;
    tree.rollouts = rollouts;
    tree.node_count = 2;
    tree.rollout_count = 1;
    tree.pair_count = tree.remark_count = 0;
    tree.price = INT64_MIN;
    tree.search_ns = INT64_MAX;
    tree.arena_bytes = UINT64_MAX;
    back = there_and_back(&tree);
    nodes[0].text = ""; /* as nameless nodes come back */
    cr_assert(sample_same(&tree, back));
    cr_assert(signbit(back->nodes[0].value));
    crux_tree_free(back);
}

/* More rows than a small length can tell, and texts longer than a byte can count. */
Test(back, many_and_long)
{
    enum { MANY = 70000, LONG = 70000 };
    struct crux_tree tree = sample_tree(&problem);
    struct crux_node *nodes = calloc(MANY, sizeof *nodes);
    char *text = calloc(1, LONG + 1);
    struct crux_tree *back;

    memset(text, 'x', LONG);
    for (uint32_t i = 0; i < MANY; i++)
        nodes[i] = (struct crux_node){.parent = i - 1, .depth = i, .text = i == 5 ? text : "a"};
    nodes[0].parent = CRUX_NO_NODE;
    tree.nodes = nodes;
    tree.node_count = MANY;
    back = there_and_back(&tree);
    cr_assert(sample_same(&tree, back));
    crux_tree_free(back);
    free(nodes);
    free(text);
}

/* The same tree gives the same bytes, with their size and a checksum in them. */
Test(back, the_same_bytes)
{
    struct crux_tree tree = sample_tree(&problem);
    void *a = NULL, *b = NULL;
    size_t size = packed(&a, &tree);

    cr_assert_eq(packed(&b, &tree), size);
    cr_assert_arr_eq((char *)a, (char *)b, size);
    cr_assert_gt(ZSTD_getFrameContentSize(a, size), 100);
    cr_assert(((const uint8_t *)a)[4] & 4, "the frame's head says that it has no checksum");
    free(a);
    free(b);
}

/* --- older schemas ---------------------------------------------------------- */

/* Written when there was schema 1: three nodes, one rollout. */
static const uint8_t of_schema_1[] = {
    0x28, 0xb5, 0x2f, 0xfd, 0x64, 0xe3, 0x00, 0x9d, 0x0a, 0x00, 0x36, 0x13, 0x44, 0x36, 0x80, 0xc5,
    0xe9, 0x73, 0x07, 0x18, 0x0c, 0x71, 0x6e, 0x68, 0xa8, 0x9e, 0x96, 0x86, 0x3f, 0x0d, 0x1b, 0x89,
    0x64, 0xa4, 0xfb, 0x88, 0xcb, 0xfc, 0x80, 0xdd, 0x30, 0x46, 0xad, 0xed, 0x94, 0xb2, 0x94, 0x72,
    0x35, 0x21, 0xdb, 0x5a, 0xda, 0x72, 0x3a, 0x30, 0xaf, 0x02, 0x03, 0x44, 0x86, 0x95, 0x01, 0xf8,
    0xb0, 0xc9, 0x4e, 0x01, 0x34, 0x00, 0x31, 0x00, 0x33, 0x00, 0xbf, 0x10, 0xbb, 0x9e, 0xbf, 0x05,
    0x79, 0xcd, 0xd1, 0x7e, 0x3b, 0x37, 0xd0, 0x63, 0x12, 0x42, 0xd9, 0x9d, 0xe8, 0x23, 0x26, 0xdd,
    0xc4, 0x95, 0x8c, 0x1b, 0x8d, 0xd2, 0x97, 0x1b, 0x53, 0xa0, 0x01, 0x98, 0xfb, 0x25, 0x10, 0x0c,
    0x66, 0xc4, 0xc5, 0x90, 0x92, 0x3d, 0x33, 0xd0, 0x5e, 0x6c, 0x39, 0xc7, 0x30, 0x04, 0x15, 0xea,
    0xfc, 0x0b, 0xd4, 0xb4, 0x91, 0x7b, 0x39, 0xea, 0x71, 0xb2, 0x5c, 0x2f, 0xbb, 0x46, 0xd9, 0xbd,
    0x9e, 0x19, 0xc3, 0x79, 0x49, 0xe7, 0x51, 0x8f, 0x1c, 0x91, 0x3f, 0xfd, 0xbc, 0x64, 0xcf, 0x8e,
    0xc3, 0x21, 0x5c, 0x97, 0x69, 0x9c, 0x6c, 0x57, 0xd6, 0xbf, 0x89, 0x26, 0xf2, 0x28, 0x5f, 0x99,
    0x85, 0x1b, 0x83, 0x6f, 0x1f, 0x99, 0x0b, 0x73, 0x0b, 0xf5, 0x96, 0xdd, 0x3c, 0x5d, 0xf8, 0xf5,
    0x16, 0x3a, 0xfd, 0x07, 0x43, 0xf8, 0x98, 0xe2, 0xc3, 0x80, 0x3c, 0xe2, 0x24, 0xa4, 0x28, 0x22,
    0xff, 0xe7, 0x4f, 0x32, 0xbd, 0x94, 0xed, 0x89, 0x2a, 0xfe, 0xc5, 0xe0, 0x4a, 0xf8, 0xe0, 0x5f,
    0x85, 0x6d, 0x14, 0x7f, 0x0b, 0xf2, 0x1a, 0x43, 0xf1, 0x7e, 0x3b, 0x33, 0x85, 0x04, 0x08, 0x77,
    0x81, 0xa0, 0x87, 0x06, 0x9f, 0xa0, 0x2e, 0x1f, 0x0d, 0x00, 0x92, 0xa6, 0xaa, 0x0d, 0xa8, 0x6a,
    0x65, 0x2f, 0x03, 0x08, 0x48, 0x1a, 0x81, 0x43, 0xb5, 0x62, 0xf9, 0x7c, 0x32, 0x34, 0x2d, 0x20,
    0x69, 0x2a, 0x40, 0xd2, 0x34, 0xd2, 0x6d, 0xdb, 0xb6, 0x8d, 0x8a, 0x83, 0x07, 0x1a, 0x00, 0x6d,
    0x14, 0xbd, 0xb8, 0x59, 0x95, 0xb0, 0x01, 0x34, 0x02, 0xb0, 0x03, 0xf3, 0x1a, 0xf5, 0x3c, 0x8b,
    0xc3, 0x40, 0x08, 0xfc, 0x6a, 0xc8, 0xb2, 0xbd, 0x86, 0x0c, 0x00, 0xe7, 0x10, 0x7c, 0x01, 0x8c,
    0x6b, 0x73, 0x14, 0xad, 0xa9, 0x59, 0xa6, 0xe9, 0x98, 0x98, 0xb3, 0x39, 0x7e, 0xd0, 0x1c, 0x60,
    0x93, 0x02, 0x45, 0x15, 0x20, 0x4c, 0x62, 0x5e, 0x46, 0x49, 0x19, 0x26, 0x14, 0x48, 0x06, 0xe4,
    0x35,
};

/* A tree that was kept in schema 1 is read, and its targets are its priors. */
Test(older, schema_1_has_no_targets)
{
    struct crux_tree *back = NULL;

    cr_assert_eq(pack_read(&back, of_schema_1, sizeof of_schema_1, &problem, &why), CRUX_OK, "%s",
                 why.text);
    cr_assert_eq(back->node_count, 3);
    cr_assert_eq(back->simulations, 3);
    cr_assert_eq(back->calls, 2);
    cr_assert_eq(back->collisions + back->audit.visits, 0);
    cr_assert_eq(back->audit.blocks, 1);
    cr_assert_str_eq(back->nodes[2].text, "b");
    cr_assert(back->nodes[2].terminal);
    cr_assert_eq(back->nodes[1].prior, 0.625);
    for (uint32_t i = 0; i < 3; i++)
        cr_assert_eq(back->nodes[i].target, back->nodes[i].prior);
    cr_assert_str_eq(back->rollouts[0].answer, "24");
    crux_tree_free(back);
}

/* What was read from schema 1 is written in the schema of today. */
Test(older, schema_1_becomes_ours)
{
    struct crux_tree *old = NULL, *back;

    cr_assert_eq(pack_read(&old, of_schema_1, sizeof of_schema_1, &problem, &why), CRUX_OK);
    back = there_and_back(old);
    cr_assert(sample_same(old, back));
    crux_tree_free(old);
    crux_tree_free(back);
}

/* --- damaged bytes ---------------------------------------------------------- */

static int read_bytes(const void *bytes, size_t size)
{
    struct crux_tree *back = NULL;
    int status;

    why.text[0] = '\0';
    status = pack_read(&back, bytes, size, &problem, &why);
    cr_assert_eq(back != NULL, status == CRUX_OK);
    crux_tree_free(back);
    return status;
}

/* A frame cut short anywhere is refused with a sentence. */
Test(damaged, frame_cut_short)
{
    struct crux_tree tree = sample_tree(&problem);
    void *frame = NULL;
    size_t size = packed(&frame, &tree);

    for (size_t cut = 0; cut < size; cut++) {
        char *part = malloc(cut + 1); /* of its own, so that a sanitizer sees the end */

        memcpy(part, frame, cut);
        cr_assert_eq(read_bytes(part, cut), CRUX_STORE, "cut after %zu", cut);
        cr_assert_neq(why.text[0], '\0');
        free(part);
    }
    free(frame);
}

/* With any bit turned over a frame is refused, or its tree is the one that went:
 * nothing false gets past the checksum. */
Test(damaged, bits_turned_over)
{
    struct crux_tree tree = sample_tree(&problem);
    void *frame = NULL;
    size_t size = packed(&frame, &tree);

    for (size_t bit = 0; bit < 8 * size; bit++) {
        struct crux_tree *back = NULL;

        ((uint8_t *)frame)[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (pack_read(&back, frame, size, &problem, &why) == CRUX_OK)
            cr_assert(sample_same(&tree, back), "bit %zu", bit);
        crux_tree_free(back);
        ((uint8_t *)frame)[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    free(frame);
}

/* Bytes behind a frame, no frame at all, and a frame of another problem. */
Test(damaged, not_this_frame)
{
    struct crux_tree tree = sample_tree(&problem);
    struct crux_problem other = {.id = "p-2", .prompt = ""};
    struct crux_tree *back = NULL;
    void *frame = NULL;
    size_t size = packed(&frame, &tree);

    frame = realloc(frame, size + 1);
    ((char *)frame)[size] = 'x';
    cr_assert_eq(read_bytes(frame, size + 1), CRUX_STORE);
    cr_assert_eq(read_bytes("no frame", 8), CRUX_STORE);
    cr_assert_not_null(strstr(why.text, "no zstd frame"));
    cr_assert_eq(pack_read(&back, frame, size, &other, &why), CRUX_STORE);
    cr_assert_not_null(strstr(why.text, "another problem"), "%s", why.text);
    free(frame);
}

/* --- lying documents --------------------------------------------------------- */

static char *document;
static size_t document_size;

static void open_document(void)
{
    struct crux_tree tree = sample_tree(&problem);
    void *frame = NULL;
    size_t size = packed(&frame, &tree);

    document_size = (size_t)ZSTD_getFrameContentSize(frame, size);
    document = malloc(document_size);
    cr_assert_eq(ZSTD_decompress(document, document_size, frame, size), document_size);
    free(frame);
}

static void close_document(void)
{
    free(document);
}

/* Read size bytes as a document in a sound frame. */
static int read_document(const void *bytes, size_t size)
{
    size_t room = ZSTD_compressBound(size);
    void *frame = malloc(room);
    int status = read_bytes(frame, ZSTD_compress(frame, room, bytes, size, 1));

    free(frame);
    return status;
}

TestSuite(lying, .init = open_document, .fini = close_document);

/* The document by itself is sound. */
Test(lying, the_document)
{
    cr_assert_eq(read_document(document, document_size), CRUX_OK, "%s", why.text);
}

/* A document cut short anywhere, or with something behind it, is refused. */
Test(lying, cut_short)
{
    for (size_t cut = 0; cut < document_size; cut++)
        cr_assert_eq(read_document(document, cut), CRUX_STORE, "cut after %zu", cut);
    document = realloc(document, document_size + 1);
    document[document_size] = 0;
    cr_assert_eq(read_document(document, document_size + 1), CRUX_STORE);
    cr_assert_not_null(strstr(why.text, "follows"), "%s", why.text);
}

/* Any byte may be anything: the answer is a sentence or a tree whose indices are
 * good, never a crash. */
Test(lying, any_byte)
{
    for (size_t at = 0; at < document_size; at++)
        for (int value = 0; value < 256; value += 5) {
            char before = document[at];
            int status;

            document[at] = (char)value;
            status = read_document(document, document_size);
            cr_assert(status == CRUX_OK || why.text[0] != '\0');
            document[at] = before;
        }
}

/* The document says in plain msgpack what pack.h says it does. */
Test(lying, as_any_language_reads_it)
{
    msgpack_unpacked result;
    const msgpack_object_map *map;
    size_t at = 0;

    msgpack_unpacked_init(&result);
    cr_assert_eq(msgpack_unpack_next(&result, document, document_size, &at),
                 MSGPACK_UNPACK_SUCCESS);
    cr_assert_eq(result.data.type, MSGPACK_OBJECT_MAP);
    map = &result.data.via.map;
    cr_assert_eq(map->size, 9);
    cr_assert_eq(map->ptr[0].val.via.u64, CRUX_TREE_SCHEMA);
    cr_assert_eq(memcmp(map->ptr[1].val.via.str.ptr, "p-1", 3), 0);
    cr_assert_eq(map->ptr[4].val.via.array.size, 4);
    cr_assert_eq(map->ptr[4].val.via.array.ptr[1].via.array.size, 12);
    msgpack_unpacked_destroy(&result);
}

/* Where in the document text stands. */
static char *find(const char *text)
{
    char *found = memmem(document, document_size, text, strlen(text));

    cr_assert_not_null(found, "no %s", text);
    return found;
}

/* Put one byte behind a key and look for a word of the sentence. */
static void assert_lie(const char *key, size_t behind, uint8_t byte, const char *word)
{
    find(key)[strlen(key) + behind] = (char)byte;
    cr_assert_eq(read_document(document, document_size), CRUX_STORE, "%s", key);
    cr_assert_not_null(strstr(why.text, word), "%s", why.text);
}

/* Another schema is named, and ours. */
Test(lying, another_schema)
{
    assert_lie("schema", 0, 7, "schema 7; this program reads schemas 1 to 4");
}

/* More rows than the bytes can hold are not believed, and cost no memory. */
Test(lying, more_rows_than_bytes)
{
    assert_lie("node_count", 0, 127, "more rows than it can hold");
}

/* A count and its rows must agree. */
Test(lying, count_and_rows)
{
    assert_lie("nodes", 0, 0x93, "another number of rows");
}

/* A remark is about something that is there, and has no more numbers than bytes. */
Test(lying, remarks)
{
    char *sentence = find("two of three");

    sentence[-22] = 9; /* its path; behind it role, score, judges and spread */
    cr_assert_eq(read_document(document, document_size), CRUX_STORE);
    cr_assert_not_null(strstr(why.text, "at remarks 0"), "%s", why.text);
    cr_assert_not_null(strstr(why.text, "a node or a rollout that is there"), "%s", why.text);
    sentence[-22] = 1;
    sentence[15] = (char)0x9f; /* fifteen numbers, where there are none */
    cr_assert_eq(read_document(document, document_size), CRUX_STORE);
    cr_assert_not_null(strstr(why.text, "expected a plain value"), "%s", why.text);
}

/* A document has as many keys as its schema. */
Test(lying, another_number_of_keys)
{
    document[0] = (char)0x88;
    cr_assert_eq(read_document(document, document_size), CRUX_STORE);
    cr_assert_not_null(strstr(why.text, "as many keys"), "%s", why.text);
}

/* A container where a plain value belongs is refused before its size is believed. */
Test(lying, a_container_for_a_value)
{
    assert_lie("reason", 0, 0xdd, "plain value");
}

/* A reason, a kind and a verdict that are none. */
Test(lying, no_reason)
{
    assert_lie("reason", 0, CRUX_REASONS, "smaller");
}

/* A byte that msgpack never uses. */
Test(lying, no_msgpack)
{
    assert_lie("reason", 0, 0xc1, "msgpack value");
}

/* A key that is another. */
Test(lying, another_key)
{
    *find("audit.blocks") = 'b';
    cr_assert_eq(read_document(document, document_size), CRUX_STORE);
    cr_assert_not_null(strstr(why.text, "this key"), "%s", why.text);
}

/* A NUL inside a text would hide the rest of it. */
Test(lying, nul_in_a_text)
{
    *find("9 + 10 = 19 (left") = '\0';
    cr_assert_eq(read_document(document, document_size), CRUX_STORE);
    cr_assert_not_null(strstr(why.text, "without NUL"), "%s", why.text);
}

/* A frame that would unfold to more than its bytes can hold, or than anyone wants. */
Test(lying, bombs)
{
    static const uint8_t claims_too_much[] = {0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0,
                                              0,    1,    0,    0,    0,    1, 0, 0};
    enum { ZEROS = 64 << 20 };
    char *zeros = calloc(1, ZEROS);

    cr_assert_eq(read_bytes(claims_too_much, sizeof claims_too_much), CRUX_STORE);
    cr_assert_not_null(strstr(why.text, "claims"), "%s", why.text);
    cr_assert_eq(read_document(zeros, ZEROS), CRUX_STORE);
    free(zeros);
}

/* --- lying rows ---------------------------------------------------------------- */

/* Each breaks one thing in a tree that was sound; packing believes it, reading must not. */
static struct crux_node bad_nodes[4];
static struct crux_rollout bad_rollouts[3];
static struct crux_pair bad_pairs[2];
static uint32_t bad_rights[1];

static struct crux_tree bad_tree(void)
{
    struct crux_tree tree = sample_tree(&problem);

    memcpy(bad_nodes, tree.nodes, sizeof bad_nodes);
    memcpy(bad_rollouts, tree.rollouts, sizeof bad_rollouts);
    memcpy(bad_pairs, tree.pairs, sizeof bad_pairs);
    memcpy(bad_rights, tree.rights, sizeof bad_rights);
    tree.nodes = bad_nodes;
    tree.rollouts = bad_rollouts;
    tree.pairs = bad_pairs;
    tree.rights = bad_rights;
    return tree;
}

static void assert_bad(const struct crux_tree *tree, const char *word)
{
    void *frame = NULL;
    size_t size = packed(&frame, tree);

    cr_assert_eq(read_bytes(frame, size), CRUX_STORE);
    cr_assert_not_null(strstr(why.text, word), "%s", why.text);
    free(frame);
}

/* A parent must come before its child, and only the root has none. */
Test(rows, dangling_parents)
{
    static const struct {
        uint32_t node, parent;
    } lies[] = {{0, 0}, {1, 1}, {2, 3}, {3, 99}, {3, CRUX_NO_NODE}};

    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct crux_tree tree = bad_tree();

        bad_nodes[lies[i].node].parent = lies[i].parent;
        assert_bad(&tree, "nodes");
    }
}

/* A rollout starts from a node that is there and has a verdict that there is. */
Test(rows, bad_rollouts)
{
    struct crux_tree tree = bad_tree();

    bad_rollouts[2].node = 4;
    assert_bad(&tree, "rollouts 2");
    tree = bad_tree();
    bad_rollouts[1].verdict = 3;
    assert_bad(&tree, "rollouts 1, verdict");
}

/* A pair names two rollouts, and steps that their paths have. */
Test(rows, bad_pairs)
{
    static const struct crux_pair lies[] = {
        {3, 0, 0, 0, false, "", "", "", ""}, {1, 3, 0, 0, false, "", "", "", ""},
        {1, 0, 3, 3, false, "", "", "", ""}, {1, 0, 2, 1, false, "", "", "", ""},
        {1, 0, 0, 4, false, "", "", "", ""},
    };

    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct crux_tree tree = bad_tree();

        bad_pairs[1] = lies[i];
        assert_bad(&tree, "pairs 1");
    }
}

/* A right path is a rollout. */
Test(rows, bad_rights)
{
    struct crux_tree tree = bad_tree();

    bad_rights[0] = 3;
    assert_bad(&tree, "rights 0");
}

/* NaN and infinity are no statistics. */
Test(rows, not_a_number)
{
    struct crux_tree tree = bad_tree();

    bad_nodes[1].value = NAN;
    assert_bad(&tree, "nodes 1, value");
    tree = bad_tree();
    bad_rollouts[0].reward = INFINITY;
    assert_bad(&tree, "rollouts 0, reward");
}
