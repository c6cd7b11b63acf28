/*
 * preference_chat.c - the view `preference-chat`: a right answer and a wrong one to the same
 * problem, as chats.
 */
#include "io/views/couple.h"

COLUMNS_WRITE(record, record, duel_margin, json_row_real(out, couple_margin(record)))

static const struct columns_turn duel_prompt[] = {{"user", columns_problem}, {NULL, NULL}};
static const struct columns_turn duel_chosen[] = {{"assistant", couple_chosen}, {NULL, NULL}};
static const struct columns_turn duel_rejected[] = {{"assistant", columns_joined_steps},
                                                    {NULL, NULL}};

/* What next() finds is a turn of that list. */
#define DUEL_TURNS(name)                                                                           \
    static const void *name##_after(const void *row, const void *around, const void *item)         \
    {                                                                                              \
        (void)row;                                                                                 \
        (void)around;                                                                              \
        return columns_turn_after(name, item);                                                     \
    }

DUEL_TURNS(duel_prompt)
DUEL_TURNS(duel_chosen)
DUEL_TURNS(duel_rejected)

static const struct view_field duel_fields[] = {
    COLUMNS_ID,
    COLUMNS_PROBLEM_ID,
    {0, "prompt", VIEW_RECORDS, "the problem, as the only turn", {.next = duel_prompt_after}},
    COLUMNS_TURN,
    {0, "chosen", VIEW_RECORDS, "the right answer, whole", {.next = duel_chosen_after}},
    COLUMNS_TURN,
    {0, "rejected", VIEW_RECORDS, "the wrong answer, whole", {.next = duel_rejected_after}},
    COLUMNS_TURN,
    {0, "margin", VIEW_REAL, "difference of their rewards", {duel_margin}},
    COUPLE_CHOSEN_ID,
    COLUMNS_STEPS,
    COLUMNS_ANSWERS,
    COLUMNS_IMAGES,
};

static int duel_rows(const struct view_tree *what, const struct view_run *run, struct view_out *out,
                     struct crux_error *error)
{
    return record_walk(what, run, couple_put, out, error);
}

const struct view view_preference_chat = {
    .name = "preference-chat",
    .help = "a right and a wrong answer to the same problem, as chats",
    .story = "A row is a wrong answer and the right one from which it parts latest, both whole, in "
             "the form of a chat. Columns of steps are of the wrong one, which names the row. The "
             "view preference has single steps, and no chat.",
    .checking = "Both answer `prompt`; `chosen` comes to `right_answer`, `rejected` to "
                "`wrong_answer`, and both begin with the same steps for as long as they can.",
    .fields = duel_fields,
    .field_count = sizeof duel_fields / sizeof duel_fields[0],
    .rows = duel_rows,
};
