/*
 * located.c - from the probes of a path to what is known of its first wrong step.
 */
#include "io/passes/located.h"

#include <assert.h>

#include "io/passes/figures.h"

static const char *const located_whys[LOCATE_WHYS] = {
    "",
    "no completion of the problem itself is right",
    "no completion of the steps that a right path shares is right",
    "too few completions have a verdict",
    "completions are right behind steps behind which none was",
    "completions between are undecided",
    "right completions before it are too few to tell from none behind it",
    "two completers name different steps",
    "the step only opens what follows it",
    "a right path goes on where this one ends",
    "completions of the whole path are right: it lacks its end",
    "right path",
};

const char *locate_why(enum locate_why why)
{
    assert(why < LOCATE_WHYS);
    return located_whys[why];
}

bool located_is_idle(const struct located *path)
{
    return path->count == 0 || (!path->right && path->shared >= path->count);
}

bool located_is_lucky(const struct located *path)
{
    for (size_t turn = 0; turn < PREFIXES_COMPLETERS; turn++)
        for (size_t i = 0; i < path->count && path->searches[turn].states != NULL; i++)
            if (path->searches[turn].states[i] == BISECT_DEAD)
                return path->right;
    return false;
}

size_t located_probes(const struct located *path, struct learnt_probe *out)
{
    size_t count = 0;

    for (size_t turn = 0; turn < PREFIXES_COMPLETERS; turn++)
        for (size_t i = 0; i <= path->count && path->searches[turn].probes != NULL; i++) {
            const struct prefixes_probe *probe = path->searches[turn].probes[i];
            struct figures_share share;

            if (probe == NULL)
                continue;
            share = figures_exact(probe->right, probe->of);
            out[count++] = (struct learnt_probe){.completer = probe->completer,
                                                 .prefix = probe->prefix,
                                                 .right = probe->right,
                                                 .of = probe->of,
                                                 .from_tree = probe->from_tree,
                                                 .low = share.low,
                                                 .high = share.high};
        }
    return count;
}

void located_pay(const struct located *path, struct crux_paid *cost)
{
    for (size_t turn = 0; turn < PREFIXES_COMPLETERS; turn++)
        for (size_t i = 0; i <= path->count && path->searches[turn].probes != NULL; i++) {
            struct prefixes_probe *probe = path->searches[turn].probes[i];

            if (probe == NULL || probe->paid)
                continue;
            probe->paid = true;
            cost->calls += probe->cost.calls;
            cost->prompt_tokens += probe->cost.prompt_tokens;
            cost->completion_tokens += probe->cost.completion_tokens;
            cost->price += probe->cost.price;
        }
}

bool located_is_apart(const struct located *path, const struct located_search *search)
{
    const struct prefixes_probe *before = search->probes[search->from];
    const struct prefixes_probe *behind = search->probes[search->to + 1];
    struct learnt_count now = {before->right, before->of}, dead = {0, path->enough};

    return prefixes_apart(search->filled ? now : before->first,
                          behind != NULL ? behind->first : dead);
}

/* Why one completer names no single step. */
static enum locate_why located_why_of(const struct located *path,
                                      const struct located_search *search)
{
    switch (search->outcome) {
    case BISECT_FOUND:
        return search->weak ? LOCATE_WEAK : LOCATE_FOUND;
    case BISECT_BETWEEN:
        return search->weak ? LOCATE_WEAK : LOCATE_UNDECIDED;
    case BISECT_WHOLE:
        return LOCATE_WHOLE;
    case BISECT_HOPELESS:
        return path->shared == 0 ? LOCATE_HOPELESS : LOCATE_SHARED_DEAD;
    case BISECT_UNCLEAR:
        return LOCATE_UNCLEAR;
    case BISECT_NOT_MONOTONE:
        return LOCATE_NOT_MONOTONE;
    }
    return LOCATE_FOUND;
}

/* One step or several are named. */
static bool located_has_range(enum locate_why why)
{
    return why == LOCATE_FOUND || why == LOCATE_UNDECIDED || why == LOCATE_DIFFER;
}

/* From the first to the last step that a completer names. */
static enum locate_why located_merge(const struct located *path, uint32_t completers, size_t *from,
                                     size_t *to)
{
    const struct located_search *a = &path->searches[0], *b = &path->searches[1];
    enum locate_why why = located_why_of(path, a), other;

    *from = a->from;
    *to = a->to;
    if (completers == 1 || why != LOCATE_FOUND)
        return why;
    other = located_why_of(path, b);
    if (!located_has_range(other))
        return other;
    *from = b->from < *from ? b->from : *from;
    *to = b->to > *to ? b->to : *to;
    if (*from == *to)
        return LOCATE_FOUND;
    return other == LOCATE_FOUND ? LOCATE_DIFFER : other;
}

enum locate_why located_judge(const struct located *path, uint32_t completers,
                              struct learnt_location *out)
{
    size_t from = 0, to = 0;
    enum locate_why why = path->right             ? LOCATE_RIGHT
                          : located_is_idle(path) ? LOCATE_UNENDED
                                                  : located_merge(path, completers, &from, &to);

    *out = (struct learnt_location){
        .how = LEARNT_NOT, .step = -1, .from = -1, .to = -1, .why = locate_why(why)};
    if (why == LOCATE_FOUND) {
        out->how = completers > 1 ? LEARNT_AGREED : LEARNT_ESTIMATED;
        out->step = (int64_t)from;
    } else if (located_has_range(why) && (from > 0 || to + 1 < path->count)) {
        out->how = LEARNT_BETWEEN;
        out->from = (int64_t)from;
        out->to = (int64_t)to;
    }
    return why;
}
