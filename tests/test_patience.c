/*
 * test_patience.c - a store that cannot be written for now (io/store/patience.h): who has to keep
 * something waits, loses nothing, and goes on.
 *
 * The file is locked by another connection, the store in memory is called full. No test waits
 * longer than until it has heard of the trouble.
 */
#include "io/store/patience.h"
#include "io/ledger/ledger.h"
#include "io/sqlite.h"
#include "io/store/store.h"
#include "tests/world/memory_store.h"
#include "tests/world/store_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONG_NS INT64_C(600000000000)

static struct crux_store *store;
static struct ledger *ledger;
static struct sqlite *other; /* has the lock */
static struct crux_error why;

/* --- what is heard ------------------------------------------------------------------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static char heard[64]; /* a letter for each trouble, w for each wait and g for each going on */

static void note(char letter)
{
    (void)pthread_mutex_lock(&lock);
    heard[strlen(heard)] = letter;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

static void hear_trouble(void *context, enum store_trouble trouble, const char *sentence)
{
    cr_expect_eq(context, heard);
    cr_expect((sentence == NULL) == (trouble == STORE_GOES_ON));
    note("WLFG"[trouble]);
}

static void hear_wait(void *context, const char *sentence)
{
    cr_expect_eq(context, heard);
    note(sentence != NULL ? 'w' : 'g');
}

static void wait_until_heard(char letter)
{
    (void)pthread_mutex_lock(&lock);
    while (strchr(heard, letter) == NULL)
        (void)pthread_cond_wait(&changed, &lock);
    (void)pthread_mutex_unlock(&lock);
}

static void be_patient(int64_t patience_ns)
{
    const struct crux_store_watch watch = {patience_ns, hear_wait, heard};

    crux_store_watch(store, &watch);
    store_on_trouble(store, hear_trouble, heard);
}

/* --- a store and a ledger -------------------------------------------------------------------- */

static void begin(void)
{
    memset(heard, 0, sizeof heard);
    store = store_fixture_begin();
    cr_assert_eq(ledger_open(&ledger, store, &why), CRUX_OK, "%s", why.text);
}

static void set_up(void)
{
    store_fixture_set_up();
    begin();
}

static void set_up_in_memory(void)
{
    store_fixture_set_up_in_memory();
    begin();
}

static void tear_down(void)
{
    ledger_close(ledger);
    crux_store_close(store);
    ledger = NULL;
    store = NULL;
    store_fixture_tear_down();
}

TestSuite(patience, .init = set_up, .fini = tear_down, .timeout = 60);
TestSuite(patience_in_memory, .init = set_up_in_memory, .fini = tear_down, .timeout = 60);

/* Nothing can be written for now, or it can again. */
static void trouble(bool begins)
{
    if (store_fixture.in_memory) {
        memory_store_fill(store_fixture.path, begins);
    } else if (begins) {
        cr_assert_eq(sqlite_join(&other, store_fixture.path, &why), CRUX_OK);
        cr_assert_eq(sqlite_begin(other, &why), CRUX_OK, "%s", why.text);
    } else {
        cr_assert_eq(sqlite_commit(other, CRUX_CANCELLED, &why), CRUX_CANCELLED);
        sqlite_close(other);
        other = NULL;
    }
}

struct reply {
    struct ledger_entry entry; /* first: an entry is its reply */
    struct ledger_row row;
    int status; /* 1: not reported */
    char sentence[600];
};

static void kept(struct ledger_entry *entry, int status, const char *sentence)
{
    struct reply *reply = (struct reply *)(void *)entry;

    (void)pthread_mutex_lock(&lock);
    reply->status = status;
    (void)snprintf(reply->sentence, sizeof reply->sentence, "%s", sentence);
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

static void keep(struct reply *reply, unsigned char number)
{
    *reply = (struct reply){.entry = {.backend = "chat", .problem = 2, .kept = kept, .count = 1},
                            .row = {.text = "yes", .length = 3, .first = true, .key = {number, 7}},
                            .status = 1};
    reply->entry.rows = &reply->row;
    ledger_keep(ledger, &reply->entry);
}

static int status_of(struct reply *reply)
{
    int status;

    (void)pthread_mutex_lock(&lock);
    while (reply->status == 1)
        (void)pthread_cond_wait(&changed, &lock);
    status = reply->status;
    (void)pthread_mutex_unlock(&lock);
    return status;
}

static bool is_found(unsigned char number)
{
    const unsigned char key[LEDGER_KEY] = {number, 7};
    struct ledger_found found = {.text = NULL};
    bool is = ledger_find(ledger, key, &found, &why) == CRUX_OK;

    free(found.text);
    return is;
}

/* --- the ledger --------------------------------------------------------------------------- */

/* What comes while nothing can be written is kept when it can be again; those who pay hear of the
 * trouble once, and so does who watches. */
ON_BOTH(patience, nothing_is_lost)
{
    struct reply replies[40];

    be_patient(LONG_NS);
    trouble(true);
    for (unsigned char i = 0; i < 40; i++) {
        keep(&replies[i], i);
        if (i == 20)
            wait_until_heard('w');
    }
    cr_assert_eq(replies[0].status, 1, "not kept yet");
    trouble(false);
    for (unsigned char i = 0; i < 40; i++)
        cr_assert_eq(status_of(&replies[i]), CRUX_OK, "%s", replies[i].sentence);
    cr_assert_eq(ledger_flush(ledger, &why), CRUX_OK, "%s", why.text);
    for (unsigned char i = 0; i < 40; i++)
        cr_assert(is_found(i), "reply %u", i);
    cr_assert_str_eq(heard, "WwGg");
}

/* At the end of the patience the ledger has failed, with what was wrong and for how long it was
 * tried. */
ON_BOTH(patience, ends)
{
    struct reply first, second;

    be_patient(20000000);
    trouble(true);
    keep(&first, 1);
    cr_assert_eq(status_of(&first), CRUX_STORE);
    cr_assert_not_null(strstr(first.sentence, "it was tried again for 0."), "%s", first.sentence);
    trouble(false);
    keep(&second, 2);
    cr_assert_eq(status_of(&second), CRUX_STORE, "what has failed stays failed");
    cr_assert_not(is_found(1));
    cr_assert_str_eq(heard, "WwF");
}

/* Without patience the first failure is the last. */
Test(patience_in_memory, is_not_there_unasked)
{
    struct reply reply;

    store_on_trouble(store, hear_trouble, heard);
    memory_store_fill(store_fixture.path, true);
    keep(&reply, 1);
    cr_assert_eq(status_of(&reply), CRUX_STORE);
    cr_assert_null(strstr(reply.sentence, "tried again"), "%s", reply.sentence);
    cr_assert_str_eq(heard, "F");
}

/* A stop has those who pay give up what they have not begun; room made after it is still room. */
ON_BOTH(patience, a_stop_waits_for_a_moment)
{
    struct reply reply;

    be_patient(LONG_NS);
    trouble(true);
    keep(&reply, 1);
    wait_until_heard('w');
    crux_store_hurry(store);
    wait_until_heard('L');
    trouble(false);
    cr_assert_eq(status_of(&reply), CRUX_OK, "%s", reply.sentence);
    cr_assert(is_found(1));
    cr_assert_str_eq(heard, "WwLGg");
}

/* A second stop does not wait. */
ON_BOTH(patience, a_second_stop_is_the_end)
{
    struct reply reply;

    be_patient(LONG_NS);
    trouble(true);
    keep(&reply, 1);
    wait_until_heard('w');
    crux_store_hurry(store);
    crux_store_hurry(store);
    cr_assert_eq(status_of(&reply), CRUX_STORE);
    trouble(false);
    cr_assert_eq(heard[strlen(heard) - 1], 'F', "%s", heard);
}

/* Another failure is none that passes: it is not tried again. */
ON_BOTH(patience, is_for_what_passes)
{
    struct reply reply;
    struct sqlite *db = NULL;

    be_patient(LONG_NS);
    if (store_fixture.in_memory) {
        memory_store_break(store_fixture.path, true);
    } else {
        cr_assert_eq(sqlite_join(&db, store_fixture.path, &why), CRUX_OK);
        cr_assert_eq(sqlite_run(db, "ALTER TABLE texts RENAME TO elsewhere", &why), CRUX_OK);
        sqlite_close(db);
    }
    keep(&reply, 1);
    cr_assert_eq(status_of(&reply), CRUX_STORE);
    cr_assert_null(strstr(reply.sentence, "tried again"), "%s", reply.sentence);
    cr_assert_str_eq(heard, "");
}

/* --- trees and findings ------------------------------------------------------------------- */

static void *keep_tree(void *context)
{
    int *status = context;

    *status = store_fixture_keep(store, 0, CRUX_REASON_BUDGET, "");
    return NULL;
}

/* A tree waits as replies do, and so does a finding about it. */
ON_BOTH(patience, trees_wait)
{
    const struct crux_finding finding = {
        .problem = 0, .about = CRUX_ABOUT_TREE, .maker = "test", .kind = "x", .json = "{}"};
    int status = 1;
    pthread_t thread;

    be_patient(LONG_NS);
    trouble(true);
    cr_assert_eq(pthread_create(&thread, NULL, keep_tree, &status), 0);
    wait_until_heard('w');
    trouble(false);
    (void)pthread_join(thread, NULL);
    cr_assert_eq(status, CRUX_OK);
    cr_assert_eq(crux_store_put_findings(store, &finding, 1, &why), CRUX_OK, "%s", why.text);
    cr_assert_str_eq(heard, "WwGg");
}
