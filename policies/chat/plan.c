/*
 * plan.c - the settings of policy `chat`, checked and resolved once, before the first call.
 */
#include "policies/chat/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/chat/images.h"
#include "io/stops.h"
#include "policies/chat/planned.h"

enum { SHOWN = 48 }; /* bytes of an image, where a request is shown */

static int no_plan_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for policy chat");
}

/* Steps that part by rules: what stops the model is the break behind which one may end. */
static int take_split(struct chat_plan *plan, const struct crux_chat *options,
                      struct crux_error *error)
{
    struct chat_boundary *boundary = &plan->conversation.boundary;

    boundary->way = SPLIT_MODEL;
    if (options->split == NULL)
        return CRUX_OK;
    if (!split_way_of(&boundary->way, options->split))
        return crux_fail(error, CRUX_INVALID,
                         "split: expected model, paragraphs, lines or sentences, found `%.60s`",
                         options->split);
    if (boundary->way == SPLIT_MODEL)
        return CRUX_OK;
    if (options->stop_count > 0 || options->step_tokens > 0)
        return crux_fail(error, CRUX_INVALID,
                         "split %s says where steps end: neither stop strings nor a number of "
                         "tokens can say it as well",
                         options->split);
    boundary->stops[0] = boundary->way == SPLIT_PARAGRAPHS ? "\n\n" : "\n";
    boundary->count = 1;
    return CRUX_OK;
}

/* Take the stop strings that the user gave, else the prompt's; none where a number of tokens ends a
 * step. */
static int take_stops(struct chat_plan *plan, const struct crux_chat *options,
                      struct crux_error *error)
{
    struct chat_boundary *boundary = &plan->conversation.boundary;

    int status = take_split(plan, options, error);

    if (status != CRUX_OK || boundary->way != SPLIT_MODEL)
        return status;
    boundary->cap = options->step_tokens;
    if (options->stop_count > CHAT_STOPS)
        return crux_fail(error, CRUX_INVALID, "a step has at most %d stop strings, not %u",
                         CHAT_STOPS, options->stop_count);
    for (uint32_t i = 0; i < options->stop_count; i++) {
        plan->stops[i] = strdup(options->stops[i]);
        if (plan->stops[i] == NULL)
            return no_plan_memory(error);
        if (!stops_unescape(plan->stops[i]))
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

static int take_words(struct chat_plan *plan, const struct crux_chat *options,
                      struct crux_error *error)
{
    int status =
        chat_prompt_open(&plan->prompt, options->prompt != NULL ? options->prompt : "math", error);
    const char *slash = options->problems != NULL ? strrchr(options->problems, '/') : NULL;

    if (status != CRUX_OK)
        return status;
    plan->conversation.prompt = plan->prompt;
    plan->folder = slash != NULL
                       ? strndup(options->problems, (size_t)(slash - options->problems) + 1)
                       : strdup("");
    return plan->folder == NULL ? no_plan_memory(error) : take_stops(plan, options, error);
}

static int take_thoughts(struct chat_plan *plan, const struct crux_chat *options,
                         struct crux_error *error)
{
    const char *what = options->thoughts != NULL ? options->thoughts : "drop";

    plan->conversation.thoughts_are_steps = strcmp(what, "steps") == 0;
    plan->conversation.thoughts_are_kept = strcmp(what, "keep") == 0;
    if (!plan->conversation.thoughts_are_steps && !plan->conversation.thoughts_are_kept &&
        strcmp(what, "drop") != 0)
        return crux_fail(error, CRUX_INVALID,
                         "thoughts: expected drop, keep or steps, found `%.60s`", what);
    return CRUX_OK;
}

int chat_plan_open(struct chat_plan **out, const struct crux_chat *options,
                   struct crux_error *error)
{
    struct chat_plan *plan = calloc(1, sizeof *plan);
    int status =
        plan == NULL ? no_plan_memory(error) : chat_manner_open(&plan->manner, options, error);

    if (status == CRUX_OK) {
        plan->conversation.settings = plan->manner.settings;
        status = take_thoughts(plan, options, error);
    }
    if (status == CRUX_OK)
        status = take_words(plan, options, error);
    if (status == CRUX_OK)
        status = chat_conversation_check(&plan->conversation, error);
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
    chat_manner_close(&plan->manner);
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
        bool image = i % 2 == 1 && i / 2 < body->image_count; /* between two pieces of text */
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
                         const struct crux_call *call, const struct crux_step *last,
                         const struct chat_images *images, struct crux_error *error)
{
    const struct chat_asking asking = {.kind = call->kind,
                                       .problem = call->state.problem,
                                       .last = last,
                                       .path = call->state.last,
                                       .revision = call->revision,
                                       .sample = call->sample,
                                       .images = images->urls,
                                       .image_count = images->count};
    uint32_t count =
        call->count < plan->manner.per_request ? call->count : plan->manner.per_request;
    struct chat_body body = {.text = NULL};
    char tail[CHAT_TAIL];
    int status = chat_conversation_write(&body, &plan->conversation, &asking, error);

    if (status != CRUX_OK)
        return status;
    (void)chat_request_tail(tail, &plan->manner.settings, call->seed, 0, count);
    *out =
        (struct crux_request){chat_route_path(plan->manner.settings.route), show_body(&body, tail)};
    chat_body_free(&body);
    return out->body != NULL ? CRUX_OK : no_plan_memory(error);
}

int crux_chat_request(struct crux_request *out, const struct crux_chat *chat,
                      const struct crux_call *call, struct crux_error *error)
{
    struct chat_images taken = {.count = 0};
    struct images *images = NULL;
    struct chat_plan *plan = NULL;
    struct planned_reasons reasons = {.last = NULL};
    int status = chat_plan_open(&plan, chat, error);

    if (status == CRUX_OK && !planned_reasons_of(&reasons, call->state.last))
        status = no_plan_memory(error);
    if (status == CRUX_OK)
        status = images_open(&images, 0, error);
    if (status == CRUX_OK)
        status = chat_images_take(&taken, images, plan->folder, call->state.problem, error);
    if (status == CRUX_OK)
        status = write_request(out, plan, call, reasons.last, &taken, error);
    chat_images_give_back(&taken);
    images_close(images);
    planned_reasons_free(&reasons);
    chat_plan_close(plan);
    return status;
}
