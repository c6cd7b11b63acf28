/*
 * sift.c - asks two indices of problems, counts what they say, and names what is contaminated.
 */
#include "io/views/sift.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/utf8.h"

double sift_least(const struct crux_export *what)
{
    return what->dedup > 0.0 ? what->dedup : ALIKE_USUAL_PERCENT / 100.0;
}

/* --- files that are compared ---------------------------------------------------------------- */

/* Of a path only the last part is written down: a data set tells nothing of the machine. */
static const char *sift_base(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash == NULL ? path : slash + 1;

    return utf8_is_text(base, strlen(base)) ? base : "?";
}

static int sift_add_foreign(struct sift *sift, const struct crux_problems *problems, uint32_t file,
                            struct crux_error *error)
{
    struct alike_label label = {.number = file};
    int status = CRUX_OK;

    for (size_t i = 0; status == CRUX_OK && i < problems->count; i++) {
        (void)snprintf(label.name, sizeof label.name, "%s", problems->items[i].id);
        status = shingles_read(&sift->shingles, &problems->items[i], error);
        if (status == CRUX_OK)
            status = alike_add(sift->foreign, &sift->shingles, &label, error);
    }
    return status;
}

static void sift_tell_file(struct sift *sift, const struct crux_problems *problems,
                           const char *path)
{
    struct json *file = json_new_object();

    json_put(file, "name", json_of_string(sift_base(path)));
    json_put(file, "sha256", json_of_string(problems->sha256));
    json_put_count(file, "problems", problems->count);
    json_add(sift->files, file);
}

/* All files, one after the other; of each the problems, before the next is read. */
static int sift_read_foreign(struct sift *sift, const char *folder, struct crux_error *error)
{
    const struct crux_export *what = sift->what;
    const struct crux_reading how = {.strict = true};
    int status = CRUX_OK;

    if (what->against_count == 0)
        return CRUX_OK;
    status = alike_open(&sift->foreign, folder, sift_least(what), error);
    for (size_t i = 0; status == CRUX_OK && i < what->against_count; i++) {
        struct crux_problems problems = {.count = 0};

        status = crux_problems_read_as(&problems, what->against[i], &how, error);
        if (status != CRUX_OK)
            return status;
        status = sift_add_foreign(sift, &problems, (uint32_t)i, error);
        sift_tell_file(sift, &problems, what->against[i]);
        crux_problems_free(&problems);
    }
    return status;
}

/* --- opening ---------------------------------------------------------------------------------- */

static int sift_check(const struct crux_export *what, struct crux_error *error)
{
    if (!(what->dedup >= 0.0 && what->dedup <= 1.0))
        return crux_fail(error, CRUX_INVALID,
                         "how much alike problems are that are left out is above 0 and at most 1");
    if (what->drop_contaminated && what->against_count == 0)
        return crux_fail(error, CRUX_INVALID,
                         "contaminated problems are left out only against a file of problems");
    return CRUX_OK;
}

int sift_open(struct sift *out, const struct crux_export *what, int64_t run_seed,
              const char *folder, struct crux_error *error)
{
    struct sift sift = {.what = what, .files = json_new_array(), .named = json_new_array()};
    int status = sift_check(what, error);

    sift.seed = (uint64_t)(what->split_seed != NULL ? *what->split_seed : run_seed);
    if (status == CRUX_OK)
        status = portions_read(&sift.portions, what->split, error);
    if (status == CRUX_OK)
        status = alike_open(&sift.seen, folder, sift_least(what), error);
    if (status == CRUX_OK)
        status = sift_read_foreign(&sift, folder, error);
    if (status == CRUX_OK)
        *out = sift;
    else
        sift_close(&sift);
    return status;
}

void sift_close(struct sift *sift)
{
    alike_close(sift->seen);
    alike_close(sift->foreign);
    shingles_close(&sift->shingles);
    json_free(sift->files);
    json_free(sift->named);
    *sift = (struct sift){.what = NULL};
}

/* --- one problem --------------------------------------------------------------------------------
 */

static void sift_name(struct sift *sift, const struct crux_problem *problem,
                      const struct alike_found *found)
{
    const char *file = sift_base(sift->what->against[found->label.number]);
    char *with = sift->contaminated_with;
    size_t used = strlen(with), room = sizeof sift->contaminated_with;
    struct json *entry;

    if (sift->contaminated > SIFT_NAMED)
        return;
    entry = json_new_object();
    json_put(entry, "id", json_of_string(problem->id));
    json_put(entry, "file", json_of_string(file));
    json_put(entry, "like", json_of_string(found->label.name));
    json_put(entry, "alike", json_of_real(found->alike));
    json_add(sift->named, entry);
    if (sift->contaminated <= 5)
        (void)snprintf(with + used, room - used, "%s%.40s (%.40s of %.30s)", used > 0 ? ", " : "",
                       problem->id, found->label.name, file);
}

/* Does it go out, for all that others' files say? */
static int sift_foreign(struct sift *sift, const struct crux_problem *problem, bool *goes,
                        struct crux_error *error)
{
    struct alike_found found = {.alike = 0.0};
    int status = CRUX_OK;

    *goes = true;
    if (sift->foreign != NULL)
        status = alike_find(sift->foreign, &sift->shingles, &found, error);
    if (status != CRUX_OK || found.alike == 0.0)
        return status;
    sift->contaminated++;
    sift_name(sift, problem, &found);
    *goes = !sift->what->drop_contaminated;
    sift->decontaminated += !*goes;
    return CRUX_OK;
}

int sift_problem(struct sift *sift, const struct crux_problem *problem, bool *goes, size_t *portion,
                 struct crux_error *error)
{
    struct alike_found found = {.alike = 0.0};
    struct alike_label label = {
        .number = (uint32_t)portions_of(&sift->portions, sift->seed, problem->id)};
    int status = shingles_read(&sift->shingles, problem, error);

    if (status == CRUX_OK)
        status = sift_foreign(sift, problem, goes, error);
    if (status != CRUX_OK || !*goes)
        return status;
    status = alike_find(sift->seen, &sift->shingles, &found, error);
    if (status == CRUX_OK && found.alike == 0.0)
        status = alike_add(sift->seen, &sift->shingles, &label, error);
    if (status != CRUX_OK)
        return status;
    sift->same += found.same;
    sift->alike += found.alike > 0.0 && !found.same;
    *goes = found.alike == 0.0 || sift->what->dedup == 0.0;
    sift->deduped += !*goes;
    *portion = found.alike > 0.0 ? found.label.number : label.number;
    sift->problems[*portion] += *goes;
    return CRUX_OK;
}
