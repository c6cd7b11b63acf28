/*
 * cache.c - finds, opens and, when it is damaged, sets aside the store of a solve without one.
 */
#include "io/cli/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/cli/begin.h"
#include "io/cli/named.h"
#include "io/cli/session.h"
#include "io/cli/terminal.h"
#include "io/hash_file.h"
#include "io/json.h"
#include "io/store/store.h"

enum { CACHE_ASIDE_MOST = 100 };

/* --- where --------------------------------------------------------------------------- */

/* NULL: the environment names no place, or memory is out. As the XDG Base Directory Specification
 * has it, a relative path is no place. */
static char *cache_folder(void)
{
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char *folder = NULL;

    if (base != NULL && base[0] == '/') {
        if (asprintf(&folder, "%s/crux", base) < 0)
            folder = NULL;
    } else if (home != NULL && home[0] == '/') {
        if (asprintf(&folder, "%s/.cache/crux", home) < 0)
            folder = NULL;
    }
    return folder;
}

/* The folder and those on the way to it, for nobody else to read. */
static bool cache_make_folder(char *folder)
{
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        int made;

        *slash = '\0';
        made = mkdir(folder, 0700);
        *slash = '/';
        if (made != 0 && errno != EEXIST)
            return false;
    }
    return mkdir(folder, 0700) == 0 || errno == EEXIST;
}

/* A program is known by its command, and its author changes what it does: files that the command
 * names count with what is in them. It may be one of several critics, between brackets. */
static void cache_add_program(struct hash *hash, const char *description)
{
    const char *program = description != NULL ? strstr(description, "process:") : NULL;
    char *words, *rest = NULL, hex[HASH_HEX];

    if (program == NULL)
        return;
    words = strdup(program + strlen("process:"));
    for (char *word = words == NULL ? NULL : strtok_r(words, " \t'\"[]", &rest); word != NULL;
         word = strtok_r(NULL, " \t'\"[]", &rest))
        if (hash_file(word, hex) == 0)
            hash_add(hash, hex, sizeof hex);
    free(words);
}

/* NULL: no memory. */
static char *cache_file(const char *folder, const char *configuration,
                        const struct options *options, const struct crux_problems *problems)
{
    struct hash hash;
    char hex[HASH_HEX], *path;

    hash_begin(&hash);
    hash_add(&hash, configuration, strlen(configuration) + 1);
    hash_add(&hash, problems->sha256, strlen(problems->sha256) + 1);
    for (size_t i = 0; i < options->backend_count; i++) {
        const struct options_list *endpoints = &options->backends[i].endpoints;

        for (size_t j = 0; j < endpoints->count; j++)
            hash_add(&hash, endpoints->items[j], strlen(endpoints->items[j]) + 1);
        hash_add(&hash, "", 1);
    }
    for (int kind = 0; kind < OPTIONS_POLICIES; kind++)
        cache_add_program(&hash, options->policy[kind]);
    for (int i = 0; i < OPTIONS_CRITICS; i++)
        cache_add_program(&hash, options->critic[i]);
    hash_end(&hash, hex);
    return asprintf(&path, "%s/solve-%.32s.db", folder, hex) < 0 ? NULL : path;
}

static int cache_path(char **out, const struct options *options,
                      const struct crux_problems *problems, struct crux_error *error)
{
    char *configuration = NULL, *folder = cache_folder();
    int status = CRUX_OK;

    *out = NULL;
    if (folder == NULL)
        (void)fputs("crux: neither XDG_CACHE_HOME nor HOME names a folder: what is paid for is not "
                    "kept (--store RUN.db keeps it)\n",
                    stderr);
    else if (!cache_make_folder(folder))
        (void)fprintf(
            stderr,
            "crux: cannot make %s: %s; what is paid for is not kept (--store RUN.db keeps "
            "it)\n",
            folder, strerror(errno));
    else
        status = named_configuration(&configuration, options, problems, NAMED_ALL, NULL, error);
    if (configuration != NULL) {
        *out = cache_file(folder, configuration, options, problems);
        if (*out == NULL)
            status = crux_fail(error, CRUX_MEMORY, "no memory for the name of a store");
    }
    free(configuration);
    free(folder);
    return status;
}

/* --- opening ----------------------------------------------------------------------------- */

/* A store's writer has a lock on its file for as long as it lives (io/sqlite.h). */
static bool cache_is_held(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool held = file >= 0 && flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;

    if (file >= 0)
        (void)close(file);
    return held;
}

static void cache_move(const char *from, const char *to, const char *ending)
{
    char *old, *new;

    if (asprintf(&old, "%s%s", from, ending) < 0)
        return;
    if (asprintf(&new, "%s%s", to, ending) >= 0) {
        (void)rename(old, new);
        free(new);
    }
    free(old);
}

/* A name that is free for it and its companions; what lies beside belongs to the name, so all move.
 */
static bool cache_set_aside(const char *path)
{
    for (int i = 1; i <= CACHE_ASIDE_MOST; i++) {
        char *aside;
        bool moved = false;

        if (asprintf(&aside, "%s.damaged-%d", path, i) < 0)
            return false;
        if (access(aside, F_OK) == 0) {
            free(aside);
            continue;
        }
        for (size_t j = 0; store_companion(j) != NULL; j++)
            cache_move(path, aside, store_companion(j));
        moved = rename(path, aside) == 0;
        if (moved)
            (void)fprintf(stderr, "crux: it is set aside as %s\n", aside);
        free(aside);
        return moved;
    }
    return false;
}

static int cache_begin(struct crux_store **out, const char *path, const struct options *options,
                       const struct crux_problems *problems, struct crux_error *error)
{
    struct crux_store *store = NULL;
    mode_t before = umask(077);
    int status = crux_store_open(&store, path, true, error);

    (void)umask(before);
    if (status == CRUX_OK)
        status = begin_run(store, options, problems, false, error);
    if (status == CRUX_OK)
        *out = store;
    else
        crux_store_close(store);
    return status;
}

static void cache_open_at(struct crux_store **out, const char *path, const struct options *options,
                          const struct crux_problems *problems)
{
    struct crux_error why = {""};
    int status = cache_begin(out, path, options, problems, &why);

    if (status != CRUX_OK && cache_is_held(path)) {
        (void)fprintf(stderr,
                      "crux: another crux solve has %s open; this one goes on without it, and what "
                      "it pays for is not kept\n",
                      path);
        return;
    }
    if (status != CRUX_OK) {
        terminal_say(why.text);
        if (access(path, F_OK) == 0 && cache_set_aside(path))
            status = cache_begin(out, path, options, problems, &why);
    }
    if (status != CRUX_OK)
        (void)fputs("crux: what is paid for is not kept\n", stderr);
    else if (!options->quiet)
        (void)fprintf(stderr,
                      "crux: what is paid for is kept in %s (--no-store: nowhere; `crux cost` says "
                      "how to clear it)\n",
                      path);
}

int cache_open(struct crux_store **out, const struct options *options,
               const struct crux_problems *problems, struct crux_error *error)
{
    char *path = NULL;
    int status = cache_path(&path, options, problems, error);

    *out = NULL;
    if (path != NULL)
        cache_open_at(out, path, options, problems);
    free(path);
    return status;
}

/* --- telling ------------------------------------------------------------------------------ */

struct cache_size {
    uint64_t stores, bytes;
};

static void cache_add_file(struct cache_size *size, int folder, const char *name)
{
    struct stat about;

    if (strncmp(name, "solve-", 6) != 0 || strstr(name, ".db") == NULL ||
        fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(about.st_mode))
        return;
    size->stores += !store_is_companion(name);
    size->bytes += (uint64_t)about.st_size;
}

static void cache_describe_json(FILE *out, const char *path, const struct cache_size *size)
{
    struct json *object = json_new_object();
    char *text;

    json_put(object, "folder", json_of_words(path));
    json_put_count(object, "stores", size->stores);
    json_put_count(object, "bytes", size->bytes);
    text = json_text(object, true);
    if (text != NULL)
        terminal_put_json(out, text);
    json_free(object);
    free(text);
}

void cache_describe(FILE *out, bool as_json)
{
    char *path = cache_folder();
    DIR *folder = path != NULL ? opendir(path) : NULL;
    struct cache_size size = {0, 0};
    const struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL)
        cache_add_file(&size, dirfd(folder), entry->d_name);
    if (as_json)
        cache_describe_json(out, path, &size);
    else if (size.stores == 0)
        (void)fprintf(out, "crux solve keeps nothing in %s\n", path != NULL ? path : "any folder");
    else
        (void)fprintf(out,
                      "crux solve keeps %" PRIu64 " stores in %s, %.1f MB; to clear them: rm %s/"
                      "solve-*\n",
                      size.stores, path, (double)size.bytes / 1e6, path);
    if (folder != NULL)
        (void)closedir(folder);
    free(path);
}
