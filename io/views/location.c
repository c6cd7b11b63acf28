/*
 * location.c - writes what a record's location says, and its probes.
 */
#include "io/views/location.h"

#define LOCATION_COLUMN(name, value)                                                               \
    void name(struct json_row *out, const void *row, const void *item)                             \
    {                                                                                              \
        const struct record *record = row;                                                         \
                                                                                                   \
        (void)item;                                                                                \
        value;                                                                                     \
    }

#define LOCATION_PROBE_COLUMN(name, value)                                                         \
    void name(struct json_row *out, const void *row, const void *item)                             \
    {                                                                                              \
        const struct learnt_probe *probe = item;                                                   \
                                                                                                   \
        (void)row;                                                                                 \
        value;                                                                                     \
    }

/* One end of the steps among which the first wrong one is. */
static int64_t location_end(const struct record *record, int64_t end)
{
    return record_is_located(record) ? record->location.step : end;
}

LOCATION_COLUMN(location_from, json_row_integer(out, location_end(record, record->location.from)))
LOCATION_COLUMN(location_to, json_row_integer(out, location_end(record, record->location.to)))
LOCATION_COLUMN(location_why, view_text(out, record->location.why))
LOCATION_COLUMN(location_maker, view_text(out, record->locator))

const void *location_next_probe(const void *row, const void *around, const void *item)
{
    const struct learnt_location *location = &((const struct record *)row)->location;
    const struct learnt_probe *next =
        item == NULL ? location->probes : (const struct learnt_probe *)item + 1;

    (void)around;
    return location->probe_count == 0 || next == location->probes + location->probe_count ? NULL
                                                                                          : next;
}

LOCATION_PROBE_COLUMN(location_probe_completer, json_row_integer(out, probe->completer))
LOCATION_PROBE_COLUMN(location_probe_prefix, json_row_integer(out, probe->prefix))
LOCATION_PROBE_COLUMN(location_probe_right, json_row_integer(out, probe->right))
LOCATION_PROBE_COLUMN(location_probe_of, json_row_integer(out, probe->of))
LOCATION_PROBE_COLUMN(location_probe_from_tree, json_row_integer(out, probe->from_tree))
LOCATION_PROBE_COLUMN(location_probe_low, json_row_real(out, probe->low))
LOCATION_PROBE_COLUMN(location_probe_high, json_row_real(out, probe->high))
