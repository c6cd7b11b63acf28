/*
 * muster.c - the thread that looks at a roster, asks newcomers what they are, and tells the
 * client.
 */
#include "io/backends/muster.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "io/backends/copied.h"
#include "io/backends/roster.h"
#include "io/clock.h"

#define MUSTER_ANSWER_NS (5 * CLOCK_SECOND_NS)
#define MUSTER_PAUSE_NS                                                                            \
    (15 * CLOCK_SECOND_NS) /* between two questions to who is silent, at most                      \
                            */

enum { MUSTER_BLAMED = ROSTER_NAMED + 1 /* sentences about one file */ };

enum muster_state { MUSTER_NEW, MUSTER_JOINED, MUSTER_LEFT_OUT };

struct muster_member {
    struct muster_member *next;
    char *url;
    uint32_t slots, endpoint;
    enum muster_state state;
    int64_t due_ns, pause_ns; /* NEW: when it is asked, and how long after that again */
    bool silent;              /* that was said */
};

/* Sentences about lines, so that none is said twice while it stands there. */
struct muster_blame {
    char *said[MUSTER_BLAMED];
    uint32_t count;
};

struct muster {
    struct muster_options options;
    char *file, *name;
    struct crux_endpoint like; /* copied */
    char **aliases;
    char first[CRUX_MODEL_BYTES]; /* as the first reply named its model */
    struct muster_member *members;
    struct muster_blame blamed, before;
    struct roster_look taken, last; /* as it was when it was taken; at the last look */
    bool begun;                     /* it was taken once, or said to be missing */
    bool unread, empty;             /* that was said; what could not be read is tried again */
    pthread_mutex_t lock;
    pthread_cond_t woken;
    pthread_t thread;
    bool started, stop;
};

__attribute__((format(printf, 2, 3))) static void muster_say(const struct muster *muster,
                                                             const char *format, ...)
{
    char sentence[1000];
    size_t length = (size_t)snprintf(sentence, sizeof sentence, "%.200s: ", muster->name);
    va_list arguments;

    if (muster->options.say == NULL)
        return;
    va_start(arguments, format);
    (void)vsnprintf(sentence + length, sizeof sentence - length, format, arguments);
    va_end(arguments);
    muster->options.say(muster->options.say_context, sentence);
}

/* --- who is there --------------------------------------------------------------------------- */

static struct crux_endpoint muster_endpoint(const struct muster *muster,
                                            const struct muster_member *member)
{
    struct crux_endpoint endpoint = muster->like;

    endpoint.url = member->url;
    endpoint.slots = member->slots;
    return endpoint;
}

static bool muster_is_same(const struct muster *muster, const char *a, const char *b)
{
    return crux_same_model(a, b, (const char *const *)muster->aliases, muster->options.alias_count);
}

/* Is it another model? True: *why says which. */
static bool muster_is_stranger(const struct muster *muster, const struct crux_named *named,
                               char *why, size_t room)
{
    const char *model = muster->options.chat->model;

    if (named->lists == CRUX_LACKS && !muster->options.model_said &&
        !muster_is_same(muster, model, named->listed))
        (void)snprintf(why, room, "it lists no model `%.80s`, but %.200s", model, named->listed);
    else if (named->lists == CRUX_LACKS && named->replies[0] == '\0' &&
             !muster_is_same(muster, model, named->listed))
        (void)snprintf(why, room,
                       "it lists no model `%.80s`, but %.200s, and no reply of it has a name",
                       model, named->listed);
    else if (named->replies[0] != '\0' && muster->first[0] != '\0' &&
             !muster_is_same(muster, muster->first, named->replies))
        (void)snprintf(why, room, "it answers as model `%.80s`, the first one as `%.80s`",
                       named->replies, muster->first);
    else
        return false;
    return true;
}

/* By its list; where that does not have the model, by the name in a reply. */
static int muster_ask(const struct muster *muster, const struct crux_endpoint *endpoint,
                      struct crux_named *named, struct crux_error *error)
{
    const struct crux_chat *chat = muster->options.chat;
    int status = crux_server_name(named, endpoint, chat, false, MUSTER_ANSWER_NS, error);

    if (status == CRUX_OK && named->lists != CRUX_HAS)
        status = crux_server_name(named, endpoint, chat, true, MUSTER_ANSWER_NS, error);
    return status;
}

static void muster_book(const struct muster *muster, const struct crux_spent *spent)
{
    struct crux_error error = {""};

    if (served_spent(muster->options.served, spent, &error) != CRUX_OK)
        muster_say(muster, "%s", error.text);
}

/* What did not answer is asked again, less and less often. */
static void muster_put_off(struct muster *muster, struct muster_member *member, const char *why)
{
    member->pause_ns = member->pause_ns == 0 ? CLOCK_SECOND_NS : 2 * member->pause_ns;
    if (member->pause_ns > MUSTER_PAUSE_NS)
        member->pause_ns = MUSTER_PAUSE_NS;
    member->due_ns = clock_now_ns() + member->pause_ns;
    if (!member->silent)
        muster_say(muster, "%s (%s) does not answer yet: %s", member->url, muster->file, why);
    member->silent = true;
}

static void muster_join(struct muster *muster, struct muster_member *member,
                        const struct crux_named *named)
{
    struct crux_endpoint endpoint = muster_endpoint(muster, member);
    struct http_server server;
    struct crux_error error = {""};
    char slots[40] = "";
    int status;

    if (endpoint.slots == 0)
        endpoint.slots = named->slots;
    server = served_server_of(&endpoint);
    status = http_join(served_http(muster->options.served), &server, &member->endpoint, &error);
    member->state = status == CRUX_OK ? MUSTER_JOINED : MUSTER_LEFT_OUT;
    if (endpoint.slots > 0)
        (void)snprintf(slots, sizeof slots, ", %u slots", endpoint.slots);
    if (status == CRUX_OK)
        muster_say(muster, "%s joins (%s%s)", member->url, muster->file, slots);
    else if (status != CRUX_CANCELLED)
        muster_say(muster, "%s (%s) is left out: %s", member->url, muster->file, error.text);
}

/* Ask a newcomer what it is. */
static void muster_meet(struct muster *muster, struct muster_member *member)
{
    const struct crux_endpoint endpoint = muster_endpoint(muster, member);
    struct crux_named named = {.lists = CRUX_NO_LIST};
    struct crux_error error = {""};
    char why[400];
    int status = muster_ask(muster, &endpoint, &named, &error);

    muster_book(muster, &named.spent);
    if (status != CRUX_OK) {
        muster_put_off(muster, member, error.text);
    } else if (muster_is_stranger(muster, &named, why, sizeof why)) {
        member->state = MUSTER_LEFT_OUT;
        muster_say(muster, "%s is left out: %s (--model-alias A=B where two names are one)",
                   member->url, why);
    } else {
        if (muster->first[0] == '\0')
            (void)snprintf(muster->first, sizeof muster->first, "%s", named.replies);
        muster_join(muster, member, &named);
    }
}

/* --- what the file says --------------------------------------------------------------------- */

static void muster_bad(void *context, const char *sentence)
{
    struct muster *muster = context;
    bool known = false;

    for (uint32_t i = 0; i < muster->before.count; i++)
        known |= strcmp(muster->before.said[i], sentence) == 0;
    if (!known)
        muster_say(muster, "%s", sentence);
    assert(muster->blamed.count < MUSTER_BLAMED);
    if (muster->blamed.count < MUSTER_BLAMED &&
        (muster->blamed.said[muster->blamed.count] = strdup(sentence)) != NULL)
        muster->blamed.count++;
}

static void muster_forget(struct muster_blame *blame)
{
    while (blame->count > 0)
        free(blame->said[--blame->count]);
}

static void muster_drop(struct muster *muster, struct muster_member *member)
{
    LL_DELETE(muster->members, member);
    free(member->url);
    free(member);
}

static void muster_part(struct muster *muster, struct muster_member *member)
{
    if (member->state == MUSTER_JOINED) {
        http_part(served_http(muster->options.served), member->endpoint);
        muster_say(muster, "%s parts (%s): what is in flight there is waited for", member->url,
                   muster->file);
    }
    muster_drop(muster, member);
}

static void muster_greet(struct muster *muster, const struct roster_entry *entry)
{
    struct muster_member *member = calloc(1, sizeof *member);

    if (member != NULL)
        member->url = strdup(entry->url);
    if (member == NULL || member->url == NULL) {
        free(member);
        muster_say(muster, "no memory for %s (%s)", entry->url, muster->file);
        return;
    }
    member->slots = entry->slots;
    LL_APPEND(muster->members, member);
}

/* Those that stand there no more part, or with another number of slots, to join with that. */
static void muster_compare(struct muster *muster, const struct roster *roster)
{
    struct muster_member *member, *next;

    LL_FOREACH_SAFE (muster->members, member, next) {
        const struct roster_entry *entry = roster_find(roster, member->url);

        if (entry == NULL || entry->slots != member->slots)
            muster_part(muster, member);
    }
    for (uint32_t i = 0; i < roster->count; i++) {
        LL_FOREACH (muster->members, member)
            if (http_same_address(member->url, roster->items[i].url))
                break;
        if (member == NULL)
            muster_greet(muster, &roster->items[i]);
    }
}

static void muster_take(struct muster *muster)
{
    const struct http_server like = served_server_of(&muster->like);
    struct roster roster = {.items = NULL};
    struct crux_error error = {""};
    int status;

    muster->before = muster->blamed;
    muster->blamed = (struct muster_blame){.count = 0};
    status = roster_read(&roster, muster->file, &like, muster_bad, muster, &error);
    if (status == CRUX_OK) {
        muster_forget(&muster->before);
        muster_compare(muster, &roster);
        if (roster.count == 0 && !muster->empty)
            muster_say(muster, "%s has no endpoint: calls wait for one (--patience)", muster->file);
        muster->empty = roster.count == 0;
        muster->unread = false;
    } else {
        muster_forget(&muster->blamed);
        muster->blamed = muster->before;
        muster->before = (struct muster_blame){.count = 0};
        if (!muster->unread)
            muster_say(muster, "%s; endpoints stay as they are", error.text);
        muster->unread = true;
    }
    roster_free(&roster);
}

/* --- the thread ----------------------------------------------------------------------------- */

static void muster_look(struct muster *muster)
{
    struct roster_look now;

    roster_look_at(&now, muster->file);
    if (!muster->begun || (roster_looks_alike(&now, &muster->last) &&
                           (muster->unread || !roster_looks_alike(&now, &muster->taken)))) {
        muster->taken = now;
        muster->begun = true;
        muster_take(muster);
    }
    muster->last = now;
}

/* A newcomer that is to be asked now; NULL: there is none. */
static struct muster_member *muster_newcomer(const struct muster *muster)
{
    struct muster_member *member;
    int64_t now_ns = clock_now_ns();

    LL_FOREACH (muster->members, member)
        if (member->state == MUSTER_NEW && member->due_ns <= now_ns)
            return member;
    return NULL;
}

/* Sleep until the next look, or a word to stop; true: to stop. */
static bool muster_sleep(struct muster *muster, int64_t until_ns)
{
    const struct timespec until = {until_ns / CLOCK_SECOND_NS, until_ns % CLOCK_SECOND_NS};
    bool stop;

    (void)pthread_mutex_lock(&muster->lock);
    while (!muster->stop && clock_now_ns() < until_ns)
        (void)pthread_cond_timedwait(&muster->woken, &muster->lock, &until);
    stop = muster->stop;
    (void)pthread_mutex_unlock(&muster->lock);
    return stop;
}

/* One question between two looks at most, so that nobody waits for who is silent. */
static void *muster_run(void *context)
{
    struct muster *muster = context;
    int64_t look_ns = clock_now_ns();

    while (!muster_sleep(muster, look_ns)) {
        struct muster_member *newcomer;

        muster_look(muster);
        look_ns = clock_now_ns() + muster->options.every_ns;
        while ((newcomer = muster_newcomer(muster)) != NULL && !muster_sleep(muster, 0)) {
            muster_meet(muster, newcomer);
            if (clock_now_ns() >= look_ns)
                break;
        }
    }
    return NULL;
}

/* --- opening and closing -------------------------------------------------------------------- */

static int muster_copy(struct muster *muster, const struct muster_options *options,
                       struct crux_error *error)
{
    muster->file = strdup(options->file);
    muster->name = strdup(options->name);
    muster->aliases = calloc(options->alias_count + 1, sizeof(char *));
    for (uint32_t i = 0; muster->aliases != NULL && i < options->alias_count; i++)
        if ((muster->aliases[i] = strdup(options->aliases[i])) == NULL)
            return crux_fail(error, CRUX_MEMORY, "no memory for the endpoints of a file");
    if (muster->file == NULL || muster->name == NULL || muster->aliases == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the endpoints of a file");
    return copied_endpoint(&muster->like, options->like, error);
}

static bool muster_start(struct muster *muster)
{
    sigset_t all, before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    muster->started = pthread_create(&muster->thread, NULL, muster_run, muster) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return muster->started;
}

int muster_open(struct muster **out, const struct muster_options *options, struct crux_error *error)
{
    struct muster *muster = calloc(1, sizeof *muster);
    pthread_condattr_t monotonic;
    int status;

    if (muster == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the endpoints of a file");
    muster->options = *options;
    if (muster->options.every_ns == 0)
        muster->options.every_ns = CLOCK_SECOND_NS;
    (void)pthread_mutex_init(&muster->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&muster->woken, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    status = muster_copy(muster, options, error);
    if (status == CRUX_OK && !muster_start(muster))
        status = crux_fail(error, CRUX_MEMORY, "cannot start the thread that watches %.200s",
                           options->file);
    if (status == CRUX_OK)
        *out = muster;
    else
        muster_close(muster);
    return status;
}

static void muster_stop(struct muster *muster)
{
    if (!muster->started)
        return;
    (void)pthread_mutex_lock(&muster->lock);
    muster->stop = true;
    (void)pthread_cond_broadcast(&muster->woken);
    (void)pthread_mutex_unlock(&muster->lock);
    (void)pthread_join(muster->thread, NULL);
}

void muster_close(struct muster *muster)
{
    if (muster == NULL)
        return;
    muster_stop(muster);
    while (muster->members != NULL)
        muster_drop(muster, muster->members);
    muster_forget(&muster->blamed);
    muster_forget(&muster->before);
    copied_endpoint_free(&muster->like);
    for (uint32_t i = 0; muster->aliases != NULL && i < muster->options.alias_count; i++)
        free(muster->aliases[i]);
    free(muster->aliases);
    free(muster->file);
    free(muster->name);
    (void)pthread_cond_destroy(&muster->woken);
    (void)pthread_mutex_destroy(&muster->lock);
    free(muster);
}
