/*
 * advice.c - what each kind of server tells of how many requests it works on at a time.
 */
#include "io/cli/advice.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Of kinds that do not tell it: where it is said, by whom. */
static const struct advice_row {
    const char *profile, *where;
} advice_rows[] = {
    {"vllm", "vLLM has it from --max-num-seqs, and 256 or more where that was not given"},
    {"sglang", "SGLang has it from --max-running-requests, or from its memory"},
    {"ollama", "Ollama has it from OLLAMA_NUM_PARALLEL in its own environment, and mostly 1 where "
               "that was not set"},
    {"openai", "a service limits requests and tokens a minute, and answers 429 above that, which "
               "slows a run down and fails nothing"},
};

static const char *advice_where(const char *profile)
{
    for (size_t i = 0; i < sizeof advice_rows / sizeof *advice_rows; i++)
        if (profile != NULL && strcmp(advice_rows[i].profile, profile) == 0)
            return advice_rows[i].where;
    return "its own documentation has it";
}

uint64_t advice_in_flight(char out[ADVICE_BYTES], const struct crux_server *server,
                          uint64_t endpoints)
{
    uint64_t all = server->slots * endpoints;

    if (all == 0)
        (void)snprintf(out, ADVICE_BYTES,
                       "it does not tell how many requests it works on at a time: %s; give "
                       "--in-flight as many, or let crux bench server find out where more "
                       "bring nothing",
                       advice_where(server->profile));
    else if (endpoints > 1)
        (void)snprintf(out, ADVICE_BYTES,
                       "--in-flight %" PRIu64 " keeps it busy: it works on %" PRIu32
                       " requests at a time, and so do %" PRIu64
                       " endpoints each; a run has that unless told otherwise",
                       all, server->slots, endpoints);
    else
        (void)snprintf(out, ADVICE_BYTES,
                       "--in-flight %" PRIu64
                       " keeps it busy: it works on as many requests at a time; a run has that "
                       "unless told otherwise",
                       all);
    return all;
}
