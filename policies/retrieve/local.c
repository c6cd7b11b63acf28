/*
 * local.c - documents from an index: threads of its own search it, so that no worker waits for a
 * disk, each with a connection of its own. What is found depends on the call and the file alone.
 */
#include "policies/retrieve/retrieve.h"

#include <stdlib.h>
#include <string.h>

#include "io/corpus/corpus.h"
#include "policies/retrieve/found.h"
#include "policies/retrieve/pool.h"

struct local_policy {
    struct retrieve_policy base; /* first */
    struct pool *pool;
    uint32_t count;
    struct local_worker {
        struct local_policy *policy;
        struct corpus *corpus;
    } workers[];
};

static struct local_policy *local_of(struct crux_port *port)
{
    return (struct local_policy *)(void *)port;
}

/* --- a search ------------------------------------------------------------------------------------
 */

struct local_search {
    const struct wanted *wanted;
    struct found *found;
    int status;
};

static bool local_take(void *context, const struct corpus_document *document)
{
    struct local_search *search = context;
    const struct retrieved retrieved = {document->id, document->title, document->text,
                                        document->score};
    bool allowed = false;

    search->status = wanted_allows(&allowed, search->wanted, &retrieved);
    if (search->status == CRUX_OK && allowed)
        search->status = found_add(search->found, &retrieved);
    return search->status == CRUX_OK && !found_is_full(search->found);
}

/* *found is the caller's, also when it fails. */
static int local_search(struct found **found, struct local_worker *worker,
                        const struct crux_call *call, struct crux_error *error)
{
    const struct retrieve_plan *plan = &worker->policy->base.plan;
    struct wanted wanted;
    struct local_search search;
    int status = wanted_open(&wanted, plan, call, error);

    if (status != CRUX_OK)
        return status;
    *found = found_open(call->count, plan->bytes);
    search = (struct local_search){&wanted, *found, *found != NULL ? CRUX_OK : CRUX_MEMORY};
    if (search.status == CRUX_OK)
        status =
            corpus_search(worker->corpus, (struct crux_text){wanted.query, strlen(wanted.query)},
                          local_take, &search, error);
    wanted_close(&wanted);
    if (search.status != CRUX_OK)
        return crux_fail(error, search.status, "no memory for documents");
    return status;
}

static int local_work(void *context, struct crux_call *call)
{
    struct local_worker *worker = context;
    struct crux_error error = {""};
    struct found *found = NULL;
    int status = local_search(&found, worker, call, &error);

    if (status == CRUX_OK) {
        found_reply(&call->reply, found);
        return CRUX_DONE;
    }
    found_close(found);
    call->reply.sentence = sentences_keep(&worker->policy->base.sentences, error.text);
    return status == CRUX_MEMORY ? status : CRUX_FAILED;
}

/* --- the port ------------------------------------------------------------------------------------
 */

static int local_ask(struct crux_port *port, struct crux_call *call)
{
    int status = wanted_check(call);

    if (status != CRUX_OK)
        return status;
    status = pool_put(local_of(port)->pool, call);
    if (status == CRUX_MEMORY)
        call->reply.sentence = "no memory to retrieve documents";
    return status;
}

static void local_cancel(struct crux_port *port, struct crux_call *call)
{
    uint64_t ticket;

    if (!pool_take_back(local_of(port)->pool, call, &ticket))
        return;
    call->reply.sentence = "the call was cancelled";
    (void)crux_complete(call, ticket, CRUX_CANCELLED);
}

void retrieve_local_end(struct retrieve_policy *policy)
{
    struct local_policy *self = local_of(&policy->policy.port);

    pool_close(self->pool);
    for (uint32_t i = 0; i < self->count; i++)
        corpus_close(self->workers[i].corpus);
}

int retrieve_local_begin(struct retrieve_policy *policy, struct crux_error *error)
{
    struct local_policy *self = local_of(&policy->policy.port);
    void **workers = calloc(policy->plan.threads, sizeof *workers);
    int status =
        workers != NULL ? CRUX_OK : crux_fail(error, CRUX_MEMORY, "no memory for policy retrieve");

    for (; self->count < policy->plan.threads && status == CRUX_OK; self->count++) {
        struct local_worker *worker = &self->workers[self->count];

        worker->policy = self;
        workers[self->count] = worker;
        status = corpus_open(&worker->corpus, policy->plan.file, error);
    }
    if (status == CRUX_OK)
        status = pool_open(&self->pool, self->count, workers, local_work, found_release, error);
    free(workers);
    return status;
}

struct retrieve_policy *retrieve_local_new(uint32_t threads)
{
    struct local_policy *self = calloc(1, sizeof *self + threads * sizeof *self->workers);

    if (self == NULL)
        return NULL;
    self->base.policy.port = (struct crux_port){.ask = local_ask, .cancel = local_cancel};
    return &self->base;
}
