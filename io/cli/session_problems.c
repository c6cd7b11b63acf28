/*
 * session_problems.c - the problems of a command that searches: read, and handed out one by one.
 */
#include "io/cli/session.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/cli/terminal.h"
#include "io/cli/usual.h"

static int source_next(struct crux_source *self, const struct crux_problem **out,
                       struct crux_error *error)
{
    struct session_source *source = (struct session_source *)self;

    (void)error;
    while (source->left > 0 && source->next < source->problems->count) {
        const struct crux_problem *problem = &source->problems->items[source->next++];

        if (source->wanted(source->context, problem)) {
            source->left--;
            *out = problem;
            return CRUX_OK;
        }
    }
    *out = requeue_next(source->requeue);
    return *out != NULL ? CRUX_OK : CRUX_END;
}

struct session_source
session_source_of(const struct crux_problems *problems,
                  bool (*wanted)(void *context, const struct crux_problem *problem), void *context)
{
    return (struct session_source){
        .port = {source_next},
        .problems = problems,
        .wanted = wanted,
        .context = context,
        .left = SIZE_MAX,
    };
}

size_t session_count(const struct session_source *source)
{
    size_t count = 0;

    for (size_t i = 0; i < source->problems->count; i++)
        count += source->wanted(source->context, &source->problems->items[i]);
    return count;
}

bool session_in_shard(const struct options *options, const char *id)
{
    const struct options_shard *shard = &options->shard;

    return shard->count == 0 || crux_in_shard(id, shard->index, shard->count);
}

static void report_line(void *context, const char *sentence)
{
    (void)context;
    (void)fputs("crux: skipped: ", stderr);
    terminal_put(stderr, sentence, strlen(sentence));
    (void)fputc('\n', stderr);
}

/* Is there a run that may have had fewer lines? */
static bool may_be_longer(const struct options *options)
{
    return options->command == OPTIONS_GENERATE && options->store != NULL &&
           access(options->store, F_OK) == 0;
}

int session_problems(struct crux_problems *out, struct options *options, struct crux_error *error)
{
    const struct crux_reading how = {.strict = options->strict,
                                     .ends = may_be_longer(options),
                                     .fields = options->fields,
                                     .complain = report_line};
    int status = crux_problems_read_as(out, options->operands[0], &how, error);

    if (status != CRUX_OK)
        return status;
    if (out->skipped > 0)
        (void)fprintf(stderr, "crux: %zu bad lines skipped, %zu problems read\n", out->skipped,
                      out->count);
    if (out->numbered > 0)
        (void)fprintf(stderr, "crux: %zu problems have no id: the number of their line is it\n",
                      out->numbered);
    options->images = false;
    for (size_t i = 0; i < out->count; i++)
        options->images |= out->items[i].image_count > 0;
    status = usual_critics(options, out, error);
    if (status != CRUX_OK)
        crux_problems_free(out);
    return status;
}
