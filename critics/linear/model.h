/*
 * model.h - a trained linear critic, and the file that it is kept in.
 *
 *     crux-linear 1 SHA256
 *     {"role": "execution", "kind": "step", "language": 1, "slope": ..., "trained": {...}}
 *     weights: 4 bytes of position and 4 of a float each, little end first, positions ascending
 *
 * The first line has the version of this layout and the SHA-256 of all that follows it; the
 * second, one JSON object, says what the critic is for and how it was trained and measured, so
 * `head -2` tells what a file is. Weights that are 0 are left out.
 *
 * A file is written beside its place, in `.NAME.partial`, and takes its name in one step when it
 * is on the disk: killed at any instant, a program leaves the old file, the new one, or none, and
 * maybe a partial one, which the next writer of that name takes over. Two writers of one name are
 * one too many: the second is refused.
 *
 * Ownership. A model owns its memory until linear_model_close(), which takes NULL.
 * Threads.   A model that was read is constant: any thread.
 * Errors.    A sentence that names the file and what was expected: CRUX_INVALID for what cannot be
 *            read; CRUX_INPUT for what is not such a file, is damaged, or of a later version;
 *            CRUX_STORE for what cannot be written.
 */
#ifndef CRITICS_LINEAR_MODEL_H
#define CRITICS_LINEAR_MODEL_H

#include "critics/linear/features.h"
#include "critics/linear/fit.h"
#include "io/json.h"

#define LINEAR_FORMAT 1

struct linear_model {
    enum crux_role role;
    enum crux_kind kind; /* of the candidates it was trained on; CRUX_KINDS: any */
    struct linear_curve curve;
    float weights[]; /* LINEAR_FEATURES of them */
};

/* All weights 0. NULL: no memory. */
struct linear_model *linear_model_new(void);
void linear_model_close(struct linear_model *model);

/* The probability that a candidate with these features is good. */
double linear_model_rate(const struct linear_model *model, const struct linear_features *features);

int linear_model_read(struct linear_model **out, const char *path, struct crux_error *error);

/* As whole_file_write(). trained: an object for the head, which is taken over. */
int linear_model_write(const struct linear_model *model, const char *path, bool force,
                       struct json *trained, struct crux_error *error);

#endif
