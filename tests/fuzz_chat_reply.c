/*
 * fuzz_chat_reply.c - any bytes are a model server's answer or a sentence.
 *
 * What is cut into samples is read back, and becomes steps that a search can take. The first
 * byte chooses the kind of server, and how it was asked.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "policies/chat/steps.h"
#include "search/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct chat_prompt *prompt;

static void insist_steps(const struct chat_sample *sample, uint8_t choice)
{
    static const struct chat_boundary boundaries[] = {
        {.stops = {"\n\n"}, .count = 1}, {.stops = {"\nStep ", "!"}, .count = 2}, {.cap = 3}};
    const struct chat_context context = {.boundary = &boundaries[choice % 3],
                                         .prompt = prompt,
                                         .given = choice % 2 == 0 ? "" : "a\n\n",
                                         .kind = choice & 0x40 ? CRUX_ANSWER : CRUX_STEP};
    struct chat_proposals made;

    if (chat_steps_of(&made, &context, sample, 1, NULL) != CRUX_OK || made.count > 1)
        abort();
    for (uint32_t i = 0; i < made.count; i++)
        if (!reply_is_text(made.items[i].text, context.kind == CRUX_ANSWER) ||
            !isfinite(made.items[i].prior) || made.items[i].prior < 0.0F ||
            !isfinite(made.items[i].logprob))
            abort();
    chat_steps_free(&made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t choice = size == 0 ? 0 : data[0];
    const struct chat_expected asked = {.profile = &chat_profiles[choice % CHAT_KINDS],
                                        .count = 1 + choice / 64u,
                                        .stops = choice % 2 == 0,
                                        .cap = choice % 3};
    struct chat_split split = {.count = 0};
    struct crux_error error = {""};

    if (prompt == NULL && chat_prompt_open(&prompt, "math", NULL) != CRUX_OK)
        abort();
    if (size == 0)
        return 0;
    if (chat_reply_split(&split, &asked, (const char *)data + 1, size - 1, &error) != CRUX_OK) {
        if (split.count != 0 || error.text[0] == '\0')
            abort();
        return 0;
    }
    for (uint32_t i = 0; i < split.count; i++) {
        struct chat_sample sample;

        if (chat_reply_read(&sample, split.samples[i], strlen(split.samples[i]), NULL) != CRUX_OK)
            abort();
        insist_steps(&sample, choice);
        chat_sample_free(&sample);
    }
    chat_split_free(&split);
    return 0;
}
