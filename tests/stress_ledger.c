/*
 * stress_ledger.c - threads that keep replies, look for them, and note orders, in one ledger.
 *
 * Runs under ThreadSanitizer. Some threads keep replies and now and then flush; the others look
 * for what may not be there yet, add to the orders of trees, and keep trees in the same
 * store; the writer looks for each reply as soon as it is reported. In one round another connection
 * has the store locked at first, and all that write wait. Main judges after the join: every reply
 * was reported once and found then, nobody found a wrong text, and every order is as it was added,
 * also when the ledger is opened again.
 *
 *     stress_ledger [REPLIES]
 */
#include "io/ledger/ledger.h"
#include "io/sqlite.h"
#include "tests/world/puzzle.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEEPERS = 3, LOOKERS = 2, TEXT = 32, LOCKED_ROUND = 3, LOCKED_US = 500000 };

static const struct crux_run run = {
    .configuration = "{\"seed\": 1}",
    .settings = "{\"workers\": 2}",
    .input_sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    .input_name = "puzzles.jsonl",
};

static char path[] = "/tmp/crux-stress-ledger-XXXXXX/run.db";
static struct crux_store *store;
static struct ledger *ledger;
static struct puzzle *puzzles;
static struct reply *replies;
static uint32_t count;
static _Atomic uint32_t next, keeping = KEEPERS;
static atomic_uint_fast64_t mistakes;

struct reply {
    struct ledger_entry entry; /* first: an entry is its reply */
    struct ledger_row row;
    char text[TEXT];
    _Atomic uint32_t reported;
};

static void key_of(unsigned char key[LEDGER_KEY], uint64_t number)
{
    uint64_t word = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);

    for (int i = 0; i < LEDGER_KEY; i += 8)
        memcpy(key + i, &word, 8);
}

/* Is the reply there, and is it right? */
static int look_for(uint32_t number)
{
    unsigned char key[LEDGER_KEY];
    struct ledger_found found;
    int status;

    key_of(key, number);
    status = ledger_find(ledger, key, &found, NULL);
    if (status == CRUX_OK) {
        mistakes += strcmp(found.text, replies[number].text) != 0;
        free(found.text);
    }
    mistakes += status < 0;
    return status;
}

/* On the writer thread. */
static void kept(struct ledger_entry *entry, int status, const char *sentence)
{
    struct reply *reply = (struct reply *)(void *)entry;

    (void)sentence;
    mistakes += status != CRUX_OK || reply->row.known;
    mistakes += look_for((uint32_t)(reply - replies)) != CRUX_OK;
    reply->reported++;
}

static void *keep(void *context)
{
    uint32_t mine;

    (void)context;
    while ((mine = next++) < count) {
        struct reply *reply = &replies[mine];

        reply->row.text = reply->text;
        reply->row.length = strlen(reply->text);
        reply->row.first = true;
        reply->entry = (struct ledger_entry){
            .backend = "chat", .problem = mine % 7, .rows = &reply->row, .count = 1, .kept = kept};
        key_of(reply->row.key, mine);
        ledger_keep(ledger, &reply->entry);
        if (mine % 50 == 0)
            mistakes += ledger_flush(ledger, NULL) != CRUX_OK || look_for(mine) != CRUX_OK;
    }
    keeping--;
    return NULL;
}

/* Each looker has trees of its own, since a tree's order is added by one at a time. */
static void *look(void *context)
{
    uint64_t tree = (uint64_t)(uintptr_t)context;
    uint64_t added = 0;
    struct crux_tree failed = puzzles[tree].tree; /* which may be kept again */

    failed.reason = CRUX_REASON_FAILED;
    failed.failure = "no answer";

    for (uint32_t at = 1; keeping > 0; at = at * 1664525 + 1013904223) {
        (void)look_for(at % count);
        ledger_order_add(ledger, tree, &(struct crux_arrival){added++, 0});
        if (at % 64 == 0)
            mistakes += crux_store_keep(store, &failed, NULL) != CRUX_OK;
    }
    return (void *)(uintptr_t)added;
}

static atomic_uint heard; /* troubles */

static void hear(void *context, enum store_trouble trouble, const char *sentence)
{
    (void)context;
    mistakes += trouble == STORE_FAILS || (sentence == NULL) != (trouble == STORE_GOES_ON);
    heard++;
}

/* As if another program had it. */
static void lock_store(struct sqlite **other)
{
    mistakes += sqlite_join(other, path, NULL) != CRUX_OK;
    mistakes += sqlite_begin(*other, NULL) != CRUX_OK;
}

/* When all have had to wait. */
static void unlock_store(struct sqlite *other)
{
    (void)usleep(LOCKED_US);
    (void)sqlite_commit(other, CRUX_CANCELLED, NULL);
    sqlite_close(other);
}

static void judge_order(uint64_t tree, uint64_t added)
{
    struct crux_arrival *numbers = NULL;
    size_t length = 0;

    mistakes += ledger_order(ledger, tree, &numbers, &length, NULL) != CRUX_OK;
    mistakes += length != added;
    for (size_t i = 0; i < length; i++)
        mistakes += numbers[i].number != i || numbers[i].late != 0;
    free(numbers);
}

/* Fill what the threads write, and start over. */
static void prepare(void)
{
    next = 0;
    keeping = KEEPERS;
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(replies[i].text, TEXT, "reply %u", i);
        replies[i].reported = 0;
    }
}

static uint64_t run_threads(uint64_t added[LOOKERS], bool locked)
{
    pthread_t threads[KEEPERS + LOOKERS];
    struct sqlite *other = NULL;
    void *result = NULL;
    uint64_t sum = 0;

    if (locked)
        lock_store(&other);
    for (uintptr_t i = 0; i < KEEPERS + LOOKERS; i++)
        (void)pthread_create(&threads[i], NULL, i < KEEPERS ? keep : look,
                             (void *)(i < KEEPERS ? 0 : i - KEEPERS));
    if (locked)
        unlock_store(other);
    for (int i = 0; i < KEEPERS + LOOKERS; i++) {
        (void)pthread_join(threads[i], &result);
        if (i >= KEEPERS)
            sum += added[i - KEEPERS] = (uint64_t)(uintptr_t)result;
    }
    return sum;
}

static uint64_t together(bool locked)
{
    static const struct crux_store_watch patient = {.patience_ns = INT64_C(60000000000)};
    uint64_t added[LOOKERS], before = mistakes, orders;
    struct crux_error error = {""};

    store = puzzle_store(path, &run, puzzles, LOOKERS, NULL);
    if (ledger_open(&ledger, store, &error) != CRUX_OK)
        return 1;
    crux_store_watch(store, &patient);
    store_on_trouble(store, hear, NULL);
    prepare();
    orders = run_threads(added, locked);
    ledger_close(ledger);
    for (uint32_t i = 0; i < count; i++)
        mistakes += replies[i].reported != 1;
    if (ledger_open(&ledger, store, &error) != CRUX_OK)
        return 1;
    for (uint32_t i = 0; i < count; i++)
        mistakes += look_for(i) != CRUX_OK;
    for (uint64_t i = 0; i < LOOKERS; i++)
        judge_order(i, added[i]);
    ledger_close(ledger);
    crux_store_close(store);
    (void)unlink(path);
    if (mistakes > before)
        (void)printf("%llu mistakes with %u replies, %llu of orders\n",
                     (unsigned long long)(mistakes - before), count, (unsigned long long)orders);
    return mistakes - before;
}

int main(int argument_count, char **arguments)
{
    char *slash = strrchr(path, '/');
    uint64_t wrong = 0;

    count = argument_count > 1 ? (uint32_t)atoi(arguments[1]) : 400;
    puzzles = calloc(LOOKERS, sizeof *puzzles);
    replies = calloc(count, sizeof *replies);
    *slash = '\0';
    if (puzzles == NULL || replies == NULL || mkdtemp(path) == NULL)
        return 1;
    *slash = '/';
    for (uint32_t i = 0; i < LOOKERS; i++)
        puzzle_make(&puzzles[i], i);
    for (int round = 0; round < 5; round++)
        wrong += together(round == LOCKED_ROUND);
    wrong += heard == 0; /* nobody had to wait: it shows nothing */
    free(replies);
    free(puzzles);
    *slash = '\0';
    (void)rmdir(path);
    (void)printf("%llu broken\n", (unsigned long long)wrong);
    return wrong == 0 ? 0 : 1;
}
