/*
 * served.c - an example: a program of your own has problems solved by a served model, and keeps
 * them in a store.
 *
 *     served PROBLEMS.jsonl RUN.db URL
 *
 * Every reply that the model gives is in RUN.db before it has an effect. Kill the program and run
 * it again: it goes on with what was paid for, asks for none of it twice, and a problem that is
 * solved is not searched again.
 *
 *     cc -std=c11 served.c $(pkg-config --cflags --libs crux) -o served
 */
#include <stddef.h>
#include <stdio.h>

#include <crux/crux.h>
#include <crux/crux_critics.h>
#include <crux/crux_io.h>
#include <crux/crux_policies.h>

struct solving {
    struct crux_source source; /* first: the search knows only this ... */
    struct crux_sink sink;     /* ... and this */
    struct crux_problems problems;
    size_t next;
    struct crux_store *store;
    struct crux_backends *backends;
    struct crux_setup setup;
    struct crux_critic *critic;
    struct crux_search *search;
};

/* --- problems in, trees out ---------------------------------------------------------- */

static int next(struct crux_source *self, const struct crux_problem **out, struct crux_error *error)
{
    struct solving *solving = (struct solving *)self;

    (void)error;
    while (solving->next < solving->problems.count) {
        const struct crux_problem *problem = &solving->problems.items[solving->next++];

        if (crux_store_state(solving->store, problem->ordinal) == CRUX_WAITING) {
            *out = problem;
            return CRUX_OK;
        }
    }
    return CRUX_END;
}

static int keep(struct crux_sink *self, const struct crux_tree *tree, struct crux_error *error)
{
    struct solving *solving =
        (struct solving *)(void *)((char *)self - offsetof(struct solving, sink));
    uint32_t best = crux_best_rollout(tree);

    printf("%s: %s\n", tree->problem->id,
           best != CRUX_NO_NODE ? tree->rollouts[best].answer : "no answer");
    return crux_backends_keep(solving->backends, tree, error);
}

/* --- opening: store, backends, ports, search --------------------------------------------- */

static int open_store(struct solving *solving, const char *problems, const char *path,
                      struct crux_error *error)
{
    struct crux_run run = {.configuration = "{}", .settings = "{}", .input_name = problems};
    int status = crux_problems_read(&solving->problems, problems, true, NULL, NULL, error);

    run.input_sha256 = solving->problems.sha256;
    if (status == CRUX_OK)
        status = crux_store_open(&solving->store, path, true, error);
    if (status == CRUX_OK)
        status = crux_store_begin(solving->store, &run, &solving->problems, NULL, NULL, error);
    return status;
}

/* What the server is, which model it has and how it is best asked is found out. */
static int open_backends(struct solving *solving, const char *url, struct crux_error *error)
{
    struct crux_paying paying = {.store = solving->store, .limit_calls = 10000};
    struct crux_endpoint endpoint = {.url = url};
    struct crux_backend model = crux_backend_default();
    int status = crux_backends_open(&solving->backends, &paying, error);

    model.endpoints = &endpoint;
    model.endpoint_count = 1;
    if (status == CRUX_OK)
        status = crux_backends_add(solving->backends, &model, error);
    return status;
}

static int open_search(struct solving *solving, struct crux_error *error)
{
    struct crux_setup *setup = &solving->setup;
    int status = crux_policy_open(&setup->policies[CRUX_STEP], "chat", solving->backends, error);

    if (status == CRUX_OK)
        status = crux_critic_open(&solving->critic, CRUX_ROLE_OUTCOME, "match", solving->backends,
                                  error);
    setup->critics[CRUX_ROLE_OUTCOME] = solving->critic;
    if (status == CRUX_OK)
        status = crux_backends_prepare(solving->backends, setup, error);
    if (status == CRUX_OK)
        status = crux_open(&solving->search, setup, error);
    if (status == CRUX_OK)
        crux_backends_watch(solving->backends, solving->search);
    return status;
}

static void close_all(struct solving *solving)
{
    crux_close(solving->search);
    crux_policy_close(solving->setup.policies[CRUX_STEP]);
    crux_critic_close(solving->critic);
    crux_backends_close(solving->backends);
    crux_store_close(solving->store);
    crux_problems_free(&solving->problems);
}

static void print_cost(const struct solving *solving)
{
    struct crux_backend_view view;

    for (size_t i = 0; crux_backends_look(solving->backends, i, &view); i++)
        printf("%s: %llu calls, %llu samples, %llu of them known before\n", view.name,
               (unsigned long long)view.calls, (unsigned long long)view.samples,
               (unsigned long long)view.known);
}

int main(int count, char **words)
{
    struct solving solving = {.source = {next}, .sink = {keep}, .setup = crux_setup_default()};
    struct crux_error error;
    int status;

    if (count != 4) {
        fprintf(stderr, "usage: served PROBLEMS.jsonl RUN.db URL\n");
        return 2;
    }
    solving.setup.simulations = 60;
    solving.setup.children = 4;
    solving.setup.rollouts = 1;
    solving.setup.depth = 12;
    status = open_store(&solving, words[1], words[2], &error);
    if (status == CRUX_OK)
        status = open_backends(&solving, words[3], &error);
    if (status == CRUX_OK)
        status = open_search(&solving, &error);
    if (status == CRUX_OK) {
        status = crux_run(solving.search, &solving.source, &solving.sink, &error);
        status = crux_backends_status(solving.backends, status, &error);
        print_cost(&solving);
    }
    close_all(&solving);
    if (status != CRUX_OK)
        fprintf(stderr, "served: %s\n", error.text);
    return status != CRUX_OK;
}
