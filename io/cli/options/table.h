/*
 * table.h - the rows of the option table, in groups, and how they are looked up.
 *
 * A row says an option's name, what it takes, its range, where its value goes and what it
 * does. Rows lie in groups. A group belongs to a topic of `crux help`, and says in which
 * struct the values of its rows lie; a command lists the groups that it has. Groups that
 * several commands list are defined in table.c, those of one command beside its code.
 *
 * Reading flags, reading the YAML file, range checks, help and the configuration recorded
 * in a store are loops over the groups of a command, so they cannot disagree.
 *
 * Classes. MEANING options change what the data are, and make the identity of a run; so do those
 * of LATER, which came after the first stores and are recorded only where something was said, so
 * that a run which does without them is what it always was. SPEED options change only how fast or
 * how far it goes; COMMAND options belong to one call of the program and are not recorded.
 *
 * Ownership.  Everything here is constant.
 */
#ifndef IO_CLI_OPTIONS_TABLE_H
#define IO_CLI_OPTIONS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options;
struct options_type;

enum options_class { OPTIONS_MEANING, OPTIONS_LATER, OPTIONS_SPEED, OPTIONS_COMMAND };

struct options_row {
    const char *name;    /* NULL: the end of the rows */
    const char *metavar; /* "": takes no value */
    const struct options_type *type;
    enum options_class class;
    size_t offset;            /* of the value in the struct of the group */
    int64_t least, most;      /* of numbers, inclusive */
    const char *const *words; /* of choices, in the order of their enum */
    bool often;               /* `crux help COMMAND` shows it */
    const char *help;
};

/* What `crux help COMMAND TOPIC` prints together. */
struct options_topic {
    const char *name, *summary;
};

/* In which struct the values of a group lie. */
enum options_home {
    OPTIONS_SHARED,  /* struct options */
    OPTIONS_BACKEND, /* struct options_backend: flags fill the one without a name */
    OPTIONS_NAMED,   /* the same, but only backends with a name have these */
    OPTIONS_OWN      /* the command's own struct, options->own */
};

struct options_group {
    const struct options_topic *topic;
    enum options_home home;
    const struct options_row *rows;
};

/* What the parser has to know of a command. */
struct options_command {
    unsigned bit;                              /* OPTIONS_...: which one it is */
    const struct options_group *const *groups; /* in the order of help; NULL ends */
    size_t own_size;                           /* of its own struct; 0: it has none */
    void (*defaults)(
        struct options *options); /* values that differ from those of other commands, or NULL */
};

/* A row of a command, and its number among all of its rows. */
struct options_place {
    const struct options_group *group;
    const struct options_row *row;
    size_t number;
};

/* The place after this one; the first after {NULL}. False: there is none. */
bool table_next(const struct options_command *command, struct options_place *place);

/* The number of rows of a command. */
size_t table_count(const struct options_command *command);

/* The flag of that name; with named the setting of a named backend. */
bool table_find(const struct options_command *command, const char *name, size_t length, bool named,
                struct options_place *out);

/* Has a flag, and has a named backend, the rows of this group? */
bool table_is_flag(const struct options_group *group);
bool table_is_named(const struct options_group *group);

/* --- groups that several commands list --------------------------------------------- */

extern const struct options_topic table_topic_policies, table_topic_search, table_topic_limits,
    table_topic_server, table_topic_input, table_topic_output;

/* All of them; NULL after the last. */
extern const struct options_group *const table_groups[];

/* effort: which strategy searches, and how much it may ask; what crux compare has several of. */
extern const struct options_group table_ports, table_tree, table_effort, table_search,
    table_children, table_seed, table_speed, table_shard, table_strict, table_limits, table_server,
    table_model, table_prompt, table_calls, table_prices, table_named, table_backends, table_replay,
    table_store, table_patience, table_json, table_quiet, table_config, table_preset, table_help;

#endif
