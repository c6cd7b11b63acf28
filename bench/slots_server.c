/*
 * slots_server.c - starts and ends the programs that `crux bench slots` measures against, by
 * posix_spawn() and two pipes.
 */
#include "bench/slots_server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/process.h"

/* --- where ---------------------------------------------------------------------------- */

static int beside_us(char path[BENCH_SLOTS_PATH], const char *usual, struct crux_error *error)
{
    ssize_t length = readlink("/proc/self/exe", path, BENCH_SLOTS_PATH - 1);
    char *slash;

    if (length <= 0)
        return crux_fail(error, CRUX_FAILED, "cannot tell where this program is: %s",
                         strerror(errno));
    path[length] = '\0';
    slash = strrchr(path, '/');
    if (slash == NULL || (size_t)(slash + 1 - path) + strlen(usual) + 1 > (size_t)BENCH_SLOTS_PATH)
        return crux_fail(error, CRUX_FAILED, "the path of this program is too long");
    (void)strcpy(slash + 1, usual);
    return CRUX_OK;
}

int bench_slots_find(char path[BENCH_SLOTS_PATH], const char *given, const char *option,
                     const char *usual, struct crux_error *error)
{
    int status = CRUX_OK;

    if (given == NULL)
        status = beside_us(path, usual, error);
    else if (snprintf(path, BENCH_SLOTS_PATH, "%s", given) >= BENCH_SLOTS_PATH)
        status = crux_fail(error, CRUX_INVALID, "--%s is longer than a path can be", option);
    if (status == CRUX_OK && access(path, X_OK) != 0)
        status =
            crux_fail(error, CRUX_INVALID,
                      "crux bench slots needs the program %.300s, which is not there or cannot "
                      "be run: build crux with its tests, or say --%s PROGRAM",
                      path, option);
    return status;
}

/* --- starting and ending ------------------------------------------------------------------ */

/* The server has a group of its own: an interrupt from the terminal is for us, and what is in
 * flight then is still answered. */
static int make_attributes(posix_spawnattr_t *out, bool is_server, const sigset_t *mask)
{
    int status = posix_spawnattr_init(out);

    if (status != 0)
        return status;
    (void)posix_spawnattr_setsigmask(out, mask);
    (void)posix_spawnattr_setflags(
        out, (short)(POSIX_SPAWN_SETSIGMASK | (is_server ? POSIX_SPAWN_SETPGROUP : 0)));
    return CRUX_OK;
}

/* A server has the end of a pipe for its input. */
struct ends {
    int input, output; /* input: -1 is ours */
};

static int spawn(pid_t *process, const char *const *words, struct ends ends, const sigset_t *mask)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int status = make_attributes(&attributes, ends.input >= 0, mask);

    if (status != 0)
        return status;
    status = posix_spawn_file_actions_init(&files);
    if (status == 0) {
        if (ends.input >= 0)
            status = posix_spawn_file_actions_adddup2(&files, ends.input, STDIN_FILENO);
        if (status == 0)
            status = posix_spawn_file_actions_adddup2(&files, ends.output, STDOUT_FILENO);
        if (status == 0)
            status = posix_spawn(process, words[0], &files, &attributes,
                                 (char *const *)(uintptr_t)words, environ);
        (void)posix_spawn_file_actions_destroy(&files);
    }
    (void)posix_spawnattr_destroy(&attributes);
    return status;
}

/* An early end is passed on to what runs to its end; a server is stopped by us. */
static int bench_slots_server_start(pid_t *process, const char *const *words, struct ends ends,
                                    struct crux_error *error)
{
    sigset_t mask;
    int cause, status = bench_hold(&mask, error);

    if (status != CRUX_OK)
        return status;
    cause = spawn(process, words, ends, &mask);
    bench_under_way(cause == 0 && ends.input < 0 ? *process : 0, &mask);
    return cause == 0 ? CRUX_OK
                      : crux_fail(error, CRUX_FAILED, "cannot start %.300s: %s", words[0],
                                  strerror(cause));
}

static bool ended_well(pid_t process)
{
    int how = 0;
    bool waited = waitpid(process, &how, 0) == process;

    bench_under_way(0, NULL);
    return waited && WIFEXITED(how) && WEXITSTATUS(how) == 0;
}

static void shut(int ends[2])
{
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* The first line that it prints is its address. */
static int read_address(struct bench_slots_server *server, int output, const char *name,
                        struct crux_error *error)
{
    FILE *said = fdopen(output, "r");
    bool good;

    if (said == NULL) {
        (void)close(output);
        return crux_fail(error, CRUX_MEMORY, "no memory to listen to %.300s", name);
    }
    good = fgets(server->url, sizeof server->url, said) != NULL &&
           strncmp(server->url, "http://", 7) == 0;
    (void)fclose(said);
    if (!good)
        return crux_fail(error, CRUX_FAILED,
                         "%.300s did not print its address: is it a model_server?", name);
    server->url[strcspn(server->url, "\r\n")] = '\0';
    return CRUX_OK;
}

int bench_slots_start(struct bench_slots_server *server, const char *const *words,
                      struct crux_error *error)
{
    int input[2], output[2], status;

    *server = (struct bench_slots_server){.process = 0};
    if (pipe2(input, O_CLOEXEC) != 0)
        return crux_fail(error, CRUX_FAILED, "cannot make a pipe: %s", strerror(errno));
    if (pipe2(output, O_CLOEXEC) != 0) {
        shut(input);
        return crux_fail(error, CRUX_FAILED, "cannot make a pipe: %s", strerror(errno));
    }
    status = bench_slots_server_start(&server->process, words, (struct ends){input[0], output[1]},
                                      error);
    (void)close(output[1]);
    if (status != CRUX_OK) {
        server->process = 0;
        shut(input);
        (void)close(output[0]);
        return status;
    }
    (void)close(input[0]);
    server->leash = input[1];
    status = read_address(server, output[0], words[0], error);
    if (status != CRUX_OK)
        bench_slots_stop(server);
    return status;
}

void bench_slots_stop(struct bench_slots_server *server)
{
    if (server->process == 0)
        return;
    (void)kill(server->process, SIGTERM);
    (void)close(server->leash);
    (void)ended_well(server->process);
    server->process = 0;
}

int bench_slots_say(FILE *out, const char *const *words, struct crux_error *error)
{
    pid_t process;
    int ends[2], status;
    char bytes[4096];
    ssize_t count;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return crux_fail(error, CRUX_FAILED, "cannot make a pipe: %s", strerror(errno));
    status = bench_slots_server_start(&process, words, (struct ends){-1, ends[1]}, error);
    (void)close(ends[1]);
    if (status == CRUX_OK) {
        while ((count = read(ends[0], bytes, sizeof bytes)) > 0)
            (void)fwrite(bytes, 1, (size_t)count, out);
        if (!ended_well(process))
            status = crux_fail(error, CRUX_FAILED, "%.300s ended with an error", words[0]);
    }
    (void)close(ends[0]);
    if (status == CRUX_OK && ferror(out))
        status = crux_fail(error, CRUX_STORE, "what %.300s prints cannot be kept", words[0]);
    return status;
}
