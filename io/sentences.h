/*
 * sentences.h - sentences that outlive the calls they are about.
 *
 * A port that fails a call leaves a sentence in the reply, and does not learn when it has been
 * read. So such a sentence is kept until the port is closed. Failures repeat: equal sentences are
 * kept once, and the number of different ones is limited.
 *
 * A zeroed struct will not do: sentences_open() first.
 * Threads. sentences_keep() on any thread at any time.
 */
#ifndef IO_SENTENCES_H
#define IO_SENTENCES_H

#include <pthread.h>
#include <stdint.h>

struct sentences {
    pthread_mutex_t lock;
    void *tree; /* of strings (tsearch) */
    uint32_t count;
};

void sentences_open(struct sentences *sentences);
void sentences_close(struct sentences *sentences);

/* The same sentence, good until sentences_close(); a general one when there are too many. */
const char *sentences_keep(struct sentences *sentences, const char *sentence);

#endif
