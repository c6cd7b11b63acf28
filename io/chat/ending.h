/*
 * ending.h - the words that servers have for why a text ended, and what they mean.
 *
 * OpenAI has three, its imitators many more, and new ones appear. Those that say that a text was
 * cut or broken are known by what they have in common (length, max_tokens, ...; filter, error,
 * abort, ...). Any other word, and none at all, is taken for an end in order, `stop`: a text that
 * came is the answer. Whoever reads it is told which were not known.
 *
 * Pure; any thread.
 */
#ifndef IO_CHAT_ENDING_H
#define IO_CHAT_ENDING_H

#include "io/chat/reply.h"

struct chat_ending {
    enum chat_end end; /* CHAT_END_EITHER: as `stop` */
    bool filtered;     /* BROKEN by a filter, whose verdict would be the same again */
    bool known;
};

/* word: as it stands in the JSON, without its quotes; "": null, or no such member. */
struct chat_ending chat_ending_read(const char *word);

/* What a string in the member stop_hit says where it is no stop string: nothing. Some servers
 * write their reason there once more. */
bool chat_ending_is_reason(const char *word);

#endif
