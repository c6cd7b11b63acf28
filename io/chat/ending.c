/*
 * ending.c - one table of exact words, and one of pieces of words.
 */
#include "io/chat/ending.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *word;
    struct chat_ending ending;
} exact[] = {
    {"stop", {CHAT_END_EITHER, false, true}},
    {"length", {CHAT_END_LENGTH, false, true}},
    {"eos_token", {CHAT_END_TEXT, false, true}},
    {"stop_sequence", {CHAT_END_STOP, false, true}},
};

/* In any case, anywhere in the word. */
static const struct {
    const char *piece;
    struct chat_ending ending;
} pieces[] = {
    {"length", {CHAT_END_LENGTH, false, true}},
    {"max_", {CHAT_END_LENGTH, false, true}},
    {"maxtoken", {CHAT_END_LENGTH, false, true}},
    {"token_limit", {CHAT_END_LENGTH, false, true}},
    {"context_window", {CHAT_END_LENGTH, false, true}},
    {"filter", {CHAT_END_BROKEN, true, true}},
    {"safety", {CHAT_END_BROKEN, true, true}},
    {"moderat", {CHAT_END_BROKEN, true, true}},
    {"sensitive", {CHAT_END_BROKEN, true, true}},
    {"prohibited", {CHAT_END_BROKEN, true, true}},
    {"blocklist", {CHAT_END_BROKEN, true, true}},
    {"blocked", {CHAT_END_BROKEN, true, true}},
    {"recitation", {CHAT_END_BROKEN, true, true}},
    {"spii", {CHAT_END_BROKEN, true, true}},
    {"refus", {CHAT_END_BROKEN, true, true}},
    {"error", {CHAT_END_BROKEN, false, true}},
    {"abort", {CHAT_END_BROKEN, false, true}},
    {"cancel", {CHAT_END_BROKEN, false, true}},
    {"interrupt", {CHAT_END_BROKEN, false, true}},
    {"timeout", {CHAT_END_BROKEN, false, true}},
    {"insufficient", {CHAT_END_BROKEN, false, true}}, /* _system_resource, says DeepSeek */
};

struct chat_ending chat_ending_read(const char *word)
{
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
        if (strcmp(word, exact[i].word) == 0)
            return exact[i].ending;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        if (strcasestr(word, pieces[i].piece) != NULL)
            return pieces[i].ending;
    return (struct chat_ending){CHAT_END_EITHER, false, false};
}

bool chat_ending_is_reason(const char *word)
{
    static const char *const reasons[] = {"",    "stop",      "end",           "end_turn",
                                          "eos", "eos_token", "stop_sequence", "none"};

    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (strcasecmp(word, reasons[i]) == 0)
            return true;
    return false;
}
