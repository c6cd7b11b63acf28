/*
 * described.h - what stands behind the name of a served critic: BACKEND[,KEY=VALUE]...
 *
 * A first piece with a '=' in it is a setting already: then, and where nothing stands there, the
 * backend without a name is asked. A value ends at the next comma, so none has one in it.
 *
 * Threads. Pure; any thread.
 * Errors.  CRUX_INVALID: the sentence names the critic, the setting and what was expected.
 */
#ifndef CRITICS_DESCRIBED_H
#define CRITICS_DESCRIBED_H

#include "search/crux.h"

enum { DESCRIBED_NAME = 64, DESCRIBED_VALUE = 512 };

/* A setting that a critic knows. take() answers false for a value that it cannot be. */
struct described_setting {
    const char *key, *expected; /* expected: in a sentence, "a whole number 1 .. 64" */
    bool (*take)(void *into, const char *value);
};

/* settings end with a NULL key; argument may be NULL. */
int described_read(char backend[DESCRIBED_NAME], void *into, const char *critic,
                   const char *argument, const struct described_setting *settings,
                   struct crux_error *error);

/* The backend that is named, up to its end or a comma; "": the one without a name. */
const char *described_backend(const char *argument);

/* For settings: the whole value as a number of this range. */
bool described_count(uint32_t *out, const char *value, uint32_t least, uint32_t most);
bool described_real(double *out, const char *value);

/* The place of a value in a list of words that ends in NULL. */
bool described_word(unsigned *out, const char *value, const char *const *words);

#endif
