/*
 * inquiry.c - one lock and one condition for all inquiries of a test.
 */
#include "tests/world/inquiry.h"

#include "io/json.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

/* --- the form -------------------------------------------------------------------------- */

static int compose(const struct served_question *question, uint32_t first, uint32_t count,
                   struct served_request *out, struct crux_error *error)
{
    const struct inquiry *inquiry = (const struct inquiry *)(const void *)question;
    char *text = malloc(sizeof inquiry->prompt + 200);

    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a request");
    if (strcmp(inquiry->prompt, "cannot be written") == 0) {
        free(text);
        return crux_fail(error, CRUX_FAILED, "this prompt cannot be written");
    }
    (void)snprintf(text, sizeof inquiry->prompt + 200,
                   "{\"model\": \"fake\", \"prompt\": \"%s\", \"seed\": %llu, \"n\": %u, "
                   "\"max_tokens\": 40}",
                   inquiry->prompt, (unsigned long long)question->seed + first, count);
    *out = (struct served_request){
        .path = "completions", .pieces = {{text, strlen(text)}}, .piece_count = 1, .memory = text};
    return CRUX_OK;
}

static char *sample_of(const struct json *choice)
{
    const char *text = json_as_string(json_get(choice, "text"));
    struct json *object = json_new_object();
    char *sample;

    json_put(object, "text", text != NULL ? json_of_string(text) : NULL);
    sample = json_text(object, false);
    json_free(object);
    return sample;
}

static uint32_t tokens_of(const struct json *usage, const char *which)
{
    return (uint32_t)json_as_integer(json_get(usage, which));
}

static int split(const struct served_question *question, const char *body, size_t length,
                 uint32_t count, struct served_choice *choices, struct crux_error *error)
{
    struct json *json = NULL;
    const struct json *usage, *list;
    int status = json_parse(&json, body, length, error);

    (void)question;
    list = json_get(json, "choices");
    usage = json_get(json, "usage");
    if (status == CRUX_OK && json_count(list) < count)
        status = crux_fail(error, CRUX_FAILED, "%u choices were asked for, %zu came", count,
                           json_count(list));
    for (uint32_t i = 0; i < count && status == CRUX_OK; i++) {
        choices[i].text = sample_of(json_at(list, i));
        if (choices[i].text == NULL)
            status = crux_fail(error, CRUX_FAILED, "a choice has no text");
        else
            choices[i].length = strlen(choices[i].text);
    }
    if (status == CRUX_OK) {
        choices[0].usage.prompt = tokens_of(usage, "prompt_tokens");
        choices[0].usage.completion = tokens_of(usage, "completion_tokens");
    }
    json_free(json);
    return status;
}

const struct served_form inquiry_all = {0, compose, split};
const struct served_form inquiry_one = {1, compose, split};

/* --- questions ----------------------------------------------------------------------------- */

static void answered(struct served_question *question, const struct served_answer *answer)
{
    struct inquiry *inquiry = (struct inquiry *)(void *)question;

    (void)pthread_mutex_lock(&lock);
    inquiry->answers++;
    inquiry->status = answer->status;
    inquiry->at_once = answer->at_once;
    inquiry->overflow = answer->overflow;
    inquiry->count = answer->count;
    inquiry->usage = answer->usage;
    inquiry->price = answer->price;
    (void)snprintf(inquiry->sentence, sizeof inquiry->sentence, "%s", answer->sentence);
    for (uint32_t i = 0; i < answer->count; i++) {
        assert(strlen(answer->samples[i].text) == answer->samples[i].length);
        inquiry->samples[i] = strdup(answer->samples[i].text);
    }
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

void inquiry_about(struct inquiry *inquiry, const char *prompt, uint32_t count)
{
    *inquiry = (struct inquiry){.asked = CRUX_FAILED};
    (void)snprintf(inquiry->prompt, sizeof inquiry->prompt, "%s", prompt);
    inquiry->same = (struct http_piece){inquiry->prompt, strlen(inquiry->prompt)};
    inquiry->question = (struct served_question){
        .form = &inquiry_all,
        .answered = answered,
        .same = &inquiry->same,
        .same_count = 1,
        .seed = 7,
        .count = count,
        .prompt_most = 100,
        .completion_most = 40,
        .owner = inquiry,
    };
}

int inquiry_ask(struct inquiry *inquiry, struct served *served)
{
    inquiry->asked = served_ask(served, &inquiry->question);
    return inquiry->asked;
}

bool inquiry_wait(struct inquiry *inquiry)
{
    struct timespec until;
    int status = 0;
    bool done;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 60;
    (void)pthread_mutex_lock(&lock);
    while (inquiry->answers == 0 && status == 0)
        status = pthread_cond_timedwait(&changed, &lock, &until);
    done = inquiry->answers > 0;
    (void)pthread_mutex_unlock(&lock);
    return done;
}

bool inquiry_put(struct inquiry *inquiry, struct served *served)
{
    (void)inquiry_ask(inquiry, served);
    return inquiry_wait(inquiry);
}

void inquiry_free(struct inquiry *inquiry)
{
    for (uint32_t i = 0; i < INQUIRY_SAMPLES; i++)
        free(inquiry->samples[i]);
}
