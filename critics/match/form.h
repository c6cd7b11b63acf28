/*
 * form.h - the inside of a form: a small tree of what an answer says.
 *
 * A node is an index; 0 is none. Children are linked first to last. A node that is a
 * number, or comes to one, has its value beside its structure; where the value is
 * exact the structure says nothing more. Texts lie in the form's words.
 *
 * Nodes are only ever added, so the most that a hostile text can cost is MATCH_NODES.
 */
#ifndef CRITICS_MATCH_FORM_H
#define CRITICS_MATCH_FORM_H

#include "critics/match/answer.h"
#include "critics/match/number.h"
#include "critics/match/token.h"

#define MATCH_NODES 160u

enum match_kind {
    MATCH_VOID,
    MATCH_LITERAL, /* a number as written */
    MATCH_SYMBOL,  /* a variable or a constant */
    MATCH_SUM,
    MATCH_DIFFERENCE,
    MATCH_PRODUCT,
    MATCH_QUOTIENT,
    MATCH_POWER,
    MATCH_NEGATIVE,
    MATCH_ROOT,    /* of the first, and of what degree */
    MATCH_APPLIED, /* a function, to the first; its base is the second */
    MATCH_FACTORIAL,
    MATCH_ABSOLUTE,
    MATCH_CHOOSE,
    MATCH_INDEXED, /* x_1 */
    MATCH_BASED,   /* 52_8: digits in a base */
    MATCH_PERCENT,
    MATCH_QUANTITY, /* a number and its unit */
    MATCH_RATIO,    /* 3:4, and the time 3:30 */
    MATCH_CHOICE,   /* (A), of several; maybe with what stands there */
    MATCH_WORDS,
    MATCH_TUPLE, /* a point, an interval, a list in brackets */
    MATCH_SET,
    MATCH_LIST, /* without brackets */
    MATCH_UNITED,
    MATCH_MATRIX,
    MATCH_RELATION, /* an equation, an inequality */
    MATCH_OPAQUE    /* not understood: its tokens */
};

struct match_node {
    struct match_number value;
    double step; /* of a decimal number: one in its last place; 0: exact */
    uint16_t first, last, next, count;
    uint16_t word;  /* symbol, function, unit, words, digits: see the kind */
    uint16_t label; /* x, where `x = ` stood before it */
    uint8_t kind;
    uint8_t digits;   /* of a decimal number, that count; of a matrix, columns */
    uint8_t sign;     /* before it, in a relation */
    char open, close; /* TUPLE */
    bool wrapped;     /* stood in parentheses */
    bool either;      /* LIST: all of it is joined by `or` */
    bool doubtful;    /* PRODUCT: 1/2x, which is one thing or another */
};

struct match_form {
    uint32_t count, root; /* node 0 is none */
    uint32_t used;        /* of words */
    bool vague;           /* picked out of a sentence: it can be right, but is never wrong */
    struct match_node nodes[MATCH_NODES];
    char words[MATCH_TEXT];
    char text[MATCH_TEXT]; /* the canonical form */
};

/* Do the items of a list stand for different names: x = 1, y = 2? */
bool match_form_named(const struct match_form *form, const struct match_node *list);

#endif
