/*
 * values.h - what an option can take: reading it, saying what was expected, writing it.
 *
 * One struct per type. A field is the place in struct options that belongs to a row;
 * each type knows what stands there:
 *
 *     count    uint32_t           whole    uint64_t or int64_t    real    double
 *     seconds  int64_t, in nanoseconds     choice  an enum        flag    bool
 *     text     char *             list     struct options_list
 *     files    struct options_files
 *     policies, critics           char *[], by kind and by role
 *     shard    struct options_shard        stop    uint32_t[2], right and wrong
 *     subgoals uint32_t, a set of kinds
 *     first_play, widen, branch   struct crux_setup, in which they know their two fields
 *     setting  nothing: --backend, whose text names a row of its own (options.c)
 *
 * Errors.  read() answers CRUX_OK, CRUX_INVALID or CRUX_MEMORY and leaves the field as
 *          it was on failure; the sentence is the caller's, made with expect().
 */
#ifndef IO_CLI_OPTIONS_VALUES_H
#define IO_CLI_OPTIONS_VALUES_H

#include "io/cli/options/options.h"
#include "io/json.h"

struct options_type {
    int (*read)(const struct options_row *row, void *field, const char *text);
    void (*expect)(const struct options_row *row, char *out, size_t size);
    struct json *(*write)(const struct options_row *row, const void *field);
    void (*clear)(void *field); /* forget and free; NULL: nothing to free */
    bool repeats;               /* may be given several times */
    bool replaced;              /* ... but flags put aside what the file listed */
};

extern const struct options_type values_count, values_whole, values_real, values_seconds,
    values_choice, values_flag, values_text, values_list, values_policies, values_critics,
    values_shard, values_stop, values_subgoals, values_first_play, values_widen, values_branch,
    values_setting, values_files;

/* A decimal number within a range, and nothing else; *out is untouched on failure. */
bool values_read_real(const char *text, int64_t least, int64_t most, double *out);

/* Seconds as nanoseconds, money as billionths: the nearest, but 0, which mostly says that there is
 * no limit, of 0 alone. */
int64_t values_billionths(double number);

#endif
