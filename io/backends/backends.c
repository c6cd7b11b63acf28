/*
 * backends.c - the backends of a run by name, with the ledger and the account that they share.
 *
 * A backend's name is part of every key of the ledger: a run that goes on, or is done again, must
 * find under it what was paid before. So the one without a name stays `chat` there.
 */
#include "io/backends/backends.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "io/ahead.h"
#include "io/backends/copied.h"
#include "io/backends/inside.h"
#include "io/backends/reach.h"
#include "io/ledger/cost.h"
#include "io/store/store.h"

enum { NAME_MOST = 64 };

/* --- opening and closing ---------------------------------------------------------------- */

struct past {
    struct account *account;
    bool failed;
};

static void resume_backend(void *context, enum ledger_by by, const struct ledger_line *line)
{
    struct past *past = context;
    struct account_payer *payer;

    if (by != LEDGER_BY_BACKEND)
        return;
    payer = account_payer(past->account, line->name);
    past->failed |= payer == NULL;
    account_resume(past->account, payer, &line->paid);
}

/* What earlier sessions have paid, each backend its part. */
static int resume(struct crux_backends *backends, struct crux_error *error)
{
    struct past past = {.account = backends->account};
    struct ledger_cost cost = {.each = resume_backend, .context = &past};
    int status;

    if (backends->paying.store == NULL || backends->paying.replay != NULL)
        return CRUX_OK;
    status = ledger_cost_open(&cost, backends->paying.store, error);
    if (status == CRUX_OK && past.failed)
        status = crux_fail(error, CRUX_MEMORY, "no memory for the account");
    return status;
}

static int open_ledger(struct crux_backends *backends, struct crux_error *error)
{
    const struct crux_paying *paying = &backends->paying;
    int status = CRUX_OK;

    if (paying->replay != NULL)
        return ledger_replay(&backends->ledger, paying->replay, error);
    if (paying->trees != NULL)
        status = ledger_open(&backends->orders, paying->trees, error);
    return status == CRUX_OK ? ledger_open(&backends->ledger, paying->store, error) : status;
}

/* What is asked now could not be kept. */
static void backends_on_trouble(void *context, enum store_trouble trouble, const char *sentence)
{
    static const enum served_going going[STORE_TROUBLES] = {
        [STORE_WAITS] = SERVED_HELD,
        [STORE_LEAVES] = SERVED_DROPS,
        [STORE_FAILS] = SERVED_DROPS,
        [STORE_GOES_ON] = SERVED_GOES,
    };
    struct crux_backends *backends = context;

    if (trouble == STORE_FAILS) /* before calls are given up, so that it is known why */
        account_halt(backends->account, CRUX_STORE, sentence);
    atomic_store(&backends->trouble, (int)going[trouble]);
    backends_hold(backends);
}

static void backends_watch_stores(struct crux_backends *backends)
{
    struct crux_store *stores[] = {backends->paying.store, backends->paying.trees};

    for (size_t i = 0; i < 2; i++)
        if (stores[i] != NULL && stores[i]->write)
            store_on_trouble(stores[i], backends_on_trouble, backends);
}

int crux_backends_open(struct crux_backends **out, const struct crux_paying *paying,
                       struct crux_error *error)
{
    const struct account_limits limits = {
        .calls = paying->limit_calls, .tokens = paying->limit_tokens, .price = paying->limit_price};
    struct crux_backends *backends = calloc(1, sizeof *backends);
    int status;

    if (backends == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for backends");
    backends->paying = *paying;
    backends->shared = paying->in_flight > 0 ? paying->in_flight : BACKENDS_IN_FLIGHT;
    status = open_ledger(backends, error);
    if (status == CRUX_OK)
        status = account_open(&backends->account, &limits, error);
    if (status == CRUX_OK) {
        account_on_halt(backends->account, backends_halted, backends);
        status = resume(backends, error);
    }
    backends->paying.replay = NULL; /* the ledger knows */
    if (status == CRUX_OK)
        backends_watch_stores(backends);
    if (status == CRUX_OK)
        *out = backends;
    else
        crux_backends_close(backends);
    return status;
}

static void free_backend(struct backend *backend)
{
    reach_close(backend);
    copied_chat_free(&backend->chat);
    free(backend->name);
    free(backend);
}

static void free_backends(struct backend *first)
{
    struct backend *backend, *next;

    LL_FOREACH_SAFE (first, backend, next)
        free_backend(backend);
}

void crux_backends_close(struct crux_backends *backends)
{
    if (backends == NULL)
        return;
    if (backends->paying.store != NULL)
        store_on_trouble(backends->paying.store, NULL, NULL);
    if (backends->paying.trees != NULL)
        store_on_trouble(backends->paying.trees, NULL, NULL);
    services_free(backends->services);
    free_backends(backends->first);
    local_free(backends->locals);
    ledger_close(backends->ledger);
    ledger_close(backends->orders);
    account_close(backends->account);
    free(backends);
}

/* --- adding ----------------------------------------------------------------------------- */

static struct backend *backends_find_in(struct backend *first, const char *name)
{
    struct backend *backend;

    LL_FOREACH (first, backend)
        if (strcmp(backend->name, name) == 0)
            break;
    return backend;
}

struct backend *backends_of_name(const struct crux_backends *backends, const char *name)
{
    return backends_find_in(backends->first, name != NULL ? name : "");
}

/* Names that the ledger gives. */
static const struct {
    const char *name, *what;
} ledger_names[] = {{BACKENDS_UNNAMED, "the one without a name"},
                    {LOCAL_PROGRAM, "programs"},
                    {LOCAL_JAILS, "jails"}};

static int check_name(const struct crux_backends *backends, const char *name,
                      struct crux_error *error)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

    if (strspn(name, letters) != strlen(name) || strlen(name) > NAME_MOST)
        return crux_fail(error, CRUX_INVALID,
                         "the name of a backend is of letters, digits, - and _, at most %d, not "
                         "`%.80s`",
                         NAME_MOST, name);
    for (size_t i = 0; i < sizeof ledger_names / sizeof *ledger_names; i++)
        if (strcmp(name, ledger_names[i].name) == 0)
            return crux_fail(error, CRUX_INVALID,
                             "no backend may be named `%s`: the ledger calls %s so", name,
                             ledger_names[i].what);
    if (strcmp(name, SERVICES_CRITIC) == 0)
        return crux_fail(error, CRUX_INVALID,
                         "no backend may be named `%s`: a critic that has backends of its own is",
                         name);
    if (backends_of_name(backends, name) != NULL ||
        services_of_name(backends->services, name) != NULL)
        return crux_fail(error, CRUX_INVALID, "there are two backends %s%s",
                         name[0] != '\0' ? "of the name " : "without a name", name);
    return CRUX_OK;
}

static int check_backend(const struct crux_backends *backends, const struct crux_backend *said,
                         struct crux_error *error)
{
    int status = check_name(backends, said->name != NULL ? said->name : "", error);

    if (status != CRUX_OK)
        return status;
    if (said->endpoint_count > REACH_ENDPOINTS_MOST)
        return crux_fail(error, CRUX_INVALID, "a backend has at most %d endpoints, not %u",
                         REACH_ENDPOINTS_MOST, said->endpoint_count);
    for (uint32_t i = 0; i < said->endpoint_count; i++) {
        const struct crux_endpoint *endpoint = &said->endpoints[i];

        if (endpoint->url == NULL)
            return crux_fail(error, CRUX_INVALID, "endpoint %u of a backend has no url", i);
        if (http_check_headers(endpoint->headers, endpoint->header_count, endpoint->key_header,
                               error) != CRUX_OK)
            return CRUX_INVALID;
    }
    return CRUX_OK;
}

static bool backends_is_complete(const struct crux_chat *chat)
{
    return chat->profile != NULL && chat->model != NULL;
}

/* In a replay the caller says what the server was, for the keys depend on it. */
static int take_chat(struct backend *backend, const struct crux_backends *backends,
                     const struct crux_backend *said, struct crux_spent *spent,
                     struct crux_error *error)
{
    struct crux_server found = {.chat_template = NULL};
    struct crux_chat chat = said->chat;
    int status = CRUX_OK;

    if (!ledger_replays(backends->ledger))
        status = backends_fill(&chat, said, &backends->paying, &found, error);
    else if (!backends_is_complete(&chat))
        status = crux_fail(error, CRUX_INVALID,
                           "a replay asks no server what it is: say its profile and model");
    if (status == CRUX_OK)
        status = copied_chat(&backend->chat, &chat, error);
    spent->calls += found.spent.calls;
    spent->prompt += found.spent.prompt;
    spent->completion += found.spent.completion;
    crux_server_free(&found);
    return status;
}

int crux_backends_add(struct crux_backends *backends, const struct crux_backend *said,
                      struct crux_error *error)
{
    struct crux_spent spent = said->spent;
    struct backend *backend;
    int status = check_backend(backends, said, error);

    if (status != CRUX_OK)
        return status;
    backend = calloc(1, sizeof *backend);
    if (backend == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a backend");
    backend->in_flight = said->in_flight;
    backend->name = strdup(said->name != NULL ? said->name : "");
    if (backend->name == NULL)
        status = crux_fail(error, CRUX_MEMORY, "no memory for a backend");
    if (status == CRUX_OK)
        status = take_chat(backend, backends, said, &spent, error);
    if (status == CRUX_OK)
        status = reach_open(backend, backends, said, error);
    if (status == CRUX_OK)
        status = served_spent(backend->served, &spent, error);
    if (status == CRUX_OK)
        LL_APPEND(backends->first, backend);
    else
        free_backend(backend);
    return status;
}

/* --- finding ----------------------------------------------------------------------------- */

const struct crux_chat *crux_backends_chat(const struct crux_backends *backends, const char *name)
{
    const struct backend *backend = backends_of_name(backends, name);

    return backend != NULL ? &backend->chat : NULL;
}

static void list_backends(const struct crux_backends *backends, char *out, size_t room)
{
    const struct backend *backend;
    size_t length = 0;

    (void)snprintf(out, room, "none");
    LL_FOREACH (backends->first, backend)
        if (length < room)
            length += (size_t)snprintf(out + length, room - length, "%s%s", length > 0 ? ", " : "",
                                       backend->name[0] != '\0' ? backend->name
                                                                : "the one without a name");
}

int backends_find(struct served **out, const struct crux_backends *backends, const char *name,
                  struct crux_error *error)
{
    const struct backend *backend = backends_of_name(backends, name);
    char names[256];

    if (backend != NULL) {
        *out = backend->served;
        return CRUX_OK;
    }
    list_backends(backends, names, sizeof names);
    return crux_fail(error, CRUX_INVALID, "there is no backend %s%.80s; there are: %s",
                     name != NULL && name[0] != '\0' ? "" : "without a name",
                     name != NULL ? name : "", names);
}

/* --- on this machine ------------------------------------------------------------------------- */

static struct local_place place_of(struct crux_backends *backends)
{
    return (struct local_place){&backends->locals, backends->ledger, backends->account,
                                backends->paying.in_flight > 0 ? &backends->shared : NULL};
}

int backends_program(struct served_program **out, struct crux_backends *backends,
                     const char *command, const char *port, struct crux_error *error)
{
    struct served *served = NULL;
    int status;

    if (backends == NULL)
        return served_program_open(out, command, port, NULL, NULL, error);
    status = local_program(&served, place_of(backends), command, port, error);
    return status == CRUX_OK ? served_program_on(out, served, error) : status;
}

int backends_jails(struct served **out, struct crux_backends *backends,
                   const struct sandbox_options *options, struct crux_error *error)
{
    return local_jails(out, place_of(backends), options, error);
}

/* --- services -------------------------------------------------------------------------------- */

int backends_service(struct served **out, struct crux_backends *backends, const char *file,
                     const struct served_options *said, struct crux_error *error)
{
    struct served *known = services_of_file(backends->services, file);
    struct served_options options = *said;
    int status = known != NULL ? CRUX_OK : check_name(backends, said->name, error);

    options.ledger = backends->ledger;
    options.account = backends->account;
    options.say = backends->paying.say;
    options.say_context = backends->paying.say_context;
    if (known == NULL && status == CRUX_OK)
        return services_add(out, &backends->services, file, &options, error);
    if (status == CRUX_OK)
        *out = known;
    return status;
}

/* --- a search on them ------------------------------------------------------------------------ */

/* Programs and jails are nowhere but here: none of their calls is ahead of another. */
struct ahead_room backends_room(const struct crux_backends *backends, uint32_t shared)
{
    struct ahead_room room = {.places = 0};
    const struct backend *backend;
    bool sharing = false;

    services_add_room(backends->services, &room);
    LL_FOREACH (backends->first, backend)
        if (backend->in_flight > 0)
            ahead_add(&room, backend->in_flight);
        else
            sharing = true;
    if (sharing) {
        ahead_add(&room, shared);
    } else if (backends->locals != NULL || room.places == 0) {
        room.at_servers += shared;
        room.places += shared;
    }
    return room;
}

uint32_t backends_in_flight(const struct crux_backends *backends, uint32_t shared)
{
    const uint64_t places = backends_room(backends, shared).places;

    return places < BACKENDS_IN_FLIGHT_MOST ? (uint32_t)places : BACKENDS_IN_FLIGHT_MOST;
}

int crux_backends_prepare(struct crux_backends *backends, struct crux_setup *setup,
                          struct crux_error *error)
{
    struct ledger_past past;
    struct ledger *orders = backends->orders != NULL ? backends->orders : backends->ledger;
    int status = CRUX_OK;

    if (backends->paying.trees == NULL || backends->orders != NULL)
        status = arrivals_attach(&backends->arrivals, orders, setup, error);
    if (status != CRUX_OK)
        return status;
    ledger_past(backends->ledger, &past);
    setup->spent_ns = ledger_replays(backends->ledger) ? 0 : past.lasted_ns;
    setup->in_flight = backends_in_flight(backends, setup->in_flight);
    setup->limit_calls = 0; /* the account counts, over the whole run, and no known replies */
    return CRUX_OK;
}

static void stop_search(void *search)
{
    crux_stop(search);
}

void crux_backends_watch(struct crux_backends *backends, struct crux_search *search)
{
    backends_on_halt(backends, stop_search, search);
}

void backends_on_halt(struct crux_backends *backends, void (*stop)(void *what), void *what)
{
    if (stop != NULL)
        backends->stopped = what; /* before stop, which tells that it is there */
    atomic_store(&backends->stop, stop);
}

/* A search that ended by itself and got nothing to search with. */
static int find_barren(const struct crux_backends *backends, struct crux_error *error)
{
    const struct backend *backend;
    struct crux_error why;

    LL_FOREACH (backends->first, backend)
        if (served_barren(backend->served, &why))
            return crux_fail(error, CRUX_INVALID, "%s: %s",
                             backend->name[0] != '\0' ? backend->name : BACKENDS_UNNAMED, why.text);
    return CRUX_OK;
}

int crux_backends_status(struct crux_backends *backends, int status, struct crux_error *error)
{
    int reason = CRUX_OK;

    if (status == CRUX_STOPPED || status == CRUX_OK)
        reason = account_reason(backends->account, error);
    if (reason == CRUX_STOPPED) /* somebody wished it, maybe too late (backends_leave()) */
        reason = CRUX_OK;
    if (reason == CRUX_OK && status == CRUX_OK)
        reason = find_barren(backends, error);
    return reason != CRUX_OK ? reason : status;
}

/* --- beside finished trees --------------------------------------------------------------- */

void backends_add_witness(struct crux_backends *backends, struct backends_witness *witness)
{
    LL_APPEND(backends->witnesses, witness);
}

void backends_remove_witness(struct crux_backends *backends, struct backends_witness *witness)
{
    LL_DELETE(backends->witnesses, witness);
}

int crux_backends_keep(struct crux_backends *backends, const struct crux_tree *tree,
                       struct crux_error *error)
{
    const struct crux_paying *paying = &backends->paying;
    struct crux_store *store = paying->trees != NULL ? paying->trees : paying->store;
    int status = ledger_flush(backends->ledger, error);

    if (status == CRUX_OK && backends->orders != NULL)
        status = ledger_flush(backends->orders, error);
    if (status != CRUX_OK || store == NULL)
        return status;
    return witness_keep(backends->witnesses, store, tree, error);
}

int crux_backends_flush(struct crux_backends *backends, struct crux_error *error)
{
    return ledger_flush(backends->ledger, error);
}
