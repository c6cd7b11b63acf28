/*
 * served.h - one question to a backend: the only way that anything paid is asked.
 *
 *     served_ask() --> keys --> ledger: known? --> account: does it fit? --> http, --+
 *                                  |                                  program, jail  | one row
 *     answered()  <----------------'<------- ledger: committed <---------------------'  per sample
 *
 * What it is.  A struct served is one configured backend: a name, and either a model with its
 *              servers, or a program of the user's own, or jails in which programs of strangers
 *              are tried on this machine. Policies, critics, retrievers and
 *              annotators ask it and know neither ledger nor limits, retries nor sockets. What
 *              they do know, how a request is written and an answer read, is their form: a few
 *              functions.
 *
 * The key.     A question has samples first .. first + count - 1, each with a key of its own:
 * SHA-256 over the backend's name (never its URL: a twin's answer is as good), its model, the
 *              pieces of `same`, the seed, the sample's number. `same` is whatever else decides
 *              what the model says, in one spelling: route, parameters, prompt, hashes of images.
 *              How many samples share a request is in no key.
 *              A question to a program has one sample, its request is one piece that is a line
 *              (io/process/process.h), and the key is SHA-256 over the backend's name and the
 *              command, a NUL behind each, and `same`: the line itself. Seed and sample's number
 *              are members of it. A program that is changed without its command changing is taken
 *              to answer as before. A question to jails is like one to a program (its line is
 *              io/sandbox/trial.h's), with their level and limits in the place of the command.
 *
 * A sample is asked for once.
 *     known     the ledger has it: no request, and no price
 *     flying    another question is asking for it: this one waits for the same reply
 *     missing   asked for, in requests of as many neighbours as the form takes at a time. The first
 *               one's key travels as Idempotency-Key.
 *     The samples of a reply are one transaction of the ledger: all of them are known
 *     afterwards, or none. When fewer came than were asked for, those are kept and the rest is
 * asked for one by one, as is everything of this backend from then on.
 *
 * Booked first. What a request may cost at most is set aside in the account and written to the
 *     ledger before it is sent; what its reply says of the cost is booked before anybody judges
 *     the reply, and in its place the worst case where nothing is said, or where no whole reply
 * came and the server may have worked all the same. A reply that form->split() calls bad is kept as
 * refused, whole. A server is asked once more, unless the same would come again (same_again): that
 * is another call, which has to fit the limits like the first. A program's bad reply fails at once.
 *     refused   before a sample is asked for of which the ledger has a refused reply, that is read
 *               again: a better reader takes it without paying. What cannot be read and would come
 *               again in the same way is not asked for; a replay fails with its sentence.
 *
 * answered().  Called exactly once for every question, whatever happens: from within served_ask()
 *              when nothing had to be asked for or the reply was faster than the asking (at_once),
 *              else from the ledger's writer thread after the reply is in the ledger. It hands on
 *              and returns: replies wait behind it. It may free the question, and it may ask
 *              others.
 *
 * Is a refusal of a server about one question or about all? evidence.h counts. One that is about
 * its question fails this; the first ten are said by the problem's name.
 *
 * One model. Replies name the model that wrote them. The first that does is believed; a server
 *              whose replies name another (crux_same_model(), aliases) is left out with a sentence
 *              and the question put to the others. When it is the only one the run ends.
 *
 * When a call fails, status and sentence of the answer say why.
 *     CRUX_CANCELLED: served_cancel(); or the run ends, for a limit, a dead ledger, a
 *              configuration that cannot work or want of a server: then account_halt() was
 *              called before, and the account (account.h) knows the reason.
 *     CRUX_FAILED: refused, late, retried without success; in a replay: the ledger does not know
 * it. CRUX_MEMORY.
 *
 * Ownership.   The question, all it points to, and what compose() lent stay as they are until
 *              answered(). An answer lives for the length of answered(). Ledger and account
 *              are the caller's, shared by all backends of a run, and outlive each struct served.
 *
 * Threads.     served_ask(), served_cancel() and served_look() on any thread.
 *              compose() runs on the thread that asks, or on the ledger's; split() on the thread
 *              of the connections, or on that of compose() where the ledger has a refused reply: it
 *              reads and returns, and changes nothing of the question. Closing
 *              is done once, when every question was answered.
 */
#ifndef IO_SERVED_SERVED_H
#define IO_SERVED_SERVED_H

#include "io/crux_io.h"
#include "io/hash.h"
#include "io/http/http.h"
#include "io/process/process.h"
#include "io/sandbox/sandbox.h"
#include "io/served/heard.h" /* for other rooms, which enter by this header; ... */
#include "io/served/port.h"  /* ... likewise */
#include "search/crux.h"

struct account;
struct ledger;
struct served;
struct served_question;

/* Tokens. What a request paid once for all its samples stands with the first of them. */
struct served_usage {
    uint32_t prompt, cached; /* cached of the prompt's were cheaper */
    uint32_t completion;
    uint32_t reasoning; /* of the completion's, not shown */
};

/* --- what the asker knows --------------------------------------------------------- */

/* One request, filled in by compose(). */
struct served_request {
    const char *path; /* as in struct http_request; a program has none, nor headers */
    struct http_piece pieces[HTTP_PIECES];
    uint32_t piece_count;
    const char *headers[HTTP_HEADERS]; /* "Name: value", up to the first NULL */
    void *memory;                      /* freed with free() when the request has ended */
};

/* One sample, filled in by split(): what the ledger keeps, word for word. */
struct served_choice {
    char *text; /* from malloc(), ends in a NUL that length does not count; served's from now on */
    size_t length;
    struct served_usage usage;
    int64_t price; /* that the answer itself names, besides that of its tokens */
};

/* What split() found in a reply, set also when it fails: what is known of its cost is booked either
 * way. */
struct served_reading {
    uint32_t count;            /* in: samples asked for; out: that came, 1 .. asked when CRUX_OK */
    struct served_usage usage; /* of the whole reply; a prompt of 0 is one that is not told */
    bool has_usage;            /* the reply says what it cost; else its worst case stays booked */
    bool same_again; /* failed, and asking again must give the same (a filter's verdict, ...) */
};

struct served_form {
    uint32_t per_request; /* samples in one request at most; 0: any number */

    /* Write the request for samples first .. first + count - 1 of the question. A negative
     * status, with its sentence, fails the question. */
    int (*compose)(const struct served_question *question, uint32_t first, uint32_t count,
                   struct served_request *out, struct crux_error *error);

    /* Cut the body of a 200, or a program's line, into reading->count choices (zeroed before).
     * Negative: it is a bad reply, the sentence says why, and texts that were set are freed by
     * served. */
    int (*split)(const struct served_question *question, const char *body, size_t length,
                 struct served_reading *reading, struct served_choice *choices,
                 struct crux_error *error);
};

/* --- questions and answers -------------------------------------------------------- */

/* What is known of a sample: as the ledger has it. */
struct served_sample {
    const char *text; /* ends in a NUL that length does not count */
    size_t length;
    struct served_usage usage;
    int64_t price;
    uint64_t mark; /* names it to served_recall(): the first bytes of its key */
};

struct served_answer {
    int status;                          /* CRUX_OK or negative */
    bool at_once;                        /* from within served_ask(), which returns status */
    bool overflow;                       /* FAILED since the context is too small for it */
    const struct served_sample *samples; /* CRUX_OK: all of them, in order */
    uint32_t count;
    struct served_usage usage; /* their sum, whether paid now or long ago */
    int64_t price;
    const char *sentence; /* not CRUX_OK: why */
};

typedef void served_answered(struct served_question *question, const struct served_answer *answer);

enum { SERVED_SAMPLES = 4096 };

/* Askers put it into a record of their own, and find that again in answered(). */
struct served_question {
    const struct served_form *form;
    served_answered *answered;

    const struct http_piece *same; /* see above; parted in the key, so their cuts matter */
    uint32_t same_count;
    uint64_t seed;
    uint32_t first, count; /* samples; count 1 .. SERVED_SAMPLES */
    bool other_shape; /* has other members than most (stop, ...), so it may be refused for them */

    const struct crux_problem *problem; /* for the account and for sticky endpoints; NULL: none */
    uint32_t prompt_most; /* tokens of its prompt, an upper bound; and of a sample: this ... */
    uint32_t
        completion_most; /* ... must fit the limits, and is booked where nothing tells better */
    int64_t deadline_ns; /* of CLOCK_MONOTONIC; 0: none */
    const void *owner;   /* names it to served_cancel(), together with ticket: a crux_call */
    uint64_t ticket;     /* and its own will do; never looked into */
};

/* --- a backend ---------------------------------------------------------------------- */

/* Billionths of the currency for a million tokens, each rounded up. */
#define SERVED_PRICE_MOST INT64_C(1000000000000000)
struct served_prices {
    int64_t prompt, cached, completion;
};

struct served_options {
    const char *name;                    /* in the key, in sentences, in the account */
    const char *model;                   /* of servers */
    struct http_options http;            /* with its servers; or ... */
    struct process_options program;      /* ... a program, when it has a command; or ... */
    const struct sandbox_options *jails; /* ... jails */
    struct served_prices prices;
    struct ledger *ledger; /* one opened by ledger_replay(): nothing is asked, and what it does not
                              know fails. NULL: nothing is kept */
    struct account *account; /* NULL: nothing is limited */

    const char *const *aliases; /* "A=B": two names of the model in replies; copied */
    uint32_t alias_count;

    /* What a user should know and no status says, a sentence each; on any thread, maybe with the
     * lock of served: it prints and returns. NULL: nobody wants to know. */
    void (*say)(void *context, const char *sentence);
    void *say_context;
};

/* An endpoint as the client wants it. It borrows. */
struct http_server served_server_of(const struct crux_endpoint *endpoint);

int served_open(struct served **out, const struct served_options *options,
                struct crux_error *error);

/* What was paid before, on finding out what it is: booked for good, as a request that no reply
 * settles. */
int served_spent(struct served *served, const struct crux_spent *spent, struct crux_error *error);

/* NULL is fine. */
void served_close(struct served *served);

/* CRUX_DONE: answered() has been called. CRUX_PENDING: it will be, or was by another thread.
 * Negative: it has been called with this status. */
int served_ask(struct served *served, struct served_question *question);

/* Be quick about the pending question with this owner and ticket: answered() comes soon, with
 * CRUX_CANCELLED unless the reply was faster. Nothing happens when it has been answered. */
void served_cancel(struct served *served, const void *owner, uint64_t ticket);

/* Hold back the requests that have not been sent, or give them up, or let them go (http_hold(),
 * process_hold()). */
enum served_going { SERVED_GOES, SERVED_HELD, SERVED_DROPS };
void served_hold(struct served *served, enum served_going going);

/* So many requests of it in flight from now on, where servers answer (http_set_in_flight()); a
 * program and jails have no limit but the asker's. */
int served_set_in_flight(struct served *served, uint32_t in_flight, struct crux_error *error);

/* Its requests, as of less than a tenth of a second ago. Nothing is added where no server
 * answers. */
struct served_load {
    uint64_t at_servers;
    uint64_t unsent; /* they wait to be sent */
};
void served_add_load(const struct served *served, struct served_load *sum);

/* What an asker could use of a reply: a next step, an answer. (That it could be read at all is
 * seen here.) While all that came in a way held nothing, the problems are counted, and after the
 * first few the run ends (evidence.h): then and with served_barren(), the sentence says what was
 * wrong most often. */
enum served_way { SERVED_READ, SERVED_STEPS, SERVED_ANSWERS, SERVED_WAYS };
void served_used(struct served *served, enum served_way way);
void served_dropped(struct served *served, enum served_way way, const struct crux_problem *problem,
                    const char *reason);

/* Has all that came and could be read held nothing? *error then says why. */
bool served_barren(struct served *served, struct crux_error *error);

/* The key of sample number sample of a question. */
enum { SERVED_KEY = HASH_BYTES };
void served_key(const struct served *served, const struct served_question *question,
                uint32_t sample, unsigned char key[SERVED_KEY]);

/* A sample that was answered with this mark, as the ledger keeps it. CRUX_OK: *text (ends in a NUL)
 * is the caller's to free. CRUX_END: the ledger has none of this backend; one that keeps nothing
 * never has. On any thread. */
int served_recall(struct served *served, uint64_t mark, char **text, size_t *length,
                  struct crux_error *error);

/* The client below, for crux doctor and the progress line; NULL in a replay and of a program. */
struct http_client *served_http(struct served *served);

struct served_view {
    uint64_t questions; /* asked */
    uint64_t known;     /* samples that the ledger had */
    uint64_t shared;    /* samples that another question was asking for */
    uint64_t missing;   /* samples asked for */
};

void served_look(const struct served *served, struct served_view *out);

#endif
