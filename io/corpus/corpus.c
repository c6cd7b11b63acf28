/*
 * corpus.c - opens an index, once it is known to be one.
 *
 * SQLite looks at pages as it needs them, so a file that is cut short would be found out late:
 * its head says how long it must be.
 */
#include "io/corpus/corpus.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/corpus/inside.h"

enum { CORPUS_HEAD = 100 }; /* bytes of an SQLite file's head */

#define CORPUS_MAKE "make one with `crux index`"

/* A number of the head: its highest byte is the first. */
static uint32_t corpus_head_number(const unsigned char *at, int bytes)
{
    uint32_t number = 0;

    for (int i = 0; i < bytes; i++)
        number = number << 8 | at[i];
    return number;
}

static int corpus_check_head(const unsigned char *head, int64_t size, const char *path,
                             struct crux_error *error)
{
    int64_t page = corpus_head_number(head + 16, 2), pages = corpus_head_number(head + 28, 4);

    if (memcmp(head, "SQLite format 3", 16) != 0 || corpus_head_number(head + 68, 4) != CORPUS_KIND)
        return crux_fail(error, CRUX_INPUT,
                         "%.300s: expected an index of documents, found another kind of "
                         "file: " CORPUS_MAKE,
                         path);
    if (page == 1)
        page = 65536;
    if (size == page * pages)
        return CRUX_OK;
    return crux_fail(error, CRUX_INPUT,
                     "%.300s: expected an index of %" PRIi64 " bytes, found %" PRIi64
                     ": it is not whole; " CORPUS_MAKE,
                     path, page * pages, size);
}

/* What the file's bytes tell without SQLite. */
static int corpus_look(const char *path, struct crux_error *error)
{
    unsigned char head[CORPUS_HEAD] = {0};
    struct stat about = {.st_size = 0};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = -1;

    if (file >= 0 && fstat(file, &about) == 0)
        got = read(file, head, sizeof head);
    if (got < 0)
        (void)crux_fail(error, CRUX_INPUT, "cannot read the index %.300s: %s", path,
                        strerror(errno));
    if (file >= 0)
        (void)close(file);
    return got < 0 ? CRUX_INPUT : corpus_check_head(head, about.st_size, path, error);
}

int corpus_damaged(const struct corpus *corpus, int status, struct crux_error *error)
{
    struct crux_error why = *error;

    if (status == CRUX_MEMORY)
        return status;
    return crux_fail(error, CRUX_INPUT, "%.200s: the index is damaged; " CORPUS_MAKE " (%.200s)",
                     corpus->path, why.text);
}

/* Borrowed until sqlite_end(). */
static int corpus_fact(struct sqlite_query *out, struct corpus *corpus, const char *name,
                       struct crux_error *error)
{
    int status;

    *out = sqlite_query(corpus->db, "SELECT value FROM about WHERE name = ?", "t", name);
    status = sqlite_next(out, error);
    if (status == CRUX_END)
        (void)crux_fail(error, CRUX_INPUT, "it does not say its %s", name);
    return status == CRUX_OK ? CRUX_OK : corpus_damaged(corpus, status, error);
}

static int corpus_number(int64_t *out, struct corpus *corpus, const char *name,
                         struct crux_error *error)
{
    struct sqlite_query query;
    int status = corpus_fact(&query, corpus, name, error);

    if (status == CRUX_OK)
        *out = sqlite_integer(&query, 0);
    sqlite_end(&query);
    return status;
}

static int corpus_check_version(struct corpus *corpus, struct crux_error *error)
{
    int64_t version = 0;
    int status = corpus_number(&version, corpus, "version", error);

    if (status != CRUX_OK || version == CORPUS_VERSION)
        return status;
    return crux_fail(error, CRUX_INPUT,
                     "%.300s: expected an index of version %d, found %" PRIi64
                     ": it is of %s crux; " CORPUS_MAKE,
                     corpus->path, CORPUS_VERSION, version,
                     version < CORPUS_VERSION ? "an earlier" : "a later");
}

static int corpus_read_about(struct corpus *corpus, struct crux_error *error)
{
    struct sqlite_query query;
    int64_t documents = 0, terms = 0;
    int status = corpus_check_version(corpus, error);

    if (status == CRUX_OK)
        status = corpus_number(&documents, corpus, "documents", error);
    if (status == CRUX_OK)
        status = corpus_number(&terms, corpus, "terms", error);
    if (status != CRUX_OK)
        return status;
    status = corpus_fact(&query, corpus, "sources", error);
    if (status == CRUX_OK)
        (void)strncpy(corpus->about.sources, sqlite_text(&query, 0), HASH_HEX - 1);
    sqlite_end(&query);
    corpus->about.documents = (uint64_t)documents;
    corpus->about.terms = (uint64_t)terms;
    return status;
}

int corpus_open(struct corpus **out, const char *path, struct crux_error *error)
{
    struct corpus *corpus;
    int status = corpus_look(path, error);

    if (status != CRUX_OK)
        return status;
    corpus = calloc(1, sizeof *corpus + strlen(path) + 1);
    if (corpus == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for an index");
    (void)strcpy(corpus->path, path);
    status = sqlite_open_unchanging(&corpus->db, path, error);
    if (status != CRUX_OK)
        status = corpus_damaged(corpus, status, error);
    if (status == CRUX_OK)
        status = sqlite_run(corpus->db, "PRAGMA cache_size = -32768", error);
    if (status == CRUX_OK)
        status = corpus_read_about(corpus, error);
    if (status == CRUX_OK)
        status = index_words_open(&corpus->words, error);
    if (status == CRUX_OK)
        *out = corpus;
    else
        corpus_close(corpus);
    return status;
}

void corpus_close(struct corpus *corpus)
{
    if (corpus == NULL)
        return;
    index_words_close(corpus->words);
    sqlite_close(corpus->db);
    free(corpus);
}

struct corpus_about corpus_about(const struct corpus *corpus)
{
    return corpus->about;
}
