/*
 * control.h - a run that is steered from another process: questions and answers over a Unix socket
 * beside the run's store.
 *
 *     crux ctl --store RUN.db pause             the run
 *     control_ask() --{"do":"pause"}\n--> RUN.db-ctl --> serve() on the control's thread
 *               <--{"ok":true, ...}\n------------------'
 *
 * The protocol. A request is one line: a JSON object of at most CONTROL_LINE bytes with a string
 *     "do". So is its answer, with "ok" true; or false, with "status", a word of
 *     control_status_word(), and "error", a sentence. Requests of a connection are answered one
 *     after the other. What is no request is answered so, too, and ends the connection.
 *
 * The name. The store's own with "-ctl" behind it, in its folder, links followed; where that is
 *     longer than 80 bytes it is "crux-", the first 16 hexadecimal digits of the SHA-256 of the
 *     store's name, and "-ctl". A path may be of any length, though a socket's has 107 bytes: then
 *     it is reached through /proc/self/fd.
 *
 * Who may. The socket has mode 0600 from its first moment, and each side asks the kernel who the
 *     other is (SO_PEERCRED): a run obeys its own user and root, who could do all of it
 *     anyhow; a client speaks to a run of its own user, and root to anybody's.
 *
 * What others can do to a run. One thread, which serves CONTROL_CLIENTS connections at a time,
 * looks at each for CONTROL_PATIENCE_NS at most, reads no more than a line ahead and never waits
 * for a client. More connections wait in the kernel. It holds nothing that the run needs but while
 *     serve() runs.
 *
 * A dead run's socket. Who opens a control has the store for writing, so a socket that lies under
 *     the name is of a run that was killed: it is replaced. What is no socket is left alone.
 *
 * Threads. serve() runs on the control's own thread, which takes no signals; opening and closing by
 *          one thread.
 * Errors.  As in crux.h.
 */
#ifndef IO_CONTROL_CONTROL_H
#define IO_CONTROL_CONTROL_H

#include <sys/types.h>

#include "io/clock.h"
#include "io/json.h"
#include "search/crux.h"

enum { CONTROL_LINE = 4096, CONTROL_ANSWER = 1 << 20, CONTROL_CLIENTS = 16 };

#define CONTROL_PATIENCE_NS (10 * CLOCK_SECOND_NS)

struct control;

/* Who asks. */
struct control_peer {
    pid_t process;
    uid_t user;
};

/* Do what is asked: request is an object whose "do" is a string. Its answer goes into answer, an
 * object; negative: it was not done, and *error says why. */
typedef int control_serve(void *context, const struct control_peer *peer,
                          const struct json *request, struct json *answer,
                          struct crux_error *error);

/* store: the path of a store that the caller has open for writing. CRUX_STORE with a sentence where
 * the file system has no sockets, or something else has the name. */
int control_open(struct control **out, const char *store, control_serve *serve, void *context,
                 struct crux_error *error);

/* No request is served any more, and the socket is gone. NULL is fine. */
void control_close(struct control *control);

/* Ask the run that has this store. *answer, from json_free(), is what was answered with "ok" true.
 * CRUX_STORE: no run is at work on it, it is another user's, or it does not answer in time; else
 * the status and sentence of its refusal. */
int control_ask(struct json **answer, const char *store, const struct json *request,
                int64_t patience_ns, struct crux_error *error);

/* "invalid" and so on, for a negative status; and back, CRUX_FAILED for another word. */
const char *control_status_word(int status);
int control_status_of(const char *word);

#endif
