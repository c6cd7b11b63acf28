/*
 * serving.h - a fake model server as a process of its own, its address and its log.
 *
 * The program model_server (tests/world/model_server.c) is looked for beside the running
 * program and in the folder tests/ beside it. It ends with the process that
 * started it, however that ends. What goes wrong here ends the test.
 */
#ifndef TESTS_WORLD_SERVING_H
#define TESTS_WORLD_SERVING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct serving {
    pid_t process;
    int leash; /* the server's standard input */
    char url[64];
    char log[64]; /* a file that is removed in the end */
};

/* With arguments as model_server takes them, without --leash and --log, up to a NULL. */
void serving_start(struct serving *serving, const char *const *arguments);
void serving_kill(struct serving *serving); /* at once; its log stays */
void serving_end(struct serving *serving);  /* as SIGTERM does; its log stays and is whole */
void serving_stop(struct serving *serving); /* the same, and the log goes too */
uint16_t serving_port(const struct serving *serving);

/* A line of the log: see model_server.c. */
struct visit {
    uint64_t ordinal, connection;
    int64_t in_ns, start_ns, out_ns;
    uint32_t n;
    int status;
    bool authorized;
    char key[64], fault[16];
};

/* Ends the server, and reads all lines; the caller frees *visits. */
size_t serving_visits(struct serving *serving, struct visit **visits);

#endif
