/*
 * proxy.h - which proxy libcurl takes for an address, so that a sentence can name it, and that no
 * key goes to it unencrypted.
 *
 * libcurl decides by environment variables: http_proxy (in lower case only), https_proxy,
 * all_proxy and no_proxy, the last three in upper case, too. This is the same decision made a
 * second time; where a key is at stake libcurl is told not to make it differently.
 */
#ifndef IO_HTTP_PROXY_H
#define IO_HTTP_PROXY_H

#include <stdbool.h>
#include <stddef.h>

/* The proxy's host and port, without user and password; "": none. host has no brackets and is
 * length bytes long. */
void http_proxy_of(char *out, size_t room, bool tls, const char *host, size_t length);

#endif
