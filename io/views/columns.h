/*
 * columns.h - columns that many views have, and the texts that they make of problems and steps.
 *
 * A view's table takes them by name (columns_model) or by the group (COLUMNS_STEPS). Those of one
 * name mean the same in every view.
 *
 *     rows        of columns_* are a struct record, or what begins with one; those marked `about`
 *                 take whatever begins with a struct record_about
 *     texts       the problem is without blanks at its end, a step bare, without blanks at its ends
 *     chats       a list of turns, made from a static array of struct columns_turn
 *
 * Pure; any thread.
 */
#ifndef IO_VIEWS_COLUMNS_H
#define IO_VIEWS_COLUMNS_H

#include "io/views/record.h"

/* A column by the expression that makes its value, of rows that are a struct type. */
#define COLUMNS_WRITE(type, row_name, name, value)                                                 \
    static void name(struct json_row *out, const void *row, const void *item)                      \
    {                                                                                              \
        const struct type *(row_name) = row;                                                       \
                                                                                                   \
        (void)(row_name);                                                                          \
        (void)item;                                                                                \
        value;                                                                                     \
    }

/* A field of a table; depth 0. */
#define COLUMNS_FIELD(name, type, meaning, write)                                                  \
    {                                                                                              \
        0, name, type, meaning,                                                                    \
        {                                                                                          \
            write                                                                                  \
        }                                                                                          \
    }

/* --- whatever a row is about ---------------------------------------------------------------- */

/* All of these: about. The prompt is the problem as its line has it. */
view_write columns_problem_id, columns_prompt, columns_images, columns_numbers, columns_target;
view_write columns_wrong_answer, columns_right_answer, columns_reference_answer, columns_model;

#define COLUMNS_PROBLEM_ID                                                                         \
    COLUMNS_FIELD("problem_id", VIEW_TEXT, "the problem's id in the input", columns_problem_id)

#define COLUMNS_IMAGES                                                                             \
    COLUMNS_FIELD("images", VIEW_IMAGES,                                                           \
                  "pictures of the problem, as its line names them: paths from that file's "       \
                  "folder, or `data:` URLs",                                                       \
                  columns_images)

#define COLUMNS_ANSWERS                                                                            \
    COLUMNS_FIELD("wrong_answer", VIEW_TEXT,                                                       \
                  "the answer of the wrong path that the row is about; empty if there is none",    \
                  columns_wrong_answer),                                                           \
        COLUMNS_FIELD("right_answer", VIEW_TEXT,                                                   \
                      "the answer of the right path; empty if there is none",                      \
                      columns_right_answer),                                                       \
        COLUMNS_FIELD("reference_answer", VIEW_TEXT,                                               \
                      "as the problem's line has it; empty if it has none",                        \
                      columns_reference_answer),                                                   \
        COLUMNS_FIELD("model", VIEW_TEXT, "the policy as configured", columns_model)

/* --- a path ----------------------------------------------------------------------------------- */

/* The id is as view_path_id() writes it. All lists are of the record's path. */
view_write columns_id, columns_located, columns_first_error;
view_write columns_step_values, columns_step_rights, columns_step_counts;
view_write columns_step_scores, columns_step_tokens, columns_step_logprobs;

#define COLUMNS_ID                                                                                 \
    COLUMNS_FIELD("id", VIEW_TEXT,                                                                 \
                  "unique: the problem, then `w` (wrong) or `r` (right) and a number, the same "   \
                  "in all views",                                                                  \
                  columns_id)

#define COLUMNS_COUNTS                                                                             \
    COLUMNS_FIELD("step_rights", VIEW_INTEGERS,                                                    \
                  "of each step of the row's path: right completions that go through it, ...",     \
                  columns_step_rights),                                                            \
        COLUMNS_FIELD("step_counts", VIEW_INTEGERS,                                                \
                      "... of how many: those of `crux locate` behind the step, or the tree's "    \
                      "own answers through it if these are more; none of unknown verdict",         \
                      columns_step_counts)

view_write columns_support_execution, columns_support_judge, columns_support_completions;
view_write columns_support_count;

#define COLUMNS_SUPPORT                                                                            \
    {0,                                                                                            \
     "support",                                                                                    \
     VIEW_RECORD,                                                                                  \
     "what is known of the path's steps beside its answer, of each the least over the steps; "     \
     "-1.0: nobody says anything",                                                                 \
     {NULL}},                                                                                      \
        {1, "execution", VIEW_REAL, "score of the execution critic", {columns_support_execution}}, \
        {1,                                                                                        \
         "judge",                                                                                  \
         VIEW_REAL,                                                                                \
         "reward of a step by the outcome critic",                                                 \
         {columns_support_judge}},                                                                 \
        {1,                                                                                        \
         "completions",                                                                            \
         VIEW_REAL,                                                                                \
         "share of right completions of a probed prefix; only of a right path",                    \
         {columns_support_completions}},                                                           \
    {                                                                                              \
        1, "count", VIEW_INTEGER, "how many these were at the fewest",                             \
        {                                                                                          \
            columns_support_count                                                                  \
        }                                                                                          \
    }

#define COLUMNS_STEPS                                                                              \
    COLUMNS_FIELD("located", VIEW_TEXT,                                                            \
                  "how the first wrong step is known: `proved`, `agreed`, `estimated`, "           \
                  "`between` two steps, `not`; `right` of a right path",                           \
                  columns_located),                                                                \
        COLUMNS_FIELD("first_error", VIEW_INTEGER,                                                 \
                      "the first wrong step, from 0; -1: none, or not known",                      \
                      columns_first_error),                                                        \
        COLUMNS_SUPPORT,                                                                           \
        COLUMNS_FIELD("step_values", VIEW_REALS,                                                   \
                      "of each step the share of right ones among the completions that go "        \
                      "through it; -1.0 without any",                                              \
                      columns_step_values),                                                        \
        COLUMNS_COUNTS,                                                                            \
        COLUMNS_FIELD("step_scores", VIEW_REALS, "of the execution critic, 0 to 1; -1.0 if none",  \
                      columns_step_scores),                                                        \
        COLUMNS_FIELD("step_tokens", VIEW_INTEGERS, "as the policy counts; 0 if not known",        \
                      columns_step_tokens),                                                        \
        COLUMNS_FIELD("step_logprobs", VIEW_REALS, "mean of a token's; 0.0 if not known",          \
                      columns_step_logprobs)

/* What the record's critique was worth. */
view_write columns_with_right, columns_with_count, columns_without_right, columns_without_count;
view_write columns_control_right, columns_control_count, columns_verdict_right, columns_index_right;

#define COLUMNS_VERIFIED(depth)                                                                    \
    {depth,                                                                                        \
     "with_right",                                                                                 \
     VIEW_INTEGER,                                                                                 \
     "how many answers were right that were refined with the critique, ...",                       \
     {columns_with_right}},                                                                        \
        {depth, "with_count", VIEW_INTEGER, "... of how many; 0: none", {columns_with_count}},     \
        {depth,                                                                                    \
         "without_right",                                                                          \
         VIEW_INTEGER,                                                                             \
         "refined without it, ...",                                                                \
         {columns_without_right}},                                                                 \
        {depth, "without_count", VIEW_INTEGER, "... of how many", {columns_without_count}},        \
        {depth,                                                                                    \
         "control_right",                                                                          \
         VIEW_INTEGER,                                                                             \
         "refined with a critique of another path, ...",                                           \
         {columns_control_right}},                                                                 \
        {depth, "control_count", VIEW_INTEGER, "... of how many", {columns_control_count}},        \
        {depth,                                                                                    \
         "verdict_right",                                                                          \
         VIEW_INTEGER,                                                                             \
         "1: its verdict on the answer is right, 0: it is wrong, -1: nobody can tell",             \
         {columns_verdict_right}},                                                                 \
    {                                                                                              \
        depth, "index_right", VIEW_INTEGER, "likewise the step that it points at",                 \
        {                                                                                          \
            columns_index_right                                                                    \
        }                                                                                          \
    }

/* Steps with text that a model wrote as the output of a program of its own (split_invented()). */
view_write columns_invented_steps;

#define COLUMNS_INVENTED                                                                           \
    COLUMNS_FIELD("invented_steps", VIEW_INTEGERS,                                                 \
                  "steps of the row's path, from 0, with text that the model wrote as the output " \
                  "of a program of its own, which nothing has run",                                \
                  columns_invented_steps)

/* Was the path searched, or made of a right one? */
view_write columns_source, columns_inserted_index;

#define COLUMNS_SOURCE                                                                             \
    COLUMNS_FIELD("source", VIEW_TEXT,                                                             \
                  "`search`, or `injected`: a right path in which a model has put false details",  \
                  columns_source),                                                                 \
        COLUMNS_FIELD("inserted_index", VIEW_INTEGER,                                              \
                      "of an injected path the first step with a false detail, from 0, which is "  \
                      "no proof that it is the first wrong one; else -1",                          \
                      columns_inserted_index)

/* Lists of a path's steps that are no columns; the bare ones: the first count of them. */
void columns_put_bare(struct json_row *out, const struct path *path, size_t count);
void columns_put_tokens(struct json_row *out, const struct record *record, const struct path *path);
void columns_put_logprobs(struct json_row *out, const struct record *record,
                          const struct path *path);

/* --- texts ------------------------------------------------------------------------------------ */

/* Pieces of a text that has been begun. */
void columns_add(struct json_row *out, const char *text);
void columns_add_number(struct json_row *out, uint64_t number);
struct crux_text columns_problem_text(const struct crux_problem *problem);
void columns_add_problem(struct json_row *out, const struct crux_problem *problem);
void columns_add_step(struct json_row *out, struct crux_text step); /* bare */

/* A whole answer: the path's steps as they are, with run->between between two, without the blanks
 * at its ends; a line break inside of a step is '\v'. The caller frees *block; false: no memory,
 * which is the row's fault. */
bool columns_whole(struct json_row *out, const struct view_run *run, const struct path *path,
                   char **block, struct crux_text *whole);

/* The same as a text. So of a model's answer it has the model's bytes (between.h). */
void columns_put_whole(struct json_row *out, const struct view_run *run, const struct path *path);

/* A line for each step of the path, with its number, from the one given on, and a line break. */
void columns_add_numbered(struct json_row *out, const struct path *path, size_t from);

/* Whole texts, or lists of them. */
view_write columns_problem;      /* about; for the only turn of a user */
view_write columns_problem_line; /* about; the problem and a line break: a prompt that steps can be
                                    put behind as they are */
view_write columns_joined_steps; /* a record's path */

/* --- chats ------------------------------------------------------------------------------------ */

/* role NULL ends the array. */
struct columns_turn {
    const char *role;
    view_write *content;
};

/* For a view_next: the turn after item, which is one of these; NULL: the first. */
const void *columns_turn_after(const struct columns_turn *turns, const void *item);

view_write columns_role, columns_content; /* of an item that is a turn */

/* The fields of a turn, one deep. */
#define COLUMNS_TURN                                                                               \
    {1, "role", VIEW_TEXT, "`user` or `assistant`", {columns_role}},                               \
    {                                                                                              \
        1, "content", VIEW_TEXT, "what is said",                                                   \
        {                                                                                          \
            columns_content                                                                        \
        }                                                                                          \
    }

#endif
