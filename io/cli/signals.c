/*
 * signals.c - signal handlers, and the thread that does what a handler may not: it waits for what
 * is out, calls it off when the grace is over, and keeps what has come when there is no time to
 * wait.
 *
 * A handler needs to find the search, so there are globals here, private to the file. Handlers do
 * nothing but steered_stop(), crux_store_hurry(), sem_post(), poll(), write() and _exit(), which
 * are safe there.
 */
#include "io/cli/signals.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io/cli/commands.h"
#include "io/clock.h"

enum signals_phase { SIGNALS_STARTING, SIGNALS_WAITING, SIGNALS_LISTENING, SIGNALS_CLOSING };

static atomic_int phase;
static atomic_uint came;
static _Atomic(const struct steered *) signals_what;
static _Atomic(struct crux_store *) signals_stores[2];

/* Calls that have not been sent take a moment to end; one that is called off takes one, too. */
#define KEEPER_SETTLES_NS (CLOCK_SECOND_NS / 5)
#define KEEPER_AGAIN_NS   (CLOCK_SECOND_NS / 2)
#define KEEPER_LEAVES_NS  (5 * CLOCK_SECOND_NS)

static struct {
    sem_t news; /* a signal, or the end */
    atomic_bool stops, hurries, over;
    const struct steered *steered;
    int64_t grace_ns;
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
        atomic_store(&keeper.hurries, true);
    } else {
        steered_stop(atomic_load(&signals_what));
        atomic_store(&keeper.stops, true);
        signals_say("\ncrux: stopping: nothing new is sent\n");
    }
    (void)sem_post(&keeper.news);
}

void signals_stop(void)
{
    unsigned none = 0;

    if (atomic_load(&phase) == SIGNALS_LISTENING && atomic_compare_exchange_strong(&came, &none, 1))
        signals_stop_search(0);
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

enum keeper_news { KEEPER_OVER, KEEPER_HURRIES, KEEPER_TIME };

/* until_ns 0: until something comes. */
static enum keeper_news keeper_wait(int64_t until_ns)
{
    const struct timespec until = {.tv_sec = until_ns / CLOCK_SECOND_NS,
                                   .tv_nsec = until_ns % CLOCK_SECOND_NS};

    for (;;) {
        int waited;

        if (atomic_load(&keeper.over))
            return KEEPER_OVER;
        if (atomic_load(&keeper.hurries))
            return KEEPER_HURRIES;
        if (until_ns == 0 && atomic_load(&keeper.stops))
            return KEEPER_TIME;
        waited = until_ns == 0 ? sem_wait(&keeper.news)
                               : sem_clockwait(&keeper.news, CLOCK_MONOTONIC, &until);
        if (waited != 0 && errno == ETIMEDOUT)
            return KEEPER_TIME;
    }
}

static void keeper_tell_out(void)
{
    uint64_t out = steered_out(keeper.steered);
    char words[160];

    if (out == 0)
        return;
    (void)snprintf(words, sizeof words,
                   "crux: %" PRIu64 " call%s out; waiting up to %.6g s for %s; Ctrl-C again "
                   "leaves at once\n",
                   out, out == 1 ? " is" : "s are", (double)keeper.grace_ns / 1e9,
                   out == 1 ? "it" : "them");
    signals_say(words);
}

static void keeper_tell_left(void)
{
    uint64_t out = steered_out(keeper.steered);
    char words[160];

    if (out == 0)
        return;
    (void)snprintf(words, sizeof words,
                   "crux: %" PRIu64 " call%s not come, and %s left; the same command asks again\n",
                   out, out == 1 ? " has" : "s have", out == 1 ? "is" : "are");
    signals_say(words);
}

/* Until the run lets go. */
static enum keeper_news keeper_call_off(void)
{
    int64_t until_ns = clock_now_ns() + KEEPER_LEAVES_NS;
    enum keeper_news news = KEEPER_TIME;

    keeper_tell_left();
    while (news == KEEPER_TIME && clock_now_ns() < until_ns) {
        steered_call_off(keeper.steered);
        news = keeper_wait(clock_now_ns() + KEEPER_AGAIN_NS);
    }
    return news;
}

/* A stop came. */
static enum keeper_news keeper_stop(void)
{
    int64_t until_ns = clock_now_ns() + keeper.grace_ns;
    enum keeper_news news;

    steered_leave(keeper.steered);
    news = keeper_wait(clock_now_ns() + KEEPER_SETTLES_NS);
    if (news == KEEPER_TIME) {
        keeper_tell_out();
        news = keeper_wait(until_ns);
    }
    return news == KEEPER_TIME ? keeper_call_off() : news;
}

static void *signals_keep(void *context)
{
    enum keeper_news news = keeper_wait(0);

    (void)context;
    if (news == KEEPER_TIME)
        news = keeper_stop();
    if (news == KEEPER_OVER)
        return NULL;
    if (keeper.steered->backends != NULL)
        (void)crux_backends_flush(keeper.steered->backends, NULL);
    _exit(EXIT_INTERRUPTED);
}

int signals_listen(const struct signals_heard *heard, struct crux_error *error)
{
    (void)sem_init(&keeper.news, 0, 0);
    atomic_store(&keeper.over, false);
    atomic_store(&keeper.stops, false);
    atomic_store(&keeper.hurries, false);
    keeper.steered = heard->steered;
    keeper.grace_ns = heard->grace_ns;
    if (pthread_create(&keeper.thread, NULL, signals_keep, NULL) != 0) {
        (void)sem_destroy(&keeper.news);
        return crux_fail(error, CRUX_MEMORY, "no thread that waits for signals");
    }
    atomic_store(&signals_what, heard->steered);
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
    (void)sem_post(&keeper.news);
    (void)pthread_join(keeper.thread, NULL);
}

void signals_close_down(void)
{
    atomic_store(&signals_stores[0], NULL);
    atomic_store(&signals_stores[1], NULL);
    atomic_store(&phase, SIGNALS_CLOSING);
}
