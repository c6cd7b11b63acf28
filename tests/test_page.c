/*
 * test_page.c - what io/page/page.h promises: all that data may hold stays data, and the frame has
 * its style, its data and its program where they belong.
 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "io/page/page.h"
#include "tests/world/contains.h"

static char *made;
static size_t made_length, fail_at; /* 0: never */
static struct crux_error error;

static int take(void *context, const char *bytes, size_t length, struct crux_error *why)
{
    (void)context;
    if (fail_at > 0 && made_length + length >= fail_at)
        return crux_fail(why, CRUX_STORE, "no more room");
    made = realloc(made, made_length + length + 1);
    cr_assert_not_null(made);
    memcpy(made + made_length, bytes, length);
    made_length += length;
    made[made_length] = '\0';
    return CRUX_OK;
}

static const struct page_sink sink = {take, NULL};

static void forget(void)
{
    free(made);
    made = NULL;
    made_length = fail_at = 0;
}

TestSuite(page, .fini = forget);

static const char *escaped(const char *text)
{
    forget();
    cr_assert_eq(page_escaped(&sink, (struct crux_text){text, strlen(text)}, &error), CRUX_OK);
    return made;
}

static size_t times(const char *text, const char *what)
{
    size_t count = 0;

    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
        count++;
    return count;
}

Test(page, what_acts_in_markup_is_written_as_escapes)
{
    cr_assert_str_eq(escaped("\"</script><!--<b>&amp;\""),
                     "\"\\u003c/script\\u003e\\u003c!--\\u003cb\\u003e\\u0026amp;\"");
    cr_assert_str_eq(escaped("a\xe2\x80\xa8"
                             "b\xe2\x80\xa9"),
                     "a\\u2028b\\u2029");
    cr_assert_str_eq(escaped(""), "");
}

Test(page, what_only_looks_like_it_is_left)
{
    static const char neighbours[] = "\xe2\x80\xa7 \xe2\x80\xaa\xe2\x80\xac "
                                     "\xe2\x81\xa8\xe2\x81\xa9 \xe2\x89\xa4";

    cr_assert_str_eq(escaped(neighbours), neighbours);
    /* The end of what is given is an end, also in a character. */
    cr_assert_eq(page_escaped(&sink, (struct crux_text){"\xe2\x80\xa8", 2}, &error), CRUX_OK);
    cr_assert_str_eq(made + made_length - 2, "\xe2\x80");
}

static void whole_page(void)
{
    const struct crux_text body = {"{\"text\": \"</script>\"}", 21}, index = {"{}", 2};

    forget();
    cr_assert_eq(page_begin(&sink, &error), CRUX_OK);
    cr_assert_eq(page_problem(&sink, 7, body, &error), CRUX_OK);
    cr_assert_eq(page_index_begin(&sink, &error), CRUX_OK);
    cr_assert_eq(page_index_add(&sink, index, &error), CRUX_OK);
    cr_assert_eq(page_index_end(&sink, &error), CRUX_OK);
    cr_assert_eq(page_end(&sink, &error), CRUX_OK);
}

Test(page, a_page_has_its_parts_in_order_and_no_mark_is_left)
{
    const char *style, *body, *index, *program;

    whole_page();
    style = strstr(made, page_text_style);
    body =
        strstr(made, "class=\"crux-problem\" data-n=\"7\">{\"text\": \"\\u003c/script\\u003e\"}");
    index = strstr(made, "id=\"crux-index\">{}</script>");
    program = strstr(made, page_text_program);
    cr_assert(style != NULL && body != NULL && index != NULL && program != NULL);
    cr_assert(style < body && body < index && index < program);
    cr_assert_null(strstr(made, "<!--"));
    cr_assert_eq(times(made, "</script>"), 3);
    cr_assert_eq(times(made, "</style>"), 1);
    cr_assert_eq(page_program().length, strlen(page_text_program));
}

Test(page, style_and_program_cannot_end_their_block)
{
    cr_assert_null(strcasestr(page_text_style, "</style"));
    cr_assert_null(strcasestr(page_text_program, "</script"));
    cr_assert_null(strstr(page_text_program, "<!--"));
    /* What C reads as a trigraph has come through: such operators are in the program or may be. */
    cr_assert_null(strstr(page_text_program, "\\?"));
}

Test(page, a_sink_that_fails_ends_the_page_wherever_it_is)
{
    size_t whole;

    whole_page();
    whole = made_length;
    for (size_t at = 1; at <= whole; at += whole / 40 + 1) {
        int status;

        forget();
        fail_at = at;
        status = page_begin(&sink, &error);
        if (status == CRUX_OK)
            status = page_problem(&sink, 7, (struct crux_text){"<<<", 3}, &error);
        if (status == CRUX_OK)
            status = page_index_begin(&sink, &error);
        if (status == CRUX_OK)
            status = page_index_end(&sink, &error);
        if (status == CRUX_OK)
            status = page_end(&sink, &error);
        cr_assert_eq(status, CRUX_STORE);
        cr_assert_lt(made_length, at);
    }
}

Test(page, an_escape_that_cannot_be_put_ends_it)
{
    const struct crux_text text = {"ab<cd<ef", 8};

    for (fail_at = 1; fail_at < 19; fail_at++) {
        size_t kept = fail_at;

        cr_assert_eq(page_escaped(&sink, text, &error), CRUX_STORE);
        forget();
        fail_at = kept;
    }
    fail_at = 0;
    cr_assert_eq(page_escaped(&sink, text, &error), CRUX_OK);
    cr_assert_str_eq(made, "ab\\u003ccd\\u003cef");
}
