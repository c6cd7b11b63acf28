/*
 * patience.c - tries again what could not be written, and tells those who pay to wait meanwhile.
 *
 * It sleeps in short pieces and looks at the word that a signal handler leaves, since a handler may
 * wake no thread by a condition.
 */
#include "io/store/patience.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "io/clock.h"
#include "io/store/store.h"

#define PIECE_NS    (CLOCK_SECOND_NS / 50) /* between two looks at the word */
#define FIRST_NS    (CLOCK_SECOND_NS / 20) /* before the second attempt; then twice as long ... */
#define INTERVAL_NS CLOCK_SECOND_NS        /* ... and this at most */
#define LEAVING_NS  (5 * CLOCK_SECOND_NS)  /* after a stop */

void store_patience_open(struct store_patience *patience)
{
    *patience = (struct store_patience){.state = STORE_GOES_ON};
    (void)pthread_mutex_init(&patience->lock, NULL);
    atomic_init(&patience->hurried, 0);
}

void store_patience_close(struct store_patience *patience)
{
    (void)pthread_mutex_destroy(&patience->lock);
}

static void patience_lock(struct store_patience *patience)
{
    (void)pthread_mutex_lock(&patience->lock);
}

static void patience_unlock(struct store_patience *patience)
{
    (void)pthread_mutex_unlock(&patience->lock);
}

void store_on_trouble(struct crux_store *store, store_trouble_hook *trouble, void *context)
{
    struct store_patience *patience = &store->patience;

    patience_lock(patience);
    patience->trouble = trouble;
    patience->context = context;
    patience_unlock(patience);
}

void crux_store_watch(struct crux_store *store, const struct crux_store_watch *watch)
{
    struct store_patience *patience = &store->patience;

    patience_lock(patience);
    patience->watch = *watch;
    patience->most_ns = watch->patience_ns;
    patience_unlock(patience);
}

void crux_store_hurry(struct crux_store *store)
{
    /* relaxed: the word is all there is to see. */
    atomic_fetch_add_explicit(&store->patience.hurried, 1, memory_order_relaxed);
}

static unsigned times_hurried(struct store_patience *patience)
{
    return atomic_load_explicit(&patience->hurried, memory_order_relaxed);
}

/* --- what others hear, with the lock ------------------------------------------------- */

/* States only follow each other as in patience.h; told once each. */
static void patience_tell(struct store_patience *patience, enum store_trouble state,
                          const char *sentence)
{
    const struct crux_store_watch *watch = &patience->watch;

    if (patience->state == state)
        return;
    patience->state = state;
    if (patience->trouble != NULL)
        patience->trouble(patience->context, state, sentence);
    if (watch->waits != NULL && state == STORE_WAITS)
        watch->waits(watch->context, sentence);
    if (watch->waits != NULL && state == STORE_GOES_ON)
        watch->waits(watch->context, NULL);
}

/* When no attempt is made any more. */
static int64_t patience_ends_ns(struct store_patience *patience)
{
    int64_t end = patience->since_ns + patience->most_ns, leaving = patience->hurried_ns;

    if (leaving == 0)
        return end;
    if (times_hurried(patience) > 1)
        return leaving;
    if (leaving < patience->since_ns)
        leaving = patience->since_ns;
    return leaving + LEAVING_NS < end ? leaving + LEAVING_NS : end;
}

/* An attempt has failed. When to try again at the latest; 0: not any more. */
static int64_t patience_take_failure(struct store_patience *patience, int64_t now_ns,
                                     const char *sentence)
{
    int64_t end;

    if (patience->since_ns == 0)
        patience->since_ns = now_ns;
    if (times_hurried(patience) > 0 && patience->hurried_ns == 0)
        patience->hurried_ns = now_ns;
    end = patience_ends_ns(patience);
    if (now_ns >= end) {
        patience_tell(patience, STORE_FAILS, sentence);
        return 0;
    }
    if (patience->state == STORE_GOES_ON)
        patience_tell(patience, STORE_WAITS, sentence);
    if (patience->hurried_ns != 0)
        patience_tell(patience, STORE_LEAVES, sentence);
    return end;
}

static void patience_take_success(struct store_patience *patience)
{
    patience->since_ns = 0;
    patience_tell(patience, STORE_GOES_ON, NULL);
}

/* --- trying again ----------------------------------------------------------------------- */

/* Until then, or until somebody hurries. */
static void patience_sleep(struct store_patience *patience, int64_t until_ns)
{
    const struct timespec piece = {.tv_nsec = PIECE_NS};
    unsigned before = times_hurried(patience);

    while (clock_now_ns() < until_ns && times_hurried(patience) == before)
        (void)nanosleep(&piece, NULL);
}

static int say_how_long(const struct store_patience *patience, int status, struct crux_error *error)
{
    struct crux_error inner = *error;

    if (patience->most_ns == 0)
        return status;
    return crux_fail(error, status, "%.440s; it was tried again for %.3g seconds", inner.text,
                     (double)(clock_now_ns() - patience->since_ns) / (double)CLOCK_SECOND_NS);
}

int store_patiently(struct crux_store *store, store_attempt *attempt, void *context,
                    struct crux_error *error)
{
    struct store_patience *patience = &store->patience;
    struct crux_error unheard, *why = error != NULL ? error : &unheard;
    int64_t interval_ns = FIRST_NS, next_ns, end_ns;

    for (bool waited = false;; waited = true) {
        bool may_pass = false;
        int status = attempt(context, &may_pass, why);

        if (status == CRUX_OK && !waited)
            return status;
        patience_lock(patience);
        end_ns = 0;
        if (status == CRUX_OK)
            patience_take_success(patience);
        else if (may_pass)
            end_ns = patience_take_failure(patience, clock_now_ns(), why->text);
        else if (patience->state != STORE_GOES_ON)
            patience_tell(patience, STORE_FAILS, why->text);
        patience_unlock(patience);
        if (end_ns == 0)
            return status == CRUX_OK || !may_pass ? status : say_how_long(patience, status, why);
        next_ns = clock_now_ns() + interval_ns;
        patience_sleep(patience, next_ns < end_ns ? next_ns : end_ns);
        interval_ns = 2 * interval_ns < INTERVAL_NS ? 2 * interval_ns : INTERVAL_NS;
    }
}
