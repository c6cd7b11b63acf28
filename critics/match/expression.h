/*
 * expression.h - what stands in an expression: may it be evaluated, and with which variables?
 *
 * An expression is a node of a form that has a value once its variables have one: sums, products,
 * powers, roots, functions. Units, percent, words, points and relations are none of it. Two
 * expressions are compared at places, each of which gives every variable a value by its name alone,
 * so that x is the same in both.
 *
 * Some writing has two meanings, and whoever compares goes through both (readings, below).
 *
 * Pure; any thread.
 */
#ifndef CRITICS_MATCH_EXPRESSION_H
#define CRITICS_MATCH_EXPRESSION_H

#include "critics/match/form.h"

#define MATCH_VARIABLES 12u
#define MATCH_NAME_ROOM 32u /* of a variable's name, with its NUL */

enum match_reading {
    MATCH_DIVIDED = 1,   /* 1/2x is 1/(2x), not x/2 */
    MATCH_CALLED = 2,    /* f(x) is a function's value, not a product */
    MATCH_COMMON_LOG = 4 /* log is the one of base 10, not the natural one */
};

/* What one walk finds. Several expressions may be added to one. */
struct match_expression {
    bool unreadable; /* something in it has no value */
    bool doubtful;   /* 1/2x */
    bool bare_log;   /* log without a base */
    bool decimal;    /* a number with a decimal point, that may be rounded */
    bool pieces;     /* |x|, floor: other formulas in other places */
    bool imaginary;
    uint64_t called, plain; /* letters, by match_letter_bit(): before brackets; elsewhere */
    uint32_t count;
    char names[MATCH_VARIABLES][MATCH_NAME_ROOM];
};

/* Where variables have which values; names of one may stand for names of another. */
struct match_place {
    uint32_t number;                          /* of the place: see precise.h */
    uint32_t reading;                         /* of enum match_reading */
    uint64_t functions;                       /* letters that MATCH_CALLED makes functions */
    const struct match_expression *from, *to; /* NULL; else names of from mean those of to ... */
    uint8_t order[MATCH_VARIABLES];           /* ... with from's i-th to's order[i]-th */
};

/* Add what stands in a node. */
void match_expression_look(struct match_expression *found, const struct match_form *form,
                           uint32_t at);

bool match_expression_has(const struct match_expression *found, const char *name);

/* Is this node a variable? Then its name, as it stands in a canonical form. */
bool match_expression_variable(const struct match_form *form, uint32_t node,
                               char name[MATCH_NAME_ROOM]);

/* The name that has its value here. */
const char *match_place_name(const struct match_place *place, const char *name);

/* The letter before brackets, where a product is the call of a function; '\0': it is none. */
char match_expression_called(const struct match_form *form, const struct match_node *product);
bool match_place_calls(const struct match_place *place, char letter);

/* 64 bits that a name and a number give, always the same. */
uint64_t match_expression_hash(const char *name, uint64_t number);

#endif
