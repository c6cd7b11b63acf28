/*
 * test_between.c - what stands between two steps, read from options as a run records them.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/stops.h"
#include "io/views/between.h"
#include "tests/world/heap.h"

static struct between read_between(const char *configuration)
{
    struct json *object = NULL;
    struct between found = {NULL, false};

    cr_assert_eq(json_parse(&object, configuration, strlen(configuration), NULL), CRUX_OK, "%s",
                 configuration);
    cr_assert_eq(between_of(&found, object, NULL), CRUX_OK);
    json_free(object);
    return found;
}

static void insist_between(const char *configuration, const char *want, bool pieces)
{
    struct between found = read_between(configuration);

    cr_expect_str_eq(found.text, want, "%s: \"%s\"", configuration, found.text);
    cr_expect_eq(found.pieces, pieces, "%s", configuration);
    free(found.text);
}

Test(between, is_a_line_break_where_nothing_is_known)
{
    insist_between("{}", "\n", false);
    insist_between("{\"policy\":7}", "\n", false);
    insist_between("{\"policy\":[7,\"step=numbers\"],\"step-tokens\":30}", "\n", false);
    insist_between("{\"policy\":[\"step=recorded:a.jsonl,split=lines\"],\"split\":\"lines\"}", "\n",
                   false);
    insist_between("{\"policy\":[\"step=chatter\",\"answer=chat\"]}", "\n", false);
    insist_between("{\"policy\":[\"step=chat\"],\"prompt\":\"gone.txt\"}", "\n", false);
    insist_between("{\"policy\":[\"step=chat\"],\"step-stop\":[7]}", "\n", false);
    insist_between("{\"policy\":[\"step=chat\"],\"step-stop\":[\"\\\\q\"]}", "\n", false);
}

Test(between, is_nothing_where_tokens_or_rules_cut)
{
    insist_between("{\"policy\":[\"step=chat\"],\"step-tokens\":30}", "", true);
    insist_between("{\"policy\":[\"step=chat\"],\"step-stop\":[\"\\\\n\"],\"step-tokens\":1}", "",
                   true);
    insist_between("{\"policy\":[\"step=chat\"],\"split\":\"sentences\"}", "", false);
    insist_between("{\"policy\":[\"step=chat\"],\"split\":\"lines\",\"step-tokens\":0}", "", false);
    insist_between("{\"policy\":[\"step=chat\"],\"split\":\"model\"}", "\n\n", false);
    insist_between("{\"policy\":[\"step=chat\"],\"split\":null,\"step-tokens\":null}", "\n\n",
                   false);
}

Test(between, is_what_stop_strings_have_in_common)
{
    insist_between("{\"policy\":[\"step=chat\"],\"step-stop\":[\"\\\\nStep \"]}", "\n", false);
    insist_between("{\"policy\":[\"step=chat\"],\"step-stop\":[\"\\\\n\\\\n\",\"\\\\n \\\\t\"]}",
                   "\n", false);
    insist_between("{\"policy\":[\"step=chat\"],\"step-stop\":[\"\\n\\n\\\\n#\"]}", "\n\n\n",
                   false);
    insist_between("{\"policy\":[\"step=chat\"],\"step-stop\":[\". \"]}", "", false);
    insist_between("{\"policy\":[\"step=chat\"],\"step-stop\":[\"\\\\n\",\". \"]}", "", false);
}

/* What a prompt leaves out it has from `math`; an empty part is given, and no step ends. */
Test(between, is_the_prompts)
{
    static const char *const built_in[] = {"null", "\"math\"", "\"code\"", "\"plain\""};
    char configuration[200];

    for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++) {
        (void)snprintf(configuration, sizeof configuration,
                       "{\"policy\":[\"step=chat\"],\"step-stop\":[],\"prompt\":%s}", built_in[i]);
        insist_between(configuration, "\n\n", false);
    }
    insist_between("{\"policy\":[\"step=chat\"],\"prompt\":\"=--- user\\n{{problem}}\"}", "\n\n",
                   false);
    insist_between("{\"policy\":[\"step=chat\"],\"prompt\":\"=--- user\\n{{problem}}\\n--- stop\"}",
                   "", false);
    insist_between("{\"policy\":[\"step=chat\"],\"prompt\":\"=--- stop \\t\\r\\n\\\\n* \\r\\n\\n"
                   "\\\\n\\\\n\\n--- user\\n{{problem}}\\n# x\"}",
                   "\n", false);
    insist_between("{\"policy\":[\"step=chat\"],\"prompt\":\"=--- user\\n--- stops\\n--- stop\\n"
                   "\\\\n \"}",
                   "\n ", false);
}

Test(between, is_of_the_backend_that_is_asked)
{
    static const char configuration[] =
        "{\"policy\":[\"answer=chat:a\",\"step=chat:b\"],\"step-tokens\":3,"
        "\"backend.a.split\":\"lines\",\"backend.b.step-stop\":[\"\\\\n\"]}";

    insist_between(configuration, "\n", false);
    insist_between("{\"policy\":[\"step=chat:b\"],\"backend.b.step-tokens\":9}", "", true);
    insist_between("{\"policy\":[\"step=chat:b\"],\"step-tokens\":9}", "\n\n", false);
}

Test(between, memory_may_end_anywhere)
{
    static const char configuration[] =
        "{\"policy\":[\"step=chat\"],\"step-stop\":[\"\\\\n\",\"\\\\n\\\\n\"]}";
    struct json *object = NULL;
    bool failed = true;

    if (!heap_can_fail())
        cr_skip_test("this heap never fails");
    cr_assert_eq(json_parse(&object, configuration, strlen(configuration), NULL), CRUX_OK);
    for (uint32_t number = 1; failed; number++) {
        struct crux_error error = {""};
        struct between found = {NULL, false};
        int status;

        heap_fail(number);
        status = between_of(&found, object, &error);
        failed = heap_has_failed();
        heap_fail(0);
        cr_assert_eq(status, failed ? CRUX_MEMORY : CRUX_OK, "%u", number);
        cr_assert_eq(found.text == NULL, failed);
        cr_assert_eq(*error.text == '\0', !failed);
        free(found.text);
    }
    json_free(object);
}

Test(between, of_no_stop_strings_nothing_is_common)
{
    cr_assert_eq(stops_between(NULL, 0).length, 0);
    cr_assert_eq(stops_blanks(" \t\n\r\vx"), 5);
}
