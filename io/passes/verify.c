/*
 * verify.c - refines wrong answers with their critiques, without, and with those of other paths.
 */
#include "io/passes/verify.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/draw.h"
#include "io/passes/completions.h"

enum verify_arm { VERIFY_WITH, VERIFY_WITHOUT, VERIFY_CONTROL, VERIFY_ARMS };

enum { VERIFY_MAKER = 201 };

/* A maker's first critique of the last tree that had any of it. */
struct verify_earlier {
    struct verify_earlier *next;
    uint64_t problem; /* the tree's */
    char *maker, *text, *id;
};

struct verify {
    struct trees_work work; /* first: the work is its verify */
    struct verify_setup setup;
    struct verify_earlier *earlier; /* one a maker */
};

/* One critique. */
struct verify_item {
    struct trees_item item; /* first: an item is its critique */
    char maker[VERIFY_MAKER];
    struct crux_step *answer; /* the wrong path, linked */
    size_t count;             /* its steps */
    char *critique;           /* its text, its maker, ... */
    char *annotator;
    char *foreign, *foreign_id; /* ... and the other path's text and id; "": none */
    int64_t step;               /* that it points at; -1: none */
    enum crux_verdict verdict;  /* its own word; UNKNOWN: none */
    int64_t located;            /* the first wrong step, as far as it is known; -1: not */
    struct crux_revision revisions[VERIFY_ARMS];
    struct completions arms[VERIFY_ARMS];
    bool wanted[VERIFY_ARMS];
};

/* --- critiques ---------------------------------------------------------------------------- */

/* A critique as it stands beside a tree, or in it. */
struct verify_critique {
    uint32_t rollout, pair;
    const char *maker, *text;
    int64_t step;
    enum crux_verdict verdict;
};

/* Where a rollout has its pair; pair_count: it has none. */
static uint32_t verify_pair_of(const struct crux_tree *tree, uint32_t rollout)
{
    uint32_t i = 0;

    while (i < tree->pair_count && tree->pairs[i].wrong != rollout)
        i++;
    return i;
}

/* Every critique of a wrong path that says something: the tree's own, then those of passes. */
static size_t verify_gather(const struct trees_tree *tree, struct verify_critique *out)
{
    const struct crux_tree *what = tree->tree;
    const struct learnt_items *items = &tree->learnt.of[LEARNT_CRITIQUES];
    size_t count = 0;

    for (uint32_t i = 0; i < what->pair_count; i++)
        if (what->pairs[i].critique[0] != '\0')
            out[count++] =
                (struct verify_critique){.rollout = what->pairs[i].wrong,
                                         .pair = i,
                                         .maker = "",
                                         .text = what->pairs[i].critique,
                                         .step = what->pairs[i].first_error == CRUX_NO_STEP
                                                     ? -1
                                                     : (int64_t)what->pairs[i].first_error,
                                         .verdict = CRUX_WRONG};
    for (size_t i = 0; i < items->count; i++) {
        const struct learnt_critique *critique = &items->items[i].critique;
        uint32_t pair = verify_pair_of(what, items->items[i].rollout);

        if (pair < what->pair_count && critique->text[0] != '\0')
            out[count++] = (struct verify_critique){.rollout = items->items[i].rollout,
                                                    .pair = pair,
                                                    .maker = items->items[i].maker,
                                                    .text = critique->text,
                                                    .step = critique->step,
                                                    .verdict = critique->verdict};
    }
    return count;
}

/* The next critique of the same maker about another path that reads otherwise; NULL: none. */
static const struct verify_critique *verify_foreign(const struct verify_critique *all, size_t count,
                                                    size_t at)
{
    for (size_t i = 1; i < count; i++) {
        const struct verify_critique *other = &all[(at + i) % count];

        if (other->rollout != all[at].rollout && strcmp(other->maker, all[at].maker) == 0 &&
            strcmp(other->text, all[at].text) != 0)
            return other;
    }
    return NULL;
}

/* --- items -------------------------------------------------------------------------------- */

static void verify_free_item(struct trees_item *self)
{
    struct verify_item *item = (struct verify_item *)(void *)self;

    for (size_t arm = 0; arm < VERIFY_ARMS; arm++)
        completions_free(&item->arms[arm]);
    free(item->answer);
    free(item->critique);
    free(item->annotator);
    free(item->foreign);
    free(item->foreign_id);
    free(item);
}

static char *verify_path_id(const struct crux_tree *tree, uint32_t pair)
{
    char *id = NULL;

    return asprintf(&id, "%s/w%04u", tree->problem->id, pair) < 0 ? NULL : id;
}

/* What a maker has said of an earlier tree; NULL: nothing yet. */
static struct verify_earlier *verify_earlier_of(const struct verify *verify, const char *maker)
{
    struct verify_earlier *earlier = verify->earlier;

    while (earlier != NULL && strcmp(earlier->maker, maker) != 0)
        earlier = earlier->next;
    return earlier;
}

/* What the control is told about the critique `at`: what the same maker says of another path. */
static void verify_choose_control(const struct verify *verify, struct verify_item *item,
                                  const struct crux_tree *tree, const struct verify_critique *all,
                                  size_t count, size_t at)
{
    const struct verify_critique *other = verify_foreign(all, count, at);
    const struct verify_earlier *earlier = verify_earlier_of(verify, all[at].maker);

    if (other != NULL) {
        item->foreign = strdup(other->text);
        item->foreign_id = verify_path_id(tree, other->pair);
    } else {
        item->foreign = strdup(earlier != NULL ? earlier->text : "");
        item->foreign_id = strdup(earlier != NULL ? earlier->id : "");
    }
}

static uint64_t verify_seed(const struct verify *verify, const struct verify_item *item,
                            enum verify_arm arm)
{
    const char *id = item->item.of->tree->problem->id;
    uint64_t seed = passes_seed(verify->setup.seed, id, item->item.rollout);
    const char *told = item->revisions[arm].critique;

    seed = draw(seed, arm);
    return told == NULL ? seed : draw(seed, draw_text(told, strlen(told)));
}

static void verify_begin_arm(const struct verify *verify, struct verify_item *item,
                             enum verify_arm arm, const char *told, uint32_t count)
{
    item->wanted[arm] = count > 0;
    if (count == 0)
        return;
    item->revisions[arm] =
        (struct crux_revision){item->count > 0 ? &item->answer[item->count - 1] : NULL, told};
    completions_begin(&item->arms[arm], &(struct completions_order){
                                            .policy = verify->setup.refiner,
                                            .outcome = verify->setup.outcome,
                                            .state = {.problem = item->item.of->tree->problem},
                                            .revision = &item->revisions[arm],
                                            .seed = verify_seed(verify, item, arm),
                                            .count = count});
}

static void verify_begin(const struct verify *verify, struct verify_item *item)
{
    const struct verify_setup *setup = &verify->setup;
    bool control = item->foreign[0] != '\0';

    verify_begin_arm(verify, item, VERIFY_WITH, item->critique, setup->with);
    verify_begin_arm(verify, item, VERIFY_WITHOUT, NULL, setup->without);
    verify_begin_arm(verify, item, VERIFY_CONTROL, item->foreign, control ? setup->control : 0);
}

/* The maker says whose critique it is about: the tree's own has no name. */
static void verify_name(const struct verify *verify, struct verify_item *item, const char *maker)
{
    if (maker[0] == '\0')
        (void)snprintf(item->maker, sizeof item->maker, "%.180s/own", verify->setup.maker);
    else
        (void)snprintf(item->maker, sizeof item->maker, "%.180s/%016llx", verify->setup.maker,
                       (unsigned long long)draw_text(maker, strlen(maker)));
}

static int verify_fill(struct verify_item *item, struct trees_tree *tree,
                       const struct verify_critique *critique, struct crux_error *error)
{
    const char *maker;
    struct path path = {.steps = NULL};
    int status = paths_read(&tree->paths, critique->rollout, &path, error);

    if (status == CRUX_OK) {
        item->count = path.count;
        item->answer = path_chain(&path, path.count);
        item->critique = strdup(critique->text);
        item->annotator = strdup(critique->maker);
    }
    path_close(&path);
    item->step = critique->step;
    item->verdict = critique->verdict;
    item->located =
        learnt_location_of(&tree->learnt, &tree->tree->pairs[critique->pair], &maker).step;
    if (status == CRUX_OK &&
        (item->answer == NULL || item->critique == NULL || item->annotator == NULL ||
         item->foreign == NULL || item->foreign_id == NULL))
        status = crux_fail(error, CRUX_MEMORY, "no memory to verify critiques of problem %.200s",
                           tree->tree->problem->id);
    return status;
}

static int verify_add(const struct verify *verify, struct trees_tree *tree,
                      const struct verify_critique *all, size_t count, size_t at,
                      struct crux_error *error)
{
    struct verify_item *item = calloc(1, sizeof *item);
    int status;

    if (item == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to verify critiques of problem %.200s",
                         tree->tree->problem->id);
    verify_name(verify, item, all[at].maker);
    if (!trees_wants_by(tree, all[at].rollout, item->maker)) {
        free(item);
        return CRUX_OK;
    }
    verify_choose_control(verify, item, tree->tree, all, count, at);
    status = verify_fill(item, tree, &all[at], error);
    if (status != CRUX_OK) {
        verify_free_item(&item->item);
        return status;
    }
    item->item.maker = item->maker;
    trees_add(tree, &item->item, all[at].rollout);
    verify_begin(verify, item);
    return CRUX_OK;
}

static void verify_forget(struct verify_earlier *earlier)
{
    free(earlier->maker);
    free(earlier->text);
    free(earlier->id);
}

static bool verify_remember_one(struct verify *verify, const struct crux_tree *tree,
                                const struct verify_critique *critique)
{
    struct verify_earlier *earlier = verify_earlier_of(verify, critique->maker);

    if (earlier != NULL && earlier->problem == tree->problem->ordinal)
        return true;
    if (earlier != NULL) {
        verify_forget(earlier);
    } else {
        earlier = malloc(sizeof *earlier);
        if (earlier == NULL)
            return false;
        earlier->next = verify->earlier;
        verify->earlier = earlier;
    }
    earlier->problem = tree->problem->ordinal;
    earlier->maker = strdup(critique->maker);
    earlier->text = strdup(critique->text);
    earlier->id = verify_path_id(tree, critique->pair);
    return earlier->maker != NULL && earlier->text != NULL && earlier->id != NULL;
}

/* For trees of which a maker has but one thing to say. */
static int verify_remember(struct verify *verify, const struct crux_tree *tree,
                           const struct verify_critique *all, size_t count,
                           struct crux_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (!verify_remember_one(verify, tree, &all[i]))
            return crux_fail(error, CRUX_MEMORY, "no memory for a critique");
    return CRUX_OK;
}

static int verify_items(struct trees_work *self, struct trees_tree *tree, struct crux_error *error)
{
    struct verify *verify = (struct verify *)(void *)self;
    size_t room = tree->tree->pair_count + tree->learnt.of[LEARNT_CRITIQUES].count + 1, count;
    struct verify_critique *all = calloc(room, sizeof *all);
    int status = CRUX_OK;

    if (all == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the critiques of problem %.200s",
                         tree->tree->problem->id);
    count = verify_gather(tree, all);
    for (size_t i = 0; i < count && status == CRUX_OK; i++)
        status = verify_add(verify, tree, all, count, i, error);
    if (status == CRUX_OK)
        status = verify_remember(verify, tree->tree, all, count, error);
    free(all);
    return status;
}

/* --- asking ----------------------------------------------------------------------------------- */

static int verify_next(struct trees_work *self, struct trees_item *trees_item,
                       struct passes_question **out, struct crux_error *error)
{
    struct verify_item *item = (struct verify_item *)(void *)trees_item;
    bool waits = false;

    (void)self;
    (void)error;
    for (size_t arm = 0; arm < VERIFY_ARMS; arm++) {
        int status = item->wanted[arm] ? completions_next(&item->arms[arm], out) : CRUX_END;

        if (status == CRUX_OK)
            return CRUX_OK;
        waits |= status == CRUX_PENDING;
    }
    return waits ? CRUX_PENDING : CRUX_END;
}

/* The arm whose question it is. */
static struct completions *verify_arm_of(struct verify_item *item,
                                         const struct passes_question *question)
{
    size_t arm = 0;

    while (&item->arms[arm].question != question)
        arm++;
    assert(arm < VERIFY_ARMS);
    return &item->arms[arm];
}

static int verify_answered(struct trees_work *self, struct trees_item *trees_item,
                           struct passes_question *question, int status, struct crux_error *error)
{
    struct verify_item *item = (struct verify_item *)(void *)trees_item;
    struct completions *arm = verify_arm_of(item, question);

    (void)self;
    status = completions_answered(arm, status, error);
    if (status == CRUX_OK && arm->failure != NULL && trees_item->failure == NULL) {
        trees_item->failure = arm->failure;
        arm->failure = NULL;
    }
    return status;
}

/* --- what is found ---------------------------------------------------------------------------- */

static struct learnt_count verify_count(const struct completions *arm)
{
    return (struct learnt_count){arm->right, arm->of};
}

static void verify_add_cost(struct crux_paid *cost, const struct crux_paid *more)
{
    cost->calls += more->calls;
    cost->prompt_tokens += more->prompt_tokens;
    cost->completion_tokens += more->completion_tokens;
    cost->price += more->price;
}

/* Is what it says what is known? */
static enum crux_verdict verify_step_is(const struct verify_item *item)
{
    if (item->step < 0 || item->located < 0)
        return CRUX_UNKNOWN;
    return item->step == item->located ? CRUX_RIGHT : CRUX_WRONG;
}

static int verify_finding(struct trees_work *self, struct trees_item *trees_item, char **json,
                          struct crux_error *error)
{
    const struct verify_item *item = (struct verify_item *)(void *)trees_item;
    bool says = item->verdict != CRUX_UNKNOWN;
    struct crux_paid cost = {0, 0, 0, 0};
    struct learnt_verification found = {
        .critique = item->annotator,
        .foreign = item->foreign_id,
        .with = verify_count(&item->arms[VERIFY_WITH]),
        .without = verify_count(&item->arms[VERIFY_WITHOUT]),
        .control = verify_count(&item->arms[VERIFY_CONTROL]),
        .verdict_is = !says                         ? CRUX_UNKNOWN
                      : item->verdict == CRUX_WRONG ? CRUX_RIGHT
                                                    : CRUX_WRONG,
        .step_is = verify_step_is(item),
    };

    (void)self;
    for (size_t arm = 0; arm < VERIFY_ARMS; arm++)
        verify_add_cost(&cost, &item->arms[arm].cost);
    *json = learnt_verification_json(&found, &cost);
    return *json != NULL ? CRUX_OK : crux_fail(error, CRUX_MEMORY, "no memory for a verification");
}

static void verify_estimate(struct trees_work *self, const struct trees_item *trees_item,
                            uint64_t *least, uint64_t *most)
{
    const struct verify_item *item = (const struct verify_item *)(const void *)trees_item;

    (void)self;
    *least = 0;
    for (size_t arm = 0; arm < VERIFY_ARMS; arm++)
        *least += item->wanted[arm] ? item->arms[arm].order.count : 0;
    *most = *least;
}

/* --- opening and closing -----------------------------------------------------------------------
 */

int verify_open(struct verify **out, const struct verify_setup *setup, struct crux_error *error)
{
    struct verify *verify;

    if (!setup->refiner->revises)
        return crux_fail(error, CRUX_INVALID, "policy %s revises no answers: say --completer NAME",
                         setup->refiner->port.name);
    verify = calloc(1, sizeof *verify);
    if (verify == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to verify critiques");
    verify->setup = *setup;
    verify->work = (struct trees_work){.kind = LEARNT_VERIFICATIONS,
                                       .maker = setup->maker,
                                       .items = verify_items,
                                       .next = verify_next,
                                       .answered = verify_answered,
                                       .finding = verify_finding,
                                       .free_item = verify_free_item,
                                       .estimate = verify_estimate};
    *out = verify;
    return CRUX_OK;
}

void verify_close(struct verify *verify)
{
    struct verify_earlier *next;

    if (verify == NULL)
        return;
    for (struct verify_earlier *earlier = verify->earlier; earlier != NULL; earlier = next) {
        next = earlier->next;
        verify_forget(earlier);
        free(earlier);
    }
    free(verify);
}

struct trees_work *verify_work(struct verify *verify)
{
    return &verify->work;
}
