/*
 * catalogue.c - critics by role and name: one row each.
 */
#include "critics/crux_critics.h"

#include "critics/match/match.h"
#include "critics/numbers/numbers.h"
#include "critics/process.h"

#include <stdio.h>
#include <string.h>

static const struct row {
    enum crux_role role;
    const char *name;
    struct crux_critic *(*make)(void); /* without argument */
    int (*make_with)(struct crux_critic **out, const char *argument, struct crux_error *error);
} rows[] = {
    {CRUX_ROLE_OUTCOME, "numbers", numbers_outcome_new, NULL},
    {CRUX_ROLE_OUTCOME, "match", NULL, match_new},
    {CRUX_ROLE_OUTCOME, "consistency", consistency_new, NULL},
    {CRUX_ROLE_EXECUTION, "numbers", numbers_reach_new, NULL},
    {CRUX_ROLE_VALUE, "numbers", numbers_reach_new, NULL},
    {CRUX_ROLE_ANNOTATE, "numbers", numbers_annotate_new, NULL},
    {CRUX_ROLE_OUTCOME, "process", NULL, process_critic_new},
    {CRUX_ROLE_EXECUTION, "process", NULL, process_critic_new},
    {CRUX_ROLE_VALUE, "process", NULL, process_critic_new},
    {CRUX_ROLE_ANNOTATE, "process", NULL, process_critic_new},
};

const char *crux_role_name(enum crux_role role)
{
    static const char *const names[CRUX_ROLES] = {"outcome", "execution", "value", "annotate"};

    return (unsigned)role < CRUX_ROLES ? names[role] : "?";
}

static int open_row(struct crux_critic **out, const struct row *row, const char *argument,
                    struct crux_error *error)
{
    struct crux_critic *critic;

    if (row->make_with != NULL)
        return row->make_with(out, argument, error);
    if (argument != NULL)
        return crux_fail(error, CRUX_INVALID, "critic %s takes no argument, and got `%s`",
                         row->name, argument);
    critic = row->make();
    if (critic == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for critic %s", row->name);
    *out = critic;
    return CRUX_OK;
}

/* The names that a role has, separated by commas. */
static void list_names(enum crux_role role, char *out, size_t room)
{
    size_t length = 0;

    out[0] = '\0';
    for (size_t i = 0; i < sizeof rows / sizeof *rows && length < room; i++)
        if (rows[i].role == role)
            length += (size_t)snprintf(out + length, room - length, "%s%s", length > 0 ? ", " : "",
                                       rows[i].name);
}

int crux_critic_open(struct crux_critic **out, enum crux_role role, const char *description,
                     struct crux_error *error)
{
    size_t length = strcspn(description, ":");
    char names[256];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].role == role && strlen(rows[i].name) == length &&
            memcmp(rows[i].name, description, length) == 0)
            return open_row(out, &rows[i],
                            description[length] == ':' ? description + length + 1 : NULL, error);
    list_names(role, names, sizeof names);
    return crux_fail(error, CRUX_INVALID, "there is no %s critic `%s`; there is: %s",
                     crux_role_name(role), description, names);
}

void crux_critic_close(struct crux_critic *critic)
{
    if (critic != NULL && critic->port.close != NULL)
        critic->port.close(&critic->port);
}
