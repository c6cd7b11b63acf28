/*
 * services.c - services in a list, by the files that describe them.
 */
#include "io/backends/services.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

struct service_backend {
    struct service_backend *next;
    char *name, *file;
    uint32_t in_flight;
    struct served *served;
};

static void free_service(struct service_backend *service)
{
    served_close(service->served);
    free(service->name);
    free(service->file);
    free(service);
}

struct served *services_of_file(const struct service_backend *list, const char *file)
{
    const struct service_backend *service;

    LL_FOREACH (list, service)
        if (strcmp(service->file, file) == 0)
            return service->served;
    return NULL;
}

struct served *services_of_name(const struct service_backend *list, const char *name)
{
    const struct service_backend *service;

    LL_FOREACH (list, service)
        if (strcmp(service->name, name) == 0)
            return service->served;
    return NULL;
}

int services_add(struct served **out, struct service_backend **list, const char *file,
                 const struct served_options *options, struct crux_error *error)
{
    struct service_backend *service = calloc(1, sizeof *service);
    int status = CRUX_OK;

    if (service == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a service");
    service->in_flight = options->http.in_flight;
    service->name = strdup(options->name);
    service->file = strdup(file);
    if (service->name == NULL || service->file == NULL)
        status = crux_fail(error, CRUX_MEMORY, "no memory for a service");
    if (status == CRUX_OK)
        status = served_open(&service->served, options, error);
    if (status != CRUX_OK) {
        free_service(service);
        return status;
    }
    LL_APPEND(*list, service);
    *out = service->served;
    return CRUX_OK;
}

void services_hold(const struct service_backend *list, enum served_going going)
{
    const struct service_backend *service;

    LL_FOREACH (list, service)
        served_hold(service->served, going);
}

void services_add_heard(const struct service_backend *list, struct served_heard *sum)
{
    const struct service_backend *service;

    LL_FOREACH (list, service)
        served_add_heard(service->served, sum);
}

void services_add_room(const struct service_backend *list, struct ahead_room *sum)
{
    const struct service_backend *service;

    LL_FOREACH (list, service)
        ahead_add(sum, service->in_flight);
}

void services_add_load(const struct service_backend *list, struct served_load *sum)
{
    const struct service_backend *service;

    LL_FOREACH (list, service)
        served_add_load(service->served, sum);
}

void services_free(struct service_backend *list)
{
    struct service_backend *service, *next;

    LL_FOREACH_SAFE (list, service, next)
        free_service(service);
}
