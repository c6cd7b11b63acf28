/*
 * images.h - the pictures of a problem, lent to one question to a served model.
 *
 * A source is a data: URL, or a path; one that is not absolute starts from the folder of the
 * file of problems. What was taken is given back when the question has been answered.
 *
 * Threads. Any (io/images.h). A zeroed struct has none.
 * Errors.  CRUX_INPUT with a sentence that names the picture; CRUX_INVALID; CRUX_MEMORY.
 */
#ifndef IO_CHAT_IMAGES_H
#define IO_CHAT_IMAGES_H

#include "io/chat/request.h"
#include "io/images.h"

enum {
    CHAT_IMAGE_TOKENS = 4096
}; /* at most, per image: for limits, since no server reports it in advance */

struct chat_images {
    struct images *from;
    const struct image *taken[CHAT_IMAGES];
    struct chat_image urls[CHAT_IMAGES];
    uint32_t count;
};

int chat_images_take(struct chat_images *out, struct images *from, const char *folder,
                     const struct crux_problem *problem, struct crux_error *error);
void chat_images_give_back(struct chat_images *images);

#endif
