/*
 * test_reward.c - critic reward: its description, what numbers are worth, requests and replies of
 * each dialect.
 */
#include "critics/reward/plan.h"
#include "io/json.h"
#include "tests/world/contains.h"
#include "tests/world/critic_fixture.h"
#include "tests/world/port_fixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- the description ------------------------------------------------------------------------ */

/* A dialect has to be said, and all else has a default. */
Test(reward, reads_its_description)
{
    struct reward_plan plan;

    cr_assert_eq(reward_plan_read(&plan, "rm,dialect=tei-rerank", NULL), CRUX_OK);
    cr_expect(plan.batch == 32 && !plan.by_step && plan.worth.transform == REWARD_IDENTITY);
    cr_assert_eq(reward_plan_read(&plan,
                                  "rm,dialect=vllm-pooling,steps=product,step-end=<x>\\n,"
                                  "transform=softmax:1,pointer=/a/0,batch=7",
                                  NULL),
                 CRUX_OK);
    cr_expect(plan.by_step && plan.worth.sum == REWARD_PRODUCT && plan.worth.class == 1);
    cr_expect_str_eq(plan.step_end, "<x>\n");
    cr_expect_str_eq(plan.pointer, "/a/0");
    cr_expect_eq(plan.batch, 7);
    cr_assert_eq(reward_plan_read(&plan, "rm,dialect=vllm-messages,batch=7", NULL), CRUX_OK);
    cr_expect_eq(plan.batch, 1);
}

/* What it is not, is said with what was expected. */
Test(reward, refuses_what_it_does_not_know)
{
    static const char *const wrong[][2] = {
        {"rm", "say what it speaks"},
        {"rm,dialect=vllm", "dialect is vllm-pooling"},
        {"rm,dialect=tei-rerank,transform=log", "transform is identity"},
        {"rm,dialect=tei-rerank,transform=softmax:64", "transform is identity"},
        {"rm,dialect=tei-rerank,transform=softmax:x", "transform is identity"},
        {"rm,dialect=tei-rerank,transform=clip:1:1", "transform is identity"},
        {"rm,dialect=tei-rerank,transform=clip:0:inf", "transform is identity"},
        {"rm,dialect=tei-rerank,pointer=score", "a JSON pointer"},
        {"rm,dialect=tei-rerank,steps=sum", "steps is last, min"},
        {"rm,dialect=tei-rerank,step-end=\\q", "step-end is a text"},
        {"rm,dialect=tei-rerank,batch=0", "batch is a whole number"},
        {"rm,dialect=tei-rerank,model=x", "a key of dialect, pointer"},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct crux_error error = {""};
        struct reward_plan plan;

        cr_expect_eq(reward_plan_read(&plan, wrong[i][0], &error), CRUX_INVALID, "%s", wrong[i][0]);
        assert_contains(error.text, wrong[i][1]);
    }
}

/* --- worth ---------------------------------------------------------------------------------- */

static struct json *parsed(const char *text)
{
    struct json *value = NULL;

    cr_assert_eq(json_parse(&value, text, strlen(text), NULL), CRUX_OK, "%s", text);
    return value;
}

/* A number of a list of one text, under a transform. */
static double worth(const char *transform, const char *list)
{
    struct reward_worth how = {.transform = REWARD_IDENTITY};
    struct json *value = parsed(list);
    double number;

    cr_assert(reward_transform_read(&how, transform));
    number = reward_worth_of(&how, json_at(value, 0));
    json_free(value);
    return number;
}

/* Every transform, and what none can make a reward. */
Test(reward, transforms_numbers)
{
    static const struct {
        const char *transform, *list;
        double worth; /* below 0: none */
    } rows[] = {
        {"identity", "[0.25]", 0.25},
        {"identity", "[[0.25]]", 0.25},
        {"identity", "[1]", 1.0},
        {"identity", "[1.0001]", -1.0},
        {"identity", "[-0.1]", -1.0},
        {"identity", "[\"0.5\"]", -1.0},
        {"identity", "[null]", -1.0},
        {"identity", "[[]]", -1.0},
        {"identity", "[1.0000001]", 1.0},
        {"identity", "[[0.75, 0.25]]", -1.0}, /* of which class? */
        {"sigmoid", "[[2.5, 1]]", -1.0},
        {"class:0", "[[0.75, 0.25]]", 0.75},
        {"class:1", "[[0.75, 0.25]]", 0.25},
        {"class:2", "[[0.75, 0.25]]", -1.0},
        {"sigmoid", "[0]", 0.5},
        {"sigmoid", "[1000]", 1.0},
        {"sigmoid", "[-1000]", 0.0},
        {"sigmoid", "[[2.5]]", 0.92414181997875655},
        {"softmax:1", "[[0, 0]]", 0.5},
        {"softmax:0", "[[1000, 0]]", 1.0},
        {"softmax:2", "[[1, 2, 3]]", 0.66524095577482183},
        {"softmax:2", "[[1, 2]]", -1.0},
        {"softmax:0", "[1]", -1.0},
        {"softmax:0", "[[1, \"2\"]]", -1.0},
        {"clip:-5:5", "[0]", 0.5},
        {"clip:-5:5", "[-7]", 0.0},
        {"clip:-5:5", "[50]", 1.0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double number = worth(rows[i].transform, rows[i].list);

        if (rows[i].worth < 0.0)
            cr_expect(isnan(number), "%s of %s", rows[i].transform, rows[i].list);
        else
            cr_expect_float_eq(number, rows[i].worth, 1e-15, "%s of %s: %.17g", rows[i].transform,
                               rows[i].list, number);
    }
}

/* Steps come to one number in four ways; with a step that is no reward they come to none. */
Test(reward, sums_up_steps)
{
    static const double sums[] = {
        [REWARD_LAST] = 0.75, [REWARD_MIN] = 0.25, [REWARD_PRODUCT] = 0.09375, [REWARD_MEAN] = 0.5};
    struct json *good = parsed("[0.5, 0.25, 0.75]"), *bad = parsed("[0.5, 2, 0.75]");

    for (unsigned sum = REWARD_LAST; sum <= REWARD_MEAN; sum++) {
        const struct reward_worth how = {.sum = sum};
        struct opinion_made made = {.score = -1.0};

        cr_assert(reward_worth_sum(&made, &how, good, true));
        cr_expect_float_eq(made.score, sums[sum], 1e-15, "%u: %g", sum, made.score);
        cr_expect(made.step_count == 3 && made.steps[1] == 0.25);
        free(made.steps);
        made = (struct opinion_made){.score = -1.0};
        cr_assert(reward_worth_sum(&made, &how, bad, true));
        cr_expect(made.score < 0.0 && made.steps[1] < 0.0 && made.steps[2] == 0.75);
        free(made.steps);
    }
    json_free(good);
    json_free(bad);
}

/* --- requests ------------------------------------------------------------------------------- */

/* To the letter, for two candidates; one where only one goes into a request. */
Test(reward, writes_what_each_server_takes)
{
    static const struct reward_text texts[] = {{"P", "A", "PA"}, {"P", "B", "PB"}};
    static const struct {
        const char *dialect, *path, *body;
    } rows[] = {
        {"vllm-pooling", "/pooling", "{\"model\": \"m\", \"input\": [\"PA\", \"PB\"]}"},
        {"vllm-messages", "/pooling",
         "{\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": \"P\"}, {\"role\": "
         "\"assistant\", \"content\": \"A\"}]}"},
        {"vllm-classify", "/classify", "{\"model\": \"m\", \"input\": [\"PA\", \"PB\"]}"},
        {"vllm-score", "/score",
         "{\"model\": \"m\", \"queries\": [\"P\", \"P\"], \"documents\": [\"A\", \"B\"]}"},
        {"vllm-rerank", "/rerank",
         "{\"model\": \"m\", \"query\": \"P\", \"documents\": [\"A\", \"B\"], \"top_n\": 2}"},
        {"sglang-classify", "/classify", "{\"model\": \"m\", \"text\": [\"PA\", \"PB\"]}"},
        {"llamacpp-rerank", "/reranking",
         "{\"model\": \"m\", \"query\": \"P\", \"documents\": [\"A\", \"B\"], \"top_n\": 2}"},
        {"tei-predict", "/predict",
         "{\"inputs\": [[\"PA\"], [\"PB\"]], \"raw_scores\": true, \"truncate\": false}"},
        {"tei-rerank", "/rerank",
         "{\"query\": \"P\", \"texts\": [\"A\", \"B\"], \"raw_scores\": true, \"truncate\": "
         "false}"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct reward_dialect *dialect = reward_dialect_find(rows[i].dialect);
        char *body = NULL;

        cr_assert_not_null(dialect);
        cr_expect_str_eq(dialect->path, rows[i].path);
        cr_assert_eq(reward_dialect_write(&body, dialect, "m", texts, 2, NULL), CRUX_OK);
        cr_expect_str_eq(body, rows[i].body);
        free(body);
    }
}

/* --- replies -------------------------------------------------------------------------------- */

static int read_reply(const char *dialect, const char *pointer, const char *body,
                      struct served_choice choices[2], struct served_reading *reading,
                      struct crux_error *error)
{
    memset(choices, 0, 2 * sizeof *choices);
    *reading = (struct served_reading){.count = 2};
    return reward_dialect_read(reward_dialect_find(dialect), pointer, body, strlen(body), reading,
                               choices, error);
}

/* Each server's reply, word for word as it gives it. */
Test(reward, reads_what_each_server_says)
{
    static const struct {
        const char *dialect, *pointer, *body, *one, *two;
    } rows[] = {
        {"vllm-pooling", "",
         "{\"id\":\"pool-1\",\"object\":\"list\",\"data\":[{\"index\":0,\"object\":\"pooling\","
         "\"data\":[-1.5]},{\"index\":1,\"object\":\"pooling\",\"data\":[[0.1,0.9],[0.7,0.3]]}],"
         "\"usage\":{\"prompt_tokens\":7,\"total_tokens\":7}}",
         "{\"reward\": [-1.5]}", "{\"reward\": [[0.1, 0.9], [0.7, 0.3]]}"},
        {"vllm-pooling", "/data/-1",
         "{\"data\":[{\"index\":0,\"data\":[[3],[-1.5]]},{\"index\":1,\"data\":[[2.5]]}]}",
         "{\"reward\": [-1.5]}", "{\"reward\": [2.5]}"},
        {"vllm-classify", "/probs/1",
         "{\"data\":[{\"index\":0,\"label\":\"L\",\"probs\":[0.25,0.75],\"num_classes\":2},"
         "{\"index\":1,\"label\":\"L\",\"probs\":[0.5,0.5],\"num_classes\":2}],\"usage\":null}",
         "{\"reward\": 0.75}", "{\"reward\": 0.5}"},
        {"vllm-score", "",
         "{\"data\":[{\"index\":1,\"object\":\"score\",\"score\":0.5},{\"index\":0,\"object\":"
         "\"score\",\"score\":1}]}",
         "{\"reward\": 1}", "{\"reward\": 0.5}"},
        {"vllm-rerank", "",
         "{\"results\":[{\"index\":1,\"document\":{\"text\":\"B\"},\"relevance_score\":0.99},"
         "{\"index\":0,\"document\":{\"text\":\"A\"},\"relevance_score\":0.125}]}",
         "{\"reward\": 0.125}", "{\"reward\": 0.99}"},
        {"sglang-classify", "",
         "[{\"embedding\":[-24.25],\"meta_info\":{\"prompt_tokens\":9}},{\"embedding\":[1.25],"
         "\"meta_info\":{\"prompt_tokens\":9}}]",
         "{\"reward\": [-24.25]}", "{\"reward\": [1.25]}"},
        {"llamacpp-rerank", "",
         "{\"model\":\"m\",\"object\":\"list\",\"usage\":{\"prompt_tokens\":3,\"total_tokens\":3},"
         "\"results\":[{\"index\":0,\"relevance_score\":-11.5},{\"index\":1,"
         "\"relevance_score\":8.0}]}",
         "{\"reward\": -11.5}", "{\"reward\": 8.0}"},
        {"tei-predict", "",
         "[[{\"label\":\"LABEL_0\",\"score\":0.75}],[{\"label\":\"LABEL_0\",\"score\":-3}]]",
         "{\"reward\": 0.75}", "{\"reward\": -3}"},
        {"tei-rerank", "", "[{\"index\":1,\"score\":0.9},{\"index\":0,\"score\":0.1}]",
         "{\"reward\": 0.1}", "{\"reward\": 0.9}"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct served_choice choices[2];
        struct served_reading reading;
        struct crux_error error = {""};

        cr_assert_eq(
            read_reply(rows[i].dialect, rows[i].pointer, rows[i].body, choices, &reading, &error),
            CRUX_OK, "%s: %s", rows[i].dialect, error.text);
        cr_expect_str_eq(choices[0].text, rows[i].one);
        cr_expect_str_eq(choices[1].text, rows[i].two);
        cr_expect_eq(reading.has_usage, strstr(rows[i].body, "\"usage\":{") != NULL);
        free(choices[0].text);
        free(choices[1].text);
    }
}

/* A reply that has not one number for each candidate is a bad one, and says why. */
Test(reward, refuses_bad_replies)
{
    static const char *const rows[][3] = {
        {"tei-rerank", "", "is not JSON"},
        {"tei-rerank", "[{\"index\":0,\"score\":NaN},{\"index\":1,\"score\":1}]", "is not JSON"},
        {"tei-rerank", "{\"error\":\"overloaded\"}", "no list of results"},
        {"vllm-score", "[]", "no list of results"},
        {"vllm-score", "{\"data\":{}}", "no list of results"},
        {"tei-rerank", "[{\"index\":0,\"score\":1}]", "1 results, of 2"},
        {"tei-rerank", "[{\"index\":0,\"score\":1},{\"index\":0,\"score\":1}]", "two results"},
        {"tei-rerank", "[{\"index\":0,\"score\":1},{\"index\":2,\"score\":1}]", "not sent"},
        {"tei-rerank", "[{\"index\":0,\"score\":1},{\"index\":-1,\"score\":1}]", "not sent"},
        {"tei-rerank", "[{\"index\":0,\"score\":1},{\"index\":\"1\",\"score\":1}]", "not sent"},
        {"tei-rerank", "[{\"index\":0,\"score\":1},{\"index\":1}]", "without a number"},
        {"tei-rerank", "[{\"index\":0,\"score\":1},{\"index\":1,\"score\":\"1\"}]", "without a"},
        {"tei-rerank", "[{\"index\":0,\"score\":1},{\"index\":1,\"score\":[]}]", "without a"},
        {"tei-predict", "[[{\"score\":1}],[]]", "without a number"},
        {"tei-predict", "[[{\"score\":1}],7]", "without a number"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct served_choice choices[2];
        struct served_reading reading;
        struct crux_error error = {""};

        cr_expect_eq(read_reply(rows[i][0], "", rows[i][1], choices, &reading, &error), CRUX_FAILED,
                     "%s", rows[i][1]);
        assert_contains(error.text, rows[i][2]);
        free(choices[0].text);
        free(choices[1].text);
    }
}

/* --- with a server -------------------------------------------------------------------------- */

static const struct crux_problem problem = {.id = "p", .prompt = "1 + 1?", .line = "{}"};

/* A step that has a mark of a step's end in its own words cannot pass as two. */
Test(reward, a_forged_step_mark_is_unknown)
{
    const struct crux_step steps[2] = {{.text = "1 + 1 = 2", .length = 9, .depth = 1},
                                       {.text = "1<extra_0>1", .length = 11, .depth = 1}};
    const struct crux_call question = {
        .verb = CRUX_SCORE, .count = 2, .candidates = steps, .state = {.problem = &problem}};
    const struct critic_fixture_plan plan = {
        .role = CRUX_ROLE_EXECUTION,
        .description = "reward:fake,dialect=vllm-pooling,transform=softmax:1,steps=min,"
                       "template=tests/world/prm.template"};
    struct port_fixture *asker = port_fixture_open();
    struct critic_fixture fixture;
    const struct crux_reply *reply = &port_fixture_call(asker)->reply;

    critic_fixture_open(&fixture, &plan);
    cr_assert_eq(port_fixture_ask(asker, &fixture.critic->port, &question), CRUX_DONE);
    cr_expect(reply->scores[0] > 0.0 && reply->opinions[0].step_count == 1);
    cr_expect(reply->scores[1] < 0.0 && reply->opinions[1].steps == NULL);
    port_fixture_release(asker);
    port_fixture_close(asker);
    critic_fixture_close(&fixture);
}

/* What a candidate is worth does not depend on how many share its request. */
Test(reward, batches_do_not_matter)
{
    static const char *const descriptions[] = {
        "reward:fake,dialect=llamacpp-rerank,transform=sigmoid",
        "reward:fake,dialect=llamacpp-rerank,transform=sigmoid,batch=1",
        "reward:fake,dialect=llamacpp-rerank,transform=sigmoid,batch=2"};
    const struct crux_step steps[3] = {{.text = "a", .length = 1, .depth = 1},
                                       {.text = "b", .length = 1, .depth = 1},
                                       {.text = "c", .length = 1, .depth = 1}};
    const struct crux_call question = {
        .verb = CRUX_SCORE, .count = 3, .candidates = steps, .state = {.problem = &problem}};
    double scores[3];

    for (size_t i = 0; i < 3; i++) {
        const struct critic_fixture_plan plan = {.role = CRUX_ROLE_EXECUTION,
                                                 .description = descriptions[i]};
        struct port_fixture *asker = port_fixture_open();
        struct critic_fixture fixture;

        critic_fixture_open(&fixture, &plan);
        cr_assert_eq(port_fixture_ask(asker, &fixture.critic->port, &question), CRUX_DONE);
        for (size_t j = 0; j < 3; j++) {
            if (i == 0)
                scores[j] = port_fixture_call(asker)->reply.scores[j];
            cr_expect_eq(port_fixture_call(asker)->reply.scores[j], scores[j]);
        }
        port_fixture_release(asker);
        port_fixture_close(asker);
        critic_fixture_close(&fixture);
    }
}
