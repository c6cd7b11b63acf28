/*
 * injected.c - right paths with false details: read, written, seen as wrong paths, and scored.
 */
#include "io/injected.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/quoted.h"

/* --- reading ------------------------------------------------------------------------------- */

/* NULL, and a status: it is no text, or there is no memory. */
static char *injected_copy(const struct json *value, const char **expected, int *status)
{
    const char *text = json_as_string(value);
    char *copy;

    *expected = "a text";
    if (text == NULL) {
        *status = CRUX_INVALID;
        return NULL;
    }
    copy = strdup(text);
    if (copy == NULL)
        *status = CRUX_MEMORY;
    return copy;
}

static int injected_read_steps(struct injected_steps *steps, const struct json *list,
                               uint32_t wanted, const char **expected)
{
    size_t count = json_count(list);
    int status = CRUX_OK;

    *expected = "a text for each step of the path, or none";
    if (json_type_of(list) != JSON_IS_ARRAY || (count != wanted && count != 0))
        return CRUX_INVALID;
    steps->texts = calloc(count + 1, sizeof *steps->texts);
    if (steps->texts == NULL)
        return CRUX_MEMORY;
    while (steps->count < count && status == CRUX_OK) {
        steps->texts[steps->count] = injected_copy(json_at(list, steps->count), expected, &status);
        steps->count += status == CRUX_OK;
    }
    return status;
}

static int injected_read_detail(struct injected_detail *detail, const struct json *object,
                                uint32_t steps, const char **expected)
{
    const struct json *number = json_get(object, "step");
    int64_t step = json_as_integer(number);
    int status = CRUX_OK;

    *expected = "objects with `step`, one of the steps, and texts `original` and `false`";
    if (json_type_of(number) != JSON_IS_INTEGER || step < 1 || step > (int64_t)steps)
        return CRUX_INVALID;
    detail->step = (uint32_t)step - 1;
    detail->original = injected_copy(json_get(object, "original"), expected, &status);
    if (status == CRUX_OK)
        detail->invented = injected_copy(json_get(object, "false"), expected, &status);
    return status;
}

static int injected_read_details(struct injected *injected, const struct json *list,
                                 const char **expected)
{
    size_t count = json_count(list);
    int status = CRUX_OK;

    *expected = "1 to 5 details where there are steps, else none";
    if (json_type_of(list) != JSON_IS_ARRAY || count > INJECTED_MOST ||
        (count == 0) != (injected->steps.count == 0))
        return CRUX_INVALID;
    while (injected->count < count && status == CRUX_OK) {
        struct injected_detail detail = {.original = NULL};

        status = injected_read_detail(&detail, json_at(list, injected->count),
                                      injected->steps.count, expected);
        injected->details[injected->count++] = detail;
    }
    return status;
}

int injected_read(struct injected *out, const struct json *object, uint32_t steps,
                  const char **field, const char **expected)
{
    int status;

    *out = (struct injected){.count = 0};
    *field = "steps";
    status = injected_read_steps(&out->steps, json_get(object, "steps"), steps, expected);
    if (status == CRUX_OK) {
        *field = "details";
        status = injected_read_details(out, json_get(object, "details"), expected);
    }
    if (status != CRUX_OK)
        injected_close(out);
    return status;
}

void injected_close(struct injected *injected)
{
    for (uint32_t i = 0; i < injected->steps.count; i++)
        free(injected->steps.texts[i]);
    free(injected->steps.texts);
    for (uint32_t i = 0; i < injected->count; i++) {
        free(injected->details[i].original);
        free(injected->details[i].invented);
    }
    *injected = (struct injected){.count = 0};
}

/* --- writing ------------------------------------------------------------------------------- */

void injected_put(struct json *object, const struct injected *injected)
{
    struct json *steps = json_new_array(), *details = json_new_array();

    for (uint32_t i = 0; i < injected->steps.count; i++)
        json_add(steps, json_of_string(injected->steps.texts[i]));
    for (uint32_t i = 0; i < injected->count; i++) {
        const struct injected_detail *detail = &injected->details[i];
        struct json *one = json_new_object();

        json_put_count(one, "step", detail->step + 1);
        json_put(one, "original", json_of_string(detail->original));
        json_put(one, "false", json_of_string(detail->invented));
        json_add(details, one);
    }
    json_put(object, "steps", steps);
    json_put(object, "details", details);
}

/* --- as a path ----------------------------------------------------------------------------- */

uint32_t injected_first(const struct injected *injected)
{
    uint32_t first = injected->details[0].step;

    assert(injected->count > 0);
    for (uint32_t i = 1; i < injected->count; i++)
        if (injected->details[i].step < first)
            first = injected->details[i].step;
    return first;
}

char *injected_text(const struct injected *injected)
{
    const struct injected_steps *steps = &injected->steps;
    size_t bytes = 1;
    char *text, *at;

    for (uint32_t i = 0; i < steps->count; i++)
        bytes += strlen(steps->texts[i]) + 1;
    text = at = malloc(bytes);
    if (text == NULL)
        return NULL;
    for (uint32_t i = 0; i < steps->count; i++) {
        if (i > 0)
            *at++ = '\n';
        for (const char *from = steps->texts[i]; *from != '\0'; from++)
            *at++ = *from == '\n' ? '\v' : *from;
    }
    *at = '\0';
    return text;
}

int injected_view_open(struct injected_view *out, const struct crux_tree *tree, uint32_t right,
                       const struct injected *injected, const char *answer,
                       struct crux_error *error)
{
    struct crux_rollout *rollouts = calloc((size_t)tree->rollout_count + 1, sizeof *rollouts);
    char *text = injected_text(injected);

    assert(right < tree->rollout_count);
    if (rollouts == NULL || text == NULL) {
        free(rollouts);
        free(text);
        return crux_fail(error, CRUX_MEMORY, "no memory for a path of problem %.200s",
                         tree->problem->id);
    }
    memcpy(rollouts, tree->rollouts, tree->rollout_count * sizeof *rollouts);
    rollouts[tree->rollout_count] =
        (struct crux_rollout){.node = 0, .text = text, .answer = answer, .verdict = CRUX_WRONG};
    *out = (struct injected_view){.tree = *tree, .rollouts = rollouts, .text = text};
    out->tree.rollouts = rollouts;
    out->tree.rollout_count++;
    out->pair = (struct crux_pair){.wrong = tree->rollout_count,
                                   .right = right,
                                   .prefix = injected_first(injected),
                                   .first_error = CRUX_NO_STEP,
                                   .critique = "",
                                   .error_type = "",
                                   .corrected_step = "",
                                   .method = ""};
    return CRUX_OK;
}

void injected_view_close(struct injected_view *view)
{
    free(view->rollouts);
    free(view->text);
    *view = (struct injected_view){.text = NULL};
}

/* --- what is found ------------------------------------------------------------------------- */

/* Where its step is not blamed a short detail may be in the text by chance. */
static bool injected_is_quoted(const struct injected_detail *detail, const char *text, bool blamed)
{
    const struct crux_text invented = {detail->invented, strlen(detail->invented)};

    return blamed ? quoted_in(text, invented) : quoted_clearly(text, invented);
}

/* Does a critique say that this step is wrong? */
static bool injected_blames(int64_t at, int64_t step, const uint8_t *verdicts, size_t count)
{
    return at == step ||
           (verdicts != NULL && (size_t)at < count && verdicts[at] == (uint8_t)CRUX_WRONG);
}

/* A step that is blamed is a claim; where it has several details, so is each that is quoted. */
struct injected_score injected_score_of(const struct injected *injected, const char *text,
                                        int64_t step, const uint8_t *verdicts, size_t count)
{
    uint32_t claims = 0, found = 0, first = injected_first(injected);
    struct injected_score score = {0.0, injected_blames(first, step, verdicts, count)};

    for (int64_t at = 0; at < (int64_t)injected->steps.count; at++) {
        bool blamed = injected_blames(at, step, verdicts, count);
        uint32_t quoted = 0, details = 0;

        for (uint32_t i = 0; i < injected->count; i++) {
            if ((int64_t)injected->details[i].step != at)
                continue;
            details++;
            quoted += injected_is_quoted(&injected->details[i], text, blamed);
        }
        score.first |= at == (int64_t)first && quoted > 0;
        found += blamed && details == 1 ? 1 : quoted;
        claims += blamed && quoted == 0 ? 1 : quoted;
    }
    score.jaccard = (double)found / (double)(injected->count + claims - found);
    return score;
}
