/*
 * test_recall.c - what io/cli/options/recall.h promises: a pass means what its run was recorded
 * with, where nobody says otherwise; what this version cannot take is a sentence.
 */
#include "io/cli/options/recall.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/options/record.h"
#include "io/json.h"
#include "tests/world/contains.h"
#include "tests/world/options_suite.h"

TestSuite(recall, .init = set_up, .fini = tear_down, .timeout = 10);

/* What a run records of the options that a test has parsed. */
static char *meaning, *settings;

static void record(void)
{
    meaning = record_options(&options, OPTIONS_MEANING);
    settings = record_options(&options, OPTIONS_SPEED);
    cr_assert(meaning != NULL && settings != NULL);
}

static void forget(void)
{
    free(meaning);
    free(settings);
}

static int recall(void)
{
    return recall_options(&options, meaning, settings, "run.db", &error);
}

/* A pass that was called with these flags, after it has recalled. */
#define PASS(...)                                                                                  \
    do {                                                                                           \
        begin(&verify_command);                                                                    \
        cr_assert_eq(                                                                              \
            options_parse(&options, (char *[]){"--store", "run.db", __VA_ARGS__ NULL}, &error),    \
            CRUX_OK, "%s", error.text);                                                            \
        cr_assert_eq(recall(), CRUX_OK, "%s", error.text);                                         \
    } while (0)

/* Of one recorded object, but for keys that a pass does not take up. */
static size_t insist_same(const char *before, enum options_class class)
{
    char *after = record_options(&options, class), *one, *other;
    struct json *was = NULL, *is = NULL;
    size_t count = 0;

    cr_assert_eq(json_parse(&was, before, strlen(before), &error), CRUX_OK);
    cr_assert_eq(json_parse(&is, after, strlen(after), &error), CRUX_OK);
    for (const char *key = json_next_key(is, NULL); key != NULL; key = json_next_key(is, key)) {
        if (json_get(was, key) == NULL || strncmp(key, "limit-", 6) == 0 ||
            strcmp(key, "deadline") == 0 || strcmp(key, "critic") == 0)
            continue;
        one = json_text(json_get(was, key), false);
        other = json_text(json_get(is, key), false);
        cr_expect_str_eq(one, other, "%s was %s, is %s", key, one, other);
        free(one);
        free(other);
        count++;
    }
    json_free(was);
    json_free(is);
    free(after);
    return count;
}

/* Numbers, whole and real ones that need all their digits, money, seconds, words, flags, texts of
 * all kinds, lists of several, policies by kind, settings of named backends. */
Test(recall, every_type)
{
    assert_parsed("--seed", "123456789012345", "--temperature", "0.300000000000004", "--top-p",
                  "0.123456789012345", "--min-p", "1e-7", "--top-k", "7", "--price-prompt", "0.15",
                  "--price-completion", "0.123456789", "--patience", "2.5", "--answer-timeout",
                  "1.000000001", "--no-logprobs", "--token-ids", "--model",
                  "na\xc3\xafve \"model\"", "--prompt", "math", "--step-stop", "\n\n",
                  "--step-stop", " ", "--endpoint", "http://a:1/v1", "--endpoint", "http://b:2/v1",
                  "--step-tokens", "30", "--max-tokens", "99", "--in-flight", "5", "--insecure",
                  "--body", "{\"a\": [1, 2.5, null]}", "--policy", "step=chat", "--policy",
                  "answer=chat:judge", "--backend", "judge.model=large", "--backend",
                  "judge.temperature=0.1", "--backend", "judge.in-flight=2", "--backend",
                  "judge.no-logprobs", "--backend", "judge.endpoint=http://c:3/v1");
    record();
    PASS();
    cr_expect_geq(insist_same(meaning, OPTIONS_MEANING), 20);
    cr_expect_geq(insist_same(settings, OPTIONS_SPEED), 10);
    cr_expect_eq(options.setup.seed, 123456789012345);
    cr_expect_eq(options.backends[0].temperature, 0.300000000000004);
    cr_expect_eq(options.backends[0].stops.count, 2);
    cr_expect_str_eq(options.backends[0].stops.items[1], " ");
    cr_expect_eq(options.backends[0].endpoints.count, 2);
    cr_expect_str_eq(options.policy[CRUX_STEP], "chat");
    cr_expect_str_eq(options.policy[CRUX_ANSWER], "chat:judge");
    cr_assert_eq(options.backend_count, 2);
    cr_expect_str_eq(options.backends[1].name, "judge");
    cr_expect_str_eq(options.backends[1].model, "large");
    cr_expect(options.backends[1].no_logprobs && options.backends[1].in_flight == 2);
    forget();
}

/* Nothing that was said is what a command says by itself. */
Test(recall, what_nobody_said)
{
    assert_parsed("--quiet");
    record();
    PASS();
    (void)insist_same(meaning, OPTIONS_MEANING);
    cr_expect_null(options.backends[0].model);
    cr_expect_eq(options.backends[0].stops.count, 0);
    cr_expect_not(options.backends[0].no_logprobs);
    cr_expect_eq(options.backend_count, 1);
    forget();
}

/* Limits were the search's. */
Test(recall, no_limits)
{
    assert_parsed("--limit-calls", "7", "--limit-tokens", "8", "--limit-price", "9",
                  "--limit-seconds", "10", "--deadline", "11");
    record();
    PASS();
    cr_expect(options.setup.limit_calls == 0 && options.setup.limit_ns == 0);
    cr_expect(options.paid.limit_tokens == 0 && options.paid.limit_price == 0);
    cr_expect_eq(options.setup.deadline_ns, 0);
    PASS("--limit-calls", "3", );
    cr_expect_eq(options.setup.limit_calls, 3);
    forget();
}

/* Who says what is right, and none of the others, unless somebody else is named. */
Test(recall, critics)
{
    assert_parsed("--critic", "outcome=match", "--critic", "execution=numbers", "--critic",
                  "annotate=numbers");
    record();
    PASS();
    cr_expect_str_eq(options.critic[CRUX_ROLE_OUTCOME], "match");
    for (unsigned i = 0; i < OPTIONS_CRITICS; i++)
        cr_expect(i == CRUX_ROLE_OUTCOME || options.critic[i] == NULL, "%s",
                  options_critic_name(i));
    PASS("--critic", "outcome=judge", );
    cr_expect_str_eq(options.critic[CRUX_ROLE_OUTCOME], "judge");
    forget();
}

/* What is given wins, as a whole, of the plain backend and of a named one. */
Test(recall, what_is_given_wins)
{
    assert_parsed("--seed", "1", "--temperature", "0.5", "--step-stop", "a", "--step-stop", "b",
                  "--policy", "chat:judge", "--backend", "judge.model=large", "--backend",
                  "judge.top-k=3", "--model", "m");
    record();
    PASS("--seed", "2", "--step-stop", "c", "--backend", "judge.model=small", );
    cr_expect_eq(options.setup.seed, 2);
    cr_expect_eq(options.backends[0].temperature, 0.5);
    cr_expect_eq(options.backends[0].stops.count, 1);
    cr_expect_str_eq(options.backends[0].stops.items[0], "c");
    cr_expect_str_eq(options.backends[0].model, "m");
    cr_assert_eq(options.backend_count, 2);
    cr_expect_str_eq(options.backends[1].model, "small");
    cr_expect_eq(options.backends[1].top_k, 3);
    forget();
}

/* --- what is recorded otherwise --------------------------------------------------------------- */

static int recall_texts(const char *configuration, const char *of_speed)
{
    begin(&verify_command);
    return recall_options(&options, configuration, of_speed, "run.db", &error);
}

/* Keys of other commands and versions are passed by; so is what says nothing. */
Test(recall, passed_by)
{
    cr_assert_eq(recall_texts("{\"simulations\": 4, \"later\": {\"a\": 1}, \"backend.x\": 1, "
                              "\"backend.\": 2, \"sha256.images\": \"00\", \"model\": null, "
                              "\"no-logprobs\": false, \"step-stop\": [], \"seed\": [4]}",
                              "{}"),
                 CRUX_OK, "%s", error.text);
    cr_expect_null(options.backends[0].model);
    cr_expect_not(options.backends[0].no_logprobs);
    cr_expect_eq(options.setup.seed, 4);
    cr_expect_eq(options.backend_count, 1);
}

/* What this version cannot take is said with the store and the key. */
Test(recall, cannot_be_taken)
{
    static const char *const rows[][2] = {
        {"{\"seed\": \"many\"}", "the configuration in run.db: seed"},
        {"{\"seed\": -1}", "the configuration in run.db: seed"},
        {"{\"seed\": 1.5}", "the configuration in run.db: seed"},
        {"{\"temperature\": 1e9}", "the configuration in run.db: temperature"},
        {"{\"policy\": [\"nobody=chat\"]}", "the configuration in run.db: policy"},
        {"{\"critic\": [\"judge=x\", \"outcome=\"]}", "the configuration in run.db: critic"},
        {"{\"backend.a b.model\": \"m\"}", "the configuration in run.db: backend.a b.model"},
        {"{\"backend.x.top-k\": \"all\"}", "the configuration in run.db: backend.x.top-k"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(recall_texts(rows[i][0], "{}"), CRUX_INVALID, "%s", rows[i][0]);
        assert_contains(error.text, rows[i][1]);
        cr_assert_eq(recall_texts("{}", rows[i][0]), CRUX_INVALID, "%s", rows[i][0]);
        assert_contains(error.text, rows[i][1]);
    }
}

/* What no run records. */
Test(recall, not_recorded)
{
    cr_assert_eq(recall_texts("[]", "{}"), CRUX_STORE);
    assert_contains(error.text, "run.db: what it records of its options is no object");
    cr_assert_eq(recall_texts("{}", "7"), CRUX_STORE);
    cr_assert_eq(recall_texts("{", "{}"), CRUX_STORE);
    assert_contains(error.text, "run.db: what it records of its options is no JSON: ");
}

/* Earlier versions let a run have a server twice; its passes have it once. */
Test(recall, a_server_that_was_recorded_twice)
{
    cr_assert_eq(
        recall_options(&options, "{}",
                       "{\"endpoint\": [\"http://a:1\", \"http://b:1\", \"http://a:1/v1\"],"
                       " \"backend.judge.endpoint\": [\"http://b:1\", \"http://b:1\"]}",
                       "run.db", &error),
        CRUX_OK, "%s", error.text);
    cr_assert_eq(options.backends[0].endpoints.count, 2);
    cr_expect_str_eq(options.backends[0].endpoints.items[0], "http://a:1");
    cr_expect_str_eq(options.backends[0].endpoints.items[1], "http://b:1");
    cr_assert_eq(options.backend_count, 2);
    cr_expect_eq(options.backends[1].endpoints.count, 1);
}
