/*
 * json.h - JSON values, for reading lines and writing rows.
 *
 * The only file that includes jansson is json.c; the names here keep clear of
 * those that jansson gives to its own functions.
 *
 * Ownership. A value is owned by the code that made or parsed it, until it is put into
 *            an object or array, which then owns it, also when putting fails.
 *            What json_get() and json_at() answer is borrowed. json_free() takes
 *            NULL. Objects keep the order in which members were put.
 * Threads.   A value belongs to one thread at a time.
 * Errors.    Makers answer NULL when memory is out or the value cannot be JSON
 *            (NaN, text that is not UTF-8). json_put() and json_add() take NULL
 *            and remember the failure: json_text() of such a value, or of one
 *            that holds it, is NULL. So a row is built without a check per line
 *            and judged once.
 */
#ifndef IO_JSON_H
#define IO_JSON_H

#include "search/crux.h"

struct json;

enum json_type {
    JSON_NONE,
    JSON_IS_NULL,
    JSON_IS_BOOL,
    JSON_IS_INTEGER,
    JSON_IS_REAL,
    JSON_IS_STRING,
    JSON_IS_ARRAY,
    JSON_IS_OBJECT
};

/* Reading. Duplicate keys, NaN, invalid UTF-8, U+0000 and nesting deeper than 64
 * are refused; the sentence names the column. */
int json_parse(struct json **out, const char *text, size_t length, struct crux_error *error);

/* Likewise, but of members with the same name the last one counts. */
int json_parse_loose(struct json **out, const char *text, size_t length, struct crux_error *error);

enum json_type json_type_of(const struct json *value); /* NULL: JSON_NONE */
const char *json_type_name(enum json_type type);       /* with its article: "a string" */
struct json *json_get(const struct json *object, const char *key); /* borrowed; NULL: none */
struct json *json_at(const struct json *array, size_t index);      /* borrowed; NULL: none */
size_t json_count(const struct json *value);                       /* of an array or object */
const char *json_as_string(const struct json *value);              /* NULL: not a string */
int64_t json_as_integer(const struct json *value);                 /* 0: not an integer */
double json_as_real(const struct json *value); /* integers too; 0: not a number */
bool json_as_bool(const struct json *value);

/* The key that was put after key, NULL: the first one. NULL after the last. */
const char *json_next_key(const struct json *object, const char *key);

/* Writing. Reals have a point or an exponent, and 15 significant digits without
 * trailing zeros: every decimal of up to 15 digits is written as it was entered
 * (0.1 is 0.1), and the same double always gives the same text. */
struct json *json_new_object(void);
struct json *json_new_array(void);
struct json *json_of_string(const char *text); /* NULL text makes JSON null */
struct json *json_of_text(const char *start, size_t length);
/* Words for people, of which nobody knows whether they are UTF-8: names of files, what was typed,
 * sentences that quote such. Bytes that belong to no character become U+FFFD. */
struct json *json_of_words(const char *text); /* NULL text makes JSON null */
struct json *json_of_integer(int64_t value);
struct json *json_of_real(double value);
struct json *json_of_bool(bool value);
struct json *json_of_null(void);
struct json *json_clone(const struct json *value); /* the same again, with an owner of its own;
                                                      NULL of one that is not whole */
bool json_is_whole(const struct json *value); /* false: NULL, or one that remembers a failure */
void json_put(struct json *object, const char *key, struct json *value);
void json_put_count(struct json *object, const char *key, uint64_t count); /* below 2^63 */
void json_add(struct json *array, struct json *value);
/* Merge a patch into an object (RFC 7396): null takes a member away, objects are merged, all else
 * is put in its place. The patch stays its owner's; NULL changes nothing. */
void json_merge(struct json *object, const struct json *patch);
char *json_text(const struct json *value, bool indent); /* caller frees; NULL: see Errors */
void json_free(struct json *value);

#endif
