/*
 * model.c - the served models that options name: turns a backend's options into struct
 * crux_backend. What the user left open is asked of a server once, before the first call.
 */
#include "io/cli/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/backends/backends.h"
#include "io/cli/options/backend.h"
#include "io/cli/terminal.h"
#include "io/crux_io.h"
#include "io/json.h"

/* A core dump would have the key in it. The limit of one byte is the one that also keeps the kernel
 * from piping a dump to a program (fs/coredump.c). */
static void model_dump_no_core(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur <= 1)
        return;
    limit.rlim_cur = 1;
    (void)setrlimit(RLIMIT_CORE, &limit);
}

struct crux_endpoint model_endpoint(const struct options_backend *backend, size_t index)
{
    if (backend->key_env != NULL || backend->key_file != NULL)
        model_dump_no_core();
    return (struct crux_endpoint){
        .url = index < backend->endpoints.count ? backend->endpoints.items[index] : NULL,
        .key_env = backend->key_env,
        .key_file = backend->key_file,
        .key_header = backend->key_header,
        .headers = (const char *const *)backend->headers.items,
        .header_count = (uint32_t)backend->headers.count,
        .cacert = backend->cacert,
        .insecure = backend->insecure,
        .slots = backend->slots};
}

static uint32_t model_endpoints(struct crux_endpoint out[OPTIONS_LISTED],
                                const struct options_backend *backend)
{
    for (size_t i = 0; i < backend->endpoints.count; i++)
        out[i] = model_endpoint(backend, i);
    return (uint32_t)backend->endpoints.count;
}

struct crux_chat model_chat(const struct options *options, size_t which)
{
    const struct options_backend *backend = &options->backends[which];

    return (struct crux_chat){
        .profile = backend->profile,
        .model = backend->model,
        .route = backend->route,
        .prompt = backend->prompt,
        .chat_template = backend->chat_template,
        .stops = (const char *const *)backend->stops.items,
        .stop_count = (uint32_t)backend->stops.count,
        .step_tokens = backend->step_tokens,
        .thoughts = backend->thoughts,
        .split = backend->split,
        .token_ids = backend->token_ids,
        .temperature = backend->temperature,
        .top_p = backend->top_p,
        .min_p = backend->min_p,
        .top_k = backend->top_k,
        .max_tokens = backend->max_tokens,
        .logprobs = !backend->no_logprobs,
        .entropy = options->setup.branch_high > 0.0,
        .context = backend->context,
        .slots = backend->per_request,
        .problems = options->operand_count > 0 ? options->operands[0] : NULL,
        .body = backend->body,
        .system = backend->system,
        .images = options->images,
    };
}

struct crux_backend model_backend(struct crux_endpoint endpoints[OPTIONS_LISTED],
                                  const struct options *options, size_t which)
{
    const struct options_backend *from = &options->backends[which];
    struct crux_backend backend = crux_backend_default();

    backend.name = from->name;
    backend.endpoints = endpoints;
    backend.endpoint_count = model_endpoints(endpoints, from);
    backend.roster = from->roster;
    backend.like = model_endpoint(from, OPTIONS_LISTED);
    backend.model_said = options_backend_given(options, from, "model");
    backend.arrival_order = from->send_order != 0;
    backend.chat = model_chat(options, which);
    backend.price_prompt = from->price_prompt;
    backend.price_completion = from->price_completion;
    if (options_backend_given(options, from, "price-cached"))
        backend.price_cached = from->price_cached;
    backend.in_flight = from->in_flight;
    backend.client = from->client;
    backend.aliases = (const char *const *)from->aliases.items;
    backend.alias_count = (uint32_t)from->aliases.count;
    backend.spent = from->spent;
    return backend;
}

int model_add(struct crux_backends *backends, const struct options *options, size_t which,
              struct crux_error *error)
{
    struct crux_endpoint endpoints[OPTIONS_LISTED];
    const struct crux_backend backend = model_backend(endpoints, options, which);

    return crux_backends_add(backends, &backend, error);
}

/* --- what was found out before ----------------------------------------------------------- */

/* Keep what was found where nothing was said. */
static bool fill_option(char **place, const char *found)
{
    if (*place == NULL && found != NULL)
        *place = strdup(found);
    return *place != NULL || found == NULL;
}

/* What the configuration says of a backend: named ones stand with their name before the key. */
static const struct json *recorded_of(const struct json *recorded,
                                      const struct options_backend *backend, const char *name)
{
    char key[128];

    if (backend->name == NULL)
        return json_get(recorded, name);
    (void)snprintf(key, sizeof key, "backend.%s.%s", backend->name, name);
    return json_get(recorded, key);
}

/* Nor is the server asked again how many candidates one request to it may have: all of them in one,
 * as its kind may take, leave slots empty until there is room for all (crux_candidates()). */
static int take_recorded(struct options_backend *backend, const struct json *recorded,
                         const struct json *settings, struct crux_error *error)
{
    int64_t per_request = json_as_integer(recorded_of(settings, backend, "per-request"));
    const struct {
        char **place;
        const char *name;
    } texts[] = {{&backend->model, "model"},
                 {&backend->profile, "profile"},
                 {&backend->route, "route"},
                 {&backend->chat_template, "chat-template"},
                 {&backend->system, "system"}};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!fill_option(texts[i].place,
                         json_as_string(recorded_of(recorded, backend, texts[i].name))))
            return crux_fail(error, CRUX_MEMORY, "no memory for the options");
    if (backend->context == 0)
        backend->context = (uint32_t)json_as_integer(recorded_of(recorded, backend, "context"));
    if (backend->per_request == 0 && per_request > 0 && per_request <= OPTIONS_PER_REQUEST_MOST)
        backend->per_request = (uint32_t)per_request;
    return CRUX_OK;
}

int model_recall(struct options *options, const char *path, struct crux_error *error)
{
    struct crux_store *store = NULL;
    struct crux_summary summary = {.configuration = NULL};
    struct json *recorded = NULL, *settings = NULL;
    bool begun = false;
    int status;

    if (access(path, F_OK) != 0)
        return CRUX_OK;
    status = crux_store_begun(path, &begun, error);
    if (status != CRUX_OK || !begun)
        return status;
    status = crux_store_open(&store, path, false, error);
    if (status == CRUX_OK)
        status = crux_store_summary(store, &summary, error);
    if (status == CRUX_OK && summary.configuration != NULL)
        status = json_parse(&recorded, summary.configuration, strlen(summary.configuration), error);
    if (status == CRUX_OK && summary.settings != NULL)
        (void)json_parse(&settings, summary.settings, strlen(summary.settings), NULL);
    options->recalled = recorded != NULL;
    for (size_t i = 0; i < options->backend_count && status == CRUX_OK && recorded != NULL; i++)
        status = take_recorded(&options->backends[i], recorded, settings, error);
    json_free(settings);
    json_free(recorded);
    crux_store_close(store);
    return status;
}

/* --- finding out what is still open ------------------------------------------------------ */

/* A prompt by its text, so that what is recorded means the same when the file has changed. */
static int inline_prompt(struct options_backend *backend, struct crux_error *error)
{
    char *prompt = NULL;
    int status = CRUX_OK;

    if (backend->prompt != NULL)
        status = crux_prompt_inline(&prompt, backend->prompt, error);
    if (status == CRUX_OK && prompt != NULL) {
        free(backend->prompt);
        backend->prompt = prompt;
    }
    return status;
}

static int keep_filled(struct options_backend *backend, const struct crux_chat *chat,
                       struct crux_error *error)
{
    if (!fill_option(&backend->profile, chat->profile) ||
        !fill_option(&backend->model, chat->model) || !fill_option(&backend->route, chat->route) ||
        !fill_option(&backend->chat_template, chat->chat_template) ||
        !fill_option(&backend->system, chat->system))
        return crux_fail(error, CRUX_MEMORY, "no memory for the options");
    backend->context = chat->context;
    backend->per_request = chat->slots;
    return CRUX_OK;
}

static int no_endpoint(const struct options_backend *backend, struct crux_error *error)
{
    if (backend->name == NULL)
        return crux_fail(
            error, CRUX_INVALID,
            "policy chat, and a critic that names no backend, needs --endpoint URL, like "
            "http://127.0.0.1:8000/v1");
    return crux_fail(error, CRUX_INVALID,
                     "backend %s needs --backend %s.endpoint=URL, like http://127.0.0.1:8000/v1",
                     backend->name, backend->name);
}

/* --- several endpoints --------------------------------------------------------------------- */

static bool is_same(const struct options_backend *backend, const char *a, const char *b)
{
    return crux_same_model(a, b, (const char *const *)backend->aliases.items,
                           (uint32_t)backend->aliases.count);
}

static void leave_out(struct options_list *endpoints, size_t index)
{
    free(endpoints->items[index]);
    endpoints->count--;
    memmove(&endpoints->items[index], &endpoints->items[index + 1],
            (endpoints->count - index) * sizeof *endpoints->items);
    endpoints->items[endpoints->count] = NULL;
}

/* Why an endpoint is another model than the first that told its name; "": it is the same, or says
 * nothing. */
static void find_stranger(char *why, size_t room, const struct options_backend *backend,
                          const struct crux_named *named, const char *first, bool given)
{
    why[0] = '\0';
    if (named->lists == CRUX_LACKS && !given && !is_same(backend, backend->model, named->listed))
        (void)snprintf(why, room, "it lists no model `%.80s`, but %.200s", backend->model,
                       named->listed);
    else if (named->replies[0] != '\0' && first[0] != '\0' &&
             !is_same(backend, first, named->replies))
        (void)snprintf(why, room, "it answers as model `%.80s`, the first one as `%.80s`",
                       named->replies, first);
}

static void model_spend(struct options_backend *backend, const struct crux_spent *spent)
{
    backend->spent.calls += spent->calls;
    backend->spent.prompt += spent->prompt;
    backend->spent.completion += spent->completion;
}

/* Ask every endpoint what it has, and leave out what is another model. One that does not answer now
 * may come later; its replies are looked at then. */
static int model_compare(struct options *options, size_t which)
{
    struct options_backend *backend = &options->backends[which];
    bool given = options_backend_given(options, backend, "model");
    char first[CRUX_MODEL_BYTES] = "";

    for (size_t i = 0; i < backend->endpoints.count;) {
        const struct crux_endpoint endpoint = model_endpoint(backend, i);
        const struct crux_chat chat = model_chat(options, which);
        struct crux_named named = {.lists = CRUX_NO_LIST}; /* one that does not answer stays so */
        struct crux_error error = {""};
        char why[400] = "";

        if (crux_server_name(&named, &endpoint, &chat, !options->recalled, 0, &error) == CRUX_OK)
            find_stranger(why, sizeof why, backend, &named, first, given || i == 0);
        model_spend(backend, &named.spent);
        if (why[0] != '\0') {
            (void)fprintf(stderr,
                          "crux: %s is left out: %s (--model-alias A=B where two names are one)\n",
                          endpoint.url, why);
            leave_out(&backend->endpoints, i);
            continue;
        }
        if (first[0] == '\0')
            (void)strcpy(first, named.replies);
        i++;
    }
    return CRUX_OK;
}

/* --- the whole ------------------------------------------------------------------------------ */

/* A key that others may read is taken only where it cannot be helped, which is said. */
static void note_key_file(const struct options_backend *backend)
{
    struct stat about;

    if (backend->key_file != NULL && stat(backend->key_file, &about) == 0 &&
        (about.st_mode & 077) != 0)
        (void)fprintf(stderr,
                      "crux: %s: others may read this API key, and nobody may write it: it is "
                      "taken as a mounted secret\n",
                      backend->key_file);
}

/* Pictures need a route that takes them. */
static int check_route(const struct options *options, const struct options_backend *backend,
                       struct crux_error *error)
{
    if (!options->images || backend->route == NULL || strcmp(backend->route, "completions") != 0)
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID,
                     "problems of %.200s have images, and route completions takes none: say "
                     "--route prefill or --route next",
                     options->operand_count > 0 ? options->operands[0] : "the input");
}

static void model_tell(void *context, const char *sentence)
{
    (void)context;
    terminal_say(sentence);
}

static int fill_open(struct options *options, size_t which, struct model_said *said,
                     struct crux_error *error)
{
    const struct crux_paying paying = {.say = model_tell};
    struct options_backend *backend = &options->backends[which];
    struct crux_server found = {.chat_template = NULL};
    struct crux_endpoint endpoints[OPTIONS_LISTED];
    const struct crux_backend asked = model_backend(endpoints, options, which);
    struct crux_chat chat = asked.chat;
    int status = backends_fill(&chat, &asked, &paying, &found, error);

    if (status != CRUX_OK && !options_has_endpoint(backend))
        status = no_endpoint(backend, error);
    if (status == CRUX_OK) {
        (void)snprintf(said->chosen, sizeof said->chosen, "%s", found.said);
        (void)snprintf(said->note, sizeof said->note, "%s", found.note);
        status = keep_filled(backend, &chat, error);
        backend->told_slots = found.slots;
        model_spend(backend, &found.spent);
    }
    crux_server_free(&found);
    return status;
}

static bool assume_word(char **word, const char *what)
{
    if (*word == NULL)
        *word = strdup(what);
    return *word != NULL;
}

int model_assume(struct options *options, size_t which, struct crux_error *error)
{
    struct options_backend *backend = &options->backends[which];

    if (!options_has_endpoint(backend) && options->paid.replay == NULL)
        return no_endpoint(backend, error);
    if (assume_word(&backend->profile, "generic") && assume_word(&backend->route, "next") &&
        assume_word(&backend->model, backend->name != NULL ? backend->name : "reward"))
        return CRUX_OK;
    return crux_fail(error, CRUX_MEMORY, "no memory for the options");
}

int model_find_out(struct options *options, size_t which, struct model_said *said,
                   struct crux_error *error)
{
    struct options_backend *backend = &options->backends[which];
    int status = inline_prompt(backend, error);

    *said = (struct model_said){"", ""};
    if (status == CRUX_OK)
        status = check_route(options, backend, error);
    if (status == CRUX_OK)
        status = fill_open(options, which, said, error);
    if (status == CRUX_OK && options->paid.replay == NULL) {
        note_key_file(backend);
        if (backend->endpoints.count > 1)
            status = model_compare(options, which);
    }
    return status;
}
