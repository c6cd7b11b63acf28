/*
 * export_stream.c - rows go to standard output as they are made.
 *
 * What a full disk swallows is told at the row that it hits, and not when all trees have been read.
 */
#include "io/cli/export_stream.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static int export_print_row(void *context, const char *row, size_t length, struct crux_error *error)
{
    FILE *out = context;

    if (fwrite(row, 1, length, out) == length && fputc('\n', out) != EOF)
        return CRUX_OK;
    return crux_fail(error, CRUX_STORE, "cannot write standard output: %s", strerror(errno));
}

int export_stream(const struct crux_export *what, struct crux_exported *out,
                  struct crux_error *error)
{
    int status;

    (void)signal(SIGPIPE, SIG_DFL);
    status = crux_export_rows(what, export_print_row, stdout, out, error);
    if (status != CRUX_OK || fflush(stdout) == 0)
        return status;
    return crux_fail(error, CRUX_STORE, "cannot write standard output: %s", strerror(errno));
}
