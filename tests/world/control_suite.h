/*
 * control_suite.h - a run with a socket, a client of it, and a kernel that refuses both; what the
 * suites of io/control/ share.
 */
#ifndef TESTS_WORLD_CONTROL_SUITE_H
#define TESTS_WORLD_CONTROL_SUITE_H

#include <criterion/criterion.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "io/control/control.h"
#include "io/control/socket.h"
#include "tests/world/contains.h"
#include "tests/world/heap.h"
#include "tests/world/kernel.h"

#define PATIENCE_NS (120 * CLOCK_SECOND_NS) /* what comes is waited for */
#define BRIEF_NS    (CLOCK_SECOND_NS / 20)  /* what never comes is not */

/* --- the kernel ------------------------------------------------------------------------------- */

KERNEL_CALL(int, accept4, (int file, struct sockaddr *name, socklen_t *size, int flags),
            (file, name, size, flags), -1)
KERNEL_CALL(int, connect, (int file, const struct sockaddr *name, socklen_t size),
            (file, name, size), -1)
KERNEL_CALL(int, fchmod, (int file, mode_t mode), (file, mode), -1)
KERNEL_CALL(int, listen, (int file, int backlog), (file, backlog), -1)
KERNEL_CALL(int, poll, (struct pollfd * files, nfds_t count, int milliseconds),
            (files, count, milliseconds), -1)
KERNEL_CALL(int, pthread_create,
            (pthread_t * thread, const pthread_attr_t *how, void *(*run)(void *), void *context),
            (thread, how, run, context), EAGAIN)
KERNEL_CALL(ssize_t, recv, (int file, void *bytes, size_t size, int flags),
            (file, bytes, size, flags), -1)
KERNEL_CALL(ssize_t, send, (int file, const void *bytes, size_t size, int flags),
            (file, bytes, size, flags), -1)
KERNEL_CALL(int, fstatat, (int folder, const char *name, struct stat *about, int flags),
            (folder, name, about, flags), -1)
KERNEL_CALL(int, unlinkat, (int folder, const char *name, int flags), (folder, name, flags), -1)

/* Who is at the other end, by the kernel's word; 0: who is. */
static atomic_uint stranger;

KERNEL_INSTEAD(int, getsockopt, (int file, int level, int option, void *value, socklen_t *size))
{
    KERNEL_NEXT(getsockopt);
    int result = kernel_fails_now("getsockopt") ? -1 : next(file, level, option, value, size);

    if (result == 0 && option == SO_PEERCRED && atomic_load(&stranger) > 0)
        ((struct ucred *)value)->uid = atomic_load(&stranger);
    return result;
}

static atomic_uint self; /* who we are; 0: who we are */

KERNEL_INSTEAD(uid_t, geteuid, (void))
{
    KERNEL_NEXT(geteuid);

    return atomic_load(&self) > 0 ? atomic_load(&self) : next();
}

/* What becomes of the name between bind() and the look at it. */
static enum { BOUND_WELL, BOUND_OPEN, BOUND_ANOTHERS, BOUND_NONE } bound;

KERNEL_INSTEAD(int, bind, (int file, const struct sockaddr *name, socklen_t size))
{
    KERNEL_NEXT(bind);
    const char *path = ((const struct sockaddr_un *)name)->sun_path;
    int result = kernel_fails_now("bind") ? -1 : next(file, name, size);

    if (bound == BOUND_OPEN) {
        cr_assert_eq(chmod(path, 0666), 0);
    } else if (bound == BOUND_NONE) {
        cr_assert_eq(unlink(path), 0);
        cr_assert_eq(mkdir(path, 0700), 0);
    } else if (bound == BOUND_ANOTHERS) {
        atomic_store(&self, 4321);
    }
    return result;
}

static _Atomic int64_t later_s; /* the clock is ahead by so much */

KERNEL_INSTEAD(int, clock_gettime, (clockid_t clock, struct timespec *now))
{
    KERNEL_NEXT(clock_gettime);
    int result = next(clock, now);

    now->tv_sec += atomic_load(&later_s);
    return result;
}

/* --- a run ------------------------------------------------------------------------------------ */

static struct {
    char folder[40], store[90], socket[100];
    struct control *control;
    struct crux_error error;
    int status;       /* what it serves with */
    size_t bytes;     /* of its answers, beside the rest */
    uint32_t failing; /* the allocation that fails once it has served */
    atomic_uint served;
} run;

static inline int serve(void *context, const struct control_peer *peer, const struct json *request,
                        struct json *answer, struct crux_error *error)
{
    char *text;

    (void)context;
    heap_fail(0);
    text = calloc(1, run.bytes + 1);
    cr_assert_not_null(text);
    cr_assert_not_null(json_get(request, "do"));
    memset(text, 'x', run.bytes);
    json_put(answer, "text", json_of_string(text));
    json_put(answer, "user", json_of_integer(peer->user));
    free(text);
    atomic_fetch_add(&run.served, 1);
    if (run.failing > 0)
        heap_fail(run.failing);
    return run.status < 0 ? crux_fail(error, run.status, "so it was told") : run.status;
}

static inline int open_run(void)
{
    return control_open(&run.control, run.store, serve, NULL, &run.error);
}

static inline void run_set_up(void)
{
    FILE *file;

    (void)strcpy(run.folder, "/tmp/crux-control-XXXXXX");
    cr_assert_not_null(mkdtemp(run.folder));
    (void)snprintf(run.store, sizeof run.store, "%s/run.db", run.folder);
    (void)snprintf(run.socket, sizeof run.socket, "%s-ctl", run.store);
    cr_assert_not_null(file = fopen(run.store, "w"));
    (void)fclose(file);
}

static inline void run_begin(void)
{
    run_set_up();
    cr_assert_eq(open_run(), CRUX_OK, "%s", run.error.text);
}

static inline void run_end(void)
{
    control_close(run.control);
    cr_expect_neq(access(run.socket, F_OK), 0, "the socket stays");
    (void)unlink(run.store);
    (void)rmdir(run.folder);
}

/* --- a client --------------------------------------------------------------------------------- */

static inline struct json *request_of(size_t bytes)
{
    struct json *request = json_new_object();
    char *text = calloc(1, bytes + 1);

    cr_assert_not_null(text);
    memset(text, 'x', bytes);
    json_put(request, "do", json_of_string(text));
    free(text);
    return request;
}

static inline int ask_within(size_t bytes, int64_t patience_ns, struct json **answer)
{
    struct json *request = request_of(bytes);
    int status = control_ask(answer, run.store, request, patience_ns, &run.error);

    json_free(request);
    return status;
}

static inline int ask(void)
{
    struct json *answer = NULL;
    int status = ask_within(4, PATIENCE_NS, &answer);

    cr_expect_eq(answer != NULL, status == CRUX_OK);
    json_free(answer);
    return status;
}

static inline void assert_asked(int status, const char *says)
{
    cr_assert_eq(ask(), status, "%s, not `%s`", run.error.text, says);
    if (status != CRUX_OK)
        assert_contains(run.error.text, says);
}

static inline int connected(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)strcpy(name.sun_path, run.socket);
    cr_assert_eq(connect(file, (const struct sockaddr *)&name, sizeof name), 0);
    return file;
}

/* What has the name of a run's socket. */
static inline int named_socket(int type)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int file = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    (void)strcpy(name.sun_path, run.socket);
    cr_assert_eq(bind(file, (const struct sockaddr *)&name, sizeof name), 0);
    return file;
}

#endif
