/*
 * test_process.c - programs of the user's own as a policy: in any order, in any state.
 *
 * The program is one Python script with a mode for each way to behave.
 */
#include "policies/crux_policies.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/world/port_fixture.h"
#include "tests/world/sample.h"

enum { CALLS = 8 };

/* --- the program ------------------------------------------------------------------------ */

static const char script[] =
    "import json, os, sys, time\n"
    "mode, folder = sys.argv[1:3]\n"
    "def put(text): print(text, flush=True)\n"
    "def answer(call): put(json.dumps({'id': call['id'], 'steps': ['%d' % call['seed']]}))\n"
    "def first_life():\n"
    "    there = os.path.exists(folder + '/lived')\n"
    "    open(folder + '/lived', 'w').close()\n"
    "    return not there\n"
    "fresh = mode == 'reborn' and first_life()\n"
    "waiting = []\n"
    "for line in sys.stdin:\n"
    "    call = json.loads(line)\n"
    "    poisoned = call['problem']['problem'] == 'poison'\n"
    "    if mode == 'reverse':\n"
    "        waiting.append(call)\n"
    "        if len(waiting) == 8:\n"
    "            for call in reversed(waiting): answer(call)\n"
    "            waiting = []\n"
    "        continue\n"
    "    if mode == 'chatter':\n"
    "        put('thinking ...')\n"
    "        put('{\"id\": 12345678, \"steps\": []}')\n"
    "        put('{\"steps\": []}')\n"
    "        put('[]')\n"
    "        put('')\n"
    "        answer(call)\n"
    "        answer(call)\n"
    "        continue\n"
    "    if mode == 'reborn' and fresh:\n"
    "        waiting.append(call)\n"
    "        if len(waiting) == 4: answer(waiting[0]); os._exit(1)\n"
    "        continue\n"
    "    if mode == 'poison' and poisoned: sys.exit('it tastes bad')\n"
    "    if mode == 'error': put(json.dumps({'id': call['id'], 'error': 'no\\nidea'})); continue\n"
    "    if mode == 'shape': put(json.dumps({'id': call['id'], 'steps': 5})); continue\n"
    "    if mode == 'silent' and poisoned: continue\n"
    "    if mode == 'long' and poisoned: put('x' * 100000000); continue\n"
    "    if mode == 'gone': sys.exit(3)\n"
    "    if mode == 'hold':\n"
    "        waiting.append(call)\n"
    "        if poisoned:\n"
    "            for call in waiting: answer(call)\n"
    "        continue\n"
    "    answer(call)\n";

static struct crux_policy *policy;
static struct port_fixture *askers[CALLS];

static void begin(void)
{
    const char *folder = sample_folder();

    (void)folder;
    (void)sample_file("program.py", script, sizeof script - 1);
    for (int i = 0; i < CALLS; i++)
        askers[i] = port_fixture_open();
}

static void finish(void)
{
    for (int i = 0; i < CALLS; i++)
        port_fixture_close(askers[i]);
    crux_policy_close(policy);
    sample_folder_remove();
}

TestSuite(process, .init = begin, .fini = finish, .timeout = 60);

static void start(const char *mode, const char *timeout)
{
    struct crux_error error = {""};
    char description[512];

    (void)snprintf(description, sizeof description, "process:%sexec python3 %s %s %s", timeout,
                   sample_path("program.py"), mode, sample_path(""));
    cr_assert_eq(crux_policy_open(&policy, description, NULL, &error), CRUX_OK, "%s", error.text);
}

/* --- asking --------------------------------------------------------------------------------- */

static const struct crux_problem plain = {.id = "p", .prompt = "plain"};
static const struct crux_problem poison = {.id = "q", .prompt = "poison"};

static int sent[CALLS];

/* It may be answered before the asking has returned. */
static void send(int which, const struct crux_problem *problem)
{
    struct crux_call call = {.verb = CRUX_PROPOSE,
                             .kind = CRUX_STEP,
                             .count = 1,
                             .seed = (uint64_t)(which + 1) << 11, /* the upper 53 bits go */
                             .state = {.problem = problem}};

    sent[which] = port_fixture_send(askers[which], &policy->port, &call);
}

static int end_of(int which)
{
    return sent[which] == CRUX_PENDING ? port_fixture_wait(askers[which]) : sent[which];
}

/* The call is answered, with its own answer. */
static void assert_answered(int which)
{
    const struct crux_reply *reply = &port_fixture_call(askers[which])->reply;
    char text[16];

    cr_assert_eq(end_of(which), CRUX_DONE, "%d: %s", which,
                 reply->sentence != NULL ? reply->sentence : "no sentence");
    (void)snprintf(text, sizeof text, "%d", which + 1);
    cr_assert_eq(reply->count, 1);
    cr_assert_str_eq(reply->proposals[0].text, text);
    port_fixture_release(askers[which]);
}

static void assert_failed(int which, const char *part)
{
    const struct crux_reply *reply = &port_fixture_call(askers[which])->reply;

    cr_assert_eq(end_of(which), CRUX_FAILED);
    cr_assert_not_null(reply->sentence);
    cr_assert_not_null(strstr(reply->sentence, part), "%s", reply->sentence);
}

/* --- promises ----------------------------------------------------------------------------------
 */

/* Answers that come in another order find their questions. */
Test(process, answers_come_in_any_order)
{
    start("reverse", "");
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < CALLS; i++)
            send(i, &plain);
        for (int i = 0; i < CALLS; i++)
            assert_answered(i);
    }
}

/* Whatever else it prints harms nobody, a second answer to the same question neither. */
Test(process, chatter_is_no_answer)
{
    start("chatter", "");
    for (int i = 0; i < CALLS; i++)
        send(i, &plain);
    for (int i = 0; i < CALLS; i++)
        assert_answered(i);
}

/* What was out when it died is asked again, once it lives again; what was answered is not. */
Test(process, calls_outlive_the_program)
{
    start("reborn", "");
    for (int i = 0; i < CALLS; i++)
        send(i, &plain);
    for (int i = 0; i < CALLS; i++)
        assert_answered(i);
}

/* A question that kills it twice has failed, with its last words; others are answered. */
Test(process, a_deadly_question_fails)
{
    start("poison", "");
    send(0, &plain);
    assert_answered(0);
    send(1, &poison);
    assert_failed(1, "it last wrote: it tastes bad");
    send(2, &plain);
    assert_answered(2);
}

/* It may say that it has no answer, and why. */
Test(process, it_may_refuse)
{
    start("error", "");
    send(0, &plain);
    assert_failed(0, "no idea");
}

/* An answer that is not as it must be fails its call alone. */
Test(process, bad_answers_fail)
{
    start("shape", "");
    send(0, &plain);
    assert_failed(0, "field `steps` of a reply: expected an array, found an integer");
}

/* Silence while it owes an answer is an end, too. */
Test(process, silence_is_an_end)
{
    start("silent", "timeout=3:");
    send(0, &poison);
    assert_failed(0, "it has not answered for 3 seconds");
    send(1, &plain);
    assert_answered(1);
}

/* A line without an end does not fill our memory, and its author does not live. */
Test(process, endless_lines_are_an_end)
{
    start("long", "");
    send(0, &poison);
    assert_failed(0, "it wrote a line longer than 16 MiB");
    send(1, &plain);
    assert_answered(1);
}

/* When it cannot be kept alive every call fails, those to come at once. */
Test(process, when_it_is_gone_all_fail)
{
    struct crux_call call = {
        .verb = CRUX_PROPOSE, .kind = CRUX_STEP, .count = 1, .state = {.problem = &plain}};
    int status;

    start("gone", "");
    for (int i = 0; i < CALLS; i++)
        send(i, &plain);
    for (int i = 0; i < CALLS; i++)
        assert_failed(i, "ended with status 3");
    do /* it may still rest before its last life */
        status = port_fixture_ask(askers[0], &policy->port, &call);
    while (port_fixture_call(askers[0])->reply.sentence == NULL);
    cr_assert_eq(status, CRUX_FAILED);
}

/* A program that is not there fails every call with the shell's own words. */
Test(process, a_program_that_is_not_there)
{
    struct crux_error error = {""};

    cr_assert_eq(crux_policy_open(&policy, "process:/nowhere/program", NULL, &error), CRUX_OK, "%s",
                 error.text);
    while (port_fixture_ask(askers[0], &policy->port,
                            &(struct crux_call){.verb = CRUX_PROPOSE,
                                                .kind = CRUX_STEP,
                                                .count = 1,
                                                .state = {.problem = &plain}}) != CRUX_FAILED) {
    }
    cr_assert_not_null(strstr(port_fixture_call(askers[0])->reply.sentence,
                              "status 127, there is no such command"));
}

/* A cancelled call completes at once; its answer, which comes later, is nobody's. */
Test(process, cancelled_calls_complete)
{
    start("hold", "");
    for (int i = 0; i < 4; i++)
        send(i, &plain);
    for (int i = 0; i < 3; i++) {
        policy->port.cancel(&policy->port, port_fixture_call(askers[i]));
        cr_assert_eq(end_of(i), CRUX_CANCELLED);
    }
    for (int i = 0; i < 3; i++) /* the same records, asked anew */
        send(i, &plain);
    send(7, &poison);
    assert_answered(7);
    for (int i = 0; i < 4; i++)
        assert_answered(i);
}

/* To cancel what has completed does nothing. */
Test(process, cancelling_late_does_nothing)
{
    start("plain", "");
    send(0, &plain);
    assert_answered(0);
    policy->port.cancel(&policy->port, port_fixture_call(askers[0]));
    send(0, &plain);
    assert_answered(0);
}

/* It can be closed unasked. */
Test(process, it_may_never_be_asked)
{
    start("plain", "");
}

/* What cannot be opened says why. */
Test(process, bad_descriptions_are_refused)
{
    static const char *const wrong[] = {
        "process",
        "process:",
        "process: \t",
        "process:timeout=5:",
        "process:timeout=5",
        "process:timeout=:x",
        "process:timeout=x:cat",
        "process:timeout=-1:cat",
        "process:timeout=0:cat",
        "process:timeout=nan:cat",
        "process:timeout=1e9:cat",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct crux_policy *none = NULL;
        struct crux_error error = {""};

        cr_expect_eq(crux_policy_open(&none, wrong[i], NULL, &error), CRUX_INVALID, "%s", wrong[i]);
        cr_expect_null(none);
        cr_expect_not_null(strstr(error.text, "policy process takes"), "%s", error.text);
    }
}
