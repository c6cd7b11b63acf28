/*
 * sft.c - the view `sft`: right answers as chats, the best of each problem, or some that differ.
 *
 * The best is the one with the most support (record.h), then the shortest, then the first. With
 * more than one wanted each further one is the answer whose words are least those of the ones
 * before it, as long as they are few enough the same (overlap.h; the limit is the run's choice).
 */
#include "io/views/columns.h"
#include "io/views/overlap.h"

#include <math.h>
#include <stdlib.h>

#define SFT_UNSUPPORTED 0.5 /* nobody says anything of its steps: neither good nor bad */

/* A right answer. */
struct sft_answer {
    uint32_t number, rollout;
    double support;
    size_t bytes;
    bool chosen;
    double nearest; /* greatest overlap with a chosen one */
    struct overlap_words words;
};

struct sft_tree {
    const struct view_run *run;
    struct view_out *out;
    struct sft_answer *answers; /* the better the earlier */
    size_t count;
    bool *chosen; /* by number */
};

/* --- the best ----------------------------------------------------------------------------- */

/* The worst that is said of a step. */
static double sft_support(const struct record_support *support)
{
    const double said[] = {support->execution, support->judge, support->completions};
    double least = INFINITY;

    if (support->lost)
        return 0.0;
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        if (said[i] >= 0.0 && said[i] < least)
            least = said[i];
    return isinf(least) ? SFT_UNSUPPORTED : least;
}

static int sft_take(void *context, const struct record *record, struct crux_error *error)
{
    struct sft_tree *tree = context;
    struct sft_answer *answer = &tree->answers[tree->count];
    bool wanted = record->pair == NULL && record->path.count > 0;
    int status = CRUX_OK;

    if (!wanted)
        return CRUX_OK;
    *answer = (struct sft_answer){.number = record->number,
                                  .rollout = record->rollout,
                                  .support = sft_support(&record->support),
                                  .nearest = -1.0};
    tree->count++;
    for (size_t i = 0; i < record->path.count; i++)
        answer->bytes += record->path.steps[i].length;
    if (tree->run->choice.diverse > 1)
        status = overlap_open(&answer->words, record->path.steps, record->path.count, error);
    return status;
}

static int sft_order(const void *a, const void *b)
{
    const struct sft_answer *x = a, *y = b;

    if (x->support < y->support || x->support > y->support)
        return x->support > y->support ? -1 : 1;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* --- some that differ --------------------------------------------------------------------- */

static void sft_choose(struct sft_tree *tree, struct sft_answer *chosen)
{
    chosen->chosen = tree->chosen[chosen->number] = true;
    for (size_t i = 0; tree->run->choice.diverse > 1 && i < tree->count; i++)
        tree->answers[i].nearest =
            fmax(tree->answers[i].nearest, overlap_of(&chosen->words, &tree->answers[i].words));
}

/* The one that differs most from all that are chosen, of equal ones the better; NULL: none differs
 * enough. */
static struct sft_answer *sft_next(const struct sft_tree *tree)
{
    struct sft_answer *best = NULL;

    for (size_t i = 0; i < tree->count; i++) {
        struct sft_answer *answer = &tree->answers[i];

        if (!answer->chosen && answer->nearest <= tree->run->choice.overlap &&
            (best == NULL || answer->nearest < best->nearest))
            best = answer;
    }
    return best;
}

static void sft_choose_all(struct sft_tree *tree)
{
    struct sft_answer *next = tree->count > 0 ? &tree->answers[0] : NULL;

    qsort(tree->answers, tree->count, sizeof *tree->answers, sft_order);
    for (uint32_t i = 0; i < tree->run->choice.diverse && next != NULL; i++) {
        sft_choose(tree, next);
        next = sft_next(tree);
    }
}

/* --- rows --------------------------------------------------------------------------------- */

static const struct columns_turn sft_turns[] = {
    {"user", columns_problem}, {"assistant", columns_joined_steps}, {NULL, NULL}};

static const void *sft_turn_after(const void *row, const void *around, const void *item)
{
    (void)row;
    (void)around;
    return columns_turn_after(sft_turns, item);
}

static const struct view_field sft_fields[] = {
    COLUMNS_ID,
    COLUMNS_PROBLEM_ID,
    {0, "messages", VIEW_RECORDS, "the problem and the answer", {.next = sft_turn_after}},
    COLUMNS_TURN,
    COLUMNS_STEPS,
    COLUMNS_ANSWERS,
    COLUMNS_IMAGES,
};

static int sft_put(void *context, const struct record *record, struct crux_error *error)
{
    const struct sft_tree *tree = context;

    if (record->pair != NULL || !tree->chosen[record->number])
        return CRUX_OK;
    return view_put(tree->out, record, VIEW_RIGHT, error);
}

static int sft_rows(const struct view_tree *what, const struct view_run *run, struct view_out *out,
                    struct crux_error *error)
{
    size_t room = (size_t)what->tree->right_count + 1;
    struct sft_tree tree = {.run = run,
                            .out = out,
                            .answers = calloc(room, sizeof *tree.answers),
                            .chosen = calloc(room, sizeof *tree.chosen)};
    int status = CRUX_OK;

    if (tree.answers == NULL || tree.chosen == NULL)
        status = crux_fail(error, CRUX_MEMORY, "no memory for the right answers to problem %s",
                           what->tree->problem->id);
    if (status == CRUX_OK && what->tree->right_count > 0)
        status = record_walk(what, run, sft_take, &tree, error);
    if (status == CRUX_OK)
        sft_choose_all(&tree);
    if (status == CRUX_OK && tree.count > 0)
        status = record_walk(what, run, sft_put, &tree, error);
    for (size_t i = 0; i < tree.count; i++)
        overlap_close(&tree.answers[i].words);
    free(tree.answers);
    free(tree.chosen);
    return status;
}

const struct view view_sft = {
    .name = "sft",
    .help = "right answers as chats, one of each problem",
    .story = "A row is a right answer to a problem, as a chat: of several the one for whose steps "
             "critics and completions speak most, then the shortest; more of them, which differ "
             "in their words, with `--diverse N`. That the answer is right says little of its "
             "steps: what is known of these is beside them (`step_scores`, `step_values`).",
    .checking = "The assistant's turn answers the user's, and its last step says "
                "`reference_answer`, or what is the same.",
    .fields = sft_fields,
    .field_count = sizeof sft_fields / sizeof sft_fields[0],
    .rows = sft_rows,
};
