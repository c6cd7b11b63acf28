/*
 * retrieve.c - opens policy retrieve on what its description names.
 */
#include "policies/retrieve/retrieve.h"

#include <stdlib.h>

#include "policies/catalogue.h"
#include "policies/retrieve/found.h"

static void retrieve_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    found_release(reply);
}

static void retrieve_close(struct crux_port *port)
{
    struct retrieve_policy *policy = (struct retrieve_policy *)(void *)port;

    if (policy->plan.http)
        retrieve_remote_end(policy);
    else
        retrieve_local_end(policy);
    sentences_close(&policy->sentences);
    retrieve_plan_free(&policy->plan);
    free(policy);
}

int retrieve_policy_open(struct crux_policy **out, const char *arg, struct crux_backends *backends,
                         struct crux_error *error)
{
    struct retrieve_plan plan;
    struct retrieve_policy *self;
    int status = retrieve_plan_read(&plan, arg, error);

    if (status != CRUX_OK)
        return status;
    self = plan.http ? retrieve_remote_new() : retrieve_local_new(plan.threads);
    if (self == NULL) {
        retrieve_plan_free(&plan);
        return crux_fail(error, CRUX_MEMORY, "no memory for policy retrieve");
    }
    self->plan = plan;
    sentences_open(&self->sentences);
    self->policy.port.name = "retrieve";
    self->policy.port.release = retrieve_release;
    self->policy.port.close = retrieve_close;
    status = plan.http ? retrieve_remote_begin(self, backends, error)
                       : retrieve_local_begin(self, error);
    if (status == CRUX_OK)
        *out = &self->policy;
    else
        retrieve_close(&self->policy.port);
    return status;
}
