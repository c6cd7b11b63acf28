/*
 * opening.h - lines that claim nothing and only open what follows them.
 *
 *     a colon at the end    `For bleach:`, `**1. Calculate the profit:**`
 *     half a sentence       `We get`, `so that`: it goes on in a formula
 *     a heading             `## Step 2`, a line in bold, `Step 2` or `Solution` alone, a rule; not
 *                           `#### 72`, `**Answer: 72**` nor a bold claim: `**So she has 3 left.**`
 *     an announcement       `Let's think step by step.`, `Here's how to solve this.`, `First, we
 *                           need to find the cost.`, `1. Find the cost`; not `Let's calculate
 *                           3 * 4 = 12.`, nor how it is done: `we subtract the discount`
 *     the mark of an item   `1.`, `-`
 *
 * Announcements are known in English; in doubt a line is none.
 *
 * Pure; any thread. A line is given without its break.
 */
#ifndef IO_OPENING_H
#define IO_OPENING_H

#include "search/crux.h"

enum opening {
    OPENING_NONE,      /* it says something */
    OPENING_ANNOUNCES, /* nothing, and behind a claim it ends the step of the claim */
    OPENING_HEADS      /* whatever stands before it, it belongs to what follows */
};

enum opening opening_of(struct crux_text line);

#endif
