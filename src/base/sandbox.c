/* Landlock for files, seccomp for system calls. */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_feature)
#define CLANG_SANITIZER \
    (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define CLANG_SANITIZER 0
#endif
/* They debug themselves, and start what names the lines of a trace. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || CLANG_SANITIZER
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* Later than Debian 12's headers. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

#define READ_FILE ((guint64)LANDLOCK_ACCESS_FS_READ_FILE)
#define CHANGE_FILE \
    (READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
#define READ_FOLDER (READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define CHANGE_FOLDER                                          \
    (CHANGE_FILE | READ_FOLDER | LANDLOCK_ACCESS_FS_MAKE_REG | \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE)
/* All of the first version; to move a file into another folder is denied by itself. */
#define HANDLED ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#define FOREIGN_BIT 0x40000000u /* x32 */
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#define FOREIGN_BIT 0u
#endif

struct Sandbox {
    int ruleset;
    guint64 handled;
};

static bool calls_held;

int
sandbox_files_version(void)
{
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return SANITIZED || version < 0 ? 0 : (int)version;
}

Sandbox *
sandbox_new(void)
{
    int version = sandbox_files_version();
    struct landlock_ruleset_attr attr = {.handled_access_fs = HANDLED};
    if (version >= 3)
        attr.handled_access_fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
    long ruleset =
        version > 0 ? syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0) : -1;
    if (ruleset < 0)
        return NULL;
    Sandbox *sandbox = g_new0(Sandbox, 1);
    *sandbox = (Sandbox){(int)ruleset, attr.handled_access_fs};
    return sandbox;
}

static guint64
access_of(int fd, SandboxUse use)
{
    struct stat status;
    bool folder = fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
    if (use == SANDBOX_CHANGE)
        return folder ? CHANGE_FOLDER : CHANGE_FILE;
    return folder ? READ_FOLDER : READ_FILE;
}

void
sandbox_allow(Sandbox *sandbox, SandboxUse use, const char *path)
{
    int fd = sandbox && path ? open(path, O_PATH | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    struct landlock_path_beneath_attr rule = {
        .allowed_access = access_of(fd, use) & sandbox->handled, .parent_fd = fd};
    /* Refused for what has no place in a file system, a pipe: it is not held. */
    syscall(SYS_landlock_add_rule, sandbox->ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule,
            0);
    close(fd);
}

bool
sandbox_enter(Sandbox *sandbox)
{
    return sandbox && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_landlock_restrict_self, sandbox->ruleset, 0) == 0;
}

void
sandbox_free(Sandbox *sandbox)
{
    if (!sandbox)
        return;
    close(sandbox->ruleset);
    g_free(sandbox);
}

#ifdef ARCHITECTURE

/* Nothing here, and in no library that is linked, is for any of these. */
static const guint32 denied[] = {
    SYS_execve,
    SYS_execveat,
    /* other processes */
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_getfd,
    SYS_kcmp,
    /* file systems, names of the machine, time */
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_open_tree,
    SYS_move_mount,
    SYS_fsopen,
    SYS_fsmount,
    SYS_fsconfig,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_unshare,
    SYS_setns,
    SYS_open_by_handle_at,
    SYS_swapon,
    SYS_swapoff,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_reboot,
    SYS_acct,
    SYS_quotactl,
    SYS_fanotify_init,
    SYS_fanotify_mark,
    SYS_adjtimex,
    SYS_clock_adjtime,
    SYS_vhangup,
    /* another user, others' files; SQLite has fchown as root */
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_setfsuid,
    SYS_setfsgid,
    SYS_setgroups,
    SYS_capset,
    SYS_personality,
    SYS_fchownat,
#ifdef SYS_chown
    SYS_chown,
    SYS_lchown,
#endif
    /* more of the machine than is its share */
    SYS_setrlimit,
    SYS_setpriority,
    SYS_ioprio_set,
    SYS_sched_setaffinity,
    SYS_sched_setparam,
    SYS_sched_setscheduler,
    SYS_mbind,
    SYS_set_mempolicy,
    SYS_migrate_pages,
    SYS_move_pages,
    /* the kernel */
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_syslog,
#ifdef SYS_iopl
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
#endif
    /* a server */
    SYS_listen,
    SYS_accept,
    SYS_accept4,
};

/* The name service's daemons and KCM, servers, and the addresses of this machine, which
 * getaddrinfo asks the kernel for. */
static const guint32 families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

#define HEAD 4
#define CALLS G_N_ELEMENTS(denied)
#define SOCKETS (HEAD + CALLS + 2)
#define FAMILIES G_N_ELEMENTS(families)
#define LOAD(field) \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, (what))
/* A jump counts in a byte. */
G_STATIC_ASSERT(CALLS < 200);

static bool
deny_calls(void)
{
    struct sock_filter filter[SOCKETS + FAMILIES + 4] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 0, CALLS + HEAD - 1),
        LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, FOREIGN_BIT, CALLS + HEAD - 3, 0),
        [HEAD + CALLS] = BPF_STMT(BPF_JMP | BPF_JA, 1),
        [HEAD + CALLS + 1] = RETURN(SECCOMP_RET_ERRNO | EPERM),
        [SOCKETS] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, FAMILIES + 2),
        [SOCKETS + 1] = LOAD(args[0]),
        [SOCKETS + FAMILIES + 2] = RETURN(SECCOMP_RET_ERRNO | EPERM),
        [SOCKETS + FAMILIES + 3] = RETURN(SECCOMP_RET_ALLOW),
    };
    for (guint i = 0; i < CALLS; i++)
        filter[HEAD + i] = (struct sock_filter)BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K, denied[i], (guint8)(CALLS - i), 0);
    for (guint i = 0; i < FAMILIES; i++)
        filter[SOCKETS + 2 + i] = (struct sock_filter)BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K, families[i], (guint8)(FAMILIES - i), 0);
    struct sock_fprog program = {G_N_ELEMENTS(filter), filter};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

#else

static bool
deny_calls(void)
{
    return false;
}

#endif

void
sandbox_shut_in(void)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (SANITIZED)
        return;
    /* Tickets and keys go into no core dump and to no debugger of the same user. */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    calls_held = deny_calls();
}

bool
sandbox_holds_calls(void)
{
    return calls_held;
}
