/*
 * catalogue.c - critics by role and name, a row for each, and how a description is opened.
 */
#include "critics/crux_critics.h"

#include "critics/match/match.h"
#include "critics/linear/linear.h"
#include "critics/numbers/numbers.h"
#include "critics/process.h"
#include "critics/consistency.h"
#include "critics/mixed.h"
#include "critics/numbers/annotate.h"

#include <stdio.h>
#include <string.h>

/* argument is what stood behind the colon, NULL without one; backends may be NULL. */
typedef int critic_open(struct crux_critic **out, enum crux_role role, const char *argument,
                        struct crux_backends *backends, struct crux_error *error);

static critic_open open_match, open_linear, open_process;

/* mixed:NAME, where NAME is again a critic of the catalogue, with an argument of its own. */
static critic_open open_mixed;

#define CATALOGUE_OUTCOME   (1U << CRUX_ROLE_OUTCOME)
#define CATALOGUE_EXECUTION (1U << CRUX_ROLE_EXECUTION)
#define CATALOGUE_VALUE     (1U << CRUX_ROLE_VALUE)
#define CATALOGUE_ANNOTATE  (1U << CRUX_ROLE_ANNOTATE)
#define CATALOGUE_SUBGOAL   (1U << CRUX_ROLE_SUBGOAL)
#define CATALOGUE_STEPS     (CATALOGUE_EXECUTION | CATALOGUE_VALUE) /* what scores partial paths */
#define CATALOGUE_ALL       ((1U << CRUX_ROLES) - 1)

static const struct critic_row {
    const char *name;
    unsigned roles;                    /* a set */
    struct crux_critic *(*make)(void); /* takes no argument, or ... */
    critic_open *open;
    bool asks; /* a backend of its name */
} critic_rows[] = {
    {"numbers", CATALOGUE_OUTCOME, numbers_outcome_new, NULL, false},
    {"numbers", CATALOGUE_STEPS, numbers_reach_new, NULL, false},
    {"numbers", CATALOGUE_ANNOTATE, numbers_annotate_new, NULL, false},
    {"match", CATALOGUE_OUTCOME, NULL, open_match, false},
    {"consistency", CATALOGUE_OUTCOME, consistency_new, NULL, false},
    {"mixed", CATALOGUE_OUTCOME | CATALOGUE_ANNOTATE, NULL, open_mixed, false},
    {"linear", CATALOGUE_OUTCOME | CATALOGUE_STEPS | CATALOGUE_SUBGOAL, NULL, open_linear, false},
    {"process", CATALOGUE_ALL, NULL, open_process, true},
};

enum { CRITIC_ROWS = sizeof critic_rows / sizeof *critic_rows };

static bool critic_has_role(const struct critic_row *row, enum crux_role role)
{
    return (unsigned)role < CRUX_ROLES && (row->roles >> role & 1) != 0;
}

static int open_critic_row(struct crux_critic **out, const struct critic_row *row,
                           enum crux_role role, const char *argument,
                           struct crux_backends *backends, struct crux_error *error)
{
    struct crux_critic *critic;

    if (row->open != NULL)
        return row->open(out, role, argument, backends, error);
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
        if (critic_has_role(&critic_rows[i], role) && index-- == 0)
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
        if (critic_has_role(&critic_rows[i], role) && strlen(critic_rows[i].name) == length &&
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
        return open_critic_row(out, row, role, argument, backends, error);
    list_critics(role, names, sizeof names);
    return crux_fail(error, CRUX_INVALID, "there is no %s critic `%s`; there is: %s",
                     crux_role_name(role), description, names);
}

static int open_match(struct crux_critic **out, enum crux_role role, const char *argument,
                      struct crux_backends *backends, struct crux_error *error)
{
    (void)role;
    return match_new(out, argument, backends, error);
}

static int open_linear(struct crux_critic **out, enum crux_role role, const char *argument,
                       struct crux_backends *backends, struct crux_error *error)
{
    (void)backends;
    return linear_critic_new(out, role, argument, error);
}

static int open_process(struct crux_critic **out, enum crux_role role, const char *argument,
                        struct crux_backends *backends, struct crux_error *error)
{
    (void)role; /* the program is told by each question */
    return process_critic_new(out, argument, backends, error);
}

static int open_mixed(struct crux_critic **out, enum crux_role role, const char *argument,
                      struct crux_backends *backends, struct crux_error *error)
{
    struct crux_critic *others = NULL;
    int status;

    if (role == CRUX_ROLE_ANNOTATE)
        return argument == NULL
                   ? mixed_annotate_new(out, error)
                   : crux_fail(error, CRUX_INVALID, "critic mixed annotates without an argument");
    status =
        crux_critic_open(&others, role, argument != NULL ? argument : "match", backends, error);
    return status == CRUX_OK ? mixed_outcome_new(out, others, error) : status;
}

void crux_critic_close(struct crux_critic *critic)
{
    if (critic != NULL && critic->port.close != NULL)
        critic->port.close(&critic->port);
}
