/*
 * options.c - gives options their values: defaults, then a preset, then the configuration file,
 * then flags.
 *
 * Flags are collected first and applied last: --config is among them, and what it
 * names is applied before, so a flag simply overwrites what the file said. Both go
 * through options_set(), the one place where a text becomes a value.
 */
#include "io/cli/options/options.h"

#include <assert.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/options/backend.h"
#include "io/cli/options/secrecy.h"
#include "io/cli/options/suggest.h"
#include "io/cli/options/values.h"
#include "io/cli/presets.h"
#include "io/config.h"

/* --- defaults ---------------------------------------------------------------------- */

static uint32_t count_cores(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) < 1)
        return 1;
    return CPU_COUNT(&set) > 256 ? 256 : (uint32_t)CPU_COUNT(&set);
}

int options_default(struct options *out, const struct options_command *command,
                    const char *command_name, struct crux_error *error)
{
    *out = (struct options){.command = command->bit,
                            .command_name = command_name,
                            .table = command,
                            .setup = crux_setup_default(),
                            .backend_count = 1};
    out->setup.workers = count_cores();
    out->setup.calls = 400;
    out->store_patience_ns = INT64_C(600000000000);
    out->grace_ns = INT64_C(30000000000);
    out->backends[0] = backend_default();
    out->policy[CRUX_STEP] = strdup("numbers");
    out->origins = calloc(OPTIONS_BACKENDS, table_count(command) + 1);
    out->own = calloc(1, command->own_size + 1);
    if (out->policy[CRUX_STEP] == NULL || out->origins == NULL || out->own == NULL) {
        options_free(out);
        return crux_fail(error, CRUX_MEMORY, "no memory for the options");
    }
    if (command->defaults != NULL)
        command->defaults(out);
    return CRUX_OK;
}

const void *options_field(const struct options *options, const struct options_place *place,
                          size_t backend)
{
    const void *home = options;

    assert(backend < OPTIONS_BACKENDS);
    if (table_is_named(place->group))
        home = &options->backends[backend];
    else if (place->group->home == OPTIONS_OWN)
        home = options->own;
    return (const char *)home + place->row->offset;
}

static void clear_group(struct options *options, const struct options_group *group)
{
    struct options_place place = {.group = group, .row = group->rows};

    for (; place.row->name != NULL; place.row++)
        for (size_t i = 0; place.row->type->clear != NULL && i < options->backend_count; i++)
            place.row->type->clear((void *)(uintptr_t)options_field(options, &place, i));
}

/* All texts there may be, not only those that the command's flags fill: a command may have set
 * others itself. */
void options_free(struct options *options)
{
    if (options->table == NULL)
        return;
    for (size_t i = 0; table_groups[i] != NULL; i++)
        clear_group(options, table_groups[i]);
    for (size_t i = 0; options->own != NULL && options->table->groups[i] != NULL; i++)
        clear_group(options, options->table->groups[i]);
    for (size_t i = 0; i < options->backend_count; i++)
        free(options->backends[i].name);
    free(options->origins);
    free(options->own);
    *options = (struct options){.table = NULL};
}

bool options_given(const struct options *options, const char *name)
{
    struct options_place place;

    return table_find(options->table, name, strlen(name), false, &place) &&
           options->origins[place.number] != OPTIONS_DEFAULT;
}

bool options_has_endpoint(const struct options_backend *backend)
{
    return backend->endpoints.count > 0 || backend->roster != NULL;
}

/* --- a text becomes a value ----------------------------------------------------------- */

struct given {
    struct options_place place;
    size_t backend; /* 0: of the plain flags */
    const char *text;
    const char *where; /* begins the sentence: "--seed" or "run.yaml:3:7: seed" */
    enum options_origin origin;
};

static int options_set(struct options *options, const struct given *given, struct crux_error *error)
{
    const struct options_row *row = given->place.row;
    size_t number = given->backend * table_count(options->table) + given->place.number;
    void *field = (void *)(uintptr_t)options_field(options, &given->place, given->backend);
    const char *fault = secrecy_fault(row, given->text);
    char expected[256];
    int status;

    if (fault != NULL)
        return crux_fail(error, CRUX_INVALID, "%s %s", given->where, fault);
    assert(given->backend < options->backend_count &&
           given->place.number < table_count(options->table));
    if (row->type->replaced && options->origins[number] != given->origin)
        row->type->clear(field);
    status = row->type->read(row, field, given->text);
    if (status == CRUX_MEMORY)
        return crux_fail(error, status, "no memory for the options");
    if (status != CRUX_OK) {
        row->type->expect(row, expected, sizeof expected);
        return crux_fail(error, status, "%s must be %s, not '%.100s'", given->where, expected,
                         given->text);
    }
    options->origins[number] = (unsigned char)given->origin;
    return CRUX_OK;
}

/* --- names that are not known ----------------------------------------------------------- */

static void offer_names(struct suggest *suggest, const struct options_command *command, bool named)
{
    struct options_place place = {.row = NULL};

    while (table_next(command, &place))
        if (named ? table_is_named(place.group) : table_is_flag(place.group))
            suggest_offer(suggest, place.row->name);
}

static bool others_have(const struct options *options, const char *name, size_t length, bool named)
{
    const struct options_command *other;
    struct options_place place;

    for (size_t i = 0; options->others != NULL && (other = options->others(i)) != NULL; i++)
        if (table_find(other, name, length, named, &place))
            return true;
    return false;
}

static int refuse_key(const struct options *options, const struct config_setting *setting,
                      bool named, struct crux_error *error)
{
    struct suggest suggest = {.word = setting->key};
    const struct options_command *other;
    const char *best;

    offer_names(&suggest, options->table, named);
    for (size_t i = 0; options->others != NULL && (other = options->others(i)) != NULL; i++)
        offer_names(&suggest, other, named);
    best = suggest.best;
    return crux_fail(error, CRUX_INVALID, "%s: %s '%.100s'%s%s%s", setting->place,
                     named ? "a backend has no setting" : "there is no option",
                     secrecy_shown(setting->key), best != NULL ? "; did you mean '" : "",
                     best != NULL ? best : "", best != NULL ? "'?" : "");
}

static int refuse_flag(const struct options *options, const char *name, size_t length,
                       struct crux_error *error)
{
    char word[64];
    struct suggest suggest = {.word = word};
    const char *best;

    if (others_have(options, name, length, false))
        return crux_fail(error, CRUX_INVALID,
                         "crux %s has no option --%.*s; other commands have: see 'crux help %s'",
                         options->command_name, (int)length, name, options->command_name);
    (void)snprintf(word, sizeof word, "%.*s", (int)(length < 60 ? length : 60), name);
    offer_names(&suggest, options->table, false);
    best = suggest.best;
    return crux_fail(error, CRUX_INVALID, "there is no option --%s%s%s%s; see 'crux help %s'",
                     secrecy_shown(word), best != NULL ? "; did you mean --" : "",
                     best != NULL ? best : "", best != NULL ? "?" : "", options->command_name);
}

/* --- backends with a name ------------------------------------------------------------------ */

static bool takes_settings(const struct options_row *row)
{
    return row->type == &values_setting;
}

static bool has_backends(const struct options *options)
{
    struct options_place place;

    return table_find(options->table, "backend", strlen("backend"), false, &place);
}

static int refuse_backend_key(const struct options *options, const struct given *given,
                              const char *key, size_t length, struct crux_error *error)
{
    char word[64];
    struct suggest suggest = {.word = word};
    const char *best;

    (void)snprintf(word, sizeof word, "%.*s", (int)(length < 60 ? length : 60), key);
    if (others_have(options, key, length, true))
        return crux_fail(error, CRUX_INVALID,
                         "%s: crux %s does not need the setting '%s' of a backend; other commands "
                         "do",
                         given->where, options->command_name, word);
    offer_names(&suggest, options->table, true);
    best = suggest.best;
    return crux_fail(error, CRUX_INVALID, "%s: a backend has no setting '%s'%s%s%s", given->where,
                     secrecy_shown(word), best != NULL ? "; did you mean '" : "",
                     best != NULL ? best : "", best != NULL ? "'?" : "");
}

/* `NAME.KEY=VALUE`, and `NAME.KEY` alone where nothing is taken. */
static int set_of_backend(struct options *options, const struct given *given,
                          struct crux_error *error)
{
    const char *name = given->text, *key = strchr(name, '.');
    size_t whole = strcspn(name, "="), length;
    struct given setting = {.origin = given->origin};
    char where[700];
    int status;

    if (key == NULL || key >= name + whole)
        return crux_fail(error, CRUX_INVALID,
                         "%s must be NAME.KEY=VALUE, like judge.temperature=0, not '%.100s'",
                         given->where, name);
    length = whole - (size_t)(++key - name);
    status =
        backend_add(options, name, (size_t)(key - name) - 1, given->where, &setting.backend, error);
    if (status != CRUX_OK)
        return status;
    if (!table_find(options->table, key, length, true, &setting.place))
        return refuse_backend_key(options, given, key, length, error);
    if (name[whole] == '\0' && setting.place.row->metavar[0] != '\0')
        return crux_fail(error, CRUX_INVALID, "%s %s needs a value: %s=%s", given->where, name,
                         name, setting.place.row->metavar);
    (void)snprintf(where, sizeof where, "%s %.*s", given->where, (int)(whole < 80 ? whole : 80),
                   name);
    setting.where = where;
    setting.text = name[whole] == '\0' ? "true" : name + whole + 1;
    return options_set(options, &setting, error);
}

int options_fill(struct options *options, const char *backend, const char *key, const char *text,
                 const char *where, struct crux_error *error)
{
    struct given given = {.text = text, .where = where, .origin = OPTIONS_FILE};
    int status = CRUX_OK;

    if (!table_find(options->table, key, strlen(key), backend[0] != '\0', &given.place))
        return CRUX_OK;
    if (backend[0] != '\0')
        status = backend_add(options, backend, strlen(backend), where, &given.backend, error);
    return status == CRUX_OK ? options_set(options, &given, error) : status;
}

/* --- the file -------------------------------------------------------------------------- */

/* A file that is read, or a preset. */
struct options_file {
    struct options *options;
    enum options_origin origin;
};

/* In a file a list may be called by its plural: `endpoints: [URL, URL]`. */
static bool find_key(const struct options_command *command, const char *key, bool named,
                     struct options_place *out)
{
    size_t length = strlen(key);

    return table_find(command, key, length, named, out) ||
           (length > 1 && key[length - 1] == 's' &&
            table_find(command, key, length - 1, named, out) && out->row->type->replaced);
}

static bool others_have_key(const struct options *options, const char *key, bool named)
{
    const struct options_command *other;
    struct options_place place;

    for (size_t i = 0; options->others != NULL && (other = options->others(i)) != NULL; i++)
        if (find_key(other, key, named, &place))
            return true;
    return false;
}

static int take_key_value(struct options *options, const struct config_setting *setting,
                          const struct given *given, struct crux_error *error)
{
    if (setting->listed && !given->place.row->type->repeats)
        return crux_fail(error, CRUX_INVALID, "%s: '%s' takes one value, not a list",
                         setting->place, given->place.row->name);
    return takes_settings(given->place.row) ? set_of_backend(options, given, error)
                                            : options_set(options, given, error);
}

/* `backends: NAME: KEY: VALUE`. */
static int take_backend_setting(const struct options_file *file,
                                const struct config_setting *setting, struct crux_error *error)
{
    struct options *options = file->options;
    const char *name = setting->within[1];
    struct given given = {.text = setting->value, .origin = file->origin};
    char where[700];
    int status;

    if (!has_backends(options))
        return CRUX_OK; /* of another command */
    if (setting->depth < 2)
        return crux_fail(error, CRUX_INVALID,
                         "%s: backends.%.100s must have settings, a line each, as in 'model: NAME'",
                         setting->place, setting->key);
    status = backend_add(options, name, strlen(name), setting->place, &given.backend, error);
    if (status != CRUX_OK)
        return status;
    if (!find_key(options->table, setting->key, true, &given.place))
        return others_have_key(options, setting->key, true)
                   ? CRUX_OK
                   : refuse_key(options, setting, true, error);
    (void)snprintf(where, sizeof where, "%s: backends.%s.%s", setting->place, name,
                   given.place.row->name);
    given.where = where;
    return take_key_value(options, setting, &given, error);
}

static bool is_for_flags(const char *name)
{
    return strcmp(name, "config") == 0 || strcmp(name, "preset") == 0 || strcmp(name, "help") == 0;
}

static int take_file_setting(void *context, const struct config_setting *setting,
                             struct crux_error *error)
{
    const struct options_file *file = context;
    struct options *options = file->options;
    struct given given = {.text = setting->value, .origin = file->origin};
    const char *outer = setting->depth > 0 ? setting->within[0] : "";
    char where[640];

    if (strcmp(outer, "backends") == 0 && setting->depth <= 2)
        return take_backend_setting(file, setting, error);
    if (setting->depth > 0)
        return crux_fail(error, CRUX_INVALID, "%s: '%.100s' takes a plain value or a list of them",
                         setting->place, setting->within[setting->depth - 1]);
    if (strcmp(setting->key, "backends") == 0)
        return crux_fail(error, CRUX_INVALID,
                         "%s: backends must have a name for each, and below it settings",
                         setting->place);
    if (!find_key(options->table, setting->key, false, &given.place))
        return others_have_key(options, setting->key, false)
                   ? CRUX_OK /* of another command */
                   : refuse_key(options, setting, false, error);
    if (is_for_flags(given.place.row->name))
        return crux_fail(error, CRUX_INVALID, "%s: '%s' cannot be set by a file", setting->place,
                         given.place.row->name);
    (void)snprintf(where, sizeof where, "%s: %s", setting->place, given.place.row->name);
    given.where = where;
    return take_key_value(options, setting, &given, error);
}

/* --- flags ------------------------------------------------------------------------------ */

struct flag {
    struct options_place place;
    const char *text;
};

struct flags {
    struct flag *items;
    size_t count;
    bool operands_only; /* behind "--" */
};

/* `--name=value`, `--name value`, or `--name` alone where nothing is taken. */
static int take_flag(struct options *options, struct flags *flags, char ***arguments,
                     struct crux_error *error)
{
    const char *name = **arguments + 2;
    size_t length = strcspn(name, "=");
    struct flag *flag = &flags->items[flags->count];
    const struct options_row *row;

    if (!table_find(options->table, name, length, false, &flag->place))
        return refuse_flag(options, name, length, error);
    row = flag->place.row;
    if (name[length] == '=')
        flag->text = name + length + 1;
    else if (row->metavar[0] == '\0')
        flag->text = "true";
    else
        flag->text = *++*arguments;
    if (flag->text == NULL || (name[length] == '\0' && strncmp(flag->text, "--", 2) == 0))
        return crux_fail(error, CRUX_INVALID, "--%s needs a value: --%s %s", row->name, row->name,
                         row->metavar);
    flags->count++;
    return CRUX_OK;
}

static int take_operand(struct options *options, const char *text, struct crux_error *error)
{
    const char *fault = secrecy_fault(NULL, text);

    if (fault != NULL)
        return crux_fail(error, CRUX_INVALID, "a word that is no option %s", fault);
    if (options->operand_count == OPTIONS_OPERANDS)
        return crux_fail(error, CRUX_INVALID, "'%.100s' is one operand too many for crux %s", text,
                         options->command_name);
    options->operands[options->operand_count++] = text;
    return CRUX_OK;
}

static int take_argument(struct options *options, struct flags *flags, char ***arguments,
                         struct crux_error *error)
{
    const char *text = **arguments;

    if (flags->operands_only || text[0] != '-' || strcmp(text, "-") == 0)
        return take_operand(options, text, error);
    if (strcmp(text, "--") == 0) {
        flags->operands_only = true;
        return CRUX_OK;
    }
    if (strcmp(text, "-h") == 0) {
        options->help = true;
        return CRUX_OK;
    }
    if (text[1] != '-')
        return crux_fail(error, CRUX_INVALID, "there is no option '-%.60s'; see 'crux help %s'",
                         secrecy_shown(text + 1), options->command_name);
    return take_flag(options, flags, arguments, error);
}

static int collect_flags(struct options *options, struct flags *flags, char **arguments,
                         struct crux_error *error)
{
    int status = CRUX_OK;

    for (; status == CRUX_OK && *arguments != NULL; arguments++) {
        status = take_argument(options, flags, &arguments, error);
        if (status == CRUX_OK && flags->count > 0)
            options->help |= strcmp(flags->items[flags->count - 1].place.row->name, "help") == 0;
    }
    return status;
}

/* The last one of that name; NULL: there is none. */
static const char *flag_text(const struct flags *flags, const char *name)
{
    for (size_t i = flags->count; i > 0; i--)
        if (strcmp(flags->items[i - 1].place.row->name, name) == 0)
            return flags->items[i - 1].text;
    return NULL;
}

static int apply_preset(struct options *options, const struct flags *flags,
                        struct crux_error *error)
{
    const char *name = flag_text(flags, "preset");
    const struct preset *preset = name != NULL ? presets_find(name, error) : NULL;
    struct options_file file = {options, OPTIONS_PRESET};
    char where[80];

    if (name == NULL)
        return CRUX_OK;
    if (preset == NULL)
        return CRUX_INVALID;
    (void)snprintf(where, sizeof where, "preset %.60s", name);
    return config_read_text(where, preset->text, take_file_setting, &file, error);
}

static int apply_file(struct options *options, const struct flags *flags, struct crux_error *error)
{
    const char *path = flag_text(flags, "config");
    struct options_file file = {options, OPTIONS_FILE};

    return path == NULL ? CRUX_OK : config_read(path, take_file_setting, &file, error);
}

static int apply_flags(struct options *options, const struct flags *flags, struct crux_error *error)
{
    int status = CRUX_OK;

    for (size_t i = 0; status == CRUX_OK && i < flags->count; i++) {
        struct given given = {
            .place = flags->items[i].place, .text = flags->items[i].text, .origin = OPTIONS_FLAG};
        char where[64];

        (void)snprintf(where, sizeof where, "--%s", given.place.row->name);
        given.where = where;
        status = takes_settings(given.place.row) ? set_of_backend(options, &given, error)
                                                 : options_set(options, &given, error);
    }
    return status;
}

/* --- all of it ------------------------------------------------------------------------- */

static size_t count_arguments(char **arguments)
{
    size_t count = 0;

    while (arguments[count] != NULL)
        count++;
    return count;
}

int options_parse(struct options *options, char **arguments, struct crux_error *error)
{
    struct flags flags = {.items = calloc(count_arguments(arguments) + 1, sizeof(struct flag))};
    int status;

    if (flags.items == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the options");
    status = collect_flags(options, &flags, arguments, error);
    if (options->help || status != CRUX_OK)
        goto done;
    status = apply_preset(options, &flags, error);
    if (status == CRUX_OK)
        status = apply_file(options, &flags, error);
    if (status == CRUX_OK)
        status = apply_flags(options, &flags, error);
done:
    free(flags.items);
    return status;
}
