/*
 * settings.c - reads the argument of critic `run`.
 */
#include "critics/run/settings.h"

#include <stdlib.h>
#include <string.h>

static bool word_is(struct crux_text text, const char *word)
{
    return text.length == strlen(word) && memcmp(text.start, word, text.length) == 0;
}

/* A whole number of a range. */
static bool take_limit(uint32_t *to, struct crux_text value, uint32_t least, uint32_t most)
{
    uint64_t number = 0;

    if (value.length == 0 || value.length > 6)
        return false;
    for (size_t i = 0; i < value.length; i++) {
        if (value.start[i] < '0' || value.start[i] > '9')
            return false;
        number = 10 * number + (uint64_t)(value.start[i] - '0');
    }
    *to = (uint32_t)number;
    return number >= least && number <= most;
}

static bool take_level(struct run_settings *out, struct crux_text value)
{
    for (int level = 0; level < SANDBOX_LEVELS; level++)
        if (word_is(value, sandbox_level_name((enum sandbox_level)level))) {
            out->jail.level = (enum sandbox_level)level;
            return true;
        }
    return false;
}

static bool take_language(struct run_settings *out, struct crux_text value)
{
    static const char *const languages[] = {"python", "c", "c++"};

    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
        if (word_is(value, languages[i])) {
            out->language = languages[i];
            return true;
        }
    return false;
}

static bool take_reward_rule(struct run_settings *out, struct crux_text value)
{
    out->graded = word_is(value, "share");
    return out->graded || word_is(value, "all");
}

static bool take_tests(struct run_settings *out, struct crux_text value)
{
    out->visible = word_is(value, "visible");
    return out->visible || word_is(value, "all");
}

static bool take_atleast(struct run_settings *out, struct crux_text value)
{
    char text[16], *end;

    if (value.length == 0 || value.length >= sizeof text)
        return false;
    memcpy(text, value.start, value.length);
    text[value.length] = '\0';
    out->atleast = strtod(text, &end);
    out->graded = false;
    return *end == '\0' && out->atleast > 0.0 && out->atleast <= 1.0;
}

static bool take_run_setting(struct run_settings *out, struct crux_text key, struct crux_text value)
{
    struct sandbox_limits *limits = &out->jail.limits;

    if (word_is(key, "reward"))
        return take_reward_rule(out, value);
    if (word_is(key, "atleast"))
        return take_atleast(out, value);
    if (word_is(key, "tests"))
        return take_tests(out, value);
    if (word_is(key, "language"))
        return take_language(out, value);
    if (word_is(key, "level"))
        return take_level(out, value);
    if (word_is(key, "seconds"))
        return take_limit(&limits->seconds, value, 1, 3600);
    if (word_is(key, "memory"))
        return take_limit(&limits->memory, value, 64, 65536);
    if (word_is(key, "processes"))
        return take_limit(&limits->processes, value, 1, 1024);
    if (word_is(key, "output"))
        return take_limit(&limits->output, value, 1, 16384);
    return word_is(key, "at-once") && take_limit(&out->jail.at_once, value, 1, 64);
}

/* One KEY=VALUE of so many bytes. */
static bool read_setting(struct run_settings *out, const char *text, size_t length)
{
    const char *equals = memchr(text, '=', length);
    struct crux_text key, value;

    if (equals == NULL)
        return false;
    key = (struct crux_text){text, (size_t)(equals - text)};
    value = (struct crux_text){equals + 1, length - key.length - 1};
    return take_run_setting(out, key, value);
}

int run_settings_read(struct run_settings *out, const char *argument, struct crux_error *error)
{
    static const char command[] = "command=";
    const char *at = argument;

    *out =
        (struct run_settings){.jail = {.level = SANDBOX_STRICT, .limits = sandbox_limits_default()},
                              .atleast = 1.0,
                              .graded = true};
    while (at != NULL) {
        size_t length = strcspn(at, ",");

        if (strncmp(at, command, sizeof command - 1) == 0) {
            out->command = at + sizeof command - 1;
            if (out->command[strspn(out->command, " \t\n")] != '\0')
                return CRUX_OK;
        } /* none would pass every answer */
        if (out->command != NULL || !read_setting(out, at, length))
            return crux_fail(
                error, CRUX_INVALID,
                "critic run takes reward=share|all, atleast=X (0 < X <= 1), "
                "tests=all|visible, language=python|c|c++, level=strict|plain, seconds=1..3600, "
                "memory=64..65536 (MiB), processes=1..1024, output=1..16384 (KiB), "
                "at-once=1..64 and, last, command=TEXT, with a comma between, and got "
                "`%.100s`",
                at);
        at = at[length] == ',' ? at + length + 1 : NULL;
    }
    return CRUX_OK;
}
