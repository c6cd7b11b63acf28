/*
 * annotate.c - critic `critique`, opened and closed: the port around its rounds.
 */
#include "critics/annotate/annotate.h"

#include <stdlib.h>
#include <string.h>

#include "critics/annotate/round.h"
#include "critics/notes.h"
#include "io/backends/backends.h"

enum { ANNOTATE_IDLE_IMAGES = 16 << 20 }; /* bytes of pictures that are kept while unused */

static int annotator_ask(struct crux_port *port, struct crux_call *call)
{
    struct annotator *annotator = (struct annotator *)(void *)port;

    if (call->verb == CRUX_ANNOTATE)
        return annotate_round_ask(annotator, call);
    call->reply.sentence = "critic critique annotates only";
    return CRUX_FAILED;
}

static void annotator_cancel(struct crux_port *port, struct crux_call *call)
{
    annotate_round_cancel((struct annotator *)(void *)port, call);
}

static void annotator_close(struct crux_port *port)
{
    struct annotator *annotator = (struct annotator *)(void *)port;

    for (uint32_t i = 0; i < ANNOTATE_MEMBERS; i++) {
        chat_manner_close(&annotator->members[i].manner);
        free(annotator->members[i].folder);
    }
    images_close(annotator->images);
    sentences_close(&annotator->sentences);
    (void)pthread_mutex_destroy(&annotator->lock);
    free(annotator);
}

/* By chat, whichever route the backend has for steps: nothing is continued here. */
static int open_member_backend(struct annotate_member *member, const struct annotate_plan *plan,
                               const char *name, struct crux_backends *backends,
                               struct crux_error *error)
{
    int status = backends_find(&member->served, backends, name, error);
    struct crux_chat chat;
    const char *slash;

    if (status != CRUX_OK)
        return status;
    chat = *crux_backends_chat(backends, name);
    chat.route = "next";
    chat.logprobs = false;
    chat.entropy = false;
    if (plan->temperature >= 0.0)
        chat.temperature = plan->temperature;
    if (plan->max_tokens > 0)
        chat.max_tokens = plan->max_tokens;
    slash = chat.problems != NULL ? strrchr(chat.problems, '/') : NULL;
    member->folder =
        slash != NULL ? strndup(chat.problems, (size_t)(slash - chat.problems) + 1) : strdup("");
    if (member->folder == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for critic critique");
    return chat_manner_open(&member->manner, &chat, error);
}

static int open_annotator(struct annotator *annotator, const char *argument,
                          struct crux_backends *backends, struct crux_error *error)
{
    struct annotate_plan *plan = &annotator->plan;
    int status = annotate_plan_read(plan, argument, error);

    if (status == CRUX_OK && backends == NULL)
        status =
            crux_fail(error, CRUX_INVALID, "critic critique asks a served model: there is none");
    if (status == CRUX_OK)
        status = images_open(&annotator->images, ANNOTATE_IDLE_IMAGES, error);
    for (uint32_t i = 0; i < plan->backend_count && status == CRUX_OK; i++)
        status =
            open_member_backend(&annotator->members[i], plan, plan->backends[i], backends, error);
    return status;
}

int annotate_critic_check(enum crux_role role, const char *argument, struct crux_error *error)
{
    struct annotate_plan plan;

    (void)role;
    return annotate_plan_read(&plan, argument, error);
}

int annotate_critic_open(struct crux_critic **out, enum crux_role role, const char *argument,
                         struct crux_backends *backends, struct crux_error *error)
{
    struct annotator *annotator = calloc(1, sizeof *annotator);
    int status;

    (void)role;
    if (annotator == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for critic critique");
    sentences_open(&annotator->sentences);
    (void)pthread_mutex_init(&annotator->lock, NULL);
    status = open_annotator(annotator, argument, backends, error);
    if (status != CRUX_OK) {
        annotator_close(&annotator->critic.port);
        return status;
    }
    annotator->critic = (struct crux_critic){.port = {.name = "critique",
                                                      .ask = annotator_ask,
                                                      .cancel = annotator_cancel,
                                                      .release = notes_release,
                                                      .close = annotator_close},
                                             .verbs = 1U << CRUX_ANNOTATE,
                                             .sees_reference = true,
                                             .injects = true};
    *out = &annotator->critic;
    return CRUX_OK;
}
