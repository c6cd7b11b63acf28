/*
 * items.c - reads the list of strategies and the lists of budgets.
 */
#include "io/cli/compare/items.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/options/record.h"
#include "io/utf8.h"

struct items_reader {
    const struct options_command *command;
    struct options_place strategy; /* its row has the names that there are */
};

static int items_no_memory(struct crux_error *error)
{
    return crux_fail(error, CRUX_MEMORY, "no memory for the list of strategies");
}

/* --- where one thing ends and the next begins --------------------------------------- */

static bool items_is_strategy(const struct items_reader *reader, const char *name, size_t length)
{
    const char *const *word = reader->strategy.row->words;

    while (*word != NULL && (strlen(*word) != length || strncmp(*word, name, length) != 0))
        word++;
    return *word != NULL;
}

/* Does the name of an option begin here? */
static bool items_find_option(const struct items_reader *reader, const char *text,
                              struct options_place *place)
{
    size_t length = strcspn(text, "=+,:");

    return table_find(reader->command, text, length, false, place) &&
           (text[length] == '=') == (place->row->metavar[0] != '\0');
}

/* The length of the item at the beginning of text. */
static size_t items_length(const struct items_reader *reader, const char *text)
{
    struct options_place place;
    bool sets = false;
    size_t i = 0;

    for (; text[i] != '\0'; i++) {
        if (text[i] == '+')
            sets |= items_find_option(reader, text + i + 1, &place);
        if (text[i] == ',' &&
            (!sets || items_is_strategy(reader, text + i + 1, strcspn(text + i + 1, ",:+"))))
            break;
    }
    return i;
}

/* The length of the option at the beginning of text, up to the next one. */
static size_t items_option_length(const struct items_reader *reader, const char *text)
{
    struct options_place place;
    size_t i = 0;

    while (text[i] != '\0' && (text[i] != '+' || !items_find_option(reader, text + i + 1, &place)))
        i++;
    return i;
}

/* --- one item ------------------------------------------------------------------------- */

/* What the paper calls greedy is one answer, the first. */
static bool items_find_rule(const char *name, enum crux_pick_rule *out)
{
    for (int rule = 0; rule < CRUX_PICK_RULES; rule++)
        if (strcmp(name, crux_pick_rule_name((enum crux_pick_rule)rule)) == 0) {
            *out = (enum crux_pick_rule)rule;
            return true;
        }
    *out = CRUX_PICK_FIRST;
    return strcmp(name, "greedy") == 0;
}

/* Cut off what stands behind the last colon, if that is a pick. */
static int items_take_pick(struct compare_item *item, char *text, struct crux_error *error)
{
    char *colon = strrchr(text, ':');

    item->rule = COMPARE_USUAL;
    if (colon != NULL && items_find_rule(colon + 1, &item->rule)) {
        *colon = '\0';
        return CRUX_OK;
    }
    item->rule = COMPARE_USUAL;
    if (colon == NULL || memchr(text, '+', (size_t)(colon - text)) != NULL)
        return CRUX_OK;
    return crux_fail(error, CRUX_INVALID,
                     "--strategies %.100s: an answer is picked by first (or greedy), best, "
                     "majority, weighted or bom, not by '%.60s'",
                     text, colon + 1);
}

static int items_add_word(struct compare_item *item, const char *name, const char *text,
                          size_t length, struct crux_error *error)
{
    char **word = &item->words[item->word_count];

    if (item->word_count == COMPARE_WORDS)
        return crux_fail(error, CRUX_INVALID, "--strategies %.100s: at most %d options may differ",
                         item->search, COMPARE_WORDS - 1);
    if (asprintf(word, "--%s%.*s", name, (int)length, text) < 0) {
        *word = NULL;
        return items_no_memory(error);
    }
    item->word_count++;
    return CRUX_OK;
}

static int items_take_option(const struct items_reader *reader, struct compare_item *item,
                             const char *text, size_t length, struct crux_error *error)
{
    struct options_place place;
    const char *name;

    if (!items_find_option(reader, text, &place))
        return crux_fail(error, CRUX_INVALID,
                         "--strategies %.100s: '%.60s' is no OPTION=VALUE of crux solve",
                         item->search, text);
    name = place.row->name;
    if ((place.row->class != OPTIONS_MEANING && place.row->class != OPTIONS_LATER) ||
        strcmp(name, "strategy") == 0 || strcmp(name, "calls") == 0 || strcmp(name, "tokens") == 0)
        return crux_fail(error, CRUX_INVALID,
                         "--strategies %.100s: --%s is the same for all that are compared",
                         item->search, name);
    return items_add_word(item, "", text, length, error);
}

static int items_take_strategy(const struct items_reader *reader, struct compare_item *item,
                               size_t length, struct crux_error *error)
{
    char expected[256];

    if (items_is_strategy(reader, item->search, length))
        return items_add_word(item, "strategy=", item->search, length, error);
    record_expected(reader->strategy.row, expected, sizeof expected);
    return crux_fail(error, CRUX_INVALID, "--strategies: a strategy is %s, not '%.*s'", expected,
                     (int)(length < 60 ? length : 60), item->search);
}

/* text: the item, in which its pick is cut off. */
static int items_fill(const struct items_reader *reader, struct compare_item *item, char *text,
                      struct crux_error *error)
{
    int status = items_take_pick(item, text, error);
    size_t length = strcspn(text, "+");
    const char *at = text + length;

    if (status != CRUX_OK)
        return status;
    item->search = strdup(text);
    if (item->search == NULL)
        return items_no_memory(error);
    status = items_take_strategy(reader, item, length, error);
    while (status == CRUX_OK && *at == '+') {
        length = items_option_length(reader, ++at);
        status = items_take_option(reader, item, at, length, error);
        at += length;
    }
    return status;
}

/* --- the list -------------------------------------------------------------------------- */

/* Is it there already? And which one is the first of its search? */
static int items_relate(const struct compare_items *items, struct compare_item *item,
                        struct crux_error *error)
{
    item->same = items->count;
    for (size_t i = items->count; i-- > 0;) {
        if (strcmp(items->items[i].search, item->search) != 0)
            continue;
        item->same = i;
        if (items->items[i].rule == item->rule)
            return crux_fail(error, CRUX_INVALID, "--strategies: %.100s stands there twice",
                             item->search);
    }
    return CRUX_OK;
}

static int items_read_one(struct compare_items *items, const struct items_reader *reader,
                          const char *start, size_t length, struct crux_error *error)
{
    struct compare_item *item = &items->items[items->count];
    char *text;
    int status;

    if (items->count == COMPARE_ITEMS)
        return crux_fail(error, CRUX_INVALID, "--strategies: at most %d of them", COMPARE_ITEMS);
    text = strndup(start, length);
    if (text == NULL)
        return items_no_memory(error);
    *item = (struct compare_item){.search = NULL};
    status = items_fill(reader, item, text, error);
    if (status == CRUX_OK)
        status = items_relate(items, item, error);
    items->count++; /* for it to be freed */
    free(text);
    return status;
}

static bool items_is_plain(const char *text)
{
    bool plain = utf8_is_text(text, strlen(text));

    for (; plain && *text != '\0'; text++)
        plain = !iscntrl((unsigned char)*text);
    return plain;
}

static int items_read_text(struct compare_items *items, const struct items_reader *reader,
                           const char *text, struct crux_error *error)
{
    int status = CRUX_OK;

    if (!items_is_plain(text))
        return crux_fail(error, CRUX_INVALID,
                         "--strategies must be text in UTF-8, in which no control characters are");
    while (status == CRUX_OK) {
        size_t length = items_length(reader, text);

        status = items_read_one(items, reader, text, length, error);
        if (text[length] == '\0')
            break;
        text += length + 1;
    }
    return status;
}

int compare_items_read(struct compare_items *out, const struct options_list *texts,
                       const struct options_command *command, struct crux_error *error)
{
    struct items_reader reader = {.command = command};
    bool found = table_find(command, "strategy", strlen("strategy"), false, &reader.strategy);
    int status = CRUX_OK;

    assert(found && out->count == 0);
    for (size_t i = 0; found && i < texts->count && status == CRUX_OK; i++)
        status = items_read_text(out, &reader, texts->items[i], error);
    return status;
}

void compare_items_free(struct compare_items *items)
{
    for (size_t i = 0; i < items->count; i++) {
        free(items->items[i].search);
        for (size_t j = 0; j < items->items[i].word_count; j++)
            free(items->items[i].words[j]);
    }
    items->count = 0;
}

/* --- budgets --------------------------------------------------------------------------- */

int compare_budgets_read(struct compare_budgets *out, const char *text, bool tokens,
                         const char *name, struct crux_error *error)
{
    unsigned long long before = 0;
    const char *at = text;

    for (;; at++) {
        char *end = NULL;
        unsigned long long most = isdigit((unsigned char)*at) ? strtoull(at, &end, 10) : 0;

        if (most <= before || most > UINT32_MAX || (*end != ',' && *end != '\0') ||
            out->count == COMPARE_BUDGETS)
            return crux_fail(error, CRUX_INVALID,
                             "--%s must be whole numbers from 1 to %u, each above the one before, "
                             "parted by commas, at most %d, not '%.100s'",
                             name, UINT32_MAX, COMPARE_BUDGETS, text);
        out->items[out->count++] = (struct compare_budget){tokens, (uint32_t)most};
        before = most;
        at = end;
        if (*at == '\0')
            return CRUX_OK;
    }
}
