/*
 * heads.h - what a user adds to each request to an endpoint: header lines, and a query in its
 * address. Both are recorded with the run and printed, so neither may hold a key.
 *
 * A key is known by the name before it (Authorization, api-key, token ...) and by how it begins
 * (Bearer, Basic, sk-). Whatever is refused is never quoted.
 *
 * Pure; any thread. Errors: CRUX_INVALID.
 */
#ifndef IO_HTTP_HEADS_H
#define IO_HTTP_HEADS_H

#include "search/crux.h"

enum { HTTP_HEADS = 16 }; /* lines of one endpoint */

/* Each is "Name: value", and none is one that requests have by themselves. key_header is the name
 * of the header that the key is in; NULL: as usual. */
int http_check_headers(const char *const *headers, uint32_t count, const char *key_header,
                       struct crux_error *error);

/* What stands behind the question mark of an address; "" is fine. */
int http_heads_check_query(const char *query, struct crux_error *error);

/* Is it the name of something that holds a key: Authorization, api_key, access-token ...? */
bool http_is_key_name(const char *name, size_t length);

#endif
