/*
 * rewards.c - rewards in the words of each kind of server.
 */
#include "tests/world/server/rewards.h"

#include "io/draw.h"
#include "io/json.h"
#include "tests/world/server/brain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of Qwen2.5-Math-PRM and of Math-Shepherd. */
static const char *const step_marks[] = {"<extra_0>", "\xD0\xBA\xD0\xB8\n"};

enum { TEI_BATCH = 32 };

/* --- what a text is worth ------------------------------------------------------------------- */

double rewards_of(const char *text)
{
    size_t length = strlen(text);
    double chance = draw_uniform(draw_mix(draw_text(text, length)));
    bool right = brain_first_error(text, length) < 0;

    return right ? 0.5 + 3.0 * chance : -0.5 - 3.0 * chance;
}

static double probability_of(double logit)
{
    return 1.0 / (1.0 + exp(-logit));
}

/* Behind the next mark; NULL: there is none. */
static const char *behind_mark(const char *text)
{
    for (size_t i = 0; i < sizeof step_marks / sizeof *step_marks; i++) {
        const char *at = strstr(text, step_marks[i]);

        if (at != NULL)
            return at + strlen(step_marks[i]);
    }
    return NULL;
}

/* Probabilities of two classes for each step: what is worth what the text up to there is. */
static void write_steps(struct text *body, const char *text)
{
    const char *at = text;

    text_say(body, "[");
    for (size_t i = 0; (at = behind_mark(at)) != NULL; i++) {
        struct text prefix = {NULL, 0, 0};
        double good;

        text_add(&prefix, text, (size_t)(at - text));
        good = probability_of(rewards_of(prefix.bytes));
        text_print(body, "%s[%.6f,%.6f]", i > 0 ? "," : "", 1.0 - good, good);
        text_free(&prefix);
    }
    text_say(body, "]");
}

/* --- requests ------------------------------------------------------------------------------- */

/* Texts of a member: a text, or a list of them. */
enum { TEXTS = 256 };

struct texts {
    const char *items[TEXTS];
    size_t count;
};

static bool refuse_reward(struct refusal *why, int status, const char *type, const char *sentence)
{
    *why = (struct refusal){.status = status, .type = type};
    (void)snprintf(why->sentence, sizeof why->sentence, "%s", sentence);
    return false;
}

/* False: there is no such member, or it is not texts alone. */
static bool read_texts(struct texts *out, const struct json *body, const char *member)
{
    const struct json *value = json_get(body, member);

    out->count = 0;
    if (json_type_of(value) == JSON_IS_STRING)
        out->items[out->count++] = json_as_string(value);
    for (size_t i = 0; json_type_of(value) == JSON_IS_ARRAY && i < json_count(value); i++) {
        const char *text = json_as_string(json_at(value, i));

        if (text == NULL || out->count == TEXTS)
            return false;
        out->items[out->count++] = text;
    }
    return out->count > 0;
}

/* Only members of this list, which ends in NULL. */
static bool knows_all(const struct json *body, const char *const *members)
{
    for (const char *key = json_next_key(body, NULL); key != NULL; key = json_next_key(body, key)) {
        size_t i = 0;

        while (members[i] != NULL && strcmp(members[i], key) != 0)
            i++;
        if (members[i] == NULL)
            return false;
    }
    return true;
}

/* Query and document, as a cross-encoder reads them. */
static double rank_of(const char *query, const char *document)
{
    struct text both = {NULL, 0, 0};
    double logit;

    text_print(&both, "%s\n\n%s", query, document);
    logit = rewards_of(both.bytes);
    text_free(&both);
    return logit;
}

/* --- vLLM ----------------------------------------------------------------------------------- */

static void begin_vllm(struct text *body, const struct model *model, const char *list)
{
    text_print(body,
               "{\"id\":\"pool-1\",\"object\":\"list\",\"created\":1700000000,\"model\":\"%s\","
               "\"%s\":[",
               model->name, list);
}

static void end_vllm(struct text *body, size_t tokens)
{
    text_print(body,
               "],\"usage\":{\"prompt_tokens\":%zu,\"total_tokens\":%zu,\"completion_tokens\":0,"
               "\"prompt_tokens_details\":null}}",
               tokens, tokens);
}

/* A chat as one text, as the model's template would have it. */
static bool read_chat(struct text *out, const struct json *body)
{
    const struct json *messages = json_get(body, "messages");

    for (size_t i = 0; i < json_count(messages); i++)
        text_print(out, "%s%s", i > 0 ? "\n\n" : "",
                   json_as_string(json_get(json_at(messages, i), "content")));
    return json_count(messages) > 0;
}

static bool answer_pooling(struct text *body, const struct model *model, const struct json *asked,
                           struct refusal *why)
{
    struct text chat = {NULL, 0, 0};
    struct texts texts;

    if (read_chat(&chat, asked)) {
        texts = (struct texts){.items = {chat.bytes}, .count = 1};
    } else if (!read_texts(&texts, asked, "input")) {
        return refuse_reward(why, 400, "BadRequestError", "input: Field required");
    }
    begin_vllm(body, model, "data");
    for (size_t i = 0; i < texts.count; i++) {
        text_print(body, "%s{\"index\":%zu,\"object\":\"pooling\",\"data\":", i > 0 ? "," : "", i);
        if (behind_mark(texts.items[i]) != NULL)
            write_steps(body, texts.items[i]);
        else
            text_print(body, "[%.6f]", rewards_of(texts.items[i]));
        text_say(body, "}");
    }
    end_vllm(body, 9 * texts.count);
    text_free(&chat);
    return true;
}

static bool answer_classify(struct text *body, const struct model *model, const struct json *asked,
                            struct refusal *why)
{
    struct texts texts;

    if (!read_texts(&texts, asked, "input"))
        return refuse_reward(why, 400, "BadRequestError", "input: Field required");
    begin_vllm(body, model, "data");
    for (size_t i = 0; i < texts.count; i++) {
        double good = probability_of(rewards_of(texts.items[i]));

        text_print(body,
                   "%s{\"index\":%zu,\"label\":\"%s\",\"probs\":[%.6f,%.6f],\"num_classes\":2}",
                   i > 0 ? "," : "", i, good > 0.5 ? "LABEL_1" : "LABEL_0", 1.0 - good, good);
    }
    end_vllm(body, 9 * texts.count);
    return true;
}

static bool answer_score(struct text *body, const struct model *model, const struct json *asked,
                         struct refusal *why)
{
    struct texts queries, documents;

    if (!read_texts(&queries, asked, "queries") || !read_texts(&documents, asked, "documents"))
        return refuse_reward(why, 400, "BadRequestError", "queries, documents: Field required");
    if (queries.count != 1 && queries.count != documents.count)
        return refuse_reward(why, 400, "BadRequestError",
                             "Input lengths must be either 1:1, 1:N or N:N");
    begin_vllm(body, model, "data");
    for (size_t i = 0; i < documents.count; i++)
        text_print(
            body, "%s{\"index\":%zu,\"object\":\"score\",\"score\":%.6f}", i > 0 ? "," : "", i,
            probability_of(rank_of(queries.items[queries.count > 1 ? i : 0], documents.items[i])));
    end_vllm(body, 9 * documents.count);
    return true;
}

/* The best first, each with its index. */
static bool answer_rerank(struct text *body, const struct model *model, const struct json *asked,
                          struct refusal *why)
{
    const char *query = json_as_string(json_get(asked, "query"));
    bool logits = model->kind == KIND_LLAMACPP;
    bool done[TEXTS] = {false};
    struct texts documents;

    if (query == NULL || !read_texts(&documents, asked, "documents"))
        return refuse_reward(why, 400, "invalid_request_error", "\"documents\" must be provided");
    begin_vllm(body, model, "results");
    for (size_t i = 0; i < documents.count; i++) {
        size_t best = documents.count;

        for (size_t j = 0; j < documents.count; j++)
            if (!done[j] && (best == documents.count || rank_of(query, documents.items[j]) >
                                                            rank_of(query, documents.items[best])))
                best = j;
        done[best] = true;
        text_print(body, "%s{\"index\":%zu,\"relevance_score\":%.6f}", i > 0 ? "," : "", best,
                   logits ? rank_of(query, documents.items[best])
                          : probability_of(rank_of(query, documents.items[best])));
    }
    end_vllm(body, 9 * documents.count);
    return true;
}

/* --- SGLang --------------------------------------------------------------------------------- */

static bool answer_sglang(struct text *body, const struct model *model, const struct json *asked,
                          struct refusal *why)
{
    struct texts texts;

    (void)model;
    if (!read_texts(&texts, asked, "text"))
        return refuse_reward(why, 400, "BadRequestError", "text is required");
    text_say(body, "[");
    for (size_t i = 0; i < texts.count; i++)
        text_print(body,
                   "%s{\"embedding\":[%.6f],\"meta_info\":{\"id\":\"1\",\"finish_reason\":"
                   "{\"type\":\"length\",\"length\":0},\"prompt_tokens\":9}}",
                   i > 0 ? "," : "", rewards_of(texts.items[i]));
    text_say(body, "]");
    return true;
}

/* --- TEI ------------------------------------------------------------------------------------ */

static double tei_number(const struct json *asked, double logit)
{
    return json_as_bool(json_get(asked, "raw_scores")) ? logit : probability_of(logit);
}

static bool answer_predict(struct text *body, const struct model *model, const struct json *asked,
                           struct refusal *why)
{
    static const char *const members[] = {"inputs", "raw_scores", "truncate",
                                          "truncation_direction", NULL};
    const struct json *inputs = json_get(asked, "inputs");

    (void)model;
    if (!knows_all(asked, members) || json_type_of(inputs) != JSON_IS_ARRAY)
        return refuse_reward(why, 422, "Validation", "inputs: a text, a pair, or a batch of them");
    if (json_count(inputs) > TEI_BATCH)
        return refuse_reward(why, 422, "Validation", "batch size > maximum allowed batch size 32");
    text_say(body, "[");
    for (size_t i = 0; i < json_count(inputs); i++) {
        const char *text = json_as_string(json_at(json_at(inputs, i), 0));

        if (text == NULL)
            return refuse_reward(why, 422, "Validation", "inputs: expected a batch of lists");
        text_print(body, "%s[{\"label\":\"LABEL_0\",\"score\":%.6f}]", i > 0 ? "," : "",
                   tei_number(asked, rewards_of(text)));
    }
    text_say(body, "]");
    return true;
}

static bool answer_tei_rerank(struct text *body, const struct model *model,
                              const struct json *asked, struct refusal *why)
{
    static const char *const members[] = {
        "query", "texts", "raw_scores", "truncate", "truncation_direction", "return_text", NULL};
    const char *query = json_as_string(json_get(asked, "query"));
    struct texts texts;

    (void)model;
    if (!knows_all(asked, members) || query == NULL || !read_texts(&texts, asked, "texts"))
        return refuse_reward(why, 422, "Validation", "query, texts: missing field");
    if (texts.count > TEI_BATCH)
        return refuse_reward(why, 422, "Validation", "batch size > maximum allowed batch size 32");
    text_say(body, "[");
    for (size_t i = texts.count; i-- > 0;) /* in some other order, as if by rank */
        text_print(body, "%s{\"index\":%zu,\"score\":%.6f}", i + 1 < texts.count ? "," : "", i,
                   tei_number(asked, rank_of(query, texts.items[i])));
    text_say(body, "]");
    return true;
}

/* --- routes --------------------------------------------------------------------------------- */

static const struct {
    enum model_kind kind;
    const char *path;
    bool (*answer)(struct text *body, const struct model *model, const struct json *asked,
                   struct refusal *why);
} reward_routes[] = {
    {KIND_VLLM, "/pooling", answer_pooling},   {KIND_VLLM, "/classify", answer_classify},
    {KIND_VLLM, "/score", answer_score},       {KIND_VLLM, "/rerank", answer_rerank},
    {KIND_SGLANG, "/classify", answer_sglang}, {KIND_LLAMACPP, "/reranking", answer_rerank},
    {KIND_TEI, "/predict", answer_predict},    {KIND_TEI, "/rerank", answer_tei_rerank},
};

enum { REWARD_ROUTES = sizeof reward_routes / sizeof *reward_routes };

static size_t find_reward_route(const struct model *model, const char *path)
{
    size_t i = 0;

    while (i < REWARD_ROUTES &&
           (reward_routes[i].kind != model->kind || strcmp(reward_routes[i].path, path) != 0))
        i++;
    return i;
}

bool rewards_route(const struct model *model, const struct wire_request *request)
{
    return strcmp(request->method, "POST") == 0 &&
           find_reward_route(model, request->path) < REWARD_ROUTES;
}

bool rewards_answer(struct text *body, const struct model *model, const char *path,
                    const char *asked, size_t length, struct refusal *why)
{
    struct crux_error error = {""};
    struct json *json = NULL;
    bool good = json_parse(&json, asked, length, &error) == CRUX_OK ||
                refuse_reward(why, 400, "invalid_request_error", error.text);

    good = good && reward_routes[find_reward_route(model, path)].answer(body, model, json, why);
    json_free(json);
    return good;
}
