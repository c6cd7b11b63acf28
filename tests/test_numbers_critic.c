/*
 * test_numbers_critic.c - what the critics of domain numbers promise, and the list of
 * puzzles.
 *
 * Answers are written out by hand, right ones and every kind of forged one.
 */
#include "critics/crux_critics.h"

#include <criterion/criterion.h>
#include <string.h>

/* --- fixture ----------------------------------------------------------------------- */

#define STEPS_MOST 12u

static const struct crux_problem puzzle = {
    .id = "4-9-10-13", .prompt = "", .line = "{\"numbers\": [4, 9, 10, 13]}"};
static const struct crux_problem words = {
    .id = "words", .prompt = "What is a crux?", .line = "{\"target\": 24}"};

#define RIGHT_1 "10 - 4 = 6 (left: 6 9 13)"
#define RIGHT_2 "13 - 9 = 4 (left: 4 6)"
#define RIGHT_3 "6 * 4 = 24 (left: 24)"

static struct crux_critic *open_critic(enum crux_role role)
{
    struct crux_critic *critic = NULL;
    struct crux_error error = {""};

    cr_assert_eq(crux_critic_open(&critic, role, "numbers", NULL, &error), CRUX_OK, "%s",
                 error.text);
    return critic;
}

/* Steps of a tree, and behind them an answer: its last part. */
struct path {
    struct crux_step steps[STEPS_MOST];
    uint32_t count;
};

static struct path path_of(const char *const *texts, uint32_t count)
{
    struct path path = {.count = count};

    for (uint32_t i = 0; i < count; i++)
        path.steps[i] = (struct crux_step){.text = texts[i],
                                           .length = (uint32_t)strlen(texts[i]),
                                           .depth = i + 1,
                                           .kind = i + 1 == count ? CRUX_ANSWER : CRUX_STEP};
    return path;
}

static void link_steps(struct path *path)
{
    for (uint32_t i = 1; i < path->count; i++)
        path->steps[i].previous = &path->steps[i - 1];
}

struct verdict {
    enum crux_verdict verdict;
    double reward;
    char answer[512];
};

static struct verdict judge(const struct crux_problem *problem, const char *const *texts,
                            uint32_t count)
{
    struct crux_critic *critic = open_critic(CRUX_ROLE_OUTCOME);
    struct path path = path_of(texts, count);
    struct crux_call call = {.verb = CRUX_JUDGE,
                             .count = 1,
                             .candidates = &path.steps[count - 1],
                             .state = {.problem = problem}};
    struct verdict verdict;

    link_steps(&path);
    cr_assert_eq(critic->port.ask(&critic->port, &call), CRUX_DONE);
    cr_assert_eq(call.reply.count, 1);
    verdict.verdict = call.reply.outcomes[0].verdict;
    verdict.reward = call.reply.outcomes[0].reward;
    (void)strcpy(verdict.answer, call.reply.outcomes[0].answer);
    critic->port.release(&critic->port, &call.reply);
    crux_critic_close(critic);
    return verdict;
}

#define JUDGE(problem, ...)                                                                        \
    judge((problem), (const char *const[]){__VA_ARGS__},                                           \
          (uint32_t)(sizeof(const char *[]){__VA_ARGS__} / sizeof(const char *)))

static void insist_wrong(struct verdict verdict)
{
    cr_assert_eq(verdict.verdict, CRUX_WRONG);
    cr_assert_eq(verdict.reward, 0.0);
}

static void insist_right(struct verdict verdict, const char *answer)
{
    cr_assert_eq(verdict.verdict, CRUX_RIGHT);
    cr_assert_eq(verdict.reward, 1.0);
    cr_assert_str_eq(verdict.answer, answer);
}

/* --- outcome ---------------------------------------------------------------------------- */

/* A right answer is right wherever it is cut into steps and lines. */
Test(outcome, a_right_answer_is_right)
{
    const char *answer = "(10 - 4) * (13 - 9) = 24";

    insist_right(JUDGE(&puzzle, RIGHT_1 "\n" RIGHT_2 "\n" RIGHT_3), answer);
    insist_right(JUDGE(&puzzle, RIGHT_1, RIGHT_2 "\n" RIGHT_3), answer);
    insist_right(JUDGE(&puzzle, RIGHT_1, RIGHT_2, RIGHT_3, ""), answer);
}

/* Whatever is forged is caught, at every step. */
Test(outcome, forged_answers_are_wrong)
{
    insist_wrong(JUDGE(&puzzle, ""));
    insist_wrong(JUDGE(&puzzle, "24 = 24"));
    insist_wrong(JUDGE(&puzzle, "10 - 4 = 24 (left: 24)"));
    insist_wrong(JUDGE(&puzzle, RIGHT_1 "\n" RIGHT_2));
    insist_wrong(JUDGE(&puzzle, RIGHT_1, "6 * 4 = 24 (left: 24)"));
    insist_wrong(JUDGE(&puzzle, RIGHT_1, "13 - 9 = 4 (left: 4 4)", "6 * 4 = 24 (left: 24)"));
    insist_wrong(JUDGE(&puzzle, RIGHT_1, "6 * 4 = 24 (left: 9 24)", "24 / 1 = 24 (left: 24)"));
    insist_wrong(JUDGE(&puzzle, "10 - 4 = 5 (left: 5 9 13)", RIGHT_2, RIGHT_3));
    insist_wrong(JUDGE(&puzzle, "10 / 0 = 24 (left: 9 13 24)", RIGHT_2, RIGHT_3));
    insist_wrong(JUDGE(&puzzle, RIGHT_1, RIGHT_2, RIGHT_3, "24 + 0 = 24 (left: 24)"));
    insist_wrong(JUDGE(&puzzle, RIGHT_1, RIGHT_2 "\n" RIGHT_3 "\nSo the answer is 24."));
}

/* An empty step of a tree is no step, while empty lines of an answer are none. */
Test(outcome, empty_steps_are_wrong)
{
    insist_wrong(JUDGE(&puzzle, RIGHT_1, "", RIGHT_2 "\n" RIGHT_3));
    cr_assert_eq(JUDGE(&puzzle, RIGHT_1, "\n" RIGHT_2 "\n\n" RIGHT_3 "\n").verdict, CRUX_RIGHT);
}

/* More steps than any problem has are wrong, and read no memory that is not there. */
Test(outcome, endless_answers_are_wrong)
{
    insist_wrong(
        JUDGE(&puzzle, RIGHT_1, RIGHT_2, RIGHT_3, "", "", "", "", "", "", RIGHT_1 "\n" RIGHT_2));
}

/* Where not all numbers must be used, making the target is enough. */
Test(outcome, the_rule_is_the_problems)
{
    struct crux_problem any = puzzle;

    any.line = "{\"numbers\": [2, 4, 6, 50], \"use\": \"all\"}";
    insist_wrong(JUDGE(&any, "6 * 4 = 24 (left: 2 24 50)"));
    any.line = "{\"numbers\": [2, 4, 6, 50], \"use\": \"any\"}";
    insist_right(JUDGE(&any, "6 * 4 = 24 (left: 2 24 50)"), "4 * 6 = 24");
    insist_right(JUDGE(&any, "6 * 4 = 24 (left: 2 24 50)", ""), "4 * 6 = 24");
}

/* What cannot be computed exactly, and a problem of another kind, are unknown. */
Test(outcome, what_it_cannot_tell_is_unknown)
{
    struct crux_problem overflow = {
        .id = "large", .line = "{\"numbers\": [9223372036854775807, 9223372036854775807]}"};
    struct verdict verdict = JUDGE(&words, "A crossing.");

    cr_assert_eq(verdict.verdict, CRUX_UNKNOWN);
    cr_assert_eq(verdict.reward, 0.0);
    verdict = JUDGE(&puzzle, "We multiply: (10 - 4) * (13 - 9) = 24.");
    cr_assert_eq(verdict.verdict, CRUX_UNKNOWN);
    verdict = JUDGE(&overflow, "9223372036854775807 + 9223372036854775807 = 1 (left: 1)");
    cr_assert_eq(verdict.verdict, CRUX_UNKNOWN);
    cr_assert_eq(verdict.reward, 0.0);
}

/* --- execution and value ------------------------------------------------------------------ */

static double score_after(enum crux_role role, const struct crux_problem *problem,
                          const char *const *texts, uint32_t count)
{
    struct crux_critic *critic = open_critic(role);
    struct path path = path_of(texts, count);
    struct crux_call call = {.verb = CRUX_SCORE,
                             .count = 1,
                             .candidates = count > 0 ? &path.steps[count - 1] : NULL,
                             .state = {.problem = problem}};
    double score;

    if (count > 0)
        path.steps[count - 1].kind = CRUX_STEP;
    link_steps(&path);
    cr_assert_eq(critic->port.ask(&critic->port, &call), CRUX_DONE);
    cr_assert_eq(call.reply.count, 1);
    score = call.reply.scores[0];
    critic->port.release(&critic->port, &call.reply);
    crux_critic_close(critic);
    return score;
}

#define SCORE(role, problem, ...)                                                                  \
    score_after((role), (problem), (const char *const[]){__VA_ARGS__},                             \
                (uint32_t)(sizeof(const char *[]){__VA_ARGS__} / sizeof(const char *)))

/* A step is good exactly as long as the target can still be made. */
Test(execution, it_knows_whether_the_target_is_in_reach)
{
    cr_assert_eq(SCORE(CRUX_ROLE_EXECUTION, &puzzle, RIGHT_1), 1.0);
    cr_assert_eq(SCORE(CRUX_ROLE_EXECUTION, &puzzle, RIGHT_1, RIGHT_2), 1.0);
    cr_assert_eq(SCORE(CRUX_ROLE_EXECUTION, &puzzle, RIGHT_1, "13 * 9 = 117 (left: 6 117)"), 0.0);
    cr_assert_eq(SCORE(CRUX_ROLE_EXECUTION, &puzzle, RIGHT_1, RIGHT_2, RIGHT_3), 1.0);
    cr_assert_eq(SCORE(CRUX_ROLE_EXECUTION, &puzzle, "forged (left: 24)"), 0.0);
}

/* Each candidate is scored with its own path. */
Test(execution, candidates_are_scored_one_by_one)
{
    static const char *const texts[] = {"6 * 4 = 24 (left: 24)", "6 + 4 = 10 (left: 10)"};
    struct crux_critic *critic = open_critic(CRUX_ROLE_EXECUTION);
    struct path path = path_of((const char *const[]){RIGHT_1, RIGHT_2}, 2);
    struct crux_step candidates[2];
    struct crux_call call = {
        .verb = CRUX_SCORE, .count = 2, .candidates = candidates, .state = {.problem = &puzzle}};

    path.steps[1].kind = CRUX_STEP;
    link_steps(&path);
    for (int i = 0; i < 2; i++)
        candidates[i] = (struct crux_step){.previous = &path.steps[1],
                                           .text = texts[i],
                                           .length = (uint32_t)strlen(texts[i]),
                                           .depth = 3};
    cr_assert_eq(critic->port.ask(&critic->port, &call), CRUX_DONE);
    cr_assert_eq(call.reply.scores[0], 1.0);
    cr_assert_eq(call.reply.scores[1], 0.0);
    critic->port.release(&critic->port, &call.reply);
    crux_critic_close(critic);
}

/* A leaf's value is the same judgement, and the root is the problem itself. */
Test(value, it_judges_a_state)
{
    struct crux_problem impossible = {.id = "ones", .line = "{\"numbers\": [1, 1, 1, 1]}"};

    cr_assert_eq(score_after(CRUX_ROLE_VALUE, &puzzle, NULL, 0), 1.0);
    cr_assert_eq(score_after(CRUX_ROLE_VALUE, &impossible, NULL, 0), 0.0);
    cr_assert_eq(SCORE(CRUX_ROLE_VALUE, &puzzle, RIGHT_1), 1.0);
    cr_assert_eq(SCORE(CRUX_ROLE_VALUE, &puzzle, "10 * 4 = 40 (left: 9 13 40)"), 0.0);
}

/* What it cannot tell it leaves open. */
Test(value, what_it_cannot_tell_is_below_zero)
{
    struct crux_problem overflow = {.id = "large",
                                    .line = "{\"numbers\": [4000000000, 4000000000, 4000000000]}"};

    cr_assert_lt(score_after(CRUX_ROLE_VALUE, &words, NULL, 0), 0.0);
    cr_assert_lt(score_after(CRUX_ROLE_VALUE, &overflow, NULL, 0), 0.0);
    cr_assert_lt(
        SCORE(CRUX_ROLE_VALUE, &overflow, "4000000000 * 4000000000 = 1 (left: 1 4000000000)"), 0.0);
}

/* --- the annotator --------------------------------------------------------------------------- */

struct annotated {
    bool written;
    enum crux_verdict verdict;
    uint32_t first_error;
    bool exact;
    char text[2048], error_type[64], corrected[512], method[64];
};

/* Of a path as the wrong one of a pair; alone: as a right one without. */
static struct annotated annotate_path(const struct crux_problem *problem, const char *wrong,
                                      bool alone)
{
    struct crux_critic *critic = open_critic(CRUX_ROLE_ANNOTATE);
    struct crux_node root = {.parent = CRUX_NO_NODE, .text = ""};
    struct crux_rollout rollout = {.text = wrong, .answer = "", .verdict = CRUX_WRONG};
    struct crux_pair pair = {.wrong = alone ? CRUX_NO_NODE : 0, .right = 0};
    struct crux_tree tree = {.problem = problem,
                             .node_count = 1,
                             .nodes = &root,
                             .rollout_count = 1,
                             .rollouts = &rollout,
                             .pair_count = 1,
                             .pairs = &pair};
    struct crux_call call = {.verb = CRUX_ANNOTATE,
                             .count = 1,
                             .tree = &tree,
                             .pair = &pair,
                             .state = {.problem = problem}};
    struct annotated out = {.written = false};

    cr_assert_eq(critic->port.ask(&critic->port, &call), CRUX_DONE);
    if (call.reply.note != NULL) {
        const struct crux_note *note = call.reply.note;

        out.written = true;
        out.verdict = note->verdict;
        out.first_error = note->first_error;
        out.exact = note->exact;
        (void)strcpy(out.text, note->text);
        (void)strcpy(out.error_type, note->error_type);
        (void)strcpy(out.corrected, note->corrected_step);
        (void)strcpy(out.method, note->method);
    }
    critic->port.release(&critic->port, &call.reply);
    crux_critic_close(critic);
    return out;
}

static struct annotated annotate(const struct crux_problem *problem, const char *wrong)
{
    return annotate_path(problem, wrong, false);
}

/* Of a right path nothing is to be corrected; of what only claims to be one nothing is said. */
Test(annotate, a_right_path_needs_no_correction)
{
    static const char *const others[] = {
        "",
        RIGHT_1 "\n" RIGHT_2,
        RIGHT_1 "\n" RIGHT_2 "\n6 + 4 = 10 (left: 10)",
        RIGHT_1 "\n" RIGHT_2 "\n6 * 4 = 25 (left: 25)",
        RIGHT_1 "\n" RIGHT_2 "\n" RIGHT_3 "\n24 + 0 = 24 (left: 24)",
    };
    struct annotated note = annotate_path(&puzzle, RIGHT_1 "\n" RIGHT_2 "\n" RIGHT_3, true);

    cr_assert(note.written && !note.exact);
    cr_assert_eq(note.verdict, CRUX_RIGHT);
    cr_assert_eq(note.first_error, CRUX_NO_STEP);
    cr_assert_str_eq(note.text, "No correction is needed.");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect_not(annotate_path(&puzzle, others[i], true).written, "%s", others[i]);
}

/* The first wrong step is the one after which the target is out of reach, though a later
 * one looks as wrong; what to do instead is legal and keeps the target in reach. */
Test(annotate, the_first_wrong_step_is_found)
{
    struct annotated note = annotate(&puzzle, RIGHT_1 "\n13 * 9 = 117 (left: 6 117)\n"
                                                      "117 - 6 = 111 (left: 111)");

    cr_assert(note.written);
    cr_assert_eq(note.first_error, 1);
    cr_assert(note.exact);
    cr_assert_str_eq(note.error_type, "unreachable");
    cr_assert_str_eq(note.method, "exact");
    cr_assert_eq(SCORE(CRUX_ROLE_EXECUTION, &puzzle, RIGHT_1, note.corrected), 1.0);
    cr_assert_not_null(strstr(note.text, "Step 2, `13 * 9 = 117 (left: 6 117)`"));
    cr_assert_not_null(strstr(note.text, "It leaves 6 and 117"));
    cr_assert_not_null(strstr(note.text, note.corrected));
}

/* With two numbers left the critique lists all that they make. */
Test(annotate, two_numbers_are_listed)
{
    struct annotated note =
        annotate(&puzzle, RIGHT_1 "\n13 * 9 = 117 (left: 6 117)\n117 - 6 = 111 (left: 111)");

    cr_assert_not_null(strstr(note.text, "only make 123, 111, 702, 39/2, -111 or 2/39, never 24"));
}

/* With three it counts the ways, and names the nearest. */
Test(annotate, ways_are_counted)
{
    struct annotated note =
        annotate(&puzzle, "13 * 10 = 130 (left: 4 9 130)\n130 - 9 = 121 (left: 4 121)\n"
                          "121 / 4 = 121/4 (left: 121/4)");

    cr_assert_eq(note.first_error, 0);
    cr_assert_not_null(
        strstr(note.text, "none of the 108 ways to combine these 3 numbers makes 24"), "%s",
        note.text);
    cr_assert_not_null(strstr(note.text, "the nearest they come is 47/2"), "%s", note.text);
}

/* Where numbers may be left over, what was made on the way may be the nearest. */
Test(annotate, the_nearest_may_leave_numbers_over)
{
    struct crux_problem problem = {
        .id = "p", .line = "{\"numbers\": [1, 5, 5, 13], \"target\": 17, \"use\": \"any\"}"};
    struct annotated note =
        annotate(&problem, "5 * 1 = 5 (left: 5 5 13)\n13 + 5 = 18 (left: 5 18)\n"
                           "18 + 5 = 23 (left: 23)");

    cr_assert_eq(note.first_error, 0);
    cr_assert_not_null(strstr(note.text, "the nearest they come is 18"), "%s", note.text);
    cr_assert_str_eq(note.corrected, "5 - 1 = 4 (left: 4 5 13)", "%s", note.corrected);
}

/* At the end one number is left, and it is not the target. */
Test(annotate, the_last_step_can_be_the_first_mistake)
{
    struct annotated note = annotate(&puzzle, RIGHT_1 "\n" RIGHT_2 "\n6 + 4 = 10 (left: 10)");

    cr_assert_eq(note.first_error, 2);
    cr_assert_not_null(strstr(note.text, "It leaves 10, which is not 24"));
    cr_assert_not_null(strstr(note.text, "makes 24."));
    cr_assert_str_eq(note.corrected, "6 * 4 = 24 (left: 24)");
}

/* With five numbers left it says so without counting, which would take long. */
Test(annotate, many_numbers_are_not_counted)
{
    struct crux_problem problem = {.id = "p",
                                   .line = "{\"numbers\": [1, 1, 1, 1, 2, 4], \"target\": 30}"};
    struct annotated note = annotate(&problem, "1 / 4 = 1/4 (left: 1/4 1 1 1 2)");
    cr_assert(note.written);
    cr_assert_eq(note.first_error, 0);
    cr_assert_not_null(strstr(note.text, "no way to combine these 5 numbers makes 30"));
}

/* A step that breaks the rules is the mistake, and is called by its kind. */
Test(annotate, broken_rules_are_named)
{
    static const struct {
        const char *step, *type;
    } rows[] = {
        {"13 - 9 = 5 (left: 5 6)", "wrong-result"},
        {"13 - 9 = 4 (left: 4 7)", "wrong-left"},
        {"13 - 8 = 5 (left: 5 6)", "not-available"},
        {"13 - 9 is 4", "malformed"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char wrong[256] = RIGHT_1 "\n";
        struct annotated note;

        note = annotate(&puzzle, strcat(wrong, rows[i].step));
        cr_assert(note.written);
        cr_assert_eq(note.first_error, 1);
        cr_assert_str_eq(note.error_type, rows[i].type);
        cr_assert_not_null(strstr(note.text, rows[i].step));
        cr_assert_not_null(strstr(note.text, "6, 9 and 13"));
        cr_assert_eq(SCORE(CRUX_ROLE_EXECUTION, &puzzle, RIGHT_1, note.corrected), 1.0);
    }
}

/* Dividing by zero is a kind of its own. */
Test(annotate, division_by_zero_is_named)
{
    struct crux_problem problem = {.id = "p", .line = "{\"numbers\": [0, 4, 6]}"};
    struct annotated note = annotate(&problem, "4 / 0 = 4 (left: 4 6)\n6 * 4 = 24 (left: 24)");
    cr_assert_eq(note.first_error, 0);
    cr_assert_str_eq(note.error_type, "division-by-zero");
}

/* A very long step is repeated in part, in whole characters. */
Test(annotate, long_steps_are_cut)
{
    char wrong[4096] = "";
    struct annotated note;

    while (strlen(wrong) < 3000)
        (void)strcat(wrong, "\xE2\x88\x9A"); /* a root sign */
    note = annotate(&puzzle, wrong);
    cr_assert(note.written);
    cr_assert_str_eq(note.error_type, "malformed");
    cr_assert_not_null(strstr(note.text, "\xE2\x88\x9A...`, is the first mistake."));
}

/* Where nothing true can be said, nothing is: no numbers, a target never in reach, a path
 * that stops while it is in reach or goes on behind its end, an overflow. */
Test(annotate, silence_where_nothing_is_known)
{
    struct crux_problem impossible = {.id = "ones", .line = "{\"numbers\": [1, 1, 1, 1]}"};
    struct crux_problem overflow = {
        .id = "large", .line = "{\"numbers\": [4000000000, 4000000000, 24, 4000000000]}"};

    cr_assert_not(annotate(&words, "A crossing.").written);
    cr_assert_not(annotate(&impossible, "1 + 1 = 2 (left: 1 1 2)").written);
    cr_assert_not(annotate(&puzzle, RIGHT_1).written);
    cr_assert_not(annotate(&puzzle, RIGHT_1 "\n" RIGHT_2 "\n" RIGHT_3 "\nmore").written);
    cr_assert_not(
        annotate(&overflow, "4000000000 * 4000000000 = 1 (left: 1 24 4000000000)").written);
}

/* --- problems without a line --------------------------------------------------------------- */

/* A problem that a user made without its line fails a call, with a sentence that says so. */
Test(line, without_one_a_call_fails)
{
    struct crux_problem bare = {.id = "bare", .prompt = "Make 24."};
    struct crux_tree tree = {.problem = &bare};
    struct crux_call call = {.count = 1, .tree = &tree, .state = {.problem = &bare}};

    for (enum crux_role role = 0; role < CRUX_ROLE_SUBGOAL; role++) {
        struct crux_critic *critic = open_critic(role);

        call.reply.sentence = NULL;
        cr_expect_eq(critic->port.ask(&critic->port, &call), CRUX_FAILED);
        cr_expect_not_null(strstr(call.reply.sentence, "without its line"));
        crux_critic_close(critic);
    }
}

/* --- the catalogue ------------------------------------------------------------------------- */

/* What cannot be opened is refused with a sentence, and *out is left alone. */
Test(catalogue, bad_descriptions_are_refused)
{
    static const char *const wrong[] = {"", "nobody", "number", "numbers:", "numbers:1"};

    for (int role = 0; role <= CRUX_ROLES; role++) {
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            struct crux_critic *critic = NULL;
            struct crux_error error = {""};

            cr_assert_eq(crux_critic_open(&critic, (enum crux_role)role, wrong[i], NULL, &error),
                         CRUX_INVALID);
            cr_assert_null(critic);
            cr_assert_neq(error.text[0], '\0');
        }
    }
    crux_critic_close(NULL);
}

/* Roles have the names that the command line uses. */
Test(catalogue, roles_have_names)
{
    cr_assert_str_eq(crux_role_name(CRUX_ROLE_OUTCOME), "outcome");
    cr_assert_str_eq(crux_role_name(CRUX_ROLE_EXECUTION), "execution");
    cr_assert_str_eq(crux_role_name(CRUX_ROLE_VALUE), "value");
    cr_assert_str_eq(crux_role_name(CRUX_ROLE_ANNOTATE), "annotate");
    cr_assert_str_eq(crux_role_name(CRUX_ROLE_SUBGOAL), "subgoal");
    cr_assert_str_eq(crux_role_name(CRUX_ROLES), "?");
}

/* --- puzzles -----------------------------------------------------------------------------------
 */

struct tour {
    uint32_t count, stop_after;
    int64_t last[4];
};

static int visit(void *context, const int64_t found[4])
{
    struct tour *tour = context;

    if (tour->count > 0)
        for (int i = 0; i < 4; i++) {
            if (tour->last[i] == found[i])
                continue;
            cr_assert_lt(tour->last[i], found[i]);
            break;
        }
    for (int i = 0; i < 4; i++)
        cr_assert(found[i] >= 1 && found[i] <= 13 && (i == 0 || found[i - 1] <= found[i]));
    memcpy(tour->last, found, sizeof tour->last);
    tour->count++;
    return tour->count == tour->stop_after ? 7 : 0;
}

/* There are 1,362 puzzles with a solution, in order, each once. */
Test(game24, every_puzzle_once)
{
    struct tour tour = {.count = 0};

    cr_assert_eq(crux_game24_each(visit, &tour), 0);
    cr_assert_eq(tour.count, 1362);
    cr_assert_eq(tour.last[0], 12); /* 12 12 12 12; of four 13 nothing makes 24 */
}

/* Whoever has seen enough ends the walk, and gets its own answer back. */
Test(game24, the_walk_can_be_ended)
{
    struct tour tour = {.stop_after = 3};

    cr_assert_eq(crux_game24_each(visit, &tour), 7);
    cr_assert_eq(tour.count, 3);
}
