/* SPDX-License-Identifier: Apache-2.0 */
/* Power buttons: input devices that have the power key. */
#include "pkg/init/init/button.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

#include "pkg/init/init/file.h"
#include "pkg/init/init/log.h"

/* linux/input.h, which musl's compiler wrapper does not reach. */
#define TYPE_KEY 1
#define CODE_POWER 116
#define KEY_BYTES 96
#define GET_KEYS (int)_IOC(_IOC_READ, 'E', 0x20 + TYPE_KEY, KEY_BYTES)

struct input_event {
	unsigned long seconds;
	unsigned long microseconds;
	uint16_t type;
	uint16_t code;
	int32_t value;
};

static struct {
	int fd;
	char device[32];
} buttons[BUTTON_MAX];

static size_t button_count;

static bool has_power_key(int fd)
{
	unsigned char keys[KEY_BYTES] = { 0 };

	if (ioctl(fd, GET_KEYS, keys) < 0)
		return false;
	return keys[CODE_POWER / 8] >> (CODE_POWER % 8) & 1;
}

static bool is_known(const char *device)
{
	for (size_t i = 0; i < button_count; i++)
		if (strcmp(buttons[i].device, device) == 0)
			return true;
	return false;
}

void buttons_add(const char *device)
{
	char path[64];

	if (strncmp(device, "input/event", 11) != 0 ||
	    strlen(device) >= sizeof(buttons[0].device) ||
	    button_count == BUTTON_MAX || is_known(device))
		return;
	(void)snprintf(path, sizeof(path), "/dev/%s", device);
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	if (!has_power_key(fd)) {
		(void)close(fd);
		return;
	}
	log_debug("power button: %s", path);
	buttons[button_count].fd = fd;
	(void)snprintf(buttons[button_count++].device,
		       sizeof(buttons[0].device), "%s", device);
}

void buttons_scan(void)
{
	char device[300];
	struct dir dir;
	const char *name;

	if (dir_open(&dir, "/dev/input") < 0)
		return;
	while ((name = dir_next(&dir))) {
		(void)snprintf(device, sizeof(device), "input/%s", name);
		buttons_add(device);
	}
	dir_close(&dir);
}

size_t buttons_poll(struct pollfd *fds)
{
	for (size_t i = 0; i < button_count; i++)
		fds[i] = (struct pollfd){ .fd = buttons[i].fd,
					  .events = POLLIN };
	return button_count;
}

/* An unplugged device would make poll return at once for ever. */
static void forget(int fd)
{
	for (size_t i = 0; i < button_count; i++) {
		if (buttons[i].fd != fd)
			continue;
		(void)close(fd);
		buttons[i] = buttons[--button_count];
		return;
	}
}

bool buttons_pressed(int fd)
{
	struct input_event event;
	bool pressed = false;

	for (;;) {
		ssize_t got = read(fd, &event, sizeof(event));

		if (got == (ssize_t)sizeof(event)) {
			pressed |= event.type == TYPE_KEY &&
				   event.code == CODE_POWER && event.value == 1;
			continue;
		}
		if (got < 0 && errno == EAGAIN)
			return pressed;
		forget(fd);
		return pressed;
	}
}
