/*
 * values.c - the types of options' values: reads one from text, says what was expected, writes it.
 *
 * Numbers are read by hand-checked strtoll() and strtod(): digits to the end of the
 * text, nothing around them, within the row's range. Everything is written as JSON, so
 * one way of writing serves the recorded configuration and the defaults in --help.
 */
#include "io/cli/options/values.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/cli/options/shard.h"

/* --- numbers ------------------------------------------------------------------ */

static bool read_whole_text(const char *text, int64_t least, int64_t most, int64_t *out)
{
    char *end;
    long long value;

    if (!isdigit((unsigned char)text[0]) && !(text[0] == '-' && isdigit((unsigned char)text[1])))
        return false;
    errno = 0;
    value = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0' || value < least || value > most)
        return false;
    *out = value;
    return true;
}

/* Decimal notation only: no hexadecimal, no infinity. */
bool values_read_real(const char *text, int64_t least, int64_t most, double *out)
{
    char *end;
    double value;

    if (*text == '\0' || strspn(text, "0123456789.eE+-") != strlen(text))
        return false;
    value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value))
        return false;
    if (value < (double)least || value > (double)most)
        return false;
    *out = value;
    return true;
}

static int count_read(const struct options_row *row, void *field, const char *text)
{
    int64_t value;

    if (!read_whole_text(text, row->least, row->most, &value))
        return CRUX_INVALID;
    *(uint32_t *)field = (uint32_t)value;
    return CRUX_OK;
}

static int whole_read(const struct options_row *row, void *field, const char *text)
{
    return read_whole_text(text, row->least, row->most, field) ? CRUX_OK : CRUX_INVALID;
}

static int real_read(const struct options_row *row, void *field, const char *text)
{
    return values_read_real(text, row->least, row->most, field) ? CRUX_OK : CRUX_INVALID;
}

int64_t values_billionths(double number)
{
    int64_t nearest = llround(number * 1e9);

    return number > 0 && nearest == 0 ? 1 : nearest;
}

static int seconds_read(const struct options_row *row, void *field, const char *text)
{
    double seconds;

    if (!values_read_real(text, row->least, row->most, &seconds))
        return CRUX_INVALID;
    *(int64_t *)field = values_billionths(seconds);
    return CRUX_OK;
}

static void whole_expect(const struct options_row *row, char *out, size_t size)
{
    (void)snprintf(out, size, "a whole number from %lld to %lld", (long long)row->least,
                   (long long)row->most);
}

static void real_expect(const struct options_row *row, char *out, size_t size)
{
    (void)snprintf(out, size, "a number from %lld to %lld", (long long)row->least,
                   (long long)row->most);
}

static struct json *count_write(const struct options_row *row, const void *field)
{
    (void)row;
    return json_of_integer(*(const uint32_t *)field);
}

static struct json *whole_write(const struct options_row *row, const void *field)
{
    (void)row;
    return json_of_integer(*(const int64_t *)field);
}

static struct json *real_write(const struct options_row *row, const void *field)
{
    (void)row;
    return json_of_real(*(const double *)field);
}

static struct json *seconds_write(const struct options_row *row, const void *field)
{
    (void)row;
    return json_of_real((double)*(const int64_t *)field / 1e9);
}

/* --- words --------------------------------------------------------------------- */

/* "a, b or c" */
static void join_words(const char *const *words, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; words[i] != NULL && used < size; i++) {
        const char *before = i == 0 ? "" : words[i + 1] == NULL ? " or " : ", ";
        int written = snprintf(out + used, size - used, "%s%s", before, words[i]);

        used += written > 0 ? (size_t)written : 0;
    }
}

static int choice_read(const struct options_row *row, void *field, const char *text)
{
    for (int i = 0; row->words[i] != NULL; i++)
        if (strcmp(row->words[i], text) == 0) {
            *(int *)field = i; /* an enum of crux.h: an int, counted from 0 */
            return CRUX_OK;
        }
    return CRUX_INVALID;
}

static void choice_expect(const struct options_row *row, char *out, size_t size)
{
    join_words(row->words, out, size);
}

static struct json *choice_write(const struct options_row *row, const void *field)
{
    return json_of_string(row->words[*(const int *)field]);
}

static int flag_read(const struct options_row *row, void *field, const char *text)
{
    (void)row;
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        return CRUX_INVALID;
    *(bool *)field = text[0] == 't';
    return CRUX_OK;
}

static void flag_expect(const struct options_row *row, char *out, size_t size)
{
    (void)row;
    (void)snprintf(out, size, "true or false");
}

static struct json *flag_write(const struct options_row *row, const void *field)
{
    (void)row;
    return json_of_bool(*(const bool *)field);
}

/* --- texts ----------------------------------------------------------------------- */

static int replace_text(char **place, const char *text)
{
    char *copy;

    if (*text == '\0')
        return CRUX_INVALID;
    copy = strdup(text);
    if (copy == NULL)
        return CRUX_MEMORY;
    free(*place);
    *place = copy;
    return CRUX_OK;
}

static int text_read(const struct options_row *row, void *field, const char *text)
{
    (void)row;
    return replace_text(field, text);
}

static void text_expect(const struct options_row *row, char *out, size_t size)
{
    (void)snprintf(out, size, "%s, not empty", row->metavar);
}

static struct json *text_write(const struct options_row *row, const void *field)
{
    (void)row;
    return json_of_string(*(char *const *)field);
}

static void text_clear(void *field)
{
    char **text = field;

    free(*text);
    *text = NULL;
}

static int list_read(const struct options_row *row, void *field, const char *text)
{
    struct options_list *list = field;
    int status;

    (void)row;
    if (list->count == OPTIONS_LISTED)
        return CRUX_INVALID;
    list->items[list->count] = NULL;
    status = replace_text(&list->items[list->count], text);
    list->count += status == CRUX_OK;
    return status;
}

static void list_expect(const struct options_row *row, char *out, size_t size)
{
    (void)snprintf(out, size, "%s, not empty, at most %d of them", row->metavar, OPTIONS_LISTED);
}

static struct json *list_write(const struct options_row *row, const void *field)
{
    const struct options_list *list = field;
    struct json *array = json_new_array();

    (void)row;
    for (size_t i = 0; i < list->count; i++)
        json_add(array, json_of_string(list->items[i]));
    return array;
}

static void list_clear(void *field)
{
    struct options_list *list = field;

    for (size_t i = 0; i < list->count; i++)
        text_clear(&list->items[i]);
    list->count = 0;
}

/* --- [WHICH=]NAME[:ARG] ----------------------------------------------------------- */

/* Ports by what they are for: policies by kind, critics by role. */
struct family {
    unsigned count, listed; /* the first so many stand in sentences, and ... */
    const char *rest;       /* ... this for all others; NULL: there are none */
    const char *(*name)(unsigned which);
};

static const char *kind_name(unsigned which)
{
    return crux_kind_name((enum crux_kind)which);
}

static const struct family kinds = {CRUX_KINDS, CRUX_KINDS, NULL, kind_name};
static const struct family critics = {OPTIONS_CRITICS, CRUX_ROLES, "execution:KIND",
                                      options_critic_name};

/* The first of a family answers for a description that does not say. An '=' behind
 * the ':' of a NAME belongs to ARG. */
static int family_read(const struct family *family, char **field, const char *text)
{
    for (unsigned which = 0; which < family->count; which++) {
        size_t length = strlen(family->name(which));

        if (strncmp(text, family->name(which), length) == 0 && text[length] == '=')
            return replace_text(&field[which], text + length + 1);
    }
    if (text[strcspn(text, "=:")] == '=')
        return CRUX_INVALID;
    return replace_text(&field[0], text);
}

static void family_expect(const struct family *family, const struct options_row *row, char *out,
                          size_t size)
{
    const char *names[OPTIONS_CRITICS + 1] = {NULL};
    char joined[160];

    for (unsigned i = 0; i < family->listed; i++)
        names[i] = family->name(i);
    names[family->listed] = family->rest;
    join_words(names, joined, sizeof joined);
    (void)snprintf(out, size, "%s, where %.*s is %s", row->metavar,
                   (int)strcspn(row->metavar + 1, "="), row->metavar + 1, joined);
}

/* Each with what it is for: `outcome=numbers`, so that both ways to say it record the same. */
static struct json *family_write(const struct family *family, char *const *field)
{
    struct json *array = json_new_array();

    for (unsigned which = 0; which < family->count; which++) {
        char *text = NULL;

        if (field[which] == NULL)
            continue;
        if (asprintf(&text, "%s=%s", family->name(which), field[which]) < 0)
            text = NULL;
        json_add(array, text != NULL ? json_of_string(text) : NULL);
        free(text);
    }
    return array;
}

static void family_clear(const struct family *family, char **field)
{
    for (unsigned which = 0; which < family->count; which++)
        text_clear(&field[which]);
}

static int policies_read(const struct options_row *row, void *field, const char *text)
{
    (void)row;
    return family_read(&kinds, field, text);
}

static void policies_expect(const struct options_row *row, char *out, size_t size)
{
    family_expect(&kinds, row, out, size);
}

static struct json *policies_write(const struct options_row *row, const void *field)
{
    (void)row;
    return family_write(&kinds, field);
}

static void policies_clear(void *field)
{
    family_clear(&kinds, field);
}

static int critics_read(const struct options_row *row, void *field, const char *text)
{
    (void)row;
    return family_read(&critics, field, text);
}

static void critics_expect(const struct options_row *row, char *out, size_t size)
{
    family_expect(&critics, row, out, size);
}

static struct json *critics_write(const struct options_row *row, const void *field)
{
    (void)row;
    return family_write(&critics, field);
}

static void critics_clear(void *field)
{
    family_clear(&critics, field);
}

/* --- shapes of their own ------------------------------------------------------------ */

static int shard_read(const struct options_row *row, void *field, const char *text)
{
    struct options_shard *shard = field;
    const char *slash = strchr(text, '/');
    char index[12];
    int64_t part, count;

    if (shard_is_automatic(text, row->most, shard))
        return CRUX_OK;
    if (slash == NULL || (size_t)(slash - text) >= sizeof index)
        return CRUX_INVALID;
    (void)snprintf(index, sizeof index, "%.*s", (int)(slash - text), text);
    if (!read_whole_text(slash + 1, row->least, row->most, &count) ||
        !read_whole_text(index, row->least, count, &part))
        return CRUX_INVALID;
    *shard = (struct options_shard){.index = (uint32_t)part, .count = (uint32_t)count};
    return CRUX_OK;
}

static void shard_expect(const struct options_row *row, char *out, size_t size)
{
    (void)snprintf(out, size, "I/N with I from 1 to N and N at most %lld, auto, or auto/N",
                   (long long)row->most);
}

static struct json *shard_write(const struct options_row *row, const void *field)
{
    const struct options_shard *shard = field;
    char text[32];

    (void)row;
    (void)snprintf(text, sizeof text, "%u/%u", shard->index, shard->count);
    return json_of_string(shard->count == 0 ? NULL : text);
}

/* Reads one `right=R` and moves *text to the next one. */
static bool read_quota(const struct options_row *row, const char **text, uint32_t quotas[2])
{
    static const char *const names[2] = {"right=", "wrong="};
    size_t length = strcspn(*text, ",");
    char word[32];
    int64_t value;

    if (length >= sizeof word)
        return false;
    memcpy(word, *text, length);
    word[length] = '\0';
    *text += length + ((*text)[length] == ',');
    for (int i = 0; i < 2; i++)
        if (strncmp(word, names[i], 6) == 0 &&
            read_whole_text(word + 6, row->least, row->most, &value)) {
            quotas[i] = (uint32_t)value;
            return true;
        }
    return false;
}

static int stop_read(const struct options_row *row, void *field, const char *text)
{
    uint32_t quotas[2] = {0, 0};

    do {
        if (!read_quota(row, &text, quotas))
            return CRUX_INVALID;
    } while (*text != '\0');
    memcpy(field, quotas, sizeof quotas);
    return CRUX_OK;
}

static void stop_expect(const struct options_row *row, char *out, size_t size)
{
    (void)snprintf(out, size, "%s, whole numbers up to %lld", row->metavar, (long long)row->most);
}

static struct json *stop_write(const struct options_row *row, const void *field)
{
    const uint32_t *quotas = field;
    char text[64];

    (void)row;
    (void)snprintf(text, sizeof text, "right=%u,wrong=%u", quotas[0], quotas[1]);
    return json_of_string(quotas[0] + quotas[1] == 0 ? NULL : text);
}

/* --- sub-goals ----------------------------------------------------------------------------- */

static const struct {
    const char *word;
    enum crux_kind kind;
} subgoals_words[] = {
    {"reason", CRUX_REASON}, {"query", CRUX_GENQUERY}, {"retrieve", CRUX_RETRIEVE}};

enum { SUBGOALS_WORDS = sizeof subgoals_words / sizeof *subgoals_words };

/* The kind that a word of this length names; CRUX_KINDS: none. */
static enum crux_kind subgoals_kind(const char *word, size_t length)
{
    for (size_t i = 0; i < SUBGOALS_WORDS; i++)
        if (strlen(subgoals_words[i].word) == length &&
            memcmp(subgoals_words[i].word, word, length) == 0)
            return subgoals_words[i].kind;
    return CRUX_KINDS;
}

static int subgoals_read(const struct options_row *row, void *field, const char *text)
{
    uint32_t set = 0;

    (void)row;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        enum crux_kind kind = subgoals_kind(at, length);

        if (kind == CRUX_KINDS || (set >> kind & 1) != 0)
            return CRUX_INVALID;
        set |= 1U << kind;
        at += length;
        if (*at == '\0')
            break;
    }
    if ((set >> CRUX_REASON & 1) == 0)
        return CRUX_INVALID;
    *(uint32_t *)field = set;
    return CRUX_OK;
}

static void subgoals_expect(const struct options_row *row, char *out, size_t size)
{
    (void)row;
    (void)snprintf(out, size, "reason, and behind commas query and retrieve, each once");
}

/* All of them say nothing. */
static struct json *subgoals_write(const struct options_row *row, const void *field)
{
    uint32_t set = *(const uint32_t *)field;
    char text[64] = "";

    (void)row;
    if (set == CRUX_SUBGOALS)
        return json_of_string(NULL);
    for (size_t i = 0; i < SUBGOALS_WORDS; i++)
        if ((set >> subgoals_words[i].kind & 1) != 0)
            (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
                           text[0] != '\0' ? "," : "", subgoals_words[i].word);
    return json_of_string(text);
}

/* --- read elsewhere ---------------------------------------------------------------------- */

/* What it means is known where it is read: a text is never right by itself. */
static int setting_read(const struct options_row *row, void *field, const char *text)
{
    (void)row, (void)field, (void)text;
    return CRUX_INVALID;
}

static struct json *setting_write(const struct options_row *row, const void *field)
{
    (void)row, (void)field;
    return json_of_string(NULL);
}

const struct options_type values_count = {count_read, whole_expect, count_write,
                                          NULL,       false,        false};
const struct options_type values_whole = {whole_read, whole_expect, whole_write,
                                          NULL,       false,        false};
const struct options_type values_real = {real_read, real_expect, real_write, NULL, false, false};
const struct options_type values_seconds = {seconds_read, real_expect, seconds_write,
                                            NULL,         false,       false};
const struct options_type values_choice = {choice_read, choice_expect, choice_write,
                                           NULL,        false,         false};
const struct options_type values_flag = {flag_read, flag_expect, flag_write, NULL, false, false};
const struct options_type values_text = {text_read,  text_expect, text_write,
                                         text_clear, false,       false};
const struct options_type values_list = {list_read,  list_expect, list_write,
                                         list_clear, true,        true};
const struct options_type values_policies = {
    policies_read, policies_expect, policies_write, policies_clear, true, false};
const struct options_type values_critics = {critics_read,  critics_expect, critics_write,
                                            critics_clear, true,           false};
const struct options_type values_shard = {shard_read, shard_expect, shard_write,
                                          NULL,       false,        false};
const struct options_type values_stop = {stop_read, stop_expect, stop_write, NULL, false, false};
const struct options_type values_subgoals = {subgoals_read, subgoals_expect, subgoals_write,
                                             NULL,          false,           false};
const struct options_type values_setting = {setting_read, text_expect, setting_write,
                                            NULL,         true,        false};
