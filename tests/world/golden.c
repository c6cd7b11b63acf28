/*
 * golden.c - finished trees for views, as constants.
 */
#include "tests/world/golden.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* --- words ----------------------------------------------------------------------------------- */

static const struct crux_problem words_problem = {
    .id = "zo\xc3\xab",
    .prompt =
        "Zo\xc3\xab has 3 \"\xc3\xa4pples\" and buys 5 more.\nThen she gives 2 away. How many "
        "are left?\n",
    .ordinal = 0,
    .line = "{\"id\": \"zo\xc3\xab\"}",
    .answer = "6",
};

static const struct crux_node words_nodes[] = {
    {CRUX_NO_NODE, 0, 10, 0, 0.4, 1.0, -1.0, 1.0, 0.0, "", CRUX_STEP, false, false, 0},
    {0, 1, 6, 5, 0.5, 0.625, 1.0, 0.75, -0.25, "3 + 5 = 8", CRUX_STEP, false, false, 0},
    {1, 2, 2, 6, 1.0, 0.5, 0.75, 1.0, -0.5, "8 - 2 = 6", CRUX_STEP, false, false, 0},
    {2, 3, 1, 7, 1.0, 1.0, -1.0, 1.0, 0.0, "The answer is\v**6**", CRUX_STEP, true, false, 0},
    {1, 2, 2, 0, 0.0, 0.5, -1.0, 0.0, -0.75, "8 - 2 = 5", CRUX_STEP, false, false, 0},
    {0, 1, 2, 5, 0.25, 0.375, 0.25, 0.25, -1.5, "3 + 5 = 9", CRUX_STEP, false, false, 0},
    {5, 2, 1, 8, 0.0, 1.0, -1.0, 1.0, -2.0, " So 9 \xe2\x88\x92 2 = 7 ", CRUX_STEP, false, false,
     0},
};

static const struct crux_rollout words_rollouts[] = {
    {3, "", "6", 1.0, CRUX_RIGHT, 0},
    {4, "The answer is 5", "5", 0.0, CRUX_WRONG, 0},
    {6, "So:\v\v  7\nDone", "7", 0.0, CRUX_WRONG, 0},
    {1, "8 - 2 = 6\nThe answer is\v**6**", "6", 1.0, CRUX_RIGHT, 0},
    {1, "8 / 2 = 4\nThe answer is 4", "4", 0.0, CRUX_WRONG, 0},
    {5, "9 - 2 = 8", "", 0.5, CRUX_UNKNOWN, 0},
    {0, "Count: 4, 5, 6, 7, 8; two away: 6\n6", "6", 1.0, CRUX_RIGHT, 0},
    {0, "I guess 5", "5", 0.0, CRUX_WRONG, 0},
    {4, "\xd0\xba\xd0\xb8 5", "5", 0.0, CRUX_WRONG, 0},
    {4, "It is 5\vor so", "5", 0.0, CRUX_WRONG, 0},
    {0, "\xd0\xba\xd0\xb8: 3 + 5 - 2\n6", "6", 1.0, CRUX_RIGHT, 0},
    {4, "Fine: 5\n5.", "5", 0.0, CRUX_WRONG, 0},
};

/* What the tree's own critic said of 2 is a claim. */
static const struct crux_pair words_pairs[] = {
    {1, 0, 1, CRUX_NO_STEP, false, "", "", "", ""},
    {2, 0, 0, CRUX_NO_STEP, false, "", "", "", ""},
    {4, 0, 1, 2, false, "Nothing is to be divided.", "arithmetic", "8 - 2 = 6\v(so)", ""},
    {7, 0, 0, CRUX_NO_STEP, false, "", "", "", ""},
    {8, 0, 1, CRUX_NO_STEP, false, "", "", "", ""},
    {9, 0, 1, CRUX_NO_STEP, false, "", "", "", ""},
    {11, 0, 1, CRUX_NO_STEP, false, "", "", "", ""},
};

static const uint32_t words_rights[] = {0, 6, 10};

static const double words_rewards[] = {0.875, 0.75};

static const struct crux_remark words_remarks[] = {
    {6, CRUX_ROLE_OUTCOME, 1.0, {words_rewards, 2, 0, -1.0, "fine"}},
};

static struct learnt_probe words_estimate[] = {{0, 1, 5, 8, 2, 0.25, 0.875},
                                               {0, 2, 0, 32, 0, 0.0, 0.09375}};
static struct learnt_probe words_agreement[] = {{0, 0, 4, 8, 3, 0.25, 0.75},
                                                {0, 1, 0, 40, 0, 0.0, 0.0625},
                                                {1, 0, 7, 8, 0, 0.5, 1.0},
                                                {1, 1, 0, 40, 0, 0.0, 0.0625}};
static struct learnt_probe words_between[] = {
    {0, 1, 1, 4, 0, 0.0625, 0.75}, {0, 2, 0, 2, 0, 0.0, 0.75}, {0, 3, 0, 32, 1, 0.0, 0.09375}};
static struct learnt_probe words_tagged[] = {{0, 1, 3, 4, 0, 0.25, 1.0},
                                             {0, 2, 0, 40, 1, 0.0, 0.0625}};
static struct learnt_probe words_later[] = {{0, 2, 1, 8, 0, 0.0, 0.5},
                                            {0, 3, 0, 40, 0, 0.0, 0.0625}};
static struct learnt_probe words_sound[] = {{0, 1, 3, 4, 0, 0.25, 1.0}};

static struct learnt_item words_locations[] = {
    {.rollout = 1,
     .maker = "locate=chat:k=32",
     .location = {LEARNT_ESTIMATED, 1, -1, -1, "", words_estimate, COUNT(words_estimate)}},
    {.rollout = 2,
     .maker = "locate=chat:two",
     .location = {LEARNT_AGREED, 0, -1, -1, "", words_agreement, COUNT(words_agreement)}},
    {.rollout = 4,
     .maker = "locate=chat:k=32",
     .location = {LEARNT_BETWEEN, -1, 1, 2, "2 of 32 were not asked", words_between,
                  COUNT(words_between)}},
    {.rollout = 6,
     .maker = "locate=chat:k=32",
     .location = {LEARNT_NOT, -1, -1, -1, "right path", words_sound, COUNT(words_sound)}},
    {.rollout = 8,
     .maker = "locate=chat:k=32",
     .location = {LEARNT_ESTIMATED, 1, -1, -1, "", words_tagged, COUNT(words_tagged)}},
    {.rollout = 9,
     .maker = "locate=chat:a",
     .location = {LEARNT_ESTIMATED, 1, -1, -1, "", NULL, 0}},
    {.rollout = 9,
     .maker = "locate=chat:b",
     .location = {LEARNT_ESTIMATED, 2, -1, -1, "", NULL, 0}},
    {.rollout = 11,
     .maker = "locate=chat:k=32",
     .location = {LEARNT_ESTIMATED, 2, -1, -1, "", words_later, COUNT(words_later)}},
};

static uint8_t words_match[] = {CRUX_RIGHT, CRUX_WRONG, CRUX_UNKNOWN};
static uint8_t words_no_match[] = {CRUX_RIGHT, CRUX_WRONG, CRUX_WRONG, CRUX_WRONG};
static uint8_t words_all_right[] = {CRUX_RIGHT, CRUX_RIGHT, CRUX_RIGHT};

static struct learnt_item words_critiques[] = {
    {.rollout = 0,
     .maker = "critique:style=blind",
     .critique = {"blind", "m1", "", "", "", "", -1, CRUX_RIGHT, words_all_right, 3}},
    {.rollout = 1,
     .maker = "critique:style=blind",
     .critique = {"blind", "m1", "Step 2: 8 \xe2\x88\x92 2 is 6.\vNot 5.", "", "", "", 1,
                  CRUX_WRONG, words_match, 3}},
    {.rollout = 1,
     .maker = "critique:style=mmc",
     .critique = {"mmc", "m2", "The model states 5 instead of 6.", "arithmetic", "8 - 2 = 6",
                  "recomputed", 1, CRUX_UNKNOWN, NULL, 0}},
    {.rollout = 2,
     .maker = "critique:style=blind",
     .critique = {"blind", "m1", "Step 2 is wrong.", "", "", "", 1, CRUX_WRONG, words_no_match, 4}},
    {.rollout = 4,
     .maker = "critique:style=blind",
     .critique = {"blind", "m1", "All is well.", "", "", "", -1, CRUX_RIGHT, NULL, 0}},
    {.rollout = 6,
     .maker = "critique:style=blind",
     .critique = {"blind", "m1", "Counted well.", "", "", "", -1, CRUX_RIGHT, words_all_right, 3}},
    {.rollout = 7,
     .maker = "critique:style=mmc",
     .critique = {"mmc", "m2", "", "", "", "", -1, CRUX_UNKNOWN, NULL, 0}},
    {.rollout = 8,
     .maker = "critique:style=mmc",
     .critique = {"mmc", "m2", "It says 5.", "", "", "", -1, CRUX_UNKNOWN, NULL, 0}},
    {.rollout = 9,
     .maker = "critique:style=mmc",
     .critique = {"mmc", "m2", "The second step states 5.", "", "", "", 1, CRUX_UNKNOWN, NULL, 0}},
};

static struct learnt_item words_verifications[] = {
    {.rollout = 1,
     .maker = "verify=chat",
     .verification =
         {"critique:style=blind", "", {4, 10}, {3, 10}, {0, 0}, CRUX_RIGHT, CRUX_RIGHT}},
    {.rollout = 1,
     .maker = "verify=chat:more",
     .verification = {"critique:style=mmc",
                      "zo\xc3\xab/w0001",
                      {6, 10},
                      {3, 10},
                      {2, 10},
                      CRUX_UNKNOWN,
                      CRUX_RIGHT}},
    {.rollout = 8,
     .maker = "verify=chat",
     .verification =
         {"critique:style=mmc", "", {0, 10}, {0, 10}, {0, 0}, CRUX_UNKNOWN, CRUX_UNKNOWN}},
};

/* --- doubts ---------------------------------------------------------------------------------- */

static const char *const doubts_images[] = {"figure.png", "data:image/png;base64,AAAA"};

static const struct crux_problem doubts_problem = {
    .id = "doubts/2",
    .prompt = "How many cubes?",
    .ordinal = 2,
    .line = "{\"id\": \"doubts/2\"}",
    .images = doubts_images,
    .image_count = 2,
};

static const struct crux_node doubts_nodes[] = {
    {CRUX_NO_NODE, 0, 9, 0, 0.75, 1.0, -1.0, 1.0, 0.0, "", CRUX_STEP, false, false, 0},
    {0, 1, 3, 3, 1.0, 0.5, 0.0, 0.5, -0.125, "Two rows.", CRUX_STEP, false, false, 0},
    {0, 1, 3, 3, 0.5, 0.5, 0.5, 0.5, -0.125, "Three rows.", CRUX_STEP, false, false, 0},
};

static const struct crux_rollout doubts_rollouts[] = {
    {1, "So 9", "9", 1.0, CRUX_RIGHT, 0},      /* its first step has score 0 */
    {2, "So 9.", "9", 1.0, CRUX_RIGHT, 0},     /* score 0.5: not enough to doubt */
    {0, "Judged\n9", "9", 1.0, CRUX_RIGHT, 0}, /* by the outcome critic, a step 0.25 */
    {0, "Lucky\n9", "9", 1.0, CRUX_RIGHT, 0},  /* none of 40 right behind its first step */
    {0, "Hard\n9", "9", 1.0, CRUX_RIGHT, 0},   /* none of 2: not enough to doubt */
    {2, "So 8", "8", 0.0, CRUX_WRONG, 0},      /* estimated: a step that a right path shares */
    {0, "So 7", "7", 0.0, CRUX_WRONG, 0},      /* proved by a pass */
    /* a program, and output that it never had, in a step of its own and in one with words */
    {0, "```python\vprint(3 * 3)\v```\n```output\v9\v```\nOutput: 9\v\vSo it is 9\n9", "9", 1.0,
     CRUX_RIGHT, 0},
};

static const struct crux_pair doubts_pairs[] = {
    {5, 1, 1, CRUX_NO_STEP, false, "", "", "", ""},
    {6, 1, 0, CRUX_NO_STEP, false, "", "", "", ""},
};

static const uint32_t doubts_rights[] = {0, 1, 2, 3, 4, 7};

static const double doubts_rewards[] = {0.25, 1.0};

static const struct crux_remark doubts_remarks[] = {
    {2, CRUX_ROLE_OUTCOME, 1.0, {doubts_rewards, 2, 0, -1.0, ""}},
};

static struct learnt_probe doubts_lucky[] = {{0, 1, 0, 40, 0, 0.0, 0.0625}};
static struct learnt_probe doubts_hard[] = {{0, 1, 0, 2, 0, 0.0, 0.75}};
static struct learnt_probe doubts_refuted[] = {{0, 0, 4, 8, 4, 0.25, 0.75},
                                               {0, 1, 0, 40, 0, 0.0, 0.0625}};

static struct learnt_item doubts_locations[] = {
    {.rollout = 3,
     .maker = "locate=weak",
     .location = {LEARNT_NOT, -1, -1, -1, "right path", doubts_lucky, 1}},
    {.rollout = 4,
     .maker = "locate=weak",
     .location = {LEARNT_NOT, -1, -1, -1, "right path", doubts_hard, 1}},
    {.rollout = 5,
     .maker = "locate=weak",
     .location = {LEARNT_ESTIMATED, 0, -1, -1, "", doubts_refuted, 2}},
    {.rollout = 6, .maker = "prover", .location = {LEARNT_PROVED, 0, -1, -1, "", NULL, 0}},
};

/* --- unknown, empty --------------------------------------------------------------------------- */

static const struct crux_problem unknown_problem = {
    .id = "unknown", .prompt = "Who knows?", .ordinal = 3, .line = "{}", .answer = "nobody"};

static const struct crux_rollout unknown_rollouts[] = {
    {0, "", "", 0.5, CRUX_UNKNOWN, 0},
    {0, "Somebody", "somebody", 0.5, CRUX_UNKNOWN, 0},
};

static const struct crux_problem empty_problem = {
    .id = "empty", .prompt = "", .ordinal = 4, .line = "{}"};

/* --- all ------------------------------------------------------------------------------------- */

static struct crux_tree golden_bare(const struct crux_problem *problem)
{
    return (struct crux_tree){.problem = problem,
                              .reason = CRUX_REASON_BUDGET,
                              .node_count = 1,
                              .nodes = words_nodes,
                              .simulations = 2,
                              .calls = 3,
                              .failure = ""};
}

static void golden_words(struct crux_tree *tree, struct learnt *learnt)
{
    *tree = golden_bare(&words_problem);
    tree->node_count = COUNT(words_nodes);
    tree->rollouts = words_rollouts;
    tree->rollout_count = COUNT(words_rollouts);
    tree->pairs = words_pairs;
    tree->pair_count = COUNT(words_pairs);
    tree->rights = words_rights;
    tree->right_count = COUNT(words_rights);
    tree->remarks = words_remarks;
    tree->remark_count = COUNT(words_remarks);
    learnt->of[LEARNT_LOCATIONS] =
        (struct learnt_items){words_locations, COUNT(words_locations), 0};
    learnt->of[LEARNT_CRITIQUES] =
        (struct learnt_items){words_critiques, COUNT(words_critiques), 0};
    learnt->of[LEARNT_VERIFICATIONS] =
        (struct learnt_items){words_verifications, COUNT(words_verifications), 0};
}

static void golden_doubts(struct crux_tree *tree, struct learnt *learnt)
{
    *tree = golden_bare(&doubts_problem);
    tree->nodes = doubts_nodes;
    tree->node_count = COUNT(doubts_nodes);
    tree->rollouts = doubts_rollouts;
    tree->rollout_count = COUNT(doubts_rollouts);
    tree->pairs = doubts_pairs;
    tree->pair_count = COUNT(doubts_pairs);
    tree->rights = doubts_rights;
    tree->right_count = COUNT(doubts_rights);
    tree->remarks = doubts_remarks;
    tree->remark_count = COUNT(doubts_remarks);
    learnt->of[LEARNT_LOCATIONS] =
        (struct learnt_items){doubts_locations, COUNT(doubts_locations), 0};
}

void golden_make(struct golden_trees *out)
{
    memset(out, 0, sizeof *out);
    puzzle_make(&out->puzzle, 1);
    golden_words(&out->trees[GOLDEN_WORDS], &out->all[GOLDEN_WORDS].learnt);
    out->trees[GOLDEN_PUZZLE] = out->puzzle.tree;
    golden_doubts(&out->trees[GOLDEN_DOUBTS], &out->all[GOLDEN_DOUBTS].learnt);
    out->trees[GOLDEN_UNKNOWN] = golden_bare(&unknown_problem);
    out->trees[GOLDEN_UNKNOWN].rollouts = unknown_rollouts;
    out->trees[GOLDEN_UNKNOWN].rollout_count = COUNT(unknown_rollouts);
    out->trees[GOLDEN_EMPTY] = golden_bare(&empty_problem);
    for (int i = 0; i < GOLDENS; i++)
        out->all[i].tree = out->all[i].learnt.tree = &out->trees[i];
}
