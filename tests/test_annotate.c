/*
 * test_annotate.c - critic critique: its description, its questions, what of a reply is a critique,
 * and what becomes of a call. And false details: put in, and found.
 *
 * Replies are those of the fake model, which knows where a path went wrong, or written by hand.
 */
#include "critics/annotate/inject.h"
#include "critics/annotate/plan.h"
#include "critics/annotate/refusal.h"
#include "critics/annotate/said.h"
#include "critics/notes.h"
#include "tests/world/contains.h"
#include "tests/world/critic_fixture.h"
#include "tests/world/port_fixture.h"
#include "tests/world/server/critique.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the description ------------------------------------------------------------------------ */

/* A backend by its place or by its key, or none; and settings. */
Test(annotate, reads_its_description)
{
    struct annotate_plan plan;

    cr_assert_eq(annotate_plan_read(&plan, NULL, NULL), CRUX_OK);
    cr_expect(plan.style == ANNOTATE_MMC && plan.tries == 3 && plan.backend_count == 1);
    cr_expect(plan.temperature < 0.0 && plan.max_tokens == 0);
    cr_expect_str_eq(plan.backends[0], "");
    cr_assert_eq(annotate_plan_read(&plan, "big,style=blind,tries=8", NULL), CRUX_OK);
    cr_expect_str_eq(plan.backends[0], "big");
    cr_expect(plan.style == ANNOTATE_BLIND && plan.tries == 8);
    cr_assert_eq(annotate_plan_read(&plan, "backend=b,temperature=0,max=99,style=deliberate", NULL),
                 CRUX_OK);
    cr_expect_str_eq(plan.backends[0], "b");
    cr_expect(plan.temperature == 0.0 && plan.max_tokens == 99);
    cr_assert_eq(annotate_plan_read(&plan, "style=panel,backends=a+b+c", NULL), CRUX_OK);
    cr_expect_eq(plan.backend_count, 3);
    cr_expect_str_eq(plan.backends[2], "c");
}

/* What it is not, is said with what was expected. */
Test(annotate, refuses_what_it_does_not_know)
{
    static const char *const wrong[][2] = {
        {"style=best", "style is mmc, deliberate"},
        {"tries=0", "tries is a whole number"},
        {"tries=17", "tries is a whole number"},
        {"temperature=3", "temperature is a number 0 .. 2"},
        {"temperature=x", "temperature is a number 0 .. 2"},
        {"max=0", "max is a whole number"},
        {"backend=", "backend is the name"},
        {"backend=a,backend=b", "backend is the name"},
        {"a,backend=b", "backend `a` stands in front"},
        {"style=panel,backends=a+b,backend=c", "backend is the name"},
        {"style=panel,backends=a", "several backends"},
        {"style=panel", "several backends"},
        {"style=panel,backends=a++b", "backends is 2 to 8 names"},
        {"style=panel,backends=a+b+c+d+e+f+g+h+i", "backends is 2 to 8 names"},
        {"backends=a+b", "is for style=panel"},
        {"votes=3", "a key of style"},
        {"a,b", "expected KEY=VALUE"},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct crux_error error = {""};
        struct annotate_plan plan;

        cr_expect_eq(annotate_plan_read(&plan, wrong[i][0], &error), CRUX_INVALID, "%s",
                     wrong[i][0]);
        assert_contains(error.text, wrong[i][1]);
    }
}

/* The backends that a description names, one after the other; they are asked in words. */
Test(annotate, names_its_backends)
{
    static const struct {
        const char *description, *names[4];
    } rows[] = {
        {"critique", {""}},
        {"critique:big", {"big"}},
        {"critique:style=blind", {""}},
        {"critique:style=blind,backend=b", {"b"}},
        {"critique:style=panel,backends=a+b+c,tries=2", {"a", "b", "c"}},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct crux_text name;
        size_t index = 0;

        for (; index < 4 && rows[i].names[index] != NULL; index++) {
            cr_assert(crux_critic_backend(CRUX_ROLE_ANNOTATE, rows[i].description, index, &name),
                      "%s", rows[i].description);
            cr_expect(name.length == strlen(rows[i].names[index]) &&
                          memcmp(name.start, rows[i].names[index], name.length) == 0,
                      "%s", rows[i].description);
            cr_expect(crux_critic_chats(CRUX_ROLE_ANNOTATE, rows[i].description, index, &name));
        }
        cr_expect_not(crux_critic_backend(CRUX_ROLE_ANNOTATE, rows[i].description, index, &name),
                      "%s", rows[i].description);
        cr_expect_not(crux_critic_file(CRUX_ROLE_ANNOTATE, rows[i].description, 0, &name));
    }
}

/* --- a pair --------------------------------------------------------------------------------- */

static const struct crux_problem marbles = {
    .id = "marbles",
    .prompt = "Mia starts with 12 marbles. Mia finds 7 more. Mia gives 4 away. Mia finds 5 more. "
              "How many marbles does Mia have now?",
    .line = "{}",
    .answer = "20"};

/* A root, the shared step below it, and answers that go on from there. */
struct scene {
    struct crux_node nodes[2];
    struct crux_rollout rollouts[2];
    struct crux_pair pair;
    struct crux_tree tree;
    struct crux_call call;
};

static void set_scene(struct scene *scene, const char *wrong, const char *right, uint32_t located)
{
    *scene = (struct scene){
        .nodes = {{.parent = CRUX_NO_NODE, .text = ""},
                  {.parent = 0, .depth = 1, .text = "12 + 7 = 19."}},
        .rollouts = {{.node = 1, .text = wrong, .answer = "", .verdict = CRUX_WRONG},
                     {.node = 1, .text = right, .answer = "20", .verdict = CRUX_RIGHT}},
        .pair = {.wrong = 0, .right = 1, .prefix = 1, .first_error = located}};
    scene->tree = (struct crux_tree){.problem = &marbles,
                                     .node_count = 2,
                                     .nodes = scene->nodes,
                                     .rollout_count = 2,
                                     .rollouts = scene->rollouts,
                                     .pair_count = 1,
                                     .pairs = &scene->pair};
    scene->call = (struct crux_call){.verb = CRUX_ANNOTATE,
                                     .count = 1,
                                     .tree = &scene->tree,
                                     .pair = &scene->pair,
                                     .state = {.problem = &marbles}};
}

#define WRONG_END "19 - 4 = 16.\n16 + 5 = 21.\nThe answer is \\boxed{21}."
#define RIGHT_END "19 - 4 = 15.\n15 + 5 = 20.\nThe answer is \\boxed{20}."

static void set_usual(struct scene *scene, uint32_t located)
{
    set_scene(scene, WRONG_END, RIGHT_END, located);
}

static struct annotate_matter matter_of(const struct scene *scene)
{
    struct annotate_matter matter;

    cr_assert(annotate_matter_open(&matter, &scene->tree, &scene->pair));
    return matter;
}

/* --- words ---------------------------------------------------------------------------------- */

static struct annotate_words words_of(const struct annotate_asked *asked)
{
    struct annotate_words words;
    struct crux_error error = {""};

    cr_assert_eq(annotate_words_write(&words, asked, &error), CRUX_OK, "%s", error.text);
    return words;
}

/* Steps count from 1, and a line break inside of one is one. */
Test(annotate, shows_both_paths_behind_what_they_share)
{
    struct scene scene;
    struct annotate_matter matter;
    struct annotate_words words;

    set_scene(&scene, "a\vb\nc", RIGHT_END, 2);
    matter = matter_of(&scene);
    words = words_of(&(struct annotate_asked){.stage = ANNOTATE_WRITE, .matter = &matter});
    assert_contains(words.user, "Both attempts begin with these steps:\n[1] 12 + 7 = 19.\n\n");
    assert_contains(words.user, "Attempt A, whose final answer is right, goes on:\n"
                                "[2] 19 - 4 = 15.\n[3] 15 + 5 = 20.\n");
    assert_contains(words.user, "Attempt B, whose final answer is wrong, goes on:\n"
                                "[2] a\nb\n[3] c\n\n");
    assert_contains(words.user, "the first wrong step of attempt B is step 3.");
    assert_contains(words.user, "Do not solve the problem again");
    assert_contains(words.schema, "\"maximum\": 3");
    annotate_words_close(&words);
    annotate_matter_close(&matter);
}

/* Where nothing is known of a step, none is told; where one is missing, that is. */
Test(annotate, tells_what_is_known_of_the_wrong_step)
{
    static const uint32_t located[] = {CRUX_NO_STEP, 4, 9};

    for (size_t i = 0; i < sizeof located / sizeof *located; i++) {
        struct scene scene;
        struct annotate_matter matter;
        struct annotate_words words;

        set_usual(&scene, located[i]);
        matter = matter_of(&scene);
        words = words_of(&(struct annotate_asked){.stage = ANNOTATE_EACH, .matter = &matter});
        cr_expect_eq(strstr(words.user, "Known:") != NULL, located[i] == 4);
        assert_contains(words.user, "[4 texts, one for each of the steps 1 to 4");
        annotate_words_close(&words);
        annotate_matter_close(&matter);
    }
}

/* Who judges blindly sees neither label, nor other path, nor step. */
Test(annotate, shows_the_blind_one_path_alone)
{
    struct scene scene;
    struct annotate_matter matter;
    struct annotate_words words;

    set_usual(&scene, 1);
    matter = matter_of(&scene);
    words = words_of(&(struct annotate_asked){.stage = ANNOTATE_JUDGE, .matter = &matter});
    assert_contains(words.user, "[1] 12 + 7 = 19.\n[2] 19 - 4 = 16.\n");
    cr_expect_null(strstr(words.user, "15"));
    cr_expect_null(strstr(words.user, "Known"));
    cr_expect_null(strstr(words.user, "Attempt"));
    cr_expect_null(strstr(words.user, "20"));
    annotate_words_close(&words);
    annotate_matter_close(&matter);
}

/* --- reading -------------------------------------------------------------------------------- */

static enum annotate_reading read_text(struct annotate_said *said, const char **why,
                                       const struct annotate_asked *asked, const char *text)
{
    const struct chat_sample sample = {.text = text, .end = CHAT_END_TEXT};

    return annotate_said_read(said, why, asked, &sample);
}

/* Of a row: what a reply is to a question about the usual pair, whose step 2 is located. */
static void assert_reading(enum annotate_stage stage, const char *text, uint32_t located,
                           enum annotate_reading expected)
{
    char *texts[] = {(char *)"a", (char *)"b"};
    struct annotate_said said = {.step = CRUX_NO_STEP};
    const char *why = NULL;
    struct scene scene;
    struct annotate_matter matter;
    struct annotate_asked asked = {.stage = stage, .matter = &matter, .first = {texts, 2}};

    set_usual(&scene, located);
    matter = matter_of(&scene);
    cr_expect_eq(read_text(&said, &why, &asked, text), expected, "%s: %s", text,
                 why != NULL ? why : "");
    if (expected != ANNOTATE_READ)
        cr_expect_not_null(why, "%s", text);
    annotate_said_close(&said);
    annotate_matter_close(&matter);
}

/* One object of the form, with thoughts and a fence around it at most. */
Test(annotate, reads_one_object_alone)
{
#define GOOD "{\"critique\": \"It states 19 - 4 = 16.\", \"step\": 2}"
    static const struct {
        const char *text;
        enum annotate_reading reading;
    } rows[] = {
        {GOOD, ANNOTATE_READ},
        {"\n" GOOD "\n", ANNOTATE_READ},
        {"```json\n" GOOD "\n```", ANNOTATE_READ},
        {"<think>{\"critique\": \"x\", \"step\": 9}</think>" GOOD, ANNOTATE_READ},
        {"{\"step\": 0, \"critique\": \"It states 19 - 4 = 16.\"}", ANNOTATE_READ},
        {"Sure: " GOOD, ANNOTATE_NO_FORM},
        {GOOD " Done.", ANNOTATE_NO_FORM},
        {GOOD GOOD, ANNOTATE_NO_FORM},
        {"It states 19 - 4 = 16.", ANNOTATE_NO_FORM},
        {"", ANNOTATE_NO_FORM},
        {"[" GOOD "]", ANNOTATE_NO_FORM},
        {"<think>" GOOD, ANNOTATE_NO_FORM},
        {"{\"critique\": \"x y z\"}", ANNOTATE_NO_FORM},
        {"{\"critique\": \"x y z\", \"step\": 5}", ANNOTATE_NO_FORM},
        {"{\"critique\": \"x y z\", \"step\": -1}", ANNOTATE_NO_FORM},
        {"{\"critique\": \"x y z\", \"step\": \"2\"}", ANNOTATE_NO_FORM},
        {"{\"critique\": \"x y z\", \"step\": 2.0}", ANNOTATE_NO_FORM},
        {"{\"critique\": null, \"step\": 2}", ANNOTATE_NO_FORM},
        {"{\"critique\": \"x\", \"critique\": \"y\", \"step\": 2}", ANNOTATE_NO_FORM},
        {"{\"critique\": \"x y z\", \"step\": 1}", ANNOTATE_REFUSED}, /* which both share */
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_reading(ANNOTATE_WRITE, rows[i].text, 1, rows[i].reading);
}

/* The lists of the other stages have a member for each step. */
Test(annotate, reads_lists_that_are_complete)
{
    static const struct {
        enum annotate_stage stage;
        const char *text;
        enum annotate_reading reading;
    } rows[] = {
        {ANNOTATE_EACH, "{\"critiques\": [\"a\", \"b\"]}", ANNOTATE_READ},
        {ANNOTATE_AGAIN, "{\"critiques\": [\"a\", \"b\"]}", ANNOTATE_READ},
        {ANNOTATE_EACH, "{\"critiques\": [\"a\"]}", ANNOTATE_NO_FORM},
        {ANNOTATE_EACH, "{\"critiques\": [\"a\", \"b\", \"c\"]}", ANNOTATE_NO_FORM},
        {ANNOTATE_EACH, "{\"critiques\": [\"a\", 1]}", ANNOTATE_NO_FORM},
        {ANNOTATE_EACH, "{\"critiques\": \"ab\"}", ANNOTATE_NO_FORM},
        {ANNOTATE_EACH, "{\"critiques\": [\"a\", \" \"]}", ANNOTATE_REFUSED},
        {ANNOTATE_EACH, "{\"critiques\": [\" \", \"b\"]}", ANNOTATE_REFUSED},
        {ANNOTATE_META, "{\"kept\": [2], \"critique\": \"x y z\", \"step\": 2}", ANNOTATE_READ},
        {ANNOTATE_META, "{\"kept\": [], \"critique\": \"\", \"step\": 0}", ANNOTATE_READ},
        {ANNOTATE_META, "{\"kept\": [3], \"critique\": \"x y z\", \"step\": 2}", ANNOTATE_NO_FORM},
        {ANNOTATE_META, "{\"kept\": [0], \"critique\": \"x y z\", \"step\": 2}", ANNOTATE_NO_FORM},
        {ANNOTATE_META, "{\"kept\": [1], \"critique\": \"\", \"step\": 2}", ANNOTATE_REFUSED},
        {ANNOTATE_META, "{\"critique\": \"x y z\", \"step\": 2}", ANNOTATE_NO_FORM},
        {ANNOTATE_META, "{\"kept\": [\"1\"], \"critique\": \"x\", \"step\": 2}", ANNOTATE_NO_FORM},
        {ANNOTATE_META, "{\"kept\": [1.0], \"critique\": \"x\", \"step\": 2}", ANNOTATE_NO_FORM},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_reading(rows[i].stage, rows[i].text, 1, rows[i].reading);
}

#define BLIND(steps, answer)                                                                       \
    "{\"critique\": \"It does not hold.\", \"steps\": [" steps "], \"answer\": \"" answer "\"}"
#define R "\"right\""
#define W "\"wrong\""

/* Verdicts count where they are what is known; behind the first wrong step nothing is. */
Test(annotate, keeps_verdicts_that_are_right)
{
    static const struct {
        const char *text;
        uint32_t located;
        enum annotate_reading reading;
    } rows[] = {
        {BLIND(R "," W "," W "," W, "wrong"), 1, ANNOTATE_READ},
        {BLIND(R "," W "," R "," R, "wrong"), 1, ANNOTATE_READ},
        {BLIND(R "," W "," W "," W, "right"), 1, ANNOTATE_REFUSED},
        {BLIND(W "," W "," W "," W, "wrong"), 1, ANNOTATE_REFUSED},
        {BLIND(R "," R "," W "," W, "wrong"), 1, ANNOTATE_REFUSED},
        {BLIND(R "," R "," W "," W, "wrong"), CRUX_NO_STEP, ANNOTATE_READ},
        {BLIND(R "," R "," R "," R, "wrong"), 4, ANNOTATE_READ}, /* one is missing behind them */
        {BLIND(R "," R "," R "," W, "wrong"), 4, ANNOTATE_REFUSED},
        {BLIND(R "," W "," W, "wrong"), 1, ANNOTATE_NO_FORM},
        {BLIND(R "," W "," W "," W "," W, "wrong"), 1, ANNOTATE_NO_FORM},
        {BLIND(R "," W "," W ",\"unknown\"", "wrong"), 1, ANNOTATE_NO_FORM},
        {BLIND(R "," W "," W "," W, ""), 1, ANNOTATE_NO_FORM},
        {"{\"critique\": \"So.\", \"steps\": \"wrong\", \"answer\": \"wrong\"}", 1,
         ANNOTATE_NO_FORM},
        {"{\"critique\": 4, \"steps\": [" R "," W "," W "," W "], \"answer\": \"wrong\"}", 1,
         ANNOTATE_NO_FORM},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_reading(ANNOTATE_JUDGE, rows[i].text, rows[i].located, rows[i].reading);
}

/* --- refusals ------------------------------------------------------------------------------- */

/* A text is a critique unless it is empty, long, the answer, or a solution that quotes nothing. */
Test(annotate, refuses_what_is_no_critique)
{
    static const struct {
        const char *text, *why; /* NULL: it is one */
    } rows[] = {
        {"It states 19 - 4 = 16 instead of 15.", NULL},
        {"Check the computation again.", NULL},
        {"", "empty"},
        {" \n\t", "empty"},
        {"20", "nothing but the answer"},
        {"\\boxed{20}", "nothing but the answer"},
        {"The correct answer is **20**.", "nothing but the answer"},
        {"The final answer should be: 20!", "nothing but the answer"},
        {"Mia has 15 after giving 4 away, and then 20.", "solves the problem"},
        {"It says `16` where 15 is right, so it misses 20.", NULL},
        {"It says \"16 + 5\" and misses 20.", NULL},
        {"It says \xE2\x80\x9C"
         "16\xE2\x80\x9D and misses 20.",
         NULL},
        {"It says $16$ and misses 20.", NULL},
        {"It says `17` and misses 20.", "solves the problem"},
        {"In step 20 it slips.", NULL},
        {"It has 120 or 20.5 or 200 or v20.", NULL},
        {"It should be 20, not that.", "solves the problem"},
    };
    struct scene scene;
    struct annotate_matter matter;

    set_usual(&scene, CRUX_NO_STEP);
    matter = matter_of(&scene);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *why = annotate_refusal(rows[i].text, CRUX_NO_STEP, &matter);

        cr_expect_eq(why == NULL, rows[i].why == NULL, "%s: %s", rows[i].text,
                     why != NULL ? why : "taken");
        if (why != NULL && rows[i].why != NULL)
            assert_contains(why, rows[i].why);
    }
    annotate_matter_close(&matter);
}

/* Characters are counted, not bytes. */
Test(annotate, refuses_more_than_1200_characters)
{
    char text[3 * ANNOTATE_LONGEST + 2] = "";

    for (int i = 0; i < ANNOTATE_LONGEST; i++)
        (void)strcat(text, "\xC3\xA9");
    cr_expect_null(annotate_refusal_of_text(text));
    (void)strcat(text, "x");
    assert_contains(annotate_refusal_of_text(text), "more than 1,200 characters");
}

/* Where it is known which step is wrong, that one is to be quoted. */
Test(annotate, wants_the_located_step_quoted)
{
    static const char text[] = "It states 16 + 5 = 21 instead of 20.";
    struct scene scene;
    struct annotate_matter matter;

    set_usual(&scene, 1);
    matter = matter_of(&scene);
    assert_contains(annotate_refusal(text, CRUX_NO_STEP, &matter), "solves the problem");
    annotate_matter_close(&matter);
    set_usual(&scene, 2);
    matter = matter_of(&scene);
    cr_expect_null(annotate_refusal(text, CRUX_NO_STEP, &matter));
    annotate_matter_close(&matter);
}

/* --- calls ---------------------------------------------------------------------------------- */

struct bench {
    struct critic_fixture fixture;
    struct port_fixture *port;
};

static void open_bench(struct bench *bench, const char *description, const char *faults)
{
    const struct critic_fixture_plan plan = {
        .role = CRUX_ROLE_ANNOTATE, .description = description, .faults = faults};

    critic_fixture_open(&bench->fixture, &plan);
    bench->port = port_fixture_open();
}

static void close_bench(struct bench *bench)
{
    port_fixture_close(bench->port);
    critic_fixture_close(&bench->fixture);
}

static int ask_bench(struct bench *bench, const struct scene *scene)
{
    return port_fixture_ask(bench->port, &bench->fixture.critic->port, &scene->call);
}

static const struct crux_note *note_of(const struct bench *bench)
{
    return port_fixture_call(bench->port)->reply.note;
}

/* How many of so many calls said something, and how many of these named the wrong step. */
static void count_notes(struct bench *bench, struct scene *scene, uint32_t calls, uint32_t *said,
                        uint32_t *named)
{
    *said = *named = 0;
    for (uint32_t i = 0; i < calls; i++) {
        scene->call.seed = i;
        cr_assert_eq(ask_bench(bench, scene), CRUX_DONE, "%s",
                     port_fixture_call(bench->port)->reply.sentence);
        if (note_of(bench) != NULL) {
            *said += 1;
            *named += note_of(bench)->first_error == 1;
            cr_expect_not(note_of(bench)->exact);
        }
        cr_expect_gt(port_fixture_call(bench->port)->reply.completion_tokens, 0);
        port_fixture_release(bench->port);
    }
}

/* Of the fake model's critiques half are true, whoever writes them. */
Test(annotate, writes_in_every_style, .timeout = 60)
{
    static const char *const descriptions[] = {"critique:fake", "critique:fake,style=deliberate",
                                               "critique:style=panel,backends=fake+fake"};

    for (size_t i = 0; i < sizeof descriptions / sizeof *descriptions; i++) {
        struct bench bench;
        struct scene scene;
        uint32_t said, named;

        open_bench(&bench, descriptions[i], NULL);
        set_usual(&scene, CRUX_NO_STEP);
        count_notes(&bench, &scene, 60, &said, &named);
        cr_expect_geq(said, 30, "%s: %u", descriptions[i], said);
        cr_expect(named > 15 && named < said, "%s: %u of %u", descriptions[i], named, said);
        close_bench(&bench);
    }
}

/* What is judged blindly is kept where it is right: then its verdicts are what is known. */
Test(annotate, keeps_what_was_judged_blindly_and_rightly, .timeout = 60)
{
    struct bench bench;
    struct scene scene;
    uint32_t said, named;

    open_bench(&bench, "critique:fake,style=blind,tries=1", NULL);
    set_usual(&scene, 1);
    count_notes(&bench, &scene, 60, &said, &named);
    cr_expect(said > 15 && said < 45, "%u", said);
    cr_expect_eq(named, said);
    scene.pair.wrong = CRUX_NO_NODE;
    for (uint32_t i = 0; i < 20; i++) {
        scene.call.seed = i;
        cr_assert_eq(ask_bench(&bench, &scene), CRUX_DONE);
        if (note_of(&bench) != NULL) {
            cr_expect_eq(note_of(&bench)->verdict, CRUX_RIGHT);
            cr_expect_eq(note_of(&bench)->first_error, CRUX_NO_STEP);
            cr_expect_eq(note_of(&bench)->step_count, 4);
            for (uint32_t step = 0; step < note_of(&bench)->step_count; step++)
                cr_expect_eq(note_of(&bench)->steps[step], CRUX_RIGHT);
        }
        port_fixture_release(bench.port);
    }
    close_bench(&bench);
}

/* More tries keep more; the first that fits is taken. */
Test(annotate, tries_again, .timeout = 60)
{
    struct bench bench;
    struct scene scene;
    uint32_t said, named;

    open_bench(&bench, "critique:fake,style=blind,tries=8", NULL);
    set_usual(&scene, 1);
    count_notes(&bench, &scene, 40, &said, &named);
    cr_expect_geq(said, 36, "%u of 40", said);
    close_bench(&bench);
}

/* Of a right path alone a fixed text is said, and of no path nothing; nobody is asked. */
Test(annotate, asks_nobody_about_a_right_path, .timeout = 30)
{
    struct bench bench;
    struct scene scene;

    open_bench(&bench, "critique:fake", NULL);
    set_usual(&scene, CRUX_NO_STEP);
    scene.pair.wrong = CRUX_NO_NODE;
    cr_assert_eq(ask_bench(&bench, &scene), CRUX_DONE);
    cr_assert_not_null(note_of(&bench));
    cr_expect_str_eq(note_of(&bench)->text, NOTES_NOTHING);
    cr_expect_eq(note_of(&bench)->first_error, CRUX_NO_STEP);
    cr_expect_eq(note_of(&bench)->verdict, CRUX_UNKNOWN);
    cr_expect_eq(port_fixture_call(bench.port)->reply.completion_tokens, 0);
    port_fixture_release(bench.port);
    scene.pair.right = CRUX_NO_NODE;
    cr_assert_eq(ask_bench(&bench, &scene), CRUX_DONE);
    cr_expect_null(note_of(&bench));
    port_fixture_release(bench.port);
    close_bench(&bench);
}

/* Replies that are no answers, one after the other, are asked for again, and then none is there. */
Test(annotate, says_nothing_where_no_try_can_be_used, .timeout = 30)
{
    static const char faults[] = "[{\"fault\": \"reply\", \"status\": 200, \"body\": "
                                 "\"{\\\"choices\\\": [{\\\"message\\\": {\\\"content\\\": "
                                 "\\\"I do not know.\\\"}, \\\"finish_reason\\\": "
                                 "\\\"stop\\\"}]}\"}]";
    struct bench bench;
    struct scene scene;
    struct visit *visits;

    open_bench(&bench, "critique:fake,tries=4", faults);
    set_usual(&scene, CRUX_NO_STEP);
    cr_assert_eq(ask_bench(&bench, &scene), CRUX_DONE);
    cr_expect_null(note_of(&bench));
    port_fixture_release(bench.port);
    cr_expect_eq(serving_visits(&bench.fixture.serving, &visits), 4);
    free(visits);
    close_bench(&bench);
}

/* What the server refuses fails the call, with its sentence. */
Test(annotate, fails_where_nobody_answers, .timeout = 30)
{
    struct bench bench;
    struct scene scene;

    open_bench(&bench, "critique:fake,style=deliberate",
               "[{\"fault\": \"reply\", \"status\": 400, \"body\": \"{}\"}]");
    set_usual(&scene, CRUX_NO_STEP);
    cr_expect_lt(ask_bench(&bench, &scene), 0);
    cr_expect_not_null(port_fixture_call(bench.port)->reply.sentence);
    close_bench(&bench);
}

/* A call that is called off completes soon, though its server would take a minute. */
Test(annotate, is_called_off, .timeout = 30)
{
    struct bench bench;
    struct scene scene;
    struct crux_port *port;

    open_bench(&bench, "critique:fake,style=deliberate", "[{\"fault\": \"late\", \"ms\": 60000}]");
    port = &bench.fixture.critic->port;
    set_usual(&scene, CRUX_NO_STEP);
    cr_assert_eq(port_fixture_send(bench.port, port, &scene.call), CRUX_PENDING);
    port->cancel(port, port_fixture_call(bench.port));
    cr_expect_eq(port_fixture_wait(bench.port), CRUX_CANCELLED);
    close_bench(&bench);
}

/* It annotates and does nothing else. */
Test(annotate, answers_one_verb, .timeout = 30)
{
    struct bench bench;
    struct crux_call call = {.verb = CRUX_SCORE, .count = 1};

    open_bench(&bench, "critique:fake", NULL);
    cr_expect_eq(port_fixture_ask(bench.port, &bench.fixture.critic->port, &call), CRUX_FAILED);
    cr_expect(bench.fixture.critic->sees_reference);
    close_bench(&bench);
}

/* --- false details -------------------------------------------------------------------------- */

static struct brain_reply reply;

/* What the fake model makes of the usual right path. */
static enum annotate_reading inject(struct injected *out, const char **why, uint32_t count,
                                    double spoiled, uint64_t seed)
{
    const struct brain brain = {.skill = 0.9, .seed = seed};
    struct habits habits = habits_default();
    struct scene scene;
    struct annotate_matter matter;
    struct annotate_words words;
    struct crux_error error = {""};
    enum annotate_reading reading;

    habits.spoiled = spoiled;
    set_usual(&scene, CRUX_NO_STEP);
    matter = matter_of(&scene);
    cr_assert_eq(annotate_inject_write(&words, &marbles, &matter.right, count, &error), CRUX_OK);
    cr_assert(critique_is_asked(words.user));
    critique_think(&reply, &brain, &habits, words.user, strlen(words.user));
    reading =
        annotate_inject_read(out, why, &matter.right, count,
                             &(struct chat_sample){.text = reply.text.bytes, .end = CHAT_END_TEXT});
    annotate_words_close(&words);
    annotate_matter_close(&matter);
    return reading;
}

/* As many steps are changed as were asked for, and each change is named. */
Test(inject, puts_false_details_in)
{
    for (uint32_t count = 1; count <= 3; count++) {
        struct injected injected;
        const char *why;

        cr_assert_eq(inject(&injected, &why, count, 0.0, count), ANNOTATE_READ, "%s: %s", why,
                     reply.text.bytes);
        cr_expect_eq(injected.count, count);
        cr_expect_eq(injected.steps.count, 4);
        for (uint32_t i = 0; i < count; i++)
            assert_contains(injected.steps.texts[injected.details[i].step],
                            injected.details[i].invented);
        injected_close(&injected);
    }
    text_free(&reply.text);
}

/* A model that does not do as it was told is always found out. */
Test(inject, refuses_what_was_spoiled)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct injected injected;
        const char *why = NULL;

        cr_expect_eq(inject(&injected, &why, 2, 1.0, seed), ANNOTATE_REFUSED, "%s",
                     reply.text.bytes);
        cr_expect_not_null(why);
    }
    text_free(&reply.text);
}

/* Of a reply by hand, to a question for two details in two steps. */
static enum annotate_reading read_injected(const char *text, const char **why)
{
    struct crux_text steps[] = {{"1 + 1 = 2", 9}, {"2 * 3 = 6", 9}};
    const struct annotate_path path = {.steps = steps, .count = 2};
    struct injected injected = {.count = 0};
    enum annotate_reading reading = annotate_inject_read(
        &injected, why, &path, 2, &(struct chat_sample){.text = text, .end = CHAT_END_TEXT});

    injected_close(&injected);
    return reading;
}

#define INJECTED(one, other, details)                                                              \
    "{\"steps\": [\"" one "\", \"" other "\"], \"details\": [" details "]}"
#define DETAIL(step, original, invented)                                                           \
    "{\"step\": " step ", \"original\": \"" original "\", \"false\": \"" invented "\"}"

/* Each check by itself. */
Test(inject, checks_what_it_reads)
{
    static const struct {
        const char *text, *why; /* NULL: it is taken */
    } rows[] = {
        {INJECTED("1 + 1 = 3", "2 * 3 = 6", DETAIL("1", "= 2", "= 3")), NULL},
        {INJECTED("1 + 1 = 3", "2 + 3 = 6", DETAIL("1", "2", "3") "," DETAIL("2", "*", "+")), NULL},
        {INJECTED("1 + 7 = 3", "2 * 3 = 6", DETAIL("1", "2", "3") "," DETAIL("1", "1", "7")), NULL},
        {INJECTED("1 + 1 = 3", "2 * 3 = 6", ""), "of the form"},
        {INJECTED("7 + 8 = 3", "2 * 3 = 6",
                  DETAIL("1", "2", "3") "," DETAIL("1", "1", "7") "," DETAIL("1", "1", "8")),
         "more than were asked for"},
        {INJECTED("1 + 1 = 3", "2 * 3 = 7", DETAIL("1", "= 2", "= 3")), "no detail is named"},
        {INJECTED("1 + 1 = 2", "2 * 3 = 6", DETAIL("1", "= 2", "+ 1")), "is not changed"},
        {INJECTED("1 + 1 = 3", "2 * 3 = 6", DETAIL("1", "= 5", "= 3")), "the original"},
        {INJECTED("1 + 1 = 3", "2 * 3 = 6", DETAIL("1", "= 2", "= 4")), "not in its step"},
        {INJECTED("1 + 1 = 3", "2 * 3 = 6", DETAIL("1", "1", "1")), "what was there before"},
        {INJECTED(" ", "2 * 3 = 6", DETAIL("1", "= 2", " ")), "empty"},
        {INJECTED("1 + 1 = 3", "2 * 3 = 6", DETAIL("0", "= 2", "= 3")), "of the form"},
        {INJECTED("1 + 1 = 3", "2 * 3 = 6", DETAIL("3", "= 2", "= 3")), "of the form"},
        {"{\"steps\": [\"1 + 1 = 3\"], \"details\": [" DETAIL("1", "2", "3") "]}", "of the form"},
        {"{\"steps\": [\"1 + 1 = 3\", 6], \"details\": []}", "of the form"},
        {"{\"steps\": [\"a\", \"b\"]}", "of the form"},
        {"1 + 1 = 3", "one JSON object"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *why = NULL;
        enum annotate_reading reading = read_injected(rows[i].text, &why);

        cr_expect_eq(reading == ANNOTATE_READ, rows[i].why == NULL, "%s: %s", rows[i].text,
                     why != NULL ? why : "taken");
        if (why != NULL && rows[i].why != NULL)
            assert_contains(why, rows[i].why);
    }
}
