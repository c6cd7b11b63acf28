/*
 * window.c - fills in --in-flight and --per-tree, and says what they leave empty.
 */
#include "io/cli/window.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/ahead.h"
#include "io/json.h"
#include "policies/crux_policies.h"

enum {
    WINDOW_PER_TREE_MOST = 16384,
    WINDOW_SHARE = 8, /* of mcts; see window.h */
    WINDOW_SMALL_SHARE = 3,
    WINDOW_SMALL = 16,
    WINDOW_ISSUED = 4, /* places for each call where the oldest is waited for (DESIGN.md) */
    WINDOW_FAR = 4     /* calls for a slot that are many */
};

/* --- what is decided ---------------------------------------------------------------------- */

static uint64_t window_least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t window_most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t window_budget(const struct crux_setup *setup)
{
    return setup->calls > 0 ? setup->calls : setup->simulations;
}

static uint64_t window_borne(const struct crux_setup *setup)
{
    uint64_t budget = window_budget(setup);

    if (setup->strategy != CRUX_MCTS)
        return budget;
    return window_most(budget / WINDOW_SHARE,
                       window_least(budget / WINDOW_SMALL_SHARE, WINDOW_SMALL));
}

uint32_t window_of(const struct crux_setup *setup, uint64_t problems)
{
    uint64_t places = ahead_of(setup->in_flight), each;

    if (problems == 0)
        return setup->per_tree;
    if (setup->order == CRUX_ORDER_ISSUED)
        places *= WINDOW_ISSUED;
    each = window_least((places + problems - 1) / problems, window_borne(setup));
    return (uint32_t)window_least(window_most(each, setup->per_tree), WINDOW_PER_TREE_MOST);
}

/* What a search by levels has at a level. */
static uint32_t window_level(const struct crux_setup *setup)
{
    switch (setup->strategy) {
    case CRUX_PLAN:
    case CRUX_RAG:
        return 1;
    case CRUX_BEAM:
        return setup->beam;
    case CRUX_PARTICLES:
        return setup->particles;
    default:
        return UINT32_MAX;
    }
}

uint32_t window_width(const struct crux_setup *setup)
{
    return (uint32_t)window_least(setup->per_tree, window_level(setup));
}

/* --- what is known -------------------------------------------------------------------------- */

struct window_recorded {
    bool begun;
    uint32_t per_tree, in_flight; /* 0: not recorded */
};

static uint32_t window_number(const char *object, const char *key, uint32_t most)
{
    struct json *json = NULL;
    int64_t number = 0;

    if (json_parse(&json, object, strlen(object), NULL) == CRUX_OK)
        number = json_as_integer(json_get(json, key));
    json_free(json);
    return number > 0 && number <= most ? (uint32_t)number : 0;
}

/* What the run in the store at this path was begun with, if there is one. */
static int window_recall(struct window_recorded *out, const char *path, struct crux_error *error)
{
    struct crux_store *store = NULL;
    struct crux_summary summary;
    bool begun = false;
    int status;

    if (path == NULL || out->begun || access(path, F_OK) != 0)
        return CRUX_OK;
    status = crux_store_begun(path, &begun, error);
    if (status != CRUX_OK || !begun)
        return status;
    status = crux_store_open(&store, path, false, error);
    if (status == CRUX_OK)
        status = crux_store_summary(store, &summary, error);
    if (status == CRUX_OK) {
        out->begun = true;
        out->per_tree = window_number(summary.configuration, "per-tree", WINDOW_PER_TREE_MOST);
        out->in_flight = window_number(summary.settings, "in-flight", OPTIONS_IN_FLIGHT_MOST);
    }
    crux_store_close(store);
    return status;
}

int window_recall_in_flight(struct options *options, const char *path, struct crux_error *error)
{
    struct window_recorded recorded = {.begun = false};
    int status = window_recall(&recorded, path, error);

    if (recorded.in_flight > 0 && !options_given(options, "in-flight"))
        options->setup.in_flight = recorded.in_flight;
    return status;
}

/* --- what is said --------------------------------------------------------------------------- */

static void window_say_few(const struct crux_setup *setup, uint64_t problems)
{
    uint64_t each = window_width(setup), all = each * problems;
    bool level = each < setup->per_tree;

    if (problems == 0 || all >= setup->in_flight)
        return;
    (void)fprintf(stderr,
                  "crux: %" PRIu64 " problem%s of at most %" PRIu64 " calls at a time each keep%s "
                  "at most %" PRIu64 " of %" PRIu32 " in flight; %s\n",
                  problems, problems == 1 ? "" : "s", each, problems == 1 ? "s" : "", all,
                  setup->in_flight,
                  level ? "its next calls follow from these, so only more problems fill the rest"
                        : "more problems fill the rest, or a larger --per-tree, with which a "
                          "search follows what it has found less closely");
}

static void window_say_slots(const struct crux_setup *setup, uint64_t slots)
{
    if (slots > 0 && setup->in_flight < slots)
        (void)fprintf(stderr,
                      "crux: the server has %" PRIu64 " slots, and --in-flight %" PRIu32
                      " leaves some of them empty\n",
                      slots, setup->in_flight);
    else if (slots > 0 && setup->in_flight > WINDOW_FAR * slots)
        (void)fprintf(stderr,
                      "crux: the server has %" PRIu64 " slots: of --in-flight %" PRIu32
                      " most calls wait there, and may come to be late; --in-flight %" PRIu64
                      " keeps it as busy\n",
                      slots, setup->in_flight, slots);
}

/* --- the whole ------------------------------------------------------------------------------ */

static void window_fill(struct options *options, const struct window_recorded *recorded,
                        uint64_t problems)
{
    struct crux_setup *setup = &options->setup;

    if (!options_given(options, "in-flight") && recorded->in_flight > 0)
        setup->in_flight = recorded->in_flight;
    if (options_given(options, "per-tree"))
        return;
    if (recorded->per_tree > 0)
        setup->per_tree = recorded->per_tree;
    else if (options->shard.count == 0 && session_asks_servers(options))
        setup->per_tree = window_of(setup, problems);
}

/* Both of what the user has not given, by what was begun and what servers tell. */
static int window_usual(struct options *options, uint64_t problems, struct crux_error *error)
{
    struct window_recorded recorded = {.begun = false};
    uint64_t slots = session_slots(options);
    int status = window_recall(&recorded, options->store, error);
    bool known = recorded.begun || slots > 0 || options_given(options, "in-flight");

    if (status == CRUX_OK)
        status = window_recall(&recorded, options->paid.replay, error);
    if (status != CRUX_OK)
        return status;
    window_fill(options, &recorded, problems);
    if (options->quiet || options->paid.replay != NULL)
        return CRUX_OK;
    window_say_slots(&options->setup, slots);
    if (known)
        window_say_few(&options->setup, problems);
    return CRUX_OK;
}

int window_open(struct session *session, struct options *options,
                const struct crux_problems *problems, struct crux_error *error)
{
    int status = session_open(session, options, error);

    if (status != CRUX_OK || (!session_asks_servers(options) && options->paid.replay == NULL))
        return status;
    status = window_usual(options, problems->count, error);
    session->setup.in_flight = options->setup.in_flight;
    session->setup.per_tree = options->setup.per_tree;
    return status;
}
