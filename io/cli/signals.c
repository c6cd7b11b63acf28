/*
 * signals.c - signal handlers, and the thread that keeps what has come when a second signal says
 * that there is no time to wait.
 *
 * A handler needs to find the search, so there are globals here, private to the file. Handlers do
 * nothing but stop() of what runs, crux_store_hurry(), sem_post(), poll(), write() and _exit(),
 * which are safe there.
 */
#include "io/cli/signals.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "io/cli/commands.h"

enum signals_phase { SIGNALS_STARTING, SIGNALS_WAITING, SIGNALS_LISTENING, SIGNALS_CLOSING };

static atomic_int phase;
static atomic_uint came;
static void (*_Atomic signals_stop)(void *what);
static void *_Atomic signals_what;
static _Atomic(struct crux_store *) signals_stores[2];

static struct {
    sem_t hurry; /* posted by the second signal, and at the end */
    atomic_bool over;
    struct crux_backends *backends;
    pthread_t thread;
} keeper;

static void signals_say(const char *words)
{
    if (write(STDERR_FILENO, words, strlen(words)) < 0) {
        /* standard error is closed: there is no place to report it */
    }
}

static void signals_hurry(void)
{
    for (size_t i = 0; i < 2; i++) {
        struct crux_store *store = atomic_load(&signals_stores[i]);

        if (store != NULL)
            crux_store_hurry(store);
    }
}

static void signals_stop_search(unsigned count)
{
    if (count > 1)
        _exit(EXIT_INTERRUPTED);
    signals_hurry();
    if (count == 1) {
        signals_say("\ncrux: leaving what is in flight, keeping what has come\n");
        (void)sem_post(&keeper.hurry);
        return;
    }
    atomic_load (&signals_stop)(atomic_load(&signals_what));
    signals_say("\ncrux: finishing what is in flight; a second signal ends without it\n");
}

/* Has the reader of what we print gone? Other pipes and connections have errors of their own. */
static bool signals_unread(void)
{
    struct pollfd files[] = {{.fd = STDOUT_FILENO, .events = POLLOUT},
                             {.fd = STDERR_FILENO, .events = POLLOUT}};

    return poll(files, 2, 0) > 0 && ((files[0].revents | files[1].revents) & POLLERR) != 0;
}

/* Signals that come again and again count once, and some only while a search runs. */
static bool signals_idle(int number)
{
    bool repeats = number == SIGXFSZ || number == SIGXCPU || number == SIGPIPE;
    bool elsewhere = number == SIGXFSZ || number == SIGPIPE;

    return (repeats && atomic_load(&came) > 0) ||
           (elsewhere && atomic_load(&phase) != SIGNALS_LISTENING) ||
           (number == SIGPIPE && !signals_unread());
}

static void on_signal(int number)
{
    int kept = errno; /* of whatever was interrupted */
    unsigned count;

    if (signals_idle(number)) {
        errno = kept;
        return;
    }
    count = atomic_fetch_add(&came, 1);
    switch ((enum signals_phase)atomic_load(&phase)) {
    case SIGNALS_STARTING:
        _exit(EXIT_INTERRUPTED);
    case SIGNALS_WAITING:
        if (count > 0)
            _exit(EXIT_INTERRUPTED);
        break;
    case SIGNALS_LISTENING:
        signals_stop_search(count);
        break;
    case SIGNALS_CLOSING:
        if (count > 1)
            _exit(EXIT_INTERRUPTED);
        signals_hurry();
        break;
    }
    errno = kept;
}

/* ignorable: one that was ignored when the program started stays so. */
static void signals_catch(int number, bool ignorable)
{
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, before;

    (void)sigemptyset(&act.sa_mask);
    if (!ignorable || sigaction(number, NULL, &before) != 0 || before.sa_handler != SIG_IGN)
        (void)sigaction(number, &act, NULL);
}

void signals_open(bool waits)
{
    static const struct {
        int number;
        bool ignorable;
    } rows[] = {
        {SIGINT, false}, {SIGTERM, false}, {SIGHUP, true}, {SIGXCPU, true}, {SIGXFSZ, true}};

    atomic_store(&phase, waits ? SIGNALS_WAITING : SIGNALS_STARTING);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        signals_catch(rows[i].number, rows[i].ignorable);
}

bool signals_came(void)
{
    return atomic_load(&came) > 0;
}

/* --- while a search runs ------------------------------------------------------------- */

static void *signals_keep(void *context)
{
    (void)context;
    while (sem_wait(&keeper.hurry) != 0 && errno == EINTR)
        continue;
    if (atomic_load(&keeper.over))
        return NULL;
    if (keeper.backends != NULL)
        (void)crux_backends_flush(keeper.backends, NULL);
    _exit(EXIT_INTERRUPTED);
}

int signals_listen(const struct signals_heard *heard, struct crux_error *error)
{
    (void)sem_init(&keeper.hurry, 0, 0);
    atomic_store(&keeper.over, false);
    keeper.backends = heard->backends;
    if (pthread_create(&keeper.thread, NULL, signals_keep, NULL) != 0) {
        (void)sem_destroy(&keeper.hurry);
        return crux_fail(error, CRUX_MEMORY, "no thread that waits for signals");
    }
    atomic_store(&signals_stop, heard->stop);
    atomic_store(&signals_what, heard->what);
    atomic_store(&signals_stores[0], heard->store);
    atomic_store(&signals_stores[1], heard->trees);
    atomic_store(&phase, SIGNALS_LISTENING);
    signals_catch(SIGPIPE, true);
    return CRUX_OK;
}

void signals_hush(void)
{
    atomic_store(&phase, SIGNALS_CLOSING);
    atomic_store(&keeper.over, true);
    (void)sem_post(&keeper.hurry);
    (void)pthread_join(keeper.thread, NULL);
}

void signals_close_down(void)
{
    atomic_store(&signals_stores[0], NULL);
    atomic_store(&signals_stores[1], NULL);
    atomic_store(&phase, SIGNALS_CLOSING);
}
