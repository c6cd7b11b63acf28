/*
 * catalogue.c - critics by role and name, a row for each, and how a description is opened.
 */
#include "critics/crux_critics.h"

#include "critics/match/match.h"
#include "critics/numbers/numbers.h"
#include "critics/process.h"
#include "critics/consistency.h"
#include "critics/mixed.h"
#include "critics/numbers/annotate.h"

#include <stdio.h>
#include <string.h>

/* argument is what stood behind the colon, NULL without one; backends may be NULL. */
typedef int critic_open(struct crux_critic **out, const char *argument,
                        struct crux_backends *backends, struct crux_error *error);

/* mixed:NAME, where NAME is again a critic of the catalogue, with an argument of its own. */
static critic_open open_mixed_outcome, open_mixed_annotate;

static const struct critic_row {
    enum crux_role role;
    const char *name;
    struct crux_critic *(*make)(void); /* takes neither, or ... */
    critic_open *open;
    bool asks; /* a backend of its name */
} critic_rows[] = {
    {CRUX_ROLE_OUTCOME, "numbers", numbers_outcome_new, NULL, false},
    {CRUX_ROLE_OUTCOME, "match", NULL, match_new, false},
    {CRUX_ROLE_OUTCOME, "consistency", consistency_new, NULL, false},
    {CRUX_ROLE_OUTCOME, "mixed", NULL, open_mixed_outcome, false},
    {CRUX_ROLE_EXECUTION, "numbers", numbers_reach_new, NULL, false},
    {CRUX_ROLE_VALUE, "numbers", numbers_reach_new, NULL, false},
    {CRUX_ROLE_ANNOTATE, "numbers", numbers_annotate_new, NULL, false},
    {CRUX_ROLE_ANNOTATE, "mixed", NULL, open_mixed_annotate, false},
    {CRUX_ROLE_OUTCOME, "process", NULL, process_critic_new, true},
    {CRUX_ROLE_EXECUTION, "process", NULL, process_critic_new, true},
    {CRUX_ROLE_VALUE, "process", NULL, process_critic_new, true},
    {CRUX_ROLE_ANNOTATE, "process", NULL, process_critic_new, true},
};

enum { CRITIC_ROWS = sizeof critic_rows / sizeof *critic_rows };

const char *crux_role_name(enum crux_role role)
{
    static const char *const names[CRUX_ROLES] = {"outcome", "execution", "value", "annotate"};

    return (unsigned)role < CRUX_ROLES ? names[role] : "?";
}

static int open_critic_row(struct crux_critic **out, const struct critic_row *row,
                           const char *argument, struct crux_backends *backends,
                           struct crux_error *error)
{
    struct crux_critic *critic;

    if (row->open != NULL)
        return row->open(out, argument, backends, error);
    if (argument != NULL)
        return crux_fail(error, CRUX_INVALID, "critic %s takes no argument, and got `%s`",
                         row->name, argument);
    critic = row->make();
    if (critic == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for critic %s", row->name);
    *out = critic;
    return CRUX_OK;
}

const char *crux_critic_name(enum crux_role role, size_t index)
{
    for (size_t i = 0; i < CRITIC_ROWS; i++)
        if (critic_rows[i].role == role && index-- == 0)
            return critic_rows[i].name;
    return NULL;
}

/* The names that a role has, separated by commas. */
static void list_critics(enum crux_role role, char *out, size_t room)
{
    const char *name;
    size_t length = 0;

    out[0] = '\0';
    for (size_t i = 0; (name = crux_critic_name(role, i)) != NULL && length < room; i++)
        length +=
            (size_t)snprintf(out + length, room - length, "%s%s", length > 0 ? ", " : "", name);
}

/* The row that a description begins with, or NULL; *argument: what stands behind its colon. */
static const struct critic_row *find_critic(enum crux_role role, const char *description,
                                            const char **argument)
{
    size_t length = strcspn(description, ":");

    *argument = description[length] == ':' ? description + length + 1 : NULL;
    for (size_t i = 0; i < CRITIC_ROWS; i++)
        if (critic_rows[i].role == role && strlen(critic_rows[i].name) == length &&
            memcmp(critic_rows[i].name, description, length) == 0)
            return &critic_rows[i];
    return NULL;
}

const char *crux_critic_backend(enum crux_role role, const char *description)
{
    const char *argument;
    const struct critic_row *row = find_critic(role, description, &argument);

    return row != NULL && row->asks ? row->name : NULL;
}

int crux_critic_open(struct crux_critic **out, enum crux_role role, const char *description,
                     struct crux_backends *backends, struct crux_error *error)
{
    const char *argument;
    const struct critic_row *row = find_critic(role, description, &argument);
    char names[256];

    if (row != NULL)
        return open_critic_row(out, row, argument, backends, error);
    list_critics(role, names, sizeof names);
    return crux_fail(error, CRUX_INVALID, "there is no %s critic `%s`; there is: %s",
                     crux_role_name(role), description, names);
}

static int open_mixed_outcome(struct crux_critic **out, const char *argument,
                              struct crux_backends *backends, struct crux_error *error)
{
    struct crux_critic *others = NULL;
    int status = crux_critic_open(&others, CRUX_ROLE_OUTCOME, argument != NULL ? argument : "match",
                                  backends, error);

    return status == CRUX_OK ? mixed_outcome_new(out, others, error) : status;
}

static int open_mixed_annotate(struct crux_critic **out, const char *argument,
                               struct crux_backends *backends, struct crux_error *error)
{
    (void)backends;
    if (argument != NULL)
        return crux_fail(error, CRUX_INVALID, "critic mixed annotates without an argument");
    return mixed_annotate_new(out, error);
}

void crux_critic_close(struct crux_critic *critic)
{
    if (critic != NULL && critic->port.close != NULL)
        critic->port.close(&critic->port);
}
