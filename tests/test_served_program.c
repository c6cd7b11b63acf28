/*
 * test_served_program.c - what served.h promises, of a backend that is a program.
 *
 * Equal questions in flight are one, limits hold, a cancelled question ends, every verb is
 * answered, and a key is what it has always been. The program is a shell script of a few lines
 * that writes down what it was asked.
 */
#include "critics/crux_critics.h"
#include "io/account.h"
#include "io/hash.h"
#include "io/ledger/ledger.h"
#include "io/served/served.h"
#include "tests/world/port_fixture.h"
#include "tests/world/sample.h"
#include "tests/world/store_fixture.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CALLS = 4 };

#define SECOND_NS INT64_C(1000000000)

/* Answers a line with its seed, but not those whose problem says so; "go" lets go of all. */
static const char script[] =
    "import json, sys\n"
    "asked = open(sys.argv[1] + '/asked', 'a')\n"
    "held = []\n"
    "def answer(call):\n"
    "    op, n = call['op'], call.get('n', 0)\n"
    "    reply = {'id': call['id'], 'prompt_tokens': 3, 'completion_tokens': 2, 'price': 5}\n"
    "    if op == 'propose': reply['steps'] = ['%d' % call['seed']]\n"
    "    if call['problem']['problem'] == 'bad': reply = {'id': call['id'], 'steps': 'none'}\n"
    "    if op == 'score': reply['scores'] = [len(text) / 10 for text in call['candidates']]\n"
    "    if op == 'judge': reply['outcomes'] = [{'verdict': 'right' if text.endswith('24') else\n"
    "        'wrong', 'answer': text.split()[-1]} for text in call['candidates']]\n"
    "    if op == 'annotate': reply['note'] = {'first_error': call['prefix'],\n"
    "        'text': call['wrong'][-1] + ', not ' + call['right'][-1]}\n"
    "    print(json.dumps(reply), flush=True)\n"
    "for line in sys.stdin:\n"
    "    print(line, end='', file=asked, flush=True)\n"
    "    call = json.loads(line)\n"
    "    word = call['problem']['problem']\n"
    "    if word == 'never': continue\n"
    "    held.append(call)\n"
    "    if word == 'hold': continue\n"
    "    for call in held: answer(call)\n"
    "    held = []\n";

static const struct crux_problem go = {.id = "go", .prompt = "go"};
static const struct crux_problem hold = {.id = "hold", .prompt = "hold"};
static const struct crux_problem bad = {.id = "bad", .prompt = "bad"};
static const struct crux_problem never = {.id = "never", .prompt = "never"};

static struct ledger *ledger;
static struct account *account;
static struct served *served;
static struct served_program *program;
static struct crux_port port;
static struct port_fixture *askers[CALLS];
static struct crux_error why;

/* --- fixture ----------------------------------------------------------------------------- */

static int ask(struct crux_port *self, struct crux_call *call)
{
    (void)self;
    return served_program_ask(program, call);
}

static void cancel(struct crux_port *self, struct crux_call *call)
{
    (void)self;
    served_program_cancel(program, call);
}

static void release(struct crux_port *self, struct crux_reply *reply)
{
    (void)self;
    served_program_release(reply);
}

static void open_program(struct account_limits limits, uint32_t in_flight)
{
    static _Atomic uint32_t limit;
    char command[400];
    struct served_options options = {
        .name = "process",
        .program = {.command = command, .silence_ns = 60 * SECOND_NS, .in_flight = &limit}};

    limit = in_flight;
    (void)snprintf(command, sizeof command, "exec python3 %s %s", sample_path("program.py"),
                   sample_path(""));
    cr_assert_eq(account_open(&account, &limits, &why), CRUX_OK);
    cr_assert_eq(ledger_open(&ledger, NULL, &why), CRUX_OK);
    options.ledger = ledger;
    options.account = account;
    cr_assert_eq(served_open(&served, &options, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(served_program_on(&program, served, &why), CRUX_OK);
    port = (struct crux_port){"process", false, ask, cancel, release, NULL};
}

static void set_up(void)
{
    (void)sample_folder();
    (void)sample_file("program.py", script, sizeof script - 1);
    for (int i = 0; i < CALLS; i++)
        askers[i] = port_fixture_open();
}

static void tear_down(void)
{
    served_program_close(program);
    served_close(served);
    ledger_close(ledger);
    account_close(account);
    for (int i = 0; i < CALLS; i++)
        port_fixture_close(askers[i]);
    sample_folder_remove();
}

TestSuite(served_program, .init = set_up, .fini = tear_down, .timeout = 60);

static int sent[CALLS];

/* It may be answered before the asking has returned. */
static void propose(int which, const struct crux_problem *problem, uint64_t seed)
{
    struct crux_call call = {.verb = CRUX_PROPOSE,
                             .kind = CRUX_STEP,
                             .count = 1,
                             .seed = seed << 11,
                             .state = {.problem = problem}};

    sent[which] = port_fixture_send(askers[which], &port, &call);
}

static int end_of(int which)
{
    return sent[which] == CRUX_PENDING ? port_fixture_wait(askers[which]) : sent[which];
}

static void assert_proposed(int which, const char *text)
{
    const struct crux_reply *reply = &port_fixture_call(askers[which])->reply;

    cr_assert_eq(end_of(which), CRUX_DONE, "%s", reply->sentence);
    cr_assert_str_eq(reply->proposals[0].text, text);
    port_fixture_release(askers[which]);
}

/* The lines that the program has read. */
static uint32_t lines_asked(void)
{
    FILE *file = fopen(sample_path("asked"), "r");
    uint32_t count = 0;
    int c;

    while (file != NULL && (c = fgetc(file)) != EOF)
        count += c == '\n';
    if (file != NULL)
        (void)fclose(file);
    return count;
}

static void wait_for_lines(uint32_t count)
{
    const struct timespec moment = {0, 5000000};

    while (lines_asked() < count)
        (void)nanosleep(&moment, NULL);
}

/* --- promises ---------------------------------------------------------------------------- */

/* Two equal questions in flight are one line, one call of the account, and two answers. */
Test(served_program, equal_questions_are_one_request)
{
    struct account_sum paid;
    struct served_view view;

    open_program((struct account_limits){.calls = 0}, 0);
    propose(0, &hold, 7);
    propose(1, &hold, 7);
    propose(2, &go, 8);
    assert_proposed(0, "7");
    assert_proposed(1, "7");
    assert_proposed(2, "8");
    cr_assert_eq(lines_asked(), 2);
    account_look(account, &paid, NULL);
    cr_assert_eq(paid.calls, 2);
    cr_assert_eq(paid.price, 10);
    served_look(served, &view);
    cr_assert_eq(view.shared, 1);
}

/* A call beyond the limit of the account is not made, and the run ends with it. */
Test(served_program, a_limit_on_calls_holds)
{
    open_program((struct account_limits){.calls = 2}, 0);
    for (int i = 0; i < 2; i++) {
        propose(i, &go, (uint64_t)i);
        assert_proposed(i, i == 0 ? "0" : "1");
    }
    propose(2, &go, 2);
    cr_assert_eq(end_of(2), CRUX_CANCELLED);
    cr_assert_eq(account_reason(account, &why), CRUX_LIMIT);
    cr_assert_eq(lines_asked(), 2);
}

/* A reply that is not as it must be was a call, too, and counts against the limit. */
Test(served_program, bad_replies_are_booked)
{
    struct account_sum paid;

    open_program((struct account_limits){.calls = 2}, 0);
    for (int i = 0; i < 3; i++) {
        propose(i, &bad, (uint64_t)i);
        cr_assert_eq(end_of(i), i < 2 ? CRUX_FAILED : CRUX_CANCELLED);
    }
    account_look(account, &paid, NULL);
    cr_assert_eq(paid.calls, 2U);
    cr_assert_eq(paid.samples, 0U);
    cr_assert_eq(account_reason(account, &why), CRUX_LIMIT);
    cr_assert_eq(lines_asked(), 2);
}

/* The program has no more questions before it than its own limit says. */
Test(served_program, its_own_limit_in_flight_holds)
{
    struct account_sum paid;

    open_program((struct account_limits){.calls = 0}, 1);
    propose(0, &never, 1);
    wait_for_lines(1);
    propose(1, &go, 2);
    (void)nanosleep(&(struct timespec){0, 100000000}, NULL);
    cr_assert_eq(lines_asked(), 1);
    cancel(&port, port_fixture_call(askers[1])); /* it has not been sent: nothing is owed */
    cr_assert_eq(end_of(1), CRUX_CANCELLED);
    cancel(&port, port_fixture_call(askers[0]));
    cr_assert_eq(end_of(0), CRUX_CANCELLED);
    account_look(account, &paid, NULL);
    cr_assert_eq(paid.calls, 1U); /* the program may have worked on that one */
}

/* When the one who asked is called off, the one who waited for the same asks anew. */
Test(served_program, who_waits_takes_over)
{
    open_program((struct account_limits){.calls = 0}, 0);
    propose(0, &hold, 7);
    wait_for_lines(1);
    propose(1, &hold, 7);
    cancel(&port, port_fixture_call(askers[0]));
    cr_assert_eq(end_of(0), CRUX_CANCELLED);
    wait_for_lines(2);
    propose(2, &go, 8);
    assert_proposed(1, "7");
    assert_proposed(2, "8");
}

/* So does one who waited for a call that waited for room in the account; and as the one that had
 * the room may have cost a call, it hears that there is none for it. */
Test(served_program, who_waits_for_room_takes_over)
{
    open_program((struct account_limits){.calls = 1}, 0);
    propose(0, &never, 1);
    wait_for_lines(1);
    propose(1, &go, 7);
    propose(2, &go, 7);
    cancel(&port, port_fixture_call(askers[1]));
    cr_assert_eq(end_of(1), CRUX_CANCELLED);
    cancel(&port, port_fixture_call(askers[0]));
    cr_assert_eq(end_of(0), CRUX_CANCELLED);
    cr_assert_eq(end_of(2), CRUX_CANCELLED);
    cr_assert_not_null(strstr(port_fixture_call(askers[2])->reply.sentence, "limit of 1 calls"));
}

/* --- deadlines --------------------------------------------------------------------------- */

static struct process_answer ended;
static _Atomic uint32_t ends;

static void end_request(void *context, const struct process_answer *answer)
{
    (void)context;
    ended = *answer;
    ends++;
}

/* A request that is late ends soon, with that status, and its answer is nobody's. */
Test(served_program, late_requests_end)
{
    const struct process_options options = {.command = "sleep 1; head -1; cat >/dev/null",
                                            .silence_ns = 60 * SECOND_NS};
    static const char line[] = PROCESS_HEAD " \"late\": true}\n";
    struct process_request request = {.line = line, .length = sizeof line - 1, .done = end_request};
    struct process *process;
    struct timespec now;
    uint64_t number;

    cr_assert_eq(process_open(&process, "late", &options, &why), CRUX_OK);
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    request.deadline_ns = now.tv_sec * SECOND_NS + now.tv_nsec + SECOND_NS / 10;
    cr_assert_eq(process_submit(process, &request, &number, &why), CRUX_OK);
    while (ends == 0)
        (void)nanosleep(&(struct timespec){0, 1000000}, NULL);
    cr_assert_eq(ended.end, PROCESS_LATE);
    process_cancel(process, number);
    (void)nanosleep(&(struct timespec){1, 200000000}, NULL);
    cr_assert_eq(ends, 1);
    process_close(process);
}

static void count_end(void *context, const struct process_answer *answer)
{
    atomic_uint *count = context;

    (void)atomic_fetch_add(&count[answer->end], 1);
}

static void await_ends(atomic_uint *end, unsigned count)
{
    while (atomic_load(end) < count)
        (void)sched_yield();
}

/* Held, requests are not written to the program; let go, they are answered. Dropped, those that
 * were not written end, and no more are taken. */
Test(served_program, held_requests_wait)
{
    static const char line[] = PROCESS_HEAD " \"x\": 1}\n";
    const struct process_options options = {.command = "cat", .silence_ns = 60000000000};
    atomic_uint by_end[PROCESS_CANCELLED + 1] = {0};
    struct process_request request = {
        .line = line, .length = sizeof line - 1, .done = count_end, .context = by_end};
    struct process *process;
    uint64_t number;

    cr_assert_eq(process_open(&process, "held", &options, &why), CRUX_OK);
    process_hold(process, PROCESS_HELD);
    for (int i = 0; i < 5; i++)
        cr_assert_eq(process_submit(process, &request, &number, &why), CRUX_OK);
    process_hold(process, PROCESS_GOES);
    await_ends(&by_end[PROCESS_ANSWERED], 5);
    process_hold(process, PROCESS_HELD);
    for (int i = 0; i < 5; i++)
        cr_assert_eq(process_submit(process, &request, &number, &why), CRUX_OK);
    cr_expect_eq(atomic_load(&by_end[PROCESS_ANSWERED]), 5);
    process_hold(process, PROCESS_DROPS);
    cr_expect_eq(atomic_load(&by_end[PROCESS_CANCELLED]), 5);
    cr_expect_eq(process_submit(process, &request, &number, &why), CRUX_CANCELLED);
    process_close(process);
    cr_expect_eq(atomic_load(&by_end[PROCESS_ANSWERED]), 5);
}

/* --- critics ----------------------------------------------------------------------------- */

static struct crux_critic *open_critic(enum crux_role role)
{
    struct crux_critic *critic = NULL;
    char description[400];

    (void)snprintf(description, sizeof description, "process:exec python3 %s %s",
                   sample_path("program.py"), sample_path(""));
    cr_assert_eq(crux_critic_open(&critic, role, description, NULL, &why), CRUX_OK, "%s", why.text);
    return critic;
}

static const struct crux_step steps[] = {{.text = "20 + 4", .length = 6, .depth = 1},
                                         {.text = "= 24", .length = 4, .depth = 1}};

/* A program may be the judge of complete answers. */
Test(served_program, a_program_judges)
{
    const struct crux_step answers[] = {
        {.previous = &steps[0], .text = "is 24", .length = 5, .depth = 2},
        {.previous = &steps[0], .text = "is 25", .length = 5, .depth = 2}};
    struct crux_critic *critic = open_critic(CRUX_ROLE_OUTCOME);
    const struct crux_reply *reply = &port_fixture_call(askers[0])->reply;
    struct crux_call call = {.verb = CRUX_JUDGE,
                             .count = 2,
                             .candidates = answers,
                             .state = {.problem = &go, .last = &steps[0], .depth = 1}};

    cr_assert_eq(port_fixture_ask(askers[0], &critic->port, &call), CRUX_DONE, "%s",
                 reply->sentence);
    cr_assert_eq(reply->outcomes[0].verdict, CRUX_RIGHT);
    cr_assert_str_eq(reply->outcomes[0].answer, "24");
    cr_assert_eq(reply->outcomes[1].verdict, CRUX_WRONG);
    cr_assert_float_eq(reply->outcomes[1].reward, 0.0, 0.0);
    port_fixture_release(askers[0]);
    crux_critic_close(critic);
}

/* A program may score candidates, as execution or as value critic. */
Test(served_program, a_program_scores)
{
    struct crux_critic *critic = open_critic(CRUX_ROLE_VALUE);
    const struct crux_reply *reply = &port_fixture_call(askers[0])->reply;
    struct crux_call call = {
        .verb = CRUX_SCORE, .count = 2, .candidates = steps, .state = {.problem = &go}};

    cr_assert_eq(port_fixture_ask(askers[0], &critic->port, &call), CRUX_DONE, "%s",
                 reply->sentence);
    cr_assert_float_eq(reply->scores[0], 0.6, 1e-9);
    cr_assert_float_eq(reply->scores[1], 0.4, 1e-9);
    port_fixture_release(askers[0]);
    crux_critic_close(critic);
}

/* A program may write the note about a pair of paths. */
Test(served_program, a_program_annotates)
{
    const struct crux_node nodes[] = {{.parent = CRUX_NO_NODE, .text = ""},
                                      {.parent = 0, .depth = 1, .text = "a"}};
    const struct crux_rollout rollouts[] = {{.node = 1, .text = "b"}, {.node = 1, .text = "c"}};
    const struct crux_pair pair = {.wrong = 0, .right = 1, .prefix = 1};
    const struct crux_tree tree = {
        .node_count = 2, .rollout_count = 2, .nodes = nodes, .rollouts = rollouts};
    struct crux_critic *critic = open_critic(CRUX_ROLE_ANNOTATE);
    const struct crux_reply *reply = &port_fixture_call(askers[0])->reply;
    struct crux_call call = {
        .verb = CRUX_ANNOTATE, .count = 1, .tree = &tree, .pair = &pair, .state = {.problem = &go}};

    cr_assert_eq(port_fixture_ask(askers[0], &critic->port, &call), CRUX_DONE, "%s",
                 reply->sentence);
    cr_assert_eq(reply->note->first_error, 1);
    cr_assert_str_eq(reply->note->text, "b, not c");
    port_fixture_release(askers[0]);
    crux_critic_close(critic);
}

/* --- keys -------------------------------------------------------------------------------- */

/* The key of a reply has not changed since the first program was asked: SHA-256 of name, command
 * and line. The figure was computed by another program. */
Test(served_program, keys_are_those_of_yesterday)
{
    static const char line[] = "{\"id\": 0, \"op\": \"propose\"}\n";
    const struct http_piece same = {line, sizeof line - 1};
    const struct served_question question = {.same = &same, .same_count = 1, .count = 1};
    const struct served_options options = {.name = "process",
                                           .program = {.command = "cat", .silence_ns = SECOND_NS}};
    unsigned char key[SERVED_KEY];
    char hex[HASH_HEX];

    cr_assert_eq(served_open(&served, &options, &why), CRUX_OK, "%s", why.text);
    served_key(served, &question, 0, key);
    hash_text(key, hex);
    cr_assert_str_eq(hex, "b75d52b8a84d0ec5e0db7c7c0ad49b8cbeaa4ec7c96adae63eea86b661552fd4");
}
