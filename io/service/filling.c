/*
 * filling.c - reads the template of a request, and tells whether what it makes is JSON.
 */
#include "io/service/filling.h"

#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/service/address.h"

int filling_parse(struct mustache **out, const char *text, const char *const *names,
                  const char *file, struct crux_error *error)
{
    const struct mustache_source source = {"request", 1, {text, strlen(text)}};
    struct crux_error why = {""};
    int status = mustache_parse(out, &source, &why);

    if (status == CRUX_OK)
        status = mustache_check(*out, names, &why);
    return status == CRUX_OK ? status : crux_fail(error, status, "%.150s: %.300s", file, why.text);
}

int filling_tried(char *body, int status, const struct crux_error *why, const char *example,
                  const char *file, struct crux_error *error)
{
    struct crux_error found = *why;
    struct json *parsed = NULL;

    if (status == CRUX_OK)
        status = json_parse(&parsed, body, strlen(body), &found);
    json_free(parsed);
    free(body);
    if (status == CRUX_OK || status == CRUX_MEMORY)
        return status == CRUX_OK ? status : address_no_memory(error);
    return crux_fail(error, CRUX_INVALID,
                     "%.150s: the request is no JSON when it is filled in: %.200s; texts stand "
                     "between quotes, as \"%s\"",
                     file, found.text, example);
}
