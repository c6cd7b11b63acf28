/*
 * document.h - a document as a line of JSON says it.
 *
 * Ownership. A document's texts are its own until document_free().
 * Threads.   Any.
 * Errors.    CRUX_INPUT with a sentence without the place of the line, CRUX_MEMORY.
 */
#ifndef IO_CORPUS_DOCUMENT_H
#define IO_CORPUS_DOCUMENT_H

#include "io/corpus/corpus.h"
#include "io/json.h"
#include "io/lines.h"

struct document {
    const char *id, *title, *text;
    char number[24]; /* an id that is a number */
    struct json *object;
};

int document_read(struct document *out, const struct lines_line *line,
                  const struct corpus_fields *fields, struct crux_error *error);
void document_free(struct document *document);

#endif
