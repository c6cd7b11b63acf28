/*
 * plan.c - all that can be wrong with what was said is found here, before the first call.
 */
#include "policies/chat/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/chat/template.h"
#include "io/chat/images.h"

enum { SHOWN = 48 }; /* bytes of an image, where a request is shown */

struct crux_chat crux_chat_default(void)
{
    return (struct crux_chat){
        .temperature = 0.7, .top_p = 1.0, .max_tokens = 1024, .logprobs = true};
}

static int no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for policy chat");
}

/* Stop strings that were given; else the prompt's, but not where tokens end a step. */
static int take_stops(struct chat_plan *plan, const struct crux_chat *options,
                      struct crux_error *error)
{
    struct chat_boundary *boundary = &plan->settings.boundary;

    boundary->cap = options->step_tokens;
    if (options->stop_count > CHAT_STOPS)
        return crux_fail(error, CRUX_INVALID, "a step has at most %d stop strings, not %u",
                         CHAT_STOPS, options->stop_count);
    for (uint32_t i = 0; i < options->stop_count; i++) {
        plan->stops[i] = strdup(options->stops[i]);
        if (plan->stops[i] == NULL)
            return no_memory(error);
        if (!chat_prompt_unescape(plan->stops[i]))
            return crux_fail(
                error, CRUX_INVALID,
                "stop string `%.60s`: expected a text with \\n, \\t or \\\\ where a \\ "
                "stands",
                options->stops[i]);
        boundary->stops[i] = plan->stops[i];
    }
    boundary->count = options->stop_count;
    if (options->stop_count > 0 || options->step_tokens > 0)
        return CRUX_OK;
    boundary->count = plan->prompt->stop_count;
    for (uint32_t i = 0; i < boundary->count; i++)
        boundary->stops[i] = plan->prompt->stops[i];
    return CRUX_OK;
}

static int take_server(struct chat_plan *plan, const struct crux_chat *options,
                       struct crux_error *error)
{
    struct chat_settings *settings = &plan->settings;
    int status = CRUX_OK;

    if (options->profile == NULL || options->model == NULL)
        return crux_fail(error, CRUX_INVALID, "policy chat needs a profile and a model");
    settings->profile = chat_profile_find(options->profile, error);
    if (settings->profile == NULL)
        return CRUX_INVALID;
    settings->route = chat_profile_route(settings->profile, false);
    if (options->route != NULL)
        status = chat_route_find(&settings->route, options->route, error);
    if (status == CRUX_OK && settings->route == CHAT_COMPLETIONS && options->frame != NULL)
        status = chat_frame_open(&plan->frame, options->frame, settings->profile, error);
    settings->frame = plan->frame;
    plan->per_request = settings->profile->n_most;
    if (settings->profile->fields[CHAT_N] != NULL && options->slots > 0)
        plan->per_request = options->slots;
    return status;
}

static int take_words(struct chat_plan *plan, const struct crux_chat *options,
                      struct crux_error *error)
{
    int status =
        chat_prompt_open(&plan->prompt, options->prompt != NULL ? options->prompt : "math", error);
    const char *slash = options->problems != NULL ? strrchr(options->problems, '/') : NULL;

    plan->model = strdup(options->model);
    plan->folder = slash != NULL
                       ? strndup(options->problems, (size_t)(slash - options->problems) + 1)
                       : strdup("");
    if (status == CRUX_OK && (plan->model == NULL || plan->folder == NULL))
        status = no_memory(error);
    plan->settings.prompt = plan->prompt;
    plan->settings.model = plan->model;
    return status == CRUX_OK ? take_stops(plan, options, error) : status;
}

int chat_plan_open(struct chat_plan **out, const struct crux_chat *options,
                   struct crux_error *error)
{
    struct chat_plan *plan = calloc(1, sizeof *plan);
    int status = plan == NULL ? no_memory(error) : take_server(plan, options, error);

    if (status == CRUX_OK) {
        plan->settings.temperature = options->temperature;
        plan->settings.top_p = options->top_p;
        plan->settings.min_p = options->min_p;
        plan->settings.top_k = options->top_k;
        plan->settings.max_tokens = options->max_tokens;
        plan->settings.context = options->context;
        plan->settings.logprobs = options->logprobs;
        status = take_words(plan, options, error);
    }
    if (status == CRUX_OK)
        status = chat_ask_check(&plan->settings, error);
    if (status == CRUX_OK)
        *out = plan;
    else
        chat_plan_close(plan);
    return status;
}

void chat_plan_close(struct chat_plan *plan)
{
    if (plan == NULL)
        return;
    chat_prompt_close(plan->prompt);
    template_free(plan->frame);
    free(plan->model);
    free(plan->folder);
    for (int i = 0; i < CHAT_STOPS; i++)
        free(plan->stops[i]);
    free(plan);
}

/* --- shown, not sent ------------------------------------------------------------------------- */

/* The body with its tail; images by their beginning and size. */
static char *show_body(const struct chat_body *body, const char *tail)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    for (uint32_t i = 0; i < body->piece_count; i++) {
        const struct http_piece *piece = &body->pieces[i];
        bool image = i % 2 == 1; /* between two pieces of text */
        int shown = (int)(image && piece->length > SHOWN ? SHOWN : piece->length);

        (void)fprintf(out, "%.*s", shown, piece->bytes);
        if (image)
            (void)fprintf(out, "... (%zu bytes)", piece->length);
    }
    (void)fputs(tail, out);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static int write_request(struct crux_request *out, const struct chat_plan *plan,
                         const struct crux_call *call, const struct chat_images *images,
                         struct crux_error *error)
{
    const struct chat_asking asking = {.kind = call->kind,
                                       .problem = call->state.problem,
                                       .last = call->state.last,
                                       .images = images->urls,
                                       .image_count = images->count};
    uint32_t count = call->count < plan->per_request ? call->count : plan->per_request;
    struct chat_body body = {.text = NULL};
    char tail[CHAT_TAIL];
    int status = chat_ask_write(&body, &plan->settings, &asking, error);

    if (status != CRUX_OK)
        return status;
    (void)chat_ask_tail(tail, plan->settings.profile, call->seed, 0, count);
    *out = (struct crux_request){chat_route_path(plan->settings.route), show_body(&body, tail)};
    chat_body_free(&body);
    return out->body != NULL ? CRUX_OK : no_memory(error);
}

int crux_chat_request(struct crux_request *out, const struct crux_chat *chat,
                      const struct crux_call *call, struct crux_error *error)
{
    struct chat_images taken = {.count = 0};
    struct images *images = NULL;
    struct chat_plan *plan = NULL;
    int status = chat_plan_open(&plan, chat, error);

    if (status == CRUX_OK)
        status = images_open(&images, 0, error);
    if (status == CRUX_OK)
        status = chat_images_take(&taken, images, plan->folder, call->state.problem, error);
    if (status == CRUX_OK)
        status = write_request(out, plan, call, &taken, error);
    chat_images_give_back(&taken);
    images_close(images);
    chat_plan_close(plan);
    return status;
}
