/*
 * judge.h - a critic that asks a served model now and then: what a judge will be, made of what
 * critics may use.
 *
 * It judges complete answers. One question in `every` goes to the backend of its name, late; the
 * others are answered at once. Which one it is follows from the call's seed. The verdict is always
 * unknown, for a fake model knows nothing about right and wrong.
 */
#ifndef TESTS_WORLD_JUDGE_H
#define TESTS_WORLD_JUDGE_H

#include "io/crux_io.h"

/* On the backend of that name, which outlives it; closed with crux_critic_close(). */
int judge_open(struct crux_critic **out, struct crux_backends *backends, const char *name,
               uint32_t every, struct crux_error *error);

#endif
