/*
 * block.c - finds the last fenced block of a text.
 */
#include "critics/run/block.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static size_t line_length(const char *at, const char *end)
{
    const char *stop = memchr(at, '\n', (size_t)(end - at));

    return stop != NULL ? (size_t)(stop - at) : (size_t)(end - at);
}

/* Behind the ``` of a line, which may be indented by three blanks; NULL: it is no fence. */
static const char *fence_of(const char *line, size_t length)
{
    size_t i = 0;

    while (i < length && i < 3 && line[i] == ' ')
        i++;
    return length >= i + 3 && memcmp(line + i, "```", 3) == 0 ? line + i + 3 : NULL;
}

static struct crux_text first_word(const char *at, const char *end)
{
    const char *start = at;

    while (start < end && (*start == ' ' || *start == '`'))
        start++;
    for (at = start; at < end && *at != ' ' && *at != '\r' && *at != '{' && *at != ':';)
        at++;
    return (struct crux_text){start, (size_t)(at - start)};
}

const char *run_block_language(struct crux_text word)
{
    static const char *const names[][2] = {{"c", "c"},    {"cpp", "c++"}, {"c++", "c++"},
                                           {"cc", "c++"}, {"cxx", "c++"}, {"ipython", "python"},
                                           {"", "python"}};

    if (word.length >= 2 && strncasecmp(word.start, "py", 2) == 0)
        return "python";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i][0]) == word.length &&
            strncasecmp(names[i][0], word.start, word.length) == 0)
            return names[i][1];
    return NULL;
}

/* Of two blocks the one that is more is taken. */
static int block_rank(const struct run_block *block, bool known)
{
    bool worded = block->language.length > 0;

    return worded + (worded && known && run_block_language(block->language) != NULL);
}

struct run_block run_block_find(const char *text, size_t length, bool known)
{
    const char *end = text + length;
    struct run_block found = {.code = {text, length}, .language = {text, 0}}, block = found;
    bool inside = false;

    for (const char *line = text; line < end;) {
        size_t size = line_length(line, end);
        const char *fence = fence_of(line, size);
        const char *next = line + size < end ? line + size + 1 : end;

        if (fence != NULL && !inside)
            block = (struct run_block){.code = {next, (size_t)(end - next)},
                                       .language = first_word(fence, line + size),
                                       .indent = (size_t)(fence - line) - 3};
        else if (fence != NULL)
            block.code.length = (size_t)(line - block.code.start);
        inside = inside != (fence != NULL);
        if ((fence != NULL && !inside) || (inside && next == end))
            found = block_rank(&block, known) >= block_rank(&found, known) ? block : found;
        line = next;
    }
    return found;
}

char *run_block_code(const struct run_block *block, size_t *length)
{
    const char *at = block->code.start, *end = at + block->code.length;
    char *code = malloc(block->code.length + 1), *to = code;

    while (code != NULL && at < end) {
        size_t size = line_length(at, end), blanks = 0;

        while (blanks < block->indent && blanks < size && at[blanks] == ' ')
            blanks++;
        size += at + size < end;
        memcpy(to, at + blanks, size - blanks);
        to += size - blanks;
        at += size;
    }
    if (code == NULL)
        return NULL;
    *to = '\0';
    *length = (size_t)(to - code);
    return code;
}
