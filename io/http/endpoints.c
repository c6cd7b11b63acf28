/*
 * endpoints.c - the state of each endpoint: good, resting, or given up. One that asks for a rest
 * and one that does not answer are treated alike: a time before which nothing is sent, then one
 * request as a trial.
 *
 * They differ in one thing: a single 429 is believed, a single broken connection is not.
 */
#include "io/http/endpoints.h"

#include "io/draw.h"
#include "io/http/heads.h"
#include "io/http/proxy.h"
#include "io/http/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NEVER (INT64_MAX / 2)

enum { LOST_MOST = 3, DOWN_ROUND = 2, SPILL_LEAST = 8, URL_MOST = 1024 };

/* --- addresses --------------------------------------------------------------------------- */

static int http_endpoints_refuse(struct crux_error *error, const char *url, const char *why)
{
    return crux_fail(error, CRUX_INVALID, "endpoint `%.200s`: %s", url, why);
}

static bool is_loopback(const char *host, size_t length)
{
    static const char *const names[] = {"localhost", "[::1]", "0.0.0.0", "[::]"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (length == strlen(names[i]) && strncasecmp(host, names[i], length) == 0)
            return true;
    return length >= 4 && strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") >= length;
}

static int check_url(const char *url, struct http_endpoint *out, struct crux_error *error)
{
    const char *host;
    size_t authority, name;

    out->tls = strncasecmp(url, "https://", 8) == 0;
    if (!out->tls && strncasecmp(url, "http://", 7) != 0)
        return http_endpoints_refuse(error, url, "an address begins with http:// or https://");
    host = url + (out->tls ? 8 : 7);
    authority = strcspn(host, "/?#");
    if (memchr(host, '@', authority) != NULL) /* not repeated: it may be a password */
        return crux_fail(error, CRUX_INVALID,
                         "an endpoint's address has no user and password; give the key by "
                         "--api-key-env or --api-key-file");
    if (strpbrk(url, "# \t\r\n\"<>\\^`{|}") != NULL)
        return http_endpoints_refuse(error, url, "an address has no #, blanks or quotes");
    if (strlen(url) >= URL_MOST)
        return http_endpoints_refuse(error, url, "an address has at most 1,000 bytes");
    name = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
    if (authority == 0 || name == 0 || name > authority)
        return http_endpoints_refuse(error, url, "the host is missing");
    out->loopback = is_loopback(host, name);
    if (!out->loopback)
        http_proxy_of(out->proxy, sizeof out->proxy, out->tls, host + (*host == '['),
                      *host == '[' ? name - 2 : name);
    return CRUX_OK;
}

/* Where the path of an address begins, NULL: it has none; and how long the address is without its
 * query and the slashes before that. */
static const char *url_path(const char *url, size_t *length)
{
    *length = strcspn(url, "?");
    while (*length > 0 && url[*length - 1] == '/')
        (*length)--;
    return *length > 8 ? memchr(url + 8, '/', *length - 8) : NULL;
}

/* What makes two addresses the same one. */
struct url_parts {
    const char *host, *path, *query;
    size_t host_length, path_length;
    bool tls;
};

/* Without the port that the scheme has anyway; bare: with the path as it stands, else without
 * "/v1", which is added where there is none. */
static struct url_parts url_parts_of(const char *url, bool bare)
{
    struct url_parts parts = {.tls = strncasecmp(url, "https://", 8) == 0};
    const char *port = parts.tls ? ":443" : ":80";
    size_t length, scheme, digits = strlen(port);

    parts.path = url_path(url, &length);
    parts.query = url + strcspn(url, "?");
    scheme = parts.tls                             ? 8
             : strncasecmp(url, "http://", 7) == 0 ? 7
                                                   : 0; /* 0: it will be refused */
    parts.host = url + (scheme < length ? scheme : length);
    parts.path_length = parts.path != NULL ? (size_t)(url + length - parts.path) : 0;
    parts.host_length = (size_t)((parts.path != NULL ? parts.path : url + length) - parts.host);
    if (!bare && parts.path_length == 3 && memcmp(parts.path, "/v1", 3) == 0)
        parts.path_length = 0;
    if (parts.host_length > digits &&
        memcmp(parts.host + parts.host_length - digits, port, digits) == 0)
        parts.host_length -= digits;
    return parts;
}

static bool url_is_same(const char *one, const char *other, bool bare)
{
    const struct url_parts a = url_parts_of(one, bare), b = url_parts_of(other, bare);

    return a.tls == b.tls && a.host_length == b.host_length && a.path_length == b.path_length &&
           strncasecmp(a.host, b.host, a.host_length) == 0 &&
           (a.path_length == 0 || memcmp(a.path, b.path, a.path_length) == 0) &&
           strcmp(a.query, b.query) == 0;
}

bool http_same_address(const char *one, const char *other)
{
    return url_is_same(one, other, false);
}

static int set_url(struct http_endpoint *out, const char *url, bool bare, struct crux_error *error)
{
    int status = check_url(url, out, error);
    const char *query = url + strcspn(url, "?");
    size_t length;
    const char *path = url_path(url, &length);

    if (status == CRUX_OK)
        status = http_heads_check_query(query + (*query == '?'), error);
    if (status != CRUX_OK)
        return status;
    out->query = strdup(query);
    if (asprintf(&out->base, "%.*s%s", (int)length, url, path == NULL && !bare ? "/v1" : "") < 0)
        out->base = NULL;
    out->root = out->base == NULL ? NULL : strdup(out->base);
    if (out->root == NULL || out->query == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for an endpoint");
    out->name = draw_text(out->base, strlen(out->base));
    length = strlen(out->root);
    if (length > 3 && strcmp(out->root + length - 3, "/v1") == 0)
        out->root[length - 3] = '\0';
    return CRUX_OK;
}

bool http_endpoints_url(const struct http_endpoint *endpoint, const char *path, char *out,
                        size_t room)
{
    int length = *path == '/'
                     ? snprintf(out, room, "%s%s%s", endpoint->root, path, endpoint->query)
                     : snprintf(out, room, "%s/%s%s", endpoint->base, path, endpoint->query);

    return length >= 0 && (size_t)length < room;
}

/* --- opening ------------------------------------------------------------------------------- */

static int copy_headers(struct http_endpoint *out, const struct http_server *server,
                        struct crux_error *error)
{
    int status =
        http_check_headers(server->headers, server->header_count, server->key_header, error);

    if (status != CRUX_OK || server->header_count == 0)
        return status;
    out->headers = calloc(server->header_count, sizeof *out->headers);
    while (out->headers != NULL && out->header_count < server->header_count) {
        out->headers[out->header_count] = strdup(server->headers[out->header_count]);
        if (out->headers[out->header_count] == NULL)
            break;
        out->header_count++;
    }
    return out->header_count == server->header_count
               ? CRUX_OK
               : crux_fail(error, CRUX_MEMORY, "no memory for an endpoint");
}

/* A proxy reads what goes through it unless it is encrypted. libcurl sends such a request past all
 * proxies, should it think of one that we do not see (transfers.c). */
static int keep_key_from_proxy(const struct http_endpoint *endpoint, struct crux_error *error)
{
    if (endpoint->secret == NULL || endpoint->tls || *endpoint->proxy == '\0')
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID,
                     "endpoint `%.200s`: its key would go unencrypted through the proxy %s, which "
                     "the environment names; use https://, or have no_proxy name the host",
                     endpoint->base, endpoint->proxy);
}

int http_endpoints_make(struct http_endpoint *out, const struct http_server *server,
                        uint32_t in_flight, struct crux_error *error)
{
    int status = set_url(out, server->url, server->bare, error);

    out->insecure = server->insecure;
    out->slots = server->slots;
    out->adapt = http_adapt_open(in_flight);
    if (status == CRUX_OK)
        status = copy_headers(out, server, error);
    if (status == CRUX_OK)
        status = http_secret_open(&out->secret, server->key_env, server->key_file,
                                  server->key_header, error);
    if (status == CRUX_OK)
        status = keep_key_from_proxy(out, error);
    if (status == CRUX_OK && server->cacert != NULL) {
        out->cacert = strdup(server->cacert);
        if (out->cacert == NULL)
            status = crux_fail(error, CRUX_MEMORY, "no memory for an endpoint");
    }
    return status;
}

void http_endpoints_unmake(struct http_endpoint *endpoint)
{
    free(endpoint->base);
    free(endpoint->root);
    free(endpoint->query);
    for (uint32_t i = 0; i < endpoint->header_count; i++)
        free(endpoint->headers[i]);
    free(endpoint->headers);
    free(endpoint->cacert);
    http_secret_close(endpoint->secret);
    http_order_close(&endpoint->order);
    *endpoint = (struct http_endpoint){.base = NULL};
}

static bool same_text(const char *one, const char *other)
{
    return one == other || (one != NULL && other != NULL && strcmp(one, other) == 0);
}

/* It would be given twice what it may have. With another key it may be another account. */
static bool given_before(const struct http_server *servers, uint32_t number)
{
    for (uint32_t i = 0; i < number; i++)
        if (url_is_same(servers[i].url, servers[number].url, servers[i].bare) &&
            same_text(servers[i].key_env, servers[number].key_env) &&
            same_text(servers[i].key_file, servers[number].key_file))
            return true;
    return false;
}

int http_endpoints_open(struct http_endpoints *out, const struct http_server *servers,
                        uint32_t count, uint32_t most, uint32_t in_flight, struct crux_error *error)
{
    struct http_endpoints made = {.count = count, .most = most, .joins = most > count};
    int status = CRUX_OK;

    if (most == 0)
        return crux_fail(error, CRUX_INVALID, "at least one --endpoint is needed");
    made.items = calloc(most, sizeof *made.items);
    if (made.items == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the endpoints");
    for (uint32_t i = 0; status == CRUX_OK && i < count; i++) {
        status = http_endpoints_make(&made.items[i], &servers[i], in_flight, error);
        made.items[i].born = ++made.born;
        if (status == CRUX_OK && given_before(servers, i))
            status = http_endpoints_refuse(error, servers[i].url, "it is given twice");
    }
    if (status != CRUX_OK)
        http_endpoints_close(&made);
    else
        *out = made;
    return status;
}

void http_endpoints_close(struct http_endpoints *endpoints)
{
    for (uint32_t i = 0; i < endpoints->count && endpoints->items != NULL; i++)
        http_endpoints_unmake(&endpoints->items[i]);
    free(endpoints->items);
    *endpoints = (struct http_endpoints){.items = NULL};
}

/* --- choice ----------------------------------------------------------------------------------- */

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t http_endpoints_mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xBF58476D1CE4E5B9u;
    x ^= x >> 27;
    x *= 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

uint64_t http_endpoints_draw(struct http_endpoints *endpoints)
{
    endpoints->random += 0x9E3779B97F4A7C15u;
    return http_endpoints_mix(endpoints->random);
}

bool http_endpoints_is_used(const struct http_endpoint *endpoint)
{
    return !endpoint->gone && endpoint->open_ns != NEVER;
}

bool http_endpoints_any_used(const struct http_endpoints *endpoints)
{
    for (uint32_t i = 0; i < endpoints->count; i++)
        if (http_endpoints_is_used(&endpoints->items[i]))
            return true;
    return false;
}

/* The highest of hashes of key and address wins, so that an endpoint more or less moves
 * only the calls that are its own. */
static uint32_t highest(const struct http_endpoints *endpoints, uint64_t sticky, uint32_t avoid,
                        int64_t now_ns)
{
    bool left = !endpoints->joins && !http_endpoints_any_used(endpoints);
    uint64_t best = 0;
    uint32_t found = UINT32_MAX;

    for (uint32_t i = 0; i < endpoints->count; i++) {
        const struct http_endpoint *endpoint = &endpoints->items[i];
        uint64_t hash = http_endpoints_mix(endpoint->name ^ http_endpoints_mix(sticky));

        if (i == avoid || (now_ns > 0 && endpoint->open_ns > now_ns) ||
            (left ? endpoint->gone : !http_endpoints_is_used(endpoint)))
            continue;
        if (found == UINT32_MAX || hash > best) {
            best = hash;
            found = i;
        }
    }
    return found;
}

uint32_t http_endpoints_home(const struct http_endpoints *endpoints, uint64_t sticky)
{
    return highest(endpoints, sticky, UINT32_MAX, 0);
}

uint32_t http_endpoints_again(const struct http_endpoints *endpoints, uint64_t sticky,
                              uint32_t avoid, int64_t now_ns)
{
    uint32_t other = highest(endpoints, sticky, avoid, now_ns);

    return other != UINT32_MAX ? other : http_endpoints_home(endpoints, sticky);
}

bool http_endpoints_ready(const struct http_endpoint *endpoint, uint32_t samples, int64_t now_ns)
{
    bool room = endpoint->slots == 0 || endpoint->in_flight == 0 ||
                (uint64_t)endpoint->samples + samples <= (uint64_t)endpoint->slots + HTTP_BESIDE;

    return room && !endpoint->gone && endpoint->open_ns <= now_ns &&
           http_adapt_admits(&endpoint->adapt, endpoint->in_flight);
}

bool http_endpoints_left(const struct http_endpoints *endpoints,
                         const struct http_endpoint *endpoint, int64_t now_ns)
{
    return endpoint->open_ns - now_ns > endpoints->retry_after_max_ns;
}

uint32_t http_endpoints_leave(struct http_endpoints *endpoints, uint32_t number)
{
    uint32_t others = endpoints->joins;

    endpoints->items[number].open_ns = NEVER;
    for (uint32_t i = 0; i < endpoints->count; i++)
        others += http_endpoints_is_used(&endpoints->items[i]);
    return others;
}

bool http_endpoints_behind(const struct http_endpoint *endpoint, int64_t now_ns)
{
    uint32_t given = (uint32_t)endpoint->adapt.limit, most = endpoint->slots + HTTP_BESIDE;
    uint32_t allowed = (endpoint->slots > 0 && most < given ? most : given) / 4;

    if (endpoint->open_ns > now_ns || endpoint->trouble_ns != 0)
        return endpoint->waiting > 0;
    return endpoint->waiting > (allowed > SPILL_LEAST ? allowed : SPILL_LEAST);
}

/* --- what becomes of requests --------------------------------------------------------------- */

void http_endpoints_good(struct http_endpoint *endpoint)
{
    http_adapt_good(&endpoint->adapt);
    endpoint->rounds = 0;
    endpoint->lost = 0;
    endpoint->trouble_ns = 0;
}

static void gate(struct http_endpoint *endpoint, int64_t open_ns)
{
    if (open_ns > endpoint->open_ns)
        endpoint->open_ns = open_ns;
}

static void note_trouble(struct http_endpoint *endpoint, int64_t now_ns)
{
    endpoint->rounds++;
    if (endpoint->trouble_ns == 0)
        endpoint->trouble_ns = now_ns;
}

void http_endpoints_busy(struct http_endpoints *endpoints, struct http_endpoint *endpoint,
                         int64_t sent_ns, int64_t wait_ns, int64_t now_ns)
{
    uint64_t random = http_endpoints_draw(endpoints);
    int64_t wait;

    endpoint->lost = 0; /* a server answers */
    if (http_adapt_busy(&endpoint->adapt, sent_ns, now_ns))
        note_trouble(endpoint, now_ns);
    else if (wait_ns <= 0)
        return;
    wait = http_retry_wait(endpoint->rounds, random);
    if (wait_ns > 0) /* never early, and not all at once: up to an eighth later */
        wait = wait_ns + (int64_t)(random % (uint64_t)(wait_ns / 8 + 1));
    gate(endpoint, now_ns + wait);
}

void http_endpoints_lost(struct http_endpoints *endpoints, struct http_endpoint *endpoint,
                         int64_t sent_ns, int64_t now_ns)
{
    if (++endpoint->lost < LOST_MOST && endpoint->rounds == 0)
        return;
    if (!http_adapt_lost(&endpoint->adapt, sent_ns, now_ns))
        return;
    note_trouble(endpoint, now_ns);
    gate(endpoint, now_ns + http_retry_wait(endpoint->rounds, http_endpoints_draw(endpoints)));
}

/* Its waits stay short: unlike one that is away it may be well again at any time, and each trial is
 * one retry of a call less. */
void http_endpoints_down(struct http_endpoints *endpoints, struct http_endpoint *endpoint,
                         int64_t sent_ns, int64_t now_ns)
{
    if (++endpoint->lost < LOST_MOST && endpoint->trouble_ns == 0)
        return;
    if (!http_adapt_lost(&endpoint->adapt, sent_ns, now_ns))
        return;
    if (endpoint->trouble_ns == 0)
        endpoint->trouble_ns = now_ns;
    gate(endpoint, now_ns + http_retry_wait(DOWN_ROUND, http_endpoints_draw(endpoints)));
}
