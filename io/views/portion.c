/*
 * portion.c - reads shares in billionths, exactly, and draws a portion for an id.
 */
#include "io/views/portion.h"

#include <stdio.h>
#include <string.h>

#include "io/draw.h"

enum { PORTION_WHOLE = 1000000000, PORTION_DECIMALS = 9 };

static int portion_fail(struct crux_error *error, const char *text, size_t length, const char *why)
{
    return crux_fail(error, CRUX_INVALID, "the split `%.*s`: %s", length > 80 ? 80 : (int)length,
                     text, why);
}

/* A share of at most 1, in billionths; 0: it is none. */
static uint32_t portion_share(const char *text, size_t length)
{
    uint64_t share = 0;
    int decimals = -1;

    for (size_t i = 0; i < length; i++) {
        if (text[i] == '.' && decimals < 0 && i > 0) {
            decimals = 0;
            continue;
        }
        if (text[i] < '0' || text[i] > '9' || decimals == PORTION_DECIMALS || share > PORTION_WHOLE)
            return 0;
        share = share * 10 + (uint64_t)(text[i] - '0');
        decimals += decimals >= 0;
    }
    if (decimals == 0)
        return 0;
    for (int i = decimals < 0 ? 0 : decimals; i < PORTION_DECIMALS && share <= PORTION_WHOLE; i++)
        share *= 10;
    return share > PORTION_WHOLE ? 0 : (uint32_t)share;
}

/* "NAME=SHARE", the next of them. */
static int portion_add(struct portions *portions, const char *item, size_t length,
                       struct crux_error *error)
{
    size_t name = strspn(item, "abcdefghijklmnopqrstuvwxyz_");
    char *out = portions->names[portions->count];

    if (name == 0 || name >= length || item[name] != '=' || name >= PORTION_NAME)
        return portion_fail(error, item, length,
                            "expected NAME=SHARE, with a name of at most 31 letters a-z and '_'");
    if (name == 3 && strncmp(item, "all", name) == 0)
        return portion_fail(error, item, length, "all is what loaders call all of them together");
    (void)snprintf(out, PORTION_NAME, "%.*s", (int)name, item);
    for (size_t i = 0; i < portions->count; i++)
        if (strcmp(portions->names[i], out) == 0)
            return portion_fail(error, item, length, "its name comes twice");
    portions->shares[portions->count] = portion_share(item + name + 1, length - name - 1);
    if (portions->shares[portions->count] == 0)
        return portion_fail(error, item, length,
                            "expected a share above 0 and at most 1, of up to nine decimals");
    portions->count++;
    return CRUX_OK;
}

int portions_read(struct portions *out, const char *text, struct crux_error *error)
{
    struct portions portions = {.count = 0};
    const char *at = text == NULL ? "train=1" : text;
    uint64_t sum = 0;

    for (;;) {
        size_t length = strcspn(at, ",");
        int status;

        if (portions.count == PORTIONS_MOST)
            return crux_fail(error, CRUX_INVALID, "a split has at most %d parts", PORTIONS_MOST);
        status = portion_add(&portions, at, length, error);
        if (status != CRUX_OK)
            return status;
        sum += portions.shares[portions.count - 1];
        if (at[length] == '\0')
            break;
        at += length + 1;
    }
    if (sum != PORTION_WHOLE)
        return portion_fail(error, text, strlen(text), "its shares do not sum to 1");
    *out = portions;
    return CRUX_OK;
}

size_t portions_of(const struct portions *portions, uint64_t seed, const char *id)
{
    uint64_t word = draw(draw_mix(seed), draw_text(id, strlen(id)));
    uint64_t at = (word >> 32) * PORTION_WHOLE >> 32; /* below PORTION_WHOLE, evenly */
    size_t portion = 0;

    while (portion + 1 < portions->count && at >= portions->shares[portion])
        at -= portions->shares[portion++];
    return portion;
}
