/*
 * question.c - reads the tests of a problem's line and writes them, with the program, as a
 * question.
 */
#include "critics/run/question.h"

#include <stdlib.h>
#include <string.h>

#include "critics/run/block.h"
#include "io/json.h"
#include "io/steps.h"

#define NO_TESTS    "the problem has no tests that can be run"
#define NO_LANGUAGE "the answer's code is in a language that is not run here"

/* --- tests ------------------------------------------------------------------------------------ */

static const char *line_text(const struct json *line, const char *name)
{
    return json_as_string(json_get(line, name));
}

static const struct json *tests_of(const struct json *line, bool visible)
{
    const struct json *tests = json_get(line, visible ? "visible_tests" : "tests");

    return tests != NULL ? tests : json_get(line, visible ? "public_tests" : "test_list");
}

/* Input (0) or output (1) of a pair; NULL: it is none. */
static const struct json *side_of(const struct json *pair, int side)
{
    if (json_type_of(pair) == JSON_IS_OBJECT)
        return json_get(pair, side == 0 ? "input" : "output");
    if (json_type_of(pair) == JSON_IS_ARRAY && json_count(pair) == 2)
        return json_at(pair, (size_t)side);
    return NULL;
}

/* Are all of these pairs, with inputs of this type? */
static bool are_pairs(const struct json *tests, enum json_type input)
{
    bool good = json_type_of(tests) == JSON_IS_ARRAY && json_count(tests) > 0;

    for (size_t i = 0; good && i < json_count(tests); i++) {
        const struct json *pair = json_at(tests, i);

        good = json_type_of(side_of(pair, 0)) == input && side_of(pair, 1) != NULL &&
               (input != JSON_IS_STRING || json_type_of(side_of(pair, 1)) == JSON_IS_STRING);
    }
    return good;
}

static bool are_texts(const struct json *tests)
{
    bool good = json_type_of(tests) == JSON_IS_ARRAY && json_count(tests) > 0;

    for (size_t i = 0; good && i < json_count(tests); i++)
        good = json_type_of(json_at(tests, i)) == JSON_IS_STRING;
    return good;
}

static struct json *copy_pairs(const struct json *tests)
{
    struct json *pairs = json_new_array();

    for (size_t i = 0; i < json_count(tests); i++) {
        struct json *pair = json_new_array();

        json_add(pair, json_clone(side_of(json_at(tests, i), 0)));
        json_add(pair, json_clone(side_of(json_at(tests, i), 1)));
        json_add(pairs, pair);
    }
    return pairs;
}

static struct json *one_run(void)
{
    struct json *runs = json_new_array(), *pair = json_new_array();

    json_add(pair, json_of_string(""));
    json_add(pair, json_of_null());
    json_add(runs, pair);
    return runs;
}

static void put_setup(struct json *to, const char *text)
{
    if (text != NULL && text[0] != '\0')
        json_put(to, "setup", json_of_string(text));
}

/* The tests as members of the question, which is false when the line has none that are known. */
static bool put_tests(struct json *to, const struct json *line, const char *setup,
                      const struct run_settings *settings)
{
    bool command = settings->command != NULL;
    const struct json *tests = tests_of(line, settings->visible);
    const char *check = settings->visible ? NULL : line_text(line, "test");
    const char *entry = line_text(line, "entry_point");

    if (are_pairs(tests, JSON_IS_STRING)) {
        json_put(to, "runs", copy_pairs(tests));
    } else if (command) {
        json_put(to, "runs", one_run());
    } else if (entry != NULL && are_pairs(tests, JSON_IS_ARRAY)) {
        json_put(to, "entry", json_of_string(entry));
        json_put(to, "calls", copy_pairs(tests));
    } else if (are_texts(tests)) {
        put_setup(to, line_text(line, "test_setup_code"));
        json_put(to, "asserts", json_clone(tests));
    } else if (entry != NULL && check != NULL) {
        put_setup(to, setup);
        json_put(to, "entry", json_of_string(entry));
        json_put(to, "check", json_of_string(check));
    } else {
        return false;
    }
    return true;
}

/* --- the program --------------------------------------------------------------------------------
 */

/* Does a line begin with `def NAME(`? */
static bool defines(const char *code, size_t length, const char *name)
{
    const char *end = code + length, *line = code;
    size_t size = strlen(name);

    while (line != NULL && line < end) {
        if ((size_t)(end - line) > size + 5 && memcmp(line, "def ", 4) == 0 &&
            memcmp(line + 4, name, size) == 0 && (line[4 + size] == '(' || line[4 + size] == ' '))
            return true;
        line = memchr(line, '\n', (size_t)(end - line));
        if (line != NULL)
            line++;
    }
    return false;
}

/* What a problem that is itself the beginning of the program says; NULL: it is not. */
static const char *beginning(const struct crux_problem *problem, const struct json *line)
{
    const char *entry = line_text(line, "entry_point");

    if (entry == NULL || line_text(line, "test") == NULL || problem->prompt == NULL ||
        !defines(problem->prompt, strlen(problem->prompt), entry))
        return NULL;
    return problem->prompt;
}

/* A function that is written anew stands behind the one without a body, else it is that body. */
static struct json *join_program(const char *code, size_t length, const char *setup,
                                 const char *entry)
{
    size_t before = strlen(setup);
    bool anew = defines(code, length, entry);
    char *whole = malloc(before + length + 2);
    struct json *program;

    if (whole == NULL)
        return NULL;
    memcpy(whole, setup, before);
    if (anew)
        whole[before++] = '\n';
    memcpy(whole + before, code, length);
    program = json_of_text(whole, before + length);
    free(whole);
    return program;
}

static struct json *program_of(const struct run_block *block, const char *setup, const char *entry)
{
    size_t length = 0;
    char *code = run_block_code(block, &length);
    struct json *program = NULL;

    if (code != NULL && setup != NULL)
        program = join_program(code, length, setup, entry);
    else if (code != NULL)
        program = json_of_text(code, length);
    free(code);
    return program;
}

static const char *language_of(const struct run_block *block, const struct run_settings *settings)
{
    if (settings->command != NULL)
        return "command";
    return settings->language != NULL ? settings->language : run_block_language(block->language);
}

/* NULL: no memory. Nothing can be asked where *why is set. */
static char *write_run_question(const struct json *line, const struct crux_problem *problem,
                                struct crux_text answer, const struct run_settings *settings,
                                const char **why)
{
    struct run_block block = run_block_find(answer.start, answer.length, settings->command == NULL);
    const char *language = language_of(&block, settings);
    struct json *question = json_new_object();
    const char *setup = settings->command == NULL ? beginning(problem, line) : NULL;
    char *text;

    json_put(question, "language", json_of_string(language != NULL ? language : ""));
    if (settings->command != NULL)
        json_put(question, "command", json_of_string(settings->command));
    json_put(question, "code", program_of(&block, setup, line_text(line, "entry_point")));
    if (!put_tests(question, line, setup, settings))
        *why = NO_TESTS;
    else if (language == NULL)
        *why = NO_LANGUAGE;
    text = json_text(question, false);
    json_free(question);
    return text;
}

int run_question(char **out, const struct crux_problem *problem, const struct crux_step *last,
                 const struct run_settings *settings, const char **why)
{
    struct json *line = NULL;
    char *text = NULL;
    struct crux_text answer = {NULL, 0};
    int status;

    *out = NULL;
    *why = NO_TESTS;
    if (problem->line == NULL || json_parse(&line, problem->line, strlen(problem->line), NULL) != 0)
        return CRUX_OK;
    *why = NULL;
    answer.start = steps_join_solution(last, (struct crux_text){"\n", 1}, "\n", &answer.length);
    if (answer.start != NULL)
        text = write_run_question(line, problem, answer, settings, why);
    status = text != NULL || *why != NULL ? CRUX_OK : CRUX_MEMORY;
    if (*why != NULL)
        free(text);
    else
        *out = text;
    free((char *)answer.start);
    json_free(line);
    return status;
}
