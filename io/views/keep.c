/*
 * keep.c - names for what is known of a path, and whether an expression over them holds.
 */
#include "io/views/keep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/expression.h"

struct keep {
    struct view_filter filter; /* first: a filter is its keep */
    struct expression *expression;
};

/* --- names -------------------------------------------------------------------------------- */

static struct expression_value keep_words(const char *text)
{
    return (struct expression_value){NAN, text};
}

static struct expression_value keep_number(double number)
{
    return (struct expression_value){number, NULL};
}

/* Below 0 stands for what nobody knows. */
static struct expression_value keep_known(double number)
{
    return keep_number(number < 0.0 ? NAN : number);
}

static struct expression_value keep_share(struct learnt_count count)
{
    return keep_number(count.of == 0 ? NAN : (double)count.right / (double)count.of);
}

static struct expression_value keep_verdict(enum crux_verdict verdict)
{
    return keep_number(verdict == CRUX_UNKNOWN ? NAN : (double)(verdict == CRUX_RIGHT));
}

/* A value by an expression over the record. */
#define KEEP(function, value)                                                                      \
    static struct expression_value function(const struct record *record)                           \
    {                                                                                              \
        return value;                                                                              \
    }

/* The same of what was verified, where something was. */
#define KEEP_VERIFIED(function, value)                                                             \
    static struct expression_value function(const struct record *record)                           \
    {                                                                                              \
        const struct learnt_verification *verified = record->verification;                         \
                                                                                                   \
        return verified == NULL ? keep_number(NAN) : (value);                                      \
    }

KEEP(keep_side, keep_words(record->pair != NULL ? "wrong" : "right"))
KEEP(keep_how, keep_words(learnt_how_name(record->location.how)))
KEEP(keep_step, keep_known((double)record->location.step))
KEEP(keep_steps, keep_number((double)record->path.count))
KEEP(keep_critique, keep_number((double)(record->critique.text[0] != '\0')))
KEEP(keep_annotator, keep_words(record->annotator))
KEEP(keep_points_at, keep_known((double)record->critique.step))
KEEP(keep_execution, keep_known(record->support.execution))
KEEP(keep_judge, keep_known(record->support.judge))
KEEP(keep_completions, keep_known(record->support.completions))
KEEP(keep_reward, keep_number(record_answer(record)->reward))
KEEP_VERIFIED(keep_refined, keep_share(verified->with))
KEEP_VERIFIED(keep_refined_right, keep_number(verified->with.right))
KEEP_VERIFIED(keep_refined_of, keep_number(verified->with.of))
KEEP_VERIFIED(keep_without, keep_share(verified->without))
KEEP_VERIFIED(keep_control, keep_share(verified->control))
KEEP(keep_verdict_right, keep_verdict(record_verdict_is(record)))
KEEP(keep_step_right, keep_verdict(record_step_is(record)))

static const struct keep_row {
    const char *name, *meaning;
    struct expression_value (*value)(const struct record *record);
} keep_rows[] = {
    {"side", "'wrong' or 'right': the path's answer", keep_side},
    {"how", "how the first wrong step is known: 'proved', 'agreed', 'estimated', 'between', 'not'",
     keep_how},
    {"step", "the first wrong step, from 0", keep_step},
    {"steps", "the number of steps", keep_steps},
    {"critique", "1: there is one, 0: there is none", keep_critique},
    {"annotator", "who wrote it; '' when the search did", keep_annotator},
    {"points_at", "the step that it points at, from 0", keep_points_at},
    {"refined", "share of right answers that were refined with it", keep_refined},
    {"refined_right", "their number", keep_refined_right},
    {"refined_of", "answers refined with it of which it is known", keep_refined_of},
    {"refined_without", "share of right ones without a critique", keep_without},
    {"refined_control", "share of right ones with a critique of another path", keep_control},
    {"verdict_right", "1: its verdict is right, 0: it is not", keep_verdict_right},
    {"step_right", "1: it points at the first wrong step, 0: at another", keep_step_right},
    {"execution", "least score of a step by the execution critic", keep_execution},
    {"judge", "least reward of a step by the outcome critic", keep_judge},
    {"completions", "least share of right completions behind a probed prefix", keep_completions},
    {"reward", "of the answer", keep_reward},
};

enum { KEEP_ROWS = sizeof keep_rows / sizeof *keep_rows };

const char *crux_keep_name(size_t index, const char **meaning)
{
    if (index >= KEEP_ROWS)
        return NULL;
    *meaning = keep_rows[index].meaning;
    return keep_rows[index].name;
}

/* --- the whole ---------------------------------------------------------------------------- */

static int keep_list_names(int status, struct crux_error *error)
{
    struct crux_error inner = *error;
    char names[300] = "";
    size_t used = 0;

    for (size_t i = 0; i < KEEP_ROWS && used < sizeof names; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "",
                                 keep_rows[i].name);
    return crux_fail(error, status, "--keep-if %.200s; names are %s", inner.text, names);
}

static int keep_filter_takes(struct view_filter *self, const struct record *record, bool *out,
                             struct crux_error *error)
{
    return keep_takes((struct keep *)(void *)self, record, out, error);
}

struct view_filter *keep_filter(struct keep *keep)
{
    return &keep->filter;
}

int keep_open(struct keep **out, const char *expression, struct crux_error *error)
{
    const char *names[KEEP_ROWS];
    struct keep *keep = calloc(1, sizeof *keep);
    int status;

    if (keep == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for --keep-if");
    keep->filter.takes = keep_filter_takes;
    for (size_t i = 0; i < KEEP_ROWS; i++)
        names[i] = keep_rows[i].name;
    status = expression_open(&keep->expression, expression, names, KEEP_ROWS, error);
    if (status == CRUX_INVALID)
        status = keep_list_names(status, error);
    if (status == CRUX_OK)
        *out = keep;
    else
        keep_close(keep);
    return status;
}

void keep_close(struct keep *keep)
{
    if (keep == NULL)
        return;
    expression_close(keep->expression);
    free(keep);
}

int keep_takes(struct keep *keep, const struct record *record, bool *out, struct crux_error *error)
{
    struct expression_value values[KEEP_ROWS];
    enum expression_truth truth;
    int status;

    for (size_t i = 0; i < KEEP_ROWS; i++)
        values[i] = keep_rows[i].value(record);
    status = expression_truth(keep->expression, values, &truth, error);
    if (status == CRUX_OK)
        *out = truth == EXPRESSION_TRUE || (truth == EXPRESSION_UNKNOWN && record->pair == NULL);
    return status;
}
