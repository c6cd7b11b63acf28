/*
 * store_fixture.c - a folder with problems and a store: what every test of stores opens first.
 */
#include "tests/world/store_fixture.h"

#include <assert.h>
#include <string.h>

#include "tests/world/sample.h"
#include "tests/world/memory_store.h"

struct store_fixture store_fixture;

const struct crux_run store_fixture_run = {
    .configuration = "{\"seed\": 1, \"simulations\": 400}",
    .settings = "{\"workers\": 2}",
    .input_sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    .input_name = "in.jsonl",
    .skipped = 3,
};

void store_fixture_set_up(void)
{
    static const char lines[] = "{\"id\": \"a\", \"numbers\": [4, 6, 9, 10]}\n"
                                "\n"
                                "{\"id\": \"b\", \"problem\": \"?\", \"answer\": \"7\"}\n"
                                "{\"id\": \"c\", \"problem\": \"??\"}\n";
    const char *file;
    int status;

    (void)sample_folder();
    file = sample_file("in", lines, sizeof lines - 1);
    status =
        crux_problems_read(&store_fixture.problems, file, true, NULL, NULL, &store_fixture.why);
    assert(status == CRUX_OK);
    (void)strcpy(store_fixture.path, sample_path("run.db"));
}

void store_fixture_set_up_in_memory(void)
{
    store_fixture_set_up();
    store_fixture.in_memory = true;
}

void store_fixture_tear_down(void)
{
    memory_store_clear();
    crux_problems_free(&store_fixture.problems);
    sample_folder_remove();
}

struct crux_store *store_fixture_open(bool write)
{
    struct crux_store *store = NULL;
    int status = store_fixture.in_memory
                     ? memory_store_open(&store, store_fixture.path, write, &store_fixture.why)
                     : crux_store_open(&store, store_fixture.path, write, &store_fixture.why);

    assert(status == CRUX_OK);
    return store;
}

struct crux_store *store_fixture_begin(void)
{
    struct crux_store *store = store_fixture_open(true);
    int status = crux_store_begin(store, &store_fixture_run, &store_fixture.problems, NULL, NULL,
                                  &store_fixture.why);

    assert(status == CRUX_OK);
    return store;
}

struct crux_tree store_fixture_tree(size_t item, enum crux_reason reason, const char *failure)
{
    struct crux_tree tree = sample_tree(&store_fixture.problems.items[item]);

    tree.reason = reason;
    tree.failure = failure;
    return tree;
}

int store_fixture_keep(struct crux_store *store, size_t item, enum crux_reason reason,
                       const char *failure)
{
    struct crux_tree tree = store_fixture_tree(item, reason, failure);

    return crux_store_keep(store, &tree, &store_fixture.why);
}

int store_fixture_refusal(const char *name, bool write)
{
    struct crux_store *store = NULL;
    int status = crux_store_open(&store, name, write, &store_fixture.why);

    assert((store == NULL) == (status != CRUX_OK));
    return status;
}

int store_fixture_see(void *context, const struct crux_tree *tree, const char *line,
                      struct crux_error *error)
{
    struct store_fixture_seen *seen = context;

    (void)error;
    assert(strstr(line, tree->problem->id) != NULL);
    (void)strcat(strcat(seen->text, tree->problem->id), " ");
    return seen->end;
}
