/*
 * shard.c - reads from a scheduler's variables which part of a run this process takes.
 */
#include "io/cli/options/shard.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "io/crux_io.h"
#include "io/json.h"
#include "io/shards.h"

#define SHARD_SLURM      "SLURM_ARRAY_TASK_"
#define SHARD_KUBERNETES "JOB_COMPLETION_INDEX"

enum { SHARD_MOST = 65536 /* parts, as in the option table */ };

/* Digits and nothing else, at most 2^32 - 1. */
static bool shard_number(const char *text, uint64_t *out)
{
    uint64_t number = 0;

    if (*text == '\0' || strlen(text) > 10)
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        number = 10 * number + (uint64_t)(*text - '0');
    }
    *out = number;
    return number <= UINT32_MAX;
}

bool shard_is_automatic(const char *text, int64_t most, struct options_shard *out)
{
    static const char word[] = "auto";
    uint64_t count = 0;

    if (strncmp(text, word, sizeof word - 1) != 0)
        return false;
    text += sizeof word - 1;
    if (*text != '\0' &&
        (*text != '/' || !shard_number(text + 1, &count) || count == 0 || count > (uint64_t)most))
        return false;
    *out = (struct options_shard){.count = (uint32_t)count, .automatic = true};
    return true;
}

static int shard_variable(const char *name, uint64_t *out, struct crux_error *error)
{
    const char *text = getenv(name);

    if (text == NULL)
        return crux_fail(error, CRUX_INVALID,
                         "--shard auto: %s is not set, beside variables of its kind that are: say "
                         "--shard I/N",
                         name);
    if (!shard_number(text, out))
        return crux_fail(error, CRUX_INVALID,
                         "--shard auto: %s: expected a whole number from 0 to %u, found `%.40s`",
                         name, UINT32_MAX, text);
    return CRUX_OK;
}

/* --- Kubernetes --------------------------------------------------------------------------- */

static int shard_of_pod(struct options_shard *shard, struct crux_error *error)
{
    uint64_t index = 0;
    int status = shard_variable(SHARD_KUBERNETES, &index, error);

    if (status != CRUX_OK)
        return status;
    if (shard->count == 0)
        return crux_fail(error, CRUX_INVALID,
                         "--shard auto: " SHARD_KUBERNETES "=%" PRIu64 " says which part this is, "
                         "and nothing says of how many: say --shard auto/N, N being the "
                         "completions of the job",
                         index);
    if (index >= shard->count)
        return crux_fail(error, CRUX_INVALID,
                         "--shard auto/%u: " SHARD_KUBERNETES "=%" PRIu64 " is no part of %u: "
                         "expected one from 0 to %u",
                         shard->count, index, shard->count, shard->count - 1);
    shard->index = (uint32_t)index + 1;
    return CRUX_OK;
}

/* --- Slurm ---------------------------------------------------------------------------------- */

/* A task and its array. */
struct shard_array {
    uint64_t id, count, least, most, step;
};

static int shard_read_array(struct shard_array *out, struct crux_error *error)
{
    const struct {
        const char *name;
        uint64_t *into;
    } variables[] = {{SHARD_SLURM "ID", &out->id},
                     {SHARD_SLURM "COUNT", &out->count},
                     {SHARD_SLURM "MIN", &out->least},
                     {SHARD_SLURM "MAX", &out->most},
                     {SHARD_SLURM "STEP", &out->step}};
    int status = CRUX_OK;

    for (size_t i = 0; i < sizeof variables / sizeof *variables && status == CRUX_OK; i++)
        status = shard_variable(variables[i].name, variables[i].into, error);
    return status;
}

/* What a sentence says of it. */
#define SHARD_ARRAY                                                                                \
    SHARD_SLURM "ID=%" PRIu64 ", of %" PRIu64 " tasks from %" PRIu64 " to %" PRIu64                \
                " in steps of %" PRIu64
#define SHARD_ARRAY_OF(array)                                                                      \
    (array)->id, (array)->count, (array)->least, (array)->most, (array)->step

/* Has it a task for each id from the lowest to the highest? */
static bool shard_is_gapless(const struct shard_array *array)
{
    return array->count >= 1 && array->step >= 1 && array->most >= array->least &&
           array->most - array->least == (array->count - 1) * array->step;
}

static bool shard_has_task(const struct shard_array *array)
{
    return array->id >= array->least && array->id <= array->most;
}

/* Without a number of parts the array has to be all of them. A task that is submitted again alone
 * is an array of one, without gaps, and would search all problems. */
static int shard_check_counted(const struct shard_array *array, bool whole,
                               struct crux_error *error)
{
    if (!whole)
        return crux_fail(error, CRUX_INVALID,
                         "--shard auto: " SHARD_ARRAY ": the array has gaps, so the number of its "
                         "tasks need not be that of the parts: say --shard auto/N",
                         SHARD_ARRAY_OF(array));
    if (array->count == 1)
        return crux_fail(error, CRUX_INVALID,
                         "--shard auto: " SHARD_SLURM "ID=%" PRIu64 " is an array of one task, "
                         "which may be one of several that is submitted again: say --shard auto/N, "
                         "N being the number of parts",
                         array->id);
    return CRUX_OK;
}

/* The whole array: its lowest id is part 1. */
static int shard_of_whole(struct options_shard *shard, const struct shard_array *array,
                          struct crux_error *error)
{
    if ((array->id - array->least) % array->step != 0 || array->count > SHARD_MOST)
        return crux_fail(error, CRUX_INVALID,
                         "--shard auto: " SHARD_ARRAY ": expected one of these ids, and at most %d "
                         "tasks",
                         SHARD_ARRAY_OF(array), SHARD_MOST);
    shard->index = (uint32_t)((array->id - array->least) / array->step) + 1;
    shard->count = (uint32_t)array->count;
    return CRUX_OK;
}

/* The part that a store was begun as, of that many; 0: it does not say, or there is none. */
static uint32_t shard_in_store(const char *path, uint32_t count)
{
    struct crux_store *store = NULL;
    struct crux_summary summary;
    struct json *parts = NULL;
    uint32_t index = 0, of = 0;

    if (path != NULL && crux_store_open(&store, path, false, NULL) == CRUX_OK &&
        crux_store_summary(store, &summary, NULL) == CRUX_OK)
        parts = shards_parts(&summary);
    if (!shards_part_read(json_as_string(json_at(parts, 0)), &index, &of) || of != count)
        index = 0;
    json_free(parts);
    crux_store_close(store);
    return index;
}

/* Some tasks of an array of that many. */
static int shard_of_some(struct options_shard *shard, const struct shard_array *array,
                         const char *store, struct crux_error *error)
{
    bool from_0 = array->least == 0 && array->most < shard->count;
    bool from_1 = array->least >= 1 && array->most == shard->count;
    uint32_t begun = from_0 || from_1 ? 0 : shard_in_store(store, shard->count);

    if (begun > 0 && array->least >= 1 && array->most < shard->count) {
        from_0 = begun == array->id + 1;
        from_1 = begun == array->id;
    }
    if (!from_0 && !from_1)
        return crux_fail(error, CRUX_INVALID,
                         "--shard auto/%u: " SHARD_ARRAY ", is not the whole array, and whether "
                         "that counts from 0 or from 1 to %u cannot be told: say --shard I/%u",
                         shard->count, SHARD_ARRAY_OF(array), shard->count, shard->count);
    shard->index = (uint32_t)array->id + from_0;
    return CRUX_OK;
}

static int shard_of_task(struct options_shard *shard, const char *store, struct crux_error *error)
{
    struct shard_array array = {.step = 0};
    int status = shard_read_array(&array, error);
    bool whole;

    if (status != CRUX_OK)
        return status;
    if (!shard_has_task(&array))
        return crux_fail(error, CRUX_INVALID,
                         "--shard auto: " SHARD_ARRAY ": expected an id between these",
                         SHARD_ARRAY_OF(&array));
    whole = shard_is_gapless(&array);
    if (shard->count == 0)
        status = shard_check_counted(&array, whole, error);
    if (status != CRUX_OK)
        return status;
    return whole && (shard->count == 0 || shard->count == array.count)
               ? shard_of_whole(shard, &array, error)
               : shard_of_some(shard, &array, store, error);
}

int shard_find(struct options_shard *shard, const char *store, struct crux_error *error)
{
    const char *task = getenv(SHARD_SLURM "ID"), *pod = getenv(SHARD_KUBERNETES);
    struct options_shard found = *shard;
    int status;

    if (!shard->automatic)
        return CRUX_OK;
    if (task != NULL && pod != NULL)
        return crux_fail(error, CRUX_INVALID,
                         "--shard auto: both " SHARD_SLURM "ID=%.40s and " SHARD_KUBERNETES
                         "=%.40s are set: say --shard I/N",
                         task, pod);
    if (task == NULL && pod == NULL)
        return crux_fail(error, CRUX_INVALID,
                         "--shard auto: neither " SHARD_SLURM "ID nor " SHARD_KUBERNETES " is set: "
                         "this is no task of a Slurm array and no pod of an indexed Kubernetes "
                         "job; say --shard I/N");
    status = task != NULL ? shard_of_task(&found, store, error) : shard_of_pod(&found, error);
    if (status == CRUX_OK) {
        found.automatic = false;
        *shard = found;
    }
    return status;
}
