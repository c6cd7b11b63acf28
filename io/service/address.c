/*
 * address.c - reads where a service is, and opens the backend that is there.
 */
#include "io/service/address.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/backends/backends.h"
#include "io/child_environment.h"

/* --- values ------------------------------------------------------------------------------- */

int address_refuse(const struct config_setting *setting, const char *expected,
                   struct crux_error *error)
{
    return crux_fail(error, CRUX_INVALID, "%s: %s: expected %s, found `%.100s`", setting->place,
                     setting->key, expected, setting->value);
}

int address_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for a service");
}

bool address_number(double *out, const char *text)
{
    char *end;

    *out = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*out);
}

int address_take_text(char **out, const struct config_setting *setting, struct crux_error *error)
{
    *out = strdup(setting->value);
    return *out != NULL ? CRUX_OK : address_no_memory(error);
}

static int address_take_listed(char *list[ADDRESS_LISTED], uint32_t *count,
                               const struct config_setting *setting, struct crux_error *error)
{
    if (*count == ADDRESS_LISTED)
        return address_refuse(setting, "16 of them at most", error);
    return address_take_text(&list[(*count)++], setting, error);
}

static int address_take_count(uint32_t *out, const struct config_setting *setting, double least,
                              struct crux_error *error)
{
    double number;

    if (!address_number(&number, setting->value) || number < least || number > 65536 ||
        number != floor(number))
        return address_refuse(setting,
                              least > 0 ? "a whole number from 1 to 65,536"
                                        : "a whole number from 0 to 65,536",
                              error);
    *out = (uint32_t)number;
    return CRUX_OK;
}

static int address_take_seconds(int64_t *out, const struct config_setting *setting,
                                struct crux_error *error)
{
    double seconds;

    if (!address_number(&seconds, setting->value) || seconds < 0.001 || seconds > 31536000)
        return address_refuse(setting, "seconds, 0.001 or more", error);
    *out = (int64_t)(seconds * 1e9);
    return CRUX_OK;
}

/* --- settings ------------------------------------------------------------------------------- */

static const char *const address_keys[ADDRESS_TEXTS] = {
    [ADDRESS_NAME] = "name",         [ADDRESS_MODEL] = "model",
    [ADDRESS_PATH] = "path",         [ADDRESS_KEY_ENV] = "key-env",
    [ADDRESS_KEY_FILE] = "key-file", [ADDRESS_KEY_HEADER] = "key-header",
};

struct address address_begin(void)
{
    return (struct address){.retries = UINT32_MAX};
}

static int address_take_plain(struct address *address, enum address_text which,
                              const struct config_setting *setting, struct crux_error *error)
{
    if (setting->listed)
        return address_refuse(setting, "one value", error);
    if (which == ADDRESS_PATH && setting->value[0] != '/')
        return address_refuse(setting, "a path that begins with /", error);
    return address_take_text(&address->texts[which], setting, error);
}

int address_take(struct address *address, const struct config_setting *setting, bool *taken,
                 struct crux_error *error)
{
    const char *key = setting->key;

    *taken = true;
    if (strcmp(key, "url") == 0)
        return address_take_listed(address->urls, &address->url_count, setting, error);
    if (strcmp(key, "header") == 0)
        return address_take_listed(address->headers, &address->header_count, setting, error);
    for (int i = 0; i < ADDRESS_TEXTS; i++)
        if (strcmp(key, address_keys[i]) == 0)
            return address_take_plain(address, (enum address_text)i, setting, error);
    *taken = strcmp(key, "in-flight") == 0 || strcmp(key, "retries") == 0 ||
             strcmp(key, "answer-timeout") == 0;
    if (*taken && setting->listed)
        return address_refuse(setting, "one value", error);
    if (strcmp(key, "in-flight") == 0)
        return address_take_count(&address->in_flight, setting, 1, error);
    if (strcmp(key, "retries") == 0)
        return address_take_count(&address->retries, setting, 0, error);
    return *taken ? address_take_seconds(&address->answer_ns, setting, error) : CRUX_OK;
}

/* --- the whole ------------------------------------------------------------------------------ */

/* The file's name without its folder, up to its first dot, and the tail. NULL: no memory. */
static char *address_name_of(const char *file, const char *tail)
{
    const char *slash = strrchr(file, '/'), *start = slash != NULL ? slash + 1 : file;
    char *name;

    return asprintf(&name, "%.*s%s", (int)strcspn(start, "."), start, tail) < 0 ? NULL : name;
}

/* It is a backend's (crux_io.h), and most often the file's. */
static int address_check_name(const char *name, const char *file, struct crux_error *error)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    size_t length = strlen(name);

    if (length > 0 && length <= 64 && strspn(name, letters) == length)
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID,
                     "%.200s: `%.80s` is no name for a backend: say name: in it, with letters, "
                     "digits, - and _, at most 64",
                     file, name);
}

/* The key and the lines that go with every request. */
static int address_check_secrets(const struct address *address, const char *file,
                                 struct crux_error *error)
{
    const char *key_env = address->texts[ADDRESS_KEY_ENV];
    struct crux_error why = {""};

    if (key_env != NULL && !child_environment_hide(key_env))
        return address_no_memory(error);
    if (http_check_headers((const char *const *)address->headers, address->header_count,
                           address->texts[ADDRESS_KEY_HEADER], &why) == CRUX_OK)
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID, "%.150s: %.300s", file, why.text);
}

int address_complete(struct address *address, const char *file, const char *tail,
                     struct crux_error *error)
{
    char **texts = address->texts;
    int status;

    texts[ADDRESS_NAME] =
        texts[ADDRESS_NAME] != NULL ? texts[ADDRESS_NAME] : address_name_of(file, tail);
    texts[ADDRESS_MODEL] = texts[ADDRESS_MODEL] != NULL ? texts[ADDRESS_MODEL] : strdup("");
    texts[ADDRESS_PATH] = texts[ADDRESS_PATH] != NULL ? texts[ADDRESS_PATH] : strdup("/");
    if (texts[ADDRESS_NAME] == NULL || texts[ADDRESS_MODEL] == NULL || texts[ADDRESS_PATH] == NULL)
        return address_no_memory(error);
    status = address_check_name(texts[ADDRESS_NAME], file, error);
    return status == CRUX_OK ? address_check_secrets(address, file, error) : status;
}

void address_free(struct address *address)
{
    for (int i = 0; i < ADDRESS_TEXTS; i++)
        free(address->texts[i]);
    for (uint32_t i = 0; i < address->url_count; i++)
        free(address->urls[i]);
    for (uint32_t i = 0; i < address->header_count; i++)
        free(address->headers[i]);
    *address = (struct address){.url_count = 0};
}

/* --- opening -------------------------------------------------------------------------------- */

static struct http_server address_server(const struct address *address, uint32_t i)
{
    return (struct http_server){.url = address->urls[i],
                                .bare = true,
                                .key_env = address->texts[ADDRESS_KEY_ENV],
                                .key_file = address->texts[ADDRESS_KEY_FILE],
                                .key_header = address->texts[ADDRESS_KEY_HEADER],
                                .headers = (const char *const *)address->headers,
                                .header_count = address->header_count};
}

static int address_join(struct served **out, struct crux_backends *backends, const char *file,
                        const char *tail, const struct served_options *options,
                        struct crux_error *error)
{
    struct crux_error why = {""};
    char *key;
    int status;

    if (asprintf(&key, "%s%s", file, tail) < 0)
        return address_no_memory(error);
    status = backends_service(out, backends, key, options, &why);
    free(key);
    return status == CRUX_OK ? status : crux_fail(error, status, "%.150s: %.350s", file, why.text);
}

int address_open(struct served **out, struct served **own, const struct address *address,
                 const char *file, const char *tail, struct crux_backends *backends,
                 struct crux_error *error)
{
    struct http_server servers[ADDRESS_LISTED];
    struct served_options options = {.name = address->texts[ADDRESS_NAME],
                                     .model = address->texts[ADDRESS_MODEL],
                                     .http = http_options_default()};
    int status;

    for (uint32_t i = 0; i < address->url_count; i++)
        servers[i] = address_server(address, i);
    options.http.servers = servers;
    options.http.server_count = address->url_count;
    if (address->in_flight > 0)
        options.http.in_flight = address->in_flight;
    if (address->retries != UINT32_MAX)
        options.http.client.retries = address->retries;
    if (address->answer_ns > 0)
        options.http.client.answer_ns = address->answer_ns;
    if (backends != NULL)
        return address_join(out, backends, file, tail, &options, error);
    status = served_open(own, &options, error);
    if (status == CRUX_OK)
        *out = *own;
    return status;
}
