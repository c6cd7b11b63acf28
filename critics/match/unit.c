/*
 * unit.c - the table of units, a row for each.
 *
 * Only what converts exactly, or never, is here: an angle of 180 degrees is not written
 * as pi radians, and temperatures have no common zero.
 */
#include "critics/match/unit.h"

#include <string.h>

static const struct match_unit units[] = {
    {"micrometer", "micrometer micrometre micron um", "length", {1, 1000}},
    {"mm", "mm millimeter millimetre", "length", {1, 1}},
    {"cm", "cm centimeter centimetre", "length", {10, 1}},
    {"m", "m meter metre", "length", {1000, 1}},
    {"dm", "dm decimeter decimetre", "length", {100, 1}},
    {"km", "km kilometer kilometre", "length", {1000000, 1}},
    {"inch", "inch inches in", "length", {127, 5}},
    {"foot", "foot feet ft", "length", {1524, 5}},
    {"yard", "yard yd", "length", {4572, 5}},
    {"mile", "mile mi", "length", {1609344, 1}},
    {"mg", "mg milligram", "mass", {1, 1}},
    {"g", "g gram", "mass", {1000, 1}},
    {"kg", "kg kilogram kilo", "mass", {1000000, 1}},
    {"ounce", "ounce oz", "weight", {1, 1}},
    {"pound", "pound lb lbs", "weight", {16, 1}},
    {"second", "second s sec", "time", {1, 1}},
    {"minute", "minute min", "time", {60, 1}},
    {"hour", "hour h hr hrs", "time", {3600, 1}},
    {"day", "day", "time", {86400, 1}},
    {"week", "week", "time", {604800, 1}},
    {"month", "month", "calendar", {1, 1}},
    {"year", "year yr", "calendar", {12, 1}},
    {"ml", "ml milliliter millilitre", "volume", {1, 1}},
    {"liter", "liter litre l L", "volume", {1000, 1}},
    {"cup", "cup", "measure", {1, 1}},
    {"pint", "pint pt", "measure", {2, 1}},
    {"quart", "quart qt", "measure", {4, 1}},
    {"gallon", "gallon gal", "measure", {16, 1}},
    {"cent", "cent", "dollars", {1, 1}},
    {"dollar", "dollar usd", "dollars", {100, 1}},
    {"euro", "euro eur", "euros", {1, 1}},
    {"gbp", "gbp", "sterling", {1, 1}},
    {"yen", "yen jpy", "yen", {1, 1}},
    {"rupee", "rupee inr", "rupees", {1, 1}},
    {"degree", "degree deg", "angle", {1, 1}},
    {"celsius", "celsius", "celsius", {1, 1}},
    {"fahrenheit", "fahrenheit", "fahrenheit", {1, 1}},
    {"radian", "radian rad", "radians", {1, 1}},
    {"joule", "joule J", "energy", {1, 1}},
    {"kilojoule", "kilojoule kj", "energy", {1000, 1}},
    {"newton", "newton N", "force", {1, 1}},
    {"watt", "watt W", "power", {1, 1}},
    {"kilowatt", "kilowatt kw", "power", {1000, 1}},
    {"ohm", "ohm Omega", "resistance", {1, 1}},
    {"mole", "mole mol", "substance", {1, 1}},
    {"mile/hour", "mph", "mile/hour", {1, 1}},
    {"km/hour", "kph kmh", "km/hour", {1, 1}},
};

#define UNITS (sizeof units / sizeof *units)

static bool unit_spells(const char *spellings, const char *word, size_t length)
{
    while (*spellings != '\0') {
        size_t end = strcspn(spellings, " ");

        if (end == length && memcmp(spellings, word, length) == 0)
            return true;
        spellings += end + (spellings[end] == ' ');
    }
    return false;
}

static const struct match_unit *unit_find(const char *word, size_t length)
{
    for (size_t i = 0; i < UNITS; i++)
        if (unit_spells(units[i].spellings, word, length))
            return &units[i];
    return NULL;
}

const struct match_unit *match_unit_find(const char *spelling)
{
    size_t length = strlen(spelling);
    const struct match_unit *unit = unit_find(spelling, length);

    if (unit == NULL && length > 3 && spelling[length - 1] == 's')
        unit = unit_find(spelling, length - 1);
    return unit;
}

const struct match_unit *match_unit_next(const char *dimension, const struct match_unit *after)
{
    for (size_t i = after == NULL ? 0 : (size_t)(after - units) + 1; i < UNITS; i++)
        if (strcmp(units[i].dimension, dimension) == 0)
            return &units[i];
    return NULL;
}

/* --- whole units --------------------------------------------------------------------------- */

static bool add_unit_part(struct match_measure *measure, const char *dimension, int power)
{
    for (uint32_t i = 0; i < measure->count; i++)
        if (strcmp(measure->parts[i].dimension, dimension) == 0) {
            measure->parts[i].power += power;
            return true;
        }
    if (measure->count == sizeof measure->parts / sizeof *measure->parts)
        return false;
    measure->parts[measure->count].dimension = dimension;
    measure->parts[measure->count++].power = power;
    return true;
}

/* One unit with its power; a volume is a length cubed, whose smallest unit is a thousandth. */
static bool add_unit(struct match_measure *measure, const struct match_unit *unit, int power)
{
    bool volume = strcmp(unit->dimension, "volume") == 0;
    struct match_number worth =
        match_compute(match_integer(unit->worth.over), '/', match_integer(unit->worth.under));

    if (volume)
        worth = match_compute(worth, '*', match_integer(1000));
    worth = match_compute(worth, '^', match_integer(power));
    measure->worth = match_compute(measure->worth, '*', worth);
    return add_unit_part(measure, volume ? "length" : unit->dimension,
                         volume ? 3 * power : power) &&
           measure->worth.worth == MATCH_EXACT;
}

/* mph is km/h in another guise: what its name says. */
static bool is_compound(const struct match_unit *unit)
{
    return strchr(unit->name, '/') != NULL;
}

bool match_unit_measure(const char *unit, struct match_measure *out)
{
    int sign = 1;

    *out = (struct match_measure){.worth = match_integer(1)};
    while (*unit != '\0') {
        size_t end = strcspn(unit, "/"), length = strcspn(unit, "/^");
        const struct match_unit *known = unit_find(unit, length);
        int power = length < end ? unit[length + 1] - '0' : 1;

        if (known == NULL || (length < end && length + 2 != end) || power < 1 || power > 9)
            return false;
        if (is_compound(known) ? power != 1 || sign != 1 || !match_unit_measure(known->name, out)
                               : !add_unit(out, known, sign * power))
            return false;
        sign = -1;
        unit += end + (unit[end] == '/');
    }
    return out->count > 0;
}

static bool has_parts(const struct match_measure *a, const struct match_measure *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        int power = 0;

        for (uint32_t j = 0; j < b->count; j++)
            if (strcmp(a->parts[i].dimension, b->parts[j].dimension) == 0)
                power = b->parts[j].power;
        if (power != a->parts[i].power)
            return false;
    }
    return true;
}

bool match_unit_same_kind(const struct match_measure *a, const struct match_measure *b)
{
    return has_parts(a, b) && has_parts(b, a);
}

void match_singular(char *word)
{
    size_t length = strlen(word);

    if (length > 3 && word[length - 1] == 's' && word[length - 2] != 's')
        word[length - 1] = '\0';
}
