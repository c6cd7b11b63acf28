/*
 * proxy.c - the environment's proxies, read as libcurl reads them.
 */
#include "io/http/proxy.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *variable(const char *lower, const char *upper)
{
    const char *value = getenv(lower);

    if ((value == NULL || *value == '\0') && upper != NULL)
        value = getenv(upper);
    return value != NULL && *value != '\0' ? value : NULL;
}

/* Is an IPv4 address in a network like 10.0.0.0/8? */
static bool in_network(const char *host, const char *entry, size_t length)
{
    const char *slash = memchr(entry, '/', length);
    char network[INET_ADDRSTRLEN] = "";
    struct in_addr of, at;
    long bits;

    if (slash == NULL || (size_t)(slash - entry) >= sizeof network)
        return false;
    memcpy(network, entry, (size_t)(slash - entry));
    bits = strtol(slash + 1, NULL, 10);
    if (bits < 1 || bits > 32 || inet_pton(AF_INET, network, &of) != 1 ||
        inet_pton(AF_INET, host, &at) != 1)
        return false;
    return ((ntohl(of.s_addr) ^ ntohl(at.s_addr)) >> (32 - bits)) == 0;
}

/* A name stands for itself and for all that end in it behind a dot. */
static bool entry_holds(const char *entry, size_t length, const char *host)
{
    size_t size = strlen(host);

    if (length == 1 && *entry == '*')
        return true;
    if (in_network(host, entry, length))
        return true;
    if (length > 0 && *entry == '.') {
        entry++;
        length--;
    }
    return length > 0 && size >= length && strncasecmp(host + size - length, entry, length) == 0 &&
           (size == length || host[size - length - 1] == '.');
}

static bool goes_by(const char *host)
{
    const char *list = variable("no_proxy", "NO_PROXY");

    while (list != NULL && *list != '\0') {
        size_t length = strcspn(list, ", \t");

        if (entry_holds(list, length, host))
            return true;
        list += length;
        list += strspn(list, ", \t");
    }
    return false;
}

void http_proxy_of(char *out, size_t room, bool tls, const char *host, size_t length)
{
    const char *proxy = tls ? variable("https_proxy", "HTTPS_PROXY") : variable("http_proxy", NULL);
    const char *scheme, *user;
    char name[256];

    *out = '\0';
    if (proxy == NULL)
        proxy = variable("all_proxy", "ALL_PROXY");
    (void)snprintf(name, sizeof name, "%.*s", (int)(length < 255 ? length : 255), host);
    if (proxy == NULL || goes_by(name))
        return;
    scheme = strstr(proxy, "://");
    proxy = scheme != NULL ? scheme + 3 : proxy;
    user = strrchr(proxy, '@');
    proxy = user != NULL ? user + 1 : proxy;
    (void)snprintf(out, room, "%.*s", (int)strcspn(proxy, "/"), proxy);
}
