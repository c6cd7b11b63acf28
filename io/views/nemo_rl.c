/*
 * nemo_rl.c - the view `nemo-rl`: all answers to a problem, the best first, in the form of NeMo-RL.
 */
#include "io/views/about.h"
#include "io/views/columns.h"

#include <stdlib.h>

/* An answer of a tree. */
struct nemo_answer {
    const struct crux_rollout *rollout;
    char letter;
    uint32_t number; /* as other views name it ... */
    uint32_t rank;   /* ... and 0: the best */
    struct path path;
};

struct nemo_row {
    struct record_about about; /* first */
    struct nemo_answer *answers;
    size_t count, room;
};

/* --- columns ------------------------------------------------------------------------------ */

#define ANSWER_COLUMN(name, value)                                                                 \
    static void name(struct json_row *out, const void *row, const void *item)                      \
    {                                                                                              \
        const struct nemo_answer *answer = item;                                                   \
        const struct nemo_row *nemo = row;                                                         \
                                                                                                   \
        (void)nemo;                                                                                \
        value;                                                                                     \
    }

ANSWER_COLUMN(nemo_rank, json_row_integer(out, answer->rank))
ANSWER_COLUMN(nemo_role, ((void)answer, view_text(out, "assistant")))
ANSWER_COLUMN(nemo_content, columns_put_whole(out, nemo->about.run, &answer->path))
ANSWER_COLUMN(nemo_id,
              view_path_id(out, nemo->about.what->tree->problem, answer->letter, answer->number))
ANSWER_COLUMN(nemo_reward, json_row_real(out, answer->rollout->reward))
ANSWER_COLUMN(nemo_verdict,
              view_text(out, crux_verdict_name((enum crux_verdict)answer->rollout->verdict)))
ANSWER_COLUMN(nemo_text, view_text(out, answer->rollout->answer))

static const struct columns_turn nemo_turns[] = {{"user", columns_problem}, {NULL, NULL}};

static const void *nemo_turn_after(const void *row, const void *around, const void *item)
{
    (void)row;
    (void)around;
    return columns_turn_after(nemo_turns, item);
}

static const void *nemo_answer_after(const void *row, const void *around, const void *item)
{
    const struct nemo_row *nemo = row;
    const struct nemo_answer *next =
        item == NULL ? nemo->answers : (const struct nemo_answer *)item + 1;

    (void)around;
    return next == nemo->answers + nemo->count ? NULL : next;
}

/* The only turn is about the answer around it. */
static const void *nemo_said_after(const void *row, const void *around, const void *item)
{
    (void)row;
    return item == NULL ? around : NULL;
}

static const struct view_field nemo_fields[] = {
    {0, "id", VIEW_TEXT, "the problem's id in the input", {columns_problem_id}},
    COLUMNS_PROBLEM_ID,
    {0, "context", VIEW_RECORDS, "the problem, as the only turn", {.next = nemo_turn_after}},
    COLUMNS_TURN,
    {0, "completions", VIEW_RECORDS, "answers, the best first", {.next = nemo_answer_after}},
    {1, "rank", VIEW_INTEGER, "0 is the best; those of one reward share one", {nemo_rank}},
    {1, "completion", VIEW_RECORDS, "the answer, as the only turn", {.next = nemo_said_after}},
    {2, "role", VIEW_TEXT, "`assistant`", {nemo_role}},
    {2, "content", VIEW_TEXT, "it, from its first step to its last", {nemo_content}},
    {1, "id", VIEW_TEXT, "the answer, as other views name it", {nemo_id}},
    {1, "reward", VIEW_REAL, "0 to 1", {nemo_reward}},
    {1, "verdict", VIEW_TEXT, "`right` or `wrong`", {nemo_verdict}},
    {1, "answer", VIEW_TEXT, "canonical form of the answer; empty if none", {nemo_text}},
    COLUMNS_ANSWERS,
    COLUMNS_IMAGES,
};

/* --- the answers of a tree ---------------------------------------------------------------- */

static int nemo_no_memory(const struct record_about *about, struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for the answers to problem %s",
                     about->what->tree->problem->id);
}

/* The path moves over: the record goes. */
static int nemo_take(void *context, const struct record *record, struct crux_error *error)
{
    struct nemo_row *nemo = context;
    struct nemo_answer *answer;

    if (record->path.count == 0)
        return CRUX_OK;
    if (nemo->count == nemo->room) {
        size_t room = nemo->room == 0 ? 32 : nemo->room * 2;
        struct nemo_answer *grown = realloc(nemo->answers, room * sizeof *grown);

        if (grown == NULL)
            return nemo_no_memory(&nemo->about, error);
        nemo->answers = grown;
        nemo->room = room;
    }
    answer = &nemo->answers[nemo->count++];
    *answer = (struct nemo_answer){
        .rollout = record_answer(record), .letter = record->letter, .number = record->number};
    return paths_read(record->paths, record->rollout, &answer->path, error);
}

/* Below 0: x is better. Right ones are, whatever their reward. */
static int nemo_compare(const struct crux_rollout *x, const struct crux_rollout *y)
{
    if (x->verdict != y->verdict)
        return x->verdict == CRUX_RIGHT ? -1 : 1;
    return (x->reward < y->reward) - (x->reward > y->reward);
}

static int nemo_order(const void *a, const void *b)
{
    const struct nemo_answer *x = a, *y = b;
    int order = nemo_compare(x->rollout, y->rollout);

    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

/* Answers that are all worth the same are no nemo. */
static int nemo_put(struct nemo_row *nemo, struct view_out *out, struct crux_error *error)
{
    struct nemo_answer *answers = nemo->answers;
    size_t count = nemo->count;

    if (count == 0)
        return CRUX_OK;
    qsort(answers, count, sizeof *answers, nemo_order);
    for (size_t i = 1; i < count; i++)
        answers[i].rank =
            answers[i - 1].rank + (nemo_compare(answers[i - 1].rollout, answers[i].rollout) != 0);
    return answers[count - 1].rank == 0 ? CRUX_OK : view_put(out, nemo, VIEW_NEITHER, error);
}

static int nemo_rows(const struct view_tree *what, const struct view_run *run, struct view_out *out,
                     struct crux_error *error)
{
    struct nemo_row nemo = {.about = about_tree(what, run)};
    int status = record_walk(what, run, nemo_take, &nemo, error);

    if (status == CRUX_OK)
        status = nemo_put(&nemo, out, error);
    for (size_t i = 0; i < nemo.count; i++)
        path_close(&nemo.answers[i].path);
    free(nemo.answers);
    return status;
}

const struct view view_nemo_rl = {
    .name = "nemo-rl",
    .help = "all answers to a problem, the best first",
    .story = "A row is a problem with the distinct answers to it whose verdict is known: right "
             "ones before wrong ones, then by reward. A problem whose answers are all worth the "
             "same is in no row; the wrong ones are those that part from a right answer.",
    .checking = "`answer` of the completions of rank 0 is `reference_answer`, or what is the same; "
                "no completion has a higher `reward` than one of a lower rank and equal verdict.",
    .fields = nemo_fields,
    .field_count = sizeof nemo_fields / sizeof nemo_fields[0],
    .rows = nemo_rows,
};
