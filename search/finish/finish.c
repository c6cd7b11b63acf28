/*
 * finish.c - the end of a tree: audit, harvest, diverge, annotate, sink.
 *
 * Runs in the worker whose lane was the last one, while the others search on in
 * other trees. Only here does a tree become data.
 */
#include "search/finish/diverge.h"
#include "search/finish/harvest.h"
#include "search/lane.h"
#include "search/reply.h"

#include <assert.h>
#include <string.h>

static void sum_lane(struct crux_tree *tree, const struct lane *lane)
{
    const struct lane_counts *now = &lane->counts, *then = &lane->at_open;

    tree->simulations += lane_counted(&now->simulations) - lane_counted(&then->simulations);
    tree->withdrawn += lane_counted(&now->withdrawn) - lane_counted(&then->withdrawn);
    tree->calls += lane_counted(&now->calls) - lane_counted(&then->calls);
    tree->collisions += lane_counted(&now->collisions) - lane_counted(&then->collisions);
    tree->prompt_tokens += lane_counted(&now->prompt_tokens) - lane_counted(&then->prompt_tokens);
    tree->completion_tokens +=
        lane_counted(&now->completion_tokens) - lane_counted(&then->completion_tokens);
    tree->price += atomic_load_explicit(&now->price, memory_order_relaxed) -
                   atomic_load_explicit(&then->price, memory_order_relaxed);
}

static enum crux_reason reason_of(const struct open_tree *open)
{
    int ended = atomic_load_explicit(&open->ended, memory_order_relaxed);

    if (ended >= 0)
        return (enum crux_reason)ended;
    return atomic_load_explicit(&open->cut, memory_order_relaxed) ? CRUX_REASON_STOPPED
                                                                  : CRUX_REASON_BUDGET;
}

/* --- notes ---------------------------------------------------------------------- */

static bool note_fits(const struct crux_tree *tree, const struct crux_pair *pair,
                      const struct crux_note *note)
{
    return note->first_error >= pair->prefix &&
           note->first_error < crux_path_steps(tree, pair->wrong, NULL, 0) &&
           reply_is_text(note->text, true) && reply_is_text(note->error_type, false) &&
           reply_is_text(note->corrected_step, false) && reply_is_text(note->method, false);
}

static const char *keep(struct cold *cold, const char *text)
{
    const char *copy = cold_text(cold, text, strlen(text));

    return copy != NULL ? copy : "";
}

static void take_note(struct cold *cold, const struct crux_tree *tree, struct crux_pair *pair,
                      const struct crux_note *note)
{
    if (note == NULL || !note_fits(tree, pair, note))
        return; /* the estimate stands, and no critique is written */
    pair->first_error = note->first_error;
    pair->exact = note->exact;
    pair->critique = keep(cold, note->text);
    pair->error_type = keep(cold, note->error_type);
    pair->corrected_step = keep(cold, note->corrected_step);
    pair->method = keep(cold, note->method);
}

static void annotate(struct crux_port *port, struct cold *cold, const struct crux_tree *tree)
{
    struct crux_pair *pairs = (struct crux_pair *)(uintptr_t)tree->pairs;

    for (uint32_t i = 0; i < tree->pair_count; i++) {
        struct crux_call call = {.verb = CRUX_ANNOTATE,
                                 .count = 1,
                                 .tree = tree,
                                 .pair = &pairs[i],
                                 .state = {.problem = tree->problem}};

        if (port->ask(port, &call) != CRUX_DONE)
            continue;
        take_note(cold, tree, &pairs[i], call.reply.note);
        if (port->release != NULL)
            port->release(port, &call.reply);
    }
}

/* --- the whole ----------------------------------------------------------------------- */

/* A budget that went into late calls alone has found nothing out. */
static bool came_too_late(const struct crew *crew, const struct crux_tree *tree)
{
    return tree->reason == CRUX_REASON_BUDGET && crew->setup.deadline_ns > 0 &&
           tree->simulations == 0 && tree->withdrawn > 0;
}

static void tell_failure(struct open_tree *open, struct crux_tree *tree)
{
    /* relaxed, as above: the count of lanes left has ordered what the lanes did. */
    const char *failure = atomic_load_explicit(&open->failure, memory_order_relaxed);

    tree->failure = tree->reason == CRUX_REASON_FAILED && failure != NULL ? failure : "";
    if (came_too_late(open->crew, tree)) {
        tree->reason = CRUX_REASON_FAILED;
        tree->failure = failure != NULL ? failure : "no call was answered before its deadline";
    }
}

static void summarise(struct open_tree *open, struct crux_tree *tree)
{
    const struct crew *crew = open->crew;

    tree->problem = open->problem;
    tree->reason = reason_of(open);
    tree->search_ns = crew_now(crew) - open->began_ns;
    tree->arena_bytes = arena_used(&open->tree.arena);
    for (uint32_t i = 0; i < crew->setup.lanes; i++)
        sum_lane(tree, &open->lanes[i]);
    tell_failure(open, tree);
    tree_audit(&open->tree, &open->root, &tree->audit);
}

static int make_data(struct open_tree *open, struct crux_tree *tree, struct crux_error *error)
{
    struct crux_critic *annotator = open->crew->setup.annotator;
    int status = harvest(open, tree, error);

    if (status == CRUX_OK)
        status = diverge(tree, error);
    if (status == CRUX_OK && annotator != NULL)
        annotate(&annotator->port, &open->lanes[0].cold, tree);
    return status;
}

static void count(struct crew *crew, const struct crux_tree *tree)
{
    if (tree->reason == CRUX_REASON_STOPPED)
        return;
    /* relaxed: figures for crux_look(). */
    atomic_fetch_add_explicit(&crew->trees_done, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&crew->trees_failed, tree->reason == CRUX_REASON_FAILED,
                              memory_order_relaxed);
    if (tree->reason == CRUX_REASON_FAILED)
        return; /* nothing is made of it */
    atomic_fetch_add_explicit(&crew->pairs, tree->pair_count, memory_order_relaxed);
    atomic_fetch_add_explicit(&crew->rights, tree->right_count, memory_order_relaxed);
}

int finish_tree(struct open_tree *open, struct crux_error *error)
{
    struct crew *crew = open->crew;
    struct crux_tree tree = {0};
    int status;

    summarise(open, &tree);
    assert(tree.audit.in_flight_left == 0 && tree.audit.claims_left == 0);
    assert(tree.audit.visit_errors == 0 && tree.audit.sum_errors == 0);
    status = harvest_best(open, &tree, error);
    if (status == CRUX_OK && !crew->setup.summary_only)
        status = make_data(open, &tree, error);
    if (status == CRUX_OK)
        status = crew->sink->finished(crew->sink, &tree, error);
    if (status >= 0)
        count(crew, &tree);
    harvest_free(&tree);
    return status;
}
