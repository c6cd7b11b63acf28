/*
 * settings.h - the options of the fake server's command line.
 */
#ifndef TESTS_WORLD_SERVER_SETTINGS_H
#define TESTS_WORLD_SERVER_SETTINGS_H

#include "tests/world/server/ask.h"
#include "tests/world/server/brain.h"

struct settings {
    struct model model;
    uint16_t port;
    uint64_t queue; /* requests that may wait; more are refused */
    int full_status;
    double latency_ns, straggler_share, straggler_slow, prefill_ns;
    uint32_t cache; /* tokens that it remembers of prompts; 0: it says nothing of a cache */
    bool constant, leash;
    const char *faults, *log, *key_env, *problems;
    struct brain_range operations; /* of a problem */
};

/* The argument that is not understood, or NULL. Texts stay the caller's. */
const char *settings_read(struct settings *out, char **arguments);

/* The options on standard error; wrong, unless it is NULL, first. The exit status. */
int settings_usage(const char *wrong);

#endif
