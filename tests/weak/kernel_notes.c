/*
 * kernel_notes.c - protocol: a tree that is done waits for late answers of an annotator as a
 * record (finish/finish.h).
 *
 * One right and one wrong answer make a pair; the annotator's answer about it comes from another
 * thread. A worker may look before the notice, at the notice or for no reason at all. Asserted: the
 * answer is taken whole (else it is a race) and reaches the tree; the run ends.
 */
#include "tests/weak/one_problem.h"

#include <semaphore.h>

static struct crux_call *call;
static uint64_t ticket;
static sem_t waiting;

static int propose(struct crux_port *port, struct crux_call *question)
{
    static const struct crux_proposal right = {.text = "24"}, wrong = {.text = "23"};

    (void)port;
    question->reply =
        (struct crux_reply){.count = 1, .proposals = question->sample == 0 ? &right : &wrong};
    return CRUX_DONE;
}

static int judge_answer(struct crux_port *port, struct crux_call *question)
{
    static const struct crux_outcome right = {1.0, CRUX_RIGHT, "24"},
                                     wrong = {0.0, CRUX_WRONG, "23"};

    (void)port;
    question->reply = (struct crux_reply){
        .count = 1, .outcomes = strcmp(question->candidates[0].text, "24") == 0 ? &right : &wrong};
    return CRUX_DONE;
}

static int annotate_late(struct crux_port *port, struct crux_call *question)
{
    (void)port;
    call = question;
    ticket = question->ticket;
    (void)sem_post(&waiting);
    return CRUX_PENDING;
}

static void open_with_annotator(uint32_t workers)
{
    static struct crux_policy policy = {.port = {"two", true, propose, NULL, NULL, NULL}};
    static struct crux_critic outcome = {
        {"judge", true, judge_answer, NULL, NULL, NULL}, 1u << CRUX_JUDGE, false, false, false};
    static struct crux_critic annotator = {
        {"late", false, annotate_late, NULL, NULL, NULL}, 1u << CRUX_ANNOTATE, false, false, false};
    struct crux_setup setup = crux_setup_default();

    (void)sem_init(&waiting, 0, 0);
    noted = false;
    setup.calls = 2;
    setup.per_tree = setup.open_trees = 1;
    setup.workers = workers;
    setup.critics[CRUX_ROLE_OUTCOME] = &outcome;
    setup.critics[CRUX_ROLE_ANNOTATE] = &annotator;
    open_search(&policy, setup);
}

static void answer(uint32_t thread)
{
    static const struct crux_note note = {
        .text = "here", .error_type = "", .corrected_step = "", .method = ""};

    (void)thread;
    (void)sem_wait(&waiting);
    call->reply = (struct crux_reply){.note = &note};
    weak_expect(crux_complete(call, ticket, CRUX_DONE), "the answer is taken");
}

static void judge(uint32_t what)
{
    (void)what;
    weak_expect(ended_with == CRUX_OK && finished == 1 && settled == 2, "the run ends");
    weak_expect(noted, "with the critique");
    crux_close(search);
}

static const struct weak_scene scenes[] = {
    {"one worker", 1, open_with_annotator, {run_search, answer}, judge, WEAK_ALL, WEAK_ALWAYS},
    {"two workers", 2, open_with_annotator, {run_search, answer}, judge, 1, WEAK_ALWAYS},
    {"two workers, two preemptions",
     2,
     open_with_annotator,
     {run_search, answer},
     judge,
     2,
     WEAK_ONCE},
    {0},
};
WEAK_MAIN(scenes)
