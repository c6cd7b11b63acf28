/*
 * train_all.c - crux_critics_train(): the critics of a plan, one after the other, into a folder.
 *
 * They are written into `.NAME.partial` beside the folder's place, which takes the name in one step
 * when all are there: killed at any instant, a program leaves the old folder, the new one, or none,
 * and maybe the partial one, which the next writer of that name takes over.
 */
#include "critics/crux_critics.h"

#include "critics/linear/examples.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct plan_critic {
    const char *name, *file;
    enum crux_role role;
    enum crux_kind kind;
} plan_critics[CRUX_PLAN_CRITICS] = {
    {"subgoal", "subgoal.linear", CRUX_ROLE_SUBGOAL, CRUX_KINDS},
    {"execution:rationale", "rationale.linear", CRUX_ROLE_EXECUTION, CRUX_RATIONALE},
    {"execution:query", "query.linear", CRUX_ROLE_EXECUTION, CRUX_QUERY},
    {"execution:doc", "doc.linear", CRUX_ROLE_EXECUTION, CRUX_DOC},
    {"outcome", "outcome.linear", CRUX_ROLE_OUTCOME, CRUX_KINDS},
};

/* --- a folder of critics ------------------------------------------------------------------- */

struct critics_folder {
    char *to;      /* without a slash at its end */
    char *partial; /* beside it */
    int lock;      /* of the partial one; below 0: none */
    bool replaces;
};

static int folder_cannot(struct crux_error *error, const char *path)
{
    return crux_fail(error, CRUX_STORE, "cannot write %.300s: %s", path, strerror(errno));
}

enum { FOLDER_NAME = 256 }; /* room for the name of an entry */

/* What training writes into a folder, and what a killed one leaves there. */
static bool is_critics_file(const char *name)
{
    size_t hidden = name[0] == '.' ? 1 : 0;

    for (size_t i = 0; i < CRUX_PLAN_CRITICS; i++) {
        const char *file = plan_critics[i].file;

        if (strncmp(name + hidden, file, strlen(file)) == 0 &&
            strcmp(name + hidden + strlen(file), hidden == 1 ? ".partial" : "") == 0)
            return true;
    }
    return false;
}

/* Calls each() for what lies in a folder but itself and the one above, until that is false. name:
 * of the last one. */
static bool folder_each(const char *path, bool (*each)(int folder, const char *name),
                        char name[FOLDER_NAME])
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    bool ok = folder != NULL;

    while (ok && (entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        (void)snprintf(name, FOLDER_NAME, "%s", entry->d_name);
        ok = each(dirfd(folder), entry->d_name);
    }
    if (folder != NULL)
        (void)closedir(folder);
    return ok;
}

static bool folder_knows(int folder, const char *name)
{
    (void)folder;
    return is_critics_file(name);
}

static bool folder_unlink(int folder, const char *name)
{
    return !is_critics_file(name) || unlinkat(folder, name, 0) == 0;
}

/* As far as it holds critics alone. */
static void critics_folder_remove(const char *path)
{
    char name[FOLDER_NAME];

    (void)folder_each(path, folder_unlink, name);
    (void)rmdir(path);
}

static int critics_folder_check(struct critics_folder *folder, bool force, struct crux_error *error)
{
    char name[FOLDER_NAME] = "";
    struct stat about;

    if (lstat(folder->to, &about) != 0)
        return errno == ENOENT ? CRUX_OK : folder_cannot(error, folder->to);
    if (!S_ISDIR(about.st_mode))
        return crux_fail(error, CRUX_STORE, "%.300s is there already and is no folder", folder->to);
    if (!force)
        return crux_fail(error, CRUX_STORE, "%.300s is there already: --force replaces it",
                         folder->to);
    folder->replaces = true;
    if (folder_each(folder->to, folder_knows, name))
        return CRUX_OK;
    if (name[0] == '\0')
        return folder_cannot(error, folder->to);
    return crux_fail(error, CRUX_STORE,
                     "%.300s is not replaced: it holds `%s`, which is no critic that --all writes",
                     folder->to, name);
}

/* `DIR/.NAME.partial` of `DIR/NAME`; both names. False: no memory. */
static bool critics_folder_name(struct critics_folder *folder, const char *path)
{
    size_t length = strlen(path), start;

    while (length > 1 && path[length - 1] == '/')
        length--;
    for (start = length; start > 0 && path[start - 1] != '/';)
        start--;
    folder->to = strndup(path, length);
    if (asprintf(&folder->partial, "%.*s.%.*s.partial", (int)start, path, (int)(length - start),
                 path + start) < 0)
        folder->partial = NULL;
    return folder->to != NULL && folder->partial != NULL;
}

/* A partial folder is ours if it is still there under its name once it is locked. */
static int critics_folder_lock(struct critics_folder *folder, struct crux_error *error)
{
    struct stat mine, there;

    if (mkdir(folder->partial, 0777) != 0 && errno != EEXIST)
        return folder_cannot(error, folder->to);
    folder->lock = open(folder->partial, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (folder->lock < 0)
        return folder_cannot(error, folder->partial);
    if (flock(folder->lock, LOCK_EX | LOCK_NB) == 0 && fstat(folder->lock, &mine) == 0 &&
        lstat(folder->partial, &there) == 0 && mine.st_ino == there.st_ino)
        return CRUX_OK;
    (void)close(folder->lock);
    folder->lock = -1;
    return crux_fail(error, CRUX_STORE, "%.300s is being written by another crux", folder->to);
}

static int critics_folder_open(struct critics_folder *folder, const char *path, bool force,
                               struct crux_error *error)
{
    char name[FOLDER_NAME];
    int status;

    if (!critics_folder_name(folder, path))
        return crux_fail(error, CRUX_MEMORY, "no memory to write %.300s", path);
    status = critics_folder_check(folder, force, error);
    if (status == CRUX_OK)
        status = critics_folder_lock(folder, error);
    if (status == CRUX_OK && !folder_each(folder->partial, folder_unlink, name))
        status = folder_cannot(error, folder->partial);
    return status;
}

/* Where the file system knows no flags, a folder takes the place of none or of an empty one. */
static bool critics_folder_rename(const struct critics_folder *folder)
{
    unsigned how = folder->replaces ? RENAME_EXCHANGE : RENAME_NOREPLACE;

    if (renameat2(AT_FDCWD, folder->partial, AT_FDCWD, folder->to, how) == 0)
        return true;
    return errno == EINVAL && !folder->replaces && rename(folder->partial, folder->to) == 0;
}

/* Files were brought to the disk when they were written. */
static int critics_folder_place(struct critics_folder *folder, struct crux_error *error)
{
    if (fsync(folder->lock) != 0 || !critics_folder_rename(folder))
        return folder_cannot(error, folder->to);
    if (folder->replaces)
        critics_folder_remove(folder->partial);
    (void)close(folder->lock);
    folder->lock = -1;
    return CRUX_OK;
}

static void critics_folder_close(struct critics_folder *folder)
{
    if (folder->lock >= 0) {
        critics_folder_remove(folder->partial);
        (void)close(folder->lock);
    }
    free(folder->partial);
    free(folder->to);
}

/* --- training ------------------------------------------------------------------------------ */

/* Are there no siblings at all that the critic could compare? Then it is of no use either. */
static bool is_left_out(const struct plan_critic *critic, const struct crux_trained *trained)
{
    return linear_compares(critic->role) && trained->trees > 0 && trained->families == 0;
}

static int train_one(const struct critics_folder *folder, const struct plan_critic *critic,
                     const struct crux_training *what, struct crux_trained_critic *out,
                     struct crux_error *error)
{
    struct crux_training own = *what;
    char *path = NULL;
    int status;

    *out = (struct crux_trained_critic){.name = critic->name, .file = critic->file};
    own.role = critic->role;
    own.kind = critic->kind;
    if (asprintf(&path, "%s/%s", folder->partial, critic->file) < 0)
        return crux_fail(error, CRUX_MEMORY, "no memory to write %s", critic->file);
    status = crux_critic_train(path, false, &own, &out->trained, &out->why);
    free(path);
    out->written = status == CRUX_OK;
    if (status == CRUX_OK || (status == CRUX_INPUT && is_left_out(critic, &out->trained)))
        return CRUX_OK;
    return crux_fail(error, status, "critic %s: %.400s", critic->name, out->why.text);
}

static int train_each(const struct critics_folder *folder, const struct crux_training *what,
                      struct crux_trained_critic out[CRUX_PLAN_CRITICS], struct crux_error *error)
{
    int status = CRUX_OK;

    for (size_t i = 0; status == CRUX_OK && i < CRUX_PLAN_CRITICS; i++)
        status = train_one(folder, &plan_critics[i], what, &out[i], error);
    return status;
}

int crux_critics_train(const char *folder, bool force, const struct crux_training *what,
                       struct crux_trained_critic out[CRUX_PLAN_CRITICS], struct crux_error *error)
{
    struct critics_folder place = {.lock = -1};
    int status;

    assert(folder != NULL && folder[0] != '\0');
    status = critics_folder_open(&place, folder, force, error);
    if (status == CRUX_OK)
        status = train_each(&place, what, out, error);
    if (status == CRUX_OK)
        status = critics_folder_place(&place, error);
    critics_folder_close(&place);
    return status;
}
