/*
 * test_numbers_rules.c - what the referee of the numbers games promises.
 *
 * Chapters: arithmetic, operations, steps as text, the solver. Small puzzles are
 * written out, so that a reader can check them in the head.
 */
#include "critics/numbers/rules.h"
#include "critics/numbers/solver.h"
#include "critics/numbers/text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define MOST INT64_MAX

/* --- fixture --------------------------------------------------------------------- */

static struct numbers_state state_of(uint32_t count, const struct rational *values)
{
    struct numbers_state state;

    memset(&state, 0, sizeof state);
    for (uint32_t i = 0; i < count; i++)
        numbers_insert(&state, values[i]);
    return state;
}

#define STATE(...)                                                                                 \
    state_of((uint32_t)(sizeof(struct rational[]){__VA_ARGS__} / sizeof(struct rational)),         \
             (struct rational[]){__VA_ARGS__})
#define N(value)                                                                                   \
    {                                                                                              \
        (value), 1                                                                                 \
    }
#define FRACTION(a, b)                                                                             \
    {                                                                                              \
        (a), (b)                                                                                   \
    }
#define PROBLEM(goal, all, ...)                                                                    \
    {                                                                                              \
        .target = (goal), .use_all = (all), .numbers = {__VA_ARGS__},                              \
        .count = (uint32_t)(sizeof(int64_t[]){__VA_ARGS__} / sizeof(int64_t))                      \
    }

static const char *print_state(const struct numbers_state *state)
{
    static char text[NUMBERS_STEP_BYTES];
    size_t at = 0;

    text[0] = '\0';
    for (uint32_t i = 0; i < state->count; i++) {
        if (i > 0)
            text[at++] = ' ';
        at += numbers_print_rational(text + at, sizeof text - at, state->left[i]);
    }
    return text;
}

static void insist_state(const struct numbers_state *state, const char *expected)
{
    cr_assert_str_eq(print_state(state), expected);
}

static void insist_result(struct rational a, char sign, struct rational b, const char *expected)
{
    struct numbers_operation operation = {.a = a, .b = b, .sign = sign};
    char text[64];

    cr_assert_eq(numbers_compute(&operation), NUMBERS_LEGAL);
    (void)numbers_print_rational(text, sizeof text, operation.result);
    cr_assert_str_eq(text, expected);
}

static enum numbers_fault compute(struct rational a, char sign, struct rational b)
{
    struct numbers_operation operation = {.a = a, .b = b, .sign = sign};

    return numbers_compute(&operation);
}

/* What the referee says of a step's text; a legal one is applied, any other leaves the
 * state as it was. */
static enum numbers_fault step(struct numbers_state *state, const char *text)
{
    struct numbers_operation operation;
    struct numbers_state before = *state;
    enum numbers_fault fault = numbers_step(state, text, strlen(text), &operation);

    if (fault != NUMBERS_LEGAL)
        cr_assert(numbers_same(state, &before), "`%s` was refused and yet applied", text);
    return fault;
}

static void insist_fault(const struct numbers_state *state, const char *text,
                         enum numbers_fault expected)
{
    struct numbers_state copy = *state;
    enum numbers_fault fault = step(&copy, text);

    cr_assert_eq(fault, expected, "`%s`: expected %s, found %s", text, numbers_fault_name(expected),
                 numbers_fault_name(fault));
}

/* --- arithmetic ------------------------------------------------------------------- */

/* Every result is reduced, with the sign above the line. */
Test(numbers_rules, results_are_reduced)
{
    insist_result((struct rational)N(10), '-', (struct rational)N(4), "6");
    insist_result((struct rational)N(4), '-', (struct rational)N(10), "-6");
    insist_result((struct rational)N(8), '/', (struct rational)N(3), "8/3");
    insist_result((struct rational)N(3), '/', (struct rational)N(-6), "-1/2");
    insist_result((struct rational)FRACTION(8, 3), '*', (struct rational)N(3), "8");
    insist_result((struct rational)FRACTION(1, 3), '+', (struct rational)FRACTION(1, 6), "1/2");
    insist_result((struct rational)N(0), '/', (struct rational)N(-7), "0");
}

/* Division by zero is a fault of its own. */
Test(numbers_rules, division_by_zero_is_a_fault_of_its_own)
{
    cr_assert_eq(compute((struct rational)N(4), '/', (struct rational)N(0)), NUMBERS_DIVISION);
    cr_assert_eq(compute((struct rational)N(0), '/', (struct rational)N(0)), NUMBERS_DIVISION);
}

/* What does not fit into 64 bits is refused, never rounded or wrapped. */
Test(numbers_rules, overflow_is_refused)
{
    cr_assert_eq(compute((struct rational)N(MOST), '+', (struct rational)N(1)), NUMBERS_OVERFLOW);
    cr_assert_eq(compute((struct rational)N(-MOST), '-', (struct rational)N(1)), NUMBERS_OVERFLOW);
    cr_assert_eq(compute((struct rational)N(MOST), '*', (struct rational)N(2)), NUMBERS_OVERFLOW);
    cr_assert_eq(compute((struct rational)FRACTION(1, MOST), '/', (struct rational)N(3)),
                 NUMBERS_OVERFLOW);
}

/* A result that fits is found although its way there does not fit. */
Test(numbers_rules, what_fits_once_reduced_is_legal)
{
    insist_result((struct rational)FRACTION(MOST, 3), '*', (struct rational)FRACTION(3, MOST), "1");
    insist_result((struct rational)FRACTION(-MOST, 2), '/', (struct rational)N(MOST), "-1/2");
}

/* --- problems and operations --------------------------------------------------------- */

/* A problem's numbers are sorted, and one without usable numbers says so. */
Test(numbers_rules, a_problem_begins_sorted)
{
    struct numbers_problem problem = PROBLEM(24, true, 9, 4, 13, 10);
    struct numbers_problem extreme = PROBLEM(24, true, INT64_MIN, 2);
    struct numbers_problem none = {.target = 24};
    struct numbers_state state;

    cr_assert(numbers_begin(&problem, &state));
    insist_state(&state, "4 9 10 13");
    cr_assert_not(numbers_begin(&extreme, &state));
    cr_assert_not(numbers_begin(&none, &state));
}

/* With every number to be used, only the last one left decides; else any does. */
Test(numbers_rules, the_end_depends_on_the_rule)
{
    struct numbers_problem all = PROBLEM(24, true, 1, 24), any = PROBLEM(24, false, 1, 24);
    struct numbers_state two = STATE(N(1), N(24)), hit = STATE(N(24)), miss = STATE(N(23));

    cr_assert_not(numbers_reached(&all, &two));
    cr_assert_not(numbers_complete(&all, &two));
    cr_assert(numbers_reached(&any, &two));
    cr_assert(numbers_complete(&any, &two));
    cr_assert(numbers_reached(&all, &hit));
    cr_assert(numbers_complete(&all, &miss));
    cr_assert_not(numbers_reached(&all, &miss));
    cr_assert_not(numbers_reached(&any, &miss));
}

/* Two different numbers have six operations; equal ones four, and zero divides nothing. */
Test(numbers_rules, every_legal_operation_is_listed_once)
{
    struct numbers_state different = STATE(N(4), N(6)), equal = STATE(N(5), N(5), N(5));
    struct numbers_state zeros = STATE(N(0), N(0)), zero = STATE(N(0), N(3));
    struct numbers_operation legal[NUMBERS_LEGAL_MOST];

    cr_assert_eq(numbers_legal(&different, legal), 6);
    cr_assert_eq(numbers_legal(&equal, legal), 4);
    cr_assert_eq(numbers_legal(&zeros, legal), 3);
    cr_assert_eq(numbers_legal(&zero, legal), 5);
}

/* Six different numbers have ninety steps, and no two of them read the same. */
Test(numbers_rules, steps_of_a_state_differ_in_text)
{
    struct numbers_state state = STATE(N(2), N(3), N(5), N(7), N(11), N(13));
    struct numbers_operation legal[NUMBERS_LEGAL_MOST];
    static char texts[NUMBERS_LEGAL_MOST][NUMBERS_STEP_BYTES];
    uint32_t count = numbers_legal(&state, legal);

    cr_assert_eq(count, NUMBERS_LEGAL_MOST);
    for (uint32_t i = 0; i < count; i++) {
        struct numbers_state after = state;

        numbers_apply(&after, &legal[i]);
        (void)numbers_print_step(texts[i], &legal[i], &after);
        for (uint32_t j = 0; j < i; j++)
            cr_assert_str_neq(texts[i], texts[j]);
    }
}

/* --- steps as text ----------------------------------------------------------------------- */

/* Whatever is printed is read again and does the same. */
Test(numbers_rules, what_is_printed_can_be_read)
{
    struct numbers_state state = STATE(FRACTION(-8, 3), N(-2), N(0), FRACTION(1, 7), N(13), N(13));
    struct numbers_operation legal[NUMBERS_LEGAL_MOST];
    uint32_t count = numbers_legal(&state, legal);

    for (uint32_t i = 0; i < count; i++) {
        struct numbers_state after = state, read = state;
        char text[NUMBERS_STEP_BYTES];
        size_t length;

        numbers_apply(&after, &legal[i]);
        length = numbers_print_step(text, &legal[i], &after);
        cr_assert_eq(length, strlen(text));
        cr_assert_eq(step(&read, text), NUMBERS_LEGAL, "`%s`", text);
        cr_assert(numbers_same(&read, &after), "`%s`", text);
    }
}

/* A step is written exactly so. */
Test(numbers_rules, a_step_is_written_so)
{
    struct numbers_state state = STATE(N(4), N(9), N(10), N(13));

    cr_assert_eq(step(&state, "13 - 9 = 4 (left: 4 4 10)"), NUMBERS_LEGAL);
    cr_assert_eq(step(&state, "4 / 10 = 2/5 (left: 2/5 4)"), NUMBERS_LEGAL);
    cr_assert_eq(step(&state, "2/5 - 4 = -18/5 (left: -18/5)"), NUMBERS_LEGAL);
    insist_state(&state, "-18/5");
}

/* The two operands may stand in either order, also where that changes nothing. */
Test(numbers_rules, operands_stand_in_any_order)
{
    struct numbers_state state = STATE(N(4), N(6));

    insist_fault(&state, "4 + 6 = 10 (left: 10)", NUMBERS_LEGAL);
    insist_fault(&state, "6 + 4 = 10 (left: 10)", NUMBERS_LEGAL);
}

/* The largest numbers that fit are written and read like any other. */
Test(numbers_rules, the_largest_numbers_are_read)
{
    struct numbers_state state = STATE(N(1000000), N(1000000000000), N(7));

    insist_fault(&state,
                 "1000000000000 * 1000000 = 1000000000000000000 (left: 7 1000000000000000000)",
                 NUMBERS_LEGAL);
    insist_fault(&state, "9223372036854775807 + 7 = 1 (left: 1 1)", NUMBERS_NOT_AVAILABLE);
    insist_fault(&state, "9223372036854775808 + 7 = 1 (left: 1 1)", NUMBERS_MALFORMED);
}

/* The longest step that can be written at all has room. */
Test(numbers_rules, the_longest_step_has_room)
{
    struct rational longest = {-MOST, MOST - 1};
    struct numbers_operation operation = {longest, longest, longest, '+'};
    struct numbers_state state =
        STATE(FRACTION(-MOST, MOST - 1), FRACTION(-MOST, MOST - 1), FRACTION(-MOST, MOST - 1),
              FRACTION(-MOST, MOST - 1), FRACTION(-MOST, MOST - 1), FRACTION(-MOST, MOST - 1));
    char text[NUMBERS_STEP_BYTES];

    cr_assert_eq(numbers_print_step(text, &operation, &state), strlen(text));
    insist_fault(&state, text, NUMBERS_WRONG_RESULT);
}

/* Every way to write a step otherwise is malformed. */
Test(numbers_rules, other_writing_is_malformed)
{
    static const char *const texts[] = {
        "",
        "-",
        "10",
        "10 ",
        "10-4=6 (left: 6 9)",
        "10 ^ 4 = 6 (left: 6 9)",
        "10 -4 = 6 (left: 6 9)",
        "10 - ",
        "10 - x = 6 (left: 6 9)",
        "10 - 4",
        "10 - 4 6",
        "10 - 4 = ",
        "10 - 4 = six (left: 6 9)",
        "10 - 4 = 6",
        "10 - 4 = 6(left: 6 9)",
        "10 - 4 = 6 left: 6 9",
        "10 - 4 = 6 (left 6 9)",
        "10 - 4 = 6 (left:6 9)",
        "10 - 4 = 6 (left: 6  9)",
        "10 - 4 = 6 (left: 6, 9)",
        "10 - 4 = 6 (left: 6 9",
        "10 - 4 = 6 (left: 6 9) ",
        "10 - 4 = 6 (left: 6 9))",
        "10 - 4 = 6 (left: 1 2 3 4 5 6 7)",
        " 10 - 4 = 6 (left: 6 9)",
        "+10 - 4 = 6 (left: 6 9)",
        "010 - 4 = 6 (left: 6 9)",
        "10/1 - 4 = 6 (left: 6 9)",
        "20/2 - 4 = 6 (left: 6 9)",
        "10/0 - 4 = 6 (left: 6 9)",
        "10/ - 4 = 6 (left: 6 9)",
        "10/-1 - 4 = 6 (left: 6 9)",
        "10.0 - 4 = 6 (left: 6 9)",
        "10 - 4 = 12/2 (left: 6 9)",
        "10 - 4 = 6 (left: 12/2 9)",
        "10 - 4 = 2/4 (left: 6 9)",
        "10 - 4 = -0 (left: 6 9)",
        "--10 - 4 = 6 (left: 6 9)",
        "10 - 4 = 99999999999999999999 (left: 6 9)",
        "10 - 4 = 6 (left: 6 9) 6 - 9 = -3 (left: -3)",
    };
    struct numbers_state state = STATE(N(4), N(9), N(10));

    insist_fault(&state, "10 - 4 = 6 (left: 6 9)", NUMBERS_LEGAL);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        insist_fault(&state, texts[i], NUMBERS_MALFORMED);
}

/* Text is as long as is said: a byte of zero in it is not its end. */
Test(numbers_rules, a_zero_byte_is_malformed)
{
    static const char text[] = "10 \0 4 = 6 (left: 6 9)";
    struct numbers_state state = STATE(N(4), N(9), N(10));
    struct numbers_operation operation;

    cr_assert_eq(numbers_step(&state, text, sizeof text - 1, &operation), NUMBERS_MALFORMED);
}

/* No beginning of a step is a step. */
Test(numbers_rules, a_step_cut_short_is_malformed)
{
    static const char text[] = "10 - 4 = 6 (left: 6 9)";
    struct numbers_state state = STATE(N(4), N(9), N(10));
    struct numbers_operation operation;

    for (size_t length = 0; length < sizeof text - 1; length++)
        cr_assert_eq(numbers_step(&state, text, length, &operation), NUMBERS_MALFORMED, "%zu bytes",
                     length);
}

/* A number that is not left, or is there once and used twice, is not available. */
Test(numbers_rules, numbers_must_be_there)
{
    struct numbers_state state = STATE(N(4), N(9), N(10));

    insist_fault(&state, "8 - 4 = 4 (left: 4 9)", NUMBERS_NOT_AVAILABLE);
    insist_fault(&state, "4 + 8 = 12 (left: 9 12)", NUMBERS_NOT_AVAILABLE);
    insist_fault(&state, "4 + 4 = 8 (left: 8 9 10)", NUMBERS_NOT_AVAILABLE);
}

/* The result is computed again, and so are the numbers left. */
Test(numbers_rules, sums_are_checked)
{
    struct numbers_state state = STATE(N(0), N(4), N(9));

    insist_fault(&state, "9 - 4 = 6 (left: 0 6)", NUMBERS_WRONG_RESULT);
    insist_fault(&state, "9 / 4 = 2 (left: 0 2)", NUMBERS_WRONG_RESULT);
    insist_fault(&state, "9 - 4 = 5 (left: 0 6)", NUMBERS_WRONG_LEFT);
    insist_fault(&state, "9 - 4 = 5 (left: 5)", NUMBERS_WRONG_LEFT);
    insist_fault(&state, "9 - 4 = 5 (left: 5 0)", NUMBERS_WRONG_LEFT);
    insist_fault(&state, "9 - 4 = 5 (left: 0 5 9)", NUMBERS_WRONG_LEFT);
    insist_fault(&state, "9 - 4 = 5 (left:)", NUMBERS_WRONG_LEFT);
    insist_fault(&state, "9 / 0 = 0 (left: 0 4)", NUMBERS_DIVISION);
}

/* Exact arithmetic that runs out of bits is neither right nor wrong. */
Test(numbers_rules, an_overflow_is_told_apart)
{
    struct numbers_state state = STATE(N(4000000000), N(4000000000), N(4));

    insist_fault(&state, "4000000000 * 4000000000 = 1 (left: 1 4)", NUMBERS_OVERFLOW);
}

/* Nothing can follow when one number is left. */
Test(numbers_rules, nothing_follows_the_end)
{
    struct numbers_state state = STATE(N(24));

    insist_fault(&state, "24 + 0 = 24 (left: 24)", NUMBERS_AFTER_END);
    insist_fault(&state, "nonsense", NUMBERS_MALFORMED);
}

/* Faults have names, each its own. */
Test(numbers_rules, faults_have_names)
{
    for (int i = 0; i < NUMBERS_FAULTS; i++)
        for (int j = 0; j < i; j++)
            cr_assert_str_neq(numbers_fault_name((enum numbers_fault)i),
                              numbers_fault_name((enum numbers_fault)j));
    cr_assert_str_eq(numbers_fault_name(NUMBERS_FAULTS), "?");
}

/* A step says itself what it leaves; that is read in any order, and no other way. */
Test(numbers_rules, a_step_says_what_is_left)
{
    static const char *const without[] = {
        "", "6", "(left:)", "(left: )", "(left: x)", "(left: 6) ", "10 - 4 = 6 [left: 6]"};
    static const char text[] = "any words (left: 9 6 -8/3)";
    struct numbers_state state;

    cr_assert(numbers_left_of(text, strlen(text), &state));
    insist_state(&state, "-8/3 6 9");
    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        cr_assert_not(numbers_left_of(without[i], strlen(without[i]), &state), "`%s`", without[i]);
}

/* --- the solver ------------------------------------------------------------------------------ */

static enum numbers_reach reach(const struct numbers_problem *problem,
                                struct numbers_operation *first)
{
    struct numbers_solver *solver = numbers_solver_open(problem);
    struct numbers_state state;
    enum numbers_reach answer;

    cr_assert(solver != NULL && numbers_begin(problem, &state));
    answer = numbers_reach(solver, &state, first);
    numbers_solver_close(solver);
    return answer;
}

/* Hard puzzles have a way, impossible ones have none. */
Test(numbers_solver, it_knows_what_can_be_made)
{
    struct numbers_problem hard = PROBLEM(24, true, 3, 3, 8, 8),
                           ones = PROBLEM(24, true, 1, 1, 1, 1);
    struct numbers_problem done = PROBLEM(24, true, 24), other = PROBLEM(24, true, 23);

    cr_assert_eq(reach(&hard, NULL), NUMBERS_YES);
    cr_assert_eq(reach(&ones, NULL), NUMBERS_NO);
    cr_assert_eq(reach(&done, NULL), NUMBERS_YES);
    cr_assert_eq(reach(&other, NULL), NUMBERS_NO);
}

/* What need not be used may be left over. */
Test(numbers_solver, the_rule_matters)
{
    struct numbers_problem any = PROBLEM(24, false, 4, 6, 1000), all = any;

    all.use_all = true;
    cr_assert_eq(reach(&any, NULL), NUMBERS_YES);
    cr_assert_eq(reach(&all, NULL), NUMBERS_NO);
}

/* Its first step begins a shortest way, which following it to the end shows. */
Test(numbers_solver, its_steps_lead_to_the_target)
{
    struct numbers_problem problem = PROBLEM(952, false, 25, 50, 75, 100, 3, 6);
    struct numbers_solver *solver = numbers_solver_open(&problem);
    struct numbers_state state;
    uint32_t steps = 0;

    cr_assert(numbers_begin(&problem, &state));
    while (!numbers_reached(&problem, &state)) {
        struct numbers_operation first;

        cr_assert_eq(numbers_reach(solver, &state, &first), NUMBERS_YES);
        numbers_apply(&state, &first);
        steps++;
    }
    cr_assert_leq(steps, 5);
    numbers_solver_close(solver);
}

/* One operation is enough where one is enough. */
Test(numbers_solver, the_shortest_way_is_found)
{
    struct numbers_problem problem = PROBLEM(150, false, 1, 2, 3, 50, 100);
    struct numbers_operation first;

    cr_assert_eq(reach(&problem, &first), NUMBERS_YES);
    cr_assert_eq(first.result.over, 150);
    cr_assert_eq(first.result.under, 1);
}

/* The same question has the same answer, whatever was asked before. */
Test(numbers_solver, memory_changes_no_answer)
{
    struct numbers_problem problem = PROBLEM(24, true, 4, 9, 10, 13);
    struct numbers_solver *solver = numbers_solver_open(&problem);
    struct numbers_operation fresh, again;
    struct numbers_state state, other = STATE(N(1), N(5), N(7), N(11));

    cr_assert_eq(reach(&problem, &fresh), NUMBERS_YES);
    cr_assert(numbers_begin(&problem, &state));
    (void)numbers_reach(solver, &other, NULL);
    cr_assert_eq(numbers_reach(solver, &state, NULL), NUMBERS_YES);
    cr_assert_eq(numbers_reach(solver, &state, &again), NUMBERS_YES);
    cr_assert_eq(memcmp(&fresh.a, &again.a, sizeof fresh.a), 0);
    cr_assert_eq(memcmp(&fresh.b, &again.b, sizeof fresh.b), 0);
    cr_assert_eq(fresh.sign, again.sign);
    numbers_solver_close(solver);
}

/* Where arithmetic ran out of bits and no way was found, it does not know. */
Test(numbers_solver, an_overflow_leaves_it_unknown)
{
    const int64_t large = 4000000000;
    struct numbers_problem stuck = PROBLEM(24, true, large, large, large);
    struct numbers_problem fine = PROBLEM(1, true, large, large);

    cr_assert_eq(reach(&stuck, NULL), NUMBERS_UNKNOWN);
    cr_assert_eq(reach(&fine, NULL), NUMBERS_YES);
}

/* Nothing at all is fine to close. */
Test(numbers_solver, closing_nothing_is_fine)
{
    numbers_solver_close(NULL);
}
