/*
 * program.c - requests of a backend that is a program: lines to and from it (io/process).
 *
 * A reply that is not as it must be is kept as refused and fails its call: a program that answers
 * by a rule would only repeat it. When it has been mended it is asked anew. Replies are read on the
 * program's thread.
 */
#include "io/served/transport.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/process/process.h"

static int program_open(struct served *served, const struct served_options *options,
                        struct crux_error *error)
{
    return process_open(&served->process, options->name, &options->program, error);
}

static void program_close(struct served *served)
{
    process_close(served->process);
}

static void program_done(void *context, const struct process_answer *answer)
{
    struct served_call *call = context;
    struct served_end end = {
        .status = CRUX_OK, .sentence = answer->sentence, .unknown = answer->sent};
    struct crux_error error;

    switch (answer->end) {
    case PROCESS_ANSWERED:
        end.status = served_call_split(call, answer->line, answer->length, &error);
        end.sentence = error.text;
        if (end.status != CRUX_OK) /* relaxed: a count */
            atomic_fetch_add_explicit(&call->pending->served->unreadable, 1, memory_order_relaxed);
        if (end.status != CRUX_OK && (end.body = malloc(answer->length + 1)) != NULL) {
            memcpy(end.body, answer->line, answer->length);
            end.body[answer->length] = '\0';
            end.length = answer->length;
        }
        break;
    case PROCESS_CANCELLED:
        end.status = CRUX_CANCELLED;
        end.reach = SERVED_ITS_OWN;
        break;
    case PROCESS_LATE:
        end.status = CRUX_FAILED;
        end.reach = SERVED_ITS_OWN;
        break;
    case PROCESS_FAILED:
        end.status = CRUX_FAILED;
        break;
    }
    served_call_ended(call, &end);
}

static int program_submit(struct served_call *call, struct crux_error *error)
{
    const struct served_request *composed = &call->request;
    const struct process_request request = {
        .line = composed->pieces[0].bytes,
        .length = composed->pieces[0].length,
        .deadline_ns = call->pending->question->deadline_ns,
        .done = program_done,
        .context = call,
    };

    assert(composed->piece_count == 1);
    return process_submit(call->pending->served->process, &request, &call->ticket, error);
}

static void program_cancel(struct served_call *call)
{
    process_cancel(call->pending->served->process, call->ticket);
}

static void program_hold(struct served *served, enum served_going going)
{
    static const enum process_going as[] = {
        [SERVED_GOES] = PROCESS_GOES, [SERVED_HELD] = PROCESS_HELD, [SERVED_DROPS] = PROCESS_DROPS};

    process_hold(served->process, as[going]);
}

const struct served_transport served_by_program = {
    .open = program_open,
    .close = program_close,
    .submit = program_submit,
    .cancel = program_cancel,
    .hold = program_hold,
};
