/*
 * images.c - the pictures that a run has in use, read once and shared: a list, most recently used
 * first, behind one lock.
 *
 * A run has as many pictures in use as problems open, dozens; so a list is looked through, and
 * no table is kept.
 */
#include "io/images.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGEST ((size_t)20 << 20)

struct entry {
    struct image image; /* first: an image is its entry */
    struct entry *next;
    char *source, *url;
    uint32_t users;
};

struct images {
    pthread_mutex_t lock;
    struct entry *first; /* the last used */
    size_t idle, idle_most;
};

/* --- bytes ---------------------------------------------------------------------------------- */

struct picture {
    unsigned char *bytes;
    size_t length;
};

static int images_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for an image");
}

static int images_read_file(struct picture *out, const char *path, struct crux_error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info = {.st_size = 0};
    ssize_t got = 1;

    if (file < 0 || fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
        if (file >= 0)
            (void)close(file);
        return crux_fail(error, CRUX_INPUT, "cannot read the image %.200s: %s", path,
                         file < 0 ? strerror(errno) : "it is no file");
    }
    if ((size_t)info.st_size > LARGEST) {
        (void)close(file);
        return crux_fail(error, CRUX_INPUT, "the image %.200s: expected at most 20 MiB", path);
    }
    out->bytes = malloc((size_t)info.st_size + 1);
    while (out->bytes != NULL && got > 0 && out->length < (size_t)info.st_size) {
        got = read(file, out->bytes + out->length, (size_t)info.st_size - out->length);
        out->length += got > 0 ? (size_t)got : 0;
    }
    (void)close(file);
    return out->bytes == NULL ? images_no_memory(error) : CRUX_OK;
}

static const char *kind_of(const struct picture *picture)
{
    static const struct {
        const char *type, *magic;
        size_t length, at;
    } rows[] = {{"image/png", "\x89PNG\r\n\x1a\n", 8, 0},
                {"image/jpeg", "\xff\xd8\xff", 3, 0},
                {"image/gif", "GIF8", 4, 0},
                {"image/webp", "WEBP", 4, 8}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (picture->length >= rows[i].at + rows[i].length &&
            memcmp(picture->bytes + rows[i].at, rows[i].magic, rows[i].length) == 0)
            return rows[i].type;
    return NULL;
}

/* --- base64 (RFC 4648) ------------------------------------------------------------------------ */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *encode(char *out, const struct picture *picture)
{
    const unsigned char *at = picture->bytes;
    size_t left = picture->length;

    for (; left > 0; at += 3) {
        uint32_t group =
            (uint32_t)at[0] << 16 | (left > 1 ? (uint32_t)at[1] << 8 : 0) | (left > 2 ? at[2] : 0);

        *out++ = letters[group >> 18];
        *out++ = letters[group >> 12 & 63];
        *out++ = left > 1 ? letters[group >> 6 & 63] : '=';
        *out++ = left > 2 ? letters[group & 63] : '=';
        left = left > 3 ? left - 3 : 0;
    }
    *out = '\0';
    return out;
}

/* False: that is no base64. */
static bool decode(struct picture *out, const char *text)
{
    uint32_t group = 0;
    size_t digits = 0;

    for (; *text != '\0' && *text != '='; text++) {
        const char *letter = strchr(letters, *text);

        if (letter == NULL)
            return false;
        group = group << 6 | (uint32_t)(letter - letters);
        if (++digits % 4 == 0) {
            out->bytes[out->length++] = (unsigned char)(group >> 16);
            out->bytes[out->length++] = (unsigned char)(group >> 8);
            out->bytes[out->length++] = (unsigned char)group;
        }
    }
    if (digits % 4 == 1 || (digits + strlen(text)) % 4 != 0 || strspn(text, "=") != strlen(text) ||
        strlen(text) > 2)
        return false;
    for (size_t i = 1; i < digits % 4; i++)
        out->bytes[out->length++] = (unsigned char)(group >> (6 * (digits % 4) - 8 * i));
    return true;
}

static int read_url(struct picture *out, const char *url, struct crux_error *error)
{
    const char *data = strstr(url, ";base64,");

    if (data == NULL || strlen(data) > LARGEST / 3 * 4)
        return crux_fail(
            error, CRUX_INPUT,
            "expected an image as a path or as data:TYPE;base64,... of at most 20 MiB");
    data += strlen(";base64,");
    out->bytes = malloc(strlen(data) + 3);
    if (out->bytes == NULL)
        return images_no_memory(error);
    return decode(out, data) ? CRUX_OK
                             : crux_fail(error, CRUX_INPUT,
                                         "an image's data: URL holds something else than base64");
}

/* --- one picture --------------------------------------------------------------------- */

static void images_free_entry(struct entry *entry)
{
    free(entry->source);
    free(entry->url);
    free(entry);
}

static int make_url(struct entry *entry, const struct picture *picture, struct crux_error *error)
{
    const char *type = kind_of(picture);
    char *at;

    if (type == NULL)
        return crux_fail(error, CRUX_INPUT, "%.200s: expected a PNG, JPEG, GIF or WebP image",
                         entry->source);
    entry->url = malloc(64 + (picture->length + 2) / 3 * 4);
    if (entry->url == NULL)
        return images_no_memory(error);
    at = stpcpy(stpcpy(stpcpy(entry->url, "data:"), type), ";base64,");
    at = encode(at, picture);
    entry->image.url = entry->url;
    entry->image.length = (size_t)(at - entry->url);
    hash_hex(picture->bytes, picture->length, entry->image.sha256);
    return CRUX_OK;
}

static int make_entry(struct entry **out, const char *source, struct crux_error *error)
{
    struct entry *entry = calloc(1, sizeof *entry);
    struct picture picture = {.bytes = NULL};
    int status;

    if (entry == NULL)
        return images_no_memory(error);
    entry->source = strdup(source);
    if (entry->source == NULL)
        status = images_no_memory(error);
    else if (strncmp(source, "data:", 5) == 0)
        status = read_url(&picture, source, error);
    else
        status = images_read_file(&picture, source, error);
    if (status == CRUX_OK)
        status = make_url(entry, &picture, error);
    free(picture.bytes);
    if (status == CRUX_OK)
        *out = entry;
    else
        images_free_entry(entry);
    return status;
}

/* --- all of them --------------------------------------------------------------------- */

int images_open(struct images **out, size_t idle_most, struct crux_error *error)
{
    struct images *images = calloc(1, sizeof *images);

    if (images == NULL)
        return images_no_memory(error);
    (void)pthread_mutex_init(&images->lock, NULL);
    images->idle_most = idle_most;
    *out = images;
    return CRUX_OK;
}

void images_close(struct images *images)
{
    if (images == NULL)
        return;
    while (images->first != NULL) {
        struct entry *next = images->first->next;

        images_free_entry(images->first);
        images->first = next;
    }
    (void)pthread_mutex_destroy(&images->lock);
    free(images);
}

/* Take it out of the list; NULL: it is not there. */
static struct entry *unlink_source(struct images *images, const char *source)
{
    for (struct entry **place = &images->first; *place != NULL; place = &(*place)->next)
        if (strcmp((*place)->source, source) == 0) {
            struct entry *found = *place;

            *place = found->next;
            return found;
        }
    return NULL;
}

int images_take(struct images *images, const char *source, const struct image **out,
                struct crux_error *error)
{
    struct entry *entry;
    int status = CRUX_OK;

    (void)pthread_mutex_lock(&images->lock);
    entry = unlink_source(images, source);
    if (entry == NULL)
        status = make_entry(&entry, source, error);
    else if (entry->users == 0)
        images->idle -= entry->image.length;
    if (status == CRUX_OK) {
        entry->users++;
        entry->next = images->first;
        images->first = entry;
        *out = &entry->image;
    }
    (void)pthread_mutex_unlock(&images->lock);
    return status;
}

/* The picture that has been unused for longest. */
static void drop_one(struct images *images)
{
    struct entry **last = NULL, *dropped;

    for (struct entry **place = &images->first; *place != NULL; place = &(*place)->next)
        if ((*place)->users == 0)
            last = place;
    dropped = *last;
    *last = dropped->next;
    images->idle -= dropped->image.length;
    images_free_entry(dropped);
}

void images_give_back(struct images *images, const struct image *image)
{
    struct entry *entry = (struct entry *)(uintptr_t)(const void *)image;

    (void)pthread_mutex_lock(&images->lock);
    if (--entry->users == 0)
        images->idle += image->length;
    while (images->idle > images->idle_most)
        drop_one(images);
    (void)pthread_mutex_unlock(&images->lock);
}
