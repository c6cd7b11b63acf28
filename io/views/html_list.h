/*
 * html_list.h - the problems of the page's index, of one store or of several, whatever their state.
 *
 *     html_list_add() of each store -> html_list_settle() -> html_list_read() of an item
 *
 * An item has its entry as a problem that waits; one that has a tree gets another when that was
 * read. Stores may be written meanwhile: html_list_look() sees which problems have changed their
 * state since, and which have come, and nothing is read again that has not.
 *
 * Ownership. The caller's struct, zeroed at first; html_list_close() takes a zeroed one, too. The
 *            stores stay their owner's.
 * Threads.   One at a time.
 * Errors.    Of the store, or CRUX_MEMORY.
 */
#ifndef IO_VIEWS_HTML_LIST_H
#define IO_VIEWS_HTML_LIST_H

#include "io/views/html.h"

struct html_item {
    uint64_t ordinal; /* of one that was named by its id alone: after it was read */
    bool by_id;       /* it is named so */
    struct crux_store *store;
    enum crux_problem_state state;
    char *id;
    char *waiting;         /* its entry while it has no tree */
    char *entry;           /* its entry with the tree that it has; NULL: not read */
    struct html_left left; /* what of that tree the page does not hold */
};

struct html_list {
    struct html_item *items; /* by ordinal */
    size_t count, room;
};

/* Add a store's problems. */
int html_list_add(struct html_list *list, struct html *html, struct crux_store *store,
                  struct crux_error *error);

/* All stores are added: in the order of the input; of a problem that several have, the one that is
 * furthest. */
void html_list_settle(struct html_list *list);

/* One store alone: what has changed since. */
int html_list_look(struct html_list *list, struct html *html, struct crux_store *store,
                   struct crux_error *error);

/* Read the tree of an item that has one, and keep its entry. The texts of *out are as those of
 * html_problem(). A failed problem may wait again by now: then it does, and *out is zeroed. */
int html_list_read(struct html_item *item, struct html *html, struct html_wanted wanted,
                   struct html_made *out, struct crux_error *error);

/* What stands in the index. */
const char *html_list_entry(const struct html_item *item);

/* What the page does not hold, of all that were read. */
struct html_left html_list_left(const struct html_list *list);

/* Hand out the index; what it says but for the problems is the caller's. */
int html_list_index(const struct html_list *list, const struct html_index *head,
                    const struct page_sink *sink, struct crux_error *error);

/* NULL: there is none. */
struct html_item *html_list_find(const struct html_list *list, uint64_t ordinal);

void html_list_close(struct html_list *list);

#endif
