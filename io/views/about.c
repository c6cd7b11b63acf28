/*
 * about.c - looks for the first answer of each verdict.
 */
#include "io/views/about.h"

struct record_about about_tree(const struct view_tree *what, const struct view_run *run)
{
    const struct crux_tree *tree = what->tree;
    struct record_about about = {.what = what, .run = run};

    for (uint32_t i = tree->rollout_count; i-- > 0;) {
        const struct crux_rollout *rollout = &tree->rollouts[i];

        if (rollout->verdict == CRUX_RIGHT)
            about.right_answer = rollout->answer;
        else if (rollout->verdict == CRUX_WRONG)
            about.wrong_answer = rollout->answer;
    }
    return about;
}
