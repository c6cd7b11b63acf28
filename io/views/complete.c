/*
 * complete.c - counts a set of stores against its shards and its input.
 */
#include "io/views/complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"

enum { COMPLETE_NAMED = 10 /* problems and shards that are called by their names */ };

/* What a store's settings say of the whole; zeros where they say nothing. */
struct complete_part {
    uint32_t index, of;
    uint64_t input;
};

static struct complete_part complete_part_of(const struct crux_summary *summary)
{
    struct complete_part part = {0, 0, 0};
    struct json *settings = NULL;
    const char *shard;

    (void)json_parse(&settings, summary->settings, strlen(summary->settings), NULL);
    shard = json_as_string(json_get(settings, "shard"));
    if (shard != NULL && sscanf(shard, "%u/%u", &part.index, &part.of) != 2)
        part.index = part.of = 0;
    part.input = (uint64_t)json_as_integer(json_get(settings, CRUX_INPUT_PROBLEMS));
    json_free(settings);
    return part;
}

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

static bool complete_has(const struct merge *merge, uint32_t index, uint32_t of)
{
    for (size_t i = 0; i < merge->count; i++) {
        struct complete_part part = complete_part_of(&merge->shards[i].summary);

        if (part.index == index && part.of == of)
            return true;
    }
    return false;
}

/* A store without a part is the whole; one that is a part of so many wants all the others. */
static void complete_shards(struct complete *complete, const struct merge *merge)
{
    const struct complete_part first = complete_part_of(&merge->shards[0].summary);
    struct complete_list list = {complete->lacks, sizeof complete->lacks, 0};

    complete->input = first.input;
    for (uint32_t index = 1; index <= first.of; index++) {
        char name[32];

        (void)snprintf(name, sizeof name, "%u/%u", index, first.of);
        if (!complete_has(merge, index, first.of))
            complete_add(&list, "shards", name);
    }
    complete_end(&list);
}

/* --- problems ----------------------------------------------------------------------------------
 */

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
    complete_shards(&complete, merge);
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
