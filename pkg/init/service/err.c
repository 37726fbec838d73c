/* SPDX-License-Identifier: Apache-2.0 */
/* One error, and the lines that service prints. */
#include "pkg/init/service/err.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES 1200
#define CONSOLE_MS 200

static int say_level;

int err_set(struct err *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, args);
	va_end(args);
	return -1;
}

int err_sys(struct err *err, const char *fmt, ...)
{
	const char *why = strerror(errno);
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, args);
	va_end(args);
	size_t len = strlen(err->msg);

	(void)snprintf(err->msg + len, sizeof(err->msg) - len, ": %s", why);
	return -1;
}

int err_wrap(struct err *err, const char *fmt, ...)
{
	struct err inner = *err;
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, args);
	va_end(args);
	size_t len = strlen(err->msg);

	(void)snprintf(err->msg + len, sizeof(err->msg) - len, ": %s",
		       inner.msg);
	return -1;
}

__attribute__((format(printf, 1, 0))) static void put_line(const char *fmt,
							   va_list args)
{
	static const char head[] = "service: ";
	struct pollfd console = { .fd = STDERR_FILENO, .events = POLLOUT };
	char line[LINE_BYTES];

	memcpy(line, head, sizeof(head));
	(void)vsnprintf(line + sizeof(head) - 1,
			sizeof(line) - sizeof(head) - 1, fmt, args);
	size_t len = strlen(line);

	line[len++] = '\n';
	/* Who stops the console (Ctrl-S) must not stop the services. */
	if (poll(&console, 1, CONSOLE_MS) != 0)
		(void)!write(STDERR_FILENO, line, len);
}

void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put_line(fmt, args);
	va_end(args);
}

void say_step(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (say_level >= 0)
		put_line(fmt, args);
	va_end(args);
}

void say_debug(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (say_level > 0)
		put_line(fmt, args);
	va_end(args);
}

void say_set_level(int level)
{
	say_level = level;
}
