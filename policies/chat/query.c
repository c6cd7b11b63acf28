/*
 * query.c - the query in each of some replies.
 */
#include "policies/chat/query.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/steps.h"

static struct crux_text query_bare(const char *start, const char *end)
{
    return steps_bare((struct crux_text){start, (size_t)(end - start)});
}

/* Without a label, which may stand in marks of emphasis. */
static struct crux_text query_without_label(struct crux_text line)
{
    static const char *const labels[] = {"query:", "**query:**", "**query**:", "search query:"};

    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        size_t length = strlen(labels[i]);

        if (line.length > length && strncasecmp(line.start, labels[i], length) == 0)
            return query_bare(line.start + length, line.start + line.length);
    }
    return line;
}

static struct crux_text query_without_quotes(struct crux_text line)
{
    static const char quotes[] = "\"'`";
    const char *quote = line.length > 1 ? strchr(quotes, line.start[0]) : NULL;

    if (quote == NULL || *quote == '\0' || line.start[line.length - 1] != *quote)
        return line;
    return query_bare(line.start + 1, line.start + line.length - 1);
}

/* The first line that says something; none if that was cut off. */
static struct crux_text query_line(const char *text, enum chat_end end)
{
    const char *start = text + strspn(text, " \t\r\n\v\f"), *stop = start + strcspn(start, "\n\v");
    bool cut = *stop == '\0' && (end == CHAT_END_LENGTH || end == CHAT_END_BROKEN);

    if (cut)
        return (struct crux_text){start, 0};
    return query_without_quotes(query_without_label(query_bare(start, stop)));
}

static struct crux_proposal *query_same(const struct chat_proposals *made, struct crux_text query)
{
    for (uint32_t i = 0; i < made->count; i++)
        if (strncmp(made->items[i].text, query.start, query.length) == 0 &&
            made->items[i].text[query.length] == '\0')
            return &made->items[i];
    return NULL;
}

/* The text is copied to *at, which goes on behind it. */
static void query_put(struct chat_proposals *made, struct crux_text query,
                      const struct chat_sample *sample, char **at)
{
    struct crux_proposal *same = query_same(made, query);

    if (query.length == 0)
        return;
    if (same != NULL) {
        same->prior += sample->has_logprob ? 0.0F : 1.0F;
        return;
    }
    made->items[made->count++] = (struct crux_proposal){
        .text = *at,
        .prior = sample->has_logprob ? (float)exp(sample->logprob) : 1.0F,
        .logprob = (float)sample->logprob,
        .tokens = sample->tokens,
        .origin = sample->mark,
    };
    memcpy(*at, query.start, query.length);
    (*at)[query.length] = '\0';
    *at += query.length + 1;
}

/* Texts are freed by the caller, also where it failed. */
static int query_texts(char **texts, enum chat_end *ends, const struct chat_context *context,
                       const struct chat_sample *samples, uint32_t count, struct crux_error *error)
{
    int status = CRUX_OK;

    for (uint32_t i = 0; i < count && status == CRUX_OK; i++)
        status = chat_steps_text(&texts[i], &ends[i], context, &samples[i], error);
    return status;
}

static int query_proposals(struct chat_proposals *out, char **texts, const enum chat_end *ends,
                           const struct chat_sample *samples, uint32_t count)
{
    struct chat_proposals made = {.count = 0};
    size_t room = 0;
    char *at;

    for (uint32_t i = 0; i < count; i++)
        room += strlen(texts[i]) + 1;
    made.block = calloc(1, count * sizeof *made.items + room + 1);
    if (made.block == NULL)
        return CRUX_MEMORY;
    made.items = made.block;
    at = (char *)(made.items + count);
    for (uint32_t i = 0; i < count; i++)
        query_put(&made, query_line(texts[i], ends[i]), &samples[i], &at);
    *out = made;
    return CRUX_OK;
}

int chat_query_of(struct chat_proposals *out, const struct chat_context *context,
                  const struct chat_sample *samples, uint32_t count, struct crux_error *error)
{
    char **texts = calloc((size_t)count + 1, sizeof *texts);
    enum chat_end *ends = calloc((size_t)count + 1, sizeof *ends);
    int status = CRUX_MEMORY;

    if (texts != NULL && ends != NULL)
        status = query_texts(texts, ends, context, samples, count, error);
    if (status == CRUX_OK)
        status = query_proposals(out, texts, ends, samples, count);
    for (uint32_t i = 0; i < count && texts != NULL; i++)
        free(texts[i]);
    free(texts);
    free(ends);
    return status == CRUX_OK ? CRUX_OK : crux_fail(error, CRUX_MEMORY, "no memory for queries");
}
