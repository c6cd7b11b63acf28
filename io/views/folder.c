/*
 * folder.c - builds a folder under a temporary name, locked while it is built, and renames it when
 * it is complete; removes what killed builders left.
 *
 * A killed builder loses its lock and nothing else, so a lock that can be had is
 * the proof that no process builds there any more; process numbers come again, above
 * all in containers, and prove nothing. A builder that has made its folder may lose
 * it to a cleaner before it has locked it: after locking it looks whether the
 * folder is still there, and begins again if it is not.
 */
#include "io/views/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/views/dataset.h"

enum { TRIES = 100, FOLDERS_OPEN = 16 };

static int cannot(struct crux_error *error, const char *verb, const char *path)
{
    int why = errno;

    return crux_fail(error, why == ENOMEM ? CRUX_MEMORY : CRUX_STORE, "cannot %s %s: %s", verb,
                     path, strerror(why));
}

static int view_folder_no_memory(struct crux_error *error, const char *path)
{
    return crux_fail(error, CRUX_MEMORY, "no memory to write %s", path);
}

/* Both parts joined; NULL without memory. */
static char *view_folder_join(const char *folder, const char *name)
{
    char *path;

    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* Where this process keeps what is not in its place; NULL without memory. */
static char *beside(const struct folder *folder, const char *word)
{
    char *path;

    return asprintf(&path, "%s/.%s.%s-%ld", folder->parent, folder->name, word, (long)getpid()) < 0
               ? NULL
               : path;
}

/* --- removing ----------------------------------------------------------------------- */

/* Remove path unless a process builds there. */
static void remove_if_left(const char *path)
{
    int lock = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (lock < 0)
        return;
    if (flock(lock, LOCK_EX | LOCK_NB) == 0)
        dataset_remove(path);
    (void)close(lock);
}

static bool is_digits(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* Remove what killed builders of this name have left: `.NAME.WORD-PID`. */
static void view_folder_sweep(const struct folder *folder, const char *word)
{
    DIR *parent = opendir(folder->parent);
    const struct dirent *entry;
    char *start;

    if (parent == NULL)
        return;
    if (asprintf(&start, ".%s.%s-", folder->name, word) < 0)
        start = NULL;
    while (start != NULL && (entry = readdir(parent)) != NULL) {
        size_t length = strlen(start);
        char *path;

        if (strncmp(entry->d_name, start, length) != 0 || !is_digits(entry->d_name + length))
            continue;
        path = view_folder_join(folder->parent, entry->d_name);
        if (path != NULL)
            remove_if_left(path);
        free(path);
    }
    free(start);
    (void)closedir(parent);
}

/* --- the place ------------------------------------------------------------------------- */

/* to, parent and name of what the caller wrote. */
static int name_place(struct folder *folder, const char *to, struct crux_error *error)
{
    size_t length = strlen(to);
    const char *slash;

    while (length > 1 && to[length - 1] == '/')
        length--;
    folder->to = strndup(to, length);
    if (folder->to == NULL)
        return view_folder_no_memory(error, to);
    slash = strrchr(folder->to, '/');
    folder->name = strdup(slash == NULL ? folder->to : slash + 1);
    if (slash == NULL)
        folder->parent = strdup(".");
    else
        folder->parent =
            slash == folder->to ? strdup("/") : strndup(folder->to, (size_t)(slash - folder->to));
    if (folder->name == NULL || folder->parent == NULL)
        return view_folder_no_memory(error, to);
    if (folder->name[0] == '\0' || strcmp(folder->name, ".") == 0 ||
        strcmp(folder->name, "..") == 0)
        return crux_fail(error, CRUX_INVALID, "'%s' is no name for a new folder", to);
    return CRUX_OK;
}

static int check_place(struct folder *folder, bool force, struct crux_error *error)
{
    struct stat about;

    if (lstat(folder->to, &about) != 0)
        return errno == ENOENT ? CRUX_OK : cannot(error, "write", folder->to);
    if (!S_ISDIR(about.st_mode))
        return crux_fail(error, CRUX_STORE, "%s is there already and is no folder", folder->to);
    if (!force)
        return crux_fail(error, CRUX_STORE, "%s is there already; --force replaces it", folder->to);
    folder->replaces = true;
    return dataset_check(folder->to, error);
}

/* --- the partial folder ------------------------------------------------------------------ */

/* Is the folder that was made still the one that is locked? */
static bool is_still_there(const struct folder *folder)
{
    struct stat held, named;

    return fstat(folder->lock, &held) == 0 && stat(folder->partial, &named) == 0 &&
           held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

static bool try_partial(struct folder *folder)
{
    if (mkdir(folder->partial, 0777) != 0)
        return false;
    folder->lock = open(folder->partial, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->lock < 0)
        return false;
    /* On a file system without locks no other process can have it either, and none cleans up. */
    (void)flock(folder->lock, LOCK_EX);
    if (is_still_there(folder))
        return true;
    (void)close(folder->lock);
    folder->lock = -1;
    errno = ENOENT;
    return false;
}

static int make_partial(struct folder *folder, struct crux_error *error)
{
    int tries = 0;

    folder->partial = beside(folder, "partial");
    if (folder->partial == NULL)
        return view_folder_no_memory(error, folder->to);
    while (!try_partial(folder)) {
        int status;

        if (errno == ENOENT && access(folder->parent, F_OK) == 0 && ++tries < TRIES)
            continue; /* cleaned away before it was locked */
        status = cannot(error, "make", folder->partial);
        free(folder->partial); /* not ours to remove */
        folder->partial = NULL;
        return status;
    }
    return CRUX_OK;
}

int folder_open(struct folder *out, const char *to, bool force, struct crux_error *error)
{
    struct folder folder = {.lock = -1};
    int status = name_place(&folder, to, error);

    if (status == CRUX_OK)
        status = check_place(&folder, force, error);
    if (status == CRUX_OK) {
        view_folder_sweep(&folder, "partial");
        status = make_partial(&folder, error);
    }
    if (status == CRUX_OK)
        *out = folder;
    else
        folder_close(&folder);
    return status;
}

void folder_close(struct folder *folder)
{
    if (folder->partial != NULL)
        dataset_remove(folder->partial);
    if (folder->lock >= 0)
        (void)close(folder->lock);
    free(folder->partial);
    free(folder->to);
    free(folder->parent);
    free(folder->name);
    *folder = (struct folder){.lock = -1};
}

/* --- files ----------------------------------------------------------------------------- */

/* Make every folder on the way to path that lies below the partial one. */
static int make_way(char *path, size_t from, struct crux_error *error)
{
    for (char *slash = strchr(path + from, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        int made;

        *slash = '\0';
        made = mkdir(path, 0777);
        if (made != 0 && errno != EEXIST)
            return cannot(error, "make", path);
        *slash = '/';
    }
    return CRUX_OK;
}

int folder_begin(const struct folder *folder, const char *name, struct folder_file *out,
                 struct crux_error *error)
{
    struct folder_file file = {.path = view_folder_join(folder->partial, name)};
    int status;

    if (file.path == NULL)
        return view_folder_no_memory(error, name);
    status = make_way(file.path, strlen(folder->partial) + 1, error);
    if (status == CRUX_OK && (file.stream = fopen(file.path, "wxe")) == NULL)
        status = cannot(error, "make", file.path);
    if (status != CRUX_OK) {
        free(file.path);
        return status;
    }
    hash_begin(&file.hash);
    *out = file;
    return CRUX_OK;
}

int folder_write(struct folder_file *file, const char *text, size_t length,
                 struct crux_error *error)
{
    if (fwrite(text, 1, length, file->stream) != length)
        return cannot(error, "write", file->path);
    hash_add(&file->hash, text, length);
    file->bytes += length;
    return CRUX_OK;
}

int folder_end(struct folder_file *file, char sha256[HASH_HEX], struct crux_error *error)
{
    int status = CRUX_OK;

    if (fflush(file->stream) != 0 || fsync(fileno(file->stream)) != 0)
        status = cannot(error, "write", file->path);
    if (fclose(file->stream) != 0 && status == CRUX_OK)
        status = cannot(error, "write", file->path);
    file->stream = NULL;
    hash_end(&file->hash, sha256);
    folder_drop(file);
    return status;
}

void folder_drop(struct folder_file *file)
{
    if (file->stream != NULL)
        (void)fclose(file->stream);
    free(file->path);
    *file = (struct folder_file){.stream = NULL};
}

/* --- taking the place -------------------------------------------------------------------- */

static int sync_folder(const char *path)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed;

    if (folder < 0)
        return -1;
    failed = fsync(folder);
    (void)close(folder);
    return failed != 0 && errno != EINVAL ? -1 : 0; /* EINVAL: this one cannot be synced */
}

/* Files were synced when they ended. */
static int sync_entry(const char *path, const struct stat *about, int type, struct FTW *where)
{
    (void)about;
    (void)where;
    return type == FTW_DP ? sync_folder(path) : 0;
}

/* Two steps where the file system cannot exchange: killed between them, the old folder
 * lies beside its place as `.NAME.replaced-PID`, and the next build completes the work. */
static int replace_in_two(const struct folder *folder)
{
    char *aside = beside(folder, "replaced");
    int failed = aside == NULL ? -1 : rename(folder->to, aside);

    if (failed == 0 && (failed = rename(folder->partial, folder->to)) != 0) {
        int why = errno;

        (void)rename(aside, folder->to);
        errno = why;
    }
    free(aside);
    return failed;
}

static bool cannot_be_atomic(int why)
{
    return why == EINVAL || why == ENOSYS || why == ENOTSUP;
}

/* Rename so that a reader sees the old folder or the new one. */
static int take_place(const struct folder *folder)
{
    unsigned how = folder->replaces ? RENAME_EXCHANGE : RENAME_NOREPLACE;

    if (renameat2(AT_FDCWD, folder->partial, AT_FDCWD, folder->to, how) == 0)
        return 0;
    if (!cannot_be_atomic(errno))
        return -1;
    return folder->replaces ? replace_in_two(folder) : rename(folder->partial, folder->to);
}

int folder_place(struct folder *folder, struct crux_error *error)
{
    if (nftw(folder->partial, sync_entry, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS) != 0)
        return cannot(error, "write", folder->partial);
    if (take_place(folder) != 0)
        return cannot(error, "write", folder->to);
    (void)sync_folder(folder->parent);
    if (folder->replaces)
        dataset_remove(folder->partial); /* the old one, after an exchange */
    view_folder_sweep(folder, "replaced");
    free(folder->partial);
    folder->partial = NULL;
    return CRUX_OK;
}
