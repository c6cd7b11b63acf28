/*
 * learnt.c - findings of passes: from JSON to structs, checked field by field, and back.
 */
#include "io/learnt.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"

static const char *const learnt_hows[LEARNT_HOWS] = {"not", "between", "estimated", "agreed",
                                                     "proved"};

static const char *const learnt_kinds[LEARNT_KINDS] = {
    LEARNT_LOCATION, LEARNT_CRITIQUE, LEARNT_VERIFICATION, LEARNT_INJECTION, LEARNT_DETECTION};

const char *learnt_kind_name(enum learnt_kind kind)
{
    assert(kind < LEARNT_KINDS);
    return learnt_kinds[kind];
}

const char *learnt_how_name(enum learnt_how how)
{
    assert(how < LEARNT_HOWS);
    return learnt_hows[how];
}

/* --- reading ------------------------------------------------------------------------------- */

/* A finding that is being read, and where its texts go. */
struct learnt_reading {
    const struct learnt *learnt;
    const struct crux_finding *finding;
    const struct json *object; /* whose members are read */
    struct crux_error *error;
    int status;
};

static void learnt_refuse(struct learnt_reading *reading, const char *field, const char *expected)
{
    const struct crux_finding *finding = reading->finding;

    if (reading->status != CRUX_OK)
        return;
    reading->status = crux_fail(reading->error, CRUX_STORE,
                                "problem %.80s: the finding %s of %.80s about rollout %u has no "
                                "field `%s` as expected: %s",
                                reading->learnt->tree->problem->id, finding->kind, finding->maker,
                                finding->path, field, expected);
}

static const char *learnt_copy(struct learnt_reading *reading, const char *text)
{
    char *copy = strdup(text);

    if (copy == NULL && reading->status == CRUX_OK)
        reading->status =
            crux_fail(reading->error, CRUX_MEMORY, "no memory for the findings on problem %.200s",
                      reading->learnt->tree->problem->id);
    return copy;
}

static const char *learnt_text(struct learnt_reading *reading, const char *field)
{
    const char *text = json_as_string(json_get(reading->object, field));

    if (text == NULL)
        learnt_refuse(reading, field, "a text");
    return text == NULL ? NULL : learnt_copy(reading, text);
}

static int64_t learnt_integer(struct learnt_reading *reading, const char *field, int64_t least,
                              int64_t most)
{
    const struct json *value = json_get(reading->object, field);
    int64_t number = json_as_integer(value);

    if (json_type_of(value) != JSON_IS_INTEGER || number < least || number > most)
        learnt_refuse(reading, field, "a whole number in its range");
    return number;
}

static double learnt_share(struct learnt_reading *reading, const char *field)
{
    const struct json *value = json_get(reading->object, field);
    double share = json_as_real(value);

    if (json_type_of(value) != JSON_IS_REAL || !(share >= 0.0 && share <= 1.0))
        learnt_refuse(reading, field, "a number from 0 to 1");
    return share;
}

/* The position of a word among those of a list. */
static uint32_t learnt_word(struct learnt_reading *reading, const char *field,
                            const char *(*word)(uint32_t index), uint32_t count)
{
    const char *text = json_as_string(json_get(reading->object, field));

    for (uint32_t i = 0; text != NULL && i < count; i++)
        if (strcmp(text, word(i)) == 0)
            return i;
    learnt_refuse(reading, field, "one of the words that it may be");
    return 0;
}

static const char *learnt_how_word(uint32_t index)
{
    return learnt_hows[index];
}

static const char *learnt_verdict_word(uint32_t index)
{
    return crux_verdict_name((enum crux_verdict)index);
}

/* Steps of the path of the finding. */
static int64_t learnt_path_length(const struct learnt_reading *reading)
{
    return (int64_t)crux_path_steps(reading->learnt->tree, reading->finding->path, NULL, 0);
}

/* --- reading locations ------------------------------------------------------------------ */

static struct learnt_probe learnt_read_probe(struct learnt_reading *reading)
{
    struct learnt_probe probe = {
        .completer = (uint32_t)learnt_integer(reading, "completer", 0, 1),
        .prefix = (uint32_t)learnt_integer(reading, "prefix", 0, learnt_path_length(reading)),
        .of = (uint32_t)learnt_integer(reading, "of", 0, UINT32_MAX),
        .low = learnt_share(reading, "low"),
        .high = learnt_share(reading, "high"),
    };

    probe.right = (uint32_t)learnt_integer(reading, "right", 0, probe.of);
    probe.from_tree = (uint32_t)learnt_integer(reading, "from_tree", 0, probe.of);
    return probe;
}

static void learnt_read_probes(struct learnt_reading *reading, struct learnt_location *out)
{
    const struct json *object = reading->object, *list = json_get(object, "probes");

    if (json_type_of(list) != JSON_IS_ARRAY)
        learnt_refuse(reading, "probes", "a list");
    out->probes = calloc(json_count(list) + 1, sizeof *out->probes);
    if (out->probes == NULL && reading->status == CRUX_OK)
        reading->status = crux_fail(reading->error, CRUX_MEMORY, "no memory for probes");
    for (size_t i = 0; i < json_count(list) && reading->status == CRUX_OK; i++) {
        reading->object = json_at(list, i);
        out->probes[out->probe_count++] = learnt_read_probe(reading);
    }
    reading->object = object;
}

/* An index is there exactly where it is known. */
static void learnt_check_location(struct learnt_reading *reading,
                                  const struct learnt_location *location)
{
    bool between = location->how == LEARNT_BETWEEN;

    if ((location->step >= 0) != (location->how >= LEARNT_ESTIMATED))
        learnt_refuse(reading, "step", "an index where one is known, else -1");
    if (between != (location->from >= 0) || between != (location->to > location->from))
        learnt_refuse(reading, "from", "several steps where the first wrong one is between some");
}

static void learnt_read_location(struct learnt_reading *reading, struct learnt_item *item)
{
    struct learnt_location *out = &item->location;
    int64_t last = learnt_path_length(reading) - 1;

    out->how = (enum learnt_how)learnt_word(reading, "how", learnt_how_word, LEARNT_HOWS);
    out->step = learnt_integer(reading, "step", -1, last);
    out->from = learnt_integer(reading, "from", -1, last);
    out->to = learnt_integer(reading, "to", -1, last);
    out->why = learnt_text(reading, "why");
    learnt_read_probes(reading, out);
    learnt_check_location(reading, out);
}

/* --- reading critiques and verifications ------------------------------------------------ */

static enum crux_verdict learnt_verdict(struct learnt_reading *reading, const char *field)
{
    return (enum crux_verdict)learnt_word(reading, field, learnt_verdict_word, CRUX_WRONG + 1);
}

static void learnt_read_steps(struct learnt_reading *reading, struct learnt_critique *out)
{
    const struct json *list = json_get(reading->object, "steps");
    size_t count = json_count(list);

    if (json_type_of(list) != JSON_IS_ARRAY ||
        (count > 0 && (int64_t)count != learnt_path_length(reading)))
        learnt_refuse(reading, "steps", "a verdict for each step, or none");
    out->steps = calloc(count + 1, sizeof *out->steps);
    if (out->steps == NULL && reading->status == CRUX_OK)
        reading->status = crux_fail(reading->error, CRUX_MEMORY, "no memory for verdicts");
    for (size_t i = 0; i < count && reading->status == CRUX_OK; i++) {
        const char *word = json_as_string(json_at(list, i));
        uint8_t verdict = CRUX_UNKNOWN;

        while (verdict <= CRUX_WRONG &&
               (word == NULL || strcmp(word, learnt_verdict_word(verdict)) != 0))
            verdict++;
        if (verdict > CRUX_WRONG)
            learnt_refuse(reading, "steps", "right, wrong or unknown for each step");
        out->steps[out->step_count++] = verdict;
    }
}

static void learnt_read_critique_of(struct learnt_reading *reading, struct learnt_critique *out)
{
    out->style = learnt_text(reading, "style");
    out->model = learnt_text(reading, "model");
    out->text = learnt_text(reading, "text");
    out->error_type = learnt_text(reading, "error_type");
    out->corrected_step = learnt_text(reading, "corrected_step");
    out->method = learnt_text(reading, "method");
    out->step = learnt_integer(reading, "step", -1, learnt_path_length(reading) - 1);
    out->verdict = learnt_verdict(reading, "verdict");
    learnt_read_steps(reading, out);
}

static void learnt_read_critique(struct learnt_reading *reading, struct learnt_item *item)
{
    learnt_read_critique_of(reading, &item->critique);
}

static struct learnt_count learnt_read_count(struct learnt_reading *reading, const char *field)
{
    const struct json *object = reading->object;
    struct learnt_count count = {0, 0};

    reading->object = json_get(object, field);
    if (json_type_of(reading->object) != JSON_IS_OBJECT)
        learnt_refuse(reading, field, "an object with `right` and `of`");
    count.of = (uint32_t)learnt_integer(reading, "of", 0, UINT32_MAX);
    count.right = (uint32_t)learnt_integer(reading, "right", 0, count.of);
    reading->object = object;
    return count;
}

static void learnt_read_verification(struct learnt_reading *reading, struct learnt_item *item)
{
    struct learnt_verification *out = &item->verification;

    out->critique = learnt_text(reading, "critique");
    out->foreign = learnt_text(reading, "foreign");
    out->with = learnt_read_count(reading, "with");
    out->without = learnt_read_count(reading, "without");
    out->control = learnt_read_count(reading, "control");
    out->verdict_is = learnt_verdict(reading, "verdict_is");
    out->step_is = learnt_verdict(reading, "step_is");
}

/* --- reading injections and detections -------------------------------------------------- */

static void learnt_read_injection(struct learnt_reading *reading, struct learnt_item *item)
{
    struct learnt_injection *out = &item->injection;
    const char *field, *expected;
    int status;

    out->model = learnt_text(reading, "model");
    out->answer = learnt_text(reading, "answer");
    out->verdict = learnt_verdict(reading, "verdict");
    status = injected_read(&out->path, reading->object, (uint32_t)learnt_path_length(reading),
                           &field, &expected);
    if (status == CRUX_INVALID)
        learnt_refuse(reading, field, expected);
    else if (status != CRUX_OK && reading->status == CRUX_OK)
        reading->status = crux_fail(reading->error, status, "no memory for an injected path");
    if (out->verdict != CRUX_UNKNOWN && out->path.count == 0)
        learnt_refuse(reading, "verdict", "unknown where nothing was put in");
}

static void learnt_read_detection(struct learnt_reading *reading, struct learnt_item *item)
{
    const struct json *object = reading->object, *first = json_get(object, "first");
    struct learnt_detection *out = &item->detection;

    out->injection = learnt_text(reading, "injection");
    out->score = learnt_share(reading, "score");
    out->first = json_as_bool(first);
    if (json_type_of(first) != JSON_IS_BOOL)
        learnt_refuse(reading, "first", "true or false");
    reading->object = json_get(object, "critique");
    if (json_type_of(reading->object) != JSON_IS_OBJECT)
        learnt_refuse(reading, "critique", "an object");
    learnt_read_critique_of(reading, &out->critique);
    reading->object = object;
}

static void learnt_read_cost(struct learnt_reading *reading, struct crux_paid *out)
{
    const struct json *object = reading->object;

    reading->object = json_get(object, "cost");
    if (json_type_of(reading->object) != JSON_IS_OBJECT)
        learnt_refuse(reading, "cost", "an object");
    out->calls = (uint64_t)learnt_integer(reading, "calls", 0, INT64_MAX);
    out->prompt_tokens = (uint64_t)learnt_integer(reading, "prompt_tokens", 0, INT64_MAX);
    out->completion_tokens = (uint64_t)learnt_integer(reading, "completion_tokens", 0, INT64_MAX);
    out->price = learnt_integer(reading, "price", 0, INT64_MAX);
    reading->object = object;
}

/* --- keeping ---------------------------------------------------------------------------- */

static void learnt_free_text(const char *text)
{
    free((void *)(uintptr_t)text);
}

static void learnt_free_critique(struct learnt_critique *critique)
{
    const char *const texts[] = {critique->style,      critique->model,          critique->text,
                                 critique->error_type, critique->corrected_step, critique->method};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        learnt_free_text(texts[i]);
    free(critique->steps);
}

static void learnt_free_item(enum learnt_kind kind, struct learnt_item *item)
{
    learnt_free_text(item->maker);
    if (kind == LEARNT_LOCATIONS) {
        learnt_free_text(item->location.why);
        free(item->location.probes);
    } else if (kind == LEARNT_CRITIQUES) {
        learnt_free_critique(&item->critique);
    } else if (kind == LEARNT_VERIFICATIONS) {
        learnt_free_text(item->verification.critique);
        learnt_free_text(item->verification.foreign);
    } else if (kind == LEARNT_INJECTIONS) {
        learnt_free_text(item->injection.model);
        learnt_free_text(item->injection.answer);
        injected_close(&item->injection.path);
    } else {
        learnt_free_text(item->detection.injection);
        learnt_free_critique(&item->detection.critique);
    }
}

static bool learnt_grow(struct learnt_items *items)
{
    size_t room = items->room == 0 ? 16 : items->room * 2;
    struct learnt_item *grown;

    if (items->count < items->room)
        return true;
    grown = realloc(items->items, room * sizeof *grown);
    if (grown == NULL)
        return false;
    items->items = grown;
    items->room = room;
    return true;
}

static void (*const learnt_readers[LEARNT_KINDS])(struct learnt_reading *, struct learnt_item *) = {
    learnt_read_location, learnt_read_critique, learnt_read_verification, learnt_read_injection,
    learnt_read_detection};

static int learnt_read(struct learnt *learnt, enum learnt_kind kind,
                       const struct crux_finding *finding, struct crux_error *error)
{
    struct learnt_items *items = &learnt->of[kind];
    struct learnt_item item = {.rollout = finding->path};
    struct learnt_reading reading = {learnt, finding, NULL, error, CRUX_OK};
    struct json *object = NULL;

    if (!learnt_grow(items))
        return crux_fail(error, CRUX_MEMORY, "no memory for the findings on problem %.200s",
                         learnt->tree->problem->id);
    reading.status = json_parse(&object, finding->json, strlen(finding->json), error);
    reading.object = object;
    item.maker = learnt_copy(&reading, finding->maker);
    if (reading.status == CRUX_OK) {
        learnt_readers[kind](&reading, &item);
        learnt_read_cost(&reading, &item.cost);
    }
    json_free(object);
    if (reading.status == CRUX_OK)
        items->items[items->count++] = item;
    else
        learnt_free_item(kind, &item);
    return reading.status;
}

int learnt_take(void *context, const struct crux_finding *finding, struct crux_error *error)
{
    struct learnt *learnt = context;

    for (unsigned kind = 0; kind < LEARNT_KINDS; kind++) {
        if (strcmp(finding->kind, learnt_kinds[kind]) != 0)
            continue;
        if (finding->about != CRUX_ABOUT_ROLLOUT || finding->path >= learnt->tree->rollout_count)
            return crux_fail(error, CRUX_STORE,
                             "problem %.80s: the finding %s of %.80s is about no rollout of its "
                             "tree, as was expected",
                             learnt->tree->problem->id, finding->kind, finding->maker);
        return learnt_read(learnt, (enum learnt_kind)kind, finding, error);
    }
    return CRUX_OK;
}

static int learnt_by_rollout(const void *a, const void *b)
{
    const struct learnt_item *x = a, *y = b;

    if (x->rollout != y->rollout)
        return x->rollout < y->rollout ? -1 : 1;
    return strcmp(x->maker, y->maker);
}

void learnt_sort(struct learnt *learnt)
{
    for (unsigned kind = 0; kind < LEARNT_KINDS; kind++)
        if (learnt->of[kind].count > 0)
            qsort(learnt->of[kind].items, learnt->of[kind].count, sizeof *learnt->of[kind].items,
                  learnt_by_rollout);
}

void learnt_free(struct learnt *learnt)
{
    for (unsigned kind = 0; kind < LEARNT_KINDS; kind++) {
        struct learnt_items *items = &learnt->of[kind];

        for (size_t i = 0; i < items->count; i++)
            learnt_free_item((enum learnt_kind)kind, &items->items[i]);
        free(items->items);
        *items = (struct learnt_items){NULL, 0, 0};
    }
}

/* --- looking up --------------------------------------------------------------------------- */

const struct learnt_item *learnt_of(const struct learnt *learnt, enum learnt_kind kind,
                                    uint32_t rollout, size_t *count)
{
    const struct learnt_items *items = &learnt->of[kind];
    size_t low = 0, high = items->count, end;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (items->items[middle].rollout < rollout)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low; end < items->count && items->items[end].rollout == rollout;)
        end++;
    *count = end - low;
    return end > low ? &items->items[low] : NULL;
}

const struct learnt_item *learnt_by(const struct learnt *learnt, enum learnt_kind kind,
                                    uint32_t rollout, const char *maker)
{
    size_t count;
    const struct learnt_item *items = learnt_of(learnt, kind, rollout, &count);

    for (size_t i = 0; i < count; i++)
        if (strcmp(items[i].maker, maker) == 0)
            return &items[i];
    return NULL;
}

/* Do two that are equally certain contradict each other? */
static bool learnt_differ(const struct learnt_location *a, const struct learnt_location *b)
{
    return a->how == LEARNT_BETWEEN ? a->to < b->from || b->to < a->from : a->step != b->step;
}

struct learnt_location learnt_location_of(const struct learnt *learnt, const struct crux_pair *pair,
                                          const char **maker)
{
    struct learnt_location best = {.how = LEARNT_NOT, .step = -1, .from = -1, .to = -1, .why = ""};
    const struct learnt_item *items, *first = NULL;
    bool differ = false;
    size_t count;

    *maker = "";
    if (pair->exact) {
        best.how = LEARNT_PROVED;
        best.step = pair->first_error;
        return best;
    }
    items = learnt_of(learnt, LEARNT_LOCATIONS, pair->wrong, &count);
    for (size_t i = 0; i < count; i++) {
        if (first == NULL || items[i].location.how > first->location.how) {
            first = &items[i];
            differ = false;
        }
        differ = differ || (items[i].location.how == first->location.how &&
                            learnt_differ(&first->location, &items[i].location));
    }
    if (first == NULL)
        return best;
    *maker = first->maker;
    best = first->location;
    if (differ) {
        best.how = LEARNT_NOT;
        best.step = best.from = best.to = -1;
        best.why = "two makers name different steps";
    }
    return best;
}
