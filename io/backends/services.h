/*
 * services.h - backends that are services of JSON over HTTP, which a file describes (critic http).
 * Who asks for the same file shares one.
 *
 * Ownership. A list is its holder's; *list is NULL before the first.
 * Threads.   One at a time, but for services_hold(), services_add_heard() and services_add_load(),
 *            which may meet nothing that adds.
 * Errors.    Those of served_open(); CRUX_MEMORY.
 */
#ifndef IO_BACKENDS_SERVICES_H
#define IO_BACKENDS_SERVICES_H

#include "io/ahead.h"
#include "io/served/served.h"

#define SERVICES_CRITIC "http" /* the critic that asks them; none is named so */

struct service_backend;

/* NULL: none of this list was opened for the file, or has the name. */
struct served *services_of_file(const struct service_backend *list, const char *file);
struct served *services_of_name(const struct service_backend *list, const char *name);

/* options: all of it. */
int services_add(struct served **out, struct service_backend **list, const char *file,
                 const struct served_options *options, struct crux_error *error);

void services_hold(const struct service_backend *list, enum served_going going);
void services_add_heard(const struct service_backend *list, struct served_heard *sum);
void services_add_room(const struct service_backend *list, struct ahead_room *sum);
void services_add_load(const struct service_backend *list, struct served_load *sum);
void services_free(struct service_backend *list);

#endif
