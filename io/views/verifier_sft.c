/*
 * verifier_sft.c - the view `verifier-sft`: chats in which a verifier judges a solution step by
 * step, as ThinkPRM (arXiv 2504.16828) trains one: what was written without seeing the labels is
 * kept only where all of its verdicts are the labels.
 *
 * Where the domain has proved the labels (the numbers games) the verdicts are written from the
 * tree itself: up to and with a first wrong step that is proved; of a right path all, since there
 * the referee has checked each step, and from each the target was reached.
 */
#include "io/views/columns.h"

#include <string.h>

#include "io/numbers.h"

struct verifier_sft_row {
    struct record record;
    const char *text;      /* in front of the verdicts; "" */
    const char *annotator; /* whose verdicts these are */
};

#define COLUMN(name, value) COLUMNS_WRITE(verifier_sft_row, judgement, name, value)

/* --- what is said ----------------------------------------------------------------------------- */

static void verifier_sft_question(struct json_row *out, const struct record *record)
{
    json_row_begin_text(out);
    columns_add_problem(out, record->about.what->tree->problem);
    columns_add(out, "\n\nSolution:\n");
    columns_add_numbered(out, &record->path, 1);
    columns_add(out, "\nIs each step right? Judge them in order and stop at the first wrong one.");
    json_row_end_text(out);
}

static void verifier_sft_answer(struct json_row *out, const struct verifier_sft_row *judgement)
{
    json_row_begin_text(out);
    if (judgement->text[0] != '\0') {
        columns_add_step(out, (struct crux_text){judgement->text, strlen(judgement->text)});
        columns_add(out, "\n\n");
    }
    for (size_t i = 0; i < record_labels(&judgement->record); i++) {
        bool right = record_label(&judgement->record, i) == CRUX_RIGHT;

        columns_add(out, i > 0 ? "\nStep " : "Step ");
        columns_add_number(out, i + 1);
        columns_add(out, right ? ": \\boxed{correct}" : ": \\boxed{incorrect}");
    }
    json_row_end_text(out);
}

static void verifier_sft_verdicts(struct json_row *out, const struct verifier_sft_row *judgement)
{
    json_row_begin_list(out);
    for (size_t i = 0; i < record_labels(&judgement->record); i++)
        json_row_integer(out, record_label(&judgement->record, i) == CRUX_RIGHT);
    json_row_end_list(out);
}

COLUMN(verifier_sft_user, verifier_sft_question(out, &judgement->record))
COLUMN(verifier_sft_assistant, verifier_sft_answer(out, judgement))

static const void *verifier_sft_next(const void *row, const void *around, const void *item)
{
    static const struct columns_turn turns[] = {
        {"user", verifier_sft_user}, {"assistant", verifier_sft_assistant}, {NULL, NULL}};

    (void)row;
    (void)around;
    return columns_turn_after(turns, item);
}

COLUMN(verifier_sft_verdict, json_row_integer(out, judgement->record.pair == NULL))
COLUMN(verifier_sft_steps, verifier_sft_verdicts(out, judgement))
COLUMN(verifier_sft_annotator, view_text(out, judgement->annotator))

static const struct view_field verifier_sft_fields[] = {
    COLUMNS_ID,
    COLUMNS_PROBLEM_ID,
    {0,
     "messages",
     VIEW_RECORDS,
     "problem and numbered steps, and the verdict on each",
     {.next = verifier_sft_next}},
    COLUMNS_TURN,
    COLUMNS_FIELD("verdict", VIEW_INTEGER, "1: the answer is right, 0: it is wrong",
                  verifier_sft_verdict),
    COLUMNS_FIELD("step_verdicts", VIEW_INTEGERS,
                  "1: the step is right, 0: it is wrong; up to and with the first wrong one",
                  verifier_sft_steps),
    COLUMNS_FIELD("annotator", VIEW_TEXT,
                  "the pass that wrote the verdicts; of proved ones the run's annotating critic",
                  verifier_sft_annotator),
    COLUMNS_STEPS,
    COLUMNS_ANSWERS,
    COLUMNS_IMAGES,
};

/* --- rows ----------------------------------------------------------------------------------- */

/* Did the referee of the numbers games judge the run's answers? Then each step of a right one was
 * checked. */
static bool verifier_sft_has_referee(const struct record *record)
{
    const struct json *critics = json_get(record->about.run->configuration, "critic");
    struct numbers_problem numbers;

    for (size_t i = 0; i < json_count(critics); i++) {
        const char *critic = json_as_string(json_at(critics, i));

        if (critic != NULL && strcmp(critic, "outcome=numbers") == 0)
            return numbers_problem_read(&numbers, record->about.what->tree->problem->line);
    }
    return false;
}

static bool verifier_sft_is_proved(const struct record *record)
{
    return record->pair != NULL ? record->location.how == LEARNT_PROVED
                                : verifier_sft_has_referee(record);
}

static int verifier_sft_put(void *context, const struct record *record, struct crux_error *error)
{
    struct verifier_sft_row row = {.record = *record, .text = ""};
    const struct learnt_item *said;

    if (!record_is_labelled(record))
        return CRUX_OK;
    said = record_judged(record);
    if (said == NULL && !verifier_sft_is_proved(record))
        return CRUX_OK;
    row.annotator = record->locator[0] != '\0' ? record->locator : record->about.run->annotator;
    if (said != NULL) {
        row.annotator = said->maker;
        row.text = said->critique.text;
    } else if (record->pair != NULL && record->pair->exact) {
        row.text = record->pair->critique;
    }
    return view_put(context, &row, record->pair != NULL ? VIEW_WRONG : VIEW_RIGHT, error);
}

static int verifier_sft_rows(const struct view_tree *what, const struct view_run *run,
                             struct view_out *out, struct crux_error *error)
{
    return record_walk(what, run, verifier_sft_put, out, error);
}

const struct view view_verifier_sft = {
    .name = "verifier-sft",
    .help = "chats in which each step of a solution is judged, where all verdicts are known right",
    .story =
        "A row is a solution as a user shows it and a verdict on each step as an assistant's "
        "answer, in ThinkPRM's form, up to and with the first wrong step. It is here if an "
        "annotator gave a verdict on each step without seeing the labels (`crux annotate`, style "
        "blind) and all of them are the labels, or if the domain has proved them. Wrong solutions "
        "of which no first wrong step is known are not here. The labels of a right solution mean "
        "that its answer is right and that nothing that was asked speaks against a step, which "
        "proves its steps only in domain numbers.",
    .checking = "Judge the last step that the answer speaks of: in a row of `verdict` 0 it is the "
                "first wrong one. `located` says how that is known, `step_rights` of "
                "`step_counts` completions by which this was estimated.",
    .fields = verifier_sft_fields,
    .field_count = sizeof verifier_sft_fields / sizeof verifier_sft_fields[0],
    .rows = verifier_sft_rows,
};
