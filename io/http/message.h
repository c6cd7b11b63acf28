/*
 * message.h - a request's body as it goes out and a reply as it comes in, piece by piece.
 *
 * A reply is bounded: a head of 256 KiB, a body of body_most bytes, compressed and not. What is
 * beyond is refused, and the message remembers that it was. Of the head only what decides about
 * waiting and reading is kept.
 *
 * Blanks and lines of comments before the first other byte are a server's way to say that it still
 * works: they are kept, and the body has not begun.
 *
 * Ownership. The body's block belongs to the message and is used again for the next
 *            reply, until http_message_free() or until the caller takes it and sets body
 *            to NULL and room to 0.
 * Threads.   One at a time.
 */
#ifndef IO_HTTP_MESSAGE_H
#define IO_HTTP_MESSAGE_H

#include "io/http/http.h"

/* What came of a request. */
struct http_result {
    struct http_verdict verdict;
    int status;
    char *body; /* taken by done(): NULL afterwards */
    size_t length;
    int64_t wait_ns; /* as the server asked; below 0: it did not */
    bool unheard;    /* it reached no server: it costs the call nothing */
    bool unknown;    /* it was sent, and no whole reply came */
    bool broken;     /* the connection broke */
    bool stale;      /* it was an old one that had been closed: to be sent again at once */
};

struct http_message {
    const struct http_request *request;
    uint32_t piece; /* that is sent next, and where in it */
    size_t piece_at;

    char *body; /* ends in a NUL; NULL: no memory was needed yet */
    size_t length, room, head_length;
    uint64_t body_most;
    bool too_much;
    bool begun;                /* more came of the body than blanks and comments */
    bool comment;              /* the last that came was in a line of one */
    char coding[64];           /* the body's, as the header says; "": none, or it is undone */
    int64_t date_s;            /* the server's clock; below 0: it did not say */
    char after[64], reset[64]; /* as headers ask to wait, "": not; reset: the sooner one */
    int64_t after_ms_ns;       /* likewise; below 0: not */
    char location[160];        /* of a redirect, "": none */
};

void http_message_begin(struct http_message *message, const struct http_request *request,
                        uint64_t body_most);
void http_message_free(struct http_message *message);

/* The next bytes of the request's body, at most room; 0: that was all. */
size_t http_message_read(struct http_message *message, char *out, size_t room);
void http_message_rewind(struct http_message *message);

/* A header line, also the status line, with which all is new; and bytes of the body. False:
 * it is too much, or there is no memory. */
bool http_message_header(struct http_message *message, const char *line, size_t length);
bool http_message_add(struct http_message *message, const char *bytes, size_t length);

/* The body as it was before it was compressed (coding.h), when all of it is there. False: it is too
 * much. */
bool http_message_decode(struct http_message *message);

/* What a whole reply with this status means. */
void http_message_judge(const struct http_message *message, int status, int64_t retry_after_max_ns,
                        struct http_result *out);

/* Why no whole reply came: said, or that it was too much. */
void http_message_trouble(const struct http_message *message, const char *said, char *out,
                          size_t size);

/* Lend the body to done(), which may keep it: then it sets result->body to NULL. */
void http_message_show(struct http_message *message, struct http_result *result);
void http_message_take_back(struct http_message *message, const struct http_result *result);

/* May the server bill what came of it? What it has answered with a 200, unless that says that it
 * was too busy; whatever names a usage; and what it got without our hearing of it. */
bool http_message_billed(const struct http_result *result);

#endif
