/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a guest's console. */
#include "cmd/lib/vm/console.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void console_release(struct console *console)
{
	if (console->fd >= 0)
		close(console->fd);
	console->fd = -1;
	buf_release(&console->tail);
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

bool console_pump(struct console *console, int ms)
{
	struct pollfd wait = { .fd = console->fd, .events = POLLIN };
	char data[4096];
	ssize_t got;

	if (poll(&wait, 1, ms) <= 0 || console->fd < 0)
		return false;
	got = read(console->fd, data, sizeof(data));
	if (got < 0 && errno == EINTR)
		return false;
	if (got <= 0) {
		close(console->fd);
		console->fd = -1;
		return false;
	}
	fwrite(data, 1, (size_t)got, stdout);
	fflush(stdout);
	look(console, data, (size_t)got);
	return true;
}
