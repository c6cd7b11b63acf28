/*
 * catalogue.c - policies by name, a row for each, and how a description is opened.
 */
#include "policies/catalogue.h"

#include <stdio.h>
#include <string.h>

#include "policies/retrieve/plan.h"

/* MAY: whether it asks some is said in its description, and they are services (io/service). */
enum policy_backends { NO_BACKENDS, MAY_TAKE_BACKENDS, TAKES_BACKENDS, NEEDS_BACKENDS };

static const struct policy_row {
    const char *name;
    policy_open *open;
    enum policy_backends backends;
    bool reads_file; /* which the argument begins with, up to a comma */
} policy_rows[] = {
    {"chat", chat_policy_open, NEEDS_BACKENDS, false},
    {"numbers", numbers_policy_open, NO_BACKENDS, false},
    {"recorded", recorded_policy_open, NO_BACKENDS, true},
    {"process", process_policy_open, TAKES_BACKENDS, false},
    {"retrieve", retrieve_policy_open, MAY_TAKE_BACKENDS, true},
    {"synthetic", synthetic_policy_open, NO_BACKENDS, false},
};

enum { POLICY_ROWS = sizeof policy_rows / sizeof *policy_rows };

/* The row that a description begins with, or NULL; *arg: what stands behind its colon. */
static const struct policy_row *find_policy(const char *description, const char **arg)
{
    size_t length = strcspn(description, ":");

    *arg = description[length] == ':' ? description + length + 1 : NULL;
    for (size_t i = 0; i < POLICY_ROWS; i++)
        if (strlen(policy_rows[i].name) == length &&
            memcmp(policy_rows[i].name, description, length) == 0)
            return &policy_rows[i];
    return NULL;
}

const char *crux_policy_name(size_t index)
{
    return index < POLICY_ROWS ? policy_rows[index].name : NULL;
}

const char *crux_policy_backend(const char *description)
{
    const char *arg;
    const struct policy_row *row = find_policy(description, &arg);

    if (row == NULL || row->backends == NO_BACKENDS)
        return NULL;
    if (row->backends == MAY_TAKE_BACKENDS)
        return arg != NULL && retrieve_plan_asks(arg) ? "http" : NULL;
    if (row->backends == TAKES_BACKENDS) /* and is one by itself */
        return row->name;
    return arg != NULL ? arg : "";
}

bool crux_policy_file(const char *description, struct crux_text *out)
{
    const char *arg;
    const struct policy_row *row = find_policy(description, &arg);

    if (row == NULL || arg == NULL || !row->reads_file)
        return false;
    *out = row->backends == MAY_TAKE_BACKENDS ? retrieve_plan_file(arg)
                                              : (struct crux_text){arg, strcspn(arg, ",")};
    return true;
}

static int no_such_policy(const char *description, struct crux_error *error)
{
    char names[256] = "";
    size_t length = 0;

    for (size_t i = 0; i < POLICY_ROWS; i++)
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s",
                                   length > 0 ? ", " : "", policy_rows[i].name);
    return crux_fail(error, CRUX_INVALID, "there is no policy `%s`; there are: %s", description,
                     names);
}

int crux_policy_open(struct crux_policy **out, const char *description,
                     struct crux_backends *backends, struct crux_error *error)
{
    const char *arg;
    const struct policy_row *row = find_policy(description, &arg);

    if (row == NULL)
        return no_such_policy(description, error);
    if (row->backends == NEEDS_BACKENDS && backends == NULL)
        return crux_fail(error, CRUX_INVALID,
                         "policy %s asks a served model, and there are no "
                         "backends",
                         row->name);
    return row->open(out, arg, backends, error);
}

void crux_policy_close(struct crux_policy *policy)
{
    if (policy != NULL && policy->port.close != NULL)
        policy->port.close(&policy->port);
}
