/*
 * mend.c - one pass over a JSON text that copies what is sound and replaces what is not.
 *
 * It knows tokens and no grammar: a comma is written only when a value or a name follows, and
 * everything else is decided within a string, a word or a number. No token grows to more than six
 * times its size, which is what a control character becomes.
 */
#include "io/mend.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/utf8.h"

enum { DIGITS_MOST = 18, EXPONENT_MOST = 290 };

struct mender {
    const char *at, *end;
    char *to;
    char last;  /* of the brackets, colons and values that were written; 0: nothing yet */
    bool comma; /* passed, and written when something follows */
};

static void mend_put(struct mender *mender, const char *bytes, size_t length)
{
    memcpy(mender->to, bytes, length);
    mender->to += length;
}

static void mend_say(struct mender *mender, const char *text)
{
    mend_put(mender, text, strlen(text));
}

/* A value or a name begins. */
static void begin_token(struct mender *mender)
{
    if (mender->comma)
        mend_say(mender, ",");
    mender->comma = false;
    mender->last = 'v';
}

/* --- strings --------------------------------------------------------------------------- */

/* The code unit of an escape "\u1234" here; -1: it is none. */
static int32_t unit_at(const char *at, const char *end)
{
    int32_t unit = 0;

    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        static const char digits[] = "0123456789abcdef";
        const char *digit = at[i] == '\0' ? NULL : strchr(digits, tolower((unsigned char)at[i]));

        if (digit == NULL)
            return -1;
        unit = unit << 4 | (int32_t)(digit - digits);
    }
    return unit;
}

static bool is_in(int32_t unit, int32_t first, int32_t last)
{
    return unit >= first && unit <= last;
}

static void mend_unit(struct mender *mender, int32_t unit)
{
    bool pair =
        is_in(unit, 0xD800, 0xDBFF) && is_in(unit_at(mender->at + 6, mender->end), 0xDC00, 0xDFFF);
    size_t length = pair ? 12 : 6;

    if (unit == 0 || (!pair && is_in(unit, 0xD800, 0xDFFF)))
        mend_say(mender, UTF8_NO_CHARACTER);
    else
        mend_put(mender, mender->at, length);
    mender->at += length;
}

static void mend_escape(struct mender *mender)
{
    int32_t unit = unit_at(mender->at, mender->end);
    char letter = mender->end - mender->at > 1 ? mender->at[1] : '\0';

    if (unit >= 0) {
        mend_unit(mender, unit);
    } else if (letter != '\0' && strchr("\"\\/bfnrt", letter) != NULL) {
        mend_put(mender, mender->at, 2);
        mender->at += 2;
    } else if (letter == '\'') {
        mend_say(mender, "'");
        mender->at += 2;
    } else {
        mend_say(mender, "\\\\");
        mender->at++;
    }
}

static void mend_control(struct mender *mender)
{
    static const char digits[] = "0123456789abcdef";
    char escape[] = "\\u0000";

    escape[4] = digits[*mender->at >> 4];
    escape[5] = digits[*mender->at & 15];
    mend_say(mender, *mender->at == '\0' ? UTF8_NO_CHARACTER : escape);
    mender->at++;
}

static void mend_character(struct mender *mender)
{
    uint32_t point;
    size_t length = utf8_character(mender->at, (size_t)(mender->end - mender->at), &point);

    if (length == 0)
        mend_say(mender, UTF8_NO_CHARACTER);
    else
        mend_put(mender, mender->at, length);
    mender->at += length == 0 ? 1 : length;
}

static void mend_string(struct mender *mender)
{
    begin_token(mender);
    mend_say(mender, "\"");
    mender->at++;
    while (mender->at < mender->end && *mender->at != '"') {
        if (*mender->at == '\\')
            mend_escape(mender);
        else if ((unsigned char)*mender->at < 0x20)
            mend_control(mender);
        else
            mend_character(mender);
    }
    mend_say(mender, "\"");
    mender->at += mender->at < mender->end;
}

/* --- numbers and words ------------------------------------------------------------------- */

static size_t digits_in(const char *at, const char *end)
{
    const char *from = at;

    while (at < end && isdigit((unsigned char)*at))
        at++;
    return (size_t)(at - from);
}

/* The parts of a number. */
struct number {
    bool negative;
    const char *whole, *fraction, *exponent;
    size_t whole_length, fraction_length, exponent_length; /* exponent: with its sign */
};

static bool read_number(struct number *out, const char *at, const char *end)
{
    size_t digits;

    *out = (struct number){.negative = *at == '-'};
    at += *at == '-' || *at == '+';
    out->whole = at;
    out->whole_length = digits_in(at, end);
    at += out->whole_length;
    if (at < end && *at == '.') {
        out->fraction = ++at;
        out->fraction_length = digits_in(at, end);
        at += out->fraction_length;
    }
    if (out->whole_length + out->fraction_length == 0)
        return false;
    if (at < end && (*at == 'e' || *at == 'E')) {
        out->exponent = ++at;
        at += at < end && (*at == '-' || *at == '+');
        digits = digits_in(at, end);
        at += digits;
        out->exponent_length = (size_t)(at - out->exponent);
        if (digits == 0)
            return false;
    }
    while (out->whole_length > 1 && *out->whole == '0') {
        out->whole++;
        out->whole_length--;
    }
    return at == end;
}

/* Too large for a double? */
static bool is_vast(const struct number *number)
{
    char exponent[8] = "";

    if (number->exponent_length >= sizeof exponent || number->whole_length > EXPONENT_MOST)
        return true;
    if (number->exponent != NULL)
        memcpy(exponent, number->exponent, number->exponent_length);
    return strtol(exponent, NULL, 10) > EXPONENT_MOST - (long)number->whole_length;
}

/* A word that is a number, as JSON has it. False: it is none. */
static bool mend_number(struct mender *mender, const char *end)
{
    struct number number;

    if (!read_number(&number, mender->at, end) || is_vast(&number))
        return false;
    if (number.negative)
        mend_say(mender, "-");
    mend_put(mender, number.whole, number.whole_length);
    if (number.whole_length == 0)
        mend_say(mender, "0");
    if (number.fraction_length > 0) {
        mend_say(mender, ".");
        mend_put(mender, number.fraction, number.fraction_length);
    }
    if (number.exponent != NULL) {
        mend_say(mender, "e");
        mend_put(mender, number.exponent, number.exponent_length);
    } else if (number.fraction_length == 0 && number.whole_length > DIGITS_MOST) {
        mend_say(mender, ".0");
    }
    return true;
}

static bool is_word_byte(char byte)
{
    return isalnum((unsigned char)byte) || strchr("+-._$", byte) != NULL || (byte & 0x80) != 0;
}

static void mend_word(struct mender *mender)
{
    static const char *const known[] = {"true", "false", "null"};
    const char *end = mender->at, *behind;
    const char *said = NULL;

    while (end < mender->end && *end != '\0' && is_word_byte(*end))
        end++;
    for (behind = end; behind < mender->end && isspace((unsigned char)*behind);)
        behind++;
    begin_token(mender);
    for (size_t i = 0; i < sizeof known / sizeof *known && said == NULL; i++)
        if ((size_t)(end - mender->at) == strlen(known[i]) &&
            strncasecmp(mender->at, known[i], strlen(known[i])) == 0)
            said = known[i];
    if (behind < mender->end && *behind == ':') {
        mend_say(mender, "\"");
        while (mender->at < end)
            mend_character(mender);
        mend_say(mender, "\"");
    } else if (said != NULL || !mend_number(mender, end)) {
        mend_say(mender, said != NULL ? said : "null");
    }
    mender->at = end;
}

/* --- between them -------------------------------------------------------------------------- */

/* A comment of either kind, or a byte that means nothing. */
static void pass_comment(struct mender *mender)
{
    const char *at = mender->at, *end = mender->end, *stop = at + 1;

    if (end - at > 1 && at[0] == '/' && at[1] == '/') {
        stop = memchr(at, '\n', (size_t)(end - at));
    } else if (end - at > 1 && at[0] == '/' && at[1] == '*') {
        stop = memmem(at + 2, (size_t)(end - at - 2), "*/", 2);
        stop = stop == NULL ? NULL : stop + 2;
    }
    mender->at = stop == NULL ? end : stop;
}

static void mend_mark(struct mender *mender, char mark)
{
    bool opens = mark == '{' || mark == '[';

    if (opens)
        begin_token(mender);
    if (mark == '}' || mark == ']') {
        if (mender->last == ':')
            mend_say(mender, "null");
        mender->comma = false;
    }
    mend_put(mender, &mark, 1);
    mender->last = opens || mark == ':' ? mark : 'v';
    mender->at++;
}

size_t mend_json(char *out, const char *text, size_t length)
{
    struct mender mender = {.at = text, .end = text + length, .to = out};

    while (mender.at < mender.end) {
        char byte = *mender.at;

        if (byte == '"') {
            mend_string(&mender);
        } else if (byte == ',') {
            mender.comma = mender.last == 'v';
            mender.at++;
        } else if (byte != '\0' && strchr("{}[]:", byte) != NULL) {
            mend_mark(&mender, byte);
        } else if (byte != '\0' && is_word_byte(byte)) {
            mend_word(&mender);
        } else {
            mend_say(&mender, " ");
            pass_comment(&mender);
        }
    }
    return (size_t)(mender.to - out);
}

int mend_parse(struct json **out, const char *text, size_t length, struct crux_error *error)
{
    int status = json_parse(out, text, length, error);
    char *mended;

    if (status != CRUX_INPUT)
        return status;
    mended = malloc(MEND_ROOM(length));
    if (mended == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to mend a JSON text of %zu bytes", length);
    status = json_parse_loose(out, mended, mend_json(mended, text, length), NULL);
    free(mended);
    return status;
}
