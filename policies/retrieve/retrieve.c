/*
 * retrieve.c - opens policy retrieve on what its description names.
 */
#include "policies/retrieve/retrieve.h"

#include "policies/catalogue.h"

int retrieve_policy_open(struct crux_policy **out, const char *arg, struct crux_backends *backends,
                         struct crux_error *error)
{
    struct retrieve_plan plan;
    int status = retrieve_plan_read(&plan, arg, error);

    if (status != CRUX_OK)
        return status;
    return plan.http ? retrieve_remote_open(out, &plan, backends, error)
                     : retrieve_local_open(out, &plan, error);
}
