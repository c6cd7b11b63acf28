/*
 * critics.c - how the critics of a command are named: by role, and for steps of one kind.
 */
#include "io/cli/options/options.h"

#include <assert.h>

enum crux_role options_critic_role(unsigned index)
{
    return index < CRUX_ROLES ? (enum crux_role)index : CRUX_ROLE_EXECUTION;
}

const char *options_critic_name(unsigned index)
{
    static const char *const names[CRUX_KINDS] = {
        "execution:step",      "execution:reason", "execution:genquery", "execution:retrieve",
        "execution:rationale", "execution:query",  "execution:doc",      "execution:answer",
    };

    assert(index < OPTIONS_CRITICS);
    return index < CRUX_ROLES ? crux_role_name((enum crux_role)index) : names[index - CRUX_ROLES];
}
