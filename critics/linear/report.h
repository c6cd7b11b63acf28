/*
 * report.h - what was measured of a trained critic, as JSON: for the head of its file and for
 * whoever trained it.
 *
 * Threads. Nothing is shared.
 */
#ifndef CRITICS_LINEAR_REPORT_H
#define CRITICS_LINEAR_REPORT_H

#include "critics/crux_critics.h"
#include "io/json.h"

/* Put problems, rows and held_out, a list of groups with their figures, into an object. */
void linear_report_put(struct json *out, const struct crux_trained *trained);

#endif
