/*
 * service.c - reads the file that describes a JSON service, and tries its template once.
 */
#include "critics/http/service.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "critics/http/request.h"
#include "io/config.h"
#include "io/pointer.h"
#include "io/service/filling.h"

/* --- values ------------------------------------------------------------------------------- */

/* words: two or more, separated by ", ". */
static int service_take_word(unsigned *out, const struct config_setting *setting, const char *words,
                             struct crux_error *error)
{
    size_t length = strlen(setting->value);
    const char *at = words;

    for (unsigned i = 0; at != NULL; i++) {
        size_t word = strcspn(at, ",");

        if (word == length && strncmp(at, setting->value, word) == 0) {
            *out = i;
            return CRUX_OK;
        }
        at = at[word] == ',' ? at + word + 2 : NULL;
    }
    return address_refuse(setting, words, error);
}

static int service_take_range(struct service *service, const struct config_setting *setting,
                              struct crux_error *error)
{
    const char *comma = strchr(setting->value, ',');
    char low[64] = "";

    if (comma != NULL && (size_t)(comma - setting->value) < sizeof low)
        (void)snprintf(low, sizeof low, "%.*s", (int)(comma - setting->value), setting->value);
    if (comma == NULL || !address_number(&service->low, low) ||
        !address_number(&service->high, comma + 1) || service->low >= service->high)
        return address_refuse(setting, "two numbers LOW,HIGH, the first one less", error);
    return CRUX_OK;
}

static int service_take_share(double *out, const struct config_setting *setting,
                              struct crux_error *error)
{
    if (!address_number(out, setting->value) || *out < 0.0 || *out > 1.0)
        return address_refuse(setting, "a number from 0 to 1", error);
    return CRUX_OK;
}

/* --- settings ------------------------------------------------------------------------------- */

static const char *const service_keys[SERVICE_TEXTS] = {
    [SERVICE_REQUEST] = "request", [SERVICE_SCORE] = "score",       [SERVICE_VERDICT] = "verdict",
    [SERVICE_ANSWER] = "answer",   [SERVICE_SENTENCE] = "sentence", [SERVICE_RIGHT] = "right",
    [SERVICE_WRONG] = "wrong",
};

static int service_take_named(struct service *service, enum service_text which,
                              const struct config_setting *setting, struct crux_error *error)
{
    if (which >= SERVICE_SCORE && which <= SERVICE_SENTENCE && !pointer_is(setting->value))
        return address_refuse(setting, "a JSON pointer, like /results/0/score", error);
    return address_take_text(&service->texts[which], setting, error);
}

static int service_take_other(struct service *service, const struct config_setting *setting,
                              struct crux_error *error)
{
    const char *key = setting->key;

    if (strcmp(key, "each") == 0)
        return service_take_word(&service->together, setting, "candidate, call", error);
    if (strcmp(key, "transform") == 0)
        return service_take_word(&service->transform, setting, "identity, clip, sigmoid", error);
    if (strcmp(key, "aggregate") == 0)
        return service_take_word(&service->aggregate, setting, "last, min, product, mean", error);
    if (strcmp(key, "range") == 0)
        return service_take_range(service, setting, error);
    if (strcmp(key, "right-from") == 0)
        return service_take_share(&service->right_from, setting, error);
    return crux_fail(error, CRUX_INVALID,
                     "%s: there is no `%.100s` in a service: there are " ADDRESS_KEYS
                     ", request, score, each, transform, range, aggregate, verdict, right, wrong, "
                     "right-from, answer and sentence",
                     setting->place, key);
}

static int service_take(void *context, const struct config_setting *setting,
                        struct crux_error *error)
{
    struct service *service = context;
    bool taken = false;
    int status;

    if (setting->depth > 0)
        return address_refuse(setting, "no mapping around it", error);
    status = address_take(&service->address, setting, &taken, error);
    if (taken || status != CRUX_OK)
        return status;
    if (setting->listed)
        return address_refuse(setting, "one value", error);
    for (int i = 0; i < SERVICE_TEXTS; i++)
        if (strcmp(setting->key, service_keys[i]) == 0)
            return service_take_named(service, (enum service_text)i, setting, error);
    return service_take_other(service, setting, error);
}

/* --- the whole ------------------------------------------------------------------------------ */

/* What is given where nothing is said. */
static int service_complete(struct service *service, const char *file, struct crux_error *error)
{
    static const struct {
        enum service_text text;
        const char *value;
    } usual[] = {{SERVICE_RIGHT, "right"}, {SERVICE_WRONG, "wrong"}};
    bool copied = true;

    if (service->address.url_count == 0 || service->texts[SERVICE_REQUEST] == NULL ||
        service->texts[SERVICE_SCORE] == NULL)
        return crux_fail(error, CRUX_INVALID, "%.200s: a service has at least url, request, score",
                         file);
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        char **text = &service->texts[usual[i].text];

        *text = *text != NULL ? *text : strdup(usual[i].value);
        copied &= *text != NULL;
    }
    return copied ? address_complete(&service->address, file, "", error) : address_no_memory(error);
}

static int service_try(const struct service *service, const char *file, struct crux_error *error)
{
    static const struct crux_problem problem = {.id = "\"id\"", .prompt = FILLING_WORDS};
    static const struct crux_step first = {.text = "\"1\"\v2", .length = 5, .depth = 1};
    static const struct crux_step second = {
        .previous = &first, .text = "\"3\"\n4", .length = 5, .depth = 2};
    const struct crux_call call = {.verb = CRUX_SCORE,
                                   .count = 1,
                                   .candidates = &second,
                                   .state = {.problem = &problem, .last = &first, .depth = 1}};
    struct crux_error why = {""};
    char *body = NULL;
    int status = service_compose(&body, service, &call, 0, &why);

    return filling_tried(body, status, &why, "{{problem|json}}", file, error);
}

static int service_parse(struct service *service, const char *file, struct crux_error *error)
{
    int status = filling_parse(&service->request, service->texts[SERVICE_REQUEST], service_names(),
                               file, error);

    return status == CRUX_OK ? service_try(service, file, error) : status;
}

int service_read(struct service *out, const char *file, struct crux_error *error)
{
    struct service service = {.high = 1.0, .right_from = -1.0, .address = address_begin()};
    int status = config_read(file, service_take, &service, error);

    if (status == CRUX_OK)
        status = service_complete(&service, file, error);
    if (status == CRUX_OK)
        status = service_parse(&service, file, error);
    if (status == CRUX_OK)
        *out = service;
    else
        service_free(&service);
    return status;
}

void service_free(struct service *service)
{
    for (int i = 0; i < SERVICE_TEXTS; i++)
        free(service->texts[i]);
    address_free(&service->address);
    mustache_free(service->request);
    *service = (struct service){.request = NULL};
}
