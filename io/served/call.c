/*
 * call.c - one request to a backend: sets its worst case aside, composes and sends it, splits the
 * reply into samples, keeps and pays for them.
 *
 * How it is sent is the transport's business; what happens after its end, the ledger's thread's.
 */
#include "io/served/call.h"

#include <assert.h>

#include <stdlib.h>
#include <string.h>

#include "io/served/transport.h"

/* --- money ------------------------------------------------------------------------------- */

/* Rounded up. The price of a million is at most SERVED_PRICE_MOST; more tokens than any model
 * ever gave are worst cases, and cost more than any limit. */
static int64_t price_of(uint64_t tokens, int64_t per_million)
{
    int64_t million = 1000000, rest = (int64_t)(tokens % 1000000);

    if (tokens > UINT32_MAX)
        return INT64_MAX / 8;
    return (int64_t)(tokens / 1000000) * per_million + rest * (per_million / million) +
           (rest * (per_million % million) + million - 1) / million;
}

static int64_t price_of_usage(const struct served *served, const struct served_usage *usage)
{
    const struct served_prices *prices = &served->prices;
    uint32_t cached = usage->cached < usage->prompt ? usage->cached : usage->prompt;

    return price_of(usage->prompt - cached, prices->prompt) + price_of(cached, prices->cached) +
           price_of(usage->completion, prices->completion);
}

static void set_worst(struct served_call *call)
{
    const struct served_question *question = call->pending->question;
    const struct served_prices *prices = &call->pending->served->prices;
    uint64_t completion = (uint64_t)question->completion_most * call->count;

    call->admission.tokens = question->prompt_most + completion;
    call->admission.price =
        price_of(question->prompt_most, prices->prompt) + price_of(completion, prices->completion);
}

static struct account_sum sum_of(const struct served_call *call)
{
    struct account_sum sum = {.calls = 1, .samples = call->count};

    for (uint32_t i = 0; i < call->count; i++) {
        const struct ledger_row *row = &call->rows[i];

        sum.prompt += row->prompt;
        sum.cached += row->cached;
        sum.completion += row->completion;
        sum.reasoning += row->reasoning;
        sum.price += row->price;
    }
    return sum;
}

/* --- making and freeing -------------------------------------------------------------------- */

static enum served_call_state call_state(const struct served_call *call)
{
    /* relaxed: the thread that has the call got it by a lock or a queue that orders the rest. */
    return (enum served_call_state)atomic_load_explicit(&call->state, memory_order_relaxed);
}

static void call_set_state(struct served_call *call, enum served_call_state state)
{
    atomic_store_explicit(&call->state, (int)state, memory_order_relaxed);
}

static void drop_choices(struct served_call *call)
{
    for (uint32_t i = 0; i < call->count; i++)
        free(call->choices[i].text);
    memset(call->choices, 0, call->count * sizeof *call->choices);
}

static void call_kept(struct ledger_entry *entry, int status, const char *sentence);
static void call_posted(struct ledger_post *post, int status, const char *sentence);
static void call_ready(struct account_call *admission, int status);

struct served_call *served_call_make(struct served_pending *pending, uint32_t first, uint32_t count,
                                     void (*landed)(struct served_call *call))
{
    const struct crux_problem *problem = pending->question->problem;
    struct served_call *call =
        calloc(1, sizeof *call + count * (sizeof *call->choices + sizeof *call->rows));

    if (call == NULL)
        return NULL;
    call->rows = (struct ledger_row *)(void *)(call + 1);
    call->choices = (struct served_choice *)(void *)(call->rows + count);
    call->pending = pending;
    call->first = first;
    call->count = count;
    call->landed = landed;
    call->entry.backend = pending->served->name;
    call->entry.problem = problem != NULL ? problem->ordinal : LEDGER_NO_PROBLEM;
    call->entry.rows = call->rows;
    call->entry.kept = call_kept;
    call->post.call = call_posted;
    call->admission.ready = call_ready;
    call->admission.payer = pending->served->payer;
    hash_text(pending->slots[first].key, call->key);
    set_worst(call);
    return call;
}

void served_call_free(struct served_call *call)
{
    drop_choices(call);
    free(call->request.memory);
    free(call);
}

/* --- ends ------------------------------------------------------------------------------------ */

/* The call is over, with nothing to keep. */
static void call_end_empty(struct served_call *call, enum served_call_state state, int status,
                           const char *sentence)
{
    call_set_state(call, state);
    call->status = status;
    (void)crux_fail(&call->error, status, "%s", sentence);
    ledger_post(call->pending->served->ledger, &call->post);
}

static void call_write_rows(struct served_call *call)
{
    const struct served *served = call->pending->served;

    for (uint32_t i = 0; i < call->count; i++) {
        const struct served_choice *choice = &call->choices[i];
        struct ledger_row *row = &call->rows[i];

        memcpy(row->key, call->pending->slots[call->first + i].key, sizeof row->key);
        row->text = choice->text;
        row->length = choice->length;
        row->prompt = choice->usage.prompt;
        row->cached = choice->usage.cached;
        row->completion = choice->usage.completion;
        row->reasoning = choice->usage.reasoning;
        row->price = choice->price + price_of_usage(served, &choice->usage);
        row->first = i == 0;
    }
    call->entry.count = call->count;
}

int served_call_split(struct served_call *call, const char *body, size_t length,
                      struct crux_error *error)
{
    const struct served_question *question = call->pending->question;
    struct served_reading reading = {.count = call->count};
    int status;

    drop_choices(call); /* of a reply before, which may have been bad in the end */
    status = question->form->split(question, body, length, &reading, call->choices, error);
    for (uint32_t i = 0; i < call->count && status >= 0; i++)
        if (call->choices[i].text == NULL)
            status = crux_fail(error, CRUX_FAILED, "sample %u of the reply is missing", i);
    if (status < 0)
        drop_choices(call);
    return status < 0 ? status : CRUX_OK;
}

void served_call_ended(struct served_call *call, const struct served_end *end)
{
    assert(call_state(call) == SERVED_SENT);
    call->reach = end->reach;
    call->halts = end->halts;
    if (end->status != CRUX_OK) {
        drop_choices(call);
        call_end_empty(call, SERVED_ENDED, end->status, end->sentence);
        return;
    }
    call_set_state(call, SERVED_ENDED);
    call_write_rows(call);
    ledger_keep(call->pending->served->ledger, &call->entry);
}

/* --- the ledger has spoken ------------------------------------------------------------------- */

/* When the ledger had a sample before, that one counts. */
static void take_known(struct served_call *call, uint32_t i)
{
    struct served_choice *choice = &call->choices[i];
    struct ledger_found found;

    if (ledger_find(call->pending->served->ledger, call->rows[i].key, &found, NULL) != CRUX_OK)
        return;
    free(choice->text);
    choice->text = found.text;
    choice->length = found.length;
    choice->usage =
        (struct served_usage){found.prompt, found.cached, found.completion, found.reasoning};
    call->rows[i].price = found.price;
}

static void call_pay(struct served_call *call, bool replied)
{
    struct account_sum sum = sum_of(call);

    if (call_state(call) == SERVED_ENDED) /* else nothing was set aside */
        account_pay(call->pending->served->account, &call->admission, replied ? &sum : NULL);
}

/* Called once, on the writer thread: the reply is kept, or there was none. */
static void call_land(struct served_call *call, int status, const char *sentence)
{
    struct served *served = call->pending->served;
    bool replied = call->entry.count > 0;

    if (status != CRUX_OK)
        account_halt(served->account, status, sentence);
    else if (call->reach == SERVED_RUN)
        account_halt(served->account, call->halts, call->error.text);
    if (status != CRUX_OK && replied) {
        call->status = CRUX_CANCELLED;
        (void)crux_fail(&call->error, CRUX_CANCELLED, "%s", sentence);
    }
    call_pay(call, replied);
    for (uint32_t i = 0; i < call->entry.count && status == CRUX_OK; i++)
        if (call->rows[i].known)
            take_known(call, i);
    call_set_state(call, SERVED_LANDED);
    call->landed(call);
}

static void call_kept(struct ledger_entry *entry, int status, const char *sentence)
{
    call_land((struct served_call *)(void *)entry, status, sentence);
}

static void call_posted(struct ledger_post *post, int status, const char *sentence)
{
    struct served_call *call =
        (struct served_call *)(void *)((char *)post - offsetof(struct served_call, post));

    call_land(call, status, sentence);
}

/* --- the way there --------------------------------------------------------------------------- */

/* Under the lock, so that a failure of the question is either seen here or finds the ticket. It is
 * SENT before it is submitted, since it may have ended after. */
static int call_submit(struct served_call *call, struct crux_error *error)
{
    struct served *served = call->pending->served;
    int status = CRUX_CANCELLED;

    (void)pthread_mutex_lock(&served->lock);
    if (call->pending->status == CRUX_OK) {
        call_set_state(call, SERVED_SENT);
        status = served->transport->submit(call, error);
        if (status < 0)
            call_set_state(call, SERVED_ADMITTED); /* the transport does not have it */
    } else {
        call->reach = SERVED_ITS_OWN;
    }
    (void)pthread_mutex_unlock(&served->lock);
    return status;
}

/* It is admitted. After call_submit() it may be over already. */
static void call_send(struct served_call *call)
{
    const struct served_question *question = call->pending->question;
    struct crux_error error = {"the call was cancelled"};
    int status;

    call_set_state(call, SERVED_ADMITTED);
    status = question->form->compose(question, question->first + call->first, call->count,
                                     &call->request, &error);
    if (status >= 0)
        status = call_submit(call, &error);
    if (status < 0)
        call_end_empty(call, SERVED_ENDED, status, error.text);
}

static void call_refuse(struct served_call *call)
{
    struct crux_error error = {"the call was cancelled"};

    (void)account_reason(call->pending->served->account, &error);
    call_end_empty(call, SERVED_REFUSED, CRUX_CANCELLED, error.text);
}

/* Called by the thread that made room. */
static void call_ready(struct account_call *admission, int status)
{
    struct served_call *call =
        (struct served_call *)(void *)((char *)admission - offsetof(struct served_call, admission));

    if (status == CRUX_OK)
        call_send(call);
    else
        call_refuse(call);
}

static bool call_unwanted(struct served_call *call)
{
    struct served *served = call->pending->served;
    bool failed;

    (void)pthread_mutex_lock(&served->lock);
    failed = call->pending->status != CRUX_OK;
    (void)pthread_mutex_unlock(&served->lock);
    return failed;
}

void served_call_launch(struct served_call *call)
{
    switch (account_admit(call->pending->served->account, &call->admission)) {
    case CRUX_OK:
        call_send(call);
        break;
    case CRUX_PENDING:
        if (call_unwanted(
                call)) /* cancelled before it waited: the cancel found nothing to withdraw */
            served_call_withdraw(call);
        break;
    default:
        call_refuse(call);
    }
}

void served_call_cancel(struct served_call *call)
{
    if (call_state(call) == SERVED_SENT) /* it may end just now, which the transport knows */
        call->pending->served->transport->cancel(call);
}

void served_call_withdraw(struct served_call *call)
{
    if (!account_withdraw(call->pending->served->account, &call->admission))
        return;
    call->reach = SERVED_ITS_OWN;
    call_end_empty(call, SERVED_REFUSED, CRUX_CANCELLED, "the call was cancelled");
}
