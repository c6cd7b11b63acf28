/*
 * corpus.h - documents to be looked up: an index of them is built once, then searched.
 *
 *     JSON lines --corpus_build()--> corpus.db --corpus_open()--> corpus_search(): the best k
 *
 * An index is one SQLite file: a full-text table (FTS5, whose order is BM25 with k1 = 1.2 and b =
 * 0.75, a word of a title counted twice), in how many documents each term stands, and what it was
 * made of. It is pure: the same documents in the same order make the same index and are found in
 * the same order, equal ones in the order in which they came.
 *
 * What is asked is a text, not an expression: its words are quoted, so that no query means anything
 * to FTS5's language. All documents with any of its words would have to be scored, so the rarest
 * words are taken, as many as have together CORPUS_POSTINGS documents, at most CORPUS_TERMS of
 * them; a word that stands in more than a tenth of a large index counts only where there is no
 * other. That bounds what a search takes, however large the index is, unless the rarest word of all
 * is a common one: it is taken whatever it costs, for without it nothing would be found.
 *
 * Ownership. What a corpus gives lives for the length of the call that gives it.
 * Threads.   One at a time for each struct corpus; the same file may be open in many of them.
 * Errors.    CRUX_INPUT: documents or an index are not as they must be; the sentence names file,
 *            line and what was expected. CRUX_STORE: it cannot be written. CRUX_MEMORY. An index
 *            appears whole or not at all (io/whole_file.h).
 */
#ifndef IO_CORPUS_CORPUS_H
#define IO_CORPUS_CORPUS_H

#include "io/hash.h"
#include "search/crux.h"

enum {
    CORPUS_VERSION = 1,
    CORPUS_POSTINGS = 10000, /* documents that the words of a query have together */
    CORPUS_TERMS = 32
};

/* What there is to know of an index. */
struct corpus_about {
    uint64_t documents;
    uint64_t terms;
    uint64_t left_out;      /* documents whose id was there; only of one that was just built */
    char sources[HASH_HEX]; /* SHA-256 over ids, titles and contents */
};

/* --- building ------------------------------------------------------------------------------- */

/* How the members of a line are called; NULL: id, _id or docid; contents, content or text; title,
 * which may be missing. */
struct corpus_fields {
    const char *id, *text, *title;
};

struct corpus_plan {
    const char *out;
    const char *const *files; /* of JSON lines: Pyserini's, BRIGHT's, BEIR's */
    size_t file_count;
    struct corpus_fields fields;
    bool first; /* of documents with one id keep the first; else such are refused */
    bool force; /* replace an index that is there */
};

int corpus_build(const struct corpus_plan *plan, struct corpus_about *about,
                 struct crux_error *error);

/* --- searching ------------------------------------------------------------------------------ */

struct corpus;

struct corpus_document {
    const char *id, *title, *text; /* a title that is missing is "" */
    double score;                  /* above 0; the higher, the better */
};

int corpus_open(struct corpus **out, const char *path, struct crux_error *error);
void corpus_close(struct corpus *corpus); /* NULL is fine */

struct corpus_about corpus_about(const struct corpus *corpus);

/* False: enough. */
typedef bool corpus_each(void *context, const struct corpus_document *document);

/* The documents that have a word of the text, best first, until each() has enough; a text without a
 * word that the index knows has none. */
int corpus_search(struct corpus *corpus, struct crux_text text, corpus_each *each, void *context,
                  struct crux_error *error);

#endif
