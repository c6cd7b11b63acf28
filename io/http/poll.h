/*
 * poll.h - sleep until a socket is ready, a time has come, or another thread wakes us.
 *
 * A thin layer over epoll and an eventfd. What it costs depends on how many sockets are
 * ready, not on how many are open, which is what makes thousands of slow calls cheap.
 *
 * Threads. http_poll_wake() from any thread and any number of them; the rest belongs to
 *          one. Wakes that come before the sleep are not lost; many are one.
 */
#ifndef IO_HTTP_POLL_H
#define IO_HTTP_POLL_H

#include <stdbool.h>
#include <stdint.h>

struct http_poll {
    int epoll, wake;
};

enum { HTTP_READY = 256 };

struct http_ready {
    int socket;
    bool in, out, error;
};

bool http_poll_open(struct http_poll *poll);
void http_poll_close(struct http_poll *poll);
void http_poll_wake(struct http_poll *poll);

/* Neither in nor out: the socket is forgotten. */
void http_poll_watch(struct http_poll *poll, int socket, bool in, bool out);

/* Sleep at most wait_ns. Returns the number of ready sockets; a wake-up is not one. */
int http_poll_wait(struct http_poll *poll, int64_t wait_ns, struct http_ready ready[HTTP_READY]);

#endif
