/*
 * terminal.h - what people read: safe texts, colours where they help, numbers for eyes.
 *
 * Texts come from files and models, so they are never printed as they are: what a
 * terminal would obey or hide (control characters, changes of writing direction, letters that
 * show nothing, bytes that are no UTF-8) is written as \u{..} or \x..., in JSON as its escapes.
 * Colours only on a terminal and without NO_COLOR in the environment.
 */
#ifndef IO_CLI_TERMINAL_H
#define IO_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum terminal_style { TERMINAL_PLAIN, TERMINAL_BOLD, TERMINAL_DIM, TERMINAL_GOOD, TERMINAL_BAD };

/* May styles be written to this stream? */
bool terminal_colours(FILE *stream);

/* The next character of a text, or what is written in its place; how many bytes it took, and how
 * many columns it takes. length is above 0. */
enum { TERMINAL_SAFE = 16 };
size_t terminal_safe(char out[TERMINAL_SAFE], const char *text, size_t length, unsigned *columns);

void terminal_put(FILE *stream, const char *text, size_t length);

/* A sentence of ours with whatever it quotes, to standard error. */
void terminal_say(const char *sentence);

/* JSON and a line's end: the same values for a parser, and nothing that a terminal would obey. */
void terminal_put_json(FILE *stream, const char *json);

/* A step or what was thought before it; what is not on its first line (behind a '\v' or '\n')
 * stands indented by so many blanks. */
void terminal_put_step(FILE *stream, const char *text, size_t length, int indent);

/* Begin a style; TERMINAL_PLAIN ends it. Nothing unless colours. */
const char *terminal_code(enum terminal_style style);
void terminal_style(FILE *stream, bool colours, enum terminal_style style);

/* "0:42", "1:02:03". */
void terminal_duration(int64_t ns, char *out, size_t size);

/* "9500", "12k", "1.2M": of a number above or equal to 0, in five characters at most up to 10^15.
 */
void terminal_short(double value, char *out, size_t size);

#endif
