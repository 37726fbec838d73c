/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte buffer with a stated maximum, always NUL-terminated. */
#pragma once

#include "cmd/lib/base/err.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * { 0 } is an empty buffer. `data` is owned; it is NULL or ends in a NUL that
 * `size` does not count. `max_bytes` 0 means BUF_DEFAULT_MAX.
 */
struct buf {
	char *data;
	size_t size;
	size_t capacity;
	size_t max_bytes;
};

#define BUF_DEFAULT_MAX ((size_t)64 << 20)

void buf_release(struct buf *buf);
void buf_clear(struct buf *buf);

/* The text, never NULL; borrowed until the next change. */
const char *buf_text(const struct buf *buf);

/*
 * Appending our own data ends the program when the maximum is passed: that is
 * a defect, not input. For input use buf_try_add and report the refusal.
 */
void buf_add(struct buf *buf, const void *data, size_t size);
void buf_add_str(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_add_fmt(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool buf_try_add(struct buf *buf, const void *data, size_t size) MUST_CHECK;

/* Appends all that can be read; FAULT_INPUT when it passes the maximum. */
int buf_read_fd(struct buf *buf, int fd, struct err *err) MUST_CHECK;
int buf_read_file(struct buf *buf, const char *path,
		  struct err *err) MUST_CHECK;

/* Hands the storage over as a string the caller frees; leaves buf empty. */
char *buf_take(struct buf *buf);
