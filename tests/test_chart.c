/*
 * test_chart.c - what is in the picture: every line and mark, texts that XML can hold, axes that
 * fit.
 */
#include "io/chart.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const struct chart_point rising[] = {
    {10, 0.2, 0.1, 0.3}, {30, 0.4, 0.3, 0.5}, {100, 0.9, 0.8, 0.95}};

static char *draw(const char *name, size_t points, bool logarithmic)
{
    const struct chart_line lines[] = {{name, rising, points, false}, {"oracle", rising, 1, true}};
    const struct chart chart = {"t", "x", "y", lines, 2, logarithmic, true};
    char *text = chart_svg(&chart);

    cr_assert_not_null(text);
    return text;
}

static size_t times(const char *text, const char *part)
{
    size_t count = 0;

    for (; (text = strstr(text, part)) != NULL; text++)
        count++;
    return count;
}

/* A line for each, a bar and a mark for each point, and one in the legend. */
Test(chart, everything_is_drawn)
{
    char *text = draw("a", 3, true);

    cr_assert_eq(times(text, "<polyline"), 2);
    cr_assert_eq(times(text, "stroke-opacity"), 4);
    cr_assert_eq(times(text, "<circle"), 4);
    cr_assert_eq(times(text, "<rect x"), 2);
    cr_assert_not_null(strstr(text, ">100</text>"));
    cr_assert_not_null(strstr(text, ">90 %</text>"));
    free(text);
}

/* What XML would read is escaped; what it cannot hold is one sign for each. */
Test(chart, texts_are_escaped)
{
    char *text = draw("a<b>&c\x01\xff", 1, false);

    cr_assert_not_null(strstr(text, ">a&lt;b&gt;&amp;c\xef\xbf\xbd\xef\xbf\xbd</text>"));
    free(text);
}

/* A name that is too long for the legend ends in an ellipsis. */
Test(chart, long_names_are_cut)
{
    char *text = draw("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1, false);

    cr_assert_not_null(strstr(text, "a\xe2\x80\xa6</text>"));
    free(text);
}

/* One point, and none, have axes, too: no place is infinite or no number. */
Test(chart, few_points_have_axes)
{
    char *text;

    for (size_t points = 0; points < 2; points++) {
        text = draw("a", points, false);

        cr_assert_null(strstr(text, "nan"));
        cr_assert_null(strstr(text, "inf"));
        free(text);
    }
    text = chart_svg(&(struct chart){"t", "x", "y", NULL, 0, false, false});
    cr_assert_null(strstr(text, "nan"));
    free(text);
}

/* Large numbers are short. */
Test(chart, numbers_are_short)
{
    const struct chart_point far[] = {{1000, 0.5, 0.4, 0.6}, {2000000, 0.6, 0.5, 0.7}};
    const struct chart_line line = {"a", far, 2, false};
    const struct chart chart = {"t", "x", "y", &line, 1, true, false};
    char *text = chart_svg(&chart);

    cr_assert_not_null(strstr(text, ">1,000</text>"));
    cr_assert_not_null(strstr(text, ">10k</text>"));
    cr_assert_not_null(strstr(text, ">1M</text>"));
    free(text);
}
