/*
 * suggest.c - finds the known word that is nearest to a mistyped one.
 *
 * Nearness is Levenshtein's: letters to put in, take out or change. One row of the
 * usual table is enough, and words longer than the row are no typing errors.
 */
#include "io/cli/options/suggest.h"

#include <string.h>

enum { LONGEST = 40, FARTHEST = 3 };

static unsigned least_of(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned distance(const char *a, const char *b)
{
    unsigned row[LONGEST + 1];
    size_t width = strlen(b);

    for (unsigned i = 0; i <= width; i++)
        row[i] = i;
    for (unsigned i = 1; a[i - 1] != '\0'; i++) {
        unsigned corner = i - 1;

        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            unsigned above = row[j];
            unsigned changed = corner + (a[i - 1] != b[j - 1]);

            row[j] = least_of(changed, least_of(above, row[j - 1]) + 1);
            corner = above;
        }
    }
    return row[width];
}

void suggest_offer(struct suggest *suggest, const char *candidate)
{
    size_t length = strlen(candidate);
    unsigned found;

    if (length > LONGEST || strlen(suggest->word) > LONGEST)
        return;
    found = distance(suggest->word, candidate);
    if (found > FARTHEST || 2 * found >= length + 1)
        return;
    if (suggest->best != NULL && found >= suggest->distance)
        return;
    suggest->best = candidate;
    suggest->distance = found;
}
