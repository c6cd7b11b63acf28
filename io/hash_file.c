/*
 * hash_file.c - hashes a file piece by piece.
 */
#include "io/hash_file.h"

#include <errno.h>
#include <stdio.h>

enum { HASH_FILE_PIECE = 65536 };

int hash_file(const char *path, char hex[HASH_HEX])
{
    char piece[HASH_FILE_PIECE], whole[HASH_HEX];
    FILE *stream = fopen(path, "re");
    struct hash hash;
    size_t got;
    int why = 0;

    if (stream == NULL)
        return errno;
    hash_begin(&hash);
    while ((got = fread(piece, 1, sizeof piece, stream)) > 0)
        hash_add(&hash, piece, got);
    if (ferror(stream))
        why = errno != 0 ? errno : EIO;
    hash_end(&hash, whole);
    (void)fclose(stream);
    for (int i = 0; why == 0 && i < HASH_HEX; i++)
        hex[i] = whole[i];
    return why;
}
