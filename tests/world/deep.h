/*
 * deep.h - does this run ask for full counts (CRUX_DEEP=1)?
 */
#ifndef TESTS_WORLD_DEEP_H
#define TESTS_WORLD_DEEP_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline bool is_deep(void)
{
    const char *word = getenv("CRUX_DEEP");

    return word != NULL && strcmp(word, "1") == 0;
}

#endif
