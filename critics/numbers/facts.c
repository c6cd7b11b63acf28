/*
 * facts.c - facts of a state: its numbers one by one, in pairs and all together, each by value,
 * magnitude, divisors and residues.
 *
 * Residues are what lets a linear critic say something of numbers that it never saw: which pairs
 * of residues by 5, 7 or 11 lead on is soon learnt from examples, as one learns a table of
 * addition.
 */
#include "critics/numbers/facts.h"

#include "critics/numbers/rules.h"
#include "critics/numbers/text.h"
#include "io/draw.h"
#include "io/steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a fact is about: the first thing that is hashed of it. */
enum numbers_fact_about {
    FACT_COUNT = 1,
    FACT_ALL,
    FACT_ONE,
    FACT_PAIR,
    FACT_PAIR_AND_SIZE,
    FACT_SIZES,
    FACT_SIZE,
    FACT_FRACTIONS,
    FACT_SIGNS,
    FACT_DIVISOR,
    FACT_DIVISORS,
    FACT_RESIDUES,
    FACT_RESIDUES_AND_SIZE,
    FACT_RESIDUES_BESIDE
};

static const int64_t moduli[] = {2, 3, 4, 5, 7, 9, 11};

enum { MODULI = sizeof moduli / sizeof *moduli, RESIDUES_OF_MOST = 3 };

struct telling {
    numbers_fact *tell;
    void *context;
    const struct numbers_state *state;
    int64_t target;
    uint64_t
        game; /* the target, the rule and how many numbers are left: what most facts hold for */
};

/* --- words for numbers --------------------------------------------------------------------- */

static uint64_t fact_of_number(uint64_t fact, struct rational value)
{
    return draw(draw(fact, (uint64_t)value.over), (uint64_t)value.under);
}

/* Its magnitude in half octaves, with its sign; 0 for 0. An exponent is between -63 and 63. */
static int64_t fact_size_of(struct rational value)
{
    int exponent = 0;
    double part = frexp(fabs((double)value.over / (double)value.under), &exponent);
    int64_t octaves = 2 * (exponent + 64) + (part >= 0.75);

    if (value.over == 0)
        return 0;
    return value.over < 0 ? -octaves : octaves;
}

/* The greatest common divisor; the target can be any integer. */
static uint64_t common_divisor(int64_t x, int64_t y)
{
    uint64_t a = x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
    uint64_t b = y < 0 ? 0 - (uint64_t)y : (uint64_t)y;

    while (b != 0) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* What it shares with the target; 0 for a fraction. */
static uint64_t shared_divisor(struct rational value, int64_t target)
{
    return value.under == 1 ? common_divisor(value.over, target) : 0;
}

/* --- what is told ---------------------------------------------------------------------------- */

static uint64_t fact_begin(const struct telling *telling, enum numbers_fact_about about)
{
    return draw(telling->game, about);
}

static void fact_tell(const struct telling *telling, uint64_t fact)
{
    telling->tell(telling->context, fact);
}

static void tell_each(const struct telling *telling)
{
    const struct numbers_state *state = telling->state;

    for (uint32_t i = 0; i < state->count; i++) {
        struct rational value = state->left[i];
        uint64_t divisor = shared_divisor(value, telling->target);

        fact_tell(telling, fact_of_number(fact_begin(telling, FACT_ONE), value));
        fact_tell(telling, draw(fact_begin(telling, FACT_SIZE), (uint64_t)fact_size_of(value)));
        fact_tell(telling, draw(fact_begin(telling, FACT_DIVISOR), divisor));
    }
}

/* All numbers in one fact, by what word() says of each. */
static uint64_t fact_of_all(const struct telling *telling, uint64_t fact,
                            int64_t (*word)(struct rational value, int64_t about), int64_t about)
{
    for (uint32_t i = 0; i < telling->state->count; i++)
        fact = draw(fact, (uint64_t)word(telling->state->left[i], about));
    return fact;
}

static int64_t word_size(struct rational value, int64_t about)
{
    (void)about;
    return fact_size_of(value);
}

static int64_t word_under(struct rational value, int64_t about)
{
    (void)about;
    return value.under;
}

static int64_t word_sign(struct rational value, int64_t about)
{
    (void)about;
    return (value.over > 0) - (value.over < 0);
}

static int64_t word_residue(struct rational value, int64_t modulus)
{
    return (value.over % modulus + modulus) % modulus;
}

/* Of whole numbers only, and of two or three: residues of more are too many to be learnt. */
static void tell_residues(const struct telling *telling)
{
    const struct numbers_state *state = telling->state;

    for (uint32_t i = 0; i < state->count; i++)
        if (state->left[i].under != 1)
            return;
    if (state->count < 2 || state->count > RESIDUES_OF_MOST)
        return;
    for (size_t m = 0; m < MODULI; m++) {
        uint64_t fact = draw(fact_begin(telling, FACT_RESIDUES), m);
        uint64_t sized = draw(fact_begin(telling, FACT_RESIDUES_AND_SIZE), m);

        fact_tell(telling, fact_of_all(telling, fact, word_residue, moduli[m]));
        if (state->count > 2)
            continue;
        sized = fact_of_all(telling, sized, word_residue, moduli[m]);
        fact_tell(telling, draw(draw(sized, 0), (uint64_t)fact_size_of(state->left[0])));
        fact_tell(telling, draw(draw(sized, 1), (uint64_t)fact_size_of(state->left[1])));
    }
}

static void tell_pairs(const struct telling *telling)
{
    const struct numbers_state *state = telling->state;

    for (uint32_t i = 0; state->count > 2 && i < state->count; i++)
        for (uint32_t j = i + 1; j < state->count; j++) {
            uint64_t pair = fact_of_number(fact_of_number(0, state->left[i]), state->left[j]);

            fact_tell(telling, draw(fact_begin(telling, FACT_PAIR), pair));
            if (state->count == 3)
                fact_tell(telling, draw(draw(fact_begin(telling, FACT_PAIR_AND_SIZE), pair),
                                        (uint64_t)fact_size_of(state->left[3 - i - j])));
        }
}

static void tell_together(const struct telling *telling)
{
    uint64_t divisors = fact_begin(telling, FACT_DIVISORS);

    for (uint32_t i = 0; i < telling->state->count; i++)
        divisors = draw(divisors, shared_divisor(telling->state->left[i], telling->target));
    fact_tell(telling, fact_begin(telling, FACT_COUNT));
    fact_tell(telling, divisors);
    fact_tell(telling, fact_of_all(telling, fact_begin(telling, FACT_SIZES), word_size, 0));
    fact_tell(telling, fact_of_all(telling, fact_begin(telling, FACT_FRACTIONS), word_under, 0));
    fact_tell(telling, fact_of_all(telling, fact_begin(telling, FACT_SIGNS), word_sign, 0));
}

/* Of three numbers each one by its value, beside the residues of the other two. */
static void tell_beside(const struct telling *telling)
{
    const struct rational *left = telling->state->left;

    for (uint32_t i = 0; telling->state->count == 3 && i < 3; i++) {
        struct rational a = left[i == 0], b = left[i == 2 ? 1 : 2];
        uint64_t one = fact_of_number(fact_begin(telling, FACT_RESIDUES_BESIDE), left[i]);

        for (size_t m = 0; a.under == 1 && b.under == 1 && m < MODULI; m++)
            fact_tell(telling, draw(draw(draw(one, m), (uint64_t)word_residue(a, moduli[m])),
                                    (uint64_t)word_residue(b, moduli[m])));
    }
}

/* --- the state ---------------------------------------------------------------------------------
 */

/* What the last line of a step names as left: an answer has a line per step. */
static bool left_after(const struct crux_step *last, struct numbers_state *state)
{
    const char *line = memrchr(last->text, '\n', last->length);
    const char *end = last->text + last->length;

    line = line != NULL ? line + 1 : last->text;
    return numbers_left_of(line, (size_t)(end - line), state);
}

bool numbers_facts(const struct crux_problem *problem, const struct crux_step *last,
                   numbers_fact *tell, void *context, uint64_t *place)
{
    const struct crux_step *said = steps_reasoning(last);
    struct numbers_problem numbers;
    struct numbers_state state;
    struct telling telling = {.tell = tell, .context = context, .state = &state};

    if (!numbers_problem_read(&numbers, problem->line) ||
        (said == NULL ? !numbers_begin(&numbers, &state) : !left_after(said, &state)))
        return false;
    telling.target = numbers.target;
    telling.game = draw(draw(draw_mix((uint64_t)numbers.target), numbers.use_all), state.count);
    *place = fact_begin(&telling, FACT_ALL);
    for (uint32_t i = 0; i < state.count; i++)
        *place = fact_of_number(*place, state.left[i]);
    fact_tell(&telling, *place);
    tell_each(&telling);
    tell_pairs(&telling);
    tell_together(&telling);
    tell_residues(&telling);
    tell_beside(&telling);
    return true;
}
