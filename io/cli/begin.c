/*
 * begin.c - begins a run, goes on with it, or goes on with more of its problems.
 */
#include "io/cli/begin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/named.h"
#include "io/cli/options/record.h"
#include "io/cli/session.h"
#include "io/json.h"

/* A run about to begin or to go on, and what is there already. */
struct begin {
    const struct options *options;
    const struct crux_problems *problems;
    struct crux_summary before; /* configuration "": no run has begun in the store */
    struct json *record;        /* how the input has grown until now; NULL: it has not */
    uint64_t lines;             /* of the shorter input, when this one has more; else UINT64_MAX */
    struct crux_extension extension; /* then: what is added */
    char pictures[HASH_HEX];
    char *configuration, *settings;
};

/* --- how it has grown until now ---------------------------------------------------------- */

static struct json *begin_record(const char *settings)
{
    struct json *object = NULL, *record;

    (void)json_parse(&object, settings, strlen(settings), NULL);
    record = json_clone(json_get(object, CRUX_INPUT_EXTENSIONS));
    json_free(object);
    return record;
}

static uint64_t begin_lines_at(const struct json *record, size_t index, uint64_t otherwise)
{
    const struct json *entry = json_at(record, index);

    return entry != NULL ? (uint64_t)json_as_integer(json_get(entry, "lines")) : otherwise;
}

/* Lines that the configuration is about: those that the run was begun with. */
static struct named_lines begin_first_lines(const struct begin *begin)
{
    return (struct named_lines){0, begin_lines_at(begin->record, 0, begin->lines)};
}

/* What was added to the run names the pictures that it did then. */
static int begin_check_pictures(const struct begin *begin, struct crux_error *error)
{
    int status = CRUX_OK;

    for (size_t i = 0; i < json_count(begin->record) && status == CRUX_OK; i++) {
        const struct named_lines lines = {begin_lines_at(begin->record, i, 0),
                                          begin_lines_at(begin->record, i + 1, begin->lines)};
        const char *was = json_as_string(json_get(json_at(begin->record, i), "pictures"));
        char is[HASH_HEX];

        status = named_pictures(is, begin->options, begin->problems, lines, error);
        if (status == CRUX_OK && strcmp(was != NULL ? was : "", is) != 0)
            status = crux_fail(error, CRUX_INVALID,
                               "the pictures of problems from line %" PRIu64 " on are not those "
                               "that they were when these were added to the run",
                               lines.from + 1);
    }
    return status;
}

/* --- a replay ---------------------------------------------------------------------------- */

static int begin_configuration(struct begin *begin, struct crux_error *error)
{
    const char *before = begin->before.configuration;

    return named_configuration(&begin->configuration, begin->options, begin->problems,
                               begin_first_lines(begin), before[0] != '\0' ? before : NULL, error);
}

/* Is this the run that is replayed, and has that one grown? Then it is told here, too. */
static int begin_as_replayed(struct begin *begin, const struct crux_summary *replayed,
                             struct crux_error *error)
{
    int status = CRUX_OK;

    if (replayed->begun_lines == 0 || strcmp(replayed->input_sha256, begin->problems->sha256) != 0)
        return CRUX_OK;
    begin->record = begin_record(replayed->settings);
    status = begin_configuration(begin, error);
    if (status == CRUX_OK && (strcmp(begin->configuration, replayed->configuration) != 0 ||
                              begin_check_pictures(begin, NULL) != CRUX_OK)) {
        json_free(begin->record);
        begin->record = NULL;
    }
    free(begin->configuration);
    begin->configuration = NULL;
    return status;
}

static int begin_look_at_replayed(struct begin *begin, struct crux_error *error)
{
    struct crux_summary replayed = {.configuration = NULL};
    struct crux_store *store = NULL;
    int status;

    if (begin->options->paid.replay == NULL)
        return CRUX_OK;
    status = crux_store_open(&store, begin->options->paid.replay, false, error);
    if (status == CRUX_OK)
        status = crux_store_summary(store, &replayed, error);
    if (status == CRUX_OK)
        status = begin_as_replayed(begin, &replayed, error);
    crux_store_close(store);
    return status;
}

/* --- what is recorded -------------------------------------------------------------------- */

/* The options that change speed only, and beside them how many problems the whole input has: a
 * shard's store does not hold the others. NULL: as record_options(). */
static char *begin_settings(const struct begin *begin)
{
    char *text = record_options(begin->options, OPTIONS_SPEED);
    struct json *settings = NULL;

    if (text != NULL)
        (void)json_parse(&settings, text, strlen(text), NULL);
    free(text);
    json_put(settings, CRUX_INPUT_PROBLEMS, json_of_integer((int64_t)begin->problems->count));
    if (begin->record != NULL)
        json_put(settings, CRUX_INPUT_EXTENSIONS, json_clone(begin->record));
    text = settings == NULL ? NULL : json_text(settings, false);
    json_free(settings);
    return text;
}

static int begin_look_back(struct begin *begin, struct crux_store *store, struct crux_error *error)
{
    int status = crux_store_summary(store, &begin->before, error);
    uint64_t lines;

    if (status != CRUX_OK)
        return status;
    if (begin->before.configuration[0] == '\0')
        return begin_look_at_replayed(begin, error);
    begin->record = begin_record(begin->before.settings);
    if (strcmp(begin->before.input_sha256, begin->problems->sha256) == 0)
        return begin_check_pictures(begin, error);
    if (!crux_problems_begin_with(begin->problems, begin->before.input_sha256, &lines))
        return CRUX_OK; /* it is refused soon */
    begin->lines = lines;
    return begin_check_pictures(begin, error);
}

/* A store has the problems of its shard and no others. */
static int begin_check_shard(const struct begin *begin, struct crux_error *error)
{
    struct json *was = NULL, *is = NULL;
    const char *part, *now;
    int status = CRUX_OK;

    (void)json_parse(&was, begin->before.settings, strlen(begin->before.settings), NULL);
    (void)json_parse(&is, begin->settings, strlen(begin->settings), NULL);
    part = json_as_string(json_get(was, "shard"));
    now = json_as_string(json_get(is, "shard"));
    if (json_get(was, "shard") != NULL &&
        strcmp(part != NULL ? part : "", now != NULL ? now : "") != 0)
        status = crux_fail(error, CRUX_INVALID, "%s has %s%s of its run, and not %s%s",
                           begin->options->store, part != NULL ? "shard " : "the whole",
                           part != NULL ? part : "", now != NULL ? "shard " : "the whole",
                           now != NULL ? now : "");
    json_free(was);
    json_free(is);
    return status;
}

static int begin_record_options(struct begin *begin, struct crux_error *error)
{
    const struct named_lines added = {begin->lines, UINT64_MAX};
    int status = begin_configuration(begin, error);

    if (status != CRUX_OK)
        return status;
    begin->settings = begin_settings(begin);
    if (begin->settings == NULL)
        return record_refuse(begin->options, OPTIONS_SPEED, error);
    if (begin->options->command == OPTIONS_GENERATE && begin->before.configuration[0] != '\0')
        status = begin_check_shard(begin, error);
    if (status != CRUX_OK || begin->lines == UINT64_MAX)
        return status;
    status = named_pictures(begin->pictures, begin->options, begin->problems, added, error);
    begin->extension = (struct crux_extension){
        .input_sha256 = begin->before.input_sha256,
        .lines = begin->lines,
        .pictures = begin->pictures[0] != '\0' ? begin->pictures : NULL,
    };
    return status;
}

/* --- more lines ----------------------------------------------------------------------------- */

static bool begin_is_mine(void *context, const char *id)
{
    return session_in_shard(context, id);
}

/* Problems behind the lines of the shorter input: all, or those of this shard. */
static uint64_t begin_added(const struct begin *begin, bool mine)
{
    const struct crux_problems *problems = begin->problems;
    uint64_t count = 0;

    for (size_t i = 0; i < problems->count; i++)
        count += problems->items[i].ordinal >= begin->lines &&
                 (!mine || session_in_shard(begin->options, problems->items[i].id));
    return count;
}

static void begin_say_added(const struct begin *begin)
{
    uint64_t all = begin_added(begin, false), mine = begin_added(begin, true);

    if (begin->options->shard.count == 0)
        (void)fprintf(stderr,
                      "crux: the input has %" PRIu64 " more problems than when the run was begun, "
                      "from line %" PRIu64 " on; they are added\n",
                      all, begin->lines + 1);
    else
        (void)fprintf(stderr,
                      "crux: the input has %" PRIu64 " more problems than when the run was begun, "
                      "from line %" PRIu64 " on; %" PRIu64 " of them belong to this shard and are "
                      "added\n",
                      all, begin->lines + 1, mine);
}

/* Was this input the run's before it grew? */
static bool begin_is_outgrown(const struct begin *begin)
{
    for (size_t i = 0; i < json_count(begin->record); i++) {
        const char *before = json_as_string(json_get(json_at(begin->record, i), "before"));

        if (before != NULL && strcmp(before, begin->problems->sha256) == 0)
            return true;
    }
    return false;
}

/* The input differs: does --extend help? */
static int begin_advise(const struct begin *begin, bool extend, struct crux_error *error)
{
    struct crux_error inner = *error;

    if (begin_is_outgrown(begin))
        return crux_fail(error, CRUX_INVALID,
                         "%.330s; lines were added since the run had this input: go on with all "
                         "of them",
                         inner.text);
    if (begin->lines != UINT64_MAX && !extend)
        return crux_fail(error, CRUX_INVALID,
                         "%.330s; its lines are those of the run and %" PRIu64
                         " more problems behind them, which --extend adds to the run",
                         inner.text, begin_added(begin, false));
    if (begin->lines == UINT64_MAX && extend)
        return crux_fail(error, CRUX_INVALID,
                         "%.330s; --extend adds lines at the end of JSON lines, and nothing else "
                         "may differ",
                         inner.text);
    return CRUX_INVALID;
}

/* --- the whole -------------------------------------------------------------------------------- */

static int begin_in_store(const struct begin *begin, struct crux_store *store, bool extend,
                          struct crux_error *error)
{
    const struct crux_run run = {
        .configuration = begin->configuration,
        .settings = begin->settings,
        .input_sha256 = begin->problems->sha256,
        .input_name = begin->options->operands[0],
        .skipped = begin->problems->skipped,
        .extension = extend && begin->lines != UINT64_MAX ? &begin->extension : NULL,
    };
    bool goes_on = begin->before.configuration[0] != '\0';
    bool differs = goes_on && strcmp(begin->before.input_sha256, run.input_sha256) != 0;
    int status = crux_store_begin(store, &run, begin->problems, begin_is_mine,
                                  (void *)(uintptr_t)begin->options, error);

    if (status == CRUX_INVALID && differs && begin->options->command == OPTIONS_GENERATE)
        return begin_advise(begin, extend, error);
    if (status == CRUX_OK && run.extension != NULL)
        begin_say_added(begin);
    return status;
}

int begin_run(struct crux_store *store, const struct options *options,
              const struct crux_problems *problems, bool extend, struct crux_error *error)
{
    struct begin begin = {.options = options, .problems = problems, .lines = UINT64_MAX};
    int status = begin_look_back(&begin, store, error);

    if (status == CRUX_OK)
        status = begin_record_options(&begin, error);
    if (status == CRUX_OK)
        status = begin_in_store(&begin, store, extend, error);
    free(begin.configuration);
    free(begin.settings);
    json_free(begin.record);
    return status;
}
