/*
 * columns.h - how many columns of a terminal texts take, and how many there are.
 *
 * Characters are counted as wcwidth() has them in a UTF-8 locale, whatever the user's is: wide ones
 * take two columns, those that combine with others none.
 *
 * Threads. Any.
 */
#ifndef IO_CLI_COLUMNS_H
#define IO_CLI_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

/* Of one character; one that nobody knows takes 1. */
unsigned columns_of_point(uint32_t point);

/* Of a text without control characters; what is no UTF-8 takes 1 a byte. */
size_t columns_of(const char *text);

/* Of the terminal behind a descriptor, as wide as it is now: ask each time. Where it does not say
 * the environment does (COLUMNS), else it is what is said here. At least 1. */
unsigned columns_here(int descriptor, unsigned otherwise);

#endif
