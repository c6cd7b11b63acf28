/*
 * served_fixture.h - questions to a backend, each with what became of it.
 *
 * A form for the fake model server: samples of a prompt, "n" of them in a request. A sample is
 * kept as {"text": ...}, and as many are taken as come. Every question counts how often it was
 * answered, so that a test can see that it was once.
 *
 * Threads. served_fixture_ask() from any, each fixture once; served_fixture_wait() from any.
 */
#ifndef TESTS_WORLD_SERVED_FIXTURE_H
#define TESTS_WORLD_SERVED_FIXTURE_H

#include "io/served/served.h"

enum { SERVED_FIXTURE_SAMPLES = 16 };

struct served_fixture {
    struct served_question question; /* first: a question is its fixture */
    struct http_piece same;
    char prompt[200];
    const char *refuses; /* its reader takes no reply and says this; NULL: it takes them */
    bool same_again;     /* its reader says so of a reply that it refuses */
    uint32_t answers;
    int asked; /* what served_ask() said */
    int status;
    bool at_once, overflow;
    uint32_t count;
    char *samples[SERVED_FIXTURE_SAMPLES];
    struct served_usage usage;
    int64_t price;
    char sentence[600];
};

extern const struct served_form served_fixture_all; /* any number in one request */
extern const struct served_form served_fixture_one; /* a request each */

/* A question about samples 0 .. count - 1; change what is to be different, then ask. */
void served_fixture_about(struct served_fixture *fixture, const char *prompt, uint32_t count);
int served_fixture_ask(struct served_fixture *fixture, struct served *served);

/* Until it is answered; false: not within a minute. */
bool served_fixture_wait(struct served_fixture *fixture);

/* Both. */
bool served_fixture_put(struct served_fixture *fixture, struct served *served);

void served_fixture_free(struct served_fixture *fixture);

#endif
