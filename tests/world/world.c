/*
 * world.c - the ports of the scripted world: words, hashes and counters, no clock.
 */
#include "tests/world/world.h"

#include "search/rng.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORLD_OF(port_pointer, member)                                                             \
    ((struct world *)(void *)((char *)(port_pointer)-offsetof(struct world, member)))

struct world_reply {
    struct crux_proposal *proposals;
    struct crux_outcome *outcomes;
    double *scores;
    struct crux_opinion *opinions;
    char *text;
};

/* --- the policy ------------------------------------------------------------------ */

static bool one_of(uint64_t hash, uint32_t count)
{
    return count != 0 && rng_mix(hash) % count == 0;
}

static struct world_reply *new_reply(struct world *world, struct crux_call *call, size_t bytes)
{
    struct world_reply *reply = calloc(1, sizeof *reply);

    reply->proposals = calloc(call->count, sizeof *reply->proposals);
    reply->outcomes = calloc(call->count, sizeof *reply->outcomes);
    reply->scores = calloc(call->count, sizeof *reply->scores);
    reply->opinions = calloc(call->count, sizeof *reply->opinions);
    reply->text = calloc(1, bytes + 1);
    call->reply.owner = reply;
    call->reply.prompt_tokens = 3;
    call->reply.completion_tokens = 2;
    call->reply.price = 7;
    atomic_fetch_add(&world->outstanding, 1);
    return reply;
}

/* Equal for paths of the same words, whatever their order. */
static uint64_t meeting_place(const struct crux_step *last, uint32_t word)
{
    uint64_t sum = rng_mix(word + 1), depth = 1;

    for (; last != NULL; last = last->previous, depth++)
        sum += rng_mix((uint64_t)atoi(last->text + 1) + 1);
    return rng_join(depth, sum) | 1;
}

static void propose_steps(struct world *world, struct crux_call *call)
{
    uint32_t known = call->sample < world->script.branching ? call->sample : 0;
    uint32_t left =
        world->script.repeats ? world->script.branching : world->script.branching - call->sample;
    uint32_t count = call->count < left ? call->count : left;
    struct world_reply *reply = new_reply(world, call, 16 * (size_t)count);

    for (uint32_t i = 0; i < count; i++) {
        char *text = reply->text + 16 * (size_t)i;

        uint32_t word = world->script.repeats ? i : known + i;

        (void)snprintf(text, 16, "w%u", word);
        reply->proposals[i] = (struct crux_proposal){
            .state_hash = world->script.meet ? meeting_place(call->state.last, word) : 0,
            .text = world->script.bad_text != NULL ? world->script.bad_text : text,
            .prior = 1.0F + (float)(rng_join(call->seed, word) % 100),
            .terminal = call->state.depth + 1 == world->script.depth,
        };
    }
    if (one_of(call->seed, world->script.dead_of))
        count = 0;
    call->reply.count = count;
    call->reply.proposals = reply->proposals;
    call->reply.knows_entropy = world->script.knows_entropy;
    call->reply.entropy = (float)(world->script.entropy * call->state.depth);
}

static uint64_t hash_chain(const struct crux_step *step)
{
    uint64_t hash = step->previous != NULL ? hash_chain(step->previous) : 1;
    const char *text = step->text;

    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        hash = rng_join(hash, rng_text(text, length));
        text += length + (text[length] == '\n');
    }
    return hash;
}

static void propose_answers(struct world *world, struct crux_call *call)
{
    uint32_t missing = world->script.depth - call->state.depth;
    size_t bytes = 16 * (size_t)missing + 1;
    struct world_reply *reply = new_reply(world, call, bytes * call->count);

    for (uint32_t i = 0; i < call->count; i++) {
        char *text = reply->text + bytes * i;
        uint64_t hash = rng_join(call->seed, call->sample + i);
        size_t at = 0;

        if (call->revision != NULL) /* another answer after each */
            hash = rng_join(hash, hash_chain(call->revision->answer));
        for (uint32_t j = 0; j < missing; j++) {
            hash = rng_mix(hash + j);
            at += (size_t)snprintf(text + at, 16, "%sw%u", j > 0 ? "\n" : "",
                                   (unsigned)(hash % world->script.branching));
        }
        reply->proposals[i] = (struct crux_proposal){.text = text, .terminal = true};
    }
    call->reply.count = call->count;
    call->reply.proposals = reply->proposals;
    atomic_fetch_add(&world->answers, call->count);
}

static int propose(struct crux_port *port, struct crux_call *call)
{
    struct world *world = WORLD_OF(port, policy.port);

    atomic_fetch_add(&world->proposals, 1);
    if (one_of(call->seed + 1, world->script.fail_of)) {
        atomic_fetch_add(&world->failed, 1);
        call->reply.sentence = "the world ends here";
        return CRUX_FAILED;
    }
    if (call->kind == CRUX_ANSWER)
        propose_answers(world, call);
    else
        propose_steps(world, call);
    return CRUX_DONE;
}

/* --- the critics ------------------------------------------------------------------ */

uint32_t world_opinion_judges(double score)
{
    return (uint32_t)(score * 1000.0 + 0.5) % 3; /* nodes keep scores as floats */
}

/* About every number of the reply. */
static void have_opinions(const struct world *world, struct crux_call *call,
                          struct world_reply *reply)
{
    for (uint32_t i = 0; world->script.opinions && i < call->count; i++) {
        uint32_t judges = world_opinion_judges(reply->scores[i]);

        if (judges > 0)
            reply->opinions[i] = (struct crux_opinion){.steps = &reply->scores[i],
                                                       .step_count = 1,
                                                       .judges = judges,
                                                       .spread = 0.25,
                                                       .sentence = "as it looks"};
    }
    call->reply.opinions = world->script.opinions ? reply->opinions : NULL;
}

static int judge(struct crux_port *port, struct crux_call *call)
{
    struct world *world = WORLD_OF(port, outcome.port);
    struct world_reply *reply = new_reply(world, call, 16 * (size_t)call->count);

    for (uint32_t i = 0; i < call->count; i++) {
        uint64_t hash = hash_chain(&call->candidates[i]);
        bool right = one_of(hash, world->script.right_of);
        char *answer = reply->text + 16 * (size_t)i;

        (void)snprintf(answer, 16, "a%u", (unsigned)(hash % 5));
        reply->outcomes[i] = (struct crux_outcome){
            .reward = world->script.bad_score != 0.0 ? world->script.bad_score : (double)right,
            .verdict = right ? CRUX_RIGHT : CRUX_WRONG,
            .answer = answer,
        };
    }
    for (uint32_t i = 0; i < call->count; i++)
        reply->scores[i] = reply->outcomes[i].reward;
    have_opinions(world, call, reply);
    call->reply.count = call->count;
    call->reply.outcomes = reply->outcomes;
    atomic_fetch_add(&world->judged, call->count);
    return CRUX_DONE;
}

static int score_all(struct world *world, struct crux_call *call)
{
    struct world_reply *reply = new_reply(world, call, 0);

    for (uint32_t i = 0; i < call->count; i++) {
        uint64_t hash = call->candidates != NULL ? hash_chain(&call->candidates[i]) : 1;

        reply->scores[i] = world->script.bad_score != 0.0 ? world->script.bad_score
                                                          : (double)(hash % 1001) / 1000.0;
    }
    have_opinions(world, call, reply);
    call->reply.count = call->count;
    call->reply.scores = reply->scores;
    atomic_fetch_add(&world->scored, call->count);
    return CRUX_DONE;
}

static int score_leaf(struct crux_port *port, struct crux_call *call)
{
    return score_all(WORLD_OF(port, value.port), call);
}

static int score_children(struct crux_port *port, struct crux_call *call)
{
    return score_all(WORLD_OF(port, execution.port), call);
}

/* --- releasing -------------------------------------------------------------------- */

static void release(struct world *world, struct crux_reply *given)
{
    struct world_reply *reply = given->owner;

    free(reply->proposals);
    free(reply->outcomes);
    free(reply->scores);
    free(reply->opinions);
    free(reply->text);
    free(reply);
    atomic_fetch_sub(&world->outstanding, 1);
}

static void release_policy(struct crux_port *port, struct crux_reply *reply)
{
    release(WORLD_OF(port, policy.port), reply);
}

static void release_outcome(struct crux_port *port, struct crux_reply *reply)
{
    release(WORLD_OF(port, outcome.port), reply);
}

static void release_value(struct crux_port *port, struct crux_reply *reply)
{
    release(WORLD_OF(port, value.port), reply);
}

static void release_execution(struct crux_port *port, struct crux_reply *reply)
{
    release(WORLD_OF(port, execution.port), reply);
}

void world_open(struct world *world, const struct world_script *script)
{
    memset(world, 0, sizeof *world);
    world->script = *script;
    world->policy.port = (struct crux_port){"world", true, propose, NULL, release_policy, NULL};
    world->policy.tells_entropy = true; /* it may */
    world->policy.revises = true;
    world->outcome =
        (struct crux_critic){{"world-outcome", true, judge, NULL, release_outcome, NULL},
                             1u << CRUX_JUDGE,
                             false,
                             false,
                             false};
    world->value =
        (struct crux_critic){{"world-value", true, score_leaf, NULL, release_value, NULL},
                             1u << CRUX_SCORE,
                             false,
                             false,
                             false};
    world->execution = (struct crux_critic){
        {"world-execution", true, score_children, NULL, release_execution, NULL},
        1u << CRUX_SCORE,
        false,
        false,
        false};
}

/* --- problems and trees -------------------------------------------------------------- */

static int next_problem(struct crux_source *self, const struct crux_problem **out,
                        struct crux_error *error)
{
    struct world_source *source = (struct world_source *)(void *)self;

    (void)error;
    if (source->next == source->count)
        return CRUX_END;
    *out = &source->problems[source->next++];
    return CRUX_OK;
}

void world_source_open(struct world_source *source, uint32_t count)
{
    world_source_open_like(source, &(struct crux_problem){.prompt = "say words"}, count);
}

void world_source_open_like(struct world_source *source, const struct crux_problem *problem,
                            uint32_t count)
{
    *source = (struct world_source){.source = {next_problem}, .count = count};
    source->problems = calloc(count + 1u, sizeof *source->problems);
    for (uint32_t i = 0; i < count; i++) {
        char *id = calloc(1, 16);

        (void)snprintf(id, 16, "p%u", i);
        source->problems[i] = *problem;
        source->problems[i].id = id;
        source->problems[i].ordinal = i;
    }
}

void world_source_close(struct world_source *source)
{
    for (uint32_t i = 0; i < source->count; i++)
        free((void *)(uintptr_t)source->problems[i].id);
    free(source->problems);
}

static uint64_t digest_text(uint64_t hash, const char *text)
{
    return rng_join(hash, rng_text(text, strlen(text)));
}

static uint64_t digest_real(uint64_t hash, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return rng_join(hash, bits);
}

uint64_t world_digest(const struct crux_tree *tree)
{
    uint64_t hash = digest_text(tree->simulations, tree->problem->id);

    for (uint32_t i = 0; i < tree->node_count; i++) {
        const struct crux_node *node = &tree->nodes[i];

        hash = rng_join(digest_text(hash, node->text), node->parent);
        hash = digest_real(rng_join(hash, node->visits), node->value);
        hash = digest_real(digest_real(hash, node->prior), node->target);
    }
    for (uint32_t i = 0; i < tree->rollout_count; i++) {
        hash = rng_join(digest_text(hash, tree->rollouts[i].text), tree->rollouts[i].node);
        hash = digest_real(hash, tree->rollouts[i].reward);
    }
    for (uint32_t i = 0; i < tree->pair_count; i++)
        hash = rng_join(rng_join(hash, tree->pairs[i].wrong),
                        rng_join(tree->pairs[i].right, tree->pairs[i].prefix));
    for (uint32_t i = 0; i < tree->remark_count; i++)
        hash = digest_real(rng_join(hash, tree->remarks[i].path), tree->remarks[i].score);
    return hash;
}

static uint64_t violations_of(const struct crux_tree *tree)
{
    const struct crux_audit *audit = &tree->audit;

    return audit->in_flight_left + audit->claims_left + audit->visit_errors + audit->sum_errors +
           (audit->root_visits != tree->simulations);
}

static int finished(struct crux_sink *self, const struct crux_tree *tree, struct crux_error *error)
{
    struct world_sink *sink = (struct world_sink *)(void *)self;

    atomic_fetch_add(&sink->trees, 1);
    atomic_fetch_add(&sink->stopped, tree->reason == CRUX_REASON_STOPPED);
    atomic_fetch_add(&sink->failed, tree->reason == CRUX_REASON_FAILED);
    atomic_fetch_add(&sink->simulations, tree->simulations);
    atomic_fetch_add(&sink->calls, tree->calls);
    atomic_fetch_add(&sink->pairs, tree->pair_count);
    atomic_fetch_add(&sink->rights, tree->right_count);
    atomic_fetch_add(&sink->rollouts, tree->rollout_count);
    atomic_fetch_add(&sink->violations, violations_of(tree));
    atomic_fetch_add(&sink->digest, world_digest(tree));
    return sink->answer < 0 ? crux_fail(error, sink->answer, "the sink is full") : CRUX_OK;
}

void world_sink_open(struct world_sink *sink)
{
    memset(sink, 0, sizeof *sink);
    sink->sink.finished = finished;
}
