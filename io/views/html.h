/*
 * html.h - what the page shows of a problem: its entry in the index, and its tree with all that was
 * learnt of it, as JSON.
 *
 *     html_open() -> html_problem() ... -> html_index() -> html_close()
 *
 * The page's program reads these two; what they hold is in the tables of html_tree.c, html_pair.c
 * and html_entry.c, made as rows of views are. Which finding counts, and what is known of a path,
 * is what record.h says, as in view critique: nothing is shown as a label that is none. All
 * critiques of a wrong path are there, each by its maker's name, and the one that views would take
 * comes first.
 *
 * Ownership. The caller's struct; the texts of html_problem() live until its next call. Trees and
 *            the run stay their owners', and must stay.
 * Threads.   One at a time for each struct.
 * Errors.    As view.h; the sentence names the problem.
 */
#ifndef IO_VIEWS_HTML_H
#define IO_VIEWS_HTML_H

#include "io/page/page.h"
#include "io/views/html_nodes.h"
#include "io/views/html_text.h"
#include "io/views/view.h"

#define HTML_VERSION 1 /* of what the page's program reads */

/* What the page does not hold. */
struct html_left {
    uint64_t problems, nodes, rollouts;
};

struct html {
    struct view_run run; /* the run as the page sees it: all paths, whatever is known of them */
    struct view_out out;
    struct html_text body;
    char *entry;
};

void html_open(struct html *out, const struct view_run *run);
void html_close(struct html *html);

/* Of a problem that has a tree. Without room nothing of it is on the page but its entry. */
struct html_wanted {
    uint64_t room; /* nodes that the page may still hold */
    bool body;     /* is it made at all? */
};

struct html_made {
    const char *entry;     /* ends in NUL */
    struct crux_text body; /* length 0: there is none */
    uint32_t shown;        /* nodes that it has taken */
    struct html_left left; /* what is left out of it; problems: 1, or 0 */
};

int html_problem(struct html *html, const struct view_tree *what, struct html_wanted wanted,
                 struct html_made *out, struct crux_error *error);

/* The entry of a problem that waits. */
int html_waiting(struct html *html, const struct crux_problem *problem, const char **entry,
                 struct crux_error *error);

/* What a run that goes on says of itself. */
struct html_pulse {
    struct crux_paid paid;
    uint64_t done, problems, pairs, in_flight;
    bool running;
};

struct html_index {
    const char *run_id, *policy, *input;
    const struct html_pulse *pulse; /* NULL: the page is not live */
    struct html_left left;
    uint64_t nodes; /* how many the page may hold: why something is left out */
    const char *const *entries;
    size_t count;
};

/* The input as the page names it: the last part of its path. */
const char *html_input_name(const struct crux_summary *summary);

/* Hand out the index in pieces, each of whole characters. */
int html_index(const struct html_index *index, const struct page_sink *sink,
               struct crux_error *error);

/* --- the rows of the tables ------------------------------------------------------------------ */

/* A tree, as far as it is shown. */
struct html_tree {
    const struct view_tree *what;
    const struct view_run *run;
    const struct html_nodes *nodes;
};

/* A problem in the index. */
struct html_entry {
    const struct crux_problem *problem;
    const struct view_tree *what; /* NULL: it waits */
    uint32_t shown;
    uint64_t located, critiques; /* pairs with an index; critiques of their wrong paths */
};

/* Not in the catalogue: rows of the page. */
extern const struct view html_tree_view, html_entry_view;

/* The list of a tree's pairs whose two ends are shown, as a JSON array, to *out; and what the entry
 * counts of all of them. */
int html_pairs(const struct html_tree *tree, struct view_out *out, struct html_text *text,
               struct html_entry *entry, struct crux_error *error);

#endif
