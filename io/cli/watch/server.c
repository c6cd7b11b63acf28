/*
 * server.c - between libmicrohttpd and answers.c: what was asked, by whom, and the headers of all
 * answers.
 *
 * The library calls twice for a request: when its head has come, and when all of it has. It is
 * answered the second time, or the first if a body would follow, of which nothing is read then.
 */
#include "io/cli/watch/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SERVER_CONNECTIONS = 32,
    SERVER_SECONDS = 20,      /* that a connection may be silent */
    SERVER_MEMORY = 16 * 1024 /* of a connection: what a head may be large */
};

struct server {
    struct answers *answers;
    struct MHD_Daemon *daemon;
    uid_t user;
};

/* --- a request -------------------------------------------------------------------------------- */

static enum guard_peer server_peer(const struct server *server, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *client =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const union MHD_ConnectionInfo *file =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct guard_ends ends;
    socklen_t size = sizeof ends.server;

    if (client == NULL || file == NULL || client->client_addr->sa_family != AF_INET ||
        getsockname(file->connect_fd, (struct sockaddr *)(void *)&ends.server, &size) != 0)
        return GUARD_UNKNOWN;
    memcpy(&ends.client, client->client_addr, sizeof ends.client);
    return guard_peer(&ends, server->user);
}

static const char *server_header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static bool server_has_body(struct MHD_Connection *connection)
{
    const char *length = server_header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);

    return (length != NULL && strcmp(length, "0") != 0) ||
           server_header(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL;
}

static void server_dress(struct MHD_Response *response, const struct answers *answers,
                         const struct answer *answer)
{
    const char *const headers[][2] = {
        {"Content-Type", answer->type},
        {"Content-Security-Policy", answers->policy},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cache-Control", "no-store"},
    };

    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        (void)MHD_add_response_header(response, headers[i][0], headers[i][1]);
    if (answer->allow != NULL)
        (void)MHD_add_response_header(response, "Allow", answer->allow);
}

static enum MHD_Result server_send(const struct server *server, struct MHD_Connection *connection,
                                   struct answer *answer)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(answer->length, answer->body, MHD_RESPMEM_MUST_FREE);
    enum MHD_Result result;

    if (response == NULL) {
        free(answer->body);
        return MHD_NO;
    }
    server_dress(response, server->answers, answer);
    result = MHD_queue_response(connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result server_answer(const struct server *server, struct MHD_Connection *connection,
                                     const char *path, const char *method, bool has_body)
{
    const struct answers_asked asked = {
        .peer = server_peer(server, connection),
        .method = method,
        .path = path,
        .host = server_header(connection, MHD_HTTP_HEADER_HOST),
        .number = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "n"),
        .has_body = has_body};
    struct answer answer;
    struct crux_error error;

    if (answers_make(server->answers, &asked, &answer, &error) != CRUX_OK) {
        free(answer.body);
        return MHD_NO; /* the connection is closed */
    }
    return server_send(server, connection, &answer);
}

static enum MHD_Result server_ask(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *upload, size_t *upload_size, void **seen)
{
    static int once; /* its address alone is used */
    bool has_body = server_has_body(connection);

    (void)version;
    (void)upload;
    (void)upload_size;
    if (*seen == NULL && !has_body) {
        *seen = &once;
        return MHD_YES;
    }
    return server_answer(context, connection, path, method, has_body);
}

/* What the library would print: it is about connections that have gone, and of no use. */
static void server_hush(void *context, const char *format, va_list arguments)
{
    (void)context;
    (void)format;
    (void)arguments;
}

/* --- the server ------------------------------------------------------------------------------- */

static int server_cannot(int file, uint16_t port, struct crux_error *error)
{
    int why = errno;

    if (file >= 0)
        (void)close(file);
    if (why == EADDRINUSE)
        return crux_fail(error, CRUX_INVALID,
                         "--port %u: another program hears on port %u of 127.0.0.1 already; "
                         "without --port a free one is taken",
                         port, port);
    return crux_fail(error, CRUX_INVALID, "--port %u: port %u of 127.0.0.1 cannot be had: %s", port,
                     port, strerror(why));
}

static int server_listen(int *out, uint16_t *port, struct crux_error *error)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

    if (file < 0 || setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(file, (struct sockaddr *)(void *)&address, size) != 0 ||
        listen(file, SERVER_CONNECTIONS) != 0 ||
        getsockname(file, (struct sockaddr *)(void *)&address, &size) != 0)
        return server_cannot(file, *port, error);
    *port = ntohs(address.sin_port);
    *out = file;
    return CRUX_OK;
}

int server_open(struct server **out, struct answers *answers, uint16_t port,
                struct crux_error *error)
{
    struct server *server = calloc(1, sizeof *server);
    int file = -1, status;

    if (server == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a server");
    server->answers = answers;
    server->user = geteuid();
    answers->port = port;
    status = server_listen(&file, &answers->port, error);
    if (status == CRUX_OK)
        server->daemon = MHD_start_daemon(
            MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL,
            server_ask, server, MHD_OPTION_EXTERNAL_LOGGER, server_hush, NULL,
            MHD_OPTION_LISTEN_SOCKET, file, MHD_OPTION_CONNECTION_LIMIT,
            (unsigned)SERVER_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SERVER_SECONDS,
            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVER_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT,
            1, MHD_OPTION_END);
    if (status == CRUX_OK && server->daemon == NULL)
        status = server_cannot(file, answers->port, error);
    if (status == CRUX_OK)
        *out = server;
    else
        free(server);
    return status;
}

void server_close(struct server *server)
{
    if (server == NULL)
        return;
    MHD_stop_daemon(server->daemon);
    free(server);
}
