/*
 * shards.c - compares stores as parts of one run, and reads which part each of them is.
 *
 * Which option differs is found only when the hashes have said that one does.
 */
#include "io/shards.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"

/* --- one run? ------------------------------------------------------------------------- */

static bool shards_same_value(const struct json *a, const struct json *b)
{
    char *x = json_text(a, false), *y = json_text(b, false);
    bool same = x != NULL && y != NULL && strcmp(x, y) == 0;

    free(x);
    free(y);
    return same;
}

/* The first option that is not the same in both, NULL: none. */
static const char *shards_find_difference(const struct json *a, const struct json *b)
{
    const char *key = NULL;

    while ((key = json_next_key(a, key)) != NULL)
        if (!shards_same_value(json_get(a, key), json_get(b, key)))
            return key;
    while ((key = json_next_key(b, key)) != NULL)
        if (json_get(a, key) == NULL)
            return key;
    return NULL;
}

static int shards_fail_option(const struct crux_summary *a, const struct crux_summary *b,
                              const struct shards_pair *names, struct crux_error *error)
{
    struct json *x = NULL, *y = NULL;
    const char *option = NULL;
    char *left = NULL, *right = NULL;

    if (json_parse(&x, a->configuration, strlen(a->configuration), NULL) == CRUX_OK &&
        json_parse(&y, b->configuration, strlen(b->configuration), NULL) == CRUX_OK)
        option = shards_find_difference(x, y);
    if (option != NULL) {
        left = json_text(json_get(x, option), false);
        right = json_text(json_get(y, option), false);
    }
    (void)crux_fail(error, CRUX_INVALID,
                    "%s are not shards of one run: the option %s differs (%s and %s)", names->both,
                    option != NULL ? option : "?", left != NULL ? left : "none",
                    right != NULL ? right : "none");
    free(left);
    free(right);
    json_free(x);
    json_free(y);
    return CRUX_INVALID;
}

/* Was the input of b that of a before it grew? */
static bool shards_has_outgrown(const struct crux_summary *a, const struct crux_summary *b)
{
    struct json *settings = NULL;
    const struct json *record;
    bool found = false;

    (void)json_parse(&settings, a->settings, strlen(a->settings), NULL);
    record = json_get(settings, CRUX_INPUT_EXTENSIONS);
    for (size_t i = 0; i < json_count(record); i++) {
        const char *before = json_as_string(json_get(json_at(record, i), "before"));

        found |= before != NULL && strcmp(before, b->input_sha256) == 0;
    }
    json_free(settings);
    return found;
}

static int shards_fail_shorter(const char *longer, const char *shorter, struct crux_error *error)
{
    return crux_fail(error, CRUX_INVALID,
                     "lines were added to the input of %s, and not yet to that of %s: let this one "
                     "go on with the longer file and --extend",
                     longer, shorter);
}

int shards_check_pair(const struct crux_summary *one, const struct crux_summary *other,
                      const struct shards_pair *names, struct crux_error *error)
{
    if (shards_has_outgrown(one, other))
        return shards_fail_shorter(names->one, names->other, error);
    if (shards_has_outgrown(other, one))
        return shards_fail_shorter(names->other, names->one, error);
    if (strcmp(one->input_sha256, other->input_sha256) != 0)
        return crux_fail(error, CRUX_INVALID,
                         "%s are not shards of one run: their inputs differ (%s with SHA-256 "
                         "%.12s... and %s with %.12s...)",
                         names->both, one->input_name, one->input_sha256, other->input_name,
                         other->input_sha256);
    if (strcmp(one->config_hash, other->config_hash) != 0)
        return shards_fail_option(one, other, names, error);
    return CRUX_OK;
}

bool shards_names_run(const struct crux_summary *one, const struct crux_summary *other)
{
    return one->begun_lines > 0 &&
           (other->begun_lines == 0 || one->begun_lines < other->begun_lines);
}

/* --- parts ------------------------------------------------------------------------------ */

bool shards_part_read(const char *part, uint32_t *index, uint32_t *of)
{
    unsigned i, n;

    if (part == NULL || sscanf(part, "%u/%u", &i, &n) != 2 || i == 0 || i > n)
        return false;
    *index = i;
    *of = n;
    return true;
}

/* The parts that settings tell; NULL: no memory. */
static struct json *shards_list(const struct json *settings)
{
    const struct json *merged = json_get(settings, CRUX_MERGED);
    const char *part = json_as_string(json_get(settings, "shard"));
    struct json *list = json_new_array();

    for (size_t i = 0; i < json_count(merged); i++)
        json_add(list, json_clone(json_at(merged, i)));
    if (json_count(merged) == 0 && part != NULL)
        json_add(list, json_of_string(part));
    if (json_is_whole(list))
        return list;
    json_free(list);
    return NULL;
}

int shards_read(struct shards_said *out, const struct crux_summary *summary,
                struct crux_error *error)
{
    struct json *settings = NULL;
    struct shards_said said = {.parts = NULL};
    int64_t problems;
    int status = json_parse(&settings, summary->settings, strlen(summary->settings), NULL);

    problems = json_as_integer(json_get(settings, CRUX_INPUT_PROBLEMS));
    said.input = problems > 0 ? (uint64_t)problems : 0;
    if (status != CRUX_MEMORY)
        said.parts = shards_list(settings);
    json_free(settings);
    if (said.parts == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the settings of a run");
    *out = said;
    return CRUX_OK;
}

struct json *shards_parts(const struct crux_summary *summary)
{
    struct shards_said said = {.parts = NULL};

    (void)shards_read(&said, summary, NULL);
    return said.parts;
}

uint64_t shards_input(const struct crux_summary *summary)
{
    struct shards_said said = {.parts = NULL};

    (void)shards_read(&said, summary, NULL);
    json_free(said.parts);
    return said.input;
}
