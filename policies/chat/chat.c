/*
 * chat.c - policy `chat`: between a call of the search and a question to served, one record each.
 *
 * The policy writes a question for each call (conversation.h), hands it to served, and makes steps
 * of what comes back (chat/reply.h, steps.h). The record holds the question, what was sent, and the
 * way back to the call. It lives from ask() until answered(), which may come from within ask():
 * then nothing is completed, and what ask() answers is the call's status.
 */
#include "io/chat/images.h"
#include "policies/chat/plan.h"

#include <stdlib.h>
#include <string.h>

#include "io/sentences.h"
#include "io/served/served.h"

struct chat {
    struct crux_policy policy;
    struct chat_plan *plan;
    struct served *served;
    struct served_form form;
    struct images *images;
    struct sentences sentences;
};

enum { SAME_ROUTE, SAME_BODY, SAME_IMAGES, SAMES = SAME_IMAGES + CHAT_IMAGES };

#define IDLE_IMAGES ((size_t)256 << 20) /* bytes that are kept while no question shows them */

struct asked {
    struct served_question question; /* first: a question is its record */
    struct chat *chat;
    struct crux_call *call;
    int *at_once; /* ask()'s, only while it waits */
    struct chat_body body;
    struct chat_images images;
    struct http_piece same[SAMES]; /* with the images' hashes in place of their bytes */
};

/* --- the way there --------------------------------------------------------------------- */

static const struct asked *asked_of(const struct served_question *question)
{
    return (const struct asked *)(const void *)question;
}

static int compose(const struct served_question *question, uint32_t first, uint32_t count,
                   struct served_request *out, struct crux_error *error)
{
    const struct asked *asked = asked_of(question);
    const struct chat_settings *settings = &asked->chat->plan->settings;
    char *tail = malloc(CHAT_TAIL);
    size_t length;

    if (tail == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a request");
    length = chat_ask_tail(tail, settings->profile, question->seed, first, count);
    *out = (struct served_request){.path = chat_route_path(settings->route), .memory = tail};
    memcpy(out->pieces, asked->body.pieces, asked->body.piece_count * sizeof *out->pieces);
    out->pieces[asked->body.piece_count] = (struct http_piece){tail, length};
    out->piece_count = asked->body.piece_count + 1;
    return CRUX_OK;
}

static void free_record(struct asked *asked)
{
    chat_images_give_back(&asked->images);
    chat_body_free(&asked->body);
    free(asked);
}

/* Images first: their URLs are pieces of the body. */
static int write_body(struct asked *asked, struct crux_error *error)
{
    struct chat *chat = asked->chat;
    const struct crux_call *call = asked->call;
    int status = chat_images_take(&asked->images, chat->images, chat->plan->folder,
                                  call->state.problem, error);
    const struct chat_asking asking = {.kind = call->kind,
                                       .problem = call->state.problem,
                                       .last = call->state.last,
                                       .images = asked->images.urls,
                                       .image_count = asked->images.count};

    return status == CRUX_OK ? chat_ask_write(&asked->body, &chat->plan->settings, &asking, error)
                             : status;
}

static void name_same(struct asked *asked)
{
    const char *route = chat_route_name(asked->chat->plan->settings.route);

    asked->same[SAME_ROUTE] = (struct http_piece){route, strlen(route)};
    asked->same[SAME_BODY] = (struct http_piece){asked->body.text, strlen(asked->body.text)};
    for (uint32_t i = 0; i < asked->images.count; i++)
        asked->same[SAME_IMAGES + i] =
            (struct http_piece){asked->images.taken[i]->sha256, HASH_HEX - 1};
}

static struct asked *new_record(struct chat *chat, struct crux_call *call, struct crux_error *error)
{
    struct asked *asked = calloc(1, sizeof *asked);

    if (asked == NULL) {
        (void)crux_fail(error, CRUX_MEMORY, "no memory for a question");
        return NULL;
    }
    asked->chat = chat;
    asked->call = call;
    if (write_body(asked, error) != CRUX_OK) {
        free_record(asked);
        return NULL;
    }
    name_same(asked);
    return asked;
}

/* --- the way back -------------------------------------------------------------------------- */

static struct chat_asked how_asked(const struct asked *asked, uint32_t count)
{
    const struct chat_settings *settings = &asked->chat->plan->settings;
    bool answer = asked->call->kind == CRUX_ANSWER;

    return (struct chat_asked){.profile = settings->profile,
                               .count = count,
                               .stops = chat_ask_stops(settings, asked->call->kind),
                               .cap = answer ? settings->boundary.cap : 0};
}

/* Each sample's tokens are its own; what the server counted beyond them is the first one's. */
static void share_usage(const struct chat_split *split, struct served_choice *choices)
{
    uint64_t shared = 0;

    for (uint32_t i = 0; i < split->count; i++) {
        choices[i].usage.completion = split->tokens[i];
        shared += split->tokens[i];
    }
    choices[0].usage.prompt = split->usage.prompt;
    choices[0].usage.cached = split->usage.cached;
    choices[0].usage.reasoning = split->usage.reasoning;
    if (split->usage.completion > shared)
        choices[0].usage.completion += split->usage.completion - (uint32_t)shared;
}

/* An answer without a word is one where something was said before, and else a bad reply. */
static int split(const struct served_question *question, const char *body, size_t length,
                 uint32_t count, struct served_choice *choices, struct crux_error *error)
{
    const struct asked *asked = asked_of(question);
    const struct chat_asked how = how_asked(asked, count);
    struct chat_split parts = {.count = 0};
    int status = chat_reply_split(&parts, &how, body, length, error);

    if (status == CRUX_OK && parts.empty && asked->call->state.last == NULL)
        status = crux_fail(error, CRUX_FAILED, "the server's answer has no text");
    for (uint32_t i = 0; status == CRUX_OK && i < count; i++) {
        choices[i].text = parts.samples[i];
        choices[i].length = strlen(parts.samples[i]);
        parts.samples[i] = NULL;
    }
    if (status == CRUX_OK)
        share_usage(&parts, choices);
    chat_split_free(&parts);
    return status;
}

/* The texts of an answer as steps of the reply. */
static int make_steps(const struct asked *asked, const struct served_answer *answer,
                      struct chat_sample *samples, struct crux_error *error)
{
    const struct chat_settings *settings = &asked->chat->plan->settings;
    struct crux_call *call = asked->call;
    char *given = chat_ask_given(settings, call->state.last);
    const struct chat_context context = {.boundary = &settings->boundary,
                                         .prompt = settings->prompt,
                                         .last = call->state.last,
                                         .given = given,
                                         .route = settings->route,
                                         .kind = call->kind};
    struct chat_proposals made;
    int status = given == NULL ? crux_fail(error, CRUX_MEMORY, "no memory for steps")
                               : chat_steps_of(&made, &context, samples, answer->count, error);

    if (status == CRUX_OK)
        call->reply = (struct crux_reply){.count = made.count,
                                          .proposals = made.items,
                                          .prompt_tokens = answer->usage.prompt,
                                          .completion_tokens = answer->usage.completion,
                                          .price = answer->price,
                                          .owner = made.block};
    free(given);
    return status;
}

static int read_answer(const struct asked *asked, const struct served_answer *answer,
                       struct crux_error *error)
{
    struct chat_sample *samples = calloc(answer->count, sizeof *samples);
    int status = CRUX_OK;
    uint32_t read = 0;

    if (samples == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for an answer");
    while (status == CRUX_OK && read < answer->count) {
        status = chat_reply_read(&samples[read], answer->samples[read].text,
                                 answer->samples[read].length, error);
        read += status == CRUX_OK;
    }
    if (status == CRUX_OK)
        status = make_steps(asked, answer, samples, error);
    while (read > 0)
        chat_sample_free(&samples[--read]);
    free(samples);
    return status;
}

/* What comes of the call. Where the text fills the context there is no next step: a dead end,
 * not a failure. */
static int conclude(const struct asked *asked, const struct served_answer *answer)
{
    struct crux_call *call = asked->call;
    struct crux_error error = {""};
    int status = answer->status;

    call->reply = (struct crux_reply){.count = 0};
    if (status == CRUX_OK)
        status = read_answer(asked, answer, &error);
    else if (answer->overflow && call->kind != CRUX_ANSWER)
        return CRUX_DONE;
    else
        (void)crux_fail(&error, status, "%s", answer->sentence);
    if (status != CRUX_OK)
        call->reply.sentence = sentences_keep(&asked->chat->sentences, error.text);
    return status;
}

static void answered(struct served_question *question, const struct served_answer *answer)
{
    struct asked *asked = (struct asked *)(void *)question;
    struct crux_call *call = asked->call;
    int status = conclude(asked, answer);
    void *owner = call->reply.owner;

    if (answer->at_once)
        *asked->at_once = status;
    else if (!crux_complete(call, question->ticket, status))
        free(owner); /* nobody waits any more */
    free_record(asked);
}

/* --- the port ------------------------------------------------------------------------------- */

static int fail(struct chat *chat, struct crux_call *call, int status, const char *sentence)
{
    call->reply.sentence = sentences_keep(&chat->sentences, sentence);
    return status;
}

static int ask(struct crux_port *port, struct crux_call *call)
{
    struct chat *chat = (struct chat *)(void *)port;
    struct crux_error error = {""};
    struct asked *asked;
    int at_once = CRUX_FAILED;
    int status;

    if (call->kind != CRUX_STEP && call->kind != CRUX_ANSWER)
        return fail(chat, call, CRUX_FAILED, "policy chat proposes steps and answers only");
    asked = new_record(chat, call, &error);
    if (asked == NULL)
        return fail(chat, call, CRUX_FAILED, error.text);
    asked->at_once = &at_once;
    asked->question = (struct served_question){
        .form = &chat->form,
        .answered = answered,
        .same = asked->same,
        .same_count = SAME_IMAGES + asked->images.count,
        .seed = (uint64_t)chat_ask_seed(call->seed),
        .count = call->count,
        .problem = call->state.problem,
        .prompt_most = (uint32_t)strlen(asked->body.text) + /* a token is at least a byte */
                       CHAT_IMAGE_TOKENS * asked->images.count,
        .completion_most = asked->body.max_tokens,
        .owner = call, /* no deadline: the search cancels what is late, and may ask again; a
                          call that the client had given up would have failed for good */
        .ticket = call->ticket,
    };
    status = served_ask(chat->served, &asked->question);
    return status == CRUX_PENDING ? CRUX_PENDING : at_once;
}

static void cancel(struct crux_port *port, struct crux_call *call)
{
    struct chat *chat = (struct chat *)(void *)port;

    served_cancel(chat->served, call, call->ticket);
}

static void release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free(reply->owner);
}

static void close_policy(struct crux_port *port)
{
    struct chat *chat = (struct chat *)(void *)port;

    sentences_close(&chat->sentences);
    images_close(chat->images);
    chat_plan_close(chat->plan);
    free(chat);
}

int crux_chat_open(struct crux_policy **out, const struct crux_chat *said, struct served *served,
                   struct crux_error *error)
{
    struct chat *chat = calloc(1, sizeof *chat);
    int status;

    if (chat == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for policy chat");
    status = chat_plan_open(&chat->plan, said, error);
    if (status == CRUX_OK)
        status = images_open(&chat->images, IDLE_IMAGES, error);
    if (status != CRUX_OK) {
        chat_plan_close(chat->plan);
        free(chat);
        return status;
    }
    chat->policy.port = (struct crux_port){
        .name = "chat", .ask = ask, .cancel = cancel, .release = release, .close = close_policy};
    chat->served = served;
    chat->form = (struct served_form){chat->plan->per_request, compose, split};
    sentences_open(&chat->sentences);
    *out = &chat->policy;
    return CRUX_OK;
}
