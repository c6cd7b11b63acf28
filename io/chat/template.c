/*
 * template.c - chat templates: the built-in ones, those in files, and those that servers show.
 *
 * The built-in ones are the model families' own templates, reduced to one system and one user
 * turn. Where a family has no system turn, the system's text stands before the user's.
 */
#include "io/chat/template.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_TEMPLATE = 65536 };

static const struct {
    const char *name, *text;
} built_in_templates[] = {
    {"chatml", "{{#system}}<|im_start|>system\n{{system}}<|im_end|>\n{{/system}}"
               "<|im_start|>user\n{{user}}<|im_end|>\n<|im_start|>assistant\n"},
    {"llama3", "<|begin_of_text|>{{#system}}<|start_header_id|>system<|end_header_id|>\n\n"
               "{{system}}<|eot_id|>{{/system}}<|start_header_id|>user<|end_header_id|>\n\n"
               "{{user}}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"},
    {"mistral", "<s>[INST] {{#system}}{{system}}\n\n{{/system}}{{user}} [/INST]"},
    {"gemma", "<bos><start_of_turn>user\n{{#system}}{{system}}\n\n{{/system}}"
              "{{user}}<end_of_turn>\n<start_of_turn>model\n"},
    {"deepseek", "<｜begin▁of▁sentence｜>{{#system}}{{system}}{{/system}}"
                 "<｜User｜>{{user}}<｜Assistant｜>"},
    {"none", "{{#system}}{{system}}\n\n{{/system}}{{user}}\n\n"},
};

enum { BUILT_IN_TEMPLATES = sizeof built_in_templates / sizeof built_in_templates[0] };

/* Marks that begin a text; a server that adds its own must not get a second one. */
static const char *const beginnings[] = {"<|begin_of_text|>", "<s>", "<bos>",
                                         "<｜begin▁of▁sentence｜>", "<|startoftext|>"};

static const char *behind_beginning(const char *text, const struct chat_profile *profile)
{
    for (size_t i = 0; profile->adds_bos && i < sizeof beginnings / sizeof *beginnings; i++) {
        size_t length = strlen(beginnings[i]);

        if (strncmp(text, beginnings[i], length) == 0)
            return text + length;
    }
    return text;
}

static int chat_template_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for a chat template");
}

static int chat_template_parse(struct mustache **out, const char *name, const char *text,
                               const struct chat_profile *profile, struct crux_error *error)
{
    static const char *const values[] = {"system", "user", NULL};
    const char *start = behind_beginning(text, profile);
    const struct mustache_source source = {name, 1, {start, strlen(start)}};
    struct mustache *template = NULL;
    int status = mustache_parse(&template, &source, error);

    if (status == CRUX_OK)
        status = mustache_check(template, values, error);
    if (status == CRUX_OK && !mustache_says(template, "user"))
        status = crux_fail(error, CRUX_INVALID,
                           "%.200s: expected {{user}}, where the question comes, found none", name);
    if (status == CRUX_OK)
        *out = template;
    else
        mustache_free(template);
    return status;
}

static int open_file(struct mustache **out, const char *path, const struct chat_profile *profile,
                     struct crux_error *error)
{
    FILE *file = fopen(path, "re");
    char *text = calloc(1, LARGEST_TEMPLATE + 1);
    size_t length = file == NULL || text == NULL ? 0 : fread(text, 1, LARGEST_TEMPLATE, file);
    int status;

    if (file == NULL)
        status = crux_fail(error, CRUX_INVALID,
                           "cannot open the chat template %.200s: %s; built in are chatml, llama3, "
                           "mistral, gemma, deepseek and none",
                           path, strerror(errno));
    else if (text == NULL)
        status = chat_template_no_memory(error);
    else if (ferror(file) || fgetc(file) != EOF || strlen(text) != length)
        status = crux_fail(error, CRUX_INVALID,
                           "%.200s: expected a chat template, a text of at most 64 KiB", path);
    else if (strstr(text, "{%") != NULL)
        status = crux_fail(error, CRUX_INVALID,
                           "%.200s: expected a text with {{system}} and {{user}}; this looks like "
                           "Jinja, which the server renders by itself when no template is given",
                           path);
    else
        status = chat_template_parse(out, path, text, profile, error);
    if (file != NULL)
        (void)fclose(file);
    free(text);
    return status;
}

bool crux_chat_template_is_file(const char *name)
{
    for (size_t i = 0; i < BUILT_IN_TEMPLATES; i++)
        if (strcmp(built_in_templates[i].name, name) == 0)
            return false;
    return name[0] != '=';
}

int chat_template_open(struct mustache **out, const char *name, const struct chat_profile *profile,
                       struct crux_error *error)
{
    for (size_t i = 0; i < BUILT_IN_TEMPLATES; i++)
        if (strcmp(built_in_templates[i].name, name) == 0)
            return chat_template_parse(out, name, built_in_templates[i].text, profile, error);
    if (name[0] == '=')
        return chat_template_parse(out, "the chat template", name + 1, profile, error);
    return open_file(out, name, profile, error);
}

/* A piece of a server's own text: braces in it are text. */
static void write_plain(FILE *out, const char *start, const char *end)
{
    while (start < end) {
        const char *braces = memmem(start, (size_t)(end - start), "{{", 2);
        const char *stop = braces == NULL ? end : braces;

        (void)fwrite(start, 1, (size_t)(stop - start), out);
        if (braces != NULL)
            (void)fputs("{{@open}}", out);
        start = braces == NULL ? end : braces + 2;
    }
}

int chat_template_of(char **out, const char *rendered, struct crux_error *error)
{
    const char *system = strstr(rendered, CHAT_TEMPLATE_SYSTEM);
    const char *user = strstr(rendered, CHAT_TEMPLATE_USER);
    const char *after_system, *after_user;
    char *text = NULL;
    size_t size = 0;
    FILE *stream;

    if (system == NULL || user == NULL || user < system ||
        strstr(system + 1, CHAT_TEMPLATE_SYSTEM) != NULL ||
        strstr(user + 1, CHAT_TEMPLATE_USER) != NULL)
        return crux_fail(error, CRUX_INVALID,
                         "the server's chat template does not leave the turns as they are");
    after_system = system + strlen(CHAT_TEMPLATE_SYSTEM);
    after_user = user + strlen(CHAT_TEMPLATE_USER);
    stream = open_memstream(&text, &size);
    if (stream == NULL)
        return chat_template_no_memory(error);
    (void)fputc('=', stream);
    write_plain(stream, rendered, system);
    (void)fputs("{{system}}", stream);
    write_plain(stream, after_system, user);
    (void)fputs("{{user}}", stream);
    write_plain(stream, after_user, after_user + strlen(after_user));
    if (fclose(stream) != 0) {
        free(text);
        return chat_template_no_memory(error);
    }
    *out = text;
    return CRUX_OK;
}

int chat_template_render(char **out, const struct mustache *template, const char *system,
                         const char *user, struct crux_error *error)
{
    const struct mustache_value values[] = {{"system", {system, strlen(system)}, NULL, 0},
                                            {"user", {user, strlen(user)}, NULL, 0}};
    const struct mustache_scope scope = {values, 2};
    size_t length;

    return mustache_render(out, &length, template, &scope, error);
}

/* --- marks in other people's texts ------------------------------------------------ */

/* How marks begin; a space behind the first character makes text of them. */
static const char *const marks[] = {
    "<|",  "<｜",  "<start_of_turn>", "<end_of_turn>", "[INST]", "[/INST]",
    "<s>", "</s>", "<bos>",           "<eos>"};

static bool is_mark(const char *text)
{
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strncmp(text, marks[i], strlen(marks[i])) == 0)
            return true;
    return false;
}

char *chat_template_guard(const char *text)
{
    char *copy = malloc(2 * strlen(text) + 1), *out = copy;

    if (copy == NULL)
        return NULL;
    for (; *text != '\0'; text++) {
        *out++ = *text;
        if ((*text == '<' || *text == '[') && is_mark(text))
            *out++ = ' ';
    }
    *out = '\0';
    return copy;
}
