/*
 * dialect.c - requests to servers of reward models, and their replies: a row for each dialect.
 */
#include "critics/reward/dialect.h"

#include <stdlib.h>
#include <string.h>

#include "io/usage.h"

/* --- requests ------------------------------------------------------------------------------- */

enum part { WHOLE, PROBLEM, SOLUTION };

static struct json *list_texts(const struct reward_text *texts, uint32_t count, enum part part)
{
    struct json *list = json_new_array();

    for (uint32_t i = 0; i < count; i++)
        json_add(list, json_of_string(part == WHOLE     ? texts[i].whole
                                      : part == PROBLEM ? texts[i].problem
                                                        : texts[i].solution));
    return list;
}

static void write_inputs(struct json *body, const struct reward_text *texts, uint32_t count)
{
    json_put(body, "input", list_texts(texts, count, WHOLE));
}

static void dialect_write_text(struct json *body, const struct reward_text *texts, uint32_t count)
{
    json_put(body, "text", list_texts(texts, count, WHOLE));
}

static struct json *dialect_turn_of(const char *role, const char *content)
{
    struct json *turn = json_new_object();

    json_put(turn, "role", json_of_string(role));
    json_put(turn, "content", json_of_string(content));
    return turn;
}

static void write_turns(struct json *body, const struct reward_text *texts, uint32_t count)
{
    struct json *turns = json_new_array();

    (void)count; /* one at a time */
    json_add(turns, dialect_turn_of("user", texts[0].problem));
    json_add(turns, dialect_turn_of("assistant", texts[0].solution));
    json_put(body, "messages", turns);
}

static void write_queries(struct json *body, const struct reward_text *texts, uint32_t count)
{
    json_put(body, "queries", list_texts(texts, count, PROBLEM));
    json_put(body, "documents", list_texts(texts, count, SOLUTION));
}

static void write_documents(struct json *body, const struct reward_text *texts, uint32_t count)
{
    json_put(body, "query", json_of_string(texts[0].problem));
    json_put(body, "documents", list_texts(texts, count, SOLUTION));
    json_put(body, "top_n", json_of_integer(count));
}

static void write_ranked(struct json *body, const struct reward_text *texts, uint32_t count)
{
    json_put(body, "query", json_of_string(texts[0].problem));
    json_put(body, "texts", list_texts(texts, count, SOLUTION));
    json_put(body, "raw_scores", json_of_bool(true));
    json_put(body, "truncate", json_of_bool(false));
}

static void write_predicted(struct json *body, const struct reward_text *texts, uint32_t count)
{
    struct json *inputs = json_new_array();

    for (uint32_t i = 0; i < count; i++)
        json_add(inputs, list_texts(&texts[i], 1, WHOLE));
    json_put(body, "inputs", inputs);
    json_put(body, "raw_scores", json_of_bool(true));
    json_put(body, "truncate", json_of_bool(false));
}

static const struct reward_dialect dialects[] = {
    {"vllm-pooling", "/pooling", 0, "data", true, "/data", write_inputs},
    {"vllm-messages", "/pooling", 1, "data", true, "/data", write_turns},
    {"vllm-classify", "/classify", 0, "data", true, "/probs", write_inputs},
    {"vllm-score", "/score", 0, "data", true, "/score", write_queries},
    {"vllm-rerank", "/rerank", 0, "results", true, "/relevance_score", write_documents},
    {"sglang-classify", "/classify", 0, NULL, false, "/embedding", dialect_write_text},
    {"llamacpp-rerank", "/reranking", 0, "results", true, "/relevance_score", write_documents},
    {"tei-predict", "/predict", 32, NULL, false, "/0/score", write_predicted},
    {"tei-rerank", "/rerank", 32, NULL, true, "/score", write_ranked},
};

const struct reward_dialect *reward_dialect_find(const char *name)
{
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        if (strcmp(dialects[i].name, name) == 0)
            return &dialects[i];
    return NULL;
}

/* TEI has one model and knows no such member. */
static bool names_model(const struct reward_dialect *dialect)
{
    return strncmp(dialect->name, "tei-", 4) != 0;
}

int reward_dialect_write(char **out, const struct reward_dialect *dialect, const char *model,
                         const struct reward_text *texts, uint32_t count, struct crux_error *error)
{
    struct json *body = json_new_object();
    char *text;

    if (names_model(dialect))
        json_put(body, "model", json_of_string(model));
    dialect->write(body, texts, count);
    text = json_text(body, false);
    json_free(body);
    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a request, or a text is not UTF-8");
    *out = text;
    return CRUX_OK;
}

/* --- replies -------------------------------------------------------------------------------- */

static int refuse_reward(struct crux_error *error, const char *what)
{
    return crux_fail(error, CRUX_FAILED, "the server's reply %s", what);
}

/* One member or item, by the text of a pointer between two '/' (RFC 6901; no name that we know has
 * a '~' or a '/' in it). */
static struct json *step_into(const struct json *value, const char *name, size_t length)
{
    char key[64];
    char *end;
    unsigned long place;

    if (length >= sizeof key)
        return NULL;
    memcpy(key, name, length);
    key[length] = '\0';
    if (json_type_of(value) == JSON_IS_OBJECT)
        return json_get(value, key);
    if (strcmp(key, "-1") == 0 && json_count(value) > 0)
        return json_at(value, json_count(value) - 1);
    place = strtoul(key, &end, 10);
    return json_type_of(value) == JSON_IS_ARRAY && end != key && *end == '\0'
               ? json_at(value, place)
               : NULL;
}

static const struct json *dialect_follow(const struct json *value, const char *pointer)
{
    while (value != NULL && *pointer == '/') {
        size_t length = strcspn(pointer + 1, "/");

        value = step_into(value, pointer + 1, length);
        pointer += 1 + length;
    }
    return value;
}

/* Whose result this is; count: nobody's. */
static uint32_t owner_of(const struct reward_dialect *dialect, const struct json *result,
                         uint32_t place, uint32_t count)
{
    const struct json *index = json_get(result, "index");
    int64_t number = json_as_integer(index);

    if (!dialect->by_index || index == NULL)
        return place;
    return json_type_of(index) == JSON_IS_INTEGER && number >= 0 && number < count
               ? (uint32_t)number
               : count;
}

static bool is_number_or_list(const struct json *value)
{
    enum json_type type = json_type_of(value);

    return type == JSON_IS_INTEGER || type == JSON_IS_REAL ||
           (type == JSON_IS_ARRAY && json_count(value) > 0);
}

static int take_result(struct served_choice *choice, const struct json *value,
                       struct crux_error *error)
{
    struct json *kept;

    if (!is_number_or_list(value))
        return refuse_reward(error, "has a result without a number where one should be");
    if (choice->text != NULL)
        return refuse_reward(error, "has two results for one candidate");
    kept = json_new_object();
    json_put(kept, "reward", json_clone(value));
    choice->text = json_text(kept, false);
    json_free(kept);
    if (choice->text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a reply");
    choice->length = strlen(choice->text);
    return CRUX_OK;
}

/* Every candidate has one result, else it is a bad reply: which one is missing nobody knows. */
static int take_results(const struct reward_dialect *dialect, const char *pointer,
                        const struct json *results, uint32_t count, struct served_choice *choices,
                        struct crux_error *error)
{
    int status = CRUX_OK;

    if (json_type_of(results) != JSON_IS_ARRAY)
        return refuse_reward(error, "has no list of results");
    if (json_count(results) != count)
        return crux_fail(error, CRUX_FAILED,
                         "the server's reply has %zu results, of %u that were asked for",
                         json_count(results), count);
    for (uint32_t i = 0; i < count && status == CRUX_OK; i++) {
        const struct json *result = json_at(results, i);
        uint32_t owner = owner_of(dialect, result, i, count);

        status = owner < count
                     ? take_result(&choices[owner], dialect_follow(result, pointer), error)
                     : refuse_reward(error, "has a result for a candidate that was not sent");
    }
    return status;
}

static void read_reward_usage(struct served_reading *reading, struct served_choice *choices,
                              const struct json *body)
{
    uint32_t tokens = usage_tokens(body, "prompt_tokens");

    if (tokens == 0)
        return;
    reading->usage.prompt = tokens;
    reading->usage.cached = usage_cached(body);
    reading->has_usage = true;
    choices[0].usage.prompt = tokens;
    choices[0].usage.cached = reading->usage.cached;
}

int reward_dialect_read(const struct reward_dialect *dialect, const char *pointer, const char *body,
                        size_t length, struct served_reading *reading,
                        struct served_choice *choices, struct crux_error *error)
{
    struct json *json = NULL;
    struct crux_error why = {""};
    int status = json_parse_loose(&json, body, length, &why);
    const struct json *results;

    if (status == CRUX_INPUT)
        return crux_fail(error, CRUX_FAILED, "the server's reply is not JSON: %.200s", why.text);
    if (status != CRUX_OK)
        return crux_fail(error, status, "no memory for a reply");
    results = dialect->results != NULL ? json_get(json, dialect->results) : json;
    read_reward_usage(reading, choices, json);
    status = take_results(dialect, *pointer != '\0' ? pointer : dialect->pointer, results,
                          reading->count, choices, error);
    json_free(json);
    return status;
}
