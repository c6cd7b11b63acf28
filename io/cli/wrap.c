/*
 * wrap.c - holds back one word, and writes it where there is room for it.
 */
#include "io/cli/wrap.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/columns.h"

static unsigned wrap_hang_most(unsigned width)
{
    return width > 2 * WRAP_ROOM ? width - WRAP_ROOM : width / 2;
}

void wrap_begin(struct wrap *wrap, FILE *out, unsigned width, unsigned column, unsigned hang)
{
    if (width > 0 && width < WRAP_LEAST)
        width = WRAP_LEAST;
    wrap->out = out;
    wrap->width = width;
    wrap->hang = width > 0 && hang > wrap_hang_most(width) ? wrap_hang_most(width) : hang;
    wrap->column = column;
    wrap->blanks = wrap->word_columns = 0;
    wrap->word_length = 0;
    wrap->fresh = true;
    wrap->colours = false;
}

static void wrap_new_line(struct wrap *wrap)
{
    (void)fprintf(wrap->out, "\n%*s", (int)wrap->hang, "");
    wrap->column = wrap->hang;
    wrap->blanks = 0;
    wrap->fresh = true;
}

/* Before a word that passes the width: a line of its own; where it has one already, behind blanks
 * that the text begins with, fewer of these. */
static void wrap_make_room(struct wrap *wrap)
{
    if (!wrap->fresh || wrap->column > wrap->hang)
        wrap_new_line(wrap);
    else
        wrap->blanks = wrap->width > wrap->column + wrap->word_columns
                           ? wrap->width - wrap->column - wrap->word_columns
                           : 0;
}

/* The word that is held back. */
static void wrap_flush(struct wrap *wrap)
{
    unsigned end = wrap->column + wrap->blanks + wrap->word_columns;

    if (wrap->word_length == 0)
        return;
    if (wrap->width > 0 && end > wrap->width && wrap->word_columns > 0)
        wrap_make_room(wrap);
    (void)fprintf(wrap->out, "%*s", (int)wrap->blanks, "");
    (void)fwrite(wrap->word, 1, wrap->word_length, wrap->out);
    wrap->column += wrap->blanks + wrap->word_columns;
    wrap->fresh = wrap->fresh && wrap->word_columns == 0;
    wrap->blanks = wrap->word_columns = 0;
    wrap->word_length = 0;
}

/* Does the word fill a line of its own? Then it is cut here. */
static bool wrap_is_full(const struct wrap *wrap, size_t length, unsigned columns)
{
    if (wrap->word_length + length > WRAP_WORD)
        return true;
    return wrap->width > 0 && columns > 0 &&
           wrap->hang + wrap->word_columns + columns > wrap->width;
}

static void wrap_add(struct wrap *wrap, const char *bytes, size_t length, unsigned columns)
{
    if (wrap_is_full(wrap, length, columns))
        wrap_flush(wrap);
    memcpy(wrap->word + wrap->word_length, bytes, length);
    wrap->word_length += length;
    wrap->word_columns += columns;
}

void wrap_put(struct wrap *wrap, const char *text, size_t length)
{
    while (length > 0) {
        char safe[TERMINAL_SAFE];
        unsigned columns;
        size_t taken = terminal_safe(safe, text, length, &columns);

        if (*text == ' ') {
            wrap_flush(wrap);
            wrap->blanks++;
        } else {
            wrap_add(wrap, safe, strlen(safe), columns);
        }
        text += taken;
        length -= taken;
    }
}

void wrap_puts(struct wrap *wrap, const char *text)
{
    wrap_put(wrap, text, strlen(text));
}

void wrap_printf(struct wrap *wrap, const char *format, ...)
{
    char text[1024];
    va_list values;

    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    wrap_puts(wrap, text);
}

void wrap_style(struct wrap *wrap, enum terminal_style style)
{
    const char *code = terminal_code(style);

    if (wrap->colours)
        wrap_add(wrap, code, strlen(code), 0);
}

/* Blanks at the end of a line are the text's own; where lines have a width they would pass it. */
void wrap_end(struct wrap *wrap)
{
    wrap_flush(wrap);
    if (wrap->width == 0)
        (void)fprintf(wrap->out, "%*s", (int)wrap->blanks, "");
    wrap->blanks = 0;
}

void wrap_break(struct wrap *wrap)
{
    wrap_end(wrap);
    wrap_new_line(wrap);
}

void wrap_put_step(struct wrap *wrap, const char *text, size_t length)
{
    const char *end = text + length;

    for (const char *at = text; at < end; at++)
        if (*at == '\v' || *at == '\n') {
            wrap_put(wrap, text, (size_t)(at - text));
            wrap_break(wrap);
            text = at + 1;
        }
    wrap_put(wrap, text, (size_t)(end - text));
}

void wrap_line(FILE *out, unsigned width, unsigned hang, const char *text)
{
    struct wrap wrap;

    wrap_begin(&wrap, out, width, 0, hang);
    wrap_puts(&wrap, text);
    wrap_end(&wrap);
    (void)fputc('\n', out);
}
