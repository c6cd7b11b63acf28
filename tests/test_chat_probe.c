/*
 * test_chat_probe.c - what crux_server_find() promises: each kind of server found out.
 *
 * First the fake model server in all its kinds; then servers that are a list of answers, for
 * the kinds and moods that it does not have.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "policies/crux_policies.h"
#include "tests/world/serving.h"

static const struct crux_chat nothing;

static struct crux_server found_at(const char *url, const struct crux_chat *known, bool thorough)
{
    const struct crux_endpoint endpoint = {.url = url};
    struct crux_server server;
    struct crux_error error = {""};

    cr_assert_eq(crux_server_find(&server, &endpoint, known, thorough, &error), CRUX_OK, "%s",
                 error.text);
    return server;
}

static void assert_lost(const char *url, const struct crux_chat *known, const char *part)
{
    const struct crux_endpoint endpoint = {.url = url};
    struct crux_server server = {.context = 77};
    struct crux_error error = {""};

    cr_assert_eq(crux_server_find(&server, &endpoint, known, false, &error), CRUX_INVALID);
    cr_assert_not_null(strstr(error.text, part), "%s", error.text);
    cr_assert_eq(server.context, 77);
}

/* --- the fake server ---------------------------------------------------------------------- */

/* Of each kind: what it is, how it is best asked, what it says of its context and slots. */
Test(serving, every_kind)
{
    static const struct {
        const char *kind, *profile, *route;
        uint32_t context, slots;
        bool frame;
    } rows[] = {
        {"vllm", "vllm", "prefill", 4096, 0, false}, /* this one has no /detokenize */
        {"sglang", "sglang", "prefill", 4096, 0, false},
        {"llamacpp", "llamacpp", "completions", 4096, 7, true},
        {"ollama", "ollama", "next", 0, 0, false}, /* and that goes on with no turn */
        {"openai", "openai", "next", 0, 0, false},
        {"generic", "generic", "next", 0, 0, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const arguments[] = {"--kind", rows[i].kind, "--context",   "4096", "--slots",
                                         "7",      "--model",    "house/small", NULL};
        struct serving serving;
        struct crux_server server;

        serving_start(&serving, arguments);
        server = found_at(serving.url, &nothing, false);
        serving_stop(&serving);
        cr_assert_str_eq(server.profile, rows[i].profile);
        cr_assert_str_eq(server.route, rows[i].route, "%s", rows[i].kind);
        cr_assert_str_eq(server.model, "house/small");
        cr_assert_eq(server.context, rows[i].context, "%s", rows[i].kind);
        cr_assert_eq(server.slots, rows[i].slots, "%s", rows[i].kind);
        cr_assert_eq(server.chat_template != NULL, rows[i].frame, "%s", rows[i].kind);
        cr_assert_gt(server.round_trip_ns, 0);
        cr_assert_not_null(strstr(server.said, " with small"), "%s", server.said);
        crux_server_free(&server);
    }
}

/* A thorough look tries every route, and reports what works. */
Test(serving, thorough)
{
    const char *const arguments[] = {"--kind", "llamacpp", NULL};
    const struct crux_chat known = {.logprobs = true};
    struct serving serving;
    struct crux_server server;

    serving_start(&serving, arguments);
    server = found_at(serving.url, &known, true);
    serving_stop(&serving);
    for (int i = 0; i < CRUX_ROUTES; i++)
        cr_assert(server.works[i], "route %d", i);
    cr_assert(server.continues);
    cr_assert(server.repeats);
    cr_assert(server.logprobs[0]);
    cr_assert(server.logprobs[1]);
    cr_assert_not_null(strstr(server.chat_template, "<|im_start|>user\n{{user}}<|im_end|>"));
    cr_assert_eq(strncmp(server.said, "http://127.0.0.1:", 17), 0);
    cr_assert_not_null(strstr(server.said,
                              " is llamacpp with fake, context 8192 tokens, 256 slots; "
                              "asked with prompts of our own (route completions)"),
                       "%s", server.said);
    crux_server_free(&server);
}

/* How many samples a server works on at a time, where its kind tells; else, and where nobody is,
 * nothing. */
Test(serving, slots)
{
    static const struct {
        const char *kind;
        uint32_t slots;
    } rows[] = {{"llamacpp", 7}, {"sglang", 7}, {"vllm", 0}, {"generic", 0}};
    struct crux_endpoint endpoint;
    struct crux_chat chat = {.profile = NULL};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const arguments[] = {"--kind", rows[i].kind, "--slots", "7", NULL};
        struct serving serving;

        serving_start(&serving, arguments);
        endpoint = (struct crux_endpoint){.url = serving.url};
        chat.profile = rows[i].kind;
        cr_expect_eq(crux_server_slots(&endpoint, &chat, 0), rows[i].slots, "%s", rows[i].kind);
        serving_stop(&serving);
        cr_expect_eq(crux_server_slots(&endpoint, &chat, 1000000000), 0, "%s", rows[i].kind);
    }
    endpoint.url = "ftp://x";
    cr_expect_eq(crux_server_slots(&endpoint, &chat, 0), 0);
}

/* Names that there are not, and places where there is no server. */
Test(serving, refused)
{
    const char *const arguments[] = {"--kind", "vllm", "--model", "small", NULL};
    struct crux_chat known = nothing;
    struct serving serving;

    serving_start(&serving, arguments);
    known.profile = "tgi";
    assert_lost(serving.url, &known, "there is no profile `tgi`");
    known = nothing;
    known.route = "chat";
    assert_lost(serving.url, &known, "there is no route `chat`");
    serving_stop(&serving);
    assert_lost(serving.url, &nothing, "no model server answers: ");
    assert_lost("ftp://x", &nothing, "ftp://x");
}

/* --- a list of answers -------------------------------------------------------------------------
 */

struct answer {
    const char *path;
    int status;
    const char *body;
    int times; /* 0: always */
};

/* A server that gives them, one connection after the other, until it is closed. */
struct listed {
    struct answer *answers;
    size_t count;
    int socket;
    pthread_t thread;
    char url[64];
};

static const struct answer *answer_to(struct listed *listed, const char *request)
{
    const char *path = strchr(request, ' ') + 1;
    size_t length = strcspn(path, " ");

    for (size_t i = 0; i < listed->count; i++) {
        struct answer *answer = &listed->answers[i];

        if (answer->times < 0 || strlen(answer->path) != length ||
            memcmp(path, answer->path, length) != 0)
            continue;
        if (answer->times > 0 && --answer->times == 0)
            answer->times = -1;
        return answer;
    }
    return NULL;
}

static bool is_whole(const char *request)
{
    const char *body = strstr(request, "\r\n\r\n"), *length = strstr(request, "Content-Length: ");

    return body != NULL && (length == NULL || strlen(body + 4) >= strtoul(length + 16, NULL, 10));
}

static void *serve(void *context)
{
    struct listed *listed = context;
    int peer;

    while ((peer = accept(listed->socket, NULL, NULL)) >= 0) {
        char request[8192] = "", reply[8192];
        size_t filled = 0;
        ssize_t got = 1;
        const struct answer *answer;
        int length;

        while (!is_whole(request) && filled < sizeof request - 1 && got > 0) {
            got = read(peer, request + filled, sizeof request - 1 - filled);
            filled += got > 0 ? (size_t)got : 0;
        }
        answer = answer_to(listed, request);
        length = snprintf(reply, sizeof reply,
                          "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nConnection: close\r\n"
                          "Content-Length: %zu\r\n\r\n%s",
                          answer == NULL ? 404 : answer->status,
                          answer == NULL ? 2 : strlen(answer->body),
                          answer == NULL ? "{}" : answer->body);
        (void)!write(peer, reply, (size_t)length);
        (void)close(peer);
    }
    return NULL;
}

static void start(struct listed *listed, struct answer *answers, size_t count)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;

    *listed = (struct listed){.answers = answers, .count = count};
    listed->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(listed->socket, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(listed->socket, 16), 0);
    cr_assert_eq(getsockname(listed->socket, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(listed->url, sizeof listed->url, "http://127.0.0.1:%d/v1",
                   ntohs(address.sin_port));
    cr_assert_eq(pthread_create(&listed->thread, NULL, serve, listed), 0);
}

static void stop(struct listed *listed)
{
    (void)shutdown(listed->socket, SHUT_RDWR);
    (void)pthread_join(listed->thread, NULL);
    (void)close(listed->socket);
}

#define MODELS(rest) "{\"object\":\"list\",\"data\":[{\"id\":\"m\"" rest "}]}"

static struct crux_server found_listed(struct answer *answers, size_t count,
                                       const struct crux_chat *known)
{
    struct listed listed;
    struct crux_server server;

    start(&listed, answers, count);
    server = found_at(listed.url, known, false);
    stop(&listed);
    return server;
}

static void lost_listed(struct answer *answers, size_t count, const struct crux_chat *known,
                        const char *part)
{
    struct listed listed;

    start(&listed, answers, count);
    assert_lost(listed.url, known, part);
    stop(&listed);
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A server that renders a chat as tokens is asked for their text: vLLM calls it prompt, SGLang
 * text; then prompts are our own, without a second beginning of text where it adds one. */
Test(listed, templates_by_tokens)
{
    static const struct {
        const char *owner, *detokenized, *frame;
    } rows[] = {
        {",\"owned_by\":\"vllm\",\"max_model_len\":512",
         "{\"prompt\":\"<s>[CruxSystemTurn]CruxUserTurn:\"}", "=<s>[{{system}}]{{user}}:"},
        {",\"owned_by\":\"sglang\",\"max_model_len\":512",
         "{\"text\":\"<s>[CruxSystemTurn]CruxUserTurn:\"}", "=<s>[{{system}}]{{user}}:"},
    };

    for (size_t i = 0; i < 2; i++) {
        char models[256];
        struct answer answers[] = {{"/v1/models", 200, models, 0},
                                   {"/detokenize", 200, rows[i].detokenized, 0},
                                   {"/tokenize", 200, "{\"tokens\":[1,2,3]}", 0}};
        struct crux_server server;

        (void)snprintf(models, sizeof models, "{\"data\":[{\"id\":\"m\"%s}]}", rows[i].owner);
        server = found_listed(answers, COUNT(answers), &nothing);
        cr_assert_str_eq(server.route, "completions");
        cr_assert_str_eq(server.chat_template, rows[i].frame);
        cr_assert_eq(server.context, 512);
        crux_server_free(&server);
    }
}

/* A template that changes the turns, or a server that has none, leaves the next best route. */
Test(listed, templates_that_are_none)
{
    static const char *const bodies[] = {"{\"prompt\":\"CruxUserTurn\"}", "{}", "{\"tokens\":[1]}",
                                         "no"};

    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct answer answers[] = {{"/v1/models", 200, MODELS(",\"owned_by\":\"vllm\""), 0},
                                   {"/tokenize", 200, bodies[i], 0}};
        struct crux_server server = found_listed(answers, COUNT(answers), &nothing);

        cr_assert_str_eq(server.route, "prefill");
        cr_assert_null(server.chat_template);
        crux_server_free(&server);
    }
}

/* Who owns a model does not always say what serves it; a route that only one kind has does. */
Test(listed, kinds_by_their_routes)
{
    static const struct {
        const char *path, *body, *profile;
    } rows[] = {
        {"/props", "{\"total_slots\":3,\"default_generation_settings\":{\"n_ctx\":99}}",
         "llamacpp"},
        {"/api/version", "{\"version\":\"0.9\"}", "ollama"},
        {"/get_model_info", "{\"model_path\":\"m\"}", "sglang"},
        {"/version", "{\"version\":\"0.11\"}", "vllm"},
        {"/nothing", "{}", "generic"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer answers[] = {{"/v1/models", 200, MODELS(",\"owned_by\":\"me\""), 0},
                                   {rows[i].path, 200, rows[i].body, 0}};
        struct crux_server server = found_listed(answers, COUNT(answers), &nothing);

        cr_assert_str_eq(server.profile, rows[i].profile);
        cr_assert_eq(server.slots, i == 0 ? 3 : 0);
        crux_server_free(&server);
    }
}

#define SAYS(text)                                                                                 \
    "{\"choices\":[{\"message\":{\"content\":\"" text "\"},\"finish_reason\":\"length\"}]}"

/* Whether a last turn goes on is tried where it is not known: it does if the reply begins with
 * that turn or with what comes next. */
Test(listed, a_turn_that_goes_on)
{
    static const struct {
        const char *says, *route;
        bool repeats;
    } rows[] = {
        {SAYS("one, two, three"), "prefill", true},
        {SAYS(" three, four"), "prefill", false},
        {SAYS("One, two, three"), "next", false},
        {SAYS("Sure! one, two"), "next", false},
        {"{}", "next", false},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer answers[] = {{"/v1/models", 200, MODELS(""), 0},
                                   {"/v1/chat/completions", 200, rows[i].says, 0}};
        struct crux_server server = found_listed(answers, COUNT(answers), &nothing);

        cr_assert_str_eq(server.profile, "generic");
        cr_assert_str_eq(server.route, rows[i].route, "%s", rows[i].says);
        cr_assert_eq(server.repeats, rows[i].repeats);
        crux_server_free(&server);
    }
}

/* What is known is not asked for again, and is what counts. */
Test(listed, what_is_known)
{
    struct answer answers[] = {{"/v1/models", 200, MODELS(",\"owned_by\":\"openai\""), 0}};
    struct crux_chat known = {.profile = "vllm", .route = "prefill"};
    struct crux_server server = found_listed(answers, 1, &known);

    cr_assert_str_eq(server.profile, "vllm");
    cr_assert_str_eq(server.route, "prefill");
    crux_server_free(&server);
    known = (struct crux_chat){.chat_template = "chatml", .profile = "vllm"};
    server = found_listed(answers, 1, &known);
    cr_assert_str_eq(server.route, "completions");
    cr_assert_null(server.chat_template);
    crux_server_free(&server);
}

/* A server that lists no models is believed about the one that was named. */
Test(listed, models_that_are_not_listed)
{
    struct answer answers[] = {{"/version", 200, "{\"version\":\"1\"}", 0}};
    struct crux_chat known = {.model = "mine"};
    struct crux_server server = found_listed(answers, 1, &known);

    cr_assert_str_eq(server.model, "mine");
    cr_assert_str_eq(server.profile, "vllm");
    crux_server_free(&server);
    lost_listed(answers, 1, &nothing, "answers, but has no /models: is its path right?");
}

/* Of several models one must be chosen, and what is no list is none. */
Test(listed, lists_of_models)
{
    struct answer several[] = {
        {"/v1/models", 200, "{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"},{}]}", 0}};
    struct answer none[] = {{"/v1/models", 200, "{\"data\":[]}", 0}};
    struct answer other[] = {{"/v1/models", 200, "{\"models\":1}", 0}};
    struct answer page[] = {{"/v1/models", 200, "<html>", 0}};
    struct answer closed[] = {{"/v1/models", 401, "{\"error\":{\"message\":\"no key\"}}", 0}};
    struct crux_chat known = {.model = "b"};
    struct crux_server server = found_listed(several, 1, &known);

    cr_assert_str_eq(server.model, "b");
    crux_server_free(&server);
    lost_listed(several, 1, &nothing, "serves several models: choose one with --model: a, b, ?");
    lost_listed(none, 1, &nothing, "lists no model");
    lost_listed(other, 1, &nothing, "answers, but not like a model server");
    lost_listed(page, 1, &nothing, "answers, but not like a model server");
    lost_listed(closed, 1, &nothing, "is there, but does not let you list its models");
    lost_listed(closed, 1, &nothing, "no key");
}

/* Lists of other forms are read; a named model that is not in a list, or whose list cannot be read,
 * is asked for all the same, and a note says so. What is no server is none. */
Test(listed, a_list_is_advice)
{
    static const struct {
        int status;
        const char *body, *note;
        bool alone; /* it also tells the model when none was named */
    } rows[] = {
        {200, "[{\"id\":\"b\"}]", "", true},
        {200, "{\"models\":[{\"name\":\"b\"}]}", "", true},
        {200, "\xEF\xBB\xBF{\"data\":[{\"id\":\"b\"}]}", "", true},
        {200, "{\"data\":[\"b\"]}", "", true},
        {200, "{\"data\":[{\"id\":\"b:latest\"},{\"id\":\"c\"}]}", "lists no model `b`", false},
        {200, "{\"data\":[]}", "it lists: none", false},
        {200, "<html>", "no list of models that could be read", false},
        {200, "{\"models\":1}", "no list of models that could be read", false},
        {401, "{}", "does not let you list its models", false},
        {403, "{}", "does not let you list its models", false},
        {405, "{}", "does not let you list its models", false},
        {301, "", "does not let you list its models", false},
        {404, "{}", "", false},
    };
    const struct crux_chat known = {.model = "b", .profile = "openai", .route = "next"};

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer answers[] = {{"/v1/models", rows[i].status, rows[i].body, 0}};
        struct crux_server server = found_listed(answers, 1, &known);

        cr_expect_str_eq(server.model, "b");
        cr_expect_eq(*server.note == '\0', *rows[i].note == '\0', "%s: %s", rows[i].body,
                     server.note);
        cr_expect_not_null(strstr(server.note, rows[i].note), "%s: %s", rows[i].body, server.note);
        crux_server_free(&server);
        if (!rows[i].alone)
            continue;
        server = found_listed(answers, 1, &nothing);
        cr_expect_str_eq(server.model, "b");
        crux_server_free(&server);
    }
}

/* What stands in between is no server: a gateway's word ends the start. */
Test(listed, gateways)
{
    struct answer gateway[] = {{"/v1/models", 502, "<html>Bad Gateway", 0}};
    struct answer proxy[] = {{"/v1/models", 407, "<html>", 0}};
    const struct crux_chat known = {.model = "b", .profile = "openai", .route = "next"};

    lost_listed(gateway, 1, &known, "no model server answers");
    lost_listed(proxy, 1, &known, "no model server answers");
}

/* A chat template that takes no system turn is told from a server that takes nothing. */
Test(listed, system_turns)
{
    const struct crux_chat known = {.model = "m", .profile = "openai", .route = "next"};
    struct answer first[] = {{"/v1/models", 200, MODELS(""), 0},
                             {"/v1/chat/completions", 400, "{\"error\":\"System role\"}", 1},
                             {"/v1/chat/completions", 200, SAYS("one"), 0}};
    struct answer never[] = {{"/v1/models", 200, MODELS(""), 0},
                             {"/v1/chat/completions", 400, "{\"error\":\"no\"}", 0}};
    struct answer always[] = {{"/v1/models", 200, MODELS(""), 0},
                              {"/v1/chat/completions", 200, SAYS("one"), 0}};
    struct crux_server server = found_listed(first, COUNT(first), &known);

    cr_expect_str_eq(server.system, "user");
    crux_server_free(&server);
    server = found_listed(never, COUNT(never), &known);
    cr_expect_null(server.system);
    crux_server_free(&server);
    server = found_listed(always, COUNT(always), &known);
    cr_expect_null(server.system);
    crux_server_free(&server);
}

/* A template that leaves the system turn out without a word: its words are put to the user's. */
Test(listed, templates_without_a_system_turn)
{
    struct answer answers[] = {
        {"/v1/models", 200, MODELS(",\"owned_by\":\"vllm\""), 0},
        {"/detokenize", 200, "{\"prompt\":\"[CruxUserTurn]\"}", 1},
        {"/detokenize", 200, "{\"prompt\":\"[CruxSystemTurn\\n\\nCruxUserTurn]\"}", 0},
        {"/tokenize", 200, "{\"tokens\":[1,2,3]}", 0}};
    struct crux_server server = found_listed(answers, COUNT(answers), &nothing);

    cr_expect_str_eq(server.route, "completions");
    cr_expect_str_eq(server.chat_template, "=[{{system}}\n\n{{user}}]");
    cr_expect_str_eq(server.system, "user");
    crux_server_free(&server);
}

/* A server that is still loading its model is waited for. */
Test(listed, loading)
{
    struct answer answers[] = {
        {"/v1/models", 503, "{\"error\":{\"message\":\"Loading model\",\"code\":503}}", 1},
        {"/v1/models", 200, MODELS(",\"owned_by\":\"openai\""), 0}};
    struct crux_server server = found_listed(answers, COUNT(answers), &nothing);

    cr_assert_str_eq(server.model, "m");
    crux_server_free(&server);
}

/* A name that does not fit is refused, not cut. */
Test(listed, long_names)
{
    char models[512];
    struct answer answers[] = {{"/v1/models", 200, models, 0}};

    (void)snprintf(models, sizeof models, "{\"data\":[{\"id\":\"%0300d\"}]}", 0);
    lost_listed(answers, 1, &nothing, "the name of its model is too long");
}
