/*
 * reward.c - critic `reward`: one call is one question, each of its candidates a sample of it.
 */
#include "critics/reward/reward.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "critics/opinions.h"
#include "critics/reward/plan.h"
#include "critics/solution.h"
#include "io/backends/backends.h"
#include "io/chat/template.h"
#include "io/mustache.h"
#include "io/sentences.h"

struct reward {
    struct crux_critic critic; /* first: a port is its critic */
    struct reward_plan plan;
    struct served_form form;
    struct served *served;
    struct mustache *template; /* NULL: problem, an empty line, solution */
    char *model;
    struct sentences sentences;
};

struct reward_pending {
    struct served_question question; /* first: a question is its record */
    struct reward *reward;
    struct crux_call *call; /* another's again once it has completed */
    uint32_t count;         /* of its candidates */
    int *at_once;           /* reward_ask()'s, only while it waits */
    struct solution *solutions;
    struct reward_text *texts; /* of malloc(): what they point to is theirs */
    struct http_piece same[2];
    char *body; /* with all candidates: what decides the answer */
};

/* --- texts ---------------------------------------------------------------------------------- */

/* Marks of a chat template in words that are not its own are broken, where there is a template: the
 * server would take them for real ones. */
static char *reward_guarded(const struct reward *reward, const char *text)
{
    return reward->template != NULL ? chat_template_guard(text) : strdup(text);
}

static int reward_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for a reward model's question");
}

/* The steps, each with its end; NULL: no memory. */
static char *write_steps(const struct reward *reward, const struct solution *solution)
{
    const char *end = reward->plan.step_end;
    char *steps = solution_text(solution, 0, *end != '\0' ? end : "\n"), *said = NULL;

    if (steps != NULL && asprintf(&said, "%s%s", steps, solution->count > 0 ? end : "") >= 0) {
        char *guarded = reward_guarded(reward, said);

        free(said);
        said = guarded;
    }
    free(steps);
    return said;
}

/* Each step as a value of a list, guarded. False: no memory; what was made is the list's. */
static bool list_guarded(struct mustache_value *values, struct mustache_scope *scopes,
                         const struct solution *solution)
{
    for (size_t i = 0; i < solution->count; i++) {
        char *step = strndup(solution->steps[i].start, solution->steps[i].length);
        char *guarded = step != NULL ? chat_template_guard(step) : NULL;

        free(step);
        if (guarded == NULL)
            return false;
        values[i] = (struct mustache_value){".", {guarded, strlen(guarded)}, NULL, 0};
        scopes[i] = (struct mustache_scope){&values[i], 1};
    }
    return true;
}

static int render_whole(char **out, const struct reward *reward, const char *problem,
                        const struct solution *solution, const char *text, struct crux_error *error)
{
    struct mustache_scope *scopes = calloc(solution->count + 1, sizeof *scopes);
    struct mustache_value *steps = calloc(solution->count + 1, sizeof *steps);
    const struct mustache_value values[] = {
        {"problem", {problem, strlen(problem)}, NULL, 0},
        {"solution", {text, strlen(text)}, NULL, 0},
        {"steps", {NULL, 0}, scopes, solution->count},
    };
    const struct mustache_scope scope = {values, sizeof values / sizeof *values};
    size_t length;
    int status = scopes != NULL && steps != NULL && list_guarded(steps, scopes, solution)
                     ? mustache_render(out, &length, reward->template, &scope, error)
                     : reward_no_memory(error);

    for (size_t i = 0; i < solution->count && steps != NULL; i++)
        free((char *)(uintptr_t)steps[i].text.start);
    free(scopes);
    free(steps);
    return status;
}

static int write_whole(char **out, const struct reward *reward, const char *problem,
                       const struct solution *solution, const char *steps, struct crux_error *error)
{
    if (reward->template != NULL)
        return render_whole(out, reward, problem, solution, steps, error);
    return asprintf(out, "%s\n\n%s", problem, steps) < 0 ? reward_no_memory(error) : CRUX_OK;
}

/* What is sent of one candidate. */
static int write_texts(struct reward_text *out, const struct reward *reward,
                       const struct crux_problem *problem, const struct solution *solution,
                       struct crux_error *error)
{
    char *asked = reward_guarded(reward, problem->prompt), *steps = write_steps(reward, solution);
    char *whole = NULL;
    int status = asked == NULL || steps == NULL
                     ? reward_no_memory(error)
                     : write_whole(&whole, reward, asked, solution, steps, error);

    *out = (struct reward_text){asked, steps, status == CRUX_OK ? whole : NULL};
    return status;
}

/* --- the form ------------------------------------------------------------------------------- */

static const struct reward_pending *reward_pending_of(const struct served_question *question)
{
    return (const struct reward_pending *)(const void *)question;
}

static int compose_reward(const struct served_question *question, uint32_t first, uint32_t count,
                          struct served_request *out, struct crux_error *error)
{
    const struct reward_pending *pending = reward_pending_of(question);
    const struct reward *reward = pending->reward;
    char *body = NULL;
    int status = reward_dialect_write(&body, reward->plan.dialect, reward->model,
                                      pending->texts + first, count, error);

    if (status == CRUX_OK)
        *out = (struct served_request){.path = reward->plan.dialect->path,
                                       .pieces = {{body, strlen(body)}},
                                       .piece_count = 1,
                                       .memory = body};
    return status;
}

static int split_rewards(const struct served_question *question, const char *body, size_t length,
                         struct served_reading *reading, struct served_choice *choices,
                         struct crux_error *error)
{
    const struct reward_plan *plan = &reward_pending_of(question)->reward->plan;

    return reward_dialect_read(plan->dialect, plan->pointer, body, length, reading, choices, error);
}

/* --- the way back --------------------------------------------------------------------------- */

static void reward_pending_free(struct reward_pending *pending)
{
    for (uint32_t i = 0; i < pending->count; i++) {
        if (pending->texts != NULL) {
            free((char *)(uintptr_t)pending->texts[i].problem);
            free((char *)(uintptr_t)pending->texts[i].solution);
            free((char *)(uintptr_t)pending->texts[i].whole);
        }
        if (pending->solutions != NULL)
            solution_close(&pending->solutions[i]);
    }
    free(pending->texts);
    free(pending->solutions);
    free(pending->body);
    free(pending);
}

/* A vector must have a place for each step, for a mark of a step's end in a candidate's own text
 * would add one. */
static bool take_reward(const struct reward_pending *pending, uint32_t i, struct opinion_made *made,
                        const struct served_sample *sample)
{
    const struct reward_plan *plan = &pending->reward->plan;
    struct json *kept = NULL;
    const struct json *value;
    bool good = json_parse(&kept, sample->text, sample->length, NULL) != CRUX_MEMORY;

    value = json_get(kept, "reward");
    if (good && (!plan->by_step || json_count(value) == pending->solutions[i].count))
        good = reward_worth_sum(made, &plan->worth, value, plan->by_step);
    json_free(kept);
    return good;
}

static const char *why_unknown(const struct reward_plan *plan)
{
    return plan->by_step ? "the rewards are not one in 0 .. 1 for each step (transform=, step-end=)"
                         : "the reward is not in 0 .. 1 (transform=, pointer=)";
}

static int take_rewards(struct reward_pending *pending, const struct served_answer *answer)
{
    struct crux_call *call = pending->call;
    struct opinion_made *made = opinions_new(call->count);
    bool used = false, good = made != NULL;

    for (uint32_t i = 0; i < call->count && good; i++) {
        good = take_reward(pending, i, &made[i], &answer->samples[i]);
        used = used || made[i].score >= 0.0;
    }
    if (!good) {
        opinions_free(made, call->count);
        made = NULL;
    } else if (used) {
        served_used(pending->reward->served, SERVED_ANSWERS);
    } else {
        served_dropped(pending->reward->served, SERVED_ANSWERS, call->state.problem,
                       why_unknown(&pending->reward->plan));
    }
    call->reply.prompt_tokens = answer->usage.prompt;
    call->reply.price = answer->price;
    return opinions_reply(call, made, true);
}

/* A text that is too long for the model is worth nobody knows what. */
static int reward_conclude(struct reward_pending *pending, const struct served_answer *answer)
{
    struct crux_call *call = pending->call;

    call->reply = (struct crux_reply){.count = 0};
    if (answer->status == CRUX_OK)
        return take_rewards(pending, answer);
    if (answer->overflow)
        return opinions_reply(call, opinions_new(call->count), false);
    call->reply.sentence = sentences_keep(&pending->reward->sentences, answer->sentence);
    return answer->status;
}

static void reward_answered(struct served_question *question, const struct served_answer *answer)
{
    struct reward_pending *pending = (struct reward_pending *)(void *)question;
    struct crux_call *call = pending->call;
    int status = reward_conclude(pending, answer);
    void *owner = call->reply.owner;

    if (answer->at_once)
        *pending->at_once = status;
    else if (!crux_complete(call, question->ticket, status))
        opinions_drop(owner); /* nobody waits any more */
    reward_pending_free(pending);
}

/* --- the way there -------------------------------------------------------------------------- */

static int prepare_reward(struct reward_pending *pending, struct crux_error *error)
{
    const struct crux_call *call = pending->call;
    const struct reward *reward = pending->reward;
    int status = CRUX_OK;

    pending->solutions = calloc((size_t)call->count + 1, sizeof *pending->solutions);
    pending->texts = calloc((size_t)call->count + 1, sizeof *pending->texts);
    if (pending->solutions == NULL || pending->texts == NULL)
        return reward_no_memory(error);
    for (uint32_t i = 0; i < call->count && status == CRUX_OK; i++) {
        if (!solution_open(&pending->solutions[i], &call->candidates[i]))
            return reward_no_memory(error);
        status = write_texts(&pending->texts[i], reward, call->state.problem,
                             &pending->solutions[i], error);
    }
    if (status == CRUX_OK)
        status = reward_dialect_write(&pending->body, reward->plan.dialect, reward->model,
                                      pending->texts, call->count, error);
    return status;
}

/* A reward model draws nothing, so there is no seed in its question. */
static void fill_reward_question(struct reward_pending *pending)
{
    const struct reward *reward = pending->reward;
    const struct crux_call *call = pending->call;

    pending->same[0] =
        (struct http_piece){reward->plan.dialect->name, strlen(reward->plan.dialect->name)};
    pending->same[1] = (struct http_piece){pending->body, strlen(pending->body)};
    pending->question = (struct served_question){.form = &reward->form,
                                                 .answered = reward_answered,
                                                 .same = pending->same,
                                                 .same_count = 2,
                                                 .count = call->count,
                                                 .problem = call->state.problem,
                                                 .prompt_most = (uint32_t)strlen(pending->body),
                                                 .owner = call,
                                                 .ticket = call->ticket};
}

static int reward_send(struct reward *reward, struct crux_call *call)
{
    struct reward_pending *pending = calloc(1, sizeof *pending);
    struct crux_error error = {""};
    int at_once = CRUX_FAILED, status;

    if (pending == NULL)
        return CRUX_MEMORY;
    pending->reward = reward;
    pending->call = call;
    pending->count = call->count;
    pending->at_once = &at_once;
    status = prepare_reward(pending, &error);
    if (status != CRUX_OK) {
        call->reply.sentence = sentences_keep(&reward->sentences, error.text);
        reward_pending_free(pending);
        return status;
    }
    fill_reward_question(pending);
    status = served_ask(reward->served, &pending->question);
    return status == CRUX_PENDING ? CRUX_PENDING : at_once;
}

/* --- the port ------------------------------------------------------------------------------- */

static int reward_ask(struct crux_port *port, struct crux_call *call)
{
    struct reward *reward = (struct reward *)(void *)port;

    if (call->verb != CRUX_SCORE && call->verb != CRUX_JUDGE) {
        call->reply.sentence = "critic reward scores steps and judges answers only";
        return CRUX_FAILED;
    }
    return call->candidates == NULL ? opinions_of_nothing(call) : reward_send(reward, call);
}

static void reward_cancel(struct crux_port *port, struct crux_call *call)
{
    served_cancel(((struct reward *)(void *)port)->served, call, call->ticket);
}

static void reward_free(struct reward *reward)
{
    sentences_close(&reward->sentences);
    mustache_free(reward->template);
    free(reward->model);
    free(reward);
}

static void reward_close(struct crux_port *port)
{
    reward_free((struct reward *)(void *)port);
}

static int open_reward_template(struct reward *reward, struct crux_error *error)
{
    static const char *const names[] = {"problem", "solution", "steps", NULL};
    struct mustache_source source = {.name = reward->plan.template, .line = 1};
    char *text = NULL;
    int status;

    if (reward->plan.template[0] == '\0')
        return CRUX_OK;
    if (access(source.name, R_OK) != 0)
        return crux_fail(error, CRUX_INVALID, "critic reward: cannot read template %.200s: %s",
                         source.name, strerror(errno));
    status = crux_prompt_inline(&text, source.name, error);
    if (status == CRUX_OK) {
        source.text.start = text + (*text == '=');
        source.text.length = strlen(source.text.start);
        while (source.text.length > 0 && source.text.start[source.text.length - 1] == '\n')
            source.text.length--;
        status = mustache_parse(&reward->template, &source, error);
    }
    if (status == CRUX_OK)
        status = mustache_check(reward->template, names, error);
    free(text);
    return status;
}

/* All that needs no backend. */
static int plan_reward(struct reward *reward, const char *argument, struct crux_error *error)
{
    int status = reward_plan_read(&reward->plan, argument, error);

    return status == CRUX_OK ? open_reward_template(reward, error) : status;
}

int reward_critic_check(enum crux_role role, const char *argument, struct crux_error *error)
{
    struct reward reward = {.template = NULL};
    int status = plan_reward(&reward, argument, error);

    (void)role;
    mustache_free(reward.template);
    return status;
}

static int open_reward(struct reward *reward, const char *argument, struct crux_backends *backends,
                       struct crux_error *error)
{
    int status = plan_reward(reward, argument, error);

    if (status == CRUX_OK && backends == NULL)
        status = crux_fail(error, CRUX_INVALID, "critic reward asks a served model: there is none");
    if (status == CRUX_OK)
        status = backends_find(&reward->served, backends, reward->plan.backend, error);
    if (status != CRUX_OK)
        return status;
    reward->model = strdup(crux_backends_chat(backends, reward->plan.backend)->model);
    reward->form = (struct served_form){reward->plan.batch, compose_reward, split_rewards};
    return reward->model != NULL ? CRUX_OK
                                 : crux_fail(error, CRUX_MEMORY, "no memory for critic reward");
}

int reward_critic_open(struct crux_critic **out, enum crux_role role, const char *argument,
                       struct crux_backends *backends, struct crux_error *error)
{
    struct reward *reward = calloc(1, sizeof *reward);
    int status;

    (void)role; /* what is complete is told by each call */
    if (reward == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for critic reward");
    sentences_open(&reward->sentences);
    status = open_reward(reward, argument, backends, error);
    if (status != CRUX_OK) {
        reward_free(reward);
        return status;
    }
    reward->critic = (struct crux_critic){.port = {.name = "reward",
                                                   .ask = reward_ask,
                                                   .cancel = reward_cancel,
                                                   .release = opinions_release,
                                                   .close = reward_close},
                                          .verbs = 1U << CRUX_SCORE | 1U << CRUX_JUDGE};
    *out = &reward->critic;
    return CRUX_OK;
}
