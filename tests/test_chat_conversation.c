/*
 * test_chat_conversation.c - what chat/conversation.h and io/chat/request.h promise: the requests
 * as each kind of server gets them.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "policies/chat/conversation.h"
#include "io/chat/template.h"

static struct chat_prompt *prompt;
static struct mustache *frame;
static const struct crux_problem problem = {.id = "p", .prompt = "What is 4 + 5?"};

static void set_up(void)
{
    static const struct mustache_source system = {"s", 1, {"S", 1}};

    cr_assert_eq(chat_prompt_open(&prompt, "math", NULL), CRUX_OK);
    mustache_free(prompt->parts[CHAT_SYSTEM]);
    cr_assert_eq(mustache_parse(&prompt->parts[CHAT_SYSTEM], &system, NULL), CRUX_OK);
    cr_assert_eq(chat_template_open(&frame, "chatml", &chat_profiles[CHAT_VLLM], NULL), CRUX_OK);
}

static void tear_down(void)
{
    chat_prompt_close(prompt);
    mustache_free(frame);
}

static struct chat_conversation conversation_of(enum chat_kind kind, enum chat_route route)
{
    return (struct chat_conversation){.settings = {.profile = &chat_profiles[kind],
                                                   .route = route,
                                                   .model = "m",
                                                   .temperature = 0.7,
                                                   .top_p = 1.0,
                                                   .max_tokens = 256,
                                                   .logprobs = true,
                                                   .chat_template = frame},
                                      .prompt = prompt,
                                      .boundary = {.stops = {"\n\n"}, .count = 1}};
}

static struct chat_asking asking_of(enum crux_kind kind, const struct crux_step *last)
{
    return (struct chat_asking){.kind = kind, .problem = &problem, .last = last};
}

static struct crux_step step_of(const char *text)
{
    return (struct crux_step){.text = text, .length = (uint32_t)strlen(text), .depth = 1};
}

/* The same JSON as its writer spaces it; the caller frees it. "" stays. */
static char *spaced(const char *text)
{
    struct json *value = NULL;
    char *out;

    if (*text == '\0')
        return strdup("");
    cr_assert_eq(json_parse(&value, text, strlen(text), NULL), CRUX_OK, "%s", text);
    out = json_text(value, false);
    json_free(value);
    return out;
}

/* The request for samples 2 to 5 of the question with seed 7; the caller frees it. */
static char *written(const struct chat_conversation *talk, const struct chat_asking *asking)
{
    struct chat_body body;
    struct crux_error error = {""};
    char tail[CHAT_TAIL], *whole;

    cr_assert_eq(chat_conversation_write(&body, talk, asking, &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(body.pieces[0].bytes, body.text);
    cr_assert_eq(chat_request_tail(tail, &talk->settings, 7, 2, 4), strlen(tail));
    whole = calloc(1, strlen(body.text) + sizeof tail);
    for (uint32_t i = 0; i < body.piece_count; i++)
        (void)strncat(whole, body.pieces[i].bytes, body.pieces[i].length);
    (void)strcat(whole, tail);
    chat_body_free(&body);
    return whole;
}

/* The whole request as one text. */
static void assert_request(const struct chat_conversation *talk, const struct chat_asking *asking,
                           const char *want)
{
    char *found = written(talk, asking), *wanted = spaced(want);

    cr_assert_str_eq(found, wanted, "%s", found);
    free(found);
    free(wanted);
}

/* One member of a request as JSON; "" when it is not sent. */
static void assert_member(const struct chat_conversation *talk, const struct chat_asking *asking,
                          const char *member, const char *want)
{
    char *found = written(talk, asking), *wanted = spaced(want), *text;
    struct json *object = NULL;

    cr_assert_eq(json_parse(&object, found, strlen(found), NULL), CRUX_OK, "%s", found);
    text = json_text(json_get(object, member), false);
    cr_assert_str_eq(text == NULL ? "" : text, wanted, "%s: %s", member, found);
    free(text);
    free(found);
    free(wanted);
    json_free(object);
}

TestSuite(ask, .init = set_up, .fini = tear_down);

/* --- each server and route -------------------------------------------------------- */

/* A prompt of our own: all sampling parameters, the stop kept, no second beginning of text. */
Test(ask, vllm_completions)
{
    struct chat_conversation talk = conversation_of(CHAT_VLLM, CHAT_COMPLETIONS);
    struct crux_step step = step_of("4 + 5 = 9.");
    struct chat_asking asking = asking_of(CRUX_STEP, &step);

    assert_request(&talk, &asking,
                   "{\"prompt\":\"<|im_start|>system\\nS<|im_end|>\\n<|im_start|>user\\n"
                   "What is 4 + 5?<|im_end|>\\n<|im_start|>assistant\\n4 + 5 = 9.\\n\\n\","
                   "\"add_special_tokens\":false,\"model\":\"m\",\"temperature\":0.7,"
                   "\"top_k\":-1,\"min_p\":0.0,\"max_tokens\":256,\"stop\":[\"\\n\\n\"],"
                   "\"include_stop_str_in_output\":true,\"logprobs\":1,\"seed\":9,\"n\":4}");
}

/* A last turn that is to be continued, and no new one begun. */
Test(ask, vllm_prefill)
{
    struct chat_conversation talk = conversation_of(CHAT_VLLM, CHAT_PREFILL);
    struct crux_step step = step_of("4 + 5 = 9.");
    struct chat_asking asking = asking_of(CRUX_STEP, &step);

    assert_request(
        &talk, &asking,
        "{\"messages\":[{\"role\":\"system\",\"content\":\"S\"},{\"role\":\"user\",\"content\":"
        "\"What is 4 + 5?\"},{\"role\":\"assistant\",\"content\":\"4 + 5 = 9.\\n\\n\"}],"
        "\"continue_final_message\":true,\"add_generation_prompt\":false,\"model\":\"m\","
        "\"temperature\":0.7,\"top_k\":-1,\"min_p\":0.0,"
        "\"max_completion_tokens\":256,\"stop\":[\"\\n\\n\"],\"include_stop_str_in_output\":true,"
        "\"logprobs\":true,\"seed\":9,\"n\":4}");
}

/* Before the first step there is nothing to continue. */
Test(ask, prefill_of_nothing)
{
    struct chat_conversation talk = conversation_of(CHAT_VLLM, CHAT_PREFILL);
    struct chat_asking asking = asking_of(CRUX_STEP, NULL);

    assert_member(&talk, &asking, "continue_final_message", "");
    assert_member(&talk, &asking, "messages",
                  "[{\"role\":\"system\",\"content\":\"S\"},{\"role\":\"user\",\"content\":"
                  "\"What is 4 + 5?\"}]");
    talk.boundary = (struct chat_boundary){.stops = {"\nStep "}, .count = 1};
    assert_member(&talk, &asking, "continue_final_message", "true");
}

/* SGLang keeps the stop by another name; llama.cpp keeps its cache; Ollama takes one at a time. */
Test(ask, names_of_the_others)
{
    struct chat_conversation sglang = conversation_of(CHAT_SGLANG, CHAT_COMPLETIONS);
    struct chat_conversation llamacpp = conversation_of(CHAT_LLAMACPP, CHAT_COMPLETIONS);
    struct chat_conversation ollama = conversation_of(CHAT_OLLAMA, CHAT_PREFILL);
    struct chat_asking asking = asking_of(CRUX_STEP, NULL);

    assert_member(&sglang, &asking, "no_stop_trim", "true");
    assert_member(&sglang, &asking, "include_stop_str_in_output", "");
    assert_member(&llamacpp, &asking, "cache_prompt", "true");
    assert_member(&llamacpp, &asking, "logprobs", "1");
    assert_member(&ollama, &asking, "n", "");
    assert_member(&ollama, &asking, "top_k", "");
    assert_member(&ollama, &asking, "min_p", "");
    assert_member(&ollama, &asking, "max_tokens", "256");
}

/* Log-probabilities weigh steps; of an answer they are asked for where only they tell its tokens.
 */
Test(ask, logprobs_of_an_answer)
{
    struct chat_conversation vllm = conversation_of(CHAT_VLLM, CHAT_COMPLETIONS);
    struct chat_conversation llamacpp = conversation_of(CHAT_LLAMACPP, CHAT_COMPLETIONS);
    struct chat_asking asking = asking_of(CRUX_ANSWER, NULL);

    assert_member(&vllm, &asking, "logprobs", "");
    assert_member(&llamacpp, &asking, "logprobs", "1");
    vllm.boundary = (struct chat_boundary){.cap = 30};
    assert_member(&vllm, &asking, "logprobs", "1");
    vllm.settings.logprobs = false;
    assert_member(&vllm, &asking, "logprobs", "");
}

/* Where entropy is wanted, the first samples of a next step bring the likeliest tokens: as many as
 * the server lists, by its name for them. The samples behind them, answers, and everything where it
 * is not wanted are asked for as ever. */
Test(ask, entropy_of_the_first_token)
{
    static const struct {
        enum chat_kind kind;
        enum chat_route route;
        const char *logprobs, *top, *plain_logprobs, *plain_top;
    } rows[] = {{CHAT_VLLM, CHAT_COMPLETIONS, "20", "", "1", ""},
                {CHAT_VLLM, CHAT_PREFILL, "true", "20", "true", ""},
                {CHAT_SGLANG, CHAT_COMPLETIONS, "20", "", "1", ""},
                {CHAT_SGLANG, CHAT_NEXT, "true", "20", "true", "1"},
                {CHAT_LLAMACPP, CHAT_COMPLETIONS, "20", "", "1", ""},
                {CHAT_LLAMACPP, CHAT_PREFILL, "true", "20", "true", "1"},
                {CHAT_OLLAMA, CHAT_NEXT, "true", "20", "true", ""},
                {CHAT_OPENAI, CHAT_NEXT, "true", "20", "true", ""},
                {CHAT_GENERIC, CHAT_PREFILL, "true", "5", "true", ""}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct chat_conversation talk = conversation_of(rows[i].kind, rows[i].route);
        struct chat_asking asking = asking_of(CRUX_STEP, NULL);

        assert_member(&talk, &asking, "logprobs", rows[i].plain_logprobs);
        assert_member(&talk, &asking, "top_logprobs", rows[i].plain_top);
        talk.settings.entropy = true;
        cr_assert_eq(chat_conversation_check(&talk, NULL), CRUX_OK);
        assert_member(&talk, &asking, "logprobs", rows[i].logprobs);
        assert_member(&talk, &asking, "top_logprobs", rows[i].top);
        asking.sample = 1;
        assert_member(&talk, &asking, "logprobs", rows[i].plain_logprobs);
        assert_member(&talk, &asking, "top_logprobs", rows[i].plain_top);
        asking = asking_of(CRUX_ANSWER, NULL);
        cr_assert_not(chat_conversation_lists(&talk, &asking));
    }
}

static void assert_not_together(const struct chat_conversation *talk, const char *sentence)
{
    struct crux_error error = {""};

    cr_assert_eq(chat_conversation_check(talk, &error), CRUX_INVALID);
    cr_assert_str_eq(error.text, sentence);
}

/* Where there are no log-probabilities there is no entropy, which is said before the first call. */
Test(ask, entropy_without_log_probabilities)
{
    struct chat_conversation talk = conversation_of(CHAT_GENERIC, CHAT_COMPLETIONS);
    static const char *const patches[] = {"{\"logprobs\": null}", "{\"top_logprobs\": null}"};

    talk.settings.entropy = true;
    assert_not_together(&talk, "--branch entropy needs log-probabilities, and profile generic is "
                               "asked for none on route completions: say another --route");
    talk = conversation_of(CHAT_VLLM, CHAT_COMPLETIONS);
    talk.settings.entropy = true;
    talk.settings.logprobs = false;
    assert_not_together(&talk, "--branch entropy needs log-probabilities: leave out --no-logprobs");
    for (int i = 0; i < 2; i++) {
        struct json *patch = NULL;

        cr_assert_eq(json_parse(&patch, patches[i], strlen(patches[i]), NULL), CRUX_OK);
        talk = conversation_of(CHAT_VLLM, CHAT_PREFILL);
        talk.settings.entropy = true;
        talk.settings.patch = patch;
        assert_not_together(&talk, i == 0 ? "--branch entropy needs log-probabilities: do not take "
                                            "logprobs away with --body"
                                          : "--branch entropy needs log-probabilities: do not take "
                                            "top_logprobs away with --body");
        json_free(patch);
    }
    talk = conversation_of(CHAT_VLLM, CHAT_COMPLETIONS); /* which has no such member to take away */
    talk.settings.entropy = true;
    cr_assert_eq(chat_conversation_check(&talk, NULL), CRUX_OK);
}

/* Numbers of tokens are asked for where they are wanted, with the log-probabilities of answers,
 * too; and only of a server that is known to return them. */
Test(ask, numbers_of_tokens)
{
    static const enum chat_route routes[] = {CHAT_COMPLETIONS, CHAT_PREFILL, CHAT_NEXT};
    static const enum crux_kind kinds[] = {CRUX_STEP, CRUX_ANSWER};

    for (size_t i = 0; i < 6; i++) {
        struct chat_conversation talk = conversation_of(CHAT_VLLM, routes[i % 3]);
        struct chat_asking asking = asking_of(kinds[i / 3], NULL);

        assert_member(&talk, &asking, "return_token_ids", "");
        talk.settings.token_ids = true;
        cr_assert_eq(chat_conversation_check(&talk, NULL), CRUX_OK);
        assert_member(&talk, &asking, "return_token_ids", "true");
        assert_member(&talk, &asking, "logprobs", routes[i % 3] == CHAT_COMPLETIONS ? "1" : "true");
    }
}

Test(ask, numbers_of_tokens_that_nobody_returns)
{
    struct chat_conversation talk = conversation_of(CHAT_SGLANG, CHAT_PREFILL);
    static const char *const patches[] = {"{\"logprobs\": null}", "{\"return_token_ids\": true}"};
    static const char *const sentences[] = {
        "--token-ids needs log-probabilities: leave out --no-logprobs, and do not take them away "
        "with --body",
        "--token-ids asks for return_token_ids: leave it out of --body"};

    talk.settings.token_ids = true;
    assert_not_together(&talk, "--token-ids is for servers that return the numbers of tokens, and "
                               "profile sglang is not known to: only vllm is");
    talk = conversation_of(CHAT_VLLM, CHAT_COMPLETIONS);
    talk.settings.token_ids = true;
    talk.settings.logprobs = false;
    assert_not_together(&talk, sentences[0]);
    for (int i = 0; i < 2; i++) {
        struct json *patch = NULL;

        cr_assert_eq(json_parse(&patch, patches[i], strlen(patches[i]), NULL), CRUX_OK);
        talk = conversation_of(CHAT_VLLM, CHAT_PREFILL);
        talk.settings.token_ids = true;
        talk.settings.patch = patch;
        assert_not_together(&talk, sentences[i]);
        json_free(patch);
    }
}

/* A server that continues nothing is asked for the next step, with nothing that it does not know.
 */
Test(ask, openai_next)
{
    struct chat_conversation talk = conversation_of(CHAT_OPENAI, CHAT_NEXT);
    struct crux_step step = step_of("4 + 5\vis 9.");
    struct chat_asking asking = asking_of(CRUX_STEP, &step);

    assert_request(
        &talk, &asking,
        "{\"messages\":[{\"role\":\"system\",\"content\":\"S\"},{\"role\":\"user\",\"content\":"
        "\"What is 4 + 5?\\n\\nThese steps have been written so far:\\n\\n1. 4 + 5\\nis 9.\\n\\n"
        "Write step 2 and nothing else: no number before it, no repetition, no word about what "
        "comes after it. If the answer follows from the steps, write the final answer in the form "
        "that was asked for.\"}],\"model\":\"m\",\"temperature\":0.7,"
        "\"max_completion_tokens\":256,\"stop\":[\"\\n\\n\"],\"logprobs\":true,"
        "\"seed\":9,\"n\":4}");
    asking.kind = CRUX_ANSWER;
    assert_member(&talk, &asking, "stop", "");
    assert_member(&talk, &asking, "messages",
                  "[{\"role\":\"system\",\"content\":\"S\"},{\"role\":\"user\",\"content\":\"What "
                  "is 4 + 5?\\n\\nThese steps have been written so far:\\n\\n1. 4 + 5\\nis "
                  "9.\\n\\nGo on from there to the final answer, with an empty line between two "
                  "steps. Do not repeat what is written.\"}]");
}

/* --- parts of it ------------------------------------------------------------------ */

/* No system text, no system turn. */
Test(ask, without_a_system_turn)
{
    static const struct mustache_source none = {"s", 1, {"", 0}};
    struct chat_conversation talk = conversation_of(CHAT_GENERIC, CHAT_PREFILL);
    struct chat_asking asking = asking_of(CRUX_STEP, NULL);

    mustache_free(prompt->parts[CHAT_SYSTEM]);
    cr_assert_eq(mustache_parse(&prompt->parts[CHAT_SYSTEM], &none, NULL), CRUX_OK);
    assert_member(&talk, &asking, "messages",
                  "[{\"role\":\"user\",\"content\":\"What is 4 + 5?\"}]");
}

/* Where the server reads marks anywhere, those of a problem or a step are broken. */
Test(ask, marks_of_others)
{
    static const struct crux_problem tricky = {.id = "t", .prompt = "Say <|im_end|>."};
    struct chat_conversation talk = conversation_of(CHAT_VLLM, CHAT_COMPLETIONS);
    struct crux_step step = step_of("<|im_start|>");
    struct chat_asking asking = asking_of(CRUX_STEP, &step);

    asking.problem = &tricky;
    assert_member(&talk, &asking, "prompt",
                  "\"<|im_start|>system\\nS<|im_end|>\\n<|im_start|>user\\nSay < |im_end|>."
                  "<|im_end|>\\n<|im_start|>assistant\\n< |im_start|>\\n\\n\"");
    talk.settings.route = CHAT_PREFILL;
    assert_member(&talk, &asking, "messages",
                  "[{\"role\":\"system\",\"content\":\"S\"},{\"role\":\"user\",\"content\":\"Say "
                  "<|im_end|>.\"},{\"role\":\"assistant\",\"content\":\"<|im_start|>\\n\\n\"}]");
}

/* An answer to be made better stands in the user's turn on every route, whatever is continued else,
 * with the same text between its steps that the model writes; marks in it are none. */
Test(ask, a_revision)
{
    const struct crux_step rollout = {
        .text = "4 + 5\v= 8 <|x|>.\nIt is 8.", .length = 26, .kind = CRUX_ANSWER};
    const struct crux_revision revision = {&rollout, "It is\v9 </s>."};
    struct chat_conversation talk = conversation_of(CHAT_OPENAI, CHAT_NEXT);
    struct chat_asking asking = asking_of(CRUX_ANSWER, NULL);
    static const struct mustache_source words = {
        "w", 1, {"{{answer}}|{{critique}}|{{#steps}}{{@number}}{{/steps}}", 55}};

    mustache_free(prompt->parts[CHAT_ASK_REVISION]);
    cr_assert_eq(mustache_parse(&prompt->parts[CHAT_ASK_REVISION], &words, NULL), CRUX_OK);
    asking.revision = &revision;
    assert_member(&talk, &asking, "messages",
                  "[{\"role\":\"system\",\"content\":\"S\"},{\"role\":\"user\",\"content\":"
                  "\"What is 4 + 5?\\n\\n4 + 5\\n= 8 <|x|>.\\n\\nIt is 8.|It is\\n9 </s>.|12\"}]");
    talk = conversation_of(CHAT_VLLM, CHAT_PREFILL);
    assert_member(&talk, &asking, "messages",
                  "[{\"role\":\"system\",\"content\":\"S\"},{\"role\":\"user\",\"content\":"
                  "\"What is 4 + 5?\\n\\n4 + 5\\n= 8 <|x|>.\\n\\nIt is 8.|It is\\n9 </s>.|12\"}]");
    talk = conversation_of(CHAT_VLLM, CHAT_COMPLETIONS);
    assert_member(&talk, &asking, "prompt",
                  "\"<|im_start|>system\\nS<|im_end|>\\n<|im_start|>user\\nWhat is 4 + 5?\\n\\n"
                  "4 + 5\\n= 8 < |x|>.\\n\\nIt is 8.|It is\\n9 < /s>.|12<|im_end|>\\n"
                  "<|im_start|>assistant\\n\"");
}

/* An answer of no steps, of which nothing is said, can be asked to be made better, too. */
Test(ask, a_revision_of_nothing)
{
    const struct crux_revision revision = {NULL, NULL};
    struct chat_conversation talk = conversation_of(CHAT_OPENAI, CHAT_NEXT);
    struct chat_asking asking = asking_of(CRUX_ANSWER, NULL);
    char *found;

    asking.revision = &revision;
    found = written(&talk, &asking);
    cr_assert_not_null(strstr(found, "before:\\n\\n\\n\\nIt may be wrong."), "%s", found);
    free(found);
}

/* Only what is asked for is asked for: log-probabilities, top-k, a cap. */
Test(ask, sampling)
{
    struct chat_conversation talk = conversation_of(CHAT_VLLM, CHAT_COMPLETIONS);
    struct chat_asking step = asking_of(CRUX_STEP, NULL), answer = asking_of(CRUX_ANSWER, NULL);

    talk.settings.logprobs = false;
    talk.settings.top_k = 40;
    talk.settings.min_p = 0.05;
    talk.boundary = (struct chat_boundary){.cap = 30};
    assert_member(&talk, &step, "logprobs", "");
    assert_member(&talk, &step, "top_k", "40");
    assert_member(&talk, &step, "min_p", "0.05");
    assert_member(&talk, &step, "max_tokens", "30");
    assert_member(&talk, &step, "stop", "");
    assert_member(&talk, &answer, "max_tokens", "256");
    talk.settings.max_tokens = 20;
    assert_member(&talk, &step, "max_tokens", "20");
}

/* Where the context is known a reply is not asked for that cannot fit; a little is always asked
 * for, and the server says when it is too much. */
Test(ask, what_fits_into_the_context)
{
    struct chat_conversation talk = conversation_of(CHAT_VLLM, CHAT_COMPLETIONS);
    struct chat_asking asking = asking_of(CRUX_ANSWER, NULL);

    talk.settings.context = 4096;
    assert_member(&talk, &asking, "max_tokens", "256");
    talk.settings.context = 200; /* 15 bytes of words are 5 tokens, and 64 apart */
    assert_member(&talk, &asking, "max_tokens", "131");
    talk.settings.context = 60;
    assert_member(&talk, &asking, "max_tokens", "16");
}

/* Seeds count up from one that fits into 31 bits, whichever request a sample is in; a server
 * that knows neither seed nor number gets neither. */
Test(ask, tails)
{
    struct chat_profile other = chat_profiles[CHAT_OLLAMA];
    const struct chat_settings vllm = {.profile = &chat_profiles[CHAT_VLLM]},
                               settings = {.profile = &other};
    char tail[CHAT_TAIL];

    (void)chat_request_tail(tail, &vllm, UINT64_MAX, 0, 8);
    cr_assert_str_eq(tail, ", \"seed\": 1073741823, \"n\": 8}");
    (void)chat_request_tail(tail, &settings, UINT64_MAX, 5, 1);
    cr_assert_str_eq(tail, ", \"seed\": 1073741828}");
    other.fields[CHAT_SEED] = NULL;
    cr_assert_eq(chat_request_tail(tail, &settings, 1, 0, 1), 1);
    cr_assert_str_eq(tail, "}");
    cr_assert_eq(chat_request_seed(3), 3);
}

/* The turn that is sent is the turn that may be repeated; on route next there is none. */
Test(ask, the_given_turn)
{
    struct crux_step step = step_of("<|x|>");
    static const char *const want[] = {"< |x|>\n\n", "<|x|>\n\n", ""};

    for (int route = 0; route < CHAT_ROUTES; route++) {
        struct chat_conversation talk = conversation_of(CHAT_VLLM, (enum chat_route)route);
        char *given = chat_conversation_given(&talk, CRUX_STEP, &step);

        cr_assert_str_eq(given, want[route]);
        free(given);
    }
}

/* --- images ----------------------------------------------------------------------- */

/* Images are pieces of their own before the text, and the pieces make up one JSON text; what looks
 * like the place of one in a problem is text. */
Test(ask, images)
{
    static const struct crux_problem tricky = {.id = "t", .prompt = "Is \"url\": \"\" empty?"};
    static const struct chat_image images[] = {{"data:image/png;base64,AAAA", 26},
                                               {"data:image/png;base64,BBBB", 26}};
    struct chat_conversation talk = conversation_of(CHAT_VLLM, CHAT_PREFILL);
    struct chat_asking asking = asking_of(CRUX_STEP, NULL);
    struct chat_body body;
    struct json *object = NULL;
    const struct json *parts;
    char whole[2048] = "";

    asking.problem = &tricky;
    asking.images = images;
    asking.image_count = 2;
    cr_assert_eq(chat_conversation_write(&body, &talk, &asking, NULL), CRUX_OK);
    cr_assert_eq(body.piece_count, 6); /* two of them behind the images: top_p is left out */
    cr_assert_eq(body.max_tokens, 256);
    cr_assert_eq(body.pieces[1].bytes, images[0].url);
    cr_assert_eq(body.pieces[3].bytes, images[1].url);
    for (uint32_t i = 0; i < body.piece_count; i++)
        (void)strncat(whole, body.pieces[i].bytes, body.pieces[i].length);
    (void)strcat(whole, "}");
    cr_assert_eq(json_parse(&object, whole, strlen(whole), NULL), CRUX_OK, "%s", whole);
    parts = json_get(json_at(json_get(object, "messages"), 1), "content");
    cr_assert_eq(json_count(parts), 3);
    cr_assert_str_eq(json_as_string(json_get(json_get(json_at(parts, 1), "image_url"), "url")),
                     images[1].url);
    cr_assert_str_eq(json_as_string(json_get(json_at(parts, 2), "text")), tricky.prompt);
    json_free(object);
    chat_body_free(&body);
}

/* --- what cannot be --------------------------------------------------------------- */

static void assert_not_written(const struct chat_conversation *talk,
                               const struct chat_asking *asking, int status, const char *sentence)
{
    struct chat_body body = {.piece_count = 77};
    struct crux_error error = {""};

    cr_assert_eq(chat_conversation_write(&body, talk, asking, &error), status);
    cr_assert_str_eq(error.text, sentence);
    cr_assert_eq(body.piece_count, 77);
}

/* Images on a route that has none, more than fit, a problem that is no text. */
Test(ask, refused)
{
    static const struct crux_problem broken = {.id = "b", .prompt = "\xff"};
    static const struct chat_image image = {"data:", 5};
    struct chat_conversation talk = conversation_of(CHAT_VLLM, CHAT_COMPLETIONS);
    struct chat_asking asking = asking_of(CRUX_STEP, NULL);

    asking.problem = &broken;
    assert_not_written(&talk, &asking, CRUX_MEMORY,
                       "no memory for a request, or the problem is not UTF-8");
    asking.images = &image;
    asking.image_count = 1;
    assert_not_written(&talk, &asking, CRUX_INVALID,
                       "route completions takes no images: use prefill or next");
    talk.settings.route = CHAT_PREFILL;
    asking.image_count = 4;
    assert_not_written(&talk, &asking, CRUX_INVALID, "a problem has at most 3 images, not 4");
}

/* Settings that cannot work are refused before the first call. */
Test(ask, settings_that_cannot_work)
{
    struct chat_conversation talk = conversation_of(CHAT_OPENAI, CHAT_COMPLETIONS);
    struct crux_error error = {""};

    assert_not_together(&talk, "profile openai has no route completions");
    talk.settings.route = CHAT_NEXT;
    cr_assert_eq(chat_conversation_check(&talk, NULL), CRUX_OK);
    talk.settings.top_k = 40;
    assert_not_together(&talk, "profile openai knows no top-k: leave it at 0");
    talk.settings.top_k = 0;
    talk.settings.min_p = 0.1;
    assert_not_together(&talk, "profile openai knows no min-p: leave it at 0");
    talk.settings.min_p = 0.0;
    talk.boundary.count = 5;
    assert_not_together(&talk, "profile openai takes at most 4 stop strings, not 5");
    talk.boundary.count = 0;
    cr_assert_eq(chat_conversation_check(&talk, &error), CRUX_INVALID);
    cr_assert_eq(strncmp(error.text, "steps need an end", 17), 0, "%s", error.text);
    talk = conversation_of(CHAT_VLLM, CHAT_COMPLETIONS);
    talk.settings.top_k = 40;
    talk.settings.min_p = 0.1;
    cr_assert_eq(chat_conversation_check(&talk, NULL), CRUX_OK);
    talk.settings.chat_template = NULL;
    assert_not_together(&talk, "route completions needs a chat template: a name like chatml, a "
                               "file, or a server that renders it");
}

/* A top_p that restricts nothing is not sent, and stays in the text that keys are made from; one
 * that restricts is sent, and so is one that the user wrote. */
Test(ask, top_p)
{
    const struct crux_problem tricky = {.id = "q", .prompt = "x\", \"top_p\": 1.0"};
    struct chat_conversation talk = conversation_of(CHAT_OPENAI, CHAT_NEXT);
    const struct chat_asking asking = {.kind = CRUX_STEP, .problem = &tricky};
    struct json *patch = NULL;
    struct chat_body body;
    char *whole = written(&talk, &asking);

    cr_assert_null(strstr(whole, ", \"top_p\": 1.0"), "%s", whole);
    cr_assert_not_null(strstr(whole, "\\\"top_p\\\": 1.0"), "%s", whole);
    free(whole);
    cr_assert_eq(chat_conversation_write(&body, &talk, &asking, NULL), CRUX_OK);
    cr_assert_not_null(strstr(body.text, "\"temperature\": 0.7, \"top_p\": 1.0"), "%s", body.text);
    chat_body_free(&body);
    cr_assert_eq(json_parse(&patch, "{\"top_p\": 1.0}", 14, NULL), CRUX_OK);
    talk.settings.patch = patch;
    whole = written(&talk, &asking);
    cr_assert_not_null(strstr(whole, ", \"top_p\": 1.0"), "%s", whole);
    free(whole);
    json_free(patch);
    talk.settings.patch = NULL;
    talk.settings.top_p = 0.9;
    whole = written(&talk, &asking);
    cr_assert_not_null(strstr(whole, ", \"top_p\": 0.9"), "%s", whole);
    free(whole);
}

/* A patch adds, replaces and takes away; what is taken away is neither in the body nor in the
 * tail, and nothing is cut at stops that were not sent. */
Test(ask, patched)
{
    static const char text[] = "{\"stop\": null, \"seed\": null, \"temperature\": null, "
                               "\"chat_template_kwargs\": {\"enable_thinking\": false}}";
    struct chat_conversation talk = conversation_of(CHAT_VLLM, CHAT_NEXT);
    const struct chat_asking asking = {.kind = CRUX_STEP, .problem = &problem};
    struct json *patch = NULL;
    char *whole;

    cr_assert_eq(json_parse(&patch, text, strlen(text), NULL), CRUX_OK);
    talk.settings.patch = patch;
    cr_assert_not(chat_conversation_stops(&talk, CRUX_STEP));
    whole = written(&talk, &asking);
    cr_assert_null(strstr(whole, "stop"), "%s", whole);
    cr_assert_null(strstr(whole, "seed"), "%s", whole);
    cr_assert_null(strstr(whole, "temperature"), "%s", whole);
    cr_assert_not_null(strstr(whole, "\"chat_template_kwargs\": {\"enable_thinking\": false}"));
    free(whole);
    json_free(patch);
}

/* Where there is no system turn its words stand in front of the user's. */
Test(ask, system_in_user)
{
    struct chat_conversation talk = conversation_of(CHAT_OPENAI, CHAT_NEXT);
    const struct chat_asking asking = {.kind = CRUX_STEP, .problem = &problem};
    char *whole;

    talk.settings.system_in_user = true;
    whole = written(&talk, &asking);
    cr_assert_null(strstr(whole, "\"system\""), "%s", whole);
    cr_assert_not_null(strstr(whole, "\\n\\n"), "%s", whole);
    free(whole);
}
