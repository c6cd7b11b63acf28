/*
 * catalogue.c - critics by role and name: one row each.
 */
#include "critics/crux_critics.h"

#include "critics/numbers.h"

#include <string.h>

static const struct row {
    enum crux_role role;
    const char *name;
    struct crux_critic *(*make)(void);
} rows[] = {
    {CRUX_ROLE_OUTCOME, "numbers", numbers_outcome_new},
    {CRUX_ROLE_EXECUTION, "numbers", numbers_reach_new},
    {CRUX_ROLE_VALUE, "numbers", numbers_reach_new},
    {CRUX_ROLE_ANNOTATE, "numbers", numbers_annotate_new},
};

const char *crux_role_name(enum crux_role role)
{
    static const char *const names[CRUX_ROLES] = {"outcome", "execution", "value", "annotate"};

    return (unsigned)role < CRUX_ROLES ? names[role] : "?";
}

int crux_critic_open(struct crux_critic **out, enum crux_role role, const char *description,
                     struct crux_error *error)
{
    size_t length = strcspn(description, ":");

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct crux_critic *critic;

        if (rows[i].role != role || strlen(rows[i].name) != length ||
            memcmp(rows[i].name, description, length) != 0)
            continue;
        if (description[length] != '\0')
            return crux_fail(error, CRUX_INVALID, "critic %s takes no argument, and got `%s`",
                             rows[i].name, description + length + 1);
        critic = rows[i].make();
        if (critic == NULL)
            return crux_fail(error, CRUX_MEMORY, "no memory for critic %s", rows[i].name);
        *out = critic;
        return CRUX_OK;
    }
    return crux_fail(error, CRUX_INVALID, "there is no %s critic `%s`; there is: numbers",
                     crux_role_name(role), description);
}

void crux_critic_close(struct crux_critic *critic)
{
    if (critic != NULL && critic->port.close != NULL)
        critic->port.close(&critic->port);
}
