/* SPDX-License-Identifier: Apache-2.0 */
/* The way down: scripts, processes, then the file systems. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pkg/init/common/proctext.h"
#include "pkg/init/init/down.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/keeper.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/mounts.h"
#include "pkg/init/init/power.h"
#include "pkg/init/init/script.h"
#include "pkg/init/init/seed.h"
#include "pkg/init/init/unmount.h"
#include "pkg/init/init/watchdog.h"

#define SCRIPTS_MS 60000
#define TERM_MS 5000
#define KILL_MS 2000
#define STATUS_BYTES 2048

/* False at the deadline. A supervisor that dies now has services to stop yet.
 */
static bool run_script(struct scripts *scripts, long long deadline)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid == scripts->pid) {
			scripts_ended(scripts, status);
			return true;
		}
		if (pid > 0)
			keeper_reaped(pid, status);
		if (!down_wait(deadline, pid > 0))
			return false;
		keeper_tick();
	}
}

static void run_scripts(void)
{
	struct scripts scripts = { .folder = "/etc/shutdown.d" };
	long long deadline = down_now() + SCRIPTS_MS;

	while (scripts_start_next(&scripts) > 0)
		if (!run_script(&scripts, deadline)) {
			log_warn("shutdown scripts cut short");
			return;
		}
}

/* Reaps until no process is left; false at the deadline. */
static bool reap_all(int timeout_ms)
{
	long long deadline = down_now() + timeout_ms;

	for (;;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0 && errno == ECHILD)
			return true;
		if (!down_wait(deadline, pid > 0))
			return false;
	}
}

/*
 * Some would cost the whole grace period: the first process of a container
 * without a handler, to which SIGTERM does not come, and a shell on a terminal,
 * which ignores it but minds a hang-up.
 */
static void help_deaf(pid_t pid)
{
	char path[64];
	char text[STATUS_BYTES];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (file_read(path, text, sizeof(text)) > 0 && stat_has_terminal(text))
		(void)kill(pid, SIGHUP);
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (file_read(path, text, sizeof(text)) > 0 &&
	    status_is_deaf(text, SIGTERM))
		(void)kill(pid, SIGKILL);
}

static void help_all_deaf(void)
{
	struct dir dir;
	const char *name;

	if (dir_open(&dir, "/proc") < 0)
		return;
	while ((name = dir_next(&dir))) {
		long pid = strtol(name, NULL, 10);

		watchdog_tick();
		if (pid > 1)
			help_deaf((pid_t)pid);
	}
	dir_close(&dir);
}

static void end_processes(void)
{
	(void)kill(-1, SIGTERM);
	(void)kill(-1, SIGCONT);
	help_all_deaf();
	if (reap_all(TERM_MS))
		return;
	log_info("killing what is left");
	(void)kill(-1, SIGKILL);
	if (!reap_all(KILL_MS))
		log_warn("some processes cannot be killed");
}

/* Somebody may have unmounted or covered what the way down looks at. */
static void look_again(void)
{
	if (access("/proc/self/mountinfo", F_OK) < 0)
		(void)mounts_proc();
	if (access("/sys/block", F_OK) < 0)
		(void)mounts_sys();
}

static int save_seed(const char *unused)
{
	(void)unused;
	seed_save();
	return 0;
}

static int write_all(const char *unused)
{
	(void)unused;
	sync();
	return 0;
}

static void release_disks(void)
{
	if (down_do(save_seed, "") < 0)
		log_warn("random seed: %m");
	unmount_all();
	if (down_do(write_all, "") < 0)
		log_warn("sync: %m");
}

_Noreturn void power_shutdown(enum power how)
{
	down_begin();
	log_unstop();
	log_say("going down: %s", power_name(how));
	look_again();
	run_scripts();
	keeper_stop();
	end_processes();
	look_again();
	release_disks();
	/* A reboot that hangs is one more reason for it. */
	if (how != POWER_REBOOT)
		watchdog_disarm();
	log_say("%s", power_name(how));
	power_do(how);
	log_say("%s: %m", power_name(how));
	for (;;)
		(void)pause();
}
