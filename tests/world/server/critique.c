/*
 * critique.c - the fake model annotates: a row for each kind of question.
 */
#include "tests/world/server/critique.h"

#include "io/draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Titles and forms by which questions are known (critics/annotate/words.c, inject.c). */
#define SHARED  "Both attempts begin with these steps:"
#define WRONG   "Attempt B, whose final answer is wrong"
#define ALONE   "Solution, its steps numbered from 1:"
#define RIGHT   "Right solution, its steps numbered from 1:"
#define MEMBERS "Critiques of attempt B:"

struct annotator {
    const struct brain *brain;
    const struct habits *habits;
    const char *prompt;
    struct attempt attempt;
    enum critique_quality quality;
    uint64_t word; /* chance */
};

/* --- what it says --------------------------------------------------------------------------- */

static void say_vague(struct text *out)
{
    text_say(out, "Some computation in it does not hold; it should be checked again.");
}

static void say_slip(struct text *out, uint32_t step, const struct brain_result *result,
                     int64_t instead)
{
    text_print(out, "Step %u states `%.*s` instead of %lld, which makes what follows wrong.", step,
               (int)result->length, result->equation, (long long)instead);
}

/* A result that follows from the one before, and is not shared; count: none. */
static uint32_t innocent(const struct annotator *annotator)
{
    const struct attempt *attempt = &annotator->attempt;
    uint32_t count = attempt->result_count;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = (i + (uint32_t)(draw(annotator->word, 2) % count)) % count;

        if (attempt->results[at].said == attempt->results[at].follows &&
            attempt->step_of[at] >= attempt->first)
            return at;
    }
    return count;
}

/* The text, and the step that it names, 0: none. */
static uint32_t say_critique(struct text *out, const struct annotator *annotator)
{
    const struct attempt *attempt = &annotator->attempt;
    uint32_t other = innocent(annotator);

    if (annotator->quality == CRITIQUE_TRUE && attempt->slip >= 0) {
        const struct brain_result *slip = &attempt->results[attempt->slip];

        say_slip(out, attempt->step_of[attempt->slip], slip, slip->right);
        return attempt->step_of[attempt->slip];
    }
    if (annotator->quality == CRITIQUE_FALSE && other < attempt->result_count) {
        const struct brain_result *result = &attempt->results[other];

        say_slip(out, attempt->step_of[other], result, result->said + 1);
        return attempt->step_of[other];
    }
    if (annotator->quality == CRITIQUE_FALSE && attempt->step_count >= attempt->first) {
        text_print(out, "Step %u says that it is `%lld` instead of %lld.", attempt->step_count,
                   (long long)attempt->boxed, (long long)attempt->boxed + 1);
        return attempt->step_count;
    }
    say_vague(out);
    return 0;
}

/* --- kinds of questions --------------------------------------------------------------------- */

static void put_critique(struct text *out, const struct annotator *annotator)
{
    struct text critique = {NULL, 0, 0};
    uint32_t step = say_critique(&critique, annotator);

    text_say(out, "\"critique\": ");
    text_quote(out, critique.bytes, critique.length);
    text_print(out, ", \"step\": %u", step);
    text_free(&critique);
}

static void answer_write_critique(struct text *out, const struct annotator *annotator)
{
    put_critique(out, annotator);
}

/* So many texts as the form says: of a step that is blamed the critique, of others that they
 * follow. */
static void answer_each(struct text *out, const struct annotator *annotator)
{
    const char *form = strstr(annotator->prompt, "{\"critiques\": [");
    uint32_t count = form != NULL ? (uint32_t)strtoul(form + 15, NULL, 10) : 0;
    struct text critique = {NULL, 0, 0};
    uint32_t blamed = say_critique(&critique, annotator);

    text_say(out, "\"critiques\": [");
    for (uint32_t i = 1; i <= count; i++) {
        text_say(out, i > 1 ? ", " : "");
        if (i == blamed)
            text_quote(out, critique.bytes, critique.length);
        else
            text_print(out, "\"Number %u follows from what stands before it.\"", i);
    }
    text_say(out, "]");
    text_free(&critique);
}

/* The first step that is called wrong, from 1; one behind the last: none. */
static uint32_t first_blamed(const struct annotator *annotator)
{
    const struct attempt *attempt = &annotator->attempt;
    uint32_t none = attempt->step_count + 1;
    uint32_t truth = attempt->slip >= 0 ? attempt->step_of[attempt->slip]
                     : attempt->right   ? none
                                        : attempt->step_count;

    if (annotator->quality == CRITIQUE_TRUE)
        return truth;
    if (annotator->quality == CRITIQUE_VAGUE)
        return truth == none ? attempt->step_count : none;
    return truth == 1 ? attempt->step_count + (attempt->step_count == 1) : 1;
}

static void answer_verdicts(struct text *out, const struct annotator *annotator)
{
    uint32_t blamed = first_blamed(annotator), count = annotator->attempt.step_count;
    struct text critique = {NULL, 0, 0};

    if (blamed > count)
        text_say(&critique, "Each step was worked out again, and all of them hold.");
    else if (annotator->quality != CRITIQUE_TRUE || annotator->attempt.slip < 0)
        text_print(&critique, "Step %u does not hold when it is worked out again.", blamed);
    else
        (void)say_critique(&critique, annotator);
    text_say(out, "\"critique\": ");
    text_quote(out, critique.bytes, critique.length);
    text_say(out, ", \"steps\": [");
    for (uint32_t i = 1; i <= count; i++)
        text_print(out, "%s\"%s\"", i > 1 ? ", " : "", i < blamed ? "right" : "wrong");
    text_print(out, "], \"answer\": \"%s\"", blamed > count ? "right" : "wrong");
    text_free(&critique);
}

/* Of the members' critiques, "(1) ..." a line, those that are kept. */
static uint32_t put_kept(struct text *out, const struct annotator *annotator)
{
    const char *line = strstr(annotator->prompt, MEMBERS);
    uint32_t number = 0, kept = 0;

    text_say(out, "\"kept\": [");
    for (line = line != NULL ? strchr(line, '\n') : NULL; line != NULL && line[1] == '(';
         line = strchr(line + 1, '\n')) {
        enum critique_quality quality =
            attempt_judge(&annotator->attempt, line + 1, strcspn(line + 1, "\n"));

        number++;
        if (annotator->quality == CRITIQUE_TRUE && quality != CRITIQUE_TRUE)
            continue;
        text_print(out, "%s%u", kept++ > 0 ? ", " : "", number);
    }
    text_say(out, "], ");
    return kept;
}

static void answer_meta(struct text *out, const struct annotator *annotator)
{
    if (put_kept(out, annotator) > 0)
        put_critique(out, annotator);
    else
        text_say(out, "\"critique\": \"\", \"step\": 0");
}

/* --- false details -------------------------------------------------------------------------- */

enum spoiling { AS_TOLD, SECRETLY, NOT_AT_ALL, ELSEWHERE, SPOILINGS };

/* A step with another result in place of its own. */
static void put_forged(struct text *out, const char *step, size_t size,
                       const struct brain_result *result, int64_t number)
{
    const char *from = result->equation + strcspn(result->equation, "=") + 2;
    const char *to = result->equation + result->length;
    struct text forged = {NULL, 0, 0};

    text_add(&forged, step, (size_t)(from - step));
    text_print(&forged, "%lld", (long long)number);
    text_add(&forged, to, size - (size_t)(to - step));
    text_quote(out, forged.bytes, forged.length);
    text_free(&forged);
}

static int64_t forged_number(const struct annotator *annotator, uint32_t i)
{
    return annotator->attempt.results[i].said + 1 + (int64_t)(draw(annotator->word, 20 + i) % 9);
}

/* Is the number in the box changed, too? Else the answer stays what it was. It is, where it has a
 * step of its own, which is the last one. */
static bool forges_answer(const struct annotator *annotator)
{
    const struct attempt *attempt = &annotator->attempt;
    uint32_t results = attempt->result_count;

    return attempt->boxed >= 0 && results > 0 &&
           attempt->step_of[results - 1] < attempt->step_count &&
           draw_uniform(draw(annotator->word, 12)) < 0.75;
}

static void put_forged_answer(struct text *out, const struct annotator *annotator, const char *step,
                              size_t size)
{
    const char *box = memmem(step, size, "boxed{", 6);
    size_t before = box == NULL ? size : (size_t)(box - step);
    struct text forged = {NULL, 0, 0};

    text_add(&forged, step, before);
    if (box != NULL) {
        text_print(&forged, "boxed{%lld", (long long)annotator->attempt.boxed + 1);
        before = (size_t)(strchr(box, '}') - step);
        text_add(&forged, step + before, size - before);
    }
    text_quote(out, forged.bytes, forged.length);
    text_free(&forged);
}

static void put_answer_detail(struct text *out, const struct annotator *annotator, bool alone,
                              enum spoiling spoiling)
{
    const struct attempt *attempt = &annotator->attempt;

    if (alone && spoiling == SECRETLY)
        return;
    text_print(out, "%s{\"step\": %u, \"original\": \"boxed{%lld}\", \"false\": \"boxed{%lld}\"}",
               alone || out->bytes[out->length - 1] == '[' ? "" : ", ",
               attempt->step_count - (alone && spoiling == ELSEWHERE), (long long)attempt->boxed,
               (long long)attempt->boxed + 1);
}

/* Of the results that are changed: the last `count`, which lie on steps of their own. */
static void put_details(struct text *out, const struct annotator *annotator, uint32_t from,
                        bool answer, enum spoiling spoiling)
{
    const struct attempt *attempt = &annotator->attempt;

    text_say(out, ", \"details\": [");
    for (uint32_t i = from + (spoiling == SECRETLY); i < attempt->result_count; i++) {
        const struct brain_result *result = &attempt->results[i];

        text_print(out, "%s{\"step\": %u, \"original\": \"%.*s\", \"false\": \"%.*s= %lld\"}",
                   i > from + (spoiling == SECRETLY) ? ", " : "",
                   attempt->step_of[i] + (spoiling == ELSEWHERE), (int)result->length,
                   result->equation, (int)(strcspn(result->equation, "=")), result->equation,
                   (long long)forged_number(annotator, i));
    }
    if (answer)
        put_answer_detail(out, annotator, from == attempt->result_count, spoiling);
    text_say(out, "]");
}

static void answer_inject(struct text *out, const struct annotator *annotator)
{
    const struct attempt *attempt = &annotator->attempt;
    const char *form = strstr(annotator->prompt, "Number of false details: ");
    uint32_t count = form != NULL ? (uint32_t)strtoul(form + 25, NULL, 10) : 1;
    bool answer = forges_answer(annotator);
    uint32_t results = count - answer, at = 0;
    uint32_t from = results < attempt->result_count ? attempt->result_count - results : 0;
    bool spoils = draw_uniform(draw(annotator->word, 10)) < annotator->habits->spoiled;
    enum spoiling spoiling =
        spoils ? 1 + (enum spoiling)(draw(annotator->word, 11) % (SPOILINGS - 1)) : AS_TOLD;
    const char *line = strchr(attempt->text.bytes, '\n');

    text_say(out, "\"steps\": [");
    for (uint32_t i = 1; line != NULL && i <= attempt->step_count; i++) {
        const char *step = line + 1;
        size_t size = strcspn(step, "\n");

        text_say(out, i > 1 ? ", " : "");
        while (at < attempt->result_count && attempt->step_of[at] < i)
            at++;
        if (at >= from && at < attempt->result_count && attempt->step_of[at] == i &&
            spoiling != NOT_AT_ALL)
            put_forged(out, step, size, &attempt->results[at], forged_number(annotator, at));
        else if (answer && i == attempt->step_count && spoiling != NOT_AT_ALL)
            put_forged_answer(out, annotator, step, size);
        else
            text_quote(out, step, size);
        line = strchr(step, '\n');
    }
    text_say(out, "]");
    put_details(out, annotator, from, answer, spoiling);
}

/* --- the whole ------------------------------------------------------------------------------ */

/* By a piece of its words; the first that fits. */
static const struct {
    const char *known_by, *shared, *own;
    void (*answer)(struct text *out, const struct annotator *annotator);
} critique_rows[] = {
    {RIGHT, NULL, RIGHT, answer_inject},
    {"{\"kept\": [", SHARED, WRONG, answer_meta},
    {"{\"critiques\": [", SHARED, WRONG, answer_each},
    {WRONG, SHARED, WRONG, answer_write_critique},
    {ALONE, NULL, ALONE, answer_verdicts},
};

enum { CRITIQUE_ROWS = sizeof critique_rows / sizeof *critique_rows };

static size_t row_of(const char *prompt)
{
    size_t row = 0;

    while (row < CRITIQUE_ROWS && strstr(prompt, critique_rows[row].known_by) == NULL)
        row++;
    return row;
}

bool critique_is_asked(const char *prompt)
{
    return row_of(prompt) < CRITIQUE_ROWS;
}

static enum critique_quality draw_quality(const struct habits *habits, uint64_t word)
{
    double left = draw_uniform(word);

    for (int quality = 0; quality + 1 < CRITIQUE_QUALITIES; quality++) {
        if (left < habits->critiques[quality])
            return (enum critique_quality)quality;
        left -= habits->critiques[quality];
    }
    return CRITIQUE_FALSE;
}

void critique_think(struct brain_reply *reply, const struct brain *brain,
                    const struct habits *habits, const char *prompt, size_t length)
{
    uint64_t word = draw_mix(draw_text(prompt, length) ^ draw_mix(brain->greedy ? 0 : brain->seed));
    size_t row = row_of(prompt);
    struct annotator annotator = {.brain = brain,
                                  .habits = habits,
                                  .prompt = prompt,
                                  .quality = draw_quality(habits, draw(word, 1)),
                                  .word = word};

    attempt_open(&annotator.attempt, prompt, critique_rows[row].shared, critique_rows[row].own);
    text_clear(&reply->text);
    reply->fork_count = reply->result_count = 0;
    text_say(&reply->text, "{");
    critique_rows[row].answer(&reply->text, &annotator);
    text_say(&reply->text, "}");
    attempt_close(&annotator.attempt);
    brain_cut(reply);
}
