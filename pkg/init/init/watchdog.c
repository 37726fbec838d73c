/* SPDX-License-Identifier: Apache-2.0 */
/* The hardware watchdog. */
#include "pkg/init/init/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pkg/init/init/cmdline.h"
#include "pkg/init/init/file.h"
#include "pkg/init/init/log.h"
#include "pkg/init/init/modules.h"
#include "pkg/init/init/timeline.h"

#define DEVICE "/dev/watchdog0"
#define STATE "/sys/class/watchdog/watchdog0/state"
#define SECONDS_MAX 86400

/* Told so often within its time, one turn that comes late does no harm. */
#define PARTS 3

/* linux/watchdog.h, which musl's compiler wrapper does not reach. */
struct watchdog_info {
	uint32_t options;
	uint32_t firmware_version;
	uint8_t identity[32];
};

#define WDIOC_GETSUPPORT (int)_IOR('W', 0, struct watchdog_info)
#define WDIOC_SETTIMEOUT (int)_IOWR('W', 6, int)
#define WDIOC_GETTIMEOUT (int)_IOR('W', 7, int)
#define MAGIC_CLOSE "V"

static int device = -1;
static long long interval_ms;
static long long due;

/* Where no hardware has brought one, the kernel's timer is better than none. */
static int open_device(void)
{
	int fd = open(DEVICE, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (modules_load("softdog") < 0)
		return -1;
	return open(DEVICE, O_WRONLY | O_CLOEXEC);
}

/* The device may know other times than those asked for. */
static void set_timeout(int seconds)
{
	struct watchdog_info info = { 0 };

	if (ioctl(device, WDIOC_SETTIMEOUT, &seconds) < 0 &&
	    ioctl(device, WDIOC_GETTIMEOUT, &seconds) < 0)
		log_warn("watchdog: set its time: %m");
	(void)ioctl(device, WDIOC_GETSUPPORT, &info);
	log_info("watchdog: %.32s, resets the machine after %d s",
		 (const char *)info.identity, seconds);
	interval_ms = seconds > 0 ? seconds * 1000LL / PARTS : 1000;
}

void watchdog_open(const char *cmdline)
{
	char value[16];
	char *end;

	if (!cmdline_value(cmdline, "kit.watchdog", value, sizeof(value)))
		return;
	long seconds = strtol(value, &end, 10);

	if (*end || seconds < 1 || seconds > SECONDS_MAX) {
		log_err("kit.watchdog=%s: not a number of seconds up to %d",
			value, SECONDS_MAX);
		return;
	}
	device = open_device();
	if (device < 0) {
		log_err("watchdog: %m; nothing resets a machine that hangs");
		return;
	}
	set_timeout((int)seconds);
	due = timeline_now();
	watchdog_tick();
}

long long watchdog_due(void)
{
	return due;
}

void watchdog_tick(void)
{
	if (device < 0 || timeline_now() < due)
		return;
	(void)!write(device, "", 1);
	due = timeline_now() + interval_ms;
}

void watchdog_disarm(void)
{
	char state[16];

	if (device < 0)
		return;
	(void)!write(device, MAGIC_CLOSE, 1);
	(void)close(device);
	device = -1;
	due = 0;
	if (file_read(STATE, state, sizeof(state)) <= 0)
		return;
	text_trim(state);
	/* "active" where the driver was told that there is no way out. */
	log_info("watchdog: %s", state);
}
