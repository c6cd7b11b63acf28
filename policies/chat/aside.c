/*
 * aside.c - thoughts and tokens kept beside a finished tree, read from the ledger as it is kept.
 *
 * A node's parent stands before it, so one walk over the nodes makes all steps, each linked to the
 * one before: what chat_steps_of() was told of a reply's path can be told again.
 */
#include "policies/chat/aside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/chat/reply.h"
#include "io/json.h"
#include "io/restarts.h"
#include "policies/chat/planned.h"
#include "policies/chat/steps.h"

/* One walk over a tree. */
struct aside_walk {
    const struct chat_aside *aside;
    const struct crux_tree *tree;
    struct crux_step *steps; /* by node; the root's is none */
    struct backends_findings *out;
};

/* What was found, about which path. */
struct aside_place {
    enum crux_about about;
    uint32_t path;
    uint32_t after; /* the node behind which it was asked */
    uint64_t origin;
};

static int no_aside_memory(const struct crux_tree *tree, struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for what lies beside the tree of `%s`",
                     tree->problem->id);
}

/* The last step of the reasoning up to a node; NULL: there is none. What was looked up is no part
 * of what a model went on with (planned.h). */
static const struct crux_step *aside_last(const struct aside_walk *walk, uint32_t node)
{
    const struct crux_step *step = &walk->steps[node];

    if (node == 0)
        return NULL;
    return crux_kind_reasons((enum crux_kind)step->kind) ? step : step->previous;
}

static int aside_steps(struct aside_walk *walk, struct crux_error *error)
{
    const struct crux_tree *tree = walk->tree;

    walk->steps = calloc((size_t)tree->node_count + 1, sizeof *walk->steps);
    if (walk->steps == NULL)
        return no_aside_memory(tree, error);
    for (uint32_t i = 1; i < tree->node_count; i++) {
        const struct crux_node *node = &tree->nodes[i];

        walk->steps[i] = (struct crux_step){.previous = aside_last(walk, node->parent),
                                            .text = node->text,
                                            .length = (uint32_t)strlen(node->text),
                                            .depth = node->depth,
                                            .kind = node->kind};
    }
    return CRUX_OK;
}

/* The finding's text becomes the findings'; NULL: no memory. */
static int aside_add(const struct crux_tree *tree, const struct crux_finding *finding,
                     struct backends_findings *out, struct crux_error *error)
{
    return finding->json == NULL ? no_aside_memory(tree, error)
                                 : backends_findings_add(out, finding, error);
}

/* The finding's object becomes ours. */
static int aside_put(const struct aside_walk *walk, const struct aside_place *place,
                     const char *kind, struct json *object, struct crux_error *error)
{
    char *text = json_text(object, false);

    json_free(object);
    return aside_add(walk->tree,
                     &(struct crux_finding){.problem = walk->tree->problem->ordinal,
                                            .about = place->about,
                                            .path = place->path,
                                            .maker = walk->aside->maker,
                                            .kind = kind,
                                            .json = text},
                     walk->out, error);
}

static int aside_put_thoughts(const struct aside_walk *walk, const struct aside_place *place,
                              const char *thoughts, struct crux_error *error)
{
    struct json *object = json_new_object();

    json_put(object, "text", json_of_string(thoughts));
    return aside_put(walk, place, CHAT_ASIDE_THOUGHTS, object, error);
}

static enum crux_kind aside_kind(const struct aside_walk *walk, const struct aside_place *place)
{
    return place->about == CRUX_ABOUT_NODE ? (enum crux_kind)walk->tree->nodes[place->path].kind
                                           : CRUX_ANSWER;
}

static int aside_find_thoughts(const struct aside_walk *walk, const struct aside_place *place,
                               const struct chat_sample *sample, struct crux_error *error)
{
    const struct chat_conversation *conversation = &walk->aside->plan->conversation;
    enum crux_kind kind = aside_kind(walk, place);
    const struct crux_step *last = kind == CRUX_QUERY ? NULL : aside_last(walk, place->after);
    char *given = chat_conversation_given(conversation, kind, last), *thoughts = NULL;
    const struct chat_context context = {.boundary = &conversation->boundary,
                                         .prompt = conversation->prompt,
                                         .last = last,
                                         .given = given,
                                         .route = conversation->settings.route,
                                         .kind = planned_is_step(kind) ? CRUX_STEP : kind};
    int status = given == NULL ? no_aside_memory(walk->tree, error)
                               : chat_steps_thoughts(&thoughts, &context, sample, error);

    if (status == CRUX_OK && *thoughts != '\0')
        status = aside_put_thoughts(walk, place, thoughts, error);
    free(thoughts);
    free(given);
    return status;
}

/* Are all words of a sample the last ones of what it became? whole: all of them; else in front of
 * them may stand what a step was made to begin with. Blanks differ: stop strings and line breaks
 * are written otherwise. */
static bool aside_is_all(const char *sample, const char *became, bool whole)
{
    const char *said = sample + strlen(sample), *kept = became + strlen(became);

    for (;;) {
        while (said > sample && boundary_is_blank(said[-1]))
            said--;
        while (kept > became && boundary_is_blank(kept[-1]))
            kept--;
        if (said == sample)
            return !whole || kept == became;
        if (kept == became || *--said != *--kept)
            return false;
    }
}

static struct json *aside_numbers(const struct json *list)
{
    struct json *copy = json_new_array();

    for (size_t i = 0; i < json_count(list); i++)
        json_add(copy, json_type_of(json_at(list, i)) == JSON_IS_INTEGER
                           ? json_of_integer(json_as_integer(json_at(list, i)))
                           : json_of_real(json_as_real(json_at(list, i))));
    return copy;
}

/* Tokens of thoughts or of words that were cut off belong to no step. */
static int aside_find_tokens(const struct aside_walk *walk, const struct aside_place *place,
                             const struct chat_sample *sample, struct crux_error *error)
{
    const char *became = place->about == CRUX_ABOUT_NODE ? walk->tree->nodes[place->path].text
                                                         : walk->tree->rollouts[place->path].text;
    enum split_way way = walk->aside->plan->conversation.boundary.way;
    struct json *object;

    if (sample->ids == NULL || *sample->reasoning != '\0' ||
        !aside_is_all(sample->text, became, way != SPLIT_MODEL))
        return CRUX_OK;
    object = json_new_object();
    json_put(object, "ids", aside_numbers(sample->ids));
    json_put(object, "logprobs", aside_numbers(sample->logprobs));
    return aside_put(walk, place, CHAT_ASIDE_TOKENS, object, error);
}

static int aside_read(const struct aside_walk *walk, const struct aside_place *place,
                      const struct chat_sample *sample, struct crux_error *error)
{
    const struct chat_conversation *conversation = &walk->aside->plan->conversation;
    int status = CRUX_OK;

    if (conversation->thoughts_are_kept)
        status = aside_find_thoughts(walk, place, sample, error);
    if (status == CRUX_OK && conversation->settings.token_ids)
        status = aside_find_tokens(walk, place, sample, error);
    return status;
}

/* What has no origin, or one of another policy's, has nothing of ours. */
static int aside_find_at(const struct aside_walk *walk, const struct aside_place *place,
                         struct crux_error *error)
{
    struct chat_sample sample;
    char *text = NULL;
    size_t length = 0;
    int status = place->origin == 0
                     ? CRUX_END
                     : served_recall(walk->aside->served, place->origin, &text, &length, error);

    if (status != CRUX_OK)
        return status == CRUX_END ? CRUX_OK : status;
    status = chat_reply_read(&sample, text, length, error);
    free(text);
    if (status != CRUX_OK)
        return status;
    status = aside_read(walk, place, &sample, error);
    chat_sample_free(&sample);
    return status;
}

static bool aside_reads_replies(const struct chat_plan *plan)
{
    return plan->conversation.thoughts_are_kept || plan->conversation.settings.token_ids;
}

static int aside_count_restarts(const struct crux_tree *tree, struct backends_findings *out,
                                struct crux_error *error)
{
    struct restarts found = {.continued = 0};
    char text[96];

    if (!restarts_add(&found, tree))
        return no_aside_memory(tree, error);
    if (found.continued == 0)
        return CRUX_OK;
    (void)snprintf(text, sizeof text, "{\"continued\": %" PRIu64 ", \"restarts\": %" PRIu64 "}",
                   found.continued, found.restarts);
    return aside_add(tree,
                     &(struct crux_finding){.problem = tree->problem->ordinal,
                                            .about = CRUX_ABOUT_TREE,
                                            .maker = "chat",
                                            .kind = CHAT_ASIDE_RESTARTS,
                                            .json = strdup(text)},
                     out, error);
}

static int aside_find_in_replies(struct aside_walk *walk, struct crux_error *error)
{
    const struct crux_tree *tree = walk->tree;
    int status = aside_steps(walk, error);

    for (uint32_t i = 1; i < tree->node_count && status == CRUX_OK; i++) {
        const struct crux_node *node = &tree->nodes[i];

        status = aside_find_at(
            walk, &(struct aside_place){CRUX_ABOUT_NODE, i, node->parent, node->origin}, error);
    }
    for (uint32_t i = 0; i < tree->rollout_count && status == CRUX_OK; i++) {
        const struct crux_rollout *rollout = &tree->rollouts[i];

        status = aside_find_at(
            walk, &(struct aside_place){CRUX_ABOUT_ROLLOUT, i, rollout->node, rollout->origin},
            error);
    }
    free(walk->steps);
    return status;
}

static int aside_find(const struct backends_witness *witness, const struct crux_tree *tree,
                      struct backends_findings *out, struct crux_error *error)
{
    struct aside_walk walk = {(const struct chat_aside *)(const void *)witness, tree, NULL, out};
    int status = aside_count_restarts(tree, out, error);

    if (status == CRUX_OK && aside_reads_replies(walk.aside->plan))
        status = aside_find_in_replies(&walk, error);
    return status;
}

void chat_aside_make(struct chat_aside *out, const struct chat_plan *plan, struct served *served,
                     const char *name)
{
    bool named = name != NULL && *name != '\0';

    *out = (struct chat_aside){.witness = {.find = aside_find}, .plan = plan, .served = served};
    (void)snprintf(out->maker, sizeof out->maker, "chat%s%s", named ? ":" : "", named ? name : "");
}
