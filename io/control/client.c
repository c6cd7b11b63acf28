/*
 * client.c - asks a run: one connection, one line there, one line back.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/control/socket.h"

static int client_nobody(const char *store, struct crux_error *error)
{
    return crux_fail(error, CRUX_STORE, "%.300s: no run is at work on it that could be steered",
                     store);
}

static int client_not_yours(const char *store, struct crux_error *error)
{
    return crux_fail(error, CRUX_STORE, "%.300s: its run is another user's, who alone may steer it",
                     store);
}

/* Somebody else could have put a socket there in a folder that many may write. */
static int client_check_server(int file, const char *store, struct crux_error *error)
{
    struct control_peer peer;

    if (!control_socket_peer(file, &peer))
        return client_nobody(store, error);
    if (geteuid() != 0 && peer.user != geteuid())
        return client_not_yours(store, error);
    return CRUX_OK;
}

static int client_connect(int *out, const char *store, struct crux_error *error)
{
    struct control_address address;
    int status = control_address_open(&address, store, error), file;

    if (status != CRUX_OK)
        return status;
    file = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (file < 0) {
        status = crux_fail(error, CRUX_STORE, "no socket can be made: %s", strerror(errno));
    } else if (connect(file, (const struct sockaddr *)&address.name, address.length) != 0) {
        if (errno == ENOENT || errno == ECONNREFUSED)
            status = client_nobody(store, error);
        else if (errno == EACCES || errno == EPERM)
            status = client_not_yours(store, error);
        else if (errno == EAGAIN)
            status = crux_fail(error, CRUX_STORE,
                               "%.300s: too many ask its run at a time; try again", store);
        else
            status = crux_fail(error, CRUX_STORE, "%.300s: %s", store, strerror(errno));
    } else {
        status = client_check_server(file, store, error);
    }
    control_address_close(&address);
    if (status == CRUX_OK)
        *out = file;
    else if (file >= 0)
        (void)close(file);
    return status;
}

static int client_await(int file, short events, int64_t until_ns, const char *store,
                        struct crux_error *error)
{
    struct pollfd one = {.fd = file, .events = events};

    for (;;) {
        int64_t left_ns = until_ns - clock_now_ns();
        int ready = left_ns > 0 ? poll(&one, 1, (int)(left_ns / 1000000 + 1)) : 0;

        if (ready > 0)
            return CRUX_OK;
        if (ready == 0)
            return crux_fail(error, CRUX_STORE, "%.300s: its run does not answer", store);
    }
}

static int client_send(int file, const char *line, int64_t until_ns, const char *store,
                       struct crux_error *error)
{
    size_t left = strlen(line);
    int status = CRUX_OK;

    while (left > 0 && status == CRUX_OK) {
        ssize_t count = send(file, line, left, MSG_NOSIGNAL);

        if (count > 0) {
            line += count;
            left -= (size_t)count;
        } else if (errno == EAGAIN || errno == EINTR) {
            status = client_await(file, POLLOUT, until_ns, store, error);
        } else {
            return CRUX_OK; /* it may have said why before it hung up */
        }
    }
    return status;
}

/* One line without its end, from malloc(). */
static int client_receive(char **out, int file, int64_t until_ns, const char *store,
                          struct crux_error *error)
{
    char *line = malloc(CONTROL_ANSWER);
    size_t length = 0;
    int status = line != NULL ? CRUX_OK : crux_fail(error, CRUX_MEMORY, "no memory for an answer");

    while (status == CRUX_OK && memchr(line, '\n', length) == NULL) {
        ssize_t count = recv(file, line + length, CONTROL_ANSWER - length, 0);

        if (count > 0)
            length += (size_t)count;
        else if (count < 0 && (errno == EAGAIN || errno == EINTR))
            status = client_await(file, POLLIN, until_ns, store, error);
        else if (length == CONTROL_ANSWER)
            status =
                crux_fail(error, CRUX_STORE, "%.300s: the answer of its run is too long", store);
        else
            status =
                crux_fail(error, CRUX_STORE, "%.300s: its run ended before it answered", store);
    }
    if (status != CRUX_OK) {
        free(line);
        return status;
    }
    *(char *)memchr(line, '\n', length) = '\0';
    *out = line;
    return CRUX_OK;
}

static int client_read(struct json **out, const char *line, const char *store,
                       struct crux_error *error)
{
    struct json *answer = NULL;
    struct crux_error inner = {""};
    const char *sentence;
    int status = json_parse(&answer, line, strlen(line), &inner);

    if (status != CRUX_OK)
        return crux_fail(error, CRUX_STORE, "%.200s: its run answers no JSON: %.200s", store,
                         inner.text);
    if (json_as_bool(json_get(answer, "ok"))) {
        *out = answer;
        return CRUX_OK;
    }
    sentence = json_as_string(json_get(answer, "error"));
    status = crux_fail(error, control_status_of(json_as_string(json_get(answer, "status"))), "%s",
                       sentence != NULL ? sentence : "the run refuses it");
    json_free(answer);
    return status;
}

int control_ask(struct json **answer, const char *store, const struct json *request,
                int64_t patience_ns, struct crux_error *error)
{
    int64_t until_ns = clock_now_ns() + patience_ns;
    char *text = json_text(request, false), *line = NULL;
    int file = -1, status;

    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a request");
    status = client_connect(&file, store, error);
    if (status == CRUX_OK)
        status = client_send(file, text, until_ns, store, error);
    if (status == CRUX_OK)
        status = client_send(file, "\n", until_ns, store, error);
    if (status == CRUX_OK)
        status = client_receive(&line, file, until_ns, store, error);
    if (status == CRUX_OK)
        status = client_read(answer, line, store, error);
    if (file >= 0)
        (void)close(file);
    free(line);
    free(text);
    return status;
}
