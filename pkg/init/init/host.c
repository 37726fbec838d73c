/* SPDX-License-Identifier: Apache-2.0 */
/* Clock, host name, limits and the resolver's file. */
#include "pkg/init/init/host.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pkg/init/init/cmdline.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/identity.h"
#include "pkg/init/init/log.h"

/* 2020-01-01: a clock before it was never set. */
#define CLOCK_SET_AFTER 1577836800

#define FILE_LIMIT 1048576
#define HOST_NAME_BYTES 65

/* linux/rtc.h: struct rtc_time is struct tm up to tm_isdst, as ints. */
struct rtc_time {
	int sec, min, hour, mday, mon, year, wday, yday, isdst;
};

#define RTC_RD_TIME (int)_IOR('p', 0x09, struct rtc_time)

static int read_rtc(struct timespec *now)
{
	struct rtc_time rtc = { 0 };
	int fd = open("/dev/rtc0", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	int done = ioctl(fd, RTC_RD_TIME, &rtc);

	(void)close(fd);
	struct tm tm = { .tm_sec = rtc.sec,
			 .tm_min = rtc.min,
			 .tm_hour = rtc.hour,
			 .tm_mday = rtc.mday,
			 .tm_mon = rtc.mon,
			 .tm_year = rtc.year };

	*now = (struct timespec){ .tv_sec = timegm(&tm) };
	return done;
}

void host_clock(void)
{
	struct timespec now;

	/* Most kernels read the hardware clock before init starts. */
	if (clock_gettime(CLOCK_REALTIME, &now) == 0 &&
	    now.tv_sec > CLOCK_SET_AFTER)
		return;
	if (read_rtc(&now) < 0)
		log_info("no hardware clock");
	else if (clock_settime(CLOCK_REALTIME, &now) < 0)
		log_warn("set clock: %m");
}

void host_limits(void)
{
	const struct rlimit files = { FILE_LIMIT, FILE_LIMIT };
	const struct rlimit procs = { RLIM_INFINITY, RLIM_INFINITY };

	if (setrlimit(RLIMIT_NOFILE, &files) < 0 ||
	    setrlimit(RLIMIT_NPROC, &procs) < 0)
		log_warn("set limits: %m");
}

static long interface_number(const char *name, const char *file)
{
	char path[PATH_BYTES];
	char text[32];

	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name, file);
	if (file_read(path, text, sizeof(text)) <= 0)
		return -1;
	return strtol(text, NULL, 10);
}

static bool is_physical(const char *name)
{
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/device", name);
	return access(path, F_OK) == 0;
}

/* The first physical network interface, by kernel index. */
static bool first_interface(char *out, size_t size)
{
	struct dir dir;
	long lowest = 0;
	const char *name;

	if (dir_open(&dir, "/sys/class/net") < 0)
		return false;
	while ((name = dir_next(&dir))) {
		long number = interface_number(name, "ifindex");

		if (number <= 0 || (lowest && number > lowest) ||
		    !is_physical(name))
			continue;
		lowest = number;
		(void)snprintf(out, size, "%s", name);
	}
	dir_close(&dir);
	return lowest > 0;
}

static bool name_from_address(char *out, size_t size)
{
	char nic[IFNAMSIZ + 1];
	char path[PATH_BYTES];
	char mac[HOST_NAME_BYTES - sizeof("linuxkit-")];
	size_t len = 0;

	if (!first_interface(nic, sizeof(nic)))
		return false;
	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/address", nic);
	if (file_read(path, mac, sizeof(mac)) <= 0)
		return false;
	text_trim(mac);
	for (size_t i = 0; mac[i]; i++)
		if (mac[i] != ':')
			mac[len++] = mac[i];
	mac[len] = '\0';
	(void)snprintf(out, size, "linuxkit-%s", mac);
	return true;
}

static bool has_name(void)
{
	char name[HOST_NAME_BYTES] = "";

	(void)gethostname(name, sizeof(name) - 1);
	return name[0] && strcmp(name, "(none)") != 0;
}

/* Where there is no network, the machine-id tells it from others as well. */
static bool name_from_identity(char *out, size_t size)
{
	if (!identity_get()[0])
		return false;
	(void)snprintf(out, size, "linuxkit-%.12s", identity_get());
	return true;
}

/* Kernels before 6.1 do not take the word themselves. */
static bool name_from_cmdline(const char *cmdline, char *out, size_t size)
{
	return cmdline_value(cmdline, "hostname", out, size);
}

void host_name(const char *cmdline)
{
	char name[HOST_NAME_BYTES];

	(void)file_read("/etc/hostname", name, sizeof(name));
	text_trim(name);
	if (!name[0] &&
	    (has_name() || (!name_from_cmdline(cmdline, name, sizeof(name)) &&
			    !name_from_address(name, sizeof(name)) &&
			    !name_from_identity(name, sizeof(name)))))
		return;
	if (sethostname(name, strlen(name)) < 0)
		log_warn("host name %s: %m", name);
}

/*
 * The builder links /etc/resolv.conf to a writable place. Containers bind the
 * file, so it has to exist before the first of them starts.
 */
void host_resolver(void)
{
	char target[PATH_BYTES];
	char path[PATH_BYTES + 8];
	ssize_t len = readlink("/etc/resolv.conf", target, sizeof(target) - 1);

	if (len <= 0)
		return;
	target[len] = '\0';
	(void)snprintf(path, sizeof(path), "%s%s",
		       target[0] == '/' ? "" : "/etc/", target);
	char *slash = strrchr(path, '/');

	*slash = '\0';
	if (slash > path && path_mkdir(path) < 0)
		log_warn("mkdir %s: %m", path);
	*slash = '/';
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0) {
		log_warn("create %s: %m", path);
		return;
	}
	(void)fchmod(fd, 0644);
	(void)close(fd);
}
