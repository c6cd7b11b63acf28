/*
 * planned.c - a path of grammar cr-planner as the values of a prompt: one walk over the path fills
 * a list of what it has.
 */
#include "policies/chat/planned.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/chat/template.h"

bool planned_is_step(enum crux_kind kind)
{
    return kind == CRUX_STEP || kind == CRUX_RATIONALE;
}

/* --- the reasoning of a path ------------------------------------------------------------ */

static size_t planned_count(const struct crux_step *last, bool (*wanted)(enum crux_kind kind))
{
    size_t count = 0;

    for (const struct crux_step *step = last; step != NULL; step = step->previous)
        count += wanted((enum crux_kind)step->kind);
    return count;
}

static bool planned_is_other(enum crux_kind kind)
{
    return !crux_kind_reasons(kind);
}

bool planned_reasons_of(struct planned_reasons *out, const struct crux_step *last)
{
    size_t at = planned_count(last, crux_kind_reasons);

    *out = (struct planned_reasons){.last = last};
    if (planned_count(last, planned_is_other) == 0)
        return true;
    out->last = NULL;
    out->block = calloc(at + 1, sizeof *out->block);
    if (out->block == NULL)
        return false;
    if (at > 0)
        out->last = &out->block[at - 1];
    for (const struct crux_step *step = last; step != NULL; step = step->previous) {
        if (!crux_kind_reasons((enum crux_kind)step->kind))
            continue;
        out->block[--at] = *step;
        out->block[at].previous = at > 0 ? &out->block[at - 1] : NULL;
    }
    for (struct crux_step *step = out->block; step <= out->last && out->last != NULL; step++)
        step->depth = (uint32_t)(step - out->block) + 1;
    return true;
}

void planned_reasons_free(struct planned_reasons *reasons)
{
    free(reasons->block);
    *reasons = (struct planned_reasons){.block = NULL};
}

/* --- what the model hears ----------------------------------------------------------------- */

/* What was found out on a path: all but sub-goals, and the steps of grammar `steps`. */
static bool planned_is_observation(enum crux_kind kind)
{
    return kind == CRUX_RATIONALE || kind == CRUX_QUERY || kind == CRUX_DOC;
}

enum chat_part planned_part(enum crux_kind kind, const struct crux_step *last)
{
    if (kind == CRUX_RATIONALE)
        return CHAT_ASK_RATIONALE;
    if (kind == CRUX_QUERY)
        return CHAT_ASK_QUERY;
    return kind == CRUX_ANSWER && planned_count(last, planned_is_observation) > 0 ? CHAT_ASK_ANSWER
                                                                                  : CHAT_PARTS;
}

enum { ITEM_VALUES = 4 };

/* The lists of a prompt: each observation's text is made once, and its values stand in `path` and,
 * if they are of that sort, in `steps` and `found`. */
struct planned_lists {
    size_t count;                 /* observations */
    char **texts;                 /* of each */
    struct mustache_value *items; /* ITEM_VALUES of each: rationale, query, document, and . */
    struct mustache_scope *path, *steps, *found;
    struct chat_prompt_plan said;
};

static void planned_lists_free(struct planned_lists *lists)
{
    for (size_t i = 0; i < lists->count && lists->texts != NULL; i++)
        free(lists->texts[i]);
    free(lists->texts);
    free(lists->items);
    free(lists->path);
    free(lists->steps);
    free(lists->found);
}

/* With line breaks where the step has some. NULL: no memory. */
static char *planned_text(const struct crux_step *step, bool guard)
{
    char *text = strndup(step->text, step->length), *guarded;

    for (char *at = text; at != NULL && (at = strchr(at, '\v')) != NULL;)
        *at = '\n';
    if (text == NULL || !guard)
        return text;
    guarded = chat_template_guard(text);
    free(text);
    return guarded;
}

static struct mustache_value planned_value(const char *name, const char *text, bool there)
{
    return (struct mustache_value){name, {text, there ? strlen(text) : 0}, NULL, 0};
}

/* Item number i of the path, in the lists that it belongs to. Items come last to first: the first
 * of a kind that comes is the latest. */
static void planned_put(struct planned_lists *lists, size_t i, enum crux_kind kind)
{
    struct mustache_value *values = &lists->items[i * ITEM_VALUES];
    const char *text = lists->texts[i];
    const char **latest = kind == CRUX_RATIONALE ? &lists->said.rationale
                          : kind == CRUX_QUERY   ? &lists->said.query
                                                 : &lists->said.document;

    values[0] = planned_value("rationale", text, kind == CRUX_RATIONALE);
    values[1] = planned_value("query", text, kind == CRUX_QUERY);
    values[2] = planned_value("document", text, kind == CRUX_DOC);
    values[3] = planned_value(".", text, true);
    lists->path[i] = (struct mustache_scope){values, ITEM_VALUES};
    if (**latest == '\0')
        *latest = text;
}

/* The path's items in the lists of their sort. */
static void planned_sort(struct planned_lists *lists)
{
    struct chat_prompt_plan *said = &lists->said;

    for (size_t i = 0; i < lists->count; i++) {
        if (lists->path[i].values[0].text.length > 0)
            lists->steps[said->step_count++] = lists->path[i];
        else
            lists->found[said->found_count++] = lists->path[i];
    }
    said->path = lists->path;
    said->steps = lists->steps;
    said->found = lists->found;
    said->path_count = lists->count;
}

/* False: no memory. What there is by then is freed by planned_lists_free(), too. */
static bool planned_lists_make(struct planned_lists *lists, const struct planned_asking *asking)
{
    size_t count = planned_count(asking->last, planned_is_observation), at = count;

    *lists = (struct planned_lists){.count = count,
                                    .said = {.problem = asking->problem,
                                             .rationale = "",
                                             .query = "",
                                             .document = "",
                                             .continues = asking->continues}};
    lists->texts = calloc(count + 1, sizeof *lists->texts);
    lists->items = calloc(count * ITEM_VALUES + 1, sizeof *lists->items);
    lists->path = calloc(count + 1, sizeof *lists->path);
    lists->steps = calloc(count + 1, sizeof *lists->steps);
    lists->found = calloc(count + 1, sizeof *lists->found);
    if (lists->texts == NULL || lists->items == NULL || lists->path == NULL ||
        lists->steps == NULL || lists->found == NULL)
        return false;
    for (const struct crux_step *step = asking->last; step != NULL; step = step->previous) {
        if (!planned_is_observation((enum crux_kind)step->kind))
            continue;
        lists->texts[--at] = planned_text(step, asking->guard);
        if (lists->texts[at] == NULL)
            return false;
        planned_put(lists, at, (enum crux_kind)step->kind);
    }
    planned_sort(lists);
    return true;
}

/* Sections that say nothing leave their line breaks behind. */
static void planned_trim(char *text)
{
    size_t length = strlen(text);

    while (length > 0 && text[length - 1] == '\n')
        length--;
    text[length] = '\0';
}

int planned_render(char **out, const struct chat_prompt *prompt,
                   const struct planned_asking *asking, struct crux_error *error)
{
    struct planned_lists lists;
    int status;

    assert(asking->part >= CHAT_ASK_RATIONALE && asking->part < CHAT_PARTS);
    if (planned_lists_make(&lists, asking))
        status = chat_prompt_render_plan(out, prompt, asking->part, &lists.said, error);
    else
        status = crux_fail(error, CRUX_MEMORY, "no memory for a request");
    if (status == CRUX_OK)
        planned_trim(*out);
    planned_lists_free(&lists);
    return status;
}
