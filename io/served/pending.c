/*
 * pending.c - the record of a question that has not been answered, and what the ledger's writer
 * thread does with it.
 *
 * Whatever is found out elsewhere (a limit, a cancel, a missing key) becomes a message in the
 * ledger's queue. So the writer thread alone takes records apart and hands samples from one to
 * another, and it does so in one order for all.
 */
#include "io/served/pending.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "io/account.h"

static void pending_lock(struct served *served)
{
    (void)pthread_mutex_lock(&served->lock);
}

static void pending_unlock(struct served *served)
{
    (void)pthread_mutex_unlock(&served->lock);
}

/* --- beginning, failing, ending ------------------------------------------------------ */

static void pending_posted(struct ledger_post *post, int status, const char *sentence);
static void pending_landed(struct served_call *call);

struct served_pending *served_pending_make(struct served *served, struct served_question *question)
{
    uint32_t count = question->count;
    struct served_pending *pending =
        calloc(1, sizeof *pending + count * (sizeof pending->slots[0] + sizeof *pending->samples));

    if (pending == NULL)
        return NULL;
    pending->samples = (struct served_sample *)(void *)(pending->slots + count);
    pending->served = served;
    pending->question = question;
    pending->open = 1;
    pending->message.call = pending_posted;
    for (uint32_t i = 0; i < count; i++)
        pending->slots[i].pending = pending;
    return pending;
}

struct served_call *served_pending_call(struct served_pending *pending, uint32_t first,
                                        uint32_t count)
{
    return served_call_make(pending, first, count, pending_landed);
}

void served_pending_post(struct served_pending *pending)
{
    if (pending->posted)
        return;
    pending->posted = true;
    pending->open++;
    ledger_post(pending->served->ledger, &pending->message);
}

void served_pending_fail(struct served_pending *pending, int status, const char *sentence)
{
    if (pending->status != CRUX_OK)
        return;
    pending->status = crux_fail(&pending->error, status, "%s", sentence);
    served_pending_post(pending);
}

bool served_pending_drop(struct served_pending *pending, uint32_t count)
{
    pending->open -= count;
    if (pending->open > 0)
        return false;
    served_flight_end(&pending->served->flight, pending);
    return true;
}

static bool is_full(const struct served_pending *pending)
{
    uint32_t i = 0;

    while (i < pending->question->count && pending->slots[i].state == SERVED_FILLED)
        i++;
    return i == pending->question->count;
}

static void add_sample(struct served_answer *answer, const struct served_sample *sample)
{
    answer->usage.prompt += sample->usage.prompt;
    answer->usage.cached += sample->usage.cached;
    answer->usage.completion += sample->usage.completion;
    answer->usage.reasoning += sample->usage.reasoning;
    answer->price += sample->price;
}

static void pending_free(struct served_pending *pending, uint32_t count)
{
    while (pending->calls != NULL) {
        struct served_call *call = pending->calls;

        pending->calls = call->next;
        served_call_free(call);
    }
    for (uint32_t i = 0; i < count; i++)
        free((void *)(uintptr_t)pending->samples[i].text);
    free(pending);
}

int served_pending_finish(struct served_pending *pending, bool at_once)
{
    struct served_question *question = pending->question;
    uint32_t count = question->count;
    bool full = is_full(pending);
    struct served_answer answer = {
        .status = full ? CRUX_OK : pending->status,
        .at_once = at_once,
        .overflow = !full && pending->overflow,
        .samples = full ? pending->samples : NULL,
        .count = full ? count : 0,
        .sentence = full ? "" : pending->error.text,
    };

    for (uint32_t i = 0; i < answer.count; i++) {
        pending->samples[i].mark = ledger_mark(pending->slots[i].key);
        add_sample(&answer, &pending->samples[i]);
    }
    question->answered(question, &answer);
    pending_free(pending, count);
    return answer.status;
}

/* --- on the writer thread -------------------------------------------------------------------- */

/* What the writer thread still has to do after it has given back the lock. */
struct work {
    struct served_pending *ended; /* linked by next */
    struct served_slot *again;    /* linked by after: to be requested, since their leaders failed */
};

static void drop_slot(struct work *work, struct served_slot *slot)
{
    struct served_pending *pending = slot->pending;

    if (!served_pending_drop(pending, 1))
        return;
    pending->next = work->ended;
    work->ended = pending;
}

static void ask_again(struct work *work, struct served *served, struct served_slot *followers)
{
    struct served_slot *slot;

    if (followers == NULL)
        return;
    slot = served_flight_promote(&served->flight, followers);
    slot->after = work->again;
    work->again = slot;
}

/* Slots and samples of a question have the same positions. */
static struct served_sample *slot_sample(struct served_slot *slot)
{
    return &slot->pending->samples[slot - slot->pending->slots];
}

static void fill_followers(struct work *work, struct served_slot *followers,
                           const struct served_sample *sample)
{
    struct served_slot *slot, *after;

    LL_FOREACH_SAFE (followers, slot, after) {
        char *text = malloc(sample->length + 1);

        slot->state = text != NULL ? SERVED_FILLED : SERVED_LOST;
        if (text != NULL) {
            memcpy(text, sample->text, sample->length + 1);
            *slot_sample(slot) = *sample;
            slot_sample(slot)->text = text;
        } else {
            served_pending_fail(slot->pending, CRUX_MEMORY, "no memory for a reply");
        }
        drop_slot(work, slot);
    }
}

static void fail_followers(struct work *work, struct served_slot *followers,
                           const struct served_call *call)
{
    struct served_slot *slot, *after;

    LL_FOREACH_SAFE (followers, slot, after) {
        slot->state = SERVED_LOST;
        slot->pending->overflow |= call->reach == SERVED_OVERFLOW;
        served_pending_fail(slot->pending, call->status, call->error.text);
        drop_slot(work, slot);
    }
}

/* A call has brought fewer samples than it asked for: its other slots are asked for one by one, and
 * from now on all of this backend are. */
static void ask_for_rest(struct work *work, struct served_call *call)
{
    struct served *served = call->pending->served;

    for (uint32_t i = call->count; i-- > call->came;) {
        struct served_slot *slot = &call->pending->slots[call->first + i];

        slot->after = work->again;
        work->again = slot;
    }
    /* relaxed: a hint for requests to come. */
    if (atomic_exchange_explicit(&served->one_by_one, true, memory_order_relaxed))
        return;
    (void)fprintf(stderr,
                  "crux: %s: a reply has %u of the %u samples that one request asked for; from now "
                  "on each has a request of its own (--per-request 1)\n",
                  served->name, call->came, call->count);
}

/* With the lock: one sample of a call, and all slots that waited for it. */
static void land_sample(struct work *work, struct served_call *call, uint32_t i)
{
    struct served *served = call->pending->served;
    struct served_slot *slot = &call->pending->slots[call->first + i];
    struct served_slot *followers = served_flight_land(&served->flight, slot);
    struct served_choice *choice = &call->choices[i];

    if (call->status == CRUX_OK) {
        *slot_sample(slot) = (struct served_sample){choice->text, choice->length, choice->usage,
                                                    call->rows[i].price, 0};
        choice->text = NULL;
        slot->state = SERVED_FILLED;
        fill_followers(work, followers, slot_sample(slot));
        return;
    }
    slot->state = SERVED_LOST;
    if (call->reach == SERVED_ITS_OWN)
        ask_again(work, served, followers);
    else
        fail_followers(work, followers, call);
}

/* A request for one slot whose leader has failed for its own reasons. */
static void pending_ask_for(struct served_slot *slot)
{
    struct served_pending *pending = slot->pending;
    struct served_call *call = served_pending_call(pending, (uint32_t)(slot - pending->slots), 1);

    pending_lock(pending->served);
    if (call != NULL) {
        LL_PREPEND(pending->calls, call);
    } else {
        slot->state = SERVED_STRANDED;
        served_pending_fail(pending, CRUX_MEMORY, "no memory for a request");
        served_pending_post(pending);
    }
    pending_unlock(pending->served);
    if (call != NULL)
        served_call_launch(call);
}

static void pending_do_work(struct work *work)
{
    while (work->again != NULL) {
        struct served_slot *slot = work->again;

        work->again = slot->after;
        pending_ask_for(slot);
    }
    while (work->ended != NULL) {
        struct served_pending *pending = work->ended;

        work->ended = pending->next;
        (void)served_pending_finish(pending, false);
    }
}

static void pending_landed(struct served_call *call)
{
    struct served_pending *pending = call->pending;
    struct served *served = pending->served;
    struct work work = {.ended = NULL};

    pending_lock(served);
    if (call->status == CRUX_OK && call->came < call->count)
        ask_for_rest(&work, call);
    else
        call->came = call->count;
    for (uint32_t i = 0; i < call->came; i++)
        land_sample(&work, call, i);
    if (call->status != CRUX_OK) {
        pending->overflow |= call->reach == SERVED_OVERFLOW;
        served_pending_fail(pending, call->status, call->error.text);
    }
    if (served_pending_drop(pending, call->came)) {
        pending->next = work.ended;
        work.ended = pending;
    }
    pending_unlock(served);
    pending_do_work(&work);
}

/* With the lock: let go what a failed question holds and no request works on. */
static void pending_let_go(struct work *work, struct served_pending *pending)
{
    struct served *served = pending->served;

    for (uint32_t i = 0; i < pending->question->count; i++) {
        struct served_slot *slot = &pending->slots[i];

        if (slot->state == SERVED_FOLLOWING) {
            served_flight_leave(slot);
        } else if (slot->state == SERVED_STRANDED) {
            ask_again(work, served, served_flight_land(&served->flight, slot));
            slot->state = SERVED_LOST;
        } else {
            continue;
        }
        drop_slot(work, slot);
    }
    pending->posted = false;
    for (struct served_call *call = pending->calls; call != NULL; call = call->next)
        served_call_cancel(call);
}

/* The question has failed: take apart what is left of it. The message itself holds it open. */
static void pending_posted(struct ledger_post *post, int status, const char *sentence)
{
    struct served_pending *pending = (struct served_pending *)(void *)post;
    struct served *served = pending->served;
    struct work work = {.ended = NULL};
    struct served_call *call;

    if (status != CRUX_OK)
        account_halt(served->account, status, sentence);
    pending_lock(served);
    pending_let_go(&work, pending);
    call = pending->calls; /* those that come later find out by themselves */
    pending_unlock(served);
    for (; call != NULL; call = call->next)
        served_call_withdraw(call);
    pending_lock(served);
    if (served_pending_drop(pending, 1)) {
        pending->next = work.ended;
        work.ended = pending;
    }
    pending_unlock(served);
    pending_do_work(&work);
}
