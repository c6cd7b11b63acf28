/*
 * sentences.c - the set of sentences that outlive their calls: a search tree of strings behind a
 * lock, since failures are rare.
 */
#include "io/sentences.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

enum { SENTENCES_MOST = 1024 };

static int sentences_compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

void sentences_open(struct sentences *sentences)
{
    *sentences = (struct sentences){.tree = NULL};
    (void)pthread_mutex_init(&sentences->lock, NULL);
}

void sentences_close(struct sentences *sentences)
{
    tdestroy(sentences->tree, free);
    sentences->tree = NULL;
    (void)pthread_mutex_destroy(&sentences->lock);
}

const char *sentences_keep(struct sentences *sentences, const char *sentence)
{
    char *const *found;
    size_t size = strlen(sentence) + 1;
    char *copy;

    (void)pthread_mutex_lock(&sentences->lock);
    found = tfind(sentence, &sentences->tree, sentences_compare);
    if (found == NULL && sentences->count < SENTENCES_MOST) {
        copy = malloc(size);
        if (copy != NULL)
            found = tsearch(memcpy(copy, sentence, size), &sentences->tree, sentences_compare);
        if (found == NULL)
            free(copy);
        else
            sentences->count++;
    }
    (void)pthread_mutex_unlock(&sentences->lock);
    return found != NULL ? *found : "a call failed, like many others in other words";
}
