/*
 * json_row.c - writes one line of JSON: runs of plain bytes are copied whole, and what is rare is
 * looked at a character at a time.
 */
#include "io/json_row.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/utf8.h"

enum { ROW_ROOM_FIRST = 4096, ROW_ESCAPE_MOST = 8 };

/* --- the buffer ------------------------------------------------------------------------ */

void json_row_begin(struct json_row *row)
{
    row->length = 0;
    row->beside = false;
    row->status = CRUX_OK;
}

void json_row_free(struct json_row *row)
{
    free(row->text);
    *row = (struct json_row){.text = NULL};
}

static void row_fail(struct json_row *row, int status, const char *fault)
{
    if (row->status != CRUX_OK)
        return;
    row->status = status;
    row->fault = fault;
}

static bool row_grow(struct json_row *row, size_t more)
{
    size_t room = row->room == 0 ? ROW_ROOM_FIRST : row->room;
    char *grown;

    while (room - row->length < more)
        room *= 2;
    grown = realloc(row->text, room);
    if (grown == NULL) {
        row_fail(row, CRUX_MEMORY, "there is no memory for it");
        return false;
    }
    row->text = grown;
    row->room = room;
    return true;
}

/* Where that many bytes may be written; NULL: nowhere. */
static char *row_take(struct json_row *row, size_t length)
{
    char *at;

    if (row->status != CRUX_OK || (row->room - row->length < length && !row_grow(row, length)))
        return NULL;
    at = row->text + row->length;
    row->length += length;
    return at;
}

static void row_put(struct json_row *row, const char *bytes, size_t length)
{
    char *at = row_take(row, length);

    if (at != NULL && length > 0)
        memcpy(at, bytes, length);
}

/* In front of every value. */
static void row_separate(struct json_row *row)
{
    if (row->beside)
        row_put(row, ", ", 2);
    row->beside = true;
}

/* --- texts --------------------------------------------------------------------------------- */

static bool row_is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static size_t row_plain_run(const char *at, size_t left)
{
    size_t i = 0;

    while (i < left && row_is_plain((unsigned char)at[i]))
        i++;
    return i;
}

/* What stands for an ASCII character that is not plain. */
static void row_escape_ascii(char c, bool step, char out[ROW_ESCAPE_MOST])
{
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";

    if (step && c == '\v')
        c = '\n';
    for (const char *pair = named; *pair != '\0'; pair += 2)
        if (pair[0] == c) {
            (void)snprintf(out, ROW_ESCAPE_MOST, "\\%c", pair[1]);
            return;
        }
    (void)snprintf(out, ROW_ESCAPE_MOST, "\\u%04X", (unsigned)c);
}

/* Bytes of the character at the front, which is not plain, and what stands for it: "", itself.
 * 0: it is no UTF-8. */
static size_t row_character(const char *at, size_t left, bool step, char out[ROW_ESCAPE_MOST])
{
    uint32_t point = 0;
    size_t width = utf8_character(at, left, &point);

    out[0] = '\0';
    if (width == 1)
        row_escape_ascii(*at, step, out);
    else if (point == 0x85 || point == 0x2028 || point == 0x2029)
        (void)snprintf(out, ROW_ESCAPE_MOST, "\\u%04x", (unsigned)point);
    return width;
}

static void row_add(struct json_row *row, const char *start, size_t length, bool step)
{
    const char *at = start, *run = start, *end = start + length;
    char escape[ROW_ESCAPE_MOST];

    while ((at += row_plain_run(at, (size_t)(end - at))) < end) {
        size_t width = row_character(at, (size_t)(end - at), step, escape);

        if (width == 0) {
            row_fail(row, CRUX_STORE, "a text in it is not UTF-8");
            return;
        }
        if (escape[0] != '\0') {
            row_put(row, run, (size_t)(at - run));
            row_put(row, escape, strlen(escape));
            run = at + width;
        }
        at += width;
    }
    row_put(row, run, (size_t)(end - run));
}

void json_row_begin_text(struct json_row *row)
{
    row_separate(row);
    row_put(row, "\"", 1);
}

void json_row_add_text(struct json_row *row, const char *start, size_t length)
{
    row_add(row, start, length, false);
}

void json_row_add_step(struct json_row *row, const char *start, size_t length)
{
    row_add(row, start, length, true);
}

void json_row_end_text(struct json_row *row)
{
    row_put(row, "\"", 1);
}

void json_row_text(struct json_row *row, const char *start, size_t length)
{
    json_row_begin_text(row);
    row_add(row, start, length, false);
    json_row_end_text(row);
}

void json_row_step(struct json_row *row, const char *start, size_t length)
{
    json_row_begin_text(row);
    row_add(row, start, length, true);
    json_row_end_text(row);
}

/* --- numbers ------------------------------------------------------------------------------- */

void json_row_integer(struct json_row *row, int64_t value)
{
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    char digits[24];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        digits[--at] = '-';
    row_separate(row);
    row_put(row, digits + at, sizeof digits - at);
}

/* What 15 digits say of a value: digits * 10^(first - 14), where first is the place of the first
 * one, from 0 for units. */
struct row_decimal {
    uint64_t digits;
    int first;
};

enum { ROW_DIGITS = 15, ROW_FIRST_LEAST = -4, ROW_DECIMAL_MOST = 24 };

/* By one product, which is right to 2^-15 of the last digit: of a value from 0.0001 on and below
 * 10^15, unless that leaves open which way it is rounded. */
static bool row_to_decimal(double value, struct row_decimal *out)
{
    static const long double tens[] = {1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,
                                       1e7L,  1e8L,  1e9L,  1e10L, 1e11L, 1e12L, 1e13L,
                                       1e14L, 1e15L, 1e16L, 1e17L, 1e18L};
    static const double from[] = {1e-4, 1e-3, 1e-2, 1e-1, 1e0,  1e1,  1e2,  1e3,  1e4, 1e5,
                                  1e6,  1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14};
    long double scaled, left;
    int first = ROW_FIRST_LEAST;

    _Static_assert(LDBL_MANT_DIG >= 64, "10^18 and 15 digits with 13 bits behind them are exact");
    if (!(value >= 1e-4 && value < 1e15))
        return false;
    while (first < ROW_DIGITS - 1 && value >= from[first + 1 - ROW_FIRST_LEAST])
        first++;
    scaled = (long double)value * tens[ROW_DIGITS - 1 - first];
    out->digits = (uint64_t)scaled;
    left = scaled - (long double)out->digits;
    if (left > 0.499L && left < 0.501L)
        return false;
    out->digits += left > 0.5L;
    out->first = first;
    return out->digits >= 100000000000000u && out->digits < 1000000000000000u;
}

/* Returns the length. */
static size_t row_lay_out(struct row_decimal decimal, char out[ROW_DECIMAL_MOST])
{
    char digits[ROW_DIGITS];
    int count = ROW_DIGITS, at = 0, place, last;

    for (int i = ROW_DIGITS; i-- > 0; decimal.digits /= 10)
        digits[i] = (char)('0' + decimal.digits % 10);
    while (count > 1 && digits[count - 1] == '0')
        count--;
    place = decimal.first > 0 ? decimal.first : 0;
    last = decimal.first - count + 1 < -1 ? decimal.first - count + 1 : -1;
    for (; place >= last; place--) {
        int i = decimal.first - place;

        if (place == -1)
            out[at++] = '.';
        out[at++] = i < 0 || i >= count ? '0' : digits[i];
    }
    return (size_t)at;
}

/* As json.h writes it, which is asked where it is not plain. */
static void row_real_by_json(struct json_row *row, double value)
{
    struct json *real = json_of_real(value);
    char *text = json_text(real, false);

    if (text != NULL)
        row_put(row, text, strlen(text));
    else
        row_fail(row, isfinite(value) ? CRUX_MEMORY : CRUX_STORE,
                 isfinite(value) ? "there is no memory for it" : "a number in it is not finite");
    free(text);
    json_free(real);
}

void json_row_real(struct json_row *row, double value)
{
    char text[ROW_DECIMAL_MOST];
    struct row_decimal decimal;

    row_separate(row);
    if (value < 0.0) {
        row_put(row, "-", 1);
        value = -value;
    }
    if (row_to_decimal(value, &decimal))
        row_put(row, text, row_lay_out(decimal, text));
    else if (value == 0.0 && !signbit(value))
        row_put(row, "0.0", 3);
    else
        row_real_by_json(row, value);
}

void json_row_bool(struct json_row *row, bool value)
{
    row_separate(row);
    row_put(row, value ? "true" : "false", value ? 4 : 5);
}

void json_row_null(struct json_row *row)
{
    row_separate(row);
    row_put(row, "null", 4);
}

/* --- lists and objects --------------------------------------------------------------------- */

static void row_enter(struct json_row *row, char bracket)
{
    row_separate(row);
    row_put(row, &bracket, 1);
    row->beside = false;
}

static void row_leave(struct json_row *row, char bracket)
{
    row_put(row, &bracket, 1);
    row->beside = true;
}

void json_row_begin_list(struct json_row *row)
{
    row_enter(row, '[');
}

void json_row_end_list(struct json_row *row)
{
    row_leave(row, ']');
}

void json_row_begin_object(struct json_row *row)
{
    row_enter(row, '{');
}

void json_row_key(struct json_row *row, const char *key)
{
    json_row_text(row, key, strlen(key));
    row_put(row, ": ", 2);
    row->beside = false;
}

void json_row_end_object(struct json_row *row)
{
    row_leave(row, '}');
}
