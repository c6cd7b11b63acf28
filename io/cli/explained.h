/*
 * explained.h - what the tables say of a command's options and exit statuses, in words: the pieces
 * that help.h lays out for a terminal and manual.h for man(1).
 *
 * Threads. Any: all of it is constant.
 */
#ifndef IO_CLI_EXPLAINED_H
#define IO_CLI_EXPLAINED_H

#include "io/cli/commands.h"

/* "--backend NAME.model M": how an option is typed. */
void explained_typed(const struct options_place *place, char *out, size_t size);

/* What it does, its range and its default, one paragraph. */
void explained_text(const struct options *defaults, const struct options_place *place, char *out,
                    size_t size);

enum { EXPLAINED_TYPED = 128, EXPLAINED_TEXT = 1536 };

/* The topics of a command in the order of its groups; each once. NULL after the last. */
const struct options_topic *explained_topic_at(const struct command *command, size_t index);

/* What the index-th exit status of a command means; NULL after the last. */
const char *explained_exit_at(const struct command *command, size_t index,
                              enum exit_status *status);

#endif
