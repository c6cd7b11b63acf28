/*
 * test_recorded.c - answers that people have already, as a policy.
 */
#include "policies/crux_policies.h"
#include "policies/recorded/file.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "critics/crux_critics.h"
#include "tests/world/heap.h"
#include "tests/world/sample.h"
#include "tests/world/world.h"

/* --- fixture ------------------------------------------------------------------------- */

/* Four answers to p: two begin with a, then go apart; one is the beginning of another. */
static const char four[] = "{\"problem_id\": \"p\", \"text\": \"a\\nb\\nc\"}\n"
                           "{\"problem_id\": \"p\", \"text\": \"a\\nd\"}\n"
                           "{\"problem_id\": \"p\", \"text\": \"e\\nf\"}\n"
                           "{\"problem_id\": \"p\", \"text\": \"e\\nf\\ng\"}\n";

static struct crux_problem problem = {.id = "p", .prompt = "How many?"};

static void make_folder(void)
{
    (void)sample_folder();
}

TestSuite(recorded, .init = make_folder, .fini = sample_folder_remove);

static int open_with(struct crux_policy **out, const char *text, const char *settings,
                     struct crux_error *error)
{
    char description[256];

    (void)snprintf(description, sizeof description, "recorded:%s%s",
                   sample_file("answers.jsonl", text, strlen(text)), settings);
    return crux_policy_open(out, description, NULL, error);
}

static struct crux_policy *policy_of(const char *text, const char *settings)
{
    struct crux_policy *policy = NULL;
    struct crux_error error = {""};

    cr_assert_eq(open_with(&policy, text, settings, &error), CRUX_OK, "%s", error.text);
    return policy;
}

/* A path of at most eight steps, written `a|b`. */
struct path {
    struct crux_step steps[8];
    char text[128];
    const struct crux_step *last;
    uint32_t depth;
};

static void make_path(struct path *path, const char *text)
{
    char *rest = strcpy(path->text, text), *step;

    path->last = NULL;
    path->depth = 0;
    while (text[0] != '\0' && (step = strsep(&rest, "|")) != NULL) {
        path->steps[path->depth] = (struct crux_step){
            .previous = path->last, .text = step, .length = (uint32_t)strlen(step)};
        path->last = &path->steps[path->depth++];
    }
}

static struct crux_call question(enum crux_kind kind, const struct path *path, uint32_t count)
{
    return (struct crux_call){
        .verb = CRUX_PROPOSE,
        .kind = kind,
        .count = count,
        .seed = 7,
        .state = {.problem = &problem, .last = path->last, .depth = path->depth}};
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct crux_proposal *)a)->text, ((const struct crux_proposal *)b)->text);
}

/* What is said there, sorted: `text prior terminal`, parted by commas, lines by |. */
static const char *said(struct crux_policy *policy, enum crux_kind kind, const char *at,
                        uint32_t count)
{
    static char out[1024];
    struct crux_proposal sorted[64];
    struct path path;
    struct crux_call call;
    size_t used = 0;

    make_path(&path, at);
    call = question(kind, &path, count);
    cr_assert_eq(policy->port.ask(&policy->port, &call), CRUX_DONE, "%s", call.reply.sentence);
    cr_assert_leq(call.reply.count, 64);
    out[0] = '\0';
    if (call.reply.count > 0)
        memcpy(sorted, call.reply.proposals, call.reply.count * sizeof *sorted);
    qsort(sorted, call.reply.count, sizeof *sorted, by_text);
    for (uint32_t i = 0; i < call.reply.count; i++)
        used += (size_t)snprintf(out + used, sizeof out - used, "%s%s %g%s", i > 0 ? ", " : "",
                                 sorted[i].text, (double)sorted[i].prior,
                                 kind == CRUX_STEP && sorted[i].terminal ? " end" : "");
    for (char *line = out; *line != '\0'; line++)
        *line = *line == '\n' ? '|' : *line;
    policy->port.release(&policy->port, &call.reply);
    return out;
}

/* --- steps ----------------------------------------------------------------------------- */

/* Answers that begin alike share their steps; a prior is the share that goes on so. */
Test(recorded, answers_are_merged)
{
    struct crux_policy *policy = policy_of(four, "");

    cr_assert_str_eq(said(policy, CRUX_STEP, "", 9), "a 0.5, e 0.5");
    cr_assert_str_eq(said(policy, CRUX_STEP, "a", 9), "b 0.5, d 0.5 end");
    cr_assert_str_eq(said(policy, CRUX_STEP, "a|b", 9), "c 1 end");
    crux_policy_close(policy);
}

/* A step with which every answer ends is terminal; where some go on it is not. */
Test(recorded, an_answer_may_begin_another)
{
    struct crux_policy *policy = policy_of(four, "");

    cr_assert_str_eq(said(policy, CRUX_STEP, "e", 9), "f 1");
    cr_assert_str_eq(said(policy, CRUX_STEP, "e|f", 9), "g 0.5 end");
    cr_assert_str_eq(said(policy, CRUX_ANSWER, "e|f", 9), " 1, g 1");
    crux_policy_close(policy);
}

/* A path on which nothing was recorded is a dead end. */
Test(recorded, a_strange_path_is_a_dead_end)
{
    struct crux_policy *policy = policy_of(four, "");

    cr_assert_str_eq(said(policy, CRUX_STEP, "x", 9), "");
    cr_assert_str_eq(said(policy, CRUX_STEP, "b", 9), "");
    cr_assert_str_eq(said(policy, CRUX_STEP, "a|d", 9), "");
    crux_policy_close(policy);
}

/* Asked for one step after another it says each once, in the order of one larger question. */
Test(recorded, samples_go_on_where_they_ended)
{
    struct crux_policy *policy =
        policy_of("{\"id\": \"p\", \"text\": [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]}", "");
    struct path path;
    struct crux_call all, one;

    make_path(&path, "");
    all = question(CRUX_STEP, &path, 9);
    cr_assert_eq(policy->port.ask(&policy->port, &all), CRUX_DONE);
    cr_assert_eq(all.reply.count, 6);
    for (uint32_t i = 0; i < 6; i++) {
        one = question(CRUX_STEP, &path, 1);
        one.sample = i;
        cr_assert_eq(policy->port.ask(&policy->port, &one), CRUX_DONE);
        cr_assert_eq(one.reply.count, 1);
        cr_assert_str_eq(one.reply.proposals[0].text, all.reply.proposals[i].text);
        policy->port.release(&policy->port, &one.reply);
    }
    one = question(CRUX_STEP, &path, 1);
    one.sample = 6;
    cr_assert_eq(policy->port.ask(&policy->port, &one), CRUX_DONE);
    cr_assert_eq(one.reply.count, 0, "there is no seventh");
    policy->port.release(&policy->port, &all.reply);
    crux_policy_close(policy);
}

/* A weight says how much an answer counts, in priors and in what is drawn first. */
Test(recorded, weights_count)
{
    struct crux_policy *policy =
        policy_of("{\"id\": \"p\", \"text\": \"a\", \"weight\": 3}\n"
                  "{\"id\": \"p\", \"text\": \"b\"}\n"
                  "{\"id\": \"p\", \"text\": [\"c\", \"c\"], \"weight\": [0, 0]}\n",
                  "");
    struct path path;
    uint32_t first = 0, last = 0;

    cr_assert_str_eq(said(policy, CRUX_STEP, "", 9), "a 0.75 end, b 0.25 end, c 0 end");
    make_path(&path, "");
    for (uint64_t seed = 0; seed < 1000; seed++) {
        struct crux_call call = question(CRUX_STEP, &path, 9);

        call.seed = seed;
        cr_assert_eq(policy->port.ask(&policy->port, &call), CRUX_DONE);
        first += call.reply.proposals[0].text[0] == 'a';
        last += call.reply.proposals[2].text[0] == 'c';
        policy->port.release(&policy->port, &call.reply);
    }
    cr_assert(first > 700 && first < 800, "three of four: %u", first);
    cr_assert_eq(last, 1000);
    crux_policy_close(policy);
}

/* --- answers ------------------------------------------------------------------------------ */

/* An answer is all that is missing below the path, a line a step, each at most once. */
Test(recorded, answers_are_remainders)
{
    struct crux_policy *policy = policy_of(four, "");

    cr_assert_str_eq(said(policy, CRUX_ANSWER, "", 9), "a|b|c 1, a|d 1, e|f 1, e|f|g 1");
    cr_assert_str_eq(said(policy, CRUX_ANSWER, "a", 9), "b|c 1, d 1");
    cr_assert_str_eq(said(policy, CRUX_ANSWER, "a|b", 9), "c 1");
    crux_policy_close(policy);
}

/* Drawn one by one all come before one comes again, in an order of the seed's. */
Test(recorded, no_answer_comes_twice_before_all_came)
{
    enum { ANSWERS = 23, ROUNDS = 4 };
    char text[ANSWERS * 48] = "", orders[2][ROUNDS * ANSWERS + 1] = {"", ""};
    struct crux_policy *policy;
    struct path path;

    for (int i = 0; i < ANSWERS; i++)
        (void)sprintf(text + strlen(text), "{\"id\": \"p\", \"text\": \"%c\"}\n", 'A' + i);
    policy = policy_of(text, "");
    make_path(&path, "");
    for (uint32_t i = 0; i < 2 * ROUNDS * ANSWERS; i++) {
        struct crux_call call = question(CRUX_ANSWER, &path, 1);

        call.seed = i / (ROUNDS * ANSWERS);
        call.sample = i % (ROUNDS * ANSWERS);
        cr_assert_eq(policy->port.ask(&policy->port, &call), CRUX_DONE);
        orders[call.seed][call.sample] = call.reply.proposals[0].text[0];
        policy->port.release(&policy->port, &call.reply);
    }
    for (int seed = 0; seed < 2; seed++)
        for (int round = 0; round < ROUNDS; round++)
            for (int letter = 'A'; letter < 'A' + ANSWERS; letter++)
                cr_assert_not_null(memchr(orders[seed] + round * ANSWERS, letter, ANSWERS));
    cr_assert_str_neq(orders[0], orders[1]);
    cr_assert_neq(memcmp(orders[0], orders[0] + ANSWERS, ANSWERS), 0, "each round is shuffled");
    crux_policy_close(policy);
}

/* Every answer is as likely as any other to be the first. */
Test(recorded, the_first_answer_is_drawn_fairly)
{
    struct crux_policy *policy =
        policy_of("{\"id\": \"p\", \"text\": [\"a\", \"b\", \"c\", \"d\", \"e\"]}", "");
    uint32_t counts[5] = {0};
    struct path path;

    make_path(&path, "");
    for (uint64_t seed = 0; seed < 5000; seed++) {
        struct crux_call call = question(CRUX_ANSWER, &path, 1);

        call.seed = seed * UINT64_C(0x9E3779B97F4A7C15);
        cr_assert_eq(policy->port.ask(&policy->port, &call), CRUX_DONE);
        counts[call.reply.proposals[0].text[0] - 'a']++;
        policy->port.release(&policy->port, &call.reply);
    }
    for (int i = 0; i < 5; i++) /* five sigma of a binomial are 141 */
        cr_assert(abs((int)counts[i] - 1000) < 141, "%c: %u", 'a' + i, counts[i]);
    crux_policy_close(policy);
}

/* --- problems --------------------------------------------------------------------------------- */

/* Lines without an id belong to the problem with their prompt. */
Test(recorded, prompts_stand_in_for_ids)
{
    struct crux_policy *policy =
        policy_of("{\"question\": \" How many?\\n\", \"solution\": \"a\"}\n"
                  "{\"id\": \"q\", \"question\": \"How many?\", \"solution\": \"b\"}\n",
                  "");

    cr_assert_str_eq(said(policy, CRUX_STEP, "", 9), "a 1 end");
    crux_policy_close(policy);
}

/* A problem of which nothing was recorded fails with a sentence. */
Test(recorded, an_unknown_problem_fails)
{
    struct crux_policy *policy = policy_of("{\"id\": \"q\", \"text\": \"a\"}", "");
    struct path path;
    struct crux_call call;

    make_path(&path, "");
    call = question(CRUX_STEP, &path, 9);
    cr_assert_eq(policy->port.ask(&policy->port, &call), CRUX_FAILED);
    cr_assert_not_null(strstr(call.reply.sentence, "no answer is recorded for the problem"));
    crux_policy_close(policy);
}

/* --- lines ------------------------------------------------------------------------------ */

/* What a line means, by what is said at the root: whole answers. */
Test(recorded, what_lines_say)
{
    static const struct {
        const char *line, *settings, *answers;
    } rows[] = {
        {"{\"problem_id\": \"p\", \"model\": \"m\", \"reasoning\": \"x\", \"answer\": \"5\"}", "",
         "x|#### 5 1"},
        {"{\"id\": \"p\", \"reasoning\": \"x\\n#### 5 \", \"answer\": \" 5\\n\"}", "",
         "x|#### 5 1"},
        {"{\"id\": \"p\", \"reasoning\": \"x\", \"answer\": 5}", "", "x|#### 5 1"},
        {"{\"id\": \"p\", \"reasoning\": \"x\", \"answer\": 0.5}", "", "x|#### 0.5 1"},
        {"{\"id\": \"p\", \"reasoning\": \"x\", \"answer\": null}", "", "x 1"},
        {"{\"id\": \"p\", \"reasoning\": \"\", \"answer\": \"1\\n2\"}", "", "#### 1 2 1"},
        {"{\"id\": \"p\", \"answer\": \"x\\n#### 5\"}", "", "x|#### 5 1"},
        {"{\"id\": \"p\", \"text\": \"x \\t\\r\\n\\n \\n  y\\n\"}", "", "x|  y 1"},
        {"{\"id\": \"p\", \"text\": \"x\\ny\\n \\nz \\n\"}", ",split=paragraphs", "x\vy|z 1"},
        {"{\"id\": \"p\", \"text\": \"x\\ny\\n\\nz\"}", ",split=lines", "x|y|z 1"},
        {"{\"id\": \"p\", \"text\": \"He did. Yes.\\nz\"}", ",split=sentences", "He did.|Yes.|z 1"},
        {"{\"id\": \"p\", \"text\": \" \\n x\\ny \\n\\nz\\n\"}", ",split=model", " x\vy\v\vz 1"},
        {"{\"id\": \"p\", \"text\": \"So:\\n\\n 1 = 1 \\n2. \"}", "", "So:\v\v 1 = 1|2. 1"},
        {"{\"id\": \"p\", \"text\": \"```\\nx\\n\\ny\\n```\\nz\"}", "", "```\vx\v\vy\v```|z 1"},
        {"{\"id\": \"p\", \"steps\": [\"So:\", \"y\"]}", "", "So:|y 1"},
        {"{\"id\": \"p\", \"steps\": [\"So:\", \"y\\nz\", \"w\"]}", ",split=lines",
         "So:\v\vy|z|w 1"},
        {"{\"id\": \"p\", \"steps\": [\"So:\", \"y\\nz\"]}", ",split=model", "So:|y\vz 1"},
        {"{\"id\": \"p\", \"steps\": [\"x\", \"y\\nz\"], \"text\": \"no\", \"answer\": 1}", "",
         "x|y|z|#### 1 1"},
        {"{\"id\": \"p\", \"output\": [\"x\", \"y\"], \"answer\": [1, 2]}", "",
         "x|#### 1 1, y|#### 2 1"},
        {"{\"id\": \"q\", \"key\": \"p\", \"text\": \"no\", \"body\": \"x\", \"end\": \"1\"}",
         ",id=key,text=body,answer=end,weight=w", "x|#### 1 1"},
        {"{\"name\": \"How many?\", \"text\": \"x\"}", ",problem=name", "x 1"},
        {"{\"id\": \"p\", \"text\": \"x\", \"score\": \"high\"}", "", "x 1"},
        {"\xef\xbb\xbf{\"id\": \"p\", \"text\": \"x\"}\r\n\r\n  \n", "", "x 1"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct crux_policy *policy = policy_of(rows[i].line, rows[i].settings);

        cr_expect_str_eq(said(policy, CRUX_ANSWER, "", 9), rows[i].answers, "%s", rows[i].line);
        crux_policy_close(policy);
    }
}

/* A bad line is refused by file, line, field and what was expected. */
Test(recorded, bad_lines_are_named)
{
    static const struct {
        const char *line, *sentence;
    } rows[] = {
        {"nothing", "expected a JSON object, found text that is not JSON"},
        {"[1]", "expected a JSON object, found an array"},
        {"{\"text\": \"x\"}", "field `problem_id`: expected a problem's id (or a field `problem`"},
        {"{\"id\": true, \"text\": \"x\"}",
         "field `id`: expected a string or a number, found a bool"},
        {"{\"id\": \"p\"}", "field `reasoning`: expected the text of an answer, found nothing"},
        {"{\"id\": \"p\", \"text\": 5}", "field `text`: expected a string or an array of strings"},
        {"{\"id\": \"p\", \"text\": \" \\n\"}", "field `text`: expected some text, found none"},
        {"{\"id\": \"p\", \"text\": []}", "field `text`: expected some text, found none"},
        {"{\"id\": \"p\", \"text\": [\"x\", 1]}",
         "field `text`: expected a string or an array of strings, found an integer"},
        {"{\"id\": \"p\", \"steps\": \"x\"}", "field `steps`: expected an array of strings"},
        {"{\"id\": \"p\", \"steps\": [1]}", "field `steps`: expected an array of strings"},
        {"{\"id\": \"p\", \"text\": \"x\", \"answer\": {}}",
         "field `answer`: expected a string or a number, found an object"},
        {"{\"id\": \"p\", \"text\": \"x\", \"prior\": -1}",
         "field `prior`: expected a number from 0 to 1e9"},
        {"{\"id\": \"p\", \"text\": \"x\", \"weight\": \"1\"}",
         "field `weight`: expected a number from 0 to 1e9, found a string"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct crux_policy *policy = NULL;
        struct crux_error error = {""};
        char text[256];

        (void)snprintf(text, sizeof text, "{\"id\": \"p\", \"text\": \"x\"}\n\n%s\n", rows[i].line);
        cr_expect_eq(open_with(&policy, text, ",strict", &error), CRUX_INPUT, "%s", rows[i].line);
        cr_expect_null(policy);
        cr_expect_not_null(strstr(error.text, "answers.jsonl:3: "), "%s", error.text);
        cr_expect_not_null(strstr(error.text, rows[i].sentence), "%s", error.text);
    }
}

static void count_complaint(void *context, const char *sentence)
{
    cr_expect_not_null(strstr(sentence, "answers.jsonl:"));
    ++*(int *)context;
}

/* Unless it is to be strict, bad lines are reported and the good ones count. */
Test(recorded, bad_lines_are_skipped)
{
    static const char text[] = "{\"id\": \"p\", \"text\": \"x\"}\nbad\n{}\n"
                               "{\"id\": \"p\", \"text\": \"y\"}\n";
    char file[200];
    struct recorded_plan plan = {.file = file};
    struct recorded_forest forest;
    struct crux_error error = {""};
    int complaints = 0;

    (void)strcpy(file, sample_file("answers.jsonl", text, sizeof text - 1));
    cr_assert(recorded_forest_open(&forest));
    cr_assert_eq(recorded_read(&forest, &plan, count_complaint, &complaints, &error), CRUX_OK);
    cr_assert_eq(complaints, 2);
    cr_assert_eq(forest.nodes[ROOTS_BY_ID].below, 2);
    recorded_forest_close(&forest);
}

/* What cannot be opened says why, and leaves *out alone. */
Test(recorded, what_cannot_be_opened)
{
    static const struct {
        const char *description, *sentence;
        int status;
    } rows[] = {
        {"recorded", "recorded:FILE", CRUX_INVALID},
        {"recorded:", "recorded:FILE", CRUX_INVALID},
        {"recorded:,strict", "recorded:FILE", CRUX_INVALID},
        {"recorded:f,split=words", "not `split=words`", CRUX_INVALID},
        {"recorded:f,id=", "not `id=`", CRUX_INVALID},
        {"recorded:f,", "not ``", CRUX_INVALID},
        {"recorded:f,speed=3", "not `speed=3`", CRUX_INVALID},
        {"recorded:/nowhere/f", "cannot open /nowhere/f", CRUX_INPUT},
        {"recorded:/dev/null", "/dev/null has no answers: expected a JSON object a line",
         CRUX_INPUT},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct crux_policy *policy = NULL;
        struct crux_error error = {""};

        cr_expect_eq(crux_policy_open(&policy, rows[i].description, NULL, &error), rows[i].status,
                     "%s", rows[i].description);
        cr_expect_null(policy);
        cr_expect_not_null(strstr(error.text, rows[i].sentence), "%s", error.text);
    }
}

/* A deep answer, and many that share nearly everything, are merged without recursion. */
Test(recorded, deep_answers)
{
    enum { DEEP = 100000 };
    char *text = malloc(DEEP * 3 + 100), *at = text;
    struct crux_policy *policy;
    struct path path;
    struct crux_call call;

    at = stpcpy(at, "{\"id\": \"p\", \"text\": \"");
    for (int i = 0; i < DEEP; i++)
        at = stpcpy(at, "x\\n");
    (void)strcpy(at, "y\"}");
    policy = policy_of(text, "");
    make_path(&path, "x");
    call = question(CRUX_ANSWER, &path, 1);
    cr_assert_eq(policy->port.ask(&policy->port, &call), CRUX_DONE);
    cr_assert_eq(strlen(call.reply.proposals[0].text), 2 * (DEEP - 1) + 1);
    policy->port.release(&policy->port, &call.reply);
    crux_policy_close(policy);
    free(text);
}

/* Ask while the number-th allocation fails; false: there are fewer. */
static bool ask_without(struct crux_policy *policy, enum crux_kind kind, uint32_t number)
{
    struct path path;
    struct crux_call call;
    bool failed;
    int status;

    make_path(&path, "");
    call = question(kind, &path, 9);
    heap_fail(number);
    status = policy->port.ask(&policy->port, &call);
    failed = heap_has_failed();
    heap_fail(0);
    cr_assert_eq(status, failed ? CRUX_MEMORY : CRUX_DONE);
    if (status == CRUX_DONE)
        policy->port.release(&policy->port, &call.reply);
    else
        cr_assert_not_null(call.reply.sentence);
    return failed;
}

/* Whichever allocation fails, it says so, keeps nothing, and works the next time. */
Test(recorded, memory_may_run_out)
{
    const char *file = sample_file("answers.jsonl", four, sizeof four - 1);
    struct crux_policy *policy = NULL;
    struct crux_error error = {""};
    char description[256];
    uint32_t number = 0;
    int status;

    (void)snprintf(description, sizeof description, "recorded:%s,strict", file);
    do {
        bool failed;

        heap_fail(++number);
        status = crux_policy_open(&policy, description, NULL, &error);
        failed = heap_has_failed();
        heap_fail(0);
        cr_assert_eq(status, failed ? CRUX_MEMORY : CRUX_OK, "%u: %s", number, error.text);
    } while (status != CRUX_OK);
    cr_assert_eq(number > 5, heap_can_fail(), "%u", number);
    for (number = 1; ask_without(policy, CRUX_STEP, number); number++) {
    }
    for (number = 1; ask_without(policy, CRUX_ANSWER, number); number++) {
    }
    cr_assert_str_eq(said(policy, CRUX_STEP, "", 9), "a 0.5, e 0.5");
    crux_policy_close(policy);
}

/* --- in a search ---------------------------------------------------------------------- */

/* What the trees of a search held. */
struct held {
    struct crux_sink sink;
    uint32_t rights, wrongs, pairs, failed, prefix;
};

static int hold(struct crux_sink *sink, const struct crux_tree *tree, struct crux_error *error)
{
    struct held *held = (struct held *)(void *)sink;

    (void)error;
    held->failed += tree->reason == CRUX_REASON_FAILED;
    held->rights += tree->right_count;
    held->pairs += tree->pair_count;
    for (uint32_t i = 0; i < tree->rollout_count; i++)
        held->wrongs += tree->rollouts[i].verdict == CRUX_WRONG;
    if (tree->pair_count > 0)
        held->prefix = tree->pairs[0].prefix;
    return CRUX_OK;
}

static struct crux_problem sum = {.id = "sum", .prompt = "2 + 3?", .answer = "5"};

static int next_sum(struct crux_source *self, const struct crux_problem **out,
                    struct crux_error *error)
{
    struct world_source *source = (struct world_source *)(void *)self;

    (void)error;
    if (source->next++ > 0)
        return CRUX_END;
    *out = &sum;
    return CRUX_OK;
}

/* Three recorded answers of which one is wrong: their tree has the pair of a right and a
 * wrong path, which part behind the step that they share. */
Test(recorded, a_search_finds_where_answers_part)
{
    struct crux_policy *policy =
        policy_of("{\"id\": \"sum\", \"text\": \"We add.\\n2 + 3 = 5.\", \"answer\": \"5\"}\n"
                  "{\"id\": \"sum\", \"text\": \"We add.\\n2 + 3 = 6.\", \"answer\": \"6\"}\n"
                  "{\"id\": \"sum\", \"text\": \"It is five.\", \"answer\": \"5\"}\n",
                  "");
    struct held held = {.sink = {hold}};
    struct world_source source = {.source = {next_sum}};
    struct crux_setup setup = crux_setup_default();
    struct crux_critic *critic = NULL;
    struct crux_search *search = NULL;
    struct crux_error error = {""};

    cr_assert_eq(crux_critic_open(&critic, CRUX_ROLE_OUTCOME, "match", NULL, &error), CRUX_OK);
    setup.policies[CRUX_STEP] = policy;
    setup.critics[CRUX_ROLE_OUTCOME] = critic;
    setup.simulations = 100;
    cr_assert_eq(crux_open(&search, &setup, &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(crux_run(search, &source.source, &held.sink, &error), CRUX_OK, "%s", error.text);
    cr_assert_eq(held.failed, 0);
    cr_assert_eq(held.rights, 2);
    cr_assert_eq(held.pairs, 1);
    cr_assert_eq(held.prefix, 1);
    cr_assert_gt(held.wrongs, 0);
    crux_close(search);
    crux_critic_close(critic);
    crux_policy_close(policy);
}
