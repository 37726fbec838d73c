/* SPDX-License-Identifier: Apache-2.0 */
/* A program that lives as long as we do. */
#include "cmd/lib/vm/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "cmd/lib/base/clock.h"
#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/subprocess.h"

#define STEP_MS 20

/* In the child: only calls that are safe after fork. */
static void become(char *const *argv, enum child_input input, pid_t parent,
		   int fd)
{
#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	/* It may have ended before that took hold. */
	if (getppid() != parent)
		_exit(127);
	signal(SIGPIPE, SIG_DFL);
	if (input != CHILD_TERMINAL)
		setpgid(0, 0);
	if (input == CHILD_SILENT &&
	    (dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0))
		_exit(127);
	/* A terminal would stop it for reading in the background. */
	if (input == CHILD_CAPTURED && (dup2(fd, 1) < 0 || close(0) < 0 ||
					open("/dev/null", O_RDONLY) != 0))
		_exit(127);
	execvp(argv[0], argv);
	_exit(127);
}

/* `*fd` is the child's, `*output` ours. */
static int open_output(enum child_input input, int *fd, int *output,
		       struct err *err)
{
	int ends[2];

	if (input != CHILD_CAPTURED) {
		*fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		return *fd < 0 ? err_sys(err, "open /dev/null") : 0;
	}
	if (pipe(ends) < 0)
		return err_sys(err, "make a pipe");
	*output = ends[0];
	*fd = ends[1];
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	return 0;
}

int child_start(struct child *child, const struct strv *argv,
		enum child_input input, struct err *err)
{
	SCOPED_FD int fd = -1;
	SCOPED_FD int output = -1;
	pid_t self = getpid();

	if (!subprocess_finds(argv->items[0]))
		return err_set(err, FAULT_SYSTEM,
			       "the program %s is needed and not in PATH",
			       argv->items[0]);
	if (open_output(input, &fd, &output, err) < 0)
		return -1;
	fflush(stdout);
	child->pid = fork();
	if (child->pid == 0)
		become(argv->items, input, self, fd);
	child->output = take_fd(&output);
	if (child->pid > 0)
		return 0;
	child->pid = 0;
	return err_sys(err, "start %s", argv->items[0]);
}

bool child_has_ended(struct child *child, long ms)
{
	long long end = clock_monotonic_ms() + ms;
	struct timespec step = { .tv_nsec = STEP_MS * 1000000L };

	while (child->pid > 0) {
		pid_t got = waitpid(child->pid, &child->status, WNOHANG);

		if (got == child->pid || (got < 0 && errno == ECHILD))
			child->pid = 0;
		else if (clock_monotonic_ms() >= end ||
			 nanosleep(&step, NULL) < 0)
			return false;
	}
	return true;
}

void child_release(struct child *child)
{
	if (child->pid > 0) {
		kill(child->pid, SIGKILL);
		while (waitpid(child->pid, &child->status, 0) < 0 &&
		       errno == EINTR)
			;
	}
	child->pid = 0;
}
