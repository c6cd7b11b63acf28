/*
 * filter.c - the only file that speaks to libseccomp.
 */
#include "io/sandbox/filter.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

enum { FILTER_MOST = 64 << 10 };

/* Refused whatever their arguments are. Names that a machine does not know are passed over. */
static const char *const refused[] = {
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "pidfd_getfd",
    "kcmp",
    "process_madvise",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "keyctl",
    "add_key",
    "request_key",
    "unshare",
    "setns",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "open_tree",
    "move_mount",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "open_by_handle_at",
    "name_to_handle_at",
    "mknod",
    "mknodat",
    "socket",
    "shmget",
    "msgget",
    "semget",
    "mq_open",
    "memfd_create",
    "memfd_secret",
    "personality",
    "modify_ldt",
    "iopl",
    "ioperm",
    "vm86",
    "vmsplice",
    "clock_settime",
    "settimeofday",
    "adjtimex",
    "clock_adjtime",
    "stime",
    "setpriority",
    "ioprio_set",
    "sched_setattr",
    "sched_setscheduler",
    "sched_setparam",
    "mbind",
    "set_mempolicy",
    "migrate_pages",
    "move_pages",
    "reboot",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "swapon",
    "swapoff",
    "quotactl",
    "acct",
    "syslog",
    "sethostname",
    "setdomainname",
    "vhangup",
    "lookup_dcookie",
    "nfsservctl",
    "fanotify_init",
    "landlock_restrict_self",
};

/* clone() with one of these makes a name space. */
static const unsigned long spaces[] = {CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,   CLONE_NEWNET,
                                       CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP};

static int add_refused(scmp_filter_ctx filter)
{
    int status = 0;

    for (size_t i = 0; i < sizeof refused / sizeof *refused && status == 0; i++) {
        int number = seccomp_syscall_resolve_name(refused[i]);

        if (number != __NR_SCMP_ERROR)
            status = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0);
        if (status == -EDOM || status == -EINVAL) /* not on this architecture */
            status = 0;
    }
    return status;
}

/* clone3() has its flags in memory, where no filter sees them: as if the kernel did not have it,
 * and the C library falls back to clone(). */
static int add_clone(scmp_filter_ctx filter)
{
    int status = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

    for (size_t i = 0; i < sizeof spaces / sizeof *spaces && status == 0; i++)
        status = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                                  SCMP_A0(SCMP_CMP_MASKED_EQ, spaces[i], spaces[i]));
    return status;
}

/* The kernel looks at 32 bits of a request only. */
static int add_terminal(scmp_filter_ctx filter)
{
    static const unsigned long requests[] = {TIOCSTI, TIOCLINUX, TIOCSETD};
    int status = 0;

    for (size_t i = 0; i < sizeof requests / sizeof *requests && status == 0; i++)
        status = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
                                  SCMP_A1(SCMP_CMP_MASKED_EQ, UINT64_C(0xffffffff), requests[i]));
    return status;
}

/* The program that a filter compiles to; 0 bytes: an error. */
static size_t read_compiled(scmp_filter_ctx filter, unsigned char *bytes)
{
    int file = memfd_create("crux filter", MFD_CLOEXEC);
    ssize_t size = -1;

    if (file >= 0 && seccomp_export_bpf(filter, file) == 0)
        size = pread(file, bytes, FILTER_MOST, 0);
    if (file >= 0)
        (void)close(file);
    return size > 0 && size < FILTER_MOST ? (size_t)size : 0;
}

int filter_make(unsigned char **out, size_t *length, struct crux_error *error)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    unsigned char *bytes = malloc(FILTER_MOST);
    size_t size = 0;

    if (filter != NULL && bytes != NULL && add_refused(filter) == 0 && add_clone(filter) == 0 &&
        add_terminal(filter) == 0)
        size = read_compiled(filter, bytes);
    if (filter != NULL)
        seccomp_release(filter);
    if (size == 0) {
        free(bytes);
        return crux_fail(error, CRUX_FAILED, "no filter of system calls can be made");
    }
    *out = bytes;
    *length = size;
    return CRUX_OK;
}
