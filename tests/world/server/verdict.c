/*
 * verdict.c - the fake model judges a solution: a word, or an object after a schema.
 */
#include "tests/world/server/verdict.h"

#include "io/draw.h"

#include <math.h>
#include <string.h>

struct opinion {
    bool right;
    int64_t first_error; /* -1: none */
    bool first_is_better;
    uint64_t word; /* chance */
};

bool verdict_is_word(const char *prompt)
{
    return strstr(prompt, "one word: Yes or No") != NULL;
}

/* The hash of what stands between two marks, the last of each; 0: they are not there. */
static uint64_t hash_between(const char *prompt, const char *from, const char *to)
{
    const char *start = strstr(prompt, from);
    const char *end = start == NULL ? NULL : strstr(start, to);
    size_t length = strlen(from);

    if (end == NULL || end < start + length) /* nothing stands there */
        return 0;
    return draw_mix(draw_text(start + length, (size_t)(end - start) - length));
}

static struct opinion opinion_of(const struct brain *brain, const char *prompt, size_t length)
{
    uint64_t word = draw_mix(draw_text(prompt, length) ^ draw_mix(brain->seed));
    struct opinion opinion = {.first_error = brain_first_error(prompt, length), .word = word};
    bool slips = !brain->greedy && draw_uniform(draw(word, 1)) > brain->skill;

    opinion.right = (opinion.first_error < 0) != slips;
    opinion.first_error = !slips                     ? opinion.first_error
                          : opinion.first_error >= 0 ? -1
                                                     : (int64_t)(word % 2);
    opinion.first_is_better = (hash_between(prompt, "First:\n", "\n\nSecond:") >
                               hash_between(prompt, "Second:\n", "\n\nWhich")) != slips;
    return opinion;
}

/* A word, and the other one that it might have been. */
static void say_word(struct brain_reply *reply, const struct opinion *opinion)
{
    double sure = 0.6 + 0.39 * draw_uniform(draw(opinion->word, 2));
    struct odds_fork *fork = &reply->forks[0];

    text_say(&reply->text, opinion->right ? "Yes" : "No");
    *fork = (struct odds_fork){.count = 2};
    (void)strcpy(fork->tokens[0].text, opinion->right ? "Yes" : "No");
    (void)strcpy(fork->tokens[1].text, opinion->right ? "No" : "Yes");
    fork->tokens[0].logprob = log(sure);
    fork->tokens[1].logprob = log(1.0 - sure);
    reply->fork_count = 1;
}

static void say_steps(struct text *text, const struct opinion *opinion, int64_t most)
{
    if (opinion->first_error < 0 || opinion->first_error > most)
        text_say(text, "[]");
    else
        text_print(text, "[%lld]", (long long)opinion->first_error);
}

static void say_integer(struct text *text, const char *name, const struct json *schema,
                        const struct opinion *opinion)
{
    int64_t most = json_as_integer(json_get(schema, "maximum"));
    int64_t near = (int64_t)(draw_text(name, strlen(name)) ^ opinion->word) & 3;

    if (strcmp(name, "first_error") == 0)
        text_print(text, "%lld",
                   (long long)(opinion->first_error > most ? most : opinion->first_error));
    else
        text_print(text, "%lld", (long long)(opinion->right ? 10 - near : near));
}

static void say_member(struct text *text, const char *name, const struct json *schema,
                       const struct opinion *opinion)
{
    const char *type = json_as_string(json_get(schema, "type"));

    if (type != NULL && strcmp(type, "array") == 0)
        say_steps(text, opinion, json_as_integer(json_get(json_get(schema, "items"), "maximum")));
    else if (type != NULL && strcmp(type, "integer") == 0)
        say_integer(text, name, schema, opinion);
    else if (json_get(schema, "enum") != NULL)
        text_print(text, "\"%s\"", opinion->first_is_better ? "first" : "second");
    else
        text_print(text, "\"I worked it out, and it is %s.\"", opinion->right ? "right" : "wrong");
}

void verdict_think(struct brain_reply *reply, const struct brain *brain, const struct json *schema,
                   const char *prompt, size_t length)
{
    struct opinion opinion = opinion_of(brain, prompt, length);
    const struct json *members = json_get(schema, "properties");

    text_clear(&reply->text);
    reply->fork_count = 0;
    if (schema == NULL) {
        say_word(reply, &opinion);
    } else {
        text_say(&reply->text, "{");
        for (const char *name = json_next_key(members, NULL); name != NULL;
             name = json_next_key(members, name)) {
            text_print(&reply->text, "%s\"%s\": ", name == json_next_key(members, NULL) ? "" : ", ",
                       name);
            say_member(&reply->text, name, json_get(members, name), &opinion);
        }
        text_say(&reply->text, "}");
    }
    brain_cut(reply);
}
