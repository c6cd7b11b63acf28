/*
 * contract_critic.c - what crux.h asks of every critic, asked of every one.
 *
 * One table of critics, one suite. A new critic is done when its row passes. Each
 * promise is asked of all rows; a failure names the row. What a row's critic judges
 * is the same for all: honest steps, forged ones, and text that is no step at all.
 */
#include "critics/crux_critics.h"
#include "critics/linear/model.h"
#include "io/draw.h"
#include "policies/crux_policies.h"
#include "search/reply.h"
#include "tests/world/critic_fixture.h"
#include "tests/world/late_port.h"
#include "tests/world/port_fixture.h"
#include "tests/world/panel.h"
#include "tests/world/serving.h"
#include "tests/world/world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS         4u
#define ROUNDS          8u

#define SCRIBE_WAITS_NS 2000000 /* test_asking.c lets it wait for a second */

/* --- the table ------------------------------------------------------------------------- */

enum maker {
    CATALOGUE,
    TRAINED,
    SERVICE,
    RATIO,
    SERVED,
    SYNTHETIC,
    PANEL,
    SCRIBE,
    WORLD_OUTCOME,
    WORLD_VALUE,
    WORLD_EXECUTION
};

/* Faults of a server after which it is asked again. Far apart, for nobody is asked a third time. */
#define FAULTS                                                                                     \
    "[{\"fault\": \"reply\", \"first\": 1, \"last\": 1, \"status\": 200, \"body\": \"{}\"},"       \
    " {\"fault\": \"cut\", \"first\": 60, \"last\": 60, \"at\": \"body\", \"bytes\": 20, "         \
    "\"how\": \"close\"},"                                                                         \
    " {\"fault\": \"reply\", \"first\": 200, \"last\": 200, \"status\": 503, \"retry_after\": "    \
    "\"0\"}]"

#define PRM     "tests/world/prm.template"
#define PROGRAM "process:exec python3 tests/world/process_critic.py"

static const struct row {
    const char *name;
    enum maker maker;
    enum crux_role role;
    enum crux_verb verb;
    bool of_state; /* scores the state alone: one score, no candidates */
} rows[] = {
    {"outcome=numbers", CATALOGUE, CRUX_ROLE_OUTCOME, CRUX_JUDGE, false},
    {"outcome=match", CATALOGUE, CRUX_ROLE_OUTCOME, CRUX_JUDGE, false},
    {"outcome=consistency", CATALOGUE, CRUX_ROLE_OUTCOME, CRUX_JUDGE, false},
    {"outcome=mixed", CATALOGUE, CRUX_ROLE_OUTCOME, CRUX_JUDGE, false},
    {"outcome=mixed:consistency", CATALOGUE, CRUX_ROLE_OUTCOME, CRUX_JUDGE, false},
    {"annotate=mixed", CATALOGUE, CRUX_ROLE_ANNOTATE, CRUX_ANNOTATE, false},
    {"execution=numbers", CATALOGUE, CRUX_ROLE_EXECUTION, CRUX_SCORE, false},
    {"value=numbers", CATALOGUE, CRUX_ROLE_VALUE, CRUX_SCORE, false},
    {"annotate=numbers", CATALOGUE, CRUX_ROLE_ANNOTATE, CRUX_ANNOTATE, false},
    {"outcome=run", CATALOGUE, CRUX_ROLE_OUTCOME, CRUX_JUDGE, false},
    {"execution=run", CATALOGUE, CRUX_ROLE_EXECUTION, CRUX_SCORE, false},
    {"value=run", CATALOGUE, CRUX_ROLE_VALUE, CRUX_SCORE, false},
    {"outcome=" PROGRAM, CATALOGUE, CRUX_ROLE_OUTCOME, CRUX_JUDGE, false},
    {"execution=" PROGRAM, CATALOGUE, CRUX_ROLE_EXECUTION, CRUX_SCORE, false},
    {"value=" PROGRAM, CATALOGUE, CRUX_ROLE_VALUE, CRUX_SCORE, false},
    {"annotate=" PROGRAM, CATALOGUE, CRUX_ROLE_ANNOTATE, CRUX_ANNOTATE, false},
    {"subgoal=" PROGRAM, CATALOGUE, CRUX_ROLE_SUBGOAL, CRUX_SCORE, false},
    {"outcome=linear", TRAINED, CRUX_ROLE_OUTCOME, CRUX_JUDGE, false},
    {"execution=linear", TRAINED, CRUX_ROLE_EXECUTION, CRUX_SCORE, false},
    {"value=linear", TRAINED, CRUX_ROLE_VALUE, CRUX_SCORE, false},
    {"subgoal=linear", TRAINED, CRUX_ROLE_SUBGOAL, CRUX_SCORE, false},
    {"outcome=http:", SERVICE, CRUX_ROLE_OUTCOME, CRUX_JUDGE, false},
    {"execution=http:", SERVICE, CRUX_ROLE_EXECUTION, CRUX_SCORE, false},
    {"value=http:", SERVICE, CRUX_ROLE_VALUE, CRUX_SCORE, false},
    {"subgoal=http:", SERVICE, CRUX_ROLE_SUBGOAL, CRUX_SCORE, false},
    {"outcome=ratio:", RATIO, CRUX_ROLE_OUTCOME, CRUX_JUDGE, false},
    {"execution=ratio:", RATIO, CRUX_ROLE_EXECUTION, CRUX_SCORE, false},
    {"value=ratio:", RATIO, CRUX_ROLE_VALUE, CRUX_SCORE, false},
    {"subgoal=ratio:", RATIO, CRUX_ROLE_SUBGOAL, CRUX_SCORE, false},
    {"outcome=ensemble:median[numbers][match][consistency]", CATALOGUE, CRUX_ROLE_OUTCOME,
     CRUX_JUDGE, false},
    {"outcome=ensemble:weighted=2[numbers][" PROGRAM "][match]", CATALOGUE, CRUX_ROLE_OUTCOME,
     CRUX_JUDGE, false},
    {"execution=ensemble:mean[numbers][" PROGRAM "]", CATALOGUE, CRUX_ROLE_EXECUTION, CRUX_SCORE,
     false},
    {"value=ensemble:min[numbers][ensemble:product[numbers][numbers]]", CATALOGUE, CRUX_ROLE_VALUE,
     CRUX_SCORE, false},
    {"subgoal=ensemble:majority[" PROGRAM "]", CATALOGUE, CRUX_ROLE_SUBGOAL, CRUX_SCORE, false},
    {"outcome=agree:[numbers][mixed:match]", CATALOGUE, CRUX_ROLE_OUTCOME, CRUX_JUDGE, false},
    {"execution=agree:[numbers][" PROGRAM "]", CATALOGUE, CRUX_ROLE_EXECUTION, CRUX_SCORE, false},
    {"value=agree:[numbers][numbers]", CATALOGUE, CRUX_ROLE_VALUE, CRUX_SCORE, false},
    {"subgoal=agree:[" PROGRAM "][" PROGRAM "]", CATALOGUE, CRUX_ROLE_SUBGOAL, CRUX_SCORE, false},
    {"outcome=adversary:[" PROGRAM "][execution=numbers][match]", CATALOGUE, CRUX_ROLE_OUTCOME,
     CRUX_JUDGE, false},
    {"execution=adversary:[" PROGRAM "][numbers]", CATALOGUE, CRUX_ROLE_EXECUTION, CRUX_SCORE,
     false},
    {"value=adversary:[numbers][numbers]", CATALOGUE, CRUX_ROLE_VALUE, CRUX_SCORE, false},
    {"subgoal=adversary:[" PROGRAM "][" PROGRAM "][execution=numbers]", CATALOGUE,
     CRUX_ROLE_SUBGOAL, CRUX_SCORE, false},
    {"execution=judge:fake", SERVED, CRUX_ROLE_EXECUTION, CRUX_SCORE, false},
    {"outcome=judge:fake,votes=3", SERVED, CRUX_ROLE_OUTCOME, CRUX_JUDGE, false},
    {"execution=judge:fake,mode=pair,rivals=4", SERVED, CRUX_ROLE_EXECUTION, CRUX_SCORE, false},
    {"outcome=judge:fake,mode=steps,votes=3,keep=any", SERVED, CRUX_ROLE_OUTCOME, CRUX_JUDGE,
     false},
    {"value=judge:fake,mode=first,votes=3", SERVED, CRUX_ROLE_VALUE, CRUX_SCORE, false},
    {"subgoal=judge:fake,mode=criteria,why=no", SERVED, CRUX_ROLE_SUBGOAL, CRUX_SCORE, false},
    {"outcome=judge:fake,by=score", SERVED, CRUX_ROLE_OUTCOME, CRUX_JUDGE, false},
    {"execution=judge:fake,mode=steps", SERVED, CRUX_ROLE_EXECUTION, CRUX_SCORE, false},
    {"execution=reward:fake,dialect=vllm-pooling,transform=sigmoid", SERVED, CRUX_ROLE_EXECUTION,
     CRUX_SCORE, false},
    {"outcome=reward:fake,dialect=vllm-pooling,transform=softmax:1,steps=min,template=" PRM, SERVED,
     CRUX_ROLE_OUTCOME, CRUX_JUDGE, false},
    {"value=reward:fake,dialect=vllm-messages,transform=sigmoid", SERVED, CRUX_ROLE_VALUE,
     CRUX_SCORE, false},
    {"subgoal=reward:fake,dialect=vllm-classify,pointer=/probs/1", SERVED, CRUX_ROLE_SUBGOAL,
     CRUX_SCORE, false},
    {"outcome=reward:fake,dialect=vllm-score", SERVED, CRUX_ROLE_OUTCOME, CRUX_JUDGE, false},
    {"execution=reward:fake,dialect=vllm-rerank,batch=4", SERVED, CRUX_ROLE_EXECUTION, CRUX_SCORE,
     false},
    {"outcome=reward:fake,dialect=sglang-classify,transform=sigmoid", SERVED, CRUX_ROLE_OUTCOME,
     CRUX_JUDGE, false},
    {"execution=reward:fake,dialect=llamacpp-rerank,transform=clip:-4:4", SERVED,
     CRUX_ROLE_EXECUTION, CRUX_SCORE, false},
    {"outcome=reward:fake,dialect=tei-predict,transform=sigmoid", SERVED, CRUX_ROLE_OUTCOME,
     CRUX_JUDGE, false},
    {"execution=reward:fake,dialect=tei-rerank,transform=sigmoid,batch=1", SERVED,
     CRUX_ROLE_EXECUTION, CRUX_SCORE, false},
    {"annotate=critique:fake", SERVED, CRUX_ROLE_ANNOTATE, CRUX_ANNOTATE, false},
    {"annotate=critique:backend=fake,style=deliberate", SERVED, CRUX_ROLE_ANNOTATE, CRUX_ANNOTATE,
     false},
    {"annotate=critique:style=blind,backend=fake,tries=4", SERVED, CRUX_ROLE_ANNOTATE,
     CRUX_ANNOTATE, false},
    {"annotate=critique:style=panel,backends=fake+fake+fake", SERVED, CRUX_ROLE_ANNOTATE,
     CRUX_ANNOTATE, false},
    {"synthetic", SYNTHETIC, CRUX_ROLE_VALUE, CRUX_SCORE, true},
    {"panel of two late critics", PANEL, CRUX_ROLE_EXECUTION, CRUX_SCORE, false},
    {"scribe, late", SCRIBE, CRUX_ROLE_ANNOTATE, CRUX_ANNOTATE, false},
    {"world outcome", WORLD_OUTCOME, CRUX_ROLE_OUTCOME, CRUX_JUDGE, false},
    {"world execution", WORLD_EXECUTION, CRUX_ROLE_EXECUTION, CRUX_SCORE, false},
    {"world value", WORLD_VALUE, CRUX_ROLE_VALUE, CRUX_SCORE, false},
};

#define ROWS (sizeof rows / sizeof *rows)

struct subject {
    const struct row *row;
    struct world world;
    struct crux_critic *critic;
    struct late_port *members[2]; /* of a panel */
    struct crux_critic *inner;    /* of a scribe */
    struct serving servings[2];   /* of a service, of two models */
    struct crux_backends *backends;
    struct critic_fixture served;
};

/* A critic of a file whose weights are drawn. */
static int open_trained(struct subject *subject, struct crux_error *error)
{
    char description[] = "linear:/tmp/crux-contract-XXXXXX", *path = strchr(description, '/');
    int file = mkstemp(path), status;
    struct linear_model *model = linear_model_new();

    cr_assert(file >= 0 && model != NULL);
    model->role = subject->row->role;
    model->kind = CRUX_KINDS;
    for (uint32_t i = 0; i < LINEAR_FEATURES; i++)
        model->weights[i] = (float)draw_uniform(draw(1, i)) - 0.5F;
    status = linear_model_write(model, path, true, json_new_object(), error);
    if (status == CRUX_OK)
        status = crux_critic_open(&subject->critic, subject->row->role, description, NULL, error);
    linear_model_close(model);
    (void)close(file);
    (void)unlink(path);
    return status;
}

/* A service of JSON with faults: the fake model's server, whose usage is taken for a score. It is
 * asked about each answer, or about all steps at once. */
static const char *const service_faults =
    "[{\"fault\": \"reply\", \"status\": 200, \"body\": \"{}\", \"every\": 23, \"times\": 1},"
    " {\"fault\": \"cut\", \"at\": \"body\", \"bytes\": 9, \"how\": \"close\", \"every\": 17, "
    "\"times\": 1},"
    " {\"fault\": \"chunked\", \"bytes\": 5, \"every\": 19, \"times\": 1}]";

static void start_faulty(struct serving *serving, const char *kind, const char *seed)
{
    char faults[] = "/tmp/crux-faults-XXXXXX";
    const char *arguments[] = {"--kind",     kind,       "--seed", seed, "--latency",
                               "constant:0", "--faults", faults,   NULL};
    FILE *out = fdopen(mkstemp(faults), "w");

    (void)fputs(service_faults, out);
    (void)fclose(out);
    serving_start(serving, arguments);
    (void)unlink(faults);
}

static int open_service(struct subject *subject, struct crux_error *error)
{
    char file[] = "/tmp/crux-service-XXXXXX.yaml", description[64];
    bool judges = subject->row->verb == CRUX_JUDGE;
    FILE *out;
    int status;

    start_faulty(&subject->servings[0], "generic", "1");
    out = fdopen(mkstemps(file, 5), "w");
    (void)fprintf(out,
                  "url: %s\npath: /v1/chat/completions\nname: service\neach: %s\n"
                  "request: '{\"model\": \"fake\", \"seed\": 1, \"max_tokens\": 4, \"messages\": "
                  "[{\"role\": \"user\", \"content\": \"{{problem|json}}%s\"}]}'\n"
                  "score: /usage/prompt_tokens\nrange: 0,100000\nright-from: 0.5\n"
                  "sentence: /choices/0/message/content\n",
                  subject->servings[0].url, judges ? "candidate" : "call",
                  judges ? "{{solution|json}}"
                         : "{{#candidates}}{{candidate|json}}{{/candidates}}");
    (void)fclose(out);
    (void)snprintf(description, sizeof description, "http:%s", file);
    status = crux_critic_open(&subject->critic, subject->row->role, description, NULL, error);
    (void)unlink(file);
    return status;
}

/* Of two models, with faults. */
static int open_ratio(struct subject *subject, struct crux_error *error)
{
    static const char *const names[] = {"strong", "weak"};
    const struct crux_paying paying = {.store = NULL};
    int status = crux_backends_open(&subject->backends, &paying, error);

    for (int i = 0; i < 2 && status == CRUX_OK; i++) {
        struct crux_backend backend = crux_backend_default();
        struct crux_endpoint endpoint;
        char url[80];

        start_faulty(&subject->servings[i], "vllm", i == 0 ? "1" : "3");
        (void)snprintf(url, sizeof url, "%s/v1", subject->servings[i].url);
        endpoint = (struct crux_endpoint){.url = url};
        backend.name = names[i];
        backend.endpoints = &endpoint;
        backend.endpoint_count = 1;
        status = crux_backends_add(subject->backends, &backend, error);
    }
    return status == CRUX_OK ? crux_critic_open(&subject->critic, subject->row->role,
                                                "ratio:strong,weak", subject->backends, error)
                             : status;
}

static void open_served(struct subject *subject)
{
    const struct row *row = subject->row;
    const struct critic_fixture_plan plan = {
        .role = row->role, .description = strchr(row->name, '=') + 1, .faults = FAULTS};

    critic_fixture_open(&subject->served, &plan);
    subject->critic = subject->served.critic;
}

static void open_subject(struct subject *subject, const struct row *row)
{
    const struct world_script script = {.branching = 8, .depth = 3, .right_of = 4};
    struct crux_error error = {""};
    int status = CRUX_OK;

    memset(subject, 0, sizeof *subject);
    subject->row = row;
    world_open(&subject->world, &script);
    switch (row->maker) {
    case CATALOGUE:
        status =
            crux_critic_open(&subject->critic, row->role, strchr(row->name, '=') + 1, NULL, &error);
        break;
    case TRAINED:
        status = open_trained(subject, &error);
        break;
    case SERVICE:
        status = open_service(subject, &error);
        break;
    case RATIO:
        status = open_ratio(subject, &error);
        break;
    case SERVED:
        open_served(subject);
        break;
    case SYNTHETIC:
        status = crux_synthetic_critic(&subject->critic, "8,4", &error);
        break;
    case PANEL:
        for (uint32_t i = 0; i < 2; i++)
            subject->members[i] = late_port_open(&subject->world.execution.port, 2, i);
        subject->critic =
            panel_open(late_port_of(subject->members[0]), late_port_of(subject->members[1]));
        break;
    case SCRIBE:
        status = crux_critic_open(&subject->inner, CRUX_ROLE_ANNOTATE, "numbers", NULL, &error);
        subject->critic = scribe_open(subject->inner, SCRIBE_WAITS_NS);
        break;
    case WORLD_OUTCOME:
        subject->critic = &subject->world.outcome;
        break;
    case WORLD_VALUE:
        subject->critic = &subject->world.value;
        break;
    case WORLD_EXECUTION:
        subject->critic = &subject->world.execution;
        break;
    }
    cr_assert_eq(status, CRUX_OK, "%s: %s", row->name, error.text);
}

static void close_subject(struct subject *subject)
{
    if (subject->served.critic != NULL)
        critic_fixture_close(&subject->served);
    else if (subject->row->maker <= SCRIBE)
        crux_critic_close(subject->critic);
    crux_critic_close(subject->inner);
    crux_backends_close(subject->backends);
    for (int i = 0; i < 2; i++)
        if (subject->servings[i].process != 0)
            serving_stop(&subject->servings[i]);
    for (int i = 0; i < 2; i++)
        if (subject->members[i] != NULL)
            late_port_close(subject->members[i]);
    cr_assert_eq(atomic_load(&subject->world.outstanding), 0, "%s keeps replies",
                 subject->row->name);
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

/* --- what is judged ------------------------------------------------------------------------ */

static const struct crux_problem puzzle = {
    .id = "4-9-10-13", .prompt = "Make 24.", .line = "{\"numbers\": [4, 9, 10, 13]}"};
static const struct crux_problem words = {
    .id = "words", .prompt = "What is a crux?", .line = "{\"target\": 24}"};
static const struct crux_problem *const problems[] = {&puzzle, &words};

static const struct crux_step first = {
    .text = "10 - 4 = 6 (left: 6 9 13)", .length = 25, .depth = 1, .kind = CRUX_STEP};

/* Candidates behind the first step: honest, forged, empty, long, none of our game, and
 * final answers, two of which are the same. */
#define CANDIDATES 11u
static const char *const texts[CANDIDATES] = {
    "13 - 9 = 4 (left: 4 6)",
    "13 - 9 = 4 (left: 4 6)\n6 * 4 = 24 (left: 24)",
    "13 - 9 = 5 (left: 5 6)",
    "",
    "\n\n",
    "A crux is where two paths part. \xC3\xA9\xE2\x88\x9A",
    "9223372036854775807 * 9223372036854775807 = 0 (left: 0)",
    "((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((",
    "So it is \\boxed{\\frac{1}{2}}.",
    "The answer is 50%.",
    "#### 6 + 4 = 10",
};

/* A question of the row's verb and what it points to. */
struct question {
    struct crux_call call;
    struct crux_step candidates[CANDIDATES];
    struct crux_node root;
    struct crux_rollout rollouts[CANDIDATES];
    struct crux_pair pair;
    struct crux_tree tree;
    uint16_t choices[3];
};

static void ask_about_candidates(struct question *question, const struct row *row)
{
    for (uint32_t i = 0; i < CANDIDATES; i++)
        question->candidates[i] =
            (struct crux_step){.previous = &first,
                               .text = texts[i],
                               .length = (uint32_t)strlen(texts[i]),
                               .depth = 2,
                               .kind = row->verb == CRUX_JUDGE ? CRUX_ANSWER : CRUX_STEP};
    question->call.candidates = question->candidates;
    question->call.count = CANDIDATES;
    question->call.state.last = &first;
    question->call.state.depth = 1;
}

/* The pair's wrong path is candidate number i alone. */
static void ask_about_pair(struct question *question, uint32_t i)
{
    question->root = (struct crux_node){.parent = CRUX_NO_NODE, .text = ""};
    for (uint32_t j = 0; j < CANDIDATES; j++)
        question->rollouts[j] =
            (struct crux_rollout){.text = texts[j], .answer = "", .verdict = CRUX_WRONG};
    question->pair = (struct crux_pair){.wrong = i};
    question->tree = (struct crux_tree){.problem = question->call.state.problem,
                                        .node_count = 1,
                                        .nodes = &question->root,
                                        .rollout_count = CANDIDATES,
                                        .rollouts = question->rollouts,
                                        .pair_count = 1,
                                        .pairs = &question->pair};
    question->call.tree = &question->tree;
    question->call.pair = &question->pair;
    question->call.count = 1;
}

static void make_question(struct question *question, const struct row *row,
                          const struct crux_problem *problem, uint32_t number)
{
    memset(question, 0, sizeof *question);
    question->call =
        (struct crux_call){.verb = row->verb, .seed = number, .state = {.problem = problem}};
    if (row->of_state) {
        question->choices[0] = (uint16_t)(number % 8);
        question->call.state.choices = question->choices;
        question->call.state.depth = 3;
        question->call.count = 1;
    } else if (row->verb == CRUX_ANNOTATE) {
        ask_about_pair(question, number % CANDIDATES);
    } else {
        ask_about_candidates(question, row);
    }
}

static uint64_t add_text(uint64_t hash, const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return hash * 31 + (text != NULL);
}

static uint64_t add_real(uint64_t hash, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return (hash ^ bits) * UINT64_C(1099511628211);
}

/* A hash of all that a reply says. */
static uint64_t digest(const struct crux_call *call)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    const struct crux_note *note = call->reply.note;

    for (uint32_t i = 0; call->verb == CRUX_SCORE && i < call->reply.count; i++)
        hash = add_real(hash, call->reply.scores[i]);
    for (uint32_t i = 0; call->verb == CRUX_JUDGE && i < call->reply.count; i++) {
        hash = add_real(hash, call->reply.outcomes[i].reward);
        hash = add_text(hash + call->reply.outcomes[i].verdict, call->reply.outcomes[i].answer);
    }
    if (call->verb == CRUX_ANNOTATE && note != NULL)
        hash = add_text(add_text(hash + note->first_error, note->text), note->corrected_step);
    return hash;
}

static uint64_t digest_of(struct subject *subject, struct port_fixture *fixture,
                          const struct crux_call *question)
{
    uint64_t hash;

    cr_assert_eq(port_fixture_ask(fixture, &subject->critic->port, question), CRUX_DONE, "%s",
                 subject->row->name);
    hash = digest(port_fixture_call(fixture));
    port_fixture_release(fixture);
    return hash;
}

/* --- one reply ----------------------------------------------------------------------------------
 */

static void insist_scores(const struct crux_call *call, const char *name)
{
    cr_assert_eq(call->reply.count, call->count, "%s", name);
    for (uint32_t i = 0; i < call->reply.count; i++)
        cr_assert(isfinite(call->reply.scores[i]) && call->reply.scores[i] <= 1.0, "%s", name);
}

static void insist_outcomes(const struct crux_call *call, const char *name)
{
    cr_assert_eq(call->reply.count, call->count, "%s", name);
    for (uint32_t i = 0; i < call->reply.count; i++) {
        const struct crux_outcome *outcome = &call->reply.outcomes[i];

        cr_assert(outcome->reward >= 0.0 && outcome->reward <= 1.0, "%s", name);
        cr_assert_leq((unsigned)outcome->verdict, (unsigned)CRUX_WRONG, "%s", name);
        cr_assert(outcome->answer == NULL || reply_is_text(outcome->answer, true), "%s", name);
    }
}

static void insist_note(const struct crux_call *call, const char *name)
{
    const struct crux_note *note = call->reply.note;

    if (note == NULL)
        return;
    if (note->first_error != CRUX_NO_STEP || note->exact) {
        cr_assert_geq(note->first_error, call->pair->prefix, "%s", name);
        cr_assert_lt(note->first_error, crux_path_steps(call->tree, call->pair->wrong, NULL, 0),
                     "%s", name);
    }
    cr_assert(reply_is_text(note->text, true) && note->text[0] != '\0', "%s", name);
    cr_assert(reply_is_text(note->error_type, false), "%s", name);
    cr_assert(reply_is_text(note->corrected_step, false), "%s", name);
    cr_assert(reply_is_text(note->method, false), "%s", name);
}

static void replies_are_as_they_must_be(struct subject *subject)
{
    static void (*const insist[CRUX_VERBS])(const struct crux_call *, const char *) = {
        [CRUX_SCORE] = insist_scores,
        [CRUX_JUDGE] = insist_outcomes,
        [CRUX_ANNOTATE] = insist_note,
    };
    struct port_fixture *fixture = port_fixture_open();

    for (size_t p = 0; p < sizeof problems / sizeof *problems; p++) {
        for (uint32_t number = 0; number < ROUNDS; number++) {
            struct question question;

            make_question(&question, subject->row, problems[p], number);
            cr_assert_eq(port_fixture_ask(fixture, &subject->critic->port, &question.call),
                         CRUX_DONE, "%s", subject->row->name);
            insist[subject->row->verb](port_fixture_call(fixture), subject->row->name);
            port_fixture_release(fixture);
        }
    }
    port_fixture_close(fixture);
}

/* One answer a candidate, in range, in text that the search can take: whatever the
 * candidates say, and for a problem that is none of the critic's. */
Test(contract_critic, replies_are_as_they_must_be)
{
    for_every_row(replies_are_as_they_must_be);
}

static void it_is_what_it_says(struct subject *subject)
{
    const struct crux_critic *critic = subject->critic;
    struct port_fixture *fixture = port_fixture_open();
    struct question question;
    int status;

    cr_assert_not_null(critic->port.name);
    cr_assert(critic->verbs & 1u << subject->row->verb, "%s does not say what it answers",
              subject->row->name);
    make_question(&question, subject->row, &puzzle, 0);
    status = port_fixture_send(fixture, &subject->critic->port, &question.call);
    if (critic->port.instant)
        cr_assert_eq(status, CRUX_DONE, "%s", subject->row->name);
    if (status == CRUX_PENDING)
        (void)port_fixture_wait(fixture);
    port_fixture_release(fixture);
    port_fixture_close(fixture);
}

/* It answers the verb that it declares, and at once when it says so. */
Test(contract_critic, it_is_what_it_says)
{
    for_every_row(it_is_what_it_says);
}

static bool same_step(const struct crux_step *a, const struct crux_step *b)
{
    return a->previous == b->previous && a->text == b->text && a->length == b->length &&
           a->depth == b->depth && a->tokens == b->tokens && a->kind == b->kind &&
           a->terminal == b->terminal;
}

static void the_question_stays_as_it_is(struct subject *subject)
{
    struct port_fixture *fixture = port_fixture_open();
    struct question question, before;

    make_question(&question, subject->row, &puzzle, 0);
    before = question;
    cr_assert_eq(port_fixture_ask(fixture, &subject->critic->port, &question.call), CRUX_DONE);
    before.call.ticket = port_fixture_call(fixture)->ticket;
    cr_assert_eq(
        memcmp(port_fixture_call(fixture), &before.call, offsetof(struct crux_call, reply)), 0,
        "%s", subject->row->name);
    for (uint32_t i = 0; i < CANDIDATES; i++)
        cr_assert(same_step(&question.candidates[i], &before.candidates[i]), "%s",
                  subject->row->name);
    port_fixture_release(fixture);
    port_fixture_close(fixture);
}

/* The question belongs to the search: a critic does not write there. */
Test(contract_critic, the_question_stays_as_it_is)
{
    for_every_row(the_question_stays_as_it_is);
}

/* --- the same again
 * --------------------------------------------------------------------------------- */

static void earlier_questions_do_not_matter(struct subject *subject)
{
    struct port_fixture *fixture = port_fixture_open();
    uint64_t digests[ROUNDS];

    for (uint32_t number = 0; number < ROUNDS; number++) {
        struct question question;

        make_question(&question, subject->row, &puzzle, number);
        digests[number] = digest_of(subject, fixture, &question.call);
    }
    for (uint32_t number = ROUNDS; number-- > 0;) {
        struct question question;

        make_question(&question, subject->row, &puzzle, number);
        cr_assert_eq(digest_of(subject, fixture, &question.call), digests[number], "%s",
                     subject->row->name);
    }
    port_fixture_close(fixture);
}

/* The same question has the same answer, whatever was asked before. */
Test(contract_critic, earlier_questions_do_not_matter)
{
    for_every_row(earlier_questions_do_not_matter);
}

/* One of several threads that ask one critic; it judges nothing, the test does after
 * the join. */
struct crowd {
    struct subject *subject;
    struct port_fixture *fixture;
    uint64_t digests[ROUNDS];
    bool failed;
    pthread_t thread;
};

static void *ask_among_others(void *context)
{
    struct crowd *crowd = context;
    struct crux_port *port = &crowd->subject->critic->port;

    for (uint32_t number = 0; number < ROUNDS; number++) {
        struct question question;

        make_question(&question, crowd->subject->row, &puzzle, number);
        if (port_fixture_ask(crowd->fixture, port, &question.call) != CRUX_DONE) {
            crowd->failed = true;
            return NULL;
        }
        crowd->digests[number] = digest(port_fixture_call(crowd->fixture));
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
        cr_assert_not(crowd[i].failed, "%s", subject->row->name);
    }
    for (uint32_t number = 0; number < ROUNDS; number++) {
        struct question question;
        uint64_t alone;

        make_question(&question, subject->row, &puzzle, number);
        alone = digest_of(subject, fixture, &question.call);
        for (uint32_t i = 0; i < THREADS; i++)
            cr_assert_eq(crowd[i].digests[number], alone, "%s", subject->row->name);
    }
    port_fixture_close(fixture);
}

/* Asked from several threads at once it says what it says alone. */
Test(contract_critic, threads_do_not_matter)
{
    for_every_row(threads_do_not_matter);
}

/* --- more promises
 * ------------------------------------------------------------------------------------- */

static void replies_live_until_released(struct subject *subject)
{
    struct port_fixture *askers[ROUNDS];
    struct question questions[ROUNDS];
    uint64_t digests[ROUNDS];

    if (subject->row->of_state)
        return; /* it answers from memory of its thread, one reply at a time */
    for (uint32_t i = 0; i < ROUNDS; i++) {
        askers[i] = port_fixture_open();
        make_question(&questions[i], subject->row, &puzzle, i);
        cr_assert_eq(port_fixture_ask(askers[i], &subject->critic->port, &questions[i].call),
                     CRUX_DONE);
        digests[i] = digest(port_fixture_call(askers[i]));
    }
    for (uint32_t i = 0; i < ROUNDS; i++) {
        cr_assert_eq(digest(port_fixture_call(askers[i])), digests[i], "%s", subject->row->name);
        port_fixture_release(askers[i]);
        port_fixture_close(askers[i]);
    }
}

/* Replies stay as they were until they are given back, in whatever order. */
Test(contract_critic, replies_live_until_released)
{
    for_every_row(replies_live_until_released);
}

static void the_reference_steers_nobody(struct subject *subject)
{
    struct crux_problem answered = puzzle;
    struct port_fixture *fixture = port_fixture_open();

    answered.answer = "6 + 4 = 10";
    for (uint32_t number = 0; number < ROUNDS && !subject->critic->sees_reference; number++) {
        struct question without, with;

        make_question(&without, subject->row, &puzzle, number);
        make_question(&with, subject->row, &answered, number);
        cr_assert_eq(digest_of(subject, fixture, &without.call),
                     digest_of(subject, fixture, &with.call), "%s", subject->row->name);
    }
    port_fixture_close(fixture);
}

/* A critic that does not declare that it sees the reference answer does not use it. */
Test(contract_critic, the_reference_steers_nobody)
{
    for_every_row(the_reference_steers_nobody);
}

static void the_problem_itself_can_be_scored(struct subject *subject)
{
    struct crux_call question = {
        .verb = CRUX_SCORE, .count = 1, .state = {.problem = &puzzle, .choices = NULL}};
    struct port_fixture *fixture;

    if (subject->row->verb != CRUX_SCORE)
        return;
    fixture = port_fixture_open();
    cr_assert_eq(port_fixture_ask(fixture, &subject->critic->port, &question), CRUX_DONE);
    insist_scores(port_fixture_call(fixture), subject->row->name);
    port_fixture_release(fixture);
    port_fixture_close(fixture);
}

/* At the root there is no step: then the problem itself is scored. */
Test(contract_critic, the_problem_itself_can_be_scored)
{
    for_every_row(the_problem_itself_can_be_scored);
}

/* Every critic of the catalogue is held to the contract above. */
Test(contract_critic, knows_the_catalogue)
{
    const char *name;

    for (int role = 0; role < CRUX_ROLES; role++)
        for (size_t i = 0; (name = crux_critic_name((enum crux_role)role, i)) != NULL; i++) {
            bool found = false;

            for (size_t j = 0; j < ROWS; j++)
                found |= rows[j].maker <= SERVED && rows[j].role == (enum crux_role)role &&
                         strncmp(strchr(rows[j].name, '=') + 1, name, strlen(name)) == 0;
            cr_expect(found, "no row of %s critic %s", crux_role_name((enum crux_role)role), name);
        }
}
