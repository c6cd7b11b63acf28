/*
 * paid.c - ledger, account and backend, opened in this order and closed in the other.
 *
 * The backend's name is part of every key, and there is one: a run that goes on, or is done again,
 * must find under it what was paid before.
 */
#include "io/cli/paid.h"

#include <string.h>

#include "io/cli/model.h"

#define BACKEND "chat"

static int open_ledger(struct paid *paid, const struct options *options, struct crux_store *store,
                       struct crux_error *error)
{
    if (options->paid.replay != NULL)
        return ledger_replay(&paid->ledger, options->paid.replay, error);
    return ledger_open(&paid->ledger, store, error);
}

int paid_open(struct paid *paid, const struct options *options, struct crux_store *store,
              struct crux_error *error)
{
    const struct account_limits limits = {
        .calls = options->setup.limit_calls,
        .tokens = options->paid.limit_tokens,
        .price = options->paid.limit_price,
    };
    struct ledger_past past;
    int status;

    *paid = (struct paid){.ledger = NULL};
    status = open_ledger(paid, options, store, error);
    if (status == CRUX_OK)
        status = account_open(&paid->account, &limits, error);
    if (status != CRUX_OK) {
        paid_close(paid);
        return status;
    }
    ledger_past(paid->ledger, &past);
    if (!ledger_replays(paid->ledger))
        account_resume(paid->account, &past.paid);
    return CRUX_OK;
}

void paid_close(struct paid *paid)
{
    served_close(paid->served);
    ledger_close(paid->ledger);
    account_close(paid->account);
    *paid = (struct paid){.ledger = NULL};
}

/* --- the backend --------------------------------------------------------------------- */

static struct served_prices prices_of(const struct options *options)
{
    const struct options_backend *chat = &options->backends[0];
    bool own = options_backend_given(options, chat, "price-cached");

    return (struct served_prices){
        .prompt = chat->price_prompt,
        .cached = own ? chat->price_cached : chat->price_prompt,
        .completion = chat->price_completion,
    };
}

int paid_serve(struct paid *paid, const struct options *options, struct crux_error *error)
{
    struct http_server servers[OPTIONS_LISTED];
    struct served_options served = {
        .name = BACKEND,
        .model = options->backends[0].model,
        .http = http_options_default(),
        .prices = prices_of(options),
        .ledger = paid->ledger,
        .account = paid->account,
    };

    for (size_t i = 0; i < options->backends[0].endpoints.count; i++) {
        const struct crux_endpoint endpoint = model_endpoint(options, i);

        servers[i] = (struct http_server){.url = endpoint.url,
                                          .key_env = endpoint.key_env,
                                          .key_file = endpoint.key_file,
                                          .cacert = endpoint.cacert,
                                          .insecure = endpoint.insecure};
    }
    if (options->backends[0].model == NULL)
        return crux_fail(error, CRUX_INVALID,
                         "policy chat needs --model NAME, or --endpoint URL "
                         "of a server that tells it");
    served.http.servers = servers;
    served.http.server_count = (uint32_t)options->backends[0].endpoints.count;
    served.http.faulty_most = options->backends[0].retries;
    served.http.answer_ns = options->backends[0].answer_ns;
    served.http.retry_after_max_ns = options->backends[0].retry_after_max_ns;
    served.http.in_flight = options->setup.in_flight;
    return served_open(&paid->served, &served, error);
}

/* --- the order of settling --------------------------------------------------------------- */

static int begin_tree(struct crux_settling *self, const struct crux_problem *problem,
                      uint64_t **order, size_t *count, struct crux_error *error)
{
    struct paid *paid = (struct paid *)(void *)self;

    if (ledger_replays(paid->ledger))
        return ledger_order(paid->ledger, problem->ordinal, order, count, error);
    ledger_order_forget(paid->ledger, problem->ordinal);
    return CRUX_OK;
}

static void settled(struct crux_settling *self, const struct crux_problem *problem, uint64_t number)
{
    struct paid *paid = (struct paid *)(void *)self;

    if (!ledger_replays(paid->ledger))
        ledger_order_add(paid->ledger, problem->ordinal, number);
}

int paid_settle(struct paid *paid, struct crux_setup *setup, struct crux_error *error)
{
    if (setup->order != CRUX_ORDER_ARRIVAL)
        return CRUX_OK;
    if (setup->lanes == 1) {
        paid->settling = (struct crux_settling){begin_tree, settled};
        setup->settling = &paid->settling;
        return CRUX_OK;
    }
    if (!ledger_replays(paid->ledger))
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID,
                     "--replay cannot follow trees that several workers have shared in order of "
                     "arrival: --workers-per-tree above 1 has no order that is kept");
}

/* --- the end of a run ------------------------------------------------------------------- */

static void stop(void *search)
{
    crux_stop(search);
}

void paid_watch(struct paid *paid, struct crux_search *search)
{
    account_on_halt(paid->account, stop, search);
}

int paid_status(struct paid *paid, int status, struct crux_error *error)
{
    int reason = CRUX_OK;

    if (status == CRUX_STOPPED || status == CRUX_OK)
        reason = account_reason(paid->account, error);
    return reason != CRUX_OK ? reason : status;
}

int64_t paid_spent_ns(const struct paid *paid)
{
    struct ledger_past past;

    ledger_past(paid->ledger, &past);
    return ledger_replays(paid->ledger) ? 0 : past.lasted_ns;
}
