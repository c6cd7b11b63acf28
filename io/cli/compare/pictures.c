/*
 * pictures.c - a comparison as two pictures: accuracy over cost, and the selection gap.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/chart.h"
#include "io/cli/compare/report.h"
#include "io/passes/figures.h"

/* Lines that are being made, with room for all of them. */
struct pictures {
    struct chart_line *lines;
    char **names;
    struct chart_point *points; /* one after the other */
    size_t count, used;
};

static bool pictures_open(struct pictures *pictures, size_t lines, size_t points)
{
    *pictures = (struct pictures){calloc(lines + 1, sizeof *pictures->lines),
                                  calloc(lines + 1, sizeof *pictures->names),
                                  calloc(points + 1, sizeof *pictures->points), 0, 0};
    return pictures->lines != NULL && pictures->names != NULL && pictures->points != NULL;
}

static void pictures_close(struct pictures *pictures)
{
    for (size_t i = 0; i < pictures->count; i++)
        free(pictures->names[i]);
    free(pictures->lines);
    free(pictures->names);
    free(pictures->points);
}

/* False: no memory. */
static bool pictures_begin(struct pictures *pictures, const char *name, const char *pick)
{
    char **text = &pictures->names[pictures->count];

    if (asprintf(text, "%s: %s", name, pick) < 0) {
        *text = NULL;
        return false;
    }
    pictures->lines[pictures->count++] =
        (struct chart_line){.name = *text, .points = pictures->points + pictures->used};
    return true;
}

/* Behind the last point, or before those that lie further to the right. */
static void pictures_add(struct pictures *pictures, double x, uint64_t solved, uint64_t of)
{
    struct chart_line *line = &pictures->lines[pictures->count - 1];
    struct figures_share share = figures_wilson(solved, of);
    struct chart_point *at = &pictures->points[pictures->used++];

    for (; at > line->points && at[-1].x > x; at--)
        *at = at[-1];
    *at = (struct chart_point){x, share.value, share.low, share.high};
    line->count++;
}

/* --- accuracy over cost ----------------------------------------------------------------- */

/* Where one search has told of no tokens, calls are what all have. */
static bool pictures_in_tokens(const struct report *report)
{
    for (size_t i = 0; i < report->runs->count; i++)
        if (report->tallies[i].prompt_tokens + report->tallies[i].completion_tokens == 0)
            return false;
    return true;
}

static double pictures_cost(const struct report *report, const struct tally *tally, bool in_tokens)
{
    uint64_t cost = in_tokens ? tally->prompt_tokens + tally->completion_tokens : tally->calls;

    return (double)cost / (double)report->problems->count;
}

static bool pictures_add_item(struct pictures *pictures, const struct report *report, size_t item,
                              bool in_tokens)
{
    const struct compare_run *run = &report->runs->items[report_run(report, item, 0)];
    const struct compare_item *it = &report->items->items[item];

    if (!pictures_begin(pictures, it->search, crux_pick_rule_name(report_rule(it, run))))
        return false;
    for (size_t budget = 0; budget < report->budgets->count; budget++) {
        const struct tally *tally = &report->tallies[report_run(report, item, budget)];

        pictures_add(pictures, pictures_cost(report, tally, in_tokens),
                     tally->solved[report_pick(report, item)], tally->of);
    }
    return true;
}

/* Is what is drawn many times as much at one end as at the other? */
static bool pictures_are_wide(const struct pictures *pictures)
{
    double least = 0, most = 0;

    for (size_t i = 0; i < pictures->used; i++) {
        least = i == 0 || pictures->points[i].x < least ? pictures->points[i].x : least;
        most = pictures->points[i].x > most ? pictures->points[i].x : most;
    }
    return least > 0 && most >= 5 * least;
}

char *report_svg(const struct report *report)
{
    bool in_tokens = pictures_in_tokens(report);
    struct pictures pictures;
    bool whole = pictures_open(&pictures, report->items->count,
                               report->items->count * report->budgets->count);
    struct chart chart = {.title = in_tokens ? "Solved, and what it cost in tokens"
                                             : "Solved, and what it cost in policy calls",
                          .x_title = in_tokens ? "tokens a problem, prompts and replies, of "
                                                 "policies and critics"
                                               : "policy calls a problem",
                          .y_title = "problems solved (95 % intervals)",
                          .shared_x = !in_tokens};
    char *text = NULL;

    for (size_t item = 0; item < report->items->count && whole; item++)
        whole = pictures_add_item(&pictures, report, item, in_tokens);
    chart.lines = pictures.lines;
    chart.count = pictures.count;
    chart.logarithmic = whole && pictures_are_wide(&pictures);
    if (whole)
        text = chart_svg(&chart);
    pictures_close(&pictures);
    return text;
}

/* --- the selection gap -------------------------------------------------------------------- */

/* The first answer is the same, however many there are. */
static bool pictures_add_gaps(struct pictures *pictures, const struct compare_run *run,
                              const struct tally *tally)
{
    for (int rule = CRUX_PICK_BEST; rule <= TALLY_ORACLE; rule++) {
        bool oracle = rule == TALLY_ORACLE;

        if (!pictures_begin(pictures, run->item->search,
                            oracle ? "oracle" : crux_pick_rule_name((enum crux_pick_rule)rule)))
            return false;
        pictures->lines[pictures->count - 1].bound = oracle;
        for (size_t i = 0; i < tally->gap_count; i++)
            pictures_add(pictures, tally->gaps[i].answers, tally->gaps[i].solved[rule], tally->of);
    }
    return true;
}

char *report_gaps_svg(const struct report *report, bool *any)
{
    size_t runs = report->runs->count;
    struct pictures pictures;
    bool whole =
        pictures_open(&pictures, runs * CRUX_PICK_RULES, runs * CRUX_PICK_RULES * TALLY_GAPS);
    struct chart chart = {.title = "Selection gap: what picks make of the same answers",
                          .x_title = "answers to pick from",
                          .y_title = "problems solved (95 % intervals)",
                          .shared_x = true};
    char *text = NULL;

    for (size_t run = 0; run < runs && whole; run++)
        if (report->tallies[run].gap_count > 0)
            whole = pictures_add_gaps(&pictures, &report->runs->items[run], &report->tallies[run]);
    chart.lines = pictures.lines;
    chart.count = pictures.count;
    chart.logarithmic = whole && pictures_are_wide(&pictures);
    *any = pictures.count > 0 || !whole;
    if (whole && *any)
        text = chart_svg(&chart);
    pictures_close(&pictures);
    return text;
}
