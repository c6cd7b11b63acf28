/*
 * report.h - what is said of a comparison: rows for people and machines, and two pictures.
 *
 *     a row         one strategy and pick at one budget: solved, of, accuracy with Wilson's
 *                   interval, cost, and the oracle of the same answers
 *     a difference  of a row from that of the first item at the same budget, problem by problem
 *                   (interval of Bonett and Price 2012); apart: the two rows' intervals do not meet
 *     a gap         picks and oracle over the first answers of a search (tally.h)
 *
 * Cost is that of the finished trees: policy calls; tokens and price of policies and critics, as
 * their replies name them, whether they were paid now or lay in the ledger; seconds from a tree's
 * first descent to its end.
 *
 * Ownership. Results borrow all they name; what is returned is the caller's to free.
 * Threads.   One at a time.
 */
#ifndef IO_CLI_COMPARE_REPORT_H
#define IO_CLI_COMPARE_REPORT_H

#include "io/cli/compare/runs.h"
#include "io/cli/compare/tally.h"
#include "io/json.h"

struct report {
    const struct compare_items *items;
    const struct compare_budgets *budgets;
    const struct compare_runs *runs;
    const struct tally *tallies; /* of each run */
    const struct crux_problems *problems;
    double alpha;
};

/* The run of an item at a budget. */
size_t report_run(const struct report *report, size_t item, size_t budget);

/* Which of its run's picks an item is, and by which name. */
size_t report_pick(const struct report *report, size_t item);
enum crux_pick_rule report_rule(const struct compare_item *item, const struct compare_run *run);

/* A difference of two shares of the same problems. */
struct report_difference {
    double value, low, high;
    bool apart;
};
struct report_difference report_compare(const struct report *report, size_t item, size_t against,
                                        size_t budget);

struct json *report_json(const struct report *report);
void report_print(const struct report *report);

/* As SVG; NULL: no memory. report_gaps_svg(): *any is false where no search has gaps, then NULL. */
char *report_svg(const struct report *report);
char *report_gaps_svg(const struct report *report, bool *any);

#endif
