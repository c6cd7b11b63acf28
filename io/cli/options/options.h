/*
 * options.h - every option of every command, in one table.
 *
 * A row says an option's name, what it takes, its range, which commands have it,
 * where its value goes and what it does. Reading flags, reading the YAML file,
 * range checks, --help and the configuration recorded in a store are loops over
 * that table, so they cannot disagree.
 *
 * Which value counts: a flag, else the YAML file, else the default. A YAML file may
 * hold options of several commands; those of others are checked for their name only.
 *
 * Classes. MEANING options change what the data are, and make the identity of a run;
 * SPEED options change only how fast or how far it goes; COMMAND options belong to
 * one call of the program and are not recorded.
 *
 * Ownership.  Texts in struct options are its own until options_free(); operands and
 *             arguments are the caller's argv.
 * Errors.     CRUX_INVALID and a sentence that names the option, and for the file its
 *             line and column.
 */
#ifndef IO_CLI_OPTIONS_OPTIONS_H
#define IO_CLI_OPTIONS_OPTIONS_H

#include "critics/crux_critics.h"
#include "search/crux.h"

/* Commands, as a set. */
enum {
    OPTIONS_PROBLEMS = 1 << 0,
    OPTIONS_GENERATE = 1 << 1,
    OPTIONS_EXPORT = 1 << 2,
    OPTIONS_SHOW = 1 << 3,
    OPTIONS_SOLVE = 1 << 4,
    OPTIONS_BENCH = 1 << 5,
    OPTIONS_STATUS = 1 << 6,
    OPTIONS_HELP = 1 << 7,
    OPTIONS_PROMPT = 1 << 8,
    OPTIONS_COST = 1 << 9,
    OPTIONS_DOCTOR = 1 << 10
};

enum options_class { OPTIONS_MEANING, OPTIONS_SPEED, OPTIONS_COMMAND };

enum options_origin { OPTIONS_DEFAULT, OPTIONS_FILE, OPTIONS_FLAG };

enum { OPTIONS_LISTED = 16, OPTIONS_ROWS = 96, OPTIONS_OPERANDS = 4, OPTIONS_BACKENDS = 16 };

struct options_list {
    char *items[OPTIONS_LISTED];
    size_t count;
};

struct options_shard {
    uint32_t index, count; /* from 1; 0, 0: all */
};

/* One backend: a served model, where it is, how it is asked and what that costs. Texts are NULL
 * where nothing was said and nothing found out. Money is in billionths of the currency. */
struct options_backend {
    char *name; /* NULL: of the plain flags; the ledger knows that one as "chat" */
    struct options_list endpoints, stops;
    char *model, *profile, *route, *chat_template, *prompt;
    char *key_env, *key_file, *cacert;
    double temperature, top_p, min_p;
    uint32_t top_k, max_tokens, step_tokens, context, per_request, retries;
    uint32_t in_flight; /* its own limit of calls in flight; 0: none but the run's */
    int64_t answer_ns, retry_after_max_ns;
    int64_t price_prompt, price_cached, price_completion; /* per million tokens */
    bool no_logprobs, insecure;
};

/* What a run's served models may cost together. */
struct options_paid {
    uint64_t limit_tokens; /* 0: none */
    int64_t limit_price;
    char *replay; /* the store whose ledger answers instead of them, or NULL */
};

struct options {
    unsigned command;         /* whose options these are: one of the set */
    const char *command_name; /* for messages */

    struct crux_setup setup;  /* numbers of the search go right where it reads them */
    char *policy[CRUX_KINDS]; /* descriptions; NULL: as for steps */
    char *critic[CRUX_ROLES]; /* descriptions; NULL or "none": there is none */
    char *delay, *config, *store, *to;
    struct options_list stores, views;
    struct options_shard shard;
    struct options_backend backends[OPTIONS_BACKENDS]; /* the first: of the plain flags */
    size_t backend_count;                              /* at least 1 */
    struct options_paid paid;
    char *problem, *text; /* of crux prompt, and ... */
    struct options_list steps;
    bool whole;
    uint32_t estimate, show_depth, branching, runs, seeds, top;
    int latency;         /* enum bench_latency_law */
    char *server, *bare; /* of crux bench slots: programs, NULL: beside ours ... */
    uint32_t slots;      /* ... and what it measures */
    uint64_t slots_calls;
    int64_t mean_ns;
    bool strict, retry_failed, oracle, json, force, quiet, help;

    const char *operands[OPTIONS_OPERANDS];
    size_t operand_count;
    char **arguments;                    /* as main() got them; NULL at the end */
    unsigned char origins[OPTIONS_ROWS]; /* by row: enum options_origin */
};

struct options_type;

struct options_row {
    const char *name;
    const char *metavar; /* "": takes no value */
    const struct options_type *type;
    enum options_class class;
    unsigned commands;
    size_t offset;            /* of the value in struct options */
    int64_t least, most;      /* of numbers, inclusive */
    const char *const *words; /* of choices, in the order of their enum */
    const char *help;
};

/* All defaults, for one command. */
int options_default(struct options *out, unsigned command, const char *command_name,
                    struct crux_error *error);
void options_free(struct options *options);

/* Flags, then --config for what no flag gave, then what does not go together. */
int options_parse(struct options *options, char **arguments, struct crux_error *error);

/* Was it given, by flag or file? */
bool options_given(const struct options *options, const char *name);

/* The backend of that name; NULL or "": that of the plain flags. NULL: there is none. */
const struct options_backend *options_backend(const struct options *options, const char *name);

/* Was the key ("price-cached") given for this backend, by flag or file? */
bool options_backend_given(const struct options *options, const struct options_backend *backend,
                           const char *key);

/* The options of one class as a JSON object, sorted by name; caller frees. NULL: no
 * memory. */
char *options_record(const struct options *options, enum options_class class);

/* --- for --help ---------------------------------------------------------------- */

/* The rows of a command, in the order of the table; NULL after the last. */
const struct options_row *options_next(unsigned command, size_t *cursor);

/* What the option takes: "a whole number from 1 to 256". */
void options_expected(const struct options_row *row, char *out, size_t size);

/* The value it has in options, as one would type it; "" when it has none. */
void options_value(const struct options *options, const struct options_row *row, char *out,
                   size_t size);

#endif
