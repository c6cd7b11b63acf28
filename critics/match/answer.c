/*
 * answer.c - the form of an answer.
 *
 * What is only dress for a whole text is taken off first: several boxes become a list, backslashes
 * that were doubled on the way are single again.
 */
#include "critics/match/answer.h"

#include "critics/match/box.h"
#include "critics/match/form.h"
#include "critics/match/parse.h"
#include "critics/match/print.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define WRITTEN ((size_t)MATCH_TEXT * 2) /* of doubled backslashes, or several boxes */

/* Is every backslash there twice, and a command behind one of them? Then it was escaped twice.
 * Where no rows can be, two before a command are enough. */
static bool is_doubled(const char *text, size_t length)
{
    bool command = false, rows = memmem(text, length, "\\begin", 6) != NULL;

    for (size_t i = 0; i < length; i++) {
        size_t run = 0;

        while (i + run < length && text[i + run] == '\\')
            run++;
        if (run % 2 != 0 && rows)
            return false;
        command |= run == 2 && i + 2 < length &&
                   (isalpha((unsigned char)text[i + 2]) != 0 || strchr("([", text[i + 2]) != NULL);
        i += run;
    }
    return command;
}

static size_t halve(const char *text, size_t length, char *out)
{
    size_t put = 0;

    for (size_t i = 0; i < length; i++) {
        out[put++] = text[i];
        i += text[i] == '\\' && i + 1 < length && text[i + 1] == '\\';
    }
    return put;
}

struct match_form *match_read(const char *text, size_t length)
{
    struct match_form *form = calloc(1, sizeof *form);
    struct match_row *row = malloc(sizeof *row);
    char written[WRITTEN], list[WRITTEN];
    size_t listed;

    if (form == NULL || row == NULL) {
        free(form);
        free(row);
        return NULL;
    }
    if (length < WRITTEN && memchr(text, '\\', length) != NULL && is_doubled(text, length)) {
        length = halve(text, length, written);
        text = written;
    }
    listed = length < WRITTEN ? match_box_list((struct crux_text){text, length}, list, sizeof list)
                              : 0; /* it is too long to be an answer */
    if (listed > 0) {
        length = listed;
        text = list;
    }
    if (length <= MATCH_TEXT && match_tokens(row, text, length) && match_parse(form, row))
        match_print_node(form, form->root, form->text, sizeof form->text);
    /* A form that is cut could be taken for another. */
    if (strlen(form->text) + 1 == sizeof form->text)
        form->text[0] = '\0';
    if (form->text[0] == '\0')
        form->root = 0;
    free(row);
    return form;
}

void match_free(struct match_form *form)
{
    free(form);
}

const char *match_text(const struct match_form *form)
{
    return form->text;
}

const char *match_name(const struct match_form *form)
{
    return form->words + form->nodes[form->root].label;
}
