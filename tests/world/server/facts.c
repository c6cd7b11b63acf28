/*
 * facts.c - the fake model where facts are missing: it says so, asks for them, finds them in the
 * prompt, or makes them up.
 *
 * As in brain.c nothing is kept between two prompts.
 */
#include "tests/world/server/facts.h"

#include "io/draw.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACTS_BUYS " buys "

enum { FACTS_WORD = 24, FACTS_LINE = 160, FACTS_WAYS = 3 };

/* How it is said of something that it is missing. */
static const char *const facts_missing[FACTS_WAYS] = {
    " has to be found out first.", " is not known yet.", " would have to be looked up."};

/* What may be read from a prompt. Words that are not known are "". */
struct quest {
    uint64_t hash; /* of the problem's text */
    int64_t count; /* of containers */
    char brand[FACTS_WORD], container[FACTS_WORD], item[FACTS_WORD], farm[FACTS_WORD];
    struct brain_operation operations[BRAIN_STEPS];
    uint32_t operation_count;
    const char *steps;   /* what follows the question mark */
    int64_t holds, near; /* what one holds, and what another thing of that name does; 0: unknown */
    uint32_t taken;      /* equations so far */
    int64_t value;       /* of the last */
};

/* Is a query asked for? */
static bool wants_query(const char *prompt)
{
    const char *asked = strstr(prompt, " query ");

    return asked != NULL && strstr(asked, "search") != NULL;
}

/* --- reading ------------------------------------------------------------------------------ */

/* The number that "... buys N ..." has, where a thing's name follows; 0: it is another sentence. */
static int64_t bought(const char *at)
{
    char *end;
    int64_t count = strtoll(at + strlen(FACTS_BUYS), &end, 10);
    size_t sentence = strcspn(end, ".?\n");

    return isdigit((unsigned char)at[strlen(FACTS_BUYS)]) &&
                   memmem(end, sentence, " of ", 4) != NULL
               ? count
               : 0;
}

static const char *last_quest(const char *prompt)
{
    const char *found = NULL;

    for (const char *at = strstr(prompt, FACTS_BUYS); at != NULL; at = strstr(at + 1, FACTS_BUYS))
        if (bought(at) > 0 && strchr(at, '?') != NULL)
            found = at;
    return found;
}

/* Where it is said last of something that it is missing; NULL: nowhere. */
static const char *last_missing(const char *text)
{
    const char *found = NULL;

    for (size_t i = 0; i < FACTS_WAYS; i++)
        for (const char *at = strstr(text, facts_missing[i]); at != NULL;
             at = strstr(at + 1, facts_missing[i]))
            found = found == NULL || at > found ? at : found;
    return found;
}

/* What is missing by the last sentence that says so; false: there is none. */
static bool read_need(char out[FACTS_LINE], const char *text)
{
    static const char *const openings[] = {"How many ", "In which "};
    const char *found = NULL, *end = last_missing(text);

    for (size_t i = 0; end != NULL && i < sizeof openings / sizeof *openings; i++)
        for (const char *at = strstr(text, openings[i]); at != NULL && at < end;
             at = strstr(at + 1, openings[i]))
            found = found == NULL || at > found ? at : found;
    if (found != NULL)
        (void)snprintf(out, FACTS_LINE, "%.*s", (int)(end - found), found);
    return found != NULL;
}

static void drop_last(char *word)
{
    if (*word != '\0')
        word[strlen(word) - 1] = '\0';
}

static void read_operations(struct quest *quest, const char *start, const char *end)
{
    for (const char *at = strchr(start, '.'); at != NULL && at < end; at = strchr(at + 1, '.')) {
        size_t size = strcspn(at + 1, ".?");
        char sentence[FACTS_LINE];

        if (size >= sizeof sentence)
            continue;
        memcpy(sentence, at + 1, size);
        sentence[size] = '\0';
        if (quest->operation_count < BRAIN_STEPS &&
            brain_read_operation(sentence, &quest->operations[quest->operation_count]))
            quest->operation_count++;
    }
}

/* The first sentence: with the container's brand, or with the farm that knows it. */
static bool read_purchase(struct quest *quest, const char *start)
{
    long long count;

    if (sscanf(start, " buys %lld %23[a-z] of %23[a-z] at the %23[A-Za-z] farm", &count,
               quest->container, quest->item, quest->farm) != 4) {
        quest->farm[0] = '\0';
        if (sscanf(start, " buys %lld %23[A-Za-z] %23[a-z] of %23[a-z]", &count, quest->brand,
                   quest->container, quest->item) != 4)
            return false;
    }
    quest->count = count;
    drop_last(quest->container); /* of several */
    return true;
}

/* What the farm packs in: crates of some brand, or its own, of which this document says what they
 * hold. */
static void find_brand(struct quest *quest, const char *prompt)
{
    char words[FACTS_LINE];
    long long number;
    const char *at;

    (void)snprintf(words, sizeof words, "The %s farm packs its %s in ", quest->farm, quest->item);
    at = strstr(prompt, words);
    if (at != NULL && sscanf(at + strlen(words), "%*[a-z] of %lld", &number) == 1)
        quest->holds = number;
    else if (at == NULL || sscanf(at + strlen(words), "%23[A-Za-z]", quest->brand) != 1)
        quest->brand[0] = '\0';
}

/* "Each Orlan crate holds 14 pears.", and the same of another thing of that name. */
static void find_holds(struct quest *quest, const char *prompt)
{
    char words[FACTS_LINE];
    size_t size = (size_t)snprintf(words, sizeof words, "Each %s ", quest->brand);

    for (const char *at = strstr(prompt, words); at != NULL; at = strstr(at + 1, words)) {
        char what[FACTS_WORD], item[FACTS_WORD];
        long long number;

        if (sscanf(at + size, "%23[a-z] holds %lld %23[a-z]", what, &number, item) != 3)
            continue;
        if (strcmp(what, quest->container) == 0 && strcmp(item, quest->item) == 0)
            quest->holds = number;
        else
            quest->near = number;
    }
}

static void read_equations(struct quest *quest)
{
    for (const char *at = strstr(quest->steps, "= "); at != NULL; at = strstr(at + 2, "= ")) {
        char *end;
        int64_t number = strtoll(at + 2, &end, 10);

        if (end == at + 2)
            continue;
        quest->value = number;
        quest->taken++;
    }
}

static bool read_quest(struct quest *quest, const char *prompt)
{
    const char *start = last_quest(prompt), *end = start != NULL ? strchr(start, '?') : NULL;

    *quest = (struct quest){.steps = end};
    if (end == NULL || !read_purchase(quest, start))
        return false;
    quest->hash = draw_mix(draw_text(start, (size_t)(end - start)));
    read_operations(quest, start, end);
    if (quest->farm[0] != '\0')
        find_brand(quest, prompt);
    if (quest->brand[0] != '\0')
        find_holds(quest, prompt);
    read_equations(quest);
    return true;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* What has to be found out next. */
static void name_need(char out[FACTS_LINE], const struct quest *quest)
{
    if (quest->brand[0] == '\0')
        (void)snprintf(out, FACTS_LINE, "In which %ss the %s farm packs its %s", quest->container,
                       quest->farm, quest->item);
    else
        (void)snprintf(out, FACTS_LINE, "How many %s each %s %s holds", quest->item, quest->brand,
                       quest->container);
}

/* Has it been said of this that it is missing? */
static bool was_said(const char *steps, const char *need)
{
    for (size_t i = 0; i < FACTS_WAYS; i++) {
        char sentence[2 * FACTS_LINE];

        (void)snprintf(sentence, sizeof sentence, "%s%s", need, facts_missing[i]);
        if (strstr(steps, sentence) != NULL)
            return true;
    }
    return false;
}

/* Does it say what is missing? Some problems make it careful, others do not; twice it seldom does.
 */
static bool is_careful(const struct quest *quest, const char *need, uint64_t word)
{
    double chance = 0.45 + 0.4 * draw_uniform(draw(quest->hash, BRAIN_STEPS));

    return draw_uniform(word) < (was_said(quest->steps, need) ? 0.1 : chance);
}

/* The first step: so many times what each holds, be that known or made up. */
static int64_t multiply(struct brain_reply *reply, const struct brain *brain,
                        const struct quest *quest, uint64_t word)
{
    bool known = quest->holds > 0 && draw_uniform(draw(word, 1)) > 1.0 / 12.0;
    int64_t each = known             ? quest->holds
                   : quest->near > 0 ? quest->near
                                     : 5 + (int64_t)(draw(word, 2) % 496);
    bool admits = !known && draw(word, 3) % 2 == 0;
    const char *brand = quest->brand[0] != '\0' ? quest->brand : quest->farm;
    int64_t value = brain_step(reply, brain, (struct brain_operation){'*', each}, quest->count,
                               draw(quest->hash, 0), draw(word, 4));

    text_print(&reply->text,
               admits ? " I guess that there are %lld %s in each %s %s."
                      : " There are %lld %s in each %s %s.",
               (long long)each, quest->item, brand, quest->container);
    return value;
}

static void continue_quest(struct brain_reply *reply, const struct brain *brain,
                           struct quest *quest, uint64_t seed)
{
    if (quest->taken == 0) {
        char need[FACTS_LINE];

        name_need(need, quest);
        if (quest->holds == 0 && is_careful(quest, need, draw(seed, BRAIN_STEPS)))
            text_print(&reply->text, "%s%s\n\n", need,
                       facts_missing[draw(seed, BRAIN_STEPS + 2) % FACTS_WAYS]);
        quest->value = multiply(reply, brain, quest, draw(seed, BRAIN_STEPS + 1));
        quest->taken = 1;
        text_say(&reply->text, "\n\n");
    }
    for (uint32_t i = quest->taken - 1; i < quest->operation_count; i++) {
        quest->value = brain_step(reply, brain, quest->operations[i], quest->value,
                                  draw(quest->hash, i + 1), draw(seed, i));
        text_say(&reply->text, "\n\n");
    }
    text_print(&reply->text, "The answer is \\boxed{%lld}.", (long long)quest->value);
}

/* A query for what is missing (NULL: nothing), in one of three ways; or one that names nothing. */
static void write_query(struct text *out, const char *need, uint64_t word)
{
    static const char *const vague[] = {"how fruit is packed", "what a farm sells",
                                        "sizes of things to carry fruit in"};
    uint64_t way = draw(word, 2) % 3;

    if (need == NULL)
        text_say(out, "how to add, subtract and multiply");
    else if (draw_uniform(word) < 0.4)
        text_say(out, vague[draw(word, 1) % 3]);
    else if (way == 0)
        text_say(out, need);
    else
        text_print(out, way == 1 ? "%s" : "facts on %s", need + strlen("How many "));
}

bool facts_is_asked(const char *prompt)
{
    return last_quest(prompt) != NULL || last_missing(prompt) != NULL || wants_query(prompt);
}

void facts_think(struct brain_reply *reply, const struct brain *brain, const char *prompt)
{
    uint64_t hash = draw_mix(draw_text(prompt, strlen(prompt)));
    uint64_t seed = brain->greedy ? hash : draw_mix(hash ^ draw_mix(brain->seed));
    char need[FACTS_LINE];
    struct quest quest;

    text_clear(&reply->text);
    reply->result_count = reply->fork_count = 0;
    if (!read_quest(&quest, prompt)) {
        write_query(&reply->text, read_need(need, prompt) ? need : NULL, seed);
    } else if (wants_query(quest.steps)) {
        name_need(need, &quest);
        write_query(&reply->text, need, seed);
    } else {
        continue_quest(reply, brain, &quest, seed);
    }
    brain_cut(reply);
}
