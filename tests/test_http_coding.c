/*
 * test_http_coding.c - what io/http/coding.h promises.
 */
#include "io/http/coding.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define MOST ((uint64_t)1 << 20)

static const char text[] = "{\"choices\":[{\"text\":\"packed\"}]}";

static struct http_coded copy_of(const void *bytes, size_t length)
{
    struct http_coded body = {malloc(length + 1), length, length + 1};

    cr_assert_not_null(body.bytes);
    memcpy(body.bytes, bytes, length);
    body.bytes[length] = '\0';
    return body;
}

/* bits as for deflateInit2(): 31 gzip, 15 zlib, -15 neither. */
static struct http_coded packed(const char *from, size_t length, int bits)
{
    unsigned char out[4096];
    z_stream stream = {.next_in = (Bytef *)from,
                       .avail_in = (uInt)length,
                       .next_out = out,
                       .avail_out = sizeof out};

    cr_assert_eq(deflateInit2(&stream, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    (void)deflateEnd(&stream);
    return copy_of(out, sizeof out - stream.avail_out);
}

static void expect(struct http_coded body, const char *label, const char *wanted)
{
    cr_expect(http_coding_undo(&body, label, MOST), "%s", label);
    cr_expect_str_eq(body.bytes, wanted, "%s: %s", label, body.bytes);
    cr_expect_eq(body.length, strlen(wanted), "%s", label);
    free(body.bytes);
}

/* Each coding is undone, and one inside of another. */
Test(coding, undone)
{
    static const char brotli[] =
        "\x1b\x1e\x00\x00\x04\x5a\x72\xe4\x27\x18\x69\xcb\xfe\x85\x5a\x2d\x49"
        "\x25\xac\xc8\x22\xb7\x2f\xb5\x34\x17\x72\x99\x30\x20\xdc\xfb\x63\x19";
    char out[200];
    size_t length = ZSTD_compress(out, sizeof out, text, strlen(text), 3);
    struct http_coded inner = packed(text, strlen(text), 31);

    expect(packed(text, strlen(text), 31), "gzip", text);
    expect(packed(text, strlen(text), 15), "deflate", text);
    expect(packed(text, strlen(text), -15), "deflate", text);
    expect(copy_of(brotli, sizeof brotli - 1), "br", text);
    expect(copy_of(out, length), "zstd", text);
    expect(packed(inner.bytes, inner.length, 31), "gzip, gzip", text);
    free(inner.bytes);
}

/* Bytes that say what they are need no label, and a wrong one does no harm; what is plain stays so
 * whatever is said of it. */
Test(coding, labels_are_not_believed)
{
    static const char *const labels[] = {"", "gzip", "x-gzip", "deflate", "br", "zstd", "UTF-8"};
    static const char *const plain[] = {"{\"a\":1}", "\n [1]", "data: {}\n\n", ": ping\n\n{}"};
    char out[200];
    size_t length = ZSTD_compress(out, sizeof out, text, strlen(text), 3);

    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        expect(packed(text, strlen(text), 31), labels[i], text);
        expect(copy_of(out, length), labels[i], text);
        for (size_t j = 0; j < sizeof plain / sizeof *plain; j++)
            expect(copy_of(plain[j], strlen(plain[j])), labels[i], plain[j]);
    }
}

/* Of one that is cut off anywhere comes what is there, and nothing behind it is read. */
Test(coding, cut_off)
{
    struct http_coded whole = packed(text, strlen(text), 31);

    for (size_t length = 0; length < whole.length; length++) {
        struct http_coded body = copy_of(whole.bytes, length);

        cr_expect(http_coding_undo(&body, "gzip", MOST));
        cr_expect(body.length == length || strncmp(body.bytes, text, body.length) == 0);
        free(body.bytes);
    }
    free(whole.bytes);
}

/* One that would become longer than is taken is cut there. */
Test(coding, too_long)
{
    char *zeros = calloc(1, MOST);
    struct http_coded body;

    cr_assert_not_null(zeros);
    body = packed(zeros, MOST, 31);
    cr_expect_not(http_coding_undo(&body, "gzip", 10000));
    cr_expect(body.length >= 10000 && body.length < 100000, "%zu", body.length);
    free(body.bytes);
    free(zeros);
}
