/*
 * inquiry.h - questions to a backend, each with what became of it.
 *
 * A form for the fake model server: samples of a prompt, "n" of them in a request. A sample is
 * kept as {"text": ...}. Every question counts how often it was answered, so that a test
 * can see that it was once.
 *
 * Threads. inquiry_ask() from any, each inquiry once; inquiry_wait() from any.
 */
#ifndef TESTS_WORLD_INQUIRY_H
#define TESTS_WORLD_INQUIRY_H

#include "io/served/served.h"

enum { INQUIRY_SAMPLES = 16 };

struct inquiry {
    struct served_question question; /* first: a question is its inquiry */
    struct http_piece same;
    char prompt[200];
    uint32_t answers;
    int asked; /* what served_ask() said */
    int status;
    bool at_once, overflow;
    uint32_t count;
    char *samples[INQUIRY_SAMPLES];
    struct served_usage usage;
    int64_t price;
    char sentence[600];
};

extern const struct served_form inquiry_all; /* any number in one request */
extern const struct served_form inquiry_one; /* a request each */

/* A question about samples 0 .. count - 1; change what is to be different, then ask. */
void inquiry_about(struct inquiry *inquiry, const char *prompt, uint32_t count);
int inquiry_ask(struct inquiry *inquiry, struct served *served);

/* Until it is answered; false: not within a minute. */
bool inquiry_wait(struct inquiry *inquiry);

/* Both. */
bool inquiry_put(struct inquiry *inquiry, struct served *served);

void inquiry_free(struct inquiry *inquiry);

#endif
