/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of init: to the kernel log, or the console before there is one. */
#include "pkg/init/init/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "pkg/init/init/file.h"

#define LINE_BYTES 512
#define CONSOLE_MS 200
#define CONSOLE_NAP_MS 10

static int kmsg_fd = -1;
static enum log_level max_level = LOG_LEVEL_INFO;

void log_open(void)
{
	int saved = errno;

	if (kmsg_fd < 0)
		kmsg_fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY);
	errno = saved;
}

void log_set_level(enum log_level level)
{
	max_level = level;
}

static int open_console(void)
{
	return open("/dev/console",
		    O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

/*
 * A console that was stopped, or that nobody reads, takes nothing for ever;
 * process 1 has other things to do. What is on its way out is waited for: the
 * machine may end with this line.
 */
static void write_console(const char *text, size_t len)
{
	const struct timespec nap = { .tv_nsec = CONSOLE_NAP_MS * 1000000L };
	int left = 1;
	int fd = open_console();

	if (fd < 0) {
		(void)!write(STDERR_FILENO, text, len);
		return;
	}
	for (int i = 0; i < CONSOLE_MS / CONSOLE_NAP_MS && left > 0; i++) {
		ssize_t done = len > 0 ? write(fd, text, len) : 0;

		text += done > 0 ? done : 0;
		len -= done > 0 ? (size_t)done : 0;
		if (len == 0 && ioctl(fd, TIOCOUTQ, &left) < 0)
			left = 0;
		(void)nanosleep(&nap, NULL);
	}
	(void)close(fd);
}

void log_unstop(void)
{
	int fd = open_console();

	if (fd < 0)
		return;
	/* The kernel takes the second only after the first. */
	(void)tcflow(fd, TCOOFF);
	(void)tcflow(fd, TCOON);
	(void)close(fd);
}

__attribute__((format(printf, 3, 0))) static size_t
format_line(char *line, enum log_level level, const char *fmt, va_list args)
{
	int head = snprintf(line, LINE_BYTES, "<%d>init: ", (int)level);
	size_t len = (size_t)head;

	(void)vsnprintf(line + len, LINE_BYTES - len - 1, fmt, args);
	len = strlen(line);
	line[len++] = '\n';
	return len;
}

/* The console gets the line without its "<N>". */
static void put_line(const char *line, size_t len, bool console)
{
	bool logged = kmsg_fd >= 0 && write(kmsg_fd, line, len) >= 0;

	if (!logged || console)
		write_console(line + 3, len - 3);
}

void log_at(enum log_level level, const char *fmt, ...)
{
	char line[LINE_BYTES];
	int saved = errno;
	va_list args;

	if (level > max_level)
		return;
	va_start(args, fmt);
	size_t len = format_line(line, level, fmt, args);

	va_end(args);
	put_line(line, len, false);
	errno = saved;
}

/* The kernel prints a message on the console if it is below this level. */
static bool kernel_prints(enum log_level level)
{
	char text[64];

	if (file_read("/proc/sys/kernel/printk", text, sizeof(text)) < 0)
		return false;
	return strtol(text, NULL, 10) > (long)level;
}

void log_say(const char *fmt, ...)
{
	char line[LINE_BYTES];
	int saved = errno;
	va_list args;

	va_start(args, fmt);
	size_t len = format_line(line, LOG_LEVEL_INFO, fmt, args);

	va_end(args);
	put_line(line, len, !kernel_prints(LOG_LEVEL_INFO));
	errno = saved;
}
