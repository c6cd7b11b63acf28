/*
 * jail.c - starts bubblewrap with a script inside, speaks with it, and ends it.
 */
#include "io/sandbox/jail.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/clock.h"

enum { ARGUMENTS = 160, FIRST_FREE = 8, UIDS = 478, UID_FIRST = 60706, END_MS = 5000, LOOK_MS = 5 };

#define NAME_NS (10 * CLOCK_SECOND_NS)

#define BWRAP   "/usr/bin/bwrap"
#define SETPRIV "/usr/bin/setpriv"

/* --- the command -------------------------------------------------------------------------- */

struct jail_command {
    const char *arguments[ARGUMENTS];
    int count;
    char uid[16], limits[4][16], size[24];
};

static void put_jail_word(struct jail_command *command, const char *word)
{
    assert(command->count < ARGUMENTS - 1);
    command->arguments[command->count++] = word;
    command->arguments[command->count] = NULL;
}

static void put_jail_words(struct jail_command *command, const char *const *words)
{
    for (; *words != NULL; words++)
        put_jail_word(command, *words);
}

/* Of the uids that no distribution gives to anybody; processes of one are counted together. */
static void put_uid(struct jail_command *command, uint32_t slot)
{
    const char *const words[] = {
        SETPRIV,          "--reuid",        command->uid, "--regid", command->uid, "--clear-groups",
        "--no-new-privs", "--bounding-set", "-all",       "--",      NULL};

    if (geteuid() != 0)
        return;
    (void)snprintf(command->uid, sizeof command->uid, "%u",
                   UID_FIRST + ((uint32_t)getpid() * 8 + slot) % UIDS);
    put_jail_words(command, words);
}

/* Where /bin and the like are links into /usr, links; else folders of their own. */
static void put_folders(struct jail_command *command)
{
    static const char *const folders[][2] = {
        {"usr/bin", "/bin"}, {"usr/sbin", "/sbin"}, {"usr/lib", "/lib"}, {"usr/lib64", "/lib64"}};
    struct stat about;

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        bool link = lstat(folders[i][1], &about) == 0 && S_ISLNK(about.st_mode);

        put_jail_word(command, link ? "--symlink" : "--ro-bind-try");
        put_jail_word(command, link ? folders[i][0] : folders[i][1]);
        put_jail_word(command, folders[i][1]);
    }
}

static const char *const jail_spaces[] = {BWRAP,
                                          "--unshare-user",
                                          "--unshare-pid",
                                          "--unshare-net",
                                          "--unshare-ipc",
                                          "--unshare-uts",
                                          "--unshare-cgroup-try",
                                          "--uid",
                                          "65534",
                                          "--gid",
                                          "65534",
                                          "--hostname",
                                          "jail",
                                          "--as-pid-1",

                                          "--new-session",
                                          "--cap-drop",
                                          "ALL",
                                          "--clearenv",
                                          "--setenv",
                                          "PATH",
                                          "/usr/bin:/bin",
                                          "--setenv",
                                          "HOME",
                                          "/tmp",
                                          "--setenv",
                                          "LANG",
                                          "C.UTF-8",
                                          "--setenv",
                                          "PYTHONHASHSEED",
                                          "0",
                                          NULL};

static const char *const jail_strict[] = {"--disable-userns", "--assert-userns-disabled", NULL};

static const char *const jail_mounts[] = {"--ro-bind",
                                          "/usr",
                                          "/usr",
                                          "--ro-bind-try",
                                          "/opt",
                                          "/opt",
                                          "--ro-bind-try",
                                          "/etc/alternatives",
                                          "/etc/alternatives",
                                          "--ro-bind-try",
                                          "/etc/ld.so.cache",
                                          "/etc/ld.so.cache",
                                          "--dir",
                                          "/dev",
                                          "--dev-bind",
                                          "/dev/null",
                                          "/dev/null",
                                          "--dev-bind",
                                          "/dev/zero",
                                          "/dev/zero",
                                          "--dev-bind",
                                          "/dev/urandom",
                                          "/dev/urandom",
                                          "--symlink",
                                          "/proc/self/fd",
                                          "/dev/fd",
                                          "--symlink",
                                          "/proc/self/fd/0",
                                          "/dev/stdin",
                                          "--symlink",
                                          "/proc/self/fd/1",
                                          "/dev/stdout",
                                          "--symlink",
                                          "/proc/self/fd/2",
                                          "/dev/stderr",
                                          "--symlink",
                                          "urandom",
                                          "/dev/random",
                                          "--proc",
                                          "/proc",
                                          "--perms",
                                          "0700",
                                          "--size",
                                          NULL};

static const char *const jail_script[] = {
    "--tmpfs", "/tmp", "--remount-ro",     "/",  "--chdir", "/tmp", "--seccomp", "3",  "--info-fd",
    "4",       "--",   "/usr/bin/python3", "-s", "-P",      "-S",   "-B",        "-c", NULL};

static void put_jail(struct jail_command *command, const struct jail_plan *plan)
{
    put_jail_words(command, jail_spaces);
    if (plan->level == SANDBOX_STRICT)
        put_jail_words(command, jail_strict);
    put_folders(command);
    put_jail_words(command, jail_mounts);
    put_jail_word(command, command->size);
    put_jail_words(command, jail_script);
    put_jail_word(command, plan->script);
    for (int i = 0; i < 4; i++)
        put_jail_word(command, command->limits[i]);
}

static void write_command(struct jail_command *command, const struct jail_plan *plan)
{
    const struct sandbox_limits *limits = plan->limits;
    const uint32_t numbers[] = {limits->seconds, limits->memory, limits->processes, limits->output};

    command->count = 0;
    for (int i = 0; i < 4; i++)
        (void)snprintf(command->limits[i], sizeof command->limits[i], "%u", numbers[i]);
    (void)snprintf(command->size, sizeof command->size, "%llu",
                   (unsigned long long)limits->memory << 18); /* a quarter of it */
    put_uid(command, plan->slot);
    put_jail(command, plan);
}

/* --- starting -------------------------------------------------------------------------------- */

enum jail_end_of { IN, OUT, ERR, FILTER, INFO, ENDS };

struct jail_pipes {
    int ours[ENDS], theirs[ENDS];
};

static void jail_close(int *file)
{
    if (*file >= 0)
        (void)close(*file);
    *file = -1;
}

static void close_ends(int files[ENDS])
{
    for (int i = 0; i < ENDS; i++)
        jail_close(&files[i]);
}

/* Above the numbers that the jail's ends will get. */
static int lift_end(int file)
{
    int lifted = file >= 0 && file < FIRST_FREE ? fcntl(file, F_DUPFD_CLOEXEC, FIRST_FREE) : file;

    if (lifted != file)
        (void)close(file);
    return lifted;
}

static bool keep_ends(struct jail_pipes *pipes, int which, int ours, int theirs)
{
    pipes->ours[which] = lift_end(ours);
    pipes->theirs[which] = lift_end(theirs);
    return pipes->ours[which] >= 0 && pipes->theirs[which] >= 0;
}

static bool open_pipe_ends(struct jail_pipes *pipes, int which)
{
    bool writes = which == IN || which == FILTER;
    int ends[2];

    return pipe2(ends, O_CLOEXEC) == 0 && keep_ends(pipes, which, ends[writes], ends[!writes]) &&
           fcntl(pipes->ours[which], F_SETFL, O_NONBLOCK) == 0;
}

/* Where bubblewrap names its child is a file: a pipe, of which nobody has the other end when we are
 * killed, would kill it at this word, and leave the child. */
static bool open_info(struct jail_pipes *pipes)
{
    int file = memfd_create("crux jail", MFD_CLOEXEC);

    return file >= 0 && keep_ends(pipes, INFO, file, fcntl(file, F_DUPFD_CLOEXEC, FIRST_FREE));
}

static bool open_ends(struct jail_pipes *pipes)
{
    bool good = true;

    for (int i = 0; i < ENDS; i++)
        pipes->ours[i] = pipes->theirs[i] = -1;
    for (int i = 0; i < INFO && good; i++)
        good = open_pipe_ends(pipes, i);
    return good && open_info(pipes);
}

static int jail_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;

    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    (void)posix_spawnattr_setpgroup(attributes, 0);
    (void)posix_spawnattr_setsigmask(attributes, &none);
    (void)posix_spawnattr_setsigdefault(attributes, &all);
    return posix_spawnattr_setflags(attributes, flags);
}

static int spawn_jail(pid_t *pid, const struct jail_command *command,
                      const struct jail_pipes *pipes)
{
    static char *const nothing[] = {NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int cause;

    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawnattr_init(&attributes);
    cause = jail_attributes(&attributes);
    for (int i = 0; i < ENDS && cause == 0; i++)
        cause = posix_spawn_file_actions_adddup2(&files, pipes->theirs[i], i);
    if (cause == 0) /* a host's files may lack the flag that closes them */
        cause = posix_spawn_file_actions_addclosefrom_np(&files, ENDS);
    if (cause == 0)
        cause = posix_spawn(pid, command->arguments[0], &files, &attributes,
                            (char *const *)(uintptr_t)command->arguments, nothing);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&files);
    return cause;
}

/* A pipe holds 64 KiB, a filter has a few. */
static bool write_filter(const struct jail_plan *plan, int *file)
{
    bool good = write(*file, plan->filter, plan->filter_length) == (ssize_t)plan->filter_length;

    jail_close(file);
    return good;
}

int jail_start(struct jail *jail, const struct jail_plan *plan, struct crux_error *error)
{
    struct jail_command command;
    struct jail_pipes pipes;
    pid_t pid = 0;
    int cause;

    if (access(BWRAP, X_OK) != 0)
        return crux_fail(error, CRUX_FAILED,
                         "bubblewrap, in which programs of strangers are run, is not installed "
                         "(" BWRAP ")");
    cause = open_ends(&pipes) ? 0 : errno;

    write_command(&command, plan);
    if (cause == 0 && !write_filter(plan, &pipes.ours[FILTER]))
        cause = EIO;
    if (cause == 0)
        cause = spawn_jail(&pid, &command, &pipes);
    close_ends(pipes.theirs);
    if (cause != 0) {
        close_ends(pipes.ours);
        return crux_fail(error, CRUX_FAILED, "%s cannot be started: %s", command.arguments[0],
                         strerror(cause));
    }
    *jail = (struct jail){.outer = pid,
                          .handle = pidfd_open(pid, 0),
                          .inner = -1,
                          .proc = -1,
                          .in = pipes.ours[IN],
                          .out = pipes.ours[OUT],
                          .err = pipes.ours[ERR],
                          .info = pipes.ours[INFO]};
    return CRUX_OK;
}

/* --- lines --------------------------------------------------------------------------------- */

/* Room for `more` bytes and a NUL. */
static bool jail_room(struct jail_text *text, size_t more)
{
    size_t room = text->room > 0 ? text->room : 4096;
    char *bytes;

    while (room < text->length + more + 1)
        room *= 2;
    if (room == text->room)
        return true;
    bytes = realloc(text->bytes, room);
    if (bytes == NULL)
        return false;
    text->bytes = bytes;
    text->room = room;
    return true;
}

bool jail_send(struct jail *jail, const char *line, size_t length)
{
    if (!jail_room(&jail->to, length + 1))
        return false;
    memcpy(jail->to.bytes + jail->to.length, line, length);
    jail->to.length += length;
    jail->to.bytes[jail->to.length++] = '\n';
    return true;
}

void jail_files(const struct jail *jail, struct pollfd files[JAIL_FILES])
{
    bool writes = jail->outer != 0 && jail->sent < jail->to.length;
    bool reads = jail->outer != 0;

    files[0] = (struct pollfd){.fd = writes ? jail->in : -1, .events = POLLOUT};
    files[1] = (struct pollfd){.fd = reads ? jail->out : -1, .events = POLLIN};
    files[2] = (struct pollfd){.fd = reads ? jail->err : -1, .events = POLLIN};
}

/* What it does not read any more is not written any more. */
static void pump_in(struct jail *jail)
{
    while (jail->in >= 0 && jail->sent < jail->to.length) {
        ssize_t size = write(jail->in, jail->to.bytes + jail->sent, jail->to.length - jail->sent);

        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && errno != EAGAIN)
            jail_close(&jail->in);
        if (size < 0)
            return;
        jail->sent += (size_t)size;
    }
    if (jail->sent == jail->to.length)
        jail->sent = jail->to.length = 0;
}

/* Bytes that were read; 0: none is there now; below 0: there will be no more. */
static ssize_t jail_read(int file, char *bytes, size_t room)
{
    ssize_t size;

    do
        size = read(file, bytes, room);
    while (size < 0 && errno == EINTR);
    if (size < 0 && errno == EAGAIN)
        return 0;
    return size > 0 ? size : -1;
}

/* Bubblewrap names the process of the script: {"child-pid": 123, ...}. */
static void pump_info(struct jail *jail)
{
    static const char name[] = "\"child-pid\":";
    char text[JAIL_TROUBLE];
    const char *at;
    ssize_t size = jail->first == 0 ? pread(jail->info, text, sizeof text - 1, 0) : 0;

    if (size <= 0)
        return;
    text[size] = '\0';
    at = strstr(text, name);
    if (at == NULL || strchr(at, ',') == NULL)
        return;
    jail->first = (pid_t)strtol(at + sizeof name - 1, NULL, 10);
    jail->inner = pidfd_open(jail->first, 0);
}

/* The first words stay; the pipe is read on so that nobody waits. */
static void pump_err(struct jail *jail)
{
    char bytes[1024];
    ssize_t size = 0;

    while (jail->err >= 0 && (size = jail_read(jail->err, bytes, sizeof bytes)) > 0) {
        size_t length = strlen(jail->trouble);
        size_t room = sizeof jail->trouble - 1 - length;

        for (ssize_t i = 0; i < size && room > 0; i++)
            if (bytes[i] != '\0') {
                jail->trouble[length++] = bytes[i] == '\n' ? ' ' : bytes[i];
                room--;
            }
        jail->trouble[length] = '\0';
    }
    if (size < 0)
        jail_close(&jail->err);
}

/* What was taken makes room. */
static void forget_taken(struct jail *jail)
{
    jail->from.length -= jail->taken;
    memmove(jail->from.bytes, jail->from.bytes + jail->taken, jail->from.length);
    jail->taken = 0;
}

static bool pump_out(struct jail *jail, size_t most)
{
    enum { PART = 64 << 10 };
    ssize_t size = 0;

    if (jail->taken > 0)
        forget_taken(jail);
    while (jail->out >= 0) {
        if (!jail_room(&jail->from, PART))
            return false;
        size = jail_read(jail->out, jail->from.bytes + jail->from.length, PART);
        if (size <= 0)
            break;
        jail->from.length += (size_t)size;
        if (jail->from.length > most)
            return false;
    }
    if (size < 0)
        jail_close(&jail->out);
    return jail->out >= 0;
}

bool jail_pump(struct jail *jail, size_t most)
{
    if (jail->outer == 0)
        return false;
    pump_info(jail);
    pump_in(jail);
    pump_err(jail);
    return pump_out(jail, most);
}

char *jail_line(struct jail *jail, size_t *length)
{
    char *line, *end;

    if (jail->from.length == jail->taken)
        return NULL;
    line = jail->from.bytes + jail->taken;
    end = memchr(line, '\n', jail->from.length - jail->taken);
    if (end == NULL)
        return NULL;
    *end = '\0';
    *length = (size_t)(end - line);
    jail->taken += *length + 1;
    return line;
}

void jail_look_in(struct jail *jail)
{
    char path[64];

    pump_info(jail);
    if (jail->first == 0 || jail->proc >= 0)
        return;
    /* What that process sees as its root. */
    (void)snprintf(path, sizeof path, "/proc/%d/%s/proc", (int)jail->first, "root");
    jail->proc = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* --- ending ----------------------------------------------------------------------------------- */

static bool jail_has_ended(const struct jail *jail, int wait_ms)
{
    struct pollfd file = {.fd = jail->handle, .events = POLLIN};

    return jail->handle >= 0 && poll(&file, 1, wait_ms) > 0;
}

/* Bubblewrap names the script's process before that does anything. Until then it must not be
 * killed: what it has cloned would wait for its word for ever. */
static void wait_for_name(struct jail *jail)
{
    int64_t end_ns = clock_now_ns() + NAME_NS;

    pump_info(jail);
    while (jail->first == 0 && clock_now_ns() < end_ns && !jail_has_ended(jail, LOOK_MS))
        pump_info(jail);
}

/* The script is killed, and with it the kernel kills and reaps all that its name space has; then
 * bubblewrap reaps the script and ends. If it is killed itself first, whoever adopts the script
 * must reap that, and in many containers nobody does. */
static void jail_kill(const struct jail *jail)
{
    if (jail->inner >= 0)
        (void)pidfd_send_signal(jail->inner, SIGKILL, NULL, 0);
    if (jail->inner >= 0 && jail_has_ended(jail, END_MS))
        return;
    (void)kill(-jail->outer, SIGKILL); /* its group, with what it may have cloned */
    (void)kill(jail->outer, SIGKILL);
}

void jail_end(struct jail *jail)
{
    if (jail->outer == 0)
        return;
    wait_for_name(jail);
    if (!jail_has_ended(jail, 0))
        jail_kill(jail);
    while (waitpid(jail->outer, NULL, 0) < 0 && errno == EINTR) {
    }
    jail_close(&jail->handle);
    jail_close(&jail->inner);
    jail_close(&jail->proc);
    jail_close(&jail->in);
    jail_close(&jail->out);
    jail_close(&jail->err);
    jail_close(&jail->info);
    free(jail->to.bytes);
    free(jail->from.bytes);
    *jail = (struct jail){.outer = 0};
}
