/*
 * crux_critics.h - the catalogue of critics, which say how good a step or an answer is.
 *
 * A critic is opened from a role and a description NAME[:ARG], as the command
 * line takes it ([ROLE=]NAME[:ARG]) and the store records it. The caller owns it
 * and closes it with crux_critic_close() after the last search that uses it.
 *
 *     outcome=numbers     JUDGE. Re-computes a whole answer from the text of its steps
 *                         alone: a forged step, a number used twice, a wrong sum is
 *                         wrong. Looks at the problem's numbers and target, which are
 *                         the problem itself, and at no reference answer.
 *     outcome=match[:tolerance=X][,percent=strict]
 *                         JUDGE. Is the final answer of the path the problem's reference
 *                         answer? Answers are found in \boxed{}, <answer>, behind ####, or where
 *                         `the answer is`, and compared as mathematics: numbers, LaTeX,
 *                         sets, intervals, units. UNKNOWN where it cannot tell. With a
 *                         tolerance, 0 < X < 1, numbers may differ by that relative amount.
 *                         20% answers 20 unless percent is strict; then that is UNKNOWN.
 *                         Looks at the reference answer.
 *     outcome=consistency JUDGE. The reward is the share of the problem's answers so far that
 *                         say the same; the verdict is always UNKNOWN. Remembers answers by
 *                         problem id, and is asked in turn, so it repeats with the order of
 *                         settling. A tree's answer is then crux_agreed_rollout().
 *     outcome=mixed[:NAME]
 *                         JUDGE. Problems that have numbers by `numbers`, all others by critic
 *                         NAME (match without one), which must be one that answers at once.
 *     annotate=mixed      ANNOTATE. The same: it has nothing to say of others.
 *     execution=numbers   SCORE. 1 if the target can still be reached after a candidate step,
 *                         0 if not, by exhaustive exact search.
 *     value=numbers       SCORE. The same, for a leaf in place of rollouts.
 *     annotate=numbers    ANNOTATE. Finds the first step after which the target is out of reach
 *                         and writes why, and what to do instead. Of a right path alone it says
 *                         that nothing is to be corrected, once it has recomputed it.
 *     annotate=critique[:BACKEND][,KEY=VALUE]...
 *                         ANNOTATE. A served language model says in one or two sentences what is
 *                         wrong with the wrong path of a pair, without solving the problem. Looks
 *                         at the reference answer, so that what repeats it is no critique.
 *         style=mmc       it sees both paths, and which is which. The default
 *         style=deliberate
 *                         a critique of each step, a second look at each, and both merged
 *         style=blind     it sees one path and no label, judges each step and the answer, and is
 *                         kept if that is what is known
 *         style=panel     several backends write; the first drops what is wrong or vague, and
 *                         merges
 *         backend=NAME    whom to ask; backends=A+B+C of a panel
 *         tries=N         until something can be used, 1 .. 16; 3
 *         temperature=T, max=TOKENS
 *                         in place of the backend's own
 *     ROLE=linear:FILE    SCORE (execution, value) or JUDGE (outcome; its verdict is UNKNOWN).
 *                         Weights that `crux train` or crux_critic_train() has fitted to finished
 *                         trees, over words, lengths and facts of the state that cost no solving.
 *                         The file's own role is the only one that it has.
 *     outcome=run[:KEY=VALUE,...]
 *                         JUDGE. Runs the answer's program on the problem's tests, in a jail on
 *                         this machine: Python, C, C++, or with command=TEXT last any program that
 *                         checks an answer. The reward is the share of the tests that pass
 *                         (reward=share), 1 if all do (all), or if a share of X does (atleast=X).
 *                         Tests are members `test` and `entry_point` (HumanEval), `tests` or
 *                         `test_list` of the problem's line. seconds=4, memory=512 (MiB),
 *                         processes=32, output=256 (KiB) are its limits, level=strict its walls,
 *                         at-once=N programs run at a time. UNKNOWN where there are no tests or the
 *                         jail cannot tell. Looks at hidden tests, which are a reference; with
 *                         tests=visible at those of `visible_tests` or `public_tests` alone, which
 *                         are none, and its verdict says no more than that they pass.
 *     execution=run, value=run
 *                         SCORE. 1 if the arithmetic that a step states holds, recomputed, 0 if
 *                         it does not, unknown if it states none.
 *     ROLE=process:[timeout=SECONDS:]COMMAND
 *                         SCORE, JUDGE or ANNOTATE, by role: any program that reads questions and
 *                         writes replies, one JSON object per line, as policy process does
 *                         (crux_policies.h). It does not see the reference answer.
 *     ROLE=http:FILE      SCORE or JUDGE: a service of JSON over HTTP. FILE is YAML: where it is, a
 *                         template of what is sent, JSON pointers to number, verdict, answer and
 *                         sentence in its reply (critics/http/service.h). It does not see the
 *                         reference answer.
 *     ROLE=ratio:STRONG,WEAK[,scale=X]
 *                         SCORE or JUDGE: log-probability under backend STRONG minus that under
 *                         backend WEAK (CDR), through a sigmoid of this scale (1). Verdicts are
 *                         unknown. Both servers must score prompts; opening it asks them and
 *                         refuses others.
 *     ROLE=ensemble:RULE[CRITIC][CRITIC]...
 *                         SCORE or JUDGE: several critics of the role as one. RULE is mean, min,
 *                         product, median, majority, agree, weighted or weighted=N: each is asked N
 *                         times (3) and weighs as much as it is consistent with itself. Members who
 *                         do not know are left out; agree knows nothing then. How far they are
 *                         apart is kept in the opinion. When one's call fails, so does this one.
 *     ROLE=agree:[CRITIC][CRITIC]...
 *                         The same as ensemble:agree: known only where all say the same.
 *     ROLE=adversary:[CRITIC][[ROLE=]CRITIC]...
 *                         SCORE or JUDGE. The first names the one most likely fault of a candidate:
 *                         the step of its lowest reward, else the whole. The others, validators,
 *                         are asked about it one after the other until one knows: 0 when the fault
 *                         is confirmed, 1 when it is refuted, else unknown (RLAC). A validator has
 *                         the adversary's role, or execution= and scores the step, as in
 *                         adversary:[judge][execution=numbers].
 *     ROLE=judge[:[BACKEND][,KEY=VALUE]...]
 *                         SCORE or JUDGE. A served language model says how good a step or an answer
 *                         is; without BACKEND the one that has no name. What it says counts only in
 *                         the place that its form has for it (a member of one JSON object, or what
 *                         its first word is likely to be), never what reads like a verdict. As an
 *                         outcome critic it calls right what it gives more than 0.5, wrong what it
 *                         gives less. Looks at the reference answer only when its template says
 *                         {{reference}}.
 *         mode=point      is it right? The default. The probability of Yes, where the server lists
 *                         likely tokens; else a score
 *         mode=pair       which of two siblings is better, asked in both orders: the score is the
 *                         share won of the comparisons on which both orders agree; no verdict
 *         mode=steps      which steps are wrong? A reward for each
 *         mode=first      which step is the first wrong one? (ProcessBench)
 *         mode=criteria   scores by name, weighted
 *         votes=K         samples of each question, 1 .. 64; 1
 *         keep=WHICH      mode steps: the votes that make a step wrong: any, most (at least half,
 *                         the default) or all
 *         rivals=N        mode pair: siblings that each is compared with; 8
 *         by=score        mode point: a score, although there are probabilities
 *         why=no          no reason is asked for: shorter and cheaper
 *         template=FILE   its words, in parts (README)
 *     ROLE=reward:[BACKEND],dialect=NAME[,KEY=VALUE]...
 *                         SCORE or JUDGE. A served reward model, of outcomes or of steps, several
 *                         candidates in one request where the server can. It says what a candidate
 *                         is worth as critic judge does, and does not see the reference answer. The
 *                         backend needs an endpoint, and its model where the server wants it named
 *                         (vLLM); no more is asked or found out.
 *         dialect=NAME    vllm-pooling, vllm-messages, vllm-classify, vllm-score, vllm-rerank,
 *                         sglang-classify, llamacpp-rerank, tei-predict or tei-rerank
 *         transform=HOW   identity (the default): it is in 0 .. 1 already; class:K: of several
 *                         probabilities that of class K (without it several are unknown);
 *                         sigmoid; softmax:K; clip:LOW:HIGH
 *         pointer=/PATH   where the number is in one result: a JSON pointer, in which -1 is the
 *                         last item of a list
 *         steps=SUM       there is a number for each step, and they come to their last, min,
 *                         product or mean
 *         step-end=TEXT   behind each step; without it a line's end between two
 *         template=FILE   of the text: {{problem}}, {{solution}}, {{#steps}}{{.}}{{/steps}}
 *         batch=N         candidates in one request at most
 *                         A number that is not in 0 .. 1 behind the transform is unknown.
 *
 * Between brackets stands a critic as it would stand alone, with an argument that may have colons,
 * commas and closed brackets of its own: ensemble:min[match:percent=strict][process:python3 j.py].
 *
 * All but process, outcome=run, http, ratio, judge, critique and reward are instant, as is what
 * asks instant ones alone. Those of numbers are exact: rational arithmetic, no floating point.
 */
#ifndef CRUX_CRITICS_H
#define CRUX_CRITICS_H

#include "io/crux_io.h"
#include "search/crux.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Open a critic for a role, on backends that outlive it (crux_io.h); NULL where there are none.
 * CRUX_INVALID with a sentence that lists what there is. */
CRUX_API int crux_critic_open(struct crux_critic **out, enum crux_role role,
                              const char *description, struct crux_backends *backends,
                              struct crux_error *error);

/* Could such a critic be opened, as far as is known without its backend? */
CRUX_API int crux_critic_check(enum crux_role role, const char *description,
                               struct crux_error *error);

/* The names that a role has; NULL after the last. */
CRUX_API const char *crux_critic_name(enum crux_role role, size_t index);

/* The backends that such a critic asks (crux_policy_backend()), and critics that it asks: number
 * index of them, by its name, which lies in the description or for ever. False after the last. */
CRUX_API bool crux_critic_backend(enum crux_role role, const char *description, size_t index,
                                  struct crux_text *out);

/* Those of them that are asked in words, as policies ask, so that it must be known which model it
 * is, likewise. Of others no more than the address is needed. */
CRUX_API bool crux_critic_chats(enum crux_role role, const char *description, size_t index,
                                struct crux_text *out);

/* The files that it reads, likewise: what is in them decides what it says. */
CRUX_API bool crux_critic_file(enum crux_role role, const char *description, size_t index,
                               struct crux_text *out);

/* NULL is fine. */
CRUX_API void crux_critic_close(struct crux_critic *critic);

/* Is this final answer what the reference says, as critic match compares them? */
CRUX_API enum crux_verdict crux_grade(const char *answer, const char *reference);

/* The final answer that a whole solution says, in the form in which critic match names it; "":
 * none. For answers of which a critic has said right or wrong and nothing else. The caller frees;
 * NULL: no memory. */
CRUX_API char *crux_final_answer(const char *solution);

/* --- training -------------------------------------------------------------- */

/* What the best of a family of siblings is told by. VALUE: the mean of what came back. SCORE: as
 * the run's own execution critic had scored them, which teaches what that critic says. */
enum crux_label { CRUX_LABEL_VALUE, CRUX_LABEL_SCORE };

/* A linear critic is fitted to finished trees.
 *     execution   siblings of a kind are compared: of each family the best against the lower ones
 *     subgoal     sub-goals of one family are, of whatever kind: which is to be done next?
 *     outcome     complete answers, right or wrong; those that are UNKNOWN teach nothing
 *     value       states, by whether the answers that were drawn there are right
 * Problems are divided, whole, into those that are held out and only measured by, and those that
 * are trained on; of these a tenth is not fitted to, but sets how sure scores are. */
struct crux_training {
    struct crux_store **stores;
    size_t store_count;
    enum crux_role role;
    enum crux_kind kind; /* execution: of the siblings; CRUX_KINDS: each kind among itself, and no
                            sub-goals */
    enum crux_label label;
    uint32_t least_visits; /* VALUE: of a child that is compared, at least 1 */
    double margin;         /* least difference of two that are compared, in [0, 1]; 0: any */
    enum crux_siblings siblings;
    uint32_t most;   /* rows of a problem at most; an even choice is kept */
    double hold_out; /* share of the problems, in (0, 1) */
    double cost;     /* of a row's error against large weights: liblinear's C, above 0 */
    uint64_t seed;   /* decides which problems are held out */
};

CRUX_API struct crux_training crux_training_default(void);

/* What a critic is worth on held-out rows of a group. Intervals: 95 %, by problems. */
struct crux_measured {
    const char *group; /* "all", "depth 2", ...; lives for ever */
    uint64_t rows, problems;
    double accuracy, accuracy_low, accuracy_high;
    double error, error_low, error_high; /* expected calibration error */
};

#define CRUX_MEASURED_MOST 16

struct crux_trained {
    uint64_t trees;                   /* read */
    uint64_t families;                /* of siblings that could be compared; counted, too, where
                                         nothing was learnt */
    uint64_t problems, held_problems; /* that teach something: trained on, held out */
    uint64_t rows, held_rows;
    struct crux_measured measured[CRUX_MEASURED_MOST];
    uint32_t measured_count;
};

/* Train, measure and write the critic's file, which appears whole or not at all; one that is there
 * is replaced only with force. The same trees give the same bytes. CRUX_INPUT: the trees teach
 * nothing of the kind, and the sentence says what is missing; CRUX_STORE: the file cannot be
 * written. */
CRUX_API int crux_critic_train(const char *file, bool force, const struct crux_training *what,
                               struct crux_trained *out, struct crux_error *error);

/* The same as one JSON object, indented. Caller frees; NULL: no memory. */
CRUX_API char *crux_trained_json(const struct crux_trained *trained);

/* The critics of CR-Planner's plan: of sub-goals, of rationales, queries and documents, and of
 * outcomes, by which answers are picked. */
#define CRUX_PLAN_CRITICS 5

struct crux_trained_critic {
    const char *name; /* as --critic takes it: `subgoal`, `execution:doc`; lives for ever */
    const char *file; /* its name in the folder: `subgoal.linear`, `doc.linear` */
    bool written;
    struct crux_trained trained; /* if it was written; ... */
    struct crux_error why;       /* ... else what the trees have nothing of */
};

/* Train all of them, each as crux_critic_train() does with role and kind of its own, into a folder,
 * which appears whole or not at all; one that is there is replaced only with force, and only if
 * nothing else lies in it. A critic of a kind of step of which the trees have no siblings at all is
 * left out; anything else that keeps one from being trained is an error, and none is written. */
CRUX_API int crux_critics_train(const char *folder, bool force, const struct crux_training *what,
                                struct crux_trained_critic out[CRUX_PLAN_CRITICS],
                                struct crux_error *error);

/* What was trained and what was left out as one JSON object, indented. Caller frees; NULL: no
 * memory. */
CRUX_API char *crux_trained_critics_json(const struct crux_trained_critic all[CRUX_PLAN_CRITICS]);

/* --- puzzles --------------------------------------------------------------- */

/* Every multiset of four numbers 1 .. 13 from which 24 can be made, in
 * lexicographic order: 1,362 of them. Calls each() for every one; a non-zero
 * answer ends the walk and is returned. */
CRUX_API int crux_game24_each(int (*each)(void *context, const int64_t numbers[4]), void *context);

#ifdef __cplusplus
}
#endif

#endif
