/*
 * report.c - the figures of a comparison, as JSON and as tables.
 */
#include "io/cli/compare/report.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/cli/terminal.h"
#include "io/passes/figures.h"

/* --- rows ------------------------------------------------------------------------------ */

size_t report_run(const struct report *report, size_t item, size_t budget)
{
    const struct compare_item *first = &report->items->items[report->items->items[item].same];
    size_t i = 0;

    while (i < report->runs->count &&
           (report->runs->items[i].item != first ||
            report->runs->items[i].budget != &report->budgets->items[budget]))
        i++;
    assert(i < report->runs->count);
    return i;
}

size_t report_pick(const struct report *report, size_t item)
{
    const struct compare_items *items = report->items;
    size_t before = 0;

    for (size_t i = 0; i < item; i++)
        before += items->items[i].same == items->items[item].same;
    return before;
}

enum crux_pick_rule report_rule(const struct compare_item *item, const struct compare_run *run)
{
    if (item->rule != COMPARE_USUAL)
        return item->rule;
    return run->votes ? CRUX_PICK_MAJORITY : CRUX_PICK_BEST;
}

static const char *report_unit(const struct compare_budget *budget)
{
    return budget->tokens ? "tokens" : "calls";
}

static const char *report_rule_name(const struct report *report, size_t item)
{
    const struct compare_run *run = &report->runs->items[report_run(report, item, 0)];

    return crux_pick_rule_name(report_rule(&report->items->items[item], run));
}

static struct figures_share report_share(const struct report *report, size_t item, size_t budget)
{
    const struct tally *tally = &report->tallies[report_run(report, item, budget)];

    return figures_wilson(tally->solved[report_pick(report, item)], tally->of);
}

/* Adjusted Wald interval of a difference of paired shares: one is added to each number of problems
 * that only one of the two has solved (Bonett and Price 2012). */
struct report_difference report_compare(const struct report *report, size_t item, size_t against,
                                        size_t budget)
{
    const struct tally *mine = &report->tallies[report_run(report, item, budget)],
                       *other = &report->tallies[report_run(report, against, budget)];
    const bool *right = mine->right[report_pick(report, item)],
               *wrong = other->right[report_pick(report, against)];
    struct figures_share a = report_share(report, item, budget),
                         b = report_share(report, against, budget);
    double only_mine = 0, only_other = 0, of = (double)mine->of, p, q, half;

    for (size_t i = 0; i < report->problems->count; i++) {
        only_mine += right[i] && !wrong[i];
        only_other += wrong[i] && !right[i];
    }
    p = (only_mine + 1) / (of + 2);
    q = (only_other + 1) / (of + 2);
    half = 1.959964 * sqrt((p + q - (p - q) * (p - q)) / (of + 2));
    return (struct report_difference){(only_mine - only_other) / of, fmax(p - q - half, -1.0),
                                      fmin(p - q + half, 1.0), a.low > b.high || b.low > a.high};
}

/* --- for machines ---------------------------------------------------------------------- */

static void put_report_share(struct json *row, uint64_t solved, uint64_t of)
{
    struct figures_share share = figures_wilson(solved, of);

    json_put_count(row, "solved", solved);
    json_put_count(row, "of", of);
    json_put(row, "accuracy", json_of_real(share.value));
    json_put(row, "low", json_of_real(share.low));
    json_put(row, "high", json_of_real(share.high));
}

static struct json *report_share_json(uint64_t solved, uint64_t of)
{
    struct json *object = json_new_object();

    put_report_share(object, solved, of);
    return object;
}

static void put_report_name(struct json *row, const struct report *report, size_t item)
{
    json_put(row, "strategy", json_of_string(report->items->items[item].search));
    json_put(row, "pick", json_of_string(report_rule_name(report, item)));
}

static void put_report_budget(struct json *row, const struct compare_budget *budget)
{
    json_put(row, "unit", json_of_string(report_unit(budget)));
    json_put(row, "budget", json_of_integer(budget->most));
}

static struct json *report_row(const struct report *report, size_t item, size_t budget)
{
    const struct tally *tally = &report->tallies[report_run(report, item, budget)];
    struct json *row = json_new_object();

    put_report_name(row, report, item);
    put_report_budget(row, &report->budgets->items[budget]);
    put_report_share(row, tally->solved[report_pick(report, item)], tally->of);
    json_put(row, "oracle", report_share_json(tally->oracle, tally->of));
    json_put_count(row, "failed", tally->failed);
    json_put_count(row, "calls", tally->calls);
    json_put_count(row, "prompt_tokens", tally->prompt_tokens);
    json_put_count(row, "completion_tokens", tally->completion_tokens);
    json_put(row, "price", json_of_integer(tally->price));
    json_put(row, "seconds", json_of_real((double)tally->search_ns / 1e9));
    return row;
}

static struct json *report_difference_row(const struct report *report, size_t item, size_t budget)
{
    struct report_difference difference = report_compare(report, item, 0, budget);
    struct json *row = json_new_object(), *against = json_new_object();

    put_report_name(row, report, item);
    put_report_name(against, report, 0);
    json_put(row, "against", against);
    put_report_budget(row, &report->budgets->items[budget]);
    json_put(row, "difference", json_of_real(difference.value));
    json_put(row, "low", json_of_real(difference.low));
    json_put(row, "high", json_of_real(difference.high));
    json_put(row, "apart", json_of_bool(difference.apart));
    return row;
}

static struct json *report_gap_row(const struct report *report, size_t run, size_t gap)
{
    const struct tally *tally = &report->tallies[run];
    struct json *row = json_new_object();

    json_put(row, "strategy", json_of_string(report->runs->items[run].item->search));
    put_report_budget(row, report->runs->items[run].budget);
    json_put(row, "answers", json_of_integer(tally->gaps[gap].answers));
    for (int rule = 0; rule < CRUX_PICK_RULES; rule++)
        json_put(row, crux_pick_rule_name((enum crux_pick_rule)rule),
                 report_share_json(tally->gaps[gap].solved[rule], tally->of));
    json_put(row, "oracle", report_share_json(tally->gaps[gap].solved[TALLY_ORACLE], tally->of));
    return row;
}

static struct json *report_gaps_json(const struct report *report)
{
    struct json *rows = json_new_array();

    for (size_t run = 0; run < report->runs->count; run++)
        for (size_t gap = 0; gap < report->tallies[run].gap_count; gap++)
            json_add(rows, report_gap_row(report, run, gap));
    return rows;
}

struct json *report_json(const struct report *report)
{
    struct json *object = json_new_object(), *rows = json_new_array(),
                *differences = json_new_array();

    for (size_t budget = 0; budget < report->budgets->count; budget++)
        for (size_t item = 0; item < report->items->count; item++) {
            json_add(rows, report_row(report, item, budget));
            if (item > 0)
                json_add(differences, report_difference_row(report, item, budget));
        }
    json_put_count(object, "problems", report->problems->count);
    json_put(object, "alpha", json_of_real(report->alpha));
    json_put(object, "results", rows);
    json_put(object, "differences", differences);
    json_put(object, "gaps", report_gaps_json(report));
    return object;
}

/* --- for people ---------------------------------------------------------------------------- */

static void print_report_name(const char *name, int width)
{
    terminal_put(stdout, name, strlen(name));
    (void)printf("%*s", width > (int)strlen(name) ? width - (int)strlen(name) : 0, "");
}

static int report_width(const struct report *report)
{
    size_t width = strlen("strategy");

    for (size_t i = 0; i < report->items->count; i++) {
        size_t length = strlen(report->items->items[i].search);

        width = length > width ? length : width;
    }
    return (int)width;
}

/* Of one problem, on average. */
static double report_mean(const struct report *report, uint64_t sum)
{
    return (double)sum / (double)report->problems->count;
}

static void print_report_row(const struct report *report, size_t item, size_t budget, int width)
{
    const struct tally *tally = &report->tallies[report_run(report, item, budget)];
    struct figures_share share = report_share(report, item, budget),
                         oracle = figures_wilson(tally->oracle, tally->of);

    print_report_name(report->items->items[item].search, width);
    (void)printf("  %-8s  %7" PRIu32 "  %6" PRIu64 " of %" PRIu64 "  %5.1f %% (%.1f .. %.1f)",
                 report_rule_name(report, item), report->budgets->items[budget].most,
                 tally->solved[report_pick(report, item)], tally->of, 100 * share.value,
                 100 * share.low, 100 * share.high);
    (void)printf("  %7.1f calls  %8.0f tokens  %7.3f s  oracle %5.1f %%\n",
                 report_mean(report, tally->calls),
                 report_mean(report, tally->prompt_tokens + tally->completion_tokens),
                 report_mean(report, (uint64_t)tally->search_ns) / 1e9, 100 * oracle.value);
}

static void print_report_difference(const struct report *report, size_t item, size_t budget,
                                    int width)
{
    struct report_difference difference = report_compare(report, item, 0, budget);

    print_report_name(report->items->items[item].search, width);
    (void)printf("  %-8s  %7" PRIu32 "  %+6.1f points (%+.1f .. %+.1f)%s\n",
                 report_rule_name(report, item), report->budgets->items[budget].most,
                 100 * difference.value, 100 * difference.low, 100 * difference.high,
                 difference.apart ? ", intervals apart" : "");
}

static void print_report_differences(const struct report *report, int width)
{
    if (report->items->count < 2)
        return;
    (void)fputs("\ndifference from ", stdout);
    print_report_name(report->items->items[0].search, 0);
    (void)printf(", %s, problem by problem\n", report_rule_name(report, 0));
    for (size_t budget = 0; budget < report->budgets->count; budget++)
        for (size_t item = 1; item < report->items->count; item++)
            print_report_difference(report, item, budget, width);
}

static void print_report_gaps(const struct report *report, size_t run)
{
    const struct tally *tally = &report->tallies[run];

    if (tally->gap_count == 0)
        return;
    (void)fputs("\nselection gap of ", stdout);
    print_report_name(report->runs->items[run].name, 0);
    (void)puts(": solved by picks of the first answers, in %");
    (void)printf("answers");
    for (int rule = 0; rule < CRUX_PICK_RULES; rule++)
        (void)printf("  %8s", crux_pick_rule_name((enum crux_pick_rule)rule));
    (void)puts("    oracle");
    for (size_t i = 0; i < tally->gap_count; i++) {
        (void)printf("%7" PRIu32, tally->gaps[i].answers);
        for (int rule = 0; rule <= TALLY_ORACLE; rule++)
            (void)printf("  %8.1f",
                         100 * figures_wilson(tally->gaps[i].solved[rule], tally->of).value);
        (void)puts("");
    }
}

/* Is there a search with a budget in tokens that nobody has named any to? */
static bool report_lacks_tokens(const struct report *report)
{
    for (size_t budget = 0; budget < report->budgets->count; budget++)
        for (size_t item = 0; item < report->items->count; item++) {
            const struct tally *tally = &report->tallies[report_run(report, item, budget)];

            if (report->budgets->items[budget].tokens &&
                tally->prompt_tokens + tally->completion_tokens == 0)
                return true;
        }
    return false;
}

void report_print(const struct report *report)
{
    int width = report_width(report);

    print_report_name("strategy", width);
    (void)puts("  pick       budget  solved           accuracy (95 %)         each problem");
    for (size_t budget = 0; budget < report->budgets->count; budget++)
        for (size_t item = 0; item < report->items->count; item++)
            print_report_row(report, item, budget, width);
    if (report_lacks_tokens(report))
        (void)puts(
            "\nnobody names tokens here: with --tokens the cost is not equal, --calls makes it so");
    print_report_differences(report, width);
    for (size_t run = 0; run < report->runs->count; run++)
        print_report_gaps(report, run);
}
