/*
 * test_images.c - what images.h promises, one promise per test.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/images.h"
#include "tests/world/heap.h"

/* The smallest that pass for pictures, and what becomes of them. */
#define PNG     "\x89PNG\r\n\x1a\n"
#define PNG_URL "data:image/png;base64,iVBORw0KGgo="

static char path[64];
static struct images *images;

static void write_file(const char *bytes, size_t length)
{
    FILE *file;

    (void)snprintf(path, sizeof path, "/tmp/crux-image-%ld", (long)getpid());
    file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, length, file), length);
    cr_assert_eq(fclose(file), 0);
}

static void set_up(void)
{
    cr_assert_eq(images_open(&images, 60, NULL), CRUX_OK);
}

static void tear_down(void)
{
    images_close(images);
    images_close(NULL);
    if (path[0] != '\0')
        (void)unlink(path);
}

static const struct image *taken(const char *source)
{
    const struct image *image = NULL;
    struct crux_error error = {""};

    cr_assert_eq(images_take(images, source, &image, &error), CRUX_OK, "%s", error.text);
    return image;
}

static void assert_refused(const char *source, const char *part)
{
    const struct image *image = NULL;
    struct crux_error error = {""};

    cr_assert_eq(images_take(images, source, &image, &error), CRUX_INPUT, "%s", source);
    cr_assert_null(image);
    cr_assert_not_null(strstr(error.text, part), "%s", error.text);
}

TestSuite(images, .init = set_up, .fini = tear_down);

/* What a picture is, its bytes say; all of them become a data: URL. */
Test(images, kinds)
{
    static const struct {
        const char *bytes, *url;
        size_t length;
    } rows[] = {
        {PNG, PNG_URL, 8},
        {PNG "1", "data:image/png;base64,iVBORw0KGgox", 9},
        {PNG "12", "data:image/png;base64,iVBORw0KGgoxMg==", 10},
        {"\xff\xd8\xff", "data:image/jpeg;base64,/9j/", 3},
        {"GIF89a", "data:image/gif;base64,R0lGODlh", 6},
        {"RIFF\0\0\0\0WEBP", "data:image/webp;base64,UklGRgAAAABXRUJQ", 12},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct images *own = NULL;
        const struct image *image = NULL, *again = NULL;

        write_file(rows[i].bytes, rows[i].length);
        cr_assert_eq(images_open(&own, 0, NULL), CRUX_OK);
        cr_assert_eq(images_take(own, path, &image, NULL), CRUX_OK);
        cr_assert_str_eq(image->url, rows[i].url);
        cr_assert_eq(image->length, strlen(rows[i].url));
        cr_assert_eq(images_take(own, rows[i].url, &again, NULL), CRUX_OK, "%s", rows[i].url);
        cr_assert_str_eq(again->url, rows[i].url);
        cr_assert_str_eq(again->sha256, image->sha256, "the same picture by another name");
        images_close(own);
    }
}

/* Everybody gets the same text, made once: what has happened to the file meanwhile does not
 * matter. */
Test(images, made_once)
{
    const struct image *first;

    write_file(PNG, 8);
    first = taken(path);
    write_file("GIF8", 4);
    cr_assert_eq(taken(path), first);
    images_give_back(images, first);
    cr_assert_eq(taken(path), first, "somebody still had it");
    cr_assert_str_eq(first->url, PNG_URL);
    images_give_back(images, first);
    images_give_back(images, first);
    cr_assert_eq(taken(path), first, "it was kept for a while");
}

/* What nobody has is kept up to a number of bytes; the longest unused goes first. */
Test(images, unused_ones_go)
{
    static const char *const urls[] = {PNG_URL, "data:image/png;base64,iVBORw0KGgox"};
    const struct image *images_of[3];

    write_file(PNG, 8);
    images_of[0] = taken(path);
    images_of[1] = taken(urls[0]);
    images_give_back(images, images_of[0]); /* 34 bytes are kept ... */
    images_give_back(images, images_of[1]); /* ... 68 are too many: the file's goes */
    write_file("GIF8", 4);
    cr_assert_neq(strcmp(taken(path)->url, PNG_URL), 0, "it was read anew");
    images_of[2] = taken(urls[1]);
    cr_assert_str_eq(images_of[2]->url, urls[1]);
    cr_assert_eq(taken(urls[0]), images_of[1]);
}

/* What is no picture is refused by name, and nothing stays of it. */
Test(images, refused)
{
    char *large = calloc(1, (20u << 20) + 1);

    assert_refused("/nowhere.png", "cannot read the image /nowhere.png: No such file or directory");
    assert_refused("/tmp", "cannot read the image /tmp: it is no file");
    write_file("hello", 5);
    assert_refused(path, "expected a PNG, JPEG, GIF or WebP image");
    write_file("", 0);
    assert_refused(path, "expected a PNG, JPEG, GIF or WebP image");
    write_file(large, (20u << 20) + 1);
    assert_refused(path, "expected at most 20 MiB");
    free(large);
    assert_refused("data:image/png,raw", "expected an image as a path or as data:TYPE;base64");
    assert_refused("data:image/png;base64,iVBORw0K!", "something else than base64");
    assert_refused("data:image/png;base64,iVBOR", "something else than base64");
    assert_refused("data:image/png;base64,iVBORw=", "something else than base64");
    assert_refused("data:image/png;base64,iVBORw=x", "something else than base64");
    assert_refused("data:image/png;base64,iVBOR===", "something else than base64");
    assert_refused("data:image/png;base64,iVBO====", "something else than base64");
}

/* Wherever memory ends, that is said, and nothing is left behind. */
Test(images, without_memory)
{
    static const char *const sources[] = {path, PNG_URL};

    write_file(PNG, 8);
    for (int i = 0; heap_can_fail() && i < 2; i++) {
        bool failed = true;

        for (uint32_t number = 1; failed; number++) {
            const struct image *image = NULL;
            struct images *own = NULL;
            struct crux_error error = {""};
            int status;

            heap_fail(number);
            status = images_open(&own, 0, &error);
            if (status == CRUX_OK)
                status = images_take(own, sources[i], &image, &error);
            failed = heap_has_failed();
            heap_fail(0);
            cr_assert_eq(status, failed ? CRUX_MEMORY : CRUX_OK, "allocation %u", number);
            images_close(own);
        }
    }
}
