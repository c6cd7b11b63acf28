/*
 * filter.h - which system calls a program in a jail may make: a seccomp filter for bubblewrap.
 *
 * What a program needs to compute, to have threads and children and to use its own files is
 * allowed. Refused is what reaches beyond the jail or widens the kernel's surface: other processes'
 * memory, name spaces and mounts, sockets, keys, BPF, io_uring, clocks, priorities, memory that no
 * limit counts (System V segments, memfd), and characters put into a terminal.
 *
 * Ownership. The program is the caller's, to be freed.
 * Threads.   Any; nothing is kept.
 */
#ifndef IO_SANDBOX_FILTER_H
#define IO_SANDBOX_FILTER_H

#include "search/crux.h"

/* As the kernel takes it: *length bytes. */
int filter_make(unsigned char **out, size_t *length, struct crux_error *error);

#endif
