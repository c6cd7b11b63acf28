/*
 * probe.c - finds out what kind of server is at an address: from what it reports of its models,
 * then from routes that only one kind of server has.
 *
 * What no server reports is tried: one short chat whose last turn is to be continued. Only what the
 * user left open is looked for.
 *
 * Each question is one request that is not repeated; only while a server says that it is
 * still loading its model is it asked again. A wrong address is then known at once.
 */
#include "io/crux_io.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/clock.h"
#include "io/http/http.h"
#include "io/json.h"
#include "io/chat/template.h"
#include "io/chat/reply.h"

#define ANSWER_NS   (60 * CLOCK_SECOND_NS) /* a server may load its model for the first chat */
#define LOADING_NS  (120 * CLOCK_SECOND_NS)
#define GIVEN       "one, two,"
#define EXPECTED    "three"
#define TRIED_WORDS "Count from one to six in words, with commas between them."

struct probe {
    struct http_client *client;
    const char *url;
    const struct crux_chat *known;
    bool thorough;
    int64_t
        patient_until_ns; /* how long to wait for a model that is loading; thorough: not at all */
    const struct chat_profile *profile; /* NULL: not found out yet */
    struct crux_server *server;
    struct crux_error *error;
};

/* --- one request ------------------------------------------------------------------------- */

struct heard {
    sem_t ended;
    enum http_class class;
    int status;
    char *body;
    size_t length;
    int64_t took_ns;
    struct json *json; /* of the body; NULL: it is none */
    char sentence[320];
};

static void chat_probe_take(void *context, struct http_reply *reply)
{
    struct heard *heard = context;

    heard->class = reply->class;
    heard->status = reply->status;
    heard->body = reply->body;
    heard->length = reply->length;
    heard->took_ns = reply->took_ns;
    reply->body = NULL;
    (void)snprintf(heard->sentence, sizeof heard->sentence, "%s",
                   reply->sentence == NULL ? "" : reply->sentence);
    (void)sem_post(&heard->ended);
}

/* Send it and wait. body NULL: a GET. */
static void hear_once(const struct probe *probe, const char *path, const char *body,
                      struct heard *out)
{
    struct http_request request = {.path = path,
                                   .endpoint = HTTP_ANY_ENDPOINT,
                                   .once = true,
                                   .deadline_ns = clock_now_ns() + ANSWER_NS,
                                   .done = chat_probe_take,
                                   .context = out};
    http_ticket ticket;

    *out = (struct heard){.class = HTTP_CANCELLED};
    if (body != NULL)
        request.pieces[request.piece_count++] = (struct http_piece){body, strlen(body)};
    (void)sem_init(&out->ended, 0, 0);
    if (http_submit(probe->client, &request, &ticket) == CRUX_OK)
        while (sem_wait(&out->ended) != 0)
            continue; /* a signal came */
    (void)sem_destroy(&out->ended);
    if (out->body != NULL)
        (void)json_parse(&out->json, out->body, out->length, NULL);
}

static void chat_probe_forget(struct heard *heard)
{
    json_free(heard->json);
    free(heard->body);
    *heard = (struct heard){.body = NULL};
}

/* True: it was answered with a 200. The caller forgets *out in any case. */
static bool chat_probe_hear(const struct probe *probe, const char *path, const char *body,
                            struct heard *out)
{
    const struct timespec pause = {1, 0};

    hear_once(probe, path, body, out);
    while (out->class == HTTP_BUSY && out->status == 503 &&
           clock_now_ns() < probe->patient_until_ns) {
        chat_probe_forget(out);
        (void)nanosleep(&pause, NULL);
        hear_once(probe, path, body, out);
    }
    return out->class == HTTP_DONE && out->status == 200;
}

/* The same with a JSON body, which is the probe's from now on. */
static bool hear_about(const struct probe *probe, const char *path, struct json *body,
                       struct heard *out)
{
    char *text = json_text(body, false);
    bool good = false;

    *out = (struct heard){.class = HTTP_CANCELLED};
    if (text != NULL)
        good = chat_probe_hear(probe, path, text, out);
    free(text);
    json_free(body);
    return good;
}

static bool has_route(const struct probe *probe, const char *path, const char *member)
{
    struct heard heard;
    bool found = chat_probe_hear(probe, path, NULL, &heard) && json_get(heard.json, member) != NULL;

    chat_probe_forget(&heard);
    return found;
}

/* --- which kind, which model ------------------------------------------------------------------ */

static const struct chat_profile *kind_by_owner(const char *owner)
{
    static const struct {
        const char *owner;
        enum chat_kind kind;
    } rows[] = {{"vllm", CHAT_VLLM},
                {"sglang", CHAT_SGLANG},
                {"llamacpp", CHAT_LLAMACPP},
                {"library", CHAT_OLLAMA},
                {"openai", CHAT_OPENAI},
                {"system", CHAT_OPENAI},
                {"openai-internal", CHAT_OPENAI}};

    for (size_t i = 0; owner != NULL && i < sizeof rows / sizeof *rows; i++)
        if (strcmp(owner, rows[i].owner) == 0)
            return &chat_profiles[rows[i].kind];
    return NULL;
}

/* Routes that only one kind has, and a member of what they answer. */
static const struct chat_profile *kind_by_routes(const struct probe *probe)
{
    static const struct {
        const char *path, *member;
        enum chat_kind kind;
    } rows[] = {{"/props", "total_slots", CHAT_LLAMACPP},
                {"/api/version", "version", CHAT_OLLAMA},
                {"/get_model_info", "model_path", CHAT_SGLANG},
                {"/version", "version", CHAT_VLLM}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (has_route(probe, rows[i].path, rows[i].member))
            return &chat_profiles[rows[i].kind];
    return &chat_profiles[CHAT_GENERIC];
}

static uint32_t count_in(const struct json *object, const char *member)
{
    int64_t count = json_as_integer(json_get(object, member));

    return count > 0 && count <= UINT32_MAX ? (uint32_t)count : 0;
}

static void list_models(const struct json *models, char *out, size_t room)
{
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < json_count(models) && at < room; i++) {
        const char *id = json_as_string(json_get(json_at(models, i), "id"));

        at += (size_t)snprintf(out + at, room - at, "%s%.60s", i == 0 ? "" : ", ",
                               id == NULL ? "?" : id);
    }
}

/* The entry of the model that is wanted, or of the only one. */
static int choose_model(const struct probe *probe, const struct json *models,
                        const struct json **out)
{
    const char *wanted = probe->known->model;
    char names[240];

    for (size_t i = 0; i < json_count(models); i++) {
        const struct json *model = json_at(models, i);
        const char *id = json_as_string(json_get(model, "id"));

        if (id != NULL && (wanted == NULL ? json_count(models) == 1 : strcmp(id, wanted) == 0)) {
            *out = model;
            return CRUX_OK;
        }
    }
    list_models(models, names, sizeof names);
    if (json_count(models) == 0)
        return crux_fail(probe->error, CRUX_INVALID, "%.120s serves no model", probe->url);
    if (wanted == NULL)
        return crux_fail(probe->error, CRUX_INVALID,
                         "%.120s serves several models: choose one with --model: %s", probe->url,
                         names);
    return crux_fail(probe->error, CRUX_INVALID, "%.120s has no model `%.60s`; it has: %s",
                     probe->url, wanted, names);
}

static int no_answer(const struct probe *probe, const struct heard *heard)
{
    if (heard->status == 404)
        return crux_fail(probe->error, CRUX_INVALID,
                         "%.160s answers, but has no /models: is its path right? It often ends in "
                         "/v1",
                         probe->url);
    if (heard->status == 200)
        return crux_fail(probe->error, CRUX_INVALID,
                         "%.160s answers, but not like a model server: it has no list of models",
                         probe->url);
    return crux_fail(probe->error, CRUX_INVALID, "no model server answers: %.300s",
                     heard->sentence);
}

/* A server that cannot list its models is believed about the one that was named. */
static int find_model(struct probe *probe)
{
    struct crux_server *server = probe->server;
    const struct json *models, *model = NULL;
    struct heard heard;
    bool answered = chat_probe_hear(probe, "models", NULL, &heard);
    int status = CRUX_OK;

    server->round_trip_ns = heard.took_ns;
    models = json_get(heard.json, "data");
    if (answered && json_type_of(models) == JSON_IS_ARRAY)
        status = choose_model(probe, models, &model);
    else if (heard.status != 404 || probe->known->model == NULL)
        status = no_answer(probe, &heard);
    if (status == CRUX_OK && model == NULL) {
        (void)snprintf(server->model, sizeof server->model, "%s", probe->known->model);
    } else if (status == CRUX_OK) {
        const char *id = json_as_string(json_get(model, "id"));

        if (strlen(id) >= sizeof server->model)
            status = crux_fail(probe->error, CRUX_INVALID,
                               "%.120s: the name of its model is too "
                               "long",
                               probe->url);
        else
            (void)strcpy(server->model, id);
        server->context = count_in(model, "max_model_len");
        if (server->context == 0)
            server->context = count_in(json_get(model, "meta"), "n_ctx");
        if (probe->profile == NULL)
            probe->profile = kind_by_owner(json_as_string(json_get(model, "owned_by")));
    }
    chat_probe_forget(&heard);
    return status;
}

/* llama.cpp divides its context among slots, and refuses more candidates than it has of them. */
static void find_slots(struct probe *probe)
{
    struct heard heard;

    if (chat_probe_hear(probe, "/props", NULL, &heard)) {
        uint32_t context = count_in(json_get(heard.json, "default_generation_settings"), "n_ctx");

        probe->server->slots = count_in(heard.json, "total_slots");
        if (context > 0)
            probe->server->context = context;
    }
    chat_probe_forget(&heard);
}

/* --- its chat template --------------------------------------------------------------- */

static struct json *turn_of(const char *role, const char *content)
{
    struct json *turn = json_new_object();

    json_put(turn, "role", json_of_string(role));
    json_put(turn, "content", json_of_string(content));
    return turn;
}

static struct json *two_turns(const struct probe *probe)
{
    struct json *body = json_new_object(), *turns = json_new_array();

    json_add(turns, turn_of("system", CHAT_TEMPLATE_SYSTEM));
    json_add(turns, turn_of("user", CHAT_TEMPLATE_USER));
    json_put(body, "model", json_of_string(probe->server->model));
    json_put(body, "messages", turns);
    json_put(body, "add_generation_prompt", json_of_bool(true));
    return body;
}

/* What the server makes of a list of tokens, as text: vLLM calls it prompt, SGLang text. */
static bool hear_text_of(const struct probe *probe, const struct json *tokens, struct heard *out)
{
    struct json *body = json_new_object(), *list = json_new_array();

    for (size_t i = 0; i < json_count(tokens); i++)
        json_add(list, json_of_integer(json_as_integer(json_at(tokens, i))));
    json_put(body, "model", json_of_string(probe->server->model));
    json_put(body, "tokens", list);
    return hear_about(probe, "/detokenize", body, out);
}

static void keep_chat_template(struct crux_server *server, const struct heard *heard)
{
    const char *rendered = json_as_string(json_get(heard->json, "prompt"));

    if (rendered == NULL)
        rendered = json_as_string(json_get(heard->json, "text"));
    if (rendered != NULL)
        (void)chat_template_of(&server->chat_template, rendered, NULL);
}

/* Where it cannot be had the next best route does without. */
static void find_chat_template(struct probe *probe)
{
    const char *path = probe->profile->template;
    struct heard rendered, text;

    if (path == NULL)
        return;
    if (hear_about(probe, path, two_turns(probe), &rendered)) {
        if (json_get(rendered.json, "tokens") == NULL) {
            keep_chat_template(probe->server, &rendered);
        } else {
            if (hear_text_of(probe, json_get(rendered.json, "tokens"), &text))
                keep_chat_template(probe->server, &text);
            chat_probe_forget(&text);
        }
    }
    chat_probe_forget(&rendered);
}

/* --- trying ------------------------------------------------------------------------------- */

static void put_named(struct json *body, const struct chat_profile *profile, enum chat_field field,
                      struct json *value)
{
    if (profile->fields[field] != NULL)
        json_put(body, profile->fields[field], value);
    else
        json_free(value);
}

static struct json *short_request(const struct probe *probe, enum chat_route route)
{
    const struct chat_profile *profile = probe->profile;
    struct json *body = json_new_object(), *turns = json_new_array();
    bool text = route == CHAT_COMPLETIONS;

    json_put(body, "model", json_of_string(probe->server->model));
    json_put(body, "temperature", json_of_integer(0));
    put_named(body, profile, text ? CHAT_MAX_TEXT : CHAT_MAX_CHAT, json_of_integer(8));
    put_named(body, profile, text ? CHAT_LOGPROBS_TEXT : CHAT_LOGPROBS_CHAT,
              text ? json_of_integer(1) : json_of_bool(true));
    json_add(turns, turn_of("user", TRIED_WORDS));
    if (route == CHAT_PREFILL) {
        json_add(turns, turn_of("assistant", GIVEN));
        put_named(body, profile, CHAT_CONTINUE, json_of_bool(true));
        put_named(body, profile, CHAT_NEW_TURN, json_of_bool(false));
    }
    if (!text) {
        put_named(body, profile, CHAT_TOP_LOGPROBS, json_of_integer(1));
        json_put(body, "messages", turns);
    } else {
        json_put(body, "prompt", json_of_string(TRIED_WORDS " " GIVEN));
        json_free(turns);
    }
    return body;
}

/* Put a short question on a route; true: it was answered, and *out is the answer. */
static bool try_route(const struct probe *probe, enum chat_route route, struct chat_sample *out)
{
    const struct chat_expected expected = {.profile = probe->profile, .count = 1};
    struct chat_split split = {.count = 0};
    struct heard heard;
    bool good = hear_about(probe, chat_route_path(route), short_request(probe, route), &heard);

    if (!good && probe->server->trouble[0] == '\0')
        memcpy(probe->server->trouble, heard.sentence, sizeof heard.sentence);
    good = good && chat_reply_split(&split, &expected, heard.body, heard.length, NULL) == CRUX_OK;
    good =
        good && chat_reply_read(out, split.samples[0], strlen(split.samples[0]), NULL) == CRUX_OK;
    chat_split_free(&split);
    chat_probe_forget(&heard);
    return good;
}

/* Does a last turn go on? It says so if it begins with it, or with what comes next. */
static void try_prefill(struct probe *probe)
{
    struct crux_server *server = probe->server;
    struct chat_sample sample;

    server->continues = false;
    if (!try_route(probe, CHAT_PREFILL, &sample))
        return;
    server->works[CHAT_PREFILL] = true;
    server->repeats = strncmp(sample.text, GIVEN, strlen(GIVEN)) == 0;
    server->continues = server->repeats || strncmp(sample.text + strspn(sample.text, " \n"),
                                                   EXPECTED, strlen(EXPECTED)) == 0;
    chat_sample_free(&sample);
}

static void try_everything(struct probe *probe)
{
    static const enum chat_route routes[] = {CHAT_COMPLETIONS, CHAT_NEXT};
    struct crux_server *server = probe->server;

    try_prefill(probe);
    for (size_t i = 0; i < 2; i++) {
        struct chat_sample sample;

        server->works[routes[i]] = try_route(probe, routes[i], &sample);
        if (!server->works[routes[i]])
            continue;
        server->logprobs[routes[i] != CHAT_COMPLETIONS] = sample.has_logprob;
        chat_sample_free(&sample);
    }
}

/* --- the whole ---------------------------------------------------------------------------- */

/* Kinds of which it is known that they go on with a last turn. */
static bool is_sure(const struct chat_profile *profile)
{
    return profile == &chat_profiles[CHAT_VLLM] || profile == &chat_profiles[CHAT_SGLANG] ||
           profile == &chat_profiles[CHAT_LLAMACPP];
}

/* The best route of which nothing says that it does not work. */
static int find_route(const struct probe *probe, enum chat_route *out)
{
    const struct crux_server *server = probe->server;
    bool has_template = server->chat_template != NULL || probe->known->chat_template != NULL;
    bool refused = probe->thorough && !server->works[CHAT_COMPLETIONS];

    if (probe->known->route != NULL)
        return chat_route_find(out, probe->known->route, probe->error);
    if (has_template && !refused && (probe->profile->routes & 1u << CHAT_COMPLETIONS) != 0)
        *out = CHAT_COMPLETIONS;
    else
        *out = server->continues ? CHAT_PREFILL : CHAT_NEXT;
    return CRUX_OK;
}

static bool wants_chat_template(const struct probe *probe)
{
    const char *route = probe->known->route;

    return probe->known->chat_template == NULL &&
           (probe->thorough || route == NULL || strcmp(route, "completions") == 0);
}

/* Is it open whether a last turn goes on? */
static bool wants_trial(const struct probe *probe)
{
    return probe->known->route == NULL && probe->known->chat_template == NULL &&
           !is_sure(probe->profile) && (probe->profile->routes & 1u << CHAT_PREFILL) != 0;
}

static void say(const struct probe *probe, enum chat_route route)
{
    static const char *const ways[CHAT_ROUTES] = {
        [CHAT_COMPLETIONS] = "with prompts of our own (route completions)",
        [CHAT_PREFILL] = "with chats whose last turn goes on (route prefill)",
        [CHAT_NEXT] = "for one step at a time (route next)"};
    struct crux_server *server = probe->server;
    const char *slash = strrchr(server->model, '/');
    char context[48] = "", slots[48] = "";

    if (server->context > 0)
        (void)snprintf(context, sizeof context, ", context %u tokens", server->context);
    if (server->slots > 0)
        (void)snprintf(slots, sizeof slots, ", %u slots", server->slots);
    (void)snprintf(
        server->said, sizeof server->said, "%.120s is %s with %.80s%s%s; asked %s", probe->url,
        probe->profile == &chat_profiles[CHAT_GENERIC] ? "a server of unknown kind"
                                                       : probe->profile->name,
        slash == NULL || slash[1] == '\0' ? server->model : slash + 1, context, slots, ways[route]);
}

static int find_out(struct probe *probe)
{
    enum chat_route route = CHAT_NEXT;
    int status = find_model(probe);

    if (status != CRUX_OK)
        return status;
    if (probe->profile == NULL)
        probe->profile = kind_by_routes(probe);
    if (probe->profile == &chat_profiles[CHAT_LLAMACPP])
        find_slots(probe);
    if (wants_chat_template(probe))
        find_chat_template(probe);
    if (probe->thorough)
        try_everything(probe);
    else if (wants_trial(probe))
        try_prefill(probe);
    if (is_sure(probe->profile))
        probe->server->continues = !probe->thorough || probe->server->works[CHAT_PREFILL];
    status = find_route(probe, &route);
    probe->server->profile = probe->profile->name;
    probe->server->route = chat_route_name(route);
    say(probe, route);
    return status;
}

int crux_server_find(struct crux_server *out, const struct crux_endpoint *endpoint,
                     const struct crux_chat *known, bool thorough, struct crux_error *error)
{
    const struct http_server where = {endpoint->url, endpoint->key_env, endpoint->key_file,
                                      endpoint->cacert, endpoint->insecure};
    struct http_options how = http_options_default();
    struct crux_server server = {.chat_template = NULL};
    struct probe probe = {.url = endpoint->url,
                          .known = known,
                          .thorough = thorough,
                          .patient_until_ns = thorough ? 0 : clock_now_ns() + LOADING_NS,
                          .server = &server,
                          .error = error};
    int status = CRUX_OK;

    if (known->profile != NULL) {
        probe.profile = chat_profile_find(known->profile, error);
        status = probe.profile == NULL ? CRUX_INVALID : CRUX_OK;
    }
    how.servers = &where;
    how.server_count = 1;
    if (status == CRUX_OK)
        status = http_open(&probe.client, &how, error);
    if (status == CRUX_OK)
        status = find_out(&probe);
    http_close(probe.client);
    if (status == CRUX_OK)
        *out = server;
    else
        crux_server_free(&server);
    return status;
}

void crux_server_free(struct crux_server *server)
{
    free(server->chat_template);
    server->chat_template = NULL;
}
