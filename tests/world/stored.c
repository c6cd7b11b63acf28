/*
 * stored.c - what every test of stores does first.
 */
#include "tests/world/stored.h"

#include <assert.h>
#include <string.h>

#include "tests/world/sample.h"
#include "tests/world/shelf.h"

struct stored stored;

const struct crux_run stored_run = {
    .configuration = "{\"seed\": 1, \"simulations\": 400}",
    .settings = "{\"workers\": 2}",
    .input_sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    .input_name = "in.jsonl",
    .skipped = 3,
};

void stored_set_up(void)
{
    static const char lines[] = "{\"id\": \"a\", \"numbers\": [4, 6, 9, 10]}\n"
                                "\n"
                                "{\"id\": \"b\", \"problem\": \"?\", \"answer\": \"7\"}\n"
                                "{\"id\": \"c\", \"problem\": \"??\"}\n";
    const char *file;
    int status;

    (void)sample_folder();
    file = sample_file("in", lines, sizeof lines - 1);
    status = crux_problems_read(&stored.problems, file, true, NULL, NULL, &stored.why);
    assert(status == CRUX_OK);
    (void)strcpy(stored.path, sample_path("run.db"));
}

void stored_set_up_in_memory(void)
{
    stored_set_up();
    stored.in_memory = true;
}

void stored_tear_down(void)
{
    shelf_clear();
    crux_problems_free(&stored.problems);
    sample_folder_remove();
}

struct crux_store *stored_open(bool write)
{
    struct crux_store *store = NULL;
    int status = stored.in_memory ? shelf_open(&store, stored.path, write, &stored.why)
                                  : crux_store_open(&store, stored.path, write, &stored.why);

    assert(status == CRUX_OK);
    return store;
}

struct crux_store *stored_begin(void)
{
    struct crux_store *store = stored_open(true);
    int status = crux_store_begin(store, &stored_run, &stored.problems, NULL, NULL, &stored.why);

    assert(status == CRUX_OK);
    return store;
}

struct crux_tree stored_tree(size_t item, enum crux_reason reason, const char *failure)
{
    struct crux_tree tree = sample_tree(&stored.problems.items[item]);

    tree.reason = reason;
    tree.failure = failure;
    return tree;
}

int stored_keep(struct crux_store *store, size_t item, enum crux_reason reason, const char *failure)
{
    struct crux_tree tree = stored_tree(item, reason, failure);

    return crux_store_keep(store, &tree, &stored.why);
}

int stored_refusal(const char *name, bool write)
{
    struct crux_store *store = NULL;
    int status = crux_store_open(&store, name, write, &stored.why);

    assert((store == NULL) == (status != CRUX_OK));
    return status;
}

int stored_see(void *context, const struct crux_tree *tree, const char *line,
               struct crux_error *error)
{
    struct stored_seen *seen = context;

    (void)error;
    assert(strstr(line, tree->problem->id) != NULL);
    (void)strcat(strcat(seen->text, tree->problem->id), " ");
    return seen->end;
}
