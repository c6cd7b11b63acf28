/*
 * served_fixture.c - a question to a backend, and its answer. All questions of a test share a lock
 * and a condition.
 */
#include "tests/world/served_fixture.h"

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
    const struct served_fixture *fixture = (const struct served_fixture *)(const void *)question;
    char *text = malloc(sizeof fixture->prompt + 200);

    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a request");
    if (strcmp(fixture->prompt, "cannot be written") == 0) {
        free(text);
        return crux_fail(error, CRUX_FAILED, "this prompt cannot be written");
    }
    (void)snprintf(text, sizeof fixture->prompt + 200,
                   "{\"model\": \"fake\", \"prompt\": \"%s\", \"seed\": %llu, \"n\": %u, "
                   "\"max_tokens\": 40}",
                   fixture->prompt, (unsigned long long)question->seed + first, count);
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
                 struct served_reading *reading, struct served_choice *choices,
                 struct crux_error *error)
{
    const struct served_fixture *fixture = (const struct served_fixture *)(const void *)question;
    struct json *json = NULL;
    const struct json *usage, *list;
    int status = json_parse(&json, body, length, error);

    list = json_get(json, "choices");
    usage = json_get(json, "usage");
    if (status == CRUX_OK && json_count(list) == 0)
        status = crux_fail(error, CRUX_FAILED, "%u choices were asked for, 0 came", reading->count);
    if (status == CRUX_OK && fixture->refuses != NULL)
        status = crux_fail(error, CRUX_FAILED, "%s", fixture->refuses);
    reading->same_again = status != CRUX_OK && fixture->same_again;
    if (json_count(list) < reading->count)
        reading->count = (uint32_t)json_count(list);
    for (uint32_t i = 0; i < reading->count && status == CRUX_OK; i++) {
        choices[i].text = sample_of(json_at(list, i));
        if (choices[i].text == NULL)
            status = crux_fail(error, CRUX_FAILED, "a choice has no text");
        else
            choices[i].length = strlen(choices[i].text);
    }
    reading->has_usage = json_get(usage, "completion_tokens") != NULL;
    reading->usage = (struct served_usage){.prompt = tokens_of(usage, "prompt_tokens"),
                                           .completion = tokens_of(usage, "completion_tokens")};
    if (status == CRUX_OK)
        choices[0].usage = reading->usage;
    json_free(json);
    return status;
}

const struct served_form served_fixture_all = {0, compose, split};
const struct served_form served_fixture_one = {1, compose, split};

/* --- questions ----------------------------------------------------------------------------- */

static void answered(struct served_question *question, const struct served_answer *answer)
{
    struct served_fixture *fixture = (struct served_fixture *)(void *)question;

    (void)pthread_mutex_lock(&lock);
    fixture->answers++;
    fixture->status = answer->status;
    fixture->at_once = answer->at_once;
    fixture->overflow = answer->overflow;
    fixture->count = answer->count;
    fixture->usage = answer->usage;
    fixture->price = answer->price;
    (void)snprintf(fixture->sentence, sizeof fixture->sentence, "%s", answer->sentence);
    for (uint32_t i = 0; i < answer->count; i++) {
        assert(strlen(answer->samples[i].text) == answer->samples[i].length);
        fixture->samples[i] = strdup(answer->samples[i].text);
    }
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

void served_fixture_about(struct served_fixture *fixture, const char *prompt, uint32_t count)
{
    *fixture = (struct served_fixture){.asked = CRUX_FAILED};
    (void)snprintf(fixture->prompt, sizeof fixture->prompt, "%s", prompt);
    fixture->same = (struct http_piece){fixture->prompt, strlen(fixture->prompt)};
    fixture->question = (struct served_question){
        .form = &served_fixture_all,
        .answered = answered,
        .same = &fixture->same,
        .same_count = 1,
        .seed = 7,
        .count = count,
        .prompt_most = 100,
        .completion_most = 40,
        .owner = fixture,
    };
}

int served_fixture_ask(struct served_fixture *fixture, struct served *served)
{
    fixture->asked = served_ask(served, &fixture->question);
    return fixture->asked;
}

bool served_fixture_wait(struct served_fixture *fixture)
{
    struct timespec until;
    int status = 0;
    bool done;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 60;
    (void)pthread_mutex_lock(&lock);
    while (fixture->answers == 0 && status == 0)
        status = pthread_cond_timedwait(&changed, &lock, &until);
    done = fixture->answers > 0;
    (void)pthread_mutex_unlock(&lock);
    return done;
}

bool served_fixture_put(struct served_fixture *fixture, struct served *served)
{
    (void)served_fixture_ask(fixture, served);
    return served_fixture_wait(fixture);
}

void served_fixture_free(struct served_fixture *fixture)
{
    for (uint32_t i = 0; i < SERVED_FIXTURE_SAMPLES; i++)
        free(fixture->samples[i]);
}
