/*
 * request.c - values for a service's template, from a call.
 */
#include "critics/http/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/steps.h"

const char *const *service_names(void)
{
    static const char *const names[] = {"problem",  "id",         "seed",  "steps", "candidate",
                                        "solution", "candidates", "claim", ".",     NULL};

    return names;
}

/* What a template says of one candidate. */
enum { FILL_CANDIDATE, FILL_SOLUTION, FILL_OF_CANDIDATE };

struct fill {
    const struct service *service;
    const struct crux_call *call;
    struct mustache_value *steps; /* of the path, a text each */
    struct mustache_scope *step_scopes;
    size_t step_count;
    struct mustache_value (*candidates)[FILL_OF_CANDIDATE];
    struct mustache_scope *candidate_scopes;
    uint32_t candidate_count;
    char *failure; /* not NULL: no memory */
};

static const char fill_nothing[] = ""; /* in no memory */

/* A text with '\n' where lines end, in memory of its own. */
static struct crux_text fill_text(struct fill *fill, const char *text, size_t length)
{
    char *copy = strndup(text, length);

    if (copy == NULL) {
        fill->failure = "no memory for a request";
        return (struct crux_text){fill_nothing, 0};
    }
    for (char *at = copy; (at = strchr(at, '\v')) != NULL;)
        *at = '\n';
    return (struct crux_text){copy, strlen(copy)};
}

/* Where the path ends that candidates go on from. */
static const struct crux_step *fill_path(const struct crux_call *call)
{
    return call->candidates != NULL ? call->candidates[0].previous : call->state.last;
}

/* Of an answer that is to be judged only what is part of it. */
static size_t fill_keep(const struct fill *fill, const struct crux_step **path, size_t depth)
{
    size_t kept = 0;

    for (size_t i = 0; i < depth; i++)
        if (fill->call->verb != CRUX_JUDGE || crux_kind_reasons(path[i]->kind))
            path[kept++] = path[i];
    return kept;
}

static void fill_steps(struct fill *fill)
{
    const struct crux_step *path[STEPS_MOST];
    size_t depth = steps_gather(fill_path(fill->call), path, STEPS_MOST);

    fill->steps = calloc(depth + 1, sizeof *fill->steps);
    fill->step_scopes = calloc(depth + 1, sizeof *fill->step_scopes);
    if (fill->steps == NULL || fill->step_scopes == NULL || depth > STEPS_MOST) {
        fill->failure = "no memory for a request";
        return;
    }
    depth = fill_keep(fill, path, depth);
    for (; fill->step_count < depth; fill->step_count++) {
        struct mustache_value *value = &fill->steps[fill->step_count];

        value->name = ".";
        value->text = fill_text(fill, path[fill->step_count]->text, path[fill->step_count]->length);
        fill->step_scopes[fill->step_count] = (struct mustache_scope){value, 1};
    }
}

/* All steps and the candidate, a line each; an answer that was complete without it ends before. */
static struct crux_text fill_solution(struct fill *fill, const struct crux_step *candidate)
{
    const struct crux_step *last = candidate;
    size_t length = 0;
    char *joined;

    if (candidate == NULL || candidate->length == 0)
        last = candidate == NULL ? fill_path(fill->call) : candidate->previous;
    joined = fill->call->verb == CRUX_JUDGE
                 ? steps_join_solution(last, (struct crux_text){"\n", 1}, "", &length)
                 : steps_join(last, (struct crux_text){"\n", 1}, "", &length);
    if (joined == NULL)
        fill->failure = "no memory for a request";
    return (struct crux_text){joined != NULL ? joined : fill_nothing, length};
}

static void fill_candidates(struct fill *fill, uint32_t first, uint32_t count)
{
    fill->candidates = calloc(count, sizeof *fill->candidates);
    fill->candidate_scopes = calloc(count, sizeof *fill->candidate_scopes);
    if (fill->candidates == NULL || fill->candidate_scopes == NULL) {
        fill->failure = "no memory for a request";
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct crux_call *call = fill->call;
        const struct crux_step *step =
            call->candidates != NULL ? &call->candidates[first + i] : NULL;
        struct mustache_value *values = fill->candidates[i];

        values[FILL_CANDIDATE] =
            (struct mustache_value){.name = "candidate",
                                    .text = fill_text(fill, step != NULL ? step->text : "",
                                                      step != NULL ? step->length : 0)};
        values[FILL_SOLUTION] =
            (struct mustache_value){.name = "solution", .text = fill_solution(fill, step)};
        fill->candidate_scopes[i] = (struct mustache_scope){values, FILL_OF_CANDIDATE};
        fill->candidate_count = i + 1;
    }
}

static void fill_free_text(struct crux_text text)
{
    if (text.start != fill_nothing)
        free((void *)(uintptr_t)text.start);
}

static void fill_close(struct fill *fill)
{
    for (size_t i = 0; i < fill->step_count; i++)
        fill_free_text(fill->steps[i].text);
    for (uint32_t i = 0; i < fill->candidate_count; i++)
        for (int j = 0; j < FILL_OF_CANDIDATE; j++)
            fill_free_text(fill->candidates[i][j].text);
    free(fill->steps);
    free(fill->step_scopes);
    free(fill->candidates);
    free(fill->candidate_scopes);
}

static struct mustache_value fill_value(const char *name, const char *text)
{
    return (struct mustache_value){.name = name, .text = {text, strlen(text)}};
}

static int fill_render(char **out, const struct fill *fill, struct crux_error *error)
{
    const struct crux_problem *problem = fill->call->state.problem;
    char seed[24];
    size_t length;
    struct mustache_value values[5 + FILL_OF_CANDIDATE];
    struct mustache_scope all = {values, 5};

    (void)snprintf(seed, sizeof seed, "%" PRIu64, fill->call->seed >> 11); /* 53 bits */
    values[0] = fill_value("problem", problem->prompt);
    values[1] = fill_value("id", problem->id);
    values[2] = fill_value("seed", seed);
    values[3] = (struct mustache_value){
        .name = "steps", .items = fill->step_scopes, .count = fill->step_count};
    values[4] = fill_value("claim", fill->call->claim != NULL ? fill->call->claim : "");
    if (fill->service->together)
        values[all.count++] = (struct mustache_value){
            .name = "candidates", .items = fill->candidate_scopes, .count = fill->candidate_count};
    else
        for (int i = 0; i < FILL_OF_CANDIDATE; i++)
            values[all.count++] = fill->candidates[0][i];
    return mustache_render(out, &length, fill->service->request, &all, error);
}

int service_compose(char **out, const struct service *service, const struct crux_call *call,
                    uint32_t index, struct crux_error *error)
{
    struct fill fill = {.service = service, .call = call};
    int status = CRUX_OK;

    fill_steps(&fill);
    if (fill.failure == NULL)
        fill_candidates(&fill, service->together ? 0 : index, service->together ? call->count : 1);
    if (fill.failure != NULL)
        status = crux_fail(error, CRUX_MEMORY, "%s", fill.failure);
    else
        status = fill_render(out, &fill, error);
    fill_close(&fill);
    return status == CRUX_INVALID ? CRUX_FAILED : status;
}
