/* SPDX-License-Identifier: Apache-2.0 */
/* Long-running containers: what the command line can ask for. */
#include "pkg/init/service/services.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "pkg/init/service/client.h"
#include "pkg/init/service/containerd.h"
#include "pkg/init/service/engine.h"
#include "pkg/init/service/oneshot.h"
#include "pkg/init/service/supervisor.h"

/* The boot does not wait longer than this for the first round of starts. */
#define FIRST_ROUND_MS 180000
#define KILL_MS 10000

#define CONTAINERD_LINK "/etc/init.d/020-containerd"

/* The supervisor's own process: part of nobody's terminal or pipe. */
static _Noreturn void supervise(const struct services *services,
				bool with_containerd, int report_fd)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)setsid();
	(void)chdir("/");
	if (null >= 0)
		(void)dup2(null, STDIN_FILENO);
	supervisor_run(services, with_containerd, report_fd);
}

/* Until the first round is over; the supervisor stays. */
static int await(int report_fd)
{
	struct pollfd poll_fd = { .fd = report_fd, .events = POLLIN };
	unsigned char status = 1;

	if (poll(&poll_fd, 1, FIRST_ROUND_MS) == 0) {
		say("services are still being started; the boot goes on");
		return 0;
	}
	if (read(report_fd, &status, 1) != 1)
		say("no services: the supervisor died");
	return status;
}

static int begin(const struct services *services, bool with_containerd)
{
	char stopper[256];
	int ends[2];

	if (oneshot_stopped(stopper, sizeof(stopper))) {
		say("no services: onboot container %s failed", stopper);
		return 1;
	}
	if (client_reaches()) {
		say("services are supervised already");
		return 1;
	}
	if (pipe2(ends, O_CLOEXEC) < 0) {
		say("no services: no pipe");
		return 1;
	}
	pid_t pid = fork();

	if (pid == 0) {
		(void)close(ends[0]);
		supervise(services, with_containerd, ends[1]);
	}
	(void)close(ends[1]);
	if (pid < 0)
		say("no services: no process");
	int status = pid < 0 ? 1 : await(ends[0]);

	(void)close(ends[0]);
	return status;
}

int services_system_init(const struct services *services)
{
	return begin(services, true);
}

int services_resume(const struct services *services, bool with_containerd)
{
	(void)chdir("/");
	supervisor_resume(services, with_containerd);
}

int services_alone(const struct services *services)
{
	SCOPED_NAMES names = { 0 };
	struct err err;

	if (fs_exists(CONTAINERD_LINK))
		return 0;
	if (fs_folders(services->folder, &names, &err) < 0) {
		say("no services: %s", err.msg);
		return 1;
	}
	return names.count > 0 ? begin(services, false) : 0;
}

static int start(const struct services *services, const char *name, pid_t *pid,
		 struct err *err)
{
	SCOPED_BUNDLE bundle = { 0 };

	if (bundle_open(&bundle, services, name, err) < 0 ||
	    bundle_make_run(&bundle, err) < 0)
		return -1;
	return engine_containerd.start(&bundle, pid, err);
}

int services_start(const struct services *services, const char *name)
{
	struct err err;
	pid_t pid = 0;

	if (client_reaches())
		return client_ask("start", name);
	if (start(services, name, &pid, &err) < 0) {
		say("%s: failed: %s", name, err.msg);
		return 1;
	}
	say_step("%s: started (pid %d)", name, (int)pid);
	return 0;
}

/* True if it ended in time. */
static bool signal_and_wait(int pidfd, int sig, long long timeout_ms)
{
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };

	(void)pidfd_send_signal(pidfd, sig, NULL, 0);
	return poll(&poll_fd, 1, (int)timeout_ms) > 0;
}

static int stop(const struct services *services, const char *name,
		struct err *err)
{
	SCOPED_BUNDLE bundle = { 0 };
	struct task task;
	int status;

	if (bundle_open(&bundle, services, name, err) < 0 ||
	    engine_find_task(&bundle, &task, err) < 0)
		return -1;
	long long grace = bundle.runtime.policy.stop_timeout_ms;
	bool alive = task.status != TASK_NONE && task.status != TASK_STOPPED;
	SCOPED_FD pidfd = alive ? pidfd_open(task.pid, 0) : -1;

	if (pidfd >= 0 && !signal_and_wait(pidfd, SIGTERM, grace)) {
		say("%s: still there after %lld ms, killing it", name, grace);
		(void)signal_and_wait(pidfd, SIGKILL, KILL_MS);
	}
	return engine_containerd.end(&bundle, &status, err);
}

int services_stop(const struct services *services, const char *name)
{
	struct err err;

	if (client_reaches())
		return client_ask("stop", name);
	if (stop(services, name, &err) < 0) {
		say("%s: stop failed: %s", name, err.msg);
		return 1;
	}
	say_step("%s: stopped", name);
	return 0;
}

int services_restart(const struct services *services, const char *name)
{
	if (client_reaches())
		return client_ask("restart", name);
	int status = services_stop(services, name);

	return status ? status : services_start(services, name);
}

static int list_one(const struct services *services, const char *name)
{
	static const char *const words[] = {
		[TASK_NONE] = "absent",     [TASK_CREATED] = "created",
		[TASK_RUNNING] = "running", [TASK_STOPPED] = "stopped",
		[TASK_PAUSED] = "paused",   [TASK_PAUSING] = "pausing",
	};
	SCOPED_BUNDLE bundle = { 0 };
	struct task task;
	struct err err;

	if (bundle_open(&bundle, services, name, &err) < 0 ||
	    engine_find_task(&bundle, &task, &err) < 0) {
		say("%s: %s", name, err.msg);
		return 1;
	}
	(void)printf("%-24s %-8s", name,
		     task.status < ARRAY_LEN(words) ? words[task.status]
						    : "unknown");
	if (task.status == TASK_RUNNING)
		(void)printf(" pid %d", (int)task.pid);
	if (task.status == TASK_STOPPED)
		(void)printf(" exit status %u", task.exit_status);
	(void)putchar('\n');
	return 0;
}

int services_list(const struct services *services)
{
	SCOPED_NAMES names = { 0 };
	struct err err;

	if (client_reaches())
		return client_list(NULL, services->json);
	if (fs_folders(services->folder, &names, &err) < 0) {
		say("%s", err.msg);
		return 1;
	}
	for (size_t i = 0; i < names.count; i++)
		(void)list_one(services, names.name[i]);
	return 0;
}

int services_status(const struct services *services, const char *name)
{
	if (client_reaches())
		return client_list(name, services->json);
	return list_one(services, name);
}

int services_down(void)
{
	return client_reaches() ? client_down() : 0;
}
