/*
 * match_pairs.c - a program: what critic `match` says of the pairs in a file, and how often
 * that is false.
 *
 *     match_pairs [-v] [-s] FILE.jsonl [CRITIC]
 *
 * A line is {"text": ..., "reference": ..., "expected": "RIGHT" or "WRONG", "kind": ...}; the last
 * two may be missing, and then the pair is only asked. CRITIC is `match` unless it is given.
 * -v shows every pair that is not as expected, -s prints one verdict a line and nothing else, for
 * comparing two builds. Ends with status 1 if one verdict is falsely RIGHT or falsely WRONG, with
 * 2 if the file cannot be read.
 */
#include "io/json.h"
#include "tests/match_asked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KINDS 256u

/* Pairs of one kind, by what was said of them. */
struct tally {
    char kind[64];
    uint32_t pairs, as_expected, falsely_right, falsely_wrong, unknown;
};

struct judging {
    struct crux_critic *critic;
    bool each, shown;
    struct tally kinds[KINDS];
    uint32_t count;
};

/* The kind's own tally; the last one is for all that there is no room for. */
static struct tally *pairs_tally_of(struct judging *judging, const char *kind)
{
    for (uint32_t i = 0; i < judging->count; i++)
        if (strncmp(judging->kinds[i].kind, kind, sizeof judging->kinds[i].kind - 1) == 0)
            return &judging->kinds[i];
    if (judging->count == KINDS)
        return &judging->kinds[KINDS - 1];
    (void)snprintf(judging->kinds[judging->count].kind, sizeof judging->kinds[0].kind, "%s", kind);
    return &judging->kinds[judging->count++];
}

static void count_verdict(struct judging *judging, const struct json *pair,
                          enum crux_verdict verdict)
{
    const char *expected = json_as_string(json_get(pair, "expected"));
    const char *kind = json_as_string(json_get(pair, "kind"));
    struct tally *tally = pairs_tally_of(judging, kind != NULL ? kind : "-");
    bool same = expected == NULL || strcmp(verdict_names[verdict], expected) == 0;

    tally->pairs++;
    tally->as_expected += same && expected != NULL;
    tally->falsely_right += !same && verdict == CRUX_RIGHT;
    tally->falsely_wrong += !same && verdict == CRUX_WRONG;
    tally->unknown += verdict == CRUX_UNKNOWN;
    if (!same && judging->shown)
        (void)printf("%s, not %s [%s]: %s\n    to %s\n", verdict_names[verdict], expected,
                     tally->kind, json_as_string(json_get(pair, "text")),
                     json_as_string(json_get(pair, "reference")));
}

/* False: the line is no pair. */
static bool judge_line(struct judging *judging, const char *line, size_t length,
                       struct crux_error *error)
{
    struct json *pair = NULL;
    const char *text, *reference;
    enum crux_verdict verdict;

    if (json_parse(&pair, line, length, error) != CRUX_OK)
        return false;
    text = json_as_string(json_get(pair, "text"));
    reference = json_as_string(json_get(pair, "reference"));
    if (text == NULL || reference == NULL) {
        json_free(pair);
        (void)crux_fail(error, CRUX_INVALID, "a pair has texts `text` and `reference`");
        return false;
    }
    verdict = verdict_on(judging->critic, text, reference);
    if (judging->each)
        (void)puts(verdict_names[verdict]);
    else
        count_verdict(judging, pair, verdict);
    json_free(pair);
    return true;
}

static int judge_file(struct judging *judging, const char *path)
{
    FILE *file = fopen(path, "r");
    struct crux_error error = {""};
    char *line = NULL;
    size_t room = 0, number = 0;
    ssize_t length;
    bool good = file != NULL;

    if (!good)
        perror(path);
    while (good && (length = getline(&line, &room, file)) >= 0) {
        number++;
        good = judge_line(judging, line, (size_t)length, &error);
        if (!good)
            (void)fprintf(stderr, "%s, line %zu: %s\n", path, number, error.text);
    }
    free(line);
    if (file != NULL)
        (void)fclose(file);
    return good ? 0 : 2;
}

static void print_tally(const struct tally *tally)
{
    (void)printf("%6u %12u %8u %8u %8u  %s\n", tally->pairs, tally->as_expected,
                 tally->falsely_right, tally->falsely_wrong, tally->unknown, tally->kind);
}

/* The table; 1 if a verdict is false. */
static int report(const struct judging *judging)
{
    struct tally all = {.kind = "all"};

    (void)printf("%6s %12s %8s %8s %8s  kind\n", "pairs", "as expected", "f.right", "f.wrong",
                 "unknown");
    for (uint32_t i = 0; i < judging->count; i++) {
        const struct tally *tally = &judging->kinds[i];

        print_tally(tally);
        all.pairs += tally->pairs;
        all.as_expected += tally->as_expected;
        all.falsely_right += tally->falsely_right;
        all.falsely_wrong += tally->falsely_wrong;
        all.unknown += tally->unknown;
    }
    print_tally(&all);
    return all.falsely_right + all.falsely_wrong > 0;
}

int main(int argc, char **argv)
{
    struct judging judging = {.count = 0};
    struct crux_error error = {""};
    int status;

    for (; argc > 1 && argv[1][0] == '-'; argc--, argv++) {
        judging.shown |= strcmp(argv[1], "-v") == 0;
        judging.each |= strcmp(argv[1], "-s") == 0;
    }
    if (argc < 2) {
        (void)fputs("usage: match_pairs [-v] [-s] FILE.jsonl [CRITIC]\n", stderr);
        return 2;
    }
    if (crux_critic_open(&judging.critic, CRUX_ROLE_OUTCOME, argc > 2 ? argv[2] : "match", NULL,
                         &error) != CRUX_OK) {
        (void)fprintf(stderr, "match_pairs: %s\n", error.text);
        return 2;
    }
    status = judge_file(&judging, argv[1]);
    crux_critic_close(judging.critic);
    if (status == 0 && !judging.each)
        status = report(&judging);
    return status;
}
