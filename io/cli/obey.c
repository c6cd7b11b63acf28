/*
 * obey.c - what each request does.
 */
#include "io/cli/obey.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/account.h"
#include "io/cli/options/values.h"
#include "io/cli/signals.h"
#include "io/clock.h"
#include "io/control/control.h"
#include "io/store/store.h"

#define OBEY_BILLION 1e9

enum { OBEY_MOST = 1000000000 };

struct obey {
    struct obey_setup setup;
    struct control *control;
    struct json *changes; /* the latest of this process, as many as the store keeps */
};

/* One request and what becomes of it. */
struct order {
    struct obey *obey;
    const struct control_peer *peer;
    const struct json *request;
    struct json *answer;
};

/* --- telling --------------------------------------------------------------------------- */

static struct json *obey_limits(const struct obey *obey)
{
    const struct steered *steered = obey->setup.steered;
    struct account_limits limits = {.calls = 0};
    struct crux_steering steering;
    struct json *object = json_new_object();

    steered_look(steered, &steering);
    if (steered->backends != NULL)
        backends_limited(steered->backends, &limits);
    json_put_count(object, "calls", limits.calls);
    json_put_count(object, "tokens", limits.tokens);
    json_put(object, "price", json_of_real((double)limits.price / OBEY_BILLION));
    json_put(object, "seconds", json_of_real((double)steering.limit_ns / OBEY_BILLION));
    return object;
}

static struct json *obey_spent(const struct obey *obey)
{
    struct crux_backend_view sum = {.name = ""};
    struct json *object = json_new_object();

    if (obey->setup.steered->backends != NULL)
        crux_backends_sum(obey->setup.steered->backends, &sum);
    json_put_count(object, "calls", sum.calls);
    json_put_count(object, "tokens", sum.prompt_tokens + sum.completion_tokens);
    json_put(object, "price", json_of_real((double)sum.price / OBEY_BILLION));
    return object;
}

static void obey_tell_search(const struct crux_search *search, struct json *answer)
{
    struct crux_view view;

    crux_look(search, &view);
    json_put_count(answer, "problems_open", view.trees_open);
    json_put_count(answer, "problems_done", view.trees_done);
    json_put_count(answer, "problems_failed", view.trees_failed);
    json_put_count(answer, "simulations", view.simulations);
    json_put_count(answer, "pairs", view.pairs);
}

/* Calls that may be in flight, but for those that are booked ahead of their turn. */
static int64_t obey_most(const struct steered *steered)
{
    struct crux_steering steering;

    steered_look(steered, &steering);
    return steered->backends != NULL ? (int64_t)backends_most(steered->backends)
                                     : (int64_t)steering.in_flight;
}

/* They are not of one instant. */
static void obey_tell_flying(const struct steered *steered, struct json *answer)
{
    struct served_load load;

    steered_load(steered, &load);
    json_put_count(answer, "under_way", steered_flying(steered));
    json_put_count(answer, "at_servers", load.at_servers);
    json_put_count(answer, "unsent", load.unsent);
    json_put(answer, "in_flight_most", json_of_integer(obey_most(steered)));
}

static int obey_status(struct order *order, struct crux_error *error)
{
    const struct obey *obey = order->obey;
    const struct steered *steered = obey->setup.steered;
    struct crux_steering steering;

    (void)error;
    steered_look(steered, &steering);
    json_put(order->answer, "command", json_of_string(obey->setup.command));
    json_put(order->answer, "process", json_of_integer(getpid()));
    json_put(order->answer, "paused", json_of_bool(steering.paused));
    json_put(order->answer, "stopping", json_of_bool(steering.stopped));
    obey_tell_flying(steered, order->answer);
    json_put(order->answer, "limits", obey_limits(obey));
    json_put(order->answer, "spent", obey_spent(obey));
    if (steered->search != NULL)
        obey_tell_search(steered->search, order->answer);
    json_put(order->answer, CRUX_CHANGES, json_clone(obey->changes));
    return CRUX_OK;
}

/* --- writing down ------------------------------------------------------------------------ */

static void obey_remember(struct obey *obey, struct json *note)
{
    struct json *latest;

    json_add(obey->changes, note);
    latest = store_order_changes(obey->changes);
    if (latest != NULL) {
        json_free(obey->changes);
        obey->changes = latest;
    }
}

/* from and to may be NULL. A change that cannot be recorded is a change all the same. One that has
 * no text is not remembered: it would take the text from every answer. */
static void obey_note(struct order *order, const char *change, struct json *from, struct json *to)
{
    struct obey *obey = order->obey;
    struct json *note = json_new_object();
    struct crux_error why = {""};
    char *text;
    int status;

    json_put(note, "at_ns", json_of_integer(clock_wall_ns()));
    json_put(note, "change", json_of_string(change));
    if (from != NULL)
        json_put(note, "from", from);
    if (to != NULL)
        json_put(note, "to", to);
    json_put_count(note, "user", order->peer->user);
    json_put(note, "process", json_of_integer(order->peer->process));
    text = json_text(note, false);
    status = text != NULL ? store_note_change(obey->setup.store, text, &why)
                          : crux_fail(&why, CRUX_MEMORY, "no memory for it");
    if (text != NULL)
        obey_remember(obey, note);
    else
        json_free(note);
    free(text);
    json_put(order->answer, "recorded", json_of_bool(status == CRUX_OK));
    if (status != CRUX_OK)
        json_put(order->answer, "unrecorded",
                 json_of_words(status == CRUX_END ? "no run is recorded in the store" : why.text));
}

/* --- members of requests ---------------------------------------------------------------- */

/* names: what the request may have besides "do"; NULL ends. */
static int obey_check(const struct json *request, const char *const *names,
                      struct crux_error *error)
{
    for (const char *key = json_next_key(request, NULL); key != NULL;
         key = json_next_key(request, key)) {
        bool known = strcmp(key, "do") == 0;

        for (size_t i = 0; names[i] != NULL; i++)
            known |= strcmp(key, names[i]) == 0;
        if (!known)
            return crux_fail(error, CRUX_INVALID,
                             "`%.60s` is nothing that `%.30s` takes: of a run that goes on only "
                             "limits and calls in flight are changed, never what gives its data "
                             "their meaning",
                             key, json_as_string(json_get(request, "do")));
    }
    return CRUX_OK;
}

/* A number of a request, *out untouched where there is none. whole: an integer. */
static int obey_number(const struct json *request, const char *name, bool whole, double most,
                       double *out, struct crux_error *error)
{
    const struct json *value = json_get(request, name);
    enum json_type type = json_type_of(value);

    if (value == NULL)
        return CRUX_OK;
    if ((type != JSON_IS_INTEGER && (whole || type != JSON_IS_REAL)) || json_as_real(value) < 0 ||
        json_as_real(value) > most)
        return crux_fail(error, CRUX_INVALID, "`%s` is %s from 0 to %.0f", name,
                         whole ? "a whole number" : "a number", most);
    *out = json_as_real(value);
    return CRUX_OK;
}

/* --- orders ------------------------------------------------------------------------------ */

static const char *const no_names[] = {NULL};

static int obey_refuse_ended(const struct obey *obey, struct crux_error *error)
{
    struct crux_steering steering;

    steered_look(obey->setup.steered, &steering);
    return steering.stopped ? crux_fail(error, CRUX_STORE, "the run is ending already") : CRUX_OK;
}

static int obey_pause(struct order *order, struct crux_error *error)
{
    int status = obey_refuse_ended(order->obey, error);

    if (status != CRUX_OK)
        return status;
    steered_pause(order->obey->setup.steered);
    obey_note(order, "pause", NULL, NULL);
    return CRUX_OK;
}

static int obey_resume(struct order *order, struct crux_error *error)
{
    int status = obey_refuse_ended(order->obey, error);

    if (status != CRUX_OK)
        return status;
    steered_resume(order->obey->setup.steered);
    obey_note(order, "resume", NULL, NULL);
    return CRUX_OK;
}

/* Recorded before the run is told, for it may end at once. */
static int obey_stop(struct order *order, struct crux_error *error)
{
    int status = obey_refuse_ended(order->obey, error);

    if (status != CRUX_OK)
        return status;
    obey_note(order, "stop", NULL, NULL);
    signals_stop();
    return CRUX_OK;
}

static int obey_in_flight(struct order *order, struct crux_error *error)
{
    const struct steered *steered = order->obey->setup.steered;
    const struct json *backend = json_get(order->request, "backend");
    double count = 0;
    int64_t before;
    int status;

    if (backend != NULL && json_as_string(backend) == NULL)
        return crux_fail(error, CRUX_INVALID, "`backend` is a name");
    status = obey_number(order->request, "n", true, OPTIONS_IN_FLIGHT_MOST, &count, error);
    if (status != CRUX_OK)
        return status;
    before = obey_most(steered);
    status = steered_set_in_flight(steered, json_as_string(backend), (uint32_t)count, error);
    if (status != CRUX_OK)
        return status;
    obey_note(order, "in-flight", json_of_integer(before), json_of_integer(obey_most(steered)));
    return CRUX_OK;
}

struct obey_limit {
    double calls, tokens, price, seconds; /* below 0: not named */
};

static int obey_read_limits(const struct json *request, struct obey_limit *out,
                            struct crux_error *error)
{
    int status;

    *out = (struct obey_limit){-1, -1, -1, -1};
    status = obey_number(request, "calls", true, OBEY_BILLION * OBEY_BILLION, &out->calls, error);
    if (status == CRUX_OK)
        status =
            obey_number(request, "tokens", true, OBEY_BILLION * OBEY_BILLION, &out->tokens, error);
    if (status == CRUX_OK)
        status = obey_number(request, "price", false, OBEY_MOST, &out->price, error);
    if (status == CRUX_OK)
        status = obey_number(request, "seconds", false, OBEY_MOST, &out->seconds, error);
    return status;
}

static int obey_set_paid(const struct steered *steered, const struct obey_limit *said,
                         struct crux_error *error)
{
    struct account_limits limits;

    if (said->calls < 0 && said->tokens < 0 && said->price < 0)
        return CRUX_OK;
    if (steered->backends == NULL)
        return crux_fail(error, CRUX_INVALID,
                         "nothing in this run is paid for: of its limits only that of seconds is "
                         "changed");
    backends_limited(steered->backends, &limits);
    if (said->calls >= 0)
        limits.calls = (uint64_t)said->calls;
    if (said->tokens >= 0)
        limits.tokens = (uint64_t)said->tokens;
    if (said->price >= 0)
        limits.price = values_billionths(said->price);
    backends_limit(steered->backends, &limits);
    return CRUX_OK;
}

static int obey_limit(struct order *order, struct crux_error *error)
{
    const struct steered *steered = order->obey->setup.steered;
    struct obey_limit said;
    struct json *before;
    int status = obey_read_limits(order->request, &said, error);

    if (status == CRUX_OK && json_count(order->request) > 1)
        status = obey_refuse_ended(order->obey, error);
    if (status != CRUX_OK || json_count(order->request) == 1)
        return status;
    before = obey_limits(order->obey);
    status = obey_set_paid(steered, &said, error);
    if (status == CRUX_OK && said.seconds >= 0)
        status = steered_set_limit_ns(steered, values_billionths(said.seconds), error);
    if (status == CRUX_OK)
        obey_note(order, "limits", before, obey_limits(order->obey));
    else
        json_free(before);
    return status;
}

/* They wait in the store whatever becomes of the search: at the latest the next run has them. */
static int obey_requeue(struct order *order, struct crux_error *error)
{
    const struct obey_setup *setup = &order->obey->setup;
    uint64_t count = 0;
    int status;

    if (setup->requeue == NULL)
        return crux_fail(error, CRUX_INVALID,
                         "crux %s takes nothing again while it runs: the same command asks again "
                         "for what has failed",
                         setup->command);
    status = requeue_failed(setup->requeue, &count, error);
    if (status != CRUX_OK)
        return status;
    if (count > 0)
        obey_note(order, "requeue", NULL, json_of_integer((int64_t)count));
    json_put_count(order->answer, "problems", count);
    json_put(order->answer, "searched",
             json_of_bool(count > 0 && crux_more(setup->steered->search)));
    return CRUX_OK;
}

/* --- the orders that there are ------------------------------------------------------------ */

static const char *const in_flight_names[] = {"n", "backend", NULL};
static const char *const limits_names[] = {"calls", "tokens", "price", "seconds", NULL};

static const struct {
    const char *name;
    const char *const *members;
    int (*run)(struct order *order, struct crux_error *error);
} obey_rows[] = {{"status", no_names, NULL},
                 {"pause", no_names, obey_pause},
                 {"resume", no_names, obey_resume},
                 {"stop", no_names, obey_stop},
                 {"in-flight", in_flight_names, obey_in_flight},
                 {"limits", limits_names, obey_limit},
                 {"requeue", no_names, obey_requeue}};

enum { OBEY_ROWS = sizeof obey_rows / sizeof obey_rows[0] };

static int obey_serve(void *context, const struct control_peer *peer, const struct json *request,
                      struct json *answer, struct crux_error *error)
{
    struct order order = {context, peer, request, answer};
    const char *name = json_as_string(json_get(request, "do"));
    size_t row = 0;
    int status;

    while (row < OBEY_ROWS && strcmp(obey_rows[row].name, name) != 0)
        row++;
    if (row == OBEY_ROWS)
        return crux_fail(error, CRUX_INVALID,
                         "a run knows nothing of `%.60s`: status, pause, resume, stop, in-flight, "
                         "limits, requeue",
                         name);
    status = obey_check(request, obey_rows[row].members, error);
    if (status == CRUX_OK && obey_rows[row].run != NULL)
        status = obey_rows[row].run(&order, error);
    return status == CRUX_OK ? obey_status(&order, error) : status;
}

/* --- opening and closing --------------------------------------------------------------------- */

int obey_open(struct obey **out, const struct obey_setup *setup, struct crux_error *error)
{
    struct obey *obey = calloc(1, sizeof *obey);
    int status;

    if (obey != NULL)
        obey->changes = json_new_array();
    if (obey == NULL || obey->changes == NULL) {
        free(obey);
        return crux_fail(error, CRUX_MEMORY, "no memory");
    }
    obey->setup = *setup;
    status = control_open(&obey->control, setup->store->path, obey_serve, obey, error);
    if (status == CRUX_OK)
        *out = obey;
    else
        obey_close(obey);
    return status;
}

void obey_close(struct obey *obey)
{
    if (obey == NULL)
        return;
    control_close(obey->control);
    json_free(obey->changes);
    free(obey);
}
