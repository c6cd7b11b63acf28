/*
 * between.h - what stands between two steps of an answer, as a run's recorded options say it.
 *
 *     policy of the steps            between                                          pieces
 *     chat, step-tokens              nothing                                          yes
 *     chat, split by rules           nothing: the steps keep the blanks behind them   no
 *     chat, step-stop, else the      the blanks with which all of them begin          no
 *       stops of its prompt            (io/stops.h)
 *     any other, or not known        a line break                                     no
 *
 * So, but for the last row, the steps of an answer with that between two are the bytes that the
 * model wrote. What policies/chat/boundary.h does with the options is read here, not decided.
 *
 * Ownership. The caller's struct; text is freed by the caller.
 * Threads.   Pure; any thread.
 * Errors.    CRUX_MEMORY.
 */
#ifndef IO_VIEWS_BETWEEN_H
#define IO_VIEWS_BETWEEN_H

#include "io/json.h"
#include "search/crux.h"

struct between {
    char *text;
    bool pieces; /* steps end anywhere, so their blanks are the model's, too */
};

/* configuration: of a run, option to value. */
int between_of(struct between *out, const struct json *configuration, struct crux_error *error);

#endif
