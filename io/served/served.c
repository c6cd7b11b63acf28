/*
 * served.c - asks a backend a question: looks up each sample in the ledger and makes requests for
 * those that are neither there nor in flight.
 *
 * This is what happens on the asker's own thread, up to the moment at which the question is in
 * flight. The rest happens elsewhere: call.c, pending.c, guards.c. servers.c, program.c
 * and jails.c send.
 */
#include "io/served/served.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "io/account.h"
#include "io/served/pending.h"
#include "io/served/transport.h"

static void served_lock(struct served *served)
{
    (void)pthread_mutex_lock(&served->lock);
}

static void served_unlock(struct served *served)
{
    (void)pthread_mutex_unlock(&served->lock);
}

/* --- opening and closing ------------------------------------------------------------------ */

static void key_add_number(struct hash *hash, uint64_t number)
{
    unsigned char bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(number >> (8 * i));
    hash_add(hash, bytes, sizeof bytes);
}

/* Hash a text with its length before it, so that no two lists of texts are the same bytes. */
static void key_add_bytes(struct hash *hash, const void *bytes, size_t length)
{
    key_add_number(hash, length);
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

/* The beginning of all keys: the backend, and its model or command. A program's replies have the
 * keys that they have had since before programs were backends. */
static void begin_base(struct served *served)
{
    hash_begin(&served->base);
    if (served->command != NULL) {
        hash_add(&served->base, served->name, strlen(served->name) + 1);
        hash_add(&served->base, served->command, strlen(served->command) + 1);
    } else {
        key_add_bytes(&served->base, served->name, strlen(served->name));
        key_add_bytes(&served->base, served->model, strlen(served->model));
    }
}

static int copy_aliases(struct served *served, const struct served_options *options,
                        struct crux_error *error)
{
    served->aliases = calloc(options->alias_count + 1, sizeof *served->aliases);
    while (served->aliases != NULL && served->alias_count < options->alias_count) {
        served->aliases[served->alias_count] = strdup(options->aliases[served->alias_count]);
        if (served->aliases[served->alias_count] == NULL)
            break;
        served->alias_count++;
    }
    return served->aliases != NULL && served->alias_count == options->alias_count
               ? CRUX_OK
               : crux_fail(error, CRUX_MEMORY, "no memory for backend %s", options->name);
}

/* Are questions to it lines, each with one answer? */
static bool is_of_lines(const struct served_options *options)
{
    return options->jails != NULL || options->program.command != NULL;
}

static const struct served_transport *transport_for(const struct served_options *options)
{
    if (options->jails != NULL)
        return &served_by_jails;
    return options->program.command != NULL ? &served_by_program : &served_by_servers;
}

static int copy_names(struct served *served, const struct served_options *options,
                      struct crux_error *error)
{
    const char *command = options->program.command;

    served->name = strdup(options->name);
    served->model = strdup(options->model != NULL ? options->model : "");
    if (options->jails != NULL)
        served->command = sandbox_words(options->jails);
    else if (command != NULL)
        served->command = strdup(command);
    if (served->name == NULL || served->model == NULL ||
        (is_of_lines(options) && served->command == NULL))
        return crux_fail(error, CRUX_MEMORY, "no memory for backend %s", options->name);
    begin_base(served);
    return copy_aliases(served, options, error);
}

/* Did an earlier session of the run have replies of this backend? */
static bool has_come_before(const struct served *served)
{
    struct account_sum paid;
    uint64_t held;

    account_look_at(served->account, served->payer, &paid, &held);
    return paid.samples > 0;
}

/* Use the ledger and the account of the options, or make ones that keep nothing and have no limit.
 */
static int take_ledger(struct served *served, const struct served_options *options,
                       struct crux_error *error)
{
    const struct account_limits none = {.calls = 0};
    int status = CRUX_OK;

    if (options->ledger == NULL)
        status = ledger_open(&served->own_ledger, NULL, error);
    if (status == CRUX_OK && options->account == NULL)
        status = account_open(&served->own_account, &none, error);
    served->ledger = options->ledger != NULL ? options->ledger : served->own_ledger;
    served->account = options->account != NULL ? options->account : served->own_account;
    if (status == CRUX_OK)
        served->payer = account_payer(served->account, served->name);
    if (status == CRUX_OK && served->payer == NULL)
        status = crux_fail(error, CRUX_MEMORY, "no memory for backend %s", served->name);
    if (status == CRUX_OK)
        for (int shape = 0; shape < SERVED_SHAPES; shape++)
            served->evidence[shape].came = has_come_before(served);
    return status;
}

int served_open(struct served **out, const struct served_options *options, struct crux_error *error)
{
    struct served *served = calloc(1, sizeof *served);
    int status = CRUX_OK;

    if (served == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for backend %s", options->name);
    (void)pthread_mutex_init(&served->lock, NULL);
    served->prices = options->prices;
    served->say = options->say;
    served->say_context = options->say_context;
    served->transport = transport_for(options);
    status = check_prices(options, error);
    if (status == CRUX_OK)
        status = copy_names(served, options, error);
    if (status == CRUX_OK)
        status = take_ledger(served, options, error);
    if (status == CRUX_OK && !ledger_replays(served->ledger))
        status = served->transport->open(served, options, error);
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
    served->transport->close(served);
    ledger_close(served->own_ledger);
    account_close(served->own_account);
    (void)pthread_mutex_destroy(&served->lock);
    free(served->name);
    free(served->model);
    free(served->command);
    free(served->named);
    for (uint32_t i = 0; i < served->alias_count; i++)
        free(served->aliases[i]);
    free(served->aliases);
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

/* Hash all that goes into the keys of a question, except the sample's number. */
static struct hash key_begin(const struct served *served, const struct served_question *question)
{
    struct hash hash = served->base;

    if (served->command != NULL) {
        assert(question->same_count == 1);
        hash_add(&hash, question->same[0].bytes, question->same[0].length);
        return hash;
    }
    key_add_number(&hash, question->same_count);
    for (uint32_t i = 0; i < question->same_count; i++)
        key_add_bytes(&hash, question->same[i].bytes, question->same[i].length);
    key_add_number(&hash, question->seed);
    return hash;
}

/* A question to a program has one sample only. */
static void key_end(const struct served *served, struct hash hash, uint32_t sample,
                    unsigned char key[SERVED_KEY])
{
    if (served->command == NULL)
        key_add_number(&hash, sample);
    hash_end_bytes(&hash, key);
}

void served_key(const struct served *served, const struct served_question *question,
                uint32_t sample, unsigned char key[SERVED_KEY])
{
    key_end(served, key_begin(served, question), sample, key);
}

int served_recall(struct served *served, uint64_t mark, char **text, size_t *length,
                  struct crux_error *error)
{
    struct ledger_found found;
    int status = ledger_recall(served->ledger, served->name, mark, &found, error);

    if (status != CRUX_OK)
        return status;
    *text = found.text;
    *length = found.length;
    return CRUX_OK;
}

/* --- on the asker's thread ----------------------------------------------------------- */

/* CRUX_OK, CRUX_END when the ledger does not have it after all, or negative. */
static int served_read_slot(struct served_pending *pending, uint32_t i, struct crux_error *error)
{
    struct served *served = pending->served;
    struct served_slot *slot = &pending->slots[i];
    struct ledger_found found;
    int status = ledger_find(served->ledger, slot->key, &found, error);

    served_lock(served);
    if (status == CRUX_OK) {
        pending->samples[i] =
            (struct served_sample){found.text,
                                   found.length,
                                   {found.prompt, found.cached, found.completion, found.reasoning},
                                   found.price,
                                   0};
        slot->state = SERVED_FILLED;
    } else {
        slot->state = SERVED_MISSED;
    }
    served_unlock(served);
    return status;
}

/* The next neighbouring slots in a state, `most` at most; *at beyond the last: there are none.
 * What else its question waits for changes meanwhile, so their states are looked at with the lock;
 * those that are READING or LEADING are its asker's until it has asked. */
static uint32_t served_find_slots(struct served_pending *pending, enum served_slot_state state,
                                  uint32_t most, uint32_t *at)
{
    uint32_t all = pending->question->count, count = 0;

    served_lock(pending->served);
    while (*at < all && pending->slots[*at].state != state)
        (*at)++;
    while (*at + count < all && count < most && pending->slots[*at + count].state == state)
        count++;
    served_unlock(pending->served);
    return count;
}

/* *again: there is more to find out. */
static int served_read_known(struct served_pending *pending, bool *again, struct crux_error *error)
{
    int status = CRUX_OK;

    *again = false;
    for (uint32_t at = 0; status >= 0 && served_find_slots(pending, SERVED_READING, 1, &at) > 0;) {
        status = served_read_slot(pending, at, error);
        *again |= status == CRUX_END;
    }
    return status < 0 ? status : CRUX_OK;
}

static void write_keys(struct served_pending *pending)
{
    struct hash hash = key_begin(pending->served, pending->question);

    for (uint32_t i = 0; i < pending->question->count; i++)
        key_end(pending->served, hash, pending->question->first + i, pending->slots[i].key);
}

static void served_join(struct served_pending *pending)
{
    struct served *served = pending->served;
    struct served_tally tally;

    served_lock(served);
    tally = served_flight_join(&served->flight, pending, served->ledger);
    served_unlock(served);
    atomic_fetch_add_explicit(&served->known, tally.known, memory_order_relaxed);
    atomic_fetch_add_explicit(&served->shared, tally.shared, memory_order_relaxed);
    atomic_fetch_add_explicit(&served->missing, tally.missing, memory_order_relaxed);
}

/* There will be no requests for the slots that this question leads: strand them. */
static void served_strand(struct served_pending *pending, int status, const char *sentence)
{
    served_lock(pending->served);
    for (uint32_t i = 0; i < pending->question->count; i++)
        if (pending->slots[i].state == SERVED_LEADING)
            pending->slots[i].state = SERVED_STRANDED;
    served_pending_fail(pending, status, sentence);
    served_pending_post(pending); /* also when it had failed before */
    served_unlock(pending->served);
}

/* Of count neighbouring slots from at on: so many as have, like the first, a refused reply or none.
 */
static uint32_t count_alike(struct served_pending *pending, uint32_t at, uint32_t count)
{
    struct ledger *ledger = pending->served->ledger;
    bool refused = ledger_refused(ledger, pending->slots[at].key);
    uint32_t alike = 1;

    while (alike < count && ledger_refused(ledger, pending->slots[at + alike].key) == refused)
        alike++;
    return alike;
}

/* Make the requests for all slots that this question leads, linked, in a replay those first that
 * were refused; *ok false: no memory for more. */
static struct served_call *make_calls(struct served_pending *pending, bool *ok)
{
    struct served *served = pending->served;
    uint32_t most = pending->question->form->per_request;
    struct served_call *calls = NULL, *call;

    *ok = true;
    if (most == 0)
        most = UINT32_MAX;
    /* relaxed: a hint. */
    if (atomic_load_explicit(&served->one_by_one, memory_order_relaxed))
        most = 1;
    for (uint32_t at = 0, count;
         (count = served_find_slots(pending, SERVED_LEADING, most, &at)) > 0; at += count) {
        count = count_alike(pending, at, count);
        call = served_pending_call(pending, at, count);
        *ok = call != NULL;
        if (call == NULL)
            break;
        if (ledger_replays(served->ledger) && ledger_refused(served->ledger, call->intent.key))
            LL_PREPEND(calls, call);
        else
            LL_APPEND(calls, call);
    }
    return calls;
}

static void ask_for_missing(struct served_pending *pending)
{
    struct served *served = pending->served;
    struct served_call *calls, *last, *next;
    bool ok;

    calls = make_calls(pending, &ok);
    last = calls;
    if (calls != NULL) {
        while (last->next != NULL)
            last = last->next;
        served_lock(served);
        last->next = pending->calls; /* of slots that have been promoted meanwhile */
        pending->calls = calls;
        served_unlock(served);
    }
    if (!ok) {
        served_strand(pending, CRUX_MEMORY, "no memory for a request");
        return;
    }
    for (struct served_call *call = calls; call != NULL; call = next) {
        next = call != last ? call->next : NULL;
        served_call_launch(call);
    }
}

static void served_find_out(struct served_pending *pending)
{
    struct crux_error error = {""};
    bool again;
    int status;

    do {
        served_join(pending);
        status = served_read_known(pending, &again, &error);
    } while (status == CRUX_OK && again);
    if (status == CRUX_MEMORY) {
        served_strand(pending, status, error.text);
    } else if (status != CRUX_OK) {
        account_halt(pending->served->account, status, error.text);
        served_strand(pending, CRUX_CANCELLED, error.text);
    } else {
        ask_for_missing(pending);
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
    struct served_pending *pending;
    bool ended;

    if (question->count == 0 || question->count > SERVED_SAMPLES)
        return refuse_question(question, CRUX_FAILED, "a question is for 1 to 4,096 samples");
    if (served->command != NULL && (question->first > 0 || question->count > 1))
        return refuse_question(question, CRUX_FAILED, "a program is asked for one reply at a time");
    pending = served_pending_make(served, question);
    if (pending == NULL)
        return refuse_question(question, CRUX_MEMORY, "no memory for a question");
    write_keys(pending);
    atomic_fetch_add_explicit(&served->questions, 1, memory_order_relaxed);
    served_lock(served);
    served_flight_begin(&served->flight, pending);
    served_unlock(served);
    served_find_out(pending);
    served_lock(served);
    ended = served_pending_drop(pending, 1);
    served_unlock(served);
    return ended ? served_pending_finish(pending, true) : CRUX_PENDING;
}

void served_cancel(struct served *served, const void *owner, uint64_t ticket)
{
    struct served_pending *pending;

    served_lock(served);
    pending = served->flight.first;
    while (pending != NULL &&
           (pending->question->owner != owner || pending->question->ticket != ticket))
        pending = pending->next;
    if (pending != NULL)
        served_pending_fail(pending, CRUX_CANCELLED, "the call was cancelled");
    served_unlock(served);
}

void served_hold(struct served *served, enum served_going going)
{
    if (!ledger_replays(served->ledger))
        served->transport->hold(served, going);
}

int served_set_in_flight(struct served *served, uint32_t in_flight, struct crux_error *error)
{
    return served->http != NULL ? http_set_in_flight(served->http, in_flight, error) : CRUX_OK;
}

void served_add_load(const struct served *served, struct served_load *sum)
{
    struct http_view view;

    if (served->http == NULL)
        return;
    http_look(served->http, &view);
    sum->at_servers += view.in_flight;
    sum->unsent += view.waiting + view.resting;
}
