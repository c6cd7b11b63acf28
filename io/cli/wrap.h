/*
 * wrap.h - texts laid out in lines of a width, broken between words.
 *
 *     wrap_begin()   at a column of a line that has begun, with the column where others begin
 *     wrap_put()     text of ours or of strangers: written safely, as terminal_put() does
 *     wrap_break()   the next line, of the same text
 *     wrap_end()     what is held back; the line is not ended
 *
 * A word that would pass the width begins a line of its own; blanks where a line ends are
 * dropped, all others stay. One that is wider than a line is cut where that ends. Columns are those
 * of columns.h, so wide characters count two and those that combine none, and no character is
 * parted from its own marks.
 *
 * The hanging column is held back so that there is room for text at any depth: WRAP_ROOM columns,
 * or half of a line that is not twice as wide. Width 0: lines are as long as their
 * texts, blanks at their ends and all.
 *
 * Ownership. The stream is the caller's. A word is held until it has ended, of which
 *            WRAP_WORD bytes at most.
 * Threads.   One at a time.
 */
#ifndef IO_CLI_WRAP_H
#define IO_CLI_WRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "io/cli/terminal.h"

enum { WRAP_WORD = 4096, WRAP_LEAST = 40, WRAP_ROOM = 24 };

struct wrap {
    FILE *out;
    unsigned width, hang;  /* hang: the column at which further lines begin */
    unsigned column;       /* where the line stands */
    unsigned blanks;       /* that are owed before the next word */
    unsigned word_columns; /* of the word that is held back */
    size_t word_length;
    bool fresh, colours; /* fresh: nothing stands on the line behind its indentation */
    char word[WRAP_WORD];
};

void wrap_begin(struct wrap *wrap, FILE *out, unsigned width, unsigned column, unsigned hang);
void wrap_put(struct wrap *wrap, const char *text, size_t length);
void wrap_puts(struct wrap *wrap, const char *text);
void wrap_printf(struct wrap *wrap, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Begin or end a style, between words or in them; it takes no column. Nothing unless colours. */
void wrap_style(struct wrap *wrap, enum terminal_style style);

void wrap_break(struct wrap *wrap);

/* As wrap_put(), where '\v' and '\n' are breaks of lines. */
void wrap_put_step(struct wrap *wrap, const char *text, size_t length);

void wrap_end(struct wrap *wrap);

/* A whole line, from its first column; further ones hang. Ends it. */
void wrap_line(FILE *out, unsigned width, unsigned hang, const char *text);

#endif
