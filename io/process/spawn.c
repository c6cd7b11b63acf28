/*
 * spawn.c - starts a program with pipes, by posix_spawn(): after a fork() of a process with many
 * threads, hardly anything is allowed before exec().
 */
#include "io/process/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/child_environment.h"

enum { FIRST_OF_OURS = 3 };

struct pipes {
    int ours[CHILD_STREAMS], theirs[CHILD_STREAMS];
};

static void close_one(int *file)
{
    if (*file >= 0)
        (void)close(*file);
    *file = -1;
}

static void close_pipes(int files[CHILD_STREAMS])
{
    for (int i = 0; i < CHILD_STREAMS; i++)
        close_one(&files[i]);
}

/* Out of the way of the three numbers that the child's ends will get: a host may have closed
 * its own. */
static int lift(int file)
{
    int lifted = file;

    if (file >= 0 && file < FIRST_OF_OURS) {
        lifted = fcntl(file, F_DUPFD_CLOEXEC, FIRST_OF_OURS);
        (void)close(file);
    }
    return lifted;
}

static bool open_pipe(struct pipes *pipes, int stream)
{
    int ends[2];
    bool writes = stream == CHILD_IN;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pipes->ours[stream] = lift(ends[writes ? 1 : 0]);
    pipes->theirs[stream] = lift(ends[writes ? 0 : 1]);
    return pipes->ours[stream] >= 0 && pipes->theirs[stream] >= 0 &&
           fcntl(pipes->ours[stream], F_SETFL, O_NONBLOCK) == 0;
}

/* A group of its own, all signals as a new program expects them. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;

    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    (void)posix_spawnattr_setpgroup(attributes, 0);
    (void)posix_spawnattr_setsigmask(attributes, &none);
    (void)posix_spawnattr_setsigdefault(attributes, &all);
    return posix_spawnattr_setflags(attributes, flags);
}

static int spawn_shell(pid_t *pid, const char *command, const struct pipes *pipes)
{
    char *const arguments[] = {(char *)"sh", (char *)"-c", (char *)(uintptr_t)command, NULL};
    char **environment = child_environment();
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int cause;

    if (environment == NULL)
        return ENOMEM;
    (void)posix_spawn_file_actions_init(&files); /* the C library's have nothing to fail */
    (void)posix_spawnattr_init(&attributes);
    cause = set_attributes(&attributes);
    for (int i = 0; i < CHILD_STREAMS && cause == 0; i++)
        cause = posix_spawn_file_actions_adddup2(&files, pipes->theirs[i], i);
    if (cause == 0) /* a host's files may lack the flag that closes them */
        cause = posix_spawn_file_actions_addclosefrom_np(&files, FIRST_OF_OURS);
    if (cause == 0)
        cause = posix_spawn(pid, "/bin/sh", &files, &attributes, arguments, environment);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&files);
    free(environment);
    return cause;
}

int child_process_start(struct child_process *process, const char *command,
                        struct crux_error *error)
{
    struct pipes pipes = {{-1, -1, -1}, {-1, -1, -1}};
    bool open = true;
    pid_t pid = 0;
    int cause;

    for (int i = 0; i < CHILD_STREAMS && open; i++)
        open = open_pipe(&pipes, i);
    cause = open ? spawn_shell(&pid, command, &pipes) : errno;
    close_pipes(pipes.theirs);
    if (cause != 0) {
        close_pipes(pipes.ours);
        return crux_fail(error, CRUX_FAILED, "cannot be started: %s", strerror(cause));
    }
    *process = (struct child_process){.pid = pid, .handle = pidfd_open(pid, 0)};
    memcpy(process->streams, pipes.ours, sizeof process->streams);
    return CRUX_OK;
}

bool child_process_ended(const struct child_process *process)
{
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid != 0;
}

void child_process_kill(const struct child_process *process)
{
    if (process->pid > 0)
        (void)kill(-process->pid, SIGKILL);
}

int child_process_reap(struct child_process *process)
{
    int status = 0;

    while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR) {
    }
    close_pipes(process->streams);
    close_one(&process->handle);
    *process = CHILD_NO_PROCESS;
    return status;
}
