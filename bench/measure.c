/*
 * measure.c - what every bench measures with: resident memory, the check of a tree, a line of
 * JSON.
 */
#include "bench/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int bench_print(struct json *object, struct crux_error *error)
{
    char *text = json_text(object, false);

    json_free(object);
    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to tell the result");
    (void)puts(text);
    free(text);
    return CRUX_OK;
}

int64_t bench_resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long long total = 0, resident = 0;

    if (file == NULL)
        return 0;
    if (fscanf(file, "%lld %lld", &total, &resident) != 2)
        resident = 0;
    (void)fclose(file);
    return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

bool bench_sound(const struct crux_audit *audit, uint64_t simulations)
{
    return audit->root_visits == simulations && audit->in_flight_left == 0 &&
           audit->claims_left == 0 && audit->visit_errors == 0 && audit->sum_errors == 0;
}
