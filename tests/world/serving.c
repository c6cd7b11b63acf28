/*
 * serving.c - starts and ends the fake model server. It holds one end of a pipe, and ends with it.
 */
#include "tests/world/serving.h"

#include "io/json.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS = 40, LINE = 1024 };

static void find_program(char path[512])
{
    char here[400];
    ssize_t length = readlink("/proc/self/exe", here, sizeof here - 1);
    char *slash;

    assert(length > 0);
    here[length] = '\0';
    slash = strrchr(here, '/');
    assert(slash != NULL);
    *slash = '\0';
    (void)snprintf(path, 512, "%s/model_server", here);
    if (access(path, X_OK) != 0)
        (void)snprintf(path, 512, "%s/tests/model_server", here);
}

static void spawn(struct serving *serving, char **arguments, int input, int output)
{
    posix_spawn_file_actions_t actions;
    int status;

    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    status = posix_spawn(&serving->process, arguments[0], &actions, NULL, arguments, environ);
    assert(status == 0);
    (void)posix_spawn_file_actions_destroy(&actions);
}

void serving_start(struct serving *serving, const char *const *arguments)
{
    char program[512], *all[ARGUMENTS] = {program, "--leash", "stdin", "--log", serving->log};
    int count = 5, input[2], output[2], file;
    FILE *said;
    char *line;

    find_program(program);
    (void)snprintf(serving->log, sizeof serving->log, "/tmp/crux-serving-XXXXXX");
    file = mkstemp(serving->log);
    assert(file >= 0);
    (void)close(file);
    for (; *arguments != NULL && count < ARGUMENTS - 1; arguments++)
        all[count++] = (char *)*arguments;
    if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0)
        abort();
    spawn(serving, all, input[0], output[1]);
    (void)close(input[0]);
    (void)close(output[1]);
    serving->leash = input[1];
    said = fdopen(output[0], "r");
    assert(said != NULL);
    line = fgets(serving->url, sizeof serving->url, said);
    assert(line != NULL);
    serving->url[strcspn(serving->url, "\n")] = '\0';
    (void)fclose(said);
}

void serving_kill(struct serving *serving)
{
    if (serving->process == 0)
        return;
    (void)kill(serving->process, SIGKILL);
    (void)waitpid(serving->process, NULL, 0);
    (void)close(serving->leash);
    serving->process = 0;
}

void serving_end(struct serving *serving)
{
    int status = 0;

    if (serving->process == 0)
        return;
    (void)kill(serving->process, SIGTERM);
    (void)waitpid(serving->process, &status, 0);
    (void)close(serving->leash);
    serving->process = 0;
    assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

void serving_stop(struct serving *serving)
{
    serving_end(serving);
    (void)unlink(serving->log);
}

uint16_t serving_port(const struct serving *serving)
{
    return (uint16_t)strtoul(strrchr(serving->url, ':') + 1, NULL, 10);
}

/* --- the log ------------------------------------------------------------------------- */

static void copy(char *out, size_t room, const struct json *value)
{
    const char *text = json_as_string(value);

    (void)snprintf(out, room, "%s", text == NULL ? "" : text);
}

static void read_visit(struct visit *out, const char *line)
{
    struct json *json = NULL;
    int status = json_parse(&json, line, strlen(line), NULL);

    assert(status == 0);
    *out = (struct visit){.ordinal = (uint64_t)json_as_integer(json_get(json, "ordinal")),
                          .connection = (uint64_t)json_as_integer(json_get(json, "connection")),
                          .in_ns = json_as_integer(json_get(json, "in")),
                          .start_ns = json_as_integer(json_get(json, "start")),
                          .out_ns = json_as_integer(json_get(json, "out")),
                          .n = (uint32_t)json_as_integer(json_get(json, "n")),
                          .status = (int)json_as_integer(json_get(json, "status")),
                          .authorized = json_as_bool(json_get(json, "authorized"))};
    copy(out->key, sizeof out->key, json_get(json, "key"));
    copy(out->fault, sizeof out->fault, json_get(json, "fault"));
    json_free(json);
}

size_t serving_visits(struct serving *serving, struct visit **visits)
{
    FILE *log;
    size_t count = 0, room = 256;
    char line[LINE];

    serving_end(serving);
    log = fopen(serving->log, "re");
    *visits = malloc(room * sizeof **visits);
    assert(log != NULL && *visits != NULL);
    while (fgets(line, sizeof line, log) != NULL) {
        if (count == room) {
            room *= 2;
            *visits = realloc(*visits, room * sizeof **visits);
            assert(*visits != NULL);
        }
        read_visit(&(*visits)[count++], line);
    }
    (void)fclose(log);
    return count;
}
