/*
 * count.c - the count file beside a store, and what its log has lost.
 */
#include "io/store/count.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/seal.h"

/* --- a line ------------------------------------------------------------------------- */

#define COUNT_WORD "crux-count "

enum { COUNT_SEALED = 11 + 16 + 1 + 20 + 1 + 20, COUNT_LENGTH = COUNT_SEALED + 1 + 16 };

void count_print(char out[COUNT_LINE], const struct count *count)
{
    (void)snprintf(out, COUNT_LINE, COUNT_WORD "%016" PRIx64 " %020" PRIu64 " %020" PRIu64,
                   count->id, count->commits, count->replies);
    (void)snprintf(out + COUNT_SEALED, COUNT_LINE - COUNT_SEALED, " %016" PRIx64,
                   seal_add(SEAL_NONE, 'c', out, COUNT_SEALED));
}

bool count_parse(struct count *out, const char *text, size_t length)
{
    struct count count;
    char line[COUNT_LINE];

    if (length < COUNT_LENGTH || memcmp(text, COUNT_WORD, sizeof COUNT_WORD - 1) != 0)
        return false;
    count.id = strtoull(memcpy(line, text + 11, 17), NULL, 16);
    count.commits = strtoull(memcpy(line, text + 28, 21), NULL, 10);
    count.replies = strtoull(memcpy(line, text + 49, 21), NULL, 10);
    count_print(line, &count);
    if (memcmp(line, text, COUNT_LENGTH) != 0)
        return false;
    *out = count;
    return true;
}

/* --- the log -------------------------------------------------------------------------- */

/* https://www.sqlite.org/walformat.html */
enum { LOG_HEAD = 32, FRAME_HEAD = 24, PAGE_MOST = 65536 };

struct count_log {
    int descriptor;
    bool little;           /* the words of its checksums */
    bool broken;           /* a frame was wrong */
    uint32_t page, sum[2]; /* bytes of a page; the checksum so far */
    unsigned char salt[8];
    struct count last;      /* in its frames so far */
    uint32_t sum_before[2]; /* the first wrong frame's, and ... */
    unsigned char *wrong;   /* ... that frame */
};

static uint32_t word_of(const unsigned char *bytes, bool little)
{
    return little ? (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                        (uint32_t)bytes[3] << 24
                  : (uint32_t)bytes[3] | (uint32_t)bytes[2] << 8 | (uint32_t)bytes[1] << 16 |
                        (uint32_t)bytes[0] << 24;
}

static void log_sum(struct count_log *log, const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i + 8 <= size; i += 8) {
        log->sum[0] += word_of(bytes + i, log->little) + log->sum[1];
        log->sum[1] += word_of(bytes + i + 4, log->little) + log->sum[0];
    }
}

static bool sum_is(const struct count_log *log, const unsigned char *bytes)
{
    return word_of(bytes, false) == log->sum[0] && word_of(bytes + 4, false) == log->sum[1];
}

/* Frames of an earlier use of the file have other salts, by half of their bits: less is damage. */
static bool is_of_log(const struct count_log *log, const unsigned char *frame)
{
    int other = 0;

    for (int i = 0; i < 8; i++)
        other += __builtin_popcount((unsigned)(log->salt[i] ^ frame[8 + i]));
    return other <= 1;
}

/* A damaged head makes SQLite pass over the whole log; its first frame tells what it would say. */
static bool log_open(struct count_log *log, const char *name)
{
    unsigned char head[LOG_HEAD + FRAME_HEAD];

    *log = (struct count_log){.descriptor = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
    if (log->descriptor < 0 || pread(log->descriptor, head, sizeof head, 0) != (ssize_t)sizeof head)
        return false;
    log->little = (head[3] & 1) == 0;
    log->page = word_of(head + 8, false);
    log_sum(log, head, 24);
    memcpy(log->salt, head + 16, 8);
    log->broken = !sum_is(log, head + 24);
    if (log->broken)
        memcpy(log->salt, head + LOG_HEAD + 8, 8);
    if (log->broken && (log->page < 512 || log->page > PAGE_MOST || log->page % 512 != 0))
        log->page = 4096; /* what SQLite takes unless it is told otherwise */
    return log->page >= 512 && log->page <= PAGE_MOST;
}

/* The newest count in a page: it may have older ones in its free parts. */
static void log_search(struct count_log *log, const unsigned char *page)
{
    const unsigned char *at = page, *end = page + log->page;
    struct count count;

    while ((at = memmem(at, (size_t)(end - at), COUNT_WORD, sizeof COUNT_WORD - 1)) != NULL) {
        if (count_parse(&count, (const char *)at, (size_t)(end - at)) &&
            count.commits > log->last.commits)
            log->last = count;
        at++;
    }
}

static bool differ_by_a_bit(const struct count_log *log, const unsigned char *bytes)
{
    return __builtin_popcount(word_of(bytes, false) ^ log->sum[0]) +
               __builtin_popcount(word_of(bytes + 4, false) ^ log->sum[1]) ==
           1;
}

/* A power cut leaves sectors that are old or torn; one changed bit is damage, and nothing else. */
static bool is_one_bit(struct count_log *log)
{
    unsigned char *frame = log->wrong;

    for (size_t i = 0; i < 8 * (size_t)(FRAME_HEAD + log->page); i++) {
        unsigned char bit = (unsigned char)(1 << i % 8);
        bool right;

        if (i == 8 * 8) /* the salts are not summed up, and the sums are looked at below */
            i = 8 * FRAME_HEAD;
        frame[i / 8] ^= bit;
        memcpy(log->sum, log->sum_before, sizeof log->sum);
        log_sum(log, frame, 8);
        log_sum(log, frame + FRAME_HEAD, log->page);
        right = sum_is(log, frame + 16);
        frame[i / 8] ^= bit;
        if (right)
            return true;
    }
    memcpy(log->sum, log->sum_before, sizeof log->sum);
    log_sum(log, frame, 8);
    log_sum(log, frame + FRAME_HEAD, log->page);
    return differ_by_a_bit(log, frame + 16) ||
           (sum_is(log, frame + 16) && memcmp(frame + 8, log->salt, 8) != 0);
}

static void log_frame(struct count_log *log, const unsigned char *frame, struct count_beside *out)
{
    const unsigned char *page = frame + FRAME_HEAD;

    if (!log->broken) {
        memcpy(log->sum_before, log->sum, sizeof log->sum);
        log_sum(log, frame, 8);
        log_sum(log, page, log->page);
        log->broken = memcmp(frame + 8, log->salt, 8) != 0 || !sum_is(log, frame + 16);
        if (log->broken)
            memcpy(log->wrong, frame, FRAME_HEAD + log->page);
    }
    if (!is_of_log(log, frame))
        return;
    log_search(log, page);
    if (log->broken && word_of(frame + 4, false) != 0) { /* the last of a transaction */
        out->lost_commits++;
        out->lost = log->last;
    }
}

static void log_read(struct count_beside *out, const char *name)
{
    static const off_t first = LOG_HEAD;
    unsigned char *frame = malloc(2 * (FRAME_HEAD + PAGE_MOST));
    struct count_log log;

    out->lost_commits = 0;
    out->one_bit = false;
    if (frame != NULL && log_open(&log, name)) {
        ssize_t size = FRAME_HEAD + (ssize_t)log.page;
        bool head = log.broken;

        log.wrong = frame + FRAME_HEAD + PAGE_MOST;
        for (off_t at = first; pread(log.descriptor, frame, (size_t)size, at) == size; at += size)
            log_frame(&log, frame, out);
        out->one_bit = out->lost_commits > 0 && !head && is_one_bit(&log);
    }
    if (frame != NULL && log.descriptor >= 0)
        (void)close(log.descriptor);
    free(frame);
}

/* --- the file ------------------------------------------------------------------------- */

static char *name_beside(const char *file, const char *ending)
{
    char *name = NULL;

    return asprintf(&name, "%s%s", file, ending) < 0 ? NULL : name;
}

static void count_read_beside(struct count_beside *out, const char *name)
{
    char text[COUNT_LINE];
    int descriptor = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ssize_t size;

    if (descriptor < 0)
        return;
    size = read(descriptor, text, sizeof text);
    (void)close(descriptor);
    out->file = size > 0 && count_parse(&out->says, text, (size_t)size) ? COUNT_SAYS : COUNT_SILENT;
}

/* A writer that is at work makes frames that are wrong for an instant. */
void count_look(struct count_beside *out, const char *file)
{
    char *name = name_beside(file, "-count"), *log = name_beside(file, "-wal");
    struct timespec instant = {.tv_nsec = 20000000};
    struct stat found;

    *out = (struct count_beside){.file = COUNT_MISSING};
    if (name != NULL && log != NULL) {
        count_read_beside(out, name);
        out->log = stat(log, &found) == 0 && found.st_size > 0;
        log_read(out, log);
        for (int i = 0; i < 3 && out->lost_commits > 0; i++) {
            (void)nanosleep(&instant, NULL);
            log_read(out, log);
        }
    }
    free(name);
    free(log);
}

/* Is there a count file, and is it this store's? */
bool count_is_of(const struct count_beside *beside, const struct count *has)
{
    return beside->file == COUNT_SAYS && has != NULL && beside->says.id == has->id;
}

const struct count *count_lost(const struct count_beside *beside, const struct count *has)
{
    if (beside->file == COUNT_SILENT)
        return NULL;
    if (beside->lost_commits > 0 && beside->one_bit && beside->lost.commits > 0)
        return &beside->lost;
    if (count_is_of(beside, has))
        return beside->says.commits > has->commits ? &beside->says : NULL;
    if (beside->file == COUNT_SAYS && has == NULL && beside->says.commits == 0)
        return NULL; /* its first commit was under way */
    if (beside->lost_commits > 1 || (beside->lost_commits == 1 && beside->lost.commits > 0))
        return &beside->lost;
    return NULL;
}

static void sync_folder_of(const char *file)
{
    const char *slash = strrchr(file, '/');
    char *folder = slash == NULL ? strdup(".") : strndup(file, (size_t)(slash - file) + 1);
    int descriptor = folder != NULL ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

    if (descriptor >= 0) {
        (void)fsync(descriptor);
        (void)close(descriptor);
    }
    free(folder);
}

int count_keep(const char *file, const struct count *count)
{
    char *name = name_beside(file, "-count");
    int descriptor = name != NULL ? open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0644) : -1;

    free(name);
    if (descriptor < 0)
        return -1;
    count_put(descriptor, count);
    (void)fsync(descriptor);
    sync_folder_of(file);
    return descriptor;
}

/* What is not written claims less, and that is all. */
void count_put(int descriptor, const struct count *count)
{
    char line[COUNT_LINE];

    count_print(line, count);
    line[COUNT_LENGTH] = '\n';
    if (pwrite(descriptor, line, COUNT_LENGTH + 1, 0) < 0)
        return;
}

void count_remove(const char *file)
{
    char *name = name_beside(file, "-count");

    if (name != NULL)
        (void)unlink(name);
    free(name);
}
