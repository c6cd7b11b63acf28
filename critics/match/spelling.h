/*
 * spelling.h - what LaTeX commands, Unicode signs and short words mean.
 *
 * Tables and their lookup; pure, any thread.
 */
#ifndef CRITICS_MATCH_SPELLING_H
#define CRITICS_MATCH_SPELLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum match_meaning {
    SPELLS_NOTHING,
    SPELLS_SPACE,
    SPELLS_SIGN,
    SPELLS_NAME,
    SPELLS_MONEY,
    SPELLS_WORD,
    SPELLS_PROSE,    /* the next group is prose */
    SPELLS_DIGITS,   /* a sign, and behind it single digits: a half, squared */
    SPELLS_ROOT,     /* a root of that degree */
    SPELLS_OTHER,    /* known, and not understood */
    SPELLS_SKIP,     /* the next group is not shown, or says how the rest is */
    SPELLS_OPERATOR, /* the next group is a function's name, or prose */
    SPELLS_LINE,     /* over letters it is dress */
    SPELLS_BEGIN,    /* of an environment, and its end */
    SPELLS_END
};

struct match_spelling {
    const char *text;
    enum match_meaning meaning;
    uint8_t sign;
    const char *name; /* NAME, MONEY, WORD, OTHER: what to call it; DIGITS, ROOT: which */
};

/* NULL: it means nothing that we know. */
const struct match_spelling *match_spelling_command(const char *text, size_t length);
const struct match_spelling *match_spelling_name(const char *text, size_t length);

/* The sign that begins at at, of those that are not one plain character. */
const struct match_spelling *match_spelling_sign(const char *at, const char *end);

/* A command that is a name, like a Greek letter; a run of letters that is one word. */
bool match_spelling_is_name(const char *command);
bool match_spelling_is_word(const char *folded);

/* The way a sign is written in a canonical form; ascii is room for one plain character. */
const char *match_spelling_of_sign(uint8_t sign, char ascii[2]);

#endif
