/*
 * begun.c - looks at a step behind the steps before it, and puts what it goes on with behind it.
 */
#include "policies/chat/begun.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void begun_replace(char *text, char from, char to)
{
    for (; *text != '\0'; text++)
        if (*text == from)
            *text = to;
}

/* The texts one behind the other, with line breaks; NULL: no memory. */
static char *begun_behind(const char *first, const char *second)
{
    char *text = malloc(strlen(first) + strlen(second) + 1);

    if (text == NULL)
        return NULL;
    (void)stpcpy(stpcpy(text, first), second);
    begun_replace(text, '\v', '\n');
    return text;
}

static int begun_look(struct chat_begun *out, const struct chat_context *context, const char *step)
{
    char *before = chat_steps_join(context->boundary, context->last, true);
    char *text = before == NULL ? NULL : begun_behind(before, step);
    int status = text == NULL ? CRUX_MEMORY : CRUX_OK;
    bool inside = false;

    if (text != NULL &&
        split_opens_from((struct crux_text){text, strlen(text)}, strlen(before), &inside)) {
        out->text = strdup(step);
        out->inside = inside;
        status = out->text == NULL ? CRUX_MEMORY : CRUX_OK;
    }
    free(before);
    free(text);
    return status;
}

/* A text of blanks, which a stop string ended: the break that it is with that, also where the
 * server does not repeat it. */
static bool begun_is_break(const char *text, enum chat_end end)
{
    return (end == CHAT_END_STOP || end == CHAT_END_EITHER) && *boundary_said(text) == '\0';
}

static const char *begun_closing(const struct chat_context *context, const char *text)
{
    const char *stop = context->boundary->stops[0];

    return strlen(text) < strlen(stop) ? stop : text;
}

/* The step comes behind a break. */
static int begun_at_break(struct chat_begun *out, const struct chat_context *context,
                          const struct chat_sample *sample, struct crux_error *error)
{
    enum chat_end end = CHAT_END_BROKEN;
    char *text;
    int status = chat_steps_text(&text, &end, context, sample, error);

    if (status != CRUX_OK)
        return status;
    if (begun_is_break(text, end)) {
        out->text = begun_behind("", begun_closing(context, text));
        status = out->text == NULL ? CRUX_MEMORY : CRUX_OK;
    }
    if (out->text != NULL)
        begun_replace(out->text, '\n', '\v');
    free(text);
    return status;
}

int chat_begun_by(struct chat_begun *out, const struct chat_context *context,
                  const struct chat_sample *sample, struct crux_error *error)
{
    struct chat_proposals made = {.count = 0};
    int status = chat_steps_of(&made, context, sample, 1, error);

    assert(context->kind == CRUX_STEP && context->boundary->way != SPLIT_MODEL);
    *out = (struct chat_begun){.text = NULL};
    if (status != CRUX_OK)
        return status;
    if (made.count == 1 && !made.items[0].terminal)
        status = begun_look(out, context, made.items[0].text);
    else if (made.count == 0)
        status = begun_at_break(out, context, sample, error);
    chat_steps_free(&made);
    return status == CRUX_OK ? CRUX_OK : crux_fail(error, status, "no memory for steps");
}

int chat_begun_join(char **out, enum chat_end *end, const struct chat_context *context,
                    const struct chat_sample *sample, struct crux_error *error)
{
    char *text, *both;
    int status = chat_steps_text(&text, end, context, sample, error);

    if (status != CRUX_OK)
        return status;
    both = begun_behind(context->last->text,
                        begun_is_break(text, *end) ? begun_closing(context, text) : text);
    free(text);
    if (both == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for steps");
    *out = both;
    return CRUX_OK;
}
