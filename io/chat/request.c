/*
 * request.c - writes the body of a request: a JSON object, the conversation first, cut where its
 * images go.
 *
 * The place of an image's URL is written as `"url": ""`. Inside a JSON string its quotes would be
 * escaped, so no prompt can contain this, and the places are found again without a mark of our own.
 */
#include "io/chat/request.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/chat/template.h"
#include "io/json.h"

#define SEED_MASK       0x3FFFFFFFu /* so that seed + i fits into 31 bits */
#define BYTES_PER_TOKEN 3           /* rather too many tokens than too few */
#define TOKENS_APART    64          /* that a chat template may add */

enum { REPLY_LEAST = 16 };

static int no_request_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for a request");
}

int64_t chat_request_seed(uint64_t seed)
{
    return (int64_t)(seed & SEED_MASK);
}

/* --- the conversation ------------------------------------------------------------- */

static struct json *request_turn(const char *role, struct json *content)
{
    struct json *turn = json_new_object();

    json_put(turn, "role", json_of_string(role));
    json_put(turn, "content", content);
    return turn;
}

static struct json *image_part(void)
{
    struct json *part = json_new_object(), *image = json_new_object();

    json_put(image, "url", json_of_string(""));
    json_put(part, "type", json_of_string("image_url"));
    json_put(part, "image_url", image);
    return part;
}

/* The user's words, behind the system's where those have no turn of their own. */
static struct json *user_words(const struct chat_settings *settings,
                               const struct chat_request *request)
{
    struct json *words = NULL;
    char *both = NULL;

    if (!settings->system_in_user || request->system[0] == '\0')
        return json_of_string(request->user);
    if (asprintf(&both, "%s\n\n%s", request->system, request->user) >= 0)
        words = json_of_string(both);
    free(both);
    return words;
}

static struct json *user_content(const struct chat_settings *settings,
                                 const struct chat_request *request)
{
    struct json *parts, *text;

    if (request->image_count == 0)
        return user_words(settings, request);
    parts = json_new_array();
    for (uint32_t i = 0; i < request->image_count; i++)
        json_add(parts, image_part());
    text = json_new_object();
    json_put(text, "type", json_of_string("text"));
    json_put(text, "text", user_words(settings, request));
    json_add(parts, text);
    return parts;
}

static void put_bool(struct json *object, const struct chat_settings *settings,
                     enum chat_field field, bool value)
{
    const char *name = settings->profile->fields[field];

    if (name != NULL)
        json_put(object, name, json_of_bool(value));
}

/* The turns; with an assistant's that goes on where there is something to go on with. */
static void put_messages(struct json *object, const struct chat_settings *settings,
                         const struct chat_request *request)
{
    struct json *messages = json_new_array();

    if (request->system[0] != '\0' && !settings->system_in_user)
        json_add(messages, request_turn("system", json_of_string(request->system)));
    json_add(messages, request_turn("user", user_content(settings, request)));
    if (request->given[0] != '\0')
        json_add(messages, request_turn("assistant", json_of_string(request->given)));
    json_put(object, "messages", messages);
    if (request->given[0] == '\0')
        return;
    put_bool(object, settings, CHAT_CONTINUE, true);
    put_bool(object, settings, CHAT_NEW_TURN, false);
}

static int put_prompt(struct json *object, const struct chat_settings *settings,
                      const struct chat_request *request, struct crux_error *error)
{
    char *frame = NULL, *prompt = NULL;
    int status = chat_template_render(&frame, settings->chat_template, request->system,
                                      request->user, error);

    if (status == CRUX_OK) {
        prompt = malloc(strlen(frame) + strlen(request->given) + 1);
        if (prompt == NULL)
            status = no_request_memory(error);
    }
    if (status == CRUX_OK) {
        (void)stpcpy(stpcpy(prompt, frame), request->given);
        json_put(object, "prompt", json_of_string(prompt));
        put_bool(object, settings, CHAT_SPECIAL, false);
    }
    free(frame);
    free(prompt);
    return status;
}

/* --- sampling --------------------------------------------------------------------- */

static void put_number(struct json *object, const struct chat_settings *settings,
                       enum chat_field field, int64_t value)
{
    const char *name = settings->profile->fields[field];

    if (name != NULL)
        json_put(object, name, json_of_integer(value));
}

/* What may still be written into the context, by a guess at what is in it. */
static uint32_t tokens_left(const struct chat_settings *settings,
                            const struct chat_request *request)
{
    size_t bytes = strlen(request->system) + strlen(request->user) + strlen(request->given);
    size_t used = bytes / BYTES_PER_TOKEN + TOKENS_APART;
    size_t left = settings->context > used ? settings->context - used : 0;

    if (settings->context == 0 || left >= request->max_tokens)
        return request->max_tokens;
    return left > REPLY_LEAST ? (uint32_t)left : REPLY_LEAST;
}

static void put_stops(struct json *object, const struct chat_settings *settings,
                      const struct chat_request *request)
{
    struct json *stops;

    if (request->stop_count == 0)
        return;
    stops = json_new_array();
    for (uint32_t i = 0; i < request->stop_count; i++)
        json_add(stops, json_of_string(request->stops[i]));
    json_put(object, "stop", stops);
    put_bool(object, settings, CHAT_KEEP_STOP, true);
}

static void put_logprobs(struct json *object, const struct chat_settings *settings,
                         const struct chat_request *request)
{
    if (!request->logprobs)
        return;
    if (settings->route == CHAT_COMPLETIONS) {
        put_number(object, settings, CHAT_LOGPROBS_TEXT,
                   request->listed ? settings->profile->listed_most : 1);
        return;
    }
    put_bool(object, settings, CHAT_LOGPROBS_CHAT, true);
    if (request->listed)
        put_number(object, settings, CHAT_TOP_CHAT, settings->profile->listed_most);
    else
        put_number(object, settings, CHAT_TOP_LOGPROBS, 1);
}

/* In the form of OpenAI, which all take that take any. */
static int put_schema(struct json *object, const struct chat_settings *settings,
                      const struct chat_request *request, struct crux_error *error)
{
    struct json *schema = NULL, *named, *format;
    int status;

    if (request->schema == NULL || !settings->profile->takes_schema)
        return CRUX_OK;
    status = json_parse(&schema, request->schema, strlen(request->schema), error);
    if (status != CRUX_OK)
        return status;
    named = json_new_object();
    json_put(named, "name", json_of_string("verdict"));
    json_put(named, "strict", json_of_bool(true));
    json_put(named, "schema", schema);
    format = json_new_object();
    json_put(format, "type", json_of_string("json_schema"));
    json_put(format, "json_schema", named);
    json_put(object, "response_format", format);
    return CRUX_OK;
}

static void put_sampling(struct json *object, const struct chat_settings *settings,
                         const struct chat_request *request, uint32_t max_tokens)
{
    bool chat = settings->route != CHAT_COMPLETIONS;

    json_put(object, "model", json_of_string(settings->model));
    json_put(object, "temperature", json_of_real(settings->temperature));
    json_put(object, "top_p", json_of_real(settings->top_p));
    put_number(object, settings, CHAT_TOP_K, settings->top_k == 0 ? -1 : (int64_t)settings->top_k);
    if (settings->profile->fields[CHAT_MIN_P] != NULL)
        json_put(object, settings->profile->fields[CHAT_MIN_P], json_of_real(settings->min_p));
    put_number(object, settings, chat ? CHAT_MAX_CHAT : CHAT_MAX_TEXT, max_tokens);
    put_stops(object, settings, request);
    put_logprobs(object, settings, request);
    if (request->token_ids)
        put_bool(object, settings, CHAT_TOKEN_IDS, true);
    put_bool(object, settings, CHAT_CACHE, true);
}

bool chat_settings_patched(const struct chat_settings *settings, const char *member)
{
    return json_get(settings->patch, member) != NULL;
}

bool chat_settings_removed(const struct chat_settings *settings, const char *member)
{
    return json_type_of(json_get(settings->patch, member)) == JSON_IS_NULL;
}

size_t chat_request_tail(char out[CHAT_TAIL], const struct chat_settings *settings, uint64_t seed,
                         uint32_t first, uint32_t count)
{
    const struct chat_profile *profile = settings->profile;
    const char *seed_name = profile->fields[CHAT_SEED], *n_name = profile->fields[CHAT_N];
    int length = 0;

    if (n_name != NULL && chat_settings_patched(settings, n_name))
        n_name = NULL;
    if (seed_name != NULL && !chat_settings_patched(settings, seed_name))
        length = snprintf(out, CHAT_TAIL, ", \"%s\": %lld", seed_name,
                          (long long)chat_request_seed(seed) + first);
    if (n_name != NULL)
        length += snprintf(out + length, CHAT_TAIL - (size_t)length, ", \"%s\": %u", n_name, count);
    (void)strcpy(out + length, "}");
    return (size_t)length + 1;
}

/* --- the whole -------------------------------------------------------------------- */

/* Entropy comes from log-probabilities of the likeliest tokens. */
static int check_entropy(const struct chat_settings *settings, struct crux_error *error)
{
    const struct chat_profile *profile = settings->profile;
    bool text = settings->route == CHAT_COMPLETIONS;
    const char *member = profile->fields[text ? CHAT_LOGPROBS_TEXT : CHAT_LOGPROBS_CHAT];

    if (!settings->entropy)
        return CRUX_OK;
    if (!settings->logprobs)
        return crux_fail(error, CRUX_INVALID,
                         "--branch entropy needs log-probabilities: leave out --no-logprobs");
    if (member == NULL)
        return crux_fail(error, CRUX_INVALID,
                         "--branch entropy needs log-probabilities, and profile %s is asked for "
                         "none on route %s: say another --route",
                         profile->name, chat_route_name(settings->route));
    if (chat_settings_removed(settings, member) ||
        (!text && chat_settings_removed(settings, profile->fields[CHAT_TOP_CHAT])))
        return crux_fail(error, CRUX_INVALID,
                         "--branch entropy needs log-probabilities: do not take %s away with "
                         "--body",
                         chat_settings_removed(settings, member) ? member
                                                                 : profile->fields[CHAT_TOP_CHAT]);
    return CRUX_OK;
}

/* Numbers of tokens are of use beside their log-probabilities alone. */
static int check_token_ids(const struct chat_settings *settings, struct crux_error *error)
{
    const struct chat_profile *profile = settings->profile;
    const char *member = profile->fields[CHAT_TOKEN_IDS];
    bool text = settings->route == CHAT_COMPLETIONS;

    if (!settings->token_ids)
        return CRUX_OK;
    if (member == NULL)
        return crux_fail(error, CRUX_INVALID,
                         "--token-ids is for servers that return the numbers of tokens, and "
                         "profile %s is not known to: only vllm is",
                         profile->name);
    if (!settings->logprobs ||
        chat_settings_removed(settings,
                              profile->fields[text ? CHAT_LOGPROBS_TEXT : CHAT_LOGPROBS_CHAT]))
        return crux_fail(error, CRUX_INVALID,
                         "--token-ids needs log-probabilities: leave out --no-logprobs, and do not "
                         "take them away with --body");
    if (chat_settings_patched(settings, member))
        return crux_fail(error, CRUX_INVALID, "--token-ids asks for %s: leave it out of --body",
                         member);
    return CRUX_OK;
}

int chat_settings_check(const struct chat_settings *settings, struct crux_error *error)
{
    const struct chat_profile *profile = settings->profile;
    int status;

    if ((profile->routes & 1u << settings->route) == 0)
        return crux_fail(error, CRUX_INVALID, "profile %s has no route %s", profile->name,
                         chat_route_name(settings->route));
    if (settings->route == CHAT_COMPLETIONS && settings->chat_template == NULL)
        return crux_fail(
            error, CRUX_INVALID,
            "route completions needs a chat template: a name like chatml, a file, or a "
            "server that renders it");
    if (settings->top_k > 0 && profile->fields[CHAT_TOP_K] == NULL)
        return crux_fail(error, CRUX_INVALID, "profile %s knows no top-k: leave it at 0",
                         profile->name);
    if (settings->min_p > 0.0 && profile->fields[CHAT_MIN_P] == NULL)
        return crux_fail(error, CRUX_INVALID, "profile %s knows no min-p: leave it at 0",
                         profile->name);
    status = check_entropy(settings, error);
    return status == CRUX_OK ? check_token_ids(settings, error) : status;
}

static int check_images(const struct chat_settings *settings, const struct chat_request *request,
                        struct crux_error *error)
{
    if (request->image_count > 0 && settings->route == CHAT_COMPLETIONS)
        return crux_fail(error, CRUX_INVALID,
                         "route completions takes no images: use prefill or next");
    if (request->image_count > CHAT_IMAGES)
        return crux_fail(error, CRUX_INVALID, "a problem has at most %d images, not %u",
                         CHAT_IMAGES, request->image_count);
    return CRUX_OK;
}

/* The rest of the text, without a top_p that restricts nothing. Inside of a text its quotes would
 * be escaped; the user's own members stand behind it. */
static void cut_at_top_p(struct chat_body *body, const struct chat_settings *settings,
                         const char *at)
{
    static const char place[] = ", \"top_p\": 1.0";
    const char *found = chat_settings_patched(settings, "top_p") ? NULL : strstr(at, place);

    if (found != NULL) {
        body->pieces[body->piece_count++] = (struct http_piece){at, (size_t)(found - at)};
        at = found + strlen(place);
    }
    body->pieces[body->piece_count++] = (struct http_piece){at, strlen(at)};
}

/* Cut the text at the places of the images. */
static void cut_at_images(struct chat_body *body, const struct chat_settings *settings,
                          const struct chat_request *request)
{
    static const char place[] = "\"url\": \"\"";
    const char *at = body->text, *found;

    for (uint32_t i = 0; i < request->image_count && (found = strstr(at, place)) != NULL; i++) {
        const char *end = found + strlen(place) - 1; /* between the two quotes */

        body->pieces[body->piece_count++] = (struct http_piece){at, (size_t)(end - at)};
        body->pieces[body->piece_count++] =
            (struct http_piece){request->images[i].url, request->images[i].length};
        at = end;
    }
    body->image_count = request->image_count;
    cut_at_top_p(body, settings, at);
}

/* The text of the body: an object that lacks its last brace. */
static int write_request_text(struct chat_body *body, const struct chat_settings *settings,
                              const struct chat_request *request, struct crux_error *error)
{
    struct json *object = json_new_object();
    int status = CRUX_OK;

    if (settings->route == CHAT_COMPLETIONS)
        status = put_prompt(object, settings, request, error);
    else
        put_messages(object, settings, request);
    body->max_tokens = tokens_left(settings, request);
    put_sampling(object, settings, request, body->max_tokens);
    if (status == CRUX_OK)
        status = put_schema(object, settings, request, error);
    json_merge(object, settings->patch);
    if (status == CRUX_OK) {
        body->text = json_text(object, false);
        if (body->text == NULL)
            status = crux_fail(error, CRUX_MEMORY,
                               "no memory for a request, or the problem is not UTF-8");
        else
            body->text[strlen(body->text) - 1] = '\0';
    }
    json_free(object);
    return status;
}

int chat_request_write(struct chat_body *out, const struct chat_settings *settings,
                       const struct chat_request *request, struct crux_error *error)
{
    struct chat_body body = {.text = NULL};
    int status;

    assert(request->system != NULL && request->user != NULL && request->given != NULL);
    status = check_images(settings, request, error);
    if (status == CRUX_OK)
        status = write_request_text(&body, settings, request, error);
    if (status == CRUX_OK) {
        cut_at_images(&body, settings, request);
        *out = body;
    }
    return status;
}

void chat_body_free(struct chat_body *body)
{
    free(body->text);
    *body = (struct chat_body){.text = NULL};
}
