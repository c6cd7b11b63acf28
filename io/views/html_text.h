/*
 * html_text.h - a growing text, for what the page shows of a problem.
 *
 * Ownership. The caller's struct, zeroed at first; who frees its text is done with it.
 * Threads.   One at a time.
 * Errors.    CRUX_MEMORY.
 */
#ifndef IO_VIEWS_HTML_TEXT_H
#define IO_VIEWS_HTML_TEXT_H

#include "search/crux.h"

struct html_text {
    char *text; /* ends in NUL; NULL: nothing was ever put in */
    size_t length, room;
};

int html_text_add(struct html_text *text, const char *start, size_t length,
                  struct crux_error *error);

#endif
