/* SPDX-License-Identifier: Apache-2.0 */
/* init: the first process of the machine. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pkg/init/init/apparmor.h"
#include "pkg/init/init/applet.h"
#include "pkg/init/init/button.h"
#include "pkg/init/init/cmdline.h"
#include "pkg/init/init/datadisk.h"
#include "pkg/init/init/diskroot.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/host.h"
#include "pkg/init/init/identity.h"
#include "pkg/init/init/issue.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/loop.h"
#include "pkg/init/init/modules.h"
#include "pkg/init/init/mounts.h"
#include "pkg/init/init/power.h"
#include "pkg/init/init/rescue.h"
#include "pkg/init/init/root.h"
#include "pkg/init/init/selinux.h"
#include "pkg/init/init/sysctl.h"
#include "pkg/init/init/timeline.h"
#include "pkg/init/init/uevent.h"
#include "pkg/init/init/watchdog.h"

#define CMDLINE_BYTES 4096

static char cmdline[CMDLINE_BYTES];

#define ENVIRONMENT_MAX 64

static char *environment[ENVIRONMENT_MAX + 1] = {
	(char[]){ "PATH=/sbin:/usr/sbin:/bin:/usr/bin" },
	(char[]){ "HOME=/" },
	(char[]){ "SHELL=/bin/sh" },
	(char[]){ "USER=root" },
};

static bool has_variable(const char *variable)
{
	size_t len = strcspn(variable, "=");

	for (size_t i = 0; environment[i]; i++)
		if (strncmp(environment[i], variable, len) == 0 &&
		    environment[i][len] == '=')
			return true;
	return false;
}

/* Ours, then the kernel's. putenv would be all that needs a heap. */
static void set_environment(void)
{
	size_t count = 0;

	while (environment[count])
		count++;
	for (char **at = environ; *at && count < ENVIRONMENT_MAX; at++)
		if (!has_variable(*at))
			environment[count++] = *at;
	environ = environment;
}

/* The kernel opens descriptors 0 to 2 only if the image has the node. */
static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);

	if (fd < 0)
		fd = open("/dev/null", O_RDWR);
	for (int i = 0; i <= STDERR_FILENO; i++)
		if (fd != i && fd >= 0)
			(void)dup2(fd, i);
	if (fd > STDERR_FILENO)
		(void)close(fd);
}

static void set_log_level(void)
{
	char value[8];

	if (!cmdline_value(cmdline, "kit.loglevel", value, sizeof(value)))
		return;
	char *end;
	long level = strtol(value, &end, 10);

	if (level >= LOG_LEVEL_ERR && level <= LOG_LEVEL_DEBUG && !*end)
		log_set_level((enum log_level)level);
	else
		log_warn("kit.loglevel=%s: must be 3 to 7", value);
}

/* Else the boot would go on without the files that came last. */
static void check_root(void)
{
	unsigned long long room;

	if (root_is_cut_off(&room))
		rescue("the root is not whole: it does not fit into %llu MiB, half of the memory; give the machine more",
		       room >> 20);
}

static void first_steps(void)
{
	sigset_t set;
	bool moved;

	power_signals(&set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)reboot(RB_DISABLE_CAD);
	set_environment();
	check_root();
	diskroot_enter();
	if (root_leave_initramfs(&moved) < 0)
		rescue("leave the initramfs: %m");
	if (moved)
		mounts_points();
	if (mounts_dev() < 0)
		rescue("mount /dev: %m");
	open_console();
	log_open();
	/* A disk root may be read-only already and refuse. */
	if (root_set_readonly(moved) < 0 && moved)
		log_warn("make / read-only: %m");
}

static void set_up_system(void)
{
	if (mounts_proc() < 0)
		rescue("mount /proc: %m");
	(void)file_read("/proc/cmdline", cmdline, sizeof(cmdline));
	set_log_level();
	/* Else the kernel drops all but ten messages in five seconds. */
	(void)file_write("/proc/sys/kernel/printk_devkmsg", "on\n");
	mounts_system(cmdline);
	mounts_cgroups(cmdline);
	mounts_share();
}

static int set_up_devices(void)
{
	int uevents = uevent_open();

	if (uevents < 0)
		log_warn("no device events: %m");
	modules_coldplug_wait(COLDPLUG_URGENT);
	watchdog_open(cmdline);
	buttons_scan();
	return uevents;
}

static void set_up_host(void)
{
	host_clock();
	host_limits();
	sysctl_apply();
	apparmor_load();
	selinux_load(cmdline);
	host_loopback();
	identity_set(cmdline);
	host_name(cmdline);
	host_resolver();
}

int main(int argc, char **argv)
{
	int status = applet_run(argc, argv);

	if (status >= 0)
		return status;
	if (getpid() != 1) {
		(void)fputs("init: must be process 1\n", stderr);
		return 1;
	}
	timeline_kernel(argc > 1 ? argv[1] : NULL);
	first_steps();
	timeline_mark("root", "entered");
	timeline_step("root");
	set_up_system();
	timeline_open();
	timeline_mark("init", "mounts");
	int uevents = set_up_devices();

	timeline_mark("init", "devices");
	datadisk_mount(cmdline);
	set_up_host();
	timeline_mark("init", "host");
	timeline_step("init");
	issue_print(cmdline);
	loop_run(uevents, cmdline);
}
