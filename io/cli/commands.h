/*
 * commands.h - every command, a row each.
 *
 * A row has what the command is called, which groups of options it has, what it needs, its
 * manual page but for the options, and the function that does it. main() finds the row,
 * reads the options and calls it; `crux help` prints it.
 *
 * Options that only one command has are defined in that command's file, as a group whose
 * values lie in a struct of that file (options->own).
 *
 * What run() returns is the exit status, or a negative enum crux_status with a
 * sentence, which main() prints and turns into the exit status that belongs to it.
 */
#ifndef IO_CLI_COMMANDS_H
#define IO_CLI_COMMANDS_H

#include "io/cli/options/options.h"
#include "search/crux.h"

enum exit_status {
    EXIT_DONE = 0,
    EXIT_CHECK = 1,
    EXIT_OPTIONS = 2,
    EXIT_INPUT = 3,
    EXIT_STORE = 4,
    EXIT_LIMIT = 5,
    EXIT_SOME_FAILED = 6,
    EXIT_INTERRUPTED = 130
};

/* The share that pick best-of-majority wants where nobody says another one: the best that its paper
 * has tried on one set of problems (arXiv 2510.03199); up to 66 answers that is any of them. */
#define COMMANDS_ALPHA 0.015

enum { COMMANDS_EXITS = 8, COMMANDS_NEEDS = 3 };

/* SIGINT and the like: end the program as ever; or with 130, until a search listens; or are left to
 * the command, which looks for them. */
enum commands_signals { COMMANDS_DIE, COMMANDS_END, COMMANDS_WAIT };

struct command {
    const char *name;
    struct options_command options; /* its groups in the option table */
    const char *operands;           /* as in the synopsis: "FILE --store RUN.db" */
    size_t least_operands, most_operands;
    const char *needs[COMMANDS_NEEDS];      /* options that must be given */
    const char *summary;                    /* one line */
    const char *description;                /* paragraphs, parted by '\n' */
    const char *examples;                   /* lines, parted by '\n' */
    enum exit_status exits[COMMANDS_EXITS]; /* besides EXIT_DONE and EXIT_OPTIONS; 0 ends */
    enum commands_signals signals;
    int (*run)(struct options *options, struct crux_error *error);
};

extern const struct command problems_command, generate_command, list_command, status_command,
    ctl_command, cost_command, doctor_command, locate_command, annotate_command, verify_command,
    inject_command, show_command, watch_command, merge_command, export_command, train_command,
    index_command, eval_command, solve_command, compare_command, prompt_command, bench_command,
    help_command;

/* NULL after the last. */
const struct command *commands_at(size_t index);

/* What the parser knows of it; NULL after the last. */
const struct options_command *commands_options_at(size_t index);

/* NULL: there is none of that name; then *error says so. */
const struct command *commands_find(const char *name, struct crux_error *error);

/* The exit status that belongs to a negative enum crux_status. */
int commands_exit(int status);

#endif
