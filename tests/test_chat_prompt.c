/*
 * test_chat_prompt.c - what chat/prompt.h promises, one promise per test.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/chat/prompt.h"
#include "io/stops.h"

/* A file with this text; the caller removes it. */
static const char *file_of(const char *text, size_t length)
{
    static char path[64];
    FILE *file;

    (void)snprintf(path, sizeof path, "/tmp/crux-prompt-%ld", (long)getpid());
    file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(text, 1, length, file), length);
    cr_assert_eq(fclose(file), 0);
    return path;
}

static struct chat_prompt *opened(const char *text)
{
    struct chat_prompt *prompt = NULL;
    struct crux_error error = {""};
    const char *path = file_of(text, strlen(text));

    cr_assert_eq(chat_prompt_open(&prompt, path, &error), CRUX_OK, "%s", error.text);
    (void)unlink(path);
    return prompt;
}

/* Opening fails, and the sentence ends so behind the file's name. */
static void assert_refused(const char *text, size_t length, const char *ending)
{
    struct chat_prompt *prompt = NULL;
    struct crux_error error = {""};
    const char *path = file_of(text, length);

    cr_assert_eq(chat_prompt_open(&prompt, path, &error), CRUX_INVALID, "%s", text);
    (void)unlink(path);
    cr_assert_null(prompt);
    cr_assert_eq(strncmp(error.text, path, strlen(path)), 0, "%s", error.text);
    cr_assert_str_eq(error.text + strlen(path), ending);
}

static void assert_says(const struct chat_prompt *prompt, enum chat_part part, const char *want)
{
    struct crux_error error = {""};
    char *found = NULL;

    cr_assert_eq(chat_prompt_render(&found, prompt, part, "Why?", NULL, 0, &error), CRUX_OK, "%s",
                 error.text);
    cr_assert_str_eq(found, want);
    free(found);
}

/* --- built in --------------------------------------------------------------------- */

/* Three prompts are built in; each is a file that could be one's own, has all its parts and
 * says the problem. */
Test(built_in, can_be_copied)
{
    static const char *const names[] = {"math", "code", "plain"};

    for (size_t i = 0; i < 3; i++) {
        struct chat_prompt *mine = opened(crux_prompt_text(names[i])), *theirs = NULL;

        cr_assert_eq(chat_prompt_open(&theirs, names[i], NULL), CRUX_OK);
        assert_says(mine, CHAT_USER, "Why?");
        assert_says(theirs, CHAT_USER, "Why?");
        cr_assert_eq(theirs->stop_count, 1);
        cr_assert_str_eq(theirs->stops[0], "\n\n");
        cr_assert_eq(theirs->final_count, mine->final_count);
        cr_assert_gt(theirs->final_count, 0);
        chat_prompt_close(mine);
        chat_prompt_close(theirs);
    }
    cr_assert_null(crux_prompt_text("poetry"));
    chat_prompt_close(NULL);
}

/* The parts for servers that continue nothing number the steps so far and name the next one. */
Test(built_in, asks_for_the_next_step)
{
    const struct mustache_value first[] = {{".", {"One.", 4}, NULL, 0}};
    const struct mustache_value second[] = {{".", {"Two.", 4}, NULL, 0}};
    const struct mustache_scope steps[] = {{first, 1}, {second, 1}};
    struct chat_prompt *prompt = NULL;
    char *text = NULL;

    cr_assert_eq(chat_prompt_open(&prompt, "math", NULL), CRUX_OK);
    cr_assert_eq(chat_prompt_render(&text, prompt, CHAT_ASK_NEXT, "Why?", steps, 2, NULL), CRUX_OK);
    cr_assert_not_null(strstr(text, "written so far:\n\n1. One.\n2. Two.\n\nWrite step 3 "), "%s",
                       text);
    free(text);
    cr_assert_eq(chat_prompt_render(&text, prompt, CHAT_ASK_REST, "Why?", steps, 2, NULL), CRUX_OK);
    cr_assert_not_null(strstr(text, "1. One.\n2. Two.\n\nGo on from there"), "%s", text);
    free(text);
    cr_assert_eq(chat_prompt_render(&text, prompt, CHAT_ASK_NEXT, "Why?", NULL, 0, NULL), CRUX_OK);
    cr_assert_eq(strncmp(text, "\nWrite step 1 ", 14), 0, "%s", text);
    free(text);
    chat_prompt_close(prompt);
}

/* The answer before and what is said of it; where nothing is, that it may be wrong. */
Test(built_in, asks_for_a_revision)
{
    struct chat_prompt_revision said = {"Why?", "One.\n\nTwo.", "Two is wrong.", NULL, 0};
    struct chat_prompt *prompt = NULL;
    char *text = NULL;

    cr_assert_eq(chat_prompt_open(&prompt, "plain", NULL), CRUX_OK);
    cr_assert_eq(chat_prompt_render_revision(&text, prompt, &said, NULL), CRUX_OK);
    cr_assert_not_null(
        strstr(text, "before:\n\nOne.\n\nTwo.\n\nA critic says of it:\n\nTwo is wrong.\n\nWrite "),
        "%s", text);
    free(text);
    said.critique = "";
    cr_assert_eq(chat_prompt_render_revision(&text, prompt, &said, NULL), CRUX_OK);
    cr_assert_not_null(strstr(text, "Two.\n\nIt may be wrong.\n\nWrite "), "%s", text);
    cr_assert_null(strstr(text, "critic says"), "%s", text);
    free(text);
    chat_prompt_close(prompt);
}

/* A prompt of one's own asks in its own words, which may number the steps; one without a part for
 * it asks as the built-in ones do. Other parts know no answer and no critique. */
Test(built_in, own_words_for_a_revision)
{
    const struct mustache_value first[] = {{".", {"One.", 4}, NULL, 0}};
    const struct mustache_scope steps[] = {{first, 1}};
    const struct chat_prompt_revision said = {"Why?", "One.", "No.", steps, 1};
    struct chat_prompt *prompt =
        opened("--- user\n{{problem}}\n--- revise\n{{problem}} "
               "{{#steps}}{{@number}}) {{.}}{{/steps}} ({{critique}}) Again.");
    char *text = NULL;

    cr_assert_eq(chat_prompt_render_revision(&text, prompt, &said, NULL), CRUX_OK);
    cr_assert_str_eq(text, "Why? 1) One. (No.) Again.");
    free(text);
    chat_prompt_close(prompt);
    prompt = opened("--- user\n{{problem}}\n");
    cr_assert_eq(chat_prompt_render_revision(&text, prompt, &said, NULL), CRUX_OK);
    cr_assert_not_null(strstr(text, "This answer was given before:\n\nOne.\n\n"), "%s", text);
    free(text);
    chat_prompt_close(prompt);
    assert_refused("--- user\n{{problem}} {{critique}}", 33,
                   ":2: there is no value `critique`; there are: problem, steps, number");
}

/* --- files ------------------------------------------------------------------------ */

/* Parts begin with their lines; empty lines at their ends do not count, those inside do. */
Test(files, parts)
{
    struct chat_prompt *prompt = opened("\n--- system\r\n\nBe brief.\n\nBe right.\n\n\n--- user \n"
                                        "  Q: {{problem}}\n--- stop\n\\n\n\n\\nStep \n--- final\n"
                                        "QED\r\n\nso it is");

    assert_says(prompt, CHAT_SYSTEM, "Be brief.\n\nBe right.");
    assert_says(prompt, CHAT_USER, "  Q: Why?");
    cr_assert_eq(prompt->stop_count, 2);
    cr_assert_str_eq(prompt->stops[0], "\n");
    cr_assert_str_eq(prompt->stops[1], "\nStep ");
    cr_assert_eq(prompt->final_count, 2);
    cr_assert_str_eq(prompt->finals[0], "QED");
    cr_assert_str_eq(prompt->finals[1], "so it is");
    chat_prompt_close(prompt);
}

/* What is left out is inherited, but for the system turn, which is then none; what is there and
 * empty is empty. */
Test(files, inherited)
{
    struct chat_prompt *prompt = opened("--- user\n{{problem}}");

    assert_says(prompt, CHAT_SYSTEM, "");
    cr_assert_str_eq(prompt->stops[0], "\n\n");
    cr_assert_str_eq(prompt->finals[0], "\\boxed{");
    chat_prompt_close(prompt);
    prompt = opened("--- user\n{{problem}}\n--- final\n--- stop\n\n--- next\n--- rest\n");
    cr_assert_eq(prompt->final_count, 0);
    cr_assert_eq(prompt->stop_count, 0);
    assert_says(prompt, CHAT_ASK_NEXT, "");
    chat_prompt_close(prompt);
}

/* What is wrong is reported with its line. */
Test(files, refused)
{
    static const struct {
        const char *text, *ending;
    } rows[] = {
        {"Be brief.\n--- user\nx",
         ":1: expected a line that begins a part, like `--- user`, before any text"},
        {"\n\n--- use\nx", ":3: expected --- system, user, next, rest, revise, rationale, query, "
                           "answer, stop or final, found another part"},
        {"--- user\nx\n\n--- user\ny", ":4: expected each part once, found one again"},
        {"--- system\nx\n", ": expected a part `--- user`, found none"},
        {"", ": expected a part `--- user`, found none"},
        {"--- user\nWhat now?\n", ": expected {{problem}} in the part `--- user`, found none"},
        {"--- system\nx\n--- user\nStep {{number}}",
         ": expected {{problem}} in the part `--- user`, found none"},
        {"--- user\n\n{{probelm}}",
         ":3: there is no value `probelm`; there are: problem, steps, number"},
        {"--- user\nx\n{{/problem}}",
         ":3: expected a section's beginning before its end `{{/problem}}`"},
        {"--- user\nx\n--- stop\n\n\\q\n", ":5: expected \\n, \\t or \\\\ where a \\ stands"},
        {"--- user\nx\n--- final\n1\n2\n3\n4\n5\n6\n7\n8\n9\n",
         ":12: expected at most 8 lines in this part"},
        {"--- user\nx\n--- stop\n1\n2\n3\n4\n5\n6\n7\n8\n9\n",
         ":12: expected at most 8 lines in this part"},
        {"--- user\n\xff", ": expected text in UTF-8"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_refused(rows[i].text, strlen(rows[i].text), rows[i].ending);
    assert_refused("--- user\n\0x", 11, ": expected text in UTF-8");
}

/* A file's text can stand for it: what is recorded of a run means the same when the file has
 * changed. */
Test(files, in_line)
{
    static const char text[] = "--- user\nQ: {{problem}}";
    struct chat_prompt *prompt = NULL;
    struct crux_error error = {""};
    char *name = NULL;

    cr_assert_eq(crux_prompt_inline(&name, file_of(text, strlen(text)), NULL), CRUX_OK);
    (void)unlink(file_of("", 0));
    cr_assert_str_eq(name, "=--- user\nQ: {{problem}}");
    cr_assert_eq(chat_prompt_open(&prompt, name, NULL), CRUX_OK);
    assert_says(prompt, CHAT_USER, "Q: Why?");
    chat_prompt_close(prompt);
    free(name);
    cr_assert_eq(crux_prompt_inline(&name, "code", NULL), CRUX_OK);
    cr_assert_str_eq(name, "code");
    free(name);
    cr_assert_eq(crux_prompt_inline(&name, "=x", NULL), CRUX_OK);
    cr_assert_str_eq(name, "=x");
    free(name);
    cr_assert_eq(crux_prompt_inline(&name, "/nowhere", &error), CRUX_INVALID);
    cr_assert_eq(chat_prompt_open(&prompt, "=x", &error), CRUX_INVALID);
    cr_assert_str_eq(error.text, "the prompt:1: expected a line that begins a part, like `--- "
                                 "user`, before any text");
}

/* A file that is not there, is none, or is far too large. */
Test(files, unreadable)
{
    struct chat_prompt *prompt = NULL;
    struct crux_error error = {""};
    char *large = calloc(1, (1 << 20) + 1);

    cr_assert_eq(chat_prompt_open(&prompt, "/nowhere/my.prompt", &error), CRUX_INVALID);
    cr_assert_str_eq(error.text, "cannot open the prompt /nowhere/my.prompt: No such file or "
                                 "directory; built in are math, code and plain");
    cr_assert_eq(chat_prompt_open(&prompt, "/tmp", &error), CRUX_INVALID);
    cr_assert_str_eq(error.text, "cannot read the prompt /tmp: Is a directory");
    cr_assert_not_null(large);
    assert_refused(large, (1 << 20) + 1, ": expected a prompt of at most 1 MiB");
    free(large);
    cr_assert_null(prompt);
}

/* --- stop strings as one types them ----------------------------------------------- */

/* What C would make of it, or a refusal. */
Test(unescape, as_in_c)
{
    char good[] = "a\\n\\tb\\\\n", plain[] = "Step", ends[] = "a\\", odd[] = "\\x41", none[] = "";

    cr_assert(stops_unescape(good));
    cr_assert_str_eq(good, "a\n\tb\\n");
    cr_assert(stops_unescape(plain));
    cr_assert_str_eq(plain, "Step");
    cr_assert_not(stops_unescape(ends));
    cr_assert_not(stops_unescape(odd));
    cr_assert_not(stops_unescape(none));
}
