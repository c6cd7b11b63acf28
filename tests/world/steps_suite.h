/*
 * steps_suite.h - what the suites of chat/steps.h share, for Criterion: boundaries, samples, and
 * what becomes of one. Every program that includes this has its own.
 */
#ifndef TESTS_WORLD_STEPS_SUITE_H
#define TESTS_WORLD_STEPS_SUITE_H

#include "policies/chat/steps.h"
#include "search/reply.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct chat_boundary paragraphs = {.stops = {"\n\n"}, .count = 1};
static const struct chat_boundary marked = {.stops = {"\nStep ", "\nAnswer: "}, .count = 2};
static const struct chat_boundary capped = {.cap = 30};
static const struct chat_boundary both = {.stops = {"\n\n"}, .count = 1, .cap = 30};

static inline struct crux_step step_after(const struct crux_step *previous, const char *text)
{
    return (struct crux_step){.previous = previous,
                              .text = text,
                              .length = (uint32_t)strlen(text),
                              .depth = previous == NULL ? 1 : previous->depth + 1};
}

static struct chat_prompt *prompt;

static inline void open_prompt(void)
{
    cr_assert_eq(chat_prompt_open(&prompt, "math", NULL), CRUX_OK);
}

static inline void close_prompt(void)
{
    chat_prompt_close(prompt);
}

static inline struct chat_context context_of(const struct chat_boundary *boundary)
{
    return (struct chat_context){.boundary = boundary, .prompt = prompt, .given = ""};
}

static inline struct chat_sample sample_of(const char *text, enum chat_end end)
{
    return (struct chat_sample){.text = text, .reasoning = "", .end = end, .tokens = 5};
}

/* What becomes of one sample. text NULL: nothing. */
static inline void assert_step(const struct chat_context *context, struct chat_sample sample,
                               const char *text, bool terminal)
{
    struct chat_proposals made;

    cr_assert_eq(chat_steps_of(&made, context, &sample, 1, NULL), CRUX_OK);
    cr_assert_eq(made.count, text != NULL, "`%s`", sample.text);
    if (text != NULL) {
        cr_assert_str_eq(made.items[0].text, text);
        cr_assert(reply_is_text(made.items[0].text, context->kind == CRUX_ANSWER));
        cr_assert_eq(made.items[0].terminal, terminal, "`%s`", text);
        cr_assert_eq(made.items[0].tokens, 5);
    }
    chat_steps_free(&made);
}

#endif
