/*
 * choice.h - one choice of a server's reply: its text, its thoughts, why it ended, how likely it
 * was.
 *
 * Of a choice's JSON only the values that are needed meet a parser, each by itself.
 *
 * Ownership. A choice owns what it holds until chat_choice_free(); its pieces point into the body.
 * Threads.   Pure; any thread.
 * Errors.    CRUX_FAILED: its text is longer than it may be; CRUX_MEMORY.
 */
#ifndef IO_CHAT_CHOICE_H
#define IO_CHAT_CHOICE_H

#include "io/chat/reply.h"
#include "io/chat/words.h"
#include "io/json.h"

/* A choice, and what is known of it. */
struct chat_choice {
    struct skim index, finish, hit, logprobs, token_ids;
    struct chat_words words;
    const char *text, *reasoning;
    bool spoken; /* it has a text, be it "" */
    bool filtered;
    char word[CHAT_WORD]; /* the reason of its end */
    enum chat_end end;
    struct json *listed;       /* what was read of logprobs */
    struct json *ids;          /* the numbers of its tokens; NULL: they are not needed or listed */
    const struct json *tokens; /* in it: the log-probabilities, one of two shapes */
    bool chat_shape;
    uint32_t counted; /* of tokens; 0: they were not listed */
    double sum;
    double entropy; /* of the first token; below 0: unknown */
};

/* From an item of the array `choices`, whatever it is; *choice is zeroed before, and freed by the
 * caller also on failure. */
int chat_choice_read(struct chat_choice *choice, const struct chat_expected *expected,
                     struct skim item, struct crux_error *error);
void chat_choice_free(struct chat_choice *choice);

/* Has it something to say, be it "" or why there is nothing? */
bool chat_choice_is_one(const struct chat_choice *choice);

/* Find out why it ended; what that shows of the server is noted in *out. */
void chat_choice_find_end(struct chat_choice *choice, const struct chat_expected *expected,
                          struct chat_split *out);

/* An integer or a real. */
bool chat_choice_is_number(const struct json *value);

#endif
