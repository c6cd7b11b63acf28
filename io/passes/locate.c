/*
 * locate.c - the first wrong step of wrong paths, by completions of their prefixes.
 */
#include "io/passes/located.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/split.h"

struct locate {
    struct trees_work work; /* first: the work is its locate */
    struct locate_setup setup;
    struct prefixes_plan plan;
    struct locate_counts counts;
};

/* What the paths of a tree share; the last item of the tree frees it. */
struct locate_tree {
    struct prefixes *prefixes;
    size_t items;
};

struct locate_item {
    struct trees_item item; /* first: an item is its path */
    struct locate_tree *tree;
    struct located found;
    struct path path;
    struct crux_step *steps;      /* of the path, as states have them */
    uint32_t turn;                /* of which completer */
    struct prefixes_probe *probe; /* that is being asked; NULL: none */
    struct prefixes_waiter waiter;
};

static struct locate_item *locate_item_of(const struct trees_item *item)
{
    return (struct locate_item *)(uintptr_t)item;
}

static int locate_no_memory(const struct trees_tree *tree, struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for the paths of problem %.200s",
                     tree->tree->problem->id);
}

/* --- items ------------------------------------------------------------------------------------ */

/* The node behind a prefix. */
static uint32_t locate_node(const struct locate_item *item, size_t prefix)
{
    return prefix == 0 ? 0 : path_node(&item->path, prefix - 1);
}

static int locate_probe(struct locate_item *item, uint32_t completer, size_t prefix,
                        struct prefixes_probe **out, struct crux_error *error)
{
    const struct crux_step *last = prefix == 0 ? NULL : &item->steps[prefix - 1];

    return prefixes_probe(item->tree->prefixes, completer, last, locate_node(item, prefix), out,
                          error);
}

/* Does the path end in an answer, or where the policy said that it does? */
static bool locate_has_answer(const struct locate_item *item)
{
    const struct crux_tree *tree = item->item.of->tree;
    const struct crux_rollout *rollout = &tree->rollouts[item->item.rollout];

    return rollout->answer[0] != '\0' ||
           (rollout->text[0] == '\0' && tree->nodes[rollout->node].terminal);
}

/* A completer begins with what the tree alone says of the path. */
static int locate_begin_search(struct locate_item *item, uint32_t completer,
                               struct crux_error *error)
{
    struct located_search *search = &item->found.searches[completer];
    size_t count = item->found.count;
    int status = CRUX_OK;

    search->states = calloc(count + 1, sizeof *search->states);
    search->probes = calloc(count + 1, sizeof(struct prefixes_probe *));
    if (search->states == NULL || search->probes == NULL)
        return locate_no_memory(item->item.of, error);
    if (item->found.right || locate_has_answer(item))
        search->states[count] = BISECT_DEAD; /* of a right path it is not read */
    for (size_t i = 0; i < count && status == CRUX_OK; i++) {
        if (!prefixes_known(item->tree->prefixes, completer, locate_node(item, i)))
            continue;
        status = locate_probe(item, completer, i, &search->probes[i], error);
        if (status == CRUX_OK)
            search->states[i] = (uint8_t)search->probes[i]->state;
    }
    return status;
}

static void locate_free_item(struct trees_item *self)
{
    struct locate_item *item = locate_item_of(self);

    for (size_t i = 0; i < PREFIXES_COMPLETERS; i++) {
        free(item->found.searches[i].states);
        free(item->found.searches[i].probes);
    }
    path_close(&item->path);
    free(item->steps);
    if (--item->tree->items == 0) {
        prefixes_close(item->tree->prefixes);
        free(item->tree);
    }
    free(item);
}

static int locate_read(const struct locate *locate, struct locate_item *item, uint32_t rollout,
                       struct crux_error *error)
{
    const struct trees_tree *tree = item->item.of;
    int status = paths_read(&tree->paths, rollout, &item->path, error);

    if (status != CRUX_OK)
        return status;
    item->found.count = item->path.count;
    item->steps = path_chain(&item->path, item->path.count);
    if (item->steps == NULL)
        return locate_no_memory(tree, error);
    if (item->found.count > 0)
        item->steps[item->found.count - 1].terminal = false; /* where it is gone on with */
    for (uint32_t i = 0; i < locate->setup.completer_count && status == CRUX_OK; i++)
        status = locate_begin_search(item, i, error);
    return status;
}

/* Once it is added it is freed with the tree, also when the rest of it fails. */
static int locate_add(const struct locate *locate, struct trees_tree *tree,
                      struct locate_tree *shared, const struct crux_pair *pair, uint32_t rollout,
                      struct crux_error *error)
{
    struct locate_item *item = calloc(1, sizeof *item);

    if (item == NULL)
        return locate_no_memory(tree, error);
    item->tree = shared;
    item->found.right = pair == NULL;
    item->found.enough = prefixes_enough(locate->setup.below);
    item->found.shared = pair == NULL ? 0 : pair->prefix;
    item->waiter.item = &item->item;
    shared->items++;
    trees_add(tree, &item->item, rollout);
    return locate_read(locate, item, rollout, error);
}

static int locate_add_all(const struct locate *locate, struct trees_tree *tree,
                          struct locate_tree *shared, struct crux_error *error)
{
    const struct crux_tree *what = tree->tree;
    int status = CRUX_OK;

    for (uint32_t i = 0; i < what->pair_count && status == CRUX_OK; i++) {
        const struct crux_pair *pair = &what->pairs[i];

        if ((!pair->exact || locate->setup.proved) && trees_wants(tree, pair->wrong))
            status = locate_add(locate, tree, shared, pair, pair->wrong, error);
    }
    for (uint32_t i = 0; locate->setup.rights && i < what->right_count && status == CRUX_OK; i++)
        if (trees_wants(tree, what->rights[i]))
            status = locate_add(locate, tree, shared, NULL, what->rights[i], error);
    return status;
}

static int locate_items(struct trees_work *self, struct trees_tree *tree, struct crux_error *error)
{
    const struct locate *locate = (struct locate *)(void *)self;
    size_t paths = (size_t)tree->tree->pair_count + tree->tree->right_count;
    struct locate_tree *shared = calloc(1, sizeof *shared);
    int status;

    if (shared == NULL)
        return locate_no_memory(tree, error);
    status = prefixes_open(&shared->prefixes, &locate->plan, tree->tree, paths * 4, error);
    if (status == CRUX_OK)
        status = locate_add_all(locate, tree, shared, error);
    if (shared->items == 0) {
        prefixes_close(shared->prefixes);
        free(shared);
    }
    return status;
}

/* --- asking ----------------------------------------------------------------------------------- */

static struct bisect locate_bisect(const struct locate *locate, const struct locate_item *item,
                                   uint32_t completer)
{
    return (struct bisect){.states = item->found.searches[completer].states,
                           .count = item->found.count,
                           .shared = item->found.shared,
                           .guess = completer > 0 ? item->found.searches[completer - 1].from
                                                  : BISECT_NONE,
                           .every = locate->setup.every};
}

/* Of a right path: 1, 2, 4, ... steps and all but the last. */
static size_t locate_next_of_right(const struct locate_item *item, uint32_t completer)
{
    const uint8_t *states = item->found.searches[completer].states;
    size_t last = item->found.count - 1;

    for (size_t i = 1; i < last; i *= 2)
        if (states[i] == BISECT_UNASKED)
            return i;
    return last > 0 && states[last] == BISECT_UNASKED ? last : BISECT_NONE;
}

/* The next prefix that the completer whose turn it is is to go on from; BISECT_NONE: it is done. */
static size_t locate_pick(const struct locate *locate, const struct locate_item *item)
{
    struct bisect bisect;

    if (item->found.right)
        return locate_next_of_right(item, item->turn);
    bisect = locate_bisect(locate, item, item->turn);
    return bisect_next(&bisect);
}

/* What is before is to be told from what is behind: ask about it as often as may be, once. */
static bool locate_fill(struct locate_item *item, struct located_search *search)
{
    if (search->filled || located_is_apart(&item->found, search))
        return false;
    search->filled = true;
    item->probe = search->probes[search->from];
    prefixes_fill(item->tree->prefixes, item->probe);
    return true;
}

/* A completer has no prefix left to go on from: what has it found? Is it the next one's turn? */
static void locate_conclude(const struct locate *locate, struct locate_item *item)
{
    struct located_search *search = &item->found.searches[item->turn];
    struct bisect bisect = locate_bisect(locate, item, item->turn);

    if (item->found.right) {
        item->turn++;
        return;
    }
    search->outcome = bisect_conclude(&bisect, &search->from, &search->to);
    if (search->outcome == BISECT_FOUND || search->outcome == BISECT_BETWEEN) {
        if (locate_fill(item, search))
            return;
        search->weak = !located_is_apart(&item->found, search);
    }
    item->turn++;
    if (search->outcome != BISECT_FOUND || search->weak)
        item->turn = locate->setup.completer_count;
}

/* A probe is over: CRUX_OK, or CRUX_END when a call of it failed. */
static int locate_take(struct locate_item *item, struct crux_error *error)
{
    struct prefixes_probe *probe = item->probe;
    struct located_search *search = &item->found.searches[probe->completer];

    item->probe = NULL;
    if (probe->failure == NULL) {
        search->states[probe->prefix] = (uint8_t)probe->state;
        search->probes[probe->prefix] = probe;
        return CRUX_OK;
    }
    item->item.failure = strdup(probe->failure);
    return item->item.failure != NULL ? CRUX_END : locate_no_memory(item->item.of, error);
}

static int locate_next(struct trees_work *self, struct trees_item *trees_item,
                       struct passes_question **out, struct crux_error *error)
{
    const struct locate *locate = (struct locate *)(void *)self;
    struct locate_item *item = locate_item_of(trees_item);
    int status = CRUX_OK;

    while (status == CRUX_OK) {
        if (item->probe != NULL) {
            status = prefixes_next(item->tree->prefixes, item->probe, &item->waiter, out);
            if (status != CRUX_END)
                return status;
            status = locate_take(item, error);
        } else if (located_is_idle(&item->found) || item->turn == locate->setup.completer_count) {
            return CRUX_END;
        } else {
            size_t prefix = locate_pick(locate, item);

            if (prefix == BISECT_NONE)
                locate_conclude(locate, item);
            else
                status = locate_probe(item, item->turn, prefix, &item->probe, error);
        }
    }
    return status;
}

static int locate_answered(struct trees_work *self, struct trees_item *trees_item,
                           struct passes_question *question, int status, struct crux_error *error)
{
    (void)self;
    return prefixes_answered(locate_item_of(trees_item)->tree->prefixes, question, status, error);
}

/* --- what is found ----------------------------------------------------------------------------
 */

/* What only opens what follows it claims nothing that could be wrong. */
static enum locate_why locate_judge(const struct locate *locate, const struct locate_item *item,
                                    struct learnt_location *out)
{
    enum locate_why why = located_judge(&item->found, locate->setup.completer_count, out);

    if (out->step < 0 || !split_opens(item->path.steps[out->step]))
        return why;
    out->how = LEARNT_NOT;
    out->step = -1;
    out->why = locate_why(LOCATE_OPENS);
    return LOCATE_OPENS;
}

static int locate_finding(struct trees_work *self, struct trees_item *trees_item, char **json,
                          struct crux_error *error)
{
    struct locate *locate = (struct locate *)(void *)self;
    const struct locate_item *item = locate_item_of(trees_item);
    const struct located *found = &item->found;
    struct learnt_probe *probes = calloc((found->count + 1) * PREFIXES_COMPLETERS, sizeof *probes);
    struct crux_paid cost = {.calls = 0};
    struct learnt_location location;
    enum locate_why why = locate_judge(locate, item, &location);

    if (probes == NULL)
        return locate_no_memory(trees_item->of, error);
    location.probes = probes;
    location.probe_count = located_probes(found, probes);
    located_pay(found, &cost);
    *json = learnt_location_json(&location, &cost);
    free(probes);
    if (*json == NULL)
        return locate_no_memory(trees_item->of, error);
    trees_item->empty = found->right ? location.probe_count == 0 : location.how == LEARNT_NOT;
    locate->counts.how[location.how] += !found->right;
    locate->counts.why[why]++;
    locate->counts.lucky += located_is_lucky(found);
    return CRUX_OK;
}

/* --- what it will be --------------------------------------------------------------------------
 */

static uint64_t locate_count_unasked(const struct locate_item *item, size_t from, size_t to)
{
    uint64_t count = 0;

    for (size_t i = from; i < to; i++)
        count += item->found.searches[0].states[i] == BISECT_UNASKED;
    return count;
}

/* Halvings until one of so many is left. */
static uint64_t locate_halvings(size_t steps)
{
    uint64_t count = 0;

    for (; steps > 1; steps = (steps + 1) / 2)
        count++;
    return count;
}

/* Probes of the first completer on a wrong path: where the prefix to begin with is not alive there
 * is no other; where some stay undecided it goes around them on both sides. */
static void locate_estimate_wrong(const struct locate *locate, const struct locate_item *item,
                                  uint64_t *least, uint64_t *most)
{
    const uint8_t *states = item->found.searches[0].states;
    size_t low = item->found.count - 1;
    uint64_t unasked, halvings;

    while (low > item->found.shared && states[low] != BISECT_ALIVE)
        low--;
    unasked = locate_count_unasked(item, low, item->found.count + 1);
    halvings = 2 * locate_halvings(item->found.count - low) + 3;
    *least = states[low] == BISECT_UNASKED;
    *most = states[low] == BISECT_DEAD ? 0 : unasked < halvings ? unasked : halvings;
    if (locate->setup.every)
        *least = *most = locate_count_unasked(item, item->found.shared, item->found.count + 1);
}

static void locate_estimate(struct trees_work *self, const struct trees_item *trees_item,
                            uint64_t *least, uint64_t *most)
{
    const struct locate *locate = (struct locate *)(void *)self;
    const struct locate_item *item = locate_item_of(trees_item);
    uint64_t positions = 0;

    *least = *most = 0;
    if (located_is_idle(&item->found))
        return;
    if (!item->found.right) {
        locate_estimate_wrong(locate, item, least, most);
        *most *= locate->setup.completer_count;
    } else {
        for (size_t i = 1; i < item->found.count - 1; i *= 2)
            positions += item->found.searches[0].states[i] == BISECT_UNASKED;
        positions += item->found.count > 1 &&
                     item->found.searches[0].states[item->found.count - 1] == BISECT_UNASKED;
        *least = *most = positions * locate->setup.completer_count;
    }
    *most *= prefixes_calls(&locate->plan);
    if (!item->found.right)
        *most += locate->setup.completer_count; /* what is before is asked about once more */
}

/* --- opening and closing -----------------------------------------------------------------------
 */

static int locate_check(const struct locate_setup *setup, struct crux_error *error)
{
    if (!(setup->below >= LOCATE_BELOW_LEAST && setup->below <= LOCATE_BELOW_MOST))
        return crux_fail(error, CRUX_INVALID,
                         "a prefix is dead below a share of right completions of %g .. %g, not %g",
                         LOCATE_BELOW_LEAST, LOCATE_BELOW_MOST, setup->below);
    if (setup->most == 0)
        return crux_fail(error, CRUX_INVALID, "a prefix is tried by 1 completion or more, not 0");
    if (setup->completer_count == 0 || setup->completer_count > PREFIXES_COMPLETERS)
        return crux_fail(error, CRUX_INVALID, "1 or 2 policies complete, not %u",
                         setup->completer_count);
    if ((setup->outcome->verbs & 1U << CRUX_JUDGE) == 0)
        return crux_fail(error, CRUX_INVALID, "critic %s judges no answers",
                         setup->outcome->port.name);
    return CRUX_OK;
}

int locate_open(struct locate **out, const struct locate_setup *setup, struct crux_error *error)
{
    struct locate *locate;
    int status = locate_check(setup, error);

    if (status != CRUX_OK)
        return status;
    locate = calloc(1, sizeof *locate);
    if (locate == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to locate wrong steps");
    locate->setup = *setup;
    locate->plan = (struct prefixes_plan){.completer_count = setup->completer_count,
                                          .outcome = setup->outcome,
                                          .seed = setup->seed,
                                          .below = setup->below,
                                          .most = setup->most,
                                          .counts = &locate->counts.asked};
    memcpy(locate->plan.completers, setup->completers, sizeof setup->completers);
    locate->work = (struct trees_work){.kind = LEARNT_LOCATIONS,
                                       .maker = setup->maker,
                                       .items = locate_items,
                                       .next = locate_next,
                                       .answered = locate_answered,
                                       .finding = locate_finding,
                                       .free_item = locate_free_item,
                                       .estimate = locate_estimate};
    *out = locate;
    return CRUX_OK;
}

void locate_close(struct locate *locate)
{
    free(locate);
}

struct trees_work *locate_work(struct locate *locate)
{
    return &locate->work;
}

const struct locate_counts *locate_counted(const struct locate *locate)
{
    return &locate->counts;
}
