/* SPDX-License-Identifier: Apache-2.0 */
/* Between a guest's console and ours. */
#include "cmd/lib/vm/console.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/lib/base/mem.h"

#define LINE_MAX_BYTES 1024
#define TYPED_MAX_BYTES ((size_t)4096)
#define CTRL_BRACKET 0x1d

void console_release(struct console *console)
{
	buf_release(&console->tail);
	buf_release(&console->line);
	buf_release(&console->typed);
}

/* Keeps as much as may be the beginning of the text. */
static void look(struct console *console, const char *data, size_t size)
{
	size_t length = console->expected ? strlen(console->expected) : 0;
	struct buf *tail = &console->tail;

	if (length == 0 || console->found)
		return;
	buf_add(tail, data, size);
	console->found = memmem(tail->data, tail->size, console->expected,
				length) != NULL;
	if (tail->size >= length) {
		memmove(tail->data, tail->data + tail->size - (length - 1),
			length - 1);
		tail->size = length - 1;
	}
}

static int number_behind(const char *text, const char *start, int base)
{
	const char *digits = text + strlen(start);
	size_t count;

	if (strncmp(text, start, strlen(start)) != 0)
		return -1;
	count = strspn(digits, "0123456789");
	if (count == 0 || count > 3)
		return -1;
	return base + (int)strtol(digits, NULL, 10);
}

int console_service_status(const char *line, const char *service)
{
	SCOPED_FREE char *start = xasprintf("service: %s: ", service);
	const char *said = strstr(line, start);
	int status;

	if (!said)
		return -1;
	said += strlen(start);
	if (strncmp(said, "failed: ", 8) == 0)
		said += 8;
	status = number_behind(said, "exit status ", 0);
	return status >= 0 ? status
			   : number_behind(said, "killed by signal ", 128);
}

static void take_line(struct console *console)
{
	const char *line = buf_text(&console->line);

	if (strstr(line, "init: going down"))
		console->going_down = true;
	if (strstr(line, "reboot: Power down") ||
	    strstr(line, "reboot: System halted"))
		console->halted = true;
	if (console->timeline)
		timeline_see(console->timeline, line);
	if (console->service && console->status < 0)
		console->status =
			console_service_status(line, console->service);
	buf_clear(&console->line);
}

/* Of a line that is too long the beginning counts. */
static void split_lines(struct console *console, const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i] == '\n')
			take_line(console);
		else if (data[i] && console->line.size < LINE_MAX_BYTES)
			buf_add_char(&console->line, data[i]);
}

static void take_output(struct console *console)
{
	char data[4096];
	ssize_t got = read(console->fd, data, sizeof(data));

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got <= 0) { /* a terminal nobody has open any more says EIO */
		console->fd = -1;
		return;
	}
	fwrite(data, 1, (size_t)got, stdout);
	fflush(stdout);
	look(console, data, (size_t)got);
	split_lines(console, data, (size_t)got);
}

static void take_keys(struct console *console)
{
	char data[256];
	ssize_t got = read(console->keys, data, sizeof(data));

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got <= 0) {
		console->keys = -1;
		return;
	}
	for (ssize_t i = 0; i < got; i++)
		if (console->on_terminal && data[i] == CTRL_BRACKET)
			console->leaves++;
		else
			buf_add_char(&console->typed, data[i]);
}

static void give_keys(struct console *console)
{
	struct buf *typed = &console->typed;
	ssize_t done = write(console->fd, typed->data, typed->size);

	if (done < 0 && errno != EINTR && errno != EAGAIN)
		buf_clear(typed);
	if (done <= 0)
		return;
	memmove(typed->data, typed->data + done, typed->size - (size_t)done);
	typed->size -= (size_t)done;
}

bool console_pump(struct console *console, int ms)
{
	struct pollfd waits[] = {
		{ .fd = console->fd, .events = POLLIN },
		{ .fd = console->typed.size < TYPED_MAX_BYTES ? console->keys
							      : -1,
		  .events = POLLIN },
	};
	bool heard;

	if (console->fd >= 0 && console->typed.size > 0)
		waits[0].events |= POLLOUT;
	if (poll(waits, ARRAY_LEN(waits), ms) <= 0)
		return false;
	heard = console->fd >= 0 && (waits[0].revents & ~POLLOUT) != 0;
	if (waits[0].revents & POLLOUT)
		give_keys(console);
	if (heard)
		take_output(console);
	if (waits[1].revents)
		take_keys(console);
	return heard;
}
