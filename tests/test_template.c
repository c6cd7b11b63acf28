/*
 * test_template.c - what io/mustache.h promises, one promise per test.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "io/mustache.h"
#include "tests/world/heap.h"

static struct crux_text text(const char *word)
{
    return (struct crux_text){word, strlen(word)};
}

/* --- values to try with: a text, nothing, a list of plain texts, a list of scopes ----------- */

static const struct mustache_value apple[] = {{".", {"apple", 5}, NULL, 0}};
static const struct mustache_value pear[] = {{".", {"pear", 4}, NULL, 0}};
static const struct mustache_scope fruit[] = {{apple, 1}, {pear, 1}};
static const struct mustache_value first[] = {{"name", {"one", 3}, NULL, 0},
                                              {"fruit", {NULL, 0}, fruit, 2}};
static const struct mustache_value second[] = {{"name", {"two", 3}, NULL, 0},
                                               {"fruit", {NULL, 0}, fruit, 0}};
static const struct mustache_scope rows[] = {{first, 2}, {second, 2}};
static const struct mustache_value values[] = {
    {"name", {"A & B", 5}, NULL, 0},       {"nothing", {"", 0}, NULL, 0},
    {"quote", {"<\"'\n\\>&", 7}, NULL, 0}, {"tags", {"{{name}}", 8}, NULL, 0},
    {"bad", {"\xff", 1}, NULL, 0},         {"fruit", {NULL, 0}, fruit, 2},
    {"rows", {NULL, 0}, rows, 2},          {"none", {NULL, 0}, rows, 0}};
static const struct mustache_scope scope = {values, sizeof values / sizeof *values};
static const char *const names[] = {"name", "nothing", "quote", "tags",   "bad",
                                    "rows", "none",    "fruit", "others", NULL};

static int parse(struct mustache **out, const char *source, struct crux_error *error)
{
    const struct mustache_source from = {"t.txt", 1, text(source)};

    return mustache_parse(out, &from, error);
}

static void assert_renders(const char *source, const char *want)
{
    struct mustache *template = NULL;
    struct crux_error error = {""};
    char *found = NULL;
    size_t length = 0;

    cr_assert_eq(parse(&template, source, &error), CRUX_OK, "%s: %s", source, error.text);
    cr_assert_eq(mustache_check(template, names, &error), CRUX_OK, "%s: %s", source, error.text);
    cr_assert_eq(mustache_render(&found, &length, template, &scope, &error), CRUX_OK, "%s: %s",
                 source, error.text);
    cr_assert_str_eq(found, want, "%s gives `%s`", source, found);
    cr_assert_eq(length, strlen(want));
    free(found);
    mustache_free(template);
}

static void assert_not_parsed(const char *source, const char *sentence)
{
    struct mustache *template = NULL;
    struct crux_error error = {""};

    cr_assert_eq(parse(&template, source, &error), CRUX_INVALID, "%s", source);
    cr_assert_null(template);
    cr_assert_str_eq(error.text, sentence);
}

static void assert_not_rendered(const char *source, const char *sentence)
{
    struct mustache *template = NULL;
    struct crux_error error = {""};
    char *found = NULL;
    size_t length = 7;

    cr_assert_eq(parse(&template, source, &error), CRUX_OK, "%s: %s", source, error.text);
    cr_assert_eq(mustache_render(&found, &length, template, &scope, &error), CRUX_INVALID, "%s",
                 source);
    cr_assert_null(found);
    cr_assert_eq(length, 7);
    cr_assert_str_eq(error.text, sentence);
    mustache_free(template);
}

/* --- what is written -------------------------------------------------------------- */

/* Text stays, names become their values, blanks in a tag do not count, comments vanish. */
Test(render, values)
{
    assert_renders("", "");
    assert_renders("plain { } text", "plain { } text");
    assert_renders("{{name}}", "A & B");
    assert_renders("<{{\t name\t}}>", "<A & B>");
    assert_renders("<{{nothing}}>", "<>");
    assert_renders("a{{! a comment }}b", "ab");
    assert_renders("{{@open}}x}}", "{{x}}");
}

/* Values are escaped where that is asked for, and only there. */
Test(render, escapes)
{
    assert_renders("{{quote}}", "<\"'\n\\>&");
    assert_renders("{{quote|json}}", "<\\\"'\\n\\\\>&");
    assert_renders("{{ quote | html }}", "&lt;&quot;&#39;\n\\&gt;&amp;");
}

/* What looks like a tag in a value is text: no problem and no model writes templates. */
Test(render, values_are_not_looked_through)
{
    assert_renders("{{tags}} {{tags|json}}", "{{name}} {{name}}");
}

/* A section of a text is there when the text is not empty; an inverted one when it is. */
Test(render, sections_of_texts)
{
    assert_renders("{{#name}}yes {{name}}{{/name}}", "yes A & B");
    assert_renders("{{#nothing}}yes{{/nothing}}", "");
    assert_renders("{{^name}}no{{/name}}", "");
    assert_renders("{{^nothing}}no{{/nothing}}", "no");
}

/* A section of a list is there once an item; names of an item hide those around it. */
Test(render, sections_of_lists)
{
    assert_renders("{{#fruit}}<{{.}}>{{/fruit}}", "<apple><pear>");
    assert_renders("{{#rows}}{{name}}:{{#fruit}} {{.}}{{/fruit}};{{/rows}}",
                   "one: apple pear;two:;");
    assert_renders("{{#rows}}{{^fruit}}{{name}} has none{{/fruit}}{{/rows}}", "two has none");
    assert_renders("{{#none}}x{{/none}}{{^none}}empty{{/none}}", "empty");
    assert_renders("{{^rows}}empty{{/rows}}", "");
    assert_renders("{{#rows}}{{nothing}}{{#nothing}}x{{/nothing}}{{/rows}}", "");
}

/* A list knows where it is, from 0 and from 1, and which is first and last; in a list in a list
 * the inner one counts, in a section of a text the one around it. */
Test(render, counters)
{
    assert_renders("{{#fruit}}{{@index}}{{@number}}{{/fruit}}", "0112");
    assert_renders("{{#fruit}}{{.}}{{^@last}}, {{/@last}}{{/fruit}}", "apple, pear");
    assert_renders("{{#fruit}}{{#@first}}[{{/@first}}{{.}}{{/fruit}}]", "[applepear]");
    assert_renders("{{#rows}}{{#fruit}}{{@number}}{{/fruit}}{{@number}} {{/rows}}", "121 2 ");
    assert_renders("{{#rows}}{{#name}}{{@number}}{{/name}}{{/rows}}", "12");
}

/* A line that holds nothing but a section's border or a comment leaves no empty line. */
Test(render, lines_of_their_own)
{
    assert_renders("a\n{{#name}}\nb\n{{/name}}\nc\n", "a\nb\nc\n");
    assert_renders("  {{! note }}  \r\na\n\t{{^name}} \nb\n{{/name}}", "a\n");
    assert_renders("{{#name}}\t\nx\n{{/name}}y", "x\ny");
    assert_renders("{{#name}}x\n{{/name}}y", "x\ny");
    assert_renders("a {{#name}}\nb{{/name}}\n", "a \nb\n");
    assert_renders("{{#name}} {{/name}}\n", " \n");
    assert_renders("{{name}}\n{{nothing}}\n", "A & B\n\n");
    assert_renders("{{! one }} {{! two }}\n", " \n");
}

/* Much text is no matter. */
Test(render, much)
{
    char source[5000], want[5000] = "";

    source[0] = '\0';
    for (int i = 0; i < 400; i++) {
        (void)strcat(source, "{{name}}.");
        (void)strcat(want, "A & B.");
    }
    assert_renders(source, want);
}

/* --- what is refused -------------------------------------------------------------- */

/* A tag that is not closed on its line, or holds no name. */
Test(refuse, tags)
{
    assert_not_parsed("a\nb {{name\n}}",
                      "t.txt:2: expected `}}` behind `{{name`, found the end of the line");
    assert_not_parsed("{{", "t.txt:1: expected `}}` behind `{{`, found the end of the text");
    assert_not_parsed("{{two words}}",
                      "t.txt:1: expected a name of letters, digits and _ in the tag, found `two "
                      "words`; to write two braces use {{@open}}");
    assert_not_parsed("{{ a tag that goes on and on, for more than forty letters",
                      "t.txt:1: expected `}}` behind `{{ a tag that goes on and on, for more t`, "
                      "found the end of the text");
    assert_not_parsed("{{ }}",
                      "t.txt:1: expected a name of letters, digits and _ in the tag, found "
                      "``; to write two braces use {{@open}}");
    assert_not_parsed("{{}}", "t.txt:1: expected a name of letters, digits and _ in the tag, found "
                              "``; to write two braces use {{@open}}");
    assert_not_parsed("{{#@}}{{/@}}",
                      "t.txt:1: expected a name of letters, digits and _ in the tag, found `@`; to "
                      "write two braces use {{@open}}");
    assert_not_parsed("{{>partial}}",
                      "t.txt:1: expected a name of letters, digits and _ in the tag, found "
                      "`>partial`; to write two braces use {{@open}}");
    assert_not_parsed("{{an_overlong_name_of_more_than_forty_letters with blanks}}",
                      "t.txt:1: expected a name of letters, digits and _ in the tag, found "
                      "`an_overlong_name_of_more_than_forty_lett`; to write two braces use "
                      "{{@open}}");
}

/* An escape that there is not. */
Test(refuse, escapes)
{
    assert_not_parsed("{{name|xml}}", "t.txt:1: expected |json or |html, found `|xml`");
    assert_not_parsed("{{name|}}", "t.txt:1: expected |json or |html, found `|`");
    assert_not_parsed("{{name|an_overlong_escape_of_more_than_forty_letters}}",
                      "t.txt:1: expected |json or |html, found "
                      "`|an_overlong_escape_of_more_than_forty_le`");
    assert_not_parsed("{{#name|json}}{{/name}}",
                      "t.txt:1: expected a name of letters, digits and _ in the tag, found "
                      "`name|json`; to write two braces use {{@open}}");
}

/* Sections that do not pair; the sentence names the line of the one that is open. */
Test(refuse, unpaired_sections)
{
    assert_not_parsed("{{/name}}",
                      "t.txt:1: expected a section's beginning before its end `{{/name}}`");
    assert_not_parsed("\n{{#name}}\n{{/rows}}",
                      "t.txt:3: expected `{{/name}}` for the section of line 2, found `{{/rows}}`");
    assert_not_parsed("{{#fruit}}{{/fruits}}",
                      "t.txt:1: expected `{{/fruit}}` for the section of line 1, found "
                      "`{{/fruits}}`");
    assert_not_parsed("{{#fruit}}\n{{/Fruit}}",
                      "t.txt:2: expected `{{/fruit}}` for the section of line 1, found "
                      "`{{/Fruit}}`");
    assert_not_parsed("x\n{{^name}}\n\n",
                      "t.txt:4: expected `{{/name}}` for the section of line 2, found the end of "
                      "the text");
}

/* Sections deeper than 16. */
Test(refuse, depth)
{
    char source[400] = "";

    for (int i = 0; i < 16; i++)
        (void)strcat(source, "{{#name}}");
    for (int i = 0; i < 16; i++)
        (void)strcat(source, "{{/name}}");
    assert_renders(source, "");
    memmove(source + strlen("{{#name}}"), source, strlen(source) + 1);
    assert_not_parsed(source, "t.txt:1: expected at most 16 sections inside each other");
}

/* Lines are counted from where the text stands in its file. */
Test(refuse, lines_of_a_part)
{
    const struct mustache_source source = {"whole.prompt", 40, {"a\n{{/b}}", 8}};
    struct mustache *template = NULL;
    struct crux_error error = {""};

    cr_assert_eq(mustache_parse(&template, &source, &error), CRUX_INVALID);
    cr_assert_str_eq(error.text, "whole.prompt:41: expected a section's beginning before its end "
                                 "`{{/b}}`");
}

/* A name that is not known is never empty: it ends the rendering. */
Test(refuse, unknown_names)
{
    assert_not_rendered("a\n{{nam}}", "t.txt:2: there is no value `nam` here");
    assert_not_rendered("{{#nam}}{{/nam}}", "t.txt:1: there is no value `nam` here");
    assert_not_rendered("{{.}}", "t.txt:1: there is no value `.` here");
    assert_not_rendered("{{@index}}", "t.txt:1: there is no value `@index` here");
    assert_not_rendered("{{#fruit}}{{@size}}{{/fruit}}", "t.txt:1: there is no value `@size` here");
    assert_not_rendered("{{an_overlong_name_of_more_than_forty_letters}}",
                        "t.txt:1: there is no value `an_overlong_name_of_more_than_forty_lett` "
                        "here");
}

/* A list is no text, and what is not UTF-8 is no JSON. */
Test(refuse, wrong_values)
{
    assert_not_rendered("{{fruit}}",
                        "t.txt:1: `fruit` is a list: expected {{#fruit}} ... {{/fruit}} around it");
    assert_not_rendered("{{bad|json}}", "t.txt:1: the value of `bad` is not UTF-8, or there is no "
                                        "memory");
}

static void assert_unknown(const char *source, const char *const *known, const char *sentence)
{
    struct mustache *template = NULL;
    struct crux_error error = {""};

    cr_assert_eq(parse(&template, source, &error), CRUX_OK);
    cr_assert_eq(mustache_check(template, known, &error), CRUX_INVALID);
    cr_assert_str_eq(error.text, sentence);
    mustache_free(template);
}

/* A misspelt name is found before anything is rendered, also in a section that may be left
 * out, and the sentence lists what there is as far as it fits. */
Test(refuse, names_before_rendering)
{
    static const char *const few[] = {"problem", "steps", NULL};
    static const char *const none[] = {NULL};
    const char *many[40];
    char word[] = "a_name_of_some_length";
    struct mustache *template = NULL;
    struct crux_error error = {""};

    assert_unknown("{{problem}}\n{{^steps}}{{probelm}}{{/steps}}", few,
                   "t.txt:2: there is no value `probelm`; there are: problem, steps");
    assert_unknown("{{an_overlong_name_of_more_than_forty_letters}}", none,
                   "t.txt:1: there is no value `an_overlong_name_of_more_than_forty_lett`; there "
                   "are: ");
    for (size_t i = 0; i < 39; i++)
        many[i] = word;
    many[39] = NULL;
    cr_assert_eq(parse(&template, "{{x}}", &error), CRUX_OK);
    cr_assert_eq(mustache_check(template, many, &error), CRUX_INVALID);
    mustache_free(template);
}

/* --- memory ----------------------------------------------------------------------- */

/* A piece of template repeated until room for the outcome must grow inside of it. */
static int parse_and_render(const char *piece)
{
    struct mustache *template = NULL;
    struct crux_error error = {""};
    char *found = NULL;
    size_t length;
    char source[2000] = "";
    int status;

    while (strlen(source) < 1000)
        (void)strcat(source, piece);
    status = parse(&template, source, &error);
    if (status == CRUX_OK)
        status = mustache_render(&found, &length, template, &scope, &error);
    mustache_free(template);
    free(found);
    return status;
}

static void fail_everywhere(const char *piece)
{
    uint32_t number = 0;
    bool failed = true;

    while (failed) {
        int status;

        heap_fail(++number);
        status = parse_and_render(piece);
        failed = heap_has_failed();
        heap_fail(0);
        cr_assert_eq(status == CRUX_OK, !failed, "%s: allocation %u", piece, number);
    }
    cr_assert_gt(number, 5);
}

/* Wherever memory ends, that is said, and nothing is left behind. */
Test(memory, any_allocation_may_fail)
{
    static const char *const pieces[] = {"{{name}}{{! }}word", "{{quote|html}}", "{{quote|json}}",
                                         "{{#fruit}}{{.}}{{/fruit}}", "words"};

    for (size_t i = 0; heap_can_fail() && i < sizeof pieces / sizeof *pieces; i++)
        fail_everywhere(pieces[i]);
}
