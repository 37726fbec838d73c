/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default seccomp profile, as data: which system calls, under which
 * conditions. The facts are those of the profile of containers-common 0.50.1
 * (github.com/containers/common, pkg/seccomp), which podman, buildah and CRI-O
 * use, for the architectures that images are built for. Added is riscv64.
 */
#include "cmd/lib/build/seccomp.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/strv.h"

/* Of the guest, not of the host that builds. */
#define LINUX_EPERM 1
#define LINUX_EINVAL 22
#define LINUX_ENOSYS 38

#define EQUAL "SCMP_CMP_EQ"
#define OTHER "SCMP_CMP_NE"

struct argument {
	unsigned index, value;
	const char *op; /* NULL: there is none */
};

/* Without conditions and error: always allowed. */
struct rule {
	const char *names;
	const char *cap; /* allowed with it, EPERM without */
	const char *with_cap, *without_cap, *arch;
	int errno_ret;
	struct argument args[2];
};

static const struct rule rules[] = {
	{ "bdflush io_pgetevents kexec_file_load kexec_load migrate_pages "
	  "move_pages nfsservctl nice oldfstat oldlstat oldolduname oldstat "
	  "olduname pciconfig_iobase pciconfig_read pciconfig_write sgetmask "
	  "ssetmask swapcontext swapoff swapon sysfs uselib userfaultfd ustat "
	  "vm86 vm86old vmsplice",
	  .errno_ret = LINUX_EPERM },
	{ "_llseek _newselect accept accept4 access adjtimex alarm bind brk "
	  "capget capset chdir chmod chown chown32 clock_adjtime "
	  "clock_adjtime64 clock_getres clock_getres_time64 clock_gettime "
	  "clock_gettime64 clock_nanosleep clock_nanosleep_time64 clone "
	  "clone3 close close_range connect copy_file_range creat dup dup2 "
	  "dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old "
	  "epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd "
	  "eventfd2 execve execveat exit exit_group faccessat faccessat2 "
	  "fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod "
	  "fchmodat fchown fchown32 fchownat fcntl fcntl64 fdatasync "
	  "fgetxattr flistxattr flock fork fremovexattr fsconfig fsetxattr "
	  "fsmount fsopen fspick fstat fstat64 fstatat64 fstatfs fstatfs64 "
	  "fsync ftruncate ftruncate64 futex futex_time64 futimesat "
	  "get_mempolicy get_robust_list get_thread_area getcpu getcwd "
	  "getdents getdents64 getegid getegid32 geteuid geteuid32 getgid "
	  "getgid32 getgroups getgroups32 getitimer getpeername getpgid "
	  "getpgrp getpid getppid getpriority getrandom getresgid getresgid32 "
	  "getresuid getresuid32 getrlimit getrusage getsid getsockname "
	  "getsockopt gettid gettimeofday getuid getuid32 getxattr "
	  "inotify_add_watch inotify_init inotify_init1 inotify_rm_watch "
	  "io_cancel io_destroy io_getevents io_setup io_submit ioctl "
	  "ioprio_get ioprio_set ipc keyctl kill landlock_add_rule "
	  "landlock_create_ruleset landlock_restrict_self lchown lchown32 "
	  "lgetxattr link linkat listen listxattr llistxattr lremovexattr "
	  "lseek lsetxattr lstat lstat64 madvise mbind membarrier "
	  "memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat "
	  "mlock mlock2 mlockall mmap mmap2 mount mount_setattr move_mount "
	  "mprotect mq_getsetattr mq_notify mq_open mq_timedreceive "
	  "mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink "
	  "mremap msgctl msgget msgrcv msgsnd msync munlock munlockall munmap "
	  "name_to_handle_at nanosleep newfstatat open open_tree openat "
	  "openat2 pause pidfd_getfd pidfd_open pidfd_send_signal pipe pipe2 "
	  "pivot_root pkey_alloc pkey_free pkey_mprotect poll ppoll "
	  "ppoll_time64 prctl pread64 preadv preadv2 prlimit64 "
	  "process_mrelease process_vm_readv process_vm_writev pselect6 "
	  "pselect6_time64 ptrace pwrite64 pwritev pwritev2 read readahead "
	  "readdir readlink readlinkat readv reboot recv recvfrom recvmmsg "
	  "recvmmsg_time64 recvmsg remap_file_pages removexattr rename "
	  "renameat renameat2 restart_syscall rmdir rseq rt_sigaction "
	  "rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn "
	  "rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 "
	  "rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min "
	  "sched_getaffinity sched_getattr sched_getparam sched_getscheduler "
	  "sched_rr_get_interval sched_rr_get_interval_time64 "
	  "sched_setaffinity sched_setattr sched_setparam sched_setscheduler "
	  "sched_yield seccomp select semctl semget semop semtimedop "
	  "semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto "
	  "set_mempolicy set_robust_list set_thread_area set_tid_address "
	  "setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups "
	  "setgroups32 setitimer setns setpgid setpriority setregid "
	  "setregid32 setresgid setresgid32 setresuid setresuid32 setreuid "
	  "setreuid32 setrlimit setsid setsockopt setuid setuid32 setxattr "
	  "shmat shmctl shmdt shmget shutdown sigaction sigaltstack signal "
	  "signalfd signalfd4 sigpending sigprocmask sigreturn sigsuspend "
	  "socketcall socketpair splice stat stat64 statfs statfs64 statx "
	  "symlink symlinkat sync sync_file_range syncfs syscall sysinfo "
	  "syslog tee tgkill time timer_create timer_delete timer_getoverrun "
	  "timer_gettime timer_gettime64 timer_settime timer_settime64 "
	  "timerfd timerfd_create timerfd_gettime timerfd_gettime64 "
	  "timerfd_settime timerfd_settime64 times tkill truncate truncate64 "
	  "ugetrlimit umask umount umount2 uname unlink unlinkat unshare "
	  "utime utimensat utimensat_time64 utimes vfork wait4 waitid waitpid "
	  "write writev",
	  .cap = NULL },
	{ "personality", .args = { { 0, 0, EQUAL } } },
	{ "personality", .args = { { 0, 8, EQUAL } } },
	{ "personality", .args = { { 0, 0x20000, EQUAL } } },
	{ "personality", .args = { { 0, 0x20008, EQUAL } } },
	{ "personality", .args = { { 0, 0xffffffff, EQUAL } } },
	{ "arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls "
	  "sync_file_range2",
	  .arch = "arm64" },
	{ "arch_prctl", .arch = "amd64" },
	{ "modify_ldt", .arch = "amd64" },
	{ "open_by_handle_at", .cap = "CAP_DAC_READ_SEARCH" },
	{ "bpf fanotify_init lookup_dcookie perf_event_open quotactl "
	  "setdomainname sethostname setns",
	  .cap = "CAP_SYS_ADMIN" },
	{ "chroot", .cap = "CAP_SYS_CHROOT" },
	{ "delete_module finit_module init_module query_module",
	  .cap = "CAP_SYS_MODULE" },
	{ "acct", .cap = "CAP_SYS_PACCT" },
	{ "kcmp process_madvise", .cap = "CAP_SYS_PTRACE" },
	{ "ioperm iopl", .cap = "CAP_SYS_RAWIO" },
	{ "clock_settime clock_settime64 settimeofday stime",
	  .cap = "CAP_SYS_TIME" },
	{ "vhangup", .cap = "CAP_SYS_TTY_CONFIG" },
	/* Netlink sockets of the audit protocol. */
	{ "socket", .without_cap = "CAP_AUDIT_WRITE", .errno_ret = LINUX_EINVAL,
	  .args = { { 0, 16, EQUAL }, { 2, 9, EQUAL } } },
	{ "socket", .without_cap = "CAP_AUDIT_WRITE",
	  .args = { { 2, 9, OTHER } } },
	{ "socket", .without_cap = "CAP_AUDIT_WRITE",
	  .args = { { 0, 16, OTHER } } },
	{ "socket", .without_cap = "CAP_AUDIT_WRITE",
	  .args = { { 2, 9, OTHER } } },
	{ "socket", .with_cap = "CAP_AUDIT_WRITE" },
	/* Not in 0.50.1, which has no row for the architecture. */
	{ "riscv_flush_icache", .arch = "riscv64" },
};

static const struct {
	const char *name, *first, *second;
} architectures[] = {
	{ "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32" },
	{ "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", NULL },
	{ "SCMP_ARCH_RISCV64", NULL, NULL },
};

static json_t *names_json(const char *names)
{
	SCOPED(strv) words = { 0 };
	json_t *list = json_array();

	strv_split(&words, names, ' ');
	for (size_t i = 0; i < words.count; i++)
		json_array_append_new(list, json_string(words.items[i]));
	return list;
}

static json_t *args_json(const struct rule *rule)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(rule->args); i++)
		if (rule->args[i].op)
			json_array_append_new(
				list,
				json_pack("{s:i, s:I, s:s}", "index",
					  (int)rule->args[i].index, "value",
					  (json_int_t)rule->args[i].value, "op",
					  rule->args[i].op));
	return list;
}

/* errno_ret 0: allowed. */
static json_t *rule_json(const struct rule *rule, int errno_ret)
{
	json_t *object = json_object();

	json_object_set_new(object, "names", names_json(rule->names));
	json_object_set_new(
		object, "action",
		json_string(errno_ret ? "SCMP_ACT_ERRNO" : "SCMP_ACT_ALLOW"));
	if (errno_ret)
		json_object_set_new(object, "errnoRet",
				    json_integer(errno_ret));
	json_object_set_new(object, "args", args_json(rule));
	return object;
}

static void set_condition(json_t *object, const char *kind, const char *of,
			  const char *value)
{
	if (value)
		json_object_set_new(object, kind,
				    json_pack("{s:[s]}", of, value));
}

static void add_rule(json_t *list, const struct rule *rule)
{
	json_t *object;

	if (rule->cap) {
		json_t *denied = rule_json(rule, LINUX_EPERM);

		object = rule_json(rule, 0);
		set_condition(object, "includes", "caps", rule->cap);
		set_condition(denied, "excludes", "caps", rule->cap);
		json_array_append_new(list, object);
		json_array_append_new(list, denied);
		return;
	}
	object = rule_json(rule, rule->errno_ret);
	set_condition(object, "includes", "arches", rule->arch);
	set_condition(object, "includes", "caps", rule->with_cap);
	set_condition(object, "excludes", "caps", rule->without_cap);
	json_array_append_new(list, object);
}

json_t *seccomp_default(void)
{
	json_t *profile =
		json_pack("{s:s, s:i}", "defaultAction", "SCMP_ACT_ERRNO",
			  "defaultErrnoRet", LINUX_ENOSYS);
	json_t *map = json_array();
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(architectures); i++) {
		json_t *more = json_array();

		if (architectures[i].first)
			json_array_append_new(
				more, json_string(architectures[i].first));
		if (architectures[i].second)
			json_array_append_new(
				more, json_string(architectures[i].second));
		json_array_append_new(map,
				      json_pack("{s:s, s:o}", "architecture",
						architectures[i].name,
						"subArchitectures", more));
	}
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		add_rule(list, &rules[i]);
	json_object_set_new(profile, "archMap", map);
	json_object_set_new(profile, "syscalls", list);
	return profile;
}
