/*
 * frame.c - a packed document in one zstd frame, and out of it.
 */
#include "io/store/frame.h"

#include <stdlib.h>
#include <zstd.h>

enum {
    FRAME_LEVEL = 3,              /* of compression: what more would save is not worth its time */
    FRAME_RATIO = (128 << 10) / 4 /* a zstd block makes 128 KiB of no less than 4 bytes */
};

int frame_compress(void **frame, size_t *size, const void *document, size_t length)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    size_t room = ZSTD_compressBound(length), used;
    void *bytes = malloc(room);
    int status = CRUX_MEMORY;

    if (context == NULL || bytes == NULL)
        goto done;
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, FRAME_LEVEL);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    used = ZSTD_compress2(context, bytes, room, document, length);
    if (ZSTD_isError(used)) /* with room enough only memory can be missing */
        goto done;
    *frame = bytes;
    *size = used;
    bytes = NULL;
    status = CRUX_OK;

done:
    free(bytes);
    (void)ZSTD_freeCCtx(context);
    return status;
}

int frame_decompress(char **document, size_t *size, const void *frame, size_t frame_size,
                     struct crux_error *error)
{
    unsigned long long claim = ZSTD_getFrameContentSize(frame, frame_size);
    size_t got;
    char *bytes;

    if (claim == ZSTD_CONTENTSIZE_ERROR || claim == ZSTD_CONTENTSIZE_UNKNOWN)
        return crux_fail(error, CRUX_STORE, "the packed tree is no zstd frame with a known size");
    if (claim > FRAME_LIMIT || claim / FRAME_RATIO > frame_size)
        return crux_fail(error, CRUX_STORE,
                         "the packed tree claims %llu bytes: more than it can have", claim);
    if (ZSTD_findFrameCompressedSize(frame, frame_size) != frame_size)
        return crux_fail(error, CRUX_STORE,
                         "the packed tree is cut short, or something follows it");
    bytes = malloc(claim + 1);
    if (bytes == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a tree of %llu bytes", claim);
    got = ZSTD_decompress(bytes, claim, frame, frame_size);
    if (got != claim) {
        free(bytes);
        return crux_fail(error, CRUX_STORE, "the packed tree is damaged: %s",
                         ZSTD_isError(got) ? ZSTD_getErrorName(got) : "it is cut short");
    }
    *document = bytes;
    *size = got;
    return CRUX_OK;
}
