/* SPDX-License-Identifier: Apache-2.0 */
/* What PID 1 does for the rest of the machine's life. */
#include "pkg/init/init/loop.h"

#include <errno.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pkg/init/init/base.h"
#include "pkg/init/init/button.h"
#include "pkg/init/init/cmdline.h"
#include "pkg/init/init/keeper.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/modules.h"
#include "pkg/init/init/power.h"
#include "pkg/init/init/rescue.h"
#include "pkg/init/init/script.h"
#include "pkg/init/init/shell.h"
#include "pkg/init/init/timeline.h"
#include "pkg/init/init/uevent.h"
#include "pkg/init/init/watchdog.h"

#define EVENT_BYTES 8192

/* So much of one kind in one turn: whoever makes them without end must not
 * keep the rest from being seen. */
#define TURN_MAX 64

/* Modules that nobody waits for are loaded after the boot, or this late. */
#define REST_MS 2000

/* In a storm of events more are lost; devices are looked for after it. */
#define LOST_MS 1000

static struct scripts boot_scripts = { .folder = "/etc/init.d" };
static pid_t shell;

/* When what has not been loaded yet is looked for; 0: nothing is missing. */
static long long rest_due;

static void start_next(void)
{
	if (scripts_start_next(&boot_scripts) > 0)
		return;
	long long now = timeline_now();

	if (rest_due != 0)
		rest_due = now;
	timeline_mark("init", "complete");
	log_say("boot complete after %lld.%03lld s (%s)", now / 1000,
		now % 1000, timeline_steps());
}

static void begin(const char *cmdline)
{
	rest_due = timeline_now() + REST_MS;
	if (cmdline_has(cmdline, "kit.debug=shell"))
		shell = shell_start();
	if (shell == 0)
		start_next();
}

static void script_ended(int status)
{
	scripts_ended(&boot_scripts, status);
	timeline_step(boot_scripts.name);
	timeline_mark("init", boot_scripts.name);
	start_next();
}

/* More children have ended than one turn reaps. */
static bool unreaped;

static void reap(void)
{
	int status;
	pid_t pid = 0;

	for (int i = 0; i < TURN_MAX; i++) {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid <= 0)
			break;
		if (pid == boot_scripts.pid) {
			script_ended(status);
		} else if (pid == shell) {
			shell = 0;
			timeline_step("shell");
			timeline_mark("init", "shell");
			start_next();
		} else {
			keeper_reaped(pid, status);
		}
	}
	unreaped = pid > 0;
}

static _Noreturn void go_down(enum power how)
{
	/* Else it would go on starting what is about to be ended. */
	if (boot_scripts.pid > 0)
		(void)kill(boot_scripts.pid, SIGTERM);
	keeper_hurry();
	power_shutdown(how);
}

static void read_signal(int fd)
{
	struct signalfd_siginfo info;

	for (int i = 0; i < TURN_MAX; i++) {
		if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
			break;
		enum power how = power_of_signal((int)info.ssi_signo);

		if (how != POWER_NONE)
			go_down(how);
	}
	reap();
}

/* In a child, since a driver may take its time to find its device. */
static void load_aside(const char *alias)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (alias)
			(void)modules_load_alias(alias);
		else
			modules_coldplug(COLDPLUG_ALL);
		_exit(0);
	}
	if (pid < 0)
		log_warn("fork: %m");
}

/* Once for all that is lost by then: to look at all devices takes a while. */
static void look_later(void)
{
	if (rest_due == 0)
		rest_due = timeline_now() + LOST_MS;
}

static void read_events(int fd)
{
	static char message[EVENT_BYTES];
	struct uevent event;

	for (int i = 0; i < TURN_MAX; i++) {
		int got = uevent_read(fd, message, sizeof(message), &event);

		if (got == 0)
			return;
		if (got < 0) {
			look_later();
			buttons_scan();
			continue;
		}
		if (strcmp(event.action, "add") != 0)
			continue;
		if (event.modalias[0] && modules_alias_is_new(event.modalias))
			load_aside(event.modalias);
		if (strcmp(event.subsystem, "input") == 0)
			buttons_add(event.device);
	}
}

static int wait_ms(void)
{
	const long long dues[] = { rest_due, keeper_due(), watchdog_due() };
	long long first = 0;

	if (unreaped)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(dues); i++)
		if (dues[i] != 0 && (first == 0 || dues[i] < first))
			first = dues[i];
	if (first == 0)
		return -1;
	long long left = first - timeline_now();

	return left > 0 ? (int)left : 0;
}

static void load_rest(void)
{
	if (rest_due == 0 || timeline_now() < rest_due)
		return;
	rest_due = 0;
	load_aside(NULL);
}

static void turn(int signals, int uevents)
{
	struct pollfd fds[2 + BUTTON_MAX] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = uevents, .events = POLLIN },
	};
	size_t count = 2 + buttons_poll(fds + 2);

	if (poll(fds, count, wait_ms()) < 0)
		return;
	load_rest();
	keeper_tick();
	watchdog_tick();
	for (size_t i = 2; i < count; i++)
		if (fds[i].revents && buttons_pressed(fds[i].fd)) {
			log_info("power button");
			go_down(POWER_OFF);
		}
	if (fds[0].revents || unreaped)
		read_signal(signals);
	if (fds[1].revents)
		read_events(uevents);
}

_Noreturn void loop_run(int uevents, const char *cmdline)
{
	sigset_t set;

	power_signals(&set);
	int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);

	if (signals < 0)
		rescue("signalfd: %m");
	begin(cmdline);
	for (;;)
		turn(signals, uevents);
}
