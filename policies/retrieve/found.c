/*
 * found.c - writes documents as steps.
 */
#include "policies/retrieve/found.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct found {
    uint32_t count, most, bytes;
    struct crux_proposal *proposals;
    char **texts; /* of the proposals */
};

struct found *found_open(uint32_t most, uint32_t bytes)
{
    struct found *found = calloc(1, sizeof *found);

    if (found == NULL)
        return NULL;
    found->most = most;
    found->bytes = bytes;
    found->proposals = calloc(most + 1, sizeof *found->proposals);
    found->texts = calloc(most + 1, sizeof *found->texts);
    if (found->proposals != NULL && found->texts != NULL)
        return found;
    found_close(found);
    return NULL;
}

void found_close(struct found *found)
{
    if (found == NULL)
        return;
    for (uint32_t i = 0; i < found->count; i++)
        free(found->texts[i]);
    free(found->texts);
    free(found->proposals);
    free(found);
}

/* --- the text -----------------------------------------------------------------------------------
 */

bool found_is_of(const char *text, const char *id)
{
    size_t length = strlen(id);

    return text[0] == '[' && strncmp(text + 1, id, length) == 0 && text[1 + length] == ']' &&
           (text[2 + length] == '\0' || text[2 + length] == ' ' || text[2 + length] == '\v');
}

/* A text in one line: what parts its words is a blank. */
static char *found_write_line(char *to, const char *text)
{
    char *begin = to;
    bool blank = false;

    for (; *text != '\0'; text++) {
        if (isspace((unsigned char)*text)) {
            blank = to > begin;
            continue;
        }
        if (blank)
            *to++ = ' ';
        blank = false;
        *to++ = *text;
    }
    return to;
}

/* A text with '\v' where lines end. */
static char *found_write_lines(char *to, const char *text)
{
    for (; *text != '\0'; text++) {
        bool end = *text == '\r' || *text == '\n';

        if (text[0] == '\r' && text[1] == '\n')
            text++;
        *to++ = *text;
        if (end)
            to[-1] = '\v';
    }
    return to;
}

/* The largest length up to most at which no character is torn; of a word none either, where a blank
 * is in the last half. */
static size_t cut_at(const char *text, size_t most)
{
    size_t at = most;

    while (at > most / 2 && !isspace((unsigned char)text[at]))
        at--;
    if (at > most / 2)
        return at;
    for (at = most; at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80;)
        at--;
    return at;
}

/* NULL: no memory. */
static char *write_document(const struct retrieved *document, uint32_t bytes)
{
    size_t room = strlen(document->id) + strlen(document->title) + strlen(document->text) + 8;
    char *text = malloc(room), *end = text;
    size_t head = strlen(document->id) + 2, length;

    if (text == NULL)
        return NULL;
    *end++ = '[';
    end = stpcpy(end, document->id);
    *end++ = ']';
    if (document->title[0] != '\0') {
        *end++ = ' ';
        end = found_write_line(end, document->title);
    }
    if (document->text[0] != '\0') {
        *end++ = '\v';
        end = found_write_lines(end, document->text);
    }
    length = (size_t)(end - text);
    if (length > bytes)
        length = bytes > head ? cut_at(text, bytes) : head;
    length = length > head ? length : head; /* which names the document */
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    text[length] = '\0';
    return text;
}

/* --- the reply ----------------------------------------------------------------------------------
 */

bool found_is_full(const struct found *found)
{
    return found->count == found->most;
}

int found_add(struct found *found, const struct retrieved *document)
{
    char *text;

    if (found_is_full(found))
        return CRUX_END;
    for (uint32_t i = 0; i < found->count; i++)
        if (found_is_of(found->texts[i], document->id))
            return CRUX_OK;
    text = write_document(document, found->bytes);
    if (text == NULL)
        return CRUX_MEMORY;
    found->texts[found->count] = text;
    found->proposals[found->count++] =
        (struct crux_proposal){.text = text, .prior = (float)document->score};
    return CRUX_OK;
}

static bool found_has_scores(const struct found *found)
{
    for (uint32_t i = 0; i < found->count; i++)
        if (!(found->proposals[i].prior > 0.0F && found->proposals[i].prior <= 3e38F))
            return false;
    return true;
}

void found_reply(struct crux_reply *out, struct found *found)
{
    bool scores = found_has_scores(found);

    for (uint32_t i = 0; i < found->count && !scores; i++)
        found->proposals[i].prior = 1.0F / (float)(i + 1);
    *out =
        (struct crux_reply){.count = found->count, .proposals = found->proposals, .owner = found};
}

void found_release(struct crux_reply *reply)
{
    found_close(reply->owner);
}
