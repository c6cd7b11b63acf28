/*
 * weak.c - the main program of every kernel: explore, weaken, print.
 *
 *     KERNEL                            explore all scenes; status 1 when one has a fault
 *     KERNEL --orders                   then with each order that the threads used replaced
 *                                       by each weaker one: was it caught?
 *     KERNEL --weaken CODE PART ORDER   one of these, with the steps that lead to the fault
 */
#include "tests/weak/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an order is made of; seq_cst is more than both. */
static int strength(int order)
{
    static const int parts[] = {
        [memory_order_relaxed] = 0, [memory_order_consume] = 1, [memory_order_acquire] = 1,
        [memory_order_release] = 2, [memory_order_acq_rel] = 3, [memory_order_seq_cst] = 7,
    };

    return parts[order];
}

/* Is it an order for this operation at all? */
static bool fits(int order, const char *name, bool failure)
{
    bool loads = failure || strcmp(name, "load") == 0, stores = strcmp(name, "store") == 0;

    if (order == memory_order_consume || (loads && strength(order) == 2))
        return false;
    return strength(order) == 7 || (strength(order) & (loads ? 2 : stores ? 1 : 0)) == 0;
}

static const char *program;

/* The first fault of any scene; NULL: none. */
static const char *explore_all(const struct weak_scene *scenes, bool all, bool tell)
{
    for (; scenes->name != NULL; scenes++) {
        struct weak_report report;

        if (!all && scenes->when == WEAK_ONCE)
            continue;
        report = weak_explore(scenes);
        if (tell)
            (void)printf("%s: %-24s %9llu executions %9llu cut  %6.2f s  %s\n", program,
                         scenes->name, (unsigned long long)report.executions,
                         (unsigned long long)report.cut, report.seconds,
                         report.fault != NULL ? report.fault : "holds");
        (void)fflush(stdout);
        if (report.fault != NULL)
            return report.fault;
    }
    return NULL;
}

static bool caught_when(struct site *site, bool failure, int order, const struct weak_scene *scenes)
{
    int *use = failure ? &site->use_failure : &site->use, was = *use;
    bool caught;

    *use = order;
    caught = explore_all(scenes, false, false) != NULL;
    *use = was;
    return caught;
}

/* Each weaker order, the weakest first: where one holds, those between hold as well. */
static void weaken(struct site *site, bool failure, const struct weak_scene *scenes)
{
    int from = failure ? site->failure : site->order, held = -1;

    for (int order = memory_order_relaxed; from >= 0 && order < from; order++) {
        bool between = held >= 0 && (strength(held) & strength(order)) == strength(held), caught;

        if (!fits(order, site->name, failure) ||
            (strength(order) & strength(from)) != strength(order))
            continue;
        /* Where only one thread ever comes, or nobody stores, no order matters. */
        caught = site->contested && !between && caught_when(site, failure, order, scenes);
        if (!caught)
            held = held < 0 ? order : held;
        (void)printf("order %#zx %s %s %s %s %s\n", (size_t)site->pc, site->name,
                     failure ? "failure" : "success", sites_order(from), sites_order(order),
                     caught ? "caught" : "missed");
    }
}

static int weaken_all(const struct weak_scene *scenes)
{
    for (uint32_t i = 0, count = sites_count(); i < count; i++) {
        weaken(sites_get(i), false, scenes);
        weaken(sites_get(i), true, scenes);
    }
    return 0;
}

static int order_named(const char *name)
{
    for (int order = 0; order < 6; order++)
        if (strcmp(sites_order(order), name) == 0)
            return order;
    return memory_order_relaxed;
}

static int weaken_one(char **arguments, const struct weak_scene *scenes)
{
    size_t pc = strtoull(arguments[0], NULL, 0);

    for (uint32_t i = 0; i < sites_count(); i++) {
        struct site *site = sites_get(i);
        bool failure = strcmp(arguments[1], "failure") == 0;

        if ((size_t)site->pc != pc)
            continue;
        *(failure ? &site->use_failure : &site->use) = order_named(arguments[2]);
        if (explore_all(scenes, false, true) == NULL)
            return 0;
        trace_print();
        return 1;
    }
    (void)fprintf(stderr, "no order is named at %s\n", arguments[0]);
    return 2;
}

int weak_main(int count, char **arguments, const struct weak_scene *scenes)
{
    const char *slash = strrchr(arguments[0], '/');

    program = slash != NULL ? slash + 1 : arguments[0];
    if (explore_all(scenes, count == 1, true) != NULL) {
        trace_print();
        return 1;
    }
    if (count == 2 && strcmp(arguments[1], "--orders") == 0)
        return weaken_all(scenes);
    if (count == 5 && strcmp(arguments[1], "--weaken") == 0)
        return weaken_one(arguments + 2, scenes);
    return 0;
}
