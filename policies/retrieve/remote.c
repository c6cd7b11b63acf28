/*
 * remote.c - documents from a service of JSON: each request is a question to a backend, so what it
 * answers is in the ledger. Where there is a vector to be made first, that is a question of its
 * own, asked as a port of its own: what answers it asks the second.
 */
#include "policies/retrieve/retrieve.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "io/json.h"
#include "io/served/served.h"
#include "io/service/bodies.h"
#include "policies/retrieve/found.h"
#include "policies/retrieve/service.h"

struct remote_policy {
    struct retrieve_policy base; /* first */
    struct crux_port embedder;   /* asked for vectors by this policy alone */
    struct retriever retriever;
    struct served *search, *own_search, *embed, *own_embed; /* own: not the backends' */
};

/* A call that waits for its vector. */
struct remote_waiting {
    struct crux_asking asking; /* first */
    struct remote_policy *policy;
    struct crux_call *call;
    uint64_t ticket;
};

static struct remote_policy *remote_of(struct crux_port *port)
{
    return (struct remote_policy *)(void *)port;
}

static struct remote_policy *remote_of_embedder(struct crux_port *port)
{
    return (struct remote_policy *)(void *)((char *)port -
                                            offsetof(struct remote_policy, embedder));
}

static int remote_no_memory(struct crux_call *call)
{
    call->reply.sentence = "no memory to ask a service";
    return CRUX_MEMORY;
}

/* --- the vector ------------------------------------------------------------------------------- */

/* What a reply for a vector owns. */
struct remote_vector {
    struct crux_proposal proposal;
    char *text;
};

static int embed_check(const struct bodies *bodies, const struct json *reply, char **kept,
                       struct crux_error *error)
{
    const struct remote_policy *self = bodies->port;
    char *vector = NULL;
    int status = retriever_hear_vector(&vector, &self->retriever, reply, error);

    (void)kept;
    free(vector);
    return status;
}

static int embed_read(const struct bodies *bodies, struct json *const *replies,
                      struct crux_reply *out, struct crux_error *error)
{
    const struct remote_policy *self = bodies->port;
    struct remote_vector *vector = calloc(1, sizeof *vector);
    int status = vector != NULL
                     ? retriever_hear_vector(&vector->text, &self->retriever, replies[0], error)
                     : crux_fail(error, CRUX_MEMORY, "no memory for a vector");

    if (status != CRUX_OK) {
        free(vector);
        return status;
    }
    vector->proposal = (struct crux_proposal){.text = vector->text, .prior = 1.0F};
    *out = (struct crux_reply){.count = 1, .proposals = &vector->proposal, .owner = vector};
    return CRUX_OK;
}

static void embed_drop(struct crux_reply *reply)
{
    struct remote_vector *vector = reply->owner;

    if (vector != NULL)
        free(vector->text);
    free(vector);
}

static const struct bodies_manner embed_manner = {embed_check, embed_read, embed_drop};

/* --- the documents ------------------------------------------------------------------------------
 */

static int remote_check(const struct bodies *bodies, const struct json *reply, char **kept,
                        struct crux_error *error)
{
    const struct remote_policy *self = bodies->port;

    (void)kept;
    return retriever_check(&self->retriever, reply, error);
}

static int remote_read(const struct bodies *bodies, struct json *const *replies,
                       struct crux_reply *out, struct crux_error *error)
{
    const struct remote_policy *self = bodies->port;
    struct found *found = found_open(bodies->call->count, self->base.plan.bytes);
    struct wanted wanted;
    int status = found != NULL ? wanted_open(&wanted, &self->base.plan, bodies->call, error)
                               : crux_fail(error, CRUX_MEMORY, "no memory for documents");

    if (status == CRUX_OK) {
        status = retriever_hear(found, &self->retriever, &wanted, replies[0], error);
        wanted_close(&wanted);
    }
    if (status == CRUX_OK)
        found_reply(out, found);
    else
        found_close(found);
    return status;
}

static const struct bodies_manner remote_manner = {remote_check, remote_read, found_release};

/* --- one question -------------------------------------------------------------------------------
 */

/* Of a call's wanted documents, or of their vector. */
static int remote_compose(char **out, const struct remote_policy *self,
                          const struct retriever_stage *stage, const struct crux_call *call,
                          const char *vector, struct crux_error *error)
{
    struct wanted wanted;
    int status = wanted_open(&wanted, &self->base.plan, call, error);

    if (status != CRUX_OK)
        return status;
    status = retriever_compose(out, stage, &wanted, call->state.problem, vector, error);
    wanted_close(&wanted);
    return status;
}

static struct bodies *remote_bodies(struct remote_policy *self, struct crux_call *call,
                                    const struct retriever_stage *stage,
                                    const struct bodies_manner *manner)
{
    struct bodies *bodies = bodies_new(call, 1);

    if (bodies == NULL)
        return NULL;
    bodies->manner = manner;
    bodies->port = self;
    bodies->sentences = &self->base.sentences;
    bodies->path = stage->address.texts[ADDRESS_PATH];
    return bodies;
}

static int embedder_ask(struct crux_port *port, struct crux_call *call)
{
    struct remote_policy *self = remote_of_embedder(port);
    const struct retriever_stage *stage = &self->retriever.embed;
    struct bodies *bodies = remote_bodies(self, call, stage, &embed_manner);
    struct crux_error error = {""};
    int status;

    if (bodies == NULL)
        return remote_no_memory(call);
    bodies->question.owner = ((struct remote_waiting *)(void *)call)->call; /* who cancels it */
    assert(call->ticket == ((struct remote_waiting *)(void *)call)->ticket);
    status = remote_compose(&bodies->texts[0], self, stage, call, NULL, &error);
    return status == CRUX_OK ? bodies_ask(self->embed, bodies)
                             : bodies_fail(bodies, status, &error);
}

/* paid: what making the vector took; NULL: there is none. */
static int remote_search(struct remote_policy *self, struct crux_call *call, uint64_t ticket,
                         const char *vector, const struct crux_reply *paid)
{
    const struct retriever_stage *stage = &self->retriever.search;
    struct bodies *bodies = remote_bodies(self, call, stage, &remote_manner);
    struct crux_error error = {""};
    int status;

    if (bodies == NULL)
        return remote_no_memory(call);
    bodies->question.ticket = ticket;
    if (paid != NULL)
        bodies->before =
            (struct bodies_paid){paid->prompt_tokens, paid->completion_tokens, paid->price};
    status = remote_compose(&bodies->texts[0], self, stage, call, vector, &error);
    return status == CRUX_OK ? bodies_ask(self->search, bodies)
                             : bodies_fail(bodies, status, &error);
}

/* --- one after the other ------------------------------------------------------------------------
 */

/* The vector has come, or not: the status of the call. */
static int remote_go_on(struct remote_waiting *waiting, int status)
{
    const struct crux_reply paid = waiting->asking.call.reply;

    if (status == CRUX_DONE) {
        status = remote_search(waiting->policy, waiting->call, waiting->ticket,
                               paid.proposals[0].text, &paid);
        crux_release(&waiting->asking);
        return status;
    }
    waiting->call->reply.sentence =
        sentences_keep(&waiting->policy->base.sentences,
                       paid.sentence != NULL ? paid.sentence : "no vector was made");
    return status;
}

static void remote_answered(struct crux_asking *asking, int status)
{
    struct remote_waiting *waiting = (struct remote_waiting *)(void *)asking;
    struct crux_call *call = waiting->call;
    uint64_t ticket = waiting->ticket;
    struct crux_reply reply;

    status = remote_go_on(waiting, status);
    free(waiting);
    if (status == CRUX_PENDING)
        return;
    reply = call->reply; /* which is the next asking's once the call has completed */
    if (!crux_complete(call, ticket, status) && status == CRUX_DONE)
        found_release(&reply);
}

static int remote_ask_both(struct remote_policy *self, struct crux_call *call)
{
    struct remote_waiting *waiting = calloc(1, sizeof *waiting);
    int status;

    if (waiting == NULL)
        return remote_no_memory(call);
    waiting->asking.call = *call;
    waiting->asking.call.ticket--; /* crux_ask() makes it this call's again */
    waiting->asking.answered = remote_answered;
    waiting->policy = self;
    waiting->call = call;
    waiting->ticket = call->ticket;
    status = crux_ask(&self->embedder, &waiting->asking);
    if (status == CRUX_PENDING)
        return status;
    status = remote_go_on(waiting, status);
    free(waiting);
    return status;
}

static int remote_ask(struct crux_port *port, struct crux_call *call)
{
    struct remote_policy *self = remote_of(port);
    int status = wanted_check(call);

    if (status != CRUX_OK)
        return status;
    return self->retriever.embeds ? remote_ask_both(self, call)
                                  : remote_search(self, call, call->ticket, NULL, NULL);
}

/* A call between its two questions goes on to the second. */
static void remote_cancel(struct crux_port *port, struct crux_call *call)
{
    struct remote_policy *self = remote_of(port);

    if (self->embed != NULL)
        served_cancel(self->embed, call, call->ticket);
    served_cancel(self->search, call, call->ticket);
}

static void embedder_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    embed_drop(reply);
}

void retrieve_remote_end(struct retrieve_policy *policy)
{
    struct remote_policy *self = remote_of(&policy->policy.port);

    served_close(self->own_search);
    served_close(self->own_embed);
    retriever_free(&self->retriever);
}

int retrieve_remote_begin(struct retrieve_policy *policy, struct crux_backends *backends,
                          struct crux_error *error)
{
    struct remote_policy *self = remote_of(&policy->policy.port);
    const char *file = policy->plan.file;
    int status = retriever_read(&self->retriever, file, error);

    if (status == CRUX_OK)
        status = address_open(&self->search, &self->own_search, &self->retriever.search.address,
                              file, "", backends, error);
    if (status == CRUX_OK && self->retriever.embeds)
        status = address_open(&self->embed, &self->own_embed, &self->retriever.embed.address, file,
                              "-embed", backends, error);
    return status;
}

struct retrieve_policy *retrieve_remote_new(void)
{
    struct remote_policy *self = calloc(1, sizeof *self);

    if (self == NULL)
        return NULL;
    self->base.policy.port = (struct crux_port){.ask = remote_ask, .cancel = remote_cancel};
    self->embedder =
        (struct crux_port){.name = "retrieve", .ask = embedder_ask, .release = embedder_release};
    return &self->base;
}
