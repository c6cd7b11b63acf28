/*
 * test_ledger_kept.c - what ledger.h promises to the next process: what was reported as kept is
 * there, with what it cost, also after a kill at any instant.
 */
#include "io/ledger/cost.h"
#include "io/ledger/ledger.h"
#include "tests/world/deep.h"
#include "tests/world/ledger_replies.h"
#include "tests/world/ledger_suite.h"
#include "tests/world/sample.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

TestSuite(ledger, .init = ledger_suite_set_up, .fini = ledger_suite_tear_down, .timeout = 120);
TestSuite(ledger_in_memory, .init = ledger_suite_set_up_in_memory, .fini = ledger_suite_tear_down,
          .timeout = 120);

/* What was kept is there when the store is opened again, with what it cost. */
ON_BOTH(ledger, reopens)
{
    struct ledger_past past;
    struct reply a, b;

    write_reply(&a, 1, 3);
    write_reply(&b, 4, 1);
    ledger_keep(ledger, &a.entry);
    ledger_keep(ledger, &b.entry);
    close_ledger();
    cr_assert_eq(a.reported + b.reported, 2U);
    open_ledger();
    for (uint64_t i = 1; i < 5; i++)
        assert_found(i);
    ledger_past(ledger, &past);
    cr_assert_eq(past.paid.calls, 2U);
    cr_assert_eq(past.paid.samples, 4U);
    cr_assert_eq(past.paid.prompt, 200U);
    cr_assert_eq(past.paid.completion, 10U + 11U + 12U + 10U);
    cr_assert_eq(past.paid.price, 4000);
    cr_assert_gt(past.lasted_ns, 0);
}

/* A reply is found again by the mark of its key alone, if the backend is the one that gave it. */
ON_BOTH(ledger, recalls_by_mark)
{
    struct ledger_found found;
    unsigned char key[LEDGER_KEY];
    struct reply reply;

    write_reply(&reply, 1, 1);
    keep(&reply);
    key_of(key, 1);
    cr_assert_eq(ledger_recall(ledger, reply.entry.backend, ledger_mark(key), &found, &why),
                 CRUX_OK, "%s", why.text);
    cr_assert_str_eq(found.text, "reply 1");
    free(found.text);
    cr_assert_eq(ledger_recall(ledger, "another", ledger_mark(key), &found, &why), CRUX_END);
    cr_assert_eq(ledger_recall(ledger, reply.entry.backend, ledger_mark(key) + 1, &found, &why),
                 CRUX_END);
}

/* A replay finds what a run has kept, while the run may go on. */
ON_BOTH(ledger, replays)
{
    struct crux_store *reader = store_fixture_open(false);
    struct ledger *replay = NULL;
    struct ledger_found found;
    unsigned char key[LEDGER_KEY];
    struct reply reply;

    write_reply(&reply, 1, 1);
    keep(&reply);
    cr_assert_eq(ledger_replay_store(&replay, reader, &why), CRUX_OK, "%s", why.text);
    cr_assert(ledger_replays(replay) && !ledger_replays(ledger));
    key_of(key, 1);
    cr_assert_eq(ledger_find(replay, key, &found, &why), CRUX_OK);
    free(found.text);
    key_of(key, 2);
    cr_assert_eq(ledger_find(replay, key, &found, &why), CRUX_END);
    ledger_close(replay);
    crux_store_close(reader);
}

/* A child keeps replies as fast as it can and prints which ones were reported safe. */
static void keep_for_ever(int out)
{
    struct reply reply;

    open_ledger();
    for (uint64_t i = 0;; i += 2) {
        write_reply(&reply, i, 2);
        keep(&reply);
        if (reply.status != CRUX_OK || write(out, &i, sizeof i) != sizeof i)
            _exit(1);
    }
}

/* The last reply that a child reported before it was killed, which was so long after it had
 * reported the least. UINT64_MAX: none. */
static uint64_t kill_writer(uint64_t least, int64_t after_ns)
{
    struct timespec wait = {.tv_nsec = after_ns};
    uint64_t last = UINT64_MAX, one = 0;
    int ends[2];
    pid_t child;

    cr_assert_eq(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        keep_for_ever(ends[1]);
    }
    (void)close(ends[1]);
    while (one < least && read(ends[0], &one, sizeof one) == sizeof one)
        last = one;
    (void)nanosleep(&wait, NULL);
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    while (read(ends[0], &one, sizeof one) == sizeof one)
        last = one;
    (void)close(ends[0]);
    return last;
}

static uint64_t count_replies(void)
{
    struct ledger_past past;

    ledger_past(ledger, &past);
    return past.paid.samples;
}

/* Killed at any instant: every reply that was reported as kept is there, and of the one under
 * way both samples or none. */
Test(ledger, killed)
{
    const int rounds = is_deep() ? 50 : 12;
    uint64_t reported = 0;

    close_ledger();
    for (int round = 0; round < rounds; round++) {
        uint64_t last, first = 0;

        (void)unlink(store_fixture.path);
        (void)unlink(sample_path("run.db-wal"));
        (void)unlink(sample_path("run.db-shm"));
        last = kill_writer(4 * (uint64_t)round, (1 + round * 7 % 10) * INT64_C(1000000));
        open_ledger();
        for (uint64_t i = first; last != UINT64_MAX && i < last + 2; i++)
            assert_found(i);
        reported += last == UINT64_MAX ? 0 : last + 2;
        cr_assert_eq(count_replies() % 2, 0U);
        close_ledger();
    }
    cr_assert_gt(reported, 100U); /* else it was not a test */
    open_ledger();
}

struct sums {
    uint32_t backends, problems;
    char names[80];
    int64_t price;
};

static void tell(void *context, enum ledger_by by, const struct ledger_line *line)
{
    struct sums *sums = context;

    sums->backends += by == LEDGER_BY_BACKEND;
    sums->problems += by == LEDGER_BY_PROBLEM;
    sums->price += by == LEDGER_BY_BACKEND ? line->paid.price : 0;
    (void)strcat(strcat(sums->names, line->name), " ");
}

/* A whole account, asked for by the path of the store, or of nothing. */
Test(ledger, costs_by_path)
{
    struct sums sums = {.names = ""};
    struct ledger_cost cost = {.most = 2, .each = tell, .context = &sums};
    struct reply reply;

    write_reply(&reply, 1, 1);
    keep(&reply);
    cr_assert_eq(ledger_cost_read(&cost, store_fixture.path, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(cost.past.paid.calls, 1U);
    cr_assert_str_eq(sums.names, "chat b ");
    cr_assert_eq(ledger_cost_read(&cost, sample_path("nowhere.db"), &why), CRUX_STORE);
}

/* The account says what each backend and the dearest problems have cost, while the run goes on. */
ON_BOTH(ledger, tells_the_cost)
{
    struct sums sums = {.names = ""};
    struct ledger_cost cost = {.most = 2, .each = tell, .context = &sums};
    struct crux_store *reader = store_fixture_open(false);
    struct reply a, b, c;

    write_reply(&a, 1, 1);
    write_reply(&b, 2, 3);
    write_reply(&c, 5, 2);
    a.entry.problem = 0;
    c.entry.problem = LEDGER_NO_PROBLEM;
    c.entry.backend = "judge";
    keep(&a);
    keep(&b);
    keep(&c);
    cr_assert_eq(ledger_cost_of(&cost, reader, &why), CRUX_OK, "%s", why.text);
    crux_store_close(reader);
    cr_assert_eq(cost.past.paid.calls, 3U);
    cr_assert_eq(cost.past.paid.samples, 6U);
    cr_assert_eq(cost.past.paid.price, 6000);
    cr_assert_eq(cost.problems, 2U);
    cr_assert_eq(sums.price, 6000);
    cr_assert_str_eq(sums.names, "chat judge b  "); /* b, then what is for no problem */
}

static size_t read_file(const char *path, char *bytes, size_t room)
{
    FILE *file = fopen(path, "rb");
    size_t length = file != NULL ? fread(bytes, 1, room, file) : 0;

    if (file != NULL)
        (void)fclose(file);
    return length;
}

/* A log whose end never reached the disk, and without the count file, which knows of that end only
 * what did: the ledger opens, and has the first replies up to some transaction, whole. */
Test(ledger, torn)
{
    enum { ROOM = 1 << 24, CUTS = 16 };
    char *base = malloc(ROOM), *log = malloc(ROOM);
    size_t base_length, log_length;
    uint64_t before = 0;

    close_ledger();
    (void)unlink(store_fixture.path);
    cr_assert_neq(kill_writer(100, INT64_C(50000000)), UINT64_MAX);
    base_length = read_file(store_fixture.path, base, ROOM);
    log_length = read_file(sample_path("run.db-wal"), log, ROOM);
    cr_assert_gt(log_length, 8192U);
    for (size_t cut = 1; cut <= CUTS; cut++) {
        size_t length = log_length * (CUTS / 2 + cut) / (CUTS + CUTS / 2);
        uint64_t found;

        (void)unlink(sample_path("run.db-shm"));
        (void)unlink(sample_path("run.db-count"));
        (void)sample_file("run.db", base, base_length);
        (void)sample_file("run.db-wal", log, cut == CUTS ? log_length : length - 7);
        open_ledger();
        found = count_replies();
        cr_assert_eq(found % 2, 0U);
        cr_assert_geq(found, before);
        for (uint64_t i = 0; i < found; i++)
            assert_found(i);
        before = found;
        close_ledger();
    }
    cr_assert_gt(before, 10U); /* else it was not a test */
    free(base);
    free(log);
    open_ledger();
}
