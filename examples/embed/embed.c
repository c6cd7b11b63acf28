/*
 * embed.c - an example: crux in a program of your own, with a policy and a critic, in one file.
 *
 * The world: a word of 12 bits is to be guessed. A step writes one more bit, and an
 * answer is complete when there are 12. The policy proposes bits and has no idea which
 * is better; the critic says how many bits of a complete word are right. The search
 * puts the two together, and we print the best path that it found.
 *
 * Built against an installed crux:
 *
 *     cc -std=c11 embed.c $(pkg-config --cflags --libs crux) -o embed
 *
 * or with the CMakeLists.txt beside this file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crux/crux.h>

enum { BITS = 12, ANSWERS = 4 };

static const char secret[] = "101101110010";

/* --- a policy: what might come next ------------------------------------------ */

/* Either bit, whatever came before. The same two arrays serve every call, so there is
 * nothing to release. */
static int propose_bit(struct crux_call *call)
{
    static const struct crux_proposal bits[] = {{.text = "0", .prior = 1},
                                                {.text = "1", .prior = 1}};
    static const struct crux_proposal last[] = {{.text = "0", .prior = 1, .terminal = true},
                                                {.text = "1", .prior = 1, .terminal = true}};

    call->reply.proposals = call->state.depth + 1 == BITS ? last : bits;
    call->reply.count = 2;
    return CRUX_DONE;
}

struct answers {
    struct crux_proposal proposals[ANSWERS];
    char text[ANSWERS][2 * BITS];
};

/* Complete answers: all the bits that are missing, one per line. All chance comes from
 * the call's seed, so that a run can be repeated. */
static int propose_answers(struct crux_call *call)
{
    struct answers *answers = calloc(1, sizeof *answers);
    uint64_t dice = call->seed;

    if (answers == NULL)
        return CRUX_MEMORY;
    call->reply.count = call->count < ANSWERS ? call->count : ANSWERS;
    for (uint32_t i = 0; i < call->reply.count; i++) {
        char *text = answers->text[i];
        for (uint32_t depth = call->state.depth; depth < BITS; depth++) {
            dice = dice * 6364136223846793005u + 1442695040888963407u;
            *text++ = dice >> 63 ? '1' : '0';
            *text++ = '\n';
        }
        text[-1] = '\0';
        answers->proposals[i] =
            (struct crux_proposal){.text = answers->text[i], .prior = 1, .terminal = true};
    }
    call->reply.proposals = answers->proposals;
    call->reply.owner = answers;
    return CRUX_DONE;
}

static int policy_ask(struct crux_port *self, struct crux_call *call)
{
    (void)self;
    return call->kind == CRUX_ANSWER ? propose_answers(call) : propose_bit(call);
}

/* --- a critic: how good it looks --------------------------------------------- */

/* How many bits of a complete answer are right? Steps link back to their predecessor,
 * so we read the word from its end. */
static uint32_t right_bits(const struct crux_step *step)
{
    uint32_t at = BITS, right = 0;

    for (; step != NULL; step = step->previous)
        for (uint32_t i = step->length; i-- > 0 && at > 0;)
            if (step->text[i] != '\n')
                right += step->text[i] == secret[--at];
    return right;
}

static int critic_ask(struct crux_port *self, struct crux_call *call)
{
    struct crux_outcome *outcomes = calloc(call->count, sizeof *outcomes);

    (void)self;
    if (outcomes == NULL)
        return CRUX_MEMORY;
    for (uint32_t i = 0; i < call->count; i++) {
        uint32_t right = right_bits(&call->candidates[i]);
        outcomes[i].reward = (double)right / BITS;
        outcomes[i].verdict = right == BITS ? CRUX_RIGHT : CRUX_WRONG;
    }
    call->reply.count = call->count;
    call->reply.outcomes = outcomes;
    call->reply.owner = outcomes;
    return CRUX_DONE;
}

/* Both ports' replies are one piece of memory, or none. */
static void release(struct crux_port *self, struct crux_reply *reply)
{
    (void)self;
    free(reply->owner);
}

/* --- where problems come from and finished trees go --------------------------- */

struct one_problem {
    struct crux_source source; /* first: the search knows only this */
    struct crux_problem problem;
    bool given;
};

static int next(struct crux_source *self, const struct crux_problem **out, struct crux_error *error)
{
    struct one_problem *one = (struct one_problem *)self;

    (void)error;
    if (one->given)
        return CRUX_END;
    one->given = true;
    *out = &one->problem;
    return CRUX_OK;
}

static int print_tree(struct crux_sink *self, const struct crux_tree *tree,
                      struct crux_error *error)
{
    struct crux_text steps[BITS];
    uint32_t best = crux_best_rollout(tree);
    size_t count;

    (void)self;
    if (best == CRUX_NO_NODE)
        return crux_fail(error, CRUX_FAILED, "no answer was found");
    count = crux_path_steps(tree, best, steps, BITS);
    printf("best path:");
    for (size_t i = 0; i < count && i < BITS; i++)
        printf(" %.*s", (int)steps[i].length, steps[i].start);
    printf("\nverdict: %s, reward %.3f, after %llu simulations; %u pairs of a wrong and a right "
           "path\n",
           crux_verdict_name((enum crux_verdict)tree->rollouts[best].verdict),
           tree->rollouts[best].reward, (unsigned long long)tree->simulations, tree->pair_count);
    return CRUX_OK;
}

int main(void)
{
    struct crux_policy policy = {
        .port = {.name = "bits", .instant = true, .ask = policy_ask, .release = release}};
    struct crux_critic critic = {
        .port = {.name = "compare", .instant = true, .ask = critic_ask, .release = release},
        .verbs = 1u << CRUX_JUDGE};
    struct one_problem one = {.source = {next},
                              .problem = {.id = "word",
                                          .prompt = "Guess a word of 12 bits.",
                                          .line = "{\"id\": \"word\"}"}};
    struct crux_sink sink = {print_tree};
    struct crux_setup setup = crux_setup_default();
    struct crux_search *search;
    struct crux_error error;
    int status;

    setup.policies[CRUX_STEP] = &policy;
    setup.critics[CRUX_ROLE_OUTCOME] = &critic;
    setup.order = CRUX_ORDER_ISSUED;
    setup.simulations = 1000;
    setup.children = 2;
    setup.rollouts = 1;
    setup.depth = BITS;
    setup.seed = 1;
    setup.workers = 2;

    status = crux_open(&search, &setup, &error);
    if (status == CRUX_OK) {
        status = crux_run(search, &one.source, &sink, &error);
        crux_close(search);
    }
    if (status < 0)
        fprintf(stderr, "embed: %s\n", error.text);
    return status < 0;
}
