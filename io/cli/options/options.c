/*
 * options.c - every option of every command, in one table.
 *
 * Flags are collected first and applied last: --config is among them, and what it
 * names is applied before, so a flag simply overwrites what the file said. Both go
 * through options_set(), the one place where a text becomes a value.
 */
#include "io/cli/options/options.h"

#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/options/check.h"
#include "io/cli/options/suggest.h"
#include "io/cli/options/values.h"
#include "io/config.h"
#include "io/http/http.h"

enum {
    RUNS = OPTIONS_GENERATE | OPTIONS_SOLVE,
    SEARCHES = RUNS | OPTIONS_BENCH,
    READS = OPTIONS_SHOW | OPTIONS_STATUS | OPTIONS_COST | OPTIONS_DOCTOR,
    MODELS = RUNS | OPTIONS_PROMPT,
    SERVERS = MODELS | OPTIONS_DOCTOR,
    CONFIGURED = SEARCHES | READS | OPTIONS_EXPORT | OPTIONS_PROMPT,
    EVERY = CONFIGURED | OPTIONS_PROBLEMS | OPTIONS_HELP
};

static const char *const strategies[] = {"mcts", "sample", NULL};
static const char *const selections[] = {"uct", "puct", "greedy", NULL};
static const char *const orders[] = {"arrival", "issued", NULL};
static const char *const corrections[] = {"unobserved", "virtual-loss", NULL};
static const char *const latencies[] = {"constant", "lognormal", "stragglers", NULL};
static const char *const roots[] = {"rule", "gumbel", NULL};

/* Short words for the table below. */
#define AT(field)   offsetof(struct options, field)
#define MEANING     OPTIONS_MEANING
#define SPEED       OPTIONS_SPEED
#define COMMAND     OPTIONS_COMMAND
#define COUNT       &values_count
#define WHOLE       &values_whole
#define CHOICE      &values_choice
#define FLAG        &values_flag
#define MONEY       &values_seconds /* billionths of the currency, as those are of a second */
#define TEXT        &values_text
#define NO_RANGE    0, 0
#define MAX_SIMS    16777215
#define MAX_LIMIT   1000000000000
#define MAX_SECONDS 31536000

static const struct options_row rows[] = {
    {"policy", "[KIND=]NAME[:ARG]", &values_policies, MEANING, RUNS, AT(policy), NO_RANGE, NULL,
     "What might come next. Without KIND= it answers for every kind of step that has none of "
     "its own. May be repeated. numbers[:SHARPNESS] proposes legal operations; "
     "recorded:FILE[,SETTING...] what answers in FILE, JSON lines of problem_id and reasoning or "
     "text, say next; process:[timeout=S:]COMMAND asks a program of yours, JSON lines "
     "to and fro, and waits 300 seconds for a reply unless told; chat asks a served model, and is "
     "what --endpoint alone means; synthetic:B,D[,SEED] is a "
     "world without text."},
    {"critic", "[ROLE=]NAME[:ARG]", &values_critics, MEANING, RUNS, AT(critic), NO_RANGE, NULL,
     "How good it looks. Without ROLE= it judges outcomes. May be repeated, one a role; "
     "ROLE=none takes a role away. With a value critic --rollouts is 0 unless given. Unless said: "
     "for policies chat and recorded the outcome is judged by consistency in crux solve and by "
     "match, "
     "which looks at the reference answer, in crux generate; for others numbers, which annotates, "
     "too."},
    {"strategy", "NAME", CHOICE, MEANING, RUNS, AT(setup.strategy), NO_RANGE, strategies,
     "mcts searches a tree; sample draws independent answers for the same number of policy "
     "calls, to compare with."},
    {"selection", "RULE", CHOICE, MEANING, SEARCHES, AT(setup.selection), NO_RANGE, selections,
     "Which child a simulation follows. uct weighs value against visits (UCB1, Auer et al. 2002; "
     "on trees, Kocsis and Szepesvari 2006); puct also the policy's prior (Silver et al. 2017); "
     "greedy takes the best value, after each child was tried once (MMC, arXiv 2504.11009)."},
    {"exploration", "C", &values_real, MEANING, SEARCHES, AT(setup.exploration), 0, 1000, NULL,
     "Weight of what was little visited, in selection."},
    {"first-play", "WORTH", &values_first_play, MEANING, SEARCHES, AT(setup), 0, 1, NULL,
     "What a child is worth that was never tried (first-play urgency, Gelly and Wang 2006). rule "
     "is what the selection rule's own paper says: its parent's mean for puct, more than any "
     "other for uct and greedy."},
    {"correction", "NAME", CHOICE, MEANING, SEARCHES, AT(setup.correction), NO_RANGE, corrections,
     "What a simulation in flight does to the children it went through. unobserved counts it as "
     "a visit in the exploration term only (WU-UCT, Liu et al. 2020); virtual-loss also in the "
     "mean, as a visit worth nothing (Chaslot et al. 2008), to compare with."},
    {"root", "NAME", CHOICE, MEANING, SEARCHES, AT(setup.root), NO_RANGE, roots,
     "How the child of the root is chosen. rule is like everywhere; with gumbel some children, "
     "drawn without replacement, share the simulations by sequential halving (Danihelka et al. "
     "2022), for small budgets."},
    {"root-children", "M", COUNT, MEANING, SEARCHES, AT(setup.root_children), 1, 4096, NULL,
     "With --root gumbel: how many children of the root are considered (m in Danihelka et al. "
     "2022)."},
    {"widen", "K,A", &values_widen, MEANING, SEARCHES, AT(setup), 0, 4096, NULL,
     "Ask the policy again at a node with N visits that has fewer than K N^A children "
     "(progressive widening, Coulom 2007)."},
    {"transpositions", "", FLAG, MEANING, SEARCHES, AT(setup.transpositions), NO_RANGE, NULL,
     "Steps of a problem that lead to equal states, as its policy tells them apart, share one "
     "evaluation (transpositions, Childs et al. 2008)."},
    {"simulations", "N", COUNT, MEANING, SEARCHES, AT(setup.simulations), 1, MAX_SIMS, NULL,
     "Simulations a problem."},
    {"calls", "N", COUNT, MEANING, RUNS, AT(setup.calls), 0, UINT32_MAX, NULL,
     "Calls to policies a problem, the same for every strategy, so that they compare at equal "
     "cost; 0 is as many as the simulations need, which it also is when --simulations alone is "
     "given."},
    {"children", "N", COUNT, MEANING, MODELS, AT(setup.children), 1, 4096, NULL,
     "Next steps asked for at a node."},
    {"rollouts", "N", COUNT, MEANING, RUNS, AT(setup.rollouts), 0, 1024, NULL,
     "Complete answers drawn from a leaf; 0 asks the value critic instead."},
    {"depth", "N", COUNT, MEANING, SEARCHES, AT(setup.depth), 1, 1024, NULL,
     "Steps from the problem to the deepest node."},
    {"seed", "N", WHOLE, MEANING, SEARCHES | OPTIONS_PROMPT, AT(setup.seed), 0, INT64_MAX, NULL,
     "Where all randomness comes from."},
    {"per-tree", "N", COUNT, MEANING, SEARCHES, AT(setup.per_tree), 1, 16384, NULL,
     "Simulations in flight in one tree."},
    {"group", "K", COUNT, MEANING, SEARCHES, AT(setup.group), 1, 64, NULL,
     "Simulations that go down a tree together, from --per-tree. More is faster where policies "
     "and critics answer at once; with calls that take long leave it at 1."},
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
    {"in-flight", "N", COUNT, SPEED, SEARCHES, AT(setup.in_flight), 1, 65536, NULL,
     "Calls in flight in all."},
    {"open-trees", "N", COUNT, SPEED, SEARCHES, AT(setup.open_trees), 0, 65536, NULL,
     "Problems searched at a time; 0 is enough to keep all calls in flight busy."},
    {"limit-calls", "N", WHOLE, SPEED, RUNS, AT(setup.limit_calls), 0, MAX_LIMIT, NULL,
     "End this run after so many calls to policies; 0 is no limit."},
    {"limit-seconds", "S", &values_seconds, SPEED, RUNS, AT(setup.limit_ns), 0, MAX_SECONDS, NULL,
     "End this run after so many seconds; 0 is no limit."},
    {"deadline", "S", &values_seconds, SPEED, RUNS, AT(setup.deadline_ns), 0, MAX_SECONDS, NULL,
     "Give up a call that has no answer after so many seconds: it is cancelled, its simulation "
     "withdrawn, and the leaf may be tried again; 0 is never."},
    {"shard", "I/N", &values_shard, SPEED, RUNS, AT(shard), 1, 65536, NULL,
     "Take part I of N of the problems, counted from 1, chosen by a hash of the id; several "
     "stores are merged by crux export."},
    {"delay", "lognormal:MEAN_MS", TEXT, SPEED, RUNS, AT(delay), NO_RANGE, NULL,
     "Make every policy answer late, from a thread of its own: a rehearsal of a served model. "
     "constant:MS always waits the same."},
    {"strict", "", FLAG, SPEED, MODELS, AT(strict), NO_RANGE, NULL,
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
    {"runs", "N", COUNT, COMMAND, OPTIONS_BENCH, AT(runs), 1, 1000, NULL,
     "bench tree: measure so often; the fastest run is told, and the median of all."},
    {"seeds", "N", COUNT, COMMAND, OPTIONS_BENCH, AT(seeds), 1, 100000, NULL,
     "bench latency: trees searched for every row, but at least four for each that is open at a "
     "time."},
    {"plain", "", FLAG, COMMAND, OPTIONS_BENCH, AT(setup.plain), NO_RANGE, NULL,
     "Score children in plain C, as on a machine without vectors for it; the trees are the same."},
    {"latency", "LAW", CHOICE, COMMAND, OPTIONS_BENCH, AT(latency), NO_RANGE, latencies,
     "bench latency: how long a call takes, of mean one second. stragglers is lognormal, and one "
     "call in a hundred takes ten times as long."},
    {"slots", "N", COUNT, COMMAND, OPTIONS_BENCH, AT(slots), 1, 32768, NULL,
     "bench slots: choices that the fake model server works on at a time."},
    {"mean-seconds", "S", &values_seconds, COMMAND, OPTIONS_BENCH, AT(mean_ns), 0, 60, NULL,
     "bench slots: how long the fake model server takes for a request, in the mean."},
    {"calls", "N", WHOLE, COMMAND, OPTIONS_BENCH, AT(slots_calls), 1, 100000000, NULL,
     "bench slots: problems are opened until so many requests were asked for."},
    {"server", "PROGRAM", TEXT, COMMAND, OPTIONS_BENCH, AT(server), NO_RANGE, NULL,
     "bench slots: the fake model server; without it tests/model_server beside this program."},
    {"bare", "PROGRAM", TEXT, COMMAND, OPTIONS_BENCH, AT(bare), NO_RANGE, NULL,
     "bench slots: the bare loop to compare with; without it bench_bare beside this program."},
    {"endpoint", "URL", &values_list, SPEED, SERVERS, AT(backends[0].endpoints), NO_RANGE, NULL,
     "Where a model is served: http://HOST:PORT/v1. May be repeated: servers of the same model "
     "share the calls, each problem's stay with one of them."},
    {"model", "NAME", TEXT, MEANING, SERVERS, AT(backends[0].model), NO_RANGE, NULL,
     "The served model. Without it the server's only one."},
    {"profile", "NAME", TEXT, MEANING, SERVERS, AT(backends[0].profile), NO_RANGE, NULL,
     "What kind of server it is: vllm, sglang, llamacpp, ollama, openai or generic. Without it "
     "the server is asked."},
    {"route", "NAME", TEXT, MEANING, SERVERS, AT(backends[0].route), NO_RANGE, NULL,
     "How it is asked: completions, with prompts of our own to the last byte; prefill, with chats "
     "whose last turn it goes on with; next, for one step at a time, where it cannot. Without it "
     "the first of these that works."},
    {"chat-template", "NAME|FILE", TEXT, MEANING, MODELS, AT(backends[0].chat_template), NO_RANGE,
     NULL,
     "On route completions: the marks around the turns of a chat. chatml, llama3, mistral, gemma, "
     "deepseek, none, or a file with {{system}} and {{user}} in it. Without it the server's."},
    {"prompt", "NAME|FILE", TEXT, MEANING, MODELS, AT(backends[0].prompt), NO_RANGE, NULL,
     "The words of the question: math, code, plain, or a file; see crux help prompt."},
    {"step-stop", "TEXT", &values_list, MEANING, MODELS, AT(backends[0].stops), NO_RANGE, NULL,
     "A step ends at this text, with \\n, \\t and \\\\ as in C. May be repeated; the first one "
     "also stands between two steps. Without it what the prompt says, mostly \\n\\n."},
    {"step-tokens", "N", COUNT, MEANING, MODELS, AT(backends[0].step_tokens), 0, 1000000, NULL,
     "A step ends after so many tokens, wherever that is (MMC, arXiv 2504.11009: 30); 0 is never."},
    {"temperature", "T", &values_real, MEANING, MODELS, AT(backends[0].temperature), 0, 100, NULL,
     "Of the sampling."},
    {"top-p", "P", &values_real, MEANING, MODELS, AT(backends[0].top_p), 0, 1, NULL,
     "Sample from the likeliest tokens that have this much probability together."},
    {"top-k", "K", COUNT, MEANING, MODELS, AT(backends[0].top_k), 0, 1000000, NULL,
     "Sample from the K likeliest tokens; 0 is all."},
    {"min-p", "P", &values_real, MEANING, MODELS, AT(backends[0].min_p), 0, 1, NULL,
     "Sample from tokens with at least this share of the likeliest one's probability."},
    {"max-tokens", "N", COUNT, MEANING, MODELS, AT(backends[0].max_tokens), 1, 10000000, NULL,
     "A reply has at most so many. What was cut short there is marked."},
    {"no-logprobs", "", FLAG, MEANING, SERVERS, AT(backends[0].no_logprobs), NO_RANGE, NULL,
     "Do not ask for log-probabilities of steps; then they weigh as many as said them."},
    {"context", "TOKENS", COUNT, MEANING, MODELS, AT(backends[0].context), 0, UINT32_MAX, NULL,
     "What prompt and reply may have together; 0 is whatever the server says."},
    {"per-request", "N", COUNT, SPEED, MODELS, AT(backends[0].per_request), 0, 4096, NULL,
     "Candidates asked for in one request; 0 is as many as the server takes."},
    {"api-key-env", "NAME", TEXT, SPEED, SERVERS, AT(backends[0].key_env), NO_RANGE, NULL,
     "The environment variable with the server's key."},
    {"api-key-file", "FILE", TEXT, SPEED, SERVERS, AT(backends[0].key_file), NO_RANGE, NULL,
     "A file of mode 0600 with the server's key."},
    {"cacert", "FILE", TEXT, SPEED, SERVERS, AT(backends[0].cacert), NO_RANGE, NULL,
     "The authorities whose certificates are trusted; without it the system's."},
    {"insecure", "", FLAG, SPEED, SERVERS, AT(backends[0].insecure), NO_RANGE, NULL,
     "Do not check the server's certificate."},
    {"retries", "N", COUNT, SPEED, RUNS, AT(backends[0].retries), 0, 1000, NULL,
     "A call that a server answers with a fault that may pass is tried again so often. While "
     "no server answers at all calls wait, for 10 minutes at most; then the run ends."},
    {"retry-after-max", "S", &values_seconds, SPEED, RUNS, AT(backends[0].retry_after_max_ns), 0,
     MAX_SECONDS, NULL,
     "A server is never asked before the time that it asks for; if that is longer than this, "
     "another endpoint is; if there is none the run ends, and can go on later."},
    {"answer-timeout", "S", &values_seconds, SPEED, RUNS, AT(backends[0].answer_ns), 1, MAX_SECONDS,
     NULL,
     "A request that has no first byte of an answer after so long is given up and tried again. "
     "Models are silent for minutes; --deadline is the whole call's."},
    {"price-prompt", "P", MONEY, MEANING, RUNS, AT(backends[0].price_prompt), 0, 1000000, NULL,
     "What the served model's prompts cost, in your currency for a million tokens. Prices go into "
     "the trees and the account (crux cost)."},
    {"price-cached", "P", MONEY, MEANING, RUNS, AT(backends[0].price_cached), 0, 1000000, NULL,
     "The same for what of a prompt the server had in its cache; as --price-prompt unless given."},
    {"price-completion", "P", MONEY, MEANING, RUNS, AT(backends[0].price_completion), 0, 1000000,
     NULL, "The same for what the model says, its hidden reasoning included."},
    {"limit-tokens", "N", WHOLE, SPEED, RUNS, AT(paid.limit_tokens), 0, MAX_LIMIT, NULL,
     "End the run before prompts and replies of served models have more tokens than this, counted "
     "since it was first begun; 0 is no limit."},
    {"limit-price", "P", MONEY, SPEED, RUNS, AT(paid.limit_price), 0, 1000000000, NULL,
     "End the run before served models cost more than this, counted since it was first begun; 0 is "
     "no limit."},
    {"replay", "RUN.db", TEXT, COMMAND, RUNS, AT(paid.replay), NO_RANGE, NULL,
     "Ask no served model: take every reply from the ledger of this store, and fail what it does "
     "not know. With another --store the run is done again there."},
    {"top", "N", COUNT, COMMAND, OPTIONS_COST, AT(top), 0, 1000000, NULL,
     "Show so many problems, the dearest first."},
    {"problem", "ID", TEXT, COMMAND, OPTIONS_PROMPT, AT(problem), NO_RANGE, NULL,
     "Which problem of FILE; without it the first one."},
    {"step", "TEXT", &values_list, COMMAND, OPTIONS_PROMPT, AT(steps), NO_RANGE, NULL,
     "A step that has been written. May be repeated."},
    {"whole", "", FLAG, COMMAND, OPTIONS_PROMPT, AT(whole), NO_RANGE, NULL,
     "Show the request for a whole answer in place of that for the next step."},
    {"text", "NAME", TEXT, COMMAND, OPTIONS_PROMPT, AT(text), NO_RANGE, NULL,
     "Print the built-in prompt math, code or plain, to make one's own of it, and nothing else."},
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
    {"json", "", FLAG, COMMAND, OPTIONS_SOLVE | OPTIONS_BENCH | OPTIONS_PROMPT | READS, AT(json),
     NO_RANGE, NULL, "Print JSON on standard output, for machines."},
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
    options->runs = 1;
    options->seeds = 300;
    options->slots = 256;
    options->slots_calls = 100000;
    options->mean_ns = 100000000;
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
    const struct http_options http = http_options_default();

    *out = (struct options){
        .command = command, .command_name = command_name, .show_depth = 1024, .top = 10};
    out->setup = crux_setup_default();
    out->setup.workers = cores();
    out->setup.calls = 400;
    out->backend_count = 1;
    out->backends[0] = (struct options_backend){
        .temperature = 0.7,
        .top_p = 1.0,
        .max_tokens = 1024,
        .retries = http.faulty_most,
        .answer_ns = http.answer_ns,
        .retry_after_max_ns = http.retry_after_max_ns,
    };
    if (command == OPTIONS_BENCH)
        bench_defaults(out);
    out->policy[CRUX_STEP] = strdup("numbers");
    if (out->policy[CRUX_STEP] != NULL)
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

const struct options_backend *options_backend(const struct options *options, const char *name)
{
    if (name == NULL || name[0] == '\0')
        return &options->backends[0];
    for (size_t i = 1; i < options->backend_count; i++)
        if (strcmp(options->backends[i].name, name) == 0)
            return &options->backends[i];
    return NULL;
}

bool options_backend_given(const struct options *options, const struct options_backend *backend,
                           const char *key)
{
    return backend == &options->backends[0] && options_given(options, key);
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

/* --- all of it ------------------------------------------------------------------------- */

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
        status = settle_options(options, error);
done:
    free(flags.items);
    return status;
}
