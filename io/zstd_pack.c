/*
 * zstd_pack.c - a file through zstd's streaming compressor, a piece at a time.
 */
#include "io/zstd_pack.h"

#include <stdlib.h>
#include <zstd.h>

enum { PACK_LEVEL = 6, PACK_PIECE = 1 << 17 };

struct packing {
    ZSTD_CCtx *zstd;
    char *in, *out; /* PACK_PIECE bytes each */
    int (*put)(void *context, const char *bytes, size_t length, struct crux_error *error);
    void *context;
};

static int packing_failed(struct crux_error *error, size_t code)
{
    return crux_fail(error, CRUX_STORE, "cannot compress: %s", ZSTD_getErrorName(code));
}

/* All of a piece; the last one ends the frame. */
static int packing_piece(struct packing *packing, size_t length, bool last,
                         struct crux_error *error)
{
    ZSTD_inBuffer in = {packing->in, length, 0};
    size_t left;

    do {
        ZSTD_outBuffer out = {packing->out, PACK_PIECE, 0};
        int status;

        left = ZSTD_compressStream2(packing->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return packing_failed(error, left);
        status = packing->put(packing->context, packing->out, out.pos, error);
        if (status != CRUX_OK)
            return status;
    } while (last ? left > 0 : in.pos < in.size);
    return CRUX_OK;
}

static int packing_open(struct packing *packing, uint64_t size, struct crux_error *error)
{
    size_t code = 0;

    if (packing->zstd == NULL || packing->in == NULL || packing->out == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to compress");
    (void)ZSTD_CCtx_setParameter(packing->zstd, ZSTD_c_compressionLevel, PACK_LEVEL);
    (void)ZSTD_CCtx_setParameter(packing->zstd, ZSTD_c_checksumFlag, 1);
    code = ZSTD_CCtx_setPledgedSrcSize(packing->zstd, size);
    return ZSTD_isError(code) ? packing_failed(error, code) : CRUX_OK;
}

int zstd_pack(FILE *from, uint64_t size,
              int (*put)(void *context, const char *bytes, size_t length, struct crux_error *error),
              void *context, struct crux_error *error)
{
    struct packing packing = {ZSTD_createCCtx(), malloc(PACK_PIECE), malloc(PACK_PIECE), put,
                              context};
    int status = packing_open(&packing, size, error);

    do {
        size_t length = size < PACK_PIECE ? (size_t)size : PACK_PIECE;

        if (status != CRUX_OK)
            break;
        if (fread(packing.in, 1, length, from) != length)
            status = crux_fail(error, CRUX_STORE, "cannot read again what is to be compressed");
        else
            status = packing_piece(&packing, length, size == length, error);
        size -= length;
    } while (size > 0);
    free(packing.in);
    free(packing.out);
    (void)ZSTD_freeCCtx(packing.zstd);
    return status;
}
