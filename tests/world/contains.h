/*
 * contains.h - for Criterion tests: a text must have a part.
 */
#ifndef TESTS_WORLD_CONTAINS_H
#define TESTS_WORLD_CONTAINS_H

#include <criterion/criterion.h>
#include <string.h>

static inline void assert_contains(const char *text, const char *part)
{
    cr_assert_not_null(strstr(text, part), "`%s` is not in: %s", part, text);
}

#endif
