/*
 * control.c - the thread that serves those who steer a run.
 *
 * A client is a record with a line that comes in and an answer that goes out; while the answer has
 * not gone nothing more of it is read.
 */
#include "io/control/control.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "io/control/request.h"
#include "io/control/socket.h"

struct client {
    int file; /* -1: none */
    struct control_peer peer;
    char line[CONTROL_LINE + 1]; /* with its end */
    size_t length;
    char *answer; /* NULL: it may ask */
    size_t sent, size;
    bool ended, over; /* it sends no more; it is closed when its answer has gone */
    int64_t until_ns;
};

struct control {
    struct control_socket socket;
    struct control_server server;
    pthread_t thread;
    int wakes; /* an eventfd: the end */
    int64_t deaf_until_ns;
    struct client clients[CONTROL_CLIENTS];
};

/* --- clients ------------------------------------------------------------------------- */

static void control_hang_up(struct client *client)
{
    (void)close(client->file);
    free(client->answer);
    *client = (struct client){.file = -1};
}

static void control_put(struct client *client, char *answer)
{
    if (answer == NULL) {
        control_hang_up(client); /* no memory */
        return;
    }
    client->answer = answer;
    client->sent = 0;
    client->size = strlen(answer);
}

static void control_refuse(struct client *client, int status, const char *sentence)
{
    client->over = true;
    control_put(client, control_request_refuse(status, sentence));
}

/* Answer the first whole line, if there is one and the last answer has gone. */
static void control_take_line(struct control *control, struct client *client)
{
    const char *end = memchr(client->line, '\n', client->length);
    size_t length, all;
    char *answer;

    if (client->answer != NULL || client->over)
        return;
    if (end == NULL) {
        if (client->length == sizeof client->line)
            control_refuse(client, CRUX_INVALID, "a request is a line of at most 4,096 bytes");
        else if (client->ended)
            control_hang_up(client);
        return;
    }
    length = (size_t)(end - client->line);
    all = length + 1;
    answer = control_request_answer(&control->server, &client->peer, client->line, length,
                                    &client->over);
    client->length -= all;
    memmove(client->line, client->line + all, client->length);
    client->until_ns = clock_now_ns() + CONTROL_PATIENCE_NS;
    control_put(client, answer);
}

static void control_receive(struct client *client)
{
    ssize_t count =
        recv(client->file, client->line + client->length, sizeof client->line - client->length, 0);

    if (count > 0)
        client->length += (size_t)count;
    else if (count == 0)
        client->ended = true;
    else if (errno != EAGAIN && errno != EINTR)
        control_hang_up(client);
}

static void control_send(struct client *client)
{
    ssize_t count = send(client->file, client->answer + client->sent, client->size - client->sent,
                         MSG_NOSIGNAL);

    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count < 0) {
        control_hang_up(client);
        return;
    }
    client->sent += (size_t)count;
    if (client->sent < client->size)
        return;
    free(client->answer);
    client->answer = NULL;
    if (client->over)
        control_hang_up(client);
}

static void control_serve_client(struct control *control, struct client *client, short events,
                                 int64_t now_ns)
{
    if (now_ns >= client->until_ns) {
        control_hang_up(client);
        return;
    }
    if (client->answer == NULL && (events & (POLLIN | POLLHUP | POLLERR)) != 0)
        control_receive(client);
    if (client->file >= 0)
        control_take_line(control, client);
    while (client->file >= 0 && client->answer != NULL) {
        size_t before = client->sent;

        control_send(client);
        if (client->file < 0 || (client->answer != NULL && client->sent == before))
            return;
        control_take_line(control, client);
    }
}

/* --- the socket ------------------------------------------------------------------------- */

static struct client *control_free_client(struct control *control)
{
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        if (control->clients[i].file < 0)
            return &control->clients[i];
    return NULL;
}

static void control_accept(struct control *control, int64_t now_ns)
{
    struct client *client = control_free_client(control);
    struct control_peer peer;
    int file = control_socket_accept(&control->socket, &peer);

    assert(client != NULL); /* or it would not have been listened to */
    if (file < 0) {         /* no files are left, maybe: it is not asked in a loop */
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            control->deaf_until_ns = now_ns + CLOCK_SECOND_NS;
        return;
    }
    *client = (struct client){.file = file, .peer = peer, .until_ns = now_ns + CONTROL_PATIENCE_NS};
    if (!control_socket_obeys(&peer)) {
        client->ended = true;
        control_refuse(client, CRUX_STORE, "this run is another user's: it obeys its own and root");
    }
}

enum { CONTROL_WAKES, CONTROL_LISTENS, CONTROL_FIRST };

static int64_t control_prepare(const struct control *control, struct pollfd *files, int64_t now_ns)
{
    int64_t until_ns = INT64_MAX;
    bool room = false;

    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        const struct client *client = &control->clients[i];

        room |= client->file < 0;
        files[CONTROL_FIRST + i] = (struct pollfd){
            .fd = client->file, .events = client->answer != NULL ? POLLOUT : POLLIN};
        if (client->file >= 0 && client->until_ns < until_ns)
            until_ns = client->until_ns;
    }
    room = room && now_ns >= control->deaf_until_ns;
    if (control->deaf_until_ns > now_ns && control->deaf_until_ns < until_ns)
        until_ns = control->deaf_until_ns;
    files[CONTROL_WAKES] = (struct pollfd){.fd = control->wakes, .events = POLLIN};
    files[CONTROL_LISTENS] =
        (struct pollfd){.fd = room ? control->socket.file : -1, .events = POLLIN};
    return until_ns;
}

static int control_milliseconds(int64_t ns)
{
    if (ns > 3600 * CLOCK_SECOND_NS)
        return -1;
    return ns <= 0 ? 0 : (int)(ns / 1000000 + 1);
}

static void *control_run(void *context)
{
    struct control *control = context;
    struct pollfd files[CONTROL_FIRST + CONTROL_CLIENTS];

    for (;;) {
        int64_t now_ns = clock_now_ns(), until_ns = control_prepare(control, files, now_ns);

        if (poll(files, sizeof files / sizeof *files, control_milliseconds(until_ns - now_ns)) < 0)
            continue; /* EINTR */
        if (files[CONTROL_WAKES].revents != 0)
            return NULL;
        now_ns = clock_now_ns();
        for (size_t i = 0; i < CONTROL_CLIENTS; i++)
            if (files[CONTROL_FIRST + i].fd >= 0)
                control_serve_client(control, &control->clients[i],
                                     files[CONTROL_FIRST + i].revents, now_ns);
        if (files[CONTROL_LISTENS].revents != 0)
            control_accept(control, now_ns);
    }
}

/* --- opening and closing --------------------------------------------------------------- */

static bool control_start(struct control *control)
{
    sigset_t all, before;
    bool started;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(&control->thread, NULL, control_run, control) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

int control_open(struct control **out, const char *store, control_serve *serve, void *context,
                 struct crux_error *error)
{
    struct control *control = calloc(1, sizeof *control);
    int status;

    if (control == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a control");
    control->server = (struct control_server){serve, context};
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        control->clients[i].file = -1;
    control->wakes = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    status = control->wakes >= 0 ? control_socket_open(&control->socket, store, error)
                                 : crux_fail(error, CRUX_MEMORY, "no file for a control");
    if (status == CRUX_OK && !control_start(control)) {
        control_socket_close(&control->socket);
        status = crux_fail(error, CRUX_MEMORY, "no thread for a control");
    }
    if (status == CRUX_OK) {
        *out = control;
        return CRUX_OK;
    }
    if (control->wakes >= 0)
        (void)close(control->wakes);
    free(control);
    return status;
}

void control_close(struct control *control)
{
    if (control == NULL)
        return;
    (void)eventfd_write(control->wakes, 1);
    (void)pthread_join(control->thread, NULL);
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        if (control->clients[i].file >= 0)
            control_hang_up(&control->clients[i]);
    control_socket_close(&control->socket);
    (void)close(control->wakes);
    free(control);
}
