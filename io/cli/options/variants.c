/*
 * variants.c - options that shape a tree and take several numbers, or words and a number: what
 * untried children are worth, wings, branching.
 */
#include "io/cli/options/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As short as it can be without becoming another number. */
static void write_decimal(double value, char *out, size_t size)
{
    (void)snprintf(out, size, "%.15g", value);
    if (strtod(out, NULL) < value || strtod(out, NULL) > value)
        (void)snprintf(out, size, "%.17g", value);
}

/* `rule`, `parent`, `parent-X` or `X`. */
static int first_play_read(const struct options_row *row, void *field, const char *text)
{
    struct crux_setup *setup = field;
    enum crux_first_play first = CRUX_FIRST_VALUE;
    double worth = 0.0;

    if (strcmp(text, "rule") == 0)
        first = CRUX_FIRST_RULE;
    else if (strncmp(text, "parent", 6) == 0)
        first = CRUX_FIRST_PARENT;
    if (first == CRUX_FIRST_VALUE && !values_read_real(text, row->least, row->most, &worth))
        return CRUX_INVALID;
    if (first == CRUX_FIRST_PARENT && text[6] != '\0' &&
        (text[6] != '-' || !values_read_real(text + 7, row->least, row->most, &worth)))
        return CRUX_INVALID;
    setup->first = first;
    setup->first_play = worth;
    return CRUX_OK;
}

static void first_play_expect(const struct options_row *row, char *out, size_t size)
{
    (void)snprintf(out, size,
                   "one of rule, parent, parent-X and X, with X a number from %lld to %lld",
                   (long long)row->least, (long long)row->most);
}

static struct json *first_play_write(const struct options_row *row, const void *field)
{
    const struct crux_setup *setup = field;
    char number[32], text[48];

    (void)row;
    write_decimal(setup->first_play, number, sizeof number);
    switch (setup->first) {
    case CRUX_FIRST_RULE:
        return json_of_string("rule");
    case CRUX_FIRST_PARENT:
        (void)snprintf(text, sizeof text, "parent-%s", number);
        return json_of_string(setup->first_play > 0.0 ? text : "parent");
    case CRUX_FIRST_VALUE:
        break;
    }
    return json_of_string(number);
}

/* `K,A`, or `0` for never. With a power of 0 or 1 the number of children would not follow
 * the visits, or would be them. */
static int widen_read(const struct options_row *row, void *field, const char *text)
{
    struct crux_setup *setup = field;
    size_t length = strcspn(text, ",");
    char word[32];
    double factor, power = setup->widen_power;

    if (length >= sizeof word)
        return CRUX_INVALID;
    (void)snprintf(word, sizeof word, "%.*s", (int)length, text);
    if (!values_read_real(word, row->least, row->most, &factor))
        return CRUX_INVALID;
    if (text[length] == ',' && !values_read_real(text + length + 1, 0, 1, &power))
        return CRUX_INVALID;
    if (factor > 0.0 && (text[length] == '\0' || power <= 0.0 || power >= 1.0))
        return CRUX_INVALID;
    setup->widen = factor;
    setup->widen_power = power;
    return CRUX_OK;
}

static void widen_expect(const struct options_row *row, char *out, size_t size)
{
    (void)snprintf(
        out, size,
        "%s with K from %lld to %lld and A between 0 and 1, both excluded, or 0 for never",
        row->metavar, (long long)row->least, (long long)row->most);
}

static struct json *widen_write(const struct options_row *row, const void *field)
{
    const struct crux_setup *setup = field;
    char factor[32], power[32], text[72];

    (void)row;
    if (setup->widen <= 0.0)
        return json_of_string("0");
    write_decimal(setup->widen, factor, sizeof factor);
    write_decimal(setup->widen_power, power, sizeof power);
    (void)snprintf(text, sizeof text, "%s,%s", factor, power);
    return json_of_string(text);
}

/* `all`, or `entropy:LOW,HIGH`. With a HIGH of 0 every node would be asked for all children. */
static int branch_read(const struct options_row *row, void *field, const char *text)
{
    struct crux_setup *setup = field;
    const char *low = strncmp(text, "entropy:", 8) == 0 ? text + 8 : "";
    size_t length = strcspn(low, ",");
    double numbers[2] = {0.0, 0.0};
    char word[32];

    if (strcmp(text, "all") != 0) {
        if (low[length] != ',' || length >= sizeof word)
            return CRUX_INVALID;
        (void)snprintf(word, sizeof word, "%.*s", (int)length, low);
        if (!values_read_real(word, row->least, row->most, &numbers[0]) ||
            !values_read_real(low + length + 1, row->least, row->most, &numbers[1]) ||
            numbers[0] > numbers[1] || numbers[1] <= 0.0)
            return CRUX_INVALID;
    }
    setup->branch_low = numbers[0];
    setup->branch_high = numbers[1];
    return CRUX_OK;
}

static void branch_expect(const struct options_row *row, char *out, size_t size)
{
    (void)snprintf(out, size,
                   "all, or entropy:LOW,HIGH in nats, LOW from %lld, HIGH above 0 and up to %lld, "
                   "LOW at most HIGH",
                   (long long)row->least, (long long)row->most);
}

static struct json *branch_write(const struct options_row *row, const void *field)
{
    const struct crux_setup *setup = field;
    char low[32], high[32], text[80];

    (void)row;
    if (setup->branch_high <= 0.0)
        return json_of_string(NULL);
    write_decimal(setup->branch_low, low, sizeof low);
    write_decimal(setup->branch_high, high, sizeof high);
    (void)snprintf(text, sizeof text, "entropy:%s,%s", low, high);
    return json_of_string(text);
}

const struct options_type values_first_play = {
    first_play_read, first_play_expect, first_play_write, NULL, false, false};
const struct options_type values_widen = {widen_read, widen_expect, widen_write,
                                          NULL,       false,        false};
const struct options_type values_branch = {branch_read, branch_expect, branch_write,
                                           NULL,        false,         false};
