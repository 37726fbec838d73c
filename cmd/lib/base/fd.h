/* SPDX-License-Identifier: Apache-2.0 */
/* File descriptors: whole reads and writes, copies, temporary files. */
#pragma once

#include "cmd/lib/base/err.h"

#include <stdint.h>
#include <sys/types.h>

/* Writes all of it; `name` is what the message calls the target. */
int fd_write_all(int fd, const void *data, size_t size, const char *name,
		 struct err *err) MUST_CHECK;

/* Reads exactly `size` bytes at `offset`; fewer is FAULT_SYSTEM. */
int fd_read_at(int fd, void *data, size_t size, uint64_t offset,
	       struct err *err) MUST_CHECK;

/*
 * Copies `length` bytes from `offset` of `from` to the current position of
 * `to`, in the kernel where the file systems allow it.
 */
int fd_copy(int to, int from, uint64_t offset, uint64_t length,
	    const char *name, struct err *err) MUST_CHECK;

/*
 * An unnamed temporary file in `directory`, or in $TMPDIR (default /var/tmp,
 * since it may grow as large as a root file system) when that is NULL. It is
 * gone when the descriptor is closed.
 */
int fd_temporary(int *fd, const char *directory, struct err *err) MUST_CHECK;

/* Opens a regular file for reading; anything else (a link too) is refused. */
int fd_open_regular(int *fd, const char *path, uint64_t *size_bytes,
		    struct err *err) MUST_CHECK;
