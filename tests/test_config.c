/*
 * test_config.c - what io/config.h promises, one promise per test.
 *
 * A listener writes down what it hears as `place key=value;`, with a '+' before
 * entries of a list and the keys around before its own, so that a whole file is one string to
 * compare.
 */
#include "io/config.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/crux-config-XXXXXX";
static char written[4096];
static struct crux_error error;

static void set_up(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    written[0] = '\0';
}

static void tear_down(void)
{
    (void)unlink("run.yaml");
    (void)rmdir(folder);
}

static int write_down(void *context, const struct config_setting *setting, struct crux_error *out)
{
    size_t used = strlen(written);

    (void)out;
    used += (size_t)snprintf(written + used, sizeof written - used, "%s%s ",
                             setting->listed ? "+" : "", setting->place);
    for (size_t i = 0; i < setting->depth; i++)
        used += (size_t)snprintf(written + used, sizeof written - used, "%s.", setting->within[i]);
    (void)snprintf(written + used, sizeof written - used, "%s=%s;", setting->key, setting->value);
    return context != NULL ? *(int *)context : CRUX_OK;
}

static int read_bytes(const char *bytes, size_t length)
{
    FILE *file = fopen("run.yaml", "wb");

    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, length, file), length);
    cr_assert_eq(fclose(file), 0);
    return config_read("run.yaml", write_down, NULL, &error);
}

static int read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

#define assert_told(yaml, want)                                                                    \
    do {                                                                                           \
        cr_assert_eq(read_text(yaml), CRUX_OK, "%s", error.text);                                  \
        cr_assert_str_eq(written, want);                                                           \
    } while (0)

#define assert_refused(yaml, ...)                                                                  \
    do {                                                                                           \
        const char *words[] = {__VA_ARGS__};                                                       \
        cr_assert_eq(read_text(yaml), CRUX_INVALID);                                               \
        for (size_t word = 0; word < sizeof words / sizeof words[0]; word++)                       \
            cr_assert_not_null(strstr(error.text, words[word]), "no '%s' in: %s", words[word],     \
                               error.text);                                                        \
    } while (0)

TestSuite(config_text, .timeout = 10);

/* A text is read as a file is; its name stands where the path would. */
Test(config_text, a_text_with_a_name)
{
    written[0] = '\0';
    cr_assert_eq(config_read_text("mine", "a: 1\nb: [2]\n", write_down, NULL, &error), CRUX_OK);
    cr_assert_str_eq(written, "mine:1:4 a=1;+mine:2:5 b=2;");
    cr_assert_eq(config_read_text("mine", "a: {", write_down, NULL, &error), CRUX_INVALID);
    cr_assert_eq(strncmp(error.text, "mine:", 5), 0, "%s", error.text);
}

TestSuite(config, .init = set_up, .fini = tear_down, .timeout = 10);

/* --- what is reported ------------------------------------------------------------ */

/* Every setting comes in the order of the file, with the place of its value. */
Test(config, settings_come_with_their_places)
{
    assert_told("simulations: 200\nseed:   7\n",
                "run.yaml:1:14 simulations=200;run.yaml:2:9 seed=7;");
}

/* A list reports its key once for every entry. */
Test(config, lists_repeat_their_key)
{
    assert_told("critic:\n  - a\n  - b\n", "+run.yaml:2:5 critic=a;+run.yaml:3:5 critic=b;");
}

/* A list on one line is a list. */
Test(config, lists_may_stand_on_one_line)
{
    assert_told("view: [x, y]\n", "+run.yaml:1:8 view=x;+run.yaml:1:11 view=y;");
}

/* Quotes and comments are YAML's, not part of a value. */
Test(config, quotes_and_comments_are_left_out)
{
    assert_told("to: \"a b\" # here\n", "run.yaml:1:5 to=a b;");
}

/* A setting in a mapping comes with the keys around it, and what follows without them. */
Test(config, mappings_nest)
{
    assert_told("a:\n  x: 1\n  y: {z: 2}\nb: [3]\nc: {}\nx: 4\n",
                "run.yaml:2:6 a.x=1;run.yaml:3:10 a.y.z=2;+run.yaml:4:5 b=3;run.yaml:6:4 x=4;");
}

/* An empty list reports nothing. */
Test(config, empty_lists_tell_nothing)
{
    assert_told("view: []\n", "");
}

/* A file with nothing in it has no settings, which is fine. */
Test(config, an_empty_file_is_fine)
{
    assert_told("# nothing yet\n", "");
}

/* What the listener answers ends the reading and comes back. */
Test(config, the_listener_may_end_it)
{
    int answer = CRUX_STORE;

    cr_assert_eq(read_text("a: 1\nb: 2\n"), CRUX_OK);
    written[0] = '\0';
    cr_assert_eq(config_read("run.yaml", write_down, &answer, &error), CRUX_STORE);
    cr_assert_str_eq(written, "run.yaml:1:4 a=1;");
}

/* --- what is refused ------------------------------------------------------------ */

/* A file that cannot be opened is named. */
Test(config, a_missing_file_is_named)
{
    cr_assert_eq(config_read("none.yaml", write_down, NULL, &error), CRUX_INVALID);
    cr_assert_not_null(strstr(error.text, "none.yaml"));
}

/* What is no YAML is refused where it stops to be YAML. */
Test(config, syntax_errors_have_a_place)
{
    assert_refused("a: 1\nb: [1, 2\n", "run.yaml:", "not YAML");
}

/* A key given twice is refused and the first one is pointed at. */
Test(config, a_key_stands_once)
{
    assert_refused("seed: 1\ndepth: 2\nseed: 3\n", "run.yaml:3:1", "seed", "line 1");
}

/* Settings lie four mappings deep at most. */
Test(config, mappings_end_somewhere)
{
    assert_refused("a: {b: {c: {d: {e: {f: 1}}}}}\n", "run.yaml:1:20", "deep");
}

/* A mapping has no place in a list. */
Test(config, mappings_do_not_lie_in_lists)
{
    assert_refused("a:\n  - b: 1\n", "run.yaml:2:5", "plain value");
}

/* Within one mapping a key stands once, whatever others have. */
Test(config, an_inner_key_stands_once)
{
    assert_refused("a: {x: 1}\nb:\n  x: 1\n  x: 2\n", "run.yaml:4:3", "'x'", "line 3");
}

/* Lists do not nest. */
Test(config, lists_do_not_nest)
{
    assert_refused("a: [[1]]\n", "run.yaml:1:5", "plain value");
}

/* A file that is a list is no file of settings. */
Test(config, the_file_is_a_mapping)
{
    assert_refused("- a\n- b\n", "run.yaml:1:1", "settings");
}

/* Anchors are refused: a setting says what it is where it stands. */
Test(config, anchors_are_refused)
{
    assert_refused("a: &x 1\n", "run.yaml:1:4", "anchors");
}

/* Aliases are refused too. */
Test(config, aliases_are_refused)
{
    assert_refused("a: *x\n", "run.yaml:1:4");
}

/* One document is all. */
Test(config, a_second_document_is_refused)
{
    assert_refused("a: 1\n---\nb: 2\n", "run.yaml:2:1", "one document");
}

/* Text that is not UTF-8 is refused. */
Test(config, values_are_utf8)
{
    assert_refused("a: \xff\n", "run.yaml", "UTF-8");
}

/* An escaped NUL would cut a value short, so it is refused. */
Test(config, values_have_no_nul)
{
    assert_refused("a: \"x\\0y\"\n", "run.yaml:1:4", "NUL");
}

/* A NUL byte is refused. */
Test(config, files_have_no_nul)
{
    cr_assert_eq(read_bytes("a: x\0y\n", 7), CRUX_INVALID);
    cr_assert_not_null(strstr(error.text, "run.yaml"));
}
