/*
 * between.c - reads from a run's options what its policy put between two steps.
 */
#include "io/views/between.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/crux_io.h"
#include "io/split.h"
#include "io/stops.h"

enum { STOPS = 64 }; /* more than any list of them has */

/* Stop strings as they are typed. */
struct between_stops {
    char *texts[STOPS];
    size_t count;
    bool lost; /* for lack of memory */
};

/* --- options ------------------------------------------------------------------------------ */

/* An option of the backend that a policy asks; name "": the one without a name. */
static const struct json *between_option(const struct json *configuration, const char *name,
                                         const char *option)
{
    char key[300];

    if (name[0] == '\0')
        return json_get(configuration, option);
    (void)snprintf(key, sizeof key, "backend.%s.%s", name, option);
    return json_get(configuration, key);
}

/* The backend that the policy of the steps asks; NULL: it is not chat. */
static const char *between_backend(const struct json *configuration)
{
    static const char chat[] = "step=chat";
    const struct json *policies = json_get(configuration, "policy");

    for (size_t i = 0; i < json_count(policies); i++) {
        const char *policy = json_as_string(json_at(policies, i));
        const char *behind = policy == NULL || strncmp(policy, chat, sizeof chat - 1) != 0
                                 ? NULL
                                 : policy + sizeof chat - 1;

        if (behind != NULL && (*behind == '\0' || *behind == ':'))
            return behind + (*behind == ':');
    }
    return NULL;
}

/* --- stop strings ------------------------------------------------------------------------- */

static void between_add(struct between_stops *stops, const char *text, size_t length)
{
    char *copy = stops->count < STOPS ? strndup(text, length) : NULL;

    if (copy != NULL)
        stops->texts[stops->count++] = copy;
    else
        stops->lost = true;
}

/* Does the line begin that part? */
static bool between_begins(const char *line, size_t length, const char *part)
{
    while (length > 0 && memchr(" \t\r", line[length - 1], 3) != NULL)
        length--;
    return length == strlen(part) && memcmp(line, part, length) == 0;
}

/* The lines of a prompt's part `stop` (io/chat/prompt.h says what a prompt is); false: it has no
 * such part. */
static bool between_take_prompt(struct between_stops *stops, const char *prompt)
{
    bool inside = false, seen = false;

    while (*prompt != '\0') {
        size_t length = strcspn(prompt, "\n"), bare = length;

        bare -= bare > 0 && prompt[bare - 1] == '\r';
        if (strncmp(prompt, "--- ", 4) == 0) {
            inside = between_begins(prompt, length, "--- stop");
            seen = seen || inside;
        } else if (inside && strspn(prompt, " \t\r") < length) {
            between_add(stops, prompt, bare);
        }
        prompt += length + (prompt[length] == '\n');
    }
    return seen;
}

/* A part that is left out is that of the prompt math, which is what asks where none is named.
 * false: the prompt is not known. */
static bool between_take_prompts(struct between_stops *stops, const struct json *prompt)
{
    const char *math = crux_prompt_text("math");
    const char *name = json_as_string(prompt), *text = math;

    if (name != NULL)
        text = name[0] == '=' ? name + 1 : crux_prompt_text(name);
    if (text == NULL)
        return false;
    if (!between_take_prompt(stops, text))
        (void)between_take_prompt(stops, math);
    return true;
}

static bool between_take(struct between_stops *stops, const struct json *configuration,
                         const char *backend)
{
    const struct json *list = between_option(configuration, backend, "step-stop");

    for (size_t i = 0; i < json_count(list); i++) {
        const char *text = json_as_string(json_at(list, i));

        if (text == NULL)
            return false;
        between_add(stops, text, strlen(text));
    }
    return json_count(list) > 0 ||
           between_take_prompts(stops, between_option(configuration, backend, "prompt"));
}

/* false: a stop string means nothing. */
static bool between_common(struct between_stops *stops, struct crux_text *out)
{
    for (size_t i = 0; i < stops->count; i++)
        if (!stops_unescape(stops->texts[i]))
            return false;
    *out = stops_between((const char *const *)stops->texts, stops->count);
    return true;
}

/* --- all of it ---------------------------------------------------------------------------- */

static bool between_is_split(const struct json *way)
{
    const char *name = json_as_string(way);
    enum split_way is;

    return name != NULL && split_way_of(&is, name) && is != SPLIT_MODEL;
}

int between_of(struct between *out, const struct json *configuration, struct crux_error *error)
{
    const char *backend = between_backend(configuration);
    struct between_stops stops = {.count = 0};
    struct crux_text text = {"\n", 1};
    struct between made = {NULL, false};

    if (backend != NULL) {
        made.pieces = json_as_integer(between_option(configuration, backend, "step-tokens")) > 0;
        if (made.pieces || between_is_split(between_option(configuration, backend, "split")))
            text.length = 0;
        else if (between_take(&stops, configuration, backend))
            (void)between_common(&stops, &text);
    }
    if (!stops.lost)
        made.text = strndup(text.start, text.length);
    for (size_t i = 0; i < stops.count; i++)
        free(stops.texts[i]);
    if (made.text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for what stands between steps");
    *out = made;
    return CRUX_OK;
}
