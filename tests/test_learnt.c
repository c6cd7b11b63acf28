/*
 * test_learnt.c - what io/learnt.h promises: findings go through a store as they are, a field that
 * is not as it must be is named, and of several makers the most certain is believed.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/learnt.h"
#include "tests/world/contains.h"
#include "tests/world/grown.h"
#include "tests/world/store_fixture.h"

static struct grown grown;
static struct learnt learnt;
static struct crux_error why;
static const struct crux_problem problem = {.id = "p1", .prompt = "?", .line = "{\"id\": \"p1\"}"};
static const struct crux_paid paid = {3, 5000000000, 70, 11};

/* A tree with a path of four steps, wrong, one that is right, and a pair of them. */
static void grow(const struct crux_problem *of)
{
    uint32_t wrong, right;

    grown_begin(&grown, of);
    wrong = grown_answer(&grown, 0, "a\nb\nc\nd", CRUX_WRONG);
    right = grown_answer(&grown, 0, "r", CRUX_RIGHT);
    (void)grown_pair(&grown, wrong, right, 0);
    learnt = (struct learnt){.tree = &grown.tree};
}

static void set_up(void)
{
    grow(&problem);
}

static void tear_down(void)
{
    learnt_free(&learnt);
}

TestSuite(learnt, .init = set_up, .fini = tear_down);
TestSuite(learnt_kept, .init = store_fixture_set_up, .fini = store_fixture_tear_down);
TestSuite(learnt_kept_in_memory, .init = store_fixture_set_up_in_memory,
          .fini = store_fixture_tear_down);

static int take(const char *kind, uint32_t rollout, const char *maker, const char *json)
{
    const struct crux_finding finding = {
        .about = CRUX_ABOUT_ROLLOUT, .path = rollout, .maker = maker, .kind = kind, .json = json};

    return learnt_take(&learnt, &finding, &why);
}

static void take_location(uint32_t rollout, const char *maker, struct learnt_location location)
{
    char *json;

    location.why = location.why == NULL ? "" : location.why;
    json = learnt_location_json(&location, &paid);
    cr_assert_eq(take(LEARNT_LOCATION, rollout, maker, json), CRUX_OK, "%s", why.text);
    free(json);
}

static struct learnt_location at(enum learnt_how how, int64_t step)
{
    return (struct learnt_location){.how = how, .step = step, .from = -1, .to = -1};
}

static struct learnt_location between(int64_t from, int64_t to)
{
    return (struct learnt_location){.how = LEARNT_BETWEEN, .step = -1, .from = from, .to = to};
}

/* --- round trips ------------------------------------------------------------------------------
 */

static void insist_paid(const struct crux_paid *cost)
{
    cr_expect(cost->calls == paid.calls && cost->prompt_tokens == paid.prompt_tokens);
    cr_expect(cost->completion_tokens == paid.completion_tokens && cost->price == paid.price);
}

Test(learnt, location)
{
    struct learnt_probe probes[] = {{0, 0, 1, 2, 2, 0.0126, 0.9874}, {1, 4, 0, 36, 0, 0.0, 0.097}};
    struct learnt_location location = between(1, 3);
    const struct learnt_item *item;

    location.probes = probes;
    location.probe_count = 2;
    location.why = "\xc3\xa9 \"quoted\"\n";
    take_location(0, "m", location);
    learnt_sort(&learnt);
    item = learnt_by(&learnt, LEARNT_LOCATIONS, 0, "m");
    cr_assert_not_null(item);
    cr_expect(item->location.how == LEARNT_BETWEEN && item->location.step == -1);
    cr_expect(item->location.from == 1 && item->location.to == 3);
    cr_expect_str_eq(item->location.why, "\xc3\xa9 \"quoted\"\n");
    cr_assert_eq(item->location.probe_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct learnt_probe *probe = &item->location.probes[i];

        cr_expect(probe->completer == probes[i].completer && probe->prefix == probes[i].prefix);
        cr_expect(probe->right == probes[i].right && probe->of == probes[i].of);
        cr_expect(probe->from_tree == probes[i].from_tree);
        cr_expect(probe->low == probes[i].low && probe->high == probes[i].high);
    }
    insist_paid(&item->cost);
}

static const uint8_t verdicts[] = {CRUX_RIGHT, CRUX_UNKNOWN, CRUX_WRONG, CRUX_WRONG};

static struct learnt_critique critique_of(void)
{
    return (struct learnt_critique){.style = "mmc",
                                    .model = "a model",
                                    .text = "two\nlines \xe2\x88\x91",
                                    .error_type = "slip",
                                    .corrected_step = "b = 3\vso",
                                    .method = "sum",
                                    .step = 2,
                                    .verdict = CRUX_WRONG,
                                    .steps = (uint8_t *)(uintptr_t)verdicts,
                                    .step_count = 4};
}

Test(learnt, critique)
{
    const struct learnt_critique critique = critique_of();
    char *json = learnt_critique_json(&critique, &paid);
    const struct learnt_item *item;

    cr_assert_eq(take(LEARNT_CRITIQUE, 0, "m", json), CRUX_OK, "%s", why.text);
    free(json);
    learnt_sort(&learnt);
    item = learnt_by(&learnt, LEARNT_CRITIQUES, 0, "m");
    cr_assert_not_null(item);
    cr_expect_str_eq(item->critique.style, critique.style);
    cr_expect_str_eq(item->critique.model, critique.model);
    cr_expect_str_eq(item->critique.text, critique.text);
    cr_expect_str_eq(item->critique.error_type, critique.error_type);
    cr_expect_str_eq(item->critique.corrected_step, critique.corrected_step);
    cr_expect_str_eq(item->critique.method, critique.method);
    cr_expect(item->critique.step == 2 && item->critique.verdict == CRUX_WRONG);
    cr_assert_eq(item->critique.step_count, 4);
    cr_expect_arr_eq(item->critique.steps, verdicts, 4);
    insist_paid(&item->cost);
}

static const struct learnt_verification verification = {.critique = "critique:a#1",
                                                        .foreign = "p2/7",
                                                        .with = {3, 4},
                                                        .without = {0, 0},
                                                        .control = {1, 5},
                                                        .verdict_is = CRUX_RIGHT,
                                                        .step_is = CRUX_UNKNOWN};

Test(learnt, verification)
{
    char *json = learnt_verification_json(&verification, &paid);
    const struct learnt_verification *found;

    cr_assert_eq(take(LEARNT_VERIFICATION, 1, "m", json), CRUX_OK, "%s", why.text);
    free(json);
    learnt_sort(&learnt);
    found = &learnt_by(&learnt, LEARNT_VERIFICATIONS, 1, "m")->verification;
    cr_expect_str_eq(found->critique, verification.critique);
    cr_expect_str_eq(found->foreign, verification.foreign);
    cr_expect(found->with.right == 3 && found->with.of == 4);
    cr_expect(found->without.right == 0 && found->without.of == 0);
    cr_expect(found->control.right == 1 && found->control.of == 5);
    cr_expect(found->verdict_is == CRUX_RIGHT && found->step_is == CRUX_UNKNOWN);
}

/* What is no text is not written: there is no finding rather than a broken one. */
Test(learnt, no_text)
{
    struct learnt_critique critique = critique_of();
    struct learnt_location location = at(LEARNT_NOT, -1);

    critique.text = "\xff";
    location.why = "\xc3";
    cr_expect_null(learnt_critique_json(&critique, &paid));
    cr_expect_null(learnt_location_json(&location, &paid));
}

/* Through a store, of both kinds, beside findings of other kinds. */
ON_BOTH(learnt_kept, round_trip)
{
    struct crux_store *store = store_fixture_begin();
    struct learnt_location location = at(LEARNT_ESTIMATED, 2);
    struct crux_finding findings[2] = {{.about = CRUX_ABOUT_ROLLOUT, .maker = "m"},
                                       {.about = CRUX_ABOUT_NODE, .maker = "m"}};

    grow(&store_fixture.problems.items[0]);
    location.why = "";
    findings[0].kind = LEARNT_LOCATION;
    findings[0].json = learnt_location_json(&location, &paid);
    findings[1].kind = "thoughts";
    findings[1].json = "{\"text\": \"hm\"}";
    cr_assert_eq(crux_store_keep(store, &grown.tree, &why), CRUX_OK);
    cr_assert_eq(crux_store_put_findings(store, findings, 2, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(crux_store_findings(store, 0, learnt_take, &learnt, &why), CRUX_OK);
    learnt_sort(&learnt);
    cr_expect_eq(learnt.of[LEARNT_LOCATIONS].count, 1);
    cr_expect_eq(learnt_by(&learnt, LEARNT_LOCATIONS, 0, "m")->location.step, 2);
    free((void *)(uintptr_t)findings[0].json);
    learnt_free(&learnt);
    crux_store_close(store);
}

/* --- refusals ---------------------------------------------------------------------------------
 */

/* The text with the first `from` in it made `to`. */
static char *with(const char *text, const char *from, const char *to)
{
    static char out[4000];
    const char *place = strstr(text, from);

    cr_assert_not_null(place, "`%s` is not in %s", from, text);
    (void)snprintf(out, sizeof out, "%.*s%s%s", (int)(place - text), text, to,
                   place + strlen(from));
    return out;
}

/* A finding with one thing changed is refused; problem, maker, rollout and field are named. */
static void refuse(const char *kind, const char *good, const char *from, const char *to,
                   const char *field)
{
    char quoted[40];

    (void)snprintf(quoted, sizeof quoted, "`%s`", field);
    cr_assert_eq(take(kind, 0, "maker", good), CRUX_OK, "%s", why.text);
    why.text[0] = '\0';
    cr_expect_eq(take(kind, 0, "maker", with(good, from, to)), CRUX_STORE, "%s", to);
    assert_contains(why.text, "problem p1: the finding ");
    assert_contains(why.text, kind);
    assert_contains(why.text, " of maker about rollout 0 ");
    assert_contains(why.text, quoted);
}

#define PAID                                                                                       \
    "\"cost\": {\"calls\": 1, \"prompt_tokens\": 2, \"completion_tokens\": 3, \"price\": 4}}"

static const char good_location[] =
    "{\"how\": \"between\", \"step\": -1, \"from\": 1, \"to\": 3, \"why\": \"\", \"probes\": "
    "[{\"completer\": 1, \"prefix\": 4, \"right\": 2, \"of\": 5, \"from_tree\": 1, \"low\": 0.5, "
    "\"high\": 0.75}], " PAID;

Test(learnt, bad_locations)
{
    static const struct {
        const char *from, *to, *field;
    } bad[] = {{"between", "perhaps", "how"},
               {"\"between\"", "1", "how"},
               {"\"step\": -1", "\"step\": -2", "step"},
               {"\"step\": -1", "\"step\": 0", "step"},
               {"\"step\": -1", "\"step\": -1.0", "step"},
               {"\"step\": -1", "\"stop\": -1", "step"},
               {"\"between\", \"step\": -1", "\"estimated\", \"step\": 4", "step"},
               {"\"between\", \"step\": -1", "\"estimated\", \"step\": -1", "step"},
               {"\"between\", \"step\": -1", "\"proved\", \"step\": 1", "from"},
               {"\"between\"", "\"not\"", "from"},
               {"\"from\": 1", "\"from\": 3", "from"},
               {"\"from\": 1", "\"from\": -1", "from"},
               {"\"from\": 1", "\"from\": \"1\"", "from"},
               {"\"to\": 3", "\"to\": 4", "to"},
               {"\"to\": 3", "\"to\": 0", "from"},
               {"\"why\": \"\"", "\"why\": null", "why"},
               {"\"probes\": [", "\"probes\": 3, \"x\": [", "probes"},
               {"\"completer\": 1", "\"completer\": 2", "completer"},
               {"\"completer\": 1", "\"completer\": -1", "completer"},
               {"\"prefix\": 4", "\"prefix\": 5", "prefix"},
               {"\"right\": 2", "\"right\": 6", "right"},
               {"\"of\": 5", "\"of\": 4294967296", "of"},
               {"\"of\": 5", "\"of\": 1", "right"},
               {"\"from_tree\": 1", "\"from_tree\": 6", "from_tree"},
               {"\"low\": 0.5", "\"low\": -0.1", "low"},
               {"\"low\": 0.5", "\"low\": \"0.5\"", "low"},
               {"\"high\": 0.75", "\"high\": 1.1", "high"},
               {"[{", "[7, {", "completer"},
               {"\"cost\": {", "\"cost\": 7, \"x\": {", "cost"},
               {"\"calls\": 1", "\"calls\": -1", "calls"},
               {"\"prompt_tokens\": 2", "\"prompt_tokens\": 2.5", "prompt_tokens"},
               {"\"completion_tokens\"", "\"tokens\"", "completion_tokens"},
               {"\"price\": 4", "\"price\": \"4\"", "price"}};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuse(LEARNT_LOCATION, good_location, bad[i].from, bad[i].to, bad[i].field);
}

static const char good_critique[] =
    "{\"style\": \"mmc\", \"model\": \"\", \"text\": \"t\", \"error_type\": \"\", "
    "\"corrected_step\": \"\", \"method\": \"\", \"step\": 3, \"verdict\": \"wrong\", \"steps\": "
    "[\"right\", \"right\", \"unknown\", \"wrong\"], " PAID;

Test(learnt, bad_critiques)
{
    static const struct {
        const char *from, *to, *field;
    } bad[] = {{"\"style\": \"mmc\"", "\"style\": 1", "style"},
               {"\"model\": \"\"", "\"model\": []", "model"},
               {"\"text\": \"t\"", "\"text\": null", "text"},
               {"\"error_type\"", "\"error\"", "error_type"},
               {"\"corrected_step\": \"\"", "\"corrected_step\": 0", "corrected_step"},
               {"\"method\": \"\"", "\"method\": {}", "method"},
               {"\"step\": 3", "\"step\": 4", "step"},
               {"\"step\": 3", "\"step\": -2", "step"},
               {"\"verdict\": \"wrong\"", "\"verdict\": \"bad\"", "verdict"},
               {"\"steps\": [\"right\", ", "\"steps\": [", "steps"},
               {"\"steps\": [\"right\"", "\"steps\": [\"\"", "steps"},
               {"\"steps\": [\"right\"", "\"steps\": [1", "steps"},
               {"\"steps\": [", "\"steps\": {}, \"x\": [", "steps"},
               {"\"cost\"", "\"cast\"", "cost"}};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuse(LEARNT_CRITIQUE, good_critique, bad[i].from, bad[i].to, bad[i].field);
}

static const char good_verification[] =
    "{\"critique\": \"c\", \"foreign\": \"\", \"with\": {\"right\": 1, \"of\": 2}, \"without\": "
    "{\"right\": 0, \"of\": 2}, \"control\": {\"right\": 2, \"of\": 2}, \"verdict_is\": \"right\", "
    "\"step_is\": \"unknown\", " PAID;

Test(learnt, bad_verifications)
{
    static const struct {
        const char *from, *to, *field;
    } bad[] = {{"\"critique\": \"c\"", "\"critique\": 1", "critique"},
               {"\"foreign\": \"\"", "\"foreign\": null", "foreign"},
               {"\"with\": {\"right\": 1, \"of\": 2}", "\"with\": 1", "with"},
               {"\"right\": 1", "\"right\": 3", "right"},
               {"\"of\": 2", "\"of\": -1", "of"},
               {"\"without\": {", "\"without\": [], \"x\": {", "without"},
               {"\"control\"", "\"controls\"", "control"},
               {"\"verdict_is\": \"right\"", "\"verdict_is\": true", "verdict_is"},
               {"\"step_is\": \"unknown\"", "\"step_is\": \"no\"", "step_is"}};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuse(LEARNT_VERIFICATION, good_verification, bad[i].from, bad[i].to, bad[i].field);
}

static const char good_injection[] =
    "{\"model\": \"m\", \"steps\": [\"a\", \"x\\ny\", \"c\", \"d\"], \"details\": [{\"step\": 2, "
    "\"original\": \"b\", \"false\": \"x\"}], \"answer\": \"9\", \"verdict\": \"wrong\", " PAID;

Test(learnt, bad_injections)
{
    static const struct {
        const char *from, *to, *field;
    } bad[] = {{"\"model\": \"m\"", "\"model\": 1", "model"},
               {"\"steps\": [\"a\", ", "\"steps\": [", "steps"},
               {"\"steps\": [\"a\"", "\"steps\": [1", "steps"},
               {"\"details\": [{", "\"details\": [7, {", "details"},
               {"\"step\": 2", "\"step\": 5", "details"},
               {"\"original\"", "\"before\"", "details"},
               {"\"false\": \"x\"", "\"false\": null", "details"},
               {"\"answer\": \"9\"", "\"answer\": 9", "answer"},
               {"\"verdict\": \"wrong\"", "\"verdict\": \"bad\"", "verdict"},
               {"\"cost\"", "\"cast\"", "cost"}};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuse(LEARNT_INJECTION, good_injection, bad[i].from, bad[i].to, bad[i].field);
}

/* What was read is written as it was; nothing at all may have been put in, and then there is no
 * verdict. */
Test(learnt, injections)
{
    static const char none[] = "{\"model\": \"\", \"steps\": [], \"details\": [], \"answer\": "
                               "\"\", \"verdict\": \"unknown\", " PAID;
    const struct learnt_item *item;
    char *again;

    cr_assert_eq(take(LEARNT_INJECTION, 0, "m", good_injection), CRUX_OK, "%s", why.text);
    cr_assert_eq(take(LEARNT_INJECTION, 0, "n", none), CRUX_OK, "%s", why.text);
    cr_expect_eq(take(LEARNT_INJECTION, 0, "n", with(none, "unknown", "wrong")), CRUX_STORE);
    learnt_sort(&learnt);
    item = learnt_by(&learnt, LEARNT_INJECTIONS, 0, "m");
    again = learnt_injection_json(&item->injection, &item->cost);
    cr_assert_eq(take(LEARNT_INJECTION, 0, "o", again), CRUX_OK, "%s", why.text);
    free(again);
    learnt_sort(&learnt);
    item = learnt_by(&learnt, LEARNT_INJECTIONS, 0, "o");
    cr_expect_str_eq(item->injection.path.steps.texts[1], "x\ny");
    cr_expect_str_eq(item->injection.path.details[0].invented, "x");
    cr_expect(item->injection.verdict == CRUX_WRONG && item->cost.price == 4);
    cr_expect_eq(learnt_by(&learnt, LEARNT_INJECTIONS, 0, "n")->injection.path.count, 0);
}

static const char good_detection[] =
    "{\"injection\": \"i\", \"critique\": {\"style\": \"mmc\", \"model\": \"\", \"text\": \"t\", "
    "\"error_type\": \"\", \"corrected_step\": \"\", \"method\": \"\", \"step\": 3, \"verdict\": "
    "\"wrong\", \"steps\": []}, \"score\": 0.5, \"first\": true, " PAID;

Test(learnt, bad_detections)
{
    static const struct {
        const char *from, *to, *field;
    } bad[] = {{"\"injection\": \"i\"", "\"injection\": 1", "injection"},
               {"\"critique\": {", "\"critique\": 7, \"x\": {", "critique"},
               {"\"text\": \"t\"", "\"text\": 1", "text"},
               {"\"step\": 3", "\"step\": 4", "step"},
               {"\"score\": 0.5", "\"score\": 1.5", "score"},
               {"\"score\": 0.5", "\"score\": 1", "score"},
               {"\"first\": true", "\"first\": 1", "first"},
               {"\"cost\"", "\"cast\"", "cost"}};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuse(LEARNT_DETECTION, good_detection, bad[i].from, bad[i].to, bad[i].field);
}

Test(learnt, detections)
{
    const struct learnt_item *item;
    char *again;

    cr_assert_eq(take(LEARNT_DETECTION, 0, "m", good_detection), CRUX_OK, "%s", why.text);
    item = &learnt.of[LEARNT_DETECTIONS].items[0];
    again = learnt_detection_json(&item->detection, &item->cost);
    cr_assert_eq(take(LEARNT_DETECTION, 0, "n", again), CRUX_OK, "%s", why.text);
    free(again);
    learnt_sort(&learnt);
    item = learnt_by(&learnt, LEARNT_DETECTIONS, 0, "n");
    cr_expect_str_eq(item->detection.injection, "i");
    cr_expect_str_eq(item->detection.critique.text, "t");
    cr_expect(item->detection.score == 0.5 && item->detection.first);
}

/* A critique may have no verdicts of steps at all, and of a short path few. */
Test(learnt, no_verdicts_of_steps)
{
    const char *none = with(good_critique, "[\"right\", \"right\", \"unknown\", \"wrong\"]", "[]");

    cr_expect_eq(take(LEARNT_CRITIQUE, 0, "m", none), CRUX_OK, "%s", why.text);
    cr_expect_eq(learnt.of[LEARNT_CRITIQUES].items[0].critique.step_count, 0);
    cr_expect_eq(take(LEARNT_CRITIQUE, 1, "m", good_critique), CRUX_STORE);
    assert_contains(why.text, "about rollout 1 ");
}

/* What is no object at all is refused, too. */
Test(learnt, no_object)
{
    cr_expect_eq(take(LEARNT_LOCATION, 0, "m", "[]"), CRUX_STORE);
    cr_expect_lt(take(LEARNT_LOCATION, 0, "m", "{"), 0);
    cr_expect_eq(learnt.of[LEARNT_LOCATIONS].count, 0);
}

/* Of a rollout that the tree has not, or of something else than a rollout. Other kinds are nobody's
 * business here. */
Test(learnt, about_no_rollout)
{
    struct crux_finding finding = {.about = CRUX_ABOUT_NODE,
                                   .path = 0,
                                   .maker = "maker",
                                   .kind = LEARNT_LOCATION,
                                   .json = good_location};

    cr_expect_eq(take(LEARNT_LOCATION, 2, "maker", good_location), CRUX_STORE);
    assert_contains(why.text, "problem p1: the finding location of maker is about no rollout");
    cr_expect_eq(learnt_take(&learnt, &finding, &why), CRUX_STORE);
    cr_expect_eq(take("first-error", 2, "maker", "7"), CRUX_OK);
    cr_expect_eq(learnt.of[LEARNT_LOCATIONS].count, 0);
}

/* --- looking up -------------------------------------------------------------------------------
 */

/* By rollout, then by maker, whatever the order in which they came. */
Test(learnt, looking_up)
{
    static const char *const makers[] = {"b", "a", "c"};
    const struct learnt_item *items;
    size_t count;

    cr_expect_null(learnt_of(&learnt, LEARNT_LOCATIONS, 0, &count));
    cr_expect_eq(count, 0);
    grown_answers(&grown, 0, "x", CRUX_WRONG, 30);
    for (uint32_t rollout = 31; rollout > 1; rollout -= 2)
        for (size_t i = 0; i < 3; i++)
            take_location(rollout, makers[i], at(LEARNT_NOT, -1));
    learnt_sort(&learnt);
    for (uint32_t rollout = 0; rollout < 32; rollout++) {
        items = learnt_of(&learnt, LEARNT_LOCATIONS, rollout, &count);
        cr_expect_eq(count, rollout % 2 == 1 && rollout > 1 ? 3 : 0);
        cr_expect_eq(items == NULL, count == 0);
        for (size_t i = 0; i < count; i++) {
            const char maker[] = {(char)('a' + (int)i), '\0'};

            cr_expect_eq(items[i].rollout, rollout);
            cr_expect_str_eq(items[i].maker, maker);
            cr_expect_eq(learnt_by(&learnt, LEARNT_LOCATIONS, rollout, maker), &items[i]);
        }
        cr_expect_null(learnt_by(&learnt, LEARNT_LOCATIONS, rollout, "d"));
        cr_expect_null(learnt_by(&learnt, LEARNT_CRITIQUES, rollout, "a"));
    }
}

/* Names of all ways to know. */
Test(learnt, names)
{
    static const char *const names[] = {"not", "between", "estimated", "agreed", "proved"};

    for (unsigned how = 0; how < LEARNT_HOWS; how++)
        cr_expect_str_eq(learnt_how_name((enum learnt_how)how), names[how]);
}

static struct learnt_location believed(const char **maker)
{
    learnt_sort(&learnt);
    return learnt_location_of(&learnt, &grown.pairs[0], maker);
}

static void insist_believed(enum learnt_how how, int64_t step, const char *by)
{
    const char *maker;
    struct learnt_location location = believed(&maker);

    cr_expect_eq(location.how, how, "it is %s", learnt_how_name(location.how));
    cr_expect_eq(location.step, step);
    cr_expect_str_eq(maker, by);
    cr_expect_eq(location.from >= 0, how == LEARNT_BETWEEN);
}

/* Nobody says anything: nothing is known. */
Test(learnt, nobody)
{
    insist_believed(LEARNT_NOT, -1, "");
    take_location(1, "m", at(LEARNT_NOT, -1));
    insist_believed(LEARNT_NOT, -1, "");
}

/* What the tree has proved stands before all else. */
Test(learnt, proved_by_the_tree)
{
    take_location(0, "m", at(LEARNT_AGREED, 1));
    grown.pairs[0].exact = true;
    grown.pairs[0].first_error = 3;
    insist_believed(LEARNT_PROVED, 3, "");
}

/* The most certain, wherever its maker stands in the order; the claim of a critique is none. */
Test(learnt, most_certain)
{
    grown.pairs[0].first_error = 0;
    take_location(0, "c", at(LEARNT_NOT, -1));
    insist_believed(LEARNT_NOT, -1, "c");
    take_location(0, "e", between(0, 1));
    insist_believed(LEARNT_BETWEEN, -1, "e");
    take_location(0, "d", at(LEARNT_ESTIMATED, 2));
    insist_believed(LEARNT_ESTIMATED, 2, "d");
    take_location(0, "z", at(LEARNT_AGREED, 1));
    insist_believed(LEARNT_AGREED, 1, "z");
    take_location(0, "a", at(LEARNT_ESTIMATED, 3));
    insist_believed(LEARNT_AGREED, 1, "z");
}

/* Equally certain makers that say the same: the first. */
Test(learnt, two_say_the_same)
{
    take_location(0, "b", at(LEARNT_ESTIMATED, 2));
    take_location(0, "a", at(LEARNT_ESTIMATED, 2));
    insist_believed(LEARNT_ESTIMATED, 2, "a");
}

/* Two that contradict each other know nothing, and no third that sides with one of them, or knows
 * less, decides it. */
Test(learnt, two_differ)
{
    const char *maker;

    take_location(0, "a", at(LEARNT_ESTIMATED, 2));
    take_location(0, "b", at(LEARNT_ESTIMATED, 1));
    insist_believed(LEARNT_NOT, -1, "a");
    assert_contains(believed(&maker).why, "different steps");
    take_location(0, "c", at(LEARNT_ESTIMATED, 2));
    insist_believed(LEARNT_NOT, -1, "a");
    take_location(0, "d", between(1, 2));
    insist_believed(LEARNT_NOT, -1, "a");
    take_location(0, "e", at(LEARNT_AGREED, 1));
    insist_believed(LEARNT_AGREED, 1, "e");
}

/* Ranges contradict each other only where they have no step in common. */
Test(learnt, ranges)
{
    take_location(0, "a", between(0, 1));
    take_location(0, "b", between(1, 3));
    insist_believed(LEARNT_BETWEEN, -1, "a");
    take_location(0, "c", between(2, 3));
    insist_believed(LEARNT_NOT, -1, "a");
    take_location(0, "A", between(2, 3));
    insist_believed(LEARNT_NOT, -1, "A");
}
