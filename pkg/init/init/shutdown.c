/* SPDX-License-Identifier: Apache-2.0 */
/* The way down: scripts, processes, then the file systems. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pkg/init/common/proctext.h"
#include "pkg/init/init/button.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/keeper.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/mountinfo.h"
#include "pkg/init/init/power.h"
#include "pkg/init/init/script.h"
#include "pkg/init/init/seed.h"
#include "pkg/init/init/timeline.h"
#include "pkg/init/init/unmount.h"
#include "pkg/init/init/watchdog.h"

#define SCRIPTS_MS 60000
#define TERM_MS 5000
#define KILL_MS 2000
/* A button is pressed again by people and hosts who do not see that it was
 * heard. */
#define DEAF_MS 10000

#define STATUS_BYTES 2048

static long long began_ms;

static long long now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* As long as the watchdog and the supervisor's next start allow. */
static long long nap_ms(long long left)
{
	const long long dues[] = { watchdog_due(), keeper_due() };

	for (size_t i = 0; i < ARRAY_LEN(dues); i++) {
		long long nap = dues[i] - timeline_now();

		if (dues[i] != 0 && nap < left)
			left = nap > 0 ? nap : 0;
	}
	return left;
}

/* False if one of the signals is for us, not about a child. */
static bool only_children(int signals)
{
	struct signalfd_siginfo info;
	bool only = true;

	while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		only &= info.ssi_signo == SIGCHLD;
	return only;
}

/*
 * Sleeps until a child ends, the watchdog is due or the deadline. False at the
 * deadline, or when a second power signal, or a later press of the button, says
 * that waiting is over.
 */
static bool wait_event(long long deadline)
{
	static int signals = -1;
	long long left = deadline - now_ms();
	struct pollfd fds[1 + BUTTON_MAX] = { { .events = POLLIN } };
	size_t count = 1 + buttons_poll(fds + 1);
	sigset_t set;

	if (left <= 0)
		return false;
	watchdog_tick();
	if (signals < 0) {
		power_signals(&set);
		signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	}
	fds[0].fd = signals;
	if (poll(fds, count, (int)nap_ms(left)) < 0)
		return errno == EINTR;
	for (size_t i = 1; i < count; i++)
		if (fds[i].revents && buttons_pressed(fds[i].fd) &&
		    now_ms() - began_ms >= DEAF_MS)
			return false;
	return only_children(signals);
}

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
		else if (!wait_event(deadline))
			return false;
		keeper_tick();
	}
}

static void run_scripts(void)
{
	struct scripts scripts = { .folder = "/etc/shutdown.d" };
	long long deadline = now_ms() + SCRIPTS_MS;

	while (scripts_start_next(&scripts) > 0)
		if (!run_script(&scripts, deadline)) {
			log_warn("shutdown scripts cut short");
			return;
		}
}

/* Reaps until no process is left; false at the deadline. */
static bool reap_all(int timeout_ms)
{
	long long deadline = now_ms() + timeout_ms;

	for (;;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0 && errno == ECHILD)
			return true;
		if (pid == 0 && !wait_event(deadline))
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

_Noreturn void power_shutdown(enum power how)
{
	began_ms = now_ms();
	log_say("going down: %s", power_name(how));
	run_scripts();
	end_processes();
	seed_save();
	unmount_all();
	sync();
	/* A reboot that hangs is one more reason for it. */
	if (how != POWER_REBOOT)
		watchdog_disarm();
	log_say("%s", power_name(how));
	power_do(how);
	log_say("%s: %m", power_name(how));
	for (;;)
		(void)pause();
}
