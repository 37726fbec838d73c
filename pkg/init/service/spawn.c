/* SPDX-License-Identifier: Apache-2.0 */
/* Starting programs and waiting for them. */
#include "pkg/init/service/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pkg/init/service/fs.h"
#include "pkg/init/service/process.h"

long long clock_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void set_default(const char *variable)
{
	char name[64];
	const char *value = strchr(variable, '=');

	if (!value || (size_t)(value - variable) >= sizeof(name))
		return;
	(void)snprintf(name, sizeof(name), "%.*s", (int)(value - variable),
		       variable);
	(void)setenv(name, value + 1, 0);
}

static _Noreturn void child(const struct spawn *spawn)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	/* The supervisor's own habits are not for its children. */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGQUIT, SIG_DFL);
	if (null >= 0 && !spawn->with_input)
		(void)dup2(null, STDIN_FILENO);
	if (spawn->out_fd >= 0)
		(void)dup2(spawn->out_fd, STDOUT_FILENO);
	if (spawn->err_fd >= 0)
		(void)dup2(spawn->err_fd, STDERR_FILENO);
	if (spawn->variable)
		set_default(spawn->variable);
	if (spawn->expendable)
		process_set_oom_score(0);
	/* execv only reads its words; its type is older than const. */
	const union {
		const char *const *in;
		char *const *out;
	} argv = { spawn->argv };

	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): the union */
	(void)execv(spawn->argv[0], argv.out);
	say("%s: %s", spawn->argv[0], strerror(errno));
	_exit(127);
}

pid_t spawn_start(const struct spawn *spawn, struct err *err)
{
	pid_t pid = fork();

	if (pid == 0)
		child(spawn);
	if (pid < 0)
		return err_sys(err, "fork");
	return pid;
}

int spawn_wait(pid_t pid, int timeout_ms, int *status, struct err *err)
{
	if (timeout_ms != WAIT_FOREVER) {
		SCOPED_FD fd = pidfd_open(pid, 0);
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

		if (fd < 0)
			return err_sys(err, "watch process %d", (int)pid);
		if (poll(&poll_fd, 1, timeout_ms) == 0)
			return 0;
	}
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return err_sys(err, "wait for process %d", (int)pid);
	return 1;
}

/* 0 and how it ended, or -1, even if it had to be killed. */
static int wait_or_kill(pid_t pid, long long timeout_ms, int *how,
			struct err *err)
{
	int wait_ms = timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms;
	int ended =
		spawn_wait(pid, wait_ms > 0 ? wait_ms : WAIT_FOREVER, how, err);

	if (ended != 0)
		return ended < 0 ? -1 : 0;
	(void)kill(pid, SIGKILL);
	if (spawn_wait(pid, WAIT_FOREVER, how, err) < 0)
		return -1;
	return err_set(err, "not done within %lld ms", timeout_ms);
}

int spawn_limited(pid_t pid, long long timeout_ms, int *status, struct err *err)
{
	int how;

	if (wait_or_kill(pid, timeout_ms, &how, err) < 0)
		return -1;
	*status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
	return 0;
}

void spawn_describe(int status, char *text, size_t size)
{
	if (WIFSIGNALED(status))
		(void)snprintf(text, size, "killed by signal %d",
			       WTERMSIG(status));
	else if (WEXITSTATUS(status) > 128)
		(void)snprintf(text, size, "exit status %d (signal %d)",
			       WEXITSTATUS(status), WEXITSTATUS(status) - 128);
	else
		(void)snprintf(text, size, "exit status %d",
			       WEXITSTATUS(status));
}

int spawn_run(const struct spawn *spawn, struct err *err)
{
	char text[64];
	int status = 0;
	pid_t pid = spawn_start(spawn, err);

	if (pid < 0 || wait_or_kill(pid, spawn->limit_ms, &status, err) < 0)
		return -1;
	if (status == 0)
		return 0;
	spawn_describe(status, text, sizeof(text));
	return err_set(err, "%s", text);
}
