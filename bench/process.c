/*
 * process.c - the processes that a bench measures in: fork(), waitpid(), and a handler that
 * passes signals on.
 */
#include "bench/process.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- an early end --------------------------------------------------------------------- */

static const int endings[] = {SIGINT, SIGTERM};

enum { ENDINGS = sizeof endings / sizeof *endings };

static volatile sig_atomic_t ended;
static volatile pid_t under_way;
static struct sigaction before_us[ENDINGS];
static unsigned heeding;

/* What the terminal sends, it sends to every process of ours; they need it once. */
static void on_ending(int number, siginfo_t *from, void *context)
{
    int kept = errno; /* of the code that was interrupted */

    (void)context;
    ended = 1;
    if (under_way > 0 && from->si_code != SI_KERNEL)
        (void)kill(under_way, number);
    errno = kept;
}

static void set_of_endings(sigset_t *out)
{
    (void)sigemptyset(out);
    for (size_t i = 0; i < ENDINGS; i++)
        (void)sigaddset(out, endings[i]);
}

void bench_heed(void)
{
    struct sigaction act = {.sa_sigaction = on_ending, .sa_flags = SA_RESTART | SA_SIGINFO};

    if (heeding++ > 0)
        return;
    set_of_endings(&act.sa_mask);
    for (size_t i = 0; i < ENDINGS; i++)
        (void)sigaction(endings[i], &act, &before_us[i]);
}

static void as_before_us(void)
{
    for (size_t i = 0; i < ENDINGS; i++)
        (void)sigaction(endings[i], &before_us[i], NULL);
}

void bench_unheed(void)
{
    if (--heeding == 0)
        as_before_us();
}

bool bench_is_ended(void)
{
    return ended != 0;
}

int bench_ended(int status, struct crux_error *error)
{
    return ended ? crux_fail(error, CRUX_FAILED, "the bench was stopped before its end") : status;
}

int bench_hold(sigset_t *before, struct crux_error *error)
{
    sigset_t set;
    int status;

    set_of_endings(&set);
    (void)sigprocmask(SIG_BLOCK, &set, before);
    status = bench_ended(CRUX_OK, error);
    if (status != CRUX_OK)
        (void)sigprocmask(SIG_SETMASK, before, NULL);
    return status;
}

void bench_under_way(pid_t process, const sigset_t *before)
{
    under_way = process;
    if (before != NULL)
        (void)sigprocmask(SIG_SETMASK, before, NULL);
}

/* --- memory for two ------------------------------------------------------------------- */

void *bench_shared(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return memory != MAP_FAILED ? memory : NULL;
}

void bench_unshare(void *memory, size_t size)
{
    if (memory != NULL)
        (void)munmap(memory, size);
}

/* --- a process apart -------------------------------------------------------------------- */

struct verdict {
    int status;
    struct crux_error error;
};

static int await(pid_t child, const struct verdict *verdict, struct crux_error *error)
{
    int how = 0;
    pid_t waited = waitpid(child, &how, 0);

    bench_under_way(0, NULL);
    if (waited < 0)
        return crux_fail(error, CRUX_FAILED, "cannot wait for a process: %s", strerror(errno));
    if (!WIFEXITED(how) || WEXITSTATUS(how) != 0)
        return crux_fail(error, CRUX_FAILED, "a process that measured died (%s %d)",
                         WIFSIGNALED(how) ? "signal" : "status",
                         WIFSIGNALED(how) ? WTERMSIG(how) : WEXITSTATUS(how));
    *error = verdict->error;
    return verdict->status;
}

static int run_apart(int (*work)(void *context, struct crux_error *error), void *context,
                     struct verdict *verdict, struct crux_error *error)
{
    sigset_t before;
    pid_t child;
    int status = bench_hold(&before, error);

    if (status != CRUX_OK)
        return status;
    child = fork();
    if (child == 0) {
        as_before_us();
        bench_under_way(0, &before);
        verdict->status = work(context, &verdict->error);
        _exit(0); /* nothing of the parent's is written twice */
    }
    bench_under_way(child, &before);
    if (child < 0)
        return crux_fail(error, CRUX_MEMORY, "cannot start a process: %s", strerror(errno));
    return await(child, verdict, error);
}

int bench_apart(int (*work)(void *context, struct crux_error *error), void *context,
                struct crux_error *error)
{
    struct verdict *verdict = bench_shared(sizeof *verdict);
    int status;

    if (verdict == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a process to measure in");
    bench_heed();
    status = bench_ended(run_apart(work, context, verdict, error), error);
    bench_unheed();
    bench_unshare(verdict, sizeof *verdict);
    return status;
}
