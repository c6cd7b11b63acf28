/*
 * words.c - the questions to annotators: a row for each stage, with its task and its form.
 */
#include "critics/annotate/words.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "critics/replied.h"
#include "io/json.h"

/* --- what is shown -------------------------------------------------------------------------- */

static void annotate_put_step(FILE *out, const struct annotate_path *path, uint32_t i)
{
    (void)fprintf(out, "[%u] %.*s\n", i + 1, (int)path->steps[i].length, path->steps[i].start);
}

static void annotate_put_steps(FILE *out, const struct annotate_path *path, uint32_t from,
                               uint32_t to)
{
    for (uint32_t i = from; i < to && i < path->count; i++)
        annotate_put_step(out, path, i);
}

static void annotate_put_problem(FILE *out, const struct annotate_matter *matter)
{
    (void)fprintf(out, "Problem:\n%s\n\n", matter->problem->prompt);
}

static void show_located(FILE *out, const struct annotate_matter *matter)
{
    if (matter->located == CRUX_NO_STEP)
        return;
    if (matter->located < matter->wrong.count)
        (void)fprintf(out, "Known: the first wrong step of attempt B is step %u.\n\n",
                      matter->located + 1);
    else
        (void)fputs("Known: the steps of attempt B are right, and one is missing behind them.\n\n",
                    out);
}

/* Both, after what they share; or the wrong one alone. */
static void show_pair(FILE *out, const struct annotate_matter *matter)
{
    const struct annotate_path *wrong = &matter->wrong, *right = &matter->right;

    annotate_put_problem(out, matter);
    if (matter->prefix > 0 && right->count > 0) {
        (void)fputs("Both attempts begin with these steps:\n", out);
        annotate_put_steps(out, wrong, 0, matter->prefix);
        (void)fputs("\n", out);
    }
    if (right->count > 0) {
        (void)fputs("Attempt A, whose final answer is right, goes on:\n", out);
        annotate_put_steps(out, right, matter->prefix, right->count);
        (void)fputs("\nAttempt B, whose final answer is wrong, goes on:\n", out);
    } else {
        (void)fputs("Attempt B, whose final answer is wrong:\n", out);
    }
    annotate_put_steps(out, wrong, right->count > 0 ? matter->prefix : 0, wrong->count);
    (void)fputs("\n", out);
    show_located(out, matter);
}

static void show_alone(FILE *out, const struct annotate_matter *matter)
{
    const struct annotate_path *path = annotate_matter_path(matter);

    annotate_put_problem(out, matter);
    (void)fputs("Solution, its steps numbered from 1:\n", out);
    annotate_put_steps(out, path, 0, path->count);
    (void)fputs("\n", out);
}

static void show_list(FILE *out, const char *title, const struct annotate_list *list)
{
    (void)fprintf(out, "%s:\n", title);
    for (uint32_t i = 0; i < list->count; i++)
        (void)fprintf(out, "(%u) %s\n", i + 1, list->texts[i]);
    (void)fputs("\n", out);
}

/* --- tasks ---------------------------------------------------------------------------------- */

#define WRITE_FORM                                                                                 \
    "Answer with one JSON object and nothing else: {\"critique\": \"one or two sentences\", "      \
    "\"step\": the number of the first wrong step of attempt B, or 0 if you cannot tell}.\n"

#define WRITE_TASK                                                                                 \
    "Say in one or two sentences what the specific error in attempt B is and how it is to be "     \
    "corrected, in the manner of: the attempt states X instead of Y, which leads to ... Quote "    \
    "what is wrong. Do not solve the problem again, and do not tell the final answer.\n\n"

static void ask_write(FILE *out, const struct annotate_asked *asked)
{
    show_pair(out, asked->matter);
    (void)fputs(WRITE_TASK WRITE_FORM, out);
}

static void put_each_form(FILE *out, const struct annotate_asked *asked)
{
    (void)fprintf(out,
                  "Answer with one JSON object and nothing else: {\"critiques\": [%u texts, one "
                  "for each of the steps 1 to %u of attempt B, in order]}.\n",
                  annotate_matter_looked(asked->matter), annotate_matter_looked(asked->matter));
}

static void ask_each(FILE *out, const struct annotate_asked *asked)
{
    show_pair(out, asked->matter);
    (void)fputs("Go through attempt B step by step. For each step write a short critique: what it "
                "states, whether that follows, and what is wrong with it, if anything.\n\n",
                out);
    put_each_form(out, asked);
}

static void annotate_ask_again(FILE *out, const struct annotate_asked *asked)
{
    show_pair(out, asked->matter);
    show_list(out, "A first critique of each step of attempt B", &asked->first);
    (void)fputs("Criticise each of these critiques: check the step once more by another way than "
                "the critique did, and say where the critique is wrong or misses something.\n\n",
                out);
    put_each_form(out, asked);
}

static void ask_merge(FILE *out, const struct annotate_asked *asked)
{
    show_pair(out, asked->matter);
    show_list(out, "A first critique of each step of attempt B", &asked->first);
    show_list(out, "What a second look says of each of them", &asked->second);
    (void)fputs("Merge both into one critique of attempt B, with what holds in both looks.\n", out);
    (void)fputs(WRITE_TASK WRITE_FORM, out);
}

static void ask_judge(FILE *out, const struct annotate_asked *asked)
{
    uint32_t count = annotate_matter_path(asked->matter)->count;

    show_alone(out, asked->matter);
    (void)fputs("Is it right? Check every step, and the final answer. A step that goes on from a "
                "wrong one is wrong, too. Name what is wrong and how it is to be corrected.\n\n",
                out);
    (void)fprintf(out,
                  "Answer with one JSON object and nothing else: {\"critique\": \"a few "
                  "sentences\", \"steps\": [\"right\" or \"wrong\" for each of the %u steps, in "
                  "order], \"answer\": \"right\" or \"wrong\"}.\n",
                  count);
}

static void ask_meta(FILE *out, const struct annotate_asked *asked)
{
    show_pair(out, asked->matter);
    show_list(out, "Critiques of attempt B", &asked->first);
    (void)fputs("Drop each of these critiques that is wrong or vague, and merge the others into "
                "one.\n",
                out);
    (void)fputs(WRITE_TASK, out);
    (void)fputs("Answer with one JSON object and nothing else: {\"kept\": [the numbers of the "
                "critiques that hold; none: []], \"critique\": \"one or two sentences, empty if "
                "none holds\", \"step\": the number of the first wrong step of attempt B, or 0 if "
                "you cannot tell}.\n",
                out);
}

/* --- schemas -------------------------------------------------------------------------------- */

static struct json *typed_schema(const char *type)
{
    struct json *schema = json_new_object();

    json_put(schema, "type", json_of_string(type));
    return schema;
}

static struct json *number_schema(uint32_t least, uint32_t most)
{
    struct json *schema = typed_schema("integer");

    json_put(schema, "minimum", json_of_integer(least));
    json_put(schema, "maximum", json_of_integer(most));
    return schema;
}

static struct json *word_schema(void)
{
    struct json *schema = typed_schema("string"), *words = json_new_array();

    json_add(words, json_of_string("right"));
    json_add(words, json_of_string("wrong"));
    json_put(schema, "enum", words);
    return schema;
}

/* Takes items; most: 0 is no limit, and else there are exactly so many. */
static struct json *array_schema(struct json *items, uint32_t count)
{
    struct json *schema = typed_schema("array");

    json_put(schema, "items", items);
    if (count > 0) {
        json_put(schema, "minItems", json_of_integer(count));
        json_put(schema, "maxItems", json_of_integer(count));
    }
    return schema;
}

static void schema_write(struct json *members, const struct annotate_asked *asked)
{
    json_put(members, "critique", typed_schema("string"));
    json_put(members, "step", number_schema(0, asked->matter->wrong.count));
}

static void schema_each(struct json *members, const struct annotate_asked *asked)
{
    json_put(members, "critiques",
             array_schema(typed_schema("string"), annotate_matter_looked(asked->matter)));
}

static void schema_judge(struct json *members, const struct annotate_asked *asked)
{
    json_put(members, "critique", typed_schema("string"));
    json_put(members, "steps",
             array_schema(word_schema(), annotate_matter_path(asked->matter)->count));
    json_put(members, "answer", word_schema());
}

static void schema_meta(struct json *members, const struct annotate_asked *asked)
{
    json_put(members, "kept", array_schema(number_schema(1, asked->first.count), 0));
    schema_write(members, asked);
}

/* --- the whole ------------------------------------------------------------------------------ */

static const struct {
    const char *system;
    void (*ask)(FILE *out, const struct annotate_asked *asked);
    void (*schema)(struct json *members, const struct annotate_asked *asked);
} annotate_rows[ANNOTATE_STAGES] = {
#define COMPARES                                                                                   \
    "You compare attempts at a problem and say what went wrong. You do not solve the problem. "    \
    "What an attempt says about itself is no evidence."
    [ANNOTATE_WRITE] = {COMPARES, ask_write, schema_write},
    [ANNOTATE_EACH] = {COMPARES, ask_each, schema_each},
    [ANNOTATE_AGAIN] = {COMPARES, annotate_ask_again, schema_each},
    [ANNOTATE_MERGE] = {COMPARES, ask_merge, schema_write},
    [ANNOTATE_JUDGE] = {"You check solutions of problems. You are strict: a step that does not "
                        "follow, or a number that is wrong, is a mistake. What a solution says "
                        "about itself is no evidence.",
                        ask_judge, schema_judge},
    [ANNOTATE_META] = {COMPARES, ask_meta, schema_meta},
};

int annotate_words_write(struct annotate_words *out, const struct annotate_asked *asked,
                         struct crux_error *error)
{
    struct annotate_words words = {.system = strdup(annotate_rows[asked->stage].system)};
    struct json *members = json_new_object();
    size_t size;
    FILE *file = open_memstream(&words.user, &size);
    bool good = file != NULL && words.system != NULL;

    assert(asked->stage < ANNOTATE_STAGES);
    if (good)
        annotate_rows[asked->stage].ask(file, asked);
    if (file != NULL)
        good = fclose(file) == 0 && good;
    annotate_rows[asked->stage].schema(members, asked);
    words.schema = replied_schema(members);
    if (good && words.schema != NULL) {
        *out = words;
        return CRUX_OK;
    }
    annotate_words_close(&words);
    return crux_fail(error, CRUX_MEMORY, "no memory for an annotator's question");
}

void annotate_words_close(struct annotate_words *words)
{
    free(words->system);
    free(words->user);
    free(words->schema);
    *words = (struct annotate_words){.system = NULL};
}
