/*
 * answer.h - what the fake model replies, as one body or as a stream, sound or spoiled.
 *
 * Edits of a right answer ("edit" of a script):
 *     null_content empty no_choices fewer more no_finish length no_usage negative_usage
 *     prompt_usage huge_usage nan bad_utf8 wrong_model wrong_id same_index error
 *     null_error text_error
 * Spoiled streams ("sse"):
 *     plain (nothing is wrong but that nobody asked for a stream) error no_done
 *     no_finish comments crlf cr bom duplicate reorder
 */
#ifndef TESTS_WORLD_SERVER_ANSWER_H
#define TESTS_WORLD_SERVER_ANSWER_H

#include "tests/world/server/ask.h"
#include "tests/world/server/prefixes.h"

struct answer {
    const struct model *model;
    const struct ask *ask;
    uint64_t ordinal;          /* makes the id */
    struct prefixes *prefixes; /* what is written is remembered there */
    uint32_t cached;           /* tokens of the prompt that were known */
    const char *edit;          /* NULL: none */
    const char *sse;           /* NULL: none */
};

void answer_write(struct text *body, const struct answer *answer);
void answer_stream(struct text *body, const struct answer *answer);

/* An error in the shape of the kind of server. */
void answer_refusal(struct text *body, const struct model *model, const struct refusal *why);

#endif
