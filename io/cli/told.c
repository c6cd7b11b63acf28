/*
 * told.c - puts the teller's process beside what it tells, so that what a killed one has left is
 * not taken for another's.
 */
#include "io/cli/told.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/store/store.h"

void told_put(struct crux_store *store, const struct live *live, bool last)
{
    struct json *object = last ? NULL : live_json(live);
    char *text;

    if (!last)
        json_put(object, "process", json_of_integer(getpid()));
    text = object != NULL ? json_text(object, false) : NULL;
    if (last || text != NULL)
        store_tell(store, text);
    json_free(object);
    free(text);
}

bool told_get(struct live *out, const struct crux_store *store, int64_t process)
{
    char *text = store_told(store);
    struct json *object = NULL;
    bool good = text != NULL && json_parse(&object, text, strlen(text), NULL) == CRUX_OK &&
                json_as_integer(json_get(object, "process")) == process;

    if (good)
        live_of_json(out, object);
    json_free(object);
    free(text);
    return good;
}
