/*
 * usage.c - reads /proc of a jail: from outside, by the root folder of its first process.
 */
#include "io/sandbox/usage.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/clock.h"

enum { USAGE_TEXT = 2048 };

/* A small file below a folder, as text; false: it is gone. */
static bool read_small(int folder, const char *path, char text[USAGE_TEXT])
{
    int file = openat(folder, path, O_RDONLY | O_CLOEXEC);
    ssize_t size = file >= 0 ? read(file, text, USAGE_TEXT - 1) : -1;

    if (file >= 0)
        (void)close(file);
    if (size >= 0)
        text[size] = '\0';
    return size > 0;
}

/* Behind the name, which may hold anything: `) S 1 ...`; NULL: no such thing. */
static const char *behind_name(const char *text)
{
    const char *at = strrchr(text, ')');

    return at != NULL && at[1] == ' ' ? at + 2 : NULL;
}

static bool wants_processor(const char *state)
{
    return *state == 'R' || *state == 'D';
}

/* utime, stime, cutime and cstime are fields 14 to 17; the state is the third. */
static int64_t sum_ticks(const char *state)
{
    const char *at = state;
    int64_t sum = 0;

    for (int field = 3; field < 14 && at != NULL; field++)
        at = strchr(at, ' ') != NULL ? strchr(at, ' ') + 1 : NULL;
    for (int field = 14; field < 18 && at != NULL; field++) {
        char *end;

        sum += strtoll(at, &end, 10);
        at = end;
    }
    return sum;
}

static bool has_busy_thread(int folder, const char *process)
{
    char path[300], text[USAGE_TEXT];
    struct dirent *entry;
    bool busy = false;
    DIR *threads;
    int file;

    (void)snprintf(path, sizeof path, "%.20s/task", process);
    file = openat(folder, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    threads = file >= 0 ? fdopendir(file) : NULL;
    if (threads == NULL && file >= 0)
        (void)close(file);
    while (threads != NULL && !busy && (entry = readdir(threads)) != NULL) {
        const char *state;

        (void)snprintf(path, sizeof path, "%.20s/stat", entry->d_name);
        if (!isdigit((unsigned char)entry->d_name[0]) || !read_small(file, path, text))
            continue;
        state = behind_name(text);
        busy = state != NULL && wants_processor(state);
    }
    if (threads != NULL)
        (void)closedir(threads);
    return busy;
}

/* Kibibytes behind a name of /proc/N/status. */
static uint64_t read_status_line(const char *text, const char *name)
{
    const char *at = strstr(text, name);

    return at != NULL ? strtoull(at + strlen(name), NULL, 10) << 10 : 0;
}

static void add_process(struct usage *out, int folder, const char *process, int64_t tick_ns)
{
    char path[300], text[USAGE_TEXT];
    const char *state;

    (void)snprintf(path, sizeof path, "%.20s/stat", process);
    if (!read_small(folder, path, text) || (state = behind_name(text)) == NULL)
        return;
    out->processes++;
    out->cpu_ns += sum_ticks(state) * tick_ns;
    out->busy = out->busy || wants_processor(state) || has_busy_thread(folder, process);
    (void)snprintf(path, sizeof path, "%.20s/status", process);
    if (read_small(folder, path, text))
        out->memory += read_status_line(text, "RssAnon:") + read_status_line(text, "RssShmem:");
}

void usage_look(struct usage *out, const struct jail *jail)
{
    const int64_t tick_ns = CLOCK_SECOND_NS / sysconf(_SC_CLK_TCK);
    int folder = jail->proc >= 0 ? openat(jail->proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    DIR *processes = folder >= 0 ? fdopendir(folder) : NULL;
    struct dirent *entry;

    *out = (struct usage){.memory = 0};
    if (processes == NULL && folder >= 0)
        (void)close(folder);
    while (processes != NULL && (entry = readdir(processes)) != NULL)
        if (isdigit((unsigned char)entry->d_name[0]))
            add_process(out, folder, entry->d_name, tick_ns);
    if (processes != NULL)
        (void)closedir(processes);
}
