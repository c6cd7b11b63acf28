/*
 * mustache.h - texts with holes: a small part of Mustache, for prompts and request bodies.
 *
 *     {{name}}                    the value, as it is
 *     {{name|json}} {{name|html}} the value, escaped for the inside of a JSON string or of HTML
 *     {{#name}} ... {{/name}}     once for each item of a list; once for a text that is not ""
 *     {{^name}} ... {{/name}}     once for an empty list and for ""
 *     {{.}}                       in a list of plain texts: the item
 *     {{@index}} {{@number}}      in a list: where we are, from 0 and from 1
 *     {{#@first}} {{#@last}}      in a list: only there
 *     {{@open}}                   two opening braces
 *     {{! anything }}             nothing
 *
 * A tag is on one line. A line with nothing but a section's beginning or end or a comment is
 * left out whole. Inside a list names are looked for in the item first, then around it.
 *
 * A name that is not known is an error, never empty: a misspelt prompt must not run. Values
 * are written as they are and never looked through for tags, so no problem and no model
 * can change a template. There are no partials and no programs; sections nest 16 deep.
 *
 * Ownership. A template copies its source. Names and values given to mustache_render() are read
 *            during the call only.
 * Threads.   A template is never changed: any number of threads may render it.
 * Errors.    CRUX_INVALID: the sentence begins with file and line and says what was
 *            expected. *out is untouched on failure.
 */
#ifndef IO_MUSTACHE_H
#define IO_MUSTACHE_H

#include "search/crux.h"

struct mustache;

/* Where a template stands. The text need not end in NUL. */
struct mustache_source {
    const char *name; /* of the file, for messages */
    uint32_t line;    /* of the text's beginning in that file, from 1 */
    struct crux_text text;
};

struct mustache_scope;

/* A text, or with items a list. */
struct mustache_value {
    const char *name; /* "." for the items of a list of plain texts */
    struct crux_text text;
    const struct mustache_scope *items; /* NULL: a text */
    size_t count;                       /* of items */
};

struct mustache_scope {
    const struct mustache_value *values;
    size_t count;
};

int mustache_parse(struct mustache **out, const struct mustache_source *source,
                   struct crux_error *error);
void mustache_free(struct mustache *template); /* NULL is fine */

/* Does it use only names of this list, which ends in NULL? Whatever render() will be given, of
 * sections too that it may leave out. */
int mustache_check(const struct mustache *template, const char *const *names,
                   struct crux_error *error);

/* Does it say {{name}} anywhere? */
bool mustache_says(const struct mustache *template, const char *name);

/* *out ends in a NUL that *length does not count; the caller frees it. */
int mustache_render(char **out, size_t *length, const struct mustache *template,
                    const struct mustache_scope *scope, struct crux_error *error);

#endif
