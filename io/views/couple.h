/*
 * couple.h - whole answers in twos: a wrong one, and the right one from which it parts latest.
 *
 * What the views of pairs of answers (preference-chat, llama-factory) have in common: which records
 * are such a pair, and columns about the right one of the two. A pair whose right answer has not
 * the higher reward, or one of which has no step, is none.
 *
 * Pure; any thread.
 */
#ifndef IO_VIEWS_COUPLE_H
#define IO_VIEWS_COUPLE_H

#include "io/views/columns.h"

/* For record_walk(), context a struct view_out: gives each pair to view_put(). */
record_each couple_put;

/* Reward of the right one less that of the wrong one. */
double couple_margin(const struct record *record);

/* Of rows that couple_put() gave. */
view_write couple_chosen;    /* the right answer, whole */
view_write couple_chosen_id; /* the id of the right answer, as other views have it */

#define COUPLE_CHOSEN_ID                                                                           \
    COLUMNS_FIELD("chosen_id", VIEW_TEXT, "the right answer, as other views name it",              \
                  couple_chosen_id)

#endif
