/*
 * trial.c - leads a program through its tests, watches its limits, and says what became of it.
 *
 *     STARTING --"ready": its job is sent--> RUNNING --"end"; a limit--> ENDED
 *
 * A program that has ended fails the tests that are left. With tests of code their jail is told so,
 * and still says how many had passed.
 */
#include "io/sandbox/trial.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "io/clock.h"
#include "io/json.h"
#include "io/quote.h"
#include "io/sandbox/printed.h"
#include "io/sandbox/usage.h"

#define LOOK_NS  (CLOCK_SECOND_NS / 50)
#define START_NS (30 * CLOCK_SECOND_NS)
#define OVER_NS  (CLOCK_SECOND_NS / 2) /* of all processes together, beyond the limit of one */

enum { NONCE = 17, WHY = 300, JUNK_MOST = 16 << 20, XCPU = 24, XFSZ = 25, PATIENCE = 5 };
enum { NOT_ALLOWED = 126, NOT_FOUND = 127 }; /* of a shell that cannot run what it is told */

enum trial_stage { STARTING, RUNNING, ENDED };

struct trial {
    struct trial_place *place;
    struct json *said;
    struct json *runs; /* NULL: the tests are code */
    char *job, *tests; /* lines to be sent */
    struct jail jail;
    enum trial_stage stage;
    int64_t begun_ns, looked_ns, slept_ns, cpu_ns; /* of this run, or of all calls */
    size_t junk;                                   /* bytes that answered nothing */
    char nonce[NONCE];                             /* of the job of tests */
    char asked[NONCE];                             /* of the call that waits; "": none does */
    enum trial_status status;                      /* of the first test that failed */
    uint32_t passed, of, at;                       /* at: runs that have ended */
    char why[WHY];
    bool built;
    bool counted; /* passed and of are known */
    bool over;
};

static const char *const statuses[TRIAL_STATUSES] = {
    "ok",     "wrong",        "build_error", "runtime_error", "timeout_cpu",  "timeout_wall",
    "memory", "output_limit", "signal",      "busy",          "sandbox_error"};

/* --- how it ends --------------------------------------------------------------------------- */

/* The first reason stays. */
static void trial_fail(struct trial *trial, enum trial_status status, const char *why)
{
    if (trial->status != TRIAL_OK)
        return;
    trial->status = status;
    (void)snprintf(trial->why, sizeof trial->why, "%s", why);
}

/* Nothing is known, whatever was seen before. */
static void trial_unknown(struct trial *trial, enum trial_status status, const char *why)
{
    trial->status = status;
    (void)snprintf(trial->why, sizeof trial->why, "%s", why);
    trial->over = true;
}

static void trial_broken(struct trial *trial, const char *what, const char *why)
{
    char quoted[200], text[WHY];

    quote_text(quoted, sizeof quoted, why, strlen(why));
    (void)snprintf(text, sizeof text, "%s%s%s", what, quoted[0] != '\0' ? ": " : "", quoted);
    trial_unknown(trial, TRIAL_SANDBOX_ERROR, text);
}

static void send_gone(struct trial *trial)
{
    if (trial->asked[0] == '\0')
        return;
    trial->asked[0] = '\0';
    if (!jail_send(&trial->place->tester, "gone", 4))
        trial_broken(trial, "no memory", "");
}

/* The program is gone: tests that are left fail; those that are code are told. */
static void trial_gone(struct trial *trial)
{
    trial->stage = ENDED;
    jail_end(&trial->jail);
    if (trial->runs != NULL)
        trial->counted = trial->over = true;
    else
        send_gone(trial);
}

/* --- limits --------------------------------------------------------------------------------- */

/* So long may it sleep, or wait for what does not come. */
static int64_t sleep_ns(const struct trial *trial)
{
    return (2 * (int64_t)trial->place->plan.limits->seconds + 2) * CLOCK_SECOND_NS;
}

/* So long is it waited for on a machine that gives it no processor. */
static int64_t wall_ns(const struct trial *trial)
{
    return PATIENCE * sleep_ns(trial);
}

/* What follows has its own time. */
static void begin_time(struct trial *trial)
{
    struct usage usage;

    usage_look(&usage, &trial->jail);
    trial->begun_ns = trial->looked_ns = clock_now_ns();
    trial->slept_ns = 0;
    trial->cpu_ns = usage.cpu_ns;
}

static void trial_limit(struct trial *trial, enum trial_status status, const char *format,
                        uint32_t number)
{
    char why[WHY];

    (void)snprintf(why, sizeof why, format, number);
    trial_fail(trial, status, why);
    trial_gone(trial);
}

static void watch_limits(struct trial *trial)
{
    const struct sandbox_limits *limits = trial->place->plan.limits;
    int64_t now = clock_now_ns();
    struct usage usage;

    if (now - trial->looked_ns < LOOK_NS)
        return;
    usage_look(&usage, &trial->jail);
    if (usage.processes > 0 && !usage.busy && (trial->runs != NULL || trial->asked[0] != '\0'))
        trial->slept_ns += now - trial->looked_ns;
    trial->looked_ns = now;
    if (usage.memory > (uint64_t)limits->memory << 20)
        trial_limit(trial, TRIAL_MEMORY, "it needs more than %u MiB", limits->memory);
    else if (usage.cpu_ns - trial->cpu_ns >= limits->seconds * CLOCK_SECOND_NS + OVER_NS)
        trial_limit(trial, TRIAL_TIMEOUT_CPU, "it takes more than %u s of the processor",
                    limits->seconds);
    else if (trial->slept_ns >= sleep_ns(trial))
        trial_limit(trial, TRIAL_TIMEOUT_WALL, "it sleeps for %u seconds",
                    (uint32_t)(sleep_ns(trial) / CLOCK_SECOND_NS));
    else if (now - trial->begun_ns >= wall_ns(trial)) /* a busy machine makes no labels */
        trial_unknown(trial, TRIAL_BUSY, "it was not done in time, on a machine that was busy");
}

static void watch_start(struct trial *trial)
{
    if (clock_now_ns() - trial->begun_ns >= START_NS)
        trial_broken(trial, "the jail does not start", trial->jail.trouble);
}

/* --- lines of the program's jail ----------------------------------------------------------- */

static void fail_by_end(struct trial *trial, int code, int number)
{
    const struct sandbox_limits *limits = trial->place->plan.limits;
    char why[WHY];

    if (number == XCPU) {
        (void)snprintf(why, sizeof why, "it takes more than %u s of the processor",
                       limits->seconds);
        trial_fail(trial, TRIAL_TIMEOUT_CPU, why);
    } else if (number == XFSZ) {
        (void)snprintf(why, sizeof why, "it writes more than %u KiB", limits->output);
        trial_fail(trial, TRIAL_OUTPUT, why);
    } else if (number != 0) {
        (void)snprintf(why, sizeof why, "it was ended by signal %d", number);
        trial_fail(trial, TRIAL_SIGNAL, why);
    } else {
        (void)snprintf(why, sizeof why, "it ended with status %d", code);
        trial_fail(trial, TRIAL_RUNTIME_ERROR, why);
    }
}

/* Then nothing has looked at the answer. */
static bool lacks_command(const struct trial *trial, int code)
{
    return json_get(trial->said, "command") != NULL && (code == NOT_ALLOWED || code == NOT_FOUND);
}

static void heard_run(struct trial *trial, const char *line)
{
    const char *expected = json_as_string(json_at(json_at(trial->runs, trial->at), 1));
    int code = 0, number = 0, at = 0;
    bool same;

    if (trial->at >= trial->of || sscanf(line, "%d %d %n", &code, &number, &at) < 2 || at == 0)
        return;
    if (lacks_command(trial, code)) {
        trial_broken(trial, "the command, or one that it calls, cannot be run in the jail", "");
        return;
    }
    same = expected == NULL || printed_same(line + at, expected);
    if (code == 0 && number == 0 && same)
        trial->passed++;
    else if (code != 0 || number != 0)
        fail_by_end(trial, code, number);
    else
        trial_fail(trial, TRIAL_WRONG, "it prints something else");
    if (trial->status != TRIAL_OK && trial->passed == trial->at && trial->why[0] == 'i')
        (void)snprintf(trial->why + strlen(trial->why), sizeof trial->why - strlen(trial->why),
                       " (test %u of %u)", trial->at + 1, trial->of);
    trial->at++;
    begin_time(trial);
}

static void heard_runs(struct trial *trial, const char *line)
{
    if (!trial->built && strncmp(line, "lacks ", 6) == 0)
        trial_broken(trial, "the jail has no compiler", line + 6);
    else if (strcmp(line, "built 0") == 0)
        trial_fail(trial, TRIAL_BUILD_ERROR, "it does not compile");
    else if (strcmp(line, "built 1") == 0)
        trial->built = true; /* from here on the program runs, and may say what it likes */
    else if (strncmp(line, "ran ", 4) == 0)
        heard_run(trial, line + 4);
}

/* An answer has the nonce of the call that waits; anything else is nothing. */
static void heard_value(struct trial *trial, const char *line, size_t length)
{
    if (trial->asked[0] != '\0' && length > NONCE && line[NONCE - 1] == ' ' &&
        memcmp(line, trial->asked, NONCE - 1) == 0) {
        trial->asked[0] = '\0';
        if (!jail_send(&trial->place->tester, line, length))
            trial_broken(trial, "no memory", "");
        return;
    }
    trial->junk += length + 1;
    if (trial->junk > JUNK_MOST)
        trial_limit(trial, TRIAL_OUTPUT, "it says more than %u bytes that nobody asked for",
                    JUNK_MOST);
}

static void heard_end(struct trial *trial, const char *line)
{
    int code = 0, number = 0;

    (void)sscanf(line, "%d %d", &code, &number);
    if (trial->runs == NULL)
        fail_by_end(trial, code, number);
    else if (trial->at < trial->of)
        trial_fail(trial, TRIAL_RUNTIME_ERROR, "it has ended before its tests");
    trial_gone(trial);
}

static void heard_ready(struct trial *trial)
{
    jail_look_in(&trial->jail);
    trial->stage = RUNNING;
    if (!jail_send(&trial->jail, trial->job, strlen(trial->job)))
        trial_broken(trial, "no memory", "");
    begin_time(trial);
}

static void heard_program(struct trial *trial, const char *line, size_t length)
{
    if (trial->stage == STARTING && strcmp(line, "ready") == 0)
        heard_ready(trial);
    else if (trial->stage == RUNNING && strncmp(line, "end ", 4) == 0)
        heard_end(trial, line + 4);
    else if (trial->stage == RUNNING && trial->runs != NULL)
        heard_runs(trial, line);
    else if (trial->stage == RUNNING)
        heard_value(trial, line, length);
}

/* --- lines of the jail of tests --------------------------------------------------------------- */

static void heard_call(struct trial *trial, const char *line, size_t length)
{
    if (length < NONCE || line[NONCE - 1] != ' ')
        return;
    memcpy(trial->asked, line, NONCE - 1);
    trial->asked[NONCE - 1] = '\0';
    if (trial->stage == ENDED)
        send_gone(trial);
    else if (!jail_send(&trial->jail, line, length))
        trial_broken(trial, "no memory", "");
}

static uint32_t count_in(const struct json *verdict, const char *name)
{
    int64_t count = json_as_integer(json_get(verdict, name));

    return count > 0 && count < INT32_MAX ? (uint32_t)count : 0;
}

static void read_verdict(struct trial *trial, const struct json *verdict)
{
    const char *why = json_as_string(json_get(verdict, "why"));
    char quoted[WHY];

    if (json_get(verdict, "broken") != NULL || why == NULL) {
        trial_broken(trial, why != NULL ? why : "the tests say nothing", "");
        return;
    }
    quote_text(quoted, sizeof quoted, why, strlen(why));
    trial->passed = count_in(verdict, "passed");
    trial->of = count_in(verdict, "of");
    if (trial->passed < trial->of)
        trial_fail(trial, TRIAL_WRONG, quoted);
    else /* it has ended, or said too much, after it had passed */
        trial->status = TRIAL_OK, trial->why[0] = '\0';
    trial->counted = trial->over = true;
}

static void heard_verdict(struct trial *trial, const char *line, size_t length)
{
    struct json *verdict = NULL;
    struct crux_error error;

    if (length < NONCE || memcmp(line, trial->nonce, NONCE - 1) != 0 || line[NONCE - 1] != ' ')
        return;
    if (json_parse(&verdict, line + NONCE, length - NONCE, &error) == CRUX_OK)
        read_verdict(trial, verdict);
    else
        trial_broken(trial, "the tests say what is no verdict", error.text);
    json_free(verdict);
}

static void begin_tests(struct trial *trial)
{
    struct trial_place *place = trial->place;

    if (trial->tests == NULL || trial->stage == STARTING || !place->ready || place->working)
        return;
    place->working = true;
    if (!jail_send(&place->tester, trial->tests, strlen(trial->tests)))
        trial_broken(trial, "no memory", "");
    free(trial->tests);
    trial->tests = NULL;
}

static void heard_tests(struct trial *trial, const char *line, size_t length)
{
    struct trial_place *place = trial->place;

    if (strcmp(line, "ready") == 0) {
        place->ready = true;
    } else if (strcmp(line, "end") == 0) {
        place->working = false;
        if (trial->tests == NULL && !trial->over)
            trial_broken(trial, "the tests have ended without a verdict", "");
    } else if (place->working && strncmp(line, "call ", 5) == 0) {
        heard_call(trial, line + 5, length - 5);
    } else if (place->working && strncmp(line, "verdict ", 8) == 0) {
        heard_verdict(trial, line + 8, length - 8);
    }
}

/* --- the loop -----------------------------------------------------------------------------------
 */

static size_t most_said(const struct trial *trial)
{
    enum { BESIDE = 4 << 20 };

    return BESIDE + ((size_t)trial->place->plan.limits->output << 11);
}

static void pump_program(struct trial *trial)
{
    bool alive = jail_pump(&trial->jail, most_said(trial));
    size_t length;
    char *line;

    while (!trial->over && trial->stage != ENDED &&
           (line = jail_line(&trial->jail, &length)) != NULL)
        heard_program(trial, line, length);
    if (alive || trial->over || trial->stage == ENDED)
        return;
    if (trial->stage == RUNNING && trial->jail.out >= 0)
        trial_limit(trial, TRIAL_OUTPUT, "it says more than %u KiB",
                    (uint32_t)(most_said(trial) >> 10));
    else
        trial_broken(trial, "the jail has ended", trial->jail.trouble);
}

static void pump_tests(struct trial *trial)
{
    struct trial_place *place = trial->place;
    bool alive = jail_pump(&place->tester, most_said(trial));
    size_t length;
    char *line;

    while (!trial->over && (line = jail_line(&place->tester, &length)) != NULL)
        heard_tests(trial, line, length);
    if (!trial->over)
        begin_tests(trial);
    if (!trial->over && !alive)
        trial_broken(trial, "the jail of the tests has ended", place->tester.trouble);
}

static void wait_for_lines(const struct trial *trial)
{
    struct pollfd files[2 * JAIL_FILES + 1];

    jail_files(&trial->jail, files);
    jail_files(&trial->place->tester, files + JAIL_FILES);
    if (trial->runs != NULL)
        for (int i = 0; i < JAIL_FILES; i++)
            files[JAIL_FILES + i].fd = -1;
    files[2 * JAIL_FILES] = (struct pollfd){.fd = trial->place->wake, .events = POLLIN};
    (void)poll(files, 2 * JAIL_FILES + 1, (int)(LOOK_NS / 1000000));
}

static void trial_step(struct trial *trial)
{
    wait_for_lines(trial);
    if (atomic_load_explicit(&trial->place->unwanted, memory_order_acquire)) {
        trial->over = true; /* acquire: pairs with the release of whoever does not want it */
        return;
    }
    if (trial->stage != ENDED)
        pump_program(trial);
    if (!trial->over && trial->runs == NULL)
        pump_tests(trial);
    if (trial->over)
        return;
    if (trial->stage == RUNNING)
        watch_limits(trial);
    else if (trial->stage == STARTING)
        watch_start(trial);
    else if (clock_now_ns() - trial->begun_ns >= wall_ns(trial))
        trial_broken(trial, "the tests do not end", "");
}

/* --- what is sent ----------------------------------------------------------------------------- */

static bool make_nonce(char nonce[NONCE])
{
    uint64_t number;

    if (getrandom(&number, sizeof number, 0) != sizeof number)
        return false;
    (void)snprintf(nonce, NONCE, "%016" PRIx64, number);
    return true;
}

static void trial_copy(struct json *to, const struct json *from, const char *name)
{
    const struct json *value = json_get(from, name);

    if (value != NULL)
        json_put(to, name, json_clone(value));
}

static char *job_text(struct json *job)
{
    char *text = job != NULL ? json_text(job, false) : NULL;

    json_free(job);
    return text;
}

/* What is expected stays here. */
static char *write_job(const struct trial *trial)
{
    struct json *job = json_new_object(), *inputs = json_new_array();

    json_put(job, "mode", json_of_string(trial->runs != NULL ? "runs" : "calls"));
    trial_copy(job, trial->said, "language");
    trial_copy(job, trial->said, "command");
    trial_copy(job, trial->said, "code");
    for (uint32_t i = 0; i < trial->of; i++)
        json_add(inputs, json_clone(json_at(json_at(trial->runs, i), 0)));
    json_put(job, "inputs", inputs);
    return job_text(job);
}

static char *write_tests(const struct trial *trial)
{
    static const char *const names[] = {"setup", "entry", "check", "asserts", "calls"};
    struct json *job = json_new_object();

    json_put(job, "nonce", json_of_string(trial->nonce));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        trial_copy(job, trial->said, names[i]);
    return job_text(job);
}

static int start_tester(struct trial_place *place, struct crux_error *error)
{
    struct jail_plan plan = place->plan;

    if (place->tester.outer != 0)
        return CRUX_OK;
    plan.script = jail_tester;
    plan.slot = 2 * plan.slot + 1;
    place->ready = place->working = false;
    return jail_start(&place->tester, &plan, error);
}

static int start_trial(struct trial *trial, struct crux_error *error)
{
    struct jail_plan plan = trial->place->plan;
    int status = CRUX_OK;

    plan.script = jail_runner;
    plan.slot = 2 * plan.slot;
    trial->runs = json_get(trial->said, "runs");
    trial->of = (uint32_t)json_count(trial->runs);
    trial->job = write_job(trial);
    if (trial->runs == NULL && make_nonce(trial->nonce))
        trial->tests = write_tests(trial);
    if (trial->job == NULL || (trial->runs == NULL && trial->tests == NULL))
        return crux_fail(error, CRUX_MEMORY, "no memory for a jail");
    trial->begun_ns = clock_now_ns();
    if (trial->runs == NULL)
        status = start_tester(trial->place, error);
    return status == CRUX_OK ? jail_start(&trial->jail, &plan, error) : status;
}

static char *answer_line(const struct trial *trial)
{
    struct json *answer = json_new_object();

    json_put(answer, "status", json_of_string(statuses[trial->status]));
    if (trial->counted) {
        json_put(answer, "passed", json_of_integer(trial->passed));
        json_put(answer, "of", json_of_integer(trial->of));
    }
    json_put(answer, "level", json_of_string(sandbox_level_name(trial->place->plan.level)));
    json_put(answer, "why", json_of_string(trial->why));
    return job_text(answer);
}

/* A tester whose job goes on, or that is gone, is started anew the next time. */
static void trial_end(struct trial *trial)
{
    struct trial_place *place = trial->place;
    bool known = trial->counted && trial->status != TRIAL_SANDBOX_ERROR;

    jail_end(&trial->jail);
    if (trial->runs == NULL && !known)
        jail_end(&place->tester);
    json_free(trial->said);
    free(trial->job);
    free(trial->tests);
}

char *trial_run(struct trial_place *place, const char *line, size_t length)
{
    struct trial trial = {.place = place};
    struct crux_error error = {""};
    char *answer = NULL;
    int status = json_parse(&trial.said, line, length, &error);

    if (status == CRUX_OK)
        status = start_trial(&trial, &error);
    if (status != CRUX_OK)
        trial_broken(&trial, "no jail", error.text);
    while (!trial.over)
        trial_step(&trial);
    if (!atomic_load_explicit(&place->unwanted, memory_order_relaxed)) /* ours since it was set */
        answer = answer_line(&trial);
    trial_end(&trial);
    return answer;
}

void trial_close(struct trial_place *place)
{
    jail_end(&place->tester);
}
