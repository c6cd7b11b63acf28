/*
 * reply_suite.h - what the suites of chat/reply.h share, for Criterion: a body is split and its
 * samples read, or it is refused with a sentence.
 */
#ifndef TESTS_WORLD_REPLY_SUITE_H
#define TESTS_WORLD_REPLY_SUITE_H

#include "io/chat/reply.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static inline struct chat_expected asked_of(enum chat_kind kind, uint32_t count)
{
    return (struct chat_expected){.profile = &chat_profiles[kind], .count = count, .stops = true};
}

static inline struct chat_split split_of(const struct chat_expected *asked, const char *body)
{
    struct crux_error error = {""};
    struct chat_split split;
    size_t length = strlen(body);
    char *copy = malloc(length + 1); /* exactly so long, for AddressSanitizer */

    cr_assert_not_null(copy);
    memcpy(copy, body, length);
    cr_assert_eq(chat_reply_split(&split, asked, copy, length, &error), CRUX_OK, "%s: %.300s",
                 error.text, body);
    free(copy);
    return split;
}

static inline struct chat_sample sample_of(const struct chat_split *split, uint32_t index)
{
    struct crux_error error = {""};
    struct chat_sample sample;

    cr_assert_lt(index, split->count);
    cr_assert_eq(
        chat_reply_read(&sample, split->samples[index], strlen(split->samples[index]), &error),
        CRUX_OK, "%s", error.text);
    return sample;
}

/* As many samples as were asked for. */
static inline struct chat_split whole(const struct chat_expected *asked, const char *body)
{
    struct chat_split split = split_of(asked, body);

    cr_assert_eq(split.count, asked->count);
    return split;
}

/* The only sample of a body; the caller frees it. */
static inline struct chat_sample only(const struct chat_expected *asked, const char *body,
                                      struct chat_usage *usage)
{
    struct chat_split split = whole(asked, body);
    struct chat_sample sample = sample_of(&split, 0);

    if (usage != NULL)
        *usage = split.usage;
    chat_split_free(&split);
    return sample;
}

/* The first sample's text and thoughts. */
static inline void assert_says(const char *body, const char *text, const char *thoughts)
{
    const struct chat_expected asked = asked_of(CHAT_GENERIC, 1);
    struct chat_split split = split_of(&asked, body);
    struct chat_sample sample = sample_of(&split, 0);

    cr_expect_str_eq(sample.text, text, "%s: `%s`", body, sample.text);
    cr_expect_str_eq(sample.reasoning, thoughts, "%s: `%s`", body, sample.reasoning);
    chat_sample_free(&sample);
    chat_split_free(&split);
}

static inline struct chat_split assert_refused(const struct chat_expected *asked, const char *body,
                                               const char *sentence)
{
    struct chat_split split;
    struct crux_error error = {""};

    cr_assert_eq(chat_reply_split(&split, asked, body, strlen(body), &error), CRUX_FAILED, "%s",
                 body);
    cr_assert_str_eq(error.text, sentence);
    cr_assert(split.count == 0 && split.samples == NULL && split.tokens == NULL);
    return split;
}

/* count times a piece, between a head and a tail; the caller frees it. */
static inline char *repeated(const char *head, const char *piece, size_t count, const char *tail)
{
    size_t length = strlen(piece);
    char *body = malloc(strlen(head) + count * length + strlen(tail) + 1), *at;

    cr_assert_not_null(body);
    at = stpcpy(body, head);
    for (size_t i = 0; i < count; i++)
        at = mempcpy(at, piece, length);
    (void)strcpy(at, tail);
    return body;
}

#endif
