/*
 * inject.c - false details: asked for, and checked against the path.
 */
#include "critics/annotate/inject.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "critics/replied.h"
#include "io/json.h"

/* --- the question --------------------------------------------------------------------------- */

static void ask_inject(FILE *out, const struct crux_problem *problem,
                       const struct annotate_path *path, uint32_t count)
{
    (void)fprintf(out, "Problem:\n%s\n\nRight solution, its steps numbered from 1:\n",
                  problem->prompt);
    for (uint32_t i = 0; i < path->count; i++)
        (void)fprintf(out, "[%u] %.*s\n", i + 1, (int)path->steps[i].length, path->steps[i].start);
    (void)fprintf(out,
                  "\nNumber of false details: %u\n\n"
                  "Put so many false details into the solution: a number, an operation, a name or "
                  "a conclusion that is wrong and easily overlooked. Change nothing but these "
                  "details: every other step stays as it is, word by word.\n\n"
                  "Answer with one JSON object and nothing else: {\"steps\": [the %u steps with "
                  "the false details in them, in order], \"details\": [{\"step\": its number, "
                  "\"original\": \"what the step said\", \"false\": \"what it says now\"}, one for "
                  "each]}.\n",
                  count, path->count);
}

static char *inject_schema(uint32_t steps, uint32_t details)
{
    char *text;
    int length = asprintf(
        &text,
        "{\"type\": \"object\", \"properties\": {\"steps\": {\"type\": \"array\", \"items\": "
        "{\"type\": \"string\"}, \"minItems\": %u, \"maxItems\": %u}, \"details\": {\"type\": "
        "\"array\", \"items\": {\"type\": \"object\", \"properties\": {\"step\": {\"type\": "
        "\"integer\", \"minimum\": 1, \"maximum\": %u}, \"original\": {\"type\": \"string\"}, "
        "\"false\": {\"type\": \"string\"}}, \"required\": [\"step\", \"original\", \"false\"], "
        "\"additionalProperties\": false}, \"minItems\": 1, \"maxItems\": %u}}, \"required\": "
        "[\"steps\", \"details\"], \"additionalProperties\": false}",
        steps, steps, steps, details);

    return length >= 0 ? text : NULL;
}

int annotate_inject_write(struct annotate_words *out, const struct crux_problem *problem,
                          const struct annotate_path *path, uint32_t count,
                          struct crux_error *error)
{
    struct annotate_words words = {
        .system = strdup("You make exercises for those who learn to check solutions."),
        .schema = inject_schema(path->count, count)};
    size_t size;
    FILE *file = open_memstream(&words.user, &size);
    bool good = file != NULL && words.system != NULL && words.schema != NULL;

    assert(count >= 1 && count <= INJECTED_MOST && path->count > 0);
    if (good)
        ask_inject(file, problem, path, count);
    if (file != NULL)
        good = fclose(file) == 0 && good;
    if (good) {
        *out = words;
        return CRUX_OK;
    }
    annotate_words_close(&words);
    return crux_fail(error, CRUX_MEMORY, "no memory to ask for false details");
}

/* --- the answer ----------------------------------------------------------------------------- */

static bool inject_holds(struct crux_text text, const char *piece)
{
    return *piece != '\0' && memmem(text.start, text.length, piece, strlen(piece)) != NULL;
}

static const char *refuse_detail(const struct injected *injected, uint32_t i,
                                 const struct annotate_path *path)
{
    const struct injected_detail *detail = &injected->details[i];

    if (strcmp(detail->original, detail->invented) == 0)
        return "a false detail says what was there before";
    if (!inject_holds(path->steps[detail->step], detail->original))
        return "what a detail calls the original is not in its step";
    return strstr(injected->steps.texts[detail->step], detail->invented) != NULL &&
                   detail->invented[0] != '\0'
               ? NULL
               : "a false detail is not in its step";
}

/* The steps that are changed are those of the details. */
static const char *refuse_steps(const struct injected *injected, const struct annotate_path *path)
{
    for (uint32_t i = 0; i < path->count; i++) {
        const char *step = injected->steps.texts[i];
        bool changed = strlen(step) != path->steps[i].length ||
                       memcmp(step, path->steps[i].start, path->steps[i].length) != 0;
        bool named = false;

        for (uint32_t j = 0; j < injected->count; j++)
            named = named || injected->details[j].step == i;
        if (step[strspn(step, " \t\r\n\v")] == '\0')
            return "a step is empty";
        if (changed && !named)
            return "a step is changed of which no detail is named";
        if (named && !changed)
            return "a step of which a detail is named is not changed";
    }
    return NULL;
}

static const char *refuse_injected(const struct injected *injected,
                                   const struct annotate_path *path, uint32_t count)
{
    const char *why = NULL;

    if (injected->count == 0 || injected->count > count)
        return "there is no false detail, or there are more than were asked for";
    for (uint32_t i = 0; i < injected->count && why == NULL; i++)
        why = refuse_detail(injected, i, path);
    return why == NULL ? refuse_steps(injected, path) : why;
}

enum annotate_reading annotate_inject_read(struct injected *out, const char **why,
                                           const struct annotate_path *path, uint32_t count,
                                           const struct chat_sample *sample)
{
    struct injected injected = {.count = 0};
    struct json *object = NULL;
    const char *field, *expected;
    int status = CRUX_INVALID;

    *why = replied_object(&object, sample);
    if (*why == NULL) {
        *why = "the answer's JSON object has no steps and details of the form that was asked for";
        status = injected_read(&injected, object, path->count, &field, &expected);
    }
    json_free(object);
    if (status != CRUX_OK)
        return status == CRUX_MEMORY ? ANNOTATE_NO_MEMORY : ANNOTATE_NO_FORM;
    *why = refuse_injected(&injected, path, count);
    if (*why == NULL)
        *out = injected;
    else
        injected_close(&injected);
    return *why == NULL ? ANNOTATE_READ : ANNOTATE_REFUSED;
}
