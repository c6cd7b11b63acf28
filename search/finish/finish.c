/*
 * finish.c - the end of a search tree: check it, make data of it, have pairs annotated, hand it on.
 */
#include "search/finish/finish.h"

#include "search/finish/diverge.h"
#include "search/finish/harvest.h"
#include "search/lane.h"
#include "search/reply.h"
#include "search/run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A question about one pair. */
struct finish_note {
    struct crux_asking asking; /* first: an asking is its note */
    struct open_tree *open;
    bool admitted; /* holds a place among the calls in flight */
    bool pending;  /* was not answered at once */
    bool hurried;  /* has been cancelled, though an answer may still come */
    int status;
};

struct finish {
    struct crux_tree tree;
    struct finish_note *notes; /* one for each pair; NULL: there is no annotator */
    uint32_t asked;            /* notes before this one were asked */
    uint32_t unnoted;          /* questions without an answer that can be used */
    _Atomic uint32_t pending;
};

/* --- what the tree was -------------------------------------------------------------- */

static void finish_sum_lane(struct crux_tree *tree, const struct lane *lane)
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

static enum crux_reason finish_reason(const struct open_tree *open)
{
    int ended = atomic_load_explicit(&open->ended, memory_order_relaxed);

    assert(ended < CRUX_REASONS);
    if (ended >= 0)
        return (enum crux_reason)ended;
    return atomic_load_explicit(&open->cut, memory_order_relaxed) ? CRUX_REASON_STOPPED
                                                                  : CRUX_REASON_BUDGET;
}

/* A budget that went into late calls alone has found nothing out; nor has a search that had nothing
 * left to ask because all that it asked had failed. */
static bool finish_found_nothing(const struct crux_tree *tree)
{
    return (tree->reason == CRUX_REASON_BUDGET || tree->reason == CRUX_REASON_EXHAUSTED) &&
           tree->simulations == 0 && tree->withdrawn > 0;
}

static void finish_report_failure(struct open_tree *open, struct crux_tree *tree)
{
    /* relaxed, as above: the count of lanes left has ordered what the lanes did. */
    const char *failure = atomic_load_explicit(&open->failure, memory_order_relaxed);

    tree->failure = tree->reason == CRUX_REASON_FAILED && failure != NULL ? failure : "";
    if (finish_found_nothing(tree)) {
        tree->reason = CRUX_REASON_FAILED;
        tree->failure = failure != NULL ? failure : "no call was answered before its deadline";
    }
}

static void finish_summarise(struct open_tree *open, struct crux_tree *tree)
{
    const struct run *run = open->run;

    tree->problem = open->problem;
    tree->reason = finish_reason(open);
    tree->search_ns = run_now(run) - open->began_ns;
    tree->arena_bytes = arena_used(&open->tree.arena);
    for (uint32_t i = 0; i < run->setup.lanes; i++)
        finish_sum_lane(tree, &open->lanes[i]);
    finish_report_failure(open, tree);
    tree_audit(&open->tree, &open->root, &tree->audit);
    assert(tree->audit.in_flight_left == 0 && tree->audit.claims_left == 0);
    assert(tree->audit.visit_errors == 0 && tree->audit.sum_errors == 0);
}

static int finish_make_data(struct open_tree *open, struct crux_tree *tree,
                            struct crux_error *error)
{
    int status = harvest_best(open, tree, error);

    if (status != CRUX_OK || open->run->setup.summary_only)
        return status;
    status = harvest(open, tree, error);
    return status == CRUX_OK ? diverge(tree, open->run->setup.pairs, error) : status;
}

/* --- notes ---------------------------------------------------------------------------- */

/* A step that is pointed at lies on the wrong path, behind what is shared with a right one. */
static bool finish_step_fits(const struct crux_tree *tree, const struct crux_pair *pair,
                             const struct crux_note *note)
{
    if (note->first_error == CRUX_NO_STEP)
        return !note->exact;
    return note->first_error >= pair->prefix &&
           note->first_error < crux_path_steps(tree, pair->wrong, NULL, 0);
}

static bool finish_note_fits(const struct crux_tree *tree, const struct crux_pair *pair,
                             const struct crux_note *note)
{
    return finish_step_fits(tree, pair, note) && reply_is_text(note->text, true) &&
           reply_is_text(note->error_type, false) && reply_is_text(note->corrected_step, false) &&
           reply_is_text(note->method, false);
}

static const char *finish_keep(struct cold *cold, const char *text)
{
    const char *copy = cold_text(cold, text, strlen(text));

    return copy != NULL ? copy : "";
}

static void finish_take_note(struct cold *cold, struct crux_pair *pair,
                             const struct crux_note *note)
{
    pair->first_error = note->first_error;
    pair->exact = note->exact;
    pair->critique = finish_keep(cold, note->text);
    pair->error_type = finish_keep(cold, note->error_type);
    pair->corrected_step = finish_keep(cold, note->corrected_step);
    pair->method = finish_keep(cold, note->method);
}

static void finish_count_cost(struct lane *lane, struct crux_tree *tree,
                              const struct crux_reply *reply)
{
    int64_t price = atomic_load_explicit(&lane->counts.price, memory_order_relaxed);

    tree->prompt_tokens += reply->prompt_tokens;
    tree->completion_tokens += reply->completion_tokens;
    tree->price += reply->price;
    lane_count(&lane->counts.prompt_tokens, reply->prompt_tokens);
    lane_count(&lane->counts.completion_tokens, reply->completion_tokens);
    atomic_store_explicit(&lane->counts.price, price + reply->price, memory_order_relaxed);
}

/* What was answered about pair number i. Without a note that can be used no
 * critique is written. */
static void finish_take(struct open_tree *open, uint32_t i, int status)
{
    struct finish *finish = open->finish;
    struct crux_pair *pairs = (struct crux_pair *)(uintptr_t)finish->tree.pairs;
    struct crux_asking *asking = &finish->notes[i].asking;
    const struct crux_note *note;

    assert(i < finish->tree.pair_count);
    if (status != CRUX_DONE) {
        finish->unnoted++;
        if (finish->notes[i].hurried)
            lane_report(&open->lanes[0], i, CRUX_LATE_NOTE);
        return;
    }
    finish_count_cost(&open->lanes[0], &finish->tree, &asking->call.reply);
    note = asking->call.reply.note;
    if (note != NULL && finish_note_fits(&finish->tree, &pairs[i], note))
        finish_take_note(&open->lanes[0].cold, &pairs[i], note);
    else
        finish->unnoted += note != NULL;
    crux_release(asking);
}

/* On whatever thread. */
static void finish_answered(struct crux_asking *asking, int status)
{
    struct finish_note *note = (struct finish_note *)(void *)asking;
    struct open_tree *open = note->open;
    struct lane *lane = &open->lanes[0];
    uint32_t was;

    note->status = status;
    /* The run waits for threads in here, since the tree may be finished before we are out. */
    schedule_enter_delivery(open->schedule);
    if (note->admitted)
        admission_give_back(lane->admission);
    /* seq_cst: comes before the look at the lane's state in schedule_notify(); pairs with
     * finish_annotate(), which comes after the change of that state. Nothing of the tree is
     * touched after this. */
    was = atomic_fetch_sub_explicit(&open->finish->pending, 1, memory_order_seq_cst);
    assert(was > 0);
    (void)was;
    (void)schedule_notify(lane->schedule, lane);
    schedule_leave_delivery(lane->schedule);
}

/* Ask about the next pair. False: no place is left among the calls in flight. */
static bool finish_ask(struct open_tree *open, struct crux_port *port)
{
    struct finish *finish = open->finish;
    struct finish_note *note = &finish->notes[finish->asked];
    struct lane *lane = &open->lanes[0];
    int64_t deadline_ns = open->run->setup.deadline_ns;
    int status;

    assert(finish->asked < finish->tree.pair_count);
    if (lane_note_is_late(lane, finish->asked)) {
        finish->unnoted++;
        finish->asked++;
        return true;
    }
    if (!port->instant && !admission_take(lane->admission, lane))
        return false;
    note->admitted = !port->instant;
    note->open = open;
    note->asking.answered = finish_answered;
    note->asking.call = (struct crux_call){.verb = CRUX_ANNOTATE,
                                           .count = 1,
                                           .tree = &finish->tree,
                                           .pair = &finish->tree.pairs[finish->asked],
                                           .state = {.problem = open->problem}};
    if (deadline_ns > 0)
        note->asking.call.deadline_ns = run_now(open->run) + deadline_ns;
    atomic_fetch_add_explicit(&finish->pending, 1, memory_order_relaxed);
    status = crux_ask(port, &note->asking);
    note->pending = status == CRUX_PENDING;
    if (!note->pending) {
        atomic_fetch_sub_explicit(&finish->pending, 1, memory_order_relaxed);
        if (note->admitted)
            admission_give_back(lane->admission);
        finish_take(open, finish->asked, status);
    }
    finish->asked++;
    return true;
}

/* Calls that have had their time are given up one by one; all of them at a limit in seconds, which
 * does not wait for replies that may take hours. */
static void finish_hurry(struct open_tree *open, bool all)
{
    struct finish *finish = open->finish;
    int64_t now_ns;

    if (!all && open->run->setup.deadline_ns == 0)
        return;
    now_ns = run_now(open->run);
    for (uint32_t i = 0; i < finish->asked; i++) {
        struct finish_note *note = &finish->notes[i];

        if (!note->pending || note->hurried || !(all || now_ns >= note->asking.call.deadline_ns))
            continue;
        note->hurried = true;
        crux_cancel(&note->asking);
    }
}

/* The run has been halted: what is in flight is waited for, unless the run hurries. Where
 * not all is asked and waited for the tree counts as unfinished, to be done again. */
static void finish_halt(struct open_tree *open)
{
    struct finish *finish = open->finish;
    bool hurries = run_hurries(open->run);
    /* relaxed: an answer that is not seen yet is one that was not waited for. */
    bool waits = atomic_load_explicit(&finish->pending, memory_order_relaxed) > 0;

    if (finish->asked < finish->tree.pair_count || (hurries && waits))
        finish->tree.reason = CRUX_REASON_STOPPED;
    finish_hurry(open, hurries);
}

/* Ask as far as there are places, and wait for all answers. */
static int finish_annotate(struct open_tree *open)
{
    struct finish *finish = open->finish;
    struct crux_port *port = open->run->critics[CRUX_ROLE_ANNOTATE];
    enum halt halt = run_halted(open->run);
    uint32_t pending;

    assert(finish->asked <= finish->tree.pair_count);
    if (finish->notes == NULL)
        return CRUX_OK;
    if (halt == HALT_NO)
        finish_hurry(open, false);
    else if (!port->instant)
        finish_halt(open);
    while (finish->asked < finish->tree.pair_count && (port->instant || halt == HALT_NO))
        if (!finish_ask(open, port))
            return CRUX_PENDING;
    /* seq_cst: comes after the lane was set to RUNNING; pairs with finish_answered(). */
    pending = atomic_load_explicit(&finish->pending, memory_order_seq_cst);
    if (pending > 0)
        return CRUX_PENDING;
    if (!port->instant)
        admission_pass_on(open->lanes[0].admission);
    for (uint32_t i = 0; i < finish->asked; i++)
        if (finish->notes[i].pending)
            finish_take(open, i, finish->notes[i].status);
    return CRUX_OK;
}

/* --- the whole ----------------------------------------------------------------------- */

static int finish_begin(struct open_tree *open, struct crux_error *error)
{
    struct finish *finish = calloc(1, sizeof *finish);
    int status;

    assert(open->finish == NULL);
    if (finish == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a finished tree");
    open->finish = finish;
    finish_summarise(open, &finish->tree);
    status = finish_make_data(open, &finish->tree, error);
    if (status != CRUX_OK || open->run->critics[CRUX_ROLE_ANNOTATE] == NULL ||
        finish->tree.pair_count == 0)
        return status;
    finish->notes = calloc(finish->tree.pair_count, sizeof *finish->notes);
    return finish->notes != NULL ? CRUX_OK
                                 : crux_fail(error, CRUX_MEMORY, "no memory for critiques");
}

static void finish_count(struct finish_counts *counts, const struct finish *finish)
{
    const struct crux_tree *tree = &finish->tree;

    if (tree->reason == CRUX_REASON_STOPPED)
        return;
    /* relaxed: figures for crux_look(). */
    atomic_fetch_add_explicit(&counts->trees_done, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&counts->trees_failed, tree->reason == CRUX_REASON_FAILED,
                              memory_order_relaxed);
    if (tree->reason == CRUX_REASON_FAILED)
        return; /* nothing is made of it */
    atomic_fetch_add_explicit(&counts->pairs, tree->pair_count, memory_order_relaxed);
    atomic_fetch_add_explicit(&counts->rights, tree->right_count, memory_order_relaxed);
    atomic_fetch_add_explicit(&counts->unnoted, finish->unnoted, memory_order_relaxed);
}

static void finish_end(struct open_tree *open)
{
    struct finish *finish = open->finish;

    open->finish = NULL;
    if (finish == NULL)
        return;
    harvest_free(&finish->tree);
    free(finish->notes);
    free(finish);
}

int finish_tree(struct open_tree *open, struct crux_sink *sink, struct finish_counts *counts,
                struct crux_error *error)
{
    int status = open->finish == NULL ? finish_begin(open, error) : CRUX_OK;

    if (status == CRUX_OK)
        status = finish_annotate(open);
    if (status == CRUX_PENDING)
        return CRUX_PENDING;
    if (status == CRUX_OK)
        status = sink->finished(sink, &open->finish->tree, error);
    if (status >= 0)
        finish_count(counts, open->finish);
    finish_end(open);
    return status;
}
