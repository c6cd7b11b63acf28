/*
 * reach.c - opens what a served model is asked through, and waits for the first of a roster.
 */
#include "io/backends/reach.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "io/backends/roster.h"
#include "io/clock.h"

#define REACH_ANSWER_NS (5 * CLOCK_SECOND_NS)

/* --- what is found out ---------------------------------------------------------------------- */

static void reach_pass_by(void *context, const char *sentence)
{
    (void)context; /* the muster says it */
    (void)sentence;
}

int backends_roster(struct crux_endpoint **out, uint32_t *count, struct roster *roster,
                    const struct crux_backend *said, void (*bad)(void *context, const char *what),
                    void *context, struct crux_error *error)
{
    const struct http_server like = served_server_of(&said->like);
    uint32_t fixed = said->endpoint_count;
    struct roster read = {.items = NULL};
    struct crux_endpoint *all;
    int status = CRUX_OK;

    if (said->roster != NULL)
        status = roster_read(&read, said->roster, &like, bad != NULL ? bad : reach_pass_by, context,
                             error);
    if (status != CRUX_OK)
        return status;
    all = calloc(fixed + read.count + 1, sizeof *all);
    if (all == NULL) {
        roster_free(&read);
        return crux_fail(error, CRUX_MEMORY, "no memory for the endpoints");
    }
    for (uint32_t i = 0; i < fixed; i++)
        all[i] = said->endpoints[i];
    for (uint32_t i = 0; i < read.count; i++) {
        all[fixed + i] = said->like;
        all[fixed + i].url = read.items[i].url;
        all[fixed + i].slots = read.items[i].slots;
    }
    *out = all;
    *count = fixed + read.count;
    *roster = read;
    return CRUX_OK;
}

/* The first line that is no endpoint, for a file that has no other. */
static void reach_first_bad(void *context, const char *sentence)
{
    struct crux_error *first = context;

    if (first->text[0] == '\0')
        (void)snprintf(first->text, sizeof first->text, "%s", sentence);
}

/* Ask those that stand there now. CRUX_FAILED: none answers, which may change; others will not. */
static int reach_try(struct crux_chat *chat, const struct crux_backend *said,
                     struct crux_server *found, struct crux_error *error)
{
    struct crux_endpoint *endpoints = NULL;
    struct roster roster = {.items = NULL};
    struct crux_error bad = {""};
    uint32_t count = 0;
    int status = backends_roster(&endpoints, &count, &roster, said, reach_first_bad, &bad, error);

    if (status == CRUX_OK && count == 0)
        status = crux_fail(error, CRUX_FAILED, "%.200s has no endpoint%s%s", said->roster,
                           bad.text[0] != '\0' ? ": " : "", bad.text);
    else if (status == CRUX_OK && crux_chat_fill(chat, endpoints, count, found, error) != CRUX_OK)
        status = CRUX_FAILED;
    roster_free(&roster);
    free(endpoints);
    return status;
}

static void reach_say(const struct crux_paying *paying, const struct crux_backend *said,
                      const char *why)
{
    char sentence[1000];

    (void)snprintf(sentence, sizeof sentence,
                   "%.200s: waiting for an endpoint (--patience): %.600s", said->roster, why);
    if (paying->say != NULL)
        paying->say(paying->say_context, sentence);
}

int backends_fill(struct crux_chat *chat, const struct crux_backend *said,
                  const struct crux_paying *paying, struct crux_server *found,
                  struct crux_error *error)
{
    const struct timespec pause = {1, 0};
    int64_t until_ns = clock_now_ns() + said->client.patience_ns;
    bool told = false;
    struct crux_error why = {""};
    int status = crux_chat_fill(chat, said->endpoints, said->endpoint_count, found, error);

    if (status == CRUX_OK || said->roster == NULL)
        return status;
    while ((status = reach_try(chat, said, found, &why)) == CRUX_FAILED &&
           clock_now_ns() < until_ns) {
        if (!told)
            reach_say(paying, said, why.text);
        told = true;
        (void)nanosleep(&pause, NULL);
    }
    if (status == CRUX_OK)
        return CRUX_OK;
    return crux_fail(error, status == CRUX_FAILED ? CRUX_INVALID : status, "%s", why.text);
}

/* --- what it is asked through ---------------------------------------------------------------- */

/* Servers whose kind tells are asked how many slots they have, unless that was said. */
static void reach_servers(struct http_server *out, const struct crux_backend *said,
                          const struct crux_chat *chat, bool asks)
{
    for (uint32_t i = 0; i < said->endpoint_count; i++) {
        out[i] = served_server_of(&said->endpoints[i]);
        if (out[i].slots == 0 && asks)
            out[i].slots = crux_server_slots(&said->endpoints[i], chat, REACH_ANSWER_NS);
    }
}

static const char *reach_name(const struct backend *backend)
{
    return backend->name[0] != '\0' ? backend->name : BACKENDS_UNNAMED;
}

static int reach_muster(struct backend *backend, const struct crux_backends *backends,
                        const struct crux_backend *said, struct crux_error *error)
{
    const struct muster_options options = {.file = said->roster,
                                           .like = &said->like,
                                           .chat = &backend->chat,
                                           .name = reach_name(backend),
                                           .model_said = said->model_said,
                                           .aliases = said->aliases,
                                           .alias_count = said->alias_count,
                                           .served = backend->served,
                                           .say = backends->paying.say,
                                           .say_context = backends->paying.say_context};

    if (said->roster == NULL || served_http(backend->served) == NULL)
        return CRUX_OK;
    return muster_open(&backend->muster, &options, error);
}

static struct http_options reach_http(const struct crux_backends *backends,
                                      const struct crux_backend *said,
                                      const struct http_server *servers)
{
    struct http_options http = http_options_default();

    http.servers = servers;
    http.server_count = said->endpoint_count;
    http.joins = said->roster != NULL;
    http.arrival = said->arrival_order;
    http.in_flight = said->in_flight > 0 ? said->in_flight : backends->shared;
    http.client = said->client;
    return http;
}

int reach_open(struct backend *backend, const struct crux_backends *backends,
               const struct crux_backend *said, struct crux_error *error)
{
    struct http_server servers[REACH_ENDPOINTS_MOST];
    struct served_options options = {
        .name = reach_name(backend),
        .model = backend->chat.model,
        .http = reach_http(backends, said, servers),
        .prices = {.prompt = said->price_prompt,
                   .cached = said->price_cached < 0 ? said->price_prompt : said->price_cached,
                   .completion = said->price_completion},
        .ledger = backends->ledger,
        .account = backends->account,
        .aliases = said->aliases,
        .alias_count = said->alias_count,
        .say = backends->paying.say,
        .say_context = backends->paying.say_context,
    };
    int status;

    reach_servers(servers, said, &backend->chat, !ledger_replays(backends->ledger));
    status = served_open(&backend->served, &options, error);
    return status == CRUX_OK ? reach_muster(backend, backends, said, error) : status;
}

void reach_close(struct backend *backend)
{
    muster_close(backend->muster);
    served_close(backend->served);
    backend->muster = NULL;
    backend->served = NULL;
}
