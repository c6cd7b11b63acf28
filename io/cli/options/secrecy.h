/*
 * secrecy.h - a key that was given in the wrong place is refused, and neither repeated nor kept.
 *
 * Values of options are printed in messages, recorded in stores and published with data sets, so
 * what looks like a key must not become one: text behind a prefix that providers give their keys,
 * a member of an address or an assignment in a command whose name says so, or what stands behind a
 * flag of that program with such a name. And the name of an
 * environment variable is a name: whoever writes the key in its place has not given one.
 *
 * Pure; any thread.
 */
#ifndef IO_CLI_OPTIONS_SECRECY_H
#define IO_CLI_OPTIONS_SECRECY_H

#include "io/cli/options/table.h"

/* What is wrong with the value, a sentence's second half that does not quote it; NULL: nothing.
 * row NULL: what is no option's value, as a file's name. */
const char *secrecy_fault(const struct options_row *row, const char *text);

/* A word that is to be quoted; or, when it looks like a key, others in its place. */
const char *secrecy_shown(const char *word);

#endif
