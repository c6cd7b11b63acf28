/*
 * status.c - statuses as words, since numbers of an enum are nobody's business on a socket.
 */
#include <string.h>

#include "io/control/control.h"

static const struct {
    int status;
    const char *word;
} control_words[] = {{CRUX_INVALID, "invalid"}, {CRUX_INPUT, "input"},
                     {CRUX_STORE, "store"},     {CRUX_MEMORY, "memory"},
                     {CRUX_FAILED, "failed"},   {CRUX_CANCELLED, "cancelled"}};

enum { CONTROL_WORDS = sizeof control_words / sizeof control_words[0] };

const char *control_status_word(int status)
{
    for (size_t i = 0; i < CONTROL_WORDS; i++)
        if (control_words[i].status == status)
            return control_words[i].word;
    return "failed";
}

int control_status_of(const char *word)
{
    for (size_t i = 0; word != NULL && i < CONTROL_WORDS; i++)
        if (strcmp(control_words[i].word, word) == 0)
            return control_words[i].status;
    return CRUX_FAILED;
}
