/*
 * crux_io.h - where crux meets the world: problems come in, finished trees are
 * kept, data sets go out.
 *
 *     problems.jsonl --> crux_problems --> search --> crux_store --> crux_export --> folder
 *
 * A store is one SQLite file: the run's configuration, each problem with its
 * state, each finished tree, and beside the trees what was learnt about them later.
 * A tree and its problem's state are one transaction; a program killed at any instant
 * leaves a store from which the next one goes on.
 * One writer at a time (a second is refused with a sentence), any number of
 * readers beside it.
 *
 * Threads. A store may be used from any thread; its calls wait for each other.
 *          Everything else here belongs to one thread at a time.
 * Errors.  As in crux.h: a status and a sentence that names file, line, field and
 *          what was expected.
 */
#ifndef CRUX_IO_H
#define CRUX_IO_H

#include "io/crux_export.h"
#include "io/crux_merge.h"
#include "search/crux.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- problems -------------------------------------------------------------- */

/* A file of problems, one JSON object per line, or one JSON array of objects. In our words:
 *     id       string, 1 .. 200 bytes, no control characters, unique
 *     problem  string, the prompt; may be left out when numbers are given
 *     answer   string, optional: the reference answer
 *     numbers  array of 1 .. 6 integers within +-1,000,000 (domain numbers)
 *     target   integer within +-1,000,000,000 (with numbers; default 24)
 *     use      "all" (default) or "any": must every number be used? "" beside no numbers, as views
 *              write it: they do not apply
 * What may be left out may also be null. Other members are kept in the line, which
 * reaches every policy and critic, and otherwise left alone. Lines as GSM8K, MATH, AIME, HumanEval,
 * MMLU or chats have them are rewritten in our words when they are read (io/problem_shape.h). */
struct crux_problems {
    struct crux_problem *items; /* ordinal: position among the lines of the file, from 0 */
    size_t count;
    size_t skipped;  /* lines that were reported and left out */
    size_t numbered; /* problems without an id: the number of their line is it */
    char sha256[65]; /* of the bytes of the whole input, in hexadecimal */
    void *memory;
    void *ends; /* of lines (crux_reading); or NULL */
};

/* Is called for every bad line, with one sentence that names file, line, field and what was
 * expected. */
typedef void crux_complaint(void *context, const char *sentence);

/* Read path, "-" is standard input. A bad line is reported to complain() and
 * skipped, or with strict ends the reading. No good line at all is CRUX_INPUT. */
CRUX_API int crux_problems_read(struct crux_problems *out, const char *path, bool strict,
                                crux_complaint *complain, void *context, struct crux_error *error);

/* The same, with names: fields is "problem=question,answer=gold,id=key", or NULL. After ten
 * complaints of one kind the rest of them are one, with their number. */
struct crux_reading {
    bool strict;
    bool ends; /* keep hashes of the ends of lines, for crux_problems_begin_with() */
    const char *fields;
    crux_complaint *complain; /* or NULL */
    void *context;
};
CRUX_API int crux_problems_read_as(struct crux_problems *out, const char *path,
                                   const struct crux_reading *how, struct crux_error *error);
CRUX_API void crux_problems_free(struct crux_problems *problems);

/* Is the input of this SHA-256 the beginning of the input of problems, so that only lines at its
 * end are new? (The shorter one's last line may have had no break.) *lines: the shorter one's; the
 * problems of ordinals from it on are new. */
CRUX_API bool crux_problems_begin_with(const struct crux_problems *problems, const char *sha256,
                                       uint64_t *lines);

/* Does shard index (from 1) of count have this id? By a hash of the id alone. */
CRUX_API bool crux_in_shard(const char *id, uint32_t index, uint32_t count);

/* --- stores ---------------------------------------------------------------- */

struct crux_store;

enum crux_problem_state { CRUX_WAITING, CRUX_FINISHED, CRUX_BROKEN };

/* The member of a run's settings with the number of problems that its whole input has. */
#define CRUX_INPUT_PROBLEMS "input-problems"

/* The member of a run's settings that tells how its input has grown, which the store keeps. For
 * each time it has an object:
 *     before    SHA-256 of the input until then
 *     lines     of that input: what lies behind them was added
 *     problems  added; of the whole input, whatever the store's shard
 *     pictures  SHA-256 of the files that the added problems name, if they name any
 *     at_ns     when, by the wall clock, since 1970
 */
#define CRUX_INPUT_EXTENSIONS "input-extensions"

/* The member of a run's settings that crux_merge() leaves: the shards that are in the store, an
 * array of "I/N". Such a store may lack problems of its input; when its run goes on
 * (crux_store_begin()) those are added, and the member goes. */
#define CRUX_MERGED "merged"

/* The member of a run's settings with what was changed while it went on (crux ctl): the last 1,000
 * changes, oldest first, each an object of
 *     at_ns    when, by the wall clock, since 1970
 *     change   in-flight, limits, pause, requeue, resume, stop
 *     from, to what it was and is: calls in flight, limits; problems that wait again
 *     user, process   who asked
 */
#define CRUX_CHANGES "changes"

/* The input of the run that is there is the beginning of this one, which has more lines. */
struct crux_extension {
    const char *input_sha256; /* the shorter one's */
    uint64_t lines;           /* and its lines: see crux_problems_begin_with() */
    const char *pictures;     /* or NULL */
};

/* What identifies a run: only what changes the meaning of its data. Its names (run_id, config_hash)
 * are made of the configuration and of the input that it was begun with. They stay when its input
 * grows, and so does every row of a tree that is finished. */
struct crux_run {
    const char *configuration; /* JSON object, option to value, meaning only, sorted */
    const char *settings;      /* JSON object: the options that change speed only */
    const char *input_sha256;
    const char *input_name;
    uint64_t skipped;                       /* bad lines of the input */
    const struct crux_extension *extension; /* NULL: the input must be what it was */
};

/* Open for writing, making the file if there is none: CRUX_STORE when another
 * writer has it. Or open what is there for reading. A store of an earlier version is read as
 * it stands; it becomes one of this version, in one transaction, when its run is found to go on
 * (crux_store_begin()) or a finding is put into it. One of a later version is refused. */
CRUX_API int crux_store_open(struct crux_store **out, const char *path, bool write,
                             struct crux_error *error);
CRUX_API void crux_store_close(struct crux_store *store);

/* What to do while the disk is full or another program keeps the store locked. With patience, what
 * is to be kept of a run stays in memory, nothing new is asked for, and it is tried again until
 * it can be written; without, the first failure is the last. A failed flush is never tried
 * again. */
struct crux_store_watch {
    int64_t patience_ns; /* counted from the first failure; 0: none */
    void (*waits)(void *context, const char *sentence); /* once: why it waits; NULL: it goes on.
                                                           From any thread; may be NULL */
    void *context;
};

/* Before the search. */
CRUX_API void crux_store_watch(struct crux_store *store, const struct crux_store_watch *watch);

/* The run is being stopped: what waits is tried for five seconds more; a second time: once more.
 * Async-signal-safe. */
CRUX_API void crux_store_hurry(struct crux_store *store);

/* Has a run begun in the file? A run that was killed before its first row has not. */
CRUX_API int crux_store_begun(const char *path, bool *out, struct crux_error *error);

/* Is the file whole? Reads all of it. CRUX_STORE with the first thing that is wrong with it; each()
 * (or NULL) is told all of them, and last, with damaged false, what is left. */
CRUX_API int crux_store_check(const char *path,
                              void (*each)(void *context, bool damaged, const char *sentence),
                              void *context, struct crux_error *error);

/* Record run and its problems (those for which wanted() is true, NULL: all); in a store
 * that has a run already check that it is the same one: CRUX_INVALID names what differs. If it is
 * the same one but for what run->extension says, its input becomes this one, and the new lines'
 * problems are added, in one transaction. So are all that lack in a store that was merged. */
CRUX_API int crux_store_begin(struct crux_store *store, const struct crux_run *run,
                              const struct crux_problems *problems,
                              bool (*wanted)(void *context, const char *id), void *context,
                              struct crux_error *error);

/* CRUX_FINISHED and CRUX_BROKEN problems are done; unknown ordinals are waiting. A
 * reader answers as of when it was opened. */
CRUX_API enum crux_problem_state crux_store_state(struct crux_store *store, uint64_t ordinal);

/* Broken problems wait again. */
CRUX_API int crux_store_reopen_broken(struct crux_store *store, struct crux_error *error);

/* Keep a finished tree and its problem's state in one transaction. Trees with
 * reason FAILED make the problem CRUX_BROKEN; those with reason STOPPED are not
 * finished and leave it waiting. A finished tree is never rewritten: a second one for its
 * problem is refused. Safe from several threads. */
CRUX_API int crux_store_keep(struct crux_store *store, const struct crux_tree *tree,
                             struct crux_error *error);

/* What a live run reports of its progress, about once per second. */
struct crux_pulse {
    struct crux_view view; /* of this process's run; unnoted is not kept */
    int64_t started_ns;    /* wall clock, since 1970 */
    int64_t now_ns;        /* started_ns and what has passed since, whatever became of the wall's */
    int64_t waiting_at_start; /* problems this process had to do */
    int64_t process;          /* its id; 0: it has ended */
};
CRUX_API int crux_store_pulse(struct crux_store *store, const struct crux_pulse *pulse,
                              struct crux_error *error);

/* What a store says of itself. Strings live until crux_store_close() or a run is begun. */
struct crux_summary {
    uint64_t waiting, finished, broken, skipped;
    uint64_t simulations, calls, prompt_tokens, completion_tokens;
    int64_t price;
    uint64_t pairs, rights;
    uint64_t with_right;               /* problems with a right path */
    uint64_t unpaired[CRUX_UNPAIREDS]; /* finished problems without pairs by why; that of PAIRED:
                                          their store does not say why */
    uint64_t reasons[CRUX_REASONS];    /* finished and broken problems by reason */
    uint64_t continued, restarts;      /* of policy chat: replies that should go on with a text, and
                                          those of them that begin it anew (io/restarts.h) */
    struct crux_pulse pulse;           /* the last one; process 0: none runs */
    const char *run_id;                /* 16 hexadecimal digits of configuration and begun_sha256 */
    const char *config_hash;           /* 64 hexadecimal digits of the configuration */
    const char *configuration, *settings, *input_sha256, *input_name;
    const char *begun_sha256; /* the input's when the run was begun */
    uint64_t begun_lines;     /* and its lines, if it has grown since; 0: it has not */
};
CRUX_API int crux_store_summary(struct crux_store *store, struct crux_summary *out,
                                struct crux_error *error);

/* Problems that are not finished, waiting or broken, in the order of the input; each() non-zero
 * ends the walk. */
CRUX_API int crux_store_lacking(struct crux_store *store,
                                int (*each)(void *context, const char *id,
                                            enum crux_problem_state state),
                                void *context, struct crux_error *error);

/* Every problem of a store, whatever its state, in the order of the input; its strings live as long
 * as the call. CRUX_END ends the walk; a negative answer does, and is returned. */
CRUX_API int crux_store_problems(struct crux_store *store,
                                 int (*each)(void *context, const struct crux_problem *problem,
                                             struct crux_error *error),
                                 void *context, struct crux_error *error);

/* Failures by cause, most frequent first; each() non-zero ends the walk. */
CRUX_API int crux_store_failures(struct crux_store *store,
                                 int (*each)(void *context, const char *sentence, uint64_t count),
                                 void *context, struct crux_error *error);

/* A tree read back. The problem in it is read back too. Caller frees. */
CRUX_API int crux_store_read(struct crux_store *store, const char *problem_id,
                             struct crux_tree **out, struct crux_error *error);
CRUX_API void crux_tree_free(struct crux_tree *tree);

/* Every finished tree in the order of the input; each() gets the tree and, for
 * its row, the line of the problem. A negative answer ends the walk and is returned. */
CRUX_API int crux_store_each(struct crux_store *store,
                             int (*each)(void *context, const struct crux_tree *tree,
                                         const char *line, struct crux_error *error),
                             void *context, struct crux_error *error);

/* The same walk, pulled: the first finished tree whose problem's ordinal is above after
 * (-1: the first of all), or CRUX_END. Caller frees. */
CRUX_API int crux_store_next(struct crux_store *store, int64_t after, struct crux_tree **out,
                             struct crux_error *error);

/* --- findings ---------------------------------------------------------------------- */

/* A tree is finished once; what is learnt about it later (a score, a verification, an annotation)
 * lies beside it, as findings. A finding is about the tree as a whole or about one path in it, and
 * a path is named by its number: that of the node at which it ends (its position in
 * crux_tree.nodes), or that of a rollout (its position in crux_tree.rollouts). Trees are never
 * rewritten, so such a number names the same path for as long as there is the store. */
enum crux_about { CRUX_ABOUT_TREE, CRUX_ABOUT_NODE, CRUX_ABOUT_ROLLOUT };

struct crux_finding {
    uint64_t problem; /* the ordinal of a finished problem */
    enum crux_about about;
    uint32_t path;     /* the number of a node or a rollout, which the caller has from the tree: it
                          is not checked; 0: it is about the tree */
    const char *maker; /* what has found it, and by which means: `judge:qwen3-8b` ... */
    const char *kind;  /* ... and what: `first-error`. Both 1 .. 200 visible ASCII characters */
    const char *json;  /* an object */
};

/* Put findings into a store that is open for writing, in one transaction: all, or none and
 * CRUX_INVALID for what is no finding, CRUX_STORE for what cannot be kept. The key of one is
 * (problem, about, path, maker, kind). What is there under the same key stays if its text is the
 * same, and is replaced otherwise: a maker that looks again is believed. Two makers, or one with
 * other means, must go by different names. */
CRUX_API int crux_store_put_findings(struct crux_store *store, const struct crux_finding *findings,
                                     size_t count, struct crux_error *error);

/* Every finding on a problem's tree by about, path, maker and kind, the texts in the order of their
 * bytes; strings live as long as the call. A negative answer ends the walk and is returned, its
 * sentence behind the name of the store. */
CRUX_API int crux_store_findings(struct crux_store *store, uint64_t problem,
                                 int (*each)(void *context, const struct crux_finding *finding,
                                             struct crux_error *error),
                                 void *context, struct crux_error *error);

/* --- served models ------------------------------------------------------------ */

/* Where a server is and how it is spoken to; key_env names an environment variable, key_file a
 * file of mode 0600, or one that nobody may write. All but url may be NULL. url may have a query
 * (?api-version=1), which goes with every request. */
struct crux_endpoint {
    const char *url; /* http://HOST:PORT/v1 */
    const char *key_env, *key_file, *cacert;
    bool insecure;              /* no check of its certificate */
    const char *key_header;     /* the header that the key is in; NULL: Authorization, as Bearer */
    const char *const *headers; /* "Name: value": sent with every request; none may hold a key */
    uint32_t header_count;
    uint32_t slots; /* samples that it works on at a time; 0: it is asked, where its kind tells */
};

/* How an OpenAI-compatible server is asked. Names are NULL where nothing is said; what they can be,
 * `crux help solve` says. Prompt and ends of steps are for policy chat. */
struct crux_chat {
    const char *profile; /* what kind of server */
    const char *model;
    const char *route;         /* NULL: the profile's best */
    const char *prompt;        /* a name, a file, or "=" and its text; NULL: math */
    const char *chat_template; /* chat template, spelt like a prompt; needed on route completions */
    const char *const *stops;
    uint32_t stop_count; /* 0: the prompt's, and none with step_tokens */
    uint32_t
        step_tokens; /* the length of a step that is cut by its number of tokens; 0: it is not */
    double temperature, top_p, min_p;
    uint32_t top_k; /* 0: all */
    uint32_t max_tokens;
    bool logprobs;
    bool entropy; /* policy chat tells the entropy of first tokens (crux_reply), from the likeliest
                     tokens that it has listed; CRUX_INVALID where there are no log-probabilities */
    uint32_t context;     /* tokens of prompt and reply; 0: unknown */
    uint32_t slots;       /* candidates in one request; 0: as the profile says */
    const char *problems; /* the file of problems: images that they name lie beside it; or NULL */
    const char *thoughts; /* what becomes of a reasoning model's: drop (NULL); keep, beside the
                             tree, as findings of kind `thoughts`; or steps */
    const char *split;    /* where steps part: model (NULL), paragraphs, lines or sentences; all but
                             model with neither stops nor step_tokens */
    bool token_ids;   /* policy chat keeps the numbers of tokens and their log-probabilities beside
                         the tree, as findings of kind `tokens`; CRUX_INVALID where the profile
                         returns none */
    const char *body; /* a JSON object that is merged into each request (RFC 7396: null takes a
                         member away); NULL: none */
    const char *system; /* the prompt's part system: "turn", a turn of its own, or "user", in front
                           of the user's words; NULL: turn */
    bool images;        /* problems have images: the best route is one that takes them */
};

CRUX_API struct crux_chat crux_chat_default(void);

/* What finding out has cost so far: requests that may be billed, their tokens as told, else as many
 * as there can be. crux_backends_add() books it. */
struct crux_spent {
    uint64_t calls, prompt, completion;
};

/* What a server was found to be. */
enum { CRUX_ROUTES = 3, CRUX_MODEL_BYTES = 256 };

struct crux_server {
    const char *profile;
    char model[CRUX_MODEL_BYTES];
    const char *route;       /* the best that works */
    char *chat_template;     /* "=" and the chat template that it renders; NULL: it does not */
    uint32_t context, slots; /* 0: it does not say */
    bool continues;          /* goes on with a last turn of the assistant ... */
    bool repeats;            /* ... and begins its reply with it */
    const char *system;      /* where the system's words stand: "user", or NULL: its own turn */
    bool works[CRUX_ROUTES]; /* thorough: completions, prefill, next was answered */
    bool logprobs[2];        /* thorough: it reports some on completions, in chats */
    int64_t round_trip_ns;
    char trouble[320];  /* thorough: why a route was not answered; "": all were */
    int trouble_status; /* of HTTP; 0: none came */
    char said[400];     /* a sentence on what was found and how it is asked */
    char note[512];     /* what was not as one would expect, and was taken all the same; or "" */
    bool thinks;        /* a reply had thoughts, kept apart or between <think> and </think> */
    struct crux_spent spent;
};

/* Ask an endpoint what it is, for all that known leaves open. A few requests that cost nothing,
 * and one short chat, or two; thorough: every route is tried with a dozen tokens. A model that is
 * named need not be in its list, nor need there be a list: then found->note says so, and the first
 * real request decides. */
CRUX_API int crux_server_find(struct crux_server *out, const struct crux_endpoint *endpoint,
                              const struct crux_chat *known, bool thorough,
                              struct crux_error *error);
CRUX_API void crux_server_free(struct crux_server *server);

/* What an endpoint calls its model. */
enum crux_lists { CRUX_NO_LIST, CRUX_HAS, CRUX_LACKS };
struct crux_named {
    enum crux_lists lists;          /* is chat->model in its list? */
    char listed[240];               /* the names in its list */
    char replies[CRUX_MODEL_BYTES]; /* as its replies name it; "": they do not */
    uint32_t slots;                 /* samples that it works on at a time; 0: it does not tell */
    struct crux_spent spent;
};

/* Ask for its list; by_reply: also put a question of a few tokens. wait_ns: for each answer; 0: a
 * minute. CRUX_INVALID: nothing is there. */
CRUX_API int crux_server_name(struct crux_named *out, const struct crux_endpoint *endpoint,
                              const struct crux_chat *chat, bool by_reply, int64_t wait_ns,
                              struct crux_error *error);

/* Samples that it works on at a time, as it tells itself; 0: it does not, or did not in wait_ns (0:
 * a minute). chat->profile is known. */
CRUX_API uint32_t crux_server_slots(const struct crux_endpoint *endpoint,
                                    const struct crux_chat *chat, int64_t wait_ns);

/* Are two names of models one, but for what stands before the last slash, for letters' case, for
 * :latest, .gguf and a date at the end; or by an alias "A=B"? */
CRUX_API bool crux_same_model(const char *a, const char *b, const char *const *aliases,
                              uint32_t alias_count);

/* Put one request to an endpoint, once: what crux_chat_request() writes, with *count samples.
 * CRUX_OK: it was answered, with *count of them. CRUX_FAILED also where a reasoning model's
 * thoughts ended where a step does, so that there is none. */
CRUX_API int crux_server_ask(const struct crux_endpoint *endpoint, const struct crux_chat *chat,
                             const char *path, const char *body, uint32_t *count,
                             struct crux_error *error);

/* Candidates in one request to a server that tells its slots: a fourth of them. One with n of them
 * waits until n slots are free at the same time, and leaves empty those that fall free before; with
 * as many candidates as slots the server is empty half of the time. 0: it does not tell. */
CRUX_API uint32_t crux_candidates(uint32_t slots);

/* Fill in what is open in *chat (profile, model, route, chat_template, context, slots), by asking:
 * the first endpoint that answers speaks for all. Nothing open: no server is asked, and
 * found->said is "". The texts are found's, which the caller frees when it has done with chat. */
CRUX_API int crux_chat_fill(struct crux_chat *chat, const struct crux_endpoint *endpoints,
                            uint32_t endpoint_count, struct crux_server *found,
                            struct crux_error *error);

/* The text of a built-in prompt, as a start for a prompt of your own; NULL: there is none of that
 * name. */
CRUX_API const char *crux_prompt_text(const char *name);

/* A name that means the same when the file has changed: "=" and its text. Freed by the caller. */
CRUX_API int crux_prompt_inline(char **out, const char *name, struct crux_error *error);

/* Does this chat template lie in a file? Else it is built in, or "=" and its text. */
CRUX_API bool crux_chat_template_is_file(const char *name);

/* --- backends ------------------------------------------------------------------ */

/*
 * Backends answer for money: served models by name, and programs. What a reply has cost is
 * accounted for each of them, limits hold over all, and with a store every reply is in its ledger
 * before it has an effect: a run that was killed goes on and asks for nothing twice.
 *
 *     crux_backends_open(&backends, &(struct crux_paying){.store = store}, &error);
 *     model = crux_backend_default();
 *     model.endpoints = &(struct crux_endpoint){.url = "http://127.0.0.1:8000/v1"};
 *     model.endpoint_count = 1;
 *     crux_backends_add(backends, &model, &error);
 *     crux_policy_open(&setup.policies[CRUX_STEP], "chat", backends, &error);
 *     crux_critic_open(&critic, CRUX_ROLE_OUTCOME, "match", backends, &error);
 *     crux_backends_prepare(backends, &setup, &error);
 *     crux_open(&search, &setup, &error);
 *     crux_backends_watch(backends, search);
 *     status = crux_run(search, &source, &sink, &error); the sink: crux_backends_keep()
 *     status = crux_backends_status(backends, status, &error);
 *     crux_close(search);
 *     crux_policy_close(setup.policies[CRUX_STEP]);
 *     crux_critic_close(critic);
 *     crux_backends_close(backends); then the store
 *
 * Ownership. What is added is copied. The store is the caller's and outlives the backends, which
 *            outlive ports and searches.
 * Threads.   crux_backends_keep(), crux_backends_flush() and the two that look from any thread; the
 *            rest by one at a time.
 * Errors.    As in crux.h.
 */
struct crux_backends;

/* What a run may pay, all sessions together, and where what it pays for is kept. 0: no limit. */
struct crux_paying {
    struct crux_store *store; /* open for writing; NULL: nothing is kept */
    struct crux_store *trees; /* another one, open for writing, for finished trees and the order in
                                 which they settled, so that several runs share the ledger of store:
                                 what one has paid for, none pays again. A replay follows no order
                                 then. NULL: they lie in store */
    const char *replay; /* a store whose ledger answers in place of servers and programs, which
                           are never asked; NULL: they answer */
    uint64_t limit_calls, limit_tokens;
    int64_t limit_price;
    uint32_t in_flight; /* most calls in flight of a backend without a limit of its own; 0: 256, the
                           search's default */

    /* What is worth knowing and no status says, a sentence each: a question that a server refused,
     * and the like. On any thread; it prints and returns, and calls nothing of crux. NULL: nobody
     * wants to know. */
    void (*say)(void *context, const char *sentence);
    void *say_context;
};

/* What a client bears of its servers. */
struct crux_client {
    uint32_t retries;           /* of a call, after a temporary fault */
    int64_t retry_after_max_ns; /* an endpoint that asks for more is left, or its calls fail */
    int64_t patience_ns;        /* calls fail that wait while no endpoint lets anything through */
    int64_t connect_ns;         /* to connect */
    int64_t answer_ns;          /* from sending to the first byte: models are silent for minutes */
    int64_t stall_ns;           /* between two bytes */
    int64_t body_ns;            /* from the first byte to the last: of the body, and neither a blank
                                   nor a comment, which servers send to keep a connection open */
};

/* A served model. Prices are billionths of the currency per million tokens. */
struct crux_backend {
    const char *name; /* NULL: the one that is meant where none is named; ledger and account know
                         that one as `chat` */
    const struct crux_endpoint *endpoints; /* of the same model; they share the calls */
    uint32_t endpoint_count;
    const char *roster; /* a file of further ones, a URL each line, maybe followed by slots=N; #
                           begins a comment. It is read again when it has changed: who stands
                           there joins once it has answered, who does not parts. NULL: none */
    struct crux_endpoint like; /* how those are spoken to; its url is not looked at */
    bool model_said;    /* by the user: then what a server lists is only advice, as at the start */
    bool arrival_order; /* what waits is sent as it came; else a problem's calls, and those that
                           begin alike, one after the other, for the servers' caches of prompts */
    struct crux_chat chat;
    int64_t price_prompt, price_completion;
    int64_t price_cached; /* of what the server had in its cache; below 0: as price_prompt */
    uint32_t in_flight;   /* its own limit of calls in flight; 0: none */
    struct crux_client client;
    const char *const *aliases; /* "A=B": two names of the model in replies. An endpoint whose
                                   replies name another model than the first reply is left out,
                                   and the run ends when it is the only one */
    uint32_t alias_count;
    struct crux_spent spent; /* by the caller, on finding out what chat is to be: it is booked, with
                                what finding out here costs */
};

CRUX_API struct crux_backend crux_backend_default(void);

CRUX_API int crux_backends_open(struct crux_backends **out, const struct crux_paying *paying,
                                struct crux_error *error);
CRUX_API void crux_backends_close(struct crux_backends *backends); /* NULL is fine */

/* What chat leaves open is asked of the endpoints here (crux_chat_fill()), of those in a roster for
 * as long as client.patience_ns until one answers; a replay asks no server, so there nothing may be
 * open. CRUX_INVALID for a name that is taken. */
CRUX_API int crux_backends_add(struct crux_backends *backends, const struct crux_backend *backend,
                               struct crux_error *error);

/* How a backend is asked, with what was found out; NULL: there is none of that name. */
CRUX_API const struct crux_chat *crux_backends_chat(const struct crux_backends *backends,
                                                    const char *name);

/* Fit a setup to the backends, before crux_open(): in_flight becomes the sum of their limits, so
 * that the calls of one take no places from another's, and a fourth more of those of servers: calls
 * that wait, booked, for a place there, where no more are than were said; under order ARRIVAL the
 * order in which trees settle is kept in the ledger, or followed in a replay; spent_ns is what
 * earlier sessions took. limit_calls becomes 0: the backends' own counts. Ports are opened before
 * it. */
CRUX_API int crux_backends_prepare(struct crux_backends *backends, struct crux_setup *setup,
                                   struct crux_error *error);

/* Stop the search when a limit is reached or nothing can be kept or asked any more. */
CRUX_API void crux_backends_watch(struct crux_backends *backends, struct crux_search *search);

/* What the status of crux_run() really was: of a search that was stopped so, CRUX_LIMIT or what
 * went wrong, with its sentence; CRUX_INVALID when replies came and none of them held a step or an
 * answer. */
CRUX_API int crux_backends_status(struct crux_backends *backends, int status,
                                  struct crux_error *error);

/* Keep a finished tree in the store (crux_store_keep()), after all that it stands on. What its
 * policies know about it lies beside it in the same transaction, by the policy's name (`chat`,
 * `chat:NAME`), about nodes and rollouts. Of policy chat with thoughts `keep`: a finding
 * {"text": ...} of kind `thoughts` about each before which something was thought, byte for byte.
 * With token_ids: a finding {"ids": [...], "logprobs": [...]} of kind `tokens` about each whose
 * words are all of its reply. */
CRUX_API int crux_backends_keep(struct crux_backends *backends, const struct crux_tree *tree,
                                struct crux_error *error);

/* Every reply that has come is in the store, or this says why not. */
CRUX_API int crux_backends_flush(struct crux_backends *backends, struct crux_error *error);

/* What a backend has cost, all sessions of the run together, and how it is doing now. */
struct crux_backend_view {
    const char *name; /* lives as long as the backends */
    uint64_t calls, samples, prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens;
    int64_t price;
    uint64_t questions, known; /* of this session; known: samples that the ledger had */
    uint64_t in_flight;        /* calls that were let through and have not been paid yet */
};

/* The index-th; false after the last. A backend that only earlier sessions had is one, too. */
CRUX_API bool crux_backends_look(struct crux_backends *backends, size_t index,
                                 struct crux_backend_view *out);

/* The sum of them all; its name is "". */
CRUX_API void crux_backends_sum(struct crux_backends *backends, struct crux_backend_view *out);

#ifdef __cplusplus
}
#endif

#endif
