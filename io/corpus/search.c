/*
 * search.c - the best documents, a page at a time: the first is nearly always enough.
 *
 * Documents are ordered by number and score alone, and read one by one afterwards: an order over
 * whole rows would read every document that has a word.
 */
#include <stdlib.h>

#include "io/corpus/inside.h"

enum { SEARCH_FIRST_PAGE = 64, SEARCH_PAGE = 4096 };

struct searching {
    struct corpus *corpus;
    const char *expression;
    struct sqlite_query row;
    corpus_each *each;
    void *context;
    bool enough;
};

static int search_hand_on(struct searching *searching, int64_t number, double score,
                          struct crux_error *error)
{
    struct corpus_document document;
    int status;

    sqlite_again(&searching->row, "i", number);
    status = sqlite_next(&searching->row, error);
    if (status == CRUX_END)
        return crux_fail(error, CRUX_STORE, "document %lld is not there", (long long)number);
    if (status != CRUX_OK)
        return status;
    document = (struct corpus_document){.id = sqlite_text(&searching->row, 0),
                                        .title = sqlite_text(&searching->row, 1),
                                        .text = sqlite_text(&searching->row, 2),
                                        .score = score};
    searching->enough = !searching->each(searching->context, &document);
    return CRUX_OK;
}

/* *found: how many this page had. FTS5's scores are the better the more they lie below 0. */
static int search_page(struct searching *searching, int64_t from, int64_t most, int64_t *found,
                       struct crux_error *error)
{
    struct sqlite_query query = sqlite_query(
        searching->corpus->db,
        "SELECT rowid, rank FROM documents WHERE documents MATCH ? ORDER BY rank, rowid "
        "LIMIT ? OFFSET ?",
        "tii", searching->expression, most, from);
    int status = CRUX_OK;

    *found = 0;
    while (status == CRUX_OK && !searching->enough) {
        status = sqlite_next(&query, error);
        if (status != CRUX_OK)
            break;
        ++*found;
        status =
            search_hand_on(searching, sqlite_integer(&query, 0), -sqlite_real(&query, 1), error);
    }
    sqlite_end(&query);
    return status == CRUX_END ? CRUX_OK : status;
}

static int search_pages(struct searching *searching, struct crux_error *error)
{
    int64_t from = 0, most = SEARCH_FIRST_PAGE, found = most;
    int status = CRUX_OK;

    while (status == CRUX_OK && !searching->enough && found == most) {
        most = from == 0 ? SEARCH_FIRST_PAGE : SEARCH_PAGE;
        status = search_page(searching, from, most, &found, error);
        from += most;
    }
    return status;
}

int corpus_search(struct corpus *corpus, struct crux_text text, corpus_each *each, void *context,
                  struct crux_error *error)
{
    struct searching searching = {.corpus = corpus, .each = each, .context = context};
    char *expression = NULL;
    int status = corpus_expression(&expression, corpus, text, error);

    if (status == CRUX_OK && expression[0] != '\0') {
        searching.expression = expression;
        searching.row = sqlite_query(
            corpus->db, "SELECT id, title, contents FROM documents WHERE rowid = ?", "");
        status = search_pages(&searching, error);
        sqlite_end(&searching.row);
    }
    free(expression);
    return status == CRUX_OK ? status : corpus_damaged(corpus, status, error);
}
