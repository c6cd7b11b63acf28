/*
 * orchard.c - three finished trees as constants.
 */
#include "tests/world/orchard.h"

#include <assert.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* --- pears -------------------------------------------------------------------------------- */

static const char *const pear_images[] = {"a.png", "b c.png"};

static const struct crux_node pear_nodes[] = {
    {CRUX_NO_NODE, 0, 14, 0, 0.5, 1.0, -1.0, 1.0, 0.0, "", CRUX_STEP, false, false, 0},
    {0, 1, 6, 9, 0.625, 0.5, 1.0, 0.5, -0.25, "Take \xc3\xa9:\v  3 * 4 = 12\v", CRUX_STEP, false,
     false, 0},
    {1, 2, 2, 4, 1.0, 0.5, 1.0, 0.75, -0.5, "So 12.", CRUX_STEP, true, false, 0},
    {1, 2, 1, 6, 0.0, 0.25, 0.25, 0.125, -0.75, "So 13, see <image>.", CRUX_STEP, true, false, 0},
    {1, 2, 1, 2, 0.5, 0.25, -1.0, 0.125, 0.0, "Hm.", CRUX_STEP, false, false, 0},
    {0, 1, 1, 5, 0.0, 0.25, 0.0, 0.0, -1.0, "3 + 4 = 7", CRUX_STEP, false, false, 0},
    {5, 2, 1, 3, 0.0, 1.0, -1.0, 1.0, -1.5, "So 7.", CRUX_STEP, true, false, 0},
    {0, 1, 4, 7, 0.75, 0.125, -1.0, 0.5, -0.125, "  4 * 3 = 12", CRUX_STEP, false, false, 0},
    {0, 1, 0, 1, 0.0, 0.125, -1.0, 0.0, 0.0, " ", CRUX_STEP, false, false, 0},
};

static const struct crux_rollout pear_rollouts[] = {
    {2, "", "12", 1.0, CRUX_RIGHT, 0},
    {3, "", "13", 0.0, CRUX_WRONG, 0},
    {6, "", "7", 0.0, CRUX_WRONG, 0},
    {7, "So 12.\nDone \xe2\x9c\x93", "12", 1.0, CRUX_RIGHT, 0},
    {7, "So 11.", "11", 0.25, CRUX_WRONG, 0},
    {0, "", "", 0.5, CRUX_UNKNOWN, 0},
    {1, "So 12.", "12", 1.0, CRUX_RIGHT, 0},
    {4, "Yes.", "", 0.5, CRUX_UNKNOWN, 0},
    {7, "So 12.\nDone \xe2\x9c\x93", "12", 1.0, CRUX_RIGHT, 0},
};

static const struct crux_pair pear_pairs[] = {
    {1, 0, 1, 1, true, "3 * 4 is 12.", "arithmetic", "So 12.", "search"},
    {2, 0, 0, CRUX_NO_STEP, false, "", "", "", ""},
    {4, 3, 1, CRUX_NO_STEP, false, "", "", "", ""},
};

static const uint32_t pear_rights[] = {0, 3};

static const double pear_steps[] = {0.875, 0.25, 1.0};

static const struct crux_remark pear_remarks[] = {
    {1, CRUX_ROLE_VALUE, 0.5, {NULL, 0, 3, 0.25, "likely"}},
    {5, CRUX_ROLE_VALUE, 0.75, {NULL, 0, 3, 0.25, "very likely"}},
    {3, CRUX_ROLE_OUTCOME, 1.0, {pear_steps, 3, 0, -1.0, ""}},
};

static const int64_t pear_ids[] = {7, 151645, 0};
static const double pear_logprobs[] = {-0.5, 0.0, -12.25};

static const struct view_tokens pear_tokens[] = {
    {1, CRUX_NO_NODE, pear_ids, pear_logprobs, 3},
    {CRUX_NO_NODE, 3, pear_ids + 1, pear_logprobs + 1, 1},
};

/* --- fog ---------------------------------------------------------------------------------- */

static const struct crux_node fog_nodes[] = {
    {CRUX_NO_NODE, 0, 2, 0, 0.5, 1.0, -1.0, 1.0, 0.0, "", CRUX_STEP, false, false, 0},
    {0, 1, 1, 0, 1.0, 0.5, -1.0, 0.5, 0.0, "It is so.", CRUX_STEP, false, false, 0},
    {0, 1, 1, 0, 0.0, 0.5, -1.0, 0.5, 0.0, "It is not.", CRUX_STEP, false, false, 0},
};

static const struct crux_rollout fog_rollouts[] = {
    {1, "Surely.", "so", 1.0, CRUX_UNKNOWN, 0},
    {2, "Hardly.", "not", 0.0, CRUX_UNKNOWN, 0},
};

/* --- clear -------------------------------------------------------------------------------- */

static const struct crux_node clear_nodes[] = {
    {CRUX_NO_NODE, 0, 3, 0, 1.0, 1.0, -1.0, 1.0, 0.0, "", CRUX_STEP, false, false, 0},
    {0, 1, 1, 0, 1.0, 0.5, -1.0, 0.5, 0.0, "one two three four five six", CRUX_STEP, false, false,
     0},
    {0, 1, 2, 0, 1.0, 0.5, -1.0, 0.5, 0.0, "ten two three four five six", CRUX_STEP, false, false,
     0},
};

static const struct crux_rollout clear_rollouts[] = {
    {1, "so 7", "7", 1.0, CRUX_RIGHT, 0},
    {2, "so 7", "7", 1.0, CRUX_RIGHT, 0},
    {2, "thus by another way, more words: 7", "7", 1.0, CRUX_RIGHT, 0},
};

static const uint32_t clear_rights[] = {0, 1, 2};

/* --- trees -------------------------------------------------------------------------------- */

static const struct crux_problem problems[ORCHARD_TREES] = {
    {.id = "pears",
     .prompt = "How many <image> are there, \"\xc3\xa9\"?\n \n",
     .ordinal = 0,
     .line = "{\"id\": \"pears\"}",
     .answer = "12",
     .images = pear_images,
     .image_count = 2},
    {.id = "fog", .prompt = "Is it so?", .ordinal = 1, .line = "{\"id\": \"fog\"}", .answer = "so"},
    {.id = "clear", .prompt = "What is 3 + 4?", .ordinal = 2, .line = "{\"id\": \"clear\"}"},
};

static const struct crux_problem pears_without_images = {
    .id = "pears",
    .prompt = "How many <image> are there, \"\xc3\xa9\"?\n \n",
    .line = "{\"id\": \"pears\"}",
    .answer = "12"};

static const struct crux_tree trees[ORCHARD_TREES] = {
    {.problem = &problems[0],
     .reason = CRUX_REASON_STOP,
     .node_count = COUNT(pear_nodes),
     .rollout_count = COUNT(pear_rollouts),
     .pair_count = COUNT(pear_pairs),
     .right_count = COUNT(pear_rights),
     .remark_count = COUNT(pear_remarks),
     .nodes = pear_nodes,
     .rollouts = pear_rollouts,
     .pairs = pear_pairs,
     .rights = pear_rights,
     .remarks = pear_remarks,
     .failure = ""},
    {.problem = &problems[1],
     .reason = CRUX_REASON_BUDGET,
     .node_count = COUNT(fog_nodes),
     .rollout_count = COUNT(fog_rollouts),
     .nodes = fog_nodes,
     .rollouts = fog_rollouts,
     .failure = ""},
    {.problem = &problems[2],
     .reason = CRUX_REASON_EXHAUSTED,
     .node_count = COUNT(clear_nodes),
     .rollout_count = COUNT(clear_rollouts),
     .right_count = COUNT(clear_rights),
     .nodes = clear_nodes,
     .rollouts = clear_rollouts,
     .rights = clear_rights,
     .failure = ""},
};

static const struct crux_tree *orchard_without_images(void)
{
    static struct crux_tree tree;

    tree = trees[0];
    tree.problem = &pears_without_images;
    return &tree;
}

struct view_tree orchard_tree(size_t index, bool with_images)
{
    struct view_tree what = {.tree = &trees[index]};

    assert(index < ORCHARD_TREES);
    if (index == 0) {
        what.tokens = pear_tokens;
        what.token_count = COUNT(pear_tokens);
        if (!with_images)
            what.tree = orchard_without_images();
    }
    what.learnt.tree = what.tree;
    return what;
}
