/*
 * contract_policy.c - what crux.h asks of every policy, asked of every one.
 *
 * One table of policies, one suite. A new policy is done when its row passes. Each
 * promise is asked of all rows; a failure names the row. Policies that answer late
 * are rows like any other.
 */
#include "io/corpus/corpus.h"
#include "policies/crux_policies.h"
#include "search/reply.h"
#include "tests/world/port_fixture.h"
#include "tests/world/chat_fixture.h"
#include "tests/world/world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS 4u
#define SEEDS   8u

/* Where the documents of policy retrieve are, and the policy's description. */
static char documents[64], documents_policy[96] = "retrieve:";

/* --- the table ------------------------------------------------------------------------ */

static const struct row {
    const char *policy;  /* NULL: the scripted world of the tests; chat:KIND: a fake server */
    const char *delay;   /* NULL: asked at once */
    bool nameless;       /* its children have no text, and it has no answers */
    bool knows_equals;   /* it says which states are equal */
    bool entropies;      /* it may tell how open a state is */
    bool revises;        /* it makes answers better */
    enum crux_kind kind; /* of its steps; of documents it has nothing else */
} rows[] = {
    {"numbers", NULL, false, true, false, false, CRUX_STEP},
    {"numbers:0", NULL, false, true, false, false, CRUX_STEP},
    {"numbers:10", NULL, false, true, false, false, CRUX_STEP},
    {"synthetic:8,4", NULL, true, false, false, false, CRUX_STEP},
    {"recorded:tests/world/recorded.jsonl", NULL, false, false, false, false, CRUX_STEP},
    {"process:exec python3 examples/process_policy.py", NULL, false, false, true, true, CRUX_STEP},
    {"chat:vllm", NULL, false, false, false, true, CRUX_STEP},
    {"chat:vllm", NULL, false, false, true, true, CRUX_STEP},
    {"chat:llamacpp", NULL, false, false, false, true, CRUX_STEP},
    {NULL, NULL, false, false, true, true, CRUX_STEP},
    {"numbers", "constant:0", false, true, false, false, CRUX_STEP},
    {"numbers", "lognormal:1", false, true, false, false, CRUX_STEP},
    {"synthetic:8,4", "lognormal:1", true, false, false, false, CRUX_STEP},
    {"recorded:tests/world/recorded.jsonl", "lognormal:1", false, false, false, false, CRUX_STEP},
    {"process:exec python3 examples/process_policy.py", "lognormal:1", false, false, true, true,
     CRUX_STEP},
    {NULL, "lognormal:1", false, false, true, true, CRUX_STEP},
    {documents_policy, NULL, false, false, false, false, CRUX_DOC},
    {documents_policy, "lognormal:1", false, false, false, false, CRUX_DOC},
};

#define ROWS (sizeof rows / sizeof *rows)

/* An open policy, whatever stands behind it. */
struct subject {
    const struct row *row;
    struct world world;
    struct chat_fixture chat;
    struct crux_policy *inner, *policy;
    char name[64];
};

static const struct crux_problem puzzle = {
    .id = "4-9-10-13", .prompt = "Make 24.", .line = "{\"numbers\": [4, 9, 10, 13]}"};

static enum crux_kind asked_kind; /* by the subject that is open */

static void remove_documents(void)
{
    (void)unlink(documents);
}

/* An index of two documents about the puzzle, once in each process. */
static void make_documents(void)
{
    static const char lines[] = "{\"id\": \"a\", \"contents\": \"Make 24 of two numbers.\"}\n"
                                "{\"id\": \"b\", \"contents\": \"How people make 24.\"}\n";
    char source[sizeof documents + 8];
    const char *files[] = {source};
    const struct corpus_plan plan = {.out = documents, .files = files, .file_count = 1};
    struct corpus_about about;
    struct crux_error error = {""};
    FILE *file;

    if (documents[0] != '\0')
        return;
    (void)snprintf(documents, sizeof documents, "/tmp/crux-contract-%d.db", (int)getpid());
    (void)snprintf(source, sizeof source, "%s.jsonl", documents);
    (void)strcat(documents_policy, documents);
    file = fopen(source, "w");
    cr_assert(file != NULL && fputs(lines, file) >= 0 && fclose(file) == 0);
    cr_assert_eq(corpus_build(&plan, &about, &error), CRUX_OK, "%s", error.text);
    (void)unlink(source);
    (void)atexit(remove_documents);
}

static bool is_served(const struct row *row)
{
    return row->policy != NULL && strncmp(row->policy, "chat:", strlen("chat:")) == 0;
}

static void open_subject(struct subject *subject, const struct row *row)
{
    const struct world_script script = {.branching = 8, .depth = 3, .right_of = 4};
    struct crux_error error = {""};

    memset(subject, 0, sizeof *subject);
    subject->row = row;
    asked_kind = row->kind;
    if (row->kind == CRUX_DOC)
        make_documents();
    (void)snprintf(subject->name, sizeof subject->name, "%s, %s",
                   row->policy != NULL ? row->policy : "world",
                   row->delay != NULL ? row->delay : "at once");
    world_open(&subject->world, &script);
    subject->inner = &subject->world.policy;
    if (is_served(row)) {
        chat_fixture_open(&subject->chat,
                          &(struct chat_fixture_plan){.kind = row->policy + strlen("chat:"),
                                                      .entropy = row->entropies});
        subject->inner = subject->chat.policy;
    } else if (row->policy != NULL)
        cr_assert_eq(crux_policy_open(&subject->inner, row->policy, NULL, &error), CRUX_OK, "%s",
                     error.text);
    subject->policy = subject->inner;
    if (row->delay != NULL)
        cr_assert_eq(crux_delay_open(&subject->policy, subject->inner, row->delay, &error), CRUX_OK,
                     "%s", error.text);
}

static void close_subject(struct subject *subject)
{
    if (subject->policy != subject->inner)
        crux_policy_close(subject->policy);
    if (is_served(subject->row))
        chat_fixture_close(&subject->chat);
    else if (subject->row->policy != NULL)
        crux_policy_close(subject->inner);
    cr_assert_eq(atomic_load(&subject->world.outstanding), 0, "%s keeps replies", subject->name);
}

static void for_every_row(void (*promise)(struct subject *subject))
{
    for (size_t i = 0; i < ROWS; i++) {
        struct subject subject;

        open_subject(&subject, &rows[i]);
        promise(&subject);
        close_subject(&subject);
    }
}

static struct crux_call steps(uint32_t count, uint64_t seed)
{
    return (struct crux_call){.verb = CRUX_PROPOSE,
                              .kind = asked_kind,
                              .count = count,
                              .seed = seed,
                              .state = {.problem = &puzzle}};
}

static struct crux_call answers(uint32_t count, uint64_t seed)
{
    struct crux_call call = steps(count, seed);

    call.kind = CRUX_ANSWER;
    return call;
}

static bool can_answer(const struct subject *subject, const struct crux_call *question)
{
    return question->kind != CRUX_ANSWER ||
           (!subject->row->nameless && subject->row->kind != CRUX_DOC);
}

/* A hash of all that a reply says, its meaning only: no address, no time. */
static uint64_t digest(const struct crux_call *call)
{
    uint64_t hash = UINT64_C(14695981039346656037) + call->reply.count;

    for (uint32_t i = 0; call->reply.proposals != NULL && i < call->reply.count; i++) {
        const struct crux_proposal *proposal = &call->reply.proposals[i];
        uint32_t prior;

        memcpy(&prior, &proposal->prior, sizeof prior);
        hash = (hash ^ prior ^ proposal->terminal ^ proposal->state_hash) * UINT64_C(1099511628211);
        for (const char *at = proposal->text; *at != '\0'; at++)
            hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
    }
    return hash;
}

/* Ask, hash, release. */
static uint64_t digest_of(struct subject *subject, struct port_fixture *fixture,
                          const struct crux_call *question)
{
    uint64_t hash;

    cr_assert_eq(port_fixture_ask(fixture, &subject->policy->port, question), CRUX_DONE, "%s",
                 subject->name);
    hash = digest(port_fixture_call(fixture));
    port_fixture_release(fixture);
    return hash;
}

/* --- one reply -------------------------------------------------------------------------- */

static void insist_proposals(const struct subject *subject, const struct crux_call *call)
{
    for (uint32_t i = 0; i < call->reply.count; i++) {
        const struct crux_proposal *proposal = &call->reply.proposals[i];

        cr_assert_not_null(proposal->text, "%s", subject->name);
        cr_assert(reply_is_text(proposal->text, call->kind == CRUX_ANSWER), "%s: `%s`",
                  subject->name, proposal->text);
        cr_assert_neq(proposal->text[0], '\0', "%s: an empty step", subject->name);
        cr_assert(isfinite(proposal->prior) && proposal->prior >= 0.0F, "%s", subject->name);
        cr_assert(isfinite(proposal->logprob), "%s", subject->name);
        if (proposal->terminal || call->kind == CRUX_ANSWER)
            cr_assert_eq(proposal->state_hash, 0, "%s: nothing is asked after the end",
                         subject->name);
    }
}

/* Told only by who says that he may, and a number then. */
static void insist_entropy(const struct subject *subject, const struct crux_call *call)
{
    const struct crux_reply *reply = &call->reply;

    cr_assert(!reply->knows_entropy || subject->policy->tells_entropy, "%s", subject->name);
    cr_assert(!reply->knows_entropy || (isfinite(reply->entropy) && reply->entropy >= 0.0F), "%s",
              subject->name);
}

static void replies_are_as_they_must_be(struct subject *subject)
{
    const struct crux_call questions[] = {steps(1, 1), steps(8, 2), steps(4096, 3), answers(1, 4),
                                          answers(16, 5)};
    struct port_fixture *fixture = port_fixture_open();

    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        struct crux_call *call = port_fixture_call(fixture);

        if (!can_answer(subject, &questions[i]))
            continue;
        cr_assert_eq(port_fixture_ask(fixture, &subject->policy->port, &questions[i]), CRUX_DONE,
                     "%s", subject->name);
        cr_assert_leq(call->reply.count, questions[i].count, "%s", subject->name);
        cr_assert_gt(call->reply.count, 0, "%s", subject->name);
        cr_assert_eq(call->reply.proposals == NULL, subject->row->nameless, "%s", subject->name);
        if (call->reply.proposals != NULL)
            insist_proposals(subject, call);
        insist_entropy(subject, call);
        port_fixture_release(fixture);
    }
    port_fixture_close(fixture);
}

/* A reply has at most as many proposals as were asked for, each of them text that the
 * search can take, with a weight that is a number and not below zero. */
Test(contract_policy, replies_are_as_they_must_be)
{
    for_every_row(replies_are_as_they_must_be);
}

static void the_question_stays_as_it_is(struct subject *subject)
{
    struct crux_call question = steps(8, 1);
    struct port_fixture *fixture = port_fixture_open();

    cr_assert_eq(port_fixture_ask(fixture, &subject->policy->port, &question), CRUX_DONE);
    question.ticket = port_fixture_call(fixture)->ticket;
    cr_assert_eq(memcmp(port_fixture_call(fixture), &question, offsetof(struct crux_call, reply)),
                 0, "%s", subject->name);
    port_fixture_release(fixture);
    port_fixture_close(fixture);
}

/* What stands above the reply belongs to the search: a policy does not write there. */
Test(contract_policy, the_question_stays_as_it_is)
{
    for_every_row(the_question_stays_as_it_is);
}

static void it_is_what_it_says(struct subject *subject)
{
    struct crux_call question = steps(8, 1);
    struct port_fixture *fixture = port_fixture_open();
    int status = port_fixture_send(fixture, &subject->policy->port, &question);

    cr_assert_not_null(subject->policy->port.name);
    cr_assert_eq(subject->policy->tells_entropy, subject->row->entropies, "%s", subject->name);
    cr_assert(status == CRUX_DONE || (status == CRUX_PENDING && !subject->policy->port.instant),
              "%s", subject->name);
    if (status == CRUX_PENDING)
        cr_assert_eq(port_fixture_wait(fixture), CRUX_DONE, "%s", subject->name);
    port_fixture_release(fixture);
    port_fixture_close(fixture);
}

/* An instant policy never makes anybody wait; the others here always do. Who may tell entropies
 * says so. */
Test(contract_policy, it_is_what_it_says)
{
    for_every_row(it_is_what_it_says);
}

static void answers_are_made_better(struct subject *subject)
{
    struct port_fixture *fixture = port_fixture_open();
    struct crux_call *call = port_fixture_call(fixture), question = answers(1, 1);
    const struct crux_step before = {.text = "4 + 9 = 13 (left: 10 13 13)\nNo.", .length = 31};
    const struct crux_revision revision = {&before, "13 + 13 is not 24."};
    int status;

    question.revision = &revision;
    status = port_fixture_ask(fixture, &subject->policy->port, &question);
    cr_assert_eq(subject->policy->revises, subject->row->revises, "%s", subject->name);
    if (subject->row->revises) {
        cr_assert_eq(status, CRUX_DONE, "%s", subject->name);
        insist_proposals(subject, call);
        port_fixture_release(fixture);
    } else {
        cr_assert_eq(status, CRUX_FAILED, "%s", subject->name);
        cr_assert_not_null(strstr(call->reply.sentence, subject->row->kind == CRUX_DOC
                                                            ? "documents"
                                                            : "revises no answers"),
                           "%s: %s", subject->name, call->reply.sentence);
    }
    port_fixture_close(fixture);
}

/* Who says that he makes answers better does; the others refuse to, with a sentence. */
Test(contract_policy, answers_are_made_better)
{
    for_every_row(answers_are_made_better);
}

/* --- the same again ------------------------------------------------------------------------ */

static void the_seed_decides_all(struct subject *subject)
{
    struct port_fixture *fixture = port_fixture_open();

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        const struct crux_call questions[] = {steps(8, seed), answers(4, seed)};

        for (size_t i = 0; i < 2; i++)
            if (can_answer(subject, &questions[i]))
                cr_assert_eq(digest_of(subject, fixture, &questions[i]),
                             digest_of(subject, fixture, &questions[i]), "%s", subject->name);
    }
    port_fixture_close(fixture);
}

/* The same question has the same answer, however often it is asked. */
Test(contract_policy, the_seed_decides_all)
{
    for_every_row(the_seed_decides_all);
}

/* One of several threads that ask one policy; it judges nothing, the test does after
 * the join. */
struct crowd {
    struct subject *subject;
    struct port_fixture *fixture;
    uint64_t digests[SEEDS];
    bool failed;
    pthread_t thread;
};

static void *ask_among_others(void *context)
{
    struct crowd *crowd = context;
    struct crux_port *port = &crowd->subject->policy->port;

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct crux_call question = steps(8, seed);

        if (port_fixture_ask(crowd->fixture, port, &question) != CRUX_DONE) {
            crowd->failed = true;
            return NULL;
        }
        crowd->digests[seed] = digest(port_fixture_call(crowd->fixture));
        port_fixture_release(crowd->fixture);
    }
    return NULL;
}

static void threads_do_not_matter(struct subject *subject)
{
    struct crowd crowd[THREADS];
    struct port_fixture *fixture = port_fixture_open();

    for (uint32_t i = 0; i < THREADS; i++) {
        crowd[i] = (struct crowd){.subject = subject, .fixture = port_fixture_open()};
        cr_assert_eq(pthread_create(&crowd[i].thread, NULL, ask_among_others, &crowd[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        (void)pthread_join(crowd[i].thread, NULL);
        port_fixture_close(crowd[i].fixture);
        cr_assert_not(crowd[i].failed, "%s", subject->name);
    }
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct crux_call question = steps(8, seed);
        uint64_t alone = digest_of(subject, fixture, &question);

        for (uint32_t i = 0; i < THREADS; i++)
            cr_assert_eq(crowd[i].digests[seed], alone, "%s", subject->name);
    }
    port_fixture_close(fixture);
}

/* Asked from several threads at once it says what it says alone. */
Test(contract_policy, threads_do_not_matter)
{
    for_every_row(threads_do_not_matter);
}

/* --- equal states --------------------------------------------------------------------------- */

static const struct crux_problem swaps = {
    .id = "3-4-5-6", .prompt = "Make 24.", .line = "{\"numbers\": [3, 4, 5, 6]}"};

/* The proposal after `last` that begins so. */
static struct crux_step next_step(struct subject *subject, const struct crux_step *last,
                                  const char *beginning, char *text)
{
    struct crux_call question = steps(4096, 1);
    struct port_fixture *fixture = port_fixture_open();
    struct crux_step found = {.previous = last, .text = text};
    const struct crux_reply *reply = &port_fixture_call(fixture)->reply;

    question.state = (struct crux_state){.problem = &swaps, .last = last, .depth = last != NULL};
    cr_assert_eq(port_fixture_ask(fixture, &subject->policy->port, &question), CRUX_DONE);
    for (uint32_t i = 0; i < reply->count; i++) {
        if (strncmp(reply->proposals[i].text, beginning, strlen(beginning)) != 0)
            continue;
        found.state_hash = reply->proposals[i].state_hash;
        found.length = (uint32_t)strlen(strcpy(text, reply->proposals[i].text));
    }
    cr_assert_gt(found.length, 0, "%s: no step %s", subject->name, beginning);
    port_fixture_release(fixture);
    port_fixture_close(fixture);
    return found;
}

static void equal_states_say_so(struct subject *subject)
{
    char text[5][512];
    struct crux_step one, other, after_one, after_other, elsewhere;

    if (!subject->row->knows_equals)
        return;
    one = next_step(subject, NULL, "4 + 3", text[0]);
    other = next_step(subject, NULL, "6 + 5", text[1]);
    after_one = next_step(subject, &one, "6 + 5", text[2]);
    after_other = next_step(subject, &other, "4 + 3", text[3]);
    elsewhere = next_step(subject, &one, "6 * 5", text[4]);
    cr_assert_neq(after_one.state_hash, 0, "%s", subject->name);
    cr_assert_eq(after_one.state_hash, after_other.state_hash, "%s: 7 and 11 are left",
                 subject->name);
    cr_assert_neq(after_one.state_hash, elsewhere.state_hash, "%s: 7 and 30 are left",
                  subject->name);
    cr_assert_neq(one.state_hash, other.state_hash, "%s", subject->name);
    cr_assert_neq(one.state_hash, after_one.state_hash, "%s", subject->name);
}

/* Where a policy knows that two paths lead to the same state it says so, whatever the way:
 * 4 + 3 then 6 + 5 is 6 + 5 then 4 + 3; and different states are not said to be the same. */
Test(contract_policy, equal_states_say_so)
{
    for_every_row(equal_states_say_so);
}

/* --- many at once ------------------------------------------------------------------------------
 */

static void replies_live_until_released(struct subject *subject)
{
    struct port_fixture *askers[SEEDS];
    uint64_t digests[SEEDS];

    for (uint64_t i = 0; i < SEEDS; i++) {
        struct crux_call question = steps(8, i);

        askers[i] = port_fixture_open();
        cr_assert_eq(port_fixture_ask(askers[i], &subject->policy->port, &question), CRUX_DONE);
        digests[i] = digest(port_fixture_call(askers[i]));
    }
    for (uint64_t i = 0; i < SEEDS; i++) {
        cr_assert_eq(digest(port_fixture_call(askers[i])), digests[i], "%s", subject->name);
        port_fixture_release(askers[i]);
        port_fixture_close(askers[i]);
    }
}

/* Replies stay as they were until they are given back, in whatever order. */
Test(contract_policy, replies_live_until_released)
{
    for_every_row(replies_live_until_released);
}

static void what_is_cancelled_completes(struct subject *subject)
{
    struct crux_port *port = &subject->policy->port;
    struct port_fixture *askers[SEEDS];
    int sent[SEEDS];

    for (uint64_t i = 0; i < SEEDS; i++) {
        struct crux_call question = steps(8, i);

        askers[i] = port_fixture_open();
        sent[i] = port_fixture_send(askers[i], port, &question);
    }
    for (uint64_t i = 0; i < SEEDS; i++) {
        int status = sent[i];

        if (status == CRUX_PENDING) {
            if (port->cancel != NULL)
                port->cancel(port, port_fixture_call(askers[i]));
            status = port_fixture_wait(askers[i]);
        }
        if (status == CRUX_DONE)
            port_fixture_release(askers[i]);
        port_fixture_close(askers[i]);
        cr_assert(status == CRUX_DONE || status < 0, "%s", subject->name);
    }
}

/* A pending call that is cancelled still completes, whatever with. */
Test(contract_policy, what_is_cancelled_completes)
{
    for_every_row(what_is_cancelled_completes);
}

/* --- in a search ---------------------------------------------------------------------- */

static void a_search_can_use_it(struct subject *subject)
{
    struct world_source source;
    struct world_sink sink;
    struct crux_search *search = NULL;
    struct crux_error error = {""};
    struct crux_setup setup = crux_setup_default();

    world_source_open_like(&source, &puzzle, 3);
    setup.policies[CRUX_STEP] = &subject->world.policy;
    setup.policies[subject->row->kind] = subject->policy;
    if (subject->row->kind == CRUX_DOC) {
        setup.grammar = CRUX_GRAMMAR_CR_PLANNER;
        setup.free_retrieve = true;
    }
    setup.critics[CRUX_ROLE_VALUE] = &subject->world.value;
    setup.rollouts = 0;
    setup.simulations = 40;
    setup.children = 4;
    setup.branch_high = subject->row->entropies ? 1.0 : 0.0;
    setup.depth = 4;
    setup.workers = 2;
    world_sink_open(&sink);
    cr_assert_eq(crux_open(&search, &setup, &error), CRUX_OK, "%s: %s", subject->name, error.text);
    cr_assert_eq(crux_run(search, &source.source, &sink.sink, &error), CRUX_OK, "%s: %s",
                 subject->name, error.text);
    crux_close(search);
    world_source_close(&source);
    cr_assert_eq(atomic_load(&sink.trees), 3, "%s", subject->name);
    cr_assert_eq(atomic_load(&sink.failed), 0, "%s", subject->name);
    cr_assert_eq(atomic_load(&sink.violations), 0, "%s", subject->name);
}

/* A search with it ends well: no tree failed, nothing left in flight, sums in order. */
Test(contract_policy, a_search_can_use_it)
{
    for_every_row(a_search_can_use_it);
}

static void it_may_never_be_asked(struct subject *subject)
{
    (void)subject;
}

/* It can be opened and closed and nothing else. */
Test(contract_policy, it_may_never_be_asked)
{
    for_every_row(it_may_never_be_asked);
}

/* Every policy of the catalogue is held to the contract above. */
Test(contract_policy, knows_the_catalogue)
{
    const char *name;

    for (size_t i = 0; (name = crux_policy_name(i)) != NULL; i++) {
        bool found = false;

        for (size_t j = 0; j < ROWS; j++)
            found |= rows[j].policy != NULL && strncmp(rows[j].policy, name, strlen(name)) == 0 &&
                     strchr(":", rows[j].policy[strlen(name)]) != NULL;
        cr_expect(found, "no row of policy %s", name);
    }
}
