/*
 * record.c - gathers what is known of a path: its pair, where it goes wrong, what is said of it.
 */
#include "io/views/record.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/split.h"

#define RECORD_HALF 0.5 /* below it a critic calls a step rather wrong than right */
#define RECORD_LOST 0.1 /* --locate-below, as it is when nobody says it */

static const char record_no_correction[] = "The answer is right. No step needs a correction.";

const struct crux_rollout *record_answer(const struct record *record)
{
    return &record->about.what->tree->rollouts[record->rollout];
}

/* --- labels ------------------------------------------------------------------------------- */

bool record_is_located(const struct record *record)
{
    assert(record->location.how < LEARNT_ESTIMATED || record->location.step >= 0);
    return record->location.how >= LEARNT_ESTIMATED &&
           record->location.how >= record->about.run->least;
}

/* Does anything speak against the steps of a right answer? */
static bool record_is_doubted(const struct record *record)
{
    const struct record_support *support = &record->support;

    return support->lost || (support->execution >= 0.0 && support->execution < RECORD_HALF) ||
           (support->judge >= 0.0 && support->judge < RECORD_HALF);
}

bool record_is_labelled(const struct record *record)
{
    return record->pair != NULL ? record_is_located(record) : !record_is_doubted(record);
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

size_t record_labels(const struct record *record)
{
    assert(record_is_labelled(record));
    return record->pair != NULL ? (size_t)record->location.step + 1 : record->path.count;
}

/* --- critiques ---------------------------------------------------------------------------- */

/* A word on the answer that is not what is known of it. */
static bool record_contradicts(const struct record *record, enum crux_verdict verdict)
{
    return verdict == (record->pair != NULL ? CRUX_RIGHT : CRUX_WRONG);
}

static bool record_agrees(const struct record *record, const struct learnt_critique *critique)
{
    size_t count = record_labels(record);

    if (record_contradicts(record, critique->verdict) || critique->step_count < count ||
        (record->pair == NULL && critique->step_count != count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (critique->steps[i] != record_label(record, i))
            return false;
    return true;
}

const struct learnt_item *record_judged(const struct record *record)
{
    const struct learnt_item *items;
    size_t count;

    assert(record_is_labelled(record));
    items = learnt_of(&record->about.what->learnt, LEARNT_CRITIQUES, record->rollout, &count);
    for (size_t i = 0; i < count; i++)
        if (record_agrees(record, &items[i].critique))
            return &items[i];
    return NULL;
}

/* What was verified of the critique of that maker; of several the first that has refined most. */
static const struct learnt_item *record_verified(const struct record *record, const char *annotator)
{
    const struct learnt_item *best = NULL, *items;
    size_t count;

    items = learnt_of(&record->about.what->learnt, LEARNT_VERIFICATIONS, record->rollout, &count);
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

/* Of an injected path: by the first maker who says something, and not that it is right. */
static void record_take_detection(struct record *record)
{
    size_t count;
    const struct learnt_item *items = learnt_of(&record->about.what->learnt, LEARNT_DETECTIONS,
                                                record->injection->rollout, &count);

    for (size_t i = 0; i < count; i++) {
        const struct learnt_detection *found = &items[i].detection;

        if (strcmp(found->injection, record->injection->maker) != 0 ||
            found->critique.text[0] == '\0' || record_contradicts(record, found->critique.verdict))
            continue;
        record->critique = found->critique;
        record->annotator = items[i].maker;
        return;
    }
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
    if (record->injection != NULL) {
        record_take_detection(record);
        return;
    }
    if (record->pair != NULL)
        record_take_own(record);
    if (record->pair != NULL && record->pair->exact && record->critique.text[0] != '\0')
        return;
    items = learnt_of(&record->about.what->learnt, LEARNT_CRITIQUES, record->rollout, &count);
    for (size_t i = 0; i < count; i++) {
        verified = record_verified(record, items[i].maker);
        worth = record_worth(verified);
        if (items[i].critique.text[0] == '\0' || worth <= best ||
            record_contradicts(record, items[i].critique.verdict))
            continue;
        best = worth;
        record->critique = items[i].critique;
        record->annotator = items[i].maker;
        record_take_verification(record, verified);
    }
}

const char *record_text(const struct record *record)
{
    const char *text = record->critique.text;

    if (text[0] != '\0' || record->pair != NULL || record_is_doubted(record))
        return text;
    return record_no_correction;
}

const char *record_annotator(const struct record *record)
{
    return record->annotator[0] != '\0' ? record->annotator : record->about.run->annotator;
}

enum crux_verdict record_verdict_is(const struct record *record)
{
    enum crux_verdict truth = record->pair != NULL ? CRUX_WRONG : CRUX_RIGHT;

    if (record->critique.text[0] == '\0' || record->critique.verdict == CRUX_UNKNOWN)
        return CRUX_UNKNOWN;
    return record->critique.verdict == truth ? CRUX_RIGHT : CRUX_WRONG;
}

enum crux_verdict record_step_is(const struct record *record)
{
    if (record->critique.text[0] == '\0' || record->critique.step < 0 || !record_is_located(record))
        return CRUX_UNKNOWN;
    return record->critique.step == record->location.step ? CRUX_RIGHT : CRUX_WRONG;
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
        support->lost |= probe->right == 0 && probe->high <= RECORD_LOST;
    }
}

static void record_take_support(struct record *record)
{
    const struct crux_tree *tree = record->about.what->tree;
    struct record_support *support = &record->support;

    *support = (struct record_support){-1.0, -1.0, -1.0, 0, false};
    for (size_t i = 0; i < record->path.known; i++)
        record_least(&support->execution, tree->nodes[record->path.nodes[i]].score);
    for (uint32_t i = 0; i < tree->remark_count; i++) {
        const struct crux_remark *remark = &tree->remarks[i];

        if (remark->role != CRUX_ROLE_OUTCOME || remark->path != record->rollout)
            continue;
        for (uint32_t j = 0; remark->opinion.steps != NULL && j < remark->opinion.step_count; j++)
            record_least(&support->judge, remark->opinion.steps[j]);
    }
    if (record->pair == NULL)
        record_take_probes(support, &record->location);
}

/* --- counts ------------------------------------------------------------------------------- */

static struct learnt_count record_tallied(const struct record *record, size_t i)
{
    uint32_t node = path_node(&record->path, i);
    bool right = record_answer(record)->verdict == CRUX_RIGHT;

    if (node == CRUX_NO_NODE)
        return (struct learnt_count){right, 1}; /* the path itself */
    return (struct learnt_count){record->tally->of[node].right, record->tally->of[node].of};
}

static int record_take_counts(struct record *record, struct crux_error *error)
{
    const struct learnt_location *location = &record->location;

    record->counts = calloc(record->path.count + 1, sizeof *record->counts);
    if (record->counts == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the counts of problem %s",
                         record->about.what->tree->problem->id);
    for (size_t i = 0; i < record->path.count; i++)
        record->counts[i] = record_tallied(record, i);
    for (size_t i = 0; i < location->probe_count; i++) {
        const struct learnt_probe *probe = &location->probes[i];

        assert(probe->prefix <= record->path.count);
        if (probe->completer == 0 && probe->prefix > 0 &&
            probe->of > record->counts[probe->prefix - 1].of)
            record->counts[probe->prefix - 1] = (struct learnt_count){probe->right, probe->of};
    }
    return CRUX_OK;
}

/* --- records ------------------------------------------------------------------------------ */

/* Why what completions have found cannot be: NULL, nothing speaks against it. */
static const char *record_refutation(const struct record *record)
{
    size_t step = (size_t)record->location.step;

    if (step < record->prefix || record_tallied(record, step).right > 0)
        return "the tree has a right answer behind the step that was found";
    if (split_opens(record->path.steps[step]))
        return "the step that was found claims nothing: it opens the next one";
    return NULL;
}

static void record_refute(struct record *record)
{
    struct learnt_location *location = &record->location;
    const char *why = NULL;

    if (location->how == LEARNT_ESTIMATED || location->how == LEARNT_AGREED)
        why = record_refutation(record);
    if (why == NULL)
        return;
    location->how = LEARNT_NOT;
    location->step = -1;
    location->why = why;
}

static int record_read_pair(struct record *record, struct crux_error *error)
{
    const struct crux_tree *tree = record->about.what->tree;
    const struct crux_pair *pair = record->pair;
    int status = paths_read(record->paths, pair->right, &record->right, error);

    if (status != CRUX_OK)
        return status;
    record->prefix = pair->prefix;
    if (pair->prefix > record->right.count || pair->prefix > record->path.count ||
        (pair->exact && pair->first_error >= record->path.count))
        return crux_fail(error, CRUX_STORE, "problem %s: pair %u does not fit its paths",
                         tree->problem->id, record->number);
    record->about.wrong_answer = record_answer(record)->answer;
    record->about.right_answer = tree->rollouts[pair->right].answer;
    record->location = learnt_location_of(&record->about.what->learnt, pair, &record->locator);
    record_refute(record);
    if (record->injection != NULL) {
        record->locator = record->injection->maker;
        record->location.why = "false details were put in, and which is wrong first is not known";
    }
    return CRUX_OK;
}

/* A right path, and what the first maker has probed of it. Its wrong answer is that of the first
 * path that parts from it. */
static void record_read_right(struct record *record)
{
    const struct crux_tree *tree = record->about.what->tree;
    const struct learnt_item *items;
    size_t count;

    record->about.right_answer = record_answer(record)->answer;
    for (uint32_t i = tree->pair_count; i-- > 0;)
        if (tree->pairs[i].right == record->rollout)
            record->about.wrong_answer = tree->rollouts[tree->pairs[i].wrong].answer;
    items = learnt_of(&record->about.what->learnt, LEARNT_LOCATIONS, record->rollout, &count);
    if (count == 0)
        return;
    record->location.probes = items->location.probes;
    record->location.probe_count = items->location.probe_count;
    record->locator = items->maker;
}

static int record_open(struct record *record, struct crux_error *error)
{
    int status = paths_read(record->paths, record->rollout, &record->path, error);

    record->about.wrong_answer = record->about.right_answer = "";
    record->locator = record->annotator = record->verifier = "";
    record->location =
        (struct learnt_location){.how = LEARNT_NOT, .step = -1, .from = -1, .to = -1, .why = ""};
    if (status == CRUX_OK && record->pair != NULL)
        status = record_read_pair(record, error);
    if (status == CRUX_OK && record->pair == NULL)
        record_read_right(record);
    if (status == CRUX_OK)
        status = record_take_counts(record, error);
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

    if (status == CRUX_OK && record.about.run->keep != NULL)
        status = record.about.run->keep->takes(record.about.run->keep, &record, &kept, error);
    if (status == CRUX_OK && kept)
        status = each(context, &record, error);
    path_close(&record.path);
    path_close(&record.right);
    free(record.counts);
    return status;
}

static int record_visit_all(const struct record *common, record_each *each, void *context,
                            struct crux_error *error)
{
    const struct crux_tree *tree = common->about.what->tree;
    struct record record = *common;
    int status = CRUX_OK;

    record.letter = 'w';
    for (uint32_t i = 0; i < tree->pair_count && status == CRUX_OK; i++) {
        record.number = i;
        record.pair = &tree->pairs[i];
        record.rollout = record.pair->wrong;
        status = record_visit(&record, each, context, error);
    }
    record.letter = 'r';
    record.pair = NULL;
    for (uint32_t i = 0; i < tree->right_count && status == CRUX_OK; i++) {
        record.number = i;
        record.rollout = tree->rights[i];
        status = record_visit(&record, each, context, error);
    }
    return status;
}

int record_walk(const struct view_tree *what, const struct view_run *run, record_each *each,
                void *context, struct crux_error *error)
{
    struct tally tally = {.of = NULL};
    struct paths paths;
    struct record common = {
        .about = {.what = what, .run = run}, .paths = &paths, .tally = &tally, .inserted = -1};
    int status = paths_open(&paths, what->tree, error);

    if (status == CRUX_OK && what->tree->pair_count + what->tree->right_count > 0)
        status = tally_open(&tally, &paths, error);
    if (status == CRUX_OK)
        status = record_visit_all(&common, each, context, error);
    tally_close(&tally);
    paths_close(&paths);
    return status;
}

/* --- injected paths ------------------------------------------------------------------------- */

/* The tree with this path in it. */
static int record_visit_injected(const struct record *common, const struct learnt_item *injection,
                                 record_each *each, void *context, struct crux_error *error)
{
    struct record record = *common;
    struct view_tree what = *common->about.what;
    struct paths paths = *common->paths;
    struct injected_view view;
    int status = injected_view_open(&view, what.tree, injection->rollout,
                                    &injection->injection.path, injection->injection.answer, error);

    if (status != CRUX_OK)
        return status;
    what.tree = paths.tree = &view.tree;
    record.about.what = &what;
    record.paths = &paths;
    record.injection = injection;
    record.inserted = view.pair.prefix;
    record.pair = &view.pair;
    record.rollout = view.pair.wrong;
    status = record_visit(&record, each, context, error);
    injected_view_close(&view);
    return status;
}

int record_walk_injected(const struct view_tree *what, const struct view_run *run,
                         record_each *each, void *context, struct crux_error *error)
{
    const struct learnt_items *items = &what->learnt.of[LEARNT_INJECTIONS];
    struct tally tally = {.of = NULL};
    struct paths paths;
    struct record common = {
        .about = {.what = what, .run = run}, .paths = &paths, .tally = &tally, .letter = 'i'};
    int status;

    if (!run->injected || items->count == 0)
        return CRUX_OK;
    status = paths_open(&paths, what->tree, error);
    if (status == CRUX_OK)
        status = tally_open(&tally, &paths, error);
    for (size_t i = 0; i < items->count && status == CRUX_OK; i++) {
        if (items->items[i].injection.verdict != CRUX_WRONG)
            continue;
        status = record_visit_injected(&common, &items->items[i], each, context, error);
        common.number++;
    }
    tally_close(&tally);
    paths_close(&paths);
    return status;
}
