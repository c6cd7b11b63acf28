/*
 * bill.c - what requests cost: tokens times prices, rounded up.
 */
#include "io/served/bill.h"

#include <string.h>

/* Rounded up. The price of a million is at most SERVED_PRICE_MOST; more tokens than any model
 * ever gave are worst cases, and cost more than any limit. */
static int64_t price_of(uint64_t tokens, int64_t per_million)
{
    int64_t million = 1000000, rest = (int64_t)(tokens % 1000000);

    if (tokens > UINT32_MAX)
        return INT64_MAX / 8;
    return (int64_t)(tokens / 1000000) * per_million + rest * (per_million / million) +
           (rest * (per_million % million) + million - 1) / million;
}

static int64_t price_of_usage(const struct served *served, const struct served_usage *usage)
{
    const struct served_prices *prices = &served->prices;
    uint32_t cached = usage->cached < usage->prompt ? usage->cached : usage->prompt;

    return price_of(usage->prompt - cached, prices->prompt) + price_of(cached, prices->cached) +
           price_of(usage->completion, prices->completion);
}

struct account_sum served_bill_worst(const struct served *served,
                                     const struct served_question *question, uint32_t count)
{
    const struct served_prices *prices = &served->prices;
    struct account_sum worst = {.calls = 1,
                                .prompt = question->prompt_most,
                                .completion = (uint64_t)question->completion_most * count};

    worst.price =
        price_of(worst.prompt, prices->prompt) + price_of(worst.completion, prices->completion);
    return worst;
}

struct account_sum served_bill_usage(const struct served *served, const struct served_usage *usage)
{
    return (struct account_sum){.calls = 1,
                                .prompt = usage->prompt,
                                .cached = usage->cached,
                                .completion = usage->completion,
                                .reasoning = usage->reasoning,
                                .price = price_of_usage(served, usage)};
}

struct account_sum served_bill_rest(const struct served *served,
                                    const struct served_reading *reading,
                                    const struct account_sum *worst, const struct account_sum *sum)
{
    const struct served_prices *prices = &served->prices;
    struct account_sum rest = {.calls = 0};

    if (reading->has_usage)
        return rest;
    rest.completion = worst->completion > sum->completion ? worst->completion - sum->completion : 0;
    rest.price = worst->price > sum->price ? worst->price - sum->price : 0;
    if (reading->usage.prompt > 0)
        rest.price = price_of(rest.completion, prices->completion);
    else
        rest.prompt = worst->prompt > sum->prompt ? worst->prompt - sum->prompt : 0;
    return rest;
}

struct account_sum served_bill_both(struct account_sum sum, const struct account_sum *rest)
{
    sum.prompt += rest->prompt;
    sum.completion += rest->completion;
    sum.price += rest->price;
    return sum;
}

struct account_sum served_bill_rows(const struct ledger_row *rows, uint32_t count)
{
    struct account_sum sum = {.calls = 1, .samples = count};

    for (uint32_t i = 0; i < count; i++) {
        const struct ledger_row *row = &rows[i];

        sum.prompt += row->prompt;
        sum.cached += row->cached;
        sum.completion += row->completion;
        sum.reasoning += row->reasoning;
        sum.price += row->price;
    }
    return sum;
}

void served_bill_write(const struct served *served, const struct served_choice *choices,
                       const unsigned char *keys, size_t apart, struct ledger_row *rows,
                       uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct served_choice *choice = &choices[i];
        struct ledger_row *row = &rows[i];

        memcpy(row->key, keys + i * apart, sizeof row->key);
        row->text = choice->text;
        row->length = choice->length;
        row->prompt = choice->usage.prompt;
        row->cached = choice->usage.cached;
        row->completion = choice->usage.completion;
        row->reasoning = choice->usage.reasoning;
        row->price = choice->price + price_of_usage(served, &choice->usage);
        row->first = i == 0;
    }
}
