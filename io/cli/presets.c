/*
 * presets.c - finds and lists the presets that ship.
 */
#include "io/cli/presets.h"

#include <string.h>

const struct preset *presets_find(const char *name, struct crux_error *error)
{
    char names[256] = "";
    size_t used = 0;

    for (const struct preset *preset = presets_all; preset->name != NULL; preset++) {
        if (strcmp(preset->name, name) == 0)
            return preset;
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? ", " : "",
                                 preset->name);
        used = used < sizeof names ? used : sizeof names - 1;
    }
    (void)crux_fail(error, CRUX_INVALID, "there is no preset '%.60s'; there are: %s", name, names);
    return NULL;
}

/* The first line, without the mark of a comment. */
void presets_list(FILE *out)
{
    for (const struct preset *preset = presets_all; preset->name != NULL; preset++) {
        const char *line = preset->text + strspn(preset->text, "# ");

        (void)fprintf(out, "    %-10s %.*s\n", preset->name, (int)strcspn(line, "\n"), line);
    }
}
