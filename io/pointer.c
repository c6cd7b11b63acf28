/*
 * pointer.c - follows a JSON pointer, part by part.
 */
#include "io/pointer.h"

#include <assert.h>
#include <string.h>

enum { PART_MOST = 256 }; /* bytes of a name */

/* The part behind a '/', without its escapes, up to the next; returns where it ends, NULL: it is
 * none. */
static const char *pointer_part(char part[PART_MOST], const char *at)
{
    size_t length = 0;

    for (; *at != '\0' && *at != '/'; at++) {
        char byte = *at;

        if (byte == '~') {
            at++;
            if (*at != '0' && *at != '1')
                return NULL;
            byte = *at == '0' ? '~' : '/';
        }
        if (length + 1 == PART_MOST)
            return NULL;
        part[length++] = byte;
    }
    part[length] = '\0';
    return at;
}

bool pointer_is(const char *pointer)
{
    char part[PART_MOST];

    while (pointer != NULL && *pointer == '/')
        pointer = pointer_part(part, pointer + 1);
    return pointer != NULL && *pointer == '\0';
}

/* An array's place: digits without a zero before them. */
static bool pointer_index(size_t *out, const char *part)
{
    size_t index = 0, length = strlen(part);

    if (length == 0 || length > 9 || strspn(part, "0123456789") != length ||
        (part[0] == '0' && length > 1))
        return false;
    for (size_t i = 0; i < length; i++)
        index = index * 10 + (size_t)(part[i] - '0');
    *out = index;
    return true;
}

static const struct json *pointer_step(const struct json *value, const char *part, uint32_t star)
{
    size_t index = star;

    if (json_type_of(value) == JSON_IS_OBJECT)
        return json_get(value, part);
    if (json_type_of(value) != JSON_IS_ARRAY ||
        (strcmp(part, "*") != 0 && !pointer_index(&index, part)))
        return NULL;
    return json_at(value, index);
}

const struct json *pointer_find(const struct json *document, const char *pointer, uint32_t star)
{
    char part[PART_MOST];

    assert(pointer_is(pointer));
    while (document != NULL && *pointer == '/') {
        pointer = pointer_part(part, pointer + 1);
        document = pointer_step(document, part, star);
    }
    return document;
}
