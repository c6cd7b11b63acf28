/*
 * catalogue.c - policies by name: one row each.
 */
#include "policies/catalogue.h"

#include <string.h>

static const struct row {
    const char *name;
    int (*open)(struct crux_policy **out, const char *arg, struct crux_error *error);
} rows[] = {
    {"numbers", numbers_policy_open},
    {"recorded", recorded_policy_open},
    {"process", process_policy_open},
    {"synthetic", synthetic_policy_open},
};

int crux_policy_open(struct crux_policy **out, const char *description, struct crux_error *error)
{
    size_t length = strcspn(description, ":");
    const char *arg = description[length] == ':' ? description + length + 1 : NULL;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strlen(rows[i].name) == length && memcmp(rows[i].name, description, length) == 0)
            return rows[i].open(out, arg, error);
    if (length == 4 && memcmp(description, "chat", 4) == 0) /* its description is a struct */
        return crux_fail(error, CRUX_INVALID,
                         "policy chat is told by options, such as --endpoint, and not by `%s`",
                         description);
    return crux_fail(error, CRUX_INVALID,
                     "there is no policy `%s`; there are: chat, numbers, recorded, process, "
                     "synthetic",
                     description);
}

void crux_policy_close(struct crux_policy *policy)
{
    if (policy != NULL && policy->port.close != NULL)
        policy->port.close(&policy->port);
}
