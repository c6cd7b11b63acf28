/*
 * test_ledger.c - what ledger.h promises, one promise per test.
 *
 * Replies are kept and found by the process that keeps them, and posts have their turn; then stores
 * that cannot be written, and keys. What the next process finds is in test_ledger_kept.c, the order
 * of settling in test_ledger_order.c, what is not read in test_ledger_unread.c.
 */
#include "io/ledger/keys.h"
#include "io/ledger/ledger.h"
#include "io/sqlite.h"
#include "io/store/store.h"
#include "tests/world/ledger_replies.h"
#include "tests/world/ledger_suite.h"
#include "tests/world/memory_store.h"
#include "tests/world/sample.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

TestSuite(ledger, .init = ledger_suite_set_up, .fini = ledger_suite_tear_down, .timeout = 120);
TestSuite(ledger_in_memory, .init = ledger_suite_set_up_in_memory, .fini = ledger_suite_tear_down,
          .timeout = 120);

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

/* --- stores that cannot be used ---------------------------------------------------- */

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

/* --- its parts --------------------------------------------------------------------- */

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
