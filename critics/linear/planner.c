/*
 * planner.c - features of the steps of grammar cr-planner: of what carries a sub-goal out, against
 * its context; and of a sub-goal, which says nothing by itself, so that all of its features join it
 * with what was found so far. Pairs are ranked by differences: what is alike for both candidates,
 * as a word of the context by itself, would teach nothing.
 */
#include "critics/linear/about.h"

#include "critics/linear/words.h"
#include "critics/numbers/facts.h"
#include "io/contexts.h"
#include "io/draw.h"

#include <string.h>

enum {
    PLANNER_LONG_WORD = 4, /* bytes: shorter ones stand everywhere */
    PLANNER_ENDS = 256,    /* bytes of a long text's beginning and of its end that are read */
    PLANNER_COUNTED = 7,
    PLANNER_DEPTHS = 16
};

/* Where a word of a candidate was said before. */
enum planner_part { PART_PROMPT, PART_RATIONALE, PART_QUERY, PART_COUNT };

static struct crux_text planner_prompt(const struct crux_problem *problem)
{
    const char *text = problem->prompt != NULL ? problem->prompt : "";

    return (struct crux_text){text, strlen(text)};
}

/* --- executions ------------------------------------------------------------------------------ */

/* A part of the context: all that was heard of it, and its latest text. */
struct planner_heard {
    struct linear_heard words;
    struct crux_text latest;
};

static void planner_hear(struct planner_heard *part, struct crux_text text)
{
    linear_hear(&part->words, text.start, text.length);
    if (part->latest.length == 0)
        part->latest = text;
}

static void planner_hear_context(struct planner_heard parts[PART_COUNT],
                                 const struct crux_problem *problem, const struct crux_step *last)
{
    struct contexts context = contexts_of((enum crux_kind)last->kind);

    planner_hear(&parts[PART_PROMPT], planner_prompt(problem));
    for (const struct crux_step *step = last->previous; step != NULL; step = step->previous)
        if (contexts_take(&context, (enum crux_kind)step->kind))
            planner_hear(&parts[step->kind == CRUX_QUERY ? PART_QUERY : PART_RATIONALE],
                         (struct crux_text){step->text, step->length});
}

static void planner_add_said(struct linear_features *out, const struct planner_heard *parts,
                             const struct crux_step *last)
{
    const char *at = last->text, *end = last->text + last->length;
    struct linear_word word;

    while (linear_word_next(&at, end, &word)) {
        uint64_t where = last->kind;

        for (int part = 0; part < PART_COUNT; part++)
            where = where << 1 | linear_was_heard(&parts[part].words, word);
        linear_add_about(out, ABOUT_SAID, draw(word.hash, where));
    }
}

static void planner_add_shares(struct linear_features *out, const struct planner_heard *parts,
                               const struct crux_step *last)
{
    struct linear_heard own = {.bits = {0}};

    linear_hear(&own, last->text, last->length);
    for (uint64_t part = 0; part < PART_COUNT; part++) {
        struct crux_text text = parts[part].latest;

        for (size_t least = 1; least <= PLANNER_LONG_WORD; least += PLANNER_LONG_WORD - 1) {
            uint64_t what = draw(draw(last->kind, part), least);

            linear_add_about(out, ABOUT_SHARE,
                             draw(what, linear_share_heard(&parts[part].words, last->text,
                                                           last->length, least)));
            linear_add_about(out, ABOUT_COVERED,
                             draw(what, linear_share_heard(&own, text.start, text.length, least)));
        }
    }
}

void linear_add_execution(struct linear_features *out, const struct crux_problem *problem,
                          const struct crux_step *last)
{
    struct planner_heard parts[PART_COUNT] = {{.words = {{0}}}};

    for (int part = 0; part < PART_COUNT; part++)
        parts[part].latest = (struct crux_text){"", 0};
    planner_hear_context(parts, problem, last);
    planner_add_said(out, parts, last);
    planner_add_shares(out, parts, last);
}

/* --- sub-goals ------------------------------------------------------------------------------- */

/* A sub-goal and what was found before it. */
struct planner_plan {
    struct linear_features *out;
    uint64_t kind;
    uint64_t counts[CRUX_KINDS];
    uint64_t latest, latest_count; /* kinds of the latest two */
    struct linear_heard documents;
    struct crux_text query; /* the latest; "" before any */
};

static void plan_add(const struct planner_plan *plan, enum linear_about about, uint64_t what)
{
    linear_add_about(plan->out, about, draw(plan->kind, what));
}

static void plan_add_text(const struct planner_plan *plan, enum linear_about about,
                          const char *text, size_t length)
{
    const char *at = text, *end = text + length;
    struct linear_word word;

    while (linear_word_next(&at, end, &word))
        plan_add(plan, about, word.hash);
}

/* Of a long text its beginning and its end. */
static void plan_add_words(const struct planner_plan *plan, enum linear_about about,
                           struct crux_text text)
{
    if (text.length <= 2 * (size_t)PLANNER_ENDS) {
        plan_add_text(plan, about, text.start, text.length);
        return;
    }
    plan_add_text(plan, about, text.start, PLANNER_ENDS);
    plan_add_text(plan, about, text.start + text.length - PLANNER_ENDS, PLANNER_ENDS);
}

/* One execution more, on the way back. */
static void plan_find(struct planner_plan *plan, const struct crux_step *step)
{
    struct crux_text text = {step->text, step->length};

    if (plan->latest_count == 0)
        plan_add_words(plan, ABOUT_PLAN_LATEST_WORD, text);
    if (plan->latest_count < 2) {
        plan->latest = plan->latest * CRUX_KINDS + step->kind;
        plan->latest_count++;
    }
    plan->counts[step->kind]++;
    plan_add_words(plan, ABOUT_PLAN_WORD, text);
    plan->out->place = draw(plan->out->place, draw_text(text.start, text.length));
    if (step->kind == CRUX_DOC)
        linear_hear(&plan->documents, text.start, text.length);
    if (step->kind == CRUX_QUERY && plan->query.length == 0)
        plan->query = text;
}

static void plan_tell_fact(void *context, uint64_t fact)
{
    plan_add(context, ABOUT_PLAN_FACT, fact);
}

static void plan_add_found(struct planner_plan *plan, struct crux_text prompt)
{
    static const enum crux_kind counted[] = {CRUX_RATIONALE, CRUX_QUERY, CRUX_DOC};

    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
        uint64_t count = plan->counts[counted[i]];

        plan_add(plan, ABOUT_PLAN_COUNT,
                 draw(counted[i], count < PLANNER_COUNTED ? count : PLANNER_COUNTED));
    }
    plan_add(plan, ABOUT_PLAN_LATEST, draw(plan->latest_count, plan->latest));
    plan_add(plan, ABOUT_PLAN_SHARE,
             draw(1, linear_share_heard(&plan->documents, prompt.start, prompt.length,
                                        PLANNER_LONG_WORD)));
    plan_add(plan, ABOUT_PLAN_SHARE,
             draw(2, linear_share_heard(&plan->documents, plan->query.start, plan->query.length,
                                        PLANNER_LONG_WORD)));
}

void linear_add_subgoal(struct linear_features *out, const struct crux_problem *problem,
                        const struct crux_step *last)
{
    struct planner_plan plan = {.out = out, .kind = last->kind, .query = {"", 0}};
    struct contexts context = contexts_of((enum crux_kind)last->kind);
    struct crux_text prompt = planner_prompt(problem);
    uint64_t place = 0;

    out->place = draw_text(prompt.start, prompt.length);
    plan_add(&plan, ABOUT_PLAN, 0);
    plan_add(&plan, ABOUT_PLAN_DEPTH, last->depth < PLANNER_DEPTHS ? last->depth : PLANNER_DEPTHS);
    plan_add_words(&plan, ABOUT_PLAN_PROMPT_WORD, prompt);
    for (const struct crux_step *step = last->previous; step != NULL; step = step->previous)
        if (contexts_take(&context, (enum crux_kind)step->kind))
            plan_find(&plan, step);
    plan_add_found(&plan, prompt);
    (void)numbers_facts(problem, last, plan_tell_fact, &plan, &place);
    out->place = draw(out->place, plan.kind);
}
