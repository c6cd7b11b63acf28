/*
 * inject.c - false details: asked for, checked against the path, and looked for in critiques.
 */
#include "critics/annotate/inject.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "critics/annotate/refusal.h"
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

    assert(count >= 1 && count <= ANNOTATE_DETAILS && path->count > 0);
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

static enum annotate_reading inject_copy(char **out, const struct json *value)
{
    const char *text = json_as_string(value);

    if (text == NULL)
        return ANNOTATE_NO_FORM;
    *out = strdup(text);
    return *out != NULL ? ANNOTATE_READ : ANNOTATE_NO_MEMORY;
}

static enum annotate_reading inject_steps(struct annotate_injected *injected,
                                          const struct json *steps, uint32_t count)
{
    struct annotate_list *list = &injected->steps;
    enum annotate_reading reading = ANNOTATE_READ;

    if (json_type_of(steps) != JSON_IS_ARRAY || json_count(steps) != count)
        return ANNOTATE_NO_FORM;
    list->texts = calloc((size_t)count + 1, sizeof *list->texts);
    if (list->texts == NULL)
        return ANNOTATE_NO_MEMORY;
    while (list->count < count && reading == ANNOTATE_READ) {
        reading = inject_copy(&list->texts[list->count], json_at(steps, list->count));
        list->count += reading == ANNOTATE_READ;
    }
    return reading;
}

static enum annotate_reading inject_details(struct annotate_injected *injected,
                                            const struct json *details, uint32_t steps)
{
    enum annotate_reading reading = ANNOTATE_READ;
    size_t most = json_count(details);

    if (json_type_of(details) != JSON_IS_ARRAY || most > ANNOTATE_DETAILS)
        return ANNOTATE_NO_FORM;
    for (uint32_t i = 0; i < most && reading == ANNOTATE_READ; i++) {
        const struct json *object = json_at(details, i);
        struct annotate_detail *detail = &injected->details[i];
        int64_t step = json_as_integer(json_get(object, "step"));

        if (json_type_of(object) != JSON_IS_OBJECT || step < 1 || step > steps)
            return ANNOTATE_NO_FORM;
        detail->step = (uint32_t)step - 1;
        injected->count = i + 1;
        reading = inject_copy(&detail->original, json_get(object, "original"));
        if (reading == ANNOTATE_READ)
            reading = inject_copy(&detail->invented, json_get(object, "false"));
    }
    return reading;
}

static bool inject_holds(struct crux_text text, const char *piece)
{
    return *piece != '\0' && memmem(text.start, text.length, piece, strlen(piece)) != NULL;
}

static const char *refuse_detail(const struct annotate_injected *injected, uint32_t i,
                                 const struct annotate_path *path)
{
    const struct annotate_detail *detail = &injected->details[i];

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
static const char *refuse_steps(const struct annotate_injected *injected,
                                const struct annotate_path *path)
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

static const char *refuse_injected(const struct annotate_injected *injected,
                                   const struct annotate_path *path, uint32_t count)
{
    const char *why = NULL;

    if (injected->count == 0 || injected->count > count)
        return "there is no false detail, or there are more than were asked for";
    for (uint32_t i = 0; i < injected->count && why == NULL; i++)
        why = refuse_detail(injected, i, path);
    return why == NULL ? refuse_steps(injected, path) : why;
}

enum annotate_reading annotate_inject_read(struct annotate_injected *out, const char **why,
                                           const struct annotate_path *path, uint32_t count,
                                           const struct chat_sample *sample)
{
    struct annotate_injected injected = {.count = 0};
    enum annotate_reading reading = ANNOTATE_NO_FORM;
    struct json *object = NULL;

    *why = replied_object(&object, sample);
    if (*why == NULL) {
        *why = "the answer's JSON object has no steps and details of the form that was asked for";
        reading = inject_steps(&injected, json_get(object, "steps"), path->count);
        if (reading == ANNOTATE_READ)
            reading = inject_details(&injected, json_get(object, "details"), path->count);
    }
    json_free(object);
    if (reading == ANNOTATE_READ) {
        *why = refuse_injected(&injected, path, count);
        reading = *why == NULL ? ANNOTATE_READ : ANNOTATE_REFUSED;
    }
    if (reading == ANNOTATE_READ)
        *out = injected;
    else
        annotate_injected_close(&injected);
    return reading;
}

void annotate_injected_close(struct annotate_injected *injected)
{
    annotate_list_close(&injected->steps);
    for (uint32_t i = 0; i < ANNOTATE_DETAILS; i++) {
        free(injected->details[i].original);
        free(injected->details[i].invented);
    }
    *injected = (struct annotate_injected){.count = 0};
}

/* --- what is found -------------------------------------------------------------------------- */

static bool is_alone(const struct annotate_injected *injected, uint32_t detail)
{
    for (uint32_t i = 0; i < injected->count; i++)
        if (i != detail && injected->details[i].step == injected->details[detail].step)
            return false;
    return true;
}

static bool quotes_detail(const struct annotate_injected *injected, uint32_t i,
                          const struct annotate_claim *claim)
{
    const struct annotate_detail *detail = &injected->details[i];
    const struct crux_text invented = {detail->invented, strlen(detail->invented)};

    return (claim->step == CRUX_NO_STEP || claim->step == detail->step) &&
           annotate_quotes(claim->text, invented);
}

/* How many details are found, each by one claim, and each claim finding one. */
static uint32_t take_details(const struct annotate_injected *injected,
                             const struct annotate_claim *claims, uint32_t count)
{
    bool taken[ANNOTATE_DETAILS] = {false};
    uint32_t found = 0;

    for (uint32_t claim = 0; claim < count; claim++) {
        uint32_t match = injected->count;

        for (uint32_t i = injected->count; i > 0; i--)
            if (!taken[i - 1] && (quotes_detail(injected, i - 1, &claims[claim]) ||
                                  (claims[claim].step == injected->details[i - 1].step &&
                                   is_alone(injected, i - 1))))
                match = i - 1;
        if (match == injected->count)
            continue;
        taken[match] = true;
        found++;
    }
    return found;
}

double annotate_detected(const struct annotate_injected *injected,
                         const struct annotate_claim *claims, uint32_t count)
{
    uint32_t found = take_details(injected, claims, count);
    uint32_t either = injected->count + count - found;

    return either > 0 ? (double)found / either : 1.0;
}
