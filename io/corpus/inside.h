/*
 * inside.h - what the files of this room share: how an index lies in its file.
 *
 *     about(name, value)              version, documents, terms, sources
 *     documents(id, title, contents)  FTS5; a row's number is the document's
 *     terms(term, documents)          in how many documents each stands
 *     names(id, file, line)           each id once, and where it came from
 */
#ifndef IO_CORPUS_INSIDE_H
#define IO_CORPUS_INSIDE_H

#include "io/corpus/corpus.h"
#include "io/index_words.h"
#include "io/sqlite.h"

#define CORPUS_KIND 0x63727869 /* the file's application_id: crxi */

struct corpus {
    struct sqlite *db;
    struct index_words *words;
    struct corpus_about about;
    char path[]; /* as sentences call it */
};

/* The words of a text by which it is looked up, as an expression of FTS5; "": there is none. The
 * caller frees. */
int corpus_expression(char **out, struct corpus *corpus, struct crux_text text,
                      struct crux_error *error);

/* SQLite has failed on a file that was an index when it was opened. */
int corpus_damaged(const struct corpus *corpus, int status, struct crux_error *error);

#endif
