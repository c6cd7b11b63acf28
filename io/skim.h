/*
 * skim.h - passing over JSON text without reading it.
 *
 * For the thread of the connections, which sees every reply, and for code that looks into a
 * problem's line at every call: where a string or a value ends, which members there are, and a
 * text without the members that are not read. It is no parser. It has to be right about where
 * strings end, since a bracket or a comma inside of one means nothing; what stands between
 * brackets may be anything.
 *
 * Pure; any thread. No memory is asked for.
 */
#ifndef IO_SKIM_H
#define IO_SKIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place in a text, and the text's end; or a piece of it. */
struct skim {
    const char *at, *end;
};

void skim_blanks(struct skim *skim);

/* Pass a string; *piece becomes its bytes as they stand between the quotes. False: there is no
 * string here, or no end to it. */
bool skim_string(struct skim *skim, struct skim *piece);

/* Pass a value up to the comma or bracket that ends it. False: it does not end. */
bool skim_value(struct skim *skim);

bool skim_is(struct skim piece, const char *word);

/* Likewise, where a piece of a string may be spelt with escapes; word is of letters and '_'. */
bool skim_spells(struct skim piece, const char *word);

/* A whole number of 64 bits, and nothing else. */
bool skim_integer(struct skim piece, int64_t *out);

/* Pass blanks and then this byte. False: it is not there, and only blanks were passed. */
bool skim_pass(struct skim *skim, char byte);

/* The members of an object, or the items of an array, one after another:
 *
 *     if (skim_pass(&skim, '{'))
 *         while (skim_member(&skim, &name, &value))
 *             ...
 *     whole = skim_pass(&skim, '}');
 *
 * name stands without its quotes, value without blanks around it. False: there is no other. */
bool skim_member(struct skim *skim, struct skim *name, struct skim *value);
bool skim_item(struct skim *skim, struct skim *value);

/* Pass what servers put before their JSON: a byte order mark, blanks, and lines that begin with a
 * colon, which are the comments of an event stream. */
void skim_preamble(struct skim *skim);

/* Does a stream of events begin here, with a field of one? */
bool skim_begins_stream(struct skim skim);

/* The data of the next event, to the end of its line. False: there is no other. */
bool skim_event(struct skim *skim, struct skim *data);

/* Copy a text without its members of these names (up to a NULL), at whatever depth; out has
 * room for as much. What parsed as JSON before does so afterwards, and a name that is spelt with
 * escapes stays. Returns the bytes of the copy. */
size_t skim_without(char *out, const char *text, size_t length, const char *const *names);

#endif
