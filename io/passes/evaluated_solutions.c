/*
 * evaluated_solutions.c - figures of a critic on solutions with a known first wrong step.
 */
#include "io/passes/evaluated.h"

#include <stdlib.h>

enum { NOT_KNOWN = -2 };

/* What is counted of all solutions. */
struct solutions {
    uint64_t right[2], of[2]; /* [0]: those without a wrong step, [1]: with one */
    uint64_t stepwise, unknown, judged, unsaid;
    uint64_t answered_right[2], answers[2]; /* [0]: right final answers, [1]: wrong ones */
    struct figures_calibration steps, rewards;
    struct figures_hit *hits;
    size_t hit_count;
};

/* The first step below the threshold, -1 when none is; NOT_KNOWN: a score before it is. */
static int32_t first_wrong(const struct evaluated_row *row, uint32_t count, double threshold)
{
    if (!row->stepwise)
        return NOT_KNOWN;
    for (uint32_t i = 0; i < count; i++)
        if (row->scores[i] < 0.0)
            return NOT_KNOWN;
        else if (row->scores[i] < threshold)
            return (int32_t)i;
    return -1;
}

/* Behind the first wrong step nothing is known of a step. */
static void calibrate_steps(struct figures_calibration *calibration,
                            const struct evaluated_row *row,
                            const struct labelled_solution *solution)
{
    uint32_t last = solution->label < 0 ? solution->count - 1 : (uint32_t)solution->label;

    for (uint32_t i = 0; row->stepwise && i <= last; i++)
        if (row->scores[i] >= 0.0)
            figures_calibrate(calibration, row->scores[i], (int32_t)i != solution->label);
}

static void count_verdict(struct solutions *all, const struct evaluated_row *row, bool right)
{
    enum crux_verdict wanted = right ? CRUX_RIGHT : CRUX_WRONG;

    if (row->reward < 0.0)
        return;
    all->judged++;
    all->answers[!right]++;
    all->answered_right[!right] += row->verdict == wanted;
    all->unsaid += row->verdict == CRUX_UNKNOWN;
    if (row->verdict != CRUX_UNKNOWN)
        figures_calibrate(&all->rewards, row->reward, right);
}

static void count_solution(struct solutions *all, const struct evaluated_row *row,
                           const struct labelled_solution *solution, double threshold)
{
    int32_t named = first_wrong(row, solution->count, threshold);
    bool wrong = solution->label >= 0, hit = named == solution->label;

    all->stepwise += row->stepwise;
    all->unknown += named == NOT_KNOWN;
    all->of[wrong]++;
    all->right[wrong] += hit;
    all->hits[all->hit_count++] = (struct figures_hit){solution->group, wrong, hit};
    calibrate_steps(&all->steps, row, solution);
    count_verdict(all, row, solution->right);
}

/* --- writing --------------------------------------------------------------------------------- */

static struct json *scores_json(const struct evaluated_row *row, uint32_t count)
{
    struct json *array = json_new_array();

    for (uint32_t i = 0; row->stepwise && i < count; i++)
        json_add(array, evaluated_real(row->scores[i]));
    return array;
}

static struct json *solution_item(const struct evaluated_row *row,
                                  const struct labelled_solution *solution, double threshold)
{
    struct json *object = json_new_object();
    int32_t named = first_wrong(row, solution->count, threshold);

    json_put(object, "id", json_of_string(solution->problem->id));
    json_put(object, "label", json_of_integer(solution->label));
    if (row->failure != NULL) {
        json_put(object, "failure", json_of_words(row->failure));
        return object;
    }
    json_put(object, "named", named == NOT_KNOWN ? json_of_null() : json_of_integer(named));
    json_put(object, "scores", scores_json(row, solution->count));
    if (row->reward >= 0.0) {
        json_put(object, "verdict",
                 json_of_string(crux_verdict_name((enum crux_verdict)row->verdict)));
        json_put(object, "reward", json_of_real(row->reward));
    }
    return object;
}

static int put_f1(struct json *object, const struct solutions *all, uint32_t groups,
                  struct crux_error *error)
{
    struct figures_share share;
    struct json *f1;
    int status;

    if (all->stepwise == 0 || all->of[0] == 0 || all->of[1] == 0) {
        json_put(object, "f1", json_of_null());
        return CRUX_OK;
    }
    status = figures_bootstrap_f1(&share, all->hits, all->hit_count, groups, error);
    if (status != CRUX_OK)
        return status;
    f1 = json_new_object();
    json_put(f1, "share", json_of_real(share.value));
    json_put(f1, "low", json_of_real(share.low));
    json_put(f1, "high", json_of_real(share.high));
    json_put(object, "f1", f1);
    return CRUX_OK;
}

static void put_answers(struct json *object, const struct solutions *all)
{
    struct json *answers;

    if (all->judged == 0) {
        json_put(object, "answers", json_of_null());
        return;
    }
    answers = json_new_object();
    json_put(answers, "wrong", evaluated_share(all->answered_right[1], all->answers[1]));
    json_put(answers, "right", evaluated_share(all->answered_right[0], all->answers[0]));
    json_put_count(answers, "unknown", all->unsaid);
    json_put(object, "answers", answers);
}

static int put_solutions(struct json *object, const struct solutions *all, uint32_t groups,
                         struct crux_error *error)
{
    struct json *calibration = json_new_object();
    bool named = all->stepwise > 0;
    int status;

    json_put(object, "wrong", evaluated_share(all->right[1], named ? all->of[1] : 0));
    json_put(object, "right", evaluated_share(all->right[0], named ? all->of[0] : 0));
    status = put_f1(object, all, groups, error);
    json_put_count(object, "unknown", all->unknown);
    put_answers(object, all);
    json_put(calibration, "steps", evaluated_real(figures_ece(&all->steps)));
    json_put(calibration, "answers", evaluated_real(figures_ece(&all->rewards)));
    json_put(object, "calibration", calibration);
    return status;
}

int evaluated_solutions(struct json *object, const struct evaluated *evaluated,
                        struct crux_error *error)
{
    const struct labelled *set = evaluated->setup.set;
    struct solutions all = {.hits = calloc(set->count, sizeof *all.hits)};
    struct json *items = json_new_array();
    int status = CRUX_OK;

    if (all.hits == NULL)
        status = crux_fail(error, CRUX_MEMORY, "no memory for the figures of a critic");
    for (size_t i = 0; i < set->count && status == CRUX_OK; i++) {
        if (evaluated->rows[i].failure == NULL)
            count_solution(&all, &evaluated->rows[i], &set->solutions[i],
                           evaluated->setup.threshold);
        json_add(items, solution_item(&evaluated->rows[i], &set->solutions[i],
                                      evaluated->setup.threshold));
    }
    if (status == CRUX_OK)
        status = put_solutions(object, &all, set->groups, error);
    json_put(object, "items", items);
    free(all.hits);
    return status;
}
