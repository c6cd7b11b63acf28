/*
 * record.c - gathers what is known of a path: its pair, where it goes wrong, what is said of it.
 */
#include "io/views/record.h"

#include <assert.h>
#include <string.h>

#include "io/views/keep.h"

const struct crux_rollout *record_answer(const struct record *record)
{
    return &record->what->tree->rollouts[record->rollout];
}

/* --- labels ------------------------------------------------------------------------------- */

bool record_is_located(const struct record *record)
{
    assert(record->location.how < LEARNT_ESTIMATED || record->location.step >= 0);
    return record->location.how >= LEARNT_ESTIMATED && record->location.how >= record->run->least;
}

enum crux_verdict record_label(const struct record *record, size_t i)
{
    assert(i < record->path.count);
    if (record->pair == NULL)
        return CRUX_RIGHT;
    if (!record_is_located(record) || (int64_t)i > record->location.step)
        return CRUX_UNKNOWN;
    return (int64_t)i < record->location.step ? CRUX_RIGHT : CRUX_WRONG;
}

/* --- critiques ---------------------------------------------------------------------------- */

/* What was verified of the critique of that maker; of several the first that has refined most. */
static const struct learnt_item *record_verified(const struct record *record, const char *annotator)
{
    const struct learnt_item *best = NULL, *items;
    size_t count;

    items = learnt_of(&record->what->learnt, LEARNT_VERIFICATIONS, record->rollout, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(items[i].verification.critique, annotator) == 0 &&
            (best == NULL || items[i].verification.with.of > best->verification.with.of))
            best = &items[i];
    return best;
}

static double record_worth(const struct learnt_item *verified)
{
    const struct learnt_count *with = verified != NULL ? &verified->verification.with : NULL;

    return with == NULL || with->of == 0 ? -1.0 : (double)with->right / (double)with->of;
}

static void record_take_verification(struct record *record, const struct learnt_item *verified)
{
    record->verification = verified != NULL ? &verified->verification : NULL;
    record->verifier = verified != NULL ? verified->maker : "";
}

/* The tree's own, as it was written when the tree was finished. */
static void record_take_own(struct record *record)
{
    const struct crux_pair *pair = record->pair;

    record->critique.text = pair->critique;
    record->critique.error_type = pair->error_type;
    record->critique.corrected_step = pair->corrected_step;
    record->critique.method = pair->method;
    record->critique.step = pair->first_error == CRUX_NO_STEP ? -1 : (int64_t)pair->first_error;
    record_take_verification(record, record_verified(record, ""));
}

static void record_take_critique(struct record *record)
{
    const struct learnt_item *items, *verified;
    double best = -2.0, worth;
    size_t count;

    record->critique = (struct learnt_critique){.style = "",
                                                .model = "",
                                                .text = "",
                                                .error_type = "",
                                                .corrected_step = "",
                                                .method = "",
                                                .step = -1};
    if (record->pair != NULL)
        record_take_own(record);
    if (record->pair != NULL && record->pair->exact && record->critique.text[0] != '\0')
        return;
    items = learnt_of(&record->what->learnt, LEARNT_CRITIQUES, record->rollout, &count);
    for (size_t i = 0; i < count; i++) {
        verified = record_verified(record, items[i].maker);
        worth = record_worth(verified);
        if (items[i].critique.text[0] == '\0' || worth <= best)
            continue;
        best = worth;
        record->critique = items[i].critique;
        record->annotator = items[i].maker;
        record_take_verification(record, verified);
    }
}

/* --- support ------------------------------------------------------------------------------ */

static void record_least(double *least, double score)
{
    if (score >= 0.0 && (*least < 0.0 || score < *least))
        *least = score;
}

static void record_take_probes(struct record_support *support,
                               const struct learnt_location *location)
{
    for (size_t i = 0; i < location->probe_count; i++) {
        const struct learnt_probe *probe = &location->probes[i];

        if (probe->of == 0)
            continue;
        if (support->completions < 0.0 || probe->of < support->count)
            support->count = probe->of;
        record_least(&support->completions, (double)probe->right / (double)probe->of);
    }
}

static void record_take_support(struct record *record)
{
    const struct crux_tree *tree = record->what->tree;
    struct record_support *support = &record->support;
    const struct learnt_item *items;
    size_t count;

    *support = (struct record_support){-1.0, -1.0, -1.0, 0};
    for (size_t i = 0; i < record->path.known; i++)
        record_least(&support->execution, tree->nodes[record->path.nodes[i]].score);
    for (uint32_t i = 0; i < tree->remark_count; i++) {
        const struct crux_remark *remark = &tree->remarks[i];

        if (remark->role != CRUX_ROLE_OUTCOME || remark->path != record->rollout)
            continue;
        for (uint32_t j = 0; remark->opinion.steps != NULL && j < remark->opinion.step_count; j++)
            record_least(&support->judge, remark->opinion.steps[j]);
    }
    items = learnt_of(&record->what->learnt, LEARNT_LOCATIONS, record->rollout, &count);
    for (size_t i = 0; i < count && record->pair == NULL; i++)
        record_take_probes(support, &items[i].location);
}

/* --- records ------------------------------------------------------------------------------ */

static int record_read_pair(struct record *record, struct crux_error *error)
{
    const struct crux_pair *pair = record->pair;
    int status = paths_read(record->paths, pair->right, &record->right, error);

    if (status != CRUX_OK)
        return status;
    record->prefix = pair->prefix;
    if (pair->prefix > record->right.count || pair->prefix > record->path.count ||
        (pair->exact && pair->first_error >= record->path.count))
        return crux_fail(error, CRUX_STORE, "problem %s: pair %u does not fit its paths",
                         record->what->tree->problem->id, record->number);
    record->location = learnt_location_of(&record->what->learnt, pair, &record->locator);
    return CRUX_OK;
}

static int record_open(struct record *record, struct crux_error *error)
{
    int status = paths_read(record->paths, record->rollout, &record->path, error);

    record->locator = record->annotator = record->verifier = "";
    record->location =
        (struct learnt_location){.how = LEARNT_NOT, .step = -1, .from = -1, .to = -1, .why = ""};
    if (status == CRUX_OK && record->pair != NULL)
        status = record_read_pair(record, error);
    if (status != CRUX_OK)
        return status;
    record_take_critique(record);
    record_take_support(record);
    return CRUX_OK;
}

static int record_visit(const struct record *begun, record_each *each, void *context,
                        struct crux_error *error)
{
    struct record record = *begun;
    int status = record_open(&record, error);
    bool kept = true;

    if (status == CRUX_OK && record.run->keep != NULL)
        status = keep_takes(record.run->keep, &record, &kept, error);
    if (status == CRUX_OK && kept)
        status = each(context, &record, error);
    path_close(&record.path);
    path_close(&record.right);
    return status;
}

int record_walk(const struct view_tree *what, const struct view_run *run, record_each *each,
                void *context, struct crux_error *error)
{
    const struct crux_tree *tree = what->tree;
    struct paths paths;
    int status = paths_open(&paths, tree, error);

    for (uint32_t i = 0; i < tree->pair_count && status == CRUX_OK; i++)
        status = record_visit(&(struct record){.what = what,
                                               .run = run,
                                               .paths = &paths,
                                               .letter = 'w',
                                               .number = i,
                                               .rollout = tree->pairs[i].wrong,
                                               .pair = &tree->pairs[i]},
                              each, context, error);
    for (uint32_t i = 0; i < tree->right_count && status == CRUX_OK; i++)
        status = record_visit(&(struct record){.what = what,
                                               .run = run,
                                               .paths = &paths,
                                               .letter = 'r',
                                               .number = i,
                                               .rollout = tree->rights[i]},
                              each, context, error);
    paths_close(&paths);
    return status;
}
