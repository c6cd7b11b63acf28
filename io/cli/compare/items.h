/*
 * items.h - what `crux compare` was asked to compare: strategies, how each picks its answer, and
 * budgets.
 *
 *     LIST   ITEM[,ITEM...]
 *     ITEM   STRATEGY[+OPTION=VALUE|+FLAG]...[:PICK]
 *
 * OPTION is any option of crux solve that changes the meaning of a search. A value may have commas,
 * colons and plus signs in it: a comma behind an option parts two items only before the name of a
 * strategy, a plus sign two options only before the name of an option, and a colon begins a pick
 * only where the rest is one.
 *
 * Items that differ in their pick alone are one search.
 *
 * Ownership. compare_items_free() takes what failed and what is zeroed, too.
 * Errors.    CRUX_INVALID: a sentence that quotes the item and says what there is. CRUX_MEMORY.
 */
#ifndef IO_CLI_COMPARE_ITEMS_H
#define IO_CLI_COMPARE_ITEMS_H

#include "io/cli/options/options.h"

enum { COMPARE_ITEMS = 64, COMPARE_WORDS = 16, COMPARE_BUDGETS = 16 };

/* In place of a rule: as crux solve picks unless it is told. */
#define COMPARE_USUAL CRUX_PICK_RULES

struct compare_item {
    char *search;               /* its name: the item without its pick */
    char *words[COMPARE_WORDS]; /* the flags it stands for: "--strategy=mcts", "--root=gumbel" */
    size_t word_count;
    enum crux_pick_rule rule; /* or COMPARE_USUAL */
    size_t same;              /* the first item with this search: maybe itself */
};

struct compare_items {
    struct compare_item items[COMPARE_ITEMS];
    size_t count;
};

/* command: that of crux solve, whose options items may name. */
int compare_items_read(struct compare_items *out, const struct options_list *texts,
                       const struct options_command *command, struct crux_error *error);
void compare_items_free(struct compare_items *items);

/* What each problem may cost. */
struct compare_budget {
    bool tokens; /* else policy calls */
    uint32_t most;
};

struct compare_budgets {
    struct compare_budget items[COMPARE_BUDGETS];
    size_t count;
};

/* Numbers parted by commas, each above the one before it, added to those that are there. name: the
 * option's. */
int compare_budgets_read(struct compare_budgets *out, const char *text, bool tokens,
                         const char *name, struct crux_error *error);

#endif
