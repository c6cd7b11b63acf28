/*
 * ranking.c - the view `ranking`: all answers to a problem, the best first, in the form of NeMo-RL.
 */
#include "io/views/about.h"
#include "io/views/columns.h"

#include <stdlib.h>

/* An answer of a tree. */
struct ranking_answer {
    const struct crux_rollout *rollout;
    char letter;
    uint32_t number; /* as other views name it ... */
    uint32_t rank;   /* ... and 0: the best */
    struct path path;
};

struct ranking_row {
    struct record_about about; /* first */
    struct ranking_answer *answers;
    size_t count, room;
};

/* --- columns ------------------------------------------------------------------------------ */

#define ANSWER_COLUMN(name, value)                                                                 \
    static void name(struct json_row *out, const void *row, const void *item)                      \
    {                                                                                              \
        const struct ranking_answer *answer = item;                                                \
        const struct ranking_row *ranking = row;                                                   \
                                                                                                   \
        (void)ranking;                                                                             \
        value;                                                                                     \
    }

ANSWER_COLUMN(ranking_rank, json_row_integer(out, answer->rank))
ANSWER_COLUMN(ranking_role, ((void)answer, view_text(out, "assistant")))
ANSWER_COLUMN(ranking_content, columns_put_whole(out, ranking->about.run, &answer->path))
ANSWER_COLUMN(ranking_id,
              view_path_id(out, ranking->about.what->tree->problem, answer->letter, answer->number))
ANSWER_COLUMN(ranking_reward, json_row_real(out, answer->rollout->reward))
ANSWER_COLUMN(ranking_verdict,
              view_text(out, crux_verdict_name((enum crux_verdict)answer->rollout->verdict)))
ANSWER_COLUMN(ranking_text, view_text(out, answer->rollout->answer))

static const struct columns_turn ranking_turns[] = {{"user", columns_problem}, {NULL, NULL}};

static const void *ranking_turn_after(const void *row, const void *around, const void *item)
{
    (void)row;
    (void)around;
    return columns_turn_after(ranking_turns, item);
}

static const void *ranking_answer_after(const void *row, const void *around, const void *item)
{
    const struct ranking_row *ranking = row;
    const struct ranking_answer *next =
        item == NULL ? ranking->answers : (const struct ranking_answer *)item + 1;

    (void)around;
    return next == ranking->answers + ranking->count ? NULL : next;
}

/* The only turn is about the answer around it. */
static const void *ranking_said_after(const void *row, const void *around, const void *item)
{
    (void)row;
    return item == NULL ? around : NULL;
}

static const struct view_field ranking_fields[] = {
    {0, "id", VIEW_TEXT, "the problem's id in the input", {columns_problem_id}},
    COLUMNS_PROBLEM_ID,
    {0, "context", VIEW_RECORDS, "the problem, as the only turn", {.next = ranking_turn_after}},
    COLUMNS_TURN,
    {0, "completions", VIEW_RECORDS, "answers, the best first", {.next = ranking_answer_after}},
    {1, "rank", VIEW_INTEGER, "0 is the best; those of one reward share one", {ranking_rank}},
    {1, "completion", VIEW_RECORDS, "the answer, as the only turn", {.next = ranking_said_after}},
    {2, "role", VIEW_TEXT, "`assistant`", {ranking_role}},
    {2, "content", VIEW_TEXT, "it, from its first step to its last", {ranking_content}},
    {1, "id", VIEW_TEXT, "the answer, as other views name it", {ranking_id}},
    {1, "reward", VIEW_REAL, "0 to 1", {ranking_reward}},
    {1, "verdict", VIEW_TEXT, "`right` or `wrong`", {ranking_verdict}},
    {1, "answer", VIEW_TEXT, "canonical form of the answer; empty if none", {ranking_text}},
    COLUMNS_ANSWERS,
    COLUMNS_IMAGES,
};

/* --- the answers of a tree ---------------------------------------------------------------- */

static int ranking_no_memory(const struct record_about *about, struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for the answers to problem %s",
                     about->what->tree->problem->id);
}

/* The path moves over: the record goes. */
static int ranking_take(void *context, const struct record *record, struct crux_error *error)
{
    struct ranking_row *ranking = context;
    struct ranking_answer *answer;

    if (record->path.count == 0)
        return CRUX_OK;
    if (ranking->count == ranking->room) {
        size_t room = ranking->room == 0 ? 32 : ranking->room * 2;
        struct ranking_answer *grown = realloc(ranking->answers, room * sizeof *grown);

        if (grown == NULL)
            return ranking_no_memory(&ranking->about, error);
        ranking->answers = grown;
        ranking->room = room;
    }
    answer = &ranking->answers[ranking->count++];
    *answer = (struct ranking_answer){
        .rollout = record_answer(record), .letter = record->letter, .number = record->number};
    return paths_read(record->paths, record->rollout, &answer->path, error);
}

/* Below 0: x is better. Right ones are, whatever their reward. */
static int ranking_compare(const struct crux_rollout *x, const struct crux_rollout *y)
{
    if (x->verdict != y->verdict)
        return x->verdict == CRUX_RIGHT ? -1 : 1;
    return (x->reward < y->reward) - (x->reward > y->reward);
}

static int ranking_order(const void *a, const void *b)
{
    const struct ranking_answer *x = a, *y = b;
    int order = ranking_compare(x->rollout, y->rollout);

    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

/* Answers that are all worth the same are no ranking. */
static int ranking_put(struct ranking_row *ranking, struct view_out *out, struct crux_error *error)
{
    struct ranking_answer *answers = ranking->answers;
    size_t count = ranking->count;

    if (count == 0)
        return CRUX_OK;
    qsort(answers, count, sizeof *answers, ranking_order);
    for (size_t i = 1; i < count; i++)
        answers[i].rank = answers[i - 1].rank +
                          (ranking_compare(answers[i - 1].rollout, answers[i].rollout) != 0);
    return answers[count - 1].rank == 0 ? CRUX_OK : view_put(out, ranking, VIEW_NEITHER, error);
}

static int ranking_rows(const struct view_tree *what, const struct view_run *run,
                        struct view_out *out, struct crux_error *error)
{
    struct ranking_row ranking = {.about = about_tree(what, run)};
    int status = record_walk(what, run, ranking_take, &ranking, error);

    if (status == CRUX_OK)
        status = ranking_put(&ranking, out, error);
    for (size_t i = 0; i < ranking.count; i++)
        path_close(&ranking.answers[i].path);
    free(ranking.answers);
    return status;
}

const struct view view_ranking = {
    .name = "ranking",
    .help = "all answers to a problem, the best first",
    .story = "A row is a problem with the distinct answers to it whose verdict is known: right "
             "ones before wrong ones, then by reward. A problem whose answers are all worth the "
             "same is in no row; the wrong ones are those that part from a right answer.",
    .checking = "`answer` of the completions of rank 0 is `reference_answer`, or what is the same; "
                "no completion has a higher `reward` than one of a lower rank and equal verdict.",
    .fields = ranking_fields,
    .field_count = sizeof ranking_fields / sizeof ranking_fields[0],
    .rows = ranking_rows,
};
