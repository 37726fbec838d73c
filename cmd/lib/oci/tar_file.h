/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Archives of images: a tar, plain or compressed with gzip, zstd, xz or bzip2,
 * whose members are read one after the other, within the limits on headers and
 * growth (limits.h).
 */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/stream.h"

struct tar_file;

/* A member, valid until the next; directories are not told. */
struct tar_member {
	const char *path; /* without a leading "./" */
	uint64_t size_bytes;
	bool is_regular; /* else a link or a device */
};

/*
 * `fd` stays the caller's; a file is read from its start, a pipe from where it
 * is. `file`, borrowed, is what messages call it. FAULT_INPUT when it is no
 * tar, or compressed more than once.
 */
int tar_file_open(struct tar_file **tar, int fd, const char *file,
		  struct err *err) MUST_CHECK;
/* Accepts NULL. */
void tar_file_close(struct tar_file *tar);

static inline void scope_tar_file(struct tar_file **tar)
{
	tar_file_close(*tar);
}
#define SCOPED_TAR_FILE __attribute__((cleanup(scope_tar_file)))

/* `path` of the member is NULL at the end. */
int tar_file_next(struct tar_file *tar, struct tar_member *member,
		  struct err *err) MUST_CHECK;

/* The member's content: whole, where `buf.max_bytes` bounds it, or copied. */
int tar_file_load(struct tar_file *tar, const char *path, struct buf *content,
		  struct err *err) MUST_CHECK;
int tar_file_copy(struct tar_file *tar, struct writer *to,
		  struct err *err) MUST_CHECK;
