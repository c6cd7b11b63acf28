/*
 * answer.c - writes the fake server's reply: every choice is made up, cut, and written at once.
 *
 * Nothing is kept between choices, so a reply to n costs n thoughts and no memory.
 */
#include "tests/world/server/answer.h"

#include "tests/world/server/brain.h"
#include "tests/world/server/facts.h"
#include "tests/world/server/verdict.h"

#include <string.h>

/* One choice, cut at a stop or a cap. */
struct choice {
    struct brain_reply *reply;
    uint32_t index, tokens; /* tokens that are left */
    size_t length;          /* bytes that are left */
    const char *stop;       /* the one that was hit; NULL: none */
    bool capped;
};

static bool is(const char *word, const char *other)
{
    return word != NULL && strcmp(word, other) == 0;
}

/* --- thinking ------------------------------------------------------------------------- */

static struct choice think(struct brain_reply *reply, const struct answer *answer, uint32_t index)
{
    const struct ask *ask = answer->ask;
    struct brain brain = {answer->model->skill, ask->greedy, ask->seed + index,
                          answer->model->result_first};
    struct choice choice = {.reply = reply, .index = index};

    if (critique_is_asked(ask->prompt.bytes))
        critique_think(reply, &brain, &answer->model->habits, ask->prompt.bytes,
                       ask->prompt.length);
    else if (ask->schema != NULL || (ask->listed > 1 && verdict_is_word(ask->prompt.bytes)))
        verdict_think(reply, &brain, ask->schema, ask->prompt.bytes, ask->prompt.length);
    else if (!ask->echo && mend_is_asked(ask->prompt.bytes))
        mend_think(reply, &brain, &answer->model->habits, ask->prompt.bytes, ask->prompt.length);
    else if (facts_is_asked(ask->prompt.bytes))
        facts_think(reply, &brain, ask->prompt.bytes);
    else
        brain_think(reply, &brain, ask->prompt.bytes, ask->prompt.length);
    choice.tokens = reply->count;
    choice.length = reply->text.length;
    if (choice.tokens > ask->tokens) {
        choice.tokens = ask->tokens;
        choice.length = choice.tokens == 0 ? 0 : reply->tokens[choice.tokens].start;
        choice.capped = true;
    }
    for (uint32_t i = 0; i < ask->stop_count; i++) {
        const char *hit =
            memmem(reply->text.bytes, choice.length, ask->stops[i], strlen(ask->stops[i]));

        if (hit == NULL || *ask->stops[i] == '\0')
            continue;
        choice.length = (size_t)(hit - reply->text.bytes);
        choice.stop = ask->stops[i];
        choice.capped = false;
    }
    if (ask->keep_stop && choice.stop != NULL)
        choice.length += strlen(choice.stop);
    while (choice.tokens > 0 && reply->tokens[choice.tokens - 1].start >= choice.length)
        choice.tokens--;
    return choice;
}

static const char *finish_of(const struct choice *choice)
{
    return choice->capped ? "length" : "stop";
}

/* --- one body ------------------------------------------------------------------------------ */

/* The likeliest tokens at a place, so many at most: a list of objects, or an object. A token of
 * which the model is sure has no others. */
static void write_likeliest(struct text *body, const struct choice *choice, uint32_t number,
                            uint32_t most, bool chat)
{
    const struct brain_token *token = &choice->reply->tokens[number];
    const struct odds_fork *fork = token->fork;
    uint32_t count = fork == NULL ? 1 : fork->count;

    text_say(body, chat ? "[" : "{");
    for (uint32_t i = 0; i < count && i < most; i++) {
        const char *bytes =
            fork == NULL ? choice->reply->text.bytes + token->start : fork->tokens[i].text;

        text_say(body, i == 0 ? "" : ",");
        text_say(body, chat ? "{\"token\":" : "");
        text_quote(body, bytes, fork == NULL ? token->length : strlen(bytes));
        text_print(body, chat ? ",\"logprob\":%.6f,\"bytes\":null}" : ":%.6f",
                   fork == NULL ? 0.0 : fork->tokens[i].logprob);
    }
    text_say(body, chat ? "]" : "}");
}

static void write_logprobs_chat(struct text *body, const struct choice *choice, uint32_t listed)
{
    text_say(body, "{\"content\":[");
    for (uint32_t i = 0; i < choice->tokens; i++) {
        const struct brain_token *token = &choice->reply->tokens[i];

        text_say(body, i == 0 ? "{\"token\":" : ",{\"token\":");
        text_quote(body, choice->reply->text.bytes + token->start, token->length);
        text_print(body,
                   ",\"logprob\":%.6f,\"bytes\":null,\"top_logprobs\":", (double)token->logprob);
        write_likeliest(body, choice, i, listed, true);
        text_say(body, "}");
    }
    text_say(body, "]}");
}

static void write_logprobs_text(struct text *body, const struct choice *choice, uint32_t listed,
                                bool nan)
{
    const struct brain_token *tokens = choice->reply->tokens;

    text_say(body, "{\"tokens\":[");
    for (uint32_t i = 0; i < choice->tokens; i++) {
        text_say(body, i == 0 ? "" : ",");
        text_quote(body, choice->reply->text.bytes + tokens[i].start, tokens[i].length);
    }
    text_say(body, "],\"token_logprobs\":[");
    for (uint32_t i = 0; i < choice->tokens; i++)
        text_print(body, nan ? "%sNaN" : "%s%.6f", i == 0 ? "" : ",", (double)tokens[i].logprob);
    text_say(body, listed == 0 ? "],\"top_logprobs\":null" : "],\"top_logprobs\":[");
    for (uint32_t i = 0; listed > 0 && i < choice->tokens; i++) {
        text_say(body, i == 0 ? "" : ",");
        write_likeliest(body, choice, i, listed, false);
    }
    text_say(body, listed == 0 ? ",\"text_offset\":[" : "],\"text_offset\":[");
    for (uint32_t i = 0; i < choice->tokens; i++)
        text_print(body, "%s%u", i == 0 ? "" : ",", tokens[i].start);
    text_say(body, "]}");
}

/* vLLM's echo: the prompt's tokens before those that were written, and none before the first.
 * Offsets count characters. */
static void write_logprobs_echo(struct text *body, const struct answer *answer,
                                const struct choice *choice)
{
    const struct text *prompt = &answer->ask->prompt;
    struct text offsets = {NULL, 0, 0}, numbers = {NULL, 0, 0};
    uint32_t characters = 0;

    text_say(body, "{\"tokens\":[");
    for (size_t at = 0, end; at < prompt->length; at = end) {
        struct brain_token token;

        end = brain_score(&token, answer->model->seed, prompt->bytes, at, prompt->length);
        text_say(body, at == 0 ? "" : ",");
        text_quote(body, prompt->bytes + at, end - at);
        text_print(&offsets, at == 0 ? "%u" : ",%u", characters);
        text_print(&numbers, at == 0 ? "null" : ",%.4f", (double)token.logprob);
        for (; at < end; at++)
            characters += ((unsigned char)prompt->bytes[at] & 0xC0) != 0x80;
    }
    for (uint32_t i = 0; i < choice->tokens; i++) {
        const struct brain_token *token = &choice->reply->tokens[i];

        text_say(body, ",");
        text_quote(body, choice->reply->text.bytes + token->start, token->length);
        text_print(&offsets, ",%u", characters + token->start);
        text_print(&numbers, ",%.4f", (double)token->logprob);
    }
    text_print(body, "],\"token_logprobs\":[%s],\"top_logprobs\":null,\"text_offset\":[%s]}",
               numbers.bytes, offsets.bytes);
    text_free(&offsets);
    text_free(&numbers);
}

static void write_content(struct text *body, const struct answer *answer,
                          const struct choice *choice)
{
    const struct ask *ask = answer->ask;
    struct text whole = {NULL, 0, 0};

    if (is(answer->edit, "null_content")) {
        text_say(body, "null");
        return;
    }
    if (is(answer->edit, "bad_utf8")) {
        text_say(body, "\"12 + \xff\xc0 = 7\"");
        return;
    }
    if (answer->model->kind == KIND_LLAMACPP && ask->chat) /* it begins with what was given */
        text_add(&whole, ask->prompt.bytes + ask->prompt.length - ask->prefill, ask->prefill);
    if (ask->echo)
        text_add(&whole, ask->prompt.bytes, ask->prompt.length);
    if (!is(answer->edit, "empty"))
        text_add(&whole, choice->reply->text.bytes, choice->length);
    text_quote(body, whole.length == 0 ? "" : whole.bytes, whole.length);
    text_free(&whole);
}

/* What it stopped at: a string, or how the two tell the end of the text. */
static void write_stop_hit(struct text *body, enum model_kind kind, const struct choice *choice)
{
    if (kind != KIND_VLLM && kind != KIND_SGLANG)
        return;
    text_say(body, kind == KIND_VLLM ? ",\"stop_reason\":" : ",\"matched_stop\":");
    if (choice->stop != NULL)
        text_quote(body, choice->stop, strlen(choice->stop));
    else
        text_say(body, kind == KIND_VLLM || choice->capped ? "null" : "151645");
}

/* The number of a token is made of its bytes: the same word is the same token. */
static void write_token_ids(struct text *body, const struct choice *choice)
{
    text_say(body, ",\"token_ids\":[");
    for (uint32_t i = 0; i < choice->tokens; i++) {
        const struct brain_token *token = &choice->reply->tokens[i];
        uint32_t number = 0;

        for (uint32_t at = 0; at < token->length; at++)
            number =
                (number * 31 + (unsigned char)choice->reply->text.bytes[token->start + at]) % 50021;
        text_print(body, "%s%u", i == 0 ? "" : ",", number);
    }
    text_say(body, "]");
}

static void write_choice(struct text *body, const struct answer *answer,
                         const struct choice *choice)
{
    bool chat = answer->ask->chat;

    text_print(body, "{\"index\":%u,", is(answer->edit, "same_index") ? 0 : choice->index);
    text_say(body, chat ? "\"message\":{\"role\":\"assistant\",\"content\":" : "\"text\":");
    write_content(body, answer, choice);
    text_say(body, chat ? "},\"logprobs\":" : ",\"logprobs\":");
    if (!answer->ask->logprobs)
        text_say(body, "null");
    else if (answer->ask->echo)
        write_logprobs_echo(body, answer, choice);
    else if (chat || answer->model->kind == KIND_LLAMACPP)
        write_logprobs_chat(body, choice, answer->ask->listed);
    else
        write_logprobs_text(body, choice, answer->ask->listed, is(answer->edit, "nan"));
    if (answer->ask->token_ids)
        write_token_ids(body, choice);
    write_stop_hit(body, answer->model->kind, choice);
    if (is(answer->edit, "no_finish"))
        text_say(body, ",\"finish_reason\":null}");
    else
        text_print(body, ",\"finish_reason\":\"%s\"}",
                   is(answer->edit, "length") ? "length" : finish_of(choice));
}

static void write_whole_usage(struct text *body, const struct answer *answer, uint64_t completion)
{
    unsigned long long prompt = answer->ask->prompt_tokens, all = prompt + completion;

    text_print(body,
               ",\"usage\":{\"prompt_tokens\":%llu,\"completion_tokens\":%llu,"
               "\"total_tokens\":%llu,\"prompt_tokens_details\":",
               prompt, (unsigned long long)completion, all);
    if (answer->prefixes != NULL && answer->prefixes->most > 0)
        text_print(body, "{\"cached_tokens\":%u}}", answer->cached);
    else
        text_say(body, "null}");
}

/* A prompt and its answer are the beginning of prompts to come. */
static void remember(const struct answer *answer, const struct choice *choice)
{
    const struct text *prompt = &answer->ask->prompt;
    struct text whole = {NULL, 0, 0};

    if (answer->prefixes == NULL || answer->prefixes->most == 0)
        return;
    text_add(&whole, prompt->bytes, prompt->length);
    text_add(&whole, choice->reply->text.bytes, choice->length);
    (void)prefixes_use(answer->prefixes, whole.bytes, whole.length);
    text_free(&whole);
}

/* llama.cpp tells it once more. */
static void write_timings(struct text *body, const struct answer *answer, uint64_t completion)
{
    if (answer->model->kind == KIND_LLAMACPP)
        text_print(body, ",\"timings\":{\"cache_n\":%u,\"prompt_n\":%u,\"predicted_n\":%llu}",
                   answer->cached, answer->ask->prompt_tokens - answer->cached,
                   (unsigned long long)completion);
}

static void write_usage(struct text *body, const struct answer *answer, uint64_t completion)
{
    unsigned long long prompt = answer->ask->prompt_tokens;

    if (is(answer->edit, "no_usage"))
        return;
    if (is(answer->edit, "negative_usage"))
        text_say(body, ",\"usage\":{\"prompt_tokens\":-5,\"completion_tokens\":-1}");
    else if (is(answer->edit, "prompt_usage"))
        text_print(body, ",\"usage\":{\"prompt_tokens\":%llu}", prompt);
    else if (is(answer->edit, "huge_usage"))
        text_say(body, ",\"usage\":{\"prompt_tokens\":9223372036854775807,"
                       "\"completion_tokens\":9223372036854775807}");
    else
        write_whole_usage(body, answer, completion);
}

static void write_head(struct text *body, const struct answer *answer, const char *object)
{
    text_print(body, "{\"id\":\"cmpl-%llu\",\"object\":\"%s\",\"created\":1700000000,\"model\":",
               is(answer->edit, "wrong_id") ? 0ULL : (unsigned long long)answer->ordinal, object);
    if (is(answer->edit, "wrong_model"))
        text_say(body, "\"another-model\"");
    else
        text_quote(body, answer->model->name, strlen(answer->model->name));
}

static const char *const edited_errors[][2] = {
    {"error", "{\"error\":{\"message\":\"the engine died\",\"type\":\"server_error\"}}"},
    {"text_error", "{\"error\":\"the engine died\"}"},
};

/* How many choices are written where n were asked for. */
static uint32_t choices_of(const struct answer *answer)
{
    uint32_t n = answer->ask->n;

    if (is(answer->edit, "no_choices"))
        return 0;
    return is(answer->edit, "fewer") ? n - 1 : is(answer->edit, "more") ? n + 1 : n;
}

void answer_write(struct text *body, const struct answer *answer)
{
    static struct brain_reply reply; /* the server has one thread; too large for its stack */
    uint64_t tokens = 0;

    for (size_t i = 0; i < sizeof edited_errors / sizeof *edited_errors; i++)
        if (is(answer->edit, edited_errors[i][0])) {
            text_say(body, edited_errors[i][1]);
            return;
        }
    write_head(body, answer, answer->ask->chat ? "chat.completion" : "text_completion");
    text_say(body,
             is(answer->edit, "null_error") ? ",\"error\":null,\"choices\":[" : ",\"choices\":[");
    for (uint32_t i = 0; i < choices_of(answer); i++) {
        struct choice choice = think(&reply, answer, i);

        text_say(body, i == 0 ? "" : ",");
        write_choice(body, answer, &choice);
        remember(answer, &choice);
        tokens = choice.tokens + (answer->model->kind == KIND_LLAMACPP ? 0 : tokens);
    }
    text_say(body, "]");
    write_usage(body, answer, tokens);
    write_timings(body, answer, tokens);
    text_say(body, "}");
}

/* --- a stream ----------------------------------------------------------------------------------
 */

static void end_line(struct text *body, const struct answer *answer)
{
    text_say(body, is(answer->sse, "crlf") ? "\r\n" : is(answer->sse, "cr") ? "\r" : "\n");
}

static void end_event(struct text *body, const struct answer *answer)
{
    end_line(body, answer);
    end_line(body, answer);
}

/* A token of a choice; finish instead of a token at its end. */
static void write_event(struct text *body, const struct answer *answer, const struct choice *choice,
                        uint32_t number)
{
    bool chat = answer->ask->chat, last = number == choice->tokens;
    const struct brain_token *token = &choice->reply->tokens[number];

    text_say(body, "data: ");
    write_head(body, answer, chat ? "chat.completion.chunk" : "text_completion");
    text_print(body, ",\"choices\":[{\"index\":%u,\"%s\":", choice->index, chat ? "delta" : "text");
    text_say(body, chat ? "{\"content\":" : "");
    if (last)
        text_say(body, "\"\"");
    else
        text_quote(body, choice->reply->text.bytes + token->start, token->length);
    text_say(body, chat ? "}" : "");
    if (last && !is(answer->sse, "no_finish"))
        text_print(body, ",\"finish_reason\":\"%s\"}]}", finish_of(choice));
    else
        text_say(body, ",\"finish_reason\":null}]}");
    end_event(body, answer);
}

static void stream_choice(struct text *body, const struct answer *answer, uint32_t index)
{
    static struct brain_reply reply; /* as in answer_write() */
    struct choice choice = think(&reply, answer, index);

    for (uint32_t i = 0; i <= choice.tokens; i++) {
        /* Neighbours change places when the order is spoiled. */
        uint32_t at = is(answer->sse, "reorder") && (i ^ 1u) < choice.tokens ? i ^ 1u : i;

        write_event(body, answer, &choice, at);
        if (is(answer->sse, "duplicate"))
            write_event(body, answer, &choice, at);
        if (is(answer->sse, "error") && i == choice.tokens / 2) {
            text_say(body, "data: {\"error\":{\"message\":\"the engine died\",\"code\":500}}");
            end_event(body, answer);
            return;
        }
    }
}

void answer_stream(struct text *body, const struct answer *answer)
{
    if (is(answer->sse, "bom"))
        text_say(body, "\xEF\xBB\xBF");
    text_say(body, ": ping");
    end_event(body, answer);
    if (is(answer->sse, "comments"))
        return;
    for (uint32_t i = 0; i < answer->ask->n; i++)
        stream_choice(body, answer, i);
    if (answer->ask->stream_usage) {
        text_say(body, "data: {\"choices\":[]");
        write_usage(body, answer, 0);
        text_say(body, "}");
        end_event(body, answer);
    }
    if (is(answer->sse, "no_done"))
        return;
    text_say(body, "data: [DONE]");
    end_event(body, answer);
}

/* --- refusals ------------------------------------------------------------------------------------
 */

void answer_refusal(struct text *body, const struct model *model, const struct refusal *why)
{
    text_say(body, "{\"error\":{\"message\":");
    text_quote(body, why->sentence, strlen(why->sentence));
    text_print(body, ",\"type\":\"%s\",\"param\":null,", why->type);
    if (model->kind == KIND_OPENAI)
        text_say(body,
                 why->prompt_tokens > 0 ? "\"code\":\"context_length_exceeded\"" : "\"code\":null");
    else
        text_print(body, "\"code\":%d", why->status);
    if (model->kind == KIND_LLAMACPP && why->prompt_tokens > 0)
        text_print(body, ",\"n_prompt_tokens\":%u,\"n_ctx\":%u", why->prompt_tokens,
                   model->context);
    text_say(body, "}}");
}
