/*
 * show.c - `crux show`: a finished tree in the terminal, or a page of several.
 */
#include "io/cli/commands.h"

#include <stdlib.h>
#include <unistd.h>

#include "io/cli/columns.h"
#include "io/cli/options/values.h"
#include "io/cli/outline.h"
#include "io/cli/paged.h"
#include "io/cli/terminal.h"
#include "io/cli/wrap.h"
#include "io/crux_io.h"

enum { SHOW_WIDTH = 100 };

struct show_options {
    uint32_t depth;
    bool with_thoughts, with_critiques, path, force;
    char *html;    /* a page of all operands goes there; NULL: one tree is printed */
    int64_t nodes; /* that it may hold */
    int64_t width; /* below 0: nothing was said */
};

/* As wide as was said; else as the terminal is; else, in a file, as wide as is well read. */
static unsigned show_width(const struct show_options *own)
{
    unsigned width =
        own->width >= 0 ? (unsigned)own->width : columns_here(STDOUT_FILENO, SHOW_WIDTH);

    return width > 0 && width < WRAP_LEAST ? WRAP_LEAST : width;
}

static int show_print_text(struct crux_store *store, const struct crux_tree *tree,
                           const struct show_options *own, struct crux_error *error)
{
    const struct outline_shown shown = {.depth = own->depth,
                                        .width = show_width(own),
                                        .thoughts = own->with_thoughts,
                                        .critiques = own->with_critiques};

    if (!own->path)
        return outline_print(store, tree, &shown, error);
    outline_print_path(tree, shown.width);
    return CRUX_OK;
}

static int show_print_json(struct crux_store *store, const struct crux_tree *tree,
                           struct crux_error *error)
{
    char *text = NULL;
    int status = crux_store_tree_json(&text, store, tree, true, error);

    if (status != CRUX_OK)
        return status;
    terminal_put_json(stdout, text);
    free(text);
    return CRUX_OK;
}

static int show_print(const struct options *options, struct crux_error *error)
{
    struct crux_store *store = NULL;
    struct crux_tree *tree = NULL;
    int status = crux_store_open(&store, options->store, false, error);

    if (status == CRUX_OK)
        status = crux_store_read(store, options->operands[0], &tree, error);
    if (status == CRUX_OK)
        status = options->json ? show_print_json(store, tree, error)
                               : show_print_text(store, tree, options->own, error);
    crux_tree_free(tree);
    crux_store_close(store);
    return status;
}

static int show_write_page(const struct options *options, struct crux_error *error)
{
    const struct show_options *own = options->own;
    const struct paged_file file = {.path = own->html,
                                    .force = own->force,
                                    .nodes = (uint64_t)own->nodes,
                                    .ids = options->operands,
                                    .id_count = options->operand_count};
    struct crux_store *store = NULL;
    int status = crux_store_open(&store, options->store, false, error);

    if (status == CRUX_OK)
        status = paged_write(&file, store, error);
    crux_store_close(store);
    return status;
}

/* A page has all of a tree, and those who look choose; what says how a tree is printed says nothing
 * of it. And the other way round. */
static int show_refuse_mixed(const struct options *options, bool page, struct crux_error *error)
{
    static const char *const printing[] = {"json",           "depth", "path", "with-thoughts",
                                           "with-critiques", "width", NULL},
                             *const paging[] = {"nodes", "force", NULL};

    for (const char *const *name = page ? printing : paging; *name != NULL; name++)
        if (options_given(options, *name))
            return crux_fail(error, CRUX_INVALID,
                             page ? "--%s is for a tree that is printed; a page of --html has all "
                                    "of it, to be opened and closed there"
                                  : "--%s is for a page, which --html FILE makes",
                             *name);
    return CRUX_OK;
}

static int show_run(struct options *options, struct crux_error *error)
{
    const struct show_options *own = options->own;
    int status = show_refuse_mixed(options, own->html != NULL, error);

    if (status != CRUX_OK)
        return status;
    if (own->html != NULL)
        return show_write_page(options, error);
    if (options->operand_count > 1)
        return crux_fail(error, CRUX_INVALID,
                         "crux show prints one tree; --html FILE makes a page of several");
    return show_print(options, error);
}

static const struct options_row show_rows[] = {
    {"depth", "N", &values_count, OPTIONS_COMMAND, offsetof(struct show_options, depth), 0, 1024,
     NULL, true, "Show nodes down to this depth."},
    {"path", "", &values_flag, OPTIONS_COMMAND, offsetof(struct show_options, path), 0, 0, NULL,
     true,
     "Show the best path alone: at each step what was chosen ('*'), what was not, and the critic's "
     "score of either."},
    {"with-thoughts", "", &values_flag, OPTIONS_COMMAND,
     offsetof(struct show_options, with_thoughts), 0, 0, NULL, true,
     "Show what a reasoning model thought before each step, whole, in a run with --thoughts keep; "
     "else only its length is told."},
    {"with-critiques", "", &values_flag, OPTIONS_COMMAND,
     offsetof(struct show_options, with_critiques), 0, 0, NULL, true,
     "Show what is said of each wrong or right path, by whom, and what it was worth where that was "
     "verified."},
    {"html", "FILE", &values_text, OPTIONS_COMMAND, offsetof(struct show_options, html), 0, 0, NULL,
     true,
     "Write a page of these problems instead, whole or not at all, to be opened in a browser: it "
     "asks for nothing from anywhere."},
    {"nodes", "N", &values_whole, OPTIONS_COMMAND, offsetof(struct show_options, nodes), 1,
     1000000000, NULL, true,
     "With --html: how many nodes the page holds. What is left out is counted on it."},
    {"force", "", &values_flag, OPTIONS_COMMAND, offsetof(struct show_options, force), 0, 0, NULL,
     true, "With --html: replace the file if it exists."},
    {"width", "N", &values_whole, OPTIONS_COMMAND, offsetof(struct show_options, width), -1, 10000,
     NULL, true,
     "Lines of N columns, 40 at least, broken between words. 0: lines are as long as their texts. "
     "-1: as wide as the terminal, and 100 where there is none."},
    {.name = NULL}};

static const struct options_group show_group = {&table_topic_output, OPTIONS_OWN, show_rows};

static void show_defaults(struct options *options)
{
    struct show_options *own = options->own;

    own->depth = 1024;
    own->nodes = CRUX_PAGE_NODES;
    own->width = -1;
}

static const struct options_group *const show_groups[] = {&show_group,   &table_store, &table_json,
                                                          &table_config, &table_help,  NULL};

const struct command show_command = {
    .name = "show",
    .options = {OPTIONS_SHOW, show_groups, sizeof(struct show_options), show_defaults},
    .operands = "ID... --store RUN.db",
    .least_operands = 1,
    .most_operands = OPTIONS_OPERANDS,
    .needs = {"store"},
    .summary = "print a finished tree as an outline, or make a page of some",
    .description =
        "Prints every node of the tree of problem ID with visits, value and prior, indented by "
        "depth, and below a node the complete answers that were drawn there with their verdicts. "
        "Children that no simulation visited are counted in one line. The best path has a '*'. "
        "'crux' marks where a right and a wrong path part, 'first wrong "
        "step' the step on the wrong one after which it could no longer come right: proved, or "
        "else "
        "with how it is known (crux locate).\n"
        "With --json the tree is one object with flat nodes, rollouts, thoughts and remarks (what "
        "critics said of a step or an answer, and why), as in the view trees.\n"
        "With --html the trees of all IDs become one HTML file for a browser, with their pairs and "
        "what was learnt of them.",
    .examples = "crux show game24-1-1-4-6 --store run.db --depth 2\n"
                "crux show game24-1-1-4-6 --store run.db --path\n"
                "crux show game24-1-1-4-6 --store run.db --json\n"
                "crux show game24-1-1-4-6 game24-1-1-4-7 --store run.db --html look.html",
    .exits = {EXIT_INPUT, EXIT_STORE},
    .run = show_run,
};
