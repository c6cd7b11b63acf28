/*
 * unpaired.c - counts of problems without pairs, as a line and as an object.
 */
#include "io/cli/unpaired.h"

#include <inttypes.h>
#include <string.h>

/* A store of an earlier program does not say why. */
static const char *unpaired_why(int why)
{
    return why == CRUX_PAIRED ? "not recorded" : crux_unpaired_name((enum crux_unpaired)why);
}

void unpaired_print(FILE *out, const char *before, const struct crux_summary *summary)
{
    const char *between = before;

    for (int i = 0; i < CRUX_UNPAIREDS; i++)
        if (summary->unpaired[i] > 0) {
            (void)fprintf(out, "%s %" PRIu64 " (%s)", between, summary->unpaired[i],
                          unpaired_why(i));
            between = ",";
        }
    if (between != before)
        (void)fputc('\n', out);
}

/* By name, with '_' for a blank. */
struct json *unpaired_json(const struct crux_summary *summary)
{
    struct json *object = json_new_object();

    for (int i = 0; i < CRUX_UNPAIREDS; i++) {
        char key[32];

        (void)snprintf(key, sizeof key, "%s", unpaired_why(i));
        for (char *blank = key; (blank = strchr(blank, ' ')) != NULL;)
            *blank = '_';
        json_put_count(object, key, summary->unpaired[i]);
    }
    return object;
}
