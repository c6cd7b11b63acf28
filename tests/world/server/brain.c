/*
 * brain.c - the fake model: writes word problems, reads them back, and works them out with slips.
 *
 * It keeps nothing between two prompts: what has been worked out so far is read from
 * the prompt, as a real model does. So the same prompt and seed give the same text
 * whatever else the server has answered.
 */
#include "tests/world/server/brain.h"

#include "io/draw.h"
#include "tests/world/server/odds.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARKER   " starts with "
#define HARDNESS 0.35 /* how far a step's probability may lie from the skill */

struct puzzle {
    uint64_t hash; /* of its text; what is hard about it comes from here */
    int64_t start;
    uint32_t count;
    struct brain_operation operations[BRAIN_STEPS];
    const char *steps; /* what follows the question mark */
};

static uint64_t hash_of(const char *bytes, size_t length)
{
    return draw_mix(draw_text(bytes, length));
}

/* --- reading a prompt ------------------------------------------------------------ */

static const char *find_last(const char *bytes, size_t length, const char *word)
{
    const char *found = NULL, *next = bytes;
    size_t size = strlen(word);

    while ((next = memmem(next, length - (size_t)(next - bytes), word, size)) != NULL) {
        found = next;
        next += size;
    }
    return found;
}

bool brain_read_operation(const char *sentence, struct brain_operation *out)
{
    static const struct {
        const char *word;
        char sign;
    } verbs[] = {{" finds ", '+'}, {" buys ", '+'},  {" gives ", '-'},
                 {" loses ", '-'}, {" makes ", '*'}, {" trades ", '*'}};

    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        const char *verb = strstr(sentence, verbs[i].word);

        if (verb == NULL)
            continue;
        out->sign = verbs[i].sign;
        verb = strpbrk(verb, "0123456789");
        out->by = verb == NULL ? 0 : strtoll(verb, NULL, 10);
        return verb != NULL;
    }
    return false;
}

/* The last problem in a prompt; false: there is none. */
static bool read_puzzle(const char *prompt, size_t length, struct puzzle *out)
{
    const char *start = find_last(prompt, length, MARKER);
    const char *end = start == NULL ? NULL : strchr(start, '?');
    const char *at;

    if (end == NULL || !isdigit((unsigned char)start[strlen(MARKER)]))
        return false;
    *out = (struct puzzle){.hash = hash_of(start, (size_t)(end - start)), .steps = end + 1};
    out->start = strtoll(start + strlen(MARKER), NULL, 10);
    for (at = strchr(start, '.'); at != NULL && at < end; at = strchr(at + 1, '.')) {
        const char *stop = strpbrk(at + 1, ".?");
        char sentence[160];
        size_t size = (size_t)(stop - at - 1);

        if (size >= sizeof sentence)
            continue;
        memcpy(sentence, at + 1, size);
        sentence[size] = '\0';
        if (out->count < BRAIN_STEPS &&
            brain_read_operation(sentence, &out->operations[out->count]))
            out->count++;
    }
    return true;
}

/* How many steps have been taken, and to what number. */
static uint32_t read_steps(const struct puzzle *puzzle, int64_t *value)
{
    uint32_t steps = 0;

    *value = puzzle->start;
    for (const char *at = strstr(puzzle->steps, "= "); at != NULL; at = strstr(at + 2, "= ")) {
        char *end;
        int64_t number = strtoll(at + 2, &end, 10);

        if (end == at + 2)
            continue;
        *value = number;
        steps++;
    }
    return steps;
}

/* --- writing the rest ---------------------------------------------------------------- */

uint32_t brain_count(const char *bytes, size_t length)
{
    uint32_t count = 0;

    for (size_t at = 0; at < length; at = odds_token_end(bytes, at, length))
        count++;
    return count;
}

size_t brain_score(struct brain_token *token, uint64_t seed, const char *bytes, size_t at,
                   size_t length)
{
    size_t end = odds_token_end(bytes, at, length);

    while (end < length && ((unsigned char)bytes[end] & 0xC0) == 0x80)
        end++; /* whole characters */
    *token = (struct brain_token){(uint32_t)at, (uint32_t)(end - at),
                                  -0.1F * (float)(end - at) * (float)seed, NULL};
    return end;
}

/* The model is sure of every token but those at forks, which stand in order. */
void brain_cut(struct brain_reply *reply)
{
    uint32_t fork = 0;

    reply->count = 0;
    for (size_t at = 0, end; at < reply->text.length && reply->count < BRAIN_TOKENS; at = end) {
        struct brain_token *token = &reply->tokens[reply->count++];

        end = odds_token_end(reply->text.bytes, at, reply->text.length);
        *token = (struct brain_token){(uint32_t)at, (uint32_t)(end - at), 0.0F, NULL};
        if (fork < reply->fork_count && reply->forks[fork].start == at) {
            token->fork = &reply->forks[fork++];
            token->logprob = (float)token->fork->tokens[token->fork->drawn].logprob;
        }
    }
}

int64_t brain_apply(struct brain_operation operation, int64_t value)
{
    if (operation.sign == '+')
        return value + operation.by;
    return operation.sign == '-' ? value - operation.by : value * operation.by;
}

/* Where an expression begins that ends here: digits, signs and blanks. */
static const char *expression_before(const char *from, const char *end)
{
    while (end > from && strchr("0123456789+-* ", end[-1]) != NULL)
        end--;
    return end + (*end == ' ');
}

uint32_t brain_results(struct brain_result out[BRAIN_STEPS], const char *prompt, size_t length)
{
    struct puzzle puzzle;
    int64_t right, before;
    uint32_t count = 0;

    if (!read_puzzle(prompt, length, &puzzle))
        return 0;
    right = before = puzzle.start;
    for (const char *at = strstr(puzzle.steps, "= "); at != NULL && count < puzzle.count;
         at = strstr(at + 2, "= ")) {
        const char *equation = expression_before(puzzle.steps, at);
        char *end;
        int64_t number = strtoll(at + 2, &end, 10);

        if (end == at + 2)
            continue;
        right = brain_apply(puzzle.operations[count], right);
        out[count] = (struct brain_result){.said = number,
                                           .right = right,
                                           .follows = brain_apply(puzzle.operations[count], before),
                                           .equation = equation,
                                           .length = (size_t)(end - equation)};
        before = number;
        count++;
    }
    return count;
}

int64_t brain_first_error(const char *prompt, size_t length)
{
    struct brain_result results[BRAIN_STEPS];
    uint32_t count = brain_results(results, prompt, length);

    for (uint32_t i = 0; i < count; i++)
        if (results[i].said != results[i].right)
            return i;
    return -1;
}

uint64_t brain_about(const char *prompt, size_t length)
{
    struct puzzle puzzle;

    return read_puzzle(prompt, length, &puzzle) ? puzzle.hash : 0;
}

bool brain_truth(int64_t *out, const char *prompt, size_t length)
{
    struct puzzle puzzle;

    if (!read_puzzle(prompt, length, &puzzle))
        return false;
    *out = puzzle.start;
    for (uint32_t i = 0; i < puzzle.count; i++)
        *out = brain_apply(puzzle.operations[i], *out);
    return true;
}

enum { WAYS = 3, SLIPS = 6 };

/* One step from value, as it may be written: in each of the ways to say it, with the right result
 * and with each slip. text: of a way; result: 0 is right. */
static void write_step(struct odds_text *out, const struct brain *brain,
                       struct brain_operation operation, int64_t value, uint32_t way,
                       int64_t result)
{
    static const char *const ways[WAYS] = {
        "%s%lld %c %lld = ", "That makes %s%lld %c %lld = ", "Now there are %s%lld %c %lld = "};
    char first[32] = "";

    if (brain->result_first)
        (void)snprintf(first, sizeof first, "%lld, for ", (long long)result);
    (void)snprintf(out->text, sizeof out->text, ways[brain->result_first ? 0 : way], first,
                   (long long)value, operation.sign, (long long)operation.by);
    (void)snprintf(out->text + strlen(out->text), sizeof out->text - strlen(out->text), "%lld.",
                   (long long)result);
}

/* All that a step may be, with its probability: the right result has the step's own, its slips
 * share what is left, and no way to say it is likelier than another. */
static void list_steps(struct odds *out, const struct brain *brain,
                       struct brain_operation operation, int64_t value, double right)
{
    static const int64_t away[SLIPS] = {1, -1, 10, -10, 2, -2};
    uint32_t ways = brain->result_first ? 1 : WAYS;

    out->count = 0;
    for (uint32_t way = 0; way < ways; way++)
        for (uint32_t i = 0; i <= SLIPS; i++) {
            struct odds_text *text = &out->texts[out->count++];
            int64_t result = brain_apply(operation, value) + (i == 0 ? 0 : away[i - 1]);

            write_step(text, brain, operation, value, way, result);
            text->probability = (i == 0 ? right : (1.0 - right) / SLIPS) / ways;
        }
}

int64_t brain_step(struct brain_reply *reply, const struct brain *brain,
                   struct brain_operation operation, int64_t value, uint64_t nature, uint64_t word)
{
    double right =
        fmin(fmax(brain->skill + HARDNESS * (2.0 * draw_uniform(nature) - 1.0), 0.0), 1.0);
    bool wrong = brain->greedy ? right < 0.5 : draw_uniform(word) > right;
    uint32_t start = (uint32_t)reply->text.length, way, forks;
    struct odds odds;

    word = brain->greedy ? nature : draw_mix(word);
    way = brain->result_first ? 0 : (uint32_t)(word % WAYS);
    list_steps(&odds, brain, operation, value, right);
    odds.drawn = way * (SLIPS + 1) + (wrong ? 1 + (uint32_t)(draw_mix(word) % SLIPS) : 0);
    forks = odds_forks(reply->forks + reply->fork_count, BRAIN_FORKS - reply->fork_count, &odds);
    for (uint32_t i = 0; i < forks; i++)
        reply->forks[reply->fork_count++].start += start;
    reply->result_count++;
    text_say(&reply->text, odds.texts[odds.drawn].text);
    return strtoll(strstr(odds.texts[odds.drawn].text, "= ") + 2, NULL, 10);
}

/* A step of a puzzle, by its number. */
static int64_t take_step(struct brain_reply *reply, const struct brain *brain,
                         const struct puzzle *puzzle, uint32_t number, int64_t value, uint64_t word)
{
    return brain_step(reply, brain, puzzle->operations[number], value, draw(puzzle->hash, number),
                      word);
}

void brain_think(struct brain_reply *reply, const struct brain *brain, const char *prompt,
                 size_t length)
{
    uint64_t hash = hash_of(prompt, length);
    uint64_t seed = brain->greedy ? hash : draw_mix(hash ^ draw_mix(brain->seed));
    struct puzzle puzzle = {.count = 0};
    int64_t value = (int64_t)(seed % 100);
    uint32_t steps = 0;

    text_clear(&reply->text);
    reply->result_count = reply->fork_count = 0;
    if (read_puzzle(prompt, length, &puzzle))
        steps = read_steps(&puzzle, &value);
    for (uint32_t i = steps; i < puzzle.count; i++) {
        value = take_step(reply, brain, &puzzle, i, value, draw(seed, i));
        text_say(&reply->text, "\n\n");
    }
    text_print(&reply->text, "The answer is \\boxed{%lld}.", (long long)value);
    brain_cut(reply);
}

void brain_answer(struct brain_reply *reply, const struct brain *brain, const char *prompt,
                  size_t length, int64_t wrong)
{
    uint64_t hash = hash_of(prompt, length);
    uint64_t seed = brain->greedy ? hash : draw_mix(hash ^ draw_mix(brain->seed));
    struct puzzle puzzle = {.count = 0};
    int64_t value = 0;

    text_clear(&reply->text);
    reply->result_count = reply->fork_count = 0;
    if (read_puzzle(prompt, length, &puzzle))
        value = puzzle.start;
    for (uint32_t i = 0; i < puzzle.count; i++) {
        struct brain sure = *brain;

        sure.skill = i == wrong ? -1.0 - HARDNESS : 1.0 + HARDNESS;
        value = take_step(reply, &sure, &puzzle, i, value, draw(seed, i));
        text_say(&reply->text, "\n\n");
    }
    text_print(&reply->text, "The answer is \\boxed{%lld}.", (long long)value);
    brain_cut(reply);
}

/* --- problems --------------------------------------------------------------------------- */

static void add_operation(struct text *story, const char *who, struct brain_operation operation)
{
    static const char *const plus[] = {"finds %lld more", "buys %lld more"};
    static const char *const minus[] = {"gives %lld away", "loses %lld"};
    static const char *const times[] = {"makes it %lld times as many",
                                        "trades each one for %lld new ones"};
    const char *const *ways = operation.sign == '+' ? plus : operation.sign == '-' ? minus : times;
    char sentence[96];

    (void)snprintf(sentence, sizeof sentence, ways[operation.by % 2], (long long)operation.by);
    text_print(story, " %s %s.", who, sentence);
}

/* An operation that keeps the number between 1 and 500. */
static struct brain_operation draw_operation(uint64_t word, int64_t value)
{
    struct brain_operation operation = {'+', 2 + (int64_t)(draw_mix(word) % 18)};

    if (word % 4 == 0 && value <= 60)
        operation = (struct brain_operation){'*', 2 + (int64_t)(draw_mix(word) % 3)};
    else if (word % 4 == 1 || word % 4 == 2)
        operation = (struct brain_operation){'-', 1 + (int64_t)(draw_mix(word) % 15)};
    if (operation.sign == '-' && operation.by >= value)
        operation.sign = '+';
    return operation;
}

void brain_problem(struct text *line, struct brain_range operations, uint64_t seed, uint64_t number)
{
    static const char *const names[] = {"Mia", "Tom", "Ann", "Ben", "Eva", "Leo", "Ida", "Max"};
    static const char *const things[] = {"marbles", "apples", "stamps", "books", "coins"};
    uint64_t word = draw(seed, number);
    const char *who = names[word % 8], *what = things[draw_mix(word) % 5];
    uint32_t span = operations.most - operations.least + 1;
    uint32_t count = operations.least + (uint32_t)(draw(word, 0) % span);
    int64_t value = 3 + (int64_t)(draw(word, 1) % 28);
    struct text story = {NULL, 0, 0};

    text_print(&story, "%s" MARKER "%lld %s.", who, (long long)value, what);
    for (uint32_t i = 0; i < count; i++) {
        struct brain_operation operation = draw_operation(draw(word, 2 + i), value);

        add_operation(&story, who, operation);
        value = brain_apply(operation, value);
    }
    text_print(&story, " How many %s does %s have now?", what, who);
    text_print(line, "{\"id\": \"word-%06llu\", \"problem\": ", (unsigned long long)number);
    text_quote(line, story.bytes, story.length);
    text_print(line, ", \"answer\": \"%lld\"}\n", (long long)value);
    text_free(&story);
}
