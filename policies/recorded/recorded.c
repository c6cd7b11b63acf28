/*
 * recorded.c - policy `recorded`: proposes steps and answers from a file of answers.
 *
 * An answer that was recorded once is not drawn twice: steps are drawn without replacement, by
 * how much the answers weigh that go on so, and whole answers come in a shuffled order
 * that goes through all of them before one comes again. So the share of a step, a vote
 * over `sample` and the paths of a tree have the frequencies of the recorded answers.
 */
#include "policies/catalogue.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/draw.h"
#include "io/steps.h"
#include "policies/recorded/file.h"

enum { REPORTED = 10 }; /* bad lines that are reported one by one */

struct recorded_policy {
    struct crux_policy policy;
    struct recorded_forest forest;
};

static int recorded_fail(struct crux_call *call, int status, const char *sentence)
{
    call->reply.sentence = sentence;
    return status;
}

/* --- where a state is ------------------------------------------------------------------ */

static struct crux_text recorded_text_of(const char *text)
{
    size_t length = strlen(text);

    return (struct crux_text){text, length};
}

/* A prompt as the file's were kept: without white space around it. */
static struct crux_text prompt_of(const struct crux_problem *problem)
{
    struct crux_text text = recorded_text_of(problem->prompt != NULL ? problem->prompt : "");

    while (text.length > 0 && strchr(" \t\r\n", text.start[text.length - 1]) != NULL)
        text.length--;
    while (text.length > 0 && strchr(" \t\r\n", *text.start) != NULL) {
        text.start++;
        text.length--;
    }
    return text;
}

/* The problem's root, 0: nothing was recorded for it. */
static uint32_t root_of(const struct recorded_forest *forest, const struct crux_problem *problem)
{
    uint32_t root = recorded_find(forest, ROOTS_BY_ID, recorded_text_of(problem->id));

    if (root == 0)
        root = recorded_find(forest, ROOTS_BY_PROMPT, prompt_of(problem));
    return root != 0 && forest->nodes[root].below > 0 ? root : 0;
}

/* The node of a path, 0: no recorded answer goes that way. */
static uint32_t recorded_node_of(const struct recorded_forest *forest, uint32_t root,
                                 const struct crux_step *last)
{
    const struct crux_step *path[STEPS_MOST];
    size_t depth = steps_gather(last, path, STEPS_MOST);
    uint32_t node = depth <= STEPS_MOST ? root : 0;

    for (size_t i = 0; i < depth && node != 0; i++)
        node = recorded_find(forest, node, (struct crux_text){path[i]->text, path[i]->length});
    return node;
}

/* --- steps ------------------------------------------------------------------------------- */

struct choice {
    uint32_t node;
    double key;
};

static int recorded_by_key(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->node > y->node) - (x->node < y->node);
}

static uint32_t recorded_count_children(const struct recorded_forest *forest, uint32_t node)
{
    uint32_t count = 0;

    for (uint32_t at = forest->nodes[node].child; at != 0; at = forest->nodes[at].next)
        count += forest->nodes[at].below > 0;
    return count;
}

/* All children, in an order in which the first is drawn by weight, the second by weight
 * among the others, and so on: exponential waiting times (Efraimidis and Spirakis 2006). */
static struct choice *draw_children(const struct recorded_forest *forest, uint32_t node,
                                    uint64_t seed, uint32_t count)
{
    struct choice *choices = malloc((count + 1) * sizeof *choices);
    uint32_t i = 0;

    if (choices == NULL)
        return NULL;
    for (uint32_t at = forest->nodes[node].child; at != 0; at = forest->nodes[at].next) {
        double wait = -log(draw_uniform(draw(seed, at)));

        if (forest->nodes[at].below > 0)
            choices[i++] = (struct choice){at, wait / forest->nodes[at].weight};
    }
    qsort(choices, count, sizeof *choices, recorded_by_key);
    return choices;
}

static struct crux_proposal step_of(const struct recorded_forest *forest, uint32_t parent,
                                    uint32_t node)
{
    const struct recorded_node *child = &forest->nodes[node];
    double total = forest->nodes[parent].weight;

    return (struct crux_proposal){
        .text = child->text,
        .prior = total > 0.0 ? (float)(child->weight / total) : 0.0F,
        .terminal = child->ended == child->below,
    };
}

static int recorded_propose_steps(const struct recorded_forest *forest, struct crux_call *call,
                                  uint32_t node)
{
    uint32_t all = node != 0 ? recorded_count_children(forest, node) : 0;
    uint32_t first = call->sample < all ? call->sample : all; /* where this call begins */
    uint32_t count = all - first < call->count ? all - first : call->count;
    struct choice *choices;
    struct crux_proposal *proposals;

    if (count == 0)
        return CRUX_DONE; /* a dead end */
    choices = draw_children(forest, node, call->seed, all);
    proposals = calloc(count, sizeof *proposals);
    for (uint32_t i = 0; choices != NULL && proposals != NULL && i < count; i++)
        proposals[i] = step_of(forest, node, choices[first + i].node);
    if (choices == NULL || proposals == NULL) {
        free(choices);
        free(proposals);
        return recorded_fail(call, CRUX_MEMORY, "no memory for recorded steps");
    }
    free(choices);
    call->reply.count = count;
    call->reply.proposals = proposals;
    call->reply.owner = proposals;
    return CRUX_DONE;
}

/* --- answers --------------------------------------------------------------------------------- */

/* Where index lands when count things are shuffled by seed: a Feistel network of four
 * rounds over the least even number of bits, walked until it comes out below count (Black
 * and Rogaway 2002, cycle walking). */
static uint32_t shuffled(uint64_t seed, uint32_t index, uint32_t count)
{
    uint32_t half = 1, mask;

    while (half < 16 && ((count - 1) >> (2 * half)) != 0)
        half++;
    mask = (1u << half) - 1;
    do {
        for (uint64_t round = 0; round < 4; round++) {
            uint32_t left = index >> half, right = index & mask;

            left ^= (uint32_t)draw(seed, round << 32 | right) & mask;
            index = right << half | left;
        }
    } while (index >= count);
    return index;
}

static size_t remainder_bytes(const struct recorded_forest *forest, uint32_t from, uint32_t end)
{
    size_t bytes = 1;

    for (uint32_t at = end; at != from; at = forest->nodes[at].parent)
        bytes += forest->nodes[at].length + (at != end ? 1u : 0u);
    return bytes;
}

/* The steps from below `from` to `end`, a line each. Links go upwards, so it is written
 * from its last byte to its first. */
static void write_remainder(const struct recorded_forest *forest, uint32_t from, uint32_t end,
                            char *out, size_t bytes)
{
    char *at = out + bytes - 1;

    *at = '\0';
    for (uint32_t node = end; node != from; node = forest->nodes[node].parent) {
        if (node != end)
            *--at = '\n';
        at -= forest->nodes[node].length;
        memcpy(at, forest->nodes[node].text, forest->nodes[node].length);
    }
}

/* The answer that the i-th sample from here is. */
static uint32_t sample_of(const struct recorded_forest *forest, const struct crux_call *call,
                          uint32_t node, uint32_t i)
{
    uint32_t below = forest->nodes[node].below, first = forest->nodes[node].first;
    uint64_t seed = draw(call->seed, call->sample / below);

    return forest->answers[first + shuffled(seed, (call->sample % below + i) % below, below)];
}

static int recorded_propose_answers(const struct recorded_forest *forest, struct crux_call *call,
                                    uint32_t node)
{
    uint32_t below = node != 0 ? forest->nodes[node].below : 0;
    uint32_t count = below < call->count ? below : call->count;
    struct crux_proposal *proposals;
    size_t bytes = 0;
    char *text;

    if (count == 0)
        return recorded_fail(call, CRUX_FAILED, "no recorded answer goes on from here");
    for (uint32_t i = 0; i < count; i++)
        bytes += remainder_bytes(forest, node, sample_of(forest, call, node, i));
    proposals = calloc(1, count * sizeof *proposals + bytes);
    if (proposals == NULL)
        return recorded_fail(call, CRUX_MEMORY, "no memory for recorded answers");
    text = (char *)(proposals + count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t end = sample_of(forest, call, node, i);

        bytes = remainder_bytes(forest, node, end);
        write_remainder(forest, node, end, text, bytes);
        proposals[i] = (struct crux_proposal){.text = text, .prior = 1.0F, .terminal = true};
        text += bytes;
    }
    call->reply.count = count;
    call->reply.proposals = proposals;
    call->reply.owner = proposals;
    return CRUX_DONE;
}

/* --- the port -------------------------------------------------------------------------------- */

static int recorded_propose(struct crux_port *port, struct crux_call *call)
{
    const struct recorded_forest *forest = &((struct recorded_policy *)(void *)port)->forest;
    uint32_t root = root_of(forest, call->state.problem), node;

    if (call->revision != NULL)
        return recorded_fail(call, CRUX_FAILED, "policy recorded revises no answers");
    if (root == 0)
        return recorded_fail(
            call, CRUX_FAILED,
            "no answer is recorded for the problem, neither by its id nor by its prompt");
    node = recorded_node_of(forest, root, call->state.last);
    return call->kind == CRUX_ANSWER ? recorded_propose_answers(forest, call, node)
                                     : recorded_propose_steps(forest, call, node);
}

static void recorded_release(struct crux_port *port, struct crux_reply *reply)
{
    (void)port;
    free(reply->owner);
}

static void close_policy(struct crux_port *port)
{
    struct recorded_policy *self = (struct recorded_policy *)(void *)port;

    recorded_forest_close(&self->forest);
    free(self);
}

/* --- opening --------------------------------------------------------------------------------- */

static void recorded_tell(void *context, const char *sentence)
{
    uint64_t *bad = context;

    if (++*bad <= REPORTED)
        (void)fprintf(stderr, "crux: skipped: %s\n", sentence);
}

/* Read one NAME=VALUE. False: it is no setting. */
static bool take_setting(struct recorded_plan *plan, char *setting)
{
    const struct {
        const char *name;
        const char **field;
    } rows[] = {
        {"id=", &plan->id},         {"problem=", &plan->problem}, {"text=", &plan->text},
        {"answer=", &plan->answer}, {"weight=", &plan->weight},
    };

    plan->strict = plan->strict || strcmp(setting, "strict") == 0;
    if (strcmp(setting, "strict") == 0)
        return true;
    if (strncmp(setting, "split=", 6) == 0) {
        plan->split_given = true;
        return split_way_of(&plan->split, setting + 6);
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t length = strlen(rows[i].name);

        if (strncmp(setting, rows[i].name, length) != 0 || setting[length] == '\0')
            continue;
        *rows[i].field = setting + length;
        return true;
    }
    return false;
}

/* FILE[,SETTING...]. */
static int take_plan(struct recorded_plan *plan, const char *arg, struct crux_error *error)
{
    char *at, *rest;

    plan->file = strdup(arg != NULL ? arg : "");
    if (plan->file == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for policy recorded");
    rest = strchr(plan->file, ',');
    if (rest != NULL)
        *rest++ = '\0';
    while ((at = strsep(&rest, ",")) != NULL)
        if (!take_setting(plan, at))
            return crux_fail(error, CRUX_INVALID,
                             "behind its file policy recorded takes split= with lines, paragraphs, "
                             "sentences or model, strict, and the names of fields: id=, problem=, "
                             "text=, answer=, weight=; not `%.60s`",
                             at);
    if (plan->file[0] == '\0')
        return crux_fail(error, CRUX_INVALID,
                         "policy recorded takes a file of answers: recorded:FILE");
    return CRUX_OK;
}

int recorded_policy_open(struct crux_policy **out, const char *arg, struct crux_backends *backends,
                         struct crux_error *error)
{
    struct recorded_policy *self = calloc(1, sizeof *self);
    struct recorded_plan plan = {.split = SPLIT_LINES};
    uint64_t bad = 0;
    int status;

    (void)backends;
    if (self == NULL || !recorded_forest_open(&self->forest)) {
        free(self);
        return crux_fail(error, CRUX_MEMORY, "no memory for policy recorded");
    }
    self->policy.port = (struct crux_port){.name = "recorded",
                                           .instant = true,
                                           .ask = recorded_propose,
                                           .release = recorded_release,
                                           .close = close_policy};
    status = take_plan(&plan, arg, error);
    if (status == CRUX_OK)
        status = recorded_read(&self->forest, &plan, recorded_tell, &bad, error);
    if (bad > REPORTED)
        (void)fprintf(stderr, "crux: skipped: %llu bad lines of %s in all\n",
                      (unsigned long long)bad, plan.file);
    free(plan.file);
    if (status == CRUX_OK)
        *out = &self->policy;
    else
        close_policy(&self->policy.port);
    return status;
}
