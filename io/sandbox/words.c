/*
 * words.c - levels and limits in words.
 */
#include "io/sandbox/sandbox.h"

#include <stdio.h>
#include <string.h>

const char *sandbox_level_name(enum sandbox_level level)
{
    static const char *const names[SANDBOX_LEVELS] = {"plain", "strict"};

    return (unsigned)level < SANDBOX_LEVELS ? names[level] : "?";
}

struct sandbox_limits sandbox_limits_default(void)
{
    return (struct sandbox_limits){.seconds = 4, .memory = 512, .processes = 32, .output = 256};
}

char *sandbox_words(const struct sandbox_options *options)
{
    const struct sandbox_limits *limits = &options->limits;
    char words[160];

    (void)snprintf(words, sizeof words, "level=%s,seconds=%u,memory=%u,processes=%u,output=%u",
                   sandbox_level_name(options->level), limits->seconds, limits->memory,
                   limits->processes, limits->output);
    return strdup(words);
}
