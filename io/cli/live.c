/*
 * live.c - parts of a line, of which as many stay as there is room for; and the same as JSON.
 */
#include "io/cli/live.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "io/cli/columns.h"
#include "io/cli/terminal.h"

enum { LIVE_PARTS = 16, LIVE_PART = 112, LIVE_BETWEEN = 2 };

/* In the order of the line; rank says which go first when there is no room: the highest. */
struct live_parts {
    char text[LIVE_PARTS][LIVE_PART];
    unsigned rank[LIVE_PARTS];
    bool joins[LIVE_PARTS]; /* stands behind the part before it, and goes with it */
    size_t count;
};

static void __attribute__((format(printf, 3, 4)))
live_add(struct live_parts *parts, unsigned rank, const char *format, ...)
{
    size_t at = parts->count;
    va_list values;

    assert(at < LIVE_PARTS);
    if (at == LIVE_PARTS)
        return;
    parts->count++;
    parts->rank[at] = rank;
    va_start(values, format);
    (void)vsnprintf(parts->text[at], LIVE_PART, format, values);
    va_end(values);
}

static void live_add_count(struct live_parts *parts, unsigned rank, uint64_t count,
                           const char *before, const char *behind)
{
    if (count > 0)
        live_add(parts, rank, "%s%" PRIu64 "%s", before, count, behind);
}

/* --- ranges ------------------------------------------------------------------------------ */

void live_duration(char *out, size_t size, const struct estimate *left)
{
    const double most = 9e9; /* seconds; more fits no 64 bits of nanoseconds */
    char low[32], high[32];

    (void)snprintf(out, size, "?");
    if (!left->known || !(left->seconds.high < most))
        return;
    terminal_duration((int64_t)(left->seconds.low * 1e9), low, sizeof low);
    terminal_duration((int64_t)(left->seconds.high * 1e9), high, sizeof high);
    if (strcmp(low, high) == 0)
        (void)snprintf(out, size, "%s", low);
    else
        (void)snprintf(out, size, "%s .. %s", low, high);
}

static void live_add_tokens(struct live_parts *parts, unsigned rank,
                            const struct estimate_range *range)
{
    char low[32], high[32];

    terminal_short(range->low, low, sizeof low);
    terminal_short(range->high, high, sizeof high);
    if (strcmp(low, high) == 0)
        live_add(parts, rank, "%s tokens to the end", low);
    else
        live_add(parts, rank, "%s .. %s tokens to the end", low, high);
}

static void live_add_price(struct live_parts *parts, unsigned rank, const struct live *live)
{
    const struct estimate_range *range = &live->left.price;

    if (live->price <= 0)
        return;
    if (!live->left.known)
        live_add(parts, rank, "price %.3g", (double)live->price / 1e9);
    else
        live_add(parts, rank, "price %.3g, %.3g .. %.3g to the end", (double)live->price / 1e9,
                 range->low / 1e9, range->high / 1e9);
}

/* --- the parts --------------------------------------------------------------------------- */

/* " (busy 9, empty 3)" */
static void live_add_reasons(struct live_parts *parts, unsigned rank,
                             const struct served_heard *heard)
{
    char text[LIVE_PART] = "";
    size_t used = 0;

    for (int i = 0; i < SERVED_FAULTS; i++)
        if (heard->faults[i] > 0 && used < sizeof text)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %" PRIu64,
                                     used > 0 ? ", " : " (",
                                     served_fault_name((enum served_fault)i), heard->faults[i]);
    if (used == 0)
        return;
    live_add(parts, rank, "%.100s)", text);
    parts->joins[parts->count - 1] = true;
}

/* " (44 not sent yet)" */
static void live_add_unsent(struct live_parts *parts, unsigned rank, uint64_t unsent)
{
    if (unsent == 0)
        return;
    live_add(parts, rank, " (%" PRIu64 " not sent yet)", unsent);
    parts->joins[parts->count - 1] = true;
}

static void live_add_speed(struct live_parts *parts, unsigned rank, const struct live *live)
{
    char text[32];

    if (live->tokens > 0) {
        terminal_short(live->tokens_a_second, text, sizeof text);
        live_add(parts, rank, "%s tokens/s", text);
    } else if (live->simulations > 0) {
        terminal_short(live->simulations_a_second, text, sizeof text);
        live_add(parts, rank, "%s simulations/s", text);
    }
}

static void live_gather(struct live_parts *parts, const struct live *live)
{
    uint64_t refused = served_heard_faults(&live->heard);
    char duration[72];

    parts->count = 0;
    memset(parts->joins, 0, sizeof parts->joins);
    live_duration(duration, sizeof duration, &live->left);
    live_add(parts, 0, "%" PRIu64 "/%" PRIu64 " %s", live->done, live->problems,
             live->noun != NULL ? live->noun : "problems");
    live_add(parts, 1, "%s left", duration);
    live_add_count(parts, 2, live->calls, "", " calls");
    live_add(parts, 3, "%" PRIu64 " in flight", live->in_flight);
    live_add_unsent(parts, 13, live->unsent);
    live_add_count(parts, 4, live->failed, "", " failed");
    live_add_count(parts, 5, refused, "refused ", "");
    live_add_reasons(parts, 12, &live->heard);
    live_add_speed(parts, 6, live);
    live_add_count(parts, 7, live->pairs, "", " pairs");
    live_add_price(parts, 8, live);
    if (live->heard.restarts > 0)
        live_add(parts, 9, "restarts %" PRIu64 "/%" PRIu64, live->heard.restarts,
                 live->heard.continued);
    live_add_count(parts, 11, live->known, "", " from the ledger");
    if (live->left.known && live->tokens > 0)
        live_add_tokens(parts, 10, &live->left.tokens);
}

/* --- the line ---------------------------------------------------------------------------- */

static size_t live_columns(const struct live_parts *parts, unsigned most)
{
    size_t columns = 0;

    for (size_t i = 0; i < parts->count; i++)
        if (parts->rank[i] <= most)
            columns += (i > 0 && !parts->joins[i] ? LIVE_BETWEEN : 0) + columns_of(parts->text[i]);
    return columns;
}

/* The highest rank for which there is room; that of the first part stays. */
static unsigned live_most(const struct live_parts *parts, size_t width)
{
    unsigned most = LIVE_PARTS;

    while (width > 0 && most > 0 && live_columns(parts, most) > width)
        most--;
    return most;
}

/* At a width that has not even room for the first part that is cut; it is ASCII. */
void live_line(char out[LIVE_LINE], const struct live *live, size_t width)
{
    struct live_parts parts;
    size_t used = 0;
    unsigned most;

    live_gather(&parts, live);
    most = live_most(&parts, width);
    for (size_t i = 0; i < parts.count && used < LIVE_LINE; i++)
        if (parts.rank[i] <= most)
            used += (size_t)snprintf(out + used, LIVE_LINE - used, "%s%s",
                                     i > 0 && !parts.joins[i] ? "  " : "", parts.text[i]);
    if (width > 0 && width < used && width < LIVE_LINE)
        out[width] = '\0';
}

/* --- JSON -------------------------------------------------------------------------------- */

static const struct live_number {
    const char *key;
    size_t offset;
    enum { LIVE_COUNT, LIVE_REAL } kind;
} live_numbers[] = {
    {"done", offsetof(struct live, done), LIVE_COUNT},
    {"problems", offsetof(struct live, problems), LIVE_COUNT},
    {"seconds", offsetof(struct live, seconds), LIVE_REAL},
    {"simulations", offsetof(struct live, simulations), LIVE_COUNT},
    {"calls", offsetof(struct live, calls), LIVE_COUNT},
    {"known", offsetof(struct live, known), LIVE_COUNT},
    {"in_flight", offsetof(struct live, in_flight), LIVE_COUNT},
    {"unsent", offsetof(struct live, unsent), LIVE_COUNT},
    {"failed", offsetof(struct live, failed), LIVE_COUNT},
    {"pairs", offsetof(struct live, pairs), LIVE_COUNT},
    {"tokens", offsetof(struct live, tokens), LIVE_COUNT},
    {"price", offsetof(struct live, price), LIVE_COUNT},
    {"tokens_per_second", offsetof(struct live, tokens_a_second), LIVE_REAL},
    {"simulations_per_second", offsetof(struct live, simulations_a_second), LIVE_REAL},
    {"continued", offsetof(struct live, heard.continued), LIVE_COUNT},
    {"restarts", offsetof(struct live, heard.restarts), LIVE_COUNT},
};

enum { LIVE_NUMBERS = sizeof live_numbers / sizeof *live_numbers };

static const struct live_range {
    const char *key;
    size_t offset;
} live_ranges[] = {{"seconds", offsetof(struct estimate, seconds)},
                   {"calls", offsetof(struct estimate, calls)},
                   {"tokens", offsetof(struct estimate, tokens)},
                   {"price", offsetof(struct estimate, price)}};

enum { LIVE_RANGES = sizeof live_ranges / sizeof *live_ranges };

static struct json *live_left_json(const struct estimate *left)
{
    struct json *object;

    if (!left->known)
        return json_of_null();
    object = json_new_object();
    for (int i = 0; i < LIVE_RANGES; i++) {
        struct estimate_range range;
        struct json *pair = json_new_array();

        memcpy(&range, (const char *)left + live_ranges[i].offset, sizeof range);
        json_add(pair, json_of_real(range.low));
        json_add(pair, json_of_real(range.high));
        json_put(object, live_ranges[i].key, pair);
    }
    return object;
}

struct json *live_json(const struct live *live)
{
    struct json *object = json_new_object(), *refused = json_new_object();

    for (int i = 0; i < LIVE_NUMBERS; i++) {
        const char *field = (const char *)live + live_numbers[i].offset;
        int64_t count;
        double real;

        memcpy(&count, field, sizeof count);
        memcpy(&real, field, sizeof real);
        json_put(object, live_numbers[i].key,
                 live_numbers[i].kind == LIVE_COUNT ? json_of_integer(count) : json_of_real(real));
    }
    for (int i = 0; i < SERVED_FAULTS; i++)
        json_put(refused, served_fault_name((enum served_fault)i),
                 json_of_integer((int64_t)live->heard.faults[i]));
    json_put(object, "refused", refused);
    json_put(object, "left", live_left_json(&live->left));
    return object;
}

/* Nothing below nothing. */
static double live_real(const struct json *value)
{
    double real = json_as_real(value);

    return isfinite(real) && real > 0.0 ? real : 0.0;
}

static void live_left_of_json(struct estimate *out, const struct json *object)
{
    out->known = json_type_of(object) == JSON_IS_OBJECT;
    for (int i = 0; i < LIVE_RANGES; i++) {
        const struct json *pair = json_get(object, live_ranges[i].key);
        const struct estimate_range range = {live_real(json_at(pair, 0)),
                                             live_real(json_at(pair, 1))};

        memcpy((char *)out + live_ranges[i].offset, &range, sizeof range);
    }
}

void live_of_json(struct live *out, const struct json *object)
{
    const struct json *refused = json_get(object, "refused");

    *out = (struct live){.noun = NULL};
    for (int i = 0; i < LIVE_NUMBERS; i++) {
        const struct json *value = json_get(object, live_numbers[i].key);
        char *field = (char *)out + live_numbers[i].offset;
        int64_t count = json_as_integer(value);
        double real = live_real(value);

        count = count > 0 ? count : 0;
        if (live_numbers[i].kind == LIVE_COUNT)
            memcpy(field, &count, sizeof count);
        else
            memcpy(field, &real, sizeof real);
    }
    for (int i = 0; i < SERVED_FAULTS; i++) {
        int64_t count = json_as_integer(json_get(refused, served_fault_name((enum served_fault)i)));

        out->heard.faults[i] = count > 0 ? (uint64_t)count : 0;
    }
    live_left_of_json(&out->left, json_get(object, "left"));
}
