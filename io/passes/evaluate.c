/*
 * evaluate.c - the questions of a labelled set to a critic, and its answers, row by row.
 */
#include "io/passes/evaluate.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/passes/evaluated.h"

enum { ORDERS = 2 };

/* A question and what it is about. It is used again when it was answered. */
struct evaluate_question {
    struct passes_question question; /* first: what the pass sees is this */
    struct crux_step candidates[2];
    size_t row;
    uint32_t part; /* a step, or an order of a pair */
    struct evaluate_question *next_made, *next_unused;
};

struct evaluate {
    struct passes_work work; /* first: the work is this */
    struct evaluated evaluated;
    double *scores; /* of all rows */
    size_t row;     /* the next question's */
    uint32_t part;
    struct evaluate_question *made; /* all of them: those that were cancelled do not come back */
    struct evaluate_question *unused;
};

static passes_next evaluate_next;
static passes_answered evaluate_answered;

/* --- opening and closing ------------------------------------------------------------------ */

static uint32_t parts_of(const struct evaluate_setup *setup, size_t row)
{
    if (setup->set->pairs != NULL)
        return ORDERS;
    return setup->verb == CRUX_SCORE ? setup->set->solutions[row].count : 1;
}

static uint32_t scores_of(const struct labelled *set, size_t row)
{
    return set->pairs != NULL ? ORDERS * 2 : set->solutions[row].count;
}

uint64_t evaluate_questions(const struct evaluate *evaluate)
{
    const struct evaluate_setup *setup = &evaluate->evaluated.setup;
    uint64_t count = 0;

    for (size_t i = 0; i < setup->set->count; i++)
        count += parts_of(setup, i);
    return count;
}

uint64_t evaluate_failed(const struct evaluate *evaluate)
{
    uint64_t count = 0;

    for (size_t i = 0; i < evaluate->evaluated.setup.set->count; i++)
        count += evaluate->evaluated.rows[i].failure != NULL;
    return count;
}

/* Room for all scores, all unknown. */
static bool make_rows(struct evaluate *evaluate)
{
    const struct labelled *set = evaluate->evaluated.setup.set;
    size_t count = 0;

    for (size_t i = 0; i < set->count; i++)
        count += scores_of(set, i);
    evaluate->evaluated.rows = calloc(set->count + 1, sizeof *evaluate->evaluated.rows);
    evaluate->scores = malloc((count + 1) * sizeof *evaluate->scores);
    if (evaluate->evaluated.rows == NULL || evaluate->scores == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        evaluate->scores[i] = -1.0;
    count = 0;
    for (size_t i = 0; i < set->count; i++) {
        evaluate->evaluated.rows[i] =
            (struct evaluated_row){.scores = &evaluate->scores[count], .reward = -1.0};
        count += scores_of(set, i);
    }
    return true;
}

int evaluate_open(struct evaluate **out, const struct evaluate_setup *setup,
                  struct crux_error *error)
{
    struct evaluate *evaluate;

    assert(setup->verb == CRUX_SCORE || setup->verb == CRUX_JUDGE);
    if ((setup->critic->verbs & 1U << setup->verb) == 0)
        return crux_fail(error, CRUX_INVALID, "critic %s neither scores steps nor judges answers",
                         setup->critic->port.name);
    evaluate = calloc(1, sizeof *evaluate);
    if (evaluate == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to evaluate a critic");
    evaluate->work = (struct passes_work){evaluate_next, evaluate_answered, NULL};
    evaluate->evaluated.setup = *setup;
    if (!make_rows(evaluate)) {
        evaluate_close(evaluate);
        return crux_fail(error, CRUX_MEMORY, "no memory to evaluate a critic");
    }
    *out = evaluate;
    return CRUX_OK;
}

void evaluate_close(struct evaluate *evaluate)
{
    struct evaluate_question *question, *next;

    if (evaluate == NULL)
        return;
    for (question = evaluate->made; question != NULL; question = next) {
        next = question->next_made;
        free(question);
    }
    for (size_t i = 0; evaluate->evaluated.rows != NULL && i < evaluate->evaluated.setup.set->count;
         i++)
        free(evaluate->evaluated.rows[i].failure);
    free(evaluate->evaluated.rows);
    free(evaluate->scores);
    free(evaluate);
}

struct passes_work *evaluate_work(struct evaluate *evaluate)
{
    return &evaluate->work;
}

/* --- asking ----------------------------------------------------------------------------------- */

static struct evaluate_question *take_unused(struct evaluate *evaluate)
{
    struct evaluate_question *question = evaluate->unused;

    if (question != NULL) {
        evaluate->unused = question->next_unused;
        return question;
    }
    question = calloc(1, sizeof *question);
    if (question != NULL) {
        question->next_made = evaluate->made;
        evaluate->made = question;
    }
    return question;
}

/* About a step; or, of a JUDGE, about the whole solution, which ends in the last step. */
static void ask_solution(struct evaluate_question *question, const struct evaluate_setup *setup)
{
    const struct labelled_solution *solution = &setup->set->solutions[question->row];
    uint32_t step = setup->verb == CRUX_SCORE ? question->part : solution->count - 1;
    struct crux_call *call = &question->question.asking.call;

    question->candidates[0] = solution->steps[step];
    call->count = 1;
    call->state = (struct crux_state){
        .problem = solution->problem, .last = solution->steps[step].previous, .depth = step};
}

static void ask_pair(struct evaluate_question *question, const struct evaluate_setup *setup)
{
    const struct labelled_pair *pair = &setup->set->pairs[question->row];
    struct crux_call *call = &question->question.asking.call;

    question->candidates[0] = pair->answers[question->part];
    question->candidates[1] = pair->answers[1 - question->part];
    call->count = 2;
    call->state = (struct crux_state){.problem = pair->problem};
}

static int evaluate_next(struct passes_work *work, struct passes_question **out,
                         struct crux_error *error)
{
    struct evaluate *evaluate = (struct evaluate *)(void *)work;
    const struct evaluate_setup *setup = &evaluate->evaluated.setup;
    struct evaluate_question *question;
    struct crux_call *call;

    if (evaluate->row == setup->set->count)
        return CRUX_END;
    question = take_unused(evaluate);
    if (question == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a question");
    question->row = evaluate->row;
    question->part = evaluate->part;
    question->question.port = &setup->critic->port;
    call = &question->question.asking.call;
    call->verb = setup->verb;
    call->candidates = question->candidates;
    if (setup->set->pairs != NULL)
        ask_pair(question, setup);
    else
        ask_solution(question, setup);
    call->seed = passes_seed(setup->seed, call->state.problem->id, question->part);
    call->state.key = call->seed;
    if (++evaluate->part == parts_of(setup, evaluate->row)) {
        evaluate->part = 0;
        evaluate->row++;
    }
    *out = &question->question;
    return CRUX_OK;
}

/* --- answers ------------------------------------------------------------------------------------
 */

/* One number per candidate. True and in [0, 1], or below 0 where that is unknown. */
static bool reply_is_whole(const struct crux_call *call)
{
    const struct crux_reply *reply = &call->reply;
    bool whole = reply->count == call->count &&
                 (call->verb == CRUX_SCORE ? reply->scores != NULL : reply->outcomes != NULL);

    for (uint32_t i = 0; whole && i < call->count; i++)
        whole = call->verb == CRUX_SCORE
                    ? reply->scores[i] <= 1.0 /* and no NaN */
                    : reply->outcomes[i].reward >= 0.0 && reply->outcomes[i].reward <= 1.0;
    return whole;
}

/* What it says of each step of the whole solution, where it says something. */
static void evaluate_take_opinion(struct evaluated_row *row, const struct crux_opinion *opinion,
                                  uint32_t steps)
{
    if (opinion == NULL || opinion->steps == NULL || opinion->step_count != steps)
        return;
    row->stepwise = true;
    for (uint32_t i = 0; i < steps; i++)
        row->scores[i] = opinion->steps[i] <= 1.0 ? opinion->steps[i] : -1.0;
}

static void take_about_solution(struct evaluate *evaluate, const struct evaluate_question *question)
{
    const struct crux_reply *reply = &question->question.asking.call.reply;
    const struct labelled *set = evaluate->evaluated.setup.set;
    struct evaluated_row *row = &evaluate->evaluated.rows[question->row];

    if (evaluate->evaluated.setup.verb == CRUX_SCORE) {
        row->stepwise = true;
        row->scores[question->part] = reply->scores[0];
        return;
    }
    row->verdict = (uint8_t)reply->outcomes[0].verdict;
    row->reward = reply->outcomes[0].reward;
    evaluate_take_opinion(row, reply->opinions, set->solutions[question->row].count);
}

/* What a JUDGE would have the search believe, unless it is equally at a loss about both. */
static bool is_at_a_loss(const struct crux_outcome *outcomes)
{
    return outcomes[0].verdict == CRUX_UNKNOWN && outcomes[1].verdict == CRUX_UNKNOWN &&
           outcomes[0].reward == outcomes[1].reward;
}

static double evaluate_number_of(const struct crux_call *call, uint32_t candidate)
{
    const struct crux_reply *reply = &call->reply;

    if (call->verb == CRUX_SCORE)
        return reply->scores[candidate];
    return is_at_a_loss(reply->outcomes) ? -1.0 : reply->outcomes[candidate].reward;
}

static void take_reply(struct evaluate *evaluate, const struct evaluate_question *question)
{
    const struct crux_call *call = &question->question.asking.call;
    struct evaluated *evaluated = &evaluate->evaluated;
    struct evaluated_row *row = &evaluated->rows[question->row];

    evaluated->prompt_tokens += call->reply.prompt_tokens;
    evaluated->completion_tokens += call->reply.completion_tokens;
    evaluated->price += call->reply.price;
    if (evaluated->setup.set->pairs == NULL) {
        take_about_solution(evaluate, question);
        return;
    }
    row->scores[2 * question->part] = evaluate_number_of(call, 0);
    row->scores[2 * question->part + 1] = evaluate_number_of(call, 1);
}

/* The first failure of a row stays. */
static int take_failure(struct evaluated_row *row, const char *sentence, struct crux_error *error)
{
    if (row->failure != NULL)
        return CRUX_OK;
    row->failure = strdup(sentence != NULL ? sentence : "a call failed, and nothing says why");
    return row->failure != NULL ? CRUX_OK
                                : crux_fail(error, CRUX_MEMORY, "no memory to evaluate a critic");
}

static int evaluate_answered(struct passes_work *work, struct passes_question *said, int status,
                             struct crux_error *error)
{
    struct evaluate *evaluate = (struct evaluate *)(void *)work;
    struct evaluate_question *question = (struct evaluate_question *)(void *)said;
    struct evaluated_row *row = &evaluate->evaluated.rows[question->row];
    int result = CRUX_OK;

    evaluate->evaluated.questions++;
    if (status != CRUX_OK)
        result = take_failure(row, said->asking.call.reply.sentence, error);
    else if (!reply_is_whole(&said->asking.call))
        result =
            take_failure(row, "the reply has not one number from 0 to 1 for each candidate", error);
    else
        take_reply(evaluate, question);
    question->next_unused = evaluate->unused;
    evaluate->unused = question;
    return result;
}

/* --- the result ---------------------------------------------------------------------- */

static struct json *cost_of(const struct evaluated *evaluated)
{
    struct json *object = json_new_object();

    json_put_count(object, "questions", evaluated->questions);
    json_put_count(object, "prompt_tokens", evaluated->prompt_tokens);
    json_put_count(object, "completion_tokens", evaluated->completion_tokens);
    json_put(object, "price", json_of_integer(evaluated->price));
    return object;
}

int evaluate_put(struct json *object, const struct evaluate *evaluate, struct crux_error *error)
{
    const struct evaluated *evaluated = &evaluate->evaluated;
    const struct labelled *set = evaluated->setup.set;

    json_put_count(object, "rows", set->count);
    json_put(object, "problems", json_of_integer(set->groups));
    json_put_count(object, "failed", evaluate_failed(evaluate));
    json_put(object, "cost", cost_of(evaluated));
    return set->pairs != NULL ? evaluated_pairs(object, evaluated, error)
                              : evaluated_solutions(object, evaluated, error);
}
