/*
 * served.c - asking: what is known of each sample, and requests for those that nobody knows.
 *
 * This is what happens on the asker's own thread, up to the moment at which the question is in
 * flight. The rest happens elsewhere: call.c, asking.c.
 */
#include "io/served/served.h"

#include <stdlib.h>
#include <string.h>

#include "io/account.h"
#include "io/served/asking.h"

static void lock(struct served *served)
{
    (void)pthread_mutex_lock(&served->lock);
}

static void unlock(struct served *served)
{
    (void)pthread_mutex_unlock(&served->lock);
}

/* --- opening and closing ------------------------------------------------------------------ */

static void add_number(struct hash *hash, uint64_t number)
{
    unsigned char bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(number >> (8 * i));
    hash_add(hash, bytes, sizeof bytes);
}

/* With its length before it, so that no two lists of texts are the same bytes. */
static void add_bytes(struct hash *hash, const void *bytes, size_t length)
{
    add_number(hash, length);
    hash_add(hash, bytes, length);
}

static int check_prices(const struct served_options *options, struct crux_error *error)
{
    const int64_t prices[] = {options->prices.prompt, options->prices.cached,
                              options->prices.completion};

    for (int i = 0; i < 3; i++)
        if (prices[i] < 0 || prices[i] > SERVED_PRICE_MOST)
            return crux_fail(error, CRUX_INVALID,
                             "backend %s: a price must be from 0 to 1,000,000 for a million tokens",
                             options->name);
    return CRUX_OK;
}

int served_open(struct served **out, const struct served_options *options, struct crux_error *error)
{
    struct served *served = calloc(1, sizeof *served);
    int status = check_prices(options, error);

    if (served == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for backend %s", options->name);
    (void)pthread_mutex_init(&served->lock, NULL);
    served->name = strdup(options->name);
    served->model = strdup(options->model);
    served->prices = options->prices;
    served->ledger = options->ledger;
    served->account = options->account;
    hash_begin(&served->base);
    add_bytes(&served->base, options->name, strlen(options->name));
    add_bytes(&served->base, options->model, strlen(options->model));
    served->payer = account_payer(options->account, options->name);
    if (served->name == NULL || served->model == NULL || served->payer == NULL)
        status = crux_fail(error, CRUX_MEMORY, "no memory for backend %s", options->name);
    if (status == CRUX_OK && !ledger_replays(options->ledger))
        status = http_open(&served->http, &options->http, error);
    if (status == CRUX_OK)
        *out = served;
    else
        served_close(served);
    return status;
}

void served_close(struct served *served)
{
    if (served == NULL)
        return;
    http_close(served->http);
    (void)pthread_mutex_destroy(&served->lock);
    free(served->name);
    free(served->model);
    free(served);
}

struct http_client *served_http(struct served *served)
{
    return served->http;
}

void served_look(const struct served *served, struct served_view *out)
{
    /* relaxed: figures for people. */
    *out = (struct served_view){
        .questions = atomic_load_explicit(&served->questions, memory_order_relaxed),
        .known = atomic_load_explicit(&served->known, memory_order_relaxed),
        .shared = atomic_load_explicit(&served->shared, memory_order_relaxed),
        .missing = atomic_load_explicit(&served->missing, memory_order_relaxed),
    };
}

/* --- keys ----------------------------------------------------------------------------------- */

/* All of a question but the number of the sample. */
static struct hash hash_of(const struct served *served, const struct served_question *question)
{
    struct hash hash = served->base;

    add_number(&hash, question->same_count);
    for (uint32_t i = 0; i < question->same_count; i++)
        add_bytes(&hash, question->same[i].bytes, question->same[i].length);
    add_number(&hash, question->seed);
    return hash;
}

static void end_key(struct hash hash, uint32_t sample, unsigned char key[SERVED_KEY])
{
    add_number(&hash, sample);
    hash_end_bytes(&hash, key);
}

void served_key(const struct served *served, const struct served_question *question,
                uint32_t sample, unsigned char key[SERVED_KEY])
{
    end_key(hash_of(served, question), sample, key);
}

/* --- on the asker's thread ---------------------------------------------------------------------
 */

/* CRUX_OK, CRUX_END when the ledger does not have it after all, or negative. */
static int read_slot(struct served_asking *asking, uint32_t i, struct crux_error *error)
{
    struct served *served = asking->served;
    struct served_slot *slot = &asking->slots[i];
    struct ledger_found found;
    int status = ledger_find(served->ledger, slot->key, &found, error);

    slot->reads = false;
    lock(served);
    if (status == CRUX_OK) {
        asking->samples[i] =
            (struct served_sample){found.text,
                                   found.length,
                                   {found.prompt, found.cached, found.completion, found.reasoning},
                                   found.price};
        slot->state = SERVED_FILLED;
    } else {
        slot->looked = true;
    }
    unlock(served);
    return status;
}

/* *again: there is more to find out. */
static int read_known(struct served_asking *asking, bool *again, struct crux_error *error)
{
    int status = CRUX_OK;

    *again = false;
    for (uint32_t i = 0; i < asking->question->count && status >= 0; i++)
        if (asking->slots[i].reads) {
            status = read_slot(asking, i, error);
            *again |= status == CRUX_END;
        }
    return status < 0 ? status : CRUX_OK;
}

static void write_keys(struct served_asking *asking)
{
    struct hash hash = hash_of(asking->served, asking->question);

    for (uint32_t i = 0; i < asking->question->count; i++)
        end_key(hash, asking->question->first + i, asking->slots[i].key);
}

static void join(struct served_asking *asking)
{
    struct served *served = asking->served;
    struct served_tally tally;

    lock(served);
    tally = served_flight_join(&served->flight, asking, served->ledger);
    unlock(served);
    atomic_fetch_add_explicit(&served->known, tally.known, memory_order_relaxed);
    atomic_fetch_add_explicit(&served->shared, tally.shared, memory_order_relaxed);
    atomic_fetch_add_explicit(&served->missing, tally.missing, memory_order_relaxed);
}

/* What we lead will not be asked for. */
static void strand(struct served_asking *asking, int status, const char *sentence)
{
    lock(asking->served);
    for (uint32_t i = 0; i < asking->question->count; i++)
        asking->slots[i].stranded |= asking->slots[i].own;
    served_asking_fail(asking, status, sentence);
    served_asking_note(asking); /* also when it had failed before */
    unlock(asking->served);
}

/* The requests for all that is ours to ask for, linked; NULL and *ok false: no memory. */
static struct served_call *make_calls(struct served_asking *asking, uint32_t *made, bool *ok)
{
    const struct served_question *question = asking->question;
    uint32_t most = question->form->per_request > 0 ? question->form->per_request : UINT32_MAX;
    struct served_call *calls = NULL, **end = &calls;

    *ok = true;
    for (uint32_t i = 0, count; i<question->count && * ok; i += count> 0 ? count : 1) {
        for (count = 0; i + count < question->count && asking->slots[i + count].own; count++)
            if (count == most)
                break;
        if (count == 0)
            continue;
        *end = served_call_make(asking, i, count);
        *ok = *end != NULL;
        if (*ok)
            end = &(*end)->next;
        *made += *ok;
    }
    return calls;
}

static void ask_for_missing(struct served_asking *asking)
{
    struct served *served = asking->served;
    uint32_t count = 0;
    bool ok;
    struct served_call *calls = make_calls(asking, &count, &ok), *call = calls;

    if (calls != NULL) {
        lock(served);
        while (call->next != NULL)
            call = call->next;
        call->next = asking->calls; /* of slots that have been promoted meanwhile */
        asking->calls = calls;
        unlock(served);
    }
    if (!ok) {
        strand(asking, CRUX_MEMORY, "no memory for a request");
        return;
    }
    for (call = calls; count > 0; count--) {
        struct served_call *next = call->next;

        served_call_launch(call);
        call = next;
    }
}

/* The first sample that a replay would have to ask for. */
static void refuse_missing(struct served_asking *asking)
{
    const struct served_question *question = asking->question;
    const char *id = question->problem != NULL ? question->problem->id : "none";
    struct crux_error error;
    char hex[HASH_HEX];
    uint32_t at = 0;

    while (at < question->count && !asking->slots[at].own)
        at++;
    if (at == question->count)
        return;
    hash_text(asking->slots[at].key, hex);
    (void)crux_fail(&error, CRUX_FAILED,
                    "%s: the ledger that is replayed has no reply with key %s (sample %u, problem "
                    "`%.100s`)",
                    asking->served->name, hex, question->first + at, id);
    strand(asking, CRUX_FAILED, error.text);
}

static void find_out(struct served_asking *asking)
{
    struct crux_error error = {""};
    bool again;
    int status;

    do {
        join(asking);
        status = read_known(asking, &again, &error);
    } while (status == CRUX_OK && again);
    if (status == CRUX_MEMORY) {
        strand(asking, status, error.text);
    } else if (status != CRUX_OK) {
        account_halt(asking->served->account, status, error.text);
        strand(asking, CRUX_CANCELLED, error.text);
    } else if (ledger_replays(asking->served->ledger)) {
        refuse_missing(asking);
    } else {
        ask_for_missing(asking);
    }
}

static int refuse_question(struct served_question *question, int status, const char *sentence)
{
    struct served_answer answer = {.status = status, .at_once = true, .sentence = sentence};

    question->answered(question, &answer);
    return status;
}

int served_ask(struct served *served, struct served_question *question)
{
    struct served_asking *asking;
    bool ended;

    if (question->count == 0 || question->count > SERVED_SAMPLES)
        return refuse_question(question, CRUX_FAILED, "a question is for 1 to 4,096 samples");
    asking = served_asking_make(served, question);
    if (asking == NULL)
        return refuse_question(question, CRUX_MEMORY, "no memory for a question");
    write_keys(asking);
    atomic_fetch_add_explicit(&served->questions, 1, memory_order_relaxed);
    lock(served);
    served_flight_begin(&served->flight, asking);
    unlock(served);
    find_out(asking);
    lock(served);
    ended = served_asking_drop(asking, 1);
    unlock(served);
    return ended ? served_asking_finish(asking, true) : CRUX_PENDING;
}

void served_cancel(struct served *served, const void *owner, uint64_t ticket)
{
    struct served_asking *asking;

    lock(served);
    asking = served->flight.first;
    while (asking != NULL &&
           (asking->question->owner != owner || asking->question->ticket != ticket))
        asking = asking->next;
    if (asking != NULL)
        served_asking_fail(asking, CRUX_CANCELLED, "the call was cancelled");
    unlock(served);
}
