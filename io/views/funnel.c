/*
 * funnel.c - counts what is known of the paths of trees, and what was paid for it.
 */
#include "io/views/funnel.h"

_Static_assert(LEARNT_HOWS == 5 && LEARNT_KINDS == 5, "struct crux_funnel has a count for each");

static void funnel_add_answers(struct crux_funnel *funnel, const struct crux_tree *tree)
{
    uint64_t right = 0, wrong = 0;

    for (uint32_t i = 0; i < tree->rollout_count; i++) {
        right += tree->rollouts[i].verdict == CRUX_RIGHT;
        wrong += tree->rollouts[i].verdict == CRUX_WRONG;
    }
    funnel->trees++;
    funnel->without_right += right == 0;
    funnel->without_wrong += wrong == 0;
    funnel->right += right;
    funnel->wrong += wrong;
    funnel->unknown += tree->rollout_count - right - wrong;
    funnel->rights += tree->right_count;
    funnel->pairs += tree->pair_count;
    funnel->search.calls += tree->calls;
    funnel->search.prompt_tokens += tree->prompt_tokens;
    funnel->search.completion_tokens += tree->completion_tokens;
    funnel->search.price += tree->price;
}

static bool funnel_is_annotated(const struct view_tree *what, const struct crux_pair *pair)
{
    size_t count;
    const struct learnt_item *items =
        learnt_of(&what->learnt, LEARNT_CRITIQUES, pair->wrong, &count);
    bool annotated = pair->critique[0] != '\0';

    for (size_t i = 0; i < count && !annotated; i++)
        annotated = items[i].critique.text[0] != '\0';
    return annotated;
}

static void funnel_add_pairs(struct crux_funnel *funnel, const struct view_tree *what)
{
    const char *maker;
    size_t count;

    for (uint32_t i = 0; i < what->tree->pair_count; i++) {
        const struct crux_pair *pair = &what->tree->pairs[i];

        funnel->located[learnt_location_of(&what->learnt, pair, &maker).how]++;
        funnel->annotated += funnel_is_annotated(what, pair);
        funnel->verified +=
            learnt_of(&what->learnt, LEARNT_VERIFICATIONS, pair->wrong, &count) != NULL;
    }
}

static void funnel_add_costs(struct crux_funnel *funnel, const struct learnt *learnt)
{
    for (unsigned kind = 0; kind < LEARNT_KINDS; kind++)
        for (size_t i = 0; i < learnt->of[kind].count; i++) {
            const struct crux_paid *cost = &learnt->of[kind].items[i].cost;
            struct crux_paid *sum = &funnel->passes[kind];

            sum->calls += cost->calls;
            sum->prompt_tokens += cost->prompt_tokens;
            sum->completion_tokens += cost->completion_tokens;
            sum->price += cost->price;
        }
}

static int funnel_count_kept(void *context, const struct record *record, struct crux_error *error)
{
    struct crux_funnel *funnel = context;

    (void)error;
    funnel->kept_wrong += record->pair != NULL;
    funnel->kept_right += record->pair == NULL;
    return CRUX_OK;
}

int funnel_add(struct crux_funnel *funnel, const struct view_tree *what, const struct view_run *run,
               struct crux_error *error)
{
    funnel_add_answers(funnel, what->tree);
    funnel_add_pairs(funnel, what);
    funnel_add_costs(funnel, &what->learnt);
    if (run->keep != NULL)
        return record_walk(what, run, funnel_count_kept, funnel, error);
    funnel->kept_wrong += what->tree->pair_count;
    funnel->kept_right += what->tree->right_count;
    return CRUX_OK;
}

/* --- for the manifest ----------------------------------------------------------------------- */

static struct json *funnel_cost_json(const struct crux_paid *cost)
{
    struct json *object = json_new_object();

    json_put_count(object, "calls", cost->calls);
    json_put_count(object, "prompt_tokens", cost->prompt_tokens);
    json_put_count(object, "completion_tokens", cost->completion_tokens);
    json_put(object, "price", json_of_integer(cost->price));
    return object;
}

static struct json *funnel_costs_json(const struct crux_funnel *funnel)
{
    static const char *const names[LEARNT_KINDS] = {"locate", "annotate", "verify", "inject",
                                                    "detect"};
    struct json *object = json_new_object();

    json_put(object, "search", funnel_cost_json(&funnel->search));
    for (unsigned kind = 0; kind < LEARNT_KINDS; kind++)
        json_put(object, names[kind], funnel_cost_json(&funnel->passes[kind]));
    return object;
}

struct json *funnel_json(const struct crux_funnel *funnel)
{
    struct json *object = json_new_object(), *located = json_new_object();

    for (unsigned how = LEARNT_HOWS; how-- > 0;)
        json_put_count(located, learnt_how_name((enum learnt_how)how), funnel->located[how]);
    json_put_count(object, "trees", funnel->trees);
    json_put_count(object, "without_right", funnel->without_right);
    json_put_count(object, "without_wrong", funnel->without_wrong);
    json_put_count(object, "right_answers", funnel->right);
    json_put_count(object, "wrong_answers", funnel->wrong);
    json_put_count(object, "unknown_answers", funnel->unknown);
    json_put_count(object, "right_paths", funnel->rights);
    json_put_count(object, "pairs", funnel->pairs);
    json_put(object, "located", located);
    json_put_count(object, "annotated", funnel->annotated);
    json_put_count(object, "verified", funnel->verified);
    json_put_count(object, "kept_wrong", funnel->kept_wrong);
    json_put_count(object, "kept_right", funnel->kept_right);
    json_put(object, "cost", funnel_costs_json(funnel));
    return object;
}
