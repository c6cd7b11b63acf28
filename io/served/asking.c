/*
 * asking.c - the record of a question, and what the writer thread does with it.
 *
 * Whatever is found out elsewhere (a limit, a cancel, a missing key) becomes a note in the
 * ledger's queue. So the writer thread alone takes records apart and hands samples from one to
 * another, and it does so in one order for all.
 */
#include "io/served/asking.h"

#include <stdlib.h>
#include <string.h>

#include "io/account.h"

static void lock(struct served *served)
{
    (void)pthread_mutex_lock(&served->lock);
}

static void unlock(struct served *served)
{
    (void)pthread_mutex_unlock(&served->lock);
}

/* --- beginning, failing, ending ----------------------------------------------------------------
 */

static void noted(struct ledger_entry *entry, int status, const char *sentence);

struct served_asking *served_asking_make(struct served *served, struct served_question *question)
{
    uint32_t count = question->count;
    struct served_asking *asking =
        calloc(1, sizeof *asking + count * (sizeof asking->slots[0] + sizeof *asking->samples));

    if (asking == NULL)
        return NULL;
    asking->samples = (struct served_sample *)(void *)(asking->slots + count);
    asking->served = served;
    asking->question = question;
    asking->open = 1;
    asking->note.backend = served->name;
    asking->note.problem = LEDGER_NO_PROBLEM;
    asking->note.kept = noted;
    for (uint32_t i = 0; i < count; i++)
        asking->slots[i].asking = asking;
    return asking;
}

void served_asking_note(struct served_asking *asking)
{
    if (asking->noted)
        return;
    asking->noted = true;
    asking->open++;
    ledger_keep(asking->served->ledger, &asking->note);
}

void served_asking_fail(struct served_asking *asking, int status, const char *sentence)
{
    if (asking->status != CRUX_OK)
        return;
    asking->status = crux_fail(&asking->error, status, "%s", sentence);
    served_asking_note(asking);
}

bool served_asking_drop(struct served_asking *asking, uint32_t count)
{
    asking->open -= count;
    if (asking->open > 0)
        return false;
    served_flight_end(&asking->served->flight, asking);
    return true;
}

static bool is_full(const struct served_asking *asking)
{
    uint32_t i = 0;

    while (i < asking->question->count && asking->slots[i].state == SERVED_FILLED)
        i++;
    return i == asking->question->count;
}

static void add_sample(struct served_answer *answer, const struct served_sample *sample)
{
    answer->usage.prompt += sample->usage.prompt;
    answer->usage.cached += sample->usage.cached;
    answer->usage.completion += sample->usage.completion;
    answer->usage.reasoning += sample->usage.reasoning;
    answer->price += sample->price;
}

static void free_asking(struct served_asking *asking, uint32_t count)
{
    while (asking->calls != NULL) {
        struct served_call *call = asking->calls;

        asking->calls = call->next;
        served_call_free(call);
    }
    for (uint32_t i = 0; i < count; i++)
        free((void *)(uintptr_t)asking->samples[i].text);
    free(asking);
}

int served_asking_finish(struct served_asking *asking, bool at_once)
{
    struct served_question *question = asking->question;
    uint32_t count = question->count;
    bool full = is_full(asking);
    struct served_answer answer = {
        .status = full ? CRUX_OK : asking->status,
        .at_once = at_once,
        .overflow = !full && asking->overflow,
        .samples = full ? asking->samples : NULL,
        .count = full ? count : 0,
        .sentence = full ? "" : asking->error.text,
    };

    for (uint32_t i = 0; i < answer.count; i++)
        add_sample(&answer, &asking->samples[i]);
    question->answered(question, &answer);
    free_asking(asking, count);
    return answer.status;
}

/* --- on the writer thread -------------------------------------------------------------------- */

/* What a turn of the writer thread leaves to do without the lock. */
struct work {
    struct served_asking *ended; /* linked by next */
    struct served_slot *again;   /* linked by after: to be asked for, since those who did failed */
};

static void drop_slot(struct work *work, struct served_slot *slot)
{
    struct served_asking *asking = slot->asking;

    if (!served_asking_drop(asking, 1))
        return;
    asking->next = work->ended;
    work->ended = asking;
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

/* Slots and samples of an asking have the same positions. */
static struct served_sample *sample_of(struct served_slot *slot)
{
    return &slot->asking->samples[slot - slot->asking->slots];
}

static void fill_followers(struct work *work, struct served_slot *followers,
                           const struct served_sample *sample)
{
    while (followers != NULL) {
        struct served_slot *slot = followers;
        char *text = malloc(sample->length + 1);

        followers = slot->next;
        slot->next = NULL;
        slot->state = SERVED_NEW;
        if (text != NULL) {
            memcpy(text, sample->text, sample->length + 1);
            *sample_of(slot) = *sample;
            sample_of(slot)->text = text;
            slot->state = SERVED_FILLED;
        } else {
            served_asking_fail(slot->asking, CRUX_MEMORY, "no memory for a reply");
        }
        drop_slot(work, slot);
    }
}

static void fail_followers(struct work *work, struct served_slot *followers,
                           const struct served_call *call)
{
    while (followers != NULL) {
        struct served_slot *slot = followers;

        followers = slot->next;
        slot->next = NULL;
        slot->state = SERVED_NEW;
        slot->asking->overflow |= call->overflow;
        served_asking_fail(slot->asking, call->status, call->error.text);
        drop_slot(work, slot);
    }
}

/* With the lock: one sample of a call, and all who waited for it. */
static void land(struct work *work, struct served_call *call, uint32_t i)
{
    struct served *served = call->asking->served;
    struct served_slot *slot = &call->asking->slots[call->first + i];
    struct served_slot *followers = served_flight_land(&served->flight, slot);
    struct served_choice *choice = &call->choices[i];

    if (call->status == CRUX_OK) {
        *sample_of(slot) = (struct served_sample){choice->text, choice->length, choice->usage,
                                                  call->rows[i].price};
        choice->text = NULL;
        slot->state = SERVED_FILLED;
        fill_followers(work, followers, sample_of(slot));
    } else if (call->private) {
        ask_again(work, served, followers);
    } else {
        fail_followers(work, followers, call);
    }
}

/* A request for one slot whose leader has failed for its own reasons. */
static void ask_for(struct served_slot *slot)
{
    struct served_asking *asking = slot->asking;
    struct served_call *call = served_call_make(asking, (uint32_t)(slot - asking->slots), 1);

    lock(asking->served);
    if (call != NULL) {
        call->next = asking->calls;
        asking->calls = call;
    } else {
        slot->stranded = true;
        served_asking_fail(asking, CRUX_MEMORY, "no memory for a request");
        served_asking_note(asking);
    }
    unlock(asking->served);
    if (call != NULL)
        served_call_launch(call);
}

static void do_work(struct work *work)
{
    while (work->again != NULL) {
        struct served_slot *slot = work->again;

        work->again = slot->after;
        ask_for(slot);
    }
    while (work->ended != NULL) {
        struct served_asking *asking = work->ended;

        work->ended = asking->next;
        (void)served_asking_finish(asking, false);
    }
}

void served_call_landed(struct served_call *call)
{
    struct served_asking *asking = call->asking;
    struct served *served = asking->served;
    struct work work = {.ended = NULL};

    lock(served);
    for (uint32_t i = 0; i < call->count; i++)
        land(&work, call, i);
    if (call->status != CRUX_OK) {
        asking->overflow |= call->overflow;
        served_asking_fail(asking, call->status, call->error.text);
    }
    if (served_asking_drop(asking, call->count)) {
        asking->next = work.ended;
        work.ended = asking;
    }
    unlock(served);
    do_work(&work);
}

/* With the lock: what a failed asking holds and nobody works on. */
static void let_go(struct work *work, struct served_asking *asking)
{
    struct served *served = asking->served;

    for (uint32_t i = 0; i < asking->question->count; i++) {
        struct served_slot *slot = &asking->slots[i];

        if (slot->state == SERVED_FOLLOWS)
            served_flight_leave(slot);
        else if (slot->state == SERVED_LEADS && slot->stranded)
            ask_again(work, served, served_flight_land(&served->flight, slot));
        else
            continue;
        drop_slot(work, slot);
    }
    asking->noted = false;
    for (struct served_call *call = asking->calls; call != NULL; call = call->next)
        served_call_cancel(call);
}

/* The asking has failed: take apart what is left of it. The note itself holds it open. */
static void noted(struct ledger_entry *entry, int status, const char *sentence)
{
    struct served_asking *asking = (struct served_asking *)(void *)entry;
    struct served *served = asking->served;
    struct work work = {.ended = NULL};
    struct served_call *call;

    if (status != CRUX_OK)
        account_halt(served->account, status, sentence);
    lock(served);
    let_go(&work, asking);
    call = asking->calls; /* those that come later find out by themselves */
    unlock(served);
    for (; call != NULL; call = call->next)
        served_call_withdraw(call);
    lock(served);
    if (served_asking_drop(asking, 1)) {
        asking->next = work.ended;
        work.ended = asking;
    }
    unlock(served);
    do_work(&work);
}
