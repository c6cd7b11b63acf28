/*
 * service.c - reads the file that describes a JSON service, and tries its template once.
 */
#include "critics/http/service.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "critics/http/pointer.h"
#include "critics/http/request.h"
#include "io/config.h"
#include "io/json.h"

/* --- values ------------------------------------------------------------------------------- */

static int service_refuse(const struct config_setting *setting, const char *expected,
                          struct crux_error *error)
{
    return crux_fail(error, CRUX_INVALID, "%s: %s: expected %s, found `%.100s`", setting->place,
                     setting->key, expected, setting->value);
}

static int service_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for a service");
}

/* The whole of text as a number. */
static bool service_number(double *out, const char *text)
{
    char *end;

    *out = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*out);
}

static int service_take_text(char **out, const struct config_setting *setting,
                             struct crux_error *error)
{
    *out = strdup(setting->value);
    return *out != NULL ? CRUX_OK : service_no_memory(error);
}

static int service_take_listed(char *list[SERVICE_LISTED], uint32_t *count,
                               const struct config_setting *setting, struct crux_error *error)
{
    if (*count == SERVICE_LISTED)
        return service_refuse(setting, "16 of them at most", error);
    return service_take_text(&list[(*count)++], setting, error);
}

static int service_take_count(uint32_t *out, const struct config_setting *setting, double least,
                              struct crux_error *error)
{
    double number;

    if (!service_number(&number, setting->value) || number < least || number > 65536 ||
        number != floor(number))
        return service_refuse(setting,
                              least > 0 ? "a whole number from 1 to 65,536"
                                        : "a whole number from 0 to 65,536",
                              error);
    *out = (uint32_t)number;
    return CRUX_OK;
}

static int service_take_seconds(int64_t *out, const struct config_setting *setting,
                                struct crux_error *error)
{
    double seconds;

    if (!service_number(&seconds, setting->value) || seconds < 0.001 || seconds > 31536000)
        return service_refuse(setting, "seconds, 0.001 or more", error);
    *out = (int64_t)(seconds * 1e9);
    return CRUX_OK;
}

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
    return service_refuse(setting, words, error);
}

static int service_take_range(struct service *service, const struct config_setting *setting,
                              struct crux_error *error)
{
    const char *comma = strchr(setting->value, ',');
    char low[64] = "";

    if (comma != NULL && (size_t)(comma - setting->value) < sizeof low)
        (void)snprintf(low, sizeof low, "%.*s", (int)(comma - setting->value), setting->value);
    if (comma == NULL || !service_number(&service->low, low) ||
        !service_number(&service->high, comma + 1) || service->low >= service->high)
        return service_refuse(setting, "two numbers LOW,HIGH, the first one less", error);
    return CRUX_OK;
}

static int service_take_share(double *out, const struct config_setting *setting,
                              struct crux_error *error)
{
    if (!service_number(out, setting->value) || *out < 0.0 || *out > 1.0)
        return service_refuse(setting, "a number from 0 to 1", error);
    return CRUX_OK;
}

/* --- settings ------------------------------------------------------------------------------- */

static const char *const service_keys[SERVICE_TEXTS] = {
    [SERVICE_NAME] = "name",         [SERVICE_MODEL] = "model",
    [SERVICE_PATH] = "path",         [SERVICE_KEY_ENV] = "key-env",
    [SERVICE_KEY_FILE] = "key-file", [SERVICE_KEY_HEADER] = "key-header",
    [SERVICE_REQUEST] = "request",   [SERVICE_SCORE] = "score",
    [SERVICE_VERDICT] = "verdict",   [SERVICE_ANSWER] = "answer",
    [SERVICE_SENTENCE] = "sentence", [SERVICE_RIGHT] = "right",
    [SERVICE_WRONG] = "wrong",
};

static int service_take_named(struct service *service, enum service_text which,
                              const struct config_setting *setting, struct crux_error *error)
{
    if (which >= SERVICE_SCORE && which <= SERVICE_SENTENCE && !pointer_is(setting->value))
        return service_refuse(setting, "a JSON pointer, like /results/0/score", error);
    if (which == SERVICE_PATH && setting->value[0] != '/')
        return service_refuse(setting, "a path that begins with /", error);
    return service_take_text(&service->texts[which], setting, error);
}

static int service_take_other(struct service *service, const struct config_setting *setting,
                              struct crux_error *error)
{
    const char *key = setting->key;

    if (strcmp(key, "url") == 0)
        return service_take_listed(service->urls, &service->url_count, setting, error);
    if (strcmp(key, "header") == 0)
        return service_take_listed(service->headers, &service->header_count, setting, error);
    if (strcmp(key, "in-flight") == 0)
        return service_take_count(&service->in_flight, setting, 1, error);
    if (strcmp(key, "retries") == 0)
        return service_take_count(&service->retries, setting, 0, error);
    if (strcmp(key, "answer-timeout") == 0)
        return service_take_seconds(&service->answer_ns, setting, error);
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
                     "%s: there is no `%.100s` in a service: there are url, path, request, score, "
                     "name, model, key-env, key-file, key-header, header, retries, in-flight, "
                     "answer-timeout, each, transform, range, aggregate, verdict, right, wrong, "
                     "right-from, answer and sentence",
                     setting->place, key);
}

static int service_take(void *context, const struct config_setting *setting,
                        struct crux_error *error)
{
    struct service *service = context;
    bool listed = strcmp(setting->key, "url") == 0 || strcmp(setting->key, "header") == 0;

    if (setting->depth > 0 || (setting->listed && !listed))
        return service_refuse(setting, setting->depth > 0 ? "no mapping around it" : "one value",
                              error);
    for (int i = 0; i < SERVICE_TEXTS; i++)
        if (strcmp(setting->key, service_keys[i]) == 0)
            return service_take_named(service, (enum service_text)i, setting, error);
    return service_take_other(service, setting, error);
}

/* --- the whole ------------------------------------------------------------------------------ */

/* The file's name without its folder, up to its first dot. */
static char *service_name_of(const char *file)
{
    const char *slash = strrchr(file, '/'), *start = slash != NULL ? slash + 1 : file;

    return strndup(start, strcspn(start, "."));
}

/* It is a backend's (crux_io.h), and most often the file's. */
static int service_check_name(const struct service *service, const char *file,
                              struct crux_error *error)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    const char *name = service->texts[SERVICE_NAME];
    size_t length = strlen(name);

    if (length > 0 && length <= 64 && strspn(name, letters) == length)
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID,
                     "%.200s: `%.80s` is no name for a backend: say name: in it, with letters, "
                     "digits, - and _, at most 64",
                     file, name);
}

/* What is given where nothing is said. */
static int service_complete(struct service *service, const char *file, struct crux_error *error)
{
    static const struct {
        enum service_text text;
        const char *value;
    } usual[] = {{SERVICE_MODEL, ""},
                 {SERVICE_PATH, "/"},
                 {SERVICE_RIGHT, "right"},
                 {SERVICE_WRONG, "wrong"}};
    bool copied = true;

    if (service->url_count == 0 || service->texts[SERVICE_REQUEST] == NULL ||
        service->texts[SERVICE_SCORE] == NULL)
        return crux_fail(error, CRUX_INVALID, "%.200s: a service has at least url, request, score",
                         file);
    if (service->texts[SERVICE_NAME] == NULL)
        service->texts[SERVICE_NAME] = service_name_of(file);
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        char **text = &service->texts[usual[i].text];

        *text = *text != NULL ? *text : strdup(usual[i].value);
        copied &= *text != NULL;
    }
    return copied && service->texts[SERVICE_NAME] != NULL ? service_check_name(service, file, error)
                                                          : service_no_memory(error);
}

/* Fill it in with words that a template must escape, so that a mistake shows before anything is
 * asked. */
static int service_try(const struct service *service, const char *file, struct crux_error *error)
{
    static const struct crux_problem problem = {.id = "\"id\"",
                                                .prompt = "a \"word\"\nand \\ more"};
    static const struct crux_step first = {.text = "\"1\"\v2", .length = 5, .depth = 1};
    static const struct crux_step second = {
        .previous = &first, .text = "\"3\"\n4", .length = 5, .depth = 2};
    const struct crux_call call = {.verb = CRUX_SCORE,
                                   .count = 1,
                                   .candidates = &second,
                                   .state = {.problem = &problem, .last = &first, .depth = 1}};
    struct crux_error why = {""};
    struct json *parsed = NULL;
    char *body = NULL;
    int status = service_compose(&body, service, &call, 0, &why);

    if (status == CRUX_OK && json_parse(&parsed, body, strlen(body), &why) != CRUX_OK)
        status = CRUX_FAILED;
    json_free(parsed);
    free(body);
    if (status == CRUX_OK || status == CRUX_MEMORY)
        return status == CRUX_OK ? status : service_no_memory(error);
    return crux_fail(error, CRUX_INVALID,
                     "%.150s: the request is no JSON when it is filled in: %.200s; texts stand "
                     "between quotes, as \"{{problem|json}}\"",
                     file, why.text);
}

static int service_parse(struct service *service, const char *file, struct crux_error *error)
{
    const char *text = service->texts[SERVICE_REQUEST];
    const struct mustache_source source = {"request", 1, {text, strlen(text)}};
    struct crux_error why = {""};
    int status = mustache_parse(&service->request, &source, &why);

    if (status == CRUX_OK)
        status = mustache_check(service->request, service_names(), &why);
    if (status != CRUX_OK)
        return crux_fail(error, status, "%.150s: %.300s", file, why.text);
    return service_try(service, file, error);
}

int service_read(struct service *out, const char *file, struct crux_error *error)
{
    struct service service = {.high = 1.0, .right_from = -1.0, .retries = UINT32_MAX};
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
    for (uint32_t i = 0; i < service->url_count; i++)
        free(service->urls[i]);
    for (uint32_t i = 0; i < service->header_count; i++)
        free(service->headers[i]);
    mustache_free(service->request);
    *service = (struct service){.request = NULL};
}
