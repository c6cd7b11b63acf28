/*
 * test_linear.c - critic linear: what it sees, what it learns, and the file that it is kept in.
 *
 * Trees are made by hand: families of children whose values are known, of problems that differ in
 * their numbers or words.
 */
#include "critics/crux_critics.h"
#include "critics/linear/examples.h"
#include "critics/linear/features.h"
#include "critics/linear/fit.h"
#include "critics/linear/measure.h"
#include "critics/linear/model.h"
#include "critics/numbers/facts.h"
#include "io/hash.h"
#include "io/whole_file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct crux_error why;

static const struct crux_problem puzzle = {
    .id = "p", .prompt = "Make 24.", .line = "{\"numbers\": [4, 6, 9, 10]}"};
static const struct crux_problem words = {
    .id = "w", .prompt = "What is 2 + 3?", .line = "{}", .answer = "5"};

static struct crux_step step_of(const char *text)
{
    return (struct crux_step){
        .text = text, .length = (uint32_t)strlen(text), .depth = 1, .kind = CRUX_STEP};
}

/* --- facts --------------------------------------------------------------------------------- */

struct told {
    uint64_t facts[256];
    uint32_t count;
    uint64_t place;
    bool any;
};

static void hear_fact(void *context, uint64_t fact)
{
    struct told *told = context;

    cr_assert_lt(told->count, 256);
    told->facts[told->count++] = fact;
}

static struct told told_of(const struct crux_problem *problem, const char *text)
{
    struct crux_step step = step_of(text != NULL ? text : "");
    struct told told = {.count = 0};

    told.any = numbers_facts(problem, text != NULL ? &step : NULL, hear_fact, &told, &told.place);
    return told;
}

static bool same_facts(const struct told *a, const struct told *b)
{
    return a->place == b->place && a->count == b->count &&
           memcmp(a->facts, b->facts, a->count * sizeof *a->facts) == 0;
}

/* Facts are about the numbers that are left, however one came there. */
Test(facts, are_of_the_state)
{
    struct told a = told_of(&puzzle, "10 - 4 = 6 (left: 6 6 9)");
    struct told b = told_of(&puzzle, "12 / 2 = 6 (left: 6 6 9)");
    struct told other = told_of(&puzzle, "10 - 4 = 6 (left: 6 6 8)");

    cr_assert(a.any);
    cr_assert(same_facts(&a, &b));
    cr_assert_neq(a.place, other.place);
}

/* Of an answer of several lines it is the last one that says what is left. */
Test(facts, are_of_the_last_line)
{
    struct told one = told_of(&puzzle, "13 - 9 = 4 (left: 4 6)");
    struct told two = told_of(&puzzle, "10 - 4 = 6 (left: 6 9 13)\n13 - 9 = 4 (left: 4 6)");

    cr_assert(same_facts(&one, &two));
}

/* Another target is another game. */
Test(facts, are_of_the_target)
{
    const struct crux_problem other = {.line = "{\"numbers\": [4, 6, 9, 10], \"target\": 25}"};

    cr_assert_neq(told_of(&puzzle, "a (left: 4 6)").place, told_of(&other, "a (left: 4 6)").place);
}

/* Before the first step the problem's own numbers are left; fractions and numbers below 0 are
 * numbers, too. */
Test(facts, hold_everywhere)
{
    const struct crux_problem far = {.line =
                                         "{\"numbers\": [1, 2], \"target\": -9223372036854775808}"};

    cr_assert(told_of(&puzzle, NULL).any);
    cr_assert(told_of(&puzzle, "0 (left: -9223372036854775807 0 8/3)").any);
    cr_assert(told_of(&puzzle, "0 (left: 1/9223372036854775807 9223372036854775807)").any);
    cr_assert(told_of(&puzzle, "0 (left: 24)").any);
    cr_assert(told_of(&far, "0 (left: -1)").any);
}

/* Where there are no numbers, or a step does not say what is left, nothing is told. */
Test(facts, need_numbers)
{
    cr_assert_not(told_of(&words, "2 + 3 = 5 (left: 5)").any);
    cr_assert_not(told_of(&puzzle, "so it is 5").any);
    cr_assert_not(told_of(&puzzle, "").any);
    cr_assert_eq(told_of(&puzzle, "so it is 5").count, 0);
}

/* --- features -------------------------------------------------------------------------------- */

static struct linear_features features_of(const struct crux_problem *problem,
                                          const struct crux_step *last, bool whole)
{
    struct linear_features features = {.index = NULL};

    cr_assert(linear_features_of(&features, problem, last, whole));
    return features;
}

static bool same_features(struct linear_features a, struct linear_features b)
{
    bool same = a.count == b.count && memcmp(a.index, b.index, a.count * sizeof *a.index) == 0;

    linear_features_free(&a);
    linear_features_free(&b);
    return same;
}

/* Ascending, each once, in range: what the fit and the file rely on. */
Test(features, are_a_set)
{
    struct crux_step step = step_of("aaaa aaaa aaaa 1 1 1 \xC3\xA9\xE2\x88\x9A");
    struct linear_features features = features_of(&words, &step, true);

    cr_assert_gt(features.count, 10);
    for (uint32_t i = 1; i < features.count; i++)
        cr_assert_lt(features.index[i - 1], features.index[i]);
    cr_assert_lt(features.index[features.count - 1], LINEAR_FEATURES);
    linear_features_free(&features);
}

/* Of a long text beginning and end count, and every word. */
Test(features, of_a_long_text)
{
    char text[2001];
    struct crux_step a, b;

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    a = step_of(text);
    cr_assert(same_features(features_of(&words, &a, false), features_of(&words, &a, false)));
    b = step_of(text);
    b.length -= 1000;
    cr_assert_not(same_features(features_of(&words, &a, false), features_of(&words, &b, false)));
}

/* Words do not depend on capitals or on how many blanks part them; log-probabilities count. */
Test(features, see_what_differs)
{
    struct crux_step a = step_of("Add them"), b = step_of("Take them"), c = a, d = a;

    c.logprob = -2.0F;
    d.depth = 2;
    cr_assert_not(same_features(features_of(&words, &a, false), features_of(&words, &b, false)));
    cr_assert_not(same_features(features_of(&words, &a, false), features_of(&words, &c, false)));
    cr_assert_not(same_features(features_of(&words, &a, false), features_of(&words, &d, false)));
    cr_assert(same_features(features_of(&words, &a, false), features_of(&words, &a, false)));
}

/* A word of the context that comes again is told from a new one. */
Test(features, see_the_context)
{
    const struct crux_problem other = {.id = "o", .prompt = "What is 7 + 8?", .line = "{}"};
    struct crux_step step = step_of("2 + 3 = 5");

    cr_assert_not(
        same_features(features_of(&words, &step, false), features_of(&other, &step, false)));
}

/* The reference answer is not looked at. */
Test(features, see_no_reference)
{
    struct crux_problem other = words;
    struct crux_step step = step_of("2 + 3 = 5");

    other.answer = "6";
    cr_assert(same_features(features_of(&words, &step, true), features_of(&other, &step, true)));
}

/* The root is described by its problem. */
Test(features, the_root_has_some)
{
    struct linear_features root = features_of(&words, NULL, true);

    cr_assert_gt(root.count, 3);
    linear_features_free(&root);
}

/* --- examples ----------------------------------------------------------------------------------
 */

enum { FAMILY = 5 };

/* The root and its children, whose values, visits and scores a test sets. */
static struct crux_node nodes[FAMILY + 1];
static struct crux_tree tree;

static void plant(void)
{
    static const char *const texts[FAMILY + 1] = {"", "one", "two", "three", "four", "five"};

    for (uint32_t i = 0; i <= FAMILY; i++)
        nodes[i] = (struct crux_node){.parent = i > 0 ? 0 : CRUX_NO_NODE,
                                      .depth = i > 0,
                                      .visits = 4,
                                      .score = -1.0,
                                      .kind = CRUX_STEP,
                                      .text = texts[i]};
    tree = (struct crux_tree){.problem = &words, .node_count = FAMILY + 1, .nodes = nodes};
}

static struct linear_set set_of(const struct crux_training *what)
{
    struct linear_set set = {.rows = NULL};

    cr_assert_eq(linear_set_add(&set, what, &tree, &why), CRUX_OK, "%s", why.text);
    return set;
}

TestSuite(examples, .init = plant);

/* The best child stands against each lower one. */
Test(examples, best_against_lower)
{
    struct crux_training what = crux_training_default();
    struct linear_set set;

    nodes[3].value = 0.5;
    set = set_of(&what);
    cr_assert_eq(set.row_count, FAMILY - 1);
    cr_assert_eq(set.candidate_count, FAMILY);
    for (size_t i = 0; i < set.row_count; i++)
        cr_assert_eq(set.rows[i].candidate, set.rows[0].candidate);
    linear_set_free(&set);
}

/* Several best ones take turns; each child is in some pair. */
Test(examples, best_ones_take_turns)
{
    struct crux_training what = crux_training_default();
    struct linear_set set;

    nodes[1].value = nodes[2].value = nodes[3].value = 1.0;
    set = set_of(&what);
    cr_assert_eq(set.row_count, 3);
    cr_assert_eq(set.candidate_count, FAMILY);
    linear_set_free(&set);
}

/* Equals teach nothing, nor do children with too few visits. */
Test(examples, equals_teach_nothing)
{
    struct crux_training what = crux_training_default();
    struct linear_set set = set_of(&what);

    cr_assert_eq(set.row_count, 0);
    nodes[3].value = 0.5;
    nodes[3].visits = 1;
    what.least_visits = 2;
    linear_set_free(&set);
    set = set_of(&what);
    cr_assert_eq(set.row_count, 0);
    linear_set_free(&set);
}

/* By score only those count that have one. */
Test(examples, by_score)
{
    struct crux_training what = crux_training_default();
    struct linear_set set;

    what.label = CRUX_LABEL_SCORE;
    set = set_of(&what);
    cr_assert_eq(set.row_count, 0);
    cr_assert_eq(set.unscored, 1);
    linear_set_free(&set);
    nodes[1].score = 1.0;
    nodes[4].score = 0.0;
    set = set_of(&what);
    cr_assert_eq(set.row_count, 1);
    linear_set_free(&set);
}

/* With a kind only siblings of that kind are compared. */
Test(examples, of_a_kind)
{
    struct crux_training what = crux_training_default();
    struct linear_set set;

    nodes[1].kind = CRUX_QUERY;
    nodes[3].value = 0.5;
    what.kind = CRUX_QUERY;
    set = set_of(&what);
    cr_assert_eq(set.row_count, 0);
    linear_set_free(&set);
    what.kind = CRUX_STEP;
    set = set_of(&what);
    cr_assert_eq(set.row_count, FAMILY - 2);
    linear_set_free(&set);
}

/* A tree gives no more rows than it may. */
Test(examples, no_more_than_may_be)
{
    struct crux_training what = crux_training_default();
    struct linear_set set;

    nodes[3].value = 0.5;
    what.most = 2;
    set = set_of(&what);
    cr_assert_eq(set.row_count, 2);
    cr_assert_eq(set.candidate_count, 3);
    linear_set_free(&set);
}

/* More than the fit can hold is refused before it is tried. */
Test(examples, no_more_than_the_fit_holds)
{
    struct crux_training what = crux_training_default();
    struct linear_set set = {.most = 50};

    nodes[3].value = 0.5;
    cr_assert_eq(linear_set_add(&set, &what, &tree, &why), CRUX_INPUT);
    cr_assert_not_null(strstr(why.text, "fewer rows"), "%s", why.text);
    linear_set_free(&set);
}

/* Answers that are right or wrong are rows of their own; what is unknown is none. */
Test(examples, answers)
{
    struct crux_rollout rollouts[] = {{.node = 1, .text = "so 5", .verdict = CRUX_RIGHT},
                                      {.node = 0, .text = "so 6", .verdict = CRUX_WRONG},
                                      {.node = 2, .text = "", .verdict = CRUX_WRONG},
                                      {.node = 1, .text = "?", .verdict = CRUX_UNKNOWN}};
    static const enum crux_role roles[] = {CRUX_ROLE_OUTCOME, CRUX_ROLE_VALUE};

    tree.rollouts = rollouts;
    tree.rollout_count = 4;
    for (size_t i = 0; i < 2; i++) {
        struct crux_training what = crux_training_default();
        struct linear_set set;

        what.role = roles[i];
        set = set_of(&what);
        cr_assert_eq(set.row_count, 3);
        cr_assert_eq(set.rows[0].other, LINEAR_ALONE);
        cr_assert(set.rows[0].right && !set.rows[1].right && !set.rows[2].right);
        linear_set_free(&set);
    }
}

/* --- the fit ------------------------------------------------------------------------------------
 */

/* What is always better gets the higher score, and twice the same rows the same weights. */
Test(fit, ranks)
{
    struct crux_training what = crux_training_default();
    double *weights = calloc(2 * LINEAR_FEATURES, sizeof *weights);
    struct linear_set set;
    uint32_t rows[FAMILY - 1];

    plant();
    nodes[3].value = 0.5;
    set = set_of(&what);
    for (uint32_t i = 0; i < FAMILY - 1; i++)
        rows[i] = i;
    cr_assert_eq(linear_fit(weights, &set, rows, FAMILY - 1, 1.0, &why), CRUX_OK);
    cr_assert_eq(linear_fit(weights + LINEAR_FEATURES, &set, rows, FAMILY - 1, 1.0, &why), CRUX_OK);
    for (uint32_t i = 0; i < LINEAR_FEATURES; i++)
        cr_assert_eq(weights[i], weights[LINEAR_FEATURES + i]);
    for (uint32_t i = 0; i < FAMILY - 1; i++)
        cr_assert_gt(linear_score(weights, &set, set.rows[i].candidate),
                     linear_score(weights, &set, set.rows[i].other));
    linear_set_free(&set);
    free(weights);
}

/* The curve gives the share that was right: of scores 0 a quarter, of scores 1 three quarters. */
Test(fit, the_curve_is_a_share)
{
    const double scores[] = {0, 0, 0, 0, 1, 1, 1, 1};
    const bool right[] = {true, false, false, false, false, true, true, true};
    struct linear_curve curve;

    cr_assert_eq(linear_fit_curve(&curve, scores, right, 8, &why), CRUX_OK);
    cr_assert_float_eq(1.0 / (1.0 + exp(-curve.offset)), 0.25, 0.01);
    cr_assert_float_eq(1.0 / (1.0 + exp(-curve.slope - curve.offset)), 0.75, 0.01);
    cr_assert_eq(linear_fit_curve(&curve, scores, right + 5, 3, &why), CRUX_OK);
    cr_assert_eq(curve.slope, 1.0);
    cr_assert_eq(linear_fit_curve(&curve, scores, right, 0, &why), CRUX_OK);
    cr_assert_eq(curve.slope, 1.0);
}

/* A few rows by which more is worse do not turn the critic round. */
Test(fit, the_curve_never_falls)
{
    const double scores[] = {0, 0, 0, 0, 1, 1, 1, 1};
    const bool right[] = {true, true, true, true, true, true, false, false};
    struct linear_curve curve;

    cr_assert_eq(linear_fit_curve(&curve, scores, right, 8, &why), CRUX_OK);
    cr_assert_gt(curve.slope, 0.0);
    cr_assert_float_eq(1.0 / (1.0 + exp(-curve.offset)), 0.75, 0.01);
}

/* --- measuring
 * ------------------------------------------------------------------------------------ */

/* Worked out by hand: two rows that the critic is 3/4 sure of, one of which it has right, and one
 * that it cannot tell. Accuracy is (1 + 0 + 1/2) / 3; the bin of 3/4 is off by 1/2 in all, that of
 * a half by nothing, so the calibration error is 1/6. */
Test(measure, by_hand)
{
    struct linear_candidate candidates[] = {
        {.problem = 1, .place = 1, .depth = 1, .first = 0, .count = 1},
        {.problem = 2, .place = 2, .depth = 7, .first = 1, .count = 1},
    };
    struct linear_row rows[] = {{0, LINEAR_ALONE, true}, {0, LINEAR_ALONE, false}, {1, 1, true}};
    uint32_t pool[] = {0, 1};
    const double weights[] = {1.0986122886681098, 0.0}; /* ln 3 */
    const uint32_t numbers[] = {0, 1, 2};
    const struct linear_set set = {.candidates = candidates, .rows = rows, .pool = pool};
    const struct linear_held held = {.set = &set,
                                     .weights = weights,
                                     .curve = {1.0, 0.0},
                                     .trained = numbers,
                                     .trained_count = 1,
                                     .held = numbers,
                                     .held_count = 3};
    static const char *const groups[] = {"all", "depth 1", "depth 6 and on", "all seen",
                                         "none seen"};
    struct crux_trained out = {.trees = 0};

    cr_assert_eq(linear_measure(&out, &held, &why), CRUX_OK);
    cr_assert_eq(out.measured_count, 5);
    for (uint32_t i = 0; i < 5; i++)
        cr_assert_str_eq(out.measured[i].group, groups[i]);
    cr_assert_eq(out.measured[0].rows, 3);
    cr_assert_eq(out.measured[0].problems, 2);
    cr_assert_float_eq(out.measured[0].accuracy, 0.5, 1e-12);
    cr_assert_float_eq(out.measured[0].error, 1.0 / 6.0, 1e-9);
    cr_assert_leq(out.measured[0].accuracy_low, out.measured[0].accuracy);
    cr_assert_geq(out.measured[0].accuracy_high, out.measured[0].accuracy);
}

/* --- the file
 * ---------------------------------------------------------------------------------------- */

static char folder[] = "/tmp/crux-linear-XXXXXX", path[64], partial[64];

static void make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/a.linear", folder);
    (void)snprintf(partial, sizeof partial, "%s/.a.linear.partial", folder);
}

static void remove_folder(void)
{
    (void)unlink(path);
    (void)unlink(partial);
    (void)rmdir(partial);
    cr_assert_eq(rmdir(folder), 0, "something was left behind");
}

static int write_sample_as(enum crux_role role, bool force)
{
    struct linear_model *model = linear_model_new();
    int status;

    model->role = role;
    model->kind = CRUX_STEP;
    model->curve = (struct linear_curve){2.0, -0.5};
    model->weights[0] = 1.5F;
    model->weights[LINEAR_FEATURES - 1] = -0.25F;
    status = linear_model_write(model, path, force, json_new_object(), &why);
    linear_model_close(model);
    return status;
}

static int write_sample(bool force)
{
    return write_sample_as(CRUX_ROLE_EXECUTION, force);
}

/* The bytes of a file with one part of them changed. */
static void write_bytes(const char *bytes, size_t length)
{
    FILE *stream = fopen(path, "we");

    cr_assert_eq(fwrite(bytes, 1, length, stream), length);
    (void)fclose(stream);
}

static size_t read_bytes(char *out, size_t room)
{
    FILE *stream = fopen(path, "re");
    size_t length = fread(out, 1, room, stream);

    (void)fclose(stream);
    return length;
}

/* A file of that head and body, sealed as it should be. */
static void write_sealed(const char *rest, size_t length)
{
    char hex[HASH_HEX], bytes[1024];
    int first;

    hash_hex(rest, length, hex);
    first = snprintf(bytes, sizeof bytes, "crux-linear 1 %s\n", hex);
    memcpy(bytes + first, rest, length);
    write_bytes(bytes, (size_t)first + length);
}

static void insist_refused(const char *sentence)
{
    struct linear_model *model = NULL;

    cr_assert_eq(linear_model_read(&model, path, &why), CRUX_INPUT);
    cr_assert_null(model);
    cr_assert_not_null(strstr(why.text, sentence), "%s", why.text);
    cr_assert_not_null(strstr(why.text, path), "%s", why.text);
}

TestSuite(file, .init = make_folder, .fini = remove_folder);

/* What was written is read. */
Test(file, there_and_back)
{
    struct linear_model *model = NULL;
    uint32_t index[] = {0, 7};
    const struct linear_features features = {.index = index, .count = 2};

    cr_assert_eq(write_sample(false), CRUX_OK, "%s", why.text);
    cr_assert_eq(linear_model_read(&model, path, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq((int)model->role, CRUX_ROLE_EXECUTION);
    cr_assert_eq((int)model->kind, CRUX_STEP);
    cr_assert_eq(model->weights[0], 1.5F);
    cr_assert_eq(model->weights[1], 0.0F);
    cr_assert_eq(model->weights[LINEAR_FEATURES - 1], -0.25F);
    cr_assert_float_eq(linear_model_rate(model, &features), 1.0 / (1.0 + exp(-2.5)), 1e-12);
    linear_model_close(model);
}

/* One that is there stays, byte for byte, unless it may be replaced. */
Test(file, is_not_replaced)
{
    char bytes[8];

    write_bytes("mine", 4);
    cr_assert_eq(write_sample(false), CRUX_STORE);
    cr_assert_eq(whole_file_check(path, false, &why), CRUX_STORE);
    cr_assert_not_null(strstr(why.text, "--force"));
    cr_assert_eq(read_bytes(bytes, sizeof bytes), 4);
    cr_assert_eq(whole_file_check(path, true, &why), CRUX_OK);
    cr_assert_eq(write_sample(true), CRUX_OK, "%s", why.text);
    cr_assert_eq(read_bytes(bytes, sizeof bytes), sizeof bytes);
}

/* Every single byte that is changed or missing is noticed. */
Test(file, every_byte_counts)
{
    char bytes[1024];
    size_t length;
    struct linear_model *model = NULL;

    cr_assert_eq(write_sample(false), CRUX_OK);
    length = read_bytes(bytes, sizeof bytes);
    for (size_t i = 0; i < length; i++) {
        bytes[i] ^= 1;
        write_bytes(bytes, length);
        cr_assert_eq(linear_model_read(&model, path, &why), CRUX_INPUT, "byte %zu", i);
        bytes[i] ^= 1;
        write_bytes(bytes, i);
        cr_assert_eq(linear_model_read(&model, path, &why), CRUX_INPUT, "%zu bytes", i);
    }
}

/* What is no such file, or is one of another time, is refused with a sentence of its own. */
Test(file, refusals)
{
    static const char none[] = "{\"role\": \"execution\"}\n";
    char long_line[300];

    cr_assert_eq(linear_model_read(&(struct linear_model *){NULL}, path, &why), CRUX_INVALID);
    cr_assert_not_null(strstr(why.text, "cannot be read"));
    cr_assert_eq(linear_model_read(&(struct linear_model *){NULL}, folder, &why), CRUX_INVALID);
    cr_assert_not_null(strstr(why.text, "cannot be read"));
    memset(long_line, 'x', sizeof long_line);
    memcpy(long_line, "crux-linear 1", 13);
    long_line[sizeof long_line - 1] = '\n';
    write_bytes(long_line, sizeof long_line);
    insist_refused("no critic that");
    write_bytes(none, sizeof none - 1);
    insist_refused("no critic that");
    write_bytes("crux-linear 2 ?\n", 16);
    insist_refused("later crux");
    write_bytes("crux-linear 1 ?\n", 16);
    insist_refused("damaged or cut off");
}

/* A file that is sealed right and says nothing that makes sense was made by somebody else. */
Test(file, heads)
{
#define HEAD(role, kind, language, slope)                                                          \
    "{\"role\": " role ", \"kind\": " kind ", \"language\": " language ", \"slope\": " slope       \
    ", \"offset\": 0.0}\n"
    static const struct {
        const char *rest, *sentence;
    } rows[] = {
        {"", "line 2"},
        {"{\n", "line 2"},
        {HEAD("\"cook\"", "\"any\"", "1", "1.0"), "line 2"},
        {HEAD("7", "\"any\"", "1", "1.0"), "line 2"},
        {HEAD("\"value\"", "\"some\"", "1", "1.0"), "line 2"},
        {HEAD("\"value\"", "\"any\"", "1", "\"1\""), "line 2"},
        {HEAD("\"value\"", "\"any\"", "2", "1.0"), "language 2"},
        {HEAD("\"value\"", "\"any\"", "1", "1.0") "1234567", "cut off"},
        {HEAD("\"value\"", "\"any\"", "1", "1.0") "\xff\xff\xff\xff\x01\x01\x01\x01", "no weight"},
        {HEAD("\"value\"", "\"any\"", "1", "1.0") "\x01\x01\x01\x01\xff\xff\xff\xff", "no weight"},
        {HEAD("\"value\"", "\"any\"", "1", "1.0") "\x02\x01\x01\x01\x01\x01\x01\x01"
                                                  "\x02\x01\x01\x01\x01\x01\x01\x01",
         "no weight"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        write_sealed(rows[i].rest, strlen(rows[i].rest));
        insist_refused(rows[i].sentence);
    }
}

/* A partial file that a killed writer left is taken over; one that cannot be written is told. */
Test(file, partials)
{
    cr_assert_eq(mkdir(partial, 0700), 0);
    cr_assert_eq(write_sample(false), CRUX_STORE);
    cr_assert_eq(access(path, F_OK), -1);
    cr_assert_eq(rmdir(partial), 0);
    write_bytes("old", 3);
    cr_assert_eq(rename(path, partial), 0);
    cr_assert_eq(write_sample(false), CRUX_OK, "%s", why.text);
    cr_assert_eq(access(partial, F_OK), -1);
}

/* Two writers of one name are one too many. */
Test(file, one_writer)
{
    int other = open(partial, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    cr_assert_eq(flock(other, LOCK_EX), 0);
    cr_assert_eq(write_sample(false), CRUX_STORE);
    cr_assert_not_null(strstr(why.text, "another crux"), "%s", why.text);
    (void)close(other);
    cr_assert_eq(write_sample(false), CRUX_OK, "%s", why.text);
}

/* Where there is no room nothing is left behind, and what was there stays. */
Test(file, no_room)
{
    const struct rlimit little = {.rlim_cur = 64, .rlim_max = RLIM_INFINITY};
    struct rlimit usual;
    char bytes[8];
    int status;

    write_bytes("mine", 4);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &usual), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &little), 0);
    status = write_sample(true);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &usual), 0);
    cr_assert_eq(status, CRUX_STORE);
    cr_assert_not_null(strstr(why.text, "cannot write"), "%s", why.text);
    cr_assert_eq(read_bytes(bytes, sizeof bytes), 4);
    cr_assert_eq(access(partial, F_OK), -1);
}

/* A place that can hold no file is told before anything is done. */
Test(file, places)
{
    cr_assert_eq(whole_file_check("/nowhere/at/all", false, &why), CRUX_STORE);
    cr_assert_eq(whole_file_check(folder, true, &why), CRUX_STORE);
    cr_assert_not_null(strstr(why.text, "no file"));
    cr_assert_eq(whole_file_check("no-such-file-here.linear", false, &why), CRUX_OK);
}

/* --- the critic
 * --------------------------------------------------------------------------------------- */

/* A file has one role. */
Test(file, a_critic_has_one_role)
{
    struct crux_critic *critic = NULL;
    char description[80];

    cr_assert_eq(write_sample(false), CRUX_OK);
    (void)snprintf(description, sizeof description, "linear:%s", path);
    cr_assert_eq(crux_critic_open(&critic, CRUX_ROLE_OUTCOME, description, NULL, &why),
                 CRUX_INVALID);
    cr_assert_not_null(strstr(why.text, "trained as execution critic"), "%s", why.text);
    cr_assert_eq(crux_critic_open(&critic, CRUX_ROLE_EXECUTION, "linear", NULL, &why),
                 CRUX_INVALID);
    cr_assert_eq(crux_critic_open(&critic, CRUX_ROLE_EXECUTION, "linear:", NULL, &why),
                 CRUX_INVALID);
    cr_assert_eq(crux_critic_open(&critic, CRUX_ROLE_EXECUTION, "linear:/nowhere", NULL, &why),
                 CRUX_INVALID);
    cr_assert_eq(crux_critic_open(&critic, CRUX_ROLE_EXECUTION, description, NULL, &why), CRUX_OK);
    cr_assert_not(critic->sees_reference);
    cr_assert(critic->port.instant);
    crux_critic_close(critic);
}

/* An outcome critic says what the answer is, and how likely, and never that it is right. */
Test(file, a_guess_is_no_label)
{
    static const struct {
        const struct crux_problem *problem;
        const char *text, *answer;
    } rows[] = {
        {&puzzle, "10 - 4 = 6 (left: 6 6 9)", "10 - 4 = 6"},
        {&words, "So the answer is \\boxed{5}.", "5"},
        {&words, "I do not know", ""},
    };
    struct crux_critic *critic = NULL;
    char description[80];

    cr_assert_eq(write_sample_as(CRUX_ROLE_OUTCOME, false), CRUX_OK);
    (void)snprintf(description, sizeof description, "linear:%s", path);
    cr_assert_eq(crux_critic_open(&critic, CRUX_ROLE_OUTCOME, description, NULL, &why), CRUX_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct crux_step step = step_of(rows[i].text);
        struct crux_call call = {.verb = CRUX_JUDGE,
                                 .count = 1,
                                 .candidates = &step,
                                 .state = {.problem = rows[i].problem}};

        cr_assert_eq(critic->port.ask(&critic->port, &call), CRUX_DONE);
        cr_assert_eq((int)call.reply.outcomes[0].verdict, CRUX_UNKNOWN);
        cr_assert_str_eq(call.reply.outcomes[0].answer, rows[i].answer);
        critic->port.release(&critic->port, &call.reply);
    }
    crux_critic_close(critic);
}
