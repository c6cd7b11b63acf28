/*
 * list.c - `crux list`: the problems of a store, a line each.
 *
 * Problems come a page at a time and are printed when the store is not held any more, so that a
 * reader who stops in the middle (less, a full pipe) holds no writer up, and 100,000 of them take
 * no more memory than a page.
 */
#include "io/cli/commands.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/cli/columns.h"
#include "io/cli/options/values.h"
#include "io/cli/terminal.h"
#include "io/crux_io.h"
#include "io/json.h"
#include "io/store/store.h"

enum {
    LIST_PAGE = 64,
    LIST_PROMPT = 512, /* bytes of a prompt that are kept for a line */
    LIST_WIDTH = 100,
    LIST_LEAST = 50,
    LIST_ID = 18,   /* columns of an id; a longer one takes more */
    LIST_STATE = 9, /* with the blank before it */
    LIST_BEGINS = 6 /* of a text, at the least; less says nothing */
};

struct list_options {
    struct options_list stores;
    int state;     /* 0: any, else one + 1 */
    int64_t width; /* below 0: nothing was said */
    bool right, no_right;
};

struct list {
    FILE *page; /* what is printed when the store is let go */
    const struct list_options *own;
    bool json;
    bool headed;    /* the head is printed: once, and not before a store is open */
    unsigned width; /* 0: lines are as long as they are */
    int64_t last;   /* the highest ordinal that was seen */
    uint64_t count; /* of this page */
};

static const char *const list_states[] = {"any", "waiting", "finished", "failed", NULL};

/* --- for machines ------------------------------------------------------------------- */

static struct json *list_answers(const struct store_listed *listed)
{
    struct json *object = json_new_object();

    json_put_count(object, "right", listed->answers[CRUX_RIGHT]);
    json_put_count(object, "wrong", listed->answers[CRUX_WRONG]);
    json_put_count(object, "unknown", listed->answers[CRUX_UNKNOWN]);
    return object;
}

static struct json *list_object(const struct store_listed *listed)
{
    const struct store_item *item = listed->item;
    struct json *object = json_new_object();

    json_put(object, "id", json_of_string(item->row.id));
    json_put(object, "state", json_of_string(list_states[item->state + 1]));
    json_put(object, "reason",
             json_of_string(item->reason >= 0 && item->reason < CRUX_REASONS
                                ? crux_reason_name((enum crux_reason)item->reason)
                                : NULL));
    json_put(object, "answers", list_answers(listed));
    json_put_count(object, "rights", item->rights);
    json_put_count(object, "pairs", item->pairs);
    json_put_count(object, "simulations", item->simulations);
    json_put_count(object, "calls", item->calls);
    json_put_count(object, "prompt_tokens", item->prompt_tokens);
    json_put_count(object, "completion_tokens", item->completion_tokens);
    json_put(object, "price", json_of_integer(item->price));
    json_put(object, "seconds", json_of_real((double)item->search_ns / 1e9));
    json_put(object, "error", json_of_words(item->state == CRUX_BROKEN ? item->failure : ""));
    json_put(object, "prompt",
             json_of_string(listed->problem->prompt != NULL ? listed->problem->prompt : ""));
    return object;
}

static int list_put_json(const struct list *list, const struct store_listed *listed,
                         struct crux_error *error)
{
    struct json *object = list_object(listed);
    char *text = json_text(object, false);

    json_free(object);
    if (text == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a line of the list");
    terminal_put_json(list->page, text);
    free(text);
    return CRUX_OK;
}

/* --- for people --------------------------------------------------------------------- */

/* Bytes of a text that a line may have, of whole characters: half a one would look like damage. */
static size_t list_whole(const char *text)
{
    size_t length = strnlen(text, LIST_PROMPT);

    if (length == LIST_PROMPT)
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
            length--;
    return length;
}

/* A text on one line, cut where it would be longer than room; padded with blanks up to least.
 * Breaks of lines, and blanks in a row, are one blank. */
static void list_put_text(FILE *out, const char *text, unsigned room, unsigned least)
{
    size_t left = list_whole(text);
    unsigned used = 0;
    bool blank = true;

    while (left > 0) {
        char safe[TERMINAL_SAFE] = " ";
        bool is_blank = strchr(" \t\r\n\v", *text) != NULL;
        unsigned columns = is_blank;
        size_t taken = 1;

        if (!is_blank)
            taken = terminal_safe(safe, text, left, &columns);
        if (room > 0 && used + columns > room)
            break;
        if (!is_blank || !blank) {
            (void)fputs(safe, out);
            used += columns;
        }
        blank = is_blank;
        text += taken;
        left -= taken;
    }
    if (used < least)
        (void)fprintf(out, "%*s", (int)(least - used), "");
}

/* Numbers behind the state, and the width from which on there is room for each. */
static const struct list_column {
    const char *name;
    int wide;
    unsigned from;
} list_columns[] = {{"right", 6, 0},  {"wrong", 6, 0},   {"?", 5, 0},     {"pairs", 6, 0},
                    {"calls", 7, 57}, {"tokens", 7, 64}, {"price", 9, 73}};

enum { LIST_COLUMNS = sizeof list_columns / sizeof *list_columns };

static bool list_shows(const struct list *list, const struct list_column *column)
{
    return list->width == 0 || list->width >= column->from;
}

/* Where the problem begins, behind an id of so many columns. */
static unsigned list_before(const struct list *list, size_t id)
{
    size_t columns = (id > LIST_ID ? id : LIST_ID) + LIST_STATE;

    for (int i = 0; i < LIST_COLUMNS; i++)
        if (list_shows(list, &list_columns[i]))
            columns += (size_t)list_columns[i].wide;
    return (unsigned)columns + 2;
}

static void list_put_numbers(const struct list *list, const struct store_listed *listed)
{
    const struct store_item *item = listed->item;
    const uint64_t *answers = listed->answers;
    char texts[LIST_COLUMNS][32];

    (void)snprintf(texts[0], 32, "%" PRIu64, answers[CRUX_RIGHT]);
    (void)snprintf(texts[1], 32, "%" PRIu64, answers[CRUX_WRONG]);
    (void)snprintf(texts[2], 32, "%" PRIu64, answers[CRUX_UNKNOWN]);
    (void)snprintf(texts[3], 32, "%" PRIu64, item->pairs);
    (void)snprintf(texts[4], 32, "%" PRIu64, item->calls);
    terminal_short((double)(item->prompt_tokens + item->completion_tokens), texts[5], 32);
    (void)snprintf(texts[6], 32, "%.3g", (double)item->price / 1e9);
    for (int i = 0; i < LIST_COLUMNS; i++)
        if (list_shows(list, &list_columns[i]))
            (void)fprintf(list->page, "%*s", list_columns[i].wide, texts[i]);
}

/* Why it failed, or how it begins. */
static const char *list_says(const struct store_listed *listed)
{
    if (listed->item->state == CRUX_BROKEN)
        return listed->item->failure;
    return listed->problem->prompt != NULL ? listed->problem->prompt : "";
}

static void list_put_line(const struct list *list, const struct store_listed *listed)
{
    const struct store_item *item = listed->item;
    unsigned before = list_before(list, columns_of(item->row.id));

    list_put_text(list->page, item->row.id, 0, LIST_ID);
    (void)fprintf(list->page, " %-*s", LIST_STATE - 1, list_states[item->state + 1]);
    list_put_numbers(list, listed);
    if (list->width == 0 || before + LIST_BEGINS <= list->width) {
        (void)fputs("  ", list->page);
        list_put_text(list->page, list_says(listed), list->width > 0 ? list->width - before : 0, 0);
    }
    (void)fputc('\n', list->page);
}

static void list_put_head(const struct list *list)
{
    (void)printf("%-*s %-*s", LIST_ID, "problem", LIST_STATE - 1, "state");
    for (int i = 0; i < LIST_COLUMNS; i++)
        if (list_shows(list, &list_columns[i]))
            (void)printf("%*s", list_columns[i].wide, list_columns[i].name);
    if (list->width == 0 || list_before(list, 0) + LIST_BEGINS <= list->width)
        (void)fputs("  begins", stdout);
    (void)putchar('\n');
}

/* --- the walk ----------------------------------------------------------------------- */

static int list_take(void *context, const struct store_listed *listed, struct crux_error *error)
{
    struct list *list = context;

    list->last = (int64_t)listed->item->row.ordinal;
    list->count++;
    if (list->json)
        return list_put_json(list, listed, error);
    list_put_line(list, listed);
    return CRUX_OK;
}

static int list_page(struct list *list, struct crux_store *store, struct crux_error *error)
{
    const struct list_options *own = list->own;
    const struct store_wanted wanted = {
        .after = list->last,
        .state = own->state - 1,
        .right = own->right      ? 1
                 : own->no_right ? 0
                                 : -1,
        .most = LIST_PAGE,
    };
    char *text = NULL;
    size_t size = 0;
    int status;

    list->count = 0;
    list->page = open_memstream(&text, &size);
    if (list->page == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for a page of the list");
    status = store_list(store, &wanted, list_take, list, error);
    if (fclose(list->page) != 0 && status == CRUX_OK)
        status = crux_fail(error, CRUX_MEMORY, "no memory for a page of the list");
    if (text != NULL)
        (void)fwrite(text, 1, size, stdout);
    free(text);
    return status;
}

static int list_store(struct list *list, const char *path, struct crux_error *error)
{
    struct crux_store *store = NULL;
    int status = crux_store_open(&store, path, false, error);

    if (status == CRUX_OK && !list->headed) {
        list_put_head(list);
        list->headed = true;
    }
    list->last = -1;
    list->count = LIST_PAGE;
    while (status == CRUX_OK && list->count == LIST_PAGE && !ferror(stdout))
        status = list_page(list, store, error);
    crux_store_close(store);
    return status;
}

static unsigned list_width(const struct list_options *own)
{
    unsigned width =
        own->width >= 0 ? (unsigned)own->width : columns_here(STDOUT_FILENO, LIST_WIDTH);

    return width > 0 && width < LIST_LEAST ? LIST_LEAST : width;
}

static int list_run(struct options *options, struct crux_error *error)
{
    const struct list_options *own = options->own;
    struct list list = {
        .own = own, .json = options->json, .headed = options->json, .width = list_width(own)};
    int status = CRUX_OK;

    if (own->right && own->no_right)
        return crux_fail(error, CRUX_INVALID, "--right and --no-right exclude each other");
    for (size_t i = 0; i < own->stores.count && status == CRUX_OK; i++)
        status = list_store(&list, own->stores.items[i], error);
    return status;
}

static const struct options_row list_rows[] = {
    {"store", "RUN.db", &values_list, OPTIONS_COMMAND, offsetof(struct list_options, stores), 0, 0,
     NULL, true,
     "The store whose problems are listed. May be repeated, for the shards of one run: they come "
     "one after the other."},
    {"state", "STATE", &values_choice, OPTIONS_COMMAND, offsetof(struct list_options, state), 0, 0,
     list_states, true, "Only problems in this state."},
    {"right", "", &values_flag, OPTIONS_COMMAND, offsetof(struct list_options, right), 0, 0, NULL,
     true, "Only problems with a right path."},
    {"no-right", "", &values_flag, OPTIONS_COMMAND, offsetof(struct list_options, no_right), 0, 0,
     NULL, true, "Only problems that are finished and have no right path."},
    {"width", "N", &values_whole, OPTIONS_COMMAND, offsetof(struct list_options, width), -1, 10000,
     NULL, true,
     "Lines of N columns, 50 at least: what a line shows of the problem is cut, and where there is "
     "no room price, tokens and calls are left out, in this order; ids are never cut. 0: show all "
     "numbers and up to 512 bytes of the problem. -1: as wide as the terminal, and 100 where there "
     "is none."},
    {.name = NULL}};

static const struct options_group list_group = {&table_topic_output, OPTIONS_OWN, list_rows};

static void list_defaults(struct options *options)
{
    struct list_options *own = options->own;

    own->width = -1;
}

static const struct options_group *const list_groups[] = {&list_group, &table_json, &table_config,
                                                          &table_help, NULL};

const struct command list_command = {
    .name = "list",
    .options = {OPTIONS_LIST, list_groups, sizeof(struct list_options), list_defaults},
    .operands = "--store RUN.db",
    .needs = {"store"},
    .summary = "name the problems of a run, a line each",
    .description =
        "Prints a line for each problem of the store, in the order of the input: id, state "
        "(waiting, finished, failed), complete answers by verdict, pairs, policy calls, tokens, "
        "price, and how it begins; of one that failed, why. Numbers of a problem that waits are 0: "
        "they come with its tree. It reads while a run goes on and disturbs no writer; a problem "
        "that ends meanwhile is shown as it was found.\n"
        "With --json each problem is an object on a line of its own: id, state, reason (why its "
        "search ended, or null), answers (right, wrong, unknown), rights (right paths that were "
        "kept), pairs, simulations, calls, prompt_tokens, completion_tokens, price (in billionths "
        "of the currency), seconds, error, prompt.",
    .examples = "crux list --store run.db --no-right\n"
                "crux list --store run.db --state failed\n"
                "crux list --store a.db --store b.db --json > problems.jsonl",
    .exits = {EXIT_INPUT, EXIT_STORE},
    .run = list_run,
};
