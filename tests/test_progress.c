/*
 * test_progress.c - what progress.h, live.h, estimate.h and pace.h promise.
 */
#include "io/cli/progress.h"

#include <criterion/criterion.h>
#include <string.h>

#include "io/cli/columns.h"
#include "io/cli/pace.h"

#define SECOND_NS INT64_C(1000000000)

/* As long for each of the rest as for each that is done. */
Test(progress, time_left)
{
    cr_assert_eq(progress_left_ns(10 * SECOND_NS, 5, 20), 30 * SECOND_NS);
    cr_assert_eq(progress_left_ns(10 * SECOND_NS, 20, 20), 0);
    cr_assert_eq(progress_left_ns(10 * SECOND_NS, 0, 20), 0);
}

/* Of a run whose clock went back nothing is known: neither its time nor less than nothing. */
Test(progress, a_clock_that_went_back)
{
    const struct estimate_known known = {.problems = 20,
                                         .done = 5,
                                         .begun = 3,
                                         .budget = 40,
                                         .spent = 200,
                                         .earned = 200,
                                         .done_spent = 150,
                                         .done_squares = 4600,
                                         .seconds = -301293913.0};
    struct estimate left;

    cr_assert_eq(progress_left_ns(-301293913 * SECOND_NS, 5, 20), 0);
    cr_assert_eq(progress_left_ns(0, 5, 20), 0);
    estimate_left(&left, &known);
    cr_assert_not(left.known);
}

/* --- estimates ---------------------------------------------------------------------------- */

static struct estimate_known fresh(void)
{
    return (struct estimate_known){.problems = 100,
                                   .begun = 10,
                                   .budget = 40,
                                   .spent = 100,
                                   .earned = 100,
                                   .seconds = 10,
                                   .calls = 200,
                                   .tokens = 50000,
                                   .price = 1000};
}

/* While none is done: those begun have taken 10 each, so 90 more take 900 at least; and all take
 * their budget at most. */
Test(estimate, before_a_problem_is_done)
{
    const struct estimate_known known = fresh();
    struct estimate left;

    estimate_left(&left, &known);
    cr_assert(left.known);
    cr_assert_float_eq(left.seconds.low, 90.0, 1e-9);
    cr_assert_float_eq(left.seconds.high, (100 * 40 - 100) / 10.0, 1e-9);
    cr_assert_float_eq(left.calls.low, 1800.0, 1e-9);
    cr_assert_float_eq(left.tokens.low, 450000.0, 1e-6);
    cr_assert_float_eq(left.price.high, 39000.0, 1e-6);
}

/* The mean of those seen lies between what they have taken and that with the budgets of the open
 * ones; the error is that of a sum foretold. */
Test(estimate, a_range_around_the_mean)
{
    struct estimate_known known = fresh();
    struct estimate left;

    known.done = 40;
    known.spent = 40 * 30 + 10 * 10;
    known.earned = known.spent;
    known.done_spent = 40 * 30;
    known.done_squares = 40 * 900 + 39 * 4; /* a standard deviation of 2 */
    known.seconds = 130;
    estimate_left(&left, &known);
    cr_assert(left.known);
    /* 50 wait; the error is 2 * 2 * sqrt(50 + 2500 / 50) = 40; the pace is 10 */
    cr_assert_float_eq(left.seconds.low, (50 * 26.0 - 40) / 10, 1e-6);
    cr_assert_float_eq(left.seconds.high, (50 * 32.0 + 40 + 300) / 10, 1e-6);
}

/* Never more than the budget, never less than nothing. */
Test(estimate, within_the_budget)
{
    struct estimate_known known = fresh();
    struct estimate left;

    known.done = 2;
    known.begun = 1;
    known.spent = known.earned = 45;
    known.done_spent = 41;
    known.done_squares = 40 * 40 + 1; /* as different as can be */
    estimate_left(&left, &known);
    cr_assert(left.known);
    cr_assert_float_eq(left.calls.low, 0.0, 1e-9);
    cr_assert_float_eq(left.calls.high, (97 * 40 + 36) * 200.0 / 45, 1e-6);
}

/* A session that came to a halt, and one that has just become faster. */
Test(estimate, two_paces)
{
    struct estimate_known known = fresh();
    struct estimate even, uneven;

    estimate_left(&even, &known);
    known.pace = 5;
    estimate_left(&uneven, &known);
    cr_assert_float_eq(uneven.seconds.high, 2 * even.seconds.high, 1e-6);
    cr_assert_float_eq(uneven.seconds.low, even.seconds.low, 1e-6);
    known.pace = 20;
    estimate_left(&uneven, &known);
    cr_assert_float_eq(uneven.seconds.high, even.seconds.high, 1e-6);
    cr_assert_float_eq(uneven.seconds.low, even.seconds.low / 2, 1e-6);
}

/* What the ledger knew took no time: it shortens what is left, and says nothing of the pace. */
Test(estimate, what_was_known_before)
{
    struct estimate_known known = fresh();
    struct estimate left;

    known.earned = 20;
    estimate_left(&left, &known);
    cr_assert_float_eq(left.seconds.low, 900 / 2.0, 1e-6);
    known.earned = 7;
    estimate_left(&left, &known);
    cr_assert_not(left.known);
}

Test(estimate, too_little_is_known)
{
    struct estimate_known known = fresh();
    struct estimate left;

    known.seconds = 1.9;
    estimate_left(&left, &known);
    cr_assert_not(left.known);
    known = fresh();
    known.budget = 0; /* and none is done */
    estimate_left(&left, &known);
    cr_assert_not(left.known);
    known.begun = 0;
    known.budget = 40;
    estimate_left(&left, &known);
    cr_assert_not(left.known);
}

/* Without a budget the open ones are taken to go on as all work so far makes for each that is done.
 */
Test(estimate, without_a_budget)
{
    struct estimate_known known = fresh();
    struct estimate left;

    known.budget = 0;
    known.done = 10;
    known.done_spent = 50;
    known.done_squares = 250; /* 5 each */
    estimate_left(&left, &known);
    cr_assert(left.known);
    cr_assert_float_eq(left.seconds.low, 80 * 5.0 / 10, 1e-6);
    cr_assert_float_eq(left.seconds.high, (80 * (50.0 + 100) / 20 + 50) / 10, 1e-6);
}

Test(estimate, all_is_done)
{
    const struct estimate_known known = {.problems = 5, .done = 5};
    struct estimate left;

    estimate_left(&left, &known);
    cr_assert(left.known);
    cr_assert_float_eq(left.seconds.high, 0.0, 1e-9);
    estimate_items(&left, &known);
    cr_assert(left.known);
}

Test(estimate, items)
{
    const struct estimate_known known = {
        .problems = 100, .done = 25, .seconds = 50, .pace = 1, .calls = 50};
    struct estimate left;

    estimate_items(&left, &known);
    cr_assert(left.known);
    cr_assert_float_eq(left.seconds.low, 75.0, 1e-9);
    cr_assert_float_eq(left.seconds.high, 150.0, 1e-9);
    cr_assert_float_eq(left.calls.high, 150.0, 1e-9);
}

/* --- paces -------------------------------------------------------------------------------- */

Test(pace, of_the_last_half_minute)
{
    struct pace pace = {.count = 0};

    cr_assert_float_eq(pace_of(&pace), 0.0, 1e-9);
    pace_note(&pace, 0, 0);
    cr_assert_float_eq(pace_of(&pace), 0.0, 1e-9);
    pace_note(&pace, SECOND_NS, 10);
    cr_assert_float_eq(pace_of(&pace), 10.0, 1e-9);
    for (int i = 2; i <= 100; i++)
        pace_note(&pace, i * SECOND_NS, 10.0 + i);
    cr_assert_float_eq(pace_of(&pace), 1.0, 1e-9);
    pace_note(&pace, 100 * SECOND_NS, 110);
    for (int i = 0; i < PACE_KEPT; i++)
        pace_note(&pace, 101 * SECOND_NS, 200);
    cr_assert_float_eq(pace_of(&pace), 0.0, 1e-9);
}

/* --- the line ----------------------------------------------------------------------------- */

static struct live busy(void)
{
    return (struct live){
        .done = 412,
        .problems = 1362,
        .calls = 51233,
        .known = 320,
        .in_flight = 64,
        .failed = 2,
        .pairs = 2100,
        .tokens = 900000,
        .price = INT64_C(3100000000),
        .tokens_a_second = 812.4,
        .simulations = 100000,
        .heard = {.faults = {[SERVED_BUSY] = 9, [SERVED_EMPTY] = 3},
                  .continued = 40,
                  .restarts = 3},
        .left = {.known = true,
                 .seconds = {730, 940},
                 .tokens = {1.24e6, 1.5e6},
                 .price = {4.1e9, 5.2e9}},
    };
}

static void line_is(const struct live *live, size_t width, const char *expected)
{
    char line[LIVE_LINE];

    live_line(line, live, width);
    cr_assert_str_eq(line, expected);
    cr_assert(width == 0 || columns_of(line) <= width);
}

Test(live, golden_lines)
{
    struct live live = busy();

    line_is(&live, 0,
            "412/1362 problems  12:10 .. 15:40 left  51233 calls  64 in flight  2 failed  "
            "refused 12 (busy 9, empty 3)  812 tokens/s  2100 pairs  price 3.1, 4.1 .. 5.2 to the "
            "end  restarts 3/40  320 from the ledger  1.2M .. 1.5M tokens to the end");
    line_is(&live, 120,
            "412/1362 problems  12:10 .. 15:40 left  51233 calls  64 in flight  2 failed  "
            "refused 12  812 tokens/s  2100 pairs");
    line_is(&live, 80,
            "412/1362 problems  12:10 .. 15:40 left  51233 calls  64 in flight  2 failed");
    line_is(&live, 60, "412/1362 problems  12:10 .. 15:40 left  51233 calls");
    line_is(&live, 40, "412/1362 problems  12:10 .. 15:40 left");
    line_is(&live, 20, "412/1362 problems");
    line_is(&live, 8, "412/1362");
    line_is(&live, 1, "4");
    live.unsent = 44;
    line_is(&live, 0,
            "412/1362 problems  12:10 .. 15:40 left  51233 calls  64 in flight (44 not sent yet)  "
            "2 failed  refused 12 (busy 9, empty 3)  812 tokens/s  2100 pairs  price 3.1, 4.1 .. "
            "5.2 to the end  restarts 3/40  320 from the ledger  1.2M .. 1.5M tokens to the end");
    live = (struct live){.problems = 3, .noun = "trees"};
    line_is(&live, 0, "0/3 trees  ? left  0 in flight");
}

/* What is not known yet, or is in no doubt. */
Test(live, lines_of_little_and_of_certainty)
{
    struct live live = {.problems = 3, .simulations = 70, .simulations_a_second = 12000};

    line_is(&live, 0, "0/3 problems  ? left  0 in flight  12k simulations/s");
    live.tokens = 900;
    live.tokens_a_second = 90;
    live.price = 1500000000;
    line_is(&live, 0, "0/3 problems  ? left  0 in flight  90 tokens/s  price 1.5");
    live.left = (struct estimate){
        .known = true, .seconds = {60, 60}, .tokens = {5000, 5000}, .price = {2e9, 2e9}};
    line_is(&live, 0,
            "0/3 problems  1:00 left  0 in flight  90 tokens/s  price 1.5, 2 .. 2 to the end  "
            "5000 tokens to the end");
    live.tokens = 0;
    line_is(&live, 0,
            "0/3 problems  1:00 left  0 in flight  12k simulations/s  price 1.5, 2 .. 2 to the "
            "end");
}

/* The highest numbers that there are have room, or what is behind them is left out. */
Test(live, numbers_without_end)
{
    struct live live = busy();
    char line[LIVE_LINE];

    live.done = live.problems = live.calls = live.known = live.in_flight = live.failed = UINT64_MAX;
    live.unsent = live.pairs = live.tokens = UINT64_MAX;
    live.heard.continued = live.heard.restarts = UINT64_MAX;
    live.noun = "things whose name is as long as the name of a thing can be, and longer than any";
    for (int i = 0; i < SERVED_FAULTS; i++)
        live.heard.faults[i] = UINT64_MAX / SERVED_FAULTS;
    for (size_t width = 0; width < 2 * LIVE_LINE; width += width < 3 ? 1 : 97) {
        live_line(line, &live, width);
        cr_assert_lt(strlen(line), LIVE_LINE);
        cr_assert(width == 0 || strlen(line) <= width, "%zu: %s", width, line);
        cr_assert(width > 0 || strncmp(line, "18446744073709551615/", 21) == 0, "%s", line);
    }
}

/* Each narrower line has a part less and no other, whatever there is to tell. */
Test(live, parts_go_in_a_fixed_order)
{
    const struct live live = busy();
    char wider[LIVE_LINE], line[LIVE_LINE];

    live_line(wider, &live, 0);
    for (size_t width = strlen(wider); width > 20; width--) {
        live_line(line, &live, width);
        cr_assert_leq(strlen(line), strlen(wider));
        cr_assert_leq(columns_of(line), width);
        for (char *part = strtok(line, " "); part != NULL; part = strtok(NULL, " "))
            cr_assert_not_null(strstr(wider, part), "%zu: %s", width, part);
        live_line(wider, &live, width);
    }
}

Test(live, durations)
{
    struct estimate left = {.known = true, .seconds = {62, 62}};
    char text[72];

    live_duration(text, sizeof text, &left);
    cr_assert_str_eq(text, "1:02");
    left.seconds.high = 1e300;
    live_duration(text, sizeof text, &left);
    cr_assert_str_eq(text, "?");
    left.known = false;
    live_duration(text, sizeof text, &left);
    cr_assert_str_eq(text, "?");
}

/* What is told to other processes says the same as what is told to people. */
Test(live, there_and_back)
{
    const struct live live = busy();
    struct json *object = live_json(&live), *parsed = NULL;
    char *text = json_text(object, false), there[LIVE_LINE], back[LIVE_LINE];
    struct live read;

    cr_assert_eq(json_parse(&parsed, text, strlen(text), NULL), CRUX_OK);
    live_of_json(&read, parsed);
    live_line(there, &live, 0);
    live_line(back, &read, 0);
    cr_assert_str_eq(back, there);
    json_free(object);
    json_free(parsed);
    free(text);
}

/* Whatever stands there: nothing below nothing, and no number that is none. */
Test(live, strange_json)
{
    static const char *const texts[] = {
        "{}",
        "[1]",
        "3",
        "null",
        "{\"done\": -5, \"calls\": \"many\", \"tokens_per_second\": -1.5, \"refused\": 7}",
        "{\"left\": {\"seconds\": [-1, 1e999]}, \"refused\": {\"busy\": -3}}",
        "{\"left\": [], \"problems\": 1.5}"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct json *object = NULL;
        char line[LIVE_LINE];
        struct live live;

        (void)json_parse(&object, texts[i], strlen(texts[i]), NULL);
        live_of_json(&live, object);
        live_line(line, &live, 0);
        cr_assert_str_eq(line, i == 5 && live.left.known ? "0/0 problems  0:00 left  0 in flight"
                                                         : "0/0 problems  ? left  0 in flight");
        json_free(object);
    }
}
