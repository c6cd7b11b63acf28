/*
 * endpoints.h - the servers of a client: where they are, how each is doing, and which
 * one a call should go to.
 *
 * Addresses. A URL is http:// or https://, a host, maybe a port and a path; no password, no
 *     question mark. One without a path gets "/v1", unless it is bare. Its base is the URL, its
 * root the URL without a "/v1" at its end: a call's path "chat/completions" goes below the base,
 * "/health" below the root.
 *
 * Life of an endpoint.
 *
 *     GOOD --busy--> GATED --good--> GOOD       it asks for patience
 *     GOOD --lost, lost, lost--> GATED          no server answers; tried now and then
 *     GOOD --down, down, down--> GATED          it answers with a fault of its own; tried often
 *     GATED until later than retry_after_max: LEFT until then
 *
 *     While it is gated nothing is sent to it before open_ns; then as much as its limit
 *     (adapt.h) allows, which is one request when nothing has come through since.
 *
 * Choice. A call with a sticky key has a home: always the same one of the endpoints, whichever
 *     others come or go (rendezvous hashing: Thaler and Ravishankar 1998). Its retries go
 *     elsewhere if they can.
 *
 * How much. An endpoint that is known to work on so many samples at a time (slots) is given these
 *     and HTTP_BESIDE more, which wait there. With more than 128 waiting SGLang gives up sending
 *     those first whose beginnings it has in its cache (schedule_policy.py at 00550cd), and
 *     everywhere an order that we make is worth nothing for what has been sent.
 *
 * Joining and parting. With most above count there is room for endpoints that come while the client
 *     works (members.h). One that has parted is `gone`: it is nobody's home, and its place is taken
 *     by another one when there is no other place and nothing is in flight there.
 *
 * Threads. After opening, the client's I/O thread alone.
 * Errors.  CRUX_INVALID; the sentence names the URL and what is wrong with it.
 */
#ifndef IO_HTTP_ENDPOINTS_H
#define IO_HTTP_ENDPOINTS_H

#include "io/http/adapt.h"
#include "io/http/order.h"
#include "io/http/retry.h"

struct http_secret;

/* Where a server is and how it is spoken to. Texts are copied. */
struct http_server {
    const char *url;
    const char *key_env;        /* name of an environment variable, or NULL */
    const char *key_file;       /* or a file of mode 0600, or NULL */
    const char *key_header;     /* the header that the key is in; NULL: Authorization: Bearer */
    const char *const *headers; /* "Name: value", sent with every request; heads.h */
    uint32_t header_count;
    const char *cacert; /* a file with the authorities to trust, NULL: the system's */
    bool insecure;      /* no check of its certificate */
    bool bare;          /* no "/v1" is added: all paths go below its root */
    uint32_t slots;     /* samples that it works on at a time; 0: nobody knows */
};

enum { HTTP_BESIDE = 128, HTTP_ENDPOINTS_MOST = 256 };

struct http_endpoint {
    char *base, *root, *query; /* of its address; query with its question mark, or "" */
    uint64_t name;             /* hash of its base */
    char proxy[128];           /* that libcurl asks in its place; "": none */
    char **headers;            /* header_count of them */
    uint32_t header_count;
    char *cacert;
    bool insecure, loopback, tls;
    struct http_secret *secret;

    struct http_adapt adapt;
    struct http_order order; /* of its queue */
    uint32_t born;           /* no other endpoint of the client has this number, also before it */
    bool gone;               /* it has parted */
    uint32_t slots;          /* samples that it works on at a time; 0: nobody knows */
    uint32_t in_flight, samples; /* requests, and what they ask for */
    uint32_t waiting;            /* calls in its queue */
    uint64_t turns;              /* calls that were sent there */
    uint32_t rounds;             /* of trouble, since something came through */
    uint32_t lost;               /* requests in a row that reached no server, or one that is down */
    int64_t open_ns;             /* nothing is sent before */
    int64_t trouble_ns;          /* since when nothing came through; 0: it is well */
    char trouble[320];           /* what was last wrong with it */
    enum http_class why;         /* its class */
    bool hasty;                  /* it was a 429 */
};

struct http_endpoints {
    struct http_endpoint *items;
    uint32_t count, most; /* room for so many */
    uint32_t born;
    bool joins; /* others may come */
    int64_t retry_after_max_ns;
    uint64_t random; /* the state of the jitter */
};

/* most: count or more. */
int http_endpoints_open(struct http_endpoints *out, const struct http_server *servers,
                        uint32_t count, uint32_t most, uint32_t in_flight,
                        struct crux_error *error);
void http_endpoints_close(struct http_endpoints *endpoints);

/* One endpoint by itself, on any thread; it is zeroed before, and closed also after a failure. */
int http_endpoints_make(struct http_endpoint *out, const struct http_server *server,
                        uint32_t in_flight, struct crux_error *error);
void http_endpoints_unmake(struct http_endpoint *endpoint);

/* The URL of a path; false: it does not fit. */
bool http_endpoints_url(const struct http_endpoint *endpoint, const char *path, char *out,
                        size_t room);

/* Where a call goes first, and where it goes again: not to avoid, if there is another one
 * that is well. avoid UINT32_MAX: none to be avoided. UINT32_MAX: there is no endpoint, or none but
 * such as were left, and others may come. */
uint32_t http_endpoints_home(const struct http_endpoints *endpoints, uint64_t sticky);
uint32_t http_endpoints_again(const struct http_endpoints *endpoints, uint64_t sticky,
                              uint32_t avoid, int64_t now_ns);

/* May a request for so many samples be sent there? */
bool http_endpoints_ready(const struct http_endpoint *endpoint, uint32_t samples, int64_t now_ns);
bool http_endpoints_left(const struct http_endpoints *endpoints,
                         const struct http_endpoint *endpoint, int64_t now_ns);

/* Never send to it again; how many others are not so. */
uint32_t http_endpoints_leave(struct http_endpoints *endpoints, uint32_t number);

/* Is something sent to it, or will be, when its rest is over? */
bool http_endpoints_is_used(const struct http_endpoint *endpoint);

/* Is there one of which that holds? */
bool http_endpoints_any_used(const struct http_endpoints *endpoints);

/* Is it so far behind that others may take its calls? When more wait than a quarter of what may be
 * in flight there. */
bool http_endpoints_behind(const struct http_endpoint *endpoint, int64_t now_ns);

/* What became of a request that was sent at sent_ns. wait_ns is what the server asked for,
 * below 0: nothing. */
void http_endpoints_good(struct http_endpoint *endpoint);
void http_endpoints_busy(struct http_endpoints *endpoints, struct http_endpoint *endpoint,
                         int64_t sent_ns, int64_t wait_ns, int64_t now_ns);
void http_endpoints_lost(struct http_endpoints *endpoints, struct http_endpoint *endpoint,
                         int64_t sent_ns, int64_t now_ns);
void http_endpoints_down(struct http_endpoints *endpoints, struct http_endpoint *endpoint,
                         int64_t sent_ns, int64_t now_ns);

/* A draw for the jitter. */
uint64_t http_endpoints_draw(struct http_endpoints *endpoints);

#endif
