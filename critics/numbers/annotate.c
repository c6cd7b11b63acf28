/*
 * annotate.c - critic `annotate=numbers`: the sentence about a wrong step, by exact analysis.
 *
 * The first wrong step is the first after which the target cannot be made any
 * more, proved by exhaustive search before and after; or one that breaks the
 * rules while the target could still be made. Other steps get no
 * sentence. What to do instead is the first step of a shortest way to the target.
 * Sub-goals, queries and documents on a path are counted and not judged.
 * Of a right path alone it says that nothing is to be corrected, once it has been recomputed.
 */
#include "critics/numbers/annotate.h"

#include "critics/notes.h"
#include "critics/numbers/numbers.h"

#include "critics/numbers/path.h"
#include "critics/numbers/pool.h"
#include "critics/numbers/solver.h"
#include "critics/numbers/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES 1600u
#define QUOTE_MOST 400u /* bytes of a step that are repeated: any legal one */
#define COUNT_MOST 4u   /* numbers left of which all ways are counted */

struct annotate_critic {
    struct crux_critic critic;
    struct numbers_pool pool;
};

struct note {
    struct crux_note note;
    char text[TEXT_BYTES];
    char corrected[NUMBERS_STEP_BYTES];
};

/* What is known of the first wrong step. */
struct finding {
    const struct numbers_problem *problem;
    uint32_t index;
    struct crux_text step;
    struct numbers_state before, after; /* after: only of a legal step */
    enum numbers_fault fault;
    struct numbers_operation instead;
};

/* --- the path ------------------------------------------------------------------------ */

/* The steps of a path, counted as everywhere. */
struct annotate_path {
    struct crux_text *steps;
    size_t count;
};

static void annotate_path_close(struct annotate_path *path)
{
    free(path->steps);
}

/* False: no memory; to be closed all the same. */
static bool annotate_path_open(struct annotate_path *out, const struct crux_tree *tree,
                               uint32_t rollout)
{
    out->count = crux_path_steps(tree, rollout, NULL, 0);
    out->steps = calloc(out->count + 1, sizeof *out->steps);
    if (out->steps == NULL)
        return false;
    (void)crux_path_steps(tree, rollout, out->steps, out->count);
    return true;
}

/* --- finding it -------------------------------------------------------------------- */

/* True: this step is the first wrong one. *going: the next may be. */
static bool examine(struct finding *finding, struct numbers_solver *solver,
                    struct numbers_walk *walk, struct crux_text step, bool *going)
{
    bool legal;

    finding->before = walk->state;
    finding->step = step;
    *going = numbers_reach(solver, &walk->state, &finding->instead) == NUMBERS_YES &&
             !numbers_complete(finding->problem, &walk->state);
    if (!*going)
        return false;
    legal = numbers_walk_step(walk, step.start, step.length);
    finding->after = walk->state;
    finding->fault = walk->fault;
    return !legal || numbers_reach(solver, &walk->state, NULL) == NUMBERS_NO;
}

static bool find_first_wrong(struct finding *finding, struct numbers_solver *solver,
                             const struct annotate_path *path)
{
    struct numbers_walk walk;
    bool found = false, going = numbers_walk_begin(&walk, finding->problem);

    for (uint32_t i = 0; going && !found && i < path->count; i++) {
        finding->index = i;
        found = examine(finding, solver, &walk, path->steps[i], &going);
    }
    return found && finding->fault != NUMBERS_OVERFLOW;
}

/* --- writing about it ----------------------------------------------------------------- */

struct writer {
    char *out;
    size_t at, room;
};

__attribute__((format(printf, 2, 3))) static void write_words(struct writer *writer,
                                                              const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(writer->out + writer->at, writer->room - writer->at, format, arguments);
    va_end(arguments);
    if (length > 0)
        writer->at += (size_t)length;
    if (writer->at >= writer->room)
        writer->at = writer->room - 1;
}

static void say_number(struct writer *writer, struct rational value)
{
    char text[48];

    (void)numbers_print_rational(text, sizeof text, value);
    write_words(writer, "%s", text);
}

static void say_numbers(struct writer *writer, const struct numbers_state *state)
{
    for (uint32_t i = 0; i < state->count; i++) {
        write_words(writer, "%s", i == 0 ? "" : i + 1 == state->count ? " and " : ", ");
        say_number(writer, state->left[i]);
    }
}

/* All that two numbers can make, each result once. */
static void say_results(struct writer *writer, const struct numbers_state *state)
{
    struct numbers_operation legal[NUMBERS_LEGAL_MOST];
    struct rational results[NUMBERS_LEGAL_MOST];
    uint32_t count = numbers_legal(state, legal), distinct = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = 0;

        while (at < distinct && rational_compare(results[at], legal[i].result) != 0)
            at++;
        results[at] = legal[i].result;
        distinct += at == distinct;
    }
    for (uint32_t i = 0; i < distinct; i++) {
        write_words(writer, "%s", i == 0 ? "" : i + 1 == distinct ? " or " : ", ");
        say_number(writer, results[i]);
    }
}

/* A step as it stands; of a very long one its beginning, in whole characters. */
static void say_step(struct writer *writer, struct crux_text step)
{
    size_t length = step.length;

    if (length > QUOTE_MOST) {
        length = QUOTE_MOST;
        while (length > 0 && ((unsigned char)step.start[length] & 0xC0) == 0x80)
            length--;
    }
    write_words(writer, "`%.*s%s`", (int)length, step.start, length < step.length ? "..." : "");
}

/* Every way to go on from a state, to the end. */
struct ways {
    struct rational target, nearest, distance;
    bool has_nearest;
    bool ends_only; /* only what is left at the end counts: all numbers must be used */
    uint64_t count;
};

static void numbers_annotate_look_at(struct ways *ways, struct rational value)
{
    struct numbers_operation gap = {.a = value, .b = ways->target, .sign = '-'};

    if (numbers_compute(&gap) != NUMBERS_LEGAL)
        return;
    if (gap.result.over < 0)
        gap.result.over = -gap.result.over;
    if (ways->has_nearest && rational_compare(gap.result, ways->distance) >= 0)
        return;
    ways->nearest = value;
    ways->distance = gap.result;
    ways->has_nearest = true;
}

static void try_all(struct ways *ways, const struct numbers_state *state)
{
    struct numbers_operation legal[NUMBERS_LEGAL_MOST];
    uint32_t count = numbers_legal(state, legal);

    ways->count += state->count == 1;
    for (uint32_t i = 0; i < count; i++) {
        struct numbers_state after = *state;

        numbers_apply(&after, &legal[i]);
        if (after.count == 1 || !ways->ends_only)
            numbers_annotate_look_at(ways, legal[i].result);
        try_all(ways, &after);
    }
}

static void say_all_ways(struct writer *writer, const struct finding *finding)
{
    struct ways ways = {.target = {finding->problem->target, 1},
                        .ends_only = finding->problem->use_all};

    try_all(&ways, &finding->after);
    write_words(writer,
                ", and none of the %" PRIu64 " ways to combine these %u numbers makes %" PRId64,
                ways.count, finding->after.count, finding->problem->target);
    if (ways.has_nearest) {
        write_words(writer, "; the nearest they come is ");
        say_number(writer, ways.nearest);
    }
    write_words(writer, ".");
}

static void say_why_unreachable(struct writer *writer, const struct finding *finding)
{
    const struct numbers_state *after = &finding->after;
    int64_t target = finding->problem->target;

    write_words(writer, "It leaves ");
    say_numbers(writer, after);
    if (after->count == 1) {
        write_words(writer, ", which is not %" PRId64 ", and nothing to combine it with.", target);
    } else if (after->count == 2) {
        write_words(writer, ", and these two can only make ");
        say_results(writer, after);
        write_words(writer, ", never %" PRId64 ".", target);
    } else if (after->count <= COUNT_MOST) {
        say_all_ways(writer, finding);
    } else {
        write_words(writer, ", and no way to combine these %u numbers makes %" PRId64 ".",
                    after->count, target);
    }
}

static void say_broken_rule(struct writer *writer, const struct finding *finding)
{
    static const char *const rules[NUMBERS_FAULTS] = {
        [NUMBERS_MALFORMED] = "It is not written as one operation on two of the numbers",
        [NUMBERS_NOT_AVAILABLE] = "It uses a number that is not there",
        [NUMBERS_DIVISION] = "It divides by zero",
        [NUMBERS_WRONG_RESULT] = "Its result is wrong",
        [NUMBERS_WRONG_LEFT] = "The numbers it says are left are not those that are",
    };

    write_words(writer, "%s; before it there were ", rules[finding->fault]);
    say_numbers(writer, &finding->before);
    write_words(writer, ".");
}

static void write_note(const struct finding *finding, struct note *out)
{
    struct writer writer = {out->text, 0, sizeof out->text};
    struct numbers_state corrected = finding->before;
    bool legal = finding->fault == NUMBERS_LEGAL;

    numbers_apply(&corrected, &finding->instead);
    (void)numbers_print_step(out->corrected, &finding->instead, &corrected);
    write_words(&writer, "Step %u, ", finding->index + 1);
    say_step(&writer, finding->step);
    write_words(&writer, ", is the first mistake. ");
    if (legal)
        say_why_unreachable(&writer, finding);
    else
        say_broken_rule(&writer, finding);
    write_words(&writer,
                numbers_complete(finding->problem, &corrected) ? " Instead, `%s` makes %" PRId64 "."
                                                               : " Instead, `%s` keeps %" PRId64
                                                                 " within reach.",
                out->corrected, finding->problem->target);
    out->note = (struct crux_note){
        .first_error = finding->index,
        .exact = true,
        .text = out->text,
        .error_type = legal ? "unreachable" : numbers_fault_name(finding->fault),
        .corrected_step = out->corrected,
        .method = "exact",
        .verdict = CRUX_WRONG,
    };
}

/* --- the port ------------------------------------------------------------------------------ */

static int annotate_no_memory(struct crux_call *call)
{
    call->reply.sentence = "no memory to annotate";
    return CRUX_MEMORY;
}

static bool is_right_path(const struct annotate_path *path, const struct numbers_problem *problem)
{
    struct numbers_walk walk;
    bool good = numbers_walk_begin(&walk, problem);

    for (size_t i = 0; good && i < path->count; i++)
        good = numbers_walk_step(&walk, path->steps[i].start, path->steps[i].length);
    return good && !walk.in_words && numbers_reached(problem, &walk.state);
}

/* A right path alone: nothing is to be corrected, if it is right indeed. */
static int confirm_right(struct crux_call *call, const struct numbers_problem *problem)
{
    static const struct crux_note nothing = {.first_error = CRUX_NO_STEP,
                                             .text = NOTES_NOTHING,
                                             .error_type = "",
                                             .corrected_step = "",
                                             .method = "exact",
                                             .verdict = CRUX_RIGHT};
    struct annotate_path path;
    bool memory = annotate_path_open(&path, call->tree, call->pair->right);
    bool right = memory && is_right_path(&path, problem);

    annotate_path_close(&path);
    return memory ? notes_reply(&call->reply, right ? &nothing : NULL) : annotate_no_memory(call);
}

/* What is to be said of a wrong path; nothing maybe. */
static int accuse_wrong(struct annotate_critic *self, struct crux_call *call,
                        const struct numbers_problem *problem)
{
    struct numbers_solver *solver = numbers_pool_take(&self->pool, problem);
    struct note *note = malloc(sizeof *note);
    struct finding finding = {.problem = problem};
    struct annotate_path path;
    bool memory =
        annotate_path_open(&path, call->tree, call->pair->wrong) && solver != NULL && note != NULL;
    bool found = memory && find_first_wrong(&finding, solver, &path);

    numbers_pool_put(&self->pool, solver);
    if (found) {
        write_note(&finding, note);
        call->reply.note = &note->note;
        call->reply.owner = note;
    } else {
        free(note);
    }
    annotate_path_close(&path); /* the finding quotes a step of it */
    return memory ? CRUX_DONE : annotate_no_memory(call);
}

static int numbers_annotate(struct crux_port *port, struct crux_call *call)
{
    struct annotate_critic *self = (struct annotate_critic *)(void *)port;
    struct numbers_problem problem;

    (void)numbers_problem_read(&problem, call->tree->problem->line);
    if (call->tree->problem->line == NULL) {
        call->reply.sentence = NUMBERS_NO_LINE;
        return CRUX_FAILED;
    }
    return call->pair->wrong == CRUX_NO_NODE ? confirm_right(call, &problem)
                                             : accuse_wrong(self, call, &problem);
}

static void close_annotate(struct crux_port *port)
{
    struct annotate_critic *self = (struct annotate_critic *)(void *)port;

    numbers_pool_close(&self->pool);
    free(self);
}

struct crux_critic *numbers_annotate_new(void)
{
    struct annotate_critic *self = calloc(1, sizeof *self);

    if (self == NULL)
        return NULL;
    numbers_pool_open(&self->pool);
    self->critic.port = (struct crux_port){.name = "numbers",
                                           .instant = true,
                                           .ask = numbers_annotate,
                                           .release = notes_release,
                                           .close = close_annotate};
    self->critic.verbs = 1u << CRUX_ANNOTATE;
    return &self->critic;
}
