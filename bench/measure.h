/*
 * measure.h - what every bench measures with; the clock is io/clock.h.
 *
 * Any thread, but for bench_print(), which writes to standard output.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "io/clock.h"
#include "io/json.h"
#include "search/crux.h"

/* Print one line of JSON and free it. */
int bench_print(struct json *object, struct crux_error *error);

/* Memory of this process that is really there, in bytes; 0: the system does not say. */
int64_t bench_resident(void);

/* Every simulation is accounted for and the walk over the tree found nothing wrong. */
bool bench_sound(const struct crux_audit *audit, uint64_t simulations);

#endif
