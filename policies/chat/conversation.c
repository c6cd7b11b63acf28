/*
 * conversation.c - a request is built as a JSON object, conversation first, and cut at its images.
 *
 * Where an image's URL belongs the text has `"url": ""`. Inside of a JSON string its quotes would
 * be escaped, so this cannot be anybody's words, and the places are found again without a
 * mark of our own.
 */
#include "policies/chat/conversation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/chat/template.h"

#define SEED_MASK       0x3FFFFFFFu /* so that seed + i fits into 31 bits */
#define BYTES_PER_TOKEN 3           /* rather too many tokens than too few */
#define TOKENS_APART    64          /* that a chat template may add */

enum { REPLY_LEAST = 16 };

static int no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for a request");
}

int64_t chat_ask_seed(uint64_t seed)
{
    return (int64_t)(seed & SEED_MASK);
}

bool chat_ask_stops(const struct chat_settings *settings, enum crux_kind kind)
{
    return kind == CRUX_STEP && settings->boundary.count > 0;
}

/* --- words ------------------------------------------------------------------------ */

/* On route completions the server reads marks wherever they stand. */
static char *words_of(const struct chat_settings *settings, const char *text)
{
    return settings->route == CHAT_COMPLETIONS ? chat_frame_guard(text) : strdup(text);
}

static int render(char **out, const struct chat_settings *settings,
                  const struct chat_asking *asking, enum chat_part part, struct crux_error *error)
{
    struct template_scope *steps = NULL;
    size_t count = 0;
    char *problem = words_of(settings, asking->problem->prompt);
    int status = problem == NULL ? CRUX_MEMORY : chat_steps_list(asking->last, &steps, &count);

    if (status != CRUX_OK)
        status = no_memory(error);
    else
        status = chat_prompt_render(out, settings->prompt, part, problem, steps, count, error);
    free(steps);
    free(problem);
    return status;
}

/* The user's turn; on route next with the steps and what is wanted behind it. */
static int render_user(char **out, const struct chat_settings *settings,
                       const struct chat_asking *asking, struct crux_error *error)
{
    char *user = NULL, *wish = NULL;
    int status = render(&user, settings, asking, CHAT_USER, error);
    size_t length;

    if (status == CRUX_OK && settings->route == CHAT_NEXT)
        status = render(&wish, settings, asking,
                        asking->kind == CRUX_ANSWER ? CHAT_ASK_REST : CHAT_ASK_NEXT, error);
    if (status == CRUX_OK && wish != NULL) {
        length = strlen(user) + strlen(wish) + 3;
        *out = malloc(length);
        if (*out == NULL)
            status = no_memory(error);
        else
            (void)stpcpy(stpcpy(stpcpy(*out, user), "\n\n"), wish + strspn(wish, "\n"));
    } else if (status == CRUX_OK) {
        *out = user;
        user = NULL;
    }
    free(user);
    free(wish);
    return status;
}

char *chat_ask_given(const struct chat_settings *settings, const struct crux_step *last)
{
    char *text, *guarded;

    if (settings->route == CHAT_NEXT)
        return strdup("");
    text = chat_steps_join(&settings->boundary, last, true);
    if (text == NULL || settings->route == CHAT_PREFILL)
        return text;
    guarded = chat_frame_guard(text);
    free(text);
    return guarded;
}

/* --- the conversation ------------------------------------------------------------- */

static struct json *turn_of(const char *role, struct json *content)
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

static struct json *user_content(const struct chat_asking *asking, const char *user)
{
    struct json *parts, *text;

    if (asking->image_count == 0)
        return json_of_string(user);
    parts = json_new_array();
    for (uint32_t i = 0; i < asking->image_count; i++)
        json_add(parts, image_part());
    text = json_new_object();
    json_put(text, "type", json_of_string("text"));
    json_put(text, "text", json_of_string(user));
    json_add(parts, text);
    return parts;
}

static void put_bool(struct json *request, const struct chat_settings *settings,
                     enum chat_field field, bool value)
{
    const char *name = settings->profile->fields[field];

    if (name != NULL)
        json_put(request, name, json_of_bool(value));
}

/* The turns; with an assistant's that goes on where there is something to go on with. */
static void put_messages(struct json *request, const struct chat_settings *settings,
                         const struct chat_asking *asking, char *const words[3])
{
    struct json *messages = json_new_array();

    if (words[0][0] != '\0')
        json_add(messages, turn_of("system", json_of_string(words[0])));
    json_add(messages, turn_of("user", user_content(asking, words[1])));
    if (words[2][0] != '\0')
        json_add(messages, turn_of("assistant", json_of_string(words[2])));
    json_put(request, "messages", messages);
    if (words[2][0] == '\0')
        return;
    put_bool(request, settings, CHAT_CONTINUE, true);
    put_bool(request, settings, CHAT_NEW_TURN, false);
}

static int put_prompt(struct json *request, const struct chat_settings *settings,
                      char *const words[3], struct crux_error *error)
{
    char *frame = NULL, *prompt = NULL;
    int status = chat_frame_render(&frame, settings->frame, words[0], words[1], error);

    if (status == CRUX_OK) {
        prompt = malloc(strlen(frame) + strlen(words[2]) + 1);
        if (prompt == NULL)
            status = no_memory(error);
    }
    if (status == CRUX_OK) {
        (void)stpcpy(stpcpy(prompt, frame), words[2]);
        json_put(request, "prompt", json_of_string(prompt));
        put_bool(request, settings, CHAT_SPECIAL, false);
    }
    free(frame);
    free(prompt);
    return status;
}

/* --- sampling --------------------------------------------------------------------- */

static void put_count(struct json *request, const struct chat_settings *settings,
                      enum chat_field field, int64_t value)
{
    const char *name = settings->profile->fields[field];

    if (name != NULL)
        json_put(request, name, json_of_integer(value));
}

/* What may still be written into the context, by a guess at what is in it. */
static uint32_t tokens_left(const struct chat_settings *settings, const struct chat_asking *asking,
                            size_t bytes)
{
    uint32_t cap = asking->kind == CRUX_STEP ? settings->boundary.cap : 0;
    uint32_t most = cap > 0 && cap < settings->max_tokens ? cap : settings->max_tokens;
    size_t used = bytes / BYTES_PER_TOKEN + TOKENS_APART;
    size_t left = settings->context > used ? settings->context - used : 0;

    if (settings->context == 0 || left >= most)
        return most;
    return left > REPLY_LEAST ? (uint32_t)left : REPLY_LEAST;
}

static void put_stops(struct json *request, const struct chat_settings *settings,
                      const struct chat_asking *asking)
{
    struct json *stops;

    if (!chat_ask_stops(settings, asking->kind))
        return;
    stops = json_new_array();
    for (uint32_t i = 0; i < settings->boundary.count; i++)
        json_add(stops, json_of_string(settings->boundary.stops[i]));
    json_put(request, "stop", stops);
    put_bool(request, settings, CHAT_KEEP_STOP, true);
}

/* Of a step they are the prior. Of an answer nobody looks at them, unless only they tell how it
 * ended, how many tokens it has, or where a cap of them is reached; and they are most of a reply.
 */
static bool wants_logprobs(const struct chat_settings *settings, const struct chat_asking *asking)
{
    const struct chat_profile *profile = settings->profile;

    return settings->logprobs && (asking->kind != CRUX_ANSWER || settings->boundary.cap > 0 ||
                                  profile->end_is_token || profile->counts_one);
}

static void put_logprobs(struct json *request, const struct chat_settings *settings,
                         const struct chat_asking *asking)
{
    if (!wants_logprobs(settings, asking))
        return;
    if (settings->route == CHAT_COMPLETIONS) {
        put_count(request, settings, CHAT_LOGPROBS_TEXT, 1);
        return;
    }
    put_bool(request, settings, CHAT_LOGPROBS_CHAT, true);
    put_count(request, settings, CHAT_TOP_LOGPROBS, 1);
}

static void put_sampling(struct json *request, const struct chat_settings *settings,
                         const struct chat_asking *asking, uint32_t max_tokens)
{
    bool chat = settings->route != CHAT_COMPLETIONS;

    json_put(request, "model", json_of_string(settings->model));
    json_put(request, "temperature", json_of_real(settings->temperature));
    json_put(request, "top_p", json_of_real(settings->top_p));
    put_count(request, settings, CHAT_TOP_K, settings->top_k == 0 ? -1 : (int64_t)settings->top_k);
    if (settings->profile->fields[CHAT_MIN_P] != NULL)
        json_put(request, settings->profile->fields[CHAT_MIN_P], json_of_real(settings->min_p));
    put_count(request, settings, chat ? CHAT_MAX_CHAT : CHAT_MAX_TEXT, max_tokens);
    put_stops(request, settings, asking);
    put_logprobs(request, settings, asking);
    put_bool(request, settings, CHAT_CACHE, true);
}

size_t chat_ask_tail(char out[CHAT_TAIL], const struct chat_profile *profile, uint64_t seed,
                     uint32_t first, uint32_t count)
{
    const char *seed_name = profile->fields[CHAT_SEED], *n_name = profile->fields[CHAT_N];
    int length = 0;

    if (seed_name != NULL)
        length = snprintf(out, CHAT_TAIL, ", \"%s\": %lld", seed_name,
                          (long long)chat_ask_seed(seed) + first);
    if (n_name != NULL)
        length += snprintf(out + length, CHAT_TAIL - (size_t)length, ", \"%s\": %u", n_name, count);
    (void)strcpy(out + length, "}");
    return (size_t)length + 1;
}

/* --- the whole -------------------------------------------------------------------- */

int chat_ask_check(const struct chat_settings *settings, struct crux_error *error)
{
    const struct chat_profile *profile = settings->profile;

    if ((profile->routes & 1u << settings->route) == 0)
        return crux_fail(error, CRUX_INVALID, "profile %s has no route %s", profile->name,
                         chat_route_name(settings->route));
    if (settings->route == CHAT_COMPLETIONS && settings->frame == NULL)
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
    if (settings->boundary.count > profile->stops_most)
        return crux_fail(error, CRUX_INVALID, "profile %s takes at most %u stop strings, not %u",
                         profile->name, profile->stops_most, settings->boundary.count);
    if (settings->boundary.count == 0 && settings->boundary.cap == 0)
        return crux_fail(error, CRUX_INVALID,
                         "steps need an end: stop strings or a number of tokens");
    return CRUX_OK;
}

/* Cut the text at the places of the images. */
static void cut_at_images(struct chat_body *request, const struct chat_asking *asking)
{
    static const char place[] = "\"url\": \"\"";
    const char *at = request->text, *found;

    for (uint32_t i = 0; i < asking->image_count && (found = strstr(at, place)) != NULL; i++) {
        const char *end = found + strlen(place) - 1; /* between the two quotes */

        request->pieces[request->piece_count++] = (struct http_piece){at, (size_t)(end - at)};
        request->pieces[request->piece_count++] =
            (struct http_piece){asking->images[i].url, asking->images[i].length};
        at = end;
    }
    request->pieces[request->piece_count++] = (struct http_piece){at, strlen(at)};
}

/* The text of the body: an object that lacks its last brace. */
static int write_text(struct chat_body *body, const struct chat_settings *settings,
                      const struct chat_asking *asking, char *const words[3],
                      struct crux_error *error)
{
    size_t bytes = strlen(words[0]) + strlen(words[1]) + strlen(words[2]);
    struct json *object = json_new_object();
    int status = CRUX_OK;

    if (settings->route == CHAT_COMPLETIONS)
        status = put_prompt(object, settings, words, error);
    else
        put_messages(object, settings, asking, words);
    body->max_tokens = tokens_left(settings, asking, bytes);
    put_sampling(object, settings, asking, body->max_tokens);
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

int chat_ask_write(struct chat_body *out, const struct chat_settings *settings,
                   const struct chat_asking *asking, struct crux_error *error)
{
    struct chat_body body = {.text = NULL};
    char *words[3] = {NULL, NULL, NULL}; /* system, user, assistant */
    int status = CRUX_OK;

    if (asking->image_count > 0 && settings->route == CHAT_COMPLETIONS)
        status = crux_fail(error, CRUX_INVALID,
                           "route completions takes no images: use prefill or next");
    else if (asking->image_count > CHAT_IMAGES)
        status = crux_fail(error, CRUX_INVALID, "a problem has at most %d images, not %u",
                           CHAT_IMAGES, asking->image_count);
    if (status == CRUX_OK)
        status = render(&words[0], settings, asking, CHAT_SYSTEM, error);
    if (status == CRUX_OK)
        status = render_user(&words[1], settings, asking, error);
    if (status == CRUX_OK) {
        words[2] = chat_ask_given(settings, asking->last);
        status = words[2] == NULL ? no_memory(error) : CRUX_OK;
    }
    if (status == CRUX_OK)
        status = write_text(&body, settings, asking, words, error);
    if (status == CRUX_OK) {
        cut_at_images(&body, asking);
        *out = body;
    }
    for (int i = 0; i < 3; i++)
        free(words[i]);
    return status;
}

void chat_body_free(struct chat_body *body)
{
    free(body->text);
    *body = (struct chat_body){.text = NULL};
}
