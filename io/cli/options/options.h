/*
 * options.h - what one call of the program was asked for: struct options, filled in.
 *
 * The options that there are lie in groups of rows (table.h); a command lists the groups
 * that it has. Here they get their values.
 *
 * Which value counts: a flag, else the YAML file, else the preset, which is a YAML file that
 * ships (presets.h), else the default. A YAML file may
 * hold options of several commands; those of others are checked for their name only.
 *
 * Backends. The plain flags describe the model server without a name, the first of
 * backends[]. Others have a name, of up to 32 letters a to z, digits, '_' and '-', and the
 * same settings under it: `--backend judge.model=M`, in the file `backends: judge: model: M`.
 * What is not set for one has the default of its flag.
 *
 * Ownership.  Texts in struct options are its own until options_free(); operands and
 *             arguments are the caller's argv.
 * Errors.     CRUX_INVALID and a sentence that names the option, and for the file its
 *             line and column.
 */
#ifndef IO_CLI_OPTIONS_OPTIONS_H
#define IO_CLI_OPTIONS_OPTIONS_H

#include "critics/crux_critics.h"
#include "io/cli/options/table.h"
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
    OPTIONS_DOCTOR = 1 << 10,
    OPTIONS_TRAIN = 1 << 11,
    OPTIONS_EVAL = 1 << 12,
    OPTIONS_LOCATE = 1 << 13,
    OPTIONS_ANNOTATE = 1 << 14,
    OPTIONS_VERIFY = 1 << 15,
    OPTIONS_INJECT = 1 << 16,
    OPTIONS_INDEX = 1 << 17,
    OPTIONS_COMPARE = 1 << 18,
    OPTIONS_LIST = 1 << 19,
    OPTIONS_CTL = 1 << 20,
    OPTIONS_WATCH = 1 << 21,
    OPTIONS_MERGE = 1 << 22
};

/* Commands that are passes over the finished trees of a run. */
enum { OPTIONS_PASSES = OPTIONS_LOCATE | OPTIONS_ANNOTATE | OPTIONS_VERIFY | OPTIONS_INJECT };

/* Policies as they are named: one by each kind of step, then what a pass asks: the one that
 * completes or refines, and a second one. */
enum { OPTIONS_COMPLETER = CRUX_KINDS, OPTIONS_SECOND, OPTIONS_POLICIES };

enum options_origin { OPTIONS_DEFAULT, OPTIONS_PRESET, OPTIONS_FILE, OPTIONS_FLAG };

enum { OPTIONS_LISTED = 16, OPTIONS_OPERANDS = 64, OPTIONS_BACKENDS = 16 };

/* Critics as they are named: one by each role, then the execution critic by each kind of step. */
enum { OPTIONS_CRITICS = CRUX_ROLES + CRUX_KINDS };

/* "outcome", "execution:query". */
const char *options_critic_name(unsigned index);
enum crux_role options_critic_role(unsigned index);

/* The most that --in-flight and --per-request take. */
enum { OPTIONS_IN_FLIGHT_MOST = 65536, OPTIONS_PER_REQUEST_MOST = 4096 };

/* Ports by number: policies, then critics. */
enum { OPTIONS_PORTS = OPTIONS_POLICIES + OPTIONS_CRITICS };

struct options_list {
    char *items[OPTIONS_LISTED];
    size_t count;
};

/* As many as a shell can give. */
struct options_files {
    char **items;
    size_t count;
};

struct options_shard {
    uint32_t index, count; /* from 1; 0, 0: all */
    bool automatic;        /* not known yet (shard.h); after check_options() it is */
};

/* One backend: a served model, where it is, how it is asked and what that costs. Texts are NULL
 * where nothing was said and nothing found out. Money is in billionths of the currency. */
struct options_backend {
    char *name; /* NULL: of the plain flags; the ledger knows that one as "chat" */
    struct options_list endpoints, stops;
    struct options_list headers, aliases;
    char *model, *profile, *route, *chat_template, *prompt, *body, *system, *thoughts, *split;
    char *key_env, *key_file, *key_header, *cacert;
    char *roster; /* a file of endpoints, or NULL */
    uint32_t slots;
    int send_order; /* 0: prefix, 1: arrival */
    double temperature, top_p, min_p;
    uint32_t top_k, max_tokens, step_tokens, context, per_request;
    uint32_t in_flight; /* its own limit of calls in flight; 0: none but the run's */
    struct crux_client client;
    int64_t price_prompt, price_cached, price_completion; /* per million tokens */
    bool no_logprobs, insecure, token_ids;
    struct crux_spent spent; /* no option: on finding out what was left open */
    uint32_t told_slots;     /* no option: of each endpoint, as the first one tells; 0: it does not,
                                or was not asked */
};

/* What a run's served models may cost together. */
struct options_paid {
    uint64_t limit_tokens; /* 0: none */
    int64_t limit_price;
    char *replay; /* the store whose ledger answers instead of them, or NULL */
};

struct options {
    unsigned command;                    /* whose options these are: one of the set */
    const char *command_name;            /* for messages */
    const struct options_command *table; /* its groups */

    /* Every command, by index, NULL after the last: whose keys may stand in the file as well.
     * NULL until main() says so: then none but this one's. */
    const struct options_command *(*others)(size_t index);

    struct crux_setup setup;        /* numbers of the search go right where it reads them */
    char *policy[OPTIONS_POLICIES]; /* descriptions; NULL: as for steps, or none */
    char *critic[OPTIONS_CRITICS];  /* descriptions; NULL or "none": there is none */
    char *delay, *config, *preset, *store, *fields;
    struct options_shard shard;
    struct options_backend backends[OPTIONS_BACKENDS]; /* the first: of the plain flags */
    size_t backend_count;                              /* at least 1 */
    struct options_paid paid;
    int64_t store_patience_ns, grace_ns;
    bool strict, oracle, no_store, json, quiet, help;
    bool recalled; /* no option: the run was begun before (model_recall()) */
    bool images;   /* no option: some problem has images (session_problems()) */

    const char *operands[OPTIONS_OPERANDS];
    size_t operand_count;
    char **arguments;       /* as main() got them; NULL at the end */
    void *own;              /* the struct of the command's own groups */
    unsigned char *origins; /* enum options_origin, by backend, then by the row's number */
};

/* All defaults, for one command. */
int options_default(struct options *out, const struct options_command *command,
                    const char *command_name, struct crux_error *error);
void options_free(struct options *options);

/* Flags, then --config for what no flag gave, then --preset. What goes together is for check.h. */
int options_parse(struct options *options, char **arguments, struct crux_error *error);

/* Give an option a value as a file would, after options_parse(): of the plain flags with backend
 * "", else of the backend of that name. A key that the command has not is passed by. where begins
 * the sentence of an error. */
int options_fill(struct options *options, const char *backend, const char *key, const char *text,
                 const char *where, struct crux_error *error);

/* Is it said where the backend is: by addresses, or a file of them? */
bool options_has_endpoint(const struct options_backend *backend);

/* Was it given, by flag or file? */
bool options_given(const struct options *options, const char *name);

/* The description of a port; NULL where there is none. */
const char *options_port(const struct options *options, size_t port);

/* A port that has a description, as it is said to this command: "--critic execution=judge:big",
 * "--annotator critique". */
void options_port_typed(char *out, size_t size, const struct options *options, size_t port);

/* Where the value of a place lies: for flags of backend 0, the one without a name. */
const void *options_field(const struct options *options, const struct options_place *place,
                          size_t backend);

#endif
