/*
 * complete.c - counts a set of stores against its shards and its input.
 */
#include "io/views/complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/shards.h"

enum { COMPLETE_NAMED = 10 /* problems and shards that are called by their names */ };

/* --- a list in words --------------------------------------------------------------------- */

struct complete_list {
    char *out;
    size_t room, count;
};

static void complete_add(struct complete_list *list, const char *what, const char *name)
{
    size_t used = strlen(list->out);

    if (list->count++ < COMPLETE_NAMED)
        (void)snprintf(list->out + used, list->room - used, "%s%s%.40s",
                       list->count > 1 ? ", " : what, list->count > 1 ? "" : " ", name);
}

static void complete_end(const struct complete_list *list)
{
    size_t used = strlen(list->out);

    if (list->count > COMPLETE_NAMED)
        (void)snprintf(list->out + used, list->room - used, " and %zu more",
                       list->count - COMPLETE_NAMED);
}

/* --- shards ---------------------------------------------------------------------------------- */

/* What each of them says. */
struct complete_said {
    struct shards_said *items;
    size_t count;
};

static void complete_forget(struct complete_said *said)
{
    for (size_t i = 0; i < said->count; i++)
        json_free(said->items[i].parts);
    free(said->items);
}

static int complete_hear(struct complete_said *out, const struct merge *merge,
                         struct crux_error *error)
{
    struct complete_said said = {.items = calloc(merge->count + 1, sizeof *said.items)};
    int status = CRUX_OK;

    if (said.items == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for %zu stores", merge->count);
    for (size_t i = 0; i < merge->count && status == CRUX_OK; i++) {
        status = shards_read(&said.items[i], &merge->shards[i].summary, error);
        said.count += status == CRUX_OK;
    }
    if (status == CRUX_OK)
        *out = said;
    else
        complete_forget(&said);
    return status;
}

/* The number of parts by the first store that is one; 0: none is. */
static uint32_t complete_of(const struct complete_said *said)
{
    uint32_t index, of = 0;

    for (size_t i = 0; i < said->count && of == 0; i++)
        (void)shards_part_read(json_as_string(json_at(said->items[i].parts, 0)), &index, &of);
    return of;
}

/* there: of parts 1 .. of, from 0. False: a store is the whole. */
static bool complete_find_parts(const struct complete_said *said, uint32_t of, bool *there)
{
    bool parts_alone = true;

    for (size_t i = 0; i < said->count; i++) {
        const struct json *parts = said->items[i].parts;
        uint32_t index, count;

        for (size_t k = 0; k < json_count(parts); k++)
            if (shards_part_read(json_as_string(json_at(parts, k)), &index, &count) && count == of)
                there[index - 1] = true;
        parts_alone &= json_count(parts) > 0;
    }
    return parts_alone;
}

/* A store without a part is the whole; one that is a part of so many wants all the others. */
static int complete_count_shards(struct complete *complete, const struct complete_said *said,
                                 struct crux_error *error)
{
    struct complete_list list = {complete->lacks, sizeof complete->lacks, 0};
    uint32_t of = complete_of(said);
    bool *there = calloc((size_t)of + 1, sizeof *there);

    if (there == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for %u shards", of);
    if (complete_find_parts(said, of, there))
        for (uint32_t i = 0; i < of; i++) {
            char name[32];

            (void)snprintf(name, sizeof name, "%u/%u", i + 1, of);
            if (!there[i])
                complete_add(&list, "shards", name);
        }
    complete_end(&list);
    free(there);
    return CRUX_OK;
}

static int complete_shards(struct complete *complete, const struct merge *merge,
                           struct crux_error *error)
{
    struct complete_said said = {.items = NULL};
    int status = complete_hear(&said, merge, error);

    if (status != CRUX_OK)
        return status;
    complete->input = said.items[0].input;
    status = complete_count_shards(complete, &said, error);
    complete_forget(&said);
    return status;
}

/* --- problems ------------------------------------------------------------------------------- */

static int complete_add_problem(void *context, const char *id, enum crux_problem_state state)
{
    (void)state;
    complete_add(context, "problems", id);
    return CRUX_OK;
}

static int complete_problems(struct complete *complete, const struct merge *merge,
                             struct crux_error *error)
{
    size_t used = strlen(complete->lacks);
    struct complete_list list = {complete->lacks + used, sizeof complete->lacks - used, 0};
    int status = CRUX_OK;

    if (used > 0 && complete->broken + complete->unfinished > 0) {
        (void)snprintf(list.out, list.room, "; ");
        list.out += 2;
        list.room -= 2;
    }
    if (complete->broken + complete->unfinished > 0)
        for (size_t i = 0; i < merge->count && status == CRUX_OK; i++)
            status = crux_store_lacking(merge->shards[i].store, complete_add_problem, &list, error);
    complete_end(&list);
    return status;
}

int complete_look(struct complete *out, const struct merge *merge, uint64_t trees,
                  struct crux_error *error)
{
    struct complete complete = {.input = 0};
    uint64_t problems = 0;
    int status;

    for (size_t i = 0; i < merge->count; i++) {
        const struct crux_summary *summary = &merge->shards[i].summary;

        problems += summary->waiting + summary->finished + summary->broken;
        complete.broken += summary->broken;
    }
    complete.unfinished =
        problems > complete.broken + trees ? problems - complete.broken - trees : 0;
    status = complete_shards(&complete, merge, error);
    if (status != CRUX_OK)
        return status;
    if (complete.input == 0 && complete.lacks[0] == '\0')
        complete.input = problems; /* of an earlier version, and no shard is lacking: this is all */
    status = complete_problems(&complete, merge, error);
    if (status == CRUX_OK && complete.lacks[0] == '\0' && complete.input > problems)
        (void)snprintf(complete.lacks, sizeof complete.lacks,
                       "%llu of the input's %llu problems, which are in none of the stores",
                       (unsigned long long)(complete.input - problems),
                       (unsigned long long)complete.input);
    if (status == CRUX_OK)
        *out = complete;
    return status;
}

int crux_lacking(struct crux_store *const *stores, size_t count, struct crux_lack *out,
                 struct crux_error *error)
{
    struct complete complete;
    struct merge merge;
    uint64_t finished = 0;
    int status;

    if (count == 0)
        return crux_fail(error, CRUX_INVALID, "what is lacking is asked of one store at least");
    status = merge_open(&merge, stores, count, error);
    if (status != CRUX_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        finished += merge.shards[i].summary.finished;
    status = complete_look(&complete, &merge, finished, error);
    merge_close(&merge);
    if (status != CRUX_OK)
        return status;
    *out = (struct crux_lack){.input = complete.input,
                              .finished = finished,
                              .broken = complete.broken,
                              .unfinished = complete.unfinished};
    memcpy(out->lacks, complete.lacks, sizeof out->lacks);
    return CRUX_OK;
}

int complete_none(const struct complete *complete, struct crux_error *error)
{
    if (complete->broken == 0)
        return crux_fail(error, CRUX_STORE, "nothing to export: no problem is finished yet");
    return crux_fail(
        error, CRUX_STORE,
        "nothing to export: no problem is finished, and %llu failed; crux list says why",
        (unsigned long long)complete->broken);
}
