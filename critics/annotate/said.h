/*
 * said.h - what an annotator's answer says, and what is no critique.
 *
 * An answer has the form that its stage asked for (words.h), or it is none (critics/replied.h: one
 * JSON object, thoughts and a fence around it passed over).
 *
 * A critique that has the form may be refused for what it says (refusal.h). In stages EACH and
 * AGAIN each text must be there and not too long; in JUDGE all verdicts must be what is known
 * (annotate_said_agrees()). What is refused in stage INJECT stands in inject.h.
 *
 * Ownership. What was said owns its texts.
 * Threads.   Pure; any thread.
 */
#ifndef CRITICS_ANNOTATE_SAID_H
#define CRITICS_ANNOTATE_SAID_H

#include "critics/annotate/words.h"
#include "io/chat/reply.h"

struct annotate_said {
    char *text; /* the critique; INJECT: an object, as crux_call.details says; NULL in stages EACH
                   and AGAIN, and in META where no critique of the members was kept */
    uint32_t step;             /* from 0; CRUX_NO_STEP: it points at none */
    struct annotate_list list; /* EACH, AGAIN */
    enum crux_verdict answer;  /* JUDGE, and ... */
    uint8_t *steps;            /* ... enum crux_verdict for each step of the path */
};

enum annotate_reading {
    ANNOTATE_READ,    /* *out is set */
    ANNOTATE_NO_FORM, /* it is no answer to the question */
    ANNOTATE_REFUSED, /* it is one, and refused */
    ANNOTATE_NO_MEMORY
};

/* *why: a sentence that lasts, where it was not read. */
enum annotate_reading annotate_said_read(struct annotate_said *out, const char **why,
                                         const struct annotate_asked *asked,
                                         const struct chat_sample *sample);
void annotate_said_close(struct annotate_said *said); /* a zeroed one too */
void annotate_list_close(struct annotate_list *list); /* likewise */

/* Do verdicts match what is known? Of a wrong path: the answer is wrong; where the first wrong step
 * is known, it is wrong and those before it are right, and those behind it are not compared. Of a
 * right path: all is right. */
bool annotate_said_agrees(const struct annotate_said *said, const struct annotate_matter *matter);

#endif
