/*
 * test_corpus.c - documents become an index, and are found in it: with real SQLite, by any text.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/corpus/corpus.h"
#include "io/corpus/inside.h"

static char folder[] = "/tmp/crux-corpus-XXXXXX";
static char documents[64], other[64], place[64];

static void make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(documents, sizeof documents, "%s/a.jsonl", folder);
    (void)snprintf(other, sizeof other, "%s/b.jsonl", folder);
    (void)snprintf(place, sizeof place, "%s/corpus.db", folder);
}

static void remove_folder(void)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    cr_expect_eq(system(command), 0);
}

TestSuite(corpus, .init = make_folder, .fini = remove_folder);

static void put(const char *file, const char *text)
{
    FILE *out = fopen(file, "w");

    (void)fputs(text, out);
    (void)fclose(out);
}

static int build(struct corpus_about *about, struct crux_error *error)
{
    const char *const files[] = {documents, other};
    const struct corpus_plan plan = {.out = place,
                                     .files = files,
                                     .file_count = access(other, F_OK) == 0 ? 2 : 1,
                                     .force = true};

    return corpus_build(&plan, about, error);
}

static struct corpus *built(const char *text)
{
    struct corpus *corpus = NULL;
    struct corpus_about about;
    struct crux_error error = {""};

    put(documents, text);
    cr_assert_eq(build(&about, &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(corpus_open(&corpus, place, &error), CRUX_OK, "%s", error.text);
    return corpus;
}

/* --- what is found -------------------------------------------------------------------------- */

struct ids {
    char text[8000];
    size_t count, most;
    double last;
};

static bool take_id(void *context, const struct corpus_document *document)
{
    struct ids *ids = context;

    (void)strcat(strcat(ids->text, ids->count > 0 ? " " : ""), document->id);
    cr_expect_gt(document->score, 0.0);
    cr_expect(ids->count == 0 || document->score <= ids->last, "%s comes too late", document->id);
    ids->last = document->score;
    return ++ids->count < ids->most;
}

static void assert_finds(struct corpus *corpus, const char *text, const char *expected)
{
    struct ids ids = {.most = 1000};
    struct crux_error error = {""};

    cr_assert_eq(
        corpus_search(corpus, (struct crux_text){text, strlen(text)}, take_id, &ids, &error),
        CRUX_OK, "%s: %s", text, error.text);
    cr_expect_str_eq(ids.text, expected, "`%s` finds `%s`, not `%s`", text, ids.text, expected);
}

#define SMALL                                                                                      \
    "{\"id\": \"cat\", \"title\": \"The cat\", \"contents\": \"A cat sleeps on the mat.\"}\n"      \
    "{\"_id\": \"dog\", \"text\": \"A dog barks at cats; the dog runs.\"}\n"                       \
    "\n"                                                                                           \
    "{\"docid\": 7, \"content\": \"\\u00c9mile's NAIVE caf\\u00e9\", \"title\": null}\r\n"         \
    "{\"id\": \"mat\", \"contents\": \"mat\"}"

/* Members as Pyserini, BRIGHT and BEIR name them; stems, case and diacritics do not matter. */
Test(corpus, finds)
{
    struct corpus *corpus = built(SMALL);

    cr_expect_eq(corpus_about(corpus).documents, 4);
    cr_expect_eq(strlen(corpus_about(corpus).sources), 64);
    assert_finds(corpus, "dogs", "dog");
    assert_finds(corpus, "cat", "cat dog");
    assert_finds(corpus, "na\xc3\xafve CAFE emile", "7");
    assert_finds(corpus, "sleeping mats", "cat mat");
    assert_finds(corpus, "nothing of this", "");
    assert_finds(corpus, "", "");
    corpus_close(corpus);
}

/* What FTS5 would read as an expression, or stumble over, is words and nothing else. */
Test(corpus, hostile_queries)
{
    static const char *const queries[] = {
        "dog\"",         "\"dog",    "dog AND", "dog*",          "NEAR(dog",
        "(dog",          "-dog",     "^dog",    "{title} : dog", "title:dog",
        "dog + + barks", "dog OR",   "NOT dog", "dog\n\t\v\f",   "'; DROP TABLE dog; --",
        "dog\xff\xfe",   "dog \x01", "\\dog\\", "dog%d%n",       "dog\xe2\x80\x8b.",
    };
    struct corpus *corpus = built(SMALL);

    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        assert_finds(corpus, queries[i], "dog");
    assert_finds(corpus, "cat:dog AND NOT NEAR(\"barks\"", "dog cat");
    corpus_close(corpus);
}

/* A query of any length asks for its rarest words. */
Test(corpus, long_queries)
{
    struct corpus *corpus = built(SMALL);
    char *query = malloc(400000), *end = query;

    for (int i = 0; i < 30000; i++)
        end += sprintf(end, "word%d ", i);
    assert_finds(corpus, query, "");
    (void)strcpy(query, "barks ");
    memset(query + 6, 'x', 300000);
    (void)strcpy(query + 300006, " sleeps");
    assert_finds(corpus, query, "cat dog");
    free(query);
    corpus_close(corpus);
}

/* Equal scores: as they came. A search goes on behind its first page. */
Test(corpus, ties_and_pages)
{
    char *text = malloc(100000), *end = text;
    struct ids ids = {.most = 1000};
    struct crux_error error = {""};
    struct corpus *corpus;
    char expected[1200] = "";

    for (int i = 200; i > 0; i--) {
        end += sprintf(end, "{\"id\": %d, \"text\": \"the same words\"}\n", i);
        (void)sprintf(expected + strlen(expected), "%s%d", i < 200 ? " " : "", i);
    }
    corpus = built(text);
    assert_finds(corpus, "words", expected);
    ids.most = 2;
    cr_assert_eq(corpus_search(corpus, (struct crux_text){"words", 5}, take_id, &ids, &error),
                 CRUX_OK);
    cr_expect_str_eq(ids.text, "200 199");
    free(text);
    corpus_close(corpus);
}

static void assert_expression(struct corpus *corpus, const char *text, const char *expected)
{
    struct crux_error error = {""};
    char *found = NULL;

    cr_assert_eq(corpus_expression(&found, corpus, (struct crux_text){text, strlen(text)}, &error),
                 CRUX_OK, "%s", error.text);
    cr_expect_str_eq(found, expected);
    free(found);
}

/* Rarest first, each stem once; a common one only where there is no other, and no more of them than
 * have so many documents together. */
Test(corpus, common_words_are_cut)
{
    char *text = malloc(4000000), *end = text;
    struct corpus *corpus;

    for (int i = 0; i < 12000; i++)
        end +=
            sprintf(end, "{\"id\": %d, \"text\": \"every%s%s%s\"}\n", i, i % 6 == 0 ? " often" : "",
                    i % 1000 == 0 ? " seldom" : "", i < 3 ? " rare" : "");
    corpus = built(text);
    assert_expression(corpus, "every often seldom rare", "\"rare\" OR \"seldom\"");
    assert_expression(corpus, "every often", "\"often\"");
    assert_expression(corpus, "every unheard", "\"every\"");
    assert_expression(corpus, "Rare, rare: rarely!", "\"Rare\"");
    free(text);
    corpus_close(corpus);
}

Test(corpus, postings_are_bounded)
{
    char *text = malloc(4000000), *end = text;
    struct corpus *corpus;

    for (int i = 0; i < 33000; i++)
        end += sprintf(end, "{\"id\": %d, \"text\": \"w%dx\"}\n", i, i % 11);
    corpus = built(text);
    assert_expression(corpus, "w0x w1x w2x w3x w4x", "\"w0x\" OR \"w1x\" OR \"w2x\"");
    free(text);
    corpus_close(corpus);
}

/* --- what is refused ------------------------------------------------------------------------- */

static void assert_no_index(const char *text, const char *sentence)
{
    struct corpus_about about;
    struct crux_error error = {""};

    put(documents, text);
    cr_expect_eq(build(&about, &error), CRUX_INPUT, "%s", text);
    cr_expect(strstr(error.text, sentence) != NULL, "`%s` is not in `%s`", sentence, error.text);
    cr_expect(strstr(error.text, "a.jsonl") != NULL, "no file in `%s`", error.text);
    cr_expect_neq(access(place, F_OK), 0);
}

Test(corpus, documents_are_refused)
{
    assert_no_index("", ": expected documents, a JSON object on each line, found none");
    assert_no_index("\n \n", ": expected documents, a JSON object on each line, found none");
    assert_no_index("{\"id\": \"a\", \"text\": \"b\"}\n{\"id\": \"c\", \"te",
                    "a.jsonl:2: expected a JSON object: ");
    assert_no_index("[1]\n", "a.jsonl:1: expected a JSON object, found an array");
    assert_no_index("SQLite format 3", "a.jsonl:1: expected a JSON object: ");
    assert_no_index("{\"text\": \"b\"}", "a.jsonl:1: `id`: expected a text or a whole number, "
                                         "found none");
    assert_no_index("{\"_id\": 1.5, \"text\": \"b\"}", "`_id`: expected a text or a whole number, "
                                                       "found a real");
    assert_no_index("{\"id\": \"\", \"text\": \"b\"}", "`id`: expected 1 to 512 bytes, found 0");
    assert_no_index("{\"id\": \"a\\nb\", \"text\": \"b\"}", "without control characters");
    assert_no_index("{\"id\": \"a\"}", "`contents`: expected a text, found none");
    assert_no_index("{\"id\": \"a\", \"text\": [\"b\"]}",
                    "`text`: expected a text, found an array");
    assert_no_index("{\"id\": \"a\", \"text\": \"b\", \"title\": 1}",
                    "`title`: expected a text or null, found an integer");
    assert_no_index("{\"id\": 1, \"text\": \"b\"}\n\n{\"id\": \"1\", \"text\": \"c\"}",
                    "a.jsonl:3: expected an id of its own, but `1` is that of ");
    put(other, "{\"id\": \"a\", \"text\": \"b\"}");
    assert_no_index("{\"id\": \"a\", \"text\": \"b\"}",
                    "/b.jsonl:1: expected an id of its own, but `a` is that of ");
}

Test(corpus, first_of_an_id_is_kept)
{
    const char *const files[] = {documents};
    const struct corpus_plan plan = {.out = place, .files = files, .file_count = 1, .first = true};
    struct corpus_about about;
    struct crux_error error = {""};
    struct corpus *corpus = NULL;

    put(documents, "{\"id\": 1, \"text\": \"one\"}\n{\"id\": 1, \"text\": \"two\"}\n");
    cr_assert_eq(corpus_build(&plan, &about, &error), CRUX_OK, "%s", error.text);
    cr_expect_eq(about.documents, 1);
    cr_expect_eq(about.left_out, 1);
    cr_assert_eq(corpus_open(&corpus, place, &error), CRUX_OK);
    assert_finds(corpus, "one two", "1");
    assert_finds(corpus, "two", "");
    corpus_close(corpus);
}

/* An index is not replaced unless that is said, another database never. */
Test(corpus, places_are_refused)
{
    const char *const files[] = {documents};
    struct corpus_plan plan = {.out = place, .files = files, .file_count = 1};
    struct corpus_about about;
    struct crux_error error = {""};
    struct sqlite *db = NULL;
    bool taken;

    corpus_close(built(SMALL));
    cr_expect_eq(corpus_build(&plan, &about, &error), CRUX_STORE);
    cr_expect_not_null(strstr(error.text, "--force replaces it"));
    (void)unlink(place);
    cr_assert_eq(sqlite_open(&db, place, true, &taken, &error), CRUX_OK);
    cr_assert_eq(sqlite_run(db, "CREATE TABLE t(x)", &error), CRUX_OK);
    sqlite_close(db);
    plan.force = true;
    cr_expect_eq(corpus_build(&plan, &about, &error), CRUX_STORE);
    cr_expect_not_null(strstr(error.text, "is a store"));
}

static void assert_refused(const char *sentence)
{
    struct corpus *corpus = NULL;
    struct crux_error error = {""};

    cr_expect_eq(corpus_open(&corpus, place, &error), CRUX_INPUT);
    cr_expect(strstr(error.text, sentence) != NULL, "`%s` is not in `%s`", sentence, error.text);
    cr_expect_null(corpus);
}

/* Change an index from outside. */
static void change(const char *sql)
{
    struct sqlite *db = NULL;
    struct crux_error error = {""};

    corpus_close(built(SMALL));
    cr_assert_eq(sqlite_join(&db, place, &error), CRUX_OK);
    cr_assert_eq(sqlite_run(db, sql, &error), CRUX_OK, "%s", error.text);
    sqlite_close(db);
}

Test(corpus, indexes_are_refused)
{
    struct stat about;

    assert_refused("cannot read the index");
    put(place, "");
    assert_refused("expected an index of documents, found another kind of file");
    put(place, SMALL);
    assert_refused("found another kind of file");
    corpus_close(built(SMALL));
    cr_assert_eq(stat(place, &about), 0);
    cr_assert_eq(truncate(place, about.st_size / 2), 0);
    assert_refused("it is not whole");
    change("PRAGMA application_id = 1");
    assert_refused("found another kind of file");
    (void)unlink(place);
    change("UPDATE about SET value = 0 WHERE name = 'version'");
    assert_refused("expected an index of version 1, found 0: it is of an earlier crux");
    change("UPDATE about SET value = 9 WHERE name = 'version'");
    assert_refused("it is of a later crux");
    change("DELETE FROM about WHERE name = 'terms'");
    assert_refused("the index is damaged");
    change("DROP TABLE about");
    assert_refused("the index is damaged");
}

/* Pages that were written over are found when they are needed. */
Test(corpus, damage_is_told)
{
    struct corpus *corpus = NULL;
    struct ids ids = {.most = 9};
    struct crux_error error = {""};

    change("DROP TABLE terms");
    cr_assert_eq(corpus_open(&corpus, place, &error), CRUX_OK, "%s", error.text);
    cr_expect_eq(corpus_search(corpus, (struct crux_text){"dog", 3}, take_id, &ids, &error),
                 CRUX_INPUT);
    cr_expect_not_null(strstr(error.text, "the index is damaged; make one with `crux index`"));
    corpus_close(corpus);
    change("DELETE FROM documents_content WHERE id = 2");
    cr_assert_eq(corpus_open(&corpus, place, &error), CRUX_OK, "%s", error.text);
    cr_expect_eq(corpus_search(corpus, (struct crux_text){"dog", 3}, take_id, &ids, &error),
                 CRUX_INPUT);
    corpus_close(corpus);
}

/* The same documents, the same bytes. */
Test(corpus, is_the_same_again)
{
    struct stat about;
    char *first;
    char *second;
    FILE *in;

    corpus_close(built(SMALL));
    cr_assert_eq(stat(place, &about), 0);
    first = malloc((size_t)about.st_size);
    second = malloc((size_t)about.st_size);
    in = fopen(place, "r");
    cr_assert_eq(fread(first, 1, (size_t)about.st_size, in), (size_t)about.st_size);
    (void)fclose(in);
    corpus_close(built(SMALL));
    in = fopen(place, "r");
    cr_assert_eq(fread(second, 1, (size_t)about.st_size, in), (size_t)about.st_size);
    (void)fclose(in);
    cr_expect_arr_eq(first, second, (size_t)about.st_size);
    free(first);
    free(second);
}
