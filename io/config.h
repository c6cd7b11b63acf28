/*
 * config.h - a YAML file of settings, reported one at a time.
 *
 *     # run.yaml
 *     simulations: 200
 *     critic:                 a list gives its key once for every entry
 *       - outcome=numbers
 *       - execution=numbers
 *     backends:               a mapping gives the keys that stand around its own
 *       judge:
 *         model: large
 *
 * The file is one mapping from words to plain values, lists of plain values or mappings
 * like itself, four deep at most.
 * What the words mean is the listener's business: this file only says what stands
 * where. So that a complaint can be found, every setting comes with its place,
 * `run.yaml:5:5`, and every sentence of ours begins with one.
 *
 * Ownership.  A setting's strings live for the length of the call.
 * Errors.     CRUX_INVALID for what is not as above (lists in lists, anchors, a second
 *             document, a key that its mapping had before), for what cannot be read,
 *             and whatever the listener answers.
 */
#ifndef IO_CONFIG_H
#define IO_CONFIG_H

#include "search/crux.h"

enum { CONFIG_DEPTH = 4 };

struct config_setting {
    const char *within[CONFIG_DEPTH]; /* the keys of the mappings around it, outermost first ... */
    size_t depth;                     /* ... and their number */
    const char *key;
    const char *value; /* UTF-8, without NUL inside */
    const char *place; /* FILE:LINE:COLUMN of the value, both counted from 1 */
    bool listed;       /* an entry of a list */
};

/* A negative answer ends the reading and is returned. */
typedef int config_listener(void *context, const struct config_setting *setting,
                            struct crux_error *error);

/* The same of a text; name stands for the path in places and sentences. */
int config_read_text(const char *name, const char *text, config_listener *listener, void *context,
                     struct crux_error *error);

int config_read(const char *path, config_listener *listener, void *context,
                struct crux_error *error);

#endif
