/*
 * poll.c - waits for sockets (epoll, level-triggered) and for a wake-up from other threads.
 *
 * Which sockets are watched is not remembered here: the kernel knows, and its answer
 * distinguishes a new one from a known one.
 */
#include "io/http/poll.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define WAIT_MOST INT64_C(60000000000)

bool http_poll_open(struct http_poll *poll)
{
    struct epoll_event event = {.events = EPOLLIN};

    poll->epoll = epoll_create1(EPOLL_CLOEXEC);
    poll->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    event.data.fd = poll->wake;
    return poll->epoll >= 0 && poll->wake >= 0 &&
           epoll_ctl(poll->epoll, EPOLL_CTL_ADD, poll->wake, &event) == 0;
}

void http_poll_close(struct http_poll *poll)
{
    if (poll->epoll >= 0)
        (void)close(poll->epoll);
    if (poll->wake >= 0)
        (void)close(poll->wake);
    poll->epoll = poll->wake = -1;
}

void http_poll_wake(struct http_poll *poll)
{
    (void)eventfd_write(poll->wake, 1); /* can only fail when it is awake anyway */
}

void http_poll_watch(struct http_poll *poll, int socket, bool in, bool out)
{
    struct epoll_event event = {.events = (in ? EPOLLIN : 0u) | (out ? EPOLLOUT : 0u)};

    event.data.fd = socket;
    if (!in && !out)
        (void)epoll_ctl(poll->epoll, EPOLL_CTL_DEL, socket, &event);
    else if (epoll_ctl(poll->epoll, EPOLL_CTL_ADD, socket, &event) != 0 && errno == EEXIST)
        (void)epoll_ctl(poll->epoll, EPOLL_CTL_MOD, socket, &event);
}

int http_poll_wait(struct http_poll *poll, int64_t wait_ns, struct http_ready ready[HTTP_READY])
{
    struct epoll_event events[HTTP_READY];
    int64_t wait = wait_ns < 0 ? 0 : wait_ns > WAIT_MOST ? WAIT_MOST : wait_ns;
    int count = epoll_wait(poll->epoll, events, HTTP_READY, (int)((wait + 999999) / 1000000));
    int sockets = 0;

    for (int i = 0; i < count; i++) {
        uint32_t what = events[i].events;
        eventfd_t wakes;

        if (events[i].data.fd == poll->wake)
            (void)eventfd_read(poll->wake, &wakes);
        else
            ready[sockets++] = (struct http_ready){.socket = events[i].data.fd,
                                                   .in = (what & EPOLLIN) != 0,
                                                   .out = (what & EPOLLOUT) != 0,
                                                   .error = (what & (EPOLLERR | EPOLLHUP)) != 0};
    }
    return sockets;
}
