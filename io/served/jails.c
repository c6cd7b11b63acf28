/*
 * jails.c - requests of a backend that is jails on this machine: programs of strangers on their
 * tests (io/sandbox).
 *
 * What a jail says is always as it must be: an answer, also one that says that nothing is known, is
 * kept like any other. So what was run once is not run again. Answers are cut on the supervisors'
 * threads.
 */
#include "io/served/transport.h"

#include <assert.h>

#include "io/sandbox/sandbox.h"

static int jails_open(struct served *served, const struct served_options *options,
                      struct crux_error *error)
{
    return sandbox_open(&served->sandbox, options->jails, error);
}

static void jails_close(struct served *served)
{
    sandbox_close(served->sandbox);
}

static void jails_done(void *context, const struct sandbox_answer *answer)
{
    struct served_call *call = context;
    struct served_end end = {.status = CRUX_CANCELLED,
                             .reach = SERVED_ITS_OWN,
                             .sentence = answer->sentence,
                             .unknown = answer->begun};
    struct crux_error error = {""};

    if (answer->end == SANDBOX_LATE)
        end.status = CRUX_FAILED;
    if (answer->end == SANDBOX_ANSWERED) {
        end.status = served_call_split(call, answer->line, answer->length, &error);
        end.reach = SERVED_ALL;
        end.sentence = error.text;
    }
    served_call_ended(call, &end);
}

static int jails_submit(struct served_call *call, struct crux_error *error)
{
    const struct served_request *composed = &call->request;
    const struct sandbox_request request = {
        .line = composed->pieces[0].bytes,
        .length = composed->pieces[0].length,
        .deadline_ns = call->pending->question->deadline_ns,
        .done = jails_done,
        .context = call,
    };

    assert(composed->piece_count == 1);
    return sandbox_submit(call->pending->served->sandbox, &request, &call->ticket, error);
}

static void jails_cancel(struct served_call *call)
{
    sandbox_cancel(call->pending->served->sandbox, call->ticket);
}

static void jails_hold(struct served *served, enum served_going going)
{
    static const enum sandbox_going as[] = {
        [SERVED_GOES] = SANDBOX_GOES, [SERVED_HELD] = SANDBOX_HELD, [SERVED_DROPS] = SANDBOX_DROPS};

    sandbox_hold(served->sandbox, as[going]);
}

const struct served_transport served_by_jails = {
    .open = jails_open,
    .close = jails_close,
    .submit = jails_submit,
    .cancel = jails_cancel,
    .hold = jails_hold,
};
