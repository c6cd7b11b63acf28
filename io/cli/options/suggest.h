/*
 * suggest.h - the known word that is nearest to a mistyped one.
 *
 * Offer every word there is; what is left is the nearest, if it is near enough to
 * have been meant: fewer than half of its letters wrong, and at most three.
 */
#ifndef IO_CLI_OPTIONS_SUGGEST_H
#define IO_CLI_OPTIONS_SUGGEST_H

struct suggest {
    const char *word; /* what was typed */
    const char *best; /* NULL: nothing near */
    unsigned distance;
};

void suggest_offer(struct suggest *suggest, const char *candidate);

#endif
