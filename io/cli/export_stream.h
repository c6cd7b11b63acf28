/*
 * export_stream.h - `crux export --to -`: rows of one view on standard output.
 *
 * Threads. The main thread.
 * Errors.  As crux_export_rows(); CRUX_STORE too when standard output takes no more.
 */
#ifndef IO_CLI_EXPORT_STREAM_H
#define IO_CLI_EXPORT_STREAM_H

#include "io/crux_io.h"

/* A reader who has gone ends the program without a word, by SIGPIPE, also where that was ignored
 * when it began. */
int export_stream(const struct crux_export *what, struct crux_exported *out,
                  struct crux_error *error);

#endif
