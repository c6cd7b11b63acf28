/*
 * verdict.c - the form of a judge's answer, written for the model and read from its reply: a row
 * for each mode.
 */
#include "critics/judge/verdict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "critics/replied.h"
#include "io/quote.h"

#define SCORE_MOST 10
#define WORD_LEAST 0.01 /* of Yes and No together: below it the model would say something else */

/* --- the form ---------------------------------------------------------------------------- */

static struct json *integer_schema(int64_t least, int64_t most)
{
    struct json *schema = json_new_object();

    json_put(schema, "type", json_of_string("integer"));
    json_put(schema, "minimum", json_of_integer(least));
    json_put(schema, "maximum", json_of_integer(most));
    return schema;
}

static struct json *string_schema(void)
{
    struct json *schema = json_new_object();

    json_put(schema, "type", json_of_string("string"));
    return schema;
}

static int64_t last_step(const struct judge_form *form)
{
    return form->steps > 0 ? (int64_t)form->steps - 1 : 0;
}

static void put_better(struct json *members)
{
    struct json *schema = string_schema(), *words = json_new_array();

    json_add(words, json_of_string("first"));
    json_add(words, json_of_string("second"));
    json_add(words, json_of_string("neither"));
    json_put(schema, "enum", words);
    json_put(members, "better", schema);
}

static void put_wrong(struct json *members, const struct judge_form *form)
{
    struct json *schema = json_new_object();

    json_put(schema, "type", json_of_string("array"));
    json_put(schema, "items", integer_schema(0, last_step(form)));
    json_put(members, "wrong", schema);
}

/* The mode's own members, behind the reason, so that it comes first. */
static struct json *write_members(const struct judge_form *form)
{
    struct json *members = json_new_object();

    if (!form->plan->silent)
        json_put(members, "why", string_schema());
    switch ((enum judge_mode)form->plan->mode) {
    case JUDGE_PAIR:
        put_better(members);
        break;
    case JUDGE_STEPS:
        put_wrong(members, form);
        break;
    case JUDGE_FIRST:
        json_put(members, "first_error", integer_schema(-1, last_step(form)));
        break;
    case JUDGE_CRITERIA:
        for (uint32_t i = 0; i < form->words->criterion_count; i++)
            json_put(members, form->words->criteria[i].name, integer_schema(0, SCORE_MOST));
        break;
    default:
        json_put(members, "score", integer_schema(0, SCORE_MOST));
    }
    return members;
}

/* The object as one would show it to a reader. */
static void show_form(FILE *out, const struct judge_form *form)
{
    (void)fprintf(out, "Answer with one JSON object and nothing else: {%s",
                  form->plan->silent ? "" : "\"why\": \"one sentence\", ");
    switch ((enum judge_mode)form->plan->mode) {
    case JUDGE_PAIR:
        (void)fputs("\"better\": \"first\", \"second\" or \"neither\"}", out);
        break;
    case JUDGE_STEPS:
        (void)fputs("\"wrong\": [the numbers of all wrong steps; none: []]}", out);
        break;
    case JUDGE_FIRST:
        (void)fputs("\"first_error\": the number of the first wrong step, or -1 if none is}", out);
        break;
    case JUDGE_CRITERIA:
        for (uint32_t i = 0; i < form->words->criterion_count; i++)
            (void)fprintf(out, "%s\"%s\": 0 to 10", i > 0 ? ", " : "",
                          form->words->criteria[i].name);
        (void)fputs("}, where 0 is bad and 10 is good", out);
        break;
    default:
        (void)fputs("\"score\": 0 to 10}, where 0 is certainly wrong and 10 certainly right", out);
    }
    (void)fputc('.', out);
}

int judge_form_write(char **sentence, char **schema, const struct judge_form *form,
                     struct crux_error *error)
{
    size_t size;
    FILE *out = open_memstream(sentence, &size);
    bool good = out != NULL;

    *schema = NULL;
    if (good && form->by_token)
        (void)fputs("Answer with one word: Yes or No.", out);
    else if (good)
        show_form(out, form);
    good = good && fclose(out) == 0;
    if (good && !form->by_token)
        good = (*schema = replied_schema(write_members(form))) != NULL;
    return good ? CRUX_OK : crux_fail(error, CRUX_MEMORY, "no memory for a judge's question");
}

/* --- by token ---------------------------------------------------------------------------- */

/* A token without what stands around its letters. */
static bool token_says(const char *token, const char *word)
{
    size_t length = strlen(word);

    token += strspn(token, " \t\r\n\"'*`");
    return strncasecmp(token, word, length) == 0 &&
           token[length + strspn(token + length, " \t\r\n\"'*`.,!")] == '\0';
}

static bool weigh_tokens(struct judge_verdict *out, const struct json *first)
{
    double yes = 0.0, no = 0.0;

    for (size_t i = 0; i < json_count(first); i++) {
        const struct json *pair = json_at(first, i);
        const char *token = json_as_string(json_at(pair, 0));
        double chance = exp(fmin(0.0, json_as_real(json_at(pair, 1))));

        if (token == NULL)
            continue;
        yes += token_says(token, "yes") ? chance : 0.0;
        no += token_says(token, "no") ? chance : 0.0;
    }
    out->known = yes + no >= WORD_LEAST;
    out->score = out->known ? yes / (yes + no) : 0.0;
    return out->known;
}

static const char *read_token(struct judge_verdict *out, const struct chat_sample *sample)
{
    if (sample->first != NULL)
        return weigh_tokens(out, sample->first) ? NULL
                                                : "neither Yes nor No is among the likeliest first "
                                                  "words";
    out->known = token_says(sample->text, "yes") || token_says(sample->text, "no");
    out->score = token_says(sample->text, "yes") ? 1.0 : 0.0;
    return out->known ? NULL : "the answer is neither Yes nor No";
}

/* --- by JSON ----------------------------------------------------------------------------- */

static bool integer_in(const struct json *value, int64_t least, int64_t most, int64_t *out)
{
    *out = json_as_integer(value);
    return json_type_of(value) == JSON_IS_INTEGER && *out >= least && *out <= most;
}

static bool read_score(struct judge_verdict *out, const struct judge_form *form,
                       const struct json *object)
{
    const struct json *value = json_get(object, "score");
    bool number = json_type_of(value) == JSON_IS_INTEGER || json_type_of(value) == JSON_IS_REAL;

    (void)form;
    out->score = json_as_real(value) / SCORE_MOST;
    return number && out->score >= 0.0 && out->score <= 1.0;
}

static bool read_better(struct judge_verdict *out, const struct judge_form *form,
                        const struct json *object)
{
    static const char *const words[] = {"neither", "first", "second", NULL};
    const char *value = json_as_string(json_get(object, "better"));
    unsigned place = 0;
    bool good = value != NULL && described_word(&place, value, words);

    (void)form;
    out->better = (enum judge_better)place;
    return good;
}

static bool read_wrong(struct judge_verdict *out, const struct judge_form *form,
                       const struct json *object)
{
    const struct json *list = json_get(object, "wrong");
    bool good = json_type_of(list) == JSON_IS_ARRAY;
    int64_t step;

    for (size_t i = 0; good && i < json_count(list); i++) {
        good = integer_in(json_at(list, i), 0, (int64_t)form->steps - 1, &step);
        if (good)
            out->wrong[step] = true;
    }
    out->score = good && json_count(list) == 0 ? 1.0 : 0.0;
    return good;
}

static bool read_first_error(struct judge_verdict *out, const struct judge_form *form,
                             const struct json *object)
{
    int64_t step;
    bool good = integer_in(json_get(object, "first_error"), -1, (int64_t)form->steps - 1, &step);

    if (good && step >= 0)
        out->wrong[step] = true;
    out->score = good && step < 0 ? 1.0 : 0.0;
    return good;
}

static bool read_criteria_scores(struct judge_verdict *out, const struct judge_form *form,
                                 const struct json *object)
{
    double weights = 0.0;
    bool good = true;

    for (uint32_t i = 0; i < form->words->criterion_count && good; i++) {
        const struct judge_criterion *criterion = &form->words->criteria[i];
        const struct json *value = json_get(object, criterion->name);
        double score = json_as_real(value);

        good = (json_type_of(value) == JSON_IS_INTEGER || json_type_of(value) == JSON_IS_REAL) &&
               score >= 0.0 && score <= SCORE_MOST;
        out->score += criterion->weight * score / SCORE_MOST;
        weights += criterion->weight;
    }
    out->score = good ? fmin(1.0, out->score / weights) : 0.0;
    return good;
}

static bool (*const readers[JUDGE_MODES])(struct judge_verdict *, const struct judge_form *,
                                          const struct json *) = {
    [JUDGE_POINT] = read_score,
    [JUDGE_PAIR] = read_better,
    [JUDGE_STEPS] = read_wrong,
    [JUDGE_FIRST] = read_first_error,
    [JUDGE_CRITERIA] = read_criteria_scores,
};

static const char *verdict_read_object(struct judge_verdict *out, const struct judge_form *form,
                                       const struct chat_sample *sample)
{
    struct json *object = NULL;
    const char *wrong = replied_object(&object, sample), *why;

    if (wrong == NULL && !readers[form->plan->mode](out, form, object))
        wrong = "the answer's JSON object has no verdict of the form that was asked for";
    out->known = wrong == NULL;
    why = json_as_string(json_get(object, "why"));
    if (out->known && why != NULL)
        quote_text(out->why, sizeof out->why, why, strlen(why));
    json_free(object);
    return wrong;
}

bool judge_verdict_read(struct judge_verdict *out, const char **why, const struct judge_form *form,
                        const struct chat_sample *sample)
{
    struct judge_verdict verdict = {.wrong = calloc(form->steps + 1, sizeof *verdict.wrong)};

    if (verdict.wrong == NULL)
        return false;
    *why =
        form->by_token ? read_token(&verdict, sample) : verdict_read_object(&verdict, form, sample);
    *out = verdict;
    return true;
}

void judge_verdict_free(struct judge_verdict *verdict)
{
    free(verdict->wrong);
    verdict->wrong = NULL;
}
