/*
 * ledger_replies.h - replies for the ledger of ledger_suite.h: made by number, kept and waited for,
 * and found again word for word.
 *
 * Threads. kept() is called by the ledger's own; a lock guards what it writes down.
 */
#ifndef TESTS_WORLD_LEDGER_REPLIES_H
#define TESTS_WORLD_LEDGER_REPLIES_H

#include "tests/world/ledger_suite.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static inline void kept(struct ledger_entry *entry, int status, const char *sentence)
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

static inline void key_of(unsigned char key[LEDGER_KEY], uint64_t number)
{
    uint64_t word = number * UINT64_C(0x9e3779b97f4a7c15) + 1;

    memset(key, 0, LEDGER_KEY);
    memcpy(key, &word, sizeof word);
    memcpy(key + 16, &number, sizeof number);
}

/* Samples first, first + 1, ... of a request. */
static inline void write_reply(struct reply *reply, uint64_t first, uint32_t count)
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

static inline void wait_for(const struct reply *reply)
{
    (void)pthread_mutex_lock(&lock);
    while (reply->reported == 0)
        (void)pthread_cond_wait(&changed, &lock);
    (void)pthread_mutex_unlock(&lock);
}

static inline void keep(struct reply *reply)
{
    ledger_keep(ledger, &reply->entry);
    wait_for(reply);
}

static inline int find(uint64_t number, struct ledger_found *found)
{
    unsigned char key[LEDGER_KEY];

    key_of(key, number);
    return ledger_find(ledger, key, found, &why);
}

static inline void assert_found(uint64_t number)
{
    struct ledger_found found = {.text = NULL};
    char text[TEXT];

    (void)snprintf(text, sizeof text, "reply %llu", (unsigned long long)number);
    cr_assert_eq(find(number, &found), CRUX_OK, "reply %llu", (unsigned long long)number);
    cr_assert_str_eq(found.text, text);
    cr_assert_eq(found.length, strlen(text));
    free(found.text);
}

#endif
