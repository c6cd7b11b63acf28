/*
 * question.c - the JSON lines of calls to a program: writes the question, for each verb.
 */
#include "io/process/message.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/numbers.h"
#include "io/steps.h"

#define SEED_BITS 53 /* what every language's numbers hold */

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
        json_add(steps, steps_json((struct crux_text){path[i]->text, path[i]->length}));
    return steps;
}

/* None: the state itself is to be scored. */
static struct json *candidates_of(const struct crux_call *call)
{
    struct json *candidates = json_new_array();

    for (uint32_t i = 0; i < call->count && call->candidates != NULL; i++)
        json_add(candidates, steps_json((struct crux_text){call->candidates[i].text,
                                                           call->candidates[i].length}));
    return candidates;
}

/* All steps of a complete answer that are part of it, with a line break between two. The last one
 * is empty where the answer was complete without it. */
static struct json *answer_of(const struct crux_step *candidate)
{
    const struct crux_step *last = candidate->length > 0 ? candidate : candidate->previous;
    size_t length = 0;
    char *text = steps_join_solution(last, (struct crux_text){"\n", 1}, "", &length);
    struct json *value = text == NULL ? NULL : json_of_text(text, length);

    free(text);
    return value;
}

static struct json *answers_of(const struct crux_call *call)
{
    struct json *answers = json_new_array();

    for (uint32_t i = 0; i < call->count; i++)
        json_add(answers, answer_of(&call->candidates[i]));
    return answers;
}

static struct json *steps_of_rollout(const struct crux_tree *tree, uint32_t rollout)
{
    size_t count = crux_path_steps(tree, rollout, NULL, 0);
    struct crux_text *steps = calloc(count + 1, sizeof *steps);
    struct json *array = steps != NULL ? json_new_array() : NULL;

    if (steps != NULL)
        (void)crux_path_steps(tree, rollout, steps, count);
    for (size_t i = 0; i < count && steps != NULL; i++)
        json_add(array, steps_json(steps[i]));
    free(steps);
    return array;
}

/* The answer that is to be made better, and what is said of it. */
static struct json *revise_of(const struct crux_revision *revision)
{
    size_t count = 0;
    struct crux_text *steps = steps_of_answer(revision->answer, &count);
    struct json *object = steps != NULL ? json_new_object() : NULL;
    struct json *answer = steps != NULL ? json_new_array() : NULL;

    for (size_t i = 0; i < count; i++)
        json_add(answer, steps_json(steps[i]));
    json_put(object, "answer", answer);
    json_put(object, "critique",
             revision->critique != NULL
                 ? steps_json((struct crux_text){revision->critique, strlen(revision->critique)})
                 : json_of_null());
    free(steps);
    return object;
}

/* Candidates bring their own path: the last step of the state may be one of them. */
static const struct crux_step *last_of(const struct crux_call *call)
{
    return call->verb == CRUX_SCORE && call->candidates != NULL ? call->candidates[0].previous
                                                                : call->state.last;
}

static void put_candidates(struct json *object, const struct crux_call *call)
{
    if (call->verb != CRUX_JUDGE)
        json_put(object, "steps", path_of(last_of(call)));
    json_put(object, "n", json_of_integer(call->count));
}

/* Which step is known to be wrong is said where it is: of a search nobody knows it yet. */
static void put_pair(struct json *object, const struct crux_call *call)
{
    const struct crux_pair *pair = call->pair;
    bool alone = pair->wrong == CRUX_NO_NODE;

    json_put(object, "prefix", json_of_integer(pair->prefix));
    json_put(object, "wrong", alone ? json_of_null() : steps_of_rollout(call->tree, pair->wrong));
    json_put(object, "right", steps_of_rollout(call->tree, pair->right));
    if (!alone && pair->first_error != CRUX_NO_STEP)
        json_put(object, "located", json_of_integer(pair->first_error));
}

/* Takes over kinds; NULL where all were those of plain steps, which need not be told. */
static struct json *told_kinds(struct json *kinds, bool plain)
{
    if (!plain)
        return kinds;
    json_free(kinds);
    return NULL;
}

/* Kinds of candidates among which one is no plain step, as sub-goals are; NULL: all are plain. */
static struct json *kinds_of(const struct crux_call *call)
{
    struct json *kinds = json_new_array();
    bool plain = true;

    for (uint32_t i = 0; i < call->count && call->candidates != NULL; i++) {
        enum crux_kind kind = (enum crux_kind)call->candidates[i].kind;

        plain &= kind == CRUX_STEP;
        json_add(kinds, json_of_string(crux_kind_name(kind)));
    }
    return told_kinds(kinds, plain);
}

/* The same of the steps of a path. */
static struct json *step_kinds_of(const struct crux_step *last)
{
    const struct crux_step *path[STEPS_MOST];
    size_t depth = steps_gather(last, path, STEPS_MOST);
    struct json *kinds = json_new_array();
    bool plain = true;

    for (size_t i = 0; i < depth && depth <= STEPS_MOST; i++) {
        plain &= path[i]->kind == CRUX_STEP;
        json_add(kinds, json_of_string(crux_kind_name((enum crux_kind)path[i]->kind)));
    }
    return told_kinds(kinds, plain);
}

/* What only some questions have, so that the keys of all others are what they were. */
static void put_more(struct json *object, const struct crux_call *call)
{
    struct json *kinds = call->verb == CRUX_SCORE ? kinds_of(call) : NULL;
    struct json *steps = call->verb != CRUX_JUDGE ? step_kinds_of(last_of(call)) : NULL;

    if (steps != NULL)
        json_put(object, "step_kinds", steps);
    if (kinds != NULL)
        json_put(object, "kinds", kinds);
    if (call->verb != CRUX_PROPOSE && call->claim != NULL)
        json_put(object, "claim", json_of_string(call->claim));
}

/* Members of old verbs stand in their old order: it is part of every key. */
static struct json *object_of(const struct crux_call *call)
{
    static const char *const names[CRUX_VERBS] = {"propose", "score", "judge", "annotate"};
    struct json *object = json_new_object();

    json_put(object, "id", json_of_integer(0));
    json_put(object, "op", json_of_string(names[call->verb]));
    json_put(object, "problem", problem_of(call->state.problem));
    if (call->verb != CRUX_ANNOTATE)
        put_candidates(object, call);
    json_put_count(object, "seed", call->seed >> (64 - SEED_BITS));
    if (call->verb == CRUX_PROPOSE) {
        json_put(object, "kind", json_of_string(crux_kind_name(call->kind)));
        json_put(object, "sample", json_of_integer(call->sample));
        if (call->revision != NULL)
            json_put(object, "revise", revise_of(call->revision));
        put_more(object, call);
    } else if (call->verb == CRUX_ANNOTATE) {
        put_pair(object, call);
    } else {
        json_put(object, "candidates",
                 call->verb == CRUX_JUDGE ? answers_of(call) : candidates_of(call));
        put_more(object, call);
    }
    return object;
}

int process_question(char **out, size_t *length, const struct crux_call *call,
                     struct crux_error *error)
{
    struct json *object;
    char *text, *line;

    assert(call->verb < CRUX_VERBS);
    if ((call->verb == CRUX_SCORE || call->verb == CRUX_JUDGE) && call->count == 0)
        return crux_fail(error, CRUX_FAILED, "a program is asked about one candidate or more");
    if (call->state.depth > 0 && call->state.last == NULL)
        return crux_fail(error, CRUX_FAILED, "a program needs steps with texts");
    object = object_of(call);
    text = json_text(object, false);
    json_free(object);
    *length = text != NULL ? strlen(text) + 1 : 0;
    line = text != NULL ? realloc(text, *length + 1) : NULL;
    if (line == NULL) {
        free(text);
        return crux_fail(error, CRUX_MEMORY, "no memory to ask a program");
    }
    memcpy(line + *length - 1, "\n", 2);
    assert(strncmp(line, PROCESS_HEAD, sizeof PROCESS_HEAD - 1) == 0);
    *out = line;
    return CRUX_OK;
}
