/*
 * split_invented.c - what a model wrote as the output of its own program, behind the program.
 */
#include <ctype.h>
#include <string.h>

#include "io/closing.h"
#include "io/fence.h"
#include "io/split.h"

static const char *const invented_languages[] = {"output", "stdout",   "console",
                                                 "result", "terminal", NULL};

static const char *const invented_labels[] = {"output",
                                              "program output",
                                              "expected output",
                                              "sample output",
                                              "example output",
                                              "the output is",
                                              "the output will be",
                                              "the output of the code is",
                                              "result",
                                              "execution result",
                                              "console output",
                                              "stdout",
                                              "the program prints",
                                              "this prints",
                                              "this will output",
                                              "this outputs",
                                              "running this code gives",
                                              NULL};

static bool invented_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct crux_text invented_bare(const char *at, const char *end)
{
    while (at < end && (invented_blank(*at) || strchr("*_#>`~", *at) != NULL))
        at++;
    while (at < end && (invented_blank(end[-1]) || strchr("*_:`", end[-1]) != NULL))
        end--;
    return (struct crux_text){at, (size_t)(end - at)};
}

static const char *invented_line_end(const char *at, const char *end)
{
    while (at < end && *at != '\n' && *at != '\v')
        at++;
    return at;
}

static const char *invented_next_line(const char *at, const char *end)
{
    at = invented_line_end(at, end);
    return at < end ? at + 1 : at;
}

static const char *invented_skip(const char *at, const char *end)
{
    while (at < end && invented_blank(*at))
        at++;
    return at;
}

/* Behind the block of code that the line at at opens; NULL: it opens none. */
static const char *invented_block_end(const char *at, const char *end)
{
    struct fence fence = {.mark = '\0'};

    do {
        const char *stop = invented_line_end(at, end);

        fence_read_line(&fence, at, stop);
        if (fence.mark == '\0' && !fence.closed)
            return NULL;
        at = stop < end ? stop + 1 : stop;
    } while (at < end && fence.mark != '\0');
    return at;
}

/* Is the block that the line at at opens one of output, by the word behind its mark? */
static bool invented_is_output(const char *at, const char *end)
{
    struct crux_text line = invented_bare(at, invented_line_end(at, end));
    const char *behind = line.start + line.length, *word = behind;

    while (word > line.start && isalpha((unsigned char)word[-1]) != 0)
        word--;
    return closing_listed(invented_languages, (struct crux_text){word, (size_t)(behind - word)});
}

/* `Output:`, maybe with the output behind it. */
static bool invented_is_label(const char *at, const char *end)
{
    const char *stop = invented_line_end(at, end);
    const char *colon = memchr(at, ':', (size_t)(stop - at));

    return colon != NULL && closing_listed(invented_labels, invented_bare(at, colon));
}

/* The end of what a label stands for: a block, or the lines up to an empty one. */
static const char *invented_labelled_end(const char *at, const char *end)
{
    const char *stop = invented_line_end(at, end);
    const char *colon = memchr(at, ':', (size_t)(stop - at));
    const char *next = invented_next_line(at, end), *said = invented_skip(colon + 1, end), *block;

    if (said >= stop || invented_bare(colon + 1, stop).length == 0) {
        while (next < end &&
               invented_skip(next, invented_next_line(next, end)) == invented_next_line(next, end))
            next = invented_next_line(next, end);
        block = next < end ? invented_block_end(next, end) : NULL;
        if (block != NULL)
            return block;
    }
    while (next < end &&
           invented_skip(next, invented_line_end(next, end)) < invented_line_end(next, end))
        next = invented_next_line(next, end);
    return next;
}

size_t split_invented(struct crux_text text, struct crux_text *out, size_t room)
{
    const char *at = text.start, *end = text.start + text.length, *next;
    bool program = false; /* the model has written one */
    size_t count = 0;

    for (; at < end; at = next) {
        const char *block = invented_block_end(at, end);
        bool invented =
            program && (block != NULL ? invented_is_output(at, end) : invented_is_label(at, end));

        next = block != NULL ? block : invented_next_line(at, end);
        if (invented) {
            next = block != NULL ? block : invented_labelled_end(at, end);
            if (count++ < room)
                out[count - 1] = (struct crux_text){at, (size_t)(next - at)};
        } else if (block != NULL) {
            program = program || !invented_is_output(at, end);
        }
    }
    return count;
}
