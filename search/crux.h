/*
 * crux.h - search for the step at which right and wrong reasoning part.
 *
 * Three things are yours. A policy says what might come next; a critic says how good it looks; a
 * source hands out problems. One thing is ours: lock-free parallel Monte Carlo tree search over
 * many problems at once. What comes out is one finished tree per problem: every step with its
 * statistics, every complete answer with its verdict, and every pair of a right and a wrong path
 * with the place where they part.
 *
 *     struct crux_search *search;
 *     struct crux_error error;
 *     struct crux_setup setup = crux_setup_default();
 *
 *     setup.policy = my_policy;
 *     setup.outcome = my_critic;
 *     if (crux_open(&search, &setup, &error) != CRUX_OK)
 *         return complain(&error);
 *     status = crux_run(search, my_source, my_sink, &error);
 *     crux_close(search);
 *
 * The words, with the field's own in brackets.
 *   problem       what is to be solved
 *   step          one piece of reasoning [action]
 *   kind          what sort of step it is: plain reasoning, a query, an answer
 *   grammar       which kinds may follow which. `steps`: plain reasoning alone. `cr-planner`: a
 *                 sub-goal, then what carrying it out gives (CR-Planner, arXiv 2410.01428)
 *   sub-goal      what to do next: reason, make a query, retrieve
 *   execution     what comes of a sub-goal: a rationale, a query, a document [observation]
 *   state         a problem and the steps so far
 *   path          the steps of a node and of one rollout below it: one complete answer
 *   policy        proposes next steps [its weights: prior, policy network]
 *   critic        scores steps or judges answers [value function, reward model, verifier]
 *   outcome       the verdict on one complete answer, and its reward [return]
 *   rollout       one completion from a state to a complete answer [simulation, playout]
 *   simulation    one way down a tree and back; its four phases are
 *     descend       follow the best-looking children to a leaf [selection: PUCT, UCB1, UCT]
 *     expand        ask the policy for the leaf's children [expansion]
 *     evaluate      roll out answers and judge them, or ask a value critic [rollout, evaluation]
 *     settle        carry the value up the same path [backup, backpropagation]
 *   first play    what a child without visits is worth [first-play urgency, FPU]
 *   in flight     a simulation that has descended and not settled [unobserved sample]
 *   collision     a descent whose leaf another simulation holds
 *   transpositions  equal states share their evaluation [transposition table]
 *   widening      asking again for more children of a node, a wing [progressive widening]
 *   branching     how many children a node is asked for, where its entropy says so
 *                 [entropy-gated branching]
 *   arm           a child of the root among which the simulations are shared out
 *                 [Gumbel-top-k trick, sequential halving]
 *   target        what the search would now play at a node [improved policy]
 *   lane          one worker's way through one tree, and its window of simulations
 *   crew          the workers, and the problems that are open at a time
 *   harvest       turning a tree at rest into flat arrays
 *   crux          the step at which a right and a wrong path part
 *   ledger        every paid reply, kept on disk so that none is paid for twice (crux_io.h)
 *
 * Ownership.  What you pass in stays yours; keep it until crux_close(). A sink's
 *             tree lives for the length of the call. A request belongs to the
 *             search, a reply to the port that gave it until release().
 * Threads.    Drive a search from one thread. crux_stop() may come from any
 *             thread or signal handler, crux_look() and crux_complete() from any
 *             thread. Ports are asked from every worker at once.
 * Errors.     CRUX_OK or a negative status; then *error holds one sentence.
 *             *out is untouched on failure.
 * Numbers.    Rewards, scores and values are in [0, 1], 1 is good, always from
 *             the solver's side. Times are nanoseconds of a monotonic clock.
 *             Prices are billionths of the currency.
 * Repeating.  A call's seed is a hash of the run's seed, the problem's id, the
 *             path and the sample's number. With CRUX_ORDER_ISSUED the same setup
 *             gives the same trees, bit for bit, with any window and any number of workers,
 *             as long as lanes is 1 and no limit in seconds or over the whole run is reached.
 */
#ifndef CRUX_H
#define CRUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "search/crux_tree.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CRUX_VERSION "0.1.0"

/* --- how things end ------------------------------------------------------- */

enum crux_status {
    CRUX_OK = 0,
    CRUX_DONE = 0,      /* a port: the reply is in the call */
    CRUX_PENDING = 1,   /* a port: crux_complete() will be called, exactly once */
    CRUX_END = 2,       /* a source: no more problems */
    CRUX_STOPPED = 3,   /* crux_run(): crux_stop() was called; can go on */
    CRUX_LIMIT = 4,     /* crux_run(): a limit over the run was reached; can go on */
    CRUX_INVALID = -1,  /* an option or a configuration that cannot work */
    CRUX_INPUT = -2,    /* a problem or a file of problems is not as it must be */
    CRUX_STORE = -3,    /* a store or an output cannot be read or written */
    CRUX_MEMORY = -4,   /* no memory */
    CRUX_FAILED = -5,   /* a call failed permanently */
    CRUX_CANCELLED = -6 /* a call was given up because the search asked for it */
};

struct crux_error {
    char text[512];
};

/* Write one sentence to *error (may be NULL), its middle left out if too long; return status. */
CRUX_API int crux_fail(struct crux_error *error, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* --- what is searched ----------------------------------------------------- */

/* A problem. The search reads id and prompt only; the rest is for policies and
 * critics, absent (NULL, 0) where a domain has no such thing. What else a domain needs they
 * read from the line, which reaches every port as it is. */
struct crux_problem {
    const char *id;
    const char *prompt;
    uint64_t ordinal;          /* position in the input, from 0 */
    const char *line;          /* the problem's own line: one JSON object, ends in NUL */
    const char *answer;        /* the reference answer: only for critics that say so */
    const char *const *images; /* pictures that belong to it: paths or data: URLs */
    uint32_t image_count;
};

enum crux_kind {
    CRUX_STEP,   /* plain reasoning */
    CRUX_REASON, /* sub-goals ... */
    CRUX_GENQUERY,
    CRUX_RETRIEVE,
    CRUX_RATIONALE, /* ... and what carrying them out gives */
    CRUX_QUERY,
    CRUX_DOC,
    CRUX_ANSWER, /* a rollout: all that is missing for a complete answer, one line per step */
    CRUX_KINDS
};

/* The kind's name in lower case, as written in every output. */
CRUX_API const char *crux_kind_name(enum crux_kind kind);

/* Is a step of this kind part of the solution, as reasoning and answers are? Sub-goals, queries and
 * documents are not: what a solution is judged by does not lie in them. */
CRUX_API bool crux_kind_reasons(enum crux_kind kind);

/* Is it a sub-goal: REASON, GENQUERY, RETRIEVE? And the text of its step; NULL: it is none. */
CRUX_API bool crux_kind_is_subgoal(enum crux_kind kind);
CRUX_API const char *crux_subgoal_text(enum crux_kind kind);

/* One piece of reasoning. Steps link back to their predecessor, so a step names
 * the whole path that led to it. Immutable; lives as long as its tree. */
struct crux_step {
    const struct crux_step *previous; /* NULL: the first one */
    const char *text;                 /* UTF-8, ends in NUL */
    uint32_t length;                  /* the text's, in bytes */
    uint32_t depth;                   /* 1 for the first step */
    uint32_t tokens;                  /* the policy's own count, 0: unknown */
    float logprob;                    /* mean per token, 0: unknown */
    uint8_t kind;                     /* enum crux_kind */
    bool terminal;                    /* the answer is complete with it */
    uint64_t state_hash;              /* names the state it leads to: steps of one problem with
                                         the same hash lead to equal states; 0: no other does */
    uint64_t origin;                  /* as the policy proposed it */
};

/* A problem and the steps from the root to a node. */
struct crux_state {
    const struct crux_problem *problem;
    const struct crux_step *last; /* NULL at the root, and in a nameless world */
    const uint16_t *choices;      /* which child was taken, at depth 0, 1, ... */
    uint32_t depth;               /* steps so far */
    uint64_t key;                 /* hash of the run's seed, the problem's id and the choices */
};

/* --- ports: policies and critics ------------------------------------------ */

enum crux_verb {
    CRUX_PROPOSE,  /* policy: up to count next steps of a kind */
    CRUX_SCORE,    /* critic: how good does each candidate step look? */
    CRUX_JUDGE,    /* critic: is each candidate, a complete answer, right? */
    CRUX_ANNOTATE, /* critic: what is wrong in the wrong path of a pair? Where the pair's wrong is
                      CRUX_NO_NODE, which only a pass asks: what is to be said of the right one? */
    CRUX_VERBS
};

enum crux_verdict { CRUX_UNKNOWN, CRUX_RIGHT, CRUX_WRONG };

CRUX_API const char *crux_verdict_name(enum crux_verdict verdict);

/* What a critic is asked for. */
enum crux_role {
    CRUX_ROLE_OUTCOME,   /* JUDGE: complete answers */
    CRUX_ROLE_EXECUTION, /* SCORE: fresh children, multiplied into their priors */
    CRUX_ROLE_VALUE,     /* SCORE: a leaf, in place of rollouts */
    CRUX_ROLE_ANNOTATE,  /* ANNOTATE: the pairs of the finished tree */
    CRUX_ROLE_SUBGOAL,   /* SCORE: which sub-goal comes next; for grammars that have some */
    CRUX_ROLES
};

/* The role's name in lower case, as written in every output. */
CRUX_API const char *crux_role_name(enum crux_role role);

/* One step that a policy proposes, in a reply to CRUX_PROPOSE. Steps of kind
 * CRUX_ANSWER hold all that is missing, one line ('\n') per step. */
struct crux_proposal {
    const char *text; /* UTF-8 without NUL inside; only steps of an ANSWER have '\n' */
    float prior;      /* weight >= 0; the search normalises over the family */
    float logprob;
    uint32_t tokens;
    bool terminal;
    uint64_t state_hash; /* see struct crux_step; 0: no other step leads to an equal state */
    uint64_t origin;     /* the policy's mark of its source, carried to the tree; 0: none */
};

/* The verdict on one complete answer. UNKNOWN: the checker itself could not
 * tell; then the reward counts for the search but never becomes a label. */
struct crux_outcome {
    double reward;
    enum crux_verdict verdict;
    const char *answer; /* canonical form, for majority votes; NULL: none */
};

/* What an annotator writes about the wrong path of a pair. */
struct crux_note {
    uint32_t first_error;   /* index over the wrong path's steps, from 0; CRUX_NO_STEP: it points
                               at none */
    bool exact;             /* first_error is proved, not claimed */
    const char *text;       /* the critique */
    const char *error_type; /* a short word */
    const char *corrected_step; /* a step to write instead; "": nothing known */
    const char *method;         /* the check that the correction passed; "": none */
    enum crux_verdict verdict;  /* its word on the answer as a whole; UNKNOWN: it gives none */
    const uint8_t *steps; /* enum crux_verdict of each step of the path; NULL: it gives none */
    uint32_t step_count;  /* of steps: as many as the path has */
};

/* What an answer is revised with (MMC's actor, arXiv 2504.11009): the answer so far, and what is
 * said of it. */
struct crux_revision {
    const struct crux_step *answer; /* its last step; the path to it is the answer */
    const char *critique;           /* NULL: nothing is said but that it may be wrong */
};

/* What comes back. Owned by the port until release(). A field that does not
 * belong to the verb is not read. proposals may be NULL while count is not 0:
 * that many nameless children of equal prior, for worlds without text. */
struct crux_reply {
    uint32_t count; /* number of proposals, scores or outcomes */
    float entropy;  /* PROPOSE: in nats, >= 0, of the first token that follows
                       the state, whatever was drawn; see knows_entropy */
    const struct crux_proposal *proposals; /* PROPOSE; fewer than asked is fine, 0: a dead end */
    const double *scores;                  /* SCORE: one per candidate; below 0: unknown */
    const struct crux_outcome *outcomes;   /* JUDGE: one per candidate */
    const struct crux_opinion *opinions;   /* SCORE, JUDGE: one per candidate; NULL: none */
    const struct crux_note *note;          /* ANNOTATE; NULL: nothing true can be said */
    uint32_t prompt_tokens, completion_tokens;
    int64_t price;
    const char *sentence; /* on failure: why, one sentence */
    bool knows_entropy;   /* false: entropy is not known, and not read */
    void *owner;          /* the port's, to find what release() must free */
};

/* One question. The search fills in what stands above reply and keeps it
 * unchanged until the call has completed. */
struct crux_call {
    enum crux_verb verb;
    enum crux_kind kind; /* PROPOSE: what is wanted */
    uint32_t count;      /* PROPOSE: the most to propose; SCORE, JUDGE: candidates */
    union {
        uint32_t sample;  /* PROPOSE: number of the first sample at this state */
        uint32_t details; /* ANNOTATE, of a right path alone, of a critic that injects: above 0 no
                             critique is wanted but the path with 1 to so many false details in it,
                             at most 5. They are the note's text: {"steps": [TEXT of each],
                             "details": [{"step": from 1, "original": TEXT, "false": TEXT}]} */
    };
    struct crux_state state;
    const struct crux_step *candidates; /* SCORE, JUDGE: count of them, each with its path; NULL
                                           when the state itself is to be scored: the root, or
                                           a state without steps in a nameless world */
    union {
        const struct crux_tree *tree; /* ANNOTATE: the finished tree and ... */
        const char *claim; /* SCORE, JUDGE: what is said to be wrong with the candidate, where a
                              critic is to find out whether it is; NULL: nothing, as the search */
        const struct crux_revision *revision; /* PROPOSE of an ANSWER at the root: the answer that
                                                 this one is to be better than; NULL: none */
    };
    const struct crux_pair *pair; /* ... the pair in it */
    uint64_t seed;                /* all randomness of the answer comes from here */
    int64_t deadline_ns;          /* 0: none */
    uint64_t ticket;              /* names this asking; pass it to crux_complete() */
    struct crux_reply reply;
};

/*
 * A port answers calls. Policies and critics put this struct first and grow
 * after it.
 *
 * ask() is called from every worker at once. It answers
 *   CRUX_DONE     call->reply is filled in;
 *   CRUX_PENDING  it has copied what it needs, or will read call until it
 *                 completes; crux_complete() follows exactly once, from any
 *                 thread, maybe before ask() has returned, also after cancel();
 *   negative      it failed permanently, and call->reply.sentence may say why.
 * A reply that is not as it must be (NaN, a score out of range, text that is not
 * UTF-8) fails the call, and the sentence names the port.
 *
 * cancel() asks to be quick about it: the reply is no longer wanted.
 * release() gives a reply back; it is called once for every reply with status
 * CRUX_DONE, from any thread. Both may be NULL.
 */
struct crux_port {
    const char *name;
    bool instant; /* ask() never answers CRUX_PENDING: such calls pass no admission */
    int (*ask)(struct crux_port *self, struct crux_call *call);
    void (*cancel)(struct crux_port *self, struct crux_call *call);
    void (*release)(struct crux_port *self, struct crux_reply *reply);
    void (*close)(struct crux_port *self);
};

struct crux_policy {
    struct crux_port port; /* PROPOSE */
    bool tells_entropy;    /* its replies may know the entropy of first tokens */
    bool revises;          /* answers calls with a revision; others fail such a call */
};

struct crux_critic {
    struct crux_port port; /* SCORE, JUDGE or ANNOTATE, as its constructor says */
    unsigned verbs;        /* bit v set: answers enum crux_verb v */
    bool sees_reference;   /* looks at the problem's reference answer */
    bool in_turn;          /* its verdicts depend on what it was asked before: an outcome critic
                              is asked when a simulation settles, in that order; instant */
    bool injects;          /* ANNOTATE: it can put false details into a right path */
};

/* A pending call has its answer: call->reply is filled in (status CRUX_DONE), or
 * it failed (negative). False: the ticket is stale or was used, the reply is not
 * taken, and the port keeps it. Any thread that has the call by something that orders, as a
 * lock, a queue or a thread's start does; lock-free. */
CRUX_API bool crux_complete(struct crux_call *call, uint64_t ticket, int status);

/* --- asking a port -------------------------------------------------------- */

#ifdef __cplusplus
#define CRUX_ATOMIC(type) type
#else
#define CRUX_ATOMIC(type) _Atomic type
#endif

/*
 * One asking of a port: a call, and the function to notify. Any code may ask: a simulation
 * does, and so may a critic that asks other critics, an annotator, a test.
 *
 *     struct mine { struct crux_asking asking; ... } *mine = calloc(1, sizeof *mine);
 *
 *     mine->asking.call = (struct crux_call){.verb = CRUX_SCORE, ...};
 *     mine->asking.answered = my_answered;
 *     status = crux_ask(port, &mine->asking);
 *
 * It is zeroed before its first use and stays where it is while a call is pending. Once that
 * has completed it may be used again; a late answer to the call before is turned away.
 */
struct crux_asking {
    struct crux_call call;                                    /* first: a call is its asking */
    void (*answered)(struct crux_asking *asking, int status); /* on the thread that completes */
    struct crux_port *port;                                   /* set by crux_ask() */
    CRUX_ATOMIC(uint64_t) waiting; /* ticket of the pending call; 0: none. The search's */
};

/* Ask. CRUX_DONE: call.reply is filled in, to be given back by crux_release(). CRUX_PENDING:
 * then alone answered() is called, exactly once, from any thread, maybe before crux_ask() returns.
 * Negative: it failed permanently, and call.reply.sentence may say why. */
CRUX_API int crux_ask(struct crux_port *port, struct crux_asking *asking);

/* The reply of a pending call is no longer wanted: its port is asked to be quick. Nothing
 * happens when no call is pending. For the side that asked, not for the port. */
CRUX_API void crux_cancel(struct crux_asking *asking);

/* Give the reply of a call with status CRUX_DONE back to its port. */
CRUX_API void crux_release(struct crux_asking *asking);

/* --- the search ----------------------------------------------------------- */

/* MCTS searches a tree. SAMPLE draws independent answers from its root. REFINE has an answer made
 * better, by what the outcome critic says of it, at most refine_rounds times or until its reward is
 * above refine_gamma, and then begins with another (MMC, arXiv 2504.11009); its policy must be one
 * that revises, and one lane has the tree. An answer costs one policy call in both.
 *
 * The others go down level by level, and then begin again at the root, until the budget is spent or
 * `passes` are made. PLAN follows at each node the child that its critic likes best (CR-Planner's
 * inference, arXiv 2410.01428, eqs. 1 to 3); where none was scored it is drawn by its prior. BEAM
 * keeps the `beam` best children of all. PARTICLES has `particles` of them, each of which takes a
 * step of its own, and draws as many anew by the odds of their scores (particle filter, Puri et al.
 * 2025, arXiv 2502.01618). RAG retrieves `documents` for the problem's prompt, one after the other,
 * and samples answers behind them. */
enum crux_strategy {
    CRUX_MCTS,
    CRUX_SAMPLE,
    CRUX_REFINE,
    CRUX_PLAN,
    CRUX_BEAM,
    CRUX_PARTICLES,
    CRUX_RAG
};

/* Which kinds of step may follow which. STEPS: plain reasoning follows the problem and itself.
 * CR_PLANNER: sub-goals follow the problem and every execution, and are followed by what carries
 * them out: REASON by rationales, GENQUERY by queries, RETRIEVE by documents. Which sub-goals are
 * legal follows from the path by rule, costs no call, and is scored by critics[SUBGOAL]; the others
 * by executions[] of their kind (CR-Planner, arXiv 2410.01428, table 6). Its depth is even. */
enum crux_grammar { CRUX_GRAMMAR_STEPS, CRUX_GRAMMAR_CR_PLANNER, CRUX_GRAMMARS };

/* The grammar's name, as written in every output. */
CRUX_API const char *crux_grammar_name(enum crux_grammar grammar);

/* The sub-goals of setup.subgoals: a set. */
#define CRUX_SUBGOALS (1U << CRUX_REASON | 1U << CRUX_GENQUERY | 1U << CRUX_RETRIEVE)

/* BUDGET: BG-MCTS (arXiv 2602.09574). What is spent of the problem's budget turns it from exploring
 * to depth, and nodes are asked for one child more where that looks best; one lane has the tree. */
enum crux_selection { CRUX_UCT, CRUX_PUCT, CRUX_GREEDY, CRUX_BUDGET };

/* With which right path a wrong one is paired. NEAREST: the one that parts from it latest.
 * REFERENCE: the one that the search has selected (crux_best_rollout()); a tree in which that is
 * not right has no pairs (MMC, arXiv 2504.11009). */
enum crux_pairs { CRUX_PAIRS_NEAREST, CRUX_PAIRS_REFERENCE };
enum crux_order { CRUX_ORDER_ARRIVAL, CRUX_ORDER_ISSUED };

/* What a simulation in flight does to the children it went through. UNOBSERVED counts it as a
 * visit in the exploration term only (WU-UCT, Liu et al. 2020). VIRTUAL_LOSS, for comparison,
 * counts it in the mean as well, as a visit worth nothing (Chaslot et al. 2008). */
enum crux_correction { CRUX_UNOBSERVED, CRUX_VIRTUAL_LOSS };

/* How the child of the root is chosen. RULE: like everywhere. GUMBEL: root_children of
 * them, drawn without replacement, share the simulations by sequential halving
 * (Danihelka et al. 2022); for small budgets. */
enum crux_root { CRUX_ROOT_RULE, CRUX_ROOT_GUMBEL };

/* What an untried child is worth (first-play urgency, Gelly and Wang 2006). RULE: what the
 * selection rule's own paper says: its parent's mean for puct, more than anything for uct
 * and greedy. PARENT: its parent's mean less first_play. VALUE: first_play. */
enum crux_first_play { CRUX_FIRST_RULE, CRUX_FIRST_PARENT, CRUX_FIRST_VALUE };

/* Where time comes from. now_ns() may be asked by any thread. idle(), which may be NULL, is asked
 * by a worker that has nothing to do, before it sleeps; true: it has completed a call, or moved
 * the time, so look again. */
struct crux_clock {
    int64_t (*now_ns)(struct crux_clock *self);
    bool (*idle)(struct crux_clock *self);
};

#define CRUX_LATE_NOTE UINT32_MAX

/* A simulation has settled or was withdrawn, or a pair got no note. */
struct crux_arrival {
    uint64_t number; /* of the simulation, counted from 0 in the order of asking; or of the pair */
    uint32_t late;   /* 0: it has settled. Else its call of this number, counted from 1, got no
                        answer before the deadline, and it was withdrawn; or CRUX_LATE_NOTE: what
                        the annotator was asked about the pair got none */
};

/* What a tree owes to chance is which of its calls come too late and, under CRUX_ORDER_ARRIVAL,
 * which simulation settles next. A caller that writes that down can have the same tree again, from
 * the same replies in any order. Called on a worker's thread, one call at a time per tree. */
struct crux_arrivals {
    /* A tree begins. *order of *count arrivals from malloc(): keep to it; calls that were late
     * are not made. None: settle as replies come, and report it to settled(). */
    int (*begin)(struct crux_arrivals *self, const struct crux_problem *problem,
                 struct crux_arrival **order, size_t *count, struct crux_error *error);
    /* The next arrival of the tree; under CRUX_ORDER_ISSUED only those that were late, since the
     * rest is known. */
    void (*settled)(struct crux_arrivals *self, const struct crux_problem *problem,
                    const struct crux_arrival *arrival);
};

struct crux_setup {
    struct crux_policy *policies[CRUX_KINDS];   /* one per kind; NULL: policies[CRUX_STEP] */
    struct crux_critic *critics[CRUX_ROLES];    /* one per role; NULL: none. Outcome may be missing
                                                   only without rollouts, which value replaces */
    struct crux_critic *executions[CRUX_KINDS]; /* the execution critic for steps of one kind;
                                                   NULL: critics[CRUX_ROLE_EXECUTION] */

    enum crux_strategy strategy;
    enum crux_selection selection;
    enum crux_order order;
    enum crux_correction correction;
    enum crux_root root;
    enum crux_first_play first;
    enum crux_pairs pairs;
    enum crux_grammar grammar;
    double first_play;   /* 0 .. 1; see enum crux_first_play */
    double exploration;  /* C of the selection rule, 0 .. 1000 */
    double widen;        /* k: a node with N visits asks for more children while it has fewer
                            than k N^a (progressive widening, Coulom 2007); 0: never */
    double widen_power;  /* a, in (0, 1) */
    double branch_low;   /* entropy of the first token that follows a node, in nats: below low it
                            is asked for one child, ... */
    double branch_high;  /* ... from high on, or where it is not known, for `children`, between
                            for a share of them. 0 <= low <= high; 0, 0: always `children` */
    bool free_query;     /* grammar CR_PLANNER: GENQUERY is legal before any rationale */
    bool free_retrieve;  /* ... and RETRIEVE before any query */
    bool transpositions; /* equal states share their evaluation; see crux_step.state_hash */
    double refine_gamma; /* strategy REFINE, and reflect: an answer with a reward above it is good
                            enough, in [0, 1]; one whose verdict is unknown never is */
    uint32_t refine_rounds; /* revisions of an answer at most, 0 .. 127 */
    uint32_t root_children; /* arms that root GUMBEL considers, 1 .. 4,096 */
    uint32_t simulations;   /* per problem, 1 .. 16,777,215 */
    uint32_t calls;         /* policy calls per problem; 0: as many as simulations need */
    uint32_t tokens;        /* prompt and completion tokens per problem, of policies and critics; 0:
                               any number. Counted when a simulation settles, so what is in flight
                               when they are spent comes on top; notes are not among them */
    uint32_t children;      /* proposals asked for per node, 1 .. 4,096 */
    uint32_t documents;     /* the same of documents, below RETRIEVE, 1 .. 4,096 */
    uint32_t beam;          /* strategy BEAM: nodes that are kept, 1 .. 4,096 */
    uint32_t particles;     /* strategy PARTICLES: how many, 1 .. 4,096 */
    uint32_t reflect;       /* PLAN, BEAM, PARTICLES: how often an answer that is not above
                               refine_gamma is asked for again, in its place and with what the
                               outcome critic said of it, 0 .. 127; the policy of answers must be
                               one that revises (Reflexion, arXiv 2303.11366) */
    uint32_t passes;        /* PLAN, BEAM, PARTICLES: from the root at most; 0: no limit */
    uint32_t subgoals;      /* grammar CR_PLANNER: bit k set: sub-goal of kind k is legal where the
                               path allows it. REASON always is; RETRIEVE needs a policy of its own
                               for documents */
    uint32_t rollouts;      /* per leaf, 0 .. 1,024; 0: ask the value critic */
    uint32_t depth;         /* steps of a path at most, 1 .. 1,024 */
    uint64_t seed;

    uint32_t workers;    /* threads, 1 .. 256 */
    uint32_t in_flight;  /* calls in flight over all problems, 1 .. 65,536 */
    uint32_t per_tree;   /* simulations in flight per tree, 1 .. 16,384 */
    uint32_t group;      /* simulations that go down together, 1 .. 64: a lane waits until its
                            window has room for all of them; for instant ports */
    uint32_t open_trees; /* problems searched at a time, 0 .. 65,536; 0: 4 x in_flight / per_tree,
                            at least 2 x workers; more when in_flight is raised (crux_steer.h) */
    uint32_t lanes;      /* workers that may share one tree, 1 .. 256 */

    uint32_t stop_right, stop_wrong; /* distinct answers that end a problem; 0, 0: never */
    uint32_t probe;       /* a problem ends when its first `probe` answers agree; 0: never */
    uint64_t limit_calls; /* policy calls over the run; 0: no limit */
    int64_t limit_ns;     /* time over the run; 0: no limit */
    int64_t spent_ns;     /* part of limit_ns that earlier searches took */
    int64_t deadline_ns;  /* time per call, from its asking; late ones are cancelled and their
                             simulation withdrawn; 0: none */
    bool summary_only;    /* finished trees without nodes, rollouts and pairs */
    bool plain;           /* no vector code, whatever the machine has; the same trees */
    struct crux_arrivals *arrivals; /* needs one lane; NULL: none kept */
    struct crux_clock *clock;       /* NULL: CLOCK_MONOTONIC */
};

CRUX_API struct crux_setup crux_setup_default(void);

/* Where problems come from. next() is asked by one thread at a time and answers CRUX_OK with *out,
 * CRUX_END, or a negative status, which ends the run. The problem stays yours, unchanged, until
 * crux_run() returns. */
struct crux_source {
    int (*next)(struct crux_source *self, const struct crux_problem **out,
                struct crux_error *error);
};

/* Where finished trees go. finished() is called from any worker, several at once, one call per
 * tree, with reason STOPPED for trees that a stop has cut short. A negative status ends the run. */
struct crux_sink {
    int (*finished)(struct crux_sink *self, const struct crux_tree *tree, struct crux_error *error);
};

struct crux_search;

/* Check a setup and make its workers' memory. Nothing is asked yet. */
CRUX_API int crux_open(struct crux_search **out, const struct crux_setup *setup,
                       struct crux_error *error);
CRUX_API void crux_close(struct crux_search *search);

/* Search every problem of the source. CRUX_OK, CRUX_STOPPED, CRUX_LIMIT, or
 * negative. Problems that fail permanently do not end the run: their tree says so. */
CRUX_API int crux_run(struct crux_search *search, struct crux_source *source,
                      struct crux_sink *sink, struct crux_error *error);

/* Begin nothing new, wait for the calls in flight, then return from crux_run(). */
CRUX_API void crux_stop(struct crux_search *search);

/* What a run is doing; each figure exact, all of them not of one instant. */
struct crux_view {
    uint64_t simulations, calls, withdrawn;
    uint64_t trees_open, trees_done, trees_failed;
    uint64_t pairs, rights;
    uint64_t in_flight; /* calls */
    uint64_t prompt_tokens, completion_tokens;
    int64_t price;
    uint64_t unnoted; /* pairs whose note failed, was late or was not as it must be */
};

CRUX_API void crux_look(const struct crux_search *search, struct crux_view *out);

/* The configured number of trees that can be open at a time. */
CRUX_API uint32_t crux_open_trees(const struct crux_setup *setup);

#ifdef __cplusplus
}
#endif

#endif
