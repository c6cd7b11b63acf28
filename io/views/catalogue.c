/*
 * catalogue.c - the list of views: a new one is a file with a struct view and one line here.
 */
#include "io/views/catalogue.h"

#include <string.h>

#include "io/crux_io.h"

/* In the order in which an export writes them. */
static const struct view *const views[] = {
    &view_critique,        &view_critique_sft,  &view_verifier_sft,
    &view_verifier_rl,     &view_prm,           &view_prm_soft,
    &view_prm800k,         &view_math_shepherd, &view_preference,
    &view_preference_chat, &view_kto,           &view_ranking,
    &view_nemo_rl,         &view_sft,           &view_value,
    &view_traces,          &view_verl,          &view_processbench,
    &view_llama_factory,   &view_trees,
};

_Static_assert(sizeof views / sizeof *views <= CRUX_VIEWS_MOST, "an export takes all views");

const struct view *view_at(size_t index)
{
    return index < sizeof views / sizeof views[0] ? views[index] : NULL;
}

const struct view *view_named(const char *name)
{
    for (size_t i = 0; view_at(i) != NULL; i++)
        if (strcmp(views[i]->name, name) == 0)
            return views[i];
    return NULL;
}

const char *crux_view_name(size_t index)
{
    const struct view *view = view_at(index);

    return view == NULL ? NULL : view->name;
}

const char *crux_view_help(size_t index)
{
    const struct view *view = view_at(index);

    return view == NULL ? NULL : view->help;
}
