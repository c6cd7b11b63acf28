/*
 * call.c - a request's way: set aside, composed, sent, cut into samples, kept, paid.
 *
 * Replies are cut on the client's thread, since only there a bad one can be asked for again;
 * everything after that happens on the ledger's.
 */
#include "io/served/call.h"

#include <stdlib.h>
#include <string.h>

#include "io/account.h"

/* --- money ------------------------------------------------------------------------------- */

/* Rounded up. The price of a million is at most SERVED_PRICE_MOST; more tokens than any model
 * ever gave are worst cases, and cost more than any limit. */
static int64_t price_of(uint64_t tokens, int64_t a_million)
{
    int64_t million = 1000000, rest = (int64_t)(tokens % 1000000);

    if (tokens > UINT32_MAX)
        return INT64_MAX / 8;
    return (int64_t)(tokens / 1000000) * a_million + rest * (a_million / million) +
           (rest * (a_million % million) + million - 1) / million;
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
    const struct served_question *question = call->asking->question;
    const struct served_prices *prices = &call->asking->served->prices;
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

static void drop_choices(struct served_call *call)
{
    for (uint32_t i = 0; i < call->count; i++)
        free(call->choices[i].text);
    memset(call->choices, 0, call->count * sizeof *call->choices);
}

static void kept(struct ledger_entry *entry, int status, const char *sentence);
static void ready(struct account_call *admission, int status);

struct served_call *served_call_make(struct served_asking *asking, uint32_t first, uint32_t count)
{
    const struct crux_problem *problem = asking->question->problem;
    struct served_call *call =
        calloc(1, sizeof *call + count * (sizeof *call->choices + sizeof *call->rows));

    if (call == NULL)
        return NULL;
    call->rows = (struct ledger_row *)(void *)(call + 1);
    call->choices = (struct served_choice *)(void *)(call->rows + count);
    call->asking = asking;
    call->first = first;
    call->count = count;
    call->entry.backend = asking->served->name;
    call->entry.problem = problem != NULL ? problem->ordinal : LEDGER_NO_PROBLEM;
    call->entry.rows = call->rows;
    call->entry.kept = kept;
    call->admission.ready = ready;
    call->admission.payer = asking->served->payer;
    hash_text(asking->slots[first].key, call->key);
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

/* Over, with nothing to keep. */
static void end(struct served_call *call, int status, const char *sentence)
{
    call->status = status;
    (void)crux_fail(&call->error, status, "%s", sentence);
    call->entry.count = 0;
    ledger_keep(call->asking->served->ledger, &call->entry);
}

static void write_rows(struct served_call *call)
{
    const struct served *served = call->asking->served;

    for (uint32_t i = 0; i < call->count; i++) {
        const struct served_choice *choice = &call->choices[i];
        struct ledger_row *row = &call->rows[i];

        memcpy(row->key, call->asking->slots[call->first + i].key, sizeof row->key);
        row->text = choice->text;
        row->length = choice->length;
        row->prompt = choice->usage.prompt;
        row->cached = choice->usage.cached;
        row->completion = choice->usage.completion;
        row->reasoning = choice->usage.reasoning;
        row->price = price_of_usage(served, &choice->usage);
        row->first = i == 0;
    }
    call->entry.count = call->count;
}

static int split(struct served_call *call, const char *body, size_t length,
                 struct crux_error *error)
{
    const struct served_question *question = call->asking->question;
    int status = question->form->split(question, body, length, call->count, call->choices, error);

    for (uint32_t i = 0; i < call->count && status >= 0; i++)
        if (call->choices[i].text == NULL)
            status = crux_fail(error, CRUX_FAILED, "sample %u of the reply is missing", i);
    return status;
}

/* On the client's thread. A reply before it may have been bad in the end. */
static int check(void *context, const char *body, size_t length, struct crux_error *error)
{
    struct served_call *call = context;
    int status;

    drop_choices(call);
    status = split(call, body, length, error);
    if (status < 0)
        drop_choices(call);
    return status;
}

static void end_badly(struct served_call *call, const struct http_reply *reply)
{
    bool cancelled = reply->class == HTTP_CANCELLED;
    struct crux_error error;

    drop_choices(call);
    call->halts = reply->class == HTTP_FATAL ? CRUX_INVALID : reply->nobody ? CRUX_LIMIT : CRUX_OK;
    call->private = cancelled || reply->class == HTTP_LATE;
    call->overflow = reply->overflow;
    (void)crux_fail(&error, CRUX_FAILED, "%s: %s", call->asking->served->name,
                    reply->sentence != NULL ? reply->sentence : "no answer");
    end(call, cancelled || call->halts != CRUX_OK ? CRUX_CANCELLED : CRUX_FAILED, error.text);
}

/* On the client's thread. */
static void done(void *context, struct http_reply *reply)
{
    struct served_call *call = context;

    if (reply->class != HTTP_DONE) {
        end_badly(call, reply);
        return;
    }
    write_rows(call);
    ledger_keep(call->asking->served->ledger, &call->entry);
}

/* --- the ledger has spoken ------------------------------------------------------------------- */

/* What the ledger had first is what counts. */
static void take_known(struct served_call *call, uint32_t i)
{
    struct served_choice *choice = &call->choices[i];
    struct ledger_found found;

    if (ledger_find(call->asking->served->ledger, call->rows[i].key, &found, NULL) != CRUX_OK)
        return;
    free(choice->text);
    choice->text = found.text;
    choice->length = found.length;
    choice->usage =
        (struct served_usage){found.prompt, found.cached, found.completion, found.reasoning};
    call->rows[i].price = found.price;
}

static void pay(struct served_call *call, bool replied)
{
    struct account_sum sum = sum_of(call);

    if (call->admitted)
        account_pay(call->asking->served->account, &call->admission, replied ? &sum : NULL);
}

static void kept(struct ledger_entry *entry, int status, const char *sentence)
{
    struct served_call *call = (struct served_call *)(void *)entry;
    struct served *served = call->asking->served;
    bool replied = entry->count > 0;

    if (status != CRUX_OK)
        account_halt(served->account, status, sentence);
    else if (call->halts != CRUX_OK)
        account_halt(served->account, call->halts, call->error.text);
    if (status != CRUX_OK && replied) {
        call->status = CRUX_CANCELLED;
        (void)crux_fail(&call->error, CRUX_CANCELLED, "%s", sentence);
    }
    pay(call, replied);
    for (uint32_t i = 0; i < entry->count && status == CRUX_OK; i++)
        if (call->rows[i].known)
            take_known(call, i);
    served_call_landed(call);
}

/* --- the way there --------------------------------------------------------------------------- */

/* By the problem's id: its prompts have their beginnings in one server's cache. */
static uint64_t sticky_of(const struct crux_problem *problem)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

    if (problem == NULL)
        return 0;
    for (const char *at = problem->id; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
    return hash | 1;
}

static struct http_request request_of(struct served_call *call)
{
    const struct served_question *question = call->asking->question;
    const struct served_request *composed = &call->request;
    struct http_request request = {
        .path = composed->path,
        .piece_count = composed->piece_count,
        .key = call->key,
        .sticky = sticky_of(question->problem),
        .endpoint = HTTP_ANY_ENDPOINT,
        .deadline_ns = question->deadline_ns,
        .check = check,
        .done = done,
        .context = call,
    };

    memcpy(request.pieces, composed->pieces, sizeof request.pieces);
    memcpy(request.headers, composed->headers, sizeof request.headers);
    return request;
}

/* Under the lock, so that a failure of the asking is either seen here or finds the ticket. */
static int submit(struct served_call *call)
{
    struct served *served = call->asking->served;
    struct http_request request = request_of(call);
    int status = CRUX_CANCELLED;

    (void)pthread_mutex_lock(&served->lock);
    if (call->asking->status == CRUX_OK)
        status = http_submit(served->http, &request, &call->ticket);
    if (status == CRUX_OK)
        call->submitted = true;
    (void)pthread_mutex_unlock(&served->lock);
    return status;
}

/* It is admitted. After submit() it may be over already. */
static void send(struct served_call *call)
{
    const struct served_question *question = call->asking->question;
    struct crux_error error = {"the call was cancelled"};
    int status;

    call->admitted = true;
    status = question->form->compose(question, question->first + call->first, call->count,
                                     &call->request, &error);
    if (status >= 0)
        status = submit(call);
    if (status == CRUX_MEMORY)
        (void)crux_fail(&error, status, "no memory for a request");
    if (status < 0)
        end(call, status, error.text);
}

static void refuse(struct served_call *call)
{
    struct crux_error error = {"the call was cancelled"};

    (void)account_reason(call->asking->served->account, &error);
    end(call, CRUX_CANCELLED, error.text);
}

/* From whichever thread made room. */
static void ready(struct account_call *admission, int status)
{
    struct served_call *call =
        (struct served_call *)(void *)((char *)admission - offsetof(struct served_call, admission));

    if (status == CRUX_OK)
        send(call);
    else
        refuse(call);
}

static bool unwanted(struct served_call *call)
{
    struct served *served = call->asking->served;
    bool failed;

    (void)pthread_mutex_lock(&served->lock);
    failed = call->asking->status != CRUX_OK;
    (void)pthread_mutex_unlock(&served->lock);
    return failed;
}

void served_call_launch(struct served_call *call)
{
    switch (account_admit(call->asking->served->account, &call->admission)) {
    case CRUX_OK:
        send(call);
        break;
    case CRUX_PENDING:
        if (unwanted(call)) /* since when nobody looked whether it waits */
            served_call_withdraw(call);
        break;
    default:
        refuse(call);
    }
}

void served_call_cancel(struct served_call *call)
{
    if (call->submitted)
        http_cancel(call->asking->served->http, call->ticket);
}

void served_call_withdraw(struct served_call *call)
{
    if (account_withdraw(call->asking->served->account, &call->admission))
        end(call, CRUX_CANCELLED, "the call was cancelled");
}
