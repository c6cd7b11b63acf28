/*
 * test_ledger.c - what ledger.h promises, one promise per test.
 *
 * What was reported as kept is there: for the same process, for the next one, and for the next
 * one after a kill at any instant. Then stores that cannot be written, and orders.
 */
#include "io/ledger/ledger.h"
#include "io/ledger/cost.h"
#include "io/ledger/keys.h"
#include "io/ledger/order.h"
#include "io/sqlite.h"
#include "io/store/store.h"
#include "tests/world/sample.h"
#include "tests/world/memory_store.h"
#include "tests/world/store_fixture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct crux_store *store;
static struct ledger *ledger;
static struct crux_error why;

static void open_ledger(void)
{
    store = store_fixture_begin();
    cr_assert_eq(ledger_open(&ledger, store, &why), CRUX_OK, "%s", why.text);
}

static void close_ledger(void)
{
    ledger_close(ledger);
    crux_store_close(store);
    ledger = NULL;
    store = NULL;
}

static void set_up(void)
{
    store_fixture_set_up();
    open_ledger();
}

static void set_up_in_memory(void)
{
    store_fixture_set_up_in_memory();
    open_ledger();
}

static void tear_down(void)
{
    close_ledger();
    store_fixture_tear_down();
}

TestSuite(ledger, .init = set_up, .fini = tear_down, .timeout = 120);
TestSuite(ledger_in_memory, .init = set_up_in_memory, .fini = tear_down, .timeout = 120);
TestSuite(order, .init = set_up, .fini = tear_down, .timeout = 60);
TestSuite(order_in_memory, .init = set_up_in_memory, .fini = tear_down, .timeout = 60);

/* --- a reply ------------------------------------------------------------------------------- */

enum { ROWS_MOST = 4, TEXT = 40 };

struct reply {
    struct ledger_entry entry; /* first: an entry is its reply */
    struct ledger_row rows[ROWS_MOST];
    char texts[ROWS_MOST][TEXT];
    uint32_t reported;
    int status;
    uint32_t turn; /* in which it was reported, from 1 */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint32_t turns;

static void kept(struct ledger_entry *entry, int status, const char *sentence)
{
    struct reply *reply = (struct reply *)(void *)entry;

    cr_expect((status == CRUX_OK) == (*sentence == '\0'));
    (void)pthread_mutex_lock(&lock);
    reply->reported++;
    reply->status = status;
    reply->turn = ++turns;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

static void key_of(unsigned char key[LEDGER_KEY], uint64_t number)
{
    uint64_t word = number * UINT64_C(0x9e3779b97f4a7c15) + 1;

    memset(key, 0, LEDGER_KEY);
    memcpy(key, &word, sizeof word);
    memcpy(key + 16, &number, sizeof number);
}

/* Samples first, first + 1, ... of a request. */
static void write_reply(struct reply *reply, uint64_t first, uint32_t count)
{
    *reply = (struct reply){.entry = {.backend = "chat", .problem = 2, .kept = kept}};
    reply->entry.rows = reply->rows;
    reply->entry.count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct ledger_row *row = &reply->rows[i];

        key_of(row->key, first + i);
        (void)snprintf(reply->texts[i], TEXT, "reply %llu", (unsigned long long)first + i);
        row->text = reply->texts[i];
        row->length = strlen(reply->texts[i]);
        row->completion = 10 + i;
        row->price = 1000;
        row->first = i == 0;
        row->prompt = i == 0 ? 100 : 0;
    }
}

static void wait_for(const struct reply *reply)
{
    (void)pthread_mutex_lock(&lock);
    while (reply->reported == 0)
        (void)pthread_cond_wait(&changed, &lock);
    (void)pthread_mutex_unlock(&lock);
}

static void keep(struct reply *reply)
{
    ledger_keep(ledger, &reply->entry);
    wait_for(reply);
}

static int find(uint64_t number, struct ledger_found *found)
{
    unsigned char key[LEDGER_KEY];

    key_of(key, number);
    return ledger_find(ledger, key, found, &why);
}

static void assert_found(uint64_t number)
{
    struct ledger_found found = {.text = NULL};
    char text[TEXT];

    (void)snprintf(text, sizeof text, "reply %llu", (unsigned long long)number);
    cr_assert_eq(find(number, &found), CRUX_OK, "reply %llu", (unsigned long long)number);
    cr_assert_str_eq(found.text, text);
    cr_assert_eq(found.length, strlen(text));
    free(found.text);
}

/* --- keeping and finding --------------------------------------------------------------------- */

/* What was kept is found, word for word and with what it took; nothing else is. */
ON_BOTH(ledger, keeps_replies)
{
    struct ledger_found found = {.text = NULL};
    struct reply reply;

    write_reply(&reply, 5, 3);
    keep(&reply);
    cr_assert_eq(reply.reported, 1U);
    cr_assert_eq(reply.status, CRUX_OK);
    for (uint64_t i = 5; i < 8; i++)
        assert_found(i);
    cr_assert_eq(find(6, &found), CRUX_OK);
    cr_assert_eq(found.completion, 11U);
    cr_assert_eq(found.prompt, 0U);
    cr_assert_eq(found.price, 1000);
    free(found.text);
    cr_assert_eq(find(8, &found), CRUX_END);
}

/* A text may be empty, or hold any bytes. */
ON_BOTH(ledger, keeps_any_bytes)
{
    struct ledger_found found = {.text = NULL};
    struct reply reply;

    write_reply(&reply, 1, 2);
    reply.rows[0].text = "";
    reply.rows[0].length = 0;
    reply.rows[1].text = "a\0b\xff";
    reply.rows[1].length = 4;
    keep(&reply);
    cr_assert_eq(find(1, &found), CRUX_OK);
    cr_assert_eq(found.length, 0U);
    cr_assert_str_eq(found.text, "");
    free(found.text);
    cr_assert_eq(find(2, &found), CRUX_OK);
    cr_assert_eq(found.length, 4U);
    cr_assert_eq(memcmp(found.text, "a\0b\xff", 5), 0);
    free(found.text);
}

/* A key is kept once: who comes second learns it, and the first text stays. */
ON_BOTH(ledger, the_first_stays)
{
    struct reply first, second;

    write_reply(&first, 1, 1);
    write_reply(&second, 1, 2);
    second.rows[0].text = "something else";
    keep(&first);
    keep(&second);
    cr_assert_not(first.rows[0].known);
    cr_assert(second.rows[0].known);
    cr_assert_not(second.rows[1].known);
    cr_assert_eq(second.status, CRUX_OK);
    assert_found(1);
    assert_found(2);
}

struct message {
    struct ledger_post post; /* first: a post is its message */
    uint64_t asks;           /* for this reply, in its turn */
    bool finds;
    int status;
    uint32_t turn;
};

static void arrive(struct ledger_post *post, int status, const char *sentence)
{
    struct message *message = (struct message *)(void *)post;
    unsigned char key[LEDGER_KEY];

    key_of(key, message->asks);
    cr_expect((status == CRUX_OK) == (*sentence == '\0'));
    message->status = status;
    message->finds = ledger_knows(ledger, key);
    (void)pthread_mutex_lock(&lock);
    message->turn = ++turns;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

static void wait_for_message(const struct message *message)
{
    (void)pthread_mutex_lock(&lock);
    while (message->turn == 0)
        (void)pthread_cond_wait(&changed, &lock);
    (void)pthread_mutex_unlock(&lock);
}

/* A post is called after what was queued before it, which is found by then, and before what
 * comes later. */
ON_BOTH(ledger, posts_have_their_turn)
{
    struct message message = {.post = {.call = arrive}, .asks = 1};
    struct reply before, after;

    write_reply(&before, 1, 1);
    write_reply(&after, 2, 1);
    ledger_keep(ledger, &before.entry);
    ledger_post(ledger, &message.post);
    ledger_keep(ledger, &after.entry);
    wait_for(&after);
    cr_assert_eq(before.turn, 1U);
    cr_assert_eq(message.turn, 2U);
    cr_assert_eq(message.status, CRUX_OK);
    cr_assert(message.finds);
    cr_assert_eq(after.turn, 3U);
}

/* What is posted is called before the ledger closes, also where nothing is kept. */
ON_BOTH(ledger, posts_are_called_before_closing)
{
    struct message kept_beside = {.post = {.call = arrive}}, alone = kept_beside;

    ledger_post(ledger, &kept_beside.post);
    ledger_close(ledger);
    cr_assert_eq(kept_beside.turn, 1U);
    cr_assert_eq(ledger_open(&ledger, NULL, &why), CRUX_OK);
    ledger_post(ledger, &alone.post);
    wait_for_message(&alone);
    cr_assert_eq(alone.status, CRUX_OK);
}

/* Without a store nothing is kept, and kept() is called all the same. */
Test(ledger, without_a_store)
{
    struct ledger_found found;
    struct reply reply;

    ledger_close(ledger);
    cr_assert_eq(ledger_open(&ledger, NULL, &why), CRUX_OK);
    write_reply(&reply, 1, 1);
    keep(&reply);
    cr_assert_eq(reply.status, CRUX_OK);
    cr_assert_eq(find(1, &found), CRUX_END);
    ledger_order_add(ledger, 0, &(struct crux_arrival){1, 0});
    cr_assert_eq(ledger_flush(ledger, &why), CRUX_OK);
}

enum { MANY = 300, WRITERS = 4 };

static struct reply many[MANY];
static _Atomic uint32_t next_of_many;

static void *keep_many(void *context)
{
    uint32_t mine;

    (void)context;
    while ((mine = next_of_many++) < MANY)
        ledger_keep(ledger, &many[mine].entry);
    return NULL;
}

/* At least as many as there were transactions: each writes a session's time. */
static int64_t pages_written(void)
{
    struct stat found;

    if (store_fixture.in_memory)
        return (int64_t)memory_store_batches(store_fixture.path);
    return stat(sample_path("run.db-wal"), &found) == 0 ? (int64_t)found.st_size / 4096 : 0;
}

/* Many that come at once share a flush: the store's own lock holds the writer back until all
 * have come, and what then is written is far less than a transaction each. */
ON_BOTH(ledger, commits_in_groups)
{
    pthread_t threads[WRITERS];
    int64_t before = pages_written();

    for (uint32_t i = 0; i < MANY; i++)
        write_reply(&many[i], i * 2, 2);
    store_enter(store);
    for (int i = 0; i < WRITERS; i++)
        (void)pthread_create(&threads[i], NULL, keep_many, NULL);
    for (int i = 0; i < WRITERS; i++)
        (void)pthread_join(threads[i], NULL);
    store_leave(store);
    for (uint32_t i = 0; i < MANY; i++)
        wait_for(&many[i]);
    cr_assert_lt(pages_written() - before, MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        cr_assert_eq(many[i].reported, 1U);
        cr_assert_eq(many[i].status, CRUX_OK);
        assert_found(2 * i + 1);
    }
}

/* Trees can be kept meanwhile: ledger and store take turns. */
ON_BOTH(ledger, beside_trees)
{
    pthread_t thread;

    for (uint32_t i = 0; i < MANY; i++)
        write_reply(&many[i], i, 1);
    (void)pthread_create(&thread, NULL, keep_many, NULL);
    for (int i = 0; i < 20; i++)
        cr_assert_eq(store_fixture_keep(store, 0, CRUX_REASON_FAILED, "x"), CRUX_OK, "%s",
                     store_fixture.why.text);
    (void)pthread_join(thread, NULL);
    for (uint32_t i = 0; i < MANY; i++)
        wait_for(&many[i]);
    cr_assert_eq(ledger_flush(ledger, &why), CRUX_OK);
}

/* --- the next process ----------------------------------------------------------------------------
 */

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

/* The replies that were reported to a child before it was killed after so long. */
static uint64_t kill_writer(int64_t after_ns)
{
    struct timespec wait = {.tv_nsec = after_ns};
    uint64_t last = UINT64_MAX, one;
    int ends[2];
    pid_t child;

    cr_assert_eq(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        keep_for_ever(ends[1]);
    }
    (void)close(ends[1]);
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
    uint64_t reported = 0;

    close_ledger();
    /* A busy machine writes less in the same time, and gets more of it. */
    for (int round = 0; round < 25 || (reported <= 100 && round < 150); round++) {
        uint64_t last, first = 0;

        (void)unlink(store_fixture.path);
        (void)unlink(sample_path("run.db-wal"));
        (void)unlink(sample_path("run.db-shm"));
        last = kill_writer((5 + round * 3) * INT64_C(1000000));
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
    cr_assert_neq(kill_writer(INT64_C(450000000)), UINT64_MAX);
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

/* --- stores that cannot be used
 * -------------------------------------------------------------------- */

/* A store that is open for reading keeps no replies. */
ON_BOTH(ledger, refuses_a_reader)
{
    struct crux_store *reader = store_fixture_open(false);
    struct ledger *second = NULL;

    cr_assert_eq(ledger_open(&second, reader, &why), CRUX_STORE);
    cr_assert_null(second);
    cr_assert_not_null(strstr(why.text, "open for reading"), "%s", why.text);
    crux_store_close(reader);
}

static void run_sql(const char *sql)
{
    struct sqlite *db = NULL;

    cr_assert_eq(sqlite_join(&db, store_fixture.path, &why), CRUX_OK);
    cr_assert_eq(sqlite_run(db, sql, &why), CRUX_OK, "%s", why.text);
    sqlite_close(db);
}

/* A ledger of another version is refused by its number. */
Test(ledger, refuses_another_version)
{
    struct ledger *second = NULL;

    run_sql("UPDATE ledger SET version = 7");
    ledger_close(ledger);
    ledger = NULL;
    cr_assert_eq(ledger_open(&second, store, &why), CRUX_STORE);
    cr_assert_not_null(strstr(why.text, "version 7"), "%s", why.text);
    cr_assert_eq(ledger_replay(&second, store_fixture.path, &why), CRUX_STORE);
    cr_assert_null(second);
}

/* A store in which no model was ever asked replays as one that knows nothing. */
Test(ledger, replays_a_store_without_one)
{
    struct ledger *replay = NULL;
    unsigned char key[LEDGER_KEY];
    struct ledger_found found;
    struct crux_arrival *numbers = NULL;
    size_t count = 7;

    ledger_close(ledger);
    ledger = NULL;
    cr_assert_eq(ledger_replay(&replay, store_fixture.path, &why), CRUX_OK, "%s", why.text);
    key_of(key, 1);
    cr_assert_eq(ledger_find(replay, key, &found, &why), CRUX_END);
    cr_assert_eq(ledger_order(replay, 0, &numbers, &count, &why), CRUX_OK);
    cr_assert_eq(count, 0U);
    ledger_close(replay);
    cr_assert_eq(ledger_replay(&replay, sample_path("nowhere.db"), &why), CRUX_STORE);
}

/* No reply can be written, or it can again. */
static void break_store(bool broken)
{
    if (store_fixture.in_memory)
        memory_store_break(store_fixture.path, broken);
    else
        run_sql(broken ? "ALTER TABLE texts RENAME TO elsewhere"
                       : "ALTER TABLE elsewhere RENAME TO texts");
}

/* The first error of writing is the last thing that is tried: everything after it fails alike,
 * and nothing that failed is found. */
ON_BOTH(ledger, fails_for_good)
{
    struct ledger_found found;
    struct message message = {.post = {.call = arrive}};
    struct reply before, bad, after;

    write_reply(&before, 1, 1);
    write_reply(&bad, 2, 2);
    write_reply(&after, 4, 1);
    keep(&before);
    break_store(true);
    keep(&bad);
    cr_assert_eq(bad.status, CRUX_STORE);
    break_store(false);
    keep(&after);
    cr_assert_eq(after.status, CRUX_STORE);
    ledger_post(ledger, &message.post);
    wait_for_message(&message);
    cr_assert_eq(message.status, CRUX_STORE);
    cr_assert_eq(ledger_flush(ledger, &why), CRUX_STORE);
    cr_assert_not_null(strstr(why.text, store_fixture.path), "%s", why.text);
    assert_found(1);
    cr_assert_eq(find(2, &found), CRUX_END);
    cr_assert_eq(find(4, &found), CRUX_END);
}

/* --- the order of settling
 * ---------------------------------------------------------------------------- */

static void add_order(uint64_t problem, uint64_t number)
{
    const struct crux_arrival arrival = {number, 0};

    ledger_order_add(ledger, problem, &arrival);
}

static void assert_order(uint64_t problem, const uint64_t *want, size_t count)
{
    struct crux_arrival *numbers = NULL;
    size_t found = 0;

    cr_assert_eq(ledger_order(ledger, problem, &numbers, &found, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(found, count, "%zu numbers", found);
    for (size_t i = 0; i < count; i++)
        cr_assert(numbers[i].number == want[i] && numbers[i].late == 0);
    free(numbers);
}

/* A tree's order is read back as it was added, in pieces or at once, tree by tree. */
ON_BOTH(order, is_kept)
{
    static const uint64_t one[] = {0, 2, 1, 127, 128, 5000000000, UINT64_MAX, 3};
    static const uint64_t other[] = {9};

    for (int i = 0; i < 8; i++) {
        add_order(2, one[i]);
        if (i == 3) {
            add_order(0, other[0]);
            cr_assert_eq(ledger_flush(ledger, &why), CRUX_OK);
        }
    }
    cr_assert_eq(ledger_flush(ledger, &why), CRUX_OK);
    assert_order(2, one, 8);
    assert_order(0, other, 1);
    assert_order(3, NULL, 0);
    close_ledger();
    open_ledger();
    assert_order(2, one, 8);
}

/* What was late is read back so, beside what settled and beside a simulation of number 0. */
ON_BOTH(order, of_what_was_late)
{
    static const struct crux_arrival want[] = {
        {0, 0}, {0, 1}, {300, 2}, {128, 0}, {UINT64_MAX, UINT32_MAX}, {0, 0}, {7, CRUX_LATE_NOTE}};
    struct crux_arrival *order = NULL;
    size_t count = 0;

    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        ledger_order_add(ledger, 2, &want[i]);
    cr_assert_eq(ledger_flush(ledger, &why), CRUX_OK);
    cr_assert_eq(ledger_order(ledger, 2, &order, &count, &why), CRUX_OK, "%s", why.text);
    cr_assert_eq(count, sizeof want / sizeof *want);
    for (size_t i = 0; i < count; i++)
        cr_assert(order[i].number == want[i].number && order[i].late == want[i].late, "%zu", i);
    free(order);
}

/* It is written without being asked for, within a second. */
ON_BOTH(order, is_written_in_time)
{
    static const uint64_t want[] = {4};
    struct crux_arrival *numbers = NULL;
    size_t count = 0;

    add_order(2, 4);
    for (int i = 0; i < 5000 && count == 0; i++) {
        free(numbers);
        numbers = NULL;
        (void)usleep(1000);
        cr_assert_eq(ledger_order(ledger, 2, &numbers, &count, &why), CRUX_OK);
    }
    free(numbers);
    assert_order(2, want, 1);
}

/* A tree that begins anew has no order, whatever was written or waits to be. */
ON_BOTH(order, is_forgotten)
{
    static const uint64_t want[] = {3};

    add_order(2, 1);
    cr_assert_eq(ledger_flush(ledger, &why), CRUX_OK);
    add_order(2, 2);
    ledger_order_forget(ledger, 2);
    add_order(2, 3);
    cr_assert_eq(ledger_flush(ledger, &why), CRUX_OK);
    assert_order(2, want, 1);
}

/* What waits at closing is kept. */
ON_BOTH(order, is_kept_at_closing)
{
    static const uint64_t want[] = {1, 0};

    add_order(2, 1);
    add_order(2, 0);
    close_ledger();
    open_ledger();
    assert_order(2, want, 2);
}

/* --- its parts
 * --------------------------------------------------------------------------------------------- */

/* Keys are distinguished, also when their first bytes are 0, and through all growing. */
Test(parts, keys)
{
    struct ledger_keys keys = {.words = NULL};
    unsigned char key[LEDGER_KEY] = {0};

    cr_assert_not(ledger_keys_has(&keys, key));
    cr_assert(ledger_keys_add(&keys, key));
    cr_assert(ledger_keys_has(&keys, key));
    for (uint64_t i = 1; i < 20000; i++) {
        key_of(key, i);
        cr_assert(ledger_keys_add(&keys, key));
    }
    cr_assert_eq(keys.count, 20000U);
    for (uint64_t i = 1; i < 40000; i++) {
        key_of(key, i);
        cr_assert_eq(ledger_keys_has(&keys, key), i < 20000);
    }
    cr_assert_leq(keys.count * 4, keys.room * 3);
    ledger_keys_close(&keys);
}

/* Bytes whose last arrival has no end are no order. */
Test(parts, damaged_orders)
{
    static const unsigned char cut[] = {1, 0x80}, late[] = {0x80, 0, 3, 9};
    struct crux_arrival *numbers = NULL;
    size_t count = 0;

    cr_assert(ledger_orders_read(&numbers, &count, cut, 1));
    cr_assert_eq(count, 1U);
    cr_assert_not(ledger_orders_read(&numbers, &count, cut, 2));
    cr_assert(ledger_orders_read(&numbers, &count, cut, 0));
    cr_assert_eq(count, 1U);
    for (size_t length = 2; length < sizeof late; length++)
        cr_assert_not(ledger_orders_read(&numbers, &count, late, length));
    cr_assert_eq(count, 1U);
    cr_assert(ledger_orders_read(&numbers, &count, late, sizeof late));
    cr_assert(count == 2 && numbers[1].late == 3 && numbers[1].number == 9);
    free(numbers);
}
