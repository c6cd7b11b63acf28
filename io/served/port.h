/*
 * port.h - a program of the user's own as a port: its calls become questions to a backend.
 *
 * Calls of every verb, as questions to a backend that is a program in the language of
 * io/process/message.h. A policy or a critic holds one, and its port's functions are these. Other
 * rooms get this header with served.h.
 *
 * Ownership. Sentences of failed calls live until the port is closed.
 * Threads.   Any, as ports are.
 * Errors.    As ports report them; opening reports CRUX_INVALID, CRUX_MEMORY or what starting the
 *            program reports.
 */
#ifndef IO_SERVED_PORT_H
#define IO_SERVED_PORT_H

#include "search/crux.h"

struct account;
struct ledger;
struct served;
struct served_program;

/* On a backend that outlives it ... */
int served_program_on(struct served_program **out, struct served *served, struct crux_error *error);

/* ... or on one of its own, named `process`, from [timeout=SECONDS:]COMMAND. port names its owner
 * in sentences. Ledger and account as in struct served_options. */
int served_program_open(struct served_program **out, const char *command, const char *port,
                        struct ledger *ledger, struct account *account, struct crux_error *error);

int served_program_ask(struct served_program *program, struct crux_call *call);
void served_program_cancel(struct served_program *program, const struct crux_call *call);
void served_program_release(struct crux_reply *reply);
void served_program_close(struct served_program *program); /* NULL is fine */

#endif
