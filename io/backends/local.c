/*
 * local.c - programs and jails in a list, by name and by what they say of themselves.
 */
#include "io/backends/local.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

struct local {
    struct local *next;
    const char *name; /* in the ledger */
    char *words;      /* its command, or level and limits */
    struct served *served;
};

static void free_local(struct local *local)
{
    served_close(local->served);
    free(local->words);
    free(local);
}

static struct local *find_local(struct local *list, const char *name, const char *words)
{
    struct local *local;

    LL_FOREACH (list, local)
        if (strcmp(local->name, name) == 0 && strcmp(local->words, words) == 0)
            break;
    return local;
}

/* Open one and put it into the list. */
static int add_local(struct served **out, struct local_place place, const char *words,
                     const struct served_options *options, struct crux_error *error)
{
    struct local *local = calloc(1, sizeof *local);
    int status;

    if (local == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for backend %s", options->name);
    local->name = options->name;
    local->words = strdup(words);
    status = local->words == NULL
                 ? crux_fail(error, CRUX_MEMORY, "no memory for backend %s", options->name)
                 : served_open(&local->served, options, error);
    if (status != CRUX_OK) {
        free_local(local);
        return status;
    }
    LL_APPEND(*place.list, local);
    *out = local->served;
    return CRUX_OK;
}

int local_program(struct served **out, struct local_place place, const char *command,
                  const char *port, struct crux_error *error)
{
    struct served_options options = {
        .name = LOCAL_PROGRAM, .ledger = place.ledger, .account = place.account};
    const struct local *known =
        command != NULL ? find_local(*place.list, LOCAL_PROGRAM, command) : NULL;
    int status;

    if (known != NULL) {
        *out = known->served;
        return CRUX_OK;
    }
    status = process_options_read(&options.program, command, port, error);
    options.program.in_flight = place.in_flight;
    return status == CRUX_OK ? add_local(out, place, command, &options, error) : status;
}

int local_jails(struct served **out, struct local_place place, const struct sandbox_options *jails,
                struct crux_error *error)
{
    const struct served_options options = {
        .name = LOCAL_JAILS, .jails = jails, .ledger = place.ledger, .account = place.account};
    char *words = sandbox_words(jails);
    const struct local *known;
    int status = CRUX_OK;

    if (words == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for jails");
    known = find_local(*place.list, LOCAL_JAILS, words);
    if (known != NULL)
        *out = known->served;
    else
        status = add_local(out, place, words, &options, error);
    free(words);
    return status;
}

void local_hold(const struct local *list, enum served_going going)
{
    const struct local *local;

    LL_FOREACH (list, local)
        served_hold(local->served, going);
}

void local_look(const struct local *list, const char *name, struct served_view *out)
{
    const struct local *local;
    struct served_view one;

    LL_FOREACH (list, local) {
        if (strcmp(local->name, name) != 0)
            continue;
        served_look(local->served, &one);
        out->questions += one.questions;
        out->known += one.known;
    }
}

void local_add_heard(const struct local *list, struct served_heard *sum)
{
    const struct local *local;

    LL_FOREACH (list, local)
        served_add_heard(local->served, sum);
}

void local_free(struct local *list)
{
    struct local *local, *next;

    LL_FOREACH_SAFE (list, local, next)
        free_local(local);
}
