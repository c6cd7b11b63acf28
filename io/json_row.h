/*
 * json_row.h - a writer of one line of JSON, straight into a buffer that is used again.
 *
 * Rows of data sets are written here and not built as values of json.h: of a value of jansson each
 * text, number and list is a block of memory, and its text is copied twice more. With rows of
 * jansson an export of 1,362 trees (360 MB) took 5.4 s of processor time, written here 2.7 s.
 * The bytes are those of json_text(value, false), with one difference: U+0085, U+2028 and
 * U+2029, which end a line for some readers, though not for JSON lines, are escaped.
 *
 *     json_row_begin() -> begin_object, key, values ..., end_object -> .status, .text
 *            '------------- again, for the next row ---------------------'   json_row_free()
 *
 * Ownership. The caller's struct, zeroed at first; json_row_free() frees its text, which may be
 *            read until the next call.
 * Threads.   One at a time.
 * Errors.    Writers answer nothing. The first that fails leaves a fault in the row, after which
 *            the others do nothing, so a row is judged once. Calls that make no JSON (a value
 *            where a key belongs, an end without a beginning) are errors of the caller and are
 *            not looked for.
 */
#ifndef IO_JSON_ROW_H
#define IO_JSON_ROW_H

#include "search/crux.h"

struct json_row {
    char *text; /* no NUL behind it; NULL: nothing was ever written */
    size_t length, room;
    bool beside;       /* a value stands in front of what comes next, in the same list or object */
    int status;        /* CRUX_OK, or of the first fault ... */
    const char *fault; /* ... and what it is, as the end of a sentence */
};

/* Empty it for a row. */
void json_row_begin(struct json_row *row);
void json_row_free(struct json_row *row);

/* A text that is not UTF-8 and a real that is not finite are faults, of status CRUX_STORE. */
void json_row_text(struct json_row *row, const char *start, size_t length);
void json_row_integer(struct json_row *row, int64_t value);
void json_row_real(struct json_row *row, double value);
void json_row_bool(struct json_row *row, bool value);
void json_row_null(struct json_row *row);

/* A step, or a text that quotes steps: a line break inside of it is '\v', and '\n' in the row. */
void json_row_step(struct json_row *row, const char *start, size_t length);

/* A text of several pieces, each of them whole UTF-8. */
void json_row_begin_text(struct json_row *row);
void json_row_add_text(struct json_row *row, const char *start, size_t length);
void json_row_add_step(struct json_row *row, const char *start, size_t length);
void json_row_end_text(struct json_row *row);

void json_row_begin_list(struct json_row *row);
void json_row_end_list(struct json_row *row);
void json_row_begin_object(struct json_row *row);
void json_row_key(struct json_row *row, const char *key);
void json_row_end_object(struct json_row *row);

#endif
