/*
 * text.c - the steps of the numbers games as text: writes them in one way, and reads only that.
 *
 * The reader scans loosely, computes what the step must say, prints that, and
 * compares: so text that reads the same but is written otherwise is malformed, and the
 * rule of writing stands in one place.
 */
#include "critics/numbers/text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- writing --------------------------------------------------------------------- */

size_t numbers_print_rational(char *out, size_t room, struct rational value)
{
    int length = value.under == 1
                     ? snprintf(out, room, "%" PRId64, value.over)
                     : snprintf(out, room, "%" PRId64 "/%" PRId64, value.over, value.under);

    return length > 0 ? (size_t)length : 0;
}

static size_t numbers_text_print_text(char *out, size_t at, const char *text)
{
    size_t length = strlen(text);

    assert(at + length < NUMBERS_STEP_BYTES);
    memcpy(out + at, text, length + 1);
    return at + length;
}

static size_t print_number(char *out, size_t at, struct rational value)
{
    return at + numbers_print_rational(out + at, NUMBERS_STEP_BYTES - at, value);
}

size_t numbers_print_step(char out[NUMBERS_STEP_BYTES], const struct numbers_operation *operation,
                          const struct numbers_state *after)
{
    const char sign[] = {' ', operation->sign, ' ', '\0'};
    size_t at = print_number(out, 0, operation->a);

    at = numbers_text_print_text(out, at, sign);
    at = print_number(out, at, operation->b);
    at = numbers_text_print_text(out, at, " = ");
    at = print_number(out, at, operation->result);
    at = numbers_text_print_text(out, at, " (left:");
    for (uint32_t i = 0; i < after->count; i++) {
        at = numbers_text_print_text(out, at, " ");
        at = print_number(out, at, after->left[i]);
    }
    return numbers_text_print_text(out, at, ")");
}

/* --- reading --------------------------------------------------------------------- */

struct scanner {
    const char *at, *end;
};

static bool skip(struct scanner *scanner, const char *text)
{
    size_t length = strlen(text);

    if ((size_t)(scanner->end - scanner->at) < length || memcmp(scanner->at, text, length) != 0)
        return false;
    scanner->at += length;
    return true;
}

/* False: no digit, or more than 64 bits. */
static bool scan_digits(struct scanner *scanner, int64_t *out)
{
    const char *start = scanner->at;

    *out = 0;
    while (scanner->at < scanner->end && *scanner->at >= '0' && *scanner->at <= '9') {
        int64_t digit = *scanner->at++ - '0';

        if (*out > (INT64_MAX - digit) / 10)
            return false;
        *out = *out * 10 + digit;
    }
    return scanner->at > start;
}

/* Reduced, so that `4/2` is not how it would be written. */
static bool scan_rational(struct scanner *scanner, struct rational *out)
{
    bool negative = skip(scanner, "-");
    struct rational over = {0, 1}, under = {1, 1};

    if (!scan_digits(scanner, &over.over))
        return false;
    if (negative)
        over.over = -over.over;
    if (skip(scanner, "/") && !scan_digits(scanner, &under.over))
        return false;
    return rational_compute(out, over, '/', under);
}

static bool scan_sign(struct scanner *scanner, char *out)
{
    if (!skip(scanner, " ") || scanner->at == scanner->end ||
        memchr("+-*/", *scanner->at, 4) == NULL)
        return false;
    *out = *scanner->at++;
    return skip(scanner, " ");
}

static bool scan_left(struct scanner *scanner, struct numbers_state *out)
{
    memset(out, 0, sizeof *out);
    if (!skip(scanner, "(left:"))
        return false;
    while (skip(scanner, " ")) {
        if (out->count == NUMBERS_MOST || !scan_rational(scanner, &out->left[out->count]))
            return false;
        out->count++;
    }
    return skip(scanner, ")") && scanner->at == scanner->end;
}

static bool scan_step(struct scanner *scanner, struct numbers_operation *operation,
                      struct numbers_state *left)
{
    return scan_rational(scanner, &operation->a) && scan_sign(scanner, &operation->sign) &&
           scan_rational(scanner, &operation->b) && skip(scanner, " = ") &&
           scan_rational(scanner, &operation->result) && skip(scanner, " ") &&
           scan_left(scanner, left);
}

static bool written_so(const struct numbers_operation *operation, const struct numbers_state *left,
                       const char *text, size_t length)
{
    char canonical[NUMBERS_STEP_BYTES];
    size_t expected = numbers_print_step(canonical, operation, left);

    return expected == length && memcmp(canonical, text, length) == 0;
}

bool numbers_line_of(const char *text, size_t length, struct numbers_operation *operation,
                     struct numbers_state *left)
{
    struct scanner scanner = {text, text + length};

    return scan_step(&scanner, operation, left) && written_so(operation, left, text, length);
}

enum numbers_fault numbers_step(struct numbers_state *state, const char *text, size_t length,
                                struct numbers_operation *operation)
{
    struct numbers_state said, after = *state;
    struct rational said_result;
    enum numbers_fault fault;

    if (!numbers_line_of(text, length, operation, &said))
        return NUMBERS_MALFORMED;
    if (state->count <= 1)
        return NUMBERS_AFTER_END;
    fault = numbers_check_operands(state, operation);
    if (fault != NUMBERS_LEGAL)
        return fault;
    said_result = operation->result;
    fault = numbers_compute(operation);
    if (fault != NUMBERS_LEGAL)
        return fault;
    if (rational_compare(said_result, operation->result) != 0)
        return NUMBERS_WRONG_RESULT;
    numbers_apply(&after, operation);
    if (!numbers_same(&after, &said))
        return NUMBERS_WRONG_LEFT;
    *state = after;
    return NUMBERS_LEGAL;
}

bool numbers_left_of(const char *text, size_t length, struct numbers_state *state)
{
    struct scanner scanner = {text, text + length};
    struct numbers_state said;

    while (scanner.at < scanner.end && *scanner.at != '(')
        scanner.at++;
    if (!scan_left(&scanner, &said) || said.count == 0)
        return false;
    memset(state, 0, sizeof *state);
    for (uint32_t i = 0; i < said.count; i++)
        numbers_insert(state, said.left[i]);
    return true;
}
