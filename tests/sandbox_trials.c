/*
 * sandbox_trials.c - a program: runs the requests of io/sandbox/trial.h that it reads, one a line,
 * and prints of each, as it ends, a line: its number from 0, the milliseconds that it took, and
 * the answer.
 *
 *     sandbox_trials LEVEL SECONDS MEMORY PROCESSES OUTPUT AT_ONCE < requests
 *
 * Orphans become its children, so that it sees what a jail leaves behind: then its status is 4.
 * 0 stands for the default. Exit status 3: this machine has no such jail, and says why.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "io/sandbox/sandbox.h"

enum { ARGUMENTS = 7, NO_JAIL = 3, LEFT_BEHIND = 4 };

struct one {
    unsigned number;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static unsigned left;

static void print_answer(void *context, const struct sandbox_answer *answer)
{
    struct one *one = context;

    (void)pthread_mutex_lock(&lock);
    (void)printf("%u %lld %s\n", one->number, (long long)(answer->took_ns / 1000000),
                 answer->end == SANDBOX_ANSWERED ? answer->line : "{\"status\": \"none\"}");
    (void)fflush(stdout);
    left--;
    (void)pthread_cond_signal(&ended);
    (void)pthread_mutex_unlock(&lock);
    free(one);
}

static void submit_line(struct sandbox *sandbox, const char *line, size_t length, unsigned number)
{
    struct one *one = malloc(sizeof *one);
    const struct sandbox_request request = {
        .line = line, .length = length, .done = print_answer, .context = one};
    struct crux_error error;
    uint64_t ticket;

    if (one == NULL)
        abort();
    one->number = number;
    (void)pthread_mutex_lock(&lock);
    left++;
    (void)pthread_mutex_unlock(&lock);
    if (sandbox_submit(sandbox, &request, &ticket, &error) != CRUX_OK)
        abort();
}

static void submit_all(struct sandbox *sandbox)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;

    for (unsigned number = 0; (length = getline(&line, &room, stdin)) > 0; number++)
        submit_line(sandbox, line, (size_t)length, number);
    free(line);
}

static void take(uint32_t *to, const char *text)
{
    uint32_t number = (uint32_t)strtoul(text, NULL, 10);

    if (number > 0)
        *to = number;
}

static struct sandbox_options read_options(char **arguments)
{
    struct sandbox_options options = {.limits = sandbox_limits_default()};

    options.level = strcmp(arguments[0], "strict") == 0 ? SANDBOX_STRICT : SANDBOX_PLAIN;
    take(&options.limits.seconds, arguments[1]);
    take(&options.limits.memory, arguments[2]);
    take(&options.limits.processes, arguments[3]);
    take(&options.limits.output, arguments[4]);
    take(&options.at_once, arguments[5]);
    return options;
}

int main(int argc, char **argv)
{
    struct sandbox *sandbox = NULL;
    struct sandbox_options options;
    struct crux_error error;

    if (argc != ARGUMENTS) {
        (void)fprintf(stderr, "sandbox_trials LEVEL SECONDS MEMORY PROCESSES OUTPUT AT_ONCE\n");
        return 2;
    }
    options = read_options(argv + 1);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (sandbox_open(&sandbox, &options, &error) != CRUX_OK) {
        (void)fprintf(stderr, "sandbox_trials: %s\n", error.text);
        return NO_JAIL;
    }
    submit_all(sandbox);
    (void)pthread_mutex_lock(&lock);
    while (left > 0)
        (void)pthread_cond_wait(&ended, &lock);
    (void)pthread_mutex_unlock(&lock);
    sandbox_close(sandbox);
    if (waitpid(-1, NULL, WNOHANG) == -1)
        return 0;
    (void)fprintf(stderr, "sandbox_trials: a process is left behind\n");
    return LEFT_BEHIND;
}
