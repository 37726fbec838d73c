/* SPDX-License-Identifier: Apache-2.0 */
/* Other programs. */
#include "cmd/lib/base/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/os.h"

#define ERROR_TAIL_BYTES 2000

bool subprocess_finds(const char *program)
{
	const char *path = getenv("PATH");
	SCOPED(strv) directories = { 0 };

	if (strchr(program, '/'))
		return access(program, X_OK) == 0;
	strv_split(&directories, path ? path : "/usr/bin:/bin", ':');
	for (size_t i = 0; i < directories.count; i++) {
		SCOPED_FREE char *full =
			xasprintf("%s/%s", directories.items[i], program);

		if (access(full, X_OK) == 0)
			return true;
	}
	return false;
}

/* In the child: only calls that are safe after fork. */
static void become(const struct subprocess *process, char *const *argv,
		   char **env, int null_fd)
{
	int in = process->stdin_fd >= 0 ? process->stdin_fd : null_fd;
	int out = process->stdout_fd >= 0 ? process->stdout_fd : null_fd;

	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 ||
	    dup2(process->stderr_fd, 2) < 0)
		_exit(127);
	signal(SIGPIPE, SIG_DFL);
	os_exec(argv, env);
	_exit(127);
}

static void make_environment(struct strv *list, const char *const *extra)
{
	for (size_t i = 0; environ[i]; i++)
		strv_add(list, environ[i]);
	for (size_t i = 0; extra && extra[i]; i++) {
		size_t name = strcspn(extra[i], "=") + 1;
		size_t slot = 0;

		while (slot < list->count &&
		       strncmp(list->items[slot], extra[i], name) != 0)
			slot++;
		if (slot == list->count) {
			strv_add(list, extra[i]);
			continue;
		}
		free(list->items[slot]);
		list->items[slot] = xstrdup(extra[i]);
	}
}

int subprocess_start(struct subprocess *process, const struct strv *argv,
		     struct err *err)
{
	SCOPED_FD int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	SCOPED(strv) env = { 0 };

	process->name = xstrdup(argv->items[0]);
	if (null_fd < 0)
		return err_sys(err, "open /dev/null");
	if (!subprocess_finds(process->name))
		return err_set(err, FAULT_SYSTEM,
			       "the program %s is needed and not in PATH",
			       process->name);
	if (fd_temporary(&process->stderr_fd, NULL, err) < 0)
		return -1;
	make_environment(&env, process->extra_env);
	process->pid = fork();
	if (process->pid < 0) {
		process->pid = 0;
		return err_sys(err, "start %s", process->name);
	}
	if (process->pid == 0)
		become(process, argv->items, env.items, null_fd);
	return 0;
}

static pid_t reap(pid_t pid, int *status)
{
	pid_t got;

	do
		got = waitpid(pid, status, 0);
	while (got < 0 && errno == EINTR);
	return got;
}

/* The last lines of standard error, on one line. */
static char *error_tail(const struct subprocess *process)
{
	char text[ERROR_TAIL_BYTES + 1];
	off_t end = lseek(process->stderr_fd, 0, SEEK_END);
	off_t start = end > ERROR_TAIL_BYTES ? end - ERROR_TAIL_BYTES : 0;
	ssize_t got = pread(process->stderr_fd, text, ERROR_TAIL_BYTES, start);

	if (got < 0)
		got = 0;
	while (got > 0 && (text[got - 1] == '\n' || text[got - 1] == ' '))
		got--;
	text[got] = '\0';
	for (char *c = text; *c; c++)
		if (*c == '\n' || *c == '\r')
			*c = ';';
	return xstrdup(text);
}

int subprocess_wait(struct subprocess *process, struct err *err)
{
	SCOPED_FREE char *tail = NULL;
	pid_t pid = process->pid;
	int status = 0;

	process->pid = 0;
	if (reap(pid, &status) < 0)
		return err_sys(err, "wait for %s", process->name);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	tail = error_tail(process);
	if (WIFSIGNALED(status))
		return err_set(err, FAULT_SYSTEM,
			       "%s was killed by signal %d%s%s", process->name,
			       WTERMSIG(status), *tail ? ": " : "", tail);
	return err_set(err, FAULT_SYSTEM, "%s failed with status %d%s%s",
		       process->name, WEXITSTATUS(status), *tail ? ": " : "",
		       tail);
}

void subprocess_release(struct subprocess *process)
{
	int status;

	if (process->pid > 0) {
		kill(process->pid, SIGKILL);
		reap(process->pid, &status);
	}
	if (process->stderr_fd >= 0)
		close(process->stderr_fd);
	free(process->name);
	*process = (struct subprocess)SUBPROCESS_INIT;
}

int subprocess_run(const struct strv *argv, struct err *err)
{
	SCOPED(subprocess) process = SUBPROCESS_INIT;

	if (subprocess_start(&process, argv, err) < 0)
		return -1;
	return subprocess_wait(&process, err);
}
