/*
 * plan.h - the settings of policy `chat` for a whole run: names (of profile, prompt, route)
 * resolved.
 *
 * A plan holds all that shapes a request and no connection, so a request can be shown with
 * nothing but a plan.
 *
 * Ownership. What was said is copied.
 * Threads.   A plan is never changed: any thread.
 * Errors.    CRUX_INVALID: what cannot work together.
 */
#ifndef POLICIES_CHAT_PLAN_H
#define POLICIES_CHAT_PLAN_H

#include "io/chat/manner.h"
#include "policies/chat/conversation.h"
#include "policies/crux_policies.h"

struct chat_plan {
    struct chat_manner manner;
    struct chat_conversation conversation; /* in that manner */
    char *folder; /* that images start from, with its '/'; "": the working one */
    struct chat_prompt *prompt;
    char *stops[CHAT_STOPS];
};

int chat_plan_open(struct chat_plan **out, const struct crux_chat *options,
                   struct crux_error *error);
void chat_plan_close(struct chat_plan *plan); /* NULL is fine */

#endif
