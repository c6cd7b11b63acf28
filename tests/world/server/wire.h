/*
 * wire.h - HTTP/1.1 on loopback, down to the byte: what is asked, and how exactly the
 * answer goes out or does not.
 *
 * A library would see to it that replies are well formed; this server exists to send those
 * that are not. So a reply is bytes, with instructions: where to stop, how to end, how
 * slowly.
 *
 * One thread drives a wire with wire_turn(). A request is reported to asked(), whose texts
 * live for the length of the call; it is answered with wire_answer(), now or later, unless
 * gone() comes first. After sent() or gone() the connection's job is over.
 */
#ifndef TESTS_WORLD_SERVER_WIRE_H
#define TESTS_WORLD_SERVER_WIRE_H

#include "search/crux.h"
#include "tests/world/server/text.h"

struct wire;
struct wire_connection;

struct wire_request {
    const char *method, *path;
    const char *body; /* ends in a NUL that length does not count */
    size_t length;
    const char *key;           /* Idempotency-Key, "": none */
    const char *authorization; /* "": none */
    uint64_t connection;       /* the how-manieth it is */
};

enum wire_end { WIRE_KEEP, WIRE_CLOSE, WIRE_RESET, WIRE_HANG };

struct wire_reply {
    struct text bytes; /* head and body; becomes the wire's */
    size_t cut;        /* the number of them that are sent at most; SIZE_MAX: all */
    uint64_t filler;   /* the number of spaces after them */
    size_t drip;       /* the number of bytes at a time; 0: as fast as can be */
    int64_t drip_ns;
    enum wire_end end;
};

struct wire_handler {
    void *context;
    void (*asked)(void *context, struct wire_connection *connection,
                  const struct wire_request *request);
    void (*sent)(void *context, void *job); /* called before the last bytes go out */
    void (*gone)(void *context, void *job); /* the client left before all was sent */
};

/* Listen on 127.0.0.1; port 0: any. */
int wire_open(struct wire **out, uint16_t port, struct wire_handler handler,
              struct crux_error *error);
void wire_close(struct wire *wire);
uint16_t wire_port(const struct wire *wire);

/* What comes and goes until then at the latest; returns after one round. */
void wire_turn(struct wire *wire, int64_t until_ns);

/* Remember who answers this request. */
void wire_take(struct wire_connection *connection, void *job);
void wire_answer(struct wire_connection *connection, const struct wire_reply *reply);

/* Down: connections are refused and the open ones reset. */
void wire_set_down(struct wire *wire, bool down);

#endif
