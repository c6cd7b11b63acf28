/*
 * evidence.h - what a backend's replies have shown of its configuration, by counting: is a refusal
 * about one question, or about all of them?
 *
 * What a server says when it refuses is worded otherwise by each, so nothing is read from it. What
 * tells is what happens to other questions:
 *
 *     nothing like it has ever come    a refusal is about all: the run ends (like it: of the same
 *     through                          shape, SERVED_SHAPES; each has evidence of its own)
 *     something has                    it is that question's own failure, unless others are refused
 *                                      one after the other with nothing good between them:
 *                                      EVIDENCE_QUESTIONS different problems, or EVIDENCE_CALLS
 *                                      calls with a status that is about no question's words (401,
 *                                      404, a redirect, ...)
 *
 * A refusal comes faster than an answer, so the first to come need not be typical: it is held until
 * those calls have ended that were out when it came, or EVIDENCE_MOST have been refused. Then it is
 * ruled on, and so are all that are held: nothing is marked as failed because of a configuration
 * that cannot work. While nothing else is out, a ruling is made at once.
 *
 * The guard. A reply may come through and still hold nothing that can be used: no choice with a
 *     text, no step. Each way of using replies (SERVED_WAYS) is guarded until it has had
 *     something; before that, when every reply of EVIDENCE_QUESTIONS problems held nothing, the run
 *     ends with the reason that came most often.
 *
 * Ownership. Cases lie in their owner's records and are linked while they are held.
 * Threads.   None: the caller has a lock.
 */
#ifndef IO_SERVED_EVIDENCE_H
#define IO_SERVED_EVIDENCE_H

#include "io/served/served.h"

enum {
    EVIDENCE_QUESTIONS = 5, /* four flagged problems in a row are rare, and each is only one */
    EVIDENCE_CALLS = 3,
    EVIDENCE_MOST = 20,
    EVIDENCE_REASONS = 8 /* different ones that are counted apart */
};

/* One call of which something will be known. */
struct evidence_case {
    struct evidence_case *next; /* of those that are held, oldest first */
    const struct crux_problem *problem;
    uint32_t series; /* when it was sent */
    bool held;
};

/* Problems that are told apart by their ordinals, a few of them; those that have none are one. */
struct evidence_problems {
    uint64_t ordinals[EVIDENCE_MOST];
    uint32_t count;
};

struct evidence_reason {
    char text[160];
    uint32_t count;
};

struct evidence_guard {
    bool used;
    struct evidence_problems problems;
    struct evidence_reason reasons[EVIDENCE_REASONS];
    uint32_t dropped; /* replies */
};

struct evidence {
    bool came;       /* something has come through with this configuration */
    uint32_t series; /* of refusals with nothing good between them, or of none */
    uint32_t out;    /* cases of which nothing is known yet ... */
    uint32_t before; /* ... those of them that were out when the series began */
    uint32_t calls;  /* refused in this series with a status that is about all */
    struct evidence_problems refused;
    struct evidence_case *held;
    struct evidence_guard guards[SERVED_WAYS];
};

/* What became of cases: those that are to be ended now, oldest first. */
struct evidence_ruling {
    struct evidence_case *cases;
    bool run; /* the run ends with the first; else each is its own question's failure */
};

void evidence_sent(struct evidence *evidence, struct evidence_case *one,
                   const struct crux_problem *problem);

/* How it ended: something came; it was refused (about_all: by a status that is about no question's
 * words); else. A refused one is in this ruling, or is held and in a later one. */
struct evidence_ruling evidence_came(struct evidence *evidence, struct evidence_case *one);
struct evidence_ruling evidence_refused(struct evidence *evidence, struct evidence_case *one,
                                        bool about_all);
struct evidence_ruling evidence_ended(struct evidence *evidence, struct evidence_case *one);

/* Its question has been given up. True: it was held, and is so no more. */
bool evidence_let_go(struct evidence *evidence, struct evidence_case *one);

/* A reply was used in a way; or held nothing for it, and reason says why. True: the run must end.
 */
void evidence_used(struct evidence *evidence, enum served_way way);
bool evidence_dropped(struct evidence *evidence, enum served_way way,
                      const struct crux_problem *problem, const char *reason);

/* Had a way replies, and none of them held anything? Then why, in a sentence. */
bool evidence_barren(const struct evidence *evidence, struct crux_error *why);

#endif
