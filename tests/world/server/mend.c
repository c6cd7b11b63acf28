/*
 * mend.c - the fake model revises an answer: how well depends on what is said of it.
 */
#include "tests/world/server/critique.h"

#include "io/draw.h"

#include <ctype.h>
#include <string.h>

#define MENDED " starts with "

struct habits habits_default(void)
{
    return (struct habits){
        .critiques = {[CRITIQUE_TRUE] = 0.5, [CRITIQUE_VAGUE] = 0.25, [CRITIQUE_FALSE] = 0.25},
        .mends = {[CRITIQUE_TRUE] = 0.6, [CRITIQUE_VAGUE] = 0.3, [CRITIQUE_FALSE] = 0.15},
        .spoiled = 0.1};
}

/* What a revision is asked of: the whole answer ends at answer_end, the turn at turn_end. */
struct revision {
    const char *answer_end, *turn_end;
};

/* The first number in a box behind the last problem, and within the turn. What asks for one object
 * or one word wants the answer judged. */
static bool read_revision(struct revision *out, const char *prompt)
{
    const char *problem = NULL, *end;

    for (const char *at = strstr(prompt, MENDED); at != NULL; at = strstr(at + 1, MENDED))
        problem = at;
    problem = problem != NULL ? strchr(problem, '?') : NULL;
    if (problem == NULL || strstr(prompt, "Answer with one ") != NULL)
        return false;
    end = strstr(problem, "<|im_end|>");
    end = end != NULL ? end : problem + strlen(problem);
    *out = (struct revision){NULL, end};
    for (const char *at = strstr(problem, "boxed{");
         out->answer_end == NULL && at != NULL && at < end; at = strstr(at + 1, "boxed{"))
        if (isdigit((unsigned char)at[6]) || (at[6] == '-' && isdigit((unsigned char)at[7])))
            out->answer_end = at + 6 + strcspn(at + 6, "}") + 1;
    return out->answer_end != NULL && out->answer_end < end;
}

bool mend_is_asked(const char *prompt)
{
    struct revision revision;

    return read_revision(&revision, prompt);
}

void mend_think(struct brain_reply *reply, const struct brain *brain, const struct habits *habits,
                const char *prompt, size_t length)
{
    uint64_t word = draw_mix(draw_text(prompt, length) ^ draw_mix(brain->greedy ? 0 : brain->seed));
    struct revision revision = {.answer_end = prompt};
    struct attempt attempt;
    enum critique_quality quality;
    double chance;
    int64_t wrong = -1;

    (void)read_revision(&revision, prompt);
    attempt_open_text(&attempt, prompt, revision.answer_end);
    quality = attempt_judge(&attempt, revision.answer_end,
                            (size_t)(revision.turn_end - revision.answer_end));
    chance = !attempt.right ? habits->mends[quality] : quality == CRITIQUE_FALSE ? 0.5 : 0.95;
    if (draw_uniform(draw(word, 1)) > chance)
        wrong = (int64_t)(draw(word, 2) % (attempt.result_count > 0 ? attempt.result_count : 1));
    if (wrong >= 0 && attempt.slip >= 0 && draw(word, 3) % 2 == 0)
        wrong = attempt.slip;
    attempt_close(&attempt);
    brain_answer(reply, brain, prompt, length, wrong);
}
