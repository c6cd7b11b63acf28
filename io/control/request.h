/*
 * request.h - one line of a client becomes its answer's line, whatever the line is.
 */
#ifndef IO_CONTROL_REQUEST_H
#define IO_CONTROL_REQUEST_H

#include "io/control/control.h"

struct control_server {
    control_serve *serve;
    void *context;
};

/* line: without its end. The answer, with its line's end, is from malloc(); NULL: no memory. *over:
 * it was no request, and nothing more is read. */
char *control_request_answer(const struct control_server *server, const struct control_peer *peer,
                             const char *line, size_t length, bool *over);

/* A refusal's line. */
char *control_request_refuse(int status, const char *sentence);

#endif
