/*
 * test_progress.c - what progress.h promises of the time that is left.
 */
#include "io/cli/progress.h"

#include <criterion/criterion.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)

/* As long for each of the rest as for each that is done. */
Test(progress, time_left)
{
    cr_assert_eq(progress_left_ns(10 * SECOND_NS, 5, 20), 30 * SECOND_NS);
    cr_assert_eq(progress_left_ns(10 * SECOND_NS, 20, 20), 0);
    cr_assert_eq(progress_left_ns(10 * SECOND_NS, 0, 20), 0);
}

/* Of a run whose clock went back nothing is known: neither its time nor less than nothing. */
Test(progress, a_clock_that_went_back)
{
    struct crux_view view = {.trees_done = 5, .simulations = 100};
    char line[256];

    cr_assert_eq(progress_left_ns(-301293913 * SECOND_NS, 5, 20), 0);
    cr_assert_eq(progress_left_ns(0, 5, 20), 0);
    progress_line(line, sizeof line, &view, 20, -301293913 * SECOND_NS);
    cr_assert_not_null(strstr(line, "  ? left"), "%s", line);
    cr_assert_null(strchr(line, '-'), "%s", line);
    progress_line(line, sizeof line, &view, 20, 10 * SECOND_NS);
    cr_assert_not_null(strstr(line, "0:30 left"), "%s", line);
}
