/* SPDX-License-Identifier: Apache-2.0 */
/* Work that may take long, in a process of its own. */
#include "pkg/init/service/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "pkg/init/service/process.h"

static _Noreturn void child(int fd,
			    void (*run)(const void *subject, struct work *work),
			    const void *subject)
{
	struct work work = { .status = NO_STATUS };
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)setpgid(0, 0);
	process_set_oom_score(0);
	run(subject, &work);
	(void)!write(fd, &work, sizeof(work));
	/* What a runtime that had to be killed has begun must not stay. */
	if (work.failed)
		(void)kill(0, SIGKILL);
	_exit(0);
}

int worker_start(struct worker *worker,
		 void (*run)(const void *subject, struct work *work),
		 const void *subject, struct err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, "pipe");
	pid_t pid = fork();

	if (pid == 0)
		child(ends[1], run, subject);
	(void)close(ends[1]);
	if (pid < 0) {
		(void)err_sys(err, "fork");
		(void)close(ends[0]);
		return -1;
	}
	/* In both, so that it holds whoever comes first. */
	(void)setpgid(pid, pid);
	*worker = (struct worker){ .pid = pid, .fd = ends[0] };
	return 0;
}

void worker_take(struct worker *worker, struct work *work)
{
	ssize_t got = read(worker->fd, work, sizeof(*work));

	if (got != (ssize_t)sizeof(*work)) {
		*work = (struct work){ .failed = true, .status = NO_STATUS };
		(void)err_set(&work->err, "the launcher's worker died");
	}
	(void)close(worker->fd);
	*worker = (struct worker)WORKER_IDLE;
}

void worker_cancel(struct worker *worker)
{
	if (worker->pid > 0)
		(void)kill(-worker->pid, SIGKILL);
	if (worker->fd >= 0)
		(void)close(worker->fd);
	*worker = (struct worker)WORKER_IDLE;
}
