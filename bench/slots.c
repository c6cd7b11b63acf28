/*
 * slots.c - `crux bench slots`: are the slots of a served model kept full, and at what cost?
 *
 * Question   Of the slot-seconds that a model server has, how many are filled with calls that end
 *            in a tree? Is anything asked for twice? What does a request cost in processor
 *            time and memory, against a bare curl multi loop?
 * Workload   The fake model server on loopback (a process of its own): --slots, log-normal latency
 *            of mean --mean-seconds, one request in a hundred ten times as long. Word problems of
 *            its own, --open-trees at a time, policy chat and critic consistency, each reply into
 *            the ledger and each tree into a store, as `crux generate` does it; problems are opened
 *            until --calls requests were asked for. Then the bare loop against a server of
 *            the same kind, as many requests in flight, with one request of policy chat.
 *            With --planner strategy plan over the grammar cr-planner makes passes through each of
 *            them, one request after the other, PLANS problems at a time; without documents, which
 *            are looked up in a file and take no slot.
 * Clock      Fill by the server's log, from the first moment when all slots were taken until the
 *            last problem was opened. Processor time by getrusage() of the process that
 *            searches, all threads, from the first call until ledger and store are closed.
 *            Memory by the kernel's high-water mark of that process.
 * Left out   The server's work; the end, when trees run out and slots idle for want of problems.
 * Check      No key came twice, every reply is in the ledger, no simulation was withdrawn, every
 *            tree ended, requests are the trees' calls, and all slots were once taken.
 * Output     A table, or with --json one object.
 */
#include "bench/bench.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/measure.h"
#include "bench/process.h"
#include "bench/slots_log.h"
#include "bench/slots_server.h"
#include "io/cli/commands.h"
#include "io/cli/model.h"
#include "io/cli/options/values.h"
#include "io/cli/session.h"
#include "policies/crux_policies.h"

/* Unless said otherwise. */
enum {
    OPEN = 64,        /* problems at a time; fewer where slots are fewer ... */
    SLOTS_A_TREE = 4, /* ... than that number for each */
    SIMULATIONS_A_SLOT = 64,
    SMALL = 256, /* simulations for which a word problem of 2 .. 5 operations is large enough: such
                    a tree has no more than some 220 calls in it */
    CHILDREN = 4,
    SPARE = 4,  /* in flight are the slots and a SPARE-th of them: these wait at the server, so that
                   a slot that falls free is taken at once */
    LEAST = 16, /* calls that the smallest tree makes: more problems than needed */
    BARE = 20000, /* requests of the bare loop, at most */
    PLANS = 500,  /* problems at a time with --planner ... */
    CANDIDATES = 3,
    PASSES = 4,
    DEPTH = 20
};

/* What the process that searches finds out; in shared memory. */
struct report {
    uint64_t calls, trees, failed, stopped, withdrawn, simulations, nodes;
    int64_t opened_ns, began_ns, ended_ns;
    double cpu_us;
    int64_t max_rss;
};

struct slots {
    struct crux_sink sink;
    struct options *options;
    const struct bench_options *own;
    char folder[64], problems_path[96], store_path[96], log_path[96];
    char model_server[BENCH_SLOTS_PATH], bare_program[BENCH_SLOTS_PATH];
    struct bench_slots_server server;
    struct crux_problems problems;
    struct crux_store *store;
    struct session session;
    pthread_mutex_t mutex; /* over what the sink counts */
    struct report *report;
    struct bench_slots_log log;
    double bare_us;
};

/* --- the process that searches ---------------------------------------------------------------- */

static double bench_slots_cpu_us(void)
{
    struct rusage used;

    (void)getrusage(RUSAGE_SELF, &used);
    return 1e6 * (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

/* Of this process alone: ru_maxrss begins with that of the process that started it. */
static int64_t most_resident(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    long long kibibytes = 0;
    char line[128];

    if (file == NULL)
        return 0;
    while (fgets(line, sizeof line, file) != NULL && sscanf(line, "VmHWM: %lld", &kibibytes) != 1)
        continue;
    (void)fclose(file);
    return (int64_t)kibibytes * 1024;
}

/* Problems are opened until enough was asked for. One worker at a time asks. */
static bool is_wanted(void *context, const struct crux_problem *problem)
{
    struct slots *slots = context;
    struct crux_view view;

    (void)problem;
    crux_look(slots->session.search, &view);
    if (view.calls >= slots->own->calls)
        return false;
    slots->report->opened_ns = clock_now_ns();
    return true;
}

/* As `crux generate` keeps it. */
static int keep_tree(struct crux_sink *self, const struct crux_tree *tree, struct crux_error *error)
{
    struct slots *slots = (struct slots *)self;
    struct report *report = slots->report;
    int status = session_keep(&slots->session, slots->store, tree, error);

    (void)pthread_mutex_lock(&slots->mutex);
    report->trees++;
    report->calls += tree->calls;
    report->withdrawn += tree->withdrawn;
    report->simulations += tree->simulations;
    report->failed += tree->reason == CRUX_REASON_FAILED;
    report->stopped += tree->reason == CRUX_REASON_STOPPED;
    report->nodes += tree->node_count;
    (void)pthread_mutex_unlock(&slots->mutex);
    return status;
}

static int open_run(struct slots *slots, struct crux_error *error)
{
    const struct crux_run run = {.configuration = "{}",
                                 .settings = "{}",
                                 .input_sha256 = slots->problems.sha256,
                                 .input_name = slots->problems_path};
    int status = session_open(&slots->session, slots->options, error);

    if (status == CRUX_OK)
        status = crux_store_open(&slots->store, slots->store_path, true, error);
    if (status == CRUX_OK)
        status = crux_store_begin(slots->store, &run, &slots->problems, NULL, NULL, error);
    if (status == CRUX_OK)
        status = session_pay(&slots->session, slots->options, slots->store, error);
    return status;
}

static int search(void *context, struct crux_error *error)
{
    struct slots *slots = context;
    struct session_source source = session_source_of(&slots->problems, is_wanted, slots);
    struct report *report = slots->report;
    int status = open_run(slots, error);

    report->began_ns = clock_now_ns();
    report->cpu_us = -bench_slots_cpu_us();
    if (status == CRUX_OK)
        status = session_search(&slots->session, &source, &slots->sink, error);
    report->ended_ns = clock_now_ns();
    session_close(&slots->session);
    crux_store_close(slots->store);
    report->cpu_us += bench_slots_cpu_us();
    report->max_rss = most_resident();
    return status;
}

/* --- the server ---------------------------------------------------------------------------------
 */

static int start_server(struct slots *slots, const char *log, struct crux_error *error)
{
    const struct options *options = slots->options;
    const struct bench_options *own = slots->own;
    char count[24], latency[40], seed[24];
    const char *words[] = {slots->model_server,
                           "--leash",
                           "stdin",
                           "--slots",
                           count,
                           "--latency",
                           latency,
                           "--stragglers",
                           "0.01:10",
                           "--seed",
                           seed,
                           log != NULL ? "--log" : NULL,
                           log,
                           NULL};

    (void)snprintf(count, sizeof count, "%u", own->slots);
    (void)snprintf(latency, sizeof latency, "lognormal:%g", (double)own->mean_ns / 1e6);
    (void)snprintf(seed, sizeof seed, "%" PRIu64, options->setup.seed);
    return bench_slots_start(&slots->server, words, error);
}

static int bench_slots_make_problems(struct slots *slots, struct crux_error *error)
{
    char count[24], seed[24];
    const char *words[] = {slots->model_server,
                           "--problems",
                           count,
                           "--seed",
                           seed,
                           "--operations",
                           slots->options->setup.simulations > SMALL ? "6:8" : "2:5",
                           NULL};
    FILE *out = fopen(slots->problems_path, "we");
    int status;

    if (out == NULL)
        return crux_fail(error, CRUX_STORE, "%s: %s", slots->problems_path, strerror(errno));
    (void)snprintf(count, sizeof count, "%" PRIu64,
                   slots->own->calls / LEAST + slots->options->setup.open_trees);
    (void)snprintf(seed, sizeof seed, "%" PRIu64, slots->options->setup.seed);
    status = bench_slots_say(out, words, error);
    if (fclose(out) != 0 && status == CRUX_OK)
        status = crux_fail(error, CRUX_STORE, "%s: %s", slots->problems_path, strerror(errno));
    if (status == CRUX_OK)
        status =
            crux_problems_read(&slots->problems, slots->problems_path, true, NULL, NULL, error);
    return status;
}

/* The model of the options becomes the server, and what it is is found out before the clock runs.
 */
static int meet_server(struct slots *slots, struct crux_error *error)
{
    struct options *options = slots->options;
    char url[80];
    struct model_said said;

    (void)snprintf(url, sizeof url, "%s/v1", slots->server.url);
    free(options->policy[CRUX_STEP]);
    options->policy[CRUX_STEP] = strdup("chat");
    options->critic[CRUX_ROLE_OUTCOME] = strdup("consistency");
    options->backends[0].endpoints.items[0] = strdup(url);
    if (options->policy[CRUX_STEP] == NULL || options->critic[CRUX_ROLE_OUTCOME] == NULL ||
        options->backends[0].endpoints.items[0] == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the options");
    options->backends[0].endpoints.count = 1;
    options->quiet = true;
    return model_find_out(options, 0, &said, error);
}

/* --- the bare loop ------------------------------------------------------------------------------
 */

static int run_bare(struct slots *slots, const struct crux_request *request,
                    struct crux_error *error)
{
    const struct options *options = slots->options;
    const struct bench_options *own = slots->own;
    uint64_t calls = own->calls < BARE ? own->calls : BARE;
    char url[160], count[24], in_flight[24], said[64] = "";
    const char *words[] = {slots->bare_program, url, count, in_flight, request->body, NULL};
    FILE *out = fmemopen(said, sizeof said, "w");
    int status;

    if (out == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the bare loop");
    (void)snprintf(url, sizeof url, "%s/v1/%s", slots->server.url, request->path);
    (void)snprintf(count, sizeof count, "%" PRIu64, calls);
    (void)snprintf(in_flight, sizeof in_flight, "%u", options->setup.in_flight);
    status = bench_slots_say(out, words, error);
    (void)fclose(out);
    slots->bare_us = strtod(said, NULL);
    if (status == CRUX_OK && !(slots->bare_us > 0.0))
        status = crux_fail(error, CRUX_FAILED, "%.300s did not print microseconds a request",
                           slots->bare_program);
    return status;
}

/* With the request that policy chat makes most often: an answer from the root. */
static int measure_bare(struct slots *slots, struct crux_error *error)
{
    const struct crux_chat chat = model_chat(slots->options, 0);
    const struct crux_call call = {.verb = CRUX_PROPOSE,
                                   .kind = CRUX_ANSWER,
                                   .count = 1,
                                   .state = {.problem = &slots->problems.items[0]},
                                   .seed = slots->options->setup.seed};
    struct crux_request request = {.body = NULL};
    int status = crux_chat_request(&request, &chat, &call, error);

    if (status == CRUX_OK)
        status = start_server(slots, NULL, error);
    if (status == CRUX_OK)
        status = run_bare(slots, &request, error);
    bench_slots_stop(&slots->server);
    free(request.body);
    return status;
}

/* --- the whole ---------------------------------------------------------------------------- */

/* Rounded up. */
static uint32_t divided(uint32_t number, uint32_t by)
{
    return (number + by - 1) / by;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t most(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* One request at a time for each problem, of CANDIDATES slots: all problems together ask for a
 * SPARE-th more than there are. */
static void fill_in_planner(struct options *options)
{
    struct bench_options *own = options->own;
    struct crux_setup *setup = &options->setup;

    if (!options_given(options, "open-trees"))
        setup->open_trees = PLANS;
    if (!options_given(options, "slots"))
        own->slots = most(CANDIDATES, setup->open_trees * CANDIDATES * SPARE / (SPARE + 1));
    if (!options_given(options, "mean-seconds"))
        own->mean_ns = 1000000000;
    if (!options_given(options, "in-flight"))
        setup->in_flight = setup->open_trees;
    setup->strategy = CRUX_PLAN;
    setup->grammar = CRUX_GRAMMAR_CR_PLANNER;
    setup->subgoals = 1u << CRUX_REASON | 1u << CRUX_GENQUERY;
    setup->depth = DEPTH;
    setup->children = CANDIDATES;
    setup->passes = PASSES;
    setup->per_tree = 1;
}

/* Set what the user did not: a search like that of `crux generate`, whose trees are the larger the
 * more slots each has to hold, and more calls in flight than slots. */
static void fill_in(struct options *options)
{
    const struct bench_options *own = options->own;
    const struct crux_setup said = options->setup;
    struct crux_setup *setup = &options->setup;
    uint32_t slots_a_tree;

    *setup = crux_setup_default();
    setup->workers = said.workers;
    setup->seed = said.seed;
    setup->children = CHILDREN;
    setup->open_trees = options_given(options, "open-trees")
                            ? said.open_trees
                            : least(OPEN, divided(own->slots, SLOTS_A_TREE));
    slots_a_tree = divided(own->slots, setup->open_trees);
    setup->simulations = options_given(options, "simulations")
                             ? said.simulations
                             : SIMULATIONS_A_SLOT * most(SLOTS_A_TREE, slots_a_tree);
    setup->in_flight =
        options_given(options, "in-flight") ? said.in_flight : own->slots + own->slots / SPARE;
    setup->per_tree = options_given(options, "per-tree")
                          ? said.per_tree
                          : divided(2 * setup->in_flight, setup->open_trees);
    if (own->planner)
        fill_in_planner(options);
}

static int make_folder(struct slots *slots, struct crux_error *error)
{
    const char *where = getenv("TMPDIR");

    if (where == NULL || strlen(where) > 32)
        where = "/tmp";
    (void)snprintf(slots->folder, sizeof slots->folder, "%s/crux-slots-XXXXXX", where);
    if (mkdtemp(slots->folder) == NULL) {
        slots->folder[0] = '\0';
        return crux_fail(error, CRUX_STORE, "cannot make a folder in %s: %s", where,
                         strerror(errno));
    }
    (void)snprintf(slots->problems_path, sizeof slots->problems_path, "%s/problems.jsonl",
                   slots->folder);
    (void)snprintf(slots->store_path, sizeof slots->store_path, "%s/run.db", slots->folder);
    (void)snprintf(slots->log_path, sizeof slots->log_path, "%s/server.jsonl", slots->folder);
    return CRUX_OK;
}

/* With all that a search which was killed has left in it. */
static void bench_slots_remove_folder(const struct slots *slots)
{
    DIR *folder = slots->folder[0] != '\0' ? opendir(slots->folder) : NULL;
    const struct dirent *entry;

    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL)
        (void)unlinkat(dirfd(folder), entry->d_name, 0); /* but for "." and "..", all are files */
    (void)closedir(folder);
    (void)rmdir(slots->folder);
}

static int bench_slots_read_log(struct slots *slots, struct crux_error *error)
{
    struct ledger *ledger = NULL;
    int status = ledger_replay(&ledger, slots->store_path, error);

    if (status == CRUX_OK)
        status = bench_slots_log_read(&slots->log, slots->log_path, slots->own->slots,
                                      slots->report->opened_ns, ledger, error);
    ledger_close(ledger);
    return status;
}

static int measure_search(struct slots *slots, struct crux_error *error)
{
    int status = make_folder(slots, error);

    if (status == CRUX_OK)
        status = bench_slots_make_problems(slots, error);
    if (status == CRUX_OK)
        status = start_server(slots, slots->log_path, error);
    if (status == CRUX_OK)
        status = meet_server(slots, error);
    if (status == CRUX_OK)
        status = bench_apart(search, slots, error);
    bench_slots_stop(&slots->server);
    return status == CRUX_OK ? bench_slots_read_log(slots, error) : status;
}

static int bench_slots_measure(struct slots *slots, struct crux_error *error)
{
    int status;

    bench_heed();
    status = measure_search(slots, error);
    if (status == CRUX_OK)
        status = measure_bare(slots, error);
    bench_slots_remove_folder(slots);
    status = bench_ended(status, error);
    bench_unheed();
    return status;
}

/* --- output --------------------------------------------------------------------------------------
 */

static bool bench_slots_is_sound(const struct slots *slots)
{
    const struct bench_slots_log *log = &slots->log;
    const struct report *report = slots->report;

    return log->twice == 0 && log->lost == 0 && log->answered == log->requests &&
           report->withdrawn == 0 && report->failed == 0 && report->stopped == 0 &&
           log->requests == report->calls && report->calls >= slots->own->calls && log->full;
}

static double a_request(const struct slots *slots, double sum)
{
    return slots->log.requests > 0 ? sum / (double)slots->log.requests : 0.0;
}

static int bench_slots_print_json(const struct slots *slots, struct crux_error *error)
{
    const struct options *options = slots->options;
    const struct bench_options *own = slots->own;
    const struct crux_setup *setup = &options->setup;
    const struct bench_slots_log *log = &slots->log;
    const struct report *report = slots->report;
    double cpu = a_request(slots, report->cpu_us);
    const struct {
        const char *name;
        struct json *value;
    } members[] = {
        {"slots", json_of_integer(own->slots)},
        {"planner", json_of_bool(own->planner)},
        {"mean_seconds", json_of_real((double)own->mean_ns / 1e9)},
        {"open_trees", json_of_integer(setup->open_trees)},
        {"per_tree", json_of_integer(setup->per_tree)},
        {"in_flight", json_of_integer(setup->in_flight)},
        {"simulations", json_of_integer(setup->simulations)},
        {"workers", json_of_integer(setup->workers)},
        {"calls", json_of_integer((int64_t)log->requests)},
        {"samples", json_of_integer((int64_t)log->samples)},
        {"trees", json_of_integer((int64_t)report->trees)},
        {"slot_fill", log->seconds > 0.0 ? json_of_real(log->fill) : json_of_null()},
        {"window_seconds", json_of_real(log->seconds)},
        {"seconds", json_of_real((double)(report->ended_ns - report->began_ns) / 1e9)},
        {"duplicate_calls", json_of_integer((int64_t)log->twice)},
        {"lost_replies", json_of_integer((int64_t)log->lost)},
        {"withdrawn", json_of_integer((int64_t)report->withdrawn)},
        {"cpu_us_per_call", json_of_real(cpu)},
        {"cpu_us_per_bare_call", json_of_real(slots->bare_us)},
        {"cpu_by_bare", json_of_real(cpu / slots->bare_us)},
        {"max_rss_bytes", json_of_integer(report->max_rss)},
        {"selfcheck", json_of_bool(bench_slots_is_sound(slots))},
    };
    struct json *row = json_new_object();

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        json_put(row, members[i].name, members[i].value);
    return bench_print(row, error);
}

static void bench_slots_print_table(const struct slots *slots)
{
    const struct options *options = slots->options;
    const struct bench_options *own = slots->own;
    const struct bench_slots_log *log = &slots->log;
    const struct report *report = slots->report;
    double cpu = a_request(slots, report->cpu_us);

    (void)printf(
        "slots %u, mean latency %g s, open trees %u, a tree %u, in flight %u, workers %u\n",
        own->slots, (double)own->mean_ns / 1e9, options->setup.open_trees, options->setup.per_tree,
        options->setup.in_flight, options->setup.workers);
    (void)printf("%-22s %" PRIu64 " for %" PRIu64 " samples, in %" PRIu64 " trees\n", "calls",
                 log->requests, log->samples, report->trees);
    if (log->seconds > 0.0)
        (void)printf("%-22s %.2f %% of %.1f s\n", "slots filled", 100.0 * log->fill, log->seconds);
    else
        (void)printf("%-22s not known: the last problem was opened before all slots were taken; "
                     "more --calls open more\n",
                     "slots filled");
    (void)printf("%-22s %" PRIu64 "\n", "asked for twice", log->twice);
    (void)printf("%-22s %.1f us\n", "processor a call", cpu);
    (void)printf("%-22s %.1f us, so %.2f times that\n", "  bare loop", slots->bare_us,
                 cpu / slots->bare_us);
    (void)printf("%-22s %.1f MB\n", "resident at most", (double)report->max_rss / 1e6);
    (void)printf("%-22s %s\n", "self-check", bench_slots_is_sound(slots) ? "passed" : "FAILED");
}

static const struct options_topic slots_topic = {"slots", "what crux bench slots alone has"};

static const struct options_row slots_rows[] = {
    {"slots", "N", &values_count, OPTIONS_COMMAND, offsetof(struct bench_options, slots), 1, 32768,
     NULL, true,
     "bench slots: the number of choices that the fake model server works on at the same time."},
    {"mean-seconds", "S", &values_seconds, OPTIONS_COMMAND, offsetof(struct bench_options, mean_ns),
     0, 60, NULL, false,
     "bench slots: the mean time that the fake model server takes for a request."},
    {"planner", "", &values_flag, OPTIONS_COMMAND, offsetof(struct bench_options, planner), 0, 0,
     NULL, true,
     "bench slots: search with strategy plan over the grammar cr-planner, 500 problems at a time, "
     "one request after the other in each. The server has 1,200 slots and takes a second, unless "
     "said otherwise."},
    {"server", "PROGRAM", &values_text, OPTIONS_COMMAND, offsetof(struct bench_options, server), 0,
     0, NULL, false,
     "bench slots: the fake model server. The default is tests/model_server beside this program."},
    {"bare", "PROGRAM", &values_text, OPTIONS_COMMAND, offsetof(struct bench_options, bare), 0, 0,
     NULL, false,
     "bench slots: the bare loop to compare with. The default is bench_bare beside this program."},
    {.name = NULL}};

const struct options_group bench_slots_options = {&slots_topic, OPTIONS_OWN, slots_rows};

int bench_slots(struct options *options, struct crux_error *error)
{
    struct slots slots = {.sink = {keep_tree}, .options = options, .own = options->own};
    int status = bench_slots_find(slots.model_server, slots.own->server, "server",
                                  "tests/model_server", error);

    if (status == CRUX_OK)
        status = bench_slots_find(slots.bare_program, slots.own->bare, "bare", "bench_bare", error);
    if (status != CRUX_OK)
        return status;
    slots.report = bench_shared(sizeof *slots.report);
    if (slots.report == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the figures");
    fill_in(options);
    (void)pthread_mutex_init(&slots.mutex, NULL);
    status = bench_slots_measure(&slots, error);
    if (status == CRUX_OK && options->json)
        status = bench_slots_print_json(&slots, error);
    else if (status == CRUX_OK)
        bench_slots_print_table(&slots);
    if (status == CRUX_OK && !bench_slots_is_sound(&slots))
        status = EXIT_CHECK;
    crux_problems_free(&slots.problems);
    bench_unshare(slots.report, sizeof *slots.report);
    (void)pthread_mutex_destroy(&slots.mutex);
    return status;
}
