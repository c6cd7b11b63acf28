/*
 * named.h - the recorded configuration of a run, with the hashes of the files that its options and
 * problems name.
 *
 * A name in a configuration says nothing of what the file holds by the time the run goes on. So
 * each file that decides what is said stands there by its SHA-256 as well: a chat template, a file
 * of recorded answers, a trained critic, the template of a critic, and, all in one, the pictures of
 * the problems. (A prompt is recorded by its text.) The keys are "sha256." and that of the option;
 * a run that names no file has none of them, and its configuration is what it always was.
 *
 * The configuration is that of the lines that a run was begun with. The pictures of lines that were
 * added later are hashed for themselves, and recorded with them (CRUX_INPUT_EXTENSIONS).
 *
 * Ownership. The text is the caller's to free.
 * Threads.   One at a time.
 * Errors.    CRUX_INVALID: a file that an option names cannot be read. CRUX_MEMORY. A picture that
 *            cannot be read is its problem's failure, later; here it counts as missing.
 */
#ifndef IO_CLI_NAMED_H
#define IO_CLI_NAMED_H

#include "io/cli/options/options.h"
#include "io/crux_io.h"
#include "io/hash.h"

/* The lines of a file of problems from one (from 0) to another, that one excluded. */
struct named_lines {
    uint64_t from, to;
};

#define NAMED_ALL ((struct named_lines){0, UINT64_MAX})

/* before: the configuration of the run that goes on, or NULL. One that was begun without hashes
 * goes on without them. lines: of the problems. */
int named_configuration(char **out, const struct options *options,
                        const struct crux_problems *problems, struct named_lines lines,
                        const char *before, struct crux_error *error);

/* The hash of all pictures that problems of these lines name; "": none does. */
int named_pictures(char hex[HASH_HEX], const struct options *options,
                   const struct crux_problems *problems, struct named_lines lines,
                   struct crux_error *error);

#endif
