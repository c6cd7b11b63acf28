/*
 * process.c - requests to a program: a table, by number, of those that it has not answered.
 *
 *     (none) --process_submit()--> QUEUED --process_next()--> SENT --process_heard()--> (none)
 *                                    | ^                       | |
 *         cancelled or late: (none) <' '-- process_ended(),    | '-- cancelled or late: OWED
 *                                          the first time -----'
 *     OWED --process_heard(), process_ended()--> (none)
 *
 * SENT and OWED are both with the program, and it is silent if it answers none of them; an OWED
 * one has no asker any more. A request fails when the program ends for the second time, or
 * permanently: it leaves the table first, so that nothing else can end it, and then done() is
 * called without the lock.
 */
#include "io/process/process.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

#include "io/clock.h"
#include "io/process/child.h"
#include "io/process/fields.h"
#include "io/quote.h"

enum {
    LINE_MOST = 16 << 20,
    RESTARTS = 3,
    STRAYS_REPORTED = 5,
    ASIDES_REPORTED = 200, /* in a while */
    NUMBER_ROOM = 24       /* more than the digits of a number */
};

#define SILENCE      300.0 /* seconds: a program may load a model before it answers */
#define SILENCE_MOST 86400.0
#define A_WHILE_NS   (10 * CLOCK_SECOND_NS)

enum request_state { QUEUED, SENT, OWED };

struct request {
    UT_hash_handle hh;               /* in requests, by number */
    struct request *next, *previous; /* in queued or sent */
    struct request *late;            /* of those that are late at the same time */
    uint64_t number;
    int64_t deadline_ns; /* INT64_MAX: none */
    process_done *done;
    void *context;
    enum request_state state;
    bool again; /* it was out already when the program ended */
    size_t length;
    char line[];
};

struct process {
    char *name, *command;
    struct process_options options;
    struct child *child;
    pthread_mutex_t lock;          /* of all that follows */
    struct request *requests;      /* the table */
    struct request *queued, *sent; /* lists, in order; sent: also those that are OWED */
    uint32_t sent_count;
    enum process_going going;
    uint64_t number;               /* of the last request */
    int64_t due_ns;                /* no deadline passes before */
    const struct request *writing; /* its line is read by the child's thread, without the lock */
    struct request *orphan;        /* it has ended meanwhile, and is freed after that */
    int64_t quiet_ns;              /* when the program last answered, or began to owe an answer */
    struct crux_error gone;        /* why no request will be answered; "": it lives */
    /* Of the child's thread alone: */
    uint32_t strays;
    int64_t while_ns;            /* when this while began */
    uint64_t asides, unreported; /* lines in it */
};

static void process_lock(struct process *process)
{
    (void)pthread_mutex_lock(&process->lock);
}

static void process_unlock(struct process *process)
{
    (void)pthread_mutex_unlock(&process->lock);
}

/* --- the table, with the lock ------------------------------------------------------------ */

static struct request *find_request(struct process *process, uint64_t number)
{
    struct request *request;

    HASH_FIND(hh, process->requests, &number, sizeof number, request);
    return request;
}

/* Remove it from its list and from the table; it is the caller's now. */
static void take_request(struct process *process, struct request *request)
{
    if (request->state == QUEUED) {
        DL_DELETE2(process->queued, request, previous, next);
    } else {
        DL_DELETE2(process->sent, request, previous, next);
        process->sent_count--;
    }
    HASH_DELETE(hh, process->requests, request);
}

static void free_request(struct process *process, struct request *request)
{
    if (request == process->writing)
        process->orphan = request;
    else
        free(request);
}

/* Its asker is about to hear of its end; the program may still owe an answer. */
static void let_go_request(struct process *process, struct request *request)
{
    if (request->state == SENT) {
        request->state = OWED;
    } else {
        take_request(process, request);
        free_request(process, request);
    }
}

/* --- submitting and cancelling ------------------------------------------------------------ */

static struct request *make_request(const struct process_request *said)
{
    struct request *request = calloc(1, sizeof *request + said->length + NUMBER_ROOM);

    if (request == NULL)
        return NULL;
    request->deadline_ns = said->deadline_ns > 0 ? said->deadline_ns : INT64_MAX;
    request->done = said->done;
    request->context = said->context;
    request->state = QUEUED;
    return request;
}

/* Its line, with its number in place of the 0. */
static void process_write_request(struct request *request, const struct process_request *said)
{
    const size_t head = sizeof PROCESS_HEAD - 1;
    int length = snprintf(request->line, NUMBER_ROOM + sizeof PROCESS_HEAD, "{\"id\": %" PRIu64 ",",
                          request->number);

    memcpy(request->line + length, said->line + head, said->length - head);
    request->length = (size_t)length + said->length - head;
}

/* With the lock. */
static int queue_request(struct process *process, struct request *request,
                         const struct process_request *said, struct crux_error *error)
{
    if (process->gone.text[0] != '\0')
        return crux_fail(error, CRUX_FAILED, "%s", process->gone.text);
    if (process->going == PROCESS_DROPS)
        return crux_fail(error, CRUX_CANCELLED, "the call was cancelled");
    request->number = process->number + 1;
    HASH_ADD(hh, process->requests, number, sizeof request->number, request);
    if (request->hh.tbl == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to ask a program");
    process->number++;
    process_write_request(request, said);
    DL_APPEND2(process->queued, request, previous, next);
    if (request->deadline_ns < process->due_ns)
        process->due_ns = request->deadline_ns;
    return CRUX_OK;
}

int process_submit(struct process *process, const struct process_request *said, uint64_t *number,
                   struct crux_error *error)
{
    struct request *request = make_request(said);
    int status;

    assert(said->length > sizeof PROCESS_HEAD && said->line[said->length - 1] == '\n');
    assert(strncmp(said->line, PROCESS_HEAD, sizeof PROCESS_HEAD - 1) == 0);
    if (request == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory to ask a program");
    process_lock(process);
    status = queue_request(process, request, said, error);
    if (status == CRUX_OK)
        *number = request->number;
    process_unlock(process);
    if (status == CRUX_OK)
        child_wake(process->child);
    else
        free(request);
    return status;
}

void process_cancel(struct process *process, uint64_t number)
{
    struct process_answer answer = {.end = PROCESS_CANCELLED, .sentence = "the call was cancelled"};
    process_done *done = NULL;
    void *context = NULL;
    struct request *request;

    process_lock(process);
    request = find_request(process, number);
    if (request != NULL && request->state != OWED) {
        done = request->done;
        context = request->context;
        answer.sent = request->state != QUEUED || request->again;
        let_go_request(process, request);
    }
    process_unlock(process);
    if (done != NULL)
        done(context, &answer);
}

/* With the lock: those that have not been written leave the table; as a list. */
static struct request *take_queued(struct process *process)
{
    struct request *request, *after, *taken = NULL;

    DL_FOREACH_SAFE2(process->queued, request, after, next)
    {
        take_request(process, request);
        DL_APPEND2(taken, request, previous, next);
    }
    return taken;
}

void process_hold(struct process *process, enum process_going going)
{
    const struct process_answer answer = {.end = PROCESS_CANCELLED,
                                          .sentence = "the call was cancelled"};
    struct request *dropped = NULL, *request, *after;

    process_lock(process);
    process->going = going;
    if (going == PROCESS_DROPS)
        dropped = take_queued(process);
    process_unlock(process);
    DL_FOREACH_SAFE2(dropped, request, after, next)
    {
        request->done(request->context, &answer);
        free(request);
    }
    child_wake(process->child);
}

/* --- the child's thread: lines out and in ------------------------------------------------ */

/* With the lock: nothing is being written any more. */
static void end_writing(struct process *process)
{
    free(process->orphan);
    process->orphan = NULL;
    process->writing = NULL;
}

static const char *process_next(void *context, size_t *length)
{
    struct process *process = context;
    uint32_t most = process->options.in_flight != NULL ? *process->options.in_flight : 0;
    struct request *request;
    const char *line = NULL;

    process_lock(process);
    end_writing(process);
    request = process->queued;
    if (process->going != PROCESS_GOES || (most > 0 && process->sent_count >= most))
        request = NULL;
    if (request != NULL) {
        if (process->sent == NULL)
            process->quiet_ns = clock_now_ns();
        DL_DELETE2(process->queued, request, previous, next);
        request->state = SENT;
        DL_APPEND2(process->sent, request, previous, next);
        process->sent_count++;
        process->writing = request;
        line = request->line;
        *length = request->length;
    }
    process_unlock(process);
    return line;
}

/* Does the line answer a request, even one whose asker is gone? */
static bool process_take_answer(struct process *process, struct child *child, uint64_t number,
                                const struct lines_line *line)
{
    const struct process_answer answer = {
        .end = PROCESS_ANSWERED, .sent = true, .line = line->text, .length = line->length};
    process_done *done = NULL;
    void *context = NULL;
    struct request *request;
    bool ours;

    process_lock(process);
    request = find_request(process, number);
    ours = request != NULL && request->state != QUEUED;
    if (ours) {
        done = request->state == SENT ? request->done : NULL;
        context = request->context;
        process->quiet_ns = clock_now_ns();
        take_request(process, request);
        free_request(process, request);
    }
    process_unlock(process);
    if (ours)
        child_well(child);
    if (done != NULL)
        done(context, &answer);
    return ours;
}

static void report_stray(struct process *process, const struct lines_line *line, const char *why)
{
    char quoted[80];

    if (++process->strays > STRAYS_REPORTED)
        return;
    quote_text(quoted, sizeof quoted, line->text, line->length);
    (void)fprintf(stderr, "crux: %s: line %llu is no reply (%s): %s%s\n", process->name,
                  (unsigned long long)line->number, why, quoted,
                  process->strays == STRAYS_REPORTED ? "; more of them will not be reported" : "");
}

static void process_heard(void *context, struct child *child, const struct lines_line *line)
{
    struct process *process = context;
    struct crux_error why;
    uint64_t number;

    if (line->overlong) {
        child_fail(child, "it wrote a line longer than 16 MiB");
        return;
    }
    if (lines_is_blank(line))
        return;
    number = process_line_number(line->text, line->length, &why);
    if (number == 0 || !process_take_answer(process, child, number, line))
        report_stray(process, line, why.text);
}

/* A while is over: how much of it was not shown? */
static void report_unreported(struct process *process)
{
    if (process->unreported > 0)
        (void)fprintf(stderr, "crux: %s: %" PRIu64 " more lines of it are not shown\n",
                      process->name, process->unreported);
    process->asides = process->unreported = 0;
}

static void process_aside(void *context, const struct lines_line *line)
{
    struct process *process = context;
    int64_t now_ns = clock_now_ns();
    char quoted[1024];

    if (process->asides == 0 || now_ns - process->while_ns > A_WHILE_NS) {
        report_unreported(process);
        process->while_ns = now_ns;
    }
    if (++process->asides > ASIDES_REPORTED) {
        process->unreported++;
        return;
    }
    quote_text(quoted, sizeof quoted, line->text, line->length);
    (void)fprintf(stderr, "crux: %s: %s\n", process->name,
                  line->overlong ? "(a line too long to show)" : quoted);
}

/* --- the child's thread: time and ends --------------------------------------------------- */

/* With the lock: those whose deadline has passed, linked by late. Their askers are about
 * to hear of it; those that are OWED now can only end on this thread. */
static struct request *process_find_late(struct process *process, int64_t now)
{
    struct request *request, *after, *late = NULL;

    process->due_ns = INT64_MAX;
    HASH_ITER (hh, process->requests, request, after) {
        if (request->state == OWED)
            continue;
        if (request->deadline_ns <= now) {
            request->late = late;
            late = request;
        } else if (request->deadline_ns < process->due_ns) {
            process->due_ns = request->deadline_ns;
        }
    }
    for (request = late; request != NULL; request = request->late)
        if (request->state == SENT)
            request->state = OWED;
        else
            take_request(process, request);
    return late;
}

static void process_end_late(struct process *process, int64_t now)
{
    struct process_answer answer = {.end = PROCESS_LATE,
                                    .sentence = "the program has not answered before the deadline"};
    struct request *late = NULL, *request;

    process_lock(process);
    if (process->due_ns <= now)
        late = process_find_late(process, now);
    process_unlock(process);
    while ((request = late) != NULL) {
        late = request->late;
        answer.sent = request->state != QUEUED || request->again;
        request->done(request->context, &answer);
        if (request->state == QUEUED)
            free(request);
    }
}

static int64_t process_look(void *context, struct child *child, int64_t now)
{
    struct process *process = context;
    int64_t silent = INT64_MAX, due;
    char why[64];

    process_end_late(process, now);
    process_lock(process);
    if (process->sent != NULL)
        silent = process->quiet_ns + process->options.silence_ns;
    due = process->due_ns;
    process_unlock(process);
    if (now < silent)
        return silent < due ? silent : due;
    (void)snprintf(why, sizeof why, "it has not answered for %g seconds",
                   (double)process->options.silence_ns / 1e9);
    child_fail(child, why);
    return due;
}

/* With the lock: those that are out are to be asked again, or have been before. Those that are
 * over, also those whose asker is gone, are handed out as a list. */
static struct request *sort_requests(struct process *process, bool permanently)
{
    struct request *request, *after, *over = NULL;

    DL_FOREACH_SAFE2(process->sent, request, after, next)
    {
        if (request->state == SENT && !request->again && !permanently &&
            process->going != PROCESS_DROPS) {
            DL_DELETE2(process->sent, request, previous, next);
            process->sent_count--;
            request->state = QUEUED;
            request->again = true;
            DL_APPEND2(process->queued, request, previous, next);
            continue;
        }
        take_request(process, request);
        DL_APPEND2(over, request, previous, next);
    }
    if (!permanently)
        return over;
    DL_FOREACH_SAFE2(process->queued, request, after, next)
    {
        take_request(process, request);
        DL_APPEND2(over, request, previous, next);
    }
    return over;
}

static void process_ended(void *context, const char *why, bool permanently)
{
    struct process *process = context;
    struct process_answer answer = {.end = PROCESS_FAILED};
    struct request *over, *request, *after;
    struct crux_error error;

    (void)crux_fail(&error, CRUX_FAILED, "the program `%.100s` %s", process->command, why);
    (void)fprintf(stderr, "crux: %s: %s%s\n", process->name, error.text,
                  permanently ? "" : "; it is started again");
    answer.sentence = error.text;
    process_lock(process);
    end_writing(process);
    if (permanently)
        process->gone = error;
    over = sort_requests(process, permanently);
    process_unlock(process);
    DL_FOREACH_SAFE2(over, request, after, next)
    {
        answer.sent = request->state != QUEUED || request->again;
        if (request->state != OWED)
            request->done(request->context, &answer);
        free(request);
    }
}

/* --- open and close ---------------------------------------------------------------------- */

int process_options_read(struct process_options *out, const char *text, const char *port,
                         struct crux_error *error)
{
    static const char name[] = "timeout=";
    struct process_options options = {.command = text != NULL ? text : ""};
    double seconds = SILENCE;
    char *end;

    if (strncmp(options.command, name, sizeof name - 1) == 0) {
        seconds = strtod(options.command + sizeof name - 1, &end);
        if (*end != ':' || !(seconds > 0.0 && seconds <= SILENCE_MOST))
            return crux_fail(error, CRUX_INVALID,
                             "%s takes timeout=SECONDS:COMMAND with seconds above 0 and up to %g, "
                             "not `%.80s`",
                             port, SILENCE_MOST, text);
        options.command = end + 1;
    }
    options.silence_ns = (int64_t)(seconds * 1e9);
    if (options.command[strspn(options.command, " \t")] == '\0')
        return crux_fail(error, CRUX_INVALID, "%s takes a command: process:COMMAND", port);
    *out = options;
    return CRUX_OK;
}

static void free_list(struct request *first)
{
    struct request *request, *after;

    DL_FOREACH_SAFE2(first, request, after, next)
    free(request);
}

static void free_process(struct process *process)
{
    HASH_CLEAR(hh, process->requests); /* the table alone */
    free_list(process->queued);
    free_list(process->sent);
    free(process->orphan);
    free(process->name);
    free(process->command);
    (void)pthread_mutex_destroy(&process->lock);
    free(process);
}

int process_open(struct process **out, const char *name, const struct process_options *options,
                 struct crux_error *error)
{
    struct process *process = calloc(1, sizeof *process);
    struct child_setup child = {
        .command = options->command,
        .line_most = LINE_MOST,
        .restarts = RESTARTS,
        .context = process,
        .next = process_next,
        .heard = process_heard,
        .aside = process_aside,
        .ended = process_ended,
        .look = process_look,
    };
    int status = CRUX_OK;

    assert(options->command != NULL && options->silence_ns > 0);
    if (process == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a program");
    (void)pthread_mutex_init(&process->lock, NULL);
    process->options = *options;
    process->due_ns = INT64_MAX;
    process->name = strdup(name);
    process->command = strdup(options->command);
    if (process->name == NULL || process->command == NULL)
        status = crux_fail(error, CRUX_MEMORY, "no memory for a program");
    if (status == CRUX_OK)
        status = child_open(&process->child, &child, error);
    if (status == CRUX_OK)
        *out = process;
    else
        free_process(process);
    return status;
}

void process_close(struct process *process)
{
    if (process == NULL)
        return;
    child_close(process->child);
    report_unreported(process);
    free_process(process);
}
