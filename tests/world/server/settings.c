/*
 * settings.c - the fake server's command line: a row per option; every option takes a value.
 */
#include "tests/world/server/settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_number(const char *value, double most, double *out)
{
    char *end;

    *out = strtod(value, &end);
    return end != value && *end == '\0' && *out >= 0.0 && *out <= most;
}

static bool set_kind(struct settings *settings, const char *value)
{
    for (int i = 0; i < KINDS; i++)
        if (strcmp(value, model_kind_name((enum model_kind)i)) == 0) {
            settings->model.kind = (enum model_kind)i;
            return true;
        }
    return false;
}

/* lognormal:MS or constant:MS */
static bool set_latency(struct settings *settings, const char *value)
{
    const char *colon = strchr(value, ':');
    double ms = 0.0;

    settings->constant = strncmp(value, "constant:", 9) == 0;
    if (colon == NULL || (!settings->constant && strncmp(value, "lognormal:", 10) != 0) ||
        !read_number(colon + 1, 1e7, &ms))
        return false;
    settings->latency_ns = ms * 1e6;
    return true;
}

/* SHARE:FACTOR */
static bool set_stragglers(struct settings *settings, const char *value)
{
    return sscanf(value, "%lf:%lf", &settings->straggler_share, &settings->straggler_slow) == 2;
}

/* STATUS:WAITING */
static bool set_full(struct settings *settings, const char *value)
{
    unsigned long long waiting;

    if (sscanf(value, "%d:%llu", &settings->full_status, &waiting) != 2)
        return false;
    settings->queue = waiting;
    return true;
}

static bool set_slots(struct settings *settings, const char *value)
{
    double number;
    bool good = read_number(value, 1e6, &number) && number >= 1.0;

    settings->model.slots = good ? (uint32_t)number : 1;
    return good;
}

static bool set_context(struct settings *settings, const char *value)
{
    double number;
    bool good = read_number(value, 1e9, &number);

    settings->model.context = good ? (uint32_t)number : 0;
    return good;
}

static bool set_cache(struct settings *settings, const char *value)
{
    double number;
    bool good = read_number(value, 1e9, &number);

    settings->cache = good ? (uint32_t)number : 0;
    return good;
}

static bool set_prefill(struct settings *settings, const char *value)
{
    double us = 0.0;
    bool good = read_number(value, 1e6, &us);

    settings->prefill_ns = us * 1e3;
    return good;
}

static bool set_port(struct settings *settings, const char *value)
{
    double number;
    bool good = read_number(value, 65535, &number);

    settings->port = good ? (uint16_t)number : 0;
    return good;
}

static bool set_seed(struct settings *settings, const char *value)
{
    char *end;

    settings->model.seed = strtoull(value, &end, 10);
    return end != value && *end == '\0';
}

static bool set_skill(struct settings *settings, const char *value)
{
    return read_number(value, 1.0, &settings->model.skill);
}

static bool set_style(struct settings *settings, const char *value)
{
    settings->model.result_first = strcmp(value, "result") == 0;
    return settings->model.result_first || strcmp(value, "words") == 0;
}

/* true=X,vague=Y,false=Z; what is left out stays as it was. */
static bool read_qualities(double out[CRITIQUE_QUALITIES], const char *value)
{
    static const char *const names[CRITIQUE_QUALITIES] = {"true=", "vague=", "false="};

    while (*value != '\0') {
        char *end = NULL;

        for (int i = 0; i < CRITIQUE_QUALITIES && end == NULL; i++)
            if (strncmp(value, names[i], strlen(names[i])) == 0)
                out[i] = strtod(value + strlen(names[i]), &end);
        if (end == NULL || (*end != ',' && *end != '\0'))
            return false;
        value = end + (*end == ',');
    }
    for (int i = 0; i < CRITIQUE_QUALITIES; i++)
        if (!(out[i] >= 0.0 && out[i] <= 1.0))
            return false;
    return true;
}

static bool set_critiques(struct settings *settings, const char *value)
{
    double *shares = settings->model.habits.critiques, sum = 0.0;

    if (!read_qualities(shares, value))
        return false;
    for (int i = 0; i < CRITIQUE_QUALITIES; i++)
        sum += shares[i];
    return fabs(sum - 1.0) < 1e-6;
}

static bool set_mends(struct settings *settings, const char *value)
{
    return read_qualities(settings->model.habits.mends, value);
}

static bool set_spoiled(struct settings *settings, const char *value)
{
    return read_number(value, 1.0, &settings->model.habits.spoiled);
}

static bool set_leash(struct settings *settings, const char *value)
{
    settings->leash = strcmp(value, "stdin") == 0;
    return settings->leash;
}

static bool set_name(struct settings *settings, const char *value)
{
    settings->model.name = value;
    return true;
}

static bool set_faults(struct settings *settings, const char *value)
{
    settings->faults = value;
    return true;
}

static bool set_log(struct settings *settings, const char *value)
{
    settings->log = value;
    return true;
}

static bool set_key(struct settings *settings, const char *value)
{
    settings->key_env = value;
    return true;
}

static bool set_problems(struct settings *settings, const char *value)
{
    double number;

    settings->problems = value;
    return read_number(value, 1e7, &number);
}

/* LEAST:MOST */
static bool set_operations(struct settings *settings, const char *value)
{
    struct brain_range *range = &settings->operations;
    char rest;

    return sscanf(value, "%u:%u%c", &range->least, &range->most, &rest) == 2 && range->least >= 1 &&
           range->least <= range->most && range->most <= BRAIN_STEPS;
}

static const struct {
    const char *name, *takes, *help;
    bool (*set)(struct settings *settings, const char *value);
} options[] = {
    {"--port", "N", "on loopback; 0, the default: any that is free", set_port},
    {"--kind", "KIND", "vllm (default), sglang, llamacpp, openai, ollama, generic or tei",
     set_kind},
    {"--model", "NAME", "default: fake", set_name},
    {"--context", "TOKENS", "default: 8192", set_context},
    {"--slots", "N", "choices worked on at a time; default: 256", set_slots},
    {"--full", "STATUS:N", "refuse with this status when N requests wait", set_full},
    {"--latency", "WHAT", "constant:MS or lognormal:MEAN_MS; default: constant:0", set_latency},
    {"--cache", "TOKENS", "remembers beginnings of prompts and answers: prefixes.h", set_cache},
    {"--prefill", "US", "microseconds for each token of a prompt that it has to read", set_prefill},
    {"--stragglers", "SHARE:FACTOR", "that share takes FACTOR times as long", set_stragglers},
    {"--skill", "P", "mean probability that a step is right; default: 0.8", set_skill},
    {"--style", "HOW", "how steps begin: words (default), or result, which decides", set_style},
    {"--critiques", "SHARES", "of critiques; default: true=0.5,vague=0.25,false=0.25",
     set_critiques},
    {"--mends", "CHANCES", "by critique; default: true=0.6,vague=0.3,false=0.15", set_mends},
    {"--spoiled", "SHARE", "of replies to put false details in; default: 0.1", set_spoiled},
    {"--seed", "N", "default: 1", set_seed},
    {"--faults", "FILE", "a script of faults, or the script itself", set_faults},
    {"--log", "FILE", "JSON lines are appended", set_log},
    {"--key-env", "NAME", "ask for the API key in this environment variable", set_key},
    {"--leash", "stdin", "end when standard input ends", set_leash},
    {"--problems", "N", "print N problems and end", set_problems},
    {"--operations", "LEAST:MOST", "of a problem, 1 .. 12; default: 2:5", set_operations},
};

enum { OPTIONS = sizeof options / sizeof *options };

int settings_usage(const char *wrong)
{
    if (wrong != NULL)
        (void)fprintf(stderr, "model_server: `%s` is not understood\n\n", wrong);
    for (int i = 0; i < OPTIONS; i++)
        (void)fprintf(stderr, "    %-12s %-13s %s\n", options[i].name, options[i].takes,
                      options[i].help);
    return 2;
}

const char *settings_read(struct settings *out, char **arguments)
{
    *out =
        (struct settings){.model = {KIND_VLLM, "fake", 8192, 256, 0.8, 1, false, habits_default()},
                          .queue = UINT64_MAX,
                          .constant = true,
                          .operations = {2, 5}};
    for (char **at = arguments + 1; *at != NULL; at += 2) {
        int i = 0;

        while (i < OPTIONS && strcmp(*at, options[i].name) != 0)
            i++;
        if (i == OPTIONS || at[1] == NULL || !options[i].set(out, at[1]))
            return *at;
    }
    return NULL;
}
