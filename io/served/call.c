/*
 * call.c - one request to a backend: sets its worst case aside and writes it down, composes and
 * sends it, books what came, splits that into samples.
 *
 * How it is sent is the transport's business; what happens after its end, the ledger's thread's.
 */
#include "io/served/call.h"

#include <assert.h>

#include <stdlib.h>
#include <string.h>

#include "io/served/bill.h"
#include "io/served/transport.h"

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

static void free_texts(struct served_choice *choices, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        free(choices[i].text);
    memset(choices, 0, count * sizeof *choices);
}

static void drop_choices(struct served_call *call)
{
    free_texts(call->choices, call->count);
    call->came = 0;
}

static void set_worst(struct served_call *call)
{
    call->intent.worst =
        served_bill_worst(call->pending->served, call->pending->question, call->count);
    call->admission.tokens = call->intent.worst.prompt + call->intent.worst.completion;
    call->admission.price = call->intent.worst.price;
}

static void call_kept(struct ledger_entry *entry, int status, const char *sentence);
static void call_posted(struct ledger_post *post, int status, const char *sentence);
static void call_intended(struct ledger_intent *intent, int status, const char *sentence);
static void call_ready(struct account_call *admission, int status);
static void call_admit(struct served_call *call);

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
    call->entry.backend = call->intent.backend = pending->served->name;
    call->entry.problem = call->intent.problem =
        problem != NULL ? problem->ordinal : LEDGER_NO_PROBLEM;
    call->entry.kept = call_kept;
    call->intent.key = pending->slots[first].key;
    call->intent.kept = call_intended;
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
    if (call->more != NULL)
        free_texts(call->more, call->unread.refusal.samples);
    free(call->more);
    free(call->more_rows);
    free(call->unread.memory);
    free(call->request.memory);
    free(call->keys);
    free(call->body);
    free(call);
}

/* --- ends ------------------------------------------------------------------------------------ */

/* The call is over: what there is to keep is kept. */
static void call_hand_over(struct served_call *call, enum served_call_state state)
{
    struct ledger *ledger = call->pending->served->ledger;
    const struct ledger_entry *entry = &call->entry;

    call_set_state(call, state);
    if (entry->count > 0 || entry->refusal != NULL || entry->intent != 0 || entry->taken != 0)
        ledger_keep(ledger, &call->entry);
    else
        ledger_post(ledger, &call->post);
}

/* The call is over, and cost nothing. */
static void call_end_empty(struct served_call *call, enum served_call_state state, int status,
                           const char *sentence)
{
    call->status = status;
    (void)crux_fail(&call->error, status, "%s", sentence);
    call->entry.intent = call->intent.number;
    call_hand_over(call, state);
}

/* Negative: there are no choices. */
static int split_reply(const struct served_question *question, const char *body, size_t length,
                       struct served_reading *reading, struct served_choice *choices,
                       struct crux_error *error)
{
    uint32_t asked = reading->count;
    int status = question->form->split(question, body, length, reading, choices, error);

    assert(status < 0 || (reading->count > 0 && reading->count <= asked));
    for (uint32_t i = 0; status >= 0 && i < reading->count; i++)
        if (choices[i].text == NULL)
            status = crux_fail(error, CRUX_FAILED, "sample %u of the reply is missing", i);
    if (status < 0)
        free_texts(choices, asked);
    return status < 0 ? status : CRUX_OK;
}

int served_call_split(struct served_call *call, const char *body, size_t length,
                      struct crux_error *error)
{
    int status;

    drop_choices(call); /* of a reply before, which may have been bad in the end */
    call->reading = (struct served_reading){.count = call->count};
    call->split = true;
    status =
        split_reply(call->pending->question, body, length, &call->reading, call->choices, error);
    if (status == CRUX_OK)
        call->came = call->reading.count;
    return status;
}

/* Its samples become rows. What a reply does not say of its cost, up to the worst case, stays. */
static void book_reply(struct served_call *call)
{
    const struct served *served = call->pending->served;
    const struct served_slot *slot = &call->pending->slots[call->first];
    struct account_sum sum;

    served_bill_write(served, call->choices, slot->key, sizeof *slot, call->rows, call->came);
    call->entry.rows = call->rows;
    call->entry.count = call->came;
    call->entry.intent = call->intent.number;
    sum = served_bill_rows(call->rows, call->came);
    call->entry.left = served_bill_rest(served, &call->reading, &call->intent.worst, &sum);
    call->spent = served_bill_both(sum, &call->entry.left);
}

/* False: no memory, and nothing is booked. */
static bool book_refusal(struct served_call *call)
{
    const struct served *served = call->pending->served;
    const struct served_slot *slots = &call->pending->slots[call->first];

    call->keys = malloc((size_t)call->count * SERVED_KEY);
    if (call->keys == NULL)
        return false;
    for (uint32_t i = 0; i < call->count; i++)
        memcpy(call->keys + (size_t)i * SERVED_KEY, slots[i].key, SERVED_KEY);
    call->spent = call->reading.has_usage ? served_bill_usage(served, &call->reading.usage)
                                          : call->intent.worst;
    call->refusal.keys = call->keys;
    call->refusal.samples = call->count;
    call->refusal.body = call->body;
    call->refusal.cost = call->spent;
    call->refusal.same_again = call->reading.same_again;
    call->refusal.why = call->error.text;
    call->entry.refusal = &call->refusal;
    call->entry.intent = call->intent.number;
    return true;
}

/* It failed. What may have been billed and is not told stays what was intended. */
static void book_failure(struct served_call *call, const struct served_end *end)
{
    bool told = call->split && call->reading.has_usage, cost = told || !end->free;

    call->status = end->status;
    (void)crux_fail(&call->error, end->status, "%s", end->sentence);
    call->body = end->body;
    call->refusal.length = end->length;
    call->again = end->again && !(call->split && call->reading.same_again);
    drop_choices(call);
    if (end->body != NULL && cost && book_refusal(call))
        return;
    if (end->unknown || (end->body != NULL && cost))
        call->spent = call->intent.worst;
    else
        call->entry.intent = call->intent.number;
}

void served_call_ended(struct served_call *call, const struct served_end *end)
{
    assert(call_state(call) == SERVED_SENT);
    call->reach = end->reach;
    call->halts = end->halts;
    if (end->status == CRUX_OK)
        book_reply(call);
    else
        book_failure(call, end);
    call_hand_over(call, SERVED_ENDED);
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

static bool call_unwanted(struct served_call *call)
{
    struct served *served = call->pending->served;
    bool failed;

    (void)pthread_mutex_lock(&served->lock);
    failed = call->pending->status != CRUX_OK;
    (void)pthread_mutex_unlock(&served->lock);
    return failed;
}

static void call_pay(struct served_call *call)
{
    struct account *account = call->pending->served->account;

    if (call_state(call) == SERVED_ENDED) /* else nothing was set aside */
        account_pay(account, &call->admission, call->spent.calls > 0 ? &call->spent : NULL);
    else if (call->entry.was_there)
        account_correct(account, call->pending->served->payer, &call->unread.refusal.cost,
                        &call->spent);
}

/* Nothing of the reply before is needed any more. */
static void call_begin_again(struct served_call *call)
{
    struct ledger_entry *entry = &call->entry;

    *entry = (struct ledger_entry){
        .backend = entry->backend, .problem = entry->problem, .kept = entry->kept};
    free(call->request.memory);
    free(call->keys);
    free(call->body);
    call->request = (struct served_request){.path = NULL};
    call->refusal = (struct ledger_refusal){.keys = NULL};
    call->keys = NULL;
    call->body = NULL;
    call->spent = (struct account_sum){.calls = 0};
    call->status = CRUX_OK;
    call->split = call->again = false;
    call->intent.number = 0;
    call_set_state(call, SERVED_WAITING);
    call_admit(call);
}

/* Called on the writer thread, once for each request: what is to be kept of it is. */
static void call_land(struct served_call *call, int status, const char *sentence)
{
    struct served *served = call->pending->served;

    if (status != CRUX_OK)
        account_halt(served->account, status, sentence);
    else if (call->reach == SERVED_RUN)
        account_halt(served->account, call->halts, call->error.text);
    if (status != CRUX_OK && call->came > 0) {
        call->status = CRUX_CANCELLED;
        (void)crux_fail(&call->error, CRUX_CANCELLED, "%s", sentence);
    }
    call_pay(call);
    if (call->again && status == CRUX_OK && !call_unwanted(call)) {
        call_begin_again(call);
        return;
    }
    if (call->again) /* others may want it */
        call->reach = SERVED_ITS_OWN;
    for (uint32_t i = 0; i < call->came && status == CRUX_OK; i++)
        if (call->entry.rows[call->place + i].known)
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

/* Its worst case is in the ledger. After call_submit() it may be over already. */
static void call_intended(struct ledger_intent *intent, int status, const char *sentence)
{
    struct served_call *call =
        (struct served_call *)(void *)((char *)intent - offsetof(struct served_call, intent));
    struct crux_error error = {"the call was cancelled"};

    if (status == CRUX_OK)
        status = call_submit(call, &error);
    else
        status = crux_fail(&error, CRUX_CANCELLED, "%s", sentence);
    if (status < 0)
        call_end_empty(call, SERVED_ENDED, status, error.text);
}

/* It is admitted. */
static void call_send(struct served_call *call)
{
    const struct served_question *question = call->pending->question;
    struct crux_error error = {"the request cannot be written"};
    int status;

    call_set_state(call, SERVED_ADMITTED);
    status = question->form->compose(question, question->first + call->first, call->count,
                                     &call->request, &error);
    if (status >= 0)
        ledger_intend(call->pending->served->ledger, &call->intent);
    else
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

static void call_admit(struct served_call *call)
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

/* --- replies that were refused --------------------------------------------------------------- */

/* The samples of the call among those of a reply that was refused and can be read now. */
static void take_own(struct served_call *call, uint32_t count)
{
    const struct served_slot *slots = &call->pending->slots[call->first];

    while (call->place + call->came < count && call->came < call->count &&
           memcmp(call->more_rows[call->place + call->came].key, slots[call->came].key,
                  SERVED_KEY) == 0) {
        uint32_t i = call->came++;

        call->choices[i] = call->more[call->place + i]; /* the row has its text, too */
        call->rows[i] = call->more_rows[call->place + i];
        call->more[call->place + i].text = NULL;
    }
}

/* All its samples become rows in its place: they are paid for. */
static void book_recalled(struct served_call *call, uint32_t count)
{
    struct account_sum sum = served_bill_rows(call->more_rows, count);

    call->entry.rows = call->more_rows;
    call->entry.count = count;
    call->entry.taken = call->unread.number;
    call->entry.left =
        served_bill_rest(call->pending->served, &call->reading, &call->unread.refusal.cost, &sum);
    call->spent = served_bill_both(sum, &call->entry.left);
}

/* Read a reply that was refused once more. False: it cannot be read, or not for this call. */
static bool read_again(struct served_call *call)
{
    const struct served *served = call->pending->served;
    const struct ledger_refusal *refusal = &call->unread.refusal;
    const unsigned char *key = call->pending->slots[call->first].key;
    struct served_reading *reading = &call->reading;
    struct crux_error error;

    *reading = (struct served_reading){.count = refusal->samples};
    call->more = calloc(refusal->samples, sizeof *call->more);
    call->more_rows = calloc(refusal->samples, sizeof *call->more_rows);
    if (call->more == NULL || call->more_rows == NULL ||
        split_reply(call->pending->question, refusal->body, refusal->length, reading, call->more,
                    &error) != CRUX_OK)
        return false;
    call->place = 0;
    while (call->place < reading->count &&
           memcmp(refusal->keys + (size_t)call->place * SERVED_KEY, key, SERVED_KEY) != 0)
        call->place++;
    if (call->place == reading->count) {
        call->place = 0;
        return false;
    }
    served_bill_write(served, call->more, refusal->keys, SERVED_KEY, call->more_rows,
                      reading->count);
    book_recalled(call, reading->count);
    take_own(call, reading->count);
    return true;
}

/* A replay asks nobody. */
static void refuse_missing(struct served_call *call)
{
    const struct served_question *question = call->pending->question;
    const char *id = question->problem != NULL ? question->problem->id : "none";
    struct crux_error error;

    (void)crux_fail(&error, CRUX_FAILED,
                    "%s: the ledger that is replayed has no reply with key %s (sample %u, problem "
                    "`%.100s`), and a replay makes no requests",
                    call->pending->served->name, call->key, question->first + call->first, id);
    call_end_empty(call, SERVED_REFUSED, CRUX_FAILED, error.text);
}

/* True: the call is over. */
static bool call_recall(struct served_call *call)
{
    struct served *served = call->pending->served;
    bool replays = ledger_replays(served->ledger);
    int status = ledger_find_refusal(served->ledger, call->intent.key, &call->unread, NULL);

    if (status != CRUX_OK && replays)
        refuse_missing(call);
    if (status != CRUX_OK)
        return replays;
    if (read_again(call)) {
        call_hand_over(call, SERVED_REFUSED);
        return true;
    }
    if (!call->unread.refusal.same_again && !replays)
        return false;
    call_end_empty(call, SERVED_REFUSED, CRUX_FAILED, call->unread.refusal.why);
    return true;
}

void served_call_launch(struct served_call *call)
{
    if (!call_recall(call))
        call_admit(call);
}

/* --- calling off ----------------------------------------------------------------------------- */

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
