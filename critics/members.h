/*
 * members.h - how a critic that asks others is described: WORD[CRITIC][CRITIC]...
 *
 *     mean[match][judge:strict,votes=3][process:timeout=5:python3 judge.py]
 *
 * Between brackets stands a critic as --critic takes it, without ROLE=; blanks between two of them
 * do not count. A critic may have brackets of its own, as an ensemble inside of an ensemble has,
 * and colons and commas: a member ends at the ] that closes its [, and nothing in it is escaped.
 * A command with a bracket that is never closed goes into a script.
 *
 * Pure. What is found points into the text.
 */
#ifndef CRITICS_MEMBERS_H
#define CRITICS_MEMBERS_H

#include "search/crux.h"

enum { MEMBERS_MOST = 16 };

struct members {
    struct crux_text word; /* what stands before the first [, without blanks around it */
    struct crux_text items[MEMBERS_MOST];
    uint32_t count;
};

/* NULL text is an empty one. CRUX_INVALID: there is no member, more than MEMBERS_MOST, a bracket
 * that is not closed, or something else between two; *out then has those before. critic is named in
 * the sentence. */
int members_read(struct members *out, const char *text, size_t length, const char *critic,
                 struct crux_error *error);

/* Members behind nothing: there is no word before them. argument: NULL without one. */
int members_read_bare(struct members *out, const char *argument, const char *critic,
                      struct crux_error *error);

/* The role that stands before a member, as in [execution=numbers], which is taken away; else this
 * one. */
enum crux_role members_take_role(struct crux_text *member, enum crux_role role);

#endif
