/*
 * build.c - documents become an index: rows first, then what is counted over all of them.
 *
 * It is written beside its place, without a journal: nobody reads it before it is whole, and what a
 * killed writer leaves is written over.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "io/corpus/document.h"
#include "io/corpus/inside.h"
#include "io/lines.h"
#include "io/whole_file.h"

enum { BUILD_LINE_MOST = 64 << 20 };

struct build {
    const struct corpus_plan *plan;
    struct sqlite *db;
    struct sqlite_query row, name;
    size_t file; /* which is being read */
    struct corpus_about *about;
    struct hash sources;
};

#define BUILD_TEXT(number)  BUILD_TEXT_(number)
#define BUILD_TEXT_(number) #number

static const char build_schema[] =
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;"
    "PRAGMA application_id = " BUILD_TEXT(
        CORPUS_KIND) ";"
                     "CREATE TABLE about(name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
                     "CREATE TABLE names(id TEXT PRIMARY KEY, file INTEGER, line INTEGER) WITHOUT "
                     "ROWID;"
                     "CREATE TABLE terms(term TEXT PRIMARY KEY, documents INTEGER) WITHOUT ROWID;"
                     "CREATE VIRTUAL TABLE documents USING fts5(id UNINDEXED, title, contents, "
                     "tokenize = '" INDEX_WORDS_TOKENIZER "');"
                     "INSERT INTO documents(documents, rank) VALUES('rank', 'bm25(0.0, 2.0, 1.0)');"
                     "CREATE VIRTUAL TABLE temp.counted USING fts5vocab(main, documents, row);";

/* --- rows ------------------------------------------------------------------------------------ */

static int build_refuse(const struct build *build, uint64_t line, const struct crux_error *why,
                        struct crux_error *error)
{
    return crux_fail(error, CRUX_INPUT, "%.150s:%" PRIu64 ": %.340s",
                     build->plan->files[build->file], line, why->text);
}

/* The id was there before: say where. */
static int build_refuse_twin(struct build *build, const char *id, uint64_t line,
                             struct crux_error *error)
{
    struct crux_error why = {""};
    struct sqlite_query query =
        sqlite_query(build->db, "SELECT file, line FROM names WHERE id = ?", "t", id);
    int status = sqlite_next(&query, error);

    if (status == CRUX_OK) {
        (void)crux_fail(&why, CRUX_INPUT,
                        "expected an id of its own, but `%.60s` is that of %.120s:%" PRIi64
                        " (--repeated first keeps that one alone)",
                        id, build->plan->files[sqlite_integer(&query, 0)],
                        sqlite_integer(&query, 1));
        status = build_refuse(build, line, &why, error);
    }
    sqlite_end(&query);
    return status;
}

static int build_step(struct sqlite_query *query, struct crux_error *error)
{
    int status = sqlite_next(query, error);

    return status == CRUX_END ? CRUX_OK : status;
}

static int build_add(struct build *build, const struct document *document, uint64_t line,
                     struct crux_error *error)
{
    int status;

    sqlite_again(&build->name, "tii", document->id, (int64_t)build->file, (int64_t)line);
    status = build_step(&build->name, error);
    if (status == CRUX_OK && sqlite_changed(build->db) == 0) {
        build->about->left_out++;
        return build->plan->first ? CRUX_OK : build_refuse_twin(build, document->id, line, error);
    }
    if (status != CRUX_OK)
        return status;
    sqlite_again(&build->row, "ittt", (int64_t)++build->about->documents, document->id,
                 document->title, document->text);
    hash_add(&build->sources, document->id, strlen(document->id) + 1);
    hash_add(&build->sources, document->title, strlen(document->title) + 1);
    hash_add(&build->sources, document->text, strlen(document->text) + 1);
    return build_step(&build->row, error);
}

static int build_line(void *context, const struct lines_line *line, struct crux_error *error)
{
    struct build *build = context;
    struct document document = {.object = NULL};
    struct crux_error why = {""};
    int status;

    if (lines_is_blank(line))
        return CRUX_OK;
    if (line->overlong)
        status =
            crux_fail(&why, CRUX_INPUT, "expected a line of at most %d MB", BUILD_LINE_MOST >> 20);
    else
        status = document_read(&document, line, &build->plan->fields, &why);
    if (status != CRUX_OK)
        return status == CRUX_INPUT ? build_refuse(build, line->number, &why, error)
                                    : crux_fail(error, status, "%s", why.text);
    status = build_add(build, &document, line->number, error);
    document_free(&document);
    return status;
}

static int build_read_file(struct build *build, struct crux_error *error)
{
    struct lines lines = {.most = BUILD_LINE_MOST, .each = build_line, .context = build};
    const char *file = build->plan->files[build->file];
    uint64_t before = build->about->documents + build->about->left_out;
    int status = lines_read(&lines, file, error);

    lines_free(&lines);
    if (status != CRUX_OK || build->about->documents + build->about->left_out > before)
        return status;
    return crux_fail(error, CRUX_INPUT,
                     "%.300s: expected documents, a JSON object on each line, found none", file);
}

static int build_read_all(struct build *build, struct crux_error *error)
{
    int status = CRUX_OK;

    build->name = sqlite_query(build->db,
                               "INSERT INTO names(id, file, line) VALUES(?, ?, ?) "
                               "ON CONFLICT DO NOTHING",
                               "");
    build->row = sqlite_query(
        build->db, "INSERT INTO documents(rowid, id, title, contents) VALUES(?, ?, ?, ?)", "");
    for (; build->file < build->plan->file_count && status == CRUX_OK; build->file++)
        status = build_read_file(build, error);
    sqlite_end(&build->name);
    sqlite_end(&build->row);
    return status;
}

/* --- what is counted over all ----------------------------------------------------------------- */

static int build_count(struct build *build, struct crux_error *error)
{
    int64_t terms = 0;
    int status = sqlite_run(build->db,
                            "INSERT INTO documents(documents) VALUES('optimize');"
                            "INSERT INTO terms SELECT term, doc FROM counted",
                            error);

    if (status == CRUX_OK)
        status = sqlite_number(build->db, "SELECT count(*) FROM terms", &terms, error);
    build->about->terms = (uint64_t)terms;
    hash_end(&build->sources, build->about->sources);
    if (status != CRUX_OK)
        return status;
    return sqlite_finish(sqlite_query(build->db,
                                      "INSERT INTO about VALUES('version', ?), ('documents', ?), "
                                      "('terms', ?), ('sources', ?)",
                                      "iiit", (int64_t)CORPUS_VERSION,
                                      (int64_t)build->about->documents, terms,
                                      build->about->sources),
                         error);
}

static int build_write(struct build *build, struct crux_error *error)
{
    int status = sqlite_run(build->db, build_schema, error);

    if (status == CRUX_OK)
        status = sqlite_begin(build->db, error);
    if (status != CRUX_OK)
        return status;
    status = build_read_all(build, error);
    if (status == CRUX_OK)
        status = build_count(build, error);
    return sqlite_commit(build->db, status, error);
}

/* Nobody who replaces an index means to lose the documents that it is made of. */
static int build_check_place(const struct corpus_plan *plan, struct crux_error *error)
{
    struct stat out, file;

    if (stat(plan->out, &out) != 0)
        return CRUX_OK; /* whole_file_begin() tells what is wrong there */
    for (size_t i = 0; i < plan->file_count; i++)
        if (stat(plan->files[i], &file) == 0 && file.st_dev == out.st_dev &&
            file.st_ino == out.st_ino)
            return crux_fail(error, CRUX_STORE,
                             "%.300s is what the documents are read from: the index needs another "
                             "place",
                             plan->out);
    return CRUX_OK;
}

int corpus_build(const struct corpus_plan *plan, struct corpus_about *about,
                 struct crux_error *error)
{
    struct build build = {.plan = plan, .about = about};
    struct whole_file whole;
    int status = build_check_place(plan, error);

    if (status == CRUX_OK)
        status = whole_file_begin(&whole, plan->out, plan->force, CORPUS_KIND, error);
    if (status != CRUX_OK)
        return status;
    *about = (struct corpus_about){.documents = 0};
    hash_begin(&build.sources);
    status = sqlite_join(&build.db, whole.partial, error);
    if (status == CRUX_OK)
        status = build_write(&build, error);
    sqlite_close(build.db);
    return whole_file_end(&whole, status, error);
}
