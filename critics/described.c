/*
 * described.c - reads the description of a served critic, piece by piece.
 */
#include "critics/described.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The keys that there are, for a sentence. */
static void list_keys(const struct described_setting *settings, char *out, size_t room)
{
    size_t length = 0;

    out[0] = '\0';
    for (size_t i = 0; settings[i].key != NULL && length < room; i++)
        length += (size_t)snprintf(out + length, room - length, "%s%s", i > 0 ? ", " : "",
                                   settings[i].key);
}

static int described_take_piece(void *into, const char *critic, const char *piece, size_t length,
                                const struct described_setting *settings, struct crux_error *error)
{
    const char *equals = memchr(piece, '=', length);
    size_t key = equals != NULL ? (size_t)(equals - piece) : length;
    char value[DESCRIBED_VALUE], keys[256];

    for (size_t i = 0; settings[i].key != NULL && equals != NULL; i++) {
        if (strlen(settings[i].key) != key || memcmp(settings[i].key, piece, key) != 0)
            continue;
        (void)snprintf(value, sizeof value, "%.*s", (int)(length - key - 1), equals + 1);
        if (length - key <= sizeof value && settings[i].take(into, value))
            return CRUX_OK;
        return crux_fail(error, CRUX_INVALID, "critic %s: %s is %s, not `%.80s`", critic,
                         settings[i].key, settings[i].expected, value);
    }
    list_keys(settings, keys, sizeof keys);
    return crux_fail(error, CRUX_INVALID,
                     "critic %s: expected KEY=VALUE with a key of %s, found `%.*s`", critic, keys,
                     (int)(length < 80 ? length : 80), piece);
}

const char *described_backend(const char *argument)
{
    if (argument == NULL || memchr(argument, '=', strcspn(argument, ",")) != NULL)
        return "";
    return argument;
}

int described_read(char backend[DESCRIBED_NAME], void *into, const char *critic,
                   const char *argument, const struct described_setting *settings,
                   struct crux_error *error)
{
    const char *at = argument != NULL ? argument : "", *name = described_backend(argument);
    size_t length = strcspn(at, ",");
    int status = CRUX_OK;

    backend[0] = '\0';
    if (name == at) {
        if (length >= DESCRIBED_NAME)
            return crux_fail(error, CRUX_INVALID,
                             "critic %s: the name of a backend has at most %d bytes", critic,
                             DESCRIBED_NAME - 1);
        memcpy(backend, at, length);
        backend[length] = '\0';
        at += length + (at[length] == ',');
    }
    while (status == CRUX_OK && *at != '\0') {
        length = strcspn(at, ",");
        status = described_take_piece(into, critic, at, length, settings, error);
        at += length + (at[length] == ',');
    }
    return status;
}

bool described_count(uint32_t *out, const char *value, uint32_t least, uint32_t most)
{
    char *end;
    unsigned long number;

    errno = 0;
    number = strtoul(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0' || *value == '-' || number < least ||
        number > most)
        return false;
    *out = (uint32_t)number;
    return true;
}

bool described_real(double *out, const char *value)
{
    char *end;
    double number = strtod(value, &end);

    if (end == value || *end != '\0' || !isfinite(number))
        return false;
    *out = number;
    return true;
}

bool described_word(unsigned *out, const char *value, const char *const *words)
{
    for (unsigned i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], value) == 0) {
            *out = i;
            return true;
        }
    return false;
}
