/*
 * roster.c - reads the file, line by line.
 */
#include "io/backends/roster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROSTER_BLANKS " \t\r"

/* --- lines ---------------------------------------------------------------------------------- */

/* What is being read. */
struct roster_reading {
    struct roster *out;
    const char *name;
    const struct http_server *like;
    roster_bad *bad;
    void *context;
    uint32_t line, wrong;
};

/* Of a file that is no list every line is wrong: the first ones say what it takes. */
static void roster_blame(struct roster_reading *reading, const char *why)
{
    char sentence[700];

    if (++reading->wrong > ROSTER_NAMED)
        return;
    (void)snprintf(sentence, sizeof sentence, "%.200s, line %u is left out: %.400s", reading->name,
                   reading->line, why);
    reading->bad(reading->context, sentence);
}

static void roster_blame_rest(const struct roster_reading *reading)
{
    char sentence[300];

    if (reading->wrong <= ROSTER_NAMED)
        return;
    (void)snprintf(sentence, sizeof sentence, "%.200s: %u more lines are left out", reading->name,
                   reading->wrong - ROSTER_NAMED);
    reading->bad(reading->context, sentence);
}

/* The end of what is no comment. */
static const char *roster_comment(const char *line)
{
    for (const char *at = line; *at != '\0'; at++)
        if (*at == '#' && (at == line || strchr(ROSTER_BLANKS, at[-1]) != NULL))
            return at;
    return line + strlen(line);
}

/* slots=N behind an address. */
static bool roster_slots(uint32_t *out, const char *word)
{
    char *end = NULL;
    unsigned long number;

    if (strncmp(word, "slots=", 6) != 0 || word[6] < '0' || word[6] > '9')
        return false;
    errno = 0;
    number = strtoul(word + 6, &end, 10);
    *out = (uint32_t)number;
    return errno == 0 && *end == '\0' && number >= 1 && number <= ROSTER_SLOTS_MOST;
}

/* Why there can be no such entry; "": there can. CRUX_MEMORY: nobody knows. */
static int roster_judge(char *why, size_t room, const struct roster_reading *reading,
                        const char *url, struct crux_error *error)
{
    const struct roster_entry *other = roster_find(reading->out, url);
    struct http_server server = *reading->like;
    struct crux_error found = {""};
    int status = CRUX_OK;

    server.url = url;
    *why = '\0';
    if (other != NULL)
        (void)snprintf(why, room, "line %u has the same address", other->line);
    else if (reading->out->count == ROSTER_MOST)
        (void)snprintf(why, room, "there are %d endpoints before it", ROSTER_MOST);
    else if ((status = http_check_server(&server, &found)) != CRUX_OK)
        (void)snprintf(why, room, "%.390s", found.text);
    return status == CRUX_MEMORY ? crux_fail(error, status, "%.390s", found.text) : CRUX_OK;
}

static int roster_add(struct roster *roster, const struct roster_entry *entry,
                      struct crux_error *error)
{
    struct roster_entry *grown =
        realloc(roster->items, (roster->count + 1) * sizeof(struct roster_entry));

    if (grown != NULL) {
        roster->items = grown;
        grown[roster->count] = *entry;
        grown[roster->count].url = strdup(entry->url);
    }
    if (grown == NULL || grown[roster->count].url == NULL)
        return crux_fail(error, CRUX_MEMORY, "no memory for the endpoints");
    roster->count++;
    return CRUX_OK;
}

/* A line without its end. */
static int roster_take(struct roster_reading *reading, char *line, struct crux_error *error)
{
    struct roster_entry entry = {.line = reading->line};
    char why[400], *rest = NULL;
    const char *word;
    int status;

    line[roster_comment(line) - line] = '\0';
    entry.url = strtok_r(line, ROSTER_BLANKS, &rest);
    if (entry.url == NULL)
        return CRUX_OK;
    while ((word = strtok_r(NULL, ROSTER_BLANKS, &rest)) != NULL)
        if (!roster_slots(&entry.slots, word)) {
            (void)snprintf(why, sizeof why,
                           "behind an address stands nothing but slots=N, N from 1 to %d, not "
                           "`%.80s`",
                           ROSTER_SLOTS_MOST, word);
            roster_blame(reading, why);
            return CRUX_OK;
        }
    status = roster_judge(why, sizeof why, reading, entry.url, error);
    if (status == CRUX_OK && *why == '\0')
        status = roster_add(reading->out, &entry, error);
    else if (status == CRUX_OK)
        roster_blame(reading, why);
    return status;
}

int roster_parse(struct roster *out, const char *name, const char *text, size_t length,
                 const struct http_server *like, roster_bad *bad, void *context,
                 struct crux_error *error)
{
    struct roster made = {.items = NULL};
    struct roster_reading reading = {&made, name, like, bad, context, 0, 0};
    const char *end = text + length;
    int status = CRUX_OK;

    if (length >= 3 &&
        memcmp(text, "\xEF\xBB\xBF", 3) == 0) /* a mark that some editors put there */
        text += 3;
    while (status == CRUX_OK && text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t size = (size_t)((stop != NULL ? stop : end) - text);
        char *line = strndup(text, size);

        reading.line++;
        if (line == NULL)
            status = crux_fail(error, CRUX_MEMORY, "no memory for the endpoints");
        else if (strlen(line) < size)
            roster_blame(&reading, "it has a NUL in it");
        else
            status = roster_take(&reading, line, error);
        free(line);
        text += size + 1;
    }
    roster_blame_rest(&reading);
    if (status == CRUX_OK)
        *out = made;
    else
        roster_free(&made);
    return status;
}

void roster_free(struct roster *roster)
{
    for (uint32_t i = 0; i < roster->count; i++)
        free(roster->items[i].url);
    free(roster->items);
    *roster = (struct roster){.items = NULL};
}

const struct roster_entry *roster_find(const struct roster *roster, const char *url)
{
    for (uint32_t i = 0; i < roster->count; i++)
        if (http_same_address(roster->items[i].url, url))
            return &roster->items[i];
    return NULL;
}

/* --- the file ------------------------------------------------------------------------------- */

/* It is opened: on a network's disk that makes what others have written seen. */
static int roster_open(const char *path, struct stat *about)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (file >= 0 && fstat(file, about) != 0) {
        (void)close(file);
        return -1;
    }
    return file;
}

void roster_look_at(struct roster_look *look, const char *path)
{
    struct stat about;
    int file = roster_open(path, &about);

    *look = (struct roster_look){.there = file >= 0};
    if (file < 0)
        return;
    look->device = about.st_dev;
    look->inode = about.st_ino;
    look->size = about.st_size;
    look->changed = about.st_ctim;
    look->written = about.st_mtim;
    (void)close(file);
}

static bool roster_same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool roster_looks_alike(const struct roster_look *a, const struct roster_look *b)
{
    return a->there == b->there && a->device == b->device && a->inode == b->inode &&
           a->size == b->size && roster_same_time(a->changed, b->changed) &&
           roster_same_time(a->written, b->written);
}

/* All of it; NULL: errno says why. */
static char *roster_slurp(int file, size_t *length)
{
    char *text = malloc(ROSTER_BYTES + 1);
    ssize_t got = 1;

    *length = 0;
    while (text != NULL && got > 0 && *length <= ROSTER_BYTES) {
        got = read(file, text + *length, ROSTER_BYTES + 1 - *length);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            *length += (size_t)got;
    }
    if (got >= 0)
        return text;
    free(text);
    return NULL;
}

int roster_read(struct roster *out, const char *path, const struct http_server *like,
                roster_bad *bad, void *context, struct crux_error *error)
{
    struct stat about;
    int file = roster_open(path, &about), status = CRUX_OK;
    size_t length = 0;
    char *text = NULL;

    if (file < 0)
        return crux_fail(error, errno == ENOENT ? CRUX_FAILED : CRUX_INVALID, "%.200s: %s", path,
                         strerror(errno));
    if (!S_ISREG(about.st_mode))
        status = crux_fail(error, CRUX_INVALID, "%.200s: a list of endpoints is a file", path);
    else if ((text = roster_slurp(file, &length)) == NULL)
        status = crux_fail(error, errno == ENOMEM ? CRUX_MEMORY : CRUX_INVALID, "%.200s: %s", path,
                           strerror(errno));
    else if (length > ROSTER_BYTES)
        status =
            crux_fail(error, CRUX_INVALID, "%.200s: a list of endpoints has at most 1 MiB", path);
    else
        status = roster_parse(out, path, text, length, like, bad, context, error);
    (void)close(file);
    free(text);
    return status;
}
