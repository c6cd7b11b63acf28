/*
 * watch.c - `crux watch`: the page of a store that may still be written, over loopback.
 *
 * The server has a thread of its own. This one waits for the end: a signal, or the end of the
 * terminal or the pipe that standard input is.
 */
#include "io/cli/commands.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/cli/options/values.h"
#include "io/cli/signals.h"
#include "io/cli/terminal.h"
#include "io/cli/watch/server.h"
#include "io/crux_io.h"

enum { WATCH_PAUSE_MS = 200 };

struct watch_options {
    uint32_t port;
    int64_t nodes;
};

/* Does the end of standard input tell that nobody is there any more? Not where it is a file. A
 * terminal that is gone already answers EIO. */
static bool watch_has_terminal(void)
{
    struct stat about;

    return isatty(STDIN_FILENO) == 1 || errno == EIO ||
           (fstat(STDIN_FILENO, &about) == 0 &&
            (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode)));
}

static void watch_wait(void)
{
    struct pollfd input = {.fd = watch_has_terminal() ? STDIN_FILENO : -1};

    while (!signals_came() && (input.revents & (POLLHUP | POLLERR | POLLNVAL)) == 0)
        if (poll(&input, 1, WATCH_PAUSE_MS) < 0 && errno != EINTR)
            break;
}

static void watch_say(const char *before, const char *path, const char *behind)
{
    (void)fputs(before, stderr);
    terminal_put(stderr, path, strlen(path));
    (void)fputs(behind, stderr);
}

/* Nobody would ever ask at an address that nobody has read. */
static int watch_tell(const struct answers *answers, struct crux_error *error)
{
    if (printf("http://127.0.0.1:%u/%s/\n", answers->port, answers->token) < 0 ||
        fflush(stdout) != 0)
        return crux_fail(error, CRUX_STORE,
                         "the address of the page cannot be written to standard output: %s",
                         strerror(errno));
    (void)fputs("crux: the address is for you alone; the page ends with this command (Ctrl-C)\n",
                stderr);
    return CRUX_OK;
}

static int watch_serve(struct answers *answers, uint16_t port, struct crux_error *error)
{
    struct server *server = NULL;
    int status = server_open(&server, answers, port, error);

    if (status == CRUX_OK)
        status = watch_tell(answers, error);
    if (status == CRUX_OK)
        watch_wait();
    server_close(server);
    return status == CRUX_OK ? EXIT_DONE : status;
}

static int watch_run(struct options *options, struct crux_error *error)
{
    const struct watch_options *own = options->own;
    struct live *live = NULL;
    struct answers answers;
    int status = live_open(&live, options->store, (uint64_t)own->nodes, error);

    watch_say("crux: reading what is finished in ", options->store, "\n");
    if (status == CRUX_OK)
        status = live_look(live, signals_came, error);
    if (status == CRUX_OK)
        live_rest(live);
    if (status == CRUX_OK)
        status = answers_open(&answers, live, error);
    if (status == CRUX_OK) {
        if (!live_is_there(live))
            watch_say("crux: ", options->store,
                      " is not there yet: the page is empty until it is\n");
        status = watch_serve(&answers, (uint16_t)own->port, error);
    }
    live_close(live);
    return status == CRUX_STOPPED ? EXIT_DONE : status;
}

static const struct options_row watch_rows[] = {
    {"port", "N", &values_count, OPTIONS_COMMAND, offsetof(struct watch_options, port), 0, 65535,
     NULL, true, "Hear on this port of 127.0.0.1. 0: on one that is free."},
    {"nodes", "N", &values_whole, OPTIONS_COMMAND, offsetof(struct watch_options, nodes), 1,
     1000000000, NULL, true,
     "How many nodes of a problem's tree the page gets. What is left out is counted on it."},
    {.name = NULL}};

static const struct options_group watch_group = {&table_topic_output, OPTIONS_OWN, watch_rows};

static void watch_defaults(struct options *options)
{
    struct watch_options *own = options->own;

    own->nodes = CRUX_PAGE_NODES;
}

static const struct options_group *const watch_groups[] = {&watch_group, &table_store,
                                                           &table_config, &table_help, NULL};

const struct command watch_command = {
    .name = "watch",
    .options = {OPTIONS_WATCH, watch_groups, sizeof(struct watch_options), watch_defaults},
    .operands = "--store RUN.db",
    .needs = {"store"},
    .summary = "show a run in a browser, also while it runs",
    .description =
        "Prints the address of a page on this machine, the same that export --view html and show "
        "--html write, but of the store as it is now: the page asks for what has come every two "
        "seconds. The store is only read, and no writer is disturbed. One that is not there yet is "
        "waited for.\n"
        "The page is for whoever reads the address: it has a random token in it. Requests of "
        "other users of the machine, and those that a page of elsewhere sends by another host's "
        "name, are refused. Nothing but this machine can connect; from another one, ssh -L "
        "N:127.0.0.1:N with --port N.\n"
        "It ends with Ctrl-C, and with the terminal.",
    .examples = "crux watch --store run.db\n"
                "crux watch --store run.db --port 8080",
    .exits = {EXIT_STORE},
    .signals = COMMANDS_WAIT,
    .run = watch_run,
};
