/*
 * features.h - what a linear critic sees of a candidate: a short list of numbers, each of which
 * stands for something that is so.
 *
 * A feature is hashed into one of LINEAR_FEATURES weights (the hashing trick, Weinberger et al.
 * 2009), so there is no dictionary to be kept, and a word that was never seen has a weight, too:
 * that of nothing learnt. Two that share a weight are rare, and the fit lives with it.
 *
 *     of the candidate     words and pairs of words, n-grams of 3 and 4 bytes (of a long text
 *                          those at its ends), kind, depth, length, tokens, mean
 *                          log-probability, whether it is terminal
 *     of its context       how much of it was said before: words of the problem's prompt and of
 *                          the step before that come again, numbers that do not; in grammar
 *                          cr-planner of the context of its kind (contexts.h) and of nothing else,
 *                          each word with where it stands there, and how much of each part of the
 *                          context the candidate has
 *     of a sub-goal        nothing of its own, as its text is fixed: its kind, joined with the
 *                          words of the problem and of what was found, how often and in which
 *                          order that was, whether documents have the words of the query, and the
 *                          state
 *
 *     of the whole path    for critics that judge a state and do not compare siblings: the words
 *                          of the prompt and of all steps that are part of the solution; what
 *                          it rates is the last of these
 *
 *     of the state         what a domain adds; facts that cost no solving (numbers/facts.h)
 *
 * Nothing here looks at the problem's reference answer.
 *
 * Ownership. A list owns its memory until linear_features_free(); it can be filled again and again.
 * Threads.   A list belongs to one thread at a time; nothing else is shared.
 */
#ifndef CRITICS_LINEAR_FEATURES_H
#define CRITICS_LINEAR_FEATURES_H

#include "search/crux.h"

#define LINEAR_BITS     20u
#define LINEAR_FEATURES (UINT32_C(1) << LINEAR_BITS)

/* Counts up when a feature means another thing than it did: a critic that was trained before that
 * is refused. */
#define LINEAR_LANGUAGE 1

struct linear_features {
    uint32_t *index; /* ascending, each once, below LINEAR_FEATURES */
    uint32_t count, room;
    bool lost;      /* there was no memory for all */
    uint64_t place; /* names what they describe: the state where a domain knows it, else the text
                       of the candidate */
};

/* Of a problem and the path up to last (NULL: the root). whole: of the whole path, too. False: no
 * memory, and *out is to be freed all the same. */
bool linear_features_of(struct linear_features *out, const struct crux_problem *problem,
                        const struct crux_step *last, bool whole);
void linear_features_free(struct linear_features *features);

#endif
