/*
 * members.c - finds the critics between brackets.
 */
#include "critics/members.h"

#include <string.h>

static struct crux_text members_trim(const char *start, const char *end)
{
    while (start < end && *start == ' ')
        start++;
    while (end > start && end[-1] == ' ')
        end--;
    return (struct crux_text){start, (size_t)(end - start)};
}

/* The ] of the [ at start; NULL: it is not closed. */
static const char *members_close(const char *start, const char *end)
{
    size_t open = 0;

    for (const char *at = start; at < end; at++) {
        open += *at == '[';
        open -= *at == ']';
        if (open == 0)
            return at;
    }
    return NULL;
}

static int members_refuse(const char *critic, const char *at, const char *end,
                          struct crux_error *error)
{
    struct crux_text rest = members_trim(at, end);

    return crux_fail(error, CRUX_INVALID,
                     "critic %s asks other critics, each between brackets as in [match][numbers]; "
                     "expected a [ with its ], found `%.*s`",
                     critic, (int)(rest.length < 80 ? rest.length : 80), rest.start);
}

int members_read(struct members *out, const char *text, size_t length, const char *critic,
                 struct crux_error *error)
{
    const char *at = text != NULL ? text : "", *end = at + length;
    const char *first = length > 0 ? memchr(at, '[', length) : NULL;

    out->word = members_trim(at, first != NULL ? first : end);
    out->count = 0;
    for (at = first; at != NULL && at < end; at++) {
        const char *close;

        if (*at == ' ')
            continue;
        close = *at == '[' ? members_close(at, end) : NULL;
        if (close == NULL)
            return members_refuse(critic, at, end, error);
        if (out->count == MEMBERS_MOST)
            return crux_fail(error, CRUX_INVALID, "critic %s asks %d others at most", critic,
                             MEMBERS_MOST);
        out->items[out->count++] = members_trim(at + 1, close);
        at = close;
    }
    return out->count > 0 ? CRUX_OK : members_refuse(critic, end, end, error);
}

int members_read_bare(struct members *out, const char *argument, const char *critic,
                      struct crux_error *error)
{
    int status =
        members_read(out, argument, argument != NULL ? strlen(argument) : 0, critic, error);

    if (status != CRUX_OK || out->word.length == 0)
        return status;
    return crux_fail(error, CRUX_INVALID,
                     "critic %s has nothing but members, and got `%.*s` before them", critic,
                     (int)(out->word.length < 80 ? out->word.length : 80), out->word.start);
}

enum crux_role members_take_role(struct crux_text *member, enum crux_role role)
{
    for (int other = 0; other < CRUX_ROLES; other++) {
        const char *name = crux_role_name((enum crux_role)other);
        size_t length = strlen(name);

        if (member->length <= length || memcmp(member->start, name, length) != 0 ||
            member->start[length] != '=')
            continue;
        *member = (struct crux_text){member->start + length + 1, member->length - length - 1};
        return (enum crux_role)other;
    }
    return role;
}
