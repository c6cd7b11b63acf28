/*
 * test_retriever.c - policy retrieve asks a service: the file that describes it, what is sent, and
 * what is found in its reply.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/json.h"
#include "policies/retrieve/found.h"
#include "policies/retrieve/service.h"
#include "policies/retrieve/wanted.h"

static char file[] = "/tmp/crux-retriever-XXXXXX.yaml";

static void make_file(void)
{
    (void)close(mkstemps(file, 5));
}

static void remove_file(void)
{
    (void)unlink(file);
}

TestSuite(retriever, .init = make_file, .fini = remove_file);

static int described(struct retriever *out, const char *text, struct crux_error *error)
{
    FILE *stream = fopen(file, "w");

    (void)fputs(text, stream);
    (void)fclose(stream);
    return retriever_read(out, file, error);
}

#define REQUEST  "request: '{\"q\": \"{{query|json}}\", \"k\": {{count}}}'\n"
#define POINTERS "results: /r\nid: /i\ntext: /t\n"
#define LEAST    "url: http://127.0.0.1:9\n" REQUEST POINTERS
#define EMBED    "embed:\n  url: http://127.0.0.1:8\n  request: '[\"{{query|json}}\"]'\n  vector: /v\n"

static void assert_described(const char *text, bool embeds)
{
    struct retriever retriever;
    struct crux_error error = {""};

    cr_assert_eq(described(&retriever, text, &error), CRUX_OK, "%s", error.text);
    cr_expect_eq(retriever.embeds, embeds);
    retriever_free(&retriever);
}

static void assert_not_described(const char *text, const char *sentence)
{
    struct retriever retriever;
    struct crux_error error = {""};

    cr_expect_eq(described(&retriever, text, &error), CRUX_INVALID, "%s", text);
    cr_expect(strstr(error.text, sentence) != NULL, "`%s` is not in `%s`", sentence, error.text);
    cr_expect(strstr(error.text, "crux-retriever-") != NULL, "%s", error.text);
}

Test(retriever, files)
{
    assert_described(LEAST, false);
    assert_described(LEAST "title: /n\nscore: /s\nretries: 2\nname: finder\nheader: 'A: b'\n",
                     false);
    assert_described("url: http://x\nrequest: '{\"v\": {{vector}}}'\n" POINTERS EMBED, true);
    assert_not_described("url: http://x\n" REQUEST, "at least url, request, results, id and text");
    assert_not_described(REQUEST POINTERS, "at least url, request");
    assert_not_described("url: http://x\n" POINTERS, "at least url, request");
    assert_not_described(LEAST "embed:\n  url: http://x\n", "embed has at least url, request and");
    assert_not_described(LEAST "embed:\n  results: /x\n", "there is no `results` in embed");
    assert_not_described(LEAST "vector: /v\n", "there is no `vector` in a retriever");
    assert_not_described(LEAST "colour: red\n", ":6:9: there is no `colour` in a retriever");
    assert_not_described(LEAST "other:\n  url: http://x\n", "no mapping around it but embed");
    assert_not_described("url: http://x\n" REQUEST "results: r\nid: /i\ntext: /t\n",
                         "a JSON pointer, like /hits/hits");
    assert_not_described(LEAST "title: [/a, /b]\n", "expected one value");
    assert_not_described(LEAST "path: [/a]\n", "expected one value");
    assert_not_described("url: http://x\nrequest: ['{}']\n" POINTERS, "expected one value");
    assert_not_described(LEAST "retries: [1]\n", "expected one value");
    assert_not_described(LEAST "path: search\n", "a path that begins with /");
    assert_not_described(LEAST "name: a b\n", "is no name for a backend");
    assert_not_described(LEAST "in-flight: 0\n", "a whole number from 1 to 65,536");
    assert_not_described(LEAST "answer-timeout: soon\n", "seconds, 0.001 or more");
    assert_not_described("url: http://x\nrequest: '{\"q\": {{query}}}'\n" POINTERS,
                         "the request is no JSON when it is filled in");
    assert_not_described("url: http://x\nrequest: '{{vector}}'\n" POINTERS, "vector");
    assert_not_described("url: http://x\nrequest: '{{query'\n" POINTERS, "request:1");
    assert_not_described(LEAST "embed:\n  url: http://x\n  request: '{{vector}}'\n  vector: /v\n",
                         "vector");
    assert_not_described(LEAST "header: 'no colon'\n", "header");
}

static struct json *parsed(const char *text)
{
    struct json *json = NULL;
    struct crux_error error = {""};

    cr_assert_eq(json_parse(&json, text, strlen(text), &error), CRUX_OK, "%s", error.text);
    return json;
}

static struct wanted all_wanted(void)
{
    static char words[] = "bark \"loud\"\n";

    return (struct wanted){.query = words, .count = 2};
}

/* Texts are escaped, a vector is not. */
Test(retriever, sends)
{
    struct retriever retriever;
    const struct crux_problem problem = {.id = "p", .prompt = "How many dogs bark?"};
    const struct wanted wanted = all_wanted();
    struct crux_error error = {""};
    char *body = NULL;

    cr_assert_eq(described(&retriever,
                           "url: http://x\nrequest: '{\"v\": {{vector}}, \"k\": {{count}}, "
                           "\"id\": \"{{id|json}}\"}'\n" POINTERS EMBED,
                           &error),
                 CRUX_OK, "%s", error.text);
    cr_assert_eq(retriever_compose(&body, &retriever.search, &wanted, &problem, "[1, 2]", &error),
                 CRUX_OK);
    cr_expect_str_eq(body, "{\"v\": [1, 2], \"k\": 2, \"id\": \"p\"}");
    free(body);
    cr_assert_eq(retriever_compose(&body, &retriever.embed, &wanted, &problem, NULL, &error),
                 CRUX_OK);
    cr_expect_str_eq(body, "[\"bark \\\"loud\\\"\\n\"]");
    free(body);
    cr_expect_str_eq(retriever.embed.address.texts[ADDRESS_NAME] +
                         strlen(retriever.search.address.texts[ADDRESS_NAME]),
                     "-embed");
    retriever_free(&retriever);
}

static void assert_hears(const char *reply, const char *expected)
{
    struct retriever retriever;
    const struct wanted wanted = all_wanted();
    struct crux_error error = {""};
    struct json *json = parsed(reply);
    struct found *found = found_open(2, 100);
    struct crux_reply out;
    char texts[300] = "";

    cr_assert_eq(described(&retriever, LEAST "title: /n\nscore: /s\n", &error), CRUX_OK);
    cr_expect_eq(retriever_check(&retriever, json, &error), CRUX_OK, "%s", error.text);
    cr_expect_eq(retriever_hear(found, &retriever, &wanted, json, &error), CRUX_OK, "%s",
                 error.text);
    found_reply(&out, found);
    for (uint32_t i = 0; i < out.count; i++)
        (void)snprintf(texts + strlen(texts), sizeof texts - strlen(texts), "%s%s (%.2f)",
                       i > 0 ? "|" : "", out.proposals[i].text, (double)out.proposals[i].prior);
    cr_expect_str_eq(texts, expected);
    found_release(&out);
    json_free(json);
    retriever_free(&retriever);
}

Test(retriever, hears)
{
    assert_hears("{\"r\": []}", "");
    assert_hears("{\"r\": [{\"i\": \"a\", \"t\": \"one\", \"n\": \"T\", \"s\": 0.5},"
                 " {\"i\": 7, \"t\": \"two\", \"s\": 2}, {\"i\": \"c\", \"t\": \"three\"}]}",
                 "[a] T\vone (0.50)|[7]\vtwo (2.00)");
    assert_hears("{\"r\": [{\"i\": \"a\", \"t\": \"\", \"n\": null, \"s\": null}]}", "[a] (1.00)");
}

static void assert_unheard(const char *reply, const char *sentence)
{
    struct retriever retriever;
    struct crux_error error = {""};
    struct json *json = parsed(reply);

    cr_assert_eq(described(&retriever, LEAST "title: /n\nscore: /s\n", &error), CRUX_OK);
    cr_expect_eq(retriever_check(&retriever, json, &error), CRUX_FAILED);
    cr_expect_str_eq(error.text, sentence);
    json_free(json);
    retriever_free(&retriever);
}

Test(retriever, bad_replies)
{
    assert_unheard("{}", "the reply at /r: expected a list of documents, found nothing");
    assert_unheard("{\"r\": {}}", "the reply at /r: expected a list of documents, found an object");
    assert_unheard("{\"r\": [7]}", "the reply at /i: expected a text or a whole number, found "
                                   "nothing");
    assert_unheard("{\"r\": [{\"i\": \"\", \"t\": \"\"}]}",
                   "the reply at /i: expected an id of 1 to 512 bytes without control characters");
    assert_unheard("{\"r\": [{\"i\": \"a\\n\", \"t\": \"\"}]}",
                   "the reply at /i: expected an id of 1 to 512 bytes without control characters");
    assert_unheard("{\"r\": [{\"i\": 1}]}", "the reply at /t: expected a text, found nothing");
    assert_unheard("{\"r\": [{\"i\": 1, \"t\": \"\", \"n\": 1}]}",
                   "the reply at /n: expected a text or null, found an integer");
    assert_unheard("{\"r\": [{\"i\": 1, \"t\": \"\", \"s\": \"1\"}]}",
                   "the reply at /s: expected a number or null, found a string");
}

static void assert_vector(const char *reply, const char *expected)
{
    struct retriever retriever;
    struct crux_error error = {""};
    struct json *json = parsed(reply);
    char *vector = NULL;
    int status;

    cr_assert_eq(described(&retriever, LEAST EMBED, &error), CRUX_OK, "%s", error.text);
    status = retriever_hear_vector(&vector, &retriever, json, &error);
    cr_expect_eq(status, expected != NULL ? CRUX_OK : CRUX_FAILED);
    if (expected != NULL)
        cr_expect_str_eq(vector, expected);
    else
        cr_expect_not_null(strstr(error.text, "the reply at /v: expected a list of numbers"));
    free(vector);
    json_free(json);
    retriever_free(&retriever);
}

Test(retriever, vectors)
{
    assert_vector("{\"v\": [0.25, -1, 2]}", "[0.25, -1, 2]");
    assert_vector("{\"v\": []}", NULL);
    assert_vector("{\"v\": [\"1\"]}", NULL);
    assert_vector("{\"v\": {\"a\": 1}}", NULL);
    assert_vector("{}", NULL);
}
