/*
 * fields.h - members of a program's reply, for the files that read one (message.h), and
 * the number of its call.
 *
 * Each is CRUX_OK, or CRUX_FAILED with a sentence that names the field and what was expected; *out
 * is untouched where a member is left out, null, or wrong. Pure; any thread.
 */
#ifndef IO_PROCESS_FIELDS_H
#define IO_PROCESS_FIELDS_H

#include "io/json.h"
#include "search/crux.h"

/* Write that sentence; CRUX_FAILED. */
int process_bad_field(struct crux_error *error, const char *field, const char *expected,
                      const struct json *found);

/* A member that may be left out, or null: NULL then. */
const struct json *process_member(const struct json *object, const char *key);

bool process_is_number(const struct json *value);
bool process_is_share(const struct json *value); /* from 0 to 1 */

int process_take_count(uint32_t *out, const struct json *object, const char *key,
                       struct crux_error *error);

/* *out is the reply's own text, and "" where it is left out. */
int process_take_text(const char **out, const struct json *object, const char *key,
                      struct crux_error *error);

/* The number of the call that a line answers; 0: it names none. A line that is no JSON (for a NaN,
 * an \u0000, bytes that are no UTF-8) may name one all the same, and then its asker says at once
 * what is wrong with it. *why: that there is no such call, or what else the line is. */
uint64_t process_line_number(const char *text, size_t length, struct crux_error *why);

#endif
