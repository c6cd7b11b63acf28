/*
 * chart.h - a picture of a few lines: shares with their intervals, over what they cost.
 *
 * One SVG that stands by itself: no script, no file beside it, no font but the reader's. Lines have
 * colours that also those tell apart who see few (Okabe and Ito 2008), and marks and dashes that
 * differ beyond them. Texts are escaped; what XML cannot hold becomes U+FFFD.
 *
 * Ownership. The text is the caller's to free; what goes in stays its owner's.
 * Threads.   Any.
 */
#ifndef IO_CHART_H
#define IO_CHART_H

#include <stdbool.h>
#include <stddef.h>

struct chart_point {
    double x;
    double y, low, high; /* shares, 0 .. 1; low <= y <= high */
};

struct chart_line {
    const char *name;
    const struct chart_point *points; /* from left to right */
    size_t count;
    bool bound; /* a bound, not a result: drawn in grey and dashed */
};

struct chart {
    const char *title, *x_title, *y_title;
    const struct chart_line *lines;
    size_t count;
    bool logarithmic; /* the x axis; all x above 0 */
    bool shared_x;    /* lines have the same x: they are drawn a little apart */
};

/* NULL: no memory. */
char *chart_svg(const struct chart *chart);

#endif
