/*
 * test_trees.c - what io/passes/trees.h promises: trees in the order of the input, windows of what
 * is open, findings that are kept after what they stand on, and a pass that goes on where it was.
 */
#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/passes/trees.h"
#include "tests/world/contains.h"
#include "tests/world/grown.h"
#include "tests/world/late_port.h"
#include "tests/world/memory_store.h"
#include "tests/world/store_fixture.h"

TestSuite(trees, .init = store_fixture_set_up, .fini = store_fixture_tear_down);
TestSuite(trees_in_memory, .init = store_fixture_set_up_in_memory, .fini = store_fixture_tear_down);

/* --- a critic that answers, and a work that asks it ---------------------------------------------
 */

static double half = 0.5;

/* Asked about seeds, which are 1000 x ordinal + 10 x rollout + number. */
struct asked {
    struct crux_port port;
    char log[20000]; /* "2:1.0 ": problem 2, rollout 1, question 0 */
    uint64_t fail_at;
    uint32_t calls, kill_at;
};

static int asked_ask(struct crux_port *port, struct crux_call *call)
{
    struct asked *self = (struct asked *)(void *)port;
    char entry[40];

    (void)snprintf(entry, sizeof entry, "%u:%u.%u ", (unsigned)(call->seed / 10000),
                   (unsigned)(call->seed / 10 % 1000), (unsigned)(call->seed % 10));
    cr_assert_lt(strlen(self->log) + strlen(entry), sizeof self->log);
    (void)strcat(self->log, entry);
    if (++self->calls == self->kill_at)
        (void)raise(SIGKILL);
    if (call->seed == self->fail_at) {
        call->reply.sentence = "it would not";
        return CRUX_FAILED;
    }
    call->reply.count = 1;
    call->reply.scores = &half;
    return CRUX_DONE;
}

static void asked_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    (void)reply;
}

/* One item for each wrong path: so many questions, one after the other. */
struct work {
    struct trees_work work;
    struct crux_port *port;
    uint32_t questions;
    uint32_t open, most_open;                      /* items */
    uint64_t fail_items, fail_next, silent, empty; /* rollout + 1 */
    struct passes *stops;
    uint32_t stop_after; /* answers */
    uint32_t answered;
};

struct item {
    struct trees_item item;
    struct passes_question question;
    uint32_t asked, answered;
};

static int add_items(struct trees_work *self, struct trees_tree *tree, struct crux_error *error)
{
    struct work *work = (struct work *)(void *)self;

    for (uint32_t i = 0; i < tree->tree->rollout_count; i++) {
        struct item *item;

        if (work->fail_items == i + 1)
            return crux_fail(error, CRUX_INPUT, "not this one");
        if (tree->tree->rollouts[i].verdict != CRUX_WRONG || !trees_wants(tree, i))
            continue;
        item = calloc(1, sizeof *item);
        trees_add(tree, &item->item, i);
        work->open++;
        if (work->open > work->most_open)
            work->most_open = work->open;
    }
    return CRUX_OK;
}

static int next_question(struct trees_work *self, struct trees_item *trees_item,
                         struct passes_question **out, struct crux_error *error)
{
    struct work *work = (struct work *)(void *)self;
    struct item *item = (struct item *)(void *)trees_item;

    if (work->fail_next == trees_item->rollout + 1)
        return crux_fail(error, CRUX_MEMORY, "no more");
    if (item->asked > item->answered)
        return CRUX_PENDING;
    if (item->asked == work->questions || trees_item->failure != NULL)
        return CRUX_END;
    item->question.port = work->port;
    item->question.asking.call =
        (struct crux_call){.verb = CRUX_SCORE,
                           .count = 1,
                           .state = {.problem = trees_item->of->tree->problem},
                           .seed = 10000 * trees_item->of->tree->problem->ordinal +
                                   10 * trees_item->rollout + item->asked++};
    *out = &item->question;
    return CRUX_OK;
}

static int answer_came(struct trees_work *self, struct trees_item *trees_item,
                       struct passes_question *question, int status, struct crux_error *error)
{
    struct work *work = (struct work *)(void *)self;
    struct item *item = (struct item *)(void *)trees_item;

    (void)error;
    cr_assert_eq(question, &item->question);
    item->answered++;
    if (status != CRUX_DONE)
        trees_item->failure = strdup(question->asking.call.reply.sentence);
    if (work->stops != NULL && ++work->answered == work->stop_after)
        passes_stop(work->stops);
    return CRUX_OK;
}

static int make_finding(struct trees_work *self, struct trees_item *item, char **json,
                        struct crux_error *error)
{
    struct work *work = (struct work *)(void *)self;
    struct learnt_location location = {
        .how = LEARNT_NOT, .step = -1, .from = -1, .to = -1, .why = "so"};
    const struct crux_paid cost = {.calls = 1};

    (void)error;
    item->empty = work->empty == item->rollout + 1;
    *json = work->silent == item->rollout + 1 ? NULL : learnt_location_json(&location, &cost);
    return CRUX_OK;
}

static void estimate_item(struct trees_work *self, const struct trees_item *item, uint64_t *least,
                          uint64_t *most)
{
    *least = 1;
    *most = ((struct work *)(void *)self)->questions + item->rollout;
}

static struct asked critic;
static struct work work;
static struct trees_counts counts;
static struct crux_store *store;
static uint32_t flushed, flush_fails;
static char flush_log[200];

static void free_item(struct trees_item *item)
{
    work.open--;
    free(item);
}

static void begin_work(uint32_t questions)
{
    critic = (struct asked){
        .port = {.name = "asked", .instant = true, .ask = asked_ask, .release = asked_release},
        .fail_at = UINT64_MAX};
    work = (struct work){.work = {.kind = LEARNT_LOCATIONS,
                                  .maker = "test",
                                  .items = add_items,
                                  .next = next_question,
                                  .answered = answer_came,
                                  .finding = make_finding,
                                  .free_item = free_item,
                                  .estimate = estimate_item},
                         .port = &critic.port,
                         .questions = questions};
}

/* Three trees with `wrong` wrong paths each and one right one, the first. */
static void keep_trees(uint32_t wrong)
{
    static struct grown grown;

    store = store_fixture_begin();
    for (size_t i = 3; i-- > 0;) {
        grown_begin(&grown, &store_fixture.problems.items[i]);
        grown_answers(&grown, 0, "r", CRUX_RIGHT, 1);
        grown_answers(&grown, 0, "w", CRUX_WRONG, wrong);
        cr_assert_eq(crux_store_keep(store, &grown.tree, &store_fixture.why), CRUX_OK);
    }
}

static int flush(void *context, struct crux_error *error)
{
    (void)context;
    flushed++;
    (void)snprintf(flush_log + strlen(flush_log), sizeof flush_log - strlen(flush_log), "%u ",
                   critic.calls);
    return flushed == flush_fails ? crux_fail(error, CRUX_STORE, "the replies are not kept")
                                  : CRUX_OK;
}

static int pass(uint32_t in_flight, uint64_t limit)
{
    const struct passes_setup asking = {.in_flight = in_flight};
    const struct trees_setup over = {
        .store = store, .work = &work.work, .in_flight = in_flight, .limit = limit, .flush = flush};
    struct passes *passes;
    struct trees *trees;
    int status, kept;

    cr_assert_eq(trees_open(&trees, &over, &store_fixture.why), CRUX_OK);
    cr_assert_eq(passes_open(&passes, &asking, &store_fixture.why), CRUX_OK);
    if (work.stop_after > 0)
        work.stops = passes;
    status = passes_run(passes, trees_passes_work(trees), &store_fixture.why);
    passes_close(passes);
    kept = trees_end(trees, status < 0 ? NULL : &store_fixture.why);
    counts = *trees_counted(trees);
    trees_close(trees);
    return status < 0 ? status : kept < 0 ? kept : status;
}

/* How many findings there are on a problem, by its position. */
static int count_one(void *context, const struct crux_finding *finding, struct crux_error *error)
{
    (void)error;
    cr_assert_str_eq(finding->maker, "test");
    cr_assert_str_eq(finding->kind, LEARNT_LOCATION);
    ++*(uint32_t *)context;
    return CRUX_OK;
}

static uint32_t findings(size_t item)
{
    uint32_t count = 0;

    cr_assert_eq(crux_store_findings(store, store_fixture.problems.items[item].ordinal, count_one,
                                     &count, &store_fixture.why),
                 CRUX_OK);
    return count;
}

static void done(void)
{
    crux_store_close(store);
    store = NULL;
}

/* --- order and windows --------------------------------------------------------------------------
 */

/* One at a time: trees in the order of the input, paths in their order, and the questions of open
 * paths in turn. */
ON_BOTH(trees, order)
{
    keep_trees(2);
    begin_work(1);
    cr_assert_eq(pass(1, 0), CRUX_OK);
    cr_expect_str_eq(critic.log, "0:1.0 0:2.0 2:1.0 2:2.0 3:1.0 3:2.0 ");
    cr_expect_eq(counts.trees, 3);
    cr_expect_eq(counts.items, 6);
    cr_expect_eq(counts.kept, 6);
    cr_expect_eq(counts.failed + counts.nothing + counts.before, 0);
    for (size_t i = 0; i < 3; i++)
        cr_expect_eq(findings(i), 2);
    begin_work(2);
    work.work.maker = "other";
    cr_assert_eq(pass(1, 1), CRUX_OK);
    cr_expect_str_eq(critic.log, "0:1.0 0:2.0 0:1.1 0:2.1 ");
    done();
}

/* What is asked when answers come late is the same, each question once. */
ON_BOTH(trees, late)
{
    struct late_port *late;

    keep_trees(20);
    for (uint32_t round = 0; round < 3; round++) {
        static const char *const makers[] = {"a", "b", "c"};

        begin_work(3);
        work.work.maker = makers[round];
        late = late_port_open(&critic.port, 1, round);
        work.port = late_port_of(late);
        cr_assert_eq(pass(1 + 8 * round, 0), CRUX_OK);
        late_port_close(late);
        cr_expect_eq(critic.calls, 3 * 60);
        cr_expect_eq(counts.kept, 60);
    }
    done();
}

/* A limit of trees, those without anything to ask included. */
ON_BOTH(trees, limit)
{
    keep_trees(2);
    begin_work(1);
    cr_assert_eq(pass(4, 2), CRUX_OK);
    cr_expect_eq(counts.trees, 2);
    cr_expect_eq(findings(2), 0);
    begin_work(1);
    cr_assert_eq(pass(4, 3), CRUX_OK);
    cr_expect_eq(counts.before, 4);
    cr_expect_eq(counts.kept, 2);
    cr_expect_str_eq(critic.log, "3:1.0 3:2.0 ");
    done();
}

/* Items that have nothing to ask are done at once; trees without items are passed by. */
ON_BOTH(trees, nothing_to_ask)
{
    keep_trees(2);
    begin_work(0);
    cr_assert_eq(pass(1, 0), CRUX_OK);
    cr_expect_eq(critic.calls, 0);
    cr_expect_eq(counts.kept, 6);
    cr_assert_eq(pass(1, 0), CRUX_OK);
    cr_expect_eq(counts.items, 0);
    cr_expect_eq(counts.before, 6);
    cr_expect_eq(flushed, 1, "nothing was learnt, and something was written");
    done();
}

/* --- what is kept -------------------------------------------------------------------------------
 */

/* An item without a finding is looked at again; one that says nothing is kept, and counted. */
ON_BOTH(trees, nothing)
{
    keep_trees(4);
    begin_work(1);
    work.silent = 3;
    work.empty = 5;
    cr_assert_eq(pass(2, 0), CRUX_OK);
    cr_expect_eq(counts.nothing, 6);
    cr_expect_eq(counts.kept, 6);
    cr_expect_eq(findings(0), 3);
    begin_work(1);
    cr_assert_eq(pass(2, 0), CRUX_OK);
    cr_expect_eq(counts.items, 3);
    cr_expect_eq(findings(0), 4);
    done();
}

/* A call that failed for good: no finding, the first is told of, and the next pass asks again. */
ON_BOTH(trees, failed)
{
    keep_trees(3);
    begin_work(2);
    critic.fail_at = 10000 * 2 + 10 * 2 + 1;
    cr_assert_eq(pass(2, 0), CRUX_OK);
    cr_expect_eq(counts.failed, 1);
    cr_expect_eq(counts.kept, 8);
    cr_expect_str_eq(counts.failure, "problem b, answer 2: it would not");
    cr_expect_eq(findings(1), 2);
    begin_work(2);
    cr_assert_eq(pass(2, 0), CRUX_OK);
    cr_expect_str_eq(critic.log, "2:2.0 2:2.1 ");
    cr_expect_eq(findings(1), 3);
    cr_expect_str_eq(counts.failure, "");
    done();
}

/* What a finding stands on is kept before it: when that fails nothing is written. */
ON_BOTH(trees, flushed_first)
{
    keep_trees(2);
    begin_work(1);
    flush_fails = 1;
    cr_expect_eq(pass(1, 0), CRUX_STORE);
    cr_expect_str_eq(store_fixture.why.text, "the replies are not kept");
    for (size_t i = 0; i < 3; i++)
        cr_expect_eq(findings(i), 0);
    begin_work(1);
    cr_assert_eq(pass(1, 0), CRUX_OK);
    cr_expect_eq(counts.kept, 6);
    cr_expect_eq(findings(2), 2);
    done();
}

/* So many findings are kept at a time, in whole trees, and the rest at the end. */
ON_BOTH(trees, batches)
{
    enum { WRONG = 120 };

    keep_trees(WRONG);
    begin_work(1);
    cr_assert_eq(pass(1, 0), CRUX_OK);
    cr_expect_str_eq(flush_log, "360 ");
    begin_work(1);
    cr_expect_eq(findings(2), WRONG);
    done();
}

/* --- stopped ------------------------------------------------------------------------------------
 */

/* Stopped anywhere: whole trees are kept, none in part, and the same pass goes on. */
ON_BOTH(trees, stopped)
{
    enum { WRONG = 3, QUESTIONS = 2 };

    keep_trees(WRONG);
    for (uint32_t at = 1; at < 3 * WRONG * QUESTIONS; at++) {
        static char makers[3 * WRONG * QUESTIONS][8];
        uint64_t items = 0;

        (void)snprintf(makers[at], sizeof makers[at], "m%u", at);
        begin_work(QUESTIONS);
        work.work.maker = makers[at];
        work.stop_after = at;
        cr_assert_eq(pass(2, 0), CRUX_STOPPED);
        cr_expect_eq(counts.kept % WRONG, 0);
        cr_expect_leq(counts.kept * QUESTIONS, critic.calls);
        items = counts.kept;
        begin_work(QUESTIONS);
        work.work.maker = makers[at];
        cr_assert_eq(pass(2, 0), CRUX_OK);
        cr_expect_eq(counts.before, items);
        cr_expect_eq(counts.kept, 3 * WRONG - items);
    }
    done();
}

/* Killed: what whole batches gave is there, and the same pass goes on. */
Test(trees, killed)
{
    enum { WRONG = 150 };
    static const uint32_t kills[] = {40, 200, 320};

    keep_trees(WRONG);
    done();
    for (size_t i = 0; i < sizeof kills / sizeof *kills; i++) {
        int status;
        pid_t child = fork();

        if (child == 0) {
            store = store_fixture_open(true);
            begin_work(1);
            critic.kill_at = kills[i];
            (void)pass(4, 0);
            _exit(0);
        }
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }
    store = store_fixture_open(true);
    begin_work(1);
    cr_assert_eq(pass(4, 0), CRUX_OK);
    cr_expect_eq(counts.before, 2 * WRONG);
    cr_expect_eq(counts.kept, WRONG);
    for (size_t i = 0; i < 3; i++)
        cr_expect_eq(findings(i), WRONG);
    done();
}

/* A work that gives up ends the pass, with its words; what is open is given back. */
ON_BOTH(trees, work_fails)
{
    keep_trees(3);
    begin_work(1);
    work.fail_items = 3;
    cr_expect_eq(pass(2, 0), CRUX_INPUT);
    cr_expect_str_eq(store_fixture.why.text, "not this one");
    begin_work(1);
    work.fail_next = 3;
    cr_expect_eq(pass(2, 0), CRUX_MEMORY);
    cr_expect_str_eq(store_fixture.why.text, "no more");
    cr_expect_eq(findings(0), 0);
    done();
}

/* A finding that is not as it must be ends the pass before anything is asked. */
ON_BOTH(trees, bad_findings)
{
    const struct crux_finding finding = {.problem = 2,
                                         .about = CRUX_ABOUT_ROLLOUT,
                                         .path = 1,
                                         .maker = "test",
                                         .kind = LEARNT_LOCATION,
                                         .json = "{\"how\": \"so\"}"};

    keep_trees(2);
    cr_assert_eq(crux_store_put_findings(store, &finding, 1, &store_fixture.why), CRUX_OK);
    begin_work(1);
    cr_expect_eq(pass(1, 0), CRUX_STORE);
    assert_contains(store_fixture.why.text, "problem b: the finding location of test about");
    cr_expect_eq(findings(0), 2, "the tree before it is kept");
    done();
}

/* --- before it is asked -------------------------------------------------------------------------
 */

/* What it would take is added up, nothing is asked, and nothing is written. */
ON_BOTH(trees, estimate)
{
    struct trees_setup over = {.work = &work.work, .in_flight = 1};
    uint64_t least, most;
    struct trees *trees;

    keep_trees(3);
    begin_work(5);
    over.store = store;
    cr_assert_eq(trees_open(&trees, &over, &store_fixture.why), CRUX_OK);
    cr_assert_eq(trees_estimate(trees, &least, &most, &store_fixture.why), CRUX_OK);
    cr_expect_eq(least, 9);
    cr_expect_eq(most, 3 * (3 * 5 + 1 + 2 + 3));
    cr_expect_eq(trees_counted(trees)->trees, 3);
    cr_expect_eq(trees_counted(trees)->items, 9);
    trees_close(trees);
    cr_expect_eq(critic.calls, 0);
    cr_expect_eq(findings(0), 0);
    done();
}

/* A store of which no tree is finished. */
ON_BOTH(trees, none)
{
    store = store_fixture_begin();
    begin_work(1);
    cr_assert_eq(pass(1, 0), CRUX_OK);
    cr_expect_eq(counts.trees, 0);
    done();
}

/* --- items that wait for each other -------------------------------------------------------------
 */

/* All paths of a tree ask nothing and wait for the first. */
static int next_or_wait(struct trees_work *self, struct trees_item *item,
                        struct passes_question **out, struct crux_error *error)
{
    const struct item *first = (struct item *)(void *)item->of->items;

    if (item->rollout == 1)
        return next_question(self, item, out, error);
    return first->answered == work.questions ? CRUX_END : CRUX_PENDING;
}

static int wake_the_other(struct trees_work *self, struct trees_item *item,
                          struct passes_question *question, int status, struct crux_error *error)
{
    for (struct trees_item *other = item->next; other != NULL; other = other->next)
        trees_wake(other);
    return answer_came(self, item, question, status, error);
}

ON_BOTH(trees, woken)
{
    keep_trees(2);
    begin_work(3);
    work.work.next = next_or_wait;
    work.work.answered = wake_the_other;
    cr_assert_eq(pass(1, 0), CRUX_OK);
    cr_expect_str_eq(critic.log, "0:1.0 0:1.1 0:1.2 2:1.0 2:1.1 2:1.2 3:1.0 3:1.1 3:1.2 ");
    cr_expect_eq(counts.kept, 6);
    done();
}

/* A port that answers when so many calls wait, and then each call. */
struct gate {
    struct crux_port port;
    struct crux_call *waiting[8];
    uint32_t count, opens_at;
};

static int gate_ask(struct crux_port *port, struct crux_call *call)
{
    struct gate *gate = (struct gate *)(void *)port;

    gate->waiting[gate->count++] = call;
    while (gate->count >= gate->opens_at) {
        for (uint32_t i = 0; i < gate->opens_at; i++) {
            gate->waiting[i]->reply = (struct crux_reply){.count = 1, .scores = &half};
            cr_assert(crux_complete(gate->waiting[i], gate->waiting[i]->ticket, CRUX_DONE));
        }
        gate->count = 0;
        gate->opens_at = 1;
    }
    return CRUX_PENDING;
}

/* No tree is opened while twice as many paths are open as questions may be in flight, though fewer
 * are: others wait. */
ON_BOTH(trees, window)
{
    static const struct {
        uint32_t in_flight, opens_at, open;
        const char *maker;
    } windows[] = {{1, 1, 3, "a"}, {3, 2, 6, "b"}, {5, 3, 9, "c"}};

    keep_trees(3);
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        struct gate gate = {.port = {.name = "gate", .ask = gate_ask},
                            .opens_at = windows[i].opens_at};

        begin_work(1);
        work.work.maker = windows[i].maker;
        work.work.next = next_or_wait;
        work.work.answered = wake_the_other;
        work.port = &gate.port;
        cr_assert_eq(pass(windows[i].in_flight, 0), CRUX_OK);
        cr_expect_eq(work.most_open, windows[i].open);
        cr_expect_eq(work.open, 0);
    }
    done();
}
