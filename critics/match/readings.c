/*
 * readings.c - goes through the ways in which two sides may be read.
 */
#include "critics/match/readings.h"

#include <string.h>

#define READINGS 8u

struct match_place match_readings_at_a(const struct match_readings *points, uint32_t number)
{
    struct match_place place = points->place;

    place.number = number;
    return place;
}

struct match_place match_readings_at_b(const struct match_readings *points, uint32_t number)
{
    struct match_place place = match_readings_at_a(points, number);

    place.from = NULL;
    return place;
}

/* The names of one that the other has not. */
struct match_expression match_readings_only_in(const struct match_expression *one,
                                               const struct match_expression *other)
{
    struct match_expression only = {.count = 0};

    for (uint32_t i = 0; i < one->count; i++)
        if (!match_expression_has(other, one->names[i]))
            memcpy(only.names[only.count++], one->names[i], sizeof one->names[i]);
    return only;
}

void match_readings_look(struct match_expression *found, const struct match_side *side)
{
    match_expression_look(found, side->form, side->node);
    if (side->less != 0)
        match_expression_look(found, side->form, side->less);
    if (side->label != NULL && !match_expression_has(found, side->label)) {
        found->unreadable |=
            found->count == MATCH_VARIABLES || strlen(side->label) >= MATCH_NAME_ROOM;
        if (!found->unreadable)
            strcpy(found->names[found->count++], side->label);
    }
}

/* What a way to compare says in all readings, or UNKNOWN. */
enum match match_readings_all(struct match_readings *points,
                              enum match (*compare)(const struct match_readings *))
{
    uint64_t functions =
        (points->in_a.called | points->in_b.called) & ~(points->in_a.plain | points->in_b.plain);
    uint32_t open = (points->in_a.doubtful || points->in_b.doubtful ? MATCH_DIVIDED : 0) |
                    (functions != 0 ? MATCH_CALLED : 0) |
                    (points->in_a.bare_log || points->in_b.bare_log ? MATCH_COMMON_LOG : 0);
    enum match all = MATCH_UNKNOWN;

    points->place.functions = functions;
    for (uint32_t reading = 0; reading < READINGS; reading++) {
        enum match match;

        if ((reading & ~open) != 0)
            continue;
        points->place.reading = reading;
        match = compare(points);
        if (match == MATCH_UNKNOWN || (reading != 0 && match != all))
            return MATCH_UNKNOWN;
        all = match;
    }
    return all;
}

bool match_readings_same_names(const struct match_readings *points)
{
    return match_readings_only_in(&points->in_a, &points->in_b).count == 0 &&
           match_readings_only_in(&points->in_b, &points->in_a).count == 0;
}
