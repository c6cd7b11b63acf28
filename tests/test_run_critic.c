/*
 * test_run_critic.c - critic run on real jails: verdicts and sentences, what is kept of them, and
 * that what is kept is run no more, neither when the run goes on nor when it is replayed.
 */
#include "critics/crux_critics.h"
#include "tests/world/port_fixture.h"
#include "tests/world/store_fixture.h"

#include <criterion/criterion.h>
#include <string.h>

enum { CANDIDATES = 4 };

static struct crux_store *store;
static struct crux_backends *backends;
static struct crux_critic *critic;
static struct port_fixture *fixture;
static struct crux_error why;

/* --- fixture ----------------------------------------------------------------------------- */

static void open_critic(enum crux_role role, const char *description, const char *replay)
{
    struct crux_paying paying = {.store = store, .replay = replay};

    cr_assert_eq(crux_backends_open(&backends, &paying, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(crux_critic_open(&critic, role, description, backends, &why), CRUX_OK, "%s",
                 why.text);
}

static void close_critic(void)
{
    crux_critic_close(critic);
    crux_backends_close(backends);
    critic = NULL;
    backends = NULL;
}

static void set_up(void)
{
    store_fixture_set_up();
    store = store_fixture_begin();
    fixture = port_fixture_open();
}

static void tear_down(void)
{
    port_fixture_close(fixture);
    close_critic();
    crux_store_close(store);
    store_fixture_tear_down();
}

TestSuite(run_critic, .init = set_up, .fini = tear_down, .timeout = 60);

/* --- what is judged ------------------------------------------------------------------------ */

static const struct crux_problem doubling = {
    .id = "doubling",
    .prompt = "Write double(n).",
    .line = "{\"id\": \"doubling\", \"tests\": [\"assert double(2) == 4\", \"assert double(3) == "
            "6\"]}"};
static const struct crux_problem untested = {
    .id = "untested", .prompt = "Write double(n).", .line = "{\"id\": \"untested\"}"};
static const char *const answers[CANDIDATES] = {
    "```python\ndef double(n):\n    return 2 * n\n```", "def double(n): return n * n",
    "I do not know.", "```\ndef double(n): return 2 * n\n```\nThis doubles."};

static const struct crux_call *judge(const struct crux_problem *problem, int expected)
{
    static struct crux_step candidates[CANDIDATES];
    struct crux_call call = {.verb = CRUX_JUDGE,
                             .count = CANDIDATES,
                             .candidates = candidates,
                             .state = {.problem = problem}};

    for (int i = 0; i < CANDIDATES; i++)
        candidates[i] = (struct crux_step){.text = answers[i],
                                           .length = (uint32_t)strlen(answers[i]),
                                           .depth = 1,
                                           .kind = CRUX_ANSWER};
    cr_assert_eq(port_fixture_ask(fixture, &critic->port, &call), expected);
    return port_fixture_call(fixture);
}

static void insist_opinion(const struct crux_call *call, int i, double reward,
                           enum crux_verdict verdict, const char *sentence)
{
    cr_expect_float_eq(call->reply.outcomes[i].reward, reward, 1e-12);
    cr_expect_eq(call->reply.outcomes[i].verdict, verdict);
    cr_expect_str_eq(call->reply.opinions[i].sentence, sentence);
}

static void insist_all(const struct crux_call *call)
{
    insist_opinion(call, 0, 1.0, CRUX_RIGHT, "2 of 2 tests passed");
    insist_opinion(call, 1, 0.5, CRUX_WRONG,
                   "1 of 2 tests passed: test 2 failed: a call gave another value");
    insist_opinion(call, 2, 0.0, CRUX_WRONG,
                   "0 of 2 tests passed: test 1 failed: a call raised SyntaxError");
    insist_opinion(call, 3, 1.0, CRUX_RIGHT, "2 of 2 tests passed");
}

static void insist_account(uint64_t calls, uint64_t known)
{
    struct crux_backend_view view = {.name = ""};

    cr_assert(crux_backends_look(backends, 0, &view));
    cr_expect_str_eq(view.name, "run");
    cr_expect_eq(view.calls, calls, "%lu calls", (unsigned long)view.calls);
    cr_expect_eq(view.known, known, "%lu known", (unsigned long)view.known);
    cr_expect_eq(view.price, 0);
}

/* --- verdicts -------------------------------------------------------------------------------- */

/* Programs are run once, and never again: the next process finds their verdicts, and a replay needs
 * no jail. */
Test(run_critic, kept)
{
    open_critic(CRUX_ROLE_OUTCOME, "run", NULL);
    cr_assert(critic->sees_reference && !critic->port.instant);
    insist_all(judge(&doubling, CRUX_DONE));
    port_fixture_release(fixture);
    insist_account(4, 0);
    insist_all(judge(&doubling, CRUX_DONE));
    port_fixture_release(fixture);
    insist_account(4, 4);
    close_critic();
    crux_store_close(store);

    store = store_fixture_open(true);
    open_critic(CRUX_ROLE_OUTCOME, "run", NULL);
    insist_all(judge(&doubling, CRUX_DONE));
    port_fixture_release(fixture);
    insist_account(4, 4);
    close_critic();
    crux_store_close(store);

    store = NULL;
    open_critic(CRUX_ROLE_OUTCOME, "run", store_fixture.path);
    insist_all(judge(&doubling, CRUX_DONE));
    port_fixture_release(fixture);
    insist_account(0, 4);
}

/* Other limits are other questions; how many run at a time, and how a share is rewarded, are not.
 */
Test(run_critic, keys)
{
    open_critic(CRUX_ROLE_OUTCOME, "run:at-once=1", NULL);
    (void)judge(&doubling, CRUX_DONE);
    port_fixture_release(fixture);
    close_critic();
    open_critic(CRUX_ROLE_OUTCOME, "run:reward=all,at-once=2", NULL);
    insist_opinion(judge(&doubling, CRUX_DONE), 1, 0.0, CRUX_WRONG,
                   "1 of 2 tests passed: test 2 failed: a call gave another value");
    port_fixture_release(fixture);
    insist_account(4, 4);
    close_critic();
    open_critic(CRUX_ROLE_OUTCOME, "run:atleast=0.5", NULL);
    insist_opinion(judge(&doubling, CRUX_DONE), 1, 1.0, CRUX_RIGHT,
                   "1 of 2 tests passed: test 2 failed: a call gave another value");
    port_fixture_release(fixture);
    close_critic();
    open_critic(CRUX_ROLE_OUTCOME, "run:seconds=5", NULL);
    insist_all(judge(&doubling, CRUX_DONE));
    port_fixture_release(fixture);
    insist_account(8, 0);
}

/* A problem without tests is unknown, and nothing is run. */
Test(run_critic, untested)
{
    const struct crux_call *call;

    open_critic(CRUX_ROLE_OUTCOME, "run", NULL);
    call = judge(&untested, CRUX_DONE);
    for (int i = 0; i < CANDIDATES; i++)
        insist_opinion(call, i, 0.0, CRUX_UNKNOWN, "the problem has no tests that can be run");
    port_fixture_release(fixture);
    insist_account(0, 0);
}

/* A replay that does not know a program fails its call with a sentence, and runs nothing. */
Test(run_critic, replay_of_another)
{
    crux_store_close(store);
    store = NULL;
    open_critic(CRUX_ROLE_OUTCOME, "run", store_fixture.path);
    cr_expect_not_null(strstr(judge(&doubling, CRUX_FAILED)->reply.sentence, "has no reply with"));
}

/* One that is cancelled ends soon. */
Test(run_critic, cancelled)
{
    static const struct crux_problem slow = {.id = "slow", .line = "{\"tests\": [[\"\", \"1\"]]}"};
    static const struct crux_step sleeper = {.text = "import time\ntime.sleep(99)", .length = 26};
    const struct crux_call call = {
        .verb = CRUX_JUDGE, .count = 1, .candidates = &sleeper, .state = {.problem = &slow}};

    open_critic(CRUX_ROLE_OUTCOME, "run", NULL);
    cr_assert_eq(port_fixture_send(fixture, &critic->port, &call), CRUX_PENDING);
    critic->port.cancel(&critic->port, port_fixture_call(fixture));
    cr_expect_eq(port_fixture_wait(fixture), CRUX_CANCELLED);
}

/* What cannot be opened says why. */
Test(run_critic, refused)
{
    struct crux_text backend;

    open_critic(CRUX_ROLE_VALUE, "run", NULL);
    cr_expect_eq(crux_critic_open(&critic, CRUX_ROLE_OUTCOME, "run:seconds=0", NULL, &why),
                 CRUX_INVALID);
    cr_expect_eq(crux_critic_open(&critic, CRUX_ROLE_VALUE, "run:seconds=1", NULL, &why),
                 CRUX_INVALID);
    cr_expect_str_eq(why.text,
                     "critic run recomputes steps without an argument, and got `seconds=1`");
    cr_assert(crux_critic_backend(CRUX_ROLE_OUTCOME, "run", 0, &backend));
    cr_expect(backend.length == 3 && memcmp(backend.start, "run", 3) == 0);
    cr_expect_not(crux_critic_backend(CRUX_ROLE_EXECUTION, "run", 0, &backend));
}

/* --- steps ---------------------------------------------------------------------------------------
 */

/* Steps are scored at once; a mistake is named. */
Test(run_critic, steps)
{
    static const char *const texts[CANDIDATES] = {"3 + 4 = 7", "3 + 4 = 8, so 2 * 8 = 16",
                                                  "It is seven.", ""};
    static const double scores[CANDIDATES] = {1.0, 0.0, -1.0, -1.0};
    struct crux_step candidates[CANDIDATES];
    struct crux_call call = {.verb = CRUX_SCORE,
                             .count = CANDIDATES,
                             .candidates = candidates,
                             .state = {.problem = &untested}};
    const struct crux_call *answered;

    for (int i = 0; i < CANDIDATES; i++)
        candidates[i] = (struct crux_step){.text = texts[i], .length = (uint32_t)strlen(texts[i])};
    open_critic(CRUX_ROLE_EXECUTION, "run", NULL);
    cr_assert(critic->port.instant && !critic->sees_reference);
    cr_assert_eq(port_fixture_ask(fixture, &critic->port, &call), CRUX_DONE);
    answered = port_fixture_call(fixture);
    for (int i = 0; i < CANDIDATES; i++)
        cr_expect_float_eq(answered->reply.scores[i], scores[i], 1e-12);
    cr_expect_str_eq(answered->reply.opinions[1].sentence, "`3 + 4 = 8` does not hold");
    cr_expect_null(answered->reply.opinions[0].sentence);
    port_fixture_release(fixture);
}
