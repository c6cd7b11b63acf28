/*
 * options.c - every option of every command, in one table.
 *
 * Flags are collected first and applied last: --config is among them, and what it
 * names is applied before, so a flag simply overwrites what the file said. Both go
 * through options_set(), the one place where a text becomes a value.
 */
#include "io/cli/options.h"

#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/suggest.h"
#include "io/cli/values.h"
#include "io/config.h"
#include "io/json.h"

enum {
    RUNS = OPTIONS_GENERATE | OPTIONS_SOLVE,
    SEARCHES = RUNS | OPTIONS_BENCH,
    READS = OPTIONS_SHOW | OPTIONS_STATUS,
    CONFIGURED = SEARCHES | READS | OPTIONS_EXPORT,
    EVERY = CONFIGURED | OPTIONS_PROBLEMS | OPTIONS_HELP
};

static const char *const strategies[] = {"mcts", "sample", NULL};
static const char *const selections[] = {"uct", "puct", "greedy", NULL};
static const char *const orders[] = {"arrival", "issued", NULL};

/* Short words for the table below. */
#define AT(field)   offsetof(struct options, field)
#define MEANING     OPTIONS_MEANING
#define SPEED       OPTIONS_SPEED
#define COMMAND     OPTIONS_COMMAND
#define COUNT       &values_count
#define WHOLE       &values_whole
#define CHOICE      &values_choice
#define FLAG        &values_flag
#define TEXT        &values_text
#define NO_RANGE    0, 0
#define MAX_SIMS    16777215
#define MAX_LIMIT   1000000000000
#define MAX_SECONDS 31536000

static const struct options_row rows[] = {
    {"policy", "[KIND=]NAME[:ARG]", &values_policies, MEANING, RUNS, AT(policy), NO_RANGE, NULL,
     "What might come next. Without KIND= it answers for every kind of step that has none of "
     "its own. May be repeated. numbers[:SHARPNESS] proposes legal operations; "
     "synthetic:B,D[,SEED] is a world without text."},
    {"critic", "[ROLE=]NAME[:ARG]", &values_critics, MEANING, RUNS, AT(critic), NO_RANGE, NULL,
     "How good it looks. Without ROLE= it judges outcomes. May be repeated, one a role; "
     "ROLE=none takes a role away. With a value critic --rollouts is 0 unless given."},
    {"strategy", "NAME", CHOICE, MEANING, RUNS, AT(setup.strategy), NO_RANGE, strategies,
     "mcts searches a tree; sample draws independent answers for the same number of policy "
     "calls, to compare with."},
    {"selection", "RULE", CHOICE, MEANING, SEARCHES, AT(setup.selection), NO_RANGE, selections,
     "Which child a simulation follows: uct weighs value against visits, puct also the "
     "policy's prior, greedy takes the best value."},
    {"exploration", "C", &values_real, MEANING, SEARCHES, AT(setup.exploration), 0, 1000, NULL,
     "Weight of what was little visited, in selection."},
    {"simulations", "N", COUNT, MEANING, SEARCHES, AT(setup.simulations), 1, MAX_SIMS, NULL,
     "Simulations a problem."},
    {"calls", "N", COUNT, MEANING, RUNS, AT(setup.calls), 0, UINT32_MAX, NULL,
     "Calls to policies a problem, the same for every strategy, so that they compare at equal "
     "cost; 0 is as many as the simulations need, which it also is when --simulations alone is "
     "given."},
    {"children", "N", COUNT, MEANING, RUNS, AT(setup.children), 1, 4096, NULL,
     "Next steps asked for at a node."},
    {"rollouts", "N", COUNT, MEANING, RUNS, AT(setup.rollouts), 0, 1024, NULL,
     "Complete answers drawn from a leaf; 0 asks the value critic instead."},
    {"depth", "N", COUNT, MEANING, SEARCHES, AT(setup.depth), 1, 1024, NULL,
     "Steps from the problem to the deepest node."},
    {"seed", "N", WHOLE, MEANING, SEARCHES, AT(setup.seed), 0, INT64_MAX, NULL,
     "Where all randomness comes from."},
    {"per-tree", "N", COUNT, MEANING, SEARCHES, AT(setup.per_tree), 1, 16384, NULL,
     "Simulations in flight in one tree."},
    {"lanes", "N", COUNT, MEANING, RUNS, AT(setup.lanes), 1, 256, NULL,
     "Workers that may share one tree."},
    {"order", "ORDER", CHOICE, MEANING, RUNS, AT(setup.order), NO_RANGE, orders,
     "Which simulation of a tree settles next: arrival, whichever has its answer first; "
     "issued, the oldest, which gives the same bytes for any number of workers and calls in "
     "flight."},
    {"stop", "right=R,wrong=W", &values_stop, MEANING, RUNS, AT(setup.stop_right), 0, 1000000, NULL,
     "End a problem when it has R distinct right and W distinct wrong answers."},
    {"probe", "N", COUNT, MEANING, RUNS, AT(setup.probe), 0, 1000000, NULL,
     "End a problem whose first N answers are all right or all wrong; 0 is never."},
    {"workers", "N", COUNT, SPEED, SEARCHES, AT(setup.workers), 1, 256, NULL,
     "Threads that search. The default is the number of cores."},
    {"in-flight", "N", COUNT, SPEED, RUNS, AT(setup.in_flight), 1, 65536, NULL,
     "Calls in flight in all."},
    {"open-trees", "N", COUNT, SPEED, RUNS, AT(setup.open_trees), 0, 65536, NULL,
     "Problems searched at a time; 0 is enough to keep all calls in flight busy."},
    {"limit-calls", "N", WHOLE, SPEED, RUNS, AT(setup.limit_calls), 0, MAX_LIMIT, NULL,
     "End this run after so many calls to policies; 0 is no limit."},
    {"limit-seconds", "S", &values_seconds, SPEED, RUNS, AT(setup.limit_ns), 0, MAX_SECONDS, NULL,
     "End this run after so many seconds; 0 is no limit."},
    {"shard", "I/N", &values_shard, SPEED, RUNS, AT(shard), 1, 65536, NULL,
     "Take part I of N of the problems, counted from 1, chosen by a hash of the id; several "
     "stores are merged by crux export."},
    {"delay", "lognormal:MEAN_MS", TEXT, SPEED, RUNS, AT(delay), NO_RANGE, NULL,
     "Make every policy answer late, from a thread of its own: a rehearsal of a served model. "
     "constant:MS always waits the same."},
    {"strict", "", FLAG, SPEED, RUNS, AT(strict), NO_RANGE, NULL,
     "Stop at the first bad line of FILE instead of skipping it."},
    {"estimate", "N", COUNT, COMMAND, OPTIONS_GENERATE, AT(estimate), 0, 1000000000, NULL,
     "Search and keep N problems, then tell what the rest will take; 0 is off."},
    {"retry-failed", "", FLAG, COMMAND, OPTIONS_GENERATE, AT(retry_failed), NO_RANGE, NULL,
     "Search problems again whose calls failed for good."},
    {"oracle", "", FLAG, COMMAND, OPTIONS_SOLVE, AT(oracle), NO_RANGE, NULL,
     "Let critics guide the search that look at the reference answer. What comes out is an "
     "upper bound, and says so."},
    {"branching", "N", COUNT, COMMAND, OPTIONS_BENCH, AT(branching), 1, 4096, NULL,
     "Children of every node of the world searched."},
    {"store", "RUN.db", TEXT, COMMAND, OPTIONS_GENERATE | READS, AT(store), NO_RANGE, NULL,
     "The run's store, one SQLite file."},
    {"store", "RUN.db", &values_list, COMMAND, OPTIONS_EXPORT, AT(stores), NO_RANGE, NULL,
     "A run's store. May be repeated: the shards of one run are merged in the order of the "
     "input."},
    {"to", "DIR", TEXT, COMMAND, OPTIONS_EXPORT, AT(to), NO_RANGE, NULL,
     "The data set folder to write. It is built beside its place and renamed when complete."},
    {"view", "NAME", &values_list, COMMAND, OPTIONS_EXPORT, AT(views), NO_RANGE, NULL,
     "A view to write. May be repeated; without it every view is written."},
    {"force", "", FLAG, COMMAND, OPTIONS_EXPORT, AT(force), NO_RANGE, NULL,
     "Replace the folder if it is there."},
    {"depth", "N", COUNT, COMMAND, OPTIONS_SHOW, AT(show_depth), 0, 1024, NULL,
     "Show nodes down to this depth."},
    {"json", "", FLAG, COMMAND, OPTIONS_SOLVE | OPTIONS_BENCH | READS, AT(json), NO_RANGE, NULL,
     "Print JSON on standard output, for machines."},
    {"quiet", "", FLAG, COMMAND, RUNS, AT(quiet), NO_RANGE, NULL, "No progress line."},
    {"config", "FILE", TEXT, COMMAND, CONFIGURED, AT(config), NO_RANGE, NULL,
     "Read options from a YAML file: keys are the long flags without --, lists repeat. A flag "
     "wins over the file. The file may hold options of other commands too."},
    {"help", "", FLAG, COMMAND, EVERY, AT(help), NO_RANGE, NULL, "Show this page."},
};

enum { ROWS = sizeof rows / sizeof rows[0] };
_Static_assert((int)ROWS <= (int)OPTIONS_ROWS,
               "struct options has no room for the origins of all rows");

static void *field_of(struct options *options, const struct options_row *row)
{
    return (char *)options + row->offset;
}

static const void *value_of(const struct options *options, const struct options_row *row)
{
    return (const char *)options + row->offset;
}

const struct options_row *options_next(unsigned command, size_t *cursor)
{
    while (*cursor < ROWS)
        if (rows[(*cursor)++].commands & command)
            return &rows[*cursor - 1];
    return NULL;
}

static const struct options_row *find(const char *name, size_t length, unsigned command)
{
    const struct options_row *row;
    size_t cursor = 0;

    while ((row = options_next(command, &cursor)) != NULL)
        if (strlen(row->name) == length && strncmp(row->name, name, length) == 0)
            return row;
    return NULL;
}

/* --- defaults ---------------------------------------------------------------------- */

static uint32_t cores(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) < 1)
        return 1;
    return CPU_COUNT(&set) > 256 ? 256 : (uint32_t)CPU_COUNT(&set);
}

/* The head of the A-suite: every simulation evaluates a new node. */
static void bench_defaults(struct options *options)
{
    options->branching = 32;
    options->setup.depth = 16;
    options->setup.exploration = 8;
    options->setup.selection = CRUX_PUCT;
    options->setup.simulations = 1000000;
    options->setup.per_tree = 1;
    options->setup.calls = 0;
}

int options_default(struct options *out, unsigned command, const char *command_name,
                    struct crux_error *error)
{
    *out = (struct options){.command = command, .command_name = command_name, .show_depth = 1024};
    out->setup = crux_setup_default();
    out->setup.workers = cores();
    out->setup.calls = 400;
    if (command == OPTIONS_BENCH)
        bench_defaults(out);
    out->policy[CRUX_STEP] = strdup("numbers");
    out->critic[CRUX_ROLE_OUTCOME] = strdup("numbers");
    out->critic[CRUX_ROLE_ANNOTATE] = strdup("numbers");
    if (out->policy[CRUX_STEP] != NULL && out->critic[CRUX_ROLE_OUTCOME] != NULL &&
        out->critic[CRUX_ROLE_ANNOTATE] != NULL)
        return CRUX_OK;
    options_free(out);
    return crux_fail(error, CRUX_MEMORY, "no memory for the options");
}

void options_free(struct options *options)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].type->clear != NULL)
            rows[i].type->clear(field_of(options, &rows[i]));
}

bool options_given(const struct options *options, const char *name)
{
    const struct options_row *row = find(name, strlen(name), options->command);

    return row != NULL && options->origins[row - rows] != OPTIONS_DEFAULT;
}

/* --- a text becomes a value ----------------------------------------------------------- */

struct given {
    const struct options_row *row;
    const char *text;
    const char *where; /* begins the sentence: "--seed" or "run.yaml:3:7: seed" */
    enum options_origin origin;
};

static int options_set(struct options *options, const struct given *given, struct crux_error *error)
{
    const struct options_row *row = given->row;
    void *field = field_of(options, row);
    unsigned char *origin = &options->origins[row - rows];
    char expected[256];
    int status;

    if (row->type->replaced && *origin != given->origin)
        row->type->clear(field);
    status = row->type->read(row, field, given->text);
    if (status == CRUX_MEMORY)
        return crux_fail(error, status, "no memory for the options");
    if (status != CRUX_OK) {
        row->type->expect(row, expected, sizeof expected);
        return crux_fail(error, status, "%s must be %s, not '%.100s'", given->where, expected,
                         given->text);
    }
    *origin = (unsigned char)given->origin;
    return CRUX_OK;
}

/* --- the file -------------------------------------------------------------------------- */

static const char *nearest(const char *word, unsigned command)
{
    struct suggest suggest = {.word = word};
    const struct options_row *row;
    size_t cursor = 0;

    while ((row = options_next(command, &cursor)) != NULL)
        suggest_offer(&suggest, row->name);
    return suggest.best;
}

static int refuse_key(const struct config_setting *setting, struct crux_error *error)
{
    const char *best = nearest(setting->key, EVERY);

    return crux_fail(error, CRUX_INVALID, "%s: there is no option '%.100s'%s%s%s", setting->place,
                     setting->key, best != NULL ? "; did you mean '" : "", best != NULL ? best : "",
                     best != NULL ? "'?" : "");
}

static int take_setting(void *context, const struct config_setting *setting,
                        struct crux_error *error)
{
    struct options *options = context;
    size_t length = strlen(setting->key);
    const struct options_row *row = find(setting->key, length, options->command);
    char where[640];

    if (row == NULL && find(setting->key, length, EVERY) != NULL)
        return CRUX_OK; /* of another command */
    if (row == NULL)
        return refuse_key(setting, error);
    if (strcmp(row->name, "config") == 0 || strcmp(row->name, "help") == 0)
        return crux_fail(error, CRUX_INVALID, "%s: '%s' cannot be set by a file", setting->place,
                         row->name);
    if (setting->listed && !row->type->repeats)
        return crux_fail(error, CRUX_INVALID, "%s: '%s' takes one value, not a list",
                         setting->place, row->name);
    (void)snprintf(where, sizeof where, "%s: %s", setting->place, row->name);
    return options_set(options, &(struct given){row, setting->value, where, OPTIONS_FILE}, error);
}

/* --- flags ------------------------------------------------------------------------------ */

struct flag {
    const struct options_row *row;
    const char *text;
};

struct flags {
    struct flag *items;
    size_t count;
    bool operands_only; /* behind "--" */
};

static int refuse_flag(const struct options *options, const char *name, size_t length,
                       struct crux_error *error)
{
    char word[64];
    const char *best;

    if (find(name, length, EVERY) != NULL)
        return crux_fail(error, CRUX_INVALID,
                         "crux %s has no option --%.*s; other commands have: see 'crux help %s'",
                         options->command_name, (int)length, name, options->command_name);
    (void)snprintf(word, sizeof word, "%.*s", (int)(length < 60 ? length : 60), name);
    best = nearest(word, options->command);
    return crux_fail(error, CRUX_INVALID, "there is no option --%s%s%s%s; see 'crux help %s'", word,
                     best != NULL ? "; did you mean --" : "", best != NULL ? best : "",
                     best != NULL ? "?" : "", options->command_name);
}

/* `--name=value`, `--name value`, or `--name` alone where nothing is taken. */
static int take_flag(struct options *options, struct flags *flags, char ***arguments,
                     struct crux_error *error)
{
    const char *name = **arguments + 2;
    size_t length = strcspn(name, "=");
    const struct options_row *row = find(name, length, options->command);
    struct flag *flag = &flags->items[flags->count];

    if (row == NULL)
        return refuse_flag(options, name, length, error);
    flag->row = row;
    if (name[length] == '=')
        flag->text = name + length + 1;
    else if (row->metavar[0] == '\0')
        flag->text = "true";
    else
        flag->text = *++*arguments;
    if (flag->text == NULL || (name[length] == '\0' && strncmp(flag->text, "--", 2) == 0))
        return crux_fail(error, CRUX_INVALID, "--%s needs a value: --%s %s", row->name, row->name,
                         row->metavar);
    flags->count++;
    return CRUX_OK;
}

static int take_operand(struct options *options, const char *text, struct crux_error *error)
{
    if (options->operand_count == OPTIONS_OPERANDS)
        return crux_fail(error, CRUX_INVALID, "'%.100s' is one operand too many for crux %s", text,
                         options->command_name);
    options->operands[options->operand_count++] = text;
    return CRUX_OK;
}

static int take_argument(struct options *options, struct flags *flags, char ***arguments,
                         struct crux_error *error)
{
    const char *text = **arguments;

    if (flags->operands_only || text[0] != '-' || strcmp(text, "-") == 0)
        return take_operand(options, text, error);
    if (strcmp(text, "--") == 0) {
        flags->operands_only = true;
        return CRUX_OK;
    }
    if (strcmp(text, "-h") == 0) {
        options->help = true;
        return CRUX_OK;
    }
    if (text[1] != '-')
        return crux_fail(error, CRUX_INVALID, "there is no option '%.60s'; see 'crux help %s'",
                         text, options->command_name);
    return take_flag(options, flags, arguments, error);
}

static int collect(struct options *options, struct flags *flags, char **arguments,
                   struct crux_error *error)
{
    int status = CRUX_OK;

    for (; status == CRUX_OK && *arguments != NULL; arguments++) {
        status = take_argument(options, flags, &arguments, error);
        if (status == CRUX_OK && flags->count > 0)
            options->help |= strcmp(flags->items[flags->count - 1].row->name, "help") == 0;
    }
    return status;
}

static int apply_file(struct options *options, const struct flags *flags, struct crux_error *error)
{
    const char *path = NULL;

    for (size_t i = 0; i < flags->count; i++)
        if (strcmp(flags->items[i].row->name, "config") == 0)
            path = flags->items[i].text;
    return path == NULL ? CRUX_OK : config_read(path, take_setting, options, error);
}

static int apply_flags(struct options *options, const struct flags *flags, struct crux_error *error)
{
    int status = CRUX_OK;

    for (size_t i = 0; status == CRUX_OK && i < flags->count; i++) {
        const struct flag *flag = &flags->items[i];
        char where[64];

        (void)snprintf(where, sizeof where, "--%s", flag->row->name);
        status = options_set(options, &(struct given){flag->row, flag->text, where, OPTIONS_FLAG},
                             error);
    }
    return status;
}

/* --- what does not go together ------------------------------------------------------------ */

static bool has_value_critic(const struct options *options)
{
    const char *value = options->critic[CRUX_ROLE_VALUE];

    return value != NULL && strcmp(value, "none") != 0;
}

static bool rolls_and_scores(const struct options *options)
{
    return has_value_critic(options) && options->setup.rollouts > 0;
}

static bool neither_rolls_nor_scores(const struct options *options)
{
    return !has_value_critic(options) && options->setup.rollouts == 0;
}

static bool samples_a_value(const struct options *options)
{
    return options->setup.strategy == CRUX_SAMPLE && options->setup.rollouts == 0;
}

static bool shares_an_ordered_tree(const struct options *options)
{
    return options->setup.order == CRUX_ORDER_ISSUED && options->setup.lanes > 1;
}

static const struct exclusion {
    bool (*holds)(const struct options *options);
    const char *sentence;
} exclusions[] = {
    {samples_a_value, "--strategy sample and --rollouts 0 exclude each other: it draws complete "
                      "answers and nothing else"},
    {rolls_and_scores, "--rollouts above 0 and --critic value= exclude each other: a leaf is "
                       "either rolled out or scored"},
    {neither_rolls_nor_scores, "--rollouts 0 needs --critic value=NAME: without either no leaf "
                               "can be evaluated"},
    {shares_an_ordered_tree, "--order issued and --lanes above 1 exclude each other: workers that "
                             "share a tree keep no order"},
};

/* A value critic takes the place of rollouts that nobody asked for; who asks for so many
 * simulations shall have them, whatever calls they take. */
static int settle(struct options *options, struct crux_error *error)
{
    if ((options->command & RUNS) == 0)
        return CRUX_OK;
    if (has_value_critic(options) && !options_given(options, "rollouts"))
        options->setup.rollouts = 0;
    if (options_given(options, "simulations") && !options_given(options, "calls"))
        options->setup.calls = 0;
    for (size_t i = 0; i < sizeof exclusions / sizeof exclusions[0]; i++)
        if (exclusions[i].holds(options))
            return crux_fail(error, CRUX_INVALID, "%s", exclusions[i].sentence);
    return CRUX_OK;
}

static size_t length_of(char **arguments)
{
    size_t count = 0;

    while (arguments[count] != NULL)
        count++;
    return count;
}

int options_parse(struct options *options, char **arguments, struct crux_error *error)
{
    struct flags flags = {.items = calloc(length_of(arguments) + 1, sizeof(struct flag))};
    int status;

    if (flags.items == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the options");
    status = collect(options, &flags, arguments, error);
    if (options->help || status != CRUX_OK)
        goto done;
    status = apply_file(options, &flags, error);
    if (status == CRUX_OK)
        status = apply_flags(options, &flags, error);
    if (status == CRUX_OK)
        status = settle(options, error);
done:
    free(flags.items);
    return status;
}

/* --- what is written of them ------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    const struct options_row *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

char *options_record(const struct options *options, enum options_class class)
{
    const struct options_row *sorted[ROWS], *row;
    struct json *object = json_new_object();
    size_t count = 0, cursor = 0;
    char *text;

    while ((row = options_next(options->command, &cursor)) != NULL)
        if (row->class == class)
            sorted[count++] = row;
    qsort(sorted, count, sizeof sorted[0], by_name);
    for (size_t i = 0; i < count; i++)
        json_put(object, sorted[i]->name,
                 sorted[i]->type->write(sorted[i], value_of(options, sorted[i])));
    text = json_text(object, false);
    json_free(object);
    return text;
}

void options_expected(const struct options_row *row, char *out, size_t size)
{
    row->type->expect(row, out, size);
}

static void join_items(const struct json *array, char *out, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < json_count(array) && used < size; i++) {
        int written = snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "",
                               json_as_string(json_at(array, i)));

        used += written > 0 ? (size_t)written : 0;
    }
}

void options_value(const struct options *options, const struct options_row *row, char *out,
                   size_t size)
{
    struct json *value = row->type->write(row, value_of(options, row));

    out[0] = '\0';
    if (json_type_of(value) == JSON_IS_ARRAY)
        join_items(value, out, size);
    else if (json_type_of(value) == JSON_IS_STRING)
        (void)snprintf(out, size, "%s", json_as_string(value));
    else if (json_type_of(value) == JSON_IS_INTEGER)
        (void)snprintf(out, size, "%lld", (long long)json_as_integer(value));
    else if (json_type_of(value) == JSON_IS_REAL)
        (void)snprintf(out, size, "%g", json_as_real(value));
    json_free(value);
}
