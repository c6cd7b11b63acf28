/*
 * path.c - the referee's walk along a path, and the expression that its steps make.
 *
 * Operands of + and * stand in the order of their texts, so that computations
 * which differ in nothing else give the same answer and votes can count them.
 */
#include "critics/numbers/path.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "io/steps.h"
#include "critics/numbers/text.h"

bool numbers_walk_begin(struct numbers_walk *walk, const struct numbers_problem *problem)
{
    memset(walk, 0, sizeof *walk);
    walk->problem = problem;
    if (!numbers_begin(problem, &walk->state))
        return false;
    for (uint32_t i = 0; i < walk->state.count; i++) {
        walk->terms[i].value = walk->state.left[i];
        walk->terms[i].outer = ' ';
        (void)numbers_print_rational(walk->terms[i].text, sizeof walk->terms[i].text,
                                     walk->state.left[i]);
    }
    return true;
}

/* The first term of that value; takes it out. count: how many terms there are. */
static struct numbers_term take_term(struct numbers_walk *walk, uint32_t count,
                                     struct rational value)
{
    struct numbers_term term;
    uint32_t at = 0;

    while (rational_compare(walk->terms[at].value, value) != 0)
        at++;
    assert(at < count);
    term = walk->terms[at];
    memmove(&walk->terms[at], &walk->terms[at + 1], (count - at - 1) * sizeof term);
    return term;
}

/* Does the operand need parentheses beside sign? */
static bool binds_loosely(char sign, const struct numbers_term *term, bool second)
{
    bool sum = term->outer == '+' || term->outer == '-';
    bool product = term->outer == '*' || term->outer == '/';

    if (sign == '*' || sign == '/')
        return sum || (second && product && sign == '/') || (second && term->outer == '/');
    return second && sign == '-' && sum;
}

static size_t put_operand(char *out, size_t room, char sign, const struct numbers_term *term,
                          bool second)
{
    bool wrapped = binds_loosely(sign, term, second);
    int length = snprintf(out, room, wrapped ? "(%s)" : "%s", term->text);

    return (size_t)length < room ? (size_t)length : room - 1;
}

static struct numbers_term numbers_path_join(const struct numbers_operation *operation,
                                             const struct numbers_term *a,
                                             const struct numbers_term *b)
{
    struct numbers_term made = {.value = operation->result, .outer = operation->sign};
    bool swap = (operation->sign == '+' || operation->sign == '*') && strcmp(a->text, b->text) > 0;
    const struct numbers_term *first = swap ? b : a, *second = swap ? a : b;
    size_t at = put_operand(made.text, sizeof made.text, made.outer, first, false);

    at += (size_t)snprintf(made.text + at, sizeof made.text - at, " %c ", made.outer);
    if (at < sizeof made.text)
        (void)put_operand(made.text + at, sizeof made.text - at, made.outer, second, true);
    return made;
}

/* Does a text have a word in it, besides the `left` that steps have? */
static bool has_word(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        size_t word = 0;

        while (i + word < length && isalpha((unsigned char)text[i + word]) != 0)
            word++;
        if (word > 0 && (word != 4 || memcmp(text + i, "left", 4) != 0))
            return true;
        i += word;
    }
    return false;
}

bool numbers_walk_step(struct numbers_walk *walk, const char *text, size_t length)
{
    struct numbers_operation operation;
    struct numbers_term a, b;
    uint32_t count = walk->state.count;

    if (walk->fault != NUMBERS_LEGAL)
        return false;
    if (numbers_complete(walk->problem, &walk->state))
        walk->fault = NUMBERS_AFTER_END;
    else
        walk->fault = numbers_step(&walk->state, text, length, &operation);
    walk->in_words = walk->steps == 0 && walk->fault == NUMBERS_MALFORMED && has_word(text, length);
    if (walk->fault != NUMBERS_LEGAL)
        return false;
    a = take_term(walk, count, operation.a);
    b = take_term(walk, count - 1, operation.b);
    walk->terms[count - 2] = numbers_path_join(&operation, &a, &b);
    walk->steps++;
    return true;
}

bool numbers_walk_lines(struct numbers_walk *walk, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        if (length > 0 && !numbers_walk_step(walk, text, length))
            return false;
        text += length + (text[length] == '\n');
    }
    return true;
}

/* The steps of a chain that are part of the solution, first to last; how many there are, of which
 * out holds none if that is more than room. */
static size_t numbers_path_gather(const struct crux_step *last, const struct crux_step **out,
                                  size_t room)
{
    size_t count = 0, at;

    for (const struct crux_step *step = steps_reasoning(last); step != NULL;
         step = steps_reasoning(step->previous))
        count++;
    at = count <= room ? count : 0;
    for (const struct crux_step *step = steps_reasoning(last); at > 0;
         step = steps_reasoning(step->previous))
        out[--at] = step;
    return count;
}

bool numbers_walk_chain(struct numbers_walk *walk, const struct crux_step *last)
{
    const struct crux_step *chain[NUMBERS_MOST];
    size_t count = numbers_path_gather(last, chain, NUMBERS_MOST);

    if (count > NUMBERS_MOST) {
        walk->fault = NUMBERS_AFTER_END; /* no problem has that number of steps */
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct crux_step *step = chain[i];
        bool fine = step->kind == CRUX_ANSWER ? numbers_walk_lines(walk, step->text)
                                              : numbers_walk_step(walk, step->text, step->length);

        if (!fine)
            return false;
    }
    return true;
}

/* The term of the target where there is one, else the last that was made. */
static const struct numbers_term *final_term(const struct numbers_walk *walk)
{
    struct rational target = {walk->problem->target, 1};

    for (uint32_t i = 0; i < walk->state.count; i++)
        if (rational_compare(walk->terms[i].value, target) == 0)
            return &walk->terms[i];
    return &walk->terms[walk->state.count - 1];
}

void numbers_walk_answer(const struct numbers_walk *walk, char *out, size_t room)
{
    const struct numbers_term *term = final_term(walk);
    char value[48];

    (void)numbers_print_rational(value, sizeof value, term->value);
    (void)snprintf(out, room, "%s = %s", term->text, value);
}
