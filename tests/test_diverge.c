/*
 * test_diverge.c - where right and wrong paths part, and which answer is best.
 *
 * Trees are written down by hand as flat arrays; the last test compares with a plain
 * search over all pairs on trees drawn from a seed.
 */
#include "search/finish/diverge.h"
#include "search/finish/harvest.h"
#include "search/rng.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define MOST 64u

static struct crux_node nodes[MOST];
static struct crux_rollout rollouts[MOST];
static struct crux_tree tree;

static uint32_t node(uint32_t parent, const char *text)
{
    uint32_t number = tree.node_count++;

    nodes[number] = (struct crux_node){
        .parent = parent,
        .depth = parent == CRUX_NO_NODE ? 0 : nodes[parent].depth + 1,
        .text = text,
    };
    return number;
}

static uint32_t answer(uint32_t at, const char *text, enum crux_verdict verdict)
{
    rollouts[tree.rollout_count] =
        (struct crux_rollout){at, text, "", verdict == CRUX_RIGHT, (uint8_t)verdict, 0};
    return tree.rollout_count++;
}

static void begin(void)
{
    tree = (struct crux_tree){.nodes = nodes, .rollouts = rollouts};
    (void)node(CRUX_NO_NODE, "");
}

static void part(void)
{
    struct crux_error error;

    cr_assert_eq(diverge(&tree, CRUX_PAIRS_NEAREST, &error), CRUX_OK);
}

static void end(void)
{
    tree.nodes = NULL;
    tree.rollouts = NULL;
    harvest_free(&tree);
}

TestSuite(diverge, .init = begin, .fini = end, .timeout = 30);

/* Steps of nodes and lines of rollouts make one path. */
Test(diverge, a_path_is_nodes_then_lines)
{
    uint32_t a = node(0, "a"), b = node(a, "b"), at = answer(b, "c\nd", CRUX_RIGHT);
    struct crux_text steps[4];

    cr_assert_eq(crux_path_steps(&tree, at, steps, 4), 4);
    cr_assert_eq(memcmp(steps[0].start, "a", 1), 0);
    cr_assert_eq(memcmp(steps[1].start, "b", 1), 0);
    cr_assert_eq(memcmp(steps[3].start, "d", 1), 0);
    cr_assert_eq(crux_path_steps(&tree, at, steps, 1), 4, "room is only for writing");
}

/* The pair names the right path that shares most steps with the wrong one. */
Test(diverge, the_deepest_common_step_counts)
{
    uint32_t a = node(0, "a"), b = node(a, "b");
    uint32_t far = answer(0, "x\ny", CRUX_RIGHT), near = answer(b, "c", CRUX_RIGHT);
    uint32_t wrong = answer(b, "d", CRUX_WRONG);

    (void)far;
    part();
    cr_assert_eq(tree.pair_count, 1);
    cr_assert_eq(tree.pairs[0].wrong, wrong);
    cr_assert_eq(tree.pairs[0].right, near);
    cr_assert_eq(tree.pairs[0].prefix, 2);
    cr_assert_eq(tree.pairs[0].first_error, CRUX_NO_STEP);
    cr_assert_not(tree.pairs[0].exact);
}

/* A step that a rollout wrote and a node with the same text are the same step. */
Test(diverge, texts_decide_not_nodes)
{
    uint32_t a = node(0, "a");

    (void)answer(a, "c", CRUX_RIGHT);
    (void)answer(0, "a\nd", CRUX_WRONG);
    part();
    cr_assert_eq(tree.pairs[0].prefix, 1);
}

/* Blanks at a step's ends make no other step: paths part where they say something else. */
Test(diverge, blanks_part_nothing)
{
    uint32_t a = node(0, "a "), b = node(0, "\vb");

    (void)answer(a, "b\v\nc", CRUX_RIGHT);
    (void)answer(a, " b\nd", CRUX_WRONG);
    (void)answer(b, "e", CRUX_RIGHT);
    (void)answer(0, "b\ne ", CRUX_RIGHT);
    part();
    cr_assert_eq(tree.pair_count, 1);
    cr_assert_eq(tree.pairs[0].prefix, 2);
    cr_assert_eq(tree.right_count, 2);
}

/* Paths of equal text count once, right and wrong alike. */
Test(diverge, equal_paths_count_once)
{
    uint32_t a = node(0, "a");

    (void)answer(0, "a\nb", CRUX_WRONG);
    (void)answer(a, "b", CRUX_WRONG);
    (void)answer(a, "c", CRUX_RIGHT);
    (void)answer(0, "a\nc", CRUX_RIGHT);
    part();
    cr_assert_eq(tree.pair_count, 1);
    cr_assert_eq(tree.right_count, 1);
    cr_assert_eq(tree.pairs[0].wrong, 0, "the first one found stands for both");
}

/* Of several right paths that part there, the one with fewest steps. */
Test(diverge, fewest_steps_win)
{
    uint32_t shorter;

    (void)answer(0, "a\nb\nc", CRUX_RIGHT);
    shorter = answer(0, "a\nz", CRUX_RIGHT);
    (void)answer(0, "a\nx", CRUX_WRONG);
    part();
    cr_assert_eq(tree.pairs[0].right, shorter);
}

/* With equal steps, the one of the lowest child. */
Test(diverge, the_lowest_child_breaks_ties)
{
    uint32_t a = node(0, "a"), low = node(a, "m"), high = node(a, "b");
    uint32_t second = answer(high, "q", CRUX_RIGHT), first = answer(low, "q", CRUX_RIGHT);

    (void)second;
    (void)answer(a, "x\ny", CRUX_WRONG);
    part();
    cr_assert_eq(tree.pairs[0].right, first);
}

/* Without a right path there is nothing to compare with. */
Test(diverge, no_right_path_no_pair)
{
    (void)answer(0, "a", CRUX_WRONG);
    (void)answer(0, "b", CRUX_WRONG);
    part();
    cr_assert_eq(tree.pair_count, 0);
    cr_assert_eq(tree.right_count, 0);
}

/* Unknown is never a label. */
Test(diverge, unknown_answers_take_no_part)
{
    (void)answer(0, "a", CRUX_UNKNOWN);
    (void)answer(0, "b", CRUX_RIGHT);
    part();
    cr_assert_eq(tree.pair_count, 0);
    cr_assert_eq(tree.right_count, 1);
}

/* A wrong path that a right one begins with parts from it nowhere. */
Test(diverge, a_beginning_is_no_pair)
{
    (void)answer(0, "a\nb", CRUX_RIGHT);
    (void)answer(0, "a", CRUX_WRONG);
    part();
    cr_assert_eq(tree.pair_count, 0);
}

/* The same the other way round: what goes on after a right answer parts from it nowhere. */
Test(diverge, going_on_is_no_pair)
{
    (void)answer(0, "a", CRUX_RIGHT);
    (void)answer(0, "a\nb", CRUX_WRONG);
    part();
    cr_assert_eq(tree.pair_count, 0);
    cr_assert_eq(tree.right_count, 1);
}

/* Such a right path does not hide another one that parts as late. */
Test(diverge, a_beginning_hides_no_other)
{
    uint32_t right;

    (void)answer(0, "a", CRUX_RIGHT);
    right = answer(0, "a\nc\nd", CRUX_RIGHT);
    (void)answer(0, "a\nb", CRUX_WRONG);
    part();
    cr_assert_eq(tree.pair_count, 1);
    cr_assert_eq(tree.pairs[0].right, right);
    cr_assert_eq(tree.pairs[0].prefix, 1);
}

/* An empty path is a beginning of every other. */
Test(diverge, an_empty_path_parts_nowhere)
{
    (void)answer(0, "", CRUX_RIGHT);
    (void)answer(0, "a", CRUX_WRONG);
    part();
    cr_assert_eq(tree.pair_count, 0);
}

/* Pairs and right paths come in the order in which their answers settled. */
Test(diverge, the_order_is_that_of_settling)
{
    (void)answer(0, "z", CRUX_WRONG);
    (void)answer(0, "y", CRUX_RIGHT);
    (void)answer(0, "b", CRUX_WRONG);
    (void)answer(0, "a", CRUX_RIGHT);
    part();
    cr_assert_eq(tree.pair_count, 2);
    cr_assert_eq(tree.pairs[0].wrong, 0);
    cr_assert_eq(tree.pairs[1].wrong, 2);
    cr_assert_eq(tree.rights[0], 1);
    cr_assert_eq(tree.rights[1], 3);
}

/* --- against a plain search --------------------------------------------------- */

static uint32_t steps_of(uint32_t rollout)
{
    return (uint32_t)crux_path_steps(&tree, rollout, NULL, 0);
}

static uint32_t shared(uint32_t a, uint32_t b)
{
    struct crux_text x[8], y[8];
    size_t m = crux_path_steps(&tree, a, x, 8), n = crux_path_steps(&tree, b, y, 8);
    uint32_t same = 0;

    while (same < m && same < n && x[same].length == y[same].length &&
           memcmp(x[same].start, y[same].start, x[same].length) == 0)
        same++;
    return same;
}

/* Was the same path there before? */
static bool again(uint32_t rollout)
{
    for (uint32_t i = 0; i < rollout; i++)
        if (rollouts[i].verdict != CRUX_UNKNOWN && steps_of(i) == steps_of(rollout) &&
            shared(i, rollout) == steps_of(i))
            return true;
    return false;
}

/* Right path a rather than b, of two that share as much with the wrong one. */
static bool rather(uint32_t a, uint32_t b)
{
    if (steps_of(a) != steps_of(b))
        return steps_of(a) < steps_of(b);
    return rollouts[a].node != rollouts[b].node ? rollouts[a].node < rollouts[b].node : a < b;
}

/* The partner by the words of diverge.h alone; CRUX_NO_NODE: none. */
static uint32_t partner(uint32_t wrong)
{
    uint32_t most = 0, best = CRUX_NO_NODE;

    for (uint32_t i = 0; i < tree.rollout_count; i++)
        if (rollouts[i].verdict == CRUX_RIGHT && !again(i) && shared(wrong, i) > most)
            most = shared(wrong, i);
    for (uint32_t i = 0; i < tree.rollout_count; i++)
        if (rollouts[i].verdict == CRUX_RIGHT && !again(i) && shared(wrong, i) == most &&
            most < steps_of(i) && (best == CRUX_NO_NODE || rather(i, best)))
            best = i;
    return most < steps_of(wrong) ? best : CRUX_NO_NODE;
}

/* Answers of up to four steps, some of them a node's. */
static void draw_tree(uint64_t seed, uint32_t count, uint32_t words)
{
    static char texts[MOST][24];
    uint32_t shelf[4] = {0, node(0, "a"), node(0, "b"), 0};

    shelf[3] = node(shelf[1], "b");
    for (uint32_t i = 0; i < count; i++) {
        uint64_t draw = rng_join(seed, i);
        uint32_t lines = (uint32_t)(draw >> 8) % 4;

        texts[i][0] = '\0';
        for (uint32_t j = 0; j < lines; j++)
            (void)snprintf(texts[i] + 2 * (size_t)j, 3, "%c\n",
                           'a' + (char)(rng_join(draw, j) % words));
        (void)answer(shelf[draw % 4], texts[i], (enum crux_verdict)(rng_mix(draw) % 7 % 3));
    }
}

static void insist_pairs(uint64_t seed)
{
    uint32_t pairs = 0, rights = 0;

    for (uint32_t i = 0; i < tree.rollout_count; i++) {
        uint32_t right = partner(i);

        if (rollouts[i].verdict == CRUX_UNKNOWN || again(i))
            continue;
        if (rollouts[i].verdict == CRUX_RIGHT) {
            cr_assert_eq(tree.rights[rights++], i, "seed %lu", (unsigned long)seed);
        } else if (right != CRUX_NO_NODE) {
            cr_assert_lt(pairs, tree.pair_count);
            cr_assert_eq(tree.pairs[pairs].wrong, i, "seed %lu", (unsigned long)seed);
            cr_assert_eq(tree.pairs[pairs].right, right, "seed %lu", (unsigned long)seed);
            cr_assert_eq(tree.pairs[pairs].first_error, CRUX_NO_STEP);
            cr_assert_eq(tree.pairs[pairs++].prefix, shared(i, right));
        }
    }
    cr_assert_eq(tree.pair_count, pairs);
    cr_assert_eq(tree.right_count, rights);
}

/* On drawn trees the pairs are those that a search over all of them finds. */
Test(diverge, agrees_with_a_search_over_all_pairs)
{
    uint64_t pairs = 0;

    for (uint64_t seed = 0; seed < 600; seed++) {
        begin();
        draw_tree(seed, 4 + (uint32_t)seed % 50, 2 + (uint32_t)seed % 4);
        part();
        insist_pairs(seed);
        pairs += tree.pair_count;
        end();
    }
    cr_assert_gt(pairs, 2000);
    begin();
}

/* --- the answer to give ---------------------------------------------------------- */

/* --- the reference ------------------------------------------------------------------------- */

static void refer(void)
{
    struct crux_error error;

    cr_assert_eq(diverge(&tree, CRUX_PAIRS_REFERENCE, &error), CRUX_OK);
}

/* Every wrong path is paired with the right one that was selected, though another parts later. */
Test(diverge, one_reference_for_all)
{
    uint32_t a = node(0, "a"), b = node(0, "b"), selected, one, other;

    nodes[b].visits = 9;
    (void)answer(a, "x\ny", CRUX_RIGHT);
    one = answer(a, "x\nz", CRUX_WRONG);
    selected = answer(b, "x", CRUX_RIGHT);
    other = answer(b, "y", CRUX_WRONG);
    refer();
    cr_assert_eq(tree.pair_count, 2);
    cr_assert(tree.pairs[0].wrong == one && tree.pairs[0].right == selected);
    cr_assert_eq(tree.pairs[0].prefix, 0);
    cr_assert(tree.pairs[1].wrong == other && tree.pairs[1].right == selected);
    cr_assert_eq(tree.pairs[1].prefix, 1);
    cr_assert_eq(tree.unpaired, CRUX_PAIRED);
    cr_assert_eq(tree.right_count, 2);
}

/* Paths of one text are one: the pair names the one that stands among the right paths. */
Test(diverge, a_reference_of_the_same_text)
{
    uint32_t a = node(0, "a"), first = answer(0, "a\nx", CRUX_RIGHT);

    nodes[a].visits = 9;
    (void)answer(a, "x", CRUX_RIGHT);
    (void)answer(a, "y", CRUX_WRONG);
    refer();
    cr_assert_eq(tree.pair_count, 1);
    cr_assert_eq(tree.pairs[0].right, first);
    cr_assert_eq(tree.rights[0], first);
}

/* Where a wrong answer was selected there is no reference, although there is a right path. */
Test(diverge, a_selected_path_that_is_wrong)
{
    uint32_t wrong;

    (void)answer(0, "x", CRUX_RIGHT);
    wrong = answer(0, "y", CRUX_WRONG);
    rollouts[0].reward = 0.5;
    rollouts[wrong].reward = 0.9;
    refer();
    cr_assert_eq(tree.pair_count, 0);
    cr_assert_eq(tree.unpaired, CRUX_NO_REFERENCE);
}

static enum crux_unpaired why(enum crux_verdict one, const char *text, enum crux_verdict other)
{
    end();
    begin();
    (void)answer(0, "x\ny", one);
    (void)answer(0, text, other);
    part();
    return tree.unpaired;
}

/* A tree without pairs says why it has none. */
Test(diverge, why_there_are_no_pairs)
{
    cr_assert_eq(why(CRUX_RIGHT, "z", CRUX_WRONG), CRUX_PAIRED);
    cr_assert_eq(why(CRUX_WRONG, "z", CRUX_WRONG), CRUX_NO_RIGHT);
    cr_assert_eq(why(CRUX_UNKNOWN, "z", CRUX_WRONG), CRUX_NO_RIGHT);
    cr_assert_eq(why(CRUX_RIGHT, "z", CRUX_UNKNOWN), CRUX_NO_WRONG);
    cr_assert_eq(why(CRUX_UNKNOWN, "z", CRUX_UNKNOWN), CRUX_NO_VERDICT);
    cr_assert_eq(why(CRUX_RIGHT, "x", CRUX_WRONG), CRUX_NO_PARTING);
    cr_assert_str_eq(crux_unpaired_name(CRUX_NO_PARTING), "paths do not part");
    cr_assert_str_eq(crux_unpaired_name(CRUX_PAIRED), "");
}

/* The highest reward first; then most visits, then value, then order, where paths part. */
Test(diverge, the_best_answer_is_on_the_best_path)
{
    uint32_t a = node(0, "a"), b = node(0, "b"), c = node(0, "c");
    uint32_t on_a, on_b, on_c;

    nodes[a].visits = 5;
    nodes[b].visits = 9;
    nodes[b].value = 0.2;
    nodes[c].visits = 9;
    nodes[c].value = 0.4;
    on_a = answer(a, "x", CRUX_RIGHT);
    on_b = answer(b, "x", CRUX_WRONG);
    cr_assert_eq(crux_best_rollout(&tree), on_a, "a right answer beats a wrong one");
    rollouts[on_b].reward = 1.0;
    cr_assert_eq(crux_best_rollout(&tree), on_b, "more visits");
    on_c = answer(c, "x", CRUX_RIGHT);
    cr_assert_eq(crux_best_rollout(&tree), on_c, "higher value");
    nodes[b].value = 0.4;
    cr_assert_eq(crux_best_rollout(&tree), on_b, "first in order");
}

static uint32_t says(uint32_t at, const char *said)
{
    uint32_t rollout = answer(at, "x", CRUX_UNKNOWN);

    rollouts[rollout].answer = said;
    return rollout;
}

/* The answer that most give, the first of several such; of those who give it the one on the best
 * path, whatever reward it had when it came. */
Test(diverge, the_agreed_answer_is_the_majoritys)
{
    uint32_t a = node(0, "a"), b = node(0, "b"), votes, of;

    nodes[a].visits = 5;
    nodes[b].visits = 9;
    rollouts[says(a, "7")].reward = 1.0;
    (void)says(a, "8");
    cr_assert_eq(crux_agreed_rollout(&tree, &votes, &of), 0, "the first of two");
    cr_assert_eq(votes, 1);
    cr_assert_eq(of, 2);
    (void)says(b, "8");
    (void)says(b, "");
    cr_assert_eq(crux_agreed_rollout(&tree, &votes, &of), 2, "on the better path");
    cr_assert_eq(votes, 2);
    cr_assert_eq(of, 3, "no answer is no vote");
}

/* No answer, no best one. */
Test(diverge, nothing_to_answer_with)
{
    uint32_t votes, of;

    cr_assert_eq(crux_best_rollout(&tree), CRUX_NO_NODE);
    cr_assert_eq(crux_agreed_rollout(&tree, &votes, &of), CRUX_NO_NODE);
    (void)says(node(0, "a"), "");
    cr_assert_eq(crux_agreed_rollout(&tree, &votes, &of), CRUX_NO_NODE);
    cr_assert_eq(votes + of, 0);
}
