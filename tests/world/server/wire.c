/*
 * wire.c - HTTP/1.1 on loopback by edge-triggered epoll: a connection is registered once and
 * then costs no call but its reads and writes.
 *
 * Bytes are read as they come, also while an answer is made, because that is how one learns
 * at once that a client has left.
 */
#include "tests/world/server/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 512, FIELD = 256, READ_ROOM = 65536, END_ROOM = 16384 };

#define REQUEST_MOST ((size_t)256 << 20)
#define LEAVING      (EPOLLRDHUP | EPOLLHUP | EPOLLERR)

enum state { READING, ASKED, SENDING, HUNG, CLOSED };

struct wire_connection {
    struct wire *wire;
    struct wire_connection *next, *previous; /* among the open ones */
    struct wire_connection *next_closed;
    int fd;
    enum state state;
    uint64_t number;
    struct text in;
    size_t length; /* of the request at the beginning of in, when it is whole */
    void *job;
    struct wire_reply reply;
    size_t sent;
    int64_t drip_due_ns;
};

struct wire {
    struct wire_handler handler;
    int epoll, listener;
    uint16_t port;
    uint64_t count;
    struct wire_connection *open, *closed;
    size_t dripping;
    char filler[READ_ROOM], input[READ_ROOM];
};

static int64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* --- ends ------------------------------------------------------------------------------- */

static void let_reply_go(struct wire_connection *connection)
{
    if (connection->state == SENDING && connection->reply.drip > 0)
        connection->wire->dripping--;
    text_free(&connection->reply.bytes);
    connection->sent = 0;
}

static void shut(struct wire_connection *connection, bool reset)
{
    struct wire *wire = connection->wire;
    struct linger at_once = {1, 0};

    if (connection->state == CLOSED)
        return;
    if (reset)
        (void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void)close(connection->fd);
    let_reply_go(connection);
    text_free(&connection->in);
    connection->state = CLOSED;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        wire->open = connection->next;
    connection->next_closed = wire->closed; /* freed after the round: events may still name it */
    wire->closed = connection;
}

/* The client has left, or must. */
static void lose(struct wire_connection *connection, bool reset)
{
    void *job = connection->job;

    connection->job = NULL;
    shut(connection, reset);
    if (job != NULL)
        connection->wire->handler.gone(connection->wire->handler.context, job);
}

static void free_closed(struct wire *wire)
{
    while (wire->closed != NULL) {
        struct wire_connection *connection = wire->closed;

        wire->closed = connection->next_closed;
        free(connection);
    }
}

/* --- sending ------------------------------------------------------------------------------ */

/* Once for each reply, before its last byte: who has that finds it in the log. */
static void report_sent(struct wire_connection *connection)
{
    void *job = connection->job;

    connection->job = NULL;
    if (job != NULL)
        connection->wire->handler.sent(connection->wire->handler.context, job);
}

static void finish(struct wire_connection *connection)
{
    enum wire_end end = connection->reply.end;

    report_sent(connection);
    let_reply_go(connection);
    connection->state = end == WIRE_KEEP ? READING : HUNG;
    if (end == WIRE_CLOSE || end == WIRE_RESET)
        shut(connection, end == WIRE_RESET);
}

/* What comes next of a reply, at most; 0: nothing. Its end goes apart from what is before it, so
 * that a client that leaves in the midst of a long one is noticed. */
static size_t next_bytes(const struct wire_connection *connection, const char **bytes, bool *last)
{
    const struct wire_reply *reply = &connection->reply;
    size_t whole = reply->bytes.length < reply->cut ? reply->bytes.length : reply->cut;
    size_t count = whole - connection->sent;
    uint64_t left = count + reply->filler;

    if (count > 0) {
        *bytes = reply->bytes.bytes + connection->sent;
    } else {
        *bytes = connection->wire->filler;
        count = reply->filler < READ_ROOM ? (size_t)reply->filler : READ_ROOM;
    }
    if (count == left && count > END_ROOM)
        count -= END_ROOM;
    if (reply->drip > 0 && count > reply->drip)
        count = reply->drip;
    *last = count == left;
    return count;
}

static void note_sent(struct wire_connection *connection, size_t count)
{
    const struct wire_reply *reply = &connection->reply;
    size_t whole = reply->bytes.length < reply->cut ? reply->bytes.length : reply->cut;

    if (connection->sent < whole)
        connection->sent += count;
    else
        connection->reply.filler -= count;
    if (reply->drip > 0)
        connection->drip_due_ns = now_ns() + reply->drip_ns;
}

static void send_more(struct wire_connection *connection)
{
    while (connection->state == SENDING) {
        const char *bytes;
        bool last;
        size_t count = next_bytes(connection, &bytes, &last);
        ssize_t sent;

        if (count == 0) {
            finish(connection);
            return;
        }
        if (connection->reply.drip > 0 && connection->drip_due_ns > now_ns())
            return;
        if (last)
            report_sent(connection);
        sent = send(connection->fd, bytes, count, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno != EAGAIN && errno != EINTR)
                lose(connection, true);
            return;
        }
        note_sent(connection, (size_t)sent);
    }
}

/* --- reading -------------------------------------------------------------------------------- */

/* The value of a header, cut to fit. */
static void header(const char *head, const char *end, const char *name, char value[FIELD])
{
    size_t length = strlen(name);

    *value = '\0';
    for (const char *line = strchr(head, '\n'); line != NULL && line < end;
         line = strchr(line + 1, '\n')) {
        const char *text = line + 1 + length;
        size_t size;

        if (strncasecmp(line + 1, name, length) != 0 || *text != ':')
            continue;
        text += 1 + strspn(text + 1, " ");
        size = strcspn(text, "\r\n");
        size = size < FIELD ? size : FIELD - 1;
        memcpy(value, text, size);
        value[size] = '\0';
        return;
    }
}

static void tell(struct wire_connection *connection, size_t head, size_t body)
{
    struct wire *wire = connection->wire;
    char *bytes = connection->in.bytes, key[FIELD], authorization[FIELD];
    char saved = bytes[head + body], *save = NULL;
    struct wire_request request = {.body = bytes + head,
                                   .length = body,
                                   .key = key,
                                   .authorization = authorization,
                                   .connection = connection->number};

    header(bytes, bytes + head, "Idempotency-Key", key);
    header(bytes, bytes + head, "Authorization", authorization);
    bytes[head + body] = '\0';
    bytes[strcspn(bytes, "\r\n")] = '\0';
    request.method = strtok_r(bytes, " ", &save);
    request.path = strtok_r(NULL, " ", &save);
    connection->state = ASKED;
    connection->length = head + body;
    if (request.method == NULL || request.path == NULL)
        lose(connection, true);
    else
        wire->handler.asked(wire->handler.context, connection, &request);
    if (connection->state != CLOSED)
        connection->in.bytes[connection->length] = saved;
}

static void drop_request(struct wire_connection *connection)
{
    struct text *in = &connection->in;

    memmove(in->bytes, in->bytes + connection->length, in->length - connection->length + 1);
    in->length -= connection->length;
    connection->length = 0;
}

/* Requests that are whole, one after the other. */
static void read_requests(struct wire_connection *connection)
{
    while (connection->state == READING && connection->in.length > 0) {
        char *end, size[FIELD];
        size_t head, body;

        if (connection->length > 0) {
            drop_request(connection);
            continue;
        }
        end = strstr(connection->in.bytes, "\r\n\r\n");
        if (end == NULL)
            return;
        head = (size_t)(end + 4 - connection->in.bytes);
        header(connection->in.bytes, end, "Content-Length", size);
        body = (size_t)strtoull(size, NULL, 10);
        if (body > REQUEST_MOST)
            lose(connection, true);
        else if (connection->in.length < head + body)
            return;
        else
            tell(connection, head, body);
    }
}

static void read_more(struct wire_connection *connection, bool leaving)
{
    while (connection->state != CLOSED) {
        ssize_t got = recv(connection->fd, connection->wire->input, READ_ROOM, 0);

        if (got > 0) {
            text_add(&connection->in, connection->wire->input, (size_t)got);
            read_requests(connection);
            if (got < READ_ROOM && !leaving) /* an edge comes with whatever follows */
                return;
        } else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        } else {
            lose(connection, false);
        }
    }
}

void wire_take(struct wire_connection *connection, void *job)
{
    connection->job = job;
}

void wire_answer(struct wire_connection *connection, const struct wire_reply *reply)
{
    connection->reply = *reply;
    connection->sent = 0;
    connection->state = SENDING;
    connection->drip_due_ns = 0;
    if (reply->drip > 0)
        connection->wire->dripping++;
    send_more(connection);
}

/* --- the listener ------------------------------------------------------------------------------
 */

static void accept_all(struct wire *wire)
{
    for (;;) {
        int fd = accept4(wire->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
        struct wire_connection *connection;
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};

        if (fd < 0)
            return;
        connection = calloc(1, sizeof *connection);
        if (connection == NULL) {
            (void)close(fd);
            return;
        }
        *connection = (struct wire_connection){
            .wire = wire, .fd = fd, .number = ++wire->count, .next = wire->open};
        if (wire->open != NULL)
            wire->open->previous = connection;
        wire->open = connection;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        event.data.ptr = connection;
        if (epoll_ctl(wire->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
            shut(connection, true);
    }
}

static bool listen_on(struct wire *wire, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    socklen_t size = sizeof address;
    int on = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    wire->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (wire->listener < 0)
        return false;
    (void)setsockopt(wire->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(wire->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(wire->listener, 4096) != 0 ||
        getsockname(wire->listener, (struct sockaddr *)&address, &size) != 0 ||
        epoll_ctl(wire->epoll, EPOLL_CTL_ADD, wire->listener, &event) != 0)
        return false;
    wire->port = ntohs(address.sin_port);
    return true;
}

void wire_set_down(struct wire *wire, bool down)
{
    if (down == (wire->listener < 0))
        return;
    if (!down) {
        (void)listen_on(wire, wire->port);
        return;
    }
    (void)close(wire->listener);
    wire->listener = -1;
    while (wire->open != NULL)
        lose(wire->open, true);
    free_closed(wire);
}

/* --- turns
 * ---------------------------------------------------------------------------------------- */

static int64_t drip_all(struct wire *wire)
{
    int64_t next = INT64_MAX;
    struct wire_connection *following;

    if (wire->dripping == 0)
        return next;
    for (struct wire_connection *at = wire->open; at != NULL; at = following) {
        following = at->next;
        if (at->state != SENDING || at->reply.drip == 0)
            continue;
        send_more(at);
        if (at->state == SENDING && at->drip_due_ns < next)
            next = at->drip_due_ns;
        read_requests(at);
    }
    return next;
}

void wire_turn(struct wire *wire, int64_t until_ns)
{
    struct epoll_event events[EVENTS];
    int64_t drip_ns = drip_all(wire), wait_ns;
    int count;

    if (drip_ns < until_ns)
        until_ns = drip_ns;
    wait_ns = until_ns == INT64_MAX ? INT64_C(1000000000) : until_ns - now_ns();
    wait_ns = wait_ns < 0 ? 0 : wait_ns > INT64_C(1000000000) ? INT64_C(1000000000) : wait_ns;
    count = epoll_wait(wire->epoll, events, EVENTS, (int)((wait_ns + 999999) / 1000000));
    for (int i = 0; i < count; i++) {
        struct wire_connection *connection = events[i].data.ptr;

        if (connection == NULL) {
            accept_all(wire);
            continue;
        }
        if ((events[i].events & EPOLLOUT) != 0)
            send_more(connection);
        if ((events[i].events & (EPOLLIN | LEAVING)) != 0)
            read_more(connection, (events[i].events & LEAVING) != 0);
        if (connection->state == READING)
            read_requests(connection);
    }
    free_closed(wire);
}

int wire_open(struct wire **out, uint16_t port, struct wire_handler handler,
              struct crux_error *error)
{
    struct wire *wire = calloc(1, sizeof *wire);

    if (wire == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a server");
    wire->handler = handler;
    wire->listener = -1;
    memset(wire->filler, ' ', sizeof wire->filler);
    wire->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (wire->epoll < 0 || !listen_on(wire, port)) {
        wire_close(wire);
        return crux_fail(error, CRUX_INVALID, "cannot listen on 127.0.0.1:%u", port);
    }
    *out = wire;
    return CRUX_OK;
}

void wire_close(struct wire *wire)
{
    while (wire->open != NULL)
        lose(wire->open, false);
    free_closed(wire);
    if (wire->listener >= 0)
        (void)close(wire->listener);
    if (wire->epoll >= 0)
        (void)close(wire->epoll);
    free(wire);
}

uint16_t wire_port(const struct wire *wire)
{
    return wire->port;
}
