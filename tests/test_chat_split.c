/*
 * test_chat_split.c - policy chat's steps where they part by rules (--split): one sample, whole
 * answers, and steps that have only begun.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "policies/chat/begun.h"
#include "policies/chat/plan.h"
#include "tests/world/steps_suite.h"

TestSuite(split_steps, .init = open_prompt, .fini = close_prompt);
TestSuite(split_begun, .init = open_prompt, .fini = close_prompt);

static const struct chat_boundary by_lines = {.stops = {"\n"}, .count = 1, .way = SPLIT_LINES};
static const struct chat_boundary by_sentences = {
    .stops = {"\n"}, .count = 1, .way = SPLIT_SENTENCES};
static const struct chat_boundary by_paragraphs = {
    .stops = {"\n\n"}, .count = 1, .way = SPLIT_PARAGRAPHS};

/* --- one sample ------------------------------------------------------------------- */

/* Nothing is between steps: the break is the step's that it ends, whether the server repeats it or
 * not. */
Test(split_steps, breaks)
{
    struct chat_context context = context_of(&by_lines);
    struct crux_step one = step_after(NULL, "He has 2.\v"), two = step_after(&one, "She has 3.\v");
    char *joined = chat_steps_join(&by_lines, &two, true);

    cr_assert_str_eq(joined, "He has 2.\nShe has 3.\n");
    free(joined);
    assert_step(&context, sample_of("He has 2.", CHAT_END_STOP), "He has 2.\v", false);
    assert_step(&context, sample_of("He has 2.\n", CHAT_END_STOP), "He has 2.\v", false);
    assert_step(&context, sample_of("He has 2.", CHAT_END_EITHER), "He has 2.\v", false);
    assert_step(&context, sample_of("He has 2.", CHAT_END_TEXT), "He has 2.", true);
    assert_step(&context, sample_of("He has 2.\nShe has", CHAT_END_LENGTH), "He has 2.\v", false);
    assert_step(&context, sample_of("He has", CHAT_END_LENGTH), NULL, false);
    context.boundary = &by_paragraphs;
    assert_step(&context, sample_of("He has 2.", CHAT_END_STOP), "He has 2.\v\v", false);
    assert_step(&context, sample_of("So:\n\n1 = 1\n\nNo", CHAT_END_TEXT), "So:\v\v1 = 1\v\v",
                false);
}

/* What is written behind the first sentence is not the step's. */
Test(split_steps, sentences)
{
    struct chat_context context = context_of(&by_sentences);

    assert_step(&context, sample_of("He has 2. She has 3.", CHAT_END_STOP), "He has 2. ", false);
    assert_step(&context, sample_of("The answer is 5. Or", CHAT_END_STOP), "The answer is 5. ",
                true);
    assert_step(&context, sample_of("Let's see. He has 2. No.", CHAT_END_TEXT),
                "Let's see. He has 2. ", false);
}

/* What stands before says whether a step begins in code. */
Test(split_steps, in_code)
{
    struct crux_step one = step_after(NULL, "```\va = 1\v");
    struct chat_context context = context_of(&by_lines);

    context.last = &one;
    assert_step(&context, sample_of("b = 2\n```\nSo 2.", CHAT_END_TEXT), "b = 2\v```\v", false);
}

Test(split_steps, answers)
{
    struct chat_context context = context_of(&by_lines);

    context.kind = CRUX_ANSWER;
    assert_step(&context, sample_of("Let's see:\n\n1 = 1\n \nSo 1.\n", CHAT_END_TEXT),
                "Let's see:\v\v1 = 1\v \v\nSo 1.\v", true);
    assert_step(&context, sample_of("a\nb\nc", CHAT_END_LENGTH), "a\v\nb\v", true);
    assert_step(&context, sample_of(" \n ", CHAT_END_TEXT), "", true);
    assert_step(&context, sample_of("", CHAT_END_TEXT), "", true);
    context.boundary = &by_sentences;
    assert_step(&context, sample_of("It is 1. So 1. And that.", CHAT_END_TEXT),
                "It is 1. \nSo 1. \nAnd that.", true);
    context.boundary = &by_paragraphs;
    assert_step(&context, sample_of("```\na\n\nb\n```\n\nSo 1.", CHAT_END_TEXT),
                "```\va\v\vb\v```\v\v\nSo 1.", true);
}

/* --- steps that have only begun --------------------------------------------------- */

/* text NULL: the step is whole, or none. */
static void assert_begun(const struct chat_context *context, struct chat_sample sample,
                         const char *text, bool inside)
{
    struct chat_begun begun;

    cr_assert_eq(chat_begun_by(&begun, context, &sample, NULL), CRUX_OK);
    cr_assert_eq(begun.text != NULL, text != NULL, "`%s`", sample.text);
    if (text != NULL) {
        cr_assert_str_eq(begun.text, text);
        cr_assert_eq(begun.inside, inside, "`%s`", text);
    }
    free(begun.text);
}

Test(split_begun, known)
{
    struct chat_context context = context_of(&by_lines);

    assert_begun(&context, sample_of("Let's see.", CHAT_END_STOP), "Let's see.\v", false);
    assert_begun(&context, sample_of("Let's see.", CHAT_END_TEXT), NULL, false);
    assert_begun(&context, sample_of("He has 2.", CHAT_END_STOP), NULL, false);
    assert_begun(&context, sample_of("The answer is:", CHAT_END_EITHER), "The answer is:\v", false);
    assert_begun(&context, sample_of("The answer is: 5", CHAT_END_EITHER), NULL, false);
    assert_begun(&context, sample_of("```python", CHAT_END_STOP), "```python\v", true);
    assert_begun(&context, sample_of("\\[", CHAT_END_STOP), "\\[\v", true);
    assert_begun(&context, sample_of("It costs $$5.", CHAT_END_STOP), NULL, false);
    assert_begun(&context, sample_of("Let's", CHAT_END_LENGTH), NULL, false);
}

/* A break is asked on for, the end of a text is not. */
Test(split_begun, breaks)
{
    struct chat_context context = context_of(&by_paragraphs);

    assert_begun(&context, sample_of("", CHAT_END_STOP), "\v\v", false);
    assert_begun(&context, sample_of("\n\n", CHAT_END_STOP), "\v\v", false);
    assert_begun(&context, sample_of("", CHAT_END_TEXT), NULL, false);
    assert_begun(&context, sample_of("", CHAT_END_BROKEN), NULL, false);
}

/* The fence that closes a block of the steps before is none that opens one. */
Test(split_begun, behind_code)
{
    struct crux_step one = step_after(NULL, "```\va = 1\v");
    struct chat_context context = context_of(&by_lines);

    context.last = &one;
    assert_begun(&context, sample_of("b = 2", CHAT_END_STOP), "b = 2\v", true);
    assert_begun(&context, sample_of("```", CHAT_END_STOP), NULL, false);
}

static void assert_both(const struct crux_step *begun, struct chat_sample sample, const char *want)
{
    struct chat_context context = context_of(&by_lines);
    enum chat_end end = CHAT_END_BROKEN;
    char *found = NULL;

    context.last = begun;
    context.given = "Let's see.\n";
    cr_assert_eq(chat_begun_join(&found, &end, &context, &sample, NULL), CRUX_OK);
    cr_assert_str_eq(found, want, "`%s`", found);
    cr_assert_eq(end, sample.end);
    free(found);
}

/* A turn that the server repeats and thoughts are no part of it; of a break all of it is. */
Test(split_begun, goes_on)
{
    struct crux_step begun = step_after(NULL, "Let's see.\v");

    assert_both(&begun, sample_of("He has 2. Yes.", CHAT_END_STOP), "Let's see.\nHe has 2. Yes.");
    assert_both(&begun, sample_of("Let's see.\nHe has 2.", CHAT_END_TEXT), "Let's see.\nHe has 2.");
    assert_both(&begun, sample_of("<think>x</think>He", CHAT_END_STOP), "Let's see.\nHe");
    assert_both(&begun, sample_of("", CHAT_END_STOP), "Let's see.\n\n");
    assert_both(&begun, sample_of("\n", CHAT_END_STOP), "Let's see.\n\n");
    assert_both(&begun, sample_of("", CHAT_END_TEXT), "Let's see.\n");
}

/* --- plans ------------------------------------------------------------------------ */

static int plan_of(const char *split, uint32_t tokens, const char *stop, struct chat_plan **plan,
                   struct crux_error *error)
{
    struct crux_chat chat = crux_chat_default();

    chat.profile = "vllm";
    chat.model = "fake";
    chat.route = "prefill";
    chat.split = split;
    chat.step_tokens = tokens;
    chat.stops = &stop;
    chat.stop_count = stop != NULL;
    return chat_plan_open(plan, &chat, error);
}

Test(split_plan, ways)
{
    static const char *const names[] = {NULL, "model", "paragraphs", "lines", "sentences"};
    static const char *const stops[] = {"\n\n", "\n\n", "\n\n", "\n", "\n"};
    static const enum split_way ways[] = {SPLIT_MODEL, SPLIT_MODEL, SPLIT_PARAGRAPHS, SPLIT_LINES,
                                          SPLIT_SENTENCES};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct crux_error error = {""};
        struct chat_plan *plan = NULL;

        cr_assert_eq(plan_of(names[i], 0, NULL, &plan, &error), CRUX_OK, "%s", error.text);
        cr_assert_eq(plan->conversation.boundary.way, ways[i]);
        cr_assert_eq(plan->conversation.boundary.count, 1);
        cr_assert_str_eq(plan->conversation.boundary.stops[0], stops[i]);
        chat_plan_close(plan);
    }
}

Test(split_plan, refused)
{
    static const struct {
        const char *split, *stop, *sentence;
        uint32_t tokens;
    } rows[] = {{"words", NULL, "found `words`", 0},
                {"lines", "x", "split lines says where steps end", 0},
                {"sentences", NULL, "split sentences says where steps end", 30}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct crux_error error = {""};
        struct chat_plan *plan = NULL;

        cr_assert_eq(plan_of(rows[i].split, rows[i].tokens, rows[i].stop, &plan, &error),
                     CRUX_INVALID);
        cr_assert_null(plan);
        cr_assert_not_null(strstr(error.text, rows[i].sentence), "%s", error.text);
    }
}
