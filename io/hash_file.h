/*
 * hash_file.h - SHA-256 of a file's bytes.
 *
 * Threads. Any; nothing is kept.
 */
#ifndef IO_HASH_FILE_H
#define IO_HASH_FILE_H

#include "io/hash.h"

/* 0; else an errno: it cannot be read, and hex is as it was. */
int hash_file(const char *path, char hex[HASH_HEX]);

#endif
