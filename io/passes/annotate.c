/*
 * annotate.c - asks an annotator about the paths of finished trees.
 */
#include "io/passes/annotate.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/draw.h"
#include "io/json.h"
#include "io/utf8.h"

struct annotate {
    struct trees_work work; /* first: the work is its annotate */
    struct annotate_setup setup;
    struct annotate_scores scores;
};

enum { ANNOTATE_MAKER = 201 };

/* One path. */
struct annotate_item {
    struct trees_item item;             /* first: an item is its path */
    struct passes_question question;    /* the only one */
    struct crux_pair pair;              /* with what is known of its first wrong step */
    char *json;                         /* what is kept; NULL: not answered */
    const struct learnt_item *injected; /* the path is this one; NULL: one of the tree's */
    struct injected_view view;          /* of it */
    char maker[ANNOTATE_MAKER];         /* likewise */
    struct learnt_detection found;      /* likewise; only the scores */
    bool asked, answered;
};

/* --- items ------------------------------------------------------------------------------------ */

static int annotate_add(struct trees_tree *tree, const struct crux_pair *pair, uint32_t rollout,
                        struct crux_error *error)
{
    struct annotate_item *item = calloc(1, sizeof *item);

    if (item == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the paths of problem %.200s",
                         tree->tree->problem->id);
    item->pair = *pair;
    trees_add(tree, &item->item, rollout);
    return CRUX_OK;
}

/* The annotator is told the step that is known, and no claim. */
static struct crux_pair annotate_pair(const struct trees_tree *tree, const struct crux_pair *pair)
{
    const char *maker;
    struct learnt_location location = learnt_location_of(&tree->learnt, pair, &maker);
    struct crux_pair told = *pair;

    told.first_error = location.step >= 0 ? (uint32_t)location.step : CRUX_NO_STEP;
    return told;
}

/* --- items with false details --------------------------------------------------------------- */

static void annotate_score(struct annotate_scores *scores, const struct learnt_detection *found,
                           bool silent)
{
    scores->count++;
    scores->first += found->first;
    scores->silent += silent;
    scores->sum += found->score;
}

/* The maker says whose path it is about. */
static void annotate_name(const struct annotate *annotate, const struct learnt_item *injection,
                          char maker[ANNOTATE_MAKER])
{
    (void)snprintf(maker, ANNOTATE_MAKER, "%.180s>%016llx", annotate->setup.maker,
                   (unsigned long long)draw_text(injection->maker, strlen(injection->maker)));
}

static int annotate_add_injected(struct annotate *annotate, struct trees_tree *tree,
                                 const struct learnt_item *injection, struct crux_error *error)
{
    const struct learnt_item *before;
    struct annotate_item *item;
    char maker[ANNOTATE_MAKER];
    int status;

    annotate_name(annotate, injection, maker);
    if (!trees_wants_by(tree, injection->rollout, maker)) {
        before = learnt_by(&tree->learnt, LEARNT_DETECTIONS, injection->rollout, maker);
        annotate_score(&annotate->scores, &before->detection,
                       before->detection.critique.text[0] == '\0');
        return CRUX_OK;
    }
    item = calloc(1, sizeof *item);
    if (item == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the paths of problem %.200s",
                         tree->tree->problem->id);
    status = injected_view_open(&item->view, tree->tree, injection->rollout,
                                &injection->injection.path, injection->injection.answer, error);
    if (status != CRUX_OK) {
        free(item);
        return status;
    }
    item->injected = injection;
    item->pair = item->view.pair;
    memcpy(item->maker, maker, sizeof maker);
    item->item.maker = item->maker;
    trees_add(tree, &item->item, injection->rollout);
    return CRUX_OK;
}

static int annotate_items_injected(struct annotate *annotate, struct trees_tree *tree,
                                   struct crux_error *error)
{
    const struct learnt_items *injections = &tree->learnt.of[LEARNT_INJECTIONS];
    int status = CRUX_OK;

    for (size_t i = 0; i < injections->count && status == CRUX_OK; i++)
        if (injections->items[i].injection.verdict == CRUX_WRONG)
            status = annotate_add_injected(annotate, tree, &injections->items[i], error);
    return status;
}

/* --- items of the tree ------------------------------------------------------------------------ */

static int annotate_items(struct trees_work *self, struct trees_tree *tree,
                          struct crux_error *error)
{
    const struct annotate_setup *setup = &((struct annotate *)(void *)self)->setup;
    const struct crux_tree *what = tree->tree;
    int status = CRUX_OK;

    if (setup->injected)
        return annotate_items_injected((struct annotate *)(void *)self, tree, error);
    for (uint32_t i = 0; i < what->pair_count && status == CRUX_OK; i++) {
        struct crux_pair pair = annotate_pair(tree, &what->pairs[i]);

        if ((setup->located && pair.first_error == CRUX_NO_STEP) || !trees_wants(tree, pair.wrong))
            continue;
        status = annotate_add(tree, &pair, pair.wrong, error);
    }
    for (uint32_t i = 0; setup->rights && i < what->right_count && status == CRUX_OK; i++) {
        const struct crux_pair pair = {.wrong = CRUX_NO_NODE,
                                       .right = what->rights[i],
                                       .first_error = CRUX_NO_STEP,
                                       .critique = "",
                                       .error_type = "",
                                       .corrected_step = "",
                                       .method = ""};

        if (trees_wants(tree, pair.right))
            status = annotate_add(tree, &pair, pair.right, error);
    }
    return status;
}

static void annotate_free_item(struct trees_item *self)
{
    struct annotate_item *item = (struct annotate_item *)(void *)self;

    free(item->json);
    injected_view_close(&item->view);
    free(item);
}

/* --- asking ----------------------------------------------------------------------------------- */

static int annotate_next(struct trees_work *self, struct trees_item *trees_item,
                         struct passes_question **out, struct crux_error *error)
{
    const struct annotate_setup *setup = &((struct annotate *)(void *)self)->setup;
    struct annotate_item *item = (struct annotate_item *)(void *)trees_item;
    const struct crux_tree *tree = trees_item->of->tree;

    (void)error;
    if (item->asked)
        return item->answered ? CRUX_END : CRUX_PENDING;
    item->asked = true;
    item->question.port = &setup->annotator->port;
    item->question.asking.call = (struct crux_call){
        .verb = CRUX_ANNOTATE,
        .count = 1,
        .state = {.problem = tree->problem},
        .tree = item->injected != NULL ? &item->view.tree : tree,
        .pair = &item->pair,
        .seed = passes_seed(setup->seed, tree->problem->id, trees_item->rollout),
    };
    *out = &item->question;
    return CRUX_OK;
}

/* --- answers ---------------------------------------------------------------------------------- */

static bool annotate_is_text(const char *text, bool lines)
{
    return text != NULL && utf8_is_text(text, strlen(text)) &&
           (lines || strpbrk(text, "\r\n") == NULL);
}

static bool annotate_fits(const struct annotate_item *item, const struct crux_note *note)
{
    size_t steps = crux_path_steps(item->item.of->tree, item->item.rollout, NULL, 0);
    bool points = note->first_error != CRUX_NO_STEP;

    if (points && (item->pair.wrong == CRUX_NO_NODE || note->first_error >= steps))
        return false;
    if (note->steps != NULL && note->step_count != steps)
        return false;
    return annotate_is_text(note->text, true) && annotate_is_text(note->error_type, false) &&
           annotate_is_text(note->corrected_step, true) && annotate_is_text(note->method, false);
}

static char *annotate_write_detection(struct annotate_item *item,
                                      const struct learnt_critique *critique,
                                      const struct crux_paid *cost)
{
    const struct learnt_injection *injection = &item->injected->injection;
    struct injected_score score = injected_score_of(
        &injection->path, critique->text, critique->step, critique->steps, critique->step_count);

    item->found = (struct learnt_detection){.injection = item->injected->maker,
                                            .critique = *critique,
                                            .score = score.jaccard,
                                            .first = score.first};
    return learnt_detection_json(&item->found, cost);
}

static char *annotate_write(const struct annotate *annotate, struct annotate_item *item,
                            const struct crux_reply *reply)
{
    const struct crux_note *note = reply->note;
    struct crux_paid cost = {0, 0, 0, 0};

    struct learnt_critique critique = {.style = annotate->setup.style,
                                       .model = annotate->setup.model,
                                       .text = "",
                                       .error_type = "",
                                       .corrected_step = "",
                                       .method = "",
                                       .step = -1};

    learnt_pay(&cost, reply);
    if (note != NULL) {
        critique.text = note->text;
        critique.error_type = note->error_type;
        critique.corrected_step = note->corrected_step;
        critique.method = note->method;
        critique.step = note->first_error == CRUX_NO_STEP ? -1 : (int64_t)note->first_error;
        critique.verdict = note->verdict;
        critique.steps = (uint8_t *)(uintptr_t)note->steps;
        critique.step_count = note->steps == NULL ? 0 : note->step_count;
    }
    return item->injected != NULL ? annotate_write_detection(item, &critique, &cost)
                                  : learnt_critique_json(&critique, &cost);
}

static int annotate_answered(struct trees_work *self, struct trees_item *trees_item,
                             struct passes_question *question, int status, struct crux_error *error)
{
    const struct annotate *annotate = (struct annotate *)(void *)self;
    struct annotate_item *item = (struct annotate_item *)(void *)trees_item;
    const struct crux_reply *reply = &question->asking.call.reply;
    const char *failure = NULL;

    item->answered = true;
    if (status != CRUX_DONE)
        failure = reply->sentence != NULL ? reply->sentence : "the annotator's call failed";
    else if (reply->note != NULL && !annotate_fits(item, reply->note))
        failure = "the annotator's note is not as it must be: its step, its verdicts or a text";
    if (failure != NULL) {
        trees_item->failure = strdup(failure);
    } else {
        item->json = annotate_write(annotate, item, reply);
        trees_item->empty = reply->note == NULL || reply->note->text[0] == '\0';
    }
    if (item->json == NULL && trees_item->failure == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a critique");
    return CRUX_OK;
}

static int annotate_finding(struct trees_work *self, struct trees_item *trees_item, char **json,
                            struct crux_error *error)
{
    struct annotate *annotate = (struct annotate *)(void *)self;
    struct annotate_item *item = (struct annotate_item *)(void *)trees_item;

    (void)error;
    if (item->injected != NULL)
        annotate_score(&annotate->scores, &item->found, trees_item->empty);
    *json = item->json;
    item->json = NULL;
    return CRUX_OK;
}

static void annotate_estimate(struct trees_work *self, const struct trees_item *item,
                              uint64_t *least, uint64_t *most)
{
    (void)self;
    (void)item;
    *least = *most = 1;
}

/* --- opening and closing -----------------------------------------------------------------------
 */

int annotate_open(struct annotate **out, const struct annotate_setup *setup,
                  struct crux_error *error)
{
    struct annotate *annotate;

    if ((setup->annotator->verbs & 1U << CRUX_ANNOTATE) == 0)
        return crux_fail(error, CRUX_INVALID, "critic %s writes no critiques",
                         setup->annotator->port.name);
    annotate = calloc(1, sizeof *annotate);
    if (annotate == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to annotate");
    annotate->setup = *setup;
    annotate->work =
        (struct trees_work){.kind = setup->injected ? LEARNT_DETECTIONS : LEARNT_CRITIQUES,
                            .maker = setup->maker,
                            .items = annotate_items,
                            .next = annotate_next,
                            .answered = annotate_answered,
                            .finding = annotate_finding,
                            .free_item = annotate_free_item,
                            .estimate = annotate_estimate};
    *out = annotate;
    return CRUX_OK;
}

void annotate_close(struct annotate *annotate)
{
    free(annotate);
}

struct trees_work *annotate_work(struct annotate *annotate)
{
    return &annotate->work;
}

const struct annotate_scores *annotate_scored(const struct annotate *annotate)
{
    return &annotate->scores;
}
