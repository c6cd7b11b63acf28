/*
 * probe.c - finds out what kind of server is at an address: from what it reports of its models,
 * then from routes that only one kind of server has.
 *
 * What no server reports is tried: one short chat whose last turn is to be continued. Only what the
 * user left open is looked for.
 */
#include "io/crux_io.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/chat/hear.h"
#include "io/chat/models.h"
#include "io/chat/reply.h"
#include "io/chat/template.h"
#include "io/clock.h"

#define LOADING_NS   (120 * CLOCK_SECOND_NS)
#define GIVEN        "one, two,"
#define EXPECTED     "three"
#define TRIED_SYSTEM "You do what you are asked."
#define TRIED_WORDS  "Count from one to six in words, with commas between them."

/* --- which kind ------------------------------------------------------------------------------ */

static bool has_route(const struct chat_probe *probe, const char *path, const char *member)
{
    struct chat_heard heard;
    bool found = chat_hear(probe, path, NULL, &heard) && json_get(heard.json, member) != NULL;

    chat_heard_free(&heard);
    return found;
}

/* Routes that only one kind has, and a member of what they answer. */
static const struct chat_profile *kind_by_routes(const struct chat_probe *probe)
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

/* llama.cpp divides its context among slots, and refuses more candidates than it has of them. */
static void find_slots(struct chat_probe *probe)
{
    struct chat_heard heard;

    if (chat_hear(probe, "/props", NULL, &heard)) {
        uint32_t context =
            chat_heard_count(json_get(heard.json, "default_generation_settings"), "n_ctx");

        probe->server->slots = chat_heard_count(heard.json, "total_slots");
        if (context > 0)
            probe->server->context = context;
    }
    chat_heard_free(&heard);
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
static struct json *two_turns(const struct chat_probe *probe, bool system)
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
static bool hear_text_of(const struct chat_probe *probe, const struct json *tokens,
                         struct chat_heard *out)
{
    struct json *body = json_new_object(), *list = json_new_array();

    for (size_t i = 0; i < json_count(tokens); i++)
        json_add(list, json_of_integer(json_as_integer(json_at(tokens, i))));
    json_put(body, "model", json_of_string(probe->server->model));
    json_put(body, "tokens", list);
    return chat_hear_json(probe, "/detokenize", body, out);
}

static void keep_chat_template(struct crux_server *server, const struct chat_heard *heard)
{
    const char *rendered = json_as_string(json_get(heard->json, "prompt"));

    if (rendered == NULL)
        rendered = json_as_string(json_get(heard->json, "text"));
    if (rendered != NULL)
        (void)chat_template_of(&server->chat_template, rendered, NULL);
}

/* Where it cannot be had the next best route does without. */
static bool hear_chat_template(struct chat_probe *probe, bool system)
{
    const char *path = probe->profile->template;
    struct chat_heard rendered, text;
    bool good = chat_hear_json(probe, path, two_turns(probe, system), &rendered);

    if (good) {
        if (json_get(rendered.json, "tokens") == NULL) {
            keep_chat_template(probe->server, &rendered);
        } else {
            if (hear_text_of(probe, json_get(rendered.json, "tokens"), &text))
                keep_chat_template(probe->server, &text);
            chat_heard_free(&text);
        }
    }
    chat_heard_free(&rendered);
    return good;
}

/* A template may refuse a system turn, or leave it out without a word: then its words belong in
 * front of the user's, on every route. */
static void find_chat_template(struct chat_probe *probe)
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
static struct json *short_request(const struct chat_probe *probe, enum chat_route route)
{
    const struct chat_profile *profile = probe->profile;
    const struct crux_chat *known = probe->known;
    struct json *body = json_new_object(), *turns = json_new_array();
    bool text = route == CHAT_COMPLETIONS;

    json_put(body, "model", json_of_string(probe->server->model));
    json_put(body, "temperature", json_of_real(known->temperature));
    put_named(body, profile, text ? CHAT_MAX_TEXT : CHAT_MAX_CHAT,
              json_of_integer(CHAT_HEAR_TOKENS));
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
static bool is_refused(const struct chat_heard *heard)
{
    return heard->status == 400 || heard->status == 422 || heard->status == 500;
}

/* Put a short question on a route. A chat that is refused is put once more without its system turn;
 * when that helps it is so for all. */
static bool hear_route(struct chat_probe *probe, enum chat_route route, struct chat_heard *out)
{
    struct crux_server *server = probe->server;
    struct chat_heard second;
    bool good = chat_hear_json(probe, chat_route_path(route), short_request(probe, route), out);

    if (good || route == CHAT_COMPLETIONS || server->system != NULL ||
        probe->known->system != NULL || !is_refused(out))
        return good;
    server->system = "user";
    good = chat_hear_json(probe, chat_route_path(route), short_request(probe, route), &second);
    if (good) {
        chat_heard_free(out);
        *out = second;
    } else {
        chat_heard_free(&second);
        server->system = NULL;
    }
    return good;
}

/* True: it was answered, and *out is the answer. */
static bool try_route(struct chat_probe *probe, enum chat_route route, struct chat_sample *out)
{
    const struct chat_expected expected = {.profile = probe->profile, .count = 1};
    struct chat_split split = {.count = 0};
    struct chat_heard heard;
    bool good = hear_route(probe, route, &heard);

    probe->tried_chat |= route != CHAT_COMPLETIONS;
    if (!good && probe->server->trouble[0] == '\0') {
        memcpy(probe->server->trouble, heard.sentence, sizeof heard.sentence);
        probe->server->trouble_status = heard.status;
    }
    good = good && chat_reply_split(&split, &expected, heard.body, heard.length, NULL) == CRUX_OK;
    good =
        good && chat_reply_read(out, split.samples[0], strlen(split.samples[0]), NULL) == CRUX_OK;
    if (good)
        probe->server->thinks |= *out->reasoning != '\0' ||
                                 strncmp(out->text + strspn(out->text, " \n"), "<think", 6) == 0;
    chat_split_free(&split);
    chat_heard_free(&heard);
    return good;
}

/* How a chat is to be put, where none has been tried and it is open. */
static void try_chat(struct chat_probe *probe, enum chat_route route)
{
    struct chat_sample sample;
    bool known = probe->takes_system || probe->tried_chat || probe->server->system != NULL ||
                 probe->known->system != NULL;

    if (route != CHAT_COMPLETIONS && !known && try_route(probe, route, &sample))
        chat_sample_free(&sample);
}

/* Does a last turn go on? It says so if it begins with it, or with what comes next. */
static void try_prefill(struct chat_probe *probe)
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

static void try_everything(struct chat_probe *probe)
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
static int find_route(const struct chat_probe *probe, enum chat_route *out)
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

static bool wants_chat_template(const struct chat_probe *probe)
{
    const char *route = probe->known->route;

    return probe->known->chat_template == NULL && !probe->known->images &&
           (probe->thorough || route == NULL || strcmp(route, "completions") == 0);
}

/* Is it open whether a last turn goes on? */
static bool wants_trial(const struct chat_probe *probe)
{
    return probe->known->route == NULL && probe->known->chat_template == NULL &&
           !is_sure(probe->profile) && (probe->profile->routes & 1u << CHAT_PREFILL) != 0;
}

static void say(const struct chat_probe *probe, enum chat_route route)
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

static int find_out(struct chat_probe *probe)
{
    enum chat_route route = CHAT_NEXT;
    int status = chat_models_find(probe);

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

int crux_server_find(struct crux_server *out, const struct crux_endpoint *endpoint,
                     const struct crux_chat *known, bool thorough, struct crux_error *error)
{
    struct crux_server server = {.chat_template = NULL};
    struct chat_probe probe = {.url = endpoint->url,
                               .known = known,
                               .thorough = thorough,
                               .patient_until_ns = thorough ? 0 : clock_now_ns() + LOADING_NS,
                               .spent = &server.spent,
                               .server = &server,
                               .error = error};
    int status = chat_hear_open(&probe, endpoint);

    if (status == CRUX_OK)
        status = find_out(&probe);
    chat_hear_close(&probe);
    if (status == CRUX_OK)
        *out = server;
    else
        crux_server_free(&server);
    return status;
}

/* A model that is named by its reply. */
static void hear_name(struct chat_probe *probe, char *out, size_t room)
{
    enum chat_route route = CHAT_NEXT;
    struct chat_heard heard;

    if (probe->known->route != NULL)
        (void)chat_route_find(&route, probe->known->route, NULL);
    if (route == CHAT_PREFILL) /* how a turn goes on is not the question here */
        route = CHAT_NEXT;
    if (hear_route(probe, route, &heard)) {
        const char *name = json_as_string(json_get(heard.json, "model"));

        (void)snprintf(out, room, "%s", name != NULL ? name : "");
    }
    chat_heard_free(&heard);
}

int crux_server_name(struct crux_named *out, const struct crux_endpoint *endpoint,
                     const struct crux_chat *chat, bool by_reply, int64_t wait_ns,
                     struct crux_error *error)
{
    struct crux_server server = {.system = chat->system};
    struct chat_probe probe = {.url = endpoint->url,
                               .known = chat,
                               .thorough = true,
                               .wait_ns = wait_ns,
                               .spent = &server.spent,
                               .server = &server,
                               .error = error};
    struct crux_named named = {.lists = CRUX_NO_LIST};
    struct chat_heard heard = {.body = NULL};
    const struct json *models;
    int status = chat_hear_open(&probe, endpoint);

    if (status == CRUX_OK) {
        models = chat_hear(&probe, "models", NULL, &heard) ? chat_models_in(heard.json) : NULL;
        if (!chat_heard_server(&heard))
            status = crux_fail(error, CRUX_INVALID, "%s", heard.sentence);
        if (models != NULL) {
            chat_models_list(models, named.listed, sizeof named.listed);
            named.lists = chat_models_entry(models, chat->model) != NULL ? CRUX_HAS : CRUX_LACKS;
        }
        chat_heard_free(&heard);
    }
    if (status == CRUX_OK) {
        (void)snprintf(server.model, sizeof server.model, "%s", chat->model);
        if (by_reply)
            hear_name(&probe, named.replies, sizeof named.replies);
        named.spent = server.spent;
        named.slots = chat_slots(&probe);
        *out = named;
    }
    chat_hear_close(&probe);
    return status;
}

/* Was a sample ended by a stop string in the middle of thoughts that are not wanted? */
static bool is_lost_in_thought(const struct crux_chat *chat, const char *text)
{
    struct chat_sample sample;
    const char *said;
    bool lost;

    if ((chat->thoughts != NULL && strcmp(chat->thoughts, "steps") == 0) ||
        chat_reply_read(&sample, text, strlen(text), NULL) != CRUX_OK)
        return false;
    said = sample.text + strspn(sample.text, " \n");
    lost = sample.end != CHAT_END_LENGTH &&
           ((*said == '\0' && *sample.reasoning != '\0') ||
            (strncmp(said, "<think", 6) == 0 && strstr(said, "</think") == NULL));
    chat_sample_free(&sample);
    return lost;
}

int crux_server_ask(const struct crux_endpoint *endpoint, const struct crux_chat *chat,
                    const char *path, const char *body, uint32_t *count, struct crux_error *error)
{
    struct chat_probe probe = {
        .url = endpoint->url, .known = chat, .thorough = true, .error = error};
    struct chat_expected expected = {.count = *count, .stops = true};
    struct chat_split split = {.count = 0};
    struct chat_heard heard = {.body = NULL};
    int status = chat_hear_open(&probe, endpoint);

    expected.profile = probe.profile;
    if (status == CRUX_OK && !chat_hear(&probe, path, body, &heard))
        status = crux_fail(error, CRUX_INVALID, "%s", heard.sentence);
    if (status == CRUX_OK)
        status = chat_reply_split(&split, &expected, heard.body, heard.length, error);
    if (status == CRUX_OK && is_lost_in_thought(chat, split.samples[0]))
        status = crux_fail(error, CRUX_FAILED,
                           "the model thinks before it speaks, and its thoughts were cut off where "
                           "a step ends");
    if (status == CRUX_OK)
        *count = split.count;
    chat_split_free(&split);
    chat_heard_free(&heard);
    chat_hear_close(&probe);
    return status;
}

void crux_server_free(struct crux_server *server)
{
    free(server->chat_template);
    server->chat_template = NULL;
}
