/*
 * recall.h - the options of a run that has begun, as they were recorded, for commands that go on
 * with its trees.
 *
 * What a run was searched with is what a pass over its trees means where nothing else is said: the
 * same policy, the same outcome critic, the same servers. So such a command needs only the name of
 * the store.
 *
 * Errors. CRUX_STORE: what is recorded is not what a run records. CRUX_INVALID: it cannot be what
 *         this version takes; the sentence names store and key.
 */
#ifndef IO_CLI_OPTIONS_RECALL_H
#define IO_CLI_OPTIONS_RECALL_H

#include "io/cli/options/options.h"

/* Take every option from the recorded configuration and settings (JSON objects, record.h) that this
 * command has, that nobody has given, and that says something; no limits. Of critics only the
 * outcome's; a policy for steps only if none was given. from: the store's name, for sentences. */
int recall_options(struct options *options, const char *configuration, const char *settings,
                   const char *from, struct crux_error *error);

#endif
