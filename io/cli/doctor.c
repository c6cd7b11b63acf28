/*
 * doctor.c - `crux doctor`: checks servers, sandbox, files and stores, and says what has to be
 * mended.
 *
 * Each check gives findings, one sentence each: something is well, or worth knowing, or has to be
 * mended. Findings are collected first and then printed, for people or as JSON, so that both say
 * the same.
 */
#include "io/cli/commands.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "io/backends/backends.h"
#include "io/cli/advice.h"
#include "io/cli/model.h"
#include "io/cli/terminal.h"
#include "io/crux_io.h"
#include "io/json.h"
#include "io/sandbox/sandbox.h"

#define SPACE_LEAST                                                                                \
    ((double)(1 << 30)) /* bytes; a run of a thousand problems takes about a tenth */

enum state { WELL, NOTE, MEND, STATES };

static const char *const state_names[STATES] = {"well", "note", "mend"};

enum {
    FINDINGS = 24,
    SENTENCE = 800,
    DOCTOR_LOOKED_AT =
        OPTIONS_BACKENDS * (OPTIONS_LISTED + 1) + ROSTER_MOST /* but for the last two */
};

/* One thing that was looked at. */
struct patient {
    const char *kind, *name; /* "endpoint" and its URL, ... */
    struct {
        enum state state;
        char sentence[SENTENCE];
    } findings[FINDINGS];
    size_t count;
    struct json *facts; /* for machines; NULL: none */
};

struct doctor {
    const struct options *options;
    struct patient patients[DOCTOR_LOOKED_AT + OPTIONS_BACKENDS + 2];
    size_t count;
    struct roster rosters[OPTIONS_BACKENDS]; /* of each; names of patients lie there */
    size_t which; /* the backend that is looked at, and what its first endpoint serves */
    char first[CRUX_MODEL_BYTES];
};

__attribute__((format(printf, 3, 4))) static void
doctor_find(struct patient *patient, enum state state, const char *format, ...)
{
    va_list arguments;

    if (patient->count == FINDINGS)
        return;
    patient->findings[patient->count].state = state;
    va_start(arguments, format);
    (void)vsnprintf(patient->findings[patient->count++].sentence, SENTENCE, format, arguments);
    va_end(arguments);
}

static struct patient *admit(struct doctor *doctor, const char *kind, const char *name)
{
    struct patient *patient = &doctor->patients[doctor->count++];

    *patient = (struct patient){.kind = kind, .name = name};
    return patient;
}

/* --- endpoints ---------------------------------------------------------------------------- */

static const char *const routes[CRUX_ROUTES] = {"completions", "prefill", "next"};
static const char *const forms[] = {"completions", "chats"};

/* Was it answered, and was what was begun gone on with? */
static bool route_works(const struct crux_server *server, int route)
{
    return server->works[route] && (strcmp(routes[route], "prefill") != 0 || server->continues);
}

static struct json *facts_of(const struct crux_server *server)
{
    struct json *facts = json_new_object(), *works = json_new_object(), *tells = json_new_object();

    json_put(facts, "profile", json_of_string(server->profile));
    json_put(facts, "model", json_of_string(server->model));
    json_put(facts, "context", json_of_integer(server->context));
    json_put(facts, "slots", json_of_integer(server->slots));
    json_put(facts, "route", json_of_string(server->route));
    for (int i = 0; i < CRUX_ROUTES; i++)
        json_put(works, routes[i], json_of_bool(route_works(server, i)));
    json_put(facts, "routes", works);
    for (int i = 0; i < 2; i++)
        json_put(tells, forms[i], json_of_bool(server->logprobs[i]));
    json_put(facts, "logprobs", tells);
    json_put(facts, "round_trip_ms", json_of_real((double)server->round_trip_ns / 1e6));
    return facts;
}

/* Of a server that answers no route, by the status of HTTP that it gave. */
static const char *what_is_in_the_way(int status)
{
    switch (status) {
    case 401:
        return "say where its API key is with --api-key-env or --api-key-file";
    case 403:
        return "may this key (--api-key-env, --api-key-file) ask for this model?";
    case 429:
        return "it is there, and lets nothing through now: what it allows this key, or all who "
               "ask, is used up; ask again later";
    default:
        return "is it a model that writes text, and has it been loaded?";
    }
}

/* What is tried of routes is short and plain; the run's own request may work where that does not.
 * Does any route work?
 */
static bool find_routes(struct patient *patient, const struct crux_server *server, bool answered)
{
    char working[64] = "";
    size_t length = 0;

    for (int i = 0; i < CRUX_ROUTES; i++)
        if (route_works(server, i))
            length += (size_t)snprintf(working + length, sizeof working - length, "%s%s",
                                       length > 0 ? ", " : "", routes[i]);
    if (length == 0 && answered) {
        doctor_find(patient, NOTE, "no route could be tried%s%s",
                    server->trouble[0] != '\0' ? ": " : "", server->trouble);
        return false;
    }
    if (length == 0) {
        doctor_find(patient, MEND, "no route was answered%s%s; %s",
                    server->trouble[0] != '\0' ? ": " : "", server->trouble,
                    what_is_in_the_way(server->trouble_status));
        return false;
    }
    doctor_find(patient, WELL, "routes that work: %s; crux takes %s unless --route names another",
                working, server->route);
    if (strcmp(server->route, "next") == 0)
        doctor_find(
            patient, NOTE,
            "it cannot go on with a text that was begun, so each step is a question of its own "
            "(route next): it costs more tokens. vLLM, SGLang and llama.cpp can");
    return true;
}

/* --- the run's first request ----------------------------------------------------------------- */

enum { FEW_TOKENS = 8 };

/* How a run would ask, with what was found out. */
static struct crux_chat chat_of_run(const struct doctor *doctor, size_t which,
                                    const struct crux_server *server)
{
    struct crux_chat chat = model_chat(doctor->options, which);

    chat.model = server->model;
    chat.profile = server->profile;
    if (chat.route == NULL)
        chat.route = server->route;
    if (chat.chat_template == NULL)
        chat.chat_template = server->chat_template;
    if (chat.system == NULL)
        chat.system = server->system;
    if (chat.context == 0)
        chat.context = server->context;
    if (chat.slots == 0)
        chat.slots = crux_candidates(server->slots);
    if (chat.max_tokens > FEW_TOKENS)
        chat.max_tokens = FEW_TOKENS;
    chat.problems = NULL;
    return chat;
}

/* In crux_chat_request() a request has as many samples as may share one. */
static uint32_t samples_in(const char *body)
{
    struct json *json = NULL;
    uint32_t count = 1;

    if (json_parse(&json, body, strlen(body), NULL) == CRUX_OK && json_get(json, "n") != NULL)
        count = (uint32_t)json_as_integer(json_get(json, "n"));
    json_free(json);
    return count;
}

/* What to change where a request was refused for what is in it, or came to nothing. */
static const char *what_else(const struct crux_error *error, uint32_t count)
{
    if (strstr(error->text, "thinks before it speaks") != NULL)
        return "; --thoughts steps makes them steps, and a server's own switch goes into --body, "
               "like "
               "{\"chat_template_kwargs\": {\"enable_thinking\": false}}";
    if (strstr(error->text, "status 400") == NULL && strstr(error->text, "status 422") == NULL)
        return "";
    return count > 1 ? "; --per-request 1 asks for one choice at a time, --temperature, "
                       "--no-logprobs, --system, --route and --body JSON (a null leaves a member "
                       "out) change the rest"
                     : "; --temperature, --no-logprobs, --system, --route and --body JSON (a null "
                       "leaves a member out) change it";
}

static bool ask_as_run(struct doctor *doctor, struct patient *patient, size_t which,
                       const struct crux_endpoint *endpoint, const struct crux_server *server)
{
    static const struct crux_problem problem = {.id = "doctor", .prompt = "What is 17 + 25?"};
    const struct crux_chat chat = chat_of_run(doctor, which, server);
    const struct crux_call call = {.verb = CRUX_PROPOSE,
                                   .kind = CRUX_STEP,
                                   .count = doctor->options->setup.children,
                                   .seed = doctor->options->setup.seed,
                                   .state = {.problem = &problem}};
    struct crux_request request = {.body = NULL};
    struct crux_error error = {""};
    int status = crux_chat_request(&request, &chat, &call, &error);
    uint32_t count = 1, came = 1;

    if (status == CRUX_OK) {
        came = count = samples_in(request.body);
        status = crux_server_ask(endpoint, &chat, request.path, request.body, &came, &error);
    }
    if (status == CRUX_OK)
        doctor_find(patient, WELL,
                    "a run's first request is answered (route %s, %u %s, %u tokens at most)",
                    chat.route, came, came == 1 ? "candidate" : "candidates", chat.max_tokens);
    else
        doctor_find(patient, MEND, "a run's first request is not answered: %.400s%s", error.text,
                    what_else(&error, count));
    if (came < count)
        doctor_find(
            patient, NOTE,
            "one request for %u candidates was answered with %u: a run asks for the rest one "
            "by one (--per-request 1)",
            count, came);
    free(request.body);
    return status == CRUX_OK;
}

static void find_logprobs(struct patient *patient, const struct crux_server *server)
{
    bool text = server->logprobs[0], chats = server->logprobs[1];
    bool used = strcmp(server->route, "completions") == 0 ? text : chats;

    if (used)
        doctor_find(patient, WELL, "it reports log-probabilities, which become the steps' priors");
    else
        doctor_find(
            patient, NOTE,
            "no log-probabilities on route %s: a step's prior is how many candidates say it%s",
            server->route, text || chats ? "; on another route there are some" : "");
}

/* Endpoints of one backend are one model: does this one list the first one's? */
static void find_other_model(struct doctor *doctor, struct patient *patient, size_t which,
                             const char *model)
{
    const struct options_backend *backend = &doctor->options->backends[which];

    if (doctor->which != which || doctor->first[0] == '\0') {
        doctor->which = which;
        (void)snprintf(doctor->first, sizeof doctor->first, "%s", model);
    } else if (!crux_same_model(doctor->first, model, (const char *const *)backend->aliases.items,
                                (uint32_t)backend->aliases.count)) {
        doctor_find(patient, MEND,
                    "it serves `%.100s`, and the endpoint before it `%.100s`: a run leaves it out "
                    "(--model-alias A=B where two names are one)",
                    model, doctor->first);
    }
}

/* How many calls it should have, as far as it tells. */
static void find_in_flight(struct patient *patient, const struct crux_server *server,
                           uint64_t endpoints)
{
    char sentence[ADVICE_BYTES];
    uint64_t number = advice_in_flight(sentence, server, endpoints);

    doctor_find(patient, number > 0 ? WELL : NOTE, "%s", sentence);
    json_put_count(patient->facts, "in_flight", number);
}

/* One of `endpoints` of a backend. */
static void examine_endpoint(struct doctor *doctor, size_t which, uint32_t endpoints,
                             const struct crux_endpoint *endpoint)
{
    const struct crux_chat known = model_chat(doctor->options, which);
    bool secret = strchr(endpoint->url, '@') != NULL; /* it may be a password */
    struct patient *patient =
        admit(doctor, "endpoint", secret ? "with something before an @" : endpoint->url);
    struct crux_server server = {.chat_template = NULL};
    struct crux_error error = {""};
    bool works;

    if (crux_server_find(&server, endpoint, &known, true, &error) != CRUX_OK) {
        doctor_find(patient, MEND, "%s", error.text);
        return;
    }
    patient->facts = facts_of(&server);
    doctor_find(patient, WELL, "%s", server.said);
    if (server.note[0] != '\0')
        doctor_find(patient, NOTE, "%s", server.note);
    if (server.system != NULL)
        doctor_find(patient, NOTE,
                    "its chat template takes no system turn: those words are put in front of the "
                    "user's");
    if (server.thinks)
        doctor_find(patient, NOTE,
                    "the model thinks before it speaks: thoughts are in no step, unless --thoughts "
                    "steps makes them steps");
    find_other_model(doctor, patient, which, server.model);
    works = find_routes(patient, &server, ask_as_run(doctor, patient, which, endpoint, &server));
    if (known.logprobs && works) /* who answers nothing has not said that it reports none */
        find_logprobs(patient, &server);
    if (server.context == 0)
        doctor_find(
            patient, NOTE,
            "it does not say how long its context is: say it with --context TOKENS, so that no "
            "reply is asked for that cannot fit");
    find_in_flight(patient, &server, endpoints);
    doctor_find(patient, WELL, "a round trip takes %.1f ms", (double)server.round_trip_ns / 1e6);
    crux_server_free(&server);
}

/* --- the sandbox ------------------------------------------------------------------------------ */

/* The walls that critic run needs are tried, as it tries them. Only critics that run programs need
 * them, so nothing here has to be mended. */
static void examine_sandbox(struct doctor *doctor)
{
    struct patient *patient = admit(doctor, "sandbox", "bubblewrap");
    const struct sandbox_limits limits = sandbox_limits_default();
    struct crux_error error = {""};

    if (sandbox_probe(SANDBOX_STRICT, &limits, &error) == CRUX_OK)
        doctor_find(patient, WELL,
                    "programs that a model writes can be run apart from this machine");
    else
        doctor_find(patient, NOTE, "%s; only critics that run programs need it", error.text);
}

/* --- the store ----------------------------------------------------------------------- */

static void examine_folder(struct patient *patient, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
    struct statvfs disk;

    if (folder == NULL)
        return;
    if (access(folder, W_OK | X_OK) != 0)
        doctor_find(patient, MEND, "nothing can be written in %.200s: %s", folder, strerror(errno));
    else if (statvfs(folder, &disk) == 0) {
        double bytes = (double)disk.f_bavail * (double)disk.f_frsize;

        doctor_find(patient, bytes < SPACE_LEAST ? MEND : WELL, "%.1f GB are free there%s",
                    bytes / 1e9, bytes < SPACE_LEAST ? ": make room before a long run" : "");
    }
    free(folder);
}

static void find_damage(void *patient, bool damaged, const char *sentence)
{
    doctor_find(patient, damaged ? MEND : NOTE, "%s", sentence);
}

static void examine_run(struct patient *patient, const char *path)
{
    struct crux_store *store = NULL;
    struct crux_summary summary;
    struct crux_error error = {""};
    bool begun = true;
    int status = crux_store_begun(path, &begun, &error);

    if (status == CRUX_OK && !begun) {
        doctor_find(patient, NOTE, "it is empty: crux generate begins its run in it");
        return;
    }
    if (status == CRUX_OK && crux_store_check(path, find_damage, patient, &error) != CRUX_OK)
        return;
    if (status == CRUX_OK)
        status = crux_store_open(&store, path, false, &error);
    if (status == CRUX_OK)
        status = crux_store_summary(store, &summary, &error);
    if (status == CRUX_OK)
        doctor_find(patient, WELL, "it is whole: %llu problems finished, %llu failed, %llu waiting",
                    (unsigned long long)summary.finished, (unsigned long long)summary.broken,
                    (unsigned long long)summary.waiting);
    else
        doctor_find(patient, MEND, "%s", error.text);
    crux_store_close(store);
    if (access(path, W_OK) != 0)
        doctor_find(patient, NOTE, "it can be read, not written: %s", strerror(errno));
}

static void examine_store(struct doctor *doctor)
{
    const char *path = doctor->options->store;
    struct patient *patient = admit(doctor, "store", path != NULL ? path : "here");

    if (path != NULL && access(path, F_OK) == 0)
        examine_run(patient, path);
    else if (path != NULL && errno != ENOENT)
        doctor_find(patient, MEND, "%.200s cannot be opened: %s", path, strerror(errno));
    else if (path != NULL)
        doctor_find(patient, NOTE, "it is not there yet: crux generate makes it");
    examine_folder(patient, path != NULL ? path : "run.db");
}

/* --- printing ------------------------------------------------------------------------ */

static bool is_well(const struct doctor *doctor)
{
    bool well = true;

    for (size_t i = 0; i < doctor->count; i++)
        for (size_t j = 0; j < doctor->patients[i].count; j++)
            well &= doctor->patients[i].findings[j].state != MEND;
    return well;
}

static void doctor_put_line(const char *text)
{
    terminal_put(stdout, text, strlen(text));
    (void)putchar('\n');
}

static void print_findings(const struct doctor *doctor)
{
    for (size_t i = 0; i < doctor->count; i++) {
        const struct patient *patient = &doctor->patients[i];

        (void)printf("%s ", patient->kind);
        doctor_put_line(patient->name);
        for (size_t j = 0; j < patient->count; j++) {
            (void)printf("  %s  ", state_names[patient->findings[j].state]);
            doctor_put_line(patient->findings[j].sentence);
        }
    }
    (void)puts(is_well(doctor) ? "nothing has to be mended" : "what says mend has to be mended");
}

static struct json *patient_json(struct patient *patient)
{
    struct json *object = json_new_object(), *findings = json_new_array();

    json_put(object, "kind", json_of_string(patient->kind));
    json_put(object, "name", json_of_words(patient->name));
    for (size_t i = 0; i < patient->count; i++) {
        struct json *finding = json_new_object();

        json_put(finding, "state", json_of_string(state_names[patient->findings[i].state]));
        json_put(finding, "sentence", json_of_words(patient->findings[i].sentence));
        json_add(findings, finding);
    }
    json_put(object, "findings", findings);
    if (patient->facts != NULL)
        json_put(object, "facts", patient->facts);
    patient->facts = NULL;
    return object;
}

static int doctor_print_json(struct doctor *doctor, struct crux_error *error)
{
    struct json *object = json_new_object(), *looked = json_new_array();
    char *text;

    json_put(object, "well", json_of_bool(is_well(doctor)));
    for (size_t i = 0; i < doctor->count; i++)
        json_add(looked, patient_json(&doctor->patients[i]));
    json_put(object, "looked_at", looked);
    text = json_text(object, true);
    json_free(object);
    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for what was found");
    terminal_put_json(stdout, text);
    free(text);
    return CRUX_OK;
}

/* --- of one backend ---------------------------------------------------------------------- */

static void doctor_blame_line(void *file, const char *sentence)
{
    doctor_find(file, MEND, "%s", sentence);
}

/* All that are named, and those that stand in its file now. */
static void examine_endpoints(struct doctor *doctor, size_t which)
{
    struct crux_endpoint named[OPTIONS_LISTED], *all = NULL;
    const struct crux_backend backend = model_backend(named, doctor->options, which);
    struct patient *file =
        backend.roster != NULL ? admit(doctor, "endpoints", backend.roster) : NULL;
    struct crux_error error = {""};
    uint32_t count = 0;

    if (backends_roster(&all, &count, &doctor->rosters[which], &backend, doctor_blame_line, file,
                        &error) != CRUX_OK)
        doctor_find(file, MEND, "%s", error.text);
    else if (file != NULL)
        doctor_find(file, count > 0 ? WELL : NOTE, "it has %u endpoint%s%s",
                    doctor->rosters[which].count, doctor->rosters[which].count == 1 ? "" : "s",
                    count > 0 ? "" : ": a run waits for one");
    for (uint32_t i = 0; i < count && doctor->count < DOCTOR_LOOKED_AT; i++)
        examine_endpoint(doctor, which, count, &all[i]);
    free(all);
}

/* --- the command --------------------------------------------------------------------- */

static int doctor_run(struct options *options, struct crux_error *error)
{
    struct doctor *doctor = calloc(1, sizeof *doctor);
    int status = CRUX_OK;

    if (doctor == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for what is found");
    doctor->options = options;
    for (size_t which = 0; which < options->backend_count; which++) {
        const struct options_backend *backend = &options->backends[which];

        if (backend->name != NULL && !options_has_endpoint(backend))
            doctor_find(admit(doctor, "backend", backend->name), MEND,
                        "it has no address: say --backend %s.endpoint=URL", backend->name);
        examine_endpoints(doctor, which);
    }
    examine_sandbox(doctor);
    examine_store(doctor);
    if (options->json)
        status = doctor_print_json(doctor, error);
    else
        print_findings(doctor);
    for (size_t i = 0; i < doctor->count; i++)
        json_free(doctor->patients[i].facts);
    for (size_t i = 0; i < OPTIONS_BACKENDS; i++)
        roster_free(&doctor->rosters[i]);
    if (status == CRUX_OK)
        status = is_well(doctor) ? EXIT_DONE : EXIT_CHECK;
    free(doctor);
    return status;
}

static const struct options_group *const doctor_groups[] = {
    &table_server, &table_model, &table_prompt, &table_children, &table_seed, &table_backends,
    &table_store,  &table_json,  &table_config, &table_help,     NULL};

const struct command doctor_command = {
    .name = "doctor",
    .options = {OPTIONS_DOCTOR, doctor_groups, 0, NULL},
    .operands = "",
    .summary = "say whether servers, sandbox and store will do, and what to mend",
    .description =
        "Asks each --endpoint what it is: what kind of server, which model, how long its context "
        "is, which routes work, whether it reports log-probabilities, how many calls in flight "
        "keep it "
        "busy, how long a round trip takes. "
        "Every route is tried with a dozen tokens. Then the first request that a run with the same "
        "options would send is sent, with 8 tokens at most. Then looks whether the sandbox works, "
        "and "
        "whether the store given with --store is whole and can grow, or a new one could be made "
        "here.\n"
        "Each line begins with well, note (worth knowing), or mend (it will not work until that is "
        "done). Ends with status 1 when something has to be mended.",
    .examples = "crux doctor\n"
                "crux doctor --endpoint http://127.0.0.1:8000/v1\n"
                "crux doctor --endpoint https://api.example.com/v1 --api-key-env KEY --model NAME\n"
                "crux doctor --endpoint http://127.0.0.1:8000/v1 --temperature 1 --body "
                "'{\"stop\": null}'\n"
                "crux doctor --store run.db --json",
    .exits = {EXIT_CHECK},
    .run = doctor_run,
};
