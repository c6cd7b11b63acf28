/*
 * calls.c - the records of calls, in blocks that never move, so that the I/O thread works on them
 * without the lock; and the inbox of new calls and cancels.
 *
 * Records of calls that ended are given back where the inbox is taken, all at once. So a
 * cancel that was put before that is always looked at before its record has another owner.
 */
#include "io/http/calls.h"

#include <assert.h>
#include <stdlib.h>
#include <utlist.h>

enum { BLOCK = 256, BLOCKS_MOST = 8192 };

/* --- lists --------------------------------------------------------------------------------- */

void http_calls_append(struct http_list *list, struct http_call *call)
{
    DL_APPEND2(list->first, call, previous, next);
    list->count++;
}

void http_calls_prepend(struct http_list *list, struct http_call *call)
{
    DL_PREPEND2(list->first, call, previous, next);
    list->count++;
}

void http_calls_remove(struct http_list *list, struct http_call *call)
{
    assert(list->count > 0);
    DL_DELETE2(list->first, call, previous, next);
    call->next = call->previous = NULL;
    list->count--;
}

/* --- records -------------------------------------------------------------------------------- */

bool http_calls_open(struct http_calls *calls)
{
    *calls = (struct http_calls){.blocks = calloc(BLOCKS_MOST, sizeof *calls->blocks)};
    calls->hungry = true;
    (void)pthread_mutex_init(&calls->lock, NULL);
    return calls->blocks != NULL;
}

void http_calls_close(struct http_calls *calls)
{
    for (uint32_t i = 0; i < calls->block_count; i++)
        free(calls->blocks[i]);
    free(calls->blocks);
    free(calls->cancels);
    free(calls->unwanted);
    (void)pthread_mutex_destroy(&calls->lock);
}

static http_ticket ticket_of(const struct http_call *call)
{
    return (http_ticket)call->use << 32 | call->number;
}

/* Under the lock: the record of a ticket; NULL: the record has another owner by now. */
static struct http_call *http_calls_find(const struct http_calls *calls, http_ticket ticket)
{
    uint32_t number = (uint32_t)ticket, use = (uint32_t)(ticket >> 32);
    struct http_call *call;

    if (number / BLOCK >= calls->block_count)
        return NULL;
    call = &calls->blocks[number / BLOCK][number % BLOCK];
    return call->use == use ? call : NULL;
}

/* Under the lock: more records, and room to cancel each of them. */
static bool http_calls_grow(struct http_calls *calls)
{
    size_t records = (size_t)(calls->block_count + 1) * BLOCK;
    struct http_call *block;
    http_ticket *cancels;

    if (calls->block_count == BLOCKS_MOST)
        return false;
    cancels = realloc(calls->cancels, records * sizeof *cancels);
    if (cancels == NULL)
        return false;
    calls->cancels = cancels;
    block = calloc(BLOCK, sizeof *block);
    if (block == NULL)
        return false;
    for (uint32_t i = BLOCK; i-- > 0;) {
        block[i].number = calls->block_count * BLOCK + i;
        block[i].use = 1;
        block[i].next = calls->unused;
        calls->unused = &block[i];
    }
    calls->blocks[calls->block_count++] = block;
    return true;
}

/* Under the lock. */
static int http_calls_admit(struct http_calls *calls, const struct http_request *request,
                            int64_t now_ns, http_ticket *ticket)
{
    struct http_call *call;

    if (calls->closed)
        return CRUX_CANCELLED;
    if (calls->unused == NULL && !http_calls_grow(calls))
        return CRUX_MEMORY;
    call = calls->unused;
    calls->unused = call->next;
    *call = (struct http_call){.request = *request,
                               .number = call->number,
                               .use = call->use,
                               .state = HTTP_INBOX,
                               .endpoint = UINT32_MAX,
                               .submitted_ns = now_ns};
    http_calls_append(&calls->inbox, call);
    *ticket = ticket_of(call);
    return CRUX_OK;
}

int http_calls_put(struct http_calls *calls, const struct http_request *request, int64_t now_ns,
                   http_ticket *ticket, bool *wake)
{
    int status;

    (void)pthread_mutex_lock(&calls->lock);
    *wake = calls->hungry && calls->inbox.count == 0;
    status = http_calls_admit(calls, request, now_ns, ticket);
    (void)pthread_mutex_unlock(&calls->lock);
    return status;
}

bool http_calls_cancel(struct http_calls *calls, http_ticket ticket)
{
    struct http_call *call;
    bool wake = false;

    (void)pthread_mutex_lock(&calls->lock);
    call = http_calls_find(calls, ticket);
    if (call != NULL && !call->cancelled) {
        call->cancelled = true;
        wake = calls->cancel_count == 0;
        calls->cancels[calls->cancel_count++] = ticket;
    }
    (void)pthread_mutex_unlock(&calls->lock);
    return wake;
}

void http_calls_shut(struct http_calls *calls)
{
    (void)pthread_mutex_lock(&calls->lock);
    calls->closed = true;
    (void)pthread_mutex_unlock(&calls->lock);
}

/* Under the lock: what the I/O thread has finished with. */
static void give_back(struct http_calls *calls)
{
    while (calls->ended != NULL) {
        struct http_call *call = calls->ended;

        calls->ended = call->next;
        call->use++;
        call->state = HTTP_UNUSED;
        call->next = calls->unused;
        calls->unused = call;
    }
}

/* Under the lock: the records of tickets. False: no memory; they wait until there is. */
static bool take_cancels(struct http_calls *calls)
{
    calls->unwanted_count = 0;
    if (calls->cancel_count > calls->unwanted_room) {
        struct http_call **grown =
            realloc(calls->unwanted, calls->cancel_count * sizeof(struct http_call *));

        if (grown == NULL)
            return false;
        calls->unwanted = grown;
        calls->unwanted_room = calls->cancel_count;
    }
    for (uint32_t i = 0; i < calls->cancel_count; i++) {
        struct http_call *call = http_calls_find(calls, calls->cancels[i]);

        if (call != NULL && call->state != HTTP_ENDED)
            calls->unwanted[calls->unwanted_count++] = call;
    }
    calls->cancel_count = 0;
    return true;
}

void http_calls_take(struct http_calls *calls, struct http_list *inbox, bool hungry)
{
    struct http_call *next;

    (void)pthread_mutex_lock(&calls->lock);
    if (take_cancels(calls))
        give_back(calls);
    calls->hungry = hungry;
    next = calls->inbox.first;
    calls->inbox = (struct http_list){.first = NULL};
    (void)pthread_mutex_unlock(&calls->lock);
    while (next != NULL) {
        struct http_call *call = next;

        next = call->next;
        http_calls_append(inbox, call);
    }
}

void http_calls_byte(struct http_call *call, int64_t now_ns)
{
    call->last_byte_ns = now_ns;
    if (call->first_byte_ns == 0)
        call->first_byte_ns = now_ns;
}

void http_calls_end(struct http_calls *calls, struct http_call *call)
{
    call->state = HTTP_ENDED;
    call->next = calls->ended;
    calls->ended = call;
}
