/*
 * members.h - endpoints that come and go while a client works.
 *
 *     any thread: http_members_join(), _part() --> one change at a time --> the I/O thread:
 *                                                                           http_members_take()
 *
 * Who asks for a change makes all of it that takes time (addresses, keys), and waits until the I/O
 * thread has taken it, which is at its next turn.
 *
 * The position of an endpoint that has parted stays its own, so that it finds its caches and its
 * past when it joins again; another takes it only when all positions are taken.
 *
 * What may run together. join and part on any thread but the I/O thread; take and shut on that one.
 *          Opening before the others, closing after them.
 */
#ifndef IO_HTTP_MEMBERS_H
#define IO_HTTP_MEMBERS_H

#include "search/crux.h"

#include <pthread.h>

struct http_queue;
struct http_server;
struct http_members_change;

struct http_members {
    pthread_mutex_t lock;
    pthread_cond_t moved;               /* a change was taken, or there is room for one */
    struct http_members_change *change; /* to be taken; NULL: none */
    bool shut;                          /* none will be */
};

void http_members_open(struct http_members *members);
void http_members_close(struct http_members *members);

/* As http_join() and http_part(); wake() makes the I/O thread look. */
int http_members_join(struct http_queue *queue, const struct http_server *server,
                      uint32_t *endpoint, void (*wake)(void *context), void *context,
                      struct crux_error *error);
void http_members_part(struct http_queue *queue, uint32_t endpoint, void (*wake)(void *context),
                       void *context);

void http_members_take(struct http_queue *queue);

/* The last of it: whoever asks from now on is told that the client is stopped. */
void http_members_shut(struct http_queue *queue);

#endif
