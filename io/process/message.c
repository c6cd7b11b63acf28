/*
 * message.c - the one place where a line of a program becomes a reply.
 *
 * Whether a text is one line and a number in its range the search checks itself, for every
 * port alike; here only the shape is read.
 */
#include "io/process/message.h"

#include <stdlib.h>
#include <string.h>

#include "io/numbers.h"
#include "io/steps.h"

#define SEED_BITS 53 /* what every language's numbers hold */

/* --- questions ----------------------------------------------------------------------- */

/* The problem, in the words of a file of problems. */
static struct json *problem_of(const struct crux_problem *problem)
{
    struct json *object = json_new_object(), *list;
    struct numbers_problem numbers;

    json_put(object, "id", json_of_string(problem->id));
    json_put(object, "problem", json_of_string(problem->prompt));
    if (!numbers_problem_read(&numbers, problem->line))
        return object;
    list = json_new_array();
    for (uint32_t i = 0; i < numbers.count; i++)
        json_add(list, json_of_integer(numbers.numbers[i]));
    json_put(object, "numbers", list);
    json_put(object, "target", json_of_integer(numbers.target));
    json_put(object, "use", json_of_string(numbers.use_all ? "all" : "any"));
    return object;
}

/* The texts from the first step to last; NULL: deeper than any search. */
static struct json *path_of(const struct crux_step *last)
{
    const struct crux_step *path[STEPS_MOST];
    size_t depth = steps_gather(last, path, STEPS_MOST);
    struct json *steps;

    if (depth > STEPS_MOST)
        return NULL;
    steps = json_new_array();
    for (size_t i = 0; i < depth; i++)
        json_add(steps, json_of_text(path[i]->text, path[i]->length));
    return steps;
}

static struct json *candidates_of(const struct crux_call *call)
{
    struct json *candidates = json_new_array();

    for (uint32_t i = 0; i < call->count; i++)
        json_add(candidates, json_of_text(call->candidates[i].text, call->candidates[i].length));
    return candidates;
}

static struct json *object_of(const struct crux_call *call, uint64_t id)
{
    bool scores = call->verb == CRUX_SCORE;
    struct json *object = json_new_object();

    json_put(object, "id", json_of_integer((int64_t)id));
    json_put(object, "op", json_of_string(scores ? "score" : "propose"));
    json_put(object, "problem", problem_of(call->state.problem));
    /* Candidates bring their own path: the last step of the state may be one of them. */
    json_put(object, "steps", path_of(scores ? call->candidates[0].previous : call->state.last));
    json_put(object, "n", json_of_integer(call->count));
    json_put(object, "seed", json_of_integer((int64_t)(call->seed >> (64 - SEED_BITS))));
    if (scores) {
        json_put(object, "candidates", candidates_of(call));
    } else {
        json_put(object, "kind", json_of_string(crux_kind_name(call->kind)));
        json_put(object, "sample", json_of_integer(call->sample));
    }
    return object;
}

int wire_question(char **out, size_t *length, const struct crux_call *call, uint64_t id,
                  struct crux_error *error)
{
    struct json *object;
    char *text, *line;

    if (call->verb != CRUX_PROPOSE && (call->verb != CRUX_SCORE || call->count == 0))
        return crux_fail(error, CRUX_FAILED, "a program answers propose and score only");
    if (call->state.depth > 0 && call->state.last == NULL)
        return crux_fail(error, CRUX_FAILED, "a program needs steps with texts");
    object = object_of(call, id);
    text = json_text(object, false);
    json_free(object);
    *length = text != NULL ? strlen(text) + 1 : 0;
    line = text != NULL ? realloc(text, *length + 1) : NULL;
    if (line == NULL) {
        free(text);
        return crux_fail(error, CRUX_MEMORY, "no memory to ask a program");
    }
    memcpy(line + *length - 1, "\n", 2);
    *out = line;
    return CRUX_OK;
}

/* --- replies --------------------------------------------------------------------------- */

static int bad_field(struct crux_error *error, const char *field, const char *expected,
                     const struct json *found)
{
    return crux_fail(error, CRUX_FAILED, "field `%s` of a reply: expected %s, found %s", field,
                     expected, json_type_name(json_type_of(found)));
}

static bool is_number(const struct json *value)
{
    return json_type_of(value) == JSON_IS_INTEGER || json_type_of(value) == JSON_IS_REAL;
}

/* A member that may be left out, or null. */
static const struct json *member(const struct json *object, const char *key)
{
    const struct json *value = json_get(object, key);

    return json_type_of(value) == JSON_IS_NULL ? NULL : value;
}

static int take_number(float *out, const struct json *step, const char *key,
                       struct crux_error *error)
{
    const struct json *value = member(step, key);

    if (value == NULL)
        return CRUX_OK;
    if (!is_number(value))
        return bad_field(error, key, "a number", value);
    *out = (float)json_as_real(value);
    return CRUX_OK;
}

static int take_count(uint32_t *out, const struct json *object, const char *key,
                      struct crux_error *error)
{
    const struct json *value = member(object, key);
    int64_t count = json_as_integer(value);

    if (value == NULL)
        return CRUX_OK;
    if (json_type_of(value) != JSON_IS_INTEGER || count < 0 || count > UINT32_MAX)
        return bad_field(error, key, "an integer from 0 to 4294967295", value);
    *out = (uint32_t)count;
    return CRUX_OK;
}

/* All but the text. */
static int take_step(struct crux_proposal *out, const struct json *step, struct crux_error *error)
{
    const struct json *terminal = member(step, "terminal");
    int status;

    *out = (struct crux_proposal){.prior = 1.0F, .terminal = json_as_bool(terminal)};
    if (terminal != NULL && json_type_of(terminal) != JSON_IS_BOOL)
        return bad_field(error, "terminal", "a boolean", terminal);
    status = take_number(&out->prior, step, "prior", error);
    if (status == CRUX_OK)
        status = take_number(&out->logprob, step, "logprob", error);
    return status == CRUX_OK ? take_count(&out->tokens, step, "tokens", error) : status;
}

static const char *step_text(const struct json *step)
{
    return json_as_string(json_type_of(step) == JSON_IS_OBJECT ? json_get(step, "text") : step);
}

/* The bytes of all texts, or 0 and the sentence. */
static size_t text_bytes(const struct json *steps, struct crux_error *error)
{
    size_t bytes = 1;

    for (size_t i = 0; i < json_count(steps); i++) {
        const char *text = step_text(json_at(steps, i));

        if (text == NULL || text[0] == '\0') {
            (void)crux_fail(error, CRUX_FAILED,
                            "field `steps` of a reply: expected texts, or objects with a `text`, "
                            "found something else or an empty one at place %zu",
                            i);
            return 0;
        }
        bytes += strlen(text) + 1;
    }
    return bytes;
}

static int take_steps(struct crux_call *call, const struct json *object, struct crux_error *error)
{
    const struct json *steps = json_get(object, "steps");
    struct crux_proposal *proposals;
    size_t count = json_count(steps), bytes;
    int status = CRUX_OK;
    char *at;

    if (json_type_of(steps) != JSON_IS_ARRAY)
        return bad_field(error, "steps", "an array", steps);
    if (count > call->count)
        return crux_fail(error, CRUX_FAILED,
                         "field `steps` of a reply: expected at most %u, found %zu", call->count,
                         count);
    bytes = text_bytes(steps, error);
    if (bytes == 0)
        return CRUX_FAILED;
    proposals = calloc(1, count * sizeof *proposals + bytes);
    if (proposals == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a reply");
    at = (char *)(proposals + count);
    for (size_t i = 0; i < count && status == CRUX_OK; i++) {
        const struct json *step = json_at(steps, i);

        status = take_step(&proposals[i], step, error);
        proposals[i].text = at;
        at = stpcpy(at, step_text(step)) + 1;
    }
    if (status != CRUX_OK) {
        free(proposals);
        return status;
    }
    call->reply.count = (uint32_t)count;
    call->reply.proposals = proposals;
    call->reply.owner = proposals;
    return CRUX_DONE;
}

static int take_scores(struct crux_call *call, const struct json *object, struct crux_error *error)
{
    const struct json *values = json_get(object, "scores");
    double *scores;

    if (json_type_of(values) != JSON_IS_ARRAY)
        return bad_field(error, "scores", "an array", values);
    if (json_count(values) != call->count)
        return crux_fail(error, CRUX_FAILED,
                         "field `scores` of a reply: expected %u, one for each candidate, found "
                         "%zu",
                         call->count, json_count(values));
    scores = calloc(call->count, sizeof *scores);
    if (scores == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a reply");
    for (size_t i = 0; i < call->count; i++) {
        const struct json *value = json_at(values, i);
        bool known = is_number(value);

        scores[i] = known ? json_as_real(value) : -1.0;
        if ((known && scores[i] >= 0.0 && scores[i] <= 1.0) || json_type_of(value) == JSON_IS_NULL)
            continue;
        free(scores);
        return bad_field(error, "scores", "numbers from 0 to 1, or null for unknown", value);
    }
    call->reply.count = call->count;
    call->reply.scores = scores;
    call->reply.owner = scores;
    return CRUX_DONE;
}

static int take_account(struct crux_reply *reply, const struct json *object,
                        struct crux_error *error)
{
    const struct json *price = member(object, "price");
    int status = take_count(&reply->prompt_tokens, object, "prompt_tokens", error);

    if (status == CRUX_OK)
        status = take_count(&reply->completion_tokens, object, "completion_tokens", error);
    if (status == CRUX_OK && price != NULL && json_type_of(price) != JSON_IS_INTEGER)
        return bad_field(error, "price", "an integer", price);
    reply->price = json_as_integer(price);
    return status;
}

int wire_reply(struct crux_call *call, const struct json *object, struct crux_error *error)
{
    int status;

    call->reply = (struct crux_reply){.count = 0};
    status = take_account(&call->reply, object, error);
    if (status != CRUX_OK)
        return status;
    return call->verb == CRUX_SCORE ? take_scores(call, object, error)
                                    : take_steps(call, object, error);
}
