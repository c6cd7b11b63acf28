/*
 * servers.c - requests of a backend that is servers: HTTP calls of the client in io/http.
 *
 * Replies are cut into samples on the client's thread, since only there a bad one can be asked
 * for again.
 */
#include "io/served/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/crux_io.h"
#include "io/draw.h"
#include "io/skim.h"

struct http_server served_server_of(const struct crux_endpoint *endpoint)
{
    return (struct http_server){.url = endpoint->url,
                                .key_env = endpoint->key_env,
                                .key_file = endpoint->key_file,
                                .key_header = endpoint->key_header,
                                .headers = endpoint->headers,
                                .header_count = endpoint->header_count,
                                .cacert = endpoint->cacert,
                                .insecure = endpoint->insecure,
                                .slots = endpoint->slots};
}

static int servers_open(struct served *served, const struct served_options *options,
                        struct crux_error *error)
{
    return http_open(&served->http, &options->http, error);
}

static void servers_close(struct served *served)
{
    http_close(served->http);
}

/* By the problem's id: its prompts have their beginnings in one server's cache. */
static uint64_t sticky_of(const struct crux_problem *problem)
{
    return problem != NULL ? draw_text(problem->id, strlen(problem->id)) | 1 : 0;
}

static int servers_check(void *context, const char *body, size_t length, struct crux_error *error)
{
    return served_call_split(context, body, length, error);
}

/* --- ends ---------------------------------------------------------------------------------- */

enum { NAMED_MOST = 10 }; /* refused questions that are said one by one */

static struct served_call *call_of(struct evidence_case *one)
{
    return (struct served_call *)(void *)((char *)one - offsetof(struct served_call, one));
}

static struct evidence *evidence_of(const struct served_call *call)
{
    uint32_t shape = 2U * call->pending->question->other_shape + (call->count > 1);

    return &call->pending->served->evidence[shape];
}

static const char *problem_id(const struct served_call *call)
{
    const struct crux_problem *problem = call->pending->question->problem;

    return problem != NULL ? problem->id : "none";
}

/* Statuses that are about the address, the key, the model or the method. */
static bool is_about_no_words(int status)
{
    return status < 400 || status == 401 || status == 404 || status == 405 || status == 407 ||
           status == 501;
}

/* Was it the request that was refused? What a certificate says, or that the money is used up, is
 * known at once; a context that is too small is about the one text. */
static bool is_refusal(const struct http_reply *reply)
{
    bool status = reply->status >= 300 && reply->status != 402 && reply->status != 429;

    return !reply->overflow && (reply->class == HTTP_REFUSED || reply->class == HTTP_FATAL) &&
           status;
}

/* A reply that the client did not let through: what does it say of its cost, and is it not what was
 * asked for after all? A 200 is billed, other replies only if they name a usage. */
static void read_refused(struct served_call *call, struct http_reply *reply, struct served_end *end)
{
    bool good = reply->status >= 200 && reply->status < 300;
    struct crux_error error;

    if (reply->body == NULL || reply->unknown)
        return;
    end->free = !good || (reply->class != HTTP_BAD && reply->class != HTTP_FAULTY);
    if (end->free && strstr(reply->body, "\"usage\"") == NULL)
        return;
    if (!call->split && served_call_split(call, reply->body, reply->length, &error) == CRUX_OK &&
        !end->free) {
        *end = (struct served_end){.status = CRUX_OK};
        return;
    }
    end->body = reply->body;
    end->length = reply->length;
    reply->body = NULL;
}

static struct served_end end_of_reply(const struct http_reply *reply, const char *sentence)
{
    bool cancelled = reply->class == HTTP_CANCELLED;
    bool late = reply->class == HTTP_LATE;
    int halts = reply->class == HTTP_FATAL ? CRUX_INVALID : reply->nobody ? CRUX_LIMIT : CRUX_OK;

    return (struct served_end){
        .status = cancelled || halts != CRUX_OK ? CRUX_CANCELLED : CRUX_FAILED,
        .reach = halts != CRUX_OK    ? SERVED_RUN
                 : cancelled || late ? SERVED_ITS_OWN
                 : reply->overflow   ? SERVED_OVERFLOW
                                     : SERVED_ALL,
        .halts = halts,
        .sentence = sentence,
        .unknown = reply->unknown,
        .again = reply->again,
    };
}

static void say_refused(struct served *served, const struct served_call *call)
{
    /* relaxed: a count, and nothing else. */
    uint64_t count = atomic_fetch_add_explicit(&served->refused, 1, memory_order_relaxed) + 1;
    struct crux_error sentence;

    if (served->say == NULL || count > NAMED_MOST)
        return;
    (void)crux_fail(&sentence, CRUX_FAILED, "problem `%.100s`: %.340s%s", problem_id(call),
                    call->error.text, count == NAMED_MOST ? " (no more of these are named)" : "");
    served->say(served->say_context, sentence.text);
}

static void say_why_all(struct crux_error *out, const struct served_call *call, bool came)
{
    (void)crux_fail(
        out, CRUX_CANCELLED, "%.330s (%s; the last was about problem `%.60s`)%s", call->error.text,
        came ? "several questions in a row were refused"
             : "nothing like it has come through yet, so it is taken to be about all "
               "questions",
        problem_id(call),
        !came && call->count > 1 ? "; --per-request 1 asks for one choice at a time" : "");
}

/* End the calls that were ruled on. Refused ones have their sentence in call->error. */
static void end_ruled(struct served *served, const struct evidence_ruling *ruling, bool came)
{
    struct evidence_case *one = ruling->cases, *next;

    for (; one != NULL; one = next) {
        struct served_call *call = call_of(one);
        struct crux_error sentence = call->error;
        struct served_end end = call->refused; /* with what it cost */

        next = one->next;
        end.status = ruling->run ? CRUX_CANCELLED : CRUX_FAILED;
        end.reach = ruling->run ? SERVED_RUN : SERVED_ALL;
        end.halts = ruling->run ? CRUX_INVALID : CRUX_OK;
        if (ruling->run)
            say_why_all(&sentence, call, came);
        else
            say_refused(served, call);
        end.sentence = sentence.text;
        served_call_ended(call, &end);
    }
}

/* --- which model wrote it ------------------------------------------------------------------ */

/* The member `model` of a reply, as it stands between its quotes; false: there is none, or an empty
 * one. */
static bool find_model_name(char *out, size_t room, const char *body, size_t length)
{
    struct skim all, name, value, text;

    if (body == NULL)
        return false;
    all = (struct skim){body, body + length};
    if (!skim_pass(&all, '{'))
        return false;
    while (skim_member(&all, &name, &value))
        if (skim_is(name, "model") && skim_string(&value, &text) && text.end > text.at) {
            (void)snprintf(out, room, "%.*s", (int)(text.end - text.at), text.at);
            return true;
        }
    return false;
}

static bool is_this_model(const struct served *served, const char *a, const char *b)
{
    return crux_same_model(a, b, (const char *const *)served->aliases, served->alias_count);
}

/* The first name is believed, and told when it is not the one that was asked for, if one was. */
static bool is_stranger(struct served *served, const char *name)
{
    struct crux_error said;

    if (served->named != NULL)
        return !is_this_model(served, served->named, name);
    served->named = strdup(name);
    if (served->say != NULL && served->model[0] != '\0' &&
        !is_this_model(served, served->model, name)) {
        (void)crux_fail(&said, CRUX_OK, "%s: `%.100s` is asked for, and replies name it `%.100s`",
                        served->name, served->model, name);
        served->say(served->say_context, said.text);
    }
    return false;
}

/* A reply of another model than the first one's: its server is left out, and the question put to
 * the others. What it cost stays booked as its worst case; it is not kept, since a later session
 * would take it for an answer. */
static bool turn_away(struct served_call *call, const struct http_reply *reply,
                      struct served_end *end, struct crux_error *why)
{
    struct served *served = call->pending->served;
    char name[120];

    if (!find_model_name(name, sizeof name, reply->body, reply->length) ||
        !is_stranger(served, name))
        return false;
    (void)crux_fail(why, CRUX_FAILED,
                    "%s: %.140s answers as model `%.80s`, and what came before is of `%.80s`: it "
                    "is left out (--model-alias A=B where two names are one)",
                    served->name, http_endpoint_url(served->http, reply->endpoint), name,
                    served->named);
    *end = (struct served_end){.status = CRUX_FAILED,
                               .reach = SERVED_ALL,
                               .sentence = why->text,
                               .unknown = true,
                               .again = true};
    if (http_leave(served->http, reply->endpoint) == 0) {
        end->status = CRUX_CANCELLED;
        end->reach = SERVED_RUN;
        end->halts = CRUX_INVALID;
        end->again = false;
    } else if (served->say != NULL && (served->left >> reply->endpoint % 64 & 1) == 0) {
        served->say(served->say_context, why->text);
    }
    served->left |= UINT64_C(1) << reply->endpoint % 64;
    return true;
}

static void servers_done(void *context, struct http_reply *reply)
{
    struct served_call *call = context;
    struct served *served = call->pending->served;
    struct served_end end = {.status = CRUX_OK};
    struct evidence_ruling ruling;
    struct crux_error error;
    bool came, refused = is_refusal(reply);

    if (reply->class != HTTP_DONE) {
        (void)crux_fail(&error, CRUX_FAILED, "%s: %s", served->name,
                        reply->sentence != NULL ? reply->sentence : "no answer");
        end = end_of_reply(reply, error.text);
        read_refused(call, reply, &end);
        call->tries = reply->tries;
    }
    (void)pthread_mutex_lock(&served->lock);
    came = evidence_of(call)->came;
    if (reply->class == HTTP_DONE) {
        evidence_used(&served->evidence[0], SERVED_READ);
        ruling = evidence_came(evidence_of(call), &call->one);
    } else if (refused) {
        call->error = error;
        call->refused = end;
        ruling = evidence_refused(evidence_of(call), &call->one, is_about_no_words(reply->status));
    } else {
        ruling = evidence_ended(evidence_of(call), &call->one);
    }
    (void)pthread_mutex_unlock(&served->lock);
    if (reply->class == HTTP_DONE && turn_away(call, reply, &end, &error))
        call->tries = reply->tries;
    if (!refused) {
        if ((reply->class == HTTP_BAD || (reply->class == HTTP_FAULTY && !end.free)) &&
            reply->status > 0 && reply->status < 300 && end.status != CRUX_OK && !end.again)
            served_dropped(served, SERVED_READ, call->pending->question->problem, reply->sentence);
        served_call_ended(call, &end);
    }
    end_ruled(served, &ruling, came);
}

/* --- beginnings ------------------------------------------------------------------------------ */

/* With the lock: it was not sent after all. */
static void take_back(struct served *served, struct served_call *call)
{
    const struct evidence_ruling ruling = evidence_ended(evidence_of(call), &call->one);

    end_ruled(served, &ruling, evidence_of(call)->came);
}

/* A reply has so many bytes at most for each token that may be in it, log-probabilities included,
 * and for what servers repeat of the question; and some for whatever else they put into it. */
static uint64_t servers_body_most(const struct served_question *question, uint32_t count)
{
    enum { BESIDE = 16 << 20, PER_TOKEN = 2048, REPEATED = 4 };

    if (question->completion_most == 0)
        return 0;
    return BESIDE + (uint64_t)REPEATED * question->prompt_most +
           (uint64_t)PER_TOKEN * question->completion_most * count;
}

static int servers_submit(struct served_call *call, struct crux_error *error)
{
    struct served *served = call->pending->served;
    const struct served_question *question = call->pending->question;
    const struct served_request *composed = &call->request;
    struct http_request request = {
        .path = composed->path,
        .piece_count = composed->piece_count,
        .key = call->key,
        .sticky = sticky_of(question->problem),
        .samples = call->count,
        .endpoint = HTTP_ANY_ENDPOINT,
        .deadline_ns = question->deadline_ns,
        .billed = true,
        .tries = call->tries,
        .body_most = servers_body_most(question, call->count),
        .check = servers_check,
        .done = servers_done,
        .context = call,
    };
    int status;

    memcpy(request.pieces, composed->pieces, sizeof request.pieces);
    memcpy(request.headers, composed->headers, sizeof request.headers);
    evidence_sent(evidence_of(call), &call->one, question->problem);
    status = http_submit(served->http, &request, &call->ticket);
    if (status < 0)
        take_back(served, call);
    if (status < 0)
        (void)crux_fail(error, status, "%s",
                        status == CRUX_MEMORY ? "no memory for a request"
                                              : "the call was cancelled");
    return status;
}

/* What is held has had its reply: it ends here. */
static void servers_cancel(struct served_call *call)
{
    struct served *served = call->pending->served;
    struct served_end end = call->refused;

    if (!evidence_let_go(evidence_of(call), &call->one)) {
        http_cancel(served->http, call->ticket);
        return;
    }
    end.status = CRUX_CANCELLED;
    end.reach = SERVED_ITS_OWN;
    end.halts = CRUX_OK;
    end.sentence = "the call was cancelled";
    served_call_ended(call, &end);
}

static void servers_hold(struct served *served, enum served_going going)
{
    static const enum http_going as[] = {
        [SERVED_GOES] = HTTP_GOES, [SERVED_HELD] = HTTP_HELD, [SERVED_DROPS] = HTTP_DROPS};

    http_hold(served->http, as[going]);
}

const struct served_transport served_by_servers = {
    .open = servers_open,
    .close = servers_close,
    .submit = servers_submit,
    .cancel = servers_cancel,
    .hold = servers_hold,
};
