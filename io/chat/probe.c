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
#include "io/served/served.h"
#include "io/json.h"
#include "io/chat/template.h"
#include "io/chat/reply.h"

#define ANSWER_NS    (60 * CLOCK_SECOND_NS) /* a server may load its model for the first chat */
#define LOADING_NS   (120 * CLOCK_SECOND_NS)
#define GIVEN        "one, two,"
#define EXPECTED     "three"
#define TRIED_SYSTEM "You do what you are asked."
#define TRIED_WORDS  "Count from one to six in words, with commas between them."

struct probe {
    struct http_client *client;
    const char *url;
    const struct crux_chat *known;
    bool thorough;
    int64_t
        patient_until_ns; /* how long to wait for a model that is loading; thorough: not at all */
    const struct chat_profile *profile; /* NULL: not found out yet */
    struct json *patch;                 /* that the user merges into requests; NULL: none */
    bool takes_system;                  /* a turn of the system's was rendered ... */
    bool tried_chat;                    /* ... or a chat put, with one or without */
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

/* The bytes of a mark that some put before a text in UTF-8. */
static size_t bom_of(const struct heard *heard)
{
    return heard->length >= 3 && memcmp(heard->body, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
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
        (void)json_parse(&out->json, out->body + bom_of(out), out->length - bom_of(out), NULL);
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

/* A list is `data`, or `models`, or all there is. */
static const struct json *models_in(const struct json *reply)
{
    const struct json *lists[] = {json_get(reply, "data"), json_get(reply, "models"), reply};

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (json_type_of(lists[i]) == JSON_IS_ARRAY)
            return lists[i];
    return NULL;
}

static const char *name_of(const struct json *model)
{
    const char *const members[] = {"id", "name", "model"};
    const char *name = json_as_string(model);

    for (size_t i = 0; i < sizeof members / sizeof *members && name == NULL; i++)
        name = json_as_string(json_get(model, members[i]));
    return name;
}

static void list_models(const struct json *models, char *out, size_t room)
{
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < json_count(models) && at < room; i++) {
        const char *name = name_of(json_at(models, i));

        at += (size_t)snprintf(out + at, room - at, "%s%.60s", i == 0 ? "" : ", ",
                               name == NULL ? "?" : name);
    }
}

static const struct json *find_in_list(const struct json *models, const char *wanted)
{
    for (size_t i = 0; i < json_count(models); i++) {
        const char *name = name_of(json_at(models, i));

        if (name != NULL && (wanted == NULL ? json_count(models) == 1 : strcmp(name, wanted) == 0))
            return json_at(models, i);
    }
    return NULL;
}

/* The entry of the model that is wanted, or of the only one. NULL: there is none of the wanted. */
static int choose_model(const struct probe *probe, const struct json *models,
                        const struct json **out)
{
    const char *wanted = probe->known->model;
    struct crux_server *server = probe->server;
    char names[240];

    *out = find_in_list(models, wanted);
    if (*out != NULL)
        return CRUX_OK;
    list_models(models, names, sizeof names);
    if (wanted != NULL) {
        (void)snprintf(server->note, sizeof server->note,
                       "%.120s lists no model `%.60s`, which is asked for all the same; it lists: "
                       "%.180s",
                       probe->url, wanted, json_count(models) > 0 ? names : "none");
        return CRUX_OK;
    }
    if (json_count(models) == 0)
        return crux_fail(probe->error, CRUX_INVALID,
                         "%.120s lists no model: say which with --model NAME", probe->url);
    return crux_fail(probe->error, CRUX_INVALID,
                     "%.120s serves several models: choose one with --model: %s", probe->url,
                     names);
}

/* Is there a server that could answer other requests? What stands between (407, 502, 504) is none.
 */
static bool is_there(const struct heard *heard)
{
    return heard->status > 0 && heard->status != 407 &&
           (heard->status < 500 || heard->status == 501);
}

static int no_answer(const struct probe *probe, const struct heard *heard)
{
    bool key = heard->status == 401 || heard->status == 403;

    if (heard->status == 404)
        return crux_fail(probe->error, CRUX_INVALID,
                         "%.160s answers, but has no /models: is its path right? It often ends in "
                         "/v1. Or say --model NAME",
                         probe->url);
    if (heard->status == 200)
        return crux_fail(probe->error, CRUX_INVALID,
                         "%.160s answers, but not like a model server: it has no list of models. "
                         "With --model NAME it is asked all the same",
                         probe->url);
    if (is_there(heard))
        return crux_fail(probe->error, CRUX_INVALID,
                         "%.120s is there, but does not let you list its models: %.180s; say which "
                         "with --model NAME%s",
                         probe->url, heard->sentence,
                         key ? ", or where its key is with --api-key-env or --api-key-file" : "");
    return crux_fail(probe->error, CRUX_INVALID, "no model server answers: %.300s",
                     heard->sentence);
}

/* A list that cannot be read says nothing about a model that was named. That there is none is
 * common, and not worth a word. */
static void note_no_list(const struct probe *probe, const struct heard *heard)
{
    struct crux_server *server = probe->server;

    if (heard->status == 404)
        return;
    if (heard->status == 200)
        (void)snprintf(server->note, sizeof server->note,
                       "%.120s has no list of models that could be read; `%.60s` is asked for all "
                       "the same",
                       probe->url, probe->known->model);
    else
        (void)snprintf(server->note, sizeof server->note,
                       "%.120s does not let you list its models (%.180s); `%.60s` is asked for all "
                       "the same",
                       probe->url, heard->sentence, probe->known->model);
}

/* What a list says of a model; of one that is not in it, what it says of another, which the same
 * server serves. */
static int take_model(struct probe *probe, const struct json *models, const struct json *model)
{
    struct crux_server *server = probe->server;
    const char *name = model != NULL ? name_of(model) : probe->known->model;
    const struct json *any = model != NULL ? model : json_at(models, 0);

    if (strlen(name) >= sizeof server->model)
        return crux_fail(probe->error, CRUX_INVALID, "%.120s: the name of its model is too long",
                         probe->url);
    (void)strcpy(server->model, name);
    server->context = count_in(model, "max_model_len");
    if (server->context == 0)
        server->context = count_in(json_get(model, "meta"), "n_ctx");
    if (probe->profile == NULL)
        probe->profile = kind_by_owner(json_as_string(json_get(any, "owned_by")));
    return CRUX_OK;
}

static int find_model(struct probe *probe)
{
    const struct json *models, *model = NULL;
    struct heard heard;
    bool answered = chat_probe_hear(probe, "models", NULL, &heard);
    int status = CRUX_OK;

    probe->server->round_trip_ns = heard.took_ns;
    models = answered ? models_in(heard.json) : NULL;
    if (models != NULL)
        status = choose_model(probe, models, &model);
    else if (probe->known->model != NULL && is_there(&heard))
        note_no_list(probe, &heard);
    else
        status = no_answer(probe, &heard);
    if (status == CRUX_OK)
        status = take_model(probe, models, model);
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

/* A system turn and a user's, or both words in the latter. */
static struct json *two_turns(const struct probe *probe, bool system)
{
    struct json *body = json_new_object(), *turns = json_new_array();

    if (system)
        json_add(turns, turn_of("system", CHAT_TEMPLATE_SYSTEM));
    json_add(turns, turn_of("user", system ? CHAT_TEMPLATE_USER
                                           : CHAT_TEMPLATE_SYSTEM "\n\n" CHAT_TEMPLATE_USER));
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
static bool hear_chat_template(struct probe *probe, bool system)
{
    const char *path = probe->profile->template;
    struct heard rendered, text;
    bool good = hear_about(probe, path, two_turns(probe, system), &rendered);

    if (good) {
        if (json_get(rendered.json, "tokens") == NULL) {
            keep_chat_template(probe->server, &rendered);
        } else {
            if (hear_text_of(probe, json_get(rendered.json, "tokens"), &text))
                keep_chat_template(probe->server, &text);
            chat_probe_forget(&text);
        }
    }
    chat_probe_forget(&rendered);
    return good;
}

/* A template may refuse a system turn, or leave it out without a word: then its words belong in
 * front of the user's, on every route. */
static void find_chat_template(struct probe *probe)
{
    struct crux_server *server = probe->server;

    if (probe->profile->template == NULL)
        return;
    probe->takes_system = hear_chat_template(probe, true);
    if (server->chat_template != NULL || probe->known->system != NULL)
        return;
    if (hear_chat_template(probe, false) && (server->chat_template != NULL || !probe->takes_system))
        server->system = "user";
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

/* What is tried has the run's own temperature and what the user adds, and a system turn, which some
 * chat templates refuse. */
static struct json *short_request(const struct probe *probe, enum chat_route route)
{
    const struct chat_profile *profile = probe->profile;
    const struct crux_chat *known = probe->known;
    struct json *body = json_new_object(), *turns = json_new_array();
    bool text = route == CHAT_COMPLETIONS;

    json_put(body, "model", json_of_string(probe->server->model));
    json_put(body, "temperature", json_of_real(known->temperature));
    put_named(body, profile, text ? CHAT_MAX_TEXT : CHAT_MAX_CHAT, json_of_integer(8));
    if (known->logprobs)
        put_named(body, profile, text ? CHAT_LOGPROBS_TEXT : CHAT_LOGPROBS_CHAT,
                  text ? json_of_integer(1) : json_of_bool(true));
    if (probe->server->system == NULL)
        json_add(turns, turn_of("system", TRIED_SYSTEM));
    json_add(turns, turn_of("user", TRIED_WORDS));
    if (route == CHAT_PREFILL) {
        json_add(turns, turn_of("assistant", GIVEN));
        put_named(body, profile, CHAT_CONTINUE, json_of_bool(true));
        put_named(body, profile, CHAT_NEW_TURN, json_of_bool(false));
    }
    if (!text) {
        if (known->logprobs)
            put_named(body, profile, CHAT_TOP_LOGPROBS, json_of_integer(1));
        json_put(body, "messages", turns);
    } else {
        json_put(body, "prompt", json_of_string(TRIED_WORDS " " GIVEN));
        json_free(turns);
    }
    json_merge(body, probe->patch);
    return body;
}

/* Was it the words or the settings of a request that were refused? */
static bool is_refused(const struct heard *heard)
{
    return heard->status == 400 || heard->status == 422 || heard->status == 500;
}

/* Put a short question on a route. A chat that is refused is put once more without its system turn;
 * when that helps it is so for all. */
static bool hear_route(struct probe *probe, enum chat_route route, struct heard *out)
{
    struct crux_server *server = probe->server;
    struct heard second;
    bool good = hear_about(probe, chat_route_path(route), short_request(probe, route), out);

    if (good || route == CHAT_COMPLETIONS || server->system != NULL ||
        probe->known->system != NULL || !is_refused(out))
        return good;
    server->system = "user";
    good = hear_about(probe, chat_route_path(route), short_request(probe, route), &second);
    if (good) {
        chat_probe_forget(out);
        *out = second;
    } else {
        chat_probe_forget(&second);
        server->system = NULL;
    }
    return good;
}

/* True: it was answered, and *out is the answer. */
static bool try_route(struct probe *probe, enum chat_route route, struct chat_sample *out)
{
    const struct chat_expected expected = {.profile = probe->profile, .count = 1};
    struct chat_split split = {.count = 0};
    struct heard heard;
    bool good = hear_route(probe, route, &heard);

    probe->tried_chat |= route != CHAT_COMPLETIONS;
    if (!good && probe->server->trouble[0] == '\0')
        memcpy(probe->server->trouble, heard.sentence, sizeof heard.sentence);
    good = good && chat_reply_split(&split, &expected, heard.body, heard.length, NULL) == CRUX_OK;
    good =
        good && chat_reply_read(out, split.samples[0], strlen(split.samples[0]), NULL) == CRUX_OK;
    chat_split_free(&split);
    chat_probe_forget(&heard);
    return good;
}

/* How a chat is to be put, where none has been tried and it is open. */
static void try_chat(struct probe *probe, enum chat_route route)
{
    struct chat_sample sample;
    bool known = probe->takes_system || probe->tried_chat || probe->server->system != NULL ||
                 probe->known->system != NULL;

    if (route != CHAT_COMPLETIONS && !known && try_route(probe, route, &sample))
        chat_sample_free(&sample);
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
    if (has_template && !refused && !probe->known->images &&
        (probe->profile->routes & 1u << CHAT_COMPLETIONS) != 0)
        *out = CHAT_COMPLETIONS;
    else
        *out = server->continues ? CHAT_PREFILL : CHAT_NEXT;
    return CRUX_OK;
}

static bool wants_chat_template(const struct probe *probe)
{
    const char *route = probe->known->route;

    return probe->known->chat_template == NULL && !probe->known->images &&
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
    if (status == CRUX_OK)
        try_chat(probe, route);
    probe->server->profile = probe->profile->name;
    probe->server->route = chat_route_name(route);
    say(probe, route);
    return status;
}

static int read_patch(struct probe *probe, struct crux_error *error)
{
    const char *body = probe->known->body;
    struct crux_error why = {""};

    if (body == NULL || json_parse(&probe->patch, body, strlen(body), &why) == CRUX_OK)
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID, "--body: %.400s", why.text);
}

static int open_probe(struct probe *probe, const struct crux_endpoint *endpoint)
{
    const struct http_server where = served_server_of(endpoint);
    struct http_options how = http_options_default();
    int status = read_patch(probe, probe->error);

    if (status == CRUX_OK && probe->known->profile != NULL) {
        probe->profile = chat_profile_find(probe->known->profile, probe->error);
        status = probe->profile == NULL ? CRUX_INVALID : CRUX_OK;
    }
    how.servers = &where;
    how.server_count = 1;
    return status == CRUX_OK ? http_open(&probe->client, &how, probe->error) : status;
}

static void close_probe(struct probe *probe)
{
    http_close(probe->client);
    json_free(probe->patch);
}

int crux_server_find(struct crux_server *out, const struct crux_endpoint *endpoint,
                     const struct crux_chat *known, bool thorough, struct crux_error *error)
{
    struct crux_server server = {.chat_template = NULL};
    struct probe probe = {.url = endpoint->url,
                          .known = known,
                          .thorough = thorough,
                          .patient_until_ns = thorough ? 0 : clock_now_ns() + LOADING_NS,
                          .server = &server,
                          .error = error};
    int status = open_probe(&probe, endpoint);

    if (status == CRUX_OK)
        status = find_out(&probe);
    close_probe(&probe);
    if (status == CRUX_OK)
        *out = server;
    else
        crux_server_free(&server);
    return status;
}

/* A model that is named by its reply. */
static void hear_name(struct probe *probe, char *out, size_t room)
{
    enum chat_route route = CHAT_NEXT;
    struct heard heard;

    if (probe->known->route != NULL)
        (void)chat_route_find(&route, probe->known->route, NULL);
    if (route == CHAT_PREFILL) /* how a turn goes on is not the question here */
        route = CHAT_NEXT;
    if (hear_route(probe, route, &heard)) {
        const char *name = json_as_string(json_get(heard.json, "model"));

        (void)snprintf(out, room, "%s", name != NULL ? name : "");
    }
    chat_probe_forget(&heard);
}

int crux_server_name(struct crux_named *out, const struct crux_endpoint *endpoint,
                     const struct crux_chat *chat, bool by_reply, struct crux_error *error)
{
    struct crux_server server = {.system = chat->system};
    struct probe probe = {
        .url = endpoint->url, .known = chat, .thorough = true, .server = &server, .error = error};
    struct crux_named named = {.lists = CRUX_NO_LIST};
    struct heard heard = {.body = NULL};
    const struct json *models;
    int status = open_probe(&probe, endpoint);

    if (status == CRUX_OK) {
        models = chat_probe_hear(&probe, "models", NULL, &heard) ? models_in(heard.json) : NULL;
        if (!is_there(&heard))
            status = crux_fail(error, CRUX_INVALID, "%s", heard.sentence);
        if (models != NULL) {
            list_models(models, named.listed, sizeof named.listed);
            named.lists = find_in_list(models, chat->model) != NULL ? CRUX_HAS : CRUX_LACKS;
        }
        chat_probe_forget(&heard);
    }
    if (status == CRUX_OK) {
        (void)snprintf(server.model, sizeof server.model, "%s", chat->model);
        if (by_reply)
            hear_name(&probe, named.replies, sizeof named.replies);
        *out = named;
    }
    close_probe(&probe);
    return status;
}

int crux_server_ask(const struct crux_endpoint *endpoint, const struct crux_chat *chat,
                    const char *path, const char *body, uint32_t count, struct crux_error *error)
{
    struct probe probe = {.url = endpoint->url, .known = chat, .thorough = true, .error = error};
    struct chat_expected expected = {.count = count, .stops = true};
    struct chat_split split = {.count = 0};
    struct heard heard = {.body = NULL};
    int status = open_probe(&probe, endpoint);

    expected.profile = probe.profile;
    if (status == CRUX_OK && !chat_probe_hear(&probe, path, body, &heard))
        status = crux_fail(error, CRUX_INVALID, "%s", heard.sentence);
    if (status == CRUX_OK)
        status = chat_reply_split(&split, &expected, heard.body, heard.length, error);
    chat_split_free(&split);
    chat_probe_forget(&heard);
    close_probe(&probe);
    return status;
}

void crux_server_free(struct crux_server *server)
{
    free(server->chat_template);
    server->chat_template = NULL;
}
