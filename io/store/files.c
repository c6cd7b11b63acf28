/*
 * files.c - the files that a store may be made of.
 */
#include "io/store/store.h"

#include <string.h>

/* SQLite's log, the log's index and the journal that it keeps before there is a log; count.h's;
 * what its program tells. */
static const char *const companions[] = {"-wal",   "-shm",     "-journal",
                                         "-count", STORE_TOLD, STORE_TOLD_NEXT};

const char *store_companion(size_t index)
{
    return index < sizeof companions / sizeof *companions ? companions[index] : NULL;
}

bool store_is_companion(const char *name)
{
    const char *ending = strrchr(name, '-');

    for (size_t i = 0; ending != NULL && store_companion(i) != NULL; i++)
        if (strcmp(ending, store_companion(i)) == 0)
            return true;
    return false;
}
