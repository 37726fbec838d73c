/* SPDX-License-Identifier: Apache-2.0 */
/* What a build wrote, read back: for looking at it, not for building on it. */
#pragma once

#include "cmd/lib/image/image.h"

/*
 * Adds the root archive in a regular file, as tar_write_tree or LinuxKit wrote
 * it, to an empty image. Its segments are the origins that LINUXKIT.location
 * and LINUXKIT.source tell; what tells none is of segment 0, location "-".
 * FAULT_INPUT, with `name` in front, when it is damaged.
 */
int reread_tar(struct image *image, int fd, const char *name,
	       struct err *err) MUST_CHECK;

/*
 * Adds an initrd: cpio archives (newc; kernel, Documentation/driver-api/
 * early-userspace/buffer-format.rst) one behind the other, the first of them
 * plain, the others plain or compressed by gzip or zstd. Each archive is a
 * segment, "archive[0]" and so on, of source `name`. Errors as above.
 */
int reread_initrd(struct image *image, int fd, const char *name,
		  struct err *err) MUST_CHECK;
