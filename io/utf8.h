/*
 * utf8.h - what is a character in UTF-8, and what is none (RFC 3629).
 *
 * Overlong forms, surrogates and what lies above U+10FFFF are none. The search checks the texts
 * of ports itself (search/reply.c), for search/ includes no header of io/. Pure; any thread.
 */
#ifndef IO_UTF8_H
#define IO_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at the beginning of text, and which it is in *point; 0: it is none, or
 * longer than what is left (at least 1). */
size_t utf8_character(const char *text, size_t left, uint32_t *point);

/* Is it characters from end to end? */
bool utf8_is_text(const char *text, size_t length);

#define UTF8_NO_CHARACTER "\xEF\xBF\xBD" /* U+FFFD, in the place of what is none */

/* Room for a text of so many bytes in which each byte that belongs to no character becomes U+FFFD,
 * and its NUL. */
#define UTF8_ROOM(length) (3 * (length) + 1)

/* Copy it so; returns the bytes without the NUL. */
size_t utf8_mend(char *out, const char *text, size_t length);

#endif
