/*
 * consistency.c - critic `consistency`: how much do a problem's answers agree?
 *
 * A problem is an entry of a hash table, its different answers a short list: what was
 * written, its canonical form, and how often it came. Forms are large and quickly
 * read again, so none is kept. The answers of a call are read before the lock is
 * taken, are counted together, and only then get their shares: so no answer
 * of a call comes before another.
 */
#include "critics/consistency.h"

#include "critics/match/path.h"
#include "critics/match/compare.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A library does not end its host's process for want of memory, as uthash would. */
#define HASH_NONFATAL_OOM          1
#define uthash_nonfatal_oom(entry) ((entry)->lost = true)
#include <uthash.h>

struct said {
    struct said *next;
    char *written, *text; /* as the first one wrote it; its canonical form */
    char *shown;          /* the same, with its name where another one has the same form */
    uint64_t count;
};

struct entry {
    UT_hash_handle hh;
    bool lost; /* there was no memory to add it */
    struct said *first, **end;
    uint64_t total;
    char id[];
};

struct consistency {
    struct crux_critic critic;
    pthread_mutex_t lock;
    struct entry
        *entries; /* by id; the first in order is the one that was not asked about for longest */
};

/* --- problems ----------------------------------------------------------------------- */

static void consistency_free_entry(struct entry *entry)
{
    while (entry->first != NULL) {
        struct said *said = entry->first;

        entry->first = said->next;
        free(said->written);
        free(said->text);
        free(said->shown);
        free(said);
    }
    free(entry);
}

/* uthash lists its entries in the order in which they were added, which is kept to be that in
 * which they were last asked about. */
static void forget_oldest(struct consistency *self)
{
    struct entry *oldest = self->entries;

    HASH_DEL(self->entries, oldest);
    consistency_free_entry(oldest);
}

/* Add an entry as the freshest. False: no memory, and the entry is freed. */
static bool consistency_put(struct consistency *self, struct entry *entry)
{
    entry->lost = false;
    HASH_ADD_STR(self->entries, id, entry);
    if (!entry->lost)
        return true;
    consistency_free_entry(entry);
    return false;
}

static struct entry *add_entry(struct consistency *self, const char *id)
{
    size_t length = strlen(id) + 1;
    struct entry *entry = calloc(1, sizeof *entry + length);

    if (entry == NULL)
        return NULL;
    memcpy(entry->id, id, length);
    entry->end = &entry->first;
    if (!consistency_put(self, entry))
        return NULL;
    if (HASH_COUNT(self->entries) > CONSISTENCY_PROBLEMS)
        forget_oldest(self);
    return entry;
}

/* NULL: no memory. */
static struct entry *consistency_entry_of(struct consistency *self, const char *id)
{
    struct entry *entry;

    HASH_FIND_STR(self->entries, id, entry);
    if (entry == NULL)
        return add_entry(self, id);
    if (entry->hh.next == NULL)
        return entry; /* it is the freshest already */
    HASH_DEL(self->entries, entry);
    return consistency_put(self, entry) ? entry : NULL;
}

/* --- answers ------------------------------------------------------------------------- */

/* One answer of a call. */
struct heard {
    char *written;
    struct match_form *form;
    struct said *said; /* what it counts as; NULL: there is no answer */
};

/* Compare with what was written; *memory becomes false when there is none. */
static bool same_answer(const struct said *said, const struct match_form *form, bool *memory)
{
    struct match_form *other = match_read(said->written, strlen(said->written));
    bool same = other != NULL && match_compare_both(form, other) == MATCH_EQUAL;

    *memory &= other != NULL;
    match_free(other);
    return same;
}

/* x = 5 and y = 5 have one canonical form, and are two lines. */
static bool other_name(const struct said *said, const struct match_form *form)
{
    struct match_form *other;
    bool differs;

    if (match_name(form)[0] == '\0' || strchr(said->written, '=') == NULL)
        return false;
    other = match_read(said->written, strlen(said->written));
    differs = other == NULL ||
              (match_name(other)[0] != '\0' && strcmp(match_name(other), match_name(form)) != 0);
    match_free(other);
    return differs;
}

static struct said *find_answer(const struct entry *entry, const struct match_form *form,
                                bool *memory)
{
    uint32_t compared = 0;

    for (struct said *said = entry->first; said != NULL; said = said->next)
        if (strcmp(said->text, match_text(form)) == 0 && !other_name(said, form))
            return said;
    for (struct said *said = entry->first; said != NULL && compared < CONSISTENCY_FORMS && *memory;
         said = said->next, compared++)
        if (same_answer(said, form, memory))
            return said;
    return NULL;
}

/* As votes are told apart by it, with the name if the form alone is another one's. NULL: no
 * memory. */
static char *shown_as(const struct entry *entry, const struct match_form *form)
{
    const char *name = match_name(form), *text = match_text(form);
    char *shown = malloc(strlen(name) + strlen(text) + sizeof " = ");
    bool taken = false;

    for (const struct said *said = entry->first; said != NULL && !taken; said = said->next)
        taken = strcmp(said->text, text) == 0;
    if (shown != NULL && taken && *name != '\0')
        (void)stpcpy(stpcpy(stpcpy(shown, name), " = "), text);
    else if (shown != NULL)
        (void)strcpy(shown, text);
    return shown;
}

static struct said *add_answer(struct entry *entry, const struct heard *heard)
{
    struct said *said = calloc(1, sizeof *said);

    if (said == NULL)
        return NULL;
    said->written = strdup(heard->written);
    said->text = strdup(match_text(heard->form));
    said->shown = shown_as(entry, heard->form);
    if (said->written == NULL || said->text == NULL || said->shown == NULL) {
        free(said->written);
        free(said->text);
        free(said->shown);
        free(said);
        return NULL;
    }
    *entry->end = said;
    entry->end = &said->next;
    return said;
}

/* Find the answer among the different ones, or add it. False: no memory. */
static bool place_answer(struct entry *entry, struct heard *heard)
{
    bool memory = true;

    if (match_text(heard->form)[0] == '\0')
        return true;
    heard->said = find_answer(entry, heard->form, &memory);
    if (heard->said == NULL && memory)
        heard->said = add_answer(entry, heard);
    return heard->said != NULL;
}

static bool consistency_hear(const struct crux_call *call, struct heard *heard)
{
    for (uint32_t i = 0; i < call->count; i++) {
        heard[i].written = match_path_answer(&call->candidates[i]);
        if (heard[i].written == NULL)
            return false;
        heard[i].form = match_read(heard[i].written, strlen(heard[i].written));
        if (heard[i].form == NULL)
            return false;
    }
    return true;
}

/* Under the lock. All are placed before any is counted: a call that fails counts nothing. */
static bool count_and_share(struct consistency *self, struct crux_call *call, struct heard *heard)
{
    struct entry *entry = consistency_entry_of(self, call->state.problem->id);
    bool memory = entry != NULL;

    for (uint32_t i = 0; i < call->count && memory; i++)
        memory = place_answer(entry, &heard[i]);
    for (uint32_t i = 0; i < call->count && memory; i++)
        if (heard[i].said != NULL) {
            heard[i].said->count++;
            entry->total++;
        }
    for (uint32_t i = 0; i < call->count && memory; i++)
        if (heard[i].said != NULL)
            match_path_put(call, i,
                           (struct crux_outcome){
                               .reward = (double)heard[i].said->count / (double)entry->total,
                               .verdict = CRUX_UNKNOWN,
                               .answer = heard[i].said->shown,
                           });
    return memory;
}

/* --- the port --------------------------------------------------------------------------- */

static int consistency_judge(struct crux_port *port, struct crux_call *call)
{
    struct consistency *self = (struct consistency *)(void *)port;
    struct heard *heard = calloc(call->count, sizeof *heard);
    int status = match_path_reply(call);
    bool memory = heard != NULL && status == CRUX_DONE && consistency_hear(call, heard);

    if (memory) {
        (void)pthread_mutex_lock(&self->lock);
        memory = count_and_share(self, call, heard);
        (void)pthread_mutex_unlock(&self->lock);
    }
    for (uint32_t i = 0; heard != NULL && i < call->count; i++) {
        free(heard[i].written);
        match_free(heard[i].form);
    }
    free(heard);
    if (memory)
        return CRUX_DONE;
    match_path_release(port, &call->reply);
    call->reply = (struct crux_reply){.sentence = "no memory to compare answers"};
    return CRUX_MEMORY;
}

static void close_consistency(struct crux_port *port)
{
    struct consistency *self = (struct consistency *)(void *)port;
    struct entry *entry = self->entries, *next;

    HASH_CLEAR(hh, self->entries); /* the table alone: entries keep their links */
    for (; entry != NULL; entry = next) {
        next = entry->hh.next;
        consistency_free_entry(entry);
    }
    (void)pthread_mutex_destroy(&self->lock);
    free(self);
}

struct crux_critic *consistency_new(void)
{
    struct consistency *self = calloc(1, sizeof *self);

    if (self == NULL)
        return NULL;
    (void)pthread_mutex_init(&self->lock, NULL);
    self->critic.port = (struct crux_port){.name = "consistency",
                                           .instant = true,
                                           .ask = consistency_judge,
                                           .release = match_path_release,
                                           .close = close_consistency};
    self->critic.verbs = 1u << CRUX_JUDGE;
    self->critic.in_turn = true;
    return &self->critic;
}
