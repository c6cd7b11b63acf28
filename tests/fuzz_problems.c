/*
 * fuzz_problems.c - any bytes are a file of problems, or a sentence says why not.
 *
 * Every problem that was read must be what its own line says, so that a store that
 * keeps the line gives the same problem back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io/crux_io.h"
#include "io/problem_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void complain(void *context, const char *sentence)
{
    if (sentence[0] == '\0')
        abort();
    ++*(size_t *)context;
}

static void read_again(const struct crux_problem *problem, const char *line)
{
    struct problem_line parsed;

    if (problem_line_open(&parsed, line, strlen(line), NULL) != CRUX_OK ||
        strcmp(parsed.problem.id, problem->id) != 0 ||
        strcmp(parsed.problem.prompt, problem->prompt) != 0 ||
        strcmp(parsed.problem.line, problem->line) != 0)
        abort();
    problem_line_close(&parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct crux_problems problems;
    struct crux_error error = {""};
    size_t complaints = 0;
    char path[64];
    int file = memfd_create("problems", MFD_CLOEXEC);

    if (file < 0 || write(file, data, size) != (ssize_t)size)
        abort();
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (crux_problems_read(&problems, path, false, complain, &complaints, &error) == CRUX_OK) {
        if (problems.count == 0 || problems.skipped != complaints)
            abort();
        for (size_t i = 0; i < problems.count; i++)
            read_again(&problems.items[i], problems.items[i].line);
        crux_problems_free(&problems);
    } else if (error.text[0] == '\0') {
        abort();
    }
    (void)close(file);
    return 0;
}
