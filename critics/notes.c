/*
 * notes.c - a note, its texts and its verdicts of steps in one block.
 */
#include "critics/notes.h"

#include <stdlib.h>
#include <string.h>

static const char *notes_copy(char **at, const char *text)
{
    char *copy = *at;

    *at = stpcpy(copy, text) + 1;
    return copy;
}

int notes_reply(struct crux_reply *out, const struct crux_note *note)
{
    uint32_t steps = note != NULL && note->steps != NULL ? note->step_count : 0;
    struct crux_note *copy;
    char *at;

    if (note == NULL)
        return CRUX_DONE;
    copy = malloc(sizeof *copy + steps + strlen(note->text) + strlen(note->error_type) +
                  strlen(note->corrected_step) + strlen(note->method) + 4);
    if (copy == NULL) {
        out->sentence = "no memory for a critique";
        return CRUX_MEMORY;
    }
    *copy = *note;
    at = (char *)(copy + 1);
    if (steps > 0)
        memcpy(at, note->steps, steps);
    copy->steps = note->steps != NULL ? (const uint8_t *)at : NULL;
    copy->step_count = steps;
    at += steps;
    copy->text = notes_copy(&at, note->text);
    copy->error_type = notes_copy(&at, note->error_type);
    copy->corrected_step = notes_copy(&at, note->corrected_step);
    copy->method = notes_copy(&at, note->method);
    out->note = copy;
    out->owner = copy;
    return CRUX_DONE;
}

void notes_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free(reply->owner);
}
