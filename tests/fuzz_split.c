/*
 * fuzz_split.c - any bytes as a model's text: whichever way it is cut, the steps are the text, none
 * is empty, and only the last one may be an opening.
 *
 * The first byte picks the way and where the first step begins, the rest is the text.
 */
#include "io/split.h"

#include <stdlib.h>
#include <string.h>

static void insist(bool true_here)
{
    if (!true_here)
        abort();
}

static void check_steps(enum split_way way, struct crux_text text, size_t from)
{
    struct split split = split_begin(way, text, from);
    const char *at = text.start + from, *end = text.start + text.length;
    struct crux_text step;

    while (split_next(&split, &step)) {
        insist(step.start == at && step.length > 0);
        at += step.length;
        insist(way != SPLIT_MODEL || at == end);
    }
    insist(at == end);
}

static void check_joins(struct crux_text text)
{
    struct crux_text steps[64];
    bool belongs[64];
    size_t count = 0;

    for (const char *at = text.start, *end = at + text.length; at < end && count < 64;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));

        stop = stop == NULL ? end : stop;
        steps[count++] = (struct crux_text){at, (size_t)(stop - at)};
        at = stop + (stop < end);
    }
    insist(split_joins(steps, count, belongs));
    insist(count == 0 || !belongs[count - 1]);
}

static void check_invented(struct crux_text text)
{
    struct crux_text found[8];
    size_t count = split_invented(text, found, 8);
    const char *at = text.start;

    for (size_t i = 0; i < count && i < 8; i++) {
        insist(found[i].start >= at && found[i].length > 0);
        at = found[i].start + found[i].length;
    }
    insist(at <= text.start + text.length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct crux_text text = {(const char *)data + 1, size - 1};
    bool inside;

    if (size == 0)
        return 0;
    check_steps((enum split_way)(data[0] % 4), text, 0);
    check_steps((enum split_way)(data[0] % 4), text, text.length * (data[0] / 4) / 64);
    (void)split_opens(text);
    (void)split_opens_from(text, text.length / 2, &inside);
    check_joins(text);
    check_invented(text);
    return 0;
}
