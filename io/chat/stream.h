/*
 * stream.h - a stream of events, which nobody asked for, as the one body that it stands for.
 *
 * Some gateways stream whatever they are asked. When all of it has come it is an answer like any
 * other: the pieces of each choice one behind the other, and the usage of the event that has one.
 *
 * Ownership. *out is freed by the caller with free().
 * Threads.   Pure; any thread; time and memory in proportion to the stream.
 * Errors.    CRUX_FAILED: it ends before it says so; CRUX_MEMORY.
 */
#ifndef IO_CHAT_STREAM_H
#define IO_CHAT_STREAM_H

#include "io/skim.h"
#include "search/crux.h"

/* Choices of a number from count on are passed over. hit: the member of a choice that says which
 * stop ended it (profile.h), NULL: none. */
int chat_stream_join(char **out, size_t *length, struct skim events, uint32_t count,
                     const char *hit, struct crux_error *error);

#endif
