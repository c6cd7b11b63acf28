/*
 * test_chat_steps.c - what chat/steps.h promises of steps, one promise per test: how they are
 * joined, and what becomes of one sample. Families and whole answers are in test_chat_family.c.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "policies/chat/thoughts.h"
#include "tests/world/steps_suite.h"

static void assert_joined(const struct chat_boundary *boundary, const struct crux_step *last,
                          bool open, const char *want)
{
    char *found = chat_steps_join(boundary, last, open);

    cr_assert_str_eq(found, want, "`%s`", found);
    free(found);
}

/* --- joining ---------------------------------------------------------------------- */

/* Between two steps stands what separates them, and open a step can follow. */
Test(join, paragraphs)
{
    struct crux_step one = step_after(NULL, "4 + 5 = 9."), two = step_after(&one, "So 9.");

    assert_joined(&paragraphs, NULL, true, "");
    assert_joined(&paragraphs, NULL, false, "");
    assert_joined(&paragraphs, &one, false, "4 + 5 = 9.");
    assert_joined(&paragraphs, &two, false, "4 + 5 = 9.\n\nSo 9.");
    assert_joined(&paragraphs, &two, true, "4 + 5 = 9.\n\nSo 9.\n\n");
}

/* What every step begins with is part of the step, and stands ready for the next one; of several
 * marks only for the first step, for the model may write another. */
Test(join, marked)
{
    static const struct chat_boundary one_mark = {.stops = {"\nStep "}, .count = 1};
    struct crux_step one = step_after(NULL, "Step 1: 4 + 5"), two = step_after(&one, "Step 2: 9");

    assert_joined(&one_mark, NULL, true, "Step ");
    assert_joined(&one_mark, NULL, false, "");
    assert_joined(&one_mark, &two, true, "Step 1: 4 + 5\nStep 2: 9\nStep ");
    assert_joined(&one_mark, &two, false, "Step 1: 4 + 5\nStep 2: 9");
    assert_joined(&marked, NULL, true, "Step ");
    assert_joined(&marked, &two, true, "Step 1: 4 + 5\nStep 2: 9\n");
}

/* A stop string that ends a sentence is the sentence's, and nothing stands between two. */
Test(join, sentences)
{
    static const struct chat_boundary sentences = {.stops = {". "}, .count = 1};
    struct crux_step one = step_after(NULL, "4 + 5 is 9. "), two = step_after(&one, "So 9. ");

    assert_joined(&sentences, NULL, true, "");
    assert_joined(&sentences, &two, true, "4 + 5 is 9. So 9. ");
}

/* With a cap steps are pieces of one text. */
Test(join, capped)
{
    struct crux_step one = step_after(NULL, "4 + "), two = step_after(&one, "5\v\vis");

    assert_joined(&capped, &two, true, "4 + 5\n\nis");
    assert_joined(&both, &two, true, "4 + 5\n\nis");
}

/* Line breaks inside of a step are line breaks again, also in a list. */
Test(join, line_breaks)
{
    struct crux_step one = step_after(NULL, "a\vb"), two = step_after(&one, "c");
    struct mustache_scope *scopes = NULL;
    size_t count = 0;

    assert_joined(&paragraphs, &one, false, "a\nb");
    cr_assert_eq(chat_steps_list(&two, &scopes, &count), CRUX_OK);
    cr_assert_eq(count, 2);
    cr_assert_eq(scopes[0].values[0].text.length, 3);
    cr_assert_eq(memcmp(scopes[0].values[0].text.start, "a\nb", 3), 0);
    cr_assert_eq(memcmp(scopes[1].values[0].text.start, "c", 1), 0);
    free(scopes);
    cr_assert_eq(chat_steps_list(NULL, &scopes, &count), CRUX_OK);
    cr_assert_eq(count, 0);
    free(scopes);
}

/* --- one step --------------------------------------------------------------------- */

TestSuite(step, .init = open_prompt, .fini = close_prompt);

/* A stop string ends a step whether the server has kept it, cut it or not looked for it; all else
 * is the step, blanks and line breaks too. */
Test(step, ends_at_a_stop)
{
    struct chat_context context = context_of(&paragraphs);

    assert_step(&context, sample_of(" 4 + 5 = 9. ", CHAT_END_STOP), " 4 + 5 = 9. ", false);
    assert_step(&context, sample_of("a\nb\n\n", CHAT_END_STOP), "a\vb", false);
    assert_step(&context, sample_of("\n\na\n\nand more", CHAT_END_TEXT), "\v\va", false);
    assert_step(&context, sample_of("\n    a\n\n", CHAT_END_STOP), "\v    a", false);
    assert_step(&context, sample_of("\ta\r\n", CHAT_END_STOP), "\ta\r\v", false);
    assert_step(&context, sample_of("a\n\n", CHAT_END_TEXT), "a\v\v", true);
    assert_step(&context, sample_of("a\n\nand m", CHAT_END_LENGTH), "a", false);
    assert_step(&context, sample_of(" \n ", CHAT_END_STOP), NULL, false);
    assert_step(&context, sample_of("", CHAT_END_TEXT), NULL, false);
}

/* Of two stops the first one counts, of two at one place the longer. */
Test(step, the_first_of_stops)
{
    static const struct chat_boundary boundary = {.stops = {"\n", "\n#", "!"}, .count = 3};
    struct chat_context context = context_of(&boundary);

    assert_step(&context, sample_of("a!b\nc", CHAT_END_STOP), "a!", false);
    assert_step(&context, sample_of("ab\n#c!", CHAT_END_STOP), "ab", false);
    assert_step(&context, sample_of("none", CHAT_END_STOP), "none\v", false);
}

/* Indentation, fences and empty lines are the model's: what is sent back is what it wrote. */
Test(step, joins_to_the_same_text)
{
    static const char *const pieces[] = {"We write:", "```python\ndef f(xs):\n    total = 0",
                                         "\n    for x in xs:\n\t\ttotal += x  ",
                                         "    return total\n```", "  - so\r\n    it is"};
    struct crux_step steps[5];
    struct chat_proposals made[5];
    char whole[200] = "";

    for (size_t i = 0; i < 5; i++) {
        struct chat_context context = context_of(&paragraphs);
        struct chat_sample sample = sample_of(pieces[i], CHAT_END_STOP);

        context.last = i == 0 ? NULL : &steps[i - 1];
        cr_assert_eq(chat_steps_of(&made[i], &context, &sample, 1, NULL), CRUX_OK);
        cr_assert_eq(made[i].count, 1);
        steps[i] = step_after(context.last, made[i].items[0].text);
        (void)strcat(strcat(whole, pieces[i]), "\n\n");
        assert_joined(&paragraphs, &steps[i], true, whole);
    }
    for (size_t i = 0; i < 5; i++)
        chat_steps_free(&made[i]);
}

/* A stop string that ends a sentence is put back where the server has cut it off, unless the
 * answer was complete. */
Test(step, ends_with_its_own_stop)
{
    static const struct chat_boundary sentences = {.stops = {". "}, .count = 1};
    struct chat_context context = context_of(&sentences);

    assert_step(&context, sample_of("4 + 5 is 9", CHAT_END_STOP), "4 + 5 is 9. ", false);
    assert_step(&context, sample_of("4 + 5 is 9. ", CHAT_END_STOP), "4 + 5 is 9. ", false);
    assert_step(&context, sample_of("4 + 5 is 9", CHAT_END_EITHER), "4 + 5 is 9. ", false);
    assert_step(&context, sample_of("The answer is 9", CHAT_END_EITHER), "The answer is 9", true);
    assert_step(&context, sample_of("4 + 5 is 9", CHAT_END_TEXT), "4 + 5 is 9", true);
}

/* The beginning that was given is put back, unless the server's text has it. */
Test(step, begins_as_marked)
{
    struct chat_context context = context_of(&marked);

    assert_step(&context, sample_of("1: 4 + 5\nStep ", CHAT_END_STOP), "Step 1: 4 + 5", false);
    assert_step(&context, sample_of(" Step 2: so", CHAT_END_STOP), "Step 2: so", false);
    assert_step(&context, sample_of("a", CHAT_END_STOP), "Step a", false);
}

/* Blanks behind the mark are the model's own, and on route next nothing was given. */
Test(step, begins_with_its_own_blanks)
{
    static const struct chat_boundary bare = {.stops = {"\n\nStep"}, .count = 1};
    struct crux_step one = step_after(NULL, "Step 1: a");
    struct chat_context context = context_of(&bare);

    context.last = &one;
    assert_joined(&bare, &one, true, "Step 1: a\n\nStep");
    assert_step(&context, sample_of(" 2: b", CHAT_END_STOP), "Step 2: b", false);
    assert_step(&context, sample_of("\n\nStep 2: b\n\nStep", CHAT_END_STOP), "Step 2: b", false);
    context.route = CHAT_NEXT;
    assert_step(&context, sample_of("b", CHAT_END_STOP), "b", false);
    assert_step(&context, sample_of("Step 2: b", CHAT_END_STOP), "Step 2: b", false);
}

/* Of several marks the model writes its own, behind the first step. */
Test(step, begins_with_a_mark_of_its_own)
{
    struct crux_step one = step_after(NULL, "Step 1: a");
    struct chat_context context = context_of(&marked);

    context.last = &one;
    assert_step(&context, sample_of("Answer: 9\nStep ", CHAT_END_STOP), "Answer: 9", false);
    assert_step(&context, sample_of("Step 2: b", CHAT_END_STOP), "Step 2: b", false);
}

/* A turn that the server repeats is cut off, with or without the blanks at its end; blanks alone
 * are no turn. */
Test(step, repeated_turn)
{
    struct chat_context context = context_of(&paragraphs);

    context.given = "First.\n\n";
    assert_step(&context, sample_of("First.\n\nThen.", CHAT_END_STOP), "Then.", false);
    assert_step(&context, sample_of("First. Then.", CHAT_END_STOP), "Then.", false);
    assert_step(&context, sample_of("Then.", CHAT_END_STOP), "Then.", false);
    context.given = " ";
    assert_step(&context, sample_of(" x", CHAT_END_STOP), " x", false);
}

/* Thoughts are no step; thoughts without an end leave nothing. */
Test(step, thoughts)
{
    struct chat_context context = context_of(&paragraphs);

    assert_step(&context, sample_of("<think>a\n\nb</think>\n\nc", CHAT_END_STOP), "c", false);
    assert_step(&context, sample_of("<think>a</think>\n\n    c", CHAT_END_STOP), "    c", false);
    assert_step(&context, sample_of("a</think> b </think> c", CHAT_END_STOP), "c", false);
    assert_step(&context, sample_of("\n<think>hm", CHAT_END_LENGTH), NULL, false);
}

/* The step that ends the thoughts is one, for else none could go on behind it, and thoughts that
 * are steps already are not cut in the middle. */
Test(step, thoughts_that_end_with_it)
{
    struct crux_step one = step_after(NULL, "Okay, a sum.");
    struct chat_context context = context_of(&paragraphs);

    assert_step(&context, sample_of("<think>\na\n</think>\n\n", CHAT_END_STOP),
                "<think>\va\v</think>", false);
    assert_step(&context, sample_of("a</think>", CHAT_END_TEXT), NULL, false);
    context.last = &one;
    assert_step(&context, sample_of("That is 9.\n</think>", CHAT_END_STOP), "That is 9.\v</think>",
                false);
    assert_step(&context, sample_of("That is 9.\n</think>\nSo 9.", CHAT_END_TEXT),
                "That is 9.\v</think>\vSo 9.", true);
    context.kind = CRUX_ANSWER;
    assert_step(&context, sample_of("Nine.\n</think>\n\nSo 9.", CHAT_END_TEXT),
                "Nine.\v</think>\nSo 9.", true);
}

static unsigned thoughts_seen(const struct chat_context *context, struct chat_sample sample)
{
    struct chat_proposals made;
    unsigned seen;

    cr_assert_eq(chat_steps_of(&made, context, &sample, 1, NULL), CRUX_OK);
    seen = made.thoughts;
    chat_steps_free(&made);
    return seen;
}

/* What was seen of thoughts is reported: cut off, left out, or steps. */
Test(step, thoughts_are_told)
{
    struct chat_context context = context_of(&paragraphs);
    struct chat_sample apart = sample_of("", CHAT_END_STOP);

    apart.reasoning = "Okay.\n\n";
    cr_assert_eq(thoughts_seen(&context, apart), THOUGHTS_CUT);
    apart.text = "c";
    cr_assert_eq(thoughts_seen(&context, apart), THOUGHTS_LEFT);
    cr_assert_eq(thoughts_seen(&context, sample_of("<think>\nOkay,", CHAT_END_STOP)), THOUGHTS_CUT);
    cr_assert_eq(thoughts_seen(&context, sample_of("<think>a</think>b", CHAT_END_STOP)),
                 THOUGHTS_LEFT);
    cr_assert_eq(thoughts_seen(&context, sample_of("<think>a</think>", CHAT_END_STOP)),
                 THOUGHTS_STEPS);
    cr_assert_eq(thoughts_seen(&context, sample_of("a", CHAT_END_STOP)), 0);
}

/* As steps, thoughts are text; those that came apart stand in marks, the first one where they
 * begin. */
Test(step, thoughts_as_steps)
{
    struct crux_step one = step_after(NULL, "<think>\vOkay.");
    struct chat_context context = context_of(&paragraphs);
    struct chat_sample apart = sample_of("", CHAT_END_STOP);

    context.thoughts_are_steps = true;
    assert_step(&context, sample_of("<think>\nOkay,\n\n", CHAT_END_STOP), "<think>\vOkay,", false);
    apart.reasoning = "Okay.\n\n";
    assert_step(&context, apart, "<think>\vOkay.", false);
    context.last = &one;
    assert_step(&context, apart, "Okay.", false);
    context.kind = CRUX_ANSWER;
    apart.reasoning = "Let me add.";
    apart.text = "So 9.";
    apart.end = CHAT_END_TEXT;
    assert_step(&context, apart, "Let me add.\v</think>\nSo 9.", true);
    cr_assert_eq(thoughts_seen(&context, apart), 0);
}

static void assert_thoughts(const struct chat_context *context, struct chat_sample sample,
                            const char *want)
{
    char *thoughts = NULL;

    cr_assert_eq(chat_steps_thoughts(&thoughts, context, &sample, NULL), CRUX_OK);
    cr_expect_str_eq(thoughts, want, "`%s` of `%s`", thoughts, sample.text);
    free(thoughts);
}

/* What a step was dropped from is told byte for byte, without the marks around it; what is a step,
 * or what the server repeats, is no thought. */
Test(step, thoughts_kept_aside)
{
    struct crux_step one = step_after(NULL, "Okay, a sum.");
    struct chat_context context = context_of(&paragraphs);
    struct chat_sample apart = sample_of("c", CHAT_END_STOP);

    assert_thoughts(&context, sample_of("<think>\na\n\n b\v\r\n</think>\n\nc", CHAT_END_STOP),
                    "\na\n\n b\v\r\n");
    assert_thoughts(&context, sample_of("a</think> b </think> c", CHAT_END_STOP), "a</think> b ");
    assert_thoughts(&context, sample_of("Well.<think>a</think>c", CHAT_END_STOP), "Well.<think>a");
    assert_thoughts(&context, sample_of("\n<think>hm", CHAT_END_TEXT), "hm");
    assert_thoughts(&context, sample_of("<think>\n\n</think>\n\nc", CHAT_END_STOP), "");
    assert_thoughts(&context, sample_of("<think>a</think>\n\n", CHAT_END_STOP), "");
    assert_thoughts(&context, sample_of("c", CHAT_END_STOP), "");
    apart.reasoning = "\nHm.\n\nSo c.\n";
    assert_thoughts(&context, apart, "\nHm.\n\nSo c.\n");
    apart.text = "<think>b</think>c";
    assert_thoughts(&context, apart, "\nHm.\n\nSo c.\n\nb");
    apart.text = "";
    assert_thoughts(&context, apart, "\nHm.\n\nSo c.\n");
    context.last = &one;
    assert_thoughts(&context, sample_of("That is 9.\n</think>", CHAT_END_STOP), "");
    context.given = "Okay, a sum.\n\n";
    assert_thoughts(&context, sample_of("Okay, a sum.\n\n<think>b</think>c", CHAT_END_STOP), "b");
}

/* Each step has its sample's mark for an origin; of samples that say the same, the first one's. */
Test(step, origins)
{
    struct chat_context context = context_of(&paragraphs);
    struct chat_sample samples[] = {sample_of("a", CHAT_END_STOP), sample_of("b", CHAT_END_STOP),
                                    sample_of(" a", CHAT_END_STOP)};
    struct chat_proposals made;

    for (int i = 0; i < 3; i++)
        samples[i].mark = 7 + (uint64_t)i;
    cr_assert_eq(chat_steps_of(&made, &context, samples, 3, NULL), CRUX_OK);
    cr_assert_eq(made.count, 2);
    cr_assert_eq(made.items[0].origin, 7);
    cr_assert_eq(made.items[1].origin, 8);
    chat_steps_free(&made);
}

/* Complete is what the model ended, or what has a final text where that is not known; on route
 * next the end of a message is not the end. */
Test(step, terminal)
{
    struct chat_context context = context_of(&paragraphs);

    assert_step(&context, sample_of("So 9.", CHAT_END_TEXT), "So 9.", true);
    assert_step(&context, sample_of("So 9.", CHAT_END_EITHER), "So 9.", false);
    assert_step(&context, sample_of("\\boxed{9}.", CHAT_END_EITHER), "\\boxed{9}.", true);
    assert_step(&context, sample_of("The ANSWER is 9", CHAT_END_STOP), "The ANSWER is 9", true);
    assert_step(&context, sample_of("#### 9", CHAT_END_EITHER), "#### 9", true);
    context.route = CHAT_NEXT;
    assert_step(&context, sample_of("So 9.", CHAT_END_TEXT), "So 9.", false);
    assert_step(&context, sample_of("\\boxed{9}", CHAT_END_TEXT), "\\boxed{9}", true);
}

/* What was cut short is not proposed, whatever it says. */
Test(step, cut)
{
    struct chat_context context = context_of(&paragraphs);

    assert_step(&context, sample_of("It is \\boxed{9", CHAT_END_LENGTH), NULL, false);
    assert_step(&context, sample_of("It is 9", CHAT_END_BROKEN), NULL, false);
}

/* With a cap a step is what came, to the last blank, and at the cap nothing is cut short. A stop
 * that ended it is put back, for the text must go on behind it. */
Test(step, capped)
{
    struct chat_context context = context_of(&capped);

    assert_step(&context, sample_of(" 4 +\n", CHAT_END_LENGTH), " 4 +\v", false);
    assert_step(&context, sample_of(" 9.", CHAT_END_TEXT), " 9.", true);
    assert_step(&context, sample_of("\\boxed{9", CHAT_END_LENGTH), "\\boxed{9", false);
    context.boundary = &both;
    assert_step(&context, sample_of("a", CHAT_END_STOP), "a\v\v", false);
    assert_step(&context, sample_of("a\n\n", CHAT_END_STOP), "a\v\v", false);
    assert_step(&context, sample_of("a\n\nb", CHAT_END_LENGTH), "a\v\v", false);
    assert_step(&context, sample_of("", CHAT_END_LENGTH), NULL, false);
}

/* A block of code is complete where it ends, on whichever step it began. */
Test(step, closes_a_block_of_code)
{
    struct chat_prompt *code = NULL;
    struct crux_step open = step_after(NULL, "```python\vdef f():");
    struct chat_context context = context_of(&paragraphs);

    cr_assert_eq(chat_prompt_open(&code, "code", NULL), CRUX_OK);
    context.prompt = code;
    assert_step(&context, sample_of("```\ndef f():", CHAT_END_EITHER), "```\vdef f():", false);
    assert_step(&context, sample_of("```\nx\n```", CHAT_END_EITHER), "```\vx\v```", true);
    assert_step(&context, sample_of("plain", CHAT_END_EITHER), "plain", false);
    context.last = &open;
    assert_step(&context, sample_of("return 1\n```", CHAT_END_EITHER), "return 1\v```", true);
    assert_step(&context, sample_of("return 1", CHAT_END_EITHER), "return 1", false);
    chat_prompt_close(code);
}
