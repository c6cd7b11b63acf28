/*
 * port.c - a program as a port: calls of the search become questions to it, its lines replies.
 *
 * The record of a call holds its question and the way back to the call. It lives from
 * served_program_ask() until program_answered(), which may come from within: then nothing is
 * completed, and what the ask answers is the call's status.
 */
#include "io/served/port.h"

#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/sentences.h"
#include "io/served/served.h"

struct served_program {
    struct served *served;
    struct served *own; /* closed with it; NULL: it runs on a backend of its opener */
    struct sentences sentences;
};

struct program_call {
    struct served_question question; /* first: a question is its record */
    struct served_program *program;
    struct crux_call *call;
    int *at_once; /* of the ask, only while it lasts */
    char *line;
    struct http_piece same;
};

static const struct program_call *program_call_of(const struct served_question *question)
{
    return (const struct program_call *)(const void *)question;
}

/* --- the form ---------------------------------------------------------------------------- */

static int program_compose(const struct served_question *question, uint32_t first, uint32_t count,
                           struct served_request *out, struct crux_error *error)
{
    (void)first;
    (void)count;
    (void)error;
    *out = (struct served_request){.pieces = {program_call_of(question)->same}, .piece_count = 1};
    return CRUX_OK;
}

static int program_read_line(struct crux_reply *out, const struct crux_call *call, const char *text,
                             size_t length, char **copy, struct crux_error *error)
{
    struct json *line = NULL;
    struct crux_error why;
    int status = json_parse(&line, text, length, &why);

    if (status == CRUX_OK)
        status = process_reply(out, call, line, error);
    else
        (void)crux_fail(error, status, "a reply of the program is no JSON: %s", why.text);
    if (status == CRUX_OK && copy != NULL) {
        *copy = json_text(line, false);
        if (*copy == NULL) {
            free(out->owner);
            status = crux_fail(error, CRUX_MEMORY, "no memory for a reply");
        }
    }
    json_free(line);
    return status;
}

/* What is kept is the program's line; it is read again when the question is answered. */
static int program_split(const struct served_question *question, const char *body, size_t length,
                         struct served_reading *reading, struct served_choice *choices,
                         struct crux_error *error)
{
    struct crux_reply reply;
    int status = program_read_line(&reply, program_call_of(question)->call, body, length,
                                   &choices[0].text, error);

    if (status != CRUX_OK)
        return status;
    choices[0].length = strlen(choices[0].text);
    choices[0].usage =
        (struct served_usage){.prompt = reply.prompt_tokens, .completion = reply.completion_tokens};
    choices[0].price = reply.price;
    reading->usage = choices[0].usage;
    reading->has_usage = true;
    free(reply.owner);
    return CRUX_OK;
}

static const struct served_form program_form = {1, program_compose, program_split};

/* --- the way back ------------------------------------------------------------------------ */

static int program_fail(struct served_program *program, struct crux_call *call, int status,
                        const char *sentence)
{
    call->reply = (struct crux_reply){.sentence = sentences_keep(&program->sentences, sentence)};
    return status;
}

static void program_free_call(struct program_call *record)
{
    free(record->line);
    free(record);
}

static void program_answered(struct served_question *question, const struct served_answer *answer)
{
    struct program_call *record = (struct program_call *)(void *)question;
    struct crux_call *call = record->call;
    struct crux_error error = {""};
    int status = answer->status;
    void *owner;

    if (status == CRUX_OK)
        status = program_read_line(&call->reply, call, answer->samples[0].text,
                                   answer->samples[0].length, NULL, &error);
    else
        (void)crux_fail(&error, status, "%s", answer->sentence);
    if (status != CRUX_OK)
        (void)program_fail(record->program, call, status, error.text);
    owner = call->reply.owner;
    if (answer->at_once)
        *record->at_once = status;
    else if (!crux_complete(call, question->ticket, status))
        free(owner); /* the call is over */
    program_free_call(record);
}

/* --- the port ---------------------------------------------------------------------------- */

static int program_make_call(struct program_call **out, struct served_program *program,
                             struct crux_call *call, struct crux_error *error)
{
    struct program_call *record = calloc(1, sizeof *record);
    int status;

    if (record == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to ask a program");
    record->program = program;
    record->call = call;
    status = process_question(&record->line, &record->same.length, call, error);
    record->same.bytes = record->line;
    if (status == CRUX_OK)
        *out = record;
    else
        program_free_call(record);
    return status;
}

int served_program_ask(struct served_program *program, struct crux_call *call)
{
    struct program_call *record = NULL;
    struct crux_error error = {""};
    int at_once = CRUX_FAILED;
    int status = program_make_call(&record, program, call, &error);

    if (status != CRUX_OK)
        return program_fail(program, call, status, error.text);
    record->at_once = &at_once;
    record->question = (struct served_question){
        .form = &program_form,
        .answered = program_answered,
        .same = &record->same,
        .same_count = 1,
        .count = 1,
        .problem = call->state.problem,
        .owner = call, /* no deadline: the search cancels what is late, and may ask again */
        .ticket = call->ticket,
    };
    status = served_ask(program->served, &record->question);
    return status == CRUX_PENDING ? CRUX_PENDING : at_once;
}

void served_program_cancel(struct served_program *program, const struct crux_call *call)
{
    served_cancel(program->served, call, call->ticket);
}

void served_program_release(struct crux_reply *reply)
{
    free(reply->owner);
}

/* --- open and close ---------------------------------------------------------------------- */

int served_program_on(struct served_program **out, struct served *served, struct crux_error *error)
{
    struct served_program *program = calloc(1, sizeof *program);

    if (program == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a program");
    program->served = served;
    sentences_open(&program->sentences);
    *out = program;
    return CRUX_OK;
}

int served_program_open(struct served_program **out, const char *command, const char *port,
                        struct ledger *ledger, struct account *account, struct crux_error *error)
{
    struct served_options options = {.name = "process", .ledger = ledger, .account = account};
    struct served *served = NULL;
    int status = process_options_read(&options.program, command, port, error);

    if (status == CRUX_OK)
        status = served_open(&served, &options, error);
    if (status == CRUX_OK)
        status = served_program_on(out, served, error);
    if (status == CRUX_OK)
        (*out)->own = served;
    else
        served_close(served);
    return status;
}

void served_program_close(struct served_program *program)
{
    if (program == NULL)
        return;
    served_close(program->own);
    sentences_close(&program->sentences);
    free(program);
}
