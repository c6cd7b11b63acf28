/*
 * way.c - the way to an answer, as lines and as JSON: nodes are numbered depth first, so a family
 * is found by one walk over its parent's part of the array.
 */
#include "io/cli/way.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/terminal.h"
#include "io/json.h"
#include "io/steps.h"

/* Columns before a text; of "..."; that a text has at any width; lines of one family. */
enum { WAY_BEFORE = 22, WAY_DOTS = 3, WAY_LEAST = 10, WAY_REJECTED = 8 };

/* --- walking ----------------------------------------------------------------------------- */

static uint32_t way_at(const struct crux_tree *tree, uint32_t node, uint32_t depth)
{
    while (tree->nodes[node].depth > depth)
        node = tree->nodes[node].parent;
    return node;
}

/* The sibling of chosen behind `behind`, which is its parent or one of them; 0: no more. */
static uint32_t way_sibling(const struct crux_tree *tree, uint32_t chosen, uint32_t behind)
{
    uint32_t parent = tree->nodes[chosen].parent;

    for (uint32_t i = behind + 1;
         i < tree->node_count && tree->nodes[i].depth > tree->nodes[parent].depth; i++)
        if (tree->nodes[i].parent == parent && i != chosen)
            return i;
    return 0;
}

bool way_is_planned(const struct crux_tree *tree, uint32_t rollout)
{
    assert(rollout < tree->rollout_count);
    for (uint32_t node = tree->rollouts[rollout].node; node != 0; node = tree->nodes[node].parent)
        if (!crux_kind_reasons((enum crux_kind)tree->nodes[node].kind))
            return true;
    return false;
}

/* Where it is written, and how many columns a text has there; 0: all that it takes. */
struct way_page {
    FILE *out;
    unsigned room;
};

/* --- for people -------------------------------------------------------------------------- */

/* Is there room for all the rest? */
static bool way_fits(const char *text, size_t left, unsigned room)
{
    unsigned used = 0;

    while (left > 0 && used <= room) {
        char safe[TERMINAL_SAFE];
        unsigned columns = 1;
        size_t taken = 1;

        if (*text != '\v' && *text != '\n')
            taken = terminal_safe(safe, text, left, &columns);
        used += columns;
        text += taken;
        left -= taken;
    }
    return used <= room;
}

/* As much of a text as a line has room for. Line breaks are blanks. */
static void way_put_text(FILE *out, const char *text, unsigned room)
{
    size_t left = strlen(text);
    unsigned used = 0;

    while (left > 0) {
        char safe[TERMINAL_SAFE] = " ";
        unsigned columns = 1;
        size_t taken = 1;

        if (*text != '\v' && *text != '\n')
            taken = terminal_safe(safe, text, left, &columns);
        if (room > 0 && used + columns > room - WAY_DOTS && !way_fits(text, left, room - used)) {
            (void)fputs("...", out);
            return;
        }
        (void)fputs(safe, out);
        used += columns;
        text += taken;
        left -= taken;
    }
}

static void way_put_score(FILE *out, double score)
{
    if (score >= 0.0)
        (void)fprintf(out, "%5.3f", score);
    else
        (void)fputs("    -", out);
}

static void way_put_line(const struct way_page *page, const char *kind, double score, bool chosen,
                         const char *text)
{
    FILE *out = page->out;

    (void)fprintf(out, "  %-10s ", kind);
    way_put_score(out, score);
    (void)fprintf(out, " %c ", chosen ? '*' : ' ');
    way_put_text(out, text, page->room);
    (void)fputc('\n', out);
}

/* A sub-goal says what its kind says, so a family of them is one line. */
static void way_put_subgoals(FILE *out, const struct crux_tree *tree, uint32_t chosen)
{
    const struct crux_node *node = &tree->nodes[chosen];
    const char *before = "   ";

    (void)fprintf(out, "  %-10s ", crux_kind_name((enum crux_kind)node->kind));
    way_put_score(out, node->score);
    for (uint32_t i = way_sibling(tree, chosen, node->parent); i != 0;
         i = way_sibling(tree, chosen, i)) {
        (void)fprintf(out, "%s%s ", before, crux_kind_name((enum crux_kind)tree->nodes[i].kind));
        if (tree->nodes[i].score >= 0.0)
            (void)fprintf(out, "%.3f", tree->nodes[i].score);
        else
            (void)fputc('-', out);
        before = ", ";
    }
    (void)fputc('\n', out);
}

static void way_put_family(const struct way_page *page, const struct crux_tree *tree,
                           uint32_t chosen)
{
    const struct crux_node *node = &tree->nodes[chosen];
    uint32_t rejected = 0;

    if (crux_kind_is_subgoal((enum crux_kind)node->kind)) {
        way_put_subgoals(page->out, tree, chosen);
        return;
    }
    way_put_line(page, crux_kind_name((enum crux_kind)node->kind), node->score, true, node->text);
    for (uint32_t i = way_sibling(tree, chosen, node->parent); i != 0;
         i = way_sibling(tree, chosen, i))
        if (rejected++ < WAY_REJECTED)
            way_put_line(page, "", tree->nodes[i].score, false, tree->nodes[i].text);
    if (rejected > WAY_REJECTED)
        (void)fprintf(page->out, "%21s(%u more)\n", "", rejected - WAY_REJECTED);
}

void way_put(FILE *out, const struct crux_tree *tree, uint32_t rollout, unsigned width)
{
    const unsigned room = width > WAY_BEFORE + WAY_LEAST ? width - WAY_BEFORE : WAY_LEAST;
    const struct way_page page = {out, width > 0 ? room : 0};
    const struct crux_rollout *answer = &tree->rollouts[rollout];

    assert(rollout < tree->rollout_count);
    for (uint32_t depth = 1; depth <= tree->nodes[answer->node].depth; depth++)
        way_put_family(&page, tree, way_at(tree, answer->node, depth));
    if (answer->text[0] != '\0')
        way_put_line(&page, crux_kind_name(CRUX_ANSWER), answer->reward, true, answer->text);
}

/* --- for machines ------------------------------------------------------------------------ */

static struct json *way_step(enum crux_kind kind, const char *text, double score)
{
    struct json *object = json_new_object();

    json_put(object, "kind", json_of_string(crux_kind_name(kind)));
    json_put(object, "text", steps_json((struct crux_text){text, strlen(text)}));
    json_put(object, "score", score >= 0.0 ? json_of_real(score) : json_of_null());
    return object;
}

static struct json *way_node(const struct crux_node *node)
{
    struct json *object = way_step((enum crux_kind)node->kind, node->text, node->score);

    json_put(object, "visits", json_of_integer(node->visits));
    return object;
}

static struct json *way_family(const struct crux_tree *tree, uint32_t chosen)
{
    struct json *object = way_node(&tree->nodes[chosen]), *rejected = json_new_array();

    for (uint32_t i = way_sibling(tree, chosen, tree->nodes[chosen].parent); i != 0;
         i = way_sibling(tree, chosen, i))
        json_add(rejected, way_node(&tree->nodes[i]));
    json_put(object, "rejected", rejected);
    return object;
}

struct json *way_json(const struct crux_tree *tree, uint32_t rollout)
{
    const struct crux_rollout *answer = &tree->rollouts[rollout];
    struct json *list = json_new_array();

    assert(rollout < tree->rollout_count);
    for (uint32_t depth = 1; depth <= tree->nodes[answer->node].depth; depth++)
        json_add(list, way_family(tree, way_at(tree, answer->node, depth)));
    if (answer->text[0] != '\0')
        json_add(list, way_step(CRUX_ANSWER, answer->text, answer->reward));
    return list;
}
