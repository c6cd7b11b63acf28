/*
 * test_retrieve.c - policy retrieve: what it asks for, which documents must not come, how they are
 * written, from a real index by its threads. What a service says is in test_retriever.c.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/corpus/corpus.h"
#include "policies/crux_policies.h"
#include "policies/retrieve/found.h"
#include "policies/retrieve/plan.h"
#include "policies/retrieve/wanted.h"
#include "tests/world/port_fixture.h"

static const struct crux_problem problem = {
    .id = "p",
    .prompt = "How many  dogs\nbark?",
    .answer = "42",
    .line = "{\"id\": \"p\", \"excluded_ids\": [\"x1\", 7, \"N/A\"]}"};

#define STEP(name, before, words, what)                                                            \
    static const struct crux_step name = {                                                         \
        .previous = (before), .text = (words), .length = sizeof(words) - 1, .kind = (what)}

STEP(reason, NULL, "Next: reason", CRUX_REASON);
STEP(rationale, &reason, "dogs\vare animals", CRUX_RATIONALE);
STEP(query, &rationale, "animals that\vbark", CRUX_QUERY);
STEP(doc, &query, "[dog] Dogs\vthey bark", CRUX_DOC);
STEP(second, &doc, "cats", CRUX_QUERY);
STEP(later, &second, "so", CRUX_RATIONALE);

static struct crux_call call_of(const struct crux_step *last)
{
    return (struct crux_call){.verb = CRUX_PROPOSE,
                              .kind = CRUX_DOC,
                              .count = 3,
                              .state = {.problem = &problem, .last = last}};
}

static struct retrieve_plan planned(const char *arg)
{
    struct retrieve_plan plan;
    struct crux_error error = {""};

    cr_assert_eq(retrieve_plan_read(&plan, arg, &error), CRUX_OK, "%s", error.text);
    return plan;
}

/* --- settings -----------------------------------------------------------------------------------
 */

Test(retrieve_plan, settings)
{
    struct retrieve_plan plan = planned("a.db");

    cr_expect_str_eq(plan.file, "a.db");
    cr_expect(!plan.http && !plan.all_queries && plan.refuse == RETRIEVE_REFUSE_NONE);
    cr_expect(plan.bytes == 2000 && plan.threads == 4);
    retrieve_plan_free(&plan);
    plan = planned("http=b.yaml,bytes=100,refuse=both,queries=all");
    cr_expect_str_eq(plan.file, "b.yaml");
    cr_expect(plan.http && plan.all_queries && plan.refuse == 3 && plan.bytes == 100);
    retrieve_plan_free(&plan);
    plan = planned("a.db,threads=64,refuse=nothing,queries=last,bytes=1000000");
    cr_expect(plan.threads == 64 && plan.refuse == 0 && !plan.all_queries);
    retrieve_plan_free(&plan);
}

Test(retrieve_plan, refused)
{
    static const char *const bad[] = {NULL,           "",
                                      ",bytes=100",   "http=",
                                      "a,bytes=99",   "a,bytes=1000001",
                                      "a,bytes=",     "a,bytes=1k",
                                      "a,bytes=-5",   "a,threads=0",
                                      "a,threads=65", "a,refuse=all",
                                      "a,queries=1",  "a,",
                                      "a,colour=1",   "http=a,threads=2"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct retrieve_plan plan;
        struct crux_error error = {""};

        cr_expect_eq(retrieve_plan_read(&plan, bad[i], &error), CRUX_INVALID, "%s", bad[i]);
        cr_expect_not_null(strstr(error.text, "policy retrieve takes"), "%s", error.text);
    }
}

static void assert_file(const char *description, const char *file)
{
    struct crux_text found;

    cr_assert(crux_policy_file(description, &found));
    cr_expect_eq(strncmp(found.start, file, strlen(file)), 0);
    cr_expect_eq(found.length, strlen(file));
}

/* What belongs to a run's identity, and what is a backend. */
Test(retrieve_plan, files_and_backends)
{
    struct crux_text found;

    assert_file("retrieve:a.db,bytes=300", "a.db");
    assert_file("retrieve:http=s.yaml", "s.yaml");
    assert_file("recorded:r.jsonl,strict", "r.jsonl");
    cr_expect_not(crux_policy_file("numbers:2", &found));
    cr_expect_not(crux_policy_file("retrieve", &found));
    cr_expect_null(crux_policy_backend("retrieve:a.db"));
    cr_expect_null(crux_policy_backend("retrieve"));
    cr_expect_str_eq(crux_policy_backend("retrieve:http=s.yaml"), "http");
}

/* --- the query -----------------------------------------------------------------------------------
 */

static void assert_asks(const char *arg, const struct crux_step *last, const char *expected)
{
    struct retrieve_plan plan = planned(arg);
    const struct crux_call call = call_of(last);
    struct crux_error error = {""};
    struct wanted wanted;

    cr_assert_eq(wanted_open(&wanted, &plan, &call, &error), CRUX_OK, "%s", error.text);
    cr_expect_str_eq(wanted.query, expected);
    wanted_close(&wanted);
    retrieve_plan_free(&plan);
}

/* The latest query, else the latest rationale, else the problem; or all queries. */
Test(retrieve_wanted, query)
{
    assert_asks("a", NULL, "How many  dogs\nbark?");
    assert_asks("a", &reason, "How many  dogs\nbark?");
    assert_asks("a", &rationale, "dogs\nare animals");
    assert_asks("a", &doc, "animals that\nbark");
    assert_asks("a", &later, "cats");
    assert_asks("a,queries=all", &later, "animals that\nbark\ncats");
    assert_asks("a,queries=all", &query, "animals that\nbark");
    assert_asks("a,queries=all", &rationale, "dogs\nare animals");
}

/* --- what must not come ----------------------------------------------------------------------- */

static bool comes(const char *arg, const char *id, const char *title, const char *text)
{
    struct retrieve_plan plan = planned(arg);
    const struct crux_call call = call_of(&later);
    const struct retrieved found = {id, title, text, 1.0};
    struct crux_error error = {""};
    struct wanted wanted;
    bool allowed = false;

    cr_assert_eq(wanted_open(&wanted, &plan, &call, &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(wanted_allows(&allowed, &wanted, &found), CRUX_OK);
    wanted_close(&wanted);
    retrieve_plan_free(&plan);
    return allowed;
}

Test(retrieve_wanted, ids)
{
    cr_expect(comes("a", "x2", "", "text"));
    cr_expect(comes("a", "N/A", "", "text"));
    cr_expect(comes("a", "dog]", "", "text"));
    cr_expect(comes("a", "do", "", "text"));
    cr_expect_not(comes("a", "x1", "", "text"));
    cr_expect_not(comes("a", "7", "", "text"));
    cr_expect_not(comes("a", "dog", "", "text"), "it is on the path");
}

Test(retrieve_wanted, refused_texts)
{
    static const char says[] = "Ask:  how MANY dogs bark? Some.";

    cr_expect(comes("a", "y", "", says));
    cr_expect(comes("a,refuse=answer", "y", "", says));
    cr_expect_not(comes("a,refuse=problem", "y", "", says));
    cr_expect_not(comes("a,refuse=both", "y", says, ""));
    cr_expect_not(comes("a,refuse=answer", "y", "", "it is 42."));
    cr_expect_not(comes("a,refuse=answer", "y", "42", "title"));
    cr_expect_not(comes("a,refuse=both", "y", "", "1942 and 42"));
    cr_expect(comes("a,refuse=answer", "y", "", "in 1942, 421 and 42nd"));
    cr_expect(comes("a,refuse=answer", "y", "",
                    "\xc3\xa9"
                    "42"));
    cr_expect(comes("a,refuse=problem", "y", "", "it is 42."));
}

static void assert_bad_line(const char *line, int status)
{
    struct retrieve_plan plan = planned("a");
    struct crux_problem own = problem;
    struct crux_call call = call_of(NULL);
    struct crux_error error = {""};
    struct wanted wanted;

    own.line = line;
    call.state.problem = &own;
    cr_expect_eq(wanted_open(&wanted, &plan, &call, &error), status, "%s", line);
    if (status == CRUX_OK)
        wanted_close(&wanted);
    else
        cr_expect_str_eq(error.text, "the problem's excluded_ids: expected an array of ids, found "
                                     "a string");
    retrieve_plan_free(&plan);
}

Test(retrieve_wanted, lines)
{
    assert_bad_line(NULL, CRUX_OK);
    assert_bad_line("{\"excluded_ids\": null}", CRUX_OK);
    assert_bad_line("excluded_ids of no JSON", CRUX_OK);
    assert_bad_line("{\"excluded_ids\": \"x1\"}", CRUX_FAILED);
}

/* More are asked for where some may not come. */
Test(retrieve_wanted, most)
{
    struct retrieve_plan plan = planned("a,refuse=both");
    const struct crux_call call = call_of(&later);
    struct crux_error error = {""};
    struct wanted wanted;

    cr_assert_eq(wanted_open(&wanted, &plan, &call, &error), CRUX_OK);
    cr_expect_eq(wanted_most(&wanted), 3 + 3 + 1 + 3);
    wanted.count = UINT32_MAX;
    cr_expect_eq(wanted_most(&wanted), 10000);
    wanted_close(&wanted);
    retrieve_plan_free(&plan);
}

/* --- documents as steps
 * --------------------------------------------------------------------------- */

static void assert_written(uint32_t bytes, const struct retrieved *document, const char *expected)
{
    struct found *found = found_open(1, bytes);
    struct crux_reply reply;

    cr_assert_eq(found_add(found, document), CRUX_OK);
    cr_expect(found_is_full(found));
    cr_expect_eq(found_add(found, document), CRUX_END);
    found_reply(&reply, found);
    cr_expect_str_eq(reply.proposals[0].text, expected);
    cr_expect(found_is_of(reply.proposals[0].text, document->id));
    found_release(&reply);
}

Test(retrieve_found, texts)
{
    assert_written(100, &(struct retrieved){"a", " The \n title ", "one\r\ntwo\rthree\n\n", 1},
                   "[a] The title\vone\vtwo\vthree");
    assert_written(100, &(struct retrieved){"a", "", "", 1}, "[a]");
    assert_written(100, &(struct retrieved){"a]", "t", "", 1}, "[a]] t");
    assert_written(12, &(struct retrieved){"a", "", "word another", 1}, "[a]\vword");
    assert_written(10, &(struct retrieved){"a", "", "wordanother", 1}, "[a]\vwordan");
    assert_written(7, &(struct retrieved){"a", "", "\xc3\xa9\xc3\xa9\xc3\xa9", 1}, "[a]\v\xc3\xa9");
    assert_written(5, &(struct retrieved){"a long id", "t", "x", 1}, "[a long id]");
}

static void assert_priors(const double scores[3], const double expected[3])
{
    static const char *const ids[] = {"a", "b", "c"};
    struct found *found = found_open(9, 100);
    struct crux_reply reply;

    for (int i = 0; i < 3; i++)
        cr_assert_eq(found_add(found, &(struct retrieved){ids[i], "", "", scores[i]}), CRUX_OK);
    cr_assert_eq(found_add(found, &(struct retrieved){"b", "", "again", 1.0}), CRUX_OK);
    found_reply(&reply, found);
    cr_expect_eq(reply.count, 3);
    for (int i = 0; i < 3; i++)
        cr_expect_float_eq(reply.proposals[i].prior, expected[i], 1e-6);
    found_release(&reply);
}

/* Scores where all are above 0, else places; an id comes once. */
Test(retrieve_found, priors)
{
    assert_priors((double[]){3, 2, 0.5}, (double[]){3, 2, 0.5});
    assert_priors((double[]){3, 2, 0}, (double[]){1, 1.0 / 2, 1.0 / 3});
    assert_priors((double[]){3, -2, 1}, (double[]){1, 1.0 / 2, 1.0 / 3});
    assert_priors((double[]){(double)INFINITY, 2, 1}, (double[]){1, 1.0 / 2, 1.0 / 3});
}

/* --- an index -----------------------------------------------------------------------------------
 */

static char folder[] = "/tmp/crux-retrieve-XXXXXX";
static char place[64], lines[64];

static void make_corpus(void)
{
    const char *const files[] = {lines};
    const struct corpus_plan plan = {.out = place, .files = files, .file_count = 1};
    struct corpus_about about;
    struct crux_error error = {""};
    FILE *out;

    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(place, sizeof place, "%s/c.db", folder);
    (void)snprintf(lines, sizeof lines, "%s/c.jsonl", folder);
    out = fopen(lines, "w");
    (void)fputs(
        "{\"id\": \"x1\", \"title\": \"animals bark\", \"text\": \"animals bark\"}\n"
        "{\"id\": \"dog\", \"title\": \"animals bark\", \"text\": \"dogs bark\"}\n"
        "{\"id\": \"fox\", \"text\": \"foxes bark\"}\n"
        "{\"id\": \"cow\", \"title\": \"Cow\", \"text\": \"Cows are animals.\\nThey moo.\"}\n"
        "{\"id\": \"hint\", \"text\": \"animals that bark: 42\"}\n",
        out);
    (void)fclose(out);
    cr_assert_eq(corpus_build(&plan, &about, &error), CRUX_OK, "%s", error.text);
}

static void remove_corpus(void)
{
    (void)unlink(place);
    (void)unlink(lines);
    (void)rmdir(folder);
}

TestSuite(retrieve, .init = make_corpus, .fini = remove_corpus);

static struct crux_policy *opened(const char *settings)
{
    struct crux_policy *policy = NULL;
    struct crux_error error = {""};
    char description[128];

    (void)snprintf(description, sizeof description, "retrieve:%s%s", place, settings);
    cr_assert_eq(crux_policy_open(&policy, description, NULL, &error), CRUX_OK, "%s", error.text);
    return policy;
}

static void assert_retrieves(const char *settings, const struct crux_step *last,
                             const char *expected)
{
    struct crux_policy *policy = opened(settings);
    struct port_fixture *asker = port_fixture_open();
    const struct crux_call call = call_of(last);
    char found[1000] = "";

    cr_assert_eq(port_fixture_ask(asker, &policy->port, &call), CRUX_DONE);
    for (uint32_t i = 0; i < port_fixture_call(asker)->reply.count; i++) {
        const struct crux_proposal *proposal = &port_fixture_call(asker)->reply.proposals[i];

        (void)strcat(strcat(found, i > 0 ? "|" : ""), proposal->text);
        cr_expect_gt(proposal->prior, 0.0);
    }
    port_fixture_release(asker);
    cr_expect_str_eq(found, expected);
    port_fixture_close(asker);
    crux_policy_close(policy);
}

/* What the problem excludes does not come, nor what is on the path. */
Test(retrieve, documents)
{
    assert_retrieves(
        "", &query,
        "[hint]\vanimals that bark: 42|[dog] animals bark\vdogs bark|[fox]\vfoxes bark");
    assert_retrieves(
        ",queries=all", &second,
        "[hint]\vanimals that bark: 42|[fox]\vfoxes bark|[cow] Cow\vCows are animals.\v"
        "They moo.");
    assert_retrieves(
        ",refuse=answer,threads=1", &query,
        "[dog] animals bark\vdogs bark|[fox]\vfoxes bark|[cow] Cow\vCows are animals.\v"
        "They moo.");
    assert_retrieves("", &second, "");
}

/* Other kinds are not its business. */
Test(retrieve, other_kinds)
{
    struct crux_policy *policy = opened("");
    struct port_fixture *asker = port_fixture_open();
    struct crux_call call = call_of(&query);

    call.kind = CRUX_STEP;
    cr_expect_eq(port_fixture_ask(asker, &policy->port, &call), CRUX_FAILED);
    cr_expect_not_null(strstr(port_fixture_call(asker)->reply.sentence, "--policy doc=retrieve"));
    port_fixture_close(asker);
    crux_policy_close(policy);
}

/* A problem that is not as it must be fails its call, with its sentence. */
Test(retrieve, bad_problem)
{
    struct crux_policy *policy = opened("");
    struct port_fixture *asker = port_fixture_open();
    struct crux_problem own = problem;
    struct crux_call call = call_of(&query);

    own.line = "{\"excluded_ids\": \"x1\"}";
    call.state.problem = &own;
    cr_expect_eq(port_fixture_ask(asker, &policy->port, &call), CRUX_FAILED);
    cr_expect_not_null(strstr(port_fixture_call(asker)->reply.sentence, "excluded_ids"));
    port_fixture_close(asker);
    crux_policy_close(policy);
}

Test(retrieve, no_index)
{
    struct crux_policy *policy = NULL;
    struct crux_error error = {""};

    cr_expect_eq(crux_policy_open(&policy, "retrieve:/nowhere.db", NULL, &error), CRUX_INPUT);
    cr_expect_not_null(strstr(error.text, "/nowhere.db"));
    cr_expect_eq(crux_policy_open(&policy, "retrieve:http=/nowhere.yaml", NULL, &error),
                 CRUX_INVALID);
}

/* --- the pool
 * ------------------------------------------------------------------------------------- */

enum { ASKERS = 64 };

/* Many at once over few threads, from one port: each gets its own answer, the same as alone. */
Test(retrieve, many_at_once)
{
    struct crux_policy *policy = opened(",threads=3");
    struct port_fixture *askers[ASKERS];
    const struct crux_call calls[] = {call_of(&query), call_of(&second)};

    for (int i = 0; i < ASKERS; i++) {
        askers[i] = port_fixture_open();
        cr_assert_eq(port_fixture_send(askers[i], &policy->port, &calls[i % 2]), CRUX_PENDING);
    }
    for (int i = 0; i < ASKERS; i++) {
        cr_assert_eq(port_fixture_wait(askers[i]), CRUX_DONE);
        cr_expect_eq(port_fixture_call(askers[i])->reply.count, i % 2 == 0 ? 3 : 0);
        port_fixture_release(askers[i]);
        port_fixture_close(askers[i]);
    }
    crux_policy_close(policy);
}

/* Calls that are cancelled end once, begun or not. */
Test(retrieve, cancelled)
{
    struct crux_policy *policy = opened(",threads=1");
    struct port_fixture *askers[ASKERS];
    const struct crux_call call = call_of(&query);
    int cancelled = 0;

    for (int i = 0; i < ASKERS; i++) {
        askers[i] = port_fixture_open();
        cr_assert_eq(port_fixture_send(askers[i], &policy->port, &call), CRUX_PENDING);
    }
    for (int i = ASKERS - 1; i >= 0; i--)
        crux_cancel((struct crux_asking *)(void *)port_fixture_call(askers[i]));
    for (int i = 0; i < ASKERS; i++) {
        int status = port_fixture_wait(askers[i]);

        cr_expect(status == CRUX_DONE || status == CRUX_CANCELLED);
        cancelled += status == CRUX_CANCELLED;
        if (status == CRUX_DONE)
            port_fixture_release(askers[i]);
        port_fixture_close(askers[i]);
    }
    cr_log_info("%d of %d were cancelled", cancelled, ASKERS);
    crux_policy_close(policy);
}
