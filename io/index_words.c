/*
 * index_words.c - asks FTS5 for its tokenizer, by way of a database that is never written.
 */
#include "io/index_words.h"

#include <sqlite3.h>
#include <stdlib.h>

enum { INDEX_WORDS_MOST = 16 << 20 };

struct index_words {
    sqlite3 *library; /* which the tokenizer belongs to */
    fts5_tokenizer functions;
    Fts5Tokenizer *tokenizer;
};

struct index_cutting {
    const char *text;
    index_words_each *each;
    void *context;
};

/* FTS5's functions, which it hands out by a pointer that is bound to a statement. */
static fts5_api *index_words_api(sqlite3 *library)
{
    sqlite3_stmt *statement = NULL;
    fts5_api *api = NULL;

    if (sqlite3_prepare_v2(library, "SELECT fts5(?1)", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_bind_pointer(statement, 1, (void *)&api, "fts5_api_ptr", NULL) == SQLITE_OK)
        (void)sqlite3_step(statement);
    (void)sqlite3_finalize(statement);
    return api;
}

static bool index_words_find(struct index_words *words)
{
    static const char *arguments[] = {"unicode61", "remove_diacritics", "2"};
    fts5_api *api = index_words_api(words->library);
    void *context = NULL;

    return api != NULL &&
           api->xFindTokenizer(api, "porter", &context, &words->functions) == SQLITE_OK &&
           words->functions.xCreate(context, arguments, 3, &words->tokenizer) == SQLITE_OK;
}

int index_words_open(struct index_words **out, struct crux_error *error)
{
    struct index_words *words = calloc(1, sizeof *words);

    if (words == NULL ||
        sqlite3_open_v2(":memory:", &words->library, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        index_words_close(words);
        return crux_fail(error, CRUX_MEMORY, "no memory to cut texts into words");
    }
    if (!index_words_find(words)) {
        index_words_close(words);
        return crux_fail(error, CRUX_STORE, "this SQLite has no full-text search (FTS5)");
    }
    *out = words;
    return CRUX_OK;
}

void index_words_close(struct index_words *words)
{
    if (words == NULL)
        return;
    if (words->tokenizer != NULL)
        words->functions.xDelete(words->tokenizer);
    (void)sqlite3_close(words->library);
    free(words);
}

static int index_words_take(void *context, int flags, const char *term, int length, int from,
                            int to)
{
    const struct index_cutting *cutting = context;
    struct crux_text word = {cutting->text + from, (size_t)(to - from)};

    (void)flags;
    return cutting->each(cutting->context, word, (struct crux_text){term, (size_t)length})
               ? SQLITE_OK
               : SQLITE_DONE;
}

int index_words_cut(struct index_words *words, struct crux_text text, index_words_each *each,
                    void *context, struct crux_error *error)
{
    struct index_cutting cutting = {text.start, each, context};
    int length = text.length > INDEX_WORDS_MOST ? INDEX_WORDS_MOST : (int)text.length;
    int code = words->functions.xTokenize(words->tokenizer, &cutting, FTS5_TOKENIZE_QUERY,
                                          text.start, length, index_words_take);

    return code == SQLITE_OK || code == SQLITE_DONE
               ? CRUX_OK
               : crux_fail(error, CRUX_MEMORY, "no memory to cut a text into words");
}
