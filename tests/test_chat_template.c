/*
 * test_chat_template.c - what chat/template.h promises, one promise per test.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/chat/template.h"

static const struct chat_profile *const bare = &chat_profiles[CHAT_VLLM]; /* adds no mark */
static const struct chat_profile *const adds = &chat_profiles[CHAT_LLAMACPP];

static void assert_frame(struct mustache *frame, const char *system, const char *want)
{
    struct crux_error error = {""};
    char *found = NULL;

    cr_assert_eq(chat_template_render(&found, frame, system, "U{{x}}", &error), CRUX_OK, "%s",
                 error.text);
    cr_assert_str_eq(found, want);
    free(found);
}

/* --- by name ---------------------------------------------------------------------- */

/* What the families write around a system and a user turn, the assistant's open at the end. */
Test(names, families)
{
    static const struct {
        const char *name, *with, *without;
    } rows[] = {
        {"chatml",
         "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU{{x}}<|im_end|>\n"
         "<|im_start|>assistant\n",
         "<|im_start|>user\nU{{x}}<|im_end|>\n<|im_start|>assistant\n"},
        {"llama3",
         "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|>"
         "<|start_header_id|>user<|end_header_id|>\n\nU{{x}}<|eot_id|>"
         "<|start_header_id|>assistant<|end_header_id|>\n\n",
         "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nU{{x}}<|eot_id|>"
         "<|start_header_id|>assistant<|end_header_id|>\n\n"},
        {"mistral", "<s>[INST] S\n\nU{{x}} [/INST]", "<s>[INST] U{{x}} [/INST]"},
        {"gemma", "<bos><start_of_turn>user\nS\n\nU{{x}}<end_of_turn>\n<start_of_turn>model\n",
         "<bos><start_of_turn>user\nU{{x}}<end_of_turn>\n<start_of_turn>model\n"},
        {"deepseek", "<｜begin▁of▁sentence｜>S<｜User｜>U{{x}}<｜Assistant｜>",
         "<｜begin▁of▁sentence｜><｜User｜>U{{x}}<｜Assistant｜>"},
        {"none", "S\n\nU{{x}}\n\n", "U{{x}}\n\n"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mustache *frame = NULL;

        cr_assert_eq(chat_template_open(&frame, rows[i].name, bare, NULL), CRUX_OK);
        assert_frame(frame, "S", rows[i].with);
        assert_frame(frame, "", rows[i].without);
        mustache_free(frame);
    }
}

/* A server that begins every text with a mark gets a frame without it. */
Test(names, no_second_beginning)
{
    static const struct {
        const char *name, *start;
    } rows[] = {{"llama3", "<|start_header_id|>"},
                {"mistral", "[INST]"},
                {"gemma", "<start_of_turn>"},
                {"deepseek", "<｜User｜>"},
                {"chatml", "<|im_start|>user"}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mustache *frame = NULL;
        char *text = NULL;

        cr_assert_eq(chat_template_open(&frame, rows[i].name, adds, NULL), CRUX_OK);
        cr_assert_eq(chat_template_render(&text, frame, "", "U", NULL), CRUX_OK);
        cr_assert_eq(strncmp(text, rows[i].start, strlen(rows[i].start)), 0, "%s", text);
        free(text);
        mustache_free(frame);
    }
}

/* --- by file ---------------------------------------------------------------------- */

static int open_text(struct mustache **out, const char *text, size_t length,
                     struct crux_error *error)
{
    char path[64];
    FILE *file;
    int status;

    (void)snprintf(path, sizeof path, "/tmp/crux-frame-%ld", (long)getpid());
    file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(text, 1, length, file), length);
    cr_assert_eq(fclose(file), 0);
    status = chat_template_open(out, path, bare, error);
    (void)unlink(path);
    return status;
}

/* One's own frame is a file with the two turns in it. */
Test(files, own)
{
    static const char text[] = "A{{system}}B{{user}}C";
    struct mustache *frame = NULL;

    cr_assert_eq(open_text(&frame, text, strlen(text), NULL), CRUX_OK);
    assert_frame(frame, "S", "ASBU{{x}}C");
    mustache_free(frame);
}

/* A file that is not there, too large, no text, Jinja, or wants what a frame has not. */
Test(files, refused)
{
    static const char jinja[] = "{% for m in messages %}{{m}}{% endfor %}";
    static const char other[] = "{{system}}{{problem}}", mute[] = "{{system}} user";
    struct mustache *frame = NULL;
    struct crux_error error = {""};
    char *large = malloc(70000);

    cr_assert_eq(chat_template_open(&frame, "/nowhere/frame", bare, &error), CRUX_INVALID);
    cr_assert_not_null(strstr(error.text, "No such file or directory; built in are chatml, llama3, "
                                          "mistral, gemma, deepseek and none"));
    cr_assert_not_null(large);
    memset(large, 'x', 70000);
    cr_assert_eq(open_text(&frame, large, 70000, &error), CRUX_INVALID);
    cr_assert_not_null(strstr(error.text, "a text of at most 64 KiB"));
    free(large);
    cr_assert_eq(open_text(&frame, "a\0b", 3, &error), CRUX_INVALID);
    cr_assert_eq(chat_template_open(&frame, "/tmp", bare, &error), CRUX_INVALID);
    cr_assert_eq(open_text(&frame, jinja, strlen(jinja), &error), CRUX_INVALID);
    cr_assert_not_null(strstr(error.text, "this looks like Jinja"));
    cr_assert_eq(open_text(&frame, other, strlen(other), &error), CRUX_INVALID);
    cr_assert_not_null(strstr(error.text, ":1: there is no value `problem`; there are: system, "
                                          "user"));
    cr_assert_eq(open_text(&frame, mute, strlen(mute), &error), CRUX_INVALID);
    cr_assert_not_null(strstr(error.text, "expected {{user}}, where the question comes"));
    cr_assert_null(frame);
}

/* --- by the server ---------------------------------------------------------------- */

/* What a server makes of the two words is the frame, braces and all. */
Test(servers, rendered)
{
    struct mustache *frame = NULL;
    char *source = NULL;

    cr_assert_eq(chat_template_of(&source,
                                  "<s>{{%}<sys>" CHAT_TEMPLATE_SYSTEM
                                  "</sys>{{user}}\n" CHAT_TEMPLATE_USER "\n<bot>",
                                  NULL),
                 CRUX_OK);
    cr_assert_str_eq(source,
                     "=<s>{{@open}}%}<sys>{{system}}</sys>{{@open}}user}}\n{{user}}\n<bot>");
    cr_assert_eq(chat_template_open(&frame, source, adds, NULL), CRUX_OK);
    assert_frame(frame, "S", "{{%}<sys>S</sys>{{user}}\nU{{x}}\n<bot>");
    mustache_free(frame);
    free(source);
}

/* A template that loses, repeats or reorders a turn is no frame. */
Test(servers, refused)
{
    static const char *const renderings[] = {
        "",
        CHAT_TEMPLATE_USER,
        CHAT_TEMPLATE_SYSTEM,
        CHAT_TEMPLATE_USER CHAT_TEMPLATE_SYSTEM,
        CHAT_TEMPLATE_SYSTEM CHAT_TEMPLATE_USER CHAT_TEMPLATE_USER,
        CHAT_TEMPLATE_SYSTEM CHAT_TEMPLATE_SYSTEM CHAT_TEMPLATE_USER};

    for (size_t i = 0; i < sizeof renderings / sizeof *renderings; i++) {
        char *source = NULL;
        struct crux_error error = {""};

        cr_assert_eq(chat_template_of(&source, renderings[i], &error), CRUX_INVALID);
        cr_assert_null(source);
        cr_assert_str_eq(error.text,
                         "the server's chat template does not leave the turns as they are");
    }
}

/* --- marks ------------------------------------------------------------------------ */

/* Marks in other people's texts are broken, everything else stays. */
Test(guard, breaks_marks)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"a < b <= c, f[0]", "a < b <= c, f[0]"},
        {"x<|im_end|>y", "x< |im_end|>y"},
        {"<|<|", "< |< |"},
        {"</s> [INST] [/INST]", "< /s> [ INST] [ /INST]"},
        {"<｜User｜>", "< ｜User｜>"},
        {"<end_of_turn>", "< end_of_turn>"},
        {"", ""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *found = chat_template_guard(rows[i].text);

        cr_assert_str_eq(found, rows[i].want);
        free(found);
    }
}
