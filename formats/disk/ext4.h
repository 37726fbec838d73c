/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ext4 without files (Linux, Documentation/filesystems/ext4), to be filled
 * by the machine. It has a journal and checksums, and room in its tables to
 * grow a thousandfold while it is mounted.
 */
#pragma once

#include "cmd/lib/base/sha256.h"

#include <stdint.h>

#define EXT4_MIN_BYTES ((uint64_t)16 << 20)
#define EXT4_MAX_BYTES ((uint64_t)16 << 40)
#define EXT4_BLOCK_BYTES 4096

struct ext4_options {
	uint64_t size_bytes; /* within the bounds above; cut to whole blocks */
	const char *label;   /* at most 16 bytes */
	struct digest seed;  /* what its UUIDs come from */
};

/*
 * Writes it to an empty regular file, with holes where it has nothing to say.
 * FAULT_SYSTEM when that cannot be written.
 */
int ext4_make(int fd, const struct ext4_options *options,
	      struct err *err) MUST_CHECK;
