/*
 * panel.h - ports that ask others and answer late, as an ensemble or a served annotator would.
 *
 *     panel    a critic that asks two critics and answers their mean when both have answered
 *     scribe   an annotator that hands the question to a thread of its own, which answers for
 *              another annotator after a while
 *
 * Threads. Any number of calls at once.
 */
#ifndef TESTS_WORLD_PANEL_H
#define TESTS_WORLD_PANEL_H

#include "search/crux.h"

/* SCORE. The two are not owned. */
struct crux_critic *panel_open(struct crux_port *one, struct crux_port *other);

/* ANNOTATE. Each question is answered wait_ns after it was put. inner is not owned. */
struct crux_critic *scribe_open(struct crux_critic *inner, int64_t wait_ns);

/* Of a scribe: how many questions were out at once, at most. */
uint32_t scribe_most(const struct crux_critic *scribe);

#endif
