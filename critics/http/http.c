/*
 * http.c - a call becomes a question of one sample for each candidate, or of one for all of them.
 * The seed is in its keys only where the template says it.
 */
#include "critics/http/http.h"

#include <stdlib.h>

#include "io/service/bodies.h"
#include "critics/http/hear.h"
#include "critics/http/request.h"
#include "io/json.h"

struct http_critic {
    struct crux_critic critic; /* first */
    struct service service;
    struct served *served, *own; /* own: not the backends' */
    bool seeds;                  /* the template says {{seed}} */
    struct sentences sentences;
};

static struct http_critic *http_critic_of(struct crux_port *port)
{
    return (struct http_critic *)(void *)port;
}

/* --- the way back --------------------------------------------------------------------------- */

static const struct service *http_service(const struct bodies *bodies)
{
    return &((const struct http_critic *)bodies->port)->service;
}

/* Does it say what must be said of each of its candidates? All of it is kept, so that a reader that
 * finds more can read it again. */
static int http_check_reply(const struct bodies *bodies, const struct json *reply, char **kept,
                            struct crux_error *error)
{
    const struct service *service = http_service(bodies);
    uint32_t places = service->together ? bodies->call->count : 1;
    int status = CRUX_OK;

    (void)kept;
    for (uint32_t star = 0; star < places && status == CRUX_OK; star++) {
        struct said said;
        double *steps = NULL;

        status = service_hear(&said, &steps, service, bodies->call->verb, reply, star, error);
        free(steps);
    }
    return status;
}

/* Candidate number i, from the reply that is about it. */
static int http_hear_one(struct said *out, double **steps, const struct bodies *bodies,
                         struct json *const *replies, uint32_t i, struct crux_error *error)
{
    const struct service *service = http_service(bodies);

    return service_hear(out, steps, service, bodies->call->verb, replies[service->together ? 0 : i],
                        service->together ? i : 0, error);
}

static int http_read_all(const struct bodies *bodies, struct json *const *replies,
                         struct crux_reply *out, struct crux_error *error)
{
    uint32_t count = bodies->call->count;
    struct said *said = calloc(count + 1, sizeof *said);
    double **steps = calloc(count + 1, sizeof *steps);
    int status = said != NULL && steps != NULL ? CRUX_OK : CRUX_MEMORY;

    for (uint32_t i = 0; i < count && status == CRUX_OK; i++)
        status = http_hear_one(&said[i], &steps[i], bodies, replies, i, error);
    if (status == CRUX_OK)
        status = said_reply(out, bodies->call, said);
    if (status == CRUX_MEMORY)
        (void)crux_fail(error, status, "no memory for a reply");
    for (uint32_t i = 0; i < count && steps != NULL; i++)
        free(steps[i]);
    free(steps);
    free(said);
    return status;
}

static const struct bodies_manner http_manner = {http_check_reply, http_read_all, NULL};

/* --- the port ----------------------------------------------------------------------------- */

static int http_critic_ask(struct crux_port *port, struct crux_call *call)
{
    struct http_critic *critic = http_critic_of(port);
    struct bodies *bodies = bodies_new(call, critic->service.together ? 1 : call->count);
    struct crux_error error = {""};
    int status = CRUX_OK;

    if (bodies == NULL) {
        call->reply.sentence = "no memory to ask a service";
        return CRUX_MEMORY;
    }
    bodies->manner = &http_manner;
    bodies->port = critic;
    bodies->sentences = &critic->sentences;
    bodies->path = critic->service.address.texts[ADDRESS_PATH];
    bodies->question.seed = critic->seeds ? call->seed : 0;
    for (uint32_t i = 0; i < bodies->question.count && status == CRUX_OK; i++)
        status = service_compose(&bodies->texts[i], &critic->service, call, i, &error);
    return status == CRUX_OK ? bodies_ask(critic->served, bodies)
                             : bodies_fail(bodies, status, &error);
}

static void http_critic_cancel(struct crux_port *port, struct crux_call *call)
{
    served_cancel(http_critic_of(port)->served, call, call->ticket);
}

static void http_critic_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free(reply->owner);
}

static void http_critic_close(struct crux_port *port)
{
    struct http_critic *critic = http_critic_of(port);

    served_close(critic->own);
    service_free(&critic->service);
    sentences_close(&critic->sentences);
    free(critic);
}

/* --- opening --------------------------------------------------------------------------------- */

static int http_read_service(struct service *out, const char *file, struct crux_error *error)
{
    if (file == NULL || file[0] == '\0')
        return crux_fail(error, CRUX_INVALID,
                         "critic http needs a file that describes the service: http:SERVICE.yaml");
    return service_read(out, file, error);
}

int http_critic_check(enum crux_role role, const char *file, struct crux_error *error)
{
    struct service service = {.request = NULL};
    int status = http_read_service(&service, file, error);

    (void)role;
    service_free(&service);
    return status;
}

int http_critic_open(struct crux_critic **out, enum crux_verb verb, const char *file,
                     struct crux_backends *backends, struct crux_error *error)
{
    struct http_critic *critic;
    int status;

    critic = calloc(1, sizeof *critic);
    if (critic == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for critic http");
    sentences_open(&critic->sentences);
    critic->critic = (struct crux_critic){.port = {.name = "http",
                                                   .ask = http_critic_ask,
                                                   .cancel = http_critic_cancel,
                                                   .release = http_critic_release,
                                                   .close = http_critic_close},
                                          .verbs = 1U << verb};
    status = http_read_service(&critic->service, file, error);
    if (status == CRUX_OK)
        critic->seeds = mustache_says(critic->service.request, "seed");
    if (status == CRUX_OK)
        status = address_open(&critic->served, &critic->own, &critic->service.address, file, "",
                              backends, error);
    if (status == CRUX_OK)
        *out = &critic->critic;
    else
        http_critic_close(&critic->critic.port);
    return status;
}
