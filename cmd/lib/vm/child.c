/* SPDX-License-Identifier: Apache-2.0 */
/* A program that lives as long as we do. */
#include "cmd/lib/vm/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "cmd/lib/base/clock.h"
#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/subprocess.h"

#define STEP_MS 20
#define COMMAND_MS 60000

/* In the child: only calls that are safe after fork. */
static void become(char *const *argv, enum child_kind kind, pid_t parent,
		   int fd)
{
#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	/* It may have ended before that took hold. */
	if (getppid() != parent)
		_exit(127);
	signal(SIGPIPE, SIG_DFL);
	/* A session of its own: Ctrl-C is not for it, and whose terminal hangs
	   up gets a signal. */
	setsid();
	if (kind == CHILD_CONSOLE)
		ioctl(fd, TIOCSCTTY, 0);
	if (dup2(fd, 0) < 0 || dup2(fd, 1) < 0 ||
	    (kind == CHILD_SILENT && dup2(fd, 2) < 0))
		_exit(127);
	execvp(argv[0], argv);
	_exit(127);
}

/* Bytes go through it as they are. */
static int open_terminal(int *ours, int *its, struct err *err)
{
	struct termios modes;
	const char *name;

	*ours = posix_openpt(O_RDWR | O_NOCTTY);
	if (*ours < 0 || grantpt(*ours) < 0 || unlockpt(*ours) < 0)
		return err_sys(err, "make a terminal");
	fcntl(*ours, F_SETFD, FD_CLOEXEC);
	fcntl(*ours, F_SETFL, O_NONBLOCK);
	name = ptsname(*ours);
	*its = name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
	if (*its < 0 || tcgetattr(*its, &modes) < 0)
		return err_sys(err, "open a terminal");
	cfmakeraw(&modes);
	/* QEMU switches the output's modes on again, so there must be none. */
	modes.c_oflag = 0;
	if (tcsetattr(*its, TCSANOW, &modes) < 0)
		return err_sys(err, "set a terminal");
	return 0;
}

static int open_null(int *fd, struct err *err)
{
	*fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return *fd < 0 ? err_sys(err, "open /dev/null") : 0;
}

int child_find(const char *program, const char *cure, struct err *err)
{
	if (subprocess_finds(program))
		return 0;
	return err_set(err, FAULT_SYSTEM,
		       "the program %s is needed and not in PATH%s%s", program,
		       cure ? ": " : "", cure ? cure : "");
}

int child_start(struct child *child, const struct strv *argv,
		enum child_kind kind, const char *cure, struct err *err)
{
	SCOPED_FD int terminal = -1;
	SCOPED_FD int fd = -1;
	pid_t self = getpid();
	int result;

	if (child_find(argv->items[0], cure, err) < 0)
		return -1;
	result = kind == CHILD_CONSOLE ? open_terminal(&terminal, &fd, err)
				       : open_null(&fd, err);
	if (result < 0)
		return -1;
	fflush(stdout);
	child->pid = fork();
	if (child->pid == 0)
		become(argv->items, kind, self, fd);
	child->terminal = take_fd(&terminal);
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
	if (child->terminal >= 0)
		close(child->terminal);
	*child = (struct child){ .status = child->status, .terminal = -1 };
}

int child_run(const struct strv *argv, bool quiet, const char *cure,
	      struct err *err)
{
	SCOPED(child) child = CHILD_INIT;
	long long end = clock_monotonic_ms() + COMMAND_MS;
	const char *verb = argv->count > 1 ? argv->items[1] : "";

	if (child_start(&child, argv, quiet ? CHILD_SILENT : CHILD_HELPER, cure,
			err) < 0)
		return -1;
	while (!child_has_ended(&child, STEP_MS))
		if (clock_monotonic_ms() >= end)
			return err_set(err, FAULT_SYSTEM,
				       "%s %s has not ended within %d seconds",
				       argv->items[0], verb, COMMAND_MS / 1000);
	if (WIFEXITED(child.status) && WEXITSTATUS(child.status) == 0)
		return 0;
	return err_set(err, FAULT_SYSTEM, "%s %s failed", argv->items[0], verb);
}
