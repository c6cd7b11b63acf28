/*
 * options_suite.h - what the suites of options share, for Criterion: a folder of their own to stand
 * in, the options of a command, a file run.yaml and an error. Every program that includes this has
 * its own.
 */
#ifndef TESTS_WORLD_OPTIONS_SUITE_H
#define TESTS_WORLD_OPTIONS_SUITE_H

#include "io/cli/commands.h"
#include "io/cli/options/check.h"
#include "io/cli/options/options.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/crux-options-XXXXXX";
static struct options options;
static struct crux_error error;

static inline void begin(const struct command *command)
{
    options_free(&options);
    cr_assert_eq(options_default(&options, &command->options, command->name, &error), CRUX_OK);
    options.others = commands_options_at;
}

static inline void set_up(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    begin(&generate_command);
}

static inline void tear_down(void)
{
    options_free(&options);
    (void)unlink("run.yaml");
    (void)rmdir(folder);
}

static inline void write_file(const char *text)
{
    FILE *file = fopen("run.yaml", "w");

    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
}

static inline int parse(char **arguments)
{
    int status = options_parse(&options, arguments, &error);

    return status == CRUX_OK ? check_options(&options, &error) : status;
}

#define PARSE(...)         parse((char *[]){__VA_ARGS__, NULL})

#define assert_parsed(...) cr_assert_eq(PARSE(__VA_ARGS__), CRUX_OK, "%s", error.text)

#define assert_refused(says, ...)                                                                  \
    do {                                                                                           \
        cr_assert_eq(PARSE(__VA_ARGS__), CRUX_INVALID);                                            \
        cr_assert_not_null(strstr(error.text, says), "no '%s' in: %s", says, error.text);          \
    } while (0)

#endif
