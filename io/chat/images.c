/*
 * images.c - the pictures that a problem names, taken from the shared images and put into a
 * request.
 */
#include "io/chat/images.h"

#include <stdlib.h>
#include <string.h>

static int take_one(struct chat_images *out, const char *folder, const char *source,
                    struct crux_error *error)
{
    bool whole = source[0] == '/' || strncmp(source, "data:", 5) == 0;
    size_t room = strlen(folder) + strlen(source) + 1;
    char *path = malloc(room);
    const struct image *image;
    int status;

    if (path == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the name of a picture");
    (void)stpcpy(stpcpy(path, whole ? "" : folder), source);
    status = images_take(out->from, path, &image, error);
    free(path);
    if (status != CRUX_OK)
        return status;
    out->taken[out->count] = image;
    out->urls[out->count++] = (struct chat_image){image->url, image->length};
    return CRUX_OK;
}

int chat_images_take(struct chat_images *out, struct images *from, const char *folder,
                     const struct crux_problem *problem, struct crux_error *error)
{
    int status = CRUX_OK;

    *out = (struct chat_images){.from = from};
    if (problem->image_count > CHAT_IMAGES)
        return crux_fail(error, CRUX_INVALID, "a problem has at most %d images, not %u",
                         CHAT_IMAGES, problem->image_count);
    for (uint32_t i = 0; i < problem->image_count && status == CRUX_OK; i++)
        status = take_one(out, folder, problem->images[i], error);
    if (status != CRUX_OK)
        chat_images_give_back(out);
    return status;
}

void chat_images_give_back(struct chat_images *images)
{
    while (images->count > 0)
        images_give_back(images->from, images->taken[--images->count]);
}
