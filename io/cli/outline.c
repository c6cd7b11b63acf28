/*
 * outline.c - a finished tree in the terminal, a line a node.
 *
 * Nodes are numbered depth first, so the outline is one walk over an array. What is
 * worth a mark (the best path, the crux, first wrong steps) is collected in one byte a
 * node before, and rollouts hang on their nodes as linked lists.
 */
#include "io/cli/outline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/terminal.h"
#include "io/cli/way.h"
#include "io/cli/wrap.h"
#include "io/views/view.h"

enum {
    COLUMNS = 28,           /* of numbers, in front of a text */
    TEXT_LEAST = WRAP_ROOM, /* columns that a text has at any depth */
    SHOW_WIDTH = 100
};

enum mark { MARK_BEST = 1, MARK_CRUX = 2, MARK_WRONG = 4 };

struct outline {
    const struct crux_tree *tree;
    const struct view_tree *beside;
    unsigned char *marks;                   /* by node */
    uint32_t *first;                        /* by node: its first rollout */
    uint32_t *next;                         /* by rollout: the next one of its node */
    uint32_t *pair_of;                      /* by rollout: the pair in which it is wrong */
    size_t *node_thought, *rollout_thought; /* the first that was thought before it, from 1 */
    uint32_t best;                          /* rollout */
    uint32_t depth;
    unsigned width; /* columns; 0: lines are as long as they are */
    bool with_thoughts, with_critiques, colours;
};

/* --- preparing ------------------------------------------------------------------------ */

/* How many steps of a solution there are down to node. */
static uint32_t show_steps(const struct crux_tree *tree, uint32_t node)
{
    uint32_t count = 0;

    for (; node != 0; node = tree->nodes[node].parent)
        count += crux_kind_reasons((enum crux_kind)tree->nodes[node].kind);
    return count;
}

/* Step number count of the solution on the way to node; the deepest there is when it lies in a
 * rollout's own lines. */
static uint32_t show_node_at(const struct crux_tree *tree, uint32_t node, uint32_t count)
{
    for (uint32_t steps = show_steps(tree, node);
         node != 0 && (steps > count || !crux_kind_reasons((enum crux_kind)tree->nodes[node].kind));
         node = tree->nodes[node].parent)
        steps -= crux_kind_reasons((enum crux_kind)tree->nodes[node].kind);
    return node;
}

static void mark_best(struct outline *outline)
{
    const struct crux_tree *tree = outline->tree;

    outline->best = crux_best_rollout(tree);
    if (outline->best == CRUX_NO_NODE)
        return;
    for (uint32_t node = tree->rollouts[outline->best].node; node != CRUX_NO_NODE;
         node = tree->nodes[node].parent)
        outline->marks[node] |= MARK_BEST;
}

static void mark_pair(struct outline *outline, const struct crux_pair *pair)
{
    const struct crux_tree *tree = outline->tree;
    uint32_t right = tree->rollouts[pair->right].node;
    uint32_t wrong = tree->rollouts[pair->wrong].node;

    const char *maker;
    int64_t step = learnt_location_of(&outline->beside->learnt, pair, &maker).step;

    outline->marks[show_node_at(tree, right, pair->prefix)] |= MARK_CRUX;
    if (step >= 0 && step < (int64_t)show_steps(tree, wrong))
        outline->marks[show_node_at(tree, wrong, (uint32_t)step + 1)] |= MARK_WRONG;
}

static void hang_rollouts(struct outline *outline)
{
    const struct crux_tree *tree = outline->tree;

    for (uint32_t i = 0; i < tree->node_count; i++)
        outline->first[i] = CRUX_NO_NODE;
    for (uint32_t i = tree->rollout_count; i-- > 0;) {
        outline->next[i] = outline->first[tree->rollouts[i].node];
        outline->first[tree->rollouts[i].node] = i;
        outline->pair_of[i] = CRUX_NO_NODE;
    }
}

static void hang_thoughts(struct outline *outline)
{
    for (size_t i = outline->beside->thought_count; i-- > 0;) {
        const struct view_thought *thought = &outline->beside->thoughts[i];

        if (thought->node != CRUX_NO_NODE)
            outline->node_thought[thought->node] = i + 1;
        else
            outline->rollout_thought[thought->rollout] = i + 1;
    }
}

static void close_outline(struct outline *outline)
{
    free(outline->marks);
    free(outline->first);
    free(outline->next);
    free(outline->pair_of);
    free(outline->node_thought);
    free(outline->rollout_thought);
}

static int open_outline(struct outline *outline, struct crux_error *error)
{
    const struct crux_tree *tree = outline->tree;

    outline->marks = calloc((size_t)tree->node_count + 1, 1);
    outline->first = calloc((size_t)tree->node_count + 1, sizeof *outline->first);
    outline->next = calloc((size_t)tree->rollout_count + 1, sizeof *outline->next);
    outline->pair_of = calloc((size_t)tree->rollout_count + 1, sizeof *outline->pair_of);
    outline->node_thought = calloc((size_t)tree->node_count + 1, sizeof *outline->node_thought);
    outline->rollout_thought =
        calloc((size_t)tree->rollout_count + 1, sizeof *outline->rollout_thought);
    if (!outline->marks || !outline->first || !outline->next || !outline->pair_of ||
        !outline->node_thought || !outline->rollout_thought)
        return crux_fail(error, CRUX_MEMORY, "no memory to show the tree");
    hang_rollouts(outline);
    hang_thoughts(outline);
    mark_best(outline);
    for (uint32_t i = 0; i < tree->pair_count; i++) {
        mark_pair(outline, &tree->pairs[i]);
        outline->pair_of[tree->pairs[i].wrong] = i;
    }
    return CRUX_OK;
}

/* --- printing -------------------------------------------------------------------------- */

/* Where the text of this depth begins: at any width there is room for it. */
static unsigned show_column(const struct outline *outline, uint32_t depth)
{
    unsigned column = COLUMNS + 2 * depth, most = outline->width - TEXT_LEAST;

    if (outline->width == 0 || column <= most)
        return column;
    return most > COLUMNS ? most : COLUMNS;
}

static void put_styled(struct wrap *wrap, enum terminal_style style, const char *text)
{
    wrap_style(wrap, style);
    wrap_puts(wrap, text);
    wrap_style(wrap, TERMINAL_PLAIN);
}

/* Behind the numbers, as deep as the node lies. */
static void show_begin(struct wrap *wrap, const struct outline *outline, uint32_t depth)
{
    unsigned column = show_column(outline, depth);

    (void)printf("%*s", (int)(column - COLUMNS), "");
    wrap_begin(wrap, stdout, outline->width, column, column);
    wrap->colours = outline->colours;
}

/* Steps of a rollout stand on one line here, but for lines that a step has of its own: these stand
 * below, from the column of the step's depth on. */
static void put_lines(struct wrap *wrap, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        wrap_put_step(wrap, text, length);
        text += length;
        if (*text == '\n' && *++text != '\0')
            wrap_puts(wrap, " | ");
    }
}

/* The first wrong step, where no node stands for it; and how it is known, where that is no proof.
 */
static void put_first_error(struct wrap *wrap, const struct outline *outline, uint32_t rollout)
{
    const struct crux_tree *tree = outline->tree;
    struct learnt_location location;
    const char *maker;

    if (outline->pair_of[rollout] == CRUX_NO_NODE)
        return;
    location = learnt_location_of(&outline->beside->learnt, &tree->pairs[outline->pair_of[rollout]],
                                  &maker);
    if (location.how == LEARNT_BETWEEN)
        wrap_printf(wrap, "  (first wrong step: one of %" PRId64 " to %" PRId64 ")",
                    location.from + 1, location.to + 1);
    else if (location.how == LEARNT_PROVED &&
             location.step >= (int64_t)show_steps(tree, tree->rollouts[rollout].node))
        wrap_printf(wrap, "  (first wrong step: %" PRId64 ")", location.step + 1);
    else if (location.step >= 0 && location.how != LEARNT_PROVED)
        wrap_printf(wrap, "  (first wrong step: %" PRId64 ", %s)", location.step + 1,
                    learnt_how_name(location.how));
}

static void show_put_said(struct wrap *wrap, const char *who, const char *text)
{
    wrap_break(wrap);
    wrap_puts(wrap, "critique by ");
    wrap_puts(wrap, who);
    wrap_puts(wrap, ": ");
    wrap_put_step(wrap, text, strlen(text));
}

static void put_worth(struct wrap *wrap, const struct outline *outline, uint32_t rollout,
                      const char *annotator)
{
    size_t count;
    const struct learnt_item *items =
        learnt_of(&outline->beside->learnt, LEARNT_VERIFICATIONS, rollout, &count);

    for (size_t i = 0; i < count; i++) {
        const struct learnt_verification *found = &items[i].verification;

        if (strcmp(found->critique, annotator) == 0)
            wrap_printf(wrap,
                        " (refined: %u of %u right with it, %u of %u without, %u of %u with "
                        "another path's)",
                        found->with.right, found->with.of, found->without.right, found->without.of,
                        found->control.right, found->control.of);
    }
}

/* All that is said of a path: by the search, then by those who annotated it. */
static void put_critiques(struct wrap *wrap, const struct outline *outline, uint32_t rollout)
{
    const struct crux_tree *tree = outline->tree;
    uint32_t pair = outline->pair_of[rollout];
    size_t count;
    const struct learnt_item *items =
        learnt_of(&outline->beside->learnt, LEARNT_CRITIQUES, rollout, &count);

    wrap_style(wrap, TERMINAL_DIM);
    if (pair != CRUX_NO_NODE && tree->pairs[pair].critique[0] != '\0') {
        show_put_said(wrap, "the search", tree->pairs[pair].critique);
        put_worth(wrap, outline, rollout, "");
    }
    for (size_t i = 0; i < count; i++)
        if (items[i].critique.text[0] != '\0') {
            show_put_said(wrap, items[i].maker, items[i].critique.text);
            put_worth(wrap, outline, rollout, items[i].maker);
        }
    wrap_style(wrap, TERMINAL_PLAIN);
}

static void put_thought(struct wrap *wrap, const struct outline *outline, const char *text)
{
    wrap_style(wrap, TERMINAL_DIM);
    if (!outline->with_thoughts) {
        wrap_printf(wrap, "  (thought before it: %zu bytes)", strlen(text));
    } else {
        wrap_break(wrap);
        wrap_puts(wrap, "thought before it: ");
        wrap_put_step(wrap, text, strlen(text));
    }
    wrap_style(wrap, TERMINAL_PLAIN);
}

/* Those about one node or rollout, mostly one, stand together; from the number of the first on,
 * counted from 1. 0: there are none. */
static void put_thoughts(struct wrap *wrap, const struct outline *outline, size_t number)
{
    const struct view_tree *beside = outline->beside;

    for (size_t i = number - 1; number > 0 && i < beside->thought_count; i++) {
        const struct view_thought *first = &beside->thoughts[number - 1];
        const struct view_thought *thought = &beside->thoughts[i];

        if (thought->node != first->node || thought->rollout != first->rollout)
            return;
        put_thought(wrap, outline, thought->text);
    }
}

static void show_end(struct wrap *wrap)
{
    wrap_end(wrap);
    (void)putchar('\n');
}

static void put_rollout(const struct outline *outline, uint32_t index, uint32_t depth)
{
    const struct crux_rollout *rollout = &outline->tree->rollouts[index];
    enum crux_verdict verdict = (enum crux_verdict)rollout->verdict;
    static const enum terminal_style styles[] = {TERMINAL_DIM, TERMINAL_GOOD, TERMINAL_BAD};
    struct wrap wrap;

    (void)printf("%25s %c ", "", index == outline->best ? '*' : ' ');
    show_begin(&wrap, outline, depth);
    put_styled(&wrap, styles[verdict], crux_verdict_name(verdict));
    if (rollout->answer[0] != '\0') {
        wrap_puts(&wrap, " = ");
        wrap_puts(&wrap, rollout->answer);
    }
    if (rollout->text[0] != '\0') {
        wrap_puts(&wrap, ": ");
        put_lines(&wrap, rollout->text);
    }
    put_first_error(&wrap, outline, index);
    if (outline->with_critiques)
        put_critiques(&wrap, outline, index);
    put_thoughts(&wrap, outline, outline->rollout_thought[index]);
    show_end(&wrap);
}

static void show_put_marks(struct wrap *wrap, const struct crux_node *node, unsigned marks)
{
    if (node->kind != CRUX_STEP && node->score >= 0.0)
        wrap_printf(wrap, "  (score %.3f)", node->score);
    if (marks & MARK_CRUX)
        put_styled(wrap, TERMINAL_GOOD, "  <- crux");
    if (marks & MARK_WRONG)
        put_styled(wrap, TERMINAL_BAD, "  <- first wrong step");
    if (node->closed)
        put_styled(wrap, TERMINAL_DIM, "  (closed: calls failed)");
}

static void show_put_node(const struct outline *outline, uint32_t index)
{
    const struct crux_node *node = &outline->tree->nodes[index];
    const char *text = index == 0 ? outline->tree->problem->prompt : node->text;
    unsigned marks = outline->marks[index];
    struct wrap wrap;

    (void)printf("%8" PRIu32 "  %6.4f  %6.4f %c ", node->visits, node->value, node->prior,
                 marks & MARK_BEST ? '*' : ' ');
    show_begin(&wrap, outline, node->depth);
    if (marks & MARK_BEST)
        wrap_style(&wrap, TERMINAL_BOLD);
    if (text != NULL)
        put_lines(&wrap, text);
    wrap_style(&wrap, TERMINAL_PLAIN);
    show_put_marks(&wrap, node, marks);
    put_thoughts(&wrap, outline, outline->node_thought[index]);
    show_end(&wrap);
    for (uint32_t i = outline->first[index]; i != CRUX_NO_NODE; i = outline->next[i])
        put_rollout(outline, i, node->depth + 1);
}

/* The number of nodes from index on that are unvisited children of one node. */
static uint32_t count_unvisited(const struct crux_tree *tree, uint32_t index)
{
    uint32_t count = 0, parent = tree->nodes[index].parent;

    while (index + count < tree->node_count && tree->nodes[index + count].visits == 0 &&
           tree->nodes[index + count].parent == parent)
        count++;
    return count;
}

/* One line for all of them: only their number is worth showing. */
static void put_unvisited(const struct outline *outline, uint32_t index, uint32_t count)
{
    struct wrap wrap;

    (void)printf("%*s", COLUMNS, "");
    show_begin(&wrap, outline, outline->tree->nodes[index].depth);
    wrap_style(&wrap, TERMINAL_DIM);
    wrap_printf(&wrap, "(%" PRIu32 " more, not visited)", count);
    wrap_style(&wrap, TERMINAL_PLAIN);
    show_end(&wrap);
}

static void put_nodes(const struct outline *outline)
{
    const struct crux_tree *tree = outline->tree;
    uint32_t next;

    for (uint32_t i = 0; i < tree->node_count; i = next) {
        uint32_t unvisited = i == 0 ? 0 : count_unvisited(tree, i);

        next = i + 1;
        if (tree->nodes[i].depth > outline->depth)
            continue;
        if (unvisited < 2) {
            show_put_node(outline, i);
            continue;
        }
        put_unvisited(outline, i, unvisited);
        next = i + unvisited;
    }
}

static void put_head(const struct crux_tree *tree, unsigned width)
{
    struct wrap wrap;

    wrap_begin(&wrap, stdout, width, 0, 2);
    wrap_puts(&wrap, tree->problem->id);
    wrap_printf(&wrap,
                ": %" PRIu32 " nodes, %" PRIu32 " rollouts, %" PRIu32 " right paths, %" PRIu32
                " pairs; %" PRIu64 " simulations, %" PRIu64 " calls; ended by %s",
                tree->node_count, tree->rollout_count, tree->right_count, tree->pair_count,
                tree->simulations, tree->calls, crux_reason_name(tree->reason));
    show_end(&wrap);
    if (tree->failure[0] == '\0')
        return;
    wrap_begin(&wrap, stdout, width, 0, 2);
    wrap_puts(&wrap, "failed: ");
    wrap_puts(&wrap, tree->failure);
    show_end(&wrap);
}

int outline_print(struct crux_store *store, const struct crux_tree *tree,
                  const struct outline_shown *shown, struct crux_error *error)
{
    struct view_tree beside = {.tree = NULL};
    struct outline outline = {.tree = tree,
                              .beside = &beside,
                              .depth = shown->depth,
                              .width = shown->width,
                              .with_thoughts = shown->thoughts,
                              .with_critiques = shown->critiques,
                              .colours = terminal_colours(stdout)};
    int status = view_tree_open(&beside, store, tree, error);

    if (status == CRUX_OK)
        status = open_outline(&outline, error);
    if (status == CRUX_OK) {
        put_head(tree, outline.width);
        wrap_line(stdout, outline.width, COLUMNS,
                  "  visits   value   prior   ('*': the best path)");
        put_nodes(&outline);
    }
    close_outline(&outline);
    view_tree_close(&beside);
    return status;
}

void outline_print_path(const struct crux_tree *tree, unsigned width)
{
    uint32_t best = crux_best_rollout(tree);

    put_head(tree, width);
    if (best != CRUX_NO_NODE)
        way_put(stdout, tree, best, width);
    else
        (void)puts("  no path has a complete answer");
}
