/*
 * test_chat_family.c - what chat/steps.h promises of several samples together, which are a family
 * of steps, and of samples that are whole answers.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "tests/world/heap.h"
#include "tests/world/steps_suite.h"

/* --- a family --------------------------------------------------------------------- */

TestSuite(family, .init = open_prompt, .fini = close_prompt);

/* With log-probabilities a step weighs as much as a token of it is likely on average, however
 * often it came. */
Test(family, weighs_by_log_probability)
{
    struct chat_context context = context_of(&paragraphs);
    struct chat_sample samples[] = {sample_of("a", CHAT_END_STOP), sample_of("b", CHAT_END_STOP),
                                    sample_of(" a", CHAT_END_STOP)};
    struct chat_proposals made;

    for (int i = 0; i < 3; i++)
        samples[i].has_logprob = true;
    samples[0].logprob = samples[2].logprob = -0.5;
    samples[1].logprob = -2.0;
    cr_assert_eq(chat_steps_of(&made, &context, samples, 3, NULL), CRUX_OK);
    cr_assert_eq(made.count, 2);
    cr_assert_float_eq(made.items[0].prior, exp(-0.5), 1e-6);
    cr_assert_float_eq(made.items[1].prior, exp(-2.0), 1e-6);
    cr_assert_float_eq(made.items[0].logprob, -0.5, 1e-6);
    chat_steps_free(&made);
}

/* Without them it weighs as many as said it; if one who says so had no more to say it is the last.
 */
Test(family, weighs_by_votes)
{
    struct chat_context context = context_of(&paragraphs);
    const struct chat_sample samples[] = {
        sample_of("a", CHAT_END_STOP), sample_of("b", CHAT_END_STOP), sample_of("a", CHAT_END_TEXT),
        sample_of("", CHAT_END_TEXT)};
    struct chat_proposals made;

    cr_assert_eq(chat_steps_of(&made, &context, samples, 4, NULL), CRUX_OK);
    cr_assert_eq(made.count, 2);
    cr_assert_float_eq(made.items[0].prior, 2.0, 1e-6);
    cr_assert_float_eq(made.items[1].prior, 1.0, 1e-6);
    cr_assert(made.items[0].terminal);
    chat_steps_free(&made);
}

/* Siblings that differ in blanks at their ends are one, with the first one's text. */
Test(family, blanks_make_no_difference)
{
    struct chat_context context = context_of(&paragraphs);
    const struct chat_sample samples[] = {sample_of("  a\n", CHAT_END_STOP),
                                          sample_of("a", CHAT_END_STOP),
                                          sample_of("a  b", CHAT_END_STOP)};
    struct chat_proposals made;

    cr_assert_eq(chat_steps_of(&made, &context, samples, 3, NULL), CRUX_OK);
    cr_assert_eq(made.count, 2);
    cr_assert_str_eq(made.items[0].text, "  a\v");
    cr_assert_float_eq(made.items[0].prior, 2.0, 1e-6);
    chat_steps_free(&made);
}

/* A server repeats a turn in every sample or in none: what only one repeats, the model said. */
Test(family, only_a_server_repeats_turns)
{
    struct crux_step first = step_after(NULL, "Add.");
    struct chat_context context = context_of(&paragraphs);
    const struct chat_sample samples[] = {sample_of("Add.\n\na", CHAT_END_TEXT),
                                          sample_of("b", CHAT_END_STOP)};
    struct chat_proposals made;

    context.last = &first;
    context.given = "Add.\n\n";
    cr_assert_eq(chat_steps_of(&made, &context, samples, 2, NULL), CRUX_OK);
    cr_assert_str_eq(made.items[0].text, "Add.");
    chat_steps_free(&made);
    cr_assert_eq(chat_steps_of(&made, &context, samples, 1, NULL), CRUX_OK);
    cr_assert_str_eq(made.items[0].text, "a");
    chat_steps_free(&made);
}

/* Of a family only those that are whole are there. */
Test(family, without_those_that_were_cut)
{
    struct chat_context context = context_of(&paragraphs);
    const struct chat_sample samples[] = {sample_of("a", CHAT_END_LENGTH),
                                          sample_of("b", CHAT_END_STOP),
                                          sample_of("a", CHAT_END_BROKEN)};
    struct chat_proposals made;

    cr_assert_eq(chat_steps_of(&made, &context, samples, 3, NULL), CRUX_OK);
    cr_assert_eq(made.count, 1);
    cr_assert_str_eq(made.items[0].text, "b");
    chat_steps_free(&made);
}

/* Without memory nothing is made, and that is said. */
Test(family, no_memory)
{
    struct chat_context context = context_of(&paragraphs);
    struct chat_sample sample = sample_of("a", CHAT_END_TEXT);
    struct crux_step step = step_after(NULL, "a");
    struct mustache_scope *scopes = NULL;
    struct chat_proposals made = {.count = 77};
    size_t count;
    char *text;
    int status;

    if (!heap_can_fail())
        return;
    heap_fail(1);
    status = chat_steps_of(&made, &context, &sample, 1, NULL);
    heap_fail(0);
    cr_assert_eq(status, CRUX_MEMORY);
    cr_assert_eq(made.count, 77);
    heap_fail(1);
    status = chat_steps_list(&step, &scopes, &count);
    heap_fail(0);
    cr_assert_eq(status, CRUX_MEMORY);
    heap_fail(1);
    text = chat_steps_join(&paragraphs, &step, true);
    heap_fail(0);
    cr_assert_null(text);
}

/* --- answers ---------------------------------------------------------------------- */

TestSuite(answer, .init = open_prompt, .fini = close_prompt);

static struct chat_context answer_context(const struct chat_boundary *boundary)
{
    struct chat_context context = context_of(boundary);

    context.kind = CRUX_ANSWER;
    return context;
}

/* A line is a step, however many empty lines are between two; breaks inside stay. */
Test(answer, lines_are_steps)
{
    struct chat_context context = answer_context(&paragraphs);

    assert_step(&context, sample_of("\n\na\nb\n\n\n\nc \n\n", CHAT_END_TEXT),
                "\v\va\vb\n\v\vc \v\v", true);
    assert_step(&context, sample_of(" a\n\n\tb\r\n\n\vc", CHAT_END_TEXT), " a\n\tb\r\n\vc", true);
    context = answer_context(&marked);
    assert_step(&context, sample_of("1: a\nStep 2: b\nAnswer: c", CHAT_END_TEXT),
                "Step 1: a\nStep 2: b\nAnswer: c", true);
}

/* Nothing more to say is an answer; of one that was cut short the last line is left out. */
Test(answer, empty_and_cut)
{
    struct chat_context context = answer_context(&paragraphs);

    assert_step(&context, sample_of("", CHAT_END_TEXT), "", true);
    assert_step(&context, sample_of("a\n\nb", CHAT_END_LENGTH), "a", true);
    assert_step(&context, sample_of("<think>", CHAT_END_LENGTH), "", true);
}

/* What a model writes behind its final answer is none of it, however that ended. */
Test(answer, ends_with_what_is_final)
{
    struct chat_context context = answer_context(&paragraphs);

    assert_step(&context, sample_of("a\n\nThe answer is \\boxed{5}.\n\nBut\n\nno", CHAT_END_LENGTH),
                "a\nThe answer is \\boxed{5}.", true);
    assert_step(&context, sample_of("a\n\nThe answer is \\boxed{5}", CHAT_END_LENGTH), "a", true);
}

/* An answer that ended by itself is read to its end, whatever it says on its way. */
Test(answer, is_read_to_its_end)
{
    struct chat_context context = answer_context(&paragraphs);

    assert_step(&context,
                sample_of("It has \\boxed{7}.\n\n#### Step 1\n\nThe answer is 8.\n\nNo:\n\n"
                          "The answer is \\boxed{9}.",
                          CHAT_END_TEXT),
                "It has \\boxed{7}.\n#### Step 1\nThe answer is 8.\nNo:\nThe answer is \\boxed{9}.",
                true);
    assert_step(
        &context,
        sample_of("The answer is 9.\n\nQuestion: 1 + 1?\n\nThe answer is 2.", CHAT_END_TEXT),
        "The answer is 9.", true);
    assert_step(&context, sample_of("It has \\boxed{7}.\n\nThe answer is 9", CHAT_END_LENGTH),
                "It has \\boxed{7}.", true);
}

/* Answers that say the same are votes, each of them. */
Test(answer, none_is_merged)
{
    struct chat_context context = answer_context(&paragraphs);
    const struct chat_sample samples[] = {sample_of("a", CHAT_END_TEXT),
                                          sample_of("a", CHAT_END_TEXT)};
    struct chat_proposals made;

    cr_assert_eq(chat_steps_of(&made, &context, samples, 2, NULL), CRUX_OK);
    cr_assert_eq(made.count, 2);
    cr_assert_str_eq(made.items[1].text, "a");
    chat_steps_free(&made);
}

/* With a cap an answer is cut where that number of tokens ends, where that is known, and is the
 * same text again when it is joined. */
Test(answer, capped)
{
    struct chat_context context = answer_context(&capped);
    struct chat_sample sample = sample_of("4 +\n5 = 9", CHAT_END_TEXT);
    uint32_t cuts[] = {2, 4, 6};

    assert_step(&context, sample, "4 +\v5 = 9", true);
    sample.cuts = cuts;
    sample.cut_count = 3;
    assert_step(&context, sample, "4 \n+\v\n5 \n= 9", true);
    context.given = "4 +";
    assert_step(&context, sample, "\v\n5 \n= 9", true);
    sample.end = CHAT_END_LENGTH;
    assert_step(&context, sample, "\v\n5 ", true);
}

/* However many steps begin with a mark, there is room for it. */
Test(answer, room_for_beginnings)
{
    static const struct chat_boundary boundary = {.stops = {"\nA long beginning ", ";"},
                                                  .count = 2};
    struct chat_context context = answer_context(&boundary);
    struct chat_sample samples[3];
    struct chat_proposals made;
    char text[200];

    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = i % 2 == 0 ? 'x' : ';';
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 3; i++)
        samples[i] = sample_of(text, CHAT_END_TEXT);
    cr_assert_eq(chat_steps_of(&made, &context, samples, 3, NULL), CRUX_OK);
    cr_assert_eq(made.count, 3);
    cr_assert_eq(strncmp(made.items[2].text, "A long beginning x;\nx;\nx;", 25), 0);
    chat_steps_free(&made);
}
