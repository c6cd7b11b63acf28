/*
 * chart.c - writes the picture: axes, a grid, lines with marks and bars, a legend.
 */
#include "io/chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/utf8.h"

/* In pixels. */
enum { LEFT = 76, TOP = 54, WIDE = 560, HIGH = 380, LEGEND = 28, ROW = 21, NAME_MOST = 44 };

static const char *const chart_colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                            "#e69f00", "#56b4e9", "#6a3d9a", "#8c5a2b"};
static const char *const chart_dashes[] = {"", " stroke-dasharray=\"7 4\"",
                                           " stroke-dasharray=\"2 4\""};

enum { COLOURS = sizeof chart_colours / sizeof *chart_colours, DASHES = 3, MARKS = 4 };

struct chart_frame {
    const struct chart *chart;
    FILE *out;
    double from, to;  /* of x, as drawn: logarithms where the axis is logarithmic */
    double low, high; /* of y */
};

/* --- texts --------------------------------------------------------------------------- */

/* What XML 1.0 may hold, of a character. */
static bool chart_may_hold(uint32_t point)
{
    return point >= 0x20 && point != 0x7f && point != 0xfffe && point != 0xffff;
}

static void chart_put_character(FILE *out, const char *at, size_t length)
{
    switch (*at) {
    case '&':
        (void)fputs("&amp;", out);
        break;
    case '<':
        (void)fputs("&lt;", out);
        break;
    case '>':
        (void)fputs("&gt;", out);
        break;
    default:
        (void)fwrite(at, 1, length, out);
    }
}

/* At most so many characters. */
static void chart_put_text(FILE *out, const char *text, size_t most)
{
    size_t left = strlen(text);

    while (left > 0 && most-- > 0) {
        uint32_t point = 0;
        size_t length = utf8_character(text, left, &point);

        if (length == 0 || !chart_may_hold(point))
            (void)fputs("\xef\xbf\xbd", out);
        else
            chart_put_character(out, text, length);
        length += length == 0;
        text += length;
        left -= length;
    }
    if (left > 0)
        (void)fputs("\xe2\x80\xa6", out);
}

static void chart_label(FILE *out, const char *attributes, double x, double y, const char *text,
                        size_t most)
{
    (void)fprintf(out, "<text x=\"%.1f\" y=\"%.1f\"%s>", x, y, attributes);
    chart_put_text(out, text, most);
    (void)fputs("</text>\n", out);
}

/* --- places ------------------------------------------------------------------------------ */

static double chart_scaled(const struct chart *chart, double x)
{
    return chart->logarithmic ? log10(x) : x;
}

static double chart_x(const struct chart_frame *frame, double x)
{
    double share = (chart_scaled(frame->chart, x) - frame->from) / (frame->to - frame->from);

    return LEFT + share * WIDE;
}

static double chart_y(const struct chart_frame *frame, double y)
{
    return TOP + HIGH - (y - frame->low) / (frame->high - frame->low) * HIGH;
}

/* A little apart from the other lines, where they would lie on each other. */
static double chart_place(const struct chart_frame *frame, size_t line, double x)
{
    double apart = frame->chart->shared_x
                       ? 4.0 * ((double)line - ((double)frame->chart->count - 1.0) / 2.0)
                       : 0.0;

    return chart_x(frame, x) + apart;
}

/* From the least to the greatest that is drawn, with some room; y in steps of 0.1. */
static void chart_measure(struct chart_frame *frame)
{
    const struct chart *chart = frame->chart;
    double room;

    *frame = (struct chart_frame){chart, frame->out, INFINITY, -INFINITY, 1.0, 0.0};
    for (size_t i = 0; i < chart->count; i++)
        for (size_t j = 0; j < chart->lines[i].count; j++) {
            const struct chart_point *point = &chart->lines[i].points[j];

            frame->from = fmin(frame->from, chart_scaled(chart, point->x));
            frame->to = fmax(frame->to, chart_scaled(chart, point->x));
            frame->low = fmin(frame->low, point->low);
            frame->high = fmax(frame->high, point->high);
        }
    if (frame->from > frame->to)
        frame->from = frame->to = 0.0;
    room = frame->to > frame->from ? 0.06 * (frame->to - frame->from) : 0.5;
    frame->from -= room;
    frame->to += room;
    frame->low = fmax(0.0, floor(frame->low * 10.0 - 1e-9) / 10.0);
    frame->high = fmin(1.0, ceil(frame->high * 10.0 + 1e-9) / 10.0);
    if (frame->high <= frame->low)
        frame->low = 0.0, frame->high = 1.0;
}

/* --- axes ------------------------------------------------------------------------------------ */

static void chart_grid_y(const struct chart_frame *frame)
{
    double step = frame->high - frame->low > 0.55 ? 0.1 : 0.05;
    int count = (int)lround((frame->high - frame->low) / step);

    for (int i = 0; i <= count; i++) {
        double y = frame->low + i * step;
        char words[16];

        (void)fprintf(frame->out,
                      "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#e4e4e4\"/>\n",
                      LEFT, LEFT + WIDE, chart_y(frame, y), chart_y(frame, y));
        (void)snprintf(words, sizeof words, "%.0f %%", y * 100.0);
        chart_label(frame->out, " text-anchor=\"end\"", LEFT - 8, chart_y(frame, y) + 4, words, 8);
    }
}

/* 950, 1,200, 35k, 2M. */
static void chart_number(char *out, size_t room, double value)
{
    if (value >= 1e6)
        (void)snprintf(out, room, "%gM", value / 1e6);
    else if (value >= 1e4)
        (void)snprintf(out, room, "%gk", value / 1e3);
    else if (value >= 1e3)
        (void)snprintf(out, room, "%.0f,%03.0f", floor(value / 1e3), fmod(value, 1e3));
    else
        (void)snprintf(out, room, "%g", value);
}

static void chart_tick_x(const struct chart_frame *frame, double value)
{
    double x = chart_x(frame, value);
    char words[24];

    if (x < LEFT - 0.5 || x > LEFT + WIDE + 0.5)
        return;
    (void)fprintf(frame->out,
                  "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#e4e4e4\"/>\n", x, x,
                  TOP, TOP + HIGH);
    chart_number(words, sizeof words, value);
    chart_label(frame->out, " text-anchor=\"middle\"", x, TOP + HIGH + 19, words, 20);
}

/* 1, 2, 5, 10, ... or, on a plain axis, four to eight round numbers. */
static void chart_grid_x(const struct chart_frame *frame)
{
    static const double steps[] = {1.0, 2.0, 5.0};
    double range = frame->to - frame->from, step = pow(10.0, floor(log10(range)));

    if (frame->chart->logarithmic) {
        for (int tens = (int)floor(frame->from); tens <= (int)frame->to; tens++)
            for (size_t i = 0; i < 3; i++)
                if (range < 3.2 || i == 0)
                    chart_tick_x(frame, steps[i] * pow(10.0, tens));
        return;
    }
    if (range / step < 2.0)
        step /= 5.0;
    else if (range / step < 4.0)
        step /= 2.0;
    for (int i = (int)fmax(0.0, ceil(frame->from / step)); i * step <= frame->to; i++)
        chart_tick_x(frame, i * step);
}

static void chart_axes(const struct chart_frame *frame)
{
    const struct chart *chart = frame->chart;
    char turned[80];

    chart_grid_y(frame);
    chart_grid_x(frame);
    (void)fprintf(frame->out,
                  "<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"#444\" stroke-width=\"1.2\"/>\n",
                  LEFT, TOP, TOP + HIGH, LEFT + WIDE);
    chart_label(frame->out, " font-size=\"16\" font-weight=\"600\"", LEFT, 30, chart->title, 100);
    chart_label(frame->out, " text-anchor=\"middle\"", LEFT + WIDE / 2.0, TOP + HIGH + 44,
                chart->x_title, 100);
    (void)snprintf(turned, sizeof turned, " text-anchor=\"middle\" transform=\"rotate(-90 20 %d)\"",
                   TOP + HIGH / 2);
    chart_label(frame->out, turned, 20, TOP + HIGH / 2.0, chart->y_title, 60);
}

/* --- lines -------------------------------------------------------------------------------------
 */

static const char *chart_colour(const struct chart *chart, size_t line)
{
    return chart->lines[line].bound ? "#8a8a8a" : chart_colours[line % COLOURS];
}

static const char *chart_dash(const struct chart *chart, size_t line)
{
    return chart_dashes[chart->lines[line].bound ? 1 : line / COLOURS % DASHES];
}

static void chart_mark(FILE *out, size_t line, double x, double y)
{
    switch (line % MARKS) {
    case 0:
        (void)fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.2\"/>\n", x, y);
        break;
    case 1:
        (void)fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"7.8\" height=\"7.8\"/>\n", x - 3.9,
                      y - 3.9);
        break;
    case 2:
        (void)fprintf(out, "<path d=\"M%.1f %.1fl5 8.6h-10z\"/>\n", x, y - 5.4);
        break;
    default:
        (void)fprintf(out, "<path d=\"M%.1f %.1fl5.2 5.2l-5.2 5.2l-5.2 -5.2z\"/>\n", x, y - 5.2);
    }
}

static void chart_bar(const struct chart_frame *frame, size_t line, double x,
                      const struct chart_point *point)
{
    double low = chart_y(frame, point->low), high = chart_y(frame, point->high);

    (void)fprintf(frame->out,
                  "<path d=\"M%.1f %.1fh6m-3 0V%.1fm-3 0h6\" fill=\"none\" stroke=\"%s\" "
                  "stroke-opacity=\"0.55\"/>\n",
                  x - 3, high, low, chart_colour(frame->chart, line));
}

static void chart_draw_line(const struct chart_frame *frame, size_t index)
{
    const struct chart_line *line = &frame->chart->lines[index];
    const char *colour = chart_colour(frame->chart, index);

    for (size_t i = 0; i < line->count; i++)
        chart_bar(frame, index, chart_place(frame, index, line->points[i].x), &line->points[i]);
    (void)fprintf(frame->out,
                  "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s points=\"", colour,
                  chart_dash(frame->chart, index));
    for (size_t i = 0; i < line->count; i++)
        (void)fprintf(frame->out, "%s%.1f,%.1f", i > 0 ? " " : "",
                      chart_place(frame, index, line->points[i].x),
                      chart_y(frame, line->points[i].y));
    (void)fprintf(frame->out, "\"/>\n<g fill=\"%s\">\n", colour);
    for (size_t i = 0; i < line->count; i++)
        chart_mark(frame->out, index, chart_place(frame, index, line->points[i].x),
                   chart_y(frame, line->points[i].y));
    (void)fputs("</g>\n", frame->out);
}

static void chart_legend(const struct chart_frame *frame)
{
    for (size_t i = 0; i < frame->chart->count; i++) {
        int x = LEFT + WIDE + LEGEND, y = TOP + 10 + (int)i * ROW;

        (void)fprintf(frame->out,
                      "<path d=\"M%d %dh28\" stroke=\"%s\" stroke-width=\"2\"%s/>\n<g fill=\"%s\">",
                      x, y, chart_colour(frame->chart, i), chart_dash(frame->chart, i),
                      chart_colour(frame->chart, i));
        chart_mark(frame->out, i, x + 14, y);
        (void)fputs("</g>\n", frame->out);
        chart_label(frame->out, "", x + 36, y + 4, frame->chart->lines[i].name, NAME_MOST);
    }
}

/* --- the whole ---------------------------------------------------------------------------------
 */

static size_t chart_longest(const struct chart *chart)
{
    size_t longest = 0;

    for (size_t i = 0; i < chart->count; i++) {
        size_t length = strlen(chart->lines[i].name);

        longest = length > longest ? length : longest;
    }
    return longest < NAME_MOST ? longest : NAME_MOST + 1;
}

static void chart_put(struct chart_frame *frame)
{
    const struct chart *chart = frame->chart;
    int wide = LEFT + WIDE + LEGEND + 56 + (int)chart_longest(chart) * 7;
    int legend = TOP + 10 + (int)chart->count * ROW, high = TOP + HIGH + 62;

    chart_measure(frame);
    high = legend > high ? legend : high;
    (void)fprintf(frame->out,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                  "viewBox=\"0 0 %d %d\" font-family=\"Helvetica, Arial, sans-serif\" "
                  "font-size=\"13\" fill=\"#222\">\n"
                  "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
                  wide, high, wide, high, wide, high);
    chart_axes(frame);
    for (size_t i = 0; i < chart->count; i++)
        chart_draw_line(frame, i);
    chart_legend(frame);
    (void)fputs("</svg>\n", frame->out);
}

char *chart_svg(const struct chart *chart)
{
    char *text = NULL;
    size_t size = 0;
    struct chart_frame frame = {.chart = chart, .out = open_memstream(&text, &size)};
    bool whole;

    if (frame.out == NULL)
        return NULL;
    chart_put(&frame);
    whole = ferror(frame.out) == 0;
    if (fclose(frame.out) != 0 || !whole) {
        free(text);
        return NULL;
    }
    return text;
}
