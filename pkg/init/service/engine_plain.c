/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services as plain processes in namespaces that the launcher makes itself. The
 * new process and its worker take turns over a socket: it waits to be put into
 * its control group, tells that its namespaces are there, waits for what is to
 * be done to them from outside, and tells why it could not go on. The end of
 * the socket is the beginning of the command.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pkg/init/service/engine.h"
#include "pkg/init/service/fs.h"
#include "pkg/init/service/inside.h"
#include "pkg/init/service/plain.h"
#include "pkg/init/service/spawn.h"
#include "pkg/init/service/spec.h"

/* Above every descriptor that readiness may ask for. */
#define HIGH_FD 1024

struct plain_start {
	const struct bundle *bundle;
	struct plain plain;
	char group[PATH_BYTES];
	char root[PATH_BYTES];
	int socket; /* the new process's end */
};

static int group_path(const struct plain *plain, const struct bundle *bundle,
		      char *path, struct err *err)
{
	const char *own = plain->cgroup;

	if (own[0])
		return fs_path(path, err, "/sys/fs/cgroup/%s",
			       own + (own[0] == '/'));
	return fs_path(path, err, "/sys/fs/cgroup/%s", bundle->name);
}

static int read_plain(const struct bundle *bundle, struct plain *plain,
		      struct err *err)
{
	SCOPED_FREE char *text = NULL;

	*plain = (struct plain){ 0 };
	if (spec_load(bundle->path, &text, err) < 0)
		return -1;
	return plain_decode(plain, text, err);
}

static int open_streams(const struct bundle *bundle, struct err *err)
{
	SCOPED_FD null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	SCOPED_FD out = open(bundle->out_path, O_RDWR | O_APPEND | O_CLOEXEC);
	SCOPED_FD log = open(bundle->err_path, O_RDWR | O_APPEND | O_CLOEXEC);

	if (null < 0 || out < 0 || log < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
		return err_sys(err, "open the log");
	return 0;
}

/* As OCI runtimes do; ::1 comes with it. */
static int raise_loopback(struct err *err)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	SCOPED_FD fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return err_sys(err, "set up the loopback");
	return 0;
}

/* Existing ones by their path, new ones by their kind; PID came before. */
static int enter_namespaces(const struct plain *plain, struct err *err)
{
	int fresh = 0;

	for (size_t i = 0; i < plain->ns_count; i++) {
		const struct plain_ns *ns = &plain->ns[i];

		if (ns->flag == CLONE_NEWPID)
			continue;
		if (!ns->path[0]) {
			fresh |= ns->flag;
			continue;
		}
		SCOPED_FD fd = open(ns->path, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || setns(fd, ns->flag) < 0)
			return err_sys(err, "enter %s", ns->path);
	}
	if (unshare(fresh) < 0)
		return err_sys(err, "make namespaces");
	if (fresh & CLONE_NEWNET && raise_loopback(err) < 0)
		return -1;
	if (plain->hostname[0] &&
	    sethostname(plain->hostname, strlen(plain->hostname)) < 0)
		return err_sys(err, "set the host name");
	return 0;
}

/* A file below a /proc that may be out of sight by now. */
static int write_proc(int proc, const char *name, const char *text,
		      struct err *err)
{
	SCOPED_FD fd = openat(proc, name, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return err_sys(err, "write /proc/%s", name);
	return 0;
}

static int open_proc(struct err *err)
{
	int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_sys(err, "open /proc") : fd;
}

/* All are of namespaces of its own: see plain_decode. */
static int set_sysctl(const struct plain *plain, int proc, struct err *err)
{
	const union {
		const json_t *in;
		json_t *out;
	} sysctl = { plain->sysctl };
	const char *key;
	json_t *value;

	json_object_foreach(sysctl.out, key, value)
	{
		char path[PATH_BYTES];

		if (fs_path(path, err, "sys/%s", key) < 0)
			return -1;
		if (strstr(key, "..") || !json_is_string(value))
			return err_set(err, "sysctl %s: unusable", key);
		for (char *at = path; *at; at++)
			if (*at == '.')
				*at = '/';
		if (write_proc(proc, path, json_string_value(value), err) < 0)
			return -1;
	}
	return 0;
}

static int set_labels(const struct plain *plain, int proc, struct err *err)
{
	char text[PATH_BYTES];

	if (plain->has_oom_score_adj) {
		(void)snprintf(text, sizeof(text), "%lld",
			       plain->oom_score_adj);
		if (write_proc(proc, "self/oom_score_adj", text, err) < 0)
			return -1;
	}
	if (!plain->apparmor[0])
		return 0;
	if (fs_path(text, err, "exec %s", plain->apparmor) < 0)
		return -1;
	return write_proc(proc, "self/attr/exec", text, err);
}

static int confine(const struct plain_start *start, struct err *err)
{
	const struct policy *policy = &start->bundle->runtime.policy;
	SCOPED_FD proc = open_proc(err);
	char fifo[PATH_BYTES];

	if (proc < 0 || bundle_fifo(start->bundle, fifo, err) < 0 ||
	    (policy->ready.fd > 0 &&
	     inside_open_ready(fifo, policy->ready.fd, err) < 0) ||
	    open_streams(start->bundle, err) < 0 ||
	    set_sysctl(&start->plain, proc, err) < 0 ||
	    set_labels(&start->plain, proc, err) < 0 ||
	    plain_enter_root(&start->plain, start->root, start->group, err) <
		    0 ||
	    plain_become(&start->plain, err) < 0)
		return -1;
	return policy->landlock.asked ? inside_landlock(&policy->landlock, err)
				      : 0;
}

static bool wait_turn(int socket)
{
	char turn;

	return recv(socket, &turn, 1, 0) == 1;
}

static const char **words_of(const struct plain *plain)
{
	const char **argv = fs_alloc(plain->args.count + 1, sizeof(*argv));

	memcpy(argv, plain->args.item, plain->args.count * sizeof(*argv));
	return argv;
}

static _Noreturn void become(const struct plain_start *start)
{
	struct err err = { "" };
	const char **argv = words_of(&start->plain);

	(void)setsid();
	if (!wait_turn(start->socket))
		_exit(1);
	if (enter_namespaces(&start->plain, &err) == 0 &&
	    send(start->socket, "", 1, MSG_NOSIGNAL) == 1 &&
	    wait_turn(start->socket) && confine(start, &err) == 0)
		(void)!plain_exec(&start->plain, argv, &err);
	(void)send(start->socket, err.msg, strlen(err.msg) + 1, MSG_NOSIGNAL);
	_exit(127);
}

/* A fork into a new PID namespace, or one that is there, or ours. */
static pid_t fork_for(const struct plain *plain, struct err *err)
{
	unsigned long flags = SIGCHLD;

	for (size_t i = 0; i < plain->ns_count; i++) {
		const struct plain_ns *ns = &plain->ns[i];

		if (ns->flag != CLONE_NEWPID)
			continue;
		if (!ns->path[0]) {
			flags |= CLONE_NEWPID;
			continue;
		}
		SCOPED_FD fd = open(ns->path, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || setns(fd, CLONE_NEWPID) < 0)
			return err_sys(err, "enter %s", ns->path);
	}
	pid_t pid = (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);

	return pid < 0 ? err_sys(err, "clone") : pid;
}

/* An empty answer is a turn; a text is why it failed; the end is success. */
static int take_answer(int socket, bool last, struct err *err)
{
	char text[sizeof(err->msg)];
	ssize_t got = recv(socket, text, sizeof(text) - 1, 0);

	if (got <= 0)
		return last ? 0 : err_set(err, "the new process died");
	text[got] = '\0';
	return text[0] ? err_set(err, "%s", text) : 0;
}

static int lead(const struct plain_start *start, int socket, pid_t pid,
		struct err *err)
{
	if (plain_group_join(start->group, pid, err) < 0)
		return -1;
	if (send(socket, "", 1, MSG_NOSIGNAL) != 1)
		return err_sys(err, "begin");
	if (take_answer(socket, false, err) < 0 ||
	    bundle_prepare_process(start->bundle, pid, err) < 0)
		return -1;
	if (send(socket, "", 1, MSG_NOSIGNAL) != 1)
		return err_sys(err, "go on");
	return take_answer(socket, true, err);
}

static int run(struct plain_start *start, pid_t *pid, struct err *err)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys(err, "socket");
	start->socket = fcntl(ends[1], F_DUPFD_CLOEXEC, HIGH_FD);
	(void)close(ends[1]);
	*pid = start->socket < 0 ? err_sys(err, "descriptor")
				 : fork_for(&start->plain, err);
	if (*pid == 0) {
		(void)close(ends[0]);
		become(start);
	}
	if (start->socket >= 0)
		(void)close(start->socket);
	int done = *pid < 0 ? -1 : lead(start, ends[0], *pid, err);

	(void)close(ends[0]);
	if (done < 0 && *pid > 0) {
		(void)kill(*pid, SIGKILL);
		(void)waitpid(*pid, NULL, 0);
	}
	return done;
}

static int start_in(struct plain_start *start, pid_t *pid, struct err *err)
{
	struct err ignored;
	int done = plain_group_make(&start->plain, start->group, err);

	if (done == 0)
		done = bundle_prepare(start->bundle, err);
	if (done == 0)
		done = run(start, pid, err);
	if (done == 0)
		return 0;
	if (plain_group_end(start->group, &ignored) < 0)
		say_debug("%s", ignored.msg);
	bundle_undo(start->bundle);
	return -1;
}

static int start(const struct bundle *bundle, pid_t *pid, struct err *err)
{
	struct plain_start start = { .bundle = bundle };

	if (read_plain(bundle, &start.plain, err) < 0)
		return -1;
	int done = group_path(&start.plain, bundle, start.group, err);

	if (done == 0)
		done = fs_path(start.root, err, "%s/rootfs", bundle->path);
	if (done == 0)
		done = start_in(&start, pid, err);
	plain_release(&start.plain);
	return done;
}

static int end(const struct bundle *bundle, int *status, struct err *err)
{
	SCOPED_PLAIN plain = { 0 };
	char group[PATH_BYTES];

	(void)status;
	if (read_plain(bundle, &plain, err) < 0 ||
	    group_path(&plain, bundle, group, err) < 0 ||
	    plain_group_end(group, err) < 0)
		return -1;
	bundle_undo(bundle);
	return 0;
}

static _Noreturn void join(const struct plain *plain, int proc,
			   const struct engine_exec *exec)
{
	struct err err;

	if (set_labels(plain, proc, &err) == 0 &&
	    plain_become(plain, &err) == 0)
		(void)!plain_exec(plain, exec->argv, &err);
	say("%s", err.msg);
	_exit(126);
}

/* All namespaces of the service's first process at once, then one of it. */
static int exec(const struct bundle *bundle, const struct engine_exec *exec,
		int *status, struct err *err)
{
	SCOPED_PLAIN plain = { 0 };
	char group[PATH_BYTES];

	if (read_plain(bundle, &plain, err) < 0 ||
	    group_path(&plain, bundle, group, err) < 0 ||
	    plain_group_join(group, getpid(), err) < 0)
		return -1;
	SCOPED_FD proc = open_proc(err);

	if (proc < 0)
		return -1;
	SCOPED_FD pidfd = pidfd_open(exec->pid, 0);
	/* Logs are files of ours: open before we leave. */
	SCOPED_FD log = exec->attached ? -1
				       : open(bundle->err_path,
					      O_RDWR | O_APPEND | O_CLOEXEC);

	if (pidfd < 0 || (log < 0 && !exec->attached) ||
	    setns(pidfd, CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET |
				 CLONE_NEWPID | CLONE_NEWUTS |
				 CLONE_NEWCGROUP) < 0)
		return err_sys(err, "enter process %d", (int)exec->pid);
	pid_t pid = fork();

	if (pid == 0) {
		(void)signal(SIGINT, SIG_DFL);
		(void)signal(SIGQUIT, SIG_DFL);
		if (log >= 0)
			(void)dup2(log, STDOUT_FILENO);
		if (log >= 0)
			(void)dup2(log, STDERR_FILENO);
		join(&plain, proc, exec);
	}
	if (pid < 0)
		return err_sys(err, "fork");
	return spawn_limited(pid, exec->timeout_ms, status, err);
}

const struct engine engine_plain = {
	.name = "none",
	.start = start,
	.end = end,
	.exec = exec,
};
