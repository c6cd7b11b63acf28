/*
 * test_http_critic.c - a service of JSON as a critic: the file that describes it, pointers into its
 * replies, and what is read there.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "critics/crux_critics.h"
#include "critics/http/hear.h"
#include "io/pointer.h"
#include "critics/http/request.h"
#include "io/backends/backends.h"
#include "io/json.h"
#include "tests/world/port_fixture.h"
#include "tests/world/serving.h"

/* --- pointers ----------------------------------------------------------------------------- */

static struct json *parsed(const char *text)
{
    struct json *json = NULL;
    struct crux_error error = {""};

    cr_assert_eq(json_parse(&json, text, strlen(text), &error), CRUX_OK, "%s", error.text);
    return json;
}

static void assert_points(const char *pointer, const char *expected)
{
    struct json *document =
        parsed("{\"a\": [10, {\"b/c\": 1, \"~\": 2, \"*\": 3}], \"\": 4, \"0\": 5}");
    const struct json *found = pointer_find(document, pointer, 1);
    char *text = found != NULL ? json_text(found, false) : NULL;

    cr_expect(pointer_is(pointer));
    if (expected == NULL)
        cr_expect_null(text, "%s", pointer);
    else
        cr_expect_str_eq(text, expected, "%s", pointer);
    free(text);
    json_free(document);
}

/* RFC 6901, and * for a place. */
Test(pointer, finds)
{
    assert_points("/a/0", "10");
    assert_points("/a/1/b~1c", "1");
    assert_points("/a/*/~0", "2");
    assert_points("/a/1/*", "3");
    assert_points("/", "4");
    assert_points("/0", "5");
    assert_points("/a/2", NULL);
    assert_points("/a/01", NULL);
    assert_points("/a/-", NULL);
    assert_points("/a/", NULL);
    assert_points("/a/0/b", NULL);
    assert_points("/a/9999999999", NULL);
    assert_points("/x/y", NULL);
}

Test(pointer, the_whole)
{
    struct json *document = parsed("7");

    cr_expect_eq(pointer_find(document, "", 0), document);
    json_free(document);
}

Test(pointer, refused)
{
    char longest[400];

    memset(longest, 'x', sizeof longest);
    longest[0] = '/';
    longest[sizeof longest - 1] = '\0';
    cr_expect_not(pointer_is("a"));
    cr_expect_not(pointer_is("/a~2"));
    cr_expect_not(pointer_is("/a~"));
    cr_expect_not(pointer_is(longest));
}

/* --- the file -------------------------------------------------------------------------------- */

static char file[] = "/tmp/crux-http-XXXXXX.yaml";

static void make_file(void)
{
    (void)close(mkstemps(file, 5));
}

static void remove_file(void)
{
    (void)unlink(file);
}

static void describe(const char *text)
{
    FILE *out = fopen(file, "w");

    (void)fputs(text, out);
    (void)fclose(out);
}

#define REQUEST "request: '{\"a\": \"{{candidate|json}}\"}'\n"
#define LEAST   "url: http://127.0.0.1:9\n" REQUEST "score: /score\n"

TestSuite(service, .init = make_file, .fini = remove_file, .timeout = 60);

static void assert_refused(const char *text, const char *sentence)
{
    struct service service = {.request = NULL};
    struct crux_error error = {""};

    describe(text);
    cr_expect_eq(service_read(&service, file, &error), CRUX_INVALID, "%s", text);
    cr_expect_null(service.request);
    cr_expect_not_null(strstr(error.text, sentence), "%s", error.text);
}

/* Whatever is wrong is named by its place, with what was expected. */
Test(service, refused)
{
    assert_refused("url: http://x\n", "a service has at least url, request, score");
    assert_refused(LEAST "name: ''\n", "`` is no name for a backend: say name: in it");
    assert_refused(LEAST "name: my judge\n", "`my judge` is no name for a backend");
    assert_refused(LEAST "colour: red\n", "4:9: there is no `colour` in a service");
    assert_refused(LEAST "verdict: x\n", "4:10: verdict: expected a JSON pointer, like "
                                         "/results/0/score, found `x`");
    assert_refused(LEAST "path: x\n", "path: expected a path that begins with /, found `x`");
    assert_refused(LEAST "each: one\n", "each: expected candidate, call, found `one`");
    assert_refused(LEAST "transform: clipp\n",
                   "transform: expected identity, clip, sigmoid, found `clipp`");
    assert_refused(LEAST "aggregate: la\n",
                   "aggregate: expected last, min, product, mean, found `la`");
    assert_refused(LEAST "range: 1\n", "range: expected two numbers LOW,HIGH");
    assert_refused(LEAST "range: 1,1\n", "range: expected two numbers LOW,HIGH");
    assert_refused(LEAST "range: x,1\n", "range: expected two numbers LOW,HIGH");
    assert_refused(LEAST "right-from: 2\n", "right-from: expected a number from 0 to 1");
    assert_refused(LEAST "in-flight: 0\n", "in-flight: expected a whole number from 1 to 65,536");
    assert_refused(LEAST "retries: -1\n", "retries: expected a whole number from 0 to 65,536");
    assert_refused(LEAST "retries: 1.5\n", "retries: expected a whole number");
    assert_refused(LEAST "answer-timeout: 0\n", "answer-timeout: expected seconds");
    assert_refused(LEAST "right:\n  - a\n", "right: expected one value");
    assert_refused(LEAST "more:\n  right: a\n", "right: expected no mapping around it");
    assert_refused("url: http://x\nscore: /s\nrequest: '{{colour}}'\n", "colour");
    assert_refused("url: http://x\nscore: /s\nrequest: '{{candidate'\n", "request:1");
    assert_refused("url: http://x\nscore: /s\nrequest: '{\"a\": \"{{problem}}\"}'\n",
                   "the request is no JSON when it is filled in");
    assert_refused("url: http://x\nscore: /s\neach: call\nrequest: '\"{{candidate|json}}\"'\n",
                   "candidate");
}

/* All that may be said. */
Test(service, all_of_it)
{
    struct service service;
    struct crux_error error = {""};

    describe("url: [http://a, http://b]\nheader: ['X-One: 1', 'X-Two: 2']\nname: judge\n"
             "model: m\npath: /p\nkey-env: KEY\nkey-header: X-Key\nretries: 0\nin-flight: 7\n"
             "answer-timeout: 2.5\neach: call\ntransform: sigmoid\nrange: -1,1\naggregate: mean\n"
             "score: /s/*\nverdict: /v\nright: yes\nwrong: no\nright-from: 0.5\nanswer: /a\n"
             "sentence: /w\nrequest: '{\"all\": [{{#candidates}}{{^@first}},{{/@first}}"
             "\"{{candidate|json}}\"{{/candidates}}]}'\n");
    cr_assert_eq(service_read(&service, file, &error), CRUX_OK, "%s", error.text);
    cr_expect_eq(service.address.url_count, 2);
    cr_expect_eq(service.address.header_count, 2);
    cr_expect_eq(service.address.retries, 0);
    cr_expect_eq(service.address.in_flight, 7);
    cr_expect_eq(service.address.answer_ns, 2500000000);
    cr_expect(service.together);
    cr_expect_eq(service.low, -1.0);
    cr_expect_str_eq(service.address.texts[ADDRESS_NAME], "judge");
    service_free(&service);
}

/* Without a name it is called as its file, up to the first dot. */
Test(service, its_name)
{
    struct service service;

    describe(LEAST);
    cr_assert_eq(service_read(&service, file, NULL), CRUX_OK);
    cr_expect_eq(strncmp(service.address.texts[ADDRESS_NAME], "crux-http-", 10), 0);
    cr_expect_null(strchr(service.address.texts[ADDRESS_NAME], '.'));
    service_free(&service);
}

/* --- requests --------------------------------------------------------------------------------- */

static const struct crux_problem problem = {.id = "p", .prompt = "How \"many\"?", .line = "{}"};
static const struct crux_step first = {.text = "one\vmore", .length = 8, .depth = 1};
static const struct crux_step answers[] = {
    {.previous = &first, .text = "two", .length = 3, .depth = 2},
    {.previous = &first, .text = "", .length = 0, .depth = 2},
};

static struct crux_call asked(enum crux_verb verb)
{
    return (struct crux_call){.verb = verb,
                              .count = 2,
                              .candidates = answers,
                              .seed = 4096,
                              .state = {.problem = &problem, .last = &first, .depth = 1}};
}

static void assert_sends(const char *description, uint32_t index, const struct crux_call *call,
                         const char *expected)
{
    struct service service;
    struct crux_error error = {""};
    char *body = NULL;

    describe(description);
    cr_assert_eq(service_read(&service, file, &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(service_compose(&body, &service, call, index, &error), CRUX_OK, "%s", error.text);
    cr_expect_str_eq(body, expected);
    free(body);
    service_free(&service);
}

/* What a template can say of one candidate, of all, and of the path alone. */
Test(service, sends)
{
    const struct crux_call call = asked(CRUX_JUDGE);
    struct crux_call alone = asked(CRUX_SCORE);

    assert_sends(
        "url: http://x\nscore: /s\nrequest: '[\"{{problem|json}}\", \"{{id|json}}\", {{seed}}, "
        "[{{#steps}}\"{{.|json}}\"{{/steps}}], \"{{candidate|json}}\", "
        "\"{{solution|json}}\"]'\n",
        0, &call,
        "[\"How \\\"many\\\"?\", \"p\", 2, [\"one\\nmore\"], \"two\", "
        "\"one\\nmore\\ntwo\"]");
    assert_sends("url: http://x\nscore: /s\neach: call\nrequest: '[{{#candidates}}{{^@first}}, "
                 "{{/@first}}\"{{solution|json}}\"{{/candidates}}]'\n",
                 0, &call, "[\"one\\nmore\\ntwo\", \"one\\nmore\"]");
    alone.candidates = NULL;
    alone.count = 1;
    assert_sends("url: http://x\nscore: /s\nrequest: '[\"{{candidate|json}}\", "
                 "\"{{solution|json}}\"]'\n",
                 0, &alone, "[\"\", \"one\\nmore\"]");
}

/* --- replies -----------------------------------------------------------------------------------
 */

static int hear(struct said *out, const char *description, enum crux_verb verb, const char *reply,
                struct crux_error *error)
{
    struct service service;
    struct json *json = parsed(reply);
    double *steps;
    int status;

    describe(description);
    cr_assert_eq(service_read(&service, file, error), CRUX_OK, "%s", error->text);
    status = service_hear(out, &steps, &service, verb, json, 1, error);
    free(steps);
    json_free(json);
    service_free(&service);
    return status;
}

static void assert_number(const char *more, const char *reply, double expected)
{
    char description[400];
    struct said said;
    struct crux_error error = {""};

    (void)snprintf(description, sizeof description, LEAST "%s", more);
    cr_assert_eq(hear(&said, description, CRUX_SCORE, reply, &error), CRUX_OK, "%s", error.text);
    cr_expect_float_eq(said.number, expected, 1e-12, "%s %s", more, reply);
}

static void assert_unheard(const char *more, const char *reply, const char *sentence)
{
    char description[400];
    struct said said;
    struct crux_error error = {""};

    (void)snprintf(description, sizeof description, LEAST "%s", more);
    cr_expect_eq(hear(&said, description, CRUX_JUDGE, reply, &error), CRUX_FAILED);
    cr_expect_str_eq(error.text, sentence);
}

/* Numbers, and how they are changed. */
Test(service, numbers)
{
    assert_number("", "{\"score\": 0.25}", 0.25);
    assert_number("", "{\"score\": 1}", 1.0);
    assert_number("", "{\"score\": null}", -1.0);
    assert_number("range: 0,10\n", "{\"score\": 7}", 0.7);
    assert_number("transform: clip\n", "{\"score\": -3}", 0.0);
    assert_number("transform: clip\nrange: 1,3\n", "{\"score\": 4.5}", 1.0);
    assert_number("transform: sigmoid\n", "{\"score\": -2}", 1.0 / (1.0 + exp(2.0)));
}

/* A list is one of steps. */
Test(service, steps)
{
    static const char reply[] = "{\"score\": [0.5, 1, 0.25]}";

    assert_number("", reply, 0.25);
    assert_number("aggregate: min\n", reply, 0.25);
    assert_number("aggregate: product\n", reply, 0.125);
    assert_number("aggregate: mean\n", reply, 1.75 / 3.0);
    assert_number("aggregate: min\n", "{\"score\": [0.5, null]}", -1.0);
    assert_number("", "{\"score\": [null, 0.5]}", 0.5);
}

/* What is not as it must be is named by its pointer. */
Test(service, bad_replies)
{
    assert_unheard("", "{}",
                   "the reply at /score: expected a number, a list of numbers or null, found "
                   "nothing");
    assert_unheard("", "{\"score\": \"1\"}",
                   "the reply at /score: expected a number, a list of numbers or null, found a "
                   "string");
    assert_unheard(
        "", "{\"score\": 1.5}",
        "the reply at /score: expected a number from 0 to 1 (transform: clip and sigmoid "
        "take others), found 1.5");
    assert_unheard(
        "", "{\"score\": 1.0000001}",
        "the reply at /score: expected a number from 0 to 1 (transform: clip and sigmoid "
        "take others), found 1.0000001");
    assert_unheard("", "{\"score\": []}",
                   "the reply at /score: expected 1 .. 65536 numbers, found 0");
    assert_unheard("", "{\"score\": [1, true]}",
                   "the reply at /score: expected a number, a list of numbers or null, found a "
                   "boolean");
    assert_unheard("verdict: /v\n", "{\"score\": 1, \"v\": 1}",
                   "the reply at /v: expected true, false, null or a text, found an integer");
    assert_unheard("verdict: /v\n", "{\"score\": 1}",
                   "the reply at /v: expected true, false, null or a text, found nothing");
    assert_unheard("answer: /a\n", "{\"score\": 1, \"a\": 7}",
                   "the reply at /a: expected a text or null, found an integer");
}

static void assert_verdict(const char *more, const char *reply, enum crux_verdict verdict,
                           double reward)
{
    char description[400];
    struct said said;
    struct crux_error error = {""};

    (void)snprintf(description, sizeof description, LEAST "%s", more);
    cr_assert_eq(hear(&said, description, CRUX_JUDGE, reply, &error), CRUX_OK, "%s", error.text);
    cr_expect_eq(said.verdict, verdict, "%s %s", more, reply);
    cr_expect_float_eq(said.number, reward, 1e-12);
}

/* A verdict is what is said, and unknown where nothing is. */
Test(service, verdicts)
{
    assert_verdict("", "{\"score\": 0.9}", CRUX_UNKNOWN, 0.9);
    assert_verdict("", "{\"score\": null}", CRUX_UNKNOWN, 0.5);
    assert_verdict("right-from: 0.8\n", "{\"score\": 0.8}", CRUX_RIGHT, 0.8);
    assert_verdict("right-from: 0.8\n", "{\"score\": 0.7}", CRUX_WRONG, 0.7);
    assert_verdict("right-from: 0.8\n", "{\"score\": null}", CRUX_UNKNOWN, 0.5);
    assert_verdict("verdict: /v\n", "{\"score\": 1, \"v\": true}", CRUX_RIGHT, 1.0);
    assert_verdict("verdict: /v\n", "{\"score\": 1, \"v\": false}", CRUX_WRONG, 1.0);
    assert_verdict("verdict: /v\n", "{\"score\": 1, \"v\": null}", CRUX_UNKNOWN, 1.0);
    assert_verdict("verdict: /v\n", "{\"score\": 1, \"v\": \"wrong\"}", CRUX_WRONG, 1.0);
    assert_verdict("verdict: /v\nright: ja\n", "{\"score\": 1, \"v\": \"ja\"}", CRUX_RIGHT, 1.0);
    assert_verdict("verdict: /v\nright: ja\n", "{\"score\": 1, \"v\": \"right\"}", CRUX_UNKNOWN,
                   1.0);
}

/* --- asking ------------------------------------------------------------------------------------
 */

static int ask_served(struct crux_backends *backends, const char *url, const char *score,
                      struct port_fixture *asker)
{
    const struct crux_call call = asked(CRUX_SCORE);
    struct crux_critic *critic = NULL;
    struct crux_error error = {""};
    char description[600], name[64];
    int status;

    (void)snprintf(description, sizeof description,
                   "url: %s\nname: scorer\npath: /v1/chat/completions\nretries: 0\nscore: %s\n"
                   "range: 0,1000\nsentence: /choices/0/message/content\n"
                   "request: '{\"model\": \"fake\", \"messages\": [{\"role\": \"user\", "
                   "\"content\": \"{{solution|json}}\"}]}'\n",
                   url, score);
    describe(description);
    (void)snprintf(name, sizeof name, "http:%s", file);
    cr_assert_eq(crux_critic_open(&critic, CRUX_ROLE_EXECUTION, name, backends, &error), CRUX_OK,
                 "%s", error.text);
    status = port_fixture_ask(asker, &critic->port, &call);
    if (status == CRUX_DONE) {
        cr_expect_eq(port_fixture_call(asker)->reply.count, 2);
        cr_expect_gt(port_fixture_call(asker)->reply.scores[0], 0.0);
        cr_expect_not_null(port_fixture_call(asker)->reply.opinions[1].sentence);
        cr_expect_gt(port_fixture_call(asker)->reply.prompt_tokens, 0);
        port_fixture_release(asker);
    } else {
        cr_log_info("%s", port_fixture_call(asker)->reply.sentence);
        cr_expect_not_null(
            strstr(port_fixture_call(asker)->reply.sentence, "the reply at /usage/scare"));
    }
    crux_critic_close(critic);
    return status;
}

/* Each candidate is a question to the backend of its name: one sample, and the account knows. */
Test(service, asked_through_backends)
{
    static const char *const arguments[] = {"--kind", "generic", NULL};
    const struct crux_paying paying = {.store = NULL};
    struct crux_backend_view view;
    struct crux_backends *backends = NULL;
    struct port_fixture *asker = port_fixture_open();
    struct serving serving;

    serving_start(&serving, arguments);
    cr_assert_eq(crux_backends_open(&backends, &paying, NULL), CRUX_OK);
    cr_expect_eq(ask_served(backends, serving.url, "/usage/total_tokens", asker), CRUX_DONE);
    cr_assert(crux_backends_look(backends, 0, &view));
    cr_expect_str_eq(view.name, "scorer");
    cr_expect_eq(view.calls, 2);
    cr_expect_eq(view.questions, 1);
    cr_expect_eq(ask_served(backends, serving.url, "/usage/scare", asker), CRUX_FAILED);
    crux_backends_close(backends);
    port_fixture_close(asker);
    serving_stop(&serving);
}

/* Two files of one name are two services, which cannot be told apart; nor can a service be named as
 * the critic is. */
Test(service, names_are_unique)
{
    const struct crux_paying paying = {.store = NULL};
    struct crux_backends *backends = NULL;
    struct served_options options = {.name = "one", .model = "", .http = http_options_default()};
    const struct http_server server = {.url = "http://127.0.0.1:9"};
    struct served *a = NULL, *b = NULL;
    struct crux_error error = {""};

    options.http.servers = &server;
    options.http.server_count = 1;
    cr_assert_eq(crux_backends_open(&backends, &paying, NULL), CRUX_OK);
    cr_assert_eq(backends_service(&a, backends, "a.yaml", &options, &error), CRUX_OK);
    cr_assert_eq(backends_service(&b, backends, "a.yaml", &options, &error), CRUX_OK);
    cr_expect_eq(a, b);
    cr_expect_eq(backends_service(&b, backends, "b.yaml", &options, &error), CRUX_INVALID);
    cr_expect_str_eq(error.text, "there are two backends of the name one");
    options.name = "http";
    cr_expect_eq(backends_service(&b, backends, "c.yaml", &options, &error), CRUX_INVALID);
    cr_expect_str_eq(error.text, "no backend may be named `http`: a critic that has backends of "
                                 "its own is");
    crux_backends_close(backends);
}

/* A description names the file; without one, or with lines that hold a key, it is refused. */
Test(service, opening)
{
    struct crux_critic *critic = NULL;
    struct crux_error error = {""};
    struct crux_text name;
    char description[64];

    cr_assert(crux_critic_file(CRUX_ROLE_VALUE, "agree:[numbers][http:a.yaml]", 0, &name));
    cr_expect_eq(strncmp(name.start, "a.yaml", name.length), 0);
    cr_assert_not(crux_critic_file(CRUX_ROLE_VALUE, "agree:[http:a.yaml][process:b]", 1, &name));
    cr_assert(crux_critic_backend(CRUX_ROLE_VALUE, "agree:[http:a.yaml][process:b]", 1, &name));
    cr_assert_not(crux_critic_file(CRUX_ROLE_VALUE, "http", 0, &name));
    cr_expect_eq(crux_critic_open(&critic, CRUX_ROLE_VALUE, "http", NULL, &error), CRUX_INVALID);
    cr_expect_str_eq(error.text,
                     "critic http needs a file that describes the service: http:SERVICE.yaml");
    (void)snprintf(description, sizeof description, "http:%s", file);
    describe(LEAST "header: 'Authorization: Bearer x'\n");
    cr_expect_eq(crux_critic_open(&critic, CRUX_ROLE_VALUE, description, NULL, &error),
                 CRUX_INVALID);
    cr_expect_not_null(strstr(error.text, file), "%s", error.text);
    cr_expect_eq(crux_critic_open(&critic, CRUX_ROLE_VALUE, "http:/nowhere.yaml", NULL, &error),
                 CRUX_INVALID);
    cr_expect_not_null(strstr(error.text, "/nowhere.yaml"), "%s", error.text);
}
