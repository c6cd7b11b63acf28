/*
 * bench_match.c - how many answers a second does critic `match` judge?
 *
 * Question   Verdicts a second, one thread.
 * Workload   The pairs of a file, {"text": ..., "reference": ...} a line, one call each, RUNS
 * times. Clock      CPU time of this thread, from before the first call of a run to after its last.
 * Check      Every run gives the same verdicts; exit 1 otherwise.
 * Output     Verdicts a second, the best run and the median, and what the verdicts were.
 *
 *     bench_match FILE.jsonl [RUNS]
 */
#include "critics/crux_critics.h"
#include "io/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUNS_MOST 100u

struct pairs {
    struct json **values;
    size_t count, room;
};

struct verdicts {
    uint32_t of[3];
};

static bool pairs_add(struct pairs *pairs, const char *line, size_t length)
{
    struct json *pair = NULL;
    struct crux_error error;

    if (json_parse(&pair, line, length, &error) != CRUX_OK ||
        json_as_string(json_get(pair, "text")) == NULL ||
        json_as_string(json_get(pair, "reference")) == NULL) {
        json_free(pair);
        return false;
    }
    if (pairs->count == pairs->room) {
        size_t room = pairs->room > 0 ? 2 * pairs->room : 1024;
        struct json **values = realloc(pairs->values, room * sizeof(struct json *));

        if (values == NULL) {
            json_free(pair);
            return false;
        }
        pairs->values = values;
        pairs->room = room;
    }
    pairs->values[pairs->count++] = pair;
    return true;
}

static bool pairs_read(struct pairs *pairs, const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    bool good = file != NULL;

    while (good && (length = getline(&line, &room, file)) >= 0)
        good = pairs_add(pairs, line, (size_t)length);
    free(line);
    if (file != NULL)
        (void)fclose(file);
    return good && pairs->count > 0;
}

static double thread_seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static bool judge_pair(struct crux_critic *critic, const struct json *pair,
                       struct verdicts *verdicts)
{
    const char *text = json_as_string(json_get(pair, "text"));
    const struct crux_problem problem = {
        .id = "pair", .prompt = "", .answer = json_as_string(json_get(pair, "reference"))};
    const struct crux_step step = {
        .text = text, .length = (uint32_t)strlen(text), .depth = 1, .kind = CRUX_ANSWER};
    struct crux_call call = {
        .verb = CRUX_JUDGE, .count = 1, .candidates = &step, .state = {.problem = &problem}};

    if (critic->port.ask(&critic->port, &call) != CRUX_DONE)
        return false;
    verdicts->of[call.reply.outcomes[0].verdict]++;
    critic->port.release(&critic->port, &call.reply);
    return true;
}

/* Pairs a second; 0: a call failed. */
static double run_once(struct crux_critic *critic, const struct pairs *pairs,
                       struct verdicts *verdicts)
{
    double before = thread_seconds();

    for (size_t i = 0; i < pairs->count; i++)
        if (!judge_pair(critic, pairs->values[i], verdicts))
            return 0.0;
    return (double)pairs->count / (thread_seconds() - before);
}

static int ascending(const void *a, const void *b)
{
    double one = *(const double *)a, two = *(const double *)b;

    return (one > two) - (one < two);
}

static bool bench(struct crux_critic *critic, const struct pairs *pairs, uint32_t runs)
{
    double rates[RUNS_MOST];
    struct verdicts first = {{0}};
    bool good = true;

    for (uint32_t i = 0; i < runs && good; i++) {
        struct verdicts verdicts = {{0}};

        rates[i] = run_once(critic, pairs, &verdicts);
        if (i == 0)
            first = verdicts;
        good = rates[i] > 0.0 && memcmp(&first, &verdicts, sizeof first) == 0;
    }
    if (!good)
        return false;
    qsort(rates, runs, sizeof *rates, ascending);
    (void)printf("%.0f verdicts/s best, %.0f median; %u right, %u wrong, %u unknown\n",
                 rates[runs - 1], rates[runs / 2], first.of[CRUX_RIGHT], first.of[CRUX_WRONG],
                 first.of[CRUX_UNKNOWN]);
    return true;
}

int main(int argc, char **argv)
{
    struct pairs pairs = {.count = 0};
    struct crux_critic *critic = NULL;
    struct crux_error error = {""};
    unsigned long runs = argc > 2 ? strtoul(argv[2], NULL, 10) : 10;
    bool good;

    if (argc < 2 || runs == 0 || runs > RUNS_MOST) {
        (void)fputs("usage: bench_match FILE.jsonl [RUNS], 1 to 100 runs\n", stderr);
        return 2;
    }
    good = pairs_read(&pairs, argv[1]) &&
           crux_critic_open(&critic, CRUX_ROLE_OUTCOME, "match", NULL, &error) == CRUX_OK;
    if (!good)
        (void)fprintf(stderr, "bench_match: no pairs in %s, or no critic: %s\n", argv[1],
                      error.text);
    else
        good = bench(critic, &pairs, (uint32_t)runs);
    crux_critic_close(critic);
    for (size_t i = 0; i < pairs.count; i++)
        json_free(pairs.values[i]);
    free(pairs.values);
    return good ? 0 : 1;
}
