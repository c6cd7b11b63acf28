/*
 * expression.c - a text becomes what FTS5 is asked for: its rarest words, each in quotes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/corpus/inside.h"

enum {
    EXPRESSION_SEEN = 512,   /* different terms that are looked up */
    EXPRESSION_WORD = 64,    /* bytes of a word; longer ones are no words */
    EXPRESSION_LARGE = 1000, /* a term of fewer documents is never common */
    EXPRESSION_COMMON = 10   /* else one in more than a tenth of all */
};

struct word {
    char word[EXPRESSION_WORD], term[EXPRESSION_WORD];
    int64_t documents;
    uint32_t order; /* in the text */
};

struct expression {
    struct word *words;
    uint32_t count;
};

static bool word_is_seen(const struct expression *expression, struct crux_text term)
{
    for (uint32_t i = 0; i < expression->count; i++)
        if (strlen(expression->words[i].term) == term.length &&
            memcmp(expression->words[i].term, term.start, term.length) == 0)
            return true;
    return false;
}

static bool expression_take_word(void *context, struct crux_text word, struct crux_text term)
{
    struct expression *expression = context;
    struct word *taken = &expression->words[expression->count];

    if (word.length >= EXPRESSION_WORD || term.length >= EXPRESSION_WORD ||
        word_is_seen(expression, term))
        return true;
    memcpy(taken->word, word.start, word.length);
    memcpy(taken->term, term.start, term.length);
    taken->order = expression->count++;
    return expression->count < EXPRESSION_SEEN;
}

/* Words that are in no document go. */
static int expression_look_up(struct corpus *corpus, struct expression *expression,
                              struct crux_error *error)
{
    struct sqlite_query query =
        sqlite_query(corpus->db, "SELECT documents FROM terms WHERE term = ?", "");
    uint32_t kept = 0;
    int status = CRUX_OK;

    for (uint32_t i = 0; i < expression->count; i++) {
        struct word *word = &expression->words[i];

        sqlite_again(&query, "t", word->term);
        status = sqlite_next(&query, error);
        if (status == CRUX_END)
            continue;
        if (status != CRUX_OK)
            break;
        word->documents = sqlite_integer(&query, 0);
        if (kept < i)
            expression->words[kept] = *word;
        kept++;
    }
    sqlite_end(&query);
    expression->count = kept;
    return status == CRUX_END ? CRUX_OK : status;
}

static int rarest_first(const void *a, const void *b)
{
    const struct word *x = a, *y = b;

    if (x->documents != y->documents)
        return x->documents < y->documents ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

/* How many of the words, rarest first, are asked for; at least one. */
static uint32_t count_words(const struct corpus *corpus, const struct expression *expression)
{
    int64_t all = (int64_t)corpus->about.documents, sum = 0;
    uint32_t count = 0;

    while (count < expression->count && count < CORPUS_TERMS) {
        int64_t documents = expression->words[count].documents;

        sum += documents;
        if (count > 0 && (sum > CORPUS_POSTINGS ||
                          (documents > EXPRESSION_LARGE && documents > all / EXPRESSION_COMMON)))
            break;
        count++;
    }
    return count;
}

/* No word has a quote in it. */
static char *write_expression(const struct expression *expression, uint32_t count)
{
    char *text = malloc((size_t)count * (EXPRESSION_WORD + sizeof " OR \"\"") + 1);
    char *end = text;

    if (text == NULL)
        return NULL;
    *end = '\0';
    for (uint32_t i = 0; i < count; i++)
        end += sprintf(end, "%s\"%s\"", i > 0 ? " OR " : "", expression->words[i].word);
    return text;
}

int corpus_expression(char **out, struct corpus *corpus, struct crux_text text,
                      struct crux_error *error)
{
    struct expression expression = {calloc(EXPRESSION_SEEN, sizeof *expression.words), 0};
    char *written = NULL;
    int status = CRUX_MEMORY;

    if (expression.words != NULL)
        status = index_words_cut(corpus->words, text, expression_take_word, &expression, error);
    if (status == CRUX_OK)
        status = expression_look_up(corpus, &expression, error);
    if (status == CRUX_OK) {
        qsort(expression.words, expression.count, sizeof *expression.words, rarest_first);
        written = write_expression(&expression, count_words(corpus, &expression));
        status = written != NULL ? CRUX_OK : CRUX_MEMORY;
    }
    free(expression.words);
    *out = written;
    if (status == CRUX_MEMORY)
        (void)crux_fail(error, status, "no memory for a query");
    return status;
}
