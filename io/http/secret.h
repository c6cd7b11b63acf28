/*
 * secret.h - an API key: where it comes from, and how it is kept out of everything else.
 *
 * It comes from an environment variable, or from a file that only its owner can read (mode
 * 0600 or less). A file that others may read, too, is taken where it cannot be
 * written to by anybody: that is how secrets are mounted. It
 * goes into one header of requests. Servers may repeat it in what they answer, so every body and
 * sentence is wiped of it before it is handed on: as it is, as base64 (alone or with something
 * before it), and as in a URL.
 *
 * Ownership. http_secret_close() overwrites the key and frees it. NULL secrets are fine
 *            everywhere and hide nothing.
 * Threads.   Wiping reads only; any number of threads, but for http_secret_again().
 * Errors.    CRUX_INVALID; a sentence names the variable or file, never what was in it; and what is
 *            not there is not named when its name may be the key itself.
 */
#ifndef IO_HTTP_SECRET_H
#define IO_HTTP_SECRET_H

#include "search/crux.h"

struct http_secret;

/* Both NULL: no key, *out is NULL. An unset or empty variable is an error. */
/* header: the name of the header that it is in; NULL: Authorization, behind the word Bearer. */
int http_secret_open(struct http_secret **out, const char *variable, const char *file,
                     const char *header, struct crux_error *error);
void http_secret_close(struct http_secret *secret);

/* "Authorization: Bearer KEY", or "NAME: KEY". It lives as long as the secret, also when there is
 * another one after http_secret_again(). */
const char *http_secret_header(const struct http_secret *secret);

/* Read its file again. True: there is another key in it, which counts from now on; the one before
 * is still wiped. By one thread, while no other wipes. NULL, a variable's, and a file that cannot
 * be read or is as before: false. */
bool http_secret_again(struct http_secret *secret);

/* How often it has changed; 0 of NULL. */
uint32_t http_secret_turn(const struct http_secret *secret);

/* Overwrite every appearance with asterisks. True: there was one. */
bool http_secret_wipe(const struct http_secret *secret, char *bytes, size_t length);

#endif
