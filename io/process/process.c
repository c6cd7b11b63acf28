/*
 * process.c - one table of what is out; the number of a question names its place there.
 *
 *     FREE --place_take()--> MAKING --enqueue()--> QUEUED --next()--> SENT --heard()--> FREE
 *      ^                       |                     ^ '--cancel--> FREE  |
 *      '-----------------------'                     '-------ended()------'
 *
 * A place that was cancelled stays SENT, without a call, until the program has answered or
 * ended: what it owes tells whether it is silent. The upper bits of a number count askings,
 * so an answer that comes too late meets nobody.
 */
#include "io/process/process.h"

#include <pthread.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/process/child.h"
#include "io/quote.h"
#include "io/process/replies.h"
#include "io/process/message.h"

enum {
    PLACE_BITS = 16,
    PLACES_MOST = 1 << PLACE_BITS,
    PLACES_FIRST = 64,
    LINE_MOST = 16 << 20,
    RESTARTS = 3,
    SENTENCES_MOST = 1024, /* different ones that are kept */
    STRAYS_TOLD = 5
};

#define NOBODY UINT32_MAX

enum list { FREE, MAKING, QUEUED, SENT, FAILING, LISTS };

struct place {
    uint64_t ticket, serial;
    char *line;
    size_t length;
    uint32_t next, previous;
    uint8_t list;
    bool again; /* it was out already when the program ended */
};

struct wire {
    struct wire_setup setup;
    struct wire_ledger known;
    struct child *child;  /* NULL: a replay */
    pthread_mutex_t lock; /* of all that follows */
    struct place *places;
    struct crux_call **calls; /* by place, side by side for who looks for one; NULL: nobody's */
    uint32_t count;
    struct {
        uint32_t first, last;
    } lists[LISTS];
    uint64_t serial;
    const char *writing; /* the line that the child's thread reads without the lock ... */
    char *orphan;        /* ... and must not lose when its place is given up */
    int64_t quiet_ns;    /* when it last answered, or began to owe an answer */
    const char *gone;    /* the sentence of all calls to come; NULL: it lives */
    void *sentences;     /* a tree of strings (tsearch) */
    uint32_t sentence_count, strays;
};

static int64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int lock(struct wire *wire)
{
    return pthread_mutex_lock(&wire->lock);
}

static int unlock(struct wire *wire)
{
    return pthread_mutex_unlock(&wire->lock);
}

/* --- sentences ------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* A sentence that lives until the wire is closed: a failed call has no release(). Equal ones
 * are kept once. Under the lock. */
static const char *keep_sentence(struct wire *wire, const char *text)
{
    char *const *known = tfind(text, &wire->sentences, compare);
    char *copy;

    if (known != NULL)
        return *known;
    copy = wire->sentence_count < SENTENCES_MOST ? strdup(text) : NULL;
    if (copy != NULL && tsearch(copy, &wire->sentences, compare) != NULL) {
        wire->sentence_count++;
        return copy;
    }
    free(copy);
    return "the program failed in too many different ways to tell them all";
}

/* --- places ------------------------------------------------------------------------------ */

static void take_out(struct wire *wire, uint32_t at)
{
    struct place *place = &wire->places[at];
    uint32_t *behind = place->previous == NOBODY ? &wire->lists[place->list].first
                                                 : &wire->places[place->previous].next;
    uint32_t *before = place->next == NOBODY ? &wire->lists[place->list].last
                                             : &wire->places[place->next].previous;

    *behind = place->next;
    *before = place->previous;
}

static void put_last(struct wire *wire, uint32_t at, enum list list)
{
    struct place *place = &wire->places[at];

    place->list = (uint8_t)list;
    place->next = NOBODY;
    place->previous = wire->lists[list].last;
    if (place->previous == NOBODY)
        wire->lists[list].first = at;
    else
        wire->places[place->previous].next = at;
    wire->lists[list].last = at;
}

static void move(struct wire *wire, uint32_t at, enum list list)
{
    take_out(wire, at);
    put_last(wire, at, list);
}

static void give_up(struct wire *wire, uint32_t at)
{
    struct place *place = &wire->places[at];

    if (place->line != NULL && place->line == wire->writing)
        wire->orphan = place->line;
    else
        free(place->line);
    place->line = NULL;
    wire->calls[at] = NULL;
    move(wire, at, FREE);
}

/* Twice as many; what is asked meanwhile is named by index, so the table may move. */
static bool make_places(struct wire *wire)
{
    uint32_t count = wire->count == 0 ? PLACES_FIRST : 2 * wire->count;
    struct place *places;
    struct crux_call **calls;

    if (count > PLACES_MOST)
        return false;
    places = realloc(wire->places, count * sizeof *places);
    if (places == NULL)
        return false;
    wire->places = places;
    calls = realloc(wire->calls, count * sizeof *calls);
    if (calls == NULL)
        return false;
    wire->calls = calls;
    for (uint32_t i = wire->count; i < count; i++) {
        wire->places[i] = (struct place){.line = NULL};
        wire->calls[i] = NULL;
        put_last(wire, i, FREE);
    }
    wire->count = count;
    return true;
}

/* A place for a question that is being made, NOBODY: there is none. */
static uint32_t place_take(struct wire *wire)
{
    uint32_t at;

    if (wire->lists[FREE].first == NOBODY && !make_places(wire))
        return NOBODY;
    at = wire->lists[FREE].first;
    move(wire, at, MAKING);
    wire->places[at].serial = ++wire->serial;
    wire->places[at].again = false;
    return at;
}

/* --- asking ---------------------------------------------------------------------------------- */

static int refuse(struct wire *wire, struct crux_call *call, int status, const char *why)
{
    (void)lock(wire);
    call->reply.sentence = keep_sentence(wire, why);
    (void)unlock(wire);
    return status;
}

/* From here the call may complete at any moment. */
static int enqueue(struct wire *wire, uint32_t at, struct crux_call *call, struct place made)
{
    const char *gone;

    (void)lock(wire);
    gone = wire->gone;
    wire->places[at].line = made.line;
    wire->places[at].length = made.length;
    wire->places[at].ticket = call->ticket;
    wire->calls[at] = call;
    if (gone == NULL)
        move(wire, at, QUEUED);
    else
        give_up(wire, at);
    (void)unlock(wire);
    if (gone != NULL) {
        call->reply.sentence = gone;
        return CRUX_FAILED;
    }
    child_wake(wire->child);
    return CRUX_PENDING;
}

static int ask_program(struct wire *wire, struct crux_call *call)
{
    struct place made = {.line = NULL};
    struct crux_error why;
    uint64_t id = 0;
    uint32_t at;
    int status;

    (void)lock(wire);
    at = place_take(wire);
    if (at != NOBODY)
        id = wire->places[at].serial << PLACE_BITS | at;
    (void)unlock(wire);
    if (at == NOBODY)
        return refuse(wire, call, CRUX_MEMORY, "no place is left for a call to a program");
    status = wire_question(&made.line, &made.length, call, id, &why);
    if (status == CRUX_OK)
        return enqueue(wire, at, call, made);
    (void)lock(wire);
    give_up(wire, at);
    (void)unlock(wire);
    return refuse(wire, call, status, why.text);
}

int wire_ask(struct wire *wire, struct crux_call *call)
{
    struct crux_error why;
    int status = wire_ledger_find(&wire->known, call, &why);

    if (status == CRUX_END)
        return ask_program(wire, call);
    return status == CRUX_DONE ? CRUX_DONE : refuse(wire, call, status, why.text);
}

void wire_cancel(struct wire *wire, const struct crux_call *call)
{
    struct crux_call *found = NULL;
    uint64_t ticket = 0;

    (void)lock(wire);
    for (uint32_t i = 0; i < wire->count && found == NULL; i++) {
        if (wire->calls[i] != call || wire->places[i].list == FAILING)
            continue;
        found = wire->calls[i];
        ticket = wire->places[i].ticket;
        if (wire->places[i].list == QUEUED)
            give_up(wire, i);
        else
            wire->calls[i] = NULL;
    }
    (void)unlock(wire);
    if (found == NULL)
        return; /* it completes just now */
    found->reply = (struct crux_reply){.sentence = "the call was cancelled"};
    (void)crux_complete(found, ticket, CRUX_CANCELLED);
}

void wire_release(struct crux_reply *reply)
{
    free(reply->owner);
}

/* --- the child's thread --------------------------------------------------------------------------
 */

static const char *next(void *context, size_t *length)
{
    struct wire *wire = context;
    uint32_t at;

    (void)lock(wire);
    free(wire->orphan);
    wire->orphan = NULL;
    wire->writing = NULL;
    at = wire->lists[QUEUED].first;
    if (at != NOBODY) {
        if (wire->lists[SENT].first == NOBODY)
            wire->quiet_ns = now_ns();
        move(wire, at, SENT);
        wire->writing = wire->places[at].line;
        *length = wire->places[at].length;
    }
    (void)unlock(wire);
    return wire->writing;
}

/* The call is nobody's but ours any more. */
static void settle(struct wire *wire, struct crux_call *call, uint64_t ticket,
                   const struct json *reply)
{
    const char *fault = json_as_string(json_get(reply, "error"));
    struct crux_error why;
    int status = CRUX_FAILED;

    if (fault != NULL)
        quote_text(why.text, sizeof why.text, fault, strlen(fault));
    else
        status = wire_reply(call, reply, &why);
    if (status == CRUX_DONE && wire->known.ledger != NULL) {
        status = wire_ledger_keep(&wire->known, call, ticket, reply, &why);
        if (status == CRUX_PENDING)
            return;
        wire_release(&call->reply);
    }
    if (status != CRUX_DONE) {
        call->reply = (struct crux_reply){.count = 0};
        (void)refuse(wire, call, status, why.text);
    }
    (void)crux_complete(call, ticket, status);
}

/* Does the line answer a call, even one that nobody waits for? */
static bool take_reply(struct wire *wire, struct child *child, const struct json *reply)
{
    const struct json *value = json_get(reply, "id");
    uint64_t id = (uint64_t)json_as_integer(value);
    uint32_t at = id & (PLACES_MOST - 1);
    struct crux_call *call = NULL;
    uint64_t ticket = 0;
    bool ours;

    (void)lock(wire);
    ours = json_type_of(value) == JSON_IS_INTEGER && at < wire->count &&
           wire->places[at].list == SENT && wire->places[at].serial == id >> PLACE_BITS;
    if (ours) {
        call = wire->calls[at];
        ticket = wire->places[at].ticket;
        wire->quiet_ns = now_ns();
        give_up(wire, at);
    }
    (void)unlock(wire);
    if (ours)
        child_well(child);
    if (call != NULL)
        settle(wire, call, ticket, reply);
    return ours;
}

static void tell_stray(struct wire *wire, const struct lines_line *line, const char *why)
{
    char quoted[80];

    if (++wire->strays > STRAYS_TOLD)
        return;
    quote_text(quoted, sizeof quoted, line->text, line->length);
    (void)fprintf(stderr, "crux: %s: line %llu is no reply (%s): %s%s\n", wire->setup.name,
                  (unsigned long long)line->number, why, quoted,
                  wire->strays == STRAYS_TOLD ? "; more of them will not be told" : "");
}

static void heard(void *context, struct child *child, const struct lines_line *line)
{
    struct wire *wire = context;
    struct json *reply = NULL;
    struct crux_error why = {"not JSON"};

    if (line->overlong) {
        child_fail(child, "it wrote a line longer than 16 MiB");
        return;
    }
    if (lines_is_blank(line))
        return;
    if (json_parse(&reply, line->text, line->length, &why) != CRUX_OK)
        tell_stray(wire, line, why.text);
    else if (json_type_of(reply) != JSON_IS_OBJECT || !take_reply(wire, child, reply))
        tell_stray(wire, line, "its id is not that of a call that is out");
    json_free(reply);
}

static void aside(void *context, const struct lines_line *line)
{
    const struct wire *wire = context;
    char quoted[1024];

    quote_text(quoted, sizeof quoted, line->text, line->length);
    (void)fprintf(stderr, "crux: %s: %s\n", wire->setup.name,
                  line->overlong ? "(a line too long to show)" : quoted);
}

static int64_t look(void *context, struct child *child, int64_t now)
{
    struct wire *wire = context;
    int64_t due = INT64_MAX;
    char why[64];

    (void)lock(wire);
    if (wire->lists[SENT].first != NOBODY)
        due = wire->quiet_ns + wire->setup.silence_ns;
    (void)unlock(wire);
    if (now < due)
        return due;
    (void)snprintf(why, sizeof why, "it has not answered for %g seconds",
                   (double)wire->setup.silence_ns / 1e9);
    child_fail(child, why);
    return INT64_MAX;
}

/* --- its end
 * -------------------------------------------------------------------------------------- */

/* What was out is to be asked again, or has been before. */
static void sort_out(struct wire *wire, bool for_good)
{
    static const enum list lists[] = {SENT, QUEUED};

    for (int i = 0; i < (for_good ? 2 : 1); i++) {
        for (uint32_t at = wire->lists[lists[i]].first, after; at != NOBODY; at = after) {
            struct place *place = &wire->places[at];

            after = place->next;
            if (wire->calls[at] == NULL)
                give_up(wire, at);
            else
                move(wire, at, for_good || place->again ? FAILING : QUEUED);
            place->again = true;
        }
    }
}

static void complete_failing(struct wire *wire, const char *sentence)
{
    for (;;) {
        struct crux_call *call = NULL;
        uint64_t ticket = 0;
        uint32_t at;

        (void)lock(wire);
        at = wire->lists[FAILING].first;
        if (at != NOBODY) {
            call = wire->calls[at];
            ticket = wire->places[at].ticket;
            give_up(wire, at);
        }
        (void)unlock(wire);
        if (call == NULL)
            return;
        call->reply = (struct crux_reply){.sentence = sentence};
        (void)crux_complete(call, ticket, CRUX_FAILED);
    }
}

static void ended(void *context, const char *why, bool for_good)
{
    struct wire *wire = context;
    struct crux_error error;
    const char *sentence;

    (void)crux_fail(&error, CRUX_FAILED, "the program `%.100s` %s", wire->setup.command, why);
    (void)fprintf(stderr, "crux: %s: %s%s\n", wire->setup.name, error.text,
                  for_good ? "" : "; it is started again");
    (void)lock(wire);
    free(wire->orphan);
    wire->orphan = NULL;
    wire->writing = NULL;
    sentence = keep_sentence(wire, error.text);
    if (for_good)
        wire->gone = sentence;
    sort_out(wire, for_good);
    (void)unlock(wire);
    complete_failing(wire, sentence);
}

/* --- open and close
 * ---------------------------------------------------------------------------------- */

static void free_wire(struct wire *wire)
{
    tdestroy(wire->sentences, free);
    for (uint32_t i = 0; i < wire->count; i++)
        free(wire->places[i].line);
    free(wire->orphan);
    free(wire->places);
    free((void *)wire->calls);
    free((char *)(uintptr_t)wire->setup.command);
    (void)pthread_mutex_destroy(&wire->lock);
    free(wire);
}

int wire_open(struct wire **out, const struct wire_setup *setup, struct crux_error *error)
{
    struct wire *wire = calloc(1, sizeof *wire);
    struct child_setup child = {
        .command = setup->command,
        .line_most = LINE_MOST,
        .restarts = RESTARTS,
        .context = wire,
        .next = next,
        .heard = heard,
        .aside = aside,
        .ended = ended,
        .look = look,
    };
    int status;

    if (wire == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a program");
    (void)pthread_mutex_init(&wire->lock, NULL);
    wire->setup = *setup;
    wire->setup.command = strdup(setup->command);
    for (int i = 0; i < LISTS; i++)
        wire->lists[i].first = wire->lists[i].last = NOBODY;
    status = wire->setup.command == NULL ? crux_fail(error, CRUX_MEMORY, "no memory for a program")
                                         : CRUX_OK;
    wire->known =
        (struct wire_ledger){setup->ledger, setup->account, setup->name, wire->setup.command};
    if (status == CRUX_OK && (setup->ledger == NULL || !ledger_replays(setup->ledger)))
        status = child_open(&wire->child, &child, error);
    if (status == CRUX_OK)
        *out = wire;
    else
        free_wire(wire);
    return status;
}

void wire_close(struct wire *wire)
{
    if (wire == NULL)
        return;
    child_close(wire->child);
    free_wire(wire);
}
