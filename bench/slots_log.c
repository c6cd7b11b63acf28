/*
 * slots_log.c - reads a model server's log. Every visit becomes two events, and one walk over
 * them in order of time finds the window and what filled it.
 */
#include "bench/slots_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"

/* A line of the log. */
struct visit {
    unsigned char key[LEDGER_KEY];
    int64_t start_ns, end_ns; /* start 0: it was never given slots */
    uint32_t width;
    bool answered, kept;
};

struct event {
    int64_t at_ns;
    int64_t taken, filled; /* by how much these change */
};

struct visits {
    struct visit *items;
    size_t count, room;
};

/* --- reading ------------------------------------------------------------------------------ */

static int nibble(char hex)
{
    const char *digits = "0123456789abcdef", *place = hex != '\0' ? strchr(digits, hex) : NULL;

    return place != NULL ? (int)(place - digits) : -1;
}

static bool slots_log_read_key(unsigned char key[LEDGER_KEY], const char *hex)
{
    if (hex == NULL || strlen(hex) != 2 * (size_t)LEDGER_KEY)
        return false;
    for (size_t i = 0; i < LEDGER_KEY; i++) {
        int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        key[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

static int read_visit(struct visit *out, const char *line, struct crux_error *error)
{
    struct json *row = NULL;
    int status = json_parse(&row, line, strlen(line), error);

    if (status != CRUX_OK)
        return status;
    *out = (struct visit){
        .start_ns = json_as_integer(json_get(row, "start")),
        .end_ns = json_as_integer(json_get(row, "end")),
        .width = (uint32_t)json_as_integer(json_get(row, "n")),
        .answered = json_as_integer(json_get(row, "status")) == 200,
    };
    if (!slots_log_read_key(out->key, json_as_string(json_get(row, "key"))))
        status =
            crux_fail(error, CRUX_STORE, "a key that is not %d hexadecimal digits", 2 * LEDGER_KEY);
    json_free(row);
    return status;
}

/* A new visit, zeroed; NULL: no memory. */
static struct visit *bench_slots_log_add(struct visits *visits)
{
    if (visits->count == visits->room) {
        size_t room = visits->room > 0 ? 2 * visits->room : 4096;
        struct visit *items = realloc(visits->items, room * sizeof *items);

        if (items == NULL)
            return NULL;
        visits->items = items;
        visits->room = room;
    }
    return &visits->items[visits->count++];
}

static int read_lines(struct visits *visits, FILE *log, const char *path, struct crux_error *error)
{
    char *line = NULL;
    size_t room = 0;
    int status = CRUX_OK;

    while (status == CRUX_OK && getline(&line, &room, log) >= 0) {
        struct visit *visit = bench_slots_log_add(visits);
        struct crux_error why;

        if (visit == NULL)
            status = crux_fail(error, CRUX_MEMORY, "no memory for the server's log");
        else if (read_visit(visit, line, &why) != CRUX_OK)
            status =
                crux_fail(error, CRUX_STORE, "%.200s:%zu: %.200s", path, visits->count, why.text);
    }
    free(line);
    return status;
}

static int bench_slots_log_read_log(struct visits *visits, const char *path,
                                    struct crux_error *error)
{
    FILE *log = fopen(path, "re");
    int status;

    if (log == NULL)
        return crux_fail(error, CRUX_STORE, "%.300s: %s", path, strerror(errno));
    status = read_lines(visits, log, path, error);
    (void)fclose(log);
    return status;
}

/* --- counting ----------------------------------------------------------------------------- */

static int bench_slots_log_by_key(const void *a, const void *b)
{
    return memcmp(((const struct visit *)a)->key, ((const struct visit *)b)->key, LEDGER_KEY);
}

static void count(struct bench_slots_log *out, struct visits *visits, struct ledger *ledger)
{
    qsort(visits->items, visits->count, sizeof *visits->items, bench_slots_log_by_key);
    out->requests = visits->count;
    for (size_t i = 0; i < visits->count; i++) {
        struct visit *visit = &visits->items[i];

        visit->kept = visit->answered && ledger_knows(ledger, visit->key);
        out->answered += visit->answered;
        out->samples += visit->answered ? visit->width : 0;
        out->lost += visit->answered && !visit->kept;
        out->twice += i > 0 && bench_slots_log_by_key(visit, visit - 1) == 0;
    }
}

/* --- the window --------------------------------------------------------------------------- */

/* At the same moment slots are given back before others are taken: no more are taken than exist. */
static int by_time(const void *a, const void *b)
{
    const struct event *x = a, *y = b;

    if (x->at_ns != y->at_ns)
        return x->at_ns < y->at_ns ? -1 : 1;
    return (x->taken > y->taken) - (x->taken < y->taken);
}

static size_t make_events(struct event *events, const struct visits *visits)
{
    size_t made = 0;

    for (size_t i = 0; i < visits->count; i++) {
        const struct visit *visit = &visits->items[i];
        int64_t width = visit->width, good = visit->kept ? width : 0;

        if (visit->start_ns == 0)
            continue;
        events[made++] = (struct event){visit->start_ns, width, good};
        events[made++] = (struct event){visit->end_ns, -width, -good};
    }
    return made;
}

static int64_t window_begins(struct bench_slots_log *out, const struct event *events, size_t count,
                             uint32_t slots)
{
    int64_t taken = 0;

    for (size_t i = 0; i < count; i++) {
        taken += events[i].taken;
        if (taken >= slots) {
            out->full = true;
            return events[i].at_ns;
        }
    }
    return count > 0 ? events[0].at_ns : 0;
}

static double clipped(int64_t from_ns, int64_t until_ns, int64_t least, int64_t most)
{
    int64_t from = from_ns > least ? from_ns : least, until = until_ns < most ? until_ns : most;

    return until > from ? (double)(until - from) : 0.0;
}

static void bench_slots_log_measure(struct bench_slots_log *out, const struct event *events,
                                    size_t count, uint32_t slots, int64_t until_ns)
{
    int64_t from_ns = window_begins(out, events, count, slots), filled = 0;
    double sum = 0.0, window = (double)(until_ns - from_ns);

    for (size_t i = 0; i < count; i++) {
        filled += events[i].filled;
        if (i + 1 < count)
            sum +=
                (double)filled * clipped(events[i].at_ns, events[i + 1].at_ns, from_ns, until_ns);
    }
    if (window <= 0.0) { /* the slots were full too late to count */
        out->full = false;
        return;
    }
    out->seconds = window / 1e9;
    out->fill = sum / (window * slots);
}

int bench_slots_log_read(struct bench_slots_log *out, const char *path, uint32_t slots,
                         int64_t until_ns, struct ledger *ledger, struct crux_error *error)
{
    struct visits visits = {NULL, 0, 0};
    struct event *events = NULL;
    int status = bench_slots_log_read_log(&visits, path, error);
    size_t made;

    if (status != CRUX_OK)
        goto done;
    events = calloc(2 * visits.count + 1, sizeof *events);
    if (events == NULL) {
        status = crux_fail(error, CRUX_MEMORY, "no memory for the server's log");
        goto done;
    }
    *out = (struct bench_slots_log){.requests = 0};
    count(out, &visits, ledger);
    made = make_events(events, &visits);
    qsort(events, made, sizeof *events, by_time);
    bench_slots_log_measure(out, events, made, slots, until_ns);
done:
    free(events);
    free(visits.items);
    return status;
}
