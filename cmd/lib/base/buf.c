/* SPDX-License-Identifier: Apache-2.0 */
/* The growing byte buffer. */
#include "cmd/lib/base/buf.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cmd/lib/base/mem.h"

void buf_release(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){ .max_bytes = buf->max_bytes };
}

void buf_clear(struct buf *buf)
{
	buf->size = 0;
	if (buf->data)
		buf->data[0] = '\0';
}

const char *buf_text(const struct buf *buf)
{
	return buf->data ? buf->data : "";
}

static size_t max_of(const struct buf *buf)
{
	return buf->max_bytes ? buf->max_bytes : BUF_DEFAULT_MAX;
}

static bool reserve(struct buf *buf, size_t more)
{
	uint64_t need;

	if (!add_size(buf->size, more, &need) || need > max_of(buf))
		return false;
	if (buf->data && need + 1 <= buf->capacity)
		return true;
	if (buf->capacity < 64)
		buf->capacity = 64;
	while (buf->capacity < need + 1)
		buf->capacity *= 2;
	buf->data = xrealloc(buf->data, buf->capacity, 1);
	return true;
}

bool buf_try_add(struct buf *buf, const void *data, size_t size)
{
	if (!reserve(buf, size))
		return false;
	if (size)
		memcpy(buf->data + buf->size, data, size);
	buf->size += size;
	buf->data[buf->size] = '\0';
	return true;
}

void buf_add(struct buf *buf, const void *data, size_t size)
{
	if (!buf_try_add(buf, data, size)) {
		fputs("kitbuild: a buffer passed its maximum\n", stderr);
		abort();
	}
}

void buf_add_str(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_add_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_add_fmt(struct buf *buf, const char *fmt, ...)
{
	SCOPED_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	buf_add_str(buf, text);
}

int buf_read_fd(struct buf *buf, int fd, struct err *err)
{
	char chunk[16384];

	for (;;) {
		ssize_t got = read(fd, chunk, sizeof(chunk));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(err, "read");
		if (!buf_try_add(buf, chunk, (size_t)got))
			return err_set(err, FAULT_INPUT,
				       "larger than the %zu bytes allowed",
				       max_of(buf));
		if (got == 0)
			return 0;
	}
}

int buf_read_file(struct buf *buf, const char *path, struct err *err)
{
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, "open %s", path);
	if (buf_read_fd(buf, fd, err) < 0)
		return err_wrap(err, "%s", path);
	return 0;
}

char *buf_take(struct buf *buf)
{
	char *text;

	if (!buf->data)
		buf_add(buf, "", 0);
	text = TAKE(buf->data);
	assert(text);
	buf->size = 0;
	buf->capacity = 0;
	return text;
}
