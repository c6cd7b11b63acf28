/*
 * inject.c - asks for false details in right paths, then whether the answer is wrong with them.
 */
#include "io/passes/inject.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/draw.h"
#include "io/json.h"

struct inject {
    struct trees_work work; /* first: the work is its inject */
    struct inject_setup setup;
    struct inject_counts counts;
};

/* One right path. */
struct inject_item {
    struct trees_item item; /* first: an item is its path */
    struct passes_question question;
    struct crux_pair pair;
    struct injected path;    /* no steps: nothing was put in */
    char *text;              /* of the path, ... */
    struct crux_step answer; /* ... which is all of this one step */
    char *canonical;         /* form of its answer; NULL: none */
    enum crux_verdict verdict;
    struct crux_paid cost;
    enum { INJECT_ASK, INJECT_JUDGE, INJECT_DONE } stage;
    bool waits;
};

/* --- items ------------------------------------------------------------------------------------ */

static int inject_add(struct trees_tree *tree, uint32_t rollout, struct crux_error *error)
{
    struct inject_item *item = calloc(1, sizeof *item);

    if (item == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the paths of problem %.200s",
                         tree->tree->problem->id);
    item->pair = (struct crux_pair){.wrong = CRUX_NO_NODE,
                                    .right = rollout,
                                    .first_error = CRUX_NO_STEP,
                                    .critique = "",
                                    .error_type = "",
                                    .corrected_step = "",
                                    .method = ""};
    trees_add(tree, &item->item, rollout);
    return CRUX_OK;
}

/* A path without steps has no place for details. */
static int inject_items(struct trees_work *self, struct trees_tree *tree, struct crux_error *error)
{
    const struct inject_setup *setup = &((struct inject *)(void *)self)->setup;
    const struct crux_tree *what = tree->tree;
    uint32_t taken = 0;
    int status = CRUX_OK;

    for (uint32_t i = 0; i < what->right_count && status == CRUX_OK; i++) {
        if (crux_path_steps(what, what->rights[i], NULL, 0) == 0)
            continue;
        if (setup->paths > 0 && taken++ == setup->paths)
            break;
        if (trees_wants(tree, what->rights[i]))
            status = inject_add(tree, what->rights[i], error);
    }
    return status;
}

static void inject_free_item(struct trees_item *self)
{
    struct inject_item *item = (struct inject_item *)(void *)self;

    injected_close(&item->path);
    free(item->text);
    free(item->canonical);
    free(item);
}

/* --- asking ----------------------------------------------------------------------------------- */

static uint32_t inject_details(const struct inject_setup *setup, uint64_t seed)
{
    return setup->least + (uint32_t)(draw(seed, 1) % (setup->most - setup->least + 1));
}

static void inject_ask(const struct inject_setup *setup, struct inject_item *item)
{
    const struct crux_tree *tree = item->item.of->tree;
    uint64_t seed = passes_seed(setup->seed, tree->problem->id, item->item.rollout);

    item->question.port = &setup->injector->port;
    item->question.asking.call = (struct crux_call){.verb = CRUX_ANNOTATE,
                                                    .count = 1,
                                                    .state = {.problem = tree->problem},
                                                    .tree = tree,
                                                    .pair = &item->pair,
                                                    .details = inject_details(setup, seed),
                                                    .seed = draw(seed, 2)};
}

static void inject_judge(const struct inject_setup *setup, struct inject_item *item)
{
    const struct crux_problem *problem = item->item.of->tree->problem;
    uint64_t seed = passes_seed(setup->seed, problem->id, item->item.rollout);

    item->answer = (struct crux_step){.text = item->text,
                                      .length = (uint32_t)strlen(item->text),
                                      .depth = 1,
                                      .kind = CRUX_ANSWER,
                                      .terminal = true};
    item->question.port = &setup->outcome->port;
    item->question.asking.call = (struct crux_call){.verb = CRUX_JUDGE,
                                                    .count = 1,
                                                    .state = {.problem = problem, .key = seed},
                                                    .candidates = &item->answer,
                                                    .seed = draw(seed, 3)};
}

static int inject_next(struct trees_work *self, struct trees_item *trees_item,
                       struct passes_question **out, struct crux_error *error)
{
    const struct inject_setup *setup = &((struct inject *)(void *)self)->setup;
    struct inject_item *item = (struct inject_item *)(void *)trees_item;

    (void)error;
    if (item->waits)
        return CRUX_PENDING;
    if (item->stage == INJECT_DONE)
        return CRUX_END;
    if (item->stage == INJECT_ASK)
        inject_ask(setup, item);
    else
        inject_judge(setup, item);
    item->waits = true;
    *out = &item->question;
    return CRUX_OK;
}

/* --- answers ---------------------------------------------------------------------------------- */

static int inject_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for a path with false details");
}

static int inject_fail(struct inject_item *item, const char *sentence, struct crux_error *error)
{
    item->stage = INJECT_DONE;
    item->item.failure = strdup(sentence);
    return item->item.failure != NULL ? CRUX_OK : inject_no_memory(error);
}

/* The note's text, which the injector has checked against the path. */
static int inject_take(struct inject_item *item, const char *text, struct crux_error *error)
{
    const struct crux_tree *tree = item->item.of->tree;
    uint32_t steps = (uint32_t)crux_path_steps(tree, item->item.rollout, NULL, 0);
    const char *field, *expected;
    struct json *object = NULL;
    struct crux_error why;
    int status = json_parse(&object, text, strlen(text), &why);

    if (status == CRUX_OK)
        status = injected_read(&item->path, object, steps, &field, &expected);
    json_free(object);
    if (status == CRUX_MEMORY)
        return inject_no_memory(error);
    if (status != CRUX_OK || item->path.count == 0)
        return inject_fail(item, "the injector's note is no path with false details", error);
    item->text = injected_text(&item->path);
    item->stage = INJECT_JUDGE;
    return item->text != NULL ? CRUX_OK : inject_no_memory(error);
}

static int inject_answered_details(struct inject_item *item, const struct crux_reply *reply,
                                   struct crux_error *error)
{
    learnt_pay(&item->cost, reply);
    if (reply->note != NULL && reply->note->text == NULL)
        return inject_fail(item, "the annotator's note has no text", error);
    if (reply->note != NULL && reply->note->text[0] != '\0')
        return inject_take(item, reply->note->text, error);
    item->stage = INJECT_DONE;
    item->item.empty = true;
    return CRUX_OK;
}

/* A critic that costs nothing is no call that was paid for. */
static int inject_answered_verdict(struct inject_item *item, const struct crux_reply *reply,
                                   struct crux_error *error)
{
    if (reply->price > 0 || reply->prompt_tokens + reply->completion_tokens > 0)
        learnt_pay(&item->cost, reply);
    if (reply->count != 1 || reply->outcomes == NULL)
        return inject_fail(item, "the critic gives no verdict for the answer", error);
    item->stage = INJECT_DONE;
    item->verdict = reply->outcomes[0].verdict;
    item->item.empty = item->verdict != CRUX_WRONG;
    if (reply->outcomes[0].answer == NULL)
        return CRUX_OK;
    item->canonical = strdup(reply->outcomes[0].answer);
    return item->canonical != NULL ? CRUX_OK : inject_no_memory(error);
}

static int inject_answered(struct trees_work *self, struct trees_item *trees_item,
                           struct passes_question *question, int status, struct crux_error *error)
{
    struct inject_item *item = (struct inject_item *)(void *)trees_item;
    const struct crux_reply *reply = &question->asking.call.reply;

    (void)self;
    assert(item->waits);
    item->waits = false;
    if (status != CRUX_DONE)
        return inject_fail(item, reply->sentence != NULL ? reply->sentence : "a call failed",
                           error);
    return item->stage == INJECT_ASK ? inject_answered_details(item, reply, error)
                                     : inject_answered_verdict(item, reply, error);
}

/* --- what is found ---------------------------------------------------------------------------- */

static void inject_count(struct inject_counts *counts, const struct inject_item *item)
{
    counts->unusable += item->path.count == 0;
    counts->wrong += item->verdict == CRUX_WRONG;
    counts->right += item->verdict == CRUX_RIGHT;
    counts->unknown += item->path.count > 0 && item->verdict == CRUX_UNKNOWN;
    counts->details += item->verdict == CRUX_WRONG ? item->path.count : 0;
}

static int inject_finding(struct trees_work *self, struct trees_item *trees_item, char **json,
                          struct crux_error *error)
{
    struct inject *inject = (struct inject *)(void *)self;
    const struct inject_item *item = (struct inject_item *)(void *)trees_item;
    const struct learnt_injection found = {.model = inject->setup.model,
                                           .path = item->path,
                                           .answer = item->canonical != NULL ? item->canonical : "",
                                           .verdict = item->verdict};

    inject_count(&inject->counts, item);
    *json = learnt_injection_json(&found, &item->cost);
    return *json != NULL ? CRUX_OK : inject_no_memory(error);
}

static void inject_estimate(struct trees_work *self, const struct trees_item *item, uint64_t *least,
                            uint64_t *most)
{
    (void)self;
    (void)item;
    *least = *most = 1;
}

/* --- opening and closing -----------------------------------------------------------------------
 */

int inject_open(struct inject **out, const struct inject_setup *setup, struct crux_error *error)
{
    struct inject *inject;

    assert(setup->least >= 1 && setup->least <= setup->most && setup->most <= INJECTED_MOST);
    if (!setup->injector->injects)
        return crux_fail(error, CRUX_INVALID, "critic %s puts no false details into paths",
                         setup->injector->port.name);
    inject = calloc(1, sizeof *inject);
    if (inject == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to put details into paths");
    inject->setup = *setup;
    inject->work = (struct trees_work){.kind = LEARNT_INJECTIONS,
                                       .maker = setup->maker,
                                       .items = inject_items,
                                       .next = inject_next,
                                       .answered = inject_answered,
                                       .finding = inject_finding,
                                       .free_item = inject_free_item,
                                       .estimate = inject_estimate};
    *out = inject;
    return CRUX_OK;
}

void inject_close(struct inject *inject)
{
    free(inject);
}

struct trees_work *inject_work(struct inject *inject)
{
    return &inject->work;
}

const struct inject_counts *inject_counted(const struct inject *inject)
{
    return &inject->counts;
}
