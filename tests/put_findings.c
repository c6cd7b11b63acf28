/*
 * put_findings.c STORE - a program: puts what it reads beside the trees of a store, as a pass of
 * somebody else's could. A line is PROBLEM ABOUT PATH MAKER KIND JSON, the first three numbers;
 * they are parted by tabs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/crux_io.h"

static int put_findings_line(struct crux_store *store, char *line, struct crux_error *error)
{
    struct crux_finding finding = {.json = NULL};
    char *words[6], *at = line;

    line[strcspn(line, "\n")] = '\0';
    for (size_t i = 0; i < 6; i++) {
        words[i] = i < 5 ? strsep(&at, "\t") : at;
        if (words[i] == NULL)
            return crux_fail(error, CRUX_INVALID, "a line has %zu fields, not 6", i);
    }
    finding.problem = strtoull(words[0], NULL, 10);
    finding.about = (enum crux_about)strtoul(words[1], NULL, 10);
    finding.path = (uint32_t)strtoul(words[2], NULL, 10);
    finding.maker = words[3];
    finding.kind = words[4];
    finding.json = words[5];
    return crux_store_put_findings(store, &finding, 1, error);
}

int main(int argc, char **argv)
{
    struct crux_store *store = NULL;
    struct crux_error error = {""};
    char *line = NULL;
    size_t size = 0;
    int status = argc == 2 ? crux_store_open(&store, argv[1], true, &error) : CRUX_INVALID;

    while (status == CRUX_OK && getline(&line, &size, stdin) > 0)
        status = put_findings_line(store, line, &error);
    free(line);
    crux_store_close(store);
    if (status != CRUX_OK)
        (void)fprintf(stderr, "put_findings: %s\n", error.text);
    return status != CRUX_OK;
}
