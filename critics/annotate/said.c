/*
 * said.c - reads an annotator's answer: a row for each stage.
 */
#include "critics/annotate/said.h"

#include <stdlib.h>
#include <string.h>

#include "critics/annotate/inject.h"
#include "critics/annotate/refusal.h"
#include "critics/replied.h"

/* While a stage reads its object. */
struct said_reader {
    struct annotate_said *said;
    const struct annotate_asked *asked;
    const struct json *object;
    const char *why; /* of a refusal */
};

/* --- members -------------------------------------------------------------------------------- */

static enum annotate_reading said_copy_text(char **out, const struct json *value)
{
    const char *text = json_as_string(value);

    if (text == NULL)
        return ANNOTATE_NO_FORM;
    *out = strdup(text);
    return *out != NULL ? ANNOTATE_READ : ANNOTATE_NO_MEMORY;
}

/* A number from 1, or 0. */
static enum annotate_reading said_step(struct said_reader *reader)
{
    const struct json *value = json_get(reader->object, "step");
    int64_t step = json_as_integer(value);

    if (json_type_of(value) != JSON_IS_INTEGER || step < 0 ||
        step > reader->asked->matter->wrong.count)
        return ANNOTATE_NO_FORM;
    reader->said->step = step > 0 ? (uint32_t)step - 1 : CRUX_NO_STEP;
    return ANNOTATE_READ;
}

static enum annotate_reading said_judge_text(struct said_reader *reader)
{
    reader->why = annotate_refusal(reader->said->text, reader->said->step, reader->asked->matter);
    return reader->why == NULL ? ANNOTATE_READ : ANNOTATE_REFUSED;
}

/* --- stages --------------------------------------------------------------------------------- */

static enum annotate_reading said_write(struct said_reader *reader)
{
    enum annotate_reading reading = said_step(reader);

    if (reading == ANNOTATE_READ)
        reading = said_copy_text(&reader->said->text, json_get(reader->object, "critique"));
    return reading == ANNOTATE_READ ? said_judge_text(reader) : reading;
}

static enum annotate_reading said_each(struct said_reader *reader)
{
    const struct json *texts = json_get(reader->object, "critiques");
    uint32_t count = annotate_matter_looked(reader->asked->matter);
    struct annotate_list *list = &reader->said->list;
    enum annotate_reading reading = ANNOTATE_READ;

    if (json_type_of(texts) != JSON_IS_ARRAY || json_count(texts) != count)
        return ANNOTATE_NO_FORM;
    list->texts = calloc((size_t)count + 1, sizeof *list->texts);
    if (list->texts == NULL)
        return ANNOTATE_NO_MEMORY;
    for (; list->count < count && reading == ANNOTATE_READ; list->count++) {
        reading = said_copy_text(&list->texts[list->count], json_at(texts, list->count));
        if (reading != ANNOTATE_READ)
            break;
        reader->why = annotate_refusal_of_text(list->texts[list->count]);
        reading = reader->why == NULL ? ANNOTATE_READ : ANNOTATE_REFUSED;
    }
    return reading;
}

static bool said_word(uint8_t *out, const struct json *value)
{
    const char *word = json_as_string(value);

    if (word == NULL || (strcmp(word, "right") != 0 && strcmp(word, "wrong") != 0))
        return false;
    *out = *word == 'r' ? CRUX_RIGHT : CRUX_WRONG;
    return true;
}

/* The first step that is called wrong is what it points at. */
static void said_point(struct annotate_said *said, uint32_t count)
{
    for (uint32_t i = count; i > 0; i--)
        if (said->steps[i - 1] == CRUX_WRONG)
            said->step = i - 1;
}

static enum annotate_reading said_judge(struct said_reader *reader)
{
    const struct annotate_matter *matter = reader->asked->matter;
    const struct json *steps = json_get(reader->object, "steps");
    uint32_t count = annotate_matter_path(matter)->count;
    struct annotate_said *said = reader->said;
    enum annotate_reading reading;
    uint8_t answer = CRUX_UNKNOWN;

    if (json_type_of(steps) != JSON_IS_ARRAY || json_count(steps) != count ||
        !said_word(&answer, json_get(reader->object, "answer")))
        return ANNOTATE_NO_FORM;
    said->answer = (enum crux_verdict)answer;
    said->steps = calloc((size_t)count + 1, sizeof *said->steps);
    if (said->steps == NULL)
        return ANNOTATE_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        if (!said_word(&said->steps[i], json_at(steps, i)))
            return ANNOTATE_NO_FORM;
    reading = said_copy_text(&said->text, json_get(reader->object, "critique"));
    if (reading != ANNOTATE_READ)
        return reading;
    reader->why = "the verdicts are not what is known of the path";
    if (!annotate_said_agrees(said, matter))
        return ANNOTATE_REFUSED;
    reading = said_judge_text(reader);
    said_point(said, count);
    return reading;
}

static enum annotate_reading said_meta(struct said_reader *reader)
{
    const struct json *kept = json_get(reader->object, "kept");

    if (json_type_of(kept) != JSON_IS_ARRAY)
        return ANNOTATE_NO_FORM;
    for (size_t i = 0; i < json_count(kept); i++) {
        const struct json *number = json_at(kept, i);

        if (json_type_of(number) != JSON_IS_INTEGER || json_as_integer(number) < 1 ||
            json_as_integer(number) > reader->asked->first.count)
            return ANNOTATE_NO_FORM;
    }
    return json_count(kept) > 0 ? said_write(reader) : ANNOTATE_READ;
}

static enum annotate_reading (*const said_rows[ANNOTATE_STAGES])(struct said_reader *) = {
    [ANNOTATE_WRITE] = said_write, [ANNOTATE_EACH] = said_each,   [ANNOTATE_AGAIN] = said_each,
    [ANNOTATE_MERGE] = said_write, [ANNOTATE_JUDGE] = said_judge, [ANNOTATE_META] = said_meta,
};

/* --- false details -------------------------------------------------------------------------- */

static enum annotate_reading said_inject(struct annotate_said *out, const char **why,
                                         const struct annotate_asked *asked,
                                         const struct chat_sample *sample)
{
    struct injected injected = {.count = 0};
    struct json *object;
    enum annotate_reading reading =
        annotate_inject_read(&injected, why, &asked->matter->right, asked->details, sample);

    if (reading != ANNOTATE_READ)
        return reading;
    object = json_new_object();
    injected_put(object, &injected);
    *out = (struct annotate_said){.text = json_text(object, false), .step = CRUX_NO_STEP};
    json_free(object);
    injected_close(&injected);
    return out->text != NULL ? ANNOTATE_READ : ANNOTATE_NO_MEMORY;
}

/* --- the whole ------------------------------------------------------------------------------ */

enum annotate_reading annotate_said_read(struct annotate_said *out, const char **why,
                                         const struct annotate_asked *asked,
                                         const struct chat_sample *sample)
{
    struct annotate_said said = {.step = CRUX_NO_STEP};
    struct said_reader reader = {.said = &said, .asked = asked};
    struct json *object = NULL;
    enum annotate_reading reading = ANNOTATE_NO_FORM;

    if (asked->stage == ANNOTATE_INJECT)
        return said_inject(out, why, asked, sample);
    *why = replied_object(&object, sample);
    if (*why == NULL) {
        reader.object = object;
        reading = said_rows[asked->stage](&reader);
        *why = reading == ANNOTATE_NO_FORM
                   ? "the answer's JSON object has no critique of the form that was asked for"
                   : reader.why;
    }
    json_free(object);
    if (reading == ANNOTATE_READ)
        *out = said;
    else
        annotate_said_close(&said);
    return reading;
}

bool annotate_said_agrees(const struct annotate_said *said, const struct annotate_matter *matter)
{
    uint32_t count = annotate_matter_path(matter)->count, located = matter->located;

    if (said->answer != (matter->has_wrong ? CRUX_WRONG : CRUX_RIGHT))
        return false;
    if (!matter->has_wrong)
        located = count;
    if (located == CRUX_NO_STEP)
        return true;
    for (uint32_t i = 0; i < located && i < count; i++)
        if (said->steps[i] != CRUX_RIGHT)
            return false;
    return located >= count || said->steps[located] == CRUX_WRONG;
}

void annotate_list_close(struct annotate_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        free(list->texts[i]);
    free(list->texts);
    *list = (struct annotate_list){.texts = NULL};
}

void annotate_said_close(struct annotate_said *said)
{
    free(said->text);
    free(said->steps);
    annotate_list_close(&said->list);
    *said = (struct annotate_said){.step = CRUX_NO_STEP};
}
