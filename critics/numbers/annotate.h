/*
 * annotate.h - critic `annotate=numbers`: the sentence about a wrong step (crux_critics.h).
 */
#ifndef CRITICS_NUMBERS_ANNOTATE_H
#define CRITICS_NUMBERS_ANNOTATE_H

#include "critics/crux_critics.h"

/* NULL: no memory. */
struct crux_critic *numbers_annotate_new(void);

#endif
