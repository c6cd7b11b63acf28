/*
 * test_asking.c - what crux.h promises of one asking of a port, for any caller.
 */
#include "critics/crux_critics.h"
#include "tests/world/late_port.h"
#include "tests/world/port_fixture.h"
#include "tests/world/panel.h"
#include "tests/world/search_fixture.h"

#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define ASKED 64u

TestSuite(asking, .timeout = 60);

static const struct crux_problem problem = {
    .id = "p", .prompt = "say words", .line = "{\"id\": \"p\", \"problem\": \"say words\"}"};

/* --- one call --------------------------------------------------------------------------- */

/* A port that answers when the test says so. */
struct slow_port {
    struct crux_port port;
    struct crux_call *call;
    uint32_t cancelled;
};

static int slow_ask(struct crux_port *port, struct crux_call *call)
{
    ((struct slow_port *)(void *)port)->call = call;
    return CRUX_PENDING;
}

static void slow_cancel(struct crux_port *port, struct crux_call *call)
{
    ((struct slow_port *)(void *)port)->cancelled++;
    (void)crux_complete(call, call->ticket, CRUX_CANCELLED);
}

static struct slow_port slow_port(void)
{
    return (struct slow_port){{"slow", false, slow_ask, slow_cancel, NULL, NULL}, NULL, 0};
}

struct counted {
    struct crux_asking asking;
    uint32_t answers;
    int status;
};

static void counted_answered(struct crux_asking *asking, int status)
{
    struct counted *counted = (struct counted *)(void *)asking;

    counted->answers++;
    counted->status = status;
}

/* answered() is called once, with the status; a second answer and a stale one are turned away. */
Test(asking, it_is_answered_once)
{
    struct slow_port port = slow_port();
    struct counted counted = {.asking.answered = counted_answered};
    uint64_t ticket;

    cr_assert_eq(crux_ask(&port.port, &counted.asking), CRUX_PENDING);
    ticket = port.call->ticket;
    cr_assert_not(crux_complete(port.call, ticket + 1, CRUX_FAILED));
    cr_assert(crux_complete(port.call, ticket, CRUX_FAILED));
    cr_assert_not(crux_complete(port.call, ticket, CRUX_DONE));
    cr_assert_eq(counted.answers, 1);
    cr_assert_eq(counted.status, CRUX_FAILED);
}

/* A record may ask again; the answer to the call before is not taken for the new one's. */
Test(asking, a_record_asks_again)
{
    struct slow_port port = slow_port();
    struct counted counted = {.asking.answered = counted_answered};
    uint64_t first;

    (void)crux_ask(&port.port, &counted.asking);
    first = port.call->ticket;
    (void)crux_complete(port.call, first, CRUX_FAILED);
    cr_assert_eq(crux_ask(&port.port, &counted.asking), CRUX_PENDING);
    cr_assert_not(crux_complete(port.call, first, CRUX_DONE));
    crux_cancel(&counted.asking);
    cr_assert_eq(counted.answers, 2);
    cr_assert_eq(counted.status, CRUX_CANCELLED);
}

/* Cancelling reaches the port while the call is pending, and not after. */
Test(asking, only_pending_calls_are_cancelled)
{
    struct slow_port port = slow_port();
    struct counted counted = {.asking.answered = counted_answered};

    crux_cancel(&counted.asking);
    (void)crux_ask(&port.port, &counted.asking);
    crux_cancel(&counted.asking);
    crux_cancel(&counted.asking);
    cr_assert_eq(port.cancelled, 1);
}

/* --- many at once ------------------------------------------------------------------------- */

static void ask_all(struct port_fixture **askers, struct crux_port *port,
                    const struct crux_call *call)
{
    for (uint32_t i = 0; i < ASKED; i++) {
        askers[i] = port_fixture_open();
        cr_assert_neq(port_fixture_send(askers[i], port, call), CRUX_FAILED);
    }
}

static void release_all(struct port_fixture **askers)
{
    for (uint32_t i = 0; i < ASKED; i++) {
        cr_assert_eq(port_fixture_wait(askers[i]), CRUX_DONE);
        port_fixture_release(askers[i]);
        port_fixture_close(askers[i]);
    }
}

/* A critic that asks two others late answers 64 questions at once, with the mean of both. */
Test(asking, a_critic_asks_others)
{
    static const struct crux_step step = {.text = "w1", .length = 2, .depth = 1};
    const struct world_script script = {.branching = 8, .depth = 3, .right_of = 4};
    struct world world;
    struct late_port *late[2];
    struct crux_critic *panel;
    struct port_fixture *askers[ASKED];
    struct crux_call call = {
        .verb = CRUX_SCORE, .count = 1, .candidates = &step, .state = {.problem = &problem}};

    world_open(&world, &script);
    for (uint32_t i = 0; i < 2; i++)
        late[i] = late_port_open(&world.execution.port, 2, i);
    panel = panel_open(late_port_of(late[0]), late_port_of(late[1]));
    ask_all(askers, &panel->port, &call);
    release_all(askers);
    cr_assert_eq(atomic_load(&world.scored), 2 * ASKED);
    for (int i = 0; i < 2; i++)
        late_port_close(late[i]);
    crux_critic_close(panel);
    cr_assert_eq(atomic_load(&world.outstanding), 0);
}

/* An annotator that needs a second for each has 64 questions out at once. */
Test(asking, an_annotator_takes_a_second)
{
    static const struct crux_node root = {.parent = CRUX_NO_NODE, .text = ""};
    static const struct crux_rollout wrong = {.text = "no", .answer = "", .verdict = CRUX_WRONG};
    static const struct crux_pair pair = {.wrong = 0};
    const struct crux_tree tree = {.problem = &problem,
                                   .node_count = 1,
                                   .nodes = &root,
                                   .rollout_count = 1,
                                   .rollouts = &wrong,
                                   .pair_count = 1,
                                   .pairs = &pair};
    struct crux_call call = {.verb = CRUX_ANNOTATE,
                             .count = 1,
                             .tree = &tree,
                             .pair = &pair,
                             .state = {.problem = &problem}};
    struct crux_critic *inner = NULL, *scribe;
    struct crux_error error;
    struct port_fixture *askers[ASKED];

    cr_assert_eq(crux_critic_open(&inner, CRUX_ROLE_ANNOTATE, "numbers", NULL, &error), CRUX_OK);
    scribe = scribe_open(inner, 1000000000);
    ask_all(askers, &scribe->port, &call);
    cr_assert_eq(scribe_most(scribe), ASKED);
    release_all(askers);
    crux_critic_close(scribe);
    crux_critic_close(inner);
}

/* --- in a search ---------------------------------------------------------------------------- */

static int note_of_prefix(struct crux_port *port, struct crux_call *call)
{
    static const struct crux_note note = {
        .text = "it parts here", .error_type = "parting", .corrected_step = "", .method = ""};
    struct crux_note *own = malloc(sizeof *own);

    (void)port;
    *own = note;
    own->first_error = call->pair->prefix;
    call->reply = (struct crux_reply){.note = own, .owner = own, .completion_tokens = 3};
    return CRUX_DONE;
}

static void free_note(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free(reply->owner);
}

struct noted {
    uint32_t pairs, notes;
};

static void count_notes(struct search_fixture *fixture, const struct crux_tree *tree)
{
    struct noted *noted = fixture->context;

    for (uint32_t i = 0; i < tree->pair_count; i++) {
        noted->pairs++;
        noted->notes += strcmp(tree->pairs[i].critique, "it parts here") == 0;
    }
}

static uint64_t digest_with(struct crux_critic *annotator, struct noted *noted)
{
    struct search_fixture fixture = search_fixture_of(WORLD_LATE);

    fixture.setup.critics[CRUX_ROLE_ANNOTATE] = annotator;
    fixture.setup.in_flight = 4;
    fixture.setup.order = CRUX_ORDER_ISSUED;
    fixture.look = count_notes;
    fixture.context = noted;
    search_fixture_run(&fixture);
    cr_assert_eq(fixture.status, CRUX_OK, "%s", fixture.error.text);
    cr_assert_null(search_fixture_fault(&fixture), "%s", search_fixture_fault(&fixture));
    return atomic_load(&fixture.sink.digest);
}

/* A search whose annotator answers late ends in the trees of one that answers at once. */
Test(asking, trees_wait_for_late_notes)
{
    struct crux_critic at_once = {{"at-once", true, note_of_prefix, NULL, free_note, NULL},
                                  1u << CRUX_ANNOTATE,
                                  false,
                                  false,
                                  false};
    struct crux_critic *scribe = scribe_open(&at_once, 200000);
    struct noted noted[2] = {{0, 0}, {0, 0}};

    cr_assert_eq(digest_with(scribe, &noted[0]), digest_with(&at_once, &noted[1]));
    cr_assert_gt(noted[0].pairs, 0);
    cr_assert_eq(noted[0].notes, noted[0].pairs);
    cr_assert_eq(noted[0].notes, noted[1].notes);
    crux_critic_close(scribe);
}

/* An annotator that keeps every call until it is cancelled; or stops the search and has another
 * answer. */
struct hanging {
    struct crux_critic critic;
    struct crux_critic *inner; /* NULL: it answers none */
    struct search_fixture *fixture;
    _Atomic uint32_t asked, cancelled;
};

static int hang(struct crux_port *port, struct crux_call *call)
{
    struct hanging *hanging = (struct hanging *)(void *)port;

    atomic_fetch_add(&hanging->asked, 1);
    if (hanging->inner == NULL)
        return CRUX_PENDING;
    crux_stop(hanging->fixture->search);
    return hanging->inner->port.ask(&hanging->inner->port, call);
}

static void unhang(struct crux_port *port, struct crux_call *call)
{
    struct hanging *hanging = (struct hanging *)(void *)port;

    atomic_fetch_add(&hanging->cancelled, 1);
    if (hanging->inner == NULL)
        (void)crux_complete(call, call->ticket, CRUX_CANCELLED);
}

static void hang_in(struct hanging *hanging, struct search_fixture *fixture,
                    struct crux_critic *inner)
{
    *fixture = search_fixture_of(WORLD_INSTANT);
    *hanging = (struct hanging){
        {{"hanging", false, hang, unhang, NULL, NULL}, 1u << CRUX_ANNOTATE, false, false, false},
        inner,
        fixture,
        0,
        0};
    fixture->setup.critics[CRUX_ROLE_ANNOTATE] = &hanging->critic;
}

/* crux_stop() waits for the notes in flight: they have been asked for. */
Test(asking, a_stop_waits_for_notes)
{
    struct crux_critic at_once = {{"at-once", true, note_of_prefix, NULL, free_note, NULL},
                                  1u << CRUX_ANNOTATE,
                                  false,
                                  false,
                                  false};
    struct crux_critic *scribe = scribe_open(&at_once, 20000000);
    struct hanging hanging;
    struct search_fixture fixture;

    hang_in(&hanging, &fixture, scribe);
    hanging.critic.port.release = free_note;
    search_fixture_run(&fixture);
    cr_assert_eq(fixture.status, CRUX_STOPPED, "%s", fixture.error.text);
    cr_assert_gt(atomic_load(&hanging.asked), 0);
    cr_assert_eq(atomic_load(&hanging.cancelled), 0);
    crux_critic_close(scribe);
}

/* A note that has not come before the deadline of its call is given up. */
Test(asking, a_note_has_a_deadline)
{
    struct hanging hanging;
    struct search_fixture fixture;

    hang_in(&hanging, &fixture, NULL);
    fixture.setup.deadline_ns = 20000000;
    search_fixture_run(&fixture);
    cr_assert_eq(fixture.status, CRUX_OK, "%s", fixture.error.text);
    cr_assert_gt(atomic_load(&hanging.asked), 0);
    cr_assert_eq(atomic_load(&hanging.cancelled), atomic_load(&hanging.asked));
    cr_assert_eq(fixture.view.unnoted, atomic_load(&hanging.asked));
}
