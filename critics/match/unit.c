/*
 * unit.c - the table of units, a row for each.
 *
 * Only what converts exactly, or never, is here: an angle of 180 degrees is not written
 * as pi radians, and temperatures have no common zero.
 */
#include "critics/match/unit.h"

#include <string.h>

static const struct match_unit units[] = {
    {"mm", "mm millimeter millimetre", "length", {1, 1}},
    {"cm", "cm centimeter centimetre", "length", {10, 1}},
    {"m", "m meter metre", "length", {1000, 1}},
    {"km", "km kilometer kilometre", "length", {1000000, 1}},
    {"inch", "inch inches", "length", {127, 5}},
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
    {"mile/hour", "mph", "mile/hour", {1, 1}},
    {"km/hour", "kph kmh", "km/hour", {1, 1}},
};

#define UNITS (sizeof units / sizeof *units)

static bool spells(const char *spellings, const char *word, size_t length)
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
        if (spells(units[i].spellings, word, length))
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

void match_singular(char *word)
{
    size_t length = strlen(word);

    if (length > 3 && word[length - 1] == 's' && word[length - 2] != 's')
        word[length - 1] = '\0';
}
